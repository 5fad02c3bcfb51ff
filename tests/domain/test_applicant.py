"""Identity numbers that can be true, and text that a document can carry (附件2 一; GB 11643, GB 32100)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.applicant import (
    FORM_CLAUSE,
    LONGEST,
    filled,
    identity_problems,
    no_personal_numbers,
    normal_number,
    phone_problems,
    text_problems,
)
from gaozhi_cli.domain.vocabulary import IdType
from tests.builders import TODAY, USCC_ALPHABET, a_uscc, an_id_number

LABEL, FIELD = "证件编号", "id_number"
FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
GB_11643_EXAMPLE = "11010519491231002X"  # the standard's own example, with the check digit X
ENDS_IN_X = next(n for n in (an_id_number(f"41018219900101{i:03d}") for i in range(100)) if n[-1] == "X")
MANY = settings(deadline=None, max_examples=150, database=None)

BIRTHDAYS = st.dates(date(1900, 1, 1), TODAY)
ID_NUMBERS = st.builds(
    lambda region, born, order: an_id_number(f"{region:06d}{born:%Y%m%d}{order:03d}"),
    st.integers(110000, 999999),
    BIRTHDAYS,
    st.integers(0, 999),
)
USCCS = st.text(USCC_ALPHABET, min_size=17, max_size=17).filter(lambda t: t.strip("0")).map(a_uscc)


def complaints(type_: IdType, typed: str, today: date = TODAY) -> list[str]:
    """The messages about a number as somebody typed it."""
    found = identity_problems(type_, normal_number(typed), today=today, label=LABEL, field=FIELD)
    assert all(p.code == "id-number" and p.clause == FORM_CLAUSE and p.field == FIELD for p in found)
    return [problem.message for problem in found]


def born(day: date, region: str = "410182") -> str:
    """A number of somebody born on a day."""
    return an_id_number(f"{region}{day:%Y%m%d}003")


@pytest.mark.parametrize(
    ("type_", "typed", "kept"),
    [
        (IdType.ID_CARD, an_id_number(), an_id_number()),
        (IdType.ID_CARD, GB_11643_EXAMPLE, GB_11643_EXAMPLE),
        (IdType.ID_CARD, GB_11643_EXAMPLE.lower(), GB_11643_EXAMPLE),
        (IdType.ID_CARD, f"  {ENDS_IN_X} \u3000", ENDS_IN_X),
        (IdType.ID_CARD, f"{ENDS_IN_X[:6]} {ENDS_IN_X[6:14]} {ENDS_IN_X[14:]}", ENDS_IN_X),
        (IdType.ID_CARD, ENDS_IN_X.translate(FULL_WIDTH), ENDS_IN_X),
        (IdType.ID_CARD, ENDS_IN_X.translate(FULL_WIDTH).lower(), ENDS_IN_X),
        (IdType.RESIDENCE_PERMIT, born(date(1990, 1, 1), "810000"), born(date(1990, 1, 1), "810000")),
        (IdType.RESIDENCE_PERMIT, born(date(1990, 1, 1), "820000"), born(date(1990, 1, 1), "820000")),
        (IdType.RESIDENCE_PERMIT, born(date(1990, 1, 1), "830000"), born(date(1990, 1, 1), "830000")),
        (IdType.ID_CARD, born(date(1990, 1, 1), "810000"), born(date(1990, 1, 1), "810000")),
        (IdType.FOREIGN_RESIDENT, an_id_number("91014019900101001"), an_id_number("91014019900101001")),
        (IdType.FOREIGN_RESIDENT, "abc123456789012", "ABC123456789012"),
        (IdType.ID_CARD, born(date(1950, 5, 6)), born(date(1950, 5, 6))),
        (IdType.ID_CARD, born(date(1990, 1, 1), "419999"), born(date(1990, 1, 1), "419999")),
        (IdType.ID_CARD, born(TODAY), born(TODAY)),
        (IdType.ID_CARD, born(date(2024, 2, 29)), born(date(2024, 2, 29))),
        (IdType.PASSPORT, "e12345678", "E12345678"),
        (IdType.HK_MACAO_PASS, "H01234567", "H01234567"),
        (IdType.TAIWAN_PASS, "01234567", "01234567"),
        (IdType.OFFICER, "军字第1234567号", "军字第1234567号"),
        (IdType.PASSPORT, an_id_number()[:-1] + "Y", an_id_number()[:-1] + "Y"),
        (IdType.USCC, a_uscc(), a_uscc()),
        (IdType.USCC, a_uscc().lower(), a_uscc()),
        (IdType.USCC, f" {a_uscc()[:8]} {a_uscc()[8:]}", a_uscc()),
        (IdType.USCC, "N2410182MF0123456K", "N2410182MF0123456K"),
        (IdType.USCC, a_uscc("A1410182MA0000001"), a_uscc("A1410182MA0000001")),
        (IdType.USCC, a_uscc("Y1410182MA0000001"), a_uscc("Y1410182MA0000001")),
    ],
)
def test_numbers_that_are_accepted_and_the_form_in_which_they_are_kept(
    type_: IdType, typed: str, kept: str
) -> None:
    """附件2 一: a true number is accepted however it is typed, and kept in one form."""
    assert normal_number(typed) == kept
    assert complaints(type_, typed) == []


def at(number: str, place: int, char: str) -> str:
    """The number with another character at a place counted from 1."""
    return number[: place - 1] + char + number[place:]


GOOD, CODE = an_id_number(), a_uscc()
OTHER_CHECK = at(GOOD, 18, str((int(GOOD[-1]) + 1) % 10))


@pytest.mark.parametrize(
    ("type_", "typed", "said"),
    [
        (IdType.ID_CARD, "410182900101003", "请提供 18 位号码"),
        (IdType.ID_CARD, GOOD[:-1], "应为 18 位，现为 17 位"),
        (IdType.ID_CARD, GOOD + "0", "应为 18 位，现为 19 位"),
        (IdType.ID_CARD, "1", "应为 18 位，现为 1 位"),
        (IdType.ID_CARD, born(TODAY + timedelta(days=1)), "晚于办理日期"),
        (IdType.ID_CARD, born(date(2099, 1, 1)), "晚于办理日期"),
        (IdType.RESIDENCE_PERMIT, born(date(2099, 1, 1), "810000"), "晚于办理日期"),
        (IdType.ID_CARD, an_id_number("41018219900230003"), "第 7 至 14 位不是有效的出生日期"),
        (IdType.ID_CARD, an_id_number("41018219901301003"), "第 7 至 14 位不是有效的出生日期"),
        (IdType.ID_CARD, an_id_number("41018220230229003"), "第 7 至 14 位不是有效的出生日期"),
        (IdType.ID_CARD, an_id_number("41018200000101003"), "第 7 至 14 位不是有效的出生日期"),
        (IdType.ID_CARD, an_id_number("41018217000101003"), "出生年份过早"),
        (IdType.ID_CARD, OTHER_CHECK, "第 18 位校验码与前 17 位不符"),
        (IdType.RESIDENCE_PERMIT, OTHER_CHECK, "第 18 位校验码与前 17 位不符"),
        (IdType.ID_CARD, at(GOOD, 5, "O"), "第 5 位不是数字"),
        (IdType.ID_CARD, at(GOOD, 17, "X"), "第 17 位不是数字"),
        (IdType.ID_CARD, at(GOOD, 18, "A"), "第 18 位不是数字或 X"),
        (IdType.ID_CARD, at(GOOD, 1, "٤"), "第 1 位不是数字"),
        (IdType.FOREIGN_RESIDENT, at(an_id_number("91014019900101001"), 18, "0"), "第 18 位校验码"),
        (IdType.FOREIGN_RESIDENT, GOOD, "应为 9 开头的 18 位号码"),
        (IdType.FOREIGN_RESIDENT, "AB123456789012", "三个字母加 12 位数字"),
        (IdType.PASSPORT, "E12", "4 至 30 位"),
        (IdType.PASSPORT, "E" * 31, "4 至 30 位"),
        (IdType.PASSPORT, "E1234_678", "4 至 30 位"),
        (IdType.HK_MACAO_PASS, "H0123\u202e4567", "4 至 30 位"),
        (IdType.USCC, "0" * 18, "不能全为 0"),
        (IdType.USCC, CODE[:-1], "应为 18 位，现为 17 位"),
        (IdType.USCC, at(CODE, 18, "0"), "第 18 位校验码与前 17 位不符"),
        (IdType.USCC, "N2410182MF0123456L", "第 18 位校验码与前 17 位不符"),
        *[(IdType.USCC, at(CODE, 1 + n, c), f"第 {1 + n} 位不是代码允许") for n, c in enumerate("IOSVZ")],
        (IdType.USCC, at(CODE, 9, "-"), "第 9 位不是代码允许"),
        (IdType.USCC, at(CODE, 18, "Z"), "第 18 位不是代码允许"),
    ],
)
def test_numbers_that_are_refused_say_what_and_where(type_: IdType, typed: str, said: str) -> None:
    """附件2 一: one complaint that names the digit or the rule and never repeats the number."""
    (message,) = complaints(type_, typed)
    assert message.startswith(f"{LABEL}：")
    assert said in message
    assert len(typed) < 4 or typed not in message


def test_the_day_of_the_act_decides_whether_a_birth_is_in_the_future() -> None:
    """附件2 一: born on the day itself is accepted, born the day after is not."""
    number = born(date(2020, 6, 1))
    assert complaints(IdType.ID_CARD, number, date(2020, 6, 1)) == []
    assert "晚于办理日期" in complaints(IdType.ID_CARD, number, date(2020, 5, 31))[0]


@MANY
@given(ID_NUMBERS, st.integers(0, 17), st.sampled_from("0123456789X"))
def test_any_single_wrong_digit_of_an_id_number_is_refused(number: str, place: int, char: str) -> None:
    """GB 11643: MOD 11-2 catches every single error."""
    assert complaints(IdType.ID_CARD, number) == []
    assume(number[place] != char)
    assert len(complaints(IdType.ID_CARD, at(number, place + 1, char))) == 1


@MANY
@given(ID_NUMBERS, st.integers(0, 16))
def test_two_neighbouring_digits_of_an_id_number_swapped_are_refused(number: str, place: int) -> None:
    """GB 11643: MOD 11-2 catches every swap of neighbours."""
    a, b = number[place], number[place + 1]
    assume(a != b)
    assert len(complaints(IdType.ID_CARD, number[:place] + b + a + number[place + 2 :])) == 1


@MANY
@given(USCCS, st.integers(0, 17), st.sampled_from(USCC_ALPHABET))
def test_any_single_wrong_character_of_a_credit_code_is_refused(code: str, place: int, char: str) -> None:
    """GB 32100: mod 31 catches every single error."""
    assert complaints(IdType.USCC, code) == []
    assume(code[place] != char)
    assert len(complaints(IdType.USCC, at(code, place + 1, char))) == 1


@MANY
@given(st.sampled_from(IdType), st.text("0123456789ABCX", min_size=5, max_size=20))
def test_no_message_repeats_the_number(type_: IdType, number: str) -> None:
    """附件2 一: what is said of a number holds neither the number nor any four places of it."""
    for message in complaints(type_, number):
        assert not any(number[start : start + 4] in message for start in range(len(number) - 3))


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        ("张\t三", 2, "U+0009"),
        ("第一行\n第二行", 4, "U+000A"),
        ("\r", 1, "U+000D"),
        ("ab\x1b[2J", 3, "U+001B"),
        ("\x00", 1, "U+0000"),
        ("a\x9b", 2, "U+009B"),
        ("\ud800", 1, "U+D800"),
        ("张三\u202e", 3, "U+202E"),
        ("\u2066张", 1, "U+2066"),
        ("\u200f", 1, "U+200F"),
        ("a\u2028b", 2, "U+2028"),
        ("x\ufffe", 2, "U+FFFE"),
        ("x\uffff", 2, "U+FFFF"),
        ("\ufdd0", 1, "U+FDD0"),
        ("𠮷\U0001fffe", 2, "U+1FFFE"),
    ],
)
def test_characters_no_document_can_carry_are_refused_with_their_place(
    text: str, place: int, code: str
) -> None:
    """附件2: control, surrogate, bidi and non-characters are refused, by place and code point."""
    (problem,) = text_problems(text, "姓名", "name")
    assert problem.code == "text-unprintable" and problem.field == "name"
    assert f"第 {place} 个字符" in problem.message and code in problem.message
    assert problem.message.isprintable()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "&<>\"'{}",
        "{{ 7*7 }}",
        "{% if x %}",
        "</w:t></w:r></w:p>",
        "[/]",
        "[red]甲[/red]",
        "=HYPERLINK(1)",
        "𠮷㛃",
        "👩‍👩‍👧",
        "张　三·买买提",
        "e\u0301",
        "字" * 500,
        "字" * LONGEST,
    ],
)
def test_printable_text_of_any_kind_is_accepted(text: str) -> None:
    """附件2: mark-up, formulas, rare characters, joined emoji and 500 characters are only text."""
    assert text_problems(text, "地址", "address") == []


def test_a_text_too_long_for_the_form_is_refused() -> None:
    """附件2: one character more than the longest text is refused with the limit."""
    (problem,) = text_problems("字" * (LONGEST + 1), "地址", "address")
    assert problem.code == "text-too-long" and str(LONGEST) in problem.message


@MANY
@given(st.text(st.characters(categories=("L", "M", "N", "P", "S", "Zs")), max_size=50))
def test_letters_marks_numbers_and_signs_are_never_refused(text: str) -> None:
    """附件2: whatever is a letter, mark, number, punctuation, sign or blank is carried."""
    assert text_problems(text, "地址", "address") == []


@pytest.mark.parametrize(
    ("phone", "refused"),
    [
        ("13800000000", False),
        ("0371-00000000", False),
        ("（0371）00000000转801", False),
        ("+86 138 0000 0000", False),
        ("１３８００００００００", False),
        ("ceshi@example.cn", False),
        ("微信 ceshi", True),
        ("123456", True),
        ("1234567", False),
        ("1" * 20, False),
        ("1" * 21, True),
        ("１２３", True),
    ],
)
def test_phone_numbers(phone: str, refused: bool) -> None:
    """附件2 一: a number of 7 to 20 digits, or an address with @."""
    found = phone_problems(phone, "联系方式", "phone")
    assert bool(found) is refused
    assert all(phone not in problem.message for problem in found)


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        (f"申请人{an_id_number()}来过", True),
        (ENDS_IN_X.lower(), True),
        (an_id_number().translate(FULL_WIDTH), True),
        ("电话 13800000000", True),
        ("电话 +86 138-0000-0000", True),
        ("证件 410182 19900101 0030", True),
        ("证件 410182-19900101-0030", True),
        ("见 RS-2026-00001 和 荥人社告承〔2026〕00001号", False),
        ("2026-11-24 现场核对原件", False),
        ("0371-00000000", False),
        ("", False),
    ],
)
def test_words_for_the_journal_hold_no_identity_or_mobile_number(text: str, refused: bool) -> None:
    """The journal holds nothing personal: identity and mobile numbers are refused, case numbers are not."""
    found = no_personal_numbers(text, "理由", "reason")
    assert bool(found) is refused
    assert all(text not in problem.message for problem in found)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("甲", True),
        ("7", True),
        ("ⅷ", True),
        ("。甲", True),
        ("", False),
        (" \u3000", False),
        ("；。", False),
        ("____", False),
        ("\u200b", False),
        ("\u3164", False),
        ("👍", False),
    ],
)
def test_a_blank_is_filled_only_by_a_letter_or_digit_that_can_be_seen(text: str, says: bool) -> None:
    """规程二（二）: dashes, blanks and invisible characters fill no blank of the form."""
    assert filled(text) is says


@given(st.text(st.characters(), max_size=6))
def test_the_quick_look_at_a_text_changes_no_answer(text: str) -> None:
    """A text is refused where one of its characters is; beside a line break every one is looked at."""
    alone = [bool(text_problems(char, "姓名", "name")) for char in text]
    found = text_problems(text, "姓名", "name")
    assert bool(found) == any(alone)
    if found:
        assert f"第 {alone.index(True) + 1} 个字符" in found[0].message
    slow = text_problems(text + "\n", "姓名", "name")  # goes through the loop
    assert f"第 {alone.index(True) + 1 if any(alone) else len(text) + 1} 个字符" in slow[0].message
