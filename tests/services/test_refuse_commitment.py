"""不予适用: in writing, with reasons, once, before acceptance; then the 一般程序."""

from __future__ import annotations

from gaozhi_cli.domain.problem import BadInput, NotReady, Refused
from tests.builders import CITIZEN, an_occasion
from tests.services.course import REASONS, Course, course, text_of  # noqa: F401
from tests.storage.test_ledger_contract import journal_is_impersonal, one_entry, refused, unchanged


def test_refused_with_its_notice(course: Course) -> None:  # noqa: F811
    """规程四（一）：书面告知当事人并说明理由: state, notice and entry together; the facts only sealed."""
    number = course.letter("64", CITIZEN)
    course.sign(number)
    with one_entry(course, "commitment.refuse", number) as entry:
        done = course.refuse(number)
    case = course.ledger.case(number)
    assert (case.status, case.track, case.refusal, case.refused_on) == (
        "refused", "ordinary", "not-met", "2026-11-24"
    )  # fmt: skip
    assert entry["detail"]["reasons"] == ["not-met"]
    (notice,) = done.documents
    text = text_of(notice)
    assert CITIZEN["name"] in text and "测试甲所述与告知的条件不符" in text
    assert "经营场所证明" in text  # what to bring instead
    assert course.ledger.personal(number, "refusal")["text"] == "测试甲所述与告知的条件不符"
    journal_is_impersonal(course)


def test_after_it_only_the_ordinary_way_leads_on(course: Course) -> None:  # noqa: F811
    """规程四（二）: no step of the promise is left; 一般程序 concludes it."""
    number = course.letter("64", CITIZEN)
    course.refuse(number)
    for step in (course.sign, course.accept, course.conclude, course.withdraw, course.check, course.refuse):
        refused(course, lambda step=step: step(number), Refused, "按一般程序办理")  # type: ignore[misc]
    assert course.conclude_ordinary(number) == "concluded"
    case = course.ledger.case(number)
    assert (case.track, case.refused_on, case.concluded_on) == ("ordinary", "2026-11-24", "2026-11-24")


def test_not_after_acceptance(course: Course) -> None:  # noqa: F811
    """规程四（一）: what was accepted is checked afterwards, not refused."""
    number = course.letter("64", CITIZEN)
    course.sign(number)
    course.accept(number)
    refused(course, lambda: course.refuse(number), Refused, "不予适用须先")


def test_a_reason_that_the_ledger_contradicts(course: Course) -> None:  # noqa: F811
    """No agent promised here, so none can lack an authorization."""
    number = course.letter("64", CITIZEN)
    typed = {**REASONS, "不适用情形": ("no-authorization",)}
    refused(course, lambda: course.refuse(number, typed), BadInput, "缺漏或者错误")
    refused(course, lambda: course.refuse(number, {"不适用情形": ("not-met",)}), BadInput, "缺漏")


def test_a_repeat_is_one_refusal(course: Course) -> None:  # noqa: F811
    """The same request id does nothing again; another request under it is refused; a trial writes nothing."""
    number = course.letter("64", CITIZEN)
    unchanged(course, lambda: course.refuse(number, when=an_occasion(dry_run=True)))
    course.refuse(number, when=an_occasion(request_id="r1"))
    again = unchanged(course, lambda: course.refuse(number, when=an_occasion(request_id="r1")))
    assert again.status == "refused"
    other = {**REASONS, "事实和理由": ("别的理由",)}
    refused(
        course,
        lambda: course.refuse(number, other, an_occasion(request_id="r1")),
        Refused,
        "请求号 r1 已用于",
    )


def test_a_case_that_changes_meanwhile(course: Course) -> None:  # noqa: F811
    """Another window accepts while the notice is drawn: nothing is refused, nothing written."""
    number = course.letter("64", CITIZEN)
    course.sign(number)
    drawn = course.draw

    def interrupted(kind, typed, when=None):  # type: ignore[no-untyped-def]
        def paper(case):  # type: ignore[no-untyped-def]
            found = drawn(kind, typed, when)(case)
            course.accept(number)
            return found

        return paper

    course.draw = interrupted  # type: ignore[method-assign]
    try:
        course.refuse(number)
    except NotReady as refusal:
        assert "刚刚变动" in refusal.message
    else:
        raise AssertionError("refused although it was accepted meanwhile")
    assert course.ledger.case(number).status == "accepted"
    assert not (course.home / "papers").exists()
