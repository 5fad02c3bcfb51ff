"""Who else may read what only its owner should: ledger, what SQLite keeps beside it, keys, backups."""

from __future__ import annotations

import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from gaozhi_cli.storage.home import Home
from gaozhi_cli.storage.sqlite.header import SIDES, beside

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def open_to_others(path: Path) -> bool:
    """Whether users other than the owner may enter or read; never on Windows, where ACLs decide."""
    if sys.platform == "win32":
        return False
    try:
        return bool(path.stat().st_mode & OTHERS)
    except OSError:
        return False


def exposed(ledger: Path, home: Home) -> Iterator[tuple[Path, str]]:
    """What others may read of a county's records, with the command that closes it."""
    folders = (home.keys, home.backups)
    files = [ledger, *(beside(ledger, side) for side in SIDES)]
    files += [file for folder in folders if folder.is_dir() for file in sorted(folder.iterdir())]
    for place in (*folders, *files):
        if open_to_others(place):
            yield place, f"chmod {'700' if place.is_dir() else '600'} {place}"
