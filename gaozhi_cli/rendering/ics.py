"""核查期限 as an iCalendar file (RFC 5545) for the calendars of phones and desktops: all-day events.

Nothing personal: no applicant, no inspector. The UID of a check stays the same, so a file taken in again
moves its event; DTSTAMP is the day asked about, so the same day gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

PRODUCT = "-//gaozhi//verify//ZH"


class DueEvent(NamedTuple):
    """A day in the calendar: ``uid`` never changes, ``tentative`` rests on an unpublished calendar."""

    uid: str
    day: date
    summary: str
    description: str
    categories: tuple[str, ...]
    tentative: bool = False


def calendar_bytes(events: Iterable[DueEvent], *, name: str, today: date) -> bytes:
    """The events as one calendar, whatever their number."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    for key, value in (
        ("prodid", PRODUCT),
        ("version", "2.0"),
        ("calscale", "GREGORIAN"),
        ("method", "PUBLISH"),
        ("x-wr-calname", name),
    ):
        calendar.add(key, value)
    stamp = datetime(today.year, today.month, today.day, tzinfo=UTC)
    for event in events:
        entry = Event()
        entry.add("uid", event.uid)
        entry.add("dtstamp", stamp)
        entry.add("dtstart", event.day)
        entry.add("dtend", event.day + timedelta(days=1))
        entry.add("summary", event.summary)
        entry.add("description", event.description)
        entry.add("categories", list(event.categories))
        entry.add("status", "TENTATIVE" if event.tentative else "CONFIRMED")
        entry.add("transp", "TRANSPARENT")
        calendar.add_component(entry)
    return bytes(calendar.to_ical())
