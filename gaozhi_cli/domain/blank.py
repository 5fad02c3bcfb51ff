"""格式文本: the letter as the hall and the web site hand it out (通知五（一）, 规程三（一）).

What the office tells is printed as in a filled letter, with the same warnings; what the applicant fills
in stays the form's underline, and both boxes of the 二选一 of 申请人 stay open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from gaozhi_cli.domain.catalog import Catalog, Item, asked, leaves, promisable
from gaozhi_cli.domain.eligibility import exclusions
from gaozhi_cli.domain.form import BLANK, FIELDS, LONG_BLANK, NOBODY, Values
from gaozhi_cli.domain.letter import Letter, disclose, onsite, promise, tell
from gaozhi_cli.domain.problem import BadInput, Problem, Refused

PLACE_TO_WRITE = LONG_BLANK * 2  # the form gives 具体是 two lines
FILE_NAME = re.compile(r"\w[\w.-]{0,99}")
NOT_ON_WINDOWS = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
CONSENT = "申请人是公民、没有同意公开的，为不涉及个人隐私，请改勾“不予公开”（本工具的做法）"


def blank_values(item: Item, catalog: Catalog) -> Letter:
    """The values of an item's 格式文本 under the form's words, and what the office has still to fill in.

    证明事项名称 shows alternatives and circumstances, since nobody has chosen yet; 公开 is the decision
    taken for the item, with a reminder that a citizen has to agree to it (通知五（六）：个人隐私).
    """
    tree = promisable(item.tree)
    if tree is None:
        message = f"事项 {item.no}“{item.matter}”的证明经评估均不适用告知承诺制，没有格式文本"
        raise Refused(message, tuple(exclusions(item.proofs)))
    item = item._replace(tree=tree)
    warnings: list[Problem] = []
    public = disclose(item, warnings)
    if item.disclosure is not None and item.disclosure.yes:
        warnings.append(Problem("consent", CONSENT, "通知五（六）", "consent"))
    told = tell(item, item.proofs, asked(item.tree), catalog, warnings)
    visit = LONG_BLANK if onsite(tuple(leaves(item.tree)), item, date.max) else ""
    values: Values = {"文书编号": BLANK, **NOBODY, **told, **public, **promise(PLACE_TO_WRITE, visit)}
    return Letter({field: values[field] for field in FIELDS}, tuple(warnings))


def file_names(items: Iterable[Item]) -> dict[str, str]:
    """The file of each item by its id. Raises BadInput for an id that no folder could hold, or two alike."""
    names: dict[str, str] = {}
    taken: dict[str, str] = {}
    for item in items:
        other = taken.setdefault(item.id.casefold(), item.id)
        if not FILE_NAME.fullmatch(item.id) or NOT_ON_WINDOWS.fullmatch(item.id):
            raise BadInput(f"事项代号“{item.id}”不能用作文件名，请在清单里改用字母、数字、- 和 .")
        if other != item.id:
            raise BadInput(f"事项代号“{other}”与“{item.id}”只差大小写，文件会互相覆盖，请在清单里改开")
        names[item.id] = f"{item.id}.docx"
    return names


def gaps_by_kind(told: Iterable[tuple[Item, Iterable[Problem]]]) -> list[Problem]:
    """The gaps of several items, each kind once with the 序号 it stands in, the most frequent first."""
    kinds: dict[Problem, list[str]] = {}
    for item, gaps in told:
        for gap in gaps:
            kinds.setdefault(gap, []).append(item.no)
    return [
        gap._replace(message=f"{gap.message}：序号 {_rows(rows)}")
        for gap, rows in sorted(kinds.items(), key=lambda kind: -len(kind[1]))
    ]


def _rows(rows: list[str], shown: int = 12) -> str:
    more = f" 等共 {len(rows)} 项" if len(rows) > shown else ""
    return "、".join(rows[:shown]) + more
