"""What the ledger asks of a database engine: SQLite by default, another when configured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, Protocol

from gaozhi_cli.domain.journal import GENESIS
from gaozhi_cli.domain.problem import NotReady
from gaozhi_cli.storage import sql
from gaozhi_cli.storage.schema import Table


class Engine(Protocol):
    """One connection: statements with ``?`` parameters, and transactions; faults are NotReady."""

    def execute(self, sql: str, values: Any = ()) -> list[tuple[Any, ...]]: ...
    def execute_many(self, sql: str, rows: list[list[Any]]) -> None: ...
    def stream(self, sql: str, values: Any = ()) -> Iterator[tuple[Any, ...]]: ...
    def pages(self, table: Table, size: int) -> Iterator[list[tuple[Any, ...]]]: ...
    def begin(self) -> None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def close(self) -> None: ...
    def snapshot(self) -> AbstractContextManager[None]: ...
    def oddities(self) -> list[str]: ...
    def damage(self) -> str: ...


def read_head(engine: Engine) -> tuple[int, bytes]:
    """Seq and hash of the last journal entry."""
    return read_last(engine)[:2]


def read_last(engine: Engine) -> tuple[int, bytes, str | None]:
    """Seq, hash and clock time of the last journal entry."""
    rows = engine.execute(sql.LAST_ENTRY)
    if not rows:
        return 0, GENESIS, None
    seq, digest, at = rows[0]
    if isinstance(digest, str | int | float):  # a table that is not as it was made; bytes(10**12) takes all
        raise NotReady("台账最后一条流水被改坏了，不知道接在哪里；请运行 gaozhi ledger verify 并从备份核对")
    return seq, bytes(digest), str(at)
