"""Comparing checks with a register's extract in one pass, against the same join in SQLite's shell.

    python benchmarks/compare.py [--tasks 100000] [--rows 1000000] [--folder DIR]

Made-up people; nine in ten checks are in the extract, of these one in twenty under another name, one in fifty
with two records. ``pass``: the sealed claims opened, the extract read once, every answer made; ``run``:
the same with every answer recorded, some hundred to a commit and an entry. The shell imports both lists as
CSV and joins them (numbers compared as they are, over an automatic index), into a file; both must count the
same outcomes. Seconds are of CPU. Memory: the peak of a process of its own, for a quarter of the rows and for
all of them. Absolute figures depend on the machine. Not a test; CI runs it at a small size.
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from gaozhi_cli.domain.comparing import ComparedField  # noqa: E402 - beside this file
from gaozhi_cli.domain.registers import Key, Limits, Place, Source  # noqa: E402
from gaozhi_cli.domain.vocabulary import ClaimPart, CompareAs, SourceKind  # noqa: E402
from gaozhi_cli.services.compare_checks import compare_checks  # noqa: E402
from gaozhi_cli.sources.extract import ExtractRegister  # noqa: E402
from gaozhi_cli.storage.claims import open_claims  # noqa: E402
from gaozhi_cli.storage.connect import open_ledger  # noqa: E402
from gaozhi_cli.storage.extract_file import ExtractFile  # noqa: E402
from gaozhi_cli.storage.ledger import Ledger  # noqa: E402
from gaozhi_cli.storage.vault import field_place, new_row_key, seal, wrap_place  # noqa: E402
from tests.builders import a_clock, a_ledger, an_occasion  # noqa: E402

DAY = date(2026, 11, 24)
HEADINGS = ("身份证号", "姓名", "参保状态", "单位", "更新日期")
FIELDS = (
    ComparedField("姓名", "姓名", CompareAs.NAME, ClaimPart.NAME),
    ComparedField("参保状态", "参保状态", CompareAs.STATUS, None, ("正常参保",)),
)
SOURCE = Source(
    "bench", "基准", SourceKind.EXTRACT, "虚构", ("bench-1",), Key(ClaimPart.NUMBER, "身份证号"), FIELDS,
    Place(), Limits(), "00000000",
)  # fmt: skip
FAR = time.monotonic() + 10**9


def number(n: int) -> str:
    """The number of the n-th person."""
    return f"{n * 7919 % 10**9 + 10**9:010}19900101X"[-18:].rjust(18, "4")


def name(n: int) -> str:
    """What the n-th person is called."""
    return f"测试{n:x}"


def write_extract(path: Path, tasks: int, rows: int) -> None:
    """The extract: people who are asked about among many others, in no order."""
    with path.open("w", encoding="utf-8", newline="") as opened:
        out = csv.writer(opened)
        out.writerow(HEADINGS)
        step = rows // tasks
        for n in range(rows):
            who, asked = (n // step, n % step == 0) if n // step < tasks else (0, False)
            if asked and who % 10 != 9:
                called = "另一人" if who % 20 == 7 else name(who)
                out.writerow((number(who), called, "正常参保", "某单位", "2026-11-20"))
            elif who % 50 == 3 and n % step == 1:
                out.writerow((number(who), name(who), "停保", "某单位", "2026-11-20"))
            else:
                out.writerow((number(tasks + n), name(tasks + n), "正常参保", "某单位", "2026-11-20"))


def fill(home: Path, tasks: int) -> None:
    """A ledger with so many open online checks, their applicants sealed as the program seals them."""
    with closing(a_ledger(home)) as ledger:
        keys = ledger.keys()
    with closing(sqlite3.connect(home / "ledger.db", isolation_level=None)) as base:
        base.execute("PRAGMA synchronous = OFF")
        base.execute("BEGIN")
        subject = ("S1", "citizen", "id-card", b"\0", "测*", "4*", "2026-11-01")
        base.execute("INSERT INTO subjects VALUES (?, ?, ?, ?, ?, ?, ?)", subject)
        for n in range(tasks):
            case, id_, key = f"BM-2026-{n:06}", f"{n:016x}", new_row_key()
            base.execute(
                "INSERT INTO commitments (number, office, year, n, official_number, item, matter,"
                " catalog_version, catalog_digest, track, status, subject, drawn_up_on)"
                " VALUES (?, 'BM', 2026, ?, ?, 'bench-1', '基准', '1', 'ab', 'commitment', 'accepted', 'S1',"
                " '2026-11-01')", (case, n + 1, case),
            )  # fmt: skip
            sealed = (
                seal(key, text.encode(), field_place(id_, case, "applicant", column))
                for column, text in (("name", name(n)), ("number", number(n)))
            )
            base.execute(
                "INSERT INTO personal (id, owner, role, id_type, name, number)"
                " VALUES (?, ?, 'applicant', 'id-card', ?, ?)", (id_, case, *sealed),
            )  # fmt: skip
            wrapped = seal(keys.wrap, key, wrap_place(id_, keys.id))
            base.execute("INSERT INTO row_keys VALUES (?, ?, ?)", (id_, keys.id, wrapped))
            base.execute(
                "INSERT INTO verifications (id, number, office, item, matter, proof, proof_name, method,"
                " state, planned_on, provisional) VALUES (?, ?, 'BM', 'bench-1', '基准', 'bench-1.1', '参保',"
                " 'online', 'planned', '2026-11-01', 0)", (f"{case}-1", case),
            )  # fmt: skip
        base.execute("COMMIT")


def reopened(home: Path) -> Ledger:
    """The ledger of a home."""
    ledger = open_ledger(str(home / "ledger.db"), home / "keys", a_clock)
    assert ledger is not None
    return ledger


def register(path: Path) -> ExtractRegister:
    """The extract, to be opened when it is asked."""
    return ExtractRegister(SOURCE, lambda: ExtractFile(path, SOURCE.columns))


def one_pass(home: Path, path: Path) -> tuple[Counter[str], float]:
    """Claims opened, the extract read, answers made; nothing recorded. And the seconds without the first."""
    with closing(reopened(home)) as ledger:
        claims = [one.claim for one in open_claims(ledger, SOURCE) if one.claim is not None]
        start = time.process_time()
        answers = register(path).check(claims, FAR, DAY)
        counted = Counter(answer.outcome.value for answer in answers.each)
        return counted, time.process_time() - start


def whole_run(home: Path, path: Path) -> Counter[str]:
    """The service as the command calls it."""
    with closing(reopened(home)) as ledger:
        run = compare_checks(
            SOURCE, register(path), ledger=ledger, occasion=an_occasion(DAY), deadline=FAR
        )  # fmt: skip
        return Counter(row.outcome.value for row in run.rows)


def measured(work: Callable[..., Any], *values: Any) -> tuple[Any, float, float]:
    """What the work gives in a process of its own, its seconds of CPU and its peak memory in MB."""
    forking = multiprocessing.get_context("fork")
    answers = forking.SimpleQueue()

    def within() -> None:
        start = time.process_time()
        given = work(*values)
        spent = time.process_time() - start
        answers.put((given, spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))

    child = forking.Process(target=within)
    child.start()
    answer: tuple[Any, float, float] = answers.get()
    child.join()
    return answer


def child_seconds() -> float:
    """Seconds of CPU of the children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def by_shell(folder: Path, path: Path, tasks: int) -> tuple[float, Counter[str]]:
    """Seconds of CPU of SQLite's shell: two imports, a join, a file; and what the join says."""
    with (folder / "tasks.csv").open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened).writerows((f"BM-2026-{n:06}-1", number(n), name(n)) for n in range(tasks))
    script = [
        ".mode csv",
        "CREATE TABLE tasks (id TEXT, number TEXT, name TEXT);",
        "CREATE TABLE register (number TEXT, name TEXT, state TEXT, unit TEXT, day TEXT);",
        "BEGIN;",
        f".import --skip 1 {path} register",
        f".import {folder / 'tasks.csv'} tasks",
        "COMMIT;",
        f".output {folder / 'joined.csv'}",
        "SELECT t.id, count(r.number), r.name = t.name, r.state IN ('正常参保') FROM tasks t"
        " LEFT JOIN register r ON r.number = t.number GROUP BY t.id;",
    ]
    spent = []
    for lines in ([], script):
        start = child_seconds()
        subprocess.run(
            ["sqlite3", str(folder / "shell.db")], input="\n".join(lines), text=True, check=True,
            capture_output=True,
        )  # fmt: skip
        spent.append(child_seconds() - start)
    with (folder / "joined.csv").open(encoding="utf-8", newline="") as opened:
        said = Counter(meaning(*row) for _, *row in csv.reader(opened))
    return spent[1] - spent[0], said


def meaning(count: str, same: str, state: str) -> str:
    """The outcome that a row of the join stands for."""
    if count != "1":
        return "not-found" if count == "0" else "ambiguous"
    return "match" if (same, state) == ("1", "1") else "mismatch"


def lines(folder: Path, tasks: int, rows: int) -> Iterator[str]:
    """The result as a markdown table."""
    path, quarter = folder / "register.csv", folder / "quarter.csv"
    write_extract(path, tasks, rows)
    write_extract(quarter, min(tasks, rows // 4), rows // 4)
    home = folder / "home"
    home.mkdir()
    fill(home, tasks)
    (outcomes, reading), spent, peak = measured(one_pass, home, path)
    _, _, flat = measured(one_pass, home, quarter)
    shell, joined = by_shell(folder, path, tasks) if shutil.which("sqlite3") else (None, outcomes)
    assert joined == outcomes, (joined, outcomes)
    run, whole, most = measured(whole_run, home, path)
    assert run == outcomes, (run, outcomes)
    base = f"{shell:.1f}" if shell is not None else "没有 sqlite3"
    yield f"| {tasks} 件对 {rows} 行 | CPU 秒 | 是外壳的几倍 | 内存峰值 MB | {rows // 4} 行时 |"
    yield "|---|---:|---:|---:|---:|"
    for told, seconds, memory, less in (
        ("读一遍数据，得出结果", reading, None, ""),
        ("先打开封存的内容，再读一遍，得出结果", spent, peak, f"{flat:.0f}"),
        ("同上，逐件登记（五百件一笔）", whole, most, ""),
    ):
        ratio = f"{seconds / shell:.2f}" if shell is not None else ""
        most_of = f"{memory:.0f}" if memory is not None else ""
        yield f"| {told} | {seconds:.1f} | {ratio} | {most_of} | {less} |"
    yield f"| sqlite3 外壳：导入两张表，连接，写出 | {base} | 1 | | |"
    yield ""
    yield "，".join(f"{outcome} {count}" for outcome, count in sorted(outcomes.items()))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as folder:
        for line in lines(Path(folder), asked.tasks, asked.rows):
            print(line, flush=True)


if __name__ == "__main__":
    main()
