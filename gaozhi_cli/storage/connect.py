"""Path or URL in, Ledger out. The first write makes the ledger; nothing is set up by hand."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from gaozhi_cli.domain.journal import Actor, Entry
from gaozhi_cli.domain.problem import NotReady, UsageFault, os_reason
from gaozhi_cli.storage.home import private_folder, write_private
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.schema import VERSION
from gaozhi_cli.storage.vault import Keys, key_path, make_keys, read_keys

Clock = Callable[[], datetime]
MAKING = ".making"  # beside a key whose ledger is not there yet; a kill between the two leaves it


def ledger_path(location: str) -> Path:
    """The file of an SQLite ledger. Raises UsageFault for a URL this program cannot open."""
    if "://" in location:
        raise UsageFault(f"不认识台账地址 {location.split('://', 1)[0]}://，请给出文件路径")
    return Path(location)


def open_ledger(location: str, keys: Path, now: Clock, *, as_it_is: bool = False) -> Ledger | None:
    """The ledger at a path; None where there is no file. Raises NotReady for anything that is not ours.

    ``as_it_is``: also one whose tables are not as this program makes them, to say what is wrong with it.
    """
    from gaozhi_cli.storage.sqlite.engine import SqliteEngine

    path = ledger_path(location)
    if not path.exists():
        return None
    return Ledger(SqliteEngine(path, as_it_is=as_it_is), lambda id_: read_keys(keys, id_), now)


def create_ledger(
    location: str, keys: Path, now: Clock, actor: Actor, *, wal: bool = False
) -> tuple[Ledger, bool]:
    """The ledger at a path, made where there is none; and whether it was made by this call.

    ``wal``: a new one keeps a write-ahead log; one that is there keeps the mode it has.
    """
    from gaozhi_cli.storage.share import refuse_share
    from gaozhi_cli.storage.sqlite.engine import create

    path = ledger_path(location)
    found = open_ledger(location, keys, now)
    if found is not None:
        if any(keys.glob(f"*{MAKING}")):
            key_path(keys, found.id()).with_suffix(MAKING).unlink(missing_ok=True)
        return found, False
    refuse_share(path)
    ledger_id = os.urandom(8).hex()
    marker = key_path(keys, ledger_id).with_suffix(MAKING)
    try:
        private_folder(path.absolute().parent)
        write_private(marker, b"")
        make_keys(keys, ledger_id)
    except OSError as error:
        with suppress(OSError):
            marker.unlink()
        message = f"建不了台账或密钥（{os_reason(error)}：{error.filename}），请检查权限和磁盘空间"
        raise NotReady(message) from None

    made = False
    try:
        made = create(path, lambda connection: _first_rows(connection, ledger_id, now, actor, wal), wal=wal)
    finally:
        if not made and not _is_this(path, ledger_id):
            with suppress(OSError):
                key_path(keys, ledger_id).unlink()
        with suppress(OSError):
            marker.unlink()
    ledger = open_ledger(location, keys, now)
    if ledger is None:
        raise NotReady(f"台账 {path} 刚建好就不见了，请检查磁盘")
    return ledger, made


def _is_this(path: Path, ledger_id: str) -> bool:
    """Whether the ledger that lies there is the one just made: Ctrl-C may have come after it was placed."""
    if not path.exists():
        return False
    from gaozhi_cli.storage.sqlite.engine import SqliteEngine

    try:
        with closing(Ledger(SqliteEngine(path), lambda _: _no_keys(), datetime.now)) as ledger:
            return ledger.id() == ledger_id
    except NotReady:
        return False


def keys_of_lost_ledgers(keys: Path) -> bool:
    """Whether a key lies there whose ledger was made to its end: not one that is being made just now."""
    return any(not key.with_suffix(MAKING).exists() for key in keys.glob("*.key"))


def _first_rows(connection: sqlite3.Connection, ledger_id: str, now: Clock, actor: Actor, wal: bool) -> None:
    """The genesis entry: what the ledger says of itself, journalled like any other act."""
    ledger = Ledger(_Within(connection), lambda _: _no_keys(), now)
    moment = now()
    with ledger.transaction() as act:
        act.add_meta("id", ledger_id)
        act.add_meta("format", str(VERSION))
        act.add_meta("created", moment.isoformat(timespec="milliseconds"))
        if wal:
            act.add_meta("journal", "wal")
        act.record(Entry("ledger.init", ledger_id, moment.date().isoformat(), actor))


def _no_keys() -> Keys:
    raise RuntimeError("the genesis entry holds nothing personal")


class _Within:
    """An engine on a connection whose transaction somebody else begins and ends."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, sql: str, values: Any = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql, values).fetchall()

    def execute_many(self, sql: str, rows: list[list[Any]]) -> None:
        self._connection.executemany(sql, rows)

    def stream(self, sql: str, values: Any = ()) -> Iterator[tuple[Any, ...]]:
        return iter(self.execute(sql, values))

    def pages(self, table: Any, size: int) -> Iterator[list[tuple[Any, ...]]]:
        return iter(())

    def begin(self) -> None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def close(self) -> None: ...

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        yield

    def oddities(self) -> list[str]:
        return []

    def damage(self) -> str:
        return ""
