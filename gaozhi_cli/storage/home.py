"""Where things are kept: the data that travels with the program, and the county's own home.

``GAOZHI_HOME`` holds ``catalog/ templates/ keys/ ledger.db backups/ letters/ draws/ cache/``; nothing is
set up by hand.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

TEMPORARY = ".tmp"
LARGEST_YAML = 16 * 1024 * 1024


def shipped(name: str) -> Path:
    """``catalog`` or ``templates`` as shipped: in the wheel beside the code, else at the top of the tree."""
    package = Path(__file__).parent.parent
    inside = package / "_data" / name
    return inside if inside.is_dir() else package.parent / name


class Home(NamedTuple):
    """The county's home folder and the places in it."""

    root: Path

    @property
    def catalog(self) -> Path:
        return self.root / "catalog"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    @property
    def ledger(self) -> Path:
        return self.root / "ledger.db"

    @property
    def backups(self) -> Path:
        return self.root / "backups"

    @property
    def letters(self) -> Path:
        return self.root / "letters"

    @property
    def draws(self) -> Path:
        return self.root / "draws"

    def template(self, name: str) -> Path:
        """The county's own template where there is one, else the shipped one."""
        own = self.root / "templates" / name
        return own if own.is_file() else shipped("templates") / name


def default_home() -> Path:
    """The user's data folder for gaozhi (XDG, %LOCALAPPDATA%)."""
    from platformdirs import user_data_path

    return user_data_path("gaozhi", appauthor=False)


def private_folder(folder: Path) -> None:
    """Make a folder and its parents; only its owner may enter. On Windows the user profile's ACL does it."""
    for missing in reversed([f for f in (folder, *folder.parents) if not f.exists()]):
        missing.mkdir(exist_ok=True, mode=0o700)
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "不是文件夹", str(folder))


def sqlite_uri(path: Path) -> str:
    """The path as SQLite's URI; pathlib's own way loads a library for network addresses."""
    text = path.absolute().as_posix()
    for sign, code in (("%", "%25"), ("?", "%3f"), ("#", "%23")):
        text = text.replace(sign, code)
    return f"file://{'' if text.startswith('/') else '/'}{text}"


def write_private(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, readable by its owner only; durable when this returns."""
    private_folder(path.parent)
    write_whole(path, data)


def write_whole(path: Path, data: bytes) -> None:
    """Write beside, flush to disk, then move into place: the file appears whole or not at all.

    Readable by its owner only: what this program writes holds personal data.

    Raises OSError (folder missing, read-only, disk full); nothing is left behind then.
    """
    _write_aside(path, data, durable=True)
    flush_folder(path.parent)


def write_quickly(path: Path, data: bytes) -> None:
    """As ``write_whole``, but durable only after ``settle``: for many files at a time. Raises OSError."""
    _write_aside(path, data, durable=not hasattr(os, "sync"))


def write_new(path: Path, data: bytes, *, quick: bool = False) -> None:
    """As ``write_whole`` or ``write_quickly``, but never in the place of a file that is there.

    Raises FileExistsError: another process may have been first. Raises OSError.
    """
    _write_aside(path, data, durable=not (quick and hasattr(os, "sync")), new=True)
    if not quick:
        flush_folder(path.parent)


def settle(folder: Path) -> None:
    """Make the files written quickly durable, all at once."""
    if hasattr(os, "sync"):
        os.sync()
    flush_folder(folder)


def sweep(folder: Path, names: Collection[str]) -> None:
    """Remove what a killed process left half written of files with these names (without ending)."""
    wanted = frozenset(names)
    with suppress(OSError):
        for path in folder.glob(f".*{TEMPORARY}"):
            if path.name[1:].partition(".")[0] in wanted:
                path.unlink(missing_ok=True)


def _write_aside(path: Path, data: bytes, *, durable: bool, new: bool = False) -> None:
    folder, name = os.path.split(path)
    aside = os.path.join(folder, f".{name}.{os.urandom(6).hex()}{TEMPORARY}")  # noqa: PTH118  thousands a second
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(aside, flags, 0o600)
        with open(handle, "wb", buffering=0) as file:
            left = memoryview(data)
            while left:
                left = left[file.write(left) :]
            if durable:
                os.fsync(handle)
        if new:
            name_new(aside, path)
        else:
            os.replace(aside, path)  # noqa: PTH105
    except BaseException:
        with suppress(OSError):
            os.unlink(aside)  # noqa: PTH108
        raise


def name_new(aside: str, path: Path) -> None:
    """Give the file its name unless another has it; two processes cannot both succeed."""
    try:
        os.link(aside, path)
    except FileExistsError:
        raise
    except OSError:  # no hard links here (FAT, some shares)
        if path.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path)) from None
        os.rename(aside, path)  # noqa: PTH104
    else:
        os.unlink(aside)  # noqa: PTH108


def flush_folder(folder: Path) -> None:
    """Make the new name itself durable; Windows has no such call."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
