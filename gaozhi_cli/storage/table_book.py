"""Workbooks (xlsx, xls, ods) as grids of values, opened with suspicion; what a zip or OLE file is.

python-calamine reads the values; it passes over errors and formulas without a value in silence, and lays a
sheet out whole, so the XML is looked through first: for those cells, and for how far the sheet reaches.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from gaozhi_cli.storage.table_file import CHUNK, IS_ERROR, NOT_RECKONED, SAVE_AS, Grid, Place, refuse

LARGEST_PARTS = 300 * 1024 * 1024  # a million empty formatted rows are 130 MB
MOST_COLUMNS = 256
MOST_CELLS = 12_000_000
LONGEST_CELL = 32_767  # Excel's own limit
LARGEST_TEXT = 4_000_000_000  # cells times the longest of their texts: some 500 MB in a real table
VALUE_END = re.compile(rb"</(?:\w+:)?(?:v|is)>")
DAMAGED = "已损坏或不完整，请换用完好的一份"
ENCRYPTED = "设有打开密码，请在 Excel 或 WPS 中取消密码后另存再用"
UNIQUE = re.compile(rb"""\buniqueCount=["'](\d+)["']""")
PROBE = (
    "import sys; from python_calamine import CalamineWorkbook as Book\n"
    "with open(sys.argv[1], 'rb') as file: book = Book.from_filelike(file)\n"
    "for name in book.sheet_names: book.get_sheet_by_name(name)\n"
)
PROBE_SECONDS = 60
OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
REF = re.compile(rb"""\br=["']([A-Z]{1,3})(\d{1,7})["']""")
ROW = re.compile(rb"""<(?:\w+:)?row\b[^>]*?\br=["'](\d{1,7})["']""")
WIDE = re.compile(rb"""\br=["']([A-Z]{2,3})\d+["'][^>]*[^>/]>""")
ERROR = re.compile(rb"""<(?:\w+:)?c\b([^>]*\bt=["']e["'][^>]*)>""")
FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)><(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)"
    rb"(?:<(?:\w+:)?v></(?:\w+:)?v>|<(?:\w+:)?v/>)?</(?:\w+:)?c>"
)


class Book(NamedTuple):
    """``names``: visible sheets in their order; ``every``: also hidden ones, which must be asked for."""

    names: tuple[str, ...]
    every: tuple[str, ...]
    grid: Callable[[str], Grid]


def kind_of_book(path: Path, head: bytes) -> str:
    """xlsx, xls, ods or docx by what is inside; refuses all else, and what is not safe to open."""
    file = path.name
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        data = path.read_bytes()
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise refuse(file, ENCRYPTED)
        if any(word.encode("utf-16-le") in data for word in ("Workbook", "Book\x00")):
            return "xls"
        if "WordDocument".encode("utf-16-le") in data:
            raise refuse(file, "是旧的 doc 文件，请在 Word 或 WPS 中另存为 docx 再用")
        raise refuse(file, f"不是 Excel 文件，或{DAMAGED}")
    names = _safe_parts(path)
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "word/document.xml" in names:
        return "docx"
    if "content.xml" in names:
        return "ods"
    if "xl/workbook.bin" in names:
        raise refuse(file, f"是 xlsb 文件，{SAVE_AS}")
    raise refuse(file, "是压缩包，不是 xlsx、ods 或 docx，请提供表格文件本身")


def _safe_parts(path: Path) -> set[str]:
    """Names of a zip's parts, after sizes, checksums and the XML's heads were looked at."""
    file = path.name
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            names = {info.filename for info in infos}
            if any(info.flag_bits & 1 for info in infos):
                raise refuse(file, ENCRYPTED)
            if len(names) != len(infos):
                raise refuse(file, "里有重名的部件，没有使用")
            if sum(info.file_size for info in infos) > LARGEST_PARTS:
                raise refuse(file, "解压后过大，疑似压缩炸弹，没有使用")
            for info in infos:
                _look_through(archive, info, file)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError):
        raise refuse(file, DAMAGED) from None
    except Exception as error:  # zlib and lzma have their own errors; refusals and the system's pass on
        if type(error).__name__ == "error":
            raise refuse(file, DAMAGED) from None
        raise
    return names


def _look_through(archive: zipfile.ZipFile, info: zipfile.ZipInfo, file: str) -> None:
    """Read a part to its end (checks its CRC); XML with a DOCTYPE, entities or NUL is refused."""
    is_xml = info.filename.lower().endswith((".xml", ".rels"))
    tail, first = b"", True
    with archive.open(info) as part:
        while chunk := part.read(CHUNK):
            is_xml |= first and chunk.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")
            first = False
            if not is_xml:
                continue
            seen = tail + chunk
            if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen or b"\x00" in chunk:
                raise refuse(file, f"的部件 {info.filename} 含有 DOCTYPE 或不是 UTF-8，没有使用")
            if info.filename.endswith("manifest.xml") and b"encryption-data" in seen:
                raise refuse(file, ENCRYPTED)
            count = UNIQUE.search(seen)
            if count and int(count.group(1)) > info.file_size:  # the reader would make room for them all
                raise refuse(file, DAMAGED)
            tail = chunk[-40:]


def open_book(path: Path, kind: str) -> Book:
    """A workbook or docx whose kind is known."""
    if kind == "docx":
        from gaozhi_cli.storage.docx_tables import open_docx

        return open_docx(path)
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    if kind == "xls":
        _probe(path)
    scan = _scan_ods(path) if kind == "ods" else None
    workbook = _guarded(path.name, lambda: _calamine(path))
    every = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    names = tuple(sheet.name for sheet in every if sheet.visible == SheetVisibleEnum.Visible)
    every_name = tuple(sheet.name for sheet in every)
    if not names:
        raise refuse(path.name, "没有可见的工作表，请取消隐藏后再用")

    def grid(name: str) -> Grid:
        if scan is not None:
            sheet = workbook.get_sheet_by_name(name)
            faults = scan.faults.get(name, {})
            return Grid(_steady(path.name, _rows(sheet, faults)), scan.merges.get(name, ()), faults)
        faults = _scan_xlsx(path, name) if kind == "xlsx" else {}
        sheet = workbook.get_sheet_by_name(name)
        return Grid(_steady(path.name, _rows(sheet, faults)), sheet.merged_cell_ranges or (), faults)

    return Book(names, every_name, lambda name: _guarded(path.name, lambda: grid(name)))


def _probe(path: Path) -> None:
    """Whether a child survives reading an xls: a damaged one can ask for memory without end, which aborts."""
    if getattr(sys, "frozen", False):  # there is no Python to start
        return
    try:
        command = [sys.executable, "-c", PROBE, str(path)]
        done = subprocess.run(command, capture_output=True, timeout=PROBE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        raise refuse(path.name, f"很久读不完，{SAVE_AS}") from None
    if done.returncode not in (0, 1):  # 1: an error that reading it here will name
        raise refuse(path.name, DAMAGED)


def _calamine(path: Path) -> Any:
    from python_calamine import CalamineWorkbook

    with path.open("rb") as opened:  # by its path it would go by the ending
        return CalamineWorkbook.from_filelike(opened)


def _guarded(file: str, read: Callable[[], Any]) -> Any:
    """What ``read`` gives; every way in which the reader fails on a damaged file is one refusal."""
    from python_calamine import CalamineError, PasswordError

    try:
        with _silent():
            return read()
    except PasswordError:
        raise refuse(file, ENCRYPTED) from None
    except CalamineError:
        raise refuse(file, f"不是它自称的表格文件，或{DAMAGED}") from None
    except (ET.ParseError, LookupError, UnicodeDecodeError):
        raise refuse(file, DAMAGED) from None
    except BaseException as error:  # a panic in the Rust reader is no Exception
        if type(error).__name__ == "PanicException":
            raise refuse(file, DAMAGED) from None
        raise


def _steady(file: str, rows: Iterator[list[Any]]) -> Iterator[list[Any]]:
    """The rows as they are read; where the reader gives up half way, one refusal."""
    while True:
        try:
            row = next(rows, None)
        except MemoryError:
            raise refuse(file, "过大，内存装不下，请拆成几份") from None
        except BaseException as error:  # a panic in the Rust reader is no Exception
            if type(error).__name__ == "PanicException":
                raise refuse(file, DAMAGED) from None
            raise
        if row is None:
            return
        yield row


@contextmanager
def _silent() -> Iterator[None]:
    """Without what a panicking reader writes to stderr in English; the refusal says it."""
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _rows(sheet: Any, faults: dict[Place, str]) -> Iterator[list[Any]]:
    """The sheet's rows, as many and as wide as the faulty cells need, for which the reader gives nothing."""
    width = max((column + 1 for _, column in faults), default=0)
    # iter_rows leaves out empty columns before the first, but no rows
    before = [""] * sheet.start[1] if sheet.start is not None else []
    for values in sheet.iter_rows() if sheet.end is not None else ():
        full = before + values
        yield full + [""] * (width - len(full))
    height = sheet.end[0] + 1 if sheet.end is not None else 0
    for _ in range(height, max((row + 1 for row, _ in faults), default=0)):
        yield [""] * width


# ---- xlsx


def _scan_xlsx(path: Path, name: str) -> dict[Place, str]:
    """Error cells and formulas without a value; refuses a sheet that reaches absurdly far."""
    faults: dict[Place, str] = {}
    last_row = widest = strings = 0
    with zipfile.ZipFile(path) as archive:
        part = _part_of(archive, name)
        if part is None:
            return faults
        longest = _longest_string(archive, path.name)
        carried = b""
        with archive.open(part) as opened:
            while True:
                chunk = opened.read(CHUNK)
                text = carried + chunk
                cut = _whole_cells(text) if chunk else len(text)
                whole, carried = _compact(text[:cut]), text[cut:]
                _faults_in(whole, faults)
                strings += whole.count(b't="s"') + whole.count(b"t='s'")
                if VALUE_END.search(whole):  # a million empty cells are passed over
                    last_row = max(last_row, _last_row(whole))
                    widest = max([widest, *(_column(m.group(1)) for m in WIDE.finditer(whole))])
                if not chunk:
                    break
    if strings * longest > LARGEST_TEXT:
        raise refuse(path.name, f"工作表“{name}”文字过多，请拆成几份")
    widest = max([widest, *(column for _, column in faults)])
    last_row = max([last_row, *(row + 1 for row, _ in faults)])
    if widest >= MOST_COLUMNS:
        raise refuse(path.name, f"工作表“{name}”有内容在第 {MOST_COLUMNS} 列之后，请删去右侧多余的内容")
    if last_row * max(widest + 1, 26) > MOST_CELLS:
        raise refuse(path.name, f"工作表“{name}”第 {last_row} 行还有内容，请删去表格下方多余的内容")
    return faults


def _compact(text: bytes) -> bytes:
    """A stretch of XML without blanks between tags: every pattern on it takes time in proportion to it."""
    text = b" ".join(text.split())
    return text.replace(b"> <", b"><").replace(b" >", b">").replace(b" />", b"/>")


def _longest_string(archive: zipfile.ZipFile, file: str) -> int:
    """The longest shared string; Excel itself has none over 32,767 characters."""
    if "xl/sharedStrings.xml" not in archive.namelist():
        return 0
    from xml.parsers import expat

    longest = length = 0

    def begin(tag: str, _: dict[str, str]) -> None:
        nonlocal length
        length = 0 if tag.rsplit(":", 1)[-1] == "si" else length

    def words(text: str) -> None:
        nonlocal length, longest
        length += len(text)
        longest = max(longest, length)

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.CharacterDataHandler = words
    try:
        with archive.open("xl/sharedStrings.xml") as opened:
            parser.ParseFile(opened)
    except expat.ExpatError:
        raise refuse(file, DAMAGED) from None
    if longest > LONGEST_CELL:
        raise refuse(file, f"有一格超过 {LONGEST_CELL} 字，请删减")
    return longest


def _whole_cells(text: bytes) -> int:
    """How much of a stretch of XML ends with a whole cell; among empty ones, with a whole tag."""
    cut = max(text.rfind(b"</c>") + 4, text.rfind(b":c>") + 3)
    if cut > 3:
        return cut
    return text.rfind(b">") + 1 if len(text) < 4 * CHUNK else len(text)


def _part_of(archive: zipfile.ZipFile, name: str) -> str | None:
    """The part that holds a sheet."""
    book = ET.fromstring(archive.read("xl/workbook.xml"))
    relations = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    ids = [node.get(f"{OFFICE}id") for node in book.iter() if node.get("name") == name and _is(node, "sheet")]
    for node in relations:
        if ids and node.get("Id") == ids[0]:
            target = node.get("Target", "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            return part if part in archive.namelist() else None
    return None


def _is(node: ET.Element, tag: str) -> bool:
    return node.tag.rsplit("}", 1)[-1] == tag


def _faults_in(text: bytes, faults: dict[Place, str]) -> None:
    if b't="e"' in text or b"t='e'" in text:
        for match in ERROR.finditer(text):
            _note(match.group(1), IS_ERROR, faults)
    if b"<f" in text or b":f" in text:
        for match in FORMULA.finditer(text):
            if b't="str"' not in match.group(1):  # a formula whose value is the empty text
                _note(match.group(1), NOT_RECKONED, faults)


def _note(attributes: bytes, message: str, faults: dict[Place, str]) -> None:
    place = REF.search(attributes)
    if place:
        faults.setdefault((int(place.group(2)) - 1, _column(place.group(1))), message)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _last_row(text: bytes) -> int:
    """The row (from 1) of the last cell with a value in a stretch of XML."""
    ends = [match.start() for match in VALUE_END.finditer(text)][-1:]
    if not ends:
        return 0
    end = ends[0]
    begin = max(text.rfind(b"<row ", 0, end), text.rfind(b":row ", 0, end) - 8, 0)
    rows = [int(m.group(1)) for m in ROW.finditer(text, begin, end)]
    starts = max(text.rfind(b"<c ", 0, end), text.rfind(b":c ", 0, end), 0)
    cell = REF.search(text, starts, min(starts + 200, len(text)))
    return max([*rows, int(cell.group(2)) if cell else 0])


# ---- ods


class _OdsScan:
    """Walks content.xml: merges, errors and empty formulas of each sheet, and how far it reaches."""

    def __init__(self, file: str) -> None:
        self.file, self.name = file, ""
        self.row = self.column = 0
        self.repeat = 1
        self.pending: dict[str, str] | None = None
        self.text = False
        self.length = self.total = 0
        self.merges: dict[str, list[Any]] = {}
        self.faults: dict[str, dict[Place, str]] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "table:table":
            self.name, self.row = attributes.get("table:name", ""), 0
            self.merges[self.name], self.faults[self.name] = [], {}
        elif tag == "table:table-row":
            self.column = 0
            self.repeat = int(attributes.get("table:number-rows-repeated", "1"))
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            self.pending, self.text, self.length = attributes, False, 0
        elif tag == "text:p" and self.pending is not None:
            self.text = True

    def words(self, text: str) -> None:
        self.length += len(text)

    def end(self, tag: str) -> None:
        if tag == "table:table-row":
            self.row += self.repeat
        elif tag in ("table:table-cell", "table:covered-table-cell") and self.pending is not None:
            self._cell(self.pending)
            self.pending = None

    def _cell(self, attributes: dict[str, str]) -> None:
        times = int(attributes.get("table:number-columns-repeated", "1"))
        place = (self.row, self.column)
        kind = attributes.get("office:value-type", "")
        if self.text or kind:
            if self.column + times > MOST_COLUMNS:
                message = f"有内容在第 {MOST_COLUMNS} 列之后，请删去右侧多余的内容"
                raise refuse(self.file, f"工作表“{self.name}”{message}")
            if (self.row + self.repeat) * max(self.column + times, 26) > MOST_CELLS:
                message = f"第 {self.row + self.repeat} 行还有内容，请删去表格下方多余的内容"
                raise refuse(self.file, f"工作表“{self.name}”{message}")
        self.total += self.length * max(times, 1) * max(self.repeat, 1)
        if self.length > LONGEST_CELL or self.total > LARGEST_TEXT // 8:
            raise refuse(self.file, f"工作表“{self.name}”文字过多，请拆成几份")
        down = int(attributes.get("table:number-rows-spanned", "1"))
        right = int(attributes.get("table:number-columns-spanned", "1"))
        if down > 1 or right > 1:
            self.merges.setdefault(self.name, []).append(
                (place, (self.row + down - 1, self.column + right - 1))
            )
        if attributes.get("calcext:value-type") == "error":
            self.faults.setdefault(self.name, {})[place] = IS_ERROR
        elif "table:formula" in attributes and not (self.text or kind):
            self.faults.setdefault(self.name, {})[place] = NOT_RECKONED
        self.column += times


def _scan_ods(path: Path) -> _OdsScan:
    """The whole content, before the reader lays out every sheet; it never ends on XML that breaks off."""
    from xml.parsers import expat

    scan = _OdsScan(path.name)
    parser = expat.ParserCreate()
    parser.StartElementHandler = scan.start
    parser.EndElementHandler = scan.end
    parser.CharacterDataHandler = scan.words
    try:
        with zipfile.ZipFile(path) as archive, archive.open("content.xml") as opened:
            parser.ParseFile(opened)
    except (expat.ExpatError, ValueError, LookupError):
        raise refuse(path.name, DAMAGED) from None
    return scan
