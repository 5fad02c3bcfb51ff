"""核查期限: set or change when a check is due and who makes it (通知五（三）：明确核查时间)."""

from __future__ import annotations

from datetime import date

from gaozhi_cli.domain.applicant import filled
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import Problem, Refused
from gaozhi_cli.domain.verification import SET_BY_OFFICE, Verification, schedule_problems
from gaozhi_cli.domain.vocabulary import CheckState
from gaozhi_cli.storage.checks import open_checks
from gaozhi_cli.storage.ledger import Ledger

ACT = "verify.schedule"


def schedule_verification(
    target: str,
    *,
    ledger: Ledger,
    occasion: Occasion,
    due: date | None,
    assignee: str | None,
    reason: str | None,
) -> tuple[Verification, ...]:
    """Set the date or the person of a check by its id, or of all open ones of a case by its number.

    A date that replaces an earlier one needs a reason. Raises NotFound, Refused.
    """
    digest = ledger.asked(occasion.request_id, ACT, target=target, due=due, assignee=assignee, reason=reason)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        if ledger.repeated(occasion.request_id, ACT, digest) is not None:
            act.nothing()
            done = [row[0] for row in ledger.facts_of(occasion.request_id)["checks"]]
            return tuple(found for id_ in done if (found := ledger.check(id_)) is not None)
        checks = open_checks(ledger, target)
        problems = [p for check in checks for p in _problems(check, due, reason, occasion.today)]
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        for check in checks:
            if due is not None:
                act.change_check(check.id, due_on=due.isoformat(), **SET_BY_OFFICE)
            if assignee is not None:
                act.change_check(check.id, assignee=assignee)
        facts = {
            "checks": [[check.id, check.due_on, check.assignee] for check in checks],
            "due": due and due.isoformat(),
            "assignee": assignee,
        }
        act.record(occasion.entry(ACT, checks[0].number, reason=reason, request_digest=digest, **facts))
        return tuple(found for check in checks if (found := ledger.check(check.id)) is not None)


def schedule_faults(
    targets: tuple[str, ...], *, ledger: Ledger, due: date | None, reason: str | None, today: date
) -> list[Problem]:
    """What would be refused of several targets, before any of them is changed. Raises NotFound."""
    return [
        problem
        for target in targets
        for check in open_checks(ledger, target)
        for problem in _problems(check, due, reason, today)
    ]


def _problems(check: Verification, due: date | None, reason: str | None, today: date) -> list[Problem]:
    if check.state != CheckState.PLANNED.value:
        return [Problem("check-closed", f"{check.id} 已有结论，不能再改")]
    problems = schedule_problems(check, due, today) if due is not None else []
    changed = due is not None and check.due_on is not None and check.due_on != due.isoformat()
    if changed and not filled(reason or ""):
        message = f"{check.id} 原定 {check.due_on}，改期须写明理由（--reason）"
        problems.append(Problem("reason-missing", message, field="reason"))
    return problems
