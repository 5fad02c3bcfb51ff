"""请求协助核查: numbered, in a letter, once for an agency; reminded, extended, counted anew."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from gaozhi_cli.domain.assistance import Assistance
from gaozhi_cli.domain.problem import NotFound, NotReady, Refused, UsageFault
from gaozhi_cli.domain.workdays import WorkCalendar
from gaozhi_cli.services.extend_assistance import extend_assistance
from gaozhi_cli.services.recount_assistances import recount_assistances
from gaozhi_cli.storage.assistances import owing, the_request
from gaozhi_cli.storage.case_papers import Paper
from gaozhi_cli.storage.verify import verify
from tests.builders import CITIZEN, ORGANIZATION, an_occasion
from tests.services.assisting import CASE, Assisting, on
from tests.services.course import text_of
from tests.storage.test_ledger_contract import entries, journal_is_impersonal, one_entry, refused, unchanged


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Assisting:
    """A window with three open checks, to copy from."""
    return Assisting(tmp_path_factory.mktemp("base") / "county")


@pytest.fixture
def window(base: Assisting, tmp_path: Path) -> Iterator[Assisting]:
    """A copy of it."""
    copy = base.copied(tmp_path / "county")
    assert isinstance(copy, Assisting)
    yield copy
    copy.ledger.close()


def test_asked_with_its_letter(window: Assisting) -> None:
    """Number, date and letter in one act; what is asked only sealed; in the letter who it is about."""
    with one_entry(window, "assist.ask", CASE) as entry:
        done = window.ask(content="测试乙所述的证书是否有效")
    request = done.request
    assert (request.id, request.agency, request.due_on, request.period) == (
        "RS-2026-X00001", "SC", "2026-12-08", 10
    )  # fmt: skip
    assert the_request(window.ledger, request.id) == request and request.document_sha256 is not None
    assert sorted(set(entry["tables"])) == ["assistances", "counters", "personal"]
    (letter,) = done.documents
    text = text_of(letter)
    for said in (request.id, "荥阳市市场监督管理局：", ORGANIZATION["name"], ORGANIZATION["uscc"],
                 "测试乙所述的证书是否有效", "请于2026年12月8日以前书面答复", "“通知”指"):  # fmt: skip
        assert said in text, said
    for unneeded in ("phone", "address", "contact", "statement", "site_address"):
        assert ORGANIZATION[unneeded] not in text.replace("测试乙所述", "")
    assert window.ledger.personal(request.id, "request")["text"] == "测试乙所述的证书是否有效"
    journal_is_impersonal(window)
    assert verify(window.ledger).faults == ()


def test_numbers_are_the_offices_own_and_gapless(window: Assisting) -> None:
    """A trial and a refusal take no number; letters and requests are counted apart."""
    unchanged(window, lambda: window.ask(when=an_occasion(dry_run=True)))
    window.ask()
    refused(window, window.ask, Refused, "assist remind RS-2026-X00001")
    refused(window, lambda: window.ask(agency="RS"), Refused, "其他行政机关")
    assert window.ask(agency="WJ").request.id == "RS-2026-X00002"
    assert window.ask(f"{CASE}-2", "河南省公安厅", due=date(2026, 12, 31)).request.id == "RS-2026-X00003"


def test_which_check_is_meant(window: Assisting) -> None:
    """A case's number where it has several open checks is not enough."""
    refused(window, lambda: window.ask(CASE), UsageFault, "3 项待核查")
    refused(window, lambda: window.ask("RS-2026-00009-1"), NotFound, "没有")
    window.close(f"{CASE}-1")
    refused(window, window.ask, Refused, "已于 2026-11-24 核查完毕")


def test_a_repeat_is_one_request(window: Assisting) -> None:
    """The same request id does nothing again; for another agency it is refused."""
    once = an_occasion(request_id="r1")
    window.ask(when=once)
    again = unchanged(window, lambda: window.ask(when=once))
    assert again.repeated and again.request.id == "RS-2026-X00001"
    refused(window, lambda: window.ask(agency="WJ", when=once), Refused, "请求号 r1 已用于")


def test_another_window_takes_the_number_first(window: Assisting) -> None:
    """The letter is drawn again with the next number; a check that changes meanwhile stops it."""
    draw, tried = window.drawn("assist-letter", {}), []

    def slow(request: Assistance) -> Paper:
        tried.append(request.id)
        if len(tried) == 1:
            window.ask(f"{CASE}-2")
        return draw(request)

    done = window.ask(draw=slow)
    assert tried == ["RS-2026-X00001", "RS-2026-X00002"] and done.request.id == tried[1]
    assert tried[1] in text_of(done.documents[0])

    def closing(request: Assistance) -> Paper:
        window.close(f"{CASE}-3")
        return draw(request)

    with pytest.raises(NotReady, match="刚刚变动"):
        window.ask(f"{CASE}-3", draw=closing)
    assert window.ask(f"{CASE}-2", "WJ").request.id == "RS-2026-X00003"


def test_reminders_are_counted(window: Assisting) -> None:
    """Each in a letter of its own without anything of the applicant; before its time only with a reason."""
    window.ask(window.person())
    refused(window, lambda: window.remind("SB-2026-X00001", when=on(12, 8)), Refused, "还没有过")
    with one_entry(window, "assist.remind") as entry:
        first = window.remind("SB-2026-X00001", when=on(12, 9))
    assert (entry["detail"]["times"], entry["reason"]) == (1, None)
    refused(window, lambda: window.remind("SB-2026-X00001", when=on(12, 9)), Refused, "催办过")
    second = window.remind("SB-2026-X00001", "申请人催问", on(12, 9))
    assert (second.request.reminders, second.request.reminded_on) == (2, "2026-12-09")
    names = [path.name for path in (*first.documents, *second.documents)]
    assert names == [f"SB-2026-X00001-{n}-协助核查催办函.docx" for n in (1, 2)]
    text = text_of(second.documents[0])
    assert "现第 2 次催办" in text and CITIZEN["name"] not in text and CITIZEN["id_number"] not in text
    owed = owing(window.ledger, "2026-12-09")
    assert [(one.agency, one.open, one.overdue, one.reminders) for one in owed] == [("SC", 1, 1, 2)]


def test_extended_by_working_days(window: Assisting) -> None:
    """A counted date is counted on, a set one goes on from its day; the journal keeps why."""
    window.ask()
    window.ask(f"{CASE}-2", due=date(2026, 12, 8))
    for id_ in ("RS-2026-X00001", "RS-2026-X00002"):
        with one_entry(window, "assist.extend", CASE) as entry:
            done = extend_assistance(
                id_, 5, "对方来函说明", calendar=window.calendar, ledger=window.ledger,
                occasion=on(12, 8, id_),
            )  # fmt: skip
        assert done.due_on == "2026-12-15"
        assert (entry["reason"], entry["detail"]["before"]) == ("对方来函说明", "2026-12-08")
    window.answer("RS-2026-X00001", when=on(12, 9))
    refused(
        window,
        lambda: extend_assistance("RS-2026-X00001", 5, "再等等", calendar=window.calendar,
                                  ledger=window.ledger, occasion=on(12, 10)),
        Refused, "已经了结",
    )  # fmt: skip


def test_counted_anew_when_the_calendar_comes(window: Assisting) -> None:
    """A provisional date moves with the published calendar, extensions included, once; a set one stays."""
    window.ask()
    window.ask(f"{CASE}-2", due=date(2027, 1, 8))
    extend_assistance(
        "RS-2026-X00001", 25, "调阅档案", calendar=window.calendar, ledger=window.ledger,
        occasion=an_occasion(),
    )  # fmt: skip
    before = the_request(window.ledger, "RS-2026-X00001")
    assert before.provisional and before.due_on == "2027-01-12"
    holiday = WorkCalendar(
        window.calendar.holidays | {date(2027, 1, 4)}, window.calendar.workdays,
        window.calendar.published | {2027},
    )  # fmt: skip

    def recount(**more: bool) -> list[tuple[str | None, str | None]]:
        moved = recount_assistances(
            calendar=holiday, ledger=window.ledger, occasion=an_occasion(**more)  # type: ignore[arg-type]
        )  # fmt: skip
        return [(one.before.due_on, one.after.due_on) for one in moved]

    assert unchanged(window, lambda: recount(dry_run=True)) == [("2027-01-12", "2027-01-13")]
    with one_entry(window, "assist.recompute"):
        assert recount() == [("2027-01-12", "2027-01-13")]
    assert not the_request(window.ledger, "RS-2026-X00001").provisional
    assert unchanged(window, recount) == []
    assert [e["act"] for e in entries(window.path)].count("assist.recompute") == 1
