"""What ``ledger info`` and ``ledger verify`` say. Imports no typer: the fast path runs it alone."""

from __future__ import annotations

import re
from pathlib import Path
from sqlite3 import sqlite_version

from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.listings.case_words import plain_moment
from gaozhi_cli.domain.problem import NotReady, Problem, UsageFault
from gaozhi_cli.rendering.formats import Column

INFO = (
    Column("id", "台账编号"),
    Column("path", "文件"),
    Column("created", "建立时间", table=False),
    Column("created_moment", "建立时间", machine=False),
    Column("format_version", "格式"),
    Column("entries", "流水条数"),
    Column("anchor", "锚（最后一条）"),
    Column("key", "密钥"),
    Column("pending_letters", "未生成的文书"),
    Column("journal_mode", "日志方式"),
    Column("size", "字节"),
    Column("free", "磁盘剩余字节"),
    Column("share", "网络共享"),
    Column("sqlite", "SQLite"),
)
VERIFY = (
    Column("ok", "完好"),
    Column("entries", "流水条数"),
    Column("rows", "核对的记录"),
    Column("anchor", "锚（最后一条）"),
    Column("clock_back", "时钟倒退的流水"),
)


def info(desk: Desk) -> None:
    """The ledger in a few lines; nothing where there is none yet."""
    ledger = desk.read_ledger()
    if ledger is None:
        return
    from gaozhi_cli.storage.permissions import exposed
    from gaozhi_cli.storage.share import share_of
    from gaozhi_cli.storage.sqlite.copies import free_bytes, sqlite_engine
    from gaozhi_cli.storage.sqlite.journal_mode import mode_of

    meta, path = ledger.meta(), Path(desk.settings.ledger)
    key = desk.home.keys / f"{ledger.id()}.key"
    row = {
        "id": ledger.id(),
        "path": desk.settings.ledger,
        "created": meta.get("created"),
        "created_moment": plain_moment(meta.get("created")),
        "format_version": meta.get("format"),
        "entries": str(ledger.head()[0]),
        "anchor": ledger.anchor(),
        "key": str(key) if key.is_file() else f"缺失：{key}",
        "pending_letters": ledger.pending_letters(),
        "journal_mode": mode_of(sqlite_engine(ledger)),
        "size": str(path.stat().st_size),
        "free": str(free_bytes(path.absolute().parent)),
        "share": share_of(path),
        "sqlite": sqlite_version,
    }
    for place, command in exposed(path, desk.home):
        desk.say(f"提示：{place} 别的用户也能读，请运行 {command}")
    if row["share"]:
        desk.say("提示：台账在网络共享上，只能查看，不能登记；请移到本机的磁盘（docs/ledger.md）")
    desk.show_one(row, INFO)


def verify(desk: Desk, anchor: str | None) -> None:
    """Check the whole ledger. Raises NotReady naming the first entry that does not agree."""
    from gaozhi_cli.storage.verify import verify as verify_ledger

    expected = an_anchor(anchor)
    ledger = desk.read_ledger(as_it_is=True)
    if ledger is None:
        raise NotReady(f"没有台账 {desk.settings.ledger}，无从校验；请检查 --home、--ledger")
    result = verify_ledger(ledger, expected)
    if result.faults:
        problems = tuple(Problem("ledger-fault", fault.message) for fault in result.faults)
        message = f"台账与流水不符：{problems[0].message}；请勿再写入，保留原件并从备份核对"
        raise NotReady(message, problems)
    row = {
        "ok": True,
        "entries": str(result.entries),
        "rows": str(result.rows),
        "anchor": result.anchor,
        "clock_back": str(result.clock_back),
    }
    if result.clock_back:
        desk.say(
            f"提示：有 {result.clock_back} 条流水写入时本机的时钟早于前一条；次序以流水号为准，请核对时钟"
        )
    desk.show_one(row, VERIFY)


def an_anchor(text: str | None) -> str | None:
    """An anchor typed for ``--anchor``. Raises UsageFault."""
    if text is None:
        return None
    if not re.fullmatch(r"\d+-[0-9a-fA-F]{16}", text.strip()):
        raise UsageFault("--anchor 应是“流水号-16 位十六进制”，如 12-9f86d081884c7d65")
    return text.strip().lower()
