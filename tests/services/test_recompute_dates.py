"""重算暂定期限: what rested on an unpublished calendar is reckoned anew, told before and after, once."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from gaozhi_cli.domain.assistance import Assistance
from gaozhi_cli.domain.outcome import Outcome
from gaozhi_cli.domain.outcome_ends import day_after
from gaozhi_cli.domain.workdays import WorkCalendar, add_workdays
from gaozhi_cli.services.extend_verification import extend_verification
from gaozhi_cli.services.recompute_dates import Moved, Recomputed, recompute_dates
from gaozhi_cli.storage.verify import verify
from tests.builders import ORGANIZATION, an_occasion
from tests.storage.test_ledger_contract import THREE_CHECKS, Window, one_entry, unchanged

DECEMBER = date(2026, 12, 21)
NUMBER, FIRE = "RS-2026-00001", "XF-2026-00001"


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> Window:
    """Three checks due 2027-01-11 for now, and one counted from 办结, due 2027-01-18 for now."""
    window = Window(tmp_path_factory.mktemp("recompute") / "county")
    for no, form in (("14", THREE_CHECKS), ("66", ORGANIZATION)):
        number = window.letter(no, form)
        window.sign(number)
        window.accept(number, an_occasion(DECEMBER))
    window.conclude(FIRE, an_occasion(DECEMBER))
    return window


@pytest.fixture
def window(accepted: Window, tmp_path: Path) -> Window:
    """A copy of it."""
    return accepted.copied(tmp_path / "county")


@pytest.fixture
def published(window: Window) -> WorkCalendar:
    """2027 as it might be published: the first four days off, a Saturday worked."""
    days = frozenset(date(2027, 1, day) for day in (1, 4, 5, 6))
    calendar = window.calendar
    return WorkCalendar(
        calendar.holidays | days, calendar.workdays | {date(2027, 1, 9)}, calendar.published | {2027}
    )


def run(window: Window, calendar: WorkCalendar, **more: object) -> Recomputed:
    return recompute_dates(
        ledger=window.ledger,
        occasion=an_occasion(DECEMBER, **more),
        calendar=calendar,  # type: ignore[arg-type]
    )


def test_what_moved_is_told_and_stands(window: Window, published: WorkCalendar) -> None:
    """Before, after, no longer provisional; an entry for each office and year; the rest stays."""
    closed = f"{NUMBER}-3"
    window.close(closed, an_occasion(DECEMBER))
    window.schedule(f"{NUMBER}-2", due=date(2027, 3, 1), reason="约定", when=an_occasion(DECEMBER))
    before = window.ledger.check(closed), window.ledger.check(f"{NUMBER}-2")
    due = add_workdays(DECEMBER, 15, published).day.isoformat()
    fire = add_workdays(DECEMBER, 20, published).day.isoformat()
    expected = (
        Moved(f"{NUMBER}-1", NUMBER, "2027-01-11", due, False),
        Moved(f"{FIRE}-1", FIRE, "2027-01-18", fire, False),
    )
    assert unchanged(window, lambda: run(window, published, dry_run=True)).moved == expected
    assert run(window, published) == Recomputed(expected, 0, ())
    check = window.ledger.check(f"{NUMBER}-1")
    assert check is not None and (check.due_on, check.provisional) == (due, 0) and due != "2027-01-11"
    assert (window.ledger.check(closed), window.ledger.check(f"{NUMBER}-2")) == before
    last = list(window.ledger.history(FIRE))[-1]
    assert (last["act"], last["object"]) == ("verify.recompute", "XF-2026")
    assert last["detail"] == f'{{"checks":[["{FIRE}-1","2027-01-18","{fire}"]]}}'
    assert verify(window.ledger).faults == ()
    assert unchanged(window, lambda: run(window, published)) == Recomputed((), 0, ())


def test_without_a_new_calendar_nothing_changes(window: Window) -> None:
    """Still provisional, still the same day; no entry."""
    assert unchanged(window, lambda: run(window, window.calendar)) == Recomputed((), 4, ())


def test_a_calendar_still_tentative_moves_the_date_and_leaves_it_so(window: Window) -> None:
    """暂定 years are counted with what is known of them."""
    tentative = window.calendar._replace(
        holidays=window.calendar.holidays | {date(2027, 1, 1), date(2027, 1, 4)}
    )
    found = run(window, tentative)
    assert {(one.after, one.provisional) for one in found.moved} == {
        ("2027-01-13", True),
        ("2027-01-20", True),
    }


def test_what_has_moved_a_date_moves_it_again(window: Window, published: WorkCalendar) -> None:
    """The events are replayed on the new calendar."""
    id_, occasion = f"{NUMBER}-1", an_occasion(DECEMBER)
    extend_verification(
        id_, ledger=window.ledger, occasion=occasion, calendar=window.calendar, days=3, reason="约期"
    )
    run(window, published)
    check = window.ledger.check(id_)
    assert check is not None and check.due_on == add_workdays(DECEMBER, 18, published).day.isoformat()


def test_what_nobody_can_reckon_is_told(window: Window, published: WorkCalendar) -> None:
    """A row without days and without a day set stays as it is, and is named."""
    with window.ledger.transaction() as act:
        act.change_check(f"{NUMBER}-1", period=None, due_source="示例", clock="[]", counted_from="concluded")
        act.record(an_occasion().entry("test.odd", NUMBER))
    assert run(window, published).unknown == (f"{NUMBER}-1",)


def test_requests_to_others_and_measures_follow_by_the_same_rule(
    window: Window, published: WorkCalendar
) -> None:
    """协助核查 from the letter, 陈述申辩 from the service, 限期整改 from the decision; an act each."""
    day, check = DECEMBER.isoformat(), f"{NUMBER}-1"
    for_now = add_workdays(DECEMBER, 10, window.calendar)
    assert for_now.provisional
    until = for_now.day.isoformat()
    with window.ledger.transaction() as act:
        act.add_assistance(
            Assistance(
                "RS-2026-X00001", "RS", 2026, 1, check, NUMBER, "示例机关", day, until, 1, "示例", 10, None,
                None, "asked", None, 0, None, None, None, None, None,
            )
        )  # fmt: skip
        measure = Outcome(f"{NUMBER}-M1", NUMBER, check, "RS", "rectify", "unfulfilled", "noticed")
        measure = measure._replace(noticed_on=day, served_on=day, provisional=1, period=10)
        act.add_outcome(measure._replace(statement_until=until))
        told = {"period": None, "due_source": "决定后 10 个工作日，示例"}
        decided = {"decided_on": day, "due_on": until, "state": "decided", "recheck": f"{NUMBER}-3"}
        act.change_check(f"{NUMBER}-3", not_before=day_after(until))
        act.add_outcome(measure._replace(id=f"{NUMBER}-M2", **decided, **told))
        act.record(an_occasion().entry("test.open", NUMBER))
    after = add_workdays(DECEMBER, 10, published).day.isoformat()
    with_checks = run(window, published)
    assert [(one.id, one.after) for one in with_checks.moved[-3:]] == [
        ("RS-2026-X00001", after), (f"{NUMBER}-M1", after), (f"{NUMBER}-M2", after),
    ]  # fmt: skip
    columns = "SELECT id, statement_until, due_on, provisional FROM outcomes ORDER BY id"
    assert window.ledger.engine.execute(columns) == [
        (f"{NUMBER}-M1", after, None, 0), (f"{NUMBER}-M2", None, after, 0),
    ]  # fmt: skip
    recheck = window.ledger.check(f"{NUMBER}-3")
    assert recheck is not None and recheck.not_before == day_after(after), "a recheck follows the date"
    assert verify(window.ledger).faults == ()
    assert [entry["act"] for entry in window.ledger.history(NUMBER)][-3:] == ["verify.recompute"] * 3


def test_a_request_id_is_kept_with_each_act(window: Window, published: WorkCalendar) -> None:
    """A repeat finds nothing left to do; the same id for another calendar's dates is refused."""
    run(window, published, request_id="y")
    assert unchanged(window, lambda: run(window, published, request_id="y")) == Recomputed((), 0, ())
    first = window.ledger.requests([f"y/{NUMBER}-1", f"y/{FIRE}-1"])
    assert set(first) == {f"y/{NUMBER}-1", f"y/{FIRE}-1"}


def test_many_checks_of_one_office_are_one_entry(window: Window, published: WorkCalendar) -> None:
    """Up to a thousand in an act, each with its dates in the journal."""
    first = window.ledger.check(f"{NUMBER}-1")
    assert first is not None
    with window.ledger.transaction() as act:
        for n in range(4, 104):
            day = DECEMBER + timedelta(days=-(n % 5))
            act.add_check(first._replace(id=f"{NUMBER}-{n}", planned_on=day.isoformat()))
        act.record(an_occasion().entry("test.many", NUMBER))
    window.close(f"{FIRE}-1", an_occasion(DECEMBER))
    with one_entry(window, "verify.recompute", "RS-2026") as entry:
        assert len(run(window, published).moved) == 103
    assert len(entry["detail"]["checks"]) == 103
