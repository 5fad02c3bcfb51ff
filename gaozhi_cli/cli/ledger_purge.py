"""``gaozhi ledger purge``: after the retention period personal data is destroyed, with a certificate."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from gaozhi_cli.cli.commands import WritingCommand, examples
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.settings import iso_date
from gaozhi_cli.domain.problem import NotReady, UsageFault
from gaozhi_cli.rendering.formats import Column

if TYPE_CHECKING:
    from gaozhi_cli.services.purge_ledger import Purged

PURGED = (
    Column("cases", "件数"),
    Column("rows", "个人信息"),
    Column("subjects", "主体"),
    Column("ended_before", "结束日早于"),
    Column("files", "删除的文件"),
    Column("certificates", "清除证明"),
    Column("numbers", "编号", table=False),
    Column("some", "编号", machine=False),
)
FEW = 20


def register(app: typer.Typer) -> None:
    """Put the command into its group."""
    app.command("purge", cls=WritingCommand, epilog=examples(
        "gaozhi ledger purge --dry-run", "gaozhi ledger purge --before 2030-01-01 --yes",
    ))(purge)  # fmt: skip


def purge(
    before: Annotated[
        str | None, typer.Option("--before", metavar="日期", help="只清除这一天之前办结、不予适用或者撤回的")
    ] = None,
) -> None:
    """清除过了保管期限的个人信息：销毁行密钥，删除文书，出具清除证明；不能恢复，流水照旧可校验。"""
    from gaozhi_cli.cli.progress import Progress
    from gaozhi_cli.domain.retention import PARAMETER, UNSIGNED, retention_on, unsigned_on
    from gaozhi_cli.services.purge_ledger import plan_purge, purge_ledger
    from gaozhi_cli.storage.connect import ledger_path

    desk = Desk.here()
    if desk.today > date.today():
        raise UsageFault(f"--as-of {desk.today} 还没有到，不能按它清除；请去掉 --as-of")
    path = ledger_path(desk.settings.ledger)
    if not path.exists():
        raise NotReady(f"没有台账 {path}，没有可清除的；请检查 --home、--ledger")
    retention = retention_on(desk.catalog.parameter(PARAMETER), desk.today)
    unsigned = unsigned_on(desk.catalog.parameter(UNSIGNED), desk.today)
    plan = plan_purge(retention, desk.today, iso_date(before, "--before") if before else None, unsigned)
    ledger, occasion = desk.write_ledger(), desk.occasion
    trial = purge_ledger(
        plan, ledger=ledger, occasion=occasion._replace(dry_run=True, request_id=None), home=desk.home.root
    )
    also = ""
    if unsigned is not None:
        since = f"{plan.unsigned_until} 之前制作的"
        also = f"，以及没有签署的保管 {unsigned.years} 年（{unsigned.source}）、{since}，"
    count = f"{'共' if also else '有'} {len(trial.numbers)} 件"
    desk.say(f"保管 {retention.years} 年（{retention.source}）：{plan.until} 之前结束的{also}{count}")
    if desk.settings.dry_run:
        desk.say("试运行：以上没有清除")
        _told(desk, trial)
        return
    if trial.numbers:
        _confirmed(desk, len(trial.numbers))
    with Progress("正在清除") as progress:
        done = purge_ledger(
            plan, ledger=ledger, occasion=occasion, home=desk.home.root,
            progress=lambda count: progress(count, len(trial.numbers)),
        )  # fmt: skip
    desk.committed(f"已清除 {len(done.numbers)} 件的个人信息")
    _told(desk, done)
    if done.certificates:
        desk.say("从前的台账备份、密钥备份、另处存放和打印的文书里还有这些个人信息，请一并销毁")


def _confirmed(desk: Desk, count: int) -> None:
    """The administrator means it. Raises UsageFault."""
    from gaozhi_cli.cli.ask import confirm

    if desk.settings.yes:
        return
    told = f"将清除 {count} 件的个人信息，不能恢复"
    if not desk.settings.interactive:
        raise UsageFault(f"{told}；先用 --dry-run 核对，确要清除请加 --yes")
    if not confirm(f"{told}，确要清除吗", default=False):
        raise UsageFault("没有清除；用 --dry-run 可以先看是哪些")


def _told(desk: Desk, done: "Purged") -> None:
    some = "、".join(done.numbers[:FEW]) + (" 等" if len(done.numbers) > FEW else "")
    row = {
        "cases": str(len(done.numbers)),
        "rows": str(done.rows),
        "subjects": str(done.subjects),
        "ended_before": done.until,
        "files": str(done.files),
        "certificates": [str(path) for path in done.certificates],
        "numbers": list(done.numbers),
        "some": some,
    }
    desk.show_one(row, PURGED)
