"""处理的步骤: 事先告知, 送达, 陈述申辩 and 听证, 决定, 不予处理, 复查, 了结, and why one cannot be taken yet.

The order is that of 行政处罚法第四十四条、第四十五条、第六十二条 for penalties; for the others the
county's own rule says so (catalog/measures.yaml). A finding alone decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.applicant import filled, no_personal_numbers, text_problems
from gaozhi_cli.domain.measures import OUTCOME_CLAUSE, MeasureRule, statement_period
from gaozhi_cli.domain.outcome import Outcome
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.verification import Verification, put_right
from gaozhi_cli.domain.vocabulary import (
    CheckOrigin,
    Finding,
    Measure,
    OutcomeResult,
    OutcomeState,
)
from gaozhi_cli.domain.workdays import WorkCalendar, add_workdays

HEARD_CLAUSE = "行政处罚法第四十五条、第六十二条"
HEARING_CLAUSE = "行政处罚法第六十三条、第六十四条"
SET = "办理时指定"  # who set a day that nothing lays down
PUT_RIGHT = (OutcomeResult.RECTIFIED.value,)
ADVERSE = (Finding.FALSE, Finding.UNFULFILLED)


class OutcomeStep(NamedTuple):
    """A step of a measure: from which states to which, and what the clerk types."""

    label: str
    before: tuple[OutcomeState, ...]
    after: OutcomeState | None
    clause: str
    command: str


_S = OutcomeState
_OPEN = (_S.NOTICED, _S.HEARD)
STEPS: dict[str, OutcomeStep] = {
    "notice": OutcomeStep("事先告知", (), _S.NOTICED, "行政处罚法第四十四条", "outcome notice"),
    "serve": OutcomeStep(
        "送达", (*_OPEN, _S.DECIDED, _S.CLOSED), None, "行政处罚法第六十一条", "outcome serve"
    ),
    "hear": OutcomeStep("听取陈述申辩", _OPEN, _S.HEARD, "行政处罚法第四十五条", "outcome hear"),
    "hearing": OutcomeStep("听证", _OPEN, _S.HEARD, HEARING_CLAUSE, "outcome hear"),
    "decide": OutcomeStep("决定", _OPEN, _S.DECIDED, OUTCOME_CLAUSE, "outcome decide"),
    "drop": OutcomeStep("不予处理", _OPEN, _S.DROPPED, "行政处罚法第五十七条", "outcome drop"),
    "recheck": OutcomeStep("整改复查", (_S.DECIDED,), _S.CLOSED, OUTCOME_CLAUSE, "outcome recheck"),
    "close": OutcomeStep("了结", (_S.DECIDED,), _S.CLOSED, OUTCOME_CLAUSE, "outcome close"),
}  # fmt: skip


class Until(NamedTuple):
    """The last day for stating and defending, whether that is provisional, and who set it; None: 未定期限."""

    day: date | None
    provisional: bool = False
    source: str = ""


def opening_problems(
    check: Verification, others: list[Outcome], measure: Measure, today: date,
    checks: Sequence[Verification] = (),
) -> list[Problem]:  # fmt: skip
    """Why no measure may be begun about a check: only after a closed 不实 or 未履行, one of a kind at a time.

    通知五（三）：在核查或者日常监管中发现承诺不实的. ``others``, ``checks``: those of the case.
    """
    problems = []
    finding = Finding(check.finding) if check.finding else None
    if finding is None:
        message = f"{check.id} 还没有核查结论；先核查，再用 gaozhi verify close {check.id} 下结论"
        problems.append(Problem("not-found-out", message, OUTCOME_CLAUSE))
    elif finding not in ADVERSE:
        message = f"{check.id} 的核查结论是“{finding.label}”，不能据以处理；只有结论不实、未履行的才可以"
        problems.append(Problem("finding-favours", message, OUTCOME_CLAUSE))
    elif not check.evidence:
        message = f"{check.id} 的结论没有凭据，不能据以处理；请补做核查"
        problems.append(Problem("evidence-missing", message, OUTCOME_CLAUSE))
    if check.closed_on is not None and today.isoformat() < check.closed_on:
        message = f"日期 {today} 早于核查结论的日期 {check.closed_on}"
        problems.append(Problem("outcome-date", message))
    same = [o for o in others if o.verification == check.id and o.measure == measure.value]
    running = next((o for o in same if o.open), None)
    standing = [o for o in same if o.decided_on and o.result != OutcomeResult.OVERTURNED.value]
    if running is not None:
        message = f"{check.id} 的{measure.label}正在办理（{running.id}），不能再起一件{what_next(running)}"
        problems.append(Problem("outcome-open", message, OUTCOME_CLAUSE))
    elif measure is Measure.PENALIZE and standing:
        message = f"{check.id} 已于 {standing[0].decided_on} 决定行政处罚，同一行为不再处罚（罚款不得有两次）"
        problems.append(Problem("penalized", message, "行政处罚法第二十九条"))
    elif measure in (Measure.TERMINATE, Measure.REVOKE) and standing:
        problems.append(
            Problem("decided", f"{check.id} 已经决定{measure.label}（{standing[0].id}）", OUTCOME_CLAUSE)
        )
    return problems + settled_problems(check, others, measure, checks)


def settled_problems(
    check: Verification, others: list[Outcome], measure: Measure, checks: Sequence[Verification]
) -> list[Problem]:
    """Why a measure may be neither begun nor decided: 限期整改 open, put right, looked at again."""
    problems = []
    rectifying = next((o for o in others if o.open and o.measure == Measure.RECTIFY.value), None)
    if rectifying is not None and measure in (Measure.TERMINATE, Measure.REVOKE):
        message = f"{rectifying.id} 的限期整改还没有了结，不能同时{measure.label}{what_next(rectifying)}"
        problems.append(Problem("rectifying", message, OUTCOME_CLAUSE))
    settled = next((o for o in others if o.verification == check.id and o.result in PUT_RIGHT), None)
    if settled is not None and measure in (Measure.TERMINATE, Measure.REVOKE, Measure.RECTIFY):
        message = f"{check.id} 已经整改到位（{settled.id}），不能再{measure.label}"
        problems.append(Problem("put-right", message, OUTCOME_CLAUSE))
    review = next((c for c in checks if (c.follows, c.origin) == (check.id, CheckOrigin.REVIEW.value)), None)
    if review is not None and review.finding is None:
        message = f"{check.id} 申辩后再行核查（{review.id}）还没有结论，不能据原来的结论处理"
        problems.append(Problem("under-review", message, HEARD_CLAUSE))
    elif review is not None and put_right(check, checks) and settled is None:
        message = f"{check.id} 申辩后再行核查（{review.id}），结论是属实，不能据原来的结论处理"
        problems.append(Problem("true-after-all", message, HEARD_CLAUSE))
    return problems


def order_problems(step: str, outcome: Outcome, today: date) -> list[Problem]:
    """Why a measure cannot take the step: its state, or a day before the step that came last."""
    rule, now = STEPS[step], OutcomeState(outcome.state)
    problems = []
    if now not in rule.before:
        message = f"{outcome.id} 现为“{now.label}”，不能{rule.label}{what_next(outcome)}"
        problems.append(Problem("outcome-order", message, rule.clause))
    return problems + date_problems(step, outcome, today)


def date_problems(step: str, outcome: Outcome, today: date) -> list[Problem]:
    """A day before the step that came last."""
    days = (outcome.noticed_on, outcome.served_on, outcome.statement_on, outcome.heard_on, outcome.decided_on)
    latest = max(filter(None, days), default="")
    if today.isoformat() >= latest:
        return []
    message = f"{STEPS[step].label}的日期 {today} 早于上一步的日期 {latest}"
    return [Problem("outcome-date", message)]


def statement_until(
    rule: MeasureRule, served: date, right: bool, calendar: WorkCalendar, set_to: date | None
) -> Until:
    """Until when the party may state: the day the office set, else the dated period after service.

    行政处罚法第六十四条第一项 gives five working days (第八十五条) for asking for a 听证: no day is earlier.
    """
    period = statement_period(rule, served, right)
    counted = add_workdays(served, int(period.value), calendar) if period is not None else None
    if set_to is not None and (counted is None or set_to >= counted.day):
        return Until(set_to, source=SET)
    if counted is None or period is None:
        return Until(None)
    return Until(counted.day, counted.provisional, f"送达后 {period.value} 个工作日，{period.source}")


def until_problems(
    rule: MeasureRule, served: date, right: bool, calendar: WorkCalendar, set_to: date | None
) -> list[Problem]:
    """Why the party cannot be given until ``set_to``: in the past, or less than the rule gives."""
    if set_to is None:
        return []
    if set_to < served:
        return [Problem("until-past", f"陈述申辩期限 {set_to} 早于送达日期 {served}", field="until")]
    least = statement_until(rule, served, right, calendar, None)
    if least.day is not None and set_to < least.day:
        message = f"陈述申辩期限 {set_to} 短于规定：{least.source}，至 {least.day}"
        return [Problem("until-short", message, HEARING_CLAUSE if right else "县里的设置", "until")]
    return []


def hear_problems(outcome: Outcome, today: date, *, text: str, waived: bool) -> list[Problem]:
    """Why a statement, or the waiver of one, cannot be recorded. 行政处罚法第四十五条."""
    problems = order_problems("hear", outcome, today)
    if outcome.statement_on is not None:
        said = "放弃陈述申辩" if outcome.waived else "陈述申辩"
        message = f"{outcome.id} 已于 {outcome.statement_on} 登记{said}；补充的意见写进听证或复核"
        problems.append(Problem("heard-before", message, HEARD_CLAUSE))
    if not waived and not filled(text):
        message = "没有写明陈述申辩的内容（--text）；当事人书面放弃的用 --waived"
        problems.append(Problem("statement-missing", message, HEARD_CLAUSE, "text"))
    return problems


def hearing_problems(
    outcome: Outcome, today: date, *, held: bool, text: str, off: bool = False
) -> list[Problem]:
    """Why a 听证 asked for, held, or called ``off`` cannot be recorded (行政处罚法第六十三条、第六十四条)."""
    problems = order_problems("hearing", outcome, today)
    if not outcome.hearing_right:
        message = f"{outcome.id} 没有告知听证的权利，不能登记听证；应当告知的，先不予处理再重新告知"
        problems.append(Problem("hearing-right", message, HEARING_CLAUSE))
    if (held or off) and not outcome.hearing_asked:
        message = f"{outcome.id} 没有登记当事人要求听证，先用 --ask-hearing 登记"
        problems.append(Problem("hearing-asked", message, HEARING_CLAUSE))
    if not held and not off and outcome.hearing_asked:
        problems.append(Problem("hearing-asked", f"{outcome.id} 已经登记当事人要求听证", HEARING_CLAUSE))
    if (held or off) and outcome.heard_on is not None:
        problems.append(
            Problem("hearing-held", f"{outcome.id} 已于 {outcome.heard_on} 举行听证", HEARING_CLAUSE)
        )
    if off and not filled(text):
        message = "没有写明听证为什么终止（--text）：当事人撤回要求，或者无正当理由不出席、中途退出"
        problems.append(Problem("hearing-off", message, "行政处罚法第六十四条第六项", "text"))
    if held and not filled(text):
        message = "没有写明听证笔录的要点（--text）；决定根据听证笔录作出"
        problems.append(Problem("hearing-record", message, "行政处罚法第六十五条", "text"))
    return problems


def decide_problems(outcome: Outcome, rule: MeasureRule, today: date, *, review: str = "") -> list[Problem]:
    """Why a measure cannot be decided yet: told, heard, and the time for it over (行政处罚法第六十二条)."""
    problems = order_problems("decide", outcome, today)
    if not rule.notice or problems:
        return problems
    if outcome.hearing_asked and outcome.heard_on is None:
        message = (
            f"{outcome.id} 当事人要求听证，举行之前不能决定；"
            f"举行后用 gaozhi outcome hear {outcome.id} --hearing-held 登记，终止的用 --hearing-off"
        )
        return [Problem("hearing-first", message, HEARING_CLAUSE)]
    if (outcome.statement is not None or outcome.heard_on is not None) and not filled(review):
        message = "当事人陈述申辩或者听证过的，应当复核；请用 --review 写明复核的意见、是否采纳"
        problems.append(Problem("review-missing", message, HEARD_CLAUSE, "review"))
    if not time_is_over(outcome, today):
        problems.append(_too_early(outcome))
    return problems


def time_is_over(outcome: Outcome, today: date) -> bool:
    """Waived, or a hearing held; stated where no 听证 may be asked for; else the last day has passed."""
    if outcome.waived or outcome.heard_on is not None:
        return True
    if outcome.statement is not None and not outcome.hearing_right:
        return True
    return outcome.statement_until is not None and today.isoformat() > outcome.statement_until


def _too_early(outcome: Outcome) -> Problem:
    heard = f"当事人提出或者书面放弃的，用 gaozhi outcome hear {outcome.id} 登记"
    if outcome.served_on is None:
        served = f"先用 gaozhi outcome serve {outcome.id} --way 方式"
        message = f"{outcome.id} 的事先告知书还没有登记送达，{served}；{heard}"
        return Problem("not-served", message, HEARD_CLAUSE)
    if outcome.statement_until is None:
        message = (
            f"{outcome.id} 未定陈述申辩期限（县里的 catalog/measures.yaml 没有填 statement），不能当作已过；"
            f"请用 gaozhi outcome serve {outcome.id} --until 日期 写明，{heard}"
        )
        return Problem("statement-undated", message, HEARD_CLAUSE)
    more = "，当事人还可以要求听证" if outcome.statement is not None else ""
    shown = f"{outcome.statement_until}{'（暂定）' if outcome.provisional else ''}"
    message = f"{outcome.id} 的陈述申辩期限到 {shown}，期满之前不能决定{more}；{heard}"
    return Problem("statement-open", message, HEARD_CLAUSE)


def document_problems(document: str) -> list[Problem]:
    """A decision has a document with a number; it stands in clear, so no numbers of people in it."""
    if not filled(document):
        message = "决定要有文书，请写明文号（--document 文号）"
        return [Problem("document-missing", message, OUTCOME_CLAUSE, "document")]
    found = text_problems(document, "决定文书的文号", "document")
    return found + no_personal_numbers(document, "决定文书的文号", "document")


def what_next(outcome: Outcome) -> str:
    """What to type for a measure as it stands, after a semicolon; empty where nothing is left."""
    state = OutcomeState(outcome.state)
    if state is OutcomeState.NOTICED and outcome.served_on is None:
        return f"；下一步送达：gaozhi outcome serve {outcome.id}"
    if state in (OutcomeState.NOTICED, OutcomeState.HEARD):
        if outcome.hearing_asked and outcome.heard_on is None:
            return f"；下一步举行听证：gaozhi outcome hear {outcome.id} --hearing-held"
        if state is OutcomeState.HEARD:
            return f"；下一步决定：gaozhi outcome decide {outcome.id}"
        return f"；听取陈述申辩用 gaozhi outcome hear {outcome.id}，期满后 gaozhi outcome decide {outcome.id}"
    if state is OutcomeState.DECIDED:
        command = "recheck" if outcome.measure == Measure.RECTIFY.value else "close"
        return f"；下一步{STEPS[command].label}：gaozhi outcome {command} {outcome.id}"
    return ""
