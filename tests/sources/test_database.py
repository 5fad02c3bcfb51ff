"""Tables of a register: SQLite, ODBC over its driver, PostgreSQL where there is one; read only."""

from __future__ import annotations

import contextlib
import getpass
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gaozhi_cli.domain.problem import NotReady, SourceUnavailable
from gaozhi_cli.domain.registers import Limits, Place, Source
from gaozhi_cli.domain.vocabulary import SourceKind
from gaozhi_cli.sources import dialects
from gaozhi_cli.sources.database import DatabaseRegister, as_text
from gaozhi_cli.sources.dialects import Dialect
from tests.sources.registers import PEOPLE, TODAY, a_source, asked, claims, outcomes, receipt

TABLE = 'CREATE TABLE "参保" ("身份证号" TEXT, "姓名" TEXT, "状态" TEXT, "更新" TEXT)'
INSERT = 'INSERT INTO "参保" VALUES (?, ?, ?, ?)'
ROWS = [
    (PEOPLE["c1"][0], "测试甲", "正常", "2026-11-20"),
    (PEOPLE["c2"][0].lower(), "测试　乙", "正常", "2026-11-20"),
    (PEOPLE["c3"][0], "另一人", None, "2026-11-20"),
    (PEOPLE["c4"][0], "测试丁", "正常", "2026-11-20"),
    (PEOPLE["c4"][0], "测试丁", "正常", "2026-11-20"),
    (PEOPLE["c5"][0], "测试戊", "正常", "2026-01-01"),
]
SAID = {
    "c1": "match", "c2": "match", "c3": "mismatch", "c4": "ambiguous", "c5": "stale", "c6": "not-found",
    "c7": "not-found",
}  # fmt: skip
PLACE = Place(table="参保", database="sqlite")


def a_table(**changed: Any) -> Source:
    """The register as a table whose records say their own day."""
    return a_source(
        SourceKind.TABLE, **({"place": PLACE, "dated_column": "更新", "limits": Limits(max_age=30)} | changed)
    )


def a_register(dialect: Dialect, **changed: Any) -> DatabaseRegister:
    """The register behind a dialect."""
    return DatabaseRegister(a_table(**changed), dialect, receipt, today=lambda: date(2026, 11, 23))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An SQLite file as a neighbouring office keeps it."""
    path = tmp_path / "前置 库.db"
    with closing(sqlite3.connect(path)) as base, base:
        base.execute(TABLE)
        base.executemany(INSERT, ROWS)
    return path


def odbc(file: Path) -> Dialect:
    """The same file by ODBC."""
    pyodbc = pytest.importorskip("pyodbc", reason="pyodbc 未安装")
    if "SQLite3" not in pyodbc.drivers():
        pytest.skip("没有 SQLite 的 ODBC 驱动（libsqliteodbc）")
    plain = file.with_name("plain.db")  # the driver reads no Chinese path in the locale of the tests
    shutil.copy(file, plain)
    return dialects.odbc(f"Driver=SQLite3;Database={plain}", 5)


DIALECTS: dict[str, Callable[[Path], Dialect]] = {
    "sqlite": lambda path: dialects.sqlite(path, 5),
    "odbc": odbc,
}


@pytest.mark.parametrize("name", DIALECTS)
def test_the_same_answers_by_any_driver(file: Path, name: str) -> None:
    """Equal, spelt otherwise, another name, twice, too old, not there; asked in one question."""
    before = file.read_bytes()
    register = a_register(DIALECTS[name](file))
    answers = asked(register)
    assert outcomes(answers) == SAID and name in register.adapter
    assert (answers["c1"].as_of, answers["c6"].as_of) == ("2026-11-20", "2026-11-23")
    assert answers["c1"].receipt != answers["c6"].receipt and len(answers["c1"].receipt or "") == 8
    assert "可以查询" in register.probe()[0]
    assert file.read_bytes() == before


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("wrong", [{"place": PLACE._replace(table="没有")}, {"dated_column": "没有这栏"}])
def test_a_table_or_column_that_is_not_there(file: Path, name: str, wrong: dict[str, Any]) -> None:
    """The declaration is wrong: nobody is "not found"; an unknown column is not read as a text."""
    answers = asked(a_register(DIALECTS[name](file), **wrong))
    assert set(outcomes(answers).values()) == {"bad-request"}
    with pytest.raises(SourceUnavailable, match=r"sources\.yaml"):
        a_register(DIALECTS[name](file), **wrong).probe()


def test_a_database_that_is_gone_or_no_database(tmp_path: Path) -> None:
    """No file: nothing is made of it; a text file; both before anybody is asked about."""
    path = tmp_path / "x.db"
    with pytest.raises(SourceUnavailable, match="连不上"):
        asked(a_register(dialects.sqlite(path, 5)))
    assert not path.exists()
    path.write_text("这不是数据库" * 100, "utf-8")
    with pytest.raises(SourceUnavailable, match="读不懂"):
        asked(a_register(dialects.sqlite(path, 5)))


def test_a_database_that_goes_away_half_way(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first group is answered; the second fails, and the rest is not asked any more."""
    monkeypatch.setattr("gaozhi_cli.sources.database.TOGETHER", 2)
    answers = {}
    each = a_register(dialects.sqlite(file, 5)).check(claims(), time.monotonic() + 60, TODAY).each
    for answer in each:
        answers[answer.check] = answer
        if len(answers) == 2:
            with closing(sqlite3.connect(file)) as base, base:
                base.execute('DROP TABLE "参保"')
    rest = dict.fromkeys(("c3", "c4", "c5", "c6", "c7"), "bad-request")
    assert outcomes(answers) == {"c1": "match", "c2": "match"} | rest
    assert [answer.tries for answer in answers.values()] == [1, 1, 1, 1, 0, 0, 0]


def test_a_locked_and_a_slow_database(file: Path) -> None:
    """Somebody writes there: timeout; a view that never ends is broken off in time."""
    with closing(sqlite3.connect(file)) as base, base:
        base.execute(
            'CREATE VIEW "慢" AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)'
            ' SELECT CAST(x AS TEXT) AS "身份证号", \'\' AS "姓名", \'\' AS "状态", \'\' AS "更新" FROM n'
        )
    begun = time.monotonic()
    slow = a_register(dialects.sqlite(file, 5), place=PLACE._replace(table="慢"), limits=Limits(timeout=1))
    assert set(outcomes(asked(slow)).values()) == {"timeout"} and time.monotonic() - begun < 4
    with closing(sqlite3.connect(file, isolation_level=None)) as base:
        base.execute("BEGIN EXCLUSIVE")
        with contextlib.suppress(SourceUnavailable):
            assert set(outcomes(asked(a_register(dialects.sqlite(file, 0.1)))).values()) == {"timeout"}
    assert outcomes(asked(a_register(dialects.sqlite(file, 5)), seconds=-1))["c1"] == "timeout"


def test_nothing_can_be_written(file: Path) -> None:
    """Read-only twice over, whatever is sent."""
    connection = dialects.sqlite(file, 5).connect()
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute(INSERT, ROWS[0])
    connection.close()


def test_a_number_is_a_parameter(file: Path) -> None:
    """What looks like SQL is a number that is not there."""
    claim = claims("c1")[0]._replace(key="x' OR '1'='1")
    (answer,) = a_register(dialects.sqlite(file, 5)).check([claim], time.monotonic() + 9, TODAY).each
    assert answer.outcome.value == "not-found"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""), (" 甲 ", "甲"), (12, "12"), (1001.0, "1001"), (1.5, "1.5"), (4.10182199001e17, None),
        (b"\x00", None), (date(2026, 1, 2), "2026-01-02"), (True, "是"),
    ],
)  # fmt: skip
def test_values_as_text(value: Any, text: str | None) -> None:
    """Numbers as a clerk writes them; a float too long for one, and bytes, are unreadable."""
    assert as_text(value) == text


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("57014", "timeout"), ("HYT00", "timeout"), ("28P01", "denied"), ("42501", "denied"),
        ("42P01", "bad-request"), ("08006", "unavailable"), ("", "unavailable"), ("57P01", "unavailable"),
    ],
)  # fmt: skip
def test_what_a_state_of_sql_means(state: str, outcome: str) -> None:
    """Of drivers that tell one."""
    assert dialects.by_sqlstate(state, "").value == outcome


def test_a_driver_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """How to get it."""
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    monkeypatch.setitem(__import__("sys").modules, "pyodbc", None)
    for make, extra in ((dialects.postgresql, "postgresql"), (dialects.odbc, "odbc")):
        with pytest.raises(NotReady, match=rf"gaozhi\[{extra}\]"):
            make("x", 5)


# ---- PostgreSQL


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL of its own, on a port of its own."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("没有装 PostgreSQL")
    pytest.importorskip("psycopg", reason="psycopg 未安装")
    folder, bin_ = tmp_path_factory.mktemp("pg"), found[-1].parent
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if as_user:
        for one in (folder, *folder.parents[:3]):
            with contextlib.suppress(OSError):
                one.chmod(one.stat().st_mode | 0o055)
        shutil.chown(folder, "postgres")
    user = "postgres" if as_user else getpass.getuser()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"

    def run(*command: str) -> None:
        subprocess.run([*as_user, *command], check=True, capture_output=True, timeout=60, cwd="/")

    run(str(bin_ / "initdb"), "-D", str(data), "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    run(str(bin_ / "pg_ctl"), "-D", str(data), "-w", "-o", options, "-l", str(folder / "log"), "start")
    try:
        yield f"host=127.0.0.1 port={port} user={user} dbname=postgres"
    finally:
        run(str(bin_ / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")


def test_postgresql(server: str) -> None:
    """The same answers; read-only; a slow statement is broken off; a wrong table, and nobody there."""
    import psycopg

    with psycopg.connect(server, autocommit=True) as base:
        base.execute(TABLE)
        base.cursor().executemany(INSERT.replace("?", "%s"), ROWS)
        base.execute('CREATE VIEW "慢" AS SELECT p.* FROM "参保" p, pg_sleep(9)')
    dialect = dialects.postgresql(server, 5)
    assert outcomes(asked(a_register(dialect))) == SAID
    assert "可以查询" in a_register(dialect).probe()[0]
    slow = a_register(dialect, place=PLACE._replace(table="慢"), limits=Limits(timeout=1))
    assert set(outcomes(asked(slow)).values()) == {"timeout"}
    wrong = a_register(dialect, place=PLACE._replace(table="没有"))
    assert set(outcomes(asked(wrong)).values()) == {"bad-request"}
    with closing(dialect.connect()) as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute(INSERT.replace("?", "%s"), ROWS[0])
    nobody = re.sub("port=[0-9]+", "port=1", server).replace("host=", "connect_timeout=2 host=")
    with pytest.raises(SourceUnavailable):
        asked(a_register(dialects.postgresql(nobody, 2)))
