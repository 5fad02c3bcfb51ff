"""一次性补正: tell the applicant once what is lacking, and record that it came (规程四（一）)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.applicant import filled
from gaozhi_cli.domain.commitment import Commitment, after_step, step_problems
from gaozhi_cli.domain.completeness import demanded_again
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import NotReady, Problem, Refused
from gaozhi_cli.storage.case_papers import Paper, place_paper, write_paper
from gaozhi_cli.storage.ledger import Ledger

ASK = "commitment.supplement"
RECEIVE = "commitment.supplied"


class Supplement(NamedTuple):
    """Where the case stands, the notice made, the office's gaps in it."""

    number: str
    status: str
    documents: tuple[Path, ...] = ()
    warnings: tuple[Problem, ...] = ()


def ask_supplement(
    number: str,
    lacking: tuple[str, ...],
    until: date | None,
    *,
    draw: Callable[[Commitment], Paper],
    ledger: Ledger,
    occasion: Occasion,
    correction: str | None = None,
) -> Supplement:
    """Hand out the 一次性补正告知书; the case waits until all of it has come.

    ``lacking``: what the notice lists; ``until``: 补正期限, set by the office. ``draw`` makes the notice.
    ``correction``: why a notice that was handed out is mended by another (一次性: else there is one); the
    first one's file stays.
    Raises NotFound, Refused (order, asked before, asks for a promised proof), BadInput and DocumentFailed
    (the notice), NotReady.
    """
    more = {"correction": correction} if correction else {}
    digest = ledger.asked(occasion.request_id, ASK, number=number, lacking=lacking, until=until, **more)
    case = ledger.case(number)
    if ledger.repeated(occasion.request_id, ASK, digest) is not None:
        return Supplement(number, case.status)
    problems = step_problems("supplement", case, occasion.today)
    problems += demanded_again(lacking, [proof.name for proof in ledger.proofs_of(number)])
    if case.supplement_on is not None and not filled(correction or "") and not problems:
        message = f"{number} 已于 {case.supplement_on} 一次性告知补正，应当一次告知全部内容"
        message = f"{message}；原告知书有误、确要更正的，写明 --correct 更正理由"
        problems.append(Problem("supplement-once", message, "规程四（一）"))
    if until is not None and until < occasion.today:
        message = f"补正期限 {until} 早于办理日期 {occasion.today}"
        problems.append(Problem("until-past", message, field="until"))
    if problems:
        raise Refused(problems[0].message, tuple(problems))
    paper = draw(case)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        if ledger.case(number) != case:
            raise NotReady(f"{number} 的状态刚刚变动，没有登记；请再运行一次")
        before = sum(entry["act"] == ASK for entry in ledger.history(number))
        if before:  # the applicant holds the first one
            paper = paper._replace(path=paper.path.with_stem(f"{paper.path.stem}-更正{before}"))
        changed = place_paper(paper.path, paper.document, overwrite=False)
        act.change_commitment(
            number,
            status=after_step("supplement", case).value,
            supplement_on=occasion.today.isoformat(),
            supplement_until=until.isoformat() if until else None,
            supplied_on=None,
        )
        act.record(
            occasion.entry(
                ASK, number, reason=correction, request_digest=digest, again=before > 0,
                until=until.isoformat() if until else None,
                **paper.facts(),
            )
        )  # fmt: skip
        if changed and not occasion.dry_run:
            write_paper(paper.path, paper.document)
    status = after_step("supplement", case).value
    return Supplement(number, status, (paper.path,), paper.filled.warnings)


def receive_supplement(number: str, *, ledger: Ledger, occasion: Occasion) -> Supplement:
    """All that was asked for has come; the case goes on where it stood. Raises NotFound, Refused."""
    digest = ledger.asked(occasion.request_id, RECEIVE, number=number)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        case = ledger.case(number)
        if ledger.repeated(occasion.request_id, RECEIVE, digest) is not None:
            act.nothing()
            return Supplement(number, case.status)
        problems = step_problems("supply", case, occasion.today)
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        status, day = after_step("supply", case).value, occasion.today.isoformat()
        act.change_commitment(number, status=status, supplied_on=day)
        late = case.supplement_until is not None and day > case.supplement_until
        act.record(occasion.entry(RECEIVE, number, request_digest=digest, late=late))
    return Supplement(number, status)
