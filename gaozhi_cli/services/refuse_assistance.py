"""不能协助: the agency asked says in writing why it cannot (通知五（四）：书面告知……并说明理由)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.assistance import Assistance, next_steps, refusal_problems
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import NotReady, Problem, Refused
from gaozhi_cli.storage.assistances import keep_answer, the_check, the_request
from gaozhi_cli.storage.case_papers import Paper, place_paper, write_paper
from gaozhi_cli.storage.ledger import Ledger

ACT = "assist.refuse"


class RefusedHelp(NamedTuple):
    """The request as it is closed, the 不能协助告知书 made for the agency to seal, what comes next."""

    request: Assistance
    next: tuple[str, ...]
    documents: tuple[Path, ...] = ()
    warnings: tuple[Problem, ...] = ()


def refuse_assistance(
    id_: str,
    reason: str,
    *,
    draw: Callable[[Assistance], Paper],
    ledger: Ledger,
    occasion: Occasion,
    sha256: str | None = None,
    check: str | None = None,
    overwrite: bool = False,
) -> RefusedHelp:
    """Record the agency's refusal: its own paper by digest, else the 告知书 that ``draw`` makes for it.

    The reasons are kept sealed. Raises NotFound, Refused, NotReady (changed meanwhile, disk).
    """
    digest = ledger.asked(
        occasion.request_id, ACT, assistance=id_, reason=reason, file=sha256, check=check
    )  # fmt: skip
    before = the_request(ledger, id_)
    about = the_check(ledger, before)
    if ledger.repeated(occasion.request_id, ACT, digest) is not None:
        return RefusedHelp(before, tuple(next_steps(before, about)))
    problems = refusal_problems(before, occasion.today, reason, check=check)
    if problems:
        raise Refused(problems[0].message, tuple(problems))
    paper = draw(before) if sha256 is None else None
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        if the_request(ledger, id_) != before:
            raise NotReady(f"{id_} 刚刚变动，没有登记；请再运行一次")
        changed = paper is not None and place_paper(paper.path, paper.document, overwrite)
        shown = paper.sha256 if paper is not None else sha256
        keep_answer(act, before, occasion.today.isoformat(), reason, result=None, sha256=shown)
        act.record(
            occasion.entry(
                ACT, before.number, reason=None, request_digest=digest, assistance=id_, check=about.id,
                agency=before.agency, file_sha256=sha256, **(paper.facts() if paper is not None else {}),
            )
        )  # fmt: skip
        if paper is not None and changed and not occasion.dry_run:
            write_paper(paper.path, paper.document)
        done = the_request(ledger, id_)
    made = (paper.path,) if paper is not None else ()
    return RefusedHelp(
        done, tuple(next_steps(done, about)), made, paper.filled.warnings if paper is not None else ()
    )
