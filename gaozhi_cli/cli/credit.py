"""``gaozhi credit``: 诚信档案: may a subject use the route, its file, adverse records and their repair."""

from typing import Annotated

import typer

from gaozhi_cli.cli.commands import Command, WritingCommand, command_app, examples
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.listings import credit as listings
from gaozhi_cli.cli.settings import iso_date
from gaozhi_cli.domain.problem import UsageFault
from gaozhi_cli.domain.vocabulary import CreditKind, labels, parse_word

app = command_app("信用：能否适用告知承诺制、诚信档案、登记和修复")

KINDS = labels(CreditKind)
Subject = Annotated[
    str,
    typer.Argument(
        metavar="主体",
        help="证件号码、统一社会信用代码（- 从标准输入读）、主体编号、承诺编号，或完整的姓名、名称",
    ),
]


def _kind(text: str | None) -> CreditKind | None:
    kind = parse_word(CreditKind, text) if text else None
    if text and kind is None:
        raise UsageFault(f"--kind 不认识“{text}”，可用：{KINDS}")
    return kind


@app.command("check", cls=Command, epilog=examples("gaozhi credit check 410182199001010030"))
def check(subject: Subject) -> None:
    """这个主体今天能不能用告知承诺制；不能的退出码为 5，逐条写明怎样解除。"""
    raise typer.Exit(listings.check(Desk.here(), subject))


@app.command("show", cls=Command, epilog=examples(
    "gaozhi credit show RS-2026-00001",
    "gaozhi credit show 410182199001010030 --reveal --reason 复议调卷",
))  # fmt: skip
def show(
    subject: Subject,
    reveal: Annotated[
        bool, typer.Option("--reveal", help="显示个人信息全文（记入流水，须写明 --reason）")
    ] = False,
    reason: Annotated[str | None, typer.Option("--reason", metavar="理由", help="为什么要看")] = None,
) -> None:
    """一个主体的诚信档案：身份、用过的名字、办理过的事项、信用记录。"""
    listings.show(Desk.here(), subject, reveal, reason)


@app.command("list", cls=Command, epilog=examples("gaozhi credit list --current"))
def list_records(
    kind: Annotated[str | None, typer.Option("--kind", metavar=KINDS, help="只列这一类")] = None,
    current: Annotated[bool, typer.Option("--current", help="只列今天仍不适用的")] = False,
) -> None:
    """列出信用记录，公民的姓名、号码已遮蔽。"""
    listings.list_records(Desk.here(), _kind(kind), current)


@app.command("record", cls=WritingCommand, epilog=examples(
    "gaozhi credit record 410182199001010030 --kind 曾作出虚假承诺 --decided-on 2026-11-20 "
    "--source 荥市监处罚〔2026〕12号",
    "gaozhi credit record 410182198505050058 --name 测试丙 --kind 较严重的不良信用记录 "
    "--decided-on 2026-11-20 --until 2027-11-19 --source 荥人社信〔2026〕3号",
))  # fmt: skip
def record(
    subject: Subject,
    kind: Annotated[str | None, typer.Option("--kind", metavar=KINDS, help="哪一类")] = None,
    decided_on: Annotated[
        str | None, typer.Option("--decided-on", metavar="日期", help="作出决定的日期")
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", metavar="文号", help="决定文书的文号，不写姓名")
    ] = None,
    number: Annotated[
        str | None, typer.Option("--number", metavar="编号", help="因哪一件承诺，如 RS-2026-00001")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="日期", help="决定文书写明的最后一天；没有写的不填")
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="姓名", help="台账里还没有的主体：姓名或名称")
    ] = None,
    id_type: Annotated[
        str | None,
        typer.Option("--id-type", metavar="证件", help="台账里还没有的主体：证件类型，默认按号码认"),
    ] = None,
) -> None:
    """登记一条不良信用记录；只登记已经作出的决定，凭决定文书。

    主体要写号码、主体编号或承诺编号，不能只写姓名。从登记的决定日期起不适用告知承诺制，到信用修复或期满为止。
    """
    from gaozhi_cli.cli.credit_recording import record_subject

    absent = [
        flag
        for flag, value in (("--kind", kind), ("--decided-on", decided_on), ("--source", source))
        if value is None
    ]
    wanted = _kind(kind)
    if absent or wanted is None or decided_on is None or source is None:
        raise UsageFault(f"缺少 {'、'.join(absent)}；只有作出决定、有文书的才登记")
    record_subject(
        Desk.here(), subject, wanted, iso_date(decided_on, "--decided-on"), source,
        number=number, until=iso_date(until, "--until") if until else None, name=name, id_type=id_type,
    )  # fmt: skip


@app.command("repair", cls=WritingCommand, epilog=examples(
    "gaozhi credit repair C2026-00001 --source 荥人社修〔2026〕1号",
    "gaozhi credit repair C2026-00001 --source 荥人社修〔2026〕1号 --on 2026-11-23",
))  # fmt: skip
def repair(
    id_: Annotated[str, typer.Argument(metavar="记录", help="信用记录的编号，如 C2026-00001")],
    source: Annotated[
        str | None, typer.Option("--source", metavar="文号", help="修复文书的文号，不写姓名")
    ] = None,
    on: Annotated[
        str | None, typer.Option("--on", metavar="日期", help="修复的日期，默认今天；当天起可以适用")
    ] = None,
) -> None:
    """登记信用修复：修复当天起这一条不再妨碍适用告知承诺制；记录本身留着。"""
    from gaozhi_cli.cli.credit_recording import repair_record

    if source is None:
        raise UsageFault("缺少 --source 文号（信用修复的文书）")
    desk = Desk.here()
    repair_record(desk, id_, source, iso_date(on, "--on") if on else desk.today)
