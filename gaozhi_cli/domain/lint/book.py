"""What the lint knows, as values read from the catalog's YAML: words, certificates, changes of law, waivers.

Everything carries its source; what is 一般常识 (general knowledge) is marked and never makes an error.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.catalog import Basis
from gaozhi_cli.domain.vocabulary import Severity


class Finding(NamedTuple):
    """One thing the lint has to say of an item: which rule, the words it stands in, and the way out.

    ``no`` is the printed row, ``proof`` the id of the proof or empty, ``waiver`` the id of the waiver
    that covers it (``waived`` only where the county has accepted that waiver).
    """

    rule: str
    severity: Severity
    item: str
    no: str
    office: str
    words: str
    message: str
    clause: str
    way_out: str
    proof: str = ""
    waived: bool = False
    waiver: str = ""


class Wording(NamedTuple):
    """A word or pattern (``*`` = up to a few characters) with why it is looked for and from where."""

    text: str
    why: str
    source: str = ""
    area: str = ""


class Certificate(NamedTuple):
    """One certificate under all the names offices give it; ``issuer`` an office code or a name.

    ``verified`` False = the issuer is known from general knowledge only: advice, never an error.
    """

    name: str
    spellings: tuple[str, ...]
    issuer: str = ""
    source: str = ""
    verified: bool = False


class LawChange(NamedTuple):
    """Law that overtook an item or proof from ``since`` on: the words it is recognised by, the citation."""

    id: str
    words: tuple[str, ...]
    since: date
    message: str
    way_out: str
    source: str
    verified: bool = True


class Waiver(NamedTuple):
    """An exception from a rule for some items or proofs, with reason and citation.

    Shipped ones are proposals: ``accepted`` only when the county has written so, with who and when.
    """

    id: str
    rules: tuple[str, ...]
    items: tuple[str, ...]
    words: str
    reason: str
    citation: Basis | None = None
    accepted: bool = False
    by: str = ""
    day: date | None = None


class Book(NamedTuple):
    """All that the lint's rules read beside the catalog."""

    vague: tuple[Wording, ...] = ()
    not_proofs: tuple[Wording, ...] = ()
    events: tuple[Wording, ...] = ()
    areas: tuple[Wording, ...] = ()
    method_synonyms: tuple[Wording, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    changes: tuple[LawChange, ...] = ()
    waivers: tuple[Waiver, ...] = ()
