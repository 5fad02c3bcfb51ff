"""派出现场核查: numbered, in one transaction, each check once; what goes along and what stays behind."""

from __future__ import annotations

import json
from datetime import date

import pytest

from gaozhi_cli.domain.problem import NotFound, Refused
from gaozhi_cli.storage.verify import verify
from tests.builders import an_occasion
from tests.services.visiting import IDS, NUMBER, SHEET, Visiting, visited, visiting
from tests.storage.test_ledger_contract import entries, journal_is_impersonal, refused, unchanged

__all__ = ["visited", "visiting"]
OTHER = "RS-2026-00002"
LATER = date(2026, 11, 26)


def test_handed_out_with_one_visit_to_each_place(visiting: Visiting) -> None:
    """The sheet and its checks; an entry of the sheet and one in the history of each case; whole after."""
    before = len(entries(visiting.path))
    done = visiting.dispatch(NUMBER, OTHER)
    assert [[look.check.id for look in visit] for visit in done.visits] == [IDS, [f"{OTHER}-1"]]
    sheet = done.sheet
    assert (sheet.id, sheet.assignee, sheet.visits, sheet.until_on) == (SHEET, "李核查", 2, "2026-12-15")
    assert json.loads(sheet.checks) == [IDS, [f"{OTHER}-1"]]
    for id_ in (*IDS, f"{OTHER}-1"):
        check = visiting.ledger.check(id_)
        assert check is not None
        assert (check.sheet, check.assignee, check.received_on) == (SHEET, "李核查", None)
    added = entries(visiting.path)[before:]
    assert [(one["act"], one["object"]) for one in added] == [
        ("verify.dispatch", SHEET), ("verify.dispatch", NUMBER), ("verify.dispatch", OTHER),
    ]  # fmt: skip
    assert verify(visiting.ledger).faults == ()
    journal_is_impersonal(visiting)


def test_the_inspectors_own_without_what_is_out_or_paused(visiting: Visiting) -> None:
    """Nothing goes out twice by itself; what stays behind is told; ``until`` limits by date."""
    refused(visiting, visiting.dispatch, NotFound, "李核查 没有待派出的现场核查；先 gaozhi verify assign")
    visiting.schedule(NUMBER, assignee="李核查")
    visiting.schedule(OTHER, assignee="李核查")
    refused(visiting, lambda: visiting.dispatch(until="2026-12-01"), NotFound, "没有待派出")
    visiting.dispatch(IDS[0])
    with visiting.ledger.transaction() as act:
        act.change_check(IDS[1], paused_on="2026-11-24")
        act.record(an_occasion().entry("test", NUMBER))
    done = visiting.dispatch()
    assert done.sheet.id == "RS-2026-D00002"
    assert [look.check.id for visit in done.visits for look in visit] == [IDS[2], f"{OTHER}-1"]
    assert [problem.code for problem in done.left_out] == ["check-out", "check-paused"]
    assert [check.id for check in done.nearby] == IDS[:2]
    refused(visiting, visiting.dispatch, NotFound, "没有待派出的现场核查：RS-2026-00001-1 已在工作单")


def test_a_named_check_that_cannot_go_out_refuses_the_whole(visiting: Visiting) -> None:
    """All reasons at once, nothing numbered: the next sheet is still the first."""
    visiting.close(IDS[0])
    with visiting.ledger.transaction() as act:
        act.change_check(IDS[1], method="online")
        act.record(an_occasion().entry("test", NUMBER))
    fault = refused(visiting, lambda: visiting.dispatch(*IDS), Refused, "已有结论，不用再上门")
    assert [problem.code for problem in fault.problems] == ["check-closed", "check-method"]
    refused(visiting, lambda: visiting.dispatch(IDS[2], office="SC"), Refused, "不是 SC 的")
    refused(visiting, lambda: visiting.dispatch("RS-2026-00009"), NotFound, "RS-2026-00009")
    assert visiting.dispatch(NUMBER).sheet.id == SHEET


def test_another_way_after_it_could_not_be_verified_may_be_a_visit(visiting: Visiting) -> None:
    """无法核实 online: the check that follows may go out; the office's number goes on."""
    with visiting.ledger.transaction() as act:
        act.change_check(IDS[0], method="online", origin="follow-up")
        act.record(an_occasion().entry("test", NUMBER))
    assert len(visiting.dispatch(IDS[0]).visits) == 1


def test_the_same_request_is_the_same_sheet(visiting: Visiting) -> None:
    """A repeat adds nothing; the id for other checks is refused; a trial leaves nothing."""
    tried = unchanged(visiting, lambda: visiting.dispatch(NUMBER, when=an_occasion(dry_run=True)))
    when = an_occasion(request_id="r")
    done = visiting.dispatch(NUMBER, when=when)
    assert tried.sheet == done.sheet
    again = unchanged(visiting, lambda: visiting.dispatch(NUMBER, when=when))
    assert (again.sheet, again.visits) == (done.sheet, tuple(
        tuple(look._replace(check=visiting.ledger.check(look.check.id)) for look in visit)
        for visit in done.visits
    ))  # fmt: skip
    refused(visiting, lambda: visiting.dispatch(OTHER, when=when), Refused, "r 已用于")


def test_back_without_a_finding_it_may_go_out_again(visiting: Visiting) -> None:
    """Received: the day and the person; then another sheet, and the first one lets go of it."""
    visiting.dispatch(NUMBER)
    refused(visiting, lambda: visiting.dispatch(IDS[0]), Refused, f"已在工作单 {SHEET} 上")
    refused(visiting, lambda: visiting.receive(when=an_occasion(date(2026, 11, 1))), Refused, "早于派出日期")
    back = visiting.receive(by="王内勤", when=an_occasion(LATER, request_id="b"))
    assert (back.sheet.received_on, back.sheet.received_by) == ("2026-11-26", "王内勤")
    assert [check.id for check in back.open] == IDS
    again = unchanged(
        visiting, lambda: visiting.receive(by="王内勤", when=an_occasion(LATER, request_id="b"))
    )
    assert again.sheet == back.sheet
    refused(visiting, visiting.receive, Refused, "已于 2026-11-26 由王内勤收回")
    refused(visiting, lambda: visiting.receive("RS-2026-D00007"), NotFound, "没有工作单 RS-2026-D00007")
    assert visiting.dispatch(IDS[0], assignee="王核查").sheet.id == "RS-2026-D00002"
    check = visiting.ledger.check(IDS[0])
    assert check is not None
    assert (check.sheet, check.received_on, check.assignee) == ("RS-2026-D00002", None, "王核查")
    assert verify(visiting.ledger).faults == ()


@pytest.mark.parametrize("phone", [False, True])
def test_a_sheet_tells_the_least(visiting: Visiting, phone: bool) -> None:
    """Name, address, masked number; the telephone only where asked; private files, all of them or none."""
    visiting.dispatch(NUMBER)
    done = visiting.print(phone=phone)
    assert sorted(path.name for path in done.files) == [f"{SHEET}.{end}" for end in ("docx", "json", "xlsx")]
    assert all(path.stat().st_mode & 0o077 == 0 for path in (*done.files, done.files[0].parent))
    rows = json.loads(done.files[2].read_text("utf-8"))["checks"]
    assert {row["phone"] for row in rows} == {"测试乙 0371-00000000" if phone else ""}
    last = entries(visiting.path)[-1]
    assert (last["act"], last["object"]) == ("verify.print-sheet", SHEET)
    journal_is_impersonal(visiting)


def test_printed_again_the_same_or_where_another_file_lies_not_at_all(visiting: Visiting) -> None:
    """The same bytes need no entry; one file that cannot be written leaves none of them behind."""
    visiting.dispatch(NUMBER)
    unchanged(visiting, lambda: visiting.print(when=an_occasion(dry_run=True)))
    done = visiting.print()
    unchanged(visiting, visiting.print)
    folder = visiting.home / "elsewhere"
    folder.mkdir()
    (folder / f"{SHEET}.json").mkdir()
    before = sorted(folder.rglob("*"))
    with pytest.raises(Exception, match="已有另一份文件"):
        visiting.print(folder=folder)
    assert sorted(folder.rglob("*")) == before
    for id_ in IDS:
        visiting.close(id_)
    refused(visiting, visiting.print, Refused, "不用再印")
    assert all(path.is_file() for path in done.files)
