"""The headings of a table of applicants: which column is which field of the form (附件2 一、三).

The flags' names or the form's words, as offices write them. A heading that is not known is never passed
over: behind a slip of the pen there would be a lost column.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from gaozhi_cli.domain.intake import FIELD_LABELS

CITIZEN, ORGANIZATION = "公民", "单位"

# Words for a field; those that stand in one branch of the 二选一 may stand beside those of the other.
WORDS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("item", ""): "事项 行政事项 行政事项名称 事项名称 办理事项 事项序号",
        ("name", ""): "姓名或名称 姓名/名称 姓名名称 申请人 申请人姓名 申请人名称 申请人姓名或名称",
        ("name", CITIZEN): "姓名 公民姓名 个人姓名",
        (
            "name",
            ORGANIZATION,
        ): "名称 单位名称 企业名称 公司名称 机构名称 组织名称 法人名称 法人或其他组织名称",
        ("id_type", ""): "证件类型 证件种类 身份证件类型 公民证件类型",
        ("id_number", ""): "证件号码 证件编号 证件号 身份证 身份证号 身份证号码 身份证件号码 居民身份证号 "
        "居民身份证号码 公民身份号码 公民证件号码 公民证件编号 公民身份证号",
        ("uscc", ""): "统一社会信用代码 社会信用代码 统一信用代码 信用代码 单位统一社会信用代码",
        ("contact", ""): "联系人 联系人姓名 单位联系人",
        ("phone", ""): "联系方式 联系电话 电话 电话号码 手机 手机号 手机号码 联系号码",
        ("phone", CITIZEN): "公民联系方式 公民联系电话 公民电话",
        ("phone", ORGANIZATION): "单位联系方式 单位联系电话 单位电话 联系人电话 联系人联系方式 联系人手机号",
        ("address", ""): "地址 单位地址 联系地址 注册地址 通讯地址 通信地址 住所",
        ("agent_kind", ""): "代理人类型 代理人类别 代理人种类 代理类型",
        ("agent_name", ""): "代理人 代理人姓名",
        ("agent_id_type", ""): "代理人证件类型 代理人证件种类",
        ("agent_id_number", ""): "代理人证件号码 代理人证件编号 代理人证件号 代理人身份证 代理人身份证号 "
        "代理人身份证号码",
        (
            "agent_phone",
            "",
        ): "代理人联系方式 代理人联系电话 代理人电话 代理人手机 代理人手机号 代理人手机号码",
        ("authorization", ""): "授权书 特别授权书 授权委托书 特别授权 授权",
        ("proof", ""): "证明事项 证明事项名称 证明名称",
        ("statement", ""): "承诺内容 承诺的内容 承诺具体内容 承诺的具体内容 具体承诺内容 具体是",
        ("site_address", ""): "现场地址 现场核查地址 核查地址",
        ("public_until", ""): "公开时限 公开期限 公开截止日期",
        ("no_public", ""): "不公开 不予公开",
        ("consent", ""): "公开同意 同意公开 是否同意公开",
    }
)
KNOWN: Mapping[str, tuple[str, str]] = MappingProxyType(
    {word: field for field, words in WORDS.items() for word in words.split()}
    | {field.replace("_", ""): (field, "") for field in FIELD_LABELS}
)
IGNORED = frozenset({
    "序号", "序", "行号", "编号", "no", "备注", "备注说明", "填表日期",
    "性别", "年龄", "民族", "籍贯", "出生日期", "出生年月",
})  # fmt: skip
BRACKETS = re.compile(r"[(\[【〔]([^()\[\]【】〔〕]*)[)\]】〕]")
REMARKS = re.compile(r"\s*[（(【\[〔].*?[）)】\]〕]")
MARKS = " *＊★·.:：、,，_-\"'“”"
WHOSE = (  # who a remark in brackets speaks of, as the word that stands before the heading
    ("代理人", ("代理", "委托人")),
    (CITIZEN, ("公民", "个人", "自然人")),
    (ORGANIZATION, ("单位", "法人", "组织", "企业", "公司")),
)
AGENT_FIELDS = frozenset(
    {"agent_kind", "agent_name", "agent_id_type", "agent_id_number", "agent_phone", "authorization"}
)
USCC_WORDS = frozenset({"统一社会信用代码", "uscc", "社会信用代码", "信用代码"})
DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
YES_WORDS = frozenset({"true", "是", "yes", "y", "1", "√", "✓", "✔", "☑"})
NO_WORDS = frozenset({"false", "否", "no", "n", "0", "×", "☐", "□"})


class Heading(NamedTuple):
    """What a heading says: the field (empty where it is not known) and the branch it stands in.

    ``text``: as written, for messages.
    """

    text: str
    field: str = ""
    branch: str = ""
    ignored: bool = False

    @property
    def name(self) -> str:
        """As written, but without marks and remarks in brackets."""
        return REMARKS.sub("", self.text).strip(MARKS) or self.text


def heading(text: str) -> Heading:
    """A heading read leniently: width, blanks, line breaks, marks and remarks in brackets do not count."""
    shown = " ".join(text.split())
    plain = "".join(unicodedata.normalize("NFKC", text).split()).lower()
    remarks = "".join(BRACKETS.findall(plain))
    base = re.sub(r"^\d{1,2}[.、]", "", BRACKETS.sub("", plain)).strip(MARKS)
    base = base.replace("委托代理人", "代理人").replace("代理人的", "代理人")
    found = _known(base, remarks)
    if found:
        return Heading(shown, *found)
    return Heading(shown, ignored=base in IGNORED)


def _known(base: str, remarks: str) -> tuple[str, str] | None:
    flag = base.replace("_", "").replace("-", "")
    plain = KNOWN.get(base) or KNOWN.get(base.removeprefix("申请人")) or (KNOWN.get(flag) if flag else None)
    for whose, words in WHOSE:
        if any(word in remarks for word in words):
            own = KNOWN.get(whose + base)
            if whose == "代理人" and own is None and plain and plain[0] not in AGENT_FIELDS:
                return None
            return own or plain
    return plain


def tidy(values: dict[str, str]) -> dict[str, str | bool]:
    """Values under the form's keys: a code under 证件号码 in its own place, dates as ISO, flags as such."""
    kind = "".join(values.get("id_type", "").split()).lower()
    if kind in USCC_WORDS:
        number = values.get("id_number", "")
        if not (number and values.get("uscc")):  # with both filled in the form says what is wrong
            values = {key: text for key, text in values.items() if key not in ("id_type", "id_number")}
            if number:
                values["uscc"] = number
    tidied: dict[str, str | bool] = {key: text for key, text in values.items() if text}
    if day := DAY.fullmatch(values.get("public_until", "")):
        tidied["public_until"] = f"{day[1]}-{day[2]:>02}-{day[3]:>02}"
    for field in ("no_public", "consent"):
        word = values.get(field, "").lower()
        if word in YES_WORDS or word in NO_WORDS:
            tidied[field] = word in YES_WORDS
    return tidied
