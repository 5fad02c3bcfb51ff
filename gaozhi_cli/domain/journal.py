"""流水: the form of a journal entry and the digests that chain it (docs/journal.md is the specification).

Pure: bytes in, bytes out. One canonical encoding serves rows and entries alike, so a row of the
journal is hashed exactly as any other row, without its own ``hash`` column.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

ROW_DOMAIN = b"gaozhi.row.1"
GENESIS = bytes(32)

Value = str | int | bytes | None


def sm3(data: bytes) -> bytes:
    """SM3 (GB/T 32905) digest, 32 bytes; by OpenSSL through hashlib, else by ``cryptography``."""
    if "sm3" in hashlib.algorithms_available:
        return hashlib.new("sm3", data).digest()
    from cryptography.hazmat.primitives import hashes

    engine = hashes.Hash(hashes.SM3())
    engine.update(data)
    return engine.finalize()


def _prefixed(data: bytes) -> bytes:
    return len(data).to_bytes(8, "big") + data


@lru_cache(maxsize=256)
def _columns(table: str, names: tuple[str, ...]) -> tuple[bytes, tuple[tuple[str, bytes], ...]]:
    """The head of a table's rows, and its columns in byte order with their names as they are encoded."""
    head = _prefixed(ROW_DOMAIN) + _prefixed(table.encode())
    return head, tuple((name, _prefixed(name.encode())) for name in sorted(names, key=str.encode))


def canonical_row(table: str, row: Mapping[str, Value]) -> bytes:
    """The canonical bytes of a stored row: table, then each column that is not NULL, by name.

    Columns stand in the byte order of their names; a value is tagged ``i`` (decimal ASCII), ``t``
    (UTF-8) or ``b`` (bytes); every part is preceded by its length as 8 bytes big-endian. NULL
    columns are left out, so a column added later leaves the digests of older rows unchanged.
    """
    head, columns = _columns(table, tuple(row))
    parts = [head]
    for name, encoded in columns:
        value = row[name]
        if value is None:
            continue
        if isinstance(value, bytes):
            tag, body = b"b", value
        elif isinstance(value, str):
            tag, body = b"t", value.encode()
        else:
            tag, body = b"i", b"%d" % value
        parts += (encoded, tag, len(body).to_bytes(8, "big"), body)
    return b"".join(parts)


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
    return json.dumps(rows, ensure_ascii=False, separators=(",", ":"))


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
        detail = json.dumps(facts, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
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
