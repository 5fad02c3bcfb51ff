"""导入清单: what a table kept by office staff makes of the version before (通知五（一）, 规程一：动态调整).

Which row is which item, what each carries on, and everything that is wrong, at once. Nothing is read or
written here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from gaozhi_cli.domain.catalog import Catalog, Item, leaves
from gaozhi_cli.domain.cells import printed_cells
from gaozhi_cli.domain.county import Office
from gaozhi_cli.domain.importing.filling import fill_in
from gaozhi_cli.domain.importing.proofs import tree_of, yaml_node
from gaozhi_cli.domain.importing.values import (
    CLAUSE,
    CatalogTable,
    Known,
    Plan,
    Planned,
    TableRow,
    Where,
    refused,
)
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.versions import Row, match, new_id, normal, office_named


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
    rows, problems = _offices(table, known.base, office)
    problems += _renamings(table, same, known)
    found = _found(rows, known, same)
    planned: list[Planned] = []
    taken: set[str] = set()

    def used(id_: str) -> bool:
        return id_ in taken or id_ in known.matters

    for row, wanted, id_ in zip(table.rows, rows, found, strict=True):
        if not wanted.office:
            continue
        where = Where(table, row, problems)
        own = id_ or new_id(wanted.office, row.no, used)
        _id_fits(where, row, own, wanted, known, same)
        of = known.items[own].office if own in known.items else wanted.office
        if office is not None and of != wanted.office:
            where.fault("id", f"{own} 是 {of} 的事项，不在 --dept {office.called} 的部分里")
        if own in taken:
            where.fault("id", f"事项代号 {own} 在表中出现两次")
        taken.add(own)
        planned.append(_planned(row, wanted, own, table.columns, known, effective, where))
    planned = _replacing(table, planned, known, problems)
    kept = [item for item in known.base.items if office is not None and item.office != office.code]
    _row_numbers(table, planned, kept, problems)
    problems += _other_ids(table, planned, known)
    if problems:
        raise refused(problems)
    head = {"version": version, "title": title, "source": source, "effective": effective.isoformat()}
    staying = {item.id for item in kept}
    ended = tuple(item for item in known.base.items if item.id not in taken and item.id not in staying)
    planned = _perhaps_renamed(planned, ended)
    others = tuple((item.office, known.entries[item.id]) for item in kept)
    return Plan(version, effective, head, tuple(planned), ended, table.notes, others)


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
            Where(table, row, problems).fault("office", message)
        elif office is not None and only is not None and office != only:
            message = f"这一行是{office.called}的，而 --dept 写的是{only.called}"
            Where(table, row, problems).fault("office", message)
        code = office.code if office else ""
        rows.append(Row(row.no, code, row.matter, row.proofs, row.extra.get("id", "").strip().lower()))
    return rows, problems


def _renamings(table: CatalogTable, same: Mapping[str, str], known: Known) -> list[Problem]:
    """--same names a row of the table and an item that there was."""
    rows = {row.no for row in table.rows}
    problems = []
    for no, id_ in same.items():
        wrong = (
            f"表里没有序号 {no}"
            if no not in rows
            else ("" if id_ in known.matters else f"没有哪个版本有事项 {id_}")
        )
        if wrong:
            problems.append(Problem("catalog-table", f"--same {no}={id_}：{wrong}", CLAUSE, "same"))
    return problems


def _found(rows: list[Row], known: Known, same: Mapping[str, str]) -> list[str]:
    """The id that each row's item had: in the version before, else in an earlier one; empty for new."""
    current = {item.id for item in known.base.items}
    found = match(rows, known.base.items, same)
    gone = [item for id_, item in known.items.items() if id_ not in current and id_ not in found]
    again = match([row._replace(id=id_) for row, id_ in zip(rows, found, strict=True)], gone, {})
    return [id_ or before for id_, before in zip(found, again, strict=True)]


def _id_fits(
    where: Where, row: TableRow, id_: str, wanted: Row, known: Known, same: Mapping[str, str]
) -> None:
    """An id stays with its matter and is never used again for another (docs/catalog.md: id 定下后不改)."""
    matters = known.matters.get(id_)
    if matters is None:
        if not new_id_fits(id_, wanted.office):
            where.fault(
                "id", f"新的事项代号应以 {wanted.office.lower()}- 开头，如 {wanted.office.lower()}-{row.no}"
            )
        return
    if normal(row.matter) not in {normal(matter) for matter in matters} and same.get(row.no) != id_:
        message = (
            f"{id_} 一直是“{sorted(matters)[-1]}”，不能改作“{row.matter}”；"
            f"确是同一事项更名，加 --same {row.no}={id_}，不是就把代号留空"
        )
        where.fault("id", message)


def new_id_fits(id_: str, office: str) -> bool:
    """Whether an id typed for a new item has the shape of one: its office's code, then letters and digits."""
    head, dash, rest = id_.partition("-")
    shaped = all(part.isascii() and part.isalnum() for part in rest.split("-"))
    return bool(head == office.lower() and dash and rest and shaped)


def _planned(
    row: TableRow,
    wanted: Row,
    id_: str,
    columns: frozenset[str],
    known: Known,
    effective: date,
    where: Where,
) -> Planned:
    """One row: what it carries on from before, what the table says anew."""
    before = known.items.get(id_)
    entry: dict[str, Any] = {k: v for k, v in known.entries.get(id_, {}).items() if k != "office"}
    tree, notes, sure = tree_of(row, id_, before, known, where)
    entry |= {"id": id_, "no": row.no}
    entry["printed"] = {
        "office": row.office, "matter": row.matter, "proofs": row.proofs, "method": row.method,
    }  # fmt: skip
    if before is None or normal(printed_cells(before, known.base)[2]) != normal(row.matter):
        entry["matter"] = row.matter
    entry["proofs"] = yaml_node(tree)
    entry.pop("reading", None)
    if notes:
        entry["reading"] = "；".join(notes)
    ids = {leaf.proof.id for leaf in leaves(tree)}
    fill_in(entry, row, before, columns, ids, known, where)
    notes += _runs_on(entry, row, known, effective, where) + _gap(entry, before, effective)
    new = all(item.id != id_ for item in known.base.items)
    return Planned(row.row, row.no, id_, wanted.office, row.matter, new, tree, notes, sure, entry)


def _runs_on(
    entry: dict[str, Any], row: TableRow, known: Known, effective: date, where: Where
) -> tuple[str, ...]:
    """What the new version lists runs on: a 停止日期 of before its first day is not carried on, with a note.

    One that the table or the county's own file still says is a fault: the row would be listed and dead.
    """

    def over(end: Any) -> bool:
        return end is not None and date.fromisoformat(str(end)) < effective

    own, end = known.written.get(entry["id"], {}).get("valid_until"), entry.get("valid_until")
    if over(own):
        message = f"县里的 catalog/items/ 里写着 {own} 停止；仍实行的请先在那里删去，不再实行的删去这一行"
        where.fault("valid_until", message)
    if not over(end):
        return ()
    if row.extra.get("valid_until"):
        message = f"{end} 在起用日期 {effective} 之前；仍实行的清空这一格，不再实行的删去这一行"
        where.fault("valid_until", message)
    del entry["valid_until"]
    return (f"以前写的停止日期 {end} 已过，这一版重新列入，不再带上",)


def _gap(entry: Mapping[str, Any], before: Item | None, effective: date) -> tuple[str, ...]:
    """A note where what has run so far is to begin only after the version's first day."""
    begin = entry.get("valid_from")
    if begin is None or before is None or before.valid_from is not None:
        return ()
    if date.fromisoformat(str(begin)) <= effective:
        return ()
    return (f"施行日期 {begin} 之前这一项不实行，不是这个意思的请清空这一格",)


def _other_ids(table: CatalogTable, planned: list[Planned], known: Known) -> list[Problem]:
    """A new id typed for what is an item of before by office and name: a slip of the finger."""
    problems: list[Problem] = []
    kept = {row.id for row in planned}
    gone = {(item.office, normal(item.matter)): item.id for item in known.base.items if item.id not in kept}
    rows = {row.row: row for row in table.rows}
    for one in planned:
        was = gone.get((one.office, normal(one.matter)))
        if one.new and was is not None and rows[one.row].extra.get("id"):
            message = f"没有 {one.id}；“{one.matter}”一直是 {was}，请写 {was} 或者留空"
            Where(table, rows[one.row], problems).fault("id", message)
    return problems


def _perhaps_renamed(planned: list[Planned], ended: tuple[Item, ...]) -> list[Planned]:
    """The rows; a new one that asks for what an ended item of its office asked for has a note on it."""
    gone = {(item.office, frozenset(normal(proof.name) for proof in item.proofs)): item for item in ended}
    result = []
    for row in planned:
        asked = frozenset(normal(leaf.proof.name) for leaf in leaves(row.tree)) if row.new else frozenset()
        item = gone.get((row.office, asked))
        if item is not None:
            told = f"要的证明与取消的“{item.matter}”（{item.id}）相同：只是更名的"
            row = row._replace(notes=(*row.notes, f"{told}，加 --same {row.no}={item.id}"))
        result.append(row)
    return result


def _replacing(
    table: CatalogTable, planned: list[Planned], known: Known, problems: list[Problem]
) -> list[Planned]:
    """取代 names items of earlier versions that are not in the table any more, by row number or id."""
    kept = {row.id for row in planned}
    result = []
    for row in planned:
        carried = known.entries.get(row.id, {}).get("replaces")
        wanted = row.entry.get("replaces", [])
        if wanted and wanted != carried:
            where = Where(table, next(r for r in table.rows if r.row == row.row), problems)
            ids = [_replaced(name, kept, known, where) for name in wanted]
            row = row._replace(entry={**row.entry, "replaces": [id_ for id_ in ids if id_]})
        result.append(row)
    return result


def _replaced(name: str, kept: set[str], known: Known, where: Where) -> str:
    by_no = [item.id for item in known.base.items.by_no(name) if item.id not in kept]
    id_ = name.lower() if name.lower() in known.matters else next(iter(by_no), "")
    if not id_ or id_ in kept:
        where.fault("replaces", f"“{name}”应是以前有、这一版没有的事项（序号或代号）")
    return id_


def _row_numbers(
    table: CatalogTable, planned: list[Planned], kept: list[Item], problems: list[Problem]
) -> None:
    """A part's row numbers are not those of another office's rows."""
    taken = {item.no: item.id for item in kept}
    rows = {row.row: row for row in table.rows}
    for one in planned:
        if one.no in taken:
            message = f"序号 {one.no} 是 {taken[one.no]} 的，请按整张清单的序号填写"
            Where(table, rows[one.row], problems).fault("no", message)
