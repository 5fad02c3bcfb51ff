"""核查结论: when a check may be closed, by whom, with what (规程四（三）、通知五（三）).

A finding needs evidence; an adverse one the number of inspectors that the county asks for. Nothing here
decides what follows from it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.applicant import filled
from gaozhi_cli.domain.check_plan import CheckPlan
from gaozhi_cli.domain.county import Office
from gaozhi_cli.domain.parameters import Dated, value_on
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.verification import CHECK_CLAUSE, Verification
from gaozhi_cli.domain.vocabulary import CheckState, Finding

PERSONS = "verification.persons"  # the county's parameter: how many must look before an adverse finding
ADVERSE = (Finding.FALSE, Finding.UNFULFILLED)
FINDINGS = (Finding.TRUE, Finding.FALSE, Finding.UNFULFILLED, Finding.UNVERIFIABLE)
BETWEEN = re.compile(r"[、，,；;/\n]+")
OURS = re.compile(r"[A-Z]{2}-\d{4}-[A-Z]?\d{1,7}(?:-\d{1,3})?", re.ASCII | re.IGNORECASE)
MOST_INSPECTORS = 20


class Persons(NamedTuple):
    """How many inspectors an adverse finding needs, and who says so."""

    least: int
    source: str


class Answer(NamedTuple):
    """A row of a sheet that came back filled in. ``place``: where it stands, for messages."""

    place: str
    sheet: str
    check: str
    number: str
    finding: str
    evidence: str
    inspectors: str

    @property
    def empty(self) -> bool:
        """Not looked at yet: nothing was filled in."""
        return not (self.finding or self.evidence or self.inspectors)


def persons_rule(plan: CheckPlan | None, county: tuple[Dated, ...], day: date) -> Persons | None:
    """How many must look: as the check's plan says, else the county; None where neither says anything."""
    if plan is not None and plan.persons is not None:
        return Persons(plan.persons, plan.source)
    value = value_on(county, day)
    return Persons(int(value.value), value.source) if value is not None else None


def inspectors_of(names: Iterable[str]) -> tuple[str, ...]:
    """The people who looked: one name each, the same name only once (“张 三” is 张三)."""
    parts = (part for name in names for part in BETWEEN.split(unicodedata.normalize("NFKC", name)))
    return tuple(dict.fromkeys(plain for part in parts if (plain := "".join(part.split()))))


def close_problems(
    check: Verification,
    evidence: str,
    today: date,
    *,
    finding: Finding | None = None,
    inspectors: Sequence[str] = (),
    rule: Persons | None = None,
) -> list[Problem]:
    """Why a check cannot be closed, all at once: closed, paused, too early, no evidence, too few looked."""
    problems = []
    if check.state != CheckState.PLANNED.value:
        said = Finding(check.finding).label if check.finding else ""
        message = f"{check.id} 已于 {check.closed_on} 核查完毕，结论“{said}”，不能再次下结论"
        problems.append(Problem("check-closed", message))
    elif check.paused_on is not None:
        message = f"{check.id} 自 {check.paused_on} 起中止，请先恢复：gaozhi verify resume {check.id}"
        problems.append(Problem("check-paused", message))
    if not filled(evidence):
        problems.append(Problem("evidence-missing", "核查结论须写明凭据（--evidence）", field="evidence"))
    if today.isoformat() < check.planned_on:
        message = f"核查日期 {today} 早于立项日期 {check.planned_on}"
        problems.append(Problem("check-date", message))
    elif check.not_before is not None and today.isoformat() < check.not_before:
        message = f"{check.id} 是整改后的复查，{check.not_before} 以前还在整改期限内，不能下结论"
        message += f"；当事人提前报告整改完毕的，gaozhi outcome recheck {check.number} --reported"
        problems.append(Problem("check-early", message))
    if finding in ADVERSE and rule is not None and len(inspectors) < rule.least:
        told = f"结论“{finding.label}”须 {rule.least} 人以上核查（{rule.source}）"
        message = f"{told}，现写明 {len(inspectors)} 人；请逐人写 --inspector 姓名"
        problems.append(Problem("persons", message, field="inspectors"))
    return problems


def office_problems(check: Verification, own: str | None, offices: Sequence[Office]) -> list[Problem]:
    """Another office's check is that office's to close; ``own``: where the operator works, if it is said."""
    if own is None or own in _above(check.office, offices):
        return []
    called = {office.code: office.called for office in offices}
    theirs, ours = called.get(check.office, check.office), called.get(own, own)
    message = f"{check.id} 是{theirs}的核查，这里是{ours}；请由{theirs}下结论，本单位协助的按协助核查答复"
    return [Problem("other-office", f"{message}，单位写错的请改 --dept 或 GAOZHI_DEPT", CHECK_CLAUSE)]


def _above(code: str, offices: Sequence[Office]) -> tuple[str, ...]:
    """An office and those it belongs to."""
    parents = {office.code: office.parent for office in offices}
    line: list[str] = []
    while code and code not in line:
        line.append(code)
        code = parents.get(code, "")
    return tuple(line)


def answer_problems(answer: Answer, sheet: str, check: Verification | None) -> list[Problem]:
    """What is wrong with a row as data: another sheet's, another case's, half filled in, no finding.

    A finding is its Chinese word and nothing else: what a spreadsheet makes of FALSE is never 不实.
    """

    def wrong(code: str, message: str, field: str = "") -> Problem:
        return Problem(code, f"{answer.place}：{message}", field=field)

    if answer.sheet != sheet:
        return [wrong("sheet-other", f"写的是工作单 {_quoted(answer.sheet)}，不是 {sheet}")]
    if check is None or check.sheet != sheet:
        return [wrong("check-other", f"核查号 {_quoted(answer.check)} 不在工作单 {sheet} 上")]
    problems = []
    if answer.number != check.number:
        told = f"{check.id} 是 {check.number} 的核查，这一行写的编号是 {_quoted(answer.number)}"
        problems.append(wrong("check-number", told))
    if not answer.finding:
        problems.append(wrong("finding-missing", "写了核查情况或核查人员，没有写结论", "finding"))
    elif finding_said(answer.finding) is None:
        known = "、".join(word.label for word in FINDINGS)
        problems.append(wrong("finding-unknown", f"结论只能写 {known} 之一", "finding"))
    return problems


def _quoted(text: str) -> str:
    """A number as a row says it; what is none of ours may be a person's and is not repeated."""
    return (text if OURS.fullmatch(text) else "（不是本程序的编号）") if text else "（空）"


def finding_said(text: str) -> Finding | None:
    """The finding whose Chinese word stands in a sheet."""
    return next((word for word in FINDINGS if text.strip() == word.label), None)
