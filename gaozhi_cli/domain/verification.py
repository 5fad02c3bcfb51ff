"""核查: one check of one proof: planned on acceptance, due in working days, closed with a finding.

通知五（三）、规程四（三）、五（二）. A proof exempt from checking (免于核查) gets none here: it stays under
daily supervision. A proof whose period nobody has set is planned without a date (未定期限), never
silently given one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.check_plan import CheckPlan, counted
from gaozhi_cli.domain.commitment import Commitment
from gaozhi_cli.domain.journal import Value
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.vocabulary import CheckOrigin, CheckState, CommitmentStatus, Finding, Method
from gaozhi_cli.domain.workdays import WorkCalendar, add_workdays

CHECK_CLAUSE = "规程四（三）"


class Verification(NamedTuple):
    """A check. ``due_on`` None = 未定期限, or 中止中 (``paused_on``); ``provisional``: beyond the calendar.

    ``origin`` why there is one (None: planned on acceptance), ``follows`` the check before it; ``stage``
    before or after 办结; ``counted_from`` and ``period`` (working days) what the date was counted by,
    ``weighed`` why it was shortened or lengthened, ``clock`` what has moved it since; ``not_before``: a
    recheck's first day; ``sheet`` the dispatch it went out with; ``inspectors``: who looked.
    """

    id: str
    number: str
    office: str
    item: str
    matter: str
    proof: str
    proof_name: str
    method: str
    state: str
    planned_on: str
    due_on: str | None = None
    provisional: int = 0
    due_source: str | None = None
    assignee: str | None = None
    finding: str | None = None
    closed_on: str | None = None
    evidence: str | None = None
    origin: str | None = None
    follows: str | None = None
    stage: str | None = None
    counted_from: str | None = None
    period: int | None = None
    weighed: str | None = None
    not_before: str | None = None
    paused_on: str | None = None
    clock: str | None = None
    sheet: str | None = None
    received_on: str | None = None
    inspectors: str | None = None


class Due(NamedTuple):
    """When a check is due, whether that rests on an unpublished calendar, and why it is that date."""

    day: date | None
    provisional: bool = False
    source: str = ""


def plan_due(
    plan: CheckPlan, start: date | None, calendar: WorkCalendar, set_to: date | None = None, why: str = ""
) -> Due:
    """When a check is due: the day given, else the plan's working days after ``start``.

    Without either there is no date; without a start not yet (counted from 办结). ``set_to`` is the
    office's own decision for this case, ``why`` what the days were weighed by.
    """
    if set_to is not None:
        return Due(set_to, source="办理时指定")
    if plan.period is None:
        return Due(None)
    weighed = f"（{why}）" if why else ""
    source = f"{counted(plan)}{weighed}，{plan.source}"
    if start is None:
        return Due(None, source=source)
    deadline = add_workdays(start, plan.period, calendar)
    return Due(deadline.day, deadline.provisional, source)


def needs_check(method: Method) -> bool:
    """Whether a proof is checked case by case; exempt ones are supervised daily (通知五（三）)."""
    return method is not Method.EXEMPT


# What the office sets for one check; the clock of before says nothing of it any more.
SET_BY_OFFICE: dict[str, Value] = {
    "provisional": 0,
    "due_source": "办理时指定",
    "period": None,
    "counted_from": None,
    "weighed": None,
    "clock": None,
}


def check_id(number: str, place: int) -> str:
    """The id of the ``place``-th check of a case, e.g. RS-2026-00001-1."""
    return f"{number}-{place}"


def schedule_problems(check: Verification, due: date, today: date) -> list[Problem]:
    """Why a check cannot be due on ``due``."""
    problems = []
    if check.state != CheckState.PLANNED.value:
        problems.append(Problem("check-closed", f"{check.id} 已有结论，不能再改期限"))
    if check.paused_on is not None:
        message = f"{check.id} 自 {check.paused_on} 起中止中，先恢复（gaozhi verify resume {check.id}）再改期"
        problems.append(Problem("paused", message))
    if due < today:
        message = f"期限 {due} 早于办理日期 {today}，请改为当天或以后"
        problems.append(Problem("due-past", message, field="due"))
    if today.isoformat() < check.planned_on:
        message = f"办理日期 {today} 早于立项日期 {check.planned_on}"
        problems.append(Problem("check-date", message))
    return problems


def next_steps(
    finding: Finding, number: str, status: CommitmentStatus, check: Verification | None = None
) -> list[str]:
    """What the clauses foresee after a finding (通知五（三）), for the clerk to weigh; decides nothing.

    ``check``: what was closed, where its id and origin are to be told.
    """
    about = check.id if check is not None else number
    if (
        check is not None
        and check.origin == CheckOrigin.RECHECK.value
        and finding is not Finding.UNVERIFIABLE
    ):
        return [f"整改复查已有结论，了结整改：gaozhi outcome recheck {number}"]
    if finding is Finding.TRUE:
        if status is not CommitmentStatus.ACCEPTED:
            return []
        return [f"继续办理；办结时 gaozhi commitment conclude {number}"]
    if finding is Finding.UNVERIFIABLE:
        return ["已另立核查，请换一种方式，或请求其他行政机关协助核查（通知五（四））"]
    notice = f"gaozhi outcome notice {about} --measure"
    if finding is Finding.UNFULFILLED:
        return [
            f"请督促履行；依法可以责令限期整改：{notice} 责令限期整改 --basis 条文；"
            "通知五（三）只就承诺不实规定了处理方式"
        ]
    measure = {
        CommitmentStatus.ACCEPTED: "终止办理", CommitmentStatus.CONCLUDED: "撤销行政决定"
    }.get(status, "行政处罚")  # fmt: skip
    either = f"{measure}、责令限期整改或予以行政处罚" if measure != "行政处罚" else "予以行政处罚"
    return [
        f"依法{either}，并纳入信用记录；涉嫌犯罪的移送司法机关（通知五（三））",
        f"作出前先告知当事人并听取陈述申辩：{notice} {measure}；予以行政处罚的，依行政处罚法",
    ]


def put_right(check: Verification, checks: Sequence[Verification]) -> bool:
    """Whether a later check (after 限期整改, after 申辩) found true what had been found false."""
    return any(
        later.follows == check.id
        and later.id != check.id
        and (later.finding == Finding.TRUE.value or put_right(later, checks))
        for later in checks
    )


def conclude_problems(checks: list[Verification]) -> list[Problem]:
    """A case with a promise found false is dealt with first, not concluded (通知五（三）, 规程四（三）).

    It may be concluded once a 整改复查 has found it true.
    """
    false = [
        check.id for check in checks if check.finding == Finding.FALSE.value and not put_right(check, checks)
    ]
    if not false:
        return []
    message = (
        f"{'、'.join(false)} 核查结论为不实，应当依法终止办理、责令限期整改等，不能直接办结；"
        f"先告知当事人：gaozhi outcome notice {false[0]} --measure 终止办理（或责令限期整改）"
    )
    return [Problem("promise-false", message, CHECK_CLAUSE)]


def still_false(checks: list[Verification]) -> str:
    """What a 撤回 leaves standing: a promise found false is dealt with all the same; empty where none was.

    规程四（三）：发现承诺不实的，行政机关要依法……并纳入信用记录. Whether the ground is a reasonable one
    (合理理由) stays the office's judgement, so this is a reminder and no bar.
    """
    false = [check.id for check in checks if check.finding == Finding.FALSE.value]
    if not false:
        return ""
    return (
        f"{'、'.join(false)} 核查结论为不实，撤回后仍应当依法处理并纳入信用记录（{CHECK_CLAUSE}）；"
        "作出决定后登记 gaozhi credit record"
    )


def follow_up(
    check: Verification, place: int, today: date, origin: CheckOrigin = CheckOrigin.FOLLOW_UP
) -> Verification:
    """The check that takes the place of one that could not be verified, or that 申辩 has put in doubt.

    规程四（三）：应当对申请人承诺内容是否属实进行核查. It has no date until the office sets one.
    """
    return check._replace(
        id=check_id(check.number, place),
        state=CheckState.PLANNED.value,
        planned_on=today.isoformat(),
        due_on=None,
        provisional=0,
        due_source=None,
        finding=None,
        closed_on=None,
        evidence=None,
        origin=origin.value,
        follows=check.id,
        counted_from=None,
        period=None,
        weighed=None,
        not_before=None,
        paused_on=None,
        clock=None,
        sheet=None,
        received_on=None,
        inspectors=None,
    )


def lapsed(today: date) -> dict[str, str]:
    """How a check ends when its promise was withdrawn: nothing is left to look at (通知五（六）)."""
    return {
        "state": CheckState.CLOSED.value,
        "finding": Finding.LAPSED.value,
        "closed_on": today.isoformat(),
    }


def nothing_open(case: Commitment) -> str:
    """Why a case has no check to work on, in one sentence."""
    if case.accepted_on is None:
        return f"{case.number} 尚未受理，还没有核查"
    return f"{case.number} 没有待核查的事项（全部免于核查，或已核查完毕）"
