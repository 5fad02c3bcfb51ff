"""处理 in the ledger: the measures of a case, what is due, and what was written in them (sealed).

Portable SQL of its own; a case has few measures, and few of all cases have any.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from gaozhi_cli.domain.outcome import Outcome
from gaozhi_cli.domain.problem import NotFound, Problem, Refused, UsageFault
from gaozhi_cli.domain.verification import Verification
from gaozhi_cli.domain.vocabulary import Finding, Measure, OutcomeResult
from gaozhi_cli.storage import schema, sql
from gaozhi_cli.storage.ledger import Ledger

TOLD, DECIDED = "facts", "decision"  # roles of the sealed texts of notice and decision
OF_CASE = f"{sql.select_all(schema.OUTCOMES)} WHERE number = ?"
_COLUMNS = ", ".join(f"o.{name}" for name in schema.OUTCOMES.names)
OPEN = (
    f"SELECT {_COLUMNS}, v.item, v.matter, v.proof_name, r.finding FROM outcomes o"
    " JOIN verifications v ON v.id = o.verification LEFT JOIN verifications r ON r.id = o.recheck"
    " WHERE o.closed_on IS NULL"
)
IN_ORDER = " ORDER BY coalesce(o.due_on, o.statement_until, '9999'), o.id"
ALL = OPEN.partition(" WHERE ")[0]
# Found false or not kept, and nothing begun: no measure about it (but one set aside), none that ended the
# case, no recheck of its 限期整改 to be taken over, nothing found since, no record of a decision taken
# outside the ledger.
LEFT_ALONE = (
    f"SELECT {', '.join(f'v.{name}' for name in schema.VERIFICATIONS.names)} FROM verifications v"
    " JOIN commitments k ON k.number = v.number"
    " WHERE v.finding IN ('false', 'unfulfilled') AND k.status NOT IN ('terminated', 'revoked')"
    " AND NOT EXISTS (SELECT 1 FROM outcomes o WHERE o.verification = v.id"
    " AND coalesce(o.result, '') <> 'overturned')"
    " AND NOT EXISTS (SELECT 1 FROM outcomes o"
    " WHERE o.number = v.number AND o.closed_on IS NULL AND o.recheck IN (v.id, v.follows))"
    " AND NOT EXISTS (SELECT 1 FROM verifications f WHERE f.follows = v.id AND f.finding IS NOT NULL)"
    " AND (EXISTS (SELECT 1 FROM outcomes o WHERE o.number = v.number) OR NOT EXISTS"
    " (SELECT 1 FROM credit_records c WHERE c.subject = k.subject AND c.number = v.number))"
)
FIRST_FOUND = " ORDER BY v.closed_on, v.id"


class Pending(NamedTuple):
    """A measure with what it is about, and the finding of its recheck if there is one."""

    outcome: Outcome
    item: str
    matter: str
    proof_name: str
    rechecked: str | None


def outcome_called(ledger: Ledger, id_: str) -> Outcome:
    """The measure with an id. Raises NotFound."""
    rows = ledger.engine.execute(sql.select(schema.OUTCOMES), (id_,))
    if not rows:
        raise NotFound(f"台账里没有处理 {id_}，请核对（gaozhi outcome list 可查）")
    return Outcome(*rows[0])


def outcomes_of(ledger: Ledger, number: str) -> list[Outcome]:
    """The measures of a case in the order in which they were begun."""
    found = [Outcome(*row) for row in ledger.engine.execute(OF_CASE, (number,))]
    return sorted(found, key=lambda one: int(one.id.rpartition("-M")[2]))


def pending(ledger: Ledger, office: str | None = None) -> Iterator[Pending]:
    """The measures about which something is to be done, the soonest first."""
    condition = " AND o.office = ?" if office is not None else ""
    yield from _streamed(ledger, OPEN + condition + IN_ORDER, (office,) if office is not None else ())


def left_alone(ledger: Ledger, office: str | None = None) -> Iterator[Verification]:
    """The checks found 不实 or 未履行 about which nothing has been begun, the first found first."""
    condition = " AND v.office = ?" if office is not None else ""
    values = (office,) if office is not None else ()
    for row in ledger.engine.stream(LEFT_ALONE + condition + FIRST_FOUND, values):
        yield Verification(*row)


def all_outcomes(ledger: Ledger, office: str | None = None) -> Iterator[Pending]:
    """Every measure, in order of cases."""
    condition = " WHERE o.office = ?" if office is not None else ""
    order = " ORDER BY o.number, length(o.id), o.id"
    yield from _streamed(ledger, ALL + condition + order, (office,) if office is not None else ())


def _streamed(ledger: Ledger, statement: str, values: tuple[Any, ...]) -> Iterator[Pending]:
    for row in ledger.engine.stream(statement, values):
        yield Pending(Outcome(*row[:-4]), *row[-4:])


def begun_outcome(ledger: Ledger, target: str, measure: Measure | None) -> Outcome:
    """The measure meant by its id, or the only open one of a case or check. Raises NotFound, UsageFault."""
    if "-M" in target:
        return outcome_called(ledger, target)
    check = ledger.check(target)
    number = check.number if check is not None else ledger.case(target).number
    found = [o for o in outcomes_of(ledger, number) if check is None or o.verification == check.id]
    if measure is not None:
        found = [one for one in found if one.measure == measure.value]
    wanted = [one for one in found if one.open] or found[-1:]
    if len(wanted) == 1:
        return wanted[0]
    if wanted:
        listed = "；".join(f"{one.id} {Measure(one.measure).label}" for one in wanted)
        raise UsageFault(f"{target} 有 {len(wanted)} 件处理，请指明一件：{listed}")
    what = f"{measure.label}的" if measure is not None else ""
    raise NotFound(f"{target} 没有{what}处理；先告知当事人：gaozhi outcome notice {target} --measure 措施")


def adverse_check(ledger: Ledger, target: str) -> Verification:
    """The check that a measure is to follow: by its id, or the case's only adverse one.

    Where a recheck has found out again, it stands for the check it followed.
    Raises NotFound, Refused (none found false), UsageFault (several).
    """
    check = ledger.check(target)
    if check is not None:
        return check
    checks = ledger.checks_of(ledger.case(target).number)
    followed = {one.follows for one in checks if one.finding is not None}
    adverse = (Finding.FALSE.value, Finding.UNFULFILLED.value)
    found = [one for one in checks if one.finding in adverse and one.id not in followed]
    if len(found) == 1:
        return found[0]
    if found:
        listed = "；".join(f"{one.id} {one.proof_name}" for one in found)
        raise UsageFault(f"{target} 有 {len(found)} 项核查不实或者未履行，请指明一项：{listed}")
    if len(checks) == 1:
        return checks[0]
    message = f"{target} 没有结论为不实、未履行的核查，不能处理（gaozhi commitment show {target} 可看核查）"
    raise Refused(message, (Problem("not-found-out", message, "通知五（三）"),))


def failed_rectifying(outcomes: list[Outcome], check: Verification) -> bool:
    """Whether 限期整改 about a check has been tried in vain."""
    return any(
        one.measure == Measure.RECTIFY.value
        and one.result == OutcomeResult.FAILED.value
        and check.id in (one.verification, one.recheck)
        for one in outcomes
    )


def credit_before(outcomes: list[Outcome], outcome: Outcome, check: Verification) -> str | None:
    """The record that an earlier decision on the same conduct has written: one promise, one record.

    Not one whose decision was set aside: that record goes with it (credit repair).
    """
    same = {check.id, check.follows} - {None}
    standing = [o for o in outcomes if o.id != outcome.id and o.result != OutcomeResult.OVERTURNED.value]
    return next((o.credit for o in standing if o.verification in same and o.credit), None)


def sealed_text(facts: str, content: str, basis: tuple[str, ...], review: str = "") -> dict[str, str]:
    """What a notice or a decision said, as one sealed text."""
    said = {"facts": facts, "content": content, "basis": list(basis), "review": review}
    return {"text": json.dumps({key: value for key, value in said.items() if value}, ensure_ascii=False)}


def said_before(ledger: Ledger, id_: str, role: str = TOLD) -> dict[str, Any]:
    """What a notice or a decision said; needs the key."""
    text = ledger.personal(id_, role).get("text")
    said = json.loads(text) if text and text.startswith("{") else {"facts": text} if text else {}
    return dict(said)


def words_of(ledger: Ledger, outcome: Outcome) -> dict[str, str]:
    """Everything sealed about a measure, for whoever may read it: notice, statement, 听证, decision."""
    told, decided = said_before(ledger, outcome.id), said_before(ledger, outcome.id, DECIDED)
    found = {f"told_{key}": told.get(key, "") for key in ("facts", "content")}
    found |= {f"decided_{key}": decided.get(key, "") for key in ("facts", "content", "review")}
    found["basis"] = "；".join(decided.get("basis") or told.get("basis") or ())
    for role in ("statement", "hearing", "hearing-record", "hearing-off", "dropped"):
        found[role.replace("-", "_")] = ledger.personal(outcome.id, role).get("text", "")
    return {key: text for key, text in found.items() if text}
