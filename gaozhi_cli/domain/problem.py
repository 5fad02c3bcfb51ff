"""Findings as data, and the few exceptions that mean "cannot go on".

A ``Problem`` says what is wrong in the words of the form, which clause asks for it, and which field
holds it. Exceptions carry problems; ``cli/errors.py`` alone knows their exit codes.
"""

from __future__ import annotations

import errno
from typing import NamedTuple


class Problem(NamedTuple):
    """One thing that is wrong: stable ``code``, Chinese ``message``, ``clause`` and ``field`` if any."""

    code: str
    message: str
    clause: str = ""
    field: str = ""


class GaozhiError(Exception):
    """Base of all refusals. ``message`` is one Chinese sentence with the way out."""

    code = "error"

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.problems = problems


class UsageFault(GaozhiError):
    """The command is incomplete or asks for something that does not exist as an option."""

    code = "usage"


class BadInput(GaozhiError):
    """A value is wrong or missing in what was handed in."""

    code = "bad-input"


class NotFound(GaozhiError):
    """Nothing goes by that name."""

    code = "not-found"


class Refused(GaozhiError):
    """A rule of the procedure forbids it."""

    code = "refused"


class SourceUnavailable(GaozhiError):
    """A register could not be asked, or did not answer as it should: nothing follows about anybody."""

    code = "source-unavailable"


class NotReady(GaozhiError):
    """Ledger, key, disk or folder is not ready."""

    code = "not-ready"


class DocumentFailed(GaozhiError):
    """A document could not be made, or is not what was meant."""

    code = "document-failed"


REASONS = {
    errno.ENOENT: "没有这个文件或文件夹",
    errno.EACCES: "没有权限",
    errno.EPERM: "没有权限",
    errno.EISDIR: "这是一个文件夹",
    errno.ENOTDIR: "不是文件夹",
    errno.ENOSPC: "磁盘已满",
    errno.EROFS: "磁盘只读",
    errno.ENAMETOOLONG: "文件名过长",
    errno.EEXIST: "已有同名文件",
    errno.EIO: "磁盘出错",
    errno.ENOTEMPTY: "文件夹里已有内容",
    errno.ELOOP: "链接绕成了圈",
}


def os_reason(error: OSError) -> str:
    """Why the system refused, in Chinese; its own words where there are none of ours."""
    return REASONS.get(error.errno or 0, error.strerror or "读写出错")
