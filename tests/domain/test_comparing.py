"""Comparing with a register: what means the same is the same, and only the source's answer is an outcome."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.comparing import (
    ANSWERED,
    Answer,
    ComparedField,
    compare_field,
    compare_record,
    digits_lost,
    far_smaller,
    outcome_of,
    part_of,
    plain_day,
    plain_number,
    plain_text,
    too_old,
)
from gaozhi_cli.domain.vocabulary import ClaimPart, CompareAs, Compared, Held
from tests.builders import an_id_number

TODAY = date(2026, 11, 24)
NAME = ComparedField("姓名", "XM", CompareAs.NAME, ClaimPart.NAME)
STATE = ComparedField("状态", "ZT", CompareAs.STATUS, None, ("存续", "在营（开业）"))
VALID = ComparedField("有效期", "YXQ", CompareAs.VALID, None, ("长期",))
BORN = ComparedField("出生日期", "CSRQ", CompareAs.DATE, ClaimPart.BORN)
NUMBER = ComparedField("号码", "HM", CompareAs.NUMBER, ClaimPart.NUMBER)
TRUE_ZEROS = an_id_number("41018219900101900")  # its check digit is really a 0
SPACES = st.sampled_from(["", " ", "\u3000", "\u00a0", "\t", "\u200b"])


def wide(text: str) -> str:
    """The text in full width, as a register of the nineties keeps it."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@given(st.text())
def test_a_normalised_text_stays_what_it_is(text: str) -> None:
    """Idempotent for any text, so comparing twice says the same."""
    assert plain_text(plain_text(text)) == plain_text(text)
    assert plain_number(plain_number(text)) == plain_number(text)
    day = plain_day(text)
    assert day is None or plain_day(day) == day


@given(st.text(st.sampled_from("甲乙丙测试公司A1b2()·"), min_size=1), SPACES, SPACES)
def test_width_blanks_and_brackets_make_no_difference(text: str, before: str, between: str) -> None:
    """Full or half width, blanks anywhere, any brackets, any case."""
    spelt = before + between.join(text.replace("(", "〔").replace(")", "】").replace("·", "•"))
    for other in (spelt, wide(text), text.lower(), unicodedata.normalize("NFD", text)):
        assert compare_field(NAME, other, text, TODAY) is (Held.SAME if other.strip() else Held.ABSENT)


@given(st.text(st.sampled_from("甲乙丙丁"), min_size=1), st.text(st.sampled_from("甲乙丙丁"), min_size=1))
def test_other_characters_do(text: str, other: str) -> None:
    """Two names are the same only where every character is."""
    assert (compare_field(NAME, other, text, TODAY) is Held.SAME) == (text == other)


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_a_day_is_a_day_however_it_is_written(day: date) -> None:
    """Seven ways in which registers write a date; one day later is another."""
    iso = day.isoformat()
    for text in (
        iso, f"{day:%Y/%m/%d}", f"{day.year}年{day.month}月{day.day}日", f"{day:%Y%m%d}", f"{day:%Y.%m.%d}",
        f"{iso} 00:00:00", wide(f"{day:%Y%m%d}"),
    ):  # fmt: skip
        assert compare_field(BORN, text, iso, TODAY) is Held.SAME
        assert compare_field(BORN, text, (day + timedelta(1)).isoformat(), TODAY) is Held.DIFFERS


@pytest.mark.parametrize("text", ["2026-02-30", "20261301", "某年", "4.6E4", "1", "2026-1", "12/31/2026"])
def test_what_is_no_day_is_not_guessed(text: str) -> None:
    """A date that cannot be read is the source's fault, not a difference."""
    assert plain_day(text) is None
    assert compare_field(BORN, text, "1990-01-01", TODAY) is Held.UNREADABLE


@pytest.mark.parametrize(
    ("number", "lost"),
    [
        ("4.10182E+17", True), ("4.1018219900101003e+17", True), ("410182199001010000.0", True),
        ("410182199001010000", True), (an_id_number(), False), ("91410182MA0000001X", False),
        ("12345", False), (TRUE_ZEROS, False),
    ],
)  # fmt: skip
def test_digits_that_a_spreadsheet_has_lost_are_noticed(number: str, lost: bool) -> None:
    """Floats and rounded identity numbers; one that really ends in 000 is known by its check digit."""
    assert digits_lost(number) is lost


def test_numbers_are_compared_as_they_are_kept() -> None:
    """A small x, Excel's apostrophe, full width, blanks, a float's .0 make no difference."""
    number = "41018219900101123X"
    for text in (number.lower(), f"'{number}", wide(number), f" {number[:6]} {number[6:]}", number):
        assert compare_field(NUMBER, text, number, TODAY) is Held.SAME
    assert compare_field(NUMBER, "1001.0", "1001", TODAY) is Held.SAME
    assert compare_field(NUMBER, "4.10182E+17", number, TODAY) is Held.UNREADABLE


@pytest.mark.parametrize(
    ("field", "held", "state"),
    [
        (STATE, "存续", Held.SAME), (STATE, "在营(开业)", Held.SAME), (STATE, "注销", Held.DIFFERS),
        (STATE, "  ", Held.ABSENT), (VALID, "长期", Held.SAME), (VALID, "2026-11-24", Held.SAME),
        (VALID, "2026-11-23", Held.DIFFERS), (VALID, "见附页", Held.UNREADABLE), (VALID, "", Held.ABSENT),
    ],
)  # fmt: skip
def test_states_and_periods_of_validity(field: ComparedField, held: str, state: Held) -> None:
    """One of the words declared; not before the day of the act, or a word such as 长期."""
    assert compare_field(field, held, "", TODAY) is state


def test_a_record_gives_names_and_states_never_values() -> None:
    """In the order declared; a spoilt cell is None; a part that was never promised is absent."""
    record = {"XM": "测试甲", "ZT": None, "YXQ": "2020-01-01", "CSRQ": "1990-01-01"}
    states = compare_record([NAME, STATE, VALID, BORN], record, {ClaimPart.NAME: "测试甲"}, TODAY)
    assert states == (
        ("姓名", Held.SAME), ("状态", Held.UNREADABLE), ("有效期", Held.DIFFERS), ("出生日期", Held.ABSENT),
    )  # fmt: skip


@given(st.integers(0, 5), st.lists(st.sampled_from(list(Held)), max_size=5))
def test_outcomes(records: int, states: list[Held]) -> None:
    """Only one record with every field the same is a match; what cannot be read is no answer."""
    fields = tuple((str(n), state) for n, state in enumerate(states))
    outcome = outcome_of(records, fields)
    if records != 1:
        assert outcome is (Compared.NOT_FOUND if records == 0 else Compared.AMBIGUOUS)
    elif not states or Held.UNREADABLE in states:
        assert outcome is Compared.BAD_ANSWER
    else:
        assert (outcome is Compared.MATCH) == all(state is Held.SAME for state in states)
        assert outcome in (Compared.MATCH, Compared.MISMATCH)
    assert Answer("x", outcome).answered == (outcome in ANSWERED) == (outcome is not Compared.BAD_ANSWER)


@pytest.mark.parametrize("outcome", [one for one in Compared if one not in ANSWERED])
def test_a_technical_outcome_is_no_answer(outcome: Compared) -> None:
    """Nine of thirteen say nothing about the applicant."""
    assert not Answer("x", outcome).answered and len(ANSWERED) == 4


@settings(max_examples=50)
@given(st.integers(1, 10**7), st.integers(0, 10**7), st.integers(1, 100))
def test_an_extract_that_has_shrunk(before: int, rows: int, share: int) -> None:
    """Empty always, else below the share of the one before; the first is taken as it is."""
    assert far_smaller(rows, before, share) == (rows == 0 or rows / before < share / 100)
    assert far_smaller(rows, None, share) == (rows == 0)


def test_data_grows_old() -> None:
    """Days of the calendar; of no known day is too old where there is a limit, and only there."""
    assert not too_old("2026-11-14", TODAY, 10) and too_old("2026-11-13", TODAY, 10)
    assert too_old(None, TODAY, 10) and not too_old(None, TODAY, None)


def test_the_parts_of_a_claim() -> None:
    """The birth date is a part of a resident's number only."""
    fields = {"number": an_id_number(), "name": "测试甲", "phone": "13800000000"}
    parts = {part: part_of(part, "id-card", fields, {"name": "测试戊"}) for part in ClaimPart}
    assert parts[ClaimPart.BORN] == "1990-01-01" and parts[ClaimPart.AGENT_NAME] == "测试戊"
    assert parts[ClaimPart.NUMBER] == an_id_number() and parts[ClaimPart.CONTACT] == ""
    assert (
        part_of(ClaimPart.BORN, "uscc", fields, {})
        == part_of(ClaimPart.AGENT_NUMBER, "uscc", fields, {})
        == ""
    )
