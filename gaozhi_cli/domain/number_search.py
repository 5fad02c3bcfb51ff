"""编号的一部分: which serial numbers of a row of numbers hold a piece of text, found without looking at them.

Numbers are gapless, so the spans of serials that match are reckoned from the text alone, in order; a
listing then goes straight to them, however many other numbers there are.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import NamedTuple

WIDTH = 5  # RS-2026-00001: padded to five digits, longer from 100000 on


class Span(NamedTuple):
    """Serials from ``first`` to ``last``, both included."""

    first: int
    last: int


def spans(text: str, stem: str, top: int) -> Iterator[Span]:
    """The serials n, 1 to ``top``, whose number ``{stem}{n:05d}`` holds ``text``; in order, apart.

    ``stem``: what the numbers begin with, e.g. ``RS-2026-`` or ``RS-2026-Y``.
    """
    if text in stem:
        yield Span(1, top)
        return
    found: list[Iterator[Span]] = []
    for cut in range(1, len(text)):
        if stem.endswith(text[:cut]) and _digits(text[cut:]):
            found.append(_from(_with(text[cut:], top, anywhere=False), top))
    if _digits(text):
        found.append(_from(_with(text, top, anywhere=True), top))
    yield from _apart(heapq.merge(*found))


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _with(digits: str, top: int, *, anywhere: bool) -> Iterator[Span]:
    """Serials whose printed digits begin with ``digits`` or, ``anywhere``, hold them."""
    for width in range(WIDTH, max(WIDTH, len(str(top))) + 1):
        room = width - len(digits)
        if room >= 0:
            places = range(room + 1) if anywhere else (0,)
            yield from heapq.merge(*(_at(digits, place, width, top) for place in places))


def _at(digits: str, place: int, width: int, top: int) -> Iterator[Span]:
    """Serials printed in so many digits that have ``digits`` after ``place`` others."""
    padded = width == WIDTH
    after = 10 ** (width - len(digits) - place)
    if place == 0 and not padded and digits[0] == "0":
        return
    least = 0 if padded or place == 0 else 10 ** (place - 1)
    for head in range(least, 10**place):
        first = (head * 10 ** len(digits) + int(digits)) * after
        if first > top:
            return
        yield Span(first, first + after - 1)


def _from(found: Iterator[Span], top: int) -> Iterator[Span]:
    """Within 1 and ``top``."""
    for first, last in found:
        if last >= 1 and first <= top:
            yield Span(max(first, 1), min(last, top))


def _apart(found: Iterator[Span]) -> Iterator[Span]:
    """Those that touch as one."""
    open_: Span | None = None
    for span in found:
        if open_ is not None and span.first <= open_.last + 1:
            open_ = Span(open_.first, max(open_.last, span.last))
        else:
            if open_ is not None:
                yield open_
            open_ = span
    if open_ is not None:
        yield open_
