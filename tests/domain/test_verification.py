"""One check of one proof: planned, due, closed once with a finding and its evidence (规程四（三）)."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any

import pytest

from gaozhi_cli.domain.check_plan import CheckPlan
from gaozhi_cli.domain.commitment import Number, new_commitment
from gaozhi_cli.domain.county import County
from gaozhi_cli.domain.verification import (
    CHECK_CLAUSE,
    Due,
    Verification,
    check_id,
    conclude_problems,
    follow_up,
    needs_check,
    next_steps,
    nothing_open,
    plan_due,
    schedule_problems,
)
from gaozhi_cli.domain.vocabulary import CheckState, CommitmentStatus, CountedFrom, Finding, Method
from gaozhi_cli.domain.workdays import WorkCalendar

PLAIN = WorkCalendar(published=frozenset({2025, 2026}))
ACCEPTED = date(2026, 11, 24)  # a Tuesday
CHECK = Verification(
    id="RS-2026-00001-1",
    number="RS-2026-00001",
    office="RS",
    item="rs-04",
    matter="劳务派遣经营许可（新办）",
    proof="rs-04.1",
    proof_name="营业执照",
    method=Method.ONLINE.value,
    state=CheckState.PLANNED.value,
    planned_on="2026-11-24",
)


def plan(days: int | None, **more: Any) -> CheckPlan:
    """A plan of the made-up county."""
    return CheckPlan(date(2021, 1, 1), "示例县决定（虚构）", days, **more)


def test_the_dated_period_counts_working_days_after_acceptance() -> None:
    """通知五（三）（明确核查时间）: the day itself does not count; the source stands beside the date."""
    due = plan_due(plan(10), ACCEPTED, PLAIN)
    assert due == Due(date(2026, 12, 8), False, "10 个工作日，示例县决定（虚构）")


def test_days_counted_from_the_conclusion_wait_for_it() -> None:
    """消防法第十五条: after the licence; until then there is no date, but it is said how it is counted."""
    after = plan(20, counted_from=CountedFrom.CONCLUDED)
    said = "自办结起 20 个工作日，示例县决定（虚构）"
    assert plan_due(after, None, PLAIN) == Due(None, False, said)
    assert plan_due(after, ACCEPTED, PLAIN) == Due(date(2026, 12, 22), False, said)


def test_what_the_days_were_weighed_by_is_said() -> None:
    """通知五（三）: the credit of who promised is a reason, and stands beside the date."""
    assert (
        plan_due(plan(5), ACCEPTED, PLAIN, why="按 50% 计").source
        == "5 个工作日（按 50% 计），示例县决定（虚构）"
    )


def test_without_a_period_there_is_no_date_and_no_source() -> None:
    """通知五（三）: the notice sets no number of days; none is made up (未定期限)."""
    assert plan_due(plan(None), ACCEPTED, PLAIN) == Due(None, False, "")


def test_the_day_set_for_the_case_goes_before_any_period() -> None:
    """通知五（三）: the office's own decision for this case is kept with its source."""
    for days in (None, 10):
        due = plan_due(plan(days), ACCEPTED, PLAIN, date(2027, 3, 1))
        assert due == Due(date(2027, 3, 1), False, "办理时指定")


def test_a_date_beyond_the_published_calendar_is_provisional() -> None:
    """行政许可法 第八十二条: a deadline that reaches an unpublished year is said to be provisional."""
    assert plan_due(plan(28), ACCEPTED, PLAIN) == Due(
        date(2027, 1, 1), True, "28 个工作日，示例县决定（虚构）"
    )
    assert plan_due(plan(27), ACCEPTED, PLAIN).provisional is False


def test_which_methods_are_checked_case_by_case() -> None:
    """通知五（三）: exempt proofs stay under daily supervision; online and onsite ones get a check."""
    assert {method.label: needs_check(method) for method in Method} == {
        "在线核查": True,
        "现场核查": True,
        "免于核查": False,
    }


def test_the_id_of_a_check_is_the_cases_number_and_its_place() -> None:
    """通知五（三）: one check per proof, closed by its own id."""
    assert check_id("RS-2026-00001", 2) == "RS-2026-00001-2"


CLOSED = CHECK._replace(state=CheckState.CLOSED.value, finding=Finding.TRUE.value, closed_on="2026-11-26")


@pytest.mark.parametrize(
    ("check", "due", "today", "codes"),
    [
        (CHECK, date(2026, 12, 1), ACCEPTED, []),
        (CHECK, ACCEPTED, ACCEPTED, []),
        (CHECK, date(2026, 11, 23), ACCEPTED, ["due-past"]),
        (CLOSED, date(2026, 12, 1), ACCEPTED, ["check-closed"]),
        (CLOSED, date(2026, 11, 23), ACCEPTED, ["check-closed", "due-past"]),
        (CHECK, date(2026, 12, 1), date(2026, 11, 23), ["check-date"]),
    ],
)
def test_when_a_due_date_may_be_set(check: Verification, due: date, today: date, codes: list[str]) -> None:
    """规程四（三）: not for a closed check, not into the past, not before it was planned; all at once."""
    problems = schedule_problems(check, due, today)
    assert [problem.code for problem in problems] == codes


@pytest.mark.parametrize(("finding", "status"), list(product(list(Finding)[:4], CommitmentStatus)))
def test_what_the_clauses_foresee_after_a_finding(finding: Finding, status: CommitmentStatus) -> None:
    """通知五（三）: only 不实 has consequences; 终止办理 before 办结, 撤销 after; hearing first."""
    said = "".join(next_steps(finding, "RS-2026-00001", status))
    concluded, false = status is CommitmentStatus.CONCLUDED, finding is Finding.FALSE
    accepted = status is CommitmentStatus.ACCEPTED
    assert ("终止办理" in said) is (false and accepted)
    assert ("撤销行政决定" in said) is (false and concluded)
    assert ("陈述申辩" in said) is ("信用记录" in said) is ("移送司法机关" in said) is false
    assert ("协助核查" in said) is (finding is Finding.UNVERIFIABLE)
    assert ("督促履行" in said) is (finding is Finding.UNFULFILLED)
    assert ("outcome notice RS-2026-00001" in said) is (finding in (Finding.FALSE, Finding.UNFULFILLED))
    assert ("conclude RS-2026-00001" in said) is (finding is Finding.TRUE and accepted)
    assert (said == "") is (finding is Finding.TRUE and not accepted)


def found(finding: Finding, place: int = 1) -> Verification:
    """A check closed with a finding."""
    return CLOSED._replace(id=check_id(CHECK.number, place), finding=finding.value)


def test_a_case_with_a_false_promise_is_not_concluded() -> None:
    """通知五（三）, 规程四（三）: 不实 is dealt with first; other findings and open checks bar nothing."""
    fine = [found(finding) for finding in Finding if finding is not Finding.FALSE]
    assert conclude_problems([]) == conclude_problems([CHECK]) == conclude_problems(fine) == []
    (problem,) = conclude_problems([found(Finding.TRUE), found(Finding.FALSE, 2), found(Finding.FALSE, 3)])
    assert (problem.code, problem.clause) == ("promise-false", CHECK_CLAUSE)
    assert "RS-2026-00001-2、RS-2026-00001-3" in problem.message


def test_what_could_not_be_verified_is_planned_anew_without_a_date() -> None:
    """规程四（三）: the duty to check remains; nothing of the old answer is carried over."""
    old = CHECK._replace(due_on="2026-12-08", provisional=1, due_source="10 个工作日", assignee="测试丁")
    closed = old._replace(
        state=CheckState.CLOSED.value,
        finding=Finding.UNVERIFIABLE.value,
        closed_on="2026-11-26",
        evidence="p-1",
        sheet="RS-2026-D00001",
        received_on="2026-11-26",
        inspectors="测试丁",
        period=10,
        clock="[]",
    )
    anew = follow_up(closed, 2, date(2026, 11, 26))
    assert anew == CHECK._replace(
        id="RS-2026-00001-2", planned_on="2026-11-26", assignee="测试丁", origin="follow-up", follows=CHECK.id
    )


@pytest.mark.parametrize(("accepted_on", "said"), [(None, "尚未受理"), ("2026-11-24", "没有待核查的事项")])
def test_why_there_is_nothing_to_check(accepted_on: str | None, said: str) -> None:
    """规程四（三）: not accepted yet, or all exempt or closed."""
    case = new_commitment(
        Number("RS", 2026, 1),
        county=County("示例县"),
        item="rs-04",
        matter="劳务派遣经营许可（新办）",
        version=("1", "d"),
        subject="s",
        today=ACCEPTED,
        consent=None,
        warnings=None,
    )
    assert said in nothing_open(case._replace(accepted_on=accepted_on))
