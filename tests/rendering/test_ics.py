"""The iCalendar file read back by the library that others read it with."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from gaozhi_cli.rendering.ics import DueEvent, calendar_bytes

TODAY = date(2026, 11, 24)
EVENT = DueEvent(
    "RS-2026-00001-1@ab.gaozhi", date(2026, 12, 15), "现场核查：机构；场地,设备", "由来：\\n 15 个工作日",
    ("核查", "现场核查", "示例局"),
)  # fmt: skip
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=120)


def test_an_all_day_event_for_each_check() -> None:
    """Day, words and categories come back as they were; lines are as RFC 5545 has them."""
    data = calendar_bytes(
        [EVENT, EVENT._replace(uid="x@ab.gaozhi", tentative=True)], name="核查", today=TODAY
    )
    lines = data.split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR" and all(len(line) <= 75 for line in lines)
    assert b"DTSTART;VALUE=DATE:20261215" in lines and b"DTEND;VALUE=DATE:20261216" in lines
    calendar = Calendar.from_ical(data)
    first, second = calendar.walk("VEVENT")
    assert (str(first["uid"]), str(first["summary"])) == (EVENT.uid, EVENT.summary)
    assert str(first["description"]) == EVENT.description
    assert [str(word) for word in first["categories"].cats] == list(EVENT.categories)
    assert (str(first["status"]), str(second["status"])) == ("CONFIRMED", "TENTATIVE")
    assert calendar_bytes([EVENT], name="核查", today=TODAY) == calendar_bytes(
        [EVENT], name="核查", today=TODAY
    )


def test_no_event_is_a_calendar_all_the_same() -> None:
    """An office with nothing due gets an empty calendar, not an error."""
    assert Calendar.from_ical(calendar_bytes([], name="核查", today=TODAY)).walk("VEVENT") == []


@settings(deadline=None, max_examples=30, database=None)
@given(WORDS, st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_whatever_the_words_they_come_back(words: str, day: date) -> None:
    """Commas, semicolons, backslashes, rare characters, any length."""
    (event,) = Calendar.from_ical(
        calendar_bytes([EVENT._replace(day=day, summary=f"核{words}查")], name=words, today=TODAY)
    ).walk("VEVENT")
    assert str(event["summary"]) == f"核{words}查"
    assert event["dtstart"].dt == day and event["dtend"].dt == day + timedelta(days=1)
