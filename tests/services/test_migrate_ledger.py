"""A ledger of an earlier version: refused with the command that mends it, backed up, brought up, whole."""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from gaozhi_cli.domain.problem import NotReady
from gaozhi_cli.services.migrate_ledger import Migrated, migrate_ledger
from gaozhi_cli.storage.schema import VERSION
from gaozhi_cli.storage.sqlite import copies
from gaozhi_cli.storage.sqlite.engine import SqliteEngine
from gaozhi_cli.storage.vault import read_keys
from tests.builders import a_clock, an_occasion
from tests.conftest import ROOT, Run

OLD = ROOT / "tests" / "data"  # made by the versions before, with made-up people
NUMBER = "SC-2026-00001"


@pytest.fixture(params=[1, 2, 3])
def format_(request: pytest.FixtureRequest) -> int:
    """Every format that ever was."""
    return int(request.param)


@pytest.fixture
def old(home: Path, format_: int) -> Path:
    """A home whose ledger was made by an earlier version, with one accepted case."""
    shutil.copytree(OLD / f"ledger-format-{format_}", home, dirs_exist_ok=True)
    for path in (home / "ledger.db", *(home / "keys").iterdir()):
        path.chmod(0o600)
    return home / "ledger.db"


def digest(path: Path) -> str:
    """What the file holds."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("command", [("commitment", "list"), ("ledger", "verify"), ("verify", "due")])
def test_an_older_ledger_is_refused_with_the_way_out(
    run: Run, old: Path, format_: int, command: tuple[str, ...]
) -> None:
    before = digest(old)
    done = run(*command)
    assert done.returncode == 7
    assert f"旧格式（{format_}" in done.stderr and "gaozhi ledger migrate" in done.stderr
    assert digest(old) == before


def test_migrating_keeps_every_record_and_the_chain(run: Run, old: Path, format_: int) -> None:
    done = run("ledger", "migrate", "--operator", "测试管理员")
    assert (done.returncode, f"已从格式 {format_} 升级到 {VERSION}" in done.stderr) == (0, True)
    (backup,) = old.parent.glob(f"ledger.db.格式{format_}-*.bak")
    assert backup.stat().st_mode & 0o777 == 0o600
    assert run("ledger", "verify").returncode == 0
    shown = json.loads(run("commitment", "show", NUMBER, "--format", "json").stdout)
    assert (shown["number"], shown["status"]) == (NUMBER, "accepted")
    history = json.loads(run("commitment", "history", NUMBER, "--format", "json").stdout)
    assert [entry["act"] for entry in history][:2] == ["letter.draw-up", "letter.make"]
    assert run("commitment", "conclude", NUMBER).returncode == 0
    with closing(sqlite3.connect(old)) as base:
        (entry,) = base.execute("SELECT detail FROM journal WHERE act = 'ledger.migrate'").fetchall()
        tables = {row[0] for row in base.execute("SELECT name FROM sqlite_master")}
    assert json.loads(entry[0]) == {"after": VERSION, "backup": backup.name, "before": format_}
    assert {"prints", "credit_records", "assistances", "outcomes"} <= tables
    shutil.copy(backup, old)
    assert run("commitment", "list").returncode == 7, "the backup is the ledger as it was"


def test_migrating_twice_or_on_trial_changes_nothing(run: Run, old: Path) -> None:
    before = digest(old)
    done = run("ledger", "migrate", "--dry-run")
    assert (done.returncode, "试运行" in done.stderr, digest(old)) == (0, True, before)
    assert run("ledger", "migrate").returncode == 0
    after = digest(old)
    done = run("ledger", "migrate")
    assert (done.returncode, "不用升级" in done.stderr, digest(old)) == (0, True, after)


def test_a_damaged_or_missing_ledger_is_not_migrated(run: Run, old: Path) -> None:
    whole = old.read_bytes()
    old.write_bytes(whole[:8192] + bytes(4096) + whole[12288:])
    before = digest(old)
    done = run("ledger", "migrate")
    assert (done.returncode, digest(old)) == (7, before)
    assert not list(old.parent.glob("*.bak"))
    old.unlink()
    assert run("ledger", "migrate").returncode == 7


def after_the_copy(monkeypatch: pytest.MonkeyPatch, happens: Callable[[Path], None]) -> None:
    """Something happens between the copy and the upgrade."""
    copied = copies.copy_to

    def copy_to(engine: SqliteEngine, target: Path) -> tuple[int, bytes]:
        head = copied(engine, target)
        happens(target)
        return head

    monkeypatch.setattr("gaozhi_cli.services.migrate_ledger.copy_to", copy_to)


def migrated(path: Path) -> Migrated:
    """Migrate in this process."""
    keys = path.parent / "keys"
    return migrate_ledger(path, keys=lambda id_: read_keys(keys, id_), now=a_clock, occasion=an_occasion())


def test_an_act_written_meanwhile_is_never_missing_from_the_copy(
    old: Path, format_: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another window writes after the copy was made: nothing is upgraded, the next run does it."""

    def write(_: Path) -> None:
        with closing(sqlite3.connect(old)) as base, base:
            base.execute("CREATE TEMP TABLE last AS SELECT * FROM journal ORDER BY seq DESC LIMIT 1")
            base.execute("UPDATE last SET seq = seq + 1, hash = zeroblob(32)")
            base.execute("INSERT INTO journal SELECT * FROM last")

    with monkeypatch.context() as patched:
        after_the_copy(patched, write)
        with pytest.raises(NotReady, match="台账刚有人写入，没有升级，请再运行一次"):
            migrated(old)
    assert not list(old.parent.glob("*.bak"))
    with closing(sqlite3.connect(old)) as base:
        assert base.execute("PRAGMA user_version").fetchone() == (format_,)
    done = migrated(old)
    assert (done.before, done.after) == (format_, VERSION) and done.backup is not None


def test_a_copy_that_does_not_open_is_not_left_behind(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that writes rubbish: nothing is upgraded."""

    def spoil(target: Path) -> None:
        whole = target.read_bytes()
        target.write_bytes(whole[:8192] + bytes(4096) + whole[12288:])

    before = digest(old)
    after_the_copy(monkeypatch, spoil)
    with pytest.raises(NotReady, match=r"备份 .* 打不开，没有升级"):
        migrated(old)
    assert digest(old) == before and not list(old.parent.glob("*.bak"))
