"""The classes behind every command: fast parameters, options common to all, help in Chinese.

typer 0.29 sends each value through pydantic, which costs as much as starting Python five times. All our
parameters are text (or lists of text) and flags, so a plain coercion is put in its place through
``_runtime_param``; typer is pinned and a test fails when that attribute is renamed.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import typer
from typer._click import Context, HelpFormatter, Parameter
from typer._coercion import RuntimeParam, resolve_type_descriptor
from typer.core import TyperCommand, TyperGroup, TyperOption
from typer.main import get_command, get_command_from_info, get_command_name
from typer.models import OptionInfo

from gaozhi_cli.rendering.formats import display_width

# name, declarations, metavar, help; metavar "" = a flag
COMMON = (
    ("home", ("--home",), "目录", "县里的目录（GAOZHI_HOME）"),
    ("ledger", ("--ledger",), "路径", "台账文件（GAOZHI_LEDGER）"),
    ("operator", ("--operator",), "姓名", "经办人（GAOZHI_OPERATOR，默认登录名）"),
    ("as_of", ("--as-of",), "日期", "按这一天计算，默认今天（GAOZHI_AS_OF）"),
    ("format", ("--format",), "格式", "table|json|csv|tsv|ndjson|xlsx（xlsx 要有 -o）"),
    ("output", ("--output", "-o"), "文件", "写入文件，不写屏幕"),
    ("no_input", ("--no-input",), "", "不提问"),
    ("yes", ("--yes", "-y"), "", "不要求确认"),
    ("no_color", ("--no-color",), "", "不用颜色"),
    ("debug", ("--debug",), "", "内部出错时印出经过"),
)
WRITING = (
    ("dry_run", ("--dry-run",), "", "只检查，不写入"),
    ("request_id", ("--request-id",), "编号", "请求号：重复执行不会重复登记"),
)


class PlainParam(RuntimeParam):
    """Text stays text: no adapter, no pydantic."""

    def _coerce_value(self, value: Any, param: Any, ctx: Context) -> Any:
        return value


def _plain(param: Any) -> None:
    """Give a typer parameter the plain coercion."""
    descriptor = param.type_descriptor
    param._runtime_param = PlainParam(
        parameter_info=descriptor.parameter_info, annotation=descriptor.annotation
    )


def _option(name: str, declarations: tuple[str, ...], metavar: str, help_: str) -> TyperOption:
    flag = not metavar
    option = TyperOption(
        param_decls=[name, *declarations],
        type_descriptor=resolve_type_descriptor(bool if flag else str, OptionInfo()),
        default=False if flag else None,
        is_flag=flag,
        metavar=metavar or None,
        expose_value=False,
        callback=_keep,
        help=help_,
    )
    _plain(option)
    return option


def _keep(ctx: Context, param: Parameter, value: Any) -> Any:
    """Keep a common option's value for ``settings``; said later (nearer the command) wins."""
    if value not in (None, False):
        ctx.meta[f"gaozhi.{param.name}"] = value
    return value


def _definitions(formatter: HelpFormatter, heading: str, rows: list[tuple[str, str]]) -> None:
    """Aligned rows under a Chinese heading."""
    if not rows:
        return
    formatter.write(f"\n{heading}\n")
    left = min(max(display_width(name) for name, _ in rows), 34)
    for name, text in rows:
        gap = (
            " " * (left - display_width(name) + 2) if display_width(name) <= left else "\n" + " " * (left + 4)
        )
        formatter.write(f"  {name}{gap}{text}\n")


def _record(param: Any) -> tuple[str, str]:
    """How a parameter reads in the help."""
    if param.param_type_name == "argument":
        name = param.metavar or param.name.upper()
        return (name, param.help or "")
    names = ", ".join((*param.opts, *param.secondary_opts))
    metavar = "" if param.is_flag else f" {param.metavar or '值'}"
    repeated = "（可重复）" if param.multiple else ""
    return (f"{names}{metavar}", f"{param.help or ''}{repeated}")


class _Chinese:
    """Help pages: usage, text, arguments, options, examples. Mixed in before a typer class."""

    params: list[Any]

    common: tuple[tuple[str, tuple[str, ...], str, str], ...] = COMMON
    _common: list[TyperOption] | None = None

    def get_params(self, ctx: Context) -> list[Parameter]:
        params: list[Parameter] = super().get_params(ctx)  # type: ignore[misc]
        for param in params:
            if getattr(param, "_runtime_param", ...) is None:
                _plain(param)
        if self._common is None:
            self._common = [_option(*spec) for spec in self.common]
        return [*params, *self._common]

    def format_help(self, ctx: Context, formatter: HelpFormatter) -> None:
        command: Any = self
        self.get_params(ctx)
        formatter.write(f"用法：{' '.join([ctx.command_path, *self._pieces(ctx)])}\n")
        if command.help:
            formatter.write("\n" + "\n".join(f"  {line}" for line in command.help.splitlines()) + "\n")
        own = [p for p in command.params if not getattr(p, "hidden", False)]
        arguments = [_record(p) for p in own if p.param_type_name == "argument"]
        options = [_record(p) for p in own if p.param_type_name == "option"]
        _definitions(formatter, "参数：", arguments)
        _definitions(formatter, "选项：", options)
        _definitions(formatter, "命令：", self._commands(ctx))
        shared = [*(_record(p) for p in self._common or ()), ("--help, -h", "显示这段帮助")]
        _definitions(formatter, "各命令通用：", shared)
        if command.epilog:
            formatter.write(f"\n{command.epilog}\n")

    def get_help_option_names(self, ctx: Context) -> list[str]:
        return ["--help", "-h"]

    def _pieces(self, ctx: Context) -> list[str]:
        pieces = [p.metavar or p.name.upper() for p in self.params if p.param_type_name == "argument"]
        return [*pieces, "[选项]"]

    def _commands(self, ctx: Context) -> list[tuple[str, str]]:
        return []


class Command(_Chinese, TyperCommand):
    """A reading command."""


class WritingCommand(Command):
    """A command that writes: --dry-run and --request-id as well."""

    common = (*WRITING, *COMMON)


class Group(_Chinese, TyperGroup):
    """A group of commands; a command is built from its function only when it is called."""

    app: typer.Typer | None = None

    def list_commands(self, ctx: Context) -> list[str]:
        if self.app is None:
            return []
        within = [str(info.name) for info in self.app.registered_groups]
        return [*(self._name(info) for info in self.app.registered_commands), *within]

    def get_command(self, ctx: Context, cmd_name: str) -> Any:
        for info in self.app.registered_commands if self.app else ():
            if self._name(info) == cmd_name:
                return get_command_from_info(info, pretty_exceptions_short=False, rich_markup_mode=None)
        for within in self.app.registered_groups if self.app else ():  # such as ``ledger key``
            if within.name == cmd_name and within.typer_instance is not None:
                group: Any = get_command(within.typer_instance)
                group.name, group.app = cmd_name, within.typer_instance
                return group
        return None

    @staticmethod
    def _name(info: Any) -> str:
        return str(info.name or get_command_name(info.callback.__name__))

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Any, list[str]]:
        names: Any = dict.fromkeys(self.list_commands(ctx))
        self.commands = names  # for "did you mean"
        return super().resolve_command(ctx, args)

    def _pieces(self, ctx: Context) -> list[str]:
        return ["命令", "[选项]"]

    def _commands(self, ctx: Context) -> list[tuple[str, str]]:
        if self.app is None:
            return []
        told = [(self._name(info), info.callback.__doc__) for info in self.app.registered_commands]
        told += [(str(info.name), info.help) for info in self.app.registered_groups]
        return [(name, (text or "").strip().splitlines()[0]) for name, text in told]


class RootGroup(Group):
    """The program itself: each group's module is imported only when named; help lines are a table."""

    groups: Mapping[str, str] = MappingProxyType({})

    def list_commands(self, ctx: Context) -> list[str]:
        return list(self.groups)

    def get_command(self, ctx: Context, cmd_name: str) -> Any:
        if cmd_name not in self.groups:
            return None
        module = importlib.import_module(f"gaozhi_cli.cli.{cmd_name}")
        group: Any = get_command(module.app)
        group.app = module.app
        return group

    def _commands(self, ctx: Context) -> list[tuple[str, str]]:
        return list(self.groups.items())


def command_app(help_: str) -> typer.Typer:
    """A group's Typer application: no completion machinery, no rich."""
    app = typer.Typer(
        cls=Group, help=help_, no_args_is_help=True, add_completion=False, rich_markup_mode=None
    )
    app.callback()(_nothing)
    return app


def _nothing() -> None:
    """Groups do nothing of their own."""


def examples(*lines: str) -> str:
    """The examples at the end of a command's help; a test runs them."""
    return "示例：\n" + "\n".join(f"  {line}" for line in lines)
