"""A template compiled once: literals as bytes with names between them, constant parts already deflated.

What a letter costs is then the joining of its values, one deflate of the parts that change, and one
write. The same values give the same bytes with the same codec; only how well the parts that change are
packed differs from codec to codec.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from gaozhi_cli.domain.problem import DocumentFailed
from gaozhi_cli.rendering.docx_package import Package

# ("text", literal) · ("blank", name) · ("row", key; "" = the row itself) · ("loop", name, segments)
Segment = tuple[Any, ...]
Segments = tuple[Segment, ...]

IN_A_TAG = re.compile(r"<w:[^<>]*>")
RSID = re.compile(r'\sw:rsid\w*="[0-9A-Fa-f]*"')
PROOFING = re.compile(r"<w:(?:proofErr|lang)\b[^<>]*/>")
# Control, surrogate and non-characters, line and paragraph separators, bidi controls: no value holds one.
UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
ESCAPED = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("'", "&#39;"), ('"', "&#34;"))

LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")
FIXED_TIME, FIXED_DATE = 0, 33  # 1980-01-01, as zipfile writes it
DEFLATED = 8
UTF8_NAME = 0x800


class Codec(NamedTuple):
    """How the parts that change are packed: raw deflate of some bytes."""

    name: str
    deflate: Callable[[bytes], bytes]


class Shell(NamedTuple):
    """The front of the file: constant parts as they will lie in it, their directory entries, how many."""

    front: bytes
    directory: bytes
    parts: int


def zlib_codec(level: int) -> Codec:
    """The standard library's deflate."""

    def deflate(data: bytes) -> bytes:
        packer = zlib.compressobj(level, zlib.DEFLATED, -15)
        return packer.compress(data) + packer.flush()

    return Codec(f"zlib-{level}", deflate)


SINGLE = zlib_codec(6)


def batch_codec() -> Codec:
    """The faster deflate of the extra ``[fast]`` where it is installed, else zlib's fastest."""
    try:
        from isal import isal_zlib
    except ImportError:
        return zlib_codec(1)
    return Codec("isal-1", lambda data: isal_zlib.compress(data, 1, -15))


def slimmed(source: str) -> str:
    """The source of a part without the marks of Word's own book-keeping, which print nothing."""
    return PROOFING.sub("", IN_A_TAG.sub(lambda tag: RSID.sub("", tag[0]), source))


def compiled(source: str) -> Segments:
    """The segments of a part's Jinja source, by Jinja's own parser. Raises DocumentFailed."""
    from jinja2 import Environment

    tree = Environment(autoescape=True, keep_trailing_newline=True).parse(source)
    return tuple(_segments(tree.body, None))


def _segments(body: Sequence[Any], row: str | None) -> Iterator[Segment]:
    from jinja2 import nodes

    for node in body:
        if isinstance(node, nodes.Output):
            for child in node.nodes:
                if isinstance(child, nodes.TemplateData):
                    yield ("text", child.data)
                elif isinstance(child, nodes.Name):
                    yield ("row", "") if child.name == row else ("blank", child.name)
                elif isinstance(child, nodes.Getattr) and getattr(child.node, "name", None) == row:
                    yield ("row", child.attr)
                else:
                    raise DocumentFailed("模板里有不能填的写法，请用 gaozhi letter check-template 检查")
        elif isinstance(node, nodes.For) and row is None:
            target: Any = node.target
            listed: Any = node.iter
            yield ("loop", listed.name, tuple(_segments(node.body, target.name)))
        else:
            raise DocumentFailed("模板里有不能填的写法，请用 gaozhi letter check-template 检查")


def encoded(segments: Segments) -> Segments:
    """The same with literals as UTF-8, ready to be joined."""
    return tuple(
        ("text", part[1].encode()) if part[0] == "text"
        else (*part[:2], encoded(part[2])) if part[0] == "loop"
        else part
        for part in segments
    )  # fmt: skip


@lru_cache(maxsize=1024)  # most blanks of a batch say the same
def escaped(text: str) -> bytes:
    """A value as it stands in XML. Raises DocumentFailed for a character that no document can carry."""
    if UNPRINTABLE.search(text):
        raise DocumentFailed("要填的内容里有控制字符或会改变文字方向的字符，没有生成文书")
    for sign, entity in ESCAPED:
        if sign in text:
            text = text.replace(sign, entity)
    return text.encode()


def prepared(values: Mapping[str, Any]) -> dict[str, Any]:
    """All values escaped once. Raises DocumentFailed for what is not text: nothing prints as “None”."""
    ready: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, str):
            ready[name] = escaped(value)
        elif isinstance(value, list):
            ready[name] = [_row(row, name) for row in value]
        else:
            raise DocumentFailed(f"填空“{name}”的值不是文字，没有生成文书")
    return ready


def _row(row: Any, name: str) -> Any:
    if isinstance(row, str):
        return escaped(row)
    if isinstance(row, dict) and all(isinstance(value, str) for value in row.values()):
        return {key: escaped(value) for key, value in row.items()}
    raise DocumentFailed(f"填空“{name}”的值不是文字，没有生成文书")


def filled(segments: Segments, ready: Mapping[str, Any], row: Any = None) -> bytes:
    """A part with the values put in. Raises DocumentFailed for a blank without a value."""
    pieces = []
    try:
        for segment in segments:
            kind = segment[0]
            if kind == "text":
                pieces.append(segment[1])
            elif kind == "blank":
                pieces.append(ready[segment[1]])
            elif kind == "row":
                pieces.append(row[segment[1]] if segment[1] else row)
            else:
                pieces += [filled(segment[2], ready, one) for one in ready[segment[1]]]
        return b"".join(pieces)
    except (KeyError, TypeError):
        raise DocumentFailed(f"填空“{segment[1]}”没有可填的内容，没有生成文书") from None


def shell(package: Package, changing: frozenset[str]) -> Shell:
    """The constant parts of a package, deflated once."""
    constant = [(name, data) for name, data in package.parts if name not in changing]
    front, directory = bytearray(), bytearray()
    for name, data in constant:
        _append(front, directory, name, data, SINGLE)
    return Shell(bytes(front), bytes(directory), len(constant))


def packed(shell: Shell, changed: Sequence[tuple[str, bytes]], codec: Codec = SINGLE) -> bytes:
    """The .docx file: the constant front, the parts that change, the directory. Fixed dates and order."""
    body, directory = bytearray(shell.front), bytearray(shell.directory)
    for name, data in changed:
        _append(body, directory, name, data, codec)
    count = shell.parts + len(changed)
    end = END.pack(b"PK\x05\x06", 0, 0, count, count, len(directory), len(body), 0)
    return b"".join((body, directory, end))


def _append(body: bytearray, directory: bytearray, name: str, data: bytes, codec: Codec) -> None:
    raw = name.encode()
    flags = 0 if raw.isascii() else UTF8_NAME
    stored = codec.deflate(data)
    common = (
        20,
        flags,
        DEFLATED,
        FIXED_TIME,
        FIXED_DATE,
        zlib.crc32(data),
        len(stored),
        len(data),
        len(raw),
        0,
    )
    place = len(body)
    body += LOCAL.pack(b"PK\x03\x04", *common) + raw + stored
    directory += CENTRAL.pack(b"PK\x01\x02", 20, *common, 0, 0, 0, 0, place) + raw
