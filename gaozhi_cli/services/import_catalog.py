"""导入清单: a table kept by office staff becomes a dated version (通知五（一）、规程一：动态调整).

``plan_import`` reads nothing and writes nothing: it says which row is which item, how the proofs of new
and changed rows are understood, and everything that is wrong, at once. ``stage_import`` writes the
version aside and compiles it with all the rest; ``import_catalog`` journals it and puts it in place.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from gaozhi_cli.domain.catalog import Branch, Catalog, Item, Node, Proof
from gaozhi_cli.domain.cells import entry_of
from gaozhi_cli.domain.county import Office
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.outline import outline, parse_outline
from gaozhi_cli.domain.problem import BadInput, NotReady, Problem, os_reason
from gaozhi_cli.domain.reading import read_proofs
from gaozhi_cli.domain.versions import COLUMNS, Row, match, new_id, normal, office_named
from gaozhi_cli.storage.catalog_entries import STRUCTURE
from gaozhi_cli.storage.catalog_table import CatalogTable, TableRow
from gaozhi_cli.storage.home import Home
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.version_files import NAME, drop, folder_digest, plain, put_in_place, stage

ACT = "catalog.import"
CLAUSE = "通知五（一）"


class Planned(NamedTuple):
    """A row as it will be: its item, the reading of its proofs and the notes on it, its YAML entry."""

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
    """What the plan is made against: the version before, its entries as written, all that ever was.

    ``written``: the county's own filling in, by item id; ``earlier``: items of other versions that are
    not in ``base``, the latest first; ``matters`` and ``proofs``: every id of every version with what it
    stood for; ``versions``: names and days taken.
    """

    base: Catalog
    structure: Mapping[str, Mapping[str, Any]]
    written: Mapping[str, Mapping[str, Any]]
    earlier: tuple[Item, ...]
    matters: Mapping[str, frozenset[str]]
    proofs: Mapping[str, frozenset[str]]
    versions: tuple[tuple[str, date], ...]


def plan_import(
    table: CatalogTable,
    known: Known,
    *,
    version: str,
    effective: date,
    title: str,
    source: str,
    same: Mapping[str, str],
    office: Office | None = None,
) -> Plan:
    """What importing the table would make. ``same``: row number → id, of items renamed on purpose;
    ``office``: the table is only that office's part, the others' stays as it is.

    Raises BadInput with a Problem for each fault, naming file, row and column.
    """
    _version_name(version, effective, known)
    rows, problems = _offices(table, known.base, office)
    found = match(rows, known.base.items, same)
    again = match(rows, known.earlier, {})
    found = [id_ or before for id_, before in zip(found, again, strict=True)]
    planned: list[Planned] = []
    taken: set[str] = set()

    def used(id_: str) -> bool:
        return id_ in taken or id_ in known.matters

    for row, wanted, id_ in zip(table.rows, rows, found, strict=True):
        where = _Where(table, row, problems)
        if not wanted.office:
            continue
        new = id_ or new_id(wanted.office, row.no, used)
        if new in taken:
            where.fault("id", f"事项代号 {new} 在表中出现两次")
        taken.add(new)
        if id_:
            _same_matter(where, row, id_, known, same)
        planned.append(_planned(row, wanted, new, known, where))
    _replaced(table, planned, known, problems)
    if problems:
        raise _refused(problems)
    head = {
        "version": version,
        "title": title,
        "source": source,
        "effective": effective.isoformat(),
    }
    kept = [item for item in known.base.items if office is not None and item.office != office.code]
    _row_numbers(table, planned, kept, problems)
    if problems:
        raise _refused(problems)
    ended = tuple(item for item in known.base.items if item.id not in taken and item not in kept)
    others = tuple((item.office, plain(known.structure[item.id])) for item in kept)
    return Plan(version, effective, head, tuple(planned), ended, table.notes, others)


def _refused(problems: list[Problem]) -> BadInput:
    shown = "；".join(problem.message for problem in problems[:5])
    more = f"等 {len(problems)} 处" if len(problems) > 5 else ""
    return BadInput(f"清单没有导入，请改好后再导入：{shown}{more}", tuple(problems))


def _row_numbers(
    table: CatalogTable, planned: list[Planned], kept: list[Item], problems: list[Problem]
) -> None:
    """A part's row numbers are not those of another office's rows."""
    taken = {item.no: item.id for item in kept}
    for row, planned_row in zip(table.rows, planned, strict=True):
        if planned_row.no in taken:
            message = f"序号 {planned_row.no} 是 {taken[planned_row.no]} 的，请按整张清单的序号填写"
            _Where(table, row, problems).fault("no", message)


class _Where:
    """Where in the table a fault stands."""

    def __init__(self, table: CatalogTable, row: TableRow, problems: list[Problem]) -> None:
        self._table, self._row, self._problems = table, row, problems

    def fault(self, key: str, message: str) -> None:
        place = f"{self._table.name} 第 {self._row.row} 行“{COLUMNS.get(key, key)}”"
        self._problems.append(Problem("catalog-table", f"{place}：{message}", CLAUSE, key))


def _version_name(version: str, effective: date, known: Known) -> None:
    """A version's name can be a folder's, and neither it nor its day is taken."""
    if not NAME.fullmatch(version):
        raise BadInput("--version 用汉字、字母、数字、点和短横，最长 40 字，如 2026-12")
    for name, day in known.versions:
        if name == version:
            raise BadInput(f"清单版本 {version} 已经有了（{day} 起用），请另取一个名字")
        if day == effective:
            raise BadInput(f"清单 {name} 已在 {day} 起用，两个版本不能同日起用，请改 --effective")


def _offices(table: CatalogTable, base: Catalog, only: Office | None) -> tuple[list[Row], list[Problem]]:
    """The rows with the codes of their offices; an office nobody has registered is a problem."""
    problems: list[Problem] = []
    rows = []
    unknown: set[str] = set()
    for row in table.rows:
        office = office_named(row.office, base.offices)
        if office is None and row.office not in unknown:
            unknown.add(row.office)
            message = f"没有登记单位“{row.office}”，请先在 catalog/offices.yaml 里写上它的代号和全称"
            _Where(table, row, problems).fault("office", message)
        elif office is not None and only is not None and office != only:
            message = f"这一行是{office.called}的，而 --dept 写的是{only.called}"
            _Where(table, row, problems).fault("office", message)
        code = office.code if office else ""
        rows.append(Row(row.no, code, row.matter, row.proofs, row.extra.get("id", "").lower()))
    return rows, problems


def _same_matter(where: _Where, row: TableRow, id_: str, known: Known, same: Mapping[str, str]) -> None:
    """An id stays with its matter: it is never used again for another (docs/catalog.md: id 定下后不改)."""
    matters = known.matters.get(id_)
    if matters is None:
        return
    if normal(row.matter) not in {normal(matter) for matter in matters} and same.get(row.no) != id_:
        message = (
            f"{id_} 一直是“{sorted(matters)[-1]}”，不能改作“{row.matter}”；"
            f"确是同一事项更名，加 --same {row.no}={id_}，不是就把代号留空"
        )
        where.fault("id", message)


def _planned(row: TableRow, wanted: Row, id_: str, known: Known, where: _Where) -> Planned:
    """One row: what it carries over from the version before, what the table says anew."""
    before = known.base.item(id_)
    entry: dict[str, Any] = plain(known.structure.get(id_, {}))
    entry.pop("office", None)
    printed = {"office": row.office, "matter": row.matter, "proofs": row.proofs, "method": row.method}
    tree, notes, sure = _tree(row, id_, before, entry, known, where)
    entry |= {"id": id_, "no": row.no, "printed": printed}
    if before is None or normal(before.matter) != normal(row.matter):
        entry["matter"] = row.matter
    entry["proofs"] = _yaml_node(tree)
    entry.pop("reading", None)
    if notes:
        entry["reading"] = "；".join(notes)
    ids = {proof.id for proof in _proofs(tree)}
    filled, faults = entry_of(row.extra, ids)
    for fault in faults:
        where.fault(fault.key, fault.message)
    entry = _carried(entry, row.extra, ids) | _not_written(filled, known.written.get(id_, {}), where)
    return Planned(row.row, row.no, id_, wanted.office, row.matter, before is None, tree, notes, sure, entry)


def _tree(
    row: TableRow, id_: str, before: Item | None, entry: Mapping[str, Any], known: Known, where: _Where
) -> tuple[Node, tuple[str, ...], bool]:
    """The proof tree: as the table gives it, as confirmed before for the same words, else as read anew."""
    if row.extra.get("tree"):
        given, faults = parse_outline(row.extra["tree"], id_)
        for fault in faults:
            where.fault("tree", fault)
        if given is not None:
            reading = str(entry.get("reading", ""))
            kept = before is not None and before.tree == given
            return given, (reading,) if kept and reading else (), True
    if before is not None and before.printed is not None:
        words = normal(before.printed.proofs), normal(before.printed.method)
        if words == (normal(row.proofs), normal(row.method)):
            return before.tree, (before.reading,) if before.reading else (), True
    read = read_proofs(row.proofs, row.method, id_)
    return _with_ids(read.tree, id_, known), read.notes, read.sure


def _with_ids(tree: Node, id_: str, known: Known) -> Node:
    """Proofs keep the id they had under the same name; no id is ever given to another proof."""
    ours = {proof: names for proof, names in known.proofs.items() if proof.startswith(f"{id_}.")}
    numbers = [int(proof.rpartition(".")[2]) for proof in ours if proof.rpartition(".")[2].isdecimal()]
    following = count(max(numbers, default=0) + 1)
    taken: set[str] = set()

    def given(node: Node) -> Node:
        if isinstance(node, Branch):
            return node._replace(node=given(node.node))
        if not isinstance(node, Proof):
            return node._replace(nodes=tuple(given(child) for child in node.nodes))
        before = [
            p for p, names in ours.items() if normal(node.name) in map(normal, names) and p not in taken
        ]
        wanted = before[0] if before else f"{id_}.{next(following)}"
        taken.add(wanted)
        return node._replace(id=wanted)

    return given(tree)


def _carried(entry: dict[str, Any], extra: Mapping[str, str], ids: set[str]) -> dict[str, Any]:
    """What the version before had filled in, unless the table has a column for it or the proof has gone."""
    columns = set(extra)
    held = {"contact": "contact_person", "verification": "period"}
    kept = {k: v for k, v in entry.items() if k in STRUCTURE or held.get(k, k) not in columns}
    details = kept.get("proof_details")
    if details:
        kept["proof_details"] = {
            id_: {k: v for k, v in detail.items() if held.get(k, k) not in columns}
            for id_, detail in details.items()
            if id_ in ids
        }
    return kept


def _not_written(filled: dict[str, Any], written: Mapping[str, Any], where: _Where) -> dict[str, Any]:
    """What the county has written itself lies over every version: the same is left out, another refused."""
    kept = {}
    for key, value in filled.items():
        if key not in written:
            kept[key] = value
        elif plain(written[key]) != value:
            message = "县里的 catalog/items/ 里对这一项另有写法，那里的为准；请在那里改，或者先把那里的删去"
            where.fault(CELL_OF.get(key, key), message)
    return kept


CELL_OF = {
    "contact": "contact_person",
    "verification": "period",
    "proof_details": "开具单位、标准等（按证明）",
}


def _replaced(table: CatalogTable, planned: list[Planned], known: Known, problems: list[Problem]) -> None:
    """取代 names items that were in the 清单 and are not in the table any more, by row number or id."""
    kept = {row.id for row in planned}
    for place, row in enumerate(planned):
        wanted = row.entry.get("replaces", [])
        ids = []
        for name in wanted:
            old = known.base.item(name.lower()) or next(iter(known.base.items.by_no(name)), None)
            if old is None or old.id in kept:
                where = _Where(table, table.rows[place], problems)
                where.fault("replaces", f"“{name}”应是上一版有、这一版没有的事项（序号或代号）")
            else:
                ids.append(old.id)
        if wanted:
            planned[place] = row._replace(entry={**row.entry, "replaces": ids})


def _proofs(node: Node) -> list[Proof]:
    if isinstance(node, Proof):
        return [node]
    if isinstance(node, Branch):
        return _proofs(node.node)
    return [proof for child in node.nodes for proof in _proofs(child)]


def _yaml_node(node: Node) -> dict[str, Any]:
    """A proof tree as the YAML has it (docs/catalog.md: 证明怎样写)."""
    if isinstance(node, Proof):
        return {"id": node.id, "name": node.name, "method": node.method.label}
    if isinstance(node, Branch):
        return {"when": node.when, **_yaml_node(node.node)}
    named = {"name": node.name} if node.name else {}
    return named | {node.kind.value.replace(" ", "_"): [_yaml_node(child) for child in node.nodes]}


class Staged(NamedTuple):
    """A version written aside, with the catalog it makes together with all the rest."""

    folder: Path
    catalog: Catalog


def stage_import(plan: Plan, home: Home, versions: Path) -> Staged:
    """Write the version into a folder that nothing reads yet, and compile it with all the rest.

    Raises BadInput (nothing is left behind then), NotReady.
    """
    from gaozhi_cli.storage.catalog_index import compiled

    offices: dict[str, list[Any]] = {}
    for office, entry in (*((row.office, row.entry) for row in plan.rows), *plan.others):
        offices.setdefault(office, []).append({k: v for k, v in entry.items() if k != "office"})
    try:
        folder = stage(versions, plan.version, plan.head, offices)
    except OSError as error:
        raise _not_ready(error, versions) from None
    try:
        return Staged(folder, compiled(home, folder))
    except BaseException:
        drop(folder)
        raise


class Imported(NamedTuple):
    """The version as it stands."""

    version: str
    folder: Path
    digest: str


def import_catalog(plan: Plan, staged: Staged, *, ledger: Ledger, occasion: Occasion, asked: str) -> Imported:
    """Journal a staged version and put it in place. ``asked``: the digest of the imported file.

    The journal comes first: a crash in between leaves nothing active, and the import can be repeated.
    Raises NotReady (disk, ledger).
    """
    digest = ledger.request_digest(ACT, version=plan.version, effective=plan.effective, file=asked)
    place = staged.folder.parent / plan.version
    try:
        files = folder_digest(staged.folder)
        with ledger.transaction(dry_run=occasion.dry_run) as act:
            ledger.repeated(occasion.request_id, ACT, digest)
            facts: dict[str, Any] = {
                "effective": plan.effective.isoformat(),
                "file": asked,
                "files": files,
                "rows": len(plan.rows),
                "added": [row.id for row in plan.rows if row.new],
                "ended": [item.id for item in plan.ended],
            }
            act.record(occasion.entry(ACT, plan.version, request_digest=digest, **facts))
        if not occasion.dry_run:
            put_in_place(staged.folder, plan.version)
    except OSError as error:
        raise _not_ready(error, place) from None
    finally:
        drop(staged.folder)
    return Imported(plan.version, place, files)


def _not_ready(error: OSError, place: Path) -> NotReady:
    return NotReady(f"清单没有导入（{os_reason(error)}：{place}），请检查文件夹和磁盘空间")
