"""The ledger against its floors, as ratios within one run: acts, bulk, lookups, verifying, many writers.

    python benchmarks/ledger.py [acts] [bulk] [lookups] [verify] [writers]
        [--cases 300] [--bulk 5000] [--sizes 10000 100000 1000000] [--verify 20000] [--folder DIR]

acts: drawn up, made, signed, accepted with three checks, concluded: each one transaction with checks,
sealing, digests, journal, fsync; the floor is the same statements and values by bare sqlite3 with the
same pragmas, a transaction an act (``grouped``: one for all). In rollback mode and in WAL, in turns.
bulk: rows a second of ``acts(many=True)`` against the same rows by ``executemany``, by ``insert_all`` of
sqlite-utils and by ``.import`` of the sqlite3 shell (from csv, into tables that are not STRICT).
lookups: microseconds a query, as a ratio to the smallest ledger; each filter finds the same number of cases.
verify: entries a second, against SM3 of the same bytes alone; peak memory of two sizes, each in a process.
writers: processes that draw numbers in one ledger for two seconds; the longest wait of any of them.

``--sizes`` may go to 10000000 (some 18 GB and hours). Absolute figures depend on the machine.
Not a test.
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from ledger_filling import (  # noqa: E402 - beside this file
    MARKED_DAY,
    MARKED_ITEM,
    MARKED_SUBJECT,
    fill,
    id_number,
    number_of,
)

from gaozhi_cli.domain.journal import sm3  # noqa: E402
from gaozhi_cli.domain.vocabulary import ToldWay  # noqa: E402
from gaozhi_cli.storage import schema, sql  # noqa: E402
from gaozhi_cli.storage.cases import mark_made, record_case  # noqa: E402
from gaozhi_cli.storage.ledger import Ledger  # noqa: E402
from gaozhi_cli.storage.records import Query  # noqa: E402
from gaozhi_cli.storage.sqlite.engine import SqliteEngine  # noqa: E402
from gaozhi_cli.storage.transaction import Transaction  # noqa: E402
from gaozhi_cli.storage.vault import read_keys  # noqa: E402
from gaozhi_cli.storage.verify import verify  # noqa: E402
from tests.builders import a_clock, an_occasion  # noqa: E402
from tests.storage.test_ledger_contract import THREE_CHECKS, Window, draw_number, reopened  # noqa: E402

DAY = MARKED_DAY.isoformat()
Statements = list[list[tuple[str, Any]]]  # of each transaction


class Recording(SqliteEngine):
    """Keeps what each transaction wrote."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.written: Statements = []

    def begin(self) -> None:
        """A new transaction."""
        super().begin()
        self.written.append([])

    def execute(self, sql: str, values: Any = ()) -> list[tuple[Any, ...]]:
        """Run a statement; kept where it writes."""
        if sql.startswith(("INSERT", "UPDATE")):
            self.written[-1].append((sql, [tuple(values)]))
        return super().execute(sql, values)

    def execute_many(self, sql: str, rows: list[list[Any]]) -> None:
        """Run a statement for many rows; kept."""
        self.written[-1].append((sql, [tuple(row) for row in rows]))
        super().execute_many(sql, rows)


def draw_up(window: Window, act: Transaction) -> str:
    """Draw up a case as ``letter new`` does, without making the file."""
    return record_case(
        act, window.form, catalog=window.catalog, ledger=window.ledger, occasion=an_occasion(),  # type: ignore[attr-defined]
        folder=window.letters, home=window.home, template_sha256="ab" * 32, told=ToldWay.PAPER,
        request_digest=b"",
    ).number  # fmt: skip


def drawn(window: Window, count: int) -> list[str]:
    """So many cases drawn up, an act each."""
    numbers = []
    for _ in range(count):
        with window.ledger.transaction() as act:
            numbers.append(draw_up(window, act))
    return numbers


def made(window: Window, numbers: list[str]) -> None:
    """Mark their files as made."""
    for number in numbers:
        with window.ledger.transaction() as act:
            mark_made(act, number, "cd" * 32, an_occasion())


def grouped(window: Window, count: int) -> None:
    """So many cases drawn up, an entry each, one transaction for all."""
    with window.ledger.acts(many=True) as acts:
        for _ in range(count):
            with acts.act() as act:
                draw_up(window, act)


def course(window: Window, count: int) -> Iterator[tuple[str, Callable[[], Any]]]:
    """The acts of a course, one kind after another."""
    numbers: list[str] = []
    yield "draw up", lambda: numbers.extend(drawn(window, count))
    yield "made", lambda: made(window, numbers)
    yield "sign", lambda: [window.sign(number) for number in numbers]
    yield "accept, three checks", lambda: [window.accept(number) for number in numbers]
    yield "close a check", lambda: [window.close(f"{number}-1") for number in numbers]
    yield "conclude", lambda: [window.conclude(number) for number in numbers]
    yield "draw up, grouped", lambda: grouped(window, count)


def bare(path: Path, written: Statements) -> float:
    """Seconds for the same statements by bare sqlite3 with the same pragmas."""
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute("PRAGMA synchronous = EXTRA")
        base.execute("PRAGMA foreign_keys = ON")
        start = time.perf_counter()
        for statements in written:
            base.execute("BEGIN IMMEDIATE")
            for statement, rows in statements:
                if len(rows) == 1:
                    base.execute(statement, rows[0]).fetchall()
                else:
                    base.executemany(statement, rows)
            base.execute("COMMIT")
        return time.perf_counter() - start


def a_window(folder: Path, wal: bool) -> Window:
    """A window with an empty ledger in one of the two journal modes."""
    window = Window(folder)
    window.form = window.application("14", THREE_CHECKS)  # type: ignore[attr-defined]
    if wal:
        window.ledger.engine.execute("PRAGMA journal_mode = WAL")
    return window


def act_lines(folder: Path, count: int, rounds: int) -> Iterator[str]:
    """The table of acts."""
    yield "| act | mode | acts/s | bare rows/s | of bare | goal >= 0.5 |"
    yield "|---|---|---:|---:|---:|---|"
    for wal in (False, True):
        ratios: dict[str, list[tuple[float, float]]] = {}
        for turn in range(rounds):
            for name, ours, floor in act_round(folder / f"{wal}-{turn}", count, wal):
                ratios.setdefault(name, []).append((ours, floor))
        totals = [(sum(r[k][0] for r in ratios.values() if len(r) > k) - ratios["draw up, grouped"][k][0],
                   sum(r[k][1] for r in ratios.values()) - ratios["draw up, grouped"][k][1])
                  for k in range(rounds)]  # fmt: skip
        for name, spent in (*ratios.items(), ("all but grouped", totals)):
            acts = count * (6 if name.startswith("all") else 1)
            ours, floor = (statistics.median(s[k] for s in spent) for k in (0, 1))
            ratio = statistics.median(b / a for a, b in spent)
            mode = "WAL" if wal else "rollback"
            met = "yes" if ratio >= 0.5 else "no"
            yield f"| {name} | {mode} | {acts / ours:.0f} | {acts / floor:.0f} | {ratio:.2f} | {met} |"


def act_round(folder: Path, count: int, wal: bool) -> Iterator[tuple[str, float, float]]:
    """Name, seconds of ours, seconds of the same rows by bare sqlite3, of each kind of act."""
    folder.mkdir()
    kept, timed = a_window(folder / "kept", wal), a_window(folder / "timed", wal)
    kept.ledger.close()
    replay = Path(shutil.copy(kept.path, folder / "bare.db"))
    engine = Recording(kept.path)
    kept.ledger = Ledger(engine, lambda id_: read_keys(kept.home / "keys", id_), a_clock)
    for (name, record), (_, act) in zip(course(kept, count), course(timed, count), strict=True):
        engine.written.clear()
        record()
        start = time.perf_counter()
        act()
        ours = time.perf_counter() - start
        yield name, ours, bare(replay, engine.written)
    kept.ledger.close()
    timed.ledger.close()
    shutil.rmtree(folder)


def bulk_lines(folder: Path, count: int) -> Iterator[str]:
    """The table of bulk insertion: the rows of so many cases, drawn up in one transaction."""
    window = a_window(folder / "bulk", wal=False)
    empty = Path(shutil.copy(window.path, folder / "empty.db"))
    start = time.perf_counter()
    grouped(window, count)
    ours = time.perf_counter() - start
    rows: dict[str, list[tuple[Any, ...]]] = {}
    for table in (*schema.DIGESTED, schema.ROW_KEYS, schema.JOURNAL):
        found = window.ledger.engine.execute(sql.select_all(table))
        if found and table not in (schema.META,):
            rows[table.name] = found[1:] if table is schema.JOURNAL else found
    window.ledger.close()
    total = sum(map(len, rows.values()))
    spent = {"acts(many=True): checked, sealed, chained": ours}
    for name, way in {"executemany": by_executemany, "sqlite-utils insert_all": by_insert_all}.items():
        spent[name] = way(Path(shutil.copy(empty, folder / "way.db")), rows)
    if shutil.which("sqlite3"):
        spent["sqlite3 .import"] = by_shell(folder, rows)
    yield f"| {total} rows of {count} cases | rows/s | ours, as a ratio to it | goal | met |"
    yield "|---|---:|---:|---|---|"
    goals = {"sqlite-utils insert_all": 1.0, "sqlite3 .import": 0.3}
    for name, seconds in spent.items():
        ratio, goal = seconds / ours, goals.get(name)
        met = "" if goal is None else ("yes" if ratio >= goal else "no")
        yield f"| {name} | {total / seconds:.0f} | {ratio:.2f} | {goal or ''} | {met} |"


def by_executemany(path: Path, rows: dict[str, list[tuple[Any, ...]]]) -> float:
    """Seconds for one transaction of executemany."""
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute("PRAGMA synchronous = EXTRA")
        start = time.perf_counter()
        base.execute("BEGIN IMMEDIATE")
        for name, found in rows.items():
            base.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(found[0]))})", found)
        base.execute("COMMIT")
        return time.perf_counter() - start


def by_insert_all(path: Path, rows: dict[str, list[tuple[Any, ...]]]) -> float:
    """Seconds for sqlite-utils in one transaction, dictionaries as it takes them made beforehand."""
    from sqlite_utils import Database

    dictionaries = {
        name: [dict(zip(schema.TABLES[name].names, row, strict=True)) for row in found]
        for name, found in rows.items()
    }
    with closing(sqlite3.connect(path, isolation_level=None)) as base:
        base.execute("PRAGMA synchronous = EXTRA")
        database = Database(base, execute_plugins=False)
        start = time.perf_counter()
        base.execute("BEGIN IMMEDIATE")
        for name, found in dictionaries.items():
            database[name].insert_all(found, batch_size=1000)  # type: ignore[union-attr]
        if base.in_transaction:
            base.execute("COMMIT")
        return time.perf_counter() - start


def by_shell(folder: Path, rows: dict[str, list[tuple[Any, ...]]]) -> float:
    """Seconds for ``.import`` in one transaction, start-up taken off; bytes as hexadecimal text."""
    path, script = folder / "shell.db", [".mode csv", "PRAGMA synchronous=EXTRA;", "BEGIN;"]
    window = Window(folder / "shell")
    with closing(sqlite3.connect(path)) as base:
        found = window.ledger.engine.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL")
        for (statement,) in found:
            if not any(name in statement for name in ("_sqlite_migrations", "journal_request")):
                base.execute(statement.replace(" STRICT", "").replace("BLOB", "TEXT"))
    for name, listed in rows.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as opened:
            plain = ([v.hex() if isinstance(v, bytes) else v for v in row] for row in listed)
            csv.writer(opened).writerows(plain)
        script.append(f".import {folder / name}.csv {name}")
    spent = []
    for lines in ([], [*script, "COMMIT;"]):
        start = time.perf_counter()
        subprocess.run(
            ["sqlite3", str(path)], input="\n".join(lines), text=True, check=True, capture_output=True
        )
        spent.append(time.perf_counter() - start)
    return spent[1] - spent[0]


def lookups(ledger: Ledger, cases: int) -> dict[str, tuple[Callable[[], Any], int]]:
    """The questions, and how many cases each finds."""
    number, several = str(number_of(cases // 2)), 40

    def listing(**filters: Any) -> tuple[Callable[[], Any], int]:
        query = Query(**filters)
        found = len(list(ledger.commitments(query)))
        return lambda: list(ledger.commitments(query)), found

    due = ledger.due(dated=True, office="D01")
    first = [check.due_on for check, _ in zip(due, range(5), strict=False)][-1:]
    return {
        "show NUMBER": (lambda: ledger.case(number), 1),
        "subject by number": (lambda: ledger.subject_by_number("id-card", id_number(cases // 9)), 1),
        "list --subject": listing(subjects=(MARKED_SUBJECT,)),
        "list --limit": listing(limit=several),
        "list --limit --after": listing(limit=several, after=number_of(cases // 2)),
        "list --dept --limit": listing(office="D07", limit=several),
        "list --status": listing(status="refused"),
        "list --status, most cases, --limit": listing(status="concluded", limit=several),
        "list --dept --status": listing(office="D07", status="refused"),
        "list --since": listing(since=DAY),
        "list --dept --since --until": listing(office="D07", since=DAY, until=DAY),
        "list --status --since": listing(status="refused", since="2022-02-01"),
        "list --search item": listing(items=(MARKED_ITEM,)),
        "list --search item --status --since": listing(items=(MARKED_ITEM,), status="refused", since=DAY),
        "list --search number": listing(text="D07-2023-0000"),
        "list --search part of number": listing(text="7-2024-0001", limit=several),
        "verify due --dept, first": (lambda: list(ledger.due(dated=True, office="D01", until=first[0])), 5),
    }


def lookup_lines(folder: Path, sizes: list[int]) -> Iterator[str]:
    """The table of lookups."""
    spent: dict[str, list[str]] = {}
    bases: dict[str, float] = {}
    for size in sizes:
        home = folder / f"size{size}"
        home.mkdir()
        with closing(fill(home, size, chained=False)) as ledger:
            for name, (ask, hits) in lookups(ledger, size).items():
                best = min(statistics.median(timings(ask, 20)) for _ in range(3))
                base = bases.setdefault(name, best)
                told = f"{best * 1e6:.0f} ({hits}) {best / base:.2f}x"
                spent.setdefault(name, []).append(told)
        shutil.rmtree(home)
    yield f"| us (cases found) x smallest | {' | '.join(f'{size} cases' for size in sizes)} |"
    yield f"|---|{'---:|' * len(sizes)}"
    for name, figures in spent.items():
        yield f"| {name} | {' | '.join(figures)} |"


def timings(ask: Callable[[], Any], times: int) -> Iterator[float]:
    """Seconds of each of so many askings."""
    for _ in range(times):
        start = time.perf_counter()
        ask()
        yield time.perf_counter() - start


def verify_lines(folder: Path, cases: int) -> Iterator[str]:
    """The table of verifying, each size in a process of its own."""
    yield "| cases | entries | rows | entries/s (CPU) | x SM3 alone | peak MB |"
    yield "|---:|---:|---:|---:|---:|---:|"
    for size in (cases // 4, cases):
        home = folder / f"verify{size}"
        home.mkdir()
        in_child(lambda home=home, size=size: fill(home, size).close())  # type: ignore[misc]
        entries, rows, seconds, floor, peak = in_child(lambda home=home: verified(home))  # type: ignore[misc]
        speed, over = entries / seconds, seconds / floor
        yield f"| {size} | {entries} | {rows} | {speed:.0f} | {over:.1f} | {peak:.0f} |"


def in_child(work: Callable[[], Any]) -> Any:
    """What the work gives, done in a forked process: its memory is its own."""
    forking = multiprocessing.get_context("fork")
    answers = forking.SimpleQueue()
    child = forking.Process(target=lambda: answers.put(work()))
    child.start()
    answer = answers.get()
    child.join()
    return answer


def verified(home: Path) -> tuple[int, int, float, float, float]:
    """Entries, rows, CPU seconds, seconds of SM3 over as many bytes in as many pieces, peak memory."""
    with closing(reopened(home)) as ledger:
        start = time.process_time()
        found = verify(ledger)
        seconds = time.process_time() - start
        assert found.faults == (), found.faults
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        size = (home / "ledger.db").stat().st_size * 6 // 10  # rows without indexes and gaps, about
        piece = bytes(size // (found.entries + found.rows))
        start = time.process_time()
        for _ in range(found.entries + found.rows):
            sm3(piece)
        return found.entries, found.rows, seconds, time.process_time() - start, peak


def writer_lines(folder: Path, seconds: float) -> Iterator[str]:
    """The table of writers at once."""
    yield "| writers | mode | acts/s | longest wait ms | slowest / fastest | gaps |"
    yield "|---:|---|---:|---:|---:|---:|"
    for wal in (False, True):
        for count in (1, 4, 16):
            home = folder / f"writers{count}{wal}"
            home.mkdir()
            window = a_window(home / "county", wal)
            window.ledger.close()
            answers = at_once(window.home, count, seconds)
            with closing(reopened(window.home)) as ledger:
                entries = ledger.head()[0] - 1
                last = ledger.engine.execute("SELECT n FROM counters")[0][0]
            done = [n for n, _ in answers]
            assert last == entries == sum(done)
            mode, worst = "WAL" if wal else "rollback", max(wait for _, wait in answers) * 1000
            fair = min(done) / max(done)
            yield f"| {count} | {mode} | {entries / seconds:.0f} | {worst:.0f} | {fair:.2f} | 0 |"


def at_once(home: Path, count: int, seconds: float) -> list[tuple[int, float]]:
    """Numbers drawn and longest wait of each of so many processes."""
    forking = multiprocessing.get_context("fork")
    answers, barrier = forking.SimpleQueue(), forking.Barrier(count)

    def work() -> None:
        with closing(reopened(home)) as ledger:
            barrier.wait()
            until, done, worst = time.perf_counter() + seconds, 0, 0.0
            while (start := time.perf_counter()) < until:
                draw_number(ledger)
                done, worst = done + 1, max(worst, time.perf_counter() - start)
            answers.put((done, worst))

    children = [forking.Process(target=work) for _ in range(count)]
    for child in children:
        child.start()
    found = [answers.get() for _ in children]
    for child in children:
        child.join()
    return found


def main() -> None:
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", help="acts bulk lookups verify writers (all)")
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bulk", type=int, default=5000)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--verify", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--folder", help="where the ledgers are made: the disk to be measured")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gaozhi-benchmark-", dir=given.folder) as name:
        folder = Path(name)
        tables = {
            "acts": lambda: act_lines(folder, given.cases, given.rounds),
            "bulk": lambda: bulk_lines(folder, given.bulk),
            "lookups": lambda: lookup_lines(folder, given.sizes),
            "verify": lambda: verify_lines(folder, given.verify),
            "writers": lambda: writer_lines(folder, given.seconds),
        }
        for part in given.parts or tables:
            print(f"\n{part}\n", flush=True)
            for line in tables[part]():
                print(line, flush=True)


if __name__ == "__main__":
    main()
