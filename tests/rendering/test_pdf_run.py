"""A day's letters to PDF: all of them, each its own; one bad letter is named and stops no other."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gaozhi_cli.domain.problem import DocumentFailed
from gaozhi_cli.rendering import pdf_run
from gaozhi_cli.rendering.pdf import check_pdf, find_soffice
from gaozhi_cli.rendering.pdf_run import DayLetter, day_batches, day_pdf
from gaozhi_cli.rendering.pdf_text import Pdf
from tests.rendering.letters import FONTS, a_document, a_letter, changed
from tests.rendering.test_pdf import with_office


def a_program(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A soffice of our own in front of the real one."""
    program = folder / "soffice"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    if shutil.which("soffice") != str(program):
        pytest.skip("no shell scripts here")


@with_office
def test_each_letter_gets_its_own_pdf() -> None:
    """Two templates mixed, one letter that goes alone, one of three pages: all come, all checked."""
    letters = [a_letter(n, lines=200 if n == 3 else 1) for n in range(6)]
    letters[2] = letters[2]._replace(document=changed(letters[2].document, 'w:top="1247"', 'w:top="1240"'))
    field = '<w:body><w:p><w:r><w:instrText xml:space="preserve"> SEQ x </w:instrText></w:r></w:p>'
    letters[4] = letters[4]._replace(document=changed(letters[4].document, "<w:body>", field))
    done = {pdf.number: pdf for pdf in day_pdf(letters, FONTS, size=2)}
    assert sorted(done) == [letter.number for letter in letters]
    for letter in letters:
        made = done[letter.number]
        assert not made.fault and made.pages == (3 if letter is letters[3] else 2)
        assert check_pdf(made.pdf, letter.expect) == made.pages
        assert b"gaozhiBegin" not in made.pdf


@with_office
def test_a_letter_without_its_words_is_named_and_the_others_come() -> None:
    """A PDF in which the name cannot be read is none; what is said holds nothing personal."""
    letters = [a_letter(n) for n in range(4)]
    letters[1] = a_letter(1, "测试丁", document=letters[1].document)
    done = {pdf.number: pdf for pdf in day_pdf(letters, FONTS)}
    assert [n for n, pdf in done.items() if pdf.fault] == [letters[1].number]
    fault = done[letters[1].number].fault
    assert "姓名" in fault and "测试" not in fault and "字体" in fault
    assert all(done[letter.number].pages == 2 for letter in letters if letter is not letters[1])


@with_office
@pytest.mark.parametrize("what", ["exit 0", "kill -SEGV $$", "sleep 60 & sleep 60"])
def test_a_letter_that_libreoffice_dies_of(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run is halved until the letter is found; LibreOffice begins afresh; nothing hangs."""
    real = find_soffice()
    monkeypatch.setattr(pdf_run, "START_LIMIT", 20 if "sleep" not in what else 12)
    monkeypatch.setattr(pdf_run, "LETTER_LIMIT", 0.1)
    a_program(
        tmp_path, monkeypatch,
        f'for last; do :; done\ncase $(unzip -p "$last" word/document.xml) in *KAPUTT*) {what};; esac\n'
        f'exec {real} "$@"',
    )  # fmt: skip
    if shutil.which("unzip") is None:
        pytest.skip("unzip 未安装")
    count = 4 if "sleep" not in what else 2  # each halving is waited for
    letters = [a_letter(n) for n in range(count)]
    letters[-2] = a_letter(count - 2, "KAPUTT")
    done = {pdf.number: pdf for pdf in day_pdf(letters, FONTS, workers=1)}
    assert {n for n, pdf in done.items() if pdf.fault} == {letters[-2].number}
    assert len(done) == count and all(pdf.fault or pdf.pages == 2 for pdf in done.values())


@with_office
def test_for_two_sides_each_letter_begins_on_a_front() -> None:
    """A letter of three pages is followed by a blank back; none where nobody asked for it."""
    letters = [a_letter(n, lines=200 if n == 0 else 1) for n in range(2)]
    for duplex, firsts, pages in ((True, [0, 4], 6), (False, [0, 3], 5)):
        [batch] = day_batches(letters, FONTS, duplex=duplex)
        assert [span.first for span in batch.spans] == firsts
        assert [span.pages for span in batch.spans] == [3, 2] and Pdf(batch.pdf).pages == pages


@with_office
def test_no_more_letters_are_taken_than_are_at_work() -> None:
    """From an iterable: the second batches are not asked for before the first have come."""
    asked: list[int] = []

    def coming() -> Iterator[DayLetter]:
        for n in range(12):
            asked.append(n)
            yield a_letter(n)

    run = day_batches(coming(), FONTS, size=1, workers=2)
    first = next(run)
    assert len(first.spans) == 1 and len(asked) <= 6
    run.close()
    assert len(asked) <= 6


def test_no_letters_no_pdf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without LibreOffice it is said at once."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DocumentFailed, match="LibreOffice"):
        list(day_pdf([a_letter(1)], FONTS))


def test_a_closed_run_leaves_nothing_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while LibreOffice hangs: it is ended, with what it started."""
    mark = tmp_path / "alive"
    a_program(tmp_path, monkeypatch, f"while :; do touch {mark}; sleep 0.1; done & wait")
    monkeypatch.setattr(pdf_run, "require_pdf_tools", lambda: str(tmp_path / "soffice"))
    monkeypatch.setattr(pdf_run, "START_LIMIT", 1)
    start = time.monotonic()
    letter = DayLetter("RS-2026-00001", a_document(1, "测试甲"), {})
    [done] = day_pdf([letter], None)
    assert "秒" in done.fault and time.monotonic() - start < 30
    mark.unlink()
    time.sleep(0.5)
    assert not mark.exists()
