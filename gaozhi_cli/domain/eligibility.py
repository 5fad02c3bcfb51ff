"""适用对象: may this application take the 告知承诺 route today (通知五（二）, 规程五（一）).

Each rule is a small function in ``RULES``; it returns a Problem or None and cites its clause. All
failed rules are reported at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.applicant import Agent, Applicant, filled
from gaozhi_cli.domain.catalog import Catalog, Item, Proof, in_force
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.standing import CLEAR, CREDIT_CODE, CreditStanding, credit_problem
from gaozhi_cli.domain.vocabulary import AgentKind, SubjectKind

AGENT_CLAUSE = "通知五（二）"


class Request(NamedTuple):
    """An application as it stands when the letter is drawn up, with the applicant's standing that day."""

    item: Item
    catalog: Catalog
    applicant: Applicant
    agent: Agent | None
    today: date
    proofs: tuple[Proof, ...] = ()
    standing: CreditStanding = CLEAR


def item_in_force(request: Request) -> Problem | None:
    """The item stands in the 清单 on the day (通知五（一）)."""
    item = request.item
    if in_force(item, request.catalog, request.today):
        return None
    message = (
        f"事项 {item.no}“{item.matter}”在 {request.today} 不在清单有效期内；事项仍然保留的，请按一般程序办理"
    )
    return Problem("item-not-in-force", message, "通知五（一）", "item")


def not_excluded(request: Request) -> Problem | None:
    """A proof that its assessment finds within the exclusions is not promised (通知四, 规程一).

    Only the proofs that this letter replaces count: the others the applicant brings.
    """
    found = exclusions(request.proofs or request.item.proofs)
    if not found:
        return None
    every = {
        proof.id for proof in request.item.proofs if not (proof.assessment and proof.assessment.excluded)
    }
    way_out = "其他证明可用 --proof 选明后承诺" if every else "请按一般程序办理"
    message = "；".join(problem.message for problem in found)
    return found[0]._replace(message=f"{message}。请提交所列证明，{way_out}")


def exclusions(proofs: Iterable[Proof]) -> list[Problem]:
    """A problem for each of these proofs that is assessed as excluded (通知四)."""
    return [
        Problem(
            "excluded",
            f"证明“{proof.name}”经 {found.assessor} {found.day} 评估属于“{found.area}”，"
            f"不适用告知承诺制（{found.ground}）",
            "通知四、规程一",
            "proof",
        )
        for proof in proofs
        if (found := proof.assessment) is not None and found.excluded
    ]


def credit_in_order(request: Request) -> Problem | None:
    """申请人有较严重的不良信用记录或者存在曾作出虚假承诺等情形的，在信用修复前不适用告知承诺制."""
    return credit_problem(request.standing, number_field(request.applicant))


def number_field(applicant: Applicant) -> str:
    """The field of the form by which an applicant is known."""
    return "uscc" if applicant.kind is SubjectKind.ORGANIZATION else "id_number"


def agent_allowed(request: Request) -> Problem | None:
    """An agent may promise only where the item lets one (依法可以代为承诺的); unset = the county's no."""
    if request.agent is None:
        return None
    if request.agent.kind is AgentKind.GUARDIAN:
        return _guardian_allowed(request.item)
    decision = request.item.agent
    if decision is None:
        message = (
            "本事项未填写可否代为承诺，本县默认不接受代为承诺（县里的默认，并非法律规定）；"
            "请由申请人本人承诺，或由管理员在清单中填写"
        )
        return Problem("agent-unset", message, AGENT_CLAUSE, "agent_name")
    if not decision.yes:
        message = "本事项必须由申请人作出承诺，不可代为承诺；请由申请人本人承诺，或按一般程序办理"
        return Problem("agent-not-allowed", message, AGENT_CLAUSE, "agent_name")
    return None


def _guardian_allowed(item: Item) -> Problem | None:
    """A 法定监护人 is no 委托代理人: the item's decision on guardians counts; unset = the county's no."""
    may = item.agent.guardian if item.agent is not None else None
    if may is None:
        message = (
            "本事项未填写法定监护人可否代为承诺，本县默认不接受（县里的默认，并非法律规定）；"
            "请按一般程序办理，或由管理员在清单中填写"
        )
        return Problem("guardian-unset", message, AGENT_CLAUSE, "agent_kind")
    if not may:
        message = "本事项已定法定监护人不可代为承诺；请按一般程序办理"
        return Problem("guardian-not-allowed", message, AGENT_CLAUSE, "agent_kind")
    return None


def agent_authorised(request: Request) -> Problem | None:
    """代为承诺人应当获得申请人的特别授权; a guardian acts by law, and says what the guardianship rests on."""
    agent = request.agent
    if agent is None or filled(agent.authorization):
        return None
    if agent.kind is AgentKind.GUARDIAN:
        message = (
            "法定监护人代为承诺不用特别授权，但须写明监护关系的依据，"
            "请用 --authorization 写明，如出生医学证明编号、指定监护的文书"
        )
        return Problem("guardian-unproven", message, AGENT_CLAUSE, "authorization")
    message = "代为承诺须有申请人的特别授权，请用 --authorization 写明特别授权书"
    return Problem("agent-unauthorised", message, AGENT_CLAUSE, "authorization")


def agent_is_another(request: Request) -> Problem | None:
    """代为承诺 is by somebody else: an agent with the applicant's own number is a slip (通知五（二）)."""
    agent = request.agent
    if agent is None or not agent.identity.number or agent.identity != request.applicant.identity:
        return None
    message = f"{agent.kind.label}的证件号码与申请人的相同；本人承诺的，请不要填代理人各栏"
    return Problem("agent-self", message, AGENT_CLAUSE, "agent_id_number")


# Codes of the problems that these rules give: a form that only they stand against is whole (exit 5).
RULE_CODES = frozenset(
    {
        "item-not-in-force", "excluded", CREDIT_CODE, "agent-unset", "agent-not-allowed", "guardian-unset",
        "guardian-not-allowed", "guardian-unproven", "agent-unauthorised", "agent-self",
    }
)  # fmt: skip
RULES = (item_in_force, not_excluded, credit_in_order, agent_allowed, agent_authorised, agent_is_another)


def eligibility_problems(request: Request) -> list[Problem]:
    """All rules that fail, in the order of ``RULES``; empty when the route is open."""
    return [problem for rule in RULES if (problem := rule(request)) is not None]
