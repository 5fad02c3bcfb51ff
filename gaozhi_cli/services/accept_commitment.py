"""受理: the letter is complete, the matter goes ahead on it, and the checks are planned (规程四（一）（三）).

Every proof that is not exempt gets a check, due by the county's dated period in working days, by the
date the office sets for this case, or without a date (未定期限); never by a period nobody gave.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.applicant import filled
from gaozhi_cli.domain.catalog import Catalog, Proof
from gaozhi_cli.domain.commitment import TRANSITIONS, Commitment, after_step, step_problems
from gaozhi_cli.domain.eligibility import exclusions
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.parameters import Dated
from gaozhi_cli.domain.problem import Problem, Refused
from gaozhi_cli.domain.readiness import periods_for
from gaozhi_cli.domain.standing import credit_problem
from gaozhi_cli.domain.verification import Verification, check_id, needs_check, plan_due
from gaozhi_cli.domain.vocabulary import CheckState, Method
from gaozhi_cli.domain.workdays import WorkCalendar
from gaozhi_cli.storage.case_papers import materials_of
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.records import ProofRow
from gaozhi_cli.storage.subjects import standing_of

ACT = "commitment.accept"


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
        barred = credit_problem(standing_of(ledger, case.subject, occasion.today))  # decided since, perhaps
        problems += [barred] if barred else []
        proofs = [proof for proof in promised if needs_check(Method(proof.method))]
        if due is not None and not filled(reason or ""):
            problems += _unexplained(proofs, case, catalog, calendar, occasion.today, due)
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        status, column = after_step("accept", case), TRANSITIONS["accept"].day
        changes = {"status": status.value, column: occasion.today.isoformat()}
        needed = _needed(case, catalog, ledger) if case.checked_on is None else None
        if needed is not None:  # who accepts has looked whether all is there (规程四（一）)
            changes["checked_on"] = occasion.today.isoformat()
        act.change_commitment(number, **changes)
        checks = tuple(
            _plan(place, proof, case, catalog, calendar, occasion.today, due, assignee)
            for place, proof in enumerate(proofs, start=1)
        )
        for check in checks:
            act.add_check(check)
        planned = [[c.id, c.due_on, c.due_source] for c in checks]
        act.record(
            occasion.entry(ACT, number, reason=reason, request_digest=digest, checks=planned, needed=needed)
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


def _unexplained(
    proofs: list[ProofRow],
    case: Commitment,
    catalog: Catalog,
    calendar: WorkCalendar,
    today: date,
    due: date,
) -> list[Problem]:
    """A date later than the county's period gives must be explained (通知五（三）：明确核查时间)."""
    for proof in proofs:
        usual = plan_due(_periods(proof, case, catalog, today), today, calendar, None)
        if usual.day is not None and due > usual.day:
            message = f"按{usual.source}应在 {usual.day} 前核查，改为 {due} 须写明理由（--reason）"
            return [Problem("reason-missing", message, field="reason")]
    return []


def _plan(
    place: int,
    proof: ProofRow,
    case: Commitment,
    catalog: Catalog,
    calendar: WorkCalendar,
    today: date,
    set_to: date | None,
    assignee: str | None,
) -> Verification:
    when = plan_due(_periods(proof, case, catalog, today), today, calendar, set_to)
    return Verification(
        id=check_id(case.number, place),
        number=case.number,
        office=case.office,
        item=case.item,
        matter=case.matter,
        proof=proof.proof,
        proof_name=proof.name,
        method=proof.method,
        state=CheckState.PLANNED.value,
        planned_on=today.isoformat(),
        due_on=when.day.isoformat() if when.day else None,
        provisional=int(when.provisional),
        due_source=when.source or None,
        assignee=assignee,
    )


def _periods(proof: ProofRow, case: Commitment, catalog: Catalog, today: date) -> tuple[Dated, ...]:
    """The dated periods for a proof as recorded; by method alone when the catalog has dropped it."""
    item = catalog.item(case.item)
    known = next((p for p in item.proofs if p.id == proof.proof), None) if item else None
    if item is not None and known is not None:
        return periods_for(known, item, catalog, today)
    general = catalog.parameter(f"verification.period.{proof.method}")
    return general.values if general else ()
