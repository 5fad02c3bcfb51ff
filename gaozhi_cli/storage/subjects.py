"""主体 over time: who they are, the names and cases they had, their credit records and standing.

Standing and names are read without the key; finding a subject by number or name needs it (keyed digests).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.applicant import Identity
from gaozhi_cli.domain.credit import CreditRecord, standing_on
from gaozhi_cli.domain.problem import NotFound
from gaozhi_cli.domain.standing import CLEAR, CreditStanding
from gaozhi_cli.storage import schema, sql
from gaozhi_cli.storage.ledger import MOST_MARKS, Ledger
from gaozhi_cli.storage.vault import match_digests

OWN = "subject"  # the role of a subject's own personal row: of whom a record was kept before any case


class SubjectCase(NamedTuple):
    """A case of a subject on either track, with the name (its digest and mask) it was drawn up under."""

    number: str
    office: str
    item: str
    matter: str
    track: str
    status: str
    drawn_up_on: str
    concluded_on: str | None
    name_match: bytes | None
    name_shown: str | None


class Named(NamedTuple):
    """A name of a subject, masked, since when it is known, and whose personal row holds it in full."""

    shown: str
    since: str
    owner: str
    role: str


def known_subject(ledger: Ledger, id_: str) -> bool:
    """Whether there is a subject with this id."""
    return bool(ledger.engine.execute(sql.select(schema.SUBJECTS), (id_,)))


def standing_of(ledger: Ledger, subject: str, day: date) -> CreditStanding:
    """The standing of a subject on a day."""
    return standing_on(records_of(ledger, subject), day)


def standings(ledger: Ledger, people: Collection[Identity], day: date) -> dict[Identity, CreditStanding]:
    """The standing of many applicants, by few statements; those whom nothing bars are left out.

    A number counts whichever kind of resident's card it was recorded under.
    """
    digests: dict[bytes, list[Identity]] = {}
    for one in dict.fromkeys(people):
        for digest in match_digests(ledger.keys(), one.type.value, one.number):
            digests.setdefault(digest, []).append(one)
    found: dict[Identity, list[CreditRecord]] = {}
    keys = list(digests)
    for start in range(0, len(keys), MOST_MARKS):
        some = keys[start : start + MOST_MARKS]
        for digest, *row in ledger.engine.execute(sql.credit_of_matches(len(some)), some):
            for one in digests[bytes(digest)]:
                found.setdefault(one, []).append(CreditRecord(*row))
    reckoned = {one: standing_on(records, day) for one, records in found.items()}
    return {one: standing for one, standing in reckoned.items() if not standing.eligible}


def standing_of_applicant(ledger: Ledger, who: Identity, day: date) -> CreditStanding:
    """The standing of whoever has this number; nothing is known of a stranger."""
    return standings(ledger, (who,), day).get(who, CLEAR)


def records_of(ledger: Ledger, subject: str) -> list[CreditRecord]:
    """The credit records of a subject, the earliest decision first."""
    return [CreditRecord(*row) for row in ledger.engine.execute(sql.CREDIT_OF, (subject,))]


def credit_record(ledger: Ledger, id_: str) -> CreditRecord:
    """The record with an id. Raises NotFound."""
    rows = ledger.engine.execute(sql.select(schema.CREDIT), (id_,))
    if not rows:
        raise NotFound(f"台账里没有信用记录 {id_}，请核对（gaozhi credit list 可查）")
    return CreditRecord(*rows[0])


def all_records(ledger: Ledger) -> Iterator[tuple[CreditRecord, str, str]]:
    """Every record with its subject's shown name and number, the earliest decision first, streamed."""
    for row in ledger.engine.stream(sql.CREDIT_LIST):
        yield CreditRecord(*row[:-2]), row[-2], row[-1]


def cases_of(ledger: Ledger, subject: str) -> list[SubjectCase]:
    """The cases of a subject, the earliest first."""
    return [SubjectCase(*row) for row in ledger.engine.execute(sql.CASES_OF_SUBJECT, (subject,))]


def names_over_time(ledger: Ledger, subject: str, cases: list[SubjectCase]) -> list[Named]:
    """The names of a subject in the order of time; a name taken again stands again (改名留痕).

    Two names with one mask are told apart by their digests; of purged cases nothing is said.
    """
    found: list[Named] = []
    last: object = None
    row = ledger.subject(subject)
    own = ledger.engine.execute(sql.NAME_OF_OWNER, (subject, OWN))
    dated = [(row["first_seen_on"], subject, OWN, match, shown) for match, shown in own]
    dated += [
        (case.drawn_up_on, case.number, "applicant", case.name_match, case.name_shown) for case in cases
    ]
    for since, owner, role, match, shown in sorted(dated, key=lambda one: str(one[0])):
        name = match if match is None else bytes(match)
        if shown is None or (name or shown) == last:
            continue
        last = name or shown
        found.append(Named(shown, since, owner, role))
    return found
