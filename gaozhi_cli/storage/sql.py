"""All portable SQL of the ledger in one place: ``?`` parameters, literal predicates, no dialect words.

The SQLite engine runs these strings as they are; an engine with other parameter marks replaces ``?``.
"""

from __future__ import annotations

from functools import lru_cache

from gaozhi_cli.storage.schema import COMMITMENTS, CREDIT, LETTERS, PRINTS, PROOFS, VERIFICATIONS, Table


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
PERSONAL_WITHOUT_KEY = "SELECT p.id FROM personal p LEFT JOIN row_keys k ON k.id = p.id WHERE k.id IS NULL"
KEY_WITHOUT_PERSONAL = "SELECT k.id FROM row_keys k LEFT JOIN personal p ON p.id = k.id WHERE p.id IS NULL"
PENDING_LETTERS = "SELECT number FROM letters WHERE docx_sha256 IS NULL ORDER BY number"
LAST_ENTRY = "SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1"
ENTRY_BY_REQUEST = "SELECT act, object, request_digest FROM journal WHERE request_id = ?"
DETAIL_BY_REQUEST = "SELECT detail FROM journal WHERE request_id = ?"


def requests(count: int) -> str:
    """What was done under several request ids."""
    return f"SELECT request_id, object, dated_on FROM journal WHERE request_id IN ({', '.join('?' * count)})"


HISTORY = (
    "SELECT seq, at, dated_on, act, object, operator, login, machine, reason, detail"
    " FROM journal WHERE object = ? ORDER BY seq"
)
LAST_CASES = "SELECT number FROM commitments WHERE subject = ? ORDER BY drawn_up_on DESC LIMIT 3"
CASE_OF_VERSION = "SELECT number FROM commitments WHERE catalog_version = ? LIMIT 1"
PROOFS_OF = f"{select_all(PROOFS)} WHERE number = ? ORDER BY place"
CHECKS_OF = f"{select_all(VERIFICATIONS)} WHERE number = ? ORDER BY id"
LETTER_OF = select(LETTERS)
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


PRINTS_OF = f"{select_all(PRINTS)} WHERE number = ? ORDER BY submitted_at, id"

DUE_COLUMNS = (
    "id", "number", "office", "item", "matter", "proof", "proof_name", "method", "due_on", "provisional",
    "assignee",
)  # fmt: skip


def due(*, office: bool, until: bool, dated: bool, method: bool, assignee: bool) -> str:
    """Open checks. The predicate ``finding IS NULL`` stands literally: a partial index answers it."""
    where = ["finding IS NULL", f"due_on IS {'NOT ' if dated else ''}NULL"]
    where += ["office = ?"] if office else []
    where += ["due_on <= ?"] if until else []
    where += ["method = ?"] if method else []
    where += ["assignee = ?"] if assignee else []
    return (
        f"SELECT {', '.join(DUE_COLUMNS)} FROM verifications WHERE {' AND '.join(where)} ORDER BY due_on, id"
    )


LIST_COLUMNS = (*(f"c.{name}" for name in COMMITMENTS.names), "p.name_shown")


def commitments(
    *, office: bool, status: bool, since: bool, until: bool, items: int, subjects: int, like: bool
) -> str:
    """Commitments with the shown name of their subject, in order of number."""
    where = ["c.office = ?"] if office else []
    where += ["c.status = ?"] if status else []
    where += ["c.drawn_up_on >= ?"] if since else []
    where += ["c.drawn_up_on <= ?"] if until else []
    where += [f"c.subject IN ({', '.join('?' * subjects)})"] if subjects else []
    either = [f"c.item IN ({', '.join('?' * items)})"] if items else []
    either += ["c.number LIKE ? ESCAPE '\\'"] if like else []
    where += [f"({' OR '.join(either)})"] if either else []
    condition = f" WHERE {' AND '.join(where)}" if where else ""
    return (
        f"SELECT {', '.join(LIST_COLUMNS)} FROM commitments c"
        " JOIN personal p ON p.owner = c.number AND p.role = 'applicant'"
        f"{condition} ORDER BY c.office, c.year, coalesce(c.series, ''), c.n"
    )
