"""核查期限按信用加权: only shorter, at least a day, the smallest share; what the file tells of the past."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.check_plan import CheckPlan, Weight
from gaozhi_cli.domain.credit import CreditRecord, past_on
from gaozhi_cli.domain.parameters import Dated
from gaozhi_cli.domain.vocabulary import CreditKind, CreditPast
from gaozhi_cli.domain.weighing import weigh

DAY = date(2026, 11, 24)
FEW = settings(deadline=None, max_examples=80, database=None)
shares = st.lists(
    st.tuples(st.sampled_from(CreditPast), st.integers(1, 100)), max_size=3, unique_by=lambda one: one[0]
)


def table(told: list[tuple[CreditPast, int]], since: date = date(2021, 1, 1)) -> tuple[Weight, ...]:
    """weights.yaml as values."""
    return tuple(Weight(standing, (Dated(since, str(percent), "虚构"),)) for standing, percent in told)


@FEW
@given(st.integers(1, 300), st.sets(st.sampled_from(CreditPast), min_size=1), shares)
def test_a_period_is_never_lengthened_and_never_nothing(
    period: int, past: set[CreditPast], told: list[tuple[CreditPast, int]]
) -> None:
    """The smallest share of those that apply, a part of a day counted whole; said only where it changes."""
    plan = CheckPlan(date(2021, 1, 1), "示例", period)
    found, why = weigh(plan, past, table(told), DAY)
    smallest = min((percent for standing, percent in told if standing in past), default=100)
    assert found.period is not None and 1 <= found.period <= period
    assert period * smallest <= found.period * 100 < period * smallest + 100 or found.period == 1
    assert bool(why) is (found.period < period)
    assert found._replace(period=period) == plan
    assert weigh(plan, past, table(told, date(2027, 1, 1)), DAY) == (plan, "")


def test_without_days_there_is_nothing_to_weigh() -> None:
    """未定期限 is not made a date by anybody's credit."""
    plan = CheckPlan(DAY, "示例")
    assert weigh(plan, [CreditPast.CLEAR], table([(CreditPast.CLEAR, 50)]), DAY) == (plan, "")


def a_record(
    kind: CreditKind, decided: str, until: str | None = None, repaired: str | None = None
) -> CreditRecord:
    """An adverse record."""
    return CreditRecord("C2026-00001", "S", kind.value, decided, "示罚", None, until, decided, repaired)


def test_what_the_file_tells_of_the_past() -> None:
    """Repaired or ended: it tells of before; still barring or not yet decided: it does not."""
    false, bad = CreditKind.FALSE_PROMISE, CreditKind.BAD_CREDIT
    assert past_on([], DAY) == {CreditPast.CLEAR}
    assert past_on([a_record(false, "2026-01-01")], DAY) == {CreditPast.CLEAR}
    assert past_on([a_record(false, "2026-12-01")], DAY) == {CreditPast.CLEAR}
    repaired = a_record(false, "2026-01-01", repaired="2026-11-24")
    ended = a_record(bad, "2025-01-01", until="2026-01-01")
    assert past_on([repaired], DAY) == {CreditPast.FALSE_PROMISE}
    assert past_on([repaired, ended], DAY) == {CreditPast.FALSE_PROMISE, CreditPast.BAD_CREDIT}
    assert past_on([repaired], date(2026, 11, 23)) == {CreditPast.CLEAR}
