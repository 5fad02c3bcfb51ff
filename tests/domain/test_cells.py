"""An item as cells of the wide sheet and back: nothing changes its meaning on the way (通知五（一）)."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.catalog import (
    EXCLUDED_AREAS,
    Assessment,
    Basis,
    Branch,
    Catalog,
    Decision,
    Frequency,
    Group,
    Item,
    Items,
    Judgement,
    Node,
    Printed,
    Proof,
)
from gaozhi_cli.domain.cells import Fault, cells_of, entry_of, printed_cells
from gaozhi_cli.domain.check_plan import CheckPlan
from gaozhi_cli.domain.county import Contact, County, Office
from gaozhi_cli.domain.materials import Material
from gaozhi_cli.domain.outline import parse_outline
from gaozhi_cli.domain.versions import COLUMNS
from gaozhi_cli.domain.vocabulary import (
    CheckStage,
    CountedFrom,
    GroupKind,
    HandlingChannel,
    Level,
    Method,
    Trigger,
)
from gaozhi_cli.storage.catalog_index import open_catalog
from gaozhi_cli.storage.home import Home
from tests.builders import a_catalog
from tests.conftest import ROOT

MANY = settings(deadline=None, max_examples=150, database=None)
DAY = date(2026, 1, 5)
ONE, TWO = Proof("aa-01.1", "甲证明", Method.ONLINE), Proof("aa-01.2", "乙证明", Method.EXEMPT)
ITEM = Item("aa-01", "1", "AA", "测试事项", Group(GroupKind.ALL, (ONE, TWO)), None)
CATALOG = Catalog(
    "1", date(2021, 1, 1), "清单", "虚构", County("测试县"), (Office("AA", "测试局"),), Items((ITEM,))
)
LAW = Basis("测试法", "1", "原文", source="来源")


def with_proof(**values: Any) -> Item:
    """The item whose first proof alone has these values of its own."""
    return ITEM._replace(tree=Group(GroupKind.ALL, (ONE._replace(**values), TWO)))


def ids(item: Item) -> set[str]:
    """The ids of an item's proofs."""
    return {proof.id for proof in item.proofs}


def as_yaml(node: Node) -> dict[str, Any]:
    """A proof tree as the YAML has it."""
    if isinstance(node, Proof):
        return {"id": node.id, "name": node.name, "method": node.method.label}
    if isinstance(node, Branch):
        return {"when": node.when, **as_yaml(node.node)}
    named = {"name": node.name} if node.name else {}
    return named | {node.kind.value.replace(" ", "_"): [as_yaml(child) for child in node.nodes]}


def read_back(items: list[Item], catalog: Catalog, home: Path) -> list[Item]:
    """The items as a county of its own has them that keeps only what the cells say."""
    documents: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        cells = cells_of(item, catalog)
        entry, faults = entry_of(cells, ids(item))
        assert faults == [], (item.id, faults)
        tree, wrong = parse_outline(cells["tree"], item.id)
        assert tree is not None, wrong
        entry |= {"id": cells["id"], "no": cells["no"], "matter": item.matter, "proofs": as_yaml(tree)}
        if item.printed is not None:
            entry["printed"] = dict(zip(Printed._fields, item.printed, strict=True))
        if item.reading:
            entry["reading"] = item.reading
        documents.setdefault(item.office, []).append(entry)
    folder = home / "catalog"
    (folder / "items").mkdir(parents=True, exist_ok=True)
    files: dict[str, Any] = {
        "catalog": {"version": "1", "title": "清单", "source": "虚构", "effective": "2021-01-01"},
        "county": {"name": "测试县", "extends": "none"},
        "offices": {"offices": [{"code": office.code, "name": office.name} for office in catalog.offices]},
        "fields": {"fields": [{"name": name, "source": "虚构"} for name in catalog.fields]},
    }
    files |= {f"items/{code}": {"office": code, "items": rows} for code, rows in documents.items()}
    for name, document in files.items():
        written = json.dumps(document, ensure_ascii=False)
        (folder / f"{name}.yaml").write_text(written, encoding="utf-8")
    return list(open_catalog(Home(home)).items)


def meaning(item: Item) -> tuple[Any, ...]:
    """What an item says, each proof with what holds for it: its own, else the item's.

    What laws foresee for it (``sanctions``) stands in no sheet: the county's copy lies over every version.
    """
    proofs = tuple(
        proof._replace(
            basis=proof.basis or item.basis,
            content=proof.content or item.content,
            plans=proof.plans or item.plans,
        )
        for proof in item.proofs
    )
    return (
        *item._replace(basis=(), content=(), plans=(), sanctions=(), tree=ONE, sounds=ITEM.sounds),
        proofs,
    )


# there and back


def test_every_item_of_the_complete_county_comes_back(tmp_path: Path) -> None:
    """All 67 through their cells alone, compiled as a county of its own: the same in every word."""
    home = Path(shutil.copytree(ROOT / "tests" / "homes" / "complete", tmp_path / "complete"))
    catalog = a_catalog(home)
    items = list(catalog.items)
    again = read_back(items, catalog, tmp_path / "again")
    assert len(again) == 67
    for item, other in zip(items, again, strict=True):
        assert meaning(item) == meaning(other), item.id
        assert [leaf.name for leaf in other.proofs] == [leaf.name for leaf in item.proofs]


def test_the_shipped_items_say_nothing_and_come_back_so(tmp_path: Path) -> None:
    """What nobody has filled in is an empty cell, and an empty cell is no entry."""
    (tmp_path / "home").mkdir()
    catalog = a_catalog(tmp_path / "home")
    for item in catalog.items:
        cells = cells_of(item, catalog)
        assert list(cells) == list(COLUMNS) and all(isinstance(text, str) for text in cells.values())
        filled = {key for key, text in cells.items() if text}
        planned = {"period"} if item.no == "66" else set()  # 消防法第十五条
        assert filled == {"id", "no", "office", "matter", "proofs", "method", "tree"} | planned
        entry, faults = entry_of(cells, ids(item))
        assert faults == [] and set(entry) == ({"verification"} if planned else set())


FULL = ITEM._replace(
    printed=Printed("印的局", "印的事项", "1. 甲；2. 乙", "在线核查"),
    reading="解读",
    basis=(LAW, LAW._replace(version="2021", paragraph="2", subparagraph="（三）")),
    content=("一句。", "另一句：还有"),
    agent=Decision(True, "县里定的", guardian=False),
    disclosure=Decision(True, "县里定的", "5 年"),
    contact=Contact("某人", "0371-1"),
    plans=(CheckPlan(DAY, "决定", 10), CheckPlan(date(2027, 1, 1), "决定二", 8)),
    valid_from=date(2026, 1, 1),
    valid_until=date(2027, 12, 31),
    code="XN1",
    duty="权责第1项",
    field="甲",
    frequency=Frequency(120, "2025", "窗口"),
    difficulty=Judgement(Level.HIGH, "要到外地"),
    risk=Judgement(Level.LOW, "容易发现"),
    triggers=tuple(Trigger),
    channels=tuple(HandlingChannel),
    replaces=("aa-00", "bb-07"),
    materials=(Material("申请表", "规定"), Material("平面图", "规定二", DAY, date(2027, 1, 1))),
)
OWN = {
    "issuer": "公安局",
    "issuer_source": "名录",
    "standard": "一致",
    "basis": (LAW,),
    "content": ("它自己的",),
    "plans": (
        CheckPlan(DAY, "决定", 3),
        CheckPlan(
            date(2027, 1, 1),
            "决定二",
            20,
            Method.ONSITE,
            "到场看",
            CheckStage.AFTER,
            CountedFrom.CONCLUDED,
            2,
        ),
        CheckPlan(date(2028, 1, 1), "决定三", method=Method.EXEMPT),
    ),
    "assessment": Assessment(False, "公共安全", "风险低", "评估组", DAY),
}


@pytest.mark.parametrize(
    "item",
    [
        ITEM,
        FULL,
        FULL._replace(tree=with_proof(**OWN).tree),
        with_proof(**OWN),
        ITEM._replace(tree=Group(GroupKind.ANY, (ONE._replace(**OWN), TWO._replace(**OWN)))),
        FULL._replace(tree=ONE._replace(**OWN)),
        FULL._replace(agent=Decision(False), disclosure=Decision(False, "县里定的")),
        FULL._replace(agent=Decision(False, "县里定的", guardian=True), disclosure=Decision(True)),
        with_proof(assessment=Assessment(True, "国家安全", "直接涉及", "评估组", DAY)),
        with_proof(issuer="公安局"),
    ],
    ids=range(10),
)
def test_an_item_means_the_same_after_its_cells(item: Item, tmp_path: Path) -> None:
    """Whole, with values for one proof, for all of them alike, for the only one."""
    catalog = CATALOG._replace(fields=("甲",))
    (again,) = read_back([item], catalog, tmp_path)
    assert meaning(again) == meaning(item)
    assert cells_of(again, catalog) == cells_of(item, catalog)


def test_cells_are_written_as_an_office_would_write_them() -> None:
    """｜ between the parts, one value a line, what belongs to one proof behind its id."""
    cells = cells_of(FULL._replace(tree=with_proof(**OWN).tree), CATALOG)
    assert cells["basis"].splitlines() == [
        "测试法｜｜1｜｜｜原文｜来源",
        "测试法｜2021｜1｜2｜（三）｜原文｜来源",
        "aa-01.1：测试法｜｜1｜｜｜原文｜来源",
    ]
    assert cells["content"] == "一句。\n另一句：还有\naa-01.1：它自己的"
    assert cells["issuer"] == "aa-01.1：公安局｜名录" and cells["standard"] == "aa-01.1：一致"
    assert cells["period"].splitlines()[0] == "10｜2026-01-05｜决定"
    assert cells["assessment"] == "aa-01.1：可以适用｜公共安全｜风险低｜评估组｜2026-01-05"
    assert cells["frequency"] == "120｜2025｜窗口" and cells["difficulty"] == "高｜要到外地"
    assert cells["agent"] == "可以｜法定监护人不可以｜县里定的"
    assert cells["disclosure"] == "公开｜县里定的" and cells["disclosure_period"] == "5 年"
    assert cells["materials"].splitlines() == ["申请表｜规定", f"平面图｜规定二｜{DAY}｜2027-01-01"]
    assert cells["replaces"] == "aa-00、bb-07" and cells["channels"] == "线上、线下"


def test_the_printed_columns_are_as_printed_else_composed() -> None:
    """附件1: word for word where there is a printed row; the structure in words where there is none."""
    assert printed_cells(FULL, CATALOG) == ("1", "印的局", "印的事项", "1. 甲；2. 乙", "在线核查")
    assert printed_cells(ITEM, CATALOG) == ("1", "测试局", "测试事项", "甲证明；乙证明", "在线核查 免于核查")


# any text

plain = st.text("甲乙 1：:（）、；。,-＝=aZ𠮷", max_size=10).map(str.strip)
needed = plain.filter(bool)
sources = st.text("甲乙 1：:｜|、；\n", max_size=10).filter(lambda text: "甲" in text).map(str.strip)


def told(text: str) -> str:
    """The last part of a cell as it comes back: a ｜ within it is | then."""
    return text.replace("｜", "|").strip()


@MANY
@given(data=st.data())
def test_any_text_comes_back(data: st.DataObject) -> None:
    """Any words without bars and line breaks are read as written; a source at the end may have both."""
    source, words = data.draw(sources), [data.draw(needed) for _ in range(7)]
    law = Basis(words[0], words[1], words[2], *(data.draw(plain) for _ in "123"), source=words[3])
    guardian = data.draw(st.sampled_from([None, True, False]))
    item = ITEM._replace(
        basis=(law,),
        content=(words[4], data.draw(needed)),
        code=words[5],
        duty=words[6],
        frequency=Frequency(data.draw(st.integers(1, 10**9 - 1)), words[0], source),
        difficulty=Judgement(data.draw(st.sampled_from(Level)), source),
        agent=Decision(data.draw(st.booleans()), source, guardian=guardian),
        disclosure=Decision(data.draw(st.booleans()), source, words[1]),
        contact=Contact(words[2], words[3]),
        plans=(CheckPlan(DAY, source, 10),),
    )
    entry, faults = entry_of(cells_of(item, CATALOG), ids(item))
    assert faults == [] and item.frequency and item.difficulty and item.agent and item.disclosure
    names = ("law", "version", "article", "paragraph", "subparagraph", "text", "source")
    yes = {True: "是", False: "否"}
    assert entry == {
        "basis": [{name: value for name in names if (value := getattr(law, name))}],
        "content": list(item.content),
        "code": item.code,
        "duty": item.duty,
        "frequency": {"count": str(item.frequency.cases), "year": words[0], "source": told(source)},
        "difficulty": {"level": item.difficulty.level.label, "source": told(source)},
        "agent": {"allowed": yes[item.agent.yes], "source": told(source)}
        | ({} if guardian is None else {"guardian": yes[guardian]}),
        "disclosure": {"public": yes[item.disclosure.yes], "period": words[1], "source": told(source)},
        "contact": {"person": words[2], "phone": words[3]},
        "verification": [{"period": "10", "since": DAY.isoformat(), "source": told(source)}],
    }


@MANY
@given(data=st.data())
def test_any_text_of_one_proof_comes_back(data: st.DataObject) -> None:
    """The same behind the id of a proof (a half-width colon apart, see below)."""
    texts = [data.draw(needed.filter(lambda text: ":" not in text)) for _ in range(8)]
    law = Basis(texts[0], texts[1], texts[2], source=texts[3])
    area = data.draw(st.sampled_from(EXCLUDED_AREAS))
    assessed = Assessment(data.draw(st.booleans()), area, texts[5], texts[6], DAY)
    own = {"basis": (law,), "content": (texts[7],), "issuer": texts[0], "standard": texts[1]}
    entry, faults = entry_of(cells_of(with_proof(**own, assessment=assessed), CATALOG), ids(ITEM))
    assert faults == []
    assert entry == {
        "proof_details": {
            "aa-01.1": {
                "basis": [{"law": texts[0], "article": texts[1], "text": texts[2], "source": texts[3]}],
                "content": [texts[7]],
                "issuer": texts[0],
                "standard": texts[1],
                "assessment": {
                    "excluded": "是" if assessed.excluded else "否",
                    "area": area,
                    "ground": texts[5],
                    "assessor": texts[6],
                    "date": DAY.isoformat(),
                },
            }
        }
    }


BUGS = {
    "line-break-in-law": ITEM._replace(basis=(LAW._replace(text="第一款：\n（一）甲；\n（二）乙。"),)),
    "bar-in-law": ITEM._replace(basis=(LAW._replace(text="甲|乙"),)),
    "wide-bar-in-law": ITEM._replace(basis=(LAW._replace(text="甲｜乙"),)),
    "line-break-in-content": ITEM._replace(content=("一句\n还是这一句",)),
    "line-break-in-standard": with_proof(standard="姓名一致\n日期一致"),
    "colon-of-a-proof": with_proof(content=("窗口 8:30 开门",)),
    "bar-in-issuer": with_proof(issuer="甲|乙"),
    "bar-in-assessment": with_proof(assessment=Assessment(False, "公共安全", "甲｜乙", "评估组", DAY)),
}


def squeezed(value: Any) -> Any:
    """A meaning with line breaks as blanks and one kind of bar: as much as a cell may change."""
    if isinstance(value, str):
        return " ".join(value.split()).replace("｜", "|")
    return tuple(squeezed(part) for part in value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("item", BUGS.values(), ids=BUGS)
def test_separators_within_a_text_do_not_separate(item: Item, tmp_path: Path) -> None:
    """条文原文 often stands in several lines (YAML |): an export and import must not lose half of it."""
    (again,) = read_back([item], CATALOG, tmp_path)
    assert squeezed(meaning(again)) == squeezed(meaning(item))


# what cannot be read


@pytest.mark.parametrize(
    ("key", "cell"),
    [
        ("frequency", "120"),
        ("frequency", "约120｜2025｜统计"),
        ("frequency", "-1｜2025｜统计"),
        ("frequency", "120｜2025"),
        ("difficulty", "高"),
        ("difficulty", "极高｜理由"),
        ("risk", "｜理由"),
        ("risk", "1｜理由"),
        ("agent", "也许"),
        ("agent", "可以｜监护人可以｜出处"),
        ("disclosure", "半公开"),
        ("disclosure", "｜出处"),
        ("basis", "测试法"),
        ("basis", "测试法｜｜1｜｜｜｜来源"),
        ("basis", "测试法｜｜｜｜｜原文｜来源"),
        ("basis", "aa-01.1：测试法｜｜1｜｜｜原文｜"),
        ("period", "十天｜2026-01-01｜决定"),
        ("period", "10｜2026-01-01"),
        ("period", "10"),
        ("assessment", "可以适用"),
        ("assessment", "适用｜公共安全｜理由｜某人｜2026-01-05"),
        ("assessment", "可以适用｜公共安全｜｜某人｜2026-01-05"),
    ],
)
def test_a_cell_that_cannot_be_read_is_told_with_its_key_and_how_to_write_it(key: str, cell: str) -> None:
    """One fault, in Chinese, with the way to write it; nothing of the cell is taken."""
    entry, faults = entry_of({key: cell}, ids(ITEM))
    assert entry == {} and [fault.key for fault in faults] == [key]
    assert "写作" in faults[0].message and faults[0].message.isprintable()


def test_every_fault_of_a_row_is_told_and_the_rest_is_read() -> None:
    """All problems at once; a line that can be read stays."""
    cells = {
        "frequency": "多",
        "risk": "高",
        "basis": "坏的一行\n测试法｜｜1｜｜｜原文｜来源\n又一行坏的",
        "duty": "权责第1项",
    }
    entry, faults = entry_of(cells, ids(ITEM))
    assert [fault.key for fault in faults] == ["frequency", "risk", "basis", "basis"]
    assert entry["duty"] == "权责第1项" and [basis["law"] for basis in entry["basis"]] == ["测试法"]


@pytest.mark.parametrize("key", ["disclosure_period", "triggers"])
def test_a_period_of_disclosure_needs_the_decision(key: str) -> None:
    """附件2 二（八）: 公开时限 and its reasons say nothing unless it is public or not."""
    assert entry_of({key: "公共利益"}, set()) == (
        {},
        [Fault("disclosure", "写了公开时限或公开情形，而没有写公开还是不公开")],
    )


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"frequency": "120|2025|统计"}, {"frequency": {"count": "120", "year": "2025", "source": "统计"}}),
        (
            {"frequency": " 120 ｜ 2025 ｜ 统计 "},
            {"frequency": {"count": "120", "year": "2025", "source": "统计"}},
        ),
        ({"channels": "线上，线下"}, {"channels": ["线上", "线下"]}),
        ({"channels": "线上,线下、"}, {"channels": ["线上", "线下"]}),
        ({"agent": "不可"}, {"agent": {"allowed": "否"}}),
        ({"agent": "可以｜本县规定"}, {"agent": {"allowed": "是", "source": "本县规定"}}),
        (
            {"agent": "可以｜不可以｜本县规定"},
            {"agent": {"allowed": "是", "guardian": "否", "source": "本县规定"}},
        ),
        ({"disclosure": "是"}, {"disclosure": {"public": "是"}}),
        ({"contact_phone": "0371-1"}, {"contact": {"phone": "0371-1"}}),
        ({"content": "\n 一句 \r\n\n二句\n"}, {"content": ["一句", "二句"]}),
        ({"content": "aa-01.1: 一句"}, {"proof_details": {"aa-01.1": {"content": ["一句"]}}}),
        ({"content": " aa-01.1 ：一句"}, {"proof_details": {"aa-01.1": {"content": ["一句"]}}}),
        ({"issuer": "公安局"}, {"issuer": "公安局"}),
        ({"issuer": "公安局｜名录"}, {"issuer": "公安局", "issuer_source": "名录"}),
        ({"unknown": "甲", "matter": "乙", "tree": "丙"}, {}),
        ({}, {}),
    ],
)
def test_a_cell_may_be_written_as_people_write(cells: dict[str, str], expected: dict[str, Any]) -> None:
    """Half-width bars and colons, blanks, commas; columns that are no entry are left alone."""
    assert entry_of(cells, ids(ITEM)) == (expected, [])


@MANY
@given(
    st.dictionaries(st.sampled_from(list(COLUMNS)), st.text("甲aa-01.1：:｜|\n 、高可以公开10", max_size=20))
)
def test_no_cell_whatever_breaks_the_reading(cells: dict[str, str]) -> None:
    """Any scrawl is read or told, never a fault of the program; every fault names a column of the sheet."""
    _, faults = entry_of(cells, ids(ITEM))
    assert all(fault.key in COLUMNS and fault.message for fault in faults)


@pytest.mark.parametrize("key", ["standard", "issuer", "assessment"])
def test_a_second_line_is_not_lost_in_silence(key: str) -> None:
    """核查标准 in two lines: both are kept, or the clerk is told."""
    first, second = "姓名一致", "日期一致"
    if key == "assessment":
        first, second = (f"可以适用｜公共安全｜{word}｜某人｜2026-01-05" for word in (first, second))
    entry, faults = entry_of({key: f"{first}\n{second}"}, ids(ITEM))
    assert faults or "姓名一致" in json.dumps(entry, ensure_ascii=False)


@pytest.mark.parametrize("key", ["content", "standard", "issuer"])
def test_an_id_of_no_proof_is_told(key: str) -> None:
    """aa-01.9 is no proof of aa-01: its line is not the item's own."""
    entry, faults = entry_of({key: "aa-01.9：一致"}, ids(ITEM))
    assert faults and not entry
