"""暂定 dates in every table that has them: what each is counted from, so that all are reckoned alike.

A row is provisional when its date rests on a year whose calendar was not published; it keeps the day and
the period it was counted by, and the events that moved it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.assistance import Assistance
from gaozhi_cli.domain.clock import Clock, read_events, told_period
from gaozhi_cli.domain.outcome import Outcome
from gaozhi_cli.domain.vocabulary import ClockEvent
from gaozhi_cli.storage import schema, sql
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.schema import Table


class Resting(NamedTuple):
    """A row whose date rests on an unpublished calendar: where the date stands and what it follows from.

    ``clock`` None: neither the days nor the first day are known, the office sets the date anew.
    ``recheck``: the check that may begin the day after (整改复查).
    """

    table: Table
    id: str
    number: str
    column: str
    day: str
    clock: Clock | None
    recheck: str | None = None


def provisional_checks(ledger: Ledger) -> Iterator[tuple[str, str | None]]:
    """The ids of open checks with such a date, each with the day on which its case was concluded."""
    for row in ledger.engine.stream(sql.PROVISIONAL_CHECKS):
        yield row[0], row[1]


def other_provisional(ledger: Ledger) -> list[Resting]:
    """Requests to other agencies and measures with such a date that are still open."""
    found = [_assistance(Assistance(*row)) for row in ledger.engine.execute(sql.PROVISIONAL_ASSISTANCES)]
    found += [_outcome(Outcome(*row)) for row in ledger.engine.execute(sql.PROVISIONAL_OUTCOMES)]
    return [resting for resting in found if resting is not None]


def _assistance(row: Assistance) -> Resting | None:
    """The answer of the agency asked is due so many working days after the letter."""
    if row.due_on is None:
        return None
    clock = _clock(row.asked_on, row, "")
    return Resting(schema.ASSISTANCES, row.id, row.number, "due_on", row.due_on, clock)


def _outcome(row: Outcome) -> Resting | None:
    """Before the decision the end of 陈述申辩, counted from the service; after it that of 限期整改."""
    if row.decided_on is None:
        if row.statement_until is None:
            return None
        clock = _clock(row.served_on or row.noticed_on, row, "送达后")
        return Resting(schema.OUTCOMES, row.id, row.number, "statement_until", row.statement_until, clock)
    if row.due_on is None:
        return None
    clock = _clock(row.decided_on, row, "决定后")
    return Resting(schema.OUTCOMES, row.id, row.number, "due_on", row.due_on, clock, row.recheck)


def _clock(start: str | None, row: Assistance | Outcome, after: str) -> Clock | None:
    events = read_events(row.clock)
    if start is None:
        return None
    period = row.period if row.period is not None else told_period(row.due_source, after)
    if period is not None:
        return Clock(date.fromisoformat(start), period, events=events)
    if events and events[0].kind is ClockEvent.SET:
        return Clock(date.fromisoformat(start), fixed=events[0].on, events=events)
    return None
