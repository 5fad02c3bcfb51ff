"""Finding one's way in the 清单: by 序号, id, words, pinyin; what ended and its successor (通知五（一）)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.catalog import Catalog, Item, in_force
from gaozhi_cli.domain.county import Office


def find_items(catalog: Catalog, text: str, day: date) -> list[Item]:
    """Items in force meant by ``text``: printed 序号 or id (at most one), the matter's name or words of it.

    Words that no matter holds are looked for everywhere, pinyin included; initials or full pinyin of
    just one matter's whole name mean that one.
    """
    wanted = _row_or_words(text)
    items = catalog.items
    exact = [i for i in (*items.by_no(wanted), items.by_id(wanted.lower())) if i is not None]
    exact = list(dict.fromkeys(item for item in exact if in_force(item, catalog, day)))
    if exact or not wanted or wanted.isdecimal():
        return exact
    found = search(catalog, wanted, day)
    for fits in (_is_named, _sounds_like, _holds_in_name):
        fitting = [item for item in found if fits(item, wanted)]
        if fitting:
            return fitting
    return found


def _is_named(item: Item, wanted: str) -> bool:
    return wanted == item.matter


def _sounds_like(item: Item, wanted: str) -> bool:
    return wanted.lower() in (*item.sounds.matter, *item.sounds.matter_initials)


def _holds_in_name(item: Item, wanted: str) -> bool:
    return all(word in item.matter for word in wanted.split())


def _row_or_words(text: str) -> str:
    """``text`` in normal width; a row number also as ６４, 064, 64号 or 第64项."""
    wanted = unicodedata.normalize("NFKC", text).strip()
    row = re.fullmatch(r"第?0*(\d+)[号项]?", wanted)
    return row[1] if row else text.strip()


def search(catalog: Catalog, text: str, day: date) -> list[Item]:
    """Items in force that hold every word of ``text`` somewhere, the nearest first.

    A row number stands for itself, not for a part of one.
    """
    words = tuple(dict.fromkeys(text.lower().split()))
    if not words:
        return []
    hits = catalog.items.holding(words, catalog.offices)
    offices = {office.code: office for office in catalog.offices}
    ranked = [
        (rank, item)
        for item in hits
        if in_force(item, catalog, day) and (rank := _rank(item, offices.get(item.office), words)) is not None
    ]
    return [item for _, item in sorted(ranked, key=lambda pair: pair[0])]


def _rank(item: Item, office: Office | None, words: tuple[str, ...]) -> tuple[int, int] | None:
    """How near an item is: the worst place that a word was found in, and how early."""
    places = [_place(item, office, word) for word in words]
    known = [place for place in places if place is not None]
    if len(known) < len(places):
        return None
    return max(known)


def _place(item: Item, office: Office | None, word: str) -> tuple[int, int] | None:
    """Where a word stands: (tier, position), a lower tier is nearer; None where it only seemed to."""
    matter, sounds = item.matter.lower(), item.sounds
    if word in (item.no, item.id, item.code.lower()):
        return 0, 0
    if word == matter or word in (*sounds.matter, *sounds.matter_initials):
        return 1, 0
    if word in matter:
        return 2, matter.index(word)
    if any(word in proof.name.lower() for proof in item.proofs):
        return 3, 0
    names = (office.name, *office.short, *office.initials, office.code) if office else ()
    if any(word in name.lower() for name in names):
        return 4, 0
    if any(text.startswith(word) for text in (*sounds.matter_initials, *sounds.matter)):
        return 5, 0
    if len(word) > 1:
        heard = (*sounds.matter_initials, *sounds.matter, *sounds.proofs_initials, *sounds.proofs)
        if any(word in text for text in heard):
            return 6, 0
    if not word.isdecimal() and word in f"{item.id} {item.code}".lower():
        return 7, 0
    return None


def near_items(catalog: Catalog, text: str, day: date, limit: int = 3) -> list[Item]:
    """Items in force whose matter is like ``text``, nearest first; those sharing most characters."""
    wanted = set(text)

    def likeness(item: Item) -> float:
        return len(wanted & set(item.matter)) / (len(wanted | set(item.matter)) or 1)

    items = [item for item in catalog.items if in_force(item, catalog, day)]
    return [i for i in sorted(items, key=likeness, reverse=True)[:limit] if likeness(i) > 0]


class Ended(NamedTuple):
    """An item that letters can no longer start for: its last day, and what took its place if known."""

    item: Item
    last: date
    successor: Item | None


def find_ended(text: str, day: date, catalogs: Sequence[Catalog]) -> Ended | None:
    """The item meant by ``text`` that ended before ``day``, looked for in all versions begun by then.

    ``catalogs`` runs from the version of the day to the oldest. None where there never was one.
    """
    wanted = _row_or_words(text)
    for catalog in catalogs:
        named = [*catalog.items.by_no(wanted), catalog.items.by_id(wanted.lower())]
        named += [item for item in catalog.items.holding((text.strip(),)) if item.matter == text.strip()]
        for item in named:
            ends = [end for end in (item and item.valid_until, catalog.until) if end is not None]
            if item is not None and ends and min(ends) < day:
                return Ended(item, min(ends), successor(item, day, catalogs))
    return None


def successor(item: Item, day: date, catalogs: Sequence[Catalog]) -> Item | None:
    """The item in force on ``day`` that took the place of ``item``, over as many steps as it took."""
    following = {old: new for catalog in reversed(catalogs) for new in catalog.items for old in new.replaces}
    seen = {item.id}
    while item.id in following and following[item.id].id not in seen:
        item = following[item.id]
        seen.add(item.id)
        now = catalogs[0].item(item.id)
        if now is not None and in_force(now, catalogs[0], day):
            return now
    return None
