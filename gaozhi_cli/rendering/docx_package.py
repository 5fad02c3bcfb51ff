"""A .docx as a package of parts: opened with suspicion, written back deterministically.

A template comes from an office's own hands: before anything reads its XML, the archive itself is checked
(ECOSYSTEM: a docx can be a bomb or a door); then ``docx_innocent`` looks into each part.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections.abc import Iterator
from typing import NamedTuple

from gaozhi_cli.domain.problem import DocumentFailed, Problem

LARGEST_FILE = 10 * 1024 * 1024
LARGEST_PARTS = 50 * 1024 * 1024
HIGHEST_RATIO = 200
MOST_PARTS = 500
RENDERED = re.compile(r"word/(document|header\d*|footer\d*)\.xml")
ODD_NAME = re.compile(r'[\\:*?"<>|\x00-\x1f\x7f]|(^|/)\.{1,2}(/|$)|^/|//|/$')
LONGEST_NAME = 200
DIRECTORY_ENTRY = b"PK\x01\x02"
FIXED_DATE = (1980, 1, 1, 0, 0, 0)
TEMPLATE = "模板"  # what is opened under this name is going to be filled in


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

    def office_order(self) -> Package:
        """Its kinds and relationships first, as Word saves it: by them programs know a docx from a zip."""
        first = ("[Content_Types].xml", "_rels/.rels")
        return Package(
            tuple(sorted(self.parts, key=lambda part: (part[0] not in first, part[0] != first[0])))
        )

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
    """The parts of a docx. Raises DocumentFailed with its faults; ``what`` names the file in them.

    A 模板 must besides have its tags where docxtpl's patching is fast and sees what is printed.
    """
    package, problems = inspect_package(data, what)
    if problems:
        told = "；".join(problem.message for problem in problems[:5])
        raise DocumentFailed(told, tuple(problems))
    return package


def inspect_package(data: bytes, what: str) -> tuple[Package, list[Problem]]:
    """The parts and everything that is wrong with them; no parts where nothing could be read."""
    from gaozhi_cli.rendering.docx_innocent import part_faults

    try:
        parts = tuple(_read(data, what))
    except DocumentFailed as error:
        return Package(()), [Problem("docx-unsafe", error.message)]
    except Exception:  # zipfile, zlib and struct each have their own ways to fail on a damaged file
        return Package(()), [_damaged(what)]
    package = Package(parts)
    problems = list(_strange_names(package, what))
    if not any(problem.code in ("docx-damaged", "docx-names") for problem in problems):
        problems += part_faults(package.parts, package.rendered_parts(), what, to_fill=what == TEMPLATE)
    return package, problems


def _damaged(what: str) -> Problem:
    return Problem("docx-damaged", f"{what}已损坏或不是 docx 文件，请换用完好的一份")


def _read(data: bytes, what: str) -> Iterator[tuple[str, bytes]]:
    """The members, none of them larger than it says. Raises DocumentFailed; zipfile's own on damage."""
    if len(data) > LARGEST_FILE:
        raise DocumentFailed(f"{what}超过 {LARGEST_FILE // 1024 // 1024} MB，不像一份表格，没有使用")
    if not data.startswith(b"PK\x03\x04"):
        raise DocumentFailed(_damaged(what).message)
    if data.count(DIRECTORY_ENTRY) > MOST_PARTS:
        raise DocumentFailed(f"{what}里的部件超过 {MOST_PARTS} 个，不像一份表格，没有使用")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
        total = sum(info.file_size for info in infos)
        if total > LARGEST_PARTS or total > HIGHEST_RATIO * max(len(data), 4096):
            raise DocumentFailed(f"{what}解压后过大，疑似压缩炸弹，没有使用")
        for info in infos:
            _plain_member(info, what)
            with archive.open(info) as member:
                part = member.read(info.file_size)  # bounded: the directory's sizes may lie
                if len(part) != info.file_size or member.read(1):
                    raise zipfile.BadZipFile
            yield info.filename, part


def _plain_member(info: zipfile.ZipInfo, what: str) -> None:
    if info.flag_bits & 0x1:
        raise DocumentFailed(f"{what}设有密码，请在 Word 或 WPS 中去掉密码后再用")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DocumentFailed(f"{what}的压缩方法不是 docx 通用的，请用 Word 或 WPS 另存一份")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise DocumentFailed(f"{what}里有指向别处的链接文件，没有使用")


def _strange_names(package: Package, what: str) -> Iterator[Problem]:
    names = [name for name, _ in package.parts]
    if "word/document.xml" not in names:
        yield _damaged(what)
    if len({name.lower() for name in names}) != len(names):
        yield Problem("docx-names", f"{what}里有重名的部件，没有使用")
    if any(ODD_NAME.search(name) or len(name) > LONGEST_NAME or not name.isprintable() for name in names):
        yield Problem("docx-names", f"{what}里有路径不正常的部件，没有使用")
    lower = [name.lower() for name in names]
    if any(name.endswith(("vbaproject.bin", "vbadata.xml")) for name in lower):
        yield Problem("docx-macro", f"{what}含有宏，请另存为不含宏的 docx")
    if any(re.search(r"embeddings/|activex/", name) for name in lower):
        yield Problem("docx-embedded", f"{what}里嵌有其他文件或控件，请在 Word 或 WPS 中删去")


def same_content(one: bytes, other: bytes) -> bool:
    """Whether two documents hold the same parts, however they are packed."""
    try:
        return dict(open_package(one, "").parts) == dict(open_package(other, "").parts)
    except DocumentFailed:
        return False
