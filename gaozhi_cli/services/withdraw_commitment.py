"""撤回: before 办结, on a reasonable ground; the matter goes on by its former procedure (通知五（六）)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.applicant import filled
from gaozhi_cli.domain.commitment import WITHDRAWAL_CLAUSE, Commitment, after_step, step_problems
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import NotReady, Problem, Refused
from gaozhi_cli.domain.verification import lapsed, still_false
from gaozhi_cli.domain.vocabulary import Track
from gaozhi_cli.storage.case_papers import Paper, place_paper, write_paper
from gaozhi_cli.storage.ledger import Ledger

ACT = "commitment.withdraw"


class Withdrawn(NamedTuple):
    """Where the case stands, the form made, the checks that fall away, what still has to be dealt with."""

    number: str
    status: str
    documents: tuple[Path, ...] = ()
    lapsed: tuple[str, ...] = ()
    reminder: str = ""


def withdraw_commitment(
    number: str,
    reason: str,
    *,
    draw: Callable[[Commitment], Paper | None],
    ledger: Ledger,
    occasion: Occasion,
    overwrite: bool = False,
) -> Withdrawn:
    """Record the withdrawal; open checks fall away, since nothing was promised any more.

    ``draw`` makes the 撤回告知承诺申请书, or None where one was made before.
    Raises NotFound, Refused (concluded, no reason, order), DocumentFailed, NotReady.
    """
    digest = ledger.asked(occasion.request_id, ACT, number=number, reason=reason)
    case = ledger.case(number)
    if ledger.repeated(occasion.request_id, ACT, digest) is not None:
        return Withdrawn(number, case.status)
    problems = step_problems("withdraw", case, occasion.today)
    if not filled(reason):
        message = "撤回要有合理理由，请用 --reason 写明申请人的理由"
        problems.append(Problem("reason-missing", message, WITHDRAWAL_CLAUSE, "reason"))
    if problems:
        raise Refused(problems[0].message, tuple(problems))
    paper = draw(case)
    status = after_step("withdraw", case).value
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        if ledger.case(number) != case:
            raise NotReady(f"{number} 的状态刚刚变动，没有登记；请再运行一次")
        changed = place_paper(paper.path, paper.document, overwrite) if paper else False
        checks = ledger.checks_of(number)
        gone = [check for check in checks if check.finding is None]
        for check in gone:
            act.change_check(check.id, **lapsed(occasion.today))
        act.change_commitment(
            number,
            status=status,
            track=Track.ORDINARY.value,
            withdrawn_on=occasion.today.isoformat(),
        )
        facts = paper.facts() if paper else {}
        ids = [check.id for check in gone]
        act.record(occasion.entry(ACT, number, reason=reason, request_digest=digest, lapsed=ids, **facts))
        if paper and changed and not occasion.dry_run:
            write_paper(paper.path, paper.document)
    return Withdrawn(number, status, (paper.path,) if paper else (), tuple(ids), still_false(checks))
