"""重算答复期限: dates that rested on a calendar not yet published, once it is there."""

from __future__ import annotations

from typing import NamedTuple

from gaozhi_cli.domain.assistance import Assistance, recounted
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.workdays import WorkCalendar
from gaozhi_cli.storage.assistances import open_requests
from gaozhi_cli.storage.ledger import Ledger

ACT = "assist.recompute"


class Moved(NamedTuple):
    """A request whose date has changed: as it was and as it is."""

    before: Assistance
    after: Assistance


def recount_assistances(*, calendar: WorkCalendar, ledger: Ledger, occasion: Occasion) -> tuple[Moved, ...]:
    """Count the dates of all open requests anew; those that moved. One entry for all, none where none did."""
    digest = ledger.asked(occasion.request_id, ACT)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        moved = []
        if ledger.repeated(occasion.request_id, ACT, digest) is None:
            for asked in list(open_requests(ledger, dated=True)):
                changes = recounted(asked.request, calendar)
                if changes:
                    act.change_assistance(asked.request.id, **changes)
                    after = asked.request._replace(**changes)  # type: ignore[arg-type]
                    moved.append(Moved(asked.request, after))
        if not moved:
            act.nothing()
            return ()
        rows = [[one.after.id, one.before.due_on, one.after.due_on] for one in moved]
        act.record(occasion.entry(ACT, ledger.id(), request_digest=digest, moved=rows))
    return tuple(moved)
