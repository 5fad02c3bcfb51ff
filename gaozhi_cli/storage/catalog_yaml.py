"""Reads the catalog's YAML: the shipped data, imported versions, the county's own copy (docs/catalog.md).

The shipped 清单 (or the county's own, where it extends nothing) is the first version; each folder under
``versions/`` is a later one. What the county has filled in lies over every version by id. The result is
plain data (JSON types) that ``catalog_plain`` turns into values; the index keeps it, so YAML is parsed
only after a change. All faults name file, line and column.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from gaozhi_cli.domain.problem import BadInput, Problem
from gaozhi_cli.storage import strict_yaml
from gaozhi_cli.storage.catalog_entries import ITEM_KEYS, STRUCTURE, read_item
from gaozhi_cli.storage.check_entries import WEIGHT_KEYS, read_weight
from gaozhi_cli.storage.county_entries import (
    CANDIDATE_KEYS,
    CATALOG_KEYS,
    COUNTY_KEYS,
    FIELD_KEYS,
    OFFICE_KEYS,
    PARAMETER_KEYS,
    YEAR_KEYS,
    read_candidate,
    read_county,
    read_field,
    read_head,
    read_office,
    read_parameter,
    read_year,
)
from gaozhi_cli.storage.fingerprint import subfolders, yaml_files
from gaozhi_cli.storage.pinyin import spellings
from gaozhi_cli.storage.strict_yaml import Located, fault
from gaozhi_cli.storage.yaml_values import entries, laid_over, only, text

# file, key in the merged data, key of its list, what its entries are matched by, allowed keys
LISTS = (
    ("offices", "offices", "offices", "code", OFFICE_KEYS),
    ("parameters", "parameters", "parameters", "id", PARAMETER_KEYS),
    ("holidays", "years", "years", "year", YEAR_KEYS),
    ("fields", "fields", "fields", "name", FIELD_KEYS),
    ("candidates", "candidates", "candidates", "id", CANDIDATE_KEYS),
    ("weights", "weights", "weights", "standing", WEIGHT_KEYS),
)
SINGLE = (("catalog", CATALOG_KEYS), ("county", COUNTY_KEYS))
Layer = dict[str, Any]


def version_folders(own: Path) -> list[Path]:
    """The folders of imported versions; one still being written begins with a dot."""
    folder = own / "versions"
    names = subfolders(folder)
    return [
        folder / name for name in names if yaml_files(folder / name) or yaml_files(folder / name / "items")
    ]


def compile_heads(shipped: Path, own: Path, staged: Sequence[Path] = ()) -> list[dict[str, Any]]:
    """Every version's head in order of its effective date, with its folder's name (first version: "").

    Raises BadInput where two have one name or take effect on one day.
    """
    first: Located | None = None
    for folder, prefix in _bases(shipped, own):
        if (folder / "catalog.yaml").is_file():
            first = _over(first, strict_yaml.load(folder / "catalog.yaml", f"{prefix}/catalog.yaml"))
    found = [("", first)] if first is not None else []
    for folder in (*version_folders(own), *staged):
        found.append((folder.name, strict_yaml.load(folder / "catalog.yaml", _shown(folder, "catalog.yaml"))))
    heads: list[dict[str, Any]] = []
    for name, entry in found:
        only(entry, CATALOG_KEYS)
        head = read_head(entry) | {"folder": name}
        for other in heads:
            for key, told in (("version", "版本名"), ("effective", "起用日期")):
                if other[key] == head[key]:
                    message = f"{told} {head[key]} 已用于清单 {other['version']}，两个版本不能相同"
                    raise fault(entry.where(key), message)
        heads.append(head)
    return sorted(heads, key=lambda head: str(head["effective"]))


def compile_catalog(
    shipped: Path, own: Path, folder: Path | None = None, without: Path | None = None
) -> dict[str, Any]:
    """The first version, or the one imported into ``folder``, as plain data; as if ``without`` were gone.

    Raises BadInput with every file's place of fault.
    """
    layers = [_layer(base, prefix) for base, prefix in _bases(shipped, own)]
    versions = [_layer(path, _shown(path, "").rstrip("/")) for path in _heads_only(own, folder, without)]
    merged = _merge(
        [*layers[:-1], *({"offices": v["offices"]} for v in versions if "offices" in v), layers[-1]]
    )
    others = _Others(layers, own, folder, without)
    if folder is None:
        items = _items(layers)
        _leave_aside(items, others)
    else:
        version = _layer(folder, _shown(folder, "").rstrip("/"))
        merged["catalog"] = version.get("catalog")
        items = _version_items(version, layers, others)
    _whole(merged, items, own)
    offices = [read_office(office) for office in merged["offices"].values()]
    codes = {office["code"] for office in offices}
    _consistent_offices(merged["offices"], codes)
    fields = {read_field(entry) for entry in merged["fields"].values()}
    read = [read_item(item, codes, fields) for item in items.values()]
    for item in read:
        item["sounds"] = _sounds(item)
    _no_repeats(items.values())
    return {
        **read_head(merged["catalog"]),
        "county": read_county(merged["county"], codes),
        "offices": offices,
        "items": sorted(read, key=lambda item: _natural(item["no"])),
        "parameters": [read_parameter(p) for p in merged["parameters"].values()],
        "years": [read_year(y) for y in merged["years"].values()],
        "fields": [read_field(entry) for entry in merged["fields"].values()],
        "weights": [read_weight(entry) for entry in merged["weights"].values()],
        "candidates": [read_candidate(c, codes, fields) for c in merged["candidates"].values()],
    }


def structure_of(shipped: Path, own: Path, folder: Path | None = None) -> dict[str, Located]:
    """The entries of a version as written: what an import carries forward for the rows that stay.

    Of the first version only the structure (the county's own filling in lies over every version anyway).
    """
    layers = [_layer(base, prefix) for base, prefix in _bases(shipped, own)]
    if folder is not None:
        version = _layer(folder, _shown(folder, "").rstrip("/"))
        return {text(entry, "id"): entry for entry in _entries(version)}
    kept: dict[str, Located] = {}
    for id_, entry in _items(layers).items():
        if "proofs" in entry:
            kept[id_] = _only_keys(entry, STRUCTURE | {"office"})
    return kept


def own_entries(own: Path) -> dict[str, Located]:
    """What the county itself has written of items, by id."""
    return {text(entry, "id"): entry for entry in _entries(_layer(own, "catalog"))}


def _bases(shipped: Path, own: Path) -> list[tuple[Path, str]]:
    """The folders of the first version from below to above: the shipped one unless the county left it."""
    county = own / "county.yaml"
    extends = "shipped"
    if county.is_file():
        entry = strict_yaml.load(county, "catalog/county.yaml")
        extends = text(entry, "extends", False) or "shipped"
        if extends not in ("shipped", "none"):
            raise fault(entry.where("extends"), "extends 应写 shipped 或 none")
    below = [(shipped, "随附 catalog")] if extends == "shipped" else []
    return [*below, (own, "catalog")]


def _shown(folder: Path, name: str) -> str:
    shown = re.sub(r"\.(.+)\.[0-9a-f]{8}", r"\1", folder.name)  # one still being imported
    return f"catalog/versions/{shown}/{name}"


def _heads_only(own: Path, folder: Path | None, without: Path | None) -> list[Path]:
    folders = [path for path in version_folders(own) if path != without]
    return folders if folder is None or folder in folders else [*folders, folder]


def _layer(folder: Path, prefix: str) -> Layer:
    """The files of one folder, read; the items' files only when they are asked for."""
    layer: Layer = {"folder": folder, "prefix": prefix}
    for name in ("catalog", "county", *(file for file, *_ in LISTS)):
        path = folder / f"{name}.yaml"
        if path.exists():
            layer[name] = strict_yaml.load(path, f"{prefix}/{name}.yaml")
    return layer


def _entries(layer: Layer) -> Iterator[Located]:
    """The items of a layer, each with its file's office; an id stands once in it."""
    seen: set[str] = set()
    for path in yaml_files(layer["folder"] / "items"):
        document = strict_yaml.load(path, f"{layer['prefix']}/items/{path.name}")
        only(document, {"office", "items"})
        for entry in entries(document, "items"):
            only(entry, ITEM_KEYS)
            name = text(entry, "id")
            if name in seen:
                raise fault(entry.where("id"), f"事项 id “{name}”重复")
            seen.add(name)
            entry["office"] = text(document, "office")
            entry.marks["office"] = document.marks["office"]
            yield entry


def _merge(layers: list[Layer]) -> dict[str, Any]:
    """All but the items, the upper layers over the lower."""
    merged: dict[str, Any] = {"catalog": None, "county": None, **{key: {} for _, key, *_ in LISTS}}
    for layer in layers:
        for key, allowed in SINGLE:
            if key in layer:
                only(layer[key], allowed)
                merged[key] = _over(merged[key], layer[key])
        for file, key, list_key, by, allowed in LISTS:
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
    return merged


def _items(layers: list[Layer]) -> dict[str, Located]:
    """The items of the first version: the county's keys over the shipped ones."""
    items: dict[str, Located] = {}
    for layer in layers:
        for entry in _entries(layer):
            name = entry["id"].strip()
            items[name] = _over(items.get(name), entry)
    return items


class _Others:
    """The ids of items and proofs in all versions but one, read only when something is not in that one."""

    def __init__(self, layers: list[Layer], own: Path, folder: Path | None, without: Path | None) -> None:
        self._layers, self._own, self._folder, self._without = layers, own, folder, without
        self._ids: set[str] | None = None

    def __contains__(self, id_: str) -> bool:
        if self._ids is None:
            aside = (self._folder, self._without)
            folders = [path for path in version_folders(self._own) if path not in aside]
            layers = [_layer(path, _shown(path, "").rstrip("/")) for path in folders]
            entries = [entry for layer in layers for entry in _entries(layer)]
            if self._folder is not None:
                entries += [entry for entry in _items(self._layers).values() if "proofs" in entry]
            self._ids = {entry["id"].strip() for entry in entries}
            self._ids |= {id_ for entry in entries for id_ in _proof_ids(entry.get("proofs"))}
        return id_ in self._ids


def _leave_aside(items: dict[str, Located], others: _Others) -> None:
    """What the county has filled in for items and proofs of other versions says nothing of this one."""
    for name, entry in list(items.items()):
        if "proofs" not in entry and name in others:
            del items[name]
        elif "proofs" not in entry and not {"no", "matter"} & set(entry):
            near = _near(name, items)
            hint = f"，是不是 {near}" if near else ""
            raise fault(entry.where("id"), f"没有事项“{name}”{hint}；新增的事项要写全 no、matter、proofs")
        else:
            _details_of(entry, others)


def _near(name: str, items: dict[str, Located]) -> str:
    """A known id that may be meant."""
    from difflib import get_close_matches

    known = [id_ for id_, entry in items.items() if "proofs" in entry]
    return next(iter(get_close_matches(name, known, 1)), "")


def _details_of(entry: Located, others: _Others) -> None:
    """Leave out the details of proofs that only other versions have; unknown ones stay, to be refused."""
    details = entry.get("proof_details")
    if isinstance(details, Located):
        ids = set(_proof_ids(entry.get("proofs")))
        entry["proof_details"] = _only_keys(
            details, [id_ for id_ in details if id_ in ids or id_ not in others]
        )


def _version_items(version: Layer, layers: list[Layer], others: _Others) -> dict[str, Located]:
    """The items of an imported version; what the county has filled in lies over them, not the structure.

    What ships filled in (a plan that a law gives) lies below them: it holds whatever the version's name.
    """
    items = {entry["id"].strip(): entry for entry in _entries(version)}
    for layer in layers[:-1]:
        for entry in _entries(layer):
            name, filled = entry["id"].strip(), _only_keys(entry, set(entry) - STRUCTURE - {"office"})
            if name in items and set(filled) - set(items[name]):
                items[name] = _over(filled, items[name])
    for entry in _entries(layers[-1]):
        name = entry["id"].strip()
        if name in items:
            filled = _only_keys(entry, set(entry) - STRUCTURE - {"office"})
            items[name] = _over(items[name], filled)
            _details_of(items[name], others)
        elif "proofs" not in entry and name not in others:
            raise fault(entry.where("id"), f"没有哪个版本的清单有事项“{name}”，请核对 id")
    return items


def _proof_ids(node: Any) -> Iterator[str]:
    """The ids of the proofs under a node as written."""
    if isinstance(node, Located):
        if isinstance(node.get("id"), str):
            yield node["id"]
        for value in node.values():
            yield from _proof_ids(value)
    elif isinstance(node, list):
        for value in node:
            yield from _proof_ids(value)


def _only_keys(entry: Located, keys: Iterable[str]) -> Located:
    """The entry with some of its keys."""
    kept = Located(entry.at, entry.file)
    kept.update({key: entry[key] for key in entry if key in set(keys)})
    kept.marks.update(entry.marks)
    kept.files.update({key: file for key, file in entry.files.items() if key in kept})
    return kept


def _over(below: Located | None, above: Located) -> Located:
    """``above`` laid over ``below``: its keys replace, others stay; places follow their key.

    A row's printed words and their reading belong to the layer that says what it asks: they change with it.
    """
    if below is None:
        return above
    result = laid_over(below, above)
    if "office" in below and "office" in above and "id" in above and below["office"] != above["office"]:
        message = f"事项 {above['id']} 是 {below['office']} 的，这个文件写的是 {above['office']}"
        raise fault(above.where("office"), message)
    if "proofs" in above:
        for key in {"printed", "reading"} - set(above):
            result.pop(key, None)
    elif "matter" in above and "printed" not in above and isinstance(below.get("printed"), Located):
        printed = Located(below["printed"].at, below["printed"].file)
        printed.update({**below["printed"], "matter": above["matter"]})
        result["printed"] = printed
    return result


def _whole(merged: dict[str, Any], items: dict[str, Located], own: Path) -> None:
    """Refuse a catalog that lacks a whole file."""
    for key in ("catalog", "county", "offices", "items"):
        if not (items if key == "items" else merged[key]):
            file = "items/*.yaml" if key == "items" else f"{key}.yaml"
            message = f"清单数据不完整：{own} 里没有 {file}，或其中没有内容"
            raise BadInput(message, (Problem("catalog", message),))


def _consistent_offices(offices: dict[str, Located], codes: set[str]) -> None:
    """Parents exist, and what an office is called is not what another is called."""
    called: dict[str, str] = {}
    for code, office in offices.items():
        parent = text(office, "parent", False)
        if parent and (parent not in codes or parent == code):
            raise fault(office.where("parent"), f"上级单位代号“{parent}”不在 offices.yaml 中")
        names = office.get("short") or []
        for name in {text(office, "name"), *([names] if isinstance(names, str) else names)}:
            if called.setdefault(name, code) != code:
                key = "short" if name in names else "name"
                raise fault(office.where(key), f"单位名称“{name}”已用于 {called[name]}")


def _no_repeats(items: Iterable[Located]) -> None:
    """A printed row number stands once, unless the item under it has ended before the other begins."""
    rows: dict[str, list[Located]] = {}
    for item in items:
        no = text(item, "no")
        for other in rows.setdefault(no, []):
            ends, begins = text(other, "valid_until", False), text(item, "valid_from", False)
            ends2, begins2 = text(item, "valid_until", False), text(other, "valid_from", False)
            if not ((ends and begins and ends < begins) or (ends2 and begins2 and ends2 < begins2)):
                raise fault(item.where("no"), f"序号 {no} 已用于 {text(other, 'id')}")
        rows[no].append(item)


def _sounds(item: dict[str, Any]) -> list[list[str]]:
    """Pinyin of the matter and of the proofs' names."""
    names = "".join(_names(item["tree"]))
    return [*spellings(item["matter"]), *spellings(names)]


def _names(node: dict[str, Any]) -> Iterator[str]:
    if "node" in node:
        yield from _names(node["node"])
    elif "nodes" in node:
        for child in node["nodes"]:
            yield from _names(child)
    else:
        yield node["name"]


def _natural(no: str) -> tuple[int, str]:
    return (int(no), "") if no.isdecimal() else (10**9, no)
