"""Opens the catalog: from its index when the YAML has not changed, else by compiling it anew.

Each version of the 清单 has an index, a small SQLite file named by the digest of all that went into it,
so it is never stale; items are read from it only as they are asked for (a province lists 10,000). An
index that cannot be kept only costs time.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from gaozhi_cli.domain.catalog import Candidate, Catalog, Item, Items, folded, search_text
from gaozhi_cli.domain.county import Office
from gaozhi_cli.domain.problem import NotReady, os_reason
from gaozhi_cli.storage.catalog_plain import candidate_from, catalog_from, item_from
from gaozhi_cli.storage.fingerprint import Fingerprint, read_fingerprint
from gaozhi_cli.storage.home import Home, private_folder, shipped, sqlite_uri

if TYPE_CHECKING:
    from gaozhi_cli.domain.lint.book import Book

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE items (place INTEGER PRIMARY KEY, id TEXT NOT NULL, no TEXT NOT NULL, office TEXT NOT NULL);
CREATE TABLE words (place INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE bodies (place INTEGER PRIMARY KEY, body TEXT NOT NULL);
"""
LOOKUPS = """
CREATE INDEX by_id ON items (id);
CREATE INDEX by_no ON items (no);
CREATE INDEX by_office ON items (office);
"""
MOST_WORDS = 50
BODIES = "SELECT body FROM bodies JOIN items USING (place)"


class Head(NamedTuple):
    """A version of the 清单 as listed: its folder's name ("" = the first version), its days, its digest."""

    version: str
    effective: date
    until: date | None
    title: str
    source: str
    folder: str


Made = TypeVar("Made")
DAMAGE = (sqlite3.Error, ValueError, KeyError, TypeError)


class StoredItems(Items):
    """Items read from the index as they are asked for; ``remake`` makes a damaged one anew, once."""

    def __init__(
        self, connection: sqlite3.Connection, remake: Callable[[], sqlite3.Connection] | None = None
    ) -> None:
        super().__init__()
        self._connection, self._remake = connection, remake
        self._all: tuple[Item, ...] | None = None
        self._last: Item | None = None

    def asked(self, read: Callable[[sqlite3.Connection], Made]) -> Made:
        """What ``read`` finds in the index; where it is damaged, in one made anew. Raises NotReady."""
        try:
            return read(self._connection)
        except DAMAGE:
            if self._remake is None:
                raise NotReady("清单的索引读不了，请再运行一次") from None
        remake, self._remake = self._remake, None
        self._connection = remake()
        return self.asked(read)

    def _read(self, condition: str = "", values: Sequence[str] = ()) -> list[Item]:
        def read(connection: sqlite3.Connection) -> list[Item]:
            rows = connection.execute(f"{BODIES} {condition} ORDER BY place", values)
            return [item_from(json.loads(body)) for (body,) in rows]

        return self.asked(read)

    def everything(self) -> tuple[Item, ...]:
        if self._all is None:
            self._all = tuple(self._read())
        return self._all

    def by_id(self, id_: str) -> Item | None:
        if self._last is None or self._last.id != id_:  # an act asks for the item of its case again and again
            self._last = next(iter(self._read("WHERE id = ?", (id_,))), None)
        return self._last

    def by_no(self, no: str) -> list[Item]:
        return self._read("WHERE no = ?", (no,))

    def of_office(self, code: str) -> list[Item]:
        return self._read("WHERE office = ?", (code,))

    def holding(self, words: Sequence[str], offices: Sequence[Office] = ()) -> list[Item]:
        wanted = [folded(word) for word in words]
        found = " AND ".join("instr(text, ?)" for _ in wanted[:MOST_WORDS]) or "1"
        rows = self._read(f"WHERE place IN (SELECT place FROM words WHERE {found})", wanted[:MOST_WORDS])
        if len(wanted) <= MOST_WORDS:
            return rows
        return list(Items(rows).holding(wanted, offices))

    def __len__(self) -> int:
        return self.asked(lambda c: int(c.execute("SELECT count(*) FROM items").fetchone()[0]))


def open_catalog(
    home: Home, day: date | None = None, compiling: Callable[[int], None] | None = None
) -> Catalog:
    """The version in force on ``day`` (the first one before all of them; the newest without a day).

    ``compiling`` is called with the YAML's size in bytes before it is parsed. Raises BadInput for faulty
    YAML, NotReady when it cannot be read.
    """
    heads, fingerprint = _heads(home)
    return _open(home, (heads if day is None else begun(heads, day))[-1], fingerprint, compiling)


def open_version(home: Home, version: str) -> Catalog | None:
    """The version of that name; None where there is none. Raises as ``open_catalog``."""
    heads, fingerprint = _heads(home)
    head = next((head for head in heads if head.version == version), None)
    return _open(home, head, fingerprint) if head is not None else None


def versions(home: Home) -> list[Head]:
    """All versions in order of their effective dates. Raises as ``open_catalog``."""
    return _heads(home)[0]


def begun(heads: list[Head], day: date) -> list[Head]:
    """The versions begun by ``day``, that of the day last; the first one before all of them."""
    return [head for head in heads if head.effective <= day] or heads[:1]


def open_book(home: Home) -> Book:
    """What the lint knows. Raises as ``open_catalog``."""
    from gaozhi_cli.storage.lint_entries import book_from, compile_book

    return book_from(compile_book([shipped("catalog"), home.catalog]))


def compiled(home: Home, folder: Path) -> Catalog:
    """A version still being imported, with the rest of the catalog; nothing is kept of it.

    Raises BadInput where it is faulty or collides with another version.
    """
    from gaozhi_cli.storage.catalog_yaml import compile_catalog, compile_heads

    base, own = shipped("catalog"), home.catalog
    compile_heads(base, own, [folder])
    plain = compile_catalog(base, own, folder)
    items = Items(item_from(item) for item in plain["items"])
    return catalog_from(plain, items, "")


def whole_without(home: Home, folder: Path) -> None:
    """Compile every version as if one were gone. Raises BadInput where the county's YAML leans on it."""
    from gaozhi_cli.storage.catalog_yaml import compile_catalog, version_folders

    for other in (None, *version_folders(home.catalog)):
        if other != folder:
            compile_catalog(shipped("catalog"), home.catalog, other, without=folder)


def catalogs(home: Home) -> list[Catalog]:
    """All versions, the newest first. Raises as ``open_catalog``."""
    heads, fingerprint = _heads(home)
    return [_open(home, head, fingerprint) for head in reversed(heads)]


def candidates(home: Home) -> list[Candidate]:
    """The proofs considered for the next version."""
    heads, fingerprint = _heads(home)
    with closing(_connection(home, heads[-1], fingerprint)) as connection:
        return [candidate_from(plain) for plain in _meta(connection, "candidates")]


def _heads(home: Home) -> tuple[list[Head], Fingerprint]:
    base, own = shipped("catalog"), home.catalog
    try:
        fingerprint = read_fingerprint(base, own, home.cache / "catalog.json")
        plain = fingerprint.remembered("heads")
        if plain is None:
            from gaozhi_cli.storage.catalog_yaml import compile_heads

            plain = compile_heads(base, own)
            # what was edited while it was read must not be remembered for the content of before
            if read_fingerprint(base, own, home.cache / "catalog.json").same_as(fingerprint):
                fingerprint.remember("heads", plain)
    except OSError as error:
        message = f"读不了清单（{os_reason(error)}：{error.filename}），请检查文件权限"
        raise NotReady(message) from None
    days = [date.fromisoformat(head["effective"]) for head in plain]
    ends = [following - timedelta(days=1) for following in days[1:]]
    heads = [
        Head(head["version"], day, until, head["title"], head["source"], head["folder"])
        for head, day, until in zip(plain, days, [*ends, None], strict=True)
    ]
    return heads, fingerprint


def _open(
    home: Home, head: Head, fingerprint: Fingerprint, compiling: Callable[[int], None] | None = None
) -> Catalog:
    connection = _connection(home, head, fingerprint, compiling)
    path = _place(home, head, fingerprint)

    def remake() -> sqlite3.Connection:
        with suppress(OSError):
            path.unlink()
        return _compiled(home, head, path, fingerprint)

    items = StoredItems(connection, remake)
    digest = fingerprint.digest(head.folder)
    return items.asked(lambda c: catalog_from(_meta(c, "head"), items, digest, head.until))


def _place(home: Home, head: Head, fingerprint: Fingerprint) -> Path:
    return home.cache / f"catalog-{fingerprint.digest(head.folder)[:32]}.db"


def _connection(
    home: Home, head: Head, fingerprint: Fingerprint, compiling: Callable[[int], None] | None = None
) -> sqlite3.Connection:
    """The index of a version, made where it is missing or does not hold what it should."""
    path = _place(home, head, fingerprint)
    kept = _kept(path)
    if kept is not None:
        return kept
    if compiling is not None:
        compiling(fingerprint.size)
    return _compiled(home, head, path, fingerprint)


def _kept(path: Path) -> sqlite3.Connection | None:
    if not path.is_file():
        return None
    connection = None
    try:
        connection = sqlite3.connect(f"{sqlite_uri(path)}?mode=ro&immutable=1", uri=True)
        if _meta(connection, "whole") is True:
            return connection
    except (sqlite3.Error, ValueError, TypeError, KeyError):
        pass
    if connection is not None:
        connection.close()
    return None


def _meta(connection: sqlite3.Connection, key: str) -> Any:
    rows = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchall()
    return json.loads(rows[0][0]) if rows else None


def _compiled(home: Home, head: Head, path: Path, fingerprint: Fingerprint) -> sqlite3.Connection:
    """Compile a version and keep its index; it is used even where it cannot be kept."""
    import gc

    from gaozhi_cli.storage.catalog_yaml import compile_catalog

    folder = home.catalog / "versions" / head.folder if head.folder else None
    collecting = gc.isenabled()
    gc.disable()  # millions of small values that all stay: collecting only makes it slower
    try:
        plain = compile_catalog(shipped("catalog"), home.catalog, folder)
    except OSError as error:
        message = f"读不了清单（{os_reason(error)}：{error.filename}），请检查文件权限"
        raise NotReady(message) from None
    finally:
        if collecting:
            gc.enable()
    connection = _filled(plain)
    with suppress(OSError, sqlite3.Error):
        # what was edited while it was compiled must not be kept under the digest of before
        if read_fingerprint(shipped("catalog"), home.catalog, home.cache / "catalog.json").same_as(
            fingerprint
        ):
            _keep(connection, path, fingerprint)
    return connection


def _filled(plain: dict[str, Any]) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.executescript(SCHEMA)
    items = plain.pop("items")
    offices = {office.code: office for office in catalog_from(plain, Items(), "").offices}
    rows, words, bodies = [], [], []
    for place, entry in enumerate(items):
        item = item_from(entry)
        rows.append((place, item.id, item.no, item.office))
        words.append((place, search_text(item, offices.get(item.office))))
        bodies.append((place, _json(entry)))
    with connection:
        connection.executemany("INSERT INTO items VALUES (?, ?, ?, ?)", rows)
        connection.executemany("INSERT INTO words VALUES (?, ?)", words)
        connection.executemany("INSERT INTO bodies VALUES (?, ?)", bodies)
        meta = {"candidates": plain.pop("candidates"), "head": plain, "whole": True}
        connection.executemany("INSERT INTO meta VALUES (?, ?)", [(k, _json(v)) for k, v in meta.items()])
    connection.executescript(LOOKUPS)
    return connection


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _keep(connection: sqlite3.Connection, path: Path, fingerprint: Fingerprint) -> None:
    """Write the index beside, then move it into place; those of no version any more go."""
    private_folder(path.parent)
    aside = path.with_name(f".{path.name}.{os.urandom(6).hex()}.tmp")
    handle = os.open(aside, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    os.close(handle)
    try:
        with closing(sqlite3.connect(aside)) as kept:
            kept.execute("PRAGMA journal_mode=OFF")
            connection.backup(kept)
        aside.replace(path)
    except BaseException:
        with suppress(OSError):
            aside.unlink()
        raise
    current = {f"catalog-{digest[:32]}.db" for digest in fingerprint.digests()}
    for old in path.parent.glob("catalog-*"):
        if old.name not in current:
            old.unlink()
