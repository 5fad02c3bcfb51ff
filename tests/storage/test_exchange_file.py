"""The exchange file as it comes back: sheets, csv and json; what is none is refused in a sentence."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from gaozhi_cli.domain.exchange import COLUMNS, Given
from gaozhi_cli.domain.problem import BadInput
from gaozhi_cli.rendering.exchange_sheet import exchange_json, exchange_xlsx
from gaozhi_cli.storage import exchange_file
from gaozhi_cli.storage.exchange_file import open_answers

HEAD = {"office": "示例县人社局", "agency": "示例县公安局", "made_on": "2026-11-24"}
ROW = {key: f"{words}一" for key, words in COLUMNS.items()} | {
    "id": "RS-2026-X00001", "id_number": "410182199001010030", "content": "=1+1 <b>&", "result": "",
    "text": "",
}  # fmt: skip
HEADINGS = list(COLUMNS.values())


def read(path: Path) -> list[Given]:
    """All rows of a file."""
    return list(open_answers(path).rows)


def sheet(path: Path, *rows: list[Any]) -> Path:
    """A sheet with these rows; a tuple is a formula with the value it showed."""
    book = xlsxwriter.Workbook(str(path))
    page = book.add_worksheet()
    for number, row in enumerate(rows):
        for place, value in enumerate(row):
            if isinstance(value, tuple):
                page.write_formula(number, place, value[0], None, value[1])
            else:
                page.write_string(number, place, value)
    book.close()
    return path


def filled(**changed: str) -> list[str]:
    """A row of cells in the order of the columns."""
    return [(ROW | changed)[key] for key in COLUMNS]


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """xlsx and json give the same cells; numbers keep all their digits."""
    rows = [ROW, ROW | {"id": "RS-2026-X00002"}]
    (tmp_path / "表.xlsx").write_bytes(exchange_xlsx(rows, HEAD))
    (tmp_path / "表.json").write_bytes(exchange_json(rows, HEAD))
    from_sheet, from_json = read(tmp_path / "表.xlsx"), read(tmp_path / "表.json")
    assert [dict(one.values) for one in from_sheet] == [dict(one.values) for one in from_json] == rows
    assert ([one.row for one in from_sheet], [one.row for one in from_json]) == ([4, 5], [1, 2])
    assert not any(one.faults for one in (*from_sheet, *from_json))


def test_columns_may_move_and_more_may_stand_beside(tmp_path: Path) -> None:
    """By their headings; a csv as well."""
    path = tmp_path / "表.csv"
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows(
            [["备注", *reversed(HEADINGS)], ["电话核对过", *reversed(filled(result="相符"))]]
        )
    (row,) = read(path)
    assert row.values["result"] == "相符" and row.values["id"] == "RS-2026-X00001"


def test_formulas_are_not_reckoned(tmp_path: Path) -> None:
    """What the sender's program saved counts; a formula without a value is a fault of its cell."""
    places = list(COLUMNS)
    shown, bare = filled(), filled()
    shown[places.index("result")] = ('=IF(1,"相符","")', "相符")  # type: ignore[call-overload]
    bare[places.index("result")] = ('=IF(1,"相符","")', "")  # type: ignore[call-overload]
    first, second = read(sheet(tmp_path / "表.xlsx", HEADINGS, shown, bare))
    assert first.values["result"] == "相符" and not first.faults
    assert "公式没有算出的值" in second.faults[0].message or second.values["result"] == ""


def test_a_merged_cell_answers_for_nobody_else(tmp_path: Path) -> None:
    """结果 merged over two rows: the second one is a fault."""
    book = xlsxwriter.Workbook(str(tmp_path / "表.xlsx"))
    page = book.add_worksheet()
    for number, row in enumerate((HEADINGS, filled(), filled(id="RS-2026-X00002"))):
        page.write_row(number, 0, row)
    place = HEADINGS.index("结果")
    page.merge_range(1, place, 2, place, "相符")
    book.close()
    first, second = read(tmp_path / "表.xlsx")
    assert not first.faults and "第 3 行有合并的单元格" in second.faults[0].message


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("空.xlsx", b"", "空文件"),
        ("假.xlsx", b"PK\x03\x04damaged", "已损坏|不是"),
        ("别.csv", "姓名,电话\n甲,1\n".encode(), "没有找到交换表的表头"),
        ("坏.json", b'{"format": ', "不是有效的 JSON"),
        ("两.json", b'{"format": "a", "format": "b"}', "不是有效的 JSON"),
        ("别.json", b'{"format": "x", "requests": []}', "不是交换表"),
        ("列.json", b"[1]", "不是交换表"),
        ("乱.json", b'{"a": "\xff\xfe"}', "不是 UTF-8"),
        ("页.xlsx", b"<html>", "网页"),
    ],
)
def test_no_exchange_file(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    """One sentence with the way out."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=words):
        read(tmp_path / name)


def test_a_table_that_lost_a_column_or_has_one_twice(tmp_path: Path) -> None:
    """Named; nothing is guessed."""
    fewer = [heading for heading in HEADINGS if heading != "说明或者理由"]
    with pytest.raises(BadInput, match="少了“说明或者理由”一栏"):
        read(sheet(tmp_path / "少.xlsx", fewer, filled()))
    with pytest.raises(BadInput, match="有两栏“结果”"):
        read(sheet(tmp_path / "多.xlsx", [*HEADINGS, "结果"], filled()))


def test_faults_of_json_rows(tmp_path: Path) -> None:
    """An unknown key, a number, something that is no object: each in its row."""
    rows = [ROW | {"more": "x"}, ROW | {"text": 12345678901234567890}, "x", ROW | {"seal": "\ud800"}]
    text = json.dumps({"format": "gaozhi.assistance.1", "requests": rows})
    (tmp_path / "表.json").write_text(text, "utf-8")
    told = [one.faults[0].message for one in read(tmp_path / "表.json")]
    assert "第 1 行有不认识的栏目“more”" in told[0] and "第 2 行的说明或者理由应是文字" in told[1]
    assert "第 3 行不是" in told[2] and "第 4 行的校验码含有看不见的字符" in told[3]


def test_too_long_and_changed_while_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of endless rows, and one that somebody saves meanwhile."""
    path = sheet(tmp_path / "表.xlsx", HEADINGS, *[filled() for _ in range(4)])
    rows = open_answers(path).rows
    next(rows)
    path.write_bytes(exchange_xlsx([ROW], HEAD))
    with pytest.raises(BadInput):
        list(rows)
    sheet(path, HEADINGS, *[filled() for _ in range(4)])
    monkeypatch.setattr(exchange_file, "MOST_ROWS", 3)
    with pytest.raises(BadInput, match="超过 3 行"):
        read(path)
