"""诚信档案: decided adverse records of a subject, folded into its standing as of a day (通知五（二）).

Only what was decided counts (先告知、听陈述申辩，再作决定): a record names its deciding document, and bars
from the day of that decision until 信用修复, or until the end that the document itself gives.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.applicant import Identity, filled, no_personal_numbers, text_problems
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.standing import CREDIT_CLAUSE, Bar, CreditStanding
from gaozhi_cli.domain.vocabulary import CreditKind, CreditPast, SubjectKind

# 通知五（二） bars for these; a promise not kept is recorded (通知五（五）), but bars nobody.
BARRING = frozenset({CreditKind.BAD_CREDIT.value, CreditKind.FALSE_PROMISE.value})
SERIES = "credit"  # the counter of record ids; no office can have this code, theirs are capitals


class CreditRecord(NamedTuple):
    """An adverse entry of a subject's file, as the ledger keeps it (ISO days).

    ``source``: the deciding document; ``number``: the case it came from; ``until_on``: its last day.
    """

    id: str
    subject: str
    kind: str
    decided_on: str
    source: str
    number: str | None
    until_on: str | None
    recorded_on: str
    repaired_on: str | None = None
    repair_source: str | None = None

    def same_as(self, other: CreditRecord) -> bool:
        """Whether the other says the same of the same decision: whoever records it again adds nothing."""
        return self._replace(id="", recorded_on="", repaired_on=None, repair_source=None) == other._replace(
            id="", recorded_on="", repaired_on=None, repair_source=None
        )


class Party(NamedTuple):
    """A person or an organization known by number before its first application."""

    kind: SubjectKind
    name: str
    identity: Identity


def bars_on(record: CreditRecord, day: date) -> bool:
    """Whether a record bars on a day: from the decision to its last day; no more on the day of the repair."""
    today = day.isoformat()
    return (
        record.kind in BARRING
        and record.decided_on <= today
        and (record.until_on is None or today <= record.until_on)
        and (record.repaired_on is None or today < record.repaired_on)
    )


def standing_on(records: Iterable[CreditRecord], day: date) -> CreditStanding:
    """The standing of a subject on a day from all its records: 在信用修复前不适用 (通知五（二）)."""
    ordered = sorted(records, key=lambda record: (record.decided_on, record.id))
    return CreditStanding(
        tuple(
            Bar(record.id, CreditKind(record.kind), record.decided_on, record.source, record.until_on)
            for record in ordered
            if bars_on(record, day)
        )
    )


PAST = {CreditKind.FALSE_PROMISE: CreditPast.FALSE_PROMISE, CreditKind.BAD_CREDIT: CreditPast.BAD_CREDIT}


def past_on(records: Iterable[CreditRecord], day: date) -> frozenset[CreditPast]:
    """What the file of a subject tells of before ``day`` that bars no more: repaired, or ended by itself."""
    told = frozenset(
        PAST[CreditKind(record.kind)]
        for record in records
        if record.decided_on <= day.isoformat() and not bars_on(record, day)
    )
    return told or frozenset({CreditPast.CLEAR})


def record_id(year: int, n: int) -> str:
    """The id of a record, e.g. C2026-00001: no case's number reads so."""
    return f"C{year}-{n:05d}"


def parse_record_id(text: str) -> str | None:
    """The id meant, leniently: case, width; None where it is none."""
    found = re.fullmatch(r"C(\d{4})-(\d{1,9})", text.strip().upper())
    return record_id(int(found[1]), int(found[2])) if found else None


def record_problems(record: CreditRecord, names: Collection[str], today: date) -> list[Problem]:
    """What is wrong with a new record. ``names``: the subject's where it is a citizen, not to be written."""
    problems = _source_problems(record.source, "决定文书", "source", names)
    if record.decided_on > today.isoformat():
        message = f"决定日期 {record.decided_on} 晚于登记日期 {today}；作出决定之后再登记"
        problems.append(Problem("decided-on", message, CREDIT_CLAUSE, "decided_on"))
    if record.until_on is not None and record.until_on < record.decided_on:
        message = f"期限 {record.until_on} 早于决定日期 {record.decided_on}"
        problems.append(Problem("until", message, CREDIT_CLAUSE, "until"))
    return problems


def repair_problems(
    record: CreditRecord, source: str, on: date, names: Collection[str], today: date
) -> list[Problem]:
    """What is wrong with the 信用修复 of a record; it too is a decision with its document."""
    problems = _source_problems(source, "修复文书", "source", names)
    if on > today:
        message = f"修复日期 {on} 晚于登记日期 {today}；修复之后再登记"
        problems.append(Problem("repaired-on", message, CREDIT_CLAUSE, "on"))
    if on.isoformat() < record.decided_on:
        message = f"修复日期 {on} 早于决定日期 {record.decided_on}"
        problems.append(Problem("repaired-on", message, CREDIT_CLAUSE, "on"))
    return problems


def _source_problems(source: str, label: str, field: str, names: Collection[str]) -> list[Problem]:
    """A document is named by its number: it stands in clear, so neither numbers nor names of people."""
    if not filled(source):
        message = f"未写明{label}（--source 文号）；只有作出决定的才登记，核查结论本身不登记"
        return [Problem("source-missing", message, CREDIT_CLAUSE, field)]
    problems = text_problems(source, label, field)
    if no_personal_numbers(source, label, field) or any(len(n) > 1 and n in source for n in names):
        message = f"{label}不加密存放，请只写文号，不写姓名、证件号码和手机号码"
        problems.append(Problem("source-personal", message, field=field))
    return problems
