"""Items, their proof trees and finding one's way in them (通知五（一）, 附件1)."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.catalog import (
    Basis,
    Branch,
    Catalog,
    Group,
    Item,
    Items,
    Node,
    Proof,
    choose_proofs,
    in_force,
    leaves,
)
from gaozhi_cli.domain.check_plan import CheckPlan
from gaozhi_cli.domain.county import Contact, find_office, near_offices
from gaozhi_cli.domain.lookup import find_items, near_items
from gaozhi_cli.domain.parameters import Dated, Parameter, value_on
from gaozhi_cli.domain.planning import plan_for
from gaozhi_cli.domain.readiness import contact_of, missing
from gaozhi_cli.domain.vocabulary import GroupKind, Method
from tests.builders import TODAY, a_catalog
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The shipped catalog as it is."""
    return a_catalog(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The complete fixture county."""
    folder = tmp_path_factory.mktemp("homes") / "complete"
    return a_catalog(Path(shutil.copytree(ROOT / "tests" / "homes" / "complete", folder)))


def item(catalog: Catalog, no: str) -> Item:
    """The item with a printed number."""
    return next(item for item in catalog.items if item.no == no)


def chosen_ids(catalog: Catalog, no: str, *asked: str) -> tuple[str, ...] | str:
    """The ids of the proofs chosen, or the code of the one problem."""
    chosen, problems = choose_proofs(item(catalog, no), asked)
    if problems:
        assert chosen == () and len(problems) == 1 and problems[0].field == "proof"
        return problems[0].code
    return tuple(leaf.proof.id for leaf in chosen)


@pytest.mark.parametrize(
    ("no", "asked", "expected"),
    [
        # 4: both proofs, each may be promised alone
        ("4", (), ("rs-04.1", "rs-04.2")),
        ("4", ("rs-04.2",), ("rs-04.2",)),
        ("4", ("rs-04.2", "rs-04.1", "rs-04.2"), ("rs-04.1", "rs-04.2")),
        # 8: one of six circumstances; the fifth has two of its own
        ("8", (), "proof-needed"),
        *[("8", (f"rs-08.{n}",), (f"rs-08.{n}",)) for n in range(1, 8)],
        ("8", ("rs-08.1", "rs-08.2"), "proof-choice"),
        ("8", ("rs-08.5", "rs-08.6"), "proof-choice"),
        ("8", ("rs-08.6", "rs-08.7"), "proof-choice"),
        # 14: three proofs, the third one of two receipts
        ("14", (), "proof-needed"),
        ("14", ("rs-14.1", "rs-14.2", "rs-14.3"), ("rs-14.1", "rs-14.2", "rs-14.3")),
        ("14", ("rs-14.4", "rs-14.1"), ("rs-14.1", "rs-14.4")),
        ("14", ("rs-14.1", "rs-14.2"), ("rs-14.1", "rs-14.2")),
        ("14", ("rs-14.3", "rs-14.4"), "proof-choice"),
        # 24: emigration, or death with one of four papers; the sixth proof in either case
        ("24", (), "proof-needed"),
        ("24", ("sb-24.1", "sb-24.6"), ("sb-24.1", "sb-24.6")),
        ("24", ("sb-24.6", "sb-24.3"), ("sb-24.3", "sb-24.6")),
        ("24", ("sb-24.6",), ("sb-24.6",)),
        ("24", ("sb-24.1", "sb-24.2"), "proof-choice"),
        ("24", ("sb-24.2", "sb-24.5"), "proof-choice"),
        ("24", ("民政部门出具的火化证明", "SB-24.6"), ("sb-24.3", "sb-24.6")),
        ("24", ("火化证明",), "proof-unknown"),
        ("24", ("sb-24.9",), "proof-unknown"),
        ("24", ("sc-64.1",), "proof-unknown"),
    ],
)
def test_the_proofs_a_letter_may_replace(
    shipped: Catalog, no: str, asked: tuple[str, ...], expected: tuple[str, ...] | str
) -> None:
    """附件1, 通知五（二）: one branch of each choice; only some of several proofs if the applicant likes."""
    assert chosen_ids(shipped, no, *asked) == expected


def test_every_unknown_proof_is_named_at_once(shipped: Catalog) -> None:
    """All proofs that the item does not have are reported together, by place: an ID may stand there."""
    _, problems = choose_proofs(item(shipped, "4"), ("x.1", "rs-04.1", "410182199001010030"))
    assert [(p.code, p.message) for p in problems] == [
        ("proof-unknown", "事项 4 没有所写的第 1 项证明"),
        ("proof-unknown", "事项 4 没有所写的第 3 项证明"),
    ]


def test_a_period_that_begins_later_hides_none_in_force(complete: Catalog) -> None:
    """通知五（三）: a proof's period from next year on leaves today's check the county's period."""
    thing = item(complete, "14")
    proof = thing.proofs[0]._replace(plans=(CheckPlan(date(2027, 1, 1), "虚构", 3),))
    assert plan_for(proof, thing, complete, date(2027, 1, 1)).period == 3
    assert plan_for(proof, thing, complete, date(2026, 11, 24)).period == 15


def test_a_leaf_knows_its_circumstances_and_group(shipped: Catalog) -> None:
    """附件1 第8、24行: a proof carries the circumstances that lead to it, outermost first."""
    by_id = {leaf.proof.id: leaf for no in ("8", "24") for leaf in leaves(item(shipped, no).tree)}
    assert by_id["rs-08.6"].when == ("复员退役军人；随军家属", "随军家属")
    assert by_id["rs-08.6"].group is GroupKind.BY_CIRCUMSTANCE
    assert by_id["sb-24.4"].when == ("参保人死亡",) and by_id["sb-24.4"].group is GroupKind.ANY
    assert by_id["sb-24.6"].when == () and by_id["sb-24.6"].group is GroupKind.ALL


def trees() -> st.SearchStrategy[Node]:
    """Proof trees of any shape; the ids are given afterwards."""
    leaf = st.sampled_from(Method).map(lambda method: Proof("", "证明", method))

    def grow(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        nodes = st.lists(children, min_size=1, max_size=3).map(tuple)
        branches = nodes.map(lambda made: tuple(Branch("情形", node) for node in made))
        return st.one_of(
            nodes.map(lambda made: Group(GroupKind.ALL, made)),
            nodes.map(lambda made: Group(GroupKind.ANY, made)),
            branches.map(lambda made: Group(GroupKind.BY_CIRCUMSTANCE, made)),
        )

    return st.recursive(leaf, grow, max_leaves=8)


def numbered(node: Node, ids: list[str]) -> Node:
    """The tree with ids p1, p2 … in order, which are also listed in ``ids``."""
    if isinstance(node, Proof):
        ids.append(f"p{len(ids) + 1}")
        return node._replace(id=ids[-1])
    if isinstance(node, Branch):
        return Branch(node.when, numbered(node.node, ids))
    return node._replace(nodes=tuple(numbered(child, ids) for child in node.nodes))


def allowed(node: Node) -> list[frozenset[str]]:
    """Every set of proofs that may be promised together (also none), reckoned by recursion."""
    if isinstance(node, Proof):
        return [frozenset(), frozenset({node.id})]
    if isinstance(node, Branch):
        return allowed(node.node)
    sets = [frozenset[str]()]
    if node.kind is GroupKind.ALL:
        for child in node.nodes:
            sets = [one | other for one in sets for other in allowed(child)]
        return sets
    return [chosen for child in node.nodes for chosen in allowed(child)]


@settings(deadline=None, max_examples=80, database=None)
@given(trees(), st.data())
def test_choosing_agrees_with_the_tree_whatever_its_shape(tree: Node, data: st.DataObject) -> None:
    """附件1: a choice is accepted exactly when the tree allows those proofs together."""
    ids: list[str] = []
    tree = numbered(tree, ids)
    thing = Item("x-01", "1", "RS", "事项", tree, None)
    asked = data.draw(st.sets(st.sampled_from(ids), min_size=1))
    chosen, problems = choose_proofs(thing, tuple(asked))
    assert (not problems) is (frozenset(asked) in allowed(tree))
    if not problems:
        assert [leaf.proof.id for leaf in chosen] == [id_ for id_ in ids if id_ in asked]
    every, problems = choose_proofs(thing, ())
    assert (not problems) is (frozenset(ids) in allowed(tree))
    assert [leaf.proof.id for leaf in every] == ([] if problems else ids)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("64", ["64"]),
        (" 8 ", ["8"]),
        ("sc-64", ["64"]),
        ("SC-64", ["64"]),
        ("６４", ["64"]),
        ("064", ["64"]),
        ("64号", ["64"]),
        ("第64项", ["64"]),
        ("第0项", []),
        ("失业登记", ["8"]),
        ("人力资源服务许可审批", ["2", "3"]),
        ("营业执照 取水", ["29", "31", "32"]),
        ("取水 延续", ["30"]),
        ("随军手续", ["8"]),
        ("99", []),
        ("6", ["6"]),
        ("", []),
        ("没有这样的事项", []),
    ],
)
def test_items_by_number_id_or_words(shipped: Catalog, text: str, expected: list[str]) -> None:
    """通知五（一）: an item is found by its printed number, its id, its name or words of it."""
    assert [found.no for found in find_items(shipped, text, TODAY)] == expected


def test_near_items_come_nearest_first_and_never_strangers(shipped: Catalog) -> None:
    """What a clerk may have meant, at most three; nothing when no character is shared."""
    near = near_items(shipped, "失业登计", TODAY)
    assert near[0].no == "8" and len(near) == 3
    assert near_items(shipped, "xyz", TODAY) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("RS", "RS"),
        ("rs", "RS"),
        (" RS ", "RS"),
        ("荥阳市人力资源和社会保障局", "RS"),
        ("人社局", "RS"),
        ("市人社局", "RS"),
        ("rsj", "RS"),
        ("RSJ", "RS"),
        ("社保中心", "SB"),
        ("sbzx", "SB"),
        ("卫健委", "WJ"),
        ("wjw", "WJ"),
        ("市场监督管理局", "SC"),
        ("qxj", "QX"),
        ("人社", "RS"),
        ("卫生健康", "WJ"),
        ("荥阳市", None),
        ("局", None),
        ("财政局", None),
        ("", None),
    ],
)
def test_offices_by_code_name_short_name_or_initials(shipped: Catalog, text: str, code: str | None) -> None:
    """附件1 承办单位: full name, what people call it, code, initials, or a part that only it has."""
    office = find_office(shipped.offices, text)
    assert (office.code if office else None) == code


def test_initials_that_two_offices_share_name_neither(shipped: Catalog) -> None:
    """Ambiguous initials are not guessed."""
    a, b = shipped.offices[:2]
    twins = (a._replace(initials=("abc",)), b._replace(initials=("abc",)))
    assert find_office(twins, "abc") is None


@pytest.mark.parametrize(
    ("text", "first"), [("人社", "RS"), ("卫建委", "WJ"), ("消防队", "XF"), ("rs", "RS"), ("市监", "SC")]
)
def test_near_offices_come_nearest_first(shipped: Catalog, text: str, first: str) -> None:
    """A mistyped office name leads to the office meant."""
    near = near_offices(shipped.offices, text)
    assert near[0].code == first and len(near) == 3


@pytest.mark.parametrize(
    ("valid_from", "valid_until", "day", "expected"),
    [
        (None, None, date(2021, 10, 10), False),
        (None, None, date(2021, 10, 11), True),
        (None, None, date(2026, 11, 24), True),
        (date(2022, 1, 1), None, date(2021, 12, 31), False),
        (date(2022, 1, 1), None, date(2022, 1, 1), True),
        (date(2020, 1, 1), None, date(2021, 10, 10), False),
        (None, date(2025, 12, 31), date(2025, 12, 31), True),
        (None, date(2025, 12, 31), date(2026, 1, 1), False),
        (date(2022, 1, 1), date(2022, 1, 1), date(2022, 1, 1), True),
    ],
)
def test_an_item_is_in_force_between_its_dates_and_never_before_its_version(
    shipped: Catalog, valid_from: date | None, valid_until: date | None, day: date, expected: bool
) -> None:
    """规程一（清单适时动态调整）: first and last day included, not before 2021-10-11."""
    dated = item(shipped, "36")._replace(valid_from=valid_from, valid_until=valid_until)
    assert in_force(dated, shipped, day) is expected
    catalog = shipped._replace(items=Items((dated,)))
    assert [i.no for i in find_items(catalog, "36", day)] == (["36"] if expected else [])
    assert bool(near_items(catalog, "对外贸易", day)) is expected


def test_what_the_shipped_catalog_lacks_is_named(shipped: Catalog) -> None:
    """附件1: the printed columns cannot fill the letter; an exempt proof needs no period."""
    office = ["basis", "content", "agent", "disclosure", "contact_person", "contact_phone", "complaints"]
    codes = [gap.code for gap in missing(item(shipped, "4"), shipped, TODAY)]
    assert codes == [*office, "period", "standard", "issuer", "materials"]
    codes = [gap.code for gap in missing(item(shipped, "64"), shipped, TODAY)]
    assert codes == [*office, "issuer", "materials"]
    assert all(gap.clause for gap in missing(item(shipped, "4"), shipped, TODAY))


def test_the_fixture_county_lacks_nothing_until_something_is_taken_away(complete: Catalog) -> None:
    """Each gap is reported exactly when its datum is missing."""
    whole = item(complete, "4")
    assert missing(whole, complete, TODAY) == []
    without: dict[str, Item] = {
        "basis": whole._replace(basis=()),
        "content": whole._replace(content=()),
        "agent": whole._replace(agent=None),
        "disclosure": whole._replace(disclosure=None),
        "materials": whole._replace(materials=()),
    }
    for code, poorer in without.items():
        assert [gap.code for gap in missing(poorer, complete, TODAY)] == [code]
    mute = complete._replace(county=complete.county._replace(complaints=()))
    assert [gap.code for gap in missing(whole, mute, TODAY)] == ["complaints"]
    endless = complete._replace(parameters=())
    assert [gap.code for gap in missing(whole, endless, TODAY)] == ["period"]
    early = date(2020, 12, 31)  # before the county's periods began
    assert [gap.code for gap in missing(whole, complete, early)] == ["period"]


def test_a_basis_on_every_proof_serves_instead_of_the_items(complete: Catalog) -> None:
    """附件2 二（三）（四）: own basis and content of each proof fill the letter as the item's do."""
    whole = item(complete, "6")
    assert isinstance(whole.tree, Proof)
    own = whole.tree._replace(basis=(Basis("示例法（虚构）", "1", "原文"),), content=("一句",))
    moved = whole._replace(tree=own, basis=(), content=())
    assert missing(moved, complete, TODAY) == []


def test_each_half_of_a_contact_falls_back_to_the_offices(complete: Catalog) -> None:
    """附件2 一（三）: the item's person with the office's phone, and the other way round."""
    whole, office = item(complete, "4"), complete.office("RS")
    own = whole._replace(contact=Contact(person="测试专人"))
    assert contact_of(own, office) == Contact("测试专人", office.contact.phone)
    own = whole._replace(contact=Contact(phone="0371-99999999"))
    assert contact_of(own, office) == Contact(office.contact.person, "0371-99999999")
    assert contact_of(whole, office) == office.contact


def days(value: str, since: date = date(2021, 1, 1)) -> tuple[Dated, ...]:
    """A dated period."""
    return (Dated(since, value, "示例县决定（虚构）"),)


def a_plan(days: str) -> tuple[CheckPlan, ...]:
    """A dated plan of so many days; none where nothing is said."""
    return (CheckPlan(date(2021, 1, 1), "示例县决定（虚构）", int(days)),) if days else ()


@pytest.mark.parametrize(
    ("own", "items", "general", "expected"),
    [
        ("3", "5", "10", "3"),
        ("", "5", "10", "5"),
        ("3", "", "10", "3"),
        ("", "", "10", "10"),
        ("", "", "", ""),
    ],
)
def test_a_proofs_own_period_goes_before_the_items_and_the_countys(
    shipped: Catalog, own: str, items: str, general: str, expected: str
) -> None:
    """通知五（三）: the period nearest to the proof holds; none anywhere = none."""
    proof = Proof("x-1.1", "证明", Method.ONLINE, plans=a_plan(own))
    thing = Item("x-1", "1", "RS", "事项", proof, None, plans=a_plan(items))
    parameter = Parameter(
        "verification.period.online", "期限", "工作日", "通知五（三）", days(general) if general else ()
    )
    catalog = shipped._replace(parameters=(parameter,))
    assert str(plan_for(proof, thing, catalog, TODAY).period or "") == expected


def test_the_countys_period_is_that_of_the_proofs_method(complete: Catalog) -> None:
    """通知五（三）: online 10 and onsite 15 in the fixture county; none is made up for exempt proofs."""
    by_method = {proof.method: proof for thing in complete.items for proof in thing.proofs if not proof.plans}
    found = {
        method: plan_for(proof, item(complete, "4"), complete, TODAY).period
        for method, proof in by_method.items()
    }
    assert found == {Method.ONLINE: 10, Method.ONSITE: 15, Method.EXEMPT: None}


def test_the_latest_value_that_has_begun_is_in_force() -> None:
    """A dated value holds from its first day until the next begins, in whatever order they are written."""
    values = days("20", date(2027, 1, 1)) + days("10", date(2021, 1, 1)) + days("15", date(2026, 1, 1))
    seen = [value_on(values, day) for day in (date(2020, 12, 31), date(2025, 12, 31), date(2026, 1, 1))]
    assert [value and value.value for value in seen] == [None, "10", "15"]
    last = value_on(values, date(2027, 1, 1) - timedelta(days=1))
    assert last is not None and last.value == "15"


@pytest.mark.parametrize(
    ("basis", "place"),
    [
        (Basis("法", "24", "文", paragraph="1", subparagraph="2"), "第24条第1款第2项"),
        (Basis("法", "24", "文", paragraph="1"), "第24条第1款"),
        (Basis("法", "24", "文", subparagraph="2"), "第24条第2项"),
        (Basis("法", "", "文"), ""),
    ],
)
def test_a_citation_names_only_the_parts_it_has(basis: Basis, place: str) -> None:
    """附件2 二（三）: 第…条第…款第…项 without empty parts."""
    assert basis.place == place
