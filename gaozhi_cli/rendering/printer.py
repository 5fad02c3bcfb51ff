"""A PDF to a printer: the CUPS queue by ``lp``, or Windows' own printing.

``lp`` answers 0 for a queue that is stopped, and a queue calls a job completed that its filter failed:
what was handed in is 已提交, and 已打印 only what the queue says was completed successfully. Programs are
called with lists, in one language, for a bounded time.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from gaozhi_cli.domain.problem import DocumentFailed
from gaozhi_cli.domain.vocabulary import PrintState

LIMIT = 30.0  # seconds for one answer of the print service
PAUSE = 0.5
JOB = re.compile(r"request id is (\S+-\d+) \(\d+ file")
FORBIDDEN = re.compile(r"[\s/#\\\x00-\x1f\x7f]")
FORBIDDEN_ON_WINDOWS = re.compile(r'["\x00-\x1f\x7f-\x9f]')  # there the name stands between quotes
SHEETS = {False: "sides=one-sided", True: "sides=two-sided-long-edge"}
MEDIA = "media=A4"
COLLATED = "multiple-document-handling=separate-documents-collated-copies"  # else 1 1 2 2 comes out
DONE_WELL = "job-completed-successfully"
DONE_BADLY = re.compile(r"job-completed-with-(?:errors|warnings)|aborted|canceled|job-stopped")


class Unanswered(DocumentFailed):
    """The print service was asked and did not answer: whether it took the job is not known."""


class Handed(NamedTuple):
    """What was handed in: printer and job as the queue calls them, where it says so."""

    printer: str | None
    job: str | None


def on_windows() -> bool:
    """Whether printing goes by Windows itself."""
    return os.name == "nt"


def require_printer(printer: str | None) -> str | None:
    """The queue that will print: the one named or the default one; None on Windows for its default.

    Raises DocumentFailed: no print service, no such printer, no default one, stopped, not accepting.
    """
    if on_windows():
        if printer is not None and (not printer.strip() or FORBIDDEN_ON_WINDOWS.search(printer)):
            message = "打印机的名称写得不对（不能为空，不能有英文引号）"
            raise DocumentFailed(f"{message}；名称见 Windows 设置的“打印机和扫描仪”")
        return printer
    if printer is not None and (not printer or printer.startswith("-") or FORBIDDEN.search(printer)):
        raise DocumentFailed("打印机的名称写得不对（不能有空格、斜线，不能以 - 开头）；lpstat -e 可查名称")
    if shutil.which("lp") is None or shutil.which("lpstat") is None:
        raise DocumentFailed("本机没有打印命令 lp，没有打印；请安装 CUPS（cups-client），或打开 PDF 打印")
    if "scheduler is running" not in _ask("lpstat", "-r"):
        raise DocumentFailed(
            "打印服务 CUPS 没有运行，没有打印；请管理员启动它（systemctl start cups）后再打印"
        )
    name = printer or _default()
    known = _ask("lpstat", "-e").split()
    if name not in known:
        there = f"现有：{'、'.join(known[:10])}" if known else "现在一台也没有，请管理员添加"
        raise DocumentFailed(f"没有打印机 {name}，没有打印；{there}")
    stopped = stopped_because(name)
    if stopped is not None:
        message = f"打印机 {name} 已停用{stopped}，没有打印；请检查缺纸、卡纸"
        raise DocumentFailed(f"{message}，由管理员 cupsenable {name} 恢复，或用 --printer 换一台")
    if "not accepting" in _ask("lpstat", "-a", name):
        message = f"打印机 {name} 不接收任务，没有打印"
        raise DocumentFailed(f"{message}；请管理员 cupsaccept {name} 恢复，或用 --printer 换一台")
    return name


def stopped_because(printer: str) -> str | None:
    """Why a queue is stopped, in brackets (empty where it does not say); None where it is not."""
    told = _ask("lpstat", "-p", printer)
    if not re.search(r"^printer \S+ disabled", told, re.M):
        return None
    reason = " ".join(line.strip() for line in told.splitlines()[1:] if line.strip())
    return f"（{reason[:80]}）" if reason and reason != "Paused" else ""


def hand_in(pdf: Path, *, title: str, copies: int, printer: str | None, duplex: bool) -> Handed:
    """Submit a PDF. ``printer`` comes from ``require_printer``; ``title`` is ASCII.

    Raises DocumentFailed when it was refused, Unanswered when there was no answer.
    """
    if on_windows():
        return _by_windows(pdf, copies, printer, _start_file())
    command = ["lp", "-t", title, "-n", str(copies), "-o", SHEETS[duplex], "-o", MEDIA, "-o", COLLATED]
    command += ["-d", printer] if printer else []
    try:
        done = _run([*command, "--", str(pdf)])
    except subprocess.TimeoutExpired:
        message = f"打印服务超过 {LIMIT:.0f} 秒没有回应，不知道任务有没有提交"
        raise Unanswered(
            f"{message}；请看打印机，印出来的用 gaozhi letter print 编号 --confirm 确认"
        ) from None
    except OSError:
        raise DocumentFailed("打印命令 lp 运行不了，没有打印；请安装 CUPS（cups-client）") from None
    found = JOB.search(done.stdout)
    if done.returncode != 0 or found is None:
        raise DocumentFailed(_refusal(done.stderr, printer))
    return Handed(printer, found[1])


def _by_windows(pdf: Path, copies: int, printer: str | None, start: Callable[..., object] | None) -> Handed:
    """Windows prints by the program that opens PDFs: no job, no answer, once for each copy."""
    if start is None:
        raise DocumentFailed("这台机器不能由本程序打印，请打开 PDF 打印")
    verb = ("print",) if printer is None else ("printto", f'"{printer}"')
    try:
        for _ in range(copies):
            start(str(pdf), *verb)
    except OSError:
        message = "Windows 没有打印成，多半是没有能打印 PDF 的程序"
        raise DocumentFailed(f"{message}；请装 PDF 阅读器并设为默认，或打开 {pdf} 打印") from None
    return Handed(printer, None)


def _start_file() -> Callable[..., object] | None:
    found: Callable[..., object] | None = getattr(os, "startfile", None)
    return found


def outcomes(jobs: Iterable[str], seconds: float) -> dict[str, PrintState]:
    """What became of jobs within ``seconds``: 已打印 or 打印失败; those still waiting are left out.

    It ends early when all are done or the queue of what is left has stopped.
    """
    waiting, known, end = set(jobs), dict[str, PrintState](), time.monotonic() + seconds
    while waiting:
        known |= _ended(_ask("lpstat", "-W", "completed", "-l", "-o"), waiting)
        waiting -= known.keys()
        stopped = all(stopped_because(job.rpartition("-")[0]) is not None for job in waiting)
        if not waiting or stopped or time.monotonic() >= end:
            break
        time.sleep(PAUSE)
    return known


def _ended(told: str, jobs: set[str]) -> dict[str, PrintState]:
    """What became of jobs that ``lpstat -W completed -l`` lists; those it does not are still open.

    A job stands in the first column, its reasons behind Alerts. Cancelled jobs are listed too, often with
    the same reasons as printed ones: then the service itself is asked for the job's state.
    """
    found: dict[str, PrintState] = {}
    job = ""
    for line in told.splitlines():
        if line and not line[0].isspace():
            job = unquote(line.split()[0])
        elif line.strip().startswith("Alerts:") and job in jobs:
            state = PrintState.PRINTED if DONE_WELL in line else None
            state = PrintState.FAILED if DONE_BADLY.search(line) else state or _state_of(job)
            if state is not None:
                found[job] = state
    return found


def _state_of(job: str) -> PrintState | None:
    """A job's state by the print service's own word; None where it does not say."""
    from gaozhi_cli.rendering import ipp

    state = ipp.job_state(_ask("lpstat", "-H").strip(), int(job.rpartition("-")[2]), LIMIT)
    if state == ipp.COMPLETED:
        return PrintState.PRINTED
    return PrintState.FAILED if state in (ipp.CANCELED, ipp.ABORTED) else None


def _default() -> str:
    told = _ask("lpstat", "-d")
    found = re.search(r"destination: (\S+)", told)
    if found is None:
        message = "没有指明打印机，系统也没有默认打印机，没有打印"
        raise DocumentFailed(
            f"{message}；请加 --printer 名称（lpstat -e 可查），或用 lpoptions -d 名称 设默认"
        )
    return found[1].partition("/")[0]


def _refusal(told: str, printer: str | None) -> str:
    """Why ``lp`` refused, for people."""
    if "No default destination" in told:
        return "系统没有默认打印机，没有打印；请加 --printer 名称（lpstat -e 可查）"
    if "not accepting" in told:
        return f"打印机 {printer} 不接收任务，没有打印；请管理员 cupsaccept {printer} 恢复"
    if re.search(
        r"does not exist|Unable to connect|Connection refused|Bad file descriptor|not running", told
    ):
        return f"连不上打印服务，或打印机 {printer} 已不在，没有打印；请管理员检查 CUPS 后再打印"
    if re.search(r"No space|too large|Request Entity Too Large|Unable to (?:create|write)", told, re.I):
        return "打印服务的磁盘已满或收不下，没有打印；请管理员清理打印队列后再打印"
    return f"打印机 {printer} 没有收下任务，没有打印；请管理员查看打印服务的记录"


def _ask(*command: str) -> str:
    """What a question to the print service is answered. Raises DocumentFailed."""
    try:
        return _run(list(command)).stdout
    except subprocess.TimeoutExpired:
        message = f"打印服务超过 {LIMIT:.0f} 秒没有回应"
        raise Unanswered(f"{message}；请管理员检查 CUPS 后再试") from None
    except OSError:
        raise DocumentFailed("打印服务的命令运行不了；请安装 CUPS（cups-client）") from None


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    from gaozhi_cli.rendering.office import end_group

    environment = {**os.environ, "LC_ALL": "C"}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, encoding="utf-8", errors="replace", start_new_session=True,
    ) as process:  # fmt: skip
        try:
            out, err = process.communicate(timeout=LIMIT)
        except BaseException:
            end_group(process)
            raise
    return subprocess.CompletedProcess(command, process.returncode, out, err)
