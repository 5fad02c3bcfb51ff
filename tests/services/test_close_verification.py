"""核查结论: one check, once, with evidence that is kept sealed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from gaozhi_cli.domain.assistance import Assistance
from gaozhi_cli.domain.parameters import Dated
from gaozhi_cli.domain.problem import NotFound, Refused, UsageFault
from gaozhi_cli.domain.vocabulary import Finding
from gaozhi_cli.storage.closing import FileMark, Place
from gaozhi_cli.storage.visits import County
from tests.builders import CITIZEN, an_occasion
from tests.storage.test_ledger_contract import (
    EVIDENCE,
    THREE_CHECKS,
    Window,
    journal_is_impersonal,
    one_entry,
    refused,
    unchanged,
)

NUMBER = "RS-2026-00001"
IDS = [f"{NUMBER}-{n}" for n in (1, 2, 3)]


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    """A window with an accepted case: three open checks."""
    window = Window(tmp_path / "county")
    number = window.letter("14", THREE_CHECKS)
    window.sign(number)
    window.accept(number)
    yield window
    window.ledger.close()


@pytest.mark.parametrize("finding", list(Finding))
def test_closed_with_a_finding(window: Window, finding: Finding) -> None:
    """The finding and its day; evidence in one row of personal data; one entry; due no longer."""
    when = an_occasion(date(2026, 12, 1))
    with one_entry(window, "verify.close", NUMBER) as entry:
        done = window.close(IDS[1], when, finding=finding, files=(FileMark("ab" * 32, 9),))
    assert (done.id, done.finding) == (IDS[1], finding)
    check = window.ledger.check(IDS[1])
    assert check is not None
    assert (check.state, check.finding, check.closed_on) == ("closed", finding.value, "2026-12-01")
    again = finding is Finding.UNVERIFIABLE
    tables = ["personal", "verifications", "evidence_files", *["verifications"] * again]
    assert entry["tables"] == tables
    facts = {"check": IDS[1], "finding": finding.value, "files": ["ab" * 32]}
    assert entry["detail"] == facts | ({"follow_up": f"{NUMBER}-4"} if again else {})
    assert [open_.id for open_ in window.ledger.due(dated=True)] == [IDS[0], IDS[2]]


def test_what_could_not_be_verified_is_still_to_be_checked(window: Window) -> None:
    """无法核实 closes one check and opens another of the same proof, without a date, in the same act."""
    window.close(IDS[1], an_occasion(date(2026, 12, 1)), finding=Finding.UNVERIFIABLE)
    old, new = (window.ledger.check(id_) for id_ in (IDS[1], f"{NUMBER}-4"))
    assert old is not None
    assert new is not None
    assert (new.proof, new.method, new.state, new.finding) == (old.proof, old.method, "planned", None)
    assert (new.planned_on, new.due_on, new.evidence) == ("2026-12-01", None, None)
    assert [open_.id for open_ in window.ledger.due(dated=False)] == [f"{NUMBER}-4"]


def test_evidence_is_sealed(window: Window) -> None:
    """It comes back whole with the key; in the file and in the journal it stands nowhere."""
    window.close(IDS[0])
    assert window.ledger.personal(IDS[0], "evidence") == {"text": EVIDENCE}
    check = window.ledger.check(IDS[0])
    assert check is not None
    assert window.ledger.engine.execute(
        "SELECT owner, role FROM personal WHERE id = ?", (check.evidence,)
    ) == [(IDS[0], "evidence")]
    assert EVIDENCE.encode() not in window.path.read_bytes()
    journal_is_impersonal(window)


def test_next_steps_depend_on_finding_and_status(window: Window) -> None:
    """What the clauses foresee, for the clerk to weigh; a finding alone decides nothing."""
    assert any("conclude" in step for step in window.close(IDS[0]).next)
    tried = window.close(IDS[1], an_occasion(dry_run=True), finding=Finding.FALSE)
    assert any("终止办理" in step for step in tried.next)
    window.conclude(NUMBER)
    late = window.close(IDS[1], finding=Finding.FALSE)
    assert any("撤销行政决定" in step for step in late.next)
    assert not any("撤销" in step for step in window.close(IDS[2], finding=Finding.UNFULFILLED).next)
    assert window.ledger.case(NUMBER).status == "concluded"


def test_closed_by_the_number_where_one_is_open(window: Window) -> None:
    """With several open the id is asked for, and the ids are named."""
    fault = refused(window, lambda: window.close(NUMBER), UsageFault, "3 项待核查")
    assert all(id_ in fault.message for id_ in IDS)
    for id_ in IDS[:2]:
        window.close(id_)
    assert window.close(NUMBER).id == IDS[2]
    refused(window, lambda: window.close(NUMBER), NotFound, "没有待核查的事项")


def test_never_closed_twice(window: Window) -> None:
    """Says when and with which finding it was closed; the finding stays."""
    window.close(IDS[0], finding=Finding.FALSE)
    refused(window, lambda: window.close(IDS[0]), Refused, "已于 2026-11-24 核查完毕，结论“不实”")


@pytest.mark.parametrize("evidence", ["", "  ", "\n"])
def test_evidence_is_needed(window: Window, evidence: str) -> None:
    """A finding without evidence is none."""
    problem = refused(window, lambda: window.close(IDS[0], evidence=evidence), Refused, "凭据")
    assert [found.field for found in problem.problems] == ["evidence"]


def test_all_problems_at_once(window: Window) -> None:
    """Closed, without evidence and before it was planned."""
    window.close(IDS[0])
    when = an_occasion(date(2026, 11, 1))
    problem = refused(window, lambda: window.close(IDS[0], when, evidence=""), Refused, "核查完毕")
    assert [found.code for found in problem.problems] == ["check-closed", "evidence-missing", "check-date"]


def test_unknown(window: Window) -> None:
    """No such check, no such case, nothing to check."""
    refused(window, lambda: window.close(f"{NUMBER}-9"), NotFound, f"{NUMBER}-9")
    exempt = window.letter("64", CITIZEN)
    refused(window, lambda: window.close(exempt), NotFound, "尚未受理")
    window.sign(exempt)
    window.accept(exempt)
    refused(window, lambda: window.close(exempt), NotFound, "没有待核查的事项")


def test_request_repeated(window: Window) -> None:
    """The same answer, nothing written; another finding or evidence under the same id is refused."""
    when = an_occasion(request_id="r")
    done = window.close(IDS[0], when)
    assert unchanged(window, lambda: window.close(IDS[0], when)) == done
    for other in ({"finding": Finding.FALSE}, {"evidence": "另一凭据"}, {"files": (FileMark("ab" * 32, 9),)}):
        refused(window, lambda other=other: window.close(IDS[0], when, **other), Refused, "r 已用于")
    refused(window, lambda: window.close(IDS[1], when), Refused, "r 已用于")


def test_dry_run(window: Window) -> None:
    """The answer of the act, and no act."""
    tried = unchanged(window, lambda: window.close(IDS[0], an_occasion(dry_run=True)))
    assert window.ledger.personal(IDS[0], "evidence") == {}
    assert window.close(IDS[0]) == tried


def test_who_looked_is_kept(window: Window) -> None:
    """The names stand with the check and in the entry; without names nothing does."""
    with one_entry(window, "verify.close", NUMBER) as entry:
        window.close(IDS[0], inspectors=("李核查", "王核查"))
    check, other = window.ledger.check(IDS[0]), window.close(IDS[1])
    assert check is not None and check.inspectors == "李核查、王核查"
    assert entry["detail"]["inspectors"] == ["李核查", "王核查"]
    closed = window.ledger.check(other.id)
    assert closed is not None and closed.inspectors is None


def test_two_persons_where_the_county_says_so_and_its_own_checks(window: Window) -> None:
    """The county's dated parameter counts for an adverse finding; another office's check is refused first."""
    value = Dated(date(2021, 1, 1), "2", "示例县核查办法（虚构）")
    asked = tuple(
        p._replace(values=(value,)) if p.id == "verification.persons" else p
        for p in window.catalog.parameters
    )
    catalog = window.catalog._replace(parameters=asked)
    place = Place("RS", County(catalog, lambda _: window.catalog))
    more = {"finding": Finding.FALSE, "inspectors": ("李核查",), "place": place}
    refused(
        window, lambda: window.close(IDS[0], **more), Refused, "须 2 人以上核查（示例县核查办法（虚构））"
    )
    elsewhere = {**more, "place": place._replace(own="SC")}
    problem = refused(window, lambda: window.close(IDS[0], **elsewhere), Refused, "请由人社局下结论")
    assert [found.code for found in problem.problems] == ["other-office"]
    assert window.close(IDS[0], **more | {"inspectors": ("李核查", "王核查")}).finding is Finding.FALSE


def test_a_request_that_is_not_answered_does_not_hold_it_up(window: Window) -> None:
    """通知五（四）: what was seen otherwise counts; the request is named so that nobody forgets it."""
    asked = Assistance(
        "RS-2026-X00001", "RS", 2026, 1, IDS[0], NUMBER, "示例机关", "2026-11-24", None, 0, None, None, None,
        None, "asked", None, 0, None, None, None, None, None,
    )  # fmt: skip
    with window.ledger.transaction() as act:
        act.add_assistance(asked)
        act.record(an_occasion().entry("assist.ask", NUMBER))
    assert window.close(IDS[0]).unanswered == (asked.id,)
    assert window.close(IDS[1]).unanswered == ()


def test_a_check_that_waits_or_is_out(window: Window) -> None:
    """Paused: going on comes first. Before its day: 5. On a sheet that is out: closed, and the sheet told."""
    changes = {IDS[0]: {"paused_on": "2026-11-24"}, IDS[1]: {"not_before": "2026-12-01"},
               IDS[2]: {"sheet": "RS-2026-D00001"}}  # fmt: skip
    with window.ledger.transaction() as act:
        for id_, change in changes.items():
            act.change_check(id_, **change)
        act.record(an_occasion().entry("test", NUMBER))
    refused(window, lambda: window.close(IDS[0]), Refused, "verify resume")
    refused(window, lambda: window.close(IDS[1]), Refused, "2026-12-01 以前还在整改期限内")
    assert window.close(IDS[2]).sheet == "RS-2026-D00001"
