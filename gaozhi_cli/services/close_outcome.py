"""了结: how a decided measure ended: 已执行, 司法机关已受理, 决定被依法撤销 (通知五（三）)."""

from __future__ import annotations

from typing import Any

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.outcome import Outcome
from gaozhi_cli.domain.outcome_ends import close_outcome_problems
from gaozhi_cli.domain.problem import Refused
from gaozhi_cli.domain.vocabulary import OutcomeResult, OutcomeState
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.outcomes import outcome_called

ACT = "outcome.close"


def close_outcome(
    id_: str,
    result: OutcomeResult,
    *,
    ledger: Ledger,
    occasion: Occasion,
    reason: str | None = None,
    file_sha256: str | None = None,
) -> Outcome:
    """Record the end of a decided measure. A credit record is lifted by its own repair, not by this.

    Raises NotFound, Refused (not decided, a result of another measure).
    """
    digest = ledger.asked(
        occasion.request_id, ACT, id=id_, result=result.value, reason=reason, file=file_sha256
    )
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        before = outcome_called(ledger, id_)
        if ledger.repeated(occasion.request_id, ACT, digest) is not None:
            act.nothing()
            return before
        problems = close_outcome_problems(before, result, occasion.today)
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        changes: dict[str, Any] = {
            "state": OutcomeState.CLOSED.value,
            "closed_on": occasion.today.isoformat(),
            "result": result.value,
        }
        act.change_outcome(id_, **changes)
        act.record(
            occasion.entry(
                ACT, before.number, reason=reason, request_digest=digest, outcome=id_, result=result.value,
                file_sha256=file_sha256,
            )
        )  # fmt: skip
    return before._replace(**changes)
