"""在线核查: a promise held against a register's record, field by field (通知五（四）：比对相关数据).

A broken source is never a lie: only the source's own answer about the record says anything about the
promise, and even then the clerk decides, except where the county lets a full match close a check.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.applicant import normal_number
from gaozhi_cli.domain.vocabulary import ClaimPart, CompareAs, Compared, Held

COMPARE_CLAUSE = "通知五（四）、规程五（三）"
ANSWERED = (Compared.MATCH, Compared.MISMATCH, Compared.NOT_FOUND, Compared.AMBIGUOUS)
Fields = tuple[tuple[str, Held], ...]


class Extract(NamedTuple):
    """A register's extract as it was first seen: digest, rows, the day it speaks of (ISO)."""

    id: str
    source: str
    sha256: str
    rows: int
    as_of: str | None
    first_seen_on: str


class Comparison(NamedTuple):
    """What one comparison gave. ``fields``: names with same/differs/absent (JSON), never their values.

    ``receipt``: the source's receipt, or the place in the extract; ``tries``: how often it was asked;
    ``closed``: 1 where the county's rule let it close the check.
    """

    id: str
    verification: str
    number: str
    office: str
    source: str
    adapter: str
    outcome: str
    fields: str | None
    receipt: str | None
    extract: str | None
    as_of: str | None
    compared_on: str
    tries: int
    closed: int | None = None


class Claim(NamedTuple):
    """What is asked about one check: the number it is looked up by, and the texts to be compared.

    ``values`` stand in the order of the source's parts. Lives in memory only.
    """

    check: str
    key: str
    values: tuple[str, ...]


class Answer(NamedTuple):
    """What came of asking about one check; ``fields`` and ``receipt`` only where the source answered."""

    check: str
    outcome: Compared
    fields: Fields = ()
    receipt: str | None = None
    as_of: str | None = None
    tries: int = 1

    @property
    def answered(self) -> bool:
        """Whether the source itself spoke about the record; all else is technical, never a finding."""
        return self.outcome in ANSWERED


class ComparedField(NamedTuple):
    """A field of a register, how it is compared, and with what: a part of the claim, or certain words."""

    name: str
    column: str
    how: CompareAs
    part: ClaimPart | None = None
    one_of: tuple[str, ...] = ()


# ---- normalisers: each maps what means the same to one text, and a normalised text to itself

BRACKETS = str.maketrans({**dict.fromkeys("〔【[{﹝", "("), **dict.fromkeys("〕】]}﹞", ")")})
DOTS = str.maketrans(dict.fromkeys("•・‧∙⋅●．", "·"))
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")
COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
WHOLE = re.compile(r"\d{1,15}\.0+")
LOST = re.compile(r"[-+]?\d(?:\.\d+)?E[+-]?\d+|\d{16,}\.\d*", re.IGNORECASE)


def plain_text(text: str) -> str:
    """Half width, capitals, no blanks, nothing invisible; brackets and middle dots of one kind."""
    if text.isascii() and text.isalnum():
        return text.upper()
    return _settled(text, _plainer)


def _plainer(text: str) -> str:
    upper = unicodedata.normalize("NFKC", text.translate(DOTS)).upper()
    return "".join(upper.translate(INVISIBLE).translate(BRACKETS).split())


def plain_number(text: str) -> str:
    """A number as it is kept; Excel's mark of text and a spreadsheet's ``.0`` go."""
    if text.isascii() and text.isalnum():
        return text.upper()
    number = _settled(text, lambda said: normal_number(said.translate(INVISIBLE)).lstrip("'’‘"))
    return number.partition(".")[0] if WHOLE.fullmatch(number) else number


def _settled(text: str, plainer: Callable[[str], str]) -> str:
    """The text made plainer till it stays: what is taken out may bring signs together that belong so."""
    while (plain := plainer(text)) != text:
        text = plain
    return text


def digits_lost(number: str) -> bool:
    """Whether a number has been through a spreadsheet or a float that could not hold it."""
    if LOST.fullmatch(number):
        return True
    if len(number) != 18 or not number.endswith("000") or not number.isdecimal():
        return False
    from stdnum.iso7064 import mod_11_2

    return not mod_11_2.is_valid(number)


def plain_day(text: str) -> str | None:
    """A date as ISO text; None where it is none."""
    text = unicodedata.normalize("NFKC", text).strip()
    found = DAY.fullmatch(text) or COMPACT_DAY.fullmatch(WHOLE.sub(lambda m: m[0].partition(".")[0], text))
    if found is None:
        return None
    try:
        return date(*map(int, found.groups())).isoformat()
    except ValueError:
        return None


# ---- comparing


def compare_field(field: ComparedField, held: str, claimed: str, today: date) -> Held:
    """How the text that a register holds stands to what was promised."""
    if not held.strip():
        return Held.ABSENT
    if field.how is CompareAs.STATUS:
        return _whether(_among(held, field.one_of))
    if field.how is CompareAs.VALID:
        if _among(held, field.one_of):
            return Held.SAME
        day = plain_day(held)
        return Held.UNREADABLE if day is None else _whether(day >= today.isoformat())
    if not claimed.strip():
        return Held.ABSENT
    if field.how is CompareAs.DATE:
        day = plain_day(held)
        return Held.UNREADABLE if day is None else _whether(day == plain_day(claimed))
    if field.how is CompareAs.NUMBER:
        number = plain_number(held)
        return Held.UNREADABLE if digits_lost(number) else _whether(number == plain_number(claimed))
    return _whether(held == claimed or plain_text(held) == plain_text(claimed))


def _among(held: str, words: tuple[str, ...]) -> bool:
    return held in words or plain_text(held) in map(plain_text, words)


def _whether(same: bool) -> Held:
    return Held.SAME if same else Held.DIFFERS


def compare_record(
    fields: Iterable[ComparedField],
    record: Mapping[str, str | None],
    claimed: Mapping[ClaimPart, str],
    today: date,
) -> Fields:
    """Every field of a record, by name, in the order declared; None in it is what cannot be read."""
    states = []
    for field in fields:
        held = record[field.column]
        said = claimed.get(field.part, "") if field.part is not None else ""
        state = Held.UNREADABLE if held is None else compare_field(field, held, said, today)
        states.append((field.name, state))
    return tuple(states)


def outcome_of(records: int, fields: Fields) -> Compared:
    """What so many records, and how the fields of the only one stand, come to.

    A field that cannot be read is the source's fault, so it is no answer about the applicant.
    """
    if records == 0:
        return Compared.NOT_FOUND
    if records > 1:
        return Compared.AMBIGUOUS
    states = {state for _, state in fields}
    if Held.UNREADABLE in states or not states:
        return Compared.BAD_ANSWER
    return Compared.MATCH if states == {Held.SAME} else Compared.MISMATCH


def part_of(part: ClaimPart, id_type: str, fields: Mapping[str, str], agent: Mapping[str, str]) -> str:
    """A part of what may be asked about, out of the opened personal fields of a case; empty where not said.

    ``id_type``: the applicant's kind of document; of a resident's number the birth date is a part.
    """
    if part is ClaimPart.BORN:
        number = fields.get("number", "")
        born = number[6:14] if id_type in RESIDENT and len(number) == 18 else ""
        return plain_day(born) or ""
    if part in AGENT_PARTS:
        return agent.get(AGENT_PARTS[part], "")
    return fields.get(part.value, "")


AGENT_PARTS = {ClaimPart.AGENT_NUMBER: "number", ClaimPart.AGENT_NAME: "name"}
RESIDENT = ("id-card", "residence-permit")


def far_smaller(rows: int, before: int | None, share: int) -> bool:
    """Whether an extract is empty, or has less than ``share`` percent of the rows of the one before."""
    return rows == 0 or (before is not None and rows * 100 < before * share)


def too_old(as_of: str | None, today: date, most_days: int | None) -> bool:
    """Whether data of a day is older than the county lets it be, or of no known day where it sets a limit."""
    if most_days is None:
        return False
    return as_of is None or (today - date.fromisoformat(as_of)).days > most_days


def told_fields(fields: Sequence[tuple[str, Held]]) -> str:
    """The fields in words, without what they hold: 姓名一致、参保状态不一致."""
    return "、".join(f"{name}{state.label}" for name, state in fields)
