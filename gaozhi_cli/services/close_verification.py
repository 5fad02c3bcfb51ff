"""核查结论: close one check with a finding and its evidence (规程四（三）)."""

from __future__ import annotations

from typing import NamedTuple

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import NotFound, Refused, UsageFault
from gaozhi_cli.domain.verification import Verification, close_problems, follow_up, next_steps, nothing_open
from gaozhi_cli.domain.vocabulary import CheckState, CommitmentStatus, Finding
from gaozhi_cli.storage.ledger import Ledger

ACT = "verify.close"


class Closed(NamedTuple):
    """The check, its finding, and what the clauses foresee next."""

    id: str
    finding: Finding
    next: tuple[str, ...]


def close_verification(
    target: str,
    *,
    ledger: Ledger,
    occasion: Occasion,
    finding: Finding,
    evidence: str,
    file_sha256: str | None = None,
) -> Closed:
    """Close a check by its id, or by the case's number where just one is open.

    ``evidence`` is kept sealed; ``file_sha256`` names a file shown as evidence. Raises NotFound, Refused,
    UsageFault (several open checks).
    """
    digest = ledger.asked(
        occasion.request_id, ACT, target=target, finding=finding, evidence=evidence, file=file_sha256
    )
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        repeated = ledger.repeated(occasion.request_id, ACT, digest) is not None
        done = ledger.facts_of(occasion.request_id)["check"] if repeated else target
        check = _find(ledger, done)
        status = CommitmentStatus(ledger.case(check.number).status)
        if repeated:
            act.nothing()
            return Closed(check.id, finding, tuple(next_steps(finding, check.number, status)))
        problems = close_problems(check, evidence, occasion.today)
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        kept = act.personal(check.id, "evidence", {"text": evidence})
        act.change_check(
            check.id,
            state=CheckState.CLOSED.value,
            finding=finding.value,
            closed_on=occasion.today.isoformat(),
            evidence=kept,
        )
        facts = {"check": check.id, "finding": finding.value, "file_sha256": file_sha256}
        if finding is Finding.UNVERIFIABLE:
            after = follow_up(check, len(ledger.checks_of(check.number)) + 1, occasion.today)
            act.add_check(after)
            facts["follow_up"] = after.id
        act.record(occasion.entry(ACT, check.number, request_digest=digest, **facts))
    return Closed(check.id, finding, tuple(next_steps(finding, check.number, status)))


def _find(ledger: Ledger, target: str) -> Verification:
    check = ledger.check(target)
    if check is not None:
        return check
    case = ledger.case(target)
    checks = ledger.checks_of(case.number)
    wanted = [c for c in checks if c.state == CheckState.PLANNED.value]
    if len(wanted) == 1:
        return wanted[0]
    if wanted:
        ids = "、".join(c.id for c in wanted)
        raise UsageFault(f"{target} 有 {len(wanted)} 项待核查，请指明一项：{ids}")
    if len(checks) == 1:
        return checks[0]
    raise NotFound(nothing_open(case))
