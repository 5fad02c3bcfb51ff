"""批量制作: each row once, whatever is killed, full, gone or at work beside it; the letters are the same."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
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
from tests.batches import a_table, begin, command, whole
from tests.builders import CITIZEN, an_occasion, applicants
from tests.conftest import Run
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


def until_there(path: Path, running: subprocess.Popen[str], patience: float = 60) -> None:
    """Wait until a file is there."""
    end = time.monotonic() + patience
    while not path.exists():
        assert time.monotonic() < end and running.poll() is None
        time.sleep(0.005)


# Killed


SMALL_GROUPS = """
import sys
from gaozhi_cli.services import draw_up_batch, make_letter
from gaozhi_cli.cli.app import main
draw_up_batch.GROUP, make_letter.GROUP = 25, 10
if __name__ == "__main__":
    main()
"""


def begin_small(program: Path, args: list[str], home: Path) -> subprocess.Popen[str]:
    """A batch in groups of 25, so that it can be killed at many places in little time."""
    program.write_text(SMALL_GROUPS, "utf-8")
    return begin([], home, program=program, arguments=args)


def pending(home: Path) -> int:
    """Letters without a file."""
    if not (home / "ledger.db").exists():
        return 0
    with closing(reopened(home)) as ledger:
        return len(ledger.pending_letters())


def gone(group: int) -> bool:
    """Whether no process of a group is left; the workers of a killed batch end by themselves."""
    for _ in range(200):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    os.killpg(group, signal.SIGKILL)
    return False


@posix
@JOBS
def test_killed_twenty_times_and_run_again(home: Path, tmp_path: Path, jobs: int) -> None:
    """kill -9 at random moments: files, rows and numbers are the valid rows, each once, gapless."""
    chance = random.Random(20261124 + jobs)
    size, out, program = 700, tmp_path / "out", tmp_path / "program.py"
    table = with_a_fault(tmp_path / "a.csv", size)
    args = command(table, "--keep-going", "--jobs", str(jobs), "--result", str(tmp_path / "r.csv"), out=out)
    left_something = 0
    for time_ in range(10):  # with one process and with two: twenty moments
        running = begin_small(program, args, home)
        if time_ % 4:  # not before it writes
            changed(home, running)
        time.sleep(chance.uniform(0, 0.25))
        running.kill()
        running.communicate()
        assert running.returncode in (-signal.SIGKILL, 9)
        if running.returncode == 9:  # a fast machine was done before: more rows for it
            size += 300
            with_a_fault(table, size)
        if time_ % 2:  # every other time the next one begins while workers may still be there
            assert gone(running.pid)
        left_something += pending(home) > 0
    assert left_something >= 5
    last = begin_small(program, args, home)
    told = last.communicate(timeout=100)[1]
    assert last.returncode == 9, told
    assert "有误跳过 1 行" in told
    whole(home, size - 1, out)


def with_a_fault(table: Path, size: int) -> Path:
    """A table whose eighth row is faulty."""
    rows = list(applicants(size))
    rows[7]["id_number"] = "410182199001010031"
    return a_table(table, rows)


def changed(home: Path, running: subprocess.Popen[str]) -> None:
    """Wait until the ledger is being written to."""
    ledger = home / "ledger.db"
    before = ledger.stat().st_mtime_ns if ledger.exists() else 0
    while running.poll() is None:
        if ledger.exists() and ledger.stat().st_mtime_ns != before:
            return
        time.sleep(0.002)


@posix
def test_killed_while_it_finishes_what_a_crash_left(home: Path, tmp_path: Path) -> None:
    """The finishing is killed, and killed again; then it ends, nothing is done twice."""
    chance = random.Random(64)
    table, out, program = a_table(tmp_path / "a.csv", 250), tmp_path / "out", tmp_path / "program.py"
    out.mkdir()
    foreign = out / "SC-2026-00001.docx"
    foreign.write_bytes(b"another file")
    args = command(table, "--jobs", "1", out=out)
    stopped = begin(args, home)
    told = stopped.communicate(timeout=100)[1]
    assert stopped.returncode == 7 and told.count("错误：") == 1 and "没有覆盖" in told
    assert "有 250 份已登记、还没有文件" in told
    assert foreign.read_bytes() == b"another file" and pending(home) == 250
    foreign.unlink()
    for _ in range(6):
        running = begin_small(program, args, home)
        changed(home, running)
        time.sleep(chance.uniform(0, 0.1))
        running.kill()
        running.communicate()
    last = begin_small(program, args, home)
    told = last.communicate(timeout=100)[1]
    assert last.returncode == 0 and "共 250 行：先前已制作 250 份" in told.replace("新制作 0 份，", "")
    whole(home, 250, out)


@posix
@JOBS
def test_interrupted_it_says_what_stands(home: Path, tmp_path: Path, jobs: int) -> None:
    """Ctrl-C reaches every process of the group: exit 130, one sentence that is true, no traceback."""
    table, out, program = a_table(tmp_path / "a.csv", 800), tmp_path / "out", tmp_path / "program.py"
    args = command(table, "--jobs", str(jobs), "--result", str(tmp_path / "r.xlsx"), out=out)
    cut_off = 0
    for wait in (0.0, 0.05, 0.1, 0.4):
        before = count(home)
        running = begin_small(program, args, home)
        changed(home, running)
        time.sleep(wait)
        os.killpg(running.pid, signal.SIGINT)
        told = running.communicate(timeout=60)[1]
        assert running.returncode == 130 and "Traceback" not in told, told
        if count(home) > before:
            cut_off += 1
            left = re.search(r"有 (\d+) 份已登记", told)
            assert int(left[1] if left else 0) == pending(home)
            assert "没有登记任何内容" not in told and "再运行一次会接着做" in told
        assert gone(running.pid)
    assert cut_off
    last = begin_small(program, args, home)
    assert last.wait(100) == 0
    whole(home, 800, out)


def count(home: Path) -> int:
    """How many letters were drawn up."""
    if not (home / "ledger.db").exists():
        return 0
    return sum(entry["act"] == "letter.draw-up" for entry in entries(home / "ledger.db"))


@posix
@linux
def test_a_worker_that_is_killed(home: Path, tmp_path: Path) -> None:
    """Out of memory takes the worker: exit 7 in one sentence, and the next run goes on."""
    table, out, program = a_table(tmp_path / "a.csv", 600), tmp_path / "out", tmp_path / "program.py"
    args = command(table, "--jobs", "2", out=out)
    running = begin_small(program, args, home)
    until_there(out / "SC-2026-00001.docx", running)
    for child in Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split():
        if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes():
            os.kill(int(child), signal.SIGKILL)
    told = running.communicate(timeout=60)[1]
    assert running.returncode == 7 and "中途退出" in told and "Traceback" not in told, told
    assert begin_small(program, args, home).wait(100) == 0
    whole(home, 600, out)


# Disks and folders


def test_a_full_disk_in_the_middle(home: Path, tmp_path: Path, run: Run, disk: Callable[..., Any]) -> None:  # noqa: F811
    """One sentence, exit 7; with room the same command ends; nothing half written lies about."""
    small = disk("600k")
    table = a_table(tmp_path / "a.csv", 120)
    args = command(table, out=small.path / "out")
    done = run(*args, home=home)
    assert done.returncode == 7 and done.stderr.count("错误：") == 1
    assert "磁盘已满" in done.stderr and "Traceback" not in done.stderr
    assert 0 < len(list((small.path / "out").iterdir())) < 120
    assert not [name for name in small.names() if name.endswith(".tmp")]
    assert run(*args, home=home).returncode == 7
    small.remount("size=20m")
    assert run(*args, home=home).returncode == 0
    whole(home, 120, small.path / "out")


def test_a_full_disk_under_the_ledger(tmp_path: Path, run: Run, disk: Callable[..., Any]) -> None:  # noqa: F811
    """Home and letters on one small disk: refused in one sentence, whole; with room it ends."""
    small = disk("2600k")
    home = Path(shutil.copytree(compiled_home(True).name, small.path / "home"))
    args = command(a_table(tmp_path / "a.csv", 400), out=small.path / "out")
    codes = []
    for _ in range(2):
        done = run(*args, home=home)
        codes.append(done.returncode)
        assert "Traceback" not in done.stderr and done.stderr.count("错误：") == 1, done.stderr
    assert codes == [7, 7]
    small.remount("size=60m")
    done = run(*args, home=home)
    assert done.returncode == 0, done.stderr
    whole(home, 400, small.path / "out")


def test_a_full_disk_under_the_result(home: Path, tmp_path: Path, run: Run, disk: Callable[..., Any]) -> None:  # noqa: F811
    """The letters stand, the sentence names the result file; run again elsewhere all rows are told."""
    small = disk("8k")
    table = a_table(tmp_path / "a.csv", 300)
    out = tmp_path / "out"
    done = run(*command(table, "--result", str(small.path / "r.csv"), out=out), home=home)
    assert done.returncode == 7 and "结果文件" in done.stderr and done.stderr.count("错误：") == 1
    again = run(*command(table, "--result", str(tmp_path / "r.csv"), out=out), home=home)
    assert again.returncode == 0
    assert (tmp_path / "r.csv").read_text("utf-8").count("\n") == 301
    whole(home, 300, out)


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
