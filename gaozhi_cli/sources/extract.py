"""Extracts (CSV, xlsx …) of a register: read once from the first row to the last, whatever is asked.

What is asked lies in memory by its number, the extract never does: memory grows with the claims alone.
The numbers stand there in clear, as they do in the extract beside; a digest would hide nothing.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, NamedTuple, Protocol

from gaozhi_cli.domain.comparing import (
    Answer,
    Claim,
    compare_record,
    outcome_of,
    plain_day,
    plain_number,
    too_old,
)
from gaozhi_cli.domain.problem import BadInput, Problem
from gaozhi_cli.domain.registers import Source
from gaozhi_cli.domain.vocabulary import Compared
from gaozhi_cli.sources.interface import Answers, Seen, failed, unavailable

ADAPTER = "extract/1"
MOST_PLACES = 5  # rows of one number that are named


class Table(Protocol):
    """An extract as the house's table readers open it.

    ``records`` gives of every row that is ``wanted`` (of all without) its number, its key in normal form, and
    what ``texts`` reads the declared columns from (None: that cell cannot be read); ``rows`` counts all.
    Raises BadInput where the file is not fit to be relied on.
    """

    file: str
    sha256: str
    as_of: str | None
    rows: int
    keyless: int
    headings: tuple[str, ...]

    def records(self, wanted: Container[str] | None = None) -> Iterator[tuple[int, str, Any]]: ...
    def texts(self, row: Any) -> Mapping[str, str | None]: ...


class _Found(NamedTuple):
    """The first record with a number, and the rows of the others."""

    record: Mapping[str, str | None]
    rows: list[int]


class ExtractRegister:
    """An extract that is opened when it is asked."""

    def __init__(
        self, source: Source, open_table: Callable[[], Table], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.adapter = f"{ADAPTER} {source.declared}"
        self._source, self._open, self._clock = source, open_table, clock

    def check(self, claims: Sequence[Claim], deadline: float, as_of: date) -> Answers:
        """One pass over the extract. Raises SourceUnavailable (too old), BadInput."""
        table = self._open()
        self._fresh(table, as_of)
        found: dict[str, _Found | None] = dict.fromkeys(plain_number(claim.key) for claim in claims)
        with _uncollected():
            for number, key, raw in table.records(found):
                if self._clock() > deadline:
                    return Answers(None, failed(claims, Compared.TIMEOUT))
                before = found[key]
                if before is None:
                    found[key] = _Found(table.texts(raw), [number])
                else:
                    before.rows.append(number)
        return Answers(_seen(table), self._answers(claims, found, table, as_of))

    def probe(self) -> tuple[str, ...]:
        """Its rows, its day, and how many numbers stand in it more than once are left to the clerk."""
        table = self._open()
        seen: set[int] = set()
        twice = 0
        for _, key, _ in table.records():
            known = hash(key)
            twice += known in seen
            seen.add(known)
        day = table.as_of or "没有写明"
        told = [f"{table.file}：{table.rows} 行，数据日期 {day}，sha256 {table.sha256[:16]}…"]
        told += [f"号码重复的 {twice} 行，比对到的列为“有几条记录”"] if twice else []
        return (*told, *_seen(table).notes)

    def _fresh(self, table: Table, as_of: date) -> None:
        """Refuse an extract of a day to come, and one that is too old."""
        if table.as_of is not None and table.as_of > as_of.isoformat():
            message = f"{table.file} 的数据日期 {table.as_of} 晚于办理日期 {as_of}，请核对文件和日期"
            raise BadInput(message, (Problem("extract-day", message, field="as_of"),))
        most = self._source.limits.max_age
        if not self._source.dated_column and too_old(table.as_of, as_of, most):
            message = f"{table.file} 的数据日期 {table.as_of or '没有写明'}，超过了 {most} 天"
            raise unavailable(Compared.STALE, f"{message}，没有比对；请向来源要新的一份")

    def _answers(
        self,
        claims: Sequence[Claim],
        found: Mapping[str, _Found | None],
        table: Table,
        as_of: date,
    ) -> Iterator[Answer]:
        for claim in claims:
            hit = found[plain_number(claim.key)]
            where = ",".join(map(str, hit.rows[:MOST_PLACES])) if hit is not None else "0"
            receipt = f"{table.sha256[:16]}:{where}/{table.rows}"
            if hit is None or len(hit.rows) > 1:
                outcome = outcome_of(0 if hit is None else len(hit.rows), ())
                yield Answer(claim.check, outcome, receipt=receipt, as_of=table.as_of)
                continue
            yield judged(self._source, claim, hit.record, receipt, table.as_of, as_of)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without looking for cycles: rows come and go, and all that is kept would be looked at each time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def judged(
    source: Source,
    claim: Claim,
    record: Mapping[str, str | None],
    receipt: str,
    day: str | None,
    today: date,
    tries: int = 1,
) -> Answer:
    """The answer that the only record gives; one that says its own day may be too old by itself."""
    if source.dated_column:
        day = plain_day(record[source.dated_column] or "")
        if day is None or day > today.isoformat():
            return Answer(claim.check, Compared.BAD_ANSWER, tries=tries)
        if too_old(day, today, source.limits.max_age):
            return Answer(claim.check, Compared.STALE, as_of=day, tries=tries)
    fields = compare_record(source.fields, record, source.claimed(claim.values), today)
    outcome = outcome_of(1, fields)
    if outcome is Compared.BAD_ANSWER:
        return Answer(claim.check, outcome, tries=tries)
    return Answer(claim.check, outcome, fields, receipt, day, tries)


def _seen(table: Table) -> Seen:
    notes = (f"{table.keyless} 行没有号码，没有比对",) if table.keyless else ()
    return Seen(table.sha256, table.rows, table.as_of, notes)
