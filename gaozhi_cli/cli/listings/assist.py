"""What ``assist due``, ``list`` and ``show`` say. Imports no typer: the fast path runs it alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from gaozhi_cli.cli.context import Desk, journal_words
from gaozhi_cli.domain.assistance import is_overdue, parse_request_id
from gaozhi_cli.domain.county import find_office
from gaozhi_cli.domain.problem import NotFound, UsageFault
from gaozhi_cli.domain.vocabulary import AssistanceResult, AssistanceState, labels, parse_word
from gaozhi_cli.rendering.formats import Column, one_line

if TYPE_CHECKING:
    from gaozhi_cli.domain.assistance import Assistance
    from gaozhi_cli.storage.ledger import Ledger

DUE = (
    Column("id", "协查编号"),
    Column("verification", "核查"),
    Column("number", "编号", table=False),
    Column("office", "单位代号", table=False),
    Column("office_called", "单位", machine=False),
    Column("agency", "协助机关代号", table=False),
    Column("agency_name", "协助机关"),
    Column("item", "事项", table=False),
    Column("matter", "行政事项名称", table=False),
    Column("proof_name", "证明"),
    Column("asked_on", "发函"),
    Column("due_on", "期限日期", table=False),
    Column("due_label", "期限"),
    Column("provisional", "暂定", table=False),
    Column("overdue", "已逾期"),
    Column("reminders", "催办次数"),
    Column("reminded_on", "最近催办", table=False),
)
LIST = (
    *(column for column in DUE if column.key not in ("reminders", "reminded_on")),
    Column("state", "状态代码", table=False),
    Column("state_label", "状态"),
    Column("answered_on", "答复"),
    Column("result", "结果代码", table=False),
    Column("result_label", "结果"),
    Column("reminders", "催办次数", table=False),
    Column("reminded_on", "最近催办", table=False),
)
SHOW = (
    *(column._replace(table=column.table or column.key == "matter") for column in LIST),
    Column("due_source", "期限依据"),
    Column("document_sha256", "协助核查函 sha256", table=False),
    Column("answer_sha256", "答复文件 sha256", table=False),
    Column("history", "经过"),
    Column("asked", "请求协助的内容"),
    Column("answer", "答复内容"),
    Column("next", "下一步"),
)
AGENCIES = (
    Column("agency", "协助机关代号", table=False),
    Column("agency_name", "协助机关"),
    Column("open", "待答复"),
    Column("overdue", "已逾期"),
    Column("undated", "未定期限"),
    Column("earliest", "最早期限"),
    Column("reminders", "催办次数"),
)
HISTORY = {
    "assist.ask": "发函",
    "assist.remind": "催办",
    "assist.extend": "延长期限",
    "assist.answer": "答复",
    "assist.refuse": "不能协助",
    "assist.export": "导出交换表（含个人信息）",
    "assist.reveal": "查看内容",
}


def due(
    desk: Desk, overdue: bool, agency: str | None, dept: str | None, by_agency: bool, exit_code: bool
) -> int:
    """Open requests, soonest first, those without a date last; 5 when asked to and one is overdue."""
    from gaozhi_cli.storage.assistances import open_requests, owing

    office = desk.office(dept).code if dept is not None else None
    columns = AGENCIES if by_agency else DUE
    ledger = desk.read_ledger()
    if ledger is None:
        desk.show([], columns)
        return 0
    asked = meant_agency(desk, ledger, agency, waiting=True) if agency is not None else None
    seen = {"overdue": False}
    today = desk.today.isoformat()

    def agencies() -> Iterator[dict[str, Any]]:
        for one in owing(ledger, today, office=office, agency=asked):
            seen["overdue"] = seen["overdue"] or one.overdue > 0
            if one.overdue or not overdue:
                yield {**one._asdict(), "agency_name": agency_called(desk, one.agency)}

    def rows() -> Iterator[dict[str, Any]]:
        for dated in (True,) if overdue else (True, False):
            for one in open_requests(ledger, dated=dated, office=office, agency=asked):
                row = request_row(desk, one)
                if overdue and not row["overdue"]:
                    return  # soonest first: no later one is overdue
                seen["overdue"] = seen["overdue"] or row["overdue"]
                yield row

    desk.show(agencies() if by_agency else rows(), columns)
    return 5 if exit_code and seen["overdue"] else 0


def list_requests(
    desk: Desk, dept: str | None, agency: str | None, state: str | None, number: str | None
) -> None:
    """Requests in the order of their numbers."""
    from gaozhi_cli.storage.assistances import all_requests

    word = parse_word(AssistanceState, state) if state else None
    if state and word is None:
        raise UsageFault(f"--state 不认识“{one_line(state)}”，可用：{labels(AssistanceState)}")
    office = desk.office(dept).code if dept is not None else None
    case = desk.number(number) if number is not None else None
    ledger = desk.read_ledger()
    if ledger is None:
        return desk.show([], LIST)
    asked = meant_agency(desk, ledger, agency, waiting=False) if agency is not None else None
    found = all_requests(
        ledger, office=office, agency=asked, state=word.value if word else None, number=case
    )  # fmt: skip
    return desk.show((request_row(desk, one) for one in found), LIST)


def show_request(desk: Desk, id_: str, reveal: bool, reason: str | None) -> None:
    """A request as it stands with what was done about it; its texts only with a reason."""
    from gaozhi_cli.domain.assistance import is_open, next_steps
    from gaozhi_cli.storage.assistances import Asked, the_check, the_request

    if reveal and not (reason or "").strip():
        raise UsageFault("--reveal 须写明理由：--reason 理由")
    ledger = desk.required_ledger()
    request = the_request(ledger, meant_request(id_))
    check = the_check(ledger, request)
    texts: dict[str, str] = {}
    if reveal:
        from gaozhi_cli.services.reveal_answer import reveal_answer

        journal_words(reason, "理由", "reason")
        texts = reveal_answer(request.id, ledger=ledger, occasion=desk.occasion, reason=reason or "")
    overdue = is_overdue(request, desk.today)
    following = f"gaozhi assist {'remind' if overdue else 'answer'} {request.id}"
    row = request_row(desk, Asked(request, check.item, check.matter, check.proof_name)) | {
        "due_source": request.due_source,
        "document_sha256": request.document_sha256,
        "answer_sha256": request.answer_sha256,
        "history": _history(ledger, request),
        "asked": texts.get("asked"),
        "answer": texts.get("answer"),
        "next": [following] if is_open(request) else next_steps(request, check),
    }
    desk.show_one(row, SHOW)


def _history(ledger: Ledger, request: Assistance) -> list[str]:
    """What was done about a request, from the journal of its case."""
    told = []
    for entry in ledger.history(request.number):
        facts = json.loads(entry["detail"] or "{}") if entry["act"] in HISTORY else {}
        if facts.get("assistance") == request.id:
            more = noted(entry["act"], facts)
            reason = f"（{entry['reason']}）" if entry["reason"] else ""
            told.append(
                f"{entry['dated_on']} {HISTORY[entry['act']]}{' ' if more else ''}{more}{reason}"
                f" {entry['operator']}"
            )
    return told


def noted(act: str, facts: dict[str, Any]) -> str:
    """What the detail of an act of this room says, in words."""
    if act == "assist.ask":
        return f"期限 {facts.get('due') or '未定'}"
    if act == "assist.remind":
        return f"第 {facts.get('times')} 次"
    if act == "assist.answer":
        return AssistanceResult(facts["result"]).label
    if act == "assist.extend":
        return f"{facts.get('days')} 个工作日，至 {facts.get('due')}"
    return ""


def request_row(desk: Desk, asked: Any) -> dict[str, Any]:
    """A request as a row of a listing."""
    request: Assistance = asked.request
    return {
        "id": request.id,
        "verification": request.verification,
        "number": request.number,
        "office": request.office,
        "office_called": desk.called(request.office),
        "agency": request.agency,
        "agency_name": agency_called(desk, request.agency),
        "item": asked.item,
        "matter": asked.matter,
        "proof_name": asked.proof_name,
        "asked_on": request.asked_on,
        "due_on": request.due_on,
        "due_label": (request.due_on or "未定期限") + ("（暂定）" if request.provisional else ""),
        "provisional": bool(request.provisional),
        "overdue": is_overdue(request, desk.today),
        "state": request.state,
        "state_label": AssistanceState(request.state).label,
        "answered_on": request.answered_on,
        "result": request.result,
        "result_label": AssistanceResult(request.result).label if request.result else None,
        "reminders": request.reminders,
        "reminded_on": request.reminded_on,
    }


def request_lines(desk: Desk, ledger: Ledger, number: str) -> list[str]:
    """The requests about a case, a line each: which, to whom, until when or how it was answered."""
    from gaozhi_cli.storage.assistances import requests_of_case

    told = []
    for one in requests_of_case(ledger, number):
        due = f"{one.due_on or '未定期限'}{'（暂定）' if one.provisional else ''}"
        late = "，已逾期" if is_overdue(one, desk.today) else ""
        said = AssistanceResult(one.result).label if one.result else AssistanceState(one.state).label
        end = f"{said} {due}{late}" if one.answered_on is None else said
        told.append(f"{one.id} {agency_called(desk, one.agency)} {end}")
    return told


def agency_called(desk: Desk, agency: str) -> str:
    """What people call an agency: the office's name, or the name as it was typed."""
    return desk.called(agency)


def agency_name(desk: Desk, agency: str) -> str:
    """An agency's full name as a letter is addressed to it."""
    return next((office.name for office in desk.catalog.offices if office.code == agency), agency)


def meant_agency(desk: Desk, ledger: Ledger, text: str, *, waiting: bool) -> str:
    """The agency meant: an office, else one that was asked, by its name or a part only it has.

    ``waiting``: among those that owe an answer; one that owes none is said to, and taken as typed.
    Raises NotFound, UsageFault (several).
    """
    from gaozhi_cli.storage.assistances import asked_agencies

    office = find_office(desk.catalog.offices, text)
    wanted = text.strip()
    if office is not None:
        return office.code
    known = asked_agencies(ledger, waiting=waiting)
    found = [name for name in known if name == wanted] or [name for name in known if wanted in name]
    if len(found) == 1 and wanted:
        return found[0]
    if found and wanted:
        raise UsageFault(f"“{one_line(text)}”对应几个机关，请写全：{'、'.join(found[:10])}")
    if waiting and wanted:
        desk.say(f"提示：没有等着“{one_line(wanted)}”答复的请求")
        return wanted
    raise NotFound(f"没有向“{one_line(text)}”请求过协助（gaozhi assist list 可查）")


def meant_request(text: str) -> str:
    """The id of a request. Raises NotFound where the text is none."""
    id_ = parse_request_id(text)
    if id_ is None:
        shown = one_line(text[:30])
        told = f"“{shown}”不是协助核查的编号，应如 RS-2026-X00001"
        raise NotFound(f"{told}；gaozhi assist list 可查")
    return id_
