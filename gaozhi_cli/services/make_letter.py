"""生成文书: write the letter's file after its number was committed, and mark it made.

Also what finishes a letter that a crash left unmade: the values are kept sealed in the ledger, so the
same file can be made at any time. Making it twice gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import DocumentFailed, NotFound, NotReady, os_reason
from gaozhi_cli.domain.vocabulary import LetterState
from gaozhi_cli.storage.home import write_whole
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.records import LetterRow


class Made(NamedTuple):
    """Where the letter's files are."""

    docx: Path
    pdf: Path | None


def make_letter(
    number: str,
    *,
    ledger: Ledger,
    occasion: Occasion,
    template: bytes,
    home: Path,
    pdf: bool = False,
    fonts: Path | None = None,
) -> Made:
    """Make the files of a letter that are not made yet. Raises NotReady or DocumentFailed; run again."""
    row = ledger.letter(number)
    if row is None:
        raise NotFound(f"{number} 没有告知承诺书")
    path = home / row.docx
    if row.docx_sha256 is None:
        _make_docx(row, path, ledger, occasion, template)
    pdf_path = path.with_suffix(".pdf")
    if pdf and row.pdf_sha256 is None:
        _make_pdf(number, path, pdf_path, ledger, occasion, home, fonts)
    made_pdf = pdf or row.pdf is not None
    return Made(path, pdf_path if made_pdf else None)


def _make_docx(row: LetterRow, path: Path, ledger: Ledger, occasion: Occasion, template_data: bytes) -> None:
    from gaozhi_cli.rendering.docx_template import render
    from gaozhi_cli.rendering.letter_docx import open_letter_template

    text = ledger.personal(row.number, "applicant").get("text", "")
    if ledger.keyed("fields", text).hex() != row.fields:
        raise NotReady(f"{row.number} 的填写内容与登记时不符，请运行 gaozhi ledger verify")
    template = open_letter_template(template_data)
    document = render(template, json.loads(text))
    digest = hashlib.sha256(document).hexdigest()
    if path.exists() and _digest_of(path) != digest:
        message = f"{path} 已有另一份文件，没有覆盖；请移开它，下一条写入命令会补上 {row.number} 的文书"
        raise NotReady(message)
    _write(path, document, row.number)
    with ledger.transaction() as act:
        now = ledger.letter(row.number)
        if now is not None and now.docx_sha256 is None:
            act.change_letter(
                row.number,
                state=LetterState.MADE.value,
                docx_sha256=digest,
                template_sha256=template.sha256,
            )
            act.record(occasion.entry("letter.make", row.number, sha256=digest))
        else:
            act.nothing()


def _make_pdf(
    number: str, docx: Path, path: Path, ledger: Ledger, occasion: Occasion, home: Path, fonts: Path | None
) -> None:
    from gaozhi_cli.rendering.pdf import to_pdf

    try:
        document = docx.read_bytes()
    except OSError as error:
        raise DocumentFailed(f"读不了 {docx}（{os_reason(error)}），没有出 PDF") from None
    row = ledger.letter(number)
    if row is None or hashlib.sha256(document).hexdigest() != row.docx_sha256:
        raise DocumentFailed(f"{docx} 与登记时生成的不同（被改动过），没有出 PDF")
    result = to_pdf(document, fonts)
    _write(path, result, number)
    kept = path.relative_to(home).as_posix() if path.is_relative_to(home) else str(path)
    digest = hashlib.sha256(result).hexdigest()
    with ledger.transaction() as act:
        act.change_letter(number, pdf=kept, pdf_sha256=digest)
        act.record(occasion.entry("letter.pdf", number, sha256=digest))


def _digest_of(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _write(path: Path, data: bytes, number: str) -> None:
    try:
        write_whole(path, data)
    except OSError as error:
        message = (
            f"{number} 已登记，但文件没有写成（{os_reason(error)}：{path.parent}）；"
            "腾出空间或恢复该文件夹后，下一条写入命令会自动补上"
        )
        raise NotReady(message) from None
