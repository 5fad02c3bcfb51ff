"""A listing as a Word table: exact text, the same bytes, and pages as an office prints them."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.rendering.docx_package import open_package
from gaozhi_cli.rendering.pdf import find_soffice, to_pdf
from gaozhi_cli.rendering.table_docx import table_docx
from tests.conftest import ROOT
from tests.rendering.test_pdf import needs, output, with_office

HEADINGS = ("变化", "序号", "承办单位", "行政事项名称", "栏目", "原", "新")
WIDTHS = (16, 14, 40, 45, 25, 58, 58)
ROW = ("修改", "8", "某局", "失业登记", "核查方式", "免于核查", "在线核查")
AWKWARD = ("=1+1", "<>&\"'", "𠮷㛃", "007", "一行\n二行", "{{ x }}", "</w:t></w:r></w:p>", " 空格 ", "")


def read(data: bytes) -> tuple[list[str], list[list[str]]]:
    """Paragraphs before the table, and its cells, by python-docx."""
    import docx

    document = docx.Document(io.BytesIO(data))
    cells = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    return [p.text for p in document.paragraphs], cells


def test_title_intro_headings_and_rows() -> None:
    """All that was handed in, in its order."""
    paragraphs, cells = read(table_docx("清单差异", ["原：甲", "新：乙"], HEADINGS, [ROW, ROW], WIDTHS))
    assert paragraphs[:3] == ["清单差异", "原：甲", "新：乙"]
    assert cells == [list(HEADINGS), list(ROW), list(ROW)]
    assert read(table_docx("清单差异", [], HEADINGS, [], WIDTHS))[1] == [list(HEADINGS)]


@pytest.mark.parametrize("text", AWKWARD)
def test_text_is_exactly_kept(text: str) -> None:
    """Markup, formulas, rare characters, leading zeros and line breaks are text."""
    paragraphs, cells = read(table_docx(text, [text], ("甲", text), [(text, "乙")], (30, 40)))
    assert paragraphs[:2] == [text, text] and cells == [["甲", text], [text, "乙"]]


@given(
    st.text(
        st.characters(exclude_categories=("Cs", "Cc", "Cf", "Cn", "Co", "Zl", "Zp"), include_characters="\n")
    )
)
@settings(max_examples=50)
def test_any_printable_text_is_kept(text: str) -> None:
    """Whatever can be printed comes back."""
    assert read(table_docx("表", [], ("甲",), [(text,)], (30,)))[1] == [["甲"], [text]]


@pytest.mark.parametrize(
    "mark", ["\x00", "\x1b[2J", "\x0b", "\x7f", "\x9b", "\u202e", "\u200f", "\ufffe", "\ud800"]
)
def test_control_and_bidi_characters_are_shown(mark: str) -> None:
    """They become �, in the title as in a cell, and the document stays whole."""
    data = table_docx(f"甲{mark}乙", [], ("栏",), [(f"丙{mark}丁",)], (30,))
    paragraphs, cells = read(data)
    assert paragraphs[0] == "甲" + "�" + mark[1:] + "乙"
    assert cells[1] == ["丙" + "�" + mark[1:] + "丁"]


def test_the_same_rows_give_the_same_bytes() -> None:
    """No date, no order of chance; and the house's own checks accept the package."""
    first, again = (table_docx("表", ["说明"], HEADINGS, iter([ROW]), WIDTHS) for _ in range(2))
    assert first == again
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert open_package(first, "表").rendered_parts() == ["word/document.xml", "word/footer1.xml"]


def test_a_row_must_fit_its_headings() -> None:
    """A cell too few is a fault of ours, never a table out of step."""
    with pytest.raises(ValueError):
        table_docx("表", [], HEADINGS, [ROW[:-1]], WIDTHS)


@pytest.mark.parametrize(("widths", "across"), [((60, 100), False), ((60, 120), True), ((300, 300), True)])
def test_the_page_turns_where_the_columns_need_it(widths: tuple[int, int], across: bool) -> None:
    """Portrait while they fit, else landscape; never wider than the page."""
    import docx
    from docx.oxml.ns import qn

    document = docx.Document(io.BytesIO(table_docx("表", [], ("甲", "乙"), [("1", "2")], widths)))
    section, table = document.sections[0], document.tables[0]
    assert section.page_width is not None and section.page_height is not None
    assert (section.page_width > section.page_height) is across
    total = sum(int(column.get(qn("w:w"))) for column in table._tbl.tblGrid)
    assert total <= (section.page_width.twips - 2 * section.left_margin.twips + 2)  # type: ignore[union-attr]


def test_headings_repeat_and_rows_stay_whole() -> None:
    """Word's own marks for both, on the heading row and on every row."""
    body = (
        open_package(table_docx("表", [], HEADINGS, [ROW] * 3, WIDTHS), "表")
        .part("word/document.xml")
        .decode()
    )
    assert body.count("<w:tblHeader/>") == 1 and body.count("<w:cantSplit/>") == 4


@with_office
def test_libreoffice_prints_headings_on_every_page() -> None:
    """A hundred rows: several A4 pages, each with headings and its number, none with half a row."""
    needs("pdfinfo", "pdftotext")
    assert find_soffice() is not None
    rows = [("修改", str(n), "某局", "失业登记", "核查方式", f"甲{n}始\n甲{n}末", "𠮷㛃") for n in range(100)]
    pages = printed(table_docx("清单差异", ["说明"], HEADINGS, rows, WIDTHS))
    assert len(pages) > 3
    for number, page in enumerate(pages, start=1):
        assert "行政事项名称" in page and f"第{number}页共{len(pages)}页" in page
        assert re.findall(r"甲(\d+)始", page) == re.findall(r"甲(\d+)末", page)
    whole = "".join(pages)
    assert [int(n) for n in re.findall(r"甲(\d+)始", whole)] == list(range(100)) and whole.count(
        "𠮷㛃"
    ) == 100


def printed(document: bytes) -> list[str]:
    """The text of each page of a document as LibreOffice prints it, without blanks; A4 all of them."""
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.pdf")
        path.write_bytes(to_pdf(document, ROOT / "templates" / "fonts.conf"))
        assert re.search(r"^Page size:.*\(A4\)$", output("pdfinfo", str(path)), re.M)
        text = re.sub(r"[^\S\f]", "", output("pdftotext", "-layout", str(path), "-"))
    return text.rstrip("\f").split("\f")
