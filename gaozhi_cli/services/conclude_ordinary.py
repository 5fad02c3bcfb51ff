"""按一般程序办结: a case without a letter, or one refused or withdrawn (规程四（二）)."""

from __future__ import annotations

from typing import NamedTuple

from gaozhi_cli.domain.commitment import after_step, step_problems
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import Refused
from gaozhi_cli.storage.ledger import Ledger

ACT = "ordinary.conclude"


class Concluded(NamedTuple):
    """The case and its new status."""

    number: str
    status: str


def conclude_ordinary(number: str, *, ledger: Ledger, occasion: Occasion) -> Concluded:
    """Conclude a case of the 一般程序. Raises NotFound, Refused."""
    digest = ledger.asked(occasion.request_id, ACT, number=number)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        case = ledger.case(number)
        if ledger.repeated(occasion.request_id, ACT, digest) is not None:
            act.nothing()
            return Concluded(number, case.status)
        problems = step_problems("conclude-ordinary", case, occasion.today)
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        status = after_step("conclude-ordinary", case).value
        act.change_commitment(number, status=status, concluded_on=occasion.today.isoformat())
        act.record(occasion.entry(ACT, number, request_digest=digest, before=case.status))
    return Concluded(number, status)
