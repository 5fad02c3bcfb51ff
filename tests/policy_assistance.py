"""The room 协助核查 of tests/policy: what may be asked of others, and what closes it (通知五（四）)."""

from __future__ import annotations

from datetime import date
from typing import Any

from gaozhi_cli.domain.assistance import (
    Assistance,
    answer_due,
    answer_problems,
    ask_problems,
    extended,
    extension_problems,
    is_overdue,
    new_request,
    next_steps,
    parse_request_id,
    refusal_problems,
    remind_problems,
)
from gaozhi_cli.domain.commitment import Number
from gaozhi_cli.domain.parameters import Dated
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.verification import Verification
from gaozhi_cli.domain.vocabulary import AssistanceResult, AssistanceState, CheckState, Finding, parse_word
from gaozhi_cli.storage.calendar import work_calendar

Given = dict[str, Any]
ASKED, OFFICE = "2026-11-24", "RS"


def a_check(given: Given) -> Verification:
    """The check that the request is about: 待核查, or closed with a finding."""
    finding = parse_word(Finding, given.pop("核查结论", CheckState.PLANNED.label))
    return Verification(
        id="RS-2026-00001-1", number="RS-2026-00001", office=OFFICE, item="rs-04", matter="虚构的事项",
        proof="rs-04.1", proof_name="营业执照", method="online",
        state=(CheckState.CLOSED if finding else CheckState.PLANNED).value,
        planned_on=given.pop("立项日期", ASKED), finding=finding.value if finding else None,
        closed_on=ASKED if finding else None,
    )  # fmt: skip


def a_request(given: Given, check: Verification, calendar: Any, agency: str = "SC") -> Assistance:
    """A request sent on 2026-11-24, as the case has it."""
    period, set_to = given.pop("县里的期限", None), given.pop("指定期限", None)
    due = answer_due(
        date.fromisoformat(ASKED),
        Dated(date(2021, 1, 1), period, "虚构") if period else None,
        date.fromisoformat(set_to) if set_to else None,
        calendar,
    )
    made = new_request(Number(OFFICE, 2026, 1, "X"), check, agency, date.fromisoformat(ASKED), due)
    state = parse_word(AssistanceState, given.pop("状态", AssistanceState.ASKED.label))
    result = parse_word(AssistanceResult, given.pop("已答复", ""))
    assert state is not None
    return made._replace(
        state=state.value, result=result.value if result else None, reminded_on=given.pop("催办过", None),
        answered_on=None if state is AssistanceState.ASKED else "2026-11-30",
    )  # fmt: skip


def assistance(given: Given, catalogs: Any) -> dict[str, Any]:
    """What an act comes to: 可以 with the date or the next steps, or 不可以 with its reasons."""
    calendar = work_calendar(catalogs["示例县"])
    act, today = given.pop("动作"), date.fromisoformat(given.pop("办理日期", ASKED))
    if act == "编号":
        return {"编号": parse_request_id(given.pop("写法")) or "不认识"}
    check = a_check(given)
    if act == "请求":
        waiting = [a_request({}, check, calendar, agency) for agency in given.pop("还没有答复的", [])]
        agency, wanted = given.pop("机关", "SC"), given.pop("指定期限", None)
        day = date.fromisoformat(wanted) if wanted else None
        request = a_request(
            {"指定期限": wanted, "县里的期限": given.pop("县里的期限", None)}, check, calendar
        )
        return answered(ask_problems(check, agency, day, today, waiting)) | dated(request, today)
    request = a_request(given, check, calendar)
    if act == "到期":
        return dated(request, today)
    if act == "催办":
        return answered(remind_problems(request, today, given.pop("理由", "")))
    if act == "延长":
        days = int(given.pop("天数"))
        problems = extension_problems(request, days, today)
        after = request if problems else request._replace(**extended(request, days, today, calendar))  # type: ignore[arg-type]
        return answered(problems) | dated(after, today)
    about = given.pop("写的核查", None)
    if act == "不能协助":
        problems = refusal_problems(request, today, given.pop("理由", ""), check=about)
        after = request._replace(state="refused", answered_on=today.isoformat())
    else:
        result = parse_word(AssistanceResult, given.pop("结果"))
        assert act == "答复" and result is not None
        paper, text = given.pop("文件", "无") == "有", given.pop("文字", "")
        problems = answer_problems(request, today, result, text, paper=paper, check=about)
        after = request._replace(state="answered", answered_on=today.isoformat(), result=result.value)
    said = "；".join(next_steps(after, check)) or "无"
    return answered(problems) | ({} if problems else {"提示": said, "不提": said})


def answered(problems: list[Problem]) -> dict[str, Any]:
    """可以, or 不可以 with its reasons."""
    if problems:
        return {"结果": "不可以", "理由": [problem.message for problem in problems]}
    return {"结果": "可以"}


def dated(request: Assistance, today: date) -> dict[str, Any]:
    """By when an answer is asked for."""
    return {
        "期限": request.due_on or "未定期限",
        "暂定": "是" if request.provisional else "否",
        "依据": request.due_source or "无",
        "逾期": "是" if is_overdue(request, today) else "否",
    }
