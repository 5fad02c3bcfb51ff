"""成批定期限: all looked at before any is changed, grouped acts, done once however often it is run."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gaozhi_cli.domain.check_batch import GROUP, Wanted, groups_of
from gaozhi_cli.domain.problem import BadInput, Refused
from gaozhi_cli.services import schedule_batch as batch
from gaozhi_cli.services.schedule_batch import Scheduled, schedule_batch
from gaozhi_cli.storage.verify import verify
from tests.builders import ORGANIZATION, an_occasion
from tests.storage.test_ledger_contract import THREE_CHECKS, Window, one_entry, refused, unchanged

NUMBER, OTHER = "RS-2026-00001", "MZ-2026-00001"
IDS = [f"{NUMBER}-{n}" for n in (1, 2, 3)]
LATER = date(2026, 12, 31)


@pytest.fixture(scope="module")
def accepted(tmp_path_factory: pytest.TempPathFactory) -> Window:
    """The fixture county: three checks of 人社局 due 2026-12-15, two of 民宗局 due 2026-12-08."""
    window = Window(tmp_path_factory.mktemp("batch") / "county")
    for no, form in (("14", THREE_CHECKS), ("1", {**ORGANIZATION, "site_address": ""})):
        number = window.letter(no, form)
        window.sign(number)
        window.accept(number)
    return window


@pytest.fixture
def window(accepted: Window, tmp_path: Path) -> Window:
    """A copy of it."""
    return accepted.copied(tmp_path / "county")


def run(window: Window, *wanted: Wanted, reason: str | None = "年底安排", **more: Any) -> Scheduled:
    return schedule_batch(wanted, ledger=window.ledger, occasion=an_occasion(**more), reason=reason)


def test_a_group_is_one_act_and_stands_in_every_history(window: Window) -> None:
    """Dates and persons each their own; what stands already is not written again."""
    wanted = [
        Wanted(IDS[0], LATER, "李核查"),
        Wanted(IDS[1], None, "王核查"),
        Wanted(IDS[2], date(2026, 12, 15)),
    ]
    with one_entry(window, "verify.schedule-batch", "RS-2026") as entry:
        assert run(window, *wanted) == Scheduled(3, 2, 1)
    assert entry["reason"] == "年底安排" and entry["tables"] == ["verifications"] * 2
    assert entry["detail"] == {
        "checks": [
            [IDS[0], "2026-12-15", None, "2026-12-31", "李核查"],
            [IDS[1], "2026-12-15", None, None, "王核查"],
        ]
    }
    first, second, third = window.ledger.checks_of(NUMBER)
    assert (first.due_on, first.assignee, first.due_source, first.period) == (
        "2026-12-31", "李核查", "办理时指定", None,
    )  # fmt: skip
    assert (second.due_on, second.assignee, second.period) == ("2026-12-15", "王核查", 15)
    assert third.assignee is None
    assert [entry["act"] for entry in window.ledger.history(NUMBER)][-1] == "verify.schedule-batch"
    assert "verify.schedule-batch" not in [entry["act"] for entry in window.ledger.history(OTHER)]
    assert verify(window.ledger).faults == ()
    assert unchanged(window, lambda: run(window, *wanted)) == Scheduled(3, 0, 0)


def test_groups_are_of_one_office_and_year() -> None:
    """So a history looks only among those of its own; none is longer than a thousand."""
    wanted = [Wanted(f"RS-2026-{n:05d}-1", LATER, None, n) for n in range(1, GROUP + 3)]
    found = groups_of([*wanted, Wanted(f"{OTHER}-1", LATER), wanted[0]])
    assert [(series, len(some)) for series, some in found] == [
        ("RS-2026", GROUP),
        ("RS-2026", 2),
        ("MZ-2026", 1),
    ]


def test_nothing_is_half_done(window: Window) -> None:
    """Every row that cannot be done is told, and then none is."""
    window.close(IDS[0])
    problem = refused(
        window,
        lambda: run(
            window,
            Wanted(IDS[0], LATER, row=2), Wanted(IDS[1], LATER, row=3),
            Wanted(IDS[2], date(2026, 1, 1), row=4),
            reason=None,
        ),
        Refused, "有 4 处不能这样改，一项也没有改",
    )  # fmt: skip
    assert [found.code for found in problem.problems] == [
        "check-closed", "reason-missing", "due-past", "reason-missing",
    ]  # fmt: skip
    problem = refused(
        window,
        lambda: run(
            window,
            Wanted(IDS[1], LATER, row=2), Wanted(IDS[1], date(2026, 12, 30), row=3),
            Wanted("RS-2026-00009-1", LATER, row=4),
        ),
        BadInput, "有 2 处不能用，一项也没有改",
    )  # fmt: skip
    assert [found.field for found in problem.problems] == ["3", "4"]


def test_interrupted_it_goes_on_where_it_was(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a request id the groups that are done are not done again, whatever has become of them since."""
    wanted = [Wanted(IDS[0], LATER), Wanted(f"{OTHER}-1", LATER), Wanted(f"{OTHER}-2", None, "李核查")]
    real = batch._group

    def stops(series: str, *rest: Any) -> int:
        if series == "MZ-2026":
            raise KeyboardInterrupt
        return real(series, *rest)

    monkeypatch.setattr(batch, "_group", stops)
    with pytest.raises(KeyboardInterrupt):
        run(window, *wanted, request_id="b")
    monkeypatch.setattr(batch, "_group", real)
    window.close(IDS[0])
    with one_entry(window, "verify.schedule-batch", "MZ-2026"):
        assert run(window, *wanted, request_id="b") == Scheduled(3, 2, 1)
    assert unchanged(window, lambda: run(window, *wanted, request_id="b")) == Scheduled(3, 0, 0)
    refused(window, lambda: run(window, *wanted, reason="另", request_id="b"), Refused, "b/1 已用于")


def test_dry_run(window: Window) -> None:
    """What would change, and the same refusals; nothing is written."""
    wanted = Wanted(IDS[0], LATER)
    assert unchanged(window, lambda: run(window, wanted, dry_run=True)) == Scheduled(1, 1, 1)
    refused(window, lambda: run(window, wanted, reason=None, dry_run=True), Refused, "理由")


def test_a_thousand_change_with_few_statements(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    """One read for five hundred rows and one statement for each set of columns, not one a row."""
    first = window.ledger.check(IDS[0])
    assert first is not None
    many = [first._replace(id=f"{NUMBER}-{n}") for n in range(4, 604)]
    with window.ledger.transaction() as act:
        for check in many:
            act.add_check(check)
        act.record(an_occasion().entry("test.many", NUMBER))
    statements: list[str] = []
    real = window.ledger.engine.execute

    def counted(sql: str, values: Any = ()) -> Any:
        statements.append(sql)
        return real(sql, values)

    monkeypatch.setattr(window.ledger.engine, "execute", counted)
    assert run(window, *(Wanted(check.id, LATER) for check in many)).changed == 600
    assert len(statements) < 30
    monkeypatch.undo()
    assert verify(window.ledger).faults == ()
    facts = json.loads(list(window.ledger.history(NUMBER))[-1]["detail"])
    assert len(facts["checks"]) == 600
