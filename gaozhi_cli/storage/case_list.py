"""承诺列表: each filter of ``commitment list`` goes straight to its hits, however large the ledger is.

Four ways, by the filter that narrows most: the subject's cases; days, by office and state; words, as the
items' cases and the numbers that hold them; else the order of numbers itself, by office and state. What
else was asked for sifts what the way yields. No statistics are kept that a planner could misjudge by, so
each statement leaves it one index (tests look at the plans).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from itertools import islice
from typing import Any

from gaozhi_cli.domain.commitment import Commitment, Number
from gaozhi_cli.domain.number_search import spans
from gaozhi_cli.domain.vocabulary import CommitmentStatus
from gaozhi_cli.storage import sql
from gaozhi_cli.storage.engine import Engine
from gaozhi_cli.storage.records import Listed, Query

FIRST_DAY, LAST_DAY = "0000", "9999-99-99"
STATUSES = tuple(status.value for status in CommitmentStatus)
Condition = tuple[str, tuple[Any, ...]]


def listed(engine: Engine, query: Query) -> Iterator[Listed]:
    """The cases that answer a query, in order of number; at most ``query.limit``."""
    if query.subjects == () or query.limit == 0:
        return iter(())
    if query.subjects is not None:
        found = _of_subjects(engine, query)
    elif query.items or query.text is not None:
        found = _holding_words(engine, query)
    elif query.since is not None or query.until is not None:
        found = _by_day(engine, query)
    else:
        found = _in_order(engine, query)
    return islice(found, query.limit)


def _in_order(engine: Engine, query: Query) -> Iterator[Listed]:
    """Along the index of numbers, or that of states and numbers."""
    after = query.after
    if after is None:
        return _rows(engine, [*_office(query), *_status(query)], limit=query.limit)
    return _behind_in_order(engine, query, after)


def _behind_in_order(engine: Engine, query: Query, after: Number) -> Iterator[Listed]:
    """What is left of the row of numbers, then its office's later series and years, then later offices."""
    steps: list[tuple[tuple[str, str], tuple[Any, ...]]] = []
    office, year, n, series = after
    if query.office in (None, office):
        steps.append((sql.REST_OF_ROW, (office, year, series, n)))
        steps.append((sql.LATER_SERIES, (office, year, series)))
        steps.append((sql.LATER_YEARS, (office, year)))
    if query.office is None:
        steps.append((sql.LATER_OFFICES, (office,)))
    elif query.office > office:
        steps.append((("c.office = ?", sql.NUMBER_ORDER), (query.office,)))
    for (condition, order), values in steps:
        yield from _rows(engine, [(condition, values), *_status(query)], order=order, limit=query.limit)


def _by_day(engine: Engine, query: Query) -> Iterator[Listed]:
    """By the day of drawing up; by office, state and day where one of the two is asked for."""
    between = (sql.BETWEEN_DAYS, (query.since or FIRST_DAY, query.until or LAST_DAY))
    sift = [_behind(query.after)] if query.after else []
    if query.office is None and query.status is None:
        yield from _rows(engine, [between, *sift], order=sql.SORTED)
        return
    states = (query.status,) if query.status is not None else STATUSES
    in_states = (sql.one_of("status", len(states)), states)
    offices = [query.office] if query.office is not None else _offices(engine)
    for office in offices:
        where = [("c.office = ?", (office,)), in_states, between, *sift]
        yield from _rows(engine, where, order=sql.SORTED)


def _of_subjects(engine: Engine, query: Query) -> Iterator[Listed]:
    """All cases of the subjects, the other filters looked at one by one."""
    subjects = query.subjects or ()
    where = [(sql.one_of("subject", len(subjects)), subjects), *_sifting(query)]
    for found in _rows(engine, where, order=sql.SORTED):
        case = found.case
        words = query.items or query.text is not None
        holds = query.text is not None and query.text in case.number
        if (not words or holds or case.item in query.items) and _is_behind(case, query.after):
            yield found


def _holding_words(engine: Engine, query: Query) -> Iterator[Listed]:
    """Cases of the items and cases whose number holds the text, each once."""
    ways = []
    if len(query.items) == 1:
        where = [("c.item = ?", query.items), *_office(query), *_sifting(query, office=False)]
        ways.append(_rows(engine, where))
    elif query.items:
        where = [(sql.one_of("item", len(query.items)), query.items), *_sifting(query)]
        ways.append(_rows(engine, where, order=sql.SORTED))
    if query.text is not None:
        ways.append(_numbered(engine, query, query.text))
    last = None
    for found in heapq.merge(*ways, key=lambda one: _place(one.case)):
        if found.case.number != last and _is_behind(found.case, query.after):
            yield found
        last = found.case.number


def _numbered(engine: Engine, query: Query, text: str) -> Iterator[Listed]:
    """Cases whose number holds the text: the spans of serials are reckoned, not searched for."""
    sift = _sifting(query, office=False)
    for office, year, series, top in _number_rows(engine):
        if query.office is not None and office != query.office:
            continue
        if query.after is not None and (office, year, series) < (*query.after[:2], query.after.series):
            continue
        for first, last in spans(text, f"{office}-{year}-{series}", top):
            whole = (first, last) == (1, top)
            row = [(sql.IN_ROW, (office, year, series))]
            if whole and query.status is not None:  # by state and number
                days = _sifting(query._replace(status=None), office=False)
                yield from _rows(engine, [*row, *_status(query), *days], order="c.n")
            else:
                place = (office, year, series, first, last)
                yield from _rows(engine, [(sql.IN_SPAN, place), *sift], order="c.n")


def _number_rows(engine: Engine) -> list[tuple[str, int, str, int]]:
    """Office, year, series and last serial of every row of numbers, in order: a look or two each."""
    found = engine.execute(sql.LAST_ROW)
    rows = []
    while found:
        office, year, series, top = found[0]
        rows.append((office, year, series, top))
        found = engine.execute(sql.SERIES_BEFORE, (office, year, series)) if series else []
        found = found or engine.execute(sql.YEAR_BEFORE, (office, year))
        found = found or engine.execute(sql.OFFICE_BEFORE, (office,))
    return rows[::-1]


def _offices(engine: Engine) -> list[str]:
    """The offices that have cases, in order."""
    found, offices = engine.execute(sql.LAST_ROW), []
    while found:
        offices.append(found[0][0])
        found = engine.execute(sql.OFFICE_BEFORE, offices[-1:])
    return offices[::-1]


def _rows(
    engine: Engine, where: list[Condition], *, order: str = sql.NUMBER_ORDER, limit: int | None = None
) -> Iterator[Listed]:
    statement = sql.commitments([text for text, _ in where], order=order, limit=limit is not None)
    values = [value for _, some in where for value in some]
    for row in engine.stream(statement, values if limit is None else [*values, limit]):
        yield Listed(Commitment(*row[:-1]), row[-1] or "")


def _office(query: Query) -> list[Condition]:
    return [("c.office = ?", (query.office,))] if query.office is not None else []


def _status(query: Query) -> list[Condition]:
    return [("c.status = ?", (query.status,))] if query.status is not None else []


def _sifting(query: Query, *, office: bool = True) -> list[Condition]:
    """The plain filters, for rows found by another."""
    found = [*(_office(query) if office else []), *_status(query)]
    if query.since is not None or query.until is not None:
        found.append((sql.BETWEEN_DAYS, (query.since or FIRST_DAY, query.until or LAST_DAY)))
    return [(sql.only(condition), values) for condition, values in found]


def _behind(after: Number) -> Condition:
    return sql.BEHIND, (after.office, after.year, after.series, after.n)


def _place(case: Commitment) -> tuple[str, int, str, int]:
    return case.office, case.year, case.series or "", case.n


def _is_behind(case: Commitment, after: Number | None) -> bool:
    return after is None or _place(case) > (after.office, after.year, after.series, after.n)
