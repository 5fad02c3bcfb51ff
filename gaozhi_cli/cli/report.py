"""``gaozhi report``: figures for whoever keeps the 清单 and whoever supervises."""

from typing import Annotated

import typer

from gaozhi_cli.cli import options
from gaozhi_cli.cli.commands import Command, command_app, examples
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.listings import report as listings

app = command_app("统计：清单覆盖情况")


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
