"""``gaozhi verify calendar|show|recompute``: the dates for other programs, one check in full, a new year."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from icalendar import Calendar

from tests.builders import CITIZEN, ORGANIZATION, flags
from tests.cli.test_errors import kept, told
from tests.cli.test_verify_clock import three_checks
from tests.conftest import Run

NUMBER = "RS-2026-00001"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The complete home with three open checks, due 2026-12-15, made once."""
    return three_checks(tmp_path_factory.mktemp("checks"))


@pytest.fixture
def checks(built: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(built, tmp_path / "checks"))


def test_the_calendar_holds_the_dates_and_nothing_personal(run: Run, checks: Path, tmp_path: Path) -> None:
    """One event a check, the same UID after a change; whole, and not over another file unasked."""
    out = tmp_path / "核查期限.ics"
    args = ("verify", "calendar", "--out", str(out))
    assert run("verify", "pause", f"{NUMBER}-3", "--reason", "等待", home=checks).returncode == 0
    made = run(*args, home=checks)
    assert made.returncode == 0 and "2 项核查期限；没有日期的不在内：1 项中止中" in made.stderr
    text = out.read_text("utf-8").replace("\r\n ", "")
    events = Calendar.from_ical(out.read_bytes()).walk("VEVENT")
    assert {event["dtstart"].dt.isoformat() for event in events} == {"2026-12-15"}
    assert not any(ORGANIZATION[key] in text for key in ("name", "uscc", "contact", "phone", "address"))
    assert "15 个工作日" in text and f"{NUMBER}-1 现场核查" in text
    assert run(*args, home=checks).returncode == 0, "the same day, the same bytes"
    change = (
        "verify",
        "schedule",
        f"{NUMBER}-1",
        "--due",
        "2026-12-30",
        "--reason",
        "约定",
        "--assignee",
        "李核查",
    )
    assert run(*change, home=checks).returncode == 0
    before = out.read_bytes()
    assert "已存在" in told(run(*args, home=checks), 2) and out.read_bytes() == before
    assert run(*args, "--yes", "--assignee", "李核查", home=checks).returncode == 0
    (moved,) = Calendar.from_ical(out.read_bytes()).walk("VEVENT")
    assert moved["dtstart"].dt.isoformat() == "2026-12-30"
    assert str(moved["uid"]) in {str(event["uid"]) for event in events}


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        ([], 2, "缺少 --out"),
        (["--out", "没有的目录/x.ics"], 7, "写不了"),
        (["--out", "x.ics", "--method", "电话"], 2, "--method"),
        (["--out", "x.ics", "--dept", "无此局"], 4, "没有单位"),
    ],
)
def test_a_calendar_that_cannot_be_written(
    run: Run, built: Path, args: list[str], code: int, words: str, tmp_path: Path
) -> None:
    """One sentence, nothing left behind."""
    assert words in told(run("verify", "calendar", *args, home=built), code)
    assert not list(tmp_path.glob("*.ics"))


def test_before_the_first_letter_the_calendar_is_empty(run: Run, home: Path, tmp_path: Path) -> None:
    """Nothing is due where there is no ledger, and none is made."""
    out = tmp_path / "x.ics"
    assert run("verify", "calendar", "--out", str(out), home=home).returncode == 0
    assert Calendar.from_ical(out.read_bytes()).walk("VEVENT") == [] and kept(home) == {}


def test_one_check_in_full(run: Run, checks: Path) -> None:
    """Why this date, what has moved it, by what standard; machines get every column."""
    for args in (
        ("verify", "pause", f"{NUMBER}-1", "--reason", "等待"),
        ("verify", "resume", f"{NUMBER}-1", "--as-of", "2026-11-30"),
        ("verify", "close", f"{NUMBER}-2", "--finding", "属实", "--evidence", "核对原件"),
    ):
        assert run(*args, home=checks).returncode == 0
    shown = run("verify", "show", f"{NUMBER}-1", home=checks).stdout
    assert "期限的由来\t15 个工作日，示例县核查办法（虚构）；中止 2026-11-24 至 2026-11-30" in shown
    assert "2026-11-30 恢复" in shown and "核查标准" in shown
    row = json.loads(run("verify", "show", f"{NUMBER}-2", "--format", "json", home=checks).stdout)
    assert (row["finding"], row["state"], row["period"], row["overdue"]) == ("true", "closed", 15, False)
    assert "请指明一项" in told(run("verify", "show", NUMBER, home=checks), 2)


def test_the_calendar_of_next_year_arrives(run: Run, checks: Path) -> None:
    """A faulty one is refused by its place; the right one moves what rested on it, told old and new."""
    longer = ("verify", "extend", f"{NUMBER}-1", "--days", "20", "--reason", "约期")
    assert run(*longer, home=checks).returncode == 0
    assert "2027-01-12（暂定）" in run("verify", "due", home=checks).stdout
    still = run("verify", "recompute", home=checks)
    assert still.returncode == 0 and "仍暂定 1 项" in still.stderr
    year = checks / "catalog" / "holidays.yaml"
    year.write_text(
        "years:\n  - {year: '2027', status: 公布, source: 虚构, holidays: [2026-01-01]}\n", "utf-8"
    )
    assert "holidays.yaml:2" in told(run("verify", "recompute", home=checks), 3)
    year.write_text(
        "years:\n  - {year: '2027', status: 公布, source: 虚构, holidays: ['2027-01-01', '2027-01-04']}\n",
        "utf-8",
    )
    before = kept(checks)
    tried = run("verify", "recompute", "--dry-run", "--format", "json", home=checks)
    assert kept(checks) == before
    done = run("verify", "recompute", "--format", "json", home=checks)
    assert json.loads(done.stdout) == json.loads(tried.stdout) == [
        {
            "id": f"{NUMBER}-1", "number": NUMBER, "before": "2027-01-12", "after": "2027-01-14",
            "moved": True, "provisional": False, "overdue": False,
        }
    ]  # fmt: skip
    assert "期限移动 1 项，不再暂定 1 项，仍暂定 0 项" in done.stderr
    history = run("commitment", "history", NUMBER, home=checks).stdout
    assert "重算暂定期限" in history and "2027-01-12 改为 2027-01-14" in history


def test_why_a_period_is_shorter_is_said_at_acceptance(run: Run, complete_home: Path) -> None:
    """通知五（三）: the credit of who promised counts; the clerk reads by how much and by which rule."""
    who = CITIZEN["id_number"]
    new = ("letter", "new", "--item", "16", "--proof", "sb-16.1", "--consent", *flags(CITIZEN))
    made = run(*new, home=complete_home)
    assert made.returncode == 0, made.stderr
    record = ("--kind", "曾作出虚假承诺", "--decided-on", "2026-01-05", "--source", "示罚〔2026〕1号")
    for args in (
        ("commitment", "sign", "SB-2026-00001"),
        ("credit", "record", who, *record),
        ("credit", "repair", "C2026-00001", "--source", "示修〔2026〕1号", "--on", "2026-06-01"),
    ):
        done = run(*args, home=complete_home)
        assert done.returncode == 0, done.stderr
    accepted = run("commitment", "accept", "SB-2026-00001", home=complete_home)
    assert "核查期限已缩短，申请人曾有虚假承诺记录，10 个工作日按 50% 计" in accepted.stderr
    row = json.loads(run("verify", "due", "--format", "json", home=complete_home).stdout)[0]
    assert row["due_on"] == "2026-12-01" and "按 50% 计" in row["why"]
