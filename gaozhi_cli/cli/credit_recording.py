"""What ``credit record`` and ``credit repair`` do: whom they mean, what is told after it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.listings.credit import RECORDS, record_row
from gaozhi_cli.cli.subjects import find_subject, identity_type, is_name, is_number, typed_subject
from gaozhi_cli.domain.applicant import Identity, filled, normal_number, text_problems
from gaozhi_cli.domain.credit import CreditRecord, Party, bars_on, parse_record_id
from gaozhi_cli.domain.problem import BadInput, NotFound, UsageFault
from gaozhi_cli.domain.vocabulary import (
    CommitmentStatus,
    CreditKind,
    IdType,
    SubjectKind,
    labels,
    parse_word,
)

if TYPE_CHECKING:
    from gaozhi_cli.storage.ledger import Ledger

NOT_YET = (CommitmentStatus.DRAWN_UP, CommitmentStatus.SUPPLEMENTING, CommitmentStatus.SIGNED)


def record_subject(
    desk: Desk,
    subject: str,
    kind: CreditKind,
    decided_on: date,
    source: str,
    *,
    number: str | None,
    until: date | None,
    name: str | None,
    id_type: str | None,
) -> None:
    """Keep an adverse record of the subject meant, known or met for the first time."""
    from gaozhi_cli.services.record_credit import record_credit

    text, case = typed_subject(subject), desk.number(number) if number else None
    said = _said_type(id_type)
    ledger = desk.write_ledger()
    done = record_credit(
        _whom(desk, ledger, text, name, said), kind, decided_on, source,
        ledger=ledger, occasion=desk.occasion, number=case, until=until,
    )  # fmt: skip
    if desk.settings.dry_run:
        desk.say("试运行：检查通过，没有登记")
    elif done.repeated:
        desk.say(f"这份决定已登记过，没有重复登记：{done.record.id}")
    else:
        desk.committed(f"已登记 {done.record.id}")
        _remarks(desk, ledger, done.record)
    _show(desk, ledger, done.record, new=not done.repeated)


def _said_type(text: str | None) -> IdType | None:
    kind = parse_word(IdType, text) if text else None
    if text and kind is None:
        raise UsageFault(f"--id-type 不认识“{text}”，可用：{labels(IdType)}")
    return kind


def _whom(desk: Desk, ledger: Ledger, text: str, name: str | None, said: IdType | None) -> str | Party:
    """A subject of the ledger, or a party with number and name. Raises UsageFault, NotFound, BadInput.

    A name alone never bars anybody: another may bear it (以证件号码、统一社会信用代码匹配).
    """
    if is_name(desk, text):
        raise UsageFault("登记信用记录不能只凭姓名，请写证件号码、统一社会信用代码、主体编号或承诺编号")
    if name is None:
        found = find_subject(desk, ledger, text)
        if found is None:
            raise NotFound(
                "台账里没有这个主体；请核对号码，新登记的请写 --name 姓名或名称，必要时写 --id-type 证件类型"
            )
        return found
    if not is_number(desk, text):
        raise UsageFault("写了 --name 的，主体要写证件号码或统一社会信用代码")
    problems = text_problems(name, "姓名或名称", "name")
    if problems or not filled(name):
        raise BadInput(problems[0].message if problems else "--name 是空的", tuple(problems))
    type_ = identity_type(desk, text, said)
    if type_ is None:
        raise UsageFault(f"从号码看不出是哪种证件，请写 --id-type {labels(IdType)}")
    kind = SubjectKind.ORGANIZATION if type_ is IdType.USCC else SubjectKind.CITIZEN
    return Party(kind, name.strip(" \u3000"), Identity(type_, normal_number(text)))


def _remarks(desk: Desk, ledger: Ledger, record: CreditRecord) -> None:
    """What follows: how it is lifted, and the open cases that it stands against."""
    from gaozhi_cli.storage.subjects import cases_of

    if not bars_on(record, desk.today):
        desk.say(f"已登记 {record.id}；期限已过，今天不妨碍适用告知承诺制")
        return
    desk.say(f"已登记 {record.id}；信用修复后用 gaozhi credit repair {record.id} --source 文号 登记")
    waiting = [case.number for case in cases_of(ledger, record.subject) if case.status in NOT_YET]
    if waiting:
        desk.say(f"提示：这个主体还有没有受理的 {'、'.join(waiting)}，在信用修复前不能受理")


def repair_record(desk: Desk, text: str, source: str, on: date) -> None:
    """Record the repair of the record meant."""
    from gaozhi_cli.services.repair_credit import repair_credit

    id_ = parse_record_id(text)
    if id_ is None:
        raise NotFound(f"“{text}”不是信用记录的编号，应如 C2026-00001（gaozhi credit list 可查）")
    ledger = desk.case_ledger()
    record = repair_credit(id_, source, on, ledger=ledger, occasion=desk.occasion)
    if desk.settings.dry_run:
        desk.say("试运行：检查通过，没有登记")
    else:
        desk.committed(f"{id_} 已登记修复")
    _show(desk, ledger, record, new=False)


def _show(desk: Desk, ledger: Ledger, record: CreditRecord, *, new: bool) -> None:
    """The record as listed; on trial a new one has no id, and who is met for the first time is nobody yet."""
    from gaozhi_cli.storage.subjects import known_subject

    known = known_subject(ledger, record.subject)
    subject = ledger.subject(record.subject) if known else {"name_shown": None, "number_shown": None}
    row = record_row(record, subject["name_shown"], subject["number_shown"], desk)
    if new and desk.settings.dry_run:
        row["id"] = None
    if not known:
        row["subject"] = None
    desk.show_one(row, RECORDS)
