"""日志方式: rollback journal (``delete``) by default, write-ahead log (``wal``) by choice.

Opening a ledger never changes its mode. docs/ledger.md gives the reasons.
"""

from __future__ import annotations

import sqlite3

from gaozhi_cli.domain.problem import NotReady
from gaozhi_cli.storage.sqlite.engine import SqliteEngine

DELETE, WAL = "delete", "wal"
MODES = (DELETE, WAL)
META = "journal"  # the key in ``meta`` that remembers the choice, so that a backup knows it
FIXED = (3, 51, 3)
BACKPORTS = ((3, 50, 7), (3, 44, 6))


def wal_loses(version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> bool:
    """Whether this SQLite has the WAL-reset bug (3.7.0 to 3.51.2): two writers may lose a commit."""
    return version < FIXED and not any(version[:2] == fix[:2] and version >= fix for fix in BACKPORTS)


def mode_of(engine: SqliteEngine) -> str:
    """The journal mode of an open ledger."""
    return str(engine.execute("PRAGMA journal_mode")[0][0])


def set_mode(engine: SqliteEngine, mode: str) -> None:
    """Switch an open ledger, outside a transaction. Raises NotReady where others have it open."""
    if mode not in MODES:
        raise ValueError(mode)
    if str(engine.execute(f"PRAGMA journal_mode = {mode}")[0][0]) != mode:
        raise NotReady(f"台账 {engine.path} 的日志方式没有换成 {mode}；请关掉正在用它的程序再试")
