"""What of a person may be shown (通知五（六）：不涉及个人隐私)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.publication import masked_name, masked_number
from gaozhi_cli.domain.vocabulary import SubjectKind
from tests.builders import a_uscc, an_id_number

CITIZEN, ORGANIZATION = SubjectKind.CITIZEN, SubjectKind.ORGANIZATION
MANY = settings(deadline=None, max_examples=100, database=None)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("测试", "测*"), ("测试甲", "测**"), ("𠮷田测试", "𠮷***"), ("测", "测*"), ("", "")],
)
def test_a_citizens_name_shows_its_first_character(name: str, shown: str) -> None:
    """张三 → 张*; a single character does not betray that it is the whole name."""
    assert masked_name(name, CITIZEN) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("41018219900101001X", "4101**********001X"),
        ("410182900101001", "4101*******1001"),
        ("E12345678", "E*******8"),
        ("E1234", "E***4"),
        ("1234", "****"),
        ("1", "*"),
        ("军字第1234567号", "军字*******7号"),
    ],
)
def test_a_citizens_number_shows_its_ends(number: str, shown: str) -> None:
    """4101**********001X; a short number shows a fifth at each end, a very short one nothing."""
    assert masked_number(number, CITIZEN) == shown


@pytest.mark.parametrize("number", ["1", "12", "1234"])
def test_a_very_short_number_shows_nothing(number: str) -> None:
    """A 军官证 of four digits would be read from two of them."""
    assert masked_number(number, CITIZEN) == "*" * len(number)


def test_an_organizations_name_and_code_stay_whole() -> None:
    """They are data of public registers."""
    assert masked_name("荥阳市测试公司", ORGANIZATION) == "荥阳市测试公司"
    assert masked_number(a_uscc(), ORGANIZATION) == a_uscc()


@MANY
@given(st.text("0123456789ABCDEFGHX", max_size=30))
def test_the_middle_of_a_number_is_never_shown(number: str) -> None:
    """As long as the number; at most four places or a fifth at each end."""
    shown = masked_number(number, CITIZEN)
    ends = 4 if len(number) >= 15 else len(number) // 5
    assert len(shown) == len(number)
    for place, char in enumerate(number):
        at_an_end = place < ends or place >= len(number) - ends
        assert shown[place] == (char if at_an_end else "*")


@MANY
@given(st.text(st.characters(categories=("L",)), min_size=2, max_size=12))
def test_of_a_name_only_the_first_character_is_shown(name: str) -> None:
    """Whatever the script or the length of the name."""
    assert masked_name(name, CITIZEN) == name[0] + "*" * (len(name) - 1)


def test_two_people_who_differ_in_the_birth_date_look_alike() -> None:
    """The birth date, places 7 to 14, is hidden whole."""
    shown = masked_number(an_id_number("41018219900101003"), CITIZEN)
    assert "1990" not in shown and shown[4:14] == "*" * 10
