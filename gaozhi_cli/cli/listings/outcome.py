"""What ``outcome due``, ``list`` and ``show`` say. Imports no typer: the fast path runs ``due`` alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from gaozhi_cli.cli.context import Desk
from gaozhi_cli.domain.vocabulary import Finding, Measure, OutcomeResult, OutcomeState
from gaozhi_cli.rendering.formats import Column

if TYPE_CHECKING:
    from gaozhi_cli.domain.outcome import Outcome
    from gaozhi_cli.domain.verification import Verification
    from gaozhi_cli.storage.outcomes import Pending

NOT_BEGUN = "未开始处理"
BASE = (
    Column("id", "处理"),
    Column("number", "编号", table=False),
    Column("office", "单位代号", table=False),
    Column("measure", "措施代码", table=False),
    Column("measure_label", "措施"),
    Column("check", "核查", table=False),
    Column("finding", "结论代码", table=False),
    Column("finding_label", "结论", table=False),
    Column("state", "状态代码", table=False),
    Column("state_label", "状态"),
)
ABOUT = (
    Column("item", "事项", table=False),
    Column("matter", "行政事项名称"),
    Column("proof_name", "证明", table=False),
)
DUE = (
    *BASE[:-1],
    Column("state_label", "状态", table=False),
    *ABOUT,
    Column("due_on", "期限日期", table=False),
    Column("due_label", "期限"),
    Column("provisional", "暂定", table=False),
    Column("overdue", "已到期"),
    Column("next", "要办的"),
)
LIST = (
    *BASE,
    *ABOUT,
    Column("noticed_on", "告知"),
    Column("decided_on", "决定"),
    Column("document", "文号", table=False),
    Column("closed_on", "了结"),
    Column("result_label", "结果"),
)
SHOW = (
    *(column._replace(table=True) for column in BASE),
    Column("noticed_on", "告知"),
    Column("served_on", "送达"),
    Column("hearing_right", "可要求听证"),
    Column("statement_until", "陈述申辩期限"),
    Column("provisional", "暂定"),
    Column("due_source", "期限依据"),
    Column("statement_label", "陈述申辩"),
    Column("hearing_label", "听证"),
    Column("decided_on", "决定"),
    Column("document", "文号"),
    Column("due_on", "整改期限"),
    Column("recheck", "复查"),
    Column("credit", "信用记录"),
    Column("closed_on", "了结"),
    Column("result", "结果代码", table=False),
    Column("result_label", "结果"),
    Column("next", "下一步"),
)
STEP = (
    BASE[0],
    BASE[1],
    BASE[3],
    BASE[4],
    Column("state", "状态代码", table=False),
    Column("state_label", "状态"),
    Column("statement_until", "陈述申辩期限"),
    Column("due_on", "整改期限"),
    Column("recheck", "复查"),
    Column("credit", "信用记录"),
    Column("case_status", "案件状态代码", table=False),
    Column("case_status_label", "案件"),
    Column("documents", "文书"),
    Column("next", "下一步"),
)


def due(desk: Desk, overdue: bool, dept: str | None, exit_code: bool) -> int:
    """Measures that wait, the soonest first, then what was not begun; 5 when asked to and a time is over."""
    from gaozhi_cli.storage.outcomes import left_alone, pending

    office = desk.office(dept).code if dept is not None else None
    ledger = desk.read_ledger()
    if ledger is None:
        desk.show([], DUE)
        return 0
    seen = {"overdue": False}

    def rows() -> Iterator[dict[str, Any]]:
        for one in pending(ledger, office):
            row = due_row(desk, one)
            seen["overdue"] = seen["overdue"] or row["overdue"]
            if row["overdue"] or not overdue:
                yield row
        if not overdue:
            yield from (not_begun_row(check) for check in left_alone(ledger, office))

    desk.show(rows(), DUE)
    return 5 if exit_code and seen["overdue"] else 0


def due_row(desk: Desk, one: Pending) -> dict[str, Any]:
    """A measure that waits: until when, and what is to be typed then."""
    from gaozhi_cli.domain.outcome_ends import waits_for

    wait = waits_for(one.outcome, one.rechecked, desk.today)
    shown = wait.day or "未定期限"
    return outcome_row(desk, one.outcome) | {
        "item": one.item,
        "matter": one.matter,
        "proof_name": one.proof_name,
        "due_on": wait.day,
        "due_label": f"{shown}（暂定）" if wait.day and one.outcome.provisional else shown,
        "overdue": wait.over,
        "next": wait.told,
    }


def not_begun_row(check: Verification) -> dict[str, Any]:
    """A check found 不实 or 未履行 about which nothing has been begun; no day is laid down for it."""
    finding = Finding(check.finding or "")
    return dict.fromkeys(column.key for column in DUE) | {
        "number": check.number,
        "office": check.office,
        "measure_label": NOT_BEGUN,
        "check": check.id,
        "finding": finding.value,
        "finding_label": finding.label,
        "state_label": NOT_BEGUN,
        "item": check.item,
        "matter": check.matter,
        "proof_name": check.proof_name,
        "due_label": "未定期限",
        "provisional": False,
        "overdue": False,
        "next": f"{finding.label}，先告知：gaozhi outcome notice {check.id} --measure 措施",
    }


def list_outcomes(desk: Desk, dept: str | None, measure: Measure | None, state: OutcomeState | None) -> None:
    """All measures, in order of cases."""
    from gaozhi_cli.storage.outcomes import all_outcomes

    office = desk.office(dept).code if dept is not None else None
    ledger = desk.read_ledger()
    if ledger is None:
        return desk.show([], LIST)
    rows = (
        outcome_row(desk, one.outcome)
        | {"item": one.item, "matter": one.matter, "proof_name": one.proof_name}
        for one in all_outcomes(ledger, office)
        if (measure is None or one.outcome.measure == measure.value)
        and (state is None or one.outcome.state == state.value)
    )
    return desk.show(rows, LIST)


def show(desk: Desk, target: str, measure: str | None) -> None:
    """One measure as it stands; what was said stays sealed."""
    from gaozhi_cli.cli.outcome_desk import begun

    outcome = begun(desk, desk.required_ledger(), target, measure)
    desk.show_one(outcome_row(desk, outcome), SHOW)


def outcome_row(desk: Desk, outcome: Outcome) -> dict[str, Any]:
    """A measure as listings show it."""
    from gaozhi_cli.domain.outcome_steps import what_next

    statement = hearing = None
    if outcome.statement_on:
        statement = f"{outcome.statement_on} {'书面放弃' if outcome.waived else '已提出'}"
    if outcome.hearing_asked:
        hearing = f"{outcome.heard_on} 已举行" if outcome.heard_on else "已要求，未举行"
    return {
        "id": outcome.id,
        "number": outcome.number,
        "office": outcome.office,
        "check": outcome.verification,
        "measure": outcome.measure,
        "measure_label": Measure(outcome.measure).label,
        "finding": outcome.finding,
        "finding_label": Finding(outcome.finding).label,
        "state": outcome.state,
        "state_label": OutcomeState(outcome.state).label,
        "noticed_on": outcome.noticed_on,
        "served_on": outcome.served_on,
        "hearing_right": bool(outcome.hearing_right),
        "statement_until": outcome.statement_until,
        "provisional": bool(outcome.provisional),
        "due_source": outcome.due_source,
        "statement_label": statement,
        "hearing_label": hearing,
        "decided_on": outcome.decided_on,
        "document": outcome.document,
        "due_on": outcome.due_on,
        "recheck": outcome.recheck,
        "credit": outcome.credit,
        "closed_on": outcome.closed_on,
        "result": outcome.result,
        "result_label": OutcomeResult(outcome.result).label if outcome.result else None,
        "next": what_next(outcome).lstrip("；").removeprefix("下一步"),
    }


def outcome_line(outcome: Outcome) -> str:
    """A measure in one line, for its case."""
    result = f"，{OutcomeResult(outcome.result).label}" if outcome.result else ""
    number = f"（{outcome.document}）" if outcome.document else ""
    state = OutcomeState(outcome.state).label
    return f"{outcome.id} {Measure(outcome.measure).label}{number} {state}{result}"
