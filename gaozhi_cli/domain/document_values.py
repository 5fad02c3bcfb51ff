"""文书里程序已知的内容: what the 清单, the county's settings and the 台账 say under each source.

Nothing is guessed: what is not known is empty, and ``documents`` decides what follows from that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from gaozhi_cli.domain.catalog import (
    Branch,
    Catalog,
    Group,
    Item,
    Node,
    Proof,
    asked,
    in_force,
    leaves,
    promisable,
)
from gaozhi_cli.domain.commitment import Commitment
from gaozhi_cli.domain.document_kinds import OF_ACT, Choice, Fact, Source
from gaozhi_cli.domain.form import TICKED
from gaozhi_cli.domain.guide import BY_AGENT, BY_APPLICANT, NOT_PUBLIC, required_proofs
from gaozhi_cli.domain.publication import masked_number
from gaozhi_cli.domain.readiness import contact_of
from gaozhi_cli.domain.vocabulary import GroupKind, IdType, Method, SubjectKind

NOBODY: Mapping[str, str] = MappingProxyType({})
ONE_LIST = "应当提交下列证明："
ALL_LIST = "下列证明均须提交："


class Matter(NamedTuple):
    """What a document is about: an item, and of a registered case its state, proofs and people."""

    item: Item
    catalog: Catalog
    today: date
    case: Commitment | None = None
    proofs: tuple[tuple[str, str], ...] = ()  # name and 核查方式 of each proof that the case replaces
    applicant: Mapping[str, str] = NOBODY
    agent: Mapping[str, str] = NOBODY
    promised: frozenset[str] = frozenset()  # the ids of those proofs
    letter: Mapping[str, object] = MappingProxyType({})  # the blanks of the registered 承诺书
    facts: Mapping[Source, tuple[str, ...]] = MappingProxyType({})  # what the act knows, line by line
    label: str = ""  # names the file where a case has several of a kind, e.g. a check's id


def known_lines(source: Source, matter: Matter) -> tuple[str, ...]:
    """What the program knows under a source, line by line; nothing where it does not."""
    if source in OF_ACT:
        return matter.facts.get(source, ())
    if source in _LISTS:
        return tuple(_LISTS[source](matter))
    value = _known(source, matter)
    return (value,) if value else ()


def _known(source: Source, matter: Matter) -> str:
    if source is Source.TYPED:
        return ""
    if source in _OF_ITEM:
        return _OF_ITEM[source](matter)
    if source in _OF_PERSON:
        of_agent, key = _OF_PERSON[source]
        value = (matter.agent if of_agent else matter.applicant).get(key, "")
        if source is Source.APPLICANT_ID_MASKED:
            organization = matter.applicant.get("id_type") == IdType.USCC.value
            return masked_number(value, SubjectKind.ORGANIZATION if organization else SubjectKind.CITIZEN)
        return IdType(value).label if key == "id_type" and value else value
    if source is Source.TODAY:
        return chinese_date(matter.today)
    return _of_case(source, matter.case)


def _of_case(source: Source, case: Commitment | None) -> str:
    if case is None:
        return ""
    if source is Source.NUMBER:
        return case.official_number
    day = {
        Source.DRAWN_UP_ON: case.drawn_up_on,
        Source.SIGNED_ON: case.signed_on,
        Source.ACCEPTED_ON: case.accepted_on,
        Source.CONCLUDED_ON: case.concluded_on,
    }[source]
    return chinese_date(date.fromisoformat(day)) if day else ""


def chinese_date(day: date) -> str:
    """2026年11月24日 (GB/T 9704: Arabic digits without leading zeros)."""
    return f"{day.year}年{day.month}月{day.day}日"


def _names(matter: Matter) -> str:
    return "；".join(name for name, _ in matter.proofs) or asked(innermost(matter.item.tree))


def innermost(tree: Node) -> Node:
    """The tree as it is read: no group of one, and no 情形 that only repeats those within it.

    【复员退役军人；随军家属】over 【复员退役军人】 and 【随军家属】 says nothing; another one is put before.
    """
    if isinstance(tree, Proof):
        return tree
    if isinstance(tree, Branch):
        return tree._replace(node=innermost(tree.node))
    nodes: list[Node] = []
    for child in map(innermost, tree.nodes):
        nodes += _flat(child) if tree.kind is GroupKind.BY_CIRCUMSTANCE else [child]
    return nodes[0] if len(nodes) == 1 else tree._replace(nodes=tuple(nodes))


def _flat(child: Node) -> list[Node]:
    """A 情形 that is itself divided into 情形, as these."""
    if not isinstance(child, Branch):
        return [child]
    inner = child.node
    if isinstance(inner, Branch):
        parts: tuple[Node, ...] = (inner,)
    elif isinstance(inner, Group) and inner.kind is GroupKind.BY_CIRCUMSTANCE:
        parts = inner.nodes
    else:
        return [child]
    flat: list[Node] = []
    for part in parts:
        if not isinstance(part, Branch):
            flat.append(child._replace(node=part))
        elif part.when in child.when:
            flat.append(part)
        else:
            flat.append(part._replace(when=f"{child.when}，{part.when}"))
    return flat


def told_proofs(tree: Node | None) -> tuple[str, list[str]]:
    """How the proofs of a tree combine, and a line for each part, 任选其一 and 情形 in it (通知五（二）)."""
    if tree is None:
        return "", []
    whole = innermost(tree)
    head, lines = required_proofs(whole)
    return (ONE_LIST if isinstance(whole, Proof) else head), lines


def _promised(matter: Matter) -> tuple[str, list[str]]:
    """What a letter replaces: the proofs of the case, else what the item lets promise (通知四)."""
    if matter.proofs:
        return (ONE_LIST if len(matter.proofs) == 1 else ALL_LIST), [name for name, _ in matter.proofs]
    return told_proofs(promisable(matter.item.tree))


def _proofs(matter: Matter) -> list[str]:
    return _promised(matter)[1]


def _proofs_and_methods(matter: Matter) -> list[str]:
    return [f"{name}（{method}）" for name, method in _proofs_methods(matter)]


def _methods(matter: Matter) -> str:
    return "、".join(dict.fromkeys(method for _, method in _proofs_methods(matter)))


def _proofs_methods(matter: Matter) -> list[tuple[str, str]]:
    """Each proof with its 核查方式: those of the case, else of the item under their circumstances."""
    whens = [
        (leaf.proof, f"【{'，'.join(leaf.when)}】" if leaf.when else "")
        for leaf in leaves(innermost(matter.item.tree))
    ]
    return list(matter.proofs) or [(f"{when}{proof.name}", proof.method.label) for proof, when in whens]


def _to_bring(matter: Matter) -> list[str]:
    return _required(matter)[1]


def _how_to_bring(matter: Matter) -> str:
    return _required(matter)[0]


def _required(matter: Matter) -> tuple[str, list[str]]:
    """What is to be brought where nothing is promised: of a case what its letter had replaced.

    One alternative was promised, but any of them may be brought: the group comes back as a whole.
    """
    if matter.proofs:
        return (
            told_proofs(_behind(matter.item.tree, matter.promised)) if matter.promised else _promised(matter)
        )
    return told_proofs(matter.item.tree)


def _behind(node: Node, promised: frozenset[str]) -> Node | None:
    """The parts of a tree in which a promised proof stands; 任选其一 and 按情形 are not taken apart."""
    if isinstance(node, Group) and node.kind is GroupKind.ALL:
        kept = tuple(part for child in node.nodes if (part := _behind(child, promised)) is not None)
        return node._replace(nodes=kept) if kept else None
    return node if any(leaf.proof.id in promised for leaf in leaves(node)) else None


def agent_may(matter: Matter) -> bool | None:
    """可否代为承诺: of a case as its 承诺书 says, else as the 清单 says; None where it is not decided."""
    if matter.case is not None:
        return _ticked(matter, "代为承诺勾选", "本人承诺勾选")
    return matter.item.agent.yes if matter.item.agent is not None else None


def contradicting(choice: Choice, matter: Matter) -> Fact | None:
    """The fact of 清单 or 台账 beside which a coded answer cannot stand; None where there is none."""
    return next((fact for fact in choice.unless if _FACTS[fact](matter)), None)


def _ticked(matter: Matter, yes: str, no: str) -> bool | None:
    """Which of a 二选一 is ticked in the registered 承诺书; None where neither is."""
    return next((box == yes for box in (yes, no) if matter.letter.get(box) == TICKED), None)


def _checking(matter: Matter) -> str:
    """How the promise is looked at afterwards, without saying two things of one proof (通知五（三）)."""
    exempt = Method.EXEMPT.label
    methods = list(dict.fromkeys(method for _, method in _proofs_methods(matter)))
    checked = "、".join(method for method in methods if method != exempt)
    if not checked:
        return "本事项免于逐件核查，但会日常监管"
    also = "；免于核查的证明不逐件核查，但会日常监管" if exempt in methods else ""
    return f"我们会核查承诺是否属实（本事项：{checked}{also}）"


def _agent_rule(matter: Matter) -> str:
    may = agent_may(matter)
    if may is None:
        return ""
    return BY_AGENT[0] if may else BY_APPLICANT[0]


def _disclosure_rule(matter: Matter) -> str:
    if matter.case is not None:
        public = _ticked(matter, "公开勾选", "不公开勾选")
        if public:
            return f"本承诺书将予公开，公开时限：{matter.letter.get('公开时限')}"
        return "" if public is None else NOT_PUBLIC[0]
    decision = matter.item.disclosure
    if decision is None:
        return ""
    if not decision.yes:
        return NOT_PUBLIC[0]
    return f"本承诺书将予公开，公开时限：{decision.period or '_' * 16}"


_OF_ITEM: Mapping[Source, Callable[[Matter], str]] = {
    Source.COUNTY: lambda m: m.catalog.county.name,
    Source.OFFICE_NAME: lambda m: m.catalog.office(m.item.office).name,
    Source.OFFICE_CONTACT: lambda m: contact_of(m.item, m.catalog.office(m.item.office)).person,
    Source.OFFICE_PHONE: lambda m: contact_of(m.item, m.catalog.office(m.item.office)).phone,
    Source.COMPLAINTS: lambda m: "；".join(f"{c.channel} {c.value}" for c in m.catalog.county.complaints),
    Source.MATTER: lambda m: m.case.matter if m.case is not None else m.item.matter,
    Source.PROOF_NAMES: _names,
    Source.METHODS: _methods,
    Source.CHECKING: _checking,
    Source.PROOFS_RULE: lambda m: _promised(m)[0],
    Source.HOW_TO_BRING: _how_to_bring,
    Source.AGENT_RULE: _agent_rule,
    Source.DISCLOSURE_RULE: _disclosure_rule,
}
_FACTS: Mapping[Fact, Callable[[Matter], bool]] = {
    Fact.LISTED: lambda m: in_force(m.item, m.catalog, m.today),
    Fact.AGENT_MAY: lambda m: agent_may(m) is True,
    Fact.NO_AGENT: lambda m: bool(m.applicant) and m.case is not None and not m.agent,
    Fact.AUTHORIZED: lambda m: bool(m.agent.get("text", "").strip()),
    Fact.SITE_ADDRESS: lambda m: bool(m.applicant.get("site_address", "").strip()),
    Fact.SIGNED: lambda m: m.case is not None and m.case.signed_on is not None,
}
_LISTS: Mapping[Source, Callable[[Matter], list[str]]] = {
    Source.PROOFS: _proofs,
    Source.PROOFS_METHODS: _proofs_and_methods,
    Source.PROOFS_TO_BRING: _to_bring,
    Source.NUMBER_LINE: lambda m: [m.case.official_number] if m.case is not None else [],
}
# whether of the agent, and the key of the sealed row
_OF_PERSON = {
    Source.APPLICANT_NAME: (False, "name"),
    Source.APPLICANT_ID_TYPE: (False, "id_type"),
    Source.APPLICANT_ID_NUMBER: (False, "number"),
    Source.APPLICANT_ID_MASKED: (False, "number"),
    Source.APPLICANT_PHONE: (False, "phone"),
    Source.APPLICANT_CONTACT: (False, "contact"),
    Source.APPLICANT_ADDRESS: (False, "address"),
    Source.SITE_ADDRESS: (False, "site_address"),
    Source.AGENT_NAME: (True, "name"),
    Source.AGENT_ID_TYPE: (True, "id_type"),
    Source.AGENT_ID_NUMBER: (True, "number"),
    Source.AGENT_PHONE: (True, "phone"),
    Source.AUTHORIZATION: (True, "text"),
}
