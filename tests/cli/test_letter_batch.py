"""``gaozhi letter batch``: every row checked first, each done once, and a table's every trick survived."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from tests.batches import HEADINGS, a_table, command, nothing_personal, whole
from tests.builders import CITIZEN, TABLE_FIELDS, applicants, flags
from tests.cli.test_errors import BAD, NOT_READY, REFUSED, USAGE, kept, told
from tests.cli.test_letter import AGENT, HARD_NAME, read
from tests.conftest import Run
from tests.storage.test_ledger_contract import entries

SOME_FAILED = 9


def answer(run: Run, *args: str, code: int = 0, **kept: Any) -> list[dict[str, Any]]:
    """What the batch answers, as JSON."""
    done = run(*args, "--format", "json", **kept)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def with_a_ledger(run: Run, home: Path, tmp_path: Path) -> dict[str, bytes]:
    """A ledger with a letter in it; all files of the home as they are."""
    assert run("letter", "new", "--item", "64", *flags(CITIZEN)).returncode == 0
    return kept(home)


# What a table may be


def as_xlsx(path: Path, rows: list[dict[str, str]]) -> Path:
    """A workbook under the form's own words, a title above."""
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("名单")
    sheet.write_string(0, 0, "申请人名册")
    for place, field in enumerate(TABLE_FIELDS):
        sheet.write_string(1, place, HEADINGS[field])
        for n, row in enumerate(rows, start=2):
            sheet.write_string(n, place, row[field])
    book.close()
    return path


def as_ndjson(path: Path, rows: list[dict[str, str]]) -> Path:
    """A row a line."""
    kept = ({key: value for key, value in row.items() if value} for row in rows)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept), "utf-8")
    return path


@pytest.mark.parametrize("kind", ["xlsx", "ndjson", "utf-8", "utf-8-sig", "gb18030"])
def test_a_letter_a_row_from_each_kind_of_table(run: Run, home: Path, tmp_path: Path, kind: str) -> None:
    """Number, row of the file, path; names and numbers to the last digit on the paper of that row."""
    rows = list(applicants(12))
    if kind == "xlsx":
        table, first = as_xlsx(tmp_path / "申请人.xlsx", rows), 3
    elif kind == "ndjson":
        table, first = as_ndjson(tmp_path / "申请人.ndjson", rows), 1
    else:
        table, first = a_table(tmp_path / "申请人.csv", rows, kind), 2
    done = run(*command(table), "--format", "json")
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    assert [list(result) for result in results] == [
        ["row", "status", "status_label", "number", "docx", "problems"]
    ] * 12
    assert [result["row"] for result in results] == list(range(first, first + 12))
    assert {(result["status"], *result["problems"]) for result in results} == {("drawn-up",)}
    assert "共 12 行：新制作 12 份，在 out" in done.stderr
    paths = whole(home, 12, tmp_path / "out")
    assert [Path(result["docx"]) for result in results] == paths
    for path, row in zip(paths, rows, strict=True):
        lines = read(path)
        for value in (row["name"], row["id_number"] or row["uscc"], row["phone"]):
            assert any(line.endswith(f"：{value}") for line in lines)
    nothing_personal(done.stdout + done.stderr, rows)
    nothing_personal(str([list(entry.values()) for entry in entries(home / "ledger.db")]), rows)


def test_the_same_rows_in_another_dress_are_the_same_rows(run: Run, home: Path, tmp_path: Path) -> None:
    """Columns turned, blanks, width, another kind of file, another order: nothing is done twice."""
    rows = list(applicants(11))
    assert run(*command(a_table(tmp_path / "a.csv", rows))).returncode == 0
    before = kept(home)
    dressed = [
        row
        | {
            "name": f" {row['name'][:1]}　{row['name'][1:]} ",
            "statement": row["statement"].replace("1", "１"),
            "id_number": row["id_number"].lower(),
            "phone": row["phone"].replace("1", "１"),
        }
        for row in rows
    ]
    tables = [
        a_table(tmp_path / "b.csv", reversed(dressed), "gb18030", reversed(TABLE_FIELDS)),
        as_xlsx(tmp_path / "c.xlsx", dressed),
    ]
    for table in tables:
        results = answer(run, *command(table, out="elsewhere"))
        assert {result["status"] for result in results} == {"already"}
        assert {Path(result["docx"]).parent.name for result in results} == {"out"}
    assert answer(run, *command(tables[0]))[0]["number"] == "SC-2026-00011"
    assert {name: data for name, data in kept(home).items() if name != "letters"} == before
    more = run(*command(a_table(tmp_path / "d.csv", 14)))
    assert (more.returncode, "新制作 3 份，先前已制作 11 份" in more.stderr) == (0, True)
    whole(home, 14, tmp_path / "out")


def test_another_round_has_a_request_id_of_its_own(run: Run, home: Path, tmp_path: Path) -> None:
    """The same rows once more where another --request-id says so; each round is known again."""
    table = a_table(tmp_path / "a.csv", 3)
    for round_ in ((), ("--request-id", "二轮"), ("--request-id", "二轮"), ("--request-id", "三轮"), ()):
        assert run(*command(table, *round_)).returncode == 0
    whole(home, 9, tmp_path / "out")
    assert run(*command(table, "--request-id", CITIZEN["id_number"])).returncode == BAD


def test_an_item_for_each_row(run: Run, home: Path, tmp_path: Path) -> None:
    """The column 事项 wins over --item; each office counts by itself; files go to one folder each run."""
    rows = [row | {"item": "64" if n % 2 else "sc-65"} for n, row in enumerate(applicants(4))]
    rows[2]["item"] = ""
    table = a_table(tmp_path / "a.csv", rows, fields=("item", *TABLE_FIELDS))
    results = answer(run, "letter", "batch", str(table), "--item", "sc-64", "--no-public")
    shown = json.loads(run("commitment", "list", "--format", "json").stdout)
    assert [case["item"] for case in shown] == ["sc-65", "sc-64", "sc-64", "sc-64"]
    assert Path(results[0]["docx"]).parent == home / "letters" / "SC" / "2026"
    rows[3]["item"] = "没有这样的事项"
    table = a_table(tmp_path / "b.csv", rows, fields=("item", *TABLE_FIELDS))
    message = told(run("letter", "batch", str(table), "--no-public"), BAD)
    assert "没有事项“没有这样的事项”" in message and "1 行（第 5 行）" in message
    assert "未填行政事项" in message and "1 行（第 4 行）" in message
    assert run(*command(table, item="没有")).returncode == 4


# Before anything is numbered


BAD_ROWS: dict[str, tuple[dict[str, str], str]] = {
    "checksum": ({"id_number": "410182199001010031"}, "校验码"),
    "control character": ({"statement": "自有\x07房屋"}, "U+0007"),
    "tab": ({"statement": "自有\t房屋"}, "U+0009"),
    "right-to-left": ({"name": "测试\u202e甲"}, "U+202E"),
    "too long": ({"name": "长" * 2001}, "超过 2000 字"),
    "no promise": ({"statement": ""}, "承诺"),
    "two people in one": ({"uscc": "91410182MA0000001X"}, "统一社会信用代码"),
    "agent": ({"agent_name": "测试丙", "agent_id_number": AGENT["agent_id_number"],
               "authorization": "特别授权"}, "代为承诺"),
    "number as Excel leaves it": ({"id_number": "4.10182E+17"}, "存成数字"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD_ROWS)
def test_one_bad_row_stops_all_of_them(run: Run, home: Path, tmp_path: Path, fault: str) -> None:
    """Exit 3 with kind and row, ledger and home byte-identical, no folder; the values are not told."""
    before = with_a_ledger(run, home, tmp_path)
    change, words = BAD_ROWS[fault]
    rows = list(applicants(6))
    rows[4] |= change
    message = told(run(*command(a_table(tmp_path / "a.csv", rows), "--result", "r.csv")), BAD)
    assert "6 行中有 1 行有误，一份也没有制作" in message and words in message and "第 6 行" in message
    assert kept(home) == before
    assert not (tmp_path / "out").exists() and not (tmp_path / "r.csv").exists()
    nothing_personal(message, rows)


def test_bad_rows_are_skipped_where_that_is_asked(run: Run, home: Path, tmp_path: Path) -> None:
    """Exit 9; the good rows are done; each bad row stands in its place with its reasons, in files too."""
    rows = list(applicants(20))
    for place, (change, _) in enumerate(BAD_ROWS.values(), start=3):
        rows[place] |= change
    rows.append(rows[0] | {"name": rows[0]["name"] + " "})
    table = a_table(tmp_path / "a.csv", rows)
    results = answer(run, *command(table, "--keep-going", "--result", "r.ndjson"), code=SOME_FAILED)
    assert [result["row"] for result in results] == list(range(2, 23))
    assert [json.loads(line) for line in (tmp_path / "r.ndjson").read_text("utf-8").splitlines()] == results
    faulty = [result for result in results if result["status"] == "faulty"]
    assert [result["row"] for result in faulty] == [*range(5, 5 + len(BAD_ROWS)), 22]
    assert all(result["number"] is None and result["problems"] for result in faulty)
    for result, (_, words) in zip(faulty, BAD_ROWS.values(), strict=False):
        assert words in str(result["problems"])
    assert "与第 2 行相同" in faulty[-1]["problems"][0]["message"]
    whole(home, 20 - len(BAD_ROWS), tmp_path / "out")
    nothing_personal(str(faulty), rows)
    again = run(*command(table, "--keep-going"))
    assert again.returncode == SOME_FAILED
    assert f"先前已制作 {20 - len(BAD_ROWS)} 份，有误跳过 {len(faulty)} 行" in again.stderr
    only_bad = run(*command(a_table(tmp_path / "b.csv", rows[3:6]), "--keep-going", out="none"))
    assert only_bad.returncode == SOME_FAILED


def test_a_formal_countys_gaps_refuse_the_whole_table(run: Run, home: Path, tmp_path: Path) -> None:
    """Exit 5 before any number; the gaps are named once, not for each row."""
    (home / "catalog").mkdir()
    (home / "catalog" / "county.yaml").write_text("formal: 是\n", "utf-8")
    done = run(*command(a_table(tmp_path / "a.csv", 5)))
    message = told(done, REFUSED)
    assert "formal" in message and message.count("设定证明的依据") == 1
    assert not (home / "ledger.db").exists() and not list(tmp_path.rglob("*-2026-*.docx"))


def test_a_proof_that_is_excluded_is_a_problem_of_its_row(run: Run, home: Path, tmp_path: Path) -> None:
    """A proof of another item, and one that the item does not let be promised."""
    rows = [row | {"proof": "sc-64.1"} for row in applicants(3)]
    rows[1]["proof"] = "sc-65.1"
    table = a_table(tmp_path / "a.csv", rows, fields=("proof", *TABLE_FIELDS))
    message = told(run(*command(table)), BAD)
    assert "第 3 行" in message and "1 行有误" in message


def test_dry_run_writes_nothing(run: Run, home: Path, tmp_path: Path) -> None:
    """Neither a ledger nor a folder nor a result file; it says what would be done and what is wrong."""
    rows = list(applicants(5))
    rows[1] |= {"id_number": "410182199001010031"}
    table = a_table(tmp_path / "a.csv", rows)
    args = command(table, "--dry-run", "--keep-going", "--result", "r.csv")
    before = kept(home)
    results = answer(run, *args, code=SOME_FAILED)
    assert [(result["row"], result["status"]) for result in results] == [(3, "faulty")]
    assert kept(home) == before and {p.name for p in tmp_path.iterdir()} == {"home", "a.csv"}
    before = with_a_ledger(run, home, tmp_path)
    done = run(*args)
    assert "可以制作 4 份，有误 1 行" in done.stderr
    assert kept(home) == before


# The result


def test_results_keep_the_order_of_the_rows_in_every_format(run: Run, home: Path, tmp_path: Path) -> None:
    """json, ndjson, csv on stdout and csv, xlsx in a file: the same rows, parseable, nothing else."""
    rows = list(applicants(8))
    rows[6] |= {"name": '=HYPERLINK("http://example.invalid")', "id_number": "410182199001010031"}
    rows.insert(3, rows[5] | {"name": rows[5]["name"] + "\x07"})
    table = a_table(tmp_path / "a.csv", rows)
    first = answer(run, *command(table, "--keep-going", "--result", "r.xlsx"), code=SOME_FAILED)
    for format_ in ("ndjson", "csv"):
        done = run(*command(table, "--keep-going", "--result", "r.csv"), "--format", format_)
        assert done.returncode == SOME_FAILED
        if format_ == "ndjson":
            listed = [json.loads(line) for line in done.stdout.splitlines()]
        else:
            listed = list(csv.DictReader(io.StringIO(done.stdout.removeprefix("\ufeff"))))
        keys = [key for key in ("row", "行") if key in listed[0]]
        assert [int(row[keys[0]]) for row in listed] == [row["row"] for row in first] == [*range(2, 11)]
    text = (tmp_path / "r.csv").read_text("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(text)))) == 10
    assert not re.search(r'(^|,)"?[=+@\t]', text, re.MULTILINE)
    from python_calamine import CalamineWorkbook

    sheet = CalamineWorkbook.from_path(str(tmp_path / "r.xlsx")).get_sheet_by_index(0).to_python()
    assert [int(row[0]) for row in sheet[1:]] == [*range(2, 11)]
    nothing_personal(text + str(sheet), rows)


def test_what_a_spreadsheet_would_run_is_text_in_the_letter_and_the_result(
    run: Run, home: Path, tmp_path: Path
) -> None:
    """Names that are formulas, markup, tags, rare characters, 500 long: exactly so on paper."""
    names = [
        "A&B<公司>", "{{ 7*7 }}", "𠮷田㛃", "长" * 500, "=HYPERLINK(1)", "@SUM", "../../x", "CON", "-rf",
        "张三:1", HARD_NAME, "</w:t></w:r></w:p>", "甲[/]", "甲  乙", "{% raw %}", "%s", "甲\\", "“甲”", "é̂",
    ]  # fmt: skip
    rows = [
        row | {"name": name, "statement": f"承诺 {name[:400]} 属实"}
        for row, name in zip(applicants(len(names)), names, strict=True)
    ]
    rows = [row for row in rows if row["id_number"]]
    names = [row["name"] for row in rows]
    table = as_ndjson(tmp_path / "a.ndjson", rows)
    results = answer(run, *command(table, "--result", "r.csv"))
    paths = whole(home, len(rows), tmp_path / "out")
    for result, path, name in zip(results, paths, names, strict=True):
        lines = read(path)
        assert f"姓名：{name}" in lines, name
        assert any(f"承诺 {name[:400]} 属实" in line for line in lines), name
        assert Path(result["docx"]).name == f"{result['number']}.docx"
    nothing_personal(str(results), rows)


def test_the_result_is_never_written_over_the_table(run: Run, home: Path, tmp_path: Path) -> None:
    """Whatever its name: the table itself, a link to it, -o; a wrong ending or folder; no number."""
    table = a_table(tmp_path / "a.csv", 3)
    data = table.read_bytes()
    (tmp_path / "link.csv").symlink_to(table)
    os.link(table, tmp_path / "hard.csv")
    for name, code in (
        ("a.csv", USAGE), ("link.csv", USAGE), ("hard.csv", USAGE), ("./out/../a.csv", USAGE),
        ("r.txt", USAGE), ("none/r.csv", NOT_READY),
    ):  # fmt: skip
        told(run(*command(table, "--result", name)), code)
    for name in ("a.csv", "link.csv"):
        told(run(*command(table, "--yes", "-o", name, "--format", "csv")), USAGE)
    (tmp_path / "there.csv").write_text("anything", "utf-8")
    told(run(*command(table, "-o", "there.csv", "--format", "csv")), USAGE)
    assert table.read_bytes() == data
    assert not list(tmp_path.rglob("*-2026-*.docx"))
    listed = run("commitment", "list", "--format", "json")
    assert json.loads(listed.stdout or "[]") == []


def test_history_shows_both_entries_of_a_letter(run: Run, home: Path, tmp_path: Path) -> None:
    """Each letter of a batch was drawn up and made, by the operator named."""
    table = a_table(tmp_path / "a.csv", 3)
    assert run(*command(table, "--operator", "批量甲", "--told", "纸质")).returncode == 0
    for n in (1, 3):
        shown = run("commitment", "history", f"SC-2026-0000{n}", "--format", "json")
        history = json.loads(shown.stdout)
        assert [entry["act"] for entry in history] == ["letter.draw-up", "letter.make"]
        assert {entry["operator"] for entry in history} == {"批量甲"}
        nothing_personal(shown.stdout, applicants(3))


def test_the_flags_of_the_command(run: Run, home: Path, tmp_path: Path) -> None:
    """Wrong counts of processes, a sheet in a csv, no file: told before anything is read or numbered."""
    table = a_table(tmp_path / "a.csv", 2)
    for jobs in ("0", "-1", "65", "x", "1.5", "２"):
        told(run(*command(table, "--jobs", jobs)), USAGE)
    told(run(*command(table, "--sheet", "名单")), BAD)
    told(run(*command(tmp_path / "none.csv")), BAD)
    told(run(*command(tmp_path)), BAD)
    told(run(*command(table, "--told", "电话")), USAGE)
    assert not (home / "ledger.db").exists()
    assert run(*command(table, "--jobs", "3")).returncode == 0
    whole(home, 2, tmp_path / "out")


def test_a_template_that_is_none_refuses_before_any_number(run: Run, home: Path, tmp_path: Path) -> None:
    """The county's own template is broken: exit 8."""
    (home / "templates").mkdir()
    (home / "templates" / "commitment_letter.docx").write_bytes(b"PK\x03\x04 no document")
    told(run(*command(a_table(tmp_path / "a.csv", 2))), 8)
    assert not (home / "ledger.db").exists()
    shutil.rmtree(home / "templates")
    assert run(*command(tmp_path / "a.csv")).returncode == 0


# At a terminal, and without one


def test_a_bar_at_a_terminal_and_none_in_a_pipe(run: Run, home: Path, tmp_path: Path) -> None:
    """Drawn while it works and wiped; many rows are summed up in a line, few are listed; a pipe gets none."""
    from tests.cli.test_terminal import terminal

    table = a_table(tmp_path / "a.csv", 1200)
    with terminal(home, *command(table, "--jobs", "1", out=tmp_path / "out")) as at:
        assert at.end() == 0
        screen = at.screen
    assert re.search(r"\r\x1b\[K正在制作 \[█*·*\] \d+/1200，还需约 \d+ 秒", screen)
    *_, last = screen.split("正在制作")
    assert re.search(r"秒\r\x1b\[K提示：[^\r\n]*\r\n共 1200 行：新制作 1200 份，在 ", last), last
    assert "SC-2026-00001" not in screen
    with terminal(home, *command(a_table(tmp_path / "b.csv", 3), out=tmp_path / "out")) as at:
        assert at.end() == 0
        assert "SC-2026-00003" in at.screen and "先前已制作 3 份" in at.screen
    piped = run(*command(a_table(tmp_path / "c.csv", 1500), "--jobs", "1"))
    assert piped.returncode == 0 and not re.search(r"[\r\x1b█]", piped.stdout + piped.stderr)
    assert len(piped.stdout.splitlines()) == 1501


def test_a_reader_that_leaves_early_is_told_what_stands(run: Run, home: Path, tmp_path: Path) -> None:
    """``| head``: the pipe closes, the batch stops, says so, and goes on when it is run again."""
    import subprocess
    import sys

    from tests.conftest import ROOT

    table = a_table(tmp_path / "a.csv", 1500)
    environment = os.environ | {"GAOZHI_HOME": str(home), "PYTHONPATH": str(ROOT)}
    environment |= {"GAOZHI_AS_OF": "2026-11-24"}
    batch = [sys.executable, "-m", "gaozhi_cli", *command(table, "--jobs", "1")]
    with subprocess.Popen(
        batch, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdout is not None and running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        said = running.stderr.read().decode()
        assert running.wait(100) == NOT_READY
    assert "结果没有输出完" in said and re.search(r"已制作 \d+ 份", said) and "Traceback" not in said
    assert run(*command(table)).returncode == 0
    whole(home, 1500, tmp_path / "out")
