"""``gaozhi verify``: what is due, soonest first, re-planned with a reason, closed once with evidence."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.builders import ORGANIZATION
from tests.cli.test_errors import REFUSED, kept, letter, told
from tests.conftest import ROOT, Run

DUE = {
    "id", "number", "office", "item", "proof", "method", "due_on", "provisional", "overdue", "assignee",
}  # fmt: skip
BUILT: dict[str, Path] = {}


@pytest.fixture
def checks(run: Run, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The complete home with four open checks: dated, provisional, and one of an office of its own."""
    if "checks" not in BUILT:
        built = Path(
            shutil.copytree(ROOT / "tests" / "homes" / "complete", tmp_path_factory.mktemp("c") / "h")
        )
        form = {"form": ORGANIZATION}
        for args in (
            letter("--proof", "rs-14.1", "--proof", "rs-14.2", item="14", **form),
            letter(item="1", form=ORGANIZATION, site_address=""),
            ["commitment", "sign", "RS-2026-00001"],
            ["commitment", "sign", "MZ-2026-00001"],
            ["commitment", "accept", "RS-2026-00001", "--as-of", "2026-12-21"],
            ["commitment", "accept", "MZ-2026-00001"],
        ):
            result = run(*args, home=built)
            assert result.returncode == 0, result.stderr
        BUILT["checks"] = built
    return Path(shutil.copytree(BUILT["checks"], tmp_path / "checks"))


def due(run: Run, home: Path, *args: str) -> list[dict[str, Any]]:
    """What is due, as JSON."""
    result = run("verify", "due", *args, "--format", "json", home=home)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def test_what_is_due_has_the_promised_keys_and_order(run: Run, checks: Path) -> None:
    """Soonest first; working days of the county's period; beyond the published calendar 暂定."""
    rows = due(run, checks)
    assert all(set(row) >= DUE for row in rows)
    assert [(row["id"], row["due_on"], row["provisional"]) for row in rows] == [
        ("MZ-2026-00001-1", "2026-12-08", False),
        ("MZ-2026-00001-2", "2026-12-08", False),
        ("RS-2026-00001-1", "2027-01-11", True),
        ("RS-2026-00001-2", "2027-01-11", True),
    ]
    assert {row["method"] for row in rows} == {"online", "onsite"} and not any(row["overdue"] for row in rows)
    assert all(row["assignee"] is None and row["item"] and row["proof"] for row in rows)
    assert "2027-01-11（暂定）" in run("verify", "due", home=checks).stdout


def test_a_check_without_a_date_stands_last(run: Run, checks: Path) -> None:
    """未定期限 is listed, after everything with a date, and told where a limit hides it."""
    (checks / "catalog" / "parameters.yaml").unlink()
    for args in (
        letter("--proof", "rs-14.1", item="14", form=ORGANIZATION),
        ["commitment", "sign", "RS-2026-00002"],
        ["commitment", "accept", "RS-2026-00002"],
    ):
        assert run(*args, home=checks).returncode == 0
    rows = due(run, checks)
    assert [row["id"] for row in rows][-1] == "RS-2026-00002-1" and rows[-1]["due_on"] is None
    limited = run("verify", "due", "--within", "5", home=checks)
    assert "1 项未定期限" in limited.stderr and "RS-2026-00002" not in limited.stdout


FILTERS: list[tuple[list[str], int]] = [
    (["--dept", "人社局"], 2),
    (["--dept", "mzj", "--method", "online"], 2),
    (["--method", "现场核查"], 2),
    (["--method", "免于核查"], 0),
    (["--assignee", "李核查"], 0),
    (["--within", "9"], 0),
    (["--within", "10"], 2),
    (["--within", "40"], 4),
    (["--overdue"], 0),
    (["--overdue", "--as-of", "2026-12-08"], 0),
    (["--overdue", "--as-of", "2026-12-09"], 2),
    (["--within", "0", "--as-of", "2027-02-01"], 4),
]


@pytest.mark.parametrize(("args", "count"), FILTERS, ids=[" ".join(args) for args, _ in FILTERS])
def test_filters(run: Run, checks: Path, args: list[str], count: int) -> None:
    """Office, method, assignee, working days ahead, overdue as of a day."""
    assert len(due(run, checks, *args)) == count


def test_exit_code_tells_a_script_of_what_is_overdue(run: Run, checks: Path) -> None:
    """--exit-code: 5 when something is overdue, 0 otherwise; the rows say so themselves."""
    late = run("verify", "due", "--exit-code", "--as-of", "2026-12-09", "--format", "json", home=checks)
    assert late.returncode == 5 and [row["overdue"] for row in json.loads(late.stdout)] == [
        True, True, False, False,
    ]  # fmt: skip
    assert run("verify", "due", "--exit-code", home=checks).returncode == 0
    assert run("verify", "due", "--as-of", "2027-06-01", home=checks).returncode == 0


def test_a_listing_before_the_first_letter_is_empty(run: Run, home: Path) -> None:
    """[] and exit 0 without a ledger; nothing is made by looking."""
    assert due(run, home) == [] and kept(home) == {}


def test_a_date_is_set_and_changed_only_with_a_reason(run: Run, checks: Path) -> None:
    """One check by its id or all of a case by its number; the reason is journalled."""
    day = ["--as-of", "2026-12-21"]
    set_ = run("verify", "schedule", "RS-2026-00001-1", "--assignee", "李核查", *day, home=checks)
    assert set_.returncode == 0, "another person needs no reason"
    before = kept(checks)
    change = ["verify", "schedule", "RS-2026-00001", "--due", "2026-12-30", *day]
    assert "理由" in told(run(*change, home=checks), REFUSED) and kept(checks) == before
    changed = run(*change, "--reason", "当事人要求提前", "--format", "json", home=checks)
    rows = json.loads(changed.stdout)
    assert [(row["due_on"], row["provisional"]) for row in rows] == [("2026-12-30", False)] * 2
    assert [row["assignee"] for row in rows] == ["李核查", None]
    history = run("commitment", "history", "RS-2026-00001", "--format", "json", home=checks)
    assert json.loads(history.stdout)[-1]["reason"] == "当事人要求提前"
    assert [row["assignee"] for row in due(run, checks, "--assignee", "李核查")] == ["李核查"]


def test_a_day_that_the_office_sets_is_not_provisional(run: Run, checks: Path) -> None:
    """暂定 is what was reckoned on a calendar not yet published, never a day somebody chose."""
    args = ["verify", "schedule", "MZ-2026-00001", "--due", "2027-03-01", "--reason", "延期"]
    rows = json.loads(run(*args, "--format", "json", home=checks).stdout)
    assert [row["provisional"] for row in rows] == [False, False]


@pytest.mark.parametrize(
    ("word", "finding", "words"),
    [
        ("属实", "true", "办结"),
        ("false", "false", "终止办理"),
        ("未履行", "unfulfilled", "督促履行"),
    ],
)
def test_a_finding_says_what_follows(run: Run, checks: Path, word: str, finding: str, words: str) -> None:
    """Word or label; what the clauses foresee next is said, nothing is decided."""
    args = ["verify", "close", "MZ-2026-00001-1", "--finding", word, "--evidence", "登记信息比对"]
    closed = json.loads(run(*args, "--format", "json", home=checks).stdout)
    assert (closed["id"], closed["finding"]) == ("MZ-2026-00001-1", finding)
    assert isinstance(closed["next"], list) and words in "".join(closed["next"])
    assert "MZ-2026-00001-1" not in [row["id"] for row in due(run, checks)]
    shown = run("commitment", "show", "MZ-2026-00001", "--format", "json", home=checks)
    assert json.loads(shown.stdout)["status"] == "accepted"


def test_what_could_not_be_verified_is_checked_again(run: Run, checks: Path) -> None:
    """无法核实 ends one check and begins another without a date: the duty to check remains."""
    args = ["verify", "close", "MZ-2026-00001-1", "--finding", "无法核实", "--evidence", "系统查询不到"]
    assert run(*args, home=checks).returncode == 0
    again = [row for row in due(run, checks) if row["number"] == "MZ-2026-00001"]
    assert [(row["id"], row["due_on"]) for row in again] == [
        ("MZ-2026-00001-2", "2026-12-08"), ("MZ-2026-00001-3", None),
    ]  # fmt: skip
    assert again[1]["proof"] == "mz-01.1"


def test_a_false_promise_is_not_concluded(run: Run, checks: Path) -> None:
    """不实 before 办结: the case cannot simply be concluded; the clause is named."""
    args = ["verify", "close", "MZ-2026-00001-1", "--finding", "不实", "--evidence", "登记信息不符"]
    assert "终止办理" in run(*args, home=checks).stdout
    before = kept(checks)
    message = told(run("commitment", "conclude", "MZ-2026-00001", home=checks), REFUSED)
    assert "MZ-2026-00001-1" in message and "不实" in message and kept(checks) == before


def test_every_case_scheduled_has_it_in_its_history(run: Run, checks: Path) -> None:
    """Two cases in one command: each history tells of it; naming a check twice changes it once."""
    both = ["RS-2026-00001", "RS-2026-00001-1", "MZ-2026-00001"]
    args = ["verify", "schedule", *both, "--assignee", "李核查", "--as-of", "2026-12-21", "--format", "json"]
    rows = json.loads(run(*args, home=checks).stdout)
    assert sorted(row["id"] for row in rows) == [
        "MZ-2026-00001-1", "MZ-2026-00001-2", "RS-2026-00001-1", "RS-2026-00001-2",
    ]  # fmt: skip
    for number in ("RS-2026-00001", "MZ-2026-00001"):
        history = run("commitment", "history", number, "--format", "json", home=checks)
        assert json.loads(history.stdout)[-1]["act"] == "verify.schedule"


def test_after_the_conclusion_a_false_promise_means_revoking(run: Run, checks: Path) -> None:
    """终止办理 before 办结, 撤销行政决定 after it."""
    assert run("commitment", "conclude", "MZ-2026-00001", home=checks).returncode == 0
    args = ["verify", "close", "MZ-2026-00001-1", "--finding", "不实", "--evidence", "登记信息不符"]
    assert "撤销行政决定" in run(*args, home=checks).stdout


def test_a_check_is_closed_once(run: Run, checks: Path) -> None:
    """The second finding is refused and names the first; a closed check cannot be re-planned."""
    close = ["verify", "close", "MZ-2026-00001-1", "--finding", "属实", "--evidence", "比对一致"]
    assert run(*close, home=checks).returncode == 0
    before = kept(checks)
    message = told(run(*close[:4], "不实", *close[5:], home=checks), REFUSED)
    assert "属实" in message and "2026-11-24" in message
    args = ["verify", "schedule", "MZ-2026-00001-1", "--due", "2026-12-31"]
    assert "已有结论" in told(run(*args, home=checks), REFUSED)
    assert kept(checks) == before


def test_the_number_serves_where_one_check_is_open(run: Run, checks: Path) -> None:
    """Two open checks: an id is asked for; one left: the number will do."""
    close = ["verify", "close", "MZ-2026-00001", "--finding", "属实", "--evidence", "原件"]
    assert "MZ-2026-00001-2" in told(run(*close, home=checks), 2)
    assert run("verify", "close", "MZ-2026-00001-1", *close[3:], home=checks).returncode == 0
    assert json.loads(run(*close, "--format", "json", home=checks).stdout)["id"] == "MZ-2026-00001-2"


def test_evidence_is_sealed_and_a_file_is_named_by_its_digest(run: Run, checks: Path, tmp_path: Path) -> None:
    """Evidence may come from standard input; it never stands in clear in the ledger or the journal."""
    photo = tmp_path / "现场.jpg"
    photo.write_bytes(b"\xff\xd8 made up")
    args = ["verify", "close", "MZ-2026-00001-1", "--finding", "属实", "--evidence", "-"]
    args += ["--file", str(photo)]
    assert run(*args, home=checks, input="见到证书原件甲乙丙\n").returncode == 0
    assert "见到证书原件甲乙丙".encode() not in (checks / "ledger.db").read_bytes()
    history = run("commitment", "history", "MZ-2026-00001", "--format", "json", home=checks)
    detail = json.loads(history.stdout)[-1]["detail"]
    assert detail["files"] == [hashlib.sha256(photo.read_bytes()).hexdigest()]
    assert json.loads(run("ledger", "verify", "--format", "json", home=checks).stdout)["ok"] is True


def test_tsv_is_for_scripts(run: Run, checks: Path) -> None:
    """Keys in the first line, true and false, empty for what is not known."""
    lines = run("verify", "due", "--format", "tsv", home=checks).stdout.splitlines()
    head = lines[0].split("\t")
    rows = [dict(zip(head, line.split("\t"), strict=True)) for line in lines[1:]]
    assert [row["provisional"] for row in rows] == ["false", "false", "true", "true"]
    assert {row["assignee"] for row in rows} == {""} and {row["overdue"] for row in rows} == {"false"}
