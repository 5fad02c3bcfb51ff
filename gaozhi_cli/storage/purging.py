"""What a purge selects, and what is left of it: cases past their retention period, entries of purges.

Portable SQL of its own: nobody else asks these questions. A case is past its period when it has ended,
nothing of it is open and no credit record in force rests on it; a subject when no case of it is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from gaozhi_cli.storage.ledger import MOST_MARKS, Ledger

# What was ended by a decision after a false promise ended on the day of that decision.
DECIDED = "(SELECT max(o.decided_on) FROM outcomes o WHERE o.number = c.number AND o.measure = '{}')"
ENDED = (
    "CASE c.status WHEN 'concluded' THEN c.concluded_on WHEN 'refused' THEN c.refused_on"
    " WHEN 'withdrawn' THEN c.withdrawn_on"
    f" WHEN 'terminated' THEN {DECIDED.format('terminate')}"
    f" WHEN 'revoked' THEN {DECIDED.format('revoke')} END"
)
# Never brought back signed: the applicant is still not bound, and the office owes no decision.
UNSIGNED = "(c.signed_on IS NULL AND c.status IN ('drawn-up', 'supplementing'))"
IN_FORCE = "r.repaired_on IS NULL AND (r.until_on IS NULL OR r.until_on >= ?)"
PAST = (
    f"SELECT c.number, c.subject FROM commitments c WHERE ({ENDED} < ? OR {UNSIGNED} AND c.drawn_up_on < ?)"
    " AND EXISTS (SELECT 1 FROM personal p WHERE p.owner = c.number AND p.purged_on IS NULL)"
    " AND NOT EXISTS (SELECT 1 FROM verifications v WHERE v.number = c.number"
    " AND (v.finding IS NULL OR v.closed_on >= ?))"
    " AND NOT EXISTS (SELECT 1 FROM assistances a WHERE a.number = c.number AND a.answered_on IS NULL)"
    " AND NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.number = c.number AND o.closed_on IS NULL)"
    f" AND NOT EXISTS (SELECT 1 FROM credit_records r WHERE r.subject = c.subject AND r.number = c.number"
    f" AND {IN_FORCE})"
)
UNPURGED_CASE = (
    "EXISTS (SELECT 1 FROM commitments c JOIN personal p ON p.owner = c.number"
    " WHERE c.subject = s.id AND p.purged_on IS NULL)"
)
LEFT = (
    f"SELECT s.id FROM subjects s WHERE NOT {UNPURGED_CASE} AND NOT EXISTS"
    f" (SELECT 1 FROM credit_records r WHERE r.subject = s.id AND {IN_FORCE})"
)
# Kept once because of a credit record that is no longer in force.
KEPT_BEFORE = (
    f"{LEFT} AND s.name_shown <> '已清除' AND s.id IN (SELECT subject FROM credit_records)"
    " AND EXISTS (SELECT 1 FROM commitments c WHERE c.subject = s.id) ORDER BY s.id"
)
PERSONAL_IDS = "SELECT id FROM personal WHERE owner = ? AND purged_on IS NULL ORDER BY id"
# A case and all that was done about it has texts of its own.
OWNERS = (
    "SELECT ? UNION ALL SELECT id FROM verifications WHERE number = ?"
    " UNION ALL SELECT id FROM assistances WHERE number = ?"
    " UNION ALL SELECT id FROM outcomes WHERE number = ?"
)
REQUESTS = "SELECT id FROM assistances WHERE number = ?"
PURGES = (
    "SELECT seq, dated_on, operator, login, machine, detail, prev, hash FROM journal"
    " WHERE object = ? AND act = ? ORDER BY seq"
)


class PurgeEntry(NamedTuple):
    """A journal entry of a purge."""

    seq: int
    dated_on: str
    operator: str
    login: str
    machine: str
    detail: str
    prev: bytes
    hash: bytes


class Bounds(NamedTuple):
    """Cases that ended before ``until`` are past their period, unsigned ones drawn up before ``unsigned``.

    ISO days; an empty ``unsigned`` reaches none.
    """

    until: str
    unsigned: str = ""


def cases_past(
    ledger: Ledger, bounds: Bounds, today: str, *, after: str = "", most: int = MOST_MARKS
) -> list[tuple[str, str]]:
    """Number and subject of the next cases that are past their period and not purged yet."""
    statement = f"{PAST} AND c.number > ? ORDER BY c.number LIMIT {most:d}"
    return [(n, s) for n, s in ledger.engine.execute(statement, (*_values(bounds, today), after))]


def still_past(ledger: Ledger, bounds: Bounds, today: str, numbers: list[str]) -> list[tuple[str, str]]:
    """Those of the cases that are still so under the write lock."""
    statement = f"{PAST} AND c.number IN ({', '.join('?' * len(numbers))}) ORDER BY c.number"
    return [(n, s) for n, s in ledger.engine.execute(statement, (*_values(bounds, today), *numbers))]


def _values(bounds: Bounds, today: str) -> tuple[str, ...]:
    return bounds.until, bounds.unsigned, bounds.until, today


def subject_is_left(ledger: Ledger, subject: str, today: str) -> bool:
    """Whether nothing keeps a subject any more: no case with personal data, no credit record in force."""
    return bool(ledger.engine.execute(f"{LEFT} AND s.id = ?", (today, subject)))


def subjects_kept_before(ledger: Ledger, today: str) -> list[str]:
    """Subjects whose cases were all purged earlier, and whose credit record has run out since."""
    return [row[0] for row in ledger.engine.execute(KEPT_BEFORE, (today,))]


def personal_ids(ledger: Ledger, owner: str) -> list[str]:
    """The rows of personal data of one owner that are not purged."""
    return [row[0] for row in ledger.engine.execute(PERSONAL_IDS, (owner,))]


def personal_ids_of_case(ledger: Ledger, number: str) -> list[str]:
    """The rows of personal data of a case, its checks, requests to other agencies and measures."""
    owners = [row[0] for row in ledger.engine.execute(OWNERS, (number,) * 4)]
    return [id_ for owner in owners for id_ in personal_ids(ledger, owner)]


def requests_about(ledger: Ledger, numbers: set[str]) -> set[str]:
    """The ids of requests to other agencies about these cases: their letters are called by them."""
    return {row[0] for number in numbers for row in ledger.engine.execute(REQUESTS, (number,))}


def purge_entries(ledger: Ledger, act: str) -> Iterator[PurgeEntry]:
    """The entries of all purges, oldest first."""
    values: tuple[Any, ...] = (ledger.id(), act)
    for row in ledger.engine.stream(PURGES, values):
        yield PurgeEntry(*row)
