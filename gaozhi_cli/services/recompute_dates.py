"""重算暂定期限: when a year's calendar arrives, every date that rested on it is reckoned anew (通知五（三）).

Checks go in acts of up to a thousand of one office and year, anything else in an act of its own. Run
again it finds nothing to do; interrupted, it goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from gaozhi_cli.domain.check_batch import GROUP, series_of
from gaozhi_cli.domain.check_clock import reckoned
from gaozhi_cli.domain.clock import deadline
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.outcome_ends import day_after
from gaozhi_cli.domain.workdays import Deadline, WorkCalendar
from gaozhi_cli.storage.checks import checks_by_id
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.provisional import Resting, other_provisional, provisional_checks

ACT = "verify.recompute"


class Moved(NamedTuple):
    """A date reckoned anew: the day before and after, and whether it is still provisional."""

    id: str
    number: str
    before: str
    after: str
    provisional: bool


class Recomputed(NamedTuple):
    """What has changed, how many rest on the calendar as before, which ones nobody can reckon."""

    moved: tuple[Moved, ...]
    unchanged: int
    unknown: tuple[str, ...]


def recompute_dates(
    *,
    ledger: Ledger,
    occasion: Occasion,
    calendar: WorkCalendar,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Recomputed:
    """Reckon every provisional date of what is open on the calendar of now. Raises Refused."""
    checks = list(provisional_checks(ledger))
    others = other_provisional(ledger)
    moved: list[Moved] = []
    unknown: list[str] = []
    groups: dict[str, list[tuple[str, str | None]]] = {}
    for check in checks:
        groups.setdefault(series_of(check[0]), []).append(check)
    reached, total = 0, len(checks) + len(others)
    for series, all_of_it in groups.items():
        for start in range(0, len(all_of_it), GROUP):
            some = all_of_it[start : start + GROUP]
            _group(series, some, ledger, occasion, calendar, moved, unknown)
            reached += len(some)
            progress(reached, total)
    for other in others:
        _single(other, ledger, occasion, calendar, moved, unknown)
        reached += 1
        progress(reached, total)
    return Recomputed(tuple(moved), total - len(moved) - len(unknown), tuple(unknown))


def _group(
    series: str,
    some: list[tuple[str, str | None]],
    ledger: Ledger,
    occasion: Occasion,
    calendar: WorkCalendar,
    moved: list[Moved],
    unknown: list[str],
) -> None:
    """One act for the checks of an office and a year."""
    once = _once(occasion, some[0][0])
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        known, found, lost = checks_by_id(ledger, [id_ for id_, _ in some]), [], []
        for id_, concluded_on in some:
            check = known[id_]
            if not check.provisional or check.finding is not None or check.due_on is None:
                continue  # dealt with by somebody else since
            due = reckoned(check, concluded_on, calendar)
            if due is None:
                lost.append(id_)
            elif (change := _change(id_, check.number, check.due_on, due)) is not None:
                found.append(change)
        if found:
            act.change_checks(
                {one.id: {"due_on": one.after, "provisional": int(one.provisional)} for one in found}
            )
            told = [[one.id, one.before, one.after] for one in found]
            digest = ledger.asked(once.request_id, ACT, checks=told)
            ledger.repeated(once.request_id, ACT, digest)
            act.record(once.entry(ACT, series, request_digest=digest, checks=told))
        else:
            act.nothing()
    moved += found
    unknown += lost


def _single(
    row: Resting,
    ledger: Ledger,
    occasion: Occasion,
    calendar: WorkCalendar,
    moved: list[Moved],
    unknown: list[str],
) -> None:
    """One act for a request to another agency or a measure."""
    due = deadline(row.clock, calendar) if row.clock is not None else None
    if due is None:
        unknown.append(row.id)
        return
    change = _change(row.id, row.number, row.day, due)
    if change is None:
        return
    once = _once(occasion, row.id)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        act.change_many(
            row.table, {row.id: {row.column: change.after, "provisional": int(change.provisional)}}
        )
        recheck = ledger.check(row.recheck) if row.recheck is not None else None
        if recheck is not None and recheck.not_before == day_after(change.before):  # not moved by a report
            act.change_check(recheck.id, not_before=day_after(change.after))
        told = [[row.id, change.before, change.after]]
        digest = ledger.asked(once.request_id, ACT, dates=told)
        ledger.repeated(once.request_id, ACT, digest)
        act.record(once.entry(ACT, row.number, request_digest=digest, dates=told))
    moved.append(change)


def _once(occasion: Occasion, id_: str) -> Occasion:
    if occasion.request_id is None:
        return occasion
    return occasion._replace(request_id=f"{occasion.request_id}/{id_}")


def _change(id_: str, number: str, before: str, due: Deadline) -> Moved | None:
    after = due.day.isoformat()
    if after == before and due.provisional:
        return None
    return Moved(id_, number, before, after, due.provisional)
