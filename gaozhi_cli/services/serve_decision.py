"""送达: the decision has reached the applicant (规程四（一）：按程序办理行政事项并送达申请人)."""

from __future__ import annotations

from typing import NamedTuple

from gaozhi_cli.domain.commitment import step_problems
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import Refused
from gaozhi_cli.domain.vocabulary import ServedWay
from gaozhi_cli.storage.ledger import Ledger

ACT = "commitment.serve"


class Served(NamedTuple):
    """The case and how its decision was served."""

    number: str
    status: str
    way: ServedWay


def serve_decision(
    number: str,
    way: ServedWay,
    *,
    ledger: Ledger,
    occasion: Occasion,
    receipt_sha256: str | None = None,
) -> Served:
    """Record the service of a concluded case, on either track; ``receipt_sha256``: 送达回证 as scanned.

    Raises NotFound, Refused (not concluded, served before).
    """
    digest = ledger.asked(occasion.request_id, ACT, number=number, way=way.value, receipt=receipt_sha256)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        case = ledger.case(number)
        if ledger.repeated(occasion.request_id, ACT, digest) is not None:
            act.nothing()
            return Served(number, case.status, way)
        problems = step_problems("serve", case, occasion.today)
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        act.change_commitment(number, served_on=occasion.today.isoformat(), served_way=way.value)
        act.record(occasion.entry(ACT, number, request_digest=digest, way=way.value, receipt=receipt_sha256))
    return Served(number, case.status, way)
