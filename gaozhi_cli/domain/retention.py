"""保管期限: how long the personal data of an ended case is kept (the office's own table of 档案保管期限).

No period is shipped: neither the notice nor its 规程 sets one. Without the county's own nothing is purged.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.parameters import Parameter, value_on
from gaozhi_cli.domain.problem import Problem, Refused

PARAMETER = "retention.commitment"
UNSIGNED = "retention.unsigned"  # of what the applicant never brought back
LONGEST = 100


class Retention(NamedTuple):
    """Years that a case is kept after its end, with the document that says so."""

    years: int
    since: date
    source: str


def retention_on(parameter: Parameter | None, day: date) -> Retention:
    """The period in force on ``day``. Raises Refused where the county has written none."""
    found = _retention(PARAMETER, parameter, day)
    if found is None:
        told = f"没有写明档案保管期限（参数 {PARAMETER}），不知道哪些已经到期，没有清除"
        message = (
            f"{told}；请在县里的 catalog/parameters.yaml 写 id: {PARAMETER}，"
            "values 下写 since（起用日期）、value（年数）、source（依据的文件）"
        )
        raise Refused(message, (Problem("retention-missing", message),))
    return found


def unsigned_on(parameter: Parameter | None, day: date) -> Retention | None:
    """The period in force for letters drawn up and never signed; None where the county has written none.

    Raises Refused where it is not a number of years.
    """
    return _retention(UNSIGNED, parameter, day)


def _retention(id_: str, parameter: Parameter | None, day: date) -> Retention | None:
    found = value_on(parameter.values, day) if parameter is not None else None
    if found is None:
        return None
    if not (found.value.isdecimal() and 1 <= int(found.value) <= LONGEST):
        message = f"参数 {id_} 的保管期限“{found.value}”应是 1 至 {LONGEST} 的年数，没有清除"
        message = f"{message}；请改正 catalog/parameters.yaml"
        raise Refused(message, (Problem("retention-wrong", message),))
    return Retention(int(found.value), found.since, found.source)


def ended_before(today: date, years: int) -> date:
    """Cases that ended before this day are past their period today.

    The last day of the period is the same day of the year, the month's last day where there is none
    (民法典第二百零二条); what ends on a 29 February is therefore never let go earlier.
    """
    try:
        return today.replace(year=today.year - years)
    except ValueError:  # 29 February
        return date(today.year - years, 3, 1)
