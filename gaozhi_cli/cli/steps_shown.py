"""What a step of the procedure says when it is done, and what it reminds of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.listings import case_words
from gaozhi_cli.domain.vocabulary import CommitmentStatus, Track
from gaozhi_cli.rendering.formats import Column

if TYPE_CHECKING:
    from gaozhi_cli.storage.ledger import Ledger

AGAINST = ("refusal-notice", "withdrawal")  # documents that speak against going on
STEP = (
    Column("number", "编号"),
    Column("status", "状态", table=False),
    Column("status_label", "状态"),
    Column("track", "程序", table=False),
    Column("documents", "文书"),
    Column("bring", "须提交"),
    Column("checks", "核查"),
    Column("warnings", "单位缺项"),
    Column("next", "下一步"),
)


def tell_notices(desk: Desk, ledger: Ledger, number: str) -> None:
    """Say which notices were made for the case that speak against going on."""
    for entry in ledger.history(number):
        facts = json.loads(entry["detail"] or "{}") if entry["act"] == "document.make" else {}
        if facts.get("document") in AGAINST:
            told = f"提示：{number} 已于 {entry['dated_on']} 出具{facts.get('title', '')}"
            desk.say(f"{told}，请核对是否还应继续办理")


def tell_step(
    desk: Desk,
    number: str,
    status: str,
    *,
    warnings: list[str] | None = None,
    checks: list[str] | None = None,
    documents: tuple[Path, ...] = (),
    bring: list[str] | None = None,
    track: Track = Track.COMMITMENT,
    served: bool = False,
) -> None:
    """The case as the step leaves it, the documents made for it, the next step."""
    row = {
        "number": number,
        "status": status,
        "status_label": CommitmentStatus(status).label,
        "track": track.value,
        "documents": [str(path) for path in documents],
        "bring": bring or [],
        "checks": checks or [],
        "warnings": case_words.gaps_shown(desk, tuple(warnings or ())),
        "next": case_words.next_command(status, number, track.value, served=served),
    }
    if desk.settings.dry_run:
        desk.say("试运行：以上没有写入")
    desk.show_one(row, STEP)
