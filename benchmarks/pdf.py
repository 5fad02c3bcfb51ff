"""A day's letters to PDF, three ways in one run: merged and cut apart, many files a call, a call a file.

    python benchmarks/pdf.py [letters] [rounds]

The ways take turns; each makes a checked PDF a letter from the same finished docx files. Only the ratios
are goals, since seconds depend on the machine and on who else uses it.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from gaozhi_cli.rendering.office import Office
from gaozhi_cli.rendering.pdf import check_pdf, require_pdf_tools, to_pdf
from gaozhi_cli.rendering.pdf_run import DayLetter, day_batches, day_pdf
from tests.rendering.letters import FONTS, a_letter

SINGLE = 10  # a process a file is measured on so many files


def merged(letters: Sequence[DayLetter]) -> int:
    """Two workers, merged, checked, cut apart again: a PDF a letter."""
    done = list(day_pdf(letters, FONTS))
    assert not any(pdf.fault for pdf in done)
    return len(done)


def in_one(letters: Sequence[DayLetter]) -> int:
    """Two workers, merged, checked, as for the print job: not cut apart."""
    return sum(len(batch.spans) for batch in day_batches(letters, FONTS))


def many(letters: Sequence[DayLetter]) -> int:
    """One LibreOffice call over many files; the PDFs as they come, unchecked."""
    with tempfile.TemporaryDirectory() as folder:
        sources = [Path(folder, f"{letter.number}.docx") for letter in letters]
        for source, letter in zip(sources, letters, strict=True):
            source.write_bytes(letter.document)
        Office(require_pdf_tools(), Path(folder), FONTS).convert(sources, 600)
        return sum(source.with_suffix(".pdf").is_file() for source in sources)


def each(letters: Sequence[DayLetter]) -> int:
    """A LibreOffice process a file."""
    for letter in letters[:SINGLE]:
        check_pdf(to_pdf(letter.document, FONTS), letter.expect)
    return min(SINGLE, len(letters))


WAYS: list[tuple[str, Callable[[Sequence[DayLetter]], int], float | None]] = [
    ("merged, 2 workers, cut apart", merged, None),
    ("merged, 2 workers, one PDF", in_one, None),
    ("one call, many files", many, 2.5),
    ("a process a file", each, 25),
]


def main(count: int, rounds: int) -> None:
    """Measure and print a table."""
    letters = [a_letter(n) for n in range(count)]
    paces: dict[str, list[float]] = {name: [] for name, _, _ in WAYS}
    ratios: dict[str, list[float]] = {name: [] for name, _, _ in WAYS}
    for _ in range(rounds):
        for name, way, _ in WAYS:
            start = time.perf_counter()
            done = way(letters)
            paces[name].append(done / (time.perf_counter() - start))
            ratios[name].append(paces[WAYS[0][0]][-1] / paces[name][-1])
    print(f"| {count} letters, {rounds} rounds | letters/s | first is so many times as fast | goal | met |")
    print("|---|---:|---:|---|---|")
    for name, _, goal in WAYS:
        pace, ratio = statistics.median(paces[name]), statistics.median(ratios[name])
        met = "" if goal is None else ("yes" if ratio >= goal else "no")
        print(f"| {name} | {pace:.1f} | {ratio:.1f} | {'' if goal is None else f'≥ {goal}'} | {met} |")


if __name__ == "__main__":
    given = [int(text) for text in sys.argv[1:3]]
    main(*given, *(100, 3)[len(given) :])
