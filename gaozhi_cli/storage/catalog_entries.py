"""Items of the catalog's YAML, checked and turned into plain data (docs/catalog.md).

Each function takes a mapping that knows its place and returns JSON types; faults name file, line and
column. Which layer an entry came from is ``catalog_yaml``'s business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from gaozhi_cli.domain.catalog import EXCLUDED_AREAS
from gaozhi_cli.domain.materials import proof_named
from gaozhi_cli.domain.vocabulary import HandlingChannel, Trigger
from gaozhi_cli.storage.check_entries import METHODS, read_plans
from gaozhi_cli.storage.county_entries import known_field, read_contact, read_frequency, read_judgement
from gaozhi_cli.storage.measure_entries import read_sanctions
from gaozhi_cli.storage.strict_yaml import Located, fault
from gaozhi_cli.storage.yaml_values import day, entries, mapping, only, text, texts, word_of, yes

ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,39}")  # also names files
GROUPS = {"all": "all", "any": "any", "by_circumstance": "by circumstance"}

BASIS_KEYS = {"law", "version", "article", "paragraph", "subparagraph", "text", "source"}
PRINTED_KEYS = ("office", "matter", "proofs", "method")
AGENT_KEYS = {"allowed", "guardian", "source"}
DISCLOSURE_KEYS = {"public", "period", "triggers", "source"}
ASSESSMENT_KEYS = {"excluded", "area", "ground", "assessor", "date"}
MATERIAL_KEYS = {"name", "source", "since", "until"}
PROOF_EXTRAS = {
    "issuer", "issuer_source", "standard", "basis", "content", "verification", "assessment",
}  # fmt: skip
# what an imported version of the 清单 alone decides; all else the county may lay over every version
STRUCTURE = {"id", "no", "printed", "matter", "reading", "proofs"}
ITEM_KEYS = STRUCTURE | PROOF_EXTRAS | {
    "agent", "disclosure", "contact", "proof_details", "valid_from", "valid_until", "replaces",
    "code", "duty", "field", "frequency", "difficulty", "risk", "channels", "materials",
    "sanctions",
}  # fmt: skip


def read_item(entry: Located, codes: set[str], fields: set[str]) -> dict[str, Any]:
    """An item with its proof tree and what the county has added."""
    office = text(entry, "office")
    if office not in codes:
        raise fault(entry.where("office"), f"单位代号“{office}”不在 offices.yaml 中")
    if not ID.fullmatch(text(entry, "id")):
        raise fault(entry.where("id"), f"事项 id “{entry['id']}”应是小写字母、数字和短横，如 rs-08")
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
    printed = mapping(entry, "printed", PRINTED_KEYS)
    starts, ends = day(entry, "valid_from"), day(entry, "valid_until")
    if starts and ends and starts > ends:
        raise fault(entry.where("valid_until"), f"停止日期 {ends} 早于起用日期 {starts}")
    return {
        "id": text(entry, "id"),
        "no": _row_number(entry),
        "office": office,
        "matter": text(entry, "matter"),
        "tree": tree,
        "printed": [text(printed, k, False) for k in PRINTED_KEYS] if printed else None,
        "reading": text(entry, "reading", False),
        "basis": _bases(entry),
        "content": texts(entry, "content"),
        "agent": _agent(entry),
        "disclosure": _disclosure(entry),
        "contact": read_contact(entry),
        "plans": read_plans(entry),
        "valid_from": starts,
        "valid_until": ends,
        "code": text(entry, "code", False),
        "duty": text(entry, "duty", False),
        "field": known_field(entry, fields),
        "frequency": read_frequency(entry),
        "difficulty": read_judgement(entry, "difficulty"),
        "risk": read_judgement(entry, "risk"),
        "triggers": _triggers(entry),
        "channels": [
            word_of(channel, entry.where("channels"), "channels", HandlingChannel)
            for channel in texts(entry, "channels")
        ],
        "replaces": texts(entry, "replaces"),
        "materials": _materials(entry, tree),
        "sanctions": read_sanctions(entry),
    }


def _materials(entry: Located, tree: dict[str, Any]) -> list[list[str]]:
    """What else an application holds; never a proof that the letter replaces (通知四)."""
    materials: list[list[str]] = []
    for material in entries(entry, "materials"):
        only(material, MATERIAL_KEYS)
        name, source = text(material, "name"), text(material, "source")
        since, until = day(material, "since"), day(material, "until")
        if since and until and since > until:
            raise fault(material.where("until"), f"停止日期 {until} 早于起用日期 {since}")
        replaced = proof_named(name, _promisable(tree))
        if replaced is not None:
            message = (
                f"材料“{name}”就是承诺所代替的证明“{replaced}”，不再索要（通知四）；请从 materials 中删去"
            )
            raise fault(material.where("name"), message)
        if name in (before[0] for before in materials if _meet(before, since, until)):
            raise fault(material.where("name"), f"材料“{name}”重复")
        materials.append([name, source, since, until])
    return materials


def _meet(before: list[str], since: str, until: str) -> bool:
    """Whether two spans of days have one in common; an open end is empty."""
    return before[2] <= (until or "9") and since <= (before[3] or "9")


def _promisable(node: dict[str, Any]) -> Iterator[str]:
    """The names of the proofs that a letter may replace: those not assessed as excluded."""
    if "node" in node:
        yield from _promisable(node["node"])
    elif "nodes" in node:
        for child in node["nodes"]:
            yield from _promisable(child)
    elif not (node["assessment"] and node["assessment"][0]):
        yield node["name"]


def _agent(entry: Located) -> list[Any] | None:
    """代为承诺: allowed, source, no period, and whether a 法定监护人 may promise."""
    agent = mapping(entry, "agent", AGENT_KEYS)
    if agent is None:
        return None
    guardian = yes(agent, "guardian") if "guardian" in agent else None
    return [yes(agent, "allowed"), text(agent, "source", False), "", guardian]


def _disclosure(entry: Located) -> list[Any] | None:
    """公开: yes or no, source, period."""
    disclosure = mapping(entry, "disclosure", DISCLOSURE_KEYS)
    if disclosure is None:
        return None
    source, period = text(disclosure, "source", False), text(disclosure, "period", False)
    return [yes(disclosure, "public"), source, period]


def _triggers(entry: Located) -> list[str]:
    """Why letters of the item are to be public (通知五（六）)."""
    disclosure = mapping(entry, "disclosure", DISCLOSURE_KEYS)
    if disclosure is None:
        return []
    where = disclosure.where("triggers")
    return [word_of(value, where, "triggers", Trigger) for value in texts(disclosure, "triggers")]


def _assessment(entry: Located) -> list[Any] | None:
    """Whether the exclusions of 通知四 apply: looked at by whom, when, on what ground."""
    assessment = mapping(entry, "assessment", ASSESSMENT_KEYS)
    if assessment is None:
        return None
    told = [text(assessment, key) for key in ("area", "ground", "assessor")]
    if told[0] not in EXCLUDED_AREAS:
        message = f"area 不认识“{told[0]}”，可用：{'、'.join(EXCLUDED_AREAS)}（通知四）"
        raise fault(assessment.where("area"), message)
    return [yes(assessment, "excluded"), *told, day(assessment, "date", True)]


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
    if not (id_.startswith(f"{text(item, 'id')}.") and ID.fullmatch(id_)):
        raise fault(entry.where("id"), f"证明 id “{id_}”应以事项 id “{item['id']}.”开头")
    if method not in METHODS:
        known = "、".join(METHODS)
        raise fault(entry.where("method"), f"核查方式“{method}”不认识，可用：{known}")
    extra = mapping(details, id_, PROOF_EXTRAS) if details else None
    if extra is None:
        extra = Located(entry.at, entry.file)
    own_issuer = text(extra, "issuer", False)
    return {
        "id": id_,
        "name": text(entry, "name"),
        "method": METHODS[method],
        "issuer": own_issuer or text(item, "issuer", False),
        "issuer_source": text(extra, "issuer_source", False) or text(item, "issuer_source", False),
        "standard": text(extra, "standard", False) or text(item, "standard", False),
        "assessment": _assessment(extra) or _assessment(item),
        "basis": _bases(extra),
        "content": texts(extra, "content"),
        "plans": read_plans(extra),
    }


def _bases(entry: Located) -> list[list[str]]:
    bases = []
    for basis in entries(entry, "basis"):
        only(basis, BASIS_KEYS)
        values = {key: text(basis, key, key in ("law", "article", "text", "source")) for key in BASIS_KEYS}
        order = ("law", "article", "text", "version", "paragraph", "subparagraph", "source")
        bases.append([values[key] for key in order])
    return bases
