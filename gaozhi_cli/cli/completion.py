"""``gaozhi completion``: what a shell sources so that Tab completes commands, options, offices and items.

``describe`` reads the commands as typer has them; ``docs/build.py`` keeps the result in
``completion_table``, so that nothing is listed twice and no shell waits for typer.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from gaozhi_cli.cli.commands import COMMON, Command, RootGroup, command_app, examples
from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.listings import completion as listings
from gaozhi_cli.domain import vocabulary

app = command_app("补全：在 bash、zsh 里按 Tab 补出命令、选项、单位、事项")

# What stands behind an option or argument, by the word its help uses for it.
KINDS = {"单位": "@office", "事项": "@item", "文件": "@file", "路径": "@file", "目录": "@dir"}
CLOSED = {"证件": vocabulary.IdType}
HELP = ("--help", "-h")
CHOICES = re.compile(r"([\w-]+(?:\|[\w-]+)+)(?=$|[（，；。])")


@app.command("bash", cls=Command, epilog=examples("gaozhi completion bash"))
def bash() -> None:
    """给 bash 用的 gaozhi 补全：在 ~/.bashrc 里加一行 eval "$(gaozhi completion bash)"。

    单位、事项也能按拼音首字母补全。gaozhi 只有 bash 和 zsh 的补全，没有 PowerShell 的。
    """
    listings.bash(Desk.here())


@app.command("zsh", cls=Command, epilog=examples("gaozhi completion zsh"))
def zsh() -> None:
    """给 zsh 用的 gaozhi 补全：在 ~/.zshrc 里加一行 eval "$(gaozhi completion zsh)"。

    单位、事项也能按拼音首字母补全。gaozhi 只有 bash 和 zsh 的补全，没有 PowerShell 的。
    """
    listings.zsh(Desk.here())


def describe(groups: Mapping[str, str]) -> dict[str, tuple[str, str, str]]:
    """For each group and command, by its words: sub-commands, options and arguments with their kinds.

    ``--name`` is a flag, ``--name=KIND`` takes a value: nothing known of it, ``@office``, ``@item``,
    ``@file``, ``@dir``, or the choices joined by ``|``. Options common to all commands are left out.
    """
    root = RootGroup(name="gaozhi")
    root.groups = groups
    return dict(_described(root, ""))


def common() -> str:
    """The options that every command has."""
    options = [
        _written(names, _kind(metavar, help_) if metavar else None) for _, names, metavar, help_ in COMMON
    ]
    return " ".join([*options, *HELP])


def _described(command: Any, at: str) -> Iterator[tuple[str, tuple[str, str, str]]]:
    from typer._click import Context

    context = Context(command, info_name="gaozhi")
    names = command.list_commands(context) if hasattr(command, "list_commands") else []
    shared = {*HELP, *(name for _, declared, _, _ in COMMON for name in declared)}
    options, arguments = [], []
    for param in command.get_params(context):
        kind = _kind(param.metavar or "", param.help or "")
        if param.param_type_name == "argument":
            arguments += [kind or "-", *(["+"] if param.nargs == -1 else [])]
        elif not (param.hidden or shared & set(param.opts)):
            options.append(_written((*param.opts, *param.secondary_opts), None if param.is_flag else kind))
    yield at, (" ".join(names), " ".join(options), " ".join(arguments))
    for name in names:
        yield from _described(command.get_command(context, name), f"{at} {name}".lstrip())


def _written(names: tuple[str, ...], kind: str | None) -> str:
    """An option under each of its names; ``kind`` None: a flag."""
    return " ".join(name if kind is None else f"{name}={kind}" for name in names)


def _kind(metavar: str, help_: str) -> str:
    """What may stand as the value."""
    word = metavar.rstrip("…")
    closed = CHOICES.match(metavar) or CHOICES.match(help_)
    if closed:
        return "|".join(_both(closed[1].split("|")))
    if word in CLOSED:
        return "|".join([*(w.label for w in CLOSED[word]), *(w.value for w in CLOSED[word])])
    return KINDS.get(word, "")


def _both(choices: list[str]) -> list[str]:
    """The choices of a help line, with their English words where the line has the Chinese ones."""
    for words in vars(vocabulary).values():
        if isinstance(words, type) and issubclass(words, vocabulary.Word):
            values = {word.label: word.value for word in words}
            if all(choice in values for choice in choices):
                return [*choices, *(values[choice] for choice in choices)]
    return choices
