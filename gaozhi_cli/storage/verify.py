"""Checks a ledger against its journal: chain, digests, every row; streaming, constant memory.

Finds any edited, removed or inserted row or entry, and with an anchor a cut tail. Works without the
key; with it, every row key is tried as well. docs/journal.md describes what is compared. All is read in
one transaction, so a writer at work is never mistaken for a forger.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple, TypeVar

from gaozhi_cli.domain.journal import GENESIS, anchor, entry_hash, goes_back, row_digest
from gaozhi_cli.domain.problem import NotReady
from gaozhi_cli.storage import schema, sql
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.vault import Keys, unseal, wrap_place

BATCH = 1000
MOST_CHAIN_FAULTS = 1000
Row = TypeVar("Row")
ReadFault = (sqlite3.Error, NotReady, ValueError, TypeError, KeyError, RecursionError)


class Fault(NamedTuple):
    """Something that does not agree. ``seq``: the journal entry it contradicts, 0 where none is known."""

    seq: int
    message: str


class Verified(NamedTuple):
    """What was checked, and the faults, the first entry first."""

    entries: int
    rows: int
    anchor: str
    faults: tuple[Fault, ...]
    clock_back: int = 0  # entries written while the clock stood before the last one's time: no fault


def verify(ledger: Ledger, expected: str | None = None, most: int = 20) -> Verified:
    """Check the whole ledger. ``expected``: an anchor printed earlier (``seq-16 hex``)."""
    scratch = sqlite3.connect("", isolation_level=None)  # a temporary file that deletes itself
    scratch.execute("CREATE TABLE writes (tbl TEXT, key TEXT, seq INT, prev TEXT, digest TEXT)")
    scratch.execute("CREATE TABLE rows (tbl TEXT, key TEXT, digest TEXT)")
    scratch.execute("BEGIN")
    faults: list[Fault] = []
    chain = _Chain(expected)
    try:
        with ledger.engine.snapshot():
            for batch in _batches(chain.read(ledger)):
                scratch.executemany("INSERT INTO writes VALUES (?, ?, ?, ?, ?)", batch)
            for stored in _batches(_stored(ledger, faults)):
                scratch.executemany("INSERT INTO rows VALUES (?, ?, ?)", stored)
            faults += _structure(ledger)
            faults += islice(_keys(ledger), most)
        rows = scratch.execute("SELECT count(*) FROM rows").fetchone()[0]
        faults += _compare(scratch, most)
    finally:
        scratch.close()
    ordered = [*_in_order(chain.faults), *_in_order(faults)][:most]
    return Verified(chain.seq, rows, anchor(chain.seq, chain.prev), tuple(ordered), chain.clock_back)


def _in_order(faults: list[Fault]) -> list[Fault]:
    """Each fault once, the earliest entry first, those of no entry last."""
    return sorted(dict.fromkeys(faults), key=lambda fault: fault.seq or 2**62)


class _Chain:
    """Walks the journal in order and checks that each entry follows from the one before."""

    def __init__(self, expected: str | None) -> None:
        self.seq = 0
        self.prev = GENESIS
        self.faults: list[Fault] = []
        self.clock_back = 0
        self._at: str | None = None
        self._expected = expected
        self._met = expected is None

    def read(self, ledger: Ledger) -> Iterator[tuple[str, str, int, str | None, str]]:
        """All writes of all entries: table, key as JSON, seq, digest before, digest after."""
        statement = f"{sql.select_all(schema.JOURNAL)} ORDER BY seq"
        try:
            for values in ledger.engine.stream(statement):
                yield from self._entry(dict(zip(schema.JOURNAL.names, values, strict=True)))
        except ReadFault:
            self._fault(self.seq + 1, f"流水在第 {self.seq} 条之后读不下去")
        if not self.seq:
            self._fault(0, "流水是空的：台账的记录被清除")
        if not self._met:
            message = f"流水与锚 {self._expected} 不符：其后的记录被截断或整本被重写"
            self.faults.append(Fault(self.seq, message))

    def _entry(self, row: dict[str, object]) -> Iterator[tuple[str, str, int, str | None, str]]:
        seq = int(str(row["seq"]))
        if seq != self.seq + 1:
            self._fault(self.seq + 1, f"流水第 {self.seq + 1} 条缺失，其后是第 {seq} 条")
        if row["prev"] != self.prev:
            self._fault(seq, f"流水第 {seq} 条与前一条接不上")
        if entry_hash(row) != row["hash"]:  # type: ignore[arg-type]
            self._fault(seq, f"流水第 {seq} 条的内容被改动")
        self.seq, self.prev = seq, bytes(row["hash"])  # type: ignore[call-overload]
        at = str(row["at"])
        self.clock_back += goes_back(at, self._at)
        self._at = at
        if self._expected and anchor(self.seq, self.prev) == self._expected:
            self._met = True
        try:
            listed = [(t, _key_text(k), seq, p, d) for t, k, p, d in json.loads(str(row["writes"]))]
            known = all(
                t in schema.TABLES and isinstance(d, str) and isinstance(p, (str, type(None)))
                for t, _, _, p, d in listed
            )
            if not known or len({(t, k) for t, k, _, _, _ in listed}) != len(listed):
                raise ValueError
        except (ValueError, TypeError, RecursionError):
            self._fault(seq, f"流水第 {seq} 条的写入清单读不懂")
            return
        yield from listed

    def _fault(self, seq: int, message: str) -> None:
        if len(self.faults) < MOST_CHAIN_FAULTS:
            self.faults.append(Fault(seq, message))


def _stored(ledger: Ledger, faults: list[Fault]) -> Iterator[tuple[str, str, str]]:
    """Every row that the digests cover: table, key as JSON, digest."""
    for table in schema.DIGESTED:
        try:
            for values in ledger.engine.stream(sql.select_all(table)):
                row = dict(zip(table.names, values, strict=True))
                key = _key_text([row[name] for name in table.key])
                yield table.name, key, row_digest(table.name, row).hex()
        except ReadFault:
            faults.append(Fault(0, f"表 {table.name} 读不出来：被删除或内容损坏"))


def _key_text(key: list[object]) -> str:
    return json.dumps(key, ensure_ascii=False, separators=(",", ":"))


def _compare(scratch: sqlite3.Connection, most: int) -> Iterator[Fault]:
    """Each row's history: it begins as new, each act finds what the last one left, the end is stored."""
    history = scratch.execute(
        "SELECT tbl, key, seq, prev, digest, lead(prev) OVER w, lead(seq) OVER w, lag(seq) OVER w"
        " FROM writes WINDOW w AS (PARTITION BY tbl, key ORDER BY seq) ORDER BY tbl, key, seq"
    )
    scratch.execute("CREATE TABLE last (tbl TEXT, key TEXT, seq INT, digest TEXT)")
    found = 0
    for batch in _batches(history):
        scratch.executemany(
            "INSERT INTO last VALUES (?, ?, ?, ?)",
            [(tbl, key, seq, digest) for tbl, key, seq, _, digest, _, after, _ in batch if after is None],
        )
        for tbl, key, seq, prev, digest, next_prev, after, before in batch:
            if before is None and prev is not None and found < most:
                found += 1
                yield Fault(seq, f"{tbl} {key} 不是经流水写入的，流水第 {seq} 条改动时它已经在那里")
            if after is not None and next_prev != digest and found < most:
                found += 1
                yield Fault(seq, f"{tbl} {key} 在流水第 {seq} 条写入后、第 {after} 条之前被改动")
    scratch.execute("CREATE INDEX last_key ON last (tbl, key)")
    scratch.execute("CREATE INDEX rows_key ON rows (tbl, key)")
    yield from (
        Fault(seq, f"{tbl} {key} 自流水第 {seq} 条写入后{'被删除' if digest is None else '被改动'}")
        for tbl, key, seq, digest in scratch.execute(
            "SELECT l.tbl, l.key, l.seq, r.digest FROM last l LEFT JOIN rows r"
            " ON r.tbl = l.tbl AND r.key = l.key WHERE r.digest IS NOT l.digest ORDER BY l.seq LIMIT ?",
            (most,),
        )
    )
    yield from (
        Fault(0, f"{tbl} {key} 不是经流水写入的")
        for tbl, key in scratch.execute(
            "SELECT r.tbl, r.key FROM rows r LEFT JOIN last l ON l.tbl = r.tbl AND l.key = r.key"
            " WHERE l.key IS NULL LIMIT ?",
            (most,),
        )
    )


def _structure(ledger: Ledger) -> Iterator[Fault]:
    """The tables have the columns they were made with and no others; nothing acts behind their back."""
    try:
        for name, columns in ledger.engine.tables().items():
            if name in schema.TABLES and set(columns) != set(schema.TABLES[name].names):
                yield Fault(0, f"表 {name} 的列与建立时不同")
        if ledger.engine.damage():
            yield Fault(0, "台账文件的内部结构已损坏（索引或页），列表可能不全")
        for name in ledger.engine.triggers():
            yield Fault(0, f"台账里有触发器 {name}，不是本程序建的")
    except ReadFault:
        yield Fault(0, "台账的结构读不出来")


def _keys(ledger: Ledger) -> Iterator[Fault]:
    """Each row of personal data has its row key and each key its row; with the ledger's key, each opens."""
    try:
        for (id_,) in ledger.engine.stream(sql.PERSONAL_WITHOUT_KEY):
            yield Fault(0, f"personal {id_} 的行密钥不见了，其内容再也打不开")
        for (id_,) in ledger.engine.stream(sql.PURGED_WITH_KEY):
            yield Fault(0, f"personal {id_} 已清除，行密钥却还在")
        for (id_,) in ledger.engine.stream(sql.KEY_WITHOUT_PERSONAL):
            yield Fault(0, f"行密钥 {id_} 没有对应的记录")
        keys = _own_keys(ledger)
        for id_, key_id, wrapped in ledger.engine.stream(sql.select_all(schema.ROW_KEYS)) if keys else ():
            if keys is not None and not _opens(keys, id_, key_id, wrapped):
                yield Fault(0, f"personal {id_} 的行密钥打不开：被改动，或密钥文件里没有密钥 {key_id}")
    except ReadFault:
        yield Fault(0, "行密钥读不出来")


def _own_keys(ledger: Ledger) -> Keys | None:
    try:
        return ledger.keys()
    except NotReady:
        return None


def _opens(keys: Keys, id_: str, key_id: str, wrapped: bytes) -> bool:
    try:
        return len(unseal(keys.under(key_id), wrapped, wrap_place(id_, key_id))) == len(keys.wrap)
    except NotReady:
        return False


def _batches(values: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for value in values:
        batch.append(value)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
