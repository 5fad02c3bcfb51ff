"""Pinyin of names, made once when the catalog is compiled: initials and full spelling (DESIGN: rsj → 人社局).

A library reads 单县 as dan and 解放 as jie by context, which is right for words and wrong for some names
of people and places; so a second reading takes characters that double as surnames by their surname
sound. Which one a clerk types then does not matter.
"""

from __future__ import annotations

from itertools import product

LONGEST = 400  # characters: nobody types more, and the library takes ever longer
MOST_DOUBTFUL = 3  # readings double with each
SURNAMES = {
    "单": "shan", "解": "xie", "曾": "zeng", "翟": "zhai", "查": "zha", "仇": "qiu", "区": "ou", "朴": "piao",
    "任": "ren", "华": "hua", "盖": "ge", "乐": "yue", "员": "yun", "黑": "he", "折": "she", "缪": "miao",
}  # fmt: skip


def spellings(text: str) -> tuple[list[str], list[str]]:
    """Full pinyin and initials of a text, lower case, without punctuation; surname readings as well."""
    from pypinyin import lazy_pinyin

    kept = "".join(char for char in text if char.isalnum())[:LONGEST]
    if not kept:
        return [], []
    usual = lazy_pinyin(kept, errors=lambda other: list(other))  # type: ignore[arg-type, return-value]  # letters and digits one by one
    choices = [[sound] for sound in usual]
    if len(usual) == len(kept):
        doubtful = [place for place, char in enumerate(kept) if char in SURNAMES][:MOST_DOUBTFUL]
        for place in doubtful:
            choices[place] = list(dict.fromkeys((usual[place], SURNAMES[kept[place]])))
    readings = list(product(*choices))
    full = ["".join(reading).lower() for reading in readings]
    first = ["".join(sound[:1] for sound in reading).lower() for reading in readings]
    return list(dict.fromkeys(full)), list(dict.fromkeys(first))


def initials(text: str) -> list[str]:
    """Every initials of a text."""
    return spellings(text)[1]
