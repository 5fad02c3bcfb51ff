"""Restore drills: good and bad backups, a present ledger whole, damaged or gone, a kill at each step."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gaozhi_cli.domain.problem import BadInput, NotReady, UsageFault
from gaozhi_cli.services.restore_ledger import Plan, Restored, restore_ledger
from gaozhi_cli.services.rotate_key import rotate_key
from gaozhi_cli.storage.connect import create_ledger
from gaozhi_cli.storage.schema import VERSION
from gaozhi_cli.storage.sqlite.copies import sqlite_engine
from gaozhi_cli.storage.sqlite.engine import SqliteEngine
from gaozhi_cli.storage.sqlite.header import SIDES, beside
from gaozhi_cli.storage.vault import make_keys
from gaozhi_cli.storage.verify import verify
from tests.builders import ACTOR, CITIZEN, a_clock, a_ledger, an_occasion
from tests.conftest import ROOT
from tests.services.test_backup_ledger import backed_up, left
from tests.storage import test_ledger_faults
from tests.storage.test_ledger_contract import Window, draw_number, raw, reopened

template, county = test_ledger_faults.template, test_ledger_faults.county  # the fixtures
posix = pytest.mark.skipif(os.name != "posix", reason="只在 POSIX 系统上有意义")


class Drill:
    """A county with a backup, after which one more number was drawn; its ledger is closed."""

    def __init__(self, window: Window) -> None:
        self.window, self.home, self.path = window, window.home, window.path
        self.backup = backed_up(window, "台账.db").path
        self.anchor = window.ledger.anchor()
        self.entries = window.ledger.head()[0]
        draw_number(window.ledger, "SC")
        window.ledger.close()
        self.asked: list[Plan] = []

    def restore(self, file: Path | None = None, **more: Any) -> Restored:
        """Restore, agreeing to whatever is asked."""
        more = {"occasion": an_occasion(), "agreed": self.asked.append, **more}
        return restore_ledger(
            self.path, file or self.backup, keys=self.home / "keys", letters=self.home / "letters",
            now=a_clock, **more,
        )  # fmt: skip

    def refused(self, words: str, file: Path | None = None, **more: Any) -> str:
        """Restoring is refused in one sentence, and nothing has changed."""
        before = self.state()
        with pytest.raises(NotReady, match=words) as refusal:
            self.restore(file, **more)
        assert "\n" not in refusal.value.message and ".copying" not in refusal.value.message
        assert self.state() == before
        return refusal.value.message

    def state(self) -> dict[str, bytes]:
        """All files beside the ledger."""
        return {file.name: file.read_bytes() for file in self.home.iterdir() if file.is_file()}

    def whole(self) -> tuple[int, str]:
        """Entries and head of the ledger in place, which is whole."""
        with closing(reopened(self.home)) as ledger:
            found = verify(ledger)
            assert found.faults == ()
            return found.entries, found.anchor


@pytest.fixture
def drill(county: Window) -> Drill:
    """The drill in the default journal mode."""
    return Drill(county)


@pytest.fixture(params=["delete", "wal"])
def either(county: Window, request: pytest.FixtureRequest) -> Drill:
    """The drill in each journal mode."""
    county.ledger.engine.execute(f"PRAGMA journal_mode = {request.param}")
    return Drill(county)


def mode(path: Path) -> str:
    """The journal mode of a ledger."""
    with closing(SqliteEngine(path)) as engine:
        return str(engine.execute("PRAGMA journal_mode")[0][0])


def test_a_good_backup(either: Drill) -> None:
    """The loss is counted and named before; the entry says it; the old one is kept; the mode stays."""
    before, was = either.path.read_bytes(), mode(either.path)
    done = either.restore()
    (plan,) = either.asked
    assert (plan.present, plan.lost, plan.objects, plan.key) == ("whole", 1, ("SC-2026-00002",), "own")
    assert plan.anchor == either.anchor
    entries, anchor = either.whole()
    assert (entries, anchor) == (either.entries + 1, done.anchor)
    assert done.kept is not None and done.kept.name == "ledger.db.被替换-20261124T090000"
    assert done.kept.read_bytes() == before or was == "wal"  # the log was taken in before
    with closing(SqliteEngine(done.kept)) as old:
        assert old.execute("SELECT count(*) FROM journal") == [(either.entries + 1,)]
    with closing(reopened(either.home)) as ledger:
        assert sqlite_engine(ledger).execute("PRAGMA journal_mode") == [(was,)]
        ((act, detail),) = ledger.engine.execute("SELECT act, detail FROM journal ORDER BY seq DESC LIMIT 1")
        assert draw_number(ledger, "SC") == "SC-2026-00003", "00002 stands on paper: never given twice"
        assert ledger.personal("SC-2026-00001", "applicant")["name"] == CITIZEN["name"]
    assert act == "ledger.restore"
    assert json.loads(detail) == {
        "sha256": plan.sha256, "head": either.anchor, "lost": 1, "present": "whole",
        "kept": done.kept.name, "skipped": [["SC", 2026, 2]],
    }  # fmt: skip
    if os.name == "posix":
        assert either.path.stat().st_mode & 0o777 == 0o600
    assert not any(".copying" in name for name in left(either.home))


def test_only_after_it_is_agreed(drill: Drill) -> None:
    """The loss is put to whoever asks; not wanted, or on trial, nothing changes."""
    before = drill.state()

    def no(plan: Plan) -> None:
        raise UsageFault(f"{plan.lost}")

    with pytest.raises(UsageFault, match="1"):
        drill.restore(agreed=no)
    tried = drill.restore(occasion=an_occasion(dry_run=True))
    assert (tried.kept, tried.plan.lost, drill.state()) == (None, 1, before)


def test_with_the_anchor_on_paper(drill: Drill) -> None:
    """A backup that holds it is taken, one that does not is refused."""
    drill.refused("截断|重写", expected="3-0123456789abcdef")
    assert drill.restore(expected=drill.anchor).plan.anchor == drill.anchor


def test_twice_with_one_request_id(drill: Drill) -> None:
    """The repeat finds it done."""
    once = an_occasion(request_id="drill")
    first = drill.restore(occasion=once)
    before = drill.state()
    again = drill.restore(occasion=once)
    assert (again.repeated, again.anchor, drill.state()) == (True, first.anchor, before)


def test_a_second_backup_of_the_past(drill: Drill) -> None:
    """After a restore the two histories part; what the present one has alone is counted from there."""
    middle = shutil.copy(drill.path, drill.home / "middle.db")
    drill.restore()
    drill.asked.clear()
    with closing(reopened(drill.home)) as ledger:
        draw_number(ledger, "SC")
    drill.restore(Path(middle))
    assert drill.asked[0].lost == 2, "the entry of the restore and the number after it"
    assert drill.whole()[0] == drill.entries + 2


# What may be wrong with a backup


def test_backup_of_an_older_format(county: Window) -> None:
    """Every row is compared as if it were migrated; restored as it is, it has to be migrated."""
    home = county.home.parent / "old"
    shutil.copytree(ROOT / "tests" / "data" / "ledger-format-1", home)
    file = Path(shutil.move(home / "ledger.db", home / "old.db"))
    done = restore_ledger(
        home / "ledger.db", file, keys=home / "keys", letters=home / "letters", now=a_clock,
        occasion=an_occasion(), agreed=lambda _: None,
    )  # fmt: skip
    assert (done.plan.version, done.plan.present, done.plan.key, done.kept) == (1, "missing", "own", None)
    with pytest.raises(NotReady, match="ledger migrate"):
        reopened(home)
    bad = home / "bad.db"
    shutil.copy(file, bad)
    with raw(bad) as base:
        base.execute("UPDATE commitments SET item = 'x'")
    with pytest.raises(NotReady, match=r"这份备份不能用.*被改动"):
        restore_ledger(
            home / "ledger.db", bad, keys=home / "keys", letters=home / "letters", now=a_clock,
            occasion=an_occasion(), agreed=lambda _: None,
        )  # fmt: skip


def foreign(path: Path) -> None:
    """Another program's database."""
    path.unlink()
    with raw(path) as base:
        base.execute("CREATE TABLE journal (seq INTEGER PRIMARY KEY, hash BLOB)")


def newer(path: Path) -> None:
    """A backup made by a version to come."""
    with raw(path) as base:
        base.execute(f"PRAGMA user_version = {VERSION + 1}")


def unsaid(path: Path) -> None:
    """A row changed behind the journal's back."""
    with raw(path) as base:
        base.execute("UPDATE commitments SET item = 'sc-1'")


BAD: list[tuple[str, Callable[[Path], object], str]] = [
    ("empty", lambda path: path.write_bytes(b""), "空文件"),
    ("text", lambda path: path.write_text("备份" * 999, encoding="utf-8"), "不是台账文件"),
    ("foreign", foreign, "不是 gaozhi 台账"),
    ("newer", newer, "较新版本"),
    ("truncated", lambda path: path.write_bytes(path.read_bytes()[:-8192]), "损坏|不符"),
    ("header", lambda path: path.write_bytes(path.read_bytes()[:50]), "不是台账文件|损坏|只剩开头"),
    ("edited", unsaid, "不符"),
    ("log beside it", lambda path: beside(path, "-wal").write_bytes(b"x"), "旁边有.*-wal.*ledger backup"),
    ("journal beside it", lambda path: beside(path, "-journal").write_bytes(b"x"), "旁边有.*-journal"),
]


@pytest.mark.parametrize(("what", "spoil", "words"), BAD, ids=[what for what, _, _ in BAD])
def test_a_bad_backup_is_refused(
    drill: Drill, what: str, spoil: Callable[[Path], object], words: str
) -> None:
    """Refused in one sentence that names it; the running ledger is not touched, the backup neither."""
    spoil(drill.backup)
    before = drill.backup.read_bytes()
    message = drill.refused(words)
    assert str(drill.backup) in message and "没有恢复" in message
    assert drill.backup.read_bytes() == before and drill.asked == []
    assert drill.whole()[0] == drill.entries + 1


def test_one_flipped_bit(drill: Drill) -> None:
    """Wherever a bit falls in a row's text, the chain or the key's wrapping, the backup is refused."""
    whole = drill.backup.read_bytes()
    places = [whole.index(word) for word in (b"sc-64", b"drawn-up", b"ledger.init", b"letter.draw-up")]
    for place in places:
        drill.backup.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        drill.refused("这份备份不能用，没有恢复")


def test_no_file_or_the_ledger_itself(drill: Drill) -> None:
    """Nothing there, a folder, the running ledger: bad input."""
    for file in (drill.home / "none.db", drill.home, drill.path):
        with pytest.raises(BadInput):
            drill.restore(file)


def test_backup_of_another_ledger(drill: Drill, tmp_path: Path) -> None:
    """Its id is not the present one's."""
    a_ledger(tmp_path / "other").close()
    drill.refused("另一本台账.*没有恢复", tmp_path / "other" / "ledger.db")


@pytest.mark.parametrize("key", ["missing", "other"])
def test_the_key_does_not_fit(drill: Drill, key: str) -> None:
    """Told before; the ledger is restored all the same, the key can be put back later."""
    (file,) = (drill.home / "keys").glob("*.key")
    file.unlink()
    if key == "other":
        make_keys(file.parent, file.stem)
    drill.restore()
    assert drill.asked[0].key == key
    assert drill.whole()[0] == drill.entries + 1 if key == "missing" else True


def test_backup_from_before_a_rotation(county: Window) -> None:
    """The retired key in the key file opens it; without that, the key is said not to fit."""
    drill = Drill(county)
    with closing(reopened(drill.home)) as ledger:
        rotate_key(ledger=ledger, keys=drill.home / "keys", occasion=an_occasion())
    drill.restore()
    assert drill.asked[0].key == "own"
    with closing(reopened(drill.home)) as ledger:
        assert ledger.personal("SC-2026-00001", "applicant")["name"] == CITIZEN["name"]
        assert verify(ledger).faults == ()


def test_a_purge_that_would_be_undone_is_said(drill: Drill) -> None:
    """Personal data purged since the backup comes back with it."""
    with closing(reopened(drill.home)) as ledger, ledger.transaction() as act:
        act.record(an_occasion().entry("ledger.purge", ledger.id()))
    drill.restore(occasion=an_occasion(dry_run=True))
    assert (drill.asked[0].purges, drill.asked[0].lost) == (1, 2)


def test_numbers_of_both_rows_are_not_given_again(drill: Drill) -> None:
    """Those of the 一般程序 are counted apart, in the ledger and on paper."""
    with closing(reopened(drill.home)) as ledger, ledger.transaction() as act:
        number = act.next_number("RS", 2026, "Y")
        act.record(an_occasion().entry("test.number", str(number)))
    paper = drill.home / "letters" / "RS" / "2026"
    paper.mkdir(parents=True)
    (paper / "RS-2026-Y00003-受理通知.docx").write_bytes(b"")
    drill.restore()
    assert drill.asked[0].numbers == (("RS/Y", 2026, 3), ("SC", 2026, 2))
    with closing(reopened(drill.home)) as ledger, ledger.transaction() as act:
        assert str(act.next_number("RS", 2026, "Y")) == "RS-2026-Y00004"
        act.record(an_occasion().entry("test.number", "x"))


# What may be the matter with the present ledger


def test_present_ledger_missing(drill: Drill) -> None:
    """Nothing is lost that is known of; numbers of the letters that lie there are not given again."""
    drill.path.unlink()
    beside(drill.path, "-wal").write_bytes(b"of a ledger that is gone")
    paper = drill.home / "letters" / "SC" / "2026"
    paper.mkdir(parents=True, exist_ok=True)
    (paper / "SC-2026-00007.docx").write_bytes(b"")
    done = drill.restore()
    assert (done.plan.present, done.plan.lost, done.kept) == ("missing", 0, None)
    assert drill.whole()[0] == drill.entries + 1
    assert beside(drill.path, "-wal").exists() is False
    with closing(reopened(drill.home)) as ledger:
        assert draw_number(ledger, "SC") == "SC-2026-00008"


@pytest.mark.parametrize("size", [0, 50, 8192, -8192])
def test_present_ledger_damaged(drill: Drill, size: int) -> None:
    """Cut off: what it held is unknown; it is kept with what lay beside it."""
    whole = drill.path.read_bytes()
    drill.path.write_bytes(whole[:size])
    done = drill.restore()
    assert (done.plan.present, done.plan.lost) == ("damaged", None) and done.kept is not None
    assert done.kept.read_bytes() == whole[:size]
    assert drill.whole()[0] == drill.entries + 1


@pytest.mark.parametrize(
    ("statement", "present"),
    [
        ("DROP TABLE counters", "whole"), ("UPDATE meta SET value = '../../x' WHERE key = 'id'", "damaged"),
        ("DELETE FROM journal", "damaged"),
    ],
)  # fmt: skip
def test_present_ledger_tampered_with(drill: Drill, statement: str, present: str) -> None:
    """That is what a backup is for: the loss is unknown, which is said, and the backup takes its place."""
    with raw(drill.path) as base:
        base.execute(statement)
    done = drill.restore()
    assert (done.plan.present, done.plan.lost) == (present, None)
    assert drill.whole()[0] == drill.entries + 1


def test_links(drill: Drill, tmp_path: Path) -> None:
    """What a link leads to is replaced, and looked at for what lies beside; a dangling one is refused."""
    place, link = tmp_path / "disk", drill.path
    place.mkdir()
    real = link.rename(place / "real.db")
    backup = drill.backup.rename(place / "backup.db")
    drill.backup.symlink_to(backup)
    link.symlink_to(real)
    done = drill.restore()
    assert link.is_symlink() and drill.whole()[1] == done.anchor
    assert done.kept is not None and done.kept.parent == place and not done.kept.is_symlink()
    (place / "backup.db-wal").write_bytes(b"x")
    drill.refused("旁边有 backup.db-wal")
    real.unlink()
    drill.refused("是指向 .* 的链接，那里没有文件")


def test_what_lay_beside_a_damaged_ledger_goes_with_it(drill: Drill) -> None:
    """A -wal, -shm and -journal with content are moved: beside the restored file they would empty it."""
    drill.path.write_bytes(b"")
    for side in SIDES:
        beside(drill.path, side).write_bytes(side.encode())
    done = drill.restore()
    assert done.kept is not None
    for side in SIDES:
        assert not beside(drill.path, side).exists()
        assert beside(done.kept, side).read_bytes() == side.encode()
    assert drill.whole()[0] == drill.entries + 1


def test_stale_log_of_the_ledger_before(county: Window, tmp_path: Path) -> None:
    """A machine that died with a full -wal: the log belongs to the old ledger and is taken in there."""
    county.ledger.engine.execute("PRAGMA journal_mode = WAL")
    backup = backed_up(county, "台账.db").path
    drawn = [draw_number(county.ledger, "SC") for _ in range(3)]
    crashed = tmp_path / "crashed"
    shutil.copytree(county.home, crashed)
    assert beside(crashed / "ledger.db", "-wal").stat().st_size
    done = restore_ledger(
        crashed / "ledger.db", crashed / "backups" / backup.name, keys=crashed / "keys",
        letters=crashed / "letters", now=a_clock, occasion=an_occasion(), agreed=lambda _: None,
    )  # fmt: skip
    assert (done.plan.lost, list(done.plan.objects), done.plan.journal_mode) == (3, drawn, "wal")
    with closing(reopened(crashed)) as ledger:
        found = verify(ledger)
    assert (found.faults, found.anchor) == ((), done.anchor)
    assert done.kept is not None
    with closing(SqliteEngine(done.kept)) as old:
        assert old.execute("SELECT n FROM counters WHERE office = 'SC'") == [(4,)]


def test_the_mode_is_known_from_the_backup(county: Window) -> None:
    """The ledger is gone: a backup of a WAL ledger, itself one file, is restored as a WAL ledger."""
    ledger, _ = create_ledger(
        str(county.home / "w" / "ledger.db"), county.home / "w" / "keys", a_clock, ACTOR, wal=True
    )
    county.ledger = ledger
    backup = backed_up(county, "w.db").path
    ledger.close()
    (county.home / "w" / "ledger.db").unlink()
    restore_ledger(
        county.home / "w" / "ledger.db", backup, keys=county.home / "w" / "keys",
        letters=county.letters, now=a_clock, occasion=an_occasion(), agreed=lambda _: None,
    )  # fmt: skip
    assert (mode(backup), mode(county.home / "w" / "ledger.db")) == ("delete", "wal")


def test_written_between_looking_and_locking(drill: Drill) -> None:
    """Another window draws a number while the loss is being confirmed: nothing is replaced."""

    def meanwhile(_: Plan) -> None:
        with closing(reopened(drill.home)) as ledger:
            draw_number(ledger, "SC")

    with pytest.raises(NotReady, match=r"刚有人写入.*再运行一次"):
        drill.restore(agreed=meanwhile)
    assert drill.whole()[0] == drill.entries + 2
    assert drill.restore().plan.lost == 2


def test_a_disk_without_hard_links(drill: Drill, monkeypatch: pytest.MonkeyPatch) -> None:
    """FAT: the replaced ledger is kept as a copy."""

    def link(*_: object) -> None:
        raise OSError("no links")

    before = drill.path.read_bytes()
    monkeypatch.setattr(os, "link", link)
    done = drill.restore()
    assert done.kept is not None and done.kept.read_bytes() == before
    assert drill.whole()[0] == drill.entries + 1


@posix
def test_a_window_left_open_writes_nothing_into_the_replaced_ledger(either: Drill) -> None:
    """Its next act is refused, or it keeps the ledger from being replaced: never lost in silence."""
    with closing(reopened(either.home)) as idle:
        wal = mode(either.path) == "wal"
        idle.head()
        if wal:
            engine = SqliteEngine.__init__.__kwdefaults__
            assert engine is not None
            patched = pytest.MonkeyPatch()
            patched.setitem(engine, "busy", 0.2)
            with patched.context():
                either.refused("占用")
            patched.undo()
            assert draw_number(idle, "SC") == "SC-2026-00003"
            return
        done = either.restore()
        with pytest.raises(NotReady, match=r"换成了备份.*没有写入"):
            draw_number(idle, "SC")
    assert either.whole() == (either.entries + 1, done.anchor)


# Killed

SCRIPT = """
import sys
from pathlib import Path
from gaozhi_cli.services.restore_ledger import restore_ledger
from tests.builders import a_clock, an_occasion
home = Path(sys.argv[1])
restore_ledger(home / "ledger.db", home / "backups" / "台账.db", keys=home / "keys",
               letters=home / "letters", now=a_clock, occasion=an_occasion(), agreed=lambda _: None)
"""
STEPS = ("link", "unlink", "rename", "fsync", "fdatasync")


def stepped(home: Path, log: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Restore in a process of its own under strace."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        ["strace", "-f", "-qq", "-o", str(log), *options, sys.executable, "-c", SCRIPT, str(home)],
        env=environment, capture_output=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.skipif(not shutil.which("strace"), reason="没有装 strace，不能在指定的系统调用处杀死进程")
def test_killed_at_each_step(either: Drill, tmp_path: Path) -> None:
    """SIGKILL at the links, renames, removals and last flushes: the old or the new ledger, whole."""
    log, wal = tmp_path / "log", mode(either.path) == "wal"
    whole = Path(shutil.copytree(either.home, tmp_path / "whole"))
    done = stepped(whole, log, "-e", f"trace={','.join(STEPS)}")
    if done.returncode != 0 and "ptrace" in done.stderr:
        pytest.skip("这里不许 ptrace，不能在指定的系统调用处杀死进程")
    assert done.returncode == 0, done.stderr
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    counted = {name: sum(f" {name}(" in line for line in lines) for name in STEPS}
    assert counted["link"] == 1 and counted["rename"] == 1
    points = [("link", 1), ("rename", 1)]
    points += [("fsync", counted["fsync"] - n) for n in (1, 0)]
    points += [("unlink", counted["unlink"])] if wal else [("fdatasync", counted["fdatasync"])]
    outcomes = set()
    for name, n in points:
        home = Path(shutil.copytree(either.home, tmp_path / f"{name}-{n}"))
        killed = stepped(home, log, "-e", f"trace={name}", "-e", f"inject={name}:signal=KILL:when={n}")
        assert killed.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL), (name, n, killed)
        with closing(reopened(home)) as ledger:
            found = verify(ledger)
            assert found.faults == (), (name, n)
            ((act,),) = ledger.engine.execute("SELECT act FROM journal ORDER BY seq DESC LIMIT 1")
            outcomes.add(act)
            draw_number(ledger, "SC")
            assert verify(ledger).faults == ()
        assert mode(home / "ledger.db") == ("wal" if wal else "delete")
    assert outcomes == {"test.number", "ledger.restore"}
