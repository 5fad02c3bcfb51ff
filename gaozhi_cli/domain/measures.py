"""处理措施 as data (catalog/measures.yaml): which finding may lead to which, when, and what must come first.

通知五（三）names five answers to 承诺不实, all of them 「依法」: what a law lays down for an item
stands in its ``sanctions``. What nothing lays down (a period, a right, a basis) is empty and told as missing.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.catalog import Item
from gaozhi_cli.domain.parameters import Dated, value_on
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.sanction import Sanction
from gaozhi_cli.domain.vocabulary import (
    CheckStage,
    CommitmentStatus,
    CreditKind,
    Finding,
    HearingRight,
    Measure,
)

OUTCOME_CLAUSE = "通知五（三）、附件2 二（七）"
LAW_CLAUSE = "行政处罚法第十六条、第三十八条"
STAGES = {CheckStage.BEFORE: CommitmentStatus.ACCEPTED, CheckStage.AFTER: CommitmentStatus.CONCLUDED}


class Ground(NamedTuple):
    """A finding that opens a measure, and where that is said. ``basis``: what the document cites for it.

    Without a ``basis`` the law has to be named for the item (``sanctions``) or for the case.
    """

    finding: Finding
    source: str
    basis: tuple[str, ...] = ()


class CreditRule(NamedTuple):
    """What a decision on a finding writes into the 诚信档案, and where that is said."""

    finding: Finding
    kind: CreditKind
    source: str


class Reminder(NamedTuple):
    """What the law asks of the office at a step and no program can see; told, never enforced."""

    step: str
    text: str
    source: str


class MeasureRule(NamedTuple):
    """A measure as the county applies it. ``stages`` empty: at any time.

    ``notice``: 事先告知 and 陈述申辩 first (``notice_source``); ``statement``: working days for stating,
    ``hearing_request``: for asking for a 听证; ``recheck``: working days for looking again after 限期整改.
    ``notice_kind``, ``decision_kind``: the documents (documents.yaml).
    """

    measure: Measure
    grounds: tuple[Ground, ...]
    decision_kind: str
    stages: tuple[CheckStage, ...] = ()
    stage_source: str = ""
    notice: bool = True
    notice_source: str = ""
    notice_kind: str = ""
    statement: tuple[Dated, ...] = ()
    hearing: HearingRight = HearingRight.NO
    hearing_source: str = ""
    hearing_request: tuple[Dated, ...] = ()
    recheck: tuple[Dated, ...] = ()
    credit: tuple[CreditRule, ...] = ()
    reminders: tuple[Reminder, ...] = ()

    def ground(self, finding: Finding) -> Ground | None:
        """What opens the measure after a finding; None where nothing does."""
        return next((ground for ground in self.grounds if ground.finding is finding), None)

    def credit_for(self, finding: Finding) -> CreditRule | None:
        """What a decision writes into the 诚信档案; None where it writes nothing."""
        return next((rule for rule in self.credit if rule.finding is finding), None)


def sanctions_on(item: Item, measure: Measure, finding: Finding, day: date) -> tuple[Sanction, ...]:
    """What the laws of an item foresee for a measure on a day."""
    return tuple(
        s for s in item.sanctions if s.measure is measure and finding in s.findings and s.since <= day
    )


def basis_lines(
    rule: MeasureRule, item: Item, finding: Finding, day: date, typed: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """What the decision rests on: the item's law, what was named for this case, then the notice."""
    ground = rule.ground(finding)
    laws = [sanction.cited for sanction in sanctions_on(item, rule.measure, finding, day)]
    return tuple(dict.fromkeys((*laws, *typed, *(ground.basis if ground is not None else ()))))


def period_of(rule: MeasureRule, item: Item, finding: Finding, day: date) -> Dated | None:
    """The days that a law gives for 限期整改; None where none does."""
    for sanction in sanctions_on(item, rule.measure, finding, day):
        if sanction.period is not None:
            return Dated(sanction.since, str(sanction.period), sanction.source)
    return None


def hearing_right(
    rule: MeasureRule, item: Item, finding: Finding, day: date, said: bool | None
) -> bool | None:
    """Whether the party may ask for a 听证; None where it is decided case by case and nobody has.

    行政处罚法第六十三条 gives the right for some penalties only: what is to be imposed decides.
    """
    if rule.hearing is not HearingRight.EACH:
        return rule.hearing is HearingRight.YES or bool(said)
    laid_down = [s.hearing for s in sanctions_on(item, rule.measure, finding, day) if s.hearing is not None]
    if any(laid_down):
        return True
    return said if said is not None else (False if laid_down else None)


def measure_problems(
    rule: MeasureRule,
    item: Item,
    finding: Finding,
    status: CommitmentStatus,
    day: date,
    *,
    named: tuple[str, ...] = (),
    failed_rectifying: bool = False,
    ordinary: bool = False,
) -> list[Problem]:
    """Why a measure cannot follow a finding at this stage. ``named``: the law named for the case.

    ``ordinary``: handled by the 一般程序, as after a 撤回: no decision rests on the promise.
    """
    label = rule.measure.label
    laws = sanctions_on(item, rule.measure, finding, day)
    ground = rule.ground(finding)
    problems = []
    if ground is None and not laws:
        message = (
            f"核查结论“{finding.label}”不能{label}：通知五（三）只就承诺不实规定了处理，县里也没有另作规定"
            f"（catalog/measures.yaml，或者事项的 sanctions）；{_others(finding)}"
        )
        problems.append(Problem("measure-finding", message, OUTCOME_CLAUSE, "measure"))
    elif not basis_lines(rule, item, finding, day, named):
        message = (
            f"{label}要写明所依据的法律、法规、规章：在清单的 sanctions 里填写，或用 --basis 写明条文；"
            "通知和县里的文件不能代替"
        )
        problems.append(Problem("basis-missing", message, LAW_CLAUSE, "basis"))
    if rule.stages and ordinary:
        message = f"{label}只用于凭承诺办理的，这一件按一般程序办理，没有凭承诺作出的决定"
        problems.append(Problem("measure-stage", message, rule.stage_source or OUTCOME_CLAUSE, "measure"))
    elif rule.stages and status not in {STAGES[stage] for stage in rule.stages}:
        when = "、".join(stage.label for stage in rule.stages)
        message = f"{label}只用于{when}，这一件现为“{status.label}”{_instead(rule.measure, status)}"
        problems.append(Problem("measure-stage", message, rule.stage_source or OUTCOME_CLAUSE, "measure"))
    first = [s for s in laws if s.after_rectifying]
    if first and len(first) == len(laws) and not failed_rectifying:
        message = f"{label}之前先责令限期整改，整改不到位的才可以（{first[0].cited}）"
        problems.append(Problem("rectify-first", message, first[0].source, "measure"))
    return problems


def _others(finding: Finding) -> str:
    if finding is Finding.UNFULFILLED:
        return "可以依法责令限期整改（--measure 责令限期整改）"
    return "请核对核查结论"


def _instead(measure: Measure, status: CommitmentStatus) -> str:
    if measure is Measure.TERMINATE and status is CommitmentStatus.CONCLUDED:
        return "，已经办结的用撤销行政决定（--measure 撤销行政决定）"
    if measure is Measure.REVOKE and status is CommitmentStatus.ACCEPTED:
        return "，还没有办结的用终止办理（--measure 终止办理）"
    return ""


def statement_period(rule: MeasureRule, day: date, right: bool) -> Dated | None:
    """The working days in which the party may state, or ask for a 听证 where it may; the longer of both."""
    found = [value_on(rule.statement, day), value_on(rule.hearing_request, day) if right else None]
    return max((one for one in found if one is not None), key=lambda one: int(one.value), default=None)


def reminders_of(rule: MeasureRule, step: str) -> list[str]:
    """What is told at a step."""
    return [f"{one.text}（{one.source}）" for one in rule.reminders if one.step == step]
