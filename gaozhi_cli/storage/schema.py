"""The ledger's tables: their columns and keys, one description for both engines and for the digests.

``DIGESTED`` names every table whose rows the journal's digests cover: all but ``row_keys`` (re-wrapped
when the ledger's key is rotated, destroyed by a purge) and the journal itself (chained instead).
Portable: TEXT dates, INTEGER flags, no empty strings, NULL for what is not known.
"""

from __future__ import annotations

from typing import NamedTuple

VERSION = 5
APPLICATION_ID = 0x677A6869  # "gzhi"

TEXT, INTEGER, BLOB = "TEXT", "INTEGER", "BLOB"


class Table(NamedTuple):
    """A table: its columns with their types (``?`` = may be NULL), its primary key, its columns' names."""

    name: str
    columns: tuple[tuple[str, str], ...]
    key: tuple[str, ...]
    names: tuple[str, ...]


def _table(name: str, key: str, /, **columns: str) -> Table:
    return Table(name, tuple(columns.items()), tuple(key.split()), tuple(columns))


META = _table("meta", "key", key=TEXT, value=TEXT)
COUNTERS = _table("counters", "office year", office=TEXT, year=INTEGER, n=INTEGER)
SUBJECTS = _table(
    "subjects", "id",
    id=TEXT, kind=TEXT, id_type=TEXT, match_digest=BLOB, name_shown=TEXT, number_shown=TEXT,
    first_seen_on=TEXT,
)  # fmt: skip
COMMITMENTS = _table(
    "commitments", "number",
    number=TEXT, office=TEXT, year=INTEGER, n=INTEGER, official_number=TEXT, item=TEXT, matter=TEXT,
    catalog_version=TEXT, catalog_digest=TEXT, track=TEXT, status=TEXT, subject=TEXT,
    drawn_up_on=TEXT, signed_on="TEXT?", accepted_on="TEXT?", concluded_on="TEXT?",
    consent="INTEGER?", warnings="TEXT?",
    series="TEXT?", choice="TEXT?", guided_on="TEXT?", checked_on="TEXT?", scan_sha256="TEXT?",
    supplement_on="TEXT?", supplement_until="TEXT?", supplied_on="TEXT?",
    refused_on="TEXT?", refusal="TEXT?", withdrawn_on="TEXT?", served_on="TEXT?", served_way="TEXT?",
)  # fmt: skip
PROOFS = _table(
    "commitment_proofs", "number proof",
    number=TEXT, proof=TEXT, place=INTEGER, name=TEXT, method=TEXT, circumstance="TEXT?",
)  # fmt: skip
LETTERS = _table(
    "letters", "number",
    number=TEXT, state=TEXT, docx=TEXT, docx_sha256="TEXT?", fields=TEXT, template_sha256="TEXT?",
    pdf="TEXT?", pdf_sha256="TEXT?",
    anchor="TEXT?", told_at="TEXT?", told_by="TEXT?", told_way="TEXT?",
    told_sm3="TEXT?",
)  # fmt: skip
PRINTS = _table(
    "prints", "id",
    id=TEXT, number=TEXT, printer="TEXT?", copies=INTEGER, job="TEXT?", state=TEXT, submitted_at=TEXT,
    printed_at="TEXT?", pdf_sha256=TEXT,
)  # fmt: skip
PERSONAL = _table(
    "personal", "id",
    id=TEXT, owner=TEXT, role=TEXT, id_type="TEXT?", name_match="BLOB?", name_shown="TEXT?",
    name="BLOB?", number="BLOB?", phone="BLOB?", contact="BLOB?", address="BLOB?",
    site_address="BLOB?", text="BLOB?", purged_on="TEXT?",
)  # fmt: skip
VERIFICATIONS = _table(
    "verifications", "id",
    id=TEXT, number=TEXT, office=TEXT, item=TEXT, matter=TEXT, proof=TEXT, proof_name=TEXT, method=TEXT,
    state=TEXT,
    planned_on=TEXT, due_on="TEXT?", provisional=INTEGER, due_source="TEXT?", assignee="TEXT?",
    finding="TEXT?", closed_on="TEXT?", evidence="TEXT?",
    origin="TEXT?", follows="TEXT?", stage="TEXT?", counted_from="TEXT?", period="INTEGER?",
    weighed="TEXT?", not_before="TEXT?", paused_on="TEXT?", clock="TEXT?", sheet="TEXT?",
    received_on="TEXT?", inspectors="TEXT?",
)  # fmt: skip
CREDIT = _table(
    "credit_records", "id",
    id=TEXT, subject=TEXT, kind=TEXT, decided_on=TEXT, source=TEXT, number="TEXT?", until_on="TEXT?",
    recorded_on=TEXT, repaired_on="TEXT?", repair_source="TEXT?",
)  # fmt: skip
DISPATCHES = _table(
    "dispatches", "id",
    id=TEXT, office=TEXT, year=INTEGER, n=INTEGER, assignee=TEXT, made_on=TEXT, until_on="TEXT?",
    visits=INTEGER, checks=TEXT, received_on="TEXT?", received_by="TEXT?",
)  # fmt: skip
EVIDENCE = _table(
    "evidence_files", "id",
    id=TEXT, owner=TEXT, sha256=TEXT, bytes=INTEGER, kind=TEXT, added_on=TEXT,
)  # fmt: skip
ASSISTANCES = _table(
    "assistances", "id",
    id=TEXT, office=TEXT, year=INTEGER, n=INTEGER, verification=TEXT, number=TEXT, agency=TEXT,
    asked_on=TEXT, due_on="TEXT?", provisional=INTEGER, due_source="TEXT?", period="INTEGER?",
    clock="TEXT?", paused_on="TEXT?", state=TEXT, reminded_on="TEXT?", reminders=INTEGER,
    answered_on="TEXT?", result="TEXT?", answer="TEXT?", document_sha256="TEXT?", answer_sha256="TEXT?",
)  # fmt: skip
OUTCOMES = _table(
    "outcomes", "id",
    id=TEXT, number=TEXT, verification=TEXT, office=TEXT, measure=TEXT, finding=TEXT, state=TEXT,
    noticed_on="TEXT?", served_on="TEXT?", hearing_right="INTEGER?", statement_until="TEXT?",
    provisional=INTEGER, due_source="TEXT?", statement="TEXT?", statement_on="TEXT?", hearing="TEXT?",
    heard_on="TEXT?", decided_on="TEXT?", document="TEXT?", facts="TEXT?", due_on="TEXT?",
    period="INTEGER?", clock="TEXT?", paused_on="TEXT?", recheck="TEXT?", credit="TEXT?",
    closed_on="TEXT?", result="TEXT?",
)  # fmt: skip
EXTRACTS = _table(
    "extracts", "id",
    id=TEXT, source=TEXT, sha256=TEXT, rows=INTEGER, as_of="TEXT?", first_seen_on=TEXT,
)  # fmt: skip
COMPARISONS = _table(
    "comparisons", "id",
    id=TEXT, verification=TEXT, number=TEXT, office=TEXT, source=TEXT, adapter=TEXT, outcome=TEXT,
    fields="TEXT?", receipt="TEXT?", extract="TEXT?", as_of="TEXT?", compared_on=TEXT, tries=INTEGER,
    closed="INTEGER?",
)  # fmt: skip
DRAWS = _table(
    "draws", "id",
    id=TEXT, year=INTEGER, n=INTEGER, office="TEXT?", state=TEXT, planned_on=TEXT,
    pool_since="TEXT?", pool_until=TEXT, pool_rows=INTEGER, pool_sha256=TEXT,
    plan_sha256=TEXT, inspectors_sha256=TEXT, strata=TEXT, team=INTEGER, seed_source=TEXT,
    seed_from=TEXT, published_on="TEXT?", published_at="TEXT?",
    seed="TEXT?", drawn_on="TEXT?", picks="INTEGER?", result_sha256="TEXT?", result_published_on="TEXT?",
)  # fmt: skip
PICKS = _table(
    "draw_picks", "draw number",
    draw=TEXT, number=TEXT, stratum=TEXT, place=INTEGER, inspectors=TEXT,
)  # fmt: skip
ROW_KEYS = _table("row_keys", "id", id=TEXT, key_id=TEXT, wrapped=BLOB)
JOURNAL = _table(
    "journal", "seq",
    seq=INTEGER, at=TEXT, act=TEXT, object=TEXT, dated_on=TEXT, operator=TEXT, login=TEXT, machine=TEXT,
    reason="TEXT?", detail="TEXT?", request_id="TEXT?", request_digest="BLOB?", writes=TEXT,
    prev=BLOB, hash=BLOB,
)  # fmt: skip

DIGESTED = (
    META, COUNTERS, SUBJECTS, COMMITMENTS, PROOFS, LETTERS, PERSONAL, VERIFICATIONS, PRINTS, CREDIT,
    DISPATCHES, EVIDENCE, ASSISTANCES, OUTCOMES, EXTRACTS, COMPARISONS, DRAWS, PICKS,
)  # fmt: skip
UNDIGESTED = (ROW_KEYS, JOURNAL)
TABLES = {table.name: table for table in (*DIGESTED, *UNDIGESTED)}

# Columns of ``personal`` that are sealed with the row's key.
SEALED = ("name", "number", "phone", "contact", "address", "site_address", "text")
