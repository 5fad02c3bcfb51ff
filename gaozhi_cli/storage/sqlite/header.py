"""The first hundred bytes of an SQLite file: whose it is, of which format, in which journal mode.

Read without SQLite, so that looking changes nothing and a damaged file can be told from another's.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.storage.schema import APPLICATION_ID

MAGIC = b"SQLite format 3\0"
SIDES = ("-wal", "-shm", "-journal")  # what SQLite keeps beside the file


class Header(NamedTuple):
    """What the header says; ``wal``: the file is in write-ahead mode."""

    application: int
    version: int
    wal: bool

    @property
    def ours(self) -> bool:
        """Whether the file says that it is a ledger."""
        return self.application == APPLICATION_ID


def read_header(path: Path) -> Header | None:
    """The header of a file; None where it is no SQLite file. Raises OSError."""
    with path.open("rb") as file:
        head = file.read(100)
    if len(head) < 100 or not head.startswith(MAGIC):
        return None
    return Header(int.from_bytes(head[68:72], "big"), int.from_bytes(head[60:64], "big"), head[18] == 2)


def beside(path: Path, side: str) -> Path:
    """The file that SQLite keeps beside a ledger: ``ledger.db-wal``."""
    return path.with_name(path.name + side)
