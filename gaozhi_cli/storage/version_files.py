"""The files of an imported version of the 清单: written aside, checked, then put in place whole."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from gaozhi_cli.domain.problem import NotReady
from gaozhi_cli.storage.home import flush_folder, private_folder, write_whole

NAME = re.compile(
    r"[0-9A-Za-z〇\u4e00-\u9fff](?:[0-9A-Za-z〇\u4e00-\u9fff._-]{0,38}[0-9A-Za-z〇\u4e00-\u9fff_-])?"
)
NOT_ON_WINDOWS = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)
STAGED = re.compile(r"\..+\.[0-9a-f]{8}")
REGISTERED = "catalog.version."
HEAD = "# 由 gaozhi catalog import 写成，请勿手改；县里补写的内容放在 catalog/items/ 里。\n"


@contextmanager
def one_import(cache: Path, wait: float = 3) -> Iterator[None]:
    """Only one import at a time: what is checked, journalled and put in place stays so meanwhile.

    The lock is SQLite's own on a file that holds nothing. Raises NotReady while another one runs.
    """
    private_folder(cache)
    path = cache / "import.lock"
    try:
        lock = sqlite3.connect(path, timeout=wait, isolation_level=None)
    except sqlite3.OperationalError:
        raise NotReady(f"用不了 {path}，请检查文件夹的权限") from None
    with closing(lock):
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            busy = "locked" in str(error)
            told = (
                "另一个清单导入正在进行，请等它结束再运行" if busy else f"用不了 {path}，请检查文件夹的权限"
            )
            raise NotReady(told) from None
        yield


def may_name(version: str) -> bool:
    """Whether a version's name can name a folder on every system."""
    return NAME.fullmatch(version) is not None and NOT_ON_WINDOWS.fullmatch(version) is None


def registered(version: str) -> str:
    """Under which key the ledger keeps what it knows of an imported version."""
    return f"{REGISTERED}{version}"


def stage(versions: Path, name: str, head: Mapping[str, Any], items: Mapping[str, Sequence[Any]]) -> Path:
    """Write a version into a folder beside the others that nothing reads yet. ``items`` by office code.

    Raises OSError; nothing is left behind then.
    """
    clear_staged(versions)
    folder = versions / f".{name}.{os.urandom(4).hex()}"
    try:
        private_folder(folder / "items")
        write_whole(folder / "catalog.yaml", _yaml(head))
        for office, entries in items.items():
            write_whole(
                folder / "items" / f"{office.lower()}.yaml", _yaml({"office": office, "items": list(entries)})
            )
    except BaseException:
        drop(folder)
        raise
    return folder


def put_in_place(staged: Path, name: str) -> Path:
    """Give a staged version its name: from this moment on it is read. Raises OSError."""
    place = staged.parent / name
    staged.rename(place)
    flush_folder(place.parent)
    return place


def drop(staged: Path) -> None:
    """Remove a staged version."""
    with suppress(OSError):
        shutil.rmtree(staged)
    if staged.parent.name == "versions":
        with suppress(OSError):
            staged.parent.rmdir()  # only where nothing else is in it


def remove(folder: Path) -> None:
    """Take a version away: out of sight at once, then off the disk. Raises OSError."""
    aside = folder.with_name(f".{folder.name}.{os.urandom(4).hex()}")
    folder.rename(aside)
    drop(aside)


def clear_staged(versions: Path) -> None:
    """Remove what interrupted imports have left aside."""
    for left in versions.glob(".*"):
        if STAGED.fullmatch(left.name):
            shutil.rmtree(left, ignore_errors=True)


def folder_digest(folder: Path) -> str:
    """The digest of a version's files, as the journal keeps it: changed files show."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.yaml")):
        data = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()} {len(data)}\n".encode())
        digest.update(data)
    return digest.hexdigest()


def plain(value: Any) -> Any:
    """A value read from YAML as plain dicts, lists and texts."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


def _yaml(value: Any) -> bytes:
    import yaml

    dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(value, Dumper=_quoting(dumper), allow_unicode=True, sort_keys=False, width=110)
    return (HEAD + text).encode()


def _quoting(dumper: Any) -> Any:
    """The dumper without aliases: our reader takes none."""
    return type("Dumper", (dumper,), {"ignore_aliases": lambda self, data: True})
