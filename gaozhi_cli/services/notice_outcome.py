"""事先告知: the party is told what is intended and its rights, before a decision (行政处罚法第四十四条)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from gaozhi_cli.domain.catalog import Item
from gaozhi_cli.domain.commitment import Commitment
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.measures import MeasureRule, basis_lines, hearing_right, measure_problems
from gaozhi_cli.domain.outcome import Outcome, outcome_id
from gaozhi_cli.domain.outcome_papers import Facts, check_facts, notice_facts
from gaozhi_cli.domain.outcome_steps import opening_problems, statement_until, until_problems
from gaozhi_cli.domain.problem import NotReady, Problem, Refused
from gaozhi_cli.domain.vocabulary import CommitmentStatus, Finding, OutcomeState, ServedWay, Track
from gaozhi_cli.domain.workdays import WorkCalendar
from gaozhi_cli.storage.case_papers import Paper, place_paper, write_paper
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.outcomes import (
    TOLD,
    adverse_check,
    failed_rectifying,
    outcome_called,
    outcomes_of,
    sealed_text,
)

ACT = "outcome.notice"
FACTS, CONTENT = "事实和理由", "处理内容"  # blanks of the notice
Draw = Callable[[Commitment, Facts, str], Paper]


class Noticed(NamedTuple):
    """The measure as begun, its notice, the office's gaps in it."""

    outcome: Outcome
    documents: tuple[Path, ...] = ()
    warnings: tuple[Problem, ...] = ()


def notice_outcome(
    target: str,
    rule: MeasureRule,
    *,
    item: Callable[[Commitment], Item],
    asked: object,
    draw: Draw,
    ledger: Ledger,
    occasion: Occasion,
    calendar: WorkCalendar,
    named: tuple[str, ...] = (),
    hearing: bool | None = None,
    until: date | None = None,
    way: ServedWay | None = None,
    overwrite: bool = False,
) -> Noticed:
    """Begin a measure about a check found 不实 or 未履行, with its 事先告知书.

    ``named``: laws named for this case; ``hearing``: whether a 听证 may be asked for, where that is decided
    case by case; ``until``: the day set for stating; ``way``: served on the same day. Facts are kept sealed.
    Raises NotFound, Refused, UsageFault, BadInput and DocumentFailed (the notice), NotReady.
    """
    digest = ledger.asked(
        occasion.request_id, ACT, target=target, measure=rule.measure.value, asked=asked, named=named,
        hearing=hearing, until=until, way=way.value if way else None,
    )  # fmt: skip
    if ledger.repeated(occasion.request_id, ACT, digest) is not None:
        return Noticed(outcome_called(ledger, ledger.facts_of(occasion.request_id)["outcome"]))
    check = adverse_check(ledger, target)
    case, others, today = ledger.case(check.number), outcomes_of(ledger, check.number), occasion.today
    problems = opening_problems(check, others, rule.measure, today, ledger.checks_of(check.number))
    finding = Finding(check.finding) if check.finding else Finding.LAPSED
    about = item(case)
    if not problems:
        problems = measure_problems(
            rule, about, finding, CommitmentStatus(case.status), today, named=named,
            failed_rectifying=failed_rectifying(others, check),
            ordinary=case.track == Track.ORDINARY.value,
        )  # fmt: skip
    right = hearing_right(rule, about, finding, today, hearing)
    if not rule.notice:
        message = f"{rule.measure.label}不用事先告知（{rule.notice_source}），直接 gaozhi outcome decide"
        problems.append(Problem("no-notice", message, rule.notice_source))
    elif right is None and not problems:
        message = f"要写明当事人能否要求听证：--hearing-right 是|否（{rule.hearing_source}）"
        problems.append(Problem("hearing-undecided", message, rule.hearing_source, "hearing_right"))
    problems += until_problems(rule, today, bool(right), calendar, until) if not problems else []
    if problems:
        raise Refused(problems[0].message, tuple(problems))
    basis = basis_lines(rule, about, finding, today, named)
    ends = statement_until(rule, today, bool(right), calendar, until)
    outcome = Outcome(
        id=outcome_id(case.number, len(others) + 1), number=case.number, verification=check.id,
        office=check.office, measure=rule.measure.value, finding=finding.value,
        state=OutcomeState.NOTICED.value, noticed_on=today.isoformat(), hearing_right=int(bool(right)),
    )  # fmt: skip
    if way is not None or until is not None:
        outcome = outcome._replace(
            served_on=today.isoformat() if way is not None else None,
            statement_until=ends.day.isoformat() if ends.day else None,
            provisional=int(ends.provisional), due_source=ends.source or None,
        )  # fmt: skip
    facts = check_facts(outcome, check, basis) | notice_facts(rule, bool(right), today, until)
    paper = draw(case, facts, outcome.id)
    values = paper.filled.values
    told: dict[str, Any] = paper.facts()
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        if ledger.case(case.number) != case or outcomes_of(ledger, case.number) != others:
            raise NotReady(f"{case.number} 的状态刚刚变动，没有登记；请再运行一次")
        changed = place_paper(paper.path, paper.document, overwrite)
        said = sealed_text(str(values.get(FACTS, "")), str(values.get(CONTENT, "")), named)
        outcome = outcome._replace(facts=act.personal(outcome.id, TOLD, said))
        act.add_outcome(outcome)
        act.record(
            occasion.entry(
                ACT, case.number, request_digest=digest, outcome=outcome.id, check=check.id,
                measure=outcome.measure, hearing_right=outcome.hearing_right,
                until=outcome.statement_until, way=way.value if way else None, **told,
            )
        )  # fmt: skip
        if changed and not occasion.dry_run:
            write_paper(paper.path, paper.document)
    return Noticed(outcome, (paper.path,), paper.filled.warnings)
