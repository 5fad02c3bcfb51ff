"""A template looked over for the person who edits it: all faults at once, each with its place.

The same rules that ``template_opening.open_template`` refuses by, told one by one instead of stopping: part
(正文, 页眉, 页脚), number and text of the paragraph. A new kind of document needs only its ``Form``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from gaozhi_cli.domain.problem import DocumentFailed, Problem
from gaozhi_cli.rendering.docx_package import TEMPLATE, Package, inspect_package
from gaozhi_cli.rendering.template_check import Form, absent, lacking, tag_faults

# Faults after which the XML is not read again: huge, with entities, or none
UNREADABLE = {"docx-size", "docx-doctype", "docx-xml", "docx-names", "docx-damaged", "docx-unsafe"}
PARTS = {"document": "正文", "header": "页眉", "footer": "页脚"}


class Fault(NamedTuple):
    """What is wrong and where: the part as people call it, the paragraph's number from 1 if it has one."""

    problem: Problem
    part: str = ""
    paragraph: int | None = None

    @property
    def place(self) -> str:
        """The place in words: 正文第 12 段."""
        return self.part + (f"第 {self.paragraph} 段" if self.paragraph else "")


def review_template(data: bytes, form: Form) -> list[Fault]:
    """Every fault of a template of one kind, in reading order; none: it can be used."""
    from gaozhi_cli.rendering.docx_template import paragraphs
    from gaozhi_cli.rendering.template_opening import open_template

    package, problems = inspect_package(data, TEMPLATE)
    readable = not UNREADABLE & {problem.code for problem in problems}
    found = [Fault(problem, _part_in(problem.message)) for problem in problems]
    used: set[str] = set()
    texts = {}
    for name in package.rendered_parts() if readable else ():
        texts[name] = tuple(paragraphs(package.part(name), TEMPLATE))
        for place, problem in tag_faults(texts[name], form.fields, form.rows, used):
            if all(problem.message != fault.problem.message for fault in found):
                found.append(Fault(problem, part_label(name), place))
    if any(fault.paragraph for fault in found):  # said again with its paragraph
        found = [fault for fault in found if fault.problem.code != "template-unclosed"]
    if texts:
        found += [Fault(problem) for problem in [*lacking(texts, form.wording), *absent(form.required, used)]]
        found += _elsewhere(package)
    if not found:  # the very check that a letter passes, so that what is good here is good there
        try:
            open_template(data, form)
        except DocumentFailed as error:
            found += [Fault(problem) for problem in error.problems or (Problem("template", error.message),)]
    return found


def part_label(name: str) -> str:
    """A part as people call it: 正文, 页眉, 页脚; its name where it has none."""
    kind = re.fullmatch(r"word/([a-z]+)\d*\.xml", name)
    return PARTS.get(kind[1], name) if kind else name


def _part_in(message: str) -> str:
    named = re.search(r"word/(?:document|header\d*|footer\d*)\.xml", message)
    return part_label(named[0]) if named else ""


def _elsewhere(package: Package) -> list[Fault]:
    """Tags in parts that are not filled in."""
    rendered = package.rendered_parts()
    return [
        Fault(Problem("template-tag", f"模板的部件 {name} 里有填空标记，这里不能填空"), name)
        for name, part in package.parts
        if name not in rendered and name.endswith(".xml") and re.search(rb"\{\{|\{%", part)
    ]
