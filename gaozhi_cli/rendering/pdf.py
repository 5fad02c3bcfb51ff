"""docx → PDF by LibreOffice, the result checked before anyone gets it.

soffice exits 0 for missing and corrupt files, so only the file itself counts: whole, with pages, its
fonts inside, and the words that must be on the paper found in it (a character that no font has is left
out in silence). ☑ and ☐ must come out different: with some fonts both print as the same crossed box, so
a font that has both is demanded.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from gaozhi_cli.domain.problem import DocumentFailed, os_reason
from gaozhi_cli.rendering.fonts import box_font

TIMEOUT = 120
PROGRAMS = ("soffice", "libreoffice")
WINDOWS_PATHS = (
    r"C:\Program Files\LibreOffice\program\soffice.exe",
    r"C:\Program Files (x86)\LibreOffice\program\soffice.exe",
)
NOTHING: Mapping[str, str] = MappingProxyType({})


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


def to_pdf(
    document: bytes, fonts: Path | None, *, expect: Mapping[str, str] = NOTHING, timeout: float = TIMEOUT
) -> bytes:
    """The PDF of a docx. ``fonts``: a fontconfig file with stand-ins for the form's typefaces;
    ``expect``: what must be read in it, each text under the word that people call it by.

    Raises DocumentFailed: no LibreOffice, too slow, no PDF, or one that fails ``check_pdf``.
    """
    from gaozhi_cli.rendering.office import Office

    soffice = require_pdf_tools()
    try:
        with tempfile.TemporaryDirectory(prefix="gaozhi-", ignore_cleanup_errors=True) as folder:
            source = Path(folder, "letter.docx")
            source.write_bytes(document)
            Office(soffice, Path(folder), fonts).convert([source], timeout)
            result = source.with_suffix(".pdf").read_bytes()
    except OSError as error:
        raise DocumentFailed(f"LibreOffice 没有出 PDF（{os_reason(error)}）") from None
    check_pdf(result, expect)
    return result


def check_pdf(data: bytes, expect: Mapping[str, str] = NOTHING) -> int:
    """The number of pages of a PDF that is whole, carries its fonts and says what it must.

    Raises DocumentFailed.
    """
    from gaozhi_cli.rendering.pdf_text import Pdf

    pdf = Pdf(data)
    pdf.require_fonts()
    pdf.require_words(0, pdf.pages, expect)
    return pdf.pages
