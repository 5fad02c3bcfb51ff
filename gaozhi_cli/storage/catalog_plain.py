"""Plain data (JSON types) as kept in the cache, turned into the domain's Catalog."""

from __future__ import annotations

from datetime import date
from typing import Any

from gaozhi_cli.domain.catalog import (
    Assessment,
    Basis,
    Branch,
    CalendarYear,
    Candidate,
    Catalog,
    Decision,
    Frequency,
    Group,
    Item,
    Items,
    Judgement,
    Node,
    Printed,
    Proof,
    Sounds,
)
from gaozhi_cli.domain.check_plan import CheckPlan, Weight
from gaozhi_cli.domain.county import Channel, Contact, County, Office
from gaozhi_cli.domain.materials import Material
from gaozhi_cli.domain.parameters import Dated, Parameter
from gaozhi_cli.domain.sanction import Sanction
from gaozhi_cli.domain.vocabulary import (
    CheckStage,
    CountedFrom,
    CreditPast,
    Finding,
    GroupKind,
    HandlingChannel,
    Level,
    Measure,
    Method,
    Trigger,
)


def catalog_from(plain: dict[str, Any], items: Items, digest: str, until: date | None = None) -> Catalog:
    """The catalog whose head plain data describes; ``digest`` names its content."""
    county = plain["county"]
    return Catalog(
        version=plain["version"],
        effective=date.fromisoformat(plain["effective"]),
        title=plain["title"],
        source=plain["source"],
        county=County(
            name=county["name"],
            formal=county["formal"],
            prefixes=tuple((code, prefix) for code, prefix in county["prefixes"]),
            complaints=tuple(Channel(*channel) for channel in county["complaints"]),
        ),
        offices=tuple(_office(office) for office in plain["offices"]),
        items=items,
        parameters=tuple(_parameter(p) for p in plain["parameters"]),
        digest=digest,
        calendar_years=tuple(_year(year) for year in plain["years"]),
        until=until,
        fields=tuple(plain["fields"]),
        weights=tuple(
            Weight(CreditPast(weight["standing"]), _dated(weight["values"])) for weight in plain["weights"]
        ),
    )


def candidate_from(plain: dict[str, Any]) -> Candidate:
    """A candidate for the next version."""
    told = {"frequency": Frequency(*plain["frequency"]), "difficulty": _judgement(plain["difficulty"])}
    return Candidate(**{**plain, **told})


def _office(plain: dict[str, Any]) -> Office:
    return Office(
        code=plain["code"],
        name=plain["name"],
        short=tuple(plain["short"]),
        initials=tuple(plain["initials"]),
        parent=plain["parent"],
        contact=Contact(*plain["contact"]),
        responsible=plain["responsible"],
    )


def item_from(plain: dict[str, Any]) -> Item:
    """The item that plain data describes."""
    agent, disclosure = plain["agent"], plain["disclosure"]
    return Item(
        id=plain["id"],
        no=plain["no"],
        office=plain["office"],
        matter=plain["matter"],
        tree=_node(plain["tree"]),
        printed=Printed(*plain["printed"]) if plain["printed"] else None,
        reading=plain["reading"],
        basis=_bases(plain),
        content=tuple(plain["content"]),
        agent=Decision(*agent) if agent else None,
        disclosure=Decision(*disclosure) if disclosure else None,
        contact=Contact(*plain["contact"]),
        plans=plans_from(plain["plans"]),
        valid_from=_day(plain["valid_from"]),
        valid_until=_day(plain["valid_until"]),
        code=plain["code"],
        duty=plain["duty"],
        field=plain["field"],
        frequency=Frequency(*plain["frequency"]) if plain["frequency"] else None,
        difficulty=_judgement(plain["difficulty"]),
        risk=_judgement(plain["risk"]),
        triggers=tuple(Trigger(word) for word in plain["triggers"]),
        channels=tuple(HandlingChannel(word) for word in plain["channels"]),
        replaces=tuple(plain["replaces"]),
        materials=tuple(
            Material(name, source, _day(since), _day(until))
            for name, source, since, until in plain["materials"]
        ),
        sounds=Sounds(*(tuple(sounds) for sounds in plain["sounds"])),
        sanctions=_sanctions(plain["sanctions"]),
    )


def _sanctions(plain: list[Any]) -> tuple[Sanction, ...]:
    return tuple(
        Sanction(
            Measure(measure), tuple(Finding(one) for one in findings), told, basis.law, basis.place,
            basis.text, date.fromisoformat(since), *rest,
        )
        for measure, findings, told, cited, since, *rest in plain
        for basis in (Basis(*cited),)
    )  # fmt: skip


def _node(plain: dict[str, Any]) -> Node:
    if "when" in plain:
        return Branch(plain["when"], _node(plain["node"]))
    if "kind" in plain:
        nodes = tuple(_node(node) for node in plain["nodes"])
        return Group(GroupKind(plain["kind"]), nodes, plain["name"])
    return Proof(
        id=plain["id"],
        name=plain["name"],
        method=Method(plain["method"]),
        issuer=plain["issuer"],
        standard=plain["standard"],
        basis=_bases(plain),
        content=tuple(plain["content"]),
        plans=plans_from(plain["plans"]),
        issuer_source=plain["issuer_source"],
        assessment=_assessment(plain["assessment"]),
    )


def _judgement(plain: list[str] | None) -> Judgement | None:
    return Judgement(Level(plain[0]), plain[1]) if plain else None


def _assessment(plain: list[Any] | None) -> Assessment | None:
    if not plain:
        return None
    excluded, area, ground, assessor, day = plain
    return Assessment(excluded, area, ground, assessor, date.fromisoformat(day))


def _bases(plain: dict[str, Any]) -> tuple[Basis, ...]:
    return tuple(Basis(*basis) for basis in plain["basis"])


def _dated(plain: list[list[str]]) -> tuple[Dated, ...]:
    return tuple(Dated(date.fromisoformat(since), value, source) for since, value, source in plain)


def plans_from(plain: list[list[Any]]) -> tuple[CheckPlan, ...]:
    """The dated plans of an item or a proof."""
    return tuple(
        CheckPlan(
            date.fromisoformat(since),
            source,
            period,
            Method(method) if method else None,
            standard,
            CheckStage(stage) if stage else None,
            CountedFrom(begins),
            persons,
        )
        for since, source, period, method, standard, stage, begins, persons in plain
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _parameter(plain: dict[str, Any]) -> Parameter:
    return Parameter(
        id=plain["id"],
        label=plain["label"],
        unit=plain["unit"],
        clause=plain["clause"],
        values=_dated(plain["values"]),
        note=plain["note"],
    )


def _year(plain: dict[str, Any]) -> CalendarYear:
    return CalendarYear(
        year=plain["year"],
        published=plain["published"],
        source=plain["source"],
        holidays=tuple(date.fromisoformat(day) for day in plain["holidays"]),
        workdays=tuple(date.fromisoformat(day) for day in plain["workdays"]),
    )
