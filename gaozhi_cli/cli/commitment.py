"""``gaozhi commitment``: list, show, history, and the steps of 规程四 (side steps: commitment_steps)."""

from typing import Annotated

import typer

from gaozhi_cli.cli import commitment_steps as steps
from gaozhi_cli.cli import options
from gaozhi_cli.cli.commands import Command, WritingCommand, command_app, examples
from gaozhi_cli.cli.context import Desk, journal_words
from gaozhi_cli.cli.listings import case_words
from gaozhi_cli.cli.listings import commitment as listings
from gaozhi_cli.cli.settings import iso_date
from gaozhi_cli.cli.steps_shown import tell_notices, tell_step
from gaozhi_cli.domain.vocabulary import CommitmentStatus, labels

app = command_app("承诺：审查、签署、补正、受理、不予适用、撤回、办结、送达、查询")


@app.command("list", cls=Command, epilog=examples(
    "gaozhi commitment list --dept 人社局 --status 已受理",
    "gaozhi commitment list --since 2026-01-01 --format csv",
    "gaozhi commitment list --limit 50 --after RS-2026-00050",
))  # fmt: skip
def list_commitments(
    dept: options.Dept = None,
    status: Annotated[
        str | None, typer.Option("--status", metavar="状态", help=labels(CommitmentStatus))
    ] = None,
    since: options.Since = None,
    until: options.Until = None,
    search: Annotated[
        str | None, typer.Option("--search", metavar="字词", help="编号或事项名称里的字词")
    ] = None,
    subject: Annotated[
        str | None, typer.Option("--subject", metavar="申请人", help="完整的姓名、名称或号码；- 从标准输入读")
    ] = None,
    limit: Annotated[str | None, typer.Option("--limit", metavar="件数", help="最多列出这么多件")] = None,
    after: Annotated[
        str | None, typer.Option("--after", metavar="编号", help="从这个编号之后列起（上一页的最后一个）")
    ] = None,
) -> None:
    """按编号的次序列出承诺，姓名已遮蔽。"""

    listings.list_commitments(Desk.here(), dept, status, since, until, search, subject, limit, after)


@app.command("show", cls=Command, epilog=examples("gaozhi commitment show RS-2026-00001"))
def show_commitment(
    number: options.Number,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="显示个人信息全文（记入流水，须写明 --reason）")
    ] = False,
    reason: Annotated[str | None, typer.Option("--reason", metavar="理由", help="为什么要看")] = None,
) -> None:
    """一件承诺的现状，个人信息已遮蔽。"""
    listings.show_commitment(Desk.here(), number, reveal, reason)


@app.command("history", cls=Command, epilog=examples("gaozhi commitment history RS-2026-00001"))
def history(number: options.Number) -> None:
    """一件承诺的经过：谁、何时、做了什么。"""
    from gaozhi_cli.cli.listings.history import history as show_history

    show_history(Desk.here(), number)


app.command("check", cls=WritingCommand, epilog=steps.CHECK_EXAMPLES)(steps.check)
app.command("supplement", cls=WritingCommand, epilog=steps.SUPPLEMENT_EXAMPLES)(steps.supplement)


@app.command("sign", cls=WritingCommand, epilog=examples("gaozhi commitment sign RS-2026-00001"))
def sign(
    number: options.Number,
    scan: Annotated[
        str | None, typer.Option("--scan", metavar="文件", help="签章后原件的扫描件，只登记摘要")
    ] = None,
) -> None:
    """申请人已签字盖章，原件已收。"""
    from gaozhi_cli.cli.stdin import file_digest
    from gaozhi_cli.domain.letter import REMINDERS
    from gaozhi_cli.services.sign_commitment import sign_commitment

    desk = Desk.here()
    plain = desk.number(number)
    digest = file_digest(scan, "扫描件") if scan else None
    ledger = desk.case_ledger()
    case = ledger.case(plain)
    desk.tell_ended(case.item, case.matter)
    done = sign_commitment(plain, ledger=ledger, occasion=desk.occasion, scan_sha256=digest)
    desk.committed(f"{plain} 已签署")
    blanks = tuple(code for code in done.warnings if code not in REMINDERS)
    if blanks:
        desk.say(
            f"提示：这份告知承诺书有单位缺项，请在纸面上补齐：{'、'.join(case_words.gap_labels(blanks))}"
        )
    tell_notices(desk, ledger, plain)
    tell_step(desk, plain, done.status, warnings=list(done.warnings))


@app.command("accept", cls=WritingCommand, epilog=examples(
    "gaozhi commitment accept RS-2026-00001",
    "gaozhi commitment accept RS-2026-00001 --due 2026-12-31 --assignee 李核查",
))  # fmt: skip
def accept(
    number: options.Number,
    due: Annotated[
        str | None, typer.Option("--due", metavar="日期", help="核查期限；不写则按清单里的期限")
    ] = None,
    assignee: options.Assignee = None,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="理由", help="期限晚于清单规定时须写明")
    ] = None,
) -> None:
    """受理：凭承诺办理，并安排核查。"""
    from gaozhi_cli.services.accept_commitment import accept_commitment
    from gaozhi_cli.storage.calendar import work_calendar

    desk = Desk.here()
    plain, day = desk.number(number), iso_date(due, "--due") if due else None
    journal_words(reason, "理由", "reason")
    journal_words(assignee, "核查人", "assignee")
    ledger = desk.case_ledger()
    case = ledger.case(plain)
    catalog = desk.catalog_of(case.catalog_version)
    desk.tell_ended(case.item, case.matter)
    steps.agree_complete(desk, ledger, case)
    done = accept_commitment(
        plain,
        catalog=catalog,
        calendar=work_calendar(catalog),
        ledger=ledger,
        occasion=desk.occasion,
        due=day,
        assignee=assignee,
        reason=reason,
    )
    desk.committed(f"{plain} 已受理")
    tell_notices(desk, ledger, plain)
    if day is not None and not done.checks:
        desk.say("提示：本件的证明全部免于核查，--due 没有用上")
    if any(check.due_on is None and check.due_source is None for check in done.checks):
        desk.say(
            f"提示：清单没有核查期限，已列为未定期限；可用 gaozhi verify schedule {plain} --due 日期 指定"
        )
    for why in dict.fromkeys(check.weighed for check in done.checks if check.weighed):
        desk.say(f"提示：核查期限已缩短，{why}")
    if any(check.provisional for check in done.checks):
        desk.say("提示：期限跨入尚未公布放假安排的年份，按周一至周五推算，属暂定")
    tell_step(desk, plain, done.status, checks=[case_words.check_line(check) for check in done.checks])


app.command("refuse", cls=WritingCommand, epilog=steps.REFUSE_EXAMPLES)(steps.refuse)
app.command("withdraw", cls=WritingCommand, epilog=steps.WITHDRAW_EXAMPLES)(steps.withdraw)


@app.command("conclude", cls=WritingCommand, epilog=examples("gaozhi commitment conclude RS-2026-00001"))
def conclude(number: options.Number) -> None:
    """办结行政事项；核查计划要求办结前核查的，核查属实才能办结，其余可以在办结之后。"""
    from gaozhi_cli.services.conclude_matter import conclude_matter
    from gaozhi_cli.storage.calendar import work_calendar

    desk = Desk.here()
    plain = desk.number(number)
    ledger = desk.case_ledger()
    done = conclude_matter(plain, ledger=ledger, occasion=desk.occasion, calendar=work_calendar(desk.catalog))
    desk.committed(f"{plain} 已办结")
    for check in done.begun:
        desk.say(f"核查期限从今天起算：{case_words.check_line(check)}，{check.due_source}")
    if done.open_checks:
        desk.say(f"提示：还有 {done.open_checks} 项待核查（gaozhi verify due）")
    tell_step(desk, plain, done.status)


app.command("serve", cls=WritingCommand, epilog=steps.SERVE_EXAMPLES)(steps.serve)
