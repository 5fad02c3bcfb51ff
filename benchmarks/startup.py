"""How long a command takes to start and answer, as ratios within one run.

Every figure is the wall time of a whole process, from spawning it to its end, with its output thrown
away. All commands are run once per round, each round in another order, so that noise of the machine
falls on all of them alike; the medians over the rounds are divided by the median of ``python -c pass``
and by that of a console script that does nothing. The ledger holds ``--rows`` commitments, copies
of one of a made-up person, three in a hundred with a check still open; the catalog is compiled before.
Absolute times depend on the machine; only the ratios beside the goals mean something. Not a test.

    python benchmarks/startup.py [--rounds 20] [--rows 1000]
"""

from __future__ import annotations

import argparse
import importlib
import os
import sqlite3
import sys
import sysconfig
import tempfile
from pathlib import Path

from timing import Case, measure, table, timed  # beside this file

from gaozhi_cli.cli.app import GROUPS

TODAY = "2026-11-24"
OPEN = 3  # of a hundred checks
NUMBER = "RS-2026-00001"


HELLO = """import typer

app = typer.Typer()

{groups}
if __name__ == "__main__":
    app()
"""
GROUP = """group_{n} = typer.Typer(help="Group {n}")
app.add_typer(group_{n}, name="group{n}")
"""
COMMAND = """

@group_{n}.command("command{m}", help="Command {m}")
def command_{n}_{m}(name: str = "world", office: str = "", format: str = "table", yes: bool = False) -> None:
    print("hello", name)

"""


def hello_app(folder: Path, commands: list[int]) -> Path:
    """A bare Typer program with as many groups and commands as ours, doing nothing."""
    groups = ""
    for n, count in enumerate(commands):
        groups += GROUP.format(n=n) + "".join(COMMAND.format(n=n, m=m) for m in range(count))
    path = folder / "hello.py"
    path.write_text(HELLO.format(groups=groups), "utf-8")
    return path


def nothing_script(folder: Path, ours: Path) -> Path:
    """The console script that the same installer wrote for gaozhi, with a program that does nothing."""
    (folder / "nothing.py").write_text("def main():\n    return 0\n", "utf-8")
    path = folder / "nothing_script.py"
    path.write_text(ours.read_text("utf-8").replace("gaozhi_cli.cli.app", "nothing"), "utf-8")
    return path


def commands_of_ours() -> list[int]:
    """How many commands each group has."""
    modules = [importlib.import_module(f"gaozhi_cli.cli.{group}") for group in GROUPS]
    return [len(module.app.registered_commands) for module in modules]


def fill(folder: Path, rows: int, environment: dict[str, str]) -> None:
    """A ledger with ``rows`` commitments: one made by the commands themselves, the others its copies."""
    form = ["--name", "测试甲", "--id-number", "410182199001010030", "--phone", "13800000000"]
    form += ["--statement", "材料齐备", "--site-address", "测试路1号"]
    for args in (
        ["letter", "new", "--item", "15", *form],
        ["commitment", "sign", NUMBER],
        ["commitment", "accept", NUMBER, "--due", "2026-12-01"],
    ):
        timed([sys.executable, "-m", "gaozhi_cli", *args], environment)
    with sqlite3.connect(folder / "ledger.db") as ledger:
        for table in ("commitments", "verifications"):
            found = ledger.execute(f"SELECT * FROM {table}")
            names = [column[0] for column in found.description]
            first = dict(zip(names, found.fetchone(), strict=True))
            places = ", ".join("?" * len(names))
            copies = (tuple((first | changed(table, n)).values()) for n in range(2, rows + 1))
            ledger.executemany(f"INSERT INTO {table} VALUES ({places})", copies)
    ledger.close()


def changed(table: str, n: int) -> dict[str, object]:
    """What is different in the n-th copy of a row; three checks in a hundred are still open."""
    number = f"{NUMBER[:-5]}{n:05d}"
    if table == "commitments":
        return {"number": number, "n": n, "official_number": f"基准〔2026〕{n:05d}号"}
    row = {"id": f"{number}-1", "number": number, "due_on": f"2026-12-{1 + n % 28:02d}"}
    closed = {"state": "closed", "finding": "true", "closed_on": "2026-12-31"}
    return row if n % 100 < OPEN else row | closed


def cases(folder: Path) -> list[Case]:
    """What is timed."""
    python = sys.executable
    scripts = Path(sysconfig.get_path("scripts"))
    program = next((p for p in (scripts / "gaozhi", scripts / "gaozhi.exe") if p.exists()), None)
    if program is None:
        raise SystemExit(f"no gaozhi console script in {scripts}: install the package first")
    hello = str(hello_app(folder, commands_of_ours()))

    def ours(*args: str, goal: str, most: float, against: str = "pass") -> Case:
        return Case(f"`gaozhi {' '.join(args)}`", [str(program), *args], goal, most, against)

    reads, first = "≤ 7x pass, summit ≤ 2x", 7.0
    return [
        Case("`python -c pass`", [python, "-c", "pass"]),
        Case("console script that does nothing", [python, str(nothing_script(folder, program))]),
        Case("bare Typer app, one command", [python, hello, "group0", "command0"]),
        Case("bare Typer app, `--help`", [python, hello, "--help"]),
        ours("--version", goal="≤ 1.2x script", most=1.2, against="script"),
        ours("--help", goal="≤ 6.5x pass", most=6.5),
        ours("catalog", "list", "--dept", "人社局", goal=reads, most=first),
        ours("catalog", "list", "--format", "json", goal=reads, most=first),
        ours("verify", "due", "--format", "tsv", goal=reads, most=first),
        ours("commitment", "show", NUMBER, goal=reads, most=first),
        ours("letter", "new", "--help", goal="≤ 7x pass", most=7.0),
        ours("ledger", "info", goal="≤ 7x pass", most=7.0),
    ]


def main() -> None:
    """Prepare a home, measure, print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=20, help="rounds that are counted")
    parser.add_argument("--rows", type=int, default=1000, help="commitments in the ledger")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gaozhi-benchmark-") as name:
        folder = Path(name)
        home = folder / "home"
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("GAOZHI_", "PYTHON"))}
        environment |= {"GAOZHI_HOME": str(home), "GAOZHI_AS_OF": TODAY}
        fill(home, given.rows, environment)
        todo = cases(folder)
        medians = measure(todo, given.rounds, environment)
    python = ".".join(map(str, sys.version_info[:3]))
    print(f"Python {python}, {given.rounds} rounds, a ledger of {given.rows} commitments\n")
    print("\n".join(table(todo, medians)))


if __name__ == "__main__":
    main()
