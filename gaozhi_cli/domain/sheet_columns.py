"""工作单 as a table: the columns that go out, and those that come back filled in."""

from __future__ import annotations

from typing import NamedTuple

from gaozhi_cli.domain.closing import FINDINGS as WORDS

FORMAT = "gaozhi-visits/1"  # the json's own mark


class SheetColumn(NamedTuple):
    """A column: its key in the json, its heading in the workbook."""

    key: str
    heading: str


COLUMNS = tuple(
    SheetColumn(*pair)
    for pair in (
        ("dispatch", "工作单"), ("visit", "第几处"), ("id", "核查号"), ("number", "编号"),
        ("name", "核查对象"), ("id_shown", "证件号码（遮蔽）"), ("address", "现场地址"),
        ("phone", "联系方式"), ("matter", "行政事项名称"), ("proof", "证明事项名称"),
        ("promised", "承诺内容"),
        ("standard", "核查标准"), ("due_on", "核查期限"), ("not_before", "不早于"), ("finding", "核查结论"),
        ("evidence", "核查情况"), ("inspectors", "核查人员"),
    )
)  # fmt: skip
TO_FILL = ("finding", "evidence", "inspectors")
NEEDED = ("dispatch", "id", "number", *TO_FILL)  # what a sheet that comes back must have
LONGEST = {"evidence": 48, "inspectors": 18, "finding": 12}
FINDINGS = tuple(word.label for word in WORDS)
HOW_TO_FILL = (
    f"核查结论：只写{'、'.join(FINDINGS)}之一；还没有看的整行留空，以后再交。",
    "核查情况：怎样看的、看到什么，每个结论都要写。",
    "核查人员：到场的人，几个人用顿号分开。",
    "工作单、核查号、编号三栏不要改动；其他各栏只供查看，改了也不登记。",
    "填好以后：gaozhi verify close --from 这份文件",
)
