"""核对文书: whether a docx or PDF on hand, or what its QR says, is the letter that was recorded.

Bytes first (no key needed). A file saved anew by Word or WPS has other bytes: its text is then compared
with what the ledger's sealed values say, paragraph by paragraph. Nothing is written.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.commitment import parse_number
from gaozhi_cli.domain.county import County, Office
from gaozhi_cli.domain.problem import BadInput, NotFound, NotReady, os_reason
from gaozhi_cli.domain.vocabulary import Sameness
from gaozhi_cli.storage.cache_files import CacheFiles
from gaozhi_cli.storage.cases import kept_template
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.records import LetterRow

LARGEST = 50 * 1024 * 1024
OFFICIAL = re.compile(r"[^\s〔《（：:。；，]{1,30}〔\d{4}〕\d{1,9}号")
PLAIN = re.compile(r"\b[A-Z][A-Z0-9]*-\d{4}-\d{5,9}\b")
QR = re.compile(r"GZ1 (\S+) ([0-9a-f]{32}) (\d+-[0-9a-f]{16})")
PAGES = re.compile(r"第\d+页共\d+页")


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
    texts = _pdf_text(data) if pdf else _docx_texts(data)
    digest = hashlib.sha256(data).hexdigest()
    row = _recorded([path.stem, *texts], digest, ledger, county, offices)
    if digest in _digests(row, ledger):
        return Verdict(row.number, Sameness.IDENTICAL)
    if pdf and not "".join(texts).strip():
        message = f"{path.name} 里没有文字（多半是扫描件），请扫描首页的二维码，用 --code 核对"
        raise BadInput(message)
    meant = _meant(row, ledger, home, template)
    differences = _missing(meant, texts) if pdf else _differing(meant, texts)
    return Verdict(row.number, Sameness.ALTERED if differences else Sameness.SAME_TEXT, differences)


def verify_code(text: str, *, ledger: Ledger) -> Verdict:
    """Compare what the QR says with the ledger. Raises BadInput, NotFound."""
    found = QR.fullmatch(" ".join(text.split()))
    if found is None:
        raise BadInput(
            "这不是本工具承诺书上的二维码内容，应如 GZ1 RS-2026-00001 32 位摘要 12-9f86d081884c7d65"
        )
    number, fields, anchor = found.groups()
    row = ledger.letter(number)
    if row is None:
        raise NotFound(f"台账里没有 {number}，这个二维码不是本台账的承诺书")
    same = row.fields[:32] == fields and row.anchor == anchor
    return Verdict(number, Sameness.SAME_TEXT if same else Sameness.ALTERED, () if same else ("二维码",))


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
        for printed in OFFICIAL.findall(re.sub(r"\s", "", text)):
            number = parse_number(printed, county, offices)
            if number is not None:
                yield str(number)
                continue
            _, year, n = re.split("[〔〕]", printed.removesuffix("号"))
            for office in offices:
                case = ledger.commitment(f"{office.code}-{year}-{int(n):05d}")
                if case is not None and case.official_number == printed:
                    yield case.number


def _docx_texts(data: bytes) -> list[str]:
    from gaozhi_cli.rendering.docx_package import open_package
    from gaozhi_cli.rendering.docx_template import paragraphs

    package = open_package(data, "这份文件")
    parts = sorted(package.rendered_parts(), key=lambda name: name != "word/document.xml")
    return [text for name in parts for text in paragraphs(package.part(name), "这份文件")]


def _pdf_text(data: bytes) -> list[str]:
    import io

    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        return [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadInput("这份 PDF 已损坏或加了密，读不出来；请用完好的一份，或用 --code 核对二维码") from None


def _meant(row: LetterRow, ledger: Ledger, home: Path, template: bytes) -> list[tuple[str, str]]:
    """Each paragraph of the letter as recorded, with the form's own words for it (nothing personal)."""
    from gaozhi_cli.rendering.docx_template import expected
    from gaozhi_cli.rendering.letter_docx import Proof, open_letter_template, with_code

    data = kept_template(home, row.template_sha256)
    if data is None and row.template_sha256 == hashlib.sha256(template).hexdigest():
        data = template
    if data is None or row.anchor is None:
        message = f"{row.number} 的文件字节与登记的不同，又没有制作它时的模板，不能逐段核对"
        raise NotReady(f"{message}；请从备份放回 {home / 'templates' / 'used'}")
    text = ledger.personal(row.number, "applicant").get("text", "")
    if ledger.keyed("fields", text).hex() != row.fields:
        raise NotReady(f"{row.number} 的填写内容与登记时不符，请运行 gaozhi ledger verify")
    values = with_code(json.loads(text), Proof(row.number, row.fields, row.anchor))
    form = open_letter_template(data, CacheFiles(home / "cache"))
    marks = {name: _mark(value) for name, value in values.items()}
    meant: list[tuple[str, str]] = []
    for name in sorted(form.texts, key=lambda part: part != "word/document.xml"):
        said = expected(form.texts[name], values)
        meant += zip(said, expected(form.texts[name], marks), strict=True)
    return meant


def _mark(value: object) -> object:
    """A value as three dots, so that a paragraph can be named without what it says."""
    if isinstance(value, str):
        return "…"
    assert isinstance(value, list)
    return ["…" if isinstance(row, str) else dict.fromkeys(row, "…") for row in value]


def _differing(meant: list[tuple[str, str]], texts: list[str]) -> tuple[str, ...]:
    """Paragraphs that read otherwise, are missing or are new; empty ones and page counts do not count."""
    from difflib import SequenceMatcher

    foot = _tight(meant[0][0].partition("：")[2])
    left = [(_without_foot(_tight(text), foot), label) for text, label in meant]
    left = [(text, label) for text, label in left if text]
    right = [text for text in (_without_foot(_tight(text), foot) for text in texts) if text]
    found: list[str] = []
    matcher = SequenceMatcher(None, [text for text, _ in left], right, autojunk=False)
    for tag, i, j, _, _ in matcher.get_opcodes():
        if tag == "insert":
            found.append(f"“{_short(left[i - 1][1]) if i else '开头'}”之后多出的文字")
        elif tag != "equal":
            found += [_short(label) for _, label in left[i:j]]
    return tuple(found)


def _missing(meant: list[tuple[str, str]], pages: list[str]) -> tuple[str, ...]:
    """Paragraphs that are not found, one after the other, in the text of a PDF; page feet are taken out."""
    foot = _tight(meant[0][0].partition("：")[2])
    whole = "".join(_without_foot(_tight(page), foot) for page in pages)
    place, found = 0, []
    for text, label in meant:
        tight = _without_foot(_tight(text), foot)
        at = whole.find(tight, place)
        if at >= 0:
            place = at
        elif tight not in whole:
            found.append(_short(label))
    return tuple(found)


def _without_foot(text: str, foot: str) -> str:
    match = PAGES.search(text)
    return text if match is None else text[: match.start()].removesuffix(foot) + text[match.end() :]


def _tight(text: str) -> str:
    return re.sub(r"[\s_]", "", text)


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 24 else plain[:23] + "…"
