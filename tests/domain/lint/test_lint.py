"""The lint of the 清单: the shipped 67 rows, every rule's examples, waivers, work that stays linear."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.catalog import Assessment, Basis, Catalog, Group, Item, Items, Node, Printed, Proof
from gaozhi_cli.domain.check_plan import CheckPlan
from gaozhi_cli.domain.lint.book import Book, Certificate, Finding, LawChange, LogicWords, Waiver, Wording
from gaozhi_cli.domain.lint.certificates import is_office, spellings
from gaozhi_cli.domain.lint.logic import unclear
from gaozhi_cli.domain.lint.printing import bracket_faults
from gaozhi_cli.domain.lint.rules import NEED_CITATION, RULES, check
from gaozhi_cli.domain.lint.words import bare, holds, phrases, rows
from gaozhi_cli.domain.vocabulary import GroupKind, Method, Severity, parse_word
from gaozhi_cli.storage.home import shipped
from gaozhi_cli.storage.lint_entries import book_from, compile_book
from gaozhi_cli.storage.strict_yaml import Located, load
from tests.builders import TODAY, a_catalog

HERE = Path(__file__).parent
SHIPPED = load(HERE / "shipped.yaml")
CASES = load(HERE / "cases.yaml")["cases"]
MANY = settings(deadline=None, max_examples=200, database=None)
IDS = [rule.id for rule in RULES]
RULE = pytest.mark.parametrize("id_", IDS)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The shipped catalog."""
    return a_catalog(tmp_path_factory.mktemp("home"))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def book() -> Book:
    """What the lint knows as shipped."""
    return book_from(compile_book([shipped("catalog")]))


def numbers(text: str) -> list[str]:
    """Row numbers written 1、3-7."""
    found: list[str] = []
    for part in filter(None, text.split("、")):
        first, _, last = part.partition("-")
        found += map(str, range(int(first), int(last or first) + 1))
    return found


def rows_of(findings: list[Finding], rule: str, severity: Severity | None = None) -> list[str]:
    """The rows at which a rule speaks, each once, waived ones left out."""
    hits = [f for f in findings if f.rule == rule and not f.waived and severity in (None, f.severity)]
    return list(dict.fromkeys(finding.no for finding in hits))


# the shipped catalog


@pytest.mark.parametrize("entry", SHIPPED["findings"], ids=lambda e: f"{e['rule']}-{e['severity']}")
def test_the_shipped_rows_have_exactly_these_findings(entry: Located, catalog: Catalog, book: Book) -> None:
    """附件1, row by row as read by a person (shipped.yaml)."""
    day = date.fromisoformat(SHIPPED["day"])
    severity = parse_word(Severity, entry["severity"])
    assert severity is not None and entry["why"]
    assert rows_of(check(catalog, book, day), entry["rule"], severity) == numbers(entry["rows"])


def test_the_file_of_findings_speaks_of_every_rule_and_severity(catalog: Catalog, book: Book) -> None:
    """Nothing is found that the file does not name."""
    named = {(entry["rule"], parse_word(Severity, entry["severity"])) for entry in SHIPPED["findings"]}
    assert {rule for rule, _ in named} == set(IDS)
    assert {(f.rule, f.severity) for f in check(catalog, book, TODAY)} <= named


def test_each_vague_phrase_of_row_8_is_named_with_its_proof(catalog: Catalog, book: Book) -> None:
    """O3: six circumstances of which five are vague in six phrases."""
    found = [f for f in check(catalog, book, TODAY) if f.rule == "vague" and f.no == "8"]
    assert [f.proof for f in found] == [f"rs-08.{n}" for n in (2, 3, 4, 5, 6, 7)]
    assert all(f.words and f.words in f.message and f.way_out for f in found)


@pytest.mark.parametrize("entry", SHIPPED["groups"], ids=lambda e: e["certificate"])
def test_a_certificate_checked_differently_names_both_sides(
    entry: Located, catalog: Catalog, book: Book
) -> None:
    """O2: 《医疗机构执业许可证》, 营业执照, 就业创业证."""
    start = f"同一种证明“{entry['certificate']}”"
    told = {f.message for f in check(catalog, book, TODAY) if f.message.startswith(start + "核查方式")}
    (message,) = told
    for method in Method:
        assert (f"{entry.get(method.label)}为{method.label}" in message) is (method.label in entry)


@pytest.mark.parametrize("entry", SHIPPED["families"], ids=lambda e: e["certificate"])
def test_a_certificate_with_several_names_lists_them(entry: Located, catalog: Catalog, book: Book) -> None:
    """O7: the counts of 就业创业证, 死亡证明 and the twelve spellings for premises."""
    drift = [f for f in check(catalog, book, TODAY) if f.rule == "name-drift"]
    told = {f.message for f in drift if f"“{entry['certificate']}”" in f.way_out}
    (message,) = told
    assert f"有 {entry['names']} 种叫法" in message and message.count("（") >= int(entry["names"])


@pytest.mark.parametrize("entry", SHIPPED["waivers"], ids=lambda e: e["waiver"])
def test_a_proposed_waiver_is_named_and_works_once_accepted(
    entry: Located, catalog: Catalog, book: Book, tmp_path: Path
) -> None:
    """O3, O7: wording inherited from statute (29; 49–56, 60–65); a proposal by itself changes nothing."""
    wanted, rule, id_ = numbers(entry["rows"]), entry["rule"], entry["waiver"]
    before = check(catalog, book, TODAY)
    assert [f.no for f in before if f.waiver == id_] == wanted and not any(f.waived for f in before)
    text = f'waivers:\n  - {{id: {id_}, accepted: 是, by: 测试, date: "2026-11-24"}}\n'
    (tmp_path / "waivers.yaml").write_text(text, "utf-8")
    accepted = book_from(compile_book([shipped("catalog"), tmp_path]))
    after = check(catalog, accepted, TODAY)
    assert {f.no for f in after if f.waived} == set(wanted) == {f.no for f in after if f.waiver == id_}
    assert not set(rows_of(after, rule)) & set(wanted)
    assert [f._replace(waived=False) for f in after] == before
    earlier = check(catalog, accepted, date(2026, 11, 23))
    assert not any(f.waived for f in earlier), "认可之日以前不起作用"


def test_shipped_waivers_name_rules_and_items_that_exist(catalog: Catalog, book: Book) -> None:
    """Each proposal says why and cites the law whose words it echoes; none is accepted."""
    items = {item.id for item in catalog.items}
    assert {waiver.id for waiver in book.waivers} == {entry["waiver"] for entry in SHIPPED["waivers"]}
    for waiver in book.waivers:
        assert set(waiver.rules) <= set(IDS) and set(waiver.items) <= items and waiver.reason
        assert waiver.citation is not None and waiver.citation.text and waiver.citation.source
        assert not waiver.accepted and not waiver.by


def test_row_29_is_the_very_wording_of_the_regulation(catalog: Catalog, book: Book) -> None:
    """The waiver's citation holds the words that row 29 prints."""
    waiver = next(w for w in book.waivers if w.id == "W-29")
    (words,) = waiver.words
    item = catalog.item("sl-29")
    assert item is not None and item.printed is not None and waiver.citation is not None
    assert words in item.printed.proofs and words in waiver.citation.text


def test_grounds_and_changes_of_law_carry_their_text(book: Book) -> None:
    """What counts as an error is cited word for word; the rest would only advise."""
    for change in (*book.changes, *book.regimes):
        assert change.verified and change.citations and "LawRefBook/Laws" in change.source
        assert all(basis.text and "提交" in basis.source for basis in change.citations)
    assert {rule for rule, _ in book.grounds} <= set(IDS)
    assert not any(one.verified for one in book.certificates), "开具单位都是一般常识"


# rules by example


def node(names: list[str], methods: list[str], row: Located, id_: str) -> Node:
    """The proofs of an example's row."""
    assessed = row.get("assessed")
    assessment = Assessment(assessed == "不适用", "某领域", "某理由", "某人", TODAY) if assessed else None
    proofs = tuple(
        Proof(
            f"{id_}.{n}",
            name,
            next(m for m in Method if m.label == method),
            issuer=row.get("issuer", ""),
            issuer_source=row.get("issuer_source", ""),
            standard=row.get("standard", ""),
            assessment=assessment,
        )
        for n, (name, method) in enumerate(zip(names, methods, strict=True), start=1)
    )
    return proofs[0] if len(proofs) == 1 else Group(GroupKind.ALL, proofs)


def an_item(row: Located) -> Item:
    """The item that an example's row describes."""
    no, office = row.get("no", "1"), row.get("office", "SL")
    names = row.get("names", [row.get("proofs")])
    methods = row.get("methods", ["免于核查"] * len(names))
    matter = row.get("matter", "测试事项")
    printed = Printed("荥阳市水利局", matter, row.get("proofs", ""), row.get("method", "免于核查"))
    law = {"是": "测试条例"}.get(row.get("basis", ""), row.get("basis", ""))
    basis = (Basis(law, "1", "测试"),) if law else ()
    plans = (CheckPlan(date.fromisoformat(row["period"]), "测试", 10),) if "period" in row else ()
    return Item(
        f"x-{no}",
        no,
        office,
        matter,
        node(names, methods, row, f"x-{no}"),
        None if row.get("printed") == "否" else printed,
        basis=basis,
        content=(row["content"],) if "content" in row else (),
        plans=plans,
    )


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['rule']}-{c.marks['rule'][0]}")
def test_a_rule_speaks_exactly_where_its_example_says(case: Located, catalog: Catalog, book: Book) -> None:
    """cases.yaml: given these words, the rule speaks at these rows or not at all."""
    given_rows = case.get("rows") or [case["given"]]
    day = date.fromisoformat(case.get("day", TODAY.isoformat()))
    small = catalog._replace(items=Items(map(an_item, given_rows)))
    found = [f for f in check(small, book, day) if f.rule == case["rule"]]
    assert list(dict.fromkeys(f.no for f in found)) == numbers(case["on"])
    if "severity" in case:
        assert {f.severity.label for f in found} == {case["severity"]}
    if "words" in case:
        assert [f.words for f in found] == [case["words"]]


@RULE
def test_every_rule_has_an_example_for_and_against(id_: str) -> None:
    """cases.yaml holds both kinds for each rule."""
    assert {bool(case["on"]) for case in CASES if case["rule"] == id_} == {True, False}


def test_unverified_law_only_advises(catalog: Catalog, book: Book) -> None:
    """未核实: said so, and never an error."""
    changes = tuple(change._replace(verified=False, citations=()) for change in book.changes)
    found = [f for f in check(catalog, book._replace(changes=changes), TODAY) if f.rule == "overtaken"]
    assert {f.severity for f in found} == {Severity.ADVICE} and len(found) == 3
    assert all("未核实" in f.message for f in found)


def test_a_verified_issuer_of_a_certificate_is_an_error(catalog: Catalog, book: Book) -> None:
    """Once the county has verified who issues 取水许可证, rows 30–32 are errors."""
    certificates = tuple(c._replace(verified=c.name == "取水许可证") for c in book.certificates)
    found = check(catalog, book._replace(certificates=certificates), TODAY)
    assert rows_of(found, "self-issued", Severity.ERROR) == ["10", "30", "31", "32"]


# data, not code


@pytest.mark.parametrize(
    ("key", "word", "rule", "row"),
    [
        ("vague", "文件", "vague", "33"),
        ("vague", "等", "vague", "1"),
        ("not_proofs", "声明", "not-a-proof", "58"),
        ("events", "死亡", "event-name", "17"),
        ("areas", "成品油", "exclusion", "33"),
        ("copies", "复印件", "copy-asked", "9"),
        ("method_synonyms", "线上核查", "method-synonym", "34"),
        ("issuers", "人社部门加盖公章的", "self-issued", "10"),
    ],
)
def test_a_word_taken_out_of_the_file_is_no_longer_looked_for(
    key: str, word: str, rule: str, row: str, catalog: Catalog, tmp_path: Path
) -> None:
    """The county takes a word out (use: 否), or it is deleted from the file: the finding goes with it."""
    shipped_book = compile_book([shipped("catalog")])
    assert row in rows_of(check(catalog, book_from(shipped_book), TODAY), rule)
    (tmp_path / "lint.yaml").write_text(f"{key}:\n  - {{text: {word}, use: 否}}\n", "utf-8")
    switched = book_from(compile_book([shipped("catalog"), tmp_path]))
    deleted = book_from(shipped_book | {key: [e for e in shipped_book[key] if e[0] != word]})
    assert switched == deleted
    assert row not in rows_of(check(catalog, switched, TODAY), rule)


def test_a_line_deleted_from_lint_yaml_takes_its_finding_along(catalog: Catalog, tmp_path: Path) -> None:
    """The shipped file without 手续: row 8 keeps its other two phrases only."""
    for name in ("lint", "certificates", "law_changes", "waivers"):
        shutil.copy(shipped("catalog") / f"{name}.yaml", tmp_path)
    path = tmp_path / "lint.yaml"
    before, _, rest = path.read_text("utf-8").partition("  - text: 手续\n")
    path.write_text(before + "  - text:" + rest.partition("  - text:")[2], "utf-8")
    found = check(catalog, book_from(compile_book([tmp_path])), TODAY)
    assert [f.proof for f in found if f.rule == "vague" and f.no == "8"] == ["rs-08.3", "rs-08.4"]


def test_an_empty_book_asks_only_for_what_needs_no_words(catalog: Catalog) -> None:
    """No word lists at all: nothing is read out of the code."""
    found = {f.rule for f in check(catalog, Book(), TODAY)}
    assert not found & {
        "vague", "not-a-proof", "self-issued", "overtaken", "exclusion", "method-synonym",
        "name-drift", "copy-asked", "event-name", "two-regimes",
    }  # fmt: skip
    assert {"missing-basis", "brackets", "half-width", "split-matter"} <= found


# the whole


def test_findings_come_by_severity_then_rule_then_row(catalog: Catalog, book: Book) -> None:
    """错误, 警告, 提示; within them the order of RULES; within a rule the rows of the 清单."""
    found = check(catalog, book, TODAY)
    keys = [(list(Severity).index(f.severity), IDS.index(f.rule), int(f.no)) for f in found]
    assert keys == sorted(keys)


def test_each_finding_says_where_why_and_the_way_out(catalog: Catalog, book: Book) -> None:
    """Item, row, office, clause of the notice; law behind the rule where the book cites it."""
    proofs = {proof.id for item in catalog.items for proof in item.proofs}
    clauses = {rule.id: rule.clause for rule in RULES}
    for f in check(catalog, book, TODAY):
        item = catalog.item(f.item)
        assert item is not None and (item.no, item.office) == (f.no, f.office)
        assert f.message and f.words and f.way_out and f.clause.startswith(clauses[f.rule])
        assert not f.proof or (f.proof in proofs and f.proof.startswith(f.item))
    own = next(f for f in check(catalog, book, TODAY) if f.rule == "self-issued")
    assert own.clause == "通知四；《优化营商环境条例》（2019-10-22 公布）第四十四条第二款"


def test_only_items_in_force_are_looked_at(catalog: Catalog, book: Book) -> None:
    """An item that has ended is no longer criticised; nor does it count for another's names."""
    ended = date(2026, 11, 23)
    items = [i._replace(valid_until=ended) if i.office == "SB" else i for i in catalog.items]
    later = check(catalog._replace(items=Items(items)), book, TODAY)
    assert not any(f.office == "SB" for f in later)
    assert check(catalog._replace(items=Items(items)), book, ended) == check(catalog, book, ended)
    assert check(catalog, book, date(2021, 10, 10)) == []


def test_a_waiver_covers_its_words_only(catalog: Catalog, book: Book) -> None:
    """One more 等 in row 29 is the office's own wording, not the statute's."""
    item = catalog.item("sl-29")
    assert item is not None and item.printed is not None
    changed = item.printed._replace(proofs=item.printed.proofs.replace("说明", "说明等"))
    small = catalog._replace(items=Items([item._replace(printed=changed)]))
    waivers = tuple(w._replace(accepted=True, by="测试", day=TODAY) for w in book.waivers)
    found = [f for f in check(small, book._replace(waivers=waivers), TODAY) if f.rule == "vague"]
    assert [(f.words, f.waived, f.waiver) for f in found] == [("与第三者利害关系的相关说明等", False, "")]


def test_a_waiver_may_name_a_proof_and_leave_out_words(catalog: Catalog) -> None:
    """By the proof's id; an accepted one goes before a proposed one."""
    proposed = Waiver("A", ("missing-period",), ("rs-04",), (), "理由")
    accepted = Waiver("B", ("missing-period",), ("rs-04.1",), (), "理由", None, True, "测试", TODAY)
    found = check(catalog, Book(waivers=(proposed, accepted)), TODAY)
    assert [(f.waiver, f.waived) for f in found if f.waiver] == [("B", True)]
    assert not set(accepted.rules) & set(NEED_CITATION)


def test_rule_ids_and_titles_are_distinct() -> None:
    """Ids are what waivers and scripts name."""
    assert len(set(IDS)) == len({rule.title for rule in RULES}) == len(RULES) == 21


# work grows with the rows


def work(catalog: Catalog, book: Book, times: int) -> tuple[int, int, int]:
    """Calls made, characters written and findings for the shipped rows repeated under new numbers."""
    items = [
        item._replace(id=f"{item.id}-{n}", no=str(67 * n + int(item.no)), matter=f"{item.matter}{n}")
        for n in range(times)
        for item in catalog.items
    ]
    large = catalog._replace(items=Items(items))
    calls: Counter[str] = Counter()
    before = sys.getprofile()
    sys.setprofile(lambda _, event, __: calls.update((event,)))
    try:
        found = check(large, book, TODAY)
    finally:
        sys.setprofile(before)
    written = sum(len(text) for finding in found for text in (finding.message, finding.words))
    return calls["call"] + calls["c_call"], written, len(found)


def test_work_grows_no_faster_than_the_catalog(catalog: Catalog, book: Book) -> None:
    """Counted, not timed: three times the rows, at most about three times the calls and the text."""
    check(catalog, book, TODAY)  # patterns are compiled once
    small, large = work(catalog, book, 8), work(catalog, book, 24)
    for before, after in zip(small, large, strict=True):
        assert 2 * before < after < 3.3 * before


# small parts

TEXTS = st.text("证明书、；;，,。（）()《》123.或和提供 \n等相关", max_size=40)


@MANY
@given(TEXTS)
def test_phrases_lose_nothing_but_signs_and_numbers(text: str) -> None:
    """Every phrase is in the text, in order, and no separator is left in it."""
    place = 0
    for phrase in phrases(text):
        assert phrase and not set(phrase) & set("；;。，,\n")
        place = text.index(phrase, place) + len(phrase)


@MANY
@given(TEXTS)
def test_brackets_of_any_text_are_told_once(text: str) -> None:
    """A place is mixed or single, not both, and holds a bracket; mixed ones come in pairs."""
    mixed, single = bracket_faults(text)
    assert not mixed & single and len(mixed) % 2 == 0
    assert all(text[place] in "（）()《》" for place in mixed | single)


@MANY
@given(TEXTS)
def test_any_text_may_be_asked_for_its_logic(text: str) -> None:
    """No text is too odd; a join word for the whole list always settles it."""
    words = LogicWords(("任选其一",), ("或", "和"), ("提供",), ("证", "证明", "书"))
    assert unclear(text + "任选其一", words) == ""
    assert isinstance(unclear(text, words), str)


@MANY
@given(TEXTS, TEXTS)
def test_an_exception_swallows_its_word_and_no_other(before: str, after: str) -> None:
    """级 after 等 makes it 等级 wherever it stands; a bare 等 beside it is still found."""
    wording = Wording("等", "", exceptions=("等级",))
    plain = (before + after).replace("等", "")
    assert not holds(wording, plain + "等级")
    assert holds(wording, plain + "等级等")


@MANY
@given(st.lists(st.integers(1, 99), max_size=30, unique=True).map(sorted))
def test_rows_are_told_in_runs(nos: list[int]) -> None:
    """Few runs name every row; many end in their number."""
    told = rows([str(no) for no in nos])
    spelled: list[int] = []
    for part in told.removesuffix(" 行").split("、"):
        first, _, last = part.partition("–")
        if "等" not in told and first:
            spelled += range(int(first), int(last or first) + 1)
    assert spelled == nos if "等" not in told else told.endswith(f"等 {len(nos)} 行")


@pytest.mark.parametrize(
    ("issuer", "same"),
    [
        ("荥阳市水利局", True),
        ("水利局（虚构）", True),
        ("荥阳市水利局水政科", True),
        ("水利部门", True),
        ("郑州市水利局", False),
        ("市场监督管理局", False),
        ("局", False),
        ("", False),
        ("部门", False),
    ],
)
def test_an_office_is_known_by_any_of_its_names(issuer: str, same: bool, catalog: Catalog) -> None:
    """荥阳市水利局 (SL)."""
    assert is_office(issuer, catalog.office("SL")) is same


def test_a_certificate_is_what_the_name_comes_to(book: Book) -> None:
    """创业者《就业创业证》复印件 is one; a 台账 of it, or a notice of its loss, is not."""
    known = spellings(book)
    copies = book.copies

    def named(name: str) -> str:
        found: Any = known.named(name, book)
        return found.name if found else ""

    assert named("创业者《就业创业证》复印件") == "《就业创业证》" == named("就业创业证（副本）")
    assert named("《就业创业登记证》发放台账") == "" == named("营业执照遗失公告")
    assert bare("营业执照副本复印件", copies) == "营业执照" and bare("复印件", copies) == "复印件"
    assert spellings(Book()).named("营业执照", Book()) is None


def test_values_have_safe_defaults() -> None:
    """A law change is unverified and a certificate's issuer unknown until somebody says otherwise."""
    assert not LawChange("X", ("词",), TODAY, "", "", "").verified
    assert not Certificate("证", ("证",)).verified
