"""The talk around ``catalog import``: read the table, show what changes and how it is read, ask, import."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.listings.catalog_check import row_ranges
from gaozhi_cli.cli.listings.catalog_versions import imports_of
from gaozhi_cli.cli.settings import iso_date
from gaozhi_cli.domain.catalog import Catalog, Item
from gaozhi_cli.domain.problem import NotReady, UsageFault, os_reason
from gaozhi_cli.domain.versions import ChangeKind, diff
from gaozhi_cli.rendering.formats import Column, one_line

if TYPE_CHECKING:
    from datetime import date

    from gaozhi_cli.domain.county import Office
    from gaozhi_cli.services.import_catalog import Known, Plan, Planned

KINDS = {"added": "新增", "changed": "改动", "same": "不变", "ended": "取消"}
PLAN = (
    Column("change", "变化代码", table=False),
    Column("change_label", "变化"),
    Column("row", "表中行"),
    Column("id", "事项"),
    Column("no", "序号"),
    Column("matter", "行政事项名称"),
    Column("reading", "对证明的解读"),
    Column("notes", "解读说明"),
    Column("sure", "解读确定", table=False),
)


def run(
    desk: Desk,
    file: str,
    version: str | None,
    effective: str | None,
    title: str | None,
    source: str | None,
    same: list[str],
    dept: str | None,
) -> None:
    """Import a table as a version; nothing is active before it is confirmed and journalled."""
    if version is None or effective is None:
        missing = "、".join(
            flag for flag, value in (("--version", version), ("--effective", effective)) if value is None
        )
        raise UsageFault(f"缺少 {missing}：写明版本名和起用日期")
    day, path = iso_date(effective, "--effective"), Path(file)
    digest = _digest(path)
    from gaozhi_cli.storage.version_files import one_import

    with one_import(desk.home.cache):
        if _done(desk, version, day, digest):
            desk.say(f"清单 {version} 已从同一份文件导入过，没有改动")
            return
        known = _known(desk, day)
        office = desk.office(dept) if dept is not None else None
        plan = _plan(path, known, version, day, title, source, same, office)
        _import(desk, plan, known, digest)


def _import(desk: Desk, plan: Plan, known: Known, digest: str) -> None:
    from gaozhi_cli.services.import_catalog import import_catalog, stage_import
    from gaozhi_cli.storage.version_files import drop

    staged = stage_import(plan, desk.home, desk.home.catalog / "versions")
    try:
        _show(desk, plan, known.base, staged.catalog)
        if desk.settings.dry_run:
            desk.say("试运行：检查通过，没有导入")
            return
        _confirm(desk, plan)
        ledger = desk.write_ledger()
        import_catalog(plan, staged, ledger=ledger, occasion=desk.occasion, asked=digest)
    finally:
        drop(staged.folder)
    desk.committed(f"清单 {plan.version} 已导入")
    desk.say(f"清单 {plan.version} 已导入，{plan.effective} 起用；已经开始办理的承诺仍按原来的版本")


def file_as_version(desk: Desk, path: Path) -> Catalog:
    """A table compared with a version: as importing it would make it, kept nowhere."""
    from gaozhi_cli.services.import_catalog import stage_import

    known = _known(desk, desk.today)
    name = path.stem if _usable(path.stem) else "文件"
    taken = {day for _, day in known.versions}
    from datetime import timedelta

    day = desk.today
    while day in taken:
        day += timedelta(days=1)
    plan = _plan(
        path, known, name if name not in dict(known.versions) else f"文件-{name}", day, None, None, []
    )
    with TemporaryDirectory(prefix="gaozhi-") as folder:
        return stage_import(plan, desk.home, Path(folder)).catalog


def _usable(name: str) -> bool:
    from gaozhi_cli.storage.version_files import NAME

    return NAME.fullmatch(name) is not None


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise NotReady(f"读不了 {path}（{os_reason(error)}）") from None


def _done(desk: Desk, version: str, day: date, digest: str) -> bool:
    """Whether this very file stands already as this version: a repeat is harmless."""
    if not (desk.home.catalog / "versions" / version).is_dir():
        return False
    return any(
        fact.get("file") == digest and fact.get("effective") == day.isoformat()
        for fact in imports_of(desk, version)
    )


def _known(desk: Desk, day: date) -> Known:
    """What the import is made against: the version in force on the day before."""
    from datetime import timedelta

    from gaozhi_cli.services.import_catalog import Known
    from gaozhi_cli.storage.catalog_index import catalogs, open_catalog, versions
    from gaozhi_cli.storage.catalog_yaml import own_entries, structure_of
    from gaozhi_cli.storage.home import shipped

    base = open_catalog(desk.home, day - timedelta(days=1))
    heads = versions(desk.home)
    folder = next((head.folder for head in heads if head.version == base.version), "")
    place = desk.home.catalog / "versions" / folder if folder else None
    earlier: dict[str, Item] = {}
    matters: dict[str, set[str]] = {}
    proofs: dict[str, set[str]] = {}
    for catalog in catalogs(desk.home):
        for item in catalog.items:
            matters.setdefault(item.id, set()).add(item.matter)
            earlier.setdefault(item.id, item)
            for proof in item.proofs:
                proofs.setdefault(proof.id, set()).add(proof.name)
    current = {item.id for item in base.items}
    return Known(
        base,
        structure_of(shipped("catalog"), desk.home.catalog, place),
        own_entries(desk.home.catalog),
        tuple(item for id_, item in earlier.items() if id_ not in current),
        {id_: frozenset(names) for id_, names in matters.items()},
        {id_: frozenset(names) for id_, names in proofs.items()},
        tuple((head.version, head.effective) for head in heads),
    )


def _plan(
    path: Path,
    known: Known,
    version: str,
    day: date,
    title: str | None,
    source: str | None,
    same: list[str],
    office: Office | None = None,
) -> Plan:
    from gaozhi_cli.services.import_catalog import plan_import
    from gaozhi_cli.storage.catalog_table import read_catalog_table

    renamed = {}
    for pair in same:
        no, equals, id_ = pair.partition("=")
        if not (equals and no.strip() and id_.strip()):
            raise UsageFault(f"--same 写作 序号=事项代号，如 68=sc-64，不是“{pair}”")
        renamed[no.strip()] = id_.strip().lower()
    return plan_import(
        read_catalog_table(path),
        known,
        version=version,
        effective=day,
        title=title or known.base.title,
        source=source or path.name,
        same=renamed,
        office=office,
    )


def _show(desk: Desk, plan: Plan, before: Catalog, after: Catalog) -> None:
    """What changes and how new proofs are read: the listing; the counts and the table's oddities: talk."""
    changes = diff(before, after)
    changed = {change.item for change in changes}
    rows = [_row(row, changed) for row in plan.rows]
    rows += [
        {"change": "ended", "change_label": KINDS["ended"], "row": None, "id": item.id, "no": item.no,
         "matter": item.matter, "reading": None, "notes": [], "sure": True}
        for item in plan.ended
    ]  # fmt: skip
    shown = [row for row in rows if row["change"] != "same"]
    if desk.settings.format != "table":
        desk.show(rows, PLAN)
    elif desk.on_terminal:
        desk.write_text("".join(_blocks(shown)))
    elif shown:
        desk.show(_lines(shown), PLAN)
    for note in plan.notes:
        desk.say(f"提示：{note}")
    counts = {kind: len({c.item for c in changes if c.change is kind}) for kind in ChangeKind}
    told = "、".join(f"{kind.label} {count} 项" for kind, count in counts.items())
    desk.say(f"与 {before.version} 相比：{told}；共 {len(plan.rows)} 项，{plan.effective} 起用")
    if len(plan.ended) * 2 > len(before.items):
        desk.say("取消的超过一半：表里如果只是一个单位的部分，请加 --dept 单位，其他单位的照旧")
    if plan.unsure:
        rows_told = row_ranges(row.no for row in plan.unsure)
        desk.say(f"下列各行证明的并列、择一关系原文未写明，是工具的解读，请逐项核对：{rows_told}")


def _row(row: Planned, changed: set[str]) -> dict[str, Any]:
    kind = "added" if row.new else ("changed" if row.id in changed else "same")
    return {
        "change": kind,
        "change_label": KINDS[kind],
        "row": row.row,
        "id": row.id,
        "no": row.no,
        "matter": row.matter,
        "reading": row.reading,
        "notes": list(row.notes),
        "sure": row.sure,
    }


def _blocks(rows: list[dict[str, Any]]) -> Iterator[str]:
    """For a terminal: each new or changed row with the outline of its proofs; what ends in one line."""
    for row in rows:
        if row["change"] != "ended":
            place = f"（{row['id']}，表中第 {row['row']} 行）"
            yield f"\n{row['change_label']}  序号 {row['no']}  {one_line(row['matter'])}{place}\n"
            yield "".join(f"    {one_line(line)}\n" for line in row["reading"].splitlines())
            yield "".join(f"    ※ {one_line(note)}\n" for note in row["notes"])
    ended = [row for row in rows if row["change"] == "ended"]
    if ended:
        told = "、".join(f"{row['no']} {one_line(row['matter'])}" for row in ended)
        yield f"\n取消  {told}\n"


def _lines(rows: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """For people: the outline in one cell, its lines apart by ／."""
    for row in rows:
        yield row | {"reading": " ／ ".join(line.strip() for line in (row["reading"] or "").splitlines())}


def _confirm(desk: Desk, plan: Plan) -> None:
    if desk.settings.yes:
        return
    if not desk.settings.interactive:
        raise UsageFault("清单还没有导入：核对上面的改动和解读后，加 --yes 再运行一次")
    from gaozhi_cli.cli.ask import confirm

    if not confirm(f"按上面的解读导入清单 {plan.version}，{plan.effective} 起用？", default=False):
        raise UsageFault("没有导入")
