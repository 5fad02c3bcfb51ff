"""Imported versions of the 清单 as the ledger knows them: are they there, and taking one back."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gaozhi_cli.domain.problem import NotFound, NotReady, UsageFault
from gaozhi_cli.storage.version_files import REGISTERED, one_import

if TYPE_CHECKING:
    from gaozhi_cli.cli.context import Desk
    from gaozhi_cli.storage.ledger import Ledger


def imports_of(desk: Desk, ledger: Ledger | None = None) -> dict[str, dict[str, Any]]:
    """What the ledger knows of imported versions, by name; nothing where there is no ledger yet."""
    if ledger is None and Path(desk.settings.ledger).exists():
        ledger = desk.read_ledger()
    meta = ledger.meta() if ledger is not None else {}
    return {k.removeprefix(REGISTERED): json.loads(v) for k, v in meta.items() if k.startswith(REGISTERED)}


def lost(desk: Desk, ledger: Ledger | None = None) -> str | None:
    """What is to be said where a registered version that should be in force is not there: an older one is."""
    from gaozhi_cli.storage.catalog_index import begun, versions

    known = imports_of(desk, ledger)
    if not known:
        return None
    heads = versions(desk.home)
    current, there = begun(heads, desk.today)[-1], {head.version for head in heads}
    for version, facts in known.items():
        day = str(facts.get("effective", ""))
        ours = current.effective.isoformat() < day <= desk.today.isoformat()
        if ours and version not in there and not facts.get("withdrawn"):
            folder = desk.home.catalog / "versions" / version
            told = f"清单 {version} 登记过，{day} 起用，文件却不见了；请从备份放回 {folder}"
            return f"{told}，或者用原来那份表重新导入，再办理"
    return None


def all_there(desk: Desk, ledger: Ledger | None = None) -> None:
    """Nothing is done or published by an older 清单 because the newest begun one is lost. Raises NotReady.

    One whose files were changed by hand is told.
    """
    from gaozhi_cli.storage.catalog_index import begun, versions
    from gaozhi_cli.storage.version_files import folder_digest

    told = lost(desk, ledger)
    if told is not None:
        raise NotReady(told)
    current = begun(versions(desk.home), desk.today)[-1]
    facts = imports_of(desk, ledger).get(current.version) if current.folder else None
    if facts and facts.get("files") != folder_digest(desk.home.catalog / "versions" / current.folder):
        told = f"提示：清单 {current.version} 的文件与导入时登记的不一致，被改动过"
        desk.say(f"{told}；请管理员用 gaozhi catalog versions 查看")


def tell_left_out(desk: Desk) -> None:
    """Say which items the county has written itself that the imported version of the day does not have."""
    from gaozhi_cli.storage.catalog_index import begun, versions

    if not begun(versions(desk.home), desk.today)[-1].folder:
        return
    left = [id_ for id_ in written_items(desk) if desk.catalog.item(id_) is None]
    if left:
        named = "、".join(left[:5]) + (f" 等 {len(left)} 项" if len(left) > 5 else "")
        told = f"提示：catalog/items/ 里写着 {named}，清单 {desk.catalog.version} 里没有，不起作用"
        desk.say(f"{told}；要新增的请用 gaozhi catalog import 导入新版本，已经取消的不用管")


def written_items(desk: Desk) -> list[str]:
    """Ids of the items that the county's own files write whole."""
    from gaozhi_cli.storage.catalog_yaml import own_entries

    return [id_ for id_, entry in own_entries(desk.home.catalog).items() if "proofs" in entry]


def withdraw(desk: Desk, version: str, reason: str | None) -> None:
    """Take back an imported version that has not begun."""
    from gaozhi_cli.cli.context import journal_words
    from gaozhi_cli.services.withdraw_catalog import withdraw_catalog
    from gaozhi_cli.storage.catalog_index import versions

    if not (reason or "").strip():
        raise UsageFault("缺少 --reason：写明为什么撤销")
    journal_words(reason, "理由", "reason")
    with one_import(desk.home.cache):
        head = next((head for head in versions(desk.home) if head.version == version), None)
        if head is None or not head.folder:
            told = "是第一版，不能撤销" if head is not None else "没有这个清单版本"
            raise NotFound(f"{version} {told}（gaozhi catalog versions 可查）")
        ledger = desk.write_ledger()
        withdraw_catalog(
            version,
            head.effective,
            desk.home.catalog / "versions" / head.folder,
            home=desk.home,
            ledger=ledger,
            occasion=desk.occasion,
            today=date.today(),
            reason=str(reason),
        )
    told = "试运行：可以撤销" if desk.settings.dry_run else "已撤销"
    desk.say(f"{told}清单 {version}（原定 {head.effective} 起用）")
