"""All portable SQL of the ledger in one place: ``?`` parameters, literal predicates, no dialect words.

The SQLite engine runs these strings as they are; an engine with other parameter marks replaces ``?``.
"""

from __future__ import annotations

from functools import lru_cache

from gaozhi_cli.storage.schema import COMMITMENTS, LETTERS, PRINTS, PROOFS, VERIFICATIONS, Table


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
PERSONAL_OF = "SELECT id FROM personal WHERE owner = ? AND role = ?"
OWNERS_BY_NAME = "SELECT owner FROM personal WHERE name_match = ?"
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
