"""``gaozhi letter print``: letters to the printer; 已提交 is not 已打印 (附件2：一式两份)."""

from typing import TYPE_CHECKING, Annotated

import typer

from gaozhi_cli.cli.commands import examples
from gaozhi_cli.cli.context import Desk, now
from gaozhi_cli.cli.errors import EXIT_CODES
from gaozhi_cli.domain.problem import DocumentFailed, UsageFault
from gaozhi_cli.domain.vocabulary import PrintState
from gaozhi_cli.rendering.formats import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gaozhi_cli.services.print_letter import Printed
    from gaozhi_cli.storage.ledger import Ledger

PRINT = (
    Column("number", "编号"),
    Column("printer", "打印机"),
    Column("job", "任务"),
    Column("state", "状态代码", table=False),
    Column("state_label", "状态"),
    Column("copies", "份数"),
    Column("times", "第几次"),
    Column("fault", "问题", table=False),
)
EXAMPLES = examples(
    "gaozhi letter print RS-2026-00001",
    "gaozhi letter print RS-2026-00001 RS-2026-00002 --printer 大厅打印机 --duplex --wait 60",
    "gaozhi letter print RS-2026-00001 --confirm",
)
DOCUMENT = EXIT_CODES[DocumentFailed]
FEWEST, MOST = 1, 20
LOOK = 5  # seconds that a print command looks after its jobs where no --wait is given
LONGEST = 3600


def print_(
    numbers: Annotated[list[str], typer.Argument(metavar="编号…", help="如 RS-2026-00001，可写几份")],
    copies: Annotated[str, typer.Option("--copies", metavar="份数", help="每份文书印几份，默认 2")] = "2",
    printer: Annotated[
        str | None, typer.Option("--printer", metavar="名称", help="打印机，默认系统的默认打印机")
    ] = None,
    duplex: Annotated[bool, typer.Option("--duplex", help="双面打印，长边翻转")] = False,
    wait: Annotated[
        str | None, typer.Option("--wait", metavar="秒", help="等打印机印完；到时还没印完，退出码为 8")
    ] = None,
    confirm: Annotated[
        bool, typer.Option("--confirm", help="不打印，只登记：纸已拿到（用 WPS 打印的也在此登记）")
    ] = False,
) -> None:
    """打印告知承诺书，默认一式两份。

    交给打印机只是“已提交”；打印机报告印完，或经办人用 --confirm 确认，才是“已打印”。
    同一份再次打印照印，流水里写明是第几次。
    """
    from gaozhi_cli.cli.letter_pdf import made_again
    from gaozhi_cli.services.make_pdfs import check_papers
    from gaozhi_cli.services.print_letter import Sending, confirm_printed, print_letters

    desk = Desk.here()
    count, seconds = _whole(copies, "--copies", FEWEST, MOST), float(LOOK)
    if wait is not None:
        seconds = float(_whole(wait, "--wait", 0, LONGEST))
    plain = [desk.number(number) for number in numbers]
    ledger = desk.case_ledger()
    if not confirm and not desk.settings.dry_run:
        made_again(desk, plain, ledger)
    if confirm:
        done = confirm_printed(plain, copies=count, ledger=ledger, occasion=desk.occasion, now=now)
    else:
        check_papers(plain, ledger=ledger, home=desk.home.root)
        done = print_letters(
            plain,
            Sending(count, printer, duplex, seconds),
            ledger=ledger,
            occasion=desk.occasion,
            home=desk.home.root,
            make_pdfs=lambda todo: _pdfs(desk, todo, ledger),
            now=now,
        )
    if desk.settings.dry_run:
        desk.say("试运行：检查通过，没有打印，也没有登记")
    desk.show((_row(job) for job in done), PRINT)
    raise typer.Exit(_told(desk, done, awaited=wait is not None and not confirm))


def _pdfs(desk: Desk, numbers: "Sequence[str]", ledger: "Ledger") -> dict[str, str]:
    """Make the PDFs of record that are missing; number and reason of those that failed."""
    from gaozhi_cli.services.make_pdfs import make_pdfs

    made = make_pdfs(
        numbers, ledger=ledger, occasion=desk.occasion, home=desk.home.root,
        fonts=desk.home.template("fonts.conf"),
    )  # fmt: skip
    return {one.number: f"{one.fault}，没有打印" for one in made if one.fault}


def _row(job: "Printed") -> dict[str, object]:
    label = PrintState(job.state).label if job.state else ""
    return {**job._asdict(), "state_label": label}


def _told(desk: Desk, done: "list[Printed]", *, awaited: bool) -> int:
    """Say what is not yet on paper; the exit code."""
    faults = [f"{job.number}：{job.fault}" for job in done if job.fault]
    for fault in faults:
        desk.say(f"错误：{fault}")
    repeated = [job.number for job in done if job.repeated]
    if repeated:
        desk.say(f"这个请求已提交过，没有重复打印：{'、'.join(repeated)}")
    open_ = [job.number for job in done if job.state == PrintState.SUBMITTED.value and not job.fault]
    if open_:
        shown = " ".join(open_[:5]) + (" …" if len(open_) > 5 else "")
        late = "等待的时间内还没有印完；" if awaited else ""
        desk.say(f"提示：{late}已提交不等于已打印，拿到纸后：gaozhi letter print {shown} --confirm")
    return DOCUMENT if faults or (open_ and awaited) else 0


def _whole(text: str, flag: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and least <= int(text) <= most):
        raise UsageFault(f"{flag} 应是 {least} 到 {most} 的整数")
    return int(text)
