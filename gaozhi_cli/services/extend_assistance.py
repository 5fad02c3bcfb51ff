"""延长答复期限: the agency is given more working days, with a reason that the journal keeps."""

from __future__ import annotations

from gaozhi_cli.domain.assistance import Assistance, extended, extension_problems
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import Refused
from gaozhi_cli.domain.workdays import WorkCalendar
from gaozhi_cli.storage.assistances import the_request
from gaozhi_cli.storage.ledger import Ledger

ACT = "assist.extend"


def extend_assistance(
    id_: str, days: int, reason: str, *, calendar: WorkCalendar, ledger: Ledger, occasion: Occasion
) -> Assistance:
    """Put the date of an open request off; the request as it then stands. Raises NotFound, Refused."""
    digest = ledger.asked(occasion.request_id, ACT, assistance=id_, days=days, reason=reason)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        request = the_request(ledger, id_)
        if ledger.repeated(occasion.request_id, ACT, digest) is not None:
            act.nothing()
            return request
        problems = extension_problems(request, days, occasion.today)
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        changes = extended(request, days, occasion.today, calendar)
        act.change_assistance(id_, **changes)
        act.record(
            occasion.entry(
                ACT, request.number, reason=reason, request_digest=digest, assistance=id_, days=days,
                before=request.due_on, due=changes["due_on"],
            )
        )  # fmt: skip
        return the_request(ledger, id_)
