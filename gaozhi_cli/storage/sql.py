"""All portable SQL of the ledger in one place: ``?`` parameters, literal predicates, no dialect words.

The SQLite engine runs these strings as they are; an engine with other parameter marks replaces ``?``.
"""

from __future__ import annotations

from functools import lru_cache

from gaozhi_cli.storage.schema import (
    ASSISTANCES,
    COMMITMENTS,
    COMPARISONS,
    CREDIT,
    DISPATCHES,
    EVIDENCE,
    EXTRACTS,
    LETTERS,
    OUTCOMES,
    PRINTS,
    PROOFS,
    VERIFICATIONS,
    Table,
)


@lru_cache(maxsize=256)
def insert(table: Table, columns: tuple[str, ...]) -> str:
    """INSERT of one row with the given columns."""
    marks = ", ".join("?" for _ in columns)
    return f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks})"


@lru_cache(maxsize=256)
def update(table: Table, columns: tuple[str, ...]) -> str:
    """UPDATE of the given columns of one row, found by its key."""
    sets = ", ".join(f"{name} = ?" for name in columns)
    return f"UPDATE {table.name} SET {sets} WHERE {_by_key(table)}"


@lru_cache(maxsize=64)
def select(table: Table) -> str:
    """All columns of one row, found by its key."""
    return f"{select_all(table)} WHERE {_by_key(table)}"


@lru_cache(maxsize=64)
def select_some(table: Table, count: int) -> str:
    """All columns of the rows with so many keys; the table's key is one column."""
    return f"{select_all(table)} WHERE {table.key[0]} IN ({', '.join('?' * count)})"


def select_all(table: Table) -> str:
    """All columns of all rows."""
    return f"SELECT {', '.join(table.names)} FROM {table.name}"


def _by_key(table: Table) -> str:
    return " AND ".join(f"{name} = ?" for name in table.key)


COUNT_UP = "UPDATE counters SET n = n + 1 WHERE office = ? AND year = ? RETURNING n"
SUBJECT_BY_MATCH = "SELECT id, name_shown FROM subjects WHERE match_digest = ?"
SUBJECT_BY_MATCHES = {  # a number of one kind of document, or of the three kinds of a resident's card
    1: SUBJECT_BY_MATCH,
    3: "SELECT id, name_shown FROM subjects WHERE match_digest IN (?, ?, ?) ORDER BY first_seen_on, id",
}
PERSONAL_OF = "SELECT id FROM personal WHERE owner = ? AND role = ?"
SUBJECTS_BY_NAME = (
    "SELECT c.subject FROM personal p JOIN commitments c ON c.number = p.owner"
    " WHERE p.name_match = ? AND p.role = 'applicant'"
    " UNION SELECT owner FROM personal WHERE name_match = ? AND role = 'subject' ORDER BY 1"
)
NAME_OF_OWNER = "SELECT name_match, name_shown FROM personal WHERE owner = ? AND role = ?"
WRAPPED_KEY = "SELECT key_id, wrapped FROM row_keys WHERE id = ?"
PERSONAL_WITHOUT_KEY = (
    "SELECT p.id FROM personal p LEFT JOIN row_keys k ON k.id = p.id"
    " WHERE k.id IS NULL AND p.purged_on IS NULL"
)
PURGED_WITH_KEY = "SELECT p.id FROM personal p JOIN row_keys k ON k.id = p.id WHERE p.purged_on IS NOT NULL"
KEY_WITHOUT_PERSONAL = "SELECT k.id FROM row_keys k LEFT JOIN personal p ON p.id = k.id WHERE p.id IS NULL"
REWRAP = "UPDATE row_keys SET key_id = ?, wrapped = ? WHERE id = ?"
KEY_IDS = "SELECT key_id, count(*), min(id) FROM row_keys GROUP BY key_id ORDER BY key_id"
ONE_NAMED = "SELECT id FROM personal WHERE name_match IS NOT NULL LIMIT 1"
DROP_ROW_KEY = "DELETE FROM row_keys WHERE id = ?"
# A letter that was never made and has been purged is not to be made any more.
PENDING_LETTERS = "SELECT number FROM letters WHERE docx_sha256 IS NULL AND state <> 'purged' ORDER BY number"
LAST_ENTRY = "SELECT seq, hash, at FROM journal ORDER BY seq DESC LIMIT 1"
LAST_ACT = (
    "SELECT seq, at, dated_on, detail FROM journal WHERE object = ? AND act = ? ORDER BY seq DESC LIMIT 1"
)
ENTRY_BY_REQUEST = "SELECT act, object, request_digest FROM journal WHERE request_id = ?"
HASH_OF_ENTRY = "SELECT hash FROM journal WHERE seq = ?"
OBJECTS_AFTER = "SELECT DISTINCT object FROM journal WHERE seq > ? ORDER BY object"
COUNTERS = "SELECT office, year, n FROM counters ORDER BY office, year"
ACTS_AFTER = "SELECT count(*) FROM journal WHERE seq > ? AND act = ?"
DETAIL_BY_REQUEST = "SELECT detail FROM journal WHERE request_id = ?"


def requests(count: int) -> str:
    """What was done under several request ids."""
    return f"SELECT request_id, object, dated_on FROM journal WHERE request_id IN ({', '.join('?' * count)})"


HISTORY = (
    "SELECT seq, at, dated_on, act, object, operator, login, machine, reason, detail"
    " FROM journal WHERE object = ? ORDER BY seq"
)
# Of acts on many cases of an office and a year (``RS-2026``), those that wrote a row of this one.
GROUP_HISTORY = (
    "SELECT seq, at, dated_on, act, object, operator, login, machine, reason, detail"
    " FROM journal WHERE object = ? AND writes LIKE ? ORDER BY seq"
)
LAST_CASES = (
    "SELECT c.number FROM commitments c JOIN personal p ON p.owner = c.number AND p.role = 'applicant'"
    " WHERE c.subject = ? AND p.purged_on IS NULL ORDER BY c.drawn_up_on DESC LIMIT 3"
)
CASE_OF_VERSION = "SELECT number FROM commitments WHERE catalog_version = ? LIMIT 1"
PROOFS_OF = f"{select_all(PROOFS)} WHERE number = ? ORDER BY place"
CHECKS_OF = f"{select_all(VERIFICATIONS)} WHERE number = ? ORDER BY id"
LETTER_OF = select(LETTERS)
# The predicates stand literally: partial indexes answer them.
PROVISIONAL_CHECKS = (
    "SELECT v.id, c.concluded_on FROM verifications v JOIN commitments c ON c.number = v.number"
    " WHERE v.provisional = 1 AND v.finding IS NULL ORDER BY v.id"
)
PROVISIONAL_ASSISTANCES = (
    f"{select_all(ASSISTANCES)} WHERE answered_on IS NULL AND provisional = 1 ORDER BY due_on, id"
)
PROVISIONAL_OUTCOMES = (
    f"{select_all(OUTCOMES)} WHERE closed_on IS NULL AND provisional = 1 ORDER BY due_on, id"
)
CREDIT_OF = f"{select_all(CREDIT)} WHERE subject = ? ORDER BY decided_on, id"
CREDIT_LIST = (
    f"SELECT {', '.join(f'r.{name}' for name in CREDIT.names)}, s.name_shown, s.number_shown"
    " FROM credit_records r JOIN subjects s ON s.id = r.subject ORDER BY r.decided_on, r.id"
)
CASES_OF_SUBJECT = (
    "SELECT c.number, c.office, c.item, c.matter, c.track, c.status, c.drawn_up_on, c.concluded_on,"
    " p.name_match, p.name_shown FROM commitments c"
    " LEFT JOIN personal p ON p.owner = c.number AND p.role = 'applicant'"
    " WHERE c.subject = ? ORDER BY c.drawn_up_on, c.office, c.year, coalesce(c.series, ''), c.n"
)


def credit_of_matches(count: int) -> str:
    """The credit records of the subjects with these digests, each with the digest before it."""
    columns = ", ".join(f"r.{name}" for name in CREDIT.names)
    return (
        f"SELECT s.match_digest, {columns} FROM subjects s JOIN credit_records r ON r.subject = s.id"
        f" WHERE s.match_digest IN ({', '.join('?' * count)})"
    )


# Open online checks behind an id, each with the sealed fields of its applicant (NULL where there are none).
_CLAIMS = (
    "SELECT v.id, v.number, v.office, v.item, v.proof, p.id, p.id_type, p.purged_on, p.name, p.number,"
    " p.phone, p.contact, p.address, p.site_address, k.key_id, k.wrapped FROM verifications v"
    " LEFT JOIN personal p ON p.owner = v.number AND p.role = 'applicant'"
    " LEFT JOIN row_keys k ON k.id = p.id WHERE v.finding IS NULL AND v.method = 'online'"
)
CLAIMS_AFTER = f"{_CLAIMS} AND v.id > ? ORDER BY v.id LIMIT ?"
CLAIMS_OF_OFFICE_AFTER = f"{_CLAIMS} AND v.id > ? AND v.office = ? ORDER BY v.id LIMIT ?"


def claims_of(count: int) -> str:
    """The same of so many checks."""
    return f"{_CLAIMS} AND v.id IN ({', '.join('?' * count)}) ORDER BY v.id"


def checks_in(count: int) -> str:
    """So many checks as they stand."""
    return f"{select_all(VERIFICATIONS)} WHERE id IN ({', '.join('?' * count)})"


def comparisons_in(count: int) -> str:
    """How often so many checks have been compared."""
    marks = ", ".join("?" * count)
    counted = f"SELECT verification, count(*) FROM comparisons WHERE verification IN ({marks})"
    return f"{counted} GROUP BY verification"


LAST_EXTRACT = f"{select_all(EXTRACTS)} WHERE source = ? ORDER BY length(id) DESC, id DESC LIMIT 1"
EXTRACT_OF_BYTES = f"{select_all(EXTRACTS)} WHERE source = ? AND sha256 = ?"
COUNT_EXTRACTS = "SELECT count(*) FROM extracts WHERE source = ?"
COMPARED_WITH = "SELECT verification FROM comparisons WHERE extract = ? AND adapter = ?"
COMPARISONS_OF = f"{select_all(COMPARISONS)} WHERE verification = ? ORDER BY length(id), id"
ALL_COMPARISONS = f"{select_all(COMPARISONS)} ORDER BY verification, length(id), id"
PRINTS_OF = f"{select_all(PRINTS)} WHERE number = ? ORDER BY submitted_at, id"

# Work sheets: those not back yet are few, so the listing sifts; the checks of a subject's cases; what is
# kept as evidence; requests to other agencies that are not answered.
EVIDENCE_OF = f"{select_all(EVIDENCE)} WHERE owner = ? ORDER BY id"
EVIDENCE_COUNT = "SELECT count(*) FROM evidence_files WHERE owner = ?"
CHECKS_OF_SUBJECT = (
    f"SELECT {', '.join(f'v.{name}' for name in VERIFICATIONS.names)} FROM commitments c"
    " JOIN verifications v ON v.number = c.number WHERE c.subject = ? ORDER BY v.id"
)
UNANSWERED = "SELECT id FROM assistances WHERE verification = ? AND answered_on IS NULL ORDER BY id"


def dispatches(*, office: bool, assignee: bool, out: bool) -> str:
    """Work sheets in order of number; ``out``: only those that are not back."""
    where = ["office = ?"] if office else []
    where += ["assignee = ?"] if assignee else []
    where += ["received_on IS NULL"] if out else []
    condition = f" WHERE {' AND '.join(where)}" if where else ""
    return f"{select_all(DISPATCHES)}{condition} ORDER BY office, year, n"


DUE_COLUMNS = (
    "id", "number", "office", "item", "matter", "proof", "proof_name", "method", "due_on", "provisional",
    "assignee", "due_source", "stage", "paused_on",
)  # fmt: skip


def due(*, office: bool, until: bool, dated: bool, method: bool, assignee: bool) -> str:
    """Open checks. The predicate ``finding IS NULL`` stands literally: a partial index answers it."""
    where = _open_checks(dated, office, until, method, assignee)
    return f"SELECT {', '.join(DUE_COLUMNS)} FROM verifications WHERE {where} ORDER BY due_on, id"


def undated(*, office: bool, method: bool, assignee: bool) -> str:
    """How many open checks have no date: paused or not, with a reason or without one."""
    where = _open_checks(False, office, False, method, assignee)
    flags = ", ".join(f"CASE WHEN {name} IS NULL THEN 0 ELSE 1 END" for name in ("paused_on", "due_source"))
    return f"SELECT {flags}, count(*) FROM verifications WHERE {where} GROUP BY 1, 2 ORDER BY 1, 2"


def _open_checks(dated: bool, office: bool, until: bool, method: bool, assignee: bool) -> str:
    where = ["finding IS NULL", f"due_on IS {'NOT ' if dated else ''}NULL"]
    where += ["office = ?"] if office else []
    where += ["due_on <= ?"] if until else []
    where += ["method = ?"] if method else []
    where += ["assignee = ?"] if assignee else []
    return " AND ".join(where)


NUMBER_ORDER = "c.office, c.year, coalesce(c.series, ''), c.n"
# The same order where sorting a few hits is wanted, not a walk along the index of all numbers.
SORTED = f"{NUMBER_ORDER} + 0"
LIST_COLUMNS = ", ".join(f"c.{name}" for name in COMMITMENTS.names)
SHOWN_NAME = "(SELECT p.name_shown FROM personal p WHERE p.owner = c.number AND p.role = 'applicant')"
BETWEEN_DAYS = "c.drawn_up_on BETWEEN ? AND ?"
IN_ROW = "c.office = ? AND c.year = ? AND coalesce(c.series, '') = ?"
IN_SPAN = f"{IN_ROW} AND c.n BETWEEN ? AND ?"
BEHIND = "(c.office, c.year, coalesce(c.series, ''), c.n) > (?, ?, ?, ?)"  # looked at row by row
# What is behind a number in the listing, in three steps that an index goes straight to.
REST_OF_ROW = (f"{IN_ROW} AND c.n > ?", "c.n")
LATER_SERIES = ("c.office = ? AND c.year = ? AND coalesce(c.series, '') > ?", "coalesce(c.series, ''), c.n")
LATER_YEARS = ("c.office = ? AND c.year > ?", NUMBER_ORDER)
LATER_OFFICES = ("c.office > ?", NUMBER_ORDER)
# A row of numbers: those of an office, a year and a series. The last row, and the one before another.
_ROW = "SELECT office, year, coalesce(series, ''), n FROM commitments"
_LAST = "ORDER BY office DESC, year DESC, coalesce(series, '') DESC, n DESC LIMIT 1"
LAST_ROW = f"{_ROW} {_LAST}"
SERIES_BEFORE = (
    f"{_ROW} WHERE office = ? AND year = ? AND coalesce(series, '') < ?"
    " ORDER BY coalesce(series, '') DESC, n DESC LIMIT 1"
)
YEAR_BEFORE = f"{_ROW} WHERE office = ? AND year < ? {_LAST}"
OFFICE_BEFORE = f"{_ROW} WHERE office < ? {_LAST}"


def one_of(column: str, count: int) -> str:
    """A column has one of so many values."""
    return f"c.{column} = ?" if count == 1 else f"c.{column} IN ({', '.join('?' * count)})"


def only(condition: str) -> str:
    """The condition sifts rows that were found otherwise: no index is taken for its sake."""
    column = condition.partition(" ")[0]
    return condition.replace(column, f"coalesce({column}, '')", 1)


def commitments(where: list[str], *, order: str = NUMBER_ORDER, limit: bool = False) -> str:
    """Commitments with the shown name of their applicant, in order of number."""
    condition = f" WHERE {' AND '.join(where)}" if where else ""
    ending = " LIMIT ?" if limit else ""
    return f"SELECT {LIST_COLUMNS}, {SHOWN_NAME} FROM commitments c{condition} ORDER BY {order}{ending}"
