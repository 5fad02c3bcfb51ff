"""处理的结局: 限期整改 and its 复查, how a measure ends, what an open one waits for (通知五（三）)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from gaozhi_cli.domain.applicant import filled
from gaozhi_cli.domain.measures import OUTCOME_CLAUSE
from gaozhi_cli.domain.outcome import Outcome
from gaozhi_cli.domain.outcome_steps import date_problems, order_problems, time_is_over
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.verification import Verification, check_id
from gaozhi_cli.domain.vocabulary import (
    CheckOrigin,
    CheckState,
    CommitmentStatus,
    Finding,
    Measure,
    OutcomeResult,
    OutcomeState,
)


def rectify_problems(due: date | None, today: date, text: str) -> list[Problem]:
    """What a 责令限期整改 lacks: a date, and what is to be put right."""
    problems = []
    if due is None:
        message = "责令限期整改要有期限：在清单的 sanctions 里写 period，或用 --due 日期 写明"
        problems.append(Problem("due-missing", message, OUTCOME_CLAUSE, "due"))
    elif due <= today:
        problems.append(Problem("due-past", f"整改期限 {due} 应晚于决定日期 {today}", OUTCOME_CLAUSE, "due"))
    if not filled(text):
        message = "没有写明要整改什么（--content）"
        problems.append(Problem("content-missing", message, OUTCOME_CLAUSE, "content"))
    return problems


def recheck_of(
    outcome: Outcome, check: Verification, place: int, today: date, due: date | None
) -> Verification:
    """The check that looks again once the time for putting right is over; it follows the first."""
    return Verification(
        id=check_id(check.number, place), number=check.number, office=check.office, item=check.item,
        matter=check.matter, proof=check.proof, proof_name=check.proof_name, method=check.method,
        state=CheckState.PLANNED.value, planned_on=today.isoformat(),
        due_on=due.isoformat() if due else None, due_source="整改期限之后" if due else None,
        origin=CheckOrigin.RECHECK.value, follows=check.id, stage=check.stage,
        not_before=day_after(outcome.due_on),
    )  # fmt: skip


def day_after(iso: str | None) -> str | None:
    """The party has the whole of the last day."""
    return (date.fromisoformat(iso) + timedelta(days=1)).isoformat() if iso else None


def report_problems(outcome: Outcome, recheck: Verification, today: date) -> list[Problem]:
    """Why the party's word that it is done cannot move the recheck forward."""
    problems = order_problems("recheck", outcome, today)
    if outcome.measure != Measure.RECTIFY.value:
        problems.append(_no_recheck(outcome))
    elif recheck.finding is not None:
        problems.append(Problem("rechecked", f"{recheck.id} 已有结论，不用再提前", OUTCOME_CLAUSE))
    elif recheck.not_before is not None and recheck.not_before <= today.isoformat():
        problems.append(
            Problem("recheck-open", f"{recheck.id} 自 {recheck.not_before} 起已可复查", OUTCOME_CLAUSE)
        )
    return problems


def recheck_problems(outcome: Outcome, recheck: Verification | None, today: date) -> list[Problem]:
    """Why the result of a 整改 cannot be taken over yet: not its day, or not looked at."""
    problems = order_problems("recheck", outcome, today)
    if problems:
        return problems
    if outcome.measure != Measure.RECTIFY.value or recheck is None:
        return [_no_recheck(outcome)]
    if recheck.finding is None:
        early = recheck_early(recheck, today)
        if early is not None:
            return [early]
        message = f"还没有复查：先看整改情况，再用 gaozhi verify close {recheck.id} 下结论"
        return [Problem("not-rechecked", message, OUTCOME_CLAUSE)]
    if recheck.finding == Finding.UNVERIFIABLE.value:
        message = f"{recheck.id} 无法核实，先办后续的核查，再了结整改"
        return [Problem("not-rechecked", message, OUTCOME_CLAUSE)]
    return []


def recheck_early(recheck: Verification, today: date) -> Problem | None:
    """A recheck before the time for putting right is over, unless the party said it is done."""
    if recheck.not_before is None or today.isoformat() >= recheck.not_before:
        return None
    message = (
        f"{recheck.id} 是整改复查，整改期限届满以后（{recheck.not_before} 起）才能复查；"
        f"当事人提前报告整改完毕的，用 gaozhi outcome recheck {recheck.number} --reported 登记"
    )
    return Problem("recheck-early", message, OUTCOME_CLAUSE)


def _no_recheck(outcome: Outcome) -> Problem:
    message = f"{outcome.id} 是{Measure(outcome.measure).label}，没有整改复查"
    return Problem("no-recheck", message, OUTCOME_CLAUSE)


def result_of(recheck: Verification) -> OutcomeResult:
    """What a recheck's finding makes of the 整改."""
    return OutcomeResult.RECTIFIED if recheck.finding == Finding.TRUE.value else OutcomeResult.FAILED


def close_outcome_problems(outcome: Outcome, result: OutcomeResult, today: date) -> list[Problem]:
    """Why a decided measure cannot be closed with a result that is none of its own."""
    ended = outcome.measure in REVIVED and outcome.result == OutcomeResult.DONE.value
    if ended and result is OutcomeResult.OVERTURNED:
        return date_problems("close", outcome, today)
    problems = order_problems("close", outcome, today)
    fitting = RESULTS.get(Measure(outcome.measure), ())
    if not problems and result not in fitting:
        if outcome.measure == Measure.RECTIFY.value:
            message = f"{outcome.id} 由复查的结论了结（gaozhi outcome recheck {outcome.id}）"
        else:
            named = "、".join(one.label for one in fitting)
            message = f"{outcome.id} 的结果应是：{named}"
        problems.append(Problem("outcome-result", message, OUTCOME_CLAUSE, "result"))
    return problems


RESULTS = {
    Measure.RECTIFY: (OutcomeResult.OVERTURNED,),
    Measure.PENALIZE: (OutcomeResult.DONE, OutcomeResult.OVERTURNED),
    Measure.TRANSFER: (OutcomeResult.ACCEPTED, OutcomeResult.RETURNED),
}

# Where a case stands again when the decision that ended it is set aside (复议、诉讼、自行纠正).
REVIVED = {
    Measure.TERMINATE.value: CommitmentStatus.ACCEPTED,
    Measure.REVOKE.value: CommitmentStatus.CONCLUDED,
}


class Wait(NamedTuple):
    """What a measure waits for: until which day, whether that is over, what is to be typed."""

    day: str | None
    over: bool
    told: str


def waits_for(outcome: Outcome, rechecked: str | None, today: date) -> Wait:
    """What has to be done about an open measure; ``rechecked``: the finding of its recheck, if there is one.

    A time that is over is the party's: from then on it is the office that keeps it waiting.
    """
    state, now, id_ = OutcomeState(outcome.state), today.isoformat(), outcome.id
    if state is OutcomeState.DECIDED and outcome.measure == Measure.RECTIFY.value:
        if rechecked == Finding.UNVERIFIABLE.value:
            told = f"复查无法核实，先办后续的核查：gaozhi commitment show {outcome.number}"
            return Wait(outcome.due_on, True, told)
        if rechecked is not None:
            return Wait(outcome.due_on, True, f"复查已有结论，了结：gaozhi outcome recheck {id_}")
        over = outcome.due_on is not None and outcome.due_on < now
        told = f"复查：gaozhi verify close {outcome.recheck}" if over else "整改中，期满复查"
        return Wait(outcome.due_on, over, told)
    if state is OutcomeState.DECIDED:
        return Wait(None, False, f"了结：gaozhi outcome close {id_}")
    if outcome.hearing_asked and outcome.heard_on is None:
        return Wait(None, False, f"举行听证：gaozhi outcome hear {id_} --hearing-held")
    if time_is_over(outcome, today):
        day = outcome.statement_until or outcome.statement_on
        return Wait(day, True, f"作出决定：gaozhi outcome decide {id_}，或者 outcome drop")
    if outcome.served_on is None:
        return Wait(outcome.statement_until, False, f"送达告知书：gaozhi outcome serve {id_}")
    if outcome.statement_until is None:
        return Wait(None, False, f"写明陈述申辩期限：gaozhi outcome serve {id_} --until 日期")
    return Wait(outcome.statement_until, False, "等待陈述申辩")
