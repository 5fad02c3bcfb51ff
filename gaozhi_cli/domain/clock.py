"""期限的中止、恢复和延长: what moves a date that was counted in working days.

A clock is its base date and the events since, in order. Replaying them gives the date, so a calendar that
is published later moves it by the same rules. The day of the pause does not count any more, the day of
resuming does. The notice sets no rule for this: the reason of each event stands in the journal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from gaozhi_cli.domain.vocabulary import ClockEvent
from gaozhi_cli.domain.workdays import Deadline, WorkCalendar, add_workdays


class Event(NamedTuple):
    """Something that moved a date, on its day. ``days``: working days added by an extension.

    SET comes first where there is no period: ``on`` is then the day that the office chose.
    """

    kind: ClockEvent
    on: date
    days: int = 0


class Clock(NamedTuple):
    """A date that was set for a day or counted from one, and what has moved it since.

    ``start`` and ``period``: counted (working days); ``fixed``: a day set by the office. One of both.
    """

    start: date
    period: int | None = None
    fixed: date | None = None
    events: tuple[Event, ...] = ()

    @property
    def paused_on(self) -> date | None:
        """The day since which it stands still; None while it runs."""
        last = [event for event in self.events if event.kind in (ClockEvent.PAUSED, ClockEvent.RESUMED)]
        return last[-1].on if last and last[-1].kind is ClockEvent.PAUSED else None

    def after(self, event: Event) -> Clock:
        """The clock with one event more."""
        return self._replace(events=(*self.events, event))


TOLD = re.compile(r"(?:(\w+) )?([1-9]\d{0,3}) 个工作日")


def told_period(source: str | None, after: str = "") -> int | None:
    """The working days at the head of the words that say who set a date: 15 个工作日，….

    For rows that keep them only there (ledgers before format 4, measures). ``after``: from what they are
    counted, as the words say it (送达后 3 个工作日); other words say nothing of it.
    """
    found = TOLD.match(source or "")
    return int(found[2]) if found and (found[1] or "") == after else None


def deadline(clock: Clock, calendar: WorkCalendar) -> Deadline | None:
    """The date after all that has moved it; None where there is neither a period nor a day.

    While it is paused the answer is the date it would have without the pause.
    """
    if clock.fixed is not None:
        due = Deadline(clock.fixed, False)
    elif clock.period is not None:
        due = add_workdays(clock.start, clock.period, calendar)
    else:
        return None
    paused: date | None = None
    for event in clock.events:
        if event.kind is ClockEvent.PAUSED:
            paused = event.on
        elif event.kind is ClockEvent.SET:
            due = Deadline(event.on, False)
        elif event.kind is ClockEvent.EXTENDED:
            later = add_workdays(due.day, event.days, calendar)
            due = Deadline(later.day, due.provisional or later.provisional)
        elif paused is not None:
            due, paused = _resumed(due, paused, event.on, calendar), None
    return due


def _resumed(due: Deadline, paused: date, resumed: date, calendar: WorkCalendar) -> Deadline:
    """What was left on the day of the pause is counted from the day of resuming, that day included.

    Never earlier than before the pause: a day that the office set may be no working day.
    """
    left = workdays_between(paused, due.day, calendar)
    later = add_workdays(resumed - timedelta(days=1), max(left, 1), calendar)
    counted = range(min(paused, due.day).year, max(due.day, later.day).year + 1)
    rests = any(year not in calendar.published for year in counted)
    return Deadline(max(later.day, due.day), due.provisional or rests)


def workdays_between(first: date, last: date, calendar: WorkCalendar) -> int:
    """How many working days there are from ``first`` to ``last``, both included; 0 where it is past."""
    days = (last - first).days + 1
    return sum(calendar.is_workday(first + timedelta(days=n)) for n in range(days))


def moved(events: Sequence[Event]) -> str:
    """What has moved a date, for the line that says why it is that date."""
    said: list[str] = []
    paused: date | None = None
    for event in events:
        if event.kind is ClockEvent.PAUSED:
            paused = event.on
        elif event.kind is ClockEvent.SET:
            continue
        elif event.kind is ClockEvent.EXTENDED:
            said.append(f"延长 {event.days} 个工作日")
        elif paused is not None:
            said.append(f"中止 {paused} 至 {event.on}")
            paused = None
    if paused is not None:
        said.append(f"{paused} 起中止")
    return "，".join(said)


def events_text(events: Sequence[Event]) -> str | None:
    """The events as the ledger keeps them (JSON); None where there are none."""
    if not events:
        return None
    return json.dumps([[e.kind.value, e.on.isoformat(), e.days] for e in events], separators=(",", ":"))


def read_events(text: str | None) -> tuple[Event, ...]:
    """The events that ``events_text`` wrote."""
    return tuple(
        Event(ClockEvent(kind), date.fromisoformat(on), days) for kind, on, days in json.loads(text or "[]")
    )
