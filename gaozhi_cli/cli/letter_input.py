"""Values of a letter from a file or standard input: arguments show in process lists."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from gaozhi_cli.cli.stdin import LARGEST_INPUT, decoded
from gaozhi_cli.domain.intake import FIELD_LABELS
from gaozhi_cli.domain.problem import BadInput, os_reason


def from_stdin(value: str | None) -> str | None:
    """``-`` reads a line from standard input, unseen on a terminal: arguments show in process lists."""
    if value != "-":
        return value
    if sys.stdin.isatty():
        import getpass

        return getpass.getpass("证件编号（不显示）：", stream=sys.stderr).strip()
    return decoded(sys.stdin.buffer.readline(1000), "--id-number").strip()


def file_values(name: str) -> dict[str, object]:
    """The fields in a json or yaml file, or on standard input. Raises BadInput, NotReady."""
    path = Path(name)
    try:
        if name == "-":
            data = sys.stdin.buffer.read(LARGEST_INPUT + 1)
        elif path.exists() and not path.is_file():
            raise BadInput(f"{name} 不是普通文件")
        else:
            with path.open("rb") as file:
                data = file.read(LARGEST_INPUT + 1)
    except OSError as error:
        raise BadInput(f"读不了 {name}（{os_reason(error)}）") from None
    text = decoded(data, name)
    if not text.lstrip().startswith("{"):
        from gaozhi_cli.storage.strict_yaml import parse

        return dict(parse(text, name))
    try:
        values = json.loads(text, object_pairs_hook=_no_repeats)
    except (ValueError, RecursionError) as error:
        place = (
            f"第 {error.lineno} 行第 {error.colno} 列"
            if isinstance(error, json.JSONDecodeError)
            else str(error)
        )
        raise BadInput(f"{name} 不是完好的 JSON（{place}）") from None
    for key, value in values.items():
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            label = FIELD_LABELS.get(key, key)
            raise BadInput(f"{name} 里“{label}”写成了数字，号码会丢位，请加引号写成文字")
    return dict(values)


def _no_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    seen = dict(pairs)
    if len(seen) != len(pairs):
        raise ValueError("有重复的栏目")
    return seen
