"""Rows as the ledger hands them out and takes them in, and the filters of its listings."""

from __future__ import annotations

from typing import NamedTuple

from gaozhi_cli.domain.commitment import Commitment, Number


class Due(NamedTuple):
    """An open check as listed by what is due."""

    id: str
    number: str
    office: str
    item: str
    matter: str
    proof: str
    proof_name: str
    method: str
    due_on: str | None
    provisional: int
    assignee: str | None
    due_source: str | None = None
    stage: str | None = None
    paused_on: str | None = None


class Listed(NamedTuple):
    """A commitment with its subject's shown (masked) name."""

    case: Commitment
    subject_name: str


class ProofRow(NamedTuple):
    """A proof that a commitment replaces, as it read when the letter was drawn up."""

    number: str
    proof: str
    place: int
    name: str
    method: str
    circumstance: str | None


class LetterRow(NamedTuple):
    """The letter's file: where it is, what it should hold, whether it has been made."""

    number: str
    state: str
    docx: str
    docx_sha256: str | None
    fields: str
    template_sha256: str | None
    pdf: str | None
    pdf_sha256: str | None
    anchor: str | None = None
    told_at: str | None = None
    told_by: str | None = None
    told_way: str | None = None
    told_sm3: str | None = None


class PrintRow(NamedTuple):
    """A print job of a letter (ISO moments): submitted is not printed. ``job``: the queue's id, if any."""

    id: str
    number: str
    printer: str | None
    copies: int
    job: str | None
    state: str
    submitted_at: str
    printed_at: str | None
    pdf_sha256: str


class EvidenceFile(NamedTuple):
    """A file shown as evidence for a check, an answer or an outcome: its digest and size, never itself."""

    id: str
    owner: str
    sha256: str
    bytes: int
    kind: str
    added_on: str


class Query(NamedTuple):
    """Filters of ``commitments``; None or empty = no filter. ``items`` and ``text`` are alternatives.

    ``text``: a part of the number, upper case. ``after``: only cases behind this number in the listing.
    """

    office: str | None = None
    status: str | None = None
    since: str | None = None
    until: str | None = None
    items: tuple[str, ...] = ()
    subjects: tuple[str, ...] | None = None
    text: str | None = None
    limit: int | None = None
    after: Number | None = None
