"""What ``catalog check`` says: the findings of the lint, or how ready each office is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.registered_versions import tell_left_out
from gaozhi_cli.domain.lint.book import Book, Finding
from gaozhi_cli.domain.lint.words import cited
from gaozhi_cli.domain.problem import UsageFault
from gaozhi_cli.domain.readiness import GAPS, SHORT, readiness
from gaozhi_cli.domain.vocabulary import Severity, labels, parse_word
from gaozhi_cli.rendering.formats import Column, one_line

FINDINGS = (
    Column("severity", "程度代码", table=False),
    Column("severity_label", "程度"),
    Column("rule", "规则"),
    Column("title", "规则名称"),
    Column("item", "事项", table=False),
    Column("no", "序号"),
    Column("office", "单位代号", table=False),
    Column("proof", "证明", table=False),
    Column("words", "词句"),
    Column("message", "说明"),
    Column("way_out", "出路"),
    Column("clause", "依据"),
    Column("waiver", "豁免"),
    Column("waived", "已豁免", table=False),
)
READY = (
    Column("office", "单位代号", table=False),
    Column("office_name", "承办单位"),
    Column("items", "事项数"),
    Column("ready", "齐备"),
    *(Column(code, label) for code, label in GAPS.items()),
)
REFUSED = 5
MISSING = "missing-"  # rules that say the same of nearly every item of a new 清单


def check(desk: Desk, *, ready: bool, dept: str | None, rule: str | None, severity: str | None) -> int:
    """Findings of the day's version; 5 where an unwaived error is left."""
    office = desk.office(dept).code if dept is not None else None
    if ready:
        if rule is not None or severity is not None:
            raise UsageFault("--ready 按单位汇总，不与 --rule、--severity 同用")
        _ready(desk, office)
        desk.tell_unread()
        return 0
    from gaozhi_cli.domain.lint.rules import RULES, check
    from gaozhi_cli.storage.catalog_index import open_book

    wanted = parse_word(Severity, severity) if severity else None
    if severity and wanted is None:
        raise UsageFault(f"--severity 不认识“{severity}”，可用：{labels(Severity)}")
    titles = {each.id: each.title for each in RULES}
    if rule is not None and rule not in titles:
        raise UsageFault(f"--rule 没有规则“{rule}”，可用：{'|'.join(titles)}")
    book = open_book(desk.home)
    found = check(desk.catalog, book, desk.today)
    shown = [
        finding
        for finding in found
        if office in (None, finding.office)
        and rule in (None, finding.rule)
        and wanted in (None, finding.severity)
    ]
    rows = _grouped(shown) if desk.settings.format == "table" else map(_row, shown)
    told = (row | {"title": titles[row["rule"]]} for row in rows)
    if desk.settings.format == "table" and desk.on_terminal:
        desk.write_text("".join(_blocks(told)))
    else:
        desk.show(told, FINDINGS)
    _sum_up(desk, shown, book)
    desk.tell_unread()
    tell_left_out(desk)
    left = [f for f in shown if f.severity is Severity.ERROR and not f.waived]
    return REFUSED if left else 0


def _sum_up(desk: Desk, found: list[Finding], book: Book) -> None:
    counts = [
        f"{severity.label} {sum(f.severity is severity and not f.waived for f in found)}"
        for severity in Severity
    ]
    waived, proposed = sum(f.waived for f in found), sum(bool(f.waiver) and not f.waived for f in found)
    desk.say(f"共 {len(found)} 条：{'、'.join(counts)}；已豁免 {waived}")
    if desk.settings.format == "table":
        used = {finding.waiver: finding.waived for finding in found if finding.waiver}
        for waiver in book.waivers:
            if waiver.id in used:
                told = "已确认" if used[waiver.id] else "待确认"
                law = f"；{cited(waiver.citation)}：“{waiver.citation.text}”" if waiver.citation else ""
                desk.say(f"豁免 {waiver.id}（{told}）：{waiver.reason}{law}")
    if proposed:
        desk.say(
            f"其中 {proposed} 条有建议的豁免（待本县确认），确认写在县里的 catalog/waivers.yaml，"
            "写法见 docs/catalog.md"
        )


def _row(finding: Finding) -> dict[str, Any]:
    return finding._asdict() | {
        "severity": finding.severity.value,
        "severity_label": finding.severity.label,
        "proof": finding.proof or None,
        "waiver": finding.waiver or None,
    }


def _grouped(found: list[Finding]) -> Iterator[dict[str, Any]]:
    """For people: findings that say the same of several rows in one line, with the rows together."""
    groups: dict[tuple[Any, ...], list[Finding]] = {}
    for finding in found:
        said = () if finding.rule.startswith(MISSING) else (finding.message, finding.way_out)
        key = (finding.severity, finding.rule, *said, finding.waiver, finding.waived)
        groups.setdefault(key, []).append(finding)
    for same in groups.values():
        first = same[0]
        if len(same) > 1 and first.rule.startswith(MISSING):
            first = first._replace(words="", message=f"{len(same)} 个事项，见 catalog show")
        words = "、".join(dict.fromkeys(f.words for f in same)) if first.words else ""
        waiver = f"{first.waiver}（{'已确认' if first.waived else '待确认'}）" if first.waiver else ""
        yield _row(first) | {
            "no": row_ranges(f.no for f in same),
            "words": words,
            "waiver": waiver,
        }


def _blocks(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """For a terminal: a heading with the way out for each rule, its findings under it."""
    heading = way_out = None
    for row in rows:
        if heading != (row["severity"], row["rule"]):
            heading, way_out = (row["severity"], row["rule"]), None
            yield f"\n{row['severity_label']}  {row['title']}（{row['rule']}）  {row['clause']}\n"
        if way_out != row["way_out"]:
            way_out = row["way_out"]
            yield f"    出路：{way_out}\n"
        waiver = f"  豁免 {row['waiver']}" if row["waiver"] else ""
        yield f"  第 {row['no']} 行  {one_line(row['message'])}{waiver}\n"


def row_ranges(numbers: Iterable[str]) -> str:
    """Row numbers in one cell: 1–3、5."""
    rows = list(dict.fromkeys(numbers))
    runs: list[list[str]] = []
    for row in rows:
        if runs and row.isdecimal() and runs[-1][-1].isdecimal() and int(row) == int(runs[-1][-1]) + 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    return "、".join(run[0] if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def _ready(desk: Desk, office: str | None) -> None:
    rows = readiness(desk.catalog, desk.today, office)
    plain = desk.settings.format == "table"
    told = (
        {
            "office": row.office.code,
            "office_name": row.office.called if plain else row.office.name,
            "items": row.items,
            "ready": row.ready,
            **row.gaps,
        }
        for row in rows
    )
    narrow = [column._replace(heading=SHORT.get(column.key, column.heading)) for column in READY]
    desk.show(told, narrow if desk.on_terminal else READY)
    whole, ready = sum(r.items for r in rows), sum(r.ready for r in rows)
    desk.say(f"{whole} 个事项，内容齐备的 {ready} 个；各栏是缺这一项的事项数，catalog show 序号 逐项列出")
