"""制作文书: one document of a kind about a case or an item (规程四（一）, 通知五（二）、（六）).

Filled and read back first; a document about a registered case is one journal entry ``document.make``,
written together with its file: neither without the other. Nothing personal is in the entry or the
file's name.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.document_kinds import Kind
from gaozhi_cli.domain.document_values import Matter
from gaozhi_cli.domain.documents import DRAFT, Typed, file_name, prove_document
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import NotReady, Problem, Refused
from gaozhi_cli.storage.case_papers import DOCUMENT, earlier, paper_facts, place_paper, write_paper
from gaozhi_cli.storage.ledger import Ledger

ACT = DOCUMENT


class MadeDocument(NamedTuple):
    """Where the document is, its digest, the office's gaps, whether the file is new, the case's number."""

    path: Path
    sha256: str
    warnings: tuple[Problem, ...]
    changed: bool
    recorded: bool


def make_document(
    kind: Kind,
    matter: Matter,
    typed: Typed,
    *,
    template: bytes,
    folder: Path,
    ledger: Ledger | None,
    occasion: Occasion,
    draft: bool = False,
    overwrite: bool = False,
) -> MadeDocument:
    """Fill a document and write it into ``folder``, which is made as needed.

    A ``draft``, and a form about an item alone, may have open blanks; neither is recorded, and a draft
    says across each page that it is one. ``ledger`` belongs to a case.
    Raises Refused (too late, not allowed, a second 一次性 one, gaps where the county is formal), BadInput
    (wrong or missing values), DocumentFailed (template), UsageFault (another file there), NotReady.
    """
    from gaozhi_cli.rendering.document_docx import document_bytes

    path = folder / file_name(kind, matter, draft)
    number = matter.case.number if matter.case is not None else ""
    asked = b""
    recorded = ledger is not None and bool(number) and not draft
    if ledger is not None and recorded:
        asked = ledger.asked(occasion.request_id, ACT, kind=kind.id, number=number, typed=typed)
        if ledger.repeated(occasion.request_id, ACT, asked) is not None and path.is_file():
            made = str(ledger.facts_of(occasion.request_id)["sha256"])
            return MadeDocument(path, made, (), changed=False, recorded=False)
    filled = prove_document(
        kind, matter, typed, complete=not draft and (matter.case is not None or kind.official)
    )
    document, template_sha = document_bytes(kind, filled.values, template, DRAFT if draft else "")
    digest = hashlib.sha256(document).hexdigest()
    if ledger is None or not recorded:
        changed = place_paper(path, document, overwrite)
        if changed and not occasion.dry_run:
            write_paper(path, document)
        return MadeDocument(path, digest, filled.warnings, changed, recorded=False)
    facts = paper_facts(kind, filled, digest, template_sha)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        if ledger.case(number) != matter.case:
            raise NotReady(f"{number} 的状态刚刚变动，没有出具{kind.title}；请再运行一次")
        repeated = ledger.repeated(occasion.request_id, ACT, asked) is not None
        if repeated:
            _same_as_registered(path, digest, str(ledger.facts_of(occasion.request_id)["sha256"]))
        else:
            _only_one(kind, number, digest, ledger, overwrite)
        changed = place_paper(path, document, overwrite)
        known = digest in [sha for _, sha in earlier(kind, number, ledger)]
        if repeated or (known and not changed):
            act.nothing()
        else:
            act.record(occasion.entry(ACT, number, reason=None, request_digest=asked, **facts))
        if changed and not occasion.dry_run:
            write_paper(path, document)
    return MadeDocument(
        path, digest, filled.warnings, changed, recorded=not act.idle and not occasion.dry_run
    )


def _same_as_registered(path: Path, digest: str, registered: str) -> None:
    """A document that is gone is made again only where it would be the same. Raises NotReady."""
    if digest != registered:
        message = f"{path} 不在了，再出具的会与登记的不同（日期、模板或清单变了），没有写"
        raise NotReady(f"{message}；请从备份放回，或换一个请求号重新出具")


def _only_one(kind: Kind, number: str, digest: str, ledger: Ledger, allowed: bool) -> None:
    """What is to be told once (一次性) is told once; a correction is meant, so it says --yes."""
    others = [day for day, made in earlier(kind, number, ledger) if made != digest] if kind.once else []
    if others and not allowed:
        message = f"{number} 已于 {others[0]} 出具过{kind.title}，应当一次告知全部内容"
        message += "；确要更正重出请加 --yes"
        raise Refused(message, (Problem("document-once", message, kind.clause),))
