"""``gaozhi ledger backup|restore|journal`` as an administrator uses them, and other programs that read."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from gaozhi_cli.storage.sqlite.journal_mode import wal_loses
from tests.cli import test_errors
from tests.cli.test_errors import NOT_READY, USAGE, kept, letter, told
from tests.cli.test_terminal import terminal
from tests.conftest import Run

office = test_errors.office  # the fixture: SC-2026-00001 drawn up, RS-2026-00001 accepted


def digest(path: Path) -> str:
    """What a file holds."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def info(run: Run, home: Path, *more: str) -> dict[str, str]:
    """``ledger info``."""
    return dict(json.loads(run("ledger", "info", "--format", "json", *more, home=home).stdout))


def backup(run: Run, home: Path, *more: str) -> dict[str, str]:
    """``ledger backup``."""
    done = run("ledger", "backup", "--format", "json", *more, home=home)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_the_drill_of_the_handbook(run: Run, office: Path, tmp_path: Path) -> None:
    """docs/ledger.md step by step: back up, lose the ledger, restore, verify with the anchor, go on."""
    done = run("ledger", "backup", "--out", str(tmp_path), "--format", "json", home=office)
    made = json.loads(done.stdout)
    assert made["anchor"] in done.stderr and "keys" in done.stderr and "另存" in done.stderr
    assert (made["sha256"], made["verified"]) == (digest(Path(made["path"])), True)
    assert made["anchor"] == info(run, office)["anchor"] and made["entries"] == info(run, office)["entries"]
    (office / "ledger.db").unlink()
    assert "ledger restore" in told(run("commitment", "sign", "SC-2026-00001", home=office), NOT_READY)
    restored = run("ledger", "restore", made["path"], "--anchor", made["anchor"], "--format", "json",
                   home=office)  # fmt: skip
    row = json.loads(restored.stdout)
    assert restored.returncode == 0, restored.stderr
    assert (row["backup_anchor"], row["lost"], row["present"]) == (made["anchor"], "0", "missing")
    checked = run("ledger", "verify", "--anchor", made["anchor"], "--format", "json", home=office)
    assert json.loads(checked.stdout)["anchor"] == row["anchor"]
    assert run("commitment", "sign", "SC-2026-00001", home=office).returncode == 0


def test_what_would_be_lost_is_said_and_confirmed(run: Run, office: Path, tmp_path: Path) -> None:
    """In a pipe: refused with the number of entries unless --yes; nothing is deleted."""
    made = backup(run, office, "--out", str(tmp_path / "台账.db"))
    assert run(*letter(), home=office).returncode == 0
    before = kept(office)
    message = told(run("ledger", "restore", made["path"], home=office), USAGE)
    assert "多 2 条流水" in message and "SC-2026-00002" in message and "--yes" in message
    assert kept(office) == before
    tried = run("ledger", "restore", made["path"], "--dry-run", "--format", "json", home=office)
    assert (tried.returncode, json.loads(tried.stdout)["lost"], kept(office)) == (0, "2", before)
    done = run("ledger", "restore", made["path"], "--yes", "--format", "json", home=office)
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)
    assert Path(row["replaced"]).read_bytes() == before["ledger.db"]
    assert row["skipped_numbers"] == ["到 SC-2026-00002 为止"]
    again = json.loads(run(*letter(), "--format", "json", home=office).stdout)
    assert again["number"] == "SC-2026-00003"


@pytest.mark.skipif(os.name != "posix", reason="没有伪终端")
def test_on_a_terminal_it_is_asked(run: Run, office: Path, tmp_path: Path) -> None:
    """否 leaves everything; 是 restores."""
    made = backup(run, office, "--out", str(tmp_path / "台账.db"))
    assert run(*letter(), home=office).returncode == 0
    before = digest(office / "ledger.db")
    with terminal(office, "ledger", "restore", made["path"]) as at:
        at.answer(("用备份恢复吗", "否"))
        assert at.end() == USAGE
    assert digest(office / "ledger.db") == before
    with terminal(office, "ledger", "restore", made["path"]) as at:
        at.answer(("用备份恢复吗", "是"))
        assert at.end() == 0
    assert digest(office / "ledger.db") != before


def test_where_a_backup_goes(run: Run, office: Path, tmp_path: Path) -> None:
    """<home>/backups by default; a folder, a file; no folder of that name; a name taken; on trial nothing."""
    first = backup(run, office)
    assert Path(first["path"]).parent == office / "backups"
    assert Path(backup(run, office, "--out", str(tmp_path / "甲.db"))["path"]) == tmp_path / "甲.db"
    before = kept(office)
    told(run("ledger", "backup", "--out", str(tmp_path / "甲.db"), home=office), NOT_READY)
    told(run("ledger", "backup", "--out", str(tmp_path / "没有" / "乙.db"), home=office), NOT_READY)
    tried = run("ledger", "backup", "--dry-run", home=office)
    assert (tried.returncode, "试运行" in tried.stderr, kept(office)) == (0, True, before)
    message = told(run("ledger", "backup", "--out", str(tmp_path / "410182199001010030.db"), home=office), 3)
    assert "410182199001010030" not in message


def test_a_backup_once_for_a_request(run: Run, office: Path) -> None:
    """A cron line run twice."""
    first = backup(run, office, "--request-id", "夜里")
    again = backup(run, office, "--request-id", "夜里")
    assert first == again and len(list((office / "backups").iterdir())) == 1


def test_no_ledger_no_backup(run: Run, home: Path) -> None:
    """None is made in order to be copied."""
    told(run("ledger", "backup", "--format", "json"), NOT_READY)
    told(run("ledger", "journal"), NOT_READY)
    assert kept(home) == {}


# The journal mode


def test_journal_mode_is_chosen(run: Run, home: Path, tmp_path: Path) -> None:
    """delete by default; wal at the making or later, said to be unsafe where SQLite is; kept by acts."""
    assert run("ledger", "init").returncode == 0
    assert info(run, home)["journal_mode"] == "delete"
    if wal_loses():
        message = told(run("ledger", "journal", "wal"), NOT_READY)
        assert sqlite3.sqlite_version in message and "3.51.3" in message and "--yes" in message
        told(run("ledger", "init", "--journal", "wal", "--ledger", str(tmp_path / "w.db")), NOT_READY)
        assert not (tmp_path / "w.db").exists()
    assert run("ledger", "journal", "wal", "--yes").returncode == 0
    assert run(*letter()).returncode == 0
    assert info(run, home)["journal_mode"] == "wal"
    assert "backups" not in kept(home) and set(kept(home)) >= {"ledger.db"}
    made = backup(run, home)
    assert run("ledger", "restore", made["path"]).returncode == 0
    assert info(run, home)["journal_mode"] == "wal"
    shown = json.loads(run("ledger", "journal", "delete", "--format", "json").stdout)
    assert shown["journal_mode"] == "delete"
    assert json.loads(run("ledger", "journal", "--format", "json").stdout)["journal_mode"] == "delete"
    told(run("ledger", "journal", "off"), USAGE)
    other = str(tmp_path / "w.db")
    assert run("ledger", "init", "--journal", "wal", "--yes", "--ledger", other).returncode == 0
    assert info(run, home, "--ledger", other)["journal_mode"] == "wal"
    assert run("ledger", "verify").returncode == 0


# Permissions


@pytest.mark.skipif(os.name != "posix", reason="文件权限只在 POSIX 系统上有意义")
def test_what_others_can_read_is_said(run: Run, office: Path) -> None:
    """Made for the owner alone; opened to others, info and doctor give the command that mends it."""
    backup(run, office)
    assert "chmod" not in run("ledger", "info", home=office).stderr
    (office / "ledger.db").chmod(0o644)
    (office / "backups").chmod(0o755)
    said = run("ledger", "info", home=office).stderr
    assert f"chmod 600 {office / 'ledger.db'}" in said and f"chmod 700 {office / 'backups'}" in said
    looks = json.loads(run("doctor", "--format", "json", home=office).stdout)
    assert {look["how"] for look in looks} >= {f"chmod 700 {office / 'backups'}",
                                              f"chmod 600 {office / 'ledger.db'}"}  # fmt: skip


# Other programs


def tool(*args: str, home: Path) -> subprocess.CompletedProcess[str]:
    """Another program that reads SQLite files."""
    environment = os.environ | {"HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", *args], capture_output=True, encoding="utf-8", timeout=120, env=environment,
        check=False, cwd=home,
    )  # fmt: skip


def test_opened_by_sqlite_utils_without_harm(run: Run, office: Path) -> None:
    """Tables, rows and a query: the file stays byte for byte, and verifies."""
    path, before = str(office / "ledger.db"), digest(office / "ledger.db")
    assert "commitments" in tool("sqlite_utils", "tables", path, home=office).stdout
    rows = tool("sqlite_utils", "query", path, "select number from commitments order by number", home=office)
    assert [row["number"] for row in json.loads(rows.stdout)] == ["RS-2026-00001", "SC-2026-00001"]
    assert digest(office / "ledger.db") == before
    assert run("ledger", "verify", home=office).returncode == 0


def test_opened_by_datasette_without_harm(run: Run, office: Path) -> None:
    """Served read-only, as docs/ledger.md says: the file stays byte for byte, and verifies."""
    path, before = str(office / "ledger.db"), digest(office / "ledger.db")
    got = tool("datasette", path, "--nolock", "--get", "/ledger/commitments.json?_shape=array", home=office)
    assert got.returncode == 0, got.stderr
    assert {row["number"] for row in json.loads(got.stdout)} == {"RS-2026-00001", "SC-2026-00001"}
    assert digest(office / "ledger.db") == before
    assert sorted(file.name for file in office.glob("ledger.db*")) == ["ledger.db"]
    assert run("ledger", "verify", home=office).returncode == 0


def test_the_backup_is_read_where_nothing_may_be_written(run: Run, office: Path, tmp_path: Path) -> None:
    """A backup is one file: read from a folder that is closed, even of a WAL ledger."""
    assert run("ledger", "journal", "wal", "--yes", home=office).returncode == 0
    made = Path(backup(run, office, "--out", str(tmp_path / "台账.db"))["path"])
    place = tmp_path / "closed"
    place.mkdir()
    shutil.move(made, place / "台账.db")
    place.chmod(0o500)
    try:
        assert run("ledger", "verify", "--ledger", str(place / "台账.db"), home=office).returncode == 0
        assert [file.name for file in place.iterdir()] == ["台账.db"]
    finally:
        place.chmod(0o700)
