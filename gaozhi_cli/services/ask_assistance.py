"""请求协助核查: ask another agency about one check, in a numbered letter (通知五（四）)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.assistance import (
    SERIES,
    AnswerDue,
    Assistance,
    ask_problems,
    is_open,
    new_request,
)
from gaozhi_cli.domain.commitment import Number
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import NotReady, Problem, Refused
from gaozhi_cli.domain.verification import Verification
from gaozhi_cli.storage.assistances import CONTENT, following, requests_of_check, the_request
from gaozhi_cli.storage.case_papers import Paper, place_paper, write_paper
from gaozhi_cli.storage.ledger import Ledger

ACT = "assist.ask"
ASKED = "请求协助的内容"  # the blank of the letter that says what is asked
TRIES = 5


class Asked(NamedTuple):
    """The request, its letter, the office's gaps in it; ``repeated``: it had been made before."""

    request: Assistance
    documents: tuple[Path, ...] = ()
    warnings: tuple[Problem, ...] = ()
    repeated: bool = False


class _Taken(Exception):
    """Another window took the number while the letter was drawn."""


def ask_assistance(
    check: Verification,
    agency: str,
    due: AnswerDue,
    *,
    set_to: date | None,
    asked: object,
    draw: Callable[[Assistance], Paper],
    ledger: Ledger,
    occasion: Occasion,
    overwrite: bool = False,
) -> Asked:
    """Number the request and write its letter; what is asked is kept sealed.

    ``draw`` makes the letter, with its number in it, before the ledger is locked; ``asked``: what the
    request says, to tell a repeat. Raises Refused, BadInput and DocumentFailed (the letter), NotReady.
    """
    digest = ledger.asked(occasion.request_id, ACT, check=check.id, agency=agency, due=set_to, asked=asked)
    if ledger.repeated(occasion.request_id, ACT, digest) is not None:
        done = str(ledger.facts_of(occasion.request_id)["assistance"])
        return Asked(the_request(ledger, done), repeated=True)
    waiting = [one for one in requests_of_check(ledger, check.id) if is_open(one)]
    problems = ask_problems(check, agency, set_to, occasion.today, waiting)
    if problems:
        raise Refused(problems[0].message, tuple(problems))
    for _ in range(TRIES):
        number = following(ledger, check.office, occasion.today.year)
        request = new_request(number, check, agency, occasion.today, due)
        paper = draw(request)
        try:
            return _write(request, number, check, len(waiting), paper, digest, ledger, occasion, overwrite)
        except _Taken:
            continue
    raise NotReady("别的窗口正在接连发函，编号没有定下来，没有登记；请再运行一次")


def _write(
    request: Assistance,
    number: Number,
    check: Verification,
    waiting: int,
    paper: Paper,
    digest: bytes,
    ledger: Ledger,
    occasion: Occasion,
    overwrite: bool,
) -> Asked:
    """The act itself. Raises _Taken, NotReady where the check has changed meanwhile."""
    content = str(paper.filled.values.get(ASKED, ""))
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        still = [one for one in requests_of_check(ledger, check.id) if is_open(one)]
        if ledger.check(check.id) != check or len(still) != waiting:
            raise NotReady(f"{check.id} 的状态刚刚变动，没有登记；请再运行一次")
        if act.next_number(check.office, occasion.today.year, SERIES) != number:
            raise _Taken
        changed = place_paper(paper.path, paper.document, overwrite)
        request = request._replace(document_sha256=paper.sha256)
        act.add_assistance(request)
        kept = act.personal(request.id, CONTENT, {"text": content})
        act.record(
            occasion.entry(
                ACT, check.number, reason=None, request_digest=digest, assistance=request.id, check=check.id,
                agency=request.agency, due=request.due_on, due_source=request.due_source, content=kept,
                **paper.facts(),
            )
        )  # fmt: skip
        if changed and not occasion.dry_run:
            write_paper(paper.path, paper.document)
    return Asked(request, (paper.path,), paper.filled.warnings)
