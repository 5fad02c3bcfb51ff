"""The lint's YAML: the county's files over the shipped ones, and every fault at its place."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.lint.book import Book
from gaozhi_cli.domain.problem import BadInput
from gaozhi_cli.storage.home import shipped
from gaozhi_cli.storage.lint_entries import book_from, compile_book

CHANGE = "id: L, words: [词], since: 2026-01-01, message: 变了, way_out: 改, source: 某处"
LAW = "law: 某条例, article: 一, text: 原文, source: 某处"
WAIVER = "id: W, rules: [exclusion], items: [aa-01], reason: 理由"


def read(folder: Path, text: str, file: str = "lint") -> Book:
    """The shipped book with one file of the county's over it."""
    (folder / f"{file}.yaml").write_text(text, "utf-8")
    return book_from(compile_book([shipped("catalog"), folder]))


def fault(folder: Path, text: str, file: str = "lint") -> str:
    """The one sentence with which a file is refused."""
    with pytest.raises(BadInput) as caught:
        read(folder, text, file)
    return caught.value.message


@pytest.fixture(scope="module")
def base() -> Book:
    """The book as shipped."""
    return book_from(compile_book([shipped("catalog")]))


def test_the_shipped_files_fill_every_part_of_the_book(base: Book) -> None:
    """Nothing shipped is empty; every entry says why and from where."""
    assert all(base)
    for wording in (*base.vague, *base.not_proofs, *base.events, *base.areas, *base.copies):
        assert wording.why and wording.source
    assert all(wording.area and "未核实" in wording.source for wording in base.areas)
    assert all("未核实" in one.source for one in base.certificates if one.issuer)


def test_the_plain_book_is_json(base: Book) -> None:
    """It may be kept in a cache and comes back the same."""
    plain = compile_book([shipped("catalog")])
    assert json.loads(json.dumps(plain)) == plain
    assert book_from(json.loads(json.dumps(plain))) == base


def test_a_county_without_files_has_the_shipped_book(base: Book, tmp_path: Path) -> None:
    """Nor does a folder that is not there matter; no folder at all is an empty book."""
    assert book_from(compile_book([shipped("catalog"), tmp_path, tmp_path / "none"])) == base
    assert book_from(compile_book([])) == Book()


def test_a_waiver_is_accepted_by_three_keys(base: Book, tmp_path: Path) -> None:
    """- {id, accepted, by, date}: rules, items, words, reason and citation stay the shipped ones."""
    line = 'waivers:\n  - {id: W-29, accepted: 是, by: 张三, date: "2026-11-24"}\n'
    book = read(tmp_path, line, "waivers")
    before, after = base.waivers[0], book.waivers[0]
    assert after == before._replace(accepted=True, by="张三", day=date(2026, 11, 24))
    assert book.waivers[1:] == base.waivers[1:]


def test_an_entry_is_laid_over_key_by_key(base: Book, tmp_path: Path) -> None:
    """exceptions replace exceptions, the rest of the word stays; a new word is added."""
    text = "vague:\n  - {text: 等, exceptions: [等等]}\n  - {text: 酌情, why: 没有标准}\n"
    book = read(tmp_path, text)
    assert book.vague[0] == base.vague[0]._replace(exceptions=("等等",))
    assert book.vague[-1].text == "酌情" and len(book.vague) == len(base.vague) + 1
    assert book._replace(vague=()) == base._replace(vague=())


def test_words_of_logic_and_applicants_are_laid_over_as_lists(base: Book, tmp_path: Path) -> None:
    """A list of plain words is replaced whole, the other lists stay."""
    book = read(tmp_path, "logic:\n  joins: [或]\napplicants: [申办人]\n")
    assert book.logic == base.logic._replace(joins=("或",)) and book.applicants == ("申办人",)


def test_an_entry_is_switched_off(base: Book, tmp_path: Path) -> None:
    """use: 否 for a word, a certificate, a change of law, a ground."""
    assert len(read(tmp_path, "areas:\n  - {text: 消防, use: 否}\n").areas) == len(base.areas) - 1
    assert read(tmp_path, "grounds:\n  - {rule: self-issued, use: 否}\n").grounds == base.grounds[1:]
    off = "certificates:\n  - {name: 营业执照, use: 否}\n"
    assert read(tmp_path, off, "certificates").certificates == base.certificates[1:]
    assert read(tmp_path, "regimes:\n  - {id: LR-66, use: 否}\n", "law_changes").regimes == base.regimes[:1]


FAULTS = [
    ("lint", "vagues: []", "vagues", "不认识的键“vagues”"),
    ("lint", "vague: [{text: 某, why: 某, whys: 某}]", "whys", "不认识的键“whys”"),
    ("lint", "vague: [{text: 某}]", "{", "缺少“why”"),
    ("lint", "vague: [{why: 某}]", "{", "缺少“text”"),
    ("lint", "vague: [{text: '*', why: 某}]", "text", "至少要有一个字"),
    ("lint", "vague: [{text: 等}, {text: 等, use: 是}]", "text: 等, use", "text “等”重复"),
    ("lint", "vague: [{text: 等, use: 不}]", "use", "应写 是 或 否"),
    ("lint", "vague: 等", "vague", "应是一列“键: 值”"),
    ("lint", "logic: {join: [或]}", "join", "不认识的键“join”"),
    ("lint", "logic: {joins: []}", "joins", "缺少“joins”"),
    ("lint", f"grounds: [{{rule: vagueness, {LAW}}}]", "rule", "没有规则“vagueness”"),
    ("lint", "grounds: [{rule: vague, law: 某条例}]", "{", "缺少“article”"),
    ("certificates", "certificates: [{name: 某证}]", "{", "缺少“spellings”"),
    ("certificates", "certificates: [{name: 某, spellings: [营业执照]}]", "spellings", "已列在“营业执照”"),
    ("certificates", "certificates: [{name: 某, spellings: [某], issuer: 某}]", "{", "缺少“source”"),
    ("law_changes", f"changes: [{{{CHANGE.replace('2026-01-01', '2026.1.1')}}}]", "since", "不是日期"),
    ("law_changes", f"changes: [{{{CHANGE}, verified: 是}}]", "verified", "要在 citations 写明"),
    ("law_changes", f"changes: [{{{CHANGE}, citations: [{{law: 某}}]}}]", "{law", "缺少“article”"),
    ("waivers", f"waivers: [{{{WAIVER.replace('[exclusion', '[other')}}}]", "rules", "没有规则“other”"),
    ("waivers", "waivers: [{id: W, rules: [exclusion], reason: 某}]", "{", "缺少“items”"),
    ("waivers", "waivers: [{id: W, rules: [exclusion], items: [a]}]", "{", "缺少“reason”"),
    ("waivers", f"waivers: [{{{WAIVER}, accepted: 是, date: 2026-11-24}}]", "{", "缺少“by”"),
    ("waivers", f"waivers: [{{{WAIVER}, accepted: 是, by: 某}}]", "{", "缺少“date”"),
    ("waivers", f"waivers: [{{{WAIVER}, accepted: 是, by: 某, date: 11月}}]", "date", "不是日期"),
    ("waivers", "waivers: [{id: W-29, accepted: 好}]", "accepted", "应写 是 或 否"),
    ("waivers", "waivers: [{id: W-29, citation: {law: 某}}]", "{law", "缺少“article”"),
    ("waivers", "waivers: [{id: W-29, ruels: [vague]}]", "ruels", "不认识的键“ruels”"),
]


@pytest.mark.parametrize(("file", "text", "at", "told"), FAULTS)
def test_a_fault_is_named_at_its_place(file: str, text: str, at: str, told: str, tmp_path: Path) -> None:
    """catalog/FILE:line:column and what is wrong."""
    message = fault(tmp_path, f"# 说明\n{text}\n", file)
    assert message.startswith(f"catalog/{file}.yaml:2:{text.index(at) + 1} ") and told in message


@pytest.mark.parametrize("rule", ["vague", "name-drift"])
def test_only_law_excuses_wording(rule: str, tmp_path: Path) -> None:
    """An accepted waiver of a wording rule without a citation is refused; a proposal may still lack it."""
    waiver = WAIVER.replace("exclusion", rule)
    yes = ", accepted: 是, by: 某, date: 2026-11-24"
    assert f"规则 {rule} 的例外，要在 citation 写明" in fault(
        tmp_path, f"waivers:\n  - {{{waiver}{yes}}}\n", "waivers"
    )
    assert not read(tmp_path, f"waivers:\n  - {{{waiver}}}\n", "waivers").waivers[-1].accepted
    cited = f"waivers:\n  - {{{waiver}{yes}, citation: {{{LAW}}}}}\n"
    assert read(tmp_path, cited, "waivers").waivers[-1].accepted


def test_other_rules_are_waived_by_reason_alone(tmp_path: Path) -> None:
    """exclusion, method-differs and the like: who, when and why."""
    text = f"waivers:\n  - {{{WAIVER}, accepted: 是, by: 某, date: 2026-11-24}}\n"
    last = read(tmp_path, text, "waivers").waivers[-1]
    assert (last.accepted, last.by, last.day, last.citation) == (True, "某", date(2026, 11, 24), None)


def test_a_fault_below_names_the_shipped_file(tmp_path: Path) -> None:
    """A key that the county did not write is blamed on the file it stands in."""
    below, above = tmp_path / "below", tmp_path / "above"
    below.mkdir()
    above.mkdir()
    (below / "lint.yaml").write_text("vague:\n  - {text: 某, why: 某, exceptions: {a: b}}\n", "utf-8")
    (above / "lint.yaml").write_text("# 说明\n\nvague:\n  - {text: 某, why: 别的}\n", "utf-8")
    with pytest.raises(BadInput, match=r"lint\.yaml:2:23 “exceptions”应是一列文字"):
        compile_book([below, above])


WORDS = st.text("等有关相材料证明*（）", min_size=1, max_size=6).filter(lambda text: text.strip("*"))


@settings(deadline=None, max_examples=60, database=None)
@given(WORDS, st.lists(WORDS, max_size=3))
def test_any_word_is_carried_as_written(word: str, exceptions: list[str]) -> None:
    """A word with brackets or stars comes out as it went in."""
    import tempfile

    entry = json.dumps({"text": word, "why": "某", "exceptions": exceptions}, ensure_ascii=False)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "lint.yaml").write_text(f"vague:\n  - {entry}\n", "utf-8")
        (wording,) = book_from(compile_book([Path(folder)])).vague
    assert (wording.text, wording.exceptions) == (word, tuple(exceptions))
