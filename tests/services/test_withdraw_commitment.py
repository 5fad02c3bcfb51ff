"""撤回: on a ground, before 办结 only; checks fall away; the matter goes on by its former procedure."""

from __future__ import annotations

import pytest

from gaozhi_cli.domain.problem import Refused
from gaozhi_cli.domain.vocabulary import Finding
from tests.builders import CITIZEN, an_occasion
from tests.services.course import Course, course, text_of  # noqa: F401
from tests.storage.test_ledger_contract import THREE_CHECKS, one_entry, refused, unchanged


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_before_the_end_at_any_time(course: Course, steps: int) -> None:  # noqa: F811
    """通知五（六）: as drawn up, signed or accepted; the form is filled with the reason."""
    number = course.letter("64", CITIZEN)
    for step in (course.sign, course.accept)[:steps]:
        step(number)
    with one_entry(course, "commitment.withdraw", number) as entry:
        done = course.withdraw(number)
    case = course.ledger.case(number)
    assert (case.status, case.track, case.withdrawn_on) == ("withdrawn", "ordinary", "2026-11-24")
    assert entry["reason"] == "已取得证明"
    (form,) = done.documents
    assert "已取得证明" in text_of(form) and CITIZEN["name"] in text_of(form)
    assert course.conclude_ordinary(number) == "concluded"


def test_open_checks_fall_away_and_closed_ones_stay(course: Course) -> None:  # noqa: F811
    """Nothing is promised any more, so nothing is due; what was found before stays found."""
    number = course.letter("14", THREE_CHECKS)
    course.sign(number)
    course.accept(number)
    course.close(f"{number}-2")
    done = course.withdraw(number)
    assert done.lapsed == (f"{number}-1", f"{number}-3")
    findings = [check.finding for check in course.ledger.checks_of(number)]
    assert findings == [Finding.LAPSED, Finding.TRUE, Finding.LAPSED]
    assert list(course.ledger.due(dated=True)) == list(course.ledger.due(dated=False)) == []
    refused(course, lambda: course.close(f"{number}-1"), Refused, "不再核查")


def test_a_false_promise_is_not_wiped_out(course: Course) -> None:  # noqa: F811
    """规程四（三）: what was found false is still to be dealt with; where nothing was, nothing is said."""
    said = []
    for finding in (Finding.TRUE, Finding.FALSE):
        number = course.letter("14", THREE_CHECKS)
        course.sign(number)
        course.accept(number)
        course.close(f"{number}-2", finding=finding)
        said.append(course.withdraw(number).reminder)
    assert said[0] == ""
    assert f"{number}-2 核查结论为不实" in said[1] and "纳入信用记录" in said[1]


def test_not_after_the_end_nor_without_a_reason(course: Course) -> None:  # noqa: F811
    """通知五（六）：在行政事项办结前，申请人有合理理由的."""
    number = course.letter("64", CITIZEN)
    refused(course, lambda: course.withdraw(number, "  —— "), Refused, "合理理由")
    course.sign(number)
    course.accept(number)
    course.conclude(number)
    refused(course, lambda: course.withdraw(number), Refused, "只有在行政事项办结以前可以撤回")


def test_a_repeat_is_one_withdrawal(course: Course) -> None:  # noqa: F811
    """Natural key and request id: never twice."""
    number = course.letter("64", CITIZEN)
    unchanged(course, lambda: course.withdraw(number, when=an_occasion(dry_run=True)))
    course.withdraw(number, when=an_occasion(request_id="r1"))
    again = unchanged(course, lambda: course.withdraw(number, when=an_occasion(request_id="r1")))
    assert again.status == "withdrawn"
    refused(course, lambda: course.withdraw(number), Refused, "不能再撤回")
