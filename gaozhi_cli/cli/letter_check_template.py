"""``gaozhi letter check-template``: every fault of a template at once, with its place (规程二, 附件2)."""

from pathlib import Path
from typing import Annotated

import typer

from gaozhi_cli.cli.commands import examples
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.domain.problem import BadInput, UsageFault, os_reason
from gaozhi_cli.rendering.formats import Column

COLUMNS = (
    Column("code", "代号", table=False),
    Column("place", "位置", machine=False),
    Column("message", "问题"),
    Column("clause", "依据"),
    Column("field", "填空", table=False),
    Column("part", "部位", table=False),
    Column("paragraph", "段", table=False),
)
EXAMPLES = examples(
    "gaozhi letter check-template 承诺书模板.docx",
    "gaozhi letter check-template 指南模板.docx --kind 办事指南 --format json",
)
DOCUMENT_FAILED = 8


def check_template(
    file: Annotated[str, typer.Argument(metavar="文件", help="要检查的 docx 模板")],
    kind: Annotated[
        str,
        typer.Option(
            "--kind", metavar="文书", help="告知承诺书（默认）、办事指南、不予适用告知承诺制告知书等"
        ),
    ] = "letter",
) -> None:
    """检查一份模板能不能用：填空、规定文字、宏、外部链接等，一次说全。

    有问题退出码 8，没有问题 0；缺字体只提示。
    """
    from gaozhi_cli.rendering.template_kinds import kind_named, template_kinds
    from gaozhi_cli.rendering.template_review import review_template
    from gaozhi_cli.storage.document_entries import county_documents

    desk = Desk.here()
    kinds = template_kinds(county_documents(desk.home.catalog))
    chosen = kind_named(kind, kinds)
    if chosen is None:
        known = "、".join(f"{one.label}（{one.code}）" for one in kinds)
        raise UsageFault(f"没有“{kind}”这种文书的模板，可用：{known}")
    data = _read(file)
    faults = review_template(data, chosen.form)
    desk.show(
        (
            {
                "code": fault.problem.code,
                "place": fault.place,
                "message": fault.problem.message,
                "clause": fault.problem.clause,
                "field": fault.problem.field,
                "part": fault.part,
                "paragraph": str(fault.paragraph) if fault.paragraph else "",
            }
            for fault in faults
        ),
        COLUMNS,
    )
    if faults:
        desk.say(f"{file} 有 {len(faults)} 处问题，不能用作{chosen.label}模板；改好后再检查一次")
        raise typer.Exit(DOCUMENT_FAILED)
    where = desk.home.root / "templates" / chosen.file
    desk.say(f"{file} 可以用作{chosen.label}模板；放到 {where} 即生效")
    _tell_fonts(desk, data)


def _read(file: str) -> bytes:
    """The file, no further than the largest that is looked at. Raises BadInput."""
    from gaozhi_cli.rendering.docx_package import LARGEST_FILE

    path = Path(file)
    try:
        if path.exists() and not path.is_file():
            raise BadInput(f"{file} 不是普通文件")
        with path.open("rb") as opened:
            return opened.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = os_reason(error) if isinstance(error, OSError) else "文件名写法不对"
        raise BadInput(f"读不了 {file}（{reason}）") from None


def _tell_fonts(desk: Desk, data: bytes) -> None:
    """Say which typefaces of the template this machine lacks, and what that does to the page."""
    from gaozhi_cli.domain.checkup import State
    from gaozhi_cli.rendering.fonts import installed_fonts
    from gaozhi_cli.services.examine_machine import typefaces

    table, conf = desk.home.template("fonts.yaml"), desk.home.template("fonts.conf")
    for look in typefaces(installed_fonts(desk.home.cache), data, table, conf):
        if look.state is not State.GOOD:
            desk.say(f"提示：本机{look.what}{look.means}")
