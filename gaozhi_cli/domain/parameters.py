"""Dated values of the county's policy: periods and thresholds, each with its source.

The notice sets no number of days anywhere; it orders each agency to 「明确核查时间」 (通知五（三）).
A parameter without a value on the day computes nothing.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple, Protocol, TypeVar


class Begins(Protocol):
    """Anything in force from a day on."""

    @property
    def since(self) -> date: ...


AnyDated = TypeVar("AnyDated", bound=Begins)


class Dated(NamedTuple):
    """A value in force from ``since`` on, with the document that sets it."""

    since: date
    value: str
    source: str


class Parameter(NamedTuple):
    """A named value over time. ``unit`` is what the value counts (e.g. 工作日)."""

    id: str
    label: str
    unit: str
    clause: str
    values: tuple[Dated, ...] = ()
    note: str = ""


def value_on(values: tuple[AnyDated, ...], day: date) -> AnyDated | None:
    """The value in force on ``day``: the latest that began no later; None where none had begun."""
    begun = [value for value in values if value.since <= day]
    return max(begun, key=lambda value: value.since, default=None)
