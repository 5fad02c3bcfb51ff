"""``gaozhi verify schedule|assign``: dates and persons of checks, a few by name or many from a table."""

import sys
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from gaozhi_cli.cli import options
from gaozhi_cli.cli.commands import examples
from gaozhi_cli.cli.context import Desk, journal_words
from gaozhi_cli.cli.listings import verify as listings
from gaozhi_cli.cli.settings import iso_date
from gaozhi_cli.domain.check_batch import Wanted
from gaozhi_cli.domain.problem import BadInput, Problem, Refused, UsageFault, os_reason
from gaozhi_cli.domain.verification import Verification
from gaozhi_cli.rendering.formats import Column

SCHEDULE_EXAMPLES = examples(
    "gaozhi verify schedule RS-2026-00001 --due 2026-12-31 --assignee 李核查",
    "gaozhi verify schedule --from 核查安排.csv --reason 年底统一安排",
)
ASSIGN_EXAMPLES = examples(
    "gaozhi verify assign RS-2026-00001-1 --assignee 李核查",
    "gaozhi verify assign --from 核查安排.csv --assignee 李核查",
)
BATCH = (
    Column("checks", "核查"),
    Column("changed", "改动"),
    Column("entries", "流水"),
)
Targets = Annotated[
    list[str] | None, typer.Argument(metavar="编号…", help="编号（其下全部待核查）或核查号，可列几个")
]
From = Annotated[
    str | None,
    typer.Option("--from", metavar="文件", help="成批：核查号、期限、核查人的表格或 ndjson，- 从标准输入读"),
]
CHUNK = 1024 * 1024


def schedule(
    targets: Targets = None,
    due: Annotated[str | None, typer.Option("--due", metavar="日期", help="核查期限")] = None,
    assignee: options.Assignee = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="理由", help="改期须写明理由")] = None,
    from_: From = None,
) -> None:
    """定下或改动核查期限、核查人；成批的先全部核对，有一项不能改就一项也不改。"""
    desk = Desk.here()
    if from_ is None and not due and not assignee:
        raise UsageFault("请写明 --due 日期 或 --assignee 姓名")
    day = iso_date(due, "--due") if due else None
    _carry_out(desk, targets or [], from_, day, assignee, reason)


def assign(
    targets: Targets = None,
    assignee: options.Assignee = None,
    from_: From = None,
) -> None:
    """派核查人，期限不动；成批的可以各派各的。"""
    desk = Desk.here()
    if from_ is None and not assignee:
        raise UsageFault("请写明 --assignee 姓名")
    _carry_out(desk, targets or [], from_, None, assignee, None, persons_only=True)


def _carry_out(
    desk: Desk,
    targets: list[str],
    from_: str | None,
    due: date | None,
    assignee: str | None,
    reason: str | None,
    persons_only: bool = False,
) -> None:
    if bool(targets) is (from_ is not None):
        raise UsageFault("请列出编号或核查号，或者用 --from 文件 成批办理，两样只写一样")
    journal_words(reason, "理由", "reason")
    journal_words(assignee, "核查人", "assignee")
    if from_ is None:
        _few(desk, targets, due, assignee, reason)
    else:
        _many(desk, _read(desk, from_, due, assignee, persons_only), reason)


def _few(desk: Desk, targets: list[str], due: date | None, assignee: str | None, reason: str | None) -> None:
    from gaozhi_cli.services.schedule_verification import schedule_faults, schedule_verification

    found = tuple(dict.fromkeys(desk.target(target) for target in targets))
    ledger, occasion = desk.case_ledger(), desk.occasion
    several = found if len(found) > 1 else ()  # one target is checked by its own act
    problems = schedule_faults(several, ledger=ledger, due=due, reason=reason, today=desk.today)
    if problems:
        raise Refused(problems[0].message, tuple(problems))
    changed: dict[str, Verification] = {}
    for target in found:
        many = occasion.request_id is not None and len(found) > 1
        once = occasion._replace(request_id=f"{occasion.request_id}/{target}") if many else occasion
        done = schedule_verification(
            target, ledger=ledger, occasion=once, due=due, assignee=assignee, reason=reason
        )
        desk.committed(f"{target} 的核查安排已改")
        changed |= {check.id: check for check in done}
    if desk.settings.dry_run:
        desk.say("试运行：以下没有写入")
    desk.show([listings.check_row(desk, check) for check in changed.values()], listings.DUE)


def _many(desk: Desk, wanted: list[Wanted], reason: str | None) -> None:
    from gaozhi_cli.cli.progress import Progress
    from gaozhi_cli.services.schedule_batch import schedule_batch

    ledger = desk.case_ledger()
    with Progress("正在安排核查") as progress:

        def told(done: int, total: int) -> None:
            if not desk.settings.dry_run:
                desk.committed_so_far("已安排核查", done, "项")
            progress(done, total)

        done = schedule_batch(wanted, ledger=ledger, occasion=desk.occasion, reason=reason, progress=told)
    if desk.settings.dry_run:
        desk.say("试运行：以下没有写入")
    desk.show_one(done._asdict(), BATCH)


def _read(desk: Desk, from_: str, due: date | None, assignee: str | None, persons_only: bool) -> list[Wanted]:
    """The table's rows, the flags as their defaults. Raises BadInput with all that is wrong."""
    from gaozhi_cli.storage.check_table import read_wanted

    with TemporaryDirectory(prefix="gaozhi-") as folder:
        path = _spooled(Path(folder)) if from_ == "-" else Path(from_)
        try:
            rows = list(read_wanted(path, desk.target))
        except OSError as error:
            raise BadInput(f"读不了 {from_}（{os_reason(error)}），请检查路径") from None
    faults = [row for row in rows if isinstance(row, Problem)]
    wanted = [
        row._replace(due=None if persons_only else row.due or due, assignee=row.assignee or assignee)
        for row in rows
        if isinstance(row, Wanted)
    ]
    for row in wanted:
        if row.due is None and row.assignee is None:
            message = f"第 {row.row} 行 {row.id} 没有{'' if persons_only else '期限，也没有'}核查人"
            faults.append(Problem("row", message, field=str(row.row)))
    for name in dict.fromkeys(row.assignee for row in wanted if row.assignee):
        journal_words(name, "核查人", "assignee")
    if faults:
        raise BadInput(f"有 {len(faults)} 处不能用，一项也没有改：{faults[0].message}", tuple(faults))
    if not wanted:
        raise BadInput(f"{from_} 里没有核查号")
    return wanted


def _spooled(folder: Path) -> Path:
    """Standard input as a file: it is looked at before it is read."""
    path = folder / "标准输入"
    with path.open("wb") as file:
        while data := sys.stdin.buffer.read(CHUNK):
            file.write(data)
    return path
