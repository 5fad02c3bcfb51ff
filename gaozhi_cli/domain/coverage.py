"""How well the 清单 covers its ground: 权责清单, the named 领域, what could be added (规程一)."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.catalog import Candidate, Catalog, Item, in_force
from gaozhi_cli.domain.vocabulary import Level

WEIGHTS = {Level.LOW: 1, Level.MIDDLE: 2, Level.HIGH: 3}


class FieldCount(NamedTuple):
    """A 领域 with how many items stand in it; an empty name = items without one."""

    name: str
    items: int


def orphans(catalog: Catalog, day: date) -> list[Item]:
    """Items in force without an entry of the 权责清单 (规程一：结合本部门的权责清单进行梳理)."""
    return [item for item in catalog.items if in_force(item, catalog, day) and not item.duty]


def field_counts(catalog: Catalog, day: date, office: str | None = None) -> list[FieldCount]:
    """Items in force by 领域, in the order of fields.yaml; those without one at the end (规程一)."""
    items = catalog.items if office is None else catalog.items.of_office(office)
    counted = Counter(item.field for item in items if in_force(item, catalog, day))
    named = [FieldCount(name, counted[name]) for name in catalog.fields]
    return [*named, FieldCount("", counted[""])]


def score(candidate: Candidate) -> int:
    """频次 × 难度: cases a year, once, twice or three times by how hard the proof is to get (规程一)."""
    return candidate.frequency.cases * WEIGHTS[candidate.difficulty.level]


def ranked(candidates: list[Candidate]) -> list[Candidate]:
    """Candidates for the next version, the most useful first (规程一：使用频次较高或者获取难度较大)."""
    return sorted(candidates, key=score, reverse=True)
