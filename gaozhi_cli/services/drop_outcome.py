"""不予处理: after hearing the party nothing is imposed; the reasons are kept, nothing is held against it."""

from __future__ import annotations

from typing import Any

from gaozhi_cli.domain.applicant import filled
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.outcome import Outcome
from gaozhi_cli.domain.outcome_steps import STEPS, order_problems
from gaozhi_cli.domain.problem import Problem, Refused
from gaozhi_cli.domain.vocabulary import OutcomeState
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.outcomes import outcome_called

ACT = "outcome.drop"


def drop_outcome(id_: str, text: str, *, ledger: Ledger, occasion: Occasion) -> Outcome:
    """End a measure that was only told of; ``text``: why, kept sealed (行政处罚法第五十七条).

    No credit record is written. Raises NotFound, Refused (decided already, no reasons).
    """
    digest = ledger.asked(occasion.request_id, ACT, id=id_, text=text)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        before = outcome_called(ledger, id_)
        if ledger.repeated(occasion.request_id, ACT, digest) is not None:
            act.nothing()
            return before
        problems = order_problems("drop", before, occasion.today)
        if not filled(text):
            message = "不予处理要写明理由（--text）"
            problems.append(Problem("reason-missing", message, STEPS["drop"].clause, "text"))
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        act.personal(id_, "dropped", {"text": text})
        changes: dict[str, Any] = {
            "state": OutcomeState.DROPPED.value,
            "closed_on": occasion.today.isoformat(),
        }
        act.change_outcome(id_, **changes)
        act.record(occasion.entry(ACT, before.number, request_digest=digest, outcome=id_))
    return before._replace(**changes)
