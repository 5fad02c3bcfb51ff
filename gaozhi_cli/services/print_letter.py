"""打印: hand letters to the printer and keep what became of them (附件2：本文书一式两份).

Printed is the PDF of record of the docx of record. Each job is recorded before it is handed in, so that
no paper leaves without a trace, and completed after: with the queue's number, or as 打印失败. A job
without a number was cut off between the two; the clerk looks and confirms it. 已提交 becomes 已打印 only
when the queue says so or the clerk confirms it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import DocumentFailed, NotReady, Problem, Refused, os_reason
from gaozhi_cli.domain.vocabulary import PrintState
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.records import LetterRow, PrintRow

PRINT, REPRINT = "letter.print", "letter.reprint"
QUEUED, FAILED, PRINTED = "letter.print-queued", "letter.print-failed", "letter.printed"


class Sending(NamedTuple):
    """How to print. ``wait``: how many seconds to look whether the queue has printed."""

    copies: int = 2
    printer: str | None = None
    duplex: bool = False
    wait: float = 0


class Printed(NamedTuple):
    """A letter's print job as it stands; ``times``: which printing this is; ``fault``: what went wrong."""

    number: str
    printer: str | None
    job: str | None
    state: str | None
    copies: int
    times: int
    fault: str = ""
    repeated: bool = False


def print_letters(
    numbers: Sequence[str],
    sending: Sending,
    *,
    ledger: Ledger,
    occasion: Occasion,
    home: Path,
    make_pdfs: Callable[[Sequence[str]], Mapping[str, str]],
    now: Callable[[], datetime],
) -> list[Printed]:
    """Print letters, one job each, in the order named.

    ``make_pdfs``: makes the PDFs of record that are missing; number and reason of those that failed.
    Raises NotFound, DocumentFailed (LibreOffice, printer) before anything is handed in. What fails later
    stands in ``fault``; the others are printed all the same.
    """
    from gaozhi_cli.rendering.printer import require_printer

    for number in numbers:
        ledger.case(number)
    done = {number: job for number in numbers if (job := _repeated(number, sending, ledger, occasion))}
    todo = [number for number in dict.fromkeys(numbers) if number not in done]
    printer = require_printer(sending.printer) if todo else None
    sending = sending._replace(printer=printer)
    if occasion.dry_run:
        rows = [Printed(n, printer, None, None, sending.copies, _times(n, ledger) + 1) for n in todo]
        return [*done.values(), *rows]
    faults = make_pdfs(todo) if todo else {}
    for number in todo:
        if number in faults:
            times = _times(number, ledger) + 1
            done[number] = Printed(number, printer, None, None, sending.copies, times, faults[number])
            continue
        done[number] = _hand_in(number, sending, ledger, occasion, home, now)
    _wait(done, sending.wait, ledger, occasion, now)
    return [done[number] for number in dict.fromkeys(numbers)]


def confirm_printed(
    numbers: Sequence[str],
    *,
    copies: int = 2,
    ledger: Ledger,
    occasion: Occasion,
    now: Callable[[], datetime],
) -> list[Printed]:
    """The clerk has the paper in hand, from a queue or from Word or WPS on a machine without one.

    Raises NotFound, Refused (a letter that has no file yet).
    """
    problems, last = [], {}
    for number in dict.fromkeys(numbers):
        ledger.case(number)
        row = ledger.letter(number)
        jobs = [job for job in ledger.prints_of(number) if job.state != PrintState.FAILED.value]
        if row is None or row.docx_sha256 is None:
            message = f"{number} 的告知承诺书文件还没有生成，没有可确认的打印"
            problems.append(Problem("not-submitted", message))
        elif jobs:
            last[number] = jobs[-1]
    if problems:
        raise Refused(problems[0].message, tuple(problems))
    for number in dict.fromkeys(numbers):
        if number not in last:
            last[number] = _elsewhere(number, copies, ledger, occasion, now)
    for number, job in last.items():
        if job.state == PrintState.SUBMITTED.value:
            _set(job.id, number, PrintState.PRINTED, PRINTED, ledger, occasion, now, confirmed=True)
    if occasion.dry_run:
        return [
            Printed(number, job.printer, job.job, PrintState.PRINTED.value, job.copies, 1)
            for number, job in last.items()
        ]
    return [_as_it_stands(number, job.id, ledger) for number, job in last.items()]


def _elsewhere(
    number: str, copies: int, ledger: Ledger, occasion: Occasion, now: Callable[[], datetime]
) -> PrintRow:
    """A print that no queue knows of: recorded as what the clerk says, printed from the file of record."""
    row = ledger.letter(number)
    assert row is not None
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        id_ = f"{number}-P{len(ledger.prints_of(number)) + 1:04d}"
        moment, state = now().isoformat(timespec="seconds"), PrintState.PRINTED.value
        digest = row.pdf_sha256 or row.docx_sha256 or ""
        job = PrintRow(id_, number, None, copies, None, state, moment, moment, digest)
        act.add_print(job)
        plain = occasion._replace(request_id=None)
        act.record(plain.entry(PRINTED, number, print=id_, copies=copies, confirmed=True, elsewhere=True))
    return job


def _repeated(number: str, sending: Sending, ledger: Ledger, occasion: Occasion) -> Printed | None:
    """The job that this very request made before."""
    request, digest = _request(number, sending, ledger, occasion)
    for id_ in (request, occasion.request_id):  # the bare id: one letter alone, as it once was recorded
        facts = ledger.facts_of(id_) if id_ is not None else {}
        if id_ != request and facts.get("print", number).rpartition("-P")[0] not in ("", number):
            continue  # the bare id was for another letter of several
        before = ledger.repeated(id_, PRINT if facts.get("times", 1) == 1 else REPRINT, digest)
        if before is not None:
            return _as_it_stands(before, facts["print"], ledger)._replace(repeated=True)
    return None


def _request(number: str, sending: Sending, ledger: Ledger, occasion: Occasion) -> tuple[str | None, bytes]:
    """The request id of one letter, the same alone and among several, and the digest of what was asked."""
    digest = ledger.asked(
        occasion.request_id, PRINT, number=number, copies=sending.copies, duplex=sending.duplex
    )
    return f"{occasion.request_id}:{number}" if occasion.request_id is not None else None, digest


def _read_pdf(row: LetterRow, home: Path) -> bytes:
    path = home / (row.pdf or "")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DocumentFailed(f"读不了 {path}（{os_reason(error)}），没有打印") from None
    if hashlib.sha256(data).hexdigest() != row.pdf_sha256:
        raise DocumentFailed(f"{path} 与登记时生成的不同（被改动过），没有打印；请移开它，会重新生成")
    return data


def _hand_in(
    number: str,
    sending: Sending,
    ledger: Ledger,
    occasion: Occasion,
    home: Path,
    now: Callable[[], datetime],
) -> Printed:
    """Record the job, hand it in, record the queue's answer."""
    from gaozhi_cli.rendering.printer import Unanswered, hand_in

    row = ledger.letter(number)
    times = _times(number, ledger) + 1
    try:
        if row is None or row.pdf is None:
            raise DocumentFailed(f"{number} 没有 PDF，没有打印")
        _read_pdf(row, home)
    except DocumentFailed as error:
        return Printed(number, sending.printer, None, None, sending.copies, times, error.message)
    request, digest = _request(number, sending, ledger, occasion)
    with ledger.transaction() as act:
        before = ledger.prints_of(number)  # under the write lock: two clerks never take the same place
        id_, times = f"{number}-P{len(before) + 1:04d}", _times(number, ledger) + 1
        moment = now().isoformat(timespec="seconds")
        state = PrintState.SUBMITTED.value
        act.add_print(
            PrintRow(
                id_, number, sending.printer, sending.copies, None, state, moment, None, row.pdf_sha256 or ""
            )
        )
        entry = occasion._replace(request_id=request).entry(
            PRINT if times == 1 else REPRINT, number, request_digest=digest, print=id_, times=times,
            printer=sending.printer, copies=sending.copies, sha256=row.pdf_sha256,
        )  # fmt: skip
        act.record(entry)
    pdf, fault = home / row.pdf, ""
    try:
        handed = hand_in(
            pdf, title=number, copies=sending.copies, printer=sending.printer, duplex=sending.duplex
        )
    except Unanswered as error:
        fault = error.message
    except DocumentFailed as error:
        fault = error.message
        _set(id_, number, PrintState.FAILED, FAILED, ledger, occasion, now)
    else:
        if handed.job is not None:
            plain = occasion._replace(request_id=None)
            with ledger.transaction() as act:
                act.change_print(id_, job=handed.job)
                act.record(plain.entry(QUEUED, number, print=id_, printer=handed.printer, job=handed.job))
    return _as_it_stands(number, id_, ledger)._replace(fault=fault)


def _wait(
    done: dict[str, Printed],
    seconds: float,
    ledger: Ledger,
    occasion: Occasion,
    now: Callable[[], datetime],
) -> None:
    """Record what the queue says within the time; what it does not say stays 已提交."""
    from gaozhi_cli.rendering.printer import outcomes, stopped_because

    open_ = {p.job: p for p in done.values() if p.job and p.state == PrintState.SUBMITTED.value}
    if not open_:
        return
    try:
        known = outcomes(open_, seconds)
        for job, printed in open_.items():
            state = known.get(job)
            if state is not None:
                number, fault = printed.number, ""
                act = PRINTED if state is PrintState.PRINTED else FAILED
                id_ = next(row.id for row in reversed(ledger.prints_of(number)) if row.job == job)
                _set(id_, number, state, act, ledger, occasion, now)
                if state is PrintState.FAILED:
                    fault = f"任务 {job} 没有打印成（打印机报错或被取消）；请检查打印机后再打印"
                done[number] = printed._replace(state=state.value, fault=fault)
            elif printed.printer and (reason := stopped_because(printed.printer)) is not None:
                message = f"任务 {job} 已提交，但打印机 {printed.printer} 停了{reason}，还没有印出来"
                way_out = f"由管理员 cupsenable {printed.printer} 恢复后会接着印，不必重复提交"
                done[printed.number] = printed._replace(fault=f"{message}；{way_out}")
    except DocumentFailed:
        return  # the queue does not answer any more: what was handed in stays 已提交


def _set(
    id_: str,
    number: str,
    state: PrintState,
    act_name: str,
    ledger: Ledger,
    occasion: Occasion,
    now: Callable[[], datetime],
    confirmed: bool = False,
) -> None:
    plain = occasion._replace(request_id=None)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        job = next((row for row in ledger.prints_of(number) if row.id == id_), None)
        if job is None or job.state != PrintState.SUBMITTED.value:
            act.nothing()
            return
        moment = now().isoformat(timespec="seconds") if state is PrintState.PRINTED else None
        act.change_print(id_, state=state.value, printed_at=moment)
        act.record(
            plain.entry(act_name, number, print=id_, job=job.job, printer=job.printer, confirmed=confirmed)
        )


def _times(number: str, ledger: Ledger) -> int:
    """How often a letter has been handed to a printer that took it."""
    return sum(job.state != PrintState.FAILED.value for job in ledger.prints_of(number))


def _as_it_stands(number: str, id_: str, ledger: Ledger) -> Printed:
    """A job as the ledger has it."""
    times = 0
    for job in ledger.prints_of(number):
        times += job.state != PrintState.FAILED.value
        if job.id == id_:
            failed = job.state == PrintState.FAILED.value
            return Printed(number, job.printer, job.job, job.state, job.copies, times + failed)
    raise NotReady(f"台账缺少 {number} 的打印记录；请运行 gaozhi ledger verify 并从备份核对")
