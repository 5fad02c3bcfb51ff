"""``gaozhi verify``: what has to be checked and by when, changing a date, closing with a finding."""

from typing import Annotated

import typer

from gaozhi_cli.cli import options
from gaozhi_cli.cli import verify_calendar as ics
from gaozhi_cli.cli import verify_clock as clock
from gaozhi_cli.cli import verify_close as closing
from gaozhi_cli.cli import verify_evidence as evidence
from gaozhi_cli.cli import verify_recompute as recomputing
from gaozhi_cli.cli import verify_schedule as scheduling
from gaozhi_cli.cli import verify_visits as visits
from gaozhi_cli.cli.commands import Command, WritingCommand, command_app, examples
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.listings import verify as listings
from gaozhi_cli.cli.verify_compare import EXAMPLES as COMPARE_EXAMPLES
from gaozhi_cli.cli.verify_compare import SOURCES_EXAMPLES, compare, sources

app = command_app("核查：到期、改期、在线比对、结论")


@app.command("due", cls=Command, epilog=examples(
    "gaozhi verify due", "gaozhi verify due --within 5 --dept 人社局",
    "gaozhi verify due --overdue --exit-code",
))  # fmt: skip
def due(
    within: Annotated[
        str | None, typer.Option("--within", metavar="天数", help="这么多个工作日之内到期的（含已逾期）")
    ] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="只列已逾期的")] = False,
    dept: options.Dept = None,
    method: options.Method = None,
    assignee: options.Assignee = None,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="有逾期的退出码为 5")] = False,
) -> None:
    """待核查的事项，最早到期的在前，未定期限的在后。"""
    code = listings.due(Desk.here(), within, overdue, dept, method, assignee, exit_code)
    raise typer.Exit(code)


@app.command("show", cls=Command, epilog=examples("gaozhi verify show RS-2026-00001-1"))
def show(target: clock.Target) -> None:
    """一项核查：查什么、怎么查、为什么是这个期限、结论。"""
    listings.show(Desk.here(), target)


app.command("calendar", cls=Command, epilog=ics.CALENDAR_EXAMPLES)(ics.calendar)


TargetArgument = Annotated[
    str, typer.Argument(metavar="核查", help="核查号（RS-2026-00001-1），或只有一项时的编号")
]


app.command("schedule", cls=WritingCommand, epilog=scheduling.SCHEDULE_EXAMPLES)(scheduling.schedule)
app.command("assign", cls=WritingCommand, epilog=scheduling.ASSIGN_EXAMPLES)(scheduling.assign)
app.command("recompute", cls=WritingCommand, epilog=recomputing.RECOMPUTE_EXAMPLES)(recomputing.recompute)
app.command("pause", cls=WritingCommand, epilog=clock.PAUSE_EXAMPLES)(clock.pause)
app.command("resume", cls=WritingCommand, epilog=clock.RESUME_EXAMPLES)(clock.resume)
app.command("extend", cls=WritingCommand, epilog=clock.EXTEND_EXAMPLES)(clock.extend)


app.command("dispatch", cls=WritingCommand, epilog=visits.DISPATCH_EXAMPLES)(visits.dispatch)
app.command("sheets", cls=Command, epilog=visits.SHEETS_EXAMPLES)(visits.sheets)
app.command("receive", cls=WritingCommand, epilog=visits.RECEIVE_EXAMPLES)(visits.receive)
app.command("evidence", cls=WritingCommand, epilog=evidence.EXAMPLES)(evidence.evidence)
app.command("close", cls=WritingCommand, epilog=closing.EXAMPLES)(closing.close)
app.command("compare", cls=WritingCommand, epilog=COMPARE_EXAMPLES)(compare)
app.command("sources", cls=Command, epilog=SOURCES_EXAMPLES)(sources)
