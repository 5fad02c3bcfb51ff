"""``gaozhi verify``: what has to be checked and by when, changing a date, closing with a finding."""

from typing import Annotated

import typer

from gaozhi_cli.cli import options
from gaozhi_cli.cli.commands import Command, WritingCommand, command_app, examples
from gaozhi_cli.cli.context import Desk, journal_words
from gaozhi_cli.cli.listings import verify as listings
from gaozhi_cli.cli.settings import iso_date
from gaozhi_cli.cli.stdin import file_digest, stdin_text
from gaozhi_cli.cli.verify_compare import EXAMPLES as COMPARE_EXAMPLES
from gaozhi_cli.cli.verify_compare import SOURCES_EXAMPLES, compare, sources
from gaozhi_cli.domain.problem import Refused, UsageFault
from gaozhi_cli.domain.verification import Verification
from gaozhi_cli.domain.vocabulary import Finding, labels, parse_word
from gaozhi_cli.rendering.formats import Column

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


TargetArgument = Annotated[
    str, typer.Argument(metavar="核查", help="核查号（RS-2026-00001-1），或只有一项时的编号")
]


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


app.command("compare", cls=WritingCommand, epilog=COMPARE_EXAMPLES)(compare)
app.command("sources", cls=Command, epilog=SOURCES_EXAMPLES)(sources)
