"""听取陈述申辩: what the party says to a notice, or that it gave up its right (行政处罚法第四十五条)."""

from __future__ import annotations

from typing import Any

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.outcome import Outcome
from gaozhi_cli.domain.outcome_steps import hear_problems
from gaozhi_cli.domain.problem import Refused
from gaozhi_cli.domain.vocabulary import OutcomeState
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.outcomes import outcome_called

ACT = "outcome.hear"


def hear_outcome(
    id_: str,
    *,
    ledger: Ledger,
    occasion: Occasion,
    text: str = "",
    waived: bool = False,
    file_sha256: str | None = None,
) -> Outcome:
    """Keep the statement sealed, or the waiver; ``file_sha256``: the paper as scanned.

    Raises NotFound, Refused (no notice, heard before, nothing said).
    """
    digest = ledger.asked(occasion.request_id, ACT, id=id_, text=text, waived=waived, file=file_sha256)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        before = outcome_called(ledger, id_)
        if ledger.repeated(occasion.request_id, ACT, digest) is not None:
            act.nothing()
            return before
        problems = hear_problems(before, occasion.today, text=text, waived=waived)
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        changes: dict[str, Any] = {
            "state": OutcomeState.HEARD.value,
            "statement_on": occasion.today.isoformat(),
        }
        if not waived:
            changes["statement"] = act.personal(id_, "statement", {"text": text})
        act.change_outcome(id_, **changes)
        act.record(
            occasion.entry(
                ACT, before.number, request_digest=digest, outcome=id_, waived=waived, file_sha256=file_sha256
            )
        )
    return before._replace(**changes)
