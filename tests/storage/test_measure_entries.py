"""处理措施 out of YAML: the shipped ones, a county's over them, and what no county may take back."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaozhi_cli.domain.measures import MeasureRule
from gaozhi_cli.domain.problem import BadInput, NotReady
from gaozhi_cli.domain.vocabulary import Finding, HearingRight, Measure
from gaozhi_cli.storage.document_entries import county_documents
from gaozhi_cli.storage.measure_entries import county_measures, read_measures
from tests.builders import a_catalog
from tests.conftest import ROOT

SHIPPED = county_measures(ROOT / "none")


def read(folder: Path, text: str) -> dict[Measure, MeasureRule]:
    """The measures of a county with this file."""
    (folder / "measures.yaml").write_text(f"measures:\n  - {{{text}}}\n", "utf-8")
    return county_measures(folder)


def test_the_shipped_measures_say_where_they_come_from(home: Path) -> None:
    """Five, each with its sources; no period but the law's; no item has a sanction."""
    assert tuple(SHIPPED) == tuple(Measure)
    for rule in SHIPPED.values():
        assert rule.grounds and all(ground.source for ground in rule.grounds)
        assert rule.notice_source and rule.hearing_source
        assert all("法" in r.source or "规定" in r.source for r in rule.reminders)
        assert not rule.statement and not rule.recheck
        law = "行政处罚法" in rule.notice_source or "行政许可法" in rule.notice_source
        assert law or "县里的设置" in rule.notice_source
    (asked,) = SHIPPED[Measure.PENALIZE].hearing_request
    assert (asked.value, asked.source) == ("5", "行政处罚法第六十四条第一项、第八十五条")
    assert not SHIPPED[Measure.PENALIZE].grounds[0].basis  # the notice sets no penalty
    assert not any(item.sanctions for item in a_catalog(home).items)


def test_only_what_the_notice_names_is_open_after_false_promises() -> None:
    """通知五（三）: 未履行 opens nothing but 限期整改, and that needs a law."""
    assert [m for m, rule in SHIPPED.items() if rule.ground(Finding.UNFULFILLED)] == [Measure.RECTIFY]
    assert SHIPPED[Measure.RECTIFY].ground(Finding.UNFULFILLED).basis == ()  # type: ignore[union-attr]
    assert all(rule.ground(Finding.FALSE) for rule in SHIPPED.values())


def test_every_measure_has_its_documents() -> None:
    """The kinds are there, each made only by its step; a measure told of before has a notice."""
    kinds = {kind.id: kind for kind in county_documents(ROOT / "none")}
    for rule in SHIPPED.values():
        assert kinds[rule.decision_kind].command == "outcome decide"
        assert bool(rule.notice_kind) is rule.notice
        assert not rule.notice or kinds[rule.notice_kind].command == "outcome notice"


def test_a_county_lays_its_keys_over(tmp_path: Path) -> None:
    """What it writes replaces, all else stays."""
    rules = read(
        tmp_path, "measure: 终止办理, statement: [{since: '2026-01-01', value: '3', source: 本县决定}]"
    )
    assert [one.value for one in rules[Measure.TERMINATE].statement] == ["3"]
    assert rules[Measure.TERMINATE].grounds == SHIPPED[Measure.TERMINATE].grounds
    assert rules[Measure.PENALIZE] == SHIPPED[Measure.PENALIZE]
    assert read(tmp_path, "measure: 行政处罚, hearing: 是")[Measure.PENALIZE].hearing is HearingRight.YES


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("measure: 行政处罚, notice: 否", "第四十四条"),
        ("measure: 行政处罚, hearing: 否", "第六十三条"),
        ("measure: 行政处罚, hearing_request: []", "第六十四条"),
        (
            "measure: 行政处罚, hearing_request: [{since: '2026-01-01', value: '3', source: 本县}]",
            "不能少于 5 个工作日",
        ),
        ("measure: 通报批评", "可用：终止办理"),
        ("measure: 终止办理, decision_document: ''", "缺少“decision_document”"),
        ("measure: 终止办理, days: '3'", "不认识的键"),
    ],
)
def test_what_no_county_may_write(tmp_path: Path, text: str, words: str) -> None:
    """行政处罚法 stands above the county's file; a fault names file and line."""
    with pytest.raises(BadInput, match=words) as refusal:
        read(tmp_path, text)
    assert "measures.yaml" in refusal.value.message


def test_a_measure_that_is_lost_is_told(tmp_path: Path) -> None:
    """Without the shipped file nothing is guessed."""
    with pytest.raises(NotReady, match="终止办理"):
        read_measures([tmp_path])


def test_what_laws_foresee_comes_through_the_index(complete_home: Path) -> None:
    """``sanctions`` of an item, as the fixture county has them."""
    item = a_catalog(complete_home).item("rs-04")
    assert item is not None
    rectify, revoke, penalize = item.sanctions
    assert rectify.cited.startswith("《示例县证明事项管理办法（虚构）》第20条第1款“承诺不实")
    assert (rectify.period, rectify.findings) == (15, (Finding.FALSE, Finding.UNFULFILLED))
    assert revoke.after_rectifying and penalize.hearing is True and penalize.findings == (Finding.FALSE,)
