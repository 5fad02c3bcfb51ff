"""The exchange file of 协助核查 as it comes back: json, or the table in xlsx, xls, ods or csv, row by row.

What makes the file as a whole unsafe or another one is BadInput; what is wrong with a row is told in it.
No formula is reckoned: a cell holds what the sender's program saved in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from gaozhi_cli.domain.exchange import COLUMNS, FORMAT, Given, heading_faults, heading_places
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.storage.applicant_table import CHANGED, file_digest
from gaozhi_cli.storage.json_lines import DECODER, Number, shown_key
from gaozhi_cli.storage.table_file import Grid, Row, as_text, grid_rows, kind_of, refuse

LARGEST_JSON = 16 * 1024 * 1024
MOST_ROWS = 100_000
ROWS_LOOKED_INTO = 30  # titles above the headings
WAY_OUT = "请用 gaozhi assist export 制作、对方填好发回的那一份"
NOT_JSON = f"不是有效的 JSON，{WAY_OUT}"


class Answers(NamedTuple):
    """An opened file: its digest and its rows, read once."""

    sha256: str
    rows: Iterator[Given]


def open_answers(path: Path) -> Answers:
    """The rows of an exchange file. Raises BadInput, while the rows are read as well."""
    digest = file_digest(path)
    kind = kind_of(path)
    if kind == "csv" and _is_json(path):
        return Answers(digest, _bounded(path, digest, _json_rows(path)))
    if kind == "docx":
        raise refuse(path.name, f"是 docx，不是交换表，{WAY_OUT}")
    for rows in _tables(path, kind):
        first = list(islice(rows, ROWS_LOOKED_INTO))
        for place, row in enumerate(first):
            places = heading_places(row.cells)
            if places is None:
                continue
            faults = heading_faults(row.cells, places)
            if faults:
                raise refuse(path.name, f"的表头{faults}，{WAY_OUT}")
            given = (_given(one, places) for part in (first[place + 1 :], rows) for one in part)
            return Answers(digest, _bounded(path, digest, given))
    raise refuse(path.name, f"里没有找到交换表的表头（协查编号、校验码、结果），{WAY_OUT}")


def _bounded(path: Path, digest: str, rows: Iterator[Given]) -> Iterator[Given]:
    for count, row in enumerate(rows, start=1):
        if count > MOST_ROWS:
            raise refuse(path.name, f"超过 {MOST_ROWS} 行，不像是交换表，{WAY_OUT}")
        yield row
    if file_digest(path) != digest:
        raise refuse(path.name, CHANGED)


def _tables(path: Path, kind: str) -> Iterator[Iterator[Row]]:
    """The rows of each visible table of the file."""
    if kind == "csv":
        from gaozhi_cli.storage.table_csv import csv_rows

        yield csv_rows(path)
    elif kind == "xlsx":
        from gaozhi_cli.storage.sheet_stream import sheet_merges, sheet_rows, sheets_of

        for sheet in sheets_of(path):
            if sheet.visible:
                merges = sheet_merges(path, sheet)
                yield grid_rows(Grid(sheet_rows(path, sheet, merges), merges))
    else:
        from gaozhi_cli.storage.table_book import open_book

        book = open_book(path, kind)
        for name in book.names:
            yield grid_rows(book.grid(name))


def _given(row: Row, places: Mapping[str, int]) -> Given:
    """A row under the keys of its columns; a merged or spoilt cell is a fault of the row."""
    ours = set(places.values())
    faults = [Problem("cell", f"{one.cell}：{one.message}", field=one.cell) for one in row.faults]
    if row.merged & ours:
        faults.append(Problem("merged", f"第 {row.number} 行有合并的单元格，请拆开后逐行填写"))
    return Given(row.number, {key: row.cell(place) for key, place in places.items()}, tuple(faults))


def _is_json(path: Path) -> bool:
    with path.open("rb") as opened:
        return opened.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def _json_rows(path: Path) -> Iterator[Given]:
    """The requests of a json file. Raises BadInput where it is none of ours."""
    with path.open("rb") as opened:
        data = opened.read(LARGEST_JSON + 1)
    if len(data) > LARGEST_JSON:
        raise refuse(path.name, f"超过 {LARGEST_JSON // 1024 // 1024} MB，不像是交换表，{WAY_OUT}")
    try:
        document = DECODER.decode(data.decode("utf-8-sig").strip())
    except UnicodeDecodeError:
        raise refuse(path.name, "不是 UTF-8 编码，请另存为 UTF-8") from None
    except json.JSONDecodeError as error:
        raise refuse(path.name, f"第 {error.lineno} 行第 {error.colno} 列起{NOT_JSON}") from None
    except (ValueError, RecursionError):
        raise refuse(path.name, NOT_JSON) from None
    found = document.get("requests") if isinstance(document, dict) else None
    if found is None or document.get("format") != FORMAT or not isinstance(found, list):
        raise refuse(path.name, f"不是交换表（format 应是 {FORMAT}），{WAY_OUT}")
    for number, entry in enumerate(found, start=1):
        yield _json_row(number, entry)


def _json_row(number: int, entry: Any) -> Given:
    if not isinstance(entry, dict):
        return Given(number, {"id": "?"}, (Problem("json", f"第 {number} 行不是一个 {{…}}"),))
    faults = []
    for key, value in entry.items():
        if key not in COLUMNS:
            faults.append(Problem("field-unknown", f"第 {number} 行有不认识的栏目“{shown_key(key)}”"))
        elif isinstance(value, Number) or not isinstance(value, str):
            faults.append(Problem("cell", f"第 {number} 行的{COLUMNS[key]}应是文字，请加英文双引号"))
        elif fault := as_text(value)[1]:
            faults.append(Problem("cell", f"第 {number} 行的{COLUMNS[key]}{fault}"))
    values = {key: value for key, value in entry.items() if key in COLUMNS and isinstance(value, str)}
    return Given(number, values or {"id": "?"}, tuple(faults))
