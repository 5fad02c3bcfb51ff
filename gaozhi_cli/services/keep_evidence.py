"""留存凭据: digest and size of the files shown as evidence for a check; the files stay with the office.

通知五（三）. A file is told again by its digest; the same file is kept once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import NotFound
from gaozhi_cli.domain.vocabulary import EvidenceKind
from gaozhi_cli.storage.closing import FileMark, add_files
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.records import EvidenceFile
from gaozhi_cli.storage.visits import evidence_of

ACT = "verify.evidence"


class Kept(NamedTuple):
    """Everything kept for the check, and which of it came now."""

    check: str
    files: tuple[EvidenceFile, ...]
    added: tuple[str, ...]


def keep_evidence(
    id_: str, files: Sequence[FileMark], *, kind: EvidenceKind, ledger: Ledger, occasion: Occasion
) -> Kept:
    """Keep the digests of files under a check, open or closed. Raises NotFound."""
    digest = ledger.asked(occasion.request_id, ACT, check=id_, files=[list(f) for f in files], kind=kind)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        check = ledger.check(id_)
        if check is None:
            raise NotFound(f"没有核查 {id_}，请核对核查号（gaozhi verify due 可查）")
        before = evidence_of(ledger, id_)
        repeated = ledger.repeated(occasion.request_id, ACT, digest) is not None
        added = [] if repeated else add_files(act, id_, before, files, kind, occasion.today)
        if not added:
            act.nothing()
            return Kept(id_, tuple(before), ())
        marks = [[file.sha256, file.bytes] for file in added]
        act.record(
            occasion.entry(
                ACT, check.number, request_digest=digest, check=id_, kind=kind.value, files=marks
            )
        )  # fmt: skip
    return Kept(id_, (*before, *added), tuple(file.id for file in added))
