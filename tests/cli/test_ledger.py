"""``gaozhi ledger``: made once, described, and checked against its journal."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from pathlib import Path

import pytest

from tests.cli import test_errors
from tests.cli.test_errors import NOT_READY, kept, letter, told
from tests.conftest import Run

office = test_errors.office  # the fixture
INFO = {"id", "path", "created", "format_version", "entries", "anchor", "key", "pending_letters"}


def edit(home: Path, *statements: str) -> None:
    """Change the ledger behind the journal's back."""
    with sqlite3.connect(home / "ledger.db") as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_a_ledger_is_made_once(run: Run, home: Path) -> None:
    """init makes ledger and key, says where the key is, and leaves an existing ledger alone."""
    first = run("ledger", "init", "--format", "json")
    assert first.returncode == 0 and "备份" in first.stderr
    info = json.loads(first.stdout)
    assert set(info) >= INFO and re.fullmatch(r"[0-9a-f]{16}", info["id"])
    assert Path(info["key"]).is_file() and Path(info["path"]) == home / "ledger.db"
    assert (info["entries"], info["pending_letters"]) == ("1", [])
    if os.name == "posix":
        assert [oct((home / name).stat().st_mode & 0o777) for name in ("ledger.db", "keys")] == [
            "0o600",
            "0o700",
        ]
    before = kept(home)
    again = run("ledger", "init", "--format", "json")
    assert json.loads(again.stdout)["id"] == info["id"] and kept(home) == before


def test_a_ledger_can_be_named(run: Run, home: Path, tmp_path: Path) -> None:
    """--ledger and GAOZHI_LEDGER; the flag beats the environment."""
    one, two = str(tmp_path / "甲.db"), str(tmp_path / "乙.db")
    run("ledger", "init", env={"GAOZHI_LEDGER": one})
    run("ledger", "init", "--ledger", two, env={"GAOZHI_LEDGER": one})
    ids = [
        json.loads(run("ledger", "info", "--format", "json", "--ledger", path).stdout)["id"]
        for path in (one, two)
    ]
    assert ids[0] != ids[1] and not (home / "ledger.db").exists()


def test_info_describes_the_ledger_without_its_key(run: Run, office: Path) -> None:
    """Looking needs no key, writes nothing, and says that the key is missing."""
    for key in (office / "keys").iterdir():
        key.unlink()
    before = kept(office)
    result = run("ledger", "info", "--format", "json", home=office)
    info = json.loads(result.stdout)
    assert "缺失" in info["key"] and re.fullmatch(r"\d+-[0-9a-f]{16}", info["anchor"])
    assert info["anchor"].startswith(f"{info['entries']}-")
    assert json.loads(run("ledger", "verify", "--format", "json", home=office).stdout)["ok"] is True
    assert kept(office) == before


def test_an_untouched_ledger_is_whole(run: Run, office: Path) -> None:
    """ok, counts as text, the anchor of info; an anchor printed earlier still holds."""
    anchor = json.loads(run("ledger", "info", "--format", "json", home=office).stdout)["anchor"]
    whole = json.loads(run("ledger", "verify", "--format", "json", home=office).stdout)
    assert whole["ok"] is True and whole["anchor"] == anchor and int(whole["rows"]) > 10
    run("commitment", "sign", "SC-2026-00001", home=office)
    assert run("ledger", "verify", "--anchor", anchor, home=office).returncode == 0


TAMPERED = {
    "edited": ("UPDATE commitments SET status = 'concluded' WHERE number = 'RS-2026-00001'", "RS-2026-00001"),
    "removed": ("DELETE FROM verifications WHERE id = 'RS-2026-00001-2'", "RS-2026-00001-2"),
    "inserted": ("INSERT INTO counters VALUES ('XX', 2026, 9)", "XX"),
    "number": ("UPDATE counters SET n = 0 WHERE office = 'SC'", "SC"),
    "name": ("UPDATE subjects SET name_shown = '某*'", "subjects"),
    "sealed": ("UPDATE personal SET phone = zeroblob(40)", "personal"),
    "key": ("DELETE FROM row_keys", "行密钥"),
    "operator": ("UPDATE journal SET operator = '别人' WHERE seq = 3", "第 3 条"),
    "gap": ("DELETE FROM journal WHERE seq = 4", "第 4 条"),
    "meta": ("UPDATE meta SET value = 'x' WHERE key = 'created'", "meta"),
}


@pytest.mark.parametrize("kind", TAMPERED)
def test_whatever_is_changed_is_found_and_named(run: Run, office: Path, kind: str) -> None:
    """An edited, removed or inserted row or entry: exit 7, the first one that does not agree is named."""
    statement, words = TAMPERED[kind]
    edit(office, statement)
    before = kept(office)
    result = run("ledger", "verify", "--format", "json", home=office)
    assert words in told(result, NOT_READY)
    error = json.loads(result.stdout)["error"]
    assert error["code"] == "not-ready" and words in error["message"] and error["problems"]
    assert kept(office) == before, "checking changes nothing"


def test_a_cut_tail_is_found_with_an_anchor(run: Run, office: Path) -> None:
    """A chain alone does not notice that its end is gone; the anchor printed on paper does."""
    anchor = json.loads(run("ledger", "info", "--format", "json", home=office).stdout)["anchor"]
    early = office / "early.db"
    early.write_bytes((office / "ledger.db").read_bytes())
    run("commitment", "sign", "SC-2026-00001", home=office)
    later = json.loads(run("ledger", "info", "--format", "json", home=office).stdout)["anchor"]
    assert run("ledger", "verify", "--ledger", str(early), home=office).returncode == 0
    assert run("ledger", "verify", "--ledger", str(early), "--anchor", anchor, home=office).returncode == 0
    result = run("ledger", "verify", "--ledger", str(early), "--anchor", later, home=office)
    assert "截断" in told(result, NOT_READY)


def test_a_lost_ledger_is_not_begun_anew(run: Run, office: Path) -> None:
    """A key without its ledger: exit 7, never 00001 again; a new one only when that is said."""
    (office / "ledger.db").unlink()
    message = told(run(*letter(), home=office), NOT_READY)
    assert "密钥" in message and "ledger init --yes" in message
    assert not (office / "ledger.db").exists()
    assert run("ledger", "init", "--yes", home=office).returncode == 0 and (office / "ledger.db").exists()


def test_without_a_ledger_nothing_is_verified(run: Run, home: Path) -> None:
    """No ledger is not a whole ledger: exit 7, and none is made."""
    told(run("ledger", "verify", "--format", "json"), NOT_READY)
    assert run("ledger", "init", "--dry-run").returncode == 0 and kept(home) == {}


def test_a_letter_that_a_crash_left_unmade_is_made_by_the_next_act(run: Run, office: Path) -> None:
    """Number and state come first; a row without its file is finished when the ledger is next written."""
    missing = office / "letters" / "SC" / "2026" / "SC-2026-00001.docx"
    content = missing.read_bytes()
    missing.unlink()
    edit(office, "UPDATE letters SET docx_sha256 = NULL, state = 'pending' WHERE number = 'SC-2026-00001'")
    info = json.loads(run("ledger", "info", "--format", "json", home=office).stdout)
    assert info["pending_letters"] == ["SC-2026-00001"]
    result = run("commitment", "sign", "SC-2026-00001", home=office)
    assert result.returncode == 0 and "已补上 SC-2026-00001" in result.stderr
    assert missing.read_bytes() == content, "made again, byte for byte"
