"""The program: ``--version`` before anything is imported, then the lazily loaded groups of commands."""

from __future__ import annotations

import sys

GROUPS = {
    "catalog": "清单：查事项、看缺什么、审查、版本、导入导出、办事指南",
    "letter": "告知承诺书和其他文书：填写、批量、打印、校验",
    "commitment": "承诺：审查、签署、补正、受理、不予适用、撤回、办结、送达、查询",
    "ordinary": "一般程序：不采用告知承诺的登记、办结",
    "verify": "核查：到期、改期、派出现场核查、凭据、在线比对、结论",
    "assist": "协助核查：请其他机关协助、催办、答复、到期、交换表",
    "draw": "双随机：冻结名单、公布、抽取、核对",
    "outcome": "处理：事先告知、陈述申辩、听证、决定、整改复查",
    "credit": "信用：能否适用告知承诺制、诚信档案、登记和修复",
    "report": "统计：清单覆盖情况、公平监管",
    "ledger": "台账：建立、概况、校验、备份、恢复、密钥、清除、升级",
    "doctor": "体检：本机和县里的目录缺什么，怎么补",
    "completion": "补全：在 bash、zsh 里按 Tab 补出命令、选项、单位、事项",
}


def main() -> None:
    """Entry point of the console script."""
    sys.exit(run_args(sys.argv[1:]))


def run_args(args: list[str]) -> int:
    """Run the program with arguments; the exit code."""
    if args == ["--version"]:
        return _version()
    if args[:1] == ["_complete"]:
        from gaozhi_cli.cli.listings.completion import complete

        return complete(args[1:])
    from gaozhi_cli.cli.errors import run
    from gaozhi_cli.cli.fast import prepared

    call = prepared(args)
    return run(call or (lambda: _command(args)), args)


def _version() -> int:
    from gaozhi_cli import __version__

    try:
        sys.stdout.write(f"gaozhi {__version__}\n")
        sys.stdout.flush()
    except (OSError, AttributeError):  # a full, closed or absent standard output
        sys.stdout = None
        return 7
    return 0


def _command(args: list[str]) -> object:
    from gaozhi_cli.cli.commands import RootGroup, examples

    root = RootGroup(
        name="gaozhi",
        help="证明事项告知承诺制的办理工具：清单、告知承诺书、承诺、核查、台账。",
        no_args_is_help=True,
        rich_markup_mode=None,
        epilog=examples(
            "gaozhi catalog list --dept 人社局", "gaozhi letter new --item 64", "gaozhi verify due"
        ),
    )
    root.groups = GROUPS
    return root.main(args, prog_name="gaozhi", standalone_mode=False)
