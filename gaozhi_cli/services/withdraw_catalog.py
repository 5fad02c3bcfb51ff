"""撤销还没有起用的清单版本: a wrong date or file, taken back before anybody relied on it (通知五（一）)."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import NotReady, Problem, Refused, os_reason
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.version_files import REGISTERED, remove

ACT = "catalog.withdraw"


def withdraw_catalog(
    version: str, effective: date, folder: Path, *, ledger: Ledger, occasion: Occasion, reason: str
) -> None:
    """Journal the withdrawal, then take the version's files away; run again it finishes what was cut off.

    Raises Refused for a version that has begun: letters may have been drawn up under it; NotReady (disk).
    """
    if effective <= occasion.today:
        message = f"清单 {version} 已在 {effective} 起用，不能撤销；请另外导入更正的版本"
        raise Refused(message, (Problem("version-in-force", message, "通知五（一）", "version"),))
    known = json.loads(ledger.meta().get(f"{REGISTERED}{version}", "{}"))
    digest = ledger.request_digest(ACT, version=version, reason=reason)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        repeated = ledger.repeated(occasion.request_id, ACT, digest) is not None
        if repeated or known.get("withdrawn"):
            act.nothing()
        else:
            text = json.dumps(known | {"withdrawn": True}, sort_keys=True, separators=(",", ":"))
            act.set_meta(f"{REGISTERED}{version}", text)
            act.record(occasion.entry(ACT, version, reason=reason, request_digest=digest))
    if not occasion.dry_run:
        try:
            remove(folder)
        except OSError as error:
            told = f"{folder} 没有删去（{os_reason(error)}），清单 {version} 还在；请检查权限后再运行一次"
            raise NotReady(told) from None
