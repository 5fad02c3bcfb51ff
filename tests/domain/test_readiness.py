"""How far each office has come, counted by hand from 附件1; exclusions of 通知四 (通知五（一）、（三）)."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.applicant import Applicant, Identity
from gaozhi_cli.domain.catalog import Assessment, Catalog, Group, Item, Items, Proof
from gaozhi_cli.domain.eligibility import Request, eligibility_problems
from gaozhi_cli.domain.readiness import GAPS, Readiness, missing, readiness
from gaozhi_cli.domain.vocabulary import GroupKind, IdType, Method, SubjectKind
from tests.builders import TODAY, a_catalog, an_id_number
from tests.conftest import ROOT

EMPTY = dict.fromkeys(GAPS, 0)
# office: rows of 附件1, and those of them that are not wholly 免于核查, counted on the printed table
BY_HAND = {
    "MZ": (1, 1),
    "RS": (14, 12),  # 2 and 8 are exempt; 4 is so by half
    "SB": (10, 10),
    "NY": (3, 0),
    "SL": (4, 0),
    "SW": (5, 4),  # 33 is exempt
    "WJ": (11, 11),
    "SC": (17, 0),
    "XF": (1, 1),
    "QX": (1, 0),
}


# items whose own plan gives the days: row 66 by 消防法第十五条, in the fixture county row 48 too
PLANNED = {"shipped": {"XF": 1}, "complete": {"XF": 1, "WJ": 1}}


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The shipped catalog."""
    return a_catalog(tmp_path_factory.mktemp("home"))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The complete fixture county."""
    folder = tmp_path_factory.mktemp("homes") / "complete"
    return a_catalog(Path(shutil.copytree(ROOT / "tests" / "homes" / "complete", folder)))  # type: ignore[no-any-return]


def test_the_counts_by_hand_are_those_of_the_printed_table(shipped: Catalog) -> None:
    """附件1: the table itself, as copied, has these rows and these 核查方式."""
    with (ROOT / "tests" / "data" / "catalog-as-printed.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    names = {office.name: office.code for office in shipped.offices}
    assert Counter(names[row["承办单位"]] for row in rows) == {k: n for k, (n, _) in BY_HAND.items()}
    checked = Counter(names[row["承办单位"]] for row in rows if row["核查方式"].strip() != "免于核查")
    assert checked == Counter({code: n for code, (_, n) in BY_HAND.items()})


def test_the_shipped_offices_have_everything_still_to_fill_in(shipped: Catalog) -> None:
    """Nothing is invented, so nothing is ready; what is checked lacks its period and standard besides."""
    found = readiness(shipped, TODAY)
    assert [row.office.code for row in found] == list(BY_HAND), "in the order of offices.yaml"
    for row in found:
        items, checked = BY_HAND[row.office.code]
        planned = PLANNED["shipped"].get(row.office.code, 0)
        every = dict.fromkeys(GAPS, items) | {"period": checked - planned, "standard": checked}
        assert row == Readiness(row.office, items, 0, every)


def test_the_complete_county_lacks_nothing(complete: Catalog) -> None:
    """All 67 ready."""
    for row in readiness(complete, TODAY):
        assert row == Readiness(row.office, BY_HAND[row.office.code][0], BY_HAND[row.office.code][0], EMPTY)


def test_one_gap_is_counted_once_at_its_office(complete: Catalog) -> None:
    """A basis taken from item 24, and the standard of two proofs of it: two kinds, one item."""
    (whole,) = complete.items.by_no("24")
    ids = {proof.id for proof in whole.proofs[:2]}

    def bare(item: Item) -> Item:
        if item.no != "24":
            return item
        assert isinstance(item.tree, Group)
        return item._replace(basis=(), tree=without_standard(item.tree, ids))

    catalog = complete._replace(items=Items(map(bare, complete.items)))
    by_office = {row.office.code: row for row in readiness(catalog, TODAY)}
    assert by_office["SB"] == Readiness(complete.office("SB"), 10, 9, EMPTY | {"basis": 1, "standard": 1})
    assert all(row.ready == row.items for code, row in by_office.items() if code != "SB")
    assert readiness(catalog, TODAY, "SB") == [by_office["SB"]]
    assert readiness(catalog, TODAY, "ZZ") == []


def without_standard(group: Group, ids: set[str]) -> Group:
    """A group with the standard taken from some proofs, at whatever depth."""

    def strip(node: object) -> object:
        if isinstance(node, Proof):
            return node._replace(standard="") if node.id in ids else node
        if isinstance(node, Group):
            return node._replace(nodes=tuple(strip(child) for child in node.nodes))  # type: ignore[misc]
        return node._replace(node=strip(node.node))  # type: ignore[attr-defined]

    return strip(group)  # type: ignore[return-value]


def test_what_the_county_lacks_is_lacking_everywhere(complete: Catalog) -> None:
    """通知五（六）: one missing 投诉举报 leaves no item ready; one missing parameter none that is checked."""
    mute = complete._replace(county=complete.county._replace(complaints=()))
    assert sum(row.ready for row in readiness(mute, TODAY)) == 0
    assert all(row.gaps == EMPTY | {"complaints": row.items} for row in readiness(mute, TODAY))
    early = readiness(complete, date(2021, 10, 10))
    assert early == [], "nothing is in force before the 清单"
    endless = complete._replace(parameters=())
    for row in readiness(endless, TODAY):
        items, checked = BY_HAND[row.office.code]
        lacking = checked - PLANNED["complete"].get(row.office.code, 0)
        assert (row.ready, row.gaps) == (items - lacking, EMPTY | {"period": lacking})


def test_only_items_in_force_count(complete: Catalog) -> None:
    """规程一: an ended item needs nothing any more; an office with none left is not listed."""
    ended = [
        item._replace(valid_until=date(2025, 12, 31)) if item.no in ("64", "67") else item
        for item in complete.items
    ]
    catalog = complete._replace(items=Items(ended))
    now = {row.office.code: row.items for row in readiness(catalog, TODAY)}
    assert now["SC"] == 16 and "QX" not in now
    then = {row.office.code: row.items for row in readiness(catalog, date(2025, 12, 31))}
    assert then["SC"] == 17 and then["QX"] == 1


@settings(deadline=None, max_examples=60, database=None)
@given(data=st.data())
def test_gaps_add_up(complete: Catalog, shipped: Catalog, data: st.DataObject) -> None:
    """Any mixture of filled and unfilled items: the counts are those of ``missing``, item by item."""
    from_shipped = data.draw(st.sets(st.integers(0, 66)))
    pairs = zip(complete.items, shipped.items, strict=True)
    catalog = complete._replace(
        items=Items(poor if n in from_shipped else rich for n, (rich, poor) in enumerate(pairs))
    )
    office = data.draw(st.sampled_from([None, *BY_HAND]))
    rows = readiness(catalog, TODAY, office)
    for row in rows:
        gaps = [missing(item, catalog, TODAY) for item in catalog.items.of_office(row.office.code)]
        assert row.items == len(gaps) and row.ready == sum(not found for found in gaps)
        assert row.gaps == {code: sum(code in {g.code for g in found} for found in gaps) for code in GAPS}
        assert 0 <= row.ready <= row.items and (row.ready == row.items) is not any(row.gaps.values())
    assert {row.office.code for row in rows} == ({office} if office else set(BY_HAND))


def test_every_gap_has_a_column(shipped: Catalog, complete: Catalog) -> None:
    """What ``missing`` may name is counted; it names its clause and what is missing in Chinese."""
    seen = {gap.code for item in shipped.items for gap in missing(item, shipped, TODAY)}
    assert seen == set(GAPS)
    for item in shipped.items:
        for gap in missing(item, shipped, TODAY):
            assert gap.clause and gap.message.startswith("未") and gap.field == gap.code
    assert not any(missing(item, complete, TODAY) for item in complete.items)


# 通知四: what an assessment has excluded is not promised

WHO = Applicant(SubjectKind.CITIZEN, "测试甲", Identity(IdType.ID_CARD, an_id_number()), "13800000000")
EXCLUDED = Assessment(True, "公共安全", "证明不实会造成火灾", "县消防救援大队评估组", date(2026, 1, 5))
FITTING = EXCLUDED._replace(excluded=False)


def refusals(item: Item, catalog: Catalog, *asked: Proof) -> list[str]:
    """Why an item, or only some proofs of it, may not be promised today."""
    problems = eligibility_problems(Request(item, catalog, WHO, None, TODAY, asked))
    assert all(p.code == "excluded" and p.clause.startswith("通知四") and p.field for p in problems)
    return [problem.message for problem in problems]


def test_an_excluded_proof_is_refused_with_all_that_was_decided(shipped: Catalog) -> None:
    """通知四: the proof, the area, the ground, who assessed it and when, and the way out."""
    (item,) = shipped.items.by_no("66")
    assert isinstance(item.tree, Proof)
    (message,) = refusals(item._replace(tree=item.tree._replace(assessment=EXCLUDED)), shipped)
    for word in ("营业执照", "公共安全", "证明不实会造成火灾", "县消防救援大队评估组", "2026-01-05"):
        assert word in message
    assert "不适用告知承诺制" in message and "请" in message.partition("不适用告知承诺制")[2]


def test_an_assessment_that_excludes_nothing_opens_the_route(shipped: Catalog) -> None:
    """通知四: a sensitive field with a harmless proof; and none at all, where nobody has looked yet."""
    (item,) = shipped.items.by_no("66")
    assert isinstance(item.tree, Proof)
    assert refusals(item, shipped) == []
    assert refusals(item._replace(tree=item.tree._replace(assessment=FITTING)), shipped) == []


def test_the_complete_county_excludes_nothing(complete: Catalog) -> None:
    """Every assessed proof of the fixture county fits, every item may be promised."""
    assert any(proof.assessment for item in complete.items for proof in item.proofs)
    assert all(refusals(item, complete) == [] for item in complete.items)


def of_two(item: Item, first: Assessment | None, second: Assessment | None) -> Item:
    """An item with two proofs, assessed so."""
    proofs = (
        Proof(f"{item.id}.1", "甲证明", Method.EXEMPT, assessment=first),
        Proof(f"{item.id}.2", "乙证明", Method.EXEMPT, assessment=second),
    )
    return item._replace(tree=Group(GroupKind.ALL, proofs))


def test_the_excluded_one_of_two_proofs_is_named(shipped: Catalog) -> None:
    """通知四: assessed proof by proof."""
    item = of_two(shipped.items[0], FITTING, EXCLUDED)
    (message,) = refusals(item, shipped)
    assert "乙证明" in message and "甲证明" not in message


def test_the_other_proof_may_still_be_promised(shipped: Catalog) -> None:
    """通知四 speaks of the 证明事项: the excluded one is brought, the other one promised (通知五（二）)."""
    item = of_two(shipped.items[0], FITTING, EXCLUDED)
    fitting, excluded = item.proofs
    assert refusals(item, shipped, fitting) == []
    assert len(refusals(item, shipped, excluded)) == len(refusals(item, shipped, *item.proofs)) == 1


def test_every_excluded_proof_is_named(shipped: Catalog) -> None:
    """规程四（一）: all reasons at once."""
    told = "".join(refusals(of_two(shipped.items[0], EXCLUDED, EXCLUDED), shipped))
    assert "甲证明" in told and "乙证明" in told
