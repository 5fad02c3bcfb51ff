"""A clock that is paused, resumed and extended: what is left is neither lost nor gained."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.clock import (
    Clock,
    Event,
    deadline,
    events_text,
    moved,
    read_events,
    told_period,
    workdays_between,
)
from gaozhi_cli.domain.vocabulary import ClockEvent
from gaozhi_cli.domain.workdays import WorkCalendar, add_workdays
from tests.domain.test_workdays import CALENDAR

FEW = settings(deadline=None, max_examples=60, database=None)
PLAIN = WorkCalendar(published=frozenset(range(2000, 2100)))
starts = st.dates(date(2025, 1, 1), date(2026, 6, 30))
periods = st.integers(1, 40)
calendars = st.sampled_from([PLAIN, CALENDAR])


def event(kind: ClockEvent, on: date, days: int = 0) -> Event:
    return Event(kind, on, days)


def paused(clock: Clock, on: date, until: date) -> Clock:
    """The clock stopped on a day and let run on another."""
    return clock.after(event(ClockEvent.PAUSED, on)).after(event(ClockEvent.RESUMED, until))


@FEW
@given(starts, periods, st.integers(0, 60), st.integers(0, 90), calendars)
def test_a_pause_keeps_the_working_days_that_were_left(
    start: date, period: int, into: int, long: int, calendar: WorkCalendar
) -> None:
    """From the day of the pause to the old date, as many as from the day of resuming to the new one."""
    clock = Clock(start, period)
    due = deadline(clock, calendar)
    assert due is not None
    on = min(start + timedelta(days=into), due.day)
    until = on + timedelta(days=long)
    later = deadline(paused(clock, on, until), calendar)
    assert later is not None and later.day >= due.day and calendar.is_workday(later.day)
    left = workdays_between(on, due.day, calendar)
    assert workdays_between(until, later.day, calendar) == left
    if long == 0:
        assert later == due


@FEW
@given(starts, periods, st.integers(1, 30), st.integers(1, 30), calendars)
def test_extensions_add_up(start: date, period: int, one: int, two: int, calendar: WorkCalendar) -> None:
    """Two extensions are as one of both; the date is that of the longer period."""
    clock = Clock(start, period)
    both = clock.after(event(ClockEvent.EXTENDED, start, one)).after(event(ClockEvent.EXTENDED, start, two))
    assert deadline(both, calendar) == add_workdays(start, period + one + two, calendar)


@FEW
@given(starts, st.integers(0, 30), st.integers(0, 30), st.integers(0, 60))
def test_a_day_that_the_office_set_is_never_moved_forward(
    start: date, day: int, into: int, long: int
) -> None:
    """Whatever day it is, Saturday too: a pause can only put it off, an extension always does."""
    fixed = start + timedelta(days=day)
    clock = Clock(start, events=(event(ClockEvent.SET, fixed),), fixed=fixed)
    on = min(start + timedelta(days=into), fixed)
    later = deadline(paused(clock, on, on + timedelta(days=long)), PLAIN)
    assert later is not None and later.day >= fixed and not later.provisional
    longer = deadline(clock.after(event(ClockEvent.EXTENDED, on, 1)), PLAIN)
    assert longer is not None and longer.day > fixed


@FEW
@given(
    st.lists(st.builds(Event, st.sampled_from(ClockEvent), st.dates(), st.integers(0, 999)), max_size=6).map(
        tuple
    )
)
def test_events_are_read_as_they_were_written(events: tuple[Event, ...]) -> None:
    """The ledger keeps them as one short text; none is NULL."""
    text = events_text(events)
    assert (text is None) is (not events) and read_events(text) == events


@FEW
@given(starts, periods, st.integers(0, 30), st.integers(0, 30), st.sets(st.integers(1, 200), max_size=30))
def test_a_calendar_that_arrives_moves_the_date_by_the_same_rules(
    start: date, period: int, into: int, long: int, off: set[int]
) -> None:
    """Replayed on the new calendar, the days left are still the days left; more holidays never hurry it."""
    calendar = PLAIN._replace(holidays=frozenset(start + timedelta(days=n) for n in off))
    due = deadline(Clock(start, period), calendar)
    assert due is not None and due.day >= add_workdays(start, period, PLAIN).day
    on = min(start + timedelta(days=into), due.day)
    later = deadline(paused(Clock(start, period), on, on + timedelta(days=long)), calendar)
    assert later is not None
    assert workdays_between(on + timedelta(days=long), later.day, calendar) == workdays_between(
        on, due.day, calendar
    )


def test_neither_a_period_nor_a_day_is_no_date() -> None:
    """未定期限 stays 未定期限."""
    assert deadline(Clock(date(2026, 11, 24)), CALENDAR) is None


def test_a_pause_into_an_unpublished_year_is_provisional() -> None:
    """Ten days from 24 November end in 2026; paused until 2027 they end in a year nobody has published."""
    clock = Clock(date(2026, 11, 24), 10)
    found = deadline(paused(clock, date(2026, 12, 1), date(2027, 1, 4)), CALENDAR)
    assert found is not None and (found.day, found.provisional) == (date(2027, 1, 11), True)
    assert deadline(clock, CALENDAR) == add_workdays(date(2026, 11, 24), 10, CALENDAR)


def test_days_told_only_in_words_are_read_where_it_is_said_from_when() -> None:
    """Ledgers before format 4 and measures keep them there; other words are not taken for them."""
    assert told_period("15 个工作日，某办法") == 15
    assert told_period("送达后 3 个工作日，某办法", "送达后") == 3
    for source in (None, "", "办理时指定", "整改期满后 5 个工作日，某办法", "自办结起 20 个工作日，某法"):
        assert told_period(source) is None
    assert told_period("15 个工作日，某办法", "送达后") is None


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ((), ""),
        ((event(ClockEvent.SET, date(2026, 12, 1)),), ""),
        ((event(ClockEvent.EXTENDED, date(2026, 12, 1), 5),), "延长 5 个工作日"),
        ((event(ClockEvent.PAUSED, date(2026, 12, 1)),), "2026-12-01 起中止"),
        (
            (
                event(ClockEvent.PAUSED, date(2026, 12, 1)),
                event(ClockEvent.RESUMED, date(2026, 12, 8)),
                event(ClockEvent.EXTENDED, date(2026, 12, 9), 2),
            ),
            "中止 2026-12-01 至 2026-12-08，延长 2 个工作日",
        ),
    ],
)
def test_what_has_moved_a_date_is_said(events: tuple[Event, ...], said: str) -> None:
    """In the order of the events, with their days."""
    assert moved(events) == said
    clock = Clock(date(2026, 11, 24), 5, events=events)
    standing = bool(events) and events[-1].kind is ClockEvent.PAUSED
    assert (clock.paused_on == date(2026, 12, 1)) is standing
