"""日志方式: switch the ledger between rollback journal and write-ahead log, and remember which."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import NotReady
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.share import refuse_share
from gaozhi_cli.storage.sqlite.copies import sqlite_engine
from gaozhi_cli.storage.sqlite.journal_mode import META, mode_of, set_mode

ACT = "ledger.journal"


class Switched(NamedTuple):
    """The mode before and after."""

    before: str
    after: str


def set_journal_mode(mode: str, *, ledger: Ledger, occasion: Occasion) -> Switched:
    """Switch to ``delete`` or ``wal``. Raises NotReady where others have the ledger open, or on a share.

    SQLite switches outside a transaction: first the file, then the entry. Killed between the two, the
    next run writes the entry.
    """
    engine = sqlite_engine(ledger)
    digest = ledger.asked(occasion.request_id, ACT, mode=mode)
    before = mode_of(engine)
    known = ledger.meta().get(META, "delete")
    if ledger.repeated(occasion.request_id, ACT, digest) is not None or before == known == mode:
        return Switched(before, before)
    refuse_share(engine.path)
    if occasion.dry_run:
        return Switched(before, mode)
    set_mode(engine, mode)
    try:
        with ledger.transaction() as act:
            act.set_meta(META, mode)
            act.record(occasion.entry(ACT, ledger.id(), request_digest=digest, before=before, after=mode))
    except BaseException:
        with suppress(NotReady):
            set_mode(engine, before)
        raise
    return Switched(before, mode)
