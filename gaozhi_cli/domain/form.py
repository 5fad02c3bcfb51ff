"""The form of 附件2: its blanks, its prescribed words, its parts, and the proof that none is lacking.

The notice asks for eight parts told and five promised (规程二), and lays down three choices of one in two
(二选一). ``holes`` proves a letter on the very values that are printed, whoever put them together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from gaozhi_cli.domain.problem import Problem

BLANK = "_" * 16
LONG_BLANK = "_" * 40
BLANK_PLACE = "第__条第__款第__项"
TICKED, UNTICKED = "☑", "☐"

# The prescribed words of 附件2 with the blanks they belong to: a template that changes one is refused.
PRESCRIBED = (
    "证明事项告知承诺书",
    "一、基本信息（一）申请人（以下内容为二选一）：",
    "{{公民勾选}}1.申请人为公民",
    "{{单位勾选}}2.申请人为法人或其他组织",
    "统一社会信用代码：{{统一社会信用代码}}",
    "（二）委托代理人：",
    "（三）行政机关",
    "二、行政机关告知（一）行政事项名称：{{行政事项名称}}（二）证明事项名称：{{证明事项名称}}",
    "（三）设定证明的依据：",
    "（四）证明的内容：",
    "（五）承诺的方式：本证明事项采用书面承诺方式。申请人愿意作出承诺的，应当向行政机关提交签章后的告知承诺书原件。"
    "（以下内容为二选一）",
    "{{本人承诺勾选}}1.本证明事项必须由申请人作出承诺，不可代为承诺。",
    "{{代为承诺勾选}}2.本证明事项可以代为承诺。由委托代理人代替申请人作出承诺的，"
    "委托代理人应当一并提交申请人的特别授权书。",
    "（六）行政机关核查权力：行政机关对申请人作出的承诺将根据不同情形，运用多种方式进行事中事后核查。",
    "（七）不实承诺的责任：对在日常监管或者核查中发现承诺不实的，行政机关将依法终止办理、责令限期整改、"
    "撤销行政决定或者予以行政处罚，并纳入信用记录。涉嫌犯罪的，依法移送司法机关。",
    "（八）承诺书是否公开（以下内容为二选一）：",
    "{{公开勾选}}1.本承诺书将予公开，公开时限：{{公开时限}}。",
    "{{不公开勾选}}2.本承诺书不予公开。",
    "三、申请人承诺申请人现作出下列承诺：（一）已经知晓行政机关告知的全部内容；",
    "（二）已符合行政机关告知的条件、标准、要求，具体是：{{承诺内容}}；（如需现场核查的，请写明现场地址）",
    "（三）愿意承担不实承诺的法律责任；（四）本告知承诺文书中填写的信息真实、准确；",
    "（五）上述承诺是申请人真实的意思表示。",
    "申请人（委托代理人）：",
    "（签字/盖章）",
    "（盖章）",
    "（本文书一式两份，行政机关与申请人各执一份。）",
)

Value = str | list[str] | list[dict[str, str]]
Values = dict[str, Value]

# The blanks of the form that a template may use, and the keys of the rows of 设定依据.
FIELDS = (
    "文书编号", "公民勾选", "公民姓名", "公民联系方式", "公民证件类型", "公民证件编号",
    "单位勾选", "单位名称", "统一社会信用代码", "单位联系人", "单位联系方式", "单位地址",
    "代理人姓名", "代理人联系方式", "代理人证件类型", "代理人证件编号",
    "机关名称", "机关联系人", "机关联系方式", "行政事项名称", "证明事项名称",
    "设定依据", "证明内容", "本人承诺勾选", "代为承诺勾选", "公开勾选", "公开时限", "不公开勾选",
    "承诺内容", "投诉举报方式",
)  # fmt: skip
BASIS_FIELDS = ("序号", "法规", "条款", "原文")
# 一、基本信息（一）（二） with nothing filled in: both boxes of the 二选一 open, every blank an underline.
NOBODY: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(FIELDS[1:16], BLANK) | {"公民勾选": UNTICKED, "单位勾选": UNTICKED, "单位地址": LONG_BLANK}
)
# Without one of these in the template a letter would lack a part the 规程 asks for.
REQUIRED = frozenset(FIELDS) - {"投诉举报方式"}
# What a letter proves itself by; put in when the number is given, so no part of what is digested.
PROOF_FIELDS = ("校验码",)


CANONICAL = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


class Part(NamedTuple):
    """One of the parts that 规程二 asks for: its name, clause, the blanks it fills, its prescribed words."""

    name: str
    clause: str
    fields: tuple[tuple[str, str], ...] = ()  # blank, code of the gap
    words: tuple[str, ...] = ()


class Choice(NamedTuple):
    """二选一: exactly one of two marks. ``filled``: for each mark, the blanks that go with it."""

    name: str
    clause: str
    code: str
    filled: Mapping[str, tuple[tuple[str, str], ...]]


CITIZEN_FIELDS = ("公民姓名", "公民联系方式", "公民证件类型", "公民证件编号")
ORGANIZATION_FIELDS = ("单位名称", "统一社会信用代码", "单位联系人", "单位联系方式", "单位地址")
AGENT_BLOCK = ("代理人姓名", "代理人联系方式", "代理人证件类型", "代理人证件编号")

TOLD = (
    Part("行政事项名称", "附件2 二（一）", (("行政事项名称", "matter"),)),
    Part("证明事项名称", "附件2 二（二）", (("证明事项名称", "proofs"),)),
    Part("设定证明的依据", "附件2 二（三）", (("设定依据", "basis"),)),
    Part("证明的内容", "附件2 二（四）", (("证明内容", "content"),)),
    Part("承诺的方式", "附件2 二（五）", words=PRESCRIBED[10:13]),
    Part("行政机关核查权力", "附件2 二（六）", words=(PRESCRIBED[13],)),
    Part("不实承诺的责任", "附件2 二（七）", words=(PRESCRIBED[14],)),
    Part("承诺书是否公开", "附件2 二（八）", words=PRESCRIBED[15:18]),
)
PROMISED = (
    Part("已经知晓行政机关告知的全部内容", "附件2 三（一）", words=(PRESCRIBED[18],)),
    Part("已符合行政机关告知的条件、标准、要求，具体是", "附件2 三（二）", (("承诺内容", "statement"),),
         (PRESCRIBED[19],)),
    Part("愿意承担不实承诺的法律责任", "附件2 三（三）", words=(PRESCRIBED[20],)),
    Part("填写的信息真实、准确", "附件2 三（四）", words=(PRESCRIBED[20],)),
    Part("是申请人真实的意思表示", "附件2 三（五）", words=(PRESCRIBED[21],)),
)  # fmt: skip
# All blanks of 二、行政机关告知: what the applicant is told.
TOLD_BLANKS = (
    "行政事项名称", "证明事项名称", "设定依据", "证明内容", "本人承诺勾选", "代为承诺勾选", "公开勾选",
    "公开时限", "不公开勾选",
)  # fmt: skip
OFFICE = Part(
    "行政机关", "附件2 一（三）",
    (("机关名称", "office"), ("机关联系人", "contact_person"), ("机关联系方式", "contact_phone")),
)  # fmt: skip
CHOICES = (
    Choice("申请人", "附件2 一（一）", "applicant", {
        "公民勾选": tuple((name, "applicant") for name in CITIZEN_FIELDS),
        "单位勾选": tuple((name, "applicant") for name in ORGANIZATION_FIELDS),
    }),
    Choice("承诺的方式", "附件2 二（五）", "agent", {"本人承诺勾选": (), "代为承诺勾选": ()}),
    Choice("承诺书是否公开", "附件2 二（八）", "disclosure",
           {"公开勾选": (("公开时限", "disclosure_period"),), "不公开勾选": ()}),
)  # fmt: skip


def open_blank(value: Value) -> bool:
    """Whether a blank says nothing yet: empty, or the form's underline in any of its lines."""
    if isinstance(value, str):
        return not value.replace("_", "").strip() or value == BLANK_PLACE or BLANK in value
    lines: list[str] = []
    for row in value:
        lines += [row] if isinstance(row, str) else [row[name] for name in ("法规", "条款", "原文")]
    return not lines or any(open_blank(line) for line in lines)


def holes(values: Mapping[str, Value]) -> list[Problem]:
    """Parts that the letter lacks, in the words of the form; empty when it is whole (规程二, 附件2).

    The codes of what the office has to fill in are those of ``letter.Letter.warnings``.
    """
    return [
        *_parts_open(values, (OFFICE, *TOLD, *PROMISED)),
        *(problem for choice in CHOICES for problem in _choice_open(values, choice)),
        *_agent_block(values),
    ]


def _parts_open(values: Mapping[str, Value], parts: tuple[Part, ...]) -> Iterator[Problem]:
    for part in parts:
        for field, code in part.fields:
            if open_blank(values.get(field, "")):
                yield Problem(code, f"告知承诺书缺“{part.name}”", part.clause, field)


def _choice_open(values: Mapping[str, Value], choice: Choice) -> Iterator[Problem]:
    marked = [mark for mark in choice.filled if values.get(mark) == TICKED]
    if len(marked) != 1:
        yield Problem(choice.code, f"“{choice.name}”须二选一，现勾了 {len(marked)} 项", choice.clause)
    for mark, fields in choice.filled.items():
        for field, code in fields:
            empty = open_blank(values.get(field, ""))
            if mark in marked and empty:
                yield Problem(code, f"告知承诺书缺“{field}”", choice.clause, field)
            elif mark not in marked and not empty:
                yield Problem(choice.code, f"没有选的一项却填了“{field}”", choice.clause, field)


def _agent_block(values: Mapping[str, Value]) -> Iterator[Problem]:
    """一（二）: the agent's block is whole or empty, and filled only where 代为承诺 is ticked."""
    open_ones = [name for name in AGENT_BLOCK if open_blank(values.get(name, ""))]
    if len(open_ones) == len(AGENT_BLOCK):
        return
    for name in open_ones:
        yield Problem("agent-block", f"委托代理人缺“{name}”", "附件2 一（二）", name)
    if values.get("代为承诺勾选") != TICKED:
        yield Problem("agent-block", "填了委托代理人，却没有勾选可以代为承诺", "附件2 二（五）", "agent_name")


def told_text(values: Mapping[str, Value]) -> str:
    """二、行政机关告知 as it reads on the letter, blanks apart: what the applicant was told (通知四)."""

    def put_in(words: str) -> str:
        return re.sub(r"\{\{(\w+)\}\}", lambda blank: str(values[blank[1]]), words)

    lines = [put_in(PRESCRIBED[7]), PRESCRIBED[8]]
    for row in values["设定依据"]:
        assert isinstance(row, dict)
        lines += [f"{row['序号']}.《{row['法规']}》{row['条款']}规定：", f"{row['原文']}。"]
    lines += [PRESCRIBED[9], *map(str, values["证明内容"])]
    lines += [put_in(words) for part in TOLD[4:] for words in part.words]
    return "\n".join(lines)


def canonical_values(values: Values) -> str:
    """The values as canonical JSON: keys sorted, no blanks; what the ledger keeps and digests."""
    return CANONICAL.encode(values)
