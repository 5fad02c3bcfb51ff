"""docs/catalog.schema.json, for editors: it accepts what the reader accepts, and names the same keys."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gaozhi_cli.domain.document_kinds import About, By, Signer, Source
from gaozhi_cli.domain.lint.rules import RULES
from gaozhi_cli.domain.problem import BadInput
from gaozhi_cli.domain.vocabulary import (
    CheckStage,
    ClaimPart,
    CommitmentStatus,
    CompareAs,
    CountedFrom,
    CreditKind,
    CreditPast,
    HandlingChannel,
    HearingRight,
    Level,
    Measure,
    SourceKind,
    Trigger,
)
from gaozhi_cli.storage import catalog_entries as items
from gaozhi_cli.storage import check_entries as checks
from gaozhi_cli.storage import county_entries as county
from gaozhi_cli.storage import document_entries as documents
from gaozhi_cli.storage import lint_entries as lint
from gaozhi_cli.storage import measure_entries as measures
from gaozhi_cli.storage import source_entries as sources
from gaozhi_cli.storage import supervision_entries as supervision
from gaozhi_cli.storage.catalog_yaml import compile_catalog
from gaozhi_cli.storage.lint_entries import compile_book
from gaozhi_cli.storage.strict_yaml import load, parse

ROOT = Path(__file__).parent.parent
SCHEMA = json.loads((ROOT / "docs" / "catalog.schema.json").read_text(encoding="utf-8"))
DEFS = SCHEMA["$defs"]
VALIDATOR = Draft202012Validator(SCHEMA)
FILES = sorted([*ROOT.glob("catalog/**/*.yaml"), *ROOT.glob("tests/homes/*/catalog/**/*.yaml")])

ITEM = """
office: SB
items:
  - id: sb-24
    no: "24"
    matter: 城乡居民基本养老保险注销登记
    code: "410182000024"
    field: 社会保险
    channels: [线上, 线下]
    frequency: {count: "120", year: "2025", source: 虚构}
    difficulty: {level: 高, source: 虚构}
    risk: {level: 中, source: 虚构}
    basis:
      - {law: 示例办法（虚构）, article: "24", text: 应当提交证明, source: 虚构}
    agent: {allowed: 是, guardian: 否, source: 虚构}
    disclosure: {public: 是, period: 三十日, triggers: [公共利益], source: 虚构}
    verification:
      - {period: "10", since: "2026-01-01", source: 虚构}
      - {since: "2027-01-01", source: 虚构, period: "20", from: 办结, stage: 办结后, persons: "2"}
      - {since: "2027-07-01", source: 虚构, method: 现场核查, standard: 一致}
      - {method: 免于核查, since: "2028-01-01", source: 虚构}
    assessment: {excluded: 否, area: 公共安全, ground: 虚构, assessor: 虚构, date: "2026-01-05"}
    valid_until: "2030-12-31"
    replaces: [sb-23]
    materials:
      - {name: 申请表, source: 虚构, since: "2026-01-01", until: "2030-12-31"}
    sanctions:
      - measure: 责令限期整改
        findings: [不实, 未履行]
        text: 责令限期改正
        basis: {law: 示例办法（虚构）, article: "30", text: 责令限期改正}
        since: "2026-01-01"
        source: 虚构
        period: "15"
        hearing: 否
        after_rectifying: 否
    proofs:
      all:
        - by_circumstance:
            - when: 出国(境)定居
              id: sb-24.1
              name: 出国(境)定居证明
              method: 在线核查
            - when: 参保人死亡
              any:
                - {id: sb-24.2, name: 死亡证明, method: 在线核查}
                - {id: sb-24.3, name: 火化证明, method: 现场核查}
    proof_details:
      sb-24.1: {issuer: 虚构, issuer_source: 虚构}
  - id: sb-25
    no: "25"
    matter: 供养亲属抚恤金申领
    proofs: {all: [{id: sb-25.1, name: 无收入来源, method: 在线核查}]}
"""
OFFICES = """
offices:
  - {code: SB, name: 示例中心, parent: RS}
  - {code: RS, name: 示例局, short: [人社局], contact: {person: 甲, phone: "0371-00000000"}}
"""
COUNTY = """
name: 示例县
extends: none
formal: 否
number: {prefix: {RS: 示人社告承}}
complaints:
  - {channel: 电话, value: "12345", source: 虚构}
"""
OTHERS = {
    "catalog": """
version: "2026-01-01"
title: 示例清单
source: 虚构
effective: "2026-01-01"
""",
    "parameters": """
parameters:
  - id: verification.period.online
    values: [{since: "2026-01-01", value: "10", source: 虚构}]
""",
    "holidays": """
years:
  - {year: "2027", status: 暂定, source: 虚构, holidays: ["2027-01-01"], workdays: []}
""",
    "fields": """
fields: [{name: 社会保险, source: 虚构}]
""",
    "candidates": """
candidates:
  - id: rs-hx-01
    office: RS
    matter: 考试报名
    proof: 工作年限证明
    frequency: {count: "5200", year: "2025", source: 虚构}
    difficulty: {level: 中, source: 虚构}
""",
    "weights": """
weights:
  - standing: 曾有虚假承诺记录
    values: [{since: "2026-01-01", percent: "50", source: 虚构}]
""",
    "supervision": """
rates:
  - {rate: 5%, least: "1", since: "2026-01-01", source: 虚构}
  - {rate: 0.5％, risk: 高, since: "2026-01-01", source: 虚构}
""",
    "lint": """
vague:
  - {text: 有效*证明, why: 怎样算有效没有写明, source: 虚构, exceptions: [有效期], use: 是}
issuers: [{text: 人社部门盖章的, issuer: RS, source: 虚构}]
applicants: [申请人]
logic: {joins: [或者, 或]}
grounds:
  - {rule: missing-basis, law: 示例办法（虚构）, article: 四十四, text: 应当有依据, source: 虚构}
""",
    "certificates": """
certificates:
  - {name: 死亡证明, spellings: [死亡证明, 死亡医学证明], issuer: 示例医院, source: 虚构, verified: 否}
""",
    "law_changes": """
changes:
  - id: LC-90
    words: [示例备案]
    since: "2026-01-01"
    message: 虚构
    way_out: 虚构
    source: 虚构
    verified: 是
    citations: [{law: 示例办法（虚构）, article: "9", text: 虚构, source: 虚构}]
""",
    "waivers": """
waivers:
  - id: W-90
    rules: [vague]
    items: [sb-24.1]
    words: [有关材料]
    reason: 虚构
    citation: {law: 示例办法（虚构）, article: "9", text: 虚构, source: 虚构}
    accepted: 是
    by: 测试人员甲
    date: "2026-01-01"
""",
    "documents": """
documents:
  - id: rectify-order
    title: 责令限期整改通知书
    template: rectify_order.docx
    official: 是
    about: 编号
    signers: [行政机关]
    clause: 规程四（三）
    barred: [已制作]
    fields:
      - {name: 机关名称, from: 机关名称, required: 是}
      - {name: 情形, from: 填写, closed: 是, choices: [{code: late, text: 没有按期, clause: 虚构}]}
      - {name: 期限, from: 填写, by: 单位, value: 十日, source: 虚构, blank: "8"}
""",
}
OTHERS["measures"] = """
measures:
  - measure: 责令限期整改
    grounds: [{finding: 未履行, source: 虚构, basis: 示例办法（虚构）第三十条}]
    stages: [办结后]
    stage_source: 虚构
    notice: 是
    statement: [{since: "2026-01-01", value: "3", source: 虚构}]
    hearing: 逐件确定
    credit: [{finding: 不实, kind: 曾作出虚假承诺, source: 虚构}]
    reminders: [{step: 告知, text: 虚构, source: 虚构}]
"""
OTHERS["sources"] = """
sources:
  - id: sj-licences
    name: 营业执照登记
    kind: 文件
    source: 虚构
    serves: [sb-24.1]
    file: 数据/营业执照*.csv
    dated: 文件名
    max_age: "10"
    key: {part: 证件号码, column: 统一社会信用代码, id_types: [统一社会信用代码]}
    fields:
      - {name: 企业名称, column: 名称, as: 名称, part: 姓名或名称}
      - {name: 登记状态, column: 状态, as: 状态, one_of: [存续, "1"]}
    closes: {match: 是, source: 虚构}
  - id: sb-insured
    name: 参保登记
    kind: 接口
    source: 虚构
    serves: [sb-25]
    address: https://gateway.example/insured
    token_env: GAOZHI_TOKEN
    method: POST
    ask: {sfzh: 证件号码}
    key: {part: 证件号码}
    fields: [{name: 姓名, column: xm, as: 名称, part: 姓名或名称}]
    answer: {records: data.list, code: code, ok: ["0"], none: ["404"]}
"""
VALID = {"item_file": ITEM, "offices": OFFICES, "county": COUNTY, **OTHERS}

KEYS: dict[str, Collection[str]] = {
    "catalog": county.CATALOG_KEYS,
    "county": county.COUNTY_KEYS,
    "office": county.OFFICE_KEYS,
    "parameter": county.PARAMETER_KEYS,
    "year": county.YEAR_KEYS,
    "supervision_rate": supervision.KEYS,
    "field": county.FIELD_KEYS,
    "frequency": county.FREQUENCY_KEYS,
    "judgement": county.JUDGEMENT_KEYS,
    "candidate": county.CANDIDATE_KEYS,
    "item": items.ITEM_KEYS,
    "proof_details": items.PROOF_EXTRAS,
    "basis": items.BASIS_KEYS,
    "assessment": items.ASSESSMENT_KEYS,
    "period": checks.PLAN_KEYS,
    "weight": checks.WEIGHT_KEYS,
    "share": checks.SHARE_KEYS,
    "node": {"id", "name", "method", *items.GROUPS},
    "wording": lint.WORDING_KEYS,
    "issuer_words": lint.ISSUER_KEYS,
    "logic": lint.LOGIC_KEYS,
    "ground": lint.GROUND_KEYS,
    "certificate": lint.CERTIFICATE_KEYS,
    "law_change": lint.CHANGE_KEYS,
    "waiver": lint.WAIVER_KEYS,
    "document": documents.KIND_KEYS,
    "document_field": documents.FIELD_KEYS,
    "document_choice": documents.CHOICE_KEYS,
    "measure": measures.MEASURE_KEYS,
    "measure_ground": measures.GROUND_KEYS,
    "measure_credit": measures.CREDIT_KEYS,
    "measure_reminder": measures.REMINDER_KEYS,
    "sanction": measures.SANCTION_KEYS,
    "sanction_basis": measures.SANCTION_BASIS,
    "source": sources.SOURCE_KEYS,
    "source_key": sources.KEY_KEYS,
    "compared_field": sources.COMPARED_KEYS,
    "source_answer": sources.ANSWER_KEYS,
    "source_closing": sources.CLOSES_KEYS,
    "branch": {"when", "id", "name", "method", *items.GROUPS},
}

FAULTS = {
    "a misspelt list": ("item_file", "items:", "item:"),
    "a key nobody knows": ("item_file", "    field:", "    feild:"),
    "an office in small letters": ("item_file", "office: SB", "office: sb"),
    "yes for 是": ("item_file", "allowed: 是", "allowed: yes"),
    "a level that is none": ("item_file", "level: 高", "level: 很高"),
    "a channel that is none": ("item_file", "线上, 线下", "网上"),
    "a trigger that is none": ("item_file", "[公共利益]", "[国家利益]"),
    "a guess for a count": ("item_file", 'count: "120"', "count: 约120"),
    "no case a year": ("item_file", 'count: "120"', 'count: "0"'),
    "a level without its reason": ("item_file", "{level: 中, source: 虚构}", "{level: 中}"),
    "an assessment by nobody": ("item_file", "assessor: 虚构, ", ""),
    "an assessment without its day": ("item_file", ', date: "2026-01-05"', ""),
    "a date written short": ("item_file", '"2030-12-31"', '"2030-12-1"'),
    "no such month": ("item_file", '"2030-12-31"', '"2030-13-01"'),
    "days in words": ("item_file", 'period: "10"', "period: 十日"),
    "a plan that says nothing": ("item_file", 'period: "10", ', ""),
    "a plan from nowhere": ("item_file", 'since: "2026-01-01", source: 虚构}', 'since: "2026-01-01"}'),
    "counted from some other day": ("item_file", "from: 办结", "from: 立项"),
    "counted from a day without days": ("item_file", 'period: "20", ', ""),
    "waiting for what it is counted from": ("item_file", "stage: 办结后", "stage: 办结前"),
    "nobody who looks": ("item_file", 'persons: "2"', 'persons: "0"'),
    "days for what is exempt": ("item_file", "{method: 免于核查", '{period: "3", method: 免于核查'),
    "more than the county wrote": ("weights", 'percent: "50"', 'percent: "101"'),
    "a standing that is none": ("weights", "曾有虚假承诺记录", "信用良好"),
    "a share without its source": ("weights", ", source: 虚构", ""),
    "a stage in days": ("parameters", "period.online", "stage.online"),
    "a citation without its text": ("item_file", "text: 应当提交证明, ", ""),
    "a method that is none": ("item_file", "method: 现场核查", "method: 电话核查"),
    "a circumstance without a name": ("item_file", "- when: 出国(境)定居\n              id", "- id"),
    "a proof that is a group too": ("item_file", "any:\n", "id: sb-24.9\n              any:\n"),
    "a group without proofs": ("item_file", "[{id: sb-25.1, name: 无收入来源, method: 在线核查}]", "[]"),
    "a new item without its matter": ("item_file", "    matter: 城乡居民基本养老保险注销登记\n", ""),
    "a detail that no proof has": ("item_file", "issuer_source: 虚构", "agent: 虚构"),
    "an office's code with a blank": ("offices", "code: RS", "code: R S"),
    "a third name in the contact": ("offices", "person: 甲", "name: 甲"),
    "extending something else": ("county", "extends: none", "extends: 随附"),
    "formal as a truth value": ("county", "formal: 否", "formal: false"),
    "a way to complain without its source": ("county", ", source: 虚构", ""),
    "two files in one": ("county", "formal: 否", "formal: 否\nitems: []"),
    "a version that never begins": ("catalog", 'effective: "2026-01-01"\n', ""),
    "a parameter that is none": ("parameters", "period.online", "period.assist"),
    "a year of unknown standing": ("holidays", "status: 暂定", "status: 待定"),
    "a field from nowhere": ("fields", ", source: 虚构", ""),
    "a count of no year": ("candidates", 'year: "2025", ', ""),
    "a word without a reason": ("lint", "why: 怎样算有效没有写明, ", "reason: 没有写明, "),
    "nothing but a star": ("lint", "text: 有效*证明", 'text: "*"'),
    "a rule that is none": ("lint", "rule: missing-basis", "rule: no-basis"),
    "law without its words": ("lint", "text: 应当有依据, ", ""),
    "a word used perhaps": ("lint", "use: 是", "use: 待定"),
    "a certificate without its name": ("certificates", "{name: 死亡证明, ", "{"),
    "a change of law on no day": ("law_changes", '    since: "2026-01-01"\n', ""),
    "a waiver of no rule": ("waivers", "rules: [vague]", "rules: [obscure]"),
    "a waiver for no reason": ("waivers", "    reason: 虚构\n", ""),
    "a waiver that nobody accepted": ("waivers", "    by: 测试人员甲\n", ""),
    "a waiver citing no text": ("waivers", "text: 虚构, ", ""),
    "a document about nothing": ("documents", "about: 编号", "about: 某人"),
    "a document that nobody signs": ("documents", "signers: [行政机关]", "signers: [机关]"),
    "a document without its clause": ("documents", "    clause: 规程四（三）\n", ""),
    "a template outside its folder": ("documents", "rectify_order.docx", "../x.docx"),
    "a status that is none": ("documents", "barred: [已制作]", "barred: [办完]"),
    "a value from nowhere": ("documents", "from: 机关名称", "from: 某处"),
    "a value without its source": ("documents", "source: 虚构, blank", "blank"),
    "a closed list of nothing": ("documents", ", choices: [{code: late, text: 没有按期, clause: 虚构}]", ""),
    "a choice without words": ("documents", "text: 没有按期, ", ""),
    "a sanction of no measure": ("item_file", "- measure: 责令限期整改", "- measure: 没收"),
    "a sanction without its law": ("item_file", '{law: 示例办法（虚构）, article: "30",', '{article: "30",'),
    "a sanction from nowhere": ("item_file", '        source: 虚构\n        period', "        period"),
    "a measure that the notice does not name": ("measures", "measure: 责令限期整改", "measure: 通报批评"),
    "a measure after 属实": ("measures", "finding: 未履行", "finding: 属实"),
    "a hearing perhaps": ("measures", "hearing: 逐件确定", "hearing: 也许"),
    "a credit record of no kind": ("measures", "kind: 曾作出虚假承诺", "kind: 不诚信"),
    "a reminder at no step": ("measures", "step: 告知", "step: 受理"),
    "a period from nowhere": ("measures", 'value: "3", source: 虚构', 'value: "3"'),
    "a register of no kind": ("sources", "kind: 文件", "kind: 网站"),
    "a register by no agreement": ("sources", "    source: 虚构\n", ""),
    "a register for nothing": ("sources", "serves: [sb-24.1]", "serves: []"),
    "an extract that is nowhere": ("sources", "    file: 数据/营业执照*.csv\n", ""),
    "an extract with a table": ("sources", "dated: 文件名", "table: 企业"),
    "a secret in a register": ("sources", "token_env: GAOZHI_TOKEN", "token_env: Bearer abc"),
    "an address with a password": ("sources", "https://gateway", "https://a:b@gateway"),
    "a state that may be anything": ("sources", 'as: 状态, one_of: [存续, "1"]', "as: 状态"),
    "a name compared with nothing": ("sources", "as: 名称, part: 姓名或名称", "as: 名称"),
    "a code that means nothing": ("sources", 'ok: ["0"], ', ""),
    "a rule that nobody made": ("sources", "{match: 是, source: 虚构}", "{match: 是}"),
    "a question about nobody": ("sources", "    ask: {sfzh: 证件号码}\n", ""),
    "a candidate of unknown difficulty": ("candidates", "    difficulty: {level: 中, source: 虚构}\n", ""),
}  # fmt: skip


def complaints(document: Any) -> list[str]:
    """What the schema has to say of a document, with the places."""
    return [f"{error.json_path}: {error.message}" for error in VALIDATOR.iter_errors(document)]


def as_typed_without_quotes(value: Any) -> Any:
    """The document as an editor's YAML server reads it when numbers stand without quotes."""
    if isinstance(value, dict):
        return {key: as_typed_without_quotes(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_typed_without_quotes(inner) for inner in value]
    digits = value.isascii() and value.isdecimal() and (value == "0" or not value.startswith("0"))
    return int(value) if digits else value


def test_it_is_a_schema_of_the_draft_it_names() -> None:
    """Editors read draft 2020-12."""
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_shipped_and_every_fixture_file_is_valid(path: Path) -> None:
    """With quotes around numbers and without them."""
    document = load(path)
    assert complaints(document) == []
    assert complaints(as_typed_without_quotes(document)) == []


def test_there_are_files_of_every_kind() -> None:
    """The test above has tried each definition of a file."""
    names = {path.name if path.parent.name != "items" else "items" for path in FILES}
    kinds = [part["then"]["$ref"].rpartition("/")[2] for part in SCHEMA["allOf"]]
    assert len(names) == len(kinds) == len(set(kinds))
    assert {name.removesuffix(".yaml") for name in names} - {"items"} == set(kinds) - {"item_file"}


@pytest.mark.parametrize("name", KEYS)
def test_its_keys_are_the_readers_keys(name: str) -> None:
    """A key added to the reader is added here, or an editor would call it wrong."""
    assert set(DEFS[name]["properties"]) == set(KEYS[name])
    assert DEFS[name]["additionalProperties"] is False


def test_its_keys_below_an_item_are_the_readers_keys() -> None:
    """代为承诺, 公开 and the printed row."""
    item = DEFS["item"]["properties"]
    assert set(item["agent"]["properties"]) == items.AGENT_KEYS
    assert set(item["disclosure"]["properties"]) == items.DISCLOSURE_KEYS
    assert set(item["printed"]["properties"]) == set(items.PRINTED_KEYS)


def test_its_lists_are_the_readers_lists() -> None:
    """What a file of the lint holds on its outermost level."""
    lists = {file: {key for name, key, *_ in lint.LISTS if name == file} for file in lint.FILES}
    lists["lint"] |= set(lint.SINGLE)
    assert {file: set(DEFS[file]["properties"]) for file in lint.FILES} == lists


def test_its_words_are_the_readers_words() -> None:
    """The closed lists of words stand in one place; the schema repeats them."""
    assert DEFS["level"]["enum"] == [word.label for word in Level]
    assert DEFS["channel"]["enum"] == [word.label for word in HandlingChannel]
    assert DEFS["trigger"]["enum"] == [word.label for word in Trigger]
    assert DEFS["node"]["properties"]["method"]["enum"] == list(items.METHODS)
    assert DEFS["period"]["properties"]["method"]["enum"] == list(items.METHODS)
    assert DEFS["period"]["properties"]["stage"]["enum"] == [word.label for word in CheckStage]
    assert DEFS["period"]["properties"]["from"]["enum"] == [word.label for word in CountedFrom]
    assert DEFS["weight"]["properties"]["standing"]["enum"] == [word.label for word in CreditPast]
    assert set(DEFS["parameter"]["properties"]["id"]["enum"]) == county.PARAMETERS
    words = {"from": Source, "by": By}
    for key, known in words.items():
        assert DEFS["document_field"]["properties"][key]["enum"] == [word.label for word in known]
    assert DEFS["claim_part"]["enum"] == [word.label for word in ClaimPart]
    assert DEFS["compared_field"]["properties"]["as"]["enum"] == [word.label for word in CompareAs]
    assert DEFS["source"]["properties"]["kind"]["enum"] == [word.label for word in SourceKind]
    words = {"signers": Signer, "barred": CommitmentStatus}
    for key, known in words.items():
        assert DEFS["document"]["properties"][key]["anyOf"][0]["enum"] == [word.label for word in known]
    assert DEFS["measure_name"]["enum"] == [word.label for word in Measure]
    assert DEFS["adverse"]["enum"] == [word.label for word in measures.Adverse]
    assert DEFS["measure"]["properties"]["hearing"]["enum"] == [word.label for word in HearingRight]
    stages = DEFS["measure"]["properties"]["stages"]["items"]["enum"]
    assert stages == [word.label for word in CheckStage]
    assert DEFS["measure_credit"]["properties"]["kind"]["enum"] == [word.label for word in CreditKind]
    assert DEFS["measure_reminder"]["properties"]["step"]["enum"] == list(measures.REMINDER_STEPS)
    assert DEFS["document"]["properties"]["about"]["enum"] == [word.label for word in About]
    assert DEFS["rule"]["enum"] == [rule.id for rule in RULES]


def a_county(folder: Path, changed: dict[str, str]) -> Path:
    """A county's catalog of the documents above, some of them changed."""
    for kind, text in (VALID | changed).items():
        path = folder / ("items/sb.yaml" if kind == "item_file" else f"{kind}.yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_documents_without_a_fault_are_valid_and_read(tmp_path: Path) -> None:
    """The documents that the faults below are made from have none themselves."""
    for kind, text in VALID.items():
        document = parse(text, kind)
        assert complaints(document) == [], kind
        assert complaints(as_typed_without_quotes(document)) == [], kind
    plain = compile_catalog(tmp_path / "nothing", a_county(tmp_path / "county", {}))
    assert [item["id"] for item in plain["items"]] == ["sb-24", "sb-25"]
    book = compile_book([tmp_path / "county"])
    assert [waiver[0] for waiver in book["waivers"]] == ["W-90"]
    assert [kind.id for kind in documents.read_documents([tmp_path / "county"])] == ["rectify-order"]
    assert [one.id for one in sources.read_sources([tmp_path / "county"])] == ["sj-licences", "sb-insured"]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_document_with_one_fault_is_refused_as_the_reader_refuses_it(fault: str, tmp_path: Path) -> None:
    """An editor says early what the reader says at the first command."""
    kind, old, new = FAULTS[fault]
    assert old in VALID[kind]
    faulty = VALID[kind].replace(old, new, 1)
    assert complaints(parse(faulty, kind))
    folder = a_county(tmp_path / "county", {kind: faulty})
    with pytest.raises(BadInput):
        compile_catalog(tmp_path / "nothing", folder)
        compile_book([folder])
        documents.read_documents([folder])
        measures.read_measures([ROOT / "catalog", folder])
        sources.read_sources([folder])


def test_what_the_county_lays_over_an_entry_needs_only_its_name() -> None:
    """docs/catalog.md 三: only what is added or changed is written."""
    for text in (
        "office: SB\nitems:\n  - {id: sb-24, duty: 虚构}\n",
        "offices:\n  - {code: RS, responsible: 甲}\n",
        "parameters:\n  - {id: verification.period.onsite, note: 虚构}\n",
        "formal: 是\n",
        "title: 示例清单\n",
        "vague:\n  - {text: 文件, use: 否}\n",
        "certificates:\n  - {name: 营业执照, verified: 是}\n",
        "regimes:\n  - {id: LR-66, use: 否}\n",
        "measures:\n  - {measure: 行政处罚, statement: []}\n",
        "documents:\n  - {id: withdrawal, use: 否}\n",
        "documents:\n  - {id: refusal-notice, fields: [{name: 异议机关, value: 某机关, source: 虚构}]}\n",
        'waivers:\n  - {id: W-29, accepted: 是, by: 甲, date: "2026-11-24"}\n',
    ):
        assert complaints(parse(text, "county")) == [], text


@pytest.mark.parametrize("document", [[], "items", None, 4, {}, {"items": {}}], ids=repr)
def test_what_is_no_file_of_the_catalog_is_refused(document: Any) -> None:
    """A list, a text or nothing at all."""
    assert complaints(document)


def test_everything_has_a_chinese_title_or_description() -> None:
    """They are what an editor shows under the pointer."""

    def untold(name: str, part: dict[str, Any]) -> list[str]:
        told = {key: value for key, value in part.get("properties", {}).items() if value is not False}
        nameless = [
            f"{name}.{key}" for key, value in told.items() if not {"title", "description"} & set(value)
        ]
        return nameless + [found for key, value in told.items() for found in untold(f"{name}.{key}", value)]

    assert [missing for name, part in DEFS.items() for missing in untold(name, part)] == []
    assert all({"title", "description"} & set(part) for part in DEFS.values())


def test_the_document_for_people_names_every_key_and_rule() -> None:
    """docs/catalog.md is written by hand; what it leaves out, an administrator never finds."""
    told = (ROOT / "docs" / "catalog.md").read_text(encoding="utf-8")
    words = set(re.findall(r"[a-z][a-z_-]*", " ".join(re.findall(r"`[^`\n]+`", told))))
    keys = {key for part in DEFS.values() for key in part.get("properties", {})}
    keys |= {key for part in DEFS["item"]["properties"].values() for key in part.get("properties", {})}
    keys -= set(DEFS["clauses"]["properties"]["clauses"]["items"]["properties"])
    assert sorted((keys | {rule.id for rule in RULES}) - words) == []


def test_the_fixture_county_fills_in_what_the_printed_catalog_does_not_give() -> None:
    """规程一 and 通知四: every item and, where it is asked, every proof; codes are unique."""
    wanted = {"code", "duty", "field", "channels", "frequency", "difficulty", "risk", "materials"}
    entries = [
        entry
        for path in (ROOT / "tests" / "homes" / "complete").glob("catalog/items/*.yaml")
        for entry in load(path)["items"]
    ]
    assert len(entries) == len({entry["code"] for entry in entries}) == 67
    assert {entry["id"]: wanted - set(entry) for entry in entries if wanted - set(entry)} == {}
    sensitive = {"01", "66", "67", *(f"{number}" for number in range(29, 49))}
    assessed = {entry["id"][-2:] for entry in entries if "assessment" in entry}
    assert assessed >= sensitive
    public = {entry["id"] for entry in entries if entry["disclosure"]["public"] == "是"}
    assert {entry["id"] for entry in entries if "triggers" in entry["disclosure"]} == public
    details = [detail for entry in entries for detail in entry["proof_details"].values()]
    assert all(detail["issuer_source"] for detail in details)
