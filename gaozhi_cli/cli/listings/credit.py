"""What ``credit check``, ``show`` and ``list`` say. Imports no typer: the fast path runs it alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gaozhi_cli.cli.context import Desk, journal_words
from gaozhi_cli.cli.errors import problem_row
from gaozhi_cli.cli.subjects import find_subject, stranger, typed_subject
from gaozhi_cli.domain.credit import CreditRecord, bars_on
from gaozhi_cli.domain.problem import NotFound, UsageFault
from gaozhi_cli.domain.standing import CLEAR, CreditStanding, bar_problems
from gaozhi_cli.domain.vocabulary import CommitmentStatus, CreditKind, IdType, SubjectKind, Track
from gaozhi_cli.rendering.formats import Column

if TYPE_CHECKING:
    from gaozhi_cli.storage.ledger import Ledger
    from gaozhi_cli.storage.subjects import Named, SubjectCase

REFUSED = 5

CHECK = (
    Column("subject", "主体"),
    Column("subject_name", "姓名或名称"),
    Column("eligible", "可以适用告知承诺制"),
    Column("reasons", "理由"),
    Column("since", "自"),
    Column("until", "至"),
)
RECORDS = (
    Column("id", "编号"),
    Column("subject", "主体", table=False),
    Column("subject_name", "姓名或名称"),
    Column("subject_number", "证件编号"),
    Column("kind", "类别代码", table=False),
    Column("kind_label", "类别"),
    Column("decided_on", "决定日期"),
    Column("source", "决定文书"),
    Column("number", "承诺编号"),
    Column("until_on", "期限至"),
    Column("recorded_on", "登记日期", table=False),
    Column("repaired_on", "修复日期"),
    Column("repair_source", "修复文书", table=False),
    Column("bars", "仍不适用"),
)
SHOW = (
    Column("subject", "主体"),
    Column("kind", "类别代码", table=False),
    Column("kind_label", "类别"),
    Column("name_shown", "姓名或名称"),
    Column("id_type", "证件类型代码", table=False),
    Column("id_type_label", "证件类型"),
    Column("number_shown", "证件编号"),
    Column("first_seen_on", "首次登记"),
    Column("names", "用过的名字"),
    Column("cases", "办理的事项"),
    Column("records", "信用记录"),
    Column("eligible", "可以适用告知承诺制"),
    Column("reasons", "理由"),
    Column("since", "自"),
    Column("until", "至"),
    Column("people", "个人信息"),
)
LABELS = {
    "name": "姓名或名称",
    "id_type": "证件",
    "number": "号码",
    "phone": "联系方式",
    "contact": "联系人",
    "address": "地址",
}


def check(desk: Desk, subject: str) -> int:
    """May this subject use the route today (通知五（二）); the exit code: 5 where it may not."""
    text, ledger = typed_subject(subject), desk.read_ledger()
    found = find_subject(desk, ledger, text) if ledger is not None else None
    row: dict[str, Any] = {"subject": found, "subject_name": None}
    standing = CLEAR
    if found is None or ledger is None:
        stranger(desk, text)
        desk.say("提示：台账里没有这个号码的记录；号码要写完整，只写一部分查不到")
    else:
        from gaozhi_cli.storage.subjects import standing_of

        row["subject_name"] = ledger.subject(found)["name_shown"]
        standing = standing_of(ledger, found, desk.today)
    desk.show_one(row | _standing(standing), CHECK)
    return 0 if standing.eligible else REFUSED


def _standing(standing: CreditStanding) -> dict[str, Any]:
    return {
        "eligible": standing.eligible,
        "reasons": [problem_row(problem) for problem in bar_problems(standing)],
        "since": standing.since,
        "until": standing.until,
    }


def show(desk: Desk, subject: str, reveal: bool, reason: str | None) -> None:
    """A subject's file: identity, names over time, cases of both tracks, records, standing; masked."""
    if reveal and not (reason or "").strip():
        raise UsageFault("--reveal 须写明理由：--reason 理由")
    text, ledger = typed_subject(subject), desk.read_ledger()
    found = find_subject(desk, ledger, text) if ledger is not None else None
    if found is None or ledger is None:
        raise NotFound("台账里没有这个主体，请核对号码、编号，或写完整的姓名、名称")
    from gaozhi_cli.storage.subjects import cases_of, names_over_time, records_of, standing_of

    known = ledger.subject(found)
    cases, records = cases_of(ledger, found), records_of(ledger, found)
    names = names_over_time(ledger, found, cases)
    for_people = desk.settings.format in ("table", "csv", "xlsx")
    row = {
        "subject": found,
        "kind": known["kind"],
        "kind_label": SubjectKind(known["kind"]).label,
        "name_shown": known["name_shown"],
        "id_type": known["id_type"],
        "id_type_label": IdType(known["id_type"]).label,
        "number_shown": known["number_shown"],
        "first_seen_on": known["first_seen_on"],
        "names": [_name(named, for_people) for named in names],
        "cases": [_case(case, for_people) for case in cases],
        "records": [_line(record, desk) if for_people else _told(record, desk) for record in records],
        "people": None,
    }
    if reveal:
        row["people"] = _revealed(desk, ledger, found, reason or "", for_people)
    desk.show_one(row | _standing(standing_of(ledger, found, desk.today)), SHOW)


def _name(named: Named, for_people: bool) -> object:
    if for_people:
        return f"{named.shown}（{named.since} 起）"
    return {"name": named.shown, "since": named.since}


def _case(case: SubjectCase, for_people: bool) -> object:
    track, status = Track(case.track), CommitmentStatus(case.status)
    if for_people:
        return f"{case.number} {case.matter}（{track.label}）{status.label}，{case.drawn_up_on}"
    return {
        "number": case.number,
        "office": case.office,
        "item": case.item,
        "matter": case.matter,
        "track": case.track,
        "status": case.status,
        "status_label": status.label,
        "drawn_up_on": case.drawn_up_on,
        "concluded_on": case.concluded_on,
    }


def _line(record: CreditRecord, desk: Desk) -> str:
    """A record in one line."""
    end = f"，至 {record.until_on}" if record.until_on else ""
    repaired = f"，{record.repaired_on} 已修复（{record.repair_source}）" if record.repaired_on else ""
    now = "，仍不适用" if bars_on(record, desk.today) else ""
    kind = CreditKind(record.kind).label
    return f"{record.id} {kind}（{record.decided_on}，{record.source}{end}{repaired}{now}）"


def _told(record: CreditRecord, desk: Desk) -> dict[str, Any]:
    told = record._asdict() | {
        "kind_label": CreditKind(record.kind).label,
        "bars": bars_on(record, desk.today),
    }
    del told["subject"]
    return told


def record_row(record: CreditRecord, name: str | None, number: str | None, desk: Desk) -> dict[str, Any]:
    """A record as listed."""
    told = {"subject": record.subject, "subject_name": name, "subject_number": number}
    return told | _told(record, desk)


def _revealed(desk: Desk, ledger: Ledger, subject: str, reason: str, for_people: bool) -> Any:
    from gaozhi_cli.services.reveal_subject import reveal_subject

    journal_words(reason, "理由", "reason")
    people = reveal_subject(subject, ledger=ledger, occasion=desk.occasion, reason=reason)
    if not for_people:
        return people
    names = people.pop("names")
    if "id_type" in people:
        people["id_type"] = IdType(people["id_type"]).label
    return [
        "，".join(f"{LABELS[key]} {value}" for key, value in people.items()),
        *(f"{one['since']} 起名为 {one['name']}" for one in names),
    ]


def list_records(desk: Desk, kind: CreditKind | None, current: bool) -> None:
    """Credit records, the earliest decision first; names and numbers of citizens masked."""
    ledger = desk.read_ledger()
    if ledger is None:
        return desk.show([], RECORDS)
    from gaozhi_cli.storage.subjects import all_records

    rows = (
        record_row(record, name, number, desk)
        for record, name, number in all_records(ledger)
        if kind in (None, record.kind) and (not current or bars_on(record, desk.today))
    )
    return desk.show(rows, RECORDS)
