"""The words in which a case is told: its checks, the office's gaps, the command that comes next."""

from __future__ import annotations

from typing import Any

from gaozhi_cli.cli.context import Desk
from gaozhi_cli.domain.commitment import TRANSITIONS, next_step
from gaozhi_cli.domain.vocabulary import Finding, Method, Track


def plain_moment(at: str | None) -> str | None:
    """A moment as people read it; machines get it whole, with its offset."""
    return at[:19].replace("T", " ") if at else None


def check_line(check: Any) -> str:
    """A check in one line."""
    from gaozhi_cli.cli.listings.verify import due_label

    state = Finding(check.finding).label if check.finding else due_label(check)
    return f"{check.id} {check.proof_name}（{Method(check.method).label}）{state}"


def next_command(
    status: str, number: str, track: str = Track.COMMITMENT.value, *, served: bool = True
) -> str:
    """The command that takes the case further."""
    name = next_step(status, track, served=served)
    if name is None:
        return ""
    step = TRANSITIONS[name]
    command, flag, rest = step.command.partition(" --")
    return f"gaozhi {command} {number}{flag}{rest}（{step.label}）"


GAP_LABELS = {
    "contact_person": "行政机关联系人",
    "contact_phone": "行政机关联系方式",
    "basis": "设定证明的依据",
    "content": "证明的内容",
    "agent": "可否代为承诺",
    "disclosure": "是否公开",
    "disclosure_period": "公开时限",
    "complaints": "投诉举报方式",
    "consent": "公开同意",
}


def gap_labels(codes: tuple[str, ...]) -> list[str]:
    """Codes of the office's gaps in the form's words."""
    return [GAP_LABELS.get(code, code) for code in codes]


def gaps_shown(desk: Desk, codes: tuple[str, ...]) -> list[str]:
    """The codes for scripts, the form's words for people."""
    return gap_labels(codes) if desk.settings.format in ("table", "csv") else list(codes)
