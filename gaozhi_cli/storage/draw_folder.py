"""The published files of a draw in their folder: the pool written in one pass, each checked when read."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple

from gaozhi_cli.domain.draw_files import (
    INSPECTORS,
    PLAN,
    POOL,
    POOL_HEAD,
    altered,
    pool_line,
    read_inspectors,
    read_plan,
    read_pool,
)
from gaozhi_cli.domain.problem import BadInput, NotReady, os_reason
from gaozhi_cli.domain.supervision import Inspector, Plan
from gaozhi_cli.storage.home import flush_folder, private_folder

CHUNK = 1024 * 1024
LARGEST_PLAN = 16 * 1024 * 1024


class WrittenPool(NamedTuple):
    """What was written: digest, how many of each stratum."""

    sha256: str
    sizes: dict[str, int]

    @property
    def rows(self) -> int:
        """How many commitments."""
        return sum(self.sizes.values())


@contextmanager
def new_folder(parent: Path) -> Iterator[Path]:
    """A folder beside the draws, gone again unless it was renamed. Raises NotReady."""
    try:
        private_folder(parent)
        folder = Path(mkdtemp(prefix=".", suffix=".tmp", dir=parent))
    except OSError as error:
        raise NotReady(f"写不了 {parent}（{os_reason(error)}），没有冻结名单") from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_pool(folder: Path, rows: Iterable[tuple[str, str]]) -> WrittenPool:
    """Write the pool line by line, hashed and counted as it goes. Raises NotReady."""
    engine, sizes = hashlib.sha256(), Counter[str]()
    try:
        with (folder / POOL).open("wb", buffering=CHUNK) as file:
            for text in _lines(rows, sizes):
                data = text.encode()
                engine.update(data)
                file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise NotReady(f"写不了名单文件（{os_reason(error)}），没有冻结名单") from None
    return WrittenPool(engine.hexdigest(), dict(sizes))


def _lines(rows: Iterable[tuple[str, str]], sizes: Counter[str]) -> Iterator[str]:
    """The file in pieces of some thousand lines."""
    piece = [POOL_HEAD]
    for number, stratum in rows:
        sizes[stratum] += 1
        piece.append(pool_line(number, stratum))
        if len(piece) > 5000:
            yield "".join(piece)
            piece = []
    yield "".join(piece)


def name_folder(folder: Path, target: Path) -> None:
    """Give the folder its name; one that is there is never replaced. Raises NotReady."""
    if target.exists():
        message = f"{target} 已经在了，台账里却没有这次抽查（可能恢复过较早的备份）"
        raise NotReady(f"{message}；请先把它移到别处")
    try:
        flush_folder(folder)
        folder.rename(target)
        flush_folder(target.parent)
    except OSError as error:
        raise NotReady(f"写不了 {target}（{os_reason(error)}），没有冻结名单") from None


class Published(NamedTuple):
    """The files of a plan as they lie in a folder: read, checked against each other."""

    plan: Plan
    plan_sha256: str
    inspectors: tuple[Inspector, ...]
    folder: Path

    def pool(self) -> Iterator[tuple[str, str]]:
        """The pool in one pass; what it is is told by its digest. Raises BadInput, NotReady."""
        path, digest, sizes = self.folder / POOL, hashlib.sha256(), Counter[str]()
        _plain(path)
        try:
            with path.open("rb", buffering=0) as raw, io.BufferedReader(_Hashed(raw, digest), CHUNK) as file:
                lines = io.TextIOWrapper(file, encoding="utf-8", newline="\n")
                for number, stratum in read_pool(lines, {one.id for one in self.plan.strata}):
                    sizes[stratum] += 1
                    yield number, stratum
        except UnicodeDecodeError:
            raise altered(POOL) from None
        except OSError as error:
            raise NotReady(f"读不了 {path}（{os_reason(error)}）") from None
        if digest.hexdigest() != self.plan.pool_sha256:
            raise BadInput(f"{POOL} 与 {PLAN} 记的摘要不符，名单被改动过；请重新下载公布的文件")
        if sizes != {one.id: one.size for one in self.plan.strata if one.size}:
            raise BadInput(f"{PLAN} 里各项的件数与 {POOL} 不符；请重新下载公布的文件")


class _Hashed(io.RawIOBase):
    """A file that is hashed as it is read."""

    def __init__(self, raw: io.RawIOBase, engine: hashlib._Hash) -> None:
        self._raw, self._engine = raw, engine

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int | None:  # type: ignore[override]
        size = self._raw.readinto(buffer)
        if size:
            self._engine.update(memoryview(buffer)[:size])
        return size


def read_published(folder: Path) -> Published:
    """The plan in a folder and the inspectors it names by digest. Raises BadInput, NotReady."""
    plan_bytes = _read(folder / PLAN)
    try:
        plan = read_plan(plan_bytes.decode())
        inspector_bytes = _read(folder / INSPECTORS)
        if hashlib.sha256(inspector_bytes).hexdigest() != plan.inspectors_sha256:
            message = f"{INSPECTORS} 与 {PLAN} 记的摘要不符，核查人员名单被改动过；请重新下载公布的文件"
            raise BadInput(message)
        inspectors = read_inspectors(inspector_bytes.decode())
    except UnicodeDecodeError:
        raise altered(PLAN) from None
    return Published(plan, hashlib.sha256(plan_bytes).hexdigest(), inspectors, folder)


def read_text(path: Path) -> str:
    """A small published file. Raises BadInput, NotReady."""
    try:
        return _read(path).decode()
    except UnicodeDecodeError:
        raise altered(path.name) from None


def _plain(path: Path) -> None:
    """Refuse a pipe or a device in a folder that came from outside: reading one never ends."""
    if path.exists() and not path.is_file():
        raise BadInput(f"{path.name} 不是普通文件；请重新下载公布的文件")


def _read(path: Path) -> bytes:
    _plain(path)
    try:
        if path.stat().st_size > LARGEST_PLAN:
            raise BadInput(f"{path.name} 过大，不是公布的文件")
        return path.read_bytes()
    except FileNotFoundError:
        raise BadInput(f"{path.parent} 里没有 {path.name}；请把公布的几个文件放在同一个目录里") from None
    except OSError as error:
        raise NotReady(f"读不了 {path}（{os_reason(error)}）") from None
