"""中止、恢复、延长: the date of a check moves by its clock, each event with its entry and its reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gaozhi_cli.domain.problem import NotFound, Refused, UsageFault
from gaozhi_cli.domain.verification import Verification
from gaozhi_cli.services.extend_verification import extend_verification
from gaozhi_cli.services.pause_verification import pause_verification
from gaozhi_cli.services.resume_verification import resume_verification
from gaozhi_cli.storage.verify import verify
from tests.builders import an_occasion
from tests.storage.test_ledger_contract import (
    THREE_CHECKS,
    Window,
    journal_is_impersonal,
    one_entry,
    refused,
    unchanged,
)

NUMBER = "RS-2026-00001"
ID = f"{NUMBER}-1"
SOURCE = "15 个工作日，示例县核查办法（虚构）"


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> Window:
    """The fixture county with an accepted case: three checks, due 2026-12-15."""
    window = Window(tmp_path_factory.mktemp("clock") / "county")
    window.sign(window.letter("14", THREE_CHECKS))
    window.accept(NUMBER)
    return window


@pytest.fixture
def window(accepted: Window, tmp_path: Path) -> Iterator[Window]:
    """A copy of it."""
    copy = accepted.copied(tmp_path / "county")
    yield copy
    copy.ledger.close()


def pause(window: Window, on: date, target: str = ID, reason: str = "等待裁判", **more: Any) -> Verification:
    occasion = an_occasion(on, **more)
    return pause_verification(
        target, ledger=window.ledger, occasion=occasion, calendar=window.calendar, reason=reason
    )


def resume(window: Window, on: date, target: str = ID, **more: Any) -> Verification:
    occasion = an_occasion(on, **more)
    return resume_verification(target, ledger=window.ledger, occasion=occasion, calendar=window.calendar)


def extend(
    window: Window, on: date, days: int, target: str = ID, reason: str = "再次约期", **more: Any
) -> Verification:
    occasion = an_occasion(on, **more)
    return extend_verification(
        target, ledger=window.ledger, occasion=occasion, calendar=window.calendar, days=days, reason=reason
    )


def test_paused_it_has_no_date_and_resumed_what_was_left(window: Window) -> None:
    """Eleven working days were left on 1 December; from 8 December on they end on the 22nd."""
    with one_entry(window, "verify.pause", NUMBER) as entry:
        stopped = pause(window, date(2026, 12, 1))
    assert (stopped.due_on, stopped.paused_on, stopped.provisional) == (None, "2026-12-01", 0)
    assert stopped.due_source == f"{SOURCE}；2026-12-01 起中止"
    assert entry["reason"] == "等待裁判"
    assert entry["detail"] == {"check": ID, "due_before": "2026-12-15"}
    assert ID not in [check.id for check in window.ledger.due(dated=True)]
    with one_entry(window, "verify.resume", NUMBER) as entry:
        running = resume(window, date(2026, 12, 8))
    assert (running.due_on, running.paused_on) == ("2026-12-22", None)
    assert running.due_source == f"{SOURCE}；中止 2026-12-01 至 2026-12-08"
    assert entry["detail"] == {"check": ID, "paused_on": "2026-12-01", "due": "2026-12-22"}
    longer = extend(window, date(2026, 12, 9), 2)
    assert longer.due_on == "2026-12-24"
    assert longer.due_source == f"{SOURCE}；中止 2026-12-01 至 2026-12-08，延长 2 个工作日"
    journal_is_impersonal(window)
    assert verify(window.ledger).faults == ()


def test_a_day_set_by_the_office_moves_as_well(window: Window) -> None:
    """It has no period: the day itself is kept as where the clock began."""
    window.schedule(ID, due=date(2026, 12, 31), reason="约定")
    assert pause(window, date(2026, 12, 1)).due_on is None
    again = resume(window, date(2026, 12, 3))
    assert again.due_on == "2027-01-04" and again.provisional == 1
    assert again.due_source == "办理时指定；中止 2026-12-01 至 2026-12-03"
    later = window.schedule(ID, due=date(2026, 12, 25), reason="另定")[0]
    assert (later.clock, later.due_source, later.provisional) == (None, "办理时指定", 0)
    assert extend(window, date(2026, 12, 3), 1).due_on == "2026-12-28"


def test_a_check_of_an_earlier_format_keeps_its_period(window: Window) -> None:
    """Before format 4 the working days stood only in the words that say who set them."""
    with window.ledger.transaction() as act:
        act.change_check(ID, period=None, counted_from=None)
        act.record(an_occasion().entry("test.older", NUMBER))
    pause(window, date(2026, 12, 1))
    assert resume(window, date(2026, 12, 8)).due_on == "2026-12-22"


def test_what_is_refused(window: Window) -> None:
    """Each refusal says what stands against it; nothing is written."""
    first, late = date(2026, 12, 1), date(2026, 12, 16)
    refused(window, lambda: pause(window, late), Refused, "已逾期（期限 2026-12-15）")
    refused(window, lambda: resume(window, first), Refused, "没有中止")
    refused(window, lambda: pause(window, first, NUMBER), UsageFault, "请指明一项")
    refused(window, lambda: pause(window, first, f"{NUMBER}-9"), NotFound, f"{NUMBER}-9")
    refused(window, lambda: pause(window, date(2026, 11, 23)), Refused, "早于立项日期 2026-11-24")
    refused(window, lambda: pause(window, first, reason="……"), Refused, "理由")
    refused(window, lambda: extend(window, first, 0), Refused, "1 以上")
    refused(window, lambda: extend(window, first, 1, reason=" "), Refused, "理由")
    refused(window, lambda: extend(window, date(2027, 3, 1), 1), Refused, "仍早于今天")
    pause(window, first)
    refused(window, lambda: pause(window, first), Refused, "自 2026-12-01 起中止中")
    refused(window, lambda: extend(window, first, 1), Refused, "先恢复")
    due = date(2026, 12, 31)
    refused(window, lambda: window.schedule(ID, due=due, reason="改"), Refused, "先恢复")
    early = date(2026, 11, 30)
    refused(window, lambda: resume(window, early), Refused, "早于上一次中止、恢复或延长的日期 2026-12-01")
    window.close(f"{NUMBER}-2")
    refused(window, lambda: pause(window, first, f"{NUMBER}-2"), Refused, "已有结论")
    assert window.schedule(ID, assignee="李核查")[0].paused_on == "2026-12-01", "a person may still be named"


def test_without_a_date_there_is_nothing_to_move(tmp_path: Path) -> None:
    """未定期限: first a date."""
    window = Window(tmp_path / "shipped", complete=False)
    window.sign(window.letter("14", THREE_CHECKS))
    window.accept(NUMBER)
    refused(window, lambda: pause(window, date(2026, 12, 1)), Refused, "先定期限")
    refused(window, lambda: extend(window, date(2026, 12, 1), 3), Refused, "先定期限")


def test_repeats_and_trials(window: Window) -> None:
    """The same request adds nothing, another under its id is refused; --dry-run writes nothing."""
    on = date(2026, 12, 1)
    tried = unchanged(window, lambda: pause(window, on, dry_run=True))
    assert tried.paused_on == "2026-12-01"
    done = pause(window, on, request_id="p")
    assert unchanged(window, lambda: pause(window, on, request_id="p")) == done
    refused(window, lambda: pause(window, on, reason="另", request_id="p"), Refused, "p 已用于")
    assert unchanged(window, lambda: resume(window, on, dry_run=True)).due_on == "2026-12-15"
    done = resume(window, on, request_id="r")
    assert unchanged(window, lambda: resume(window, on, request_id="r")) == done
    done = extend(window, on, 3, request_id="e")
    assert unchanged(window, lambda: extend(window, on, 3, request_id="e")) == done
    refused(window, lambda: extend(window, on, 4, request_id="e"), Refused, "e 已用于")
