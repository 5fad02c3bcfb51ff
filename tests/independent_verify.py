"""Checks a ledger by docs/journal.md alone: ``python independent_verify.py ledger.db [anchor]``."""

import hashlib
import json
import sqlite3
import struct
import sys
from pathlib import Path

KEYS = {
    "meta": ["key"], "counters": ["office", "year"], "subjects": ["id"], "commitments": ["number"],
    "commitment_proofs": ["number", "proof"], "letters": ["number"], "personal": ["id"],
    "verifications": ["id"], "prints": ["id"], "credit_records": ["id"],
    "dispatches": ["id"], "evidence_files": ["id"], "assistances": ["id"], "outcomes": ["id"],
    "extracts": ["id"], "comparisons": ["id"], "draws": ["id"], "draw_picks": ["draw", "number"],
}  # fmt: skip


def prefixed(data):
    """Its length as 8 bytes big-endian, then the bytes (section 2)."""
    return struct.pack(">Q", len(data)) + data


def canonical(table, row):
    """The canonical encoding of a row (section 2)."""
    out = prefixed(b"gaozhi.row.1") + prefixed(table.encode())
    for name in sorted((name for name in row if row[name] is not None), key=str.encode):
        tag, value = {int: b"i", str: b"t", bytes: b"b"}[type(row[name])], row[name]
        data = value if tag == b"b" else str(value).encode()
        out += prefixed(name.encode()) + tag + prefixed(data)
    return out


def digest(table, row):
    """The row digest (section 2)."""
    return hashlib.new("sm3", canonical(table, row)).digest()


def writes(text):
    """The rows of an entry (section 4); None when they are not what section 4 describes."""
    try:
        rows = [(table, tuple(key), before, after) for table, key, before, after in json.loads(text)]
        good = all(len(key) == len(KEYS[table]) and isinstance(after, str) for table, key, _, after in rows)
        return rows if good and hash(tuple(rows)) is not None else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def faults(tables, anchor=None):
    """What section 6 finds, in its order; ``tables(name)`` gives the rows of a table as dicts."""
    seq, prev, met, last = 0, bytes(32), anchor is None, {}
    for entry in sorted(tables("journal"), key=lambda row: row["seq"]):
        seq += 1
        if entry["seq"] != seq or entry["prev"] != prev:
            return [f"entry {seq}: missing or not linked"]
        prev = entry["hash"]
        if digest("journal", {k: v for k, v in entry.items() if k != "hash"}) != prev:
            return [f"entry {seq}: altered"]
        met = met or anchor == f"{seq}-{prev.hex()[:16]}"
        written = writes(entry["writes"])
        if written is None:
            return [f"entry {seq}: writes not readable"]
        for table, key, before, after in written:
            was, known = last.get((table, *key), (0, None))
            if before != known or was == seq:
                return [f"entry {was or seq}: {table} {key} changed before entry {seq}"]
            last[table, *key] = (seq, after)
    rows = {(t, *(r[k] for k in KEYS[t])): digest(t, r).hex() for t in KEYS for r in tables(t)}
    found = [(n, f"entry {n}: {place} altered") for place, (n, d) in last.items() if rows.get(place) != d]
    found += [(seq + 1, f"no entry: {place} not by the journal") for place in rows if place not in last]
    kept = {row["id"] for row in tables("personal") if row.get("purged_on") is None}
    odd = kept ^ {row["id"] for row in tables("row_keys")}
    found += [(seq + 2, f"no entry: row key of {id_} missing or left over") for id_ in odd]
    return [text for _, text in sorted(found)] + ([] if met else [f"anchor {anchor} not in the journal"])


def main(path, anchor=None):
    """Print ok or the first fault."""
    base = sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    base.row_factory = sqlite3.Row
    base.execute("BEGIN")
    found = faults(lambda name: [dict(row) for row in base.execute(f"SELECT * FROM {name}")], anchor)
    odd = base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
    found += [f"no entry: trigger {name}" for (name,) in odd]
    base.close()
    print(found[0] if found else "ok")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
