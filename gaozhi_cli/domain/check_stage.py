"""核查在办结前还是办结后: which checks the matter waits for, and which dates begin with its end.

通知五（三）：「明确核查时间」; which stage a proof is checked in is the county's plan, never assumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.verification import CHECK_CLAUSE, Verification
from gaozhi_cli.domain.vocabulary import CheckStage, CountedFrom, Finding
from gaozhi_cli.domain.workdays import Deadline, WorkCalendar, add_workdays


def awaited_problems(checks: Sequence[Verification]) -> list[Problem]:
    """What has to be found true before the matter is concluded: the last check of each proof counts.

    One that could not be verified is followed by another, one not kept by a recheck.
    """
    last: dict[str, Verification] = {}
    for check in sorted(checks, key=_place):
        if check.stage == CheckStage.BEFORE.value:
            last[check.proof] = check
    waiting = [check for check in last.values() if check.finding != Finding.TRUE.value]
    if not waiting:
        return []
    told = "、".join(f"{check.id}（{_state(check)}）" for check in waiting)
    message = (
        f"{told} 按核查计划应在办结前核查属实，现在不能办结；先核查（gaozhi verify close {waiting[0].id}）"
    )
    return [Problem("check-awaited", message, CHECK_CLAUSE)]


def _place(check: Verification) -> int:
    return int(check.id.rpartition("-")[2])


def _state(check: Verification) -> str:
    return Finding(check.finding).label if check.finding else f"{check.proof_name}待核查"


def begun_on(check: Verification, concluded: date, calendar: WorkCalendar) -> Deadline | None:
    """The date of a check that is counted from 办结, now that it has come; None for any other."""
    if check.finding is not None or check.counted_from != CountedFrom.CONCLUDED.value:
        return None
    if check.period is None or check.due_on is not None or check.paused_on is not None:
        return None
    return add_workdays(concluded, check.period, calendar)
