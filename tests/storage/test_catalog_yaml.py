"""The county's copy laid over the shipped data, and every fault at its place (docs/catalog.md)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gaozhi_cli.domain.catalog import Basis, Catalog, Decision, Items
from gaozhi_cli.domain.check_plan import CheckPlan
from gaozhi_cli.domain.county import Channel, Contact, find_office
from gaozhi_cli.domain.problem import BadInput
from gaozhi_cli.domain.vocabulary import Method
from gaozhi_cli.storage.catalog_plain import catalog_from, item_from
from gaozhi_cli.storage.catalog_yaml import compile_catalog
from gaozhi_cli.storage.home import shipped

HEAD = 'version: "1"\ntitle: 测试清单\nsource: 虚构\neffective: "2026-01-01"\n'
COUNTY = "name: 测试县\nextends: none\n"
OFFICES = "offices:\n  - code: AA\n    name: 测试甲局\n    short: [甲局]\n  - {code: BB, name: 测试乙局}\n"
LEAF = "{id: aa-01.1, name: 测试证明, method: 在线核查}"
ITEM = f'office: AA\nitems:\n  - id: aa-01\n    no: "1"\n    matter: 测试事项\n    proofs: {LEAF}\n'
OWN = {"catalog": HEAD, "county": COUNTY, "offices": OFFICES, "items/aa": ITEM}


def read(folder: Path, files: dict[str, str]) -> Catalog:
    """The catalog with a county's copy of these files over the shipped data."""
    for name, text in files.items():
        path = folder / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return whole(compile_catalog(shipped("catalog"), folder))


def whole(plain: dict[str, Any]) -> Catalog:
    """The catalog that compiled data describes."""
    return catalog_from(plain, Items(item_from(item) for item in plain["items"]), "digest")


def fault(folder: Path, files: dict[str, str]) -> str:
    """The one sentence with which these files are refused."""
    with pytest.raises(BadInput) as caught:
        read(folder, files)
    return caught.value.message


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The shipped catalog with nothing laid over it."""
    return read(tmp_path_factory.mktemp("own"), {})


# 三、县里的副本怎样叠加


def test_a_county_with_no_copy_has_the_shipped_catalog(base: Catalog) -> None:
    """三: nothing laid over, nothing changed."""
    assert len(base.items) == 67 and base.county.name == "荥阳市"


def test_an_office_is_laid_over_by_its_code(base: Catalog, tmp_path: Path) -> None:
    """三 1: written keys replace, the others stay; the other offices stay."""
    text = "offices:\n  - code: RS\n    contact: {person: 测试乙}\n    short: [新简称]\n"
    catalog = read(tmp_path, {"offices": text})
    old, new = base.office("RS"), catalog.office("RS")
    assert (new.name, new.contact, new.short) == (old.name, Contact("测试乙", ""), ("新简称",))
    assert [office.code for office in catalog.offices] == [office.code for office in base.offices]
    assert catalog.office("SB") == base.office("SB")
    assert find_office(catalog.offices, "xjc") == new and find_office(catalog.offices, "人社局") is None


def test_an_item_is_laid_over_by_its_id_and_a_key_replaces_as_a_whole(base: Catalog, tmp_path: Path) -> None:
    """三 2: only ``basis`` written: matter and proofs stay; written again, the old one is gone."""
    row = "{law: 示例法（虚构）, article: '3', text: 原文, source: 虚构}"
    text = (
        f"office: RS\nitems:\n  - id: rs-04\n    basis: [{row}]\n    agent: {{allowed: 是, source: 虚构}}\n"
    )
    catalog = read(tmp_path, {"items/rs": text})
    old, new = base.item("rs-04"), catalog.item("rs-04")
    assert old is not None and new is not None
    assert new.basis == (Basis("示例法（虚构）", "3", "原文", source="虚构"),)
    assert new.agent == Decision(True, "虚构") and new.disclosure is None
    assert new._replace(basis=(), agent=None) == old
    assert [item for item in catalog.items if item.id != "rs-04"] == [
        item for item in base.items if item.id != "rs-04"
    ]


def test_the_name_of_a_file_of_items_does_not_matter(base: Catalog, tmp_path: Path) -> None:
    """二: ``items/`` is matched by id, not by file name."""
    text = "office: RS\nitems:\n  - {id: rs-04, matter: 新名称}\n"
    catalog = read(tmp_path, {"items/随便": text})
    assert len(catalog.items) == 67
    item = catalog.item("rs-04")
    assert item is not None and item.matter == "新名称" and item.no == "4"


def test_details_of_a_proof_touch_only_that_proof(base: Catalog, tmp_path: Path) -> None:
    """三 3, 二 3: ``proof_details`` by proof id, before the item's key of the same name."""
    text = (
        "office: RS\nitems:\n  - id: rs-04\n    issuer: 甲单位\n    standard: 甲标准\n    proof_details:\n"
        "      rs-04.2: {issuer: 乙单位, content: [乙句],"
        " verification: {period: '3', since: '2026-01-01', source: 虚构}}\n"
    )
    item = read(tmp_path, {"items/rs": text}).item("rs-04")
    assert item is not None
    first, second = item.proofs
    assert (first.issuer, first.standard, first.content) == ("甲单位", "甲标准", ())
    assert (second.issuer, second.standard, second.content) == ("乙单位", "甲标准", ("乙句",))
    assert second.plans == (CheckPlan(date(2026, 1, 1), "虚构", 3),) and first.plans == ()


def test_parameters_are_laid_over_by_id_and_years_by_year(base: Catalog, tmp_path: Path) -> None:
    """三 4: written keys replace, label and unit stay; a year of the county's is added."""
    values = "{since: '2026-01-01', value: '7', source: 虚构}"
    catalog = read(
        tmp_path,
        {
            "parameters": f"parameters:\n  - id: verification.period.online\n    values: [{values}]\n",
            "holidays": "years:\n  - year: 2027\n    status: 暂定\n    source: 虚构\n"
            "    holidays: [2027-01-01]\n    workdays: [2027-01-02]\n",
        },
    )
    online = catalog.parameter("verification.period.online")
    assert online is not None
    assert (online.label, online.unit, online.values[0].value) == ("在线核查期限", "工作日", "7")
    assert catalog.parameter("verification.period.onsite") == base.parameter("verification.period.onsite")
    (year,) = catalog.calendar_years
    assert (year.year, year.published) == (2027, False)
    assert (year.holidays, year.workdays) == ((date(2027, 1, 1),), (date(2027, 1, 2),))


def test_settings_of_the_county_are_laid_over_by_outermost_key(base: Catalog, tmp_path: Path) -> None:
    """三 5: ``number`` replaces the shipped one as a whole; what is not written stays."""
    text = (
        "formal: 是\nnumber: {prefix: {RS: 示人社告承}}\n"
        "complaints: [{channel: 电话, value: 0371-00000000, source: 虚构}]\n"
    )
    county = read(tmp_path, {"county": text}).county
    assert (county.name, county.formal) == (base.county.name, True)
    assert county.prefixes == (("RS", "示人社告承"),)
    assert county.prefix("SB") == "SB" and base.county.prefix("SB") == "荥社保告承"
    assert county.complaints == (Channel("电话", "0371-00000000", "虚构"),)


def test_what_the_shipped_data_does_not_have_is_added(base: Catalog, tmp_path: Path) -> None:
    """三 6: a new office and its item join the shipped ones, in the order of the numbers."""
    leaf = LEAF.replace("aa-01", "zz-68")
    text = f'office: ZZ\nitems:\n  - {{id: zz-68, no: "68", matter: 新事项, proofs: {leaf}}}\n'
    catalog = read(tmp_path, {"offices": "offices:\n  - {code: ZZ, name: 新局}\n", "items/zz": text})
    assert [item.no for item in catalog.items] == [str(n) for n in range(1, 69)]
    assert catalog.offices[:-1] == base.offices and catalog.offices[-1].name == "新局"


def test_a_county_of_its_own_uses_nothing_shipped(tmp_path: Path) -> None:
    """三 7: ``extends: none``: offices, items, parameters and settings are the county's alone."""
    catalog = read(tmp_path, OWN)
    assert [item.id for item in catalog.items] == ["aa-01"]
    assert [office.code for office in catalog.offices] == ["AA", "BB"]
    assert (catalog.county.name, catalog.county.prefixes, catalog.parameters) == ("测试县", (), ())
    assert (catalog.version, catalog.effective, catalog.source) == ("1", date(2026, 1, 1), "虚构")
    assert catalog.items[0].printed is None and catalog.items[0].methods == (Method.ONLINE,)


@pytest.mark.parametrize("name", list(OWN))
def test_a_county_of_its_own_must_be_whole(tmp_path: Path, name: str) -> None:
    """三 7: with ``extends: none`` a missing file is not filled from the shipped data."""
    kept = {key: text for key, text in OWN.items() if key != name}
    if name == "county":  # without it nothing says ``extends: none``: the shipped rows are there again
        assert fault(tmp_path, kept).startswith("catalog/items/aa.yaml:4:5 序号 1 已用于 mz-01")
    else:
        wanted = {"items/aa": "items/*"}.get(name, name)
        told = fault(tmp_path, kept)
        assert told.startswith("清单数据不完整：")
        assert told.endswith(f" 里没有 {wanted}.yaml，或其中没有内容")


def test_shipped_data_that_is_gone_is_one_sentence(tmp_path: Path) -> None:
    """An installation without its data says so."""
    with pytest.raises(BadInput, match=r"^清单数据不完整：.*没有 catalog\.yaml"):
        compile_catalog(tmp_path / "none", tmp_path)


# 二: each fault names file, line and column


def item_with(line: str) -> dict[str, str]:
    """A county of its own whose item has one more line, the seventh of its file."""
    return {**OWN, "items/aa": f"{ITEM}    {line}\n"}


def proofs(line: str) -> dict[str, str]:
    """A county of its own whose item has these proofs, in the sixth line of its file."""
    return {**OWN, "items/aa": ITEM.replace(LEAF, line)}


FAULTS = {
    # unknown keys
    "unknown key of an item": (item_with("bais: []"), "items/aa.yaml:7:5", "不认识的键“bais”"),
    "unknown key of items.yaml": (
        {**OWN, "items/aa": ITEM + "item: []\n"}, "items/aa.yaml:7:1", "不认识的键“item”",
    ),
    "unknown key of a proof": (
        proofs("{id: aa-01.1, name: x, method: 在线核查, issuer: y}"), "items/aa.yaml:6:50", "“issuer”",
    ),
    "unknown key of printed": (item_with("printed: {offic: x}"), "items/aa.yaml:7:15", "“offic”"),
    "unknown key of a decision": (item_with("agent: {allow: 是}"), "items/aa.yaml:7:13", "“allow”"),
    "unknown key of a basis": (
        item_with("basis: [{law: x, articel: '1'}]"), "items/aa.yaml:7:22", "“articel”",
    ),
    "unknown key of an office": (
        {**OWN, "offices": OFFICES + "  - {code: CC, nmae: x}\n"}, "offices.yaml:6:16", "“nmae”",
    ),
    "unknown key of the county": ({**OWN, "county": COUNTY + "fromal: 是\n"}, "county.yaml:3:1", "“fromal”"),
    "unknown key of the head": ({**OWN, "catalog": HEAD + "form: x\n"}, "catalog.yaml:5:1", "“form”"),
    "unknown key of a year": (
        {**OWN, "holidays": "years:\n  - {year: 2027, stauts: 公布}\n"}, "holidays.yaml:2:18", "“stauts”",
    ),
    "unknown key of a parameter": (
        {**OWN, "parameters": "parameters:\n  - {id: x, vaules: []}\n"}, "parameters.yaml:2:13", "“vaules”",
    ),
    # proofs
    "unknown method": (
        proofs("{id: aa-01.1, name: x, method: 网上核查}"), "items/aa.yaml:6:36", "核查方式“网上核查”不认识",
    ),
    "proof without method": (proofs("{id: aa-01.1, name: x}"), "items/aa.yaml:6:13", "缺少“method”"),
    "proof without name": (
        proofs("{id: aa-01.1, method: 在线核查}"), "items/aa.yaml:6:13", "缺少“name”",
    ),
    "same proof id twice in an item": (
        proofs(f"{{all: [{LEAF}, {LEAF}]}}"), "items/aa.yaml:6:62", "证明 id “aa-01.1”重复",
    ),
    "proof id that is not its item's": (
        proofs("{id: aa-02.1, name: x, method: 在线核查}"), "items/aa.yaml:6:14", "应以事项 id “aa-01.”开头",
    ),
    "two shapes at once": (
        proofs(f"{{all: [{LEAF}], any: [{LEAF}]}}"), "items/aa.yaml:6:13", "只有一个",
    ),
    "no shape at all": (proofs("{name: x}"), "items/aa.yaml:6:13", "只有一个"),
    "group without proofs": (proofs("{all: []}"), "items/aa.yaml:6:14", "之下没有证明"),
    "group of words": (proofs("{all: [x]}"), "items/aa.yaml:6:14", "一列“键: 值”"),
    "proofs as a word": (proofs("测试证明"), "items/aa.yaml:6:5", "键: 值"),
    "branch without when": (
        proofs(f"{{by_circumstance: [{LEAF}]}}"), "items/aa.yaml:6:32", "缺少“when”",
    ),
    "when outside by_circumstance": (
        proofs("{any: [{when: x, id: aa-01.1, name: x, method: 在线核查}]}"), "items/aa.yaml:6:21", "“when”",
    ),
    "details of an unknown proof": (
        item_with("proof_details: {aa-01.2: {issuer: x}}"), "items/aa.yaml:7:21", "没有证明“aa-01.2”",
    ),
    "details as a list": (item_with("proof_details: [x]"), "items/aa.yaml:7:5", "键: 值"),
    # items
    "item without proofs": (
        {**OWN, "items/aa": ITEM.replace(f"    proofs: {LEAF}\n", "")}, "items/aa.yaml:3:5", "缺少“proofs”",
    ),
    "item without number": (
        {**OWN, "items/aa": ITEM.replace('    no: "1"\n', "")}, "items/aa.yaml:3:5", "缺少“no”",
    ),
    "item without matter": (
        {**OWN, "items/aa": ITEM.replace("测试事项", '""')}, "items/aa.yaml:5:5", "缺少“matter”",
    ),
    "item without id": (
        {**OWN, "items/aa": ITEM.replace("- id: aa-01\n    no", "- no")}, "items/aa.yaml:3:5", "缺少“id”",
    ),
    "same item twice": (
        {**OWN, "items/aa": ITEM + '  - id: aa-01\n    no: "2"\n'}, "items/aa.yaml:7:5", "“aa-01”重复",
    ),
    "same item in two files": (
        {**OWN, "items/bb": ITEM}, "items/bb.yaml:3:5", "事项 id “aa-01”重复",
    ),
    "same printed number twice": (
        {**OWN, "items/bb": ITEM.replace("aa-01", "aa-02")}, "items/bb.yaml:4:5", "序号 1 已用于 aa-01",
    ),
    "printed number too long": (
        {**OWN, "items/aa": ITEM.replace('no: "1"', 'no: "123456789"')}, "items/aa.yaml:4:5", "序号过长",
    ),
    "unknown office": (
        {**OWN, "items/aa": ITEM.replace("office: AA", "office: XX")}, "items/aa.yaml:1:1", "“XX”不在",
    ),
    "file without office": (
        {**OWN, "items/aa": ITEM.replace("office: AA\n", "")}, "items/aa.yaml:1:1", "缺少“office”",
    ),
    "items as a mapping": ({**OWN, "items/aa": "office: AA\nitems: {a: b}\n"}, "items/aa.yaml:2:1", "一列"),
    # dates, periods, yes and no
    "bad date": (item_with('valid_from: "2026-13-01"'), "items/aa.yaml:7:5", "“2026-13-01”不是日期"),
    "date in another form": (item_with("valid_until: 20261231"), "items/aa.yaml:7:5", "应写作 2026-01-31"),
    "date of the week": (item_with("valid_from: 2026-W01-1"), "items/aa.yaml:7:5", "不是日期"),
    "bad date of the head": (
        {**OWN, "catalog": HEAD.replace("2026-01-01", "2026-02-30")}, "catalog.yaml:4:1", "不是日期",
    ),
    "period of no days": (
        item_with("verification: {period: '0', since: '2026-01-01', source: x}"),
        "items/aa.yaml:7:20", "“0”不是天数",
    ),
    "period in words": (
        item_with("verification: [{period: 十, since: '2026-01-01', source: x}]"),
        "items/aa.yaml:7:21", "“十”不是天数",
    ),
    "period without source": (
        item_with("verification: {period: '5', since: '2026-01-01'}"), "items/aa.yaml:7:19", "缺少“source”",
    ),
    "period without beginning": (
        item_with("verification: {period: '5', source: x}"), "items/aa.yaml:7:19", "缺少“since”",
    ),
    "period as a word": (item_with("verification: 5"), "items/aa.yaml:7:5", "应写 period"),
    "decision neither yes nor no": (
        item_with("agent: {allowed: yes, source: x}"), "items/aa.yaml:7:13", "应写 是 或 否",
    ),
    "disclosure neither yes nor no": (
        item_with("disclosure: {public: 公开, source: x}"), "items/aa.yaml:7:18", "应写 是 或 否",
    ),
    "basis without article": (
        item_with("basis: [{law: 法, text: 文, source: x}]"), "items/aa.yaml:7:13", "缺少“article”",
    ),
    "basis without source": (
        item_with("basis: [{law: 法, text: 文, article: '1'}]"), "items/aa.yaml:7:13", "缺少“source”",
    ),
    "content that is no list of texts": (item_with("content: [{a: b}]"), "items/aa.yaml:7:5", "一列文字"),
    # offices, county, parameters, years
    "office code in small letters": (
        {**OWN, "offices": OFFICES.replace("code: BB", "code: bb")}, "offices.yaml:5:6", "大写字母",
    ),
    "office without name": (
        {**OWN, "offices": "offices:\n  - {code: AA}\n"}, "offices.yaml:2:5", "缺少“name”",
    ),
    "prefix of an unknown office": (
        {**OWN, "county": COUNTY + "number: {prefix: {XX: 示告承}}\n"}, "county.yaml:3:19", "“XX”",
    ),
    "formal neither yes nor no": (
        {**OWN, "county": COUNTY + "formal: true\n"}, "county.yaml:3:1", "应写 是 或 否",
    ),
    "complaint channel without value": (
        {**OWN, "county": COUNTY + "complaints: [{channel: 电话, source: x}]\n"},
        "county.yaml:3:14", "缺少“value”",
    ),
    "parameter that is no number of days": (
        {**OWN, "parameters": "parameters:\n  - id: verification.period.online\n    unit: 工作日\n"
         "    values: [{since: '2026-01-01', value: 十天, source: x}]\n"},
        "parameters.yaml:4:36", "“十天”不是天数",
    ),
    "parameter in days of no unit": (
        {**OWN, "parameters": "parameters:\n  - id: verification.period.onsite\n"
         "    values: [{since: '2026-01-01', value: 十天, source: x}]\n"},
        "parameters.yaml:3:36", "“十天”不是天数",
    ),
    "parameter that nothing reads": (
        {**OWN, "parameters": "parameters:\n  - {id: verification.period.exempt}\n"},
        "parameters.yaml:2:6", "不认识的参数",
    ),
    "extends neither shipped nor none": (
        {**OWN, "county": COUNTY.replace("none", "无")}, "county.yaml:2:1", "应写 shipped 或 none",
    ),
    "year that is none": (
        {**OWN, "holidays": "years:\n  - {year: 明年, status: 公布, source: x}\n"},
        "holidays.yaml:2:6", "不是年份",
    ),
    "status that is none": (
        {**OWN, "holidays": "years:\n  - {year: 2027, status: 未定, source: x}\n"},
        "holidays.yaml:2:18", "公布 或 暂定",
    ),
    "holiday of another year": (
        {**OWN, "holidays": "years:\n  - {year: 2027, status: 公布, source: x, holidays: [2026-12-31]}\n"},
        "holidays.yaml:2:41", "不在 2027 年内",
    ),
    "holiday and workday at once": (
        {**OWN, "holidays": "years:\n  - year: 2027\n    status: 公布\n    source: x\n"
         "    holidays: [2027-01-01]\n    workdays: [2027-01-01]\n"},
        "holidays.yaml:6:5", "既放假又上班",
    ),
    "material that the letter replaces": (
        {**OWN, "items/aa": ITEM + "    materials: [{name: 《测试证明》复印件, source: x}]\n"},
        "items/aa.yaml:7:18", "就是承诺所代替的证明“测试证明”",
    ),
    "a holiday that is no day": (
        {**OWN, "holidays": "years:\n  - {year: 2027, status: 公布, source: x, holidays: [2027-02-30]}\n"},
        "holidays.yaml:2:41", "不是日期",
    ),
    "a holiday told twice": (
        {**OWN, "holidays": "years:\n  - year: 2027\n    status: 公布\n    source: x\n"
         "    holidays: [2027-01-01, 2027-01-02, 2027-01-01]\n"},
        "holidays.yaml:5:5", "2027-01-01 写了两次",
    ),
    "a working weekend on a Monday": (
        {**OWN, "holidays": "years:\n  - year: 2027\n    status: 公布\n    source: x\n"
         "    holidays: [2027-01-01]\n    workdays: [2027-01-04]\n"},
        "holidays.yaml:6:5", "2027-01-04 不是周六、周日",
    ),
    "a year published without a holiday": (
        {**OWN, "holidays": "years:\n  - {year: 2027, status: 公布, source: x}\n"},
        "holidays.yaml:2:18", "没有一天放假",
    ),
    "a year told twice": (
        {**OWN, "holidays": "years:\n  - {year: 2027, status: 暂定, source: x}\n"
         "  - {year: 2027, status: 暂定, source: y}\n"},
        "holidays.yaml:3:6", "“2027”重复",
    ),
    "broken YAML": ({**OWN, "catalog": HEAD + "a: [\n"}, "catalog.yaml:6:1", "YAML 写法有误"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_refused_at_its_place(tmp_path: Path, name: str) -> None:
    """二, 一 5: one sentence with the county's file, line and column, and what is wrong there."""
    files, place, said = FAULTS[name]
    message = fault(tmp_path, files)
    assert message.startswith(f"catalog/{place} "), message
    assert said in message
    assert str(tmp_path) not in message


def test_a_fault_in_an_overlay_names_the_countys_file(tmp_path: Path) -> None:
    """三: laid over a shipped item, a bad value is the county's file's, not the shipped one's."""
    text = "office: RS\nitems:\n  - id: rs-04\n    agent: {allowed: 也许}\n"
    assert fault(tmp_path, {"items/rs": text}).startswith("catalog/items/rs.yaml:4:13 ")
    text = "office: RS\nitems:\n  - id: rs-04\n    proof_details: {rs-04.3: {issuer: x}}\n"
    assert fault(tmp_path, {"items/rs": text}) == "catalog/items/rs.yaml:4:21 事项 rs-04 没有证明“rs-04.3”"


def test_a_new_item_cannot_take_a_printed_number(tmp_path: Path) -> None:
    """三 6: the shipped row keeps its number."""
    leaf = LEAF.replace("aa-01", "rs-99")
    text = f'office: RS\nitems:\n  - {{id: rs-99, no: "64", matter: x, proofs: {leaf}}}\n'
    assert fault(tmp_path, {"items/rs": text}) == "catalog/items/rs.yaml:3:17 序号 64 已用于 sc-64"


@pytest.mark.parametrize("written", ["线上核查", "在线核查", "现场核查", "免于核查"])
def test_the_four_printed_words_for_three_methods(tmp_path: Path, written: str) -> None:
    """二 3: 线上核查 is read as 在线核查, the others as themselves."""
    catalog = read(tmp_path, proofs(f"{{id: aa-01.1, name: x, method: {written}}}"))
    assert catalog.items[0].methods[0].label == written.replace("线上", "在线")


def test_numbers_sort_as_numbers_and_others_come_last(tmp_path: Path) -> None:
    """附件1 序号: 2 before 10; a county's own label after all numbers."""
    items = "".join(
        f"  - {{id: aa-{n}, no: '{no}', matter: x, proofs: {{id: aa-{n}.1, name: x, method: 在线核查}}}}\n"
        for n, no in enumerate(["增1", "10", "2"])
    )
    catalog = read(tmp_path, {**OWN, "items/aa": f"office: AA\nitems:\n{items}"})
    assert [item.no for item in catalog.items] == ["2", "10", "增1"]
