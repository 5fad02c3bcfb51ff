"""Intervals against a table of known values; cautions for few cases; a difference only beyond chance."""

from __future__ import annotations

import pytest

from gaozhi_cli.domain.fairness import Looked, caution, difference, wilson


@pytest.mark.parametrize(
    ("looked", "low", "high"),
    [
        ((263, 81), 0.2553, 0.3662),
        ((148, 15), 0.0624, 0.1605),
        ((0, 0), 0.0, 1.0),
        ((10, 0), 0.0, 0.2775),
        ((10, 10), 0.7225, 1.0),
    ],
)
def test_wilson(looked: tuple[int, int], low: float, high: float) -> None:
    """Newcombe (1998), table I, method 3: 81 of 263, 15 of 148."""
    found = wilson(Looked(*looked))
    assert found == pytest.approx((low, high), abs=5e-4)


def test_the_difference_of_two_shares() -> None:
    """Newcombe (1998), table II, method 10: 56 of 70 less 48 of 80 is 0.0524 to 0.3339."""
    found = difference(Looked(70, 56), Looked(80, 48))
    assert found == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-4)
    assert difference(Looked(0, 0), Looked(3, 1)) is None


def test_what_is_said() -> None:
    """Nothing to compare, few, the same, more for those who promised, more for the others."""
    said = [
        caution(Looked(*a), Looked(*b))
        for a, b in (
            ((5, 1), (0, 0)), ((29, 29), (500, 0)), ((400, 20), (400, 25)), ((400, 90), (400, 20)),
            ((400, 20), (400, 90)),
        )
    ]  # fmt: skip
    assert ["没有可比" in said[0], "少于 30" in said[1], said[2]] == [True, True, ""]
    assert "歧视性" in said[3] and "一般程序的" in said[4]
