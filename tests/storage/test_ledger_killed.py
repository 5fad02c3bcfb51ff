"""Processes that are killed, and many at once: nothing acknowledged lost, no gap, the chain whole."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gaozhi_cli.storage.connect import create_ledger
from gaozhi_cli.storage.records import Query
from gaozhi_cli.storage.verify import verify
from tests.builders import ACTOR, CITIZEN, a_clock, a_ledger, flags
from tests.conftest import Run
from tests.storage.test_ledger_contract import Window, draw_number, entries, raw, reopened

posix = pytest.mark.skipif(os.name != "posix", reason="只在 POSIX 系统上有意义")
fork = multiprocessing.get_context("fork") if os.name == "posix" else None
in_both_modes = pytest.mark.parametrize("mode", ["delete", "wal"])


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Window:
    """A county with one letter drawn up and made."""
    window = Window(tmp_path_factory.mktemp("killed") / "county")
    window.make(window.draw_up("64", CITIZEN))
    return window


@pytest.fixture
def county(template: Window, tmp_path: Path) -> Iterator[Window]:
    """The same county in a folder of its own."""
    window = template.copied(tmp_path / "county")
    yield window
    window.ledger.close()


def in_mode(home: Path, mode: str) -> None:
    """Set the journal mode of a home's ledger."""
    with raw(home / "ledger.db") as base:
        assert base.execute(f"PRAGMA journal_mode = {mode}").fetchone() == (mode,)


# Killed


def keep_drawing(home: Path, window: Window, told: int) -> None:
    """Draw up and make letters for ever, telling the number of each that is done."""
    window.ledger = reopened(home)
    while True:
        number = window.draw_up("64", CITIZEN)
        window.make(number)
        os.write(told, f"{number}\n".encode())


@posix
def test_killed_twenty_times_while_letters_are_drawn_up(county: Window, run: Run) -> None:
    """kill -9 at random moments; then one command more: no gap, no letter without file, none lost."""
    assert fork is not None
    chance = random.Random(20261124)
    told: list[str] = []
    county.ledger.close()
    for time_ in range(20):
        reading, writing = os.pipe()
        worker = fork.Process(target=keep_drawing, args=(county.home, county, writing))
        worker.start()
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as pipe:
            if time_ % 2:  # every other time not before one letter is done, however slow the machine
                told.append(pipe.readline().strip())
            time.sleep(chance.uniform(0.01, 0.25))
            assert worker.pid is not None
            os.kill(worker.pid, signal.SIGKILL)
            worker.join()
            told += pipe.read().split()
        with closing(reopened(county.home)) as ledger:
            assert verify(ledger).faults == ()
    done = run("letter", "new", "--item", "64", *flags(CITIZEN), "--format", "json", home=county.home)
    assert done.returncode == 0, done.stderr
    with closing(reopened(county.home)) as ledger:
        numbers = [found.case.number for found in ledger.commitments(Query())]
        assert numbers == [f"SC-2026-{n:05d}" for n in range(1, len(numbers) + 1)]
        assert set(told) < set(numbers)
        assert len(told) >= 10
        assert numbers[-1] == json.loads(done.stdout)["number"]
        assert ledger.pending_letters() == []
        for number in numbers:
            letter = ledger.letter(number)
            assert letter is not None
            assert zip_is_whole(county.home / letter.docx), number
        assert verify(ledger).faults == ()


def zip_is_whole(path: Path) -> bool:
    """Whether a .docx is complete."""
    import zipfile

    with zipfile.ZipFile(path) as archive:
        return archive.testzip() is None and "word/document.xml" in archive.namelist()


def keep_counting(home: Path, office: str, told: int) -> None:
    """Draw numbers for ever, telling each."""
    ledger = reopened(home)
    while True:
        os.write(told, f"{draw_number(ledger, office)}\n".encode())


@posix
@in_both_modes
def test_writers_killed_at_random(tmp_path: Path, mode: str) -> None:
    """Ten rounds of four writers and kill -9: every acknowledged number is there, none twice, no gap."""
    assert fork is not None
    a_ledger(tmp_path).close()
    in_mode(tmp_path, mode)
    chance = random.Random(mode)
    told: list[str] = []
    for _ in range(10):
        reading, writing = os.pipe()
        offices = ("RS", "SC", "RS", "RS")
        workers = [fork.Process(target=keep_counting, args=(tmp_path, o, writing)) for o in offices]
        for worker in workers:
            worker.start()
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as pipe:
            told.append(pipe.readline().strip())
            time.sleep(chance.uniform(0.005, 0.1))
            for worker in workers:
                assert worker.pid is not None
                os.kill(worker.pid, signal.SIGKILL)
                time.sleep(chance.uniform(0, 0.01))
            told += pipe.read().split()
        for worker in workers:
            worker.join()
        with closing(reopened(tmp_path)) as ledger:
            assert verify(ledger).faults == ()
    drawn = [entry["object"] for entry in entries(tmp_path / "ledger.db")[1:]]
    assert len(set(told)) == len(told) >= 10
    assert set(told) <= set(drawn)
    for office in ("RS", "SC"):
        numbers = [number for number in drawn if number.startswith(office)]
        assert numbers == [f"{office}-2026-{n:05d}" for n in range(1, len(numbers) + 1)]


# Many at once


def together(work: Callable[[int], Any], count: int = 8) -> list[Any]:
    """Run ``work(n)`` in so many processes that begin at the same moment; what each gave, or its fault."""
    assert fork is not None
    barrier, answers = fork.Barrier(count), fork.SimpleQueue()

    def one(n: int) -> None:
        barrier.wait(30)
        try:
            answers.put(work(n))
        except BaseException as fault:
            answers.put(repr(fault))

    workers = [fork.Process(target=one, args=(n,)) for n in range(count)]
    for worker in workers:
        worker.start()
    given = [answers.get() for _ in workers]
    for worker in workers:
        worker.join()
    return given


def numbers_drawn(home: Path, n: int) -> list[str]:
    """Twelve numbers of two offices, each in an act of its own."""
    with closing(reopened(home)) as ledger:
        return [draw_number(ledger, "RS" if (n + k) % 2 else "SC") for k in range(12)]


@posix
@in_both_modes
def test_eight_processes_draw_numbers_at_once(tmp_path: Path, mode: str) -> None:
    """No gap, no duplicate, no error; one entry for each."""
    a_ledger(tmp_path).close()
    in_mode(tmp_path, mode)
    given = together(partial(numbers_drawn, tmp_path))
    assert all(isinstance(answer, list) for answer in given), given
    drawn = sorted(number for answer in given for number in answer)
    assert drawn == [f"{office}-2026-{n:05d}" for office in ("RS", "SC") for n in range(1, 49)]
    with closing(reopened(tmp_path)) as ledger:
        found = verify(ledger)
    assert (found.faults, found.entries) == ((), 97)


def letters_drawn(window: Window, n: int) -> list[str]:
    """Two letters drawn up, made and signed."""
    window.ledger = reopened(window.home)
    numbers = []
    for _ in range(2):
        number = window.draw_up("64", CITIZEN)
        window.make(number)
        window.sign(number)
        numbers.append(number)
    return numbers


@posix
@in_both_modes
def test_eight_windows_work_at_once(county: Window, mode: str) -> None:
    """Whole acts of eight windows on one ledger: one subject, every letter made, the chain whole."""
    county.ledger.close()
    in_mode(county.home, mode)
    given = together(partial(letters_drawn, county))
    assert all(isinstance(answer, list) for answer in given), given
    drawn = sorted(number for answer in given for number in answer)
    assert drawn == [f"SC-2026-{n:05d}" for n in range(2, 18)]
    with closing(reopened(county.home)) as ledger:
        cases = [found.case for found in ledger.commitments(Query(status="signed"))]
        assert [case.number for case in cases] == drawn
        assert len({case.subject for case in cases}) == 1
        assert ledger.pending_letters() == []
        assert verify(ledger).faults == ()


def ledger_made(home: Path, n: int) -> tuple[bool, str, str]:
    """Whether this process made the ledger, the ledger's id, and a number drawn in it."""
    ledger, made = create_ledger(str(home / "ledger.db"), home / "keys", a_clock, ACTOR)
    with closing(ledger):
        number = draw_number(ledger)
        assert ledger.keys().match
        return made, ledger.meta()["id"], number


@posix
@pytest.mark.parametrize("time_", range(3))
def test_eight_processes_make_the_ledger_at_once(tmp_path: Path, time_: int) -> None:
    """One ledger, made once, with one key; everybody works in it."""
    given = together(partial(ledger_made, tmp_path))
    assert all(isinstance(answer, tuple) for answer in given), given
    assert sum(made for made, _, _ in given) == 1
    assert len({id_ for _, id_, _ in given}) == 1
    assert sorted(number for _, _, number in given) == [f"RS-2026-{n:05d}" for n in range(1, 9)]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["keys", "ledger.db"]
    assert [p.name for p in (tmp_path / "keys").iterdir()] == [f"{given[0][1]}.key"]
    with closing(reopened(tmp_path)) as ledger:
        assert verify(ledger).faults == ()


def test_unfinished_act_of_a_killed_process_is_undone(county: Window) -> None:
    """A hot journal beside the file, as a crash leaves it, is rolled back by the next to open it."""
    with raw(county.path) as base:
        base.execute("PRAGMA cache_size = 1")
        base.execute("BEGIN IMMEDIATE")
        base.execute("UPDATE commitments SET item = 'half'")
        base.execute("CREATE TABLE filler AS SELECT zeroblob(200000)")
        half, journal = county.path.read_bytes(), Path(f"{county.path}-journal").read_bytes()
        base.execute("ROLLBACK")
    county.ledger.close()
    county.path.write_bytes(half)
    Path(f"{county.path}-journal").write_bytes(journal)
    with closing(reopened(county.home)) as ledger:
        assert verify(ledger).faults == ()
        assert ledger.case("SC-2026-00001").item == "sc-64"


@pytest.mark.parametrize("moment", ["key", "placed"])
def test_killed_while_the_ledger_is_made(tmp_path: Path, run: Run, moment: str) -> None:
    """Between key and ledger, or before its mark is wiped: the next command works; a lost ledger is told."""
    home = tmp_path / "own"
    home.mkdir()
    a_ledger(home).close()
    key = next((home / "keys").glob("*.key"))
    marker = key.with_suffix(".making")
    assert not marker.exists()
    marker.touch()
    if moment == "key":
        (home / "ledger.db").unlink()
    new = ("letter", "new", "--item", "64", *flags(CITIZEN), "--format", "json")
    done = run(*new, home=home)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["number"] == "SC-2026-00001"
    assert key.exists() and marker.exists() == (moment == "key")
    (home / "ledger.db").unlink()
    lost = run(*new, home=home)
    assert lost.returncode == 7 and "请从备份放回" in lost.stderr
