"""A .docx as a package of parts: opened with suspicion, written back deterministically.

A template comes from an office's own hands: before anything reads its XML, size, compression ratio,
DOCTYPE, external links and macros are checked (ECOSYSTEM: a docx can be a bomb or a door).
"""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
import zipfile
from typing import NamedTuple

from gaozhi_cli.domain.problem import DocumentFailed

LARGEST_FILE = 10 * 1024 * 1024
LARGEST_PARTS = 50 * 1024 * 1024
HIGHEST_RATIO = 200
RENDERED = re.compile(r"word/(document|header\d*|footer\d*)\.xml")
LARGEST_PART = 2 * 1024 * 1024
MOST_BRACES = 5000
INSTRUCTION = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}instrText"
FETCHING = re.compile(r"\b(DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|LINK|IMPORT)\b", re.IGNORECASE)
FIXED_DATE = (1980, 1, 1, 0, 0, 0)


class Package(NamedTuple):
    """The parts of a docx in their order: name and bytes."""

    parts: tuple[tuple[str, bytes], ...]

    def rendered_parts(self) -> list[str]:
        """Names of the parts that hold what is printed: body, headers, footers."""
        return [name for name, _ in self.parts if RENDERED.fullmatch(name)]

    def part(self, name: str) -> bytes:
        """The bytes of a part. Raises KeyError."""
        return dict(self.parts)[name]

    def with_parts(self, changed: dict[str, bytes]) -> Package:
        """The package with some parts replaced."""
        return Package(tuple((name, changed.get(name, data)) for name, data in self.parts))

    def to_bytes(self) -> bytes:
        """The .docx file: fixed dates and order, so the same parts give the same bytes."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in self.parts:
                info = zipfile.ZipInfo(name, FIXED_DATE)
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, data)
        return buffer.getvalue()


def open_package(data: bytes, what: str) -> Package:
    """The parts of a docx. Raises DocumentFailed with one sentence; ``what`` names the file in it."""
    if len(data) > LARGEST_FILE:
        raise DocumentFailed(f"{what}超过 {LARGEST_FILE // 1024 // 1024} MB，不像一份表格，没有使用")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _proportionate(archive, len(data), what)
            parts = tuple((i.filename, archive.read(i)) for i in archive.infolist() if not i.is_dir())
    except DocumentFailed:
        raise
    except Exception:  # zipfile, zlib and struct each have their own ways to fail on a damaged file
        raise DocumentFailed(f"{what}已损坏或不是 docx 文件，请换用完好的一份") from None
    package = Package(parts)
    _innocent(package, what)
    return package


def _proportionate(archive: zipfile.ZipFile, size: int, what: str) -> None:
    total = sum(info.file_size for info in archive.infolist())
    if total > LARGEST_PARTS or total > HIGHEST_RATIO * max(size, 4096):
        raise DocumentFailed(f"{what}解压后过大，疑似压缩炸弹，没有使用")


def _innocent(package: Package, what: str) -> None:
    names = [name for name, _ in package.parts]
    if "word/document.xml" not in names:
        raise DocumentFailed(f"{what}已损坏或不是 docx 文件，请换用完好的一份")
    if len(set(names)) != len(names):
        raise DocumentFailed(f"{what}里有重名的部件，没有使用")
    for name, data in package.parts:
        if name.lower().endswith(("vbaproject.bin", "vbadata.xml")):
            raise DocumentFailed(f"{what}含有宏，请另存为不含宏的 docx")
        if ".." in name or name.startswith("/"):
            raise DocumentFailed(f"{what}里有路径不正常的部件，没有使用")
        if re.search(r"embeddings/|activex/", name.lower()):
            raise DocumentFailed(f"{what}里嵌有其他文件或控件，请在 Word 或 WPS 中删去")
        if name.lower().endswith((".xml", ".rels")):
            _plain_xml(name, data, what)


def _plain_xml(name: str, data: bytes, what: str) -> None:
    """UTF-8 XML without DOCTYPE, links to the outside, or fields that fetch other files."""
    if len(data) > LARGEST_PART or data.count(b"{") > MOST_BRACES:
        raise DocumentFailed(f"{what}的部件 {name} 过大，不像一份表格")
    if b"\x00" in data or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise DocumentFailed(f"{what}的部件 {name} 含有 DOCTYPE 或不是 UTF-8，没有使用")
    try:
        data.decode("utf-8-sig")
        root = ET.fromstring(data)
    except (ET.ParseError, UnicodeDecodeError, ValueError, LookupError):
        raise DocumentFailed(f"{what}的部件 {name} 不是完好的 XML，没有使用") from None
    if name.lower().endswith(".rels"):
        if any(node.get("TargetMode", "").lower() == "external" for node in root.iter()):
            raise DocumentFailed(f"{what}含有外部链接（{name}），请在 Word 或 WPS 中取消链接")
    elif any(FETCHING.search("".join(node.itertext())) for node in root.iter(INSTRUCTION)):
        raise DocumentFailed(f"{what}含有取用其他文件的域（{name}），请在 Word 或 WPS 中删去")


def same_content(one: bytes, other: bytes) -> bool:
    """Whether two documents hold the same parts, however they are packed."""
    try:
        return dict(open_package(one, "").parts) == dict(open_package(other, "").parts)
    except DocumentFailed:
        return False
