"""审查材料与一次性补正: the list asks for nothing promised; told once; the case waits until all has come."""

from __future__ import annotations

from datetime import date

from gaozhi_cli.domain.problem import Refused, UsageFault
from tests.builders import CITIZEN, an_occasion
from tests.services.course import Course, course, text_of  # noqa: F401
from tests.storage.test_ledger_contract import WITH_AGENT, one_entry, refused, unchanged


def test_the_list_is_recorded_as_complete(course: Course) -> None:  # noqa: F811
    """规程四（一）：审查提交材料的完整性; looking alone writes nothing; an agent's authorization is asked."""
    number = course.letter("16", WITH_AGENT)
    looked = unchanged(course, lambda: course.check(number, complete=False))
    assert [line.text for line in looked.needed] == [
        "签名或者盖章的《证明事项告知承诺书》原件，一式两份", "申请人对委托代理人的特别授权书",
        "申请表（虚构）",
    ]  # fmt: skip
    with one_entry(course, "commitment.check", number) as entry:
        course.check(number)
    assert entry["detail"]["needed"] == [line.text for line in looked.needed]
    assert course.ledger.case(number).checked_on == "2026-11-24"


def test_who_accepts_has_looked(course: Course) -> None:  # noqa: F811
    """Without a check of its own, accepting records the list that was held against."""
    number = course.letter("64", CITIZEN)
    course.sign(number)
    with one_entry(course, "commitment.accept", number) as entry:
        course.accept(number)
    assert course.ledger.case(number).checked_on == "2026-11-24" and len(entry["detail"]["needed"]) == 2


def test_told_once_then_the_case_waits(course: Course) -> None:  # noqa: F811
    """Neither signed nor accepted while 补正中; afterwards it stands where it stood."""
    number = course.letter("64", CITIZEN)
    course.sign(number)
    with one_entry(course, "commitment.supplement", number) as entry:
        done = course.supplement(number, "no-original", "请写明门牌号", until=date(2026, 12, 15))
    case = course.ledger.case(number)
    assert (case.status, case.supplement_on, case.supplement_until) == (
        "supplementing", "2026-11-24", "2026-12-15"
    )  # fmt: skip
    assert entry["detail"]["choices"] == {"补正内容": ["no-original"]}
    text = text_of(done.documents[0])
    assert "请写明门牌号" in text and "没有提交签章后的告知承诺书原件" in text
    refused(course, lambda: course.accept(number), Refused, "--received")
    refused(course, lambda: course.supplement(number, "别的"), Refused, "不能重复一次性补正")
    late = an_occasion(date(2026, 12, 16))
    with one_entry(course, "commitment.supplied", number) as entry:
        assert course.receive(number, late).status == "signed"
    assert entry["detail"]["late"] is True
    course.accept(number, late)


def test_a_second_time_only_as_a_correction(course: Course) -> None:  # noqa: F811
    """一次告知全部内容: another one after the first says what was wrong, and leaves the first one's file."""
    number = course.letter("64", CITIZEN)
    course.supplement(number, "unsigned")
    assert course.receive(number).status == "drawn-up"
    refused(course, lambda: course.supplement(number, "blanks"), Refused, "应当一次告知全部内容")
    first = course.home / "papers" / f"{number}-一次性补正告知书.docx"
    before = first.read_bytes()
    with one_entry(course, "commitment.supplement", number) as entry:
        done = course.supplement(number, "blanks", correction="原告知书漏写了空栏")
    assert (entry["reason"], entry["detail"]["again"]) == ("原告知书漏写了空栏", True)
    assert [path.name for path in done.documents] == [f"{number}-一次性补正告知书-更正1.docx"]
    assert first.read_bytes() == before


def test_a_promised_proof_is_never_asked_for_again(course: Course) -> None:  # noqa: F811
    """通知四：行政机关不再索要有关证明."""
    number = course.letter("64", CITIZEN)
    name = course.ledger.proofs_of(number)[0].name
    problem = refused(course, lambda: course.supplement(number, f"请提交《{name}》"), Refused, "不得再索要")
    assert problem.problems[0].clause == "通知四"


def test_dates_and_files(course: Course) -> None:  # noqa: F811
    """A period already past, another file in the way, a repeat."""
    number = course.letter("64", CITIZEN)
    past = date(2026, 11, 1)
    refused(course, lambda: course.supplement(number, "unsigned", until=past), Refused, "早于办理日期")
    path = course.home / "papers" / f"{number}-一次性补正告知书.docx"
    path.parent.mkdir()
    path.write_bytes(b"mine")
    refused(course, lambda: course.supplement(number, "unsigned"), UsageFault, "已有另一份文件")
    path.unlink()
    course.supplement(number, "unsigned", when=an_occasion(request_id="r"))
    again = unchanged(course, lambda: course.supplement(number, "unsigned", when=an_occasion(request_id="r")))
    assert again.status == "supplementing"
    refused(course, lambda: course.receive(number, an_occasion(date(2026, 11, 23))), Refused, "早于")
