"""Fills a compiled Word template, reads the document back and compares it with what was meant.

``template_opening`` checks and compiles what an office edits; here only values are put in. All parts
without blanks are carried over as they are.
"""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gaozhi_cli.domain.problem import DocumentFailed
from gaozhi_cli.rendering import compiled
from gaozhi_cli.rendering.compiled import SINGLE, Codec, Segments, Shell
from gaozhi_cli.rendering.docx_package import Package
from gaozhi_cli.rendering.template_check import CONTROL, TAG

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FOR = re.compile(r"for\s+(\w+)\s+in\s+(\w+)")

Values = Mapping[str, Any]


class Template(NamedTuple):
    """A template that passed the checks, compiled: what changes by part, the rest ready to be copied.

    ``texts``: each filled part's paragraphs with their tags; ``picture``: the name of the part that
    holds the picture, empty where there is none.
    """

    package: Package
    programs: Mapping[str, Segments]
    shell: Shell
    sha256: str
    texts: Mapping[str, tuple[str, ...]]
    picture: str = ""


def render(template: Template, values: Values, picture: bytes = b"") -> bytes:
    """The filled document, read back. Raises DocumentFailed when it is not exactly what was meant."""
    document = fill(template, values, picture)
    read_back(document, template, values)
    return document


def fill(template: Template, values: Values, picture: bytes = b"", codec: Codec = SINGLE) -> bytes:
    """The filled document. Raises DocumentFailed for a value that cannot be carried or is not there."""
    ready = compiled.prepared(values)
    changed = [(name, compiled.filled(program, ready)) for name, program in template.programs.items()]
    if template.picture:
        changed.insert(0, (template.picture, picture or template.package.part(template.picture)))
    return compiled.packed(template.shell, changed, codec)


def read_back(document: bytes, template: Template, values: Values) -> None:
    """Every paragraph of the written document equals the template's text with the values put in."""
    parts = _parts(document, template.texts)
    for name, text in template.texts.items():
        meant = list(expected(text, values))
        written = list(paragraphs(parts[name], "写成的文书"))
        if meant != written:
            place = next(
                (n for n, pair in enumerate(zip(meant, written, strict=False)) if pair[0] != pair[1]),
                min(len(meant), len(written)),
            )
            raise DocumentFailed(f"写成的文书第 {place + 1} 段与应填内容不一致，没有保存，请检查模板")


def _parts(document: bytes, names: Iterable[str]) -> dict[str, bytes]:
    """Some parts of a document just written, each with its checksum proven."""
    try:
        with zipfile.ZipFile(io.BytesIO(document)) as archive:
            return {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError):
        raise DocumentFailed("写成的文书打不开，没有保存，请再试一次") from None


def expected(texts: Sequence[str], values: Values) -> Iterator[str]:
    """What the paragraphs should read, found without the compiled template: an independent check."""
    place = 0
    while place < len(texts):
        control = CONTROL.fullmatch(texts[place].strip())
        loop = FOR.fullmatch(control[1].strip()) if control else None
        if loop is None:
            yield _filled(texts[place], values)
            place += 1
            continue
        end = next(
            n for n in range(place, len(texts)) if re.fullmatch(r"\{%p?\s*endfor\s*%\}", texts[n].strip())
        )
        for row in values[loop[2]]:
            yield from expected(texts[place + 1 : end], {**values, loop[1]: row})
        place = end + 1


def _filled(text: str, values: Values) -> str:
    def value(match: re.Match[str]) -> str:
        found: Any = values
        for part in match[1].strip().split("."):
            found = found[part]
        return str(found)

    return TAG.sub(value, text)


def paragraphs(part: bytes, what: str) -> Iterator[str]:
    """The text of each paragraph of a part, in order; tabs and breaks as in Word."""
    try:
        root = ET.fromstring(part)
    except ET.ParseError:
        raise DocumentFailed(f"{what}的正文不是完好的 XML") from None
    for paragraph in root.iter(f"{W}p"):
        pieces = []
        for node in paragraph.iter():
            if node.tag == f"{W}t":
                pieces.append(node.text or "")
            elif node.tag == f"{W}tab" and node.get(f"{W}val") is None:
                pieces.append("\t")
            elif node.tag in (f"{W}br", f"{W}cr"):
                pieces.append("\n")
        yield "".join(pieces)
