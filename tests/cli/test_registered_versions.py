"""Imported versions as the ledger knows them: what is lost, changed, left out or asked for differently."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.test_errors import letter
from tests.conftest import Run

BEGUN = ("--version", "甲", "--effective", "2026-11-01", "--yes")


@pytest.fixture
def begun(run: Run, home: Path) -> Path:
    """A home with an imported version in force; its folder."""
    assert run("catalog", "export", "--wide", "-o", "清单.csv").returncode == 0
    done = run("catalog", "import", "清单.csv", *BEGUN)
    assert done.returncode == 0, done.stderr
    return home / "catalog" / "versions" / "甲"


def test_nothing_is_drawn_up_under_an_older_list(run: Run, begun: Path, tmp_path: Path) -> None:
    """The version in force is lost: no letter goes by the one before it; put back, it goes on."""
    kept = tmp_path / "kept"
    shutil.move(begun, kept)
    lost = run(*letter())
    assert lost.returncode == 7 and "甲" in lost.stderr and "备份" in lost.stderr
    assert json.loads(run("commitment", "list", "--format", "json").stdout) == []
    for published in (("letter", "blank", "--item", "64"), ("catalog", "guide", "64")):
        refused = run(*published, "--out", "发布")
        assert refused.returncode == 7 and "甲" in refused.stderr
    assert run("catalog", "export", "-o", "清单.docx").returncode == 7
    shutil.move(kept, begun)
    assert run(*letter()).returncode == 0


def test_a_newer_version_takes_the_place_of_a_lost_one(run: Run, begun: Path) -> None:
    """Neither backup nor table is left: another version from a later day lets work go on."""
    shutil.rmtree(begun)
    dated = ("--version", "乙", "--effective", "2026-11-02", "--yes")
    done = run("catalog", "import", "清单.csv", *dated)
    assert done.returncode == 0 and "甲 登记过" in done.stderr and "更早的 2021-10-11" in done.stderr
    assert run(*letter()).returncode == 0


def test_a_case_of_a_lost_version_waits(run: Run, begun: Path) -> None:
    """It is accepted by the 清单 it began with or not at all."""
    number = json.loads(run(*letter(), "--format", "json").stdout)["number"]
    assert run("commitment", "sign", number).returncode == 0
    shutil.rmtree(begun)
    dated = ("--version", "乙", "--effective", "2026-11-02", "--yes")
    assert run("catalog", "import", "清单.csv", *dated).returncode == 0
    refused = run("commitment", "accept", number)
    assert refused.returncode == 7 and "甲" in refused.stderr and "备份" in refused.stderr


def test_files_changed_by_hand_are_told_at_the_window(run: Run, begun: Path) -> None:
    """Not as they were journalled: the act goes on, the administrator is to look."""
    path = begun / "items" / "rs.yaml"
    path.write_text(path.read_text("utf-8") + "# 改过\n", "utf-8")
    done = run(*letter())
    assert done.returncode == 0 and "被改动过" in done.stderr


def test_an_item_written_beside_the_version_is_told(run: Run, home: Path, begun: Path) -> None:
    """The county writes a new item into its own YAML after an import: it has no effect, and that is said."""
    folder = home / "catalog" / "items"
    folder.mkdir(exist_ok=True)
    proof = "{id: qx-70.1, name: 居住证明, method: 在线核查}"
    (folder / "qx.yaml").write_text(
        f"office: QX\nitems:\n  - id: qx-70\n    no: '70'\n    matter: 虚构事项\n    proofs: {proof}\n",
        "utf-8",
    )
    assert "qx-70" in run("catalog", "check").stderr and "qx-70" in run("catalog", "versions").stderr
    shown = run("catalog", "show", "70")
    assert shown.returncode == 5 and "catalog import" in shown.stderr


def test_the_same_file_with_other_options_is_another_request(run: Run, begun: Path) -> None:
    """It is not said to be done already: the name is taken, and nothing changes."""
    asked = ("catalog", "import", "清单.csv", *BEGUN)
    assert "没有改动" in run(*asked).stderr
    other = run(*asked, "--title", "另一个标题")
    assert other.returncode == 3 and "已经有了" in other.stderr


def test_a_day_before_the_first_version_is_refused(run: Run, begun: Path) -> None:
    """A year mistyped."""
    dated = ("--version", "旧", "--effective", "2002-01-01", "--yes")
    result = run("catalog", "import", "清单.csv", *dated)
    assert result.returncode == 3 and "2021-10-11" in result.stderr and "年份" in result.stderr


def edited(folder: Path, **cells: str) -> Path:
    """The wide sheet with cells of row 7 typed over."""
    import csv

    path = folder / "清单.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    for heading, text in cells.items():
        rows[7][rows[0].index(heading)] = text
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def test_every_changed_cell_is_shown_in_a_pipe(run: Run, begun: Path, tmp_path: Path) -> None:
    """What a trial shows to a script is what it shows on a terminal."""
    edited(tmp_path, 联系方式="0371-00000000")
    trial = ("catalog", "import", "清单.csv", "--version", "丁", "--effective", "2099-01-01", "--dry-run")
    assert "联系方式：（空） → 0371-00000000" in run(*trial).stdout
    rows = json.loads(run(*trial, "--format", "json").stdout)
    told = {row["id"]: row["changes"] for row in rows if row["change"] == "changed"}
    assert told == {"rs-07": ["联系方式：（空） → 0371-00000000"]}


def test_a_renamed_row_can_be_compared(run: Run, begun: Path, tmp_path: Path) -> None:
    """A wide sheet with another name of the same id: the name is what changed."""
    edited(tmp_path, 行政事项名称="改了的名称")
    result = run("catalog", "diff", "甲", "清单.csv", "--format", "json")
    assert result.returncode == 0, result.stderr
    assert [(row["item"], row["field"], row["new"]) for row in json.loads(result.stdout)] == [
        ("rs-07", "matter", "改了的名称")
    ]


def test_items_still_to_come_are_in_the_wide_sheet(run: Run, begun: Path, tmp_path: Path) -> None:
    """An item from a later day goes out and comes in again: nothing is said to end."""
    edited(tmp_path, 施行日期="2099-06-01")
    dated = ("--version", "丁", "--effective", "2026-11-10", "--yes")
    assert run("catalog", "import", "清单.csv", *dated).returncode == 0
    shown = run("catalog", "show", "7")
    assert shown.returncode == 5 and "自 2099-06-01 起施行" in shown.stderr
    assert run("catalog", "export", "--wide", "-o", "再来.csv").returncode == 0
    trial = ("--version", "戊", "--effective", "2026-11-20", "--dry-run")
    again = run("catalog", "import", "再来.csv", *trial)
    assert "取消 0 项、改动 0 项" in again.stderr


def test_a_damaged_index_is_made_anew_at_once(run: Run, home: Path, begun: Path) -> None:
    """Its pages overwritten: the same command answers, from the YAML."""
    before = run("catalog", "list")
    kept = list(home.rglob("catalog-*.db"))
    assert kept
    for path in kept:
        data = path.read_bytes()
        path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))
    assert run("catalog", "list").stdout == before.stdout
