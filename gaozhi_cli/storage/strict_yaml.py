"""YAML as offices may write it: strings only, no aliases, no tags, no duplicate keys, bounded size.

PyYAML's own loaders turn 0101 into 65, 12:30 into 750 and 否 beside ``no`` into surprises; aliases can
blow up memory. So the events are read directly, without recursion, and every value stays text.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from gaozhi_cli.domain.problem import BadInput, Problem
from gaozhi_cli.storage.home import LARGEST_YAML

DEEPEST = 32
HINTS = (
    ("could not find expected ':'", "这一行或上一行缺少半角冒号加空格"),
    ("mapping values are not allowed", "冒号的位置不对，含冒号的文字请加引号"),
    ("cannot start any token", "有制表符或特殊符号，缩进请用空格，特殊文字请加引号"),
    ("expected <block end>", "缩进不齐"),
    ("unexpected end of stream", "引号没有成对"),
)

NOT_PRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")

SLIPS = (
    (re.compile(r"^\s*(?:- )?[\w.-]+(：)"), "键后面的冒号是全角的，应写半角冒号加空格"),
    (re.compile(r"^ *(\t)"), "缩进用了制表符（Tab），请改用空格"),
    (re.compile(r"^\s*(?:- )?[\w.-]+(:)[^\s:/]"), "冒号后面缺少空格"),
    (re.compile(r"\{[^}]*(，)[^}]*\}"), "花括号里用了全角逗号，应写半角逗号"),
)

Mark = tuple[int, int]


class Located(dict[str, Any]):
    """A mapping that remembers where it and each of its keys stand (line and column from 1)."""

    def __init__(self, at: Mark, file: str) -> None:
        super().__init__()
        self.at = at
        self.file = file
        self.marks: dict[str, Mark] = {}
        self.files: dict[str, str] = {}  # of keys that come from another file

    def where(self, key: str | None = None) -> str:
        """``file:line:column`` of a key, or of the mapping itself."""
        line, column = self.marks.get(key, self.at) if key is not None else self.at
        return f"{self.files.get(key or '', self.file)}:{line}:{column}"


def fault(where: str, message: str) -> BadInput:
    """A BadInput for a place in a file."""
    text = f"{where} {message}"
    return BadInput(text, (Problem("yaml", text, field=where),))


def load(path: Path, shown: str = "") -> Located:
    """The mapping in a YAML file. ``shown`` is the name used in messages.

    Raises BadInput naming file, line and column; NotFound never (an OSError is the caller's).
    """
    name = shown or path.name
    if not path.is_file():
        raise fault(name, "不是普通文件")
    with path.open("rb") as file:
        data = file.read(LARGEST_YAML + 1)
    if len(data) > LARGEST_YAML:
        raise fault(name, f"文件超过 {LARGEST_YAML // 1024 // 1024} MB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise fault(f"{name}:{line}", "不是 UTF-8 编码，请另存为 UTF-8") from None
    return parse(text, name)


def parse(text: str, name: str) -> Located:
    """The mapping that a YAML text holds; ``name`` stands for the file in messages."""
    import yaml

    odd = NOT_PRINTABLE.search(text)
    if odd is not None:
        line, column = text.count("\n", 0, odd.start()) + 1, odd.start() - text.rfind("\n", 0, odd.start())
        raise fault(f"{name}:{line}:{column}", f"含有 YAML 不允许的字符 U+{ord(odd[0]):04X}")
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _build(yaml.parse(text, Loader=loader), name)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        slip = _slip(text, line, column)
        if slip is not None:
            raise fault(f"{name}:{slip[0]}:{slip[1]}", f"YAML 写法有误，{slip[2]}") from None
        hint = next(
            (told for words, told in HINTS if words in (error.problem or "")), "请检查冒号、缩进和引号"
        )
        raise fault(f"{name}:{line}:{column}" if mark else name, f"YAML 写法有误，{hint}") from None
    except yaml.YAMLError:
        raise fault(name, "YAML 写法有误") from None


def _slip(text: str, line: int, column: int) -> tuple[int, int, str] | None:
    """The slip of the hand nearest above a fault: line, column, what it is; None where none is seen.

    A full-width sign makes the parser stumble only lines later.
    """
    lines = text.splitlines()
    for number in range(min(line, len(lines)), max(0, line - 12), -1):
        row = lines[number - 1]
        for pattern, told in SLIPS:
            found = pattern.search(row)
            if found:
                return number, found.start(1) + 1, told
    before = lines[line - 2] if 2 <= line <= len(lines) else ""
    here = lines[line - 1] if line <= len(lines) else ""
    if before.strip() and here.strip() and ":" in here and ": " in before + " ":
        indents = [len(row) - len(row.lstrip(" ")) for row in (before, here)]
        if indents[1] > indents[0] and not before.rstrip().endswith((":", "-")):
            return line, column, "缩进比上一行深，而上一行已经有值：同一层的键要对齐"
    return None


def _build(events: Any, name: str) -> Located:
    """Build nested mappings and lists from events with a stack of open containers."""
    import yaml

    stack: list[Any] = []
    keys: list[str | None] = []  # the key waiting for its value, per open container
    root: Any = None
    documents = 0

    def place(value: Any, at: Mark) -> None:
        nonlocal root
        if not stack:
            root = value
            return
        top = stack[-1]
        if isinstance(top, list):
            top.append(value)
        elif keys[-1] is None:
            if not isinstance(value, str):
                raise fault(f"{name}:{at[0]}:{at[1]}", "键必须是文字")
            if value in top:
                raise fault(f"{name}:{at[0]}:{at[1]}", f"键“{value}”重复")
            keys[-1] = value
            top.marks[value] = at
        else:
            top[keys[-1]] = value
            keys[-1] = None

    for event in events:
        at = (event.start_mark.line + 1, event.start_mark.column + 1)
        where = f"{name}:{at[0]}:{at[1]}"
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise fault(where, "一个文件只能有一份文档，请删去多余的 ---")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise fault(where, "不允许使用锚点（&）和别名（*）")
        if getattr(event, "tag", None):
            raise fault(where, "不允许使用类型标记（!）")
        if isinstance(event, yaml.ScalarEvent):
            place(event.value, at)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            if len(stack) >= DEEPEST:
                raise fault(where, f"嵌套超过 {DEEPEST} 层")
            value: Any = Located(at, name) if isinstance(event, yaml.MappingStartEvent) else []
            place(value, at)
            stack.append(value)
            keys.append(None)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            stack.pop()
            keys.pop()
    if not isinstance(root, Located):
        raise fault(f"{name}:1:1", "最外层应是“键: 值”")
    return root
