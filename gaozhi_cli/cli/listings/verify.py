"""What ``verify due`` lists. Imports no typer: the fast path runs it alone."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any

from gaozhi_cli.cli.context import Desk
from gaozhi_cli.domain.problem import UsageFault
from gaozhi_cli.domain.vocabulary import Method, labels, parse_word
from gaozhi_cli.rendering.formats import Column

DUE = (
    Column("id", "核查"),
    Column("number", "编号", table=False),
    Column("office", "单位代号", table=False),
    Column("office_called", "单位", machine=False),
    Column("item", "事项", table=False),
    Column("matter", "行政事项名称"),
    Column("proof", "证明代号", table=False),
    Column("proof_name", "证明"),
    Column("method", "方式代码", table=False),
    Column("method_label", "方式"),
    Column("due_on", "期限日期", table=False),
    Column("due_label", "期限"),
    Column("provisional", "暂定", table=False),
    Column("overdue", "已逾期"),
    Column("assignee", "核查人"),
    Column("stage", "阶段", table=False),
    Column("paused_on", "中止日期", table=False),
    Column("why", "期限的由来", table=False),
)
WAITING, UNKNOWN = "办结后起算", "未定期限"
UNDATED = ("中止中", WAITING, UNKNOWN)
ONE = tuple(column._replace(table=True) if column.key in ("paused_on", "why") else column for column in DUE)


def due(
    desk: Desk,
    within: str | None,
    overdue: bool,
    dept: str | None,
    method: str | None,
    assignee: str | None,
    exit_code: bool,
) -> int:
    """Open checks, soonest first, those without a date last; 5 when asked to and something is overdue."""
    filters = filters_of(desk, dept, method, assignee)
    until = until_of(desk, within, overdue)
    ledger = desk.read_ledger()
    if ledger is None:
        desk.show([], DUE)
        return 0
    seen = {"overdue": False}

    def rows() -> Iterator[dict[str, Any]]:
        for check in ledger.due(dated=True, until=until, **filters):
            row = check_row(desk, check)
            seen["overdue"] = seen["overdue"] or row["overdue"]
            yield row
        if until is None:
            for check in ledger.due(dated=False, **filters):
                yield check_row(desk, check)

    desk.show(rows(), DUE)
    if until is not None:
        told = undated_words(ledger.undated(**filters))
        if told:
            desk.say(f"另有 {told}（gaozhi verify due 可见）")
    return 5 if exit_code and seen["overdue"] else 0


def filters_of(desk: Desk, dept: str | None, method: str | None, assignee: str | None) -> dict[str, Any]:
    """What the listing is narrowed by. Raises UsageFault, NotFound."""
    wanted = parse_word(Method, method) if method else None
    if method and wanted is None:
        raise UsageFault(f"--method 不认识“{method}”，可用：{labels(Method)}")
    return {
        "office": desk.office(dept).code if dept is not None else None,
        "method": wanted.value if wanted else None,
        "assignee": assignee,
    }


def undated_words(counts: Iterable[tuple[bool, bool, int]]) -> str:
    """How many checks have no date, by the reason; empty where each has one."""
    found = dict.fromkeys(UNDATED, 0)
    for paused, said, count in counts:
        found[UNDATED[0] if paused else UNDATED[1] if said else UNDATED[2]] += count
    return "、".join(f"{count} 项{label}" for label, count in found.items() if count)


def until_of(desk: Desk, within: str | None, overdue: bool) -> str | None:
    """The last day to list: yesterday for --overdue, ``within`` working days on otherwise."""
    if overdue:
        from datetime import timedelta

        return (desk.today - timedelta(days=1)).isoformat()
    if within is None:
        return None
    within = unicodedata.normalize("NFKC", within).strip()
    if not within.isdecimal() or len(within) > 4:
        raise UsageFault("--within 应是工作日的天数，如 5")
    from gaozhi_cli.domain.workdays import add_workdays
    from gaozhi_cli.storage.calendar import work_calendar

    deadline = add_workdays(desk.today, int(within), work_calendar(desk.catalog))
    return deadline.day.isoformat()


SHOWN = (
    *(column for column in ONE if column.key not in ("due_on", "provisional")),
    Column("state", "状态", table=False),
    Column("state_label", "状态"),
    Column("due_on", "期限日期", table=False),
    Column("provisional", "暂定", table=False),
    Column("planned_on", "立项"),
    Column("stage_label", "阶段"),
    Column("period", "天数", table=False),
    Column("counted_from", "起算", table=False),
    Column("weighed", "按信用加权"),
    Column("events", "中止、恢复、延长"),
    Column("standard", "核查标准"),
    Column("persons", "不少于几人"),
    Column("follows", "接续"),
    Column("not_before", "不早于"),
    Column("sheet", "任务单"),
    Column("finding", "结论代码", table=False),
    Column("finding_label", "结论"),
    Column("closed_on", "核查日期"),
)


def show(desk: Desk, target: str) -> None:
    """One check in full: what, by when and why that date, how it is to be made, how it ended."""
    from datetime import date

    from gaozhi_cli.domain.clock import read_events
    from gaozhi_cli.domain.planning import plan_for
    from gaozhi_cli.domain.vocabulary import CheckStage, CheckState, Finding
    from gaozhi_cli.storage.checks import one_check

    ledger = desk.required_ledger()
    check = one_check(ledger, desk.target(target))
    catalog = desk.catalog_of(ledger.case(check.number).catalog_version)
    item = catalog.item(check.item)
    proof = next((p for p in item.proofs if p.id == check.proof), None) if item else None
    plan = plan_for(proof, item, catalog, date.fromisoformat(check.planned_on)) if item and proof else None
    closed = {"due_label": check.due_on, "overdue": False} if check.finding else {}
    desk.show_one(
        check_row(desk, check)
        | closed
        | {
            "state": check.state,
            "state_label": CheckState(check.state).label,
            "planned_on": check.planned_on,
            "stage_label": CheckStage(check.stage).label if check.stage else None,
            "period": check.period,
            "counted_from": check.counted_from,
            "weighed": check.weighed,
            "events": [
                f"{event.on} {event.kind.label}{f' {event.days} 个工作日' if event.days else ''}"
                for event in read_events(check.clock)
            ],
            "standard": plan.standard if plan else None,
            "persons": plan.persons if plan else None,
            "follows": check.follows,
            "not_before": check.not_before,
            "sheet": check.sheet,
            "finding": check.finding,
            "finding_label": Finding(check.finding).label if check.finding else None,
            "closed_on": check.closed_on,
        },
        SHOWN,
    )


def due_label(check: Any) -> str:
    """The date of an open check, or why it has none: 中止中, counted only from 办结, nobody has set one."""
    if check.paused_on is not None:
        return f"中止中（{check.paused_on} 起）"
    if check.due_on is None:
        return WAITING if check.due_source else UNKNOWN
    return f"{check.due_on}{'（暂定）' if check.provisional else ''}"


def check_row(desk: Desk, check: Any) -> dict[str, Any]:
    """A check as a row of the listing."""
    today = desk.today.isoformat()
    return {
        "id": check.id,
        "number": check.number,
        "office": check.office,
        "office_called": desk.called(check.office),
        "item": check.item,
        "matter": check.matter,
        "proof": check.proof,
        "proof_name": check.proof_name,
        "method": check.method,
        "method_label": Method(check.method).label,
        "due_on": check.due_on,
        "due_label": due_label(check),
        "provisional": bool(check.provisional),
        "overdue": check.due_on is not None and check.due_on < today,
        "assignee": check.assignee,
        "stage": check.stage,
        "paused_on": check.paused_on,
        "why": check.due_source,
    }
