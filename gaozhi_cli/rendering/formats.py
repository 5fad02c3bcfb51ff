"""One renderer for every listing: table, json, csv, tsv, ndjson from the same rows.

Rows are dicts of JSON values under stable keys; columns give the Chinese headings. json, ndjson and tsv
use the keys (for scripts), the table and csv the headings (for people; csv opens in Excel and WPS). A
table on a terminal is drawn by rich; in a pipe it is plain tab-separated lines, never cut.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TextIO

Row = Mapping[str, Any]


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
    """Text that cannot break a line, a column or a terminal: control characters become �."""
    return "".join(c if c.isprintable() or c == "\u3000" else "�" for c in text)


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
    from defusedcsv import csv

    out.write("\ufeff")
    writer = csv.writer(out, lineterminator="\r\n")
    kept = machine_columns(columns)
    writer.writerow([c.heading for c in kept])
    for row in rows:
        cells = (cell_text(row.get(c.key)) for c in kept)
        writer.writerow(["'" + cell if cell[:1] in "\t\r\n" and cell else cell for cell in cells])


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
    for place, column in enumerate(shown):  # numbers and dates are never broken
        whole = all(cells[place].isascii() and len(cells[place]) <= 24 for cells in lines)
        table.add_column(Text(column.heading), overflow="fold", no_wrap=whole)
    for cells in lines:
        table.add_row(*(Text(cell) for cell in cells))
    Console(file=out, highlight=False, markup=False, emoji=False).print(table)


def _picked(row: Row, columns: Sequence[Column]) -> dict[str, Any]:
    return {c.key: row.get(c.key) for c in machine_columns(columns)}


Writer = Callable[[Iterable[Row], Sequence[Column], TextIO], None]
WRITERS: dict[str, Writer] = {
    "table": write_plain,
    "json": write_json,
    "csv": write_csv,
    "tsv": write_tsv,
    "ndjson": write_ndjson,
}
