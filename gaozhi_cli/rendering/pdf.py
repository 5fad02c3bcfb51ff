"""docx → PDF by LibreOffice: its own profile, a time limit, the result checked before it gets its name.

soffice exits 0 for missing and corrupt files, so only the file itself counts. ☑ and ☐ must come out
different: with some fonts both print as the same crossed box, so a font that has both is demanded.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from gaozhi_cli.domain.problem import DocumentFailed, os_reason
from gaozhi_cli.rendering.fonts import box_font

TIMEOUT = 120
PROGRAMS = ("soffice", "libreoffice")
WINDOWS_PATHS = (
    r"C:\Program Files\LibreOffice\program\soffice.exe",
    r"C:\Program Files (x86)\LibreOffice\program\soffice.exe",
)


def find_soffice() -> str | None:
    """The LibreOffice program on this machine, if any."""
    for name in PROGRAMS:
        found = shutil.which(name)
        if found:
            return found
    return next((path for path in WINDOWS_PATHS if Path(path).exists()), None)


def require_pdf_tools() -> str:
    """LibreOffice's path. Raises DocumentFailed when it, or a font with ☑ and ☐, is missing."""
    soffice = find_soffice()
    if soffice is None:
        raise DocumentFailed("没有找到 LibreOffice，出不了 PDF；请安装 LibreOffice，或去掉 --pdf 用 WPS 打印")
    if box_font() == "":
        message = (
            "本机没有同时含 ☑ 和 ☐ 的字体，印出来两者会一样，没有出 PDF；"
            "请安装 DejaVu Sans（fonts-dejavu-core）"
        )
        raise DocumentFailed(message)
    return soffice


def to_pdf(document: bytes, fonts: Path | None) -> bytes:
    """The PDF of a docx. ``fonts``: a fontconfig file with stand-ins for the form's typefaces."""
    soffice = require_pdf_tools()
    with tempfile.TemporaryDirectory(prefix="gaozhi-") as folder:
        source = Path(folder, "letter.docx")
        source.write_bytes(document)
        environment = dict(os.environ)
        if fonts is not None and fonts.is_file():
            environment["FONTCONFIG_FILE"] = str(fonts)
        command = [
            soffice, f"-env:UserInstallation={Path(folder, 'profile').as_uri()}", "--headless",
            "--norestore", "--convert-to", "pdf", "--outdir", folder, str(source),
        ]  # fmt: skip
        try:
            subprocess.run(command, env=environment, capture_output=True, timeout=TIMEOUT, check=False)
            result = Path(folder, "letter.pdf").read_bytes()
        except subprocess.TimeoutExpired:
            raise DocumentFailed(f"LibreOffice 超过 {TIMEOUT} 秒没有出 PDF，已停止") from None
        except OSError as error:
            raise DocumentFailed(f"LibreOffice 没有出 PDF（{os_reason(error)}）") from None
    if not result.startswith(b"%PDF-") or b"%%EOF" not in result[-1024:]:
        raise DocumentFailed("LibreOffice 出的 PDF 不完整，没有保存")
    return result
