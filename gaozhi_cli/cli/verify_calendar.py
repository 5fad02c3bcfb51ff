"""``gaozhi verify calendar``: the dates of open checks as a file for the calendars of phones and desktops."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gaozhi_cli.cli import options
from gaozhi_cli.cli.commands import examples
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.listings import verify as listings
from gaozhi_cli.domain.problem import UsageFault
from gaozhi_cli.domain.vocabulary import Method

if TYPE_CHECKING:
    pass

CALENDAR_EXAMPLES = examples(
    "gaozhi verify calendar --out 核查期限.ics",
    "gaozhi verify calendar --assignee 李核查 --out 李核查.ics --yes",
)


def calendar(
    out: Annotated[str | None, typer.Option("--out", metavar="文件", help="写成哪个 .ics 文件")] = None,
    within: Annotated[
        str | None, typer.Option("--within", metavar="天数", help="这么多个工作日之内到期的（含已逾期）")
    ] = None,
    dept: options.Dept = None,
    method: options.Method = None,
    assignee: options.Assignee = None,
) -> None:
    """把待核查的期限写成日历文件（.ics），导入手机、电脑的日历；没有个人信息。"""
    from gaozhi_cli.rendering.ics import DueEvent, calendar_bytes

    desk = Desk.here()
    if out is None:
        raise UsageFault("缺少 --out 文件，如 --out 核查期限.ics")
    filters = listings.filters_of(desk, dept, method, assignee)
    until = listings.until_of(desk, within, overdue=False)
    ledger = desk.read_ledger()
    counted = 0

    def events() -> Iterator[DueEvent]:
        nonlocal counted
        if ledger is None:
            return
        where = ledger.id()
        for check in ledger.due(dated=True, until=until, **filters):
            counted += 1
            how, office = Method(check.method).label, desk.called(check.office)
            mark = "（暂定）" if check.provisional else ""
            yield DueEvent(
                uid=f"{check.id}@{where}.gaozhi",
                day=date.fromisoformat(check.due_on or ""),
                summary=f"{check.id} {how}：{check.proof_name}{mark}",
                description=f"{office}　{check.matter}\n期限的由来：{check.due_source or '未写明'}",
                categories=("核查", how, office),
                tentative=bool(check.provisional),
            )

    name = f"核查期限（{assignee}）" if assignee else "核查期限"
    desk.write_file(Path(out), calendar_bytes(events(), name=name, today=desk.today))
    told = listings.undated_words(ledger.undated(**filters)) if ledger is not None else ""
    desk.say(f"日历里有 {counted} 项核查期限" + (f"；没有日期的不在内：{told}" if told else ""))
