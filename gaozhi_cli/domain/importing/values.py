"""导入清单, the values: a table as read, what is known of all versions, the plan, the place of a fault."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from gaozhi_cli.domain.catalog import Catalog, Item, Node
from gaozhi_cli.domain.outline import outline
from gaozhi_cli.domain.problem import BadInput, Problem
from gaozhi_cli.domain.versions import COLUMNS

CLAUSE = "通知五（一）"


class TableRow(NamedTuple):
    """One item as a table has it; ``row``: where it begins; ``extra``: filled wide columns by key."""

    row: int
    no: str
    office: str
    matter: str
    proofs: str
    method: str
    extra: Mapping[str, str]


class CatalogTable(NamedTuple):
    """A 清单 read from a file. ``notes``: what was passed over or put together on the way.

    ``columns``: keys of the wide columns that are there, so that an emptied cell is told from no column.
    """

    name: str
    sheet: str
    rows: tuple[TableRow, ...]
    notes: tuple[str, ...] = ()
    columns: frozenset[str] = frozenset()


class Planned(NamedTuple):
    """A row as it will be: its item, the reading of its proofs and the notes on it, its YAML entry.

    ``sure``: whether the printed words, or somebody before, settle the reading.
    """

    row: int
    no: str
    id: str
    office: str
    matter: str
    new: bool
    tree: Node
    notes: tuple[str, ...]
    sure: bool
    entry: Mapping[str, Any]

    @property
    def reading(self) -> str:
        """The proof tree as an outline."""
        return outline(self.tree)


class Plan(NamedTuple):
    """A version to be: its head, its rows in order, the items that end with it, notes on the table.

    ``others``: office and entry of what an office's part leaves as it is.
    """

    version: str
    effective: date
    head: Mapping[str, Any]
    rows: tuple[Planned, ...]
    ended: tuple[Item, ...]
    notes: tuple[str, ...]
    others: tuple[tuple[str, Mapping[str, Any]], ...] = ()

    @property
    def unsure(self) -> tuple[Planned, ...]:
        """New readings that the printed words do not settle: for the administrator to confirm."""
        return tuple(row for row in self.rows if not row.sure)


class Known(NamedTuple):
    """What the plan is made against: the version before, and all that ever was.

    ``items`` and ``entries``: every item of every version as it was last, and as it was written;
    ``written``: what the county itself fills in over every version, by item id; ``matters`` and
    ``proofs``: every id with what it stood for.
    """

    base: Catalog
    items: Mapping[str, Item]
    entries: Mapping[str, Mapping[str, Any]]
    written: Mapping[str, Mapping[str, Any]]
    matters: Mapping[str, frozenset[str]]
    proofs: Mapping[str, frozenset[str]]


class Where:
    """Where in the table a fault stands."""

    def __init__(self, table: CatalogTable, row: TableRow, problems: list[Problem]) -> None:
        self._table, self._row, self._problems = table, row, problems

    def fault(self, key: str, message: str) -> None:
        place = f"{self._table.name} 第 {self._row.row} 行“{COLUMNS.get(key, key)}”"
        self._problems.append(Problem("catalog-table", f"{place}：{message}", CLAUSE, key))


def refused(problems: list[Problem]) -> BadInput:
    """All faults of a table at once."""
    more = f"等 {len(problems)} 处" if len(problems) > 1 else ""
    return BadInput(f"这张表里有要改的地方：{problems[0].message}{more}", tuple(problems))
