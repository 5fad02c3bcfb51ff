"""核对: where the text on hand reads otherwise than the letter recorded, named in the form's own words.

A docx is compared paragraph by paragraph, a PDF in the order it reads: only white space, underlines and
the page numbers of header and footer do not count. Whatever stands there besides counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

MOST_PARAGRAPHS = 5000  # no letter has so many; comparing would take for ever
NEAR = 6  # cells of a table may be read in another order, never paragraphs far apart
LONGEST_LABEL = 24
TAG_OR_DIGITS = re.compile(r"(\{\{.*?\}\}|\{%.*?%\})|\d+")
PAGE = "\ue000"  # stands where a header or footer of the template has digits: its page numbers


class Said(NamedTuple):
    """A paragraph as recorded and the form's own words for it, without what was filled in."""

    text: str
    label: str


class Meant(NamedTuple):
    """The letter as recorded: its body, and what stands at the head or foot of pages."""

    body: tuple[Said, ...]
    feet: tuple[Said, ...]


def without_page_numbers(text: str) -> str:
    """A paragraph of a template's header or footer with ``PAGE`` for its digits, its tags left alone."""
    return TAG_OR_DIGITS.sub(lambda found: found[1] or PAGE, text)


def paragraph_differences(meant: Meant, body: Sequence[str], feet: Sequence[str]) -> tuple[str, ...]:
    """Paragraphs of a docx that read otherwise, are missing or are new; empty ones do not count."""
    from difflib import SequenceMatcher

    left = [said for said in meant.body if _tight(said.text)]
    right = [text for text in map(_tight, body) if text]
    if len(right) > MOST_PARAGRAPHS:
        return (_after(left[-1:]),)
    found: list[str] = []
    matcher = SequenceMatcher(None, [_tight(said.text) for said in left], right, autojunk=False)
    for tag, i, j, _, _ in matcher.get_opcodes():
        if tag == "insert":
            found.append(_after(left[:i][-1:]))
        elif tag != "equal":
            found += [_short(said.label) for said in left[i:j]]
    return (*found, *_feet_differences(meant.feet, feet))


def _feet_differences(meant: Sequence[Said], feet: Sequence[str]) -> list[str]:
    """Each header and footer of the file is one of the letter's, and none of those is lacking."""
    patterns = [(_pattern(said), said) for said in meant if _tight(said.text)]
    texts = [text for text in map(_tight, feet) if text]
    lacking = [_short(s.label) for p, s in patterns if not any(map(p.fullmatch, texts))]
    strange = any(not any(pattern.fullmatch(text) for pattern, _ in patterns) for text in texts)
    return lacking or (["页眉、页脚里多出的文字"] if strange else [])


def page_differences(meant: Meant, pages: Sequence[str]) -> tuple[str, ...]:
    """Paragraphs that the pages of a PDF do not have in their order, and where there is more on them."""
    whole, lacking = _without_feet(meant.feet, [_tight(page) for page in pages])
    left = [(_tight(said.text), said) for said in meant.body if _tight(said.text)]
    place = 0
    last: list[Said] = []
    found: list[str] = []
    while left:
        near = left[:NEAR]
        here = [n for n, (text, _) in enumerate(near) if whole.startswith(text, place)]
        if not here:
            there = {n: at for n, (text, _) in enumerate(near) if (at := whole.find(text, place)) >= 0}
            at = min(there.values(), default=place)
            n = min((n for n in there if there[n] == at), default=1)
            found += [_short(said.label) for _, said in left[:n]] or [_after(last)]
            del left[:n]
            place = at
            continue
        text, said = left.pop(max(here, key=lambda n: len(near[n][0])))
        place, last = place + len(text), [said]
    if place < len(whole):
        found.append(_after(last))
    return (*found, *lacking)


def _without_feet(feet: Sequence[Said], pages: Sequence[str]) -> tuple[str, list[str]]:
    """The pages in one text without what stands at their head and foot; what stands there on none."""
    left, lacking = list(pages), []
    for said in feet:
        if not _tight(said.text):
            continue
        pattern = _pattern(said).pattern
        cut = [re.sub(rf"\A{pattern}|{pattern}\Z", "", page) for page in left]
        if cut == left:
            lacking.append(_short(said.label))
        left = cut
    return "".join(left), lacking


def _pattern(said: Said) -> re.Pattern[str]:
    return re.compile(re.escape(_tight(said.text)).replace(re.escape(PAGE), r"\d+"))


def _tight(text: str) -> str:
    return re.sub(r"[\s_]", "", text)


def _after(last: Sequence[Said]) -> str:
    return f"“{_short(last[-1].label)}”之后多出的文字" if last else "开头多出的文字"


def _short(text: str) -> str:
    plain = " ".join(text.replace(PAGE, "…").split())
    return plain if len(plain) <= LONGEST_LABEL else plain[: LONGEST_LABEL - 1] + "…"
