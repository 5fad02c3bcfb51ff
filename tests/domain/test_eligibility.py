"""May this application take the 告知承诺 route today (通知五（二）)."""

from __future__ import annotations

from datetime import date

import pytest

from gaozhi_cli.domain.applicant import Agent, Applicant, Identity
from gaozhi_cli.domain.catalog import Catalog, Decision, Item, Proof
from gaozhi_cli.domain.county import County, Office
from gaozhi_cli.domain.eligibility import RULES, Request, eligibility_problems
from gaozhi_cli.domain.vocabulary import IdType, Method, SubjectKind
from tests.builders import TODAY, an_id_number

WHO = Applicant(SubjectKind.CITIZEN, "测试甲", Identity(IdType.ID_CARD, an_id_number()), "13800000000")
AGENT = Agent("测试乙", Identity(IdType.PASSPORT, "E12345678"), "13900000000", "2026-11-01 授权代为承诺")
ITEM = Item("rs-01", "1", "RS", "测试事项", Proof("rs-01.1", "测试证明", Method.EXEMPT), None)
OFFICES = (Office("RS", "测试局"),)
CATALOG = Catalog("1", date(2021, 10, 11), "测试清单", "虚构", County("示例县"), OFFICES, (ITEM,))


def codes(item: Item = ITEM, agent: Agent | None = None, today: date = TODAY) -> list[str]:
    """The codes of the rules that fail; each cites its clause."""
    problems = eligibility_problems(Request(item, CATALOG, WHO, agent, today))
    assert all(problem.clause.startswith("通知五") and problem.field for problem in problems)
    return [problem.code for problem in problems]


@pytest.mark.parametrize(
    ("decision", "authorization", "expected"),
    [
        (Decision(True), "2026-11-01 授权", []),
        (Decision(True), "", ["agent-unauthorised"]),
        (Decision(True), " \u3000", ["agent-unauthorised"]),
        (Decision(False), "2026-11-01 授权", ["agent-not-allowed"]),
        (Decision(False), "", ["agent-not-allowed", "agent-unauthorised"]),
        (None, "2026-11-01 授权", ["agent-unset"]),
        (None, "", ["agent-unset", "agent-unauthorised"]),
    ],
)
def test_an_agent_needs_an_item_that_allows_one_and_a_special_authorization(
    decision: Decision | None, authorization: str, expected: list[str]
) -> None:
    """通知五（二）: 依法可以代为承诺的 and 特别授权, each failing rule by itself."""
    agent = AGENT._replace(authorization=authorization)
    assert codes(ITEM._replace(agent=decision), agent) == expected


@pytest.mark.parametrize("decision", [None, Decision(True), Decision(False)])
def test_the_applicant_in_person_is_never_asked_about_agents(decision: Decision | None) -> None:
    """通知五（二）: the decision on agents does not touch who promises in person."""
    assert codes(ITEM._replace(agent=decision)) == []


def test_an_unset_decision_is_called_the_countys_default_and_not_law() -> None:
    """通知五（二）: 代为承诺 unset refuses as a default of the county, never in the name of the law."""
    (problem,) = eligibility_problems(Request(ITEM, CATALOG, WHO, AGENT, TODAY))
    assert "并非法律规定" in problem.message
    decided = ITEM._replace(agent=Decision(False))
    (problem,) = eligibility_problems(Request(decided, CATALOG, WHO, AGENT, TODAY))
    assert problem.message == "本事项必须由申请人作出承诺，不可代为承诺"


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2021, 10, 10), ["item-not-in-force"]),
        (date(2021, 10, 11), []),
        (date(2025, 12, 31), []),
        (date(2026, 1, 1), ["item-not-in-force"]),
    ],
)
def test_the_item_stands_in_the_catalog_on_the_day(today: date, expected: list[str]) -> None:
    """通知五（一）: outside the item's dates the ordinary procedure applies."""
    assert codes(ITEM._replace(valid_until=date(2025, 12, 31)), today=today) == expected


def test_all_rules_that_fail_are_told_at_once_in_their_order() -> None:
    """规程四（一）: every reason in one answer; each rule can fail by itself."""
    ended = ITEM._replace(valid_until=date(2025, 12, 31))
    assert codes(ended, AGENT._replace(authorization="")) == [
        "item-not-in-force",
        "agent-unset",
        "agent-unauthorised",
    ]
    assert len(RULES) == 5


def test_an_agent_is_somebody_else() -> None:
    """通知五（二）: 代为承诺 with the applicant's own number is a slip; another's number is not."""
    own = AGENT._replace(identity=WHO.identity)
    allowed = ITEM._replace(agent=Decision(True))
    assert codes(allowed, own) == ["agent-self"]
    assert codes(allowed, AGENT) == []
