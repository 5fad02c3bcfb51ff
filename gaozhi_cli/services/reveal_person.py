"""查看个人信息: personal data shown whole, with a reason, and journalled (DESIGN: masked unless revealed)."""

from __future__ import annotations

import json

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.outcomes import outcomes_of, words_of

SHOWN = ("name", "id_type", "number", "phone", "contact", "address", "site_address")
GROUNDS = {"agent": "authorization", "guardian": "guardianship"}  # by what one promises for another


def reveal_person(
    number: str, *, ledger: Ledger, occasion: Occasion, reason: str
) -> dict[str, dict[str, str]]:
    """The applicant with the promise made, who promised for them and by what, the evidence of each check,
    what was said about each measure.

    Keyed by ``applicant``, ``agent`` or ``guardian``, and the ids of checks and measures.
    Raises NotFound, NotReady (key missing).
    """
    with ledger.transaction() as act:
        ledger.case(number)
        people = {role: _person(ledger, number, role) for role in ("applicant", *GROUNDS)}
        for check in ledger.checks_of(number):
            evidence = ledger.personal(check.id, "evidence").get("text")
            people[check.id] = {"evidence": evidence} if evidence else {}
        for outcome in outcomes_of(ledger, number):
            people[outcome.id] = words_of(ledger, outcome)
        act.record(occasion.entry("person.reveal", number, reason=reason))
    return {who: fields for who, fields in people.items() if fields}


def _person(ledger: Ledger, number: str, role: str) -> dict[str, str]:
    fields = ledger.personal(number, role)
    shown = {name: fields[name] for name in SHOWN if name in fields}
    if role in GROUNDS and fields.get("text"):
        shown[GROUNDS[role]] = fields["text"]
    if role == "applicant" and fields.get("text"):
        shown["statement"] = json.loads(fields["text"])["承诺内容"]
    return shown
