"""The XML of a sheet looked through before a reader lays it out: how far it reaches, what it does not tell.

python-calamine passes over errors and formulas without a value in silence, and makes room for a whole sheet
at once; so those cells are named here, and what reaches absurdly far or says too much is refused. Every
pattern takes time in proportion to the text it is tried on.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path
from typing import Any

from gaozhi_cli.storage.table_file import CHUNK, IS_ERROR, NOT_RECKONED, Place, refuse

MOST_COLUMNS = 256
MOST_CELLS = 12_000_000
LONGEST_CELL = 32_767  # Excel's own limit
LARGEST_TEXT = 4_000_000_000  # cells times the longest of their texts: some 500 MB in a real table
VALUE_END = re.compile(rb"</(?:\w+:)?(?:v|is)>")
DAMAGED = "已损坏或不完整，请换用完好的一份"
OFFICE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
REF = re.compile(rb"""\br=["']([A-Z]{1,3})(\d{1,7})["']""")
ROW = re.compile(rb"""<(?:\w+:)?row\b[^>]*?\br=["'](\d{1,7})["']""")
WIDE = re.compile(rb"""\br=["']([A-Z]{2,3})\d+["'][^>]*[^>/]>""")
ERROR = re.compile(rb"""<(?:\w+:)?c\b([^>]*\bt=["']e["'][^>]*)>""")
FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)><(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)"
    rb"(?:<(?:\w+:)?v></(?:\w+:)?v>|<(?:\w+:)?v/>)?</(?:\w+:)?c>"
)


def scan_xlsx(path: Path, name: str) -> dict[Place, str]:
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


class OdsScan:
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


def scan_ods(path: Path) -> OdsScan:
    """The whole content, before the reader lays out every sheet; it never ends on XML that breaks off."""
    from xml.parsers import expat

    scan = OdsScan(path.name)
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
