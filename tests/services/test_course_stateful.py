"""Random acts on several cases: whatever is done in whatever order, the ledger stays lawful and whole."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gaozhi_cli.domain.commitment import TRANSITIONS, Commitment, after_step, step_problems
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import GaozhiError, Refused, UsageFault
from gaozhi_cli.domain.vocabulary import Finding, Measure, ToldWay
from gaozhi_cli.services.tell_applicant import tell_applicant
from gaozhi_cli.storage.records import Query
from gaozhi_cli.storage.verify import verify
from tests.builders import CITIZEN, ORGANIZATION, TODAY, an_occasion
from tests.services.course import Course
from tests.services.measures import Measures


class Both(Course, Measures):
    """A window with the side steps and with what follows a false promise."""

    def ended(self, number: str, measure: Measure, when: Occasion) -> object:
        """Told, waived, decided on one day, where the case is at that stage."""
        problems = step_problems(measure.value, self.ledger.case(number), when.today)
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        begun = self.notice(number, measure, when).outcome
        self.hear(begun.id, when, waived=True)
        return self.decide(begun.id, measure, when)


Act = Callable[[Both, str, Occasion], object]
ACTS: dict[str, Act] = {  # one for each step of the table
    "tell": lambda c, n, o: tell_applicant(n, ToldWay.PAPER, ledger=c.ledger, occasion=o),
    "check": lambda c, n, o: c.check(n, o),
    "supplement": lambda c, n, o: c.supplement(n, "blanks", when=o),
    "supply": lambda c, n, o: c.receive(n, o),
    "sign": lambda c, n, o: c.sign(n, o),
    "accept": lambda c, n, o: c.accept(n, o),
    "refuse": lambda c, n, o: c.refuse(n, when=o),
    "withdraw": lambda c, n, o: c.withdraw(n, when=o),
    "conclude": lambda c, n, o: c.conclude(n, o),
    "conclude-ordinary": lambda c, n, o: c.conclude_ordinary(n, o),
    "serve": lambda c, n, o: c.serve(n, o),
    "terminate": lambda c, n, o: c.ended(n, Measure.TERMINATE, o),
    "revoke": lambda c, n, o: c.ended(n, Measure.REVOKE, o),
}
ENDED_OTHERWISE = ("refused", "withdrawn", "terminated", "revoked")


class Procedure(RuleBasedStateMachine):
    """Cases of both tracks, and every act on any of them on any day of a fortnight."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.course = Both(Path(self.folder.name) / "county")
        self.numbers: list[str] = []

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.course.ledger.close()
        self.folder.cleanup()

    @initialize()
    def a_letter_with_three_checks(self) -> None:
        """A case to begin with."""
        form = {**ORGANIZATION, "proof": "rs-14.1、rs-14.2、rs-14.3"}
        self.numbers.append(self.course.letter("14", form))

    @rule(letter=st.booleans())
    def another_case(self, letter: bool) -> None:
        """On either track."""
        self.numbers.append(self.course.letter("64", CITIZEN) if letter else self.course.ordinary())

    @rule(data=st.data(), step=st.sampled_from(list(TRANSITIONS)), days=st.integers(-1, 12))
    def a_step(self, data: st.DataObject, step: str, days: int) -> None:
        """It is taken just as the table says, or refused and leaves no trace."""
        number = data.draw(st.sampled_from(self.numbers))
        occasion = an_occasion(TODAY + timedelta(days))
        before, head = self.course.ledger.case(number), self.course.ledger.head()
        lawful = not step_problems(step, before, occasion.today)
        done = self.attempt(lambda: ACTS[step](self.course, number, occasion))
        case = self.course.ledger.case(number)
        if not done:
            assert case == before and self.course.ledger.head() == head
            return
        assert lawful, f"{step} was taken from {before.status} on the track {before.track}"
        self.went_on(step, before, case, occasion)

    @rule(data=st.data())
    def a_lawful_step(self, data: st.DataObject) -> None:
        """One of those that the table allows on the last day; other rules may still refuse it."""
        number, day = data.draw(st.sampled_from(self.numbers)), TODAY + timedelta(12)
        before = self.course.ledger.case(number)
        open_ = [step for step in TRANSITIONS if not step_problems(step, before, day)]
        if open_:
            step, occasion = data.draw(st.sampled_from(open_)), an_occasion(day)
            if self.attempt(lambda: ACTS[step](self.course, number, occasion)) and step != "tell":
                self.went_on(step, before, self.course.ledger.case(number), occasion)

    def went_on(self, step: str, before: Commitment, case: Commitment, occasion: Occasion) -> None:
        """Status, track and day are those of the step; nothing that had its day has lost it."""
        day = TRANSITIONS[step].day
        assert case.status == after_step(step, before).value
        assert (case.track != before.track) is (step in ("refuse", "withdraw"))
        assert not day or getattr(case, day) == occasion.today.isoformat()
        lost = [name for name in case._fields if getattr(before, name) and not getattr(case, name)]
        assert lost in ([], ["supplied_on"])  # asked for once more, it has to come once more

    @rule(data=st.data(), finding=st.sampled_from([f for f in Finding if f is not Finding.LAPSED]))
    def a_finding(self, data: st.DataObject, finding: Finding) -> None:
        """Each check is closed once; one that could not be verified has another behind it."""
        checks = self.course.ledger.checks_of(data.draw(st.sampled_from(self.numbers)))
        if checks:
            check = data.draw(st.sampled_from(checks))
            when = an_occasion(TODAY + timedelta(12))
            done = self.attempt(lambda: self.course.close(check.id, when, finding=finding))
            assert done is (check.finding is None)

    def attempt(self, act: Callable[[], object]) -> bool:
        """Whether the act was taken."""
        try:
            act()
        except UsageFault:  # another file lies in the way of a notice made again
            return False
        except GaozhiError as refusal:
            assert refusal.message.strip()
            return False
        return True

    @invariant()
    def the_ledger_is_whole(self) -> None:
        """Every row is the one that the journal knows, the chain holds."""
        assert verify(self.course.ledger).faults == ()

    @invariant()
    def numbers_have_no_gap(self) -> None:
        """Each series from 1 on, without a gap."""
        counted: Counter[tuple[str, str | None]] = Counter()
        for found in self.course.ledger.commitments(Query()):
            counted[found.case.office, found.case.series] += 1
            assert found.case.n == counted[found.case.office, found.case.series]

    @invariant()
    def what_ended_otherwise_is_due_no_more(self) -> None:
        """A promise refused, withdrawn or ended by a decision leaves no check open."""
        for number in self.numbers:
            if self.course.ledger.case(number).status in ENDED_OTHERWISE:
                assert all(check.finding is not None for check in self.course.ledger.checks_of(number))


def test_every_step_of_the_table_is_walked() -> None:
    """Nobody adds a step that the machine does not try."""
    assert ACTS.keys() == TRANSITIONS.keys()


TestProcedure = Procedure.TestCase
TestProcedure.settings = settings(
    max_examples=10, stateful_step_count=25, deadline=None, derandomize=True, database=None
)
