"""导入清单: a planned version is written aside, compiled with all the rest, journalled, put in place.

A 清单 is dated and kept (通知五（一）, 规程一：适时动态调整); ``domain.importing`` says what is in it.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from gaozhi_cli.domain.catalog import Catalog
from gaozhi_cli.domain.importing.values import Plan
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import NotReady, Refused, os_reason
from gaozhi_cli.storage.home import Home
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.transaction import Transaction
from gaozhi_cli.storage.version_files import drop, folder_digest, plain, put_in_place, registered, stage

ACT = "catalog.import"


class Staged(NamedTuple):
    """A version written aside, with the catalog it makes together with all the rest."""

    folder: Path
    catalog: Catalog
    digest: str


def stage_import(plan: Plan, home: Home, versions: Path) -> Staged:
    """Write the version into a folder that nothing reads yet, and compile it with all the rest.

    Raises BadInput (nothing is left behind then), NotReady.
    """
    from gaozhi_cli.storage.catalog_index import compiled

    offices: dict[str, list[Any]] = {}
    for office, entry in (*((row.office, row.entry) for row in plan.rows), *plan.others):
        offices.setdefault(office, []).append({k: plain(v) for k, v in entry.items() if k != "office"})
    try:
        folder = stage(versions, plan.version, plan.head, offices)
    except OSError as error:
        raise _not_ready(error, versions) from None
    try:
        return Staged(folder, compiled(home, folder), folder_digest(folder))
    except BaseException:
        drop(folder)
        raise


class Asked(NamedTuple):
    """What was asked for: the digest of the table's file, and the options that change what it makes."""

    file: str
    options: Mapping[str, Any]


class Imported(NamedTuple):
    """The version as it stands."""

    version: str
    folder: Path
    digest: str


def import_catalog(
    plan: Plan, staged: Staged, *, ledger: Ledger, occasion: Occasion, asked: Asked
) -> Imported:
    """Journal a staged version and put it in place.

    The journal comes first: a crash in between leaves nothing active, and the import can be repeated.
    Raises NotReady (disk, ledger), Refused where the request was withdrawn since.
    """
    digest = ledger.asked(
        occasion.request_id,
        ACT,
        version=plan.version,
        effective=plan.effective,
        file=asked.file,
        files=staged.digest,
    )
    place = staged.folder.parent / plan.version
    try:
        staged.folder.stat()  # what is not there is not journalled, nor what could not be put in place
        if not occasion.dry_run and (place.exists() or place.is_symlink()):
            raise FileExistsError(errno.EEXIST, "", str(place))
        with ledger.transaction(dry_run=occasion.dry_run) as act:
            if ledger.repeated(occasion.request_id, ACT, digest) is None:
                _record(act, plan, staged, occasion, digest, asked)
            else:
                if json.loads(ledger.meta()[registered(plan.version)]).get("withdrawn"):
                    message = f"清单 {plan.version} 用这个请求号导入过，后来撤销了；再导入请换一个请求号"
                    raise Refused(message)
                act.nothing()  # journalled by a run that was cut off: only the files are still to be placed
        if not occasion.dry_run:
            put_in_place(staged.folder, plan.version)
    except OSError as error:
        raise _not_ready(error, place) from None
    finally:
        drop(staged.folder)
    return Imported(plan.version, place, staged.digest)


def _record(
    act: Transaction, plan: Plan, staged: Staged, occasion: Occasion, digest: bytes, asked: Asked
) -> None:
    """The one entry of the act, and the version as the ledger knows it (``catalog versions`` compares)."""
    effective = plan.effective.isoformat()
    known: dict[str, Any] = {"effective": effective, "file": asked.file, "files": staged.digest}
    if asked.options:
        known["options"] = dict(asked.options)
    act.set_meta(registered(plan.version), json.dumps(known, sort_keys=True, separators=(",", ":")))
    facts: dict[str, Any] = {
        **known,
        "rows": len(plan.rows),
        "added": [row.id for row in plan.rows if row.new],
        "ended": [item.id for item in plan.ended],
    }
    act.record(occasion.entry(ACT, plan.version, request_digest=digest, **facts))


def _not_ready(error: OSError, place: Path) -> NotReady:
    return NotReady(f"清单没有导入（{os_reason(error)}：{place}），请检查文件夹和磁盘空间")
