"""``gaozhi verify pause|resume|extend``: what a clerk sees of a date that is moved."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.test_errors import REFUSED, kept, told
from tests.conftest import Run
from tests.storage.test_ledger_contract import THREE_CHECKS, Window

ID = "RS-2026-00001-1"
DECEMBER = ("--as-of", "2026-12-01")


def three_checks(folder: Path) -> Path:
    """The complete home with three open checks of one case, due 2026-12-15."""
    window = Window(folder / "county")
    number = window.letter("14", THREE_CHECKS)
    window.sign(number)
    window.accept(number)
    window.ledger.close()
    return window.home


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That home, made once."""
    return three_checks(tmp_path_factory.mktemp("checks"))


@pytest.fixture
def checks(built: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(built, tmp_path / "checks"))


def test_a_paused_check_is_listed_as_such_and_never_overdue(run: Run, checks: Path) -> None:
    """中止中 since which day, last in the list; no script is told that it is late."""
    done = run("verify", "pause", ID, "--reason", "等待法院裁判", *DECEMBER, home=checks)
    assert done.returncode == 0 and "中止中（2026-12-01 起）" in done.stdout
    late = run("verify", "due", "--as-of", "2027-06-01", "--exit-code", "--format", "json", home=checks)
    rows = json.loads(late.stdout)
    assert late.returncode == 5 and [row["overdue"] for row in rows] == [True, True, False]
    assert (rows[-1]["id"], rows[-1]["due_on"], rows[-1]["paused_on"]) == (ID, None, "2026-12-01")
    assert rows[-1]["why"].endswith("2026-12-01 起中止")
    assert "另有 1 项中止中" in run("verify", "due", "--within", "3", home=checks).stderr
    shown = run("commitment", "show", "RS-2026-00001", home=checks)
    assert "中止中（2026-12-01 起）" in shown.stdout
    back = ("verify", "resume", ID, "--as-of", "2026-12-08", "--format", "json")
    assert json.loads(run(*back, home=checks).stdout)["due_on"] == "2026-12-22"
    longer = ("verify", "extend", "rs-2026-1-1", "--days", "２", "--reason", "约期", *DECEMBER)
    assert "早于上一次" in told(run(*longer, home=checks), REFUSED)
    row = json.loads(run(*longer[:-1], "2026-12-09", "--format", "json", home=checks).stdout)
    assert (row["due_on"], row["why"].count("延长 2 个工作日")) == ("2026-12-24", 1)
    history = run("commitment", "history", "RS-2026-00001", home=checks).stdout
    assert all(words in history for words in ("中止核查期限", "恢复核查期限", "延长核查期限", "等待法院裁判"))


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["pause", ID], 2, "缺少 --reason"),
        (["pause", ID, "--reason", " "], 2, "缺少 --reason"),
        (["pause", ID, "--reason", "410182199001010030 的案件"], 3, "证件号码"),
        (["pause", "RS-2026-00001", "--reason", "等待"], 2, "请指明一项"),
        (["pause", "RS-2026-00009", "--reason", "等待"], 4, "RS-2026-00009"),
        (["resume", ID], 5, "没有中止"),
        (["extend", ID, "--reason", "约期"], 2, "缺少 --days"),
        (["extend", ID, "--days", "0", "--reason", "约期"], 2, "1 至 999"),
        (["extend", ID, "--days", "-3", "--reason", "约期"], 2, "1 至 999"),
        (["extend", ID, "--days", "三", "--reason", "约期"], 2, "1 至 999"),
        (["pause", ID, "--reason", "等待", "--as-of", "2026-12-16"], 5, "已逾期"),
    ],
)
def test_what_is_refused(run: Run, built: Path, args: list[str], code: int, words: str) -> None:
    """One sentence, the documented exit code, nothing written."""
    before = kept(built)
    assert words in told(run("verify", *args, home=built), code)
    assert kept(built) == before
