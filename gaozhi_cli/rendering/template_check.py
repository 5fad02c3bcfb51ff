"""What is wrong with a template: unknown, missing and broken blanks, forbidden expressions, lost words.

Pure text in, Problems out; ``docx_template`` opens and fills, this module only judges. The tags may be
names, dotted names and, in a paragraph of their own, ``{%p for 行 in 列 %}`` … ``{%p endfor %}``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gaozhi_cli.domain.problem import Problem

TAG = re.compile(r"\{\{([^{}]*)\}\}")
CONTROL = re.compile(r"\{%p?([^{}%]*)%\}")
PLAIN_TAG = re.compile(r"\s*\w+(\.\w+)?\s*")
LEFTOVER = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}|｛｛|｝｝|｛%|%｝")


def lacking(texts: Mapping[str, Sequence[str]], wording: Sequence[str]) -> list[Problem]:
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


def faults(
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
