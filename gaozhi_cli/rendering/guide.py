"""办事指南的告知承诺部分 as Markdown, and as a document through the house's template engine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from gaozhi_cli.domain.guide import CHECK_FIELDS, FIELDS, PROOF_FIELDS, REQUIRED, Guide
from gaozhi_cli.rendering.docx_template import Template, render
from gaozhi_cli.rendering.formats import one_line
from gaozhi_cli.rendering.template_check import Form
from gaozhi_cli.rendering.template_opening import open_template

TEMPLATE = "guide.docx"
ROWS: dict[str, Sequence[str]] = {
    "证明": PROOF_FIELDS,
    "核查": CHECK_FIELDS,
    **dict.fromkeys(
        ("整理说明", "设定依据", "证明内容", "承诺方式", "自主选择", "须提交的证明", "核查说明",
         "不适用情形", "是否公开", "其他材料"), (),
    ),
}  # fmt: skip
FORM = Form(FIELDS, ROWS, REQUIRED)
HEAD = (
    "行政事项名称", "事项编码", "承办单位", "办理渠道", "联系人", "联系方式", "投诉举报方式", "清单版本",
)  # fmt: skip
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&])")
OPENING = re.compile(r"^(\d+)([.)])|^([-+=:])")


@lru_cache(maxsize=2)
def open_guide_template(data: bytes) -> Template:
    """The guide's template, checked once for the same bytes. Raises DocumentFailed."""
    return open_template(data, FORM)


def guide_docx(guide: Guide, template: bytes) -> bytes:
    """The guide as a document; the same values give the same bytes. Raises DocumentFailed."""
    return render(open_guide_template(template), _plain(guide.values))


def guide_md(guide: Guide) -> str:
    """The guide as Markdown; whatever a value holds is text in it, never markup."""
    values = _plain(guide.values)
    parts = [
        f"# {_md(values['行政事项名称'])}办事指南（告知承诺制部分）",
        _table(("项目", "内容"), ((name, values[name]) for name in HEAD)),
        "## 一、可以采用告知承诺制办理的证明",
        _md(values["证明要求"]),
        _table(PROOF_FIELDS, (row.values() for row in values["证明"])),
        *_lines(values["整理说明"]),
        "## 二、设定证明的依据",
        *_lines(values["设定依据"]),
        "## 三、证明的内容",
        *_lines(values["证明内容"]),
        "## 四、承诺的方式",
        *_lines(values["承诺方式"]),
        "## 五、自主选择",
        *_lines(values["自主选择"]),
        "不采用告知承诺制方式办理的，请带：",
        *_lines(values["须提交的证明"]),
        *_lines(values["其他材料"]),
        "## 六、核查",
        _table(CHECK_FIELDS, (row.values() for row in values["核查"])),
        *_lines(values["核查说明"]),
        "## 七、不实承诺的责任",
        _md(values["不实责任"]),
        "## 八、不适用告知承诺制的情形",
        *_lines(values["不适用情形"]),
        "## 九、承诺的撤回",
        _md(values["撤回"]),
        "## 十、承诺书是否公开",
        *_lines(values["是否公开"]),
        f"{_md(values['引文说明'])}本指南按 {_md(values['编制日期'])} 有效的清单编制。",
    ]
    return "\n\n".join(parts) + "\n"


def _plain(value: Any) -> Any:
    """Values in one line each: a break becomes a blank, control and bidi characters �."""
    if isinstance(value, str):
        return one_line(re.sub(r"[\t\r\n]+", " ", value)).strip()
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return {key: _plain(part) for key, part in value.items()}


def _md(text: str) -> str:
    """Text with the marks of Markdown escaped, also those that only count at the start of a line."""
    escaped = SPECIAL.sub(r"\\\1", text)
    return OPENING.sub(lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", escaped)


def _lines(lines: Iterable[str]) -> list[str]:
    return [_md(line) for line in lines]


def _table(headings: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *([_md(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
