"""What the ledger asks of a database engine: SQLite by default, another when configured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol

from gaozhi_cli.domain.journal import GENESIS
from gaozhi_cli.storage import sql


class Engine(Protocol):
    """One connection: statements with ``?`` parameters, and transactions; faults are NotReady."""

    def execute(self, sql: str, values: Any = ()) -> list[tuple[Any, ...]]: ...
    def stream(self, sql: str, values: Any = ()) -> Iterator[tuple[Any, ...]]: ...
    def begin(self) -> None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def close(self) -> None: ...
    def snapshot(self) -> AbstractContextManager[None]: ...
    def tables(self) -> dict[str, list[str]]: ...
    def triggers(self) -> list[str]: ...


def read_head(engine: Engine) -> tuple[int, bytes]:
    """Seq and hash of the last journal entry."""
    rows = engine.execute(sql.LAST_ENTRY)
    return (rows[0][0], bytes(rows[0][1])) if rows else (0, GENESIS)
