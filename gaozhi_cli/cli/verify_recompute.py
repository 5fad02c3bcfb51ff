"""``gaozhi verify recompute``: the dates that rested on a calendar not yet published, reckoned anew."""

from collections.abc import Iterator
from typing import Any

from gaozhi_cli.cli.commands import examples
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.rendering.formats import Column

RECOMPUTE_EXAMPLES = examples("gaozhi verify recompute --dry-run", "gaozhi verify recompute")
MOVED = (
    Column("id", "编号"),
    Column("number", "承诺编号", table=False),
    Column("before", "原期限"),
    Column("after", "新期限"),
    Column("moved", "移动"),
    Column("provisional", "仍暂定"),
    Column("overdue", "已逾期"),
)


def recompute() -> None:
    """放假安排公布以后，重算暂定的期限（核查、协助核查、整改）；列出变动，仍未公布的留着。"""
    from gaozhi_cli.cli.progress import Progress
    from gaozhi_cli.services.recompute_dates import recompute_dates
    from gaozhi_cli.storage.calendar import work_calendar

    desk = Desk.here()
    ledger = desk.case_ledger()
    with Progress("正在重算") as progress:

        def told(done: int, total: int) -> None:
            if not desk.settings.dry_run:
                desk.committed_so_far("已重算暂定期限", done, "项")
            progress(done, total)

        done = recompute_dates(
            ledger=ledger, occasion=desk.occasion, calendar=work_calendar(desk.catalog), progress=told
        )
    if desk.settings.dry_run:
        desk.say("试运行：以下没有写入")
    moved = sum(one.before != one.after for one in done.moved)
    final = sum(not one.provisional for one in done.moved)
    still = done.unchanged + len(done.moved) - final
    all_of_them = len(done.moved) + done.unchanged
    desk.say(f"重算 {all_of_them} 项：期限移动 {moved} 项，不再暂定 {final} 项，仍暂定 {still} 项")
    if done.unknown:
        some = "、".join(done.unknown[:5]) + (f" 等 {len(done.unknown)} 项" if len(done.unknown) > 5 else "")
        desk.say(f"{some} 没有天数可以重算，请用 gaozhi verify schedule 另定")
    today = desk.today.isoformat()

    def rows() -> Iterator[dict[str, Any]]:
        for one in done.moved:
            yield one._asdict() | {"moved": one.before != one.after, "overdue": one.after < today}

    desk.show(rows(), MOVED)
