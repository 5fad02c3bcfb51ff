"""Pinyin as a clerk types it: initials and full spelling, the surname sounds of names too (DESIGN: rsj)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.storage.pinyin import SURNAMES, initials, spellings

MANY = settings(deadline=None, max_examples=200, database=None)


@pytest.mark.parametrize(
    ("text", "full", "short"),
    [
        ("人社局", ["rensheju"], ["rsj"]),
        ("荥阳市", ["xingyangshi"], ["xys"]),
        ("单县", ["danxian", "shanxian"], ["dx", "sx"]),
        ("解放", ["jiefang", "xiefang"], ["jf", "xf"]),
        ("重庆", ["chongqing"], ["cq"]),
        ("长春", ["changchun"], ["cc"]),
        ("银行", ["yinhang"], ["yh"]),
        ("会计", ["kuaiji"], ["kj"]),
        ("绿化", ["lvhua"], ["lh"]),  # ü is typed v
        ("任职", ["renzhi"], ["rz"]),  # the surname sound is the usual one: once
        ("失业登记", ["shiyedengji"], ["sydj"]),
        ("毕（结、肄）业 证", ["bijieyiyezheng"], ["bjyyz"]),
        ("2021年度", ["2021niandu"], ["2021nd"]),
        ("𠮷野", ["𠮷ye"], ["𠮷y"]),  # a character without a sound stays itself
        ("", [], []),
        ("（、）· ", [], []),
    ],
)
def test_a_name_in_pinyin(text: str, full: list[str], short: list[str]) -> None:
    """Both readings where a character doubles as a surname; punctuation is not typed."""
    assert spellings(text) == (full, short)
    assert initials(text) == short


@pytest.mark.parametrize("char", SURNAMES)
def test_every_surname_is_found_by_both_sounds(char: str) -> None:
    """单某, 解某 …: the usual sound and the surname's."""
    full, short = spellings(f"{char}某")
    assert f"{SURNAMES[char]}mou" in full and SURNAMES[char][0] + "m" in short
    assert len(set(full)) == len(full) and len(set(short)) == len(short)


@MANY
@given(st.text(max_size=12))
def test_any_text_has_spellings_without_blanks_in_lower_case(text: str) -> None:
    """Whatever an office is called: nothing fails, nothing needs the shift key or the bar."""
    full, short = spellings(text)
    assert bool(full) is bool(short) is any(char.isalnum() for char in text)
    for spelling in (*full, *short):
        assert spelling == spelling.lower() and not any(char.isspace() for char in spelling)


@MANY
@given(st.text("人社局登记证明水户", min_size=1, max_size=12))
def test_initials_have_a_letter_for_every_character(text: str) -> None:
    """A name of usual characters: as many letters as characters, those that the syllables begin with."""
    (full,), (short,) = spellings(text)
    assert len(short) == len(text) and short[0] == full[0] and short.isascii()


BOTH = "pinyin.spellings: all surname characters take their surname sound together, or none does"
LATIN = "pinyin.spellings: a run of letters loses all but its first, and hides surname sounds beside it"


@pytest.mark.parametrize(
    ("text", "typed"), [("单县社区", "sxsq"), ("单县社区", "shanxianshequ"), ("解放区单某", "jfqsm")]
)
def test_each_surname_character_may_take_either_sound(text: str, typed: str) -> None:
    """单县社区 is Shanxian shequ: 单 as a surname, 区 as usual."""
    full, short = spellings(text)
    assert typed in (*full, *short)


@pytest.mark.parametrize(
    ("text", "typed"), [("CT除外", "ctcw"), ("单县CT室", "sxcts"), ("单县CT室", "shanxianctshi")]
)
def test_latin_letters_are_typed_whole(text: str, typed: str) -> None:
    """附件1 第38行 has CT: nobody types c for it."""
    full, short = spellings(text)
    assert typed in (*full, *short)
