"""The kinds of documents that are filled into a template, and what each asks of its template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from gaozhi_cli.rendering.template_check import Form


class Kind(NamedTuple):
    """A kind: its code, what people call it, its file in ``templates/``, what its template must hold."""

    code: str
    label: str
    file: str
    form: Callable[[], Form]


def letter_form() -> Form:
    """What the template of the 告知承诺书 must hold (附件2, 规程二)."""
    from gaozhi_cli.domain.letter import FIELDS, PRESCRIBED, REQUIRED
    from gaozhi_cli.rendering.letter_docx import ROWS

    return Form(FIELDS, ROWS, REQUIRED, PRESCRIBED)


def guide_form() -> Form:
    """What the template of the 办事指南 must hold (通知五（一）)."""
    from gaozhi_cli.domain.guide import FIELDS, REQUIRED
    from gaozhi_cli.rendering.guide import ROWS

    return Form(FIELDS, ROWS, REQUIRED)


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.code: kind
        for kind in (
            Kind("letter", "告知承诺书", "commitment_letter.docx", letter_form),
            Kind("guide", "办事指南", "guide.docx", guide_form),
        )
    }
)


def kind_named(text: str) -> Kind | None:
    """The kind meant by its code, its Chinese name or its file's name; None where there is none."""
    return next((k for k in KINDS.values() if text.strip() in (k.code, k.label, k.file)), None)
