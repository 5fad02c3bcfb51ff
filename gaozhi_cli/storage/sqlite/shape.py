"""What the file holds beside rows: tables, views, triggers, indexes, compared with what this program makes.

Digests cover rows as they are read. A table that is not STRICT keeps 2026.5 where a year belongs, a view
shows what somebody else thought of, a trigger acts behind the journal's back: none of it changes a digest.
An index never changes what rows say, so only a UNIQUE one counts, since it keeps numbers from coming twice.
Further tables (of other tools, ANALYZE) are left alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache
from typing import Any

from gaozhi_cli.storage.schema import TABLES

Run = Callable[[str], list[tuple[Any, ...]]]
Objects = dict[tuple[str, str], str]

LOOSE = (
    "SELECT lower(name), type FROM pragma_table_list "
    "WHERE schema = 'main' AND (type <> 'table' OR NOT strict)"
)
TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
OBJECTS = (
    "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND substr(name, 1, 7) <> 'sqlite_'"
)
COLUMNS = (
    "SELECT lower(m.name), c.name, c.type, c.hidden FROM sqlite_master m JOIN pragma_table_xinfo(m.name) c "
    "WHERE m.type = 'table' ORDER BY m.name, c.cid"
)
UNIQUE = "CREATE UNIQUE "


def plainly_odd(run: Run) -> str:
    """The first thing that makes reading and writing unsafe; empty when nothing. Cheap: at each opening."""
    for name, type_ in run(LOOSE):
        if name in TABLES:
            return _not_a_table(name) if type_ != "table" else _not_strict(name)
    found = run(TRIGGERS)
    return _trigger(found[0][0]) if found else ""


def oddities(run: Run) -> Iterator[str]:
    """Everything that is not as this program makes it, a sentence each."""
    made, made_columns = as_made()
    found, columns = _objects(run), _columns(run)
    loose = {name for name, _ in run(LOOSE)}
    for type_, name in sorted(found.keys() - made.keys()):
        if type_ == "trigger":
            yield _trigger(name)
        elif type_ == "view":
            known = name.lower() in TABLES
            yield _not_a_table(name) if known else f"台账里有视图 {name}，不是本程序建的"
        elif type_ == "index" and found[type_, name].startswith(UNIQUE):
            yield f"台账里有唯一索引 {name}，不是本程序建的，会挡住登记"
    for (type_, name), text in made.items():
        there = found.get((type_, name))
        if type_ == "index" and there != text and text.startswith(UNIQUE):
            yield f"唯一索引 {name} 不见了或被改动，重复的不再被挡住"
        elif type_ == "table" and there is None and ("view", name) not in found:
            yield f"表 {name} 不见了"
        elif type_ == "table" and there is not None and there != text and name in TABLES:
            yield _difference(name, columns.get(name, []), made_columns[name], loose)


def _difference(name: str, columns: list[Any], made: list[Any], loose: set[str]) -> str:
    hidden = [column for column, _, generated in columns if generated]
    if hidden:
        return f"表 {name} 多了算出来的列 {'、'.join(hidden)}，不是本程序建的"
    if columns != made:
        return f"表 {name} 的列与建立时不同"
    return _not_strict(name) if name in loose else f"表 {name} 的约束与建立时不同"


def _not_a_table(name: str) -> str:
    return f"表 {name} 被换成了视图或别的东西，看到的不是登记的内容"


def _not_strict(name: str) -> str:
    return f"表 {name} 不是本程序建的那样（不是 STRICT），什么内容都放得进去"


def _trigger(name: str) -> str:
    return f"台账里有触发器 {name}，不是本程序建的"


@cache
def as_made() -> tuple[Objects, dict[str, list[Any]]]:
    """The objects of a new ledger, made in memory by the same migrations."""
    from gaozhi_cli.storage.sqlite.migrations import migrate

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection)
        return _objects(lambda sql: connection.execute(sql).fetchall()), _columns(
            lambda sql: connection.execute(sql).fetchall()
        )


def _objects(run: Run) -> Objects:
    return {(type_, name): " ".join(text.split()) for type_, name, text in run(OBJECTS)}


def _columns(run: Run) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {}
    for table, *column in run(COLUMNS):
        columns.setdefault(table, []).append(tuple(column))
    return columns
