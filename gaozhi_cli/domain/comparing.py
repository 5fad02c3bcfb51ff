"""在线核查: a promise held against a register's record, field by field (通知五（三）：比对相关数据).

A broken source is never a lie: only the source's own answer about the record says anything about the
promise, and even then the clerk decides, except where the county lets a full match close a check.
"""

from __future__ import annotations

from typing import NamedTuple


class Extract(NamedTuple):
    """A register's extract as it was first seen: digest, rows, the day it speaks of (ISO)."""

    id: str
    source: str
    sha256: str
    rows: int
    as_of: str | None
    first_seen_on: str


class Comparison(NamedTuple):
    """What one comparison gave. ``fields``: names with same/differs/absent (JSON), never their values.

    ``receipt``: the source's receipt, or the place in the extract; ``tries``: how often it was asked;
    ``closed``: 1 where the county's rule let it close the check.
    """

    id: str
    verification: str
    number: str
    office: str
    source: str
    adapter: str
    outcome: str
    fields: str | None
    receipt: str | None
    extract: str | None
    as_of: str | None
    compared_on: str
    tries: int
    closed: int | None = None
