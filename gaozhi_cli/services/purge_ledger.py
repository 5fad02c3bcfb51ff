"""清除: after the retention period the row keys of ended cases are destroyed, then their letters' files.

Rows, digests and journal stay: what was sealed never opens again, and the chain still verifies. Each group
of cases is one act. Files and certificate follow from the journal alone, so a run that was killed is
finished by the next one.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import NotReady, os_reason
from gaozhi_cli.domain.retention import Retention, ended_before
from gaozhi_cli.domain.vocabulary import LetterState
from gaozhi_cli.storage.home import flush_folder
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.purge_certificate import certified, certify
from gaozhi_cli.storage.purging import (
    Bounds,
    PurgeEntry,
    cases_past,
    personal_ids_of_case,
    purge_entries,
    requests_about,
    still_past,
    subject_is_left,
    subjects_kept_before,
)
from gaozhi_cli.storage.transaction import PURGED, Transaction

ACT = "ledger.purge"
GROUP = 200
NUMBERED = re.compile(r"\.?([A-Z][A-Z0-9]*-\d{4}-[A-Z]?\d{5,9})(?!\d)")


class Purged(NamedTuple):
    """What a run did, or would do: the cases, rows of personal data and subjects; files and certificates."""

    until: str
    numbers: tuple[str, ...]
    rows: int
    subjects: int
    files: int = 0
    certificates: tuple[Path, ...] = ()


class Plan(NamedTuple):
    """Which cases a run takes: ended before ``until``; never signed, drawn up before ``unsigned_until``.

    ``unsigned``: the period of letters never signed; None where the county has set none.
    """

    retention: Retention
    until: str
    before: str | None = None
    unsigned: Retention | None = None
    unsigned_until: str = ""

    @property
    def bounds(self) -> Bounds:
        """The days for the query."""
        return Bounds(self.until, self.unsigned_until)


def plan_purge(
    retention: Retention, today: date, before: date | None = None, unsigned: Retention | None = None
) -> Plan:
    """The cases past their period today, of those that ended before ``before`` where that is given."""
    bound = ended_before(today, retention.years)
    drawn_up = ended_before(today, unsigned.years) if unsigned is not None else None
    return Plan(
        retention,
        min(bound, before or bound).isoformat(),
        before.isoformat() if before else None,
        unsigned,
        min(drawn_up, before or drawn_up).isoformat() if drawn_up is not None else "",
    )


def purge_ledger(
    plan: Plan,
    *,
    ledger: Ledger,
    occasion: Occasion,
    home: Path,
    progress: Callable[[int], None] = lambda done: None,
) -> Purged:
    """Purge what is past its period; finish what a killed run has left. Raises NotReady (disk, files left).

    On trial nothing is written: the cases are counted.
    """
    today = occasion.today.isoformat()
    digest = ledger.asked(occasion.request_id, ACT, before=plan.before)
    numbers: list[str] = []
    rows = subjects = 0
    run = ledger.anchor()
    again = ledger.repeated(occasion.request_id, ACT, digest) is not None
    group = [] if again else cases_past(ledger, plan.bounds, today, most=GROUP)
    while group:
        following = cases_past(ledger, plan.bounds, today, after=group[-1][0], most=GROUP)
        if occasion.dry_run:
            numbers += [number for number, _ in group]
            rows += sum(len(personal_ids_of_case(ledger, number)) for number, _ in group)
        else:
            last = occasion if not following else occasion._replace(request_id=None)
            done = _purge(plan, [number for number, _ in group], run, digest, ledger, last)
            numbers, rows, subjects = numbers + done[0], rows + done[1], subjects + done[2]
        progress(len(numbers))
        group = following
    if occasion.dry_run:
        return Purged(plan.until, tuple(numbers), rows, 0)
    subjects += _let_go(plan, run, ledger, occasion)
    files, certificates = _finish(ledger, home)
    return Purged(plan.until, tuple(numbers), rows, subjects, files, certificates)


def _purge(
    plan: Plan, wanted: list[str], run: str, digest: bytes, ledger: Ledger, occasion: Occasion
) -> tuple[list[str], int, int]:
    """One group of cases, in one transaction with its entry."""
    today, rows = occasion.today.isoformat(), 0
    with ledger.transaction() as act:
        cases = still_past(ledger, plan.bounds, today, wanted)
        if not cases:
            act.nothing()
            return [], 0, 0
        for number, _ in cases:
            for id_ in personal_ids_of_case(ledger, number):
                act.purge_personal(id_, today)
                rows += 1
            if ledger.letter(number) is not None:
                act.change_letter(number, state=LetterState.PURGED.value)
        left = [s for s in dict.fromkeys(s for _, s in cases) if subject_is_left(ledger, s, today)]
        for subject in left:
            _blank(act, subject)
        numbers = [number for number, _ in cases]
        act.record(
            occasion.entry(
                ACT, ledger.id(), request_digest=digest, **_facts(plan, run, numbers, rows, len(left))
            )
        )
    return numbers, rows, len(left)


def _facts(plan: Plan, run: str, numbers: list[str], rows: int, subjects: int) -> dict[str, Any]:
    """What a purge's entry says; its certificate is made of it."""
    kept, unsigned = plan.retention, plan.unsigned
    facts = {
        "run": run, "numbers": numbers, "rows": rows, "subjects": subjects, "until": plan.until,
        "years": kept.years, "since": kept.since.isoformat(), "source": kept.source,
    }  # fmt: skip
    if unsigned is not None:
        told = {"years": unsigned.years, "since": unsigned.since.isoformat(), "source": unsigned.source}
        facts["unsigned"] = {"until": plan.unsigned_until, **told}
    return facts


def _blank(act: Transaction, subject: str) -> None:
    """A subject nobody can be found by any more: an unguessable digest in place of the number's."""
    act.change_subject(subject, name_shown=PURGED, number_shown=PURGED, match_digest=os.urandom(32))


def _let_go(plan: Plan, run: str, ledger: Ledger, occasion: Occasion) -> int:
    """Subjects that only a credit record had kept, which has run out since."""
    today = occasion.today.isoformat()
    kept = subjects_kept_before(ledger, today)
    plain = occasion._replace(request_id=None)
    for start in range(0, len(kept), GROUP):
        with ledger.transaction() as act:
            group = [s for s in kept[start : start + GROUP] if subject_is_left(ledger, s, today)]
            for subject in group:
                _blank(act, subject)
            if not group:
                act.nothing()
                continue
            act.record(plain.entry(ACT, ledger.id(), **_facts(plan, run, [], 0, len(group))))
    return len(kept)


def _finish(ledger: Ledger, home: Path) -> tuple[int, tuple[Path, ...]]:
    """For each run without its certificate: the files go, then the certificate says so."""
    known = certified(home / "purges", ledger.id())
    runs: dict[str, list[PurgeEntry]] = {}
    for entry in purge_entries(ledger, ACT):
        if entry.seq not in known:
            runs.setdefault(json.loads(entry.detail)["run"], []).append(entry)
    gone, made = 0, []
    for entries in runs.values():
        numbers = {number for entry in entries for number in json.loads(entry.detail)["numbers"]}
        gone += _remove_files(numbers | requests_about(ledger, numbers), ledger, home)
        made.append(certify(entries, ledger.id(), home / "purges"))
    return gone, tuple(made)


def _remove_files(numbers: set[str], ledger: Ledger, home: Path) -> int:
    """The letters of these cases, and what lies beside them under their numbers. Raises NotReady."""
    gone, left, files = 0, [], _files_of(numbers, ledger, home)
    for path in files:
        try:
            path.unlink()
            gone += 1
        except FileNotFoundError:
            continue
        except OSError as error:
            left.append(f"{path}（{os_reason(error)}）")
    for folder in {path.parent for path in files}:
        with suppress(OSError):
            flush_folder(folder)
    if left:
        message = f"个人信息已清除，但有 {len(left)} 个文件删不掉：{'、'.join(left[:3])}"
        raise NotReady(f"{message}；处理后再运行一次 gaozhi ledger purge，会删完并出具证明")
    return gone


def _files_of(numbers: set[str], ledger: Ledger, home: Path) -> list[Path]:
    """Each letter's own files, and every file in its folder whose name begins with the number."""
    files: dict[Path, None] = {}
    folders: set[Path] = set()
    for number in sorted(numbers):
        row = ledger.letter(number)
        for name in (row.docx, row.pdf) if row is not None else ():
            named = NUMBERED.match(Path(name).name) if name is not None else None
            if name is not None and named and named[1] == number:  # no row leads to another file
                files[home / name] = None
                folders.add((home / name).parent)
    for folder in sorted(folders):
        with suppress(OSError), os.scandir(folder) as found:
            for one in found:
                named = NUMBERED.match(one.name)
                if named and named[1] in numbers and not one.is_dir(follow_symlinks=False):
                    files[folder / one.name] = None
    return list(files)
