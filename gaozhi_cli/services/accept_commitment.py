"""受理: the letter is complete, the matter goes ahead on it, and the checks are planned (规程四（一）（三）).

Every proof that is not exempt gets a check, by its plan: method, stage, and the dated period in working
days, weighed by the subject's credit; or the date the office sets for this case; or without a date
(未定期限, or counted only from 办结); never by a period nobody gave.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.applicant import filled
from gaozhi_cli.domain.catalog import Catalog, Proof
from gaozhi_cli.domain.check_plan import CheckPlan
from gaozhi_cli.domain.commitment import TRANSITIONS, Commitment, after_step, step_problems
from gaozhi_cli.domain.credit import past_on, standing_on
from gaozhi_cli.domain.eligibility import exclusions
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.planning import plan_by_method, plan_for
from gaozhi_cli.domain.problem import Problem, Refused
from gaozhi_cli.domain.standing import credit_problem
from gaozhi_cli.domain.verification import Verification, check_id, needs_check, plan_due
from gaozhi_cli.domain.vocabulary import CheckState, CountedFrom, CreditPast, Method
from gaozhi_cli.domain.weighing import Weighed, weigh
from gaozhi_cli.domain.workdays import WorkCalendar
from gaozhi_cli.storage.case_papers import materials_of
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.records import ProofRow
from gaozhi_cli.storage.subjects import records_of

ACT = "commitment.accept"


class Planned(NamedTuple):
    """A promised proof and the plan of its check."""

    proof: ProofRow
    weighed: Weighed


class Accepted(NamedTuple):
    """The case's new status and the checks that follow."""

    number: str
    status: str
    checks: tuple[Verification, ...]


def accept_commitment(
    number: str,
    *,
    catalog: Catalog,
    calendar: WorkCalendar,
    ledger: Ledger,
    occasion: Occasion,
    due: date | None = None,
    assignee: str | None = None,
    reason: str | None = None,
) -> Accepted:
    """Accept a signed commitment and plan its checks. ``due``: the date for all of them.

    Raises NotFound, Refused (order of the steps, a due date already past).
    """
    digest = ledger.asked(occasion.request_id, ACT, number=number, due=due, assignee=assignee, reason=reason)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        case = ledger.case(number)
        if ledger.repeated(occasion.request_id, ACT, digest) is not None:
            act.nothing()
            return Accepted(number, case.status, tuple(ledger.checks_of(number)))
        problems = step_problems("accept", case, occasion.today)
        if due is not None and due < occasion.today:
            message = f"核查期限 {due} 早于受理日期 {occasion.today}"
            problems.append(Problem("due-past", message, field="due"))
        promised = ledger.proofs_of(number)
        problems += exclusions(_known(promised, case, catalog))
        records = records_of(ledger, case.subject)
        barred = credit_problem(standing_on(records, occasion.today))  # decided since, perhaps
        problems += [barred] if barred else []
        past = past_on(records, occasion.today)
        plans = [
            planned
            for planned in _plans(promised, case, catalog, occasion.today, past)
            if needs_check(planned.weighed.plan.method or Method(planned.proof.method))
        ]
        if due is not None and not filled(reason or ""):
            problems += _unexplained(plans, calendar, occasion.today, due)
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        status, column = after_step("accept", case), TRANSITIONS["accept"].day
        changes = {"status": status.value, column: occasion.today.isoformat()}
        needed = _needed(case, catalog, ledger) if case.checked_on is None else None
        if needed is not None:  # who accepts has looked whether all is there (规程四（一）)
            changes["checked_on"] = occasion.today.isoformat()
        act.change_commitment(number, **changes)
        checks = tuple(
            _check(place, planned, case, calendar, occasion.today, due, assignee)
            for place, planned in enumerate(plans, start=1)
        )
        for check in checks:
            act.add_check(check)
        told = [[c.id, c.due_on, c.due_source] for c in checks]
        act.record(
            occasion.entry(ACT, number, reason=reason, request_digest=digest, checks=told, needed=needed)
        )
    return Accepted(number, status.value, checks)


def _needed(case: Commitment, catalog: Catalog, ledger: Ledger) -> list[str]:
    """The list that the materials were held against."""
    item = catalog.item(case.item)
    if item is None:
        return []
    return [line.text for line in materials_of(case.number, item, ledger)]


def _known(promised: list[ProofRow], case: Commitment, catalog: Catalog) -> list[Proof]:
    """The promised proofs as the catalog has them: one found excluded since is not accepted (通知四)."""
    item = catalog.item(case.item)
    ids = {proof.proof for proof in promised}
    return [proof for proof in item.proofs if proof.id in ids] if item else []


def _plans(
    promised: list[ProofRow], case: Commitment, catalog: Catalog, today: date, past: Collection[CreditPast]
) -> list[Planned]:
    """The plan of each proof on the day, weighed by the subject's credit; by method alone when the
    catalog has dropped it."""
    item = catalog.item(case.item)
    known = {proof.id: proof for proof in item.proofs} if item else {}
    plans = []
    for row in promised:
        proof, method = known.get(row.proof), Method(row.method)
        if item is not None and proof is not None:
            plan = plan_for(proof._replace(method=method), item, catalog, today)
        else:
            plan = plan_by_method(method, catalog, today)
        plans.append(Planned(row, weigh(plan, past, catalog.weights, today)))
    return plans


def _unexplained(plans: list[Planned], calendar: WorkCalendar, today: date, due: date) -> list[Problem]:
    """A date later than the county's period gives must be explained (通知五（三）：明确核查时间)."""
    for _, (plan, why) in plans:
        usual = plan_due(plan, _start(plan, today), calendar, why=why)
        if usual.day is not None and due > usual.day:
            message = f"按{usual.source}应在 {usual.day} 前核查，改为 {due} 须写明理由（--reason）"
            return [Problem("reason-missing", message, field="reason")]
    return []


def _start(plan: CheckPlan, today: date) -> date | None:
    """The day from which the days are counted; None where that is the day of 办结."""
    return today if plan.counted_from is CountedFrom.ACCEPTED else None


def _check(
    place: int,
    planned: Planned,
    case: Commitment,
    calendar: WorkCalendar,
    today: date,
    set_to: date | None,
    assignee: str | None,
) -> Verification:
    proof, (plan, why) = planned
    when = plan_due(plan, _start(plan, today), calendar, set_to, why)
    counted = set_to is None and plan.period is not None
    return Verification(
        id=check_id(case.number, place),
        number=case.number,
        office=case.office,
        item=case.item,
        matter=case.matter,
        proof=proof.proof,
        proof_name=proof.name,
        method=(plan.method or Method(proof.method)).value,
        state=CheckState.PLANNED.value,
        planned_on=today.isoformat(),
        due_on=when.day.isoformat() if when.day else None,
        provisional=int(when.provisional),
        due_source=when.source or None,
        assignee=assignee,
        stage=plan.stage.value if plan.stage else None,
        counted_from=plan.counted_from.value if counted else None,
        period=plan.period if counted else None,
        weighed=why or None if counted else None,
    )
