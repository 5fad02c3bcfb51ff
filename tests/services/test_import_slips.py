"""导入清单, slips of those who keep the table: what would be lost, dead or mistaken (通知五（一）)."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from gaozhi_cli.domain.outline import outline
from gaozhi_cli.domain.versions import COLUMNS
from tests.services.test_import_catalog import Room, changed, printed, room, row_of, warm, wide

HEADINGS = tuple(COLUMNS.values())
LATER = date(2027, 6, 1)
__all__ = ["room", "warm"]  # fixtures


def cells(room: Room, id_: str, **typed: str) -> tuple[str, ...]:
    """A row of the wide sheet of the version in force, some cells typed over."""
    from gaozhi_cli.storage.catalog_index import open_catalog

    catalog = open_catalog(room.home, date(2026, 12, 31))
    item = catalog.item(id_)
    assert item is not None
    return wide(item, catalog, **typed)


@pytest.mark.parametrize(
    ("typed", "told"),
    [({"method": "现场核查"}, "只换了核查方式"), ({"proofs": printed()[23][3] + "。"}, "只换了核查方式")],
)
def test_a_structure_that_was_confirmed_stays(room: Room, typed: dict[str, str], told: str) -> None:
    """Item 24 asks by circumstance: another 核查方式, or a full stop, does not make it ask for all."""
    before = row_of(room.plan([printed()[23]]), "24")
    after = row_of(room.plan([row for row in changed(24, **typed) if row[0] == "24"]), "24")

    def shape(tree: Any) -> str:
        return re.sub("在线核查|现场核查", "", outline(tree))

    assert "按情形" in outline(before.tree) or "的：" in outline(before.tree)
    assert shape(after.tree) == shape(before.tree) and after.sure
    if "method" in typed:
        assert "在线核查" not in outline(after.tree) and told in "".join(after.notes)
    else:
        assert outline(after.tree) == outline(before.tree)


def test_a_structure_that_does_not_stay_is_told(room: Room) -> None:
    """Other words are read anew; that somebody had settled the structure before is said, and not sure."""
    words = printed()[23][3].replace("出国(境)定居证明", "出国定居证明")
    after = row_of(room.plan([row for row in changed(24, proofs=words) if row[0] == "24"]), "24")
    assert not after.sure and "没有沿用" in "".join(after.notes)


def test_a_renamed_item_is_asked_about(room: Room) -> None:
    """Five columns and another name: a new item, but the way to keep the old one is told."""
    new = row_of(room.plan([row for row in changed(8, matter="失业人员登记") if row[0] == "8"]), "8")
    assert new.new and "--same 8=rs-08" in "".join(new.notes)


def test_an_id_typed_wrongly_is_refused(room: Room) -> None:
    """rs-88 for what has always been rs-07: the row and the id it had."""
    message = room.refused([cells(room, "rs-07", id="rs-88")], headings=HEADINGS).message
    assert "rs-07" in message and "第 2 行" in message and COLUMNS["id"] in message


def test_what_is_listed_again_lives(room: Room) -> None:
    """An end that has passed is not carried into a later version that lists the item, and this is told."""
    ended = room.take([cells(room, "rs-07", valid_until="2027-01-10")], headings=HEADINGS)
    assert str(ended.items[0].valid_until) == "2027-01-10"
    five = [row for row in changed(7) if row[0] == "7"]
    plan = room.plan(five, "2027-06", LATER)
    assert "2027-01-10" in "".join(row_of(plan, "7").notes)
    again = room.take(five, "2027-06", LATER)
    assert again.items[0].valid_until is None


def test_an_end_before_the_first_day_is_refused(room: Room) -> None:
    """Listed and dead at once: the cell is named, with both ways out."""
    message = room.refused([cells(room, "rs-07", valid_until="2026-11-30")], headings=HEADINGS).message
    assert COLUMNS["valid_until"] in message and "清空这一格" in message and "删去这一行" in message


def test_a_gap_is_told(room: Room) -> None:
    """施行日期 months after the first day, for an item that runs today."""
    plan = room.plan([cells(room, "rs-07", valid_from="2027-07-01")], headings=HEADINGS)
    assert "2027-07-01 之前这一项不实行" in "".join(row_of(plan, "7").notes)
