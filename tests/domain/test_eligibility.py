"""May this application take the 告知承诺 route today (通知五（二）)."""

from __future__ import annotations

from datetime import date

import pytest

from gaozhi_cli.domain.applicant import Agent, Applicant, Identity
from gaozhi_cli.domain.catalog import Catalog, Decision, Item, Proof
from gaozhi_cli.domain.county import County, Office
from gaozhi_cli.domain.eligibility import RULE_CODES, RULES, Request, eligibility_problems
from gaozhi_cli.domain.standing import CLEAR, Bar, CreditStanding
from gaozhi_cli.domain.vocabulary import AgentKind, CreditKind, IdType, Method, SubjectKind
from tests.builders import TODAY, an_id_number

WHO = Applicant(SubjectKind.CITIZEN, "测试甲", Identity(IdType.ID_CARD, an_id_number()), "13800000000")
BARRED = CreditStanding(
    (
        Bar("C2026-00001", CreditKind.BAD_CREDIT, "2026-03-01", "荥人社信〔2026〕3号", "2027-02-28"),
        Bar("C2026-00002", CreditKind.FALSE_PROMISE, "2026-11-20", "荥市监处罚〔2026〕12号"),
    )
)
AGENT = Agent("测试乙", Identity(IdType.PASSPORT, "E12345678"), "13900000000", "2026-11-01 授权代为承诺")
ITEM = Item("rs-01", "1", "RS", "测试事项", Proof("rs-01.1", "测试证明", Method.EXEMPT), None)
OFFICES = (Office("RS", "测试局"),)
CATALOG = Catalog("1", date(2021, 10, 11), "测试清单", "虚构", County("示例县"), OFFICES, (ITEM,))


def codes(
    item: Item = ITEM,
    agent: Agent | None = None,
    today: date = TODAY,
    standing: CreditStanding = CLEAR,
) -> list[str]:
    """The codes of the rules that fail; each cites its clause."""
    problems = eligibility_problems(Request(item, CATALOG, WHO, agent, today, standing=standing))
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
    assert problem.message.startswith("本事项必须由申请人作出承诺，不可代为承诺；")
    assert "法律规定" not in problem.message and "申请人本人" in problem.message


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
    assert codes(ended, AGENT._replace(authorization=""), standing=BARRED) == [
        "item-not-in-force",
        "credit",
        "agent-unset",
        "agent-unauthorised",
    ]
    assert len(RULES) == 6


def test_an_agent_is_somebody_else() -> None:
    """通知五（二）: 代为承诺 with the applicant's own number is a slip; another's number is not."""
    own = AGENT._replace(identity=WHO.identity)
    allowed = ITEM._replace(agent=Decision(True))
    assert codes(allowed, own) == ["agent-self"]
    assert codes(allowed, AGENT) == []


def test_bad_credit_bars_until_it_is_repaired() -> None:
    """通知五（二）: every bar in one problem, each with its document and what lifts it."""
    assert codes(standing=BARRED) == ["credit"] and codes(standing=CLEAR) == []
    (problem,) = eligibility_problems(Request(ITEM, CATALOG, WHO, None, TODAY, standing=BARRED))
    assert problem.field == "id_number" and "按一般程序办理" in problem.message
    for bar in BARRED.bars:
        named = (bar.source, bar.since, bar.kind.label, f"gaozhi credit repair {bar.record}")
        assert all(word in problem.message for word in named)
    assert problem.message.count("自行解除") == 1 and "过了 2027-02-28" in problem.message
    firm = WHO._replace(kind=SubjectKind.ORGANIZATION)
    (problem,) = eligibility_problems(Request(ITEM, CATALOG, firm, None, TODAY, standing=BARRED))
    assert problem.field == "uscc"


GUARDIAN = AGENT._replace(kind=AgentKind.GUARDIAN, authorization="出生医学证明编号 P410000000")


@pytest.mark.parametrize("may_agents", [True, False])
@pytest.mark.parametrize(
    ("may", "authorization", "expected"),
    [
        (True, "出生医学证明编号 P410000000", []),
        (True, "", ["guardian-unproven"]),
        (True, " ", ["guardian-unproven"]),
        (False, "出生医学证明编号 P410000000", ["guardian-not-allowed"]),
        (None, "出生医学证明编号 P410000000", ["guardian-unset"]),
        (None, "", ["guardian-unset", "guardian-unproven"]),
    ],
)
def test_a_guardian_promises_only_where_the_item_says_so(
    may_agents: bool, may: bool | None, authorization: str, expected: list[str]
) -> None:
    """A 法定监护人 is no 委托代理人: what the item decides on agents does not count, nor does 特别授权."""
    item = ITEM._replace(agent=Decision(may_agents, guardian=may))
    assert codes(item, GUARDIAN._replace(authorization=authorization)) == expected


def test_an_undecided_guardian_is_the_countys_no_and_an_agent_is_none() -> None:
    """No decision at all, or one on agents alone: refused as a default, not as law."""
    for decision in (None, Decision(True)):
        item = ITEM._replace(agent=decision)
        (problem,) = eligibility_problems(Request(item, CATALOG, WHO, GUARDIAN, TODAY))
        assert problem.code == "guardian-unset" and "并非法律规定" in problem.message
    guardians_only = ITEM._replace(agent=Decision(False, guardian=True))
    assert codes(guardians_only, AGENT) == ["agent-not-allowed"]
    assert codes(guardians_only, GUARDIAN) == []


def test_a_guardian_is_somebody_else() -> None:
    """The word used is the guardian's."""
    item = ITEM._replace(agent=Decision(True, guardian=True))
    own = GUARDIAN._replace(identity=WHO.identity)
    (problem,) = eligibility_problems(Request(item, CATALOG, WHO, own, TODAY))
    assert problem.code == "agent-self" and problem.message.startswith("法定监护人的证件号码")


def test_every_code_of_a_rule_is_known_as_one() -> None:
    """A form that only rules stand against is refused with 5, so no rule's code may be missing there."""
    requests = [
        Request(ITEM._replace(valid_until=date(2025, 1, 1)), CATALOG, WHO, own, TODAY, standing=BARRED)
        for own in (
            AGENT._replace(identity=WHO.identity, authorization=""),
            GUARDIAN._replace(authorization=""),
        )
    ]
    requests += [
        Request(ITEM._replace(agent=Decision(False, guardian=False)), CATALOG, WHO, agent, TODAY)
        for agent in (AGENT, GUARDIAN)
    ]
    given = {problem.code for request in requests for problem in eligibility_problems(request)}
    assert given == RULE_CODES - {"excluded"}
