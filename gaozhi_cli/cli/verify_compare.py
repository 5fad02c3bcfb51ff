"""``gaozhi verify compare`` and ``verify sources``: checks compared with the county's registers."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gaozhi_cli.cli import options
from gaozhi_cli.cli.commands import examples
from gaozhi_cli.cli.context import Desk, journal_words
from gaozhi_cli.cli.listings import compared as listings
from gaozhi_cli.domain.comparing import ANSWERED
from gaozhi_cli.domain.problem import UsageFault
from gaozhi_cli.domain.vocabulary import Compared

if TYPE_CHECKING:
    from gaozhi_cli.domain.registers import Source
    from gaozhi_cli.services.compare_checks import Run

EXAMPLES = examples(
    "gaozhi verify compare --all --source 营业执照登记 --dry-run",
    "gaozhi verify compare MZ-2026-00001 --source sj-licences",
    "gaozhi verify compare --list",
)
SOURCES_EXAMPLES = examples("gaozhi verify sources", "gaozhi verify sources sj-licences --check")
MINUTES = 60
MOST_ON_SCREEN = 40
UNAVAILABLE, SOME_FAILED = 6, 9


def compare(
    targets: Annotated[
        list[str] | None, typer.Argument(metavar="核查…", help="核查号或编号，可列几个；都比对用 --all")
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", metavar="来源", help="sources.yaml 里的代号或名称")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="全部待在线核查、这个来源能答复的")] = False,
    dept: options.Dept = None,
    file: Annotated[
        str | None, typer.Option("--file", metavar="文件", help="用这一份数据文件，不用 sources.yaml 所写的")
    ] = None,
    accept_smaller: Annotated[
        bool, typer.Option("--accept-smaller", help="数据比上次少得多也比对，要写 --reason")
    ] = False,
    reason: Annotated[str | None, typer.Option("--reason", metavar="理由", help="为什么会少")] = None,
    minutes: Annotated[
        str | None, typer.Option("--minutes", metavar="分钟", help=f"最多查多久，默认 {MINUTES}")
    ] = None,
    list_: Annotated[bool, typer.Option("--list", help="只列登记过的比对")] = False,
) -> None:
    """在线核查：与登记数据逐项比对，结果由经办人认定。

    来源用不了，退出码 6，什么也不登记；一部分没有得到答复，退出码 9。技术故障从不算作不实。
    中断之后照原样再运行一次，会接着做。
    """
    desk = Desk.here()
    if list_:
        listings.list_recorded(desk, list(targets or ()))
        return
    if source is None:
        raise UsageFault("缺少 --source 来源；gaozhi verify sources 可查")
    if bool(targets) == (all_ or dept is not None):
        raise UsageFault("请指明核查号或编号，或者用 --all（可加 --dept 单位），两样只写一样")
    if accept_smaller and not (reason or "").strip():
        raise UsageFault("--accept-smaller 要写 --reason 理由")
    journal_words(reason, "理由", "reason")
    deadline = time.monotonic() + 60 * _minutes(minutes)
    raise typer.Exit(
        _run(desk, list(targets or ()), source, dept, file, reason if accept_smaller else None, deadline)
    )


def _minutes(text: str | None) -> int:
    if text is None:
        return MINUTES
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 1440:
        raise UsageFault("--minutes 应是 1 至 1440 的整数")
    return int(text)


def _run(
    desk: Desk, targets: list[str], source_name: str, dept: str | None, file: str | None,
    smaller: str | None, deadline: float,
) -> int:  # fmt: skip
    from gaozhi_cli.cli.registers import find_source, open_register
    from gaozhi_cli.services.compare_checks import Told, compare_checks

    source = find_source(desk, source_name)
    office = desk.office(dept).code if dept is not None else None
    plain = tuple(dict.fromkeys(desk.target(target) for target in targets))
    ledger = desk.case_ledger()
    run = compare_checks(
        source, open_register(desk, source, ledger, file), ledger=ledger, occasion=desk.occasion,
        deadline=deadline, targets=plain, office=office, smaller=Told(smaller) if smaller else None,
    )  # fmt: skip
    for note in run.notes:
        desk.say(f"提示：{note}")
    outcomes: Counter[Compared] = Counter()
    _show(desk, _rows(desk, run, source, outcomes))
    return _told(desk, source, run, outcomes)


def _rows(desk: Desk, run: Run, source: Source, outcomes: Counter[Compared]) -> Iterator[dict[str, Any]]:
    from gaozhi_cli.cli.progress import Progress

    recorded = 0
    with Progress("正在比对") as progress:
        for row in run.rows:
            outcomes[row.outcome] += 1
            if row.recorded and not row.before:
                recorded += 1
                desk.committed_so_far("已登记比对", recorded, "项")
            progress(outcomes.total(), run.asked)
            yield listings.row_shown(row, source)


def _show(desk: Desk, rows: Iterator[dict[str, Any]]) -> None:
    """All rows on stdout; of many at a terminal only those that somebody has to look at."""
    if not desk.on_terminal or desk.settings.format != "table":
        desk.show(rows, listings.COMPARED)
        return
    first: list[dict[str, Any]] = []
    wanted: list[dict[str, Any]] = []
    count = 0
    for row in rows:
        count += 1
        for kept, fits in ((first, True), (wanted, row["outcome"] != Compared.MATCH.value)):
            if fits and len(kept) < MOST_ON_SCREEN:
                kept.append(row)
    desk.show(first if count <= MOST_ON_SCREEN else wanted, listings.COMPARED)
    if count > MOST_ON_SCREEN:
        desk.say(f"只列出没有相符的前 {len(wanted)} 项；全部可用 verify compare --list -o 比对.xlsx")


def _told(desk: Desk, source: Source, run: Run, outcomes: Counter[Compared]) -> int:
    """The summary on stderr, and the exit code."""
    if not outcomes:
        desk.say(f"没有待在线核查、来源“{source.name}”又能答复的事项")
        return 0
    told = "，".join(f"{outcome.label} {outcomes[outcome]}" for outcome in Compared if outcomes[outcome])
    desk.say(f"{'试运行：没有写入；' if desk.settings.dry_run else ''}共 {outcomes.total()} 项：{told}")
    answered = sum(outcomes[outcome] for outcome in ANSWERED)
    if answered == outcomes.total():
        return 0
    outside = outcomes[Compared.NOT_COVERED]
    if answered + outside < outcomes.total() and answered:
        desk.say("没有得到答复的没有登记，稍后照原样再运行一次")
    if outside:
        desk.say("来源不包括的，请换一个来源，或改用别的方式核查")
    if answered or not run.asked:
        return SOME_FAILED
    desk.say(f"来源“{source.name}”没有答复，什么也没有登记；这不说明申请人的任何情况，稍后再试")
    return UNAVAILABLE


def sources(
    name: Annotated[str | None, typer.Argument(metavar="来源", help="代号或名称；不写列出全部")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="试一试能不能用：打开、读一遍或连一次，不查询任何人")
    ] = False,
) -> None:
    """县里登记的数据来源：答复什么、比对什么、能不能用。"""
    raise typer.Exit(listings.list_sources(Desk.here(), name, check))
