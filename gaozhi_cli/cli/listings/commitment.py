"""What ``commitment list``, ``show`` and ``history`` say. Imports no typer: the fast path runs it alone."""

from __future__ import annotations

import json
import sys
import unicodedata
from typing import TYPE_CHECKING, Any

from gaozhi_cli.cli.context import Desk, journal_words
from gaozhi_cli.cli.settings import iso_date
from gaozhi_cli.domain.commitment import TRANSITIONS, next_step, parse_number
from gaozhi_cli.domain.problem import UsageFault
from gaozhi_cli.domain.vocabulary import (
    CommitmentStatus,
    Finding,
    IdType,
    LetterState,
    Method,
    OrdinaryReason,
    ServedWay,
    ToldWay,
    Track,
    labels,
    parse_word,
)
from gaozhi_cli.rendering.formats import Column

if TYPE_CHECKING:
    from gaozhi_cli.domain.commitment import Commitment
    from gaozhi_cli.storage.records import LetterRow

TIMES = ("supplement_until", "served_on")
LIST = (
    Column("number", "编号"),
    Column("office", "单位代号", table=False),
    Column("office_called", "单位", machine=False),
    Column("item", "事项", table=False),
    Column("matter", "行政事项名称"),
    Column("status", "状态代码", table=False),
    Column("status_label", "状态名称", table=False),
    Column("status_called", "状态", machine=False),
    Column("track", "程序代码", table=False),
    Column("track_label", "程序", table=False),
    Column("subject_name", "申请人"),
    Column("drawn_up_on", "制作"),
    Column("signed_on", "签署"),
    Column("accepted_on", "受理"),
    Column("concluded_on", "办结"),
    Column("supplement_until", "补正期限", table=False),
    Column("supplement_overdue", "补正逾期", table=False),
    Column("served_on", "送达", table=False),
)
COURSE = (
    Column("choice_label", "办理方式的选择"),
    Column("guided_on", "指导"),
    Column("checked_on", "材料审查"),
    Column("supplement_on", "一次性补正"),
    Column("supplied_on", "补正收齐"),
    Column("refused_on", "不予适用"),
    Column("refusal", "不适用情形"),
    Column("withdrawn_on", "撤回"),
    Column("served_way_label", "送达方式"),
    Column("scan_sha256", "原件扫描件 sha256", table=False),
)
SHOW = (
    LIST[0],
    Column("official_number", "文号"),
    *(column._replace(table=True) if column.key in TIMES else column for column in LIST[1:]),
    *COURSE,
    Column("subject", "主体", table=False),
    Column("subject_number", "证件编号"),
    Column("proofs", "证明"),
    Column("checks", "核查"),
    Column("docx", "告知承诺书"),
    Column("warnings", "单位缺项"),
    Column("people", "个人信息"),
    Column("next", "下一步"),
)


HISTORY = (
    Column("seq", "流水号"),
    Column("at", "时间", table=False),
    Column("moment", "时间", machine=False),
    Column("dated_on", "日期"),
    Column("act", "动作代码", table=False),
    Column("act_label", "动作"),
    Column("operator", "经办人"),
    Column("login", "登录名"),
    Column("machine", "机器", table=False),
    Column("reason", "理由"),
    Column("detail", "详情代码", table=False),
    Column("told", "详情", machine=False),
)
ACTS = {
    "letter.draw-up": "制作",
    "letter.make": "生成文书",
    "letter.pdf": "生成 PDF",
    "letter.remake": "重做文书",
    "letter.tell": "告知",
    "commitment.check": "审查材料",
    "commitment.supplement": "一次性补正",
    "commitment.supplied": "补正收齐",
    "commitment.refuse": "不予适用",
    "commitment.withdraw": "撤回",
    "commitment.serve": "送达",
    "ordinary.new": "按一般程序登记",
    "ordinary.conclude": "按一般程序办结",
    "document.make": "出具文书",
    "letter.print": "打印",
    "letter.reprint": "再次打印",
    "letter.print-queued": "已提交打印",
    "letter.print-failed": "打印失败",
    "letter.printed": "已打印",
    "commitment.sign": "签署",
    "commitment.accept": "受理",
    "commitment.conclude": "办结",
    "verify.schedule": "定期限",
    "verify.close": "核查结论",
    "person.reveal": "查看个人信息",
    "ledger.key-backup": "备份密钥",
    "ledger.key-restore": "放回密钥",
    "ledger.key-rotate": "轮换密钥",
    "ledger.purge": "清除个人信息",
    "credit.record": "登记信用记录",
    "credit.repair": "登记信用修复",
    "catalog.import": "导入清单",
    "catalog.withdraw": "撤销清单版本",
}


def list_commitments(
    desk: Desk,
    dept: str | None,
    status: str | None,
    since: str | None,
    until: str | None,
    search: str | None,
    subject: str | None,
    limit: str | None = None,
    after: str | None = None,
) -> None:
    """Commitments in order of number; names masked."""
    from gaozhi_cli.domain.applicant import normal_number
    from gaozhi_cli.storage.records import Query

    wanted = parse_word(CommitmentStatus, status) if status else None
    if status and wanted is None:
        raise UsageFault(f"--status 不认识“{status}”，可用：{labels(CommitmentStatus)}")
    office = desk.office(dept).code if dept is not None else None
    most = _limit(limit) if limit is not None else None
    behind = parse_number(desk.number(after), desk.catalog.county, ()) if after is not None else None
    days = {"since": since and iso_date(since, "--since"), "until": until and iso_date(until, "--until")}
    ledger = desk.read_ledger()
    if ledger is None:
        return desk.show([], LIST)
    subjects = None
    if subject:
        text = sys.stdin.readline().strip() if subject == "-" else subject.strip()
        types = tuple(word.value for word in IdType)
        subjects = ledger.subjects_called(text, types) or ledger.subjects_called(normal_number(text), types)
    items = tuple(i.id for i in desk.catalog.items.holding(search.lower().split())) if search else ()
    query = Query(
        office=office,
        status=wanted.value if wanted else None,
        since=days["since"].isoformat() if days["since"] else None,
        until=days["until"].isoformat() if days["until"] else None,
        items=items,
        subjects=subjects,
        text=search.upper() if search else None,
        limit=most,
        after=behind,
    )
    desk.show((_listed(desk, found.case, found.subject_name) for found in ledger.commitments(query)), LIST)
    return None


def _limit(text: str) -> int:
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain.isdecimal() or len(plain) > 9:
        raise UsageFault("--limit 应是最多列出的件数，如 50")
    return int(plain)


def _listed(desk: Desk, case: Commitment, subject_name: str) -> dict[str, Any]:
    return {
        "number": case.number,
        "office": case.office,
        "office_called": desk.called(case.office),
        "item": case.item,
        "matter": case.matter,
        "status": case.status,
        "status_label": CommitmentStatus(case.status).label,
        "status_called": CommitmentStatus(case.status).label
        + ("（一般程序）" if case.track == Track.ORDINARY else ""),
        "track": case.track,
        "track_label": Track(case.track).label,
        "subject_name": subject_name,
        "drawn_up_on": case.drawn_up_on,
        "signed_on": case.signed_on,
        "accepted_on": case.accepted_on,
        "concluded_on": case.concluded_on,
        "supplement_until": case.supplement_until,
        "supplement_overdue": bool(
            case.status == CommitmentStatus.SUPPLEMENTING
            and case.supplement_until
            and case.supplement_until < desk.today.isoformat()
        ),
        "served_on": case.served_on,
    }


def _refusal(desk: Desk, codes: str) -> list[str]:
    """The coded reasons of a refusal in the words of the notice; a code that the county dropped as it is."""
    from gaozhi_cli.storage.document_entries import county_documents

    known = {
        choice.code: choice.text
        for kind in county_documents(desk.home.catalog)
        for field in kind.fields
        for choice in field.choices
        if kind.id == "refusal-notice"
    }
    return [known.get(code, code) for code in codes.split(",")]


def _course(desk: Desk, case: Commitment) -> dict[str, Any]:
    """The days and words of the case's course."""
    choice = case.choice
    return {
        "choice_label": Track.COMMITMENT.label
        if choice == Track.COMMITMENT
        else OrdinaryReason(choice).label
        if choice
        else None,
        "guided_on": case.guided_on,
        "checked_on": case.checked_on,
        "supplement_on": case.supplement_on,
        "supplied_on": case.supplied_on,
        "refused_on": case.refused_on,
        "refusal": _refusal(desk, case.refusal) if case.refusal else None,
        "withdrawn_on": case.withdrawn_on,
        "served_way_label": ServedWay(case.served_way).label if case.served_way else None,
        "scan_sha256": case.scan_sha256,
    }


def show_commitment(desk: Desk, number: str, reveal: bool, reason: str | None) -> None:
    """A commitment as it stands; personal data masked unless revealed with a reason."""
    if reveal and not (reason or "").strip():
        raise UsageFault("--reveal 须写明理由：--reason 理由")
    ledger = desk.required_ledger()
    case = ledger.case(desk.number(number))
    subject = ledger.subject(case.subject)
    letter = ledger.letter(case.number)
    row = (
        _listed(desk, case, subject["name_shown"])
        | _course(desk, case)
        | {
            "official_number": case.official_number,
            "subject": case.subject,
            "subject_number": subject["number_shown"],
            "proofs": [
                f"{p.proof} {p.name}（{Method(p.method).label}）" for p in ledger.proofs_of(case.number)
            ],
            "checks": [check_line(check) for check in ledger.checks_of(case.number)],
            "docx": _docx(desk, letter) if case.series is None else None,
            "warnings": gaps_shown(desk, tuple(case.warnings.split(",")) if case.warnings else ()),
            "people": None,
            "next": next_command(case.status, case.number, case.track),
        }
    )
    if reveal:
        row["people"] = _revealed(desk, ledger, case.number, reason or "")
    desk.show_one(row, SHOW)


def _docx(desk: Desk, letter: LetterRow | None) -> str:
    """Where the letter's file is, or that it is not there."""
    if letter is not None and letter.state == LetterState.PURGED:
        return LetterState.PURGED.label
    if letter is None or letter.state != LetterState.MADE:
        return "待生成"
    path = desk.home.root / letter.docx
    return str(path) if path.is_file() else f"文件不在了：{path}"


def _revealed(desk: Desk, ledger: Any, number: str, reason: str) -> Any:
    from gaozhi_cli.services.reveal_person import reveal_person

    journal_words(reason, "理由", "reason")
    people = reveal_person(number, ledger=ledger, occasion=desk.occasion, reason=reason)
    if desk.settings.format in ("json", "ndjson"):
        return people
    for fields in people.values():
        if "id_type" in fields:
            fields["id_type"] = IdType(fields["id_type"]).label
    words = {"applicant": "申请人", "agent": "代理人", "guardian": "法定监护人"}
    return [
        f"{words.get(who, who)}：" + "，".join(f"{PERSON_LABELS[k]} {v}" for k, v in fields.items())
        for who, fields in people.items()
    ]


def history(desk: Desk, number: str) -> None:
    """Who did what, when."""
    ledger = desk.required_ledger()
    case = ledger.case(desk.number(number))
    plain = desk.settings.format in ("csv", "tsv")
    rows = (
        entry | {
            "seq": str(entry["seq"]),
            "act_label": ACTS.get(entry["act"], entry["act"]),
            "moment": entry["at"][:19].replace("T", " "),
            "detail": entry["detail"] if plain else json.loads(entry["detail"] or "null"),
            "told": noted(entry["act"], json.loads(entry["detail"] or "{}")),
        }
        for entry in ledger.history(case.number)
    )  # fmt: skip
    desk.show(rows, HISTORY)


PERSON_LABELS = {
    "name": "姓名或名称",
    "id_type": "证件",
    "number": "号码",
    "phone": "联系方式",
    "contact": "联系人",
    "address": "地址",
    "site_address": "现场地址",
    "statement": "承诺内容",
    "authorization": "特别授权",
    "guardianship": "监护关系的依据",
    "evidence": "核查凭据",
}


def noted(act: str, facts: dict[str, Any]) -> str:
    """What an act's detail says, and that the clock had gone back when it was written."""
    before = facts.get("clock_before")
    back = f"时钟倒退：前一条流水写于 {str(before)[:19].replace('T', ' ')}" if before else ""
    return "；".join(part for part in (told(act, facts), back) if part)


def told(act: str, facts: dict[str, Any]) -> str:
    """What an act's detail says, in words."""
    if act == "verify.close":
        return f"{facts.get('check')} {Finding(facts['finding']).label}"
    if act == "verify.schedule":
        checks = "、".join(row[0] for row in facts.get("checks", []))
        parts = [f"期限 {facts['due']}" if facts.get("due") else "", facts.get("assignee") or ""]
        return " ".join(part for part in (checks, *parts) if part)
    if act == "commitment.accept":
        return "；".join(f"{row[0]} {row[1] or '未定期限'}" for row in facts.get("checks", []))
    if act in ("commitment.supplement", "commitment.refuse", "commitment.withdraw"):
        return " ".join(
            part
            for part in (
                str(facts.get("title") or ""),
                f"期限 {facts['until']}" if facts.get("until") else "",
                f"不再核查 {'、'.join(facts['lapsed'])}" if facts.get("lapsed") else "",
            )
            if part
        )
    if act == "commitment.serve":
        return ServedWay(facts["way"]).label
    if act == "ordinary.new":
        return OrdinaryReason(facts["because"]).label
    if act == "document.make":
        return str(facts.get("title", ""))
    if act in ("letter.print", "letter.reprint"):
        return f"第 {facts.get('times')} 次，{facts.get('copies')} 份 {facts.get('printer') or ''}".strip()
    if act == "letter.tell":
        return f"{ToldWay(facts['way']).label}{'（再次告知）' if facts.get('again') else ''}"
    if act == "letter.printed" and facts.get("elsewhere"):
        return f"经办人另行打印，{facts.get('copies')} 份"
    if act == "letter.printed":
        return "经办人确认" if facts.get("confirmed") else f"打印机报告 {facts.get('job') or ''}".strip()
    if act in ("letter.print-queued", "letter.print-failed"):
        return str(facts.get("job") or "")
    if act in ("letter.draw-up", "commitment.sign") and facts.get("warnings"):
        return f"单位缺项：{'、'.join(gap_labels(tuple(facts['warnings'])))}"
    return ""


def check_line(check: Any) -> str:
    """A check in one line."""
    due = check.due_on or "未定期限"
    state = (
        Finding(check.finding).label if check.finding else f"{due}{'（暂定）' if check.provisional else ''}"
    )
    return f"{check.id} {check.proof_name}（{Method(check.method).label}）{state}"


def next_command(status: str, number: str, track: str = Track.COMMITMENT.value) -> str:
    """The command that takes the case further."""
    name = next_step(status, track)
    if name is None:
        return ""
    step = TRANSITIONS[name]
    command, flag, rest = step.command.partition(" --")
    return f"gaozhi {command} {number}{flag}{rest}（{step.label}）"


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


def gaps_shown(desk: Desk, codes: tuple[str, ...]) -> list[str]:
    """The codes for scripts, the form's words for people."""
    return gap_labels(codes) if desk.settings.format in ("table", "csv") else list(codes)
