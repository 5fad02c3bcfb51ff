"""An item as cells of a wide sheet, and back: how offices keep their part of the 清单 (通知五（一）).

One cell holds one key of the item. Parts of a value stand between ｜, several values on several lines,
what belongs to one proof only behind its id and ：; a line break within a value is ↵. ``entry_of`` gives
the entry as the YAML has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from gaozhi_cli.domain.catalog import (
    EXCLUDED_AREAS,
    Assessment,
    Basis,
    Catalog,
    Decision,
    Frequency,
    Item,
    Judgement,
    Proof,
    asked,
)
from gaozhi_cli.domain.check_plan import CheckPlan
from gaozhi_cli.domain.materials import Material
from gaozhi_cli.domain.outline import outline
from gaozhi_cli.domain.vocabulary import CheckStage, CountedFrom, HandlingChannel, Method, Trigger, Word
from gaozhi_cli.domain.workdays import parse_day

BAR = "｜"
BREAK = "↵"
PROOF_ID = re.compile(r"([a-z][a-z0-9]*-[a-z0-9-]+\.[a-z0-9.]+)\s*[：:]", re.IGNORECASE)
BASIS_PARTS = ("law", "version", "article", "paragraph", "subparagraph", "text", "source")
ONE_VALUE = ("issuer", "standard", "assessment")
PLAN_PARTS = ("period", "since", "source", "method", "from", "stage", "persons", "standard")
ASSESSMENT_PARTS = ("excluded", "area", "ground", "assessor", "date")


class Fault(NamedTuple):
    """A cell that cannot be read: its key and what is wrong."""

    key: str
    message: str


def printed_cells(item: Item, catalog: Catalog) -> tuple[str, str, str, str, str]:
    """The five printed columns of 附件1: as printed, else composed from the structure."""
    printed = item.printed
    if printed is not None:
        return item.no, printed.office, printed.matter, printed.proofs, printed.method
    methods = " ".join(method.label for method in item.methods)
    return item.no, catalog.office(item.office).name, item.matter, asked(item.tree), methods


def cells_of(item: Item, catalog: Catalog) -> dict[str, str]:
    """Every cell of an item under the keys of the wide sheet; empty where nothing is known."""
    no, office, matter, proofs, method = printed_cells(item, catalog)
    disclosure = item.disclosure
    return {
        "id": item.id,
        "no": no,
        "office": office,
        "matter": matter,
        "proofs": proofs,
        "method": method,
        "tree": outline(item.tree),
        "code": item.code,
        "duty": item.duty,
        "field": item.field,
        "frequency": _frequency(item.frequency),
        "difficulty": _judgement(item.difficulty),
        "risk": _judgement(item.risk),
        "channels": "、".join(channel.label for channel in item.channels),
        "basis": _by_proof(item, item.basis, lambda p: p.basis, _basis),
        "content": _by_proof(item, item.content, lambda p: p.content, _one_line),
        "issuer": _by_proof(item, (), lambda p: _one(p.issuer, p.issuer_source), str),
        "standard": _by_proof(item, (), lambda p: (p.standard,) if p.standard else (), _one_line),
        "period": _by_proof(item, item.plans, lambda p: p.plans, _plan),
        "assessment": _by_proof(item, (), lambda p: (p.assessment,) if p.assessment else (), _assessment),
        "agent": _agent(item.agent),
        "disclosure": _bars("公开" if disclosure.yes else "不公开", disclosure.source) if disclosure else "",
        "disclosure_period": disclosure.period if disclosure else "",
        "triggers": "、".join(trigger.label for trigger in item.triggers),
        "contact_person": item.contact.person,
        "contact_phone": item.contact.phone,
        "materials": "\n".join(_material(material) for material in item.materials),
        "replaces": "、".join(item.replaces),
        "valid_from": item.valid_from.isoformat() if item.valid_from else "",
        "valid_until": item.valid_until.isoformat() if item.valid_until else "",
    }


def _bars(*parts: str) -> str:
    """Parts between ｜; a part's own ｜ becomes |, and empty ones at the end go."""
    return BAR.join(_one_line(part.replace(BAR, "|")) for part in parts).rstrip(BAR)


def _one_line(text: str) -> str:
    """A value on one line: its own line breaks as ↵."""
    return BREAK.join(text.splitlines())


def _one(*parts: str) -> tuple[str, ...]:
    return (_bars(*parts),) if parts[0] else ()


def _frequency(frequency: Frequency | None) -> str:
    return _bars(str(frequency.cases), frequency.year, frequency.source) if frequency else ""


def _judgement(judgement: Judgement | None) -> str:
    return _bars(judgement.level.label, judgement.source) if judgement else ""


def _agent(agent: Decision | None) -> str:
    if agent is None:
        return ""
    guardian = {None: "", True: "法定监护人可以", False: "法定监护人不可以"}[agent.guardian]
    return _bars("可以" if agent.yes else "不可以", guardian, agent.source)


def _basis(basis: Basis) -> str:
    return BAR.join(_one_line(getattr(basis, part).replace(BAR, "|")) for part in BASIS_PARTS)


def _plan(plan: CheckPlan) -> str:
    """The three parts of old, and only where there is more to say the others behind them."""
    begins = plan.counted_from
    return _bars(
        str(plan.period or ""),
        plan.since.isoformat(),
        plan.source,
        plan.method.label if plan.method else "",
        begins.label if begins is not CountedFrom.ACCEPTED else "",
        plan.stage.label if plan.stage else "",
        str(plan.persons or ""),
        plan.standard,
    )


def _material(material: Material) -> str:
    days = (day.isoformat() if day else "" for day in (material.since, material.until))
    return _bars(material.name, material.source, *days)


def _assessment(assessment: Assessment) -> str:
    told = "不适用告知承诺" if assessment.excluded else "可以适用"
    return _bars(told, assessment.area, assessment.ground, assessment.assessor, assessment.day.isoformat())


def _by_proof(
    item: Item,
    common: tuple[Any, ...],
    of: Callable[[Proof], tuple[Any, ...]],
    told: Callable[[Any], str],
) -> str:
    """Lines common to all proofs, then those of single proofs behind their id."""
    each = [(proof.id, tuple(told(value) for value in of(proof))) for proof in item.proofs]
    lines = [told(value) for value in common]
    same = {values for _, values in each}
    if len(same) == 1 and not common:
        return "\n".join(each[0][1])
    lines += [f"{id_}：{value}" for id_, values in each for value in values]
    return "\n".join(lines)


def entry_of(
    cells: Mapping[str, str], proof_ids: set[str], fields: Collection[str] = ()
) -> tuple[dict[str, Any], list[Fault]]:
    """The filled cells of an item as a YAML entry (without its structure), and what cannot be read.

    ``fields``: the 领域 that the county knows.
    """
    entry: dict[str, Any] = {}
    details: dict[str, dict[str, Any]] = {}
    faults: list[Fault] = []
    for key in ("code", "duty"):
        if cells.get(key):
            entry[key] = cells[key]
    _read_single(cells, entry, faults, fields)
    for key, read in READERS.items():
        if cells.get(key):
            value = read(cells[key].replace(BREAK, "\n"))
            if isinstance(value, str):
                faults.append(Fault(key, value))
            else:
                entry[key] = value
    _read_disclosure(cells, entry, faults)
    _read_materials(cells.get("materials", ""), entry, faults)
    contact = {name: cells.get(f"contact_{name}", "") for name in ("person", "phone")}
    if any(contact.values()):
        entry["contact"] = {name: value for name, value in contact.items() if value}
    for key, read_line in LINES.items():
        _read_lines(key, cells.get(key, ""), read_line, proof_ids, entry, details, faults)
    if details:
        entry["proof_details"] = {id_: details[id_] for id_ in sorted(details)}
    return entry, faults


def _read_single(
    cells: Mapping[str, str], entry: dict[str, Any], faults: list[Fault], fields: Collection[str]
) -> None:
    """领域, 办理渠道, 取代 and the dates."""
    field = cells.get("field", "")
    if field and fields and field not in fields:
        faults.append(Fault("field", f"没有领域“{field}”，可用：{'、'.join(fields)}"))
    elif field:
        entry["field"] = field
    if cells.get("channels"):
        entry["channels"] = _words(cells["channels"], HandlingChannel, "channels", faults)
    if cells.get("replaces"):
        entry["replaces"] = _listed(cells["replaces"])
    for key in ("valid_from", "valid_until"):
        if cells.get(key):
            try:
                entry[key] = parse_day(cells[key]).isoformat()
            except ValueError as error:
                faults.append(Fault(key, str(error)))
    if entry.get("valid_from", "") > entry.get("valid_until", "9"):
        faults.append(Fault("valid_until", "停止日期早于施行日期"))


def _words(text: str, words: type[Word], key: str, faults: list[Fault]) -> list[str]:
    """Labels of a closed list, each one known."""
    listed = _listed(text)
    known = {word.label for word in words}
    wrong = [label for label in listed if label not in known]
    if wrong:
        faults.append(Fault(key, f"不认识“{'、'.join(wrong)}”，可用：{'、'.join(sorted(known))}"))
    return [label for label in listed if label in known]


def _listed(text: str) -> list[str]:
    parts = text.replace("，", "、").replace(",", "、").replace("；", "、").split("、")
    return [part.strip() for part in parts if part.strip()]


def _parts(text: str, most: int, loose: bool = False) -> list[str]:
    """The parts of a value between ｜; with ``loose`` a value without any may have | instead."""
    bar = "|" if loose and BAR not in text else BAR
    parts = [part.strip() for part in text.split(bar, most - 1)]
    return [*parts, *[""] * (most - len(parts))]


def _read_frequency(text: str) -> dict[str, str] | str:
    count, year, source = _parts(text, 3, loose=True)
    if not re.fullmatch(r"[1-9][0-9]{0,8}", count) or not (year and source):
        return "频次写作“一年件数｜年份｜数据来源”，如 120｜2025｜窗口统计"
    return {"count": count, "year": year, "source": source}


def _read_judgement(text: str) -> dict[str, str] | str:
    level, source = _parts(text, 2, loose=True)
    if level not in ("低", "中", "高") or not source:
        return "写作“低、中、高之一｜理由或出处”，如 高｜需要到外地开具"
    return {"level": level, "source": source}


def _read_agent(text: str) -> dict[str, str] | str:
    allowed, guardian, source = _parts(text, 3, loose=True)
    known = {"可以": "是", "可": "是", "是": "是", "不可以": "否", "不可": "否", "否": "否"}
    guardians = {f"{who}{word}": yes for who in ("", "法定监护人") for word, yes in known.items()}
    if guardian and guardian not in guardians and not source:
        guardian, source = "", guardian  # two parts: nothing said of guardians
    if allowed not in known or (guardian and guardian not in guardians):
        told = "代为承诺写作“可以或不可以｜法定监护人可以（或不可以，可空）｜出处”"
        return f"{told}，如 可以｜法定监护人不可以｜本县规定"
    entry = {"allowed": known[allowed]}
    if guardian:
        entry["guardian"] = guardians[guardian]
    return entry | ({"source": source} if source else {})


READERS: dict[str, Callable[[str], dict[str, str] | str]] = {
    "frequency": _read_frequency,
    "difficulty": _read_judgement,
    "risk": _read_judgement,
    "agent": _read_agent,
}


def _read_disclosure(cells: Mapping[str, str], entry: dict[str, Any], faults: list[Fault]) -> None:
    """公开 from its three cells: yes or no with its source, the period, the triggers."""
    told = cells.get("disclosure", "")
    if not told:
        if cells.get("disclosure_period") or cells.get("triggers"):
            faults.append(Fault("disclosure", "写了公开时限或公开情形，而没有写公开还是不公开"))
        return
    public, source = _parts(told.replace(BREAK, "\n"), 2)
    if public not in ("公开", "不公开", "是", "否"):
        faults.append(Fault("disclosure", "写作“公开或不公开｜出处”"))
        return
    entry["disclosure"] = {"public": "是" if public in ("公开", "是") else "否"}
    if cells.get("disclosure_period"):
        entry["disclosure"]["period"] = cells["disclosure_period"]
    if cells.get("triggers"):
        entry["disclosure"]["triggers"] = _words(cells["triggers"], Trigger, "triggers", faults)
    if source:
        entry["disclosure"]["source"] = source


def _read_materials(cell: str, entry: dict[str, Any], faults: list[Fault]) -> None:
    """其他材料, one a line."""
    for line in filter(None, (line.strip() for line in cell.splitlines())):
        name, source, *days = _parts(line.replace(BREAK, "\n"), 4, loose=True)
        read = [_day(one) if one else "" for one in days]
        if not (name and source) or None in read:
            faults.append(Fault("materials", "其他材料写作“名称｜出处｜起用日期｜停止日期”，日期可空"))
            continue
        dated = {key: one for key, one in zip(("since", "until"), read, strict=True) if one}
        entry.setdefault("materials", []).append({"name": name, "source": source, **dated})


def _line_basis(text: str) -> dict[str, str] | str:
    values = dict(zip(BASIS_PARTS, _parts(text, len(BASIS_PARTS)), strict=True))
    if not all(values[key] for key in ("law", "article", "text", "source")):
        return "设定依据一行一条，写作“法规名称｜版本｜条｜款｜项｜原文｜来源”，版本、款、项可空"
    return {key: value for key, value in values.items() if value}


def _line_period(text: str) -> dict[str, str] | str:
    values = dict(zip(PLAN_PARTS, _parts(text, len(PLAN_PARTS), loose=True), strict=True))
    day = _day(values["since"])
    if day is None or not values["source"] or not _some_plan(values):
        return (
            "核查期限写作“工作日天数｜起用日期｜出处”，如 10｜2026-01-01｜本县决定；"
            "后面可以再写“｜核查方式｜自受理或办结起算｜办结前或办结后｜人数｜核查标准”"
        )
    values["since"] = day
    for key in ("period", "persons"):
        values[key] = str(int(values[key])) if values[key] else ""
    return {key: value for key, value in values.items() if value}


def _some_plan(values: Mapping[str, str]) -> bool:
    """Whether the parts are days, words and numbers as the YAML takes them, and say something."""
    words = (("method", Method), ("from", CountedFrom), ("stage", CheckStage))
    fitting = [values[key] in ("", *(word.label for word in kinds)) for key, kinds in words]
    for key, most in (("period", 9999), ("persons", 99)):
        said = values[key]
        fitting.append(not said or (said.isdecimal() and 0 < int(said[:9]) <= most))
    return all(fitting) and any(values[key] for key in PLAN_PARTS if key not in ("since", "source", "from"))


def _line_assessment(text: str) -> dict[str, str] | str:
    values = dict(zip(ASSESSMENT_PARTS, _parts(text, len(ASSESSMENT_PARTS)), strict=True))
    known = {"不适用告知承诺": "是", "可以适用": "否"}
    day, areas = _day(values["date"]), "、".join(EXCLUDED_AREAS)
    if values["excluded"] not in known or not all(values.values()) or day is None:
        return f"评估写作“可以适用（或不适用告知承诺）｜领域｜理由｜评估人｜日期”，领域可用：{areas}"
    if values["area"] not in EXCLUDED_AREAS:
        return f"没有领域“{values['area']}”（通知四），可用：{areas}"
    return values | {"excluded": known[values["excluded"]], "date": day}


def _day(text: str) -> str | None:
    try:
        return parse_day(text).isoformat()
    except ValueError:
        return None


def _line_issuer(text: str) -> dict[str, str] | str:
    issuer, source = _parts(text, 2)
    return {"issuer": issuer, "issuer_source": source} if source else {"issuer": issuer}


LINES: dict[str, Callable[[str], dict[str, str] | str]] = {
    "basis": _line_basis,
    "content": lambda text: {"text": text},
    "issuer": _line_issuer,
    "standard": lambda text: {"text": text},
    "period": _line_period,
    "assessment": _line_assessment,
}


def _read_lines(
    key: str,
    cell: str,
    read: Callable[[str], dict[str, str] | str],
    proof_ids: set[str],
    entry: dict[str, Any],
    details: dict[str, dict[str, Any]],
    faults: list[Fault],
) -> None:
    """The lines of a cell into the item's entry, or into the details of the proof they name."""
    seen: set[str] = set()
    for line in filter(None, (line.strip() for line in cell.splitlines())):
        named = PROOF_ID.match(line)
        id_ = named[1].lower() if named else ""
        if id_ and id_ not in proof_ids:
            faults.append(Fault(key, f"这一项没有证明“{id_}”，有：{'、'.join(sorted(proof_ids))}"))
            continue
        text = (line[named.end() :].strip() if named else line).replace(BREAK, "\n")
        value = read(text)
        if isinstance(value, str):
            faults.append(Fault(key, value))
            continue
        if key in ONE_VALUE and id_ in seen:
            faults.append(
                Fault(key, f"{id_ or '这一项'}写了不止一行，只能写一行；分开写的，每行前面写证明代号和冒号")
            )
            continue
        seen.add(id_)
        into = details.setdefault(id_, {}) if id_ else entry
        if key in ("basis", "content", "period"):
            name = "verification" if key == "period" else key
            into.setdefault(name, []).append(value["text"] if key == "content" else value)
        elif key == "standard":
            into["standard"] = value["text"]
        elif key == "assessment":
            into["assessment"] = value
        else:
            into.update(value)
