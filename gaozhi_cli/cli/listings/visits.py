"""What ``verify sheets`` lists and what dispatching and receiving say. Imports no typer."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gaozhi_cli.cli.context import Desk
from gaozhi_cli.domain.problem import UsageFault
from gaozhi_cli.domain.vocabulary import CheckState
from gaozhi_cli.rendering.formats import Column

if TYPE_CHECKING:
    from gaozhi_cli.domain.verification import Verification
    from gaozhi_cli.domain.visits import Dispatch, Visit
    from gaozhi_cli.storage.ledger import Ledger

SHEETS = (
    Column("id", "工作单"),
    Column("office", "单位代号", table=False),
    Column("office_called", "单位", machine=False),
    Column("assignee", "核查人"),
    Column("made_on", "派出日期"),
    Column("until_on", "交回期限"),
    Column("visits", "上门次数"),
    Column("checks", "核查"),
    Column("open", "没有结论"),
    Column("received_on", "收回日期"),
    Column("received_by", "收件人", table=False),
    Column("overdue", "已逾期"),
)
DISPATCHED = (
    Column("id", "工作单"),
    Column("office", "单位代号", table=False),
    Column("assignee", "核查人"),
    Column("made_on", "派出日期", table=False),
    Column("until_on", "交回期限"),
    Column("visits", "上门"),
    Column("checks", "核查", table=False),
    Column("files", "文件"),
    Column("next", "下一步"),
)
RECEIVED = (
    Column("id", "工作单"),
    Column("received_on", "收回日期"),
    Column("received_by", "收件人"),
    Column("open", "没有结论"),
    Column("next", "下一步"),
)


def sheets(desk: Desk, dept: str | None, assignee: str | None, overdue: bool, every: bool) -> None:
    """Work sheets in order of number: those out, or all; only overdue ones."""
    from gaozhi_cli.storage import visits

    office = desk.office(dept).code if dept is not None else None
    ledger = desk.read_ledger()
    if ledger is None:
        desk.show([], SHEETS)
        return

    def rows() -> Iterator[dict[str, Any]]:
        for sheet in visits.sheets(ledger, office=office, assignee=assignee, out=not every):
            row = sheet_row(desk, ledger, sheet)
            if row["overdue"] or not overdue:
                yield row

    desk.show(rows(), SHEETS)


def sheet_row(desk: Desk, ledger: Ledger, sheet: Dispatch) -> dict[str, Any]:
    """A sheet as a row of the listing."""
    from gaozhi_cli.storage.visits import checks_on

    checks = [check for visit in checks_on(ledger, sheet) for check in visit]
    mine = [check for check in checks if check.sheet == sheet.id]
    late = sheet.until_on is not None and sheet.until_on < desk.today.isoformat()
    return {
        **sheet._asdict(),
        "office_called": desk.called(sheet.office),
        "visits": str(sheet.visits),
        "checks": str(len(checks)),
        "open": str(sum(check.state == CheckState.PLANNED.value for check in mine)),
        "overdue": late and sheet.received_on is None,
    }


def sheet_shown(
    desk: Desk, sheet: Dispatch, visits: tuple[Visit, ...], files: tuple[Path, ...]
) -> dict[str, Any]:
    """A sheet that was handed out: its visits in words, without anything of a person."""
    return {
        "id": sheet.id,
        "office": sheet.office,
        "assignee": sheet.assignee,
        "made_on": sheet.made_on,
        "until_on": sheet.until_on,
        "visits": [
            f"第 {n} 处：{'、'.join(look.check.id for look in visit)}"
            for n, visit in enumerate(visits, start=1)
        ],
        "checks": [look.check.id for visit in visits for look in visit],
        "files": [str(path) for path in files],
        "next": f"交回后 gaozhi verify receive {sheet.id}；结论 gaozhi verify close --from {sheet.id}.xlsx",
    }


def received_shown(desk: Desk, sheet: Dispatch, waiting: Sequence[Verification]) -> dict[str, Any]:
    """A sheet that is back, and what it still asks for."""
    told = f"gaozhi verify close --from {sheet.id}.xlsx，或逐项 gaozhi verify close 核查号"
    return {
        "id": sheet.id,
        "received_on": sheet.received_on,
        "received_by": sheet.received_by,
        "open": [check.id for check in waiting],
        "next": told if waiting else "",
    }


def tell_nearby(desk: Desk, nearby: Sequence[Verification]) -> None:
    """Say which other visits the same people may get, so that they come together (避免烦企扰民)."""
    for check in nearby[:10]:
        if check.closed_on is not None:
            desk.say(f"提示：同一对象的 {check.id} 已于 {check.closed_on} 上门核查过，请看能否用那次的记录")
        else:
            who = f"，核查人 {check.assignee}" if check.assignee else "，还没有指定核查人"
            out = f"，在工作单 {check.sheet} 上" if check.sheet and check.received_on is None else ""
            desk.say(f"提示：同一对象另有现场核查 {check.id}{who}{out}，请尽量一次上门")
    if len(nearby) > 10:
        desk.say(f"提示：同一对象另有现场核查共 {len(nearby)} 项")


def last_day(desk: Desk, within: str) -> str:
    """The day that so many working days on are over."""
    from gaozhi_cli.domain.workdays import add_workdays
    from gaozhi_cli.storage.calendar import work_calendar

    return add_workdays(desk.today, days(within, "--within"), work_calendar(desk.catalog)).day.isoformat()


def days(text: str, flag: str) -> int:
    """A number of working days as typed. Raises UsageFault."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain.isdecimal() or len(plain) > 4:
        raise UsageFault(f"{flag} 应是工作日的天数，如 5")
    return int(plain)
