"""Where the tags of a template stand in its XML, so that docxtpl's patching cannot be led astray.

docxtpl joins split tags by regular expressions over the whole XML. On XML made for it some of these take
hours (measured), and some read tags that Word never prints: in comments, attributes, struck-out text.
So before they run: every tag stands in printed text and is closed soon after, there are few, and
docxtpl's own words for table cells do not occur. With that each of its expressions is linear.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator

from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.rendering.template_check import shortened

NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
W = f"{{{NAMESPACE}}}"
MARK = re.compile(r"\{[{%#]|[}%#]\}")
OPENING = re.compile(r"\{(?=([{%#]))")
CLOSING = {"{": "}}", "%": "%}", "#": "#}"}
# docxtpl's first two expressions: they are linear, and bring together what Word split
SPLIT = re.compile(r"(?<=\{)(?:<[^>]*>)+(?=[{%#])|(?<=[%}#])(?:<[^>]*>)+(?=\})")
WHOLE_TAG = re.compile(r"\{\{[^{}<>]*\}\}")
CELL_WORDS = re.compile(r"\{%\s{0,20}(colspan|cellbg|vm|hm)\b|-%\}")
ODD_END = re.compile(r"</w:[^<>]*\s>")
DECLARED = re.compile(rf"""xmlns(?::([\w.-]+))?\s*=\s*["']{re.escape(NAMESPACE)}["']""")
LONGEST_TAG = 4000
LONGEST_TAGS = 256_000
MOST_TAGS = 1000


def untamed(text: str, root: ET.Element, what: str, name: str) -> Iterator[Problem]:
    """What would lead the patching of a part astray; nothing for a part without tags."""
    if not MARK.search(SPLIT.sub("", text)):
        return
    if set(DECLARED.findall(text)) != {"w"} or ODD_END.search(text) or text.count(f'"{NAMESPACE}"') > 1:
        message = f"{what}的部件 {name} 不是 Word 或 WPS 通常的写法，请用 Word 或 WPS 另存为 docx"
        yield Problem("template-source", message)
        return
    lines = ["".join(node.text or "" for node in p.iter(f"{W}t")) for p in root.iter(f"{W}p")]
    joined = SPLIT.sub("", text)
    if Counter(MARK.findall(joined)) != Counter(mark for line in lines for mark in MARK.findall(line)):
        yield _misplaced(joined, lines, what, name)
    elif found := CELL_WORDS.search(joined):
        line = next((line for line in lines if CELL_WORDS.search(line)), "")
        yield Problem("template-unclosed", f"不允许的写法“{found[0]}”，见“{shortened(line)}”")
    elif not _soon_closed(joined):
        yield _unclosed(lines, what, name)


def _misplaced(joined: str, lines: list[str], what: str, name: str) -> Problem:
    seen = Counter(tag for line in lines for tag in WHOLE_TAG.findall(line))
    hidden = list(Counter(WHOLE_TAG.findall(joined)) - seen)
    told = "、".join(f"“{tag[:40]}”" for tag in hidden[:3])
    message = f"{what}的部件 {name} 里有印不出来的填空标记{told}（在注释、修订、属性里，或跨了段）"
    return Problem("template-tag", f"{message}，请删去重打")


def _soon_closed(joined: str) -> bool:
    total = count = 0
    for found in OPENING.finditer(joined):
        start, count = found.start(), count + 1
        end = joined.find(CLOSING[found[1]], start + 2, start + LONGEST_TAG)
        total += end - start
        if end == -1 or count > MOST_TAGS or total > LONGEST_TAGS:
            return False
    return True


def _unclosed(lines: list[str], what: str, name: str) -> Problem:
    for line in lines:
        rest = re.sub(r"\{\{[^{}]*\}\}|\{%[^{}%]*%\}", "", line)
        if found := MARK.search(rest):
            return Problem("template-unclosed", f"“{shortened(line)}”中的 {found[0]} 不成对或写法不对")
    return Problem("template-size", f"{what}的部件 {name} 里填空标记太多或太长，请与随附模板对照")
