"""csv as spreadsheets write it: UTF-8 or GB18030, with comma, semicolon or tab, row by row."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO

from gaozhi_cli.storage.table_file import CHUNK, SAVE_AS, Fault, Row, cell_name, refuse, row_of

BATCH = 2000
SURE_UTF8 = 20  # so many characters read as UTF-8 before the first bad byte: damaged UTF-8, not GB18030


def fitting_rows(path: Path) -> Iterator[Row]:
    """The rows of a csv that hold something, no wider than its headings; cells beyond are a fault."""
    width = 0  # how many cells a row may have: those of the first row that looks like headings
    for row in csv_rows(path):
        width = width or _heading_width(row)
        yield _within(row, width) if width else row


def csv_rows(path: Path) -> Iterator[Row]:
    """The rows of a csv that hold something, each with all its cells. Raises BadInput."""
    for number, cells in csv_cells(path):
        row = row_of(number, cells)
        if row is not None:
            yield row


def csv_cells(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Every row of a csv as it is written, with the line it begins on. Raises BadInput."""
    file = path.name
    encoding = _encoding(path)
    line = 0
    with path.open(encoding=encoding, newline="") as opened:
        reader = csv.reader(opened, delimiter=_delimiter(opened), strict=True)
        try:
            for cells in reader:
                number, line = line + 1, reader.line_num
                yield number, cells
        except csv.Error as error:
            if "field limit" in str(error):
                raise refuse(file, f"第 {line + 1} 行有一格过长，请删减", f"A{line + 1}") from None
            # the reader names only where it gave up; the quote that was left open stands at the row's start
            raise refuse(
                file, f"第 {line + 1} 行起引号没有成对，请补上或删去多余的英文双引号", f"A{line + 1}"
            ) from None


def csv_batches(path: Path) -> Iterator[tuple[Sequence[int], list[list[str]]]]:
    """As ``csv_cells``, many rows at a time, for reading a million of them. Raises BadInput."""
    encoding = _encoding(path)
    line = 0
    with path.open(encoding=encoding, newline="") as opened:
        reader = csv.reader(opened, delimiter=_delimiter(opened), strict=True)
        try:
            while batch := list(islice(reader, BATCH)):
                begun, line = line + 1, reader.line_num
                yield _lines(begun, line, batch), batch
        except csv.Error:
            for _ in csv_cells(path):  # which tells where
                pass
            raise refuse(path.name, f"读到一半读不下去，{SAVE_AS}") from None


def _lines(begun: int, ended: int, batch: list[list[str]]) -> Sequence[int]:
    """The line that each row begins on; a cell may go over several."""
    if ended - begun + 1 == len(batch):
        return range(begun, ended + 1)
    numbers = []
    for row in batch:
        numbers.append(begun)
        begun += 1 + sum(cell.count("\n") + cell.count("\r") - cell.count("\r\n") for cell in row)
    return numbers


def _heading_width(row: Row) -> int:
    """The width that a heading row sets; 0 for titles and lines such as 填报单位：…."""
    filled = [cell for cell in row.cells if cell]
    if len(filled) < 2 or any("：" in cell or ":" in cell for cell in filled):
        return 0
    return len(row.cells)


def _within(row: Row, width: int) -> Row:
    """The row, with a fault for cells beyond the headings (a comma that was not quoted)."""
    surplus = [cell for cell in row.cells[width:] if cell]
    if not surplus:
        return row._replace(cells=row.cells[:width])
    message = f"比表头多出 {len(surplus)} 格，含逗号的文字请加英文双引号"
    return row._replace(faults=(*row.faults, Fault(cell_name(width, row.number), message)))


def _encoding(path: Path) -> str:
    """utf-8-sig, else gb18030: a fixed chain, since guessing took short GBK files for others."""
    file = path.name
    with path.open("rb") as opened:
        marked = opened.read(3) == codecs.BOM_UTF8
        opened.seek(0)
        line, characters = _undecodable(opened, "utf-8-sig", file)
        if line == 0:
            return "utf-8-sig"
        if marked or characters >= SURE_UTF8:
            raise refuse(file, f"第 {line} 行有损坏的 UTF-8 文字，{SAVE_AS}", f"A{line}")
        opened.seek(0)
        line, _ = _undecodable(opened, "gb18030", file)
        if line == 0:
            return "gb18030"
    raise refuse(file, f"第 {line} 行既不是 UTF-8 也不是 GB18030 编码，{SAVE_AS}", f"A{line}")


def _undecodable(opened: IO[bytes], encoding: str, file: str) -> tuple[int, int]:
    """The first line that cannot be decoded (0: all can) and how many non-ASCII characters came before."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    characters = 0
    while True:
        chunk = opened.read(CHUNK)
        if b"\x00" in chunk:
            line += chunk[: chunk.index(b"\x00")].count(b"\n")
            raise refuse(file, f"第 {line} 行含有 NUL 字符，不是文字文件，{SAVE_AS}", f"A{line}")
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            whole = error.object[: error.start]
            return line + whole.count(b"\n"), characters + _non_ascii(whole.decode(encoding, "ignore"))
        line += chunk.count(b"\n")
        if characters < SURE_UTF8:
            characters += _non_ascii(text)
        if not chunk:
            return 0, characters


def _non_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _delimiter(opened: IO[str]) -> str:
    """Comma, semicolon or tab: the one that gives most of the first rows the same width of two or more."""
    sample = opened.read(65536).splitlines(keepends=True)[:40]
    opened.seek(0)
    best, score = ",", (0, 0)
    for delimiter in (",", "\t", ";"):
        widths = []
        try:
            for cells in csv.reader(sample, delimiter=delimiter, strict=True):
                widths.append(len(cells))
        except csv.Error as error:
            if "expected after" in str(error):  # this delimiter does not stand where a quoted cell ends
                continue
        wide = [width for width in widths if width > 1]
        usual = max(set(wide), key=wide.count) if wide else 0
        if (wide.count(usual), usual) > score:
            best, score = delimiter, (wide.count(usual), usual)
    return best
