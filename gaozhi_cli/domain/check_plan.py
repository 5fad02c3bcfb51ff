"""核查计划 as dated county data: when, how and by what standard a proof is checked (通知五（三）)."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.parameters import Dated
from gaozhi_cli.domain.vocabulary import CheckStage, CountedFrom, CreditPast, Method


class CheckPlan(NamedTuple):
    """What the county laid down for checking a proof, in force from ``since``, with its ``source``.

    ``period``: working days after ``counted_from``; ``method``: where it differs from the 清单's;
    ``stage``: whether the matter waits for it; ``persons``: how many must look. None or empty = not said.
    """

    since: date
    source: str
    period: int | None = None
    method: Method | None = None
    standard: str = ""
    stage: CheckStage | None = None
    counted_from: CountedFrom = CountedFrom.ACCEPTED
    persons: int | None = None


class Weight(NamedTuple):
    """How much of a period a subject of some standing gets: percent, dated, each with its source."""

    standing: CreditPast
    values: tuple[Dated, ...] = ()


def counted(plan: CheckPlan) -> str:
    """The days of a plan in words: 15 个工作日, or 自办结起 20 个工作日."""
    begins = f"自{plan.counted_from.label}起 " if plan.counted_from is not CountedFrom.ACCEPTED else ""
    return f"{begins}{plan.period} 个工作日"
