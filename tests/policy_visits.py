"""Rooms of tests/policy about 现场核查: guards of a finding, sheets come back, visits, handing out."""

from __future__ import annotations

from datetime import date
from typing import Any

from gaozhi_cli.domain.catalog import Catalog
from gaozhi_cli.domain.closing import (
    Answer,
    Persons,
    answer_problems,
    close_problems,
    inspectors_of,
    office_problems,
)
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.verification import Verification
from gaozhi_cli.domain.visits import Look, dispatch_problems, grouped
from gaozhi_cli.domain.vocabulary import CheckOrigin, CheckState, Finding, Method, parse_word
from gaozhi_cli.storage.calendar import work_calendar
from tests.builders import TODAY

Given = dict[str, Any]
Catalogs = dict[str, Catalog]
DAYS = {"立项日期": "planned_on", "不早于": "not_before", "中止自": "paused_on", "收回日期": "received_on"}


def a_check(given: Given, place: int = 1) -> Verification:
    """The check that the given describes: RS-2026-00001-1 unless it says otherwise."""
    finding = parse_word(Finding, given.pop("已有结论", "待核查"))
    method = parse_word(Method, given.pop("方式", "现场核查"))
    origin = parse_word(CheckOrigin, given.pop("来由", "受理时立项"))
    assert method is not None and origin is not None
    check = Verification(
        id=f"RS-2026-00001-{place}", number="RS-2026-00001", office=given.pop("单位", "RS"), item="rs-14",
        matter="职业技能鉴定补贴申领", proof="rs-14.1", proof_name="就业创业证", method=method.value,
        state=CheckState.CLOSED.value if finding else CheckState.PLANNED.value, planned_on="2026-11-24",
        finding=finding.value if finding else None, closed_on="2026-11-24" if finding else None,
        origin=origin.value, sheet=given.pop("工作单", None),
    )  # fmt: skip
    return check._replace(**{column: given.pop(key) for key, column in DAYS.items() if key in given})


def told(problems: list[Problem]) -> dict[str, Any]:
    """可以, or 不可以 with its reasons."""
    said = [problem.message for problem in problems]
    return {"结果": "不可以", "理由": said} if said else {"结果": "可以"}


def today(given: Given) -> date:
    """The day of the act."""
    return date.fromisoformat(given.pop("办理日期")) if "办理日期" in given else TODAY


def guards(given: Given, catalogs: Catalogs) -> dict[str, Any]:
    """结论的把关."""
    finding = parse_word(Finding, given.pop("结论"))
    day, people = today(given), inspectors_of(given.pop("核查人员", []))
    asked = given.pop("县里要求人数", None)
    rule = Persons(int(asked), "示例县核查办法（虚构）") if asked is not None else None
    own, evidence = given.pop("本单位", None), given.pop("凭据", "现场看过原件")
    check = a_check(given)
    theirs = office_problems(check, own, catalogs["示例县"].offices)
    problems = close_problems(check, evidence, day, finding=finding, inspectors=people, rule=rule)
    return told(theirs or problems) | {"人数": str(len(people))}


def answers(given: Given, catalogs: Catalogs) -> dict[str, Any]:
    """工作单的回填."""
    row = Answer(
        "第 2 行", given.pop("这一行的工作单", "RS-2026-D00001"), given.pop("核查号", "RS-2026-00001-1"),
        given.pop("编号", "RS-2026-00001"), given.pop("结论", ""), given.pop("核查情况", ""),
        given.pop("核查人员", ""),
    )  # fmt: skip
    given.setdefault("工作单", "RS-2026-D00001")
    check = a_check(given)
    if row.empty:
        return {"结果": "留空"}
    return told(answer_problems(row, "RS-2026-D00001", check if check.id == row.check else None))


def visits(given: Given, catalogs: Catalogs) -> dict[str, Any]:
    """上门合并."""
    catalog, county = catalogs["示例县"], given.pop("县", "荥阳市")
    window = int(given.pop("窗口")) if "窗口" in given else None
    looks = []
    for place, row in enumerate(map(dict, given.pop("核查")), start=1):
        check = a_check({}, place)._replace(due_on=row.pop("期限", None))
        looks.append(Look(check, "号", row.pop("主体", "甲"), "", "", row.pop("地址", ""), "", "", ""))
        assert not row, f"the check gives what nobody reads: {list(row)}"
    found = grouped(looks, county=county, window=window, calendar=work_calendar(catalog))
    return {"上门": "；".join("、".join(look.check.id[-1] for look in visit) for visit in found)}


def dispatching(given: Given, catalogs: Catalogs) -> dict[str, Any]:
    """派出."""
    day = today(given)
    return told(dispatch_problems(a_check(given), day))
