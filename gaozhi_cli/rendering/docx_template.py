"""Fills a Word template safely: checked first, rendered in a sandbox, read back and compared.

The template is data that an office edits. Its tags may be names, dotted names and, in a paragraph of
their own, ``{%p for 行 in 列 %}`` … ``{%p endfor %}``; nothing else. docxtpl's own patching joins tags
that Word split over runs; Jinja renders with autoescape and strict undefined; all other parts are
carried over as they are.
"""

from __future__ import annotations

import hashlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gaozhi_cli.domain.problem import DocumentFailed, Problem
from gaozhi_cli.rendering.docx_package import Package, open_package
from gaozhi_cli.rendering.template_check import CONTROL, TAG, faults, lacking

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
FOR = re.compile(r"for\s+(\w+)\s+in\s+(\w+)")

Values = Mapping[str, Any]


class Template(NamedTuple):
    """A template that passed the checks: its package, the Jinja source of each part, its digest."""

    package: Package
    sources: Mapping[str, str]
    sha256: str
    texts: Mapping[str, tuple[str, ...]] = {}


def open_template(data: bytes, fields: Sequence[str], rows: Mapping[str, Sequence[str]],
                  required: frozenset[str],
    wording: Sequence[str] = (),
) -> Template:  # fmt: skip
    """Check a template. ``rows``: keys of the rows of list fields (empty = plain text rows);
    ``wording``: what it must say, tags included.

    Raises DocumentFailed with a Problem for each fault, naming the tag and its paragraph.
    """
    package = open_package(data, "模板")
    sources, texts, problems = {}, {}, []
    for name in package.rendered_parts():
        texts[name] = tuple(paragraphs(package.part(name), "模板"))
        sources[name] = _source(package.part(name))
    for name, part in package.parts:
        if name not in sources and name.endswith(".xml") and re.search(rb"\{\{|\{%", part):
            problems.append(Problem("template", f"模板的部件 {name} 里有填空标记，这里不能填空"))
    used: set[str] = set()
    for name, source in sources.items():
        problems += faults(source, texts[name], fields, rows, used)
    if not problems:
        problems += lacking(texts, wording)
    if not any(problem.code == "template-syntax" for problem in problems):
        problems += [
            Problem("template-missing", f"模板缺少填空“{name}”", "规程二") for name in sorted(required - used)
        ]
    if problems:
        shown = "；".join(problem.message for problem in problems[:5])
        raise DocumentFailed(f"模板不能用：{shown}", tuple(problems))
    return Template(package, sources, hashlib.sha256(data).hexdigest(), texts)


def render(template: Template, values: Values) -> bytes:
    """The filled document. Raises DocumentFailed when it is not exactly what was meant."""
    from jinja2 import StrictUndefined
    from jinja2.exceptions import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    try:
        changed = {
            name: environment.from_string(source).render(values).encode()
            for name, source in template.sources.items()
        }
    except TemplateError as error:
        raise DocumentFailed(f"模板不能用：{error.message}") from None
    document = template.package.with_parts(changed).to_bytes()
    _read_back(document, template, values)
    return document


def _read_back(document: bytes, template: Template, values: Values) -> None:
    """Every paragraph of the written document equals the template's text with the values put in."""
    package = open_package(document, "写成的文书")
    for name, text in template.texts.items():
        meant = list(expected(text, values))
        written = list(paragraphs(package.part(name), "写成的文书"))
        if meant != written:
            place = next(
                (n for n, pair in enumerate(zip(meant, written, strict=False)) if pair[0] != pair[1]),
                min(len(meant), len(written)),
            )
            raise DocumentFailed(f"写成的文书第 {place + 1} 段与应填内容不一致，没有保存，请检查模板")


def expected(texts: Sequence[str], values: Values) -> Iterator[str]:
    """What the paragraphs should read, found without Jinja: an independent check of the rendering."""
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


def _source(part: bytes) -> str:
    """The Jinja source of a part, by docxtpl's own patching."""
    from docxtpl import DocxTemplate

    patched = DocxTemplate.patch_xml(DocxTemplate, part.decode("utf-8-sig"))
    return str(patched)
