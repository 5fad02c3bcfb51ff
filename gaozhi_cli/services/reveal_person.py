"""查看个人信息: personal data shown whole, with a reason, and journalled (DESIGN: masked unless revealed)."""

from __future__ import annotations

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.storage.ledger import Ledger

SHOWN = ("name", "id_type", "number", "phone", "contact", "address", "site_address")


def reveal_person(
    number: str, *, ledger: Ledger, occasion: Occasion, reason: str
) -> dict[str, dict[str, str]]:
    """The applicant and agent of a case in clear. Raises NotFound, NotReady (key missing)."""
    with ledger.transaction() as act:
        ledger.case(number)
        people = {role: ledger.personal(number, role) for role in ("applicant", "agent")}
        act.record(occasion.entry("person.reveal", number, reason=reason))
    return {
        role: {name: fields[name] for name in SHOWN if name in fields}
        for role, fields in people.items()
        if fields
    }
