"""``gaozhi verify pause|resume|extend``: what stops, restarts and lengthens the date of a check."""

import unicodedata
from typing import Annotated

import typer

from gaozhi_cli.cli.commands import examples
from gaozhi_cli.cli.context import Desk, journal_words
from gaozhi_cli.cli.listings import verify as listings
from gaozhi_cli.domain.problem import UsageFault
from gaozhi_cli.domain.verification import Verification

PAUSE_EXAMPLES = examples("gaozhi verify pause RS-2026-00001-1 --reason 等待法院裁判")
RESUME_EXAMPLES = examples("gaozhi verify resume RS-2026-00001-1 --reason 已收到裁判文书")
EXTEND_EXAMPLES = examples("gaozhi verify extend RS-2026-00001-1 --days 5 --reason 现场需再次约期")
Target = Annotated[str, typer.Argument(metavar="核查", help="核查号（RS-2026-00001-1），或只有一项时的编号")]
Reason = Annotated[
    str | None, typer.Option("--reason", metavar="理由", help="为什么，记入流水，不写姓名、号码")
]


def pause(target: Target, reason: Reason = None) -> None:
    """中止核查期限：期限停走，列为中止中，不算逾期。"""
    from gaozhi_cli.services.pause_verification import pause_verification
    from gaozhi_cli.storage.calendar import work_calendar

    desk, words = Desk.here(), _reason(reason, "中止")
    plain = desk.target(target)
    done = pause_verification(
        plain,
        ledger=desk.case_ledger(),
        occasion=desk.occasion,
        calendar=work_calendar(desk.catalog),
        reason=words,
    )
    desk.committed(f"{done.id} 的期限已中止")
    _show(desk, done)


def resume(target: Target, reason: Reason = None) -> None:
    """恢复核查期限：中止时剩下的工作日从今天接着算。"""
    from gaozhi_cli.services.resume_verification import resume_verification
    from gaozhi_cli.storage.calendar import work_calendar

    desk = Desk.here()
    journal_words(reason, "理由", "reason")
    plain = desk.target(target)
    done = resume_verification(
        plain,
        ledger=desk.case_ledger(),
        occasion=desk.occasion,
        calendar=work_calendar(desk.catalog),
        reason=reason,
    )
    desk.committed(f"{done.id} 的期限已恢复")
    _show(desk, done)


def extend(
    target: Target,
    days: Annotated[str | None, typer.Option("--days", metavar="天数", help="延长多少个工作日")] = None,
    reason: Reason = None,
) -> None:
    """延长核查期限：在现有期限之后再加几个工作日。"""
    from gaozhi_cli.services.extend_verification import extend_verification
    from gaozhi_cli.storage.calendar import work_calendar

    desk, words = Desk.here(), _reason(reason, "延长")
    if days is None:
        raise UsageFault("缺少 --days 天数：延长多少个工作日")
    number = unicodedata.normalize("NFKC", days).strip()
    if not number.isdecimal() or not 0 < int(number[:9]) <= 999:
        raise UsageFault("--days 应是 1 至 999 的整数（工作日）")
    plain = desk.target(target)
    done = extend_verification(
        plain,
        ledger=desk.case_ledger(),
        occasion=desk.occasion,
        calendar=work_calendar(desk.catalog),
        days=int(number),
        reason=words,
    )
    desk.committed(f"{done.id} 的期限已延长")
    _show(desk, done)


def _reason(reason: str | None, what: str) -> str:
    if not (reason or "").strip():
        raise UsageFault(f"缺少 --reason 理由：{what}期限须写明理由")
    journal_words(reason, "理由", "reason")
    return (reason or "").strip()


def _show(desk: Desk, check: Verification) -> None:
    if desk.settings.dry_run:
        desk.say("试运行：以下没有写入")
    if check.provisional:
        desk.say("提示：期限跨入尚未公布放假安排的年份，按周一至周五推算，属暂定")
    desk.show_one(listings.check_row(desk, check), listings.ONE)
