"""What open online checks promise, opened for comparing: page by page, and of it only what is asked about.

The pages are short reads, so writers never wait for the whole listing; a value that the register is not
asked about stays sealed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from gaozhi_cli.domain.comparing import AGENT_PARTS, Claim, part_of
from gaozhi_cli.domain.problem import NotReady
from gaozhi_cli.domain.registers import Source
from gaozhi_cli.domain.vocabulary import ClaimPart
from gaozhi_cli.storage import sql
from gaozhi_cli.storage.ledger import MOST_MARKS, Ledger
from gaozhi_cli.storage.vault import field_place, unseal, wrap_place

PAGE = 1000
COLUMNS = ("name", "number", "phone", "contact", "address", "site_address")


class Opened(NamedTuple):
    """An open online check; ``claim`` None: the register does not cover it, ``why`` says in what."""

    id: str
    number: str
    claim: Claim | None
    why: str = ""


def open_claims(
    ledger: Ledger,
    source: Source,
    *,
    office: str | None = None,
    ids: Sequence[str] | None = None,
    left_out: Collection[str] = (),
) -> Iterator[Opened]:
    """The open online checks that a source is to be asked about: of an office, of all, or just ``ids``.

    Of all, those that the source does not serve are passed over. Raises NotReady (no key, altered rows).
    """
    people = _People(ledger, source)
    for row in _rows(ledger, office, ids):
        id_, number, _, item, proof = row[:5]
        if id_ in left_out:
            continue
        if not source.serves_check(item, proof):
            if ids is not None:
                yield Opened(id_, number, None, "来源不包括这项证明")
            continue
        values, why = people.values(number, row[5:])
        claim = Claim(id_, values[0], values) if not why else None
        yield Opened(id_, number, claim, why)


def _rows(ledger: Ledger, office: str | None, ids: Sequence[str] | None) -> Iterator[tuple[Any, ...]]:
    if ids is not None:
        for start in range(0, len(ids), MOST_MARKS):
            some = ids[start : start + MOST_MARKS]
            yield from ledger.engine.execute(sql.claims_of(len(some)), some)
        return
    last = ""
    statement = sql.CLAIMS_AFTER if office is None else sql.CLAIMS_OF_OFFICE_AFTER
    while True:
        values = (last, PAGE) if office is None else (last, office, PAGE)
        rows = ledger.engine.execute(statement, values)
        yield from rows
        if len(rows) < PAGE:
            return
        last = rows[-1][0]


class _People:
    """Opens the applicants of cases; the checks of one case stand one after the other."""

    def __init__(self, ledger: Ledger, source: Source) -> None:
        self._ledger, self._source, self._parts = ledger, source, source.parts
        named = {"number" if part is ClaimPart.BORN else part.value for part in self._parts}
        self._wanted = tuple((place, column) for place, column in enumerate(COLUMNS) if column in named)
        self._agent = any(part in AGENT_PARTS for part in self._parts)
        self._last: tuple[str, tuple[tuple[str, ...], str]] = ("", ((), ""))

    def values(self, number: str, row: tuple[Any, ...]) -> tuple[tuple[str, ...], str]:
        """The values of a case in the order of the source's parts, and why there are none."""
        if self._last[0] != number:
            self._last = (number, self._read(number, row))
        return self._last[1]

    def _read(self, number: str, row: tuple[Any, ...]) -> tuple[tuple[str, ...], str]:
        id_, id_type, purged_on, *rest = row
        if id_ is None or purged_on is not None:
            return (), "个人信息已按保管期限清除"
        if not self._source.knows(id_type):
            return (), "来源不记载这种证件的号码"
        *sealed, key_id, wrapped = rest
        fields: dict[str, str] = {}
        if self._wanted and wrapped is not None:
            key = unseal(self._key(key_id), wrapped, wrap_place(id_, key_id))
            for place, column in self._wanted:
                if sealed[place] is not None:
                    where = field_place(id_, number, "applicant", column)
                    fields[column] = unseal(key, sealed[place], where).decode()
        agent = self._ledger.personal(number, "agent") if self._agent else {}
        values = tuple([part_of(part, id_type, fields, agent) for part in self._parts])
        return values, "" if values[0] else f"没有{self._source.key.part.label}，无从查询"

    def _key(self, key_id: str) -> bytes:
        try:
            return self._ledger.keys().under(key_id)
        except NotReady:  # another process may have rotated it
            self._ledger.forget_keys()
            return self._ledger.keys().under(key_id)
