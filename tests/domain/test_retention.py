"""保管期限: reckoned from the county's own dated parameter; without one nothing is let go."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from gaozhi_cli.domain.parameters import Dated, Parameter
from gaozhi_cli.domain.problem import Refused
from gaozhi_cli.domain.retention import PARAMETER, Retention, ended_before, retention_on


def parameter(*values: tuple[str, str]) -> Parameter:
    """The parameter with values from days on."""
    dated = tuple(Dated(date.fromisoformat(since), value, "虚构的期限表") for since, value in values)
    return Parameter(PARAMETER, "保管期限", "年", "", dated)


def test_the_period_in_force_on_the_day_counts() -> None:
    """A changed period is a second value, not an edit of the first."""
    both = parameter(("2020-01-01", "10"), ("2025-01-01", "30"))
    assert retention_on(both, date(2024, 12, 31)) == Retention(10, date(2020, 1, 1), "虚构的期限表")
    assert retention_on(both, date(2025, 1, 1)).years == 30


@pytest.mark.parametrize("empty", [None, parameter(), parameter(("2030-01-01", "10"))])
def test_without_a_period_nothing_is_let_go(empty: Parameter | None) -> None:
    """The refusal names the parameter, the file and what to write there."""
    with pytest.raises(Refused) as refusal:
        retention_on(empty, date(2026, 11, 24))
    assert all(word in refusal.value.message for word in (PARAMETER, "parameters.yaml", "value", "source"))


@pytest.mark.parametrize("value", ["0", "101", "", "x", "1.5", "-3"])
def test_a_period_that_is_none(value: str) -> None:
    """Not a number of years, or an absurd one."""
    with pytest.raises(Refused, match="年数"):
        retention_on(parameter(("2020-01-01", value)), date(2026, 11, 24))


@pytest.mark.parametrize(
    ("today", "years", "bound"),
    [
        ("2026-11-24", 3, "2023-11-24"),
        ("2024-02-29", 4, "2020-02-29"),
        ("2024-02-29", 3, "2021-03-01"),
        ("2025-02-28", 1, "2024-02-28"),
        ("2025-03-01", 1, "2024-03-01"),
    ],
)
def test_the_bound(today: str, years: int, bound: str) -> None:
    """Cases that ended before the bound are past their period."""
    assert ended_before(date.fromisoformat(today), years) == date.fromisoformat(bound)


def last_day(ended: date, years: int) -> date:
    """The last day of a period of years, reckoned here by itself: the same day, else the month's last."""
    try:
        return ended.replace(year=ended.year + years)
    except ValueError:
        return date(ended.year + years, 2, 28)


@pytest.mark.parametrize("years", [1, 3, 4, 30])
def test_the_bound_agrees_with_the_last_day_around_every_february(years: int) -> None:
    """What is let go today is exactly what had its last day before today."""
    for n in range(-4, 4):
        today = date(2028, 2, 29) + timedelta(n)
        for m in range(-6, 6):
            ended = date(today.year - years, 2, 28) + timedelta(m)
            assert (ended < ended_before(today, years)) == (last_day(ended, years) < today), (today, ended)
