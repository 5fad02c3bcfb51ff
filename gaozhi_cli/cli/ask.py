"""Questions on a terminal: prompts on stderr, answers from stdin, asked again until they hold."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import cache

Check = Callable[[str], str | None]
LONGEST_LINE = 4000


def ask(label: str, check: Check, *, needed: bool = True) -> str:
    """The answer to a question. ``check`` gives what is wrong with an answer, or None."""
    while True:
        answer = _line(f"{label}：").strip()
        if not answer and not needed:
            return ""
        wrong = "此项必填" if not answer else check(answer)
        if wrong is None:
            return answer
        say(f"  {wrong}")


def choose(label: str, options: Sequence[str]) -> int:
    """The index of the option chosen by its number."""
    for n, option in enumerate(options, start=1):
        say(f"  {n}. {option}")

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
        say("  请答 是 或 否（y/n）")


def _line(prompt: str) -> str:
    """A line typed at a prompt: with line editing and no limit of length where readline is there.

    Without it a terminal cuts a line at some 4,000 bytes, so such a line is asked for again.
    """
    if sys.stdout.isatty() and _editing():
        return input(prompt)
    print(prompt, end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    if len(line.encode("utf-8", "replace")) >= LONGEST_LINE:
        say("  这一行太长，终端可能截断；请分短些，或改用 --from 文件")
        return _line(prompt)
    return line.rstrip("\r\n")


@cache
def _editing() -> bool:
    """Whether readline edits lines here; its bracketed paste is switched off, it writes escape codes."""
    try:
        import readline
    except ImportError:
        return False
    readline.parse_and_bind("set enable-bracketed-paste off")
    readline.set_auto_history(False)
    return True


def say(text: str) -> None:
    """Talk goes to stderr."""
    print(text, file=sys.stderr, flush=True)
