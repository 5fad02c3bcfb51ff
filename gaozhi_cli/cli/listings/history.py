"""What ``commitment history`` says: every act on a case in words. Imports no typer: the fast path."""

from __future__ import annotations

import json
from typing import Any

from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.listings.case_words import gap_labels
from gaozhi_cli.domain.vocabulary import Compared, Finding, OrdinaryReason, ServedWay, ToldWay
from gaozhi_cli.rendering.formats import Column

HISTORY = (
    Column("seq", "流水号"),
    Column("at", "时间", table=False),
    Column("moment", "时间", machine=False),
    Column("dated_on", "日期"),
    Column("act", "动作代码", table=False),
    Column("act_label", "动作"),
    Column("operator", "经办人"),
    Column("login", "登录名"),
    Column("machine", "机器", table=False),
    Column("reason", "理由"),
    Column("detail", "详情代码", table=False),
    Column("told", "详情", machine=False),
)
ACTS = {
    "letter.draw-up": "制作",
    "letter.make": "生成文书",
    "letter.pdf": "生成 PDF",
    "letter.remake": "重做文书",
    "letter.tell": "告知",
    "commitment.check": "审查材料",
    "commitment.supplement": "一次性补正",
    "commitment.supplied": "补正收齐",
    "commitment.refuse": "不予适用",
    "commitment.withdraw": "撤回",
    "commitment.serve": "送达",
    "ordinary.new": "按一般程序登记",
    "ordinary.conclude": "按一般程序办结",
    "document.make": "出具文书",
    "letter.print": "打印",
    "letter.reprint": "再次打印",
    "letter.print-queued": "已提交打印",
    "letter.print-failed": "打印失败",
    "letter.printed": "已打印",
    "commitment.sign": "签署",
    "commitment.accept": "受理",
    "commitment.conclude": "办结",
    "verify.schedule": "定期限",
    "verify.close": "核查结论",
    "verify.compare": "在线比对",
    "person.reveal": "查看个人信息",
    "ledger.key-backup": "备份密钥",
    "ledger.key-restore": "放回密钥",
    "ledger.key-rotate": "轮换密钥",
    "ledger.purge": "清除个人信息",
    "credit.record": "登记信用记录",
    "credit.repair": "登记信用修复",
    "catalog.import": "导入清单",
    "catalog.withdraw": "撤销清单版本",
}


def history(desk: Desk, number: str) -> None:
    """Who did what, when."""
    ledger = desk.required_ledger()
    case = ledger.case(desk.number(number))
    plain = desk.settings.format in ("csv", "tsv")
    rows = (
        entry | {
            "seq": str(entry["seq"]),
            "act_label": ACTS.get(entry["act"], entry["act"]),
            "moment": entry["at"][:19].replace("T", " "),
            "detail": entry["detail"] if plain else json.loads(entry["detail"] or "null"),
            "told": noted(entry["act"], json.loads(entry["detail"] or "{}")),
        }
        for entry in ledger.history(case.number)
    )  # fmt: skip
    desk.show(rows, HISTORY)


def noted(act: str, facts: dict[str, Any]) -> str:
    """What an act's detail says, and that the clock had gone back when it was written."""
    before = facts.get("clock_before")
    back = f"时钟倒退：前一条流水写于 {str(before)[:19].replace('T', ' ')}" if before else ""
    return "；".join(part for part in (told(act, facts), back) if part)


def compared(facts: dict[str, Any]) -> str:
    """What a comparison with a register gave."""
    outcomes = facts.get("outcomes", {}).items()
    said = "、".join(f"{Compared(outcome).label} {len(ids)} 项" for outcome, ids in outcomes)
    return f"来源 {facts.get('source')}：{said}"


def told(act: str, facts: dict[str, Any]) -> str:
    """What an act's detail says, in words."""
    if act == "verify.close":
        return f"{facts.get('check')} {Finding(facts['finding']).label}"
    if act == "verify.compare":
        return compared(facts)
    if act == "verify.schedule":
        checks = "、".join(row[0] for row in facts.get("checks", []))
        parts = [f"期限 {facts['due']}" if facts.get("due") else "", facts.get("assignee") or ""]
        return " ".join(part for part in (checks, *parts) if part)
    if act == "commitment.accept":
        return "；".join(f"{row[0]} {row[1] or '未定期限'}" for row in facts.get("checks", []))
    if act in ("commitment.supplement", "commitment.refuse", "commitment.withdraw"):
        return " ".join(
            part
            for part in (
                str(facts.get("title") or ""),
                f"期限 {facts['until']}" if facts.get("until") else "",
                f"不再核查 {'、'.join(facts['lapsed'])}" if facts.get("lapsed") else "",
            )
            if part
        )
    if act == "commitment.serve":
        return ServedWay(facts["way"]).label
    if act == "ordinary.new":
        return OrdinaryReason(facts["because"]).label
    if act == "document.make":
        return str(facts.get("title", ""))
    if act in ("letter.print", "letter.reprint"):
        return f"第 {facts.get('times')} 次，{facts.get('copies')} 份 {facts.get('printer') or ''}".strip()
    if act == "letter.tell":
        return f"{ToldWay(facts['way']).label}{'（再次告知）' if facts.get('again') else ''}"
    if act == "letter.printed" and facts.get("elsewhere"):
        return f"经办人另行打印，{facts.get('copies')} 份"
    if act == "letter.printed":
        return "经办人确认" if facts.get("confirmed") else f"打印机报告 {facts.get('job') or ''}".strip()
    if act in ("letter.print-queued", "letter.print-failed"):
        return str(facts.get("job") or "")
    if act in ("letter.draw-up", "commitment.sign") and facts.get("warnings"):
        return f"单位缺项：{'、'.join(gap_labels(tuple(facts['warnings'])))}"
    return ""
