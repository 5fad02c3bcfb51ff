"""升级台账: bring a ledger of an earlier version to this one; a checked copy of it is made before.

Tables and columns are only added, and added columns are NULL, so every digest of the journal still
holds (docs/journal.md 二). The upgrade is an act with its own journal entry.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import NotReady, os_reason
from gaozhi_cli.storage.engine import read_head
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.schema import VERSION
from gaozhi_cli.storage.share import refuse_share
from gaozhi_cli.storage.sqlite.copies import aside, copy_to, prove, put_in_place
from gaozhi_cli.storage.sqlite.engine import SqliteEngine
from gaozhi_cli.storage.vault import Keys


class Migrated(NamedTuple):
    """From which version to which, and where the copy made before lies; None where nothing was done."""

    before: int
    after: int
    backup: Path | None


def migrate_ledger(
    path: Path, *, keys: Callable[[str], Keys], now: Callable[[], datetime], occasion: Occasion
) -> Migrated:
    """Migrate the ledger at ``path``. Raises NotReady (not ours, newer, damaged, disk full); whole then."""
    engine = SqliteEngine(path, older=True)
    try:
        before = engine.version
        if before == VERSION or occasion.dry_run:
            return Migrated(before, VERSION, None)
        refuse_share(path)
        damage = engine.damage()
        if damage:
            raise NotReady(f"台账 {path} 已损坏，没有升级；请从备份恢复后再升级")
        backup, head = _back_up(engine, path, before, now())
        ledger = Ledger(engine, keys, now)
        with ledger.transaction() as act:
            if read_head(engine) != head:  # under the write lock: nothing can come between any more
                with suppress(OSError):
                    backup.unlink()
                raise NotReady("台账刚有人写入，没有升级，请再运行一次")
            engine.migrate()
            act.set_meta("format", str(VERSION))
            act.record(
                occasion.entry(
                    "ledger.migrate", ledger.id(), before=before, after=VERSION, backup=backup.name
                )
            )
    finally:
        engine.close()
    return Migrated(before, VERSION, backup)


def _back_up(
    engine: SqliteEngine, path: Path, before: int, moment: datetime
) -> tuple[Path, tuple[int, bytes]]:
    """The copy beside the ledger, readable by its owner only, on the disk and proven to open; its head."""
    target = path.with_name(f"{path.name}.格式{before}-{moment:%Y%m%dT%H%M%S}.bak")
    if target.exists():
        raise NotReady(f"备份 {target} 已存在，没有升级；请移开它再试")
    try:
        with aside(target) as made:
            head = copy_to(engine, made)
            try:
                prove(made, target, keys=_no_keys, now=lambda: moment, quick=True)
            except NotReady as fault:
                told = f"备份 {target} 打不开，没有升级"
                raise NotReady(f"{told}；请检查磁盘", fault.problems) from None
            put_in_place(made, target)
    except OSError as error:
        raise NotReady(f"备份不了 {path}（{os_reason(error)}），没有升级") from None
    return target, head


def _no_keys(_: str) -> Keys:
    raise NotReady("备份时不用密钥")
