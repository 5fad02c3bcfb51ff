"""The command in a process of its own, forked from one that has imported the program already.

Loading Python and the libraries costs more than most commands do, some thousand times over in this suite.
Nothing but modules is shared: the process that is forked from has run no command. What is said of
start-up, locales, signals and lazy imports is tested with processes begun from nothing.
"""

from __future__ import annotations

import importlib
import io
import multiprocessing
import os
import pkgutil
import subprocess
import sys
import tempfile
from multiprocessing.context import ForkServerContext
from pathlib import Path

FROM_NOTHING = ("PYTHON", "LANG", "LC_")  # settings that Python reads when it begins


def context() -> ForkServerContext:
    """Processes forked from one in which everything is imported."""
    forking = multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload(["tests.warm"])
    return forking


def fits(args: tuple[str, ...], env: dict[str, str]) -> bool:
    """Whether a command may be run so: it neither begins processes nor asks for another Python."""
    return "--jobs" not in args and not any(name.startswith(FROM_NOTHING) for name in env)


def run(
    forking: ForkServerContext,
    args: tuple[str, ...],
    *,
    env: dict[str, str],
    cwd: Path,
    input: str | None,
    timeout: float,
) -> subprocess.CompletedProcess[str]:
    """What ``subprocess.run`` would give for ``python -m gaozhi_cli`` with these arguments."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("in", "out", "err")]
        files[0].write_bytes((input or "").encode())
        process = forking.Process(target=_child, args=(args, env, str(cwd), [str(f) for f in files]))
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(list(args), timeout)
        out, err = (file.read_text(encoding="utf-8") for file in files[1:])
        return subprocess.CompletedProcess(["gaozhi", *args], process.exitcode, out, err)


def _child(args: tuple[str, ...], env: dict[str, str], cwd: str, files: list[str]) -> None:
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.path[:] = [path for path in sys.path if path != ""]
    for number, path in enumerate(files):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT
        opened = os.open(path, flags, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), encoding="utf-8")
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w", closefd=False)), encoding="utf-8")
    sys.stderr = io.TextIOWrapper(
        io.BufferedWriter(io.FileIO(2, "w", closefd=False)), encoding="utf-8", errors="backslashreplace",
        line_buffering=True,
    )  # fmt: skip
    sys.argv = ["gaozhi", *args]
    from gaozhi_cli.cli.app import main

    main()


def _import_everything() -> None:
    import gaozhi_cli

    for module in pkgutil.walk_packages(gaozhi_cli.__path__, "gaozhi_cli."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for library in LIBRARIES:
        importlib.import_module(library)


LIBRARIES = (
    "typer", "yaml", "docxtpl", "docx", "lxml.etree", "jinja2", "sqlite3", "sqlite_utils", "segno",
    "cryptography.hazmat.primitives.ciphers.aead", "xlsxwriter", "python_calamine", "stdnum.cn.uscc",
    "stdnum.iso7064.mod_11_2", "chinese_calendar", "rich.table", "pydantic", "pypinyin",
)  # fmt: skip
if multiprocessing.current_process().name == "MainProcess" and "pytest" not in sys.modules:
    _import_everything()
