"""The histories of rows in piles: the same answer in memory and in files, the earliest first, in bounds."""

from __future__ import annotations

import tempfile
from contextlib import closing
from typing import Any

import pytest

from gaozhi_cli.domain.problem import NotReady
from gaozhi_cli.storage.row_histories import Broken, RowHistories


def filled(histories: RowHistories) -> RowHistories:
    """A thousand rows written three times each, some of them tampered with in one of five ways."""
    for turn in range(3):
        for n in range(1000):
            seq, before = turn * 1000 + n + 1, f"{n}-{turn - 1}" if turn else None
            if n == 400 and turn == 2:
                before = "edited"
            if n == 500 and turn == 0:
                before = "was there"
            histories.written([(("rows", str(n), n), seq, before, f"{n}-{turn}")])
            histories.settle()
    for n in range(1000):
        if n != 600:
            histories.stored(("rows", str(n), n), "edited" if n == 700 else f"{n}-2")
        histories.settle()
    histories.stored(("rows", "put in", 1), "x")
    return histories


FOUND = [
    Broken(501, 'rows ["500",500] 不是经流水写入的，流水第 501 条改动时它已经在那里'),
    Broken(1401, 'rows ["400",400] 在流水第 1401 条写入后、第 2401 条之前被改动'),
    Broken(2601, 'rows ["600",600] 自流水第 2601 条写入后被删除'),
    Broken(2701, 'rows ["700",700] 自流水第 2701 条写入后被改动'),
    Broken(0, 'rows ["put in",1] 不是经流水写入的'),
]


@pytest.mark.parametrize("entries", [10, 10**6, 10**9])
@pytest.mark.parametrize("in_memory", [50, 10**6])
def test_what_does_not_agree_is_found_whatever_the_memory(entries: int, in_memory: int) -> None:
    """One pile or two hundred, all in memory or nearly all in files."""
    with closing(filled(RowHistories(entries, in_memory=in_memory))) as histories:
        assert histories.broken(20) == FOUND
        assert histories.rows == 1000


def test_the_earliest_are_kept_when_there_are_many() -> None:
    """Ten of a thousand, the first in the journal, those without an entry last."""
    with closing(RowHistories(10**6)) as histories:
        for n in range(1000, 0, -1):
            histories.stored(("rows", n, "in"), "x")
            histories.written([(("rows", n), n, None, "after")])
        assert [one.seq for one in histories.broken(10)] == list(range(1, 11))


def test_no_room_for_temporary_files_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The place for them is full or not there."""

    def full(*_: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with (
        closing(RowHistories(1, in_memory=10)) as histories,
        pytest.raises(NotReady, match=r"临时文件.*TMPDIR"),
    ):
        filled(histories)
