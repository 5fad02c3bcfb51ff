"""Whatever is changed past the journal is found, and the first entry it contradicts is named."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from gaozhi_cli.domain.journal import entry_hash
from gaozhi_cli.storage import schema, vault
from gaozhi_cli.storage.connect import open_ledger
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.verify import Fault, Verified, verify
from tests.builders import CITIZEN, an_occasion
from tests.conftest import Run
from tests.storage.test_ledger_contract import Window, draw_number, entries, raw, reopened

Row = dict[str, Any]
Change = Callable[[sqlite3.Connection], None]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Window:
    """A day's work, which fills every table."""
    window = Window(tmp_path_factory.mktemp("verify") / "county")
    window.a_day()
    return window


@pytest.fixture
def county(template: Window, tmp_path: Path) -> Iterator[Window]:
    """The same ledger to tamper with."""
    window = template.copied(tmp_path / "county")
    yield window
    window.ledger.close()


@pytest.fixture
def base(county: Window) -> Iterator[sqlite3.Connection]:
    """A connection past the program, foreign keys off."""
    with raw(county.path) as base:
        base.row_factory = sqlite3.Row
        yield base


def first(window: Window, anchor: str | None = None) -> Fault:
    """The first fault, and there is one."""
    found = verify(window.ledger, anchor).faults
    assert found, "nothing was found"
    return found[0]


def last_writes(base: sqlite3.Connection) -> dict[tuple[Any, ...], int]:
    """The entry that wrote each row last, read here from the journal."""
    last = {}
    for entry in base.execute("SELECT seq, writes FROM journal ORDER BY seq"):
        for table, key, _, _ in json.loads(entry["writes"]):
            last[table, *key] = entry["seq"]
    return last


def covered(base: sqlite3.Connection) -> list[str]:
    """The tables the digests cover, found in the file: all but the three that the format names."""
    rows = base.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    names = [row["name"] for row in rows]
    return [name for name in names if name not in ("row_keys", "journal", "_sqlite_migrations")]


def other_values(value: Any, type_: str, nullable: bool) -> list[Any]:
    """Values that differ from a stored one, as little as can be."""
    if value is None:
        return [{"TEXT": "", "INTEGER": 0, "BLOB": b""}[type_]]
    changed: Any
    if type_ == "TEXT":
        changed = [value + " ", value[:-1] + chr(ord(value[-1]) + 1) if value else "x"]
    elif type_ == "INTEGER":
        changed = [value + 1]
    else:
        changed = [value[:-1] + bytes([value[-1] ^ 1]), value + b"\0"]
    return [*changed, None] if nullable else list(changed)


# Rows


def test_the_whole_ledger_is_whole(county: Window, base: sqlite3.Connection) -> None:
    """Untouched: no fault, every entry and every covered row counted, the anchor its own."""
    rows = sum(base.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in covered(base))
    count = base.execute("SELECT count(*) FROM journal").fetchone()[0]
    anchor = county.ledger.anchor()
    assert verify(county.ledger) == verify(county.ledger, anchor) == Verified(count, rows, anchor, ())
    assert all(base.execute(f"SELECT 1 FROM {table}").fetchone() for table in covered(base))


@pytest.mark.parametrize("table", [table.name for table in schema.DIGESTED])
def test_any_value_of_any_column_changed_is_found(
    county: Window, base: sqlite3.Connection, table: str
) -> None:
    """Each column of one row after the other, changed, emptied or filled in; the entry is named."""
    assert table in covered(base)
    last, tried = last_writes(base), 0
    keys = [row["name"] for row in base.execute(f"PRAGMA table_info({table})") if row["pk"]]
    for column in base.execute(f"PRAGMA table_info({table})").fetchall():
        name = column["name"]
        order = f"{name} IS NULL, rowid"  # a row that has a value, where there is one
        row = base.execute(f"SELECT rowid, * FROM {table} ORDER BY {order} LIMIT 1").fetchone()
        place = (table, *(row[key] for key in schema.TABLES[table].key))
        values = other_values(row[name], column["type"], not column["notnull"])
        for value in values[:1] if name in keys else values:
            base.execute(f"UPDATE {table} SET {name} = ? WHERE rowid = ?", (value, row["rowid"]))
            fault = first(county)
            base.execute(f"UPDATE {table} SET {name} = ? WHERE rowid = ?", (row[name], row["rowid"]))
            assert fault.seq == last[place], (name, value)
            assert fault.message.startswith(f"{table} {json.dumps(place[1:], separators=(',', ':'))} ")
            assert ("被删除" if name in keys else "被改动") in fault.message
            tried += 1
    assert verify(county.ledger).faults == ()
    assert tried >= len(schema.TABLES[table].columns)


@pytest.mark.parametrize("table", [table.name for table in schema.DIGESTED])
def test_row_deleted_is_found(county: Window, base: sqlite3.Connection, table: str) -> None:
    """Every row of the table in turn."""
    last = last_writes(base)
    for row in base.execute(f"SELECT * FROM {table}").fetchall():
        place = (table, *(row[key] for key in schema.TABLES[table].key))
        where = " AND ".join(f"{key} = ?" for key in schema.TABLES[table].key)
        base.execute(f"DELETE FROM {table} WHERE {where}", place[1:])
        found = verify(county.ledger).faults
        marks = ", ".join("?" for _ in tuple(row))
        base.execute(f"INSERT INTO {table} VALUES ({marks})", tuple(row))
        assert [fault.seq for fault in found if fault.seq] == [last[place]]
        assert "被删除" in found[0].message
        assert len(found) == 1 + (table == "personal")  # its row key is left over
    assert verify(county.ledger).faults == ()


@pytest.mark.parametrize("table", [table.name for table in schema.DIGESTED])
def test_row_inserted_is_found(county: Window, base: sqlite3.Connection, table: str) -> None:
    """A row like another under a key of its own; no entry wrote it."""
    row = dict(base.execute(f"SELECT * FROM {table} LIMIT 1").fetchone())
    for name, value in row.items():
        unique = name in schema.TABLES[table].key or name in ("n", "match_digest")
        if unique:
            row[name] = 77 if isinstance(value, int) else b"77" if isinstance(value, bytes) else "XX-77"
    base.execute(f"INSERT INTO {table} VALUES ({', '.join('?' for _ in row)})", tuple(row.values()))
    messages = [fault.message for fault in verify(county.ledger).faults if table in fault.message]
    assert any("不是经流水写入的" in message for message in messages)


def test_rows_exchanged_are_found(county: Window, base: sqlite3.Connection) -> None:
    """Two applicants' sealed rows, each whole, given to each other."""
    rows = base.execute(
        "SELECT id, owner FROM personal WHERE role = 'applicant' ORDER BY id LIMIT 2"
    ).fetchall()
    for row, other in zip(rows, reversed(rows), strict=True):
        base.execute("UPDATE personal SET owner = ? WHERE id = ?", (other["owner"], row["id"]))
    found = verify(county.ledger).faults
    last = last_writes(base)
    assert sorted(fault.seq for fault in found) == sorted(last["personal", row["id"]] for row in rows)


def test_old_version_of_a_row_put_back_is_found(county: Window, base: sqlite3.Connection) -> None:
    """A row as it once truly was is not what the last entry left."""
    number = base.execute("SELECT number FROM commitments WHERE status = 'concluded'").fetchone()[0]
    seq = last_writes(base)["commitments", number]
    base.execute(
        "UPDATE commitments SET status = 'accepted', concluded_on = NULL WHERE number = ?", (number,)
    )
    fault = first(county)
    assert (fault.seq, "commitments" in fault.message) == (seq, True)


def test_old_counter_put_back_is_found(county: Window, base: sqlite3.Connection) -> None:
    """A counter set back would give a number twice."""
    draw = county.draw_up("64", CITIZEN)
    assert draw == "SC-2026-00002"
    base.execute("UPDATE counters SET n = 1 WHERE office = 'SC'")
    assert first(county).seq == last_writes(base)["counters", "SC", 2026]


def test_row_edited_and_changed_again_by_a_lawful_act_is_found(
    county: Window, base: sqlite3.Connection
) -> None:
    """The act notes the row as it found it, so the edit shows for ever, at the entry before it."""
    number = county.letter("64", CITIZEN)
    seq = last_writes(base)["commitments", number]
    base.execute("UPDATE commitments SET item = 'sc-65' WHERE number = ?", (number,))
    county.sign(number)
    county.accept(number)
    county.conclude(number)
    fault = first(county)
    assert fault.seq == seq
    assert f"第 {seq} 条写入后、第 {seq + 2} 条之前被改动" in fault.message


@pytest.mark.parametrize("undo", [False, True])
def test_counter_edited_and_counted_on_by_a_lawful_act_is_found(
    county: Window, base: sqlite3.Connection, undo: bool
) -> None:
    """A number skipped by hand is found at the entry that gave the number before it."""
    seq = last_writes(base)["counters", "SC", 2026]
    base.execute("UPDATE counters SET n = 7 WHERE office = 'SC'")
    assert county.draw_up("64", CITIZEN) == "SC-2026-00008"
    if undo:
        base.execute("UPDATE counters SET n = 2 WHERE office = 'SC'")
    assert first(county).seq == seq


def test_row_deleted_and_written_anew_by_a_lawful_act_is_found(
    county: Window, base: sqlite3.Connection
) -> None:
    """A counter removed so that numbers begin again."""
    seq = last_writes(base)["counters", "RS", 2026]
    base.execute("DELETE FROM counters WHERE office = 'RS'")
    with county.ledger.transaction() as act:
        act.next_number("RS", 2026)
        act.record(an_occasion().entry("test.number", "x"))
    assert first(county).seq == seq


# Entries


def test_any_column_of_any_entry_changed_is_found(county: Window, base: sqlite3.Connection) -> None:
    """Every entry, every column, the hash and the link too; the entry itself is named."""
    columns = base.execute("PRAGMA table_info(journal)").fetchall()
    for row in base.execute("SELECT * FROM journal").fetchall():
        for column in columns:
            name, seq = column["name"], row["seq"]
            if name == "seq":
                continue
            value = other_values(row[name], column["type"], nullable=False)[0]
            base.execute(f"UPDATE journal SET {name} = ? WHERE seq = ?", (value, seq))
            fault = first(county)
            base.execute(f"UPDATE journal SET {name} = ? WHERE seq = ?", (row[name], seq))
            assert fault.seq == seq, (name, seq)
            assert f"流水第 {seq} 条" in fault.message
    assert verify(county.ledger).faults == ()


def renumbered(base: sqlite3.Connection, seq: int, by: int) -> None:
    """Move all entries from ``seq`` on by some places."""
    order = "DESC" if by > 0 else "ASC"
    for (old,) in base.execute(
        f"SELECT seq FROM journal WHERE seq >= ? ORDER BY seq {order}", (seq,)
    ).fetchall():
        base.execute("UPDATE journal SET seq = ? WHERE seq = ?", (old + by, old))


def test_any_entry_deleted_is_found(template: Window, tmp_path: Path) -> None:
    """Each but the last in turn, with a hole in the numbers or with the numbers after it closed up."""
    count = len(entries(template.path))
    for seq in range(1, count):
        for closed_up in (False, True):
            path = Path(shutil.copy(template.path, tmp_path / "ledger.db"))
            with raw(path) as base:
                base.execute("DELETE FROM journal WHERE seq = ?", (seq,))
                if closed_up:
                    renumbered(base, seq + 1, -1)
            with closing(reopened(tmp_path)) as ledger:
                found = [fault for fault in verify(ledger).faults if "流水第" in fault.message[:3]]
            said = "接不上" if closed_up else "缺失"
            assert (found[0].seq, said in found[0].message) == (seq, True), (seq, closed_up)


def test_first_entry_deleted_is_found(county: Window, base: sqlite3.Connection) -> None:
    """The beginning of the chain is fixed."""
    base.execute("DELETE FROM journal WHERE seq = 1")
    assert first(county).seq == 1
    renumbered(base, 2, -1)
    assert first(county).seq == 1


def test_all_entries_deleted_is_found(county: Window, base: sqlite3.Connection) -> None:
    """Rows without any journal."""
    base.execute("DELETE FROM journal")
    found = verify(county.ledger)
    assert found.entries == 0
    assert found.faults


def test_entries_exchanged_are_found(county: Window, base: sqlite3.Connection) -> None:
    """Two entries in each other's place."""
    for old, new in ((4, 1000), (5, 4), (1000, 5)):
        base.execute("UPDATE journal SET seq = ? WHERE seq = ?", (new, old))
    assert first(county).seq == 4


def copy_of(base: sqlite3.Connection, of: int, **changes: Any) -> Row:
    """An entry like another."""
    return dict(base.execute("SELECT * FROM journal WHERE seq = ?", (of,)).fetchone()) | changes


def put(base: sqlite3.Connection, row: Row) -> None:
    """Write an entry past the program."""
    base.execute(f"INSERT INTO journal VALUES ({', '.join('?' for _ in row)})", tuple(row.values()))


def test_entry_inserted_in_the_middle_is_found(county: Window, base: sqlite3.Connection) -> None:
    """Even one whose own hash and link are right: the next one does not follow from it."""
    renumbered(base, 6, 1)
    row = copy_of(base, 5, seq=6, prev=copy_of(base, 5)["hash"], act="commitment.conclude", writes="[]")
    row["hash"] = entry_hash(row)
    put(base, row)
    assert first(county).seq == 7


@pytest.mark.parametrize("seq", [0, -1, 1000])
def test_entry_inserted_beside_the_chain_is_found(county: Window, base: sqlite3.Connection, seq: int) -> None:
    """Before the first, or far behind the last."""
    put(base, copy_of(base, 1, seq=seq, writes="[]"))
    assert first(county).seq in ({seq, 1} if seq < 1 else {len(entries(county.path))})


def test_entry_altered_with_its_hash_is_found_at_the_next(county: Window, base: sqlite3.Connection) -> None:
    """Who reckons the hash anew breaks the link behind."""
    row = copy_of(base, 5, operator="别人")
    base.execute(
        "UPDATE journal SET operator = ?, hash = ? WHERE seq = 5", (row["operator"], entry_hash(row))
    )
    fault = first(county)
    assert (fault.seq, "接不上" in fault.message) == (6, True)


def test_writes_that_cannot_be_read_are_a_fault(county: Window, base: sqlite3.Connection) -> None:
    """Garbage in the list of rows is named, not stumbled over."""
    for writes in (
        "",
        "no json",
        "{}",
        "null",
        "5",
        '"x"',
        "[1]",
        "[[1,2]]",
        '[["a","b",1,2]]',
        "[[]]",
        "[[[],[],[],[]]]",
        '[["meta",["x"],{},{}]]',
        "[" * 100000,
    ):
        base.execute("UPDATE journal SET writes = ? WHERE seq = 3", (writes,))
        found = [fault for fault in verify(county.ledger).faults if fault.message.startswith("流水第")]
        assert found[0].seq == 3, writes


# What needs an anchor, and what is not looked at


def test_cut_tail_is_found_only_with_an_anchor(template: Window, tmp_path: Path) -> None:
    """An older copy in the ledger's place is whole in itself; a number and hash printed later tell."""
    window = template.copied(tmp_path / "county")
    older = shutil.copy(window.path, tmp_path / "older.db")
    earlier = window.ledger.anchor()
    window.draw_up("64", CITIZEN)
    printed = window.ledger.anchor()
    assert verify(window.ledger, earlier).faults == verify(window.ledger, printed).faults == ()
    window.ledger.close()
    shutil.copy(older, window.path)
    with closing(reopened(window.home)) as ledger:
        assert verify(ledger).faults == ()
        assert verify(ledger, earlier).faults == ()
        (fault,) = verify(ledger, printed).faults
    assert printed in fault.message


def test_last_entry_cut_off(county: Window, base: sqlite3.Connection) -> None:
    """One that wrote rows leaves them unaccounted for; one that wrote none is missed by the anchor alone."""
    seq = len(entries(county.path))
    assert copy_of(base, seq)["act"] == "person.reveal"
    printed = county.ledger.anchor()
    base.execute("DELETE FROM journal WHERE seq = ?", (seq,))
    assert verify(county.ledger).faults == ()
    assert printed in first(county, printed).message
    base.execute("DELETE FROM journal WHERE seq = ?", (seq - 1,))
    assert verify(county.ledger).faults != ()


def test_rewritten_end_is_found_only_with_an_anchor(county: Window, base: sqlite3.Connection) -> None:
    """Whoever reckons all hashes anew makes a chain that holds: tamper-evident, never tamper-proof."""
    printed, prev = county.ledger.anchor(), bytes(32)
    for row in [dict(row) for row in base.execute("SELECT * FROM journal ORDER BY seq").fetchall()]:
        row |= {"operator": "别人", "prev": prev}
        prev = entry_hash(row)
        base.execute(
            "UPDATE journal SET operator = '别人', prev = ?, hash = ? WHERE seq = ?",
            (row["prev"], prev, row["seq"]),
        )
    assert verify(county.ledger).faults == ()
    assert printed in first(county, printed).message


@pytest.mark.parametrize("wrong", ["1-0000000000000000", "9999-9f86d081884c7d65", "x", "-", "3"])
def test_anchor_that_never_was(county: Window, wrong: str) -> None:
    """An anchor of another ledger, or none at all, contradicts this one."""
    assert wrong in first(county, wrong).message


def test_key_row_deleted_is_found(county: Window, base: sqlite3.Connection) -> None:
    """Personal data whose row key is gone can never be opened again."""
    (id_,) = base.execute("SELECT id FROM row_keys LIMIT 1").fetchone()
    base.execute("DELETE FROM row_keys WHERE id = ?", (id_,))
    (fault,) = verify(county.ledger).faults
    assert id_ in fault.message


def test_key_row_left_over_is_found(county: Window, base: sqlite3.Connection) -> None:
    """A row key without its row."""
    base.execute("INSERT INTO row_keys VALUES ('nobody', 'x', x'00')")
    assert "nobody" in first(county).message


def test_rewrapped_row_keys_are_not_in_the_digests(county: Window, base: sqlite3.Connection) -> None:
    """Rotating the ledger's key changes row_keys and the key file, and neither digests nor anchor."""
    before = verify(county.ledger)
    (path,) = (county.home / "keys").iterdir()
    old = county.ledger.keys()
    new = vault.Keys("f" * 16, bytes(range(32)), old.match)
    for row in base.execute("SELECT id, key_id, wrapped FROM row_keys").fetchall():
        key = vault.unseal(old.wrap, row["wrapped"], vault.wrap_place(row["id"], row["key_id"]))
        wrapped = vault.seal(new.wrap, key, vault.wrap_place(row["id"], new.id))
        base.execute("UPDATE row_keys SET key_id = ?, wrapped = ? WHERE id = ?", (new.id, wrapped, row["id"]))
    path.write_text(json.dumps(json.loads(path.read_text()) | {"id": new.id, "wrap": new.wrap.hex()}))
    county.reopen()
    assert verify(county.ledger) == before
    assert county.ledger.personal("SC-2026-00001", "applicant")["name"] == CITIZEN["name"]


def test_row_key_that_does_not_open_is_found_where_the_key_is_at_hand(
    county: Window, base: sqlite3.Connection
) -> None:
    """The digests do not cover it; whoever has the ledger's key tries it."""
    (id_,) = base.execute("SELECT id FROM row_keys LIMIT 1").fetchone()
    base.execute("UPDATE row_keys SET wrapped = x'01' WHERE id = ?", (id_,))
    (fault,) = verify(county.ledger).faults
    assert id_ in fault.message
    shutil.rmtree(county.home / "keys")
    county.reopen()
    assert verify(county.ledger).faults == ()


def test_structure_changed_is_found(county: Window, base: sqlite3.Connection) -> None:
    """A trigger that would act behind the journal's back, a column more, a table less."""
    base.execute("CREATE TRIGGER t AFTER INSERT ON journal BEGIN DELETE FROM letters; END")
    assert "触发器 t" in first(county).message
    base.execute("DROP TRIGGER t")
    base.execute("ALTER TABLE subjects ADD COLUMN note TEXT")
    assert "subjects" in first(county).message
    base.execute("ALTER TABLE subjects DROP COLUMN note")
    assert verify(county.ledger).faults == ()
    base.execute("DROP TABLE verifications")
    assert any("表 verifications 读不出来" in fault.message for fault in verify(county.ledger).faults)


def test_text_that_is_no_text_is_found(county: Window, base: sqlite3.Connection) -> None:
    """Bytes that are no UTF-8, as a bad disk leaves them: a fault of that table, not of the program."""
    base.execute("UPDATE subjects SET name_shown = CAST(x'FF' AS TEXT)")
    assert any("subjects" in fault.message for fault in verify(county.ledger).faults)
    base.execute("UPDATE journal SET reason = CAST(x'FF' AS TEXT) WHERE seq = 4")
    found = [fault for fault in verify(county.ledger).faults if fault.message.startswith("流水")]
    assert found[0].seq == 4


def inserted_by_hand(base: sqlite3.Connection) -> str:
    """A check that no act planned, like another; its id."""
    row = dict(base.execute("SELECT * FROM verifications WHERE finding IS NULL").fetchone())
    row["id"] += "9"
    base.execute(f"INSERT INTO verifications VALUES ({', '.join('?' * len(row))})", tuple(row.values()))
    return str(row["id"])


def test_row_put_in_by_hand_and_then_changed_by_a_lawful_act_is_found(
    county: Window, base: sqlite3.Connection
) -> None:
    """A row begins as new: the first act on it cannot have found it there."""
    county.close(inserted_by_hand(base))
    fault = first(county)
    assert (fault.seq, "verifications" in fault.message) == (len(entries(county.path)), True)


def keep_counting(home: Path) -> None:
    """Acts one after the other, for ever."""
    with closing(reopened(home)) as ledger:
        while True:
            draw_number(ledger)


@pytest.mark.skipif(sys.platform == "win32", reason="没有 fork")
def test_a_writer_at_work_is_no_forger(county: Window) -> None:
    """Verifying while another process writes finds nothing, and does not keep it from writing."""
    worker = multiprocessing.get_context("fork").Process(target=keep_counting, args=(county.home,))
    worker.start()
    try:
        until = time.monotonic() + 30
        seen = {verify(county.ledger).entries}
        while len(seen) < 5 and time.monotonic() < until:
            found = verify(county.ledger)
            assert found.faults == ()
            seen.add(found.entries)
    finally:
        worker.kill()
        worker.join()
    assert len(seen) >= 5
    assert verify(county.ledger).faults == ()


def test_verifying_needs_no_key_and_writes_nothing(county: Window) -> None:
    """Whoever has the file can check it."""
    shutil.rmtree(county.home / "keys")
    before = county.path.read_bytes()
    county.reopen()
    assert verify(county.ledger).faults == ()
    assert county.path.read_bytes() == before
    assert not county.path.with_name("ledger.db-journal").exists()


def test_most_faults_are_kept_in_bounds_and_the_first_is_kept(
    county: Window, base: sqlite3.Connection
) -> None:
    """A ledger wholly overwritten does not flood the screen."""
    base.execute("UPDATE journal SET machine = 'x'")
    base.execute("UPDATE verifications SET proof_name = 'x'")
    found = verify(county.ledger, most=5).faults
    assert [fault.seq for fault in found] == [1, 2, 2, 3, 3] or len(found) == 5
    assert found[0].seq == 1


def test_command_names_the_first_fault(county: Window, base: sqlite3.Connection, run: Run) -> None:
    """gaozhi ledger verify: 0 and the anchor when whole; 7, one sentence and every fault as JSON when not."""
    anchor = county.ledger.anchor()
    done = run("ledger", "verify", "--anchor", anchor, "--format", "json", home=county.home)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["anchor"] == anchor
    base.execute("UPDATE journal SET at = '2020-01-01' WHERE seq = 3")
    base.execute("UPDATE verifications SET finding = 'false' WHERE finding = 'true'")
    done = run("ledger", "verify", "--format", "json", home=county.home)
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["code"]) == (7, "not-ready")
    assert "流水第 3 条" in error["message"]
    assert len(error["problems"]) == 2
    assert "Traceback" not in done.stderr


def test_act_on_another_day_keeps_the_chain(county: Window) -> None:
    """Entries dated earlier than those before them are chained like any other: order is by seq."""
    number = county.draw_up("64", CITIZEN, an_occasion(date(2025, 1, 2)))
    assert number == "SC-2025-00001"
    assert verify(county.ledger).faults == ()


def test_contents_of_two_entries_exchanged_are_found(county: Window, base: sqlite3.Connection) -> None:
    """Numbers, links and hashes stay in their place, what was done changes places."""
    kept = ("seq", "prev", "hash")
    names = [row["name"] for row in base.execute("PRAGMA table_info(journal)") if row["name"] not in kept]
    rows = {seq: copy_of(base, seq) for seq in (5, 9)}
    for seq, other in ((5, 9), (9, 5)):
        values = [rows[other][name] for name in names]
        base.execute(f"UPDATE journal SET {' = ?, '.join(names)} = ? WHERE seq = ?", (*values, seq))
    fault = first(county)
    assert (fault.seq, "内容被改动" in fault.message) == (5, True)


# The clock


def clocked(window: Window, *moments: datetime) -> Ledger:
    """The window's ledger with a clock that shows these moments, one for each act; the last one stays."""
    window.ledger.close()
    left = list(moments)
    keys = window.home / "keys"
    ledger = open_ledger(str(window.path), keys, lambda: left.pop(0) if len(left) > 1 else left[0])
    assert ledger is not None
    window.ledger = ledger
    return ledger


def test_a_clock_that_goes_back_is_noted_and_the_order_stays(county: Window) -> None:
    """The entry says what the clock had shown before; verifying counts it, and it is no fault."""
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    shown = (noon, noon - timedelta(hours=1), noon - timedelta(hours=1), noon + timedelta(days=1))
    ledger = clocked(county, *shown)
    before = len(entries(county.path))
    for _ in shown:
        draw_number(ledger)
    added = entries(county.path)[before:]
    assert [entry["at"] for entry in added] == [one.isoformat(timespec="milliseconds") for one in shown]
    details = [json.loads(entry["detail"] or "{}") for entry in added]
    noted = [detail.pop("clock_before", None) for detail in details]
    assert noted == [None, added[0]["at"], None, None]
    found = verify(ledger)
    assert (found.faults, found.clock_back, found.entries) == ((), 1, before + 4)


def test_acts_of_a_group_are_noted_too(county: Window) -> None:
    """Several acts made durable together: each is compared with the one before it."""
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    ledger = clocked(county, noon, noon - timedelta(seconds=1), noon - timedelta(seconds=2))
    with ledger.acts(many=True) as acts:
        for n in range(3):
            with acts.act() as act:
                act.add_meta(f"note{n}", "x")
                act.record(an_occasion().entry("test.note", "x", kept="是"))
    texts = [entry["detail"] for entry in entries(county.path)[-3:]]
    before = [(noon - timedelta(seconds=n)).isoformat(timespec="milliseconds") for n in (0, 1)]
    assert texts == [
        '{"kept":"是"}',
        f'{{"clock_before":"{before[0]}","kept":"是"}}',
        f'{{"clock_before":"{before[1]}","kept":"是"}}',
    ]
    assert verify(ledger).clock_back == 2 and verify(ledger).faults == ()


def test_the_same_moment_in_another_zone_is_not_earlier(county: Window) -> None:
    """Two machines, two zones: moments are compared, not texts."""
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    ledger = clocked(county, noon.astimezone(timezone(timedelta(hours=8))), noon, noon)
    for _ in range(3):
        draw_number(ledger)
    assert verify(ledger).clock_back == 0


def test_command_says_that_the_clock_went_back(county: Window, run: Run) -> None:
    """ledger verify: exit 0 with a word about it; the history of the case shows at which step."""
    number = "SC-2026-00001"
    clocked(county, datetime(2031, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
    county.reveal(number)
    county.reveal(number)
    done = run("ledger", "verify", "--format", "json", home=county.home)
    assert done.returncode == 0 and json.loads(done.stdout)["clock_back"] == "1"
    assert "有 1 条流水写入时本机的时钟早于前一条" in done.stderr
    told = run("commitment", "history", number, home=county.home).stdout.splitlines()
    assert [line.count("时钟倒退：前一条流水写于 2031-01-01 00:00:00") for line in told[-2:]] == [0, 1]


def test_a_row_key_under_an_unknown_key_is_found(county: Window, base: sqlite3.Connection) -> None:
    """Where the key is at hand: named once for a row, and no more than was asked for."""
    base.execute("UPDATE row_keys SET key_id = 'ffffffffffffffff'")
    faults = verify(county.ledger, most=2).faults
    assert len(faults) == 2 and all("ffffffffffffffff" in fault.message for fault in faults)
