"""``gaozhi verify``: what has to be checked and by when, changing a date, closing with a finding."""

from typing import Annotated

import typer

from gaozhi_cli.cli import options
from gaozhi_cli.cli import verify_calendar as ics
from gaozhi_cli.cli import verify_clock as clock
from gaozhi_cli.cli import verify_recompute as recomputing
from gaozhi_cli.cli import verify_schedule as scheduling
from gaozhi_cli.cli.commands import Command, WritingCommand, command_app, examples
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.listings import verify as listings
from gaozhi_cli.cli.stdin import file_digest, stdin_text
from gaozhi_cli.domain.problem import UsageFault
from gaozhi_cli.domain.vocabulary import Finding, labels, parse_word
from gaozhi_cli.rendering.formats import Column

app = command_app("核查：到期、改期、结论")


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


CLOSE = (
    Column("id", "核查"),
    Column("finding", "结论", table=False),
    Column("finding_label", "结论"),
    Column("next", "下一步"),
)


@app.command("close", cls=WritingCommand, epilog=examples(
    "gaozhi verify close RS-2026-00001-1 --finding 属实 --evidence 现场核对原件",
))  # fmt: skip
def close(
    target: TargetArgument,
    finding: Annotated[
        str | None, typer.Option("--finding", metavar="结论", help="属实|不实|未履行|无法核实")
    ] = None,
    evidence: Annotated[
        str | None, typer.Option("--evidence", metavar="凭据", help="怎样核查、看到什么；- 从标准输入读")
    ] = None,
    file: Annotated[str | None, typer.Option("--file", metavar="文件", help="凭据文件，记其摘要")] = None,
) -> None:
    """下核查结论。"""
    from gaozhi_cli.services.close_verification import close_verification

    desk = Desk.here()
    missing = [flag for flag, value in (("--finding", finding), ("--evidence", evidence)) if not value]
    if missing:
        raise UsageFault(f"核查结论须写明 {'、'.join(missing)}")
    word = parse_word(Finding, finding or "")
    word = None if word is Finding.LAPSED else word
    if word is None:
        raise UsageFault(
            f"--finding 不认识“{finding}”，可用：{labels(Finding).removesuffix(f'|{Finding.LAPSED.label}')}"
        )
    text = stdin_text("--evidence") if evidence == "-" else evidence or ""
    digest = file_digest(file, "凭据文件") if file else None
    plain = desk.target(target)
    ledger = desk.case_ledger()
    done = close_verification(
        plain, ledger=ledger, occasion=desk.occasion, finding=word, evidence=text, file_sha256=digest
    )
    if desk.settings.dry_run:
        desk.say("试运行：以下没有写入")
    row = {
        "id": done.id,
        "finding": done.finding.value,
        "finding_label": done.finding.label,
        "next": list(done.next),
    }
    desk.show_one(row, CLOSE)
