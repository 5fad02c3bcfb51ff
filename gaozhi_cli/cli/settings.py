"""Settings of one run: flag > environment > default.

Only this file reads the flags common to all commands, and GAOZHI_*.
"""

from __future__ import annotations

import getpass
import os
import sys
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from gaozhi_cli.domain.problem import UsageFault
from gaozhi_cli.domain.workdays import parse_day
from gaozhi_cli.storage.home import default_home

FORMATS = ("table", "json", "csv", "tsv", "ndjson", "xlsx")


class Settings(NamedTuple):
    """What the flags and the environment say."""

    home: Path
    ledger: str
    ledger_named: bool
    operator: str
    login: str
    today: date
    format: str
    format_said: str | None
    output: Path | None
    interactive: bool
    yes: bool
    color: bool
    debug: bool
    dry_run: bool
    request_id: str | None
    dept: str | None = None


def read_settings(meta: dict[str, Any]) -> Settings:
    """Settings from the common options kept in ``meta`` and the environment. Raises UsageFault."""

    def said(name: str, variable: str = "") -> str | None:
        given = meta.get(f"gaozhi.{name}")
        if given == "":
            raise UsageFault(f"--{name.replace('_', '-')} 后面是空的")
        return given or (os.environ.get(variable) or None if variable else None)

    home_text = said("home", "GAOZHI_HOME")
    home = Path(home_text) if home_text else default_home()
    login = _login()
    output = said("output")
    format_ = said("format") or _format_of(output)
    if format_ not in FORMATS and not (format_ == "docx" and said("format") is None):
        raise UsageFault(f"--format 不认识“{format_}”，可用：{'|'.join(FORMATS)}")
    request_id = said("request_id")
    if request_id is not None and len(request_id) > 100:
        raise UsageFault("--request-id 最长 100 字")
    return Settings(
        home=home,
        ledger=said("ledger", "GAOZHI_LEDGER") or str(home / "ledger.db"),
        ledger_named=said("ledger", "GAOZHI_LEDGER") is not None,
        operator=said("operator", "GAOZHI_OPERATOR") or login,
        login=login,
        today=as_of(said("as_of", "GAOZHI_AS_OF")),
        format=format_,
        format_said=said("format"),
        output=Path(output) if output and output != "-" else None,
        interactive=not meta.get("gaozhi.no_input") and sys.stdin.isatty() and sys.stderr.isatty(),
        yes=bool(meta.get("gaozhi.yes")),
        color=not (meta.get("gaozhi.no_color") or os.environ.get("NO_COLOR")),
        debug=bool(meta.get("gaozhi.debug")),
        dry_run=bool(meta.get("gaozhi.dry_run")),
        request_id=request_id,
        dept=os.environ.get("GAOZHI_DEPT") or None,
    )


def as_of(text: str | None) -> date:
    """The day to reckon from: the one given, else today."""
    return iso_date(text, "--as-of") if text else date.today()


def iso_date(text: str, flag: str) -> date:
    """A date typed for a flag. Raises UsageFault."""
    try:
        day = parse_day(text)
    except ValueError as error:
        raise UsageFault(f"{flag} {error}") from None
    if not 2000 <= day.year <= 2100:
        raise UsageFault(f"{flag} {day} 不在 2000 年至 2100 年之间")
    return day


def _format_of(output: str | None) -> str:
    """The format that the ending of -o asks for, the table where it asks for none."""
    ending = Path(output).suffix.lower().removeprefix(".") if output else ""
    if ending in ("doc", "xls", "pdf"):
        raise UsageFault(f"-o 不能写成 .{ending}；可用 .csv、.xlsx、.json、.tsv、.ndjson、.txt")
    return ending if ending in (*FORMATS, "docx") else "table"


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "unknown"
