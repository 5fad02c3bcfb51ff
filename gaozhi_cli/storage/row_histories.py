"""Row by row, from the journal to what is stored: each act finds what the last one left (docs/journal.md).

Rows are dealt out by their key into piles. A pile keeps the order of the journal and is gone through by
itself, so that a ledger of any size needs little memory: what does not fit lies in temporary files.
"""

from __future__ import annotations

import json
import marshal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO, Any, NamedTuple

from gaozhi_cli.domain.problem import NotReady, os_reason

MOST_IN_MEMORY = 30_000  # records
RECORDS_A_PILE = 100_000
MOST_PILES = 200  # each has a file open
SIZE = 8  # bytes of the size that stands before each piece of a file
Place = tuple[Any, ...]  # table, then the key's columns
Written = tuple[Place, int, str | None, str]  # row, entry, digest before (None: a new row), digest after


class Broken(NamedTuple):
    """A row that does not agree with the journal; ``seq``: the entry it contradicts, 0 where none is."""

    seq: int
    message: str


class RowHistories:
    """All writes of all entries, then all rows; ``broken`` says which do not agree."""

    def __init__(self, entries: int, *, in_memory: int = MOST_IN_MEMORY) -> None:
        """``entries``: how many entries there are about."""
        piles = min(MOST_PILES, 1 + entries * 4 // RECORDS_A_PILE)
        self._piles: list[list[tuple[Any, ...]]] = [[] for _ in range(piles)]
        self._files: list[IO[bytes] | None] = [None] * piles
        self._in_memory = in_memory
        self._held = 0
        self._opened = ExitStack()
        self.rows = 0
        self.unread: set[str] = set()  # tables not read to their end: what is not met there is no fault

    def written(self, records: list[Written]) -> None:
        """What an entry says that it wrote, and with which digest it had found it."""
        piles, count = self._piles, len(self._piles)
        for record in records:
            piles[hash(record[0]) % count].append(record)
        self._held += len(records)

    def stored(self, place: Place, digest: str) -> None:
        """A row as it is stored now."""
        self._piles[hash(place) % len(self._piles)].append((place, digest))
        self._held += 1
        self.rows += 1

    def settle(self) -> None:
        """To be called now and then: put aside what is too much. Raises NotReady where there is no room."""
        if self._held < self._in_memory:
            return
        self._held = 0
        try:
            for n, pile in enumerate(self._piles):
                if pile:
                    file = self._files[n]
                    if file is None:
                        aside = tempfile.TemporaryFile()  # noqa: SIM115 - closed with all others
                        file = self._files[n] = self._opened.enter_context(aside)
                    piece = marshal.dumps(pile)  # not ``marshal.dump``: reading that is six times as slow
                    file.write(len(piece).to_bytes(SIZE, "big"))
                    file.write(piece)
                    pile.clear()
        except OSError as error:
            message = f"校验时放临时文件的地方用不了（{os_reason(error)}）"
            raise NotReady(f"{message}；请腾出空间，或用 TMPDIR 指定别处") from None

    def broken(self, most: int) -> list[Broken]:
        """What does not agree, the earliest entry first, those of no entry last; at most so many."""
        found: list[Broken] = []
        for n in range(len(self._piles)):
            for one in _differences(self._pile(n), self.unread):
                found.append(one)
                if len(found) > 4 * most:
                    found = _earliest(found, most)
        return _earliest(found, most)

    def _pile(self, n: int) -> Iterator[tuple[Any, ...]]:
        file = self._files[n]
        if file is not None:
            file.seek(0)
            while size := file.read(SIZE):
                yield from marshal.loads(file.read(int.from_bytes(size, "big")))
        yield from self._piles[n]

    def close(self) -> None:
        """Give the temporary files back."""
        self._opened.close()


def _earliest(found: list[Broken], most: int) -> list[Broken]:
    return sorted(found, key=lambda one: one.seq or 2**62)[:most]


def _differences(pile: Iterator[tuple[Any, ...]], unread: set[str]) -> Iterator[Broken]:
    """A row begins as new, each act finds what the last one left, the end is stored."""
    last: dict[Place, tuple[int, str]] = {}
    for record in pile:
        place = record[0]
        if len(record) == 4:
            _, seq, prev, digest = record
            known = last.get(place)
            if known is None and prev is not None:
                yield Broken(seq, f"{_named(place)} 不是经流水写入的，流水第 {seq} 条改动时它已经在那里")
            elif known is not None and known[1] != prev:
                yield Broken(known[0], f"{_named(place)} 在流水第 {known[0]} 条写入后、第 {seq} 条之前被改动")
            last[place] = (seq, digest)
        else:
            known = last.pop(place, None)
            if known is None:
                yield Broken(0, f"{_named(place)} 不是经流水写入的")
            elif known[1] != record[1]:
                yield Broken(known[0], f"{_named(place)} 自流水第 {known[0]} 条写入后被改动")
    for place, (seq, _) in last.items():
        if place[0] in unread:
            continue
        yield Broken(seq, f"{_named(place)} 自流水第 {seq} 条写入后被删除")


def _named(place: Place) -> str:
    key = json.dumps(place[1:], ensure_ascii=False, separators=(",", ":"), default=bytes.hex)
    return f"{place[0]} {key}"
