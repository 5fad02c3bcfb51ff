"""处理: told, heard, decided, in that order; state, recheck and credit record go with the decision."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from gaozhi_cli.domain.problem import NotFound, Refused, UsageFault
from gaozhi_cli.domain.vocabulary import Finding, Measure, OutcomeResult, OutcomeState, ServedWay
from gaozhi_cli.services.close_outcome import close_outcome
from gaozhi_cli.services.reveal_person import reveal_person
from gaozhi_cli.storage.outcomes import outcomes_of, pending
from gaozhi_cli.storage.purging import Bounds, cases_past
from gaozhi_cli.storage.subjects import records_of, standing_of
from gaozhi_cli.storage.verify import verify
from tests.builders import TODAY, an_occasion
from tests.services.course import text_of
from tests.services.measures import SECRET, Measures, on
from tests.storage.test_ledger_contract import entries, one_entry, refused, unchanged

FINDINGS = {"f": Finding.FALSE, "u": Finding.UNFULFILLED, "t": Finding.TRUE}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Measures]:
    """Four cases: false before and after 办结, unfulfilled, true; of four organizations."""
    window = Measures(tmp_path_factory.mktemp("measures") / "county")
    from tests.builders import a_uscc

    for n, (finding, concluded) in enumerate((("f", False), ("f", True), ("u", True), ("t", False))):
        uscc = a_uscc(f"91410182M0000000{n}")
        window.found(FINDINGS[finding], concluded=concluded, uscc=uscc)
    yield window
    window.ledger.close()


@pytest.fixture
def window(base: Measures, tmp_path: Path) -> Iterator[Measures]:
    """A copy of them to act on."""
    copied = base.copied(tmp_path / "county")
    assert isinstance(copied, Measures)
    yield copied
    copied.ledger.close()


OPEN, DONE, BROKEN, TRUE = (f"RS-2026-0000{n}" for n in range(1, 5))


def credits_of(window: Measures, number: str) -> list[tuple[str, str, str | None]]:
    """Kind, deciding document and case of each credit record of a case's subject."""
    subject = window.ledger.case(number).subject
    return [(one.kind, one.source, one.number) for one in records_of(window.ledger, subject)]


def test_a_penalty_goes_by_notice_hearing_and_decision(window: Measures) -> None:
    """行政处罚法第四十四条、第四十五条、第六十三条: only the decision writes the credit record."""
    id_ = f"{OPEN}-M1"
    with one_entry(window, "outcome.notice", OPEN) as entry:
        noticed = window.notice(OPEN, Measure.PENALIZE, on("2026-11-24"))
    assert entry["detail"]["hearing_right"] == 1 and "罚款" not in json.dumps(entry["detail"])
    assert noticed.outcome.statement_until == "2026-12-01"  # five working days after service, not three
    text = text_of(noticed.documents[0])
    assert (
        "有权要求举行听证" in text
        and "第四十四条" in text
        and "示例县证明事项管理办法（虚构）》第21条" in text
    )
    early = window.hear(id_, on("2026-11-25"))
    assert early.statement and credits_of(window, OPEN) == []
    decide = {"review": "不予采纳"}
    refused(
        window, lambda: window.decide(id_, Measure.PENALIZE, on("2026-11-26"), **decide), Refused, "要求听证"
    )
    window.hearing(id_, on("2026-11-27"), held=False)
    refused(
        window, lambda: window.decide(id_, Measure.PENALIZE, on("2026-12-05"), **decide), Refused, "举行之前"
    )
    window.hearing(id_, on("2026-12-08"), held=True)
    with one_entry(window, "outcome.decide", OPEN) as entry:
        done = window.decide(id_, Measure.PENALIZE, on("2026-12-09"), **decide)
    assert done.outcome.state == OutcomeState.DECIDED and done.status == "accepted"
    assert credits_of(window, OPEN) == [("false-promise", "示人社处〔2026〕1号", OPEN)]
    assert "credit_records" in entry["tables"] and entry["detail"]["credit"] == done.credit
    text = text_of(done.documents[0])
    assert all(
        word in text for word in ("不予采纳", "2026年12月8日", "申请行政复议", "罚款一万元", "91410182M")
    )
    refused(window, lambda: window.notice(OPEN, Measure.PENALIZE, on("2026-12-10")), Refused, "正在办理")
    close_outcome(id_, OutcomeResult.DONE, ledger=window.ledger, occasion=on("2026-12-20"))
    refused(window, lambda: window.notice(OPEN, Measure.PENALIZE, on("2026-12-21")), Refused, "不得有两次")
    said = json.dumps([dict(row) for row in entries(window.path)], default=str, ensure_ascii=False)
    assert SECRET not in said and "营业执照记载与承诺不符" not in said
    shown = reveal_person(OPEN, ledger=window.ledger, occasion=an_occasion(), reason="复议调卷")[id_]
    assert shown["statement"] == SECRET and shown["decided_review"] == "不予采纳"


def test_terminated_before_the_end_only(window: Measures) -> None:
    """通知五（三）：终止办理 before 办结; the case ends, and what is asked twice is done once."""
    when = on("2026-11-24", request_id="n1")
    unchanged(window, lambda: window.notice(OPEN, Measure.TERMINATE, on("2026-11-24", dry_run=True)))
    first = window.notice(OPEN, Measure.TERMINATE, when).outcome
    assert unchanged(window, lambda: window.notice(OPEN, Measure.TERMINATE, when)).outcome == first
    refused(
        window, lambda: window.notice(OPEN, Measure.RECTIFY, on("2026-11-24", request_id="n1")), Refused, "n1"
    )
    decide = lambda day, **more: window.decide(first.id, Measure.TERMINATE, on(day, **more))  # noqa: E731
    refused(window, lambda: decide("2026-11-27"), Refused, "期满之前不能决定")
    refused(window, lambda: decide("2026-11-23"), Refused, "早于上一步")
    unchanged(window, lambda: decide("2026-11-30", dry_run=True))
    done = decide("2026-11-30", request_id="d1")
    assert (done.status, done.outcome.state, done.outcome.result) == ("terminated", "closed", "done")
    again = unchanged(window, lambda: decide("2026-11-30", request_id="d1"))
    assert (again.outcome, again.credit) == (done.outcome, done.credit)
    assert not standing_of(window.ledger, window.ledger.case(OPEN).subject, TODAY.replace(month=12)).eligible
    refused(window, lambda: window.conclude(OPEN), Refused, "已终止办理")
    refused(window, lambda: window.notice(DONE, Measure.TERMINATE, on("2026-11-24")), Refused, "撤销行政决定")


def test_a_terminated_case_is_past_its_period_from_the_decision_on(window: Measures) -> None:
    """保管期限: the end of the case is the day on which it was decided."""
    window.notice(OPEN, Measure.TERMINATE, on("2026-11-24"))
    window.hear(f"{OPEN}-M1", on("2026-11-24"), waived=True)
    done = window.decide(f"{OPEN}-M1", Measure.TERMINATE, on("2026-11-25"))
    with window.ledger.transaction() as act:
        act.change_credit(str(done.credit), repaired_on="2026-12-01", repair_source="示修〔2026〕1号")
        act.record(an_occasion().entry("credit.repair", str(done.credit)))
    past = lambda until: [n for n, _ in cases_past(window.ledger, Bounds(until), until)]  # noqa: E731
    assert OPEN not in past("2026-11-25") and OPEN in past("2026-11-26")


def test_put_right_in_time(window: Measures) -> None:
    """限期整改: a recheck waits for the last day to be over; 属实 settles it, and the case may end."""
    id_ = f"{OPEN}-M1"
    window.notice(OPEN, Measure.RECTIFY, on("2026-11-24"))
    window.hear(id_, on("2026-11-24"), waived=True)
    done = window.decide(id_, Measure.RECTIFY, on("2026-11-25"))
    assert done.outcome.due_on == "2026-12-16" and "15 个工作日" in str(done.outcome.due_source)
    recheck = done.recheck
    assert recheck is not None and recheck.id == f"{OPEN}-2"
    assert (recheck.origin, recheck.follows, recheck.not_before) == ("recheck", f"{OPEN}-1", "2026-12-17")
    assert recheck.due_on == "2026-12-23"  # five working days after the last day, by the county's rule
    refused(window, lambda: window.recheck(id_, on("2026-12-01")), Refused, "届满以后")
    refused(window, lambda: window.conclude(OPEN, on("2026-12-01")), Refused, "不实")
    refused(window, lambda: window.notice(OPEN, Measure.TERMINATE, on("2026-12-01")), Refused, "限期整改")
    opened = window.recheck(id_, on("2026-12-02"), reported=True)
    assert opened.recheck.not_before == "2026-12-02" and opened.outcome.state == OutcomeState.DECIDED
    refused(window, lambda: window.recheck(id_, on("2026-12-02")), Refused, "还没有复查")
    window.close(f"{OPEN}-2", on("2026-12-03"))
    (waits,) = pending(window.ledger)
    assert waits.rechecked == "true"
    with one_entry(window, "outcome.recheck", OPEN):
        assert window.recheck(id_, on("2026-12-03")).outcome.result == OutcomeResult.RECTIFIED
    assert window.conclude(OPEN, on("2026-12-04")).status == "concluded"


def test_not_put_right(window: Measures) -> None:
    """整改不到位: the other measures are open then, about what the recheck found; one conduct, one record."""
    window.notice(OPEN, Measure.RECTIFY, on("2026-11-24"))
    window.hear(f"{OPEN}-M1", on("2026-11-24"), waived=True)
    window.decide(f"{OPEN}-M1", Measure.RECTIFY, on("2026-11-25"))
    window.close(f"{OPEN}-2", on("2026-12-17"), finding=Finding.FALSE)
    assert window.recheck(f"{OPEN}-M1", on("2026-12-17")).outcome.result == OutcomeResult.FAILED
    noticed = window.notice(OPEN, Measure.TERMINATE, on("2026-12-18"))
    assert (noticed.outcome.id, noticed.outcome.verification) == (f"{OPEN}-M2", f"{OPEN}-2")
    window.hear(f"{OPEN}-M2", on("2026-12-18"), waived=True)
    done = window.decide(f"{OPEN}-M2", Measure.TERMINATE, on("2026-12-18"))
    assert done.status == "terminated" and len(credits_of(window, OPEN)) == 1
    assert verify(window.ledger).faults == ()


def test_revoked_after_the_end_and_handed_over(window: Measures) -> None:
    """通知五（三）：撤销行政决定 after 办结; 移送 needs no notice and writes no record."""
    refused(window, lambda: window.notice(OPEN, Measure.REVOKE, on("2026-11-24")), Refused, "只用于办结后")
    refused(window, lambda: window.decide(DONE, Measure.REVOKE, on("2026-11-24")), Refused, "先告知当事人")
    refused(window, lambda: window.notice(DONE, Measure.TRANSFER, on("2026-11-24")), Refused, "不用事先告知")
    noticed = window.notice(DONE, Measure.REVOKE, on("2026-11-24"))
    assert noticed.outcome.hearing_right == 1  # as this county has it
    window.hear(noticed.outcome.id, on("2026-11-25"), waived=True)
    done = window.decide(noticed.outcome.id, Measure.REVOKE, on("2026-11-25"))
    assert done.status == "revoked" and "决定撤销上述行政决定" in text_of(done.documents[0])
    moved = window.decide(DONE, Measure.TRANSFER, on("2026-11-25"))
    assert moved.outcome.id == f"{DONE}-M2" and moved.credit is None
    assert "涉嫌犯罪案件情况的调查报告" in text_of(moved.documents[0])
    refused(
        window,
        lambda: close_outcome(
            moved.outcome.id, OutcomeResult.DONE, ledger=window.ledger, occasion=on("2026-11-26")
        ),
        Refused,
        "司法机关已受理",
    )


def test_a_promise_not_kept_leads_elsewhere(window: Measures) -> None:
    """未履行 is not 不实: only what a law or the county foresees; its record bars nobody (通知五（二）)."""
    refused(
        window, lambda: window.notice(BROKEN, Measure.PENALIZE, on("2026-11-24")), Refused, "只就承诺不实"
    )
    refused(
        window, lambda: window.notice(BROKEN, Measure.REVOKE, on("2026-11-24")), Refused, "先责令限期整改"
    )
    window.notice(BROKEN, Measure.RECTIFY, on("2026-11-24"))
    window.hear(f"{BROKEN}-M1", on("2026-11-24"), waived=True)
    window.decide(f"{BROKEN}-M1", Measure.RECTIFY, on("2026-11-25"))
    assert [kind for kind, *_ in credits_of(window, BROKEN)] == ["broken-promise"]
    assert standing_of(window.ledger, window.ledger.case(BROKEN).subject, date(2026, 12, 1)).eligible
    window.close(f"{BROKEN}-2", on("2026-12-17"), finding=Finding.UNFULFILLED)
    window.recheck(f"{BROKEN}-M1", on("2026-12-17"))
    assert window.notice(BROKEN, Measure.REVOKE, on("2026-12-18")).outcome.finding == "unfulfilled"


def test_dropped_after_hearing_the_party(window: Measures) -> None:
    """行政处罚法第五十七条: nothing is recorded against it; another measure may be begun."""
    window.notice(OPEN, Measure.PENALIZE, on("2026-11-24"))
    refused(window, lambda: window.drop(f"{OPEN}-M1", on("2026-11-25"), " "), Refused, "理由")
    assert window.drop(f"{OPEN}-M1", on("2026-11-25")).state == OutcomeState.DROPPED
    assert credits_of(window, OPEN) == []
    refused(window, lambda: window.hear(f"{OPEN}-M1", on("2026-11-25")), Refused, "不予处理")
    assert window.notice(OPEN, Measure.RECTIFY, on("2026-11-25")).outcome.id == f"{OPEN}-M2"
    assert [one.state for one in outcomes_of(window.ledger, OPEN)] == ["dropped", "noticed"]


def test_nothing_follows_a_promise_that_was_true(window: Measures) -> None:
    """通知五（三）: only 不实; a check still open, another office's number, no check at all."""
    for measure in (Measure.TERMINATE, Measure.RECTIFY, Measure.PENALIZE):
        refused(window, lambda m=measure: window.notice(TRUE, m, on("2026-11-24")), Refused, "“属实”")  # type: ignore[misc]
    refused(window, lambda: window.decide(TRUE, Measure.TRANSFER, on("2026-11-24")), Refused, "“属实”")
    refused(
        window, lambda: window.notice("RS-2026-00099", Measure.RECTIFY, on("2026-11-24")), NotFound, "没有"
    )


def test_the_time_for_stating_begins_with_service(window: Measures) -> None:
    """送达: counted from it; a day set by hand may be later, never earlier than the rule gives."""
    id_ = window.notice(OPEN, Measure.PENALIZE, on("2026-11-24"), way=None).outcome.id
    refused(window, lambda: window.decide(id_, Measure.PENALIZE, on("2026-12-30")), Refused, "没有登记送达")
    refused(
        window,
        lambda: window.serve(id_, on("2026-11-25"), way=ServedWay.POST, until=date(2026, 11, 30)),
        Refused,
        "短于规定",
    )
    served = window.serve(id_, on("2026-11-25"), way=ServedWay.POST)
    assert (served.served_on, served.statement_until) == ("2026-11-25", "2026-12-02")
    later = window.serve(id_, on("2026-11-26"), until=date(2026, 12, 10))
    assert (later.statement_until, later.due_source) == ("2026-12-10", "办理时指定")
    refused(window, lambda: window.serve(id_, on("2026-11-27"), way=ServedWay.POST), Refused, "已于")
    refused(window, lambda: window.decide(id_, Measure.PENALIZE, on("2026-12-10")), Refused, "期满之前")
    with one_entry(window, "outcome.decide", OPEN):
        window.decide(id_, Measure.PENALIZE, on("2026-12-11"))
    with one_entry(window, "outcome.serve", OPEN) as entry:
        window.serve(id_, on("2026-12-12"), way=ServedWay.DIRECT)
    assert entry["detail"]["decision"] is True and entry["tables"] == []


def test_several_false_checks_have_to_be_named(window: Measures) -> None:
    """A case with two findings: which one is meant is not guessed."""
    check = window.ledger.check(f"{OPEN}-1")
    assert check is not None
    with window.ledger.transaction() as act:
        act.add_check(check._replace(id=f"{OPEN}-2"))
        act.record(an_occasion().entry("verify.close", OPEN))
    refused(window, lambda: window.notice(OPEN, Measure.RECTIFY, on("2026-11-24")), UsageFault, "请指明一项")
    assert window.notice(f"{OPEN}-2", Measure.RECTIFY, on("2026-11-24")).outcome.verification == f"{OPEN}-2"
