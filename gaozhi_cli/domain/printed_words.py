"""Where the words of a printed cell divide: numbers, connectors, brackets, circumstances (附件1).

Plain text in, plain text out; what the parts mean together is ``reading``'s business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise

LONGEST_NAME = 200
OPENING, CLOSING = "（(《【[“「『〔", "）)》】]”」』〕"
# how names of documents end: only between such names do 、 和 或 stand for several proofs
CERTIFICATE = re.compile(
    r"(?:(?:证|证明|证书|执照|照|书|函|件|卡|簿|本|表|单|票|票据|发票|凭证|收据|材料|资料|手续|文件|协议|合同"
    r"|清单|台账|记录|说明|声明|报告|批复|决定|判决|裁定|意见|章程|许可|档案|名册|图纸|图|照片|鉴定|结论|原件)"
    r"(?:原件|复印件|影印件)?(?:[（(][^（）()]*[）)])?|.*》(?:原件|复印件)?)$"
)
GENERIC = re.compile(
    r"(?:其他|相关|有关|等)*(?:原件|复印件|影印件|证件|手续|材料|资料|证明|证明材料|文件|证书|照片)"
)
COPY = re.compile(r"(?:原件及复印件|原件和复印件|复印件|影印件|原件)$")
ISSUED = re.compile(r".*?(?:开具|出具|颁发|核发|签发|发放|提供)的")
BOOK = re.compile(r"([^《》的，,。；;]{1,20})《")
GIVE = r"(?:应当|应该|应|须|需|需要|必须|可以|可)?(?:提供|提交|出具|持有|持)"
CLAUSE = re.compile(
    rf"(?P<when>.+?)(?P<of>的)?\s*[，,：:]\s*(?P<give>(?:申请人|本人)?{GIVE})(?P<what>.+)", re.DOTALL
)
TIGHT = re.compile(rf"(?P<when>.+?)(?P<of>的)?\s*(?P<give>[，,：:]?\s*{GIVE})(?P<what>.+)", re.DOTALL)
OF_ALL = re.compile(r"以上|上述|前述|各项|[两二三四五六七八九十]")
EITHER = re.compile(r"任选其一|任选一|任意一|任一|其一|之一|二选一|三选一|择一")
PERSON = re.compile(r".*(?:者|人员|人|单位|企业)")
AND = re.compile(r"以及|并且|[、，,]|和|及|并")
JOINING = re.compile(r"或|和|及|以及|并|与")
NOT_AND = re.compile(r"共和|和平|和谐|和解|总和|普及|涉及|及时|及格|并列|合并|兼并|并网")
OR = re.compile(r"[，,、]?\s*(?:或者|或是|或)")
DIGIT = r"[0-9０-９]{1,2}"
STYLES: tuple[tuple[str, Callable[[int], str]], ...] = (
    ("一、", lambda n: rf"{chinese_number(n)}、"),
    ("（一）", lambda n: rf"[（(]{chinese_number(n)}[）)]"),
    ("1.", lambda n: rf"(?<![0-9０-９.．A-Za-z第表附图条款项]){digit_mark(n)}\s*[.．、](?![0-9０-９])\s*"),
    ("（1）", lambda n: rf"[（(]{digit_mark(n)}[）)]\s*"),
    ("1）", lambda n: rf"(?<![0-9０-９（(A-Za-z]){digit_mark(n)}[）)]\s*"),
    ("①", lambda n: chr(0x2460 + n - 1)),
)
END = "；;。，, \t\r\n　"


def numbered_parts(text: str) -> tuple[str, str, list[tuple[str, str]]] | None:
    """Style of the numbers, what stands before them, and each number with its part."""
    best: tuple[int, str, list[re.Match[str]]] | None = None
    for style, pattern in STYLES:
        marks: list[re.Match[str]] = []
        while len(marks) < 99:
            at = marks[-1].end() if marks else 0
            found = marker(text, pattern(len(marks) + 1), at, first=not marks)
            if found is None:
                break
            marks.append(found)
        if not marks or (len(marks) == 1 and text[: marks[0].start()].strip()):
            continue
        if best is None or marks[0].start() < best[0]:
            best = (marks[0].start(), style, marks)
    if best is None:
        return None
    begin, style, marks = best
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    parts = [
        (mark.group().strip(), text[mark.end() : end].strip(END))
        for mark, end in zip(marks, ends, strict=True)
    ]
    return (style, text[:begin].strip(), parts) if all(part for _, part in parts) else None


def marker(text: str, pattern: str, at: int, first: bool) -> re.Match[str] | None:
    """The next number outside brackets; the first one must open the text or follow a colon."""
    depths = bracket_depths(text)
    for found in re.compile(pattern).finditer(text, at):
        if depths[found.start()]:
            continue
        before = text[: found.start()].rstrip()
        if first and before and before[-1] not in "：:":
            return None
        return found
    return None


def without_either(words: list[str]) -> tuple[list[str], str]:
    """The parts without a closing （任选其一）, and that remark."""
    closing = re.fullmatch(r"(.+?)\s*[（(。；;，,]\s*([^（()）。；;，,]*)[）)。]?", words[-1], re.DOTALL)
    if closing and EITHER.search(closing.group(2)) and len(closing.group(2)) <= 20:
        return [*words[:-1], closing.group(1)], closing.group(2)
    return words, ""


def stands_alone(text: str) -> bool:
    """Whether a line is a proof of its own and not the rest of the line above."""
    if JOINING.match(text) or GENERIC.fullmatch(text):
        return False
    return is_certificate(text) or bool(clause(text))


def clause(text: str) -> re.Match[str] | None:
    """「…的，提供…」 where what is provided is a document."""
    found = CLAUSE.fullmatch(text)
    return found if found and found.group("when").strip() else None


def loose_clause(text: str) -> re.Match[str] | None:
    """「…提供…」 without a comma between, which only counts beside others."""
    return clause(text) or TIGHT.fullmatch(text)


def joined(text: str, connector: re.Pattern[str]) -> list[str]:
    """The parts that a connector outside brackets joins, each the name of a document; else the whole."""
    parts = []
    begin = 0
    depths = bracket_depths(text)
    for found in connector.finditer(text):
        left, right = text[begin : found.start()].strip(), text[found.end() :].strip()
        around = text[max(found.start() - 1, 0) : found.end() + 1]
        if depths[found.start()] or (connector is AND and NOT_AND.search(around)):
            continue
        if not left or not right or GENERIC.fullmatch(right) or GENERIC.fullmatch(first_words(right)):
            continue
        if is_certificate(left):
            parts.append(left)
            begin = found.end()
    last = text[begin:].strip()
    if parts and not is_certificate(last):
        return [text]
    return [*parts, last]


def first_words(text: str) -> str:
    """The words up to the next connector or comma."""
    return re.split(r"[，,、]|或|和|及", text, maxsplit=1)[0].strip()


def is_certificate(text: str) -> bool:
    """Whether the words end as the name of a document does."""
    tail = re.split("[，,。；;]", text.strip(END)[-LONGEST_NAME:])[-1]
    return bool(CERTIFICATE.search(tail))


def connectors(text: str, parts: Sequence[str]) -> str:
    """The words between the parts, quoted, for a note."""
    words = []
    at = 0
    for part, following in pairwise(parts):
        end = text.index(part, at) + len(part)
        at = text.index(following, end)
        words.append(text[end:at].strip())
    return "".join(f"“{word}”" for word in words)


def shared_head(parts: Sequence[str]) -> str:
    """职业技能鉴定机构开具的…或…; 安置人员《…》或…: what all the others lack."""
    issued = ISSUED.match(parts[0])
    if issued and len(parts[0]) > issued.end() and not any(ISSUED.match(part) for part in parts[1:]):
        return issued.group()
    person = BOOK.match(parts[0])
    if person and PERSON.fullmatch(person.group(1)):
        who = person.group(1)
        return "" if any(PERSON.match(part) and not is_certificate(part[:2]) for part in parts[1:]) else who
    return ""


def shared_tail(parts: Sequence[str]) -> str:
    """…或…复印件: the copy that is asked of each."""
    copy = COPY.search(parts[-1])
    return copy.group() if copy and not any(COPY.search(part) for part in parts[:-1]) else ""


def one_line(text: str) -> str:
    """The words on one line: a line break in Chinese is where the page ended, between Latin words a blank."""
    joined = ""
    for line in filter(None, (line.strip() for line in text.splitlines())):
        latin = joined[-1:].isascii() and line[:1].isascii() and joined
        joined += f" {line}" if latin else line
    return joined


def split_outside(text: str, at: re.Pattern[str]) -> list[str]:
    """The text between matches that stand outside brackets."""
    depths = bracket_depths(text)
    parts, begin = [], 0
    for found in at.finditer(text):
        if not depths[found.start()]:
            parts.append(text[begin : found.start()])
            begin = found.end()
    return [*parts, text[begin:]]


def bracket_depths(text: str) -> list[int]:
    """How deep in brackets each character stands; a bracket that is never closed opens nothing."""
    steps = [0] * (len(text) + 1)
    opened: list[int] = []
    for place, character in enumerate(text):
        if character in OPENING:
            opened.append(place)
        elif character in CLOSING and opened:
            steps[opened.pop() + 1] += 1
            steps[place + 1] -= 1
    return list(accumulate(steps[:-1]))


def digit_mark(n: int) -> str:
    """A number in digits of either width."""
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in str(n))
    return rf"(?:{n}|{wide})(?![0-9０-９])"


def chinese_number(n: int) -> str:
    """A number from 1 to 99 in Chinese."""
    ones = "一二三四五六七八九"
    if n <= 9:
        return ones[n - 1]
    return ("" if n < 20 else ones[n // 10 - 1]) + "十" + (ones[n % 10 - 1] if n % 10 else "")
