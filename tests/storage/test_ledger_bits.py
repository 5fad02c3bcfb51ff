"""Single bits of the file flipped, as a bad disk or memory would: ``ledger verify`` finds each.

In a vacuumed copy nothing lies in the file that is not live, so wherever the bytes of a value are found,
in its table or in an index, a flipped bit is a fault of the ledger.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gaozhi_cli.domain.problem import NotReady
from gaozhi_cli.storage import schema, sql
from gaozhi_cli.storage.verify import verify
from tests.builders import an_occasion
from tests.storage.test_ledger_contract import Window, raw, reopened

SHORTEST = 2  # bytes of a value that is looked for


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Window:
    """A county after a day's work that fills every table."""
    window = Window(tmp_path_factory.mktemp("bits") / "county")
    window.a_day()
    with window.ledger.transaction() as act:
        record = {
            "id": "C0123456789", "subject": window.ledger.case("SC-2026-00001").subject,
            "kind": "broken-promise",
            "decided_on": "2026-11-20", "source": "行政决定书", "number": "SC-2026-00001",
            "until_on": "2027-11-20",
            "recorded_on": "2026-11-24", "repaired_on": "2026-12-24", "repair_source": "修复决定",
        }  # fmt: skip
        act._add(schema.CREDIT, record)
        act.record(an_occasion().entry("test.credit", "C0123456789"))
    assert verify(window.ledger).faults == ()
    window.ledger.close()
    with raw(window.path) as base:
        base.execute("VACUUM")
    return window


def values(path: Path, chance: random.Random) -> Iterator[tuple[str, str, bytes]]:
    """One value of each column of each table, as bytes."""
    with raw(path) as base:
        for table in schema.TABLES.values():
            rows = base.execute(sql.select_all(table)).fetchall()
            assert rows, table.name
            for column, found in zip(table.names, zip(*rows, strict=True), strict=True):
                known = [
                    v.encode() if isinstance(v, str) else v for v in found if isinstance(v, (str, bytes))
                ]
                known = [v for v in known if isinstance(v, bytes) and len(v) >= SHORTEST]
                if known:
                    yield table.name, column, chance.choice(known)


def places(data: bytes, value: bytes) -> list[int]:
    """Where in the file a value lies whole; a long one goes on in other pages and is found by its head."""
    head, found, at = value[:40], [], data.find(value[:40])
    while at >= 0:
        named = data.startswith(b"_files", at + len(head))  # a table's name in the schema
        if not named and not data[data.rfind(b"\0", 0, at) : at].count(b"CREATE "):  # nor in its words
            found.append(at)
        at = data.find(head, at + 1)
    return found


def test_a_flipped_bit_in_any_column_of_any_table_is_found(county: Window) -> None:
    """One bit of one value of each column, wherever in the file its bytes lie; a fixed seed."""
    chance = random.Random(20261124)
    whole = county.path.read_bytes()
    seen: dict[str, int] = {}
    for table, column, value in values(county.path, chance):
        at = chance.choice(places(whole, value)) + chance.randrange(min(len(value), 40))
        bit = 1 << chance.randrange(8)
        flipped = bytearray(whole)
        flipped[at] ^= bit
        county.path.write_bytes(flipped)
        assert faults(county), (table, column, at, bit)
        seen[table] = seen.get(table, 0) + 1
    county.path.write_bytes(whole)
    assert not faults(county)
    assert set(seen) == set(schema.TABLES), "every table, the journal and the row keys too"
    assert sum(seen.values()) > 90


def faults(county: Window) -> tuple[object, ...]:
    """What verifying finds; a ledger that is refused is found as well."""
    try:
        with closing(reopened(county.home)) as ledger:
            return verify(ledger).faults
    except (NotReady, sqlite3.Error) as refusal:
        return (refusal,)


def test_bits_flipped_anywhere_never_bring_verify_down(county: Window) -> None:
    """Sixty bits anywhere in the file: a fault, a refusal, or a bit that no row and no index holds."""
    chance = random.Random(5)
    whole = county.path.read_bytes()
    found = 0
    for _ in range(60):
        flipped = bytearray(whole)
        flipped[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        county.path.write_bytes(flipped)
        found += bool(faults(county))
    county.path.write_bytes(whole)
    assert found >= 3
