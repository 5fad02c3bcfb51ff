"""Versions of the 清单: which rows correspond and what changed, cell by cell (规程一：动态调整)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.catalog import (
    Assessment,
    Basis,
    Catalog,
    Decision,
    Frequency,
    Item,
    Items,
    Judgement,
    Printed,
    Proof,
    leaves,
)
from gaozhi_cli.domain.check_plan import CheckPlan
from gaozhi_cli.domain.county import Contact, County, Office
from gaozhi_cli.domain.materials import Material
from gaozhi_cli.domain.versions import (
    COLUMNS,
    Change,
    ChangeKind,
    Row,
    diff,
    match,
    new_id,
    normal,
    office_named,
)
from gaozhi_cli.domain.vocabulary import HandlingChannel, Level, Method, Trigger
from tests.builders import a_catalog
from tests.conftest import ROOT

MANY = settings(deadline=None, max_examples=150, database=None)
DAY = date(2026, 1, 5)
OFFICES = (Office("AA", "测试市甲局", ("甲局",)), Office("BB", "测试市乙中心", ("乙中心", "乙")))


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The shipped catalog."""
    return a_catalog(tmp_path_factory.mktemp("home"))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The complete fixture county."""
    folder = tmp_path_factory.mktemp("homes") / "complete"
    return a_catalog(Path(shutil.copytree(ROOT / "tests" / "homes" / "complete", folder)))  # type: ignore[no-any-return]


def thing(id_: str, no: str, matter: str, proofs: str = "甲证明", office: str = "AA") -> Item:
    """A printed item with one proof."""
    printed = Printed("测试市甲局", matter, proofs, "在线核查")
    return Item(id_, no, office, matter, Proof(f"{id_}.1", proofs, Method.ONLINE), printed)


def made(*items: Item) -> Catalog:
    """A catalog of items."""
    return Catalog("1", date(2021, 1, 1), "清单", "虚构", County("测试市"), OFFICES, Items(items))


# diff


def test_a_version_does_not_differ_from_itself(shipped: Catalog, complete: Catalog) -> None:
    """The same items read twice are the same."""
    for catalog in (shipped, complete):
        assert diff(catalog, catalog._replace(version="2", items=Items(list(catalog.items)))) == []


def leaf(item: Item) -> Proof:
    """The only proof of an item."""
    assert isinstance(item.tree, Proof)
    return item.tree


ONE = thing("aa-01", "1", "事项")
NAMED = Printed("测试市甲局", "事项", "甲证明", "在线核查")
CHANGES: dict[str, Callable[[Item], Item]] = {
    "no": lambda i: i._replace(no="2"),
    "office": lambda i: i._replace(printed=NAMED._replace(office="乙中心")),
    "matter": lambda i: i._replace(printed=NAMED._replace(matter="别的事项")),
    "proofs": lambda i: i._replace(printed=NAMED._replace(proofs="乙证明")),
    "method": lambda i: i._replace(printed=NAMED._replace(method="现场核查")),
    "tree": lambda i: i._replace(tree=leaf(i)._replace(method=Method.ONSITE)),
    "code": lambda i: i._replace(code="XN1"),
    "duty": lambda i: i._replace(duty="第1项"),
    "field": lambda i: i._replace(field="社会保险"),
    "frequency": lambda i: i._replace(frequency=Frequency(1, "2025", "统计")),
    "difficulty": lambda i: i._replace(difficulty=Judgement(Level.LOW, "理由")),
    "risk": lambda i: i._replace(risk=Judgement(Level.HIGH, "理由")),
    "channels": lambda i: i._replace(channels=(HandlingChannel.ONLINE,)),
    "basis": lambda i: i._replace(basis=(Basis("法", "1", "文", source="源"),)),
    "content": lambda i: i._replace(tree=leaf(i)._replace(content=("一句",))),
    "issuer": lambda i: i._replace(tree=leaf(i)._replace(issuer="公安局")),
    "standard": lambda i: i._replace(tree=leaf(i)._replace(standard="一致")),
    "period": lambda i: i._replace(plans=(CheckPlan(DAY, "决定", 10),)),
    "assessment": lambda i: i._replace(
        tree=leaf(i)._replace(assessment=Assessment(False, "公共安全", "低", "某人", DAY))
    ),
    "agent": lambda i: i._replace(agent=Decision(False)),
    "disclosure": lambda i: i._replace(disclosure=Decision(True)),
    "triggers": lambda i: i._replace(triggers=(Trigger.PUBLIC_INTEREST,)),
    "contact_person": lambda i: i._replace(contact=Contact(person="某人")),
    "contact_phone": lambda i: i._replace(contact=Contact(phone="0371-1")),
    "materials": lambda i: i._replace(materials=(Material("申请表", "规定"),)),
    "replaces": lambda i: i._replace(replaces=("aa-00",)),
    "valid_from": lambda i: i._replace(valid_from=DAY),
    "valid_until": lambda i: i._replace(valid_until=DAY),
}


@pytest.mark.parametrize("key", CHANGES)
def test_a_changed_cell_is_told_once_and_alone(key: str) -> None:
    """One cell changed, one line: which, what it was, what it is; under the newer row and name."""
    after = made(CHANGES[key](ONE))
    changes = diff(made(ONE), after)
    assert [(change.change, change.item, change.field) for change in changes] == [
        (ChangeKind.CHANGED, "aa-01", key)
    ]
    (told,), (back,) = changes, diff(after, made(ONE))
    assert told.old != told.new and (back.old, back.new) == (told.new, told.old)
    now = after.items[0]
    assert now.printed is not None
    assert (told.no, told.office, told.matter) == (now.no, now.printed.office, now.printed.matter)


def test_every_cell_can_change() -> None:
    """The cases above are all the columns but the id, and 公开时限 which goes with 公开."""
    assert set(CHANGES) | {"id", "disclosure_period"} == set(COLUMNS)
    before = made(ONE._replace(disclosure=Decision(True)))
    after = made(ONE._replace(disclosure=Decision(True, period="5 年")))
    assert [change.field for change in diff(before, after)] == ["disclosure_period"]


def test_several_changed_cells_come_in_the_order_of_the_sheet() -> None:
    """Each once."""
    changed = ONE
    for change in CHANGES.values():
        new = change(changed)
        changed = new if new.printed == changed.printed else changed
    fields = [change.field for change in diff(made(ONE), made(changed))]
    assert fields == [key for key in COLUMNS if key in fields] and len(fields) == len(set(fields)) > 15


def test_items_added_and_removed_are_told_whole() -> None:
    """规程一: the order of the newer version, what was removed at the end, in its own words."""
    gone, new = thing("aa-01", "1", "旧事项"), thing("aa-03", "3", "新事项", "新证明")
    stays = thing("aa-02", "2", "不变")
    changes = diff(made(gone, stays), made(new, stays._replace(duty="第2项")))
    assert changes == [
        Change(ChangeKind.ADDED, "aa-03", "3", "测试市甲局", "新事项", "", "", "新事项：新证明（在线核查）"),
        Change(ChangeKind.CHANGED, "aa-02", "2", "测试市甲局", "不变", "duty", "", "第2项"),
        Change(
            ChangeKind.REMOVED, "aa-01", "1", "测试市甲局", "旧事项", "", "旧事项：甲证明（在线核查）", ""
        ),
    ]


def test_an_office_that_changed_its_name_shows_at_the_rows_that_are_not_printed() -> None:
    """Where nothing is printed the name is the office's own."""
    item = thing("aa-01", "1", "事项")._replace(printed=None)
    renamed = made(item)._replace(offices=(OFFICES[0]._replace(name="测试市新局"), OFFICES[1]))
    (change,) = diff(made(item), renamed)
    assert (change.field, change.old, change.new) == ("office", "测试市甲局", "测试市新局")
    assert diff(made(ONE), renamed._replace(items=Items((ONE,)))) == []


@MANY
@given(data=st.data())
def test_what_is_told_is_what_changed(data: st.DataObject) -> None:
    """Any items against any others: every id of either that is not equal in both is told, no other."""
    pool = [thing(f"aa-0{n}", str(n), f"事项{n}") for n in range(1, 5)]
    before = data.draw(st.lists(st.sampled_from(pool), unique=True))
    after = [
        item._replace(duty=data.draw(st.sampled_from(["", "第1项"])))
        for item in data.draw(st.lists(st.sampled_from(pool), unique=True))
    ]
    changes = diff(made(*before), made(*after))
    old, new = {item.id: item for item in before}, {item.id: item for item in after}
    kinds = {change.item: change.change for change in changes}
    assert len(changes) == len(kinds)
    assert {i for i, kind in kinds.items() if kind is ChangeKind.ADDED} == new.keys() - old.keys()
    assert {i for i, kind in kinds.items() if kind is ChangeKind.REMOVED} == old.keys() - new.keys()
    changed = {i for i in old.keys() & new.keys() if old[i] != new[i]}
    assert {i for i, kind in kinds.items() if kind is ChangeKind.CHANGED} == changed


# match


def row(item: Item, no: str = "", **changes: str) -> Row:
    """An item as a row of a table."""
    printed = item.printed
    assert printed is not None
    return Row(no or item.no, item.office, printed.matter, printed.proofs)._replace(**changes)


def test_the_shipped_table_finds_all_its_items_whatever_the_numbers(shipped: Catalog) -> None:
    """67 rows turned round and numbered anew are the same 67 items."""
    items = list(shipped.items)
    rows = [row(item, str(n)) for n, item in enumerate(reversed(items), start=1)]
    assert match(rows, shipped.items, {}) == [item.id for item in reversed(items)]


@settings(deadline=None, max_examples=25, database=None)
@given(data=st.data())
def test_rows_moved_removed_and_renamed_are_never_mistaken(shipped: Catalog, data: st.DataObject) -> None:
    """Whatever is left out, moved or renamed: a row has its own item or none."""
    items = data.draw(st.permutations(list(shipped.items)))[: data.draw(st.integers(1, 67))]
    renamed = data.draw(st.sets(st.integers(0, len(items) - 1), max_size=5))
    rows = [
        row(item, str(n + 1), **({"matter": f"更名后的{item.matter}"} if n in renamed else {}))
        for n, item in enumerate(items)
    ]
    wanted = ["" if n in renamed else item.id for n, item in enumerate(items)]
    assert match(rows, shipped.items, {}) == wanted


A, B = thing("aa-01", "1", "许可", "甲证明"), thing("aa-02", "2", "许可", "乙证明")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row(A)], ["aa-01"]),
        ([row(A, "9", matter=" 许　可 ", proofs="甲 证明")], ["aa-01"]),  # blanks and width are nothing
        ([row(A, proofs="丙证明"), row(B)], ["aa-01", "aa-02"]),  # the other is sure, so this one is too
        ([row(A, "7", proofs="丙证明"), row(B)], ["aa-01", "aa-02"]),
        ([row(A, "7", proofs="丙证明")], [""]),  # either could be meant
        ([row(A, "7"), row(A, "8")], ["", ""]),  # two rows for one item
        ([row(A, matter="许可（新）")], [""]),  # a changed name is never guessed
        ([row(A, matter="许可证")], [""]),
        ([row(A, office="BB")], [""]),  # another office's
        ([row(A, "7", proofs="丙证明"), row(A, "8", proofs="丁证明")], ["", ""]),
        ([row(A, "7", id="aa-02"), row(B, "8")], ["aa-02", "aa-01"]),  # the id given in the row goes first
        ([row(A, "7", matter="别的", id="aa-01"), row(B)], ["aa-01", "aa-02"]),
        ([], []),
    ],
)
def test_which_item_a_row_is(rows: list[Row], expected: list[str]) -> None:
    """By office, matter and proofs, else by office and matter where one item and one row are left."""
    assert match(rows, [A, B], {}) == expected


def test_a_renamed_item_is_the_one_the_user_says() -> None:
    """--same 9=aa-01: the row keeps the id, and nothing else takes it."""
    rows = [row(A, "9", matter="更名"), row(A, "10"), row(B, "11")]
    assert match(rows, [A, B], {"9": "aa-01"}) == ["aa-01", "", "aa-02"]


def test_row_numbers_tell_two_of_one_name_apart() -> None:
    """Same matter, proofs of both corrected, numbers kept: 1 is 1 and 2 is 2."""
    rows = [row(A, proofs="甲证明（新）"), row(B, proofs="乙证明（新）")]
    assert match(rows, [A, B], {}) == ["aa-01", "aa-02"]


def test_shifted_row_numbers_prove_nothing() -> None:
    """A row was put in above: old row 1 is now 2, old row 2 is 3. Row 2 must not become old row 2."""
    rows = [
        row(thing("x", "1", "新事项")),
        row(A, "2", proofs="甲证明（新）"),
        row(B, "3", proofs="乙证明（新）"),
    ]
    assert match(rows, [A, B], {})[1] != "aa-02"


@MANY
@given(data=st.data())
def test_no_item_is_given_to_two_rows(data: st.DataObject) -> None:
    """Whatever the table: each id at most once unless the table itself says it twice."""
    some = st.sampled_from(["许可", "登记"])
    proofs = st.sampled_from(["甲证明", "乙证明"])
    items = [thing(f"aa-0{n}", str(n), data.draw(some), data.draw(proofs)) for n in range(1, 4)]
    numbers = st.sampled_from("1234")
    rows = [
        Row(data.draw(numbers), "AA", data.draw(some), data.draw(proofs))
        for _ in range(data.draw(st.integers(0, 4)))
    ]
    found = match(rows, items, {})
    given_ = [id_ for id_ in found if id_]
    assert len(found) == len(rows) and len(set(given_)) == len(given_)
    names = {item.id: item.matter for item in items}
    assert all(not id_ or names[id_] == each.matter for id_, each in zip(found, rows, strict=True))


# names and ids


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("取水许可（新办）", "取水许可(新办)", True),
        ("甲；乙，丙", "甲;乙,丙", True),
        (" 甲\u3000乙\n丙 ", "甲乙丙", True),
        ("ＣＴ 除外", "ct除外", True),
        ("甲、乙", "甲，乙", False),
        ("1. 甲", "1.甲", True),
        ("许可", "许可证", False),
        ("", " ", True),
    ],
)
def test_texts_are_compared_without_blanks_and_width(one: str, other: str, same: bool) -> None:
    """附件1 mixes full and half width; the words themselves are never touched."""
    assert (normal(one) == normal(other)) is same
    assert normal(normal(one)) == normal(one)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("测试市甲局", "AA"),
        (" 测试市 甲局\n", "AA"),
        ("甲局", "AA"),
        ("AA", "AA"),
        ("ａａ", "AA"),
        ("乙", "BB"),
        ("测试市乙中心", "BB"),
        ("测试市", None),
        ("局", None),
        ("测试市甲局办公室", None),
        ("", None),
    ],
)
def test_an_office_of_a_table_goes_by_its_whole_names(name: str, code: str | None) -> None:
    """Full name, short name or code; a part of a name is nobody's."""
    found = office_named(name, OFFICES)
    assert (found.code if found else None) == code


def test_every_shipped_office_is_known_as_printed(shipped: Catalog) -> None:
    """附件1, 承办单位."""
    for item in shipped.items:
        assert item.printed is not None
        found = office_named(item.printed.office, shipped.offices)
        assert found is not None and found.code == item.office


@pytest.mark.parametrize(
    ("no", "used", "expected"),
    [
        ("7", (), "aa-07"),
        ("68", (), "aa-68"),
        ("7", ("aa-07",), "aa-07-2"),
        ("7", ("aa-07", "aa-07-2", "aa-07-4"), "aa-07-3"),
        ("100", (), "aa-100"),
    ],
)
def test_a_new_id_is_the_row_unless_that_was_used(no: str, used: tuple[str, ...], expected: str) -> None:
    """docs/catalog.md: 定下后不改, so an id once used in any version is never used for another."""
    assert new_id("AA", no, used.__contains__) == expected


@pytest.mark.parametrize("no", ["1/2", "../9", "1-A", "一（1）"])
def test_a_new_id_is_fit_for_a_file_name_and_for_looking_up(no: str) -> None:
    """An id is lower case and names files (办事指南, 格式文本): no slash, no capital, no brackets."""
    made_id = new_id("AA", no, lambda _: False)
    assert made_id == made_id.lower() and all(char.isalnum() or char == "-" for char in made_id)


def test_ids_of_the_shipped_items_are_those_a_new_table_would_get(shipped: Catalog) -> None:
    """The rule for new ids is the one that the shipped ones follow."""
    assert all(new_id(item.office, item.no, lambda _: False) == item.id for item in shipped.items)
    assert all(leaf.proof.id.startswith(f"{i.id}.") for i in shipped.items for leaf in leaves(i.tree))
