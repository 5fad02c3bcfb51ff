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
    """A word or pattern (``*`` = up to a few characters) with why it is looked for and from where.

    ``area``: the field of 通知四 it points to; ``instead``: what to write in its place;
    ``exceptions``: longer words or patterns inside which it means nothing (等级 for 等).
    """

    text: str
    why: str
    source: str = ""
    area: str = ""
    instead: str = ""
    exceptions: tuple[str, ...] = ()


class IssuerWords(NamedTuple):
    """Printed words that say who issues a proof (人社部门加盖公章的), with where they stand."""

    text: str
    issuer: str
    source: str


class LogicWords(NamedTuple):
    """What printed words must hold to say whether all proofs of a row are asked or any one.

    ``stated`` say so for a whole list (任选其一), ``joins`` stand between two proofs (或), ``asks`` tell
    that a numbered part names its own circumstance (…的，提供…), ``nouns`` end the name of a proof.
    """

    stated: tuple[str, ...] = ()
    joins: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    nouns: tuple[str, ...] = ()


class Certificate(NamedTuple):
    """One certificate under all the names offices give it; ``name`` is the one proposed for all rows.

    ``issuer``: an office's code, its name or a part of its name that no other kind of office has.
    ``verified`` False = the issuer is known from general knowledge only: advice, never an error.
    """

    name: str
    spellings: tuple[str, ...]
    issuer: str = ""
    source: str = ""
    verified: bool = False


class LawChange(NamedTuple):
    """Law that bears on an item or proof from ``since`` on: the words it is recognised by, the citations."""

    id: str
    words: tuple[str, ...]
    since: date
    message: str
    way_out: str
    source: str
    verified: bool = False
    citations: tuple[Basis, ...] = ()


class Waiver(NamedTuple):
    """An exception from rules for some items or proofs (``items`` names either), with reason and citation.

    ``words``: the wordings it covers, all where empty. Shipped ones are proposals: ``accepted`` only when
    the county has written so, with who and when.
    """

    id: str
    rules: tuple[str, ...]
    items: tuple[str, ...]
    words: tuple[str, ...]
    reason: str
    citation: Basis | None = None
    accepted: bool = False
    by: str = ""
    day: date | None = None


class Book(NamedTuple):
    """All that the lint's rules read beside the catalog.

    ``grounds``: law behind a rule, by rule id;
    ``applicants``: what an issuer begins with that is the applicant.
    """

    vague: tuple[Wording, ...] = ()
    not_proofs: tuple[Wording, ...] = ()
    events: tuple[Wording, ...] = ()
    areas: tuple[Wording, ...] = ()
    copies: tuple[Wording, ...] = ()
    not_law: tuple[Wording, ...] = ()
    method_synonyms: tuple[Wording, ...] = ()
    issuers: tuple[IssuerWords, ...] = ()
    applicants: tuple[str, ...] = ()
    logic: LogicWords = LogicWords()
    grounds: tuple[tuple[str, Basis], ...] = ()
    certificates: tuple[Certificate, ...] = ()
    changes: tuple[LawChange, ...] = ()
    regimes: tuple[LawChange, ...] = ()
    waivers: tuple[Waiver, ...] = ()
