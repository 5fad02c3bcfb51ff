"""生成 PDF: those of many letters in few LibreOffice runs; one file a letter, or a day's letters in one.

Only what the ledger recorded is made into a PDF: a docx that was changed since is refused by name, and so
is a character that no font here has. A letter's own PDF stands in the ledger with its sha256.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import DocumentFailed, GaozhiError, NotReady, Problem, Refused, os_reason
from gaozhi_cli.domain.vocabulary import LetterState
from gaozhi_cli.storage.cases import kept_path
from gaozhi_cli.storage.home import write_new, write_whole
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.records import LetterRow


class PdfMade(NamedTuple):
    """A letter's PDF; where ``fault`` says what went wrong there is none."""

    number: str
    path: Path | None
    fault: str = ""


class Merged(NamedTuple):
    """The letters that are in the one PDF, in order; ``faults``: number and reason of those that are not."""

    numbers: tuple[str, ...]
    pages: int
    faults: tuple[tuple[str, str], ...]


def make_pdfs(
    numbers: Iterable[str], *, ledger: Ledger, occasion: Occasion, home: Path, fonts: Path | None
) -> Iterator[PdfMade]:
    """The PDF of each letter that has none yet; as they come, so other templates' letters may come later.

    Raises DocumentFailed where there is no LibreOffice at all.
    """
    from gaozhi_cli.rendering.pdf_run import DayLetter, day_pdf

    aside: list[PdfMade] = []

    def wanted() -> Iterator[DayLetter]:
        for number in numbers:
            try:
                row, document = paper(number, ledger, home)
                if pdf_there(row, home):
                    aside.append(PdfMade(number, home / (row.pdf or "")))
                else:
                    yield DayLetter(number, document, _expected(number, document, ledger, home))
            except GaozhiError as error:
                aside.append(PdfMade(number, None, error.message))

    letters = wanted()
    first = next(letters, None)  # where every PDF is there already, LibreOffice is not asked for
    for made in day_pdf(chain((first,), letters), fonts) if first is not None else ():
        yield from _emptied(aside)
        try:
            if made.fault:
                raise DocumentFailed(made.fault)
            yield PdfMade(made.number, _keep(made.number, made.pdf, ledger, occasion, home))
        except (DocumentFailed, NotReady) as error:
            yield PdfMade(made.number, None, error.message)
    yield from _emptied(aside)


def merge_pdfs(
    numbers: Iterable[str], target: Path, *, ledger: Ledger, home: Path, fonts: Path | None, duplex: bool
) -> Merged:
    """The letters in one PDF, for one print job; ``duplex``: each begins on the front of a sheet.

    Raises DocumentFailed (no LibreOffice, no letter at all), NotReady (disk). Nothing is recorded.
    """
    import io

    from pypdf import PdfWriter

    from gaozhi_cli.rendering.pdf_run import DayLetter, day_batches

    faults: list[tuple[str, str]] = []

    def wanted() -> Iterator[DayLetter]:
        for number in numbers:
            try:
                _, document = paper(number, ledger, home)
                yield DayLetter(number, document, _expected(number, document, ledger, home))
            except GaozhiError as error:
                faults.append((number, error.message))

    writer, done = PdfWriter(), []
    for batch in day_batches(wanted(), fonts, duplex=duplex):
        faults += batch.faults
        if batch.spans:
            writer.append(io.BytesIO(batch.pdf))
            done += [span.number for span in batch.spans]
    if not done:
        told = f"：{faults[0][0]} {faults[0][1]}" if faults else ""
        raise DocumentFailed(f"没有一份能出 PDF{told}")
    whole = io.BytesIO()
    writer.write(whole)
    try:
        write_whole(target, whole.getvalue())
    except OSError as error:
        raise NotReady(f"写不了 {target}（{os_reason(error)}），请检查文件夹和磁盘空间") from None
    return Merged(tuple(done), len(writer.pages), tuple(faults))


def paper(number: str, ledger: Ledger, home: Path) -> tuple[LetterRow, bytes]:
    """A letter and its file as recorded. Raises NotFound, DocumentFailed (not made, lost, changed)."""
    ledger.case(number)
    row = ledger.letter(number)
    if row is not None and row.state == LetterState.PURGED:
        raise Refused(f"{number} 已过保管期限，承诺书和个人信息都已清除")
    if row is None or row.docx_sha256 is None:
        raise DocumentFailed(f"{number} 的告知承诺书文件还没有生成；恢复存放的文件夹后再试")
    path = home / row.docx
    try:
        document = path.read_bytes()
    except OSError as error:
        raise DocumentFailed(f"读不了 {path}（{os_reason(error)}）；请从备份放回") from None
    if hashlib.sha256(document).hexdigest() != row.docx_sha256:
        raise DocumentFailed(f"{path} 与登记时生成的不同（被改动过）；请从备份放回")
    return row, document


def check_papers(numbers: Iterable[str], *, ledger: Ledger, home: Path) -> None:
    """Before anything is printed: each letter's file is the one recorded.

    Raises NotFound, DocumentFailed with all that are not.
    """
    problems = []
    for number in numbers:
        try:
            paper(number, ledger, home)
        except DocumentFailed as error:
            problems.append(Problem("letter-file", error.message))
    if problems:
        raise DocumentFailed(f"没有打印：{problems[0].message}", tuple(problems))


def pdf_there(row: LetterRow, home: Path) -> bool:
    """Whether the PDF of record is there. Raises DocumentFailed when the file is another one."""
    if row.pdf is None or row.pdf_sha256 is None or not (home / row.pdf).exists():
        return False
    path = home / row.pdf
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DocumentFailed(f"读不了 {path}（{os_reason(error)}）") from None
    if hashlib.sha256(data).hexdigest() != row.pdf_sha256:
        raise DocumentFailed(f"{path} 与登记时生成的不同（被改动过）；请移开它，会重新生成")
    return True


def _expected(number: str, document: bytes, ledger: Ledger, home: Path) -> dict[str, str]:
    """What must be read in the PDF; a character that no font has is refused before."""
    from gaozhi_cli.rendering.fonts import refuse_unprintable

    refuse_unprintable(document, home / "cache")
    name = ledger.personal(number, "applicant").get("name", "")
    return {"文号": ledger.case(number).official_number, "申请人": name}


def _keep(number: str, data: bytes, ledger: Ledger, occasion: Occasion, home: Path) -> Path:
    """The PDF beside its docx, and in the ledger."""
    row = ledger.letter(number)
    assert row is not None
    path = (home / row.docx).with_suffix(".pdf")
    try:
        write_new(path, data)
    except FileExistsError:
        raise DocumentFailed(f"{path} 已有另一份文件，没有覆盖；请移开它再试") from None
    except OSError as error:
        message = f"{path} 没有写成（{os_reason(error)}）；腾出空间后再试"
        raise DocumentFailed(message) from None
    digest = hashlib.sha256(data).hexdigest()
    plain = occasion._replace(request_id=None)
    with ledger.transaction() as act:
        act.change_letter(number, pdf=kept_path(path, home), pdf_sha256=digest)
        act.record(plain.entry("letter.pdf", number, sha256=digest))
    return path


def _emptied(aside: list[PdfMade]) -> Iterator[PdfMade]:
    while aside:
        yield aside.pop(0)
