"""What the examples of tests/policy/ about the date of a check are tried on: its plan and its clock."""

from __future__ import annotations

from datetime import date
from typing import Any

from gaozhi_cli.domain.check_clock import after_event, event_problems
from gaozhi_cli.domain.clock import Event
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.verification import Verification
from gaozhi_cli.domain.vocabulary import ClockEvent, CountedFrom, Finding, parse_word
from gaozhi_cli.domain.workdays import WorkCalendar, add_workdays
from gaozhi_cli.storage.calendar import work_calendar

Given = dict[str, Any]
Outcome = dict[str, Any]


def _event(told: dict[str, str]) -> Event:
    """An event as an example writes it: ``{中止: 日期}``, ``{延长: 天数, 日期: 日期}``."""
    told = dict(told)
    on = told.pop("日期", None)
    ((label, value),) = told.items()
    kind = parse_word(ClockEvent, label)
    assert kind is not None
    if kind is ClockEvent.EXTENDED:
        assert on is not None
        return Event(kind, date.fromisoformat(on), int(value))
    return Event(kind, date.fromisoformat(value))


def _a_check(given: Given, calendar: WorkCalendar) -> tuple[Verification, str | None]:
    """The check of the example as it was planned, and when its case was concluded."""
    accepted = date.fromisoformat(given.pop("受理日期"))
    begins = parse_word(CountedFrom, given.pop("起算", "受理"))
    concluded = given.pop("办结日期", None)
    fixed, days = given.pop("期限", None), given.pop("天数", None)
    finding = parse_word(Finding, given.pop("已有结论", "待核查"))
    start = accepted if begins is CountedFrom.ACCEPTED else concluded and date.fromisoformat(concluded)
    counted = add_workdays(start, int(days), calendar) if start and days else None
    check = Verification(
        id="RS-2026-00001-1", number="RS-2026-00001", office="RS", item="rs-04", matter="示例事项",
        proof="rs-04.1", proof_name="营业执照", method="online",
        state="closed" if finding else "planned", finding=finding.value if finding else None,
        planned_on=accepted.isoformat(), due_on=fixed or (counted.day.isoformat() if counted else None),
        provisional=int(counted.provisional) if counted else 0,
        due_source="办理时指定" if fixed else f"{days} 个工作日，虚构" if days else None,
        period=int(days) if days else None,
        counted_from=begins.value if begins and days else None,
    )  # fmt: skip
    return check, concluded


def clock(given: Given, catalogs: dict[str, Any]) -> Outcome:
    """核查期限变动."""
    calendar = work_calendar(catalogs["示例县"])
    check, concluded = _a_check(given, calendar)
    for told in given.pop("经过", []):
        check = check._replace(**after_event(check, _event(told), concluded, calendar))
    kind = parse_word(ClockEvent, given.pop("步骤"))
    days, today = int(given.pop("天数延长", "0")), date.fromisoformat(given.pop("办理日期"))
    assert kind is not None
    problems: list[Problem] = event_problems(check, kind, today, days)
    if problems:
        return {"结果": "不可以", "理由": [problem.message for problem in problems]}
    check = check._replace(**after_event(check, Event(kind, today, days), concluded, calendar))
    return {
        "结果": "可以",
        "期限": check.due_on or ("中止中" if check.paused_on else "未定期限"),
        "暂定": "是" if check.provisional else "否",
        "依据": check.due_source or "",
    }
