"""Options that several commands share, each described once."""

from typing import Annotated

import typer

Dept = Annotated[str | None, typer.Option("--dept", metavar="单位", help="代号、全称、简称或拼音首字母")]
Method = Annotated[str | None, typer.Option("--method", metavar="方式", help="在线核查|现场核查|免于核查")]
Assignee = Annotated[str | None, typer.Option("--assignee", metavar="姓名", help="由谁核查")]
Since = Annotated[str | None, typer.Option("--since", metavar="日期", help="这一天起制作的")]
Until = Annotated[str | None, typer.Option("--until", metavar="日期", help="到这一天为止制作的")]
Number = Annotated[str, typer.Argument(metavar="编号", help="RS-2026-00001 或 荥人社告承〔2026〕00001号")]
