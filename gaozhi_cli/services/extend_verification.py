"""延长核查期限: working days added to a check's date, for a reason that the journal keeps (通知五（三）)."""

from __future__ import annotations

from gaozhi_cli.domain.applicant import filled
from gaozhi_cli.domain.check_clock import after_event, event_problems
from gaozhi_cli.domain.clock import Event
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import Problem, Refused
from gaozhi_cli.domain.verification import Verification
from gaozhi_cli.domain.vocabulary import ClockEvent
from gaozhi_cli.domain.workdays import WorkCalendar
from gaozhi_cli.storage.checks import one_check
from gaozhi_cli.storage.ledger import Ledger

ACT = "verify.extend"


def extend_verification(
    target: str, *, ledger: Ledger, occasion: Occasion, calendar: WorkCalendar, days: int, reason: str
) -> Verification:
    """Give a check ``days`` working days more than it has. Raises NotFound, Refused."""
    digest = ledger.asked(occasion.request_id, ACT, target=target, days=days, reason=reason)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        if ledger.repeated(occasion.request_id, ACT, digest) is not None:
            act.nothing()
            return one_check(ledger, ledger.facts_of(occasion.request_id)["check"])
        check = one_check(ledger, target)
        problems = event_problems(check, ClockEvent.EXTENDED, occasion.today, days)
        if not filled(reason):
            problems.append(Problem("reason-missing", "延长须写明理由（--reason）", field="reason"))
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        event = Event(ClockEvent.EXTENDED, occasion.today, days)
        changes = after_event(check, event, ledger.case(check.number).concluded_on, calendar)
        if (due := str(changes["due_on"])) < occasion.today.isoformat():
            message = f"{check.id} 延长 {days} 个工作日到 {due}，仍早于今天 {occasion.today}，请多延几天"
            raise Refused(message, (Problem("due-past", message, field="days"),))
        act.change_check(check.id, **changes)
        facts = {"check": check.id, "days": days, "due_before": check.due_on, "due": due}
        act.record(occasion.entry(ACT, check.number, reason=reason, request_digest=digest, **facts))
        return one_check(ledger, check.id)
