"""不予适用: refuse the route in writing; the matter goes on by the 一般程序 (规程四（一）、（二）)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.commitment import Commitment, after_step, step_problems
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import NotReady, Problem, Refused
from gaozhi_cli.domain.vocabulary import Track
from gaozhi_cli.storage.case_papers import Paper, place_paper, write_paper
from gaozhi_cli.storage.ledger import Ledger

ACT = "commitment.refuse"
REASONS, FACTS = "不适用情形", "事实和理由"  # blanks of the notice


class Refusal(NamedTuple):
    """Where the case stands, the written notice, the office's gaps in it."""

    number: str
    status: str
    documents: tuple[Path, ...] = ()
    warnings: tuple[Problem, ...] = ()


def refuse_commitment(
    number: str,
    *,
    asked: object,
    draw: Callable[[Commitment], Paper],
    ledger: Ledger,
    occasion: Occasion,
    overwrite: bool = False,
) -> Refusal:
    """Refuse before acceptance; the notice says why and what to bring instead.

    ``draw`` makes the notice, whose coded reasons and facts are kept; the facts sealed. ``asked``: what
    the request says, to tell a repeat from another one.
    Raises NotFound, Refused (accepted already), BadInput and DocumentFailed (the notice), NotReady.
    """
    digest = ledger.asked(occasion.request_id, ACT, number=number, asked=asked)
    case = ledger.case(number)
    if ledger.repeated(occasion.request_id, ACT, digest) is not None:
        return Refusal(number, case.status)
    problems = step_problems("refuse", case, occasion.today)
    if problems:
        raise Refused(problems[0].message, tuple(problems))
    paper = draw(case)
    codes = paper.filled.codes.get(REASONS, [])
    text = str(paper.filled.values.get(FACTS, ""))
    status = after_step("refuse", case).value
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        if ledger.case(number) != case:
            raise NotReady(f"{number} 的状态刚刚变动，没有登记；请再运行一次")
        changed = place_paper(paper.path, paper.document, overwrite)
        kept = act.personal(number, "refusal", {"text": text})
        act.change_commitment(
            number,
            status=status,
            track=Track.ORDINARY.value,
            refused_on=occasion.today.isoformat(),
            refusal=",".join(codes),
        )
        act.record(
            occasion.entry(
                ACT,
                number,
                reason=None,
                request_digest=digest,
                reasons=codes,
                text=kept,
                **paper.facts(),
            )
        )
        if changed and not occasion.dry_run:
            write_paper(paper.path, paper.document)
    return Refusal(number, status, (paper.path,), paper.filled.warnings)
