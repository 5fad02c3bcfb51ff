"""A table of checks with their dates and persons (csv, xlsx, ndjson …), or nothing but a list of ids.

Headings 核查号、期限、核查人 (or id, due, assignee) in any order; without headings the columns stand in this
order. What is wrong with a row is told with its row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from gaozhi_cli.domain.check_batch import Wanted
from gaozhi_cli.domain.problem import NotFound, Problem
from gaozhi_cli.domain.workdays import parse_day
from gaozhi_cli.storage.json_lines import json_lines
from gaozhi_cli.storage.table_file import NO_FILE, as_text, cell_name, kind_of, open_table, refuse

HEADINGS = {
    "id": "id", "核查": "id", "核查号": "id", "check": "id",
    "due": "due", "due_on": "due", "期限": "due", "核查期限": "due", "日期": "due", "期限日期": "due",
    "assignee": "assignee", "核查人": "assignee", "姓名": "assignee",
}  # fmt: skip
ORDER = ("id", "due", "assignee")
JSON_ENDINGS = (".ndjson", ".jsonl", ".json")
MOST_ROWS = 1_000_000
LARGEST = 256 * 1024 * 1024


def read_wanted(path: Path, plain: Callable[[str], str]) -> Iterator[Wanted | Problem]:
    """The checks of a table in their order. ``plain``: an id as typed in its plain form.

    Raises BadInput where the file as a whole cannot be read.
    """
    for number, values, faults in _rows(path):
        if faults:
            yield from faults
        else:
            yield _wanted(number, values, plain)


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, str], list[Problem]]]:
    if path.exists() and not path.is_file():  # a pipe has no end
        raise refuse(path.name, NO_FILE)
    with path.open("rb") as opened:
        start = opened.read(512).lstrip(b"\xef\xbb\xbf \r\n\t")
    if start[:1] == b"{" or path.suffix.lower() in JSON_ENDINGS:
        for line in json_lines(path):
            values = {HEADINGS.get(key.strip(), ""): _text(value) for key, value in line.values.items()}
            faults = [line.problem] if line.problem else []
            faults += [
                Problem("cell", f"第 {line.number} 行 {fault}", field=str(line.number))
                for text in values.values()
                if (fault := as_text(text)[1])
            ]
            yield line.number, values, faults
        return
    kind_of(path, LARGEST)
    columns: dict[int, str] | None = None
    for row in open_table(path).rows:
        if columns is None:
            columns = {
                n: HEADINGS[cell.strip()] for n, cell in enumerate(row.cells) if cell.strip() in HEADINGS
            }
            if columns:
                continue
            columns = dict(enumerate(ORDER))
        faults = [
            Problem("cell", f"第 {row.number} 行 {fault.cell} {fault.message}", field=str(row.number))
            for fault in row.faults
        ]
        cells: dict[str, str] = {}
        for n, name in columns.items():
            if cells.setdefault(name, row.cell(n).strip()) != row.cell(n).strip():
                told = f"第 {row.number} 行 {cell_name(n, row.number)} 和前面的一栏写得不一样，请只留一栏"
                faults.append(Problem("cell", told, field=name))
        yield row.number, cells, faults


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()


def _wanted(number: int, values: Mapping[str, str], plain: Callable[[str], str]) -> Wanted | Problem:
    def wrong(message: str, field: str) -> Problem:
        return Problem("row", f"第 {number} 行 {message}", field=field)

    id_ = values.get("id", "")
    if not id_:
        return wrong("没有核查号（如 RS-2026-00001-1）", "id")
    try:
        check = plain(id_)
    except NotFound:
        return wrong("所写的不是核查号，应如 RS-2026-00001-1", "id")
    if check.count("-") != 3:
        return wrong(f"{check} 是编号，成批改期要写核查号，如 {check}-1", "id")
    due = None
    if values.get("due"):
        try:
            due = parse_day(values["due"])
        except ValueError as error:
            return wrong(str(error), "due")
    return Wanted(check, due, values.get("assignee") or None, number)
