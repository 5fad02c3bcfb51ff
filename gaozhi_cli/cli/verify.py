"""``gaozhi verify``: what has to be checked and by when, changing a date, closing with a finding."""

from typing import Annotated

import typer

from gaozhi_cli.cli import options
from gaozhi_cli.cli import verify_close as closing
from gaozhi_cli.cli import verify_evidence as evidence
from gaozhi_cli.cli import verify_visits as visits
from gaozhi_cli.cli.commands import Command, WritingCommand, command_app, examples
from gaozhi_cli.cli.context import Desk, journal_words
from gaozhi_cli.cli.listings import verify as listings
from gaozhi_cli.cli.settings import iso_date
from gaozhi_cli.domain.problem import Refused, UsageFault
from gaozhi_cli.domain.verification import Verification

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


@app.command("schedule", cls=WritingCommand, epilog=examples(
    "gaozhi verify schedule RS-2026-00001 --due 2026-12-31 --assignee 李核查",
))  # fmt: skip
def schedule(
    targets: Annotated[
        list[str], typer.Argument(metavar="编号…", help="编号（其下全部待核查）或核查号，可列几个")
    ],
    due: Annotated[str | None, typer.Option("--due", metavar="日期", help="核查期限")] = None,
    assignee: options.Assignee = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="理由", help="改期须写明理由")] = None,
) -> None:
    """定下或改动核查期限、核查人。"""
    from gaozhi_cli.services.schedule_verification import schedule_faults, schedule_verification

    desk = Desk.here()
    if not due and not assignee:
        raise UsageFault("请写明 --due 日期 或 --assignee 姓名")
    day = iso_date(due, "--due") if due else None
    journal_words(reason, "理由", "reason")
    journal_words(assignee, "核查人", "assignee")
    found = tuple(dict.fromkeys(desk.target(target) for target in targets))
    ledger, occasion = desk.case_ledger(), desk.occasion
    several = found if len(found) > 1 else ()  # one target is checked by its own act
    problems = schedule_faults(several, ledger=ledger, due=day, reason=reason, today=desk.today)
    if problems:
        raise Refused(problems[0].message, tuple(problems))
    changed: dict[str, Verification] = {}
    for target in found:
        many = occasion.request_id is not None and len(found) > 1
        once = occasion._replace(request_id=f"{occasion.request_id}/{target}") if many else occasion
        done = schedule_verification(
            target,
            ledger=ledger,
            occasion=once,
            due=day,
            assignee=assignee,
            reason=reason,
        )
        desk.committed(f"{target} 的核查安排已改")
        changed |= {check.id: check for check in done}
    if desk.settings.dry_run:
        desk.say("试运行：以下没有写入")
    desk.show([listings.check_row(desk, check) for check in changed.values()], listings.DUE)


app.command("dispatch", cls=WritingCommand, epilog=visits.DISPATCH_EXAMPLES)(visits.dispatch)
app.command("sheets", cls=Command, epilog=visits.SHEETS_EXAMPLES)(visits.sheets)
app.command("receive", cls=WritingCommand, epilog=visits.RECEIVE_EXAMPLES)(visits.receive)
app.command("evidence", cls=WritingCommand, epilog=evidence.EXAMPLES)(evidence.evidence)
app.command("close", cls=WritingCommand, epilog=closing.EXAMPLES)(closing.close)
