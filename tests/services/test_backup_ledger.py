"""Backups: whole, proven, for the owner alone, made while others write; or no file at all."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import NotReady, Refused
from gaozhi_cli.services import backup_ledger as acting
from gaozhi_cli.services.backup_ledger import BackedUp, backup_ledger
from gaozhi_cli.storage.connect import create_ledger, open_ledger
from gaozhi_cli.storage.sqlite import copies
from gaozhi_cli.storage.sqlite.engine import SqliteEngine
from gaozhi_cli.storage.verify import verify
from tests.builders import ACTOR, CITIZEN, a_clock, an_occasion
from tests.storage import test_ledger_faults
from tests.storage.test_ledger_contract import Window, draw_number, raw, reopened
from tests.storage.test_ledger_faults import Disk

template, county = test_ledger_faults.template, test_ledger_faults.county  # the fixtures
disk = test_ledger_faults.disk
fork = multiprocessing.get_context("fork") if os.name == "posix" else None


@pytest.fixture(params=[False, True], ids=["delete", "wal"])
def either(county: Window, request: pytest.FixtureRequest) -> Window:
    """The county, its ledger in each journal mode."""
    if request.param:
        county.ledger.engine.execute("PRAGMA journal_mode = WAL")
    return county


def backed_up(window: Window, name: str | None = None, when: Occasion | None = None, **more: Any) -> BackedUp:
    """Back up into the home's own folder."""
    folder, when = window.home / "backups", when or an_occasion()
    return backup_ledger(folder, name, ledger=window.ledger, occasion=when, now=a_clock, **more)


def opened(window: Window, path: Path) -> Any:
    """A copy opened as a ledger, with the county's key."""
    ledger = open_ledger(str(path), window.home / "keys", a_clock)
    assert ledger is not None
    return closing(ledger)


def left(folder: Path) -> list[str]:
    """All that lies in the folder of the backups, hidden files too."""
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


def test_a_backup_is_the_ledger_in_one_file(either: Window) -> None:
    """Same chain, its own entry in it, readable with the key; one file, 0600 in a folder 0700."""
    done = backed_up(either)
    assert done.path.name.startswith("ledger-20261124T090000-") and done.verified and not done.repeated
    assert left(done.path.parent) == [done.path.name]
    if os.name == "posix":
        assert done.path.stat().st_mode & 0o777 == 0o600
        assert done.path.parent.stat().st_mode & 0o777 == 0o700
    assert hashlib.sha256(done.path.read_bytes()).hexdigest() == done.sha256
    assert done.size == done.path.stat().st_size
    with opened(either, done.path) as copy:
        assert (copy.anchor(), copy.head()[0]) == (done.anchor, done.entries)
        assert verify(copy, done.anchor).faults == ()
        assert copy.personal("SC-2026-00001", "applicant")["name"] == CITIZEN["name"]
        assert copy.engine.execute("PRAGMA journal_mode") == [("delete",)]
        ((act, detail),) = copy.engine.execute("SELECT act, detail FROM journal ORDER BY seq DESC LIMIT 1")
    mode = either.ledger.engine.execute("PRAGMA journal_mode")[0][0]
    assert (act, json.loads(detail)) == ("ledger.backup", {"file": done.path.name, "journal": mode})
    assert either.ledger.anchor() == done.anchor
    assert left(done.path.parent) == [done.path.name], "reading it left nothing beside it"


def keep_drawing(window: Window, told: int) -> None:
    """Draw numbers for ever, telling each."""
    with closing(reopened(window.home)) as ledger:
        while True:
            os.write(told, f"{draw_number(ledger, 'SC')}\n".encode())


@pytest.mark.skipif(fork is None, reason="需要 fork")
def test_while_another_writes(either: Window) -> None:
    """Four backups beside a busy window: each whole with its own head, every number drawn, no gap."""
    assert fork is not None
    reading, writing = os.pipe()
    worker = fork.Process(target=keep_drawing, args=(either, writing))
    worker.start()
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        pipe.readline()
        made = [backed_up(either) for _ in range(4)]
        worker.terminate()
        worker.join()
        drawn = [line.strip() for line in pipe]
    assert drawn, "the window was at work"
    seqs = []
    for done in made:
        with opened(either, done.path) as copy:
            assert verify(copy).faults == ()
            seqs.append(copy.head()[0])
    assert seqs == sorted(set(seqs))
    final = verify(either.ledger)
    assert final.faults == () and final.entries >= seqs[-1]


def test_nothing_is_replaced(county: Window) -> None:
    """A name that is taken: refused before anything is journalled."""
    done = backed_up(county, "台账.db")
    before, entries = done.path.read_bytes(), county.ledger.head()
    with pytest.raises(NotReady, match="已存在，没有覆盖"):
        backed_up(county, "台账.db")
    assert (done.path.read_bytes(), county.ledger.head()) == (before, entries)


def test_name_taken_at_the_last_moment(county: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process was first with the name: its file stays."""
    target = county.home / "backups" / "台账.db"
    copied = copies.copy_to

    def copy_to(engine: SqliteEngine, made: Path) -> tuple[int, bytes]:
        target.write_text("another's")
        return copied(engine, made)

    monkeypatch.setattr(acting, "copy_to", copy_to)
    with pytest.raises(NotReady, match="已存在"):
        backed_up(county, "台账.db")
    assert (target.read_text(), left(target.parent)) == ("another's", ["台账.db"])


def test_on_trial_nothing_is_written(county: Window) -> None:
    """--dry-run: no entry, no folder."""
    before = county.path.read_bytes()
    done = backed_up(county, when=an_occasion(dry_run=True))
    assert done.sha256 == "" and not done.path.parent.exists() and county.path.read_bytes() == before


def test_a_repeat_makes_no_second_copy(county: Window) -> None:
    """The same request id: the same file; killed before it was placed, it is made now, without new entry."""
    once = an_occasion(request_id="night-1")
    first = backed_up(county, when=once)
    again = backed_up(county, when=once)
    assert again == first._replace(repeated=True)
    first.path.unlink()
    later = backed_up(county, when=once)
    assert (later.path, later.anchor, left(later.path.parent)) == (
        first.path,
        first.anchor,
        [later.path.name],
    )
    with pytest.raises(Refused, match="night-1"):
        backed_up(county, "另一个.db", once)


def test_a_lost_key_does_not_hinder(county: Window) -> None:
    """The rows are compared with the journal without it."""
    county.reopen()
    shutil.rmtree(county.home / "keys")
    done = backed_up(county)
    assert done.verified and done.path.exists()


def test_a_ledger_at_fault_gives_no_backup(county: Window) -> None:
    """Edited behind the journal's back: said, nothing left; a quick copy keeps it as evidence."""
    with raw(county.path) as base:
        base.execute("UPDATE commitments SET item = 'sc-1'")
    with pytest.raises(NotReady, match=r"没有留下备份.*被改动.*ledger verify.*--quick"):
        backed_up(county)
    assert left(county.home / "backups") == []
    done = backed_up(county, quick=True)
    assert not done.verified
    with opened(county, done.path) as copy:
        assert verify(copy).faults


def test_a_copy_that_the_disk_spoils(county: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reopened and found at fault: no file is left, quick or not."""
    copied = copies.copy_to

    def copy_to(engine: SqliteEngine, made: Path) -> tuple[int, bytes]:
        head = copied(engine, made)
        whole = made.read_bytes()
        made.write_bytes(whole[:8192] + bytes(4096) + whole[12288:])
        return head

    monkeypatch.setattr(acting, "copy_to", copy_to)
    for quick in (True, False):
        with pytest.raises(NotReady, match="没有留下备份"):
            backed_up(county, quick=quick)
    assert left(county.home / "backups") == []
    assert verify(county.ledger).faults == ()


def test_disk_full(county: Window, disk: Callable[[str], Disk], monkeypatch: pytest.MonkeyPatch) -> None:
    """No room: refused before anything is written. Filled meanwhile: nothing left, the ledger whole."""
    small = disk("100k")
    before = county.ledger.head()
    with pytest.raises(NotReady, match=r"空间不够.*--out"):
        backup_ledger(small.path, None, ledger=county.ledger, occasion=an_occasion(), now=a_clock)
    assert county.ledger.head() == before
    monkeypatch.setattr(acting, "room_for", lambda *_: None)
    with pytest.raises(NotReady, match=r"磁盘已满|备份没有写成"):
        backup_ledger(small.path, None, ledger=county.ledger, occasion=an_occasion(), now=a_clock)
    assert small.names() == []
    assert verify(county.ledger).faults == () and draw_number(county.ledger, "SC") == "SC-2026-00002"


def test_what_a_killed_backup_left_is_swept(county: Window) -> None:
    """A copy aside that is a day old goes at the next backup; a young one may be at work."""
    folder = county.home / "backups"
    folder.mkdir()
    old, young = folder / ".ledger-1.db.aa.copying", folder / ".ledger-2.db.bb.copying"
    for file in (old, young):
        file.write_bytes(b"half")
    os.utime(old, (0, 0))
    done = backed_up(county)
    assert left(folder) == [young.name, done.path.name]


def test_a_new_wal_ledger_is_backed_up(tmp_path: Path) -> None:
    """Made in WAL mode: what is only in the log is in the copy."""
    ledger, _ = create_ledger(str(tmp_path / "ledger.db"), tmp_path / "keys", a_clock, ACTOR, wal=True)
    with closing(ledger):
        number = draw_number(ledger)
        done = backup_ledger(tmp_path, "copy.db", ledger=ledger, occasion=an_occasion(), now=a_clock)
        with closing(sqlite3.connect(done.path)) as copy:
            assert copy.execute("SELECT n FROM counters").fetchall() == [(int(number[-5:]),)]
