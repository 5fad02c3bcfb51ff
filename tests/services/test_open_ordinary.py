"""一般程序: numbered apart from the letters, with its reason; concluded and served in the same ledger."""

from __future__ import annotations

from datetime import date

from gaozhi_cli.domain.problem import Refused
from gaozhi_cli.domain.vocabulary import OrdinaryReason, ServedWay
from gaozhi_cli.storage.records import Query
from tests.builders import CITIZEN, an_occasion
from tests.services.course import Course, course  # noqa: F401
from tests.storage.test_ledger_contract import journal_is_impersonal, one_entry, refused, unchanged


def test_a_case_without_a_promise(course: Course) -> None:  # noqa: F811
    """规程四（二）: accepted at once, no letter, no proof promised, the reason recorded."""
    with one_entry(course, "ordinary.new", "SC-2026-Y00001") as entry:
        number = course.ordinary(because=OrdinaryReason.UNABLE)
    case = course.ledger.case(number)
    assert (case.status, case.track, case.choice, case.accepted_on) == (
        "accepted", "ordinary", "unable", "2026-11-24"
    )  # fmt: skip
    assert entry["detail"]["because"] == "unable"
    assert course.ledger.letter(number) is None and course.ledger.proofs_of(number) == []
    assert course.ledger.personal(number, "applicant")["name"] == CITIZEN["name"]
    journal_is_impersonal(course)


def test_letters_stay_gapless_beside_them(course: Course) -> None:  # noqa: F811
    """Two series, each without a gap; one subject; listed together in a fixed order."""
    numbers = [course.draw_up("64", CITIZEN), course.ordinary(), course.draw_up("64", CITIZEN),
               course.ordinary(no="65")]  # fmt: skip
    assert numbers == ["SC-2026-00001", "SC-2026-Y00001", "SC-2026-00002", "SC-2026-Y00002"]
    listed = [found.case for found in course.ledger.commitments(Query())]
    assert [case.number for case in listed] == sorted(numbers)
    assert len({case.subject for case in listed}) == 1


def test_concluded_and_served(course: Course) -> None:  # noqa: F811
    """规程四（一）、（二）: each once, in order, on its own track."""
    number = course.ordinary()
    refused(course, lambda: course.serve(number), Refused, "送达须先“已办结”")
    refused(course, lambda: course.conclude(number), Refused, "gaozhi ordinary conclude")
    with one_entry(course, "ordinary.conclude", number):
        assert course.conclude_ordinary(number) == "concluded"
    refused(course, lambda: course.conclude_ordinary(number), Refused, "不能重复")
    with one_entry(course, "commitment.serve", number) as entry:
        course.serve(number, way=ServedWay.POST, receipt_sha256="ab" * 32)
    assert (entry["detail"]["way"], entry["detail"]["receipt"]) == ("post", "ab" * 32)
    case = course.ledger.case(number)
    assert (case.served_on, case.served_way) == ("2026-11-24", "post")
    refused(course, lambda: course.serve(number), Refused, "不能重复送达")


def test_a_commitment_is_served_after_its_end(course: Course) -> None:  # noqa: F811
    """送达申请人 follows 办结, never before its day."""
    number = course.letter("64", CITIZEN)
    for step in (course.sign, course.accept):
        step(number)
    refused(course, lambda: course.conclude_ordinary(number), Refused, "按告知承诺办理")
    course.conclude(number)
    refused(course, lambda: course.serve(number, an_occasion(date(2026, 11, 23))), Refused, "早于上一步")
    course.serve(number)


def test_repeats_and_trials(course: Course) -> None:  # noqa: F811
    """One request, one case, whichever of the acts it was."""
    unchanged(course, lambda: course.ordinary(an_occasion(dry_run=True)))
    number = course.ordinary(an_occasion(request_id="r1"))
    assert unchanged(course, lambda: course.ordinary(an_occasion(request_id="r1"))) == number
    refused(course, lambda: course.ordinary(an_occasion(request_id="r1"), no="65"), Refused, "请求号")
    for act in (course.conclude_ordinary, course.serve):
        unchanged(course, lambda act=act: act(number, an_occasion(dry_run=True)))  # type: ignore[misc]
        act(number, an_occasion(request_id=act.__name__))
        unchanged(course, lambda act=act: act(number, an_occasion(request_id=act.__name__)))  # type: ignore[misc]
