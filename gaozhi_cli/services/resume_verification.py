"""恢复核查期限: the days left when the clock was stopped are counted on from today (通知五（三）)."""

from __future__ import annotations

from gaozhi_cli.domain.check_clock import after_event, event_problems
from gaozhi_cli.domain.clock import Event
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import Refused
from gaozhi_cli.domain.verification import Verification
from gaozhi_cli.domain.vocabulary import ClockEvent
from gaozhi_cli.domain.workdays import WorkCalendar
from gaozhi_cli.storage.checks import one_check
from gaozhi_cli.storage.ledger import Ledger

ACT = "verify.resume"


def resume_verification(
    target: str, *, ledger: Ledger, occasion: Occasion, calendar: WorkCalendar, reason: str | None = None
) -> Verification:
    """Let the clock of a paused check run on from today. Raises NotFound, Refused."""
    digest = ledger.asked(occasion.request_id, ACT, target=target, reason=reason)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        if ledger.repeated(occasion.request_id, ACT, digest) is not None:
            act.nothing()
            return one_check(ledger, ledger.facts_of(occasion.request_id)["check"])
        check = one_check(ledger, target)
        problems = event_problems(check, ClockEvent.RESUMED, occasion.today)
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        changes = after_event(
            check, Event(ClockEvent.RESUMED, occasion.today), ledger.case(check.number).concluded_on, calendar
        )
        act.change_check(check.id, **changes)
        facts = {"check": check.id, "paused_on": check.paused_on, "due": changes["due_on"]}
        act.record(occasion.entry(ACT, check.number, reason=reason, request_digest=digest, **facts))
        return one_check(ledger, check.id)
