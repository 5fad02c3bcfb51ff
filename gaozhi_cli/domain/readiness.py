"""What the office has still to fill in: for a complete letter and a plan of checks (附件2, 通知五（三）)."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.catalog import Catalog, Item, in_force
from gaozhi_cli.domain.county import Contact, Office
from gaozhi_cli.domain.materials import materials_on
from gaozhi_cli.domain.planning import plan_for, unplanned
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.vocabulary import Method


def missing(item: Item, catalog: Catalog, day: date) -> list[Problem]:
    """What the office has still to fill in for a complete letter and plan of verification."""
    office = catalog.office(item.office)
    gaps: list[Problem] = []

    def gap(code: str, message: str, clause: str) -> None:
        gaps.append(Problem(code, message, clause, code))

    if not all(proof.basis or item.basis for proof in item.proofs):
        gap("basis", "未填设定证明的依据", "附件2 二（三）")
    if not all(proof.content or item.content for proof in item.proofs):
        gap("content", "未填证明的内容", "附件2 二（四）")
    if item.agent is None:
        gap("agent", "未定可否代为承诺（本县默认不接受，并非法律规定）", "附件2 二（五）")
    if item.disclosure is None:
        gap("disclosure", "未定承诺书是否公开", "附件2 二（八）")
    contact = contact_of(item, office)
    if not contact.person:
        gap("contact_person", "未填行政机关联系人", "附件2 一（三）")
    if not contact.phone:
        gap("contact_phone", "未填行政机关联系方式", "附件2 一（三）")
    if not catalog.county.complaints:
        gap("complaints", "未填投诉举报方式", "通知五（六）")
    plans = [plan_for(proof, item, catalog, day) for proof in item.proofs]
    if any(map(unplanned, plans)):
        gap("period", "未定核查期限", "通知五（三）")
    if not all(plan.standard for plan in plans if plan.method is not Method.EXEMPT):
        gap("standard", "未定核查标准", "通知五（三）")
    if not all(proof.issuer for proof in item.proofs):
        gap("issuer", "未填证明的开具单位", "通知四")
    if not materials_on(item.materials, day):
        gap("materials", "未填其他申请材料", "规程四（一）")
    return gaps


def contact_of(item: Item, office: Office) -> Contact:
    """The item's own contact where given, each half else the office's."""
    return Contact(item.contact.person or office.contact.person, item.contact.phone or office.contact.phone)


# what ``missing`` may name, with the words of the columns in which offices are counted
GAPS = {
    "basis": "设定依据",
    "content": "证明内容",
    "agent": "代为承诺",
    "disclosure": "公开",
    "contact_person": "联系人",
    "contact_phone": "联系方式",
    "complaints": "投诉举报",
    "period": "核查期限",
    "standard": "核查标准",
    "issuer": "开具单位",
    "materials": "其他材料",
}


SHORT = {
    "basis": "依据",
    "content": "内容",
    "agent": "代为",
    "disclosure": "公开",
    "contact_person": "联系人",
    "contact_phone": "电话",
    "complaints": "投诉",
    "period": "期限",
    "standard": "标准",
    "issuer": "开具",
    "materials": "材料",
}


class Readiness(NamedTuple):
    """How far an office has come: its items in force, those without a gap, the gaps counted by kind."""

    office: Office
    items: int
    ready: int
    gaps: dict[str, int]


def readiness(catalog: Catalog, day: date, office: str | None = None) -> list[Readiness]:
    """How many letters each office could issue whole, and what the others lack (通知五（一）、（三）)."""
    found: dict[str, list[list[Problem]]] = {}
    for item in catalog.items if office is None else catalog.items.of_office(office):
        if in_force(item, catalog, day):
            found.setdefault(item.office, []).append(missing(item, catalog, day))
    rows = []
    for each in catalog.offices:
        gaps = found.get(each.code, [])
        counted = {code: sum(any(gap.code == code for gap in item) for item in gaps) for code in GAPS}
        if gaps:
            rows.append(Readiness(each, len(gaps), sum(not item for item in gaps), counted))
    return rows
