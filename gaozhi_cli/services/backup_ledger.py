"""备份台账: a proven copy of the ledger in one file, made while others write.

The entry comes first, so the copy holds it and says of itself when and by whom it was made. Letters and
the key are no part of it; the key is to be kept apart from it (docs/ledger.md).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import NotReady, os_reason
from gaozhi_cli.storage.home import private_folder
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.sqlite.copies import (
    Proof,
    aside,
    copy_to,
    prove,
    put_in_place,
    room_for,
    sha256_of,
    sqlite_engine,
)
from gaozhi_cli.storage.sqlite.engine import SqliteEngine
from gaozhi_cli.storage.sqlite.journal_mode import mode_of

ACT = "ledger.backup"


class BackedUp(NamedTuple):
    """The copy: where, its entries and head, what it weighs; ``sha256`` is empty where it was only tried."""

    path: Path
    entries: int
    anchor: str
    sha256: str
    size: int
    verified: bool
    repeated: bool = False


def backup_ledger(
    folder: Path,
    name: str | None,
    *,
    ledger: Ledger,
    occasion: Occasion,
    now: Callable[[], datetime],
    quick: bool = False,
) -> BackedUp:
    """Back the ledger up into ``folder``, under a name with time and seq where none is given.

    ``quick``: the copy is opened and its structure checked, but its rows are not compared with the
    journal. Raises NotReady (no room, name taken, copy at fault), Refused (request id of another act);
    no file is left then.
    """
    engine = sqlite_engine(ledger)
    size = _size(engine)
    digest = ledger.asked(occasion.request_id, ACT, folder=str(folder.absolute()), name=name)
    if name is not None and (folder / name).exists() and not _done(ledger, occasion, digest):
        raise NotReady(f"{folder / name} 已存在，没有覆盖；请换一个文件名")
    room_for(size, folder)
    mode = mode_of(engine)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        repeated = _done(ledger, occasion, digest)
        if repeated:  # killed after the entry, it is finished now under the name it had
            name = str(ledger.facts_of(occasion.request_id)["file"])
            act.nothing()
        else:
            name = name or f"ledger-{now():%Y%m%dT%H%M%S}-{act.head[0] + 1}.db"
            act.record(occasion.entry(ACT, ledger.id(), request_digest=digest, file=name, journal=mode))
    target = folder / name
    if occasion.dry_run:
        return BackedUp(target, ledger.head()[0], ledger.anchor(), "", size, False)
    try:
        if not (repeated and target.exists()):
            proof = _copy(engine, target, ledger, now, quick)
        else:
            proof = prove(target, target, keys=lambda _: ledger.keys(), now=now, quick=quick)
        weight, sha256 = target.stat().st_size, sha256_of(target)
    except OSError as error:
        raise NotReady(f"备份没有写成 {target}（{os_reason(error)}），请检查文件夹、权限和磁盘空间") from None
    return BackedUp(target, proof.entries, proof.anchor, sha256, weight, proof.verified, repeated)


def _done(ledger: Ledger, occasion: Occasion, digest: bytes) -> bool:
    return ledger.repeated(occasion.request_id, ACT, digest) is not None


def _copy(
    engine: SqliteEngine, target: Path, ledger: Ledger, now: Callable[[], datetime], quick: bool
) -> Proof:
    """Make the copy aside, prove it, put it in place."""
    private_folder(target.absolute().parent)
    with aside(target) as made:
        head = copy_to(engine, made)
        try:
            proof = prove(made, engine.path, keys=lambda _: ledger.keys(), now=now, quick=quick)
        except NotReady as fault:
            way_out = "请先 gaozhi ledger verify；要留一份原样作证，用 --quick"
            raise NotReady(f"没有留下备份：{fault.message}；{way_out}", fault.problems) from None
        if proof.entries != head[0]:
            raise NotReady(
                f"没有留下备份：副本的流水到第 {proof.entries} 条，应到第 {head[0]} 条；请检查磁盘"
            )
        put_in_place(made, target)
    return proof


def _size(engine: SqliteEngine) -> int:
    """What a copy will weigh."""
    ((pages,),), ((page,),) = engine.execute("PRAGMA page_count"), engine.execute("PRAGMA page_size")
    return int(pages) * int(page)
