"""处理: ids, how the party was heard in words, what an open measure waits for."""

from __future__ import annotations

from datetime import date

import pytest

from gaozhi_cli.domain.commitment import TRANSITIONS
from gaozhi_cli.domain.document_kinds import Source
from gaozhi_cli.domain.outcome import Outcome, outcome_id
from gaozhi_cli.domain.outcome_ends import RESULTS, close_outcome_problems, waits_for
from gaozhi_cli.domain.outcome_papers import notice_facts, stated
from gaozhi_cli.domain.outcome_steps import STEPS, what_next
from gaozhi_cli.domain.verification import Verification, conclude_problems, next_steps
from gaozhi_cli.domain.vocabulary import CommitmentStatus, Finding, Measure, OutcomeResult, OutcomeState
from gaozhi_cli.storage.measure_entries import county_measures
from tests.conftest import ROOT

NUMBER = "RS-2026-00001"
TOLD = Outcome(
    outcome_id(NUMBER, 1), NUMBER, f"{NUMBER}-1", "RS", "penalize", "false", "noticed",
    noticed_on="2026-11-24", hearing_right=1,
)  # fmt: skip
SERVED = TOLD._replace(served_on="2026-11-24", statement_until="2026-12-01")
DECIDED = SERVED._replace(state="decided", decided_on="2026-12-02")
RECTIFY = DECIDED._replace(measure="rectify", due_on="2026-12-16", recheck=f"{NUMBER}-2")
FALSE = Verification(
    f"{NUMBER}-1", NUMBER, "RS", "rs-04", "劳务派遣", "rs-04.1", "营业执照", "online", "closed", "2026-11-20",
    finding="false", closed_on="2026-11-23", evidence="p1",
)  # fmt: skip


def test_every_state_is_left_or_is_an_end() -> None:
    """From 已事先告知 the steps lead to every state; a dropped or closed measure stays so."""
    reached, before = {OutcomeState.NOTICED}, set()
    while reached != before:
        before = set(reached)
        reached |= {step.after for step in STEPS.values() if step.after and reached & {*step.before}}
    assert reached == set(OutcomeState)
    left = {state for step in STEPS.values() if step.after for state in step.before}
    assert set(OutcomeState) - left == {OutcomeState.DROPPED, OutcomeState.CLOSED}
    assert all(step.clause and step.command.startswith("outcome ") for step in STEPS.values())
    assert {TRANSITIONS[name].command for name in ("terminate", "revoke")} == {"outcome decide"}


@pytest.mark.parametrize(
    ("outcome", "rechecked", "day", "over", "words"),
    [
        (TOLD, None, None, False, "outcome serve"),
        (SERVED, None, "2026-12-01", False, "等待陈述申辩"),
        (SERVED._replace(statement_until="2026-11-25"), None, "2026-11-25", True, "outcome decide"),
        (SERVED._replace(statement_until=None), None, None, False, "--until"),
        (SERVED._replace(hearing="p", state="heard"), None, None, False, "--hearing-held"),
        (SERVED._replace(statement_on="2026-11-25", state="heard"), None, "2026-12-01", True, "decide"),
        (DECIDED, None, None, False, "outcome close"),
        (RECTIFY, None, "2026-12-16", False, "整改中"),
        (RECTIFY._replace(due_on="2026-11-25"), None, "2026-11-25", True, f"verify close {NUMBER}-2"),
        (RECTIFY, "true", "2026-12-16", True, "outcome recheck"),
        (RECTIFY, "unverifiable", "2026-12-16", True, "先办后续的核查"),
    ],
)
def test_what_an_open_measure_waits_for(
    outcome: Outcome, rechecked: str | None, day: str | None, over: bool, words: str
) -> None:
    """The party's time, then the office's: each with the command to type."""
    wait = waits_for(outcome, rechecked, date(2026, 11, 26))
    assert (wait.day, wait.over) == (day, over) and words in wait.told
    assert what_next(outcome)


def test_how_the_party_was_heard_stands_in_the_decision() -> None:
    """行政处罚法第四十五条: told, served, stated or waived, looked at again."""
    assert "期限内没有提出陈述申辩" in stated(SERVED, "")
    assert "书面放弃" in stated(SERVED._replace(statement_on="2026-11-25"), "")
    heard = SERVED._replace(statement="p", statement_on="2026-11-25", heard_on="2026-12-08", hearing="p")
    said = stated(heard, "不予采纳。")
    assert "经复核：不予采纳。" in said and "2026年12月8日" in said and "送达" in said


@pytest.mark.parametrize("measure", list(Measure))
def test_each_measure_ends_with_results_of_its_own(measure: Measure) -> None:
    """A penalty is not 整改到位, a transfer not 已执行."""
    outcome = DECIDED._replace(measure=measure.value)
    for result in OutcomeResult:
        problems = close_outcome_problems(outcome, result, date(2026, 12, 20))
        assert (problems == []) is (result in RESULTS.get(measure, ()))


def test_a_recheck_settles_what_was_false() -> None:
    """限期整改: 属实 afterwards, also by the check that took the place of one that could not be verified."""
    recheck = FALSE._replace(id=f"{NUMBER}-2", origin="recheck", follows=FALSE.id, finding="true")
    assert conclude_problems([FALSE, recheck]) == []
    for finding in ("false", "unfulfilled", None):
        assert conclude_problems([FALSE, recheck._replace(finding=finding)])
    unclear = recheck._replace(finding="unverifiable")
    again = recheck._replace(id=f"{NUMBER}-3", origin="follow-up", follows=unclear.id)
    assert conclude_problems([FALSE, unclear]) and not conclude_problems([FALSE, unclear, again])
    said = next_steps(Finding.TRUE, NUMBER, CommitmentStatus.ACCEPTED, recheck)
    assert said == [f"整改复查已有结论，了结整改：gaozhi outcome recheck {NUMBER}"]


def test_what_a_notice_says_where_no_hearing_may_be_asked_for() -> None:
    """Only a penalty, looked at for the case, speaks of the law; the rest of the office's setting."""
    said = {
        rule.measure: notice_facts(rule, False, date(2026, 11, 24), None)[Source.HEARING_RIGHT][0]
        for rule in county_measures(ROOT / "none").values()
    }
    assert "依法应当告知" in said[Measure.PENALIZE]
    for measure in (Measure.TERMINATE, Measure.RECTIFY, Measure.REVOKE):
        assert "依法" not in said[measure] and "听证" in said[measure]
