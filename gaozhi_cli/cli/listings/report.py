"""What ``report coverage`` says: items without a 权责清单 entry, 领域, candidates for the next version."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gaozhi_cli.cli.context import Desk
from gaozhi_cli.domain.coverage import WEIGHTS, field_counts, orphans, ranked, score
from gaozhi_cli.domain.problem import UsageFault
from gaozhi_cli.rendering.formats import Column

PARTS = {"orphans": "无权责清单", "fields": "领域", "candidates": "候选"}
COVERAGE = (
    Column("part", "部分代码", table=False),
    Column("part_label", "部分"),
    Column("item", "事项", table=False),
    Column("no", "序号"),
    Column("office_name", "承办单位"),
    Column("matter", "行政事项名称"),
    Column("proof", "证明"),
    Column("field", "领域"),
    Column("items", "事项数"),
    Column("frequency", "年件数"),
    Column("difficulty", "难度"),
    Column("score", "频次×难度"),
    Column("rationale", "理由"),
)


def coverage(desk: Desk, part: str | None, dept: str | None) -> None:
    """All parts, or one of them, of all offices or one."""
    known = {**{label: key for key, label in PARTS.items()}, **{key: key for key in PARTS}}
    if part is not None and part not in known:
        raise UsageFault(f"--part 不认识“{part}”，可用：{'|'.join(PARTS.values())}")
    office = desk.office(dept).code if dept is not None else None
    wanted = known[part] if part is not None else None
    rows = [row for row in _rows(desk, office) if wanted in (None, row["part"])]
    if desk.settings.format == "table":
        for name, label in PARTS.items():
            some = [row for row in rows if row["part"] == name]
            if some and wanted is None:
                desk.write_text(f"{label}（{len(some)}）\n")
            if some:
                desk.show(some, [column for column in COVERAGE if any(row[column.key] for row in some)])
    else:
        desk.show(rows, COVERAGE)
    if wanted in (None, "candidates") and not any(row["part"] == "candidates" for row in rows):
        desk.say("没有候选事项；写在县里的 catalog/candidates.yaml 里，写法见 docs/catalog.md")


def _rows(desk: Desk, office: str | None) -> Iterator[dict[str, Any]]:
    from gaozhi_cli.storage.catalog_index import candidates

    catalog = desk.catalog
    for item in orphans(catalog, desk.today):
        if office in (None, item.office):
            told = {"item": item.id, "no": item.no, "matter": item.matter, "field": item.field or None}
            yield _row("orphans", office_name=catalog.office(item.office).name, **told)
    for count in field_counts(catalog, desk.today, office):
        yield _row("fields", field=count.name or "（未填领域）", items=count.items)
    for each in ranked(candidates(desk.home)):
        if office in (None, each.office):
            yield _row(
                "candidates",
                office_name=catalog.office(each.office).name,
                matter=each.matter,
                proof=each.proof,
                field=each.field or None,
                frequency=each.frequency.cases,
                difficulty=f"{each.difficulty.level.label}（×{WEIGHTS[each.difficulty.level]}）",
                score=score(each),
                rationale=each.rationale or None,
            )


def _row(part: str, **values: Any) -> dict[str, Any]:
    row: dict[str, Any] = {column.key: None for column in COVERAGE}
    return row | {"part": part, "part_label": PARTS[part]} | values
