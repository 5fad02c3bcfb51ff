"""审查材料: the list asks for the letter and for what no promise replaces, never for what one does."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaozhi_cli.domain.catalog import Catalog, Group, Item, leaves
from gaozhi_cli.domain.completeness import (
    AUTHORIZATION,
    LETTER,
    checklist,
    demanded_again,
    tell_by,
    unpromised,
)
from gaozhi_cli.domain.materials import Material
from gaozhi_cli.domain.parameters import Dated
from gaozhi_cli.domain.vocabulary import GroupKind
from gaozhi_cli.domain.workdays import WorkCalendar
from tests.builders import TODAY, a_catalog


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The shipped catalog."""
    return a_catalog(Path(tmp_path_factory.mktemp("home")))


def the(catalog: Catalog, no: str) -> Item:
    """The item with this 序号."""
    return catalog.items.by_no(no)[0]


def asked(item: Item, *promised: str, agent: bool = False) -> list[str]:
    """The list after what every case needs."""
    lines = [line.text for line in checklist(item, frozenset(promised), TODAY, agent=agent)]
    assert lines[0] == LETTER and (lines[1:2] == [AUTHORIZATION]) is agent
    return lines[2 if agent else 1 :]


def test_all_promised_nothing_to_bring(catalog: Catalog) -> None:
    """通知四: what the letter replaces is not asked for."""
    assert asked(the(catalog, "64"), "sc-64.1") == []
    assert asked(the(catalog, "14"), "rs-14.1", "rs-14.2", "rs-14.3") == []
    assert asked(the(catalog, "64"), "sc-64.1", agent=True) == []


def test_what_is_not_promised_is_brought(catalog: Catalog) -> None:
    """通知五（二）：应当提交…证明: each proof that the letter leaves out stands on a line of its own."""
    item = the(catalog, "14")
    certificate, receipt = asked(item, "rs-14.1")
    assert certificate == next(proof.name for proof in item.proofs if proof.id == "rs-14.2")
    assert "，或者" in receipt and receipt.endswith("（任选其一）")


def test_of_alternatives_one_is_enough(catalog: Catalog) -> None:
    """任选其一: where one is promised, the others are not asked for."""
    item = the(catalog, "5")
    assert isinstance(item.tree, Group) and item.tree.kind is GroupKind.ANY
    assert asked(item, "rs-05.1") == asked(item, "rs-05.2") == []
    (line,) = asked(item)
    assert "，或者" in line


def test_every_item_whole_or_not_at_all(catalog: Catalog) -> None:
    """With every proof promised nothing is left; with none, every proof of the tree is still there."""
    for item in catalog.items:
        ids = frozenset(proof.id for proof in item.proofs)
        assert unpromised(item.tree, ids) is None
        assert unpromised(item.tree, frozenset()) == item.tree


@given(st.data())
def test_no_promised_proof_is_left(catalog: Catalog, data: st.DataObject) -> None:
    """Whatever is promised, none of it stands in what is asked for; all else asked together does."""
    item = data.draw(st.sampled_from(list(catalog.items)))
    promised = frozenset(data.draw(st.sets(st.sampled_from([proof.id for proof in item.proofs]))))
    rest = unpromised(item.tree, promised)
    left = {leaf.proof.id for leaf in leaves(rest)} if rest is not None else set()
    assert not left & promised
    together = {leaf.proof.id for leaf in leaves(item.tree) if not leaf.choices}
    assert together - promised <= left


def test_what_the_county_asks_for_besides(catalog: Catalog) -> None:
    """规程四（一）: the county's own list with its source, from its first day to its last."""
    form, plan = Material("申请表", "虚构"), Material("平面图", "虚构", date(2026, 1, 1), date(2026, 1, 31))
    item = the(catalog, "64")._replace(materials=(form, plan))

    def besides(day: str) -> list[tuple[str, str]]:
        return [
            (line.text, line.clause)
            for line in checklist(item, frozenset({"sc-64.1"}), date.fromisoformat(day))[1:]
        ]

    assert besides("2025-12-31") == besides("2026-02-01") == [("申请表", "虚构")]
    assert besides("2026-01-01") == besides("2026-01-31") == [("申请表", "虚构"), ("平面图", "虚构")]


@pytest.mark.parametrize(
    ("line", "found"),
    [("请提交营业执照", True), ("补交《营业执照》复印件", True), ("补交 营业 执照", True), ("平面图", False)],
)
def test_a_demand_is_recognised_by_its_name(line: str, found: bool) -> None:
    """通知四：不再索要有关证明, whatever the marks around the name."""
    assert bool(demanded_again([line], ["《营业执照》"])) is found
    assert demanded_again([line], []) == demanded_again([line], ["《》"]) == []


@pytest.mark.parametrize("line", ["就业创业证", "《就业创业证》原件", "请提交创业者《就业创业证》复印件"])
def test_a_demand_is_recognised_by_a_title_in_the_name(line: str) -> None:
    """The paper named within the printed name; a law named there is no paper."""
    names = ["创业者《就业创业证》复印件", "符合《就业促进条例》的说明"]
    (problem,) = demanded_again([line, "按《就业促进条例》补签名"], names)
    assert names[0] in problem.message


def test_the_office_tells_within_its_period() -> None:
    """规程四（一）: counted in working days from the day the materials came; none where none is set."""
    calendar = WorkCalendar(published=frozenset({2026}))
    period = (Dated(date(2026, 1, 1), "5", "示例"),)
    found = tell_by(date(2026, 11, 20), period, calendar)
    assert found is not None and found[0].day == date(2026, 11, 27) and found[1].source == "示例"
    assert tell_by(date(2025, 12, 31), period, calendar) is None
    assert tell_by(date(2026, 11, 20), (), calendar) is None
