"""A secret out of an environment variable or of a file that only its owner can read: never out of YAML."""

from __future__ import annotations

import os
from pathlib import Path

from gaozhi_cli.domain.problem import BadInput, Problem


def private_text(variable: str, file: str, home: Path, what: str) -> str:
    """A secret out of its variable or its private file. Raises BadInput; says nothing of what it holds."""
    if variable:
        found = os.environ.get(variable, "").strip()
        if not found:
            message = f"环境变量 {variable} 没有设置，里面应是{what}"
            raise BadInput(message, (Problem("source-secret", message, field="source"),))
        return found
    path = home / file
    try:
        status = path.stat()
        if os.name == "posix" and status.st_mode & 0o077:
            message = f"{path} 别人也能读，里面是{what}；请先 chmod 600"
            raise BadInput(message, (Problem("source-secret", message, field="source"),))
        found = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        found = ""
    if not found:
        message = f"读不了 {path}，或里面是空的；里面应是{what}"
        raise BadInput(message, (Problem("source-secret", message, field="source"),))
    return found
