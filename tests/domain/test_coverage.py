"""How well the 清单 covers its ground: 权责清单, 领域, and candidates by 频次 × 难度 (规程一)."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.catalog import Candidate, Catalog, Frequency, Items, Judgement
from gaozhi_cli.domain.coverage import FieldCount, field_counts, orphans, ranked, score
from gaozhi_cli.domain.vocabulary import Level
from gaozhi_cli.storage.catalog_index import candidates
from gaozhi_cli.storage.home import Home
from tests.builders import TODAY, a_catalog
from tests.conftest import ROOT

# 规程一「特别是在户籍管理、市场主体准营、资格考试、社会保险、社会救助、健康体检、法律服务等方面」
NAMED = ["户籍管理", "市场主体准营", "资格考试", "社会保险", "社会救助", "健康体检", "法律服务"]
EARLY = date(2021, 10, 10)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with nothing of its own."""
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The complete fixture county."""
    folder = tmp_path_factory.mktemp("homes") / "complete"
    return Home(Path(shutil.copytree(ROOT / "tests" / "homes" / "complete", folder)))


@pytest.fixture(scope="module")
def shipped(empty: Home) -> Catalog:
    """The shipped catalog."""
    return a_catalog(empty.root)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def complete(whole: Home) -> Catalog:
    """The complete fixture county's catalog."""
    return a_catalog(whole.root)  # type: ignore[no-any-return]


def test_all_shipped_items_are_orphans_and_no_complete_one_is(shipped: Catalog, complete: Catalog) -> None:
    """规程一（结合本部门的权责清单进行梳理）: 附件1 gives none."""
    assert orphans(shipped, TODAY) == list(shipped.items) and len(shipped.items) == 67
    assert orphans(complete, TODAY) == [] == orphans(shipped, EARLY)


def test_an_orphan_is_an_item_in_force_without_duty(complete: Catalog) -> None:
    """One entry taken away, one item ended."""
    items = [
        item._replace(duty="") if item.no == "8"
        else item._replace(duty="", valid_until=date(2025, 12, 31)) if item.no == "9" else item
        for item in complete.items
    ]  # fmt: skip
    catalog = complete._replace(items=Items(items))
    assert [item.no for item in orphans(catalog, TODAY)] == ["8"]
    assert [item.no for item in orphans(catalog, date(2025, 12, 31))] == ["8", "9"]


def test_the_named_fields_stand_first_even_where_nothing_is_in_them(shipped: Catalog) -> None:
    """规程一 names seven; the shipped items have none, and the tool guesses none."""
    assert field_counts(shipped, TODAY) == [*(FieldCount(name, 0) for name in NAMED), FieldCount("", 67)]
    assert sum(count.items for count in field_counts(shipped, EARLY)) == 0


def test_the_fields_of_the_complete_county(complete: Catalog) -> None:
    """The county's own after the seven; each item in one, none left."""
    counts = field_counts(complete, TODAY)
    assert [count.name for count in counts[:7]] == NAMED and counts[-1] == FieldCount("", 0)
    told = {count.name: count.items for count in counts}
    by_hand = {name: sum(item.field == name for item in complete.items) for name in complete.fields}
    assert told == by_hand | {"": 0} and sum(told.values()) == 67
    assert told["社会保险"] == 10, "the ten rows of 社保中心, 16 to 25"


def test_the_candidates_of_the_complete_county_by_hand(whole: Home, empty: Home) -> None:
    """频次 × 难度 (低 1, 中 2, 高 3): reckoned on paper from candidates.yaml."""
    order = [(each.proof, score(each)) for each in ranked(candidates(whole))]
    assert order == [
        ("工作年限证明", 5200 * 2),
        ("户籍证明", 5200 * 1),
        ("家庭收入证明", 640 * 3),
        ("案件受理证明", 210 * 3),
        ("居住证明", 38 * 1),
    ]
    assert candidates(empty) == [], "no candidate is made up"


def one(cases: int, level: Level, matter: str = "事项") -> Candidate:
    """A candidate."""
    return Candidate("RS", matter, "证明", Frequency(cases, "2025", "虚构"), Judgement(level, "虚构"))


def test_hard_to_get_weighs_up_to_three_times_as_much() -> None:
    """规程一（使用频次较高或者获取难度较大）: either may bring a proof to the top."""
    rare, common = one(101, Level.HIGH), one(300, Level.LOW)
    assert [score(one(100, level)) for level in Level] == [100, 200, 300]
    assert ranked([common, rare]) == [rare, common]
    assert ranked([one(300, Level.LOW, "甲"), one(100, Level.HIGH, "乙"), one(150, Level.MIDDLE, "丙")]) == [
        one(300, Level.LOW, "甲"), one(100, Level.HIGH, "乙"), one(150, Level.MIDDLE, "丙"),
    ], "equal ones in the order of the file"  # fmt: skip


@settings(deadline=None, max_examples=100, database=None)
@given(st.lists(st.builds(one, st.integers(1, 10**9 - 1), st.sampled_from(Level))))
def test_ranking_loses_nothing_and_never_rises(found: list[Candidate]) -> None:
    """Any candidates: the same ones, by falling score."""
    order = ranked(found)
    assert sorted(order) == sorted(found)
    scores = [score(each) for each in order]
    assert scores == sorted(scores, reverse=True)
