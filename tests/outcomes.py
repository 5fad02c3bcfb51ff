"""The rooms 处理条件 and 处理步骤 of the examples of the law (tests/policy/outcome_*.yaml)."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from gaozhi_cli.domain.catalog import Catalog
from gaozhi_cli.domain.measures import (
    MeasureRule,
    basis_lines,
    hearing_right,
    measure_problems,
    statement_period,
)
from gaozhi_cli.domain.outcome import Outcome, outcome_id
from gaozhi_cli.domain.outcome_ends import recheck_early, recheck_of, recheck_problems, rectify_problems
from gaozhi_cli.domain.outcome_steps import (
    STEPS,
    decide_problems,
    hear_problems,
    hearing_problems,
    opening_problems,
    order_problems,
    statement_until,
    until_problems,
)
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.verification import Verification
from gaozhi_cli.domain.vocabulary import (
    CheckState,
    CommitmentStatus,
    Finding,
    Measure,
    OutcomeState,
    parse_word,
)
from gaozhi_cli.storage.calendar import work_calendar
from gaozhi_cli.storage.measure_entries import county_measures
from tests.conftest import ROOT

Given = dict[str, Any]
HOMES = {"随附清单": ROOT / "none", "示例县": ROOT / "tests" / "homes" / "complete" / "catalog"}
NUMBER = "RS-2026-00001"


@cache
def measures_of(folder: Path) -> dict[Measure, MeasureRule]:
    """The measures of a home."""
    return county_measures(folder)


def a_day(given: Given, key: str, default: str = "2026-11-24") -> date:
    """A day of the example."""
    return date.fromisoformat(str(given.pop(key, default)))


def told(problems: list[Problem]) -> dict[str, Any]:
    """可以, or 不可以 with its reasons."""
    if problems:
        return {"结果": "不可以", "理由": [problem.message for problem in problems]}
    return {"结果": "可以"}


def the_check(given: Given) -> Verification:
    """The check of the example: closed with a finding, or not yet."""
    finding = parse_word(Finding, given.pop("结论", "不实"))
    return Verification(
        id=f"{NUMBER}-1", number=NUMBER, office="RS", item="rs-04", matter="劳务派遣经营许可（新办）",
        proof="rs-04.1", proof_name="营业执照", method="online",
        state=(CheckState.CLOSED if finding else CheckState.PLANNED).value, planned_on="2026-11-20",
        finding=finding.value if finding else None, closed_on="2026-11-23" if finding else None,
        evidence=None if given.pop("凭据", "有") == "无" else "p1",
    )  # fmt: skip


def the_measure(given: Given) -> Measure:
    """The measure of the example."""
    measure = parse_word(Measure, given.pop("措施"))
    assert measure is not None
    return measure


def may_follow(given: Given, catalogs: dict[str, Catalog]) -> dict[str, Any]:
    """处理条件: whether a measure may follow a finding, and what the law and the county say of it."""
    home = given.pop("清单", "随附清单")
    item = next(one for one in catalogs[home].items if one.id == given.pop("事项", "rs-04"))
    check, measure, today = the_check(given), the_measure(given), a_day(given, "日期")
    rule = measures_of(HOMES[home])[measure]
    status = parse_word(CommitmentStatus, given.pop("案件", "已受理"))
    others = [_other(n, one) for n, one in enumerate(given.pop("已有处理", []), start=1)]
    named = tuple(given.pop("写明条文", []))
    failed = given.pop("整改", "") == "不到位"
    ordinary = given.pop("程序", "告知承诺") == "一般程序"
    said = {"有": True, "无": False}.get(given.pop("听证", ""))
    assert status is not None
    problems = opening_problems(check, others, measure, today)
    finding = Finding(check.finding) if check.finding else Finding.LAPSED
    if not problems:
        problems = measure_problems(
            rule, item, finding, status, today, named=named, failed_rectifying=failed, ordinary=ordinary
        )
    if problems:
        return told(problems)
    right = hearing_right(rule, item, finding, today, said)
    period = statement_period(rule, today, bool(right))
    credit = rule.credit_for(finding)
    return told([]) | {
        "先告知": "是" if rule.notice else "否",
        "可要求听证": "未定" if right is None else "是" if right else "否",
        "期限": f"{period.value} 个工作日" if period is not None else "未定期限",
        "信用记录": credit.kind.label if credit is not None else "不记",
        "文书依据": "；".join(basis_lines(rule, item, finding, today, named)),
    }


def _other(n: int, said: dict[str, str]) -> Outcome:
    """A measure that was begun before."""
    measure, state = parse_word(Measure, said["措施"]), parse_word(OutcomeState, said["状态"])
    assert measure is not None and state is not None
    over = state in (OutcomeState.DROPPED, OutcomeState.CLOSED)
    decided = state in (OutcomeState.DECIDED, OutcomeState.CLOSED)
    return Outcome(
        outcome_id(NUMBER, n), NUMBER, f"{NUMBER}-1", "RS", measure.value, "false", state.value,
        decided_on="2026-11-24" if decided else None, closed_on="2026-11-24" if over else None,
        result="rectified" if said.get("结果") == "整改到位" else None,
    )  # fmt: skip


def steps(given: Given, catalogs: dict[str, Catalog]) -> dict[str, Any]:
    """处理步骤: whether a measure may take a step on a day."""
    home, today = given.pop("清单", "示例县"), a_day(given, "日期")
    measure, step = the_measure(given), given.pop("步骤")
    rule, calendar = measures_of(HOMES[home])[measure], work_calendar(catalogs[home])
    right = given.pop("可要求听证", "否") == "是"
    set_to = a_day(given, "指定期限") if "指定期限" in given else None
    served = a_day(given, "送达") if "送达" in given else None
    until = statement_until(rule, served, right, calendar, set_to) if served is not None else None
    state = parse_word(OutcomeState, given.pop("状态", "已事先告知"))
    assert state is not None
    outcome = Outcome(
        outcome_id(NUMBER, 1), NUMBER, f"{NUMBER}-1", "RS", measure.value, "false", state.value,
        noticed_on="2026-11-20", hearing_right=int(right),
        served_on=served.isoformat() if served else None,
        statement_until=until.day.isoformat() if until and until.day else None,
        statement_on=given.pop("陈述申辩", None) or given.pop("书面放弃", None),
        hearing="p2" if given.pop("要求听证", "否") == "是" else None,
        heard_on=given.pop("举行听证", None), decided_on=given.pop("决定", None),
        due_on=given.pop("整改期限", None),
    )  # fmt: skip
    if given.pop("陈述", "无") == "有":
        outcome = outcome._replace(statement="p1")
    text, review = given.pop("内容", ""), given.pop("复核", "")
    found = parse_word(Finding, given.pop("复查结论", ""))
    recheck = recheck_of(outcome, the_check({}), 2, today, None)
    recheck = recheck._replace(finding=found.value if found else None)
    early = recheck_early(recheck, today)
    problems = {
        "送达": lambda: (
            until_problems(rule, served or today, right, calendar, set_to)
            + order_problems("serve", outcome, today)
        ),
        "陈述申辩": lambda: hear_problems(outcome, today, text=text, waived=False),
        "书面放弃": lambda: hear_problems(outcome, today, text="", waived=True),
        "要求听证": lambda: hearing_problems(outcome, today, held=False, text=text),
        "举行听证": lambda: hearing_problems(outcome, today, held=True, text=text),
        "决定": lambda: decide_problems(outcome, rule, today, review=review),
        "不予处理": lambda: order_problems("drop", outcome, today),
        "限期": lambda: rectify_problems(set_to, today, text),
        "复查": lambda: [early] if early is not None else [],
        "了结整改": lambda: recheck_problems(outcome, recheck, today),
    }[step]()
    assert STEPS["decide"].label == "决定"
    more = {}
    if until is not None:
        more["期限"] = until.day.isoformat() if until.day else "未定期限"
    return told(problems) | more
