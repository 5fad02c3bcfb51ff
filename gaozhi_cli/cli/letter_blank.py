"""``gaozhi letter blank``: 格式文本 for the hall and the web site (通知五（一）, 规程三（一）)."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gaozhi_cli.cli import options
from gaozhi_cli.cli.commands import examples
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.errors import problem_row
from gaozhi_cli.domain.blank import gaps_by_kind
from gaozhi_cli.domain.catalog import Item, in_force, promisable
from gaozhi_cli.domain.problem import NotFound, UsageFault
from gaozhi_cli.rendering.formats import Column

if TYPE_CHECKING:
    from gaozhi_cli.services.make_blanks import Blank, Blanks

BLANK = (
    Column("item", "事项", table=False),
    Column("no", "序号"),
    Column("office", "单位代号", table=False),
    Column("matter", "行政事项名称"),
    Column("file", "格式文本"),
    Column("sha256", "sha256", table=False),
    Column("version", "清单版本", table=False),
    Column("changed", "有改动"),
    Column("warnings", "单位缺项", table=False),
    Column("gaps", "单位缺项", machine=False),
)
EXAMPLES = examples(
    "gaozhi letter blank --item 64 --out 格式文本", "gaozhi letter blank --all --out 格式文本",
    "gaozhi letter blank --dept 人社局 --out 格式文本 --format csv -o 格式文本一览.csv",
)  # fmt: skip


def blank(
    item: Annotated[
        str | None, typer.Option("--item", metavar="事项", help="序号、事项代号或名称里的字词")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="当天有效的全部事项")] = False,
    dept: options.Dept = None,
    out: Annotated[
        str | None, typer.Option("--out", metavar="目录", help="放在哪个文件夹，没有就建立")
    ] = None,
) -> None:
    """制作空白的格式文本，供大厅索取、网站下载；不登记。

    每个事项一份，另有 manifest.json 写明各份的事项、清单版本和 sha256。
    再次运行只重写有变化的，不删除；不是本程序写的同名文件，加 --yes 才覆盖。
    """
    from gaozhi_cli.cli.registered_versions import all_there
    from gaozhi_cli.services.make_blanks import make_blanks

    desk = Desk.here()
    if not out:
        raise UsageFault("缺少 --out 目录")
    all_there(desk)
    items = _items(desk, item, all_, dept)
    done = make_blanks(
        items,
        catalog=desk.catalog,
        template=desk.template(),
        folder=Path(out),
        today=desk.today,
        overwrite=desk.settings.yes,
        dry_run=desk.settings.dry_run,
        progress=_Progress(len(items)),
    )
    _remarks(desk, done, out, items)
    desk.show((_row(made, Path(out)) for made in done.made), BLANK)


def _items(desk: Desk, item: str | None, all_: bool, dept: str | None) -> list[Item]:
    """The items asked for: one, an office's, or all in force on the day."""
    if item and (all_ or dept):
        raise UsageFault("--item 与 --all、--dept 只能写一种")
    if item:
        return [desk.item(item)]
    if not (all_ or dept):
        raise UsageFault("缺少 --item 事项，或 --all（全部事项）、--dept 单位")
    catalog = desk.catalog
    office = desk.office(dept) if dept else None
    every = catalog.items.of_office(office.code) if office else catalog.items
    found = [one for one in every if in_force(one, catalog, desk.today)]
    barred = [one for one in found if promisable(one.tree) is None]
    if barred:
        told = "、".join(f"{one.no} {one.matter}" for one in barred)
        desk.say(f"提示：证明经评估均不适用告知承诺制，没有格式文本：{told}（通知四）")
        found = [one for one in found if one not in barred]
    if not found:
        raise NotFound(f"{desk.today} 的清单里{office.name if office else ''}没有生效的事项，没有制作")
    return found


class _Progress:
    """How far it is, on a terminal only."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.shown = total > 1 and sys.stderr.isatty()

    def __call__(self, done: int) -> None:
        if self.shown and (done % 10 == 0 or done == self.total):
            end = "\r\x1b[K" if done == self.total else ""
            print(f"\r正在制作 {done}/{self.total}{end}", end="", file=sys.stderr, flush=True)


def _remarks(desk: Desk, done: "Blanks", out: str, items: list[Item]) -> None:
    """What was written, what the offices have still to fill in, what lies there of ended items."""
    changed = sum(made.changed for made in done.made)
    act = "试运行：将写" if desk.settings.dry_run else "已写"
    desk.say(f"{act} {changed} 份，未变 {len(done.made) - changed} 份，在 {out}")
    for gap in gaps_by_kind((item, made.warnings) for item, made in zip(items, done.made, strict=True)):
        desk.say(f"提示：{gap.message}（{gap.clause}）")
    if done.ended:
        files = "、".join(entry.file for entry in done.ended[:10]) + ("等" if len(done.ended) > 10 else "")
        desk.say(f"提示：{out} 里还有 {len(done.ended)} 份已不在有效清单里，没有删去：{files}")


def _row(made: "Blank", folder: Path) -> dict[str, object]:
    entry = made.entry
    return {
        "item": entry.item,
        "no": entry.no,
        "office": entry.office,
        "matter": entry.matter,
        "file": str(folder / entry.file),
        "sha256": entry.sha256,
        "version": entry.version,
        "changed": made.changed,
        "warnings": [problem_row(warning) for warning in made.warnings],
        "gaps": f"{len(made.warnings)} 处" if made.warnings else "",
    }
