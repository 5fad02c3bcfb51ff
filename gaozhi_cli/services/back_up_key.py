"""备份密钥: the ledger's key copied to a place of the administrator's choosing, proven there, journalled.

Who has the ledger and the key can read everything; so the copy does not belong beside the ledger.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import NotReady, Problem, Refused, UsageFault, os_reason
from gaozhi_cli.storage.home import write_new
from gaozhi_cli.storage.ledger import KEY_BACKUP, Ledger
from gaozhi_cli.storage.vault import key_path, parse_keys, read_keys

ACT = KEY_BACKUP


class KeyBackup(NamedTuple):
    """Where the copy lies and which key it holds; ``shared``: that disk does not keep others from it."""

    file: Path
    key: str
    shared: bool = False


def back_up_key(
    target: Path,
    *,
    ledger: Ledger,
    keys: Path,
    occasion: Occasion,
    apart_from: tuple[Path, ...],
    beside: bool = False,
) -> KeyBackup:
    """Copy the key to ``target``, never over a file; ``keys``: the folder of keys.

    Raises Refused where it would lie in one of ``apart_from`` and ``beside`` does not allow that,
    UsageFault (a file is there), NotReady (key, folder, disk). Nothing is left behind then.
    """
    digest = ledger.asked(occasion.request_id, ACT, target=str(target))
    folder = target.absolute().parent.resolve()
    if not beside and any(folder.is_relative_to(place.resolve()) for place in apart_from):
        message = f"密钥备份不要和台账放在一起（{folder}）：一起丢、一起被拿走"
        message = f"{message}；请写到别的盘或 U 盘上，确要放在这里请加 --yes"
        raise Refused(message, (Problem("key-beside", message),))
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        read_keys(keys, ledger.id())
        data = key_path(keys, ledger.id()).read_bytes()
        key = parse_keys(data, ledger.id()).led_by(ledger.present_key()).id
        if ledger.repeated(occasion.request_id, ACT, digest) is not None:
            act.nothing()
            return KeyBackup(target, key)
        if os.path.lexists(target):
            raise UsageFault(f"{target} 已存在，没有覆盖；请换一个文件名")
        act.record(occasion.entry(ACT, ledger.id(), request_digest=digest, key=key, file=target.name))
        if occasion.dry_run:
            return KeyBackup(target, key)
        shared = _copied(target, data, ledger)
    return KeyBackup(target, key, shared)


def _copied(target: Path, data: bytes, ledger: Ledger) -> bool:
    """Write the copy, read it back and open the ledger with it; whether others may read it."""
    try:
        write_new(target, data)
    except FileExistsError:
        raise UsageFault(f"{target} 已存在，没有覆盖；请换一个文件名") from None
    except OSError as error:
        raise NotReady(f"写不了 {target}（{os_reason(error)}），请检查文件夹和磁盘") from None
    try:
        back = target.read_bytes()
        if back != data or not ledger.rows_open(parse_keys(back, ledger.id())):
            raise NotReady(f"写到 {target} 的密钥读回来打不开台账，备份没有做成；请检查磁盘和 ledger verify")
        return sys.platform != "win32" and bool(target.stat().st_mode & 0o077)
    except BaseException as error:
        with suppress(OSError):
            target.unlink()
        if isinstance(error, OSError):
            raise NotReady(f"写到 {target} 的密钥读不回来（{os_reason(error)}），备份没有做成") from None
        raise
