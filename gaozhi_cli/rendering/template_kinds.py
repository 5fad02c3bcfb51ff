"""The kinds of documents that are filled into a template, and what each asks of its template."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from gaozhi_cli.domain.document_kinds import Kind as Document
from gaozhi_cli.rendering.template_check import Form


class Kind(NamedTuple):
    """A kind: its code, what people call it, its file in ``templates/``, what its template must hold."""

    code: str
    label: str
    file: str
    form: Form


def template_kinds(documents: Iterable[Document] = ()) -> tuple[Kind, ...]:
    """The letter, the guide, the work sheet, and the documents that are described as data."""
    from gaozhi_cli.rendering import guide, letter_docx, work_sheet
    from gaozhi_cli.rendering.document_docx import document_form

    return (
        Kind("letter", "告知承诺书", letter_docx.TEMPLATE, letter_docx.FORM),
        Kind("guide", "办事指南", guide.TEMPLATE, guide.FORM),
        Kind("work-sheet", "现场核查记录表", work_sheet.TEMPLATE, work_sheet.FORM),
        *(Kind(one.id, one.title, one.template, document_form(one)) for one in documents),
    )


def kind_named(text: str, kinds: Iterable[Kind]) -> Kind | None:
    """The kind meant by its code, its Chinese name or its file's name; None where there is none."""
    return next((k for k in kinds if text.strip() in (k.code, k.label, k.file)), None)
