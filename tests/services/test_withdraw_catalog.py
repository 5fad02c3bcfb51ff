"""撤销还没有起用的清单版本 (通知五（一）): as a user does it, with what the ledger and the disk say after."""

from __future__ import annotations

import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.cli.test_errors import letter
from tests.conftest import Run

VERSION, BEGINS = "2099-01", "2099-01-01"


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
    again = run("catalog", "import", "清单.csv", "--version", VERSION, "--effective", "2099-02-01", "--yes")
    assert again.returncode == 0 and versions(run)[VERSION] == "一致"


def test_one_that_has_begun_stays(run: Run, imported: Path) -> None:
    """Letters may have been drawn up under it: exit 5, nothing changed, whatever day the act is dated."""
    done = run("catalog", "import", "清单.csv", "--version", "甲", "--effective", "2026-11-01", "--yes")
    assert done.returncode == 0, done.stderr
    for dated in ((), ("--as-of", "2026-10-01")):
        result = run("catalog", "withdraw", "甲", "--reason", "写错", *dated)
        assert result.returncode == 5 and "不能撤销" in result.stderr
    assert (imported.parent / "甲").is_dir()


def test_one_that_a_case_goes_by_stays(run: Run, home: Path, imported: Path) -> None:
    """A letter dated ahead was drawn up under it: the ids it speaks of stay what they are."""
    soon = str(date.today() + timedelta(days=60))
    done = run("catalog", "import", "清单.csv", "--version", "乙", "--effective", soon, "--yes")
    assert done.returncode == 0, done.stderr
    later = str(date.today() + timedelta(days=61))
    made = run(*letter(), "--as-of", later)
    assert made.returncode == 0, made.stderr
    result = run("catalog", "withdraw", "乙", "--reason", "写错")
    assert result.returncode == 5 and "不能撤销" in result.stderr and (imported.parent / "乙").is_dir()


def test_one_that_the_county_wrote_on_stays(run: Run, home: Path, tmp_path: Path) -> None:
    """What the county filled in for its new item would hang in the air: exit 3, the file is named."""
    table = tmp_path / "加一项.csv"
    assert run("catalog", "export", "-o", str(table)).returncode == 0
    office = "荥阳市气象局"
    with table.open("a", encoding="utf-8") as file:
        file.write(f"68,{office},虚构事项,居住证明,在线核查\r\n")
    done = run("catalog", "import", str(table), "--version", VERSION, "--effective", BEGINS, "--yes")
    assert done.returncode == 0, done.stderr
    (home / "catalog" / "items").mkdir(parents=True, exist_ok=True)
    filled = home / "catalog" / "items" / "qx.yaml"
    filled.write_text("office: QX\nitems:\n  - id: qx-68\n    code: X123\n", "utf-8")
    assert run("catalog", "list").returncode == 0
    refused = run("catalog", "withdraw", VERSION, "--reason", "写错")
    assert refused.returncode == 3 and "qx.yaml" in refused.stderr and "先改好" in refused.stderr
    filled.unlink()
    assert run("catalog", "withdraw", VERSION, "--reason", "写错").returncode == 0


def test_a_request_that_was_withdrawn_is_not_repeated(run: Run, imported: Path) -> None:
    """The same request again after the withdrawal: refused, nothing put in place."""
    asked = ("catalog", "import", "清单.csv", "--version", "丙", "--effective", "2099-03-01", "--yes")
    assert run(*asked, "--request-id", "r1").returncode == 0
    assert run("catalog", "withdraw", "丙", "--reason", "写错").returncode == 0
    again = run(*asked, "--request-id", "r1")
    assert again.returncode == 5 and "请求号" in again.stderr and not (imported.parent / "丙").exists()
    assert run(*asked, "--request-id", "r2").returncode == 0


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
