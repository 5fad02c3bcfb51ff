"""Reads the catalog's YAML: the shipped data with the county's own copy laid over it (docs/catalog.md).

The result is plain data (JSON types) that ``catalog_plain`` turns into the domain's Catalog; the cache
keeps it, so YAML is parsed only after a change. All faults name file, line and column.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gaozhi_cli.domain.problem import BadInput, Problem
from gaozhi_cli.storage import strict_yaml
from gaozhi_cli.storage.catalog_entries import (
    CATALOG_KEYS,
    COUNTY_KEYS,
    ITEM_KEYS,
    OFFICE_KEYS,
    PARAMETER_KEYS,
    YEAR_KEYS,
    entries,
    only,
    read_county,
    read_head,
    read_item,
    read_office,
    read_parameter,
    read_year,
    text,
)
from gaozhi_cli.storage.strict_yaml import Located, fault


def compile_catalog(shipped: Path, own: Path) -> dict[str, Any]:
    """The catalog as plain data. Raises BadInput with every file's place of fault."""
    layers = [_layer(shipped, "随附 catalog"), _layer(own, "catalog")]
    extends = layers[1].get("county", {}).get("extends", "shipped")
    if extends not in ("shipped", "none"):
        raise fault(layers[1]["county"].where("extends"), "extends 应写 shipped 或 none")
    if extends == "none":
        layers = layers[1:]
    merged = _merge(layers)
    for key in ("catalog", "county", "offices", "items"):
        if not merged[key]:
            file = "items/*.yaml" if key == "items" else f"{key}.yaml"
            message = f"清单数据不完整：{own} 里没有 {file}，或其中没有内容"
            raise BadInput(message, (Problem("catalog", message),))
    offices = [read_office(office) for office in merged["offices"].values()]
    codes = {office["code"] for office in offices}
    items = [read_item(item, codes) for item in merged["items"].values()]
    _no_repeats(merged["items"].values())
    return {
        **read_head(merged["catalog"]),
        "county": read_county(merged["county"], codes),
        "offices": offices,
        "items": sorted(items, key=lambda item: _natural(item["no"])),
        "parameters": [read_parameter(p) for p in merged["parameters"].values()],
        "years": [read_year(y) for y in merged["years"].values()],
    }


def _layer(folder: Path, prefix: str) -> dict[str, Any]:
    layer: dict[str, Any] = {}
    for name in ("catalog", "county", "offices", "parameters", "holidays"):
        path = folder / f"{name}.yaml"
        if path.is_file():
            layer[name] = strict_yaml.load(path, f"{prefix}/{name}.yaml")
    layer["items"] = [
        strict_yaml.load(path, f"{prefix}/items/{path.name}") for path in sorted(folder.glob("items/*.yaml"))
    ]
    return layer


def _merge(layers: list[dict[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {
        "catalog": None, "county": None, "offices": {}, "items": {}, "parameters": {}, "years": {},
    }  # fmt: skip
    for layer in layers:
        for key, allowed in (("catalog", CATALOG_KEYS), ("county", COUNTY_KEYS)):
            if key in layer:
                only(layer[key], allowed)
                merged[key] = _over(merged[key], layer[key])
        for file, key, list_key, by, allowed in (
            ("offices", "offices", "offices", "code", OFFICE_KEYS),
            ("parameters", "parameters", "parameters", "id", PARAMETER_KEYS),
            ("holidays", "years", "years", "year", YEAR_KEYS),
        ):
            if file in layer:
                only(layer[file], {list_key})
                named: set[str] = set()
                for entry in entries(layer[file], list_key):
                    only(entry, allowed)
                    name = text(entry, by)
                    if name in named:
                        raise fault(entry.where(by), f"{by} “{name}”重复")
                    named.add(name)
                    merged[key][name] = _over(merged[key].get(name), entry)
        seen: set[str] = set()
        for document in layer["items"]:
            only(document, {"office", "items"})
            for entry in entries(document, "items"):
                only(entry, ITEM_KEYS)
                name = text(entry, "id")
                if name in seen:
                    raise fault(entry.where("id"), f"事项 id “{name}”重复")
                seen.add(name)
                entry["office"] = text(document, "office")
                entry.marks.setdefault("office", document.marks["office"])
                merged["items"][name] = _over(merged["items"].get(name), entry)
    return merged


def _over(below: Located | None, above: Located) -> Located:
    """``above`` laid over ``below``: its keys replace, others stay; places follow their key."""
    if below is None:
        return above
    result = Located(above.at, above.file)
    result.update(below)
    result.marks.update(below.marks)
    result.files.update({key: below.files.get(key, below.file) for key in below})
    result.update(above)
    result.marks.update(above.marks)
    for key in above:
        result.files.pop(key, None)
    return result


def _no_repeats(items: Iterable[Located]) -> None:
    """Printed row numbers are unique over the whole catalog, and a proof's id begins with its item's."""
    rows: dict[str, str] = {}
    for item in items:
        no, id_ = text(item, "no"), text(item, "id")
        if no in rows:
            raise fault(item.where("no"), f"序号 {no} 已用于 {rows[no]}")
        rows[no] = id_


def _natural(no: str) -> tuple[int, str]:
    return (int(no), "") if no.isdecimal() else (10**9, no)
