"""批量制作, interrupted: killed at any moment, on a full disk, with Ctrl-C; run again, each row once."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.batches import a_table, begin, command, until_there, whole
from tests.builders import applicants
from tests.conftest import Run
from tests.storage.test_ledger_contract import compiled_home, entries, reopened
from tests.storage.test_ledger_faults import disk, posix  # noqa: F401

JOBS = pytest.mark.parametrize("jobs", [1, 2])
linux = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="要看 /proc 里的内存数")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The complete county, its catalog compiled, without a ledger."""
    return Path(shutil.copytree(compiled_home(True).name, tmp_path / "home"))


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
