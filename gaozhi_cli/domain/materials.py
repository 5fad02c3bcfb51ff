"""申请材料: what else an application holds, as the county lists it for an item (规程四（一）).

Neither the notice nor its 规程 lists any, so none is shipped. A proof that the letter replaces is never
on the list: 「行政机关不再索要有关证明」 (通知四).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple


class Material(NamedTuple):
    """One thing to bring, with the document that asks for it and the days between which it is asked."""

    name: str
    source: str
    since: date | None = None
    until: date | None = None


def materials_on(materials: Iterable[Material], day: date) -> tuple[Material, ...]:
    """Those asked for on ``day``; the first and the last day are included."""
    return tuple(
        one
        for one in materials
        if (one.since is None or one.since <= day) and (one.until is None or day <= one.until)
    )


def proof_named(text: str, names: Iterable[str]) -> str | None:
    """The first proof that a line asks for by its name, whatever the marks around it; None where none."""
    wanted = plain(text)
    return next((name for name in names if plain(name) and plain(name) in wanted), None)


def plain(text: str) -> str:
    """A name without the marks around it: 《营业执照》 and 营业执照 are one."""
    return "".join(char for char in text if char not in "《》“”〈〉（）()·、 \u3000")
