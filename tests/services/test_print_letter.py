"""打印: every job leaves its trace before and after; 已提交 is not 已打印; only what is recorded goes out."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import DocumentFailed, NotFound, Refused
from gaozhi_cli.domain.vocabulary import PrintState
from gaozhi_cli.rendering import printer as printers
from gaozhi_cli.rendering.pdf import find_soffice
from gaozhi_cli.rendering.printer import Handed, Unanswered
from gaozhi_cli.services.make_pdfs import check_papers, make_pdfs
from gaozhi_cli.services.print_letter import Printed, Sending, confirm_printed, print_letters
from gaozhi_cli.storage.records import PrintRow
from gaozhi_cli.storage.verify import verify
from tests.builders import CITIZEN, a_clock, an_occasion
from tests.rendering.letters import FONTS
from tests.storage.test_ledger_contract import Window, entries, journal_is_impersonal, refused, unchanged

SMALL = b"%PDF-1.7 made up %%EOF"


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    """A window with two letters that have their files and PDFs of record."""
    window = Window(tmp_path / "county")
    for _ in range(2):
        number = window.letter("64", CITIZEN)
        (window.letters / f"{number}.pdf").write_bytes(SMALL)
        with window.ledger.transaction() as act:
            digest = hashlib.sha256(SMALL).hexdigest()
            act.change_letter(number, pdf=f"letters/{number}.pdf", pdf_sha256=digest)
            act.record(an_occasion().entry("letter.pdf", number, sha256=digest))
    yield window
    window.ledger.close()


FIRST, SECOND = "SC-2026-00001", "SC-2026-00002"


class Queue:
    """A print service that we steer: what the real one does is tried in the tests of the command."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.answer: Callable[[str], Handed] | None = None
        self.ended: dict[str, PrintState] = {}
        self.stopped: str | None = None

    def hand_in(self, pdf: Path, *, title: str, copies: int, printer: str | None, duplex: bool) -> Handed:
        """Take a job."""
        assert pdf.read_bytes().startswith(b"%PDF-")
        if self.answer is not None:
            return self.answer(title)
        self.taken.append(title)
        return Handed(printer, f"Hall-{len(self.taken)}")


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Queue:
    """Our queue in the place of the real one."""
    queue = Queue()
    monkeypatch.setattr(printers, "require_printer", lambda name: name or "Hall")
    monkeypatch.setattr(printers, "hand_in", queue.hand_in)
    monkeypatch.setattr(printers, "outcomes", lambda jobs, seconds: dict(queue.ended))
    monkeypatch.setattr(printers, "stopped_because", lambda name: queue.stopped)
    return queue


def sent(window: Window, *numbers: str, when: Occasion | None = None, **how: Any) -> list[Printed]:
    """Print."""
    when = when or an_occasion()

    def pdfs(todo: Sequence[str]) -> dict[str, str]:
        made = make_pdfs(todo, ledger=window.ledger, occasion=when, home=window.home, fonts=FONTS)
        return {one.number: one.fault for one in made if one.fault}

    check_papers(numbers, ledger=window.ledger, home=window.home)
    return print_letters(
        numbers, Sending(**how), ledger=window.ledger, occasion=when, home=window.home,
        make_pdfs=pdfs, now=a_clock,
    )  # fmt: skip


def confirmed(window: Window, *numbers: str) -> list[Printed]:
    """Confirm."""
    return confirm_printed(numbers, ledger=window.ledger, occasion=an_occasion(), now=a_clock)


def acts(window: Window, number: str = FIRST) -> list[str]:
    """What the journal says of a letter's printing."""
    every = [e["act"] for e in entries(window.path) if e["object"] == number]
    return [act for act in every if "print" in act]


def test_a_job_is_recorded_before_and_after(window: Window, queue: Queue) -> None:
    """First the intent, then the queue's number; the row says all, the journal nothing personal."""
    [job] = sent(window, FIRST)
    assert job == (FIRST, "Hall", "Hall-1", "submitted", 2, 1, "", False)
    assert acts(window) == ["letter.print", "letter.print-queued"]
    [row] = window.ledger.prints_of(FIRST)
    assert (row.printer, row.copies, row.job, row.state, row.printed_at) == (
        "Hall",
        2,
        "Hall-1",
        "submitted",
        None,
    )
    assert row.pdf_sha256 == hashlib.sha256(SMALL).hexdigest()
    detail = json.loads(next(e["detail"] for e in entries(window.path) if e["act"] == "letter.print"))
    assert (detail["times"], detail["copies"], detail["print"]) == (1, 2, row.id)
    journal_is_impersonal(window)
    assert verify(window.ledger).faults == ()


def test_again_is_said_to_be_again(window: Window, queue: Queue) -> None:
    """E4 20, printed twice: the second says which time it is; a failed one does not count."""
    sent(window, FIRST)
    queue.answer = refusing("打印机坏了，没有打印；请换一台")
    [failed] = sent(window, FIRST)
    queue.answer = None
    [again] = sent(window, FIRST, copies=1)
    assert (failed.state, failed.times, again.times, again.copies) == ("failed", 2, 2, 1)
    assert acts(window) == [
        "letter.print", "letter.print-queued", "letter.reprint", "letter.print-failed", "letter.reprint",
        "letter.print-queued",
    ]  # fmt: skip
    assert [row.state for row in window.ledger.prints_of(FIRST)] == ["submitted", "failed", "submitted"]


def refusing(words: str, kind: type[DocumentFailed] = DocumentFailed) -> Callable[[str], Handed]:
    """A queue that refuses so."""

    def answer(title: str) -> Handed:
        raise kind(words)

    return answer


def test_one_refused_job_does_not_stop_the_next(window: Window, queue: Queue) -> None:
    """The row says 打印失败, the answer why; files and the other letter are as they should be."""

    def answer(title: str) -> Handed:
        if title == FIRST:
            raise DocumentFailed("打印机坏了，没有打印；请换一台")
        return Handed("Hall", "Hall-9")

    queue.answer = answer
    first, second = sent(window, FIRST, SECOND)
    assert (first.state, first.fault, first.job) == ("failed", "打印机坏了，没有打印；请换一台", None)
    assert (second.state, second.fault, second.job) == ("submitted", "", "Hall-9")
    assert (window.letters / f"{FIRST}.pdf").read_bytes() == SMALL
    assert verify(window.ledger).faults == ()


def test_no_answer_is_not_a_refusal(window: Window, queue: Queue) -> None:
    """A hanging lp may have handed the job in: 已提交 without a number, for the clerk to confirm."""
    queue.answer = refusing("打印服务没有回应，不知道任务有没有提交", Unanswered)
    [job] = sent(window, FIRST)
    assert (job.state, job.job) == ("submitted", None) and "不知道" in job.fault
    [done] = confirmed(window, FIRST)
    assert done.state == "printed"


def test_killed_between_handing_in_and_its_record(window: Window, queue: Queue) -> None:
    """The trace is there: 已提交 without a number."""

    def answer(title: str) -> Handed:
        raise KeyboardInterrupt

    queue.answer = answer
    with pytest.raises(KeyboardInterrupt):
        sent(window, FIRST)
    window.reopen()
    [row] = window.ledger.prints_of(FIRST)
    assert (row.state, row.job) == ("submitted", None) and acts(window) == ["letter.print"]


def test_printed_when_the_queue_says_so(window: Window, queue: Queue) -> None:
    """Printed, failed, and still open: each as the queue reports it."""
    queue.ended = {"Hall-1": PrintState.PRINTED, "Hall-2": PrintState.FAILED}
    first, second = sent(window, FIRST, SECOND, wait=1)
    assert (first.state, second.state) == ("printed", "failed")
    assert "没有打印成" in second.fault and not first.fault
    assert window.ledger.prints_of(FIRST)[0].printed_at == "2026-11-24T09:00:00+00:00"
    assert acts(window)[-1] == "letter.printed" and acts(window, SECOND)[-1] == "letter.print-failed"
    queue.ended, queue.stopped = {}, "（缺纸）"
    [third] = sent(window, FIRST, wait=1)
    assert third.state == "submitted" and re.search("已提交，但打印机 Hall 停了（缺纸）", third.fault)


def test_a_clerk_confirms_once(window: Window, queue: Queue) -> None:
    """已打印 by the clerk's word; a second time nothing is written."""
    sent(window, FIRST)
    [done] = confirmed(window, FIRST)
    assert (done.state, done.times) == ("printed", 1) and acts(window)[-1] == "letter.printed"
    assert unchanged(window, lambda: confirmed(window, FIRST)) == [done]
    refused(window, lambda: confirmed(window, "SC-2026-00099"), NotFound, "台账里没有")


def test_what_was_printed_elsewhere_is_confirmed(window: Window, queue: Queue) -> None:
    """From WPS, on a machine without a queue: one entry that says so; only of a letter that has a file."""
    [done] = confirmed(window, FIRST)
    assert (done.printer, done.job, done.state, done.copies, done.times) == (None, None, "printed", 2, 1)
    assert acts(window) == ["letter.printed"] and queue.taken == []
    assert unchanged(window, lambda: confirmed(window, FIRST)) == [done]
    third = window.draw_up("64", CITIZEN)
    refused(window, lambda: confirmed(window, third), Refused, "还没有生成")


def test_the_same_request_prints_once(window: Window, queue: Queue) -> None:
    """--request-id: a repeat hands nothing in; for something else it is refused."""
    when = an_occasion(request_id="r1")
    first = sent(window, FIRST, when=when)
    again = unchanged(window, lambda: sent(window, FIRST, when=when))
    assert again[0].repeated and again[0]._replace(repeated=False) == first[0]
    refused(window, lambda: sent(window, FIRST, when=when, copies=3), Refused, "请求号 r1")
    both = sent(window, FIRST, SECOND, when=an_occasion(request_id="r2"))
    assert [job.repeated for job in both] == [False, False] and queue.taken == [FIRST, FIRST, SECOND]
    half = sent(window, FIRST, SECOND, when=an_occasion(request_id="r2"))
    assert [job.repeated for job in half] == [True, True] and len(queue.taken) == 3
    sent(window, FIRST, when=an_occasion(request_id="r3"))
    assert sent(window, FIRST, when=an_occasion(request_id="r3"))[0].repeated  # now a reprint


def test_a_request_tried_again_with_fewer_or_more_letters(window: Window, queue: Queue) -> None:
    """What a request has printed it prints no second time, alone or among others; the rest is printed."""
    when = an_occasion(request_id="r1")
    sent(window, FIRST, SECOND, when=when)
    [alone] = unchanged(window, lambda: sent(window, SECOND, when=when))
    assert alone.repeated and queue.taken == [FIRST, SECOND]
    when = an_occasion(request_id="r2")
    sent(window, FIRST, when=when)
    assert [job.repeated for job in sent(window, FIRST, SECOND, when=when)] == [True, False]
    assert queue.taken == [FIRST, SECOND, FIRST, SECOND]


def test_a_request_recorded_under_its_bare_id(window: Window, queue: Queue) -> None:
    """As single letters once were: known again, and no hindrance to another letter of the request."""
    when = an_occasion(request_id="r1")
    digest = window.ledger.request_digest("letter.print", number=FIRST, copies=2, duplex=False)
    id_ = f"{FIRST}-P0001"
    with window.ledger.transaction() as act:
        act.add_print(PrintRow(id_, FIRST, "Hall", 2, "Hall-9", "submitted", "2026-01-01", None, ""))
        act.record(when.entry("letter.print", FIRST, request_digest=digest, print=id_, times=1))
    assert [job.repeated for job in sent(window, FIRST, SECOND, when=when)] == [True, False]
    assert queue.taken == [SECOND]
    with window.ledger.transaction() as act:
        act.record(an_occasion(request_id="r2").entry("letter.told", FIRST, request_digest=digest))
    refused(window, lambda: sent(window, FIRST, when=an_occasion(request_id="r2")), Refused, "请求号 r2")


def test_only_what_is_of_record_is_printed(window: Window, queue: Queue) -> None:
    """A changed docx or PDF, a missing docx, a letter without its file: nothing is handed in."""
    docx, pdf = window.letters / f"{FIRST}.docx", window.letters / f"{FIRST}.pdf"
    good = docx.read_bytes()
    docx.write_bytes(good + b" ")
    refused(window, lambda: sent(window, SECOND, FIRST), DocumentFailed, "被改动过")
    docx.unlink()
    refused(window, lambda: sent(window, FIRST), DocumentFailed, "没有这个文件")
    docx.write_bytes(good)
    pdf.write_bytes(SMALL + b" ")
    [job] = unchanged(window, lambda: sent(window, FIRST))
    assert "被改动过" in job.fault and job.state is None
    third = window.draw_up("64", CITIZEN)
    refused(window, lambda: sent(window, third), DocumentFailed, "还没有生成")
    assert queue.taken == []


def test_only_tried(window: Window, queue: Queue) -> None:
    """--dry-run: checked, nothing printed, nothing written."""
    [job] = unchanged(window, lambda: sent(window, FIRST, when=an_occasion(dry_run=True)))
    assert (job.state, job.times, job.printer) == (None, 1, "Hall") and queue.taken == []


@pytest.mark.skipif(find_soffice() is None, reason="LibreOffice 未安装")
def test_the_pdfs_are_made_in_one_run_and_kept(
    window: Window, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Missing PDFs are made together, kept beside the docx, recorded; the next time they serve."""
    from gaozhi_cli.rendering.office import Office
    from gaozhi_cli.rendering.pdf import check_pdf

    runs: list[int] = []
    convert = Office.convert

    def counted(office: Office, sources: list[Path], limit: float) -> None:
        runs.append(len(sources))
        convert(office, sources, limit)

    monkeypatch.setattr(Office, "convert", counted)
    for number in (FIRST, SECOND):
        (window.letters / f"{number}.pdf").unlink()
    jobs = sent(window, FIRST, SECOND, FIRST)
    assert [job.number for job in jobs] == [FIRST, SECOND] and not any(job.fault for job in jobs)
    assert runs == [1] and queue.taken == [FIRST, SECOND]
    for number in (FIRST, SECOND):
        data = (window.letters / f"{number}.pdf").read_bytes()
        row = window.ledger.letter(number)
        assert row is not None and row.pdf_sha256 == hashlib.sha256(data).hexdigest()
        case = window.ledger.case(number)
        assert check_pdf(data, {"文号": case.official_number, "姓名": CITIZEN["name"]}) == 2
    sent(window, FIRST)
    assert runs == [1]
