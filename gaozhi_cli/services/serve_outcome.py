"""送达: the 事先告知书 or the decision has reached the party; the time for stating is counted from it."""

from __future__ import annotations

from datetime import date
from typing import Any

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.measures import MeasureRule
from gaozhi_cli.domain.outcome import Outcome
from gaozhi_cli.domain.outcome_steps import SET, order_problems, statement_until, until_problems
from gaozhi_cli.domain.problem import Problem, Refused
from gaozhi_cli.domain.vocabulary import OutcomeState, ServedWay
from gaozhi_cli.domain.workdays import WorkCalendar
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.outcomes import outcome_called

ACT = "outcome.serve"


def serve_outcome(
    id_: str,
    rule: MeasureRule,
    *,
    ledger: Ledger,
    occasion: Occasion,
    calendar: WorkCalendar,
    way: ServedWay | None = None,
    until: date | None = None,
    receipt_sha256: str | None = None,
) -> Outcome:
    """Record the service of a notice, or of a decision; ``until``: a day set for stating by the office.

    Raises NotFound, Refused (served before, order, too short a time).
    """
    digest = ledger.asked(
        occasion.request_id, ACT, id=id_, way=way.value if way else None, until=until, receipt=receipt_sha256
    )
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        before = outcome_called(ledger, id_)
        if ledger.repeated(occasion.request_id, ACT, digest) is not None:
            act.nothing()
            return before
        problems = order_problems("serve", before, occasion.today)
        decided = before.state in (OutcomeState.DECIDED.value, OutcomeState.CLOSED.value)
        served = date.fromisoformat(before.served_on) if before.served_on else occasion.today
        if decided:
            problems += _decided_problems(before, way, until)
        else:
            problems += _notice_problems(before, way)
            problems += until_problems(rule, served, bool(before.hearing_right), calendar, until)
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        changes: dict[str, Any] = {}
        if not decided:
            earlier = _set_by_hand(before)
            ends = statement_until(rule, served, bool(before.hearing_right), calendar, until or earlier)
            changes = {
                "statement_until": ends.day.isoformat() if ends.day else None,
                "provisional": int(ends.provisional),
                "due_source": ends.source or None,
            }
            if way is not None:
                changes["served_on"] = occasion.today.isoformat()
            act.change_outcome(id_, **changes)
        act.record(
            occasion.entry(
                ACT, before.number, request_digest=digest, outcome=id_, decision=decided,
                way=way.value if way else None, until=changes.get("statement_until"), receipt=receipt_sha256,
            )
        )  # fmt: skip
    return before._replace(**changes)


def _set_by_hand(outcome: Outcome) -> date | None:
    """The day that the office has set itself."""
    by_hand = outcome.statement_until is not None and outcome.due_source == SET
    return date.fromisoformat(outcome.statement_until or "") if by_hand else None


def _notice_problems(outcome: Outcome, way: ServedWay | None) -> list[Problem]:
    if outcome.served_on is not None and way is not None:
        message = f"{outcome.id} 的告知书已于 {outcome.served_on} 送达；改期限的只写 --until 日期"
        return [Problem("served", message, field="way")]
    if outcome.statement_on is not None:
        message = f"{outcome.id} 已于 {outcome.statement_on} 听取陈述申辩，不再改期限"
        return [] if way is not None else [Problem("heard-before", message)]
    return []


def _decided_problems(outcome: Outcome, way: ServedWay | None, until: date | None) -> list[Problem]:
    if way is None or until is not None:
        message = f"{outcome.id} 已经决定，只登记决定书的送达：--way 方式"
        return [Problem("decided", message, field="way")]
    return []
