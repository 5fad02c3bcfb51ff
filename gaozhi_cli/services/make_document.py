"""制作文书: one document of a kind about a case or an item (规程四（一）, 通知五（二）、（六）).

Filled and read back first; a document about a registered case is one journal entry ``document.make``,
written together with its file: neither without the other. Nothing personal is in the entry or the
file's name.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.catalog import Catalog, Item
from gaozhi_cli.domain.commitment import Commitment
from gaozhi_cli.domain.document_kinds import SEALED, Kind
from gaozhi_cli.domain.document_values import Matter
from gaozhi_cli.domain.documents import (
    Filled,
    Typed,
    compose_document,
    document_problems,
    office_gaps,
)
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import BadInput, NotReady, Problem, Refused, UsageFault, os_reason
from gaozhi_cli.domain.vocabulary import Method
from gaozhi_cli.storage.home import private_folder, write_whole
from gaozhi_cli.storage.ledger import Ledger

ACT = "document.make"
RULES = ("document-late", "agent-not-allowed", "document-once")
DRAFT = "草稿"


class MadeDocument(NamedTuple):
    """Where the document is, its digest, the office's gaps, whether the file is new, the case's number."""

    path: Path
    sha256: str
    warnings: tuple[Problem, ...]
    changed: bool
    recorded: bool


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
    document, template_sha = _render(kind, filled, template, draft)
    digest = hashlib.sha256(document).hexdigest()
    if ledger is None or not recorded:
        changed = _place(path, document, overwrite)
        if changed and not occasion.dry_run:
            _write(path, document)
        return MadeDocument(path, digest, filled.warnings, changed, recorded=False)
    facts = _facts(kind, filled, digest, template_sha)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        if ledger.case(number) != matter.case:
            raise NotReady(f"{number} 的状态刚刚变动，没有出具{kind.title}；请再运行一次")
        repeated = ledger.repeated(occasion.request_id, ACT, asked) is not None
        if repeated:
            _same_as_registered(path, digest, str(ledger.facts_of(occasion.request_id)["sha256"]))
        else:
            _only_one(kind, number, digest, ledger, overwrite)
        changed = _place(path, document, overwrite)
        known = digest in [sha for _, sha in earlier(kind, number, ledger)]
        if repeated or (known and not changed):
            act.nothing()
        else:
            act.record(occasion.entry(ACT, number, reason=None, request_digest=asked, **facts))
        if changed and not occasion.dry_run:
            _write(path, document)
    return MadeDocument(
        path, digest, filled.warnings, changed, recorded=not act.idle and not occasion.dry_run
    )


def _facts(kind: Kind, filled: Filled, digest: str, template: str) -> dict[str, object]:
    """What the journal keeps of a document: digests, codes chosen, the office's open blanks by name."""
    facts: dict[str, object] = {"document": kind.id, "title": kind.title, "sha256": digest}
    facts["template_sha256"] = template
    open_ = [gap.field for gap in office_gaps(filled)]
    more = {"choices": filled.codes, "open": open_}
    return facts | {key: value for key, value in more.items() if value}


def prove_document(kind: Kind, matter: Matter, typed: Typed, *, complete: bool) -> Filled:
    """The values of the document, all that is wrong told at once. Raises Refused, BadInput."""
    problems = document_problems(kind, matter, typed, complete=complete)
    rules = [problem for problem in problems if problem.code in RULES]
    if rules:
        raise Refused(rules[0].message, tuple(rules))
    if problems:
        message = f"{kind.title}有 {len(problems)} 处缺漏或者错误，没有出具"
        raise BadInput(message, tuple(problems))
    filled = compose_document(kind, matter, typed)
    gaps = office_gaps(filled)
    if complete and gaps and matter.catalog.county.formal:
        message = f"本县要求文书各栏齐全（formal: 是），{kind.title}还有空栏，没有出具；请补齐或者加 --draft"
        raise Refused(message, gaps)
    return filled


def file_name(kind: Kind, matter: Matter, draft: bool = False) -> str:
    """``RS-2026-00001-撤回告知承诺申请书.docx``: number or item and kind, never a person's name."""
    about = matter.case.number if matter.case is not None else matter.item.id
    return f"{about}-{kind.title}{f'-{DRAFT}' if draft else ''}.docx"


def earlier(kind: Kind, number: str, ledger: Ledger) -> Iterator[tuple[str, str]]:
    """Day and digest of each document of the kind made for a case."""
    for entry in ledger.history(number):
        facts = json.loads(entry["detail"] or "{}") if entry["act"] == ACT else {}
        if facts.get("document") == kind.id:
            yield entry["dated_on"], facts["sha256"]


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


def _render(kind: Kind, filled: Filled, data: bytes, draft: bool) -> tuple[bytes, str]:
    from gaozhi_cli.rendering.document_docx import open_document_template
    from gaozhi_cli.rendering.docx_template import render

    template = open_document_template(kind, data)
    document = render(template, filled.values)
    if draft:
        from gaozhi_cli.rendering.watermark import watermarked

        document = watermarked(document, DRAFT)
    return document, template.sha256


def _place(path: Path, document: bytes, overwrite: bool) -> bool:
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


def _write(path: Path, document: bytes) -> None:
    try:
        private_folder(path.parent)
        write_whole(path, document)
    except OSError as error:
        message = f"写不了 {path}（{os_reason(error)}），没有出具；请检查文件夹和磁盘空间，或改 --out"
        raise NotReady(message) from None
