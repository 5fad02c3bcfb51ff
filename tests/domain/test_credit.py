"""诚信档案: decided records folded into a standing as of a day (通知五（二）)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gaozhi_cli.domain.commitment import parse_number
from gaozhi_cli.domain.county import County, Office
from gaozhi_cli.domain.credit import (
    CreditRecord,
    bars_on,
    parse_record_id,
    record_id,
    record_problems,
    repair_problems,
    standing_on,
)
from gaozhi_cli.domain.standing import CLEAR, bar_problems, credit_problem
from gaozhi_cli.domain.vocabulary import CreditKind
from tests.builders import TODAY, an_id_number

RECORD = CreditRecord(
    "C2026-00001", "S0", "false-promise", "2026-11-20", "荥市监处罚〔2026〕12号", None, None, "2026-11-24"
)
DAYS = st.dates(date(2026, 1, 1), date(2026, 3, 1))


@st.composite
def records(draw: st.DrawFn) -> list[CreditRecord]:
    """Some records of one subject within two months, repaired or not, with an end or without."""
    made = []
    for n in range(draw(st.integers(0, 5))):
        decided = draw(DAYS)
        later = st.none() | st.integers(0, 40).map(lambda d, day=decided: (day + timedelta(d)).isoformat())
        made.append(
            RECORD._replace(
                id=record_id(2026, n + 1), decided_on=decided.isoformat(), until_on=draw(later),
                repaired_on=draw(later), kind=draw(st.sampled_from(list(CreditKind))).value,
            )
        )  # fmt: skip
    return made


def barred_days(record: CreditRecord) -> set[date]:
    """Every day on which a record bars, counted out one by one."""
    days, day = set(), date.fromisoformat(record.decided_on)
    if record.kind == CreditKind.BROKEN_PROMISE:  # 通知五（二） bars for 虚假承诺, not for 未履行
        return days
    while day <= date(2026, 6, 1):
        if record.repaired_on is not None and day >= date.fromisoformat(record.repaired_on):
            break
        if record.until_on is not None and day > date.fromisoformat(record.until_on):
            break
        days.add(day)
        day += timedelta(1)
    return days


@given(records(), DAYS)
def test_the_standing_is_what_the_days_say(found: list[CreditRecord], day: date) -> None:
    """A subject is barred on a day exactly where a record bars that day; each such record is a bar."""
    standing = standing_on(found, day)
    barring = {record.id for record in found if day in barred_days(record)}
    assert {bar.record for bar in standing.bars} == barring
    assert standing.eligible is (not barring)


@given(records(), DAYS, st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(found: list[CreditRecord], day: date, random) -> None:  # type: ignore[no-untyped-def]
    """The bars come in the order of the decisions, however the records were read."""
    shuffled = list(found)
    random.shuffle(shuffled)
    standing = standing_on(shuffled, day)
    assert standing == standing_on(found, day)
    assert [bar.since for bar in standing.bars] == sorted(bar.since for bar in standing.bars)


@given(records(), DAYS, st.data())
def test_a_repair_only_ever_lifts(found: list[CreditRecord], day: date, data: st.DataObject) -> None:
    """信用修复 of one record takes that bar away from its day on, and touches no other."""
    unrepaired = [n for n, record in enumerate(found) if record.repaired_on is None]
    assume(unrepaired)
    place, on = data.draw(st.sampled_from(unrepaired)), data.draw(DAYS)
    repaired = [r._replace(repaired_on=on.isoformat()) if n == place else r for n, r in enumerate(found)]
    before, after = ({bar.record for bar in standing_on(some, day).bars} for some in (found, repaired))
    assert after == before - ({found[place].id} if on <= day else set())


@given(records(), DAYS)
def test_since_and_until_hold_the_bars(found: list[CreditRecord], day: date) -> None:
    """``since`` is the first decision; ``until`` the day after which the subject is free, if by itself."""
    standing = standing_on(found, day)
    if standing.eligible:
        assert (standing.since, standing.until) == (None, None)
        return
    assert standing.since is not None and standing.since <= day.isoformat()
    if standing.until is None:
        assert any(bar.until is None for bar in standing.bars)
    else:
        assert standing.until >= day.isoformat()
        unrepaired = [record._replace(repaired_on=None) for record in found if bars_on(record, day)]
        last = date.fromisoformat(standing.until)
        assert not standing_on(unrepaired, last).eligible
        assert standing_on(unrepaired, last + timedelta(1)).eligible


@pytest.mark.parametrize(
    ("changes", "day", "bars"),
    [
        ({}, "2026-11-19", False),
        ({}, "2026-11-20", True),
        ({}, "2099-01-01", True),
        ({"until_on": "2026-12-31"}, "2026-12-31", True),
        ({"until_on": "2026-12-31"}, "2027-01-01", False),
        ({"repaired_on": "2026-12-01"}, "2026-11-30", True),
        ({"repaired_on": "2026-12-01"}, "2026-12-01", False),
        ({"repaired_on": "2026-11-20"}, "2026-11-20", False),
        ({"repaired_on": "2027-06-01", "until_on": "2026-12-31"}, "2027-01-01", False),
    ],
)
def test_the_first_and_the_last_day(changes: dict[str, str], day: str, bars: bool) -> None:
    """From the day of the decision; to the last day written; free on the day of the repair."""
    assert bars_on(RECORD._replace(**changes), date.fromisoformat(day)) is bars


def test_every_bar_names_its_document_and_what_lifts_it() -> None:
    """通知五（二）: in the words of the notice, with the record to repair; nothing else lifts an open one."""
    open_, ending = RECORD, RECORD._replace(id="C2026-00002", kind="bad-credit", until_on="2027-11-19")
    standing = standing_on([open_, ending], TODAY)
    first, second = bar_problems(standing)
    assert "申请人曾作出虚假承诺（C2026-00001，2026-11-20，荥市监处罚〔2026〕12号）" in first.message
    assert "gaozhi credit repair C2026-00001" in first.message and "自行解除" not in first.message
    assert "申请人有较严重的不良信用记录（C2026-00002" in second.message
    assert "过了 2027-11-19 自行解除" in second.message
    whole = credit_problem(standing, "id_number")
    assert whole is not None and whole.clause == "通知五（二）" and whole.field == "id_number"
    assert first.message in whole.message and second.message in whole.message
    assert credit_problem(CLEAR) is None and bar_problems(CLEAR) == []


def codes(**changes: str | None) -> list[str]:
    """What is wrong with the record of a citizen."""
    return [problem.code for problem in record_problems(RECORD._replace(**changes), {"测试甲"}, TODAY)]


def test_only_a_decision_with_its_document_is_recorded() -> None:
    """A finding alone bars nobody: no document, no record; a decision still to come is none."""
    assert codes() == []
    assert codes(source="") == codes(source=" \u3000") == ["source-missing"]
    assert codes(decided_on="2026-11-25") == ["decided-on"]
    assert codes(until_on="2026-11-19") == ["until"] and codes(until_on="2026-11-20") == []
    assert codes(source="", decided_on="2026-11-25") == ["source-missing", "decided-on"]


def test_the_document_is_named_without_people() -> None:
    """It stands in clear beside the subject: neither names nor numbers of people, nothing unprintable."""
    assert codes(source="对测试甲的处罚决定") == ["source-personal"]
    assert codes(source=f"处罚 {an_id_number()}") == ["source-personal"]
    assert codes(source="处罚 13800000000") == ["source-personal"]
    assert codes(source="处罚\n决定") == ["text-unprintable"]
    assert record_problems(RECORD._replace(source="对荥阳市测试厂的决定"), set(), TODAY) == []


def test_a_repair_is_a_decision_too() -> None:
    """Not before the record's decision, not in the future, with its document."""

    def codes(source: str, on: date) -> list[str]:
        return [p.code for p in repair_problems(RECORD, source, on, {"测试甲"}, TODAY)]

    assert codes("荥修〔2026〕1号", TODAY) == codes("荥修〔2026〕1号", date(2026, 11, 20)) == []
    assert codes("荥修〔2026〕1号", date(2026, 11, 25)) == ["repaired-on"]
    assert codes("荥修〔2026〕1号", date(2026, 11, 19)) == ["repaired-on"]
    assert codes("", TODAY) == ["source-missing"]
    assert codes("测试甲的申请", TODAY) == ["source-personal"]


def test_an_id_is_no_number_of_a_case() -> None:
    """C2026-00001 is read leniently, and never taken for a case of an office C."""
    assert parse_record_id(" c2026-1 ") == record_id(2026, 1) == "C2026-00001"
    assert [parse_record_id(text) for text in ("C-2026-00001", "2026-1", "", "C2026-x")] == [None] * 4
    assert parse_number("C2026-00001", County("示例县"), (Office("C", "某局"),)) is None


def test_the_same_decision_is_the_same_record() -> None:
    """Whoever records it again, on another day, after its repair, says the same."""
    again = RECORD._replace(id="", recorded_on="2026-12-01", repaired_on="2026-12-01", repair_source="x")
    assert RECORD.same_as(again)
    for changes in ({"until_on": "2027-01-01"}, {"number": "RS-2026-00001"}, {"decided_on": "2026-11-19"}):
        assert not RECORD.same_as(RECORD._replace(**changes))
