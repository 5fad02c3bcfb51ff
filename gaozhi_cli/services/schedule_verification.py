"""核查期限: set or change when a check is due and who makes it (通知五（三）：明确核查时间)."""

from __future__ import annotations

from datetime import date

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import NotFound, Problem, Refused
from gaozhi_cli.domain.verification import CHECK_CLAUSE, Verification, schedule_problems
from gaozhi_cli.domain.vocabulary import CheckState
from gaozhi_cli.domain.workdays import WorkCalendar
from gaozhi_cli.storage.ledger import Ledger

ACT = "verify.schedule"


def schedule_verification(
    targets: tuple[str, ...],
    *,
    ledger: Ledger,
    calendar: WorkCalendar,
    occasion: Occasion,
    due: date | None,
    assignee: str | None,
    reason: str | None,
) -> tuple[Verification, ...]:
    """Set the date or the person of open checks: by id, or all open ones of a case by its number.

    A date that replaces an earlier one needs a reason. One act, all or nothing. Raises NotFound, Refused.
    """
    digest = ledger.request_digest(ACT, targets=targets, due=due, assignee=assignee)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        checks = [check for target in targets for check in open_checks(ledger, target)]
        if ledger.repeated(occasion.request_id, ACT, digest) is not None:
            act.nothing()
            return tuple(checks)
        problems = [p for check in checks for p in _problems(check, due, reason, occasion.today)]
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        for check in checks:
            if due is not None:
                act.change_check(
                    check.id,
                    due_on=due.isoformat(),
                    provisional=int(due.year not in calendar.published),
                    due_source="办理时指定",
                )
            if assignee is not None:
                act.change_check(check.id, assignee=assignee)
        facts = {"checks": [check.id for check in checks], "due": due and due.isoformat()}
        act.record(
            occasion.entry(
                ACT, checks[0].number, reason=reason, request_digest=digest, assignee=assignee, **facts
            )
        )
        return tuple(found for check in checks if (found := ledger.check(check.id)) is not None)


def open_checks(ledger: Ledger, target: str) -> list[Verification]:
    """The check with this id, or the open checks of the case with this number."""
    check = ledger.check(target)
    if check is not None:
        return [check]
    case = ledger.case(target)
    found = [c for c in ledger.checks_of(case.number) if c.state == CheckState.PLANNED.value]
    if not found:
        raise NotFound(f"{target} 没有待核查的事项（未受理、全部免于核查或已核查完毕）")
    return found


def _problems(check: Verification, due: date | None, reason: str | None, today: date) -> list[Problem]:
    if check.state != CheckState.PLANNED.value:
        return [Problem("check-closed", f"{check.id} 已有结论，不能再改", CHECK_CLAUSE)]
    problems = schedule_problems(check, due, today) if due is not None else []
    changed = due is not None and check.due_on is not None and check.due_on != due.isoformat()
    if changed and not (reason or "").strip():
        message = f"{check.id} 原定 {check.due_on}，改期须写明理由（--reason）"
        problems.append(Problem("reason-missing", message, CHECK_CLAUSE, "reason"))
    return problems
