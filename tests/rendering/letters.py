"""Finished letters to print, made of the shipped template and of one with pictures and headers."""

from __future__ import annotations

import io
import re
import struct
import subprocess
import zlib
from pathlib import Path

from gaozhi_cli.domain.form import BLANK_PLACE, FIELDS, PROOF_FIELDS, TICKED, UNTICKED
from gaozhi_cli.rendering.docx_package import open_package
from gaozhi_cli.rendering.docx_template import render
from gaozhi_cli.rendering.letter_docx import open_letter_template
from gaozhi_cli.rendering.pdf_run import DayLetter
from tests.conftest import ROOT

TEMPLATE = (ROOT / "templates" / "commitment_letter.docx").read_bytes()
FONTS = ROOT / "templates" / "fonts.conf"


def official(n: int) -> str:
    """The number printed on a made-up letter."""
    return f"示人社告承〔2026〕{n:05d}号"


def a_document(n: int, name: str, *, lines: int = 1, promise: str = "经营场所为自有房屋，权属清楚") -> bytes:
    """A citizen's letter; ``lines``: how long its legal basis is (200: a page more)."""
    values = dict.fromkeys((*FIELDS, *PROOF_FIELDS), "_" * 16) | {
        "文书编号": official(n),
        "公民姓名": name,
        "公民勾选": TICKED,
        "单位勾选": UNTICKED,
        "本人承诺勾选": TICKED,
        "代为承诺勾选": UNTICKED,
        "公开勾选": UNTICKED,
        "不公开勾选": TICKED,
        "设定依据": [
            {"序号": "1", "法规": "示例办法", "条款": BLANK_PLACE, "原文": "应当提交经营场所证明" * lines}
        ],
        "证明内容": ["经营场所的权属和用途。"],
        "承诺内容": promise,
    }
    return render(open_letter_template(TEMPLATE), values)


def a_letter(n: int, name: str | None = None, *, document: bytes | None = None, lines: int = 1) -> DayLetter:
    """A letter for a day's run, with what must be read in its PDF."""
    name = name or f"测试{n}𠮷㛃"
    data = document if document is not None else a_document(n, name, lines=lines)
    return DayLetter(f"RS-2026-{n:05d}", data, {"文号": official(n), "姓名": name})


def a_picture(shade: int) -> bytes:
    """A small grey PNG, light above and dark below."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + bytes([shade if y < 20 else 255 - shade]) * 40 for y in range(40))
    head = struct.pack(">IIBBBBB", 40, 40, 8, 0, 0, 0, 0)
    return b"".join((
        b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")
    ))  # fmt: skip


def with_pictures(document: bytes, shade: int, title: str) -> bytes:
    """The letter with a picture and bookmark of its own in body and header, made by python-docx."""
    from docx import Document
    from docx.shared import Mm

    opened = Document(io.BytesIO(document))
    header = opened.sections[0].header.paragraphs[0]
    header.add_run(title).add_picture(io.BytesIO(a_picture(255 - shade)), Mm(8))
    first = opened.paragraphs[0].insert_paragraph_before()
    first.add_run("图：").add_picture(io.BytesIO(a_picture(shade)), Mm(15))
    buffer = io.BytesIO()
    opened.save(buffer)
    return buffer.getvalue()


def changed(document: bytes, old: str, new: str, part: str = "word/document.xml") -> bytes:
    """A docx with the first ``old`` in a part replaced."""
    package = open_package(document, "文书")
    text = package.part(part).decode()
    assert old in text
    return package.with_parts({part: text.replace(old, new, 1).encode()}).to_bytes()


def pages_of(pdf: Path) -> list[str]:
    """The text of each page, blanks apart."""
    command = ["pdftotext", "-layout", str(pdf), "-"]
    told = subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout
    return [re.sub(r"\s", "", page) for page in told.split("\f")[:-1]]


def pictures_of(pdf: Path, folder: Path) -> list[bytes]:
    """The grey pixels of each page at 50 dots an inch."""
    folder.mkdir()
    command = ["pdftoppm", "-r", "50", "-gray", str(pdf), str(folder / "page")]
    subprocess.run(command, capture_output=True, check=True)
    return [path.read_bytes() for path in sorted(folder.iterdir())]
