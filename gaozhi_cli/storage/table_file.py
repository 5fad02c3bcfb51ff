"""A table as office staff keep it (xlsx, xls, ods, csv, docx) as rows of text, each with its place.

What a file is, is told by its content. Values stay as typed; what a spreadsheet has spoilt (an ID number
kept as a number, an error, a formula never reckoned) is a ``Fault`` of its cell, never a guess.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, NamedTuple

from gaozhi_cli.domain.problem import BadInput, Problem, os_reason

LARGEST_FILE = 64 * 1024 * 1024
CHUNK = 1024 * 1024
SURE_UTF8 = 20  # so many characters read as UTF-8 before the first bad byte: damaged UTF-8, not GB18030
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
            if sheet is not None:
                raise refuse(file, "是 csv，没有工作表，请不要指定工作表")
            return Table(file, kind, "", (), _some(file, _csv_rows(path)))
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
            raise refuse(file, "不是普通文件或不存在，请检查路径")
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


# ---- csv


def _csv_rows(path: Path) -> Iterator[Row]:
    width = 0  # how many cells a row may have: those of the first row that looks like headings
    for row in csv_rows(path):
        width = width or _heading_width(row)
        yield _within(row, width) if width else row


def csv_rows(path: Path) -> Iterator[Row]:
    """The rows of a csv that hold something, each with all its cells. Raises BadInput."""
    file = path.name
    encoding = _encoding(path)
    line = 0
    with path.open(encoding=encoding, newline="") as opened:
        reader = csv.reader(opened, delimiter=_delimiter(opened), strict=True)
        try:
            for cells in reader:
                number, line = line + 1, reader.line_num
                row = row_of(number, cells)
                if row is not None:
                    yield row
        except csv.Error as error:
            if "field limit" in str(error):
                raise refuse(file, f"第 {line + 1} 行有一格过长，请删减", f"A{line + 1}") from None
            # the reader names only where it gave up; the quote that was left open stands at the row's start
            raise refuse(
                file, f"第 {line + 1} 行起引号没有成对，请补上或删去多余的英文双引号", f"A{line + 1}"
            ) from None


def _heading_width(row: Row) -> int:
    """The width that a heading row sets; 0 for titles and lines such as 填报单位：…."""
    filled = [cell for cell in row.cells if cell]
    if len(filled) < 2 or any("：" in cell or ":" in cell for cell in filled):
        return 0
    return len(row.cells)


def _within(row: Row, width: int) -> Row:
    """The row, with a fault for cells beyond the headings (a comma that was not quoted)."""
    surplus = [cell for cell in row.cells[width:] if cell]
    if not surplus:
        return row._replace(cells=row.cells[:width])
    message = f"比表头多出 {len(surplus)} 格，含逗号的文字请加英文双引号"
    return row._replace(faults=(*row.faults, Fault(cell_name(width, row.number), message)))


def _encoding(path: Path) -> str:
    """utf-8-sig, else gb18030: a fixed chain, since guessing took short GBK files for others."""
    file = path.name
    with path.open("rb") as opened:
        marked = opened.read(3) == codecs.BOM_UTF8
        opened.seek(0)
        line, characters = _undecodable(opened, "utf-8-sig", file)
        if line == 0:
            return "utf-8-sig"
        if marked or characters >= SURE_UTF8:
            raise refuse(file, f"第 {line} 行有损坏的 UTF-8 文字，{SAVE_AS}", f"A{line}")
        opened.seek(0)
        line, _ = _undecodable(opened, "gb18030", file)
        if line == 0:
            return "gb18030"
    raise refuse(file, f"第 {line} 行既不是 UTF-8 也不是 GB18030 编码，{SAVE_AS}", f"A{line}")


def _undecodable(opened: IO[bytes], encoding: str, file: str) -> tuple[int, int]:
    """The first line that cannot be decoded (0: all can) and how many non-ASCII characters came before."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    characters = 0
    while True:
        chunk = opened.read(CHUNK)
        if b"\x00" in chunk:
            line += chunk[: chunk.index(b"\x00")].count(b"\n")
            raise refuse(file, f"第 {line} 行含有 NUL 字符，不是文字文件，{SAVE_AS}", f"A{line}")
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            whole = error.object[: error.start]
            return line + whole.count(b"\n"), characters + _non_ascii(whole.decode(encoding, "ignore"))
        line += chunk.count(b"\n")
        if characters < SURE_UTF8:
            characters += _non_ascii(text)
        if not chunk:
            return 0, characters


def _non_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _delimiter(opened: IO[str]) -> str:
    """Comma, semicolon or tab: the one that gives most of the first rows the same width of two or more."""
    sample = opened.read(65536).splitlines(keepends=True)[:40]
    opened.seek(0)
    best, score = ",", (0, 0)
    for delimiter in (",", "\t", ";"):
        try:
            widths = [len(cells) for cells in csv.reader(sample, delimiter=delimiter)]
        except csv.Error:
            continue
        wide = [width for width in widths if width > 1]
        usual = max(set(wide), key=wide.count) if wide else 0
        if (wide.count(usual), usual) > score:
            best, score = delimiter, (wide.count(usual), usual)
    return best


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
