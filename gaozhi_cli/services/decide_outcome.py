"""处理决定: decided after the party was told and heard; the case's state and the credit record go with it.

通知五（三）：依法终止办理、责令限期整改、撤销行政决定或者予以行政处罚，并纳入信用记录；涉嫌犯罪的，依法移送司法机关.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from gaozhi_cli.domain.catalog import Item
from gaozhi_cli.domain.commitment import Commitment, after_step, step_problems
from gaozhi_cli.domain.credit import SERIES, CreditRecord, record_id, record_problems
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.measures import MeasureRule, basis_lines, measure_problems, period_of
from gaozhi_cli.domain.outcome import Outcome, outcome_id
from gaozhi_cli.domain.outcome_ends import recheck_of, rectify_problems
from gaozhi_cli.domain.outcome_papers import Facts, check_facts, decision_facts
from gaozhi_cli.domain.outcome_steps import (
    SET,
    Until,
    decide_problems,
    document_problems,
    opening_problems,
    settled_problems,
)
from gaozhi_cli.domain.parameters import value_on
from gaozhi_cli.domain.problem import NotReady, Problem, Refused
from gaozhi_cli.domain.verification import Verification, lapsed
from gaozhi_cli.domain.vocabulary import (
    CommitmentStatus,
    Finding,
    Measure,
    OutcomeResult,
    OutcomeState,
    SubjectKind,
    Track,
)
from gaozhi_cli.domain.workdays import WorkCalendar, add_workdays
from gaozhi_cli.storage.case_papers import Paper, place_paper, write_paper
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.outcomes import (
    DECIDED,
    adverse_check,
    credit_before,
    failed_rectifying,
    outcome_called,
    outcomes_of,
    sealed_text,
)
from gaozhi_cli.storage.subjects import credit_record, records_of
from gaozhi_cli.storage.transaction import Transaction

ACT = "outcome.decide"
FACTS, CONTENT = "事实和理由", "处理内容"  # blanks of the decision
ENDS = {Measure.TERMINATE: "terminate", Measure.REVOKE: "revoke"}  # the step of the case that goes with it
Draw = Callable[[Commitment, Facts, str], Paper]


class Decision(NamedTuple):
    """What is decided beside the document's blanks: its number, 整改期限, the laws named, the 复核意见."""

    document: str
    due: date | None = None
    named: tuple[str, ...] = ()
    review: str = ""
    content: str = ""


class Decided(NamedTuple):
    """The measure as decided, what else changed, its document and the office's gaps in it."""

    outcome: Outcome
    status: str
    recheck: Verification | None = None
    credit: str | None = None
    lapsed: tuple[str, ...] = ()
    documents: tuple[Path, ...] = ()
    warnings: tuple[Problem, ...] = ()


class _Ground(NamedTuple):
    """What a decision stands on, read before the document is drawn and compared again under the lock."""

    case: Commitment
    check: Verification
    others: list[Outcome]
    outcome: Outcome
    begun: bool


def decide_outcome(
    target: Outcome | str,
    rule: MeasureRule,
    decision: Decision,
    *,
    item: Callable[[Commitment], Item],
    asked: object,
    draw: Draw,
    ledger: Ledger,
    occasion: Occasion,
    calendar: WorkCalendar,
    overwrite: bool = False,
) -> Decided:
    """Decide a measure that was told of; one that needs no notice (移送) is begun here by its check or case.

    Raises NotFound, Refused (too early, not heard, stage, basis), BadInput and DocumentFailed, NotReady.
    """
    digest = ledger.asked(
        occasion.request_id, ACT, target=target if isinstance(target, str) else target.id,
        measure=rule.measure.value, asked=asked, decision=decision,
    )  # fmt: skip
    if ledger.repeated(occasion.request_id, ACT, digest) is not None:
        before = outcome_called(ledger, ledger.facts_of(occasion.request_id)["outcome"])
        return Decided(before, ledger.case(before.number).status, credit=before.credit)
    ground = _ground(ledger, target, rule, occasion)
    about, finding, today = item(ground.case), Finding(ground.outcome.finding), occasion.today
    ends = _ends(rule, about, finding, today, calendar, decision.due)
    due = ends.day
    problems = _problems(ground, rule, about, decision, due, today, ledger.checks_of(ground.case.number))
    if problems:
        raise Refused(problems[0].message, tuple(problems))
    basis = basis_lines(rule, about, finding, today, decision.named)
    facts = check_facts(ground.outcome, ground.check, basis)
    facts |= decision_facts(ground.outcome, decision.document, due, decision.review)
    paper = draw(ground.case, facts, ground.outcome.id)
    document = decision.document.strip()
    told: dict[str, Any] = paper.facts()
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        if ledger.case(ground.case.number) != ground.case or (
            outcomes_of(ledger, ground.case.number) != ground.others
        ):
            raise NotReady(f"{ground.case.number} 的状态刚刚变动，没有登记；请再运行一次")
        changed = place_paper(paper.path, paper.document, overwrite)
        done = _carry_out(act, ledger, ground, rule, document, ends, occasion, calendar)
        values = paper.filled.values
        said = sealed_text(
            str(values.get(FACTS, "")), str(values.get(CONTENT, "")), decision.named, decision.review
        )
        kept = act.personal(done.outcome.id, DECIDED, said)
        outcome = done.outcome._replace(facts=done.outcome.facts or kept)
        if ground.begun:
            act.change_outcome(outcome.id, **_changed(ground.outcome, outcome))
        else:
            act.add_outcome(outcome)
        act.record(
            occasion.entry(
                ACT, outcome.number, request_digest=digest, outcome=outcome.id, measure=outcome.measure,
                number=document, until=outcome.due_on, recheck=outcome.recheck, credit=outcome.credit,
                lapsed=list(done.lapsed), **told,
            )
        )  # fmt: skip
        if changed and not occasion.dry_run:
            write_paper(paper.path, paper.document)
    return done._replace(outcome=outcome, documents=(paper.path,), warnings=paper.filled.warnings)


def _ground(ledger: Ledger, target: Outcome | str, rule: MeasureRule, occasion: Occasion) -> _Ground:
    if isinstance(target, Outcome):
        outcome = outcome_called(ledger, target.id)
        check = ledger.check(outcome.verification)
        if check is None:
            raise NotReady(f"台账缺少核查 {outcome.verification}；请运行 gaozhi ledger verify")
        return _Ground(ledger.case(outcome.number), check, outcomes_of(ledger, outcome.number), outcome, True)
    check = adverse_check(ledger, target)
    others = outcomes_of(ledger, check.number)
    problems = opening_problems(check, others, rule.measure, occasion.today, ledger.checks_of(check.number))
    if problems:
        raise Refused(problems[0].message, tuple(problems))
    if rule.notice:
        message = (
            f"{rule.measure.label}要先告知当事人、听取陈述申辩（{rule.notice_source}）："
            f"gaozhi outcome notice {check.id} --measure {rule.measure.label}"
        )
        raise Refused(message, (Problem("notice-first", message, rule.notice_source),))
    fresh = Outcome(
        id=outcome_id(check.number, len(others) + 1), number=check.number, verification=check.id,
        office=check.office, measure=rule.measure.value, finding=check.finding or "",
        state=OutcomeState.NOTICED.value,
    )  # fmt: skip
    return _Ground(ledger.case(check.number), check, others, fresh, False)


def _problems(
    ground: _Ground, rule: MeasureRule, item: Item, decision: Decision, due: date | None, today: date,
    checks: list[Verification],
) -> list[Problem]:  # fmt: skip
    """All that speaks against deciding today."""
    problems = decide_problems(ground.outcome, rule, today, review=decision.review)
    problems += document_problems(decision.document)
    finding, status = Finding(ground.outcome.finding), CommitmentStatus(ground.case.status)
    problems += measure_problems(
        rule, item, finding, status, today, named=decision.named,
        failed_rectifying=failed_rectifying(ground.others, ground.check),
        ordinary=ground.case.track == Track.ORDINARY.value,
    )  # fmt: skip
    step = ENDS.get(rule.measure)
    if step is not None and not problems:
        problems += step_problems(step, ground.case, today)
    if ground.begun:  # what has changed since the notice
        problems += settled_problems(ground.check, ground.others, rule.measure, checks)
    if rule.measure is Measure.RECTIFY:
        problems += rectify_problems(due, today, decision.content)
    return problems


def _ends(
    rule: MeasureRule, item: Item, finding: Finding, today: date, calendar: WorkCalendar, set_to: date | None
) -> Until:
    """The last day of 限期整改: the one set for the case, else by the law of the item, if it gives one."""
    if set_to is not None or rule.measure is not Measure.RECTIFY:
        return Until(set_to, source=SET)
    period = period_of(rule, item, finding, today)
    if period is None:
        return Until(None)
    counted = add_workdays(today, int(period.value), calendar)
    return Until(counted.day, counted.provisional, f"决定后 {period.value} 个工作日，{period.source}")


def _carry_out(
    act: Transaction, ledger: Ledger, ground: _Ground, rule: MeasureRule, document: str, ends: Until,
    occasion: Occasion, calendar: WorkCalendar,
) -> Decided:  # fmt: skip
    """The case, its checks, the recheck and the credit record as the decision leaves them."""
    today, case = occasion.today.isoformat(), ground.case
    outcome = ground.outcome._replace(state=OutcomeState.DECIDED.value, decided_on=today, document=document)
    checks, status, gone, recheck = ledger.checks_of(case.number), case.status, [], None
    if rule.measure in ENDS:
        status = after_step(ENDS[rule.measure], case).value
        act.change_commitment(case.number, status=status)
        gone = [check for check in checks if check.finding is None]
        for check in gone:
            act.change_check(check.id, **lapsed(occasion.today))
        outcome = outcome._replace(
            state=OutcomeState.CLOSED.value, closed_on=today, result=OutcomeResult.DONE.value
        )
    elif rule.measure is Measure.RECTIFY and ends.day is not None:
        outcome = outcome._replace(
            due_on=ends.day.isoformat(), provisional=int(ends.provisional), due_source=ends.source
        )
        days = value_on(rule.recheck, occasion.today)
        by = add_workdays(ends.day, int(days.value), calendar).day if days is not None else None
        recheck = recheck_of(outcome, ground.check, len(checks) + 1, occasion.today, by)
        act.add_check(recheck)
        outcome = outcome._replace(recheck=recheck.id)
    credit = _credit(act, ledger, ground, rule, document, occasion)
    ids = tuple(check.id for check in gone)
    return Decided(outcome._replace(credit=credit), status, recheck, credit, ids)


def _credit(
    act: Transaction, ledger: Ledger, ground: _Ground, rule: MeasureRule, document: str, occasion: Occasion
) -> str | None:
    """纳入信用记录: the record of this decision, or the one that the same conduct has; None: none is due."""
    wanted = rule.credit_for(Finding(ground.outcome.finding))
    if wanted is None:
        return None
    before = credit_before(ground.others, ground.outcome, ground.check)
    if before is not None and credit_record(ledger, before).kind == wanted.kind.value:
        return before
    today, subject = occasion.today.isoformat(), ground.case.subject
    record = CreditRecord("", subject, wanted.kind.value, today, document, ground.case.number, None, today)
    citizen = ledger.subject(subject)["kind"] == SubjectKind.CITIZEN.value
    problems = record_problems(record, ledger.names_of(subject) if citizen else set(), occasion.today)
    if problems:
        raise Refused(problems[0].message, tuple(problems))
    same = next((one for one in records_of(ledger, subject) if one.same_as(record)), None)
    if same is not None:
        return same.id
    year = occasion.today.year
    record = record._replace(id=record_id(year, act.next_number(SERIES, year).n))
    act.add_credit(record)
    return record.id


def _changed(before: Outcome, after: Outcome) -> dict[str, Any]:
    return {name: value for name, value in after._asdict().items() if value != getattr(before, name)}
