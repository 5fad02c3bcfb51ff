"""台账: what any ledger can do, in domain words, over one engine and one set of portable SQL.

Reading needs no key. A writing act is one ``transaction``: rows, their digests and exactly one journal
entry, all or nothing (DESIGN: trust). Personal data goes through ``personal`` alone.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Protocol

from gaozhi_cli.domain.commitment import Commitment, Number
from gaozhi_cli.domain.journal import GENESIS, Entry, Value, Write, anchor, entry_row, row_digest
from gaozhi_cli.domain.problem import NotFound, Refused
from gaozhi_cli.domain.verification import Verification
from gaozhi_cli.storage import schema, sql
from gaozhi_cli.storage.schema import Table
from gaozhi_cli.storage.vault import Keys, match_digest, new_row_key, packed, seal, unpacked, unseal


class Engine(Protocol):
    """What the ledger asks of SQLite or PostgreSQL."""

    def execute(self, sql: str, values: Any = ()) -> list[tuple[Any, ...]]: ...
    def stream(self, sql: str, values: Any = ()) -> Iterator[tuple[Any, ...]]: ...
    def begin(self) -> None: ...
    def commit(self) -> None: ...
    def rollback(self) -> None: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Due:
    """An open check as listed by what is due."""

    id: str
    number: str
    office: str
    item: str
    proof: str
    proof_name: str
    method: str
    due_on: str | None
    provisional: int
    assignee: str | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A commitment with its subject's shown (masked) name."""

    case: Commitment
    subject_name: str


@dataclass(frozen=True, slots=True)
class ProofRow:
    """A proof that a commitment replaces, as it read when the letter was drawn up."""

    number: str
    proof: str
    place: int
    name: str
    method: str
    circumstance: str | None


@dataclass(frozen=True, slots=True)
class LetterRow:
    """The letter's file: where it is, what it should hold, whether it has been made."""

    number: str
    state: str
    docx: str
    docx_sha256: str | None
    fields: str
    template_sha256: str | None
    pdf: str | None
    pdf_sha256: str | None


@dataclass(frozen=True, slots=True)
class Query:
    """Filters of ``commitments``; None or empty = no filter. ``items`` and ``like`` are alternatives."""

    office: str | None = None
    status: str | None = None
    since: str | None = None
    until: str | None = None
    items: tuple[str, ...] = ()
    subjects: tuple[str, ...] | None = None
    like: str | None = None


class Ledger:
    """A ledger opened through an engine. ``keys`` is called only when personal data is touched."""

    def __init__(self, engine: Engine, keys: Callable[[str], Keys], now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._load_keys = keys
        self._now = now
        self._keys: Keys | None = None

    def close(self) -> None:
        """Close the engine."""
        self._engine.close()

    @property
    def engine(self) -> Engine:
        """The engine beneath, for verification and tests."""
        return self._engine

    def meta(self) -> dict[str, str]:
        """What the ledger says of itself: id, created, format."""
        return dict(self._engine.execute(sql.select_all(schema.META)))

    def keys(self) -> Keys:
        """The ledger's keys. Raises NotReady when they are missing."""
        if self._keys is None:
            self._keys = self._load_keys(self.meta()["id"])
        return self._keys

    def head(self) -> tuple[int, bytes]:
        """Seq and hash of the last journal entry."""
        rows = self._engine.execute(sql.LAST_ENTRY)
        return (rows[0][0], bytes(rows[0][1])) if rows else (0, GENESIS)

    def anchor(self) -> str:
        """The head as printed on paper."""
        return anchor(*self.head())

    def commitment(self, number: str) -> Commitment | None:
        """The case with a number, as it stands."""
        rows = self._engine.execute(sql.select(schema.COMMITMENTS), (number,))
        return Commitment(*rows[0]) if rows else None

    def case(self, number: str) -> Commitment:
        """The case with a number. Raises NotFound."""
        found = self.commitment(number)
        if found is None:
            raise NotFound(f"台账里没有 {number}，请核对编号（gaozhi commitment list 可查）")
        return found

    def subject(self, id_: str) -> dict[str, Any]:
        """A subject's row: kind, shown name and number."""
        row = self._engine.execute(sql.select(schema.SUBJECTS), (id_,))[0]
        return dict(zip(schema.SUBJECTS.names, row, strict=True))

    def commitments(self, query: Query) -> Iterator[Listed]:
        """Cases in order of number, streamed."""
        if query.subjects == ():
            return
        statement = sql.commitments(
            office=query.office is not None,
            status=query.status is not None,
            since=query.since is not None,
            until=query.until is not None,
            items=len(query.items),
            subjects=len(query.subjects or ()),
            like=query.like is not None,
        )
        single = (query.office, query.status, query.since, query.until)
        values: list[Any] = [value for value in single if value is not None]
        values += [*(query.subjects or ()), *query.items]
        values += [query.like] if query.like is not None else []
        for row in self._engine.stream(statement, values):
            yield Listed(Commitment(*row[:-1]), row[-1])

    def subjects_called(self, text: str, id_types: tuple[str, ...]) -> tuple[str, ...]:
        """Ids of subjects with exactly this number or name (matched by keyed digest; needs the key)."""
        keys, found = self.keys(), []
        for id_type in id_types:
            digest = match_digest(keys, id_type, text)
            found += [row[0] for row in self._engine.execute(sql.SUBJECT_BY_MATCH, (digest,))]
        by_name = match_digest(keys, "name", text)
        for (owner,) in self._engine.execute(sql.OWNERS_BY_NAME, (by_name,)):
            case = self.commitment(owner)
            if case is not None:
                found.append(case.subject)
        return tuple(dict.fromkeys(found))

    def proofs_of(self, number: str) -> list[ProofRow]:
        """The proofs of a case in printed order."""
        return [ProofRow(*row) for row in self._engine.execute(sql.PROOFS_OF, (number,))]

    def checks_of(self, number: str) -> list[Verification]:
        """The checks of a case."""
        return [Verification(*row) for row in self._engine.execute(sql.CHECKS_OF, (number,))]

    def check(self, id_: str) -> Verification | None:
        """The check with an id."""
        rows = self._engine.execute(sql.select(schema.VERIFICATIONS), (id_,))
        return Verification(*rows[0]) if rows else None

    def due(
        self,
        *,
        dated: bool,
        office: str | None = None,
        until: str | None = None,
        method: str | None = None,
        assignee: str | None = None,
    ) -> Iterator[Due]:
        """Open checks with (``dated``) or without a due date, soonest first."""
        statement = sql.due(
            dated=dated,
            office=office is not None,
            until=until is not None,
            method=method is not None,
            assignee=assignee is not None,
        )
        values = [value for value in (office, until, method, assignee) if value is not None]
        for row in self._engine.stream(statement, values):
            yield Due(*row)

    def letter(self, number: str) -> LetterRow | None:
        """The letter's row of a case."""
        rows = self._engine.execute(sql.LETTER_OF, (number,))
        return LetterRow(*rows[0]) if rows else None

    def pending_letters(self) -> list[str]:
        """Numbers whose letter has no file yet."""
        return [row[0] for row in self._engine.execute(sql.PENDING_LETTERS)]

    def history(self, object_: str) -> Iterator[dict[str, Any]]:
        """Journal entries that concern a number, oldest first."""
        names = ("seq", "at", "dated_on", "act", "object", "operator", "login", "machine", "reason", "detail")
        for row in self._engine.stream(sql.HISTORY, (object_,)):
            yield dict(zip(names, row, strict=True))

    def personal(self, owner: str, role: str) -> dict[str, str]:
        """The opened personal fields of an owner's row. Empty when there is none.

        Raises NotReady when the key is missing or a ciphertext was altered or moved.
        """
        rows = self._engine.execute(sql.PERSONAL_OF, (owner, role))
        if not rows:
            return {}
        id_ = rows[0][0]
        row = self._engine.execute(sql.select(schema.PERSONAL), (id_,))[0]
        record = dict(zip(schema.PERSONAL.names, row, strict=True))
        wrapped = self._engine.execute(sql.WRAPPED_KEY, (id_,))
        if not wrapped:
            return {}
        key = unseal(self.keys().wrap, wrapped[0][1], _wrap_place(id_, wrapped[0][0]))
        opened = {}
        for column in schema.SEALED:
            if record[column] is not None:
                plain = unseal(key, record[column], _field_place(id_, column))
                opened[column] = unpacked(plain) if column == "text" else plain.decode()
        if record["id_type"]:
            opened["id_type"] = record["id_type"]
        return opened

    def keyed(self, kind: str, value: str) -> bytes:
        """The keyed digest of a value."""
        return match_digest(self.keys(), kind, value)

    def request_digest(self, act: str, **values: object) -> bytes:
        """The keyed digest of what an act was asked to do, to tell a repeat from another request."""
        text = json.dumps([act, values], ensure_ascii=False, sort_keys=True, default=str)
        return self.keyed("request", text)

    def repeated(self, request_id: str | None, act: str, digest: bytes) -> str | None:
        """The object of an act already done under this request id; None when it is new.

        Raises Refused when the id was used for something else.
        """
        if request_id is None:
            return None
        rows = self._engine.execute(sql.ENTRY_BY_REQUEST, (request_id,))
        if not rows:
            return None
        done, object_, before = rows[0]
        if done != act or bytes(before) != digest:
            message = f"请求号 {request_id} 已用于另一次不同的操作，请换一个请求号"
            raise Refused(message)
        return str(object_)

    @contextmanager
    def transaction(self, *, dry_run: bool = False) -> Iterator[Transaction]:
        """One act: take the write lock, write rows, record one entry; all of it or nothing.

        With ``dry_run`` everything is checked and then undone.
        """
        self._engine.begin()
        try:
            act = Transaction(self, self._engine)
            yield act
            act.finish(self._now())
        except BaseException:
            self._engine.rollback()
            raise
        if dry_run or act.idle:
            self._engine.rollback()
        else:
            self._engine.commit()


class Transaction:
    """The rows and the one entry of an act in progress."""

    def __init__(self, ledger: Ledger, engine: Engine) -> None:
        self._ledger = ledger
        self._engine = engine
        self._writes: dict[tuple[str, tuple[Any, ...]], Write] = {}
        self._entry: Entry | None = None
        self.idle = False

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
        if self._entry is None:
            raise RuntimeError("an act without a journal entry")
        seq, prev = self._ledger.head()
        row = entry_row(
            self._entry,
            seq=seq + 1,
            at=now.isoformat(timespec="milliseconds"),
            prev=prev,
            writes=list(self._writes.values()),
        )
        self._insert(schema.JOURNAL, row)

    def next_number(self, office: str, year: int) -> Number:
        """The next number of an office in a year; gapless, since it is given in the act's transaction."""
        rows = self._engine.execute(sql.COUNT_UP, (office, year))
        if rows:
            n = int(rows[0][0])
            before: dict[str, Value] = {"office": office, "year": year, "n": n - 1}
            after: dict[str, Value] = {**before, "n": n}
            self._note(schema.COUNTERS, after, row_digest("counters", before))
        else:
            n = 1
            self._add(schema.COUNTERS, {"office": office, "year": year, "n": n})
        return Number(office, year, n)

    def subject(
        self, *, kind: str, id_type: str, number: str, name_shown: str, number_shown: str, today: str
    ) -> str:
        """The id of the subject with this number, new or known; a changed name is taken over."""
        digest = self._ledger.keyed(id_type, number)
        rows = self._engine.execute(sql.SUBJECT_BY_MATCH, (digest,))
        if rows:
            id_ = str(rows[0][0])
            if self._ledger.subject(id_)["name_shown"] != name_shown:
                self._change(schema.SUBJECTS, (id_,), {"name_shown": name_shown})
            return id_
        id_ = f"S{secrets.token_hex(8)}"
        row: dict[str, Value] = {
            "id": id_,
            "kind": kind,
            "id_type": id_type,
            "match_digest": digest,
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
        id_, key, keys = secrets.token_hex(8), new_row_key(), self._ledger.keys()
        row: dict[str, Value] = {"id": id_, "owner": owner, "role": role, "id_type": id_type}
        row["name_shown"] = name_shown
        for column in schema.SEALED:
            value = fields.get(column)
            if value:
                plain = packed(value) if column == "text" else value.encode()
                row[column] = seal(key, plain, _field_place(id_, column))
        if fields.get("name"):
            row["name_match"] = match_digest(keys, "name", fields["name"])
        self._add(schema.PERSONAL, row)
        wrapped = seal(keys.wrap, key, _wrap_place(id_, keys.id))
        self._insert(schema.ROW_KEYS, {"id": id_, "key_id": keys.id, "wrapped": wrapped})
        return id_

    def add_commitment(self, case: Commitment, proofs: list[ProofRow], letter: LetterRow) -> None:
        """A new case with its proofs and its letter still to be made."""
        self._add(schema.COMMITMENTS, asdict(case))
        for proof in proofs:
            self._add(schema.PROOFS, asdict(proof))
        self._add(schema.LETTERS, asdict(letter))

    def change_commitment(self, number: str, **changes: Value) -> None:
        """New state of a case."""
        self._change(schema.COMMITMENTS, (number,), changes)

    def change_letter(self, number: str, **changes: Value) -> None:
        """New state of a letter."""
        self._change(schema.LETTERS, (number,), changes)

    def add_check(self, check: Verification) -> None:
        """A new check."""
        self._add(schema.VERIFICATIONS, asdict(check))

    def change_check(self, id_: str, **changes: Value) -> None:
        """New state of a check."""
        self._change(schema.VERIFICATIONS, (id_,), changes)

    def add_meta(self, key: str, value: str) -> None:
        """A statement of the ledger about itself."""
        self._add(schema.META, {"key": key, "value": value})

    def _add(self, table: Table, row: Mapping[str, Value]) -> None:
        self._insert(table, row)
        self._note(table, row, None)

    def _insert(self, table: Table, row: Mapping[str, Value]) -> None:
        columns = tuple(name for name in table.names if row.get(name) is not None)
        self._engine.execute(sql.insert(table, columns), [row[name] for name in columns])

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


def _wrap_place(id_: str, key_id: str) -> str:
    return f"row_keys/{id_}/{key_id}"


def _field_place(id_: str, column: str) -> str:
    return f"personal/{id_}/{column}"
