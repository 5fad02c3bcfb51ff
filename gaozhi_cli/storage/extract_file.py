"""A register's extract (csv, xlsx, xls, ods) opened for one pass: its headings found, its numbers sound.

csv and xlsx are read row by row however long they are. A number that a spreadsheet has spoilt could
belong to anybody, so one such cell makes the whole extract unfit: what is not found must really not be there.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from gaozhi_cli.domain.comparing import digits_lost, plain_number
from gaozhi_cli.domain.problem import BadInput, Problem, os_reason
from gaozhi_cli.storage.applicant_table import CHANGED, LARGEST_TEXT_FILE, file_digest
from gaozhi_cli.storage.sheets import sheet_names, sheet_rows
from gaozhi_cli.storage.table_csv import csv_batches, csv_cells
from gaozhi_cli.storage.table_file import (
    DIGITS_LOST,
    OUTER,
    Row,
    as_text,
    cell_name,
    kind_of,
    refuse,
)

LOOKED_INTO = 30  # rows in which the headings may stand
MOST_TOLD = 20
IN_NAME = re.compile(r"(?<!\d)(20\d{2})[-_.年]?(\d{2})[-_.月]?(\d{2})(?!\d)")
BY_NAME, BY_TIME = "文件名", "修改日期"


class ExtractFile:
    """An extract on disk. ``rows``, ``keyless``: those of the last pass with and without a number."""

    def __init__(self, path: Path, columns: Sequence[str], *, sheet: str = "", dated: str = "") -> None:
        """``columns``: the headings that are read, the key's first; ``dated``: how its day is told.

        Raises BadInput: not a table, a heading missing or there twice.
        """
        self.file, self._path, self._columns = path.name, path, tuple(columns)
        self.sha256 = file_digest(path)
        self.as_of = _day(path, dated)
        self._kind = kind_of(path, LARGEST_TEXT_FILE)
        self._sheet = self._pick(sheet)
        self.headings, self._row = self._find_headings()
        self._places = tuple(self.headings.index(column) for column in self._columns)
        self.rows = self.keyless = 0

    def _pick(self, sheet: str) -> str:
        if self._kind == "csv":
            return ""
        every, visible = sheet_names(self._path, self._kind)
        if not sheet:
            return visible[0]
        if sheet not in every:
            raise refuse(self.file, f"没有工作表“{sheet}”，有：{'、'.join(every)}")
        return sheet

    def _find_headings(self) -> tuple[tuple[str, ...], int]:
        """The headings and their row's number: the first row in which all declared columns stand."""
        best: tuple[str, ...] = ()
        for number, cells in islice(self._cells(), LOOKED_INTO):
            texts = tuple(str(cell).strip(OUTER) for cell in cells)
            there = set(texts) & set(self._columns)
            for column in there:
                if texts.count(column) > 1 and len(there) == len(set(self._columns)):
                    raise refuse(self.file, f"第 {number} 行有两栏都叫“{column}”，不知读哪一栏，请改名")
            if len(there) == len(set(self._columns)):
                return texts, number
            if len(there) > len(set(best) & set(self._columns)) or not best:
                best = texts
        lacking = "、".join(f"“{column}”" for column in self._columns if column not in best)
        there_are = "、".join(filter(None, best))[:200]
        raise refuse(
            self.file, f"缺少栏目{lacking}；第一行有：{there_are}；请核对文件，或改 sources.yaml 的 column"
        )

    def _cells(self) -> Iterator[tuple[int, Sequence[Any]]]:
        if self._kind == "csv":
            yield from csv_cells(self._path)
        else:
            for row in sheet_rows(self._path, self._kind, self._sheet)[0]:
                yield row.number, row.cells

    def records(self, wanted: Container[str] | None = None) -> Iterator[tuple[int, str, Any]]:
        """Rows with a number, only a ``wanted`` one if said: place, number in normal form, the row itself.

        ``rows`` and ``keyless`` count all. Raises BadInput at the end where numbers are spoilt or rows run
        over, and where the file was changed while it was read.
        """
        self.rows = self.keyless = 0
        faults = _Faults(self.file)
        yield from self._csv(faults, wanted) if self._kind == "csv" else self._book(faults, wanted)
        if file_digest(self._path) != self.sha256:
            raise refuse(self.file, CHANGED)
        faults.refuse()

    def _csv(self, faults: _Faults, wanted: Container[str] | None) -> Iterator[tuple[int, str, Any]]:
        for numbers, batch in csv_batches(self._path):
            keys = self._plain_keys(batch) if numbers[0] > self._row else None
            if keys is None:
                yield from self._carefully(numbers, batch, faults, wanted)
                continue
            self.rows += len(batch)
            for n, key in enumerate(keys):
                if wanted is None or key in wanted:
                    yield numbers[n], key, batch[n]

    def _plain_keys(self, batch: list[list[str]]) -> list[str] | None:
        """The numbers of a batch where every row is as it should be; looked at all together."""
        place = self._places[0]
        widths = set(map(len, batch))
        if max(widths) > len(self.headings) or min(widths) <= place:
            return None
        keys = [row[place] for row in batch]
        whole = "".join(keys)
        if not (whole.isascii() and whole.isalnum() and whole == whole.upper() and all(keys)):
            return None
        return None if any(key[-3:] == "000" for key in keys) else keys

    def _carefully(
        self, numbers: Sequence[int], batch: list[list[str]], faults: _Faults, wanted: Container[str] | None
    ) -> Iterator[tuple[int, str, Any]]:
        place, width = self._places[0], len(self.headings)
        for number, cells in zip(numbers, batch, strict=True):
            if number <= self._row:
                continue
            if len(cells) > width and any(cell.strip(OUTER) for cell in cells[width:]):
                told = f"第 {number} 行比表头多出 {len(cells) - width} 格，含逗号的文字请加英文双引号"
                faults.append(Problem("extract-row", told, field=cell_name(width, number)))
                continue
            key = cells[place] if place < len(cells) else ""
            if not key.strip(OUTER):
                self.keyless += any(cell.strip(OUTER) for cell in cells)
                continue
            key, fault = _sound(key)
            if fault:
                faults.append(_spoilt(place, number, fault))
                continue
            self.rows += 1
            if wanted is None or key in wanted:
                yield number, key, cells

    def _book(self, faults: _Faults, wanted: Container[str] | None) -> Iterator[tuple[int, str, Any]]:
        place = self._places[0]
        for row in sheet_rows(self._path, self._kind, self._sheet)[0]:
            if row.number <= self._row:
                continue
            where = cell_name(place, row.number)
            fault = next((fault.message for fault in row.faults if fault.cell == where), "")
            key = row.cell(place)
            if not fault and not key:
                self.keyless += 1
                continue
            key, fault = (key, fault) if fault else _sound(key)
            if fault:
                faults.append(_spoilt(place, row.number, fault))
                continue
            self.rows += 1
            if wanted is None or key in wanted:
                yield row.number, key, row

    def texts(self, row: Any) -> Mapping[str, str | None]:
        """The declared columns of a row; None where a spreadsheet has spoilt the cell."""
        if isinstance(row, Row):
            spoilt = {fault.cell for fault in row.faults}
            return {
                column: None if cell_name(place, row.number) in spoilt else row.cell(place)
                for column, place in zip(self._columns, self._places, strict=True)
            }
        found: dict[str, str | None] = {}
        for column, place in zip(self._columns, self._places, strict=True):
            text = row[place].strip(OUTER) if place < len(row) else ""
            if not text.isprintable() or "E" in text or "e" in text:  # perhaps hidden signs, or a lost number
                text, fault = as_text(text)
                found[column] = None if fault else text
            else:
                found[column] = text
        return found


class _Faults:
    """Rows that cannot be relied on: counted, the first of them kept."""

    def __init__(self, file: str) -> None:
        self._file, self._count = file, 0
        self._first: list[Problem] = []

    def append(self, problem: Problem) -> None:
        """One more."""
        self._count += 1
        if len(self._first) < MOST_TOLD:
            self._first.append(problem)

    def refuse(self) -> None:
        """Raises BadInput where there is any."""
        if self._count:
            message = f"{self._file} 有 {self._count} 处读不可靠，没有比对；请向来源要号码设为文本的一份"
            raise BadInput(message, tuple(self._first))


def _sound(key: str) -> tuple[str, str]:
    """A number in normal form, and what is wrong with it."""
    text, fault = as_text(key)
    if fault:
        return "", fault
    number = plain_number(text)
    return (number, DIGITS_LOST) if digits_lost(number) else (number, "")


def _spoilt(column: int, row: int, fault: str) -> Problem:
    cell = cell_name(column, row)
    return Problem("extract-key", f"{cell}：号码{fault}", field=cell)


def _day(path: Path, dated: str) -> str | None:
    """The day an extract speaks of. Raises BadInput where its name should tell and does not."""
    if dated == BY_TIME:
        try:
            return date.fromtimestamp(path.stat().st_mtime).isoformat()
        except OSError as error:
            raise refuse(path.name, f"读不出来：{os_reason(error)}") from None
    if dated != BY_NAME:
        return None
    day = day_in_name(path)
    if day is not None:
        return day
    raise refuse(
        path.name, "文件名里没有日期（如 参保20261120.csv），请照来源原来的文件名放，或用 --file 指明"
    )


def day_in_name(path: Path) -> str | None:
    """The day that a file's name tells, such as 参保20261120.csv; None where it tells none."""
    for found in IN_NAME.finditer(path.stem):
        try:
            return date(*map(int, found.groups())).isoformat()
        except ValueError:
            continue
    return None
