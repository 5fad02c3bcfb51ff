"""登记不良信用: a decided record of the right subject, once; it bars the letter and its acceptance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gaozhi_cli.domain.applicant import Identity
from gaozhi_cli.domain.credit import Party
from gaozhi_cli.domain.problem import BadInput, NotFound, Refused
from gaozhi_cli.domain.vocabulary import CreditKind, IdType, SubjectKind
from gaozhi_cli.services.draw_up_batch import draw_up_batch
from gaozhi_cli.services.record_credit import Recorded, record_credit
from gaozhi_cli.storage.subjects import OWN, records_of, standing_of
from tests.builders import CITIZEN, TODAY, an_id_number, an_occasion
from tests.services.test_draw_up_batch import batch_rows
from tests.storage.test_ledger_contract import (
    THREE_CHECKS,
    WITH_AGENT,
    Window,
    entries,
    journal_is_impersonal,
    one_entry,
    refused,
    unchanged,
)

SOURCE = "荥市监处罚〔2026〕12号"
STRANGER = Party(SubjectKind.CITIZEN, "测试丁", Identity(IdType.ID_CARD, WITH_AGENT["id_number"]))


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    """A window with an empty ledger."""
    window = Window(tmp_path / "county")
    yield window
    window.ledger.close()


def record(window: Window, who: str | Party, **options: Any) -> Recorded:
    """Record a false promise decided four days ago."""
    given = {
        "kind": CreditKind.FALSE_PROMISE, "decided_on": date(2026, 11, 20), "source": SOURCE,
        "occasion": an_occasion(),
    }  # fmt: skip
    return record_credit(who, ledger=window.ledger, **{**given, **options})


def subject_of(window: Window, number: str) -> str:
    """The subject of a case."""
    return window.ledger.case(number).subject


def test_a_record_of_a_known_subject(window: Window) -> None:
    """One act, one row; the journal has the decision, and neither the document's words nor a person."""
    number = window.letter("64", CITIZEN)
    subject = subject_of(window, number)
    with one_entry(window, "credit.record", "C2026-00001") as entry:
        done = record(window, subject, number=number, until=date(2027, 11, 19)).record
    assert done == records_of(window.ledger, subject)[0]
    assert (done.id, done.decided_on, done.source) == ("C2026-00001", "2026-11-20", SOURCE)
    assert (done.number, done.until_on, done.recorded_on) == (number, "2027-11-19", "2026-11-24")
    assert entry["detail"] == {
        "subject": subject, "kind": "false-promise", "decided_on": "2026-11-20", "until": "2027-11-19",
        "case": number,
    }  # fmt: skip
    assert set(entry["tables"]) == {"counters", "credit_records"} and SOURCE not in str(entry)
    assert not standing_of(window.ledger, subject, TODAY).eligible
    assert standing_of(window.ledger, subject, date(2026, 11, 19)).eligible
    journal_is_impersonal(window)


def test_a_list_can_be_kept_before_the_first_application(window: Window) -> None:
    """A party met by number and name: sealed, found by its number, and barred when it comes."""
    with one_entry(window, "credit.record") as entry:
        first = record(window, STRANGER).record
    assert set(entry["tables"]) == {"subjects", "personal", "counters", "credit_records"}
    kept = window.ledger.personal(first.subject, OWN)
    assert kept == {"name": "测试丁", "number": STRANGER.identity.number, "id_type": "id-card"}
    assert window.ledger.subjects_called("测试丁", ()) == (first.subject,)
    journal_is_impersonal(window)
    refused(window, lambda: window.draw_up("16", WITH_AGENT), Refused, "不能采用告知承诺方式")
    second = record(window, STRANGER, source="荥市监处罚〔2026〕13号").record
    assert second.subject == first.subject and second.id == "C2026-00002"


def test_a_number_under_another_name_bars_nobody(window: Window) -> None:
    """A slip in the number would bar somebody else: name and number must go together."""
    window.letter("64", CITIZEN)
    other = STRANGER._replace(identity=Identity(IdType.ID_CARD, CITIZEN["id_number"]))
    refused(window, lambda: record(window, other), Refused, "另一个名字")
    assert record(window, other._replace(name=CITIZEN["name"])).record.id == "C2026-00001"


def test_the_case_named_is_the_subjects(window: Window) -> None:
    """Neither another's case nor one that is not there."""
    own, others = window.letter("64", CITIZEN), window.letter("14", THREE_CHECKS)
    subject = subject_of(window, own)
    refused(window, lambda: record(window, subject, number=others), Refused, "不是这个主体")
    refused(window, lambda: record(window, subject, number="RS-2026-00099"), NotFound, "RS-2026-00099")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"source": " "}, "未写明决定文书"),
        ({"source": "对测试甲的处罚决定"}, "只写文号"),
        ({"source": an_id_number()}, "只写文号"),
        ({"decided_on": date(2026, 11, 25)}, "晚于登记日期"),
        ({"until": date(2026, 11, 19)}, "早于决定日期"),
    ],
)
def test_what_is_no_decision_is_not_recorded(window: Window, changes: dict[str, Any], words: str) -> None:
    """DESIGN: only a decided outcome bars, never a finding alone."""
    subject = subject_of(window, window.letter("64", CITIZEN))
    refused(window, lambda: record(window, subject, **changes), BadInput, words)


def test_the_same_decision_once(window: Window) -> None:
    """Repeated by request id, or typed again: nothing is added; said differently it is refused."""
    subject = subject_of(window, window.letter("64", CITIZEN))
    unchanged(window, lambda: record(window, subject, occasion=an_occasion(dry_run=True)))
    first = record(window, subject, occasion=an_occasion(request_id="信用-1"))
    assert not first.repeated
    for occasion in (an_occasion(request_id="信用-1"), an_occasion(), an_occasion(date(2026, 12, 1))):
        again = unchanged(window, lambda when=occasion: record(window, subject, occasion=when))  # type: ignore[misc]
        assert again == Recorded(first.record, repeated=True)
    refused(window, lambda: record(window, subject, until=date(2027, 1, 1)), Refused, "C2026-00001")
    refused(
        window,
        lambda: record(window, subject, source="另一文号", occasion=an_occasion(request_id="信用-1")),
        Refused,
        "信用-1",
    )


def test_ids_are_counted_by_year(window: Window) -> None:
    """Gapless, apart from the numbers of every office."""
    subject = subject_of(window, window.letter("64", CITIZEN))
    days = (TODAY, TODAY, date(2027, 1, 4))
    made = [
        record(window, subject, source=f"文{n}", occasion=an_occasion(day)).record.id
        for n, day in enumerate(days)
    ]
    assert made == ["C2026-00001", "C2026-00002", "C2027-00001"]
    assert window.letter("64", CITIZEN | {"id_number": an_id_number("41018219900101005")}).endswith("00002")


# What a record does


def test_a_letter_and_its_acceptance_are_refused(window: Window) -> None:
    """通知五（二）: no new letter; and one drawn up before is not accepted, with what lifts it."""
    number = window.letter("64", CITIZEN)
    window.sign(number)
    record(window, subject_of(window, number))
    problem = refused(window, lambda: window.draw_up("64", CITIZEN), Refused, "不能采用").problems[0]
    assert (problem.code, problem.field, problem.clause) == ("credit", "id_number", "通知五（二）")
    assert "gaozhi credit repair C2026-00001" in problem.message and SOURCE in problem.message
    problem = refused(window, lambda: window.accept(number), Refused, "在信用修复前不适用").problems[0]
    assert problem.code == "credit"
    early = an_occasion(date(2026, 11, 19))
    assert window.draw_up("64", CITIZEN, early) == "SC-2026-00002", "before the decision nothing barred"


def test_a_number_counts_whichever_card_was_ticked(window: Window) -> None:
    """居民身份证 or 港澳台居民居住证: one series of numbers, one person; a passport is another."""
    record(window, STRANGER._replace(identity=STRANGER.identity._replace(type=IdType.RESIDENCE_PERMIT)))
    refused(window, lambda: window.draw_up("16", WITH_AGENT), Refused, "不能采用")
    passport = WITH_AGENT | {"id_type": "护照", "id_number": "E12345678"}
    assert window.draw_up("16", passport)


def test_an_agents_credit_does_not_bar_the_applicant(window: Window) -> None:
    """申请人有…: the clause speaks of the applicant."""
    agent = Party(
        SubjectKind.CITIZEN, WITH_AGENT["agent_name"], Identity(IdType.ID_CARD, WITH_AGENT["agent_id_number"])
    )
    record(window, agent)
    assert window.draw_up("16", WITH_AGENT)


def test_all_rules_at_once(window: Window) -> None:
    """The bar is told with the other rules that fail."""
    record(window, STRANGER)
    form = {**WITH_AGENT, "authorization": "", "agent_kind": "法定监护人"}
    problems = refused(window, lambda: window.draw_up("16", form), Refused, "不能采用").problems
    assert [problem.code for problem in problems] == ["credit", "guardian-unproven"]


def test_a_repeated_request_is_told_what_stands(window: Window) -> None:
    """The letter was drawn up before the record: its repeat is a repeat and not refused."""
    once = an_occasion(request_id="申请-1")
    number = window.draw_up("64", CITIZEN, once)
    record(window, subject_of(window, number))
    assert unchanged(window, lambda: window.drawn_up("64", CITIZEN, once)).number == number


def test_a_record_that_comes_in_during_a_batch(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked once for a group, in its transaction: the row gets no number and says why; others are made."""
    rows = batch_rows(window, 4)
    who = rows[1].application.applicant
    record(window, Party(who.kind, who.name, who.identity))
    asked: list[str] = []
    execute = type(window.ledger.engine).execute

    def watched(engine: Any, sql: str, values: Any = ()) -> Any:
        asked.extend([sql] if "credit_records" in sql else [])
        return execute(engine, sql, values)

    monkeypatch.setattr(type(window.ledger.engine), "execute", watched)
    made = list(
        draw_up_batch(
            rows, catalog=window.catalog, ledger=window.ledger, occasion=an_occasion(),
            template=window.template, folder=window.letters, home=window.home,
        )
    )  # fmt: skip
    assert len(asked) == 1
    assert [(one.row, one.number) for one in made] == [
        (2, "SC-2026-00001"), (3, ""), (4, "SC-2026-00002"), (5, "SC-2026-00003"),
    ]  # fmt: skip
    assert made[1].refused is not None and made[1].refused.code == "credit"
    acts = [entry["act"] for entry in entries(window.path)]
    assert acts.count("letter.draw-up") == acts.count("letter.make") == 3
    assert window.ledger.pending_letters() == []
