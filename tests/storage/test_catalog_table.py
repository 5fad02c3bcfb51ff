"""The 清单 in every shape offices keep it: what is understood, and what is named as wrong, all at once."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from gaozhi_cli.domain.problem import BadInput, Problem
from gaozhi_cli.storage.catalog_table import WIDE, CatalogTable, read_catalog_table
from tests.builders import a_catalog

HEADS = ("序号", "承办单位", "行政事项名称", "实行告知承诺制的证明事项", "核查方式")
FIRST = ("1", "甲局", "许可一", "营业执照", "在线核查")
SECOND = ("2", "甲局", "许可二", "身份证", "免于核查")


def a_csv(folder: Path, *rows: Sequence[str], name: str = "清单.csv") -> Path:
    """A csv with the rows."""
    path = folder / name
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def read(folder: Path, *rows: Sequence[str]) -> CatalogTable:
    """The 清单 in a csv with the rows."""
    return read_catalog_table(a_csv(folder, *rows))


def problems(folder: Path, *rows: Sequence[str]) -> tuple[Problem, ...]:
    """What is wrong with the rows."""
    with pytest.raises(BadInput) as raised:
        read(folder, *rows)
    return raised.value.problems


def printed_rows(home: Path) -> list[tuple[str, ...]]:
    """The 67 rows as printed."""
    items = a_catalog(home).items
    return [(item.no, *(item.printed or ())) for item in items]


def as_read(table: CatalogTable) -> list[tuple[str, ...]]:
    """The five printed columns of what was read."""
    return [row[1:6] for row in table.rows]


# ---- all formats


@pytest.mark.parametrize("kind", ["csv", "xlsx", "docx"])
def test_the_printed_catalog_reads_back(tmp_path: Path, kind: str) -> None:
    """67 rows, word for word, from each kind of file, with title lines above and notes below."""
    rows = [*printed_rows(tmp_path)]
    path = tmp_path / f"清单.{kind}"
    above, below = ("附件1", "", "", "", ""), ("注：本清单动态调整。", "", "", "", "")
    every = [above, HEADS, *rows, below]
    if kind == "csv":
        a_csv(tmp_path, *every)
    elif kind == "xlsx":
        an_xlsx(path, every)
    else:
        a_docx(path, every)
    table = read_catalog_table(path)
    assert as_read(table) == rows
    assert table.rows[0].row == 3
    assert table.notes[-1] == "第 70 行是说明文字，没有作为事项读取：注：本清单动态调整。"
    assert len(table.notes) == 1 and table.name == path.name


def an_xlsx(path: Path, rows: Sequence[Sequence[str]], sheet: str = "清单") -> Path:
    """A workbook with 序号 as numbers; title and note merged over all columns; 承办单位 merged down."""
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet(sheet)
    for number, row in enumerate(rows):
        if len([cell for cell in row if cell]) == 1:
            page.merge_range(number, 0, number, 4, row[0])
            continue
        for column, cell in enumerate(row):
            if cell.isdecimal():
                page.write_number(number, column, int(cell))
            else:
                page.write_string(number, column, cell)
    begin = 2
    for number in range(3, len(rows) + 1):
        last = number == len(rows) or rows[number][1:2] != rows[begin][1:2]
        if last:
            if number - begin > 1:
                page.merge_range(begin, 1, number - 1, 1, rows[begin][1])
            begin = number
    book.close()
    return path


def a_docx(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    """A document whose table is broken in two."""
    from docx import Document

    document = Document()
    half = len(rows) // 2
    for part in (rows[:half], rows[half:]):
        table = document.add_table(0, 5)
        for row in part:
            cells = table.add_row().cells
            for cell, text in zip(cells, row, strict=True):
                cell.text = text
        document.add_paragraph("")
    document.save(str(path))
    return path


# ---- shapes


def test_headings_in_other_words_widths_and_order(tmp_path: Path) -> None:
    """Near spellings, full-width blanks, line breaks and brackets in headings; columns in any order."""
    heads = ("核查 方式\n（在线、现场、免于）", "序　号", "证明事项", "承办部门", "事项名称", "备注")
    table = read(tmp_path, heads, ("在线核查", "１", "营业执照", "甲局", "许可一", "无"))
    assert as_read(table) == [("1", "甲局", "许可一", "营业执照", "在线核查")]
    assert table.notes == ("不认识的栏目没有读取：备注",)


def test_wide_columns_go_into_extra(tmp_path: Path) -> None:
    """Every wide heading under its key; an indented outline keeps its lines; empty cells are left out."""
    values = [f"值{n}" for n in range(len(WIDE))]
    values[list(WIDE).index("证明结构")] = "全部：\n  甲【在线核查】"
    table = read(tmp_path, (*HEADS, *WIDE), (*FIRST, *values), (*SECOND, *[""] * len(WIDE)))
    assert dict(table.rows[0].extra) == dict(zip(WIDE.values(), values, strict=True))
    assert table.rows[0].extra["tree"] == "全部：\n  甲【在线核查】"
    assert dict(table.rows[1].extra) == {} and table.notes == ()


def test_the_wide_headings_are_those_that_are_exported() -> None:
    """What ``catalog export`` writes, the import knows."""
    from gaozhi_cli.domain.versions import COLUMNS

    assert {key: heading for heading, key in WIDE.items()} == {
        key: heading for key, heading in COLUMNS.items() if heading not in HEADS
    }


def test_a_row_broken_over_a_page_is_put_together(tmp_path: Path) -> None:
    """As printed rows 23 and 48: neither 序号 nor 核查方式; a new number begins a new line."""
    table = read(
        tmp_path,
        HEADS,
        ("1", "甲局", "抚恤金申领（工伤未领取", "1. 死亡证明；", "在线核查"),
        ("", "", "待遇)", "", ""),
        ("", "甲局", "", "2. 关系证明", ""),
        ("2", "", "母婴保健技术服务", "《医疗机构执业", "现场核查"),
        ("", "", "", "许可证》", ""),
    )
    assert as_read(table) == [
        ("1", "甲局", "抚恤金申领（工伤未领取待遇)", "1. 死亡证明；\n2. 关系证明", "在线核查"),
        ("2", "甲局", "母婴保健技术服务", "《医疗机构执业许可证》", "现场核查"),
    ]
    assert table.notes == (
        "第 3 行没有序号和核查方式，文字接在第 2 行（序号 1）之后",
        "第 4 行没有序号和核查方式，文字接在第 2 行（序号 1）之后",
        "第 6 行没有序号和核查方式，文字接在第 5 行（序号 2）之后",
    )


def test_further_proofs_on_lines_of_their_own(tmp_path: Path) -> None:
    """Each with its own 核查方式, or the same one for all."""
    table = read(
        tmp_path,
        (*HEADS, "开具单位"),
        (*FIRST, "市监局"),
        ("", "", "", "身份证", "免于核查", "公安局"),
        ("", "甲局", "许可一", "户口簿", "免于核查", "公安局"),
        (*SECOND, ""),
        ("", "", "", "户口簿", "免于核查", ""),
    )
    assert [row.proofs for row in table.rows] == ["营业执照\n身份证\n户口簿", "身份证\n户口簿"]
    assert [row.method for row in table.rows] == ["在线核查\n免于核查\n免于核查", "免于核查"]
    assert dict(table.rows[0].extra) == {"issuer": "市监局\n公安局"}


def test_merged_numbers_and_methods(tmp_path: Path) -> None:
    """序号, 事项 and 核查方式 merged over the lines of one item: one row, several proofs."""
    import xlsxwriter

    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet()
    page.write_row(0, 0, HEADS)
    for column, text in ((0, "1"), (1, "甲局"), (2, "许可一"), (4, "在线核查")):
        page.merge_range(1, column, 3, column, text)
    for number, proof in enumerate(("营业执照", "身份证", "户口簿")):
        page.write(1 + number, 3, proof)
    page.write_row(4, 0, SECOND)
    book.close()
    table = read_catalog_table(path)
    assert as_read(table) == [("1", "甲局", "许可一", "营业执照\n身份证\n户口簿", "在线核查"), SECOND]


def test_repeated_headings_blank_lines_and_titles_inside(tmp_path: Path) -> None:
    """Headings of every page are passed over; notes and titles are told with their row."""
    table = read(
        tmp_path,
        ("附件1", "", "", "", ""),
        HEADS,
        FIRST,
        ("", "", "", "", ""),
        ("续表", "", "", "", ""),
        HEADS,
        SECOND,
        ("注：1. 本表由司法局填写", "", "", "", ""),
        ("", "2. 动态调整", "", "", ""),
    )
    assert as_read(table) == [FIRST, SECOND]
    assert [row.row for row in table.rows] == [3, 7]
    assert [note[:6] for note in table.notes] == ["第 5 行是", "第 8 行是", "第 9 行是"]


def test_the_sheet_with_the_headings_is_found(tmp_path: Path) -> None:
    """A cover sheet before it is passed over; a second 清单 is named; a sheet may be asked for."""
    import xlsxwriter

    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    book.add_worksheet("封面").write("A1", "荥阳市")
    for name, row in (("甲局", FIRST), ("乙局", ("1", *SECOND[1:]))):
        page = book.add_worksheet(name)
        page.write_row(0, 0, HEADS)
        page.write_row(1, 0, row)
    book.close()
    table = read_catalog_table(path)
    assert (table.sheet, as_read(table)) == ("甲局", [FIRST])
    assert table.notes == ("读取的是工作表“甲局”；工作表“乙局”也有清单的表头，没有读取，要读用 --sheet 指定",)
    assert as_read(read_catalog_table(path, "乙局")) == [("1", *SECOND[1:])]
    with pytest.raises(BadInput, match="工作表“封面” 没有找到清单的表头"):
        read_catalog_table(path, "封面")


# ---- refusals


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([FIRST], "没有找到清单的表头，应有一行写着“序号”、“承办单位”"),
        ([("序号", "承办单位"), FIRST[:2]], "第 1 行像是表头"),
        (
            [("标题", "", ""), ("序号", "承办单位", "事项名称")],
            "缺少“实行告知承诺制的证明事项”、“核查方式”一栏",
        ),
        ([(*HEADS, "核查方式"), (*FIRST, "在线核查")], "“核查方式”一栏有两处（E1、F1）"),
        ([HEADS], "表头之下没有事项"),
    ],
)
def test_tables_without_their_columns(tmp_path: Path, rows: list[tuple[str, ...]], said: str) -> None:
    """One sentence naming the columns."""
    with pytest.raises(BadInput) as raised:
        read(tmp_path, *rows)
    assert said in raised.value.message and raised.value.message.startswith("清单.csv")


def test_all_that_is_wrong_is_told_at_once_with_its_cell(tmp_path: Path) -> None:
    """Duplicate 序号, empty cells, unknown 核查方式, surplus cells, spoilt numbers."""
    found = problems(
        tmp_path,
        HEADS,
        ("1", "", "许可一", "营业执照", "在线核查"),
        ("1", "甲局", "许可一", "营业执照", "抽查"),
        ("4", "甲局", "", "", ""),
        ("一", "甲局", "许可", "营业执照", "免于核查"),
        ("", "乙局", "许可", "营业执照", "免于核查"),
        ("5", "甲局", "许可", "营业执照", "免于核查", "多"),
        ("6", "甲局", "4.10182E+17", "营业执照", "免于核查"),
    )
    told = {problem.field: problem.message.partition("：")[2] for problem in found}
    assert told == {
        "B2": "没有填写承办单位",
        "A3": "序号“1”重复，第 2 行已有",
        "E3": "不认识的核查方式“抽查”，可用：在线核查、现场核查、免于核查",
        "C4": "没有填写行政事项名称",
        "D4": "没有填写实行告知承诺制的证明事项",
        "E4": "没有填写核查方式",
        "A5": "序号“一”不是数字",
        "A6": "缺少序号；若是上一行的延续，请并入上一行",
        "F7": "比表头多出 1 格，含逗号的文字请加英文双引号",
        "C8": "被存成数字，末位已丢失，请把该列设为文本后重新填写",
    }
    assert all(problem.message.startswith("清单.csv 第 ") for problem in found)
    with pytest.raises(BadInput) as raised:
        read_catalog_table(tmp_path / "清单.csv")
    assert raised.value.message.endswith("等 10 处")


def test_gaps_in_the_numbers_are_told_and_read(tmp_path: Path) -> None:
    """An office's part of the 清单 begins anywhere; a jump inside it may be a lost row."""
    table = read(tmp_path, HEADS, SECOND, ("5", *FIRST[1:]))
    assert [row.no for row in table.rows] == ["2", "5"]
    assert table.notes == ("第 3 行的序号“5”与上一项 2 不连续，照表导入",)


def test_a_first_row_without_its_number(tmp_path: Path) -> None:
    """There is nothing it could go on from."""
    (first,) = problems(tmp_path, HEADS, ("", *FIRST[1:]))
    assert first.message == "清单.csv 第 2 行“序号”（A2）：缺少序号"
    assert (first.clause, first.field) == ("附件1", "A2")


def test_a_damaged_file_is_refused_as_such(tmp_path: Path) -> None:
    """The faults of the file itself pass through."""
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(BadInput, match="已损坏或不完整"):
        read_catalog_table(path)
