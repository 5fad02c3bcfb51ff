"""答复: what the agency found. It closes the request and makes no finding (通知五（四）、规程四（三）)."""

from __future__ import annotations

from typing import NamedTuple

from gaozhi_cli.domain.assistance import Assistance, answer_problems, next_steps
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import Refused
from gaozhi_cli.domain.vocabulary import AssistanceResult
from gaozhi_cli.storage.assistances import keep_answer, the_check, the_request
from gaozhi_cli.storage.ledger import Ledger

ACT = "assist.answer"


class Answered(NamedTuple):
    """The request as it is closed, and what the clauses foresee next."""

    request: Assistance
    next: tuple[str, ...]


def answer_assistance(
    id_: str,
    result: AssistanceResult,
    text: str,
    *,
    ledger: Ledger,
    occasion: Occasion,
    sha256: str | None = None,
    check: str | None = None,
) -> Answered:
    """Record a result. ``text`` is kept sealed; ``sha256`` names the agency's own paper.

    ``check``: the check that the answer says it is about. Raises NotFound, Refused.
    """
    digest = ledger.asked(
        occasion.request_id, ACT, assistance=id_, result=result, text=text, file=sha256, check=check
    )
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        request = the_request(ledger, id_)
        about = the_check(ledger, request)
        if ledger.repeated(occasion.request_id, ACT, digest) is not None:
            act.nothing()
            return Answered(request, tuple(next_steps(request, about)))
        problems = answer_problems(
            request, occasion.today, result, text, paper=sha256 is not None, check=check
        )
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        keep_answer(act, request, occasion.today.isoformat(), text, result=result, sha256=sha256)
        act.record(
            occasion.entry(
                ACT, request.number, request_digest=digest, assistance=id_, check=about.id,
                agency=request.agency, result=result.value, file_sha256=sha256,
            )
        )  # fmt: skip
        done = the_request(ledger, id_)
    return Answered(done, tuple(next_steps(done, about)))
