"""Opens a Word template: with suspicion, checked as a whole, compiled once, compared once with docxtpl.

The template is data that an office edits. Its tags may be names, dotted names and, in a paragraph of
their own, ``{%p for 行 in 列 %}`` … ``{%p endfor %}``; nothing else. docxtpl's own patching joins tags
that Word split over runs. What was compiled is kept as plain data for the next run.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from gaozhi_cli.domain.problem import DocumentFailed, Problem
from gaozhi_cli.rendering import compiled
from gaozhi_cli.rendering.compiled import Segments
from gaozhi_cli.rendering.docx_package import TEMPLATE, Package, open_package
from gaozhi_cli.rendering.docx_template import Template, fill, paragraphs
from gaozhi_cli.rendering.store import Store
from gaozhi_cli.rendering.template_check import Form, absent, faults, lacking

WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
BLIP = "{http://schemas.openxmlformats.org/drawingml/2006/main}blip"


def open_template(data: bytes, form: Form, store: Store | None = None) -> Template:
    """Check and compile a template, or take what an earlier run compiled of these very bytes.

    Raises DocumentFailed with a Problem for each fault, naming the tag and its paragraph.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    package = open_package(data, TEMPLATE)
    kept = _kept(store, sha256, form, package)
    if kept is not None:
        return kept
    texts = {name: tuple(paragraphs(package.part(name), "模板")) for name in package.rendered_parts()}
    sources = {name: _source(package.part(name)) for name in texts}
    problems = check(package, texts, sources, form)
    if problems:
        shown = "；".join(problem.message for problem in problems[:5])
        raise DocumentFailed(f"模板不能用：{shown}", tuple(problems))
    programs = {}
    for name, source in sources.items():
        segments = compiled.compiled(compiled.slimmed(source))
        if any(segment[0] != "text" for segment in segments):
            programs[name] = segments
    texts = {name: texts[name] for name in programs}
    picture = picture_part(package, form.picture) if form.picture else ""
    template = _ready(package, sha256, programs, texts, picture)
    _like_docxtpl(template, data, form)
    _keep(store, template, form)
    return template


def check(
    package: Package, texts: Mapping[str, Sequence[str]], sources: Mapping[str, str], form: Form
) -> list[Problem]:
    """Everything that is wrong with a template, in the order of its parts."""
    problems = []
    for name, part in package.parts:
        if name not in sources and name.endswith(".xml") and re.search(rb"\{\{|\{%", part):
            problems.append(Problem("template", f"模板的部件 {name} 里有填空标记，这里不能填空"))
    used: set[str] = set()
    for name, source in sources.items():
        problems += faults(source, texts[name], form.fields, form.rows, used)
    if not problems:
        problems += lacking(texts, form.wording)
    if not any(problem.code == "template-syntax" for problem in problems):
        problems += absent(form.required, used)
    if form.picture and not picture_part(package, form.picture):
        message = f"模板缺少替换文字为“{form.picture}”的图片，请从随附模板复制过来"
        problems.append(Problem("template-picture", message))
    return problems


def picture_part(package: Package, called: str) -> str:
    """The part of the picture in the body whose 替换文字 (or title, or name) is ``called``; empty if none."""
    with suppress(KeyError, ET.ParseError):
        body = ET.fromstring(package.part("word/document.xml"))
        relations = ET.fromstring(package.part("word/_rels/document.xml.rels"))
        targets = {node.get("Id"): node.get("Target", "") for node in relations}
        for drawing in (*body.iter(f"{WP}inline"), *body.iter(f"{WP}anchor")):
            label = drawing.find(f"{WP}docPr")
            blip = next(drawing.iter(BLIP), None)
            if label is None or blip is None or called not in label.attrib.values():
                continue
            target = targets.get(blip.get(f"{R}embed"), "")
            name = target.removeprefix("/") if target.startswith("/") else f"word/{target}"
            if name in (part for part, _ in package.parts) and name.endswith(".png"):
                return name
    return ""


def _source(part: bytes) -> str:
    """The Jinja source of a part, by docxtpl's own patching."""
    from docxtpl import DocxTemplate

    patched = DocxTemplate.patch_xml(DocxTemplate, part.decode("utf-8-sig"))
    return str(patched)


def _ready(
    package: Package,
    sha256: str,
    programs: Mapping[str, Segments],
    texts: Mapping[str, tuple[str, ...]],
    picture: str,
) -> Template:
    changing = frozenset({*programs, picture})
    encoded = {name: compiled.encoded(program) for name, program in programs.items()}
    shell = compiled.shell(package.office_order(), changing)
    return Template(package, encoded, shell, sha256, texts, picture)


def _like_docxtpl(template: Template, data: bytes, form: Form) -> None:
    """Once a template: its compiled form fills a trial as docxtpl does, paragraph by paragraph."""
    from docxtpl import DocxTemplate
    from jinja2 import StrictUndefined
    from jinja2.exceptions import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    trial: dict[str, Any] = {name: f"试填{n}甲&乙<丙>" for n, name in enumerate(form.fields)}
    for name, keys in form.rows.items():
        rows = [{key: f"{key}{n}<&>" for key in keys} if keys else f"行{n}<&>" for n in (1, 2)]
        trial[name] = rows
    ours = fill(template, trial, b"")
    try:
        oracle = DocxTemplate(io.BytesIO(data))
        environment = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
        oracle.render(trial, environment, autoescape=True)
        buffer = io.BytesIO()
        oracle.save(buffer)
    except (TemplateError, ValueError, KeyError, TypeError, AttributeError):
        raise DocumentFailed("模板填不成，请用 gaozhi letter check-template 检查，或从随附模板改起") from None
    written, compared = open_package(ours, "试填的文书"), open_package(buffer.getvalue(), "试填的文书")
    for name in template.texts:
        if list(paragraphs(written.part(name), "试填的文书")) != list(
            paragraphs(compared.part(name), "试填的文书")
        ):
            raise DocumentFailed("模板试填的结果前后不一致，没有使用；请从随附模板改起")


def _kept(store: Store | None, sha256: str, form: Form, package: Package) -> Template | None:
    """What an earlier run compiled of this very template for this very form, if it is whole.

    What the paragraphs should read comes from the template itself: a program that somebody has altered
    fills a document that ``read_back`` refuses.
    """
    data = store.get(_name(sha256)) if store is not None else None
    if data is None:
        return None
    seal, _, content = data.partition(b"\n")
    if hashlib.sha256(content).hexdigest().encode() != seal:
        return None
    try:
        body = json.loads(content)
        if (body["sha256"], body["form"]) != (sha256, form.digest()):
            return None
        programs = {name: _tuples(program) for name, program in body["programs"].items()}
        texts = {name: tuple(paragraphs(package.part(name), "模板")) for name in programs}
        picture = str(body["picture"])
        if lacking(texts, form.wording) or (picture and not package.part(picture)):
            return None
        return _ready(package, sha256, programs, texts, picture)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _name(sha256: str) -> str:
    return f"template-{sha256[:32]}.json"


def _tuples(program: list[Any]) -> Segments:
    return tuple((*part[:2], _tuples(part[2])) if part[0] == "loop" else tuple(part) for part in program)


def _keep(store: Store | None, template: Template, form: Form) -> None:
    if store is None:
        return
    body = {
        "sha256": template.sha256,
        "form": form.digest(),
        "programs": {name: _listed(program) for name, program in template.programs.items()},
        "picture": template.picture,
    }
    content = json.dumps(body, ensure_ascii=False).encode()
    seal = hashlib.sha256(content).hexdigest().encode()
    store.put(_name(template.sha256), seal + b"\n" + content)


def _listed(program: Segments) -> list[Any]:
    return [
        ["text", part[1].decode()] if part[0] == "text"
        else [*part[:2], _listed(part[2])] if part[0] == "loop"
        else list(part)
        for part in program
    ]  # fmt: skip
