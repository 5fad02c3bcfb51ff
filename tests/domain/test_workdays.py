"""Working days of 2026 as published, years beyond as provisional (行政许可法 第八十二条)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.catalog import CalendarYear, Catalog
from gaozhi_cli.domain.county import County
from gaozhi_cli.domain.workdays import Deadline, WorkCalendar, add_workdays, parse_day
from gaozhi_cli.storage.calendar import work_calendar

BARE = Catalog("1", date(2021, 10, 11), "测试清单", "虚构", County("示例县"), (), ())
CALENDAR = work_calendar(BARE)
FEW = settings(deadline=None, max_examples=100, database=None)

# 2026: the State Council's notice of 2025-11-04.
WEEKEND_WORKDAYS = {
    date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9), date(2026, 9, 20),
    date(2026, 10, 10),
}  # fmt: skip
WEEKDAY_HOLIDAYS = {
    date(2026, 1, 1), date(2026, 1, 2),
    *(date(2026, 2, day) for day in (16, 17, 18, 19, 20, 23)),
    date(2026, 4, 6),
    date(2026, 5, 1), date(2026, 5, 4), date(2026, 5, 5),
    date(2026, 6, 19), date(2026, 9, 25),
    *(date(2026, 10, day) for day in (1, 2, 5, 6, 7)),
}  # fmt: skip


def test_every_day_of_2026_is_as_the_notice_says() -> None:
    """2026 放假安排: weekdays off and weekends on exactly as published, all 365 days."""
    for n in range(365):
        day = date(2026, 1, 1) + timedelta(days=n)
        expected = day in WEEKEND_WORKDAYS or (day.weekday() < 5 and day not in WEEKDAY_HOLIDAYS)
        assert CALENDAR.is_workday(day) is expected, day


def test_the_days_people_ask_about() -> None:
    """2026: 2 月 14 日（周六）上班；10 月 1 日至 7 日放假；10 月 10 日（周六）上班."""
    assert CALENDAR.is_workday(date(2026, 2, 14)) and CALENDAR.is_workday(date(2026, 10, 10))
    assert not any(CALENDAR.is_workday(date(2026, 10, day)) for day in range(1, 8))


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        (date(2026, 11, 24), 0, date(2026, 11, 24)),
        (date(2026, 11, 24), 1, date(2026, 11, 25)),
        (date(2026, 11, 27), 1, date(2026, 11, 30)),
        (date(2026, 9, 30), 1, date(2026, 10, 8)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),
        (date(2026, 2, 13), 1, date(2026, 2, 14)),
        (date(2026, 2, 13), 2, date(2026, 2, 24)),
        (date(2026, 10, 3), 1, date(2026, 10, 8)),
        (date(2026, 12, 30), 1, date(2026, 12, 31)),
    ],
)
def test_deadlines_around_the_holidays(start: date, days: int, due: date) -> None:
    """行政许可法 第八十二条: working days without holidays, the first day not counted."""
    assert add_workdays(start, days, CALENDAR) == Deadline(due, False)


def test_a_deadline_in_a_year_not_yet_published_is_provisional() -> None:
    """行政许可法 第八十二条: 2027 is counted by weekdays alone and said to be provisional."""
    assert add_workdays(date(2026, 12, 31), 1, CALENDAR) == Deadline(date(2027, 1, 1), True)
    assert add_workdays(date(2026, 11, 24), 60, CALENDAR).provisional
    assert add_workdays(date(2027, 3, 1), 0, CALENDAR).provisional


def test_a_count_that_only_passes_through_an_unpublished_year_is_provisional() -> None:
    """Every year between start and end counts, not just the last one."""
    gap = WorkCalendar(published=frozenset({2026, 2028}))
    assert add_workdays(date(2026, 12, 31), 300, gap).day.year == 2028
    assert add_workdays(date(2026, 12, 31), 300, gap).provisional
    whole = gap._replace(published=frozenset({2026, 2027, 2028}))
    assert not add_workdays(date(2026, 12, 31), 300, whole).provisional


def test_a_negative_number_of_days_is_an_error() -> None:
    """Periods run forward only."""
    with pytest.raises(ValueError, match="negative"):
        add_workdays(date(2026, 11, 24), -1, CALENDAR)


def with_years(*years: CalendarYear) -> WorkCalendar:
    """The calendar of a county that typed some years itself."""
    return work_calendar(BARE._replace(calendar_years=years))


def test_a_year_that_the_county_types_fills_the_gap() -> None:
    """docs/catalog.md holidays.yaml: 公布 makes a year certain, 暂定 uses its days and stays provisional."""
    holiday, workday = date(2027, 1, 1), date(2027, 1, 2)
    for published in (True, False):
        calendar = with_years(CalendarYear(2027, published, "虚构", (holiday,), (workday,)))
        assert not calendar.is_workday(holiday) and calendar.is_workday(workday)
        assert add_workdays(date(2026, 12, 31), 1, calendar) == Deadline(workday, not published)


def test_a_year_that_the_county_types_replaces_the_librarys() -> None:
    """docs/catalog.md holidays.yaml: the county's own year holds as a whole; other years stay."""
    calendar = with_years(CalendarYear(2026, False, "虚构", (date(2026, 11, 25),), ()))
    assert calendar.is_workday(date(2026, 10, 1)) and not calendar.is_workday(date(2026, 2, 14))
    assert not calendar.is_workday(date(2026, 11, 25))
    assert not calendar.is_workday(date(2025, 10, 1))
    assert add_workdays(date(2026, 11, 24), 1, calendar) == Deadline(date(2026, 11, 26), True)


DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
CALENDARS = st.one_of(
    st.just(CALENDAR),
    st.builds(WorkCalendar, st.frozensets(DAYS), st.frozensets(DAYS), st.just(frozenset({2026}))),
)


@FEW
@given(DAYS, st.integers(0, 80), CALENDARS)
def test_between_start_and_deadline_lie_exactly_so_many_working_days(
    start: date, days: int, calendar: WorkCalendar
) -> None:
    """行政许可法 第八十二条: the deadline is a working day, and the count after the start is right."""
    due = add_workdays(start, days, calendar).day
    span = [start + timedelta(days=n) for n in range(1, (due - start).days + 1)]
    assert sum(map(calendar.is_workday, span)) == days
    assert due == start if days == 0 else calendar.is_workday(due)


@FEW
@given(DAYS, st.integers(0, 60), st.integers(0, 60))
def test_counting_in_two_legs_gives_the_same_day(start: date, first: int, second: int) -> None:
    """A period cut in two ends on the same day as the whole."""
    half = add_workdays(start, first, CALENDAR).day
    assert add_workdays(half, second, CALENDAR).day == add_workdays(start, first + second, CALENDAR).day


@pytest.mark.parametrize(
    "typed",
    [
        "2026-01-31",
        "2026-1-31",
        "2026/01/31",
        "2026.1.31",
        "2026年1月31日",
        "2026年01月31",
        " ２０２６－０１－３１ ",
    ],
)
def test_a_day_as_people_type_it(typed: str) -> None:
    """Dashes, strokes, dots or 年月日, in any width, with or without zeros."""
    assert parse_day(typed) == date(2026, 1, 31)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("2026-02-30", "没有“2026-02-30”这一天"),
        ("2026-13-01", "没有"),
        ("0000-01-01", "没有"),
        ("20260131", "不是日期"),
        ("31/1/2026", "不是日期"),
        ("26-1-31", "不是日期"),
        ("2026-W05-6", "不是日期"),
        ("明天", "不是日期"),
        ("", "不是日期"),
    ],
)
def test_what_is_no_day_is_told_apart_from_a_day_that_does_not_exist(typed: str, said: str) -> None:
    """A wrong form and a wrong day are different mistakes."""
    with pytest.raises(ValueError, match=said):
        parse_day(typed)


@FEW
@given(st.dates(), st.sampled_from("-/."))
def test_every_day_is_read_back(day: date, mark: str) -> None:
    """Written with any mark, and in Chinese, it is the same day."""
    assert parse_day(f"{day.year:04d}{mark}{day.month}{mark}{day.day:02d}") == day
    assert parse_day(f"{day.year:04d}年{day.month}月{day.day}日") == day
