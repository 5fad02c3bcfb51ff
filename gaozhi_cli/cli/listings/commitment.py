"""What ``commitment list`` and ``show`` say. Imports no typer: the fast path runs it alone."""

from __future__ import annotations

import sys
import unicodedata
from typing import TYPE_CHECKING, Any

from gaozhi_cli.cli.context import Desk, journal_words
from gaozhi_cli.cli.listings.assist import request_lines
from gaozhi_cli.cli.listings.case_words import check_line, gaps_shown, next_command
from gaozhi_cli.cli.settings import iso_date
from gaozhi_cli.domain.commitment import parse_number
from gaozhi_cli.domain.problem import UsageFault
from gaozhi_cli.domain.vocabulary import (
    CommitmentStatus,
    IdType,
    LetterState,
    Method,
    OrdinaryReason,
    ServedWay,
    Track,
    labels,
    parse_word,
)
from gaozhi_cli.rendering.formats import Column

if TYPE_CHECKING:
    from gaozhi_cli.domain.commitment import Commitment
    from gaozhi_cli.storage.records import LetterRow

TIMES = ("signed_on", "supplement_until", "served_on")
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
    Column("signed_on", "签署", table=False),  # four days do not fit 80 columns
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
    Column("assistances", "协助核查"),
    Column("outcomes", "处理"),
    Column("docx", "告知承诺书"),
    Column("warnings", "单位缺项"),
    Column("people", "个人信息"),
    Column("next", "下一步"),
)


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
    if days["since"] and days["until"] and days["since"] > days["until"]:
        raise UsageFault(f"--since {days['since']} 晚于 --until {days['until']}，请核对先后")
    ledger = desk.read_ledger()
    if ledger is None:
        return desk.show([], LIST)
    subjects = None
    if subject:
        text = sys.stdin.readline().strip() if subject == "-" else subject.strip()
        types = tuple(word.value for word in IdType)
        subjects = ledger.subjects_called(text, types) or ledger.subjects_called(normal_number(text), types)
        if not subjects:
            desk.say("提示：台账里没有这个申请人；姓名、名称、号码要写完整，只写一部分查不到")
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
    from gaozhi_cli.cli.listings.outcome import outcome_line
    from gaozhi_cli.storage.outcomes import outcomes_of

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
            "assistances": request_lines(desk, ledger, case.number),
            "outcomes": [outcome_line(outcome) for outcome in outcomes_of(ledger, case.number)],
            "docx": _docx(desk, letter) if case.series is None else None,
            "warnings": gaps_shown(desk, tuple(case.warnings.split(",")) if case.warnings else ()),
            "people": None,
            "next": next_command(case.status, case.number, case.track, served=case.served_on is not None),
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
        f"{words.get(who, who)}：" + "，".join(f"{_label(who, k)} {v}" for k, v in fields.items())
        for who, fields in people.items()
    ]


def _label(who: str, key: str) -> str:
    """A measure's statement is the party's defence, the applicant's is what it promised."""
    return "陈述申辩" if key == "statement" and "-M" in who else PERSON_LABELS[key]


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
    "told_facts": "告知的事实和理由",
    "told_content": "拟作出的处理",
    "decided_facts": "决定的事实和理由",
    "decided_content": "决定的内容",
    "decided_review": "复核意见",
    "basis": "另行写明的依据",
    "hearing": "听证的要求",
    "hearing_record": "听证笔录要点",
    "hearing_off": "听证终止的原因",
    "dropped": "不予处理的理由",
}
