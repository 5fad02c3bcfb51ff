"""Text that comes in on standard input or from a small file, and the digest of a file shown as evidence."""

from __future__ import annotations

import hashlib
import sys
from contextlib import suppress
from pathlib import Path

from gaozhi_cli.domain.problem import BadInput, os_reason

LARGEST_INPUT = 1024 * 1024


def stdin_text(flag: str) -> str:
    """All of standard input as text. Raises BadInput when it is too long or no text."""
    return decoded(sys.stdin.buffer.read(LARGEST_INPUT + 1), flag).strip()


def decoded(data: bytes, what: str) -> str:
    """Bytes as text, UTF-8 or GB18030, no character replaced. Raises BadInput; ``what`` names the source."""
    if len(data) > LARGEST_INPUT:
        raise BadInput(f"{what} 的内容超过 1 MB")
    for encoding in ("utf-8-sig", "gb18030"):
        with suppress(UnicodeDecodeError):
            return data.decode(encoding)
    raise BadInput(f"{what} 不是 UTF-8 或 GB18030 编码的文字，请另存为 UTF-8")


def file_digest(path: str, what: str) -> str:
    """The sha256 of a file that is kept elsewhere; ``what`` names it. Raises BadInput."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadInput(f"读不了{what} {path}（{os_reason(error)}）") from None


def file_mark(path: str, what: str) -> tuple[str, int]:
    """The sha256 and the size of a file of any size, read piece by piece. Raises BadInput."""
    read, size = hashlib.sha256(), 0
    try:
        if Path(path).exists() and not (Path(path).is_file() or Path(path).is_dir()):
            raise BadInput(f"{what} {path} 不是普通文件，请检查路径")  # a pipe or a device has no end
        with open(path, "rb") as file:
            while piece := file.read(LARGEST_INPUT):
                read.update(piece)
                size += len(piece)
    except OSError as error:
        raise BadInput(f"读不了{what} {path}（{os_reason(error)}）") from None
    if not size:
        raise BadInput(f"{what} {path} 是空文件")
    return read.hexdigest(), size
