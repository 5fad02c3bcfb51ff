"""What a run shows, and where: talk on stderr, data on stdout or in the file named by -o."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from gaozhi_cli.cli.settings import Settings
from gaozhi_cli.domain.problem import NotReady, UsageFault, os_reason
from gaozhi_cli.rendering.formats import (
    BYTE_WRITERS,
    WRITERS,
    Column,
    cell_text,
    display_width,
    one_line,
    write_table,
)
from gaozhi_cli.storage.home import Home, write_whole


class Output:
    """The streams and the file of one run."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.home = Home(settings.home)

    def say(self, text: str) -> None:
        """Talk goes to stderr; whatever it quotes cannot move the cursor or turn the line."""
        with suppress(BrokenPipeError):
            print("\n".join(map(one_line, text.split("\n"))), file=sys.stderr, flush=True)

    @property
    def on_terminal(self) -> bool:
        """Whether what is shown goes to a terminal."""
        return self.settings.output is None and sys.stdout.isatty()

    def write_text(self, text: str) -> None:
        """Text for people on stdout."""
        machine_stdout().write(text)

    def write_bytes(self, data: bytes) -> None:
        """Bytes on stdout, where a text would be."""
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def show(self, rows: Iterable[Mapping[str, Any]], columns: Sequence[Column]) -> None:
        """A listing on stdout or in the file named by -o, in the format asked for."""
        format_, output = self.settings.format, self.settings.output
        if format_ == "docx" or (format_ in BYTE_WRITERS and output is None):
            told = "这里不能写成 docx" if format_ == "docx" else "xlsx 请用 -o 写明文件，如 -o 列表.xlsx"
            raise UsageFault(f"{told}；列表可用 {'|'.join(WRITERS)}|{'|'.join(BYTE_WRITERS)}")
        if output is not None and format_ in BYTE_WRITERS:
            sheet = io.BytesIO()
            BYTE_WRITERS[format_](rows, columns, sheet)
            self.write_file(output, sheet.getvalue())
        elif output is not None:
            buffer = io.StringIO()
            WRITERS[format_](rows, columns, buffer)
            self.write_file(output, buffer.getvalue().encode())
        elif self.settings.format == "table" and sys.stdout.isatty():
            if not self.settings.color:
                os.environ["NO_COLOR"] = "1"  # rich's own word for it
            write_table(rows, columns, sys.stdout)
        else:
            WRITERS[self.settings.format](rows, columns, machine_stdout())

    def show_one(self, row: Mapping[str, Any], columns: Sequence[Column]) -> None:
        """A single thing: one JSON object, or a line for each field."""
        if self.settings.format != "table":
            if self.settings.format == "json":
                import json

                picked = {c.key: row.get(c.key) for c in columns if c.machine}
                self._out(json.dumps(picked, ensure_ascii=False, indent=1) + "\n")
            else:
                self.show([row], columns)
            return
        shown = [(c.heading, row.get(c.key)) for c in columns if c.table]
        text = ""
        for heading, value in shown:
            values = value if isinstance(value, (list, tuple)) else [value]
            for n, part in enumerate(v for v in values if v not in (None, "")):
                text += f"{heading if n == 0 else ''}\t{one_line(cell_text(part))}\n"
        self._out(_aligned(text) if sys.stdout.isatty() and self.settings.output is None else text)

    def _out(self, text: str) -> None:
        if self.settings.output is not None:
            self.write_file(self.settings.output, text.encode())
        else:
            machine_stdout().write(text)

    def prove_output(self, source: Path) -> None:
        """Before a long act that reads ``source``: its listing will not be refused after it. UsageFault."""
        output = self.settings.output
        if output is None:
            return
        if output.exists() and output.samefile(source):
            raise UsageFault(f"-o {output} 就是 {source.name} 本身，会把它盖掉，请换一个文件名")
        self._spared(output)
        if output.exists() and not self.settings.yes:
            raise UsageFault(f"{output} 已存在，加 --yes 覆盖，或换一个文件名")

    def _spared(self, path: Path) -> None:
        kept = {p.resolve() for p in (Path(self.settings.ledger), *self.home.keys.glob("*"))}
        if path.resolve() in kept or (path.exists() and not path.is_file()):
            raise UsageFault(f"-o {path} 是台账、密钥或特殊文件，不能覆盖")

    def write_file(self, path: Path, data: bytes, *, quietly: bool = False) -> None:
        """A file for the user, whole or not at all; one with just these bytes stays. Raises NotReady."""
        self._spared(path)
        if path.exists() and not self.settings.yes and path.read_bytes() != data:
            raise UsageFault(f"{path} 已存在，加 --yes 覆盖，或换一个文件名")
        try:
            write_whole(path, data)
        except OSError as error:
            raise NotReady(f"写不了 {path}（{os_reason(error)}），请检查文件夹和磁盘空间") from None
        if not quietly:
            self.say(f"已写入 {path}")


def _aligned(text: str) -> str:
    """Tab-separated pairs with the headings padded, for a terminal."""
    pairs = [line.split("\t", 1) for line in text.splitlines()]
    wide = max((display_width(head) for head, _ in pairs), default=0)
    return "".join(f"{head}{' ' * (wide - display_width(head))}  {value}\n" for head, value in pairs)


def machine_stdout() -> TextIO:
    """stdout as UTF-8 where it is not a terminal, and never failing on a character elsewhere."""
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(newline="")
    return sys.stdout
