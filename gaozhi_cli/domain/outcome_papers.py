"""What the documents of a measure say from the ledger: the check, the rule, the days (处理文书)."""

from __future__ import annotations

from datetime import date

from gaozhi_cli.domain.document_kinds import Source
from gaozhi_cli.domain.document_values import chinese_date
from gaozhi_cli.domain.measures import MeasureRule, statement_period
from gaozhi_cli.domain.outcome import Outcome
from gaozhi_cli.domain.parameters import value_on
from gaozhi_cli.domain.verification import Verification
from gaozhi_cli.domain.vocabulary import Finding, HearingRight, Measure

Facts = dict[Source, tuple[str, ...]]
NO_HEARING = "本次拟作出的处理，不属于依法应当告知听证权利的情形"  # looked at for this case
NONE_LAID_DOWN = "本机关对这类处理没有另设听证程序"  # a setting of the office, so nothing is said of the law


def check_facts(outcome: Outcome, check: Verification, basis: tuple[str, ...]) -> Facts:
    """What every document of a measure may say of the check and of itself."""
    return {
        Source.OUTCOME_ID: (outcome.id,),
        Source.MEASURE: (Measure(outcome.measure).label,),
        Source.MEASURE_BASIS: ("；".join(basis),) if basis else (),
        Source.CHECK_ID: (check.id,),
        Source.CHECK_PROOF: (check.proof_name,),
        Source.FINDING: (Finding(outcome.finding).label,),
        Source.CHECKED_ON: _day(check.closed_on),
    }


def notice_facts(rule: MeasureRule, right: bool, today: date, until: date | None) -> Facts:
    """The rights that a 事先告知书 tells of (行政处罚法第四十四条), with their periods where one is set."""
    period = statement_period(rule, today, right)
    within = f"收到本告知书之日起{period.value}个工作日内" if period is not None else ""
    facts: Facts = {Source.NOTICED_ON: (chinese_date(today),)}
    if until is not None:
        within = f"{chinese_date(until)}前"
    facts[Source.STATEMENT_UNTIL] = (within,) if within else ()
    each = rule.hearing is HearingRight.EACH
    without = NO_HEARING if each else NONE_LAID_DOWN
    facts[Source.HEARING_RIGHT] = (_hearing(rule, today) if right else without,)
    return facts


def _hearing(rule: MeasureRule, today: date) -> str:
    asked = value_on(rule.hearing_request, today)
    within = f"，要求听证的，应当自收到本告知书之日起{asked.value}个工作日内提出" if asked is not None else ""
    return f"你（单位）有权要求举行听证{within}；逾期没有提出的，视为放弃要求听证的权利"


def decision_facts(outcome: Outcome, document: str, due: date | None, review: str) -> Facts:
    """What a decision says of the notice, of what the party stated, and of its own number."""
    return {
        Source.DECISION_NUMBER: (document,) if document else (),
        Source.NOTICED_ON: _day(outcome.noticed_on),
        Source.STATEMENT: (stated(outcome, review),) if outcome.noticed_on else (),
        Source.RECTIFY_UNTIL: (chinese_date(due),) if due is not None else (),
    }


def stated(outcome: Outcome, review: str) -> str:
    """How the party was heard, in the words of a decision."""
    told = f"本机关于{_said(outcome.noticed_on)}作出事先告知"
    if outcome.served_on:
        told += f"，于{_said(outcome.served_on)}送达你（单位）"
    if outcome.waived:
        right = "和要求听证的权利" if outcome.hearing_right else ""
        said = f"你（单位）于{_said(outcome.statement_on)}书面放弃陈述申辩{right}"
    elif outcome.statement is not None:
        said = f"你（单位）于{_said(outcome.statement_on)}提出陈述申辩，经复核：{review.rstrip('。')}"
    elif outcome.heard_on is None:
        said = "你（单位）在期限内没有提出陈述申辩"
    else:
        said = ""
    heard = f"本机关于{_said(outcome.heard_on)}应你（单位）的要求举行了听证" if outcome.heard_on else ""
    if heard and outcome.statement is None and review:
        heard += f"，经复核：{review.rstrip('。')}"
    return "。".join(part for part in (told, said, heard) if part)


def _day(iso: str | None) -> tuple[str, ...]:
    return (_said(iso),) if iso else ()


def _said(iso: str | None) -> str:
    return chinese_date(date.fromisoformat(iso)) if iso else ""
