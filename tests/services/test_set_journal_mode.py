"""Switching the journal mode: journalled, remembered, undone where it cannot be."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gaozhi_cli.domain.problem import NotReady
from gaozhi_cli.services.set_journal_mode import set_journal_mode
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.sqlite.copies import sqlite_engine
from gaozhi_cli.storage.sqlite.engine import SqliteEngine
from gaozhi_cli.storage.sqlite.journal_mode import mode_of
from gaozhi_cli.storage.transaction import Transaction
from gaozhi_cli.storage.vault import read_keys
from gaozhi_cli.storage.verify import verify
from tests.builders import a_clock, a_ledger, an_occasion


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger whose engine waits a fifth of a second for others."""
    a_ledger(tmp_path).close()
    engine = SqliteEngine(tmp_path / "ledger.db", busy=0.2)
    with closing(Ledger(engine, lambda id_: read_keys(tmp_path / "keys", id_), a_clock)) as ledger:
        yield ledger


def mode(ledger: Ledger) -> str:
    """The mode as SQLite says it."""
    return mode_of(sqlite_engine(ledger))


def acts(ledger: Ledger) -> list[str]:
    """What was journalled."""
    return [row[0] for row in ledger.engine.execute("SELECT act FROM journal ORDER BY seq")]


def test_there_and_back(ledger: Ledger) -> None:
    """Each switch is one entry with the mode before and after; nothing to do is none."""
    assert set_journal_mode("delete", ledger=ledger, occasion=an_occasion()) == ("delete", "delete")
    assert set_journal_mode("wal", ledger=ledger, occasion=an_occasion(dry_run=True)) == ("delete", "wal")
    assert (mode(ledger), acts(ledger)) == ("delete", ["ledger.init"])
    assert set_journal_mode("wal", ledger=ledger, occasion=an_occasion(request_id="r")) == ("delete", "wal")
    assert (mode(ledger), ledger.meta()["journal"]) == ("wal", "wal")
    assert set_journal_mode("wal", ledger=ledger, occasion=an_occasion(request_id="r")) == ("wal", "wal")
    assert set_journal_mode("wal", ledger=ledger, occasion=an_occasion()) == ("wal", "wal")
    assert set_journal_mode("delete", ledger=ledger, occasion=an_occasion()) == ("wal", "delete")
    assert (mode(ledger), acts(ledger)) == ("delete", ["ledger.init", "ledger.journal", "ledger.journal"])
    ((detail,),) = ledger.engine.execute("SELECT detail FROM journal WHERE seq = 2")
    assert json.loads(detail) == {"before": "delete", "after": "wal"}
    assert verify(ledger).faults == ()


def test_while_others_have_it_open(ledger: Ledger) -> None:
    """A reader at work keeps the mode as it is: refused, nothing written."""
    with closing(sqlite3.connect(sqlite_engine(ledger).path, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT * FROM journal").fetchall()
        with pytest.raises(NotReady, match="占用"):
            set_journal_mode("wal", ledger=ledger, occasion=an_occasion())
    assert (mode(ledger), acts(ledger)) == ("delete", ["ledger.init"])


def test_entry_that_cannot_be_written(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file goes back to the mode it had."""

    def full(*_: object) -> None:
        raise NotReady("磁盘已满")

    with monkeypatch.context() as patched, pytest.raises(NotReady, match="磁盘已满"):
        patched.setattr(Transaction, "finish", full)
        set_journal_mode("wal", ledger=ledger, occasion=an_occasion())
    assert (mode(ledger), acts(ledger)) == ("delete", ["ledger.init"])


def test_killed_between_file_and_entry(ledger: Ledger) -> None:
    """The next run writes the entry that is missing."""
    ledger.engine.execute("PRAGMA journal_mode = WAL")
    assert set_journal_mode("wal", ledger=ledger, occasion=an_occasion()) == ("wal", "wal")
    assert (acts(ledger), ledger.meta()["journal"]) == (["ledger.init", "ledger.journal"], "wal")
