"""Rules about the printed signs: brackets, half-width punctuation, the cell of 核查方式."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gaozhi_cli.domain.catalog import Item
from gaozhi_cli.domain.lint.rule import Hit, View
from gaozhi_cli.domain.lint.words import NUMBERING, asked_text, each, matter_text
from gaozhi_cli.domain.vocabulary import Method, labels

OPENING = {"（": "）", "(": ")", "《": "》", "〈": "〉", "【": "】", "〔": "〕", "[": "]", "“": "”", "‘": "’"}
CLOSING = {close: opening for opening, close in OPENING.items()}
WIDTHS = str.maketrans("()[]", "（）【】")
CHINESE = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff《》（）“”、，；：。"
HALF = re.compile(rf"(?<=[{CHINESE}])\s*([,;:?!()])|([,;:?!()])(?=[{CHINESE}])|(?<=[{CHINESE}])(\.)(?!\d)")


def brackets(view: View) -> Iterator[Hit]:
    """Brackets in pairs and of one width; a printed row may lose one at a page break (附件1)."""
    for item in view.items:
        for text in _cells(item):
            mixed, single = bracket_faults(text)
            if mixed or single:
                signs = "".join(text[place] for place in sorted(mixed | single))
                told = "括号没有成对" if single else "括号一半全角、一半半角"
                yield Hit(item, text, f"“{text}”{told}（{signs}）", "改成成对的全角括号")


def bracket_faults(text: str) -> tuple[set[int], set[int]]:
    """Where brackets of two widths are paired, and where one has no partner."""
    numbering = {place for match in NUMBERING.finditer(text) for place in range(*match.span())}
    mixed: set[int] = set()
    single: set[int] = set()
    opened: list[int] = []
    for place, sign in enumerate(text):
        if place in numbering:
            continue
        if sign in OPENING:
            opened.append(place)
        elif sign in CLOSING:
            wanted = OPENING[text[opened[-1]]] if opened else ""
            if sign == wanted:
                opened.pop()
            elif wanted and sign.translate(WIDTHS) == wanted.translate(WIDTHS):
                mixed |= {opened.pop(), place}
            else:
                single.add(place)
    return mixed, single | set(opened)


def half_width(view: View) -> Iterator[Hit]:
    """Half-width punctuation between Chinese characters; the dot after a number is none (附件1)."""
    for item in view.items:
        signs: dict[str, None] = {}
        for text in _cells(item):
            passed = set().union(*bracket_faults(text))  # those are named by the rule above
            passed |= {place for match in NUMBERING.finditer(text) for place in range(*match.span())}
            for match in HALF.finditer(text):
                group = match.lastindex or 0
                if match.start(group) not in passed:
                    signs[match[group]] = None
        if signs:
            told = " ".join(signs)
            yield Hit(item, told, f"中文里用了半角标点 {told}", "改用全角标点")


def method_synonym(view: View) -> Iterator[Hit]:
    """核查方式 under another name than the notice's (通知五（三）, 附件1 第五栏)."""
    for item in view.items:
        if item.printed is not None:
            for wording in each(view.book.method_synonyms, item.printed.method):
                message = f"核查方式印作“{wording.text}”：{wording.why}"
                yield Hit(item, item.printed.method, message, f"改写为“{wording.instead}”")


def method_pairing(view: View) -> Iterator[Hit]:
    """Several 核查方式 in one cell: their order alone pairs them with proofs (通知五（三）)."""
    known = {method.label for method in Method} | {wording.text for wording in view.book.method_synonyms}
    for item in view.items:
        if item.printed is None:
            continue
        cell = item.printed.method
        printed = [part for part in re.split(r"[\s、，,；;/和及或]+", cell) if part]
        if len(printed) > 1 and known.issuperset(printed):
            yield Hit(
                item,
                cell,
                f"一格印有 {len(printed)} 种核查方式“{cell}”，只能按先后推断各对应哪项证明",
                f"逐项写明证明与核查方式（{labels(Method)}），例如“1. …；2. …”",
            )


def _cells(item: Item) -> Iterator[str]:
    yield matter_text(item)
    for text, _ in asked_text(item):
        yield text
