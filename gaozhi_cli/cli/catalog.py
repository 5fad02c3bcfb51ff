"""``gaozhi catalog``: find items, see what is missing, check the 清单, keep its versions, hand it out."""

from typing import Annotated

import typer

from gaozhi_cli.cli import options
from gaozhi_cli.cli.commands import Command, WritingCommand, command_app, examples
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.listings import catalog as listings

app = command_app("清单：查事项、看缺什么、审查、版本、导入导出、办事指南")
Text = str | None


@app.command("list", cls=Command, epilog=examples(
    "gaozhi catalog list --dept 人社局", "gaozhi catalog list --dept rsj --method onsite",
    "gaozhi catalog list --search 营业执照 --format json", "gaozhi catalog list --search sydj",
))  # fmt: skip
def list_items(
    dept: options.Dept = None,
    method: options.Method = None,
    search: Annotated[
        Text, typer.Option("--search", metavar="字词", help="事项、证明、单位的字词，拼音或首字母，序号")
    ] = None,
) -> None:
    """列出当天有效的事项。"""
    listings.list_items(Desk.here(), dept, method, search)


@app.command("show", cls=Command, epilog=examples("gaozhi catalog show 64", "gaozhi catalog show 失业登记"))
def show_item(
    item: Annotated[str, typer.Argument(metavar="事项", help="序号、事项代号、名称里的字词或拼音")],
) -> None:
    """一个事项的全部内容，以及还缺什么。"""
    listings.show_item(Desk.here(), item)


@app.command("check", cls=Command, epilog=examples(
    "gaozhi catalog check", "gaozhi catalog check --dept 人社局 --severity 错误",
    "gaozhi catalog check --ready",
))  # fmt: skip
def check(
    ready: Annotated[bool, typer.Option("--ready", help="各单位内容齐备的程度，一个单位一行")] = False,
    dept: options.Dept = None,
    rule: Annotated[Text, typer.Option("--rule", metavar="规则", help="只看这条规则")] = None,
    severity: Annotated[Text, typer.Option("--severity", metavar="程度", help="错误|警告|提示")] = None,
) -> int:
    """审查清单：模糊表述、核查方式不一、缺期限等；有未豁免的错误时退出码为 5。"""
    from gaozhi_cli.cli.listings import catalog_check

    return catalog_check.check(Desk.here(), ready=ready, dept=dept, rule=rule, severity=severity)


@app.command("import", cls=WritingCommand, epilog=examples(
    "gaozhi catalog import 清单.xlsx --version 2027-01 --effective 2027-01-01 --dry-run",
))  # fmt: skip
def import_table(
    file: Annotated[str, typer.Argument(metavar="文件", help="xlsx、xls、ods、csv 或 docx")],
    version: Annotated[Text, typer.Option("--version", metavar="版本", help="版本名，如 2027-01")] = None,
    effective: Annotated[Text, typer.Option("--effective", metavar="日期", help="起用日期")] = None,
    title: Annotated[Text, typer.Option("--title", metavar="名称", help="清单名称，默认同上一版")] = None,
    source: Annotated[Text, typer.Option("--source", metavar="出处", help="文号，默认写文件名")] = None,
    same: Annotated[
        list[str] | None,
        typer.Option("--same", metavar="序号=代号", help="这一行是原来的事项更了名"),
    ] = None,
    dept: Annotated[
        Text, typer.Option("--dept", metavar="单位", help="表里只有这个单位的事项，其他单位的照旧")
    ] = None,
    sheet: Annotated[
        Text, typer.Option("--sheet", metavar="工作表", help="读哪张工作表，默认第一张有清单表头的")
    ] = None,
) -> None:
    """从表格导入清单的一个版本；先列出改动和对证明的解读，确认后才生效。"""
    from gaozhi_cli.cli import catalog_import

    catalog_import.run(Desk.here(), file, version, effective, title, source, same or [], dept, sheet)


@app.command("versions", cls=Command, epilog=examples("gaozhi catalog versions"))
def versions() -> None:
    """清单的各个版本，起用日期，与导入时的登记是否一致。"""
    from gaozhi_cli.cli.listings import catalog_versions

    catalog_versions.list_versions(Desk.here())


@app.command("withdraw", cls=WritingCommand, epilog=examples(
    "gaozhi catalog withdraw 2027-01 --reason 起用日期写错",
))  # fmt: skip
def withdraw(
    version: Annotated[str, typer.Argument(metavar="版本", help="还没有起用的版本")],
    reason: Annotated[Text, typer.Option("--reason", metavar="理由", help="为什么撤销")] = None,
) -> None:
    """撤销一个还没有起用的清单版本。"""
    from gaozhi_cli.cli import registered_versions

    registered_versions.withdraw(Desk.here(), version, reason)


@app.command("diff", cls=Command, epilog=examples(
    "gaozhi catalog diff 2021-10-11 清单.xlsx", "gaozhi catalog diff 2021-10-11 2027-01 -o 改动.docx",
))  # fmt: skip
def diff(
    before: Annotated[str, typer.Argument(metavar="原版本", help="版本名，或者 xlsx、csv、docx 文件")],
    after: Annotated[str, typer.Argument(metavar="新版本", help="版本名，或者 xlsx、csv、docx 文件")],
) -> None:
    """两个版本的改动，逐栏列出；-o 可写 docx、csv、xlsx。"""
    from gaozhi_cli.cli.listings import catalog_versions

    catalog_versions.show_diff(Desk.here(), before, after)


@app.command("export", cls=Command, epilog=examples(
    "gaozhi catalog export -o 清单.docx", "gaozhi catalog export --wide -o 清单.xlsx",
))  # fmt: skip
def export(
    wide: Annotated[bool, typer.Option("--wide", help="全部栏目，供单位填写后再导入")] = False,
    of: Annotated[Text, typer.Option("--of", metavar="版本", help="哪个版本，默认当天适用的")] = None,
    dept: options.Dept = None,
) -> None:
    """按附件1的版式写出清单（-o 清单.docx、.xlsx 或 .csv）。"""
    from gaozhi_cli.cli import catalog_export

    catalog_export.export(Desk.here(), wide=wide, version=of, dept=dept)


@app.command("guide", cls=WritingCommand, epilog=examples(
    "gaozhi catalog guide 64 --out 办事指南", "gaozhi catalog guide --all --out 办事指南",
))  # fmt: skip
def guide(
    item: Annotated[Text, typer.Argument(metavar="事项", help="序号、事项代号或名称里的字词")] = None,
    all_: Annotated[bool, typer.Option("--all", help="当天有效的全部事项")] = False,
    dept: options.Dept = None,
    out: Annotated[Text, typer.Option("--out", metavar="目录", help="写到哪里")] = None,
) -> None:
    """写出办事指南中告知承诺的部分（每个事项一份 docx、一份 md）。"""
    from gaozhi_cli.cli import catalog_export

    catalog_export.guides(Desk.here(), item=item, everything=all_, dept=dept, out=out)
