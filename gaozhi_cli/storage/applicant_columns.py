"""The columns of a table of applicants: found by its heading row, then read row by row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gaozhi_cli.domain.intake import FIELD_LABELS
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.storage.applicant_headings import Heading, heading
from gaozhi_cli.storage.table_file import Merge, Row, cell_name, refuse

LONGEST_HEADING = 64
EXAMPLE = re.compile(
    r"[（(【\[]?\s*(?:填写|填报)?(?:示例|样例|例如|例)\s*(?:[一二三\d]{0,2}\s*[)）\]】]?$|[：:)）\]】])"
)
REMARK = re.compile(
    r"[（(【\[]?\s*(?:备注|说明|填写?说明|填报说明|注)\s*[：:]|(?:填报|填表|制表|审核|经办)(?:单位|人|日期)"
)
REQUIRED_WORDS = frozenset(
    {"必填", "选填", "必填项", "选填项", "可选", "可不填", "非必填", "条件必填", "文本"}
)
FORCED = re.compile(r"""="([^"]*)"|'([-+=@\d].*)""", re.DOTALL)  # how a csv keeps Excel from reckoning
MERGED = "是合并单元格，请取消合并后逐行填写"


class Columns(NamedTuple):
    """The headings of a table by their place, and the row they stand in."""

    file: str
    row: int
    headings: tuple[Heading, ...]
    merges: tuple[Merge, ...]
    ignored: tuple[str, ...]
    words: frozenset[str]

    def places(self, field: str) -> tuple[int, ...]:
        """The columns of a field: several where both branches of the 二选一 have one."""
        return tuple(place for place, head in enumerate(self.headings) if head.field == field)

    def read(self, row: Row, *, ragged: bool) -> tuple[dict[str, str], list[Problem]]:
        """The texts of a row by field, and what is wrong with its cells.

        ``ragged``: rows may be short of cells (csv). Raises BadInput where a column that is not known
        holds something.
        """
        problems = self._faults(row)
        if ragged and len(row.cells) <= self._last():
            message = f"第 {row.number} 行只有 {len(row.cells)} 格，表头有 {len(self.headings)} 格，请补齐"
            return {}, [Problem("cell", message)]
        texts: dict[str, str] = {}
        for place, (head, text) in enumerate(zip(self.headings, row.cells, strict=False)):
            if not text:
                continue
            if ragged and text[0] in "='" and (forced := FORCED.fullmatch(text)):
                text = forced[1] or forced[2] or ""
            if not head.field:
                if head.text and not head.ignored:
                    raise self._unknown(cell_name(place, row.number))
                if not head.text:
                    problems.append(self._no_heading(place, row))
            elif texts.setdefault(head.field, text) != text:
                problems.append(self._twice(head.field, row))
        for place in range(len(self.headings), len(row.cells)):
            if row.cells[place]:
                problems.append(self._surplus(place, row) if ragged else self._no_heading(place, row))
                break
        for problem in problems:  # what is at fault is no value
            texts.pop(problem.field, None)
        return texts, problems

    def _last(self) -> int:
        return max(place for place, head in enumerate(self.headings) if head.field)

    def _faults(self, row: Row) -> list[Problem]:
        if not row.faults and not self.merges:
            return []
        problems = []
        for fault in row.faults:
            head = self._at(fault.cell)
            if not head.ignored:
                if head.text and not head.field:
                    raise self._unknown(fault.cell)
                message = f"{fault.cell}：{head.name}{fault.message}"
                problems.append(Problem("cell", message, field=head.field))
        for (top, left), (bottom, right) in self.merges:
            if top < row.number <= bottom + 1:
                told = f"{cell_name(left, top + 1)}：{MERGED}"
                fields = [head.field for head in self.headings[left : right + 1] if head.field]
                problems += [Problem("cell", told, field=field) for field in fields]
        return list({problem.field + problem.message: problem for problem in problems}.values())

    def _at(self, cell: str) -> Heading:
        letters = cell.rstrip("0123456789")
        for place, head in enumerate(self.headings):
            if cell_name(place, 1) == f"{letters}1":
                return head
        return Heading("")

    def _twice(self, field: str, row: Row) -> Problem:
        named = [self.headings[place].name for place in self.places(field) if row.cell(place)]
        message = f"第 {row.number} 行的“{'”与“'.join(named)}”都填了而且不同，请只填一项"
        return Problem("field-twice", message, field=field)

    def _surplus(self, place: int, row: Row) -> Problem:
        count = sum(1 for cell in row.cells[place:] if cell)
        cell = cell_name(place, row.number)
        return Problem("cell", f"{cell}：第 {row.number} 行比表头多出 {count} 格，含逗号的文字请加英文双引号")

    def _no_heading(self, place: int, row: Row) -> Problem:
        return Problem("cell", f"{cell_name(place, row.number)}：有内容，但这一列没有表头，请补上表头或删去")

    def _unknown(self, cell: str) -> Exception:
        named = "、".join(f"“{head.text}”" for head in self.headings if _unknown(head))
        message = f"第 {self.row} 行的表头 {named} 不认识（{cell} 有内容），请改成表上的栏名，或删去这些列"
        return refuse(self.file, message, cell)


def _unknown(head: Heading) -> bool:
    return bool(head.text) and not head.field and not head.ignored


def find_columns(file: str, rows: Iterable[Row], merges: Sequence[Merge]) -> Columns | None:
    """The heading row among the first rows: two known headings, or nothing but a known one.

    Raises BadInput where two columns say the same.
    """
    alone = None
    above: list[str] = []  # what stands over the columns of the next row: 申请人, 委托代理人
    for row in rows:
        over = [bool(_wide_merge(merges, row.number - 1, place)) for place in range(len(row.cells))]
        headings = tuple(
            Heading("") if wide else _with_group(cell, above[place] if place < len(above) else "")
            for place, (cell, wide) in enumerate(zip(row.cells, over, strict=True))
        )
        known = {(head.field, head.branch) for head in headings if head.field}
        if len(known) >= 2:
            return _columns(file, row, headings, merges)
        if alone is None and known:
            alone = row, headings
        above = [cell if wide else "" for cell, wide in zip(row.cells, over, strict=True)]
    return _columns(file, *alone, merges) if alone else None


def _wide_merge(merges: Sequence[Merge], row: int, column: int) -> bool:
    """Whether a place (from 0) is part of a cell merged over several columns."""
    return any(top <= row <= end and left <= column <= right > left for (top, left), (end, right) in merges)


def _with_group(cell: str, group: str) -> Heading:
    """The heading of a cell under what stands over several columns."""
    if len(cell) > LONGEST_HEADING:
        return Heading(cell)
    return (
        heading(f"{cell}（{group}）")._replace(text=" ".join(cell.split()))
        if group and cell
        else heading(cell)
    )


def _columns(file: str, row: Row, headings: tuple[Heading, ...], merges: Sequence[Merge]) -> Columns:
    taken: dict[tuple[str, str], int] = {}
    for place, head in enumerate(headings):
        if not head.field:
            continue
        before = taken.setdefault((head.field, head.branch), place)
        if before != place:
            cells = f"{cell_name(before, row.number)}“{headings[before].text}”"
            cells += f"与 {cell_name(place, row.number)}“{head.text}”"
            agent = (
                "；代理人的列请写 代理人姓名、代理人证件号码 等"
                if "agent_" + head.field in FIELD_LABELS
                else ""
            )
            raise refuse(file, f"的表头 {cells} 是同一栏，请只留一列{agent}", cell_name(place, row.number))
    ignored = tuple(head.text for head in headings if head.ignored)
    words = frozenset(head.text for head in headings if head.text)
    below = tuple(
        merge
        for merge in merges
        if merge[1][0] >= row.number and any(head.field for head in headings[merge[0][1] : merge[1][1] + 1])
    )
    return Columns(file, row.number, headings, below, ignored, words)


def is_example(row: Row) -> bool:
    """Whether a row above the applicants is an example, or says 必填 and 选填."""
    filled = [cell for cell in row.cells if cell]
    return bool(filled) and (
        EXAMPLE.match(filled[0]) is not None or all(cell in REQUIRED_WORDS for cell in filled)
    )


def is_remark(row: Row, columns: Columns) -> bool:
    """Whether a row is no applicant: one remark over the table's width, or the headings of a new page."""
    filled = [cell for cell in row.cells if cell]
    if not filled:
        return False
    if REMARK.match(filled[0]) and len(set(filled)) == 1:
        return True
    if len(filled) < 2 or " ".join(filled[0].split()) not in columns.words:
        return False
    return all(" ".join(cell.split()) in columns.words for cell in filled)
