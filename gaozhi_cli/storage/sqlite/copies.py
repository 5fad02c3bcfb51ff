"""Copies of a ledger file: made aside for their owner alone, flushed, proven, then named.

Backing up, migrating and restoring use the same few steps, so that a copy is never taken on trust.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.journal import anchor
from gaozhi_cli.domain.problem import NotReady, UsageFault, os_reason
from gaozhi_cli.storage.engine import read_head
from gaozhi_cli.storage.home import flush_folder, name_new
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.schema import VERSION
from gaozhi_cli.storage.sqlite.engine import SqliteEngine
from gaozhi_cli.storage.sqlite.header import SIDES, beside
from gaozhi_cli.storage.vault import Keys
from gaozhi_cli.storage.verify import verify

ASIDE = ".copying"
LEFT_OVER = 24 * 3600  # seconds after which a copy aside is a killed process's
BLOCK = 1 << 20
ROOM = 1 << 20  # what has to stay free beyond the copy


class Proof(NamedTuple):
    """What was found in a copy: its last entry and head, its format, whether every row was compared."""

    entries: int
    anchor: str
    version: int
    verified: bool


def sqlite_engine(ledger: Ledger) -> SqliteEngine:
    """The engine of a ledger that is a file. Raises UsageFault for one on a server."""
    engine = ledger.engine
    if not isinstance(engine, SqliteEngine):
        raise UsageFault("台账在数据库服务器上，请用服务器自己的工具备份")
    return engine


def copy_to(engine: SqliteEngine, target: Path) -> tuple[int, bytes]:
    """Copy a ledger as it stands into a new file, while others write; the head of the copy.

    Durable when this returns. Raises NotReady, OSError, FileExistsError.
    """
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with engine.snapshot():
        head = read_head(engine)
        engine.back_up(target)
    with target.open("r+b") as written:
        os.fsync(written.fileno())
    flush_folder(target.absolute().parent)
    return head


def copy_bytes(source: Path, target: Path) -> str:
    """Copy a file byte by byte into a new one; durable; the SHA-256 of what was copied. Raises OSError."""
    digest = hashlib.sha256()
    handle = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o600)
    with source.open("rb") as read, open(handle, "wb") as written:
        while block := read.read(BLOCK):
            digest.update(block)
            written.write(block)
        written.flush()
        os.fsync(handle)
    flush_folder(target.absolute().parent)
    return digest.hexdigest()


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def aside(path: Path) -> Iterator[Path]:
    """A name beside ``path`` to make a copy under; whatever still has it at the end is removed."""
    sweep_asides(path)
    place = path.with_name(f".{path.name}.{os.urandom(6).hex()}{ASIDE}")
    try:
        yield place
    finally:
        for file in (place, *(beside(place, side) for side in SIDES)):
            with suppress(OSError):
                file.unlink()


def sweep_asides(path: Path) -> None:
    """Remove what killed processes left of copies to ``path``'s folder; one at work is younger."""
    with suppress(OSError):
        for file in path.absolute().parent.glob(f".*{ASIDE}*"):
            if time.time() - file.stat().st_mtime > LEFT_OVER:
                file.unlink(missing_ok=True)


def put_in_place(made: Path, target: Path) -> None:
    """Give a finished copy its name, never another file's. Raises NotReady, OSError."""
    try:
        name_new(str(made), target)
    except FileExistsError:
        raise NotReady(f"{target} 已存在，没有覆盖；请换一个文件名") from None
    flush_folder(target.absolute().parent)


def prove(
    path: Path,
    called: Path,
    *,
    keys: Callable[[str], Keys],
    now: Callable[[], datetime],
    quick: bool = False,
    expected: str | None = None,
) -> Proof:
    """Open a copy anew and check it: format, structure, and unless ``quick`` every row by the journal.

    ``called``: the name by which people know it. Raises NotReady with the first fault.
    """
    try:
        with closing(SqliteEngine(path, older=True)) as engine:
            head = read_head(engine)
            if quick and engine.damage():
                raise NotReady(f"{called} 的内部结构已损坏")
            version = engine.version
    except NotReady as fault:
        raise type(fault)(fault.message.replace(str(path), str(called)), fault.problems) from None
    if not quick:
        with _readable(path, version, now) as readable:
            found = verify(Ledger(readable, keys, now), expected)
        if found.faults:
            raise NotReady(f"{called} 与自己的流水不符：{found.faults[0].message}")
    return Proof(head[0], anchor(*head), version, not quick)


@contextmanager
def _readable(path: Path, version: int, now: Callable[[], datetime]) -> Iterator[SqliteEngine]:
    """A copy to verify; of an earlier format a second one that is migrated, since that changes no digest."""
    if version == VERSION:
        with closing(SqliteEngine(path, as_it_is=True)) as engine:
            yield engine
        return
    with aside(path) as second:
        with closing(SqliteEngine(path, older=True)) as earlier:
            copy_to(earlier, second)
        with closing(SqliteEngine(second, older=True)) as engine:
            engine.begin()
            engine.migrate()
            engine.commit()
        with closing(SqliteEngine(second, as_it_is=True)) as engine:
            yield engine


def room_for(size: int, folder: Path) -> None:
    """Refuse before anything is written where a copy will not fit. Raises NotReady."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    try:
        free = free_bytes(there)
    except OSError as error:
        raise NotReady(f"打不开 {there}（{os_reason(error)}），请检查路径和权限") from None
    if free < size + ROOM:
        told = f"{there} 的空间不够：需要约 {megabytes(size + ROOM)}，只剩 {megabytes(free)}"
        raise NotReady(f"{told}；请腾出空间，或用 --out 换一个磁盘")


def free_bytes(folder: Path) -> int:
    """What is free on a folder's disk for this user. Raises OSError."""
    import shutil

    return shutil.disk_usage(folder).free


def megabytes(size: int) -> str:
    """A size for people."""
    return f"{size / (1 << 20):.1f} MB"
