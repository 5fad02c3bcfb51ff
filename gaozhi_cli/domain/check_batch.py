"""Many checks scheduled at once: what is wrong is told of all before any is changed (通知五（三）)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.applicant import filled
from gaozhi_cli.domain.journal import Value
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.verification import SET_BY_OFFICE, Verification, schedule_problems
from gaozhi_cli.domain.vocabulary import CheckState

GROUP = 1000  # checks of one journal entry


class Wanted(NamedTuple):
    """A check with the date and the person it is to get; None: that stays. ``row``: where it was asked."""

    id: str
    due: date | None = None
    assignee: str | None = None
    row: int = 0


def rescheduled(check: Verification, wanted: Wanted) -> dict[str, Value]:
    """The columns that change; empty where the check stands so already."""
    changes: dict[str, Value] = {}
    if wanted.due is not None and check.due_on != wanted.due.isoformat():
        changes |= {"due_on": wanted.due.isoformat(), **SET_BY_OFFICE}
    if wanted.assignee is not None and check.assignee != wanted.assignee:
        changes["assignee"] = wanted.assignee
    return changes


def wanted_problems(check: Verification, wanted: Wanted, reason: str | None, today: date) -> list[Problem]:
    """Why a check cannot get this date or person today; nothing where it has them already."""
    if not rescheduled(check, wanted):
        return []
    if check.state != CheckState.PLANNED.value:
        return [Problem("check-closed", f"{check.id} 已有结论，不能再改")]
    due = wanted.due
    if due is None or check.due_on == due.isoformat():
        return []
    problems = schedule_problems(check, due, today)
    if check.due_on is not None and not filled(reason or ""):
        message = f"{check.id} 原定 {check.due_on}，改期须写明理由（--reason）"
        problems.append(Problem("reason-missing", message, field="reason"))
    return problems


def list_problems(wanted: Sequence[Wanted], known: Mapping[str, Verification]) -> list[Problem]:
    """Ids that stand twice with different wishes, or that the ledger does not have."""
    problems, seen = [], dict[str, Wanted]()
    for one in wanted:
        where = f"第 {one.row} 行 " if one.row else ""
        if one.id not in known:
            problems.append(Problem("check-unknown", f"{where}台账里没有核查 {one.id}", field=str(one.row)))
        before = seen.setdefault(one.id, one)
        if before is not one and before._replace(row=0) != one._replace(row=0):
            message = f"{where}{one.id} 在第 {before.row} 行已写了另一个期限或核查人"
            problems.append(Problem("check-twice", message, field=str(one.row)))
    return problems


def groups_of(wanted: Iterable[Wanted]) -> list[tuple[str, list[Wanted]]]:
    """The checks in groups, each of one office and year (``RS-2026``): a group is an act, a journal entry.

    So the history of a case finds the groups it was in among those of its office and year.
    """
    by_series: dict[str, list[Wanted]] = {}
    for one in dict.fromkeys(one._replace(row=0) for one in wanted):
        by_series.setdefault(series_of(one.id), []).append(one)
    return [
        (series, some[start : start + GROUP])
        for series, some in by_series.items()
        for start in range(0, len(some), GROUP)
    ]


def series_of(number: str) -> str:
    """Office and year of a case's or a check's number, as the journal names groups of them."""
    return "-".join(number.split("-")[:2])
