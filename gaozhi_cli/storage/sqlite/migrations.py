"""Numbered, append-only migrations of the SQLite ledger (sqlite-utils ``Migrations``).

Statements are frozen once shipped: a later change is a later migration, ALTER TABLE ADD COLUMN only,
always NULL by default, since NULL columns are left out of row digests (docs/journal.md). A test holds
that the tables made here are those of ``schema``.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from gaozhi_cli.storage.schema import APPLICATION_ID, VERSION

FIRST_TABLES = (
    "CREATE TABLE meta (key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (key)) STRICT",
    "CREATE TABLE counters (office TEXT NOT NULL, year INTEGER NOT NULL, n INTEGER NOT NULL, "
    "PRIMARY KEY (office, year)) STRICT",
    "CREATE TABLE subjects (id TEXT NOT NULL, kind TEXT NOT NULL, id_type TEXT NOT NULL, "
    "match_digest BLOB NOT NULL, name_shown TEXT NOT NULL, number_shown TEXT NOT NULL, "
    "first_seen_on TEXT NOT NULL, PRIMARY KEY (id)) STRICT",
    "CREATE TABLE commitments (number TEXT NOT NULL, office TEXT NOT NULL, "
    "year INTEGER NOT NULL, n INTEGER NOT NULL, official_number TEXT NOT NULL, "
    "item TEXT NOT NULL, matter TEXT NOT NULL, catalog_version TEXT NOT NULL, catalog_digest TEXT NOT NULL, "
    "track TEXT NOT NULL, status TEXT NOT NULL, subject TEXT NOT NULL, "
    "drawn_up_on TEXT NOT NULL, signed_on TEXT, accepted_on TEXT, concluded_on TEXT, "
    "consent INTEGER, warnings TEXT, PRIMARY KEY (number), FOREIGN KEY ("
    "subject) REFERENCES subjects (id)) STRICT",
    "CREATE TABLE commitment_proofs (number TEXT NOT NULL, proof TEXT NOT NULL, "
    "place INTEGER NOT NULL, name TEXT NOT NULL, method TEXT NOT NULL, circumstance TEXT, "
    "PRIMARY KEY (number, proof), FOREIGN KEY (number) REFERENCES commitments ("
    "number)) STRICT",
    "CREATE TABLE letters (number TEXT NOT NULL, state TEXT NOT NULL, docx TEXT NOT NULL, "
    "docx_sha256 TEXT, fields TEXT NOT NULL, template_sha256 TEXT, pdf TEXT, "
    "pdf_sha256 TEXT, PRIMARY KEY (number), FOREIGN KEY (number) REFERENCES commitments ("
    "number)) STRICT",
    "CREATE TABLE personal (id TEXT NOT NULL, owner TEXT NOT NULL, role TEXT NOT NULL, "
    "id_type TEXT, name_match BLOB, name_shown TEXT, name BLOB, number BLOB, phone BLOB, "
    "contact BLOB, address BLOB, site_address BLOB, text BLOB, PRIMARY KEY (id)) STRICT",
    "CREATE TABLE verifications (id TEXT NOT NULL, number TEXT NOT NULL, "
    "office TEXT NOT NULL, item TEXT NOT NULL, matter TEXT NOT NULL, proof TEXT NOT NULL, "
    "proof_name TEXT NOT NULL, method TEXT NOT NULL, state TEXT NOT NULL, "
    "planned_on TEXT NOT NULL, due_on TEXT, provisional INTEGER NOT NULL, due_source TEXT, "
    "assignee TEXT, finding TEXT, closed_on TEXT, evidence TEXT, PRIMARY KEY (id), "
    "FOREIGN KEY (number) REFERENCES commitments (number)) STRICT",
    "CREATE TABLE row_keys (id TEXT NOT NULL, key_id TEXT NOT NULL, wrapped BLOB NOT NULL, "
    "PRIMARY KEY (id), FOREIGN KEY (id) REFERENCES personal (id)) STRICT",
    "CREATE TABLE journal (seq INTEGER NOT NULL, at TEXT NOT NULL, act TEXT NOT NULL, "
    "object TEXT NOT NULL, dated_on TEXT NOT NULL, operator TEXT NOT NULL, "
    "login TEXT NOT NULL, machine TEXT NOT NULL, reason TEXT, detail TEXT, request_id TEXT, "
    "request_digest BLOB, writes TEXT NOT NULL, prev BLOB NOT NULL, hash BLOB NOT NULL, "
    "PRIMARY KEY (seq)) STRICT",
)

# What is due is partial and covering, so the list costs the same at ten million rows.
FIRST_INDEXES = (
    "CREATE UNIQUE INDEX subjects_match ON subjects (match_digest)",
    "CREATE UNIQUE INDEX commitments_n ON commitments (office, year, n)",
    "CREATE INDEX commitments_subject ON commitments (subject)",
    "CREATE INDEX personal_owner ON personal (owner, role)",
    "CREATE INDEX personal_name ON personal (name_match) WHERE name_match IS NOT NULL",
    "CREATE INDEX letters_pending ON letters (number) WHERE docx_sha256 IS NULL",
    "CREATE INDEX verifications_number ON verifications (number)",
    "CREATE INDEX verifications_due ON verifications (due_on, id, office, number, item, matter, "
    "proof, proof_name, method, provisional, assignee, finding) WHERE finding IS NULL",
    "CREATE INDEX verifications_due_office ON verifications (office, due_on, id, number, "
    "item, matter, proof, proof_name, method, provisional, assignee, finding) WHERE finding IS NULL",
    "CREATE INDEX journal_object ON journal (object, seq)",
    "CREATE UNIQUE INDEX journal_request ON journal (request_id) WHERE request_id IS NOT NULL",
)

# Issue 4: what a letter proves itself by, the moment of telling (告知), print jobs.
SECOND = (
    *(
        f"ALTER TABLE letters ADD COLUMN {name} TEXT"
        for name in ("anchor", "told_at", "told_by", "told_way", "told_sm3")
    ),
    "CREATE TABLE prints (id TEXT NOT NULL, number TEXT NOT NULL, printer TEXT, copies INTEGER NOT NULL, "
    "job TEXT, state TEXT NOT NULL, submitted_at TEXT NOT NULL, printed_at TEXT, pdf_sha256 TEXT NOT NULL, "
    "PRIMARY KEY (id), FOREIGN KEY (number) REFERENCES commitments (number)) STRICT",
    "CREATE INDEX prints_number ON prints (number)",
)

# Issue 5: the whole course of a case, both tracks; credit records; purged rows.
COURSE = (
    "series", "choice", "guided_on", "checked_on", "scan_sha256", "supplement_on", "supplement_until",
    "supplied_on", "refused_on", "refusal", "withdrawn_on", "served_on", "served_way",
)  # fmt: skip
THIRD = (
    *(f"ALTER TABLE commitments ADD COLUMN {name} TEXT" for name in COURSE),
    "ALTER TABLE personal ADD COLUMN purged_on TEXT",
    "CREATE TABLE credit_records (id TEXT NOT NULL, subject TEXT NOT NULL, kind TEXT NOT NULL, "
    "decided_on TEXT NOT NULL, source TEXT NOT NULL, number TEXT, until_on TEXT, recorded_on TEXT NOT NULL, "
    "repaired_on TEXT, repair_source TEXT, PRIMARY KEY (id), "
    "FOREIGN KEY (subject) REFERENCES subjects (id)) STRICT",
    "CREATE INDEX credit_records_subject ON credit_records (subject)",
    "DROP INDEX commitments_n",  # letters and cases of the 一般程序 are numbered in series of their own
    "CREATE UNIQUE INDEX commitments_n ON commitments (office, year, coalesce(series, ''), n)",
    # What ``commitment list`` filters by; each ends in the order of the listing or in a day.
    "CREATE INDEX commitments_status ON commitments (status, office, year, coalesce(series, ''), n)",
    "CREATE INDEX commitments_item ON commitments (item, office, year, coalesce(series, ''), n)",
    "CREATE INDEX commitments_day ON commitments (drawn_up_on)",
    "CREATE INDEX commitments_office_day ON commitments (office, status, drawn_up_on)",
)

# Issue 6: how a check is planned and handed out, assistance of other agencies, what follows a finding.
PLANNED = (
    "origin TEXT", "follows TEXT", "stage TEXT", "counted_from TEXT", "period INTEGER", "weighed TEXT",
    "not_before TEXT", "paused_on TEXT", "clock TEXT", "sheet TEXT", "received_on TEXT", "inspectors TEXT",
)  # fmt: skip
LISTED = (
    "number, item, matter, proof, proof_name, method, provisional, assignee, due_source, stage, paused_on, "
    "finding"
)
FOURTH = (
    *(f"ALTER TABLE verifications ADD COLUMN {column}" for column in PLANNED),
    "DROP INDEX verifications_due",
    "DROP INDEX verifications_due_office",
    f"CREATE INDEX verifications_due ON verifications (due_on, id, office, {LISTED}) WHERE finding IS NULL",
    "CREATE INDEX verifications_due_office ON verifications "
    f"(office, due_on, id, {LISTED}) WHERE finding IS NULL",
    "CREATE INDEX verifications_due_assignee ON verifications "
    f"(assignee, due_on, id, office, {LISTED.replace(' assignee,', '')}) WHERE finding IS NULL",
    "CREATE TABLE dispatches (id TEXT NOT NULL, office TEXT NOT NULL, year INTEGER NOT NULL, "
    "n INTEGER NOT NULL, assignee TEXT NOT NULL, made_on TEXT NOT NULL, until_on TEXT, "
    "visits INTEGER NOT NULL, checks TEXT NOT NULL, received_on TEXT, received_by TEXT, "
    "PRIMARY KEY (id)) STRICT",
    "CREATE UNIQUE INDEX dispatches_n ON dispatches (office, year, n)",
    "CREATE TABLE evidence_files (id TEXT NOT NULL, owner TEXT NOT NULL, sha256 TEXT NOT NULL, "
    "bytes INTEGER NOT NULL, kind TEXT NOT NULL, added_on TEXT NOT NULL, PRIMARY KEY (id)) STRICT",
    "CREATE INDEX evidence_files_owner ON evidence_files (owner)",
    "CREATE TABLE assistances (id TEXT NOT NULL, office TEXT NOT NULL, year INTEGER NOT NULL, "
    "n INTEGER NOT NULL, verification TEXT NOT NULL, number TEXT NOT NULL, agency TEXT NOT NULL, "
    "asked_on TEXT NOT NULL, due_on TEXT, provisional INTEGER NOT NULL, due_source TEXT, period INTEGER, "
    "clock TEXT, paused_on TEXT, state TEXT NOT NULL, reminded_on TEXT, reminders INTEGER NOT NULL, "
    "answered_on TEXT, result TEXT, answer TEXT, document_sha256 TEXT, answer_sha256 TEXT, "
    "PRIMARY KEY (id), FOREIGN KEY (verification) REFERENCES verifications (id)) STRICT",
    "CREATE UNIQUE INDEX assistances_n ON assistances (office, year, n)",
    "CREATE INDEX assistances_verification ON assistances (verification)",
    "CREATE INDEX assistances_number ON assistances (number)",
    "CREATE INDEX assistances_due ON assistances (due_on, id) WHERE answered_on IS NULL",
    "CREATE TABLE outcomes (id TEXT NOT NULL, number TEXT NOT NULL, verification TEXT NOT NULL, "
    "office TEXT NOT NULL, measure TEXT NOT NULL, finding TEXT NOT NULL, state TEXT NOT NULL, "
    "noticed_on TEXT, served_on TEXT, hearing_right INTEGER, statement_until TEXT, "
    "provisional INTEGER NOT NULL, due_source TEXT, statement TEXT, statement_on TEXT, hearing TEXT, "
    "heard_on TEXT, decided_on TEXT, document TEXT, facts TEXT, due_on TEXT, period INTEGER, clock TEXT, "
    "paused_on TEXT, recheck TEXT, credit TEXT, closed_on TEXT, result TEXT, "
    "PRIMARY KEY (id), FOREIGN KEY (verification) REFERENCES verifications (id)) STRICT",
    "CREATE INDEX outcomes_number ON outcomes (number)",
    "CREATE INDEX outcomes_verification ON outcomes (verification)",
    "CREATE INDEX outcomes_due ON outcomes (due_on, id) WHERE closed_on IS NULL",
    # The follow-ups of a check, and what a calendar that arrives has to be reckoned anew for.
    "CREATE INDEX verifications_follows ON verifications (follows) WHERE follows IS NOT NULL",
    "CREATE INDEX verifications_provisional ON verifications (id) WHERE provisional = 1 AND finding IS NULL",
)

FIFTH = (
    "CREATE TABLE extracts (id TEXT NOT NULL, source TEXT NOT NULL, sha256 TEXT NOT NULL, "
    "rows INTEGER NOT NULL, as_of TEXT, first_seen_on TEXT NOT NULL, PRIMARY KEY (id)) STRICT",
    "CREATE INDEX extracts_source ON extracts (source, first_seen_on)",
    "CREATE TABLE comparisons (id TEXT NOT NULL, verification TEXT NOT NULL, number TEXT NOT NULL, "
    "office TEXT NOT NULL, source TEXT NOT NULL, adapter TEXT NOT NULL, outcome TEXT NOT NULL, fields TEXT, "
    "receipt TEXT, extract TEXT, as_of TEXT, compared_on TEXT NOT NULL, tries INTEGER NOT NULL, "
    "closed INTEGER, PRIMARY KEY (id), FOREIGN KEY (verification) REFERENCES verifications (id)) STRICT",
    "CREATE INDEX comparisons_verification ON comparisons (verification)",
    "CREATE TABLE draws (id TEXT NOT NULL, year INTEGER NOT NULL, n INTEGER NOT NULL, office TEXT, "
    "state TEXT NOT NULL, planned_on TEXT NOT NULL, pool_since TEXT, pool_until TEXT NOT NULL, "
    "pool_rows INTEGER NOT NULL, pool_sha256 TEXT NOT NULL, plan_sha256 TEXT NOT NULL, "
    "inspectors_sha256 TEXT NOT NULL, strata TEXT NOT NULL, team INTEGER NOT NULL, "
    "seed_source TEXT NOT NULL, seed_from TEXT NOT NULL, published_on TEXT, published_at TEXT, seed TEXT, "
    "drawn_on TEXT, picks INTEGER, result_sha256 TEXT, result_published_on TEXT, PRIMARY KEY (id)) STRICT",
    "CREATE TABLE draw_picks (draw TEXT NOT NULL, number TEXT NOT NULL, stratum TEXT NOT NULL, "
    "place INTEGER NOT NULL, inspectors TEXT NOT NULL, PRIMARY KEY (draw, number), "
    "FOREIGN KEY (draw) REFERENCES draws (id), FOREIGN KEY (number) REFERENCES commitments (number)) STRICT",
    "CREATE INDEX draw_picks_number ON draw_picks (number)",
    # What was found false or not kept: few of all checks (storage/outcomes.py looks for those left alone).
    "CREATE INDEX verifications_adverse ON verifications (closed_on, id) "
    "WHERE finding IN ('false', 'unfulfilled')",
)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring a ledger to the newest schema inside the caller's transaction."""
    from sqlite_utils import Database, Migrations

    migrations = Migrations("gaozhi")

    @migrations()
    def m001_first(db: Any) -> None:
        for statement in (*FIRST_TABLES, *FIRST_INDEXES):
            db.execute(statement)

    @migrations()
    def m002_letters(db: Any) -> None:
        for statement in SECOND:
            db.execute(statement)

    @migrations()
    def m003_course(db: Any) -> None:
        for statement in THIRD:
            db.execute(statement)

    @migrations()
    def m004_checks(db: Any) -> None:
        for statement in FOURTH:
            db.execute(statement)

    @migrations()
    def m005_comparisons_and_draws(db: Any) -> None:
        for statement in FIFTH:
            db.execute(statement)

    migrations.apply(Database(connection, execute_plugins=False))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")
