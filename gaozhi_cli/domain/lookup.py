"""Finding one's way in the 清单: by 序号, id, words, pinyin; what ended and its successor (通知五（一）)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.catalog import Catalog, Item, Items, folded, in_force
from gaozhi_cli.domain.county import Office

ID = re.compile(r"[a-z][a-z0-9]{0,7}-[0-9][0-9a-z-]*")


def find_items(catalog: Catalog, text: str, day: date) -> list[Item]:
    """Items in force meant by ``text``: printed 序号 or id (at most one), the matter's name or words of it.

    Words that no matter holds are looked for everywhere, pinyin included; initials or full pinyin of
    just one matter's whole name mean that one.
    """
    wanted, items = _row_or_words(text), catalog.items
    exact = [item for item in _named(items, text) if in_force(item, catalog, day)]
    if not exact and wanted.isdecimal():
        exact = [i for i in items if i.no.lstrip("0") == wanted and in_force(i, catalog, day)]
    if exact or not wanted or wanted.isdecimal() or ID.fullmatch(wanted.lower()):
        return exact
    found = search(catalog, wanted, day)
    for fits in (_is_named, _sounds_like, _holds_in_name):
        fitting = [item for item in found if fits(item, wanted)]
        if fitting:
            return fitting
    return found


def _is_named(item: Item, wanted: str) -> bool:
    return folded(wanted) in (folded(item.matter), folded(item.code))


def _sounds_like(item: Item, wanted: str) -> bool:
    return folded(wanted) in (*item.sounds.matter, *item.sounds.matter_initials)


def _holds_in_name(item: Item, wanted: str) -> bool:
    return all(folded(word) in folded(item.matter) for word in wanted.split())


def _row_or_words(text: str) -> str:
    """``text`` in normal width; a row number also as ６４, 064, 64号 or 第64项."""
    wanted = unicodedata.normalize("NFKC", text).strip()
    row = re.fullmatch(r"第?0*(\d+)[号项]?", wanted)
    return row[1] if row else text.strip()


def _named(items: Items, text: str) -> list[Item]:
    """Items by row number or id, as typed or as rs-4 and RS04 for rs-04."""
    plain, wanted = text.strip(), _row_or_words(text)
    typed = folded(wanted)
    short = re.fullmatch(r"([a-z]{1,8})-?0*(\d{1,3})", typed)
    ids = [typed, *([f"{short[1]}-{short[2].zfill(2)}"] if short else [])]
    found = [*items.by_no(plain), *items.by_no(wanted), *(items.by_id(id_) for id_ in ids)]
    return list(dict.fromkeys(item for item in found if item is not None))


def search(catalog: Catalog, text: str, day: date) -> list[Item]:
    """Items in force that hold every word of ``text`` somewhere, the nearest first.

    A row number stands for itself, not for a part of one.
    """
    words = tuple(dict.fromkeys(folded(text).split()))
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
    matter, sounds = folded(item.matter), item.sounds
    if word in (item.no, item.id, folded(item.code)):
        return 0, 0
    if word == matter or word in (*sounds.matter, *sounds.matter_initials):
        return 1, 0
    if word in matter:
        return 2, matter.index(word)
    if any(word in folded(proof.name) for proof in item.proofs):
        return 3, 0
    names = (office.name, *office.short, *office.initials, office.code) if office else ()
    if (len(word) > 1 or not word.isascii()) and any(word in folded(name) for name in names):
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
    """An item that letters can no longer start for: its last day, and what took its place as far as known."""

    item: Item
    last: date
    successors: tuple[Item, ...]


def find_ended(text: str, day: date, catalogs: Sequence[Catalog]) -> Ended | None:
    """The item meant by ``text`` that ended before ``day``, looked for in all versions begun by then.

    ``catalogs`` runs from the version of the day to the oldest. None where there never was one.
    """
    for catalog in catalogs:
        named = _named(catalog.items, text)
        named += [item for item in catalog.items.holding((text.strip(),)) if item.matter == text.strip()]
        for item in named:
            ends = [end for end in (item.valid_until, catalog.until) if end is not None]
            if ends and min(ends) < day:
                return Ended(item, min(ends), successors(item, day, catalogs))
    return None


def successors(item: Item, day: date, catalogs: Sequence[Catalog]) -> tuple[Item, ...]:
    """The items in force on ``day`` that took the place of ``item``, over as many steps as it took."""
    following: dict[str, dict[str, None]] = {}
    for catalog in catalogs:
        for new in catalog.items:
            for old in new.replaces:
                following.setdefault(old, {})[new.id] = None
    found: dict[str, Item] = {}
    seen, waiting = {item.id}, list(following.get(item.id, ()))
    while waiting:
        id_ = waiting.pop(0)
        if id_ in seen:
            continue
        seen.add(id_)
        now = catalogs[0].item(id_)
        if now is not None and in_force(now, catalogs[0], day):
            found[id_] = now
        else:
            waiting += following.get(id_, ())
    return tuple(found.values())
