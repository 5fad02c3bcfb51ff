"""工作单: the 现场核查记录表 (docx), a section for each visit; the list to fill in (xlsx) and its json.

The docx comes from ``templates/work_sheet.docx``, which a county may replace. Each visit is filled and
read back by itself, then the sections are put one behind the other.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

from gaozhi_cli.domain.document_values import chinese_date
from gaozhi_cli.domain.problem import DocumentFailed
from gaozhi_cli.domain.sheet_columns import COLUMNS, FINDINGS, FORMAT, HOW_TO_FILL, LONGEST, TO_FILL
from gaozhi_cli.domain.visits import Dispatch, Look, Visit
from gaozhi_cli.domain.vocabulary import Method
from gaozhi_cli.rendering import compiled
from gaozhi_cli.rendering.docx_template import Template, fill, paragraphs, read_back
from gaozhi_cli.rendering.formats import SHEET_PROPERTIES, one_line, put_text, sheet_width
from gaozhi_cli.rendering.store import Store
from gaozhi_cli.rendering.template_check import Form
from gaozhi_cli.rendering.template_opening import open_template

TEMPLATE = "work_sheet.docx"
BODY = "word/document.xml"
LOOK_FIELDS = (
    "序号", "核查号", "承诺书编号", "承诺人", "行政事项名称", "证明事项名称", "核查方式", "核查期限",
    "承诺内容", "核查标准",
)  # fmt: skip
FIELDS = (
    "机关名称", "工作单号", "次序", "派出日期", "交回期限", "核查人", "核查对象", "证件号码", "现场地址",
    "联系方式", "核查要求", "核查",
)  # fmt: skip
REQUIRED = frozenset({"工作单号", "核查对象", "现场地址", "核查人", "核查"})
FORM = Form(FIELDS, {"核查": LOOK_FIELDS}, REQUIRED, ("属实", "不实", "未履行", "无法核实"))
NONE = "——"
NO_STANDARD = "（清单没有写明，请单位定）"
NEW_PAGE = (
    b'<w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/></w:pPr>'
    b'<w:r><w:br w:type="page"/></w:r></w:p>'
)
STARTS_PAGE = b"<w:pageBreakBefore/>"


def open_sheet_template(data: bytes, store: Store | None = None) -> Template:
    """The template of the 现场核查记录表, checked; ``store``: for the next run. Raises DocumentFailed."""
    return open_template(data, FORM, store)


def sheet_files(
    sheet: Dispatch, visits: Sequence[Visit], office: str, template: Template
) -> dict[str, bytes]:
    """The files of a work sheet by name. Raises DocumentFailed."""
    return {
        f"{sheet.id}.docx": sheet_docx(sheet, visits, office, template),
        f"{sheet.id}.xlsx": sheet_xlsx(sheet, visits),
        f"{sheet.id}.json": sheet_json(sheet, visits, office),
    }


# ---- docx


def sheet_docx(sheet: Dispatch, visits: Sequence[Visit], office: str, opened: Template) -> bytes:
    """The 现场核查记录表 of all visits; the same values give the same bytes. Raises DocumentFailed."""
    filled: list[dict[str, bytes]] = []
    for place, visit in enumerate(visits, start=1):
        values = _values(sheet, visit, office, f"第 {place} 处，共 {len(visits)} 处")
        read_back(fill(opened, values), opened, values)
        ready = compiled.prepared(values)
        filled.append({name: compiled.filled(part, ready) for name, part in opened.programs.items()})
    whole = dict(filled[0])
    if any(part[name] != data for part in filled for name, data in whole.items() if name != BODY):
        raise DocumentFailed(
            "模板的页眉页脚里有各处不同的填空，没有生成；页眉页脚里只能写工作单号等各处相同的"
        )
    whole[BODY] = _joined([part[BODY] for part in filled])
    return compiled.packed(opened.shell, list(whole.items()))


def _joined(bodies: Sequence[bytes]) -> bytes:
    """The sections of several documents in one, each on a page of its own. Raises DocumentFailed."""
    split = [_parts_of(body) for body in bodies]
    head, first, tail = split[0]
    sections = [first]
    for _, section, _ in split[1:]:
        starts = STARTS_PAGE in section[: section.find(b"</w:pPr>")]
        sections.append(section if starts else NEW_PAGE + section)
    whole = b"".join((head, *sections, tail))
    words = [line for line in paragraphs(whole, "写成的工作单") if line.strip()]
    if words != [line for body in bodies for line in paragraphs(body, "写成的工作单") if line.strip()]:
        raise DocumentFailed("写成的工作单与应填内容不一致，没有保存，请检查模板")
    return whole


def _parts_of(body: bytes) -> tuple[bytes, bytes, bytes]:
    """What stands before the first section, the section, and the page's properties at the end."""
    start = body.find(b"<w:body>") + len(b"<w:body>")
    end = body.rfind(b"<w:sectPr")
    if end < body.rfind(b"</w:p>"):  # none at the end, or one within a paragraph
        end = body.rfind(b"</w:body>")
    return body[:start], body[start:end], body[end:]


def _values(sheet: Dispatch, visit: Visit, office: str, place: str) -> dict[str, Any]:
    people = dict.fromkeys((look.name, look.id_shown) for look in visit)
    several = len(people) > 1
    needed = max((look.persons or 0 for look in visit), default=0)
    early = [
        f"{look.check.id} 在{_day(look.check.not_before)}以前不下结论"
        for look in visit
        if look.check.not_before
    ]
    asked = [f"结论为不实、未履行的须 {needed} 人以上核查"] if needed > 1 else []
    return {
        "机关名称": _text(office),
        "工作单号": sheet.id,
        "次序": place,
        "派出日期": _day(sheet.made_on),
        "交回期限": _day(sheet.until_on) if sheet.until_on else "未定",
        "核查人": _text(sheet.assignee),
        "核查对象": "；".join(_text(name) for name, _ in people),
        "证件号码": "；".join(number for _, number in people) or NONE,
        "现场地址": _either(visit[0].site),
        "联系方式": "；".join(dict.fromkeys(_text(look.phone) for look in visit if look.phone)) or NONE,
        "核查要求": "；".join([*asked, *early]) or NONE,
        "核查": [_look(look, n, several) for n, look in enumerate(visit, start=1)],
    }


def _look(look: Look, place: int, several: bool) -> dict[str, str]:
    check = look.check
    provisional = "（暂定）" if check.provisional else ""
    return {
        "序号": str(place),
        "核查号": check.id,
        "承诺书编号": look.official_number,
        "承诺人": _text(look.name) if several else "同上",
        "行政事项名称": _text(check.matter),
        "证明事项名称": _text(check.proof_name),
        "核查方式": Method(check.method).label,
        "核查期限": f"{_day(check.due_on)}{provisional}" if check.due_on else "未定期限",
        "承诺内容": _either(look.promised),
        "核查标准": _text(look.standard) or NO_STANDARD,
    }


def _either(text: str) -> str:
    return _text(text) or NONE


def _text(text: str) -> str:
    """A value in one line: a break becomes a blank, what no document carries �."""
    return one_line(" ".join(text.split()))


def _day(day: str) -> str:
    from datetime import date

    return chinese_date(date.fromisoformat(day))


# ---- the list, xlsx and json


def rows_of(sheet: Dispatch, visits: Sequence[Visit]) -> list[dict[str, str]]:
    """A row for each check, as the list and its json have them; the last columns are to be filled in."""
    return [
        {
            "dispatch": sheet.id,
            "visit": str(place),
            "id": look.check.id,
            "number": look.check.number,
            "name": _text(look.name),
            "id_shown": look.id_shown,
            "address": _text(look.site),
            "phone": _text(look.phone),
            "matter": _text(look.check.matter),
            "proof": _text(look.check.proof_name),
            "promised": _text(look.promised),
            "standard": _text(look.standard),
            "due_on": look.check.due_on or "",
            "not_before": look.check.not_before or "",
            **dict.fromkeys(TO_FILL, ""),
        }
        for place, visit in enumerate(visits, start=1)
        for look in visit
    ]


def sheet_json(sheet: Dispatch, visits: Sequence[Visit], office: str) -> bytes:
    """The list as an object for programs; ``checks`` are the rows. Filled in, ``close --from`` reads it."""
    whole = {
        "format": FORMAT,
        "dispatch": sheet.id,
        "office": sheet.office,
        "office_name": office,
        "assignee": sheet.assignee,
        "made_on": sheet.made_on,
        "until_on": sheet.until_on,
        "checks": rows_of(sheet, visits),
    }
    return (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode()


def sheet_xlsx(sheet: Dispatch, visits: Sequence[Visit]) -> bytes:
    """The list as a workbook: text in every cell, a choice of findings, how to fill it in beside it."""
    from xlsxwriter import Workbook

    out = io.BytesIO()
    book = Workbook(out, {"in_memory": True})
    book.set_properties(SHEET_PROPERTIES)
    try:
        _fill(book, rows_of(sheet, visits))
    finally:
        book.close()
    return out.getvalue()


def _fill(book: Any, rows: Sequence[Mapping[str, str]]) -> None:
    page = book.add_worksheet("工作单")
    style = {"valign": "top", "num_format": "@", "text_wrap": True, "border": 1}
    bold = book.add_format({**style, "bold": True, "bg_color": "#EEEEEE"})
    plain, open_ = book.add_format(style), book.add_format({**style, "bg_color": "#FFF9DD"})
    page.freeze_panes(1, 3)
    page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    for place, column in enumerate(COLUMNS):
        put_text(page, 0, place, column.heading, bold)
        texts = [row[column.key] for row in rows]
        for number, text in enumerate(texts, start=1):
            put_text(page, number, place, text, open_ if column.key in TO_FILL else plain)
        widest = max(map(sheet_width, (column.heading, *texts)))
        page.set_column(place, place, LONGEST.get(column.key) or min(widest, 36) + 2)
        if column.key == "finding":
            choice = {
                "validate": "list", "source": list(FINDINGS), "error_title": "结论",
                "error_message": f"只能写{'、'.join(FINDINGS)}",
            }  # fmt: skip
            page.data_validation(1, place, max(len(rows), 1), place, choice)
    told = book.add_worksheet("填写说明")
    told.set_column(0, 0, 80)
    for number, line in enumerate(HOW_TO_FILL):
        put_text(told, number, 0, line, book.add_format({"text_wrap": True}) if number == 0 else None)
