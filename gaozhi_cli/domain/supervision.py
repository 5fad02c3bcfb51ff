"""双随机: which commitments are looked at, and by whom, by a draw that anyone can replay (通知五（三）).

The pool is frozen, hashed and published before the public seed is known; docs/draw.md is the
specification, from which an independent script draws the same. Pure: digests of texts, no randomness.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

ALGORITHM = "gaozhi.draw.1"
TEAM = 2  # 执法人员不得少于两人


class Draw(NamedTuple):
    """A draw as the ledger keeps it (ISO days; digests of the published files).

    ``strata``: what is drawn from what (JSON); ``seed_source``: where the public seed will come from,
    ``seed_from``: the first day on which it can be known.
    """

    id: str
    year: int
    n: int
    office: str | None
    state: str
    planned_on: str
    pool_until: str
    pool_rows: int
    pool_sha256: str
    plan_sha256: str
    inspectors_sha256: str
    strata: str
    team: int
    seed_source: str
    seed_from: str
    published_on: str | None = None
    published_at: str | None = None
    seed: str | None = None
    drawn_on: str | None = None
    picks: int | None = None
    result_sha256: str | None = None
    result_published_on: str | None = None


class Pick(NamedTuple):
    """A commitment that was drawn: its stratum, its place in it, who looks."""

    draw: str
    number: str
    stratum: str
    place: int
    inspectors: str


class Inspector(NamedTuple):
    """One who may be drawn to look. ``recused``: numbers of the commitments that are not for them (回避)."""

    id: str
    recused: frozenset[str] = frozenset()


def rank(seed: str, plan: str, *names: str) -> bytes:
    """The lot of a name: SHA-256 of algorithm, seed, the plan's digest and the names, a line feed between.

    SHA-256, not SM3: whoever replays a draw has it in every browser and language.
    """
    return hashlib.sha256("\n".join((ALGORITHM, seed, plan, *names)).encode()).digest()


def share(size: int, rate: Fraction, least: int = 0) -> int:
    """How many of ``size`` are drawn at a rate: rounded up, no fewer than ``least``, at most all."""
    return min(size, max(least, -(-size * rate.numerator // rate.denominator)))


def drawn(
    pool: Iterable[tuple[str, str]], counts: Mapping[str, int], lot: Callable[[str], bytes]
) -> dict[str, list[str]]:
    """The numbers drawn of each stratum, in order of their lots, from ``(number, stratum)`` in one pass.

    Holds no more than what is drawn. ``counts``: how many of each stratum.
    """
    kept: dict[str, list[tuple[int, str]]] = {stratum: [] for stratum in counts}
    for number, stratum in pool:
        most = counts.get(stratum, 0)
        if not most:
            continue
        heap = kept[stratum]
        entry = (-int.from_bytes(lot(number)), number)
        if len(heap) < most:
            heapq.heappush(heap, entry)
        elif entry > heap[0]:
            heapq.heapreplace(heap, entry)
    return {stratum: [number for _, number in sorted(heap, reverse=True)] for stratum, heap in kept.items()}


def team_for(
    number: str, inspectors: Sequence[Inspector], size: int, lot: Callable[[str, str], bytes]
) -> tuple[str, ...]:
    """Who looks at a commitment: the inspectors with the lowest lots that are not recused.

    Fewer than ``size`` where too few are left; the plan refuses that before anything is drawn.
    """
    free = [one.id for one in inspectors if number not in one.recused]
    return tuple(sorted(free, key=lambda one: lot(number, one))[:size])
