"""核查结论，整张工作单: all rows are tried first; all of them or none, and never twice."""

from __future__ import annotations

import pytest

from gaozhi_cli.domain.closing import Answer
from gaozhi_cli.domain.problem import BadInput, Refused
from gaozhi_cli.domain.vocabulary import Finding
from gaozhi_cli.storage.verify import verify
from tests.builders import an_occasion
from tests.services.visiting import IDS, NUMBER, SHEET, Visiting, visited, visiting
from tests.storage.test_ledger_contract import entries, journal_is_impersonal, refused, unchanged

__all__ = ["visited", "visiting"]
TRUE = ("属实", "现场见到原件", "李核查")


@pytest.fixture
def out(visiting: Visiting) -> Visiting:
    """A sheet is out with the three checks of a case."""
    visiting.dispatch(NUMBER)
    visiting.print()
    return visiting


def statuses(rows: list[Answer], window: Visiting, **more: object) -> list[str]:
    """What became of each row."""
    return [row.status for row in window.close_sheet(rows, **more).rows]


def test_filled_rows_are_closed_together_empty_ones_stay_open(out: Visiting) -> None:
    """An act and an entry for each; who looked; the check that follows; the sheet handed in again is done."""
    before = len(entries(out.path))
    rows = out.filled(c1=TRUE, c2=("无法核实", "大门紧锁", "李核查、王核查"))
    done = out.close_sheet(rows)
    assert [row.status for row in done.rows] == ["closed", "closed", "empty"] and done.out
    checks = [out.ledger.check(id_) for id_ in (*IDS, f"{NUMBER}-4")]
    assert [(c.finding, c.inspectors, c.sheet) for c in checks if c is not None] == [
        ("true", "李核查", SHEET), ("unverifiable", "李核查、王核查", SHEET), (None, None, SHEET),
        (None, None, None),
    ]  # fmt: skip
    assert out.ledger.personal(IDS[1], "evidence") == {"text": "大门紧锁"}
    added = entries(out.path)[before:]
    assert [(one["act"], one["object"]) for one in added] == [("verify.close", NUMBER)] * 2
    assert statuses(rows, out) == ["done", "done", "empty"]
    assert unchanged(out, lambda: out.close_sheet(rows)).sheet == SHEET
    assert statuses(out.filled(c1=TRUE, c3=TRUE), out) == ["done", "empty", "closed"]
    assert verify(out.ledger).faults == ()
    journal_is_impersonal(out)


def test_one_wrong_row_and_nothing_is_closed(out: Visiting) -> None:
    """Every problem of every row, each with its place: as data exit 3, by a rule exit 5."""
    rows = out.filled(c1=TRUE, c2=("不属实", "看过", ""), c3=("", "看过", ""))
    fault = refused(out, lambda: out.close_sheet(rows), BadInput, "2 行不能登记，一行都没有登记")
    assert [problem.code for problem in fault.problems] == ["finding-unknown", "finding-missing"]
    assert all(problem.message.startswith(place) for problem, place in zip(
        fault.problems, ("第 2 项", "第 3 项"), strict=True
    ))  # fmt: skip
    rows = out.filled(c1=TRUE, c2=("不实", "", ""))
    fault = refused(out, lambda: out.close_sheet(rows), Refused, "第 2 项：核查结论须写明凭据")
    assert statuses(rows, out, keep_going=True) == ["closed", "failed", "empty"]
    check = out.ledger.check(IDS[1])
    assert check is not None and check.finding is None


def test_a_row_of_another_case_or_sheet_is_refused(out: Visiting) -> None:
    """Rows moved about in a spreadsheet never close what they do not name."""
    rows = out.filled(c1=TRUE)
    wrong = [rows[0]._replace(number="RS-2026-00002"), rows[0]._replace(sheet="RS-2026-D00009"),
             rows[0]._replace(check="RS-2026-00002-1", number="RS-2026-00002")]  # fmt: skip
    for row, code in zip(wrong, ("check-number", "sheet-other", "check-other"), strict=True):
        fault = refused(out, lambda row=row: out.close_sheet([row]), BadInput, "不能登记")
        assert [problem.code for problem in fault.problems] == [code]
    fault = refused(out, lambda: out.close_sheet([rows[0], rows[0]]), BadInput, "一项核查只写一行")
    assert [problem.code for problem in fault.problems] == ["check-twice"]
    refused(out, lambda: out.close_sheet(out.filled()), BadInput, "没有一行写了核查结论")


def test_what_was_found_otherwise_in_the_meantime_stands(out: Visiting) -> None:
    """The row that says something else is refused and the finding stays; one that says the same is done."""
    out.close(IDS[0], finding=Finding.TRUE, evidence=TRUE[1], inspectors=("李核查",))
    assert statuses(out.filled(c1=TRUE), out) == ["done", "empty", "empty"]
    for other in (("不实", TRUE[1], "李核查"), ("属实", "另外的话", "李核查"), ("属实", TRUE[1], "王核查")):
        rows = out.filled(c1=other)
        refused(out, lambda rows=rows: out.close_sheet(rows), Refused, "不能再次下结论")


def test_another_offices_sheet(out: Visiting) -> None:
    """Where the operator's office is said, its own checks only."""
    rows = out.filled(c1=TRUE)
    fault = refused(out, lambda: out.close_sheet(rows, place=out.place("SC")), Refused, "请由人社局下结论")
    assert [problem.code for problem in fault.problems] == ["other-office"]
    assert statuses(rows, out, place=out.place("RS")) == ["closed", "empty", "empty"]


def test_repeats_and_trials(out: Visiting) -> None:
    """A trial writes nothing; the same request twice closes once."""
    rows = out.filled(c1=TRUE, c2=TRUE)
    tried = unchanged(out, lambda: out.close_sheet(rows, an_occasion(dry_run=True)))
    assert [row.status for row in tried.rows] == ["closed", "closed", "empty"]
    out.close_sheet(rows, an_occasion(request_id="r"))
    again = unchanged(out, lambda: out.close_sheet(rows, an_occasion(request_id="r")))
    assert [row.status for row in again.rows] == ["done", "done", "empty"]
