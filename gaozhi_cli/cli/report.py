"""``gaozhi report``: figures for whoever keeps the 清单 and whoever supervises."""

from typing import Annotated

import typer

from gaozhi_cli.cli import options
from gaozhi_cli.cli.commands import Command, command_app, examples
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.listings import fairness as fair
from gaozhi_cli.cli.listings import report as listings
from gaozhi_cli.cli.settings import iso_date
from gaozhi_cli.domain.problem import UsageFault

app = command_app("统计：清单覆盖情况、公平监管")


@app.command("coverage", cls=Command, epilog=examples(
    "gaozhi report coverage", "gaozhi report coverage --part 候选 --format json",
))  # fmt: skip
def coverage(
    part: Annotated[
        str | None, typer.Option("--part", metavar="部分", help="无权责清单|领域|候选，默认全部")
    ] = None,
    dept: options.Dept = None,
) -> None:
    """清单覆盖情况：缺权责清单的事项、各领域的事项数、候选事项的次序。"""
    listings.coverage(Desk.here(), part, dept)


@app.command("fairness", cls=Command, epilog=examples(
    "gaozhi report fairness", "gaozhi report fairness --by 单位 --since 2026-01-01 --format json",
))  # fmt: skip
def fairness(
    by: Annotated[
        str | None, typer.Option("--by", metavar="类别", help="事项|单位|风险等级|全部，默认事项")
    ] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="日期", help="这一天起受理的")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="日期", help="到这一天为止受理的")] = None,
    dept: options.Dept = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="有免于核查的承诺不在名单的退出码为 5")
    ] = False,
) -> None:
    """公平监管：告知承诺和一般程序各有多少被检查，免于核查的有没有都在抽查名单里。"""
    first, last = (day and iso_date(day, flag) for day, flag in ((since, "--since"), (until, "--until")))
    if first and last and first > last:
        raise UsageFault(f"--since {first} 晚于 --until {last}，请核对先后")
    days = (str(first) if first else None, str(last) if last else None)
    raise typer.Exit(fair.fairness(Desk.here(), by, *days, dept, exit_code))
