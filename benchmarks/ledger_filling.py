"""Made-up ledgers of any size, filled past the program: rows, digests and chain as its acts would leave them.

Four entries a case: drawn up, signed, accepted with one check, concluded; three checks in a hundred are
still open, and their cases are not concluded. Sealed fields are random bytes of the usual length; row
keys are sealed by the ledger's own key, so ``ledger verify`` finds nothing at fault. The last forty cases
are refused, of one subject, one item, one day of their own: as many hits for each filter at any size.
Not a test.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

from gaozhi_cli.domain.commitment import Commitment, Number
from gaozhi_cli.domain.journal import Actor, Entry, Value, Write, entry_row, row_digest
from gaozhi_cli.domain.verification import Verification, check_id
from gaozhi_cli.storage import schema
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.schema import Table
from gaozhi_cli.storage.vault import match_digest, new_row_key, seal, wrap_place
from tests.builders import a_ledger

OFFICES = tuple(f"D{n:02}" for n in range(40))
ITEMS = 3  # of an office
YEARS = 5
FIRST_YEAR = 2022
PER_SUBJECT = 3  # cases
MARKED = len(OFFICES)
MARKED_SUBJECT, MARKED_ITEM, MARKED_DAY = "S-marked", "marked-1", date(2031, 6, 2)
OPEN = 3  # of a hundred checks
CHUNK = 2000
ACTOR = Actor("基准", "bench", "bench")
Row = dict[str, Value]


def fill(home: Path, cases: int, *, chained: bool = True) -> Ledger:
    """A new ledger with so many cases; without ``chained`` it has no entries but the first."""
    ledger = a_ledger(home)
    seq, prev = ledger.head()
    with closing(sqlite3.connect(home / "ledger.db", isolation_level=None)) as base:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -400000"):
            base.execute(f"PRAGMA {pragma}")
        indexes = base.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL")
        indexes = indexes.fetchall()
        for name, _ in indexes:
            base.execute(f"DROP INDEX {name}")
        base.execute("BEGIN")
        kept: dict[str, list[tuple[Value, ...]]] = {table.name: [] for table in schema.TABLES.values()}
        counted: dict[tuple[str, int], int] = {}
        for n in range(cases):
            for entry, writes in acts(n, cases, ledger, counted):
                for table, row, before in writes:
                    if before is None and table is not schema.COUNTERS:
                        kept[table.name].append(tuple(map(row.get, table.names)))
                if chained:
                    listed = [
                        Write(table.name, tuple(row[key] for key in table.key),  # type: ignore[misc]
                              row_digest(table.name, row).hex(),
                              row_digest(table.name, before).hex() if before else None)
                        for table, row, before in writes if table is not schema.ROW_KEYS
                    ]  # fmt: skip
                    journal = entry_row(entry, seq=seq + 1, at=AT, prev=prev, writes=listed)
                    seq, prev = seq + 1, journal["hash"]  # type: ignore[assignment]
                    kept["journal"].append(tuple(map(journal.get, schema.JOURNAL.names)))
                settle(kept, writes)
            if n % CHUNK == CHUNK - 1:
                put(base, kept)
        put(base, kept)
        rows = ((office, year, n) for (office, year), n in counted.items())
        base.executemany("INSERT INTO counters VALUES (?, ?, ?)", rows)
        for _, statement in indexes:
            base.execute(statement)
        base.execute("COMMIT")
    return ledger


AT = "2026-11-24T09:00:00.000+08:00"


def settle(kept: dict[str, list[tuple[Value, ...]]], writes: list[tuple[Table, Row, Row | None]]) -> None:
    """A row changed by a later act of the same case stands as the last act left it."""
    for table, row, before in writes:
        if before is not None and table is not schema.COUNTERS:
            kept[table.name][-1] = tuple(map(row.get, table.names))


def put(base: sqlite3.Connection, kept: dict[str, list[tuple[Value, ...]]]) -> None:
    """Write what was kept, and forget it."""
    for name, rows in kept.items():
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            base.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
            rows.clear()


def number_of(n: int) -> Number:
    """The number of the n-th case: the offices take turns, the years follow each other."""
    office, place = OFFICES[n % len(OFFICES)], n // len(OFFICES)
    return Number(office, FIRST_YEAR + place % YEARS, 1 + place // YEARS)


def day_of(n: int, cases: int) -> date:
    """The day on which the n-th of so many cases was drawn up: the year's, all days alike."""
    if n >= cases - MARKED:
        return MARKED_DAY
    number = number_of(n)
    top = max(1, cases // (len(OFFICES) * YEARS))
    return date(number.year, 1, 1) + timedelta(min(363, (number.n - 1) * 364 // (top + 1)))


def acts(
    n: int, cases: int, ledger: Ledger, counted: dict[tuple[str, int], int]
) -> Iterator[tuple[Entry, list[tuple[Table, Row, Row | None]]]]:
    """The acts of a case: entry, and each row with what it was before."""
    keys = ledger.keys()
    number, today = number_of(n), day_of(n, cases).isoformat()
    text, item = str(number), f"{number.office.lower()}-{n // len(OFFICES) % ITEMS}"
    subject, first = divmod(n, PER_SUBJECT)
    owner, marked = f"S{subject:016x}", n >= cases - MARKED
    if marked:
        item, owner, subject, first = MARKED_ITEM, MARKED_SUBJECT, 10**12, n - (cases - MARKED)
    drawn: list[tuple[Table, Row, Row | None]] = []
    counter: Row = {"office": number.office, "year": number.year, "n": number.n}
    before = counter | {"n": number.n - 1} if number.n > 1 else None
    counted[number.office, number.year] = number.n
    drawn.append((schema.COUNTERS, counter, before))
    if not first:
        person: Row = {
            "id": owner, "kind": "citizen", "id_type": "id-card",
            "match_digest": match_digest(keys, "id-card", id_number(subject)), "name_shown": "测**",
            "number_shown": "4101**********0030", "first_seen_on": today,
        }  # fmt: skip
        drawn.append((schema.SUBJECTS, person, None))
    case = Commitment(
        text, number.office, number.year, number.n, f"基准告承〔{number.year}〕{number.n:05}号", item,
        "基准事项登记", "2021", "ab" * 32, "commitment", "drawn-up", owner, today,
        consent=0, choice="commitment",
    )._asdict()  # fmt: skip
    proof: Row = {
        "number": text,
        "proof": f"{item}.1",
        "place": 1,
        "name": "经营场所证明",
        "method": "onsite",
    }
    letter: Row = {
        "number": text, "state": "made", "docx": f"letters/{text}.docx", "docx_sha256": "cd" * 32,
        "fields": "ef" * 32, "template_sha256": "12" * 32, "anchor": "1-0123456789abcdef",
        "told_sm3": "34" * 32,
    }  # fmt: skip
    id_ = f"{n:016x}"
    sealed: Row = {"id": id_, "owner": text, "role": "applicant", "id_type": "id-card", "name_shown": "测**"}
    sealed |= {"name_match": match_digest(keys, "name", f"测试{subject}"), "name": os.urandom(38)}
    sealed |= {"number": os.urandom(47), "phone": os.urandom(40), "text": os.urandom(900)}
    wrapped = seal(keys.wrap, new_row_key(), wrap_place(id_, keys.id))
    for table, row in (
        (schema.COMMITMENTS, case), (schema.PROOFS, proof), (schema.LETTERS, letter),
        (schema.PERSONAL, sealed),
        (schema.ROW_KEYS, {"id": id_, "key_id": keys.id, "wrapped": wrapped}),
    ):  # fmt: skip
        drawn.append((table, row, None))
    yield entry("letter.draw-up", text, today), drawn
    signed = case | {"status": "signed", "signed_on": today}
    yield entry("commitment.sign", text, today), [(schema.COMMITMENTS, signed, case)]
    accepted = signed | {"status": "accepted", "accepted_on": today}
    is_open = n % 100 < OPEN
    due = (day_of(n, cases) + timedelta(20)).isoformat()
    check = Verification(
        check_id(text, 1), text, number.office, item, "基准事项登记", f"{item}.1", "经营场所证明", "onsite",
        "planned" if is_open else "closed", today, due, 0, "基准", "李核查", None if is_open else "true",
        None if is_open else due,
    )._asdict()  # fmt: skip
    yield (
        entry("commitment.accept", text, today),
        [(schema.COMMITMENTS, accepted, signed), (schema.VERIFICATIONS, check, None)],
    )
    if marked:
        refused = accepted | {"status": "refused", "refused_on": today}
        yield entry("commitment.refuse", text, today), [(schema.COMMITMENTS, refused, accepted)]
    elif not is_open:
        concluded = accepted | {"status": "concluded", "concluded_on": today}
        yield entry("commitment.conclude", text, today), [(schema.COMMITMENTS, concluded, accepted)]


def id_number(subject: int) -> str:
    """What the n-th subject is found by."""
    return f"{subject:018}"


def entry(act: str, number: str, day: str) -> Entry:
    """An act of the benchmark's clerk."""
    return Entry(act, number, day, ACTOR, None, DETAIL)


DETAIL = '{"catalog":"2021","fields":"' + "ef" * 32 + '","item":"d00-1","warnings":[]}'
