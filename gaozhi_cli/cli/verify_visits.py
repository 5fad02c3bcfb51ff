"""``gaozhi verify dispatch|sheets|receive``: work sheets for inspectors, and whether they are back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gaozhi_cli.cli import options
from gaozhi_cli.cli.commands import examples
from gaozhi_cli.cli.context import Desk, journal_words
from gaozhi_cli.cli.listings import visits as listings
from gaozhi_cli.domain.problem import NotFound, UsageFault
from gaozhi_cli.domain.visits import parse_sheet

if TYPE_CHECKING:
    from gaozhi_cli.domain.visits import Dispatch, Visit
    from gaozhi_cli.rendering.docx_template import Template
    from gaozhi_cli.services.dispatch_visits import Dispatched
    from gaozhi_cli.storage.ledger import Ledger

DISPATCH_EXAMPLES = examples(
    "gaozhi verify dispatch --assignee 李核查 --within 10 --out 工作单/",
    "gaozhi verify dispatch RS-2026-00001-1 RS-2026-00001-2 --assignee 李核查 --out 工作单/",
    "gaozhi verify dispatch RS-2026-D00001 --out 补印/",
)
SHEETS_EXAMPLES = examples("gaozhi verify sheets", "gaozhi verify sheets --overdue --dept 人社局")
RECEIVE_EXAMPLES = examples(
    "gaozhi verify receive RS-2026-D00001", "gaozhi verify receive RS-2026-D00001 --by 王内勤"
)
SheetNumber = Annotated[str, typer.Argument(metavar="工作单", help="工作单号，如 RS-2026-D00001")]


def dispatch(
    targets: Annotated[
        list[str] | None,
        typer.Argument(metavar="核查…", help="核查号或编号；不写就是这个人的全部；写工作单号是再印一次"),
    ] = None,
    assignee: options.Assignee = None,
    out: Annotated[str | None, typer.Option("--out", metavar="目录", help="工作单放在哪里")] = None,
    dept: options.Dept = None,
    within: Annotated[
        str | None, typer.Option("--within", metavar="天数", help="只派这么多个工作日之内到期的（含已逾期）")
    ] = None,
    window: Annotated[
        str | None,
        typer.Option("--window", metavar="天数", help="同一地点这么多个工作日之内到期的合成一次上门"),
    ] = None,
    phone: Annotated[
        bool, typer.Option("--phone", help="工作单上印联系方式（没有现场地址的总会印）")
    ] = False,
) -> None:
    """派出现场核查：编号、印工作单（记录表 docx、清单 xlsx 和 json），同一地点合成一次上门。"""
    from gaozhi_cli.rendering.work_sheet import TEMPLATE, open_sheet_template
    from gaozhi_cli.storage.cache_files import CacheFiles

    desk = Desk.here()
    if out is None:
        raise UsageFault("缺少 --out 目录：工作单放在哪里")
    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise UsageFault(f"--out {out} 不是目录")
    again = [found for target in targets or () if (found := parse_sheet(target)) is not None]
    store = CacheFiles(desk.home.cache)
    template = open_sheet_template(desk.template(TEMPLATE), store)  # before anything is numbered
    if again:
        if len(targets or ()) > 1 or assignee or within or window or dept:
            raise UsageFault("再印一张工作单只写它的编号和 --out 目录，不写别的")
        _print(desk, desk.case_ledger(), again[0], folder, template, phone=phone)
        return
    if not (assignee or "").strip():
        raise UsageFault("缺少 --assignee 姓名：派给谁")
    journal_words(assignee, "核查人", "assignee")
    until = listings.last_day(desk, within) if within is not None else None
    days = listings.days(window, "--window") if window is not None else None
    wanted = [desk.target(target) for target in targets or ()]
    office = desk.office(dept).code if dept is not None else None
    ledger = desk.case_ledger()
    done = _dispatched(desk, ledger, wanted, " ".join((assignee or "").split()), office, until, days)
    sheet, id_ = done.sheet, done.sheet.id
    if not desk.settings.dry_run:
        desk.committed(f"已派出 {id_}（工作单没有印成的，再印用 gaozhi verify dispatch {id_} --out 目录）")
        _print(desk, ledger, id_, folder, template, phone=phone)
    else:
        desk.say("试运行：以下没有写入，编号是届时的下一个")
        _show(desk, sheet, done.visits, ())
    for problem in done.left_out:
        desk.say(f"没有派出：{problem.message}")
    listings.tell_nearby(desk, done.nearby)


def _dispatched(
    desk: Desk, ledger: "Ledger", targets: list[str], assignee: str, office: str | None, until: str | None,
    window: int | None,
) -> "Dispatched":  # fmt: skip
    from gaozhi_cli.services.dispatch_visits import dispatch_visits
    from gaozhi_cli.storage.calendar import work_calendar
    from gaozhi_cli.storage.visits import County

    return dispatch_visits(
        targets, assignee=assignee, office=office, until=until, window=window,
        county=County(desk.catalog, desk.catalog_of), calendar=work_calendar(desk.catalog), ledger=ledger,
        occasion=desk.occasion,
    )  # fmt: skip


def _print(
    desk: Desk, ledger: "Ledger", id_: str, folder: Path, template: "Template", *, phone: bool
) -> None:  # fmt: skip
    """Make the files of a sheet, then show what is on it."""
    from gaozhi_cli.rendering.work_sheet import sheet_files
    from gaozhi_cli.services.print_sheet import print_sheet
    from gaozhi_cli.storage.visits import County

    def draw(sheet: "Dispatch", visits: "tuple[Visit, ...]") -> dict[str, bytes]:
        return sheet_files(sheet, visits, desk.catalog.office(sheet.office).name, template)

    done = print_sheet(
        id_, draw=draw, folder=folder, county=County(desk.catalog, desk.catalog_of), ledger=ledger,
        occasion=desk.occasion, phone=phone, overwrite=desk.settings.yes,
    )  # fmt: skip
    if desk.settings.dry_run:
        desk.say("试运行：没有写工作单")
    _show(desk, done.sheet, done.visits, done.files)


def _show(desk: Desk, sheet: "Dispatch", visits: "tuple[Visit, ...]", files: tuple[Path, ...]) -> None:
    desk.show_one(listings.sheet_shown(desk, sheet, visits, files), listings.DISPATCHED)


def sheets(
    dept: options.Dept = None,
    assignee: options.Assignee = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="只列过了交回期限的")] = False,
    all_: Annotated[bool, typer.Option("--all", help="连已收回的也列出")] = False,
) -> None:
    """还没有收回的工作单：派给谁、哪天该交回、上面还有几项没有结论。"""
    listings.sheets(Desk.here(), dept, assignee, overdue, all_)


def receive(
    sheet: SheetNumber,
    by: Annotated[str | None, typer.Option("--by", metavar="姓名", help="谁收的，默认经办人")] = None,
) -> None:
    """登记工作单已收回；结论另用 verify close 登记。"""
    from gaozhi_cli.services.receive_sheet import receive_sheet

    desk = Desk.here()
    journal_words(by, "收件人", "by")
    id_ = known_sheet(sheet)
    done = receive_sheet(id_, by=by, ledger=desk.case_ledger(), occasion=desk.occasion)
    desk.committed(f"已登记收回 {id_}")
    if desk.settings.dry_run:
        desk.say("试运行：以下没有写入")
    desk.show_one(listings.received_shown(desk, done.sheet, done.open), listings.RECEIVED)


def known_sheet(text: str) -> str:
    """The number of a sheet as typed. Raises NotFound."""
    found = parse_sheet(text)
    if found is None:
        raise NotFound("所写的不是工作单号，应如 RS-2026-D00001；gaozhi verify sheets 可查")
    return found
