"""What ``catalog list`` and ``catalog show`` say of items. Imports no typer: the fast path runs it alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.errors import problem_row
from gaozhi_cli.domain.catalog import Basis, Catalog, Item, Leaf, asked, in_force, leaves
from gaozhi_cli.domain.check_plan import CheckPlan, counted
from gaozhi_cli.domain.lookup import search as rank
from gaozhi_cli.domain.materials import Material, materials_on
from gaozhi_cli.domain.planning import plan_for
from gaozhi_cli.domain.problem import UsageFault
from gaozhi_cli.domain.readiness import contact_of, missing
from gaozhi_cli.domain.vocabulary import Method, labels, parse_word
from gaozhi_cli.rendering.formats import Column

LIST = (
    Column("id", "事项", table=False),
    Column("no", "序号"),
    Column("office", "单位代号", table=False),
    Column("office_name", "承办单位", table=False),
    Column("office_called", "承办单位", machine=False),
    Column("matter", "行政事项名称"),
    Column("proofs", "实行告知承诺制的证明事项", table=False),
    Column("asked", "实行告知承诺制的证明事项", machine=False),
    Column("methods", "核查方式代码", table=False),
    Column("method_labels", "核查方式"),
)


SHOW = (
    *LIST,
    Column("basis", "设定依据"),
    Column("content", "证明内容"),
    Column("agent_allowed", "代为承诺"),
    Column("guardian_allowed", "法定监护人"),
    Column("disclosure", "是否公开"),
    Column("triggers", "公开情形"),
    Column("period", "核查期限"),
    Column("standard", "核查标准"),
    Column("issuer", "开具单位"),
    Column("assessment", "适用评估"),
    Column("contact", "联系人"),
    Column("code", "事项编码"),
    Column("duty", "权责清单"),
    Column("field", "领域"),
    Column("frequency", "频次"),
    Column("difficulty", "获取难度"),
    Column("risk", "风险等级"),
    Column("channels", "办理渠道"),
    Column("materials", "其他材料"),
    Column("replaces", "取代"),
    Column("sanctions", "法律规定的处理"),
    Column("valid_from", "施行日期"),
    Column("valid_until", "停止日期"),
    Column("reading", "整理时的解读"),
    Column("version", "清单版本"),
    Column("missing", "还缺"),
)


def list_items(desk: Desk, dept: str | None, method: str | None, search: str | None) -> None:
    """Items in force on the day, by office, 核查方式 and words."""
    catalog = desk.catalog
    if desk.today < catalog.effective:
        desk.say(f"{desk.today} 没有生效的事项：清单 {catalog.version} 自 {catalog.effective} 起用")
    office = desk.office(dept) if dept is not None else None
    wanted = _method(method) if method else None
    if search:
        items: Iterable[Item] = rank(catalog, search, desk.today)
    else:
        items = catalog.items if office is None else catalog.items.of_office(office.code)
    items = [
        item
        for item in items
        if in_force(item, catalog, desk.today)
        and (office is None or item.office == office.code)
        and (wanted is None or wanted in item.methods)
    ]
    if search and not items:
        desk.say(f"没有事项含有“{search}”；换几个字试试，拼音、首字母、单位名称都可以")
    desk.show((item_row(item, catalog) for item in items), LIST)


def show_item(desk: Desk, item: str) -> None:
    """One item: everything known and everything missing."""
    found, catalog = desk.item(item), desk.catalog
    bases = list(dict.fromkeys([*found.basis, *(b for p in found.proofs for b in p.basis)]))
    contents = dict.fromkeys([*found.content, *(line for p in found.proofs for line in p.content)])
    gaps = missing(found, catalog, desk.today)
    row = item_row(found, catalog) | {
        "basis": [_basis(basis) for basis in bases],
        "content": list(contents),
        "agent_allowed": found.agent.yes if found.agent else None,
        "disclosure": _disclosure(found),
        "period": _periods(found, desk),
        "standard": [f"{p.id} {p.standard}" for p in found.proofs if p.standard],
        **_filled_in(found, catalog, desk.today),
        "reading": found.reading,
        "version": f"{catalog.version}（{catalog.source}）",
        "missing": [problem_row(gap) for gap in gaps],
    }
    if desk.settings.format == "table":
        row |= {
            "asked": [_proof_line(leaf) for leaf in leaves(found.tree)],
            "basis": [f"{b['text']}（《{b['law']}》{b['place']}）" for b in row["basis"]],
            "missing": [f"{gap.message}（{gap.clause}）" for gap in gaps],
            "agent_allowed": {True: "可以", False: "不可以", None: "未填写"}[row["agent_allowed"]],
            "guardian_allowed": {True: "可以", False: "不可以", None: None}[row["guardian_allowed"]],
            "disclosure": row["disclosure"] or "未填写",
            "materials": [f"{one['name']}（{one['source']}）" for one in row["materials"]] or "未填写",
            "period": row["period"] or "未定期限" if any_checked(found) else "免于核查，不设期限",
        }
    desk.show_one(row, SHOW)


def _filled_in(item: Item, catalog: Catalog, day: date) -> dict[str, Any]:
    """What the county has added to the printed row, in the words of the wide sheet; None where nothing."""
    from gaozhi_cli.domain.cells import cells_of

    cells = cells_of(item, catalog)
    contact = contact_of(item, catalog.office(item.office))
    single = ("code", "duty", "field", "frequency", "difficulty", "risk", "valid_from", "valid_until")
    return {
        "guardian_allowed": item.agent.guardian if item.agent else None,
        "triggers": [trigger.label for trigger in item.triggers],
        "channels": [channel.label for channel in item.channels],
        "replaces": list(item.replaces),
        "materials": [_material(one) for one in materials_on(item.materials, day)],
        "sanctions": [
            f"{one.measure.label}（{'、'.join(f.label for f in one.findings)}）：{one.text}，"
            f"《{one.law}》{one.place}，{one.since} 起"
            for one in item.sanctions
        ],
        "issuer": cells["issuer"].splitlines(),
        "assessment": cells["assessment"].splitlines(),
        "contact": " ".join(filter(None, contact)) or None,
        **{key: cells[key] or None for key in single},
    }


def item_row(item: Item, catalog: Catalog) -> dict[str, Any]:
    """An item as a row of the listing."""
    return {
        "id": item.id,
        "no": item.no,
        "office": item.office,
        "office_name": catalog.office(item.office).name,
        "office_called": catalog.office(item.office).called,
        "matter": item.matter,
        "proofs": [
            {
                "id": leaf.proof.id,
                "name": leaf.proof.name,
                "method": leaf.proof.method.value,
                "label": leaf.proof.method.label,
                "group": leaf.group.value,
                "when": "；".join(leaf.when) or None,
                "issuer": leaf.proof.issuer or None,
            }
            for leaf in leaves(item.tree)
        ],
        "asked": asked(item.tree),
        "methods": [method.value for method in item.methods],
        "method_labels": "、".join(method.label for method in item.methods),
    }


def any_checked(item: Item) -> bool:
    """Whether any proof of an item is checked case by case."""
    return any(method is not Method.EXEMPT for method in item.methods)


def _method(text: str) -> Method:
    method = parse_word(Method, {"线上核查": "在线核查"}.get(text, text))
    if method is None:
        raise UsageFault(f"--method 不认识“{text}”，可用：{labels(Method)} 或 online|onsite|exempt")
    return method


def _basis(basis: Basis) -> dict[str, str]:
    names = ("law", "version", "article", "paragraph", "subparagraph", "text", "source")
    return {name: getattr(basis, name) for name in names} | {"place": basis.place}


def _material(one: Material) -> dict[str, str | None]:
    days = {"since": one.since, "until": one.until}
    told = {key: day.isoformat() if day else None for key, day in days.items()}
    return {"name": one.name, "source": one.source, **told}


def _disclosure(item: Item) -> str | None:
    decision = item.disclosure
    if decision is None:
        return None
    return f"公开，{decision.period or '时限未填'}" if decision.yes else "不公开"


def _periods(item: Item, desk: Desk) -> list[str]:
    told = []
    for proof in item.proofs:
        plan = plan_for(proof, item, desk.catalog, desk.today)
        how = f"改为{plan.method.label}，" if plan.method and plan.method is not proof.method else ""
        if plan.period is not None:
            told.append(f"{proof.id} {how}{counted(plan)}{_more(plan)}（{plan.source}）")
        elif how:
            told.append(f"{proof.id} {how.rstrip('，')}（{plan.source}）")
    return told


def _more(plan: CheckPlan) -> str:
    stage = f"，{plan.stage.label}核查" if plan.stage else ""
    return f"{stage}，不少于 {plan.persons} 人" if plan.persons else stage


def _proof_line(leaf: Leaf) -> str:
    when = f"【{'；'.join(leaf.when)}】" if leaf.when else ""
    group = {"any": "任选其一", "by circumstance": "按情形"}.get(leaf.group.value, "")
    parts = [p for p in (leaf.proof.method.label, group) if p]
    return f"{leaf.proof.id} {when}{leaf.proof.name}（{'，'.join(parts)}）"
