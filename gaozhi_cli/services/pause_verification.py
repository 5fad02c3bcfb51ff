"""中止核查期限: the clock of a check stands still, for a reason that the journal keeps (通知五（三）)."""

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

ACT = "verify.pause"


def pause_verification(
    target: str, *, ledger: Ledger, occasion: Occasion, calendar: WorkCalendar, reason: str
) -> Verification:
    """Stop the clock of a check today; until it is resumed it has no date. Raises NotFound, Refused."""
    digest = ledger.asked(occasion.request_id, ACT, target=target, reason=reason)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        if ledger.repeated(occasion.request_id, ACT, digest) is not None:
            act.nothing()
            return one_check(ledger, ledger.facts_of(occasion.request_id)["check"])
        check = one_check(ledger, target)
        problems = event_problems(check, ClockEvent.PAUSED, occasion.today)
        if not filled(reason):
            problems.append(Problem("reason-missing", "中止须写明理由（--reason）", field="reason"))
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        changes = after_event(
            check, Event(ClockEvent.PAUSED, occasion.today), ledger.case(check.number).concluded_on, calendar
        )
        act.change_check(check.id, **changes)
        facts = {"check": check.id, "due_before": check.due_on}
        act.record(occasion.entry(ACT, check.number, reason=reason, request_digest=digest, **facts))
        return one_check(ledger, check.id)
