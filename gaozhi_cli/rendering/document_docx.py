"""A document of a kind as a docx: its template checked against the blanks that the kind declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gaozhi_cli.domain.document_kinds import Kind
from gaozhi_cli.rendering.docx_template import Template, render
from gaozhi_cli.rendering.store import Store
from gaozhi_cli.rendering.template_check import Form
from gaozhi_cli.rendering.template_opening import open_template


def open_document_template(kind: Kind, data: bytes, store: Store | None = None) -> Template:
    """The template of a kind: every declared blank stands in it, no other does, the wording is kept.

    Raises DocumentFailed.
    """
    return open_template(data, document_form(kind), store)


def document_form(kind: Kind) -> Form:
    """What a template of the kind must and may hold."""
    return Form(kind.blanks, kind.rows, frozenset(kind.blanks), kind.wording)


def document_bytes(
    kind: Kind, values: Mapping[str, Any], data: bytes, watermark: str = ""
) -> tuple[bytes, str]:
    """A filled document, read back, and the sha256 of its template ``data``; ``watermark``: on each page.

    Raises DocumentFailed.
    """
    template = open_document_template(kind, data)
    document = render(template, values)
    if watermark:
        from gaozhi_cli.rendering.watermark import watermarked

        document = watermarked(document, watermark)
    return document, template.sha256
