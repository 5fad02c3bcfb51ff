"""答复 and 不能协助: what closes a request, once; neither is a finding (通知五（四）, 规程四（三）)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from gaozhi_cli.domain.problem import NotFound, Refused
from gaozhi_cli.domain.retention import Retention
from gaozhi_cli.domain.vocabulary import AssistanceResult
from gaozhi_cli.services.purge_ledger import plan_purge, purge_ledger
from gaozhi_cli.services.reveal_answer import reveal_answer
from gaozhi_cli.storage.assistances import requests_of_case, the_request
from gaozhi_cli.storage.verify import verify
from tests.builders import an_occasion
from tests.services.assisting import CASE, Assisting, on
from tests.services.course import text_of
from tests.storage.test_ledger_contract import (
    EVIDENCE,
    journal_is_impersonal,
    one_entry,
    refused,
    unchanged,
)

FIRST = "RS-2026-X00001"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Assisting:
    """A window with one request open, to copy from."""
    made = Assisting(tmp_path_factory.mktemp("base") / "county")
    made.ask()
    return made


@pytest.fixture
def window(base: Assisting, tmp_path: Path) -> Iterator[Assisting]:
    """A copy of it."""
    copy = base.copied(tmp_path / "county")
    assert isinstance(copy, Assisting)
    yield copy
    copy.ledger.close()


def test_a_result_closes_the_request_and_not_the_check(window: Assisting) -> None:
    """The text is sealed; the check stays open, whatever the agency says."""
    with one_entry(window, "assist.answer", CASE) as entry:
        done = window.answer(FIRST, AssistanceResult.DIFFERS, EVIDENCE, sha256="ab" * 32, check=f"{CASE}-1")
    request = the_request(window.ledger, FIRST)
    assert done.request == request
    assert (request.state, request.result, request.answered_on, request.answer_sha256) == (
        "answered", "differs", "2026-11-24", "ab" * 32
    )  # fmt: skip
    assert window.ledger.personal(FIRST, "answer")["text"] == EVIDENCE
    assert entry["detail"]["result"] == "differs"
    check = window.ledger.check(f"{CASE}-1")
    assert check is not None and (check.state, check.finding) == ("planned", None)
    assert f"gaozhi verify close {CASE}-1" in done.next[0]
    journal_is_impersonal(window)


def test_answered_once(window: Assisting) -> None:
    """Neither again nor refused afterwards, nor for another check, nor what was never asked."""
    refused(window, lambda: window.answer(FIRST, check=f"{CASE}-2"), Refused, f"不是 {CASE}-2")
    refused(window, lambda: window.answer("RS-2026-X00009"), NotFound, "没有协助核查 RS-2026-X00009")
    refused(window, lambda: window.answer(FIRST, text=""), Refused, "答复要有内容")
    unchanged(window, lambda: window.answer(FIRST, when=an_occasion(dry_run=True)))
    window.answer(FIRST, when=an_occasion(request_id="a1"))
    unchanged(window, lambda: window.answer(FIRST, when=an_occasion(request_id="a1")))
    refused(window, lambda: window.answer(FIRST), Refused, "（相符），已经了结")
    refused(window, lambda: window.cannot(FIRST), Refused, "已经了结")
    refused(window, lambda: window.remind(FIRST, when=on(12, 31)), Refused, "已经了结")
    assert window.ask(when=on(11, 25)).request.id == "RS-2026-X00002", "it may be asked again"


def test_a_refusal_has_its_reasons(window: Assisting) -> None:
    """书面告知并说明理由: sealed, with the 告知书 for the agency to seal; it makes nothing false."""
    refused(window, lambda: window.cannot(FIRST, "……"), Refused, "没有理由的不能了结")
    unchanged(window, lambda: window.cannot(FIRST, when=an_occasion(dry_run=True)))
    with one_entry(window, "assist.refuse", CASE) as entry:
        done = window.cannot(FIRST, EVIDENCE)
    (paper,) = done.documents
    text = text_of(paper)
    assert text.startswith("荥阳市市场监督管理局\n不能协助告知书") and EVIDENCE in text
    assert "____年__月__日" in text and "2026年11月24日" in text
    request = the_request(window.ledger, FIRST)
    assert (request.state, request.result, request.answer_sha256) == (
        "refused", None, entry["detail"]["sha256"]
    )  # fmt: skip
    assert "换一种方式" in done.next[0] and "无法核实" in done.next[1]
    journal_is_impersonal(window)


def test_the_agencys_own_paper_needs_no_other(window: Assisting) -> None:
    """Its digest is kept, no 告知书 is made; a repeat is one."""
    once = an_occasion(request_id="c1")
    with one_entry(window, "assist.refuse") as entry:
        done = window.cannot(FIRST, when=once, sha256="cd" * 32)
    assert done.documents == () and done.request.answer_sha256 == "cd" * 32
    assert entry["detail"]["file_sha256"] == "cd" * 32 and "document" not in entry["detail"]
    assert (
        unchanged(window, lambda: window.cannot(FIRST, when=once, sha256="cd" * 32)).request == done.request
    )


def test_what_was_said_is_shown_with_a_reason(window: Assisting) -> None:
    """Both texts, journalled."""
    window.answer(FIRST, text=EVIDENCE)
    with one_entry(window, "assist.reveal", CASE) as entry:
        texts = reveal_answer(FIRST, ledger=window.ledger, occasion=an_occasion(), reason="下结论")
    assert entry["reason"] == "下结论" and texts["answer"] == EVIDENCE and "是否属实" in texts["asked"]
    assert [one.id for one in requests_of_case(window.ledger, CASE)] == [FIRST]


def test_purged_with_its_case(window: Assisting) -> None:
    """Not while an answer is owed; then letters and sealed texts go, the request and the chain stay."""
    for place in (1, 2, 3):
        window.close(f"{CASE}-{place}")
    window.conclude(CASE)
    later, kept = date(2031, 1, 1), Retention(3, date(2021, 1, 1), "示例县期限表（虚构）")

    def purge() -> tuple[str, ...]:
        done = purge_ledger(
            plan_purge(kept, later), ledger=window.ledger, occasion=an_occasion(later), home=window.home
        )
        return tuple(done.numbers)

    assert purge() == () and list(window.letters.glob(f"{FIRST}-*.docx"))
    window.answer(FIRST, text=EVIDENCE)
    assert purge() == (CASE,) and not list(window.letters.glob("*.docx"))
    with pytest.raises(Refused, match="已于 2031-01-01 按保管期限清除"):
        reveal_answer(FIRST, ledger=window.ledger, occasion=an_occasion(later), reason="查询")
    assert the_request(window.ledger, FIRST).result == "confirmed" and verify(window.ledger).faults == ()
