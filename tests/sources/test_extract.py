"""Extracts as offices get them: read in one pass, and never believed where they cannot be relied on."""

from __future__ import annotations

import os
import tracemalloc
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from gaozhi_cli.domain.problem import BadInput, SourceUnavailable
from gaozhi_cli.domain.registers import Limits, Source
from gaozhi_cli.domain.vocabulary import Compared, Held
from gaozhi_cli.sources.extract import ExtractRegister
from gaozhi_cli.storage import table_csv
from gaozhi_cli.storage.extract_file import ExtractFile
from tests.builders import an_id_number
from tests.sources.registers import PEOPLE, TODAY, a_source, asked, claims, outcomes

HEAD = ["序号", "身份证号", "姓名", "状态"]
ROWS = [
    ["1", PEOPLE["c1"][0], "测试甲", "正常"],
    ["2", PEOPLE["c2"][0].lower(), " 测试 乙", "正常"],
    ["3", PEOPLE["c3"][0], "另一人", "停保"],
    ["4", PEOPLE["c4"][0], "测试丁", "正常"],
    ["5", PEOPLE["c4"][0], "测试丁", "正常"],
    ["6", PEOPLE["c5"][0], "测试戊", ""],
    ["7", "", "没有号码的", "正常"],
]
SAID = {
    "c1": "match", "c2": "match", "c3": "mismatch", "c4": "ambiguous", "c5": "mismatch", "c6": "not-found",
    "c7": "not-found",
}  # fmt: skip


def csv_file(path: Path, rows: list[list[str]] = ROWS, encoding: str = "gb18030", head: Any = HEAD) -> Path:
    """A csv as an office exports it."""
    path.write_bytes("\r\n".join(map(",".join, [head, *rows])).encode(encoding) + b"\r\n")
    return path


def a_register(path: Path, source: Source | None = None) -> ExtractRegister:
    """The register in a file."""
    source = source or a_source()
    return ExtractRegister(source, lambda: ExtractFile(path, source.columns, dated=source.dated))


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig"])
def test_a_csv_in_the_encodings_of_offices(tmp_path: Path, encoding: str) -> None:
    """Seven people: equal, spelt otherwise, another name, two rows, an empty field, nobody."""
    answers = asked(a_register(csv_file(tmp_path / "参保.csv", encoding=encoding)))
    assert outcomes(answers) == SAID
    assert answers["c3"].fields == (("姓名", Held.DIFFERS), ("状态", Held.DIFFERS))
    assert answers["c5"].fields == (("姓名", Held.SAME), ("状态", Held.ABSENT))
    assert answers["c6"].fields == () and answers["c1"].receipt is not None
    assert answers["c1"].receipt.endswith(":2/6") and (answers["c4"].receipt or "").endswith(":5,6/6")


def test_what_was_seen_is_told(tmp_path: Path) -> None:
    """The digest of the bytes, rows with a number, the day in the name, rows passed over."""
    path = csv_file(tmp_path / "参保20261120.csv")
    register = a_register(path, a_source(dated="文件名"))
    seen = register.check(claims(), float("inf"), TODAY).seen
    assert seen is not None
    assert (seen.rows, seen.as_of, seen.notes) == (6, "2026-11-20", ("1 行没有号码，没有比对",))
    told = register.probe()
    assert "6 行" in told[0] and "重复的 1 行" in told[1]


def xlsx_file(path: Path, number: Any = None) -> Path:
    """The same as a workbook with a title above the headings; one number stored as a number."""
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("参保")
        sheet.write_row(0, 0, ["参保人员（虚构）"])
        sheet.write_row(1, 0, HEAD)
        for n, row in enumerate(ROWS, 2):
            sheet.write_row(n, 0, row)
            sheet.write_number(n, 0, n - 1)
        if number is not None:
            sheet.write_number(len(ROWS) + 2, 1, number)
    return path


def test_an_xlsx(tmp_path: Path) -> None:
    """The same answers as from the csv; a short number that is a float is a number all the same."""
    assert outcomes(asked(a_register(xlsx_file(tmp_path / "参保.xlsx")))) == SAID
    assert outcomes(asked(a_register(xlsx_file(tmp_path / "短号.xlsx", 1001.0)))) == SAID


LOST = [
    (lambda p: xlsx_file(p / "a.xlsx", float(PEOPLE["c6"][0])), "B10"),
    (lambda p: csv_file(p / "a.csv", [*ROWS, ["8", "4.10182E+17", "测试己", "正常"]]), "B9"),
    (lambda p: csv_file(p / "a.csv", [*ROWS, ["8", "410182199001010000", "测试己", "正常"]]), "B9"),
    (lambda p: csv_file(p / "a.csv", [*ROWS, ["8", PEOPLE["c6"][0], "测试,己", "正常"]]), "E9"),
]


@pytest.mark.parametrize(("write", "cell"), LOST, ids=["float", "scientific", "rounded", "comma"])
def test_one_number_that_is_spoilt_spoils_the_extract(tmp_path: Path, write: Any, cell: str) -> None:
    """That row could be anybody's, so nobody is said not to be there; the cell is named, not its text."""
    with pytest.raises(BadInput, match="没有比对") as told:
        asked(a_register(write(tmp_path)))
    assert [problem.field for problem in told.value.problems] == [cell]
    assert "4101" not in str(told.value) + str(told.value.problems)


def test_a_rounded_number_is_told_by_its_check_digit(tmp_path: Path) -> None:
    """One that really ends in 000 is read."""
    rows = [["1", an_id_number("41018219900101900"), "某人", "正常"]]
    assert outcomes(asked(a_register(csv_file(tmp_path / "a.csv", rows)), "c1")) == {"c1": "not-found"}


def test_a_field_that_is_spoilt_is_no_answer_about_that_person(tmp_path: Path) -> None:
    """Scientific notation in a compared field: a bad answer for the one, the others are compared."""
    rows = [["1", PEOPLE["c1"][0], "4.1E+17", "正常"], ["2", PEOPLE["c2"][0], "测试乙", "正常"]]
    answers = asked(a_register(csv_file(tmp_path / "a.csv", rows)), "c1", "c2")
    assert outcomes(answers) == {"c1": "bad-answer", "c2": "match"} and answers["c1"].receipt is None


@pytest.mark.parametrize(
    ("head", "words"),
    [(["序号", "证号", "姓名", "状态"], "身份证号"), (["身份证号", "身份证号", "姓名", "状态"], "两栏")],
)
def test_headings_are_as_declared(tmp_path: Path, head: list[str], words: str) -> None:
    """One is missing, or there twice: which column to read is never guessed."""
    with pytest.raises(BadInput, match=words):
        asked(a_register(csv_file(tmp_path / "a.csv", head=head)))


def test_an_extract_grows_old_and_is_never_of_tomorrow(tmp_path: Path) -> None:
    """Older than the county lets it be: unavailable, as if it were not there; later than the act: refused."""
    path = csv_file(tmp_path / "参保2026-11-10.csv")
    source = a_source(dated="文件名", limits=Limits(max_age=14))
    assert asked(a_register(path, source))["c1"].as_of == "2026-11-10"
    with pytest.raises(SourceUnavailable, match="14 天") as told:
        asked(a_register(path, source), today=date(2026, 11, 25))
    assert told.value.problems[0].code == Compared.STALE.value
    with pytest.raises(BadInput, match="晚于"):
        asked(a_register(path, source), today=date(2026, 11, 9))
    with pytest.raises(BadInput, match="文件名里没有日期"):
        asked(a_register(csv_file(tmp_path / "参保.csv"), source))
    os.utime(path, (1_793_000_000, 1_793_000_000))
    register = a_register(path, a_source(dated="修改日期", limits=Limits(max_age=60)))
    assert (asked(register)["c1"].as_of or "").startswith("2026-10-2")


def test_a_record_may_tell_its_own_day(tmp_path: Path) -> None:
    """Fresh, too old, of a day to come, unreadable: only the fresh one is compared."""
    days = ["2026-11-20", "2026/11/1", "20261201", "去年"]
    rows = [[str(n), PEOPLE[f"c{n}"][0], PEOPLE[f"c{n}"][1], "正常", day] for n, day in enumerate(days, 1)]
    source = a_source(dated_column="更新", limits=Limits(max_age=7))
    answers = asked(
        a_register(csv_file(tmp_path / "a.csv", rows, head=[*HEAD, "更新"]), source),
        *["c1", "c2", "c3", "c4"],
    )
    assert list(outcomes(answers).values()) == ["match", "stale", "bad-answer", "bad-answer"]
    assert answers["c1"].as_of == "2026-11-20"


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    """The digest is taken before and after."""
    path = csv_file(tmp_path / "a.csv")
    table = ExtractFile(path, a_source().columns)
    with pytest.raises(BadInput, match="被改动"):
        for _ in table.records():
            csv_file(path, ROWS[:2])


@pytest.mark.parametrize("batch", [1, 2, 3, 2000])
def test_rows_are_told_by_the_line_they_begin_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    """However many are read at a time: cells over several lines, blank lines, a title, a row cut short."""
    monkeypatch.setattr(table_csv, "BATCH", batch)
    path = tmp_path / "a.csv"
    number = {check: person[0] for check, person in PEOPLE.items()}
    path.write_text(
        f"参保人员\n{','.join(HEAD)}\n1,{number['c1']},测试甲,\"正\n\r\n常\"\n\n"
        f"2,{number['c2']},测试乙,正常\n3,{number['c3']}\n4,{number['c4'].lower()},测试丁,正常\n"
        f"5,{number['c4']},测试丁,正常\n", "utf-8", newline="",
    )  # fmt: skip
    answers = asked(a_register(path), "c1", "c2", "c3", "c4")
    places = [(answer.receipt or "").partition(":")[2] for answer in answers.values()]
    assert places == ["3/5", "7/5", "8/5", "9,10/5"]
    assert list(outcomes(answers).values()) == ["match", "match", "mismatch", "ambiguous"]
    with path.open("a", encoding="utf-8") as opened:
        opened.write(f'6,{number["c5"]},"测试戊,正常\n7,x,y,z\n')
    with pytest.raises(BadInput, match="第 11 行"):
        asked(a_register(path))


def test_memory_does_not_grow_with_the_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four times as many rows take no more memory."""
    monkeypatch.setattr(table_csv, "CHUNK", 8192)
    peaks = []
    for rows in (4_000, 16_000):
        path = tmp_path / f"{rows}.csv"
        lines = (f"{n},B{n:07},某人,正常\n" for n in range(rows))
        path.write_text(",".join(HEAD) + "\n" + "".join(lines), "utf-8")
        tracemalloc.start()
        assert set(outcomes(asked(a_register(path))).values()) == {"not-found"}
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.2


def test_a_pass_that_takes_too_long_is_broken_off(tmp_path: Path) -> None:
    """After the deadline nothing is said of anybody."""
    path = tmp_path / "a.csv"
    path.write_text(",".join(HEAD) + "\n" + f"1,{PEOPLE['c1'][0]},测试甲,正常\n" * 200, "utf-8")
    assert set(outcomes(asked(a_register(path), seconds=-1)).values()) == {"timeout"}
