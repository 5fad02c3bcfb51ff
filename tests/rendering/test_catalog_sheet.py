"""附件1 as xlsx, csv and docx: what is written is read back without a character lost."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.problem import DocumentFailed
from gaozhi_cli.rendering.catalog_sheet import (
    ABOVE,
    HEADINGS,
    PrintedRow,
    printed_csv,
    printed_docx,
    printed_xlsx,
    wide_csv,
    wide_xlsx,
)
from tests.builders import a_catalog
from tests.rendering.test_formats import sheet_cells
from tests.rendering.test_pdf import needs, with_office
from tests.rendering.test_table_docx import printed, read

TITLE = "荥阳市证明事项告知承诺制清单"
ROWS: list[PrintedRow] = [
    ("1", "某局", "=1+1", '1. "甲"；2. 乙,丙', "在线核查 免于核查"),
    ("002", "'某局", "<>&", "𠮷㛃\n第二行", "@SUM(A1)"),
    ("3", "-", "+8613800000000", " 前后 ", "1-2"),
    ("4", "", "\t=1", "'=1", "；"),
]
printable = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cf", "Cn"), include_characters="\n\t"), max_size=12
)
printed_rows = st.lists(st.tuples(*[printable] * 5), max_size=4)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> list[PrintedRow]:
    """附件1 as printed: 67 rows."""
    catalog = a_catalog(tmp_path_factory.mktemp("home"))
    return [
        (i.no, i.printed.office, i.printed.matter, i.printed.proofs, i.printed.method) for i in catalog.items
    ]


def csv_cells(data: bytes) -> list[tuple[str, ...]]:
    """A csv read back as any program reads it."""
    text = data.decode("utf-8-sig")
    return [tuple(row) for row in csv.reader(io.StringIO(text, newline=""))]


def text_rows(data: bytes) -> list[tuple[Any, ...]]:
    """The cells of a sheet."""
    return [tuple(row) for row in sheet_cells(data)]


def test_the_whole_list_comes_back_in_each_format(shipped: list[PrintedRow]) -> None:
    """67 rows through xlsx, csv and docx: the same text in all."""
    assert len(shipped) == 67
    assert text_rows(printed_xlsx(TITLE, shipped))[2:] == [HEADINGS, *shipped]
    assert csv_cells(printed_csv(TITLE, shipped)) == [HEADINGS, *shipped]
    paragraphs, cells = read(printed_docx(TITLE, shipped))
    assert paragraphs[:2] == [ABOVE, TITLE]
    assert [tuple(row) for row in cells] == [HEADINGS, *shipped]


def test_awkward_text_is_exactly_kept() -> None:
    """Formulas, quotes, zeros in front, marks and breaks are text in a sheet and in csv."""
    assert text_rows(printed_xlsx(TITLE, ROWS))[2:] == [HEADINGS, *ROWS]
    assert csv_cells(printed_csv(TITLE, ROWS)) == [HEADINGS, *ROWS]
    assert text_rows(wide_xlsx("", HEADINGS, ROWS)) == [HEADINGS, *ROWS]


def test_csv_is_as_an_office_opens_it() -> None:
    """BOM, CRLF, every cell quoted, nothing put before a cell."""
    data = printed_csv(TITLE, ROWS[:1])
    assert data.startswith(b"\xef\xbb\xbf") and data.endswith(b"\r\n")
    lines = data.decode("utf-8-sig").split("\r\n")
    assert lines[0] == '"序号","承办单位","行政事项名称","实行告知承诺制的证明事项","核查方式"'
    assert lines[1] == '"1","某局","=1+1","1. ""甲""；2. 乙,丙","在线核查 免于核查"'


@given(printed_rows)
@settings(max_examples=40)
def test_any_text_passes_through_csv_and_sheet(rows: list[PrintedRow]) -> None:
    """Export and import lose nothing, whatever the cells hold."""
    assert csv_cells(printed_csv("", rows)) == [HEADINGS, *rows]
    filled = [("甲", *row[1:]) for row in rows]  # a reader drops rows that are empty at the end
    assert text_rows(wide_xlsx("", HEADINGS, filled)) == [HEADINGS, *filled]


def test_a_title_that_looks_like_a_formula_is_text() -> None:
    """The merged title too."""
    data = printed_xlsx("=1+1", ROWS)
    assert text_rows(data)[:2] == [(ABOVE, "", "", "", ""), ("=1+1", "", "", "", "")]
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_the_sheet_prints_as_the_annex_does() -> None:
    """A4 landscape on one page's width, headings frozen and on every page, text wrapped."""
    with zipfile.ZipFile(io.BytesIO(printed_xlsx(TITLE, ROWS))) as archive:
        body = archive.read("xl/worksheets/sheet1.xml").decode()
        book = archive.read("xl/workbook.xml").decode()
        styles = archive.read("xl/styles.xml").decode()
    assert 'paperSize="9"' in body and 'orientation="landscape"' in body and 'fitToHeight="0"' in body
    assert 'ySplit="3"' in body and "清单!$3:$3" in book and 'wrapText="1"' in styles
    assert '<mergeCell ref="A2:E2"/>' in body


def test_the_wide_layout_takes_any_columns() -> None:
    """Any headings, a title or none, one column or many; several lines in a cell."""
    headings = ("序号", "事项编码", "设定依据", "证明内容")
    rows = [("1", "0042", "《某法》第1条：\n应当提交", "=甲"), ("2", "", "", "乙")]
    assert text_rows(wide_xlsx("清单", headings, rows)) == [("清单", "", "", ""), headings, *rows]
    assert csv_cells(wide_csv(headings, rows)) == [headings, *rows]
    assert text_rows(wide_xlsx("清单", ("甲",), [("一",)])) == [("清单",), ("甲",), ("一",)]
    assert text_rows(wide_xlsx("", headings, [])) == [headings]


def test_the_same_rows_give_the_same_bytes(shipped: list[PrintedRow]) -> None:
    """Each format is reproducible."""
    for write in (printed_xlsx, printed_csv, printed_docx):
        assert write(TITLE, iter(shipped)) == write(TITLE, iter(shipped))
    assert wide_xlsx("表", HEADINGS, iter(ROWS)) == wide_xlsx("表", HEADINGS, iter(ROWS))


def test_what_a_cell_cannot_hold_is_refused() -> None:
    """Never cut in silence; csv has room for it."""
    long = ("1", "某局", "事项", "长" * 32768, "免于核查")
    with pytest.raises(DocumentFailed, match="第 4 行第 4 列"):
        printed_xlsx(TITLE, [long])
    assert csv_cells(printed_csv(TITLE, [long]))[1] == long
    with pytest.raises(ValueError):
        printed_xlsx(TITLE, [("1", "少一栏")])  # type: ignore[list-item]


@with_office
def test_libreoffice_prints_the_annex(shipped: list[PrintedRow], tmp_path: Path) -> None:
    """附件1 on four landscape pages: 67 rows once each, headings on all, rare characters kept.

    With a 68th row the last page is full to its edge: the paragraph after the table opens no new one.
    """
    needs("pdfinfo", "pdftotext")
    extra: PrintedRow = ("68", "某局", "测试𠮷㛃", "<b>&", "免于核查")
    pages = printed(printed_docx(TITLE, [*shipped, extra]))
    assert len(pages) == 4
    assert pages[0].startswith(f"{ABOVE}{TITLE}序号承办单位")
    assert all("实行告知承诺制的证明事项" in page for page in pages)
    assert "测试𠮷㛃" in pages[-1] and "<b>&" in pages[-1]
    assert "".join(pages).count("《医疗机构执业许可证》") == 11
