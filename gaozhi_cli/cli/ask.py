"""Questions on a terminal: prompts on stderr, answers from stdin, asked again until they hold."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

Check = Callable[[str], str | None]


def ask(label: str, check: Check, *, needed: bool = True) -> str:
    """The answer to a question. ``check`` gives what is wrong with an answer, or None."""
    while True:
        answer = _line(f"{label}：").strip()
        if not answer and not needed:
            return ""
        wrong = "此项必填" if not answer else check(answer)
        if wrong is None:
            return answer
        _say(f"  {wrong}")


def choose(label: str, options: Sequence[str]) -> int:
    """The index of the option chosen by its number."""
    for n, option in enumerate(options, start=1):
        _say(f"  {n}. {option}")

    def check(answer: str) -> str | None:
        if answer.isdecimal() and 1 <= int(answer) <= len(options):
            return None
        return f"请输入 1 至 {len(options)} 的数字"

    return int(ask(f"{label}（1-{len(options)}）", check)) - 1


def confirm(question: str, *, default: bool) -> bool:
    """Yes or no; Enter takes the default."""
    hint = "[是/否，回车为是]" if default else "[是/否，回车为否]"
    while True:
        answer = _line(f"{question}{hint}：").strip().lower()
        if not answer:
            return default
        if answer in ("是", "y", "yes", "s"):
            return True
        if answer in ("否", "n", "no", "f"):
            return False
        _say("  请答 是 或 否（y/n）")


def _line(prompt: str) -> str:
    print(prompt, end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line.rstrip("\r\n")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
