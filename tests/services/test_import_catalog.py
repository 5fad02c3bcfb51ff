"""导入清单 in this process: which row is which item, what is carried on, refused, journalled."""

from __future__ import annotations

import csv
import functools
import io
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gaozhi_cli.cli.catalog_import import Wanted, _known, _name_is_free
from gaozhi_cli.domain.catalog import Catalog, Item
from gaozhi_cli.domain.cells import cells_of, printed_cells
from gaozhi_cli.domain.importing.plan import plan_import
from gaozhi_cli.domain.importing.values import Plan
from gaozhi_cli.domain.problem import BadInput, GaozhiError, NotReady
from gaozhi_cli.domain.versions import COLUMNS, Change, ChangeKind, diff
from gaozhi_cli.services.import_catalog import Asked, Imported, Staged, import_catalog, stage_import
from gaozhi_cli.storage import strict_yaml
from gaozhi_cli.storage.catalog_index import open_catalog, versions
from gaozhi_cli.storage.catalog_table import read_catalog_table
from gaozhi_cli.storage.home import Home
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.verify import verify
from tests.builders import a_ledger, an_occasion

FIRST, DAY, LATER, LAST = "2021-10-11", date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1)
HEADINGS = ("序号", "承办单位", "行政事项名称", "实行告知承诺制的证明事项", "核查方式")
WIDE = tuple(COLUMNS.values())
QX = "荥阳市气象局"
SC = "荥阳市市场监督管理局"
NEW = ("68", QX, "某事项", "某证明", "在线核查")
FEW = (4, 14, 63, 64, 65)  # of the 67: a small table is soon compiled
Rows = Sequence[Sequence[str]]


@functools.cache
def shipped_catalog() -> Catalog:
    """The shipped first version, read once."""
    with tempfile.TemporaryDirectory() as folder:
        catalog = open_catalog(Home(Path(folder)))
        return catalog._replace(items=type(catalog.items).__base__(catalog.items.everything()))


@functools.cache
def printed() -> tuple[tuple[str, ...], ...]:
    """The 67 rows of 附件1 as they are printed."""
    catalog = shipped_catalog()
    return tuple(printed_cells(item, catalog) for item in catalog.items)


def without(*numbers: int) -> list[tuple[str, ...]]:
    """A few of the printed rows but some."""
    return [printed()[no - 1] for no in FEW if no not in numbers]


def changed(no: int, **cells: str) -> list[tuple[str, ...]]:
    """A few of the printed rows with some cells of one of them changed."""
    places = {"no": 0, "office": 1, "matter": 2, "proofs": 3, "method": 4}
    row = list(printed()[no - 1])
    for key, text in cells.items():
        row[places[key]] = text
    return sorted([*without(no), tuple(row)], key=lambda each: int(each[0]))


def changes(before: Catalog, after: Catalog) -> list[Change]:
    """What changed or came new; that the rows which a small table leaves out end is understood."""
    return [change for change in diff(before, after) if change.change is not ChangeKind.REMOVED]


def wide(item: Item, catalog: Catalog, **cells: str) -> tuple[str, ...]:
    """A row of the wide sheet, some of its cells changed."""
    known = cells_of(item, catalog) | cells
    return tuple(known[key] for key in COLUMNS)


def a_csv(path: Path, rows: Rows, headings: Sequence[str] = HEADINGS, encoding: str = "utf-8-sig") -> Path:
    """A table as a csv file."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([headings, *rows])
    path.write_bytes(text.getvalue().encode(encoding))
    return path


class Desk(NamedTuple):
    """As much of a desk as an import is made against."""

    home: Home
    settings: Any = None


class Room:
    """A home with the shipped 清单 to import into."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root)
        self.folder = root / "catalog" / "versions"
        self.file = root.parent / "清单.csv"
        self._ledger: Ledger | None = None

    @property
    def ledger(self) -> Ledger:
        self._ledger = self._ledger or a_ledger(self.home.root)
        return self._ledger

    def close(self) -> None:
        if self._ledger is not None:
            self._ledger.close()

    def plan(
        self,
        rows: Rows,
        version: str = "2026-12",
        effective: date = DAY,
        same: Mapping[str, str] | None = None,
        dept: str | None = None,
        headings: Sequence[str] = HEADINGS,
    ) -> Plan:
        """What importing these rows would make."""
        desk = Desk(self.home, SimpleNamespace(ledger=str(self.home.root / "none.db")))
        _name_is_free(desk, Wanted(version, effective), "f" * 64)  # type: ignore[arg-type]
        known = _known(desk, effective)  # type: ignore[arg-type]
        return plan_import(
            read_catalog_table(a_csv(self.file, rows, headings)),
            known,
            version=version,
            effective=effective,
            title=known.base.title,
            source=self.file.name,
            same=same or {},
            office=known.base.office(dept) if dept else None,
        )

    def stage(self, plan: Plan) -> Staged:
        return stage_import(plan, self.home, self.folder)

    def finish(self, plan: Plan, staged: Staged, request_id: str | None = None) -> Imported:
        occasion = an_occasion(request_id=request_id)
        return import_catalog(plan, staged, ledger=self.ledger, occasion=occasion, asked=Asked("f" * 64, {}))

    def take(self, rows: Rows, version: str = "2026-12", effective: date = DAY, **more: Any) -> Catalog:
        """Import these rows; the version that they make."""
        plan = self.plan(rows, version, effective, **more)
        staged = self.stage(plan)
        self.finish(plan, staged)
        return staged.catalog

    def refused(self, rows: Rows, **more: Any) -> BadInput:
        """Why importing these rows is refused; nothing is left of it."""
        with pytest.raises(BadInput) as caught:
            self.stage(self.plan(rows, **more))
        assert self.names() == [] and not (self.home.root / "ledger.db").exists()
        return caught.value

    def names(self) -> list[str]:
        """What stands under catalog/versions."""
        return sorted(path.name for path in self.folder.iterdir()) if self.folder.is_dir() else []

    def entries(self, version: str = "2026-12") -> list[dict[str, Any]]:
        """What the journal says of a version's imports."""
        return [json.loads(entry["detail"]) for entry in self.ledger.history(version)]


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose shipped 清单 has been compiled."""
    root = tmp_path_factory.mktemp("warm") / "home"
    root.mkdir()
    open_catalog(Home(root))
    return root


@pytest.fixture
def room(warm: Path, tmp_path: Path) -> Iterator[Room]:
    """A home of its own for a test."""
    made = Room(Path(shutil.copytree(warm, tmp_path / "home")))
    yield made
    made.close()


def item(catalog: Catalog, id_: str) -> Item:
    """An item that must be there."""
    found = catalog.item(id_)
    assert found is not None
    return found


def row_of(plan: Plan, no: str) -> Any:
    """A planned row by its number."""
    return next(row for row in plan.rows if row.no == no)


def proofs(item: Item) -> list[tuple[str, str]]:
    """Ids and names of an item's proofs."""
    return [(proof.id, proof.name) for proof in item.proofs]


# which row is which item; ids


def test_the_printed_table_is_the_first_version_again(room: Room) -> None:
    """Every row finds its item, with the reading that was confirmed; nothing is new, nothing ends."""
    plan = room.plan(printed())
    assert [row.id for row in plan.rows] == [item.id for item in shipped_catalog().items]
    assert all(row.sure and not row.new for row in plan.rows) and plan.ended == ()
    assert diff(shipped_catalog(), room.stage(plan).catalog) == []


def test_moved_rows_keep_their_ids(room: Room) -> None:
    """A row put in before others: their numbers move, their ids do not, and the new one takes none."""
    above, below = printed()[:63], printed()[63:]
    moved = [(str(int(no) + 1), *rest) for no, *rest in below]
    catalog = room.take([*above, ("64", SC, "插入的事项", "某证明", "免于核查"), *moved])
    assert item(catalog, "sc-64").no == "65" and item(catalog, "sc-64").matter == "个体工商户设立登记"
    assert item(catalog, "sc-64-2").matter == "插入的事项"
    assert {(change.field, change.change.value) for change in diff(shipped_catalog(), catalog)} == {
        ("no", "changed"),
        ("", "added"),
    }


def test_a_new_name_is_a_new_item_unless_somebody_says_otherwise(room: Room) -> None:
    """更名 is never guessed: the old ends, the new begins, the id of the old is not used again."""
    plan = room.plan(changed(64, matter="个体户开业"))
    assert (row_of(plan, "64").id, row_of(plan, "64").new) == ("sc-64-2", True)
    assert "sc-64" in [item.id for item in plan.ended]


@pytest.mark.parametrize("id_", ["sc-64", "SC-64"])
def test_an_item_renamed_on_purpose_keeps_its_id(room: Room, id_: str) -> None:
    """--same 64=sc-64: the matter changes, the proofs keep their ids."""
    catalog = room.take(changed(64, matter="个体户开业"), same={"64": id_.lower()})
    assert [(c.item, c.field, c.old, c.new) for c in changes(shipped_catalog(), catalog)] == [
        ("sc-64", "matter", "个体工商户设立登记", "个体户开业")
    ]
    assert proofs(item(catalog, "sc-64")) == [("sc-64.1", "经营场所证明")]


def test_a_renamed_item_goes_by_either_name_afterwards(room: Room) -> None:
    """The next table may write the one or the other; its id stays."""
    room.take(changed(64, matter="个体户开业"), same={"64": "sc-64"})
    for matter in ("个体户开业", "个体工商户设立登记"):
        rows = [("sc-64", *printed()[63][:2], matter, *printed()[63][3:])]
        plan = room.plan(rows, "2027-01", LATER, headings=("事项代号", *HEADINGS))
        assert row_of(plan, "64").id == "sc-64", matter


def test_an_id_is_never_used_for_another_matter(room: Room) -> None:
    """事项代号 with another matter is refused, naming file, row, column and the way out."""
    rows = [("sc-64", "64", SC, "另一件事", "某证明", "免于核查")]
    problem = room.refused(rows, headings=("事项代号", *HEADINGS)).problems[0]
    assert problem.message.startswith("清单.csv 第 2 行“事项代号”：")
    assert "sc-64 一直是“个体工商户设立登记”" in problem.message and "--same 64=sc-64" in problem.message


def test_an_id_that_has_ended_is_not_used_for_another_matter_either(room: Room) -> None:
    """All versions count, not only the one before."""
    room.take(without(64))
    rows = [("sc-64", "64", SC, "另一件事", "某证明", "免于核查")]
    with pytest.raises(BadInput, match="sc-64 一直是"):
        room.plan(rows, "2027-01", LATER, headings=("事项代号", *HEADINGS))
    plan = room.plan(changed(64, matter="另一件事"), "2027-01", LATER)
    assert row_of(plan, "64").id == "sc-64-2"


def test_an_id_twice_is_refused(room: Room) -> None:
    """By the column or by --same."""
    rows = [("qx-68", *NEW), ("qx-68", "69", *NEW[1:])]
    assert "qx-68 在表中出现两次" in room.refused(rows, headings=("事项代号", *HEADINGS)).message
    assert "sc-64 在表中出现两次" in room.refused(printed(), same={"64": "sc-64", "65": "sc-64"}).message


@pytest.mark.parametrize("id_", ["../a", "a b", "sc_64", "中文", "-", "=1+1", "a" * 41, "a/b", "{{x}}"])
def test_an_id_that_could_not_name_a_file_is_refused(room: Room, id_: str) -> None:
    """办事指南 and 空白承诺书 are written under it."""
    error = room.refused([(id_, *NEW)], headings=("事项代号", *HEADINGS))
    assert "id" in error.message or "代号" in error.message


def test_a_bad_id_is_told_at_its_row_and_column(room: Room) -> None:
    """The file that was imported, not one that nobody has seen."""
    error = room.refused([("../a", *NEW)], headings=("事项代号", *HEADINGS))
    assert "清单.csv 第 2 行“事项代号”" in error.message


@pytest.mark.parametrize("id_", ["1", "sc-64.1", "2027"])
def test_an_id_that_means_something_else_is_refused(room: Room, id_: str) -> None:
    """``--item 1`` would mean two items; sc-64.1 is a proof of sc-64."""
    with pytest.raises(BadInput, match="事项代号"):
        room.plan([(id_, *NEW)], headings=("事项代号", *HEADINGS))


@pytest.mark.parametrize("same", [{"999": "sc-64"}, {"64": "sc-999"}, {"064": "sc-64"}])
def test_a_wrong_same_is_told(room: Room, same: dict[str, str]) -> None:
    """A slip there would end an item and begin another (064 may also be understood as 64)."""
    try:
        plan = room.plan(changed(64, matter="个体户开业"), same=same)
    except GaozhiError:
        return
    assert row_of(plan, "64").id == "sc-64"


def test_an_item_that_comes_back_is_the_old_one(room: Room) -> None:
    """Dropped, then in the table again: its id and its proofs' ids."""
    assert room.take(without(64)).item("sc-64") is None
    catalog = room.take(printed(), "2027-01", LATER)
    assert item(catalog, "sc-64") == item(shipped_catalog(), "sc-64")


@pytest.mark.parametrize("no", [4, 24])
def test_an_item_that_comes_back_keeps_the_reading_that_was_confirmed(room: Room, no: int) -> None:
    """For the same printed words nobody is asked twice, and no tool's guess takes its place."""
    room.take(without(no))
    plan = room.plan([printed()[no - 1]], "2027-01", LATER)
    before = shipped_catalog().items[no - 1]
    assert row_of(plan, str(no)).tree == before.tree and row_of(plan, str(no)).sure


def test_a_proof_keeps_its_id_and_no_other_proof_gets_it(room: Room) -> None:
    """经营场所证明 is sc-64.1 for ever; 另一证明 counts on from the highest there ever was."""
    steps = {
        "另一证明": [("sc-64.2", "另一证明")],
        "第三证明；经营场所证明": [("sc-64.3", "第三证明"), ("sc-64.1", "经营场所证明")],
        "另一证明；第四证明": [("sc-64.2", "另一证明"), ("sc-64.4", "第四证明")],
        "经营场所证明": [("sc-64.1", "经营场所证明")],
    }
    for month, (words, expected) in enumerate(steps.items(), start=1):
        catalog = room.take(changed(64, proofs=words), f"2027-{month:02}", date(2027, month, 1))
        assert proofs(item(catalog, "sc-64")) == expected


def test_a_proof_id_written_in_the_table_stays_with_its_proof(room: Room) -> None:
    """As 事项代号 does with its matter."""
    catalog = shipped_catalog()
    row = wide(item(catalog, "sc-64"), catalog, proofs="另一证明", tree="sc-64.1 另一证明【免于核查】")
    with pytest.raises(BadInput):
        room.plan([row], headings=WIDE)


@pytest.mark.parametrize("cells", [{"proofs": "另一证明"}, {"method": "现场核查"}])
def test_words_that_contradict_the_structure_are_told(room: Room, cells: dict[str, str]) -> None:
    """An office corrects the printed words in the wide sheet and forgets 证明结构: never in silence."""
    catalog = shipped_catalog()
    try:
        plan = room.plan([wide(item(catalog, "sc-64"), catalog, **cells)], headings=WIDE)
    except BadInput:
        return
    assert not plan.rows[0].sure or plan.rows[0].tree != item(catalog, "sc-64").tree


def test_a_printed_name_that_differs_from_the_items_own_is_known(room: Room) -> None:
    """A county that shortened ``matter`` and kept ``printed`` can import what it exports."""
    words = dict(zip(("office", "matter", "proofs", "method"), printed()[13][1:], strict=True))
    own = room.home.catalog / "items" / "rs.yaml"
    own.parent.mkdir(parents=True)
    entry = {"id": "rs-14", "matter": "职业技能鉴定补贴", "printed": words}
    own.write_text(json.dumps({"office": "RS", "items": [entry]}, ensure_ascii=False), "utf-8")
    before = open_catalog(room.home)
    catalog = room.take([printed_cells(item(before, "rs-14"), before)])
    assert changes(before, catalog) == []


# what takes whose place


def replacing(no: str, matter: str, old: str) -> tuple[str, ...]:
    """A row that takes the place of another item."""
    return no, SC, matter, "经营场所证明", "免于核查", old


@pytest.mark.parametrize("old", ["64", "sc-64", "SC-64"])
def test_the_item_that_was_replaced_is_kept_by_id(room: Room, old: str) -> None:
    """取代 by row number of the version before, or by id."""
    rows = [*((*row, "") for row in without(64)), replacing("68", "个体户开业", old)]
    catalog = room.take(rows, headings=(*HEADINGS, "取代"))
    assert item(catalog, "sc-68").replaces == ("sc-64",)


def test_several_that_were_replaced(room: Room) -> None:
    """两项并一项."""
    rows = [*((*row, "") for row in without(64, 65)), replacing("68", "个体户登记", "64、sc-65")]
    assert item(room.take(rows, headings=(*HEADINGS, "取代")), "sc-68").replaces == ("sc-64", "sc-65")


@pytest.mark.parametrize("old", ["65", "sc-65", "999", "无"])
def test_only_what_has_gone_can_be_replaced(room: Room, old: str) -> None:
    """An item that stays, or never was, is named with its row and column."""
    rows = [*((*row, "") for row in without(64)), replacing("68", "个体户开业", old)]
    error = room.refused(rows, headings=(*HEADINGS, "取代"))
    assert "清单.csv 第 6 行“取代”" in error.message and f"“{old}”" in error.message


def test_the_version_after_a_replacement_can_be_imported(room: Room) -> None:
    """The next table, five columns or wide, still holds the item that once replaced another."""
    rows = [*((*row, "") for row in without(64)), replacing("68", "个体户开业", "64")]
    before = room.take(rows, headings=(*HEADINGS, "取代"))
    five = room.take([row[:5] for row in rows], "2027-01", LATER)
    full = room.take([wide(each, five) for each in five.items], "2027-02", LAST, headings=WIDE)
    assert diff(before, five) == diff(five, full) == []
    assert item(full, "sc-68").replaces == ("sc-64",)


# 全部栏目


FILLED = {
    "code": "XN0014", "duty": "权责清单第14项", "field": "社会保险", "frequency": "120｜2025｜窗口统计",
    "difficulty": "高｜需要到外地开具", "risk": "低｜可以追回", "channels": "线上、线下",
    "basis": "某法｜2020｜5｜1｜2｜应当提交｜司法局\nrs-14.1：某规｜｜6｜｜｜提交证书｜司法局",
    "content": "证明甲\nrs-14.2：在有效期内", "issuer": "人社部门｜目录", "standard": "一致",
    "period": "10｜2026-01-01｜县决定", "assessment": "可以适用｜公共安全｜理由｜评估人｜2026-01-05",
    "agent": "可以｜法定监护人可以｜规定", "disclosure": "公开｜规定", "disclosure_period": "一年",
    "triggers": "公共利益、核查难度", "contact_person": "测试联系人", "contact_phone": "0371-00000000",
    "valid_from": "2026-12-01", "valid_until": "2030-01-01",
}  # fmt: skip


def filled_in(room: Room, **cells: str) -> list[tuple[str, ...]]:
    """A few rows of the wide sheet of the shipped 清单 with cells of item 14 filled in."""
    catalog = shipped_catalog()
    few = [catalog.items[no - 1] for no in FEW]
    return [wide(each, catalog, **(cells if each.id == "rs-14" else {})) for each in few]


def test_every_cell_of_the_wide_sheet_comes_back(room: Room) -> None:
    """What an office fills in is in the version, and exported again it makes the same version."""
    catalog = room.take(filled_in(room, **FILLED), headings=WIDE)
    told = {change.field: change.new for change in changes(shipped_catalog(), catalog)}
    assert told == FILLED
    again = room.take([wide(each, catalog) for each in catalog.items], "2027-01", LATER, headings=WIDE)
    assert diff(catalog, again) == []


def test_a_table_of_five_columns_keeps_what_was_filled_in(room: Room) -> None:
    """The printed table of next year does not empty the county's work."""
    before = room.take(filled_in(room, **FILLED), headings=WIDE)
    assert diff(before, room.take(without(), "2027-01", LATER)) == []


@pytest.mark.parametrize("key", ["code", "basis", "valid_until", "issuer"])
def test_a_cell_that_was_emptied_is_empty(room: Room, key: str) -> None:
    """The sheet has the column: what it does not say any more is gone."""
    before = room.take(filled_in(room, **FILLED), headings=WIDE)
    rows = [wide(each, before, **({key: ""} if each.id == "rs-14" else {})) for each in before.items]
    catalog = room.take(rows, "2027-01", LATER, headings=WIDE)
    assert cells_of(item(catalog, "rs-14"), catalog)[key] == ""


def test_details_of_a_proof_that_has_gone_go_with_it(room: Room) -> None:
    """And stay where the proof stays."""
    details = "rs-14.1：甲单位\nrs-14.2：乙单位"
    room.take(filled_in(room, issuer=details), headings=WIDE)
    catalog = room.take(changed(14, proofs="1. 就业创业证；2. 学历证书"), "2027-01", LATER)
    assert [(proof.id, proof.name, proof.issuer) for proof in item(catalog, "rs-14").proofs] == [
        ("rs-14.1", "就业创业证", "甲单位"),
        ("rs-14.5", "学历证书", ""),
    ]


CANNOT_BE_READ = [
    ("frequency", "很多"), ("frequency", "120"), ("frequency", "120｜2025"), ("frequency", "-1｜2025｜统计"),
    ("difficulty", "极高｜理由"), ("difficulty", "高"), ("risk", "x"), ("basis", "某法"),
    ("basis", "某法｜2020｜5"), ("basis", "｜｜5｜｜｜原文｜来源"), ("period", "十天"), ("period", "10"),
    ("assessment", "可以"), ("assessment", "也许｜领域｜理由｜人｜2026-01-05"), ("agent", "也许"),
    ("agent", "可以｜爷爷｜出处"), ("disclosure", "也许"), ("tree", "乱写"), ("tree", "全部："),
    ("tree", "rs-14.1 证书【电话核查】"), ("tree", "rs-08.1 证书【现场核查】"),
]  # fmt: skip
READ_ONLY_WHEN_COMPILED = [
    ("field", "没有的领域"), ("frequency", "0｜2025｜统计"), ("frequency", "９９｜2025｜统计"),
    ("frequency", "99999999999｜2025｜统计"), ("channels", "电话"), ("period", "10｜2026-02-30｜决定"),
    ("period", "0｜2026-01-01｜决定"), ("assessment", "可以适用｜领域｜理由｜人｜昨天"),
    ("triggers", "乱写"), ("valid_from", "明天"), ("valid_until", "2026-13-01"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "text"), CANNOT_BE_READ)
def test_a_cell_that_cannot_be_read_is_told_with_its_place(room: Room, key: str, text: str) -> None:
    """File, row and column; nothing is staged."""
    catalog = shipped_catalog()
    error = room.refused([wide(item(catalog, "rs-14"), catalog, **{key: text})], headings=WIDE)
    assert f"清单.csv 第 2 行“{COLUMNS[key]}”：" in error.message
    assert {problem.field for problem in error.problems} == {key}


@pytest.mark.parametrize(("key", "text"), READ_ONLY_WHEN_COMPILED)
def test_a_value_that_the_catalog_does_not_take_is_refused(room: Room, key: str, text: str) -> None:
    """A word or date that is none; nothing is left."""
    catalog = shipped_catalog()
    cells = {"disclosure": "公开｜规定"} | {key: text}
    error = room.refused([wide(item(catalog, "rs-14"), catalog, **cells)], headings=WIDE)
    assert any(word in error.message for word in text.split("｜"))


@pytest.mark.parametrize(("key", "text"), READ_ONLY_WHEN_COMPILED)
def test_a_value_that_the_catalog_does_not_take_is_told_with_its_place(
    room: Room, key: str, text: str
) -> None:
    """An office knows its table, not the folder that the version would have had."""
    catalog = shipped_catalog()
    cells = {"disclosure": "公开｜规定"} | {key: text}
    error = room.refused([wide(item(catalog, "rs-14"), catalog, **cells)], headings=WIDE)
    assert f"清单.csv 第 2 行“{COLUMNS[key]}”：" in error.message


def test_all_that_is_wrong_is_told_at_once(room: Room) -> None:
    """Seven cells: seven problems; the sentence names five and how many there are."""
    wrong = {"frequency": "x", "difficulty": "x", "risk": "x", "basis": "x", "period": "x", "agent": "x"}
    catalog = shipped_catalog()
    rows = [wide(item(catalog, "rs-14"), catalog, disclosure="x", **wrong)]
    error = room.refused(rows, headings=WIDE)
    assert {problem.field for problem in error.problems} == {*wrong, "disclosure"}
    assert "等 7 处" in error.message and all(problem.clause for problem in error.problems)


@pytest.mark.parametrize("key", ["disclosure_period", "triggers"])
def test_details_of_a_disclosure_nobody_decided_are_refused(room: Room, key: str) -> None:
    """公开时限 without 公开."""
    catalog = shipped_catalog()
    rows = [wide(item(catalog, "rs-14"), catalog, **{key: FILLED[key]})]
    assert "没有写公开还是不公开" in room.refused(rows, headings=WIDE).message


@pytest.mark.parametrize("line", ["rs-14.9：一句", "rs-08.1：一句", "RS-14.1：一句"])
def test_a_line_of_a_proof_that_is_not_the_items_is_told(room: Room, line: str) -> None:
    """A mistyped proof id must not print in the letter as 证明的内容."""
    catalog = shipped_catalog()
    plan = None
    with suppress(BadInput):
        plan = room.plan([wide(item(catalog, "rs-14"), catalog, content=line)], headings=WIDE)
    assert plan is None or "content" not in plan.rows[0].entry


def test_a_colon_in_a_proofs_line_stays(room: Room) -> None:
    """rs-14.1：10:30 is 10:30."""
    catalog = shipped_catalog()
    plan = room.plan([wide(item(catalog, "rs-14"), catalog, content="rs-14.1：比对 10:30")], headings=WIDE)
    assert plan.rows[0].entry["proof_details"]["rs-14.1"]["content"] == ["比对 10:30"]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("basis", "某法｜2020｜5｜1｜2｜甲|乙｜司法局"),
        ("issuer", "甲|乙"),
        ("assessment", "可以适用｜公共安全｜甲|乙｜丁｜2026-01-05"),
    ],
)
def test_a_bar_in_a_text_comes_back(room: Room, key: str, text: str) -> None:
    """What was exported can be imported (catalog_sheet)."""
    catalog = room.take(filled_in(room, **{key: text}), headings=WIDE)
    assert cells_of(item(catalog, "rs-14"), catalog)[key] == text
    again = room.take([wide(each, catalog) for each in catalog.items], "2027-01", LATER, headings=WIDE)
    assert diff(catalog, again) == []


# the county's own filling in


def own(room: Room, entry: dict[str, Any]) -> Catalog:
    """The home with the county's own entry for item 14; its first version."""
    path = room.home.catalog / "items" / "rs.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"office": "RS", "items": [{"id": "rs-14", **entry}]}
    path.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    return open_catalog(room.home, DAY)


OWN: list[dict[str, Any]] = [
    {"code": "X1"},
    {"frequency": {"count": "120", "year": "2025", "source": "统计"}},
    {"agent": {"allowed": "是", "source": "规定"}},
    {"disclosure": {"public": "是", "period": "一年", "triggers": ["公共利益"], "source": "规定"}},
    {"contact": {"person": "测试联系人", "phone": "0371-00000000"}},
    {"issuer": "甲单位", "standard": "一致"},
    {"proof_details": {"rs-14.1": {"issuer": "甲单位"}, "rs-14.2": {"content": ["一句"]}}},
    {"channels": ["线上", "线下"], "content": ["一句", "两句"]},
]
OWN_WRITTEN_OTHERWISE: list[dict[str, Any]] = [
    {"channels": "线上"},
    {"content": "单行"},
    {"verification": {"period": "10", "since": "2026-01-01", "source": "决定"}},
    {"proof_details": {f"rs-14.{n}": {"issuer": "甲单位"} for n in (1, 2, 3, 4)}},
    {"content": ["第一行\n第二行"]},
    {"content": ["rs-14.1：不是只就一项证明说的"]},
    {"basis": [{"law": "某法", "article": "5", "text": "第一行\n第二行", "source": "甲|乙"}]},
]


@pytest.mark.parametrize("entry", [*OWN, *OWN_WRITTEN_OTHERWISE], ids=lambda entry: ",".join(entry))
def test_the_same_as_the_countys_own_is_no_contradiction(room: Room, entry: dict[str, Any]) -> None:
    """An office sends back the wide sheet it was given: nothing changes, and nothing is written twice."""
    before = own(room, entry)
    plan = room.plan([wide(item(before, "rs-14"), before)], headings=WIDE)
    assert set(row_of(plan, "14").entry) <= {"id", "no", "printed", "proofs", "reading", "matter"}
    assert changes(before, room.stage(plan).catalog) == []


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("code", "X2"),
        ("contact_person", "别人"),
        ("frequency", "1｜2020｜x"),
        ("agent", "不可以"),
        ("issuer", "乙"),
    ],
)
def test_what_contradicts_the_countys_own_is_refused(room: Room, key: str, text: str) -> None:
    """It would not show: what the county has written lies over every version."""
    entry = {
        "code": "X1", "contact": {"person": "测试联系人"}, "agent": {"allowed": "是"}, "issuer": "甲",
        "frequency": {"count": "120", "year": "2025", "source": "统计"},
    }  # fmt: skip
    before = own(room, entry)
    error = room.refused([wide(item(before, "rs-14"), before, **{key: text})], headings=WIDE)
    assert f"第 2 行“{COLUMNS[key]}”：" in error.message and "catalog/items/" in error.message


# one office's part


def part(rows: Rows, dept: str) -> list[Sequence[str]]:
    """The rows of one office."""
    return [row for row in rows if row[1] == shipped_catalog().office(dept).name]


def test_a_part_changes_that_office_alone(room: Room) -> None:
    """The rows of the others are the same to the last byte of their files in the next version too."""
    rows = [*part(printed(), "SC")[:-2], *part(changed(64, proofs="另一证明"), "SC")[-2:-1]]
    catalog = room.take(rows, dept="SC")
    assert {(c.item, c.change.value) for c in diff(shipped_catalog(), catalog)} == {
        ("sc-64", "changed"),
        ("sc-65", "removed"),
    }
    others = {path.name: path.read_bytes() for path in (room.folder / "2026-12" / "items").glob("*.yaml")}
    room.take(part(printed(), "SC"), "2027-01", LATER, dept="SC")
    again = {path.name: path.read_bytes() for path in (room.folder / "2027-01" / "items").glob("*.yaml")}
    assert others.keys() == again.keys()
    assert {name for name in others if others[name] != again[name]} == {"sc.yaml"}


def test_a_part_keeps_what_others_had_filled_in(room: Room) -> None:
    """人社局's cells stay when 市监局 sends its rows."""
    before = room.take(filled_in(room, **FILLED), headings=WIDE)
    after = room.take(part(changed(64, proofs="另一证明"), "SC"), "2027-01", LATER, dept="SC")
    assert {change.item for change in diff(before, after)} == {"sc-64"}
    assert cells_of(item(after, "rs-14"), after)["basis"] == FILLED["basis"]


def test_a_row_of_another_office_is_refused(room: Room) -> None:
    """--dept is a promise about all rows."""
    error = room.refused([*part(printed(), "RS"), printed()[66]], dept="RS")
    assert "清单.csv 第 16 行“承办单位”" in error.message and "气象局" in error.message


def test_a_number_of_another_office_is_refused(room: Room) -> None:
    """序号 are those of the whole 清单."""
    row = ("16", shipped_catalog().office("RS").name, "新事项", "某证明", "在线核查")
    error = room.refused([*part(printed(), "RS"), row], dept="RS")
    assert "清单.csv 第 16 行“序号”" in error.message and "sb-16" in error.message


def test_an_item_of_another_office_is_not_taken(room: Room) -> None:
    """By its id or by --same."""
    row = (
        "68",
        shipped_catalog().office("RS").name,
        "个人账户一次性支付（在职死亡）",
        "死亡证明",
        "在线核查",
    )
    assert "sb-16" in room.refused([("sb-16", *row)], dept="RS", headings=("事项代号", *HEADINGS)).message
    assert "sb-16" in room.refused([row], dept="RS", same={"68": "sb-16"}).message


def test_an_item_of_another_office_is_told_at_its_row(room: Room) -> None:
    """In the table that was sent."""
    row = (
        "sb-16",
        "68",
        shipped_catalog().office("RS").name,
        "个人账户一次性支付（在职死亡）",
        "甲证明",
        "在线核查",
    )
    error = room.refused([row], dept="RS", headings=("事项代号", *HEADINGS))
    assert "清单.csv 第 2 行" in error.message


def test_an_office_nobody_has_registered_is_refused_once(room: Room) -> None:
    """It is told how; not for every row."""
    rows = [
        ("68", "荥阳市没有局", "事项一", "某证明", "在线核查"),
        ("69", "荥阳市没有局", "事项二", "某证明", "在线核查"),
    ]
    error = room.refused(rows)
    assert len(error.problems) == 1 and "catalog/offices.yaml" in error.message
    assert "清单.csv 第 2 行“承办单位”" in error.message


def test_a_new_office_needs_one_entry(room: Room) -> None:
    """Written in the county's own offices.yaml, it is known by any of its names."""
    (room.home.catalog).mkdir()
    text = "offices:\n  - {code: YJ, name: 荥阳市应急管理局, short: [应急局]}\n"
    (room.home.catalog / "offices.yaml").write_text(text, "utf-8")
    for name in ("荥阳市应急管理局", "应急局", "YJ", " 应急局 "):
        plan = room.plan([("68", name, "某事项", "某证明", "在线核查")])
        assert (plan.rows[0].id, plan.rows[0].office) == ("yj-68", "YJ")


# texts


TEXTS = [
    "=1+1", "+1", "-1", "@SUM(1)", "<b>", "&amp;", "{{x}}", "{% x %}", "𠮷㛃", "- a: b", "#井", "a #b", "&x",
    "*x", "!tag", "'", '"', "a: b", "否", "2026-01-01", "null", "~", "[a]", "{a: b}", "|", ">", "%x", "@x",
    "`x", "? a", "---", "0101", "12:30", "\\n", "全部：", "情形 甲：", "rs-02.1 甲", "· 甲", "- 甲",
    "名称【在线核查】", "e\u0301", "'=1",
]  # fmt: skip


def test_texts_of_any_kind_are_carried_faithfully(room: Room) -> None:
    """As matter and as proof: in the plan, in the YAML, in the version, and back in the next one."""
    rows = [(str(n), QX, f"{text}甲", f"{text}乙", "在线核查") for n, text in enumerate(TEXTS, start=100)]
    bare = [(str(n), QX, text, text, "在线核查") for n, text in enumerate(TEXTS, start=200)]
    catalog = room.take([*rows, *bare])
    assert [printed_cells(item, catalog) for item in catalog.items] == [*rows, *bare]
    assert [item.matter for item in catalog.items][len(TEXTS) :] == TEXTS
    document = strict_yaml.load(room.folder / "2026-12" / "items" / "qx.yaml")
    assert [entry["printed"]["proofs"] for entry in document["items"]] == [row[3] for row in (*rows, *bare)]
    again = room.take([wide(each, catalog) for each in catalog.items], "2027-01", LATER, headings=WIDE)
    assert diff(catalog, again) == []


WORDS = st.text(
    st.characters(categories=["L", "N", "P", "S", "M"], exclude_characters="\ufeff"), min_size=1, max_size=25
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4))
def test_any_printable_words_survive(room: Room, pairs: list[tuple[str, str]]) -> None:
    """Table → plan → YAML → version → wide sheet → version: not a character lost."""
    shutil.rmtree(room.folder, ignore_errors=True)
    rows = [(str(n), QX, *pair, "在线核查") for n, pair in enumerate(pairs, start=100)]
    first = room.stage(room.plan(rows))
    assert [printed_cells(item, first.catalog) for item in first.catalog.items] == rows
    full = [wide(each, first.catalog) for each in first.catalog.items]
    second = room.stage(room.plan(full, headings=WIDE))
    assert diff(first.catalog, second.catalog) == []


# versions, journal, interruption


@pytest.mark.parametrize(
    ("version", "day", "told"),
    [
        (FIRST, DAY, "清单版本 2021-10-11 已经有了"),
        ("2026-12", date(2021, 10, 11), "两个版本不能同日起用"),
        ("../x", DAY, "--version"),
        (".hidden", DAY, "--version"),
        ("", DAY, "--version"),
        ("长" * 41, DAY, "--version"),
    ],
)
def test_a_version_that_cannot_stand_is_refused(room: Room, version: str, day: date, told: str) -> None:
    """Its name or its day is taken, or it cannot be a folder."""
    assert told in room.refused(printed(), version=version, effective=day).message


def test_the_import_is_one_entry_with_the_digests(room: Room) -> None:
    """What was imported, what came of it, how many rows, which are new, which ended; the chain holds."""
    rows = [row for row in printed() if row[0] != "64"]
    plan = room.plan([*rows, NEW])
    done = room.finish(plan, room.stage(plan))
    assert (done.version, done.folder) == ("2026-12", room.folder / "2026-12")
    assert room.entries() == [
        {
            "effective": "2026-12-01",
            "file": "f" * 64,
            "files": done.digest,
            "rows": 67,
            "added": ["qx-68"],
            "ended": ["sc-64"],
        }
    ]
    (entry,) = room.ledger.history("2026-12")
    assert (entry["act"], entry["dated_on"], entry["operator"]) == (
        "catalog.import",
        "2026-11-24",
        "测试经办",
    )
    assert verify(room.ledger).faults == ()


def test_a_version_is_imported_against_the_one_before_its_day(room: Room) -> None:
    """A version put between two others is compared with the earlier of them."""
    room.take(changed(64, proofs="另一证明"), "2027-02", LAST)
    plan = room.plan(changed(64, proofs="第三证明"), "2027-01", LATER)
    assert proofs_of(plan, "64") == [("sc-64.3", "第三证明")], "ids of the later version are used up too"
    room.finish(plan, room.stage(plan))
    assert [head.version for head in versions(room.home)] == [FIRST, "2027-01", "2027-02"]


def proofs_of(plan: Plan, no: str) -> list[tuple[str, str]]:
    """Ids and names of a planned row's proofs, from its entry."""
    node = row_of(plan, no).entry["proofs"]
    return [(leaf["id"], leaf["name"]) for leaf in (node.get("all") or [node])]


def test_a_trial_leaves_nothing(room: Room) -> None:
    """The occasion of a dry run: no entry, no folder."""
    plan = room.plan(printed())
    staged = room.stage(plan)
    import_catalog(
        plan, staged, ledger=room.ledger, occasion=an_occasion(dry_run=True), asked=Asked("f" * 64, {})
    )
    assert room.names() == [] and room.entries() == []


def test_a_version_that_cannot_be_put_in_place_can_be_imported_again(room: Room) -> None:
    """Something stands in its place: not journalled, nothing active, and once it is gone it can be done."""
    plan = room.plan(printed())
    staged = room.stage(plan)
    blocked = room.folder / "2026-12"
    (blocked / "x").mkdir(parents=True)
    with pytest.raises(NotReady, match="清单没有导入"):
        room.finish(plan, staged)
    assert room.names() == ["2026-12"] and room.entries() == []
    shutil.rmtree(blocked)
    assert [head.version for head in versions(room.home)] == [FIRST]
    room.take(printed())
    assert len(room.entries()) == 1


def test_the_same_request_finishes_what_a_crash_left_undone(room: Room) -> None:
    """A script repeats its --request-id: one entry, and the version stands."""
    for _ in range(2):
        plan = room.plan(printed())
        room.finish(plan, room.stage(plan), request_id="R1")
        assert room.names() == ["2026-12"] and len(room.entries()) == 1
        shutil.rmtree(room.folder / "2026-12")


def test_a_staged_version_that_has_gone_is_not_journalled(room: Room) -> None:
    """Somebody cleaned up meanwhile: NotReady, and no entry of a version that never was."""
    plan = room.plan(printed())
    staged = room.stage(plan)
    shutil.rmtree(staged.folder)
    with pytest.raises(NotReady):
        room.finish(plan, staged)
    assert room.entries() == []


def test_a_folder_that_cannot_be_made_is_not_ready(room: Room) -> None:
    """A file stands where the versions would be."""
    room.home.catalog.mkdir()
    room.folder.write_text("", "utf-8")
    with pytest.raises(NotReady, match="catalog"):
        room.stage(room.plan(printed()))


def test_the_files_say_where_they_come_from(room: Room) -> None:
    """Head and hint; items by office, readable by a person."""
    room.take([*printed(), NEW])
    head = (room.folder / "2026-12" / "catalog.yaml").read_text("utf-8")
    assert head.startswith("# 由 gaozhi catalog import 写成，请勿手改") and "source: 清单.csv" in head
    assert "matter: 某事项" in (room.folder / "2026-12" / "items" / "qx.yaml").read_text("utf-8")
