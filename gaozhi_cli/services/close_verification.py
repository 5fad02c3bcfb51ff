"""核查结论: close one check with a finding and its evidence (规程四（三）)."""

from __future__ import annotations

from typing import NamedTuple

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import Refused
from gaozhi_cli.domain.verification import Verification, next_steps
from gaozhi_cli.domain.visits import is_out
from gaozhi_cli.domain.vocabulary import CommitmentStatus, Finding
from gaozhi_cli.storage.closing import ACT, NOWHERE, Closing, FileMark, Place, close_check, closing_problems
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.visits import evidence_of, find_check, unanswered


class Closed(NamedTuple):
    """The check, its finding, what the clauses foresee next; files kept, requests still unanswered.

    ``sheet``: the work sheet that is not back yet, if any.
    """

    id: str
    finding: Finding
    next: tuple[str, ...]
    files: int = 0
    unanswered: tuple[str, ...] = ()
    sheet: str | None = None


def close_verification(
    target: str,
    *,
    ledger: Ledger,
    occasion: Occasion,
    finding: Finding,
    evidence: str,
    inspectors: tuple[str, ...] = (),
    files: tuple[FileMark, ...] = (),
    place: Place = NOWHERE,
) -> Closed:
    """Close a check by its id, or by the case's number where just one is open.

    ``evidence`` is kept sealed; ``files``: shown as evidence, kept by digest. A request for 协助核查 that is
    not answered does not hold it up: what was seen otherwise counts.
    Raises NotFound, Refused, UsageFault (several open checks).
    """
    said = Closing(finding, evidence, inspectors, files)
    digest = ledger.asked(
        occasion.request_id, ACT, target=target, finding=finding, evidence=evidence,
        inspectors=list(inspectors), files=[list(file) for file in files],
    )  # fmt: skip
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        repeated = ledger.repeated(occasion.request_id, ACT, digest) is not None
        done = ledger.facts_of(occasion.request_id)["check"] if repeated else target
        check = find_check(ledger, done)
        if repeated:
            act.nothing()
            return _closed(ledger, check, finding)
        problems = closing_problems(check, said, place, occasion.today, ledger)
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        facts = close_check(act, ledger, check, said, occasion)
        act.record(occasion.entry(ACT, check.number, reason=None, request_digest=digest, **facts))
        return _closed(ledger, check, finding)


def _closed(ledger: Ledger, check: Verification, finding: Finding) -> Closed:
    status = CommitmentStatus(ledger.case(check.number).status)
    return Closed(
        check.id,
        finding,
        tuple(next_steps(finding, check.number, status, check)),
        len(evidence_of(ledger, check.id)),
        tuple(unanswered(ledger, check.id)),
        check.sheet if is_out(check) else None,
    )
