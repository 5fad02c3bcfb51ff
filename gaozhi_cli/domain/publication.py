"""公开 and 遮蔽: what of a person may be shown (通知五（六）：不涉及个人隐私).

Masks for lists and screens. An organization's name and 统一社会信用代码 are public registers' data and
stay whole; everything of a citizen is masked.
"""

from __future__ import annotations

from gaozhi_cli.domain.vocabulary import SubjectKind


def masked_name(name: str, kind: SubjectKind) -> str:
    """张三 → 张*; an organization's name stays."""
    if kind is SubjectKind.ORGANIZATION or not name:
        return name
    return name[0] + "*" * max(1, len(name) - 1)


def masked_number(number: str, kind: SubjectKind) -> str:
    """410182…001X → 4101**********001X; an organization's code stays; a short number shows two fifths."""
    if kind is SubjectKind.ORGANIZATION:
        return number
    shown = 4 if len(number) >= 15 else len(number) // 5
    hidden = len(number) - 2 * shown
    return number[:shown] + "*" * hidden + (number[-shown:] if shown else "")
