"""工作日 arithmetic (行政许可法 第八十二条: periods in days are working days).

Pure: the calendar is handed in as a value. A year without a published calendar is counted by
weekdays alone and every answer that touches it is *provisional* (暂定).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple


class WorkCalendar(NamedTuple):
    """Holidays on weekdays, working days on weekends (调休), and the years that are published."""

    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    published: frozenset[int] = frozenset()

    def is_workday(self, day: date) -> bool:
        """True when offices work on ``day``; for an unpublished year, when it is Monday to Friday."""
        if day in self.workdays:
            return True
        return day.weekday() < 5 and day not in self.holidays


class Deadline(NamedTuple):
    """A date and whether it rests on a calendar not yet published."""

    day: date
    provisional: bool


def add_workdays(start: date, days: int, calendar: WorkCalendar) -> Deadline:
    """The ``days``-th working day after ``start`` (the day itself does not count).

    ``days`` is a number of working days, at least 0. Raises ValueError when negative.
    """
    if days < 0:
        raise ValueError("days must not be negative")
    day, left = start, days
    while left:
        day += timedelta(days=1)
        if calendar.is_workday(day):
            left -= 1
    touched = range(start.year, day.year + 1)
    return Deadline(day, any(year not in calendar.published for year in touched))
