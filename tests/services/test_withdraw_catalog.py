"""撤销还没有起用的清单版本 (通知五（一）): as a user does it, with what the ledger and the disk say after."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import Run

VERSION, BEGINS = "2027-01", "2027-01-01"


@pytest.fixture
def imported(run: Run, home: Path, tmp_path: Path) -> Path:
    """A home with a version that has not begun; its folder."""
    assert run("catalog", "export", "-o", "清单.csv").returncode == 0
    done = run("catalog", "import", "清单.csv", "--version", VERSION, "--effective", BEGINS, "--yes")
    assert done.returncode == 0, done.stderr
    return home / "catalog" / "versions" / VERSION


def versions(run: Run) -> dict[str, str | None]:
    """What ``catalog versions`` says of each version's files."""
    rows = json.loads(run("catalog", "versions", "--format", "json").stdout)
    return {row["version"]: row["journalled"] for row in rows}


def test_a_version_that_has_not_begun_is_taken_back(run: Run, imported: Path) -> None:
    """The files go, the journal says who and why, and the name may be used again."""
    assert versions(run) == {"2021-10-11": None, VERSION: "一致"}
    done = run("catalog", "withdraw", VERSION, "--reason", "起用日期写错")
    assert done.returncode == 0 and "已撤销" in done.stderr
    assert not imported.exists() and versions(run) == {"2021-10-11": None}
    assert run("ledger", "verify").returncode == 0
    again = run("catalog", "import", "清单.csv", "--version", VERSION, "--effective", "2027-02-01", "--yes")
    assert again.returncode == 0 and versions(run)[VERSION] == "一致"


def test_one_that_has_begun_stays(run: Run, imported: Path) -> None:
    """Letters may have been drawn up under it: exit 5, nothing changed."""
    result = run("catalog", "withdraw", VERSION, "--reason", "写错", "--as-of", BEGINS)
    assert result.returncode == 5 and "不能撤销" in result.stderr and imported.is_dir()


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("2021-10-11", "--reason", "写错"), 4),
        (("没有", "--reason", "写错"), 4),
        ((VERSION,), 2),
        ((VERSION, "--reason", "身份证号 410182199001010030 的人要求"), 3),
    ],
)
def test_what_cannot_be_taken_back(run: Run, imported: Path, args: tuple[str, ...], code: int) -> None:
    """The first version, an unknown one, no reason, a reason with somebody's number."""
    result = run("catalog", "withdraw", *args)
    assert result.returncode == code and imported.is_dir() and "错误" in result.stderr


def test_a_trial_changes_nothing(run: Run, imported: Path, home: Path) -> None:
    """--dry-run: neither the files nor the journal."""
    before = json.loads(run("ledger", "info", "--format", "json").stdout)["entries"]
    assert run("catalog", "withdraw", VERSION, "--reason", "试", "--dry-run").returncode == 0
    after = json.loads(run("ledger", "info", "--format", "json").stdout)["entries"]
    assert imported.is_dir() and before == after


def test_what_a_crash_left_is_finished_by_running_it_again(run: Run, imported: Path, tmp_path: Path) -> None:
    """Journalled, but the files still there: said so, and the same command takes them away."""
    kept = tmp_path / "kept"
    shutil.copytree(imported, kept)
    assert run("catalog", "withdraw", VERSION, "--reason", "写错").returncode == 0
    shutil.copytree(kept, imported)
    assert "已撤销，文件还在" in str(versions(run)[VERSION])
    assert run("catalog", "withdraw", VERSION, "--reason", "写错").returncode == 0
    assert not imported.exists()
