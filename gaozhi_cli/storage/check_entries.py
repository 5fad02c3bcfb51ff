"""核查计划 in the catalog's YAML: the ``verification`` of an item or a proof (docs/catalog.md).

Each function takes a mapping that knows its place and returns JSON types.
"""

from __future__ import annotations

from typing import Any

from gaozhi_cli.domain.vocabulary import CheckStage, CountedFrom, CreditPast
from gaozhi_cli.storage.strict_yaml import Located, fault
from gaozhi_cli.storage.yaml_values import day, entries, only, text, whole, word

METHODS = {"在线核查": "online", "线上核查": "online", "现场核查": "onsite", "免于核查": "exempt"}
PLAN_KEYS = {"since", "source", "period", "from", "method", "stage", "persons", "standard"}
SAYS = ("period", "method", "stage", "persons", "standard")  # an entry says at least one of them
OF_A_CHECK = ("period", "from", "stage", "persons")
MOST_PERSONS = 99
WEIGHT_KEYS = {"standing", "values"}
SHARE_KEYS = {"since", "percent", "source"}


def read_plans(entry: Located) -> list[list[Any]]:
    """How the proofs of an item, or one of them, are checked: dated, each with its source (通知五（三）)."""
    value = entry.get("verification")
    if value is None:
        return []
    plans = []
    for plan in value if isinstance(value, list) else [value]:
        if not isinstance(plan, Located):
            raise fault(
                entry.where("verification"), "“verification”应写 period、since、source 等，见 docs/catalog.md"
            )
        only(plan, PLAN_KEYS)
        plans.append(_plan(plan))
    return plans


def _plan(entry: Located) -> list[Any]:
    since, source = day(entry, "since", True), text(entry, "source")
    if not any(key in entry for key in SAYS):
        raise fault(entry.where(), f"“verification”至少写 {'、'.join(SAYS)} 之一")
    method = _method(entry)
    if method == "exempt":
        for key in OF_A_CHECK:
            if key in entry:
                raise fault(entry.where(key), f"免于核查的不写“{key}”")
    if "from" in entry and "period" not in entry:
        raise fault(entry.where("from"), "写了“from”（自哪一天起算），也要写“period”（天数）")
    stage = word(entry, "stage", CheckStage) if "stage" in entry else ""
    begins = word(entry, "from", CountedFrom) if "from" in entry else CountedFrom.ACCEPTED.value
    if stage == CheckStage.BEFORE.value and begins == CountedFrom.CONCLUDED.value:
        raise fault(entry.where("from"), "办结前核查的，天数不能自办结起算")
    return [
        since,
        source,
        int(whole(entry, "period")) if "period" in entry else None,
        method,
        text(entry, "standard", False),
        stage,
        begins,
        int(whole(entry, "persons", MOST_PERSONS, "人数")) if "persons" in entry else None,
    ]


def read_weight(entry: Located) -> dict[str, Any]:
    """weights.yaml: how many percent of the period a subject of this standing gets, dated (通知五（三）).

    Never above 100: credit may shorten what the county wrote, not lengthen it.
    """
    standing = word(entry, "standing", CreditPast)
    values = []
    for value in entries(entry, "values"):
        only(value, SHARE_KEYS)
        percent = whole(value, "percent", 100, "百分数")
        values.append([day(value, "since", True), percent, text(value, "source")])
    return {"standing": standing, "values": values}


def _method(entry: Located) -> str:
    if "method" not in entry:
        return ""
    said = text(entry, "method")
    if said not in METHODS:
        raise fault(entry.where("method"), f"核查方式“{said}”不认识，可用：{'、'.join(METHODS)}")
    return METHODS[said]
