"""What goes wrong with disks, locks and processes: one sentence, and a ledger as whole as before."""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gaozhi_cli.domain.problem import NotReady
from gaozhi_cli.storage.connect import create_ledger, open_ledger
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.records import Query
from gaozhi_cli.storage.sqlite.engine import SqliteEngine
from gaozhi_cli.storage.vault import read_keys
from gaozhi_cli.storage.verify import verify
from tests.builders import ACTOR, CITIZEN, a_clock, a_ledger, an_occasion
from tests.conftest import Run
from tests.storage.test_ledger_contract import Window, draw_number, entries, raw, reopened
from tests.storage.test_vault import as_nobody

posix = pytest.mark.skipif(os.name != "posix", reason="只在 POSIX 系统上有意义")
fork = multiprocessing.get_context("fork") if os.name == "posix" else None


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Window:
    """A county with one letter drawn up and made."""
    window = Window(tmp_path_factory.mktemp("faults") / "county")
    window.make(window.draw_up("64", CITIZEN))
    return window


@pytest.fixture
def county(template: Window, tmp_path: Path) -> Iterator[Window]:
    """The same county in a folder of its own."""
    window = template.copied(tmp_path / "county")
    yield window
    window.ledger.close()


def not_ready(act: Callable[[], object], words: str) -> str:
    """The act is refused as NotReady in one Chinese sentence; the sentence."""
    with pytest.raises(NotReady, match=words) as refusal:
        act()
    message = refusal.value.message
    assert "\n" not in message
    assert len(re.findall(r"[一-鿿]", message)) > 4
    assert "sqlite" not in message.lower()
    return message


def impatient(window: Window) -> Ledger:
    """The ledger through an engine that waits a fifth of a second for others."""
    engine = SqliteEngine(window.path, busy=0.2)
    return Ledger(engine, lambda id_: read_keys(window.home / "keys", id_), a_clock)


# Locked by another process

HOLD = """
import sqlite3, sys
base = sqlite3.connect(sys.argv[1], isolation_level=None)
base.execute(sys.argv[2])
if sys.argv[2].startswith("BEGIN"):
    base.execute("UPDATE counters SET n = n")
print("held", flush=True)
sys.stdin.readline()
"""


def let_go(holder: subprocess.Popen[str]) -> None:
    """Let the other process end."""
    for stream in (holder.stdin, holder.stdout):
        assert stream is not None
        stream.close()
    holder.wait(20)


@pytest.fixture
def hold() -> Iterator[Callable[[Path, str], subprocess.Popen[str]]]:
    """Another process that holds a lock on a file until it is told to let go."""
    holders = []

    def start(path: Path, statement: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", HOLD, str(path), statement]
        holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
        holders.append(holder)
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        return holder

    yield start
    for holder in holders:
        let_go(holder)


def test_ledger_locked_by_another_writer(county: Window, hold: Any) -> None:
    """Reading goes on; an act waits its time, then is refused; afterwards nothing is missing."""
    ledger, before = impatient(county), county.path.read_bytes()
    holder = hold(county.path, "BEGIN IMMEDIATE")
    assert ledger.case("SC-2026-00001").status == "drawn-up"
    began = time.monotonic()
    not_ready(lambda: draw_number(ledger, "SC"), "占用.*没有写入")
    assert 0.2 <= time.monotonic() - began < 5
    assert county.path.read_bytes() == before
    let_go(holder)
    assert draw_number(ledger, "SC") == "SC-2026-00002"
    assert verify(ledger).faults == ()


def test_ledger_wholly_locked(county: Window, hold: Any) -> None:
    """Not even opened while another has it for itself; and opened afterwards."""
    holder = hold(county.path, "BEGIN EXCLUSIVE")
    not_ready(lambda: impatient(county), "占用")
    let_go(holder)
    assert impatient(county).case("SC-2026-00001").status == "drawn-up"


def test_reader_at_work_when_the_act_is_committed(county: Window) -> None:
    """A listing half read keeps the act from becoming durable: refused, undone, and possible again."""
    ledger = impatient(county)
    with raw(county.path) as reader:
        cursor = reader.execute("SELECT * FROM journal")
        cursor.fetchone()
        not_ready(lambda: draw_number(ledger, "SC"), "占用.*没有写入")
        cursor.close()
    assert draw_number(ledger, "SC") == "SC-2026-00002"
    assert verify(ledger).faults == ()


def test_act_waits_for_another_that_ends_soon(county: Window, hold: Any) -> None:
    """A lock held for a moment costs a moment."""
    holder = hold(county.path, "BEGIN IMMEDIATE")
    drawn: list[str] = []

    def wait() -> None:
        with closing(reopened(county.home)) as ledger:
            drawn.append(draw_number(ledger, "SC"))

    waiter = threading.Thread(target=wait)
    waiter.start()
    time.sleep(0.2)
    assert drawn == []
    let_go(holder)
    waiter.join(20)
    assert drawn == ["SC-2026-00002"]
    assert verify(county.ledger).faults == ()


# Files that are no ledger


def newer(path: Path) -> None:
    """A ledger of a version to come."""
    with raw(path) as base:
        base.execute("PRAGMA user_version = 99")


def foreign(path: Path) -> None:
    """Another program's database."""
    path.unlink()
    with raw(path) as base:
        base.execute("CREATE TABLE journal (seq INTEGER PRIMARY KEY, hash BLOB)")


def folder(path: Path) -> None:
    """A folder under the ledger's name."""
    path.unlink()
    path.mkdir()


NO_LEDGERS: list[tuple[str, Callable[[Path], object], str]] = [
    ("empty", lambda path: path.write_bytes(b""), "空文件"),
    ("text", lambda path: path.write_text("台账\n" * 400, encoding="utf-8"), "不是台账文件或已损坏"),
    ("foreign", foreign, "不是 gaozhi 台账"),
    (
        "header gone",
        lambda path: path.write_bytes(bytes(100) + path.read_bytes()[100:]),
        "不是台账文件或已损坏",
    ),
    ("newer", newer, "较新版本.*99.*升级"),
    ("folder", folder, "打不开台账"),
]


@pytest.mark.parametrize(("what", "make", "words"), NO_LEDGERS, ids=[what for what, _, _ in NO_LEDGERS])
def test_file_that_is_no_ledger(
    county: Window, run: Run, what: str, make: Callable[[Path], object], words: str
) -> None:
    """Refused for reading and for writing alike, left as it is, never taken for an empty ledger."""
    county.ledger.close()
    make(county.path)
    before = county.path.read_bytes() if county.path.is_file() else b""
    location = str(county.path)
    message = not_ready(lambda: open_ledger(location, county.home / "keys", a_clock), words)
    assert location in message or what == "newer"
    keys = sorted((county.home / "keys").iterdir())
    not_ready(lambda: create_ledger(location, county.home / "keys", a_clock, ACTOR), words)
    assert sorted((county.home / "keys").iterdir()) == keys
    done = run("commitment", "sign", "SC-2026-00001", home=county.home)
    assert (done.returncode, done.stdout) == (7, "")
    assert re.fullmatch(rf"错误：.*{words}.*\n", done.stderr), done.stderr
    assert (county.path.read_bytes() if county.path.is_file() else b"") == before


def test_truncated_ledger(template: Window, tmp_path: Path) -> None:
    """Cut off anywhere, it is refused, or read to the end and found at fault; never taken for whole."""
    data = template.path.read_bytes()
    path = tmp_path / "ledger.db"
    for size in (1, 16, 50, 99, 100, 512, 4095, 4096, 4097, 8192, len(data) // 2, len(data) - 4096):
        path.write_bytes(data[:size])
        not_ready(lambda: open_ledger(str(path), template.home / "keys", a_clock), "台账")
        assert path.read_bytes() == data[:size]


def test_page_lost_in_the_middle(template: Window, tmp_path: Path) -> None:
    """The root page of a table emptied, as a bad disk would leave it: verifying finds it."""
    data = template.path.read_bytes()
    path = tmp_path / "ledger.db"
    with raw(template.path) as base:
        pages = dict(base.execute("SELECT name, rootpage FROM sqlite_master"))
    for table in ("meta", "counters", "subjects", "commitments", "letters", "personal", "journal"):
        start = (pages[table] - 1) * 4096
        path.write_bytes(data[:start] + bytes(4096) + data[start + 4096 :])
        with closing(reopened(tmp_path)) as ledger:
            assert verify(ledger).faults, table


def test_table_gone(county: Window, run: Run) -> None:
    """A ledger whose tables are not all there is damaged: one sentence, for reading and writing."""
    county.ledger.close()
    with raw(county.path) as base:
        base.execute("DROP TABLE commitments")
    for command in (("commitment", "list"), ("commitment", "sign", "SC-2026-00001"), ("ledger", "verify")):
        done = run(*command, home=county.home)
        assert (done.returncode, "Traceback" in done.stderr) == (7, False), done.stderr


def test_no_ledger_yet(tmp_path: Path) -> None:
    """Reading makes none; the first act makes the folders on the way, for the owner alone."""
    location = tmp_path / "some" / "where" / "ledger.db"
    assert open_ledger(str(location), tmp_path / "keys", a_clock) is None
    assert list(tmp_path.iterdir()) == []
    ledger, made = create_ledger(str(location), tmp_path / "keys", a_clock, ACTOR)
    with closing(ledger):
        assert made
        assert draw_number(ledger) == "RS-2026-00001"
    if os.name == "posix":
        assert [p.stat().st_mode & 0o777 for p in (location.parent, location.parent.parent)] == [0o700] * 2


def test_file_where_the_folder_should_be(tmp_path: Path) -> None:
    """The folder cannot be made; no key is left for a ledger that is not there."""
    (tmp_path / "file").write_text("x")
    location = str(tmp_path / "file" / "below" / "ledger.db")
    not_ready(lambda: create_ledger(location, tmp_path / "keys", a_clock, ACTOR), "建不了台账或密钥")
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


@posix
def test_files_are_their_owners_alone(tmp_path: Path) -> None:
    """Ledger and key 0600, the keys' folder 0700, whatever the umask; SQLite's file beside it as well."""
    before, home = os.umask(0), tmp_path / "home"
    try:
        with closing(a_ledger(home)) as ledger, ledger.transaction() as act:
            act.next_number("RS", 2026)
            act.record(an_occasion().entry("test.number", "x"))
            assert (home / "ledger.db-journal").stat().st_mode & 0o777 == 0o600
        (key,) = (home / "keys").iterdir()
        assert (home / "ledger.db").stat().st_mode & 0o777 == 0o600
        assert key.stat().st_mode & 0o777 == 0o600
        assert [p.stat().st_mode & 0o777 for p in (home, home / "keys")] == [0o700] * 2
    finally:
        os.umask(before)


# Ledgers that may not be written


@posix
def test_file_without_write_permission(county: Window) -> None:
    """It can be read; an act says that it may only be read."""
    with tempfile.TemporaryDirectory(prefix="gaozhi-") as name:
        place, keys = Path(name), county.home / "keys"
        shutil.copytree(keys, place / "keys")
        path = Path(shutil.copy(county.path, place / "ledger.db"))
        for file in (place, place / "keys"):
            file.chmod(0o755)
        for file in (path, *(place / "keys").iterdir()):
            file.chmod(0o444)
        before = path.read_bytes()
        with as_nobody():
            ledger = open_ledger(str(path), place / "keys", a_clock)
            assert ledger is not None
            with closing(ledger):
                assert ledger.case("SC-2026-00001").status == "drawn-up"
                assert verify(ledger).faults == ()
                not_ready(lambda: draw_number(ledger, "SC"), "只能读不能写.*没有写入.*权限")
        assert path.read_bytes() == before


@posix
def test_folder_without_write_permission(county: Window) -> None:
    """A new ledger cannot be made there: said so, nothing is left."""
    with tempfile.TemporaryDirectory(prefix="gaozhi-") as name:
        place = Path(name)
        (place / "keys").mkdir()
        place.chmod(0o555)
        (place / "keys").chmod(0o777)
        with as_nobody():
            location = str(place / "ledger.db")
            not_ready(lambda: create_ledger(location, place / "keys", a_clock, ACTOR), "建不了台账")
        place.chmod(0o755)
        assert [p.name for p in place.rglob("*")] == ["keys"]


class Disk:
    """A small file system of its own, which can be made larger or read-only."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def mount(self, options: str) -> bool:
        """Mount it; False where that is not permitted."""
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.path)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def remount(self, options: str) -> None:
        """Change it while it is in use."""
        subprocess.run(["mount", "-o", f"remount,{options}", str(self.path)], check=True)

    def names(self) -> list[str]:
        """All files on it."""
        return sorted(str(p.relative_to(self.path)) for p in self.path.rglob("*") if p.is_file())


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Disk]]:
    """Mounts a small disk; where that is not permitted the test is skipped."""
    mounted = []

    def mount(size: str) -> Disk:
        if not shutil.which("mount"):
            pytest.skip("这里没有 mount，造不出写满的小盘")
        disk = Disk(tmp_path / "disk")
        disk.path.mkdir()
        if not disk.mount(f"size={size},mode=700"):
            pytest.skip("这里不许挂载文件系统，造不出写满的小盘")
        mounted.append(disk)
        return disk

    yield mount
    for disk in mounted:
        subprocess.run(["umount", "-l", str(disk.path)], check=True)


def test_read_only_disk(county: Window, disk: Callable[[str], Disk], run: Run) -> None:
    """A ledger on a medium that cannot be written: readable, acts refused, whole afterwards."""
    small = disk("20m")
    shutil.copytree(county.home, small.path / "home")
    small.remount("ro")
    with closing(reopened(small.path / "home")) as ledger:
        assert verify(ledger).faults == ()
        not_ready(lambda: draw_number(ledger, "SC"), "只能读不能写|打不开台账")
    done = run("commitment", "sign", "SC-2026-00001", home=small.path / "home")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (7, "", 1)
    small.remount("rw")
    with closing(reopened(small.path / "home")) as ledger:
        assert draw_number(ledger, "SC") == "SC-2026-00002"


@pytest.mark.parametrize("size", ["4k", "12k", "40k", "100k", "140k"])
def test_disk_full_while_the_ledger_is_made(disk: Callable[[str], Disk], size: str) -> None:
    """Nothing is left behind, no half ledger and no key; with more room the same command succeeds."""
    small = disk(size)
    not_ready(lambda: a_ledger(small.path), "建不了台账.*空间")
    assert small.names() == []
    small.remount("size=2m")
    with closing(a_ledger(small.path)) as ledger:
        assert verify(ledger).faults == ()
        assert [name.split("/")[0] for name in small.names()] == ["keys", "ledger.db"]


def test_disk_full_during_acts(county: Window, disk: Callable[[str], Disk]) -> None:
    """Every acknowledged act is there, the refused one not at all; with room the next number follows."""
    small = disk("560k")
    county.ledger, county.path = a_ledger(small.path), small.path / "ledger.db"
    drawn = []
    message = ""
    for _ in range(60):
        try:
            drawn.append(county.draw_up("64", CITIZEN))
        except NotReady as refusal:
            message = refusal.message
            break
    assert "磁盘已满" in message
    assert "没有写入" in message
    assert len(drawn) > 3
    assert verify(county.ledger).faults == ()
    not_ready(lambda: county.draw_up("64", CITIZEN), "磁盘已满")
    with closing(reopened(small.path)) as ledger:
        assert [found.case.number for found in ledger.commitments(Query())] == drawn
        assert len(entries(county.path)) == 1 + len(drawn)
        assert verify(ledger).faults == ()
    small.remount("size=4m")
    assert county.draw_up("64", CITIZEN) == f"SC-2026-{len(drawn) + 1:05d}"
    assert verify(county.ledger).faults == ()


def test_disk_full_where_the_letter_goes(county: Window, disk: Callable[[str], Disk]) -> None:
    """Before the number is given, the folder is proven; so nothing is registered and nothing left there."""
    small = disk("64k")
    (small.path / "filler").write_bytes(bytes(60000))
    county.letters, before = small.path, county.path.read_bytes()
    not_ready(lambda: county.draw_up("64", CITIZEN), "没有登记.*空间")
    assert small.names() == ["filler"]
    assert county.path.read_bytes() == before


def test_disk_full_between_number_and_letter(county: Window, disk: Callable[[str], Disk]) -> None:
    """The case stands and says so; no half letter; the letter is made when there is room again."""
    small = disk("128k")
    county.letters = small.path
    number = county.draw_up("64", CITIZEN)
    (small.path / "filler").write_bytes(bytes(127000))
    not_ready(lambda: county.make(number), f"{number} 已登记，但文件没有写成")
    assert small.names() == ["filler"]
    assert county.ledger.pending_letters() == [number]
    (small.path / "filler").unlink()
    assert county.make(number).docx.stat().st_size > 1000
    assert county.ledger.pending_letters() == []


def test_integrity_after_all(county: Window) -> None:
    """SQLite itself finds the file whole after a day's work."""
    county.a_day()
    with raw(county.path) as base:
        assert base.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert base.execute("PRAGMA foreign_key_check").fetchall() == []
        assert base.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert isinstance(county.ledger.engine, SqliteEngine)
    assert county.ledger.engine.execute("PRAGMA foreign_keys") == [(1,)]
    with pytest.raises(sqlite3.IntegrityError), county.ledger.transaction() as act:
        act.change_commitment("SC-2026-00001", subject="nobody")
