"""What ``letter document`` asks on a terminal: only the required blanks that nothing fills."""

from __future__ import annotations

from gaozhi_cli.cli.ask import ask, confirm, say
from gaozhi_cli.domain.document_kinds import Field, Kind
from gaozhi_cli.domain.document_values import Matter
from gaozhi_cli.domain.documents import Typed, called, document_problems, read_values


def ask_missing(kind: Kind, matter: Matter, typed: Typed) -> Typed:
    """The typed values with answers to what is missing. Ctrl-C or Ctrl-D leaves all undone."""
    for field in kind.fields:
        missing = [
            p.field for p in document_problems(kind, matter, typed, complete=True) if p.code == "missing"
        ]
        if field.name in missing:
            typed = {**typed, field.name: _answers(kind, matter, field, typed)}
    return typed


def agreed(kind: Kind, matter: Matter, typed: Typed) -> bool:
    """Whether what is told once (一次性) may go out: its lines are shown, Enter alone is a no."""
    for field in kind.fields:
        if field.several and typed.get(field.name):
            say(f"{field.name}：")
            for n, line in enumerate(typed[field.name], start=1):
                choice = field.chosen(line)
                say(f"  {n}. {choice.text if choice is not None else line}")
    about = matter.case.number if matter.case is not None else matter.item.matter
    return confirm(f"{kind.title}对 {about} 只出具一次，以上就是全部内容，出具吗", default=False)


def _answers(kind: Kind, matter: Matter, field: Field, typed: Typed) -> tuple[str, ...]:
    """One answer, or lines until an empty one; a choice by its number."""
    for n, choice in enumerate(field.choices, start=1):
        say(f"  {n}. {choice.text}")

    def meant(answer: str) -> str:
        choice = field.chosen(answer)
        return choice.code if choice is not None else answer

    def check(answer: str) -> str | None:
        values, problems = read_values(kind, {field.name: answer})
        problems += document_problems(kind, matter, {**typed, **values}, complete=False)
        return next((problem.message for problem in problems if problem.field == field.name), None)

    words = "" if field.closed else "或文字"
    hint = f"，输入序号{words}" if field.choices else ""
    label = f"{called(field)}{hint}"
    if not field.listed:
        return (meant(ask(label, check)),)
    lines = [meant(ask(f"{label}，第 1 条", check))]
    while answer := ask(f"第 {len(lines) + 1} 条（没有了就按回车）", check, needed=False):
        lines.append(meant(answer))
    return tuple(lines)
