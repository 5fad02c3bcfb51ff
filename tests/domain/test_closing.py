"""核查结论: evidence, how many looked, another office's check, a recheck before its day; rows of a sheet."""

from __future__ import annotations

from datetime import date

import pytest

from gaozhi_cli.domain.check_plan import CheckPlan
from gaozhi_cli.domain.closing import (
    Answer,
    Persons,
    answer_problems,
    close_problems,
    finding_said,
    inspectors_of,
    office_problems,
    persons_rule,
)
from gaozhi_cli.domain.county import Office
from gaozhi_cli.domain.parameters import Dated
from gaozhi_cli.domain.verification import Verification
from gaozhi_cli.domain.vocabulary import Finding
from tests.domain.test_verification import ACCEPTED, CHECK, CLOSED

TWO = Persons(2, "示例县核查办法（虚构）")
COUNTY = (Dated(date(2021, 1, 1), "2", "示例县核查办法（虚构）"),)
OFFICES = (
    Office("RS", "人社局全称", ("人社局",)),
    Office("SB", "社保中心", parent="RS"),
    Office("SC", "市监局"),
)


@pytest.mark.parametrize(
    ("check", "evidence", "today", "codes"),
    [
        (CHECK, "现场核对原件", ACCEPTED, []),
        (CHECK, "", ACCEPTED, ["evidence-missing"]),
        (CHECK, " \u3000\n", ACCEPTED, ["evidence-missing"]),
        (CHECK, "——。", ACCEPTED, ["evidence-missing"]),
        (CHECK, "现场核对原件", date(2026, 11, 23), ["check-date"]),
        (CLOSED, "现场核对原件", ACCEPTED, ["check-closed"]),
        (CLOSED, "", date(2026, 11, 23), ["check-closed", "evidence-missing", "check-date"]),
    ],
)
def test_when_a_check_may_be_closed(
    check: Verification, evidence: str, today: date, codes: list[str]
) -> None:
    """规程四（三）: once, with evidence, not before it was planned; all reasons at once."""
    problems = close_problems(check, evidence, today)
    assert [problem.code for problem in problems] == codes


def test_closing_twice_says_when_and_how_it_was_closed() -> None:
    """规程四（三）: the earlier finding stands and is named."""
    (problem,) = close_problems(CLOSED, "又一次", ACCEPTED)
    assert "2026-11-26" in problem.message and "“属实”" in problem.message


@pytest.mark.parametrize(
    ("finding", "people", "refused"),
    [
        (Finding.FALSE, (), True),
        (Finding.FALSE, ("李核查",), True),
        (Finding.UNFULFILLED, ("李核查",), True),
        (Finding.FALSE, ("李核查", "王核查"), False),
        (Finding.TRUE, (), False),
        (Finding.UNVERIFIABLE, ("李核查",), False),
    ],
)
def test_an_adverse_finding_needs_the_number_that_the_county_asks_for(
    finding: Finding, people: tuple[str, ...], refused: bool
) -> None:
    """通知五（三）: only where the county says so, and only for 不实 and 未履行; its source is named."""
    problems = close_problems(CHECK, "现场看过", ACCEPTED, finding=finding, inspectors=people, rule=TWO)
    assert [problem.code for problem in problems] == ["persons"] * refused
    assert all(TWO.source in problem.message for problem in problems)
    assert not close_problems(CHECK, "现场看过", ACCEPTED, finding=finding, inspectors=people)


def test_the_same_name_twice_is_one_person() -> None:
    """Blanks and width do not make another person; several names may stand in one text."""
    assert inspectors_of(["李核查", "李 核查", "李核查、王核查", "  "]) == ("李核查", "王核查")
    assert inspectors_of(["甲，乙;丙\n丁/戊"]) == ("甲", "乙", "丙", "丁", "戊")


def test_the_plan_goes_before_the_county() -> None:
    """What a proof's plan says, else the county's dated number, else nothing."""
    plan = CheckPlan(date(2021, 1, 1), "计划（虚构）", persons=3)
    assert persons_rule(plan, COUNTY, ACCEPTED) == Persons(3, "计划（虚构）")
    assert (
        persons_rule(plan._replace(persons=None), COUNTY, ACCEPTED)
        == TWO
        == persons_rule(None, COUNTY, ACCEPTED)
    )
    assert persons_rule(None, COUNTY, date(2020, 1, 1)) is persons_rule(None, (), ACCEPTED) is None


@pytest.mark.parametrize(
    ("changes", "today", "codes"),
    [
        ({"not_before": "2026-12-01"}, date(2026, 11, 30), ["check-early"]),
        ({"not_before": "2026-12-01"}, date(2026, 12, 1), []),
        ({"paused_on": "2026-11-25"}, date(2026, 11, 30), ["check-paused"]),
        ({"paused_on": "2026-11-25", "not_before": "2026-12-01"}, date(2026, 11, 30),
         ["check-paused", "check-early"]),
    ],
)  # fmt: skip
def test_a_recheck_waits_for_its_day_and_a_paused_check_for_going_on(
    changes: dict[str, str], today: date, codes: list[str]
) -> None:
    """通知五（三）: within the 整改期限 nothing is found yet; the way out is said."""
    problems = close_problems(CHECK._replace(**changes), "现场看过", today)
    assert [problem.code for problem in problems] == codes
    assert "check-paused" not in codes or f"verify resume {CHECK.id}" in problems[0].message


@pytest.mark.parametrize(
    ("check", "own", "refused"),
    [("RS", None, False), ("RS", "RS", False), ("RS", "SC", True), ("SB", "RS", False), ("RS", "SB", True)],
)
def test_another_offices_check_is_theirs(check: str, own: str | None, refused: bool) -> None:
    """规程四（三）: where the operator's office is said; the office above may close, one below not."""
    problems = office_problems(CHECK._replace(office=check), own, OFFICES)
    assert [problem.code for problem in problems] == ["other-office"] * refused
    assert not refused or "GAOZHI_DEPT" in problems[0].message


SHEET = "RS-2026-D00001"
ON_SHEET = CHECK._replace(sheet=SHEET)
ROW = Answer("第 2 行", SHEET, CHECK.id, CHECK.number, "属实", "现场看过", "李核查")


@pytest.mark.parametrize(
    ("row", "check", "code"),
    [
        (ROW, ON_SHEET, None),
        (ROW._replace(sheet="RS-2026-D00002"), ON_SHEET, "sheet-other"),
        (ROW._replace(sheet=""), ON_SHEET, "sheet-other"),
        (ROW, CHECK, "check-other"),
        (ROW, None, "check-other"),
        (ROW._replace(number="RS-2026-00002"), ON_SHEET, "check-number"),
        (ROW._replace(finding=""), ON_SHEET, "finding-missing"),
        (ROW._replace(finding="FALSE"), ON_SHEET, "finding-unknown"),
        (ROW._replace(finding="不属实"), ON_SHEET, "finding-unknown"),
        (ROW._replace(finding="不再核查"), ON_SHEET, "finding-unknown"),
    ],
)
def test_a_row_for_another_case_or_sheet_is_no_answer(
    row: Answer, check: Verification | None, code: str | None
) -> None:
    """Its place is named; what a spreadsheet makes of FALSE is never 不实."""
    problems = answer_problems(row, SHEET, check)
    assert [problem.code for problem in problems] == ([code] if code else [])
    assert all(problem.message.startswith("第 2 行") for problem in problems)


def test_only_the_four_words_are_findings() -> None:
    """Neither English words nor parts of a word: nothing is marked 不实 by mistake."""
    words = ("属实", "不实", "未履行", "无法核实", "false", "true", "实", "不", "lapsed", "FALSE", "")
    assert [finding_said(word) for word in words] == [*list(Finding)[:4], *[None] * 7]
