"""A PDF read back: is it whole, are its fonts inside, which words stand on which pages, cut by pages.

pypdf opens and cuts. The words are first read by the codes in the page itself, which is some twenty times
faster than pypdf's own reading for what LibreOffice writes; where a word is not found so, pypdf's reading
decides.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from gaozhi_cli.domain.problem import DocumentFailed

if TYPE_CHECKING:
    from pypdf import PageObject

SHOWN = re.compile(rb"/([^\s/<>\[\]()]+)\s+[-\d.]+\s+Tf|<([0-9A-Fa-f]+)>")
CODES = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(?:<([0-9A-Fa-f]+)>)?")
EMBEDDED = ("/FontFile", "/FontFile2", "/FontFile3")
BROKEN = "LibreOffice 出的 PDF 不完整，没有保存；请检查磁盘空间后再试"


class Pdf:
    """An opened PDF. Raises DocumentFailed where it is not whole or has no pages."""

    def __init__(self, data: bytes) -> None:
        from pypdf import PdfReader

        if not data.startswith(b"%PDF-") or b"%%EOF" not in data[-1024:]:
            raise DocumentFailed(BROKEN)
        self._codes: dict[Any, tuple[int, dict[bytes, str]]] = {}
        try:
            self._reader = PdfReader(io.BytesIO(data), strict=False)
            self._pages = list(self._reader.pages)
        except Exception:  # pypdf fails in as many ways as a PDF can be damaged
            raise DocumentFailed(BROKEN) from None
        if not self._pages:
            raise DocumentFailed("LibreOffice 出的 PDF 没有一页，没有保存；请用 WPS 打开文书核对")

    @property
    def pages(self) -> int:
        """How many pages it has."""
        return len(self._pages)

    def marks(self) -> dict[str, int]:
        """The page (from 0) of each named destination; empty where they cannot be read."""
        try:
            found = self._reader.named_destinations
            places = {str(name).lstrip("/"): self._reader.get_destination_page_number(d)
                      for name, d in found.items()}  # fmt: skip
        except Exception:
            return {}
        return {name: place for name, place in places.items() if place is not None}

    def require_fonts(self) -> None:
        """Raises DocumentFailed when a font is not inside: elsewhere it would print as another."""
        try:
            absent = sorted({name for name, inside in self._fonts() if not inside})
        except Exception:
            raise DocumentFailed(BROKEN) from None
        if absent:
            message = f"PDF 没有带上字体 {'、'.join(absent[:3])}，别处印出来会走样，没有保存"
            raise DocumentFailed(f"{message}；请换用允许嵌入的字体（fonts.conf）")

    def require_words(self, first: int, count: int, expect: Mapping[str, str]) -> None:
        """Raises DocumentFailed when a text is not on these pages, blanks and line breaks apart."""
        try:
            absent = self._absent(first, count, expect)
        except Exception:
            raise DocumentFailed(BROKEN) from None
        if absent:
            message = f"PDF 里读不出{'、'.join(absent)}，没有保存；可能有字在本机的字体里没有"
            raise DocumentFailed(f"{message}，请安装含生僻字的字体（如 BabelStone Han），或用 WPS 打印")

    def text(self, place: int) -> str:
        """The strings of a page (from 0) in the order they are drawn."""
        return self._text(self._pages[place])

    def cut(self, first: int, count: int) -> bytes:
        """These pages as a PDF of their own."""
        from pypdf import PdfWriter

        writer = PdfWriter()
        for page in self._pages[first : first + count]:
            writer.add_page(page)
        buffer = io.BytesIO()
        writer.write(buffer)
        return buffer.getvalue()

    def _absent(self, first: int, count: int, expect: Mapping[str, str]) -> list[str]:
        pages = self._pages[first : first + count]
        for read in (self._text, lambda page: page.extract_text()):
            text = bare("".join(map(read, pages))) if expect else ""
            absent = [label for label, words in expect.items() if bare(words) not in text]
            if not absent:
                break
        return absent

    def _text(self, page: PageObject) -> str:
        """The shown strings of a page in the order they are drawn."""
        fonts = page["/Resources"].get_object().get("/Font", {}).get_object()  # type: ignore[union-attr]
        contents = page.get_contents()
        pieces: list[str] = []
        width, table = 1, dict[bytes, str]()
        for match in SHOWN.finditer(contents.get_data() if contents is not None else b""):
            if match[1] is not None:
                width, table = self._table(fonts.raw_get("/" + match[1].decode("latin-1")))
            else:
                code = bytes.fromhex(match[2].decode())
                pieces += [table.get(code[n : n + width], "\ufffd") for n in range(0, len(code), width)]
        return "".join(pieces)

    def _table(self, font: Any) -> tuple[int, dict[bytes, str]]:
        """What the codes of a font mean (its ToUnicode), read once a font."""
        key = getattr(font, "idnum", None) or id(font)
        if key not in self._codes:
            stream = font.get_object().get("/ToUnicode")
            self._codes[key] = (
                unicode_table(stream.get_object().get_data()) if stream is not None else (1, {})
            )
        return self._codes[key]

    def _fonts(self) -> Iterator[tuple[str, bool]]:
        """Name of each font of each page, and whether it is inside."""
        seen: set[Any] = set()
        for page in self._pages:
            shared = page["/Resources"].get_object()
            fonts = shared.get("/Font", {}).get_object()  # type: ignore[union-attr]
            for raw in (fonts.raw_get(name) for name in fonts):
                key = getattr(raw, "idnum", None) or id(raw)
                if key not in seen:
                    seen.add(key)
                    yield _inside(raw.get_object())


def _inside(font: Any) -> tuple[str, bool]:
    name = str(font.get("/BaseFont", "")).lstrip("/").partition("+")[2] or str(font.get("/BaseFont", ""))
    if font.get("/Subtype") == "/Type3":  # drawn in the PDF itself
        return name, True
    below = font.get("/DescendantFonts")
    holder = below.get_object()[0].get_object() if below is not None else font
    descriptor = holder.get("/FontDescriptor")
    return name, descriptor is not None and any(key in descriptor.get_object() for key in EMBEDDED)


def unicode_table(data: bytes) -> tuple[int, dict[bytes, str]]:
    """Bytes a code has, and the text of each code, from a ToUnicode stream."""
    table: dict[bytes, str] = {}
    width = 1
    for kind, body in re.findall(rb"begin(codespacerange|bfchar|bfrange)(.*?)end\1", data, re.S):
        if kind == b"codespacerange":
            width = max(len(low) // 2 for low, _, _ in CODES.findall(body))
        elif kind == b"bfchar":
            for code, text, _ in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]*)>()", body):
                table[bytes.fromhex(code.decode())] = _utf16(text)
        else:
            for low, high, text in CODES.findall(body):
                for step in range(int(high, 16) - int(low, 16) + 1):
                    whole = _utf16(text)
                    shown = whole[:-1] + chr(ord(whole[-1]) + step) if whole else ""
                    table[(int(low, 16) + step).to_bytes(len(low) // 2, "big")] = shown
    return width, table


def _utf16(text: bytes) -> str:
    return bytes.fromhex(text.decode()).decode("utf-16-be", "replace")


def bare(text: str) -> str:
    """A text as it is compared: without blanks and breaks, look-alike forms of a character made one."""
    return "".join(unicodedata.normalize("NFKC", text).split())
