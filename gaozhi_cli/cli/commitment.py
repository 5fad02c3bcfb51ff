"""``gaozhi commitment``: list, show, history, and the steps of 规程四: sign, accept, conclude."""

import json
import sys
from typing import Annotated, Any

import typer

from gaozhi_cli.cli import options
from gaozhi_cli.cli.commands import Command, WritingCommand, command_app, examples
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.settings import iso_date
from gaozhi_cli.domain.applicant import no_personal_numbers, normal_number
from gaozhi_cli.domain.catalog import search_items
from gaozhi_cli.domain.commitment import STEP_LABELS, next_step
from gaozhi_cli.domain.problem import BadInput, UsageFault
from gaozhi_cli.domain.vocabulary import (
    CommitmentStatus,
    Finding,
    IdType,
    LetterState,
    Method,
    labels,
    parse_word,
)
from gaozhi_cli.rendering.formats import Column

app = command_app("承诺：签署、受理、办结、查询、经过")

LIST = (
    Column("number", "编号"),
    Column("office", "单位"),
    Column("item", "事项", table=False),
    Column("matter", "行政事项名称"),
    Column("status", "状态", table=False),
    Column("status_label", "状态"),
    Column("track", "程序", table=False),
    Column("subject_name", "申请人"),
    Column("drawn_up_on", "制作"),
    Column("signed_on", "签署"),
    Column("accepted_on", "受理"),
    Column("concluded_on", "办结"),
)
STEP = (
    Column("number", "编号"),
    Column("status", "状态", table=False),
    Column("status_label", "状态"),
    Column("documents", "文书"),
    Column("checks", "核查"),
    Column("warnings", "提示"),
    Column("next", "下一步"),
)


@app.command("list", cls=Command, epilog=examples(
    "gaozhi commitment list --dept 人社局 --status 已受理",
    "gaozhi commitment list --since 2026-01-01 --format csv",
))  # fmt: skip
def list_commitments(
    dept: options.Dept = None,
    status: Annotated[
        str | None, typer.Option("--status", metavar="状态", help="已制作|已签署|已受理|已办结")
    ] = None,
    since: options.Since = None,
    until: options.Until = None,
    search: Annotated[
        str | None, typer.Option("--search", metavar="字词", help="编号或事项名称里的字词")
    ] = None,
    subject: Annotated[
        str | None, typer.Option("--subject", metavar="申请人", help="完整的姓名、名称或号码；- 从标准输入读")
    ] = None,
) -> None:
    """列出承诺，姓名已遮蔽。"""
    from gaozhi_cli.storage.records import Query

    desk = Desk()
    wanted = parse_word(CommitmentStatus, status) if status else None
    if status and wanted is None:
        raise UsageFault(f"--status 不认识“{status}”，可用：{labels(CommitmentStatus)}")
    office = desk.office(dept).code if dept else None
    days = {"since": since and iso_date(since, "--since"), "until": until and iso_date(until, "--until")}
    ledger = desk.read_ledger()
    if ledger is None:
        return desk.show([], LIST)
    subjects = None
    if subject:
        text = sys.stdin.readline().strip() if subject == "-" else subject.strip()
        types = tuple(word.value for word in IdType)
        subjects = ledger.subjects_called(text, types) or ledger.subjects_called(normal_number(text), types)
    items = tuple(i.id for i in search_items(list(desk.catalog.items), search)) if search else ()
    like = (
        "%" + search.upper().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        if search
        else None
    )
    query = Query(
        office=office,
        status=wanted.value if wanted else None,
        since=days["since"].isoformat() if days["since"] else None,
        until=days["until"].isoformat() if days["until"] else None,
        items=items,
        subjects=subjects,
        like=like,
    )
    desk.show((_listed(desk, found.case, found.subject_name) for found in ledger.commitments(query)), LIST)
    return None


def _listed(desk: Desk, case: Any, subject_name: str) -> dict[str, Any]:
    item = desk.catalog.item(case.item)
    return {
        "number": case.number,
        "office": case.office,
        "item": case.item,
        "matter": item.matter if item else case.item,
        "status": case.status,
        "status_label": CommitmentStatus(case.status).label,
        "track": case.track,
        "subject_name": subject_name,
        "drawn_up_on": case.drawn_up_on,
        "signed_on": case.signed_on,
        "accepted_on": case.accepted_on,
        "concluded_on": case.concluded_on,
    }


SHOW = (
    LIST[0],
    Column("official_number", "文号"),
    *LIST[1:],
    Column("subject", "主体", table=False),
    Column("subject_number", "证件编号"),
    Column("proofs", "证明"),
    Column("checks", "核查"),
    Column("docx", "告知承诺书"),
    Column("warnings", "单位缺项"),
    Column("people", "个人信息"),
    Column("next", "下一步"),
)


@app.command("show", cls=Command, epilog=examples("gaozhi commitment show RS-2026-00001"))
def show_commitment(
    number: options.Number,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="显示个人信息全文（记入流水，须写明 --reason）")
    ] = False,
    reason: Annotated[str | None, typer.Option("--reason", metavar="理由", help="为什么要看")] = None,
) -> None:
    """一件承诺的现状，个人信息已遮蔽。"""
    desk = Desk()
    if reveal and not (reason or "").strip():
        raise UsageFault("--reveal 须写明理由：--reason 理由")
    ledger = desk.required_ledger()
    case = ledger.case(desk.number(number))
    subject = ledger.subject(case.subject)
    letter = ledger.letter(case.number)
    row = _listed(desk, case, subject["name_shown"]) | {
        "official_number": case.official_number,
        "subject": case.subject,
        "subject_number": subject["number_shown"],
        "proofs": [f"{p.proof} {p.name}（{Method(p.method).label}）" for p in ledger.proofs_of(case.number)],
        "checks": [check_line(check) for check in ledger.checks_of(case.number)],
        "docx": str(desk.home.root / letter.docx)
        if letter and letter.state == LetterState.MADE
        else "待生成",
        "warnings": _gaps(desk, tuple(case.warnings.split(",")) if case.warnings else ()),
        "people": None,
        "next": _next(case.status, case.number),
    }
    if reveal:
        row["people"] = _revealed(desk, ledger, case.number, reason or "")
    desk.show_one(row, SHOW)


def _revealed(desk: Desk, ledger: Any, number: str, reason: str) -> Any:
    from gaozhi_cli.services.reveal_person import reveal_person

    _journal_words(reason, "理由", "reason")
    people = reveal_person(number, ledger=ledger, occasion=desk.occasion, reason=reason)
    if desk.settings.format != "table":
        return people
    words = {"applicant": "申请人", "agent": "代理人"}
    for fields in people.values():
        fields["id_type"] = IdType(fields["id_type"]).label
    return [f"{words[role]}：{'，'.join(fields.values())}" for role, fields in people.items()]


HISTORY = (
    Column("seq", "流水号"),
    Column("at", "时间"),
    Column("dated_on", "日期"),
    Column("act", "动作", table=False),
    Column("act_label", "动作"),
    Column("operator", "经办人"),
    Column("login", "登录名"),
    Column("machine", "机器", table=False),
    Column("reason", "理由"),
    Column("detail", "详情", table=False),
)
ACTS = {
    "letter.draw-up": "制作",
    "letter.make": "生成文书",
    "letter.pdf": "生成 PDF",
    "commitment.sign": "签署",
    "commitment.accept": "受理",
    "commitment.conclude": "办结",
    "verify.schedule": "定期限",
    "verify.close": "核查结论",
    "person.reveal": "查看个人信息",
}


@app.command("history", cls=Command, epilog=examples("gaozhi commitment history RS-2026-00001"))
def history(number: options.Number) -> None:
    """一件承诺的经过：谁、何时、做了什么。"""
    desk = Desk()
    ledger = desk.required_ledger()
    case = ledger.case(desk.number(number))
    rows = (
        entry | {
            "seq": str(entry["seq"]),
            "act_label": ACTS.get(entry["act"], entry["act"]),
            "detail": json.loads(entry["detail"]) if entry["detail"] else None,
        }
        for entry in ledger.history(case.number)
    )  # fmt: skip
    desk.show(rows, HISTORY)


@app.command("sign", cls=WritingCommand, epilog=examples("gaozhi commitment sign RS-2026-00001"))
def sign(number: options.Number) -> None:
    """申请人已签字盖章，原件已收。"""
    from gaozhi_cli.services.sign_commitment import sign_commitment

    desk = Desk()
    plain = desk.number(number)
    ledger = desk.write_ledger()
    done = sign_commitment(plain, ledger=ledger, occasion=desk.occasion)
    if done.warnings:
        desk.say(f"提示：这份告知承诺书有单位缺项，请在纸面上补齐：{'、'.join(gap_labels(done.warnings))}")
    _told(desk, plain, done.status, warnings=list(done.warnings))


@app.command("accept", cls=WritingCommand, epilog=examples(
    "gaozhi commitment accept RS-2026-00001",
    "gaozhi commitment accept RS-2026-00001 --due 2026-12-31 --assignee 李核查",
))  # fmt: skip
def accept(
    number: options.Number,
    due: Annotated[
        str | None, typer.Option("--due", metavar="日期", help="核查期限；不写则按清单里的期限")
    ] = None,
    assignee: options.Assignee = None,
) -> None:
    """受理：凭承诺办理，并安排核查。"""
    from gaozhi_cli.services.accept_commitment import accept_commitment
    from gaozhi_cli.storage.calendar import work_calendar

    desk = Desk()
    plain, day = desk.number(number), iso_date(due, "--due") if due else None
    ledger = desk.write_ledger()
    done = accept_commitment(
        plain,
        catalog=desk.catalog,
        calendar=work_calendar(desk.catalog),
        ledger=ledger,
        occasion=desk.occasion,
        due=day,
        assignee=assignee,
    )
    if any(check.due_on is None for check in done.checks):
        desk.say(
            f"提示：清单没有核查期限，已列为未定期限；可用 gaozhi verify schedule {plain} --due 日期 指定"
        )
    if any(check.provisional for check in done.checks):
        desk.say("提示：期限跨入尚未公布放假安排的年份，按周一至周五推算，属暂定")
    _told(desk, plain, done.status, checks=[check_line(check) for check in done.checks])


@app.command("conclude", cls=WritingCommand, epilog=examples("gaozhi commitment conclude RS-2026-00001"))
def conclude(number: options.Number) -> None:
    """办结行政事项；核查可以在办结之后。"""
    from gaozhi_cli.services.conclude_matter import conclude_matter

    desk = Desk()
    plain = desk.number(number)
    ledger = desk.write_ledger()
    done = conclude_matter(plain, ledger=ledger, occasion=desk.occasion)
    if done.open_checks:
        desk.say(f"提示：还有 {done.open_checks} 项待核查（gaozhi verify due）")
    _told(desk, plain, done.status)


def _told(
    desk: Desk,
    number: str,
    status: str,
    *,
    warnings: list[str] | None = None,
    checks: list[str] | None = None,
) -> None:
    row = {
        "number": number,
        "status": status,
        "status_label": CommitmentStatus(status).label,
        "documents": [],
        "checks": checks or [],
        "warnings": _gaps(desk, tuple(warnings or ())),
        "next": _next(status, number),
    }
    if desk.settings.dry_run:
        desk.say("试运行：以上没有写入")
    desk.show_one(row, STEP)


def check_line(check: Any) -> str:
    """A check in one line."""
    due = check.due_on or "未定期限"
    state = (
        Finding(check.finding).label if check.finding else f"{due}{'（暂定）' if check.provisional else ''}"
    )
    return f"{check.id} {check.proof_name}（{Method(check.method).label}）{state}"


def _next(status: str, number: str) -> str:
    step = next_step(status)
    return f"gaozhi commitment {step} {number}（{STEP_LABELS[step]}）" if step else ""


GAP_LABELS = {
    "contact_person": "行政机关联系人",
    "contact_phone": "行政机关联系方式",
    "basis": "设定证明的依据",
    "content": "证明的内容",
    "agent": "可否代为承诺",
    "disclosure": "是否公开",
    "disclosure_period": "公开时限",
    "complaints": "投诉举报方式",
    "consent": "公开同意",
}


def gap_labels(codes: tuple[str, ...]) -> list[str]:
    """Codes of the office's gaps in the form's words."""
    return [GAP_LABELS.get(code, code) for code in codes]


def _gaps(desk: Desk, codes: tuple[str, ...]) -> list[str]:
    """The codes for scripts, the form's words for people."""
    return gap_labels(codes) if desk.settings.format in ("table", "csv") else list(codes)


def _journal_words(text: str, label: str, field: str) -> None:
    """Refuse a text that would put personal numbers into the journal."""
    problems = no_personal_numbers(text, label, field)
    if problems:
        raise BadInput(problems[0].message, tuple(problems))
