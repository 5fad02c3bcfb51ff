"""核查期限按信用加权: an explicit table of the county, standing → percent of the period.

通知五（三）：「将承诺人的信用状况作为确定核查办法的重要因素」. It gives no figures: the table ships empty.

It can only shorten what the county wrote, never lengthen it; without a line for a standing nothing
changes. The reason stands in the task, so that everybody sees why this date.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.check_plan import CheckPlan, Weight
from gaozhi_cli.domain.parameters import value_on
from gaozhi_cli.domain.vocabulary import CreditPast


class Weighed(NamedTuple):
    """A plan with the days that are left of it, and why; empty where nothing was weighed."""

    plan: CheckPlan
    why: str = ""


def weigh(plan: CheckPlan, past: Collection[CreditPast], weights: Collection[Weight], day: date) -> Weighed:
    """The plan for a subject with this past: the smallest percentage that its standings have on the day.

    Parts of a day count as a day, and at least one is left.
    """
    if plan.period is None:
        return Weighed(plan)
    found = [
        (int(value.value), weight.standing, value.source)
        for weight in weights
        if weight.standing in past and (value := value_on(weight.values, day)) is not None
    ]
    percent, standing, source = min(found, key=lambda one: one[0], default=(100, CreditPast.CLEAR, ""))
    days = max(1, -(-plan.period * percent // 100))
    if days >= plan.period:
        return Weighed(plan)
    why = f"申请人{standing.label}，{plan.period} 个工作日按 {percent}% 计，{source}"
    return Weighed(plan._replace(period=days), why)
