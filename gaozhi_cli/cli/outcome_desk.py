"""What the commands of ``gaozhi outcome`` have in common: which measure is meant, its rule, its document."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from gaozhi_cli.cli.context import Desk
from gaozhi_cli.domain.commitment import parse_number
from gaozhi_cli.domain.outcome import outcome_id
from gaozhi_cli.domain.problem import UsageFault
from gaozhi_cli.domain.vocabulary import Measure, labels, parse_word

if TYPE_CHECKING:
    from gaozhi_cli.cli.papers import Papers
    from gaozhi_cli.domain.catalog import Item
    from gaozhi_cli.domain.commitment import Commitment
    from gaozhi_cli.domain.measures import MeasureRule
    from gaozhi_cli.domain.outcome import Outcome
    from gaozhi_cli.storage.ledger import Ledger

CONTENTS = {  # what these two measures do is always the same
    Measure.TERMINATE: "不再办理你（单位）以告知承诺制方式申请的上述行政事项",
    Measure.REVOKE: "本机关就上述行政事项作出的行政决定",
}


def typed_target(desk: Desk, text: str) -> str:
    """The id of a measure (RS-2026-00001-M1) or of a check, or a number, typed leniently. Raises NotFound."""
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    found = re.fullmatch(r"(.+)-M0*([1-9]\d{0,2})", plain)
    if found is not None:
        number = parse_number(found[1], desk.catalog.county, desk.catalog.offices)
        if number is not None:
            return outcome_id(str(number), int(found[2]))
    return desk.target(text)


def typed_measure(text: str | None) -> Measure | None:
    """The measure meant. Raises UsageFault for a word that is none."""
    measure = parse_word(Measure, text) if text else None
    if text and measure is None:
        raise UsageFault(f"--measure 不认识“{text}”，可用：{labels(Measure)}")
    return measure


def rules(desk: Desk) -> dict[Measure, MeasureRule]:
    """The county's rules of the measures. Raises BadInput, NotReady."""
    from gaozhi_cli.storage.measure_entries import county_measures

    return county_measures(desk.home.catalog)


def begun(desk: Desk, ledger: Ledger, text: str, measure: str | None) -> Outcome:
    """The measure meant by its id, or by a number and its kind. Raises NotFound, UsageFault."""
    from gaozhi_cli.storage.outcomes import begun_outcome, outcome_called

    repeated = ledger.facts_of(desk.settings.request_id).get("outcome")  # meant then what was meant before
    if repeated is not None:
        return outcome_called(ledger, repeated)
    return begun_outcome(ledger, typed_target(desk, text), typed_measure(measure))


def item_finder(desk: Desk) -> Callable[[Commitment], Item]:
    """What finds the item of a case in the 清单 it began with."""
    from gaozhi_cli.cli.papers import item_of

    return lambda case: item_of(desk, case)


def papers(
    desk: Desk, ledger: Ledger, kind: str, typed: Mapping[str, str | None], set_: list[str] | None,
    out: str | None,
) -> Papers:  # fmt: skip
    """The document of a step with what was typed for it; blanks that the kind does not have are left out."""
    from gaozhi_cli.cli.papers import Papers
    from gaozhi_cli.storage.document_entries import county_documents

    known = next((one for one in county_documents(desk.home.catalog) if one.id == kind), None)
    blanks = known.blanks if known is not None else ()
    lines = {name: (text,) for name, text in typed.items() if text and name in blanks}
    return Papers(desk, ledger, kind, lines, set_, out)


def remind(desk: Desk, rule: MeasureRule, step: str) -> None:
    """Say what the law asks of the office at a step."""
    from gaozhi_cli.domain.measures import reminders_of

    for text in reminders_of(rule, step):
        desk.say(f"提示：{text}")


def plain(text: str | None, flag: str) -> str:
    """A text of a flag, or of standard input for ``-``."""
    if text == "-":
        from gaozhi_cli.cli.stdin import stdin_text

        return stdin_text(flag)
    return text or ""


def answered(desk: Desk, text: str, question: str, flag: str) -> str:
    """The text, asked for at a terminal where it is missing. Raises UsageFault in a pipe."""
    if text.strip():
        return text
    if not desk.settings.interactive:
        raise UsageFault(f"缺少 {flag}，没有登记")
    from gaozhi_cli.cli.ask import ask

    return ask(question, lambda answer: None)


def tell(desk: Desk, outcome: Outcome, **more: Any) -> None:
    """The measure as the step leaves it, and what comes next."""
    from gaozhi_cli.cli.listings.outcome import STEP, outcome_row

    if desk.settings.dry_run:
        desk.say("试运行：以上没有写入")
    desk.show_one(outcome_row(desk, outcome) | more, STEP)
