"""办结: the end of the matter; checks may follow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from gaozhi_cli.domain.problem import NotFound, Refused
from gaozhi_cli.domain.vocabulary import Finding
from gaozhi_cli.services.conclude_matter import Concluded
from tests.builders import CITIZEN, an_occasion
from tests.storage.test_ledger_contract import (
    THREE_CHECKS,
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


def an_accepted_case(window: Window) -> str:
    """A case with three open checks."""
    number = window.letter("14", THREE_CHECKS)
    window.sign(number)
    window.accept(number)
    return number


def test_concluded_with_checks_still_open(window: Window) -> None:
    """The open checks are counted, not closed."""
    number = an_accepted_case(window)
    window.close(f"{number}-2")
    with one_entry(window, "commitment.conclude", number) as entry:
        done = window.conclude(number, an_occasion(date(2026, 12, 1)))
    assert done == Concluded(number, "concluded", 2)
    case = window.ledger.case(number)
    assert (case.status, case.concluded_on) == ("concluded", "2026-12-01")
    assert (entry["tables"], entry["detail"]) == (["commitments"], {"open_checks": 2})
    assert len(list(window.ledger.due(dated=True))) == 2
    journal_is_impersonal(window)


def test_too_early_or_twice(window: Window) -> None:
    """Only an accepted case, once, not before it was accepted."""
    number = window.letter("64", CITIZEN)
    refused(window, lambda: window.conclude(number), Refused, "办结须先“已受理”")
    window.sign(number)
    refused(window, lambda: window.conclude(number), Refused, "办结须先“已受理”")
    window.accept(number, an_occasion(date(2026, 11, 30)))
    refused(window, lambda: window.conclude(number), Refused, "早于上一步的日期 2026-11-30")
    window.conclude(number, an_occasion(date(2026, 11, 30)))
    refused(window, lambda: window.conclude(number), Refused, "不能重复办结")
    refused(window, lambda: window.conclude("SC-2026-00009"), NotFound, "SC-2026-00009")


def test_promise_found_false(window: Window) -> None:
    """Dealt with first: the matter does not go through on it."""
    number = an_accepted_case(window)
    window.close(f"{number}-2", finding=Finding.FALSE)
    problem = refused(window, lambda: window.conclude(number), Refused, f"{number}-2 核查结论为不实")
    assert [found.code for found in problem.problems] == ["promise-false"]


def test_request_repeated(window: Window) -> None:
    """The same answer, nothing written; the id for another act is refused."""
    number, when = an_accepted_case(window), an_occasion(request_id="r")
    done = window.conclude(number, when)
    assert unchanged(window, lambda: window.conclude(number, when)) == done
    refused(window, lambda: window.sign(number, when), Refused, "r 已用于")


def test_dry_run(window: Window) -> None:
    """The answer of the act, and no act."""
    number = an_accepted_case(window)
    tried = unchanged(window, lambda: window.conclude(number, an_occasion(dry_run=True)))
    assert window.ledger.case(number).status == "accepted"
    assert window.conclude(number) == tried
