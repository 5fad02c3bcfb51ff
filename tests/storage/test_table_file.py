"""Table files as office staff keep them: what is read, which cell is at fault, what is refused."""

from __future__ import annotations

import base64
import time
import zipfile
import zlib
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaozhi_cli.domain.problem import BadInput
from gaozhi_cli.storage.table_file import (
    DIGITS_LOST,
    IS_ERROR,
    NOT_RECKONED,
    Row,
    as_text,
    cell_name,
    open_table,
    read_rows,
    sheet_names,
)

XLS = zlib.decompress(
    base64.b64decode(
        """
eNrtWE1oE0EU/mazaZKlTZOaCq1YQqFVaz2oFy/p+oP2ZKg/oIhUU5uDtKQSVNCDVmvwJAoFQfFS6cVL1Ys/KEEPggehogdB
EBLFkydB0UOb9b2XXZpGDwloUZlvmTdv33wz83bezOzsvpyNFqbuthdRhT74UHJCaKiwKUoh7yYCKnccVr08SMnR+KcQClIg
G/x41PQiwDHkeBdh4I75lCTwntJBHENyLJOOLyG2ig8pxT4kSCrcIEsYbeJVi8gjIpeJvC3MxyI3i+WSyARxC+oAZu1kzyZ3
Fu83OqUsDG73vtR5K5b1aMVznsVnr6gy148t2aOp0b+zoMNsxDQobv3pTDqbGi0gRgGcxlcnDnzxVuqTuLYvrV2B7N8X2wO/
sE8aJjAO57BM8Bws5H0SYLXhxBxWgm84UenlwW97KAvuPTlI2brkxbTFu7Gs3sii1dsks7qR5DCaRY/K3I7Q/jx36/OrnUMD
9iGxjMuOXd7Xu9gVODjHNahyWEr8ItmFHqmxVuR5aXWF6O0iY8SkvHug1VV2TAjngpR2Uz8bBa/tVRX6atJzn3Y96Mh9sNeQ
PtNfPB2beWNPoZPeM8NUn68J9Kpedf0a46Ht5crdA96JbPtpPwgaEffZHPfl1Yx5WKJGRTJDyeAuZihhsMyTT0rGTwnbqGLn
iW0I22P4qnr00Tj6hJGYvNllPbu6jVmmjOkC64xhiS0q8WMfTGq3HLWP4pESXaHPaME9VmmPW4AFDQ0NDQ0NDQ0NjdpQPgGX
z/ime+LnU2jA/a8zT6mkf5P8t9iNMbqO04fpdmQoz+JUXfNnOfzKa0vVWMf7X8jYR71nMYIh8WOk7vlLX4Gq8nlqrhj5fUuo
3v5L9fj5h/v/AZLgyIo=
"""
    )
)
# the same with three bytes changed: the reader asks for 400 GB
ABORTING = (XLS[:57], b"\xe7", XLS[58:1569], b"\xd4", XLS[1570:4368], b"\xa2", XLS[4369:])
ODS_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
    ' xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    ' office:version="1.2"><office:body><office:spreadsheet><table:table table:name="甲">'
)
ODS_FOOT = "</table:table></office:spreadsheet></office:body></office:document-content>"
ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"


def a_workbook(path: Path, fill=None, sheets=("清单",)):  # type: ignore[no-untyped-def]
    """An xlsx; ``fill(sheet, book)`` writes the first sheet."""
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path))
    made = [book.add_worksheet(name) for name in sheets]
    if fill:
        fill(made[0], book)
    book.close()
    return path


def edited(path: Path, part: str, *changes: tuple[str, str]) -> Path:
    """The zip with texts of one part replaced."""
    with zipfile.ZipFile(path) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    text = parts[part].decode()
    for old, new in changes:
        assert old in text, text
        text = text.replace(old, new)
    parts[part] = text.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def an_ods(path: Path, rows: str, manifest: str = "") -> Path:
    """A minimal ods whose sheet 甲 has the given table rows."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", ODS_TYPE)
        archive.writestr("content.xml", ODS_HEAD + rows + ODS_FOOT)
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS_TYPE}"/>'
            f"{manifest}</manifest:manifest>",
        )
    return path


def faults(rows: list[Row]) -> dict[str, str]:
    """Every fault by its cell."""
    return {fault.cell: fault.message for row in rows for fault in row.faults}


def refused(path: Path, sheet: str | None = None) -> str:
    """The one sentence a file is refused with."""
    with pytest.raises(BadInput) as raised:
        list(read_rows(path, sheet))
    assert raised.value.message.startswith(path.name)
    assert "\n" not in raised.value.message
    return raised.value.message


# ---- csv


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_keeps_zeros_quotes_and_line_numbers(tmp_path: Path, encoding: str, delimiter: str) -> None:
    """Leading zeros stay, a quoted line break is one row, numbers are those of the file's lines."""
    text = '序号,名称,编号\r\n1,"甲,乙；\r\n丙",000012\r\n\r\n2,𠮷,"0371""64600001"\r\n'
    if delimiter != ",":
        text = text.replace("甲,乙", "甲乙").replace(",", delimiter)
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))
    rows = list(read_rows(path))
    assert [row.number for row in rows] == [1, 2, 5]
    assert rows[0].cells == ("序号", "名称", "编号")
    assert rows[1].cells[1:] == ("甲,乙；\n丙" if delimiter == "," else "甲乙；\n丙", "000012")
    assert rows[2].cells == ("2", "𠮷", '0371"64600001')
    assert open_table(path).kind == "csv" and sheet_names(path) == ()


def test_surplus_cells_name_their_row(tmp_path: Path) -> None:
    """An unquoted comma shifts the cells: the row is at fault, titles above the headings are not."""
    path = tmp_path / "a.csv"
    path.write_text("标题\n填报单位：甲,日期：乙\n序号,地址\n1,某街,某号\n2,某街,,\n", "utf-8")
    rows = list(read_rows(path))
    assert [row.number for row in rows] == [1, 2, 3, 4, 5]
    assert faults(rows) == {"C4": "比表头多出 1 格，含逗号的文字请加英文双引号"}
    assert rows[4].cells == ("2", "某街")


def test_an_id_number_spoilt_by_excel_is_named(tmp_path: Path) -> None:
    """4.10182E+17 in a csv, control and bidi characters in a cell."""
    path = tmp_path / "a.csv"
    path.write_text("序号,证件号\n1,4.10182E+17\n2,甲\u202e乙\n3,410182199001010031\n4,1E5\n", "utf-8")
    rows = list(read_rows(path))
    assert faults(rows) == {"B2": DIGITS_LOST, "B3": "含有看不见的字符 U+202E，请删去后重新填写"}
    assert rows[3].cell(1) == "410182199001010031" and rows[4].cell(1) == "1E5" and rows[4].cell(9) == ""


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "是空文件"),
        (b"\n ,\n", "里没有内容"),
        (b"a,b\n\x00,c\n", "损坏"),
        (b"x" * 5000 + b"\na,\x00", "第 2 行含有 NUL 字符"),
        (b"a,b\n1,\xff\xff\n", "第 2 行既不是 UTF-8 也不是 GB18030"),
        (
            "序号,名称\n1,荥阳市人力资源和社会保障局劳务派遣经营许可".encode() + b"\xe8,x\n",
            "第 2 行有损坏的 UTF-8",
        ),
        (b"\xef\xbb\xbfa,b\n\xc8\xd5,x\n", "第 2 行有损坏的 UTF-8"),
        (b'a,b\n1,"x\n2,y\n', "第 2 行起引号没有成对"),
        (b'a,b\n1,"x"y\n', "第 2 行起引号没有成对"),
        ("序号".encode("utf-16"), "UTF-16"),
        (b"%PDF-1.7\n", "PDF"),
        (b"<html><table>", "网页"),
        (b'<?xml version="1.0"?><Workbook>', "网页或 XML"),
    ],
)
def test_a_bad_csv_is_refused_with_its_line(tmp_path: Path, data: bytes, said: str) -> None:
    """One sentence, with the way out."""
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    assert said in refused(path)


@given(st.lists(st.lists(st.text("甲a0 \"\n,;\t'=", max_size=6), min_size=3, max_size=3), min_size=1))
def test_any_quoted_csv_reads_back(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    """What csv writes with all cells quoted comes back cell by cell, trimmed."""
    import csv

    path = tmp_path_factory.mktemp("c") / "a.csv"
    heads = ["序号", "名称", "其他"]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([heads, *rows])
    read = [row.cells for row in read_rows(path)]
    wanted = [tuple(cell.strip() for cell in row) for row in rows]
    assert read == [tuple(heads), *(row for row in wanted if any(row))]


def test_a_large_csv_is_read_row_by_row(tmp_path: Path) -> None:
    """100 000 applicants: the first rows come before the rest is read, and quickly."""
    path = tmp_path / "a.csv"
    line = "{},测试甲,410182199001010031,013800000000,某街道某号楼\n"
    path.write_text(
        "序号,姓名,证件号,电话,地址\n" + "".join(line.format(n) for n in range(100_000)), "gb18030"
    )
    begun = time.perf_counter()
    rows = read_rows(path)
    assert next(rows).number == 1
    assert sum(1 for _ in rows) == 100_000
    assert time.perf_counter() - begun < 20


# ---- values


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (0.1 + 0.2, "0.3"),
        (1e-5, "0.00001"),
        (-5, "-5"),
        (999999999999999.0, "999999999999999"),
        (True, "TRUE"),
        (datetime(2026, 1, 31), "2026-01-31"),
        (datetime(2026, 1, 31, 9, 30), "2026-01-31 09:30:00"),
        ("\u3000甲\r\n乙\ufeff ", "甲\n乙"),
    ],
)
def test_values_are_as_typed(value: object, text: str) -> None:
    """Numbers without .0 or binary dust, dates as ISO, text without outer blanks."""
    assert as_text(value) == (text, "")


@given(st.integers(10**15, 10**20))
def test_a_number_of_16_digits_is_never_shown(number: int) -> None:
    """Its last digits are lost: no text, a fault."""
    assert as_text(float(number)) == ("", DIGITS_LOST) == as_text(number)


@given(st.integers(0, 20000), st.integers(1, 10**6))
def test_cell_names(column: int, row: int) -> None:
    """C17 stands for column 2, row 17: checked against xlsxwriter's own reckoning."""
    from xlsxwriter.utility import xl_rowcol_to_cell

    assert cell_name(column, row) == xl_rowcol_to_cell(row - 1, column)


# ---- workbooks


def test_an_xlsx_with_all_that_goes_wrong(tmp_path: Path) -> None:
    """Row numbers as Excel shows them, merged cells filled, every spoilt cell named."""

    def fill(sheet, book):  # type: ignore[no-untyped-def]
        sheet.write("C3", "x")
        sheet.write_number("A4", 410182199001010000)
        sheet.merge_range("B5:C6", "合并")
        sheet.write_formula("B8", "=1/0", None, "#DIV/0!")
        sheet.write_formula("C8", "=A9", None, 7)
        sheet.write_formula("D8", '=""', None, "")
        sheet.write_datetime("A9", datetime(2026, 1, 31), book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_string("B9", "000012")

    path = a_workbook(tmp_path / "a.xlsx", fill)
    edited(
        path,
        "xl/worksheets/sheet1.xml",
        ("<v>7</v>", ""),
        ('<c r="D8"><f>""</f><v></v>', '<c r="D8" t="str"><f>""</f><v></v>'),
    )
    rows = list(read_rows(path))
    assert [row.number for row in rows] == [3, 4, 5, 6, 8, 9]
    assert faults(rows) == {"A4": DIGITS_LOST, "B8": IS_ERROR, "C8": NOT_RECKONED}
    assert rows[2].cells[1:3] == rows[3].cells[1:3] == ("合并", "合并")
    assert rows[2].merged == frozenset() and rows[3].merged == {1, 2}
    assert rows[5].cells[:2] == ("2026-01-31", "000012")


def test_a_workbook_that_starts_far_down(tmp_path: Path) -> None:
    """Nothing in the first rows and columns: numbers and columns do not shift."""
    path = a_workbook(tmp_path / "a.xlsx", lambda sheet, _: sheet.write("D7", "甲"))
    assert list(read_rows(path)) == [Row(7, ("", "", "", "甲"))]


def test_an_xls_is_read_under_any_ending(tmp_path: Path) -> None:
    """An old .xls renamed to .xlsx is still what it is."""
    path = tmp_path / "a.xlsx"
    path.write_bytes(XLS)
    table = open_table(path)
    rows = list(table.rows)
    assert (table.kind, table.sheet) == ("xls", "甲")
    assert faults(rows) == {"A4": DIGITS_LOST}
    assert rows[1].cells[:2] == rows[2].cells[:2] == ("合并", "合并") and rows[2].merged == {0, 1}
    assert (rows[-1].number, rows[-1].cells) == (5, ("1", "", "中文"))


def test_an_ods_with_merges_errors_and_a_million_repeats(tmp_path: Path) -> None:
    """Covered cells are filled; an error and an unreckoned formula are named; repeats are no data."""
    path = an_ods(
        tmp_path / "a.ods",
        '<table:table-row table:number-rows-repeated="2"><table:table-cell/></table:table-row>'
        '<table:table-row><table:table-cell table:number-columns-spanned="2" table:number-rows-spanned="2"'
        ' office:value-type="string"><text:p>合并</text:p></table:table-cell><table:covered-table-cell/>'
        '<table:table-cell office:value-type="float" office:value="410182199001010000"/></table:table-row>'
        '<table:table-row><table:covered-table-cell table:number-columns-repeated="2"/><table:table-cell'
        ' table:formula="of:=1/0" office:value-type="string" office:string-value=""'
        ' calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
        '<table:table-cell table:formula="of:=A1"/></table:table-row>'
        '<table:table-row table:number-rows-repeated="1048570">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>',
    )
    rows = list(read_rows(path))
    assert [row.number for row in rows] == [3, 4]
    assert rows[0].cells[:2] == rows[1].cells[:2] == ("合并", "合并") and rows[1].merged == {0, 1}
    assert faults(rows) == {"C3": DIGITS_LOST, "C4": IS_ERROR, "D4": NOT_RECKONED}


def test_a_lying_count_does_not_abort_the_program(tmp_path: Path) -> None:
    """The readers make room for as many strings as a file says it has: an abort, not an exception."""
    path = a_workbook(tmp_path / "a.xlsx", lambda sheet, _: sheet.write("A1", "甲"))
    edited(path, "xl/sharedStrings.xml", ('uniqueCount="1"', 'uniqueCount="99999999999"'))
    assert "已损坏" in refused(path)
    path.write_bytes(b"".join(ABORTING))
    assert "已损坏" in refused(path)


def test_an_ods_that_breaks_off_is_refused_at_once(tmp_path: Path) -> None:
    """The reader alone would look for the end for ever."""
    row = (
        '<table:table-row><table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>'
    )
    path = an_ods(tmp_path / "a.ods", row + "</table:table-row>")
    assert [r.cells for r in read_rows(path)] == [("x",)]
    edited(path, "content.xml", ("</table:table></office:spreadsheet>", ""))
    assert "已损坏" in refused(path)
    edited(an_ods(path, row + "</table:table-row>"), "content.xml", ("UTF-8", "UTF-X"))
    assert "已损坏" in refused(path)


def test_a_damaged_xls_is_rows_or_one_sentence(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A byte changed anywhere: never another error, and nothing in English on stderr."""
    path = tmp_path / "a.xls"
    for place in (0x39, 0x1110, *range(0, len(XLS), 83)):
        path.write_bytes(XLS[:place] + bytes([XLS[place] ^ 0xA2]) + XLS[place + 1 :])
        try:
            list(read_rows(path))
        except BadInput as refusal:
            assert refusal.message.startswith("a.xls")
    assert capfd.readouterr().err == ""


def test_a_million_formatted_rows_are_neither_slow_nor_data(tmp_path: Path) -> None:
    """Borders down to the last row of the sheet."""
    path = a_workbook(tmp_path / "a.xlsx", lambda sheet, _: sheet.write("A1", "序号"))
    row = '<row r="{0}"><c r="A{0}" s="1"/><c r="B{0}" s="1"/></row>'
    empty = "".join(row.format(n) for n in range(2, 1_000_001))
    edited(path, "xl/worksheets/sheet1.xml", ("</sheetData>", empty + "</sheetData>"))
    begun = time.perf_counter()
    assert list(read_rows(path)) == [Row(1, ("序号",))]
    assert time.perf_counter() - begun < 20


@pytest.mark.parametrize(("cell", "said"), [("A1048576", "第 1048576 行还有内容"), ("XFD3", "第 256 列之后")])
def test_a_cell_at_the_far_end_is_refused_before_the_sheet_is_laid_out(
    tmp_path: Path, cell: str, said: str
) -> None:
    """The reader would lay out every cell between: memory for billions of them."""

    def fill(sheet, _):  # type: ignore[no-untyped-def]
        sheet.write("A1", "序号")
        sheet.write(cell, "x")

    assert said in refused(a_workbook(tmp_path / "a.xlsx", fill))
    rows = (
        '<table:table-row table:number-rows-repeated="1048575"><table:table-cell/></table:table-row>'
        '<table:table-row><table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>'
        "</table:table-row>"
    )
    wide = (
        '<table:table-row><table:table-cell table:number-columns-repeated="16384"'
        ' office:value-type="string"><text:p>x</text:p></table:table-cell></table:table-row>'
    )
    assert said in refused(an_ods(tmp_path / "a.ods", rows if "行" in said else wide))


def test_sheets_hidden_named_and_empty(tmp_path: Path) -> None:
    """The first visible sheet with something in it, or the one asked for; the others are named."""

    def fill(sheet, book):  # type: ignore[no-untyped-def]
        sheet.write("A1", "清单")
        book.get_worksheet_by_name("隐藏").write("A1", "藏")
        book.get_worksheet_by_name("隐藏").hide()
        book.get_worksheet_by_name("附表").write("A1", "附")

    path = a_workbook(tmp_path / "a.xlsx", fill, ("清单", "隐藏", "附表", "空"))
    table = open_table(path)
    assert (table.sheet, table.others) == ("清单", ("附表", "空"))
    assert table.where == "a.xlsx 工作表“清单”"
    assert [row.cells for row in read_rows(path, "附表")] == [("附",)]
    assert [row.cells for row in read_rows(path, "隐藏")] == [("藏",)]
    assert sheet_names(path) == ("清单", "附表", "空")
    assert "没有工作表“x”，有：清单、隐藏、附表、空" in refused(path, "x")
    assert "里没有内容" in refused(path, "空")
    assert "里没有内容" in refused(a_workbook(tmp_path / "b.xlsx"))


def test_files_that_are_not_what_they_say(tmp_path: Path) -> None:
    """Text under .xlsx, a cut zip, a flipped byte, a zip of something else, encrypted, doc, xlsb."""
    good = a_workbook(tmp_path / "good.xlsx", lambda sheet, _: sheet.write("A1", "甲" * 3000)).read_bytes()
    at = good.index(b"xl/worksheets/sheet1.xml") + 60
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    for name, data, said in (
        ("a.xlsx", "序号,名称".encode(), "不是真正的 xlsx 文件"),
        ("b.xlsx", good[: len(good) // 2], "已损坏或不完整"),
        ("c.xlsx", good[:at] + bytes([good[at] ^ 255]) + good[at + 1 :], "已损坏或不完整"),
        ("d.xls", ole, "不是 Excel 文件"),
        ("e.xlsx", ole + "EncryptedPackage".encode("utf-16-le"), "设有打开密码"),
        ("f.xls", ole + "Workbook".encode("utf-16-le"), "不是它自称的表格文件"),
        ("g.doc", ole + "WordDocument".encode("utf-16-le"), "另存为 docx"),
        ("h.xls", XLS[:3000] + "Workbook".encode("utf-16-le"), "已损坏"),
        ("i.bin", b"\x89PNG\r\n\x1a\n\0\0", "不是 xlsx、xls、ods、csv、docx 中的任何一种"),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        assert said in refused(path), name
    for name, inside, said in (
        ("j.xlsx", "note.txt", "是压缩包"),
        ("k.xlsb", "xl/workbook.bin", "xlsb"),
    ):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr(inside, "x")
        assert said in refused(tmp_path / name)
    encrypted = an_ods(tmp_path / "l.ods", "", "<manifest:encryption-data/>")
    assert "设有打开密码" in refused(encrypted)
    assert "不存在" in refused(tmp_path / "none.xlsx")
    assert "不是普通文件" in refused(tmp_path)


def test_bombs_and_doctypes_are_refused(tmp_path: Path) -> None:
    """A part that would unpack to more than the limit; an entity in a part; a file over the limit."""
    bomb = tmp_path / "a.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("x", "w") as part:
        for _ in range(301):
            part.write(b" " * 1024 * 1024)
    assert "压缩炸弹" in refused(bomb)
    path = a_workbook(tmp_path / "b.xlsx", lambda sheet, _: sheet.write("A1", "甲"))
    edited(path, "xl/sharedStrings.xml", ("<sst", '<!DOCTYPE x [<!ENTITY a "b">]><sst'))
    assert "DOCTYPE" in refused(path)
    large = tmp_path / "c.csv"
    with large.open("wb") as file:
        file.truncate(65 * 1024 * 1024)
    assert "超过 64 MB" in refused(large)


# ---- docx


@pytest.mark.parametrize("blanks", ["", " ", "\n  ", " " * 100_000], ids=["none", "one", "pretty", "many"])
def test_a_cell_at_the_end_of_the_world_is_seen_through_any_blanks(tmp_path: Path, blanks: str) -> None:
    """A pretty-printed sheet must not make the reader lay out a billion cells; blanks cost no time."""
    path = a_workbook(tmp_path / "a.xlsx", lambda sheet, book: sheet.write_number("XFD1048576", 1))
    edited(path, "xl/worksheets/sheet1.xml", ("</v></c>", f"</v>{blanks}</c>"))
    assert "请删去" in refused(path)


def test_an_unreckoned_formula_is_seen_through_any_blanks(tmp_path: Path) -> None:
    """The value may be missing however the XML is laid out, and looking for it takes no time."""

    def fill(sheet, book):  # type: ignore[no-untyped-def]
        sheet.write_string("A1", "甲")
        sheet.write_formula("B2", "=A1", None, 7)

    for blanks in ("", "\n", " " * 200_000):
        path = a_workbook(tmp_path / "a.xlsx", fill)
        edited(path, "xl/worksheets/sheet1.xml", ("<v>7</v>", f"{blanks}<v></v>{blanks}"))
        assert faults(list(read_rows(path))) == {"B2": NOT_RECKONED}


def test_one_text_repeated_without_end_is_refused(tmp_path: Path) -> None:
    """A megabyte in one shared string, used in thousands of cells, would fill the memory."""
    path = a_workbook(tmp_path / "a.xlsx", lambda sheet, book: sheet.write_string("A1", "甲"))
    edited(path, "xl/sharedStrings.xml", ("甲", "甲" * 40_000))
    assert "超过 32767 字" in refused(path)


def test_a_docx_cell_over_all_columns_is_refused(tmp_path: Path) -> None:
    """gridSpan is a number that anybody may write."""
    from docx import Document

    document = Document()
    table = document.add_table(1, 2)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "甲"
    path = tmp_path / "a.docx"
    document.save(str(path))
    edited(path, "word/document.xml", ('<w:gridSpan w:val="2"/>', '<w:gridSpan w:val="200000000"/>'))
    assert "超过 256 列" in refused(path)


def test_docx_tables_with_merges_broken_over_pages(tmp_path: Path) -> None:
    """Merged cells are filled; tables of the same columns are one; the others are named."""
    from docx import Document

    document = Document()
    first = document.add_table(2, 3)
    first.cell(0, 0).text = "甲"
    first.cell(0, 1).merge(first.cell(0, 2)).text = "横"
    first.cell(0, 0).merge(first.cell(1, 0))
    first.cell(1, 1).paragraphs[0].add_run("一").add_break()
    first.cell(1, 1).add_paragraph("二")
    document.add_paragraph("续表")
    document.add_table(1, 3).cell(0, 2).text = "续"
    document.add_table(1, 2).cell(0, 0).text = "另"
    path = tmp_path / "a.docx"
    document.save(str(path))
    table = open_table(path)
    assert (table.kind, table.sheet, table.others) == ("docx", "表1", ("表3",))
    rows = list(table.rows)
    assert [row.cells for row in rows] == [("甲", "横", "横"), ("甲", "一\n\n二", ""), ("", "", "续")]
    assert [row.merged for row in rows] == [frozenset(), {0}, frozenset()]
    assert [row.cells for row in read_rows(path, "表3")] == [("另", "")]


def test_docx_text_inserted_deleted_and_numbered(tmp_path: Path) -> None:
    """Tracked insertions count, deletions do not; a number that Word makes by itself is no text."""
    from docx import Document
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    document = Document()
    table = document.add_table(1, 2)
    word = nsdecls("w")
    table.cell(0, 0).paragraphs[0]._p.append(
        parse_xml(f"<w:ins {word} w:id='1' w:author='x'><w:r><w:t>新</w:t></w:r></w:ins>")
    )
    table.cell(0, 0).paragraphs[0]._p.append(
        parse_xml(f"<w:del {word} w:id='2' w:author='x'><w:r><w:delText>旧</w:delText></w:r></w:del>")
    )
    numbering = f"<w:pPr {word}><w:numPr><w:ilvl w:val='0'/><w:numId w:val='1'/></w:numPr></w:pPr>"
    table.cell(0, 1).paragraphs[0]._p.insert(0, parse_xml(numbering))
    path = tmp_path / "a.docx"
    document.save(str(path))
    rows = list(read_rows(path))
    assert rows[0].cells == ("新", "")
    assert "自动编号" in faults(rows)["B1"]


def test_docx_without_tables_or_damaged(tmp_path: Path) -> None:
    """Each with its own sentence."""
    from docx import Document

    path = tmp_path / "a.docx"
    Document().save(str(path))
    assert "里没有表格" in refused(path)
    edited(path, "word/document.xml", ("</w:body>", ""))
    assert "已损坏" in refused(path)


@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"a,b\n"]))
def test_any_bytes_are_rows_or_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, head: bytes
) -> None:
    """Never a traceback: BadInput or rows."""
    path = tmp_path_factory.mktemp("b") / "a.csv"
    path.write_bytes(head + data)
    try:
        assert all(row.number > 0 for row in read_rows(path))
    except BadInput as refusal:
        assert refusal.message.startswith("a.csv")
