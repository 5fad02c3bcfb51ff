"""``gaozhi catalog``: find items, see what is to be promised and what the office has still to fill in."""

from typing import Annotated

import typer

from gaozhi_cli.cli import options
from gaozhi_cli.cli.commands import Command, command_app, examples
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.listings import catalog as listings

app = command_app("清单：查事项、看要承诺什么、怎样核查、缺什么")


@app.command("list", cls=Command, epilog=examples(
    "gaozhi catalog list --dept 人社局", "gaozhi catalog list --dept rsj --method onsite",
    "gaozhi catalog list --search 营业执照 --format json",
))  # fmt: skip
def list_items(
    dept: options.Dept = None,
    method: options.Method = None,
    search: Annotated[
        str | None, typer.Option("--search", metavar="字词", help="事项或证明名称里的字词")
    ] = None,
) -> None:
    """列出当天有效的事项。"""
    listings.list_items(Desk.here(), dept, method, search)


@app.command("show", cls=Command, epilog=examples("gaozhi catalog show 64", "gaozhi catalog show 失业登记"))
def show_item(
    item: Annotated[str, typer.Argument(metavar="事项", help="序号、事项代号或名称里的字词")],
) -> None:
    """一个事项的全部内容，以及还缺什么。"""
    listings.show_item(Desk.here(), item)
