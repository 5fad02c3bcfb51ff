"""公平监管: is whoever promised looked at more often than whoever brought the papers (通知五（三）).

「不得对通过告知承诺制方式办理的企业和群众采取歧视性监管措施」. A rate is shown with its counts; a difference
is called one only where chance does not explain it (Newcombe's interval of the difference, 95 %), and few
cases are said to be few.
"""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

CLAUSE = "通知五（三）"
Z = 1.959964  # 95 %
FEW = 30  # cases of a track below which a rate says little; a convention, not law


class Looked(NamedTuple):
    """How many cases there are, and how many of them were inspected."""

    cases: int
    inspected: int

    @property
    def rate(self) -> float | None:
        """The share inspected; None without cases."""
        return self.inspected / self.cases if self.cases else None


def wilson(looked: Looked) -> tuple[float, float]:
    """The interval (95 %) in which the true share lies, by Wilson's score; the whole range without cases."""
    n = looked.cases
    if not n:
        return 0.0, 1.0
    share, square = looked.inspected / n, Z * Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z * sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def difference(promised: Looked, ordinary: Looked) -> tuple[float, float, float] | None:
    """How much more often the promised cases are inspected, with its interval; None without either.

    Newcombe's method 10 (1998): from the two Wilson intervals.
    """
    one, other = promised.rate, ordinary.rate
    if one is None or other is None:
        return None
    (low, high), (low2, high2) = wilson(promised), wilson(ordinary)
    gap = one - other
    down = sqrt((one - low) ** 2 + (high2 - other) ** 2)
    up = sqrt((high - one) ** 2 + (other - low2) ** 2)
    return gap, gap - down, gap + up


def caution(promised: Looked, ordinary: Looked) -> str:
    """What whoever reads the two rates must know, in one sentence; empty where there is nothing to say."""
    if not promised.cases or not ordinary.cases:
        return "只有一种程序办理过，没有可比的"
    if min(promised.cases, ordinary.cases) < FEW:
        return f"件数少于 {FEW}，比例仅供参考，不能据以判断"
    found = difference(promised, ordinary)
    if found is None or found[1] <= 0 <= found[2]:
        return ""
    if found[0] > 0:
        return "告知承诺的检查比例明显较高，请查明有无歧视性监管措施（通知五（三））"
    return "一般程序的检查比例明显较高，请查明原因"
