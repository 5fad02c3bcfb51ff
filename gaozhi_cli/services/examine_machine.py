"""体检（机器）: fonts, LibreOffice, printer, optional libraries. Nothing is changed, nothing personal read.

Each check is a function of its own that gives Looks; ``services/examine_home`` looks at the county's folder.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from gaozhi_cli.domain.checkup import Area, Look, State
from gaozhi_cli.domain.problem import DocumentFailed
from gaozhi_cli.rendering.fonts import Fonts

GOOD, NOTICE, MISSING = State.GOOD, State.NOTICE, State.MISSING
TIMEOUT = 30
SAMPLE = "荥〔㛃☑"  # the county's name, the brackets of its numbers, a rare character of a name, a box


def program() -> Iterator[Look]:
    """Which program runs in which Python."""
    from gaozhi_cli import __version__

    told = f"gaozhi {__version__}，Python {platform.python_version()}，{platform.system()}"
    yield Look("program", "程序", GOOD, told, area=Area.RECORDS)


def encoding() -> Iterator[Look]:
    """Whether Chinese can be typed and shown here."""
    unfit = []
    for name, label in (("stdin", "输入"), ("stdout", "输出")):
        stream = getattr(sys, name, None)
        used = getattr(stream, "encoding", None) or "utf-8"
        try:
            SAMPLE.encode(used)
        except (UnicodeEncodeError, LookupError):
            unfit.append(f"{label}是 {used}")
    if unfit:
        means = f"{'、'.join(unfit)}，有些汉字显示成问号或输不进去"
        how = "把终端改为 UTF-8（Linux 用 zh_CN.UTF-8；Windows 先运行 chcp 65001）"
        yield Look("encoding", "字符编码", NOTICE, means, how, Area.RECORDS)
    else:
        yield Look("encoding", "字符编码", GOOD, "汉字和符号都能输入、显示", area=Area.RECORDS)


def deflate() -> Iterator[Look]:
    """The faster compression, which is optional."""
    if importlib.util.find_spec("isal") is not None:
        yield Look("isal", "快速压缩", GOOD, "装有 isal，批量生成文书较快")
    else:
        yield Look(
            "isal", "快速压缩", GOOD, "没有装 isal（可以不装），批量生成文书慢一些", "pip install isal"
        )


def libreoffice() -> Iterator[Look]:
    """LibreOffice, needed for PDF and for printing from here."""
    from gaozhi_cli.rendering.pdf import find_soffice

    found = find_soffice()
    if found is None:
        means = "没有，出不了 PDF，也不能直接打印；docx 文书照常生成，可用 WPS 打印"
        yield Look("libreoffice", "LibreOffice", NOTICE, means, "apt install libreoffice-writer")
        return
    version = _said(found, "--version").splitlines()
    if version and "LibreOffice" in version[0]:
        yield Look("libreoffice", "LibreOffice", GOOD, " ".join(version[0].split()[:2]))
    else:
        means = f"{found} 不能运行，出不了 PDF"
        yield Look("libreoffice", "LibreOffice", MISSING, means, "重新安装 libreoffice-writer")


def printing() -> Iterator[Look]:
    """The print queue: lp, its scheduler, a printer to print on when none is named."""
    if sys.platform == "win32":
        yield Look("printing", "打印", NOTICE, "Windows 上不能从这里打印，请用 WPS 打印生成的文书")
        return
    if shutil.which("lp") is None or shutil.which("lpstat") is None:
        means = "没有打印系统（CUPS），不能从这里打印；可用 WPS 打印生成的文书"
        yield Look("printing", "打印", NOTICE, means, "apt install cups cups-client")
        return
    if "is running" not in _said("lpstat", "-r"):
        means = "打印服务没有运行，提交不了打印"
        yield Look("printing", "打印", NOTICE, means, "systemctl start cups（要管理员权限）")
        return
    default = _said("lpstat", "-d").partition(": ")[2].strip()
    if default and "disabled" in _said("lpstat", "-p", default):
        means = f"默认打印机 {default} 已暂停，提交的文书只会排队"
        yield Look("printing", "打印", NOTICE, means, f"cupsenable {default}（要管理员权限）")
    elif default:
        yield Look("printing", "打印", GOOD, f"打印服务在运行，默认打印机 {default}")
    else:
        means = "打印服务在运行，没有默认打印机，打印时要写明 --printer"
        yield Look("printing", "打印", NOTICE, means, "lpadmin -d 打印机名（要管理员权限）")


def boxes(fonts: Fonts | None) -> Iterator[Look]:
    """Whether ☑ and ☐ are told apart on paper."""
    from gaozhi_cli.rendering.fonts import box_font

    if fonts is None:
        means = "这台机器没有 fontconfig，查不出有哪些字体；打印前请看一眼 ☑ 和 ☐ 是否分得清"
        yield Look(
            "fonts", "字体", NOTICE, means, "" if sys.platform == "win32" else "apt install fontconfig"
        )
        return
    found = box_font()
    if found:
        yield Look("box", "勾选框 ☑ ☐", GOOD, f"{found} 两个都有")
    else:
        means = "没有同时含 ☑ 和 ☐ 的字体，勾选与未勾选印出来一样，因此不出 PDF"
        yield Look("box", "勾选框 ☑ ☐", MISSING, means, "apt install fonts-dejavu-core")


def characters(fonts: Fonts | None) -> Iterator[Look]:
    """Whether the usual characters can be printed, and how many rare ones cannot."""
    from gaozhi_cli.rendering.fonts import missing_characters, named

    if fonts is None:
        return
    usual = "".join(_gb2312())
    lost = missing_characters([usual], fonts)
    if lost:
        means = f"常用字（GB2312）里有 {len(lost)} 个没有字体，印出来是空的，如 {named(lost[:3])}"
        yield Look("characters", "能印的字", MISSING, means, "apt install fonts-noto-cjk")
        return
    rare = missing_characters(["".join(map(chr, range(0x4E00, 0x9FA6)))], fonts)
    if rare:
        means = f"常用字都能印；生僻字有 {len(rare)} 个没有字体，打印前会指出"
        yield Look("characters", "能印的字", NOTICE, means, "apt install fonts-noto-cjk")
    else:
        yield Look("characters", "能印的字", GOOD, "基本汉字 20902 个都有字体")


def typefaces(fonts: Fonts | None, template: bytes, table: Path, conf: Path) -> Iterator[Look]:
    """Each typeface of the letter's template: there, or what stands in and how the page changes."""
    from gaozhi_cli.rendering import fonts as known
    from gaozhi_cli.rendering.docx_package import TEMPLATE, open_package
    from gaozhi_cli.storage.strict_yaml import load

    if fonts is None:
        return
    try:
        names = known.typefaces(open_package(template, TEMPLATE))
    except DocumentFailed:
        means = "县里的告知承诺书模板要先改好，才查得出它用哪些字体"
        yield Look("typeface", "表格规定的字体", NOTICE, means, "先按上面“模板”一行改好")
        return
    for one in known.stand_ins(names, fonts, load(table)["typefaces"], conf):
        what = f"字体 {one.typeface}" + (f"（{one.used_for}）" if one.used_for else "")
        if one.installed:
            yield Look("typeface", what, GOOD, f"装有 {one.family}")
            continue
        means = f"没有，用 {one.family or '别的字体'} 代替：{one.changes}"
        if one.alike:
            yield Look("typeface", what, GOOD, means)
            continue
        how = "装上有授权的这种字体" + (f"，或 apt install {one.package}" if one.package else "")
        how += "，再把其中的 Fandol 字体链接到字体目录" if "texlive" in one.package else ""
        yield Look("typeface", what, NOTICE, means, how)


def _gb2312() -> Iterator[str]:
    for first in range(0xB0, 0xF8):
        yield bytes(b for last in range(0xA1, 0xFF) for b in (first, last)).decode("gb2312", "ignore")


def _said(*command: str) -> str:
    """What a program prints, in English so that it can be read; nothing where it cannot run."""
    environment = os.environ | {"LC_ALL": "C"}
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=TIMEOUT, check=False, env=environment,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace")
