"""What the catalog's files hold, told apart without parsing them: content digests, remembered by file status.

A file's digest is remembered with its size, times and inode. It is trusted only while all of these are the
same and were already old when it was taken: within a few seconds a file can change without its times
showing it (the "racy" case of version control systems). Everything else is read and digested again.
On Windows the change time is not kept; there a change that keeps size and modification time goes unseen.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from gaozhi_cli import __version__
from gaozhi_cli.storage.home import write_private

FORMAT = "2"
RACY = 5_000_000_000  # ns: file systems keep times to 2 s at worst, clocks of two machines may differ
NOT_READ = {"clauses.yaml"}
Status = list[int]


class Fingerprint:
    """The digests of the catalog's files, and what was remembered for exactly this content."""

    def __init__(self, files: dict[str, str], size: int, memory: Path, noted: dict[str, Any]) -> None:
        self._files = files
        self._memory = memory
        self._noted = noted
        self.size = size

    def digest(self, folder: str = "") -> str:
        """The digest of a version: of the files common to all, and of its own folder's items."""
        return _digest({name: file for name, file in self._files.items() if _belongs(name, folder)})

    def digests(self) -> set[str]:
        """The digests of all versions."""
        folders = {name.split("/")[2] for name in self._files if name.startswith("own/versions/")}
        return {self.digest(folder) for folder in ("", *folders)}

    def remembered(self, key: str) -> Any:
        """What was remembered under a key for the same content; None where nothing was."""
        noted = self._noted.get("noted", {})
        return noted.get(key) if noted.get("of") == _digest(self._files) else None

    def remember(self, key: str, value: Any) -> None:
        """Remember something for exactly this content."""
        self._noted["noted"] = {"of": _digest(self._files), key: value}
        _write(self._memory, self._noted)


def read_fingerprint(base: Path, own: Path, memory: Path) -> Fingerprint:
    """The fingerprint of the shipped and the county's files. Raises OSError where one cannot be read."""
    noted = _read(memory)
    known: dict[str, Any] = noted.get("files", {})
    started = time.time_ns()
    found: dict[str, list[Any]] = {}
    changed, size = False, 0
    for name, path in _sources(base, own):
        status = _status(path)
        size += status[0]
        before = known.get(name)
        if (
            before is not None
            and before[:-1] == [*status, str(path)]
            and _settled(status, noted.get("at", 0))
        ):
            found[name] = before
        else:
            data = path.read_bytes() if path.is_file() else b""
            found[name] = [*status, str(path), hashlib.sha256(data).hexdigest()]
            changed |= found[name] != before or _settled(status, started)
    files = {name: entry[-1] for name, entry in found.items()}
    if changed or found.keys() != known.keys():
        noted = {**noted, "files": found, "at": started}
        _write(memory, noted)
    return Fingerprint(files, size, memory, noted)


def _sources(base: Path, own: Path) -> list[tuple[str, Path]]:
    """The files that the catalog is made of, by name, in order."""
    found = []
    for prefix, folder in (("base", base), ("own", own)):
        for path in [*_yaml(folder), *_yaml(folder / "items")]:
            if path.name not in NOT_READ:
                found.append((f"{prefix}/{path.relative_to(folder).as_posix()}", path))
    versions = own / "versions"
    for folder in sorted(versions.glob("[!.]*")) if versions.is_dir() else ():
        for path in [*_yaml(folder), *_yaml(folder / "items")]:
            found.append((f"own/versions/{path.relative_to(versions).as_posix()}", path))
    return found


def _yaml(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as found:
            names = sorted(entry.name for entry in found)
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [folder / name for name in names if name.endswith(".yaml") and not name.startswith(".")]


def _belongs(name: str, folder: str) -> bool:
    """Whether a file goes into a version: common ones do, and the heads and offices of all versions."""
    parts = name.split("/")
    if parts[:2] != ["own", "versions"]:
        return True
    return parts[2] == folder or len(parts) == 4


def _status(path: Path) -> Status:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def _settled(status: Status, at: int) -> bool:
    """Whether the file had not been touched for a while when its digest was taken."""
    return max(status[1], status[2]) + RACY < at


def _digest(files: dict[str, str]) -> str:
    digest = hashlib.sha256(f"{FORMAT} {__version__}\n".encode())
    for name, file in files.items():
        digest.update(f"{name} {file}\n".encode())
    return digest.hexdigest()


def _read(memory: Path) -> dict[str, Any]:
    try:
        noted = json.loads(memory.read_bytes())
        return noted if noted.get("format") == FORMAT and isinstance(noted["files"], dict) else {}
    except (OSError, ValueError, KeyError, AttributeError, RecursionError):
        return {}


def _write(memory: Path, noted: dict[str, Any]) -> None:
    with suppress(OSError):
        write_private(memory, json.dumps({**noted, "format": FORMAT}, separators=(",", ":")).encode())
