"""核查 looked up as a clerk names them: by their own id, or by the number of the case they belong to."""

from __future__ import annotations

from collections.abc import Sequence

from gaozhi_cli.domain.problem import NotFound, UsageFault
from gaozhi_cli.domain.verification import Verification, nothing_open
from gaozhi_cli.domain.vocabulary import CheckState
from gaozhi_cli.storage import schema, sql
from gaozhi_cli.storage.ledger import MOST_MARKS, Ledger


def open_checks(ledger: Ledger, target: str) -> list[Verification]:
    """The check with this id, or the open checks of the case with this number. Raises NotFound."""
    check = ledger.check(target)
    if check is not None:
        return [check]
    case = ledger.case(target)
    found = [c for c in ledger.checks_of(case.number) if c.state == CheckState.PLANNED.value]
    if not found:
        raise NotFound(nothing_open(case))
    return found


def one_check(ledger: Ledger, target: str) -> Verification:
    """The check with this id, or the only open one of the case. Raises NotFound, UsageFault."""
    found = open_checks(ledger, target)
    if len(found) > 1:
        ids = "、".join(check.id for check in found)
        raise UsageFault(f"{target} 有 {len(found)} 项待核查，请指明一项：{ids}")
    return found[0]


def checks_by_id(ledger: Ledger, ids: Sequence[str]) -> dict[str, Verification]:
    """The checks with these ids, by few statements; unknown ones are not among them."""
    found = {}
    for start in range(0, len(ids), MOST_MARKS):
        some = ids[start : start + MOST_MARKS]
        for row in ledger.engine.execute(sql.select_some(schema.VERIFICATIONS, len(some)), some):
            check = Verification(*row)
            found[check.id] = check
    return found
