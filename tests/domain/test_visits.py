"""现场核查: one visit to one place within a window, least data, what cannot go out (通知五（四））."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaozhi_cli.domain.parameters import Dated
from gaozhi_cli.domain.verification import Verification
from gaozhi_cli.domain.visits import (
    Dispatch,
    Look,
    dispatch_problems,
    grouped,
    is_out,
    needs_phone,
    parse_sheet,
    read_ids,
    receive_problems,
    seen_lately,
    sheet_ids,
    site_key,
    until_of,
    window_on,
)
from gaozhi_cli.domain.workdays import WorkCalendar, add_workdays
from tests.domain.test_verification import ACCEPTED, CHECK, CLOSED

CALENDAR = WorkCalendar(published=frozenset({2026}))
ONSITE = CHECK._replace(method="onsite")
SHEET = Dispatch("RS-2026-D00001", "RS", 2026, 1, "李核查", "2026-11-24", None, 1, '[["RS-2026-00001-1"]]')


def a_look(id_: str, site: str = "测试路2号", due: str | None = "2026-12-01", subject: str = "S1") -> Look:
    """A check as a sheet tells it."""
    return Look(ONSITE._replace(id=id_, due_on=due), "号", subject, "测试甲", "4101***", site, "", "", "")


def ids(looks: list[Look], window: int | None = None, county: str = "荥阳市") -> list[list[str]]:
    """The visits by the ids of their checks."""
    visits = grouped(looks, county=county, window=window, calendar=CALENDAR)
    return [[look.check.id for look in visit] for visit in visits]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("荥阳市测试路2号", "河南省郑州市荥阳市测试路２号", True),
        ("荥阳市测试路 2 号", "测试路2号", True),
        ("荥阳市测试路2号，3号楼", "荥阳市测试路2号(3号楼)", True),
        ("河南省荥阳市测试路2号", "荥阳市测试路2号", True),
        ("测试路2号a座", "测试路2号A座", True),
        ("测试路2号", "测试路3号", False),
        ("测试路2号1单元", "测试路21号单元", False),
        ("荥阳市场路2号", "场路2号", True),  # 荥阳市 is the county, whatever follows
        ("新荥阳市2号", "2号", False),
        ("荥阳市", "荥阳市", True),
    ],
)
def test_one_address_written_in_several_ways(one: str, other: str, same: bool) -> None:
    """Width, case, blanks, marks and what leads to the county do not make another place."""
    assert (site_key(one, "荥阳市") == site_key(other, "荥阳市")) is same


def test_checks_at_one_place_are_one_visit() -> None:
    """避免烦企扰民: whoever promised and whatever proof; what is due first is visited first."""
    looks = [
        a_look("b", "测试路２号", "2026-12-03", "S2"),
        a_look("c", "别处路9号", "2026-11-30"),
        a_look("a"),
    ]
    assert ids(looks) == [["c"], ["a", "b"]]


def test_without_an_address_the_subject_makes_the_visit() -> None:
    """Two subjects without an address are never thrown together."""
    looks = [a_look("a", ""), a_look("b", " "), a_look("c", "", subject="S2")]
    assert ids(looks) == [["a", "b"], ["c"]]


@pytest.mark.parametrize(
    ("window", "visits"),
    [(None, 1), (2, 2), (0, 3), (5, 1)],
)
def test_the_window_is_counted_in_working_days_from_the_first(window: int | None, visits: int) -> None:
    """Friday, Monday, Wednesday: two working days join Friday and Monday; without a window all."""
    looks = [a_look("a", due="2026-11-27"), a_look("b", due="2026-11-30"), a_look("c", due="2026-12-02")]
    assert len(ids(looks, window)) == visits


def test_a_check_without_a_date_goes_with_the_first_visit() -> None:
    """未定期限 waits for nothing, so it costs no visit of its own."""
    looks = [a_look("a", due=None), a_look("b", due="2026-12-30"), a_look("c", due="2026-12-01")]
    assert ids(looks, 2) == [["c", "a"], ["b"]]
    assert ids([a_look("a", due=None)], 2) == [["a"]]


@given(
    st.lists(
        st.tuples(st.sampled_from(["测试路1号", "测试路2号", ""]), st.integers(0, 40) | st.none(),
                  st.sampled_from(["S1", "S2"])), max_size=12,
    ),
    st.none() | st.integers(0, 10),
)  # fmt: skip
def test_every_check_is_in_one_visit_to_one_place_within_the_window(
    rows: list[tuple[str, int | None, str]], window: int | None
) -> None:
    """Nothing is lost, no visit goes to two places or reaches beyond its window."""
    looks = []
    for n, (site, days, subject) in enumerate(rows):
        due = None if days is None else date.fromordinal(ACCEPTED.toordinal() + days).isoformat()
        looks.append(a_look(f"c{n}", site, due, subject))
    visits = grouped(looks, window=window, calendar=CALENDAR)
    assert sorted(look.check.id for visit in visits for look in visit) == sorted(
        f"c{n}" for n in range(len(rows))
    )
    for visit in visits:
        assert len({look.site or look.subject for look in visit}) == 1
        days = sorted(look.check.due_on for look in visit if look.check.due_on)
        if days and window is not None:
            last = add_workdays(date.fromisoformat(days[0]), window, CALENDAR).day
            assert date.fromisoformat(days[-1]) <= last
    assert read_ids(sheet_ids(visits)) == [[look.check.id for look in visit] for visit in visits]
    assert until_of(visits) == min((look.check.due_on for look in looks if look.check.due_on), default=None)


@pytest.mark.parametrize(
    ("check", "codes"),
    [
        (ONSITE, []),
        (CHECK, ["check-method"]),
        (CHECK._replace(origin="follow-up"), []),
        (ONSITE._replace(sheet="RS-2026-D00001"), ["check-out"]),
        (ONSITE._replace(sheet="RS-2026-D00001", received_on="2026-11-25"), []),
        (ONSITE._replace(paused_on="2026-11-25"), ["check-paused"]),
        (ONSITE._replace(planned_on="2026-11-25"), ["check-date"]),
        (CLOSED, ["check-closed"]),
        (ONSITE._replace(sheet="RS-2026-D00001", paused_on="2026-11-24"), ["check-out", "check-paused"]),
    ],
)
def test_what_cannot_go_out(check: Verification, codes: list[str]) -> None:
    """通知五（四）: online first; out once; not while paused. Another way after 无法核实 may be a visit."""
    assert [problem.code for problem in dispatch_problems(check, ACCEPTED)] == codes
    assert is_out(check) is ("check-out" in codes)


def test_a_sheet_is_received_once_and_not_before_it_went_out() -> None:
    """Both reasons at once, with the day and the person."""
    assert receive_problems(SHEET, ACCEPTED) == []
    back = SHEET._replace(received_on="2026-11-26", received_by="王内勤", made_on="2026-11-25")
    codes = [problem.code for problem in receive_problems(back, ACCEPTED)]
    assert codes == ["sheet-received", "sheet-date"]


def test_the_telephone_is_told_only_where_it_is_needed() -> None:
    """最少够用: no address to go to, or asked for."""
    assert [needs_phone(site, asked) for site in ("测试路2号", " ") for asked in (False, True)] == [
        False, True, True, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("RS-2026-D00001", "RS-2026-D00001"),
        (" rs-2026-d1 ", "RS-2026-D00001"),
        ("ＲＳ－２０２６－Ｄ１２", "RS-2026-D00012"),
        ("RS-2026-00001", None),
        ("RS-2026-D", None),
        ("D1", None),
    ],
)
def test_a_sheets_number_is_read_leniently(text: str, id_: str | None) -> None:
    """Case, width, missing zeros."""
    assert parse_sheet(text) == id_


def test_what_the_same_people_see_besides() -> None:
    """Open visits and those not long ago; not online checks, nor what stands on the sheet."""
    others = [
        ONSITE,
        ONSITE._replace(id="open"),
        CHECK._replace(id="online"),
        CLOSED._replace(id="lately", method="onsite", closed_on="2026-11-20"),
        CLOSED._replace(id="long ago", method="onsite", closed_on="2026-01-20"),
        CLOSED._replace(id="lapsed", method="onsite", closed_on="2026-11-20", finding="lapsed"),
    ]
    found = seen_lately(others, [ONSITE.id], lambda closed: closed >= "2026-11-01")
    assert [check.id for check in found] == ["open", "lately"]


def test_the_countys_window_is_dated() -> None:
    """None before it begins, and where none is laid down."""
    values = (Dated(date(2026, 1, 1), "5", "示例县决定（虚构）"),)
    assert [window_on(values, day) for day in (ACCEPTED, date(2025, 1, 1))] == [5, None]
    assert window_on((), ACCEPTED) is None
