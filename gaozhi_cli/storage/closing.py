"""Closes a check: what closing one and closing those of a whole sheet write alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.closing import Persons, close_problems, office_problems
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.verification import Verification, follow_up
from gaozhi_cli.domain.vocabulary import CheckState, EvidenceKind, Finding
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.records import EvidenceFile
from gaozhi_cli.storage.transaction import Transaction
from gaozhi_cli.storage.visits import County, evidence_of, persons_of, plan_of

ACT = "verify.close"
EVIDENCE = "evidence"  # the role of the sealed words


class FileMark(NamedTuple):
    """A file by its digest and size."""

    sha256: str
    bytes: int


class Closing(NamedTuple):
    """What is said of a check: the finding, the words, who looked, files shown."""

    finding: Finding
    evidence: str
    inspectors: tuple[str, ...] = ()
    files: tuple[FileMark, ...] = ()


class Place(NamedTuple):
    """Where the operator works: the office that was said, if any; the county's data."""

    own: str | None
    county: County | None = None


NOWHERE = Place(None)


def closing_problems(
    check: Verification, said: Closing, place: Place, day: date, ledger: Ledger
) -> list[Problem]:
    """Why a check cannot be closed so, all at once; another office's is told alone."""
    offices = place.county.catalog.offices if place.county is not None else ()
    theirs = office_problems(check, place.own, offices)
    if theirs:
        return theirs
    rule = _persons(check, place, day, ledger)
    return close_problems(
        check, said.evidence, day, finding=said.finding, inspectors=said.inspectors, rule=rule
    )


def _persons(check: Verification, place: Place, day: date, ledger: Ledger) -> Persons | None:
    if place.county is None:
        return None
    catalog = place.county.catalog_of(ledger.case(check.number).catalog_version)
    return persons_of(place.county, plan_of(catalog, check, day)[1], day)


def close_check(
    act: Transaction, ledger: Ledger, check: Verification, said: Closing, occasion: Occasion
) -> dict[str, object]:
    """Close a check in this act; what the entry says of it. After 无法核实 another one follows."""
    day = occasion.today.isoformat()
    kept = act.personal(check.id, EVIDENCE, {"text": said.evidence})
    act.change_check(
        check.id,
        state=CheckState.CLOSED.value,
        finding=said.finding.value,
        closed_on=day,
        evidence=kept,
        inspectors="、".join(said.inspectors) or None,
    )
    before = evidence_of(ledger, check.id)
    added = add_files(act, check.id, before, said.files, EvidenceKind.FILE, occasion.today)
    facts: dict[str, object] = {"check": check.id, "finding": said.finding.value}
    facts |= {"inspectors": list(said.inspectors)} if said.inspectors else {}
    facts |= {"files": [file.sha256 for file in (*before, *added)]} if before or added else {}
    if said.finding is Finding.UNVERIFIABLE:
        after = follow_up(check, len(ledger.checks_of(check.number)) + 1, occasion.today)
        act.add_check(after)
        facts["follow_up"] = after.id
    return facts


def add_files(
    act: Transaction, owner: str, before: Sequence[EvidenceFile], files: Sequence[FileMark],
    kind: EvidenceKind, day: date,
) -> list[EvidenceFile]:  # fmt: skip
    """Keep the files that are not kept yet; the same file once."""
    known = {file.sha256 for file in before}
    added: list[EvidenceFile] = []
    for mark in files:
        if mark.sha256 not in known:
            known.add(mark.sha256)
            n = len(before) + len(added) + 1
            file = EvidenceFile(
                f"{owner}-E{n:02}", owner, mark.sha256, mark.bytes, kind.value, day.isoformat()
            )
            act.add_evidence(file)
            added.append(file)
    return added
