"""The databases that a register may be kept in: how each is opened read-only, timed, and understood.

The drivers are optional extras of the package, imported where they are used.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from gaozhi_cli.domain.problem import NotReady
from gaozhi_cli.domain.vocabulary import Compared

NO_SUCH = re.compile(r"no such (table|column)|does not exist|invalid (object|column) name", re.IGNORECASE)


class Dialect(NamedTuple):
    """A database as the adapter needs it. ``mark``: its parameter; ``fault``: what an error means."""

    name: str
    mark: str
    connect: Callable[[], Any]
    begin: Callable[[Any, float], None]
    fault: Callable[[Exception], Compared]
    errors: tuple[type[Exception], ...]


def sqlite(path: Path, timeout: float) -> Dialect:
    """An SQLite file, opened read-only; a query that takes too long is broken off."""
    import sqlite3

    def connect() -> Any:
        if not path.is_file():
            raise sqlite3.OperationalError("unable to open database file")
        name = path.absolute().as_posix()
        for sign, code in (("%", "%25"), ("?", "%3f"), ("#", "%23")):
            name = name.replace(sign, code)
        uri = f"file://{'' if name.startswith('/') else '/'}{name}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, timeout=timeout, isolation_level=None)
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA schema_version")  # a file that is no database says so here
        return connection

    def begin(connection: Any, seconds: float) -> None:
        until = time.monotonic() + seconds
        connection.set_progress_handler(lambda: time.monotonic() > until, 10_000)

    def fault(error: Exception) -> Compared:
        name = getattr(error, "sqlite_errorname", "") or ""
        if name in ("SQLITE_INTERRUPT", "SQLITE_BUSY", "SQLITE_LOCKED"):
            return Compared.TIMEOUT
        if name in ("SQLITE_PERM", "SQLITE_AUTH") or name.startswith("SQLITE_READONLY"):
            return Compared.DENIED
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            return Compared.BAD_ANSWER
        return Compared.BAD_REQUEST if name == "SQLITE_ERROR" else Compared.UNAVAILABLE

    return Dialect("sqlite", "?", connect, begin, fault, (sqlite3.Error, OSError))


def postgresql(dsn: str, timeout: float) -> Dialect:
    """PostgreSQL by psycopg, with a read-only session and a time limit on every statement."""
    try:
        import psycopg
    except ImportError:
        raise lacking("psycopg", "postgresql") from None

    def connect() -> Any:
        connection = psycopg.connect(dsn, connect_timeout=max(2, round(timeout)), autocommit=False)
        connection.read_only = True
        return connection

    def begin(connection: Any, seconds: float) -> None:
        connection.execute("SELECT set_config('statement_timeout', %s, true)", (str(int(seconds * 1000)),))

    def fault(error: Exception) -> Compared:
        return by_sqlstate(str(getattr(error, "sqlstate", "") or ""), str(error))

    return Dialect("postgresql", "%s", connect, begin, fault, (psycopg.Error, OSError))


def odbc(dsn: str, timeout: float) -> Dialect:
    """Any database with an ODBC driver (达梦, 人大金仓, Oracle …) by pyodbc, asked to be read-only."""
    try:
        import pyodbc
    except ImportError:
        raise lacking("pyodbc", "odbc") from None

    def connect() -> Any:
        return pyodbc.connect(dsn, timeout=max(1, round(timeout)), readonly=True, autocommit=False)

    def begin(connection: Any, seconds: float) -> None:
        connection.timeout = max(1, round(seconds))

    def fault(error: Exception) -> Compared:
        state = str(error.args[0]) if error.args else ""
        return by_sqlstate(state, " ".join(map(str, error.args)))

    return Dialect("odbc", "?", connect, begin, fault, (pyodbc.Error, OSError))


def by_sqlstate(state: str, words: str) -> Compared:
    """What an SQLSTATE means; the words only where there is none, and they go nowhere."""
    if state in ("57014", "HYT00", "HYT01", "S1T00") or "timeout expired" in words:
        return Compared.TIMEOUT
    if state.startswith("28") or state == "42501" or "password authentication failed" in words:
        return Compared.DENIED
    if state == "HY000" and NO_SUCH.search(words):
        return Compared.BAD_REQUEST
    if state in ("42P01", "42703", "42S02", "42S22", "42000", "42601", "42883", "3F000", "22P02"):
        return Compared.BAD_REQUEST
    return Compared.UNAVAILABLE


def lacking(library: str, extra: str) -> NotReady:
    """NotReady for a driver that is not installed."""
    return NotReady(f'查询这个来源要先装驱动 {library}：pip install "gaozhi[{extra}]"')
