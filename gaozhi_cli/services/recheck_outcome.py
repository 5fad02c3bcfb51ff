"""整改复查: what a look after 限期整改 found decides whether it is settled (通知五（三）)."""

from __future__ import annotations

from typing import Any, NamedTuple

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.outcome import Outcome
from gaozhi_cli.domain.outcome_ends import recheck_problems, report_problems, result_of
from gaozhi_cli.domain.problem import Refused
from gaozhi_cli.domain.verification import Verification
from gaozhi_cli.domain.vocabulary import Finding, OutcomeState
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.outcomes import outcome_called

ACT = "outcome.recheck"


class Rechecked(NamedTuple):
    """The measure, and its recheck as it stands."""

    outcome: Outcome
    recheck: Verification


def recheck_outcome(id_: str, *, ledger: Ledger, occasion: Occasion, reported: bool = False) -> Rechecked:
    """Take over the finding of the recheck; ``reported``: only open it early, the party says it is done.

    Raises NotFound, Refused (before its day, not closed yet, no 限期整改).
    """
    digest = ledger.asked(occasion.request_id, ACT, id=id_, reported=reported)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        before = outcome_called(ledger, id_)
        recheck = _last(ledger, before)
        if ledger.repeated(occasion.request_id, ACT, digest) is not None and recheck is not None:
            act.nothing()
            return Rechecked(before, recheck)
        if reported and recheck is not None:
            problems = report_problems(before, recheck, occasion.today)
        else:
            problems = recheck_problems(before, recheck, occasion.today)
        if problems or recheck is None:
            raise Refused(problems[0].message, tuple(problems))
        facts: dict[str, Any] = {"outcome": id_, "check": recheck.id, "reported": reported}
        if reported:
            opened: dict[str, Any] = {"not_before": occasion.today.isoformat()}
            act.change_check(recheck.id, **opened)
            recheck = recheck._replace(**opened)
        else:
            result = result_of(recheck).value
            changes: dict[str, Any] = {
                "state": OutcomeState.CLOSED.value,
                "closed_on": occasion.today.isoformat(),
                "result": result,
                "recheck": recheck.id,
            }
            act.change_outcome(id_, **changes)
            before = before._replace(**changes)
            facts["result"] = result
        act.record(occasion.entry(ACT, before.number, request_digest=digest, **facts))
    return Rechecked(before, recheck)


def _last(ledger: Ledger, outcome: Outcome) -> Verification | None:
    """The recheck, or what took its place when it could not be verified."""
    recheck = ledger.check(outcome.recheck) if outcome.recheck else None
    for later in ledger.checks_of(outcome.number) if recheck is not None else []:
        if recheck is not None and recheck.finding == Finding.UNVERIFIABLE.value and later.id != recheck.id:
            again = later.follows == recheck.follows and later.planned_on >= (recheck.closed_on or "")
            if later.follows == recheck.id or again:
                recheck = later
    return recheck
