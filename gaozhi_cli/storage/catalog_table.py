"""The 清单 as offices keep it in a table, read into rows (附件1, 规程一：动态调整).

Titles above the headings, merged or empty 承办单位, rows broken over a page (as printed rows 23 and 48),
headings repeated on every page, further proofs of an item on lines of their own, and notes below are
understood; what cannot be is told with its row and column, all at once.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

from gaozhi_cli.domain.importing.values import CatalogTable, TableRow
from gaozhi_cli.domain.problem import BadInput, Problem
from gaozhi_cli.domain.reading import read_methods
from gaozhi_cli.domain.versions import COLUMNS
from gaozhi_cli.domain.vocabulary import Method, labels
from gaozhi_cli.storage.table_file import Row, Table, cell_name, open_table, refuse, sheet_names

CLAUSE = "附件1"
MOST_ROWS = 20_000
MOST_SHEETS = 50  # each is opened anew
LONGEST = 4000  # characters of a cell
PRINTED = MappingProxyType(
    {
        "no": "序号",
        "office": "承办单位",
        "matter": "行政事项名称",
        "proofs": "实行告知承诺制的证明事项",
        "method": "核查方式",
    }
)
NEAR: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "no": ("编号", "行号"),
        "office": (
            "承办部门",
            "承办机关",
            "承办机构",
            "实施单位",
            "实施部门",
            "实施机关",
            "责任单位",
            "单位",
        ),
        "matter": ("行政事项", "事项名称", "政务服务事项名称", "办理事项", "办理事项名称"),
        "proofs": ("实行告知承诺的证明事项", "告知承诺证明事项", "证明事项", "证明事项名称", "证明名称"),
        "method": ("核查方法", "核查办法", "核验方式"),
    }
)
WIDE: Mapping[str, str] = MappingProxyType(
    {heading: key for key, heading in COLUMNS.items() if key not in PRINTED}
)
HEADINGS: Mapping[str, str] = MappingProxyType(
    {heading: key for key, heading in PRINTED.items()}
    | {heading: key for key, near in NEAR.items() for heading in near}
    | dict(WIDE)
)
NOTE = re.compile(r"(?:备?注|说明|填表说明|填报说明)\s*[：:\d.．、]|(?:填报|填表|制表|审核)(?:单位|人|日期)")
LIST_MARK = re.compile(r"(?:\d{1,2}\s*[.．、]|[（(]\d{1,2}[）)]|[①-⑳]|[一二三四五六七八九十]{1,3}、)")
ENDED = ("；", ";", "。")


def read_catalog_table(path: Path, sheet: str | None = None) -> CatalogTable:
    """The 清单 in a table file: in the named sheet, or in the first that has its headings.

    Raises BadInput: a file that cannot be read, headings that are missing, or every fault of its rows.
    """
    if sheet is not None:
        return _read(open_table(path, sheet))
    names = sheet_names(path)
    if len(names) < 2:
        return _read(open_table(path))
    fitting = [name for name in names[:MOST_SHEETS] if _fits(path, name)]
    if not fitting:
        return _read(open_table(path))
    table = _read(open_table(path, fitting[0]))
    others = "、".join(f"“{name}”" for name in fitting[1:])
    told: tuple[str, ...] = ()
    if others:
        told = (f"读取的是工作表“{fitting[0]}”；工作表{others}也有清单的表头，没有读取，要读用 --sheet 指定",)
    elif fitting[0] != names[0]:
        told = (f"读取的是工作表“{fitting[0]}”",)
    return table._replace(notes=(*told, *table.notes))


def _fits(path: Path, name: str) -> bool:
    try:
        return any(_heading(row) for row in open_table(path, name).rows)
    except BadInput:
        return False


# ---- headings


def _plain(text: str) -> str:
    """A heading for comparing: NFKC, without blanks and what stands in brackets behind it."""
    text = "".join(unicodedata.normalize("NFKC", text).split())
    return re.sub(r"\([^()]*\)$", "", text).strip("*:：")


def _heading(row: Row) -> dict[int, str]:
    """Column → key of a heading row; empty where three of the five printed headings are not there."""
    found = {
        place: HEADINGS[_plain(cell)]
        for place, cell in enumerate(row.cells)
        if cell and len(cell) < 64 and _plain(cell) in HEADINGS
    }
    return found if len(PRINTED.keys() & set(found.values())) >= 3 else {}


def _columns(table: Table, row: Row, heading: dict[int, str], notes: list[str]) -> dict[str, int]:
    """Key → column. Refuses what is missing or there twice; unknown columns are a note."""
    columns: dict[str, int] = {}
    for place, key in heading.items():
        if key in columns:
            name = row.cells[place]
            both = f"{cell_name(columns[key], row.number)}、{cell_name(place, row.number)}"
            raise refuse(table.where, f"“{_one(name)}”一栏有两处（{both}），请只留一处", both)
        columns[key] = place
    missing = [name for key, name in PRINTED.items() if key not in columns]
    if missing:
        told = "、".join(f"“{name}”" for name in missing)
        raise refuse(table.where, f"第 {row.number} 行的表头缺少{told}一栏，请补上", f"A{row.number}")
    unknown = [_one(cell) for place, cell in enumerate(row.cells) if cell and place not in heading]
    if unknown:
        notes.append(f"不认识的栏目没有读取：{'、'.join(dict.fromkeys(unknown))}")
    return columns


# ---- rows


class _Item:
    """An item while its lines are read."""

    def __init__(self, row: int, cells: dict[str, str]) -> None:
        self.row = row
        self.no = cells["no"]
        self.office, self.matter = cells["office"], cells["matter"]
        self.proofs, self.methods = [cells["proofs"]], [cells["method"]]
        self.extra = {key: [text] for key, text in cells.items() if key not in PRINTED and text}

    def further(self, proofs: str, method: str) -> None:
        self.proofs.append(proofs)
        self.methods.append(method)

    def more(self, cells: Mapping[str, str]) -> None:
        for key, text in cells.items():
            if text and text not in self.extra.get(key, []):
                self.extra.setdefault(key, []).append(text)

    def made(self) -> TableRow:
        same = len(set(self.methods)) == 1
        methods = self.methods[0] if same else "\n".join(self.methods)
        extra = {key: "\n".join(texts) for key, texts in self.extra.items()}
        return TableRow(
            self.row,
            self.no,
            self.office,
            self.matter,
            "\n".join(self.proofs),
            methods,
            MappingProxyType(extra),
        )


class _Reader:
    """Reads a table's rows in order; keeps what is known, what is wrong and what is worth telling."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.columns: dict[str, int] = {}
        self.items: list[_Item] = []
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self.office = ""
        self.below = False  # after 注：…
        self.seen: dict[str, int] = {}
        self.last = 0

    def fault(self, row: int, key: str, message: str, code: str = "catalog-table") -> None:
        column = self.columns[key]
        heading = COLUMNS.get(key, key)
        place = cell_name(column, row)
        told = f"{self.table.file} 第 {row} 行“{heading}”（{place}）：{message}"
        self.problems.append(Problem(code, told, CLAUSE, place))

    def row(self, row: Row) -> None:
        if _heading(row):
            return
        if self._is_remark(row):
            return
        self._cell_faults(row)
        cells = {key: row.cell(column) for key, column in self.columns.items()}
        own = {key: text for key, text in cells.items() if text and self.columns[key] not in row.merged}
        if self.items:  # 承办单位 and 事项 written again on a further line say nothing new
            again = {"office": self.items[-1].office, "matter": self.items[-1].matter}
            own = {key: text for key, text in own.items() if "no" in own or _one(text) != again.get(key)}
        if not own:
            return
        if "no" in own:
            self._item(row, cells)
        elif not self.items:
            self.fault(row.number, "no", "缺少序号")
        elif "method" in own and own.keys().isdisjoint({"matter", "office"}) and "proofs" in own:
            self.items[-1].further(own["proofs"], own["method"])
            self.items[-1].more(_extra(own))
            self._methods(row.number, own["method"])
        elif "method" not in own and cells["method"] and "proofs" in own and "matter" not in own:
            self.items[-1].further(own["proofs"], cells["method"])  # 核查方式 merged over several proofs
            self.items[-1].more(_extra(own))
        elif "method" in own or {"office", "matter", "proofs"} <= own.keys():
            self.fault(row.number, "no", "缺少序号；若是上一行的延续，请并入上一行")
        else:
            self._continued(row.number, own)

    def _is_remark(self, row: Row) -> bool:
        """注：… below the table, and lines with one text only that are no row: told, not read."""
        filled = [cell for cell in row.cells if cell]
        texts = list(dict.fromkeys(filled))
        if not texts:
            return False
        first = texts[0]
        numbered = bool(re.fullmatch(r"\d{1,8}", _number(row.cell(self.columns["no"]))))
        spread = len(texts) == 1 and (len(filled) > 2 or row.cell(self.columns["no"]) == first)
        if NOTE.match(unicodedata.normalize("NFKC", first)) and not numbered:
            self.below = True
        elif not (spread and not numbered) and not (self.below and len(texts) == 1 and not numbered):
            return False
        shown = _one(first)
        self.notes.append(f"第 {row.number} 行是说明文字，没有作为事项读取：{shown}")
        return True

    def _cell_faults(self, row: Row) -> None:
        known = {column: key for key, column in self.columns.items()}
        for fault in row.faults:
            column = next((c for c in known if cell_name(c, row.number) == fault.cell), None)
            if column is None and "比表头多出" not in fault.message:
                self.notes.append(f"第 {row.number} 行 {fault.cell} {fault.message}（该栏没有读取）")
                continue
            told = f"{self.table.file} 第 {row.number} 行 {fault.cell}：{fault.message}"
            self.problems.append(Problem("catalog-table", told, CLAUSE, fault.cell))

    def _item(self, row: Row, cells: dict[str, str]) -> None:
        """A row with a 序号 of its own."""
        faulty = {fault.cell for fault in row.faults}
        cells = {**cells, "no": _number(cells["no"])}
        self.office = cells["office"] or self.office
        cells["office"] = _one(self.office)
        cells["matter"] = _one(cells["matter"])
        self._sequence(row.number, cells["no"])
        for key, name in PRINTED.items():
            if not cells[key] and cell_name(self.columns[key], row.number) not in faulty:
                self.fault(row.number, key, f"没有填写{name}")
        if cells["method"]:
            self._methods(row.number, cells["method"])
        self.items.append(_Item(row.number, cells))

    def _sequence(self, row: int, no: str) -> None:
        """序号 are numbers, each once; a gap is told, not refused: an office's part begins anywhere."""
        if not re.fullmatch(r"\d{1,8}", no):
            self.fault(row, "no", f"序号“{no}”不是数字")
            return
        if no in self.seen:
            self.fault(row, "no", f"序号“{no}”重复，第 {self.seen[no]} 行已有", "catalog-table-duplicate")
        elif self.last and int(no) != self.last + 1:
            self.notes.append(f"第 {row} 行的序号“{no}”与上一项 {self.last} 不连续，照表导入")
        self.seen.setdefault(no, row)
        self.last = int(no)

    def _methods(self, row: int, method: str) -> None:
        unknown = read_methods(method)[1]
        if unknown:
            known = labels(Method).replace("|", "、")
            told = "、".join(f"“{word}”" for word in unknown)
            self.fault(row, "method", f"不认识的核查方式{told}，可用：{known}", "catalog-table-method")

    def _continued(self, row: int, own: dict[str, str]) -> None:
        """The rest of a row that was broken over a page: its text goes on where it stopped."""
        item = self.items[-1]
        item.office = _went_on(item.office, own.get("office", ""))
        item.matter = _one(_went_on(item.matter, own.get("matter", "")))
        item.proofs[-1] = _went_on(item.proofs[-1], own.get("proofs", ""))
        item.more(_extra(own))
        if own.keys() & PRINTED.keys():
            self.notes.append(
                f"第 {row} 行没有序号和核查方式，文字接在第 {item.row} 行（序号 {item.no}）之后"
            )


def _read(table: Table) -> CatalogTable:
    heading: dict[int, str] = {}
    reader = _Reader(table)
    nearest: Row | None = None
    for row in table.rows:
        if not heading:
            heading = _heading(row)
            if heading:
                reader.columns = _columns(table, row, heading, reader.notes)
            elif nearest is None and _some_headings(row):
                nearest = row
            continue
        reader.row(row)
        long = [key for key, column in reader.columns.items() if len(row.cell(column)) > LONGEST]
        if long:
            reader.fault(row.number, long[0], f"超过 {LONGEST} 字，请写得短些")
        if len(reader.items) > MOST_ROWS:
            raise refuse(table.where, f"超过 {MOST_ROWS} 项，不像一份清单，请检查")
    if not heading:
        told = "、".join(f"“{name}”" for name in PRINTED.values())
        where = f"（第 {nearest.number} 行像是表头，但写法不同）" if nearest else ""
        raise refuse(table.where, f"没有找到清单的表头{where}，应有一行写着{told}")
    if not reader.items and not reader.problems:
        raise refuse(table.where, "表头之下没有事项，请填写后再用")
    if reader.problems:
        raise BadInput(_told(table, reader.problems), tuple(reader.problems))
    rows = tuple(item.made() for item in reader.items)
    wide = frozenset(key for key in reader.columns if key not in PRINTED)
    return CatalogTable(table.file, table.sheet, rows, tuple(reader.notes), wide)


def _some_headings(row: Row) -> bool:
    return sum(_plain(cell) in HEADINGS for cell in row.cells if cell) >= 2


def _told(table: Table, problems: Iterable[Problem]) -> str:
    messages = [problem.message.removeprefix(f"{table.file} ") for problem in problems]
    more = f"等 {len(messages)} 处" if len(messages) > 5 else ""
    return f"{table.where} 有错，请改好后再用：{'；'.join(messages[:5])}{more}"


def _extra(cells: Mapping[str, str]) -> dict[str, str]:
    return {key: text for key, text in cells.items() if key not in PRINTED}


def _number(text: str) -> str:
    """序号 as typed or as a number: 001, １、 and 1. are 1."""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).rstrip(".、")
    return str(int(plain)) if re.fullmatch(r"[0-9]{1,8}", plain) else plain


def _went_on(text: str, rest: str) -> str:
    """A text and its continuation; a new number or a finished sentence begins a new line."""
    if not rest or not text:
        return text + rest
    return f"{text}\n{rest}" if text.endswith(ENDED) or LIST_MARK.match(rest) else text + rest


def _one(text: str) -> str:
    """A name on one line: breaks inside a cell are where it was too narrow."""
    joined = ""
    for line in filter(None, (line.strip() for line in text.splitlines())):
        latin = joined and joined[-1].isascii() and line[0].isascii()
        joined += f" {line}" if latin else line
    return joined
