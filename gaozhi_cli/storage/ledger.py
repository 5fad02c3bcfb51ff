"""台账: what any ledger can do, in domain words, over one engine and one set of portable SQL.

Reading needs no key. A writing act is one ``transaction``: rows, their digests and exactly one journal
entry, all or nothing (DESIGN: trust). Personal data goes through ``personal`` alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gaozhi_cli.domain.commitment import Commitment
from gaozhi_cli.domain.journal import anchor
from gaozhi_cli.domain.problem import NotFound, NotReady, Problem, Refused
from gaozhi_cli.domain.verification import Verification
from gaozhi_cli.storage import schema, sql
from gaozhi_cli.storage.engine import Engine, read_head, read_last
from gaozhi_cli.storage.records import Due, LetterRow, Listed, PrintRow, ProofRow, Query
from gaozhi_cli.storage.vault import (
    Keys,
    field_place,
    match_digest,
    match_digests,
    unpacked,
    unseal,
    wrap_place,
)

if TYPE_CHECKING:
    from gaozhi_cli.storage.transaction import Acts, Transaction

MOST_MARKS = 500  # parameters of one statement
ID_LENGTH, HEX = 16, frozenset("0123456789abcdef")
KEY_BACKUP = "ledger.key-backup"  # the act that tells of a copy of the key
CURRENT_KEY = "key"  # in ``meta``: the id of the wrapping key that row keys are sealed with, once rotated


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

    def id(self) -> str:
        """The ledger's own id, which names its key file. Raises NotReady where it is none of ours."""
        id_ = self.meta().get("id")
        if id_ is None or len(id_) != ID_LENGTH or not HEX.issuperset(id_):  # ../../x would lead elsewhere
            raise NotReady("台账没有编号或编号不对，内容已损坏；请运行 gaozhi ledger verify 并从备份核对")
        return id_

    def keys(self) -> Keys:
        """The ledger's keys. Raises NotReady when they are missing."""
        if self._keys is None:
            self._keys = self._load_keys(self.id()).led_by(self.present_key())
        return self._keys

    def present_key(self) -> str | None:
        """The id of the wrapping key in use; None as long as it was never rotated."""
        return self.meta().get(CURRENT_KEY)

    def forget_keys(self) -> None:
        """Read the key file anew at the next use."""
        self._keys = None

    def _sealing_keys(self) -> Callable[[], Keys]:
        """The keys for a transaction, looked at once: another process may have rotated them before it."""
        checked: list[Keys] = []

        def keys() -> Keys:
            if not checked:
                if self._keys is not None and self.meta().get(CURRENT_KEY, self._keys.id) != self._keys.id:
                    self._keys = None
                checked.append(self.keys())
            return checked[0]

        return keys

    def head(self) -> tuple[int, bytes]:
        """Seq and hash of the last journal entry."""
        return read_head(self._engine)

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
        rows = self._engine.execute(sql.select(schema.SUBJECTS), (id_,))
        if not rows:
            raise NotReady(f"台账缺少主体 {id_} 的记录；请运行 gaozhi ledger verify 并从备份核对")
        return dict(zip(schema.SUBJECTS.names, rows[0], strict=True))

    def commitments(self, query: Query) -> Iterator[Listed]:
        """Cases in order of number, streamed; the cost is that of the hits (see ``case_list``)."""
        from gaozhi_cli.storage.case_list import listed

        return listed(self._engine, query)

    def subjects_called(self, text: str, id_types: tuple[str, ...]) -> tuple[str, ...]:
        """Ids of subjects with exactly this number or name (matched by keyed digest; needs the key)."""
        keys, found = self.keys(), []
        for id_type in id_types:
            digest = match_digest(keys, id_type, text)
            found += [row[0] for row in self._engine.execute(sql.SUBJECT_BY_MATCH, (digest,))]
        by_name = match_digest(keys, "name", text)
        found += [row[0] for row in self._engine.execute(sql.SUBJECTS_BY_NAME, (by_name, by_name))]
        return tuple(dict.fromkeys(found))

    def subject_by_number(self, id_type: str, number: str) -> str | None:
        """The subject with a number, matched by keyed digest, under whichever kind of resident's card."""
        digests = match_digests(self.keys(), id_type, number)
        rows = self._engine.execute(sql.SUBJECT_BY_MATCHES[len(digests)], digests)
        return str(rows[0][0]) if rows else None

    def names_of(self, subject: str) -> set[str]:
        """The names of a subject in its last cases and its own row (opened; needs the key)."""
        rows = self._engine.execute(sql.LAST_CASES, (subject,))
        people = [self.personal(number, "applicant") for (number,) in rows]
        people.append(self.personal(subject, "subject"))
        return {person["name"] for person in people if "name" in person}

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

    def undated(
        self, *, office: str | None = None, method: str | None = None, assignee: str | None = None
    ) -> list[tuple[bool, bool, int]]:
        """How many open checks have no date: whether paused, whether it is said why, the count."""
        statement = sql.undated(
            office=office is not None, method=method is not None, assignee=assignee is not None
        )
        values = [value for value in (office, method, assignee) if value is not None]
        rows = self._engine.execute(statement, values)
        return [(bool(paused), bool(said), count) for paused, said, count in rows]

    def letter(self, number: str) -> LetterRow | None:
        """The letter's row of a case."""
        rows = self._engine.execute(sql.LETTER_OF, (number,))
        return LetterRow(*rows[0]) if rows else None

    def prints_of(self, number: str) -> list[PrintRow]:
        """The print jobs of a letter, the first one first."""
        return [PrintRow(*row) for row in self._engine.execute(sql.PRINTS_OF, (number,))]

    def case_of_version(self, version: str) -> str | None:
        """The number of a case drawn up under a version of the 清单; None where there is none."""
        rows = self._engine.execute(sql.CASE_OF_VERSION, (version,))
        return str(rows[0][0]) if rows else None

    def requests(self, ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Object and day of the acts already done under these request ids."""
        found = {}
        for start in range(0, len(ids), MOST_MARKS):
            some = ids[start : start + MOST_MARKS]
            for id_, object_, day in self._engine.execute(sql.requests(len(some)), some):
                found[id_] = (object_, day)
        return found

    def now(self) -> str:
        """The clock's time as the ledger keeps it."""
        return self._now().isoformat(timespec="milliseconds")

    def key_ids(self) -> dict[str, tuple[int, str]]:
        """Under which wrapping keys the row keys are sealed: how many, and the id of one of them."""
        return {key: (count, one) for key, count, one in self._engine.execute(sql.KEY_IDS)}

    def rows_open(self, keys: Keys) -> bool:
        """Whether these keys open the ledger: one row of each wrapping key, and a name's keyed digest."""
        samples = {one for _, one in self.key_ids().values()}
        samples |= {row[0] for row in self._engine.execute(sql.ONE_NAMED)}
        try:
            return all(self._opens(keys, id_) for id_ in sorted(samples))
        except NotReady:
            return False

    def _opens(self, keys: Keys, id_: str) -> bool:
        rows = self._engine.execute(sql.select(schema.PERSONAL), (id_,))
        found = self._engine.execute(sql.WRAPPED_KEY, (id_,))
        if not rows or not found:
            return False
        row, (key_id, wrapped) = dict(zip(schema.PERSONAL.names, rows[0], strict=True)), found[0]
        key = unseal(keys.under(key_id), wrapped, wrap_place(id_, key_id))
        for column in schema.SEALED:
            if row[column] is not None:
                plain = unseal(key, row[column], field_place(id_, row["owner"], row["role"], column))
                if column == "name" and match_digest(keys, "name", plain.decode()) != row["name_match"]:
                    return False
        return True

    def last_act(self, act: str) -> dict[str, Any] | None:
        """The last entry of an act on the ledger itself: seq, at, dated_on, detail."""
        rows = self._engine.execute(sql.LAST_ACT, (self.id(), act))
        return dict(zip(("seq", "at", "dated_on", "detail"), rows[0], strict=True)) if rows else None

    def pending_letters(self) -> list[str]:
        """Numbers whose letter has no file yet."""
        return [row[0] for row in self._engine.execute(sql.PENDING_LETTERS)]

    def history(self, object_: str) -> Iterator[dict[str, Any]]:
        """Journal entries that concern a number, oldest first; those of acts on many cases too."""
        from heapq import merge

        from gaozhi_cli.domain.check_batch import series_of

        names = ("seq", "at", "dated_on", "act", "object", "operator", "login", "machine", "reason", "detail")
        grouped = (series_of(object_), f'%["verifications",["{object_}-%')
        rows = merge(
            self._engine.stream(sql.HISTORY, (object_,)), self._engine.stream(sql.GROUP_HISTORY, grouped)
        )
        for row in rows:
            yield dict(zip(names, row, strict=True))

    def personal(self, owner: str, role: str) -> dict[str, str]:
        """The opened personal fields of an owner's row. Empty when there is none.

        Raises NotReady when the key is missing or a ciphertext was altered or moved, Refused when the
        row's key was destroyed after the retention period.
        """
        rows = self._engine.execute(sql.PERSONAL_OF, (owner, role))
        if not rows:
            return {}
        id_ = rows[0][0]
        row = self._engine.execute(sql.select(schema.PERSONAL), (id_,))[0]
        record = dict(zip(schema.PERSONAL.names, row, strict=True))
        if record["purged_on"] is not None:
            message = f"{owner} 的个人信息已于 {record['purged_on']} 按保管期限清除，打不开了"
            raise Refused(message, (Problem("purged", message),))
        wrapped = self._engine.execute(sql.WRAPPED_KEY, (id_,))
        if not wrapped:
            return {}
        key = unseal(self._wrap_key(wrapped[0][0]), wrapped[0][1], wrap_place(id_, wrapped[0][0]))
        opened = {}
        for column in schema.SEALED:
            if record[column] is not None:
                plain = unseal(key, record[column], field_place(id_, owner, role, column))
                opened[column] = unpacked(plain) if column == "text" else plain.decode()
        if record["id_type"]:
            opened["id_type"] = record["id_type"]
        return opened

    def has_person(self, owner: str, role: str) -> bool:
        """Whether an owner has a personal row in a role; needs no key."""
        return bool(self._engine.execute(sql.PERSONAL_OF, (owner, role)))

    def _wrap_key(self, key_id: str) -> bytes:
        """The key that wraps a row key; the file is read anew where another process has rotated it."""
        try:
            return self.keys().under(key_id)
        except NotReady:
            self._keys = None
            return self.keys().under(key_id)

    def keyed(self, kind: str, value: str) -> bytes:
        """The keyed digest of a value."""
        return match_digest(self.keys(), kind, value)

    def request_digest(self, act: str, **values: object) -> bytes:
        """The keyed digest of what an act was asked to do, to tell a repeat from another request."""
        text = json.dumps([act, values], ensure_ascii=False, sort_keys=True, default=str)
        return self.keyed("request", text)

    def asked(self, request_id: str | None, act: str, **values: object) -> bytes:
        """``request_digest`` where there is a request id; without one no key is needed."""
        return self.request_digest(act, **values) if request_id is not None else b""

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

    def facts_of(self, request_id: str | None) -> dict[str, Any]:
        """The detail of the act done under a request id."""
        rows = self._engine.execute(sql.DETAIL_BY_REQUEST, (request_id,))
        return dict(json.loads(rows[0][0] or "{}")) if rows else {}

    @contextmanager
    def transaction(self, *, dry_run: bool = False) -> Iterator[Transaction]:
        """One act: take the write lock, write rows, record one entry; all of it or nothing.

        With ``dry_run`` everything is checked and then undone.
        """
        with self.acts(dry_run=dry_run) as acts, acts.act() as act:
            yield act

    @contextmanager
    def acts(self, *, dry_run: bool = False, many: bool = False) -> Iterator[Acts]:
        """Several acts with an entry each, made durable together: all of them or none.

        ``many``: personal rows and entries are written at the end, in few statements; until then this
        ledger does not read them.
        """
        from gaozhi_cli.storage.transaction import Acts

        self._engine.begin()
        try:
            seq, hash_, at = read_last(self._engine)
            later: Any = {} if many else None
            acts = Acts(self._engine, self._sealing_keys(), (seq, hash_), self._now, later, at)
            yield acts
            acts.finish()
        except BaseException:
            self._engine.rollback()
            raise
        if dry_run or not acts.done:
            self._engine.rollback()
        else:
            self._engine.commit()
