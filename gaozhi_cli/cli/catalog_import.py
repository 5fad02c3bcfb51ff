"""The talk around ``catalog import``: read the table, show what changes and how it is read, ask, import."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from gaozhi_cli.cli.context import Desk, journal_words
from gaozhi_cli.cli.listings.catalog_check import row_ranges
from gaozhi_cli.cli.registered_versions import imports_of, lost
from gaozhi_cli.cli.settings import iso_date
from gaozhi_cli.domain.catalog import Catalog, Item
from gaozhi_cli.domain.problem import BadInput, NotReady, UsageFault, os_reason
from gaozhi_cli.domain.versions import FIELD_LABELS, Change, ChangeKind, diff
from gaozhi_cli.rendering.formats import Column, one_line
from gaozhi_cli.storage.version_files import drop, may_name, one_import

if TYPE_CHECKING:
    from gaozhi_cli.domain.county import Office
    from gaozhi_cli.domain.importing.values import Known, Plan, Planned

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
    Column("changes", "改动的栏目"),
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
    sheet: str | None = None,
) -> None:
    """Import a table as a version; nothing is active before it is confirmed and journalled."""
    if version is None or effective is None:
        missing = "、".join(
            flag for flag, value in (("--version", version), ("--effective", effective)) if value is None
        )
        raise UsageFault(f"缺少 {missing}：写明版本名和起用日期")
    wanted = Wanted(version, iso_date(effective, "--effective"), title, source, _renamed(same), sheet)
    path = Path(file)
    digest = _digest(path)
    for label, text in (("--version", version), ("--title", title), ("--source", source), ("--sheet", sheet)):
        journal_words(text, label, label.removeprefix("--"))
    if desk.settings.format != "table" and not desk.settings.yes and not desk.settings.dry_run:
        raise UsageFault("核对改动和解读请用 --dry-run，核对之后加 --yes 导入")
    office = desk.office(dept) if dept is not None else None
    if desk.settings.dry_run:
        with TemporaryDirectory(prefix="gaozhi-") as folder:
            _import(desk, path, wanted, office, digest, Path(folder))
        desk.say("试运行：检查通过，没有导入")
        return
    with one_import(desk.home.cache):
        if _done(desk, wanted, office, digest):
            desk.say(f"清单 {version} 已从同一份文件导入过，没有改动")
            return
        _import(desk, path, wanted, office, digest, desk.home.catalog / "versions")
    desk.say(f"清单 {version} 已导入，{wanted.day} 起用；已经开始办理的承诺仍按原来的版本")


class Wanted(NamedTuple):
    """The version asked for: name, first day, title and source if given, rows of renamed items, sheet."""

    version: str
    day: date
    title: str | None = None
    source: str | None = None
    same: Mapping[str, str] = MappingProxyType({})
    sheet: str | None = None

    def options(self, office: Office | None) -> dict[str, Any]:
        """What, beside the table, changes the version it makes: a repeat must say the same."""
        said = {
            "title": self.title,
            "source": self.source,
            "sheet": self.sheet,
            "same": dict(self.same),
            "dept": office.code if office else None,
        }
        return {key: value for key, value in said.items() if value}


def _import(
    desk: Desk, path: Path, wanted: Wanted, office: Office | None, digest: str, versions: Path
) -> None:
    """Plan, stage, show; and, unless it is only tried, ask, journal and put in place."""
    from gaozhi_cli.services.import_catalog import Asked, import_catalog, stage_import

    _name_is_free(desk, wanted, digest)
    known = _known(desk, wanted.day)
    plan = _plan(path, known, wanted, office)
    staged = stage_import(plan, desk.home, versions)
    try:
        _show(desk, plan, known.base, staged.catalog, office)
        if wanted.day < desk.today:
            told = f"提示：起用日期 {wanted.day} 早于今天，导入后立即起用，不能再撤销，请核对年份"
            desk.say(f"{told}；已经制作的承诺书不受影响")
        _tell_later(desk, wanted.day)
        missing = lost(desk)
        if missing is not None:
            desk.say(f"提示：{missing}；现在是与更早的 {known.base.version} 比")
        if desk.settings.dry_run:
            return
        _confirm(desk, plan)
        ledger, asked = desk.write_ledger(), Asked(digest, wanted.options(office))
        import_catalog(plan, staged, ledger=ledger, occasion=desk.occasion, asked=asked)
    finally:
        drop(staged.folder)
    desk.committed(f"清单 {plan.version} 已导入")


def _tell_later(desk: Desk, day: date) -> None:
    """Say which later versions there are: they were made without what this one changes."""
    from gaozhi_cli.storage.catalog_index import versions

    later = [head for head in versions(desk.home) if head.effective > day]
    if later:
        head = later[0]
        told = f"提示：清单 {head.version} 自 {head.effective} 起用，是在这一版之前定的"
        desk.say(f"{told}，这次的改动到那天为止；要延续的，它还没有起用就先撤销，在这一版之后重新导入")


def file_as_version(desk: Desk, path: Path, base: Catalog) -> Catalog:
    """A table compared with a version: as importing it after that version would make it, kept nowhere."""
    from gaozhi_cli.services.import_catalog import stage_import
    from gaozhi_cli.storage.catalog_index import versions
    from gaozhi_cli.storage.catalog_table import read_catalog_table

    taken = {head.effective for head in versions(desk.home)}
    day = base.effective
    while day in taken:
        day += timedelta(days=1)
    known = _known_from(desk, base)
    rows = read_catalog_table(path).rows
    typed = {row.no: row.extra.get("id", "").strip().lower() for row in rows}
    same = {no: id_ for no, id_ in typed.items() if id_ in known.matters}  # renamed, for a comparison
    plan = _plan(path, known, Wanted(f"文件-{path.stem[:20]}", day, same=same), None)
    with TemporaryDirectory(prefix="gaozhi-") as folder:
        return stage_import(plan, desk.home, Path(folder)).catalog._replace(version=path.name)


def _renamed(same: list[str]) -> dict[str, str]:
    """--same as row number → id. Raises UsageFault."""
    renamed: dict[str, str] = {}
    for pair in same:
        no, equals, id_ = (part.strip() for part in pair.partition("="))
        number = str(int(no)) if no.isdecimal() else no
        if not (equals and number and id_) or number in renamed:
            raise UsageFault(f"--same 写作 序号=事项代号，如 68=sc-64，每个序号只写一次，不是“{pair}”")
        renamed[number] = id_.lower()
    return renamed


def _digest(path: Path) -> str:
    """The digest of a table's file. Raises BadInput where it is none, NotReady where it cannot be read."""
    try:
        if not path.is_file():
            raise BadInput(f"读不了 {path}：不存在，或者不是普通文件，请检查路径")
        if path.stat().st_size > LARGEST_FILE:
            raise BadInput(f"{path} 超过 {LARGEST_FILE // 1024 // 1024} MB，不像一份清单")
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise NotReady(f"读不了 {path}（{os_reason(error)}）") from None


LARGEST_FILE = 64 * 1024 * 1024


def _name_is_free(desk: Desk, wanted: Wanted, digest: str) -> None:
    """A version's name can be a folder's, and neither it nor its day is taken. Raises BadInput."""
    from gaozhi_cli.storage.catalog_index import versions

    if not may_name(wanted.version):
        raise BadInput("--version 用汉字、字母、数字、点和短横，最长 40 字，不用系统保留的名字，如 2027-01")
    heads = versions(desk.home)
    if wanted.day < heads[0].effective:
        first = f"第一版清单 {heads[0].version} 自 {heads[0].effective} 起用"
        raise BadInput(f"{first}，--effective {wanted.day} 不能更早，请核对年份")
    for head in heads:
        if head.version.casefold() == wanted.version.casefold():
            message = f"清单版本 {head.version} 已经有了（{head.effective} 起用），请另取一个名字"
            still = head.folder and head.effective > date.today()
            more = "；导入错了的，起用之前可以先 gaozhi catalog withdraw 撤销" if still else ""
            raise BadInput(message + more)
        if head.effective == wanted.day:
            raise BadInput(
                f"清单 {head.version} 已在 {wanted.day} 起用，两个版本不能同日起用，请改 --effective"
            )
    before = imports_of(desk).get(wanted.version)
    if before is not None and before.get("file") != digest and not before.get("withdrawn"):
        message = f"清单版本 {wanted.version} 登记过，来自另一份文件；请另取一个名字"
        raise BadInput(f"{message}，或者用原来那份文件重新导入")


def _done(desk: Desk, wanted: Wanted, office: Office | None, digest: str) -> bool:
    """Whether this very request stands already as this version, as journalled: a repeat is harmless."""
    from gaozhi_cli.storage.version_files import folder_digest

    before, folder = imports_of(desk).get(wanted.version), desk.home.catalog / "versions" / wanted.version
    if before is None or not folder.is_dir() or before.get("file") != digest:
        return False
    if before.get("effective") != wanted.day.isoformat() or before.get("withdrawn"):
        return False
    if before.get("options", {}) != wanted.options(office):
        return False
    if before.get("files") != folder_digest(folder):
        raise BadInput(f"{folder} 里的文件与登记的不同，被改动过；请从备份放回，或者另取版本名再导入")
    return True


def _known(desk: Desk, day: date) -> Known:
    """What an import for that day is made against: the version in force on the day before."""
    from gaozhi_cli.storage.catalog_index import open_catalog

    return _known_from(desk, open_catalog(desk.home, day - timedelta(days=1)))


def _known_from(desk: Desk, base: Catalog) -> Known:
    """``base`` and all that ever was: items and entries as they were last, ids with what they stood for."""
    from gaozhi_cli.domain.importing.values import Known
    from gaozhi_cli.storage.catalog_index import catalogs, versions
    from gaozhi_cli.storage.catalog_yaml import own_entries, structure_of
    from gaozhi_cli.storage.home import shipped

    folders = {head.version: head.folder for head in versions(desk.home)}
    items: dict[str, Item] = {}
    entries: dict[str, Mapping[str, Any]] = {}
    matters: dict[str, set[str]] = {}
    proofs: dict[str, set[str]] = {}
    others = [catalog for catalog in catalogs(desk.home) if catalog.version != base.version]
    for catalog in (base, *others):
        folder = folders[catalog.version]
        place = desk.home.catalog / "versions" / folder if folder else None
        written = structure_of(shipped("catalog"), desk.home.catalog, place)
        for item in catalog.items:
            if item.id not in items and item.id in written:
                items[item.id], entries[item.id] = item, written[item.id]
            names = {item.matter} | ({item.printed.matter} if item.printed else set())
            matters.setdefault(item.id, set()).update(names)
            for proof in item.proofs:
                proofs.setdefault(proof.id, set()).add(proof.name)
    return Known(
        base,
        items,
        entries,
        own_entries(desk.home.catalog),
        {id_: frozenset(names) for id_, names in matters.items()},
        {id_: frozenset(names) for id_, names in proofs.items()},
    )


def _plan(path: Path, known: Known, wanted: Wanted, office: Office | None) -> Plan:
    from gaozhi_cli.domain.importing.plan import plan_import
    from gaozhi_cli.storage.catalog_table import read_catalog_table

    return plan_import(
        read_catalog_table(path, wanted.sheet),
        known,
        version=wanted.version,
        effective=wanted.day,
        title=wanted.title or known.base.title,
        source=wanted.source or path.name,
        same=wanted.same,
        office=office,
    )


def _show(desk: Desk, plan: Plan, before: Catalog, after: Catalog, office: Office | None) -> None:
    """What changes and how new proofs are read: the listing; the counts and the table's oddities: talk."""
    changes = diff(before, after)
    changed: dict[str, list[Change]] = {}
    for change in changes:
        changed.setdefault(change.item, []).append(change)
    rows = [_row(row, changed.get(row.id, [])) for row in plan.rows]
    rows += [
        {"change": "ended", "change_label": KINDS["ended"], "row": None, "id": item.id, "no": item.no,
         "matter": item.matter, "reading": None, "notes": [], "sure": True, "changes": []}
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
    part = f"{office.called} {len(plan.rows)} 项，其他单位照旧" if office else f"共 {len(plan.rows)} 项"
    desk.say(f"与 {before.version} 相比：{told}；{part}，{plan.effective} 起用")
    if len(plan.ended) * 2 > len(before.items):
        desk.say("取消的超过一半：表里如果只是一个单位的部分，请加 --dept 单位，其他单位的照旧")
    if plan.unsure:
        rows_told = row_ranges(row.no for row in plan.unsure)
        desk.say(f"下列序号的证明，并列、择一关系原文未写明，是工具的解读，请逐项核对：{rows_told}")


def _row(row: Planned, changes: list[Change]) -> dict[str, Any]:
    kind = "added" if row.new else ("changed" if changes else "same")
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
        "changes": [_told(change) for change in changes if change.field not in ("", "tree")],
    }


def _told(change: Change) -> str:
    """One changed cell in one line; its own lines apart by ／."""
    old, new = ("／".join((text or "（空）").splitlines()) for text in (change.old, change.new))
    return f"{FIELD_LABELS[change.field]}：{one_line(old)} → {one_line(new)}"


def _blocks(rows: list[dict[str, Any]]) -> Iterator[str]:
    """For a terminal: each new or changed row with the outline of its proofs; what ends in one line."""
    for row in rows:
        if row["change"] != "ended":
            place = f"（{row['id']}，表中第 {row['row']} 行）"
            yield f"\n{row['change_label']}  序号 {row['no']}  {one_line(row['matter'])}{place}\n"
            yield "".join(f"    {one_line(line)}\n" for line in row["reading"].splitlines())
            yield "".join(f"    ※ {one_line(note)}\n" for note in row["notes"])
            yield "".join(f"    {told}\n" for told in row["changes"])
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
