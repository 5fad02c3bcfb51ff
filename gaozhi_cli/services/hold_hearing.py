"""听证: the party asks for one, and it is held (or called off) first (行政处罚法第六十三条、第六十四条)."""

from __future__ import annotations

from typing import Any

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.outcome import Outcome
from gaozhi_cli.domain.outcome_steps import hearing_problems
from gaozhi_cli.domain.problem import Refused
from gaozhi_cli.domain.vocabulary import OutcomeState
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.outcomes import outcome_called

ACT = "outcome.hearing"


def hold_hearing(
    id_: str,
    *,
    held: bool,
    ledger: Ledger,
    occasion: Occasion,
    text: str = "",
    off: bool = False,
    file_sha256: str | None = None,
) -> Outcome:
    """Record that a 听证 is asked for, or (``held``) that it took place, with the main points of its record.

    ``off``: the party took its request back or stayed away without good reason (行政处罚法第六十四条第六项).
    Raises NotFound, Refused (no such right, not asked for, held before).
    """
    digest = ledger.asked(occasion.request_id, ACT, id=id_, held=held, off=off, text=text, file=file_sha256)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        before = outcome_called(ledger, id_)
        if ledger.repeated(occasion.request_id, ACT, digest) is not None:
            act.nothing()
            return before
        problems = hearing_problems(before, occasion.today, held=held, text=text, off=off)
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        changes: dict[str, Any] = {"state": OutcomeState.HEARD.value}
        if held:
            act.personal(id_, "hearing-record", {"text": text})
            changes["heard_on"] = occasion.today.isoformat()
        elif off:
            act.personal(id_, "hearing-off", {"text": text})
            heard = before.statement_on is not None
            changes = {
                "hearing": None,
                "state": (OutcomeState.HEARD if heard else OutcomeState.NOTICED).value,
            }
        else:
            changes["hearing"] = act.personal(id_, "hearing", {"text": text or "要求听证"})
        act.change_outcome(id_, **changes)
        act.record(
            occasion.entry(
                ACT, before.number, request_digest=digest, outcome=id_, held=held, off=off,
                file_sha256=file_sha256,
            )
        )  # fmt: skip
    return before._replace(**changes)
