"""What ``catalog export`` and ``catalog guide`` write: the 清单 as printed or wide, the 办事指南 parts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.registered_versions import all_there
from gaozhi_cli.domain.catalog import Catalog, Item, in_force
from gaozhi_cli.domain.cells import cells_of, printed_cells
from gaozhi_cli.domain.problem import NotFound, NotReady, UsageFault, os_reason
from gaozhi_cli.domain.versions import COLUMNS, HOW_TO_FILL
from gaozhi_cli.rendering.formats import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

ENDINGS = (".docx", ".xlsx", ".csv")
GUIDES = (
    Column("item", "事项"),
    Column("no", "序号"),
    Column("matter", "行政事项名称"),
    Column("docx", "docx"),
    Column("md", "md"),
    Column("missing", "未填写、须核对"),
)


def export(desk: Desk, *, wide: bool, version: str | None, dept: str | None) -> None:
    """The 清单 in the printed layout of 附件1, or with all columns; without -o as csv on stdout."""
    catalog, items = _chosen(desk, version, dept, coming=wide)
    output = desk.settings.output
    if desk.settings.format_said not in (None, "csv") or (
        output and desk.settings.format_said == "csv" and output.suffix.lower() != ".csv"
    ):
        raise UsageFault("清单的格式由 -o 的后缀定：.docx、.xlsx 或 .csv；不写 -o 就是 csv")
    ending = output.suffix.lower() if output is not None else ".csv"
    if ending not in ENDINGS:
        raise UsageFault(f"清单可以写成 {'、'.join(ENDINGS)}，不能写成“{ending}”")
    if wide and ending == ".docx":
        raise UsageFault("全部栏目（--wide）写成 .xlsx 或 .csv；docx 只有附件1 的五栏")
    data = _wide(catalog, items, ending) if wide else _printed(catalog, items, ending)
    if output is not None:
        desk.write_file(output, data)
    else:
        desk.write_bytes(data)


def _chosen(
    desk: Desk, version: str | None, dept: str | None, *, coming: bool = False
) -> tuple[Catalog, list[Item]]:
    """The version asked for with all its items, else today's with those in force (and ``coming``)."""
    catalog = desk.catalog
    if version is None:
        all_there(desk)
    else:
        from gaozhi_cli.storage.catalog_index import open_version

        found = open_version(desk.home, version)
        if found is None:
            raise NotFound(f"没有清单版本“{version}”（gaozhi catalog versions 可查）")
        catalog = found

    def wanted(item: Item) -> bool:
        later = coming and item.valid_from is not None and item.valid_from > desk.today
        return version is not None or later or in_force(item, catalog, desk.today)

    items = [item for item in catalog.items if wanted(item)]
    if dept is not None:
        office = desk.office(dept)
        items = [item for item in items if item.office == office.code]
    return catalog, items


def _printed(catalog: Catalog, items: Sequence[Item], ending: str) -> bytes:
    from gaozhi_cli.rendering import catalog_sheet

    write = {
        ".docx": catalog_sheet.printed_docx,
        ".xlsx": catalog_sheet.printed_xlsx,
        ".csv": catalog_sheet.printed_csv,
    }[ending]
    return write(catalog.title, [printed_cells(item, catalog) for item in items])


def _wide(catalog: Catalog, items: Sequence[Item], ending: str) -> bytes:
    from gaozhi_cli.rendering.catalog_sheet import wide_csv, wide_xlsx

    headings = list(COLUMNS.values())
    rows = [[cells[key] for key in COLUMNS] for cells in (cells_of(item, catalog) for item in items)]
    if ending == ".csv":
        return wide_csv(headings, rows)
    return wide_xlsx("", headings, rows, [(COLUMNS[key], how) for key, how in HOW_TO_FILL.items()])


def guides(desk: Desk, *, item: str | None, everything: bool, dept: str | None, out: str | None) -> None:
    """The 告知承诺 part of the 办事指南 of one item, of an office's or of all, as docx and md."""
    from gaozhi_cli.domain.guide import guide
    from gaozhi_cli.rendering.guide import guide_docx, guide_md

    if (item is None) == (not everything and dept is None):
        raise UsageFault("写明一个事项，或者用 --all（全部）、--dept（一个单位的）")
    if out is None:
        raise UsageFault("缺少 --out：写明办事指南写到哪个目录")
    if item is not None:
        all_there(desk)
        items = [desk.item(item)]
    else:
        _, items = _chosen(desk, None, dept)
    folder, template, rows = Path(out), desk.template("guide.docx"), []
    overtaken = _overtaken(desk)
    if not desk.settings.dry_run:
        _folder(folder)
    for each in items:
        told = guide(each, desk.catalog, desk.today)
        files = {
            "docx": (folder / f"{each.id}.docx", guide_docx(told, template)),
            "md": (folder / f"{each.id}.md", guide_md(told).encode()),
        }
        for path, data in files.values():
            if not desk.settings.dry_run:
                desk.write_file(path, data, quietly=True)
        missing = [*overtaken.get(each.id, ()), *(problem.message for problem in told.missing)]
        paths = {name: str(path) for name, (path, _) in files.items()}
        rows.append({"item": each.id, "no": each.no, "matter": each.matter, **paths, "missing": missing})
    desk.show(rows, GUIDES)
    gaps = sum(bool(row["missing"]) for row in rows)
    desk.say(
        f"已写 {len(rows)} 个事项的办事指南到 {folder}"
        + (f"；其中 {gaps} 个有本机关尚未填写的内容" if gaps else "")
    )


def _overtaken(desk: Desk) -> dict[str, list[str]]:
    """What the lint says of law that has moved on, by item: a guide must not order what no longer exists."""
    from gaozhi_cli.domain.lint.rules import check
    from gaozhi_cli.storage.catalog_index import open_book

    told: dict[str, list[str]] = {}
    for finding in check(desk.catalog, open_book(desk.home), desk.today):
        if finding.rule == "overtaken" and not finding.waived:
            told.setdefault(finding.item, []).append(finding.message)
    return told


def _folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotReady(f"不能用目录 {folder}（{os_reason(error)}）") from None
