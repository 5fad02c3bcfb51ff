"""The 告知承诺书 as a document: which fields its template may use, and the canonical text of its values."""

from __future__ import annotations

import json
from functools import lru_cache

from gaozhi_cli.domain.letter import BASIS_FIELDS, FIELDS, PRESCRIBED, REQUIRED, Values
from gaozhi_cli.rendering.docx_template import Template, open_template

TEMPLATE = "commitment_letter.docx"
ROWS = {"设定依据": BASIS_FIELDS, "证明内容": ()}


@lru_cache(maxsize=2)
def open_letter_template(data: bytes) -> Template:
    """The letter's template, checked once for the same bytes. Raises DocumentFailed."""
    return open_template(data, FIELDS, ROWS, REQUIRED, PRESCRIBED)


def canonical_values(values: Values) -> str:
    """The values as canonical JSON: keys sorted, no blanks; what the ledger keeps and digests."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
