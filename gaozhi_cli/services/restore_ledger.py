"""恢复台账: a backup in the place of the ledger, which is kept aside and never deleted.

The backup's bytes are copied beside the ledger and proven there; the running ledger is locked and its
loss counted; one rename puts the copy in its place. Killed anywhere, the old or the new ledger stands
whole under its name. What SQLite kept beside the old one goes with it: an old -wal beside a restored
file would empty it. Numbers that were given since the backup stand on paper, so they are not given again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.journal import Occasion, anchor
from gaozhi_cli.domain.problem import BadInput, NotReady, os_reason
from gaozhi_cli.storage import sql
from gaozhi_cli.storage.engine import Engine, read_head
from gaozhi_cli.storage.home import flush_folder, private_folder
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.schema import VERSION
from gaozhi_cli.storage.share import refuse_share
from gaozhi_cli.storage.sqlite.copies import Proof, aside, copy_bytes, prove, room_for
from gaozhi_cli.storage.sqlite.engine import Damaged, SqliteEngine
from gaozhi_cli.storage.sqlite.header import SIDES, beside, read_header
from gaozhi_cli.storage.sqlite.journal_mode import DELETE, META, WAL, set_mode
from gaozhi_cli.storage.vault import Keys, read_keys, unseal, wrap_place

ACT = "ledger.restore"
MISSING, DAMAGED, WHOLE = "missing", "damaged", "whole"
OWN_KEY, NO_KEY, OTHER_KEY = "own", "missing", "other"
MOST_NAMED = 1000
PURGE = "ledger.purge"  # the act whose effect a backup from before it would undo
ON_PAPER = re.compile(r"([A-Z][A-Z0-9]*)-(\d{4})-([A-Z]?)(\d{5,9})(?!\d)")  # how the file of a case begins
UNREADABLE = (NotReady, TypeError, ValueError)
Clock = Callable[[], datetime]


class Present(NamedTuple):
    """The running ledger: missing, damaged or whole; its id and head where it can be read."""

    state: str
    id: str = ""
    head: tuple[int, bytes] = (0, b"")
    mode: str | None = None


class Plan(NamedTuple):
    """What restoring would do.

    ``lost``: entries that only the running ledger has, None if unknown; ``objects``: what they concern;
    ``numbers``: row of numbers, year and last number of those that were given since the backup;
    ``purges``: how often personal data was purged since, which the backup still holds.
    """

    file: Path
    sha256: str
    entries: int
    anchor: str
    version: int
    present: str
    lost: int | None
    objects: tuple[str, ...]
    numbers: tuple[tuple[str, int, int], ...]
    purges: int
    key: str
    journal_mode: str


class Restored(NamedTuple):
    """What was restored, and where the replaced ledger lies now; None where there was none."""

    plan: Plan
    kept: Path | None
    anchor: str
    repeated: bool = False


def restore_ledger(
    path: Path,
    file: Path,
    *,
    keys: Path,
    letters: Path,
    now: Clock,
    occasion: Occasion,
    agreed: Callable[[Plan], None],
    expected: str | None = None,
) -> Restored:
    """Put the backup ``file`` in the place of the ledger at ``path``, whose letters lie in ``letters``.

    ``agreed`` is asked before anything is replaced and raises where the loss is not wanted;
    ``expected``: an anchor that the backup must hold. Raises BadInput (no such file), NotReady (not a
    whole ledger, another's, running ledger busy), Refused; the running ledger stands as it was then.
    """
    refuse_share(path)
    try:
        path = _itself(path)
        _is_backup(file, path)
        present = _look(path)
        room_for(file.stat().st_size, path.absolute().parent)
        if not occasion.dry_run:
            private_folder(path.absolute().parent)
        with _beside(path, occasion.dry_run) as place, aside(place) as made:
            sha256 = copy_bytes(file, made)
            done = _repeated(path, present, sha256, keys, now, occasion)
            proof = _proven(made, file, now, expected)
            plan = _plan(path, file, made, sha256, proof, present, keys, letters)
            if done is not None:
                return Restored(plan._replace(lost=0, objects=()), None, done, repeated=True)
            agreed(plan)
            if occasion.dry_run:
                return Restored(plan, None, proof.anchor)
            kept = _free_name(path, now()) if present.state != MISSING else None
            head = _record(made, plan, kept, keys, now, occasion)
            with _locked(path, present):
                _replace(made, path, kept)
    except OSError as error:
        told = f"没有恢复（{os_reason(error)}：{error.filename or path}），现有台账没有动"
        raise NotReady(f"{told}；请检查文件夹、权限和磁盘空间") from None
    return Restored(plan, kept, head)


def _itself(path: Path) -> Path:
    """The file that a link leads to, since others may know it by its own name. Raises NotReady."""
    if not path.is_symlink():
        return path
    there = path.resolve()
    if not there.exists():
        told = f"台账 {path} 是指向 {there} 的链接，那里没有文件，没有恢复"
        raise NotReady(f"{told}；请先接上那个盘，或删去链接再恢复")
    return there


def _is_backup(file: Path, path: Path) -> None:
    """A file of its own, with nothing beside it that belongs to it. Raises BadInput, NotReady."""
    if not file.is_file():
        raise BadInput(f"读不了备份 {file}：不存在，或者不是普通文件，请检查路径")
    if path.exists() and file.samefile(path):
        raise BadInput(f"{file} 就是现用的台账，不用恢复；请指明备份文件")
    for side in ("-wal", "-journal"):
        rest = beside(file.resolve(), side)
        if rest.exists() and rest.stat().st_size:
            message = f"{file} 旁边有 {rest.name}，它不是备份，是没有关好的台账，单取一个文件会丢记录"
            way_out = f"请先 gaozhi ledger backup --ledger {file} --out 另一个文件，再恢复那一个"
            raise NotReady(f"{message}，没有恢复；{way_out}")


def _proven(made: Path, file: Path, now: Clock, expected: str | None) -> Proof:
    """The copy is a whole ledger. Raises NotReady with what is wrong with the backup."""
    try:
        return prove(made, file, keys=_no_keys, now=now, expected=expected)
    except NotReady as fault:
        told = f"这份备份不能用，没有恢复：{fault.message.partition('；')[0]}"
        raise NotReady(f"{told}；请换一份备份", fault.problems) from None


def _look(path: Path) -> Present:
    """What stands in the ledger's place. Raises NotReady for another program's file and a newer ledger."""
    if not path.exists():
        return Present(MISSING)
    header = read_header(path)
    mode = (WAL if header.wal else DELETE) if header is not None else None
    try:
        with closing(SqliteEngine(path, older=True)) as engine:
            ledger = Ledger(engine, _no_keys, datetime.now)
            try:
                id_, head = ledger.id(), ledger.head()
            except UNREADABLE:
                return Present(DAMAGED, mode=mode)
            return Present(WHOLE if head[0] else DAMAGED, id_, head, mode)
    except Damaged:
        return Present(DAMAGED, mode=mode)


@contextmanager
def _beside(path: Path, dry_run: bool) -> Iterator[Path]:
    """Where the copy is made: beside the ledger; for a trial in a folder that goes again."""
    if not dry_run:
        yield path
        return
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="gaozhi-") as folder:
        yield Path(folder, path.name)


def _repeated(
    path: Path, present: Present, sha256: str, keys: Path, now: Clock, occasion: Occasion
) -> str | None:
    """The anchor of a ledger in which this very request is already done."""
    if occasion.request_id is None or present.state != WHOLE:
        return None
    with closing(SqliteEngine(path, older=True)) as engine:
        ledger = Ledger(engine, lambda id_: read_keys(keys, id_), now)
        digest = ledger.asked(occasion.request_id, ACT, sha256=sha256)
        return ledger.anchor() if ledger.repeated(occasion.request_id, ACT, digest) is not None else None


def _plan(
    path: Path, file: Path, made: Path, sha256: str, proof: Proof, present: Present, keys: Path, letters: Path
) -> Plan:
    """What would be lost, and whether the key at hand fits. Raises NotReady for another ledger's backup."""
    with closing(SqliteEngine(made, older=True)) as copy:
        ledger = Ledger(copy, _no_keys, datetime.now)
        if present.id and present.id != ledger.id():
            told = f"{file} 是另一本台账（{ledger.id()}）的备份，现有台账是 {present.id}，没有恢复"
            raise NotReady(f"{told}；要查看那一本，用 --ledger 指明它")
        lost: int | None = None if present.state == DAMAGED else 0
        objects: tuple[str, ...] = ()
        given, purges = _on_paper(letters), 0
        if present.state == WHOLE:
            try:
                with closing(SqliteEngine(path, older=True)) as running:
                    common = _common(running, copy, min(present.head[0], proof.entries))
                    rows = running.execute(sql.OBJECTS_AFTER, (common,))
                    ((purges,),) = running.execute(sql.ACTS_AFTER, (common, PURGE))
                    given += [(str(o), int(y), int(n)) for o, y, n in running.execute(sql.COUNTERS)]
                lost = present.head[0] - common
                objects = tuple(str(row[0]) for row in rows if row[0] != present.id)[:MOST_NAMED]
            except UNREADABLE:  # a table is gone or not as it was made: that is what a backup is for
                lost = None
        header = read_header(made)
        mode = present.mode or ledger.meta().get(META) or (WAL if header and header.wal else DELETE)
        return Plan(
            file, sha256, proof.entries, proof.anchor, proof.version, present.state, lost, objects,
            _beyond(copy, given), purges, _key_state(copy, ledger.id(), keys), mode,
        )  # fmt: skip


def _common(one: Engine, other: Engine, most: int) -> int:
    """The last entry that both have; each entry holds the hash of the one before, so halving finds it."""
    least = 0
    while least < most:
        middle = (least + most + 1) // 2
        hashes = [engine.execute(sql.HASH_OF_ENTRY, (middle,)) for engine in (one, other)]
        if hashes[0] and hashes[0] == hashes[1]:
            least = middle
        else:
            most = middle - 1
    return least


def _on_paper(letters: Path) -> list[tuple[str, int, int]]:
    """The numbers of the letters that lie in the home, whatever ledger they are in."""
    found = (ON_PAPER.match(path.name) for path in letters.glob("*/*/*.docx"))
    return [
        (f"{number[1]}/{number[3]}" if number[3] else number[1], int(number[2]), int(number[4]))
        for number in found
        if number is not None
    ]


def _beyond(copy: Engine, given: list[tuple[str, int, int]]) -> tuple[tuple[str, int, int], ...]:
    """The last number of each office and year that was given and is new to the copy."""
    counted = {(office, year): n for office, year, n in copy.execute(sql.COUNTERS)}
    last: dict[tuple[str, int], int] = {}
    for office, year, n in given:
        if n > max(counted.get((office, year), 0), last.get((office, year), 0)):
            last[office, year] = n
    return tuple((office, year, n) for (office, year), n in sorted(last.items()))


def _key_state(copy: Engine, ledger_id: str, folder: Path) -> str:
    """Whether the key at hand opens the rows of the copy."""
    try:
        keys = read_keys(folder, ledger_id)
    except NotReady:
        return NO_KEY
    for key_id, _, id_ in copy.execute(sql.KEY_IDS):  # a backup from before a rotation needs a retired key
        ((_, wrapped),) = copy.execute(sql.WRAPPED_KEY, (id_,))
        try:
            unseal(keys.under(key_id), wrapped, wrap_place(id_, key_id))
        except NotReady:
            return OTHER_KEY
    return OWN_KEY


def _record(made: Path, plan: Plan, kept: Path | None, keys: Path, now: Clock, occasion: Occasion) -> str:
    """The entry of the act, in the copy that is about to be the ledger; then nothing is beside it."""
    with closing(SqliteEngine(made, older=True)) as engine:
        ledger = Ledger(engine, lambda id_: read_keys(keys, id_), now)
        digest = ledger.asked(occasion.request_id, ACT, sha256=plan.sha256)
        set_mode(engine, DELETE)
        with ledger.transaction() as act:
            if ledger.meta().get(META, DELETE) != plan.journal_mode:
                act.set_meta(META, plan.journal_mode)
            for office, year, n in plan.numbers:
                act.skip_numbers(office, year, n)
            act.record(
                occasion.entry(
                    ACT, ledger.id(), request_digest=digest, sha256=plan.sha256, head=plan.anchor,
                    lost=plan.lost,
                    skipped=[list(one) for one in plan.numbers],
                    present=plan.present, kept=kept.name if kept else None,
                )
            )  # fmt: skip
        set_mode(engine, plan.journal_mode)
        head = anchor(*ledger.head())
    with made.open("r+b") as written:
        os.fsync(written.fileno())
    return head


def _free_name(path: Path, moment: datetime) -> Path:
    """The name under which the replaced ledger is kept."""
    first = f"{path.name}.被替换-{moment:%Y%m%dT%H%M%S}"
    names = (path.with_name(first if n == 1 else f"{first}-{n}") for n in range(1, 1000))
    return next(name for name in names if not name.exists())


@contextmanager
def _locked(path: Path, present: Present) -> Iterator[None]:
    """Nobody else is at work in the running ledger, and nobody was since it was looked at."""
    if present.state != WHOLE:
        if path.exists() != (present.state == DAMAGED):
            raise NotReady(f"{path} 刚被别的程序建立或移走，没有恢复；请再运行一次")
        yield
        return
    engine = SqliteEngine(path, older=True, alone=True)
    try:
        if read_head(engine) != present.head:
            raise NotReady("台账刚有人写入，没有恢复；请再运行一次")
        if os.name == "nt":  # Windows moves no file that is open
            engine.close()
        yield
    finally:
        engine.close()


def _replace(made: Path, path: Path, kept: Path | None) -> None:
    """Keep the old file under a second name, then one rename gives its own name to the new."""
    folder = path.absolute().parent
    if kept is not None:
        try:
            os.link(path, kept)
        except OSError:  # no hard links here (FAT)
            _copied(path, kept)
    for side in SIDES:
        rest = beside(path, side)
        if rest.exists() and not rest.stat().st_size:
            rest.unlink()
        elif rest.exists():
            rest.replace(beside(kept, side) if kept else _free_name(rest, datetime.now()))
    flush_folder(folder)
    made.replace(path)
    flush_folder(folder)


def _copied(path: Path, kept: Path) -> None:
    """A copy instead of a second name. Closing the file that was read lets go of the lock on it."""
    before = path.stat()
    copy_bytes(path, kept)
    after = path.stat()
    if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size):
        raise NotReady("台账刚有人写入，没有恢复；请再运行一次")


def _no_keys(_: str) -> Keys:
    raise NotReady("这里不用密钥")


def needs_migration(plan: Plan) -> bool:
    """Whether the restored ledger is of an earlier format."""
    return plan.version < VERSION
