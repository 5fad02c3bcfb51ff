"""不予处理: after hearing the party nothing is imposed; the reasons are kept, nothing is held against it."""

from __future__ import annotations

from typing import Any, NamedTuple

from gaozhi_cli.domain.applicant import filled
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.outcome import Outcome
from gaozhi_cli.domain.outcome_steps import STEPS, order_problems
from gaozhi_cli.domain.problem import Problem, Refused
from gaozhi_cli.domain.verification import Verification, follow_up
from gaozhi_cli.domain.vocabulary import CheckOrigin, OutcomeState
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.outcomes import outcome_called

ACT = "outcome.drop"


class Dropped(NamedTuple):
    """The measure as dropped, and the check that looks again where the defence has put it in doubt."""

    outcome: Outcome
    review: Verification | None = None


def drop_outcome(id_: str, text: str, *, ledger: Ledger, occasion: Occasion, review: bool = False) -> Dropped:
    """End a measure that was only told of; ``text``: why, kept sealed (行政处罚法第五十七条).

    ``review``: what the party said has to be looked into (第四十五条：应当进行复核): another check of the
    same proof; found true, the first finding hinders nothing any more. No credit record is written.
    Raises NotFound, Refused (decided already, no reasons).
    """
    digest = ledger.asked(occasion.request_id, ACT, id=id_, text=text, review=review)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        before = outcome_called(ledger, id_)
        if ledger.repeated(occasion.request_id, ACT, digest) is not None:
            act.nothing()
            made = ledger.facts_of(occasion.request_id).get("recheck")
            return Dropped(before, ledger.check(made) if made else None)
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
        again, facts = None, {"outcome": id_}
        check = ledger.check(before.verification) if review else None
        if check is not None:
            place = len(ledger.checks_of(check.number)) + 1
            again = follow_up(check, place, occasion.today, CheckOrigin.REVIEW)
            act.add_check(again)
            facts["recheck"] = again.id
        act.record(occasion.entry(ACT, before.number, request_digest=digest, **facts))
    return Dropped(before._replace(**changes), again)
