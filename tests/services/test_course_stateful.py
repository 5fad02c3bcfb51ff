"""Random acts over several cases, in any order and on any day: what must hold holds after each.

A new act is one more line in ``ACTS``: its name, and what is done at the window. Whether it is lawful is
not foreseen here; either it is refused and nothing has changed, or it is done and everything still agrees.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from gaozhi_cli.domain.commitment import TRANSITIONS, Commitment, Number
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import GaozhiError
from gaozhi_cli.domain.vocabulary import CommitmentStatus, Finding, ToldWay
from gaozhi_cli.services.tell_applicant import tell_applicant
from gaozhi_cli.storage.cases import mark_made, record_case
from gaozhi_cli.storage.records import Query
from gaozhi_cli.storage.verify import verify
from tests.builders import CITIZEN, TODAY, an_occasion
from tests.storage.test_ledger_contract import THREE_CHECKS, WITH_AGENT, Window

FORMS = (("14", THREE_CHECKS), ("64", CITIZEN), ("16", WITH_AGENT))


class Chosen(NamedTuple):
    """What an act is given: the case, the occasion, and values it may use as it likes."""

    number: str
    when: Occasion
    day: date
    place: int
    flag: bool
    finding: Finding


Act = Callable[[Window, Chosen], object]
ACTS: dict[str, Act] = {
    "made": lambda w, c: made(w, c),
    "tell": lambda w, c: tell_applicant(
        c.number, list(ToldWay)[c.place % 2], ledger=w.ledger, occasion=c.when
    ),
    "sign": lambda w, c: w.sign(c.number, c.when),
    "accept": lambda w, c: w.accept(c.number, c.when, due=c.day if c.flag else None, reason="与申请人商定"),
    "conclude": lambda w, c: w.conclude(c.number, c.when),
    "schedule": lambda w, c: w.schedule(
        c.number if c.flag else f"{c.number}-{c.place}", due=c.day, reason="当事人申请延期", when=c.when
    ),
    "assign": lambda w, c: w.schedule(f"{c.number}-{c.place}", assignee="李核查", when=c.when),
    "close": lambda w, c: w.close(f"{c.number}-{c.place}", c.when, finding=c.finding),
    "close by number": lambda w, c: w.close(c.number, c.when, finding=c.finding),
    "reveal": lambda w, c: w.reveal(c.number),
}
# Statuses that follow each other by one step of the table.
LAWFUL = {
    (before.value, (step.after or before).value) for step in TRANSITIONS.values() for before in step.before
} | {(status.value, status.value) for status in CommitmentStatus}
LAWFUL.add(("supplementing", "signed"))  # what was signed before the 补正 is signed after it


USUAL = {"drawn-up": ("made", "sign"), "signed": ("accept",), "accepted": ("conclude",)}


def made(window: Window, chosen: Chosen) -> None:
    """The letter's file is there, as far as the ledger knows."""
    with window.ledger.transaction(dry_run=chosen.when.dry_run) as act:
        mark_made(act, chosen.number, "ab" * 32, chosen.when._replace(request_id=None))


@cache
def county() -> Window:
    """A county without a case, made once to copy from."""
    folder = tempfile.mkdtemp(prefix="gaozhi-course-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    window = Window(Path(folder) / "county")
    window.ledger.close()
    shutil.rmtree(window.home / "cache")
    return window


DONE: set[str] = set()
REFUSED: set[str] = set()


class Course(RuleBasedStateMachine):
    """A county at work; the model is what was acknowledged."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="gaozhi-course-")
        self.window = county().copied(Path(self.folder.name) / "county")
        self.applications = [self.window.application(*form) for form in FORMS]
        self.statuses: dict[str, str] = {}

    def teardown(self) -> None:
        self.window.ledger.close()
        self.folder.cleanup()

    @initialize()
    def begin(self) -> None:
        """There is a case to begin with, and one that has come as far as its checks."""
        for _ in range(2):
            self.draw_up(0, 0, False)
        for _ in range(2):
            self.usual(0, 0)

    @precondition(lambda machine: len(machine.statuses) < 5)
    @rule(form=st.integers(0, 2), days=st.sampled_from((0, 0, 0, 3)), dry_run=st.booleans())
    def draw_up(self, form: int, days: int, dry_run: bool) -> None:
        """A case more, of one of three applicants; a trial leaves none."""
        window, when = self.window, an_occasion(TODAY + timedelta(days), None, dry_run)
        before = self.seen()
        with window.ledger.transaction(dry_run=dry_run) as act:
            number = record_case(
                act, self.applications[form], catalog=window.catalog, ledger=window.ledger, occasion=when,
                folder=window.letters, home=window.home, template_sha256="ab" * 32, told=None,
                request_digest=b"",
            ).number  # fmt: skip
        if dry_run:
            assert self.seen() == before
        else:
            self.statuses[number] = "drawn-up"

    def act(
        self, name: str, case: int, days: int, due: int, place: int, flag: bool, dry_run: bool,
        finding: Finding, request: str | None,
    ) -> None:  # fmt: skip
        """An act on a case: done, tried, repeated under its request id, or refused and nothing changed."""
        number = sorted(self.statuses)[case % len(self.statuses)]
        today = TODAY + timedelta(days)
        chosen = Chosen(
            number, an_occasion(today, request, dry_run), TODAY + timedelta(due), place, flag, finding
        )
        before = self.seen()
        try:
            ACTS[name](self.window, chosen)
        except GaozhiError as refusal:
            REFUSED.add(name)
            assert refusal.message and "\n" not in refusal.message
            assert self.seen() == before
            return
        if dry_run and name != "reveal":
            assert self.seen() == before
            return
        DONE.add(name)
        now = self.window.ledger.case(number)
        assert (self.statuses[number], now.status) in LAWFUL, name
        self.statuses[number] = now.status
        assert self.window.ledger.head()[0] - before[0][0] in (0, 1)

    @rule(case=st.integers(0, 3), days=st.sampled_from((0, 0, 1)))
    def usual(self, case: int, days: int) -> None:
        """What usually comes next, at the next command: cases get far enough for the rest to matter."""
        self.window.reopen()
        number = sorted(self.statuses)[case % len(self.statuses)]
        for name in USUAL.get(self.statuses[number], ()):
            self.act(name, case, days, 0, 1, False, False, Finding.TRUE, None)

    def seen(self) -> tuple[tuple[int, bytes], bytes]:
        """The head of the chain and every byte of the file."""
        return self.window.ledger.head(), self.window.path.read_bytes()

    @invariant()
    def everything_agrees(self) -> None:
        """The chain and every row; the cases are those acknowledged, numbered without a gap."""
        assert verify(self.window.ledger).faults == ()
        cases = [found.case for found in self.window.ledger.commitments(Query())]
        assert {case.number: case.status for case in cases} == self.statuses
        tops: dict[tuple[str, int, str], int] = {}
        for case in cases:
            row = (case.office, case.year, case.series or "")
            tops[row] = tops.get(row, 0) + 1
            assert case.n == tops[row]
            assert case.number == str(Number(case.office, case.year, case.n, case.series or ""))
            days_of_steps_are_in_order(case)
        assert not self.window.path.with_name("ledger.db-journal").exists()


def acting(name: str) -> Callable[..., None]:
    """The rule of an act: Hypothesis takes each act as often as any other."""

    @rule(
        case=st.integers(0, 3),
        days=st.sampled_from((0, 1, 0, 30, -1)),
        due=st.sampled_from((40, 60, 90, -5)),
        place=st.sampled_from((1, 2, 3, 4)),
        flag=st.booleans(),
        dry_run=st.sampled_from((False, False, False, True)),
        finding=st.sampled_from(Finding),
        request=st.sampled_from((None, None, "R1", "R2")),
    )
    def one(machine: Course, **given: Any) -> None:
        machine.act(name, **given)

    return one


for act_name in ACTS:
    setattr(Course, f"act_{act_name.replace(' ', '_')}", acting(act_name))


def days_of_steps_are_in_order(case: Commitment) -> None:
    """A status has its day, and no step lies before the one it needs."""
    days = [case.drawn_up_on, case.signed_on, case.accepted_on, case.concluded_on]
    order = ("drawn-up", "signed", "accepted", "concluded")
    if case.status in order:
        reached = days[: order.index(case.status) + 1]
        assert all(reached) and reached == sorted(filter(None, reached)), case


def test_random_acts_keep_the_ledger_and_the_course_in_order() -> None:
    """Cases went all the way, most acts were done and many refused; the invariants held after each."""
    bounds = settings(
        max_examples=7, stateful_step_count=60, deadline=None, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(Course, settings=bounds)  # type: ignore[no-untyped-call]
    assert {"made", "sign", "accept", "conclude"} <= DONE
    assert {"sign", "accept", "conclude", "close"} <= REFUSED
    assert len(DONE) > len(ACTS) // 2
