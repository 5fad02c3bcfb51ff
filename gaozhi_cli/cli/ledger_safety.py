"""``gaozhi ledger backup|restore|journal``: copies of the ledger, and how it keeps what is half written."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gaozhi_cli.cli.commands import examples
from gaozhi_cli.cli.context import Desk, now
from gaozhi_cli.domain.problem import NotReady, UsageFault
from gaozhi_cli.rendering.formats import Column

if TYPE_CHECKING:
    from gaozhi_cli.services.restore_ledger import Plan
    from gaozhi_cli.storage.ledger import Ledger

BACKUP_EXAMPLES = examples("gaozhi ledger backup", "gaozhi ledger backup --out 台账备份.db --format json")
RESTORE_EXAMPLES = examples(
    "gaozhi ledger restore 台账备份.db --dry-run", "gaozhi ledger restore 台账备份.db --yes"
)
JOURNAL_EXAMPLES = examples("gaozhi ledger journal", "gaozhi ledger journal delete")
BACKUP = (
    Column("path", "备份"),
    Column("entries", "流水条数"),
    Column("anchor", "锚（最后一条）"),
    Column("sha256", "SHA-256"),
    Column("size", "字节"),
    Column("verified", "逐行核对"),
)
RESTORE = (
    Column("path", "台账"),
    Column("file", "备份"),
    Column("sha256", "备份的 SHA-256"),
    Column("entries", "备份的流水条数"),
    Column("backup_anchor", "备份的锚"),
    Column("anchor", "锚（最后一条）"),
    Column("present", "现有台账", table=False),
    Column("present_label", "现有台账"),
    Column("lost", "失去的流水条数"),
    Column("lost_objects", "失去记录的编号"),
    Column("skipped_numbers", "不再用的编号"),
    Column("replaced", "换下的台账"),
    Column("key", "密钥", table=False),
    Column("key_label", "密钥"),
    Column("journal_mode", "日志方式"),
    Column("format_version", "格式"),
)
JOURNAL = (Column("journal_mode", "日志方式"), Column("journal_label", "说明"))
PRESENT = {"missing": "没有", "damaged": "已损坏，读不出", "whole": "完整"}
KEY = {"own": "对得上", "missing": "没有", "other": "对不上"}
MODES = {
    "delete": "回滚日志：平时只有一个文件，默认",
    "wal": "预写日志：忙时快，旁边另有 -wal、-shm 两个文件",
}
MOST_NAMED = 10


def backup(
    out: Annotated[
        str | None, typer.Option("--out", metavar="文件或目录", help="放在哪里，默认县里目录下的备份文件夹")
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="只查文件结构，不逐行核对流水")] = False,
) -> None:
    """备份台账：别人照常办理，写成一个文件，重新打开核对后才放到位。

    备份里没有密钥，也没有承诺书文件：密钥另存一处，承诺书照常备份 letters/。
    """
    from gaozhi_cli.services.backup_ledger import backup_ledger

    desk = Desk.here()
    ledger = _present(desk)
    folder, name = _place(desk, out)
    done = backup_ledger(folder, name, ledger=ledger, occasion=desk.occasion, now=now, quick=quick)
    if desk.settings.dry_run:
        desk.say(f"试运行：将备份到 {done.path}，约 {done.size} 字节，没有写入")
    else:
        desk.committed(f"已备份到 {done.path}")
        again = "这个请求已备份过：" if done.repeated else "已备份到 "
        desk.say(f"{again}{done.path}；流水 {done.entries} 条，锚 {done.anchor}，请把锚抄在别处")
        desk.say(f"备份打不开个人信息，还要有密钥：请把 {desk.home.keys} 另存一处，不要和备份放在一起")
    desk.show_one({**done._asdict(), "path": str(done.path), "entries": str(done.entries),
                   "size": str(done.size)}, BACKUP)  # fmt: skip


def restore(
    file: Annotated[str, typer.Argument(metavar="备份文件", help="gaozhi ledger backup 写成的文件")],
    anchor: Annotated[
        str | None, typer.Option("--anchor", metavar="锚", help="备份里必须有的锚，如 12-9f86d081884c7d65")
    ] = None,
) -> None:
    """从备份恢复台账；换下的台账改名留在旁边，不删除。

    备份先逐行核对。现有台账里有备份没有的记录时，说明会失去几条，要确认（或 --yes）才换。
    """
    from gaozhi_cli.cli.listings.ledger import an_anchor
    from gaozhi_cli.services.restore_ledger import needs_migration, restore_ledger
    from gaozhi_cli.storage.connect import ledger_path

    desk = Desk.here()
    desk.lawful_occasion()
    path = ledger_path(desk.settings.ledger)
    done = restore_ledger(
        path,
        Path(file),
        keys=desk.home.keys,
        letters=desk.home.letters,
        now=now,
        occasion=desk.occasion,
        agreed=lambda plan: _agreed(desk, plan),
        expected=an_anchor(anchor),
    )
    plan = done.plan
    if desk.settings.dry_run:
        desk.say("试运行：备份完好，台账没有动")
    elif done.repeated:
        desk.say("这个请求已恢复过，没有再做")
    else:
        desk.committed(f"已从 {plan.file} 恢复台账 {path}")
        desk.say(f"已恢复台账 {path}" + (f"；换下的一份在 {done.kept}" if done.kept else ""))
    if needs_migration(plan):
        desk.say(f"备份是旧格式（{plan.version}），恢复后请运行 gaozhi ledger migrate")
    row = {
        "path": str(path),
        "file": str(plan.file),
        "sha256": plan.sha256,
        "entries": str(plan.entries),
        "backup_anchor": plan.anchor,
        "anchor": done.anchor,
        "present": plan.present,
        "present_label": PRESENT[plan.present],
        "lost": None if plan.lost is None else str(plan.lost),
        "lost_objects": list(plan.objects),
        "skipped_numbers": [_skipped(*one) for one in plan.numbers],
        "replaced": str(done.kept) if done.kept else None,
        "key": plan.key,
        "key_label": KEY[plan.key],
        "journal_mode": plan.journal_mode,
        "format_version": str(plan.version),
    }
    desk.show_one(row, RESTORE)


def journal(
    mode: Annotated[
        str | None, typer.Argument(metavar="[delete|wal]", help="换成回滚日志或预写日志；不写则只显示")
    ] = None,
) -> None:
    """显示或更换台账的日志方式：回滚日志（默认）或预写日志。

    一台机器上几个窗口同时忙着登记，预写日志快几倍；要把台账文件拷来拷去的，用回滚日志。缘由见 ledger.md。
    """
    from gaozhi_cli.services.set_journal_mode import set_journal_mode
    from gaozhi_cli.storage.sqlite.copies import sqlite_engine
    from gaozhi_cli.storage.sqlite.journal_mode import mode_of

    desk = Desk.here()
    if mode is None:
        current = mode_of(sqlite_engine(_present(desk, writing=False)))
    else:
        a_mode(desk, mode)
        ledger = _present(desk)
        done = set_journal_mode(mode, ledger=ledger, occasion=desk.occasion)
        current = done.after
        if done.before == done.after:
            desk.say(f"台账的日志方式已是 {mode}，没有改动")
        elif desk.settings.dry_run:
            desk.say(f"试运行：将从 {done.before} 换成 {mode}，没有改动")
        else:
            desk.committed(f"台账的日志方式已换成 {mode}")
            desk.say(f"台账的日志方式已从 {done.before} 换成 {mode}")
    desk.show_one({"journal_mode": current, "journal_label": MODES.get(current, "")}, JOURNAL)


def a_mode(desk: Desk, mode: str | None) -> bool:
    """Whether WAL is asked for. Raises UsageFault for no mode, NotReady where it is not safe here."""
    from gaozhi_cli.storage.sqlite.journal_mode import MODES as KNOWN
    from gaozhi_cli.storage.sqlite.journal_mode import WAL, wal_loses

    if mode is not None and mode not in KNOWN:
        raise UsageFault(f"日志方式是 {' 或 '.join(KNOWN)}，不是“{mode}”")
    if mode == WAL and wal_loses():
        import sqlite3

        told = f"本机的 SQLite 是 {sqlite3.sqlite_version}，3.51.3 之前的 wal 有缺陷，极少数情况下会丢记录"
        if not desk.settings.yes:
            raise NotReady(f"{told}，没有换；请升级 Python 或 SQLite，明知而要用的加 --yes")
        desk.say(f"提示：{told}；请尽快升级，多备份")
    return mode == WAL


def _present(desk: Desk, *, writing: bool = True) -> "Ledger":
    """The ledger that is there: none is made in order to be copied."""
    if writing:
        desk.lawful_occasion()
    ledger = desk.read_ledger()
    if ledger is None:
        raise NotReady(f"没有台账 {desk.settings.ledger}；请检查 --home、--ledger")
    return ledger


def _place(desk: Desk, out: str | None) -> tuple[Path, str | None]:
    """The folder and, where one is given, the name of the copy."""
    from gaozhi_cli.cli.context import journal_words

    if out is None:
        return desk.home.backups, None
    place = Path(out)
    if place.is_dir() or out.endswith(("/", "\\")):
        return place, None
    journal_words(place.name, "备份的文件名", "out")
    if not place.parent.is_dir():
        raise NotReady(f"没有文件夹 {place.parent}，没有备份；请先建好")
    return place.parent, place.name


def _skipped(row: str, year: int, n: int) -> str:
    """Up to which number nothing is given again: the counter of the 一般程序 is called ``RS/Y``."""
    from gaozhi_cli.domain.commitment import Number

    office, _, series = row.partition("/")
    return f"到 {Number(office, year, n, series)} 为止"


def _agreed(desk: Desk, plan: "Plan") -> None:
    """Say what would be lost and have it confirmed. Raises UsageFault where it is not."""
    doubts = []
    if plan.lost is None:
        doubts.append("现有台账读不出，不知道备份之后登记过什么")
    elif plan.lost:
        named = "、".join(plan.objects[:MOST_NAMED]) + (" 等" if len(plan.objects) > MOST_NAMED else "")
        about = f"（涉及 {named}）" if named else ""
        doubts.append(f"现有台账比备份多 {plan.lost} 条流水，恢复后不在台账里{about}")
    if plan.purges:
        again = "请恢复后再运行一次 gaozhi ledger purge"
        doubts.append(f"备份之后清除过 {plan.purges} 次个人信息，恢复后那些信息又打得开；{again}")
    if plan.key == "missing":
        doubts.append(f"{desk.home.keys} 里没有这本台账的密钥，恢复后个人信息打不开，也登记不了")
    elif plan.key == "other":
        doubts.append("现有的密钥打不开备份里的个人信息，恢复后请放回备份那时的密钥")
    for doubt in doubts:
        desk.say(f"提示：{doubt}")
    if not doubts or desk.settings.yes or desk.settings.dry_run:
        return
    if not desk.settings.interactive:
        raise UsageFault(f"没有恢复：{doubts[0]}；确要恢复，加 --yes")
    from gaozhi_cli.cli.ask import confirm

    if not confirm("现有台账会改名留在旁边，用备份恢复吗", default=False):
        raise UsageFault("没有恢复，台账没有动")
