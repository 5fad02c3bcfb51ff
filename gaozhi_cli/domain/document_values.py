"""文书里程序已知的内容: what the 清单, the county's settings and the 台账 say under each source.

Nothing is guessed: what is not known is empty, and ``documents`` decides what follows from that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from gaozhi_cli.domain.catalog import Catalog, Item, asked, leaves
from gaozhi_cli.domain.commitment import Commitment
from gaozhi_cli.domain.document_kinds import Source
from gaozhi_cli.domain.guide import BY_AGENT, BY_APPLICANT, NOT_PUBLIC, required_proofs
from gaozhi_cli.domain.publication import masked_number
from gaozhi_cli.domain.readiness import contact_of
from gaozhi_cli.domain.vocabulary import IdType, SubjectKind

NOBODY: Mapping[str, str] = MappingProxyType({})


class Matter(NamedTuple):
    """What a document is about: an item, and of a registered case its state, proofs and people."""

    item: Item
    catalog: Catalog
    today: date
    case: Commitment | None = None
    proofs: tuple[tuple[str, str], ...] = ()  # name and 核查方式 of each proof that the case replaces
    applicant: Mapping[str, str] = NOBODY
    agent: Mapping[str, str] = NOBODY


def known_lines(source: Source, matter: Matter) -> tuple[str, ...]:
    """What the program knows under a source, line by line; nothing where it does not."""
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
    }[source]
    return chinese_date(date.fromisoformat(day)) if day else ""


def chinese_date(day: date) -> str:
    """2026年11月24日 (GB/T 9704: Arabic digits without leading zeros)."""
    return f"{day.year}年{day.month}月{day.day}日"


def _names(matter: Matter) -> str:
    return "；".join(name for name, _ in matter.proofs) or asked(matter.item.tree)


def _proofs(matter: Matter) -> list[str]:
    return [name for name, _ in _proofs_methods(matter)]


def _proofs_and_methods(matter: Matter) -> list[str]:
    return [f"{name}（{method}）" for name, method in _proofs_methods(matter)]


def _methods(matter: Matter) -> str:
    return "、".join(dict.fromkeys(method for _, method in _proofs_methods(matter)))


def _proofs_methods(matter: Matter) -> list[tuple[str, str]]:
    """Each proof with its 核查方式: those of the case, else of the item under their circumstances."""
    whens = [
        (leaf.proof, f"【{'，'.join(leaf.when)}】" if leaf.when else "") for leaf in leaves(matter.item.tree)
    ]
    return list(matter.proofs) or [(f"{when}{proof.name}", proof.method.label) for proof, when in whens]


def _to_bring(matter: Matter) -> list[str]:
    return [name for name, _ in matter.proofs] or required_proofs(matter.item.tree)[1]


def _how_to_bring(matter: Matter) -> str:
    if matter.proofs:
        return "应当提交下列证明：" if len(matter.proofs) == 1 else "下列证明均须提交："
    return required_proofs(matter.item.tree)[0]


def _agent_rule(matter: Matter) -> str:
    decision = matter.item.agent
    if decision is None:
        return ""
    return BY_AGENT[0] if decision.yes else BY_APPLICANT[0]


def _disclosure_rule(matter: Matter) -> str:
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
    Source.HOW_TO_BRING: _how_to_bring,
    Source.AGENT_RULE: _agent_rule,
    Source.DISCLOSURE_RULE: _disclosure_rule,
}
_LISTS = {
    Source.PROOFS: _proofs,
    Source.PROOFS_METHODS: _proofs_and_methods,
    Source.PROOFS_TO_BRING: _to_bring,
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
