"""现场核查 in the ledger: work sheets, the checks to hand out, what a sheet tells of each, files kept.

What a sheet tells of a person is opened here, for the checks that stand on it and no others.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.catalog import Catalog, Item, Proof
from gaozhi_cli.domain.check_plan import CheckPlan
from gaozhi_cli.domain.closing import PERSONS, Persons, persons_rule
from gaozhi_cli.domain.planning import plan_for
from gaozhi_cli.domain.problem import NotFound, UsageFault
from gaozhi_cli.domain.publication import masked_number
from gaozhi_cli.domain.verification import Verification, nothing_open
from gaozhi_cli.domain.visits import Dispatch, Look, needs_phone, read_ids
from gaozhi_cli.domain.vocabulary import CheckState, IdType, Method, SubjectKind
from gaozhi_cli.storage import schema, sql
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.records import EvidenceFile

CatalogOf = Callable[[str], Catalog]


class County(NamedTuple):
    """The 清单 in force, and the one that a case began with, by its version."""

    catalog: Catalog
    catalog_of: CatalogOf


def sheet(ledger: Ledger, id_: str) -> Dispatch:
    """The work sheet with a number. Raises NotFound."""
    rows = ledger.engine.execute(sql.select(schema.DISPATCHES), (id_,))
    if not rows:
        raise NotFound(f"台账里没有工作单 {id_}，请核对编号（gaozhi verify sheets --all 可查）")
    return Dispatch(*rows[0])


def sheets(ledger: Ledger, *, office: str | None, assignee: str | None, out: bool) -> Iterator[Dispatch]:
    """Work sheets in order of number, streamed."""
    values = [value for value in (office, assignee) if value is not None]
    statement = sql.dispatches(office=office is not None, assignee=assignee is not None, out=out)
    for row in ledger.engine.stream(statement, values):
        yield Dispatch(*row)


def checks_on(ledger: Ledger, found: Dispatch) -> list[list[Verification]]:
    """The checks that a sheet went out with, by visit."""
    visits = read_ids(found.checks)
    return [[check for id_ in visit if (check := ledger.check(id_)) is not None] for visit in visits]


def of_assignee(
    ledger: Ledger, assignee: str, *, office: str | None, until: str | None
) -> list[Verification]:
    """The open on-site checks of an inspector; with ``until`` those due by then."""
    wanted = {"office": office, "method": Method.ONSITE.value, "assignee": assignee}
    found = [row.id for row in ledger.due(dated=True, until=until, **wanted)]
    found += [row.id for row in ledger.due(dated=False, **wanted)] if until is None else []
    return [check for id_ in found if (check := ledger.check(id_)) is not None]


def named(ledger: Ledger, target: str) -> list[Verification]:
    """The check with this id, or the open on-site checks of the case with this number. Raises NotFound."""
    check = ledger.check(target)
    if check is not None:
        return [check]
    case = ledger.case(target)
    open_ = [c for c in ledger.checks_of(case.number) if c.state == CheckState.PLANNED.value]
    if not open_:
        raise NotFound(nothing_open(case))
    return [c for c in open_ if c.method == Method.ONSITE.value] or open_


def of_subject(ledger: Ledger, subject: str) -> list[Verification]:
    """The checks of all cases of a subject."""
    return [Verification(*row) for row in ledger.engine.execute(sql.CHECKS_OF_SUBJECT, (subject,))]


def look_of(ledger: Ledger, county: County, check: Verification, day: date, *, phone: bool = False) -> Look:
    """What the sheet tells of a check: whom to see, where, what was promised, by what standard."""
    case = ledger.case(check.number)
    who = ledger.personal(case.number, "applicant")
    organization = who.get("id_type") == IdType.USCC.value
    kind = SubjectKind.ORGANIZATION if organization else SubjectKind.CITIZEN
    site = who.get("site_address", "")
    told = who.get("phone", "") if needs_phone(site, phone) else ""
    person = who.get("contact", "") if told and organization else ""
    proof, plan = plan_of(county.catalog_of(case.catalog_version), check, day)
    rule = persons_of(county, plan, day)
    standard = (plan.standard if plan is not None else "") or (proof.standard if proof is not None else "")
    return Look(
        check,
        case.official_number,
        case.subject,
        who.get("name", ""),
        masked_number(who.get("number", ""), kind),
        site,
        f"{person} {told}".strip(),
        str(json.loads(who.get("text") or "{}").get("承诺内容", "")),
        standard,
        rule.least if rule is not None else None,
    )


def persons_of(county: County, plan: CheckPlan | None, day: date) -> Persons | None:
    """How many must look before an adverse finding: by the plan, else the county's parameter of today."""
    parameter = county.catalog.parameter(PERSONS)
    return persons_rule(plan, parameter.values if parameter is not None else (), day)


def plan_of(catalog: Catalog, check: Verification, day: date) -> tuple[Proof | None, CheckPlan | None]:
    """The proof that a check is about, as the case's 清单 has it, and the plan for checking it."""
    item: Item | None = catalog.item(check.item)
    proof = next((p for p in item.proofs if p.id == check.proof), None) if item is not None else None
    if item is None or proof is None:
        return None, None
    return proof, plan_for(proof, item, catalog, day)


def evidence_of(ledger: Ledger, owner: str) -> list[EvidenceFile]:
    """The files kept for a check, in the order in which they came."""
    return [EvidenceFile(*row) for row in ledger.engine.execute(sql.EVIDENCE_OF, (owner,))]


def unanswered(ledger: Ledger, check: str) -> list[str]:
    """The requests for 协助核查 of a check that wait for an answer."""
    return [str(row[0]) for row in ledger.engine.execute(sql.UNANSWERED, (check,))]


def find_check(ledger: Ledger, target: str) -> Verification:
    """The check with this id, or the only open one of a case. Raises NotFound, UsageFault."""
    check = ledger.check(target)
    if check is not None:
        return check
    case = ledger.case(target)
    checks = ledger.checks_of(case.number)
    wanted = [c for c in checks if c.state == CheckState.PLANNED.value]
    if len(wanted) == 1:
        return wanted[0]
    if wanted:
        ids = "、".join(c.id for c in wanted)
        raise UsageFault(f"{target} 有 {len(wanted)} 项待核查，请指明一项：{ids}")
    if len(checks) == 1:
        return checks[0]
    raise NotFound(nothing_open(case))
