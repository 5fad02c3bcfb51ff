"""Rule about what the printed words leave open: whether all proofs of a row are asked, or any one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from gaozhi_cli.domain.lint.book import LogicWords
from gaozhi_cli.domain.lint.rule import Hit, View
from gaozhi_cli.domain.lint.words import NUMBERING

INNER = re.compile(r"[（(]([^（()）]*)[）)]")
TITLE = re.compile(r"《[^《》]*》")
SEPARATORS = re.compile(r"[、；;，,\n]+")
EDGES = " \t；;。，,、"


def unclear_logic(view: View) -> Iterator[Hit]:
    """Numbered or 、-joined proofs without 或, 和 or the like (通知五（一）：易操作).

    Decided from the printed words alone; a row with one proof has no logic, and where nothing is printed
    the tree itself says it.
    """
    for item in view.items:
        if item.printed is not None and len(item.proofs) > 1:
            text = item.printed.proofs
            open_ = unclear(text, view.book.logic)
            if open_:
                yield Hit(
                    item,
                    text,
                    f"{open_}，原文没有写明是都要提交还是任选其一",
                    "在原文写明“以下均须提交”或者“以下任选其一”；按情形的，逐项写明情形",
                )


def unclear(text: str, words: LogicWords) -> str:
    """How the proofs are strung together where the words do not state the logic; empty where they do."""
    if any(word in text for word in words.stated):
        return ""
    numbers = list(NUMBERING.finditer(text))
    if len(numbers) > 1:
        ends = [*(match.start() for match in numbers[1:]), len(text)]
        parts = [text[n.end() : end].strip(EDGES) for n, end in zip(numbers, ends, strict=True)]
        joined = all(
            before.endswith(words.joins) or after.startswith(words.joins) for before, after in pairwise(parts)
        )
        each_asks = all(any(part.find(ask) > 0 for ask in words.asks) for part in parts)
        return "" if joined or each_asks else f"编号列出 {len(parts)} 项"
    return next((told for level in _levels(text) if (told := _strung(level, words))), "")


def _levels(text: str) -> Iterator[str]:
    """The text without its bracketed remarks, and each remark by itself; 《titles》 stay whole."""
    text = TITLE.sub(lambda title: "《" + SEPARATORS.sub("·", title[0][1:-1]) + "》", text)
    while True:
        yield from INNER.findall(text)
        shorter = INNER.sub("", text)
        if shorter == text:
            yield text
            return
        text = shorter


def _strung(level: str, words: LogicWords) -> str:
    """Proofs strung by 、 or ； where no 或 or 和 follows one of them."""
    nouns = (*words.nouns, "》")
    parts = [part.strip() for part in SEPARATORS.split(level) if part.strip()]
    if any(part.startswith(words.joins) or part.endswith(words.joins) for part in parts):
        return ""
    if any(noun + join in level for noun in nouns for join in words.joins):
        return ""
    listed = [part for part in parts if part.endswith(nouns)]
    return f"“{'、'.join(listed[:4])}”用顿号或者分号相连" if len(listed) > 1 else ""
