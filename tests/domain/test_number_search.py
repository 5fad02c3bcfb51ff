"""Parts of a number: the spans that are reckoned are those a look at every number would find."""

from __future__ import annotations

import itertools

import pytest

from gaozhi_cli.domain.number_search import Span, spans

TEXTS = (
    "RS", "S-2", "2026", "26", "6-0", "6-001", "-00", "-1", "-10", "-100", "RS-2026-00123", "S-2026-1", "Y",
    "Y0", "6-Y1", "0", "00", "1", "12", "99", "101", "0123", "00999", "99999", "100000", "100001", "12345",
    "120003", "RS-2026-100000", "RT", "2027", "X1", "1X", "1-", "１", "RS-2026-1000000", "-0100000",
)  # fmt: skip


@pytest.mark.parametrize("stem", ["RS-2026-", "RS-2026-Y", "A1-2100-"])
@pytest.mark.parametrize("top", [7, 1234])
def test_spans_are_what_a_look_at_every_number_finds(stem: str, top: int) -> None:
    """For every text, by brute force."""
    for text in TEXTS:
        found = [n for first, last in spans(text, stem, top) for n in range(first, last + 1)]
        assert found == [n for n in range(1, top + 1) if text in f"{stem}{n:05d}"], text


@pytest.mark.parametrize("text", ["100", "9999", "00", "12012", "6-10", "-99999", "120120"])
def test_spans_beyond_five_digits(text: str) -> None:
    """Numbers grow longer at one hundred thousand and have no leading zero then."""
    found = itertools.chain.from_iterable(range(a, b + 1) for a, b in spans(text, "RS-2026-", 130_000))
    assert list(found) == [n for n in range(1, 130_001) if text in f"RS-2026-{n:05d}"]


def test_spans_are_apart_and_few() -> None:
    """Neighbours are one span; the whole row is one; the spans of millions are not reckoned first."""
    assert list(spans("2026", "RS-2026-", 10**7)) == [Span(1, 10**7)]
    assert list(spans("-0001", "RS-2026-", 10**7)) == [Span(10, 19)]
    assert next(spans("7", "RS-2025-", 10**8)) == Span(7, 7)
    assert list(spans("123", "RS-2026-", 122)) == []
