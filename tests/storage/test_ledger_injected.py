"""One act, cut at every system call it makes on the ledger, in both journal modes: killed, or at fault.

The act runs in a forked process to which strace is attached: SIGKILL, ENOSPC or EIO at the n-th call of a
kind. Nothing acknowledged is lost, nothing is torn, what was refused has changed nothing.
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from gaozhi_cli.domain.problem import NotReady
from gaozhi_cli.storage.verify import verify
from tests.builders import CITIZEN
from tests.conftest import ROOT
from tests.storage.test_ledger_contract import Window, entries, raw, reopened

NUMBER = "SC-2026-00001"
CALLS = ("openat", "pwrite64", "fdatasync", "fsync", "ftruncate", "unlink")
PR_SET_PTRACER = 0x59616D61
MODES = ("delete", "wal")
pytestmark = pytest.mark.skipif(
    not shutil.which("strace"), reason="没有装 strace，不能在指定的系统调用处出错"
)


class Ended(NamedTuple):
    """How the act ended: what its process said before (``done`` is the acknowledgement), its wait status."""

    said: str
    status: int


@pytest.fixture(scope="module", params=MODES)
def template(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Window:
    """A county with one letter drawn up and made, its ledger in one of the journal modes."""
    window = Window(tmp_path_factory.mktemp("injected") / "county")
    window.make(window.draw_up("64", CITIZEN))
    shutil.rmtree(window.home / "cache")
    assert window.ledger.engine.execute(f"PRAGMA journal_mode = {request.param}") == [(request.param,)]
    window.ledger.close()
    return window


def copied(template: Window, home: Path) -> Window:
    """The county in a folder of its own, its ledger not yet open."""
    window = template.copied(home)
    window.ledger.close()
    return window


def signed(window: Window, *options: str, log: Path) -> Ended:
    """``sign`` in a process of its own, traced; what it says goes through a pipe."""
    (heard, saying), (waiting, going) = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 99
        with suppress(BaseException):
            ctypes.CDLL(None).prctl(PR_SET_PTRACER, ctypes.c_ulong(-1), 0, 0, 0)
            os.read(waiting, 1)
            try:
                window.ledger = reopened(window.home)
                window.sign(NUMBER)
                os.write(saying, b"done")
                window.ledger.close()
                code = 0
            except NotReady as refusal:
                os.write(saying, refusal.message.encode())
                code = 7
        os._exit(code)
    os.close(saying)
    files = [window.path, *(Path(f"{window.path}-{end}") for end in ("journal", "wal", "shm")), window.home]
    paths = [part for path in files for part in ("-P", str(path))]
    command = ["strace", "-o", str(log), *paths, *options, "-p", str(pid)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8") as tracer:
        assert tracer.stderr is not None
        told = ""
        for line in tracer.stderr:
            told += line
            if "attached" in line or "attach:" in line:
                break
        os.write(going, b"x")
        with os.fdopen(heard, encoding="utf-8") as pipe:
            said = pipe.read()
        _, status = os.waitpid(pid, 0)
    os.close(waiting)
    os.close(going)
    if "Operation not permitted" in told:
        pytest.skip("这里不许 ptrace，不能在指定的系统调用处出错")
    return Ended(said, status)


def counted(template: Window, tmp_path: Path) -> dict[str, int]:
    """How often the act makes each call on the ledger's files and their folder."""
    log = tmp_path / "strace.log"
    window = copied(template, tmp_path / "whole")
    assert signed(window, "-e", f"trace={','.join(CALLS)}", log=log) == ("done", 0)
    seen = re.findall(r"^(\w+)\(", log.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    shutil.rmtree(window.home)
    return {name: seen.count(name) for name in CALLS}


def points(counts: dict[str, int], names: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """Every call of these kinds."""
    return ((name, n) for name in names for n in range(1, counts[name] + 1))


def went_on(window: Window, was_signed: bool) -> None:
    """The ledger is whole, and the case goes on from where it stands."""
    with closing(reopened(window.home)) as ledger:
        window.ledger = ledger
        if not was_signed:
            window.sign(NUMBER)
        window.accept(NUMBER)
        assert verify(ledger).faults == ()


def test_killed_at_every_call_of_an_act(template: Window, tmp_path: Path) -> None:
    """All of it or nothing, at some forty places; what was acknowledged is there."""
    counts, log = counted(template, tmp_path), tmp_path / "strace.log"
    assert counts["fdatasync"] >= 4 and counts["unlink"] >= 1 and counts["pwrite64"] >= 20
    before = len(entries(template.path))
    outcomes = set()
    for name, n in points(counts, CALLS):
        window = copied(template, tmp_path / f"{name}-{n}")
        ended = signed(window, "-e", f"trace={name}", "-e", f"inject={name}:signal=KILL:when={n}", log=log)
        assert ended.status == signal.SIGKILL, (name, n, ended)
        with closing(reopened(window.home)) as ledger:
            found = verify(ledger)
            outcome = (ledger.case(NUMBER).status, found.entries - before)
        assert found.faults == (), (name, n)
        assert outcome in (("drawn-up", 0), ("signed", 1)), (name, n)
        assert outcome[1] or not ended.said, (name, n)
        outcomes.add((outcome[1], bool(ended.said)))
        went_on(window, bool(outcome[1]))
        shutil.rmtree(window.home)
    assert {(0, False), (1, False)} <= outcomes


FAULTS = (("pwrite64", "ENOSPC"), ("fdatasync", "EIO"), ("ftruncate", "EIO"), ("unlink", "EIO"))


def test_fault_of_the_disk_at_every_call_of_an_act(template: Window, tmp_path: Path) -> None:
    """No room, or an error, at the n-th write, flush or removal: acknowledged and there, or one sentence
    that does not claim more than is known."""
    counts, log = counted(template, tmp_path), tmp_path / "strace.log"
    before = len(entries(template.path))
    said, unsure = set(), []
    for call, fault in FAULTS:
        for name, n in points(counts, (call,)):
            window = copied(template, tmp_path / f"{name}-{n}")
            inject = f"inject={name}:error={fault}:when={n}"
            ended = signed(window, "-e", f"trace={name}", "-e", inject, log=log)
            with closing(reopened(window.home)) as ledger:
                found = verify(ledger)
                outcome = (ledger.case(NUMBER).status, found.entries - before)
            assert found.faults == (), (name, n)
            if ended.status == 0:
                assert (ended.said, outcome) == ("done", ("signed", 1)), (name, n, ended)
            else:
                assert os.waitstatus_to_exitcode(ended.status) == 7, (name, n, ended)
                if "不能确定" in ended.said:  # a flush failed when all was written
                    assert outcome in (("drawn-up", 0), ("signed", 1)) and name == "fdatasync", (name, n)
                    unsure.append(outcome)
                else:
                    assert outcome == ("drawn-up", 0) and "没有写入" in ended.said, (name, n, ended)
                assert re.fullmatch(r"[^\n]*台账[^\n]*", ended.said), ended
                said.add(ended.said.partition("，")[0].partition(" ")[0])
            went_on(window, bool(outcome[1]))
            shutil.rmtree(window.home)
    assert "磁盘已满" in said and len(said) > 1
    assert ("signed", 1) in unsure and len(unsure) <= 3


@pytest.mark.parametrize(
    ("call", "fault", "words"),
    [("pwrite64", "ENOSPC", "磁盘已满.*没有写入"), ("fdatasync", "EIO", "磁盘出错")],
)
def test_command_on_a_faulty_disk(
    template: Window, tmp_path: Path, call: str, fault: str, words: str
) -> None:
    """The command itself: one sentence, exit 7, nothing on standard output."""
    window = copied(template, tmp_path / "county")
    inject = [
        "-P",
        f"{window.path}-journal",
        "-P",
        f"{window.path}-wal",
        "-e",
        f"inject={call}:error={fault}:when=2",
    ]
    command = [sys.executable, "-m", "gaozhi_cli", "commitment", "sign", NUMBER, "--home", str(window.home)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GAOZHI_")}
    environment |= {"PYTHONPATH": str(ROOT), "GAOZHI_AS_OF": "2026-11-24"}
    done = subprocess.run(
        ["strace", "-f", "-qq", "-o", str(tmp_path / "log"), *inject, *command],
        env=environment, capture_output=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    if done.returncode != 7 and "ptrace" in done.stderr:
        pytest.skip("这里不许 ptrace，不能在指定的系统调用处出错")
    assert (done.returncode, done.stdout) == (7, ""), done.stderr
    assert re.fullmatch(rf"错误：[^\n]*{words}[^\n]*\n", done.stderr), done.stderr
    with raw(window.path) as base:
        assert base.execute("SELECT status FROM commitments").fetchall() == [("drawn-up",)]
