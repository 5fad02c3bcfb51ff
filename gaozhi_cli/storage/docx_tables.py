"""The tables of a docx as grids of values: merged cells resolved, tracked changes as accepted.

What the package holds was looked at before (``table_book.kind_of_book``: sizes, checksums, DOCTYPE).
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from gaozhi_cli.domain.problem import BadInput
from gaozhi_cli.storage.table_book import Book
from gaozhi_cli.storage.table_file import Grid, Place, refuse
from gaozhi_cli.storage.table_scan import DAMAGED, MOST_COLUMNS

LARGEST_DOCX_PART = 32 * 1024 * 1024


def open_docx(path: Path) -> Book:
    """The tables of a document; those with the same columns in a row are one (broken over pages)."""
    file = path.name
    with zipfile.ZipFile(path) as archive:
        if archive.getinfo("word/document.xml").file_size > LARGEST_DOCX_PART:
            raise refuse(file, "的正文过大，请把表格另存为 xlsx 再用")
    from docx import Document

    try:
        document = Document(str(path))
        if document.part.partname != "/word/document.xml":  # another part than the one looked through
            raise refuse(file, DAMAGED)
        body = document.element.body
        tables = [_docx_rows(table, file) for table in body.iterchildren("{*}tbl")]
    except BadInput:
        raise
    except Exception:  # python-docx and lxml each have their own ways to fail on a damaged file
        raise refuse(file, DAMAGED) from None
    runs: dict[str, list[list[tuple[str, bool]]]] = {}
    last, width = "", 0
    for place, rows in enumerate(tables, start=1):
        columns = max((len(row) for row in rows), default=0)
        if not last or columns != width:
            last, width = f"表{place}", columns
            runs[last] = []
        runs[last].extend(rows)
    if not runs:
        raise refuse(file, "里没有表格，请提供含有表格的文件")
    return Book(tuple(runs), tuple(runs), lambda name: _docx_grid(runs[name]))


def _docx_rows(table: Any, file: str) -> list[list[tuple[str, bool]]]:
    """Per row and column: the text, and whether the cell goes on a merge from above."""
    rows = []
    for row in table.tr_lst:
        cells: list[tuple[str, bool]] = [("", False)] * min(row.grid_before, MOST_COLUMNS)
        for cell in row.tc_lst:
            if len(cells) + cell.grid_span > MOST_COLUMNS:
                raise refuse(file, f"里的表格超过 {MOST_COLUMNS} 列，请删去多余的列")
            cells += [(_docx_text(cell), cell.vMerge == "continue")] * cell.grid_span
        rows.append(cells)
    return rows


def _docx_text(cell: Any) -> str:
    """A cell's paragraphs, inserted text included and deleted text left out."""
    lines = []
    for paragraph in cell.iter("{*}p"):
        words = []
        for node in paragraph.iter("{*}t", "{*}tab", "{*}br", "{*}cr", "{*}noBreakHyphen"):
            tag = node.tag.rsplit("}", 1)[-1]
            if any(above.tag.endswith("}moveFrom") for above in node.iterancestors()):
                continue
            if tag == "t":
                words.append(node.text or "")
            elif not node.getparent().tag.endswith("}tabs"):
                words.append({"tab": "\t", "noBreakHyphen": "-"}.get(tag, "\n"))
        lines.append("".join(words))
    text = "\n".join(lines).strip()
    if not text and any(True for _ in cell.iter("{*}numPr")):
        return "\x00自动编号"
    return text


def _docx_grid(rows: list[list[tuple[str, bool]]]) -> Grid:
    """The rows with vertical merges as ranges, so that they are filled like a workbook's."""
    merges = []
    faults: dict[Place, str] = {}
    values = []
    for number, row in enumerate(rows):
        values.append(["" if text.startswith("\x00") else text for text, _ in row])
        for column, (text, continued) in enumerate(row):
            if text.startswith("\x00"):
                faults[number, column] = "是 Word 的自动编号，不是文字，请改为手工输入的文字"
            begins = not continued and number + 1 < len(rows)
            if begins and column < len(rows[number + 1]) and rows[number + 1][column][1]:
                end = number + 1
                while end + 1 < len(rows) and column < len(rows[end + 1]) and rows[end + 1][column][1]:
                    end += 1
                merges.append(((number, column), (end, column)))
    return Grid(values, merges, faults)
