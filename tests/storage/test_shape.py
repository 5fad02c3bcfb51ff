"""What the file holds beside rows: whatever is not as this program makes it is named, never a traceback."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from gaozhi_cli.domain.problem import NotReady
from gaozhi_cli.storage.connect import open_ledger
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.sqlite.engine import SqliteEngine
from gaozhi_cli.storage.verify import verify
from tests.builders import a_clock, a_ledger
from tests.conftest import ROOT, Run
from tests.storage.test_ledger_contract import draw_number, raw

Change = Callable[[sqlite3.Connection], None]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a ledger in which a few numbers were given."""
    home = tmp_path_factory.mktemp("shape") / "home"
    with closing(a_ledger(home)) as ledger:
        for _ in range(3):
            draw_number(ledger)
    return home


def doing(*statements: str) -> Change:
    """Statements past the program."""

    def change(base: sqlite3.Connection) -> None:
        for statement in statements:
            base.execute(statement)

    return change


def remade(table: str, before: str, after: str, *then: str) -> Change:
    """A table made anew with other words in its statement, its rows and indexes kept; then statements."""

    def change(base: sqlite3.Connection) -> None:
        rows = base.execute("SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql NOT NULL", (table,))
        (text,), *indexes = rows.fetchall()
        assert before in text
        base.execute(f"CREATE TEMP TABLE kept AS SELECT * FROM {table}")
        for statement in (f"DROP TABLE {table}", text.replace(before, after, 1)):
            base.execute(statement)
        base.execute(f"INSERT INTO {table} SELECT * FROM kept")
        doing(*(index for (index,) in indexes), *then)(base)

    return change


LOOSE = " STRICT", ""
UNSAFE = {  # nothing is read or written but by verify
    "loose": (remade("journal", *LOOSE), "表 journal 不是本程序建的那样"),
    "view": (
        doing("ALTER TABLE meta RENAME TO kept", "CREATE VIEW meta AS SELECT * FROM kept"),
        "表 meta 被换成了视图",
    ),
    "trigger": (
        doing("CREATE TRIGGER t AFTER INSERT ON journal BEGIN DELETE FROM letters; END"),
        "触发器 t",
    ),
    "fraction": (remade("counters", *LOOSE, "UPDATE counters SET year = year + 0.5"), "表 counters 不是"),
    "infinite": (remade("counters", *LOOSE, "UPDATE counters SET n = 9e999"), "表 counters 不是"),
    "bytes for a key": (remade("counters", *LOOSE, "UPDATE counters SET office = x'00FF'"), "00ff"),
    "number for a hash": (
        remade("journal", *LOOSE, "UPDATE journal SET hash = 99999999999999 WHERE seq = 4"),
        "流水第 4 条的内容被改动",
    ),
}
ODD = {
    "column": (
        doing("ALTER TABLE letters ADD COLUMN g TEXT AS (docx || 'x')"),
        "letters 多了算出来的列 g",
    ),
    "constraint": (remade("counters", "n INTEGER NOT NULL", "n INTEGER NOT NULL CHECK (n < 9)"), "约束"),
    "a view more": (doing("CREATE VIEW v AS SELECT 1"), "视图 v"),
    "no index": (doing("DROP INDEX commitments_n"), "唯一索引 commitments_n"),
    "unique": (doing("CREATE UNIQUE INDEX u ON counters (year)"), "唯一索引 u"),
    "no text": (doing("UPDATE counters SET office = CAST(x'FF' AS TEXT)"), "表 counters 读不出来"),
}
HARMLESS = {
    "index": doing("CREATE INDEX i ON commitments (status)", "DROP INDEX commitments_day"),
    "table": doing("CREATE TABLE notes (a)", "INSERT INTO notes VALUES (1.5)", "ANALYZE"),
}


def changed(made: Path, tmp_path: Path, change: Change) -> Path:
    """A copy of the home, its ledger changed."""
    home = Path(shutil.copytree(made, tmp_path / "county"))
    with raw(home / "ledger.db") as base:
        change(base)
    return home


def opened(home: Path, *, as_it_is: bool) -> Ledger:
    """The ledger of a home."""
    ledger = open_ledger(str(home / "ledger.db"), home / "keys", a_clock, as_it_is=as_it_is)
    assert ledger is not None
    return ledger


@pytest.mark.parametrize("name", [*UNSAFE, *ODD])
def test_what_is_odd_is_named(made: Path, tmp_path: Path, name: str) -> None:
    """Each by a fault of verify; what no cell can be trusted in is not opened for anything else."""
    change, told = (UNSAFE | ODD)[name]
    home = changed(made, tmp_path, change)
    with closing(opened(home, as_it_is=True)) as ledger:
        messages = [fault.message for fault in verify(ledger).faults]
    assert any(told in message for message in messages), messages
    if name in UNSAFE:
        with pytest.raises(NotReady, match="没有读写"):
            opened(home, as_it_is=False)
    else:
        opened(home, as_it_is=False).close()


@pytest.mark.parametrize("name", HARMLESS)
def test_what_changes_nothing_is_left_alone(made: Path, tmp_path: Path, name: str) -> None:
    """An index never changes what rows say; a table of another tool holds none of ours."""
    with closing(opened(changed(made, tmp_path, HARMLESS[name]), as_it_is=False)) as ledger:
        assert verify(ledger).faults == ()


def test_a_write_that_a_foreign_constraint_stops_is_told(made: Path, tmp_path: Path) -> None:
    """The sentence names what is not ours, and nothing was written."""
    home = changed(made, tmp_path, doing("CREATE UNIQUE INDEX u ON journal (act) WHERE seq > 3"))
    with closing(opened(home, as_it_is=False)) as ledger:
        before = ledger.head()
        with pytest.raises(NotReady, match=r"唯一索引 u，.*没有写入"):
            draw_number(ledger)
        assert ledger.head() == before


def test_an_odd_ledger_of_an_earlier_format_is_not_migrated(tmp_path: Path) -> None:
    """Its tables are no ground to build on: refused with the sentence."""
    old = ROOT / "tests" / "data" / "ledger-format-2"
    home = changed(old, tmp_path, remade("letters", *LOOSE))
    with (
        closing(SqliteEngine(home / "ledger.db", older=True)) as engine,
        pytest.raises(NotReady, match="表 letters 不是本程序建的那样"),
    ):
        engine.migrate()


def test_the_command_ends_with_the_sentence(made: Path, tmp_path: Path, run: Run) -> None:
    """ledger verify looks at it as it is: exit 7."""
    done = run("ledger", "verify", home=changed(made, tmp_path, UNSAFE["view"][0]))
    assert (done.returncode, "表 meta 被换成了视图" in done.stderr) == (7, True), done.stderr
