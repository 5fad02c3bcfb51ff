"""An act in progress: its rows, their digests, and the one journal entry that goes with them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from gaozhi_cli.domain.assistance import Assistance
from gaozhi_cli.domain.commitment import Commitment, Number
from gaozhi_cli.domain.comparing import Comparison, Extract
from gaozhi_cli.domain.credit import CreditRecord
from gaozhi_cli.domain.journal import (
    Entry,
    Value,
    Write,
    anchor,
    clock_noted,
    digester,
    entry_row,
    row_digest,
)
from gaozhi_cli.domain.outcome import Outcome
from gaozhi_cli.domain.supervision import Draw, Pick
from gaozhi_cli.domain.verification import Verification
from gaozhi_cli.domain.visits import Dispatch
from gaozhi_cli.storage import schema, sql
from gaozhi_cli.storage.engine import Engine
from gaozhi_cli.storage.records import EvidenceFile, LetterRow, PrintRow, ProofRow
from gaozhi_cli.storage.schema import Table
from gaozhi_cli.storage.vault import (
    Keys,
    field_place,
    match_digest,
    match_digests,
    new_row_key,
    packed,
    seal,
    wrap_place,
)

# Rows that nothing reads within a group of acts, in the order in which they refer to each other.
PUT_OFF = ("commitment_proofs", "personal", "row_keys", "comparisons", "journal")
Later = dict[tuple[str, tuple[str, ...]], list[list[Any]]]
PURGED = "已清除"
MOST_MARKS = 500  # keys of one statement


class Transaction:
    """The rows and the one entry of an act in progress."""

    def __init__(
        self,
        engine: Engine,
        keys: Callable[[], Keys],
        head: tuple[int, bytes],
        later: Later | None = None,
        last_at: str | None = None,
    ) -> None:
        """``head``: seq and hash of the entry that this act's will follow, ``last_at`` its clock time;
        ``later``: rows put off."""
        self._later = later
        self.last_at = last_at
        self._engine = engine
        self._keys = keys
        self.head = head
        self._writes: dict[tuple[str, tuple[Any, ...]], Write] = {}
        self._entry: Entry | None = None
        self.idle = False
        self.met = "new"

    def nothing(self) -> None:
        """Nothing is to be done: a repeat of an act that stands already."""
        self.idle = True

    def record(self, entry: Entry) -> None:
        """Name the act. Exactly one entry belongs to each transaction."""
        if self._entry is not None:
            raise RuntimeError("an act has one journal entry")
        self._entry = entry

    def finish(self, now: datetime) -> None:
        """Append the entry to the chain."""
        if self.idle and not self._writes:
            return
        seq, prev = self.head
        if self._entry is None:
            raise RuntimeError("an act without a journal entry")
        at = now.isoformat(timespec="milliseconds")
        row = entry_row(
            clock_noted(self._entry, at, self.last_at),
            seq=seq + 1,
            at=at,
            prev=prev,
            writes=list(self._writes.values()),
        )
        self._insert(schema.JOURNAL, row)
        self.head = (seq + 1, bytes(row["hash"]))  # type: ignore[arg-type]
        self.last_at = at

    @property
    def anchor(self) -> str:
        """The journal's head before this act, as printed on paper."""
        return anchor(*self.head)

    def next_number(self, office: str, year: int, series: str = "") -> Number:
        """The next number of an office in a year; gapless, since it is given in the act's transaction.

        ``series``: cases of the 一般程序 are counted under ``RS/Y``, letters under ``RS``.
        """
        counted = f"{office}/{series}" if series else office
        rows = self._engine.execute(sql.COUNT_UP, (counted, year))
        if rows:
            n = int(rows[0][0])
            before: dict[str, Value] = {"office": counted, "year": year, "n": n - 1}
            after: dict[str, Value] = {**before, "n": n}
            self._note(schema.COUNTERS, after, row_digest("counters", before))
        else:
            n = 1
            self._add(schema.COUNTERS, {"office": counted, "year": year, "n": n})
        return Number(office, year, n, series)

    def skip_numbers(self, office: str, year: int, n: int) -> None:
        """Numbers up to ``n`` count as given: they stand on paper, whatever became of their cases."""
        rows = self._engine.execute(sql.select(schema.COUNTERS), (office, year))
        if not rows:
            self._add(schema.COUNTERS, {"office": office, "year": year, "n": n})
        elif rows[0][-1] < n:
            self._change(schema.COUNTERS, (office, year), {"n": n})

    def subject(
        self, *, kind: str, id_type: str, number: str, name_shown: str, number_shown: str, today: str
    ) -> str:
        """The id of the subject with this number, new or known; a changed name is taken over.

        ``self.met`` then says whether it was new, known, or known under another name.
        """
        digests = match_digests(self._keys(), id_type, number)
        rows = self._engine.execute(sql.SUBJECT_BY_MATCHES[len(digests)], digests)
        if rows:
            id_ = str(rows[0][0])
            self.met = "known" if rows[0][1] == name_shown else "renamed"
            if rows[0][1] != name_shown:
                self._change(schema.SUBJECTS, (id_,), {"name_shown": name_shown})
            return id_
        id_ = f"S{os.urandom(8).hex()}"
        row: dict[str, Value] = {
            "id": id_,
            "kind": kind,
            "id_type": id_type,
            "match_digest": digests[0],
            "name_shown": name_shown,
            "number_shown": number_shown,
            "first_seen_on": today,
        }
        self._add(schema.SUBJECTS, row)
        return id_

    def personal(
        self,
        owner: str,
        role: str,
        fields: Mapping[str, str],
        *,
        id_type: str | None = None,
        name_shown: str | None = None,
    ) -> str:
        """Seal the personal fields of an owner in a row with its own key; empty fields are left out."""
        id_, key, keys = os.urandom(8).hex(), new_row_key(), self._keys()
        row: dict[str, Value] = {"id": id_, "owner": owner, "role": role, "id_type": id_type}
        row["name_shown"] = name_shown
        for column in schema.SEALED:
            value = fields.get(column)
            if value:
                plain = packed(value) if column == "text" else value.encode()
                row[column] = seal(key, plain, field_place(id_, owner, role, column))
        if fields.get("name"):
            row["name_match"] = match_digest(keys, "name", fields["name"])
        self._add(schema.PERSONAL, row)
        wrapped = seal(keys.wrap, key, wrap_place(id_, keys.id))
        self._insert(schema.ROW_KEYS, {"id": id_, "key_id": keys.id, "wrapped": wrapped})
        return id_

    def add_commitment(self, case: Commitment, proofs: list[ProofRow], letter: LetterRow) -> None:
        """A new case with its proofs and its letter still to be made."""
        self._add(schema.COMMITMENTS, case._asdict())
        for proof in proofs:
            self._add(schema.PROOFS, proof._asdict())
        self._add(schema.LETTERS, letter._asdict())

    def add_ordinary(self, case: Commitment) -> None:
        """A new case of the 一般程序: without proofs promised, without a letter."""
        self._add(schema.COMMITMENTS, case._asdict())

    def change_commitment(self, number: str, **changes: Value) -> None:
        """New state of a case."""
        self._change(schema.COMMITMENTS, (number,), changes)

    def change_letter(self, number: str, **changes: Value) -> None:
        """New state of a letter."""
        self._change(schema.LETTERS, (number,), changes)

    def add_print(self, job: PrintRow) -> None:
        """A new print job of a letter."""
        self._add(schema.PRINTS, job._asdict())

    def change_print(self, id_: str, **changes: Value) -> None:
        """New state of a print job."""
        self._change(schema.PRINTS, (id_,), changes)

    def add_check(self, check: Verification) -> None:
        """A new check."""
        self._add(schema.VERIFICATIONS, check._asdict())

    def change_check(self, id_: str, **changes: Value) -> None:
        """New state of a check."""
        self._change(schema.VERIFICATIONS, (id_,), changes)

    def change_checks(self, changes: Mapping[str, Mapping[str, Value]]) -> None:
        """New state of many checks, by few statements."""
        self.change_many(schema.VERIFICATIONS, changes)

    def change_many(self, table: Table, changes: Mapping[str, Mapping[str, Value]]) -> None:
        """New state of many rows of a table whose key is one column, by few statements."""
        digest, place = digester(table.name, table.names), {name: n for n, name in enumerate(table.names)}
        updates: dict[tuple[str, ...], list[list[Any]]] = {}
        keys = list(changes)
        for start in range(0, len(keys), MOST_MARKS):
            some = keys[start : start + MOST_MARKS]
            for row in self._engine.execute(sql.select_some(table, len(some)), some):
                key, after = row[place[table.key[0]]], list(row)
                for name, value in changes[key].items():
                    after[place[name]] = value
                earlier = self._writes.get((table.name, (key,)))
                prev = earlier.prev if earlier else digest(row).hex()
                self._writes[table.name, (key,)] = Write(table.name, (key,), digest(after).hex(), prev)
                updates.setdefault(tuple(changes[key]), []).append([*changes[key].values(), key])
        for columns, rows in updates.items():
            self._engine.execute_many(sql.update(table, columns), rows)

    def add_dispatch(self, sheet: Dispatch) -> None:
        """A new work sheet of an inspector."""
        self._add(schema.DISPATCHES, sheet._asdict())

    def change_dispatch(self, id_: str, **changes: Value) -> None:
        """New state of a work sheet."""
        self._change(schema.DISPATCHES, (id_,), changes)

    def add_evidence(self, file: EvidenceFile) -> None:
        """A file shown as evidence, by digest."""
        self._add(schema.EVIDENCE, file._asdict())

    def add_assistance(self, request: Assistance) -> None:
        """A new request to another agency."""
        self._add(schema.ASSISTANCES, request._asdict())

    def change_assistance(self, id_: str, **changes: Value) -> None:
        """New state of a request to another agency."""
        self._change(schema.ASSISTANCES, (id_,), changes)

    def add_outcome(self, outcome: Outcome) -> None:
        """A new measure about a case."""
        self._add(schema.OUTCOMES, outcome._asdict())

    def change_outcome(self, id_: str, **changes: Value) -> None:
        """New state of a measure."""
        self._change(schema.OUTCOMES, (id_,), changes)

    def add_extract(self, extract: Extract) -> None:
        """A register's extract seen for the first time, by digest."""
        self._add(schema.EXTRACTS, extract._asdict())

    def add_comparison(self, comparison: Comparison) -> None:
        """What comparing one check with a register gave."""
        self._add(schema.COMPARISONS, comparison._asdict())

    def add_draw(self, draw: Draw) -> None:
        """A new 双随机 draw with its frozen pool."""
        self._add(schema.DRAWS, draw._asdict())

    def change_draw(self, id_: str, **changes: Value) -> None:
        """New state of a draw."""
        self._change(schema.DRAWS, (id_,), changes)

    def add_pick(self, pick: Pick) -> None:
        """A commitment that was drawn, with who looks."""
        self._add(schema.PICKS, pick._asdict())

    def change_subject(self, id_: str, **changes: Value) -> None:
        """New state of a subject."""
        self._change(schema.SUBJECTS, (id_,), changes)

    def purge_personal(self, id_: str, today: str) -> None:
        """Destroy the row's key: what is sealed under it never opens again. The row stays, marked."""
        values = self._engine.execute(sql.select(schema.PERSONAL), (id_,))[0]
        shown = dict(zip(schema.PERSONAL.names, values, strict=True))["name_shown"]
        changes: dict[str, Value] = {"purged_on": today, "name_match": None}
        changes |= {"name_shown": PURGED} if shown is not None else {}
        self._change(schema.PERSONAL, (id_,), changes)
        self._engine.execute(sql.DROP_ROW_KEY, (id_,))

    def rewrap(self, rows: list[list[Any]]) -> None:
        """Row keys under another wrapping key, as ``[key id, wrapped, id]``: no digest covers them."""
        self._engine.execute_many(sql.REWRAP, rows)

    def add_credit(self, record: CreditRecord) -> None:
        """A new record in a subject's 诚信档案."""
        self._add(schema.CREDIT, record._asdict())

    def change_credit(self, id_: str, **changes: Value) -> None:
        """New state of a credit record."""
        self._change(schema.CREDIT, (id_,), changes)

    def add_meta(self, key: str, value: str) -> None:
        """A statement of the ledger about itself."""
        self._add(schema.META, {"key": key, "value": value})

    def set_meta(self, key: str, value: str) -> None:
        """A statement of the ledger about itself that may change."""
        if self._engine.execute(sql.select(schema.META), (key,)):
            self._change(schema.META, (key,), {"value": value})
        else:
            self.add_meta(key, value)

    def _add(self, table: Table, row: Mapping[str, Value]) -> None:
        self._insert(table, row)
        self._note(table, row, None)

    def _insert(self, table: Table, row: Mapping[str, Value]) -> None:
        filled = {name: value for name in table.names if (value := row.get(name)) is not None}
        if self._later is not None and table.name in PUT_OFF:
            self._later.setdefault((table.name, tuple(filled)), []).append(list(filled.values()))
        else:
            self._engine.execute(sql.insert(table, tuple(filled)), list(filled.values()))

    def _change(self, table: Table, key: tuple[Any, ...], changes: Mapping[str, Value]) -> None:
        values = self._engine.execute(sql.select(table), key)[0]
        before = dict(zip(table.names, values, strict=True))
        columns = tuple(changes)
        self._engine.execute(sql.update(table, columns), [*changes.values(), *key])
        self._note(table, {**before, **changes}, row_digest(table.name, before))

    def _note(self, table: Table, row: Mapping[str, Value], before: bytes | None) -> None:
        """Remember the digest of a row as this act leaves it, and of the row as it was found."""
        key: tuple[Any, ...] = tuple(row[name] for name in table.key)
        place = (table.name, key)
        earlier = self._writes.get(place)
        prev = earlier.prev if earlier else (before.hex() if before else None)
        self._writes[place] = Write(table.name, key, row_digest(table.name, row).hex(), prev)


class Acts:
    """Acts that follow each other in one transaction of the database; each has its own entry."""

    def __init__(
        self,
        engine: Engine,
        keys: Callable[[], Keys],
        head: tuple[int, bytes],
        now: Callable[[], datetime],
        later: Later | None = None,
        last_at: str | None = None,
    ) -> None:
        self._later = later
        self._last_at = last_at
        self._engine = engine
        self._keys = keys
        self._head = head
        self._now = now
        self.done = 0

    @contextmanager
    def act(self) -> Iterator[Transaction]:
        """The next act; its entry is appended when the block ends."""
        act = Transaction(self._engine, self._keys, self._head, self._later, self._last_at)
        yield act
        act.finish(self._now())
        self._head, self._last_at = act.head, act.last_at
        self.done += not act.idle

    def finish(self) -> None:
        """Write the rows that were put off, those of a table in one statement."""
        later = self._later or {}
        for name in PUT_OFF:
            for (table, columns), rows in later.items():
                if table == name:
                    self._engine.execute_many(sql.insert(schema.TABLES[table], columns), rows)
        later.clear()
