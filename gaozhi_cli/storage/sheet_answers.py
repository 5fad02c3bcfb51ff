"""A work sheet that came back filled in, xlsx (or csv) or json, as rows of text with their places.

Only the columns that say which check a row is and what was found are read; whatever else was changed in
the file changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from gaozhi_cli.domain.closing import Answer
from gaozhi_cli.domain.problem import BadInput, Problem
from gaozhi_cli.domain.sheet_columns import COLUMNS, FORMAT, NEEDED
from gaozhi_cli.domain.visits import parse_sheet
from gaozhi_cli.storage.json_lines import DECODER, Number
from gaozhi_cli.storage.table_file import NO_FILE, Row, as_text, cell_name, open_table, refuse

LARGEST = 16 * 1024 * 1024
HEADINGS = {column.heading: column.key for column in COLUMNS if column.key in NEEDED}
OWN = ("dispatch", "id", "number", "finding", "evidence", "inspectors")


def read_answers(path: Path) -> list[Answer]:
    """The rows of a filled-in sheet. Raises BadInput: not such a file, columns missing, spoilt cells."""
    if not path.is_file():  # a pipe has no end
        raise refuse(path.name, NO_FILE)
    try:
        with path.open("rb") as opened:
            first = opened.read(64).lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
    except OSError:
        first = b""
    answers = list(_from_json(path) if first in (b"{", b"[") else _from_table(path))
    if not answers:
        raise refuse(path.name, "里一行核查也没有")
    return answers


def _from_table(path: Path) -> Iterator[Answer]:
    rows = iter(open_table(path).rows)
    head = next(rows)
    texts = [text.strip() for text in head.cells]
    places = {HEADINGS[text]: n for n, text in enumerate(texts) if text in HEADINGS}
    twice = [heading for heading in HEADINGS if texts.count(heading) > 1]
    if twice:
        told = "、".join(f"“{one}”" for one in twice)
        raise refuse(path.name, f"有两栏{told}（可能有一栏是隐藏的），请只留填写的一栏")
    absent = [heading for heading, key in HEADINGS.items() if key not in places]
    if absent:
        told = f"没有{'、'.join(f'“{one}”' for one in absent)}栏"
        raise refuse(path.name, f"{told}，应是 gaozhi verify dispatch 出的工作单")
    problems: list[Problem] = []
    found = []
    for row in rows:
        problems += _spoilt(row, places.values())
        found.append(_answer(f"第 {row.number} 行", {key: row.cell(n) for key, n in places.items()}))
    if problems:
        raise BadInput(f"{path.name} 有 {len(problems)} 处读不出来，没有登记", tuple(problems))
    yield from (one for one in found if one.check or not one.empty)


def _spoilt(row: Row, columns: Iterable[int]) -> Iterator[Problem]:
    """Faults in the columns that are read."""
    letters = {cell_name(n, 1)[:-1] for n in columns}
    for fault in row.faults:
        if fault.cell.rstrip("0123456789") in letters:
            yield Problem("table-cell", f"{fault.cell} {fault.message}", field=fault.cell)


def _from_json(path: Path) -> Iterator[Answer]:
    file = path.name
    with path.open("rb") as opened:
        data = opened.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise refuse(file, "超过 16 MB，不是工作单")
    try:
        whole = DECODER.decode(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise refuse(file, "不是 UTF-8 编码，请另存为 UTF-8") from None
    except json.JSONDecodeError as error:
        raise refuse(file, f"第 {error.lineno} 行不是有效的 JSON") from None
    except (ValueError, RecursionError):
        raise refuse(file, "不是有效的 JSON，或有重复的键") from None
    checks = whole.get("checks") if isinstance(whole, dict) else None
    if not isinstance(whole, dict) or whole.get("format") != FORMAT or not isinstance(checks, list):
        raise refuse(file, f"不是工作单（应有 format {FORMAT} 和 checks）")
    for n, row in enumerate(checks, start=1):
        if not isinstance(row, dict):
            raise refuse(file, f"checks 的第 {n} 项不是一个 {{…}}")
        wrong = [key for key in OWN if not _plain(row.get(key, ""))]
        if wrong:
            raise refuse(file, f"checks 的第 {n} 项的 {'、'.join(wrong)} 应是文字")
        texts = {key: _listed(row.get(key, "")) for key in OWN}
        spoilt = [f"{key} {fault}" for key, text in texts.items() if (fault := as_text(text)[1])]
        if spoilt:
            raise refuse(file, f"checks 的第 {n} 项的 {spoilt[0]}")
        yield _answer(f"第 {n} 项", texts)


def _plain(value: Any) -> bool:
    """Text, or for several people a list of text; a number or true and false is neither."""
    if isinstance(value, list):
        return all(isinstance(one, str) and not isinstance(one, Number) for one in value)
    return isinstance(value, str) and not isinstance(value, Number)


def _listed(value: Any) -> str:
    return "、".join(value) if isinstance(value, list) else str(value)


def _answer(place: str, cells: Mapping[str, str]) -> Answer:
    texts = {key: value.strip() for key, value in cells.items()}
    sheet = parse_sheet(texts["dispatch"]) or texts["dispatch"]
    return Answer(
        place, sheet, texts["id"], texts["number"], texts["finding"], texts["evidence"],
        texts["inspectors"],
    )  # fmt: skip
