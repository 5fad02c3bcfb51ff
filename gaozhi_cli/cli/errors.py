"""The one error boundary: every failure becomes one Chinese sentence and a documented exit code."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

from gaozhi_cli.domain.problem import (
    BadInput,
    DocumentFailed,
    GaozhiError,
    NotFound,
    NotReady,
    Problem,
    Refused,
    SourceUnavailable,
    UsageFault,
    os_reason,
)

EXIT_CODES: dict[type[GaozhiError], int] = {
    UsageFault: 2,
    BadInput: 3,
    NotFound: 4,
    Refused: 5,
    SourceUnavailable: 6,
    NotReady: 7,
    DocumentFailed: 8,
}
INTERNAL, INTERRUPTED = 1, 130
MOST_TOLD = 50


# What this run has committed; told when showing it fails, so that nobody does it twice.
DONE: list[str] = []


def run(call: Callable[[], Any], args: Sequence[str]) -> int:
    """Run a command and return its exit code."""
    _steady_streams()
    _end_in_order()
    DONE.clear()
    as_json = _wants_json(args)
    try:
        if any("\ud800" <= char <= "\udfff" for arg in args for char in arg):
            raise UsageFault("命令里有无法识别的字符，请改用 UTF-8 编码的终端")
        result = call()
        sys.stdout.flush()
        if result == INTERRUPTED:
            return _interrupted()
        return result if isinstance(result, int) else 0
    except GaozhiError as error:
        return _tell(error, as_json)
    except (KeyboardInterrupt, EOFError):
        return _interrupted()
    except BrokenPipeError:
        return _reader_gone()
    except SystemExit:  # what typer makes of a BrokenPipeError, and of nothing else
        return _reader_gone()
    except OSError as error:
        message = f"{os_reason(error)}：{error.filename or '输出'}，请检查磁盘空间和权限"
        return _tell(NotReady(message), as_json)
    except Exception as error:
        code = _from_typer(error, as_json)
        return _internal(args) if code is None else code


def _reader_gone() -> int:
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)
    return _tell(NotReady("结果没有输出完，读它的程序已经退出"), False) if DONE else 0


def _interrupted() -> int:
    told = "已中断，没有登记任何内容" if not DONE else f"已中断；{'；'.join(DONE)}"
    print(f"\n{told}", file=sys.stderr)
    return INTERRUPTED


def _end_in_order() -> None:
    """Being told to end (SIGTERM, a closed terminal) is as Ctrl-C: undone, swept up, and said."""
    import signal

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            with suppress(ValueError):  # not the main thread: a test
                signal.signal(number, _ended)


def _ended(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _steady_streams() -> None:
    """Streams that never fail on a character: UTF-8 in pipes; a closed one swallows what is said."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _from_typer(error: Exception, as_json: bool) -> int | None:
    """The exit code for what typer raises; None for anything else. typer is looked at only if loaded."""
    if "typer" not in sys.modules:
        return None
    from typer import Abort, Exit
    from typer._click.exceptions import ClickException

    if isinstance(error, Exit):
        sys.stdout.flush()
        return error.exit_code
    if isinstance(error, Abort):
        return _interrupted()
    if isinstance(error, ClickException):
        return _tell(usage_fault(error), as_json, asked_help=_is_help(error))
    return None


def _tell(error: GaozhiError, as_json: bool, asked_help: bool = False) -> int:
    code = next((c for kind, c in EXIT_CODES.items() if isinstance(error, kind)), INTERNAL)
    if DONE:
        print(_safe(f"注意：{'；'.join(DONE)}，请勿重复登记"), file=sys.stderr)
    if asked_help:
        with suppress(OSError):
            print(error.message, flush=True)
        return code
    if as_json:
        import json

        problems = [problem_row(problem) for problem in error.problems]
        body = {"code": error.code, "message": error.message, "problems": problems}
        with suppress(OSError):
            print(json.dumps({"error": body}, ensure_ascii=False), flush=True)
    print(_safe(f"错误：{error.message}"), file=sys.stderr)
    for problem in error.problems[:MOST_TOLD]:
        if problem.message != error.message:
            clause = f"（{problem.clause}）" if problem.clause else ""
            print(_safe(f"  · {problem.message}{clause}"), file=sys.stderr)
    if len(error.problems) > MOST_TOLD:
        print(f"  · 共 {len(error.problems)} 处，其余略；--format json 列出全部", file=sys.stderr)
    return code


def problem_row(problem: Problem) -> dict[str, str]:
    """A problem as JSON."""
    return {
        "code": problem.code,
        "message": problem.message,
        "clause": problem.clause,
        "field": problem.field,
    }


def _safe(text: str) -> str:
    """Text that a terminal cannot be steered with, and that its encoding can show."""
    from gaozhi_cli.rendering.formats import one_line

    encoding = getattr(sys.stderr, "encoding", None) or "utf-8"
    return one_line(text).encode(encoding, "replace").decode(encoding)


def usage_fault(error: Any) -> UsageFault:
    """typer's English usage error as a Chinese sentence."""
    from typer._click import exceptions as click

    way_out = ""
    if getattr(error, "ctx", None) is not None:
        way_out = f"；用法见 {error.ctx.command_path} --help"
    if _is_help(error):
        return UsageFault(error.message)
    if isinstance(error, click.NoSuchOption):
        near = f"，是不是 {'、'.join(sorted(error.possibilities))}" if error.possibilities else ""
        return UsageFault(f"没有选项 {error.option_name}{near}{way_out}")
    if isinstance(error, click.MissingParameter):
        name = error.param.metavar or error.param.name if error.param else ""
        return UsageFault(f"缺少 {name}{way_out}")
    if isinstance(error, click.BadOptionUsage):
        return UsageFault(f"选项 {error.option_name} 后面要有值，或不该有值{way_out}")
    return UsageFault(f"{_translated(error.message)}{way_out}")


def _is_help(error: Any) -> bool:
    return type(error).__name__ == "NoArgsIsHelpError"


def _translated(message: str) -> str:
    """The few remaining sentences of the parser."""
    import re

    for pattern, chinese in (
        (r"No such command '(.+?)'\. ?Did you mean '(.+)'\?", "没有命令 {0}，是不是 {1}"),
        (r"No such command '(.+?)'", "没有命令 {0}"),
        (r"Got unexpected extra argument\(s\) \((.+)\)", "多出了参数 {0}"),
        (r"Missing command", "缺少命令"),
    ):
        match = re.match(pattern, message)
        if match:
            return chinese.format(*match.groups())
    return "命令写法有误"


def _wants_json(args: Sequence[str]) -> bool:
    return "--format=json" in args or ("--format", "json") in pairwise(args)


def _internal(args: Sequence[str]) -> int:
    """A fault of ours: a log without values, one sentence on the screen."""
    import traceback

    kind, _, frames = sys.exc_info()
    words = " ".join(a for a in args[:2] if a.isascii() and a.isalpha())
    lines = [f"{kind.__name__ if kind else 'fault'} in: gaozhi {words}"]
    lines += [f"  {f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(frames)]
    homes = [after for flag, after in pairwise(args) if flag == "--home"]
    where = _log("\n".join(lines) + "\n", homes[-1] if homes else os.environ.get("GAOZHI_HOME"))
    told = f"，经过已写入 {where}（不含个人信息）" if where else ""
    written = f"但{'；'.join(DONE)}，请勿重复登记" if DONE else "本次没有写入"
    message = f"错误：程序内部出错，{written}{told}；请把它交给管理员"
    print(_safe(message), file=sys.stderr)
    if "--debug" in args:
        print("\n".join(lines), file=sys.stderr)
    return INTERNAL


def _log(text: str, home: str | None) -> Path | None:
    """Append to gaozhi.log in the home; None where that cannot be done."""
    from gaozhi_cli.storage.home import default_home, private_folder

    folder = Path(home or default_home())
    path = folder / "gaozhi.log"
    try:
        private_folder(folder)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        return None
    return path
