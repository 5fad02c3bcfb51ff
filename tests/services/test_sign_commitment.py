"""签署: the first step after the letter, once, in order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from gaozhi_cli.domain.problem import NotFound, Refused
from gaozhi_cli.services.sign_commitment import Signed
from tests.builders import CITIZEN, an_occasion
from tests.storage.test_ledger_contract import (
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


def test_signed(window: Window) -> None:
    """Status and day, one entry, one row; the office's gaps of the letter are repeated."""
    drawn = window.drawn_up("64", CITIZEN)
    window.make(drawn.number)
    with one_entry(window, "commitment.sign", drawn.number) as entry:
        done = window.sign(drawn.number, an_occasion(date(2026, 11, 26)))
    codes = tuple(warning.code for warning in drawn.warnings)
    assert done == Signed(drawn.number, "signed", codes)
    case = window.ledger.case(drawn.number)
    assert (case.status, case.signed_on, case.accepted_on) == ("signed", "2026-11-26", None)
    assert entry["tables"] == ["commitments", "letters"]  # the letter signed is what told (三（一）)
    assert (entry["dated_on"], entry["detail"]) == (
        "2026-11-26",
        {"told_before": False, "warnings": list(codes)},
    )
    journal_is_impersonal(window)


def test_letter_without_gaps_has_no_warnings(window: Window) -> None:
    """An empty list, not a list of nothing."""
    drawn = window.drawn_up("64", {**CITIZEN, "consent": "是"})
    window.make(drawn.number)
    assert drawn.warnings == ()
    assert window.sign(drawn.number).warnings == ()


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_signed_already(window: Window, steps: int) -> None:
    """Never twice, however far the case has come."""
    number = window.letter("64", CITIZEN)
    for step in (window.sign, window.accept, window.conclude)[:steps]:
        step(number)
    problem = refused(window, lambda: window.sign(number), Refused, "不能重复签署")
    assert [found.clause for found in problem.problems] == ["规程三（二）、附件2 二（五）"]


def test_signed_before_it_was_drawn_up(window: Window) -> None:
    """Dates follow the order of the steps."""
    number = window.letter("64", CITIZEN)
    when = an_occasion(date(2026, 11, 23))
    refused(window, lambda: window.sign(number, when), Refused, "早于上一步的日期 2026-11-24")


def test_unknown_number(window: Window) -> None:
    """Said so, nothing written."""
    refused(window, lambda: window.sign("SC-2026-00009"), NotFound, "SC-2026-00009")


def test_request_repeated(window: Window) -> None:
    """The same request gives the same answer; the id for another case is refused."""
    first, second = window.letter("64", CITIZEN), window.letter("64", CITIZEN)
    when = an_occasion(request_id="r")
    done = window.sign(first, when)
    assert unchanged(window, lambda: window.sign(first, when)) == done
    refused(window, lambda: window.sign(second, when), Refused, "r 已用于")


def test_dry_run(window: Window) -> None:
    """The answer of the act, and no act."""
    number = window.letter("64", CITIZEN)
    tried = unchanged(window, lambda: window.sign(number, an_occasion(dry_run=True)))
    assert window.ledger.case(number).status == "drawn-up"
    assert window.sign(number) == tried


def test_letter_still_to_be_made(window: Window) -> None:
    """Nobody can have signed a letter that does not exist."""
    number = window.draw_up("64", CITIZEN)
    problem = refused(window, lambda: window.sign(number), Refused, "还没有生成，不能签署")
    assert [found.code for found in problem.problems] == ["letter-pending"]
    window.make(number)
    assert window.sign(number).status == "signed"
