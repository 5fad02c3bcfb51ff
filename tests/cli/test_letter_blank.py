"""``gaozhi letter blank``: 格式文本 for the hall and the web site, as an office runs it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.cli import test_letter
from tests.cli.test_errors import ABSENT, NOT_READY, REFUSED, USAGE, told
from tests.conftest import ROOT, Run

KEYS = ["item", "no", "office", "matter", "file", "sha256", "version", "changed", "warnings"]


def listing(run: Run, *args: str, **kept: Any) -> list[dict[str, Any]]:
    """What ``letter blank`` answers, as JSON."""
    result = run("letter", "blank", "--out", "文本", "--format", "json", *args, **kept)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def test_all_items_get_a_file_and_a_row(run: Run, home: Path, tmp_path: Path) -> None:
    """67 files and a manifest with their digests; the listing has the promised keys; no ledger is made."""
    rows = listing(run, "--all")
    assert len(rows) == 67 and all(list(row) == KEYS for row in rows)
    assert rows[63]["item"] == "sc-64" and rows[63]["no"] == "64" and rows[63]["changed"] is True
    assert {"code", "message", "clause", "field"} == set(rows[63]["warnings"][0])
    manifest = {
        row["item"]: row for row in json.loads((tmp_path / "文本" / "manifest.json").read_text())["blanks"]
    }
    for row in rows:
        digest = hashlib.sha256((tmp_path / row["file"]).read_bytes()).hexdigest()
        assert row["sha256"] == digest == manifest[row["item"]]["sha256"]
        assert row["version"] == manifest[row["item"]]["version"]
    assert len(list((tmp_path / "文本").iterdir())) == 68
    assert not (home / "ledger.db").exists() and not (home / "letters").exists()
    assert not any(row["changed"] for row in listing(run, "--all"))


def test_what_is_read_on_paper(run: Run, home: Path, tmp_path: Path) -> None:
    """The matter and the office are printed; boxes, names, number and promise are open."""
    listing(run, "--item", "失业登记")
    text = test_letter.read(tmp_path / "文本" / "rs-08.docx")
    assert "（一）行政事项名称：失业登记" in text and "☐ 1. 申请人为公民" in text
    assert any(line.startswith("编号：____") for line in text)
    assert "☐ 2. 申请人为法人或其他组织" in text and not any("☑" in line for line in text)
    assert any("【刑满释放、假释、监外执行】" in line for line in text)


def test_the_offices_decisions_are_ticked(run: Run, complete_home: Path, tmp_path: Path) -> None:
    """In the complete county 可否代为承诺 and 是否公开 are decided."""
    listing(run, "--item", "14", home=complete_home)
    text = test_letter.read(tmp_path / "文本" / "rs-14.docx")
    assert len([line for line in text if "☑" in line]) == 2
    assert any("现场地址：____" in line for line in text)


def test_an_offices_own_items(run: Run, home: Path) -> None:
    """--dept: 各部门 make their own (通知五（一）)."""
    rows = listing(run, "--dept", "rsj")
    assert {row["office"] for row in rows} == {"RS"} and len(rows) == 14


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["--out", "x"], USAGE, "--item"),
        (["--all"], USAGE, "--out"),
        (["--all", "--out", ""], USAGE, "--out"),
        (["--all", "--item", "64", "--out", "x"], USAGE, "只能写一种"),
        (["--item", "公司", "--out", "x"], USAGE, "用序号指明"),
        (["--item", "没有的事", "--out", "x"], ABSENT, "没有事项"),
        (["--dept", "税务局", "--out", "x"], ABSENT, "没有单位"),
        (["--all", "--out", "x", "--as-of", "2021-01-01"], ABSENT, "没有生效的事项"),
        (["--all", "--out", "file"], NOT_READY, "不是文件夹"),
        (["--all", "--out", "file/x"], NOT_READY, "建不了文件夹"),
    ],
)
def test_what_cannot_be_done_is_said(
    run: Run, home: Path, tmp_path: Path, args: list[str], code: int, words: str
) -> None:
    """One sentence, the way out, and no folder."""
    (tmp_path / "file").write_text("x")
    assert words in told(run("letter", "blank", *args), code)
    assert not (tmp_path / "x").exists()


def test_a_formal_county_makes_none_with_gaps(run: Run, home: Path, tmp_path: Path) -> None:
    """formal: 是 refuses, naming each gap once with its rows."""
    (home / "catalog").mkdir()
    (home / "catalog" / "county.yaml").write_text("formal: 是\n", "utf-8")
    message = told(run("letter", "blank", "--all", "--out", "x"), REFUSED)
    assert "formal" in message and message.count("未填设定证明的依据") == 1 and "等共 67 项" in message
    assert not (tmp_path / "x").exists()


def test_a_strange_file_needs_yes(run: Run, home: Path, tmp_path: Path) -> None:
    """Refused as a whole; with --yes replaced."""
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "sc-64.docx").write_text("别人的")
    message = told(run("letter", "blank", "--all", "--out", "x"), USAGE)
    assert "--yes" in message and "sc-64.docx" in message
    assert [path.read_text() for path in (tmp_path / "x").iterdir()] == ["别人的"]
    assert run("letter", "blank", "--all", "--out", "x", "--yes").returncode == 0
    assert zipfile.is_zipfile(tmp_path / "x" / "sc-64.docx")


def test_a_dry_run_writes_nothing(run: Run, home: Path, tmp_path: Path) -> None:
    """It lists what would be written."""
    rows = listing(run, "--item", "64", "--dry-run")
    assert rows[0]["changed"] is True and not (tmp_path / "文本").exists()


def test_a_run_that_is_killed_leaves_whole_files(run: Run, home: Path, tmp_path: Path) -> None:
    """kill -9 in the middle: every file is whole, there is no manifest yet; again, and all is there."""
    folder = tmp_path / "文本"
    command = [sys.executable, "-m", "gaozhi_cli", "letter", "blank", "--all", "--out", str(folder)]
    environment = os.environ | {
        "GAOZHI_HOME": str(home),
        "GAOZHI_AS_OF": "2026-11-24",
        "PYTHONPATH": str(ROOT),
    }
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while len(list(folder.glob("*.docx"))) < 3 and time.monotonic() < until:
        time.sleep(0.005)
    process.kill()
    process.wait(60)
    found = list(folder.glob("*.docx"))
    assert 3 <= len(found) < 67 and not (folder / "manifest.json").exists()
    for path in found:
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
    rows = listing(run, "--all")
    assert sum(not row["changed"] for row in rows) == len(found)
    assert len(list(folder.glob("*.docx"))) == 67 and (folder / "manifest.json").exists()


def test_progress_is_for_a_terminal_only(run: Run, home: Path, tmp_path: Path) -> None:
    """In a pipe no counter; on a terminal one line that is gone at the end."""
    result = run("letter", "blank", "--all", "--out", "文本")
    assert "正在制作" not in result.stderr and "\r" not in result.stderr + result.stdout
    assert "已写 67 份" in result.stderr
    pytest.importorskip("pty", reason="没有伪终端（pty）")
    from tests.cli.test_terminal import terminal

    with terminal(home, "letter", "blank", "--all", "--out", "格式文本") as at:
        at.see("正在制作 67/67\r\x1b[K")
        assert at.end() == 0
    with terminal(home, "letter", "blank", "--item", "64", "--out", "另一处") as at:
        assert at.end() == 0 and "正在制作" not in at.screen
