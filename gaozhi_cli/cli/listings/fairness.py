"""What ``report fairness`` says: inspection rates of both tracks, exempt cases outside every pool."""

from __future__ import annotations

from typing import Any

from gaozhi_cli.cli.context import Desk
from gaozhi_cli.domain.fairness import Looked, caution, difference
from gaozhi_cli.domain.problem import UsageFault
from gaozhi_cli.rendering.formats import Column, one_line
from gaozhi_cli.storage.fairness import Counts

BY = {"item": "事项", "office": "单位", "risk": "风险等级", "all": "全部"}
FAIRNESS = (
    Column("class", "类别代码", table=False),
    Column("label", "类别"),
    Column("commitment_cases", "承诺件数"),
    Column("commitment_inspected", "承诺被检查"),
    Column("commitment_rate", "比例", table=False),
    Column("commitment_percent", "承诺比例", machine=False),
    Column("ordinary_cases", "一般件数"),
    Column("ordinary_inspected", "一般被检查"),
    Column("ordinary_rate", "比例", table=False),
    Column("ordinary_percent", "一般比例", machine=False),
    Column("difference", "相差", table=False),
    Column("low", "相差下限", table=False),
    Column("high", "相差上限", table=False),
    Column("exempt_cases", "免于核查"),
    Column("outside_pool", "不在名单"),
    Column("waiting", "待入名单"),
    Column("caution", "提示"),
)


def fairness(
    desk: Desk, by: str | None, since: str | None, until: str | None, dept: str | None, exit_code: bool
) -> int:
    """The rates by class; 5 when asked to and an exempt case stands outside the pools."""
    from gaozhi_cli.storage.draws import draws
    from gaozhi_cli.storage.fairness import counts_by_item

    known = {**{label: key for key, label in BY.items()}, **{key: key for key in BY}}
    if by is not None and by not in known:
        raise UsageFault(f"--by 不认识“{one_line(by)}”，可用：{'|'.join(BY.values())}")
    office = desk.office(dept).code if dept is not None else None
    ledger = desk.read_ledger()
    if ledger is None:
        desk.show([], FAIRNESS)
        return 0
    found = counts_by_item(ledger, draws(ledger), since, until, office)
    classes: dict[tuple[str, str], list[Counts]] = {}
    for item, counts in found.items():
        classes.setdefault(_class(desk, known[by or "item"], item), []).append(counts)
    rows = [_row(key, _sum(counts)) for key, counts in sorted(classes.items())]
    desk.show(rows, FAIRNESS)
    outside = sum(row["outside_pool"] for row in rows)
    if outside:
        desk.say(f"提示：有 {outside} 件免于核查的承诺没有进入过抽查名单，下次 gaozhi draw plan 请不限定范围")
    return 5 if exit_code and outside else 0


def _class(desk: Desk, by: str, item: str) -> tuple[str, str]:
    """The code and the label of the class that an item belongs to."""
    found = desk.catalog.item(item)
    if by == "item":
        return item, found.matter if found is not None else item
    if by == "office":
        code = found.office if found is not None else item.partition("-")[0].upper()
        return code, desk.called(code)
    if by == "risk":
        risk = found.risk if found is not None else None
        return (risk.level.value, risk.level.label) if risk is not None else ("", "未定风险等级")
    return "all", "全部"


def _sum(counts: list[Counts]) -> Counts:
    def both(some: list[Looked]) -> Looked:
        return Looked(sum(one.cases for one in some), sum(one.inspected for one in some))

    return Counts(
        both([c.promised for c in counts]), both([c.ordinary for c in counts]),
        sum(c.exempt for c in counts), sum(c.outside for c in counts), sum(c.waiting for c in counts),
    )  # fmt: skip


def _row(key: tuple[str, str], counts: Counts) -> dict[str, Any]:
    gap = difference(counts.promised, counts.ordinary)
    return {
        "class": key[0],
        "label": key[1],
        "commitment_cases": counts.promised.cases,
        "commitment_inspected": counts.promised.inspected,
        "commitment_rate": _rounded(counts.promised.rate),
        "commitment_percent": _percent(counts.promised.rate),
        "ordinary_cases": counts.ordinary.cases,
        "ordinary_inspected": counts.ordinary.inspected,
        "ordinary_rate": _rounded(counts.ordinary.rate),
        "ordinary_percent": _percent(counts.ordinary.rate),
        **dict(zip(("difference", "low", "high"), map(_rounded, gap or (None,) * 3), strict=True)),
        "exempt_cases": counts.exempt,
        "outside_pool": counts.outside,
        "waiting": counts.waiting,
        "caution": caution(counts.promised, counts.ordinary),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{value * 100:.1f}%"
