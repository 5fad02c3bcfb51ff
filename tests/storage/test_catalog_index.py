"""The compiled catalog: quick when nothing changed, never stale, and never needed (docs/catalog.md)."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gaozhi_cli.domain.problem import BadInput
from gaozhi_cli.storage import catalog_index
from gaozhi_cli.storage.catalog_index import open_catalog
from gaozhi_cli.storage.fingerprint import read_fingerprint
from gaozhi_cli.storage.home import Home, shipped
from tests.conftest import ROOT

LOOK = """
import sys
from pathlib import Path
from gaozhi_cli.storage.catalog_index import open_catalog
from gaozhi_cli.storage.home import Home
catalog = open_catalog(Home(Path(sys.argv[1])))
slow = [name for name in ("yaml", "pypinyin", "chinese_calendar") if name in sys.modules]
print(len(catalog.items), catalog.digest, ",".join(slow))
"""


def opened(home: Path) -> tuple[str, str, str]:
    """Items, digest and heavy modules imported, when a process of its own opens the catalog."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GAOZHI_")}
    environment["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(
        [sys.executable, "-c", LOOK, str(home)],
        env=environment,
        cwd=home.parent,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    items, digest, slow = done.stdout.rstrip("\n").split(" ")
    return items, digest, slow


def cached(home: Path) -> list[Path]:
    """The indexes in a home's cache."""
    return sorted((home / "cache").glob("*.db"))


def test_the_second_opening_does_not_import_yaml(home: Path) -> None:
    """A command a clerk types starts fast: YAML and pinyin only after a change."""
    items, digest, slow = opened(home)
    assert (items, slow) == ("67", "yaml,pypinyin")
    assert opened(home) == ("67", digest, "")
    assert len(cached(home)) == 1


def test_the_cached_catalog_is_the_compiled_one(complete_home: Path) -> None:
    """What comes out of the cache equals what the YAML says, to the last field."""
    compiled = open_catalog(Home(complete_home))
    assert len(cached(complete_home)) == 1
    assert open_catalog(Home(complete_home)) == compiled


def test_two_homes_with_the_same_files_have_the_same_digest(home: Path, complete_home: Path) -> None:
    """The digest names the content, not the place; other content has another digest."""
    ours = open_catalog(Home(home)).digest
    (home.parent / "other").mkdir()
    assert open_catalog(Home(home.parent / "other")).digest == ours
    assert open_catalog(Home(complete_home)).digest != ours


def every_source(home: Path) -> Iterator[Path]:
    """The files of the county's own copy that the catalog is made of."""
    yield from sorted(path for path in (home / "catalog").rglob("*.yaml"))


def test_one_changed_byte_in_any_file_is_seen_though_size_and_time_stay(complete_home: Path) -> None:
    """Never stale: the same size and the same modification time do not deceive it."""
    home = Home(complete_home)
    seen = {open_catalog(home).digest}
    for path in every_source(complete_home):
        before, old = path.stat(), path.read_bytes()
        place = old.index("虚构".encode())  # in the comment of the first line: the data stay well-formed
        path.write_bytes(old[:place] + "虛".encode() + old[place + 3 :])
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        after = path.stat()
        assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
        seen.add(open_catalog(home).digest)
    assert len(seen) == 1 + len(list(every_source(complete_home)))


def test_a_changed_value_is_what_the_next_opening_says(complete_home: Path) -> None:
    """Never stale: not only the digest changes but the answer."""
    home, path = Home(complete_home), complete_home / "catalog" / "county.yaml"
    assert open_catalog(home).county.complaints[0].value == "0371-00000000"
    before, text = path.stat(), path.read_text(encoding="utf-8")
    path.write_text(text.replace("0371-00000000", "0371-00000009"), encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert open_catalog(home).county.complaints[0].value == "0371-00000009"


def test_a_file_added_renamed_or_removed_is_seen(complete_home: Path) -> None:
    """Never stale: which files there are belongs to the content."""
    home, items = Home(complete_home), complete_home / "catalog" / "items"
    whole = open_catalog(home)
    (items / "rs.yaml").rename(items / "rx.yaml")
    renamed = open_catalog(home)
    (items / "rx.yaml").unlink()
    removed = open_catalog(home)
    (items / "new.yaml").write_text("office: RS\nitems: []\n", encoding="utf-8")
    added = open_catalog(home)
    assert len({c.digest for c in (whole, renamed, removed, added)}) == 4
    assert renamed.items == whole.items
    assert removed.items == added.items != whole.items


def test_a_change_in_the_shipped_data_is_seen(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never stale: an upgrade that changes the shipped data is seen by every home."""
    base = tmp_path / "base"
    (base / "items").mkdir(parents=True)
    for path in [*shipped("catalog").glob("*.yaml"), *shipped("catalog").glob("items/*.yaml")]:
        (base / path.relative_to(shipped("catalog"))).write_bytes(path.read_bytes())
    monkeypatch.setattr(catalog_index, "shipped", lambda name: base)
    before = open_catalog(Home(home))
    text = (base / "catalog.yaml").read_text(encoding="utf-8")
    (base / "catalog.yaml").write_text(text.replace("荥阳市证明事项", "荥阳市之证明"), encoding="utf-8")
    after = open_catalog(Home(home))
    assert before.digest != after.digest and after.title == "荥阳市之证明告知承诺制清单"


def test_only_the_newest_cache_is_kept(complete_home: Path) -> None:
    """A county that edits its files does not fill its disk."""
    home, path = Home(complete_home), complete_home / "catalog" / "county.yaml"
    for n in range(3):
        path.write_text(path.read_text(encoding="utf-8") + f"# {n}\n", encoding="utf-8")
        open_catalog(home)
    assert len(cached(complete_home)) == 1


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\x00\xff\xfe", b"{", b"{}", b"[]", b"null", b'"x"', b"3", "清单".encode("gbk"), b"[" * 100_000],
    ids=lambda garbage: repr(garbage[:8]),
)
def test_a_corrupt_cache_is_ignored_and_replaced(home: Path, garbage: bytes) -> None:
    """A damaged cache only costs time."""
    compiled = open_catalog(Home(home))
    (path,) = cached(home)
    path.write_bytes(garbage)
    assert open_catalog(Home(home)) == compiled
    assert path.read_bytes() != garbage and cached(home) == [path]


def test_an_index_that_was_never_finished_is_ignored(home: Path) -> None:
    """A well-formed database without its last mark is compiled anew."""
    compiled = open_catalog(Home(home))
    (path,) = cached(home)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM meta WHERE key = 'whole'")
        connection.execute("DELETE FROM items WHERE id = 'rs-08'")
    assert open_catalog(Home(home)) == compiled


@pytest.mark.parametrize("garbage", [b"", b"{", b"[]", b"null", b'{"files": 3}', "清单".encode("gbk")])
def test_a_damaged_memory_of_the_files_is_ignored(home: Path, garbage: bytes) -> None:
    """What was remembered of the files only saves time; the content decides."""
    compiled = open_catalog(Home(home))
    memory = home / "cache" / "catalog.json"
    memory.write_bytes(garbage)
    assert open_catalog(Home(home)) == compiled
    assert json.loads(memory.read_bytes())["files"]


def test_a_remembered_file_is_read_again_only_when_its_status_changed(complete_home: Path) -> None:
    """The digest of an old, untouched file is trusted: a start does not read a province's YAML."""
    base, own, memory = shipped("catalog"), complete_home / "catalog", complete_home / "cache" / "m.json"
    whole = read_fingerprint(base, own, memory).digest()
    noted = json.loads(memory.read_bytes())
    noted["at"] += 3600 * 10**9  # as if the digests had been taken an hour after the last change
    noted["files"]["own/county.yaml"][-1] = "0" * 64
    memory.write_text(json.dumps(noted), encoding="utf-8")
    assert read_fingerprint(base, own, memory).digest() != whole  # the remembered digest was used
    os.utime(own / "county.yaml")
    assert read_fingerprint(base, own, memory).digest() == whole


def test_a_digest_taken_right_after_a_change_is_not_trusted(complete_home: Path) -> None:
    """A file can change twice within one tick of the clock: a fresh one is always read again."""
    base, own, memory = shipped("catalog"), complete_home / "catalog", complete_home / "cache" / "m.json"
    whole = read_fingerprint(base, own, memory).digest()
    noted = json.loads(memory.read_bytes())
    noted["files"]["own/county.yaml"][-1] = "0" * 64
    memory.write_text(json.dumps(noted), encoding="utf-8")
    assert read_fingerprint(base, own, memory).digest() == whole


def test_a_truncated_cache_is_ignored(home: Path) -> None:
    """Cut anywhere, the cache is compiled anew."""
    compiled = open_catalog(Home(home))
    (path,) = cached(home)
    whole = path.read_bytes()
    for end in (1, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:end])
        assert open_catalog(Home(home)) == compiled


def test_a_cache_that_cannot_be_written_only_costs_time(home: Path) -> None:
    """A file stands where the cache folder would be: the catalog is read all the same."""
    (home / "cache").write_text("", encoding="utf-8")
    assert len(open_catalog(Home(home)).items) == 67
    assert (home / "cache").read_text(encoding="utf-8") == ""


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="folder permissions are not those of POSIX here")
def test_a_home_one_may_not_write_in_still_works(home: Path) -> None:
    """A read-only home serves the catalog; root, whom permissions do not stop, leaves a cache."""
    home.chmod(0o500)
    try:
        assert len(open_catalog(Home(home)).items) == 67
        assert (cached(home) == []) is (os.geteuid() != 0)
    finally:
        home.chmod(0o700)


def test_a_home_that_does_not_exist_has_the_shipped_catalog(tmp_path: Path) -> None:
    """Nothing is set up by hand."""
    assert len(open_catalog(Home(tmp_path / "new")).items) == 67


def test_the_cache_is_readable_by_its_owner_only(home: Path) -> None:
    """Contacts of the offices stay with whoever runs the program."""
    if os.name != "posix":
        pytest.skip("folder permissions are not those of POSIX here")
    open_catalog(Home(home))
    (path,) = cached(home)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_faulty_yaml_is_refused_each_time_and_leaves_no_cache(home: Path) -> None:
    """A fault is told as long as it stands, whatever was cached before."""
    open_catalog(Home(home))
    (home / "catalog").mkdir()
    (home / "catalog" / "county.yaml").write_text("formal: 也许\n", encoding="utf-8")
    kept = cached(home)
    for _ in range(2):
        with pytest.raises(BadInput, match=r"^catalog/county\.yaml:1:1 "):
            open_catalog(Home(home))
    assert cached(home) == kept
