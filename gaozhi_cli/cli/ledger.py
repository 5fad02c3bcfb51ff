"""``gaozhi ledger``: make the ledger, say what is in it, check that nobody touched it; and its copies."""

from typing import Annotated

import typer

from gaozhi_cli.cli import ledger_key, ledger_purge
from gaozhi_cli.cli.commands import Command, WritingCommand, command_app, examples
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.ledger_safety import (
    BACKUP_EXAMPLES,
    JOURNAL_EXAMPLES,
    RESTORE_EXAMPLES,
    a_mode,
    backup,
    journal,
    restore,
)
from gaozhi_cli.cli.listings import ledger as listings

app = command_app("台账：建立、概况、校验、备份、恢复、密钥、清除、升级")


@app.command("init", cls=WritingCommand, epilog=examples("gaozhi ledger init"))
def init(
    mode: Annotated[
        str | None,
        typer.Option("--journal", metavar="方式", help="新台账的日志方式 delete|wal，默认前者"),
    ] = None,
) -> None:
    """建立台账和密钥；已有台账时不动它。"""
    desk = Desk.here()
    desk.write_ledger(afresh=desk.settings.yes, wal=a_mode(desk, mode))
    if desk.settings.dry_run:
        desk.say("试运行：没有建立台账")
    else:
        listings.info(desk)


@app.command("info", cls=Command, epilog=examples("gaozhi ledger info", "gaozhi ledger info --format json"))
def info() -> None:
    """台账的概况。"""
    listings.info(Desk.here())


@app.command(
    "verify", cls=Command, epilog=examples("gaozhi ledger verify", "gaozhi ledger verify --format json")
)
def verify(
    anchor: Annotated[
        str | None,
        typer.Option("--anchor", metavar="锚", help="从前印出的锚，如 12-9f86d081884c7d65；能发现末尾被截断"),
    ] = None,
) -> None:
    """核对流水和每一条记录，指出最先不符的一条。"""
    listings.verify(Desk.here(), anchor)


@app.command("migrate", cls=WritingCommand, epilog=examples("gaozhi ledger migrate --dry-run"))
def migrate() -> None:
    """把旧格式的台账升级到本程序的格式；先在旁边备份一份。"""
    from gaozhi_cli.cli.context import now
    from gaozhi_cli.domain.problem import NotReady
    from gaozhi_cli.services.migrate_ledger import migrate_ledger
    from gaozhi_cli.storage.connect import ledger_path
    from gaozhi_cli.storage.vault import read_keys

    desk = Desk.here()
    path = ledger_path(desk.settings.ledger)
    if not path.exists():
        raise NotReady(f"没有台账 {path}，不用升级；请检查 --home、--ledger")
    done = migrate_ledger(
        path, keys=lambda id_: read_keys(desk.home.keys, id_), now=now, occasion=desk.occasion
    )
    if done.before == done.after:
        desk.say(f"台账已是格式 {done.after}，不用升级")
    elif done.backup is None:
        desk.say(f"试运行：将从格式 {done.before} 升级到 {done.after}，升级前会备份")
    else:
        desk.say(f"已从格式 {done.before} 升级到 {done.after}；升级前的一份在 {done.backup}")


app.command("backup", cls=WritingCommand, epilog=BACKUP_EXAMPLES)(backup)
app.command("restore", cls=WritingCommand, epilog=RESTORE_EXAMPLES)(restore)
app.command("journal", cls=WritingCommand, epilog=JOURNAL_EXAMPLES)(journal)
app.add_typer(ledger_key.app, name="key", help=ledger_key.HELP)
ledger_purge.register(app)
