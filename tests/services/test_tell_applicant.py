"""告知: when, by whom, how and which text the applicant was told; always before the signature."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from gaozhi_cli.domain.form import told_text
from gaozhi_cli.domain.journal import sm3
from gaozhi_cli.domain.letter import compose
from gaozhi_cli.domain.problem import NotFound, Refused
from gaozhi_cli.domain.vocabulary import ToldWay
from gaozhi_cli.services.draw_up_letter import draw_up_letter
from gaozhi_cli.services.tell_applicant import Told, tell_applicant
from gaozhi_cli.storage.records import LetterRow
from tests.builders import ACTOR, CITIZEN, an_occasion
from tests.storage.test_ledger_contract import (
    WITH_AGENT,
    Window,
    entries,
    journal_is_impersonal,
    one_entry,
    refused,
    unchanged,
)

NOW = "2026-11-24T09:00:00+00:00"


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    """A window with an empty ledger."""
    window = Window(tmp_path / "county")
    yield window
    window.ledger.close()


def letter(window: Window, number: str) -> LetterRow:
    """The letter's row."""
    row = window.ledger.letter(number)
    assert row is not None
    return row


def drawn_up(window: Window, told: ToldWay | None, form: dict[str, str] = CITIZEN, no: str = "64") -> str:
    """A letter drawn up with the telling recorded at once, or left for later."""
    return draw_up_letter(
        window.application(no, form), catalog=window.catalog, ledger=window.ledger,
        occasion=an_occasion(), template=window.template, folder=window.letters, home=window.home, told=told,
    ).number  # fmt: skip


def tell(window: Window, number: str, way: ToldWay = ToldWay.PAPER, **circumstances: object) -> Told:
    """Record a telling."""
    occasion = an_occasion(**circumstances)  # type: ignore[arg-type]
    return tell_applicant(number, way, ledger=window.ledger, occasion=occasion)


def same_moment(at: str | None) -> bool:
    """Whether a moment kept is the clock's of the tests."""
    return at is not None and re.sub(r"(\.0+)?(Z|\+00:00)$", "+00:00", at) == NOW


@pytest.mark.parametrize("way", ToldWay)
def test_told_with_the_letter(window: Window, way: ToldWay) -> None:
    """One act: the case, its letter and the telling; the digest is of part 二 as printed."""
    with one_entry(window, "letter.draw-up") as entry:
        number = drawn_up(window, way, WITH_AGENT, "16")
    row = letter(window, number)
    assert same_moment(row.told_at) and (row.told_by, row.told_way) == (ACTOR.operator, way.value)
    values = compose(window.application("16", WITH_AGENT), window.catalog, "号").values
    assert row.told_sm3 == sm3(told_text(values).encode()).hex()
    assert (entry["detail"]["told"], entry["detail"]["told_text"]) == (way.value, row.told_sm3)
    journal_is_impersonal(window)


def test_two_applicants_of_an_item_were_told_the_same(window: Window) -> None:
    """The text is the item's; another item's is another."""
    first, second = drawn_up(window, None), drawn_up(window, None, CITIZEN | {"name": "测试己"})
    third = drawn_up(window, None, WITH_AGENT, "16")
    digests = [letter(window, number).told_sm3 for number in (first, second, third)]
    assert digests[0] == digests[1] != digests[2] and all(digests)


def test_told_later(window: Window) -> None:
    """以后: the text is fixed when the letter is drawn up, the rest when it is told; one entry, one row."""
    number = drawn_up(window, None)
    before = letter(window, number)
    assert (before.told_at, before.told_by, before.told_way) == (None, None, None)
    assert before.told_sm3 is not None
    with one_entry(window, "letter.tell", number) as entry:
        done = tell(window, number, ToldWay.ELECTRONIC, today=date(2026, 11, 25))
    after = letter(window, number)
    assert done == Told(number, after.told_at or "", ACTOR.operator, "electronic", before.told_sm3)
    assert after.told_at == "2026-11-25" and after.told_sm3 == before.told_sm3
    assert (entry["tables"], entry["dated_on"]) == (["letters"], "2026-11-25")
    assert entry["detail"] == {"again": False, "text": before.told_sm3, "way": "electronic"}
    journal_is_impersonal(window)


def test_told_again_before_the_signature(window: Window) -> None:
    """The first telling is the one that counts; both stand in the journal."""
    number = drawn_up(window, ToldWay.PAPER)
    tell(window, number, ToldWay.ELECTRONIC)
    assert letter(window, number).told_way == "paper"
    acts = [entry["act"] for entry in entries(window.path)]
    assert acts.count("letter.tell") == 1 and acts.count("letter.draw-up") == 1


def test_told_on_a_day_that_cannot_be(window: Window) -> None:
    """Not before the letter was drawn up; and nobody signs before the day of the telling."""
    number = window.letter("64", CITIZEN)
    refused(window, lambda: tell(window, number, today=date(2026, 11, 20)), Refused, "早于上一步")
    tell(window, number, today=date(2026, 12, 31))
    refused(window, lambda: window.sign(number), Refused, "早于登记的告知日期")


@pytest.mark.parametrize("steps", [1, 2, 3])
def test_after_the_signature_it_is_too_late(window: Window, steps: int) -> None:
    """通知四: told before one promises. The sentence names the case's state."""
    number = window.letter("64", CITIZEN)
    for step in (window.sign, window.accept, window.conclude)[:steps]:
        step(number)
    label = ("已签署", "已受理", "已办结")[steps - 1]
    problem = refused(window, lambda: tell(window, number), Refused, label)
    assert [(p.code, p.clause) for p in problem.problems] == [("step-order", "通知四、规程二（一）")]


def test_the_signature_tells_where_nothing_was_recorded(window: Window) -> None:
    """三（一）已经知晓: whoever signs has been told by the letter; where it was recorded, that stays."""
    silent, told = drawn_up(window, None), drawn_up(window, ToldWay.ELECTRONIC)
    for number in (silent, told):
        window.make(number)
    with one_entry(window, "commitment.sign", silent) as entry:
        window.sign(silent)
    assert entry["detail"]["told_before"] is False and "letters" in entry["tables"]
    assert (letter(window, silent).told_way, same_moment(letter(window, silent).told_at)) == ("paper", True)
    before = letter(window, told)
    with one_entry(window, "commitment.sign", told) as entry:
        window.sign(told)
    assert entry["detail"]["told_before"] is True and entry["tables"] == ["commitments"]
    assert letter(window, told) == before


def test_on_trial_and_repeated(window: Window) -> None:
    """--dry-run writes nothing; the same request twice is one telling."""
    number = drawn_up(window, None)
    unchanged(window, lambda: tell(window, number, dry_run=True))
    first = tell(window, number, request_id="告知-1")
    again = unchanged(window, lambda: tell(window, number, request_id="告知-1"))
    assert again == first
    with pytest.raises(Exception, match="告知-1"):
        tell(window, number, ToldWay.ELECTRONIC, request_id="告知-1")


def test_a_repeat_after_the_signature_is_still_a_repeat(window: Window) -> None:
    """The answer got lost, the case went on: the same request is told what was recorded, not refused."""
    number = window.letter("64", CITIZEN)
    first = tell(window, number, request_id="告知-1")
    window.sign(number)
    assert unchanged(window, lambda: tell(window, number, request_id="告知-1")) == first


def test_unknown_number(window: Window) -> None:
    refused(window, lambda: tell(window, "SC-2026-00009"), NotFound, "SC-2026-00009")


def test_a_dry_run_of_the_signature_records_no_telling(window: Window) -> None:
    number = window.letter("64", CITIZEN)
    unchanged(window, lambda: window.sign(number, an_occasion(dry_run=True)))
    assert letter(window, number).told_at is None
