"""Fills a Word template safely: checked first, rendered in a sandbox, read back and compared.

The template is data that an office edits. Its tags may be names, dotted names and, in a paragraph of
their own, ``{%p for 行 in 列 %}`` … ``{%p endfor %}``; nothing else. docxtpl's own patching joins tags
that Word split over runs; Jinja renders with autoescape and strict undefined; all other parts are
carried over as they are.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gaozhi_cli.domain.problem import DocumentFailed, Problem
from gaozhi_cli.rendering.docx_package import Package, open_package

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
TAG = re.compile(r"\{\{([^{}]*)\}\}")
CONTROL = re.compile(r"\{%p?([^{}%]*)%\}")
PLAIN_TAG = re.compile(r"\s*\w+(\.\w+)?\s*")
FOR = re.compile(r"for\s+(\w+)\s+in\s+(\w+)")
LEFTOVER = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}|｛｛|｝｝|｛%|%｝")

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
        problems += _faults(source, texts[name], fields, rows, used)
    if not problems:
        problems += _lacking(texts, wording)
    if not any(problem.code == "template-syntax" for problem in problems):
        problems += [
            Problem("template-missing", f"模板缺少填空“{name}”", "规程二") for name in sorted(required - used)
        ]
    if problems:
        shown = "；".join(problem.message for problem in problems[:5])
        raise DocumentFailed(f"模板不能用：{shown}", tuple(problems))
    return Template(package, sources, hashlib.sha256(data).hexdigest(), texts)


def _lacking(texts: Mapping[str, Sequence[str]], wording: Sequence[str]) -> list[Problem]:
    """Prescribed words that the template no longer has; width, blanks and underscores do not count."""
    whole = plain_words("".join(line for lines in texts.values() for line in lines))
    return [
        Problem("template-wording", f"模板缺少或改动了规定的文字“{words}”", "附件2")
        for words in wording
        if plain_words(words) not in whole
    ]


def plain_words(text: str) -> str:
    """A text without blanks and underscores, in normal width, so that only its words are compared."""
    return re.sub(r"[\s_]+", "", unicodedata.normalize("NFKC", text))


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


def _faults(
    source: str,
    texts: Sequence[str],
    fields: Sequence[str],
    rows: Mapping[str, Sequence[str]],
    used: set[str],
) -> Iterator[Problem]:
    """What is wrong with the tags of a part: syntax, forbidden expressions, unknown names, leftovers."""
    from jinja2 import Environment
    from jinja2.exceptions import TemplateSyntaxError

    for text in texts:
        for tag in TAG.findall(text):
            if not PLAIN_TAG.fullmatch(tag):
                yield Problem(
                    "template-expression", f"不允许的写法“{_short(tag.strip())}”，见“{_short(text)}”"
                )
        rest = LEFTOVER.search(CONTROL.sub("", TAG.sub("", text)))
        if rest:
            yield Problem("template-tag", f"“{_short(text)}”中的 {rest[0]} 不成对或写法不对")
        if CONTROL.search(text) and not re.fullmatch(r"\{%p [^{}]*%\}", text.strip()):
            message = f"“{_short(text)}”中的循环标记须独占一段，写作 {{%p for 行 in 列 %}} 和 {{%p endfor %}}"
            yield Problem("template-tag", message)
    try:
        tree = Environment(autoescape=True).parse(source)
    except RecursionError:
        yield Problem("template-syntax", "填空标记过于复杂")
        return
    except TemplateSyntaxError as error:
        loop = "endfor" in (error.message or "")
        message = "循环没有结束，缺一段 {%p endfor %}" if loop else "填空标记写法有误，请与随附模板对照"
        yield Problem("template-syntax", message)
        return
    for problem in _forbidden(tree, dict.fromkeys(fields, ()) | dict(rows), {}, used, frozenset(rows)):
        yield Problem("template-expression", f"{problem}，见“{_where(problem, texts)}”")


def _forbidden(
    node: Any,
    known: dict[str, Any],
    loops: dict[str, Any],
    used: set[str],
    listed: frozenset[str],
    iterated: bool = False,
) -> Iterator[str]:
    """Walk the syntax tree against the whitelist; yields one phrase per fault."""
    from jinja2 import nodes

    if isinstance(node, nodes.Name):
        if node.name in loops:
            if loops[node.name]:
                yield f"“{node.name}”有几栏，须写明是哪一栏，如 {node.name}.{loops[node.name][0]}"
            return
        if node.name not in known:
            yield f"不认识的填空“{node.name}”"
        elif node.name in listed and not iterated:
            yield f"“{node.name}”是一列，须用 {{%p for 行 in {node.name} %}}"
        used.add(node.name)
    elif isinstance(node, nodes.Getattr):
        keys = loops.get(_name(node.node))
        if keys is None:
            yield f"不允许的写法“.{node.attr}”"
        elif node.attr not in keys:
            yield f"不认识的填空“{_name(node.node)}.{node.attr}”"
    elif isinstance(node, nodes.For):
        target, each = node.target, node.iter
        simple = isinstance(target, nodes.Name) and isinstance(each, nodes.Name)
        if not simple or node.test or node.else_ or loops:
            yield "不允许的循环"
            return
        yield from _forbidden(each, known, loops, used, listed, iterated=True)
        inner = {**loops, _name(target): known.get(_name(each), ())}
        for child in node.body:
            yield from _forbidden(child, known, inner, used, listed)
    elif isinstance(node, (nodes.Template, nodes.Output, nodes.TemplateData)):
        for child in node.iter_child_nodes():
            yield from _forbidden(child, known, loops, used, listed)
    else:
        yield f"不允许的写法（{type(node).__name__}）"


def _name(node: Any) -> str:
    """The name of a Name node; empty for any other node."""
    return str(getattr(node, "name", ""))


def _where(problem: str, texts: Sequence[str]) -> str:
    """The paragraph that a fault stands in, by the words it quotes; else the first one with a tag."""
    quoted = re.search(r"“\.?(.+?)”", problem)
    tagged = [text for text in texts if "{" in text]
    for text in tagged:
        named = quoted is not None and quoted[1] in text
        odd = quoted is None and re.search(r"\{[{%]p? [^{}]*[^\w.\s{}%]", text)
        if named or odd:
            return _short(text)
    return _short(tagged[0] if tagged else "")


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else text[:38] + "…"
