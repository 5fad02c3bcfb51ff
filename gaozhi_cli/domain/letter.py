"""告知承诺书: the eight parts told, the five promised, and the gaps (规程二, 附件2).

``compose`` turns an application into the values of the form's blanks, under the words the form uses;
the template holds the prescribed text. Gaps of the applicant are problems and refuse the letter; gaps
of the office print the form's underline and are warnings.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple, TypeVar

from gaozhi_cli.domain.applicant import Agent, Applicant, filled
from gaozhi_cli.domain.catalog import Basis, Catalog, Item, Leaf, Proof
from gaozhi_cli.domain.form import (
    BLANK,
    BLANK_PLACE,
    FIELDS,
    LONG_BLANK,
    NOBODY,
    TICKED,
    UNTICKED,
    Values,
    holes,
)
from gaozhi_cli.domain.planning import method_on
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.readiness import contact_of
from gaozhi_cli.domain.vocabulary import AgentKind, Method, SubjectKind
from gaozhi_cli.domain.workdays import parse_day

Row = TypeVar("Row", str, Basis)


class Application(NamedTuple):
    """What the applicant brings to the window, checked and in normal form."""

    item: Item
    leaves: tuple[Leaf, ...]
    applicant: Applicant
    agent: Agent | None
    statement: str
    site_address: str = ""
    public_until: date | None = None
    no_public: bool = False
    consent: bool | None = None


# Warnings that leave no blank on the letter.
REMINDERS = frozenset({"consent", "no-public"})


class Letter(NamedTuple):
    """The values of the form's blanks, and what the office should know of them."""

    values: Values
    warnings: tuple[Problem, ...]

    def office_gaps(self, item: Item) -> tuple[Problem, ...]:
        """The warnings that refuse a letter where the county is formal: parts the form asks for.

        投诉举报方式 is asked for where letters are made public (通知五（六）), consent of nobody.
        """
        public = item.disclosure is not None and item.disclosure.yes
        left_out = REMINDERS if public else REMINDERS | {"complaints"}
        return tuple(w for w in self.warnings if w.code not in left_out)

    def unexplained(self) -> tuple[Problem, ...]:
        """Parts that the letter lacks without a warning that says so: none, or it must not be printed."""
        told = {warning.code for warning in self.warnings}
        return tuple(hole for hole in holes(self.values) if hole.code not in told)


def promised(statement: str) -> str:
    """The applicant's own words without closing marks, since the form sets its own ；."""
    return statement.rstrip("；。;. ")


def onsite(leaves: tuple[Leaf, ...], item: Item, day: date) -> bool:
    """Whether any chosen proof is checked on site, so that 现场地址 must be written (附件2 三（二）).

    By the plan of the day, which may differ from the 清单's own words (row 66).
    """
    return any(method_on(leaf.proof, item, day) is Method.ONSITE for leaf in leaves)


def applicant_gaps(application: Application, day: date = date.min) -> list[Problem]:
    """What the applicant has left empty; each refuses the letter (规程二（二）, 四（一）).

    ``day``: whose plans of checking count; none have begun on the first of all days.
    """
    who = application.applicant
    number_field = "uscc" if who.kind is SubjectKind.ORGANIZATION else "id_number"
    asked = [
        (who.name, "申请人姓名或名称", "name", "附件2 一（一）"),
        (who.identity.number, "证件编号或统一社会信用代码", number_field, "附件2 一（一）"),
        (who.phone, "联系方式", "phone", "附件2 一（一）"),
        (promised(application.statement), "承诺的具体内容（具体是）", "statement", "附件2 三（二）"),
    ]
    if who.kind is SubjectKind.ORGANIZATION:
        asked += [
            (who.contact, "联系人", "contact", "附件2 一（一）2"),
            (who.address, "地址", "address", "附件2 一（一）2"),
        ]
    if application.agent is not None:
        agent = application.agent
        whose = "法定监护人" if agent.kind is AgentKind.GUARDIAN else "代理人"
        asked += [
            (agent.name, f"{whose}姓名", "agent_name", "附件2 一（二）"),
            (agent.identity.number, f"{whose}证件编号", "agent_id_number", "附件2 一（二）"),
            (agent.phone, f"{whose}联系方式", "agent_phone", "附件2 一（二）"),
        ]
    if onsite(application.leaves, application.item, day):
        asked.append((application.site_address, "现场地址", "site_address", "附件2 三（二）"))
    return [
        Problem("missing", f"未填{label}", clause, field)
        for value, label, field, clause in asked
        if not filled(value)
    ]


def disclosure_problems(application: Application) -> list[Problem]:
    """A flag may narrow what the item's decision on 公开 allows, never widen it (通知五（六）)."""
    until, decision = application.public_until, application.item.disclosure
    if until is None:
        return []
    if application.no_public:
        message = "公开时限与不公开只能选一项"
    elif decision is None or not decision.yes:
        message = "本事项没有公开承诺书的决定，不能为这一份另定公开时限"
    elif (last := _last_day(decision.period)) is None:
        message = f"本事项的公开时限“{decision.period}”不是日期，不能为这一份另定时限"
    elif until > last:
        message = f"本事项的公开时限至 {last}，只能缩短，不能延长"
    else:
        return []
    return [Problem("disclosure", message, "附件2 二（八）", "public_until")]


def _last_day(period: str) -> date | None:
    try:
        return parse_day(period.removeprefix("至"))
    except ValueError:
        return None


def compose(application: Application, catalog: Catalog, number: str) -> Letter:
    """The letter's values under the form's words; every blank has one, an underline where it is empty.

    ``number`` is the 文号 to print. Assumes that the application has no gaps of the applicant.
    """
    item = application.item
    warnings: list[Problem] = []
    citizen = application.applicant.kind is SubjectKind.CITIZEN
    public = disclose(
        item,
        warnings,
        until=application.public_until,
        no_public=application.no_public,
        no_consent=citizen and not application.consent,
    )
    proofs = [leaf.proof for leaf in application.leaves]
    named = "；".join(called(leaf) for leaf in application.leaves)
    agent = application.agent
    guardian = agent is not None and agent.kind is AgentKind.GUARDIAN
    told = tell(item, proofs, named, catalog, warnings, guardian=guardian)
    content = promise(promised(application.statement), application.site_address)
    values: Values = {"文书编号": number, **_applicant(application), **told, **public, **content}
    return Letter({field: values[field] for field in FIELDS}, tuple(warnings))


def called(leaf: Leaf) -> str:
    """证明事项名称 of a chosen proof, with the circumstance (情形) in which it is asked."""
    return f"{leaf.proof.name}（{leaf.when[-1]}）" if leaf.when else leaf.proof.name


def _tick(yes: bool) -> str:
    return TICKED if yes else UNTICKED


def _applicant(application: Application) -> Values:
    """一、基本信息 （一）（二）: one branch of the 二选一; the other keeps its underlines."""
    who, agent = application.applicant, application.agent
    if who.kind is SubjectKind.CITIZEN:
        filled_in = {
            "公民勾选": TICKED,
            "公民姓名": who.name,
            "公民联系方式": who.phone,
            "公民证件类型": who.identity.type.label,
            "公民证件编号": who.identity.number,
        }
    else:
        filled_in = {
            "单位勾选": TICKED,
            "单位名称": who.name,
            "统一社会信用代码": who.identity.number,
            "单位联系人": who.contact,
            "单位联系方式": who.phone,
            "单位地址": who.address,
        }
    if agent is not None:
        filled_in |= {
            "代理人姓名": _agent_name(agent),
            "代理人联系方式": agent.phone,
            "代理人证件类型": agent.identity.type.label,
            "代理人证件编号": agent.identity.number,
        }
    return {**NOBODY, **{field: value for field, value in filled_in.items() if value}}


def _agent_name(agent: Agent) -> str:
    """一（二） has one block, headed 委托代理人: of a 法定监护人 the name says what they are, and by what."""
    if agent.kind is not AgentKind.GUARDIAN:
        return agent.name
    proof = promised(agent.authorization) or BLANK
    return f"{agent.name or BLANK}（系申请人的法定监护人，不是委托代理人；监护关系的依据：{proof}）"


def tell(
    item: Item,
    proofs: Sequence[Proof],
    named: str,
    catalog: Catalog,
    warnings: list[Problem],
    *,
    guardian: bool = False,
) -> Values:
    """一（三） and 二、行政机关告知 but 公开, with a warning for each gap of the office.

    ``named``: 证明事项名称 as it is to be printed; ``guardian``: a 法定监护人 promises.
    """
    office = catalog.office(item.office)
    contact = contact_of(item, office)
    agent_yes, agent_no = _agent_choice(item, warnings, guardian=guardian)

    def told(value: str, code: str, what: str, clause: str) -> str:
        if not value:
            message = f"未填{what}，告知承诺书上留空待填"
            warnings.append(Problem(code, message, clause, code))
        return value or BLANK

    bases = _distinct([basis for proof in proofs for basis in (proof.basis or item.basis)])
    contents = _distinct([line for proof in proofs for line in (proof.content or item.content)])
    told_bases = all(proof.basis or item.basis for proof in proofs)
    told_contents = all(proof.content or item.content for proof in proofs)
    complaints = "；".join(f"{c.channel} {c.value}" for c in catalog.county.complaints)
    values: Values = {
        "机关名称": office.name,
        "机关联系人": told(contact.person, "contact_person", "行政机关联系人", "附件2 一（三）"),
        "机关联系方式": told(contact.phone, "contact_phone", "行政机关联系方式", "附件2 一（三）"),
        "行政事项名称": item.matter,
        "证明事项名称": named,
        "设定依据": _basis_rows(bases, complete=told_bases),
        "证明内容": contents if told_contents else [*contents, LONG_BLANK],
        "本人承诺勾选": agent_no,
        "代为承诺勾选": agent_yes,
        "投诉举报方式": told(complaints, "complaints", "投诉举报方式", "通知五（六）"),
    }
    told("1" if told_bases else "", "basis", "设定证明的依据", "附件2 二（三）")
    told("1" if told_contents else "", "content", "证明的内容", "附件2 二（四）")
    return values


def _distinct(values: list[Row]) -> list[Row]:
    return list(dict.fromkeys(values))


def _basis_rows(bases: list[Basis], *, complete: bool) -> list[dict[str, str]]:
    """二（三）设定证明的依据, numbered; the form's own blank row where one is still to be filled in."""
    rows = [(b.law, b.place or BLANK_PLACE, (b.text or LONG_BLANK).rstrip("。")) for b in bases]
    rows += [] if complete else [(BLANK, BLANK_PLACE, LONG_BLANK)]
    return [
        {"序号": str(n), "法规": law, "条款": place, "原文": text}
        for n, (law, place, text) in enumerate(rows, start=1)
    ]


def _agent_choice(item: Item, warnings: list[Problem], *, guardian: bool) -> tuple[str, str]:
    """二（五）: ticks of (可以代为承诺, 不可代为承诺); both open where the office has not decided.

    The letter that a guardian signs, as the item lets one, must not say 必须由申请人作出承诺.
    """
    decision = item.agent
    if decision is None:
        message = "未定可否代为承诺，两项均未勾选，请经办机关确定；本县默认不接受代为承诺，并非法律规定"
        warnings.append(Problem("agent", message, "附件2 二（五）", "agent"))
        return UNTICKED, UNTICKED
    yes = decision.yes or (guardian and decision.guardian is True)
    return _tick(yes), _tick(not yes)


def disclose(
    item: Item,
    warnings: list[Problem],
    *,
    until: date | None = None,
    no_public: bool = False,
    no_consent: bool = False,
) -> Values:
    """二（八）: ticks of 公开 and 不公开 with 公开时限; both open where the office has not decided."""
    decision = item.disclosure

    def chosen(public: str, private: str, period: str = BLANK) -> Values:
        return {"公开勾选": public, "公开时限": period, "不公开勾选": private}

    if decision is None:
        what = "按 --no-public 填为不予公开" if no_public else "两项均未勾选，请经办机关确定"
        message = f"未定承诺书是否公开，{what}"
        warnings.append(Problem("disclosure", message, "附件2 二（八）", "disclosure"))
        return chosen(UNTICKED, _tick(no_public))
    if no_public and decision.yes:
        message = "本事项已定公开，按 --no-public 填为不予公开；请确有国家秘密、商业秘密或个人隐私方面的理由"
        warnings.append(Problem("no-public", message, "通知五（六）", "no_public"))
    if no_public or not decision.yes:
        return chosen(UNTICKED, TICKED)
    if no_consent:
        message = "申请人是公民且未记录其同意公开（--consent），本工具填为不予公开（不涉及个人隐私）"
        warnings.append(Problem("consent", message, "通知五（六）", "consent"))
        return chosen(UNTICKED, TICKED)
    period = f"至{until.year}年{until.month}月{until.day}日" if until else decision.period
    if not period:
        message = "已定公开而未填公开时限，告知承诺书上留空待填"
        warnings.append(Problem("disclosure_period", message, "附件2 二（八）", "disclosure"))
    return chosen(TICKED, UNTICKED, period or BLANK)


def promise(content: str, site_address: str) -> Values:
    """三（二）具体是: what is promised, and 现场地址 where a visit is needed."""
    return {
        "承诺内容": f"{content or BLANK}。现场地址：{promised(site_address)}" if site_address else content
    }
