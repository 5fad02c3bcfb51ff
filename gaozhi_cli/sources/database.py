"""Tables of a register (前置库) over DB-API: SQLite, PostgreSQL by psycopg, anything by ODBC.

One way for all of them: a read-only connection, one SELECT of the declared columns, the numbers as
parameters, so many at a time. What differs is a ``Dialect``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from gaozhi_cli.domain.comparing import Answer, Claim, outcome_of, plain_number
from gaozhi_cli.domain.registers import Source
from gaozhi_cli.domain.vocabulary import Compared
from gaozhi_cli.sources.dialects import Dialect
from gaozhi_cli.sources.extract import judged
from gaozhi_cli.sources.interface import Answers, failed, unavailable

ADAPTER = "database/1"
TOGETHER = 200  # numbers in one question
MOST_ROWS = 20  # of one number: more say no more


class DatabaseRegister:
    """A table that is asked for some numbers at a time.

    ``receipt``: makes the receipt out of the record's canonical bytes (keyed, so that nobody who sees it can
    guess the record).
    """

    def __init__(
        self, source: Source, dialect: Dialect, receipt: Callable[[bytes], str],
        today: Callable[[], date] = date.today, clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.adapter = f"{ADAPTER} {dialect.name} {source.declared}"
        self._source, self._dialect, self._receipt = source, dialect, receipt
        self._today, self._clock = today, clock

    def check(self, claims: Sequence[Claim], deadline: float, as_of: date) -> Answers:
        """Ask for the claims in groups. Raises SourceUnavailable where the database cannot be opened."""
        connection = self._connected()
        return Answers(None, self._each(connection, claims, deadline, as_of))

    def probe(self) -> tuple[str, ...]:
        """The table is there, with the declared columns: a question whose answer is empty."""
        connection = self._connected()
        try:
            self._ask(connection, [""], self._clock() + self._source.limits.timeout)
        except self._dialect.errors as error:
            raise self._refused(error) from None
        finally:
            _quietly(connection.close)
        columns = "、".join(self._source.columns)
        return (f"{self._dialect.name} 表 {self._source.place.table}：可以查询，栏目 {columns}",)

    def _connected(self) -> Any:
        try:
            return self._dialect.connect()
        except self._dialect.errors as error:
            raise self._refused(error) from None

    def _refused(self, error: Exception) -> Exception:
        outcome = self._dialect.fault(error)
        return unavailable(outcome, f"来源“{self._source.name}”{WHY[outcome]}")

    def _each(
        self, connection: Any, claims: Sequence[Claim], deadline: float, as_of: date
    ) -> Iterator[Answer]:
        """The answers; once the database has failed, the same technical answer for all the rest."""
        try:
            for start in range(0, len(claims), TOGETHER):
                group = claims[start : start + TOGETHER]
                if self._clock() > deadline:
                    yield from failed(claims[start:], Compared.TIMEOUT, 0)
                    return
                try:
                    records = self._ask(connection, [claim.key for claim in group], deadline)
                except self._dialect.errors as error:
                    outcome = self._dialect.fault(error)
                    yield from failed(group, outcome)
                    yield from failed(claims[start + TOGETHER :], outcome, 0)
                    return
                day = self._today().isoformat()
                for claim in group:
                    yield self._judge(claim, records.get(plain_number(claim.key), []), day, as_of)
        finally:
            _quietly(connection.close)

    def _judge(self, claim: Claim, records: list[dict[str, str | None]], day: str, as_of: date) -> Answer:
        asked = "\x1e".join([claim.check, *(_canonical(record) for record in records)])
        receipt = self._receipt(asked.encode())
        if len(records) != 1:
            outcome = outcome_of(len(records), ())
            return Answer(claim.check, outcome, receipt=receipt, as_of=day)
        return judged(self._source, claim, records[0], receipt, day, as_of)

    def _ask(
        self, connection: Any, keys: Sequence[str], deadline: float
    ) -> dict[str, list[dict[str, str | None]]]:
        """The records of some numbers, by number in normal form."""
        limit = min(self._source.limits.timeout, max(0.05, deadline - self._clock()))
        self._dialect.begin(connection, limit)
        wanted = [spelt for key in keys for spelt in spellings(key)]
        columns, place = self._source.columns, self._source.place
        marks = ", ".join([self._dialect.mark] * len(wanted))
        listed = ", ".join(f"r.{quoted(column)}" for column in columns)
        table = ".".join(map(quoted, place.table.split(".")))
        cursor = connection.cursor()
        try:
            cursor.execute(
                f"SELECT {listed} FROM {table} r WHERE r.{quoted(self._source.key.column)} IN ({marks})",
                wanted,
            )
            found: dict[str, list[dict[str, str | None]]] = {}
            for row in cursor:
                record = dict(zip(columns, map(as_text, row), strict=True))
                number = plain_number(record[self._source.key.column] or "")
                kept = found.setdefault(number, [])
                if len(kept) < MOST_ROWS:
                    kept.append(record)
            return found
        finally:
            _quietly(cursor.close)
            _quietly(connection.rollback)


WHY = {
    Compared.UNAVAILABLE: "连不上，或中途断开；请检查网络、地址和对方的服务，稍后再试",
    Compared.TIMEOUT: "没有在时限内答复；请稍后再试，或调整 sources.yaml 的 timeout",
    Compared.DENIED: "拒绝访问；请检查账号、口令和授权的表",
    Compared.BAD_REQUEST: "没有所写的表或栏目；请核对 sources.yaml 的 table、column",
    Compared.BAD_ANSWER: "的内容读不懂（损坏或不是数据库）；请告知来源单位",
}


def quoted(name: str) -> str:
    """A name as standard SQL quotes it; the reader lets no quote into one.

    Columns stand behind their table's name: alone, SQLite takes an unknown one for a text.
    """
    return f'"{name}"'


def spellings(key: str) -> tuple[str, ...]:
    """How a register may have written a number: as it is kept, and with a small x."""
    number = plain_number(key)
    return (number, number.lower()) if number.lower() != number else (number,)


def as_text(value: Any) -> str | None:
    """A column's value as text; None where it cannot be relied on (bytes, a float too long for one)."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, (int, Decimal)):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    if isinstance(value, float):
        if abs(value) >= 1e15:
            return None
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else None


def _canonical(record: Mapping[str, str | None]) -> str:
    return "\x1f".join(f"{column}\x1d{value}" for column, value in record.items())


def _quietly(call: Callable[[], Any]) -> None:
    """What is given back to a driver that may be gone already."""
    try:
        call()
    except Exception:
        return
