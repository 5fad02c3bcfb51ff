"""Workbooks (xlsx, xls, ods) as grids of values, opened with suspicion; what a zip or OLE file is.

python-calamine reads the values, after ``table_scan`` has looked through the XML.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from gaozhi_cli.storage.table_file import CHUNK, SAVE_AS, Grid, Place, refuse
from gaozhi_cli.storage.table_scan import DAMAGED, scan_ods, scan_xlsx

LARGEST_PARTS = 300 * 1024 * 1024  # a million empty formatted rows are 130 MB
ENCRYPTED = "设有打开密码，请在 Excel 或 WPS 中取消密码后另存再用"
UNIQUE = re.compile(rb"""\buniqueCount=["'](\d+)["']""")
PROBE = (
    "import sys; from python_calamine import CalamineWorkbook as Book\n"
    "with open(sys.argv[1], 'rb') as file: book = Book.from_filelike(file)\n"
    "for name in book.sheet_names: book.get_sheet_by_name(name)\n"
)
PROBE_SECONDS = 60


class Book(NamedTuple):
    """``names``: visible sheets in their order; ``every``: also hidden ones, which must be asked for."""

    names: tuple[str, ...]
    every: tuple[str, ...]
    grid: Callable[[str], Grid]


def kind_of_book(path: Path, head: bytes) -> str:
    """xlsx, xls, ods or docx by what is inside; refuses all else, and what is not safe to open."""
    file = path.name
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        data = path.read_bytes()
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise refuse(file, ENCRYPTED)
        if any(word.encode("utf-16-le") in data for word in ("Workbook", "Book\x00")):
            return "xls"
        if "WordDocument".encode("utf-16-le") in data:
            raise refuse(file, "是旧的 doc 文件，请在 Word 或 WPS 中另存为 docx 再用")
        raise refuse(file, f"不是 Excel 文件，或{DAMAGED}")
    names = _safe_parts(path)
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "word/document.xml" in names:
        return "docx"
    if "content.xml" in names:
        return "ods"
    if "xl/workbook.bin" in names:
        raise refuse(file, f"是 xlsb 文件，{SAVE_AS}")
    raise refuse(file, "是压缩包，不是 xlsx、ods 或 docx，请提供表格文件本身")


def _safe_parts(path: Path) -> set[str]:
    """Names of a zip's parts, after sizes, checksums and the XML's heads were looked at."""
    file = path.name
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            names = {info.filename for info in infos}
            if any(info.flag_bits & 1 for info in infos):
                raise refuse(file, ENCRYPTED)
            if len(names) != len(infos):
                raise refuse(file, "里有重名的部件，没有使用")
            if sum(info.file_size for info in infos) > LARGEST_PARTS:
                raise refuse(file, "解压后过大，疑似压缩炸弹，没有使用")
            for info in infos:
                _look_through(archive, info, file)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError):
        raise refuse(file, DAMAGED) from None
    except Exception as error:  # zlib and lzma have their own errors; refusals and the system's pass on
        if type(error).__name__ == "error":
            raise refuse(file, DAMAGED) from None
        raise
    return names


def _look_through(archive: zipfile.ZipFile, info: zipfile.ZipInfo, file: str) -> None:
    """Read a part to its end (checks its CRC); XML with a DOCTYPE, entities or NUL is refused."""
    is_xml = info.filename.lower().endswith((".xml", ".rels"))
    tail, first = b"", True
    with archive.open(info) as part:
        while chunk := part.read(CHUNK):
            is_xml |= first and chunk.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")
            first = False
            if not is_xml:
                continue
            seen = tail + chunk
            if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen or b"\x00" in chunk:
                raise refuse(file, f"的部件 {info.filename} 含有 DOCTYPE 或不是 UTF-8，没有使用")
            if info.filename.endswith("manifest.xml") and b"encryption-data" in seen:
                raise refuse(file, ENCRYPTED)
            count = UNIQUE.search(seen)
            if count and int(count.group(1)) > info.file_size:  # the reader would make room for them all
                raise refuse(file, DAMAGED)
            tail = chunk[-40:]


def open_book(path: Path, kind: str) -> Book:
    """A workbook or docx whose kind is known."""
    if kind == "docx":
        from gaozhi_cli.storage.docx_tables import open_docx

        return open_docx(path)
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    if kind == "xls":
        _probe(path)
    scan = scan_ods(path) if kind == "ods" else None
    workbook = _guarded(path.name, lambda: _calamine(path))
    every = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    names = tuple(sheet.name for sheet in every if sheet.visible == SheetVisibleEnum.Visible)
    every_name = tuple(sheet.name for sheet in every)
    if not names:
        raise refuse(path.name, "没有可见的工作表，请取消隐藏后再用")

    def grid(name: str) -> Grid:
        if scan is not None:
            sheet = workbook.get_sheet_by_name(name)
            faults = scan.faults.get(name, {})
            return Grid(_steady(path.name, _rows(sheet, faults)), scan.merges.get(name, ()), faults)
        faults = scan_xlsx(path, name) if kind == "xlsx" else {}
        sheet = workbook.get_sheet_by_name(name)
        return Grid(_steady(path.name, _rows(sheet, faults)), sheet.merged_cell_ranges or (), faults)

    return Book(names, every_name, lambda name: _guarded(path.name, lambda: grid(name)))


def _probe(path: Path) -> None:
    """Whether a child survives reading an xls: a damaged one can ask for memory without end, which aborts."""
    if getattr(sys, "frozen", False):  # there is no Python to start
        return
    try:
        command = [sys.executable, "-c", PROBE, str(path)]
        done = subprocess.run(command, capture_output=True, timeout=PROBE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        raise refuse(path.name, f"很久读不完，{SAVE_AS}") from None
    if done.returncode not in (0, 1):  # 1: an error that reading it here will name
        raise refuse(path.name, DAMAGED)


def _calamine(path: Path) -> Any:
    from python_calamine import CalamineWorkbook

    with path.open("rb") as opened:  # by its path it would go by the ending
        return CalamineWorkbook.from_filelike(opened)


def _guarded(file: str, read: Callable[[], Any]) -> Any:
    """What ``read`` gives; every way in which the reader fails on a damaged file is one refusal."""
    from python_calamine import CalamineError, PasswordError

    try:
        with _silent():
            return read()
    except PasswordError:
        raise refuse(file, ENCRYPTED) from None
    except CalamineError:
        raise refuse(file, f"不是它自称的表格文件，或{DAMAGED}") from None
    except (ET.ParseError, LookupError, UnicodeDecodeError):
        raise refuse(file, DAMAGED) from None
    except BaseException as error:  # a panic in the Rust reader is no Exception
        if type(error).__name__ == "PanicException":
            raise refuse(file, DAMAGED) from None
        raise


def _steady(file: str, rows: Iterator[list[Any]]) -> Iterator[list[Any]]:
    """The rows as they are read; where the reader gives up half way, one refusal."""
    while True:
        try:
            row = next(rows, None)
        except MemoryError:
            raise refuse(file, "过大，内存装不下，请拆成几份") from None
        except OverflowError:  # a number of no possible length, shown as hours
            raise refuse(file, "有一格的时长大得不可能，请改为数字或文字的格式") from None
        except BaseException as error:  # a panic in the Rust reader is no Exception
            if type(error).__name__ == "PanicException":
                raise refuse(file, DAMAGED) from None
            raise
        if row is None:
            return
        yield row


@contextmanager
def _silent() -> Iterator[None]:
    """Without what a panicking reader writes to stderr in English; the refusal says it."""
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _rows(sheet: Any, faults: dict[Place, str]) -> Iterator[list[Any]]:
    """The sheet's rows, as many and as wide as the faulty cells need, for which the reader gives nothing."""
    width = max((column + 1 for _, column in faults), default=0)
    # iter_rows leaves out empty columns before the first, but no rows
    before = [""] * sheet.start[1] if sheet.start is not None else []
    for values in sheet.iter_rows() if sheet.end is not None else ():
        full = before + values
        yield full + [""] * (width - len(full))
    height = sheet.end[0] + 1 if sheet.end is not None else 0
    for _ in range(height, max((row + 1 for row, _ in faults), default=0)):
        yield [""] * width
