"""信用状况 as a value: what bars a subject from the route on a day, and what lifts it (通知五（二）).

``domain/credit.py`` folds a subject's records into it; eligibility is handed it and knows no records.
"""

from __future__ import annotations

from typing import NamedTuple

from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.vocabulary import CreditKind

CREDIT_CLAUSE = "通知五（二）"
CREDIT_CODE = "credit"


class Bar(NamedTuple):
    """A decided record that bars the route (ISO days). ``until``: its last day, where the source has one."""

    record: str
    kind: CreditKind
    since: str
    source: str
    until: str | None = None


class CreditStanding(NamedTuple):
    """What bars a subject on the day asked about, the earliest first; empty: nothing known does."""

    bars: tuple[Bar, ...] = ()

    @property
    def eligible(self) -> bool:
        """Whether nothing bars the route."""
        return not self.bars

    @property
    def since(self) -> str | None:
        """The day from which the subject has been barred."""
        return min((bar.since for bar in self.bars), default=None)

    @property
    def until(self) -> str | None:
        """The last day of the bars where every one of them ends by itself; None where one needs 信用修复."""
        ends = [bar.until for bar in self.bars]
        return max(end for end in ends if end) if ends and all(ends) else None


CLEAR = CreditStanding()


def bar_problems(standing: CreditStanding, field: str = "") -> list[Problem]:
    """A problem for each bar, with what lifts it."""
    return [
        Problem(CREDIT_CODE, f"{_said(bar)}；{_lifted(bar)}", CREDIT_CLAUSE, field) for bar in standing.bars
    ]


def credit_problem(standing: CreditStanding, field: str = "") -> Problem | None:
    """All bars in one problem, with what lifts each and what can be done today; None where there is none."""
    found = bar_problems(standing, field)
    if not found:
        return None
    told = "；".join(problem.message for problem in found)
    return found[0]._replace(message=f"{told}；在此之前请按一般程序办理")


def _said(bar: Bar) -> str:
    has = "" if bar.kind is CreditKind.FALSE_PROMISE else "有"
    named = f"{bar.record}，{bar.since}，{bar.source}"
    return f"申请人{has}{bar.kind.label}（{named}），在信用修复前不适用告知承诺制"


def _lifted(bar: Bar) -> str:
    end = f"，或过了 {bar.until} 自行解除" if bar.until else ""
    return f"信用修复后登记 gaozhi credit repair {bar.record} 即可{end}"
