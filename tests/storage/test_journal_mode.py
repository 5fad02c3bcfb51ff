"""Which SQLite may keep a write-ahead log; what the header of a file says; the mode stays what it is."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from gaozhi_cli.storage.connect import create_ledger
from gaozhi_cli.storage.schema import VERSION
from gaozhi_cli.storage.sqlite.copies import sqlite_engine
from gaozhi_cli.storage.sqlite.header import beside, read_header
from gaozhi_cli.storage.sqlite.journal_mode import mode_of, set_mode, wal_loses
from gaozhi_cli.storage.verify import verify
from tests.builders import ACTOR, a_clock, a_ledger, an_occasion
from tests.storage.test_ledger_contract import reopened


@pytest.mark.parametrize(
    ("version", "loses"),
    [
        ((3, 40, 1), True), ((3, 44, 5), True), ((3, 44, 6), False), ((3, 45, 9), True), ((3, 50, 6), True),
        ((3, 50, 7), False), ((3, 51, 2), True), ((3, 51, 3), False), ((3, 52, 0), False),
    ],
)  # fmt: skip
def test_wal_loses(version: tuple[int, int, int], loses: bool) -> None:
    """Fixed in 3.51.3, and in 3.50.7 and 3.44.6 of their own lines."""
    assert wal_loses(version) is loses


@pytest.mark.parametrize("wal", [False, True])
def test_opening_and_writing_keep_the_mode(tmp_path: Path, wal: bool) -> None:
    """The mode it was made with, read from the header without SQLite; side files for the owner alone."""
    ledger, made = create_ledger(str(tmp_path / "ledger.db"), tmp_path / "keys", a_clock, ACTOR, wal=wal)
    assert made
    with closing(ledger):
        assert ("journal" in ledger.meta()) is wal
        with ledger.transaction() as act:
            act.next_number("RS", 2026)
            act.record(an_occasion().entry("test.number", "x"))
        side = beside(tmp_path / "ledger.db", "-wal")
        assert side.exists() is wal
        if wal:
            assert side.stat().st_mode & 0o777 == 0o600
            assert beside(tmp_path / "ledger.db", "-shm").stat().st_mode & 0o777 == 0o600
        assert verify(ledger).faults == ()
    header = read_header(tmp_path / "ledger.db")
    assert header is not None and (header.ours, header.version, header.wal) == (True, VERSION, wal)
    with closing(reopened(tmp_path)) as again:
        assert mode_of(sqlite_engine(again)) == ("wal" if wal else "delete")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["keys", "ledger.db"]


def test_what_is_no_database_has_no_header(tmp_path: Path) -> None:
    """Empty, short, text."""
    for data in (b"", b"SQLite format 3\0", b"x" * 200):
        (tmp_path / "file").write_bytes(data)
        assert read_header(tmp_path / "file") is None


def test_a_mode_that_does_not_exist(tmp_path: Path) -> None:
    """SQLite's unsafe modes cannot be chosen."""
    with closing(a_ledger(tmp_path)) as ledger, pytest.raises(ValueError, match="memory"):
        set_mode(sqlite_engine(ledger), "memory")
