"""The sheets of a workbook row by row: an xlsx as a stream, the others laid out by their reader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from gaozhi_cli.storage.table_file import Grid, Merge, Row, grid_rows, refuse


def sheet_names(path: Path, kind: str) -> tuple[Sequence[str], Sequence[str]]:
    """All sheets, and those that can be seen."""
    if kind == "xlsx":
        from gaozhi_cli.storage.sheet_stream import sheets_of

        sheets = sheets_of(path)
        visible = [sheet.name for sheet in sheets if sheet.visible]
        if not visible:
            raise refuse(path.name, "没有可见的工作表，请取消隐藏后再用")
        return [sheet.name for sheet in sheets], visible
    from gaozhi_cli.storage.table_book import open_book

    book = open_book(path, kind)
    return book.every, book.names


def sheet_rows(path: Path, kind: str, sheet: str) -> tuple[Iterator[Row], Sequence[Merge]]:
    """The rows of a sheet that hold something, and its merged cells."""
    if kind == "xlsx":
        from gaozhi_cli.storage import sheet_stream as stream

        part = next(found for found in stream.sheets_of(path) if found.name == sheet)
        merges = stream.sheet_merges(path, part)
        return grid_rows(Grid(stream.sheet_rows(path, part, merges), merges)), merges
    from gaozhi_cli.storage.table_book import open_book

    grid = open_book(path, kind).grid(sheet)
    return grid_rows(grid), grid.merges
