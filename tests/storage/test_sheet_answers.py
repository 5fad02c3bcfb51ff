"""A work sheet that comes back: read as text with its places; what is no such sheet is refused."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from gaozhi_cli.domain.problem import BadInput
from gaozhi_cli.domain.sheet_columns import FORMAT
from gaozhi_cli.storage.sheet_answers import read_answers

HEAD = ["核查号", "工作单", "编号", "证明事项名称", "核查结论", "核查情况", "核查人员"]
ROW: list[Any] = ["RS-2026-00001-1", "rs-2026-d00001", "RS-2026-00001", "改过的", " 属实 ", "看过", "甲、乙"]
CHECK = {"id": ROW[0], "dispatch": "RS-2026-D00001", "number": ROW[2], "finding": "属实", "evidence": "看过"}


def a_book(path: Path, *rows: list[Any]) -> Path:
    """A workbook with these rows."""
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    for n, row in enumerate(rows):
        sheet.write_row(n, 0, row)
    book.close()
    return path


def test_columns_in_any_order_and_empty_lines(tmp_path: Path) -> None:
    """Found by their headings; the place is the row in the sheet."""
    path = a_book(tmp_path / "a.xlsx", HEAD, ROW, [], [*ROW[:4], "", "", ""])
    first, second = read_answers(path)
    assert tuple(first) == (
        "第 2 行", "RS-2026-D00001", "RS-2026-00001-1", "RS-2026-00001", "属实", "看过", "甲、乙",
    )  # fmt: skip
    assert second.place == "第 4 行" and second.empty


def test_what_a_spreadsheet_makes_of_false_is_not_a_finding(tmp_path: Path) -> None:
    """A cell of the kind TRUE/FALSE stays what it is: no Chinese word."""
    (answer,) = read_answers(a_book(tmp_path / "a.xlsx", HEAD, [*ROW[:4], False, "看过", ""]))
    assert answer.finding not in ("不实", "")


def test_csv_and_json_say_the_same(tmp_path: Path) -> None:
    """GB18030 csv saved by Excel; a list of people in the json."""
    table = tmp_path / "a.csv"
    table.write_bytes("\n".join([",".join(HEAD), ",".join(ROW)]).encode("gb18030"))
    whole = tmp_path / "a.json"
    rows = [CHECK | {"inspectors": ["甲", "乙"]}]
    whole.write_text(json.dumps({"format": FORMAT, "checks": rows}, ensure_ascii=False), "utf-8-sig")
    (one,), (other,) = read_answers(table), read_answers(whole)
    assert one[1:] == other[1:] and other.place == "第 1 项"


def as_json(value: Any) -> Callable[[Path], Path]:
    """A file with this JSON."""

    def put(folder: Path) -> Path:
        path = folder / "a.json"
        path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
        return path

    return put


def a_pipe(folder: Path) -> Path:
    """A named pipe that nobody writes to: reading it would never end."""
    if not hasattr(os, "mkfifo"):
        return folder
    os.mkfifo(folder / "a.json")
    return folder / "a.json"


@pytest.mark.parametrize(
    ("put", "said"),
    [
        (lambda folder: folder / "没有.xlsx", "不存在"),
        (
            lambda folder: a_book(folder / "a.xlsx", HEAD[:4], ROW[:4]),
            "没有“核查结论”、“核查情况”、“核查人员”栏",
        ),
        (lambda folder: a_book(folder / "a.xlsx", HEAD), "一行核查也没有"),
        (as_json({"format": FORMAT, "checks": []}), "一行核查也没有"),
        (as_json({"checks": [CHECK]}), "不是工作单"),
        (as_json({"format": "gaozhi-assist/1", "checks": [CHECK]}), "不是工作单"),
        (as_json({"format": FORMAT, "checks": [CHECK | {"finding": False}]}), "第 1 项的 finding 应是文字"),
        (as_json({"format": FORMAT, "checks": [CHECK | {"number": 20260001}]}), "第 1 项的 number 应是文字"),
        (as_json({"format": FORMAT, "checks": ["x"]}), "第 1 项不是一个"),
        (as_json({"format": FORMAT, "checks": [CHECK | {"id": "\ud800"}]}), r"第 1 项的 id 含有看不见的字符"),
        (as_json({"format": FORMAT, "checks": [CHECK | {"evidence": "看\x00过"}]}), r"evidence 含有看不见"),
        (lambda folder: a_book(folder / "a.xlsx", [*HEAD, HEAD[4]], [*ROW, "不实"]), "有两栏“核查结论”"),
        (a_pipe, "不是普通文件"),
        (as_json("[1,"), "不是有效的 JSON"),
        (as_json('{"checks": [], "checks": []}'), "重复的键"),
    ],
)
def test_what_is_no_sheet_is_refused(tmp_path: Path, put: Callable[[Path], Path], said: str) -> None:
    """One sentence that names the file and what is wrong with it."""
    path = put(tmp_path)
    with pytest.raises(BadInput, match=said) as refused:
        read_answers(path)
    assert path.name in refused.value.message
