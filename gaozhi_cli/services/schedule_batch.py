"""成批定期限、派核查人: thousands of checks, in acts of up to a thousand, each with its journal entry.

All problems are told before anything is written. Run again with the same ``--request-id`` it does only
what is not done; without one, what stands already is left as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.check_batch import (
    Wanted,
    groups_of,
    list_problems,
    rescheduled,
    wanted_problems,
)
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import BadInput, Problem, Refused
from gaozhi_cli.storage.checks import checks_by_id
from gaozhi_cli.storage.ledger import Ledger

ACT = "verify.schedule-batch"


class Scheduled(NamedTuple):
    """How many checks were asked for, how many changed now, in how many journal entries."""

    checks: int
    changed: int
    entries: int


def schedule_batch(
    wanted: Sequence[Wanted],
    *,
    ledger: Ledger,
    occasion: Occasion,
    reason: str | None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Scheduled:
    """Give many checks their dates and persons. Raises BadInput (unknown ids), Refused (a rule)."""
    groups = groups_of(wanted)
    ids = [f"{occasion.request_id}/{n}" for n in range(1, len(groups) + 1)] if occasion.request_id else []
    done = set(ledger.requests(ids)) if ids else set()
    waiting = {one.id for n, (_, some) in enumerate(groups) for one in some if not ids or ids[n] not in done}
    _prove([one for one in wanted if one.id in waiting], ledger, reason, occasion.today)
    changed = entries = reached = 0
    for n, (series, some) in enumerate(groups):
        once = occasion._replace(request_id=ids[n]) if ids else occasion
        count = _group(series, some, ledger, once, reason)
        changed, entries, reached = changed + count, entries + bool(count), reached + len(some)
        progress(reached, sum(len(one) for _, one in groups))
    return Scheduled(reached, changed, entries)


def _prove(wanted: Sequence[Wanted], ledger: Ledger, reason: str | None, today: date) -> None:
    """Look at all of them before any is changed. Raises BadInput, Refused."""
    known = checks_by_id(ledger, [one.id for one in wanted])
    faults = list_problems(wanted, known)
    if faults:
        raise BadInput(f"有 {len(faults)} 处不能用，一项也没有改：{faults[0].message}", tuple(faults))
    refusals = [p for one in wanted for p in wanted_problems(known[one.id], one, reason, today)]
    if refusals:
        raise Refused(_told(refusals), tuple(refusals))


def _told(refusals: list[Problem]) -> str:
    first = refusals[0].message
    return first if len(refusals) == 1 else f"有 {len(refusals)} 处不能这样改，一项也没有改：{first}"


def _group(series: str, some: list[Wanted], ledger: Ledger, occasion: Occasion, reason: str | None) -> int:
    """One act; how many of its checks changed."""
    asked = [[one.id, one.due, one.assignee] for one in some]
    digest = ledger.asked(occasion.request_id, ACT, checks=asked, reason=reason)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        if ledger.repeated(occasion.request_id, ACT, digest) is not None:
            act.nothing()
            return 0
        known = checks_by_id(ledger, [one.id for one in some])
        refusals = [p for one in some for p in wanted_problems(known[one.id], one, reason, occasion.today)]
        if refusals:  # changed by somebody else since all were looked at
            raise Refused(refusals[0].message, tuple(refusals))
        changes = {one.id: rescheduled(known[one.id], one) for one in some}
        changes = {id_: columns for id_, columns in changes.items() if columns}
        if not changes and occasion.request_id is None:
            act.nothing()
            return 0
        act.change_checks(changes)
        before = [
            [id_, known[id_].due_on, known[id_].assignee, columns.get("due_on"), columns.get("assignee")]
            for id_, columns in changes.items()
        ]
        act.record(occasion.entry(ACT, series, reason=reason, request_digest=digest, checks=before))
    return len(changes)
