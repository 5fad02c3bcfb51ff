"""核对文书: whether a docx or PDF on hand, or what its QR says, is the letter that was recorded.

Bytes first (no key needed). A file saved anew by Word or WPS has other bytes: its text is then compared
with what the ledger's sealed values say, paragraph by paragraph. Nothing is written.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gaozhi_cli.domain.commitment import parse_number
from gaozhi_cli.domain.comparison import (
    Meant,
    Said,
    page_differences,
    paragraph_differences,
    without_page_numbers,
)
from gaozhi_cli.domain.county import County, Office
from gaozhi_cli.domain.problem import BadInput, DocumentFailed, NotFound, NotReady, os_reason
from gaozhi_cli.domain.vocabulary import Sameness
from gaozhi_cli.storage.cache_files import CacheFiles
from gaozhi_cli.storage.cases import kept_template
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.records import LetterRow

if TYPE_CHECKING:
    from pypdf import PageObject

LARGEST = 50 * 1024 * 1024
MOST_PAGES = 60
MOST_CONTENT = 1024 * 1024  # of a PDF's pages, unpacked: some 10 KB a page is usual, 4 s a MB to read
LONGEST_READING = 8.0  # seconds
BODY, NOTES = "word/document.xml", ("word/footnotes.xml", "word/endnotes.xml")
OFFICIAL = re.compile(r"[^\s〔〕《（：:。；，]{1,30}〔([0-9]{4})〕([0-9]{1,9})号")
PLAIN = re.compile(r"(?<![A-Za-z0-9])[A-Z][A-Z0-9]*-[0-9]{4}-[0-9]{5,9}(?![0-9])")
QR = re.compile(r"GZ1 (\S+) ([0-9a-f]{32}) (\d+-[0-9a-f]{16})")


FIRST_PAGE = re.compile(r"第1页共[0-9]+页")
UNREAD = "有印得出、却不在文字里的内容（符号、删除线、脚注、域或带文字的编号）"
TITLE = "证明事项告知承诺书"
PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*", b"RIFF")


class Verdict(NamedTuple):
    """Which letter it is and how like; ``differences``: the form's own words of what reads otherwise."""

    number: str
    sameness: Sameness
    differences: tuple[str, ...] = ()


def verify_file(
    path: Path, *, ledger: Ledger, county: County, offices: tuple[Office, ...], home: Path, template: bytes
) -> Verdict:
    """Compare a file with the ledger. Raises BadInput (no docx or PDF), NotFound (no number, or not ours).

    Raises NotReady where the text has to be compared and the key or the letter's template is missing.
    """
    data = _read(path)
    pdf = data.startswith(b"%PDF-")
    if data.startswith(PICTURES):
        raise BadInput(f"{path.name} 是图片，读不出文字；请扫描首页的二维码，用 --code 核对")
    texts, feet, unread = (_pdf_text(data), [], False) if pdf else _docx_texts(data)
    if pdf and not "".join(texts).strip():
        message = f"{path.name} 里没有文字（多半是扫描件），请扫描首页的二维码，用 --code 核对"
        raise BadInput(message)
    digest = hashlib.sha256(data).hexdigest()
    row = _recorded([*texts, *feet, path.stem], digest, ledger, county, offices)
    if digest in _digests(row, ledger):
        return Verdict(row.number, Sameness.IDENTICAL)
    whole = re.sub(r"\s", "", "".join(texts))
    letters = len(FIRST_PAGE.findall(whole))
    if pdf and letters > 1:
        raise BadInput(f"{path.name} 里有 {letters} 份承诺书，请拆开后逐份核对，或用 --code 逐份核对二维码")
    if TITLE not in whole and row.anchor is not None:
        raise BadInput(f"{path.name} 不是告知承诺书（没有“{TITLE}”的标题），只能核对承诺书")
    meant = _meant(row, ledger, home, template)
    differences = page_differences(meant, texts) if pdf else paragraph_differences(meant, texts, feet)
    differences += (UNREAD,) if unread else ()
    return Verdict(row.number, Sameness.ALTERED if differences else Sameness.SAME_TEXT, differences)


def verify_code(text: str, *, ledger: Ledger) -> Verdict:
    """Compare what the QR says with the ledger. Raises BadInput, NotFound, NotReady."""
    found = QR.fullmatch(" ".join(text.split()))
    if found is None:
        raise BadInput(
            "这不是本工具承诺书上的二维码内容，应如 GZ1 RS-2026-00001 32 位摘要 12-9f86d081884c7d65"
        )
    number, fields, anchor = found.groups()
    row = ledger.letter(number)
    if row is None:
        raise NotFound(f"台账里没有 {number}，这个二维码不是本台账的承诺书")
    if row.anchor is None:
        raise NotReady(f"{number} 是旧格式的台账登记的，当时的承诺书没有二维码；请用文件核对")
    same = row.fields[:32] == fields and row.anchor == anchor
    return Verdict(number, Sameness.CODE if same else Sameness.ALTERED, () if same else ("二维码",))


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise BadInput(f"{path.name} 超过 50 MB，不像一份承诺书")
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"读不了 {path}（{os_reason(error)}），请检查路径") from None


def _digests(row: LetterRow, ledger: Ledger) -> set[str | None]:
    return {row.docx_sha256, row.pdf_sha256, *(job.pdf_sha256 for job in ledger.prints_of(row.number))}


def _recorded(
    texts: list[str], digest: str, ledger: Ledger, county: County, offices: tuple[Office, ...]
) -> LetterRow:
    """The letter that the file says it is: by its bytes where several numbers are named, else the first."""
    rows = []
    for number in dict.fromkeys(_numbers(texts, ledger, county, offices)):
        row = ledger.letter(number)
        if row is not None:
            if digest in _digests(row, ledger):
                return row
            rows.append(row)
    if not rows:
        raise NotFound("文件里没有本台账登记过的编号，不是本台账的承诺书")
    return rows[0]


def _numbers(texts: list[str], ledger: Ledger, county: County, offices: tuple[Office, ...]) -> Iterator[str]:
    """Numbers that the texts name, also under a prefix that the county no longer uses."""
    for text in texts:
        yield from PLAIN.findall(text)
        for printed in OFFICIAL.finditer(re.sub(r"\s", "", text)):
            number = parse_number(printed[0], county, offices)
            if number is not None:
                yield str(number)
                continue
            for office in offices:
                case = ledger.commitment(f"{office.code}-{printed[1]}-{int(printed[2]):05d}")
                if case is not None and case.official_number == printed[0]:
                    yield case.number


def _docx_texts(data: bytes) -> tuple[list[str], list[str], bool]:
    """The paragraphs of the body, notes included, those of headers and footers, and whether more prints."""
    from gaozhi_cli.rendering.docx_innocent import holds_unread
    from gaozhi_cli.rendering.docx_package import open_package
    from gaozhi_cli.rendering.docx_template import paragraphs

    try:
        package = open_package(data, "这份文件")
        names = [name for name, _ in package.parts if name in NOTES]
        body = [text for name in (BODY, *names) for text in paragraphs(package.part(name), "这份文件")]
        feet = [name for name in package.rendered_parts() if name != BODY]
        foot = [text for name in feet for text in paragraphs(package.part(name), "这份文件")]
        return body, foot, holds_unread(package.parts, package.rendered_parts())
    except DocumentFailed as error:
        raise BadInput(f"{error.message}；只能核对 docx 和 PDF", error.problems) from None


def _pdf_text(data: bytes) -> list[str]:
    """The text of each page, of no more pages and content than letters have."""
    import io
    import logging

    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its remarks are English, and no verdict
    end = time.monotonic() + LONGEST_READING

    def hasten(*_: object) -> None:
        if time.monotonic() > end:
            raise TimeoutError

    try:
        pages = PdfReader(io.BytesIO(data)).pages
        count = len(pages)
        if count <= MOST_PAGES:
            _require_little(list(pages))
            return [page.extract_text(visitor_operand_before=hasten) for page in pages]
    except Exception:  # pypdf fails in as many ways as a PDF can be damaged
        raise BadInput("这份 PDF 已损坏或加了密，读不出来；请用完好的一份，或用 --code 核对二维码") from None
    message = f"这份 PDF 有 {count} 页，超过 {MOST_PAGES} 页，不像一份承诺书"
    raise BadInput(f"{message}；合订的请拆开后逐份核对，或用 --code 核对二维码")


def _require_little(pages: Sequence[PageObject]) -> None:
    """Raises ValueError where the pages, and the forms drawn on them, hold more than letters do."""
    forms: dict[int, Any] = {}  # kept, so that no id is given twice
    total = 0
    waiting: list[Any] = []
    for page in pages:
        contents = page.get("/Contents")
        found = contents.get_object() if contents is not None else []
        for stream in found if isinstance(found, list) else [found]:
            total += len(stream.get_object().get_data())
            if total > MOST_CONTENT:
                raise ValueError(total)
        waiting.append(page)
    while waiting:
        resources = waiting.pop().get("/Resources")
        drawn = resources.get_object().get("/XObject") if resources is not None else None
        for value in drawn.get_object().values() if drawn is not None else ():
            form = value.get_object()
            if form.get("/Subtype") == "/Form" and id(form) not in forms:
                forms[id(form)] = form
                waiting.append(form)
                total += len(form.get_data())
                if total > MOST_CONTENT:
                    raise ValueError(total)


def _meant(row: LetterRow, ledger: Ledger, home: Path, template: bytes) -> Meant:
    """Each paragraph of the letter as recorded, with the form's own words for it (nothing personal)."""
    from gaozhi_cli.rendering.docx_template import expected
    from gaozhi_cli.rendering.letter_docx import Proof, open_letter_template, with_code

    if row.anchor is None:
        message = f"{row.number} 是旧格式的台账登记的，文件字节与登记的不同，逐段核对不了"
        raise NotReady(f"{message}；请以登记时生成的原件为准")
    data = kept_template(home, row.template_sha256)
    if data is None and row.template_sha256 == hashlib.sha256(template).hexdigest():
        data = template
    if data is None:
        message = f"{row.number} 的文件字节与登记的不同，又没有制作它时的模板，不能逐段核对"
        raise NotReady(f"{message}；请从备份放回 {home / 'templates' / 'used'}")
    text = ledger.personal(row.number, "applicant").get("text", "")
    if ledger.keyed("fields", text).hex() != row.fields:
        raise NotReady(f"{row.number} 的填写内容与登记时不符，请运行 gaozhi ledger verify")
    values = with_code(json.loads(text), Proof(row.number, row.fields, row.anchor))
    form = open_letter_template(data, CacheFiles(home / "cache"))
    marks = {name: _mark(value) for name, value in values.items()}

    def said(texts: Sequence[str]) -> list[Said]:
        return list(map(Said, expected(texts, values), expected(texts, marks)))

    feet = [part for part in form.texts if part != BODY]
    loose = [[without_page_numbers(text) for text in form.texts[part]] for part in feet]
    return Meant(tuple(said(form.texts[BODY])), tuple(one for texts in loose for one in said(texts)))


def _mark(value: object) -> object:
    """A value as three dots, so that a paragraph can be named without what it says."""
    if isinstance(value, str):
        return "…"
    assert isinstance(value, list)
    return ["…" if isinstance(row, str) else dict.fromkeys(row, "…") for row in value]
