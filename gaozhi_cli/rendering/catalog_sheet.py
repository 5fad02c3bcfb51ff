"""附件1 on paper and in a sheet: the five printed columns, and the wide layout with any headings.

Rows are plain text in the order of the 清单. Everything written here reads back as it was: what is
exported for correction can be imported again without a character lost (通知五（一）, 规程一：动态调整).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from gaozhi_cli.rendering.formats import SHEET_PROPERTIES, put_text, sheet_width
from gaozhi_cli.rendering.table_docx import table_docx

ABOVE = "附件1"
HEADINGS = ("序号", "承办单位", "行政事项名称", "实行告知承诺制的证明事项", "核查方式")
WIDTHS_MM = (14, 53, 62, 107, 21)
SHEET_WIDTHS = (6, 28, 36, 62, 11)
CENTRED = frozenset({0, 4})
WIDEST = 40

PrintedRow = tuple[str, str, str, str, str]


def printed_xlsx(title: str, rows: Iterable[PrintedRow]) -> bytes:
    """附件1 as a sheet: its two title lines, headings repeated on every printed page, text cells."""
    return _sheet((ABOVE, title), HEADINGS, rows, SHEET_WIDTHS, CENTRED)


def printed_csv(title: str, rows: Iterable[PrintedRow]) -> bytes:
    """附件1 as csv, headings first as a program expects; ``title`` has no place in it (see wide_csv)."""
    return wide_csv(HEADINGS, rows)


def printed_docx(title: str, rows: Iterable[PrintedRow]) -> bytes:
    """附件1 as it is printed: A4 landscape, five columns, headings on every page, no row broken."""
    return table_docx(title, (), HEADINGS, rows, WIDTHS_MM, above=ABOVE, centred=CENTRED)


def wide_xlsx(
    title: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    notes: Sequence[tuple[str, str]] = (),
) -> bytes:
    """The 清单 with any columns, to be filled in by the offices; without ``title``, headings stand first.

    ``notes``: how each column is written, on a sheet of their own (填表说明).
    """
    kept = [tuple(row) for row in rows]
    widths = [
        min(WIDEST, 2 + max(sheet_width(text) for text in (heading, *(row[place] for row in kept))))
        for place, heading in enumerate(headings)
    ]
    return _sheet((title,) if title else (), headings, kept, widths, frozenset(), notes)


def wide_csv(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """csv with BOM and CRLF, every cell in quotes and nothing added to any.

    The ``'`` that listings put before a formula (formats.write_csv) would come back as a part of the
    text, so it is not used here: a 清单 is the office's own words, not what an applicant typed, and
    whoever wants to look at it in a spreadsheet takes the xlsx, where each cell is text.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def _sheet(
    titles: Sequence[str],
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    widths: Sequence[int],
    centred: frozenset[int],
    notes: Sequence[tuple[str, str]] = (),
) -> bytes:
    """One sheet: title lines over all columns, a heading row that stays, bordered cells that wrap."""
    from xlsxwriter import Workbook

    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True})
    book.set_properties(SHEET_PROPERTIES)
    sheet = book.add_worksheet("清单")
    styles = _styles(book)
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    for number, line in enumerate(titles):
        last = number == len(titles) - 1
        if last and len(headings) > 1:
            sheet.merge_range(number, 0, number, len(headings) - 1, "", styles["title"])
        sheet.set_row(number, 30 if last else 22)
        put_text(sheet, number, 0, line, styles["title" if last else "above"])
    head = len(titles)
    for place, heading in enumerate(headings):
        put_text(sheet, head, place, heading, styles["head"])
    for number, row in enumerate(rows, start=head + 1):
        for place, text in zip(range(len(headings)), row, strict=True):
            put_text(sheet, number, place, text, styles["centred" if place in centred else "cell"])
    sheet.freeze_panes(head + 1, 0)
    sheet.repeat_rows(head)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.center_horizontally()
    sheet.set_footer("&C第 &P 页 共 &N 页")
    if notes:
        told = book.add_worksheet("填表说明")
        told.set_column(0, 0, 26)
        told.set_column(1, 1, 90)
        for number, (heading, text) in enumerate((("栏目", "怎样填"), *notes)):
            put_text(told, number, 0, heading, styles["head" if number == 0 else "cell"])
            put_text(told, number, 1, text, styles["head" if number == 0 else "cell"])
    book.close()
    return out.getvalue()


def _styles(book: Any) -> dict[str, Any]:
    """Typefaces as in the house's documents."""
    cell = {"font_name": "仿宋_GB2312", "font_size": 11, "border": 1, "text_wrap": True, "valign": "vcenter"}
    middle = {"align": "center", "valign": "vcenter"}
    kinds = {
        "above": {"font_name": "黑体", "font_size": 14, "valign": "vcenter"},
        "title": {"font_name": "方正小标宋简体", "font_size": 18, **middle},
        "head": {**cell, **middle, "font_name": "黑体", "bold": True},
        "cell": cell,
        "centred": {**cell, **middle},
    }
    return {name: book.add_format(kind) for name, kind in kinds.items()}
