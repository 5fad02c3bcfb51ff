"""批量制作: each row once, whatever is killed, full, gone or at work beside it; the letters are the same."""

from __future__ import annotations

import dataclasses
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gaozhi_cli.domain.applicant import text_problems
from gaozhi_cli.domain.batch import row_key
from gaozhi_cli.domain.problem import NotReady
from gaozhi_cli.rendering.compiled import batch_codec
from gaozhi_cli.rendering.docx_package import open_package, same_content
from gaozhi_cli.rendering.letter_docx import Proof, letter_document, open_letter_template
from gaozhi_cli.services import draw_up_batch as service
from gaozhi_cli.services.draw_up_batch import BatchRow, Drawn, draw_up_batch
from gaozhi_cli.services.make_letter import finish_letters, make_letter
from tests.batches import a_table, begin, command, until_there, whole
from tests.builders import CITIZEN, an_occasion, applicants
from tests.storage.test_ledger_contract import Window, compiled_home, entries, reopened
from tests.storage.test_ledger_faults import disk, posix  # noqa: F401

JOBS = pytest.mark.parametrize("jobs", [1, 2])
linux = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="要看 /proc 里的内存数")


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    """A window with an empty ledger."""
    window = Window(tmp_path / "county")
    yield window
    window.ledger.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The complete county, its catalog compiled, without a ledger."""
    return Path(shutil.copytree(compiled_home(True).name, tmp_path / "home"))


@pytest.fixture
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups of three letters, so that few rows make many groups."""
    monkeypatch.setattr(service, "GROUP", 3)


def batch_rows(window: Window, count: int) -> list[BatchRow]:
    """Proven rows of made-up applicants."""
    found = []
    for place, form in enumerate(applicants(count), start=2):
        given = {key: value for key, value in form.items() if value and key != "id_type"}
        application = window.application("64", given)
        found.append(BatchRow(place, application, row_key(application)))
    return found


def drawn(window: Window, rows: Any, *, jobs: int = 1, expected: int = 0) -> list[Drawn]:
    """A batch carried out to its end."""
    return list(
        draw_up_batch(
            rows, catalog=window.catalog, ledger=window.ledger, occasion=an_occasion(),
            template=window.template, folder=window.letters, home=window.home, jobs=jobs, expected=expected,
        )
    )  # fmt: skip


def finish(window: Window) -> int:
    """What the next writing command does first; how many letters it made."""
    with closing(reopened(window.home)) as ledger:
        done = finish_letters(
            ledger=ledger, occasion=an_occasion(), template=window.template, home=window.home
        )
        assert done.failed == ()
        return len(done.made)


# The letters


@JOBS
def test_rows_in_their_order_each_with_its_own_entries(window: Window, small_groups: None, jobs: int) -> None:
    """Several groups and a rest; run again nothing is added and the same is told."""
    rows = batch_rows(window, 8)
    first = drawn(window, iter(rows), jobs=jobs)
    assert [one.row for one in first] == [row.row for row in rows]
    assert [one.docx for one in first] == whole(window.home, 8, window.letters)
    assert {one.before for one in first} == {None}
    acts = [(entry["act"], entry["object"]) for entry in entries(window.path)[1:]]
    assert sorted(acts) == sorted(
        (act, one.number) for one in first for act in ("letter.draw-up", "letter.make")
    )
    before = window.path.read_bytes()
    again = drawn(window, iter(rows), jobs=jobs)
    assert [one._replace(before=None) for one in again] == first
    assert {one.before for one in again} == {"2026-11-24"}
    assert window.path.read_bytes() == before


def test_the_same_input_number_and_head_give_the_same_bytes(window: Window, tmp_path: Path) -> None:
    """One process or two, few rows or many: the first letter after one head is the same to the byte."""
    rows = batch_rows(window, 2)
    letters = []
    for place, options in enumerate(({"jobs": 1}, {"jobs": 2}, {"jobs": 1, "expected": 1000})):
        other = window.copied(tmp_path / f"copy{place}")
        letters.append(drawn(other, iter(rows), **options)[0].docx.read_bytes())
        other.ledger.close()
    assert len(set(letters)) == 1


def test_made_again_alone_it_is_the_same_letter_packed_otherwise(window: Window) -> None:
    """A letter of a batch that was lost: the same parts, journalled as letter.remake."""
    number, path = drawn(window, iter(batch_rows(window, 1)))[0][1:3]
    batch = path.read_bytes()
    path.unlink()
    made = make_letter(
        number, ledger=window.ledger, occasion=an_occasion(), template=window.template, home=window.home
    )
    single = made.docx.read_bytes()
    assert made.again and made.docx == path
    assert open_package(single, "").parts == open_package(batch, "").parts
    assert (single != batch) == (batch_codec().name != "zlib-6")
    assert entries(window.path)[-1]["act"] == "letter.remake"


def test_whatever_a_row_may_say_can_be_put_on_paper(window: Window) -> None:
    """Every character that a row is not refused for is carried, read back and kept: none fails later."""
    application = window.application("64", CITIZEN)
    from gaozhi_cli.domain.letter import compose

    lawful = [chr(n) for n in range(0x20, 0x30000) if not text_problems(f"测{chr(n)}试", "", "")]
    assert len(lawful) > 100_000
    form = open_letter_template(window.template)
    for start in range(0, len(lawful), 1900):
        statement = "始" + "".join(lawful[start : start + 1900]) + "终"
        changed = _changed(application, statement)
        letter_document(form, compose(changed, window.catalog, "x").values, None, codec=batch_codec())


def _changed(application: Any, statement: str) -> Any:
    if hasattr(application, "_replace"):
        return application._replace(statement=statement)
    return dataclasses.replace(application, statement=statement)


# Others at work at the same time


@JOBS
def test_another_command_finishes_the_batchs_letters_meanwhile(
    window: Window, small_groups: None, jobs: int
) -> None:
    """Between any two groups: one file, one letter.make a letter, and the digest is that of the file."""
    finished = []

    def rows() -> Iterator[BatchRow]:
        for place, row in enumerate(batch_rows(window, 12)):
            if place % 3 == 0:
                finished.append(finish(window))
            yield row

    assert len(drawn(window, rows(), jobs=jobs)) == 12
    assert sum(finished) >= 6
    whole(window.home, 12, window.letters)


@JOBS
def test_two_batches_of_one_table_at_once(home: Path, tmp_path: Path, jobs: int) -> None:
    """Two clerks run the same command: each row once, both end well."""
    table = a_table(tmp_path / "a.csv", 700)
    out = tmp_path / "out"
    running = [begin(command(table, "--jobs", str(jobs), out=out), home) for _ in range(2)]
    for process in running:
        told = process.communicate(timeout=100)[1]
        assert process.returncode == 0, told
    whole(home, 700, out)


def test_a_table_that_changes_while_it_is_read(home: Path, tmp_path: Path) -> None:
    """Exit 3 in one sentence; what was registered stands, and the changed table is done to its end."""
    table, out = a_table(tmp_path / "a.csv", 3300), tmp_path / "out"
    running = begin(command(table, "--jobs", "1", out=out), home)
    until_there(home / "ledger.db", running)
    a_table(table, 3310)
    told = running.communicate(timeout=100)[1]
    assert running.returncode == 3 and "在读取期间被改动" in told and "Traceback" not in told
    again = begin(command(table, out=out), home)
    assert again.wait(100) == 0
    whole(home, 3310, out)


# Folders


@JOBS
def test_a_folder_that_goes_away(window: Window, small_groups: None, jobs: int) -> None:
    """Between two groups: one sentence, nothing lost; when it is back the rest is made."""
    rows = batch_rows(window, 9)

    def until_gone() -> Iterator[BatchRow]:
        for place, row in enumerate(rows):
            if place == 3:
                while jobs == 2 and len(list(window.letters.iterdir())) < 3:
                    time.sleep(0.01)
                window.letters.rename(window.home / "away")
            yield row

    with pytest.raises(NotReady, match="没有写成"):
        drawn(window, until_gone(), jobs=jobs)
    window.reopen()
    (window.home / "away").rename(window.letters)
    assert finish(window) in (3, 6)
    assert len(drawn(window, iter(rows), jobs=jobs)) == 9
    whole(window.home, 9, window.letters)


def test_what_a_power_cut_left_is_written_anew(window: Window) -> None:
    """Empty files, or of zeros, under the names of letters not yet marked."""
    rows = batch_rows(window, 3)
    (window.letters / "SC-2026-00001.docx").write_bytes(b"")
    (window.letters / "SC-2026-00002.docx").write_bytes(bytes(4096))
    drawn(window, iter(rows))
    whole(window.home, 3, window.letters)


def test_a_killed_batchs_files_stay_as_they_are(window: Window) -> None:
    """Written fast and not marked: the next command takes them as they lie there."""
    number, path = drawn(window, iter(batch_rows(window, 1)))[0][1:3]
    row = window.ledger.letter(number)
    assert row is not None and row.anchor is not None
    values = json.loads(window.ledger.personal(number, "applicant")["text"])
    form = open_letter_template(window.template)
    fast = letter_document(form, values, Proof(number, row.fields, row.anchor), codec=batch_codec())
    assert fast == path.read_bytes()
    assert same_content(fast, letter_document(form, values, Proof(number, row.fields, row.anchor)))


# Size


MEASURED = """
import re, sys
from pathlib import Path
from gaozhi_cli.cli.app import run_args
if __name__ == "__main__":
    code = run_args(sys.argv[1:])
    peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]
    Path("peak").write_text(peak)
    sys.exit(code)
"""


@linux
def test_memory_does_not_grow_with_the_rows(home: Path, tmp_path: Path) -> None:
    """The peak of 5,000 rows is near that of 500; both stay under 100 MB."""
    program = tmp_path / "program.py"
    program.write_text(MEASURED, "utf-8")
    peaks = []
    for count in (500, 5000):
        own = Path(shutil.copytree(home, tmp_path / f"home{count}"))
        table = a_table(tmp_path / "a.csv", count)
        args = command(table, "--jobs", "1", "--result", str(tmp_path / "r.csv"), out=tmp_path / str(count))
        running = begin([], own, program=program, arguments=args)
        told = running.communicate(timeout=200)[1]
        assert running.returncode == 0, told
        peaks.append(int((own / "peak").read_text()) / 1024)
    assert peaks[1] < peaks[0] * 1.2, peaks
    assert peaks[1] < 100, peaks
