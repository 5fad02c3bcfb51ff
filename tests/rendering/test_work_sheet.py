"""工作单: a section for each visit, proven; a list that is nothing but text, whatever the values hold."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from gaozhi_cli.domain.problem import DocumentFailed
from gaozhi_cli.domain.sheet_columns import COLUMNS, FINDINGS, NEEDED, TO_FILL
from gaozhi_cli.domain.visits import Dispatch, Look, Visit
from gaozhi_cli.rendering.docx_package import open_package
from gaozhi_cli.rendering.docx_template import Template, paragraphs
from gaozhi_cli.rendering.work_sheet import (
    FORM,
    NEW_PAGE,
    TEMPLATE,
    open_sheet_template,
    sheet_docx,
    sheet_json,
    sheet_xlsx,
)
from gaozhi_cli.storage.sheet_answers import read_answers
from gaozhi_cli.storage.table_file import read_rows
from tests.conftest import ROOT
from tests.domain.test_verification import CHECK

SHIPPED = (ROOT / "templates" / TEMPLATE).read_bytes()
BLANK = open_sheet_template(SHIPPED)
OFFICE = "示例县人力资源和社会保障局"
SHEET = Dispatch("RS-2026-D00001", "RS", 2026, 1, "李核查", "2026-11-24", "2026-12-01", 2, "[]")
AWKWARD = "=1+1{{ 7*7 }}<b>&\"'𠮷㛃@SUM(A1)"


def a_look(n: int, name: str = "测试甲", site: str = "测试路2号", **more: str) -> Look:
    """A check as the sheet tells it."""
    check = CHECK._replace(id=f"RS-2026-00001-{n}", method="onsite", sheet=SHEET.id, **more)
    return Look(check, "示人社告承〔2026〕00001号", "S1", name, "4101****", site, "", "场地自有", "看原件", 2)


VISITS: tuple[Visit, ...] = (
    (a_look(1), a_look(2, name="测试乙", due_on="2026-12-01")),
    (a_look(3, site="", not_before="2026-12-02"),),
)


def lines(document: bytes, part: str = "word/document.xml") -> list[str]:
    """The paragraphs of a document that say something."""
    package = open_package(document, "文书")
    return [line for line in paragraphs(package.part(part), "文书") if line.strip()]


def changed(old: str, new: str, part: str = "word/document.xml") -> Template:
    """The template with a text changed in one part."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(SHIPPED)) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            data = before.read(name)
            after.writestr(name, data.replace(old.encode(), new.encode()) if name == part else data)
    return open_sheet_template(out.getvalue())


def test_each_visit_is_a_section_with_its_checks() -> None:
    """Order, people, what was promised, by what standard; the number of people where the county asks it."""
    said = lines(sheet_docx(SHEET, VISITS, OFFICE, BLANK))
    assert said.count("现场核查记录表") == 2 and said.count(OFFICE) == 2
    text = "\n".join(said)
    for words in (
        "工作单 RS-2026-D00001　　第 1 处，共 2 处", "第 2 处，共 2 处", "测试甲；测试乙", "RS-2026-00001-2",
        "结论为不实、未履行的须 2 人以上核查；RS-2026-00001-3 在2026年12月2日以前不下结论", "未定期限",
        "☐ 属实　　☐ 不实　　☐ 未履行　　☐ 无法核实", "派出时指定：李核查", "2026年12月1日", "看原件",
    ):  # fmt: skip
        assert words in text, words
    assert "测试乙" not in "\n".join(said[said.index("现场核查记录表", 1) :])
    assert sheet_docx(SHEET, VISITS, OFFICE, BLANK) == sheet_docx(SHEET, VISITS, OFFICE, BLANK)


def test_awkward_values_are_carried_as_text() -> None:
    """No tag, no markup, no formula; a standard that nobody has laid down is said to be missing."""
    look = a_look(1, name=AWKWARD)._replace(standard="", promised="两行\n承诺")
    assert AWKWARD in "\n".join(lines(sheet_docx(SHEET, ((look,),), AWKWARD, BLANK)))
    assert "清单没有写明，请单位定" in "\n".join(lines(sheet_docx(SHEET, ((look,),), OFFICE, BLANK)))
    book = sheet_xlsx(SHEET, ((look,),))
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
        assert "&lt;b&gt;" in archive.read("xl/sharedStrings.xml").decode()
    assert json.loads(sheet_json(SHEET, ((look,),), OFFICE))["checks"][0]["name"] == AWKWARD


def test_the_list_has_a_row_for_each_check_and_room_to_fill_in(tmp_path: Path) -> None:
    """Headings that the reader knows, a choice of the four words, empty answers; json says the same."""
    path = tmp_path / "工作单.xlsx"
    path.write_bytes(sheet_xlsx(SHEET, VISITS))
    head, *rows = list(read_rows(path))
    assert list(head.cells) == [column.heading for column in COLUMNS]
    assert [row.cell(2) for row in rows] == [look.check.id for visit in VISITS for look in visit]
    with zipfile.ZipFile(path) as archive:
        assert '"' + ",".join(FINDINGS) + '"' in archive.read("xl/worksheets/sheet1.xml").decode()
    answers = read_answers(path)
    assert all(answer.empty and answer.sheet == SHEET.id for answer in answers)
    whole = json.loads(sheet_json(SHEET, VISITS, OFFICE))
    assert set(NEEDED) <= set(whole["checks"][0]) and all(
        row[key] == "" for row in whole["checks"] for key in TO_FILL
    )
    assert sheet_xlsx(SHEET, VISITS) == path.read_bytes()


def test_a_countys_own_template_need_not_begin_a_page() -> None:
    """A page break is put between the sections then; it must hold the blanks and the four findings."""
    plain = changed("<w:pageBreakBefore/>", "")
    body = open_package(sheet_docx(SHEET, VISITS, OFFICE, plain), "文书").part("word/document.xml")
    assert body.count(NEW_PAGE) == 1
    assert NEW_PAGE not in open_package(sheet_docx(SHEET, VISITS, OFFICE, BLANK), "文书").part(
        "word/document.xml"
    )
    for old, new, said in (
        ("无法核实", "其他", "无法核实"), ("{{ 现场地址 }}", "", "现场地址"),
        ("{{ 核查对象 }}", "{{ 身份证号 }}", "身份证号"),
    ):  # fmt: skip
        with pytest.raises(DocumentFailed, match=said):
            sheet_docx(SHEET, VISITS, OFFICE, changed(old, new))
    assert set(FORM.required) <= set(FORM.fields)


def test_a_footer_says_the_same_on_every_page() -> None:
    """A blank that differs from visit to visit cannot stand in the footer of them all."""
    footer = "word/footer1.xml"
    wrong = changed("{{ 工作单号 }}", "{{ 核查对象 }}", footer)
    with pytest.raises(DocumentFailed, match="页眉页脚"):
        sheet_docx(SHEET, VISITS, OFFICE, wrong)
    assert "测试甲" in "".join(lines(sheet_docx(SHEET, VISITS[1:], OFFICE, wrong), footer))
