"""What a gateway's JSON says: how many records, and the declared columns of each, as text.

Numbers stay as they were written: an identity number sent as a JSON number loses no digit here. What the
declaration does not foresee is a bad answer, never "no such record".
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from gaozhi_cli.domain.registers import Asking

Record = Mapping[str, str | None]
CHINESE = ("gbk", "gb2312", "gb18030")


class _Number(str):
    """A JSON number, as written."""


def is_json(content_type: str) -> bool:
    """Whether a content type is JSON."""
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def records_of(body: bytes, content_type: str, asking: Asking, columns: Sequence[str]) -> list[Record] | None:
    """The records in an answer; None where it cannot be understood."""
    try:
        document = json.loads(
            _decoded(body, content_type), parse_int=_Number, parse_float=_Number,
            parse_constant=_refuse, object_pairs_hook=_once,
        )  # fmt: skip
    except (ValueError, RecursionError):
        return None
    if asking.code:
        code = _at(document, asking.code)
        said = str(code) if isinstance(code, str) else None
        if said in asking.none:
            return []
        if said not in asking.ok:
            return None
    found = _at(document, asking.records)
    if found is MISSING:
        return None
    if found is None:
        return []
    listed = [found] if isinstance(found, dict) else found
    if not isinstance(listed, list) or not all(isinstance(one, dict) and one for one in listed):
        return None
    return [{column: _text(_at(one, column)) for column in columns} for one in listed]


MISSING = object()


def _at(document: Any, path: str) -> Any:
    """What stands at a dotted path; a key that itself holds dots is found first."""
    if not path:
        return document
    if isinstance(document, dict) and path in document:
        return document[path]
    for step in path.split("."):
        if not isinstance(document, dict) or step not in document:
            return MISSING
        document = document[step]
    return document


def _text(value: Any) -> str | None:
    """A value as text; None where it is missing or no single value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return value.strip() if isinstance(value, str) else None


def _decoded(body: bytes, content_type: str) -> str:
    charset = content_type.lower().partition("charset=")[2].partition(";")[0].strip(" \"'")
    return body.decode("gb18030" if charset in CHINESE else "utf-8-sig")


def _refuse(constant: str) -> Any:
    raise ValueError(constant)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found
