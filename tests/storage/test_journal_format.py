"""docs/journal.md is exact: its vectors hold, and a verifier written from it alone agrees with ours."""

from __future__ import annotations

import ast
import json
import re
import shutil
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gaozhi_cli.domain.journal import anchor, canonical_row, entry_hash, row_digest, sm3
from gaozhi_cli.domain.retention import Retention
from gaozhi_cli.services.purge_ledger import plan_purge, purge_ledger
from gaozhi_cli.services.rotate_key import rotate_key
from gaozhi_cli.storage import schema, vault
from gaozhi_cli.storage.verify import verify
from tests import independent_verify
from tests.builders import CITIZEN, an_id_number, an_occasion
from tests.conftest import ROOT
from tests.storage.test_ledger_contract import Window, entries, raw

SPECIFICATION = (ROOT / "docs" / "journal.md").read_text(encoding="utf-8")
VERIFIER = ROOT / "tests" / "independent_verify.py"


def vector(name: str) -> dict[str, Any]:
    """An example of the specification, by its name; BLOBs as bytes."""
    match = re.search(rf"<!-- vector: {name} -->\n```json\n(.+?)\n```", SPECIFICATION, re.DOTALL)
    assert match is not None, name
    found: dict[str, Any] = json.loads(
        match[1], object_hook=lambda o: bytes.fromhex(o["hex"]) if o.keys() == {"hex"} else o
    )
    return found


def run_verifier(*args: str) -> subprocess.CompletedProcess[str]:
    """The independent verifier as anybody runs it, away from the program."""
    command = [sys.executable, "-I", str(VERIFIER), *args]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, cwd=VERIFIER.parent)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Window:
    """A day's work, which fills every table."""
    window = Window(tmp_path_factory.mktemp("format") / "county")
    window.a_day()
    return window


@pytest.fixture
def copy(county: Window, tmp_path: Path) -> Path:
    """A copy of its ledger to tamper with."""
    return Path(shutil.copy(county.path, tmp_path / "ledger.db"))


# The vectors


def test_sm3_of_abc() -> None:
    """The standard's own example, as the specification prints it."""
    assert sm3(b"abc").hex() in SPECIFICATION
    assert sm3(b"abc").hex().startswith("66c7f0f462eeedd9d1f2d46bdc10e4e2")


def test_row_vector() -> None:
    """One row: canonical bytes and digest, by the program and independently."""
    given = vector("row")
    for canonical, digest in (
        (canonical_row, row_digest),
        (independent_verify.canonical, independent_verify.digest),
    ):
        assert canonical(given["table"], given["row"]).hex() == given["canonical"]
        assert digest(given["table"], given["row"]).hex() == given["sm3"]


def test_row_vector_as_it_is_read_aloud() -> None:
    """The pieces that the text shows are the beginning of the canonical bytes."""
    shown = re.findall(r"`([0-9a-f ]{20,})`", SPECIFICATION.split("### 1. ")[1].split("<!--")[0])
    assert len(shown) == 4
    assert vector("row")["canonical"].startswith("".join(shown).replace(" ", ""))


def test_chain_vector() -> None:
    """Two entries: hashes, link, anchor and the rows they leave, by the program and independently."""
    given = vector("chain")
    first, second = given["entries"]
    body = {name: value for name, value in first.items() if name != "hash"}
    assert canonical_row("journal", body).hex() == given["canonical"]
    assert independent_verify.canonical("journal", body).hex() == given["canonical"]
    assert [entry_hash(entry) for entry in (first, second)] == [first["hash"], second["hash"]]
    assert (first["prev"], second["prev"]) == (bytes(32), first["hash"])
    assert anchor(2, second["hash"]) == given["anchor"]
    tables = {**given["stored"], "journal": given["entries"]}
    assert independent_verify.faults(lambda name: tables.get(name, []), given["anchor"]) == []


@pytest.mark.parametrize("place", ["meta", "counters", "reason", "act", "second"])
def test_chain_vector_altered(place: str) -> None:
    """The same two entries with one thing changed are at fault at that thing's entry."""
    given = vector("chain")
    first, second = given["entries"]
    tables = {**given["stored"], "journal": [first, second]}
    if place == "meta":
        tables["meta"] = [{"key": "id", "value": "0123456789abcdee"}]
    elif place == "counters":
        tables["counters"] = [{"office": "RS", "year": 2026, "n": 1}]
    elif place == "second":
        tables["journal"] = [second]
    else:
        second[place] = None if place == "reason" else "sample.other"
    expected = {"meta": 1, "second": 1}.get(place, 2)
    assert independent_verify.faults(lambda name: tables.get(name, []))[0].startswith(f"entry {expected}:")


def test_sealed_vector() -> None:
    """A sealed field, its wrapped row key and the keyed digests, by the program and by AES-GCM itself."""
    given = vector("sealed")
    wrap, match, row_key = (bytes.fromhex(given[name]) for name in ("wrap", "match", "row_key"))
    sealed, wrapped = (bytes.fromhex(given[name]) for name in ("sealed", "wrapped"))
    field = f"personal/{given['id']}/{given['owner']}/{given['role']}/{given['column']}"
    key = f"row_keys/{given['id']}/{given['key_id']}"
    assert vault.unseal(row_key, sealed, field).decode() == given["plain"]
    assert vault.unseal(wrap, wrapped, key) == row_key
    for secret, data, place, plain in (
        (row_key, sealed, field, given["plain"].encode()),
        (wrap, wrapped, key, row_key),
    ):
        assert data[:1] == b"\x01"
        assert AESGCM(secret).encrypt(data[1:13], plain, place.encode()) == data[13:]
    keys = vault.Keys(given["key_id"], wrap, match)
    assert vault.match_digest(keys, "name", given["plain"]).hex() == given["name_match"]
    assert vault.match_digest(keys, given["id_type"], given["number"]).hex() == given["match_digest"]


# What the text says of a real ledger


def test_specification_lists_the_covered_tables_and_their_keys() -> None:
    """Section 5 is the schema's list; the independent verifier has the same one."""
    section = SPECIFICATION.split("## 五、")[1].split("## 六、")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \|", section, re.MULTILINE)
    listed = {table: re.findall(r"`(\w+)`", keys) for table, keys in rows}
    assert listed == {table.name: list(table.key) for table in schema.DIGESTED}
    assert listed == independent_verify.KEYS
    assert all(f"`{name}`" in section for name in ("journal", "row_keys", "_sqlite_migrations"))


def test_specification_lists_the_columns_of_the_journal() -> None:
    """Section 3 is the schema's list, with which columns may be NULL."""
    section = SPECIFICATION.split("## 三、")[1].split("## 四、")[0]
    rows = re.findall(r"^\| `(\w+)` \| (\w+)( 或 NULL)? \|", section, re.MULTILINE)
    assert [(name, type_ + ("?" if null else "")) for name, type_, null in rows] == list(
        schema.JOURNAL.columns
    )


def test_specification_lists_the_sealed_columns() -> None:
    """Section 7 names what is sealed."""
    section = SPECIFICATION.split("## 七、")[1]
    named = re.findall(r"`(\w+)`", section.split("七列是密文")[0])
    assert named == ["personal", *schema.SEALED]


def test_marks_of_the_file(copy: Path) -> None:
    """application_id and user_version are those of section 1."""
    with raw(copy) as base:
        marks = [base.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
    assert marks == [0x677A6869, schema.VERSION]
    assert "`0x677A6869`" in SPECIFICATION and f"`PRAGMA user_version` = {schema.VERSION}" in SPECIFICATION


def test_key_file_and_sealed_fields_are_as_described(county: Window) -> None:
    """With the key file and sections 7 and 8 alone, every field opens and every digest is found."""
    (key_file,) = (county.home / "keys").iterdir()
    key = json.loads(key_file.read_bytes())
    assert list(key) == ["ledger", "id", "wrap", "match"]
    assert key_file.name == f"{key['ledger']}.key"
    with raw(county.path) as base:
        base.row_factory = sqlite3.Row
        people = [dict(row) for row in base.execute("SELECT * FROM personal")]
        keys = {row["id"]: dict(row) for row in base.execute("SELECT * FROM row_keys")}
        assert base.execute("SELECT value FROM meta WHERE key = 'id'").fetchone()[0] == key["ledger"]
    assert {row["role"] for row in people} == {"applicant", "agent", "evidence", "answer"}
    for row in people:
        wrapped = keys[row["id"]]
        assert wrapped["key_id"] == key["id"]
        row_key = opened(bytes.fromhex(key["wrap"]), wrapped["wrapped"], f"row_keys/{row['id']}/{key['id']}")
        plain = {
            column: opened(
                row_key, row[column], f"personal/{row['id']}/{row['owner']}/{row['role']}/{column}"
            )
            for column in schema.SEALED
            if row[column] is not None
        }
        if "text" in plain:
            plain["text"] = zlib.decompress(plain["text"])
        if "name" in plain:
            ours = vault.match_digest(
                vault.Keys("", b"", bytes.fromhex(key["match"])), "name", plain["name"].decode()
            )
            assert row["name_match"] == ours
        assert {name: value.decode() for name, value in plain.items()} == {
            name: value
            for name, value in county.ledger.personal(row["owner"], row["role"]).items()
            if name != "id_type"
        }


def opened(key: bytes, sealed: bytes, place: str) -> bytes:
    """A sealed field opened by section 7 alone."""
    assert sealed[0] == 1
    return AESGCM(key).decrypt(sealed[1:13], sealed[13:], place.encode())


def test_writes_name_each_row_once_and_chain_its_digests(county: Window) -> None:
    """Section 4 on a real ledger: prev is null at first, else the digest left before."""
    last: dict[tuple[Any, ...], str] = {}
    for entry in entries(county.path):
        text = entry["writes"]
        written = json.loads(text)
        assert text == json.dumps(written, ensure_ascii=False, separators=(",", ":"))
        places = [(table, *key) for table, key, _, _ in written]
        assert len(set(places)) == len(places)
        for place, (_, _, prev, digest) in zip(places, written, strict=True):
            assert prev == last.get(place)
            assert re.fullmatch(r"[0-9a-f]{64}", digest)
            last[place] = digest
    assert {place[0] for place in last} == {table.name for table in schema.DIGESTED}


# The independent verifier


def test_verifier_is_independent() -> None:
    """It imports nothing but the standard library."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(VERIFIER.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    assert names == {"hashlib", "json", "sqlite3", "struct", "sys", "pathlib"}


def test_verifier_finds_a_real_ledger_whole(county: Window) -> None:
    """A day's work made by the services: ok, with the anchor as well, as the program's own says."""
    done = run_verifier(str(county.path), county.ledger.anchor())
    assert (done.returncode, done.stdout) == (0, "ok\n")
    assert verify(county.ledger).faults == ()


def test_verifier_works_without_the_key_and_writes_nothing(copy: Path) -> None:
    """A copy of the file alone is enough, and it stays as it is."""
    before = copy.read_bytes()
    copy.chmod(0o400)
    assert run_verifier(str(copy)).stdout == "ok\n"
    assert copy.read_bytes() == before
    assert list(copy.parent.iterdir()) == [copy]


def rewritten(base: sqlite3.Connection) -> None:
    """The last entry altered and its hash reckoned anew, as anybody can."""
    names = [row[1] for row in base.execute("PRAGMA table_info(journal)")]
    row = dict(zip(names, base.execute("SELECT * FROM journal ORDER BY seq DESC").fetchone(), strict=True))
    row["reason"] = "改写过的理由"
    base.execute(
        "UPDATE journal SET reason = ?, hash = ? WHERE seq = ?", (row["reason"], entry_hash(row), row["seq"])
    )


TAMPERED: list[tuple[str, str | Callable[[sqlite3.Connection], None], str]] = [
    (
        "row altered",
        "UPDATE commitments SET item = 'rs-99' WHERE number LIKE 'RS%'",
        r"entry \d+: .*commitments",
    ),
    (
        "row deleted",
        "DELETE FROM commitment_proofs WHERE proof = 'rs-14.2'",
        r"entry \d+: .*commitment_proofs",
    ),
    ("row inserted", "INSERT INTO counters VALUES ('XX', 2026, 7)", "no entry: .*counters"),
    ("NULL filled in", "UPDATE letters SET pdf = 'x.pdf'", r"entry \d+: .*letters"),
    ("value taken away", "UPDATE verifications SET evidence = NULL", r"entry \d+: .*verifications"),
    ("ciphertext flipped", "UPDATE personal SET name = zeroblob(40)", r"entry \d+: .*personal"),
    ("entry altered", "UPDATE journal SET operator = '别人' WHERE seq = 4", "entry 4: altered"),
    ("entry deleted", "DELETE FROM journal WHERE seq = 4", "entry 4: missing"),
    ("first entry deleted", "DELETE FROM journal WHERE seq = 1", "entry 1: missing"),
    ("writes garbled", "UPDATE journal SET writes = '[[[]]]' WHERE seq = 3", "entry 3: altered"),
    ("key row deleted", "DELETE FROM row_keys WHERE rowid = 1", "no entry: row key"),
    ("key row added", "INSERT INTO row_keys VALUES ('x', 'y', x'00')", "no entry: row key"),
    ("last entry rewritten", rewritten, ""),
]


@pytest.mark.parametrize(("what", "how", "fault"), TAMPERED, ids=[what for what, _, _ in TAMPERED])
def test_verifier_names_the_first_fault(
    county: Window, copy: Path, what: str, how: str | Callable[[sqlite3.Connection], None], fault: str
) -> None:
    """Tampered copies are found without the anchor, but for a rewritten end; with it, that too."""
    with raw(copy) as base:
        base.execute(how) if isinstance(how, str) else how(base)
    done = run_verifier(str(copy))
    if fault:
        assert done.returncode == 1
        assert re.match(fault, done.stdout), done.stdout
    else:
        assert done.stdout == "ok\n"
        done = run_verifier(str(copy), county.ledger.anchor())
        assert (done.returncode, "anchor" in done.stdout) == (1, True)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_row_put_in_by_hand_and_then_changed_by_an_act(county: Window, tmp_path: Path) -> None:
    """Section 6, 5: the first prev of a row is null, so the independent verifier finds the forged row."""
    window = county.copied(tmp_path / "copied")
    number = window.ledger.engine.execute("SELECT number FROM commitments WHERE office = 'RS'")[0][0]
    with raw(window.path) as base:
        columns = ", ".join(schema.VERIFICATIONS.names)
        picked = columns.replace("id,", "id || '9',", 1)
        base.execute(
            f"INSERT INTO verifications SELECT {picked} FROM verifications WHERE id = ?", (f"{number}-2",)
        )
    window.close(f"{number}-29")
    assert "verifications" in run_verifier(str(window.path)).stdout


# Rotation and purge, read by the specification alone


def test_key_file_after_a_rotation_opens_every_row(county: Window, tmp_path: Path) -> None:
    """Section 8: the key that a row names is in the file, and meta names the present one; section 6 holds."""
    window = county.copied(tmp_path / "copied")
    keys = window.home / "keys"
    rotate_key(ledger=window.ledger, keys=keys, occasion=an_occasion())
    window.draw_up("64", CITIZEN)
    (key_file,) = keys.iterdir()
    body = json.loads(key_file.read_bytes())
    wraps = {key["id"]: bytes.fromhex(key["wrap"]) for key in (body, *body["retired"])}
    with raw(window.path) as base:
        assert base.execute("SELECT value FROM meta WHERE key = 'key'").fetchone()[0] == body["id"]
        rows = base.execute("SELECT id, key_id, wrapped FROM row_keys").fetchall()
        assert {key_id for _, key_id, _ in rows} == {body["id"]}
    for id_, key_id, wrapped in rows:
        assert len(opened(wraps[key_id], wrapped, f"row_keys/{id_}/{key_id}")) == 32
    assert run_verifier(str(window.path), county.ledger.anchor()).stdout == "ok\n"
    window.ledger.close()


def test_certificate_and_entries_of_a_purge_are_as_described(county: Window, tmp_path: Path) -> None:
    """Section 10: what the entry lists, what became of the rows, the digest of the certificate."""
    window = county.copied(tmp_path / "copied")
    number = window.letter("64", {**CITIZEN, "id_number": an_id_number("41018219910101003")})
    window.sign(number)
    window.accept(number)
    window.conclude(number)
    kept = Retention(3, date(2021, 1, 1), "虚构的期限表")
    plan = plan_purge(kept, date(2030, 1, 1), unsigned=kept)
    (path,) = purge_ledger(
        plan, ledger=window.ledger, occasion=an_occasion(date(2030, 1, 1)), home=window.home
    ).certificates
    section = SPECIFICATION.split("## 十、")[1].split("## 十一、")[0]
    (entry,) = [entry for entry in entries(window.path) if entry["act"] == "ledger.purge"]
    detail = json.loads(entry["detail"])
    named = re.findall(r"^\| (`.+?`) \|", section, re.MULTILINE)
    assert set(detail) == {word for cell in named for word in re.findall(r"`(\w+)`", cell)}
    written = json.loads(entry["writes"])
    assert {place[0] for place in written} == {"personal", "letters", "subjects"}
    body = json.loads(path.read_bytes())
    digest = body.pop("sm3")
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert independent_verify.hashlib.new("sm3", text.encode()).hexdigest() == digest
    assert run_verifier(str(window.path), body["anchor_before"]).stdout == "ok\n"
    assert run_verifier(str(window.path), body["anchor_after"]).stdout == "ok\n"
    with raw(window.path) as base:
        base.execute("DELETE FROM row_keys WHERE id = (SELECT id FROM personal WHERE purged_on IS NULL)")
    assert run_verifier(str(window.path)).stdout.startswith("no entry: row key")
    window.ledger.close()
