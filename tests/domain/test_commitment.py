"""One case: its number, and the steps it may take (规程四)."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.commitment import (
    TRANSITIONS,
    Commitment,
    Number,
    after_step,
    new_commitment,
    next_step,
    parse_number,
    step_problems,
)
from gaozhi_cli.domain.county import County, Office
from gaozhi_cli.domain.vocabulary import CommitmentStatus, Track
from tests.builders import TODAY

COUNTY = County("示例县", prefixes=(("RS", "示人社告承"), ("SC", "示市监告承"), ("A1", "示ａ告承")))
OFFICES = (Office("RS", "示例县人社局"), Office("SC", "示例县市监局"), Office("QX", "示例县气象局"))
NUMBER = Number("RS", 2026, 1)
MANY = settings(deadline=None, max_examples=200, database=None)


def a_case(status: CommitmentStatus = CommitmentStatus.DRAWN_UP, **days: str) -> Commitment:
    """A case of the fixture county in a status."""
    made = new_commitment(
        NUMBER,
        county=COUNTY,
        item="rs-04",
        matter="劳务派遣经营许可（新办）",
        version=("2021-10-11", "d" * 64),
        subject="s-1",
        today=date(2026, 11, 2),
        consent=None,
        warnings=None,
    )
    return made._replace(status=status.value, **days)


def test_a_new_case_is_drawn_up_on_the_commitment_track() -> None:
    """规程三（二）: a case begins as 已制作 with its number, its 文号 and the catalog it began with."""
    made = a_case()
    assert (made.number, made.official_number) == ("RS-2026-00001", "示人社告承〔2026〕00001号")
    assert (made.office, made.year, made.n) == ("RS", 2026, 1)
    assert made.status == CommitmentStatus.DRAWN_UP.value and made.track == Track.COMMITMENT.value
    assert (made.catalog_version, made.catalog_digest) == ("2021-10-11", "d" * 64)
    assert (made.item, made.matter) == ("rs-04", "劳务派遣经营许可（新办）")
    assert made.drawn_up_on == "2026-11-02"
    assert made.signed_on is made.accepted_on is made.concluded_on is None


@pytest.mark.parametrize(("consent", "kept"), [(None, None), (False, 0), (True, 1)])
def test_consent_is_kept_as_given_or_not_at_all(consent: bool | None, kept: int | None) -> None:
    """通知五（六）: no answer is not a no."""
    made = new_commitment(
        NUMBER,
        county=COUNTY,
        item="rs-04",
        matter="劳务派遣经营许可（新办）",
        version=("1", "d"),
        subject="s",
        today=TODAY,
        consent=consent,
        warnings="basis,agent",
    )
    assert made.consent == kept and type(made.consent) is type(kept)
    assert made.warnings == "basis,agent"


def test_every_status_can_be_reached_and_every_open_one_left() -> None:
    """规程四: from 已制作 the steps lead to every status; what was decided after 不实 is an end."""
    reached, before = {CommitmentStatus.DRAWN_UP}, set()
    while reached != before:
        before = set(reached)
        reached |= {step.after for step in TRANSITIONS.values() if step.after and reached & {*step.before}}
    assert reached == set(CommitmentStatus)
    left = {status for step in TRANSITIONS.values() if step.after for status in step.before}
    assert set(CommitmentStatus) - left == {CommitmentStatus.TERMINATED, CommitmentStatus.REVOKED}


def test_a_step_keeps_its_day_in_a_column_of_its_own() -> None:
    """Two steps share a column only where one stands for the other on the other track."""
    columns = [step.day for step in TRANSITIONS.values() if step.day]
    assert len(columns) - len(set(columns)) == 1 and columns.count("concluded_on") == 2
    assert all(getattr(a_case(), column) is None for column in columns)


def test_the_next_step_of_every_status() -> None:
    """规程四: what comes next; nothing after 已办结, 终止办理, 撤销."""
    steps = {status.label: next_step(status.value) for status in CommitmentStatus}
    assert steps == {
        "已制作": "sign", "补正中": "supply", "已签署": "accept", "已受理": "conclude", "已办结": None,
        "不予适用": "conclude-ordinary", "已撤回": "conclude-ordinary",
        "已终止办理": None, "已撤销行政决定": None,
    }  # fmt: skip
    assert next_step("accepted", "ordinary") == "conclude-ordinary"


def standing(step: str, status: CommitmentStatus) -> Commitment:
    """A case on the step's track in a status, with the day of conclusion where there must be one."""
    case = a_case(status)._replace(track=TRANSITIONS[step].track.value)
    return case._replace(concluded_on="2026-11-02") if status is CommitmentStatus.CONCLUDED else case


@pytest.mark.parametrize(("step", "status"), list(product(TRANSITIONS, CommitmentStatus)))
def test_a_step_is_open_only_where_the_table_says(step: str, status: CommitmentStatus) -> None:
    """规程四（一）: no short cuts; the refusal says where the case stands."""
    case = standing(step, status)
    problems = step_problems(step, case, TODAY)
    if status in TRANSITIONS[step].before:
        assert problems == []
        return
    (problem,) = problems
    assert (problem.code, problem.clause) == ("step-order", TRANSITIONS[step].clause)
    assert problem.message.startswith("RS-2026-00001 ")
    assert status.label in problem.message or "已经办结" in problem.message


@pytest.mark.parametrize("step", [name for name, step in TRANSITIONS.items() if step.day])
def test_a_step_is_not_taken_twice(step: str) -> None:
    """规程四（一）: what has its day is done; only 审查 and 补正 may come again."""
    case = standing(step, TRANSITIONS[step].before[0])._replace(**{TRANSITIONS[step].day: "2026-11-03"})
    problems = step_problems(step, case, TODAY)
    if step in ("check", "supplement", "supply"):
        assert problems == []
    else:
        assert [p.code for p in problems] == ["step-order"] and "不能重复" in problems[0].message


@pytest.mark.parametrize(
    ("step", "track"),
    [
        (name, track)
        for name, step in TRANSITIONS.items()
        for track in Track
        if name != "serve" and track is not step.track
    ],
)
def test_a_step_belongs_to_its_track(step: str, track: Track) -> None:
    """规程四（二）: what went over to the 一般程序 is finished there, and the other way round."""
    case = a_case(TRANSITIONS[step].before[0])._replace(track=track.value)
    problems = step_problems(step, case, TODAY)
    assert [p.code for p in problems] == ["step-track"] and "conclude" in problems[0].message


def test_what_was_signed_before_a_supplement_is_signed_after_it() -> None:
    """规程四（一）: 补正 does not undo a signature."""
    case = a_case(CommitmentStatus.SUPPLEMENTING)
    assert after_step("supply", case) is CommitmentStatus.DRAWN_UP
    assert after_step("supply", case._replace(signed_on="2026-11-05")) is CommitmentStatus.SIGNED
    assert after_step("serve", standing("serve", CommitmentStatus.CONCLUDED)) is CommitmentStatus.CONCLUDED


@pytest.mark.parametrize(
    ("step", "days", "today", "refused"),
    [
        ("sign", {}, date(2026, 11, 1), True),
        ("sign", {}, date(2026, 11, 2), False),
        ("accept", {"signed_on": "2026-11-05"}, date(2026, 11, 4), True),
        ("accept", {"signed_on": "2026-11-05"}, date(2026, 11, 5), False),
        ("conclude", {"signed_on": "2026-11-05", "accepted_on": "2026-11-09"}, date(2026, 11, 8), True),
        ("conclude", {"signed_on": "2026-11-05", "accepted_on": "2026-11-09"}, date(2026, 11, 9), False),
    ],
)
def test_a_step_is_not_dated_before_the_one_before_it(
    step: str, days: dict[str, str], today: date, refused: bool
) -> None:
    """规程四（一）: the same day is fine, an earlier one is not."""
    problems = step_problems(step, a_case(TRANSITIONS[step].before[0], **days), today)
    assert [problem.code for problem in problems] == (["step-date"] if refused else [])


def test_order_and_date_are_both_reported() -> None:
    """规程四（一）: all reasons at once."""
    problems = step_problems("conclude", a_case(), date(2026, 1, 1))
    assert [problem.code for problem in problems] == ["step-order", "step-date"]


@pytest.mark.parametrize(
    ("n", "shown", "printed"),
    [
        (1, "RS-2026-00001", "示人社告承〔2026〕00001号"),
        (99999, "RS-2026-99999", "示人社告承〔2026〕99999号"),
        (100000, "RS-2026-100000", "示人社告承〔2026〕100000号"),
    ],
)
def test_a_number_as_shown_and_as_printed(n: int, shown: str, printed: str) -> None:
    """文书编号: RS-2026-00001 in commands, 示人社告承〔2026〕00001号 on paper."""
    number = Number("RS", 2026, n)
    assert (str(number), number.official(COUNTY)) == (shown, printed)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("RS-2026-00001", NUMBER),
        ("rs-2026-00001", NUMBER),
        ("RS-2026-1", NUMBER),
        (" RS-2026-00001\u3000", NUMBER),
        ("ＲＳ－２０２６－００００１", NUMBER),
        ("示人社告承〔2026〕00001号", NUMBER),
        ("示人社告承〔2026〕1", NUMBER),
        ("示人社告承[2026]00001号", NUMBER),
        ("示人社告承［2026］00001号", NUMBER),
        ("示人社告承(2026)00001号", NUMBER),
        ("示人社告承（2026）1号", NUMBER),
        ("示人社告承【2026】00001号", NUMBER),
        ("示人社告承〔２０２６〕００００１号", NUMBER),
        ("示市监告承〔2026〕00012号", Number("SC", 2026, 12)),
        ("QX-2025-123456", Number("QX", 2025, 123456)),
        ("别的告承〔2026〕00001号", None),
        ("〔2026〕00001号", None),
        ("示人社告承2026-1", None),
        ("RS-26-1", None),
        ("RS-2026", None),
        ("RS-2026-", None),
        ("RS-2026-1x", None),
        ("人社-2026-1", None),
        ("", None),
    ],
)
def test_numbers_are_read_leniently_but_never_guessed(typed: str, expected: Number | None) -> None:
    """文书编号: case, width, brackets and leading zeros do not matter; office, year and n do."""
    assert parse_number(typed, COUNTY, OFFICES) == expected


NUMBERS = st.builds(
    Number,
    st.sampled_from(["RS", "SC"]),
    st.integers(2000, 2099),
    st.integers(1, 999_999_999),
    st.sampled_from(["", "Y"]),
)
WIDE = str.maketrans({chr(n): chr(n + 0xFEE0) for n in range(0x21, 0x7F)})


@MANY
@given(NUMBERS, st.data())
def test_every_way_of_writing_a_number_leads_back_to_it(number: Number, data: st.DataObject) -> None:
    """文书编号: shown and printed forms round-trip, whatever the case, width, zeros or brackets."""
    n = data.draw(st.sampled_from([str(number.n), f"{number.n:05d}", f"{number.n:09d}"]))
    opening, closing = data.draw(st.sampled_from(["〔〕", "[]", "()", "（）", "【】", "［］"]))
    prefix, end = COUNTY.prefix(number.office), data.draw(st.sampled_from(["号", ""]))
    forms = [str(number), f"{number.office}-{number.year}-{number.series}{n}"]
    if not number.series:  # only letters have a 文号
        forms += [number.official(COUNTY), f"{prefix}{opening}{number.year}{closing}{n}{end}"]
    typed = data.draw(st.sampled_from(forms))
    if data.draw(st.booleans()):
        typed = typed.translate(WIDE)
    if data.draw(st.booleans()):
        typed = f" {typed.lower()} "
    assert parse_number(typed, COUNTY, OFFICES) == number


@MANY
@given(st.text(max_size=30))
def test_any_other_text_is_no_number_and_no_error(text: str) -> None:
    """Whatever is typed, the answer is a number that is written the same way, or none."""
    found = parse_number(text, COUNTY, OFFICES)
    assert found is None or parse_number(str(found), COUNTY, OFFICES) == found


def test_numbers_sort_by_office_year_and_count() -> None:
    """A list of cases reads in the order in which they were given their numbers."""
    later = [Number("RS", 2026, 10), Number("RS", 2026, 9), Number("RS", 2025, 99), Number("QX", 2027, 1)]
    assert [str(n) for n in sorted(later)] == [
        "QX-2027-00001",
        "RS-2025-00099",
        "RS-2026-00009",
        "RS-2026-00010",
    ]
