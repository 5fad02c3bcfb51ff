"""``gaozhi verify schedule --from`` and ``assign``: many checks from a table or standard input."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
import xlsxwriter

from tests.cli.test_errors import kept, told
from tests.cli.test_verify_clock import three_checks
from tests.conftest import Run

NUMBER = "RS-2026-00001"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The complete home with three open checks, made once."""
    return three_checks(tmp_path_factory.mktemp("checks"))


@pytest.fixture
def checks(built: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(built, tmp_path / "checks"))


def state(run: Run, home: Path) -> dict[str, tuple[str, str]]:
    """Date and person of each open check."""
    rows = json.loads(run("verify", "due", "--format", "json", home=home).stdout)
    return {row["id"]: (row["due_on"], row["assignee"]) for row in rows}


def test_the_same_table_as_csv_xlsx_ndjson_and_from_a_pipe(run: Run, checks: Path, tmp_path: Path) -> None:
    """Headings in any order, dates as people type them, ids as they come; twice adds nothing."""
    rows = [["核查人", "核查号", "备注", "期限"], ["李核查", "rs-2026-1-1", "甲", "2026/12/31"],
            ["", f"{NUMBER}-2", "", "2026年12月30日"]]  # fmt: skip
    (tmp_path / "安排.csv").write_text("\n".join(map(",".join, rows)), "gb18030")
    book = xlsxwriter.Workbook(str(tmp_path / "安排.xlsx"))
    sheet = book.add_worksheet()
    for n, row in enumerate(rows):
        sheet.write_row(n, 0, row)
    book.close()
    lines = [
        {"id": f"{NUMBER}-1", "due": "2026-12-31", "assignee": "李核查"},
        {"核查": f"{NUMBER}-2", "期限": "2026-12-30"},
    ]
    text = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    wanted = {f"{NUMBER}-1": ("2026-12-31", "李核查"), f"{NUMBER}-2": ("2026-12-30", None),
              f"{NUMBER}-3": ("2026-12-15", None)}  # fmt: skip
    why = ("--reason", "年底安排", "--format", "json")
    done = run("verify", "schedule", "--from", str(tmp_path / "安排.csv"), *why, home=checks)
    assert json.loads(done.stdout) == {"checks": 2, "changed": 2, "entries": 1}, done.stderr
    assert state(run, checks) == wanted
    before = kept(checks)
    for args, piped in (
        (str(tmp_path / "安排.xlsx"), None),
        ("-", text),
        ("-", "\n".join(map("\t".join, rows))),
    ):
        again = run("verify", "schedule", "--from", args, *why, home=checks, input=piped)
        assert json.loads(again.stdout)["changed"] == 0, again.stderr
    assert kept(checks) == before
    history = run("commitment", "history", NUMBER, home=checks).stdout
    assert "成批定期限" in history and f"{NUMBER}-1 2026-12-31 李核查" in history


def test_ids_alone_with_the_flags_for_all(run: Run, checks: Path) -> None:
    """One id a line; ``assign`` names the person and leaves the dates."""
    ids = f"{NUMBER}-1\n{NUMBER}-3\n"
    done = run("verify", "assign", "--from", "-", "--assignee", "王核查", home=checks, input=ids)
    assert done.returncode == 0, done.stderr
    assert state(run, checks) == {
        f"{NUMBER}-1": ("2026-12-15", "王核查"), f"{NUMBER}-2": ("2026-12-15", None),
        f"{NUMBER}-3": ("2026-12-15", "王核查"),
    }  # fmt: skip
    one = run("verify", "assign", f"{NUMBER}-2", "--assignee", "李核查", "--format", "json", home=checks)
    assert [row["assignee"] for row in json.loads(one.stdout)] == ["李核查"]


@pytest.mark.parametrize(
    ("args", "piped", "code", "words"),
    [
        (["schedule", "--from", "-"], f"核查号,期限\n{NUMBER}-1,2026-02-30\n,2026-12-31\nX,2026-12-31\n", 3,
         ["没有“2026-02-30”这一天", "第 3 行 没有核查号", "第 4 行 所写的不是核查号", "一项也没有改"]),
        (["schedule", "--from", "-", "--due", "2026-12-31"], f"{NUMBER}\n", 3, ["成批改期要写核查号"]),
        (["schedule", "--from", "-"], f"{NUMBER}-1\n", 3, ["没有期限，也没有核查人"]),
        (["schedule", "--from", "-"], f"{NUMBER}-1,2026-12-31\n{NUMBER}-2,2026-12-30\n", 5,
         [f"{NUMBER}-1 原定", f"{NUMBER}-2 原定", "一项也没有改"]),
        (["schedule", "--from", "-"], f"{NUMBER}-9,2026-12-31\n", 3, [f"台账里没有核查 {NUMBER}-9"]),
        (["schedule", "--from", "-"], '{"id": "RS-2026-00001-1", "due": \n', 3, ["不是有效的 JSON"]),
        (["schedule", "--from", "-"], "", 3, ["空文件"]),
        (["schedule", "--from", "-"], f'{{"id": "{NUMBER}-1", "assignee": "\\ud800"}}', 3,
         ["第 1 行 含有看不见的字符"]),
        (["schedule", "--from", "-"], f"核查号,期限日期,期限\n{NUMBER}-1,2026-12-31,2026-12-30\n", 3,
         ["第 2 行 C2 和前面的一栏写得不一样"]),
        (["schedule", "--from", os.devnull], "", 3, ["不是普通文件"]),
        (["schedule", "--from", "没有.csv"], None, 3, ["没有.csv"]),
        (["schedule", NUMBER, "--from", "-", "--due", "2026-12-31"], "", 2, ["两样只写一样"]),
        (["assign", "--from", "-"], f"{NUMBER}-1\n", 3, ["没有核查人"]),
        (["assign", NUMBER], None, 2, ["--assignee"]),
        (["assign", "--from", "-", "--assignee", "李13800000000"], f"{NUMBER}-1\n", 3, ["核查人"]),
    ],
)  # fmt: skip
def test_what_is_refused(
    run: Run,
    built: Path,
    args: list[str],
    piped: str | None,
    code: int,
    words: list[str],
) -> None:
    """All that is wrong at once, by row; nothing is written."""
    before = kept(built)
    message = told(run("verify", *args, home=built, input=piped), code)
    assert all(word in message for word in words), message
    assert kept(built) == before
