"""办结: the administrative matter is decided on the strength of the commitment (规程四（一）)."""

from __future__ import annotations

from typing import Any, NamedTuple

from gaozhi_cli.domain.check_stage import awaited_problems, begun_on
from gaozhi_cli.domain.commitment import TRANSITIONS, after_step, step_problems
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import Refused
from gaozhi_cli.domain.verification import Verification, conclude_problems
from gaozhi_cli.domain.workdays import WorkCalendar
from gaozhi_cli.storage.ledger import Ledger

ACT = "commitment.conclude"


class Concluded(NamedTuple):
    """The case's new status, how many of its checks are open, and those whose days begin now."""

    number: str
    status: str
    open_checks: int
    begun: tuple[Verification, ...] = ()


def conclude_matter(number: str, *, ledger: Ledger, occasion: Occasion, calendar: WorkCalendar) -> Concluded:
    """Conclude an accepted case whose checks of before 办结 are done; others may follow.

    Checks counted from 办结 get their date. Raises NotFound, Refused.
    """
    digest = ledger.asked(occasion.request_id, ACT, number=number)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        case = ledger.case(number)
        still_open = sum(check.finding is None for check in ledger.checks_of(number))
        if ledger.repeated(occasion.request_id, ACT, digest) is not None:
            act.nothing()
            done = [row[0] for row in ledger.facts_of(occasion.request_id).get("begun", [])]
            begun = [check for check in ledger.checks_of(number) if check.id in done]
            return Concluded(number, case.status, still_open, tuple(begun))
        problems = step_problems("conclude", case, occasion.today)
        checks = ledger.checks_of(number)
        problems += conclude_problems(checks)
        problems += awaited_problems(checks)
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        status, column = after_step("conclude", case), TRANSITIONS["conclude"].day
        act.change_commitment(number, **{"status": status.value, column: occasion.today.isoformat()})
        begun = []
        for check in checks:
            due = begun_on(check, occasion.today, calendar)
            if due is not None:
                day, provisional = due.day.isoformat(), int(due.provisional)
                act.change_check(check.id, due_on=day, provisional=provisional)
                begun.append(check._replace(due_on=day, provisional=provisional))
        facts: dict[str, Any] = {"open_checks": still_open}
        if begun:
            facts["begun"] = [[check.id, check.due_on, check.due_source] for check in begun]
        act.record(occasion.entry(ACT, number, request_digest=digest, **facts))
    return Concluded(number, status.value, still_open, tuple(begun))
