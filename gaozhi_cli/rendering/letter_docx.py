"""The 告知承诺书 as a document: which blanks its template may use, and what proves the letter."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from gaozhi_cli.domain.form import BASIS_FIELDS, BLANK, FIELDS, PRESCRIBED, PROOF_FIELDS, REQUIRED, Value
from gaozhi_cli.rendering import qr
from gaozhi_cli.rendering.compiled import SINGLE, Codec
from gaozhi_cli.rendering.docx_template import Template, fill, read_back
from gaozhi_cli.rendering.store import Store
from gaozhi_cli.rendering.template_check import Form
from gaozhi_cli.rendering.template_opening import open_template

TEMPLATE = "commitment_letter.docx"
PICTURE = "二维码"
FORM = Form(
    fields=(*FIELDS, *PROOF_FIELDS),
    rows={"设定依据": BASIS_FIELDS, "证明内容": ()},
    required=REQUIRED | frozenset(PROOF_FIELDS),
    wording=PRESCRIBED,
    picture=PICTURE,
)


class Proof(NamedTuple):
    """What a letter proves itself by: number, keyed digest of its values, the journal's head before."""

    number: str
    fields: str
    anchor: str

    @property
    def payload(self) -> str:
        """What its QR says."""
        return qr.payload(*self)


@lru_cache(maxsize=4)
def open_letter_template(data: bytes, store: Store | None = None) -> Template:
    """The letter's template, checked once for the same bytes. Raises DocumentFailed."""
    return open_template(data, FORM, store)


def letter_document(
    form: Template,
    values: Mapping[str, Value],
    proof: Proof | None,
    *,
    codec: Codec = SINGLE,
    drawn: bytes | None = None,
    checked: bool = True,
) -> bytes:
    """The letter. ``proof`` None: one without a number (trial, 格式文本), with a white picture.

    ``drawn``: its QR where it has been drawn already; ``checked``: read back and compared with what was
    meant (in a batch only a sample is). Raises DocumentFailed.
    """
    ready = with_code(values, proof)
    image = drawn if drawn is not None else qr.picture(proof.payload) if proof else qr.blank()
    document = fill(form, ready, image, codec)
    if checked:
        read_back(document, form, ready)
    return document


def with_code(values: Mapping[str, Value], proof: Proof | None) -> dict[str, Any]:
    """The values with 校验码; an underline where there is nothing to prove."""
    return {**values, "校验码": qr.check_code(proof.fields, proof.anchor) if proof else BLANK}
