"""Writes the documents that are made from data: docs/对照表.md from catalog/clauses.yaml.

Run ``python docs/build.py`` after a change; a test fails when a document is stale.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gaozhi_cli.domain.commitment import STEP_LABELS, TRANSITIONS
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
    for step, (before, after, _) in TRANSITIONS.items():
        lines.append(f"    {before.label} --> {after.label}: {STEP_LABELS[step]}（commitment {step}）")
    return "\n".join([*lines, "```"])


def readme(text: str) -> str:
    """README.md with its diagram brought up to date."""
    start, end = "<!-- diagram -->\n", "\n<!-- /diagram -->"
    head, _, rest = text.partition(start)
    _, _, tail = rest.partition(end)
    return f"{head}{start}{diagram()}{end}{tail}"


def main() -> None:
    """Write everything."""
    (ROOT / "docs" / "对照表.md").write_text(clause_table(), encoding="utf-8")
    path = ROOT / "README.md"
    path.write_text(readme(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
