"""What ``catalog versions`` and ``catalog diff`` say, and a version read from a file for comparing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.registered_versions import imports_of, tell_left_out
from gaozhi_cli.domain.catalog import Catalog
from gaozhi_cli.domain.problem import NotFound
from gaozhi_cli.domain.versions import FIELD_LABELS, Change, diff
from gaozhi_cli.rendering.formats import Column

VERSIONS = (
    Column("version", "版本"),
    Column("effective", "起用日期"),
    Column("until", "至"),
    Column("current", "当日适用"),
    Column("title", "名称"),
    Column("source", "来源"),
    Column("folder", "存放", table=False),
    Column("journalled", "与登记"),
)
DIFF = (
    Column("change", "变化代码", table=False),
    Column("change_label", "变化"),
    Column("item", "事项"),
    Column("no", "序号"),
    Column("office_name", "承办单位"),
    Column("matter", "行政事项名称"),
    Column("field", "栏目代码", table=False),
    Column("field_label", "栏目"),
    Column("old", "原"),
    Column("new", "新"),
)
WIDTHS_MM = (14, 18, 14, 40, 45, 24, 51, 51)


def list_versions(desk: Desk) -> None:
    """Every version with its days; for an imported one whether its files are as they were journalled."""
    from gaozhi_cli.storage.catalog_index import begun, versions

    heads = versions(desk.home)
    current = begun(heads, desk.today)[-1]
    known = imports_of(desk)
    rows = [
        {
            "version": head.version,
            "effective": head.effective.isoformat(),
            "until": head.until.isoformat() if head.until else None,
            "current": head is current,
            "title": head.title,
            "source": head.source,
            "folder": f"catalog/versions/{head.folder}" if head.folder else "catalog",
            "journalled": _journalled(desk, known.get(head.version), head.folder),
        }
        for head in heads
    ]
    there = {head.version for head in heads}
    rows += [
        {"version": version, "effective": facts.get("effective"), "until": None, "current": False,
         "title": None, "source": None, "folder": None, "journalled": LOST}
        for version, facts in known.items() if version not in there and not facts.get("withdrawn")
    ]  # fmt: skip
    desk.show(rows, VERSIONS)
    desk.tell_unread()
    tell_left_out(desk)


LOST = "登记过，文件不见了：请从备份放回，或者用原来那份表重新导入"


def _journalled(desk: Desk, facts: dict[str, Any] | None, folder: str) -> str | None:
    """Whether an imported version's files are as the journal has them; None for the first version."""
    if not folder:
        return None
    if facts is None:
        return "未登记"
    if facts.get("withdrawn"):
        return "已撤销，文件还在：请再运行一次 gaozhi catalog withdraw"
    from gaozhi_cli.storage.version_files import folder_digest

    same = facts.get("files") == folder_digest(desk.home.catalog / "versions" / folder)
    return "一致" if same else "不一致：文件被改动过"


def show_diff(desk: Desk, before: str, after: str) -> None:
    """What changed from one version to another, cell by cell; -o 差异.docx writes a Word table."""
    old, new = _versions(desk, before, after)
    changes = diff(old, new)
    rows = [_row(change) for change in changes]
    output = desk.settings.output
    if desk.settings.format == "docx" and output is not None:
        from gaozhi_cli.rendering.table_docx import table_docx

        headings = [column.heading for column in DIFF if column.table]
        keys = [column.key for column in DIFF if column.table]
        cells = [[str(row[key] or "") for key in keys] for row in rows]
        days = [f"{each.version}（{each.effective} 起用）" for each in (old, new)]
        intro = (f"{days[0]} 与 {days[1]} 相比：{_counts(rows)}",)
        desk.write_file(
            output, table_docx("证明事项告知承诺制清单改动对照", intro, headings, cells, WIDTHS_MM)
        )
    else:
        plain = desk.settings.format in ("table", "tsv")
        desk.show((_one_lined(row) if plain else row for row in rows), DIFF)
    desk.say(_counts(rows))


def _counts(rows: list[dict[str, Any]]) -> str:
    def number(kind: str) -> int:
        return len({row["item"] for row in rows if row["change"] == kind})

    if not rows:
        return "两个版本没有差别"
    return f"新增 {number('added')} 项、取消 {number('removed')} 项、改动 {number('changed')} 项"


def _one_lined(row: dict[str, Any]) -> dict[str, Any]:
    """A cell's lines in one, where a line break cannot be shown."""
    lines = {
        key: " ／ ".join(map(str.strip, (row[key] or "").splitlines())) or None for key in ("old", "new")
    }
    return row | lines


def _row(change: Change) -> dict[str, Any]:
    return {
        "change": change.change.value,
        "change_label": change.change.label,
        "item": change.item,
        "no": change.no,
        "office_name": change.office,
        "matter": change.matter,
        "field": change.field or None,
        "field_label": FIELD_LABELS[change.field],
        "old": change.old or None,
        "new": change.new or None,
    }


def _versions(desk: Desk, before: str, after: str) -> tuple[Catalog, Catalog]:
    """Two versions by name, or tables in files, which are read against the version beside them."""
    found = [None if _is_file(name) else _version(desk, name) for name in (before, after)]
    from gaozhi_cli.cli.catalog_import import file_as_version

    base = next((catalog for catalog in found if catalog is not None), desk.catalog)
    old, new = (
        catalog or file_as_version(desk, Path(name), base)
        for name, catalog in zip((before, after), found, strict=True)
    )
    return old, new


def _is_file(name: str) -> bool:
    return bool(Path(name).suffix) and Path(name).is_file()


def _version(desk: Desk, name: str) -> Catalog:
    """A version by its name. Raises NotFound with those there are."""
    from gaozhi_cli.storage.catalog_index import open_version, versions

    found = open_version(desk.home, name)
    if found is None:
        known = "、".join(head.version for head in versions(desk.home))
        raise NotFound(f"没有清单版本“{name}”，也没有这个文件；现有版本：{known}（gaozhi catalog versions）")
    return found
