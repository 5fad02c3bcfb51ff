"""轮换密钥: a new wrapping key; row keys are wrapped anew, no digest and no personal data is touched.

The key file gets the new key beside the old one first, then all row keys and the entry are committed in
one transaction, then the old key is marked as retired. A kill leaves a file that opens either state: the
ledger itself says (``meta``: ``key``) which key is the present one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import NotReady, os_reason
from gaozhi_cli.storage import schema
from gaozhi_cli.storage.ledger import CURRENT_KEY, Ledger
from gaozhi_cli.storage.vault import Keys, key_path, new_wrap_key, seal, unseal, wrap_place, write_keys

ACT = "ledger.key-rotate"
PAGE = 1000


class Rotated(NamedTuple):
    """From which key to which, how many row keys; ``kept``: retired keys still in the key file.

    ``settled`` False: the rotation stands, but the key file could not be put in its final form.
    """

    old: str
    new: str
    rows: int
    kept: int
    settled: bool = True
    repeated: bool = False


def rotate_key(
    *,
    ledger: Ledger,
    keys: Path,
    occasion: Occasion,
    forget: bool = False,
    progress: Callable[[int], None] = lambda done: None,
) -> Rotated:
    """Rotate the wrapping key; ``forget`` drops the keys of before. Raises NotReady; nothing changed then."""
    ledger.forget_keys()
    digest = ledger.asked(occasion.request_id, ACT, forget=forget)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        ledger.forget_keys()  # under the write lock: nobody rotates meanwhile
        old = ledger.keys()
        if ledger.repeated(occasion.request_id, ACT, digest) is not None:
            act.nothing()
            facts = ledger.facts_of(occasion.request_id)
            return Rotated(facts["old"], facts["new"], facts["rows"], len(old.retired), repeated=True)
        new, rows = new_wrap_key(), 0
        both = old._replace(next=new)
        if not occasion.dry_run:
            _write(keys, ledger.id(), both)
        for page in ledger.engine.pages(schema.ROW_KEYS, PAGE):
            act.rewrap([_rewrapped(id_, key_id, wrapped, both) for id_, key_id, wrapped in page])
            rows += len(page)
            progress(rows)
        act.set_meta(CURRENT_KEY, new.id)
        act.record(
            occasion.entry(
                ACT, ledger.id(), request_digest=digest, old=old.id, new=new.id, rows=rows, forget=forget
            )
        )
    if occasion.dry_run:
        return Rotated(old.id, new.id, rows, 0 if forget else len(old.retired) + 1)
    after = both.led_by(new.id)
    if forget:
        after = after._replace(retired=())
    try:
        _write(keys, ledger.id(), after)
    except NotReady:
        return Rotated(old.id, new.id, rows, len(old.retired) + 1, settled=False)
    ledger.forget_keys()
    return Rotated(old.id, new.id, rows, len(after.retired))


def _rewrapped(id_: str, key_id: str, wrapped: bytes, keys: Keys) -> list[object]:
    """A row key under the next wrapping key."""
    assert keys.next is not None
    key = unseal(keys.under(key_id), wrapped, wrap_place(id_, key_id))
    return [keys.next.id, seal(keys.next.wrap, key, wrap_place(id_, keys.next.id)), id_]


def _write(folder: Path, ledger_id: str, keys: Keys) -> None:
    try:
        write_keys(folder, ledger_id, keys)
    except OSError as error:
        path = key_path(folder, ledger_id)
        raise NotReady(
            f"写不了密钥文件 {path}（{os_reason(error)}），没有轮换；请检查权限和磁盘空间"
        ) from None
