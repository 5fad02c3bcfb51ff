"""A document of a kind as a docx: its template checked against the blanks that the kind declares."""

from __future__ import annotations

from gaozhi_cli.domain.document_kinds import Kind
from gaozhi_cli.rendering.docx_template import Template, open_template


def open_document_template(kind: Kind, data: bytes) -> Template:
    """The template of a kind: every declared blank stands in it, no other does, the wording is kept.

    Raises DocumentFailed.
    """
    return open_template(data, kind.blanks, kind.rows, frozenset(kind.blanks), kind.wording)
