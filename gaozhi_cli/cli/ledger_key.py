"""``gaozhi ledger key``: where the ledger's key stands; backup, restore and rotation of it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gaozhi_cli.cli.commands import Group, WritingCommand, examples
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.listings import ledger_key as listings
from gaozhi_cli.domain.problem import NotReady, UsageFault

if TYPE_CHECKING:
    from gaozhi_cli.storage.ledger import Ledger

HELP = "台账的密钥：概况、备份、放回、轮换；单写 gaozhi ledger key 显示概况"
app = typer.Typer(
    cls=Group, help=HELP, invoke_without_command=True, add_completion=False, rich_markup_mode=None,
    epilog=examples("gaozhi ledger key", "gaozhi ledger key --format json"),
)  # fmt: skip


@app.callback()
def info(ctx: typer.Context) -> None:
    """The overview where no command of the group follows."""
    if ctx.invoked_subcommand is None:
        listings.info(Desk.here())


def _ledger(desk: Desk) -> "Ledger":
    """The ledger whose key it is about: never made for that."""
    from gaozhi_cli.storage.connect import ledger_path

    path = ledger_path(desk.settings.ledger)
    if not path.exists():
        raise NotReady(f"没有台账 {path}，也就没有它的密钥；请检查 --home、--ledger")
    return desk.write_ledger()


@app.command("backup", cls=WritingCommand, epilog=examples("gaozhi ledger key backup --out 密钥备份.key"))
def backup(
    out: Annotated[
        str | None,
        typer.Option("--out", metavar="文件", help="备份写到哪里：别的盘或 U 盘，不要和台账在一起"),
    ] = None,
) -> None:
    """把密钥另存一份，读回来打开台账验证，记入流水；不覆盖已有的文件。"""
    from gaozhi_cli.cli.ask import confirm
    from gaozhi_cli.services.back_up_key import back_up_key

    desk = Desk.here()
    if out is None:
        raise UsageFault("缺少 --out 文件：密钥备份写到哪里")
    ledger, target = _ledger(desk), Path(out)
    if target.is_dir():
        raise UsageFault(f"{target} 是文件夹，请写明文件名，如 {target / f'{ledger.id()}.key'}")
    apart_from = (desk.home.root, Path(desk.settings.ledger).absolute().parent)
    beside = desk.settings.yes
    if not beside and desk.settings.interactive and listings.lies_in(target, apart_from):
        beside = confirm("密钥备份会和台账放在一起，一起丢、一起被拿走，仍要放在这里吗", default=False)
    done = back_up_key(
        target, ledger=ledger, keys=desk.home.keys, occasion=desk.occasion, apart_from=apart_from,
        beside=beside,
    )  # fmt: skip
    if desk.settings.dry_run:
        desk.say(f"试运行：将把密钥 {done.key} 备份到 {done.file}")
        return
    desk.committed(f"密钥已备份到 {done.file}")
    if done.shared:
        desk.say("提示：这个盘不分用户权限，谁拿到都能读，请锁好")
    if target.stat().st_dev == Path(desk.settings.ledger).stat().st_dev:
        desk.say("提示：备份和台账在同一块磁盘上，磁盘坏了会一起丢，请再存一份到别的盘")
    desk.say(
        f"已备份密钥 {done.key} 到 {done.file}，读回来打得开台账；有了它和台账就能看到全部个人信息，请锁好"
    )


@app.command("restore", cls=WritingCommand, epilog=examples("gaozhi ledger key restore 密钥备份.key"))
def restore(
    file: Annotated[str, typer.Argument(metavar="文件", help="从前备份的密钥文件")],
) -> None:
    """密钥文件丢了或坏了：验证备份打得开这本台账，再放回原处。"""
    from gaozhi_cli.services.restore_key import restore_key

    desk = Desk.here()
    done = restore_key(Path(file), ledger=_ledger(desk), keys=desk.home.keys, occasion=desk.occasion)
    if not done.needed:
        desk.say(f"密钥 {done.file} 完好，打得开台账，不用放回")
    elif desk.settings.dry_run:
        desk.say(f"试运行：这份备份打得开台账，将放回 {done.file}")
    else:
        desk.committed(f"密钥已放回 {done.file}")
        aside = f"；原来打不开台账的那一份移到 {done.aside}" if done.aside else ""
        desk.say(f"已把密钥 {done.key} 放回 {done.file}{aside}")


@app.command("rotate", cls=WritingCommand, epilog=examples("gaozhi ledger key rotate"))
def rotate(
    forget: Annotated[
        bool, typer.Option("--forget", help="同时丢弃从前的密钥：从前的台账备份里的个人信息从此打不开")
    ] = False,
) -> None:
    """换一把新密钥，重新包装各行的密钥；个人信息、摘要、流水不动。其间别人写不了台账。"""
    from gaozhi_cli.cli.ask import confirm
    from gaozhi_cli.cli.progress import Progress
    from gaozhi_cli.services.rotate_key import rotate_key

    desk = Desk.here()
    ledger = _ledger(desk)
    if forget and not (desk.settings.yes or desk.settings.dry_run):
        warning = "丢弃从前的密钥之后，轮换之前的台账备份里的个人信息再也打不开"
        if not desk.settings.interactive:
            raise UsageFault(f"{warning}；确要丢弃请加 --yes")
        if not confirm(f"{warning}，确要丢弃吗", default=False):
            raise UsageFault("没有轮换；不丢弃从前的密钥请去掉 --forget")
    total = sum(count for count, _ in ledger.key_ids().values())
    with Progress("正在轮换密钥") as progress:
        done = rotate_key(
            ledger=ledger, keys=desk.home.keys, occasion=desk.occasion, forget=forget,
            progress=lambda rows: progress(rows, total),
        )  # fmt: skip
    if desk.settings.dry_run:
        desk.say(f"试运行：将换一把新密钥，重新包装 {done.rows} 行的密钥")
        return
    desk.committed(f"密钥已从 {done.old} 换成 {done.new}")
    desk.say(f"密钥已从 {done.old} 换成 {done.new}，重新包装了 {done.rows} 行的密钥")
    if not done.settled:
        desk.say("提示：密钥文件没有收尾（磁盘满或没有权限），不影响使用；从前的密钥还在，可以再轮换一次")
    elif done.kept:
        desk.say(f"密钥文件里还留着 {done.kept} 把从前的密钥，供打开从前的台账备份（--forget 丢弃）")
    if not done.repeated:
        desk.say("从前的密钥备份打不开现在的台账，请现在就备份：gaozhi ledger key backup --out 文件")
