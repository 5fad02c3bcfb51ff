"""The table of inspectors for a draw: 姓名, 单位 (empty: any office's cases), 回避 (numbers)."""

from __future__ import annotations

import re
from pathlib import Path

from gaozhi_cli.domain.catalog import Catalog
from gaozhi_cli.domain.commitment import parse_number
from gaozhi_cli.domain.county import find_office
from gaozhi_cli.domain.problem import BadInput, Problem
from gaozhi_cli.domain.supervision import Inspector
from gaozhi_cli.storage.table_file import Row, read_rows

NAME = ("姓名", "核查人员", "检查人员", "执法人员")
OFFICE = ("单位", "部门")
RECUSED = ("回避", "回避编号", "回避的编号")
MOST = 10_000


def read_inspector_table(path: Path, catalog: Catalog) -> tuple[Inspector, ...]:
    """The inspectors of a table (xlsx, csv …). All that is wrong is told at once. Raises BadInput."""
    rows = iter(read_rows(path))
    head = next(rows, None)
    places = _places(head.cells if head else (), path.name)
    found: list[Inspector] = []
    problems: list[Problem] = []
    for row in rows:
        if len(found) > MOST:
            raise BadInput(f"{path.name} 超过 {MOST} 行，不是核查人员名单")
        problems += [
            Problem("cell", f"{path.name} 第 {row.number} 行 {fault.message}", field="inspectors")
            for fault in row.faults
        ]
        found.append(_inspector(row, places, catalog, path.name, problems))
    if not found:
        raise BadInput(f"{path.name} 里没有核查人员；第一行写 姓名、单位、回避，以下每行一人")
    if problems:
        raise BadInput(f"{path.name} 有 {len(problems)} 处问题，没有冻结名单", tuple(problems))
    return tuple(found)


def _places(cells: tuple[str, ...], file: str) -> tuple[int, int | None, int | None]:
    def place(names: tuple[str, ...]) -> int | None:
        return next((n for n, cell in enumerate(cells) if cell.strip() in names), None)

    name = place(NAME)
    if name is None:
        raise BadInput(f"{file} 第一行没有“姓名”一栏；第一行写 姓名、单位、回避，以下每行一人")
    return name, place(OFFICE), place(RECUSED)


def _inspector(
    row: Row, places: tuple[int, int | None, int | None], catalog: Catalog, file: str, problems: list[Problem]
) -> Inspector:
    def wrong(message: str) -> None:
        problems.append(Problem("inspector", f"{file} 第 {row.number} 行{message}", field="inspectors"))

    name_at, office_at, recused_at = places
    name = row.cell(name_at).strip()
    if not name:
        wrong("没有姓名")
    called = row.cell(office_at).strip() if office_at is not None else ""
    office = find_office(catalog.offices, called) if called else None
    if called and office is None:
        wrong(f"没有单位“{called[:20]}”")
    recused = set()
    for text in re.split(r"[\s,，、;；]+", row.cell(recused_at) if recused_at is not None else ""):
        number = parse_number(text, catalog.county, catalog.offices) if text else None
        if number is not None:
            recused.add(str(number))
        elif text:
            wrong("回避一栏应写承诺编号，几个之间用顿号隔开")
    return Inspector(name, office.code if office else "", frozenset(recused))
