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
from gaozhi_cli.storage.home import LARGEST_YAML, write_private

FORMAT = "4"
RACY = 5_000_000_000  # ns: file systems keep times to 2 s at worst, clocks of two machines may differ
READ = (
    "catalog", "county", "offices", "parameters", "holidays", "fields", "candidates", "weights",
    "lint", "certificates", "law_changes", "waivers", "documents", "supervision",
    "measures", "sources",
)  # fmt: skip
Status = list[int]


class Fingerprint:
    """The digests of the catalog's files, and what was remembered for exactly this content."""

    def __init__(self, files: dict[str, str], size: int, memory: Path, noted: dict[str, Any]) -> None:
        self._files = files
        self._memory = memory
        self._noted = noted
        self.size = size

    def digest(self, folder: str = "") -> str:
        """The digest of a version: of all files, since one version explains another, and of its name."""
        return hashlib.sha256(f"{folder}\n{_digest(self._files)}".encode()).hexdigest()

    def digests(self) -> set[str]:
        """The digests of all versions."""
        folders = {name.split("/")[2] for name in self._files if name.startswith("own/versions/")}
        return {self.digest(folder) for folder in ("", *folders)}

    def same_as(self, other: Fingerprint) -> bool:
        """Whether two fingerprints are of the same content."""
        return self._files == other._files

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
            readable = path.is_file() and status[0] <= LARGEST_YAML  # the reader refuses what is neither
            data = path.read_bytes() if readable else repr(status).encode()
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
        for path in yaml_files(folder):
            if path.name != "clauses.yaml":  # for jurists and tests, not a part of the catalog
                found.append((f"{prefix}/{path.name}", path))
        found += [(f"{prefix}/items/{path.name}", path) for path in yaml_files(folder / "items")]
    for name in subfolders(own / "versions"):
        folder = own / "versions" / name
        found += [(f"own/versions/{name}/{path.name}", path) for path in yaml_files(folder)]
        found += [(f"own/versions/{name}/items/{path.name}", path) for path in yaml_files(folder / "items")]
    return found


def yaml_files(folder: Path) -> list[Path]:
    """The YAML files that count in a folder, in order: hidden ones (an editor's locks) do not.

    Raises OSError where the folder cannot be read.
    """
    return [folder / name for name in _names(folder) if name.endswith(".yaml")]


def subfolders(folder: Path) -> list[str]:
    """The names of the folders in a folder, in order, hidden ones left out."""
    return [name for name in _names(folder) if (folder / name).is_dir()]


def unread_files(own: Path) -> list[str]:
    """Files in the county's catalog folder that nothing reads, for whoever wonders why nothing happened."""
    kept = {f"{name}.yaml" for name in READ}
    unread = [n for n in _names(own) if (own / n).is_file() and n not in kept]
    items = own / "items"
    return unread + [f"items/{n}" for n in _names(items) if (items / n).is_file() and not n.endswith(".yaml")]


def _names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as found:
            return sorted(entry.name for entry in found if not entry.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return []


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
