"""轮换密钥: row keys alone are wrapped anew; a kill at any moment leaves a ledger that opens."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gaozhi_cli.domain.problem import NotReady
from gaozhi_cli.services import rotate_key as service
from gaozhi_cli.services.rotate_key import Rotated, rotate_key
from gaozhi_cli.storage import schema
from gaozhi_cli.storage.sqlite.engine import SqliteEngine
from gaozhi_cli.storage.transaction import Transaction
from gaozhi_cli.storage.vault import key_path, read_keys
from gaozhi_cli.storage.verify import verify
from tests.builders import CITIZEN, an_id_number, an_occasion
from tests.storage.test_ledger_contract import (
    Window,
    entries,
    journal_is_impersonal,
    one_entry,
    raw,
    refused,
    reopened,
    unchanged,
)

SOMEBODY = {**CITIZEN, "id_number": an_id_number("41018219910101003")}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Window:
    """A day's work."""
    window = Window(tmp_path_factory.mktemp("rotate") / "county")
    window.a_day()
    return window


@pytest.fixture
def county(template: Window, tmp_path: Path) -> Iterator[Window]:
    """The same county to rotate in."""
    window = template.copied(tmp_path / "county")
    yield window
    window.ledger.close()


def rotate(window: Window, **options: object) -> Rotated:
    """Rotate the key of the window's ledger."""
    keys = window.home / "keys"
    return rotate_key(ledger=window.ledger, keys=keys, **{"occasion": an_occasion(), **options})  # type: ignore[arg-type]


def people(window: Window) -> dict[str, dict[str, str]]:
    """Everything personal, opened."""
    rows = window.ledger.engine.execute("SELECT owner, role FROM personal ORDER BY id")
    return {f"{owner}/{role}": window.ledger.personal(owner, role) for owner, role in rows}


def key_ids(path: Path) -> set[str]:
    """Under which keys the row keys are, read past the program."""
    with raw(path) as base:
        return {row[0] for row in base.execute("SELECT key_id FROM row_keys")}


def key_file(window: Window) -> dict[str, object]:
    """The key file as it lies there."""
    body: dict[str, object] = json.loads(key_path(window.home / "keys", window.ledger.id()).read_bytes())
    return body


def test_row_keys_alone_are_wrapped_anew(county: Window) -> None:
    """One entry, one row of meta; ciphertexts, digests and anchors as before; no secret journalled."""
    before, opened, printed = key_file(county), people(county), county.ledger.anchor()
    with raw(county.path) as base:
        sealed = base.execute("SELECT * FROM personal ORDER BY id").fetchall()
    with one_entry(county, "ledger.key-rotate", county.ledger.id()) as entry:
        done = rotate(county)
    after = key_file(county)
    assert (done.old, done.new, done.rows) == (before["id"], after["id"], len(sealed))
    assert entry["detail"] == {"old": done.old, "new": done.new, "rows": done.rows, "forget": False}
    assert json.loads(entry["writes"])[0][:3] == ["meta", ["key"], None]
    assert list(after) == ["ledger", "id", "wrap", "match", "retired"]
    assert after["match"] == before["match"] and after["wrap"] != before["wrap"]
    assert after["retired"] == [{"id": before["id"], "wrap": before["wrap"]}]
    with raw(county.path) as base:
        assert base.execute("SELECT * FROM personal ORDER BY id").fetchall() == sealed
    assert key_ids(county.path) == {done.new}
    county.reopen()
    assert people(county) == opened and verify(county.ledger, printed).faults == ()
    secrets = [str(body[name]) for body in (before, after) for name in ("wrap", "match")]
    assert not [one for row in entries(county.path) for one in secrets if one in str(row)]
    journal_is_impersonal(county)
    county.letter("64", SOMEBODY)
    assert key_ids(county.path) == {done.new}


def test_a_ledger_backed_up_before_opens_with_the_retired_key(county: Window, tmp_path: Path) -> None:
    """And what is written into it then is under the key that it names as its own."""
    older = shutil.copy(county.path, tmp_path / "older.db")
    opened = people(county)
    first, second = rotate(county), rotate(county)
    assert second.kept == 2 and second.old == first.new
    county.ledger.close()
    shutil.copy(older, county.path)
    county.ledger = reopened(county.home)
    assert people(county) == opened and verify(county.ledger).faults == ()
    number = county.letter("64", SOMEBODY)
    assert county.ledger.personal(number, "applicant")["name"] == SOMEBODY["name"]
    assert verify(county.ledger).faults == ()


def test_forget_drops_the_keys_of_before(county: Window, tmp_path: Path) -> None:
    """The ledger opens, its older backup does not any more, and says why."""
    older, opened = shutil.copy(county.path, tmp_path / "older.db"), people(county)
    rotate(county)
    done = rotate(county, forget=True)
    assert done.kept == 0 and list(key_file(county)) == ["ledger", "id", "wrap", "match"]
    assert people(county) == opened and verify(county.ledger).faults == ()
    county.ledger.close()
    shutil.copy(older, county.path)
    county.ledger = reopened(county.home)
    with pytest.raises(NotReady, match="密钥文件里没有编号"):
        people(county)
    assert "密钥文件里没有" in verify(county.ledger).faults[0].message


def test_a_key_file_of_before_the_rotation_is_named(county: Window, tmp_path: Path) -> None:
    """An old key backup put back by hand: one sentence, and nothing is sealed under a wrong key."""
    path = key_path(county.home / "keys", county.ledger.id())
    old = path.read_bytes()
    rotate(county)
    path.write_bytes(old)
    county.reopen()
    for act in (lambda: people(county), lambda: county.draw_up("64", SOMEBODY)):
        with pytest.raises(NotReady, match=r"密钥文件是轮换之前的.*ledger key restore"):
            act()


def test_another_window_goes_on_through_a_rotation(county: Window) -> None:
    """A process that had read the key before reads the new one, and seals under it, even after --forget."""
    with closing(reopened(county.home)) as other:
        number = "SC-2026-00001"
        assert other.personal(number, "applicant")
        rotate(county)
        done = rotate(county, forget=True)
        assert other.personal(number, "applicant")["name"] == CITIZEN["name"]
    elsewhere = county.copied(county.home.parent / "other")
    elsewhere.ledger.keys()
    with closing(reopened(elsewhere.home)) as other:
        keys = elsewhere.home / "keys"
        rotated = rotate_key(ledger=other, keys=keys, occasion=an_occasion(), forget=True)
    assert rotated.old == done.new
    elsewhere.letter("64", SOMEBODY)  # with the keys it had read before
    assert key_ids(elsewhere.path) == {rotated.new}
    elsewhere.ledger.close()


def test_a_row_key_that_was_altered_stops_the_rotation(county: Window) -> None:
    """Nothing is wrapped anew over damage, and the old key still opens the rest."""
    with raw(county.path) as base:
        base.execute("UPDATE row_keys SET wrapped = zeroblob(61) WHERE rowid = 3")
    before = county.path.read_bytes()
    with pytest.raises(NotReady, match=r"row_keys/.* 打不开"):
        rotate(county)
    assert county.path.read_bytes() == before
    county.reopen()
    assert county.ledger.personal("RS-2026-00001", "applicant")


@pytest.mark.parametrize("column", ["name", "phone"])
def test_moved_ciphertext_is_noticed_after_a_rotation(county: Window, column: str) -> None:
    """A name put into another's row, or a row key into another's place, opens under no key."""
    rotate(county)
    with raw(county.path) as base:
        rows = base.execute("SELECT id, owner FROM personal WHERE role = 'applicant' ORDER BY id").fetchall()
        base.execute(
            f"UPDATE personal SET {column} = (SELECT {column} FROM personal WHERE id = ?) WHERE id = ?",
            (rows[0][0], rows[1][0]),
        )
    with pytest.raises(NotReady, match=f"personal/.*/{column} 打不开"):
        county.ledger.personal(rows[1][1], "applicant")
    with raw(county.path) as base:
        base.execute(
            "UPDATE row_keys SET wrapped = (SELECT wrapped FROM row_keys WHERE id = ?) WHERE id = ?",
            (rows[0][0], rows[2][0]),
        )
    with pytest.raises(NotReady, match=r"row_keys/.* 打不开"):
        county.ledger.personal(rows[2][1], "applicant")
    assert {"被改动", "打不开"} <= {word for fault in verify(county.ledger).faults
                              for word in ("被改动", "打不开") if word in fault.message}  # fmt: skip


def test_trial_and_repeat(county: Window) -> None:
    """A trial changes nothing; the same request again changes nothing either."""
    done = unchanged(county, lambda: rotate(county, occasion=an_occasion(dry_run=True)))
    assert done.rows > 0
    once = rotate(county, occasion=an_occasion(request_id="r"))
    again = unchanged(county, lambda: rotate(county, occasion=an_occasion(request_id="r")))
    assert again.repeated and (again.old, again.new) == (once.old, once.new)


def test_without_the_key_there_is_nothing_to_rotate(county: Window) -> None:
    """A lost key: refused, nothing changed."""
    shutil.rmtree(county.home / "keys")
    county.reopen()
    refused(county, lambda: rotate(county), NotReady, "找不到台账的密钥文件")


def test_key_file_that_cannot_be_settled(county: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full when the rotation stands already: told, and the ledger opens all the same."""
    calls, write = [], service.write_keys

    def once(*args: object) -> None:
        calls.append(args)
        if len(calls) == 2:
            raise OSError(28, "full")
        write(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(service, "write_keys", once)
    done = rotate(county)
    assert not done.settled and "next" in key_file(county)
    county.reopen()
    assert people(county) and verify(county.ledger).faults == ()
    assert rotate(county).settled and "next" not in key_file(county)
    assert len(read_keys(county.home / "keys", county.ledger.id()).retired) == 2


# Killed


def die(*_: object, **__: object) -> None:
    """As a power cut would: nothing is tidied up."""
    os.kill(os.getpid(), signal.SIGKILL)


def at_page(n: int) -> Callable[[], None]:
    """Die in the middle of the row keys."""

    def arrange() -> None:
        service.PAGE = 2
        done, rewrap = [], Transaction.rewrap

        def dying(act: Transaction, rows: list[list[object]]) -> None:
            rewrap(act, rows)
            done.append(1)
            if len(done) == n:
                die()

        Transaction.rewrap = dying  # type: ignore[method-assign]

    return arrange


def around_commit(after: bool) -> Callable[[], None]:
    """Die before or right after the commit."""

    def arrange() -> None:
        commit = SqliteEngine.commit

        def dying(engine: SqliteEngine) -> None:
            if after:
                commit(engine)
            die()

        SqliteEngine.commit = dying  # type: ignore[method-assign]

    return arrange


def at_write(n: int) -> Callable[[], None]:
    """Die before the n-th writing of the key file, the file still half written aside."""

    def arrange() -> None:
        calls, write = [], service.write_keys

        def dying(folder: Path, ledger_id: str, keys: object) -> None:
            calls.append(1)
            if len(calls) == n:
                (folder / f".{ledger_id}.key.0.tmp").write_bytes(b'{"half')
                die()
            write(folder, ledger_id, keys)  # type: ignore[arg-type]

        service.write_keys = dying

    return arrange


def rotate_and_die(home: Path, arrange: Callable[[], None]) -> None:
    """In a process of its own."""
    arrange()
    rotate_key(ledger=reopened(home), keys=home / "keys", occasion=an_occasion())


MOMENTS = {
    "before the file": at_write(1), "first page": at_page(1), "second page": at_page(2),
    "before the commit": around_commit(False), "after the commit": around_commit(True),
    "before the end": at_write(2),
}  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="没有 fork")
@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_any_moment_it_opens(county: Window, moment: str) -> None:
    """All row keys are under one key, everything opens, the chain is whole, and the next rotation works."""
    opened, before = people(county), len(entries(county.path))
    county.ledger.close()
    work = multiprocessing.get_context("fork").Process(
        target=rotate_and_die, args=(county.home, MOMENTS[moment])
    )
    work.start()
    work.join(30)
    assert work.exitcode == -signal.SIGKILL
    county.ledger = reopened(county.home)
    assert people(county) == opened and verify(county.ledger).faults == ()
    stands = moment in ("after the commit", "before the end")
    assert len(entries(county.path)) == before + stands
    assert len(key_ids(county.path)) == 1
    number = county.letter("64", SOMEBODY)
    assert county.ledger.personal(number, "applicant")["name"] == SOMEBODY["name"]
    assert len(key_ids(county.path)) == 1
    done = rotate(county)
    assert done.settled and key_ids(county.path) == {done.new}
    assert people(county)[f"{number}/applicant"]["name"] == SOMEBODY["name"]
    assert verify(county.ledger).faults == ()


def test_row_keys_are_handed_over_page_by_page(county: Window) -> None:
    """Each row once, in flat memory, while the rows of the page at hand are changed."""
    engine, seen = county.ledger.engine, []
    for page in engine.pages(schema.ROW_KEYS, 2):
        assert len(page) <= 2
        seen += [row[0] for row in page]
        engine.execute_many(
            "UPDATE row_keys SET wrapped = ? WHERE id = ?", [[b"x" * 500, r[0]] for r in page]
        )
    assert sorted(seen) == [row[0] for row in engine.execute("SELECT id FROM row_keys ORDER BY id")]
