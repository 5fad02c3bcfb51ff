"""Writes what is made from other things: docs/对照表.md from catalog/clauses.yaml, the README's diagram
from the transition table, gaozhi_cli/cli/hot_table.py and completion_table.py from the typer commands.

Run ``python docs/build.py`` after a change; a test fails when a document is stale.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

from gaozhi_cli.domain.commitment import TRANSITIONS
from gaozhi_cli.storage.strict_yaml import load

ROOT = Path(__file__).parent.parent
HEAD = """# 对照表：通知与规程的每一条由哪条命令执行

由 `catalog/clauses.yaml` 生成（`python docs/build.py`），请勿手改。
T＝通知，G＝规程（附件3），L＝告知承诺书（附件2），来源：荥法治政府组办〔2021〕18号。

| 条款 | 原文 | 命令 | 函数 | 情况 |
|---|---|---|---|---|
"""


def clauses() -> list[dict[str, Any]]:
    """The entries of catalog/clauses.yaml."""
    return list(load(ROOT / "catalog" / "clauses.yaml")["clauses"])


def clause_table() -> str:
    """The text of docs/对照表.md."""
    lines = []
    for entry in clauses():
        commands = "<br>".join(f"`gaozhi {command}`" for command in entry["commands"])
        functions = "<br>".join(f"`{function}`" for function in entry["by"])
        words = entry["words"].replace("|", "\\|")
        lines.append(f"| {entry['clause']} | {words} | {commands} | {functions} | {entry['status']} |")
    return HEAD + "\n".join(lines) + "\n"


def diagram() -> str:
    """The steps of a commitment as a mermaid diagram, from the transition table."""
    lines = ["```mermaid", "stateDiagram-v2", "    direction LR"]
    for step in TRANSITIONS.values():
        for before in step.before:
            after = step.after or before
            lines.append(f"    {before.label} --> {after.label}: {step.label}（{step.command}）")
    return "\n".join([*lines, "```"])


def readme(text: str) -> str:
    """README.md with its diagram brought up to date."""
    start, end = "<!-- diagram -->", "<!-- /diagram -->"
    head, found, rest = text.partition(start)
    _, closed, tail = rest.partition(end)
    if not (found and closed):
        raise ValueError("README.md has lost the marks around its diagram")
    return f"{head}{start}\n{diagram()}\n{end}{tail}"


def hot_table() -> str:
    """The text of gaozhi_cli/cli/hot_table.py: the reads of the fast path, as typer describes them."""
    from gaozhi_cli.cli.commands import COMMON

    common = {decl: (name, bool(metavar)) for name, decls, metavar, _ in COMMON for decl in decls}
    hot = {name: _hot_spec(*name.split(), function) for name, function in HOT_FUNCTIONS.items()}
    lines = [
        '"""The reads of the fast path, made from the typer commands by docs/build.py. Do not edit."""',
        "",
        "from typing import Any",
        "",
        f"COMMON: dict[str, tuple[str, bool]] = {common!r}",
        f"HOT: dict[str, dict[str, Any]] = {hot!r}",
    ]
    return formatted("\n".join(lines) + "\n")


def completion_table() -> str:
    """The text of gaozhi_cli/cli/completion_table.py: what the shells complete, as typer describes it."""
    from gaozhi_cli.cli.app import GROUPS
    from gaozhi_cli.cli.completion import common, describe

    lines = [
        '"""What the shells complete, made from the typer commands by docs/build.py. Do not edit."""',
        "# ruff: noqa: E501",
        "",
        f"COMMON: str = {common()!r}",
        f"COMMANDS: dict[str, tuple[str, str, str]] = {describe(GROUPS)!r}",
    ]
    return formatted("\n".join(lines) + "\n")


def columns(text: str) -> str:
    """docs/catalog.md with its table of the wide sheet's columns brought up to date."""
    from gaozhi_cli.domain.versions import COLUMNS, HOW_TO_FILL

    start, end = "<!-- columns -->", "<!-- /columns -->"
    head, found, rest = text.partition(start)
    _, closed, tail = rest.partition(end)
    if not (found and closed):
        raise ValueError("docs/catalog.md has lost the marks around its table of columns")
    rows = "\n".join(f"| {COLUMNS[key]} | {how} |" for key, how in HOW_TO_FILL.items())
    return f"{head}{start}\n| 栏目 | 怎样填 |\n|---|---|\n{rows}\n{end}{tail}"


def measures(text: str) -> str:
    """docs/outcomes.md with its table of measures brought up to date, from catalog/measures.yaml."""
    from gaozhi_cli.domain.vocabulary import HearingRight
    from gaozhi_cli.storage.measure_entries import read_measures

    start, end = "<!-- measures -->", "<!-- /measures -->"
    head, found, rest = text.partition(start)
    _, closed, tail = rest.partition(end)
    if not (found and closed):
        raise ValueError("docs/outcomes.md has lost the marks around its table of measures")
    lines = [
        "| 措施 | 核查结论 | 阶段 | 先告知 | 陈述申辩期限 | 听证 | 信用记录 |",
        "|---|---|---|---|---|---|---|",
    ]
    for rule in read_measures([ROOT / "catalog"]).values():
        laws = {True: "", False: "（要写明法律、法规、规章）"}
        findings = "、".join(f"{one.finding.label}{laws[bool(one.basis)]}" for one in rule.grounds)
        stages = "、".join(stage.label for stage in rule.stages) or "不论"
        period = "、".join(f"{one.value} 个工作日" for one in rule.statement) or "未定"
        hearing = {HearingRight.EACH: "逐件确定"}.get(rule.hearing, rule.hearing.label)
        asked = "、".join(f"{one.value} 个工作日内要求" for one in rule.hearing_request)
        credit = "、".join(f"{one.finding.label}：{one.kind.label}" for one in rule.credit) or "不记"
        notice = f"是（{rule.notice_source}）" if rule.notice else f"否（{rule.notice_source}）"
        right = f"{hearing}，{asked}" if asked else hearing
        cells = (rule.measure.label, findings, stages, notice, period if rule.notice else "—", right, credit)
        lines.append(f"| {' | '.join(cells)} |")
    table = "\n".join(lines)
    return f"{head}{start}\n{table}\n{end}{tail}"


# The function behind each, in the listings' module of the group unless another is named before the colon.
HOT_FUNCTIONS = {
    "catalog list": "list_items",
    "catalog show": "show_item",
    "commitment list": "list_commitments",
    "commitment show": "show_commitment",
    "commitment history": "history:history",
    "verify due": "due",
    "assist due": "due",
    "outcome due": "due",
    "credit check": "check",
    "credit show": "show",
    "ledger info": "info",
    "ledger verify": "verify",
    "completion bash": "bash",
    "completion zsh": "zsh",
}


def _hot_spec(group: str, name: str, function: str) -> dict[str, Any]:
    from gaozhi_cli.cli.commands import Group

    module = importlib.import_module(f"gaozhi_cli.cli.{group}")
    holder = Group(name=group)
    holder.app = module.app
    command = holder.get_command(None, name)  # type: ignore[arg-type]
    options, defaults, arguments = {}, {}, []
    for param in command.params:
        if param.param_type_name == "argument":
            arguments.append(param.name)
        else:
            options |= dict.fromkeys(param.opts, (param.name, not param.is_flag))
            defaults[param.name] = param.default
    module_name, _, found = function.rpartition(":")
    return {
        "module": module_name or group,
        "function": found,
        "options": options,
        "defaults": defaults,
        "arguments": arguments,
    }


def formatted(text: str) -> str:
    """Python text as ruff formats it."""
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", "hot_table.py", "-"]
    result = subprocess.run(command, input=text, capture_output=True, encoding="utf-8", cwd=ROOT, check=True)
    return result.stdout


def main() -> None:
    """Write everything."""
    (ROOT / "gaozhi_cli" / "cli" / "hot_table.py").write_text(hot_table(), encoding="utf-8")
    (ROOT / "gaozhi_cli" / "cli" / "completion_table.py").write_text(completion_table(), encoding="utf-8")
    (ROOT / "docs" / "对照表.md").write_text(clause_table(), encoding="utf-8")
    for path, made in (
        (ROOT / "README.md", readme),
        (ROOT / "docs" / "catalog.md", columns),
        (ROOT / "docs" / "outcomes.md", measures),
    ):
        path.write_text(made(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
