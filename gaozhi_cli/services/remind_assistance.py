"""催办: remind an agency that owes an answer, in writing; the reminders are counted (通知五（四）)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.assistance import Assistance, remind_problems
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import NotReady, Problem, Refused
from gaozhi_cli.storage.assistances import the_request
from gaozhi_cli.storage.case_papers import Paper, place_paper, write_paper
from gaozhi_cli.storage.ledger import Ledger

ACT = "assist.remind"


class Reminded(NamedTuple):
    """The request as it stands, the reminder's letter, the office's gaps in it."""

    request: Assistance
    documents: tuple[Path, ...] = ()
    warnings: tuple[Problem, ...] = ()


def remind_assistance(
    id_: str,
    reason: str,
    *,
    draw: Callable[[Assistance], Paper],
    ledger: Ledger,
    occasion: Occasion,
    overwrite: bool = False,
) -> Reminded:
    """Write a reminder; one before its time, or a second one on a day, needs a ``reason``.

    ``draw`` makes the letter of the request as it then stands. Raises NotFound, Refused, NotReady.
    """
    digest = ledger.asked(occasion.request_id, ACT, assistance=id_, reason=reason)
    if ledger.repeated(occasion.request_id, ACT, digest) is not None:
        return Reminded(the_request(ledger, id_))
    before = the_request(ledger, id_)
    problems = remind_problems(before, occasion.today, reason)
    if problems:
        raise Refused(problems[0].message, tuple(problems))
    times, day = before.reminders + 1, occasion.today.isoformat()
    after = before._replace(reminders=times, reminded_on=day)
    paper = draw(after)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        if the_request(ledger, id_) != before:
            raise NotReady(f"{id_} 刚刚变动，没有登记；请再运行一次")
        changed = place_paper(paper.path, paper.document, overwrite)
        act.change_assistance(id_, reminders=times, reminded_on=day)
        act.record(
            occasion.entry(
                ACT, before.number, reason=reason or None, request_digest=digest, assistance=id_,
                agency=before.agency, times=times, **paper.facts(),
            )
        )  # fmt: skip
        if changed and not occasion.dry_run:
            write_paper(paper.path, paper.document)
    return Reminded(after, (paper.path,), paper.filled.warnings)
