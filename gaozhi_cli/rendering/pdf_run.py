"""A day's letters to PDF: many in one LibreOffice run, two runs side by side, each letter checked.

Letters of one template go together as one docx (``merge``); the PDF is cut apart again at the bookmarks
that stand at each letter's beginning and end. A run that fails is repeated in halves, LibreOffice begun
afresh, until the letter at fault is named; the others come all the same. Only the batches at work are in
memory, however many letters come.
"""

from __future__ import annotations

import queue
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.problem import DocumentFailed, os_reason
from gaozhi_cli.rendering.merge import BEGIN, END, Sheet, merged, take_apart
from gaozhi_cli.rendering.office import Office
from gaozhi_cli.rendering.pdf import require_pdf_tools
from gaozhi_cli.rendering.pdf_text import Pdf

BATCH = 100
WORKERS = 2
SMALLEST = 8  # fewer letters are not worth a second start of LibreOffice
START_LIMIT, LETTER_LIMIT = 60, 1.5  # seconds: of a start, and more for each letter


class DayLetter(NamedTuple):
    """A finished letter; ``expect``: what must be read in its PDF, under the words people call it by."""

    number: str
    document: bytes
    expect: Mapping[str, str]


class DayPdf(NamedTuple):
    """A letter's PDF and its pages; where ``fault`` says what went wrong there is none."""

    number: str
    pdf: bytes
    pages: int
    fault: str = ""


class Span(NamedTuple):
    """Where a letter stands in a batch's PDF: first page from 0, and how many."""

    number: str
    first: int
    pages: int


class DayBatch(NamedTuple):
    """Several letters in one PDF as it can be printed; ``faults``: number and reason of those without."""

    pdf: bytes
    spans: tuple[Span, ...]
    faults: tuple[tuple[str, str], ...] = ()


class _Work(NamedTuple):
    letter: DayLetter
    sheet: Sheet | None


def day_pdf(
    letters: Iterable[DayLetter], fonts: Path | None, *, size: int = BATCH, workers: int = WORKERS
) -> Iterator[DayPdf]:
    """Each letter's own PDF, soon after its batch is done; letters of other templates may come later.

    Raises DocumentFailed where there is no LibreOffice at all.
    """
    for batch in day_batches(letters, fonts, size=size, workers=workers):
        pdf = Pdf(batch.pdf) if batch.spans else None
        for span in batch.spans:
            if pdf is not None:
                alone = len(batch.spans) == 1 and span.pages == pdf.pages
                yield DayPdf(span.number, batch.pdf if alone else pdf.cut(*span[1:]), span.pages)
        for number, fault in batch.faults:
            yield DayPdf(number, b"", 0, fault)


def day_batches(
    letters: Iterable[DayLetter],
    fonts: Path | None,
    *,
    size: int = BATCH,
    workers: int = WORKERS,
    duplex: bool = False,
) -> Iterator[DayBatch]:
    """The letters in PDFs of up to ``size``; ``duplex``: each letter begins on the front of a sheet."""
    soffice = require_pdf_tools()
    with tempfile.TemporaryDirectory(prefix="gaozhi-", ignore_cleanup_errors=True) as folder:
        offices = [Office(soffice, Path(folder, str(n)), fonts, duplex=duplex) for n in range(workers)]
        run = _Run(offices)
        with ThreadPoolExecutor(workers) as pool:
            ahead: deque[Future[list[DayBatch]]] = deque()
            try:
                for group in _groups(letters, size, workers):
                    ahead.append(pool.submit(run.batches, group))
                    while len(ahead) > workers:
                        yield from ahead.popleft().result()
                while ahead:
                    yield from ahead.popleft().result()
            finally:
                for waiting in ahead:
                    waiting.cancel()
                for office in offices:
                    office.stop()


def _groups(letters: Iterable[DayLetter], size: int, workers: int) -> Iterator[list[_Work]]:
    """Batches: letters of one template together, those that go alone together, enough for all workers."""
    coming = iter(letters)
    while taken := list(islice(coming, size * workers)):
        by_frame: dict[str, list[_Work]] = {}
        for letter in taken:
            sheet = take_apart(letter.document)
            by_frame.setdefault(sheet.frame if sheet else "", []).append(_Work(letter, sheet))
        del taken
        for works in by_frame.values():
            parts = max(-(-len(works) // size), min(workers, len(works) // SMALLEST), 1)
            step = -(-len(works) // parts)
            for start in range(0, len(works), step):
                yield works[start : start + step]


class _Run:
    """The workers of a run, each taken by one batch at a time."""

    def __init__(self, offices: Sequence[Office]) -> None:
        self._free: queue.SimpleQueue[Office] = queue.SimpleQueue()
        for office in offices:
            self._free.put(office)

    def batches(self, works: list[_Work]) -> list[DayBatch]:
        """The PDFs of a batch: one, or more where it failed and was halved."""
        office = self._free.get()
        try:
            return self._converted(works, office)
        finally:
            self._free.put(office)

    def _converted(self, works: list[_Work], office: Office) -> list[DayBatch]:
        sheets = [work.sheet for work in works if work.sheet is not None]
        try:
            if len(works) > 1 and len(sheets) == len(works):
                return self._together(works, sheets, office)
            return self._one_by_one(works, office)
        except DocumentFailed as error:
            office.renew()
            if len(works) == 1:
                return [DayBatch(b"", (), ((works[0].letter.number, error.message),))]
        half = len(works) // 2
        return self._converted(works[:half], office) + self._converted(works[half:], office)

    def _together(self, works: list[_Work], sheets: list[Sheet], office: Office) -> list[DayBatch]:
        """One docx of all. A letter that does not read as it should is tried again alone."""
        data = _pdf_of({"day": merged(sheets)}, len(works), office).get("day", b"")
        pdf = Pdf(data)
        pdf.require_fonts()
        spans = _spans(pdf, [work.letter.number for work in works])
        if spans is None:
            return self._one_by_one(works, office)
        good, again = [], []
        for work, span in zip(works, spans, strict=True):
            try:
                pdf.require_words(span.first, span.pages, work.letter.expect)
                good.append(span)
            except DocumentFailed:
                again.append(work)
        done = [DayBatch(data, tuple(good))] if good else []
        return done + [batch for work in again for batch in self._converted([work], office)]

    def _one_by_one(self, works: list[_Work], office: Office) -> list[DayBatch]:
        """Letters that keep to themselves: one LibreOffice run still serves them all."""
        documents = {str(place): work.letter.document for place, work in enumerate(works)}
        found = _pdf_of(documents, len(works), office)
        done, again = [], []
        for place, work in enumerate(works):
            try:
                data = found.get(str(place), b"")
                pdf = Pdf(data)
                pdf.require_fonts()
                pdf.require_words(0, pdf.pages, work.letter.expect)
                done.append(DayBatch(data, (Span(work.letter.number, 0, pdf.pages),)))
            except DocumentFailed:
                if len(works) == 1:
                    raise
                again.append(work)
        return done + [batch for work in again for batch in self._converted([work], office)]


def _pdf_of(documents: Mapping[str, bytes], count: int, office: Office) -> dict[str, bytes]:
    """The PDFs that come out of one LibreOffice run over ``count`` letters. Raises DocumentFailed."""
    try:
        with tempfile.TemporaryDirectory(dir=_made(office.folder), ignore_cleanup_errors=True) as folder:
            sources = [Path(folder, f"{name}.docx") for name in documents]
            for source, data in zip(sources, documents.values(), strict=True):
                source.write_bytes(data)
            office.convert(sources, START_LIMIT + LETTER_LIMIT * count)
            results = [(source.stem, source.with_suffix(".pdf")) for source in sources]
            return {name: path.read_bytes() for name, path in results if path.is_file()}
    except OSError as error:
        raise DocumentFailed(f"LibreOffice 没有出 PDF（{os_reason(error)}）") from None


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def _spans(pdf: Pdf, numbers: Sequence[str]) -> list[Span] | None:
    """The pages of each letter by its bookmarks; None where they do not account for every page."""
    marks, spans, free = pdf.marks(), [], 0
    for place, number in enumerate(numbers):
        begin, end = marks.get(f"{BEGIN}{place}", -1), marks.get(f"{END}{place}", -1)
        if not free <= begin <= free + free % 2 or end < begin:
            return None
        spans.append(Span(number, begin, end - begin + 1))
        free = end + 1
    return spans if free == pdf.pages else None
