"""Files of the home's cache: they save time, may be deleted at any time, and never stop a command."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.storage.home import write_private


class CacheFiles(NamedTuple):
    """The cache folder of a home."""

    folder: Path

    def get(self, name: str) -> bytes | None:
        """What is kept under a name; None where there is nothing readable."""
        try:
            return (self.folder / name).read_bytes()
        except OSError:
            return None

    def put(self, name: str, data: bytes) -> None:
        """Keep something; a folder that cannot be written only costs time."""
        try:
            write_private(self.folder / name, data)
        except OSError:
            return
