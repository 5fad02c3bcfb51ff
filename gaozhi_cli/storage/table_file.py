"""A table as office staff keep it (xlsx, xls, ods, csv, docx) as rows of text, each with its place.

What a file is, is told by its content. Values stay as typed; what a spreadsheet has spoilt (an ID number
kept as a number, an error, a formula never reckoned) is a ``Fault`` of its cell, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from gaozhi_cli.domain.problem import BadInput, Problem, os_reason

LARGEST_FILE = 64 * 1024 * 1024
CHUNK = 1024 * 1024
NO_FILE = "不是普通文件或不存在，请检查路径"
SAVE_AS = "请在 Excel 或 WPS 中打开后另存为 xlsx 再用"
DIGITS_LOST = "被存成数字，末位已丢失，请把该列设为文本后重新填写"
NOT_RECKONED = "公式没有算出的值，请在 Excel 或 WPS 中打开后保存，或改填文字"
IS_ERROR = "是错误值，请改正公式或改填文字"
OUTER = " \t\r\n\u3000\u00a0\ufeff\u200b"
SCIENTIFIC = re.compile(r"[-+]?\d(?:\.\d+)?E\+(?:1[1-9]|[2-9]\d|\d{3,})", re.IGNORECASE)
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

Place = tuple[int, int]  # row and column, from 0
Merge = tuple[Place, Place]


class Fault(NamedTuple):
    """What is wrong with one cell (``C17``): a Chinese sentence without its place."""

    cell: str
    message: str


class Spoilt(NamedTuple):
    """Stands for a value that a spreadsheet does not hold: what is wrong with its cell."""

    message: str


class Row(NamedTuple):
    """A row that holds something. ``number``: as Excel shows it; in a csv the line it begins on.

    ``merged``: columns (from 0) whose text was carried down from a merged cell begun in a row above.
    """

    number: int
    cells: tuple[str, ...]
    faults: tuple[Fault, ...] = ()
    merged: frozenset[int] = frozenset()

    def cell(self, column: int) -> str:
        """The text of a column; empty beyond the row's end."""
        return self.cells[column] if column < len(self.cells) else ""


class Table(NamedTuple):
    """One table of a file. ``others``: sheets (docx: 表1, 表2 …) of the file that were not read."""

    file: str
    kind: str
    sheet: str
    others: tuple[str, ...]
    rows: Iterator[Row]

    @property
    def where(self) -> str:
        """The file and, where there is one, the sheet, for messages."""
        return f"{self.file} 工作表“{self.sheet}”" if self.sheet else self.file


class Grid(NamedTuple):
    """A sheet before its rows are read: values from the first row on, merges, and faults seen in the XML."""

    values: Iterable[Sequence[Any]]
    merges: Sequence[Merge] = ()
    faults: dict[Place, str] = {}  # noqa: RUF012  never written to


def refuse(file: str, message: str, cell: str = "") -> BadInput:
    """A BadInput about a file (and one cell of it)."""
    text = f"{file} {message}"
    return BadInput(text, (Problem("table-file", text, field=cell),))


def cell_name(column: int, row: int) -> str:
    """``C17`` for column 2 (from 0), row 17 (from 1)."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def read_rows(path: Path, sheet: str | None = None) -> Iterator[Row]:
    """The rows of a table file that hold something: of the named sheet, or of the first that does.

    Raises BadInput with one sentence and the way out.
    """
    return open_table(path, sheet).rows


def open_table(path: Path, sheet: str | None = None) -> Table:
    """A table file opened: what it is, which sheet is read, which are not, and its rows."""
    file = path.name
    kind = kind_of(path)
    try:
        if kind == "csv":
            from gaozhi_cli.storage.table_csv import fitting_rows

            if sheet is not None:
                raise refuse(file, "是 csv，没有工作表，请不要指定工作表")
            return Table(file, kind, "", (), _some(file, fitting_rows(path)))
        return _open_book(path, kind, sheet)
    except OSError as error:
        raise refuse(file, f"读不出来：{os_reason(error)}") from None


def sheet_names(path: Path) -> tuple[str, ...]:
    """The visible sheets of a workbook, the tables of a docx; nothing for a csv."""
    kind = kind_of(path)
    if kind == "csv":
        return ()
    from gaozhi_cli.storage.table_book import open_book

    return open_book(path, kind).names


def kind_of(path: Path, largest_text: int = LARGEST_FILE) -> str:
    """xlsx, xls, ods, docx or csv, by content. Refuses what is none of them, too large or empty."""
    file = path.name
    try:
        if not path.is_file():
            raise refuse(file, NO_FILE)
        size = path.stat().st_size
        with path.open("rb") as opened:
            head = opened.read(4096)
    except OSError as error:
        raise refuse(file, f"读不出来：{os_reason(error)}") from None
    if size == 0:
        raise refuse(file, "是空文件，请换用有内容的一份")
    book = head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0"))
    if size > (most := LARGEST_FILE if book else largest_text):
        raise refuse(file, f"超过 {most // CHUNK} MB，请拆成几份或删去无关的工作表")
    if book:
        from gaozhi_cli.storage.table_book import kind_of_book

        return kind_of_book(path, head)
    _plain_text(file, path.suffix.lower(), head)
    return "csv"


def _plain_text(file: str, ending: str, head: bytes) -> None:
    """Refuse what is neither a workbook nor a csv, by the first bytes."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refuse(file, f"是 UTF-16 文字（“Unicode 文本”），{SAVE_AS}")
    if head.startswith((b"%PDF", b"{\\rtf")):
        raise refuse(file, "是 PDF 或 RTF，不是表格，请提供 xlsx、csv 或 docx")
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if start.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta")):
        raise refuse(file, f"是网页或 XML 而不是真正的表格文件，{SAVE_AS}")
    if b"\x00" in head:
        raise refuse(file, "不是 xlsx、xls、ods、csv、docx 中的任何一种，或已损坏，请换用完好的一份")
    if ending in (".xlsx", ".xls", ".ods", ".docx"):
        raise refuse(file, f"不是真正的 {ending[1:]} 文件，内容是普通文字；若是 csv，请把后缀改为 .csv")


def _some(file: str, rows: Iterator[Row]) -> Iterator[Row]:
    """The rows; a table without any is refused."""
    first = next(rows, None)
    if first is None:
        raise refuse(file, "里没有内容，请换用有内容的一份")
    yield first
    yield from rows


# ---- workbooks and docx


def _open_book(path: Path, kind: str, sheet: str | None) -> Table:
    from gaozhi_cli.storage.table_book import open_book

    file = path.name
    book = open_book(path, kind)
    names = book.names
    if sheet is not None:
        wanted = next((name for name in book.every if name.strip() == sheet.strip()), None)
        if wanted is None:
            raise refuse(file, f"没有工作表“{sheet}”，有：{'、'.join(book.every)}")
        others = tuple(name for name in names if name != wanted)
        return Table(file, kind, wanted, others, _some(file, grid_rows(book.grid(wanted))))
    for place, name in enumerate(names):
        rows = grid_rows(book.grid(name))
        first = next(rows, None)
        if first is not None:
            others = (*names[:place], *names[place + 1 :])
            return Table(file, kind, name, others, _after(first, rows))
    raise refuse(file, "里没有内容，请换用有内容的一份")


def _after(first: Row, rows: Iterator[Row]) -> Iterator[Row]:
    yield first
    yield from rows


def grid_rows(grid: Grid) -> Iterator[Row]:
    """Rows that hold something, merged cells filled with the value of their first cell."""
    waiting = sorted(grid.merges, reverse=True)
    open_: list[tuple[Merge, Any]] = []
    for number, values in enumerate(grid.values):
        open_ = [(merge, value) for merge, value in open_ if merge[1][0] >= number]
        while waiting and waiting[-1][0][0] <= number:
            merge = waiting.pop()
            start = merge[0][1]
            if merge[0][0] == number and start < len(values):
                open_.append((merge, values[start]))
        faults = grid.faults
        if not open_ and not faults:
            row = row_of(number + 1, values)
        else:
            filled = list(values)
            carried = set()
            for ((top, left), (_, right)), value in open_:
                for column in range(left, min(right + 1, len(filled))):
                    filled[column] = value
                    if top < number:
                        carried.add(column)
            row = row_of(number + 1, filled, frozenset(carried), faults)
        if row is not None:
            yield row


def row_of(
    number: int,
    values: Sequence[Any],
    merged: frozenset[int] = frozenset(),
    known: dict[Place, str] | None = None,
) -> Row | None:
    """A row of text with its faults; None where it holds nothing."""
    cells = []
    faults = []
    for column, value in enumerate(values):
        if value == "" and not known:
            cells.append("")
            continue
        text, fault = as_text(value)
        fault = (known or {}).get((number - 1, column), fault)
        if fault and column not in merged:
            faults.append(Fault(cell_name(column, number), fault))
        cells.append(text)
    if not any(cells) and not faults:
        return None
    return Row(number, tuple(cells), tuple(faults), merged)


def as_text(value: Any) -> tuple[str, str]:
    """A cell's value as its user typed it, and what is wrong with it (or nothing)."""
    if isinstance(value, str):
        text = value.strip(OUTER)
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        hidden = HIDDEN.search(text)
        if hidden:
            return text, f"含有看不见的字符 U+{ord(hidden.group()):04X}，请删去后重新填写"
        if len(text) < 32 and SCIENTIFIC.fullmatch(text):
            return "", DIGITS_LOST
        return text, ""
    if isinstance(value, bool):
        return ("TRUE" if value else "FALSE"), ""
    if isinstance(value, (int, float)):
        if abs(value) >= 1e15:
            return "", DIGITS_LOST
        text = format(value, ".15g")  # a spreadsheet keeps 15 digits: what it shows, not 0.30000000000000004
        return (format(Decimal(text), "f") if "e" in text else text), ""
    if isinstance(value, datetime):
        return value.isoformat(" ") if value.time() != time() else value.date().isoformat(), ""
    if isinstance(value, (date, time)):
        return value.isoformat(), ""
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else ""), ""
    if isinstance(value, Spoilt):
        return "", value.message
    return str(value).strip(OUTER), ""
