"""派出现场核查: number a work sheet for an inspector, visits to one place merged (通知五（四））.

One transaction: an entry of the sheet, and one in the history of each case, since what is known of its
people leaves the office. The sheet's files are made afterwards (``print_sheet``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.commitment import Number
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import NotFound, Problem, Refused, UsageFault
from gaozhi_cli.domain.verification import Verification
from gaozhi_cli.domain.visits import (
    SERIES,
    WINDOW,
    Dispatch,
    Visit,
    dispatch_problems,
    grouped,
    seen_lately,
    sheet_ids,
    until_of,
    window_on,
)
from gaozhi_cli.domain.workdays import WorkCalendar, add_workdays
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.transaction import Transaction
from gaozhi_cli.storage.visits import (
    County,
    checks_on,
    look_of,
    named,
    of_assignee,
    of_subject,
    sheet,
)

ACT = "verify.dispatch"


class Dispatched(NamedTuple):
    """The sheet, its visits, checks left out with the reason, other checks of the subjects on it."""

    sheet: Dispatch
    visits: tuple[Visit, ...]
    left_out: tuple[Problem, ...] = ()
    nearby: tuple[Verification, ...] = ()


def dispatch_visits(
    targets: Sequence[str],
    *,
    assignee: str,
    office: str | None,
    until: str | None,
    window: int | None,
    county: County,
    calendar: WorkCalendar,
    ledger: Ledger,
    occasion: Occasion,
) -> Dispatched:
    """Hand out the open on-site checks of ``assignee``, or the named ones, which become theirs.

    ``until``: only those due by then; ``window``: working days within which checks at one place are one
    visit, else the county's. A named check that cannot go out refuses the whole; of the inspector's own
    those that are out or paused stay behind.
    Raises NotFound (nothing to hand out), Refused, UsageFault (checks of several offices).
    """
    digest = ledger.asked(
        occasion.request_id, ACT, targets=list(targets), assignee=assignee, office=office, until=until,
        window=window,
    )  # fmt: skip
    parameter = county.catalog.parameter(WINDOW)
    if window is None and parameter is not None:
        window = window_on(parameter.values, occasion.today)
    with ledger.acts(dry_run=occasion.dry_run) as acts:
        done = ledger.repeated(occasion.request_id, ACT, digest)
        if done is not None:
            return _again(ledger, done, county, occasion.today)
        checks, left_out = _chosen(ledger, targets, assignee, office, until, occasion.today)
        day, found = occasion.today, {check.office for check in checks}
        if len(found) > 1:
            raise UsageFault(
                f"这些核查分属 {'、'.join(sorted(found))}，一张工作单只能是一个单位的，请加 --dept"
            )
        looks = [look_of(ledger, county, check, day) for check in checks]
        visits = tuple(grouped(looks, county=county.catalog.county.name, window=window, calendar=calendar))
        here = [check.id for check in checks]
        with acts.act() as act:
            number = act.next_number(found.pop(), day.year, SERIES)
            made = _sheet(number, assignee, visits, day)
            act.add_dispatch(made)
            act.record(
                occasion.entry(
                    ACT, made.id, request_digest=digest, assignee=assignee, visits=len(visits), checks=here,
                    until=made.until_on,
                )
            )  # fmt: skip
        cases = dict.fromkeys(check.number for check in checks)
        for case in cases:
            own = [check.id for check in checks if check.number == case]
            with acts.act() as act:
                _hand_out(act, own, made)
                follows = occasion._replace(request_id=None)
                act.record(follows.entry(ACT, case, sheet=made.id, assignee=assignee, checks=own))
        nearby = _nearby(ledger, visits, here, day, window, calendar)
    return Dispatched(made, visits, tuple(left_out), nearby)


def _sheet(number: Number, assignee: str, visits: tuple[Visit, ...], day: date) -> Dispatch:
    return Dispatch(
        str(number), number.office, number.year, number.n, assignee, day.isoformat(), until_of(visits),
        len(visits), sheet_ids(visits),
    )  # fmt: skip


def _hand_out(act: Transaction, checks: list[str], made: Dispatch) -> None:
    for id_ in checks:
        act.change_check(id_, sheet=made.id, assignee=made.assignee, received_on=None)


def _again(ledger: Ledger, done: str, county: County, day: date) -> Dispatched:
    """The sheet of a repeated request, as it went out."""
    made = sheet(ledger, done)
    visits = tuple(
        tuple(look_of(ledger, county, check, day) for check in visit) for visit in checks_on(ledger, made)
    )
    return Dispatched(made, visits)


def _chosen(
    ledger: Ledger, targets: Sequence[str], assignee: str, office: str | None, until: str | None, day: date
) -> tuple[list[Verification], list[Problem]]:
    """The checks to hand out and what is left behind. Raises NotFound, Refused."""
    if not targets:
        own = of_assignee(ledger, assignee, office=office, until=until)
        faults = {check.id: dispatch_problems(check, day) for check in own}
        ready = [check for check in own if not faults[check.id]]
        left = [found[0] for found in faults.values() if found]
        if not ready:
            told = f"{assignee} 没有待派出的现场核查"
            way_out = "；先 gaozhi verify assign 指定，或写明核查号" if not left else ""
            raise NotFound(f"{told}{way_out}{'：' + left[0].message if left else ''}")
        return ready, left
    checks = list({check.id: check for target in targets for check in named(ledger, target)}.values())
    problems = [problem for check in checks for problem in dispatch_problems(check, day)]
    if office is not None:
        problems += [
            Problem("other-office", f"{check.id} 是 {check.office} 的核查，不是 {office} 的")
            for check in checks
            if check.office != office
        ]
    if problems:
        raise Refused(problems[0].message, tuple(problems))
    return checks, []


def _nearby(
    ledger: Ledger, visits: tuple[Visit, ...], here: list[str], day: date, window: int | None,
    calendar: WorkCalendar,
) -> tuple[Verification, ...]:  # fmt: skip
    """On-site checks of the same subjects that are not on the sheet: open, or visited within the window."""

    def lately(closed: str) -> bool:
        return window is not None and add_workdays(date.fromisoformat(closed), window, calendar).day >= day

    subjects = dict.fromkeys(look.subject for visit in visits for look in visit)
    return tuple(c for one in subjects for c in seen_lately(of_subject(ledger, one), here, lately))
