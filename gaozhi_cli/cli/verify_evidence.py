"""``gaozhi verify evidence``: photos and files of a check, kept by digest; is this the file that was kept?"""

from typing import Annotated

import typer

from gaozhi_cli.cli.commands import examples
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.stdin import file_mark
from gaozhi_cli.domain.problem import NotFound, UsageFault
from gaozhi_cli.domain.vocabulary import EvidenceKind, labels, parse_word
from gaozhi_cli.rendering.formats import Column

EXAMPLES = examples(
    "gaozhi verify evidence RS-2026-00001-1 现场.jpg 门牌.jpg --kind 照片",
    "gaozhi verify evidence RS-2026-00001-1 --check 现场.jpg",
    "gaozhi verify evidence RS-2026-00001-1",
)
KINDS = labels(EvidenceKind)
FILES = (
    Column("id", "凭据"),
    Column("kind", "种类代码", table=False),
    Column("kind_label", "种类"),
    Column("bytes", "字节"),
    Column("sha256", "摘要"),
    Column("added_on", "登记日期"),
    Column("new", "本次登记", table=False),
)


def evidence(
    target: Annotated[
        str, typer.Argument(metavar="核查", help="核查号（RS-2026-00001-1），或只有一项时的编号")
    ],
    files: Annotated[
        list[str] | None, typer.Argument(metavar="文件…", help="照片、核查记录等；不写就列出已登记的")
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--kind", metavar="种类", help=f"{KINDS}，默认照文件名认")
    ] = None,
    check: Annotated[
        str | None,
        typer.Option("--check", metavar="文件", help="是不是登记过的那一份；不是的退出码 4"),
    ] = None,
) -> None:
    """登记凭据文件的摘要和大小（文件由单位自己存放），同一份只登记一次。"""
    from gaozhi_cli.storage.visits import evidence_of, find_check

    desk = Desk.here()
    plain = desk.target(target)
    if check is not None and files:
        raise UsageFault("--check 只核对一份文件，不能同时登记")
    if not files:
        ledger = desk.required_ledger()
        found = evidence_of(ledger, find_check(ledger, plain).id)
        if check is not None:
            sha256, size = file_mark(check, "文件")
            found = [file for file in found if (file.sha256, file.bytes) == (sha256, size)]
            if not found:
                raise NotFound(f"{check} 不是 {plain} 登记过的凭据（文件换过、另存过都会不同）")
        desk.show([_row(file, new=False) for file in found], FILES)
        return
    _keep(desk, plain, files, kind)


def _keep(desk: Desk, plain: str, files: list[str], kind: str | None) -> None:
    from gaozhi_cli.services.keep_evidence import keep_evidence
    from gaozhi_cli.storage.closing import FileMark
    from gaozhi_cli.storage.visits import find_check

    word = parse_word(EvidenceKind, kind) if kind else None
    if kind and word is None:
        raise UsageFault(f"--kind 不认识“{kind}”，可用：{KINDS}")
    word = word or kind_by_name(files)
    marks = [FileMark(*file_mark(path, "凭据文件")) for path in files]
    ledger = desk.case_ledger()
    done = keep_evidence(
        find_check(ledger, plain).id, marks, kind=word, ledger=ledger, occasion=desk.occasion
    )
    desk.committed(f"已登记 {done.check} 的凭据 {len(done.added)} 份")
    twice = len(files) - len(done.added)
    if twice:
        desk.say(f"{twice} 份已经登记过，没有再登记")
    if desk.settings.dry_run:
        desk.say("试运行：以下没有写入")
    desk.show([_row(file, new=file.id in done.added) for file in done.files], FILES)


def kind_by_name(files: list[str]) -> EvidenceKind:
    """照片 where all are pictures by their names, else 其他文件."""
    pictures = (".jpg", ".jpeg", ".png", ".heic", ".bmp", ".webp", ".gif", ".tif", ".tiff")
    return EvidenceKind.PHOTO if all(f.lower().endswith(pictures) for f in files) else EvidenceKind.FILE


def _row(file: object, *, new: bool) -> dict[str, object]:
    from gaozhi_cli.storage.records import EvidenceFile

    assert isinstance(file, EvidenceFile)
    label = EvidenceKind(file.kind).label
    return {**file._asdict(), "bytes": str(file.bytes), "kind_label": label, "new": new}
