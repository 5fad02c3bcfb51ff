"""``gaozhi letter pdf``: the PDFs of letters, one each or a day's letters in one for one print job."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gaozhi_cli.cli import options
from gaozhi_cli.cli.commands import examples
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.progress import Progress
from gaozhi_cli.domain.problem import NotFound, UsageFault
from gaozhi_cli.rendering.formats import Column

if TYPE_CHECKING:
    from gaozhi_cli.storage.ledger import Ledger

PDF = (
    Column("number", "编号"),
    Column("pdf", "PDF"),
    Column("fault", "问题"),
)
EXAMPLES = examples(
    "gaozhi letter pdf RS-2026-00001",
    "gaozhi letter pdf --day 2026-11-24 --dept 人社局 --merged 今日承诺书.pdf --duplex",
)
FAILED = 8


def pdf(
    numbers: Annotated[
        list[str] | None, typer.Argument(metavar="[编号…]", help="如 RS-2026-00001，可写几份")
    ] = None,
    day: Annotated[str | None, typer.Option("--day", metavar="日期", help="这一天制作的全部承诺书")] = None,
    dept: options.Dept = None,
    merged: Annotated[
        str | None, typer.Option("--merged", metavar="文件", help="合成一个 PDF，便于一次打印")
    ] = None,
    duplex: Annotated[bool, typer.Option("--duplex", help="合成时每份从纸的正面起（双面打印用）")] = False,
) -> None:
    """出 PDF：每份一个；或用 --merged 把一天的合成一个。

    出不了的逐份说明，其余照出，退出码为 8。
    """
    from gaozhi_cli.services.make_pdfs import merge_pdfs

    desk = Desk.here()
    if bool(numbers) == bool(day) or (dept and not day):
        raise UsageFault("请写明编号，或用 --day 日期（可加 --dept 单位），两者只写一种")
    if duplex and not merged:
        raise UsageFault("--duplex 用在 --merged 合成时；逐份打印请用 gaozhi letter print --duplex")
    ledger = desk.case_ledger()
    chosen = [desk.number(number) for number in numbers] if numbers else _of_day(desk, ledger, day, dept)
    for number in chosen:
        ledger.case(number)
    if desk.settings.dry_run:
        return desk.say(f"试运行：将出 {len(chosen)} 份 PDF")
    made_again(desk, chosen, ledger)
    fonts = desk.home.template("fonts.conf")
    if merged:
        target = Path(merged)
        if target.exists() and not desk.settings.yes:
            raise UsageFault(f"{target} 已存在，加 --yes 覆盖，或换一个文件名")
        one = merge_pdfs(chosen, target, ledger=ledger, home=desk.home.root, fonts=fonts, duplex=duplex)
        desk.say(f"已合成 {len(one.numbers)} 份，共 {one.pages} 页：{target}")
        faults = [{"number": number, "pdf": None, "fault": fault} for number, fault in one.faults]
        rows = [{"number": number, "pdf": str(target), "fault": None} for number in one.numbers]
        desk.show([*rows, *faults] if desk.settings.format != "table" else faults, PDF)
        raise typer.Exit(FAILED if faults else 0)
    run = Pdfs(desk, ledger, chosen)
    desk.show(run.rows(), PDF)
    raise typer.Exit(FAILED if run.failed else 0)


def made_again(desk: Desk, numbers: list[str], ledger: "Ledger") -> None:
    """Letters whose file was lost are made again from what was recorded."""
    from gaozhi_cli.services.make_letter import make_letter

    for number in numbers:
        letter = ledger.letter(number)
        if letter is None or letter.docx_sha256 is None or (desk.home.root / letter.docx).exists():
            continue
        occasion = desk.occasion._replace(request_id=None)
        made = make_letter(
            number, ledger=ledger, occasion=occasion, template=desk.template(), home=desk.home.root
        )
        desk.say(f"{number} 的文件不在了，已照登记的内容重做：{made.docx}")


class Pdfs:
    """Makes the PDFs of letters and tells what became of each."""

    def __init__(self, desk: Desk, ledger: "Ledger", numbers: list[str]) -> None:
        self._desk, self._ledger, self._numbers = desk, ledger, numbers
        self.failed = 0

    def rows(self) -> Iterator[dict[str, object]]:
        """A row each, as they come."""
        from gaozhi_cli.services.make_pdfs import make_pdfs

        desk, done = self._desk, 0
        made = make_pdfs(
            self._numbers, ledger=self._ledger, occasion=desk.occasion, home=desk.home.root,
            fonts=desk.home.template("fonts.conf"),
        )  # fmt: skip
        with Progress("正在出 PDF") as progress:
            for one in made:
                done += 1
                if not one.fault:
                    desk.committed_so_far("已出", done - self.failed, "份 PDF")
                self.failed += bool(one.fault)
                path = str(one.path) if one.path else None
                yield {"number": one.number, "pdf": path, "fault": one.fault or None}
                progress(done, len(self._numbers))


def _of_day(desk: Desk, ledger: "Ledger", day: str | None, dept: str | None) -> list[str]:
    """The letters drawn up on a day. Raises NotFound."""
    from gaozhi_cli.cli.settings import iso_date
    from gaozhi_cli.storage.records import Query

    on = iso_date(str(day), "--day").isoformat()
    office = desk.office(dept) if dept else None
    query = Query(office=office.code if office else None, since=on, until=on)
    found = [listed.case.number for listed in ledger.commitments(query)]
    if not found:
        raise NotFound(f"{on} {office.called if office else ''}没有制作过承诺书")
    return found
