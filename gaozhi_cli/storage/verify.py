"""Checks a ledger against its journal: chain, digests, every row; streaming, constant memory.

Finds any edited, removed or inserted row or entry, and with an anchor a cut tail. Works without the
key. docs/journal.md describes what is compared.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeVar

from gaozhi_cli.domain.journal import GENESIS, anchor, entry_hash, row_digest
from gaozhi_cli.storage import schema, sql
from gaozhi_cli.storage.ledger import Ledger

BATCH = 1000
Row = TypeVar("Row")


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


def verify(ledger: Ledger, expected: str | None = None, most: int = 20) -> Verified:
    """Check the whole ledger. ``expected``: an anchor printed earlier (``seq-16 hex``)."""
    scratch = sqlite3.connect("", isolation_level=None)  # a temporary file that deletes itself
    scratch.execute("CREATE TABLE writes (tbl TEXT, key TEXT, seq INT, prev TEXT, digest TEXT)")
    scratch.execute("CREATE TABLE rows (tbl TEXT, key TEXT, digest TEXT)")
    scratch.execute("BEGIN")
    try:
        chain = _Chain(expected)
        for batch in _batches(chain.read(ledger)):
            scratch.executemany("INSERT INTO writes VALUES (?, ?, ?, ?, ?)", batch)
        for stored in _batches(_stored(ledger)):
            scratch.executemany("INSERT INTO rows VALUES (?, ?, ?)", stored)
        rows = scratch.execute("SELECT count(*) FROM rows").fetchone()[0]
        faults = [*chain.faults, *_compare(scratch, most)]
        faults += _keys(ledger)
    finally:
        scratch.close()
    ordered = sorted(faults, key=lambda fault: fault.seq or 2**62)[:most]
    return Verified(chain.seq, rows, anchor(chain.seq, chain.prev), tuple(ordered))


class _Chain:
    """Walks the journal in order and checks that each entry follows from the one before."""

    def __init__(self, expected: str | None) -> None:
        self.seq = 0
        self.prev = GENESIS
        self.faults: list[Fault] = []
        self._expected = expected
        self._met = expected is None

    def read(self, ledger: Ledger) -> Iterator[tuple[str, str, int, str | None, str]]:
        """All writes of all entries: table, key as JSON, seq, digest before, digest after."""
        statement = f"{sql.select_all(schema.JOURNAL)} ORDER BY seq"
        for values in ledger.engine.stream(statement):
            row = dict(zip(schema.JOURNAL.names, values, strict=True))
            seq = row["seq"]
            if seq != self.seq + 1:
                self._fault(self.seq + 1, f"流水第 {self.seq + 1} 条缺失，其后是第 {seq} 条")
            if row["prev"] != self.prev:
                self._fault(seq, f"流水第 {seq} 条与前一条接不上")
            if entry_hash(row) != row["hash"]:
                self._fault(seq, f"流水第 {seq} 条的内容被改动")
            self.seq, self.prev = seq, row["hash"]
            self._meet()
            try:
                for table, key, before, digest in json.loads(row["writes"]):
                    yield table, _key_text(key), seq, before, digest
            except (ValueError, TypeError):
                self._fault(seq, f"流水第 {seq} 条的写入清单读不懂")
        if not self._met:
            message = f"流水与锚 {self._expected} 不符：其后的记录被截断或整本被重写"
            self.faults.append(Fault(self.seq, message))

    def _meet(self) -> None:
        if self._expected and anchor(self.seq, self.prev) == self._expected:
            self._met = True

    def _fault(self, seq: int, message: str) -> None:
        if len(self.faults) < 1000:
            self.faults.append(Fault(seq, message))


def _stored(ledger: Ledger) -> Iterator[tuple[str, str, str]]:
    """Every row that the digests cover: table, key as JSON, digest."""
    for table in schema.DIGESTED:
        for values in ledger.engine.stream(sql.select_all(table)):
            row = dict(zip(table.names, values, strict=True))
            key = _key_text([row[name] for name in table.key])
            yield table.name, key, row_digest(table.name, row).hex()


def _key_text(key: list[object]) -> str:
    return json.dumps(key, ensure_ascii=False, separators=(",", ":"))


def _compare(scratch: sqlite3.Connection, most: int) -> Iterator[Fault]:
    """Each row's history in order: what an act found is what the act before left; the last is stored."""
    history = scratch.execute(
        "SELECT tbl, key, seq, prev, digest, lead(prev) OVER w, lead(seq) OVER w FROM writes"
        " WINDOW w AS (PARTITION BY tbl, key ORDER BY seq) ORDER BY tbl, key, seq"
    )
    scratch.execute("CREATE TABLE last (tbl TEXT, key TEXT, seq INT, digest TEXT)")
    found = 0
    for batch in _batches(history):
        scratch.executemany(
            "INSERT INTO last VALUES (?, ?, ?, ?)",
            [(tbl, key, seq, digest) for tbl, key, seq, _, digest, _, after in batch if after is None],
        )
        for tbl, key, seq, _, digest, next_prev, after in batch:
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


def _keys(ledger: Ledger) -> Iterator[Fault]:
    """Each row of personal data has its row key, and no key is left over."""
    lost = "SELECT p.id FROM personal p LEFT JOIN row_keys k ON k.id = p.id WHERE k.id IS NULL"
    for (id_,) in ledger.engine.stream(lost):
        yield Fault(0, f"personal {id_} 的行密钥不见了，其内容再也打不开")


def _batches(values: Iterable[Row]) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for value in values:
        batch.append(value)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
