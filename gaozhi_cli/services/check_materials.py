"""审查材料的完整性: record that the application was held against the item's list (规程四（一）)."""

from __future__ import annotations

from typing import NamedTuple

from gaozhi_cli.domain.catalog import Item
from gaozhi_cli.domain.commitment import step_problems
from gaozhi_cli.domain.completeness import Required
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import Refused
from gaozhi_cli.storage.case_papers import materials_of
from gaozhi_cli.storage.ledger import Ledger

ACT = "commitment.check"


class Checked(NamedTuple):
    """The case, where it stands, and the list that it was held against."""

    number: str
    status: str
    needed: tuple[Required, ...]


def check_materials(
    number: str, *, item: Item, ledger: Ledger, occasion: Occasion, complete: bool
) -> Checked:
    """The list of a case; with ``complete`` it is recorded that all of it was there.

    Raises NotFound, Refused (accepted or ended already).
    """
    digest = ledger.asked(occasion.request_id, ACT, number=number)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        case = ledger.case(number)
        needed = materials_of(number, item, ledger)
        done = Checked(number, case.status, needed)
        if not complete or ledger.repeated(occasion.request_id, ACT, digest) is not None:
            act.nothing()
            return done
        problems = step_problems("check", case, occasion.today)
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        act.change_commitment(number, checked_on=occasion.today.isoformat())
        act.record(occasion.entry(ACT, number, request_digest=digest, needed=[line.text for line in needed]))
    return done
