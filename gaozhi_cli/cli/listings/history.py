"""What ``commitment history`` says: every act on a case in words. Imports no typer: the fast path."""

from __future__ import annotations

import json
from typing import Any

from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.listings.assist import noted as assist_noted
from gaozhi_cli.cli.listings.case_words import gap_labels
from gaozhi_cli.domain.vocabulary import (
    Compared,
    Finding,
    Measure,
    OrdinaryReason,
    OutcomeResult,
    ServedWay,
    ToldWay,
)
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
    "verify.schedule-batch": "成批定期限",
    "verify.recompute": "重算暂定期限",
    "verify.pause": "中止核查期限",
    "verify.resume": "恢复核查期限",
    "verify.extend": "延长核查期限",
    "verify.close": "核查结论",
    "verify.dispatch": "派出现场核查",
    "verify.receive": "收回工作单",
    "verify.print-sheet": "印工作单",
    "verify.evidence": "留存凭据",
    "assist.ask": "请求协助核查",
    "assist.remind": "催办协助核查",
    "assist.extend": "延长答复期限",
    "assist.answer": "协助核查答复",
    "assist.refuse": "不能协助",
    "assist.export": "导出交换表",
    "assist.reveal": "查看协助核查内容",
    "assist.recompute": "重算答复期限",
    "outcome.notice": "事先告知",
    "outcome.serve": "送达处理文书",
    "outcome.hear": "听取陈述申辩",
    "outcome.hearing": "听证",
    "outcome.decide": "处理决定",
    "outcome.drop": "不予处理",
    "outcome.recheck": "整改复查",
    "outcome.close": "处理了结",
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
    entries = (of_case(entry, case.number) for entry in ledger.history(case.number))
    rows = (
        entry | {
            "seq": str(entry["seq"]),
            "act_label": ACTS.get(entry["act"], entry["act"]),
            "moment": entry["at"][:19].replace("T", " "),
            "detail": entry["detail"] if plain else json.loads(entry["detail"] or "null"),
            "told": noted(entry["act"], json.loads(entry["detail"] or "{}")),
        }
        for entry in entries
    )  # fmt: skip
    desk.show(rows, HISTORY)


def of_case(entry: dict[str, Any], number: str) -> dict[str, Any]:
    """An act on many cases as far as it is about this one."""
    if entry["object"] == number or not entry["detail"]:
        return entry
    facts = json.loads(entry["detail"])
    facts["checks"] = [row for row in facts.get("checks", []) if row[0].rpartition("-")[0] == number]
    return entry | {"detail": json.dumps(facts, ensure_ascii=False, sort_keys=True)}


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
        people = f"（{'、'.join(facts['inspectors'])}）" if facts.get("inspectors") else ""
        return f"{facts.get('check')} {Finding(facts['finding']).label}{people}"
    if act == "verify.dispatch":
        return f"{'、'.join(facts.get('checks', []))} {facts.get('sheet', '')} {facts.get('assignee', '')}"
    if act == "verify.evidence":
        return f"{facts.get('check')} {len(facts.get('files', []))} 份"
    if act in ("verify.pause", "verify.resume", "verify.extend"):
        more = f"延长 {facts['days']} 个工作日" if "days" in facts else ""
        due = f"期限 {facts['due']}" if facts.get("due") else ""
        return " ".join(part for part in (str(facts.get("check")), more, due) if part)
    if act == "verify.recompute":
        dates = facts.get("checks") or facts.get("dates") or []
        return "；".join(f"{row[0]} {row[1]} 改为 {row[2]}" for row in dates)
    if act == "verify.schedule-batch":
        return "；".join(" ".join(filter(None, (row[0], *row[3:]))) for row in facts.get("checks", []))
    if act.startswith("outcome."):
        return _of_outcome(act, facts)
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
    if act.startswith("assist."):
        return f"{facts.get('assistance', '')} {assist_noted(act, facts)}".strip()
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


def _of_outcome(act: str, facts: dict[str, Any]) -> str:
    """What an act on a measure says: which one, its document, what it came to."""
    said = [str(facts.get("outcome") or "")]
    said += [Measure(facts["measure"]).label] if facts.get("measure") else []
    said += [str(facts[key]) for key in ("title", "number", "recheck", "credit") if facts.get(key)]
    said += [ServedWay(facts["way"]).label] if facts.get("way") else []
    said += [f"期限 {facts['until']}"] if facts.get("until") else []
    said += ["书面放弃"] if facts.get("waived") else []
    if act == "outcome.hearing":
        said.append("已举行" if facts.get("held") else "听证终止" if facts.get("off") else "要求听证")
    said += ["提前报告整改完毕"] if facts.get("reported") else []
    said += [OutcomeResult(facts["result"]).label] if facts.get("result") else []
    return " ".join(part for part in said if part)
