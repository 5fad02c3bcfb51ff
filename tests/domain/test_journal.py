"""The canonical bytes of rows and the chain of entries (the journal's form)."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.journal import (
    GENESIS,
    Actor,
    Entry,
    Occasion,
    Write,
    anchor,
    canonical_row,
    clock_noted,
    entry_hash,
    entry_row,
    goes_back,
    row_digest,
    sm3,
    writes_text,
)
from tests.builders import ACTOR, an_occasion

MANY = settings(deadline=None, max_examples=200, database=None)
NAMES = st.text(st.characters(codec="utf-8"), max_size=4)
VALUES = st.one_of(
    st.none(), st.integers(-(2**63), 2**63 - 1), st.binary(max_size=6), st.text(st.characters(codec="utf-8"))
)
SMALL = st.one_of(st.none(), st.integers(-3, 12), st.sampled_from(["", "1", "12", "ab", b"", b"1", b"12"]))
ROWS = st.dictionaries(st.sampled_from(["", "a", "ab", "b", "é", "编号"]), SMALL, max_size=4)


@pytest.mark.parametrize(
    ("message", "digest"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_gives_the_standards_own_digests(message: bytes, digest: str) -> None:
    """GB/T 32905-2016 附录 A: both examples."""
    assert sm3(message).hex() == digest


def test_the_bytes_of_a_row_are_as_specified() -> None:
    """Domain, table, then each column by name: every part behind its length, values with their type."""

    def part(data: bytes) -> bytes:
        return len(data).to_bytes(8, "big") + data

    row = {"n": -7, "name": "测", "key": b"\x00\xff", "gone": None}
    assert canonical_row("t", row) == b"".join(
        [
            part(b"gaozhi.row.1"),
            part(b"t"),
            part(b"key") + b"b" + part(b"\x00\xff"),
            part(b"n") + b"i" + part(b"-7"),
            part(b"name") + b"t" + part("测".encode()),
        ]
    )


GOLDEN = "e1ccd48d7424741c3791b23e5d03120687e285f1e6dfd54beeee91a0cf80367e"


def test_the_digest_of_a_row_is_fixed_for_ever() -> None:
    """Ledgers already written must verify: a change of these bytes is a change of the format."""
    row = {"number": "RS-2026-00001", "n": 1, "sealed": b"\x01", "finding": None}
    assert row_digest("commitment", row).hex() == GOLDEN


@MANY
@given(NAMES, st.dictionaries(NAMES, VALUES, max_size=5), st.data())
def test_order_and_null_columns_do_not_matter(
    table: str, row: dict[str, str | int | bytes | None], data: st.DataObject
) -> None:
    """A column added later, still NULL, leaves older digests as they were."""
    shuffled = dict(data.draw(st.permutations(list(row.items()))))
    filled = {name: value for name, value in row.items() if value is not None}
    extra = data.draw(NAMES.filter(lambda name: name not in row))
    assert canonical_row(table, shuffled) == canonical_row(table, row)
    assert canonical_row(table, filled) == canonical_row(table, {**row, extra: None})


def meant(row: dict[str, str | int | bytes | None]) -> list[tuple[str, str, object]]:
    """What a row says: its columns that are not NULL, with the type of each."""
    return sorted((name, type(value).__name__, value) for name, value in row.items() if value is not None)


@MANY
@given(st.sampled_from(["", "a", "t"]), ROWS, st.sampled_from(["", "a", "t"]), ROWS)
def test_different_rows_have_different_bytes(
    table: str,
    row: dict[str, str | int | bytes | None],
    other_table: str,
    other: dict[str, str | int | bytes | None],
) -> None:
    """No two rows that say different things share their bytes: no edit can hide in the encoding."""
    same = (table, meant(row)) == (other_table, meant(other))
    assert (canonical_row(table, row) == canonical_row(other_table, other)) is same


@pytest.mark.parametrize(
    ("row", "other"),
    [
        ({"a": "1"}, {"a": 1}),
        ({"a": "1"}, {"a": b"1"}),
        ({"a": 1}, {"a": b"1"}),
        ({"a": ""}, {"a": None}),
        ({"a": ""}, {"a": b""}),
        ({"a": 0}, {"a": None}),
        ({"ab": "c"}, {"a": "bc"}),
        ({"a": "b", "c": "d"}, {"a": "bcd"}),
        ({"a": "1", "b": "2"}, {"a": "2", "b": "1"}),
        ({"a": 1}, {"a": 10}),
        ({"a": 1}, {"a": -1}),
        ({"é": "1"}, {"e\u0301": "1"}),
    ],
)
def test_rows_that_look_alike_differ(
    row: dict[str, str | int | bytes | None], other: dict[str, str | int | bytes | None]
) -> None:
    """Type, place and length of a value are part of what is hashed."""
    assert canonical_row("t", row) != canonical_row("t", other)


def test_the_table_is_part_of_the_row() -> None:
    """A row moved to another table is another row."""
    assert canonical_row("a", {"x": 1}) != canonical_row("b", {"x": 1})
    assert canonical_row("ab", {}) != canonical_row("a", {"b": ""})


ENTRY = Entry("commitment.accept", "RS-2026-00001", "2026-11-24", ACTOR, reason="材料齐全", detail="{}")


def a_row(**changed: str | int | bytes | None) -> dict[str, str | int | bytes | None]:
    """A journal row, honestly made and then changed behind its back."""
    writes = [Write("commitment", ("RS-2026-00001",), "0b", "0a")]
    return entry_row(ENTRY, seq=2, at="2026-11-24T09:00:00+00:00", prev=GENESIS, writes=writes) | changed


def test_an_entry_carries_its_own_hash() -> None:
    """The hash of an honest row is the digest of all its other columns."""
    row = a_row()
    assert row["hash"] == entry_hash(row)
    assert row["hash"] == row_digest("journal", {k: v for k, v in row.items() if k != "hash"})
    assert entry_hash(a_row(hash=b"forged")) == row["hash"]


@pytest.mark.parametrize("column", sorted(set(a_row()) - {"hash"}))
def test_changing_any_column_of_an_entry_breaks_its_hash(column: str) -> None:
    """问责 通知六（三）: who, when, what, why and the chain itself are all under the hash."""
    row = a_row()
    old = row[column]
    new = old + 1 if isinstance(old, int) else b"\x01" * 32 if isinstance(old, bytes) else f"{old or ''}x"
    assert entry_hash(a_row(**{column: new})) != row["hash"]


def test_an_entry_names_who_acted_and_what_was_written() -> None:
    """问责 通知六（三）: claimed operator, login and machine, with the digests of the rows."""
    row = a_row()
    assert (row["operator"], row["login"], row["machine"]) == ACTOR
    assert row["writes"] == '[["commitment",["RS-2026-00001"],"0a","0b"]]'
    assert row["prev"] == GENESIS == bytes(32)


def test_writes_are_listed_in_order_and_new_rows_have_no_digest_before() -> None:
    """A row changed behind the journal's back is found by the digest it was found with."""
    writes = [Write("verification", ("RS-2026-00001", 2), "ff"), Write("事项", ("a",), "01", "00")]
    text = writes_text(writes)
    assert text == '[["verification",["RS-2026-00001",2],null,"ff"],["事项",["a"],"00","01"]]'
    assert writes_text([]) == "[]"


def test_an_occasion_makes_entries_of_its_day_and_actor() -> None:
    """The facts become compact JSON with sorted keys; without facts there is no detail."""
    occasion = Occasion(date(2026, 11, 24), Actor("甲", "jia", "pc"))
    entry = occasion.entry("verify.close", "RS-2026-00001", reason="属实", b=1, a="中", none=None)
    assert entry.detail == '{"a":"中","b":1,"none":null}'
    assert (entry.dated_on, entry.actor, entry.reason) == ("2026-11-24", occasion.actor, "属实")
    assert occasion.entry("x", "y").detail is None


def test_a_request_digest_is_kept_only_with_a_request_id() -> None:
    """A double click is known by its request id and what it asked for."""
    occasion = Occasion(date(2026, 11, 24), ACTOR)
    assert occasion.entry("x", "y", request_digest=b"d").request_digest is None
    repeatable = occasion._replace(request_id="r-1")
    entry = repeatable.entry("x", "y", request_digest=b"d")
    assert (entry.request_id, entry.request_digest) == ("r-1", b"d")


def test_the_anchor_is_the_count_and_sixteen_hex_digits() -> None:
    """What is printed on paper contradicts a cut tail."""
    assert anchor(12, bytes(range(32))) == "12-0001020304050607"


@MANY
@given(st.lists(st.tuples(st.text(max_size=3), st.text(max_size=3)), max_size=3))
def test_the_list_of_writes_reads_back_as_it_was(pairs: list[tuple[str, str]]) -> None:
    """The writes column is JSON that keeps every table and key apart."""
    read = json.loads(writes_text([Write(table, (key,), "0") for table, key in pairs]))
    assert [(table, key) for table, (key,), _, _ in read] == pairs


@pytest.mark.parametrize(
    ("at", "last", "back"),
    [
        ("2026-11-24T09:00:00.000+08:00", "2026-11-24T09:00:00.001+08:00", True),
        ("2026-11-24T09:00:00.000+08:00", "2026-11-24T09:00:00.000+08:00", False),
        ("2026-11-24T09:00:00.000+08:00", "2026-11-24T01:30:00.000+00:00", True),
        ("2026-11-24T09:00:00.000+08:00", "2026-11-24T00:30:00.000+00:00", False),
        ("2026-11-24T09:00:00.000+08:00", None, False),
        ("2026-11-24T09:00:00.000+08:00", "not a time", False),
        ("2026-11-24T09:00:00.000+08:00", "2099-01-01T00:00:00", False),
    ],
)
def test_a_clock_gone_back_is_noted_in_the_detail(at: str, last: str | None, back: bool) -> None:
    """The note is added to what the act says of itself, keys sorted; what cannot be compared is left."""
    entry = an_occasion().entry("sample.act", "x", zeta=1, alpha="甲")
    noted = clock_noted(entry, at, last)
    assert goes_back(at, last) is back
    assert noted.detail == (f'{{"alpha":"甲","clock_before":"{last}","zeta":1}}' if back else entry.detail)
    bare = clock_noted(an_occasion().entry("sample.act", "x"), at, last)
    assert bare.detail == (f'{{"clock_before":"{last}"}}' if back else None)
