"""``gaozhi verify``: what has to be checked and by when, changing a date, closing with a finding."""

import hashlib
import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from gaozhi_cli.cli import options
from gaozhi_cli.cli.commands import Command, WritingCommand, command_app, examples
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.settings import iso_date
from gaozhi_cli.domain.applicant import no_personal_numbers
from gaozhi_cli.domain.problem import BadInput, UsageFault
from gaozhi_cli.domain.vocabulary import Finding, Method, labels, parse_word
from gaozhi_cli.domain.workdays import add_workdays
from gaozhi_cli.rendering.formats import Column

app = command_app("核查：到期、改期、结论")

DUE = (
    Column("id", "核查"),
    Column("number", "编号", table=False),
    Column("office", "单位"),
    Column("item", "事项", table=False),
    Column("matter", "行政事项名称"),
    Column("proof", "证明", table=False),
    Column("proof_name", "证明"),
    Column("method", "方式", table=False),
    Column("method_label", "方式"),
    Column("due_on", "期限", table=False),
    Column("due_label", "期限"),
    Column("provisional", "暂定", table=False),
    Column("overdue", "已逾期"),
    Column("assignee", "核查人"),
)


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
    desk = Desk()
    wanted = parse_word(Method, method) if method else None
    if method and wanted is None:
        raise UsageFault(f"--method 不认识“{method}”，可用：{labels(Method)}")
    filters = {
        "office": desk.office(dept).code if dept else None,
        "method": wanted.value if wanted else None,
        "assignee": assignee,
    }
    until = _until(desk, within, overdue)
    ledger = desk.read_ledger()
    if ledger is None:
        return desk.show([], DUE)
    seen = {"overdue": False}

    def rows() -> Iterator[dict[str, Any]]:
        for check in ledger.due(dated=True, until=until, **filters):
            row = _row(desk, check)
            seen["overdue"] = seen["overdue"] or row["overdue"]
            yield row
        if until is None:
            for check in ledger.due(dated=False, **filters):
                yield _row(desk, check)

    desk.show(rows(), DUE)
    if until is not None:
        undated = sum(1 for _ in ledger.due(dated=False, **filters))
        if undated:
            desk.say(f"另有 {undated} 项未定期限（gaozhi verify due 可见）")
    if exit_code and seen["overdue"]:
        raise typer.Exit(5)
    return None


def _until(desk: Desk, within: str | None, overdue: bool) -> str | None:
    """The last day to list: yesterday for --overdue, ``within`` working days on otherwise."""
    if overdue:
        from datetime import timedelta

        return (desk.today - timedelta(days=1)).isoformat()
    if within is None:
        return None
    if not within.isdecimal() or len(within) > 4:
        raise UsageFault("--within 应是工作日的天数，如 5")
    from gaozhi_cli.storage.calendar import work_calendar

    deadline = add_workdays(desk.today, int(within), work_calendar(desk.catalog))
    return deadline.day.isoformat()


def _row(desk: Desk, check: Any) -> dict[str, Any]:
    item = desk.catalog.item(check.item)
    today = desk.today.isoformat()
    return {
        "id": check.id,
        "number": check.number,
        "office": check.office,
        "item": check.item,
        "matter": item.matter if item else check.item,
        "proof": check.proof,
        "proof_name": check.proof_name,
        "method": check.method,
        "method_label": Method(check.method).label,
        "due_on": check.due_on,
        "due_label": (check.due_on or "未定期限") + ("（暂定）" if check.provisional else ""),
        "provisional": bool(check.provisional),
        "overdue": check.due_on is not None and check.due_on < today,
        "assignee": check.assignee,
    }


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
    from gaozhi_cli.services.schedule_verification import schedule_verification
    from gaozhi_cli.storage.calendar import work_calendar

    desk = Desk()
    if not due and not assignee:
        raise UsageFault("请写明 --due 日期 或 --assignee 姓名")
    day = iso_date(due, "--due") if due else None
    _journal_words(reason, "理由", "reason")
    found = tuple(dict.fromkeys(desk.target(target) for target in targets))
    ledger = desk.write_ledger()
    changed = schedule_verification(
        found,
        ledger=ledger,
        calendar=work_calendar(desk.catalog),
        occasion=desk.occasion,
        due=day,
        assignee=assignee,
        reason=reason,
    )
    if desk.settings.dry_run:
        desk.say("试运行：以下没有写入")
    desk.show([_row(desk, check) for check in changed], DUE)


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

    desk = Desk()
    missing = [flag for flag, value in (("--finding", finding), ("--evidence", evidence)) if not value]
    if missing:
        raise UsageFault(f"核查结论须写明 {'、'.join(missing)}")
    word = parse_word(Finding, finding or "")
    if word is None:
        raise UsageFault(f"--finding 不认识“{finding}”，可用：{labels(Finding)}")
    text = sys.stdin.read() if evidence == "-" else evidence or ""
    digest = _file_digest(file) if file else None
    plain = desk.target(target)
    ledger = desk.write_ledger()
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


def _file_digest(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadInput(f"读不了凭据文件 {path}（{error.strerror}）") from None


def _journal_words(text: str | None, label: str, field: str) -> None:
    """Refuse a text that would put personal numbers into the journal."""
    problems = no_personal_numbers(text or "", label, field)
    if problems:
        raise BadInput(problems[0].message, tuple(problems))
