"""双随机: which commitments are looked at, and by whom, by a draw that anyone can replay (通知五（三）).

The pool is frozen, hashed and published before the public seed is known; docs/draw.md is the
specification, from which an independent script draws the same. Pure: digests of texts, no randomness.
"""

from __future__ import annotations

import hashlib
import heapq
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

ALGORITHM = "gaozhi.draw.1"
SERIES = "draw"  # the counter of draws; no office can have this code, theirs are capitals
CLAUSE = "通知五（三）"
TEAM = 2  # 两名以上执法人员
MOST_TEAM = 9
LOT = 32  # bytes of a lot


class Draw(NamedTuple):
    """A draw as the ledger keeps it (ISO days; SHA-256 of the published files, in hexadecimal).

    ``office`` None: the whole county; ``strata``: what is drawn from what (JSON); ``seed_source``: where
    the public seed comes from, ``seed_from``: the first day on which it can be known.
    """

    id: str
    year: int
    n: int
    office: str | None
    state: str
    planned_on: str
    pool_since: str | None
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
    """A commitment that was drawn: its stratum, its place in the result, who looks (姓名、姓名)."""

    draw: str
    number: str
    stratum: str
    place: int
    inspectors: str


class Inspector(NamedTuple):
    """One who may be drawn to look: at any office's cases, or at one's.

    ``recused``: numbers of the commitments that are not for them (回避).
    """

    name: str
    office: str = ""
    recused: frozenset[str] = frozenset()

    def may_look_at(self, number: str) -> bool:
        """Whether a commitment is for them: of their office, and no 回避."""
        return self.office in ("", office_of(number)) and number not in self.recused


class Rate(NamedTuple):
    """How much of a stratum is drawn: a share, no fewer than ``least`` cases, and who laid that down."""

    share: Fraction
    least: int
    source: str


class Stratum(NamedTuple):
    """One item's part of the pool: how many there are, and how many are drawn."""

    id: str
    label: str
    size: int
    rate: Rate
    drawn: int


class Plan(NamedTuple):
    """All that is fixed before the seed is known."""

    draw: str
    county: str
    office: str | None
    planned_on: str
    pool_since: str | None
    pool_until: str
    pool_sha256: str
    pool_rows: int
    inspectors_sha256: str
    team: int
    strata: tuple[Stratum, ...]
    seed_source: str
    seed_from: str


def draw_id(year: int, n: int) -> str:
    """The id of a draw, e.g. CC2026-00001 (抽查): no case's number reads so."""
    return f"CC{year}-{n:05d}"


def parse_draw_id(text: str) -> str | None:
    """The id meant, leniently: case, width; None where it is none."""
    found = re.fullmatch(r"CC(\d{4})-(\d{1,9})", text.strip().upper())
    return draw_id(int(found[1]), int(found[2])) if found else None


def office_of(number: str) -> str:
    """The office's code in a number: RS of RS-2026-00001."""
    return number.partition("-")[0]


def percent(rate: Fraction) -> str:
    """A share as it is written: 5%, 0.25%."""
    shown = f"{float(rate * 100):.6f}".rstrip("0").rstrip(".")
    return f"{shown}%"


def read_percent(text: str) -> Fraction | None:
    """A share written 5%, ５％ or 0.25%; None where it is none, or not above 0 and at most 100%."""
    found = re.fullmatch(r"(\d{1,3})(?:[.．](\d{1,4}))?[%％]", text.strip())
    if found is None:
        return None
    whole, part = int(found[1]), found[2] or ""
    rate = Fraction(int(f"{whole}{part}"), 100 * 10 ** len(part))
    return rate if 0 < rate <= 1 else None


def share(size: int, rate: Fraction, least: int = 0) -> int:
    """How many of ``size`` are drawn at a rate: rounded up, no fewer than ``least``, at most all."""
    return min(size, max(least, -(-size * rate.numerator // rate.denominator)))


def rank(seed: str, plan: str, *names: str) -> bytes:
    """The lot of a name: SHA-256 of algorithm, seed, the plan's digest and the names, a line feed between.

    SHA-256, not SM3: whoever replays a draw has it in every browser and language.
    """
    return hashlib.sha256("\n".join((ALGORITHM, seed, plan, *names)).encode()).digest()


def lots(seed: str, plan: str) -> Callable[[str], bytes]:
    """``rank`` of one name after the other, what they share reckoned once: for millions of them."""
    begun = hashlib.sha256("\n".join((ALGORITHM, seed, plan, "")).encode())

    def lot(name: str) -> bytes:
        engine = begun.copy()
        engine.update(name.encode())
        return engine.digest()

    return lot


def drawn(
    pool: Iterable[tuple[str, str]], counts: Mapping[str, int], lot: Callable[[str], bytes]
) -> dict[str, list[str]]:
    """The numbers drawn of each stratum, the lowest lot first, from ``(number, stratum)`` in one pass.

    Holds no more than what is drawn. ``counts``: how many of each stratum.
    """
    kept: dict[str, list[tuple[int, str]]] = {stratum: [] for stratum in counts}
    bounds = {stratum: None if count else b"" for stratum, count in counts.items()}  # no lot is below b""
    for number, stratum in pool:
        value, bound = lot(number), bounds[stratum]
        if bound is None:  # fewer than wanted so far
            heap = kept[stratum]
            heapq.heappush(heap, (-int.from_bytes(value), number))
            if len(heap) == counts[stratum]:
                bounds[stratum] = (-heap[0][0]).to_bytes(LOT)
        elif value < bound:
            heap = kept[stratum]
            heapq.heapreplace(heap, (-int.from_bytes(value), number))
            bounds[stratum] = (-heap[0][0]).to_bytes(LOT)
    return {stratum: [number for _, number in sorted(heap, reverse=True)] for stratum, heap in kept.items()}


def team_for(
    number: str, inspectors: Sequence[Inspector], size: int, seed: str, plan: str
) -> tuple[str, ...]:
    """Who looks at a commitment: of the inspectors that may, those with the lowest lots."""
    free = [one.name for one in inspectors if one.may_look_at(number)]
    return tuple(sorted(free, key=lambda name: rank(seed, plan, number, name))[:size])


def picks_of(
    plan: Plan, digest: str, pool: Iterable[tuple[str, str]], inspectors: Sequence[Inspector], seed: str
) -> Iterator[Pick]:
    """What a plan with this digest gives with a seed: strata in the plan's order, the lowest lot first."""
    counts = {stratum.id: stratum.drawn for stratum in plan.strata}
    found = drawn(pool, counts, lots(seed, digest))
    place = 0
    for stratum in plan.strata:
        for number in found[stratum.id]:
            place += 1
            team = team_for(number, inspectors, plan.team, seed, digest)
            yield Pick(plan.draw, number, stratum.id, place, "、".join(team))
