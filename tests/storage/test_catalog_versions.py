"""Versions of the 清单 in a home: which one is in force on a day, each kept as it was (规程一：动态调整)."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from gaozhi_cli.domain.catalog import Catalog, Item, in_force
from gaozhi_cli.domain.county import Contact
from gaozhi_cli.domain.lookup import find_ended, find_items, successors
from gaozhi_cli.domain.problem import BadInput
from gaozhi_cli.storage.catalog_index import catalogs, compiled, open_catalog, open_version, versions
from gaozhi_cli.storage.home import Home
from gaozhi_cli.storage.version_files import clear_staged, put_in_place, stage

FIRST, SECOND, THIRD = date(2026, 1, 1), date(2026, 7, 1), date(2026, 12, 1)
ONE = timedelta(days=1)
OFFICES = "offices:\n  - {code: AA, name: 测试甲局, short: [甲局]}\n  - {code: BB, name: 测试乙局}\n"


def a_row(no: int, matter: str = "", proofs: int = 1, more: str = "") -> str:
    """One item with some proofs."""
    leaves = ", ".join(f"{{id: aa-{no}.{n}, name: 证明{n}, method: 现场核查}}" for n in range(1, proofs + 1))
    extra = f", {more}" if more else ""
    name = matter or f"事项{no}"
    return f'  - {{id: aa-{no}, no: "{no}", matter: {name}, proofs: {{all: [{leaves}]}}{extra}}}'


def a_head(version: str, day: date) -> str:
    """A version's catalog.yaml."""
    return f'version: "{version}"\ntitle: 清单{version}\nsource: 虚构{version}\neffective: "{day}"\n'


class County:
    """A small county of its own, written file by file."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root)
        self.write("county", "name: 测试县\nextends: none\n")
        self.write("offices", OFFICES)
        self.write("catalog", a_head("甲", FIRST))
        self.items("", a_row(1), a_row(2), a_row(3))

    def write(self, name: str, text: str) -> None:
        path = self.home.catalog / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def items(self, folder: str, *rows: str) -> None:
        self.write(f"{folder}items/aa", "\n".join(["office: AA", "items:", *rows]) + "\n")

    def version(self, name: str, day: date, *rows: str, folder: str | None = None) -> None:
        place = f"versions/{folder or name}/"
        self.write(f"{place}catalog", a_head(name, day))
        self.items(place, *rows)

    def filled(self, filling: dict[int, str]) -> None:
        """What the county has filled in: for the items of the first version, and for others by id alone."""
        own = [a_row(no, more=filling.get(no, "")) for no in (1, 2, 3)]
        others = [f"  - {{id: aa-{no}, {more}}}" for no, more in filling.items() if no > 3]
        self.items("", *own, *others)

    def on(self, day: date) -> Catalog:
        return open_catalog(self.home, day)

    def fault(self, call: Callable[[], object]) -> str:
        with pytest.raises(BadInput) as caught:
            call()
        return caught.value.message


@pytest.fixture
def county(tmp_path: Path) -> County:
    """A county with one version."""
    return County(tmp_path / "county")


@pytest.fixture
def three(county: County) -> County:
    """A county with three versions: 2 ends with the second, 3 with the third; 4 and 5 come."""
    county.version("乙", SECOND, a_row(1, proofs=2), a_row(3), a_row(4, more="replaces: [aa-2]"))
    county.version("丙", THIRD, a_row(1, proofs=2), a_row(5, more="replaces: [aa-4, aa-3]"))
    return county


def ids(catalog: Catalog, day: date | None = None) -> list[str]:
    """The items of a version, or those of it in force on a day."""
    return [item.id for item in catalog.items if day is None or in_force(item, catalog, day)]


def item(catalog: Catalog, id_: str) -> Item:
    """An item that must be there."""
    found = catalog.item(id_)
    assert found is not None
    return found


# which version


@pytest.mark.parametrize(
    ("day", "version"),
    [
        (date(2000, 1, 1), "甲"),
        (FIRST - ONE, "甲"),
        (FIRST, "甲"),
        (SECOND - ONE, "甲"),
        (SECOND, "乙"),
        (THIRD - ONE, "乙"),
        (THIRD, "丙"),
        (date(2100, 1, 1), "丙"),
    ],
)
def test_the_version_of_a_day(three: County, day: date, version: str) -> None:
    """The latest that has taken effect by then; the first before all of them."""
    assert three.on(day).version == version


def test_without_a_day_the_newest(three: County) -> None:
    """Also where it has not taken effect yet."""
    assert open_catalog(three.home).version == "丙"


def test_every_version_is_listed_with_its_days(three: County) -> None:
    """In order of the days, whatever the folders are called; a version lasts until the next begins."""
    shutil.move(three.home.catalog / "versions" / "丙", three.home.catalog / "versions" / "00")
    assert [(head.version, head.folder, head.effective, head.until) for head in versions(three.home)] == [
        ("甲", "", FIRST, SECOND - ONE),
        ("乙", "乙", SECOND, THIRD - ONE),
        ("丙", "00", THIRD, None),
    ]
    assert [(head.title, head.source) for head in versions(three.home)][1] == ("清单乙", "虚构乙")


def test_a_version_is_opened_by_its_name(three: County) -> None:
    """By the name in its file, not the folder's; None where there is none."""
    shutil.move(three.home.catalog / "versions" / "乙", three.home.catalog / "versions" / "x")
    found = open_version(three.home, "乙")
    assert found is not None and ids(found) == ["aa-1", "aa-3", "aa-4"] and found.until == THIRD - ONE
    assert open_version(three.home, "x") is None and open_version(three.home, "") is None


def test_all_of_them_newest_first(three: County) -> None:
    """What ids are looked up in."""
    assert [(each.version, ids(each)) for each in catalogs(three.home)] == [
        ("丙", ["aa-1", "aa-5"]),
        ("乙", ["aa-1", "aa-3", "aa-4"]),
        ("甲", ["aa-1", "aa-2", "aa-3"]),
    ]


def test_an_old_version_stays_as_it_was(county: County) -> None:
    """A new one changes nothing of the old but its last day."""
    before = county.on(FIRST)
    assert before.until is None
    county.version("乙", SECOND, a_row(1, matter="改了名", proofs=2))
    after = open_version(county.home, "甲")
    assert after is not None and after.until == SECOND - ONE
    assert after.items == before.items and after._replace(until=None, digest=before.digest) == before


def test_nothing_of_a_version_is_in_force_after_its_last_day(three: County) -> None:
    """A case of the old version goes on; a letter cannot start from it."""
    old = open_version(three.home, "甲")
    assert old is not None
    assert ids(old, SECOND - ONE) == ["aa-1", "aa-2", "aa-3"] and ids(old, SECOND) == []


def test_items_may_begin_and_end_within_a_version(county: County) -> None:
    """Their own days narrow the version's."""
    county.version(
        "乙", SECOND, a_row(1, more=f'valid_until: "{SECOND + ONE}"'), a_row(2, more=f'valid_from: "{THIRD}"')
    )
    catalog = county.on(SECOND)
    assert [ids(catalog, day) for day in (SECOND + ONE, SECOND + 2 * ONE, THIRD)] == [["aa-1"], [], ["aa-2"]]


# what cannot stand


def test_two_versions_of_one_name_are_refused(three: County) -> None:
    """With the place of the second."""
    three.write("versions/丙/catalog", a_head("乙", THIRD))
    told = three.fault(lambda: three.on(FIRST))
    assert "版本名 乙 已用于清单 乙" in told and told.startswith("catalog/versions/")
    assert "catalog.yaml:1:1 " in told


def test_two_versions_of_one_day_are_refused(three: County) -> None:
    """The first version counts as well."""
    three.write("versions/丙/catalog", a_head("丙", FIRST))
    told = three.fault(lambda: versions(three.home))
    assert told.startswith("catalog/versions/丙/catalog.yaml:4:1 ") and "起用日期 2026-01-01" in told


@pytest.mark.parametrize("key", ["version", "title", "source", "effective"])
def test_a_version_must_have_all_of_its_head(three: County, key: str) -> None:
    """Also refused when another version is asked for: no day may be left to guessing."""
    lines = a_head("丙", THIRD).splitlines(keepends=True)
    three.write("versions/丙/catalog", "".join(line for line in lines if not line.startswith(key)))
    assert f"缺少“{key}”" in three.fault(lambda: three.on(FIRST))


def test_a_fault_in_a_version_names_its_file(three: County) -> None:
    """File, line and column, below catalog/versions."""
    three.items("versions/丙/", a_row(1), "  - {id: aa-9, no: '9', matter: 缺证明}")
    assert three.fault(lambda: three.on(THIRD)).startswith("catalog/versions/丙/items/aa.yaml:4:6 ")


def test_a_fault_in_a_version_leaves_the_others_readable(three: County) -> None:
    """Cases of an older version go on."""
    three.items("versions/丙/", "  - {id: aa-9, no: '9', matter: 缺证明}")
    assert ids(three.on(SECOND)) == ["aa-1", "aa-3", "aa-4"]


@pytest.mark.parametrize("name", [".乙.0a1b2c3d", ".x.0a1b2c3d"])
def test_what_an_interrupted_import_left_is_not_read(county: County, name: str) -> None:
    """Whole or not, faulty or of a day that is taken: a folder with a dot is no version."""
    county.version("乙", FIRST, "  - {}", folder=name)
    assert [head.version for head in versions(county.home)] == ["甲"]
    assert ids(county.on(THIRD)) == ["aa-1", "aa-2", "aa-3"]
    clear_staged(county.home.catalog / "versions")
    assert list((county.home.catalog / "versions").iterdir()) == []


def test_a_file_beside_the_versions_is_none(county: County) -> None:
    """A note somebody put there is passed over."""
    county.version("乙", SECOND, a_row(1))
    (county.home.catalog / "versions" / "说明.txt").write_text("x", "utf-8")
    (county.home.catalog / "versions" / "y.yaml").write_text("x: [", "utf-8")
    assert [head.version for head in versions(county.home)] == ["甲", "乙"]


def test_an_empty_folder_is_treated_the_same_before_and_after_the_cache(county: County) -> None:
    """Never stale: what a warm home answers, a fresh one answers too."""

    def answer() -> str:
        try:
            return ",".join(head.version for head in versions(county.home))
        except BadInput as error:
            return error.message

    (county.home.catalog / "versions" / "新建文件夹").mkdir(parents=True)
    cold = answer()
    shutil.rmtree(county.home.catalog / "versions")
    warm = [answer()]
    (county.home.catalog / "versions" / "新建文件夹").mkdir(parents=True)
    warm.append(answer())
    assert warm[1] == cold


# the county's own part


def test_what_the_county_has_filled_in_lies_over_every_version(three: County) -> None:
    """Written once, by id; the structure belongs to each version."""
    three.filled({1: "contact: {person: 测试联系人}"})
    for day, proofs in ((FIRST, 1), (SECOND, 2), (THIRD, 2)):
        found = item(three.on(day), "aa-1")
        assert (found.contact, len(found.proofs)) == (Contact("测试联系人", ""), proofs)


def test_the_county_wins_over_what_was_imported(county: County) -> None:
    """The key as a whole, also of a proof's details."""
    details = "proof_details: {aa-1.1: {issuer: 导入的单位, standard: 导入的标准}}"
    county.version("乙", SECOND, a_row(1, proofs=2, more=f"code: X1, duty: 权责1, {details}"))
    county.filled({1: "code: X2, proof_details: {aa-1.2: {issuer: 县里的单位}}"})
    found = item(county.on(SECOND), "aa-1")
    assert (found.code, found.duty) == ("X2", "权责1")
    assert [(proof.issuer, proof.standard) for proof in found.proofs] == [("", ""), ("县里的单位", "")]


def test_filling_in_for_items_of_another_version_is_no_fault(three: County) -> None:
    """4 is not in the first version, 2 not in the later ones."""
    three.filled({4: "code: X4", 2: "code: X2"})
    codes = {day: [found.code for found in three.on(day).items] for day in (FIRST, SECOND, THIRD)}
    assert codes == {FIRST: ["", "X2", ""], SECOND: ["", "", "X4"], THIRD: ["", ""]}


def test_filling_in_for_an_item_of_no_version_is_a_fault(three: County) -> None:
    """A mistyped id does not go unseen, whichever version is asked for."""
    three.filled({44: "code: X4"})
    for version in ("甲", "乙"):
        told = three.fault(lambda name=version: open_version(three.home, name))  # type: ignore[misc]
        assert told.startswith("catalog/items/aa.yaml:6:") and "aa-44" in told


def test_details_of_a_proof_that_a_version_does_not_have_are_left_out_of_it(three: County) -> None:
    """Proof 2 of item 1 came with the second version."""
    three.filled({1: "proof_details: {aa-1.2: {issuer: 单位}}"})
    assert [proof.issuer for proof in item(three.on(SECOND), "aa-1").proofs] == ["", "单位"]
    assert [proof.issuer for proof in item(three.on(FIRST), "aa-1").proofs] == [""]


def test_details_of_a_proof_of_no_version_are_a_fault(three: County) -> None:
    """A mistyped proof id does not go unseen."""
    three.filled({1: "proof_details: {aa-1.9: {issuer: 单位}}"})
    assert "aa-1.9" in three.fault(lambda: three.on(FIRST))
    assert "aa-1.9" in three.fault(lambda: three.on(SECOND))


def test_an_office_of_a_version_is_known_to_all(county: County) -> None:
    """Its cases go on after it was merged; the county's own name for it wins."""
    county.version("乙", SECOND, a_row(1))
    county.write("versions/乙/offices", "offices:\n  - {code: CC, name: 版本里的丙局}\n")
    for day in (FIRST, SECOND):
        assert county.on(day).office("CC").name == "版本里的丙局"
        assert len(county.on(day).offices) == 3
    county.write("offices", OFFICES + "  - {code: CC, name: 县里的丙局}\n")
    for day in (FIRST, SECOND):
        assert county.on(day).office("CC").name == "县里的丙局"


# the index


def test_each_version_has_its_index_and_no_other_stays(three: County) -> None:
    """A county that keeps ten versions compiles each once; the old ones of a changed file go."""

    def indexes() -> set[str]:
        return {path.name for path in three.home.cache.glob("*.db")}

    catalogs(three.home)
    kept = indexes()
    assert len(kept) == 3
    catalogs(three.home)
    assert indexes() == kept
    three.items("versions/丙/", a_row(1))
    catalogs(three.home)
    assert len(indexes()) == 3 and not indexes() & kept, "one version explains another: all are made anew"


def test_a_changed_version_is_seen_at_once(three: County) -> None:
    """As any file of the catalog."""
    assert ids(three.on(THIRD)) == ["aa-1", "aa-5"]
    three.items("versions/丙/", a_row(6))
    assert ids(three.on(THIRD)) == ["aa-6"]
    three.write("versions/丙/catalog", a_head("丙", THIRD + ONE))
    assert three.on(THIRD).version == "乙"


def test_a_version_removed_is_gone_at_once(three: County) -> None:
    """The one before is in force again, without a last day."""
    assert three.on(THIRD).version == "丙"
    shutil.rmtree(three.home.catalog / "versions" / "丙")
    assert (three.on(THIRD).version, three.on(THIRD).until) == ("乙", None)
    assert [head.version for head in versions(three.home)] == ["甲", "乙"]


def test_what_the_cache_answers_is_what_the_files_say(three: County) -> None:
    """To the last field, for every version."""
    cold = catalogs(three.home)
    shutil.rmtree(three.home.cache)
    assert catalogs(three.home) == cold == catalogs(three.home)


def test_a_staged_version_is_compiled_with_all_the_rest_and_kept_nowhere(three: County) -> None:
    """The check before an import: names, days and offices of the others count, nothing is written."""
    three.filled({1: "code: X1"})
    catalogs(three.home)
    kept = sorted(path.name for path in three.home.cache.iterdir())
    head = {"version": "丁", "title": "清单", "source": "虚构", "effective": "2027-01-01"}
    leaf = {"id": "aa-1.1", "name": "证明", "method": "现场核查"}
    rows = [{"id": "aa-1", "no": "1", "matter": "事项", "proofs": leaf}]
    folder = stage(three.home.catalog / "versions", "丁", head, {"AA": rows})
    assert item(compiled(three.home, folder), "aa-1").code == "X1"
    assert sorted(path.name for path in three.home.cache.iterdir()) == kept
    assert [head.version for head in versions(three.home)] == ["甲", "乙", "丙"]
    put_in_place(folder, "丁")
    assert item(three.on(date(2027, 1, 1)), "aa-1").code == "X1"


@pytest.mark.parametrize(("key", "value"), [("version", "乙"), ("effective", "2026-07-01")])
def test_a_staged_version_that_collides_is_refused(three: County, key: str, value: str) -> None:
    """Before it is put in place, not after."""
    head = {"version": "丁", "title": "清单", "source": "虚构", "effective": "2027-01-01"} | {key: value}
    folder = stage(three.home.catalog / "versions", "丁", head, {"AA": []})
    assert value in three.fault(lambda: compiled(three.home, folder))


# what ended, and what took its place


def begun(county: County, day: date) -> list[Catalog]:
    """The versions begun by a day, the newest first."""
    return [catalog for catalog in catalogs(county.home) if catalog.effective <= day]


def test_an_item_leads_to_the_one_that_took_its_place_over_two_versions(three: County) -> None:
    """2 → 4 → 5: on each day the one in force then."""
    for day, following in ((SECOND, "aa-4"), (THIRD - ONE, "aa-4"), (THIRD, "aa-5")):
        for text in ("2", "aa-2", "AA-2", "事项2", "第2项"):
            ended = find_ended(text, day, begun(three, day))
            assert ended is not None and ended.successors, text
            assert (ended.item.id, ended.last, ended.successors[0].id) == ("aa-2", SECOND - ONE, following)


def test_an_item_has_not_ended_before_its_last_day_is_over(three: County) -> None:
    """Neither has one that is still there, nor is there any that never was."""
    assert find_ended("2", SECOND - ONE, begun(three, SECOND - ONE)) is None
    assert find_ended("99", THIRD, begun(three, THIRD)) is None
    assert [found.id for found in find_items(three.on(THIRD), "1", THIRD)] == ["aa-1"]


def test_an_item_nobody_replaced_has_no_successor(county: County) -> None:
    """It says when it ended, no more."""
    county.version("乙", SECOND, a_row(1))
    ended = find_ended("3", SECOND, begun(county, SECOND))
    assert ended is not None and (ended.last, ended.successors) == (SECOND - ONE, ())


def test_a_successor_that_has_ended_too_is_none(three: County) -> None:
    """4 replaced 2 and has gone; nobody took its place in the fourth version."""
    three.version("丁", THIRD + ONE, a_row(1))
    old = item(begun(three, FIRST)[0], "aa-2")
    assert successors(old, THIRD + ONE, begun(three, THIRD + ONE)) == ()


def test_a_version_of_tomorrow_replaces_nothing_today(three: County) -> None:
    """5 takes the place of 4 only when its version has begun."""
    old = item(begun(three, SECOND)[0], "aa-4")
    assert successors(old, THIRD - ONE, begun(three, THIRD - ONE)) == ()


def test_an_item_replaced_by_two_names_both(county: County) -> None:
    """一拆二: the clerk has to know of both."""
    county.version("乙", SECOND, a_row(4, more="replaces: [aa-2]"), a_row(5, more="replaces: [aa-2]"))
    ended = find_ended("2", SECOND, begun(county, SECOND))
    assert ended is not None
    assert {"aa-4", "aa-5"} <= {each.id for field in ended for each in _items_in(field)}


def _items_in(value: object) -> list[Item]:
    """An item, or the items of a tuple."""
    if isinstance(value, Item):
        return [value]
    return [each for each in value if isinstance(each, Item)] if isinstance(value, tuple) else []
