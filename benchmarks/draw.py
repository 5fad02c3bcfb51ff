"""A draw from a big ledger against its floors, as ratios within one run: the pool, the lots, the memory.

    python benchmarks/draw.py [--sizes 100000 1000000] [--share 100] [--folder DIR]

pool: the pool read from the ledger, written and hashed, against the same rows put into a csv file by
SQLite's own shell; draw: one case in a hundred drawn from the file, against SHA-256 alone of as many lots.
Each size in a process of its own, so that the peak of its memory is its own. 10,000,000 needs 4 GB of disk
and some minutes. Not a test.
"""  # fmt: skip

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gaozhi_cli.domain.draw_files import plan_text
from gaozhi_cli.domain.supervision import Inspector, Plan, Rate, Stratum, picks_of, share
from gaozhi_cli.services.plan_draw import _strata
from gaozhi_cli.storage.draw_folder import Published, write_pool
from gaozhi_cli.storage.draws import Wanted
from tests.builders import a_ledger
from tests.storage.test_ledger_contract import reopened

UNTIL = date(2026, 11, 23)
CASES = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
INSERT INTO commitments (number, office, year, n, official_number, item, matter, catalog_version,
 catalog_digest, track, status, subject, drawn_up_on, signed_on, accepted_on, concluded_on)
SELECT printf('SC-2026-%08d', i), 'SC', 2026, i, 'x', 'sc-' || (i % 40), 'matter', 'v', 'd', 'commitment',
 'concluded', 's', '2026-11-20', '2026-11-20', '2026-11-20', '2026-11-20' FROM n
"""
PROOFS = """
INSERT INTO commitment_proofs SELECT number, item || '.1', 1, 'proof', 'exempt', NULL FROM commitments
"""
SHELL = """.mode csv
.once {file}
SELECT c.number, c.item FROM commitments c WHERE c.status IN ('accepted', 'concluded')
 AND c.accepted_on <= '2026-11-23' AND c.track = 'commitment' AND EXISTS (SELECT 1 FROM commitment_proofs p
 WHERE p.number = c.number AND p.method = 'exempt') ORDER BY c.number;
"""


def filled(home: Path, count: int) -> None:
    """A ledger with so many exempt cases, written past the program."""
    home.mkdir()
    a_ledger(home).close()
    with closing(sqlite3.connect(home / "ledger.db", isolation_level=None)) as base:
        for pragma in ("foreign_keys = OFF", "journal_mode = OFF", "synchronous = OFF"):
            base.execute(f"PRAGMA {pragma}")
        base.execute(CASES.format(count=count))
        base.execute(PROOFS)


def by_shell(home: Path) -> float:
    """Seconds that SQLite's shell takes for the same rows; nan where there is no shell."""
    if shutil.which("sqlite3") is None:
        return float("nan")
    script = SHELL.format(file=home / "shell.csv")
    start = time.perf_counter()
    subprocess.run(["sqlite3", str(home / "ledger.db")], input=script, encoding="utf-8", check=True)
    return time.perf_counter() - start


def in_child(work: Callable[[], Any]) -> Any:
    """What the work gives, done in a forked process: its memory is its own."""
    forking = multiprocessing.get_context("fork")
    answers = forking.SimpleQueue()
    child = forking.Process(target=lambda: answers.put(work()))
    child.start()
    answer = answers.get()
    child.join()
    return answer


def pooled(home: Path) -> tuple[float, float, Any]:
    """Seconds of the pool, peak megabytes, what was written."""
    with closing(reopened(home)) as ledger:
        start = time.perf_counter()
        written = write_pool(home, _strata(ledger, Wanted(UNTIL), set()))
        return time.perf_counter() - start, peak(), written


def peak() -> float:
    """Megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def drawn(
    home: Path, sizes: dict[str, int], rows: int, sha256: str, every: int
) -> tuple[float, float, float]:
    """Seconds of the draw, of SHA-256 alone for as many lots, and peak megabytes."""
    from fractions import Fraction

    rate = Rate(Fraction(1, every), 0, "bench")
    strata = tuple(Stratum(id_, id_, n, rate, share(n, rate.share)) for id_, n in sorted(sizes.items()))
    day = UNTIL.isoformat()
    plan = Plan("CC2026-00001", "x", None, day, None, day, sha256, rows, sha256, 2, strata, "x", day)
    digest = hashlib.sha256(plan_text(plan).encode()).hexdigest()
    people = tuple(Inspector(f"P{n}") for n in range(20))
    published = Published(plan, digest, people, home)
    start = time.perf_counter()
    count = sum(1 for _ in picks_of(plan, digest, published.pool(), people, "02 09 15"))
    seconds, most = time.perf_counter() - start, peak()
    assert count == sum(stratum.drawn for stratum in strata)
    text, sha = b"gaozhi.draw.1\n02 09 15\n" + digest.encode() + b"\nSC-2026-00000001", hashlib.sha256
    start = time.perf_counter()
    for _ in range(rows):
        sha(text).digest()
    return seconds, time.perf_counter() - start, most


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--share", type=int, default=100, help="one in so many is drawn")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    print("| cases | pool s | x sqlite3 shell | MB | draw s | x SHA-256 alone | MB |")
    print("|---:|---:|---:|---:|---:|---:|---:|")
    for size in given.sizes:
        with tempfile.TemporaryDirectory(dir=given.folder) as folder:
            home = Path(folder, "home")
            filled(home, size)
            shell = by_shell(home)
            seconds, mb, written = in_child(lambda home=home: pooled(home))
            values = (written.sizes, written.rows, written.sha256, given.share)
            drawing, floor, mb2 = in_child(lambda home=home, values=values: drawn(home, *values))
            print(
                f"| {size} | {seconds:.2f} | {seconds / shell:.1f} | {mb:.0f}"
                f" | {drawing:.2f} | {drawing / floor:.1f} | {mb2:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
