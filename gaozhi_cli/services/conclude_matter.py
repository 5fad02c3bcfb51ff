"""办结: the administrative matter is decided on the strength of the commitment (规程四（一）)."""

from __future__ import annotations

from typing import NamedTuple

from gaozhi_cli.domain.commitment import TRANSITIONS, after_step, step_problems
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import Refused
from gaozhi_cli.domain.verification import conclude_problems
from gaozhi_cli.storage.ledger import Ledger

ACT = "commitment.conclude"


class Concluded(NamedTuple):
    """The case's new status and how many of its checks are still open."""

    number: str
    status: str
    open_checks: int


def conclude_matter(number: str, *, ledger: Ledger, occasion: Occasion) -> Concluded:
    """Conclude an accepted case; checks may follow later. Raises NotFound, Refused."""
    digest = ledger.asked(occasion.request_id, ACT, number=number)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        case = ledger.case(number)
        still_open = sum(check.finding is None for check in ledger.checks_of(number))
        if ledger.repeated(occasion.request_id, ACT, digest) is not None:
            act.nothing()
            return Concluded(number, case.status, still_open)
        problems = step_problems("conclude", case, occasion.today)
        problems += conclude_problems(ledger.checks_of(number))
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        status, column = after_step("conclude", case), TRANSITIONS["conclude"].day
        act.change_commitment(number, **{"status": status.value, column: occasion.today.isoformat()})
        act.record(occasion.entry(ACT, number, request_digest=digest, open_checks=still_open))
    return Concluded(number, status.value, still_open)
