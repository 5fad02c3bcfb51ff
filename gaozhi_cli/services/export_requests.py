"""协助核查交换表: open requests as rows that another agency can fill in by itself (通知五（四）).

A citizen stands in it masked, as the letter names the person; whole only with a reason, journalled.
"""

from __future__ import annotations

from collections.abc import Sequence

from gaozhi_cli.domain.exchange import sealed_text
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.storage.assistances import CONTENT, Asked
from gaozhi_cli.storage.ledger import Ledger

ACT = "assist.export"
SEAL = "assistance"  # kind of the keyed digest


def export_requests(
    asked: Sequence[Asked], *, ledger: Ledger, occasion: Occasion, reason: str | None
) -> list[dict[str, str]]:
    """A row for each request under ``exchange.LOCKED``'s keys. Raises NotReady (key missing).

    With a ``reason`` the applicants' names and numbers stand whole, an entry for each request.
    """
    rows = [_row(one, ledger, whole=reason is not None) for one in asked]
    if reason is not None:
        with ledger.acts(dry_run=occasion.dry_run) as acts:
            for one in asked:
                with acts.act() as act:
                    request = one.request
                    act.record(
                        occasion.entry(
                            ACT, request.number, reason=reason, assistance=request.id, agency=request.agency
                        )
                    )
    return rows


def _row(asked: Asked, ledger: Ledger, *, whole: bool) -> dict[str, str]:
    request = asked.request
    case = ledger.case(request.number)
    if whole:
        person = ledger.personal(request.number, "applicant")
        name, number = person.get("name", ""), person.get("number", "")
    else:
        subject = ledger.subject(case.subject)
        name, number = subject["name_shown"], subject["number_shown"]
    row = {
        "id": request.id,
        "check": request.verification,
        "matter": asked.matter,
        "proof": asked.proof_name,
        "applicant": name,
        "id_number": number,
        "content": ledger.personal(request.id, CONTENT).get("text", ""),
        "asked_on": request.asked_on,
        "due": request.due_on or "",
    }
    return row | {"seal": ledger.keyed(SEAL, sealed_text(row)).hex()[:32]}
