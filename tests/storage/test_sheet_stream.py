"""A sheet read row by row gives what the reader of whole sheets gives, and refuses what it refuses."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.problem import BadInput
from gaozhi_cli.storage.cell_formats import Shown, shown
from gaozhi_cli.storage.shared_strings import SharedStrings
from gaozhi_cli.storage.sheet_stream import sheet_merges, sheet_rows, sheets_of
from gaozhi_cli.storage.table_file import IS_ERROR, NOT_RECKONED, Grid, Row, grid_rows, open_table

FORMATS = (
    "General", "@", "0", "0.00", "yyyy-mm-dd", 'yyyy"年"m"月"d"日"', "[h]:mm", "[mm]:ss", "h:mm", "[Red]0",
    '"d"0', "\\d0", "0;yyyy", "[$-804]yyyy", "AM/PM", "0_d", "#,##0", "0.00E+00", "mm:ss.0",
)  # fmt: skip
BUILTIN = (1, 9, 14, 18, 22, 27, 36, 37, 45, 46, 47, 49, 50, 58)
Cell = tuple[str, Any]


def streamed(path: Path, name: str = "") -> list[Row]:
    """The rows of a sheet, by the reader under test."""
    part = next(sheet for sheet in sheets_of(path) if name in ("", sheet.name))
    merges = sheet_merges(path, part)
    return list(grid_rows(Grid(sheet_rows(path, part, merges), merges)))


def bare(rows: list[Row], width: int) -> list[tuple[object, ...]]:
    """Rows without the empty cells at their ends, as wide at most as the other reader's."""
    found = []
    for row in rows:
        cells = row.cells[:width]
        while cells and not cells[-1]:
            cells = cells[:-1]
        found.append((row.number, cells, row.faults, frozenset(n for n in row.merged if n < width)))
    return found


def same(path: Path) -> list[Row]:
    """The rows, after both readers were found to agree."""
    whole, one_by_one = list(open_table(path).rows), streamed(path)
    width = max((len(row.cells) for row in whole), default=0)
    assert bare(one_by_one, width) == bare(whole, width)
    return one_by_one


def a_book(path: Path, fill: Callable[[Any, Any], None], **options: Any) -> Path:
    """A workbook of one sheet."""
    book = xlsxwriter.Workbook(str(path), options)
    fill(book.add_worksheet("名单"), book)
    book.close()
    return path


NUMBERS = st.one_of(
    st.integers(-5, 80),
    st.integers(40_000, 60_000),
    st.floats(0, 3e6, allow_nan=False),
    st.sampled_from([0.1 + 0.2, 1e15, 410182199001010030.0, 13800000000, 1e-9, 59.5, 2958465, 3_000_000]),
)
TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12),
    st.sampled_from(["_x0041_", "_x005F_x000A_", "_xD83D_", " 两边 ", "1\n2", "4.1E+17", "=A1", "&lt;"]),
)
CELLS: st.SearchStrategy[Cell] = st.one_of(
    st.tuples(st.just("text"), TEXTS),
    st.tuples(st.just("number"), st.tuples(NUMBERS, st.sampled_from(FORMATS + BUILTIN))),
    st.tuples(st.just("flag"), st.booleans()),
    st.tuples(st.just("formula"), st.sampled_from(["", "甲", 12.5, True, "#DIV/0!", "#N/A"])),
    st.tuples(st.just("rich"), st.just("")),
    st.tuples(st.just("none"), st.just("")),
)


def put(sheet: Any, book: Any, row: int, column: int, cell: Cell) -> None:
    """One cell of a made-up sheet."""
    kind, value = cell
    if kind == "text":
        sheet.write_string(row, column, value)
    elif kind == "number":
        shown_as = value[1] if value[0] < 1e9 else "0"  # a duration beyond Python's is told below
        sheet.write_number(row, column, value[0], book.add_format({"num_format": shown_as}))
    elif kind == "flag":
        sheet.write_boolean(row, column, value)
    elif kind == "formula":
        sheet.write_formula(row, column, "=A1", None, value)
    elif kind == "rich":
        sheet.write_rich_string(row, column, "测", book.add_format({"bold": True}), "试", "甲 ")
    else:
        sheet.write_blank(row, column, None, book.add_format({"bold": True}))


@settings(deadline=None, max_examples=60)
@given(
    cells=st.dictionaries(st.tuples(st.integers(0, 9), st.integers(0, 6)), CELLS, max_size=30),
    merge=st.none() | st.tuples(st.integers(0, 5), st.integers(0, 4), st.integers(0, 3), st.integers(1, 2)),
    in_line=st.booleans(),
    since_1904=st.booleans(),
)
def test_both_readers_agree(
    tmp_path_factory: pytest.TempPathFactory,
    cells: dict[tuple[int, int], Cell],
    merge: tuple[int, int, int, int] | None,
    in_line: bool,
    since_1904: bool,
) -> None:
    """Any sheet: texts, numbers and dates in all formats, flags, formulas, errors, merged cells."""

    def fill(sheet: Any, book: Any) -> None:
        sheet.write_string(10, 0, "姓名")
        for (row, column), cell in sorted(cells.items()):
            put(sheet, book, row, column, cell)
        if merge and not in_line:  # in the constant-memory mode the rows above are written already
            top, left, down, right = merge
            sheet.merge_range(top, left, top + down, left + right, "合并")

    path = tmp_path_factory.mktemp("x") / "a.xlsx"
    same(a_book(path, fill, constant_memory=in_line, date_1904=since_1904))


def test_many_shared_texts_in_any_order() -> None:
    """Texts come back by number from beyond what is at hand, in order and out of it."""
    strings = SharedStrings()
    wanted = [f"测试{n}" + "甲" * (n % 700) for n in range(20_000)]
    for text in wanted:
        strings.append(text)
    strings.settle()
    assert [strings[n] for n in range(0, 20_000, 7)] == wanted[::7]
    assert [strings[n] for n in range(19_999, 0, -331)] == wanted[:0:-331]
    with pytest.raises(IndexError):
        strings[20_000]
    strings.close()


def test_faults_hidden_sheets_and_gaps(tmp_path: Path) -> None:
    """Errors and formulas without a value are named; a row far down keeps its number."""

    def fill(sheet: Any, book: Any) -> None:
        sheet.write_formula(1, 0, "=1/0", None, "#DIV/0!")
        sheet.write_formula(2, 1, "=A1", None, 7)
        sheet.write_string(900_000, 2, "测试甲")
        book.add_worksheet("暗").hide()

    path = a_book(tmp_path / "a.xlsx", fill)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].replace(b"<f>A1</f><v>7</v>", b"<f>A1</f>")
    assert sheet != parts["xl/worksheets/sheet1.xml"]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (parts | {"xl/worksheets/sheet1.xml": sheet}).items():
            archive.writestr(name, data)
    rows = streamed(path, "名单")
    assert [(row.number, [fault.message for fault in row.faults]) for row in rows] == [
        (2, [IS_ERROR]), (3, [NOT_RECKONED]), (900_001, []),
    ]  # fmt: skip
    assert [(sheet.name, sheet.visible) for sheet in sheets_of(path)] == [("名单", True), ("暗", False)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("</row>", ""),
        ('<row r="1"', '<row r="9999999"'),
        ('<row r="2"', '<row r="1"'),
        ("<v>0</v>", "<v>99</v>"),
        ("<v>0</v>", "<v>x</v>"),
    ],
)
def test_a_damaged_sheet_is_one_sentence(tmp_path: Path, old: str, new: str) -> None:
    """XML that breaks off, rows out of order or beyond the last, texts that are not there."""

    def fill(sheet: Any, _: Any) -> None:
        sheet.write_string(0, 0, "姓名")
        sheet.write_string(1, 0, "测试甲")

    path = a_book(tmp_path / "a.xlsx", fill)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert old in parts["xl/worksheets/sheet1.xml"]
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(old, new)
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    with pytest.raises(BadInput, match="已损坏"):
        streamed(path)


def test_dates_are_dates(tmp_path: Path) -> None:
    """A real date of Excel is its day."""

    def fill(sheet: Any, book: Any) -> None:
        sheet.write_datetime(0, 0, date(2027, 12, 31), book.add_format({"num_format": "yyyy/m/d"}))

    assert same(a_book(tmp_path / "a.xlsx", fill))[0].cells == ("2027-12-31",)


@pytest.mark.parametrize(
    ("code", "how"),
    [("yyyy", Shown.DATE), ("[h]:mm", Shown.DURATION), ("[红色]0", Shown.NUMBER), ('"日d', Shown.NUMBER)],
)
def test_format_codes(code: str, how: Shown) -> None:
    """What a format code shows."""
    assert shown(code) is how


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="A1" t="d"><v>2027-12-31</v></c>'
        '<c r="B1" t="d"><v>2027-12-31T08:30:00</v></c></row>',
        "<row><c><v>1</v></c><c><v>2</v></c></row><row><c/><c><v>3</v></c></row>",
        '<row r="2"><c r="C2" t="str"><v>a&lt;b</v></c><c r="D2" t="str"><v>&#x7532;&amp;</v></c></row>',
        '<row r="1"><c r="A1" t="inlineStr"><is><t>甲</t><rPh sb="0" eb="1"><t>jia</t></rPh></is></c></row>',
        '<row r="1"><c r="A1" t="inlineStr"><is><r><t>_x00</t></r><r><t>41_</t></r></is></c></row>',
        '<row r="1"><c r="A1" t="b"><v>1</v></c><c r="B1" t="b"><v>0</v></c>'
        '<c r="C1" t="e"><v>#REF!</v></c></row>',
        '<row r="1"><!-- 注 --><c r="B1"><f>1+1</f><v>2</v></c><c r="C1"><f>1</f><v></v></c></row>',
        '<row r="1"><c r="A1" s="99"><v>45000</v></c><c r="AA1"><v>-0</v></c></row>',
    ],
)
@pytest.mark.parametrize("prefix", ["", "x:"])
def test_sheets_as_other_programs_write_them(tmp_path: Path, rows: str, prefix: str) -> None:
    """ISO dates, cells without places, entities, phonetic guides, styles that are missing, prefixed tags."""
    path = a_book(tmp_path / "a.xlsx", lambda sheet, _: sheet.write_string(0, 0, "姓名"))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    text = f'<worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'
    if prefix:
        import re

        text = re.sub(r"<(/?)(?=[a-zA-Z])", rf"<\1{prefix}", text).replace("xmlns=", "xmlns:x=")
    parts["xl/worksheets/sheet1.xml"] = text.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    same(path)


def test_a_duration_beyond_all_measure(tmp_path: Path) -> None:
    """A number of 16 digits shown as hours: one reader says so, the other tells the spoilt digits' cell."""

    def fill(sheet: Any, book: Any) -> None:
        sheet.write_number(0, 0, 1e15, book.add_format({"num_format": "[h]:mm"}))

    path = a_book(tmp_path / "a.xlsx", fill)
    with pytest.raises(BadInput, match="时长"):
        list(open_table(path).rows)
    assert [fault.cell for row in streamed(path) for fault in row.faults] == ["A1"]


def test_a_date_beyond_all_measure_is_a_fault_of_its_cell(tmp_path: Path) -> None:
    """A number of 308 digits that is shown as a day."""

    def fill(sheet: Any, book: Any) -> None:
        sheet.write_number(0, 0, 1e308, book.add_format({"num_format": "yyyy-mm-dd"}))

    rows = streamed(a_book(tmp_path / "a.xlsx", fill))
    assert [fault.cell for row in rows for fault in row.faults] == ["A1"]


@pytest.mark.parametrize(("styles", "padding"), [(65_491, 0), (1, 16 * 1024 * 1024)])
def test_more_formats_than_a_workbook_holds(tmp_path: Path, styles: int, padding: int) -> None:
    """A styles.xml that would only fill the memory is not read."""
    path = a_book(tmp_path / "a.xlsx", lambda sheet, _: sheet.write_string(0, 0, "姓名"))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    text = f"<styleSheet><cellXfs>{'<xf/>' * styles}</cellXfs>{' ' * padding}</styleSheet>"
    parts["xl/styles.xml"] = text.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    with pytest.raises(BadInput, match="已损坏"):
        streamed(path)


def test_a_long_format_code_is_looked_at_once(tmp_path: Path) -> None:
    """Many styles of one endless format code."""
    path = a_book(tmp_path / "a.xlsx", lambda sheet, _: sheet.write_number(0, 0, 45_000))
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    code, style = "0" * 1_000_000, '<xf numFmtId="200"/>'
    format_ = f'<numFmts><numFmt numFmtId="200" formatCode="{code}"/></numFmts>'
    parts["xl/styles.xml"] = f"<styleSheet>{format_}<cellXfs>{style * 5_000}</cellXfs></styleSheet>".encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    started = time.monotonic()
    assert [row.cells for row in streamed(path)] == [("45000",)]
    assert time.monotonic() - started < 5
