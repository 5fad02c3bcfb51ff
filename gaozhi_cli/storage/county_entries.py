"""The county's side of the catalog's YAML: head, settings, offices, parameters, holidays, 领域, candidates.

Each function takes a mapping that knows its place and returns JSON types (docs/catalog.md).
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from gaozhi_cli.domain.vocabulary import CheckStage, CountedFrom, Level, Word
from gaozhi_cli.storage.pinyin import initials
from gaozhi_cli.storage.strict_yaml import Located, fault
from gaozhi_cli.storage.yaml_values import day, entries, is_day, mapping, only, text, texts, whole, word, yes

CATALOG_KEYS = {"version", "title", "source", "effective"}
OFFICE_KEYS = {"code", "name", "short", "parent", "note", "contact", "responsible"}
COUNTY_KEYS = {"name", "extends", "formal", "number", "complaints"}
PARAMETER_KEYS = {"id", "label", "unit", "clause", "values", "note"}
YEAR_KEYS = {"year", "status", "source", "holidays", "workdays"}
FIELD_KEYS = {"name", "source"}
FREQUENCY_KEYS = {"count", "year", "source"}
JUDGEMENT_KEYS = {"level", "source"}
CANDIDATE_KEYS = {
    "id", "office", "matter", "proof", "frequency", "difficulty", "field", "duty", "rationale", "source",
}  # fmt: skip


def read_head(entry: Located) -> dict[str, Any]:
    """catalog.yaml: version, title, source, effective date."""
    return {
        "version": text(entry, "version"),
        "title": text(entry, "title"),
        "source": text(entry, "source"),
        "effective": day(entry, "effective", needed=True),
    }


def read_county(entry: Located, codes: set[str]) -> dict[str, Any]:
    """county.yaml: the county's settings."""
    number = mapping(entry, "number", {"prefix"})
    prefixes = mapping(number, "prefix", codes) if number is not None else None
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
        "formal": yes(entry, "formal") if "formal" in entry else False,
        "prefixes": [[code, text(prefixes, code)] for code in prefixes or ()] if prefixes else [],
        "complaints": complaints,
    }


def read_office(entry: Located) -> dict[str, Any]:
    """An office, with the pinyin initials of its names."""
    code = text(entry, "code")
    if not re.fullmatch(r"[A-Z][A-Z0-9]{0,7}", code):
        raise fault(entry.where("code"), "code 应是大写字母开头的字母数字")
    name, short = text(entry, "name"), texts(entry, "short")
    return {
        "code": code,
        "name": name,
        "short": short,
        "initials": sorted({sound for n in (name, *short) for sound in initials(n)}),
        "parent": text(entry, "parent", needed=False),
        "contact": read_contact(entry),
        "responsible": text(entry, "responsible", needed=False),
    }


PARAMETERS = frozenset(
    {
        "verification.period.online",
        "verification.period.onsite",
        "verification.visits.window",
        "verification.persons",
        "verification.stage.online",
        "verification.stage.onsite",
        "verification.from.online",
        "verification.from.onsite",
        "assistance.period",
        "supplement.notice",
        "retention.commitment",
        "retention.unsigned",
    }
)


WORDED: dict[str, type[Word]] = {"verification.stage.": CheckStage, "verification.from.": CountedFrom}


def read_parameter(entry: Located) -> dict[str, Any]:
    """A dated parameter."""
    values = []
    id_ = text(entry, "id")
    if id_ not in PARAMETERS:
        raise fault(entry.where("id"), f"不认识的参数“{entry['id']}”")
    words = next((words for prefix, words in WORDED.items() if id_.startswith(prefix)), None)
    for value in entries(entry, "values"):
        only(value, {"since", "value", "source"})
        read = word(value, "value", words) if words is not None else whole(value, "value")
        values.append([day(value, "since", True), read, text(value, "source")])
    texts = {key: text(entry, key, False) for key in ("label", "unit", "clause", "note")}
    return {"id": id_, **texts, "values": values}


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
        days[key] = [is_day(one, entry.where(key)) for one in texts(entry, key)]
        for one in days[key]:
            if not one.startswith(year):
                raise fault(entry.where(key), f"{one} 不在 {year} 年内")
            if days[key].count(one) > 1:
                raise fault(entry.where(key), f"{one} 写了两次")
    both = set(days["holidays"]) & set(days["workdays"])
    if both:
        raise fault(entry.where("workdays"), f"{min(both)} 既放假又上班")
    for one in days["workdays"]:
        if date.fromisoformat(one).weekday() < 5:
            told = f"{one} 不是周六、周日：workdays 只写调休上班的周末"
            raise fault(entry.where("workdays"), told)
    if status == "公布" and not days["holidays"]:
        raise fault(entry.where("status"), f"{year} 年写作“公布”，却没有一天放假；还没有公布的写 暂定")
    return {"year": int(year), "published": status == "公布", "source": text(entry, "source"), **days}


def read_contact(entry: Located) -> list[str]:
    """联系人 and 联系方式."""
    contact = mapping(entry, "contact", {"person", "phone"})
    if contact is None:
        return ["", ""]
    return [text(contact, "person", needed=False), text(contact, "phone", needed=False)]


def read_field(entry: Located) -> str:
    """The name of a 领域 (规程一)."""
    text(entry, "source")
    return text(entry, "name")


def read_frequency(entry: Located) -> list[Any] | None:
    """频次: cases in a year, with the year and the source of the count."""
    frequency = mapping(entry, "frequency", FREQUENCY_KEYS)
    if frequency is None:
        return None
    cases = int(whole(frequency, "count", 10**9 - 1, "件数"))
    return [cases, text(frequency, "year"), text(frequency, "source")]


def read_judgement(entry: Located, key: str) -> list[str] | None:
    """A level (低, 中, 高) with its source: 难度, 风险等级."""
    judgement = mapping(entry, key, JUDGEMENT_KEYS)
    if judgement is None:
        return None
    return [word(judgement, "level", Level), text(judgement, "source")]


def read_candidate(entry: Located, codes: set[str], fields: set[str]) -> dict[str, Any]:
    """A proof considered for the next version (规程一)."""
    office = text(entry, "office")
    if office not in codes:
        raise fault(entry.where("office"), f"单位代号“{office}”不在 offices.yaml 中")
    frequency, difficulty = read_frequency(entry), read_judgement(entry, "difficulty")
    if frequency is None or difficulty is None:
        raise fault(entry.where("id"), f"候选事项“{text(entry, 'id')}”缺少 frequency 或 difficulty")
    return {
        "office": office,
        "matter": text(entry, "matter"),
        "proof": text(entry, "proof"),
        "frequency": frequency,
        "difficulty": difficulty,
        "field": known_field(entry, fields),
        **{key: text(entry, key, False) for key in ("duty", "rationale", "source")},
    }


def known_field(entry: Located, fields: set[str]) -> str:
    """The entry's 领域, one of fields.yaml; empty where it has none."""
    field = text(entry, "field", False)
    if field and field not in fields:
        known = "、".join(sorted(fields))
        raise fault(entry.where("field"), f"领域“{field}”不在 fields.yaml 中，可用：{known}")
    return field
