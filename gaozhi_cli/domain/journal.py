"""流水: the form of a journal entry and the digests that chain it (docs/journal.md is the specification).

Pure: bytes in, bytes out. One canonical encoding serves rows and entries alike, so a row of the
journal is hashed exactly as any other row, without its own ``hash`` column.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

ROW_DOMAIN = b"gaozhi.row.1"
GENESIS = bytes(32)

WRITES = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
DETAIL = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)

Value = str | int | bytes | None


def sm3(data: bytes) -> bytes:
    """SM3 (GB/T 32905) digest, 32 bytes; by OpenSSL through hashlib, else by ``cryptography``."""
    engine = _sm3_engine()
    engine.update(data)
    return bytes(engine.digest())


def _from_hashlib() -> Callable[[], Any] | None:
    """Fresh SM3 engines as copies of one: looking the algorithm up by name costs more than a short row."""
    return hashlib.new("sm3").copy if "sm3" in hashlib.algorithms_available else None


class _FromCryptography:
    """SM3 of a Python whose OpenSSL has none."""

    def __init__(self) -> None:
        from cryptography.hazmat.primitives import hashes

        self._engine = hashes.Hash(hashes.SM3())

    def update(self, data: bytes) -> None:
        self._engine.update(data)

    def digest(self) -> bytes:
        return self._engine.finalize()


_sm3_engine: Callable[[], Any] = _from_hashlib() or _FromCryptography


def _prefixed(data: bytes) -> bytes:
    return len(data).to_bytes(8, "big") + data


LENGTHS = tuple(n.to_bytes(8, "big") for n in range(512))  # nearly all values are short
Encoded = tuple[tuple[int, bytes, bytes, bytes], ...]


@lru_cache(maxsize=256)
def _columns(table: str, names: tuple[str, ...]) -> tuple[bytes, Encoded]:
    """The head of a table's rows, and its columns in byte order: place, name encoded with the three tags."""
    head = _prefixed(ROW_DOMAIN) + _prefixed(table.encode())
    order = sorted(range(len(names)), key=lambda place: names[place].encode())
    encoded = ((place, _prefixed(names[place].encode())) for place in order)
    return head, tuple((place, data + b"t", data + b"b", data + b"i") for place, data in encoded)


def canonical_row(table: str, row: Mapping[str, Value]) -> bytes:
    """The canonical bytes of a stored row: table, then each column that is not NULL, by name.

    Columns stand in the byte order of their names; a value is tagged ``i`` (decimal ASCII), ``t``
    (UTF-8) or ``b`` (bytes); every part is preceded by its length as 8 bytes big-endian. NULL
    columns are left out, so a column added later leaves the digests of older rows unchanged.
    """
    return _canonical(*_columns(table, tuple(row)), tuple(row.values()))


def _canonical(head: bytes, columns: Encoded, values: Sequence[Value]) -> bytes:
    parts = [head]
    for place, text, data, number in columns:
        value = values[place]
        if value is None:
            continue
        if isinstance(value, str):
            tagged, body = text, value.encode()
        elif isinstance(value, bytes):
            tagged, body = data, value
        elif isinstance(value, int):
            tagged, body = number, b"%d" % value
        else:
            raise TypeError(value)  # 2026.5 is not 2026
        size = len(body)
        parts += (tagged, LENGTHS[size] if size < 512 else size.to_bytes(8, "big"), body)
    return b"".join(parts)


def digester(table: str, names: tuple[str, ...]) -> Callable[[Sequence[Value]], bytes]:
    """The row digest of a table's rows whose values stand in the order of ``names``: for many of them."""
    head, columns = _columns(table, names)
    fresh = _sm3_engine

    def digest(values: Sequence[Value]) -> bytes:
        engine = fresh()
        engine.update(_canonical(head, columns, values))
        return bytes(engine.digest())

    return digest


def row_digest(table: str, row: Mapping[str, Value]) -> bytes:
    """SM3 of the canonical bytes of a row."""
    return sm3(canonical_row(table, row))


class Write(NamedTuple):
    """One row as an act left it: table, primary key, digest; ``prev``: the digest it was found with.

    ``prev`` is None for a new row. So a row changed behind the journal's back is found even when a
    later act has changed it again.
    """

    table: str
    key: tuple[str | int, ...]
    digest: str
    prev: str | None = None


def writes_text(writes: list[Write]) -> str:
    """The ``writes`` column: a compact JSON array of ``[table, [key…], prev or null, digest]``, in order."""
    rows = [[w.table, list(w.key), w.prev, w.digest] for w in writes]
    return WRITES.encode(rows)


class Actor(NamedTuple):
    """Who acts: the claimed operator, the login name beside it, the machine (问责: 通知六（三）)."""

    operator: str
    login: str
    machine: str


class Entry(NamedTuple):
    """What an act says of itself; storage adds ``seq``, ``at``, ``prev``, ``writes`` and ``hash``.

    ``act``: the act's name, e.g. ``commitment.accept``; ``object``: the number or id it concerns;
    ``dated_on``: the day the act is dated (ISO); ``detail``: JSON text, never personal data.
    """

    act: str
    object: str
    dated_on: str
    actor: Actor
    reason: str | None = None
    detail: str | None = None
    request_id: str | None = None
    request_digest: bytes | None = None


class Occasion(NamedTuple):
    """The circumstances of an act: the day it is dated, who acts, request id, whether only tried."""

    today: date
    actor: Actor
    request_id: str | None = None
    dry_run: bool = False

    def entry(
        self,
        act: str,
        object_: str,
        *,
        reason: str | None = None,
        request_digest: bytes | None = None,
        **facts: object,
    ) -> Entry:
        """The entry of an act on this occasion; ``facts`` become its detail and hold nothing personal."""
        detail = DETAIL.encode(facts)
        return Entry(
            act=act,
            object=object_,
            dated_on=self.today.isoformat(),
            actor=self.actor,
            reason=reason,
            detail=detail if facts else None,
            request_id=self.request_id,
            request_digest=request_digest if self.request_id else None,
        )


def goes_back(at: str, last_at: str | None) -> bool:
    """Whether the clock showed an earlier time than at the entry before; no text but a time is compared."""
    if last_at is None:
        return False
    try:
        return datetime.fromisoformat(at) < datetime.fromisoformat(last_at)
    except (ValueError, TypeError):
        return False


def clock_noted(entry: Entry, at: str, last_at: str | None) -> Entry:
    """The entry, with a note where the clock has gone back since the last one: order is by ``seq`` alone."""
    if not goes_back(at, last_at):
        return entry
    return entry._replace(detail=DETAIL.encode({**json.loads(entry.detail or "{}"), "clock_before": last_at}))


def entry_row(entry: Entry, *, seq: int, at: str, prev: bytes, writes: list[Write]) -> dict[str, Value]:
    """The row of the ``journal`` table for an entry, with its hash."""
    row: dict[str, Value] = {
        "seq": seq,
        "at": at,
        "act": entry.act,
        "object": entry.object,
        "dated_on": entry.dated_on,
        "operator": entry.actor.operator,
        "login": entry.actor.login,
        "machine": entry.actor.machine,
        "reason": entry.reason,
        "detail": entry.detail,
        "request_id": entry.request_id,
        "request_digest": entry.request_digest,
        "writes": writes_text(writes),
        "prev": prev,
    }
    row["hash"] = entry_hash(row)
    return row


def entry_hash(row: Mapping[str, Value]) -> bytes:
    """The chain hash of a journal row: the row digest of all its columns but ``hash``."""
    return row_digest("journal", {k: v for k, v in row.items() if k != "hash"})


def anchor(seq: int, digest: bytes) -> str:
    """The head of the chain as printed on paper: ``seq-first 16 hex``; a cut tail contradicts it."""
    return f"{seq}-{digest.hex()[:16]}"
