"""受理: the case goes ahead, and each proof that is not exempt gets its check and its date, or none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from gaozhi_cli.domain.catalog import Items
from gaozhi_cli.domain.completeness import LETTER
from gaozhi_cli.domain.problem import NotFound, Refused
from tests.builders import CITIZEN, an_occasion
from tests.storage.test_ledger_contract import (
    THREE_CHECKS,
    WITH_AGENT,
    Window,
    journal_is_impersonal,
    one_entry,
    refused,
    unchanged,
)


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    """A window with an empty ledger."""
    window = Window(tmp_path / "county")
    yield window
    window.ledger.close()


def a_signed_case(window: Window, no: str, form: dict[str, str], day: date = date(2026, 11, 24)) -> str:
    """A case ready to be accepted."""
    number = window.letter(no, form, an_occasion(day))
    window.sign(number, an_occasion(day))
    return number


def test_accepted_with_checks(window: Window) -> None:
    """Three proofs on site, three checks, fifteen working days by the county's rule; all in one act."""
    number = a_signed_case(window, "14", THREE_CHECKS)
    with one_entry(window, "commitment.accept", number) as entry:
        done = window.accept(number)
    assert (done.status, window.ledger.case(number).accepted_on) == ("accepted", "2026-11-24")
    assert list(done.checks) == window.ledger.checks_of(number)
    assert [(c.id, c.proof, c.method, c.state) for c in done.checks] == [
        (f"{number}-{n}", f"rs-14.{n}", "onsite", "planned") for n in (1, 2, 3)
    ]
    assert {(c.due_on, c.provisional, c.planned_on) for c in done.checks} == {("2026-12-15", 0, "2026-11-24")}
    assert {c.due_source for c in done.checks} == {"15 个工作日，示例县核查办法（虚构）"}
    assert entry["tables"] == ["commitments", *["verifications"] * 3]
    planned = [[c.id, c.due_on, c.due_source] for c in done.checks]
    assert entry["detail"] == {"checks": planned, "needed": [LETTER, "申请表（虚构）"]}
    journal_is_impersonal(window)


def test_period_is_that_of_the_method(window: Window) -> None:
    """Online checks have ten working days."""
    number = a_signed_case(window, "16", WITH_AGENT)
    (check,) = window.accept(number).checks
    assert (check.method, check.due_on) == ("online", "2026-12-08")


def test_exempt_proofs_get_no_check(window: Window) -> None:
    """免于核查: daily supervision, no case-by-case check."""
    number = a_signed_case(window, "64", CITIZEN)
    with one_entry(window, "commitment.accept", number) as entry:
        assert window.accept(number).checks == ()
    assert entry["detail"] == {"checks": [], "needed": [LETTER, "申请表（虚构）"]}


def test_date_set_for_this_case(window: Window) -> None:
    """The office's own decision for all checks, and who makes them."""
    number = a_signed_case(window, "14", THREE_CHECKS)
    done = window.accept(number, due=date(2026, 11, 24), assignee="李核查")
    assert {(c.due_on, c.assignee, c.due_source) for c in done.checks} == {
        ("2026-11-24", "李核查", "办理时指定")
    }
    due = window.ledger.due(dated=True, assignee="李核查")
    assert [check.id for check in due] == [check.id for check in done.checks]


def test_without_a_period_there_is_no_date(tmp_path: Path) -> None:
    """The notice sets no number of days: what nobody gave is not made up."""
    window = Window(tmp_path / "shipped", complete=False)
    number = a_signed_case(window, "14", THREE_CHECKS)
    assert {(c.due_on, c.provisional, c.due_source) for c in window.accept(number).checks} == {
        (None, 0, None)
    }
    assert len(list(window.ledger.due(dated=False))) == 3


def test_date_beyond_the_published_calendar_is_provisional(window: Window) -> None:
    """Ten working days from 25 December reach into a year whose holidays nobody has published."""
    number = a_signed_case(window, "16", WITH_AGENT, date(2026, 12, 25))
    (check,) = window.accept(number, an_occasion(date(2026, 12, 25))).checks
    assert (check.due_on, check.provisional) == ("2027-01-08", 1)


def test_date_later_than_the_period_needs_a_reason(window: Window) -> None:
    """An earlier date needs none; the reason stands in the entry."""
    number = a_signed_case(window, "14", THREE_CHECKS)
    later = date(2026, 12, 16)
    problem = refused(window, lambda: window.accept(number, due=later), Refused, "改为 2026-12-16 须写明理由")
    assert [(found.code, found.field) for found in problem.problems] == [("reason-missing", "reason")]
    refused(window, lambda: window.accept(number, due=later, reason=" "), Refused, "理由")
    with one_entry(window, "commitment.accept") as entry:
        window.accept(number, due=later, reason="当事人出差")
    assert entry["reason"] == "当事人出差"


def test_date_already_past(window: Window) -> None:
    """Refused, nothing accepted."""
    number = a_signed_case(window, "14", THREE_CHECKS)
    problem = refused(window, lambda: window.accept(number, due=date(2026, 11, 23)), Refused, "早于受理日期")
    assert [(found.code, found.field) for found in problem.problems] == [("due-past", "due")]


def test_all_problems_at_once(window: Window) -> None:
    """Order and date are both told."""
    number = window.letter("14", THREE_CHECKS)
    problem = refused(window, lambda: window.accept(number, due=date(2026, 1, 1)), Refused, "须先")
    assert [found.code for found in problem.problems] == ["step-order", "due-past"]


def test_not_signed_or_accepted_already(window: Window) -> None:
    """The order of 规程四 has no short cuts."""
    number = window.letter("14", THREE_CHECKS)
    refused(window, lambda: window.accept(number), Refused, "现为“已制作”，受理须先“已签署”")
    window.sign(number)
    window.accept(number)
    refused(window, lambda: window.accept(number), Refused, "不能重复受理")
    refused(window, lambda: window.accept("RS-2026-00009"), NotFound, "RS-2026-00009")


def test_request_repeated(window: Window) -> None:
    """The same checks again; another date under the same id is refused."""
    number, when = a_signed_case(window, "14", THREE_CHECKS), an_occasion(request_id="r")
    done = window.accept(number, when, due=date(2026, 12, 1))
    assert unchanged(window, lambda: window.accept(number, when, due=date(2026, 12, 1))) == done
    refused(window, lambda: window.accept(number, when, due=date(2026, 12, 2)), Refused, "r 已用于")
    refused(window, lambda: window.accept(number, when), Refused, "r 已用于")


def test_dry_run(window: Window) -> None:
    """The checks as they would be planned."""
    number = a_signed_case(window, "14", THREE_CHECKS)
    tried = unchanged(window, lambda: window.accept(number, an_occasion(dry_run=True)))
    assert window.ledger.checks_of(number) == []
    assert window.accept(number) == tried


@pytest.mark.parametrize("dropped", ["proof", "item"])
def test_running_case_keeps_what_it_began_with(window: Window, dropped: str) -> None:
    """A proof or item that the catalog has dropped since is checked all the same."""
    number = a_signed_case(window, "14", THREE_CHECKS)
    items = tuple(item for item in window.catalog.items if item.id != "rs-14")
    if dropped == "proof":
        old, other = (window.catalog.item(id_) for id_ in ("rs-14", "rs-15"))
        assert old is not None
        assert other is not None
        items = (*items, old._replace(tree=other.tree))
    window.catalog = window.catalog._replace(items=Items(items))
    checks = window.accept(number).checks
    assert [(check.proof, check.due_on) for check in checks] == [
        (f"rs-14.{n}", "2026-12-15") for n in (1, 2, 3)
    ]
