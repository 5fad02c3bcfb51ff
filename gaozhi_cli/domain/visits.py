"""现场核查: who goes where with what, few visits to one place (通知五（三）：避免烦企扰民)."""

from __future__ import annotations

from typing import NamedTuple

SERIES = "D"  # RS-2026-D00001: the office's own count of work sheets


class Dispatch(NamedTuple):
    """A work sheet handed to an inspector (ISO days). ``checks``: their ids, JSON; ``visits``: how many."""

    id: str
    office: str
    year: int
    n: int
    assignee: str
    made_on: str
    until_on: str | None
    visits: int
    checks: str
    received_on: str | None = None
    received_by: str | None = None
