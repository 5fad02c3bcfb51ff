"""What the examples of tests/policy/ about the date of a check are tried on: its plan and its clock."""

from __future__ import annotations

from datetime import date
from typing import Any

from gaozhi_cli.domain.check_clock import after_event, event_problems
from gaozhi_cli.domain.check_plan import CheckPlan, Weight
from gaozhi_cli.domain.check_stage import awaited_problems
from gaozhi_cli.domain.clock import Event
from gaozhi_cli.domain.parameters import Dated
from gaozhi_cli.domain.planning import plan_for
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.verification import Verification, needs_check, plan_due
from gaozhi_cli.domain.vocabulary import (
    CheckStage,
    ClockEvent,
    CountedFrom,
    CreditPast,
    Finding,
    parse_word,
)
from gaozhi_cli.domain.weighing import weigh
from gaozhi_cli.domain.workdays import WorkCalendar, add_workdays
from gaozhi_cli.storage.calendar import work_calendar
from gaozhi_cli.storage.catalog_plain import plans_from
from gaozhi_cli.storage.check_entries import read_plans
from gaozhi_cli.storage.strict_yaml import Located

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


def _plan(told: dict[str, str] | None) -> tuple[CheckPlan, ...]:
    """A plan of the made-up county as an example writes it, read as the YAML of the catalog is."""
    if told is None:
        return ()
    entry = Located((1, 1), "例子")
    inner = Located((1, 1), "例子")
    inner.update({"since": "2021-01-01", "source": "虚构", **told})
    entry["verification"] = inner
    return plans_from(read_plans(entry))


def _weights(told: list[dict[str, Any]]) -> tuple[Weight, ...]:
    words = ((parse_word(CreditPast, one["standing"]), one["values"]) for one in told)
    return tuple(
        Weight(
            word,
            tuple(Dated(date.fromisoformat(value["since"]), value["percent"], "虚构") for value in values),
        )
        for word, values in words
        if word is not None
    )


def plan(given: Given, catalogs: dict[str, Any]) -> Outcome:
    """核查计划."""
    catalog, wanted = catalogs[given.pop("清单", "示例县")], given.pop("证明")
    item = next(item for item in catalog.items if any(proof.id == wanted for proof in item.proofs))
    proof = next(proof for proof in item.proofs if proof.id == wanted)
    item = item._replace(plans=_plan(given.pop("事项计划", None)) or item.plans)
    proof = proof._replace(plans=_plan(given.pop("证明计划", None)) or proof.plans)
    accepted, concluded = date.fromisoformat(given.pop("受理日期")), given.pop("办结日期", None)
    past = [parse_word(CreditPast, word) for word in given.pop("信用", ["没有信用记录"])]
    weights = _weights(given.pop("比例")) if "比例" in given else catalog.weights
    found, why = weigh(
        plan_for(proof, item, catalog, accepted), [word for word in past if word], weights, accepted
    )
    start = accepted
    if found.counted_from is CountedFrom.CONCLUDED:
        start = date.fromisoformat(concluded) if concluded else None
    due = plan_due(found, start, work_calendar(catalog), why=why)
    assert found.method is not None
    waiting = "办结后起算" if due.source else "未定期限"
    return {
        "方式": found.method.label,
        "逐案核查": "是" if needs_check(found.method) else "否",
        "期限": due.day.isoformat() if due.day else waiting,
        "暂定": "是" if due.provisional else "否",
        "阶段": found.stage.label if found.stage else "未定",
        "人数": str(found.persons or "未定"),
        "标准": found.standard or "未定",
        "依据": due.source,
    }


def stage(given: Given, catalogs: dict[str, Any]) -> Outcome:
    """办结前核查."""
    checks = []
    for place, told in enumerate(given.pop("核查"), start=1):
        word, finding = parse_word(CheckStage, told["阶段"]), parse_word(Finding, told["结论"])
        check, _ = _a_check({"受理日期": "2026-11-24"}, WorkCalendar())
        checks.append(
            check._replace(
                id=f"RS-2026-00001-{place}",
                proof=told["证明"],
                stage=word.value if word else None,
                finding=finding.value if finding else None,
                state="closed" if finding else "planned",
            )
        )
    problems = awaited_problems(checks)
    if problems:
        return {"结果": "不可以", "理由": [problem.message for problem in problems]}
    return {"结果": "可以"}
