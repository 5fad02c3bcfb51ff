"""The flags that describe an applicant's letter, said once for ``letter new`` and ``letter batch``."""

from typing import Annotated, Any

import typer

from gaozhi_cli.domain.problem import UsageFault
from gaozhi_cli.domain.vocabulary import AgentKind, ToldWay, labels, parse_word

Text = str | None
LATER = "以后"
NUMBER = "如 RS-2026-00001，或文号"


def _flag(name: str, metavar: str, help_: str) -> Any:
    return typer.Option(name, metavar=metavar, help=help_)


Item = Annotated[Text, _flag("--item", "事项", "序号、事项代号或名称里的字词")]
Proof = Annotated[list[str] | None, _flag("--proof", "证明", "只承诺这项证明；按情形或任选其一时必填")]
Name = Annotated[Text, _flag("--name", "姓名", "公民姓名，或法人、其他组织名称")]
IdTypeFlag = Annotated[Text, _flag("--id-type", "证件", "证件类型，默认居民身份证")]
IdNumber = Annotated[Text, _flag("--id-number", "号码", "公民证件编号；- 从标准输入读")]
Uscc = Annotated[Text, _flag("--uscc", "代码", "统一社会信用代码（法人或其他组织）")]
Contact = Annotated[Text, _flag("--contact", "姓名", "联系人（法人或其他组织）")]
Phone = Annotated[Text, _flag("--phone", "电话", "联系方式")]
Address = Annotated[Text, _flag("--address", "地址", "地址（法人或其他组织）")]
AgentKindFlag = Annotated[
    Text, _flag("--agent-kind", labels(AgentKind), f"谁代为承诺，默认{AgentKind.DELEGATE.label}")
]
AgentName = Annotated[Text, _flag("--agent-name", "姓名", "代理人（或法定监护人）姓名")]
AgentIdType = Annotated[Text, _flag("--agent-id-type", "证件", "代理人证件类型")]
AgentIdNumber = Annotated[Text, _flag("--agent-id-number", "号码", "代理人证件编号")]
AgentPhone = Annotated[Text, _flag("--agent-phone", "电话", "代理人联系方式")]
Authorization = Annotated[
    Text, _flag("--authorization", "文字", "特别授权书：日期、范围；法定监护人写监护关系的依据")
]
Statement = Annotated[Text, _flag("--statement", "文字", "承诺的具体内容（具体是）")]
SiteAddress = Annotated[Text, _flag("--site-address", "地址", "现场地址（现场核查时必填）")]
PublicUntil = Annotated[Text, _flag("--public-until", "日期", "公开时限（事项已定公开时可缩短）")]
NoPublic = Annotated[bool, typer.Option("--no-public", help="本承诺书不予公开")]
Consent = Annotated[bool, typer.Option("--consent", help="申请人同意公开")]
Out = Annotated[Text, _flag("--out", "目录", "文书放在哪里，默认县里的 letters 目录")]
Told = Annotated[Text, _flag("--told", "方式", f"当场已告知的方式：{labels(ToldWay)}；默认{LATER}")]


def said(**values: Any) -> dict[str, object]:
    """The flags that were given: nothing for those left out, for a flag not set, for an empty list."""
    return {name: value for name, value in values.items() if value not in (None, False, [])}


def told_way(text: str | None) -> ToldWay | None:
    """How the applicant has been told today; None: later, by ``letter tell`` or with the signature."""
    if text is None or text.strip() in (LATER, "later"):
        return None
    way = parse_word(ToldWay, text)
    if way is None:
        raise UsageFault(f"--told 应是 {labels(ToldWay)}|{LATER} 之一")
    return way
