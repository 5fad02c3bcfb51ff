"""工作日 arithmetic: the county's periods are counted in working days (parameters.yaml: unit).

Pure: the calendar is handed in as a value. A year without a published calendar is counted by
weekdays alone and every answer that touches it is *provisional* (暂定).
"""

from __future__ import annotations

import re
import unicodedata
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


def parse_day(text: str) -> date:
    """A day typed as 2026-12-31, 2026/12/31, 2026.12.31 or 2026年12月31日.

    Raises ValueError with what is wrong with it.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    match = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", plain)
    if match is None:
        raise ValueError(f"“{text}”不是日期，应写作 2026-01-31")
    year, month, day = (int(part) for part in match.groups())
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"没有“{text}”这一天，请核对日期") from None
