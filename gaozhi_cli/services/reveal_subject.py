"""查看主体全文: a subject's full data from its latest case, and all its names; journalled with the reason."""

from __future__ import annotations

from typing import Any

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.subjects import OWN, cases_of, names_over_time

SHOWN = ("name", "id_type", "number", "phone", "contact", "address")


def reveal_subject(subject: str, *, ledger: Ledger, occasion: Occasion, reason: str) -> dict[str, Any]:
    """The latest personal data of a subject and its names over time. Raises NotFound, NotReady (key)."""
    with ledger.transaction() as act:
        ledger.subject(subject)
        cases = cases_of(ledger, subject)
        opened = (ledger.personal(case.number, "applicant") for case in reversed(cases))
        latest = next((person for person in opened if person), None) or ledger.personal(subject, OWN)
        names = [
            {"name": ledger.personal(named.owner, named.role).get("name"), "since": named.since}
            for named in names_over_time(ledger, subject, cases)
        ]
        act.record(occasion.entry("person.reveal", subject, reason=reason))
    return {key: latest[key] for key in SHOWN if key in latest} | {"names": names}
