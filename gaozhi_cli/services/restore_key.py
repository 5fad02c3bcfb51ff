"""放回密钥: a backed-up key put where the ledger's key is missing or damaged, proven on the ledger before."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import BadInput, NotReady, os_reason
from gaozhi_cli.storage.home import write_private
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.vault import Keys, key_path, parse_keys

ACT = "ledger.key-restore"
LARGEST = 1 << 20


class KeyRestored(NamedTuple):
    """Where the key lies; ``aside``: what lay there and did not open the ledger; ``needed`` False: it did."""

    file: Path
    key: str
    aside: Path | None = None
    needed: bool = True


def restore_key(source: Path, *, ledger: Ledger, keys: Path, occasion: Occasion) -> KeyRestored:
    """Put the key in its place. Raises BadInput (another's, damaged, older than a rotation), NotReady."""
    path = key_path(keys, ledger.id())
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        there = _read(path) if path.is_file() else None
        present = _usable(there, ledger) if there is not None else None
        if present is not None:
            act.nothing()
            return KeyRestored(path, present.id, needed=False)
        data = _source(source)
        found = _usable(data, ledger)
        if found is None:
            message = f"{source} 打不开这本台账（{ledger.id()}）：不是它的密钥、已损坏，或早于最近一次轮换"
            raise BadInput(f"{message}；请换一份密钥备份")
        aside = path.with_name(f"{path.name}.{act.head[0] + 1}.旧") if there is not None else None
        act.record(occasion.entry(ACT, ledger.id(), key=found.id, file=source.name))
        if not occasion.dry_run:
            try:
                if aside is not None:
                    path.replace(aside)
                write_private(path, data)
            except OSError as error:
                raise NotReady(f"写不了 {path}（{os_reason(error)}），请检查权限和磁盘空间") from None
    ledger.forget_keys()
    return KeyRestored(path, found.id, aside)


def _usable(data: bytes, ledger: Ledger) -> Keys | None:
    """The keys in a file's bytes where they open this ledger."""
    try:
        keys = parse_keys(data, ledger.id()).led_by(ledger.present_key())
    except (ValueError, NotReady):
        return None
    return keys if ledger.rows_open(keys) else None


def _source(path: Path) -> bytes:
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:  # a device or a pipe has no end
            raise BadInput(f"{path} 不是密钥备份，请检查路径")
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"读不了 {path}（{os_reason(error)}），请检查路径") from None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotReady(f"读不了密钥文件 {path}（{os_reason(error)}），请检查权限") from None
