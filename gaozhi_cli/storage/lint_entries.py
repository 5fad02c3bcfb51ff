"""Reads what the lint knows from YAML: lint, certificates, law_changes and waivers (docs/catalog.md).

The county's own files lie over the shipped ones, entry by entry and key by key. The result is plain data
(JSON types) that ``book_from`` turns into the domain's Book; faults name file, line and column.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from gaozhi_cli.domain.catalog import Basis
from gaozhi_cli.domain.lint.book import (
    Book,
    Certificate,
    IssuerWords,
    LawChange,
    LogicWords,
    Waiver,
    Wording,
)
from gaozhi_cli.domain.lint.rules import NEED_CITATION, RULES
from gaozhi_cli.storage import strict_yaml
from gaozhi_cli.storage.home import shipped
from gaozhi_cli.storage.strict_yaml import Located, fault
from gaozhi_cli.storage.yaml_values import day, entries, laid_over, mapping, only, text, texts, yes

WORDING_KEYS = {"text", "why", "source", "area", "instead", "exceptions", "use"}
ISSUER_KEYS = {"text", "issuer", "source", "use"}
LOGIC_KEYS = ("stated", "joins", "asks", "nouns")
BASIS_ORDER = ("law", "article", "text", "version", "paragraph", "subparagraph", "source")
GROUND_KEYS = {"rule", "use", *BASIS_ORDER}
CERTIFICATE_KEYS = {"name", "spellings", "issuer", "source", "verified", "use"}
CHANGE_KEYS = {"id", "words", "since", "message", "way_out", "source", "verified", "citations", "use"}
WAIVER_KEYS = {"id", "rules", "items", "words", "reason", "citation", "accepted", "by", "date"}
WORDINGS = ("vague", "not_proofs", "events", "areas", "copies", "method_synonyms", "not_law")
# file, list in it, the key that names an entry, the keys an entry may have
LISTS = (
    *(("lint", key, "text", WORDING_KEYS) for key in WORDINGS),
    ("lint", "issuers", "text", ISSUER_KEYS),
    ("lint", "grounds", "rule", GROUND_KEYS),
    ("certificates", "certificates", "name", CERTIFICATE_KEYS),
    ("law_changes", "changes", "id", CHANGE_KEYS),
    ("law_changes", "regimes", "id", CHANGE_KEYS),
    ("waivers", "waivers", "id", WAIVER_KEYS),
)
SINGLE = ("logic", "applicants")  # of lint.yaml, not lists of entries
FILES = ("lint", "certificates", "law_changes", "waivers")


def compile_book(folders: Sequence[Path]) -> dict[str, Any]:
    """The lint's book as plain data, later folders over earlier ones. Raises BadInput with the place."""
    merged: dict[str, dict[str, Located]] = {key: {} for _, key, *_ in LISTS}
    logic: dict[str, list[str]] = {key: [] for key in LOGIC_KEYS}
    applicants: list[str] = []
    for folder in folders:
        for name, document in _documents(folder):
            _lay_over(merged, name, document)
            logic |= _logic(document)
            applicants = texts(document, "applicants") if "applicants" in document else applicants
    plain: dict[str, Any] = {key: [_wording(entry) for entry in _used(merged[key])] for key in WORDINGS}
    return plain | {
        "issuers": [_named(entry, "text", "issuer", "source") for entry in _used(merged["issuers"])],
        "applicants": applicants,
        "logic": logic,
        "grounds": [_ground(entry) for entry in _used(merged["grounds"])],
        "certificates": _certificates(_used(merged["certificates"])),
        "changes": [_change(entry) for entry in _used(merged["changes"])],
        "regimes": [_change(entry) for entry in _used(merged["regimes"])],
        "waivers": [_waiver(entry) for entry in merged["waivers"].values()],
    }


def _documents(folder: Path) -> Iterator[tuple[str, Located]]:
    prefix = "随附 catalog" if folder == shipped("catalog") else "catalog"
    for name in FILES:
        path = folder / f"{name}.yaml"
        if path.is_file():
            yield name, strict_yaml.load(path, f"{prefix}/{name}.yaml")


def _lay_over(merged: dict[str, dict[str, Located]], name: str, document: Located) -> None:
    """The lists of one file over those below; an entry is named once in it."""
    lists = [(key, by, allowed) for file, key, by, allowed in LISTS if file == name]
    only(document, [*(key for key, *_ in lists), *(SINGLE if name == "lint" else ())])
    for key, by, allowed in lists:
        seen: set[str] = set()
        for entry in entries(document, key):
            only(entry, allowed)
            called = text(entry, by)
            if called in seen:
                raise fault(entry.where(by), f"{by} “{called}”重复")
            seen.add(called)
            merged[key][called] = laid_over(merged[key].get(called), entry)


def _used(named: dict[str, Located]) -> list[Located]:
    """The entries that the county has not switched off (use: 否)."""
    return [entry for entry in named.values() if "use" not in entry or yes(entry, "use")]


def _named(entry: Located, *keys: str) -> list[str]:
    return [text(entry, key) for key in keys]


def _several(entry: Located, key: str) -> list[str]:
    """A list of texts with at least one in it."""
    several = texts(entry, key)
    if not several or not all(several):
        raise fault(entry.where(key), f"缺少“{key}”")
    return several


def _logic(document: Located) -> dict[str, list[str]]:
    logic = mapping(document, "logic", set(LOGIC_KEYS))
    return {} if logic is None else {key: _several(logic, key) for key in logic}


def _wording(entry: Located) -> list[Any]:
    wanted = text(entry, "text")
    if not wanted.strip("*"):
        raise fault(entry.where("text"), "“text”里至少要有一个字")
    return [
        wanted,
        text(entry, "why"),
        *(text(entry, key, False) for key in ("source", "area", "instead")),
        texts(entry, "exceptions"),
    ]


def _basis(entry: Located) -> list[str]:
    return [text(entry, key, key in ("law", "article", "text", "source")) for key in BASIS_ORDER]


def _ground(entry: Located) -> list[Any]:
    return [_rule(text(entry, "rule"), entry.where("rule")), _basis(entry)]


def _rule(id_: str, where: str) -> str:
    known = [rule.id for rule in RULES]
    if id_ not in known:
        raise fault(where, f"没有规则“{id_}”，可用：{'、'.join(known)}")
    return id_


def _certificates(found: list[Located]) -> list[list[Any]]:
    """Certificates; a spelling belongs to one of them."""
    owners: dict[str, str] = {}
    plain: list[list[Any]] = []
    for entry in found:
        name, spellings = text(entry, "name"), _several(entry, "spellings")
        for spelling in spellings:
            owner = owners.setdefault(spelling, name)
            if owner != name:
                raise fault(entry.where("spellings"), f"叫法“{spelling}”已列在“{owner}”之下")
        verified = "verified" in entry and yes(entry, "verified")
        issuer = text(entry, "issuer", False)
        plain.append([name, spellings, issuer, text(entry, "source", bool(issuer)), verified])
    return plain


def _change(entry: Located) -> list[Any]:
    citations = [_checked(basis) for basis in entries(entry, "citations")]
    verified = "verified" in entry and yes(entry, "verified")
    if verified and not citations:
        raise fault(entry.where("verified"), "写了 verified: 是，就要在 citations 写明核对过的条文")
    return [
        text(entry, "id"),
        _several(entry, "words"),
        day(entry, "since", needed=True),
        *_named(entry, "message", "way_out", "source"),
        verified,
        citations,
    ]


def _checked(entry: Located) -> list[str]:
    only(entry, BASIS_ORDER)
    return _basis(entry)


def _waiver(entry: Located) -> list[Any]:
    rules = [_rule(rule, entry.where("rules")) for rule in _several(entry, "rules")]
    citation = mapping(entry, "citation", set(BASIS_ORDER))
    accepted = "accepted" in entry and yes(entry, "accepted")
    wording = [rule for rule in rules if rule in NEED_CITATION]
    if accepted and wording and citation is None:
        message = f"认可规则 {'、'.join(wording)} 的例外，要在 citation 写明文字沿用的条文"
        raise fault(entry.where("accepted"), message)
    return [
        text(entry, "id"),
        rules,
        _several(entry, "items"),
        texts(entry, "words"),
        text(entry, "reason"),
        _basis(citation) if citation is not None else None,
        accepted,
        text(entry, "by", accepted),
        day(entry, "date", accepted),
    ]


def book_from(plain: dict[str, Any]) -> Book:
    """The book that plain data describes."""
    return Book(
        **{key: tuple(_wording_from(*row) for row in plain[key]) for key in WORDINGS},
        issuers=tuple(IssuerWords(*row) for row in plain["issuers"]),
        applicants=tuple(plain["applicants"]),
        logic=LogicWords(*(tuple(plain["logic"][key]) for key in LOGIC_KEYS)),
        grounds=tuple((rule, Basis(*basis)) for rule, basis in plain["grounds"]),
        certificates=tuple(
            Certificate(name, tuple(forms), *rest) for name, forms, *rest in plain["certificates"]
        ),
        changes=tuple(_change_from(*row) for row in plain["changes"]),
        regimes=tuple(_change_from(*row) for row in plain["regimes"]),
        waivers=tuple(_waiver_from(*row) for row in plain["waivers"]),
    )


def _wording_from(
    text_: str, why: str, source: str, area: str, instead: str, exceptions: list[str]
) -> Wording:
    return Wording(text_, why, source, area, instead, tuple(exceptions))


def _change_from(
    id_: str,
    words: list[str],
    since: str,
    message: str,
    way_out: str,
    source: str,
    verified: bool,
    citations: list[list[str]],
) -> LawChange:
    bases = tuple(Basis(*basis) for basis in citations)
    begins = date.fromisoformat(since)
    return LawChange(id_, tuple(words), begins, message, way_out, source, verified, bases)


def _waiver_from(
    id_: str,
    rules: list[str],
    items: list[str],
    words: list[str],
    reason: str,
    citation: list[str] | None,
    accepted: bool,
    by: str,
    accepted_on: str,
) -> Waiver:
    basis = Basis(*citation) if citation else None
    begins = date.fromisoformat(accepted_on) if accepted_on else None
    covered = (tuple(rules), tuple(items), tuple(words))
    return Waiver(id_, *covered, reason, basis, accepted, by, begins)
