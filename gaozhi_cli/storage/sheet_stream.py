"""A sheet of an xlsx row by row, however many there are: the same values as ``table_book`` reads, in little
memory. Faulty cells come as ``Spoilt`` in their place.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from gaozhi_cli.storage.cell_formats import Shown, as_day, as_shown, read_formats
from gaozhi_cli.storage.shared_strings import SharedStrings, read_shared_strings, unescaped
from gaozhi_cli.storage.table_file import IS_ERROR, NOT_RECKONED, Merge, Spoilt, refuse
from gaozhi_cli.storage.table_scan import DAMAGED, LONGEST_CELL, MOST_COLUMNS

STRETCH = 64 * 1024
LAST_ROW = 1_048_576
MOST_MERGES = 2_000
LARGEST_HEAD = 16 * 1024 * 1024  # workbook.xml is read whole
MERGE = re.compile(
    rb"""<(?:\w+:)?mergeCell\b[^>]*?\bref=["']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})["']"""
)


class SheetPart(NamedTuple):
    """A worksheet of a workbook: its name, the part that holds it, whether it can be seen."""

    name: str
    part: str
    visible: bool


def sheets_of(path: Path) -> tuple[SheetPart, ...]:
    """The worksheets of an xlsx in their order. Raises BadInput where the workbook is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            return tuple(_sheets(archive))
    except (zipfile.BadZipFile, ET.ParseError, KeyError):
        raise refuse(path.name, DAMAGED) from None


def _sheets(archive: zipfile.ZipFile) -> Iterator[SheetPart]:
    book, relations = _head(archive, "xl/workbook.xml"), _head(archive, "xl/_rels/workbook.xml.rels")
    parts = set(archive.namelist())
    targets = {
        node.get("Id", ""): node.get("Target", "")
        for node in relations
        if node.get("Type", "").endswith("/worksheet")
    }
    for node in book.iter():
        if node.tag.rpartition("}")[2] != "sheet":
            continue
        id_ = next((value for key, value in node.attrib.items() if key.endswith("}id")), "")
        target = targets.get(id_, "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if part in parts:
            yield SheetPart(node.get("name", ""), part, node.get("state", "visible") == "visible")


def _head(archive: zipfile.ZipFile, part: str) -> ET.Element:
    if archive.getinfo(part).file_size > LARGEST_HEAD:
        raise KeyError(part)
    return ET.fromstring(archive.read(part))


def _since_1904(archive: zipfile.ZipFile) -> bool:
    for node in _head(archive, "xl/workbook.xml"):
        if node.tag.rpartition("}")[2] == "workbookPr":
            return node.get("date1904", "0") in ("1", "true")
    return False


def sheet_merges(path: Path, sheet: SheetPart) -> tuple[Merge, ...]:
    """The merged cells of a sheet, which its XML tells only after its rows. Refuses absurdly many."""
    found: list[Merge] = []
    carried = b""
    with zipfile.ZipFile(path) as archive, archive.open(sheet.part) as opened:
        while chunk := opened.read(STRETCH * 4):
            text = carried + chunk
            if b"mergeCell" in text:
                for left, top, right, bottom in MERGE.findall(text):
                    corner = int(top) - 1, column_number(left.decode())
                    found.append((corner, (int(bottom) - 1, column_number(right.decode()))))
            if len(found) > MOST_MERGES:
                raise refuse(path.name, f"工作表“{sheet.name}”的合并单元格过多，请取消合并后逐行填写")
            carried = text[text.rfind(b"<") :][-300:] if b"<" in text else b""
    return tuple(found)


def column_number(letters: str) -> int:
    """2 for ``C`` (columns count from 0)."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def sheet_rows(path: Path, sheet: SheetPart, merges: Sequence[Merge] = ()) -> Iterator[Sequence[Any]]:
    """The values of each row from the first on, empty rows among them, as wide as the merged cells need.

    Raises BadInput on damaged XML and on what reaches too far right.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            strings = read_shared_strings(archive, path.name)
            try:
                reader = _Reader(path.name, sheet.name, strings, _formats(path), _since_1904(archive))
                width = min(max((right + 1 for _, (_, right) in merges), default=0), MOST_COLUMNS)
                yield from _in_order(reader, archive, sheet.part, width)
            finally:
                strings.close()
    except (zipfile.BadZipFile, zlib.error, EOFError, ET.ParseError, KeyError, IndexError, ValueError):
        raise refuse(path.name, DAMAGED) from None


def _formats(path: Path) -> Sequence[Shown]:
    """The formats of a workbook, read once however many of its sheets are looked into."""
    stat = path.stat()
    return _formats_of(path, (stat.st_mtime_ns, stat.st_size))


@lru_cache(maxsize=2)
def _formats_of(path: Path, _: tuple[int, int]) -> Sequence[Shown]:
    with zipfile.ZipFile(path) as archive:
        return read_formats(archive)


def _in_order(reader: _Reader, archive: zipfile.ZipFile, part: str, width: int) -> Iterator[Sequence[Any]]:
    from xml.parsers import expat

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.begin
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.words
    waiting, empty = 0, [""] * width
    try:
        with archive.open(part) as opened:
            while True:
                chunk = opened.read(STRETCH)
                parser.Parse(chunk, not chunk)
                for number, values in reader.taken():
                    for _ in range(waiting, number):
                        yield empty
                    yield values + empty[len(values) :]
                    waiting = number + 1
                if not chunk:
                    return
    except expat.ExpatError:
        raise refuse(reader.file, DAMAGED) from None


class _Reader:
    """Takes the events of a sheet's XML and gives whole rows."""

    def __init__(
        self, file: str, sheet: str, strings: SharedStrings, formats: Sequence[Shown], since_1904: bool
    ) -> None:
        self.file, self._sheet = file, sheet
        self._strings, self._formats, self._since_1904 = strings, formats, since_1904
        self._rows: list[tuple[int, list[Any]]] = []
        self._columns: dict[str, int] = {}
        self._row = self._column = -1
        self._values: list[Any] = []
        self._type = self._style = ""
        self._formula = self._guide = self._open = False
        self._pieces: list[str] = []
        self._texts: list[str] = []

    def taken(self) -> list[tuple[int, list[Any]]]:
        """The rows that are whole by now, by number (from 0)."""
        rows, self._rows = self._rows, []
        return rows

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        if tag == "c":
            reference = attributes.get("r")
            if reference is None:
                self._column += 1
            else:
                letters = reference.rstrip("0123456789")
                column = self._columns.get(letters)
                if column is None:
                    column = self._columns[letters] = column_number(letters)
                self._column = column
            self._type, self._style = attributes.get("t", "n"), attributes.get("s", "")
            self._formula = False
        elif tag == "v" or (tag == "t" and not self._guide):
            self._open = True
        elif tag == "f":
            self._formula = True
        elif tag == "row":
            self._begin_row(attributes.get("r"))
        elif tag == "rPh":
            self._guide = True

    def _begin_row(self, number: str | None) -> None:
        row = self._row + 1 if number is None else int(number) - 1
        if not self._row < row < LAST_ROW:
            raise ValueError(row)
        self._row, self._column, self._values = row, -1, []

    def words(self, text: str) -> None:
        """Text of a value."""
        if self._open:
            self._pieces.append(text)

    def end(self, tag: str) -> None:
        """An element ends; a cell and a row are then whole."""
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        if tag == "v" or tag == "t":
            self._open = False
            self._texts.append(unescaped("".join(self._pieces)))
            self._pieces.clear()
        elif tag == "c":
            value = self._value()
            self._texts.clear()
            if value != "":
                self._put(value)
        elif tag == "row":
            self._rows.append((self._row, self._values))
        elif tag == "rPh":
            self._guide = False

    def _put(self, value: Any) -> None:
        if self._column >= MOST_COLUMNS:
            message = f"有内容在第 {MOST_COLUMNS} 列之后，请删去右侧多余的内容"
            raise refuse(self.file, f"工作表“{self._sheet}”{message}")
        if self._column < len(self._values):
            self._values[self._column] = value
        else:
            self._values.extend([""] * (self._column - len(self._values)))
            self._values.append(value)

    def _value(self) -> Any:
        text = "".join(self._texts)
        kind = self._type
        if kind == "e":
            return Spoilt(IS_ERROR)
        if self._formula and not text and kind != "str":
            return Spoilt(NOT_RECKONED)
        if not text:
            return ""
        if kind == "s":
            return self._strings[int(text)]
        if len(text) > LONGEST_CELL:
            raise refuse(self.file, f"有一格超过 {LONGEST_CELL} 字，请删减")
        if kind == "n":
            return self._number(float(text))
        if kind == "d":
            return as_day(text)
        return text != "0" if kind == "b" else text

    def _number(self, number: float) -> Any:
        style = int(self._style) if self._style else 0
        how = self._formats[style] if style < len(self._formats) else Shown.NUMBER
        return number if how is Shown.NUMBER else as_shown(number, how, self._since_1904)
