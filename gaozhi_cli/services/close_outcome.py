"""了结: how a decided measure ended: 已执行, 司法机关已受理, 决定被依法撤销 (通知五（三）)."""

from __future__ import annotations

from typing import Any

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.outcome import Outcome
from gaozhi_cli.domain.outcome_ends import REVIVED, close_outcome_problems
from gaozhi_cli.domain.problem import Refused
from gaozhi_cli.domain.verification import follow_up
from gaozhi_cli.domain.vocabulary import CheckOrigin, Finding, OutcomeResult, OutcomeState
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

    终止办理 or 撤销行政决定 set aside: the case stands again where it stood, what lapsed is due again.
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
        revived = REVIVED.get(before.measure)
        again = []
        if revived is not None:
            act.change_commitment(before.number, status=revived.value)
            checks = ledger.checks_of(before.number)
            lapsed = (Finding.LAPSED.value, before.decided_on)
            gone = [check for check in checks if (check.finding, check.closed_on) == lapsed]
            for place, check in enumerate(gone, start=len(checks) + 1):
                again.append(follow_up(check, place, occasion.today, CheckOrigin.PLANNED))
                act.add_check(again[-1])
        act.record(
            occasion.entry(
                ACT, before.number, reason=reason, request_digest=digest, outcome=id_, result=result.value,
                file_sha256=file_sha256, status=revived.value if revived is not None else None,
                again=[check.id for check in again],
            )
        )  # fmt: skip
    return before._replace(**changes)
