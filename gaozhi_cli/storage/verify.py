"""Checks a ledger against its journal: chain, digests, every row; streaming, in bounded memory.

Finds any edited, removed or inserted row or entry, and with an anchor a cut tail. Works without the
key; with it, every row key is tried as well. docs/journal.md describes what is compared. All is read in
one transaction, so a writer at work is never mistaken for a forger.
"""

from __future__ import annotations

import gc
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from typing import Any, NamedTuple

from gaozhi_cli.domain.journal import GENESIS, anchor, digester, goes_back
from gaozhi_cli.domain.problem import NotReady
from gaozhi_cli.storage import schema, sql
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.row_histories import RowHistories, Written
from gaozhi_cli.storage.vault import Keys, unseal, wrap_place

BATCH = 1000
MOST_CHAIN_FAULTS = 1000
KEY_TYPES = frozenset((str, int))
ReadFault = (sqlite3.Error, NotReady, ValueError, TypeError, KeyError, RecursionError, ArithmeticError)


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
    faults: list[Fault] = []
    chain = _Chain(expected)
    with _uncollected(), ledger.engine.snapshot(), closing(RowHistories(_head(ledger))) as histories:
        chain.read(ledger, histories)
        _stored(ledger, faults, histories)
        faults += _structure(ledger)
        faults += islice(_keys(ledger), most)
        faults += [Fault(seq, message) for seq, message in histories.broken(most)]
    ordered = [*_in_order(chain.faults), *_in_order(faults)][:most]
    return Verified(
        chain.seq, histories.rows, anchor(chain.seq, chain.prev), tuple(ordered), chain.clock_back
    )


@contextmanager
def _uncollected() -> Iterator[None]:
    """Millions of short-lived tuples, none in a cycle: looking for cycles would take half of the time."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def _head(ledger: Ledger) -> int:
    """How many entries there are about; a head that cannot be read is the chain's affair."""
    try:
        return int(ledger.head()[0])
    except ReadFault:
        return 0


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

    def read(self, ledger: Ledger, histories: RowHistories) -> None:
        """Every entry, and what it says that it wrote; the columns in the order of the schema."""
        statement = f"{sql.select_all(schema.JOURNAL)} ORDER BY seq"
        digest = digester("journal", schema.JOURNAL.names[:-1])
        try:
            for values in ledger.engine.stream(statement):
                self._entry(values, digest(values), histories)
        except ReadFault:
            self._fault(self.seq + 1, f"流水在第 {self.seq} 条之后读不下去")
        if not self.seq:
            self._fault(0, "流水是空的：台账的记录被清除")
        if not self._met:
            message = f"流水与锚 {self._expected} 不符：其后的记录被截断或整本被重写"
            self.faults.append(Fault(self.seq, message))

    def _entry(self, row: tuple[Any, ...], digest: bytes, histories: RowHistories) -> None:
        seq = int(str(row[0]))
        writes, prev, stored = row[-3:]
        if seq != self.seq + 1:
            self._fault(self.seq + 1, f"流水第 {self.seq + 1} 条缺失，其后是第 {seq} 条")
        if prev != self.prev:
            self._fault(seq, f"流水第 {seq} 条与前一条接不上")
        if digest != stored:
            self._fault(seq, f"流水第 {seq} 条的内容被改动")
        if not isinstance(stored, bytes):
            raise TypeError(stored)
        self.seq, self.prev = seq, stored
        at = str(row[1])
        self.clock_back += goes_back(at, self._at)
        self._at = at
        if self._expected and anchor(self.seq, self.prev) == self._expected:
            self._met = True
        try:
            histories.written(_listed(writes, seq))
        except (ValueError, TypeError, RecursionError):
            self._fault(seq, f"流水第 {seq} 条的写入清单读不懂")
            return
        histories.settle()

    def _fault(self, seq: int, message: str) -> None:
        if len(self.faults) < MOST_CHAIN_FAULTS:
            self.faults.append(Fault(seq, message))


def _listed(writes: str, seq: int) -> list[Written]:
    """The writes of an entry. Raises ValueError, TypeError."""
    listed = []
    for table, key, prev, digest in json.loads(writes):
        known = table in schema.TABLES and type(key) is list and KEY_TYPES.issuperset(map(type, key))
        if not known or type(digest) is not str or not (prev is None or type(prev) is str):
            raise ValueError
        listed.append(((table, *key), seq, prev, digest))
    if len({record[0] for record in listed}) != len(listed):
        raise ValueError
    return listed


def _stored(ledger: Ledger, faults: list[Fault], histories: RowHistories) -> None:
    """Every row that the digests cover."""
    for table in schema.DIGESTED:
        name, digest = table.name, digester(table.name, table.names)
        head, width = (name,), len(table.key)  # the key's columns stand first
        try:
            for n, values in enumerate(ledger.engine.stream(sql.select_all(table))):
                try:
                    now = digest(values).hex()
                except TypeError:  # a number with a fraction, in a table that is not STRICT
                    now = ""
                histories.stored(head + values[:width], now)
                if not n % BATCH:
                    histories.settle()
        except ReadFault:
            faults.append(Fault(0, f"表 {name} 读不出来：被删除或内容损坏"))
            histories.unread.add(name)


def _structure(ledger: Ledger) -> Iterator[Fault]:
    """The tables are as they were made; nothing acts behind their back."""
    try:
        for oddity in ledger.engine.oddities():
            yield Fault(0, oddity)
        if ledger.engine.damage():
            yield Fault(0, "台账文件的内部结构已损坏（索引或页），列表可能不全")
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
