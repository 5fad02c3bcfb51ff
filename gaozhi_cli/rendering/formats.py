"""One renderer for every listing: table, json, csv, tsv, ndjson, xlsx from the same rows.

Rows are dicts of JSON values under stable keys; columns give the Chinese headings. json, ndjson and tsv
use the keys (for scripts), the table, csv and xlsx the headings (for people; both open in Excel and WPS).
A table on a terminal is drawn by rich; in a pipe it is plain tab-separated lines, never cut.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TextIO

from gaozhi_cli.domain.problem import DocumentFailed

Row = Mapping[str, Any]
XLSX_ROWS = 1_048_576  # a sheet of Excel has no more
XLSX_CELL = 32_767
# Control, bidi, surrogate and non-characters; compiled when a sheet is written.
NOT_IN_A_SHEET = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


class Column(NamedTuple):
    """A column of a listing; ``table=False``: not in the table, ``machine=False``: only in the table."""

    key: str
    heading: str
    table: bool = True
    machine: bool = True


def machine_columns(columns: Sequence[Column]) -> list[Column]:
    """The columns that scripts get."""
    return [c for c in columns if c.machine]


def cell_text(value: Any) -> str:
    """A JSON value as the text of one cell: lists joined, flags as 是/否, nothing as empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Mapping):
        return str(value.get("message") or value.get("name") or value.get("id") or "")
    if isinstance(value, (list, tuple)):
        return "；".join(cell_text(v) for v in value)
    return str(value)


def one_line(text: str) -> str:
    """Text that cannot break a line, a column or a terminal: control and bidi characters become �."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or unicodedata.category(c) == "Zs" else "�" for c in text)


def display_width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def write_json(rows: Iterable[Row], columns: Sequence[Column], out: TextIO) -> None:
    """An array of objects, one a line, streamed."""
    out.write("[")
    first = True
    for row in rows:
        out.write("\n " if first else ",\n ")
        first = False
        out.write(json.dumps(_picked(row, columns), ensure_ascii=False))
    out.write("]\n" if first else "\n]\n")


def write_ndjson(rows: Iterable[Row], columns: Sequence[Column], out: TextIO) -> None:
    """One object a line, flushed, so that a killed listing is readable."""
    for row in rows:
        out.write(json.dumps(_picked(row, columns), ensure_ascii=False) + "\n")
        out.flush()


def write_tsv(rows: Iterable[Row], columns: Sequence[Column], out: TextIO) -> None:
    """Keys, then plain values, flags as true/false; no cell ever holds a tab or a line break."""
    keys = [c.key for c in machine_columns(columns)]
    out.write("\t".join(keys) + "\n")
    for row in rows:
        flags = (str(v).lower() if isinstance(v := row.get(key), bool) else cell_text(v) for key in keys)
        out.write("\t".join(one_line(cell) for cell in flags) + "\n")


def write_csv(rows: Iterable[Row], columns: Sequence[Column], out: TextIO) -> None:
    """With BOM and Chinese headings; a cell that a spreadsheet would take for a formula gets a ``'``."""
    put = csv_lines(columns, out)
    for row in rows:
        put(row)


def csv_lines(columns: Sequence[Column], out: TextIO) -> Callable[[Row], None]:
    """Begin a csv (BOM, headings) that gets its rows one by one; as ``write_csv`` writes them."""
    from defusedcsv import csv

    out.write("\ufeff")
    writer = csv.writer(out, lineterminator="\r\n")
    kept = machine_columns(columns)
    writer.writerow([c.heading for c in kept])

    def put(row: Row) -> None:
        cells = (cell_text(row.get(c.key)) for c in kept)
        writer.writerow(["'" + cell if cell[:1] in "\t\r\n" and cell else cell for cell in cells])

    return put


def write_plain(rows: Iterable[Row], columns: Sequence[Column], out: TextIO) -> None:
    """The table in a pipe: headings and cells, tab-separated, full width."""
    shown = [c for c in columns if c.table]
    out.write("\t".join(c.heading for c in shown) + "\n")
    for row in rows:
        out.write("\t".join(one_line(cell_text(row.get(c.key))) for c in shown) + "\n")


def write_table(rows: Iterable[Row], columns: Sequence[Column], out: TextIO) -> None:
    """The table on a terminal, by rich; cells are text, never markup."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = [c for c in columns if c.table]
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    lines = [[one_line(cell_text(row.get(c.key))) for c in shown] for row in rows]
    least = 1
    for place, column in enumerate(shown):  # numbers, dates and what a row is named by are never broken
        short = all(display_width(cells[place]) <= 24 for cells in lines)
        whole = short and (place == 0 or all(cells[place].isascii() for cells in lines))
        table.add_column(Text(column.heading), overflow="fold", no_wrap=whole)
        least += 3 + (max(map(display_width, (column.heading, *(c[place] for c in lines)))) if whole else 6)
    for cells in lines:
        table.add_row(*(Text(cell) for cell in cells))
    console = Console(file=out, highlight=False, markup=False, emoji=False)
    if least > console.width:  # columns closer together before any line wraps
        table.padding = (0, 0)
        least -= 2 * len(shown)
    console.width = max(console.width, least)  # rather a line that wraps than a number cut short
    console.print(table)


def write_xlsx(rows: Iterable[Row], columns: Sequence[Column], out: BinaryIO, most: int = XLSX_ROWS) -> None:
    """A sheet with Chinese headings and nothing but text: no cell is a formula, a number or a link.

    Rows go through a file of ours in a private folder, so any number needs the same memory; ``out`` gets
    the whole sheet or nothing. Raises DocumentFailed where a sheet cannot hold them.
    """
    import shutil
    import tempfile

    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import FileCreateError

    kept = machine_columns(columns)
    with tempfile.TemporaryDirectory(prefix="gaozhi-", ignore_cleanup_errors=True) as folder:
        path = Path(folder, "listing.xlsx")
        book = Workbook(str(path), {"constant_memory": True, "tmpdir": folder})
        try:
            book.set_properties(SHEET_PROPERTIES)
            _fill(book, rows, kept, most)
        finally:  # closed even so, or Windows could not delete the folder with what stood in it
            try:
                book.close()
            except FileCreateError as error:
                raise error.args[0] from None
        with path.open("rb") as made:
            shutil.copyfileobj(made, out)


def _fill(book: Any, rows: Iterable[Row], kept: Sequence[Column], most: int) -> None:
    """The one sheet of a listing: frozen bold headings, columns as wide as their longest line."""
    sheet = book.add_worksheet("列表")
    bold, plain = book.add_format({"bold": True, "valign": "top"}), book.add_format({"valign": "top"})
    sheet.freeze_panes(1, 0)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    widths = [display_width(column.heading) for column in kept]
    for place, column in enumerate(kept):
        put_text(sheet, 0, place, column.heading, bold)
    for number, row in enumerate(rows, start=1):
        if number >= most:
            message = f"列表超过 {most - 1} 行，一张 xlsx 工作表装不下，请改用 --format csv"
            raise DocumentFailed(message)
        for place, column in enumerate(kept):
            text = cell_text(row.get(column.key))
            put_text(sheet, number, place, text, plain)
            widths[place] = max(widths[place], sheet_width(text))
    for place, width in enumerate(widths):
        sheet.set_column(place, place, min(width, 60) + 2)


def sheet_text(text: str) -> str:
    """Text as a sheet can hold it: line breaks as \\n, control and bidi characters as �."""
    if text.isprintable():
        return text
    return re.sub(NOT_IN_A_SHEET, "�", text.replace("\r\n", "\n").replace("\r", "\n"))


def sheet_width(text: str) -> int:
    """How wide the longest line of a cell is."""
    return max(map(display_width, text[:1000].splitlines()), default=0)


def put_text(sheet: Any, row: int, column: int, text: str, style: Any = None) -> None:
    """Write a cell that is text whatever it looks like. Raises DocumentFailed where it is too long."""
    if sheet.write_string(row, column, sheet_text(text), style) != 0:
        place = f"第 {row + 1} 行第 {column + 1} 列"
        raise DocumentFailed(f"{place}的文字超过 {XLSX_CELL} 字，xlsx 的单元格装不下，请改用 --format csv")


def _picked(row: Row, columns: Sequence[Column]) -> dict[str, Any]:
    return {c.key: row.get(c.key) for c in machine_columns(columns)}


# Without a fixed date the same rows would give other bytes each time.
SHEET_PROPERTIES = {"created": datetime(2000, 1, 1)}
Writer = Callable[[Iterable[Row], Sequence[Column], TextIO], None]
WRITERS: dict[str, Writer] = {
    "table": write_plain,
    "json": write_json,
    "csv": write_csv,
    "tsv": write_tsv,
    "ndjson": write_ndjson,
}
ByteWriter = Callable[[Iterable[Row], Sequence[Column], BinaryIO], None]
BYTE_WRITERS: dict[str, ByteWriter] = {"xlsx": write_xlsx}
