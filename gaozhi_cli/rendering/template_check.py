"""What is wrong with a template: unknown, missing and broken blanks, forbidden expressions, lost words.

Pure text in, Problems out; ``docx_template`` opens and fills, ``template_review`` lists for people, this
module only judges. The tags may be names, dotted names and, in a paragraph of their own,
``{%p for 行 in 列 %}`` … ``{%p endfor %}``, not nested; nothing else. The paragraphs are judged first, the
syntax tree that Jinja makes of the patched XML once more: what is run is what was read.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gaozhi_cli import __version__
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.rendering.formats import one_line

TAG = re.compile(r"\{\{([^{}]*)\}\}")
CONTROL = re.compile(r"\{%p?([^{}%]*)%\}")
PLAIN_TAG = re.compile(r"\s*\w+(\.\w+)?\s*")
LEFTOVER = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}|｛｛|｝｝|｛%|%｝")
ALONE = re.compile(r"\{%p [^{}]*%\}")
FOR = re.compile(r"\{%p\s+for\s+(\w+)\s+in\s+(\w+)\s*%\}")
END = re.compile(r"\{%p\s+endfor\s*%\}")
LONGEST_SHOWN = 40


class Form(NamedTuple):
    """What a kind of document asks of its template.

    ``fields``: the names that may be filled in, lists included; ``rows``: the lists, each with the keys of
    its rows (none: rows of plain text); ``required``: the names that must be there; ``wording``: the words
    that must stand in it, their tags included; ``picture``: the 替换文字 of the picture it must hold.
    """

    fields: Sequence[str]
    rows: Mapping[str, Sequence[str]]
    required: frozenset[str]
    wording: Sequence[str] = ()
    picture: str = ""

    def digest(self) -> str:
        """What tells this form from another, for the cache."""
        rows = {name: list(keys) for name, keys in self.rows.items()}
        told = [__version__, list(self.fields), rows, sorted(self.required), list(self.wording)]
        return hashlib.sha256(json.dumps([*told, self.picture], ensure_ascii=False).encode()).hexdigest()


class Loop(NamedTuple):
    """The loop that a paragraph stands in: its name, the keys of its rows, the paragraph it began in."""

    name: str
    keys: Sequence[str]
    began: int


def lacking(texts: Mapping[str, Sequence[str]], wording: Sequence[str]) -> list[Problem]:
    """Prescribed words that the template no longer has; width, blanks and underscores do not count."""
    whole = plain_words("".join(line for lines in texts.values() for line in lines))
    return [
        Problem("template-wording", f"模板缺少或改动了规定的文字“{words}”", "附件2")
        for words in wording
        if plain_words(words) not in whole
    ]


def absent(required: frozenset[str], used: set[str]) -> list[Problem]:
    """The blanks that must be in the template and are not."""
    return [
        Problem("template-missing", f"模板缺少填空“{name}”", "规程二", name)
        for name in sorted(required - used)
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
    """What is wrong with the tags of a part; names that stand in it are added to ``used``."""
    found = [problem for _, problem in tag_faults(texts, fields, rows, used)]
    yield from found or tree_faults(source, fields, rows)


def tag_faults(
    texts: Sequence[str], fields: Sequence[str], rows: Mapping[str, Sequence[str]], used: set[str]
) -> Iterator[tuple[int, Problem]]:
    """The faults of the tags with the number of their paragraph, from 1."""
    loop: Loop | None = None
    for place, text in enumerate(texts, start=1):
        line = text.strip()
        if not ALONE.fullmatch(line):
            for problem in _line_faults(text, fields, rows, loop, used):
                yield place, problem
        elif END.fullmatch(line):
            if loop is None:
                yield place, Problem("template-tag", "多出一段 {%p endfor %}，前面没有循环")
            loop = None
        else:
            problems, begun = _begun(line, fields, rows, loop, place, used)
            for problem in problems:
                yield place, problem
            loop = begun or loop
    if loop is not None:
        message = f"循环没有结束，缺一段 {{%p endfor %}}，见“{shortened(texts[loop.began - 1])}”"
        yield loop.began, Problem("template-syntax", message)


def _begun(
    line: str,
    fields: Sequence[str],
    rows: Mapping[str, Sequence[str]],
    within: Loop | None,
    place: int,
    used: set[str],
) -> tuple[list[Problem], Loop | None]:
    """A loop that begins in a paragraph, with what is wrong with it."""

    def wrong(message: str, field: str = "") -> list[Problem]:
        return [Problem("template-expression", f"{message}，见“{shortened(line)}”", field=field)]

    match = FOR.fullmatch(line)
    if match is None:
        return wrong("不允许的循环或写法，只可写 {%p for 行 in 列 %}"), None
    name, each = match.groups()
    used.add(each)
    if within is not None:
        return wrong("不允许的循环：循环里不能再有循环"), None
    loop = Loop(name, rows.get(each, ()), place)
    if each not in rows:
        known = "、".join(rows) or "没有"
        return wrong(f"“{each}”不是一列，不能循环；可以循环的有：{known}", each), loop
    if name in fields or name in rows or name == "loop":
        return wrong(f"循环里的名字“{name}”与填空同名，请换一个", name), loop
    return [], loop


def _line_faults(
    text: str,
    fields: Sequence[str],
    rows: Mapping[str, Sequence[str]],
    loop: Loop | None,
    used: set[str],
) -> Iterator[Problem]:
    shown = shortened(text)
    for tag in TAG.findall(text):
        if not PLAIN_TAG.fullmatch(tag):
            yield Problem("template-expression", f"不允许的写法“{shortened(tag)}”，见“{shown}”")
            continue
        name = tag.strip()
        told = _name_fault(name, fields, rows, loop, used)
        if told:
            code = "template-unknown" if told.startswith("不认识") else "template-expression"
            yield Problem(code, f"{told}，见“{shown}”", field=name)
    rest = LEFTOVER.search(CONTROL.sub("", TAG.sub("", text)))
    if rest:
        yield Problem("template-tag", f"“{shown}”中的 {rest[0]} 不成对或写法不对")
    if CONTROL.search(text):
        message = f"“{shown}”中的循环标记须独占一段，写作 {{%p for 行 in 列 %}} 和 {{%p endfor %}}"
        yield Problem("template-tag", message)


def _name_fault(
    name: str,
    fields: Sequence[str],
    rows: Mapping[str, Sequence[str]],
    loop: Loop | None,
    used: set[str],
) -> str:
    """What is wrong with a name in a tag; empty where nothing is."""
    head, dot, key = name.partition(".")
    if loop is not None and head == loop.name:
        if dot and key not in loop.keys:
            near = _near(key, loop.keys)
            return f"不认识的填空“{name}”" + (f"（是不是“{head}.{near}”）" if near else "")
        if not dot and loop.keys:
            return f"“{name}”有几栏，须写明是哪一栏，如 {name}.{loop.keys[0]}"
        return ""
    if dot:
        return f"不允许的写法“.{key}”"
    if name not in fields and name not in rows:
        near = _near(name, [*fields, *rows])
        return f"不认识的填空“{shortened(name)}”" + (f"（是不是“{near}”）" if near else "")
    used.add(name)
    return f"“{name}”是一列，须用 {{%p for 行 in {name} %}}" if name in rows else ""


def _near(name: str, known: Sequence[str]) -> str:
    found = difflib.get_close_matches(name[:LONGEST_SHOWN], known, n=1, cutoff=0.5)
    return found[0] if found else ""


def tree_faults(source: str, fields: Sequence[str], rows: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    """Whether Jinja reads nothing else in the patched source than names and flat loops over lists."""
    from jinja2 import Environment
    from jinja2.exceptions import TemplateSyntaxError

    try:
        tree = Environment(autoescape=True).parse(source)
    except RecursionError:
        yield Problem("template-syntax", "填空标记过于复杂")
        return
    except TemplateSyntaxError:
        yield Problem("template-syntax", "填空标记写法有误，请与随附模板对照")
        return
    if not _allowed(tree, {*fields, *rows} - set(rows), rows, {}):
        yield Problem("template-expression", "有不允许的写法，请与随附模板对照")


def _allowed(
    node: Any, names: set[str], rows: Mapping[str, Sequence[str]], loops: Mapping[str, Sequence[str]]
) -> bool:
    """The whitelist over the syntax tree."""
    from jinja2 import nodes

    if isinstance(node, nodes.Name):
        return not loops[node.name] if node.name in loops else node.name in names
    if isinstance(node, nodes.Getattr):
        return isinstance(node.node, nodes.Name) and node.attr in loops.get(node.node.name, ())
    if isinstance(node, nodes.For):
        target: Any = node.target
        each: Any = node.iter
        named = isinstance(target, nodes.Name) and isinstance(each, nodes.Name) and each.name in rows
        if not named or node.test or node.else_ or loops:
            return False
        return all(_allowed(child, names, rows, {target.name: rows[each.name]}) for child in node.body)
    if isinstance(node, (nodes.Template, nodes.Output, nodes.TemplateData)):
        return all(_allowed(child, names, rows, loops) for child in node.iter_child_nodes())
    return False


def shortened(text: str) -> str:
    """A text as a message quotes it: on one line, nothing in it steers a terminal."""
    text = one_line(" ".join(text.split()))
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 2] + "…"
