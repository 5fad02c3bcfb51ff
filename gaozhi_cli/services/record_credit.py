"""登记不良信用: an adverse record of a subject with its deciding document (通知五（二）)."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.credit import SERIES, CreditRecord, Party, record_id, record_problems
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import BadInput, NotFound, Problem, Refused
from gaozhi_cli.domain.publication import masked_name, masked_number
from gaozhi_cli.domain.vocabulary import CreditKind, SubjectKind
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.subjects import OWN, credit_record, records_of
from gaozhi_cli.storage.transaction import Transaction

ACT = "credit.record"


class Recorded(NamedTuple):
    """The record as it stands; ``repeated``: it was there already."""

    record: CreditRecord
    repeated: bool = False


def record_credit(
    who: str | Party,
    kind: CreditKind,
    decided_on: date,
    source: str,
    *,
    ledger: Ledger,
    occasion: Occasion,
    number: str | None = None,
    until: date | None = None,
) -> Recorded:
    """Keep a decided record of a subject: known by its id, or a party by number, met here for the first time.

    Raises NotFound (subject, case), Refused (another name, another case's applicant, a different record of
    the same decision), BadInput (dates, document).
    """
    digest = ledger.asked(
        occasion.request_id, ACT, who=who, kind=kind.value, decided_on=decided_on, source=source,
        number=number, until=until,
    )  # fmt: skip
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        done = ledger.repeated(occasion.request_id, ACT, digest)
        if done is not None:
            act.nothing()
            return Recorded(credit_record(ledger, done), repeated=True)
        subject = _subject(who, act, ledger, occasion)
        row = ledger.subject(subject)
        _of_this_subject(number, subject, ledger)
        record = CreditRecord(
            "", subject, kind.value, decided_on.isoformat(), source.strip(), number,
            until.isoformat() if until else None, occasion.today.isoformat(),
        )  # fmt: skip
        names = ledger.names_of(subject) if row["kind"] == SubjectKind.CITIZEN.value else set()
        problems = record_problems(record, names, occasion.today)
        if problems:
            raise BadInput(problems[0].message, tuple(problems))
        before = _same_decision(record, ledger)
        if before is not None:
            act.nothing()
            return Recorded(before, repeated=True)
        year = occasion.today.year
        record = record._replace(id=record_id(year, act.next_number(SERIES, year).n))
        act.add_credit(record)
        act.record(
            occasion.entry(
                ACT, record.id, request_digest=digest, subject=subject, kind=record.kind,
                decided_on=record.decided_on, until=record.until_on, case=number,
            )
        )  # fmt: skip
    return Recorded(record)


def _subject(who: str | Party, act: Transaction, ledger: Ledger, occasion: Occasion) -> str:
    """The id of the subject meant; a number known under another name is another's, or a slip."""
    if isinstance(who, str):
        return str(ledger.subject(who)["id"])
    id_type, number = who.identity.type.value, who.identity.number
    known = ledger.subject_by_number(id_type, number)
    if known is not None:
        names = ledger.names_of(known)
        if names and who.name not in names:
            message = "这个号码在台账里是另一个名字，没有登记；请核对号码，确是同一主体的不要写 --name"
            raise Refused(message, (Problem("name-differs", message, field="name"),))
        return known
    shown = masked_name(who.name, who.kind)
    subject = act.subject(
        kind=who.kind.value,
        id_type=id_type,
        number=number,
        name_shown=shown,
        number_shown=masked_number(number, who.kind),
        today=occasion.today.isoformat(),
    )
    act.personal(subject, OWN, {"name": who.name, "number": number}, id_type=id_type, name_shown=shown)
    return subject


def _of_this_subject(number: str | None, subject: str, ledger: Ledger) -> None:
    """The case that the record names is one of the subject's. Raises NotFound, Refused."""
    if number is None:
        return
    case = ledger.commitment(number)
    if case is None:
        raise NotFound(f"台账里没有 {number}，请核对编号（gaozhi commitment list 可查）")
    if case.subject != subject:
        message = f"{number} 的申请人不是这个主体，没有登记；请核对编号和号码"
        raise Refused(message, (Problem("case-of-another", message, field="number"),))


def _same_decision(record: CreditRecord, ledger: Ledger) -> CreditRecord | None:
    """The record of the same decision that is kept already. Raises Refused where it says something else."""
    for before in records_of(ledger, record.subject):
        if (before.kind, before.source) == (record.kind, record.source):
            if before.same_as(record):
                return before
            if before.decided_on == record.decided_on:
                message = f"同一份决定已登记为 {before.id}，期限或编号与这次写的不同，没有登记；请核对"
                raise Refused(message, (Problem("record-differs", message, field="source"),))
    return None
