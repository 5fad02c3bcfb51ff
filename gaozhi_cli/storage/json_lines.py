"""ndjson: one object a line, read line by line. What is wrong with a line is a Problem of that line."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.storage.table_file import refuse

LONGEST_LINE = 1024 * 1024


class Number(str):
    """A JSON number as it was written: the digits of an identity number must never go through a float."""

    __slots__ = ()


class JsonLine(NamedTuple):
    """A line's number and object; ``problem`` where it holds none."""

    number: int
    values: Mapping[str, Any]
    problem: Problem | None = None


class _Twice(ValueError):
    """A key stands twice in an object."""


def json_lines(path: Path) -> Iterator[JsonLine]:
    """The lines that hold something. Raises BadInput on a line that is too long or not UTF-8."""
    number = 0
    with path.open("rb") as opened:
        while line := opened.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise refuse(path.name, f"第 {number} 行超过 1 MB，每行应是一个申请人", f"{number}")
            if number == 1:
                line = line.removeprefix(codecs.BOM_UTF8)
            try:
                text = line.decode("utf-8").strip()
            except UnicodeDecodeError:
                raise refuse(
                    path.name, f"第 {number} 行不是 UTF-8 编码，请另存为 UTF-8", f"{number}"
                ) from None
            if text:
                yield _object(number, text)


def _object(number: int, text: str) -> JsonLine:
    def wrong(message: str) -> JsonLine:
        return JsonLine(number, {}, Problem("json", f"第 {number} 行{message}"))

    try:
        value = DECODER.decode(text)
    except json.JSONDecodeError as error:
        return wrong(f"第 {error.colno} 列起不是有效的 JSON，每行应是一个完整的 {{…}}")
    except _Twice as error:
        return wrong(f"有重复的栏目“{error}”，请只留一个")
    except RecursionError:
        return wrong("嵌套太深，每行应是一个只有一层的 {…}")
    except ValueError:
        return wrong("含有 NaN 或 Infinity，不是有效的 JSON")
    return JsonLine(number, value) if isinstance(value, dict) else wrong("不是一个 {…}")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _Twice(shown_key(key))
        found[key] = value
    return found


def shown_key(key: str) -> str:
    """A key that can be shown: short, without what a terminal would obey."""
    return "".join(char if char.isprintable() else "�" for char in key[:40])


def _constant(_: str) -> NoReturn:
    raise ValueError


DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_int=Number, parse_float=Number, parse_constant=_constant
)
