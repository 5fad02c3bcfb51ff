"""比对: a register's answers, recorded once; nothing follows from a broken source."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gaozhi_cli.domain.comparing import Answer, Claim
from gaozhi_cli.domain.problem import BadInput, NotFound, Refused
from gaozhi_cli.domain.registers import Key, Source
from gaozhi_cli.domain.vocabulary import ClaimPart, Compared, Finding, Held
from gaozhi_cli.services import compare_checks as module
from gaozhi_cli.services.compare_checks import Row, Told, compare_checks
from gaozhi_cli.sources.interface import Answers, Seen
from gaozhi_cli.storage import schema
from gaozhi_cli.storage.comparisons import comparisons, last_extract
from gaozhi_cli.storage.sql import select_all
from gaozhi_cli.storage.verify import verify
from tests.builders import CITIZEN, ORGANIZATION, TODAY, a_uscc, an_occasion
from tests.sources.registers import a_source
from tests.storage.test_ledger_contract import Window, journal_is_impersonal

FULL = (("姓名", Held.SAME), ("状态", Held.SAME))
OTHER = (("姓名", Held.DIFFERS), ("状态", Held.ABSENT))
SOURCE = a_source(serves=("mz-01",), key=Key(ClaimPart.NUMBER, "身份证号", ("uscc",)))
FAR = float("inf")


class Scripted:
    """A register that answers as told, by the order in which it is asked; the rest matches."""

    adapter = "test/1 0a1b2c3d"

    def __init__(self, *answers: Any, seen: Seen | None = None) -> None:
        self.answers, self.seen = answers, seen
        self.claims: list[Claim] = []

    def check(self, claims: Sequence[Claim], deadline: float, as_of: date) -> Answers:
        """What was told."""
        self.claims += claims
        said = [*self.answers, *[(Compared.MATCH, FULL)] * len(claims)]
        return Answers(self.seen, (self._answer(c, a) for c, a in zip(claims, said, strict=False)))

    @staticmethod
    def _answer(claim: Claim, said: Any) -> Answer:
        if isinstance(said, BaseException):
            raise said
        outcome, fields = said if isinstance(said, tuple) else (said, ())
        given = Answer(claim.check, outcome, fields, f"R-{claim.check}", "2026-11-20")
        return given if given.answered else Answer(claim.check, outcome, tries=3)

    def probe(self) -> tuple[str, ...]:
        """Not asked here."""
        raise AssertionError


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """Three accepted cases of two online checks each, one other with on-site checks."""
    window = Window(tmp_path_factory.mktemp("compare") / "county")
    form = ORGANIZATION | {"site_address": ""}
    for n in range(3):
        number = window.letter("1", form | {"uscc": a_uscc(f"91410182MA000000{n}")})
        window.sign(number)
        window.accept(number)
    onsite = window.letter("14", {**ORGANIZATION, "proof": "rs-14.1"})
    window.sign(onsite)
    window.accept(onsite)
    yield window
    window.ledger.close()


@pytest.fixture
def window(built: Window, tmp_path: Path) -> Iterator[Window]:
    """A copy of it."""
    copied = built.copied(tmp_path / "county")
    yield copied
    copied.ledger.close()


@contextmanager
def still(window: Window) -> Iterator[None]:
    """The ledger's file is the same to the byte afterwards."""
    before = window.path.read_bytes()
    yield
    assert window.path.read_bytes() == before


CASES = [f"MZ-2026-0000{n}" for n in (1, 2, 3)]
IDS = [f"{case}-{n}" for case in CASES for n in (1, 2)]


def run(window: Window, register: Scripted, source: Source = SOURCE, **said: Any) -> list[Row]:
    """One run, to its end."""
    occasion = an_occasion(
        said.pop("today", TODAY), request_id=said.pop("request_id", None), dry_run=said.pop("dry_run", False)
    )
    done = compare_checks(source, register, ledger=window.ledger, occasion=occasion, deadline=FAR, **said)
    return list(done.rows)


def last_entry(window: Window) -> dict[str, Any]:
    """The journal's last entry."""
    row = window.ledger.engine.execute(f"{select_all(schema.JOURNAL)} ORDER BY seq DESC LIMIT 1")[0]
    return dict(zip(schema.JOURNAL.names, row, strict=True))


def test_what_the_source_says_is_recorded_and_the_clerk_decides(window: Window) -> None:
    """Four outcomes in one entry, two faults in none; no check is closed, least of all as 不实."""
    said = [(Compared.MATCH, FULL), (Compared.MISMATCH, OTHER), Compared.NOT_FOUND, Compared.TIMEOUT,
            Compared.AMBIGUOUS, Compared.BAD_ANSWER]  # fmt: skip
    before = window.ledger.head()[0]
    rows = run(window, Scripted(*said))
    assert [row.id for row in rows] == IDS
    assert [row.recorded for row in rows] == [True, True, True, False, True, False]
    entry = last_entry(window)
    assert (entry["seq"], entry["act"], entry["object"]) == (before + 1, "verify.compare", "test")
    assert json.loads(entry["detail"]) == {
        "source": "test", "adapter": "test/1 0a1b2c3d",
        "outcomes": {"match": ["MZ-2026-00001-1-C1"], "mismatch": ["MZ-2026-00001-2-C1"],
                     "not-found": ["MZ-2026-00002-1-C1"], "ambiguous": ["MZ-2026-00003-1-C1"]},
    }  # fmt: skip
    (one,) = comparisons(window.ledger, IDS[1])
    assert (one.outcome, one.fields, one.receipt) == (
        "mismatch", '{"姓名":"differs","状态":"absent"}', f"R-{IDS[1]}",
    )  # fmt: skip
    assert all(check.finding is None for case in CASES for check in window.ledger.checks_of(case))
    assert verify(window.ledger).faults == ()
    journal_is_impersonal(window)


def test_only_what_is_asked_about_is_opened(window: Window) -> None:
    """The number and the name that the register compares; nothing else of the sealed row."""
    register = Scripted()
    run(window, register, targets=[CASES[0]])
    number = a_uscc("91410182MA0000000")
    assert register.claims == [Claim(id_, number, (number, ORGANIZATION["name"])) for id_ in IDS[:2]]


@pytest.mark.parametrize("outcome", [one for one in Compared if not Answer("", one).answered])
def test_a_source_that_is_broken_marks_nothing(window: Window, outcome: Compared) -> None:
    """Nine ways to fail: no row, no entry, no finding."""
    with still(window):
        rows = run(window, Scripted(*[outcome] * 6))
    assert {row.outcome for row in rows} == {outcome} and not any(row.recorded for row in rows)


def test_by_the_countys_rule_a_full_match_closes(window: Window) -> None:
    """Only the proof that is named; 属实 with sealed evidence, by an entry as verify close writes."""
    source = SOURCE._replace(serves=("mz-01", "mz-01.1"), closing="县〔2026〕12号（虚构）")
    register = Scripted((Compared.MATCH, FULL), (Compared.MATCH, FULL), (Compared.MISMATCH, OTHER))
    rows = run(window, register, source)
    assert [row.closed for row in rows] == [True, False, False, False, True, False]
    check = window.ledger.check(IDS[0])
    assert check is not None
    assert (check.state, check.finding, check.closed_on) == ("closed", "true", TODAY.isoformat())
    evidence = window.ledger.personal(IDS[0], "evidence")["text"]
    assert "县〔2026〕12号" in evidence and f"R-{IDS[0]}" in evidence and ORGANIZATION["name"] not in evidence
    detail = {"check": IDS[4], "finding": "true", "file_sha256": None, "comparison": f"{IDS[4]}-C1"}
    entry = last_entry(window)
    assert (entry["act"], entry["object"], json.loads(entry["detail"])) == ("verify.close", CASES[2], detail)
    assert [one.closed for one in comparisons(window.ledger)] == [1, None, None, None, 1, None]
    assert verify(window.ledger).faults == ()
    assert [row.id for row in run(window, Scripted(), source)] == [IDS[1], IDS[2], IDS[3], IDS[5]]


@pytest.mark.parametrize("change", [{"paused_on": "2026-11-20"}, {"not_before": "2026-12-01"}])
def test_a_check_that_is_not_at_hand_is_not_closed(window: Window, change: dict[str, str]) -> None:
    """Paused, or a recheck whose day has not come: compared, left to the clerk."""
    with window.ledger.transaction() as act:
        act.change_check(IDS[0], **change)
        act.record(an_occasion().entry("verify.pause", CASES[0]))
    source = SOURCE._replace(serves=("mz-01.1",), closing="虚构")
    assert [row.closed for row in run(window, Scripted(), source, targets=[IDS[0]])] == [False]


def test_a_repeat_under_the_same_request_adds_nothing(window: Window) -> None:
    """The same rows, whatever the register says now; faults are asked about again; another ask is refused."""
    said = {"request_id": "r1", "targets": CASES[:2]}
    first = run(window, Scripted((Compared.MISMATCH, OTHER), Compared.UNAVAILABLE), **said)
    second = run(window, Scripted((Compared.NOT_FOUND, ())), **said)
    assert [(row.id, row.outcome.value, row.before) for row in second] == [
        (IDS[0], "mismatch", True), (IDS[2], "match", True), (IDS[3], "match", True),
        (IDS[1], "not-found", False),
    ]  # fmt: skip
    assert second[0].fields == first[0].fields and second[0].receipt == first[0].receipt
    register = Scripted()
    with still(window):
        assert {row.id for row in run(window, register, **said)} == set(IDS[:4]) and register.claims == []
    with pytest.raises(Refused, match="请求号"):
        run(window, Scripted(), request_id="r1", targets=CASES[2:])


def test_a_run_that_was_killed_goes_on(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups stand as they were committed; with the same extract the next run does only the rest."""
    monkeypatch.setattr(module, "GROUP", 2)
    seen = Seen("ab" * 32, 10, "2026-11-20")
    for request_id in (None, "r9"):
        answers = [(Compared.MISMATCH, OTHER)] * 3
        register = Scripted(*answers, KeyboardInterrupt(), seen=seen._replace(sha256=f"{request_id}" * 8))
        with pytest.raises(KeyboardInterrupt):
            run(window, register, request_id=request_id)
        before = len(list(comparisons(window.ledger)))
        rows = run(window, Scripted(*answers, seen=register.seen), request_id=request_id)
        assert sum(row.before for row in rows) == 2 and len(rows) == 6
        assert len(list(comparisons(window.ledger))) == before + 4
    assert verify(window.ledger).faults == ()


def test_a_trial_writes_nothing(window: Window) -> None:
    """--dry-run: the same rows, an extract never seen, a rule that closes."""
    source = SOURCE._replace(serves=("mz-01.1",), closing="虚构")
    with still(window):
        rows = run(window, Scripted(seen=Seen("ab" * 32, 3, None)), source, dry_run=True)
    assert len(rows) == 3 and all(row.closed for row in rows)


def test_an_extract_that_has_shrunk_is_refused(window: Window) -> None:
    """Empty, or below the share of the last one, unless a reason is journalled; the same bytes are known."""
    run(window, Scripted(seen=Seen("aa" * 32, 1000, "2026-11-10")), targets=[IDS[0]])
    with still(window):
        for rows in (799, 0):
            with pytest.raises(BadInput, match="1000 行") as told:
                run(window, Scripted(seen=Seen("bb" * 32, rows, "2026-11-17")), targets=[IDS[0]])
            assert "--accept-smaller" in str(told.value)
    taken = run(
        window,
        Scripted(seen=Seen("bb" * 32, 799, "2026-11-17")),
        targets=[IDS[0]],
        smaller=Told("来源清理了旧数据"),
    )
    assert taken[0].recorded and last_entry(window)["reason"] == "来源清理了旧数据"
    last = last_extract(window.ledger, "test")
    assert last is not None and (last.id, last.rows, last.sha256) == ("test-2", 799, "bb" * 32)
    again = run(window, Scripted(seen=Seen("bb" * 32, 799, "2026-11-17")), targets=[IDS[0]])
    assert again[0].before
    run(window, Scripted(seen=Seen("cc" * 32, 640, "2026-11-24")), targets=[IDS[0]])


def test_the_first_extract_may_not_be_empty(window: Window) -> None:
    """Whoever exported it forgot something."""
    with pytest.raises(BadInput, match="一行也没有"):
        run(window, Scripted(seen=Seen("aa" * 32, 0, None)))


WRONG = [
    (["RS-2026-00001-1"], Refused, "不是在线核查"), (["RS-2026-00001"], Refused, "不是在线核查"),
    (["RS-2026-00009"], NotFound, "RS-2026-00009"),
]  # fmt: skip


@pytest.mark.parametrize(("targets", "error", "words"), WRONG)
def test_what_cannot_be_compared(
    window: Window, targets: list[str], error: type[Exception], words: str
) -> None:
    """Not an online check, not there: the register is not asked."""
    register = Scripted()
    with still(window), pytest.raises(error, match=words):
        run(window, register, targets=targets)
    assert register.claims == []


def test_what_the_source_does_not_cover(window: Window) -> None:
    """Another proof or kind of document: said before anything is asked; of all, passed over."""
    register = Scripted()
    with pytest.raises(Refused, match="答复不了"):
        run(window, register, SOURCE._replace(serves=("rs-03",)), targets=[CASES[0]])
    with pytest.raises(Refused, match="答复不了"):
        run(
            window,
            register,
            SOURCE._replace(key=Key(ClaimPart.NUMBER, "x", ("id-card",))),
            targets=[CASES[0]],
        )
    half = SOURCE._replace(serves=("mz-01.2",))
    assert [row.outcome.value for row in run(window, register, half, targets=[CASES[0]])] == [
        "match",
        "not-covered",
    ]
    assert [row.id for row in run(window, register, half, office="MZ")] == IDS[1::2]
    assert run(window, register, SOURCE, office="RS") == []
    window.close(IDS[0], finding=Finding.TRUE)
    with pytest.raises(Refused, match="已有结论"):
        run(window, register, targets=[IDS[0]])
    assert CITIZEN["name"] not in str(register.claims)


def test_a_check_that_is_closed_meanwhile_is_left_alone(window: Window) -> None:
    """Somebody gave the finding while the register was asked: theirs stands."""

    class Meanwhile(Scripted):
        def check(self, claims: Sequence[Claim], deadline: float, as_of: date) -> Answers:
            window.close(IDS[0], finding=Finding.UNFULFILLED)
            return super().check(claims, deadline, as_of)

    source = SOURCE._replace(serves=("mz-01.1",), closing="虚构")
    (row,) = run(window, Meanwhile(), source, targets=[IDS[0]])
    check = window.ledger.check(IDS[0])
    assert check is not None
    assert (row.recorded, row.closed, check.finding) == (False, False, "unfulfilled")
    assert list(comparisons(window.ledger)) == []


def test_two_runs_at_one_time(window: Window) -> None:
    """The same extract is recorded once; the same request is not recorded twice."""
    seen, other = Seen("ab" * 32, 9, None), Seen("cd" * 32, 9, None)

    class Meanwhile(Scripted):
        def __init__(self, theirs: Seen, request_id: str | None, own: Seen = seen) -> None:
            super().__init__(seen=own)
            self.theirs, self.request_id = theirs, request_id

        def check(self, claims: Sequence[Claim], deadline: float, as_of: date) -> Answers:
            run(window, Scripted(seen=self.theirs), targets=[CASES[1]], request_id=self.request_id)
            return super().check(claims, deadline, as_of)

    run(window, Meanwhile(other, None), targets=[CASES[1]])
    run(window, Meanwhile(seen, None), targets=[CASES[1]])
    extracts = window.ledger.engine.execute("SELECT id, sha256 FROM extracts ORDER BY id")
    assert extracts == [("test-1", other.sha256), ("test-2", seen.sha256)]
    with pytest.raises(Refused, match="另一处"):
        late = Meanwhile(Seen("ef" * 32, 9, None), "r1", Seen("01" * 32, 9, None))
        run(window, late, targets=[CASES[1]], request_id="r1")
    assert verify(window.ledger).faults == ()
