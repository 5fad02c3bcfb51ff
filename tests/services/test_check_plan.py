"""The plan of a check on its way: planned at 受理, waited for or begun at 办结, weighed by the credit."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from gaozhi_cli.domain.problem import Refused
from gaozhi_cli.domain.vocabulary import Finding
from gaozhi_cli.storage.verify import verify
from tests.builders import ORGANIZATION, an_occasion
from tests.storage.test_ledger_contract import (
    WITH_AGENT,
    Window,
    journal_is_impersonal,
    one_entry,
    refused,
    unchanged,
)

FIRE, CLINIC = "XF-2026-00001", "WJ-2026-00001"


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Window:
    """The fixture county with signed letters of row 66 (after 办结), row 48 (before it) and row 16."""
    window = Window(tmp_path_factory.mktemp("plan") / "county")
    for no, form in (("66", ORGANIZATION), ("48", ORGANIZATION), ("16", WITH_AGENT)):
        window.sign(window.letter(no, form))
    return window


@pytest.fixture
def window(signed: Window, tmp_path: Path) -> Window:
    """A copy of it."""
    return signed.copied(tmp_path / "county")


def test_counted_from_the_conclusion_it_has_no_date_before(window: Window) -> None:
    """消防法第十五条 (row 66): the visit is due so many days after the licence; it is said at once."""
    with one_entry(window, "commitment.accept", FIRE) as entry:
        (check,) = window.accept(FIRE).checks
    said = "自办结起 20 个工作日，示例县消防核查办法（虚构）"
    assert (check.method, check.stage, check.counted_from, check.period) == (
        "onsite",
        "after",
        "concluded",
        20,
    )
    assert (check.due_on, check.due_source, check.weighed) == (None, said, None)
    assert entry["detail"]["checks"] == [[check.id, None, said]]
    occasion = an_occasion(date(2026, 11, 30), request_id="c")
    tried = unchanged(window, lambda: window.conclude(FIRE, an_occasion(date(2026, 11, 30), dry_run=True)))
    with one_entry(window, "commitment.conclude", FIRE) as entry:
        done = window.conclude(FIRE, occasion)
    (begun,) = done.begun
    assert tried == done and (begun.due_on, begun.provisional, begun.due_source) == ("2026-12-28", 0, said)
    assert window.ledger.check(check.id) == begun
    assert entry["detail"] == {"open_checks": 1, "begun": [[check.id, "2026-12-28", said]]}
    assert unchanged(window, lambda: window.conclude(FIRE, occasion)) == done
    assert verify(window.ledger).faults == ()
    journal_is_impersonal(window)


def test_a_day_set_for_it_is_kept_at_the_conclusion(window: Window) -> None:
    """The office's own decision goes before the plan, also where that has no date yet."""
    (check,) = window.accept(FIRE, due=date(2027, 3, 1)).checks
    assert (check.period, check.counted_from, check.due_source) == (None, None, "办理时指定")
    done = window.conclude(FIRE)
    assert done.begun == () and window.ledger.check(check.id) == check


def test_a_check_of_before_the_conclusion_is_waited_for(window: Window) -> None:
    """办结前: the case is concluded only when it is found true; what is missing is listed."""
    (check,) = window.accept(CLINIC).checks
    assert (check.stage, check.due_on) == ("before", "2026-12-03")
    problem = refused(window, lambda: window.conclude(CLINIC), Refused, f"gaozhi verify close {check.id}")
    assert [found.code for found in problem.problems] == ["check-awaited"]
    window.close(check.id, finding=Finding.UNVERIFIABLE)
    again = window.ledger.checks_of(CLINIC)[-1]
    refused(window, lambda: window.conclude(CLINIC), Refused, again.id)
    window.close(again.id)
    assert window.conclude(CLINIC).status == "concluded"


def test_the_period_is_weighed_by_repaired_records(window: Window) -> None:
    """通知五（三）: half the days for who once promised falsely and has repaired it; the task says so."""
    number = "SB-2026-00001"
    window.credited(number, decided_on="2026-01-05", repaired_on="2026-06-01", repair_source="示例（虚构）")
    (check,) = window.accept(number).checks
    why = "申请人曾有虚假承诺记录，10 个工作日按 50% 计，示例县核查办法（虚构）"
    assert (check.period, check.due_on, check.weighed) == (5, "2026-12-01", why)
    assert check.due_source == f"5 个工作日（{why}），示例县核查办法（虚构）"
