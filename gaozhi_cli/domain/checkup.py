"""What ``gaozhi doctor`` says of one thing it looked at, and how grave it is."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """好 · 提醒 (works, but look at it) · 缺 (something of this program does not work)."""

    GOOD = "good"
    NOTICE = "notice"
    MISSING = "missing"

    @property
    def label(self) -> str:
        """The state in Chinese."""
        return {"good": "好", "notice": "提醒", "missing": "缺"}[self.value]


class Area(StrEnum):
    """What a lack stops: recording (program, home, ledger, catalog), or making and printing documents."""

    RECORDS = "records"
    DOCUMENTS = "documents"


class Look(NamedTuple):
    """One thing looked at: its stable code, what it is, its state, what that means, how to better it."""

    code: str
    what: str
    state: State
    means: str
    how: str = ""
    area: Area = Area.DOCUMENTS


def worst(looks: Iterable[Look]) -> Area | None:
    """What does not work: recording before documents; None where nothing that is needed is missing."""
    lacks = {look.area for look in looks if look.state is State.MISSING}
    return next((area for area in Area if area in lacks), None)
