"""核查期限: dates and persons of open checks, set in one act or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from gaozhi_cli.domain.problem import NotFound, Refused
from gaozhi_cli.services.schedule_verification import schedule_faults
from tests.builders import CITIZEN, an_occasion
from tests.storage.test_ledger_contract import (
    THREE_CHECKS,
    Window,
    journal_is_impersonal,
    one_entry,
    refused,
    unchanged,
)

LATER = date(2026, 12, 31)


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    """A window of the shipped catalog (no periods) with an accepted case: three checks without a date."""
    window = Window(tmp_path / "county", complete=False)
    number = window.letter("14", THREE_CHECKS)
    window.sign(number)
    window.accept(number)
    yield window
    window.ledger.close()


NUMBER = "RS-2026-00001"
IDS = [f"{NUMBER}-{n}" for n in (1, 2, 3)]


def test_all_open_checks_of_a_case(window: Window) -> None:
    """By its number; the closed one stays as it was; date, person and reason are in the one entry."""
    window.close(IDS[1])
    closed = window.ledger.check(IDS[1])
    with one_entry(window, "verify.schedule", NUMBER) as entry:
        changed = window.schedule(NUMBER, due=LATER, assignee="李核查", reason="首次定期")
    assert [check.id for check in changed] == [IDS[0], IDS[2]]
    assert {(c.due_on, c.assignee, c.provisional, c.due_source) for c in changed} == {
        ("2026-12-31", "李核查", 0, "办理时指定")
    }
    assert window.ledger.check(IDS[1]) == closed
    assert entry["tables"] == ["verifications"] * 2
    assert entry["reason"] == "首次定期"
    before = [[IDS[0], None, None], [IDS[2], None, None]]
    assert entry["detail"] == {"assignee": "李核查", "checks": before, "due": "2026-12-31"}
    assert [check.id for check in window.ledger.due(dated=True)] == [IDS[0], IDS[2]]
    journal_is_impersonal(window)


def test_one_check_by_its_id(window: Window) -> None:
    """The others keep their lack of a date."""
    with one_entry(window, "verify.schedule", NUMBER):
        (changed,) = window.schedule(IDS[2], due=LATER)
    assert (changed.id, changed.due_on, changed.assignee) == (IDS[2], "2026-12-31", None)
    assert [check.id for check in window.ledger.due(dated=False)] == IDS[:2]


def test_person_alone(window: Window) -> None:
    """Who checks can be set without a date, and again without a reason."""
    for name in ("李核查", "王核查"):
        with one_entry(window, "verify.schedule"):
            changed = window.schedule(NUMBER, assignee=name)
        assert {(check.assignee, check.due_on) for check in changed} == {(name, None)}


def test_several_targets_are_looked_at_before_any_is_changed(window: Window) -> None:
    """What would be refused of one of them is known while all are as they were."""

    def faults(*targets: str) -> list[str]:
        return [
            problem.code
            for problem in schedule_faults(
                targets, ledger=window.ledger, due=LATER, reason=None, today=date(2026, 11, 24)
            )
        ]

    window.close(IDS[0])
    assert unchanged(window, lambda: faults(IDS[1], IDS[0], IDS[2])) == ["check-closed"]
    assert unchanged(window, lambda: faults(IDS[1], NUMBER)) == []
    refused(window, lambda: faults(IDS[1], f"{NUMBER}-9"), NotFound, f"{NUMBER}-9")


def test_changing_a_date_needs_a_reason(window: Window) -> None:
    """The first date needs none, the same date again none either."""
    window.schedule(NUMBER, due=LATER)
    window.schedule(NUMBER, due=LATER)
    problem = refused(
        window, lambda: window.schedule(NUMBER, due=date(2026, 12, 30)), Refused, "改期须写明理由"
    )
    assert [found.field for found in problem.problems] == ["reason"] * 3
    refused(window, lambda: window.schedule(IDS[0], due=date(2026, 12, 30), reason="  "), Refused, "理由")
    with one_entry(window, "verify.schedule") as entry:
        window.schedule(IDS[0], due=date(2026, 12, 30), reason="当事人申请")
    assert entry["reason"] == "当事人申请"


def test_date_already_past(window: Window) -> None:
    """Today is still possible."""
    refused(window, lambda: window.schedule(NUMBER, due=date(2026, 11, 23)), Refused, "早于办理日期")
    assert window.schedule(IDS[0], due=date(2026, 11, 24))[0].due_on == "2026-11-24"


def test_date_set_by_the_office_is_never_provisional(window: Window) -> None:
    """暂定 is what rests on a calendar not yet published; a day the office chose does not."""
    assert window.schedule(IDS[0], due=date(2027, 3, 1))[0].provisional == 0


def test_nothing_to_schedule(window: Window) -> None:
    """Unknown, not yet accepted, exempt, all closed."""
    refused(window, lambda: window.schedule("RS-2026-00009", due=LATER), NotFound, "RS-2026-00009")
    refused(window, lambda: window.schedule(f"{NUMBER}-9", due=LATER), NotFound, f"{NUMBER}-9")
    exempt = window.letter("64", CITIZEN)
    refused(window, lambda: window.schedule(exempt, due=LATER), NotFound, "尚未受理")
    window.sign(exempt)
    window.accept(exempt)
    refused(window, lambda: window.schedule(exempt, due=LATER), NotFound, "没有待核查的事项")
    for id_ in IDS:
        window.close(id_)
    refused(window, lambda: window.schedule(NUMBER, due=LATER), NotFound, "没有待核查的事项")
    refused(window, lambda: window.schedule(IDS[0], assignee="李核查"), Refused, "已有结论")


def test_request_repeated(window: Window) -> None:
    """The same checks again, nothing written; another date under the same id is refused."""
    when = an_occasion(request_id="r")
    done = window.schedule(NUMBER, due=LATER, when=when)
    assert unchanged(window, lambda: window.schedule(NUMBER, due=LATER, when=when)) == done
    for other in (
        {"due": date(2026, 12, 30)},
        {"due": LATER, "assignee": "李核查"},
        {"due": LATER, "reason": "另一理由"},
    ):
        refused(window, lambda other=other: window.schedule(NUMBER, when=when, **other), Refused, "r 已用于")


def test_dry_run(window: Window) -> None:
    """The checks as they would be."""
    tried = unchanged(window, lambda: window.schedule(NUMBER, due=LATER, when=an_occasion(dry_run=True)))
    assert {check.due_on for check in tried} == {"2026-12-31"}
    assert window.schedule(NUMBER, due=LATER) == tried
