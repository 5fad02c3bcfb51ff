"""An item as cells of a wide sheet, and back: how offices keep their part of the 清单 (通知五（一）).

One cell holds one key of the item. Parts of a value stand between ｜, several values on several lines,
what belongs to one proof only behind its id and ：. ``entry_of`` gives the entry as the YAML has it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from gaozhi_cli.domain.catalog import (
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
from gaozhi_cli.domain.outline import outline
from gaozhi_cli.domain.parameters import Dated

BAR = "｜"
BASIS_PARTS = ("law", "version", "article", "paragraph", "subparagraph", "text", "source")
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
        "content": _by_proof(item, item.content, lambda p: p.content, str),
        "issuer": _by_proof(item, (), lambda p: _one(p.issuer, p.issuer_source), str),
        "standard": _by_proof(item, (), lambda p: (p.standard,) if p.standard else (), str),
        "period": _by_proof(item, item.periods, lambda p: p.periods, _period),
        "assessment": _by_proof(item, (), lambda p: (p.assessment,) if p.assessment else (), _assessment),
        "agent": _agent(item.agent),
        "disclosure": _bars("公开" if disclosure.yes else "不公开", disclosure.source) if disclosure else "",
        "disclosure_period": disclosure.period if disclosure else "",
        "triggers": "、".join(trigger.label for trigger in item.triggers),
        "contact_person": item.contact.person,
        "contact_phone": item.contact.phone,
        "replaces": "、".join(item.replaces),
        "valid_from": item.valid_from.isoformat() if item.valid_from else "",
        "valid_until": item.valid_until.isoformat() if item.valid_until else "",
    }


def _bars(*parts: str) -> str:
    """Parts between ｜; a part's own ｜ becomes |, line breaks blanks, and empty ones at the end go."""
    text = BAR.join(" ".join(part.split("\n")).replace(BAR, "|") for part in parts)
    return text.rstrip(BAR)


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
    return BAR.join(getattr(basis, part).replace(BAR, "|") for part in BASIS_PARTS)


def _period(period: Dated) -> str:
    return _bars(period.value, period.since.isoformat(), period.source)


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


def entry_of(cells: Mapping[str, str], proof_ids: set[str]) -> tuple[dict[str, Any], list[Fault]]:
    """The filled cells of an item as a YAML entry (without its structure), and what cannot be read."""
    entry: dict[str, Any] = {}
    details: dict[str, dict[str, Any]] = {}
    faults: list[Fault] = []
    for key in ("code", "duty", "field", "valid_from", "valid_until"):
        if cells.get(key):
            entry[key] = cells[key]
    for key in ("channels", "replaces"):
        if cells.get(key):
            entry[key] = _listed(cells[key])
    for key, read in READERS.items():
        if cells.get(key):
            value = read(cells[key])
            if isinstance(value, str):
                faults.append(Fault(key, value))
            else:
                entry[key] = value
    _read_disclosure(cells, entry, faults)
    contact = {name: cells.get(f"contact_{name}", "") for name in ("person", "phone")}
    if any(contact.values()):
        entry["contact"] = {name: value for name, value in contact.items() if value}
    for key, read_line in LINES.items():
        _read_lines(key, cells.get(key, ""), read_line, proof_ids, entry, details, faults)
    if details:
        entry["proof_details"] = {id_: details[id_] for id_ in sorted(details)}
    return entry, faults


def _listed(text: str) -> list[str]:
    return [part for part in text.replace("，", "、").replace(",", "、").split("、") if part.strip()]


def _parts(text: str, most: int) -> list[str]:
    parts = [part.strip() for part in text.replace("|", BAR).split(BAR, most - 1)]
    return [*parts, *[""] * (most - len(parts))]


def _read_frequency(text: str) -> dict[str, str] | str:
    count, year, source = _parts(text, 3)
    if not count.isdecimal() or not (year and source):
        return "频次写作“一年件数｜年份｜数据来源”，如 120｜2025｜窗口统计"
    return {"count": count, "year": year, "source": source}


def _read_judgement(text: str) -> dict[str, str] | str:
    level, source = _parts(text, 2)
    if level not in ("低", "中", "高") or not source:
        return "写作“低、中、高之一｜理由或出处”，如 高｜需要到外地开具"
    return {"level": level, "source": source}


def _read_agent(text: str) -> dict[str, str] | str:
    allowed, guardian, source = _parts(text, 3)
    known = {"可以": "是", "可": "是", "不可以": "否", "不可": "否"}
    guardians = {"法定监护人可以": "是", "法定监护人不可以": "否"}
    if allowed not in known or (guardian and guardian not in guardians):
        return "代为承诺写作“可以或不可以｜法定监护人可以（或不可以，可空）｜出处”"
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
    public, source = _parts(told, 2)
    if public not in ("公开", "不公开", "是", "否"):
        faults.append(Fault("disclosure", "写作“公开或不公开｜出处”"))
        return
    entry["disclosure"] = {"public": "是" if public in ("公开", "是") else "否"}
    if cells.get("disclosure_period"):
        entry["disclosure"]["period"] = cells["disclosure_period"]
    if cells.get("triggers"):
        entry["disclosure"]["triggers"] = _listed(cells["triggers"])
    if source:
        entry["disclosure"]["source"] = source


def _line_basis(text: str) -> dict[str, str] | str:
    values = dict(zip(BASIS_PARTS, _parts(text, len(BASIS_PARTS)), strict=True))
    if not all(values[key] for key in ("law", "article", "text", "source")):
        return "设定依据一行一条，写作“法规名称｜版本｜条｜款｜项｜原文｜来源”，版本、款、项可空"
    return {key: value for key, value in values.items() if value}


def _line_period(text: str) -> dict[str, str] | str:
    period, since, source = _parts(text, 3)
    if not period.isdecimal() or not (since and source):
        return "核查期限写作“工作日天数｜起用日期｜出处”，如 10｜2026-01-01｜本县决定"
    return {"period": period, "since": since, "source": source}


def _line_assessment(text: str) -> dict[str, str] | str:
    values = dict(zip(ASSESSMENT_PARTS, _parts(text, len(ASSESSMENT_PARTS)), strict=True))
    known = {"不适用告知承诺": "是", "可以适用": "否"}
    if values["excluded"] not in known or not all(values.values()):
        return "评估写作“可以适用（或不适用告知承诺）｜领域｜理由｜评估人｜日期”"
    return values | {"excluded": known[values["excluded"]]}


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
    for line in filter(None, (line.strip() for line in cell.splitlines())):
        head, colon, rest = line.replace(":", "：", 1).partition("：")
        own = colon and head.strip() in proof_ids
        value = read(rest.strip() if own else line)
        if isinstance(value, str):
            faults.append(Fault(key, value))
            continue
        into = details.setdefault(head.strip(), {}) if own else entry
        if key in ("basis", "content", "period"):
            name = "verification" if key == "period" else key
            into.setdefault(name, []).append(value["text"] if key == "content" else value)
        elif key == "standard":
            into["standard"] = value["text"]
        elif key == "assessment":
            into["assessment"] = value
        else:
            into.update(value)
