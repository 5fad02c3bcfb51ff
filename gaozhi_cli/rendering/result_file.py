"""The result of a batch in a file, row by row as it goes: what a killed batch has done can be read.

csv and ndjson are written through after every row; an xlsx appears when the batch ends.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from json import loads
from pathlib import Path
from typing import TextIO

from gaozhi_cli.domain.problem import NotReady, UsageFault, os_reason
from gaozhi_cli.rendering.formats import Column, Row, csv_lines, write_ndjson, write_xlsx

RESULT = (
    Column("row", "行"),
    Column("status", "状态码", table=False),
    Column("status_label", "状态"),
    Column("number", "编号"),
    Column("docx", "告知承诺书"),
    Column("problems", "问题"),
)
ENDINGS = {".csv": "csv", ".ndjson": "ndjson", ".jsonl": "ndjson", ".xlsx": "xlsx"}


class ResultFile:
    """Rows appended one by one; use it with ``with``, so that it is closed however the batch ends."""

    def __init__(self, path: Path, kind: str) -> None:
        self.path, self.kind = path, kind
        if kind == "xlsx":
            path.unlink(missing_ok=True)
            aside = _aside(path)  # proves before the first row that the folder can be written to
            aside.touch()
            aside.unlink()
            self._out: TextIO = tempfile.TemporaryFile("w+", encoding="utf-8", prefix="gaozhi-")  # noqa: SIM115
        else:
            self._out = path.open("w", encoding="utf-8", newline="")
        self._put: Callable[[Row], None] = self._object
        if kind == "csv":
            self._put = csv_lines(RESULT, self._out)
            self._out.flush()

    def _object(self, row: Row) -> None:
        write_ndjson((row,), RESULT, self._out)

    def write(self, row: Row) -> None:
        """One row under ``RESULT``'s keys, on disk's way when this returns. Raises NotReady."""
        try:
            self._put(row)
            self._out.flush()
        except OSError as error:
            raise _not_written(self.path, error) from None

    def close(self) -> None:
        """End the file; an xlsx is made now, beside its place and then put there whole. Raises NotReady."""
        if self._out.closed:
            return
        try:
            if self.kind == "xlsx":
                self._make_sheet()
            self._out.close()
        except OSError as error:
            raise _not_written(self.path, error) from None

    def _make_sheet(self) -> None:
        self._out.seek(0)
        rows: Iterator[Row] = (loads(line) for line in self._out)
        aside = _aside(self.path)
        try:
            with aside.open("xb") as out:
                write_xlsx(rows, RESULT, out)
            aside.replace(self.path)
        finally:
            with suppress(OSError):
                aside.unlink()

    def __enter__(self) -> ResultFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_result(path: Path, table: Path | None = None) -> ResultFile:
    """A new result file, csv, ndjson or xlsx by its ending; what stood there before is replaced.

    ``table``: the batch's own table, which must not be overwritten. Raises UsageFault, NotReady.
    """
    kind = ENDINGS.get(path.suffix.lower())
    if kind is None:
        raise UsageFault(f"结果文件 {path.name} 的后缀应是 .csv、.ndjson 或 .xlsx，请改名")
    try:
        if table is not None and path.exists() and path.samefile(table):
            raise UsageFault(f"结果文件 {path.name} 就是申请人表本身，会把它盖掉，请换一个文件名")
        return ResultFile(path, kind)
    except OSError as error:
        raise _not_written(path, error) from None


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.urandom(6).hex()}.tmp")


def _not_written(path: Path, error: OSError) -> NotReady:
    return NotReady(
        f"结果文件 {path} 写不进（{os_reason(error)}），请检查该文件夹是否存在、可写、有空间，再重新运行"
    )
