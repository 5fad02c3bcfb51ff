"""协助核查交换表 as a sheet with a drop-down and locked cells, and as json: what another agency fills in."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from gaozhi_cli.domain.exchange import ANSWERS, CHOICES, COLUMNS, FORMAT, HOW_TO, LOCKED, TITLE
from gaozhi_cli.rendering.formats import SHEET_PROPERTIES, put_text

SHEET, GUIDE = "协助核查", "填写说明"
WIDTHS = {
    "id": 18, "check": 18, "matter": 26, "proof": 22, "applicant": 14, "id_number": 22, "content": 40,
    "asked_on": 12, "due": 12, "seal": 36, "result": 12, "text": 40,
}  # fmt: skip
HEADING_ROW = 2
Head = Mapping[str, str]  # office, agency, made_on


def exchange_json(rows: Sequence[Mapping[str, str]], head: Head) -> bytes:
    """The requests with empty answers, and how to fill them in."""
    document = {
        "format": FORMAT,
        "title": TITLE,
        **head,
        "how_to": list(HOW_TO),
        "choices": list(CHOICES),
        "requests": [{key: row.get(key, "") for key in COLUMNS} for row in rows],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def exchange_xlsx(rows: Sequence[Mapping[str, str]], head: Head) -> bytes:
    """The sheet to fill in, and a second one that says how; every cell is text. Raises DocumentFailed."""
    from xlsxwriter import Workbook

    made = io.BytesIO()
    book = Workbook(made, {"in_memory": True})
    try:
        book.set_properties({**SHEET_PROPERTIES, "title": TITLE})
        _requests(book, rows, head)
        _guide(book)
    finally:
        book.close()
    return made.getvalue()


def _requests(book: Any, rows: Sequence[Mapping[str, str]], head: Head) -> None:
    border = {"border": 1, "valign": "top", "text_wrap": True, "num_format": "@"}
    title = book.add_format({"font_size": 16, "bold": True, "align": "center", "valign": "vcenter"})
    note = book.add_format({"valign": "vcenter"})
    heading = book.add_format(
        {"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True,
         "bg_color": "#D9E1F2"}
    )  # fmt: skip
    to_fill = book.add_format(
        {"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True,
         "bg_color": "#FFF2CC"}
    )  # fmt: skip
    locked, unlocked = book.add_format(border), book.add_format({**border, "locked": False})
    sheet = book.add_worksheet(SHEET)
    last = len(COLUMNS) - 1
    sheet.set_row(0, 28)
    sheet.merge_range(0, 0, 0, last, "", title)
    put_text(sheet, 0, 0, TITLE, title)
    told = f"请求机关：{head['office']}　　协助机关：{head['agency']}　　制表日期：{head['made_on']}"
    put_text(sheet, 1, 0, f"{told}　　只填写黄色两栏，怎样填见“{GUIDE}”", note)
    sheet.set_row(HEADING_ROW, 30)
    for place, (key, words) in enumerate(COLUMNS.items()):
        sheet.set_column(place, place, WIDTHS[key])
        put_text(sheet, HEADING_ROW, place, words, to_fill if key in ANSWERS else heading)
    for number, row in enumerate(rows, start=HEADING_ROW + 1):
        for place, key in enumerate(COLUMNS):
            if key in LOCKED:
                put_text(sheet, number, place, row.get(key, ""), locked)
            else:
                sheet.write_blank(number, place, None, unlocked)
    column, first = list(COLUMNS).index("result"), HEADING_ROW + 1
    bottom = max(first, HEADING_ROW + len(rows))
    sheet.data_validation(
        first, column, bottom, column,
        {"validate": "list", "source": list(CHOICES), "error_title": "结果",
         "error_message": f"请从列表中选：{'、'.join(CHOICES)}"},
    )  # fmt: skip
    sheet.freeze_panes(HEADING_ROW + 1, 1)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    sheet.protect("", {"format_columns": True, "format_rows": True, "autofilter": True})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADING_ROW)


def _guide(book: Any) -> None:
    sheet = book.add_worksheet(GUIDE)
    plain = book.add_format({"text_wrap": True, "valign": "top"})
    bold = book.add_format({"bold": True, "font_size": 14})
    sheet.set_column(0, 0, 100)
    put_text(sheet, 0, 0, f"{TITLE}{GUIDE}", bold)
    for number, line in enumerate(HOW_TO, start=1):
        put_text(sheet, number, 0, f"{number}．{line}", plain)
    sheet.protect()
