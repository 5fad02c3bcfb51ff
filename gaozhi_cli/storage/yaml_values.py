"""Values out of the catalog's YAML, checked: texts, mappings, dates, words. Faults name their place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import date
from typing import TypeVar

from gaozhi_cli.domain.vocabulary import Word, labels
from gaozhi_cli.storage.strict_yaml import Located, fault

YES_NO = {"是": True, "否": False}
AnyWord = TypeVar("AnyWord", bound=Word)


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


def texts(entry: Located, key: str) -> list[str]:
    """A list of texts; a single text counts as one."""
    value = entry.get(key, [])
    if isinstance(value, str):
        value = [value] if value else []
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        raise fault(entry.where(key), f"“{key}”应是一列文字")
    return [v.strip() for v in value]


def mapping(entry: Located, key: str, allowed: Collection[str]) -> Located | None:
    """A mapping with only the allowed keys; None where the key is absent."""
    value = entry.get(key)
    if value is None:
        return None
    if not isinstance(value, Located):
        raise fault(entry.where(key), f"“{key}”应是“键: 值”")
    only(value, allowed)
    return value


def day(entry: Located, key: str, needed: bool = False) -> str:
    """An ISO date as text; empty where it is absent and not needed."""
    value = text(entry, key, needed)
    if value:
        is_day(value, entry.where(key))
    return value


def is_day(value: str, where: str) -> str:
    """The text of an ISO date. Raises BadInput for any other."""
    try:
        if date.fromisoformat(value).isoformat() != value:
            raise ValueError(value)
    except ValueError:
        raise fault(where, f"“{value}”不是日期，应写作 2026-01-31") from None
    return value


def yes(entry: Located, key: str) -> bool:
    """是 or 否 as a flag."""
    value = text(entry, key)
    if value not in YES_NO:
        raise fault(entry.where(key), f"“{key}”应写 是 或 否")
    return YES_NO[value]


def word(entry: Located, key: str, words: type[AnyWord]) -> str:
    """The English word of a closed list, written by its Chinese label."""
    return word_of(text(entry, key), entry.where(key), key, words)


def word_of(value: str, where: str, key: str, words: type[AnyWord]) -> str:
    """As ``word``, for a value at hand."""
    for known in words:
        if value in (known.value, known.label):
            return known.value
    raise fault(where, f"“{key}”不认识“{value}”，可用：{labels(words)}")


def whole(entry: Located, key: str, most: int = 9999, what: str = "天数") -> str:
    """A whole number from 1 on, as text; ``what`` it counts is told where it is none."""
    value = text(entry, key)
    if not re.fullmatch(r"[1-9]\d*", value) or len(value) > 9 or int(value) > most:
        raise fault(entry.where(key), f"“{value}”不是{what}，应是 1 至 {most} 的整数")
    return value


def laid_over(below: Located | None, above: Located) -> Located:
    """The keys of ``above`` replace those below, the others stay; places follow their key."""
    if below is None:
        return above
    result = Located(above.at, above.file)
    result.update({**below, **above})
    result.marks.update({**below.marks, **above.marks})
    result.files.update({key: below.files.get(key, below.file) for key in below if key not in above})
    return result
