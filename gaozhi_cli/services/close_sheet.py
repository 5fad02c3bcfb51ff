"""核查结论，整张工作单: every row of a sheet that came back is tried first, then all are closed together.

Rows not filled in stay open. A row that says what stands in the ledger already is done: the same sheet
can be handed in again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gaozhi_cli.domain.closing import Answer, answer_problems, finding_said, inspectors_of
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import BadInput, Problem, Refused
from gaozhi_cli.domain.verification import Verification, next_steps
from gaozhi_cli.domain.vocabulary import CommitmentStatus, Finding
from gaozhi_cli.storage.closing import ACT, EVIDENCE, NOWHERE, Closing, Place, close_check, closing_problems
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.visits import evidence_of, sheet, unanswered


class RowClosed(NamedTuple):
    """A row of the sheet: what became of it (``closed``, ``done``, ``empty``, ``failed``) and why."""

    place: str
    check: str
    status: str
    finding: Finding | None = None
    next: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    files: int = 0
    unanswered: tuple[str, ...] = ()


class SheetClosed(NamedTuple):
    """The sheet's number, its rows in order, whether it is still out."""

    sheet: str
    rows: tuple[RowClosed, ...]
    out: bool


def close_sheet(
    id_: str,
    answers: Sequence[Answer],
    *,
    ledger: Ledger,
    occasion: Occasion,
    place: Place = NOWHERE,
    keep_going: bool = False,
) -> SheetClosed:
    """Close the checks of a sheet as its rows say: all of them, or none where one row is wrong.

    ``keep_going``: the good rows are closed, the others told. Raises NotFound (the sheet), BadInput (a row
    is wrong as data), Refused (a rule forbids a finding), with every problem of every row.
    """
    made = sheet(ledger, id_)
    with ledger.acts(dry_run=occasion.dry_run) as acts:
        tried = [_tried(answer, made.id, ledger, occasion, place) for answer in answers]
        tried = _once(tried)
        if all(row.status == "empty" for row, _ in tried):
            raise BadInput(f"{made.id} 没有一行写了核查结论，没有登记")
        wrong = [row for row in tried if row[0].problems]
        problems = tuple(problem for row, _ in wrong for problem in row.problems)
        if problems and not keep_going:
            kind = BadInput if any(row.status == "failed" for row, _ in wrong) else Refused
            raise kind(
                f"{made.id} 有 {len(wrong)} 行不能登记，一行都没有登记：{problems[0].message}", problems
            )
        rows = []
        for row, found in tried:
            if row.status == "closed" and found is not None and not row.problems:
                check, said = found
                with acts.act() as act:
                    facts = close_check(act, ledger, check, said, occasion)
                    once = _request(occasion, check.id)
                    act.record(
                        once.entry(
                            ACT, check.number, reason=None, request_digest=None, sheet=made.id, **facts
                        )
                    )  # fmt: skip
            rows.append(_told(row, found, ledger))
    return SheetClosed(made.id, tuple(rows), made.received_on is None)


Tried = tuple[RowClosed, tuple[Verification, Closing] | None]


def _tried(answer: Answer, sheet_id: str, ledger: Ledger, occasion: Occasion, place: Place) -> Tried:
    """What a row would do: its problems as data, else those of the rules, in words that name the row."""
    check = ledger.check(answer.check)
    if answer.empty and check is not None and check.sheet == sheet_id and answer.sheet == sheet_id:
        return RowClosed(answer.place, check.id, "empty"), None
    problems = answer_problems(answer, sheet_id, check)
    finding = finding_said(answer.finding)
    if problems or check is None or finding is None:
        return RowClosed(answer.place, answer.check, "failed", problems=tuple(problems)), None
    said = Closing(finding, answer.evidence, inspectors_of([answer.inspectors]))
    if _stands(check, said, ledger):
        return RowClosed(answer.place, check.id, "done", finding), (check, said)
    refused = [
        problem._replace(message=f"{answer.place}：{problem.message}")
        for problem in closing_problems(check, said, place, occasion.today, ledger)
    ]
    return RowClosed(answer.place, check.id, "closed", finding, problems=tuple(refused)), (check, said)


def _once(tried: list[Tried]) -> list[Tried]:
    """A check that stands in two rows is closed by neither."""
    seen: dict[str, str] = {}
    rows = []
    for row, found in tried:
        if found is not None and row.check in seen:
            told = f"{row.place}：{row.check} 在{seen[row.check]}已经写过，一项核查只写一行"
            row = row._replace(status="failed", problems=(Problem("check-twice", told),))
        elif found is not None:
            seen[row.check] = row.place
        rows.append((row, found))
    return rows


def _stands(check: Verification, said: Closing, ledger: Ledger) -> bool:
    """Whether the check was closed so before."""
    if check.finding != said.finding.value:
        return False
    kept = ledger.personal(check.id, EVIDENCE).get("text")
    return kept == said.evidence and (check.inspectors or "") == "、".join(said.inspectors)


def _request(occasion: Occasion, check: str) -> Occasion:
    id_ = f"{occasion.request_id}/{check}" if occasion.request_id is not None else None
    return occasion._replace(request_id=id_)


def _told(row: RowClosed, found: tuple[Verification, Closing] | None, ledger: Ledger) -> RowClosed:
    """A row with what follows from it."""
    if found is None or row.finding is None or row.problems:
        return row if not row.problems else row._replace(status="failed")
    number = found[0].number
    status = CommitmentStatus(ledger.case(number).status)
    return row._replace(
        next=tuple(next_steps(row.finding, number, status, found[0])),
        files=len(evidence_of(ledger, row.check)),
        unanswered=tuple(unanswered(ledger, row.check)),
    )
