"""文书 of a case: what the sealed rows say for it, its file, which were made before.

A document belongs to an act: its digest stands in the act's entry, its file is written beside the entry.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.catalog import Catalog, Item
from gaozhi_cli.domain.commitment import Commitment
from gaozhi_cli.domain.completeness import Required, checklist
from gaozhi_cli.domain.document_kinds import SEALED, Kind
from gaozhi_cli.domain.document_values import Matter
from gaozhi_cli.domain.documents import Filled, office_gaps
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import NotReady, UsageFault, os_reason
from gaozhi_cli.domain.vocabulary import Method
from gaozhi_cli.storage.home import private_folder, write_whole
from gaozhi_cli.storage.ledger import Ledger

DOCUMENT = "document.make"


class Paper(NamedTuple):
    """A filled document and the place it is for."""

    kind: Kind
    filled: Filled
    path: Path
    document: bytes
    template_sha256: str

    @property
    def sha256(self) -> str:
        """Digest of the file."""
        return hashlib.sha256(self.document).hexdigest()

    def facts(self) -> dict[str, object]:
        """What the journal keeps: digests, codes chosen, the office's open blanks by name."""
        return paper_facts(self.kind, self.filled, self.sha256, self.template_sha256)


def matter_of_case(case: Commitment, item: Item, *, catalog: Catalog, ledger: Ledger, occasion: Occasion,
                   kind: Kind) -> Matter:  # fmt: skip
    """What a document about a case may say; the sealed rows are opened only where the kind needs them."""
    rows = ledger.proofs_of(case.number)
    proofs = tuple((row.name, Method(row.method).label) for row in rows)
    sealed = kind.agent or any(
        field.source in SEALED or any(choice.unless for choice in field.choices) for field in kind.fields
    )
    applicant = ledger.personal(case.number, "applicant") if sealed else {}
    agent = ledger.personal(case.number, "agent") if sealed else {}
    return Matter(
        item, catalog, occasion.today, case, proofs, applicant, agent,
        frozenset(row.proof for row in rows), json.loads(applicant.get("text", "{}")),
    )  # fmt: skip


def materials_of(number: str, item: Item, ledger: Ledger) -> tuple[Required, ...]:
    """What the application of a case has to hold (规程四（一）); no key is needed to tell."""
    promised = frozenset(proof.proof for proof in ledger.proofs_of(number))
    day = date.fromisoformat(ledger.case(number).drawn_up_on)  # what was asked when the applicant came
    agent, guardian = (ledger.has_person(number, role) for role in ("agent", "guardian"))
    return tuple(checklist(item, promised, day, agent=agent, guardian=guardian))


def paper_facts(kind: Kind, filled: Filled, digest: str, template: str) -> dict[str, object]:
    """What the journal keeps of a document: digests, codes chosen, the office's open blanks by name."""
    facts: dict[str, object] = {"document": kind.id, "title": kind.title, "sha256": digest}
    facts["template_sha256"] = template
    open_ = [gap.field for gap in office_gaps(filled)]
    more = {"choices": filled.codes, "open": open_}
    return facts | {key: value for key, value in more.items() if value}


def earlier(kind: Kind, number: str, ledger: Ledger) -> Iterator[tuple[str, str]]:
    """Day and digest of each document of the kind made for a case."""
    for entry in ledger.history(number):
        facts = json.loads(entry["detail"] or "{}") if entry["act"] == DOCUMENT else {}
        if facts.get("document") == kind.id:
            yield entry["dated_on"], facts["sha256"]


def place_paper(path: Path, document: bytes, overwrite: bool) -> bool:
    """Whether the file has to be written; one with just these bytes stays. Raises UsageFault, NotReady."""
    try:
        if not path.exists():
            return True
        same = path.is_file() and path.read_bytes() == document
    except OSError as error:
        raise NotReady(f"读不了 {path}（{os_reason(error)}），没有出具；请检查权限或改 --out") from None
    if not same and (not overwrite or not path.is_file()):
        raise UsageFault(f"{path} 已有另一份文件，没有出具；请移开它，或加 --yes 覆盖，或改 --out")
    return not same


def write_paper(path: Path, document: bytes) -> None:
    """Put the file in its place, whole. Raises NotReady."""
    try:
        private_folder(path.parent)
        write_whole(path, document)
    except OSError as error:
        message = f"写不了 {path}（{os_reason(error)}），没有出具；请检查文件夹和磁盘空间，或改 --out"
        raise NotReady(message) from None
