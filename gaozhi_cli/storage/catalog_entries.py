"""Single entries of the catalog's YAML, checked and turned into plain data (docs/catalog.md).

Each function takes a mapping that knows its place and returns JSON types; faults name file, line and
column. Which layer an entry came from is ``catalog_yaml``'s business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from gaozhi_cli.storage.strict_yaml import Located, fault

METHODS = {"在线核查": "online", "线上核查": "online", "现场核查": "onsite", "免于核查": "exempt"}
GROUPS = {"all": "all", "any": "any", "by_circumstance": "by circumstance"}
YES_NO = {"是": True, "否": False}

CATALOG_KEYS = {"version", "title", "source", "effective"}
OFFICE_KEYS = {"code", "name", "short", "parent", "note", "contact", "responsible"}
COUNTY_KEYS = {"name", "extends", "formal", "number", "complaints"}
PARAMETER_KEYS = {"id", "label", "unit", "clause", "values", "note"}
YEAR_KEYS = {"year", "status", "source", "holidays", "workdays"}
BASIS_KEYS = {"law", "version", "article", "paragraph", "subparagraph", "text", "source"}
PRINTED_KEYS = ("office", "matter", "proofs", "method")
PROOF_EXTRAS = {"issuer", "standard", "basis", "content", "verification"}
ITEM_KEYS = PROOF_EXTRAS | {
    "id", "no", "office", "printed", "matter", "reading", "proofs", "agent", "disclosure",
    "contact", "proof_details", "valid_from", "valid_until",
}  # fmt: skip


def only(entry: Located, allowed: Iterable[str]) -> None:
    """Refuse keys that the entry may not have."""
    for key in entry:
        if key not in allowed:
            known = "、".join(sorted(allowed))
            raise fault(entry.where(key), f"不认识的键“{key}”，可用：{known}")


def entries(document: Located, key: str) -> list[Located]:
    """A list of mappings under a key; empty where the key is absent."""
    entries = document.get(key, [])
    if not isinstance(entries, list) or not all(isinstance(e, Located) for e in entries):
        raise fault(document.where(key), f"“{key}”应是一列“键: 值”")
    return entries


def text(entry: Located, key: str, needed: bool = True) -> str:
    """A text value without outer blanks. Raises BadInput when it is needed and missing."""
    value = entry.get(key, "")
    if not isinstance(value, str):
        raise fault(entry.where(key), f"“{key}”应是文字")
    if needed and not value.strip():
        raise fault(entry.where(key), f"缺少“{key}”")
    return value.strip()


def _texts(entry: Located, key: str) -> list[str]:
    value = entry.get(key, [])
    if isinstance(value, str):
        value = [value] if value else []
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise fault(entry.where(key), f"“{key}”应是一列文字")
    return [v.strip() for v in value]


def _mapping(entry: Located, key: str, allowed: set[str]) -> Located | None:
    value = entry.get(key)
    if value is None:
        return None
    if not isinstance(value, Located):
        raise fault(entry.where(key), f"“{key}”应是“键: 值”")
    only(value, allowed)
    return value


def _date(entry: Located, key: str, needed: bool = False) -> str:
    value = text(entry, key, needed)
    if value:
        _is_date(value, entry.where(key))
    return value


def _is_date(value: str, where: str) -> str:
    try:
        if date.fromisoformat(value).isoformat() != value:
            raise ValueError(value)
    except ValueError:
        raise fault(where, f"“{value}”不是日期，应写作 2026-01-31") from None
    return value


def _yes(entry: Located, key: str) -> bool:
    value = text(entry, key)
    if value not in YES_NO:
        raise fault(entry.where(key), f"“{key}”应写 是 或 否")
    return YES_NO[value]


def read_head(entry: Located) -> dict[str, Any]:
    """catalog.yaml: version, title, source, effective date."""
    return {
        "version": text(entry, "version"),
        "title": text(entry, "title"),
        "source": text(entry, "source"),
        "effective": _date(entry, "effective", needed=True),
    }


def read_county(entry: Located, codes: set[str]) -> dict[str, Any]:
    """county.yaml: the county's settings."""
    number = _mapping(entry, "number", {"prefix"})
    prefixes = _mapping(number, "prefix", codes) if number is not None else None
    complaints = []
    for channel in entries(entry, "complaints"):
        only(channel, {"channel", "value", "source"})
        complaints.append([text(channel, "channel"), text(channel, "value"), text(channel, "source")])
    said = list(prefixes.values()) if prefixes else []
    for code in prefixes or ():
        if prefixes is not None and said.count(prefixes[code]) > 1:
            raise fault(prefixes.where(code), f"编号字样“{prefixes[code]}”不能用于两个单位")
    return {
        "name": text(entry, "name"),
        "formal": _yes(entry, "formal") if "formal" in entry else False,
        "prefixes": [[code, text(prefixes, code)] for code in prefixes or ()] if prefixes else [],
        "complaints": complaints,
    }


def read_office(entry: Located) -> dict[str, Any]:
    """An office, with the pinyin initials of its names."""
    code = text(entry, "code")
    if not re.fullmatch(r"[A-Z][A-Z0-9]{0,7}", code):
        raise fault(entry.where("code"), "code 应是大写字母开头的字母数字")
    name, short = text(entry, "name"), _texts(entry, "short")
    return {
        "code": code,
        "name": name,
        "short": short,
        "initials": sorted({_initials(n) for n in [name, *short]}),
        "parent": text(entry, "parent", needed=False),
        "contact": _contact(entry),
        "responsible": text(entry, "responsible", needed=False),
    }


def _initials(text: str) -> str:
    from pypinyin import Style, lazy_pinyin

    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).lower()


def _contact(entry: Located) -> list[str]:
    contact = _mapping(entry, "contact", {"person", "phone"})
    if contact is None:
        return ["", ""]
    return [text(contact, "person", needed=False), text(contact, "phone", needed=False)]


def read_item(entry: Located, codes: set[str]) -> dict[str, Any]:
    """An item with its proof tree and what the county has added."""
    office = text(entry, "office")
    if office not in codes:
        raise fault(entry.where("office"), f"单位代号“{office}”不在 offices.yaml 中")
    if "proofs" not in entry:
        raise fault(entry.where("id"), f"事项“{text(entry, 'id')}”缺少“proofs”")
    details = entry.get("proof_details") or Located(entry.at, entry.file)
    if not isinstance(details, Located):
        raise fault(entry.where("proof_details"), "“proof_details”应是“键: 值”")
    used: set[str] = set()
    tree = _node(entry["proofs"], entry, details, used, branch=False)
    for name in details:
        if name not in used:
            raise fault(details.where(name), f"事项 {entry['id']} 没有证明“{name}”")
    printed = _mapping(entry, "printed", set(PRINTED_KEYS))
    agent = _mapping(entry, "agent", {"allowed", "source"})
    disclosure = _mapping(entry, "disclosure", {"public", "period", "source"})
    return {
        "id": text(entry, "id"),
        "no": _row_number(entry),
        "office": office,
        "matter": text(entry, "matter"),
        "tree": tree,
        "printed": [printed.get(k, "") for k in PRINTED_KEYS] if printed else None,
        "reading": text(entry, "reading", needed=False),
        "basis": _bases(entry),
        "content": _texts(entry, "content"),
        "agent": [_yes(agent, "allowed"), text(agent, "source", False), ""] if agent else None,
        "disclosure": [
            _yes(disclosure, "public"),
            text(disclosure, "source", False),
            text(disclosure, "period", False),
        ]
        if disclosure
        else None,
        "contact": _contact(entry),
        "periods": _periods(entry),
        "valid_from": _date(entry, "valid_from"),
        "valid_until": _date(entry, "valid_until"),
    }  # fmt: skip


def _row_number(entry: Located) -> str:
    no = text(entry, "no")
    if len(no) > 8:
        raise fault(entry.where("no"), "序号过长")
    return no


def _node(entry: Any, item: Located, details: Any, used: set[str], branch: bool) -> dict[str, Any]:
    if not isinstance(entry, Located):
        raise fault(item.where("proofs"), "证明应写成“键: 值”")
    shapes = [key for key in (*GROUPS, "id") if key in entry]
    if len(shapes) != 1:
        raise fault(entry.where(), "证明应有 id、all、any、by_circumstance 之一，且只有一个")
    when = {"when"} if branch else set()
    if shapes == ["id"]:
        only(entry, {"id", "name", "method"} | when)
        node = _leaf(entry, item, details, used)
    else:
        shape = shapes[0]
        only(entry, {shape, "name"} | when)
        children = entries(entry, shape)
        if not children:
            raise fault(entry.where(shape), f"“{shape}”之下没有证明")
        inner = shape == "by_circumstance"
        nodes = [_node(child, item, details, used, branch=inner) for child in children]
        node = {"kind": GROUPS[shape], "name": text(entry, "name", False), "nodes": nodes}
    return {"when": text(entry, "when"), "node": node} if branch else node


def _leaf(entry: Located, item: Located, details: Any, used: set[str]) -> dict[str, Any]:
    id_, method = text(entry, "id"), text(entry, "method")
    if id_ in used:
        raise fault(entry.where("id"), f"证明 id “{id_}”重复")
    used.add(id_)
    if not id_.startswith(f"{item['id']}."):
        raise fault(entry.where("id"), f"证明 id “{id_}”应以事项 id “{item['id']}.”开头")
    if method not in METHODS:
        known = "、".join(METHODS)
        raise fault(entry.where("method"), f"核查方式“{method}”不认识，可用：{known}")
    extra = _mapping(details, id_, PROOF_EXTRAS) if details else None
    if extra is None:
        extra = Located(entry.at, entry.file)
    return {
        "id": id_,
        "name": text(entry, "name"),
        "method": METHODS[method],
        "issuer": text(extra, "issuer", False) or text(item, "issuer", False),
        "standard": text(extra, "standard", False) or text(item, "standard", False),
        "basis": _bases(extra),
        "content": _texts(extra, "content"),
        "periods": _periods(extra),
    }


def _bases(entry: Located) -> list[list[str]]:
    bases = []
    for basis in entries(entry, "basis"):
        only(basis, BASIS_KEYS)
        values = {key: text(basis, key, key in ("law", "article", "text", "source")) for key in BASIS_KEYS}
        order = ("law", "article", "text", "version", "paragraph", "subparagraph", "source")
        bases.append([values[key] for key in order])
    return bases


def _periods(entry: Located) -> list[list[str]]:
    value = entry.get("verification")
    if value is None:
        return []
    listed = value if isinstance(value, list) else [value]
    periods = []
    for period in listed:
        if not isinstance(period, Located):
            raise fault(entry.where("verification"), "“verification”应写 period、since、source")
        only(period, {"period", "since", "source"})
        periods.append([_date(period, "since", True), _days(period, "period"), text(period, "source")])
    return periods


def _days(entry: Located, key: str) -> str:
    value = text(entry, key)
    if not re.fullmatch(r"[1-9]\d{0,3}", value):
        raise fault(entry.where(key), f"“{value}”不是天数，应是 1 至 9999 的整数")
    return value


def read_parameter(entry: Located) -> dict[str, Any]:
    """A dated parameter."""
    values = []
    if not re.fullmatch(r"verification\.period\.(online|onsite)", text(entry, "id")):
        raise fault(entry.where("id"), f"不认识的参数“{entry['id']}”")
    for value in entries(entry, "values"):
        only(value, {"since", "value", "source"})
        read = _days(value, "value")
        values.append([_date(value, "since", True), read, text(value, "source")])
    texts = {key: text(entry, key, False) for key in ("label", "unit", "clause", "note")}
    return {"id": text(entry, "id"), **texts, "values": values}


def read_year(entry: Located) -> dict[str, Any]:
    """A year's holidays and working weekends."""
    year = text(entry, "year")
    if not re.fullmatch(r"20\d\d", year):
        raise fault(entry.where("year"), f"“{year}”不是年份")
    status = text(entry, "status")
    if status not in ("公布", "暂定"):
        raise fault(entry.where("status"), "status 应写 公布 或 暂定")
    days: dict[str, list[str]] = {}
    for key in ("holidays", "workdays"):
        days[key] = [_is_date(day, entry.where(key)) for day in _texts(entry, key)]
        for day in days[key]:
            if not day.startswith(year):
                raise fault(entry.where(key), f"{day} 不在 {year} 年内")
    both = set(days["holidays"]) & set(days["workdays"])
    if both:
        raise fault(entry.where("workdays"), f"{min(both)} 既放假又上班")
    return {"year": int(year), "published": status == "公布", "source": text(entry, "source"), **days}
