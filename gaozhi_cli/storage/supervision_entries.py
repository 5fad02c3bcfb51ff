"""Reads the county's 抽查比例 from ``catalog/supervision.yaml`` (docs/catalog.md). Ships empty."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from gaozhi_cli.domain.catalog import Catalog
from gaozhi_cli.domain.draw_rules import RateRule
from gaozhi_cli.domain.supervision import Rate, read_percent
from gaozhi_cli.domain.vocabulary import Level
from gaozhi_cli.storage import strict_yaml
from gaozhi_cli.storage.home import shipped
from gaozhi_cli.storage.strict_yaml import Located, fault
from gaozhi_cli.storage.yaml_values import day, entries, only, text, whole, word

FILE = "supervision.yaml"
KEYS = {"rate", "least", "since", "source", "item", "risk", "office"}
ABOUT = ("item", "risk", "office")


def county_rates(own: Path, catalog: Catalog) -> tuple[RateRule, ...]:
    """The rates of a county, shipped ones and its own. Raises BadInput."""
    found: list[RateRule] = []
    for folder in (shipped("catalog"), own):
        path = folder / FILE
        if path.is_file():
            document = strict_yaml.load(path, f"{'' if folder == own else '随附 '}catalog/{FILE}")
            only(document, ["rates"])
            found += [_rule(entry, catalog) for entry in entries(document, "rates")]
    return tuple(found)


def _rule(entry: Located, catalog: Catalog) -> RateRule:
    only(entry, KEYS)
    share = read_percent(text(entry, "rate"))
    if share is None:
        raise fault(entry.where("rate"), f"比例“{entry['rate']}”应写作 5% 或 0.5%，不超过 100%")
    about = [key for key in ABOUT if key in entry]
    if len(about) > 1:
        raise fault(entry.where(about[1]), f"“{about[0]}”和“{about[1]}”只能写一个；都不写的用于全部")
    office = text(entry, "office") if "office" in entry else ""
    if office and office not in {known.code for known in catalog.offices}:
        raise fault(entry.where("office"), f"单位代号“{office}”不在 offices.yaml 中")
    item = text(entry, "item") if "item" in entry else ""
    if item and catalog.item(item) is None:
        raise fault(entry.where("item"), f"清单里没有事项“{item}”（写事项代号，如 sc-14）")
    least = int(whole(entry, "least", what="件数")) if "least" in entry else 0
    return RateRule(
        date.fromisoformat(day(entry, "since", True)),
        Rate(share, least, text(entry, "source")),
        item,
        Level(word(entry, "risk", Level)) if "risk" in entry else None,
        office,
    )
