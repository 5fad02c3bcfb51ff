"""协助核查: another agency is asked, and owes a result or a written refusal with reasons (通知五（四）).

「被请求协助的行政机关要及时履行协助义务，不得推诿或者拒绝；确有原因不能提供协助的，要书面告知请求协助的
行政机关并说明理由」: nothing but a result or such a refusal closes a request, and neither is a finding.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.applicant import filled, text_problems
from gaozhi_cli.domain.clock import Clock, Event, deadline, events_text, read_events
from gaozhi_cli.domain.commitment import Number
from gaozhi_cli.domain.parameters import Dated
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.verification import Verification
from gaozhi_cli.domain.vocabulary import (
    AssistanceResult,
    AssistanceState,
    CheckState,
    ClockEvent,
    Finding,
)
from gaozhi_cli.domain.workdays import WorkCalendar, add_workdays

SERIES = "X"  # RS-2026-X00001: the office's own count of 协助核查函
CLAUSE = "通知五（四）"
PERIOD = "assistance.period"  # the county's parameter; the notice says 及时 and no number of days
SET_BY_HAND = "办理时指定"
LONGEST_NAME = 60

Changes = dict[str, str | int | None]


class Assistance(NamedTuple):
    """A request to another agency about one check (ISO days).

    ``agency``: an office's code or a name; ``clock``: what has moved the date; ``answer``: the id of the
    sealed text of the result or the reasons; digests of the letter sent and of the paper that came back.
    """

    id: str
    office: str
    year: int
    n: int
    verification: str
    number: str
    agency: str
    asked_on: str
    due_on: str | None
    provisional: int
    due_source: str | None
    period: int | None
    clock: str | None
    paused_on: str | None
    state: str
    reminded_on: str | None
    reminders: int
    answered_on: str | None
    result: str | None
    answer: str | None
    document_sha256: str | None
    answer_sha256: str | None


class AnswerDue(NamedTuple):
    """By when an answer is asked for; ``period``: the working days it was counted by, if it was."""

    day: date | None
    provisional: bool = False
    source: str | None = None
    period: int | None = None


def request_id(number: Number) -> str:
    """The id of a request, printed on its letter: RS-2026-X00001."""
    return str(number)


def parse_request_id(text: str) -> str | None:
    """The id meant by ``rs-2026-x1``, leniently: case, width, zeros; None where it is none."""
    wanted = unicodedata.normalize("NFKC", text).strip().upper()
    plain = re.fullmatch(rf"([A-Z][A-Z0-9]*)-(\d{{4}})-{SERIES}(\d{{1,9}})", wanted)
    return str(Number(plain[1], int(plain[2]), int(plain[3]), SERIES)) if plain else None


def answer_due(asked: date, period: Dated | None, set_to: date | None, calendar: WorkCalendar) -> AnswerDue:
    """The day set for this request, else the county's period in working days; without either no date."""
    if set_to is not None:
        return AnswerDue(set_to, source=SET_BY_HAND)
    if period is None:
        return AnswerDue(None)
    days = int(period.value)
    due = add_workdays(asked, days, calendar)
    return AnswerDue(due.day, due.provisional, f"{days} 个工作日，{period.source}", days)


def new_request(number: Number, check: Verification, agency: str, asked: date, due: AnswerDue) -> Assistance:
    """A request as it goes out."""
    return Assistance(
        id=request_id(number), office=number.office, year=number.year, n=number.n, verification=check.id,
        number=check.number, agency=agency, asked_on=asked.isoformat(),
        due_on=due.day.isoformat() if due.day else None, provisional=int(due.provisional),
        due_source=due.source, period=due.period, clock=None, paused_on=None,
        state=AssistanceState.ASKED.value, reminded_on=None, reminders=0, answered_on=None, result=None,
        answer=None, document_sha256=None, answer_sha256=None,
    )  # fmt: skip


def is_open(request: Assistance) -> bool:
    """Whether an answer is still owed."""
    return request.answered_on is None


def is_overdue(request: Assistance, today: date) -> bool:
    """Whether the day asked for has passed without an answer."""
    return is_open(request) and request.due_on is not None and request.due_on < today.isoformat()


def ask_problems(
    check: Verification, agency: str, due: date | None, today: date, waiting: Sequence[Assistance]
) -> list[Problem]:
    """Why the agency cannot be asked about a check; ``waiting``: the open requests about this check."""
    problems = []
    if check.state != CheckState.PLANNED.value:
        found = f"，结论“{Finding(check.finding).label}”" if check.finding else ""
        message = f"{check.id} 已于 {check.closed_on} 核查完毕{found}，不用再请求协助"
        problems.append(Problem("check-closed", message, CLAUSE))
    if agency == check.office:
        message = "请求的是本单位自己；协助核查请求的是其他行政机关"
        problems.append(Problem("own-office", message, CLAUSE, "agency"))
    if due is not None and due < today:
        message = f"答复期限 {due} 早于发函日期 {today}，请改为当天或以后"
        problems.append(Problem("due-past", message, field="due"))
    if today.isoformat() < check.planned_on:
        message = f"发函日期 {today} 早于立项日期 {check.planned_on}"
        problems.append(Problem("check-date", message))
    problems += [
        Problem(
            "asked-already",
            f"{check.id} 已于 {one.asked_on} 请这个机关协助（{one.id}），还没有答复；"
            f"催办用 gaozhi assist remind {one.id}",
            CLAUSE,
            "agency",
        )
        for one in waiting
        if one.agency == agency
    ]
    return problems


def name_problems(name: str) -> list[Problem]:
    """Whether a name can stand for an agency that the 清单 does not know."""
    problems = text_problems(name, "机关名称", "agency")
    if not problems and (len(name) > LONGEST_NAME or not re.search("[一-鿿]{2}", name)):
        message = f"机关名称应写全称，{LONGEST_NAME} 字以内，如 河南省公安厅"
        problems.append(Problem("agency-name", message, field="agency"))
    return problems


def remind_problems(request: Assistance, today: date, reason: str) -> list[Problem]:
    """Why a reminder cannot go out: answered, before its time, or twice a day without a ``reason``."""
    closed = _closed(request)
    if closed:
        return [closed]
    problems = _dated_before(request, today, "催办")
    day = today.isoformat()
    early = request.due_on is not None and day <= request.due_on
    again = request.reminded_on is not None and day <= request.reminded_on
    if early and not filled(reason):
        message = f"{request.id} 的答复期限 {request.due_on} 还没有过；要提前催办，请写 --reason 理由"
        problems.append(Problem("not-yet-due", message, CLAUSE, "reason"))
    elif again and not filled(reason):
        message = f"{request.id} 已于 {request.reminded_on} 催办过；要再催一次，请写 --reason 理由"
        problems.append(Problem("reminded", message, field="reason"))
    return problems


def answer_problems(
    request: Assistance, today: date, result: AssistanceResult, text: str, *, paper: bool, check: str | None
) -> list[Problem]:
    """Why a result cannot be recorded. ``paper``: there is one; ``check``: the check it says it is about."""
    problems = _answer_faults(request, today, check)
    if result is AssistanceResult.DIFFERS and not filled(text):
        message = "不相符的，要写明哪里不相符（--text）"
        problems.append(Problem("answer-empty", message, CLAUSE, "text"))
    elif not paper and not filled(text):
        message = "答复要有内容：写明对方怎样答复（--text），或登记答复的文件（--file）"
        problems.append(Problem("answer-empty", message, CLAUSE, "text"))
    return problems + text_problems(text, "答复内容", "text")


def refusal_problems(request: Assistance, today: date, reason: str, *, check: str | None) -> list[Problem]:
    """Why a refusal of the agency cannot be recorded: it has to be in writing and to give its reasons."""
    problems = _answer_faults(request, today, check)
    if not filled(reason):
        message = "不能提供协助的，对方要书面说明理由（--reason）；没有理由的不能了结这个请求"
        problems.append(Problem("reason-missing", message, CLAUSE, "reason"))
    return problems + text_problems(reason, "理由", "reason")


def _answer_faults(request: Assistance, today: date, check: str | None) -> list[Problem]:
    """What bars any answer: closed already, another check's, before the letter."""
    closed = _closed(request)
    problems = [closed] if closed else []
    if check is not None and check != request.verification:
        message = f"{request.id} 问的是 {request.verification}，不是 {check}；请核对答复是哪一件的"
        problems.append(Problem("other-check", message, CLAUSE, "check"))
    return problems + _dated_before(request, today, "答复")


def _closed(request: Assistance) -> Problem | None:
    if is_open(request):
        return None
    said = AssistanceResult(request.result).label if request.result else AssistanceState.REFUSED.label
    message = f"{request.id} 已于 {request.answered_on} 答复（{said}），已经了结"
    return Problem("answered", message, CLAUSE)


def _dated_before(request: Assistance, today: date, what: str) -> list[Problem]:
    if today.isoformat() >= request.asked_on:
        return []
    return [Problem("answer-date", f"{what}日期 {today} 早于发函日期 {request.asked_on}")]


def next_steps(request: Assistance, check: Verification) -> list[str]:
    """What to do after an answer; the finding stays the office's own (规程四（三）)."""
    if check.state != CheckState.PLANNED.value:
        found = Finding(check.finding).label if check.finding else ""
        told = f"{check.id} 已有结论“{found}”；答复与结论不一致的，请依法另行处理"
        return [told] if request.state == AssistanceState.ANSWERED.value else []
    close = f"gaozhi verify close {check.id} --finding 结论 --evidence 凭据"
    if request.state == AssistanceState.ANSWERED.value:
        return [f"答复不等于核查结论；由本单位核对后下结论：{close}"]
    return [
        f"换一种方式核查，或者另请其他机关：gaozhi assist ask {check.id} --agency 单位",
        f"仍然查不清的，结论写无法核实：{close}",
    ]


def extended(request: Assistance, days: int, today: date, calendar: WorkCalendar) -> Changes:
    """The columns of a request whose date goes some working days further."""
    event = Event(ClockEvent.EXTENDED, today, days)
    if request.period is None:  # a day set by hand: the new day is set, nothing is counted anew
        due = add_workdays(date.fromisoformat(request.due_on or request.asked_on), days, calendar)
        return {"due_on": due.day.isoformat(), "provisional": int(due.provisional)}
    clock = _clock(request).after(event)
    return {"clock": events_text(clock.events)} | _replayed(clock, calendar)


def extension_problems(request: Assistance, days: int, today: date) -> list[Problem]:
    """Why the date cannot be put off."""
    closed = _closed(request)
    problems = [closed] if closed else _dated_before(request, today, "延长")
    if request.due_on is None:
        message = f"{request.id} 没有答复期限，不用延长"
        problems.append(Problem("no-date", message, field="days"))
    if not 0 < days < 1000:
        problems.append(Problem("days", "延长的工作日应是 1 至 999", field="days"))
    return problems


def recounted(request: Assistance, calendar: WorkCalendar) -> Changes:
    """The columns that a newly published calendar changes; empty where nothing moves."""
    if request.period is None or not is_open(request):
        return {}
    changed = _replayed(_clock(request), calendar)
    before = request._asdict()
    return changed if any(before[name] != value for name, value in changed.items()) else {}


def _clock(request: Assistance) -> Clock:
    return Clock(date.fromisoformat(request.asked_on), request.period, events=read_events(request.clock))


def _replayed(clock: Clock, calendar: WorkCalendar) -> Changes:
    due = deadline(clock, calendar)
    if due is None:
        return {}
    return {"due_on": due.day.isoformat(), "provisional": int(due.provisional)}
