"""The applicants' table (申请人名册) that letters are made from: opened once, read twice, row by row.

xlsx, csv and ndjson are read in the same little memory however long they are; xls, ods and docx go through
readers that lay out the whole table. What is wrong with a row is told with its cell, in its row; what makes
the table as a whole unsafe to read is BadInput.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.intake import FIELD_LABELS
from gaozhi_cli.domain.problem import Problem, os_reason
from gaozhi_cli.storage.applicant_columns import Columns, find_columns, is_example, is_remark
from gaozhi_cli.storage.applicant_headings import heading, tidy
from gaozhi_cli.storage.json_lines import Number, json_lines, shown_key
from gaozhi_cli.storage.sheets import sheet_names, sheet_rows
from gaozhi_cli.storage.table_csv import csv_rows
from gaozhi_cli.storage.table_file import OUTER, Merge, Row, cell_name, kind_of, refuse

LARGEST_TEXT_FILE = 1024 * 1024 * 1024  # csv and ndjson are read line by line
TABLE_ENDINGS = (".ndjson", ".jsonl", ".json")
CHANGED = "在读取期间被改动，请关闭正在编辑它的程序后重新运行"
SHEETS_LOOKED_INTO = 50
ROWS_LOOKED_INTO = 30  # titles and remarks above the headings
Value = str | bool | tuple[str, ...]


class ApplicantRow(NamedTuple):
    """A row under ``letter new``'s field names. ``number``: as Excel shows it, or the line of the file.

    ``problems``: what is wrong with its cells; ``values`` then lacks those.
    """

    number: int
    values: Mapping[str, Value]
    problems: tuple[Problem, ...] = ()


class Applicants:
    """An opened table. ``digest``: SHA-256 of the file's bytes; ``ignored``: headings passed over.

    ``notes``: what else the clerk should know of how it was read. ``sheet``: empty where there is none.
    """

    def __init__(
        self, path: Path, kind: str, sheet: str, digest: str, columns: Columns | None = None, first: int = 0
    ) -> None:
        self.path, self.file, self.kind, self.sheet, self.digest = path, path.name, kind, sheet, digest
        self.ignored: tuple[str, ...] = columns.ignored if columns else ()
        self.notes: tuple[str, ...] = ()
        self._columns, self._first = columns, first

    def rows(self) -> Iterator[ApplicantRow]:
        """The applicants in their order; may be called again. Raises BadInput, also where the file changed.

        The bytes are compared before the first row and after the last.
        """
        self._unchanged()
        if self._columns is None:
            yield from _json_rows(self.path)
        else:
            yield from _table_rows(self.path, self.kind, self.sheet, self._columns, self._first)
        self._unchanged()

    def cell(self, number: int, field: str) -> str:
        """``C17``: the cell of a field in a row; empty where the table has no such column."""
        places = self._columns.places(field) if self._columns else ()
        return cell_name(places[0], number) if places else ""

    def _unchanged(self) -> None:
        if file_digest(self.path) != self.digest:
            raise refuse(self.file, CHANGED)


def open_applicants(path: Path, sheet: str | None = None) -> Applicants:
    """A table of applicants: told by its content, its headings found.

    Raises BadInput: a file that cannot be read, no heading row, a heading twice, or no applicant at all.
    """
    digest = file_digest(path)
    kind = kind_of(path, LARGEST_TEXT_FILE)
    if kind == "csv" and _is_json(path):
        _no_sheet(path, sheet, "ndjson")
        return Applicants(path, "ndjson", "", digest)
    if kind == "csv":
        _no_sheet(path, sheet, "csv")
        found = _look_into(path.name, csv_rows(path), ())
        if found is None:
            raise refuse(path.name, NO_HEADINGS)
        return _opened(path, kind, "", found, digest)
    return _open_sheet(path, kind, sheet, digest)


NO_HEADINGS = (
    "里没有找到表头；表头应有 姓名 或 名称、证件号码 或 统一社会信用代码、联系方式、承诺内容 等，"
    "请在第一行写上表头"
)


def file_digest(path: Path) -> str:
    """SHA-256 of a file's bytes. Raises BadInput where it cannot be read."""
    if not path.is_file():
        raise refuse(path.name, "不是普通文件或不存在，请检查路径")
    try:
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise refuse(path.name, f"读不出来：{os_reason(error)}") from None


def _no_sheet(path: Path, sheet: str | None, kind: str) -> None:
    if sheet is not None:
        raise refuse(path.name, f"是 {kind}，没有工作表，请不要指定工作表")


def _is_json(path: Path) -> bool:
    """Whether a text file is ndjson: its first character opens an object."""
    with path.open("rb") as opened:
        start = opened.read(4096).removeprefix(codecs.BOM_UTF8).lstrip()
    if start.startswith(b"{"):
        return True
    if start.startswith(b"[") and path.suffix.lower() in TABLE_ENDINGS:
        raise refuse(path.name, "是一个 JSON 数组，请改为每行一个 {…}（ndjson）")
    if path.suffix.lower() in TABLE_ENDINGS:
        raise refuse(path.name, "不是 ndjson，每行应是一个 {…}；若是 csv，请把后缀改为 .csv")
    return False


class _Found(NamedTuple):
    """The headings of a table, the example rows below them, the row of the first applicant (0: none)."""

    columns: Columns
    examples: tuple[int, ...]
    first: int


def _look_into(file: str, rows: Iterator[Row], merges: Sequence[Merge]) -> _Found | None:
    """What a table's first rows tell; None where no heading row is among them."""
    first = list(islice(rows, ROWS_LOOKED_INTO))
    columns = find_columns(file, first, merges)
    if columns is None:
        return None
    examples: list[int] = []
    for row in chain((row for row in first if row.number > columns.row), rows):
        if not is_remark(row, columns) and not is_example(row):
            return _Found(columns, tuple(examples), row.number)
        examples.append(row.number)
    return _Found(columns, tuple(examples), 0)


def _opened(path: Path, kind: str, sheet: str, found: _Found, digest: str) -> Applicants:
    """The table, when there is an applicant in it."""
    if not found.first:
        raise refuse(path.name, "表头下没有申请人，请填写后再用")
    applicants = Applicants(path, kind, sheet, digest, found.columns, found.first)
    if found.examples:
        applicants.notes = (f"第 {'、'.join(map(str, found.examples))} 行是示例或说明，没有读取",)
    return applicants


# ---- sheets


def _open_sheet(path: Path, kind: str, sheet: str | None, digest: str) -> Applicants:
    """The named sheet, or the first visible one that has the headings."""
    every, visible = sheet_names(path, kind)
    if sheet is not None:
        wanted = next((name for name in every if name.strip() == sheet.strip()), None)
        if wanted is None:
            raise refuse(path.name, f"没有工作表“{sheet}”，有：{'、'.join(every)}")
        found = _look_into(path.name, *sheet_rows(path, kind, wanted))
        if found is None:
            raise refuse(path.name, f"工作表“{wanted}”{NO_HEADINGS}")
        return _opened(path, kind, wanted, found, digest)
    fitting = []
    for name in visible[:SHEETS_LOOKED_INTO]:
        found = _look_into(path.name, *sheet_rows(path, kind, name))
        if found is not None:
            fitting.append((name, found))
    if not fitting:
        raise refuse(path.name, NO_HEADINGS)
    name, found = fitting[0]
    opened = _opened(path, kind, name, found, digest)
    others = "、".join(f"“{other}”" for other, _ in fitting[1:])
    if others:
        note = f"读取的是工作表“{name}”；工作表{others}也有表头，没有读取，要读用 --sheet 指定"
        opened.notes = (note, *opened.notes)
    elif name != visible[0]:
        opened.notes = (f"读取的是工作表“{name}”", *opened.notes)
    return opened


def _table_rows(path: Path, kind: str, sheet: str, columns: Columns, first: int) -> Iterator[ApplicantRow]:
    rows = csv_rows(path) if kind == "csv" else sheet_rows(path, kind, sheet)[0]
    for row in rows:
        if row.number < first or is_remark(row, columns):
            continue
        texts, problems = columns.read(row, ragged=kind == "csv")
        yield ApplicantRow(row.number, tidy(texts), tuple(problems))


# ---- ndjson


def _json_rows(path: Path) -> Iterator[ApplicantRow]:
    lines = json_lines(path)
    first = next(lines, None)
    if first is None:
        raise refuse(path.name, "里没有申请人，请填写后再用")
    fields: dict[str, str] = {}  # what each key was found to mean
    for line in chain((first,), lines):
        if line.problem is not None:
            yield ApplicantRow(line.number, {}, (line.problem,))
            continue
        texts: dict[str, str] = {}
        others: dict[str, Value] = {}
        problems: list[Problem] = []
        for key, value in line.values.items():
            field = _field(fields, key)
            if value is None or field == IGNORED:
                continue
            if not field:
                message = f"第 {line.number} 行有不认识的栏目“{shown_key(key)}”，请改正或删去"
                problems.append(Problem("field-unknown", message, field=shown_key(key)))
            elif field in texts or field in others:
                message = f"第 {line.number} 行的{FIELD_LABELS[field]}写了两次，请只留一个"
                problems.append(Problem("field-twice", message, field=field))
            elif isinstance(value, str) and not isinstance(value, Number):
                texts[field] = value.strip(OUTER)
            elif isinstance(value, bool) and field in ("no_public", "consent"):
                others[field] = value
            elif field == "proof" and isinstance(value, list) and all(type(one) is str for one in value):
                others[field] = tuple(value)
            else:
                message = f"第 {line.number} 行的{FIELD_LABELS[field]}应是文字，请加英文双引号"
                problems.append(Problem("cell", message, field=field))
        yield ApplicantRow(line.number, {**tidy(texts), **others}, tuple(problems))


IGNORED = "-"


def _field(fields: dict[str, str], key: str) -> str:
    """The field of a key; empty where there is none. Few keys are kept, whatever a file may hold."""
    field = fields.get(key)
    if field is None:
        read = heading(key)
        field = IGNORED if read.ignored else read.field
        if len(fields) < 1000:
            fields[key] = field
    return field
