"""What is due, and many checks scheduled, in a large ledger: as ratios within one run.

    python benchmarks/checks.py [--sizes 10000 1000000] [--rounds 10] [--batch 100000] [--folder DIR]

due: ``verify due`` as a script calls it, a whole process, against ``python -c pass``; each ledger holds so
many checks, three in a hundred open, and the same number of hits for each filter whatever its size.
batch: ``verify schedule --from`` of so many checks in the largest ledger, whole process: rows a second, and
against the bare UPDATE of the same rows by one ``executemany``; run again it changes nothing.
recompute: ``verify recompute`` of the same checks, made provisional before.

The rows are copies of one made by the commands, written past the journal: ``ledger verify`` would find
them. ``--sizes`` may go to 10000000 (some 6 GB). Absolute figures depend on the machine. Not a test.
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import sys
import sysconfig
import tempfile
import time
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from timing import Case, measure, table, timed  # noqa: E402 - beside this file

from tests.storage.test_ledger_contract import THREE_CHECKS, Window  # noqa: E402

TODAY = "2026-11-24"
OPEN = 3  # of a hundred checks
HITS = 20  # of each filter
GOAL, MOST = "≤ 7x pass, summit ≤ 2x", 7.0


def fill(folder: Path, rows: int) -> Path:
    """A home whose ledger holds so many checks: copies of one, closed or open, of ten offices."""
    window = Window(folder / f"home{rows}")
    number = window.letter("14", THREE_CHECKS)
    window.sign(number)
    window.accept(number)
    window.ledger.close()
    with closing(sqlite3.connect(window.path)) as ledger:
        ledger.execute("PRAGMA synchronous = OFF")
        ledger.execute("PRAGMA journal_mode = OFF")
        names = [row[1] for row in ledger.execute("PRAGMA table_info(verifications)")]
        made = ledger.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
            " AND tbl_name IN ('verifications', 'commitments')"
        ).fetchall()
        for name, _ in made:
            ledger.execute(f"DROP INDEX {name}")
        told = ", ".join(COPIED.get(name, name) for name in names)
        ledger.execute(f"{SERIES} INSERT INTO verifications ({', '.join(names)}) SELECT {told}"
                       f" FROM series, verifications v WHERE v.id = '{number}-1'", (rows,))  # fmt: skip
        case = [row[1] for row in ledger.execute("PRAGMA table_info(commitments)")]
        told = ", ".join({"number": NUMBER, "n": "k"}.get(name, name) for name in case)
        ledger.execute(f"{SERIES} INSERT INTO commitments ({', '.join(case)}) SELECT {told}"
                       f" FROM series, commitments c WHERE c.number = '{number}'", (rows,))  # fmt: skip
        for _, sql in made:
            ledger.execute(sql)
        ledger.commit()
        ledger.execute("PRAGMA journal_mode = DELETE")
    return window.home


OPEN_IDS = "SELECT id FROM verifications WHERE finding IS NULL ORDER BY id LIMIT ?"
SERIES = "WITH RECURSIVE series (k) AS (SELECT 2 UNION ALL SELECT k + 1 FROM series WHERE k <= ?)"
NUMBER = "printf('RS-2026-%05d', k)"
IS_OPEN = f"k % 100 < {OPEN}"
# the first open ones are due soon or late, of one office and one person; all others only years later
SOON = f"k / 100 < {HITS} AND k % 100 = 0"
COPIED = {
    "id": f"{NUMBER} || '-1'",
    "number": NUMBER,
    "office": f"CASE WHEN {SOON} THEN 'RS' ELSE substr('MZSBNYSLSWWJSCXFQX', 1 + 2 * (k % 9), 2) END",
    "due_on": f"CASE WHEN {SOON} THEN date('2026-11-20', (k / 100 % 9) || ' day')"
    " ELSE date('2029-01-01', (k % 700) || ' day') END",
    "assignee": f"CASE WHEN {SOON} THEN '李核查' ELSE '核查' || (k % 500) END",
    "state": f"CASE WHEN {IS_OPEN} THEN 'planned' ELSE 'closed' END",
    "finding": f"CASE WHEN {IS_OPEN} THEN NULL ELSE 'true' END",
    "closed_on": f"CASE WHEN {IS_OPEN} THEN NULL ELSE '{TODAY}' END",
}


def wanted(home: Path, count: int) -> Path:
    """A table of so many open checks with a date and a person for each."""
    path = home / "安排.csv"
    with closing(sqlite3.connect(home / "ledger.db")) as ledger, path.open("w", encoding="utf-8") as file:
        file.write("核查号,期限,核查人\n")
        found = ledger.execute(OPEN_IDS, (count,))
        for n, (id_,) in enumerate(found):
            file.write(f"{id_},{2027 + n % 3}-0{1 + n % 9}-15,李核查{n % 40}\n")
    return path


def bare(home: Path, count: int) -> float:
    """Seconds of the bare UPDATE of as many rows, undone afterwards."""
    with closing(sqlite3.connect(home / "ledger.db", isolation_level=None)) as ledger:
        found = ledger.execute(OPEN_IDS, (count,))
        rows = [("2027-02-15", "办理时指定", "王核查", id_) for (id_,) in found]
        start = time.perf_counter()
        ledger.execute("BEGIN IMMEDIATE")
        ledger.executemany(
            "UPDATE verifications SET due_on = ?, due_source = ?, assignee = ?, period = NULL WHERE id = ?",
            rows,
        )
        ledger.execute("ROLLBACK")
        return time.perf_counter() - start


def batches(home: Path, count: int, program: str, environment: dict[str, str]) -> None:
    """The lines about many checks at once."""
    path = wanted(home, count)
    args = [program, "verify", "schedule", "--from", str(path), "--reason", "统一安排"]
    floor = bare(home, count)
    first, again = timed(args, environment), timed(args, environment)
    print(f"\nschedule {count} checks: {first:.1f} s, {count / first:,.0f} a second,", end=" ")
    print(f"{first / floor:.1f} times the bare UPDATE; again {again:.1f} s")
    with closing(sqlite3.connect(home / "ledger.db")) as ledger:
        size = ledger.execute("SELECT count(*), sum(length(writes)) FROM journal").fetchone()
        print(f"journal: {size[0]} entries, {size[1] / 2**20:.1f} MiB of writes")
        ledger.execute(
            "UPDATE verifications SET provisional = 1, period = 15, counted_from = 'accepted',"
            " due_on = '2026-12-14'"
            f" WHERE id IN ({OPEN_IDS})", (count,)
        )  # fmt: skip
        ledger.commit()
    moved = timed([program, "verify", "recompute", "--format", "tsv"], environment)
    print(f"recompute {count} checks: {moved:.1f} s, {count / moved:,.0f} a second")


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--batch", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    program = str(Path(sysconfig.get_path("scripts")) / "gaozhi")
    with tempfile.TemporaryDirectory(prefix="gaozhi-benchmark-", dir=given.folder) as name:
        for rows in given.sizes:
            home = fill(Path(name), rows)
            environment = {k: v for k, v in os.environ.items() if not k.startswith(("GAOZHI_", "PYTHONDONT"))}
            environment |= {"GAOZHI_HOME": str(home), "GAOZHI_AS_OF": TODAY}
            todo = [Case("`python -c pass`", [sys.executable, "-c", "pass"]),
                    Case("`python -c pass` again", [sys.executable, "-c", "pass"])]  # fmt: skip
            for args in (
                ["--dept", "人社局", "--within", "5"], ["--overdue"], ["--within", "5"],
                ["--assignee", "李核查"],
            ):  # fmt: skip
                command = [program, "verify", "due", *args, "--format", "tsv"]
                todo.append(Case(f"`verify due {' '.join(args)}`", command, GOAL, MOST))
            megabytes = (home / "ledger.db").stat().st_size / 2**20
            print(f"\n{rows} checks, {rows * OPEN // 100} open, {megabytes:,.0f} MiB\n")
            print("\n".join(table(todo, measure(todo, given.rounds, environment))))
            if rows == max(given.sizes):
                count = min(given.batch, rows * OPEN // 100)
                batches(home, count, program, environment)


if __name__ == "__main__":
    main()
