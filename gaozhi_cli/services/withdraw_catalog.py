"""撤销还没有起用的清单版本: a wrong date or file, taken back before anybody relied on it (通知五（一）)."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import BadInput, NotReady, Problem, Refused, os_reason
from gaozhi_cli.storage.catalog_index import whole_without
from gaozhi_cli.storage.home import Home
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.version_files import registered, remove

ACT = "catalog.withdraw"


def withdraw_catalog(
    version: str,
    effective: date,
    folder: Path,
    *,
    home: Home,
    ledger: Ledger,
    occasion: Occasion,
    today: date,
    reason: str,
) -> None:
    """Journal the withdrawal, then take the version's files away; run again it finishes what was cut off.

    Raises Refused for a version that has begun, by the clock (``today``) or by the day of the act, or that
    a case was drawn up under; BadInput where the county's own YAML leans on it; NotReady (disk).
    """
    digest = ledger.asked(occasion.request_id, ACT, version=version, reason=reason)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        known = json.loads(ledger.meta().get(registered(version), "{}"))
        begun = effective <= max(occasion.today, today) and not known.get("withdrawn")
        _nobody_relied_on_it(version, effective, begun, ledger)
        _nothing_leans_on_it(version, home, folder)
        repeated = ledger.repeated(occasion.request_id, ACT, digest) is not None
        if repeated or known.get("withdrawn"):
            act.nothing()
        else:
            text = json.dumps(known | {"withdrawn": True}, sort_keys=True, separators=(",", ":"))
            act.set_meta(registered(version), text)
            act.record(occasion.entry(ACT, version, reason=reason, request_digest=digest))
    if not occasion.dry_run:
        try:
            remove(folder)
        except OSError as error:
            told = f"{folder} 没有删去（{os_reason(error)}），清单 {version} 还在；请检查权限后再运行一次"
            raise NotReady(told) from None


def _nobody_relied_on_it(version: str, effective: date, begun: bool, ledger: Ledger) -> None:
    """No letter was drawn up under it, nor could one have been."""
    case = ledger.case_of_version(version)
    if case is None and not begun:
        return
    message = f"清单 {version} 已在 {effective} 起用" if begun else f"{case} 是按清单 {version} 办理的"
    message += "，不能撤销；请另外导入更正的版本"
    raise Refused(message, (Problem("version-in-force", message, "通知五（一）", "version"),))


def _nothing_leans_on_it(version: str, home: Home, folder: Path) -> None:
    try:
        whole_without(home, folder)
    except BadInput as error:
        message = f"撤销清单 {version} 之后，县里自己写的就对不上了，请先改好：{error.message}"
        raise BadInput(message, error.problems) from None
