"""主体 over time: names kept, cases of both tracks, standing found by number in few statements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gaozhi_cli.domain.applicant import Identity
from gaozhi_cli.domain.credit import CreditRecord
from gaozhi_cli.domain.vocabulary import CreditKind, IdType
from gaozhi_cli.storage import subjects as module
from gaozhi_cli.storage.subjects import (
    SubjectCase,
    all_records,
    cases_of,
    names_over_time,
    records_of,
    standing_of_applicant,
    standings,
)
from tests.builders import CITIZEN, ORGANIZATION, TODAY, an_id_number, an_occasion
from tests.services.test_record_credit import STRANGER, record, subject_of
from tests.storage.test_ledger_contract import THREE_CHECKS, WITH_AGENT, Window, raw


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    """A window with an empty ledger."""
    window = Window(tmp_path / "county")
    yield window
    window.ledger.close()


def on(day: int) -> Any:
    """An occasion in November."""
    return an_occasion(date(2026, 11, day))


def test_names_are_kept_with_their_days(window: Window) -> None:
    """One mask, two names; taken again it stands again; the subject shows the latest."""
    forms = [(2, CITIZEN["name"]), (3, CITIZEN["name"]), (9, "测试乙"), (16, CITIZEN["name"])]
    numbers = [window.draw_up("64", CITIZEN | {"name": name}, on(day)) for day, name in forms]
    subject = subject_of(window, numbers[0])
    assert {subject_of(window, number) for number in numbers} == {subject}
    named = names_over_time(window.ledger, subject, cases_of(window.ledger, subject))
    assert [(name.shown, name.since) for name in named] == [
        ("测**", "2026-11-02"), ("测**", "2026-11-09"), ("测**", "2026-11-16"),
    ]  # fmt: skip
    opened = [window.ledger.personal(name.owner, name.role)["name"] for name in named]
    assert opened == ["测试甲", "测试乙", "测试甲"]


def test_the_latest_name_is_shown(window: Window) -> None:
    """An organization's new name is taken over; the old one stays with its cases."""
    first = window.draw_up("14", THREE_CHECKS, on(2))
    window.draw_up("14", THREE_CHECKS | {"name": "荥阳市测试职业技能评价中心"}, on(9))
    subject = subject_of(window, first)
    assert window.ledger.subject(subject)["name_shown"] == "荥阳市测试职业技能评价中心"
    named = names_over_time(window.ledger, subject, cases_of(window.ledger, subject))
    assert [name.shown for name in named] == [ORGANIZATION["name"], "荥阳市测试职业技能评价中心"]


def test_a_name_known_before_the_first_case(window: Window) -> None:
    """From the credit list; the same name on the first letter is no change."""
    subject = record(window, STRANGER).record.subject
    named = names_over_time(window.ledger, subject, [])
    assert [(name.shown, name.since, name.role) for name in named] == [("测**", "2026-11-24", "subject")]
    window.draw_up("16", WITH_AGENT, on(3))  # dated before the decision, so nothing bars it
    cases = cases_of(window.ledger, subject)
    assert len(names_over_time(window.ledger, subject, cases)) == 1


def test_of_purged_cases_only_the_case_is_told(window: Window) -> None:
    """A row whose name is gone gives no name and breaks no listing."""
    first = window.draw_up("64", CITIZEN, on(2))
    window.draw_up("64", CITIZEN, on(9))
    with raw(window.path) as base:
        base.execute("UPDATE personal SET name_match = NULL, name_shown = NULL WHERE owner = ?", (first,))
    subject = subject_of(window, first)
    cases = cases_of(window.ledger, subject)
    assert [case.number for case in cases] == ["SC-2026-00001", "SC-2026-00002"]
    assert [name.since for name in names_over_time(window.ledger, subject, cases)] == ["2026-11-09"]


def test_cases_of_both_tracks_in_order_of_time(window: Window) -> None:
    """With status and track, the earliest first; those of others are others'."""
    later = window.draw_up("64", CITIZEN, on(9))
    earlier = window.draw_up("16", WITH_AGENT | {"id_number": CITIZEN["id_number"]}, on(2))
    window.draw_up("14", THREE_CHECKS)
    with raw(window.path) as base:
        base.execute("UPDATE commitments SET track = 'ordinary' WHERE number = ?", (later,))
    cases = cases_of(window.ledger, subject_of(window, later))
    assert [(case.number, case.track) for case in cases] == [(earlier, "commitment"), (later, "ordinary")]
    assert all(isinstance(case, SubjectCase) and case.status == "drawn-up" for case in cases)


def test_an_agents_name_is_not_the_applicants(window: Window) -> None:
    """Found by name: whose cases they are, not who acted in them."""
    number = window.draw_up("16", WITH_AGENT)
    assert window.ledger.subjects_called(WITH_AGENT["agent_name"], ("id-card",)) == ()
    assert window.ledger.subjects_called(WITH_AGENT["name"], ()) == (subject_of(window, number),)


def test_standings_of_many_by_few_statements(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only those whom something bars; as many statements as the numbers fill."""
    monkeypatch.setattr(module, "MOST_MARKS", 30)
    known = record(window, STRANGER).record
    record(window, STRANGER, source="第二份", kind=CreditKind.BAD_CREDIT, until=date(2026, 11, 21))
    people = [
        Identity(IdType.ID_CARD, an_id_number(f"41018219900101{n:03}")) for n in range(28)
    ]  # three marks each
    asked: list[str] = []
    execute = type(window.ledger.engine).execute

    def watched(engine: Any, sql: str, values: Any = ()) -> Any:
        asked.append(sql)
        return execute(engine, sql, values)

    monkeypatch.setattr(type(window.ledger.engine), "execute", watched)
    found = standings(window.ledger, [*people, STRANGER.identity, STRANGER.identity], TODAY)
    assert len(asked) == 3
    assert list(found) == [STRANGER.identity]
    assert [bar.record for bar in found[STRANGER.identity].bars] == [known.id]
    early = standings(window.ledger, [STRANGER.identity], date(2026, 11, 21))
    assert len(early[STRANGER.identity].bars) == 2
    assert standing_of_applicant(window.ledger, people[0], TODAY).eligible


def test_one_number_under_two_kinds_in_one_group(window: Window) -> None:
    """Both rows of a batch are barred, whichever card each of them ticks."""
    record(window, STRANGER)
    twice = [STRANGER.identity, STRANGER.identity._replace(type=IdType.RESIDENCE_PERMIT)]
    assert set(standings(window.ledger, twice, TODAY)) == set(twice)


def test_records_are_listed_with_their_subjects(window: Window) -> None:
    """The earliest decision first."""
    late = record(window, STRANGER).record
    early = record(window, STRANGER, source="旧文号", decided_on=date(2025, 1, 1)).record
    listed = list(all_records(window.ledger))
    assert [one for one, _, _ in listed] == records_of(window.ledger, late.subject) == [early, late]
    masked = f"{STRANGER.identity.number[:4]}{'*' * 10}{STRANGER.identity.number[-4:]}"
    assert {(name, number) for _, name, number in listed} == {("测**", masked)}
    assert all(isinstance(one, CreditRecord) for one, _, _ in listed)


def test_one_number_is_one_subject_whichever_card_is_ticked(window: Window) -> None:
    """The acceptance goes by the subject, so a card ticked otherwise must not make another of the person."""
    first = window.letter("64", CITIZEN)
    other = window.letter("64", CITIZEN | {"id_type": "港澳台居民居住证"})
    assert subject_of(window, other) == (subject := subject_of(window, first))
    assert window.ledger.subject(subject)["id_type"] == "id-card"
    for id_type in ("id-card", "residence-permit", "foreign-resident"):
        assert window.ledger.subject_by_number(id_type, CITIZEN["id_number"]) == subject
    assert window.ledger.subject_by_number("passport", CITIZEN["id_number"]) is None
    passport = window.letter("64", CITIZEN | {"id_type": "护照", "id_number": "E12345678"})
    assert subject_of(window, passport) != subject
