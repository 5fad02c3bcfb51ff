"""收回工作单: the sheet is back, on which day and by whom; what it says is recorded by ``close``."""

from __future__ import annotations

from typing import NamedTuple

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import Refused
from gaozhi_cli.domain.verification import Verification
from gaozhi_cli.domain.visits import Dispatch, receive_problems
from gaozhi_cli.domain.vocabulary import CheckState
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.visits import checks_on, sheet

ACT = "verify.receive"


class Received(NamedTuple):
    """The sheet as it stands now, and its checks that wait for a finding."""

    sheet: Dispatch
    open: tuple[Verification, ...]


def receive_sheet(id_: str, *, by: str | None, ledger: Ledger, occasion: Occasion) -> Received:
    """Record that a sheet came back; ``by``: who took it in, the operator where nobody is named.

    Raises NotFound, Refused (back already, dated before it went out).
    """
    digest = ledger.asked(occasion.request_id, ACT, sheet=id_, by=by)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        made = sheet(ledger, id_)
        checks = [c for visit in checks_on(ledger, made) for c in visit if c.sheet == made.id]
        waiting = tuple(c for c in checks if c.state == CheckState.PLANNED.value)
        if ledger.repeated(occasion.request_id, ACT, digest) is not None:
            act.nothing()
            return Received(made, waiting)
        problems = receive_problems(made, occasion.today)
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        day, who = occasion.today.isoformat(), by or occasion.actor.operator
        act.change_dispatch(made.id, received_on=day, received_by=who)
        for check in checks:
            act.change_check(check.id, received_on=day)
        open_ = [check.id for check in waiting]
        act.record(occasion.entry(ACT, made.id, request_digest=digest, by=who, open=open_))
    return Received(made._replace(received_on=day, received_by=who), waiting)
