"""Finding items by row, id, words and pinyin, the nearest first; what has ended (通知五（一）)."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.catalog import Catalog, Item, Items, Proof, Sounds, folded, search_text
from gaozhi_cli.domain.county import County, Office
from gaozhi_cli.domain.lookup import Ended, find_ended, find_items, near_items, search, successors
from gaozhi_cli.domain.vocabulary import Method
from tests.builders import TODAY, a_catalog
from tests.conftest import ROOT, Run

MANY = settings(deadline=None, max_examples=150, database=None)
OFFICES = (
    Office("AA", "测试市甲乙局", ("甲乙局",), ("csjyj", "jyj")),
    Office("BB", "测试市登记中心", ("登记中心",), ("csdjzx", "djzx")),
)


def thing(
    id_: str, no: str, matter: str, proof: str = "营业执照", office: str = "AA", **more: object
) -> Item:
    """An item with one proof."""
    return Item(id_, no, office, matter, Proof(f"{id_}.1", proof, Method.ONLINE), None, **more)  # type: ignore[arg-type]


def made(*items: Item, **more: object) -> Catalog:
    """A catalog of items."""
    whole = Catalog("1", date(2021, 1, 1), "清单", "虚构", County("测试市"), OFFICES, Items(items))
    return whole._replace(**more)


def ids(found: list[Item]) -> list[str]:
    """What was found, in its order."""
    return [item.id for item in found]


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The shipped catalog, read from its index."""
    return a_catalog(tmp_path_factory.mktemp("home"))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The complete fixture county, read from its index."""
    folder = tmp_path_factory.mktemp("homes") / "complete"
    return a_catalog(Path(shutil.copytree(ROOT / "tests" / "homes" / "complete", folder)))  # type: ignore[no-any-return]


# search


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        ("sydj", "8 9"),  # 失业登记; 就业失业登记证 among the proofs of 9
        ("SYDJ", "8 9"),
        ("shiyedengji", "8 9"),
        ("失业登记", "8 9"),  # the matter itself, then 《就业失业登记证》
        ("失业", "8 9"),
        ("营业执照 取水", "29 31 32"),
        ("取水 营业执照", "29 31 32"),
        ("取水\u3000营业执照", "29 31 32"),
        ("取水 取水", "29 30 31 32"),
        ("人社", "10 2 3 4 5 6 7 8 9 11 12 13 14 15"),  # 10 prints the word, of the others it is the office
        ("64", "64"),
        ("6", "6"),
        ("sc-64", "64"),
        ("SC-64", "64"),
        ("死亡", "19 17 18 21 16 22 23 20 24"),  # early in the matter, late in it, in a proof alone
        ("swzm", "16 17 18 19 20 21 22 23 24"),
        ("shiye", "8 9 14 17 18"),  # 失业 at the start, then 创业者…失业, 事业性收费, 事业单位
        ("rsj", "2 3 4 5 6 7 8 9 10 11 12 13 14 15"),
        ("气象局", "67"),
        ("随军", "8"),
        ("兽", "28"),
        ("取水 30", "30"),
        ("64 65", ""),
        ("没有这样", ""),
        ("%", ""),
        ("_", ""),
        ("失业_记", ""),
        ("'", ""),
        ('"', ""),
        ("\\", ""),
        ("' OR 1=1 --", ""),
        ("", ""),
        (" \t\u3000", ""),
    ],
)
def test_the_shipped_rows_that_words_lead_to(shipped: Catalog, words: str, rows: str) -> None:
    """附件1: every word somewhere in row, id, matter, proofs, office or their pinyin; the nearest first."""
    assert [item.no for item in search(shipped, words, TODAY)] == rows.split()


def test_the_place_of_a_word_decides_the_order() -> None:
    """id, whole name or its pinyin, in the name, in a proof, the office, how the name begins, the pinyin."""
    named = Sounds(("dengji",), ("dj",), ("yingyezhizhao",), ("yyzz",))
    proof_sounds = Sounds(("qita",), ("qt",), ("dengjizheng",), ("djz",))
    items = {
        "aa-07": thing("aa-07", "7", "其他", sounds=proof_sounds),
        "aa-06": thing("aa-06", "6", "某项登记", sounds=Sounds(("mouxiangdengji",), ("mxdj",))),
        "aa-05": thing("aa-05", "5", "等级评定", sounds=Sounds(("dengjipingding",), ("djpd",))),
        "bb-04": thing("bb-04", "4", "其他事项", office="BB"),
        "aa-03": thing("aa-03", "3", "又一项", proof="dj 证明"),
        "aa-02": thing("aa-02", "2", "使用 dj 的事项"),
        "aa-01": thing("aa-01", "1", "登记", sounds=named),
        "dj": thing("dj", "8", "代号就是它"),
    }
    wanted = ["dj", "aa-01", "aa-02", "aa-03", "bb-04", "aa-05", "aa-07", "aa-06"]
    assert ids(search(made(*items.values()), "dj", TODAY)) == wanted, "within a place, as printed"


def test_the_earlier_in_the_name_the_nearer() -> None:
    """Two names that hold the word: the one that begins with it first, whatever their rows."""
    catalog = made(
        thing("aa-01", "1", "关于登记"), thing("aa-02", "2", "登记事务"), thing("aa-03", "3", "登记")
    )
    assert ids(search(catalog, "登记", TODAY)) == ["aa-03", "aa-02", "aa-01"]


def test_the_worst_of_several_words_decides() -> None:
    """One word in the name and one in a proof counts as a find in a proof."""
    catalog = made(
        thing("aa-01", "1", "登记", proof="户口簿"),
        thing("aa-02", "2", "登记户口"),
        thing("aa-03", "3", "登记", proof="身份证"),
    )
    assert ids(search(catalog, "登记 户口", TODAY)) == ["aa-02", "aa-01"]


def test_a_number_is_a_row_and_never_a_part_of_one() -> None:
    """6 is row 6: not 64, not sc-06, not the code XN0006; but digits of a name are words of it."""
    catalog = made(
        thing("sc-64", "64", "甲"),
        thing("aa-06", "16", "乙", code="XN0006"),
        thing("aa-07", "7", "120 急救备案"),
        thing("aa-08", "6", "丙"),
    )
    assert ids(search(catalog, "6", TODAY)) == ["aa-08"]
    assert ids(search(catalog, "120", TODAY)) == ["aa-07"]
    assert ids(search(catalog, "xn0006", TODAY)) == ["aa-06"]
    assert ids(search(catalog, "XN", TODAY)) == ["aa-06"]


def test_an_initial_alone_means_how_the_name_begins() -> None:
    """One letter: names that begin so, not every name with that letter somewhere in its pinyin."""
    catalog = made(
        thing("aa-01", "1", "取水", sounds=Sounds(("qushui",), ("qs",))),
        thing("aa-02", "2", "申请", sounds=Sounds(("shenqing",), ("sq",))),
    )
    assert ids(search(catalog, "q", TODAY)) == ["aa-01"]
    assert ids(search(catalog, "qs", TODAY)) == ["aa-01"]


def test_one_letter_brings_the_names_that_begin_with_it(shipped: Catalog) -> None:
    """s: 失业…, 丧葬…, 单用途… (also read shan), 食品…, before all the rest that has an s somewhere."""
    assert [item.no for item in search(shipped, "s", TODAY)][:5] == ["8", "20", "37", "58", "59"]


def test_either_reading_of_a_name_is_found() -> None:
    """单县: what the library says and what people say, in initials and in full."""
    sounds = Sounds(("danxiandengji", "shanxiandengji"), ("dxdj", "sxdj"))
    catalog = made(thing("aa-01", "1", "单县登记", sounds=sounds))
    for word in ("dxdj", "sxdj", "danxian", "shanxiandengji", "SXDJ"):
        assert ids(search(catalog, word, TODAY)) == ["aa-01"], word
        assert ids(find_items(catalog, word, TODAY)) == ["aa-01"], word


def test_only_items_in_force_are_found() -> None:
    """规程一（动态调整）: what has ended or not begun is not offered."""
    items = (
        thing("aa-01", "1", "登记", valid_until=date(2025, 12, 31)),
        thing("aa-02", "1", "登记", valid_from=date(2026, 1, 1)),
    )
    catalog = made(*items)
    assert ids(search(catalog, "登记", date(2025, 12, 31))) == ["aa-01"]
    assert ids(search(catalog, "登记", date(2026, 1, 1))) == ["aa-02"]
    assert search(catalog._replace(until=date(2026, 6, 30)), "登记", date(2026, 7, 1)) == []


@MANY
@given(st.data())
def test_every_part_of_an_items_text_leads_to_it(data: st.DataObject) -> None:
    """Whatever stands in a name or proof is found, in any case; what is found holds the words."""
    letters = st.text("登记水户aB％%_'\"\\·（(", min_size=1, max_size=6)
    items = [
        thing(
            f"aa-0{n}", str(n), data.draw(letters), data.draw(letters), data.draw(st.sampled_from("AB")) * 2
        )
        for n in range(1, 5)
    ]
    catalog, wanted = made(*items), data.draw(st.sampled_from(items))
    whole = data.draw(st.sampled_from([wanted.matter, wanted.tree.name]))  # type: ignore[union-attr]
    start = data.draw(st.integers(0, len(whole) - 1))
    word = whole[start : data.draw(st.integers(start + 1, len(whole)))]
    found = search(catalog, data.draw(st.sampled_from([word, word.upper()])), TODAY)
    assert wanted in found
    names = {office.code: office for office in OFFICES}
    assert all(folded(word) in search_text(item, names[item.office]) for item in found)


def test_several_proofs_are_searched_one_by_one(shipped: Catalog) -> None:
    """A word does not reach from one proof into the next, in characters or in row 1's two proofs."""
    assert [i.no for i in search(shipped, "营业执照肉类", TODAY)] == []
    assert [i.no for i in search(shipped, "营业执照 肉类", TODAY)] == ["1"]


@pytest.mark.parametrize(
    ("typed", "no"),
    [("取水许可变更（水权变更）", "32"), ("劳务派遣经营许可(新办)", "4"), ("ＳＹＤＪ", "8")],
)
def test_width_does_not_matter(shipped: Catalog, typed: str, no: str) -> None:
    """附件1 mixes （ and (: an input method gives one of them, the printed row may hold the other."""
    assert [item.no for item in search(shipped, typed, TODAY)][:1] == [no]


# find_items


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("sydj", ["8"]),  # the initials of one whole name, though 9 holds them too
        ("ShiYeDengJi", ["8"]),
        ("失业登记", ["8"]),
        ("失业", ["8"]),  # the name before a proof
        ("随军手续", ["8"]),
        ("劳务派遣", ["4", "5", "6", "7"]),
        ("鉴定机构 补贴", ["14"]),
        ("公共场所", []),
        ("第６４项", ["64"]),
        ("0064", ["64"]),
        ("68", []),
        ("1.0", []),
    ],
)
def test_an_item_is_meant_by_row_name_or_sound(shipped: Catalog, text: str, rows: list[str]) -> None:
    """通知五（一）: the exact name first, then its sound, then names holding the words, then anything."""
    assert [item.no for item in find_items(shipped, text, TODAY)] == rows


def test_a_whole_name_is_meant_though_others_hold_it() -> None:
    """公司设立登记 is itself, not 分公司设立登记 as well."""
    catalog = made(thing("aa-01", "1", "分公司设立登记"), thing("aa-02", "2", "公司设立登记"))
    assert ids(find_items(catalog, "公司设立登记", TODAY)) == ["aa-02"]
    assert ids(find_items(catalog, "设立登记", TODAY)) == ["aa-02", "aa-01"], "the earlier in the name first"


def test_a_row_that_an_ended_item_shares_means_the_one_in_force() -> None:
    """规程一: the row passes on with its successor."""
    old = thing("aa-01", "1", "旧", valid_until=date(2025, 12, 31))
    new = thing("aa-02", "1", "新", valid_from=date(2026, 1, 1), replaces=("aa-01",))
    catalog = made(old, new)
    assert ids(find_items(catalog, "1", date(2025, 6, 1))) == ["aa-01"]
    assert ids(find_items(catalog, "1", TODAY)) == ["aa-02"]
    assert find_items(catalog, "aa-01", TODAY) == []


@pytest.mark.parametrize("typed", ["01", "１", "1", "第01项"])
def test_a_row_printed_with_zeros_is_found_as_printed(typed: str) -> None:
    """A county that prints 01, 02 … finds row 01 under 01."""
    assert ids(find_items(made(thing("aa-01", "01", "甲")), typed, TODAY)) == ["aa-01"]


def test_a_whole_code_means_its_item() -> None:
    """事项编码 is exact, as the row and the id are."""
    catalog = made(thing("aa-01", "1", "甲", code="XN1"), thing("aa-02", "2", "乙", code="XN10"))
    assert ids(find_items(catalog, "XN1", TODAY)) == ["aa-01"]


# near_items


def test_near_items_share_most_characters(shipped: Catalog) -> None:
    """The likeness is of names as sets of characters; strangers are never offered."""
    assert near_items(shipped, "失业登计", TODAY)[0].no == "8"
    assert [item.no for item in near_items(shipped, "个体工商户设立登计", TODAY)][:2] == ["64", "65"]
    assert near_items(shipped, "", TODAY) == [] and near_items(shipped, "ĳ", TODAY) == []
    assert len(near_items(shipped, "登记", TODAY, limit=5)) == 5


@MANY
@given(st.text("登记失业取水许可abc", max_size=8))
def test_near_items_are_few_in_force_and_like(text: str) -> None:
    """At most as many as asked, each sharing a character."""
    catalog = made(
        thing("aa-01", "1", "失业登记"),
        thing("aa-02", "2", "取水许可"),
        thing("aa-03", "3", "登记", valid_until=date(2025, 1, 1)),
    )
    near = near_items(catalog, text, TODAY, limit=1)
    assert len(near) <= 1 and all(set(item.matter) & set(text) for item in near)
    assert bool(near) is bool(set(text) & set("失业登记取水许可")) and "aa-03" not in ids(near)


# what has ended


def test_an_item_without_end_has_not_ended(complete: Catalog) -> None:
    """What never was, or is in force, is no ended item."""
    for text in ("64", "失业登记", "99", "没有"):
        assert find_ended(text, TODAY, [complete]) is None


def test_an_ended_item_names_its_last_day_and_its_successor() -> None:
    """规程一: by row, id or whole name; the successor may itself have been succeeded."""
    first = thing("aa-01", "1", "甲", valid_until=date(2023, 12, 31))
    second = thing(
        "aa-02",
        "2",
        "乙",
        valid_from=date(2024, 1, 1),
        valid_until=date(2024, 12, 31),
        replaces=("aa-01",),
    )
    third = thing("aa-03", "3", "丙", valid_from=date(2025, 1, 1), replaces=("aa-02",))
    catalog = made(first, second, third)
    for text in ("1", "第1项", "aa-01", "AA-01", "甲", " 甲 "):
        assert find_ended(text, TODAY, [catalog]) == Ended(first, date(2023, 12, 31), (third,)), text
    assert find_ended("乙", TODAY, [catalog]) == Ended(second, date(2024, 12, 31), (third,))
    assert find_ended("甲", date(2023, 12, 31), [catalog]) is None, "its last day is still its own"
    assert successors(first, date(2024, 6, 1), [catalog]) == (second,)


def test_an_item_that_a_newer_version_left_out_ended_with_the_older_one() -> None:
    """Versions: the last day is the version's, the successor stands in the new one."""
    gone = thing("aa-01", "1", "甲")
    new = made(thing("aa-02", "1", "乙", replaces=("aa-01",)), version="2", effective=date(2026, 1, 1))
    old = made(gone, until=date(2025, 12, 31))
    assert find_ended("aa-01", TODAY, [new, old]) == Ended(gone, date(2025, 12, 31), (new.items[0],))
    alone = made(thing("aa-02", "2", "乙"), version="2", effective=date(2026, 1, 1))
    assert find_ended("甲", TODAY, [alone, old]) == Ended(gone, date(2025, 12, 31), ())


def test_items_that_replace_each_other_have_no_successor() -> None:
    """A circle in replaces ends the search, it does not go round."""
    one = thing("aa-01", "1", "甲", valid_until=date(2024, 1, 1), replaces=("aa-02",))
    two = thing("aa-02", "2", "乙", valid_until=date(2024, 1, 1), replaces=("aa-01",))
    assert successors(one, TODAY, [made(one, two)]) == ()
    itself = one._replace(replaces=("aa-01",))
    assert successors(itself, TODAY, [made(itself)]) == ()


# on the command line


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for the listings: its catalog is compiled once."""
    folder = tmp_path_factory.mktemp("home")
    a_catalog(folder)
    return folder


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        ("sydj", "8 9"),
        ("营业执照 取水", "29 31 32"),
        ("64", "64"),
        ("死亡", "19 17 18 21 16 22 23 20 24"),
        ("%", ""),
        ("\\", ""),
        ("'\"", ""),
        ("没有这样的事项", ""),
    ],
)
def test_the_listing_keeps_the_order_and_nothing_found_is_no_fault(run: Run, words: str, rows: str) -> None:
    """catalog list --search: the nearest first; [] and exit 0 where there is none."""
    result = run("catalog", "list", "--search", words, "--format", "json")
    assert result.returncode == 0 and ("没有事项含有" in result.stderr) is (not rows)
    assert [row["no"] for row in json.loads(result.stdout)] == rows.split()


def test_words_an_office_and_a_method_narrow_each_other(run: Run) -> None:
    """--search with --dept and --method keeps the order of the search."""
    args = ("catalog", "list", "--search", "死亡", "--dept", "社保中心", "--format", "json")
    found = json.loads(run(*args, "--method", "online").stdout)
    assert [row["no"] for row in found] == ["19", "17", "18", "21", "16", "22", "23", "20", "24"]
    assert json.loads(run(*args, "--method", "onsite").stdout) == []
