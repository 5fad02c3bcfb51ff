"""体检（县里的目录）: home folder, ledger and key, templates, 清单 and working-day calendar.

Nothing is made or changed, nothing personal is read. Each check is a function that gives Looks.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path

from gaozhi_cli.domain.catalog import Catalog
from gaozhi_cli.domain.checkup import Area, Look, State
from gaozhi_cli.domain.problem import os_reason
from gaozhi_cli.domain.readiness import missing
from gaozhi_cli.storage.document_entries import county_documents
from gaozhi_cli.storage.home import Home
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.permissions import exposed, open_to_others

GOOD, NOTICE, MISSING = State.GOOD, State.NOTICE, State.MISSING
RECORDS = Area.RECORDS
NEXT_YEAR_EXPECTED = 11  # from this month on, a next year without calendar is worth a word
MOST_LOOKED_INTO = 2000  # items; beyond, catalog check --ready is the place


def home_folder(home: Home) -> Iterator[Look]:
    """The county's folder: there, writable, closed to others."""
    root, what = home.root, "县里的目录"
    if not root.exists():
        yield Look("home", what, GOOD, f"{root} 还没有，第一次登记时自动建立", area=RECORDS)
    elif not root.is_dir():
        yield Look("home", what, MISSING, f"{root} 不是文件夹", "移开它，或改 --home", RECORDS)
    elif not os.access(root, os.W_OK | os.X_OK):
        yield Look("home", what, MISSING, f"{root} 不能写", "请管理员改权限", RECORDS)
    elif sys.platform == "win32":
        means = f"{root}；Windows 上由用户目录的权限保护，请勿放在公用文件夹"
        yield Look("home", what, GOOD, means, area=RECORDS)
    elif open_to_others(root):
        means = f"{root} 别的用户也能进；台账和密钥本身只有本人能读"
        yield Look("home", what, NOTICE, means, f"chmod 700 {root}", RECORDS)
    else:
        yield Look("home", what, GOOD, f"{root}，只有本人能进", area=RECORDS)


def ledger(location: str, home: Home, now: Callable[[], datetime]) -> Iterator[Look]:
    """The ledger and its key: there, of this program's format, readable by their owner only."""
    from gaozhi_cli.storage.connect import ledger_path, open_ledger
    from gaozhi_cli.storage.ledger import KEY_BACKUP
    from gaozhi_cli.storage.vault import key_path, read_keys

    path = ledger_path(location)
    opened = open_ledger(location, home.keys, now)
    if opened is None:
        if any(home.keys.glob("*.key")):
            means = f"{home.keys} 里有密钥，却没有台账 {path}"
            yield Look("ledger", "台账", MISSING, means, "gaozhi ledger restore 备份文件", RECORDS)
        else:
            yield Look("ledger", "台账", GOOD, f"{path} 还没有，第一次登记时自动建立", area=RECORDS)
        return
    told = f"{path}，格式 {opened.meta().get('format', '')}，流水 {opened.head()[0]} 条"
    yield _private(path, Look("ledger", "台账", GOOD, told, area=RECORDS))
    yield from _safety(path, home, opened)
    key = key_path(home.keys, opened.id())
    if not key.is_file():
        means = f"没有密钥 {key}，个人信息打不开，也登记不了"
        how = "gaozhi ledger key restore 文件，从备份放回"
        yield Look("key", "密钥", MISSING, means, how, RECORDS)
    else:
        present = read_keys(home.keys, opened.id()).led_by(opened.present_key())
        saved = opened.last_act(KEY_BACKUP)
        if saved is not None and json.loads(saved["detail"])["key"] == present.id:
            told = f"{key}，{saved['dated_on']} 备份过"
        else:
            told = f"{key}，还没有备份，请运行 gaozhi ledger key backup --out 文件"
        yield _private(key, Look("key", "密钥", GOOD, told, area=RECORDS))
    pending = len(opened.pending_letters())
    if pending:
        means = f"有 {pending} 份已登记、文件还没有写成"
        yield Look("pending", "未生成的文书", NOTICE, means, "下一条写入命令会自动补上", RECORDS)


def _private(path: Path, good: Look) -> Look:
    """The look, or a word that others can read the file."""
    if not open_to_others(path):
        return good
    return good._replace(state=NOTICE, means=f"{path} 别的用户也能读", how=f"chmod 600 {path}")


def _safety(path: Path, home: Home, opened: Ledger) -> Iterator[Look]:
    """Who else can read what belongs to it; network share; journal mode; whether there is a backup."""
    from gaozhi_cli.storage.share import share_of
    from gaozhi_cli.storage.sqlite.copies import sqlite_engine
    from gaozhi_cli.storage.sqlite.journal_mode import WAL, mode_of, wal_loses
    from gaozhi_cli.storage.vault import key_path

    told = (path, key_path(home.keys, opened.id()))
    for place, command in (found for found in exposed(path, home) if found[0] not in told):
        yield Look("permissions", "文件权限", NOTICE, f"{place} 别的用户也能读", command, RECORDS)
    kind = share_of(path)
    if kind is not None:
        means = f"{path} 在网络共享（{kind}）上，只能查看，不能登记"
        yield Look(
            "share", "台账的位置", MISSING, means, "移到本机的磁盘，用 --home 或 --ledger 指明", RECORDS
        )
    if mode_of(sqlite_engine(opened)) == WAL and wal_loses():
        means = "日志方式是 wal，而本机的 SQLite 早于 3.51.3，极少数情况下会丢记录"
        yield Look("journal", "日志方式", NOTICE, means, "升级，或 gaozhi ledger journal delete", RECORDS)
    copies = sorted(home.backups.glob("*.db"), key=lambda file: file.stat().st_mtime)
    if copies:
        yield Look("backup", "备份", GOOD, f"最近一份 {copies[-1]}；请把它复制到别的磁盘", area=RECORDS)
    else:
        yield Look("backup", "备份", NOTICE, f"{home.backups} 里没有备份", "gaozhi ledger backup", RECORDS)


def templates(home: Home) -> Iterator[Look]:
    """Each template in use passes its check; files in templates/ that nothing uses are named."""
    from gaozhi_cli.rendering.template_kinds import template_kinds
    from gaozhi_cli.rendering.template_review import review_template

    folder = home.root / "templates"
    kinds = template_kinds(county_documents(home.catalog))
    for kind in kinds:
        path = home.template(kind.file)
        what = f"模板 {kind.label}"
        try:
            found = review_template(path.read_bytes(), kind.form)
        except OSError as error:
            yield Look("template", what, MISSING, f"读不了 {path}（{os_reason(error)}）", "检查权限")
            continue
        if found:
            means = f"{path} 有 {len(found)} 处问题，不能用"
            how = f"gaozhi letter check-template {path} --kind {kind.code}"
            yield Look("template", what, MISSING, means, how)
        else:
            own = "县里自己的" if path.parent == folder else "随程序附带的"
            yield Look("template", what, GOOD, f"{own}，检查通过")
    used = {kind.file for kind in kinds}
    unused = sorted(path.name for path in folder.glob("*.docx") if path.name not in used)
    if unused:
        means = f"{folder} 里这些文件没有用到：{'、'.join(unused[:10])}"
        yield Look("template-unused", "模板文件名", NOTICE, means, f"可用的文件名：{'、'.join(sorted(used))}")


def catalog(open_catalog: Callable[[], Catalog], today: date) -> Iterator[Look]:
    """The 清单 in force, and what letters will lack by it; its own faults are told by its reader."""
    found = open_catalog()
    told = f"{found.version} 版，{len(found.items)} 个事项"
    yield Look("catalog", "清单", GOOD, told, area=RECORDS)
    if len(found.items) <= MOST_LOOKED_INTO:
        lacking = sum(bool(missing(item, found, today)) for item in found.items)
        if lacking:
            means = f"{lacking} 个事项的依据、内容、联系人、代为承诺、公开等还没有填齐，承诺书上留空"
            yield Look(
                "catalog-ready", "清单的补写", NOTICE, means, "gaozhi catalog check --ready", area=RECORDS
            )


def calendar(open_catalog: Callable[[], Catalog], today: date) -> Iterator[Look]:
    """The working-day calendars of this and the next year: without one, due dates are 暂定."""
    from gaozhi_cli.storage.calendar import work_calendar

    published = work_calendar(open_catalog()).published
    how = "公布后升级 chinesecalendar（pip install -U chinesecalendar），或写入 catalog/holidays.yaml"
    for year, expected in ((today.year, True), (today.year + 1, today.month >= NEXT_YEAR_EXPECTED)):
        what = f"{year} 年工作日历"
        if year in published:
            yield Look("calendar", what, GOOD, "已有", area=RECORDS)
        elif expected:
            yield Look("calendar", what, NOTICE, "还没有，期限落在这一年的只能暂定", how, RECORDS)
        else:
            yield Look("calendar", what, GOOD, "还没有，到时补上", area=RECORDS)
