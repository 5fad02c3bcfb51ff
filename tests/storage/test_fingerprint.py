"""What is remembered of the catalog's files: never stale, trusted when old, told when unreadable."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.problem import NotReady
from gaozhi_cli.storage import fingerprint
from gaozhi_cli.storage.catalog_index import open_catalog, versions
from gaozhi_cli.storage.fingerprint import RACY, Fingerprint, read_fingerprint
from gaozhi_cli.storage.home import Home
from tests.conftest import Run

NOW = date(2026, 11, 24)
HOUR = 3600 * 10**9
POSIX = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="permissions are not those of POSIX here")
CATALOG = 'version: "{v}"\ntitle: 测试清单\nsource: 虚构\neffective: "{day}"\n'
ITEMS = (
    "office: AA\nitems:\n  - id: {id}\n    no: \"{no}\"\n    matter: {matter}\n"
    "    proofs: {{id: {id}.1, name: 测试证明, method: 在线核查}}\n"
)  # fmt: skip


def write(path: Path, text: str) -> None:
    """A file in its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def item(matter: str, no: str = "1", id_: str = "") -> str:
    """A file with one item."""
    return ITEMS.format(id=id_ or f"aa-{no.zfill(2)}", no=no, matter=matter)


def fill(home: Path) -> Path:
    """A small county of its own with two versions of the 清单."""
    own = home / "catalog"
    write(own / "county.yaml", "name: 测试县\nextends: none\n")
    write(own / "catalog.yaml", CATALOG.format(v="1", day="2026-01-01"))
    write(own / "offices.yaml", "offices:\n  - {code: AA, name: 测试局}\n")
    write(own / "items" / "aa.yaml", item("甲事项"))
    write(own / "versions" / "二" / "catalog.yaml", CATALOG.format(v="二", day="2027-01-01"))
    write(own / "versions" / "二" / "items" / "aa.yaml", item("乙事项"))
    return home


@pytest.fixture
def county(tmp_path: Path) -> Path:
    """That county, on a path with Chinese, blanks, signs of patterns and queries."""
    return fill(tmp_path / "某 县（试）[1] #%20'" / "清单 家")


def look(home: Path) -> Fingerprint:
    """The fingerprint of the county's own files, remembered in its cache."""
    return read_fingerprint(home / "nothing", home / "catalog", home / "cache" / "catalog.json")


def matters(home: Path, day: date = NOW) -> list[str]:
    """What the catalog of the day lists."""
    return [each.matter for each in open_catalog(Home(home), day).items]


def aged(home: Path) -> None:
    """As if all files had been digested an hour after they were last touched."""
    memory = home / "cache" / "catalog.json"
    noted = json.loads(memory.read_bytes())
    noted["at"] += HOUR
    memory.write_text(json.dumps(noted), encoding="utf-8")


def changed_in_place(path: Path, old: str, new: str) -> None:
    """Other words of the same length, the modification time put back."""
    before, text = path.stat(), path.read_text(encoding="utf-8")
    assert old in text and len(old.encode()) == len(new.encode())
    path.write_text(text.replace(old, new), encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = path.stat()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def forged(home: Path, name: str = "own/items/aa.yaml") -> str:
    """A digest put into the memory by hand: whether it comes out tells whether the memory was trusted."""
    memory = home / "cache" / "catalog.json"
    noted = json.loads(memory.read_bytes())
    noted["files"][name][-1] = "0" * 64
    memory.write_text(json.dumps(noted), encoding="utf-8")
    return look(home).digest()


# never stale


def test_a_change_of_same_size_and_time_is_seen_at_once(county: Path) -> None:
    """Within the racy window: nothing is trusted, the file is read again."""
    assert matters(county) == ["甲事项"]
    for old, new in (("甲事项", "丙事项"), ("丙事项", "丁事项"), ("丁事项", "甲事项")):
        changed_in_place(county / "catalog" / "items" / "aa.yaml", old, new)
        assert matters(county) == [new]


@POSIX
def test_a_change_of_same_size_and_time_is_seen_long_after(county: Path) -> None:
    """After it: the change time, which nobody can set, tells."""
    assert matters(county) == ["甲事项"]
    aged(county)
    changed_in_place(county / "catalog" / "items" / "aa.yaml", "甲事项", "丙事项")
    assert matters(county) == ["丙事项"]


def test_another_file_in_its_place_is_seen(county: Path) -> None:
    """mv new.yaml aa.yaml, with the same size and times: another inode."""
    path = county / "catalog" / "items" / "aa.yaml"
    matters(county)
    aged(county)
    before = path.stat()
    write(county / "aside", path.read_text("utf-8").replace("甲", "丙"))
    os.utime(county / "aside", ns=(before.st_atime_ns, before.st_mtime_ns))
    (county / "aside").replace(path)
    assert matters(county) == ["丙事项"]


def test_a_file_added_removed_or_renamed_is_seen(county: Path) -> None:
    """Names count as well as content; what is gone is gone."""
    items = county / "catalog" / "items"
    first = look(county).digest()
    write(items / "bb.yaml", item("丙事项", "2"))
    assert matters(county) == ["甲事项", "丙事项"]
    second = look(county).digest()
    (items / "bb.yaml").rename(items / "cc.yaml")
    third = look(county).digest()
    assert matters(county) == ["甲事项", "丙事项"]
    (items / "cc.yaml").unlink()
    assert matters(county) == ["甲事项"]
    assert look(county).digest() == first and len({first, second, third}) == 3


def test_two_files_that_change_places_are_seen(county: Path) -> None:
    """The same contents under each other's names: another digest."""
    items = county / "catalog" / "items"
    write(items / "bb.yaml", item("丙事项", "2"))
    before = look(county).digest()
    for old, new in (("aa", "xx"), ("bb", "aa"), ("xx", "bb")):
        (items / f"{old}.yaml").rename(items / f"{new}.yaml")
    assert look(county).digest() != before


def test_a_version_added_changed_and_removed_is_seen(county: Path) -> None:
    """规程一: one version explains another, so a change in any makes all of them anew."""
    home, folder = Home(county), county / "catalog" / "versions" / "三"
    later = date(2028, 6, 1)
    assert [head.version for head in versions(home)] == ["1", "二"]
    assert matters(county, later) == ["乙事项"]
    first = look(county)
    write(folder / "catalog.yaml", CATALOG.format(v="三", day="2028-01-01"))
    write(folder / "items" / "aa.yaml", item("丙事项"))
    assert [head.version for head in versions(home)] == ["1", "二", "三"]
    assert matters(county, later) == ["丙事项"]
    with_third = look(county)
    assert with_third.digest() != first.digest() and len(with_third.digests()) == 3
    write(folder / "items" / "aa.yaml", item("丁事项"))
    assert matters(county, later) == ["丁事项"]
    changed = look(county)
    assert not changed.digests() & with_third.digests()
    write(folder / "catalog.yaml", CATALOG.format(v="三", day="2029-01-01"))
    assert matters(county, later) == ["乙事项"]
    shutil.rmtree(folder)
    assert [head.version for head in versions(home)] == ["1", "二"]
    assert look(county).digests() == first.digests()


def test_a_version_still_being_written_is_not_looked_at(county: Path) -> None:
    """A folder that begins with a dot is an import under way."""
    before = look(county).digests()
    write(county / "catalog" / "versions" / ".三" / "catalog.yaml", "坏")
    assert look(county).digests() == before and matters(county) == ["甲事项"]


def test_a_home_moved_with_its_cache_is_read_anew(county: Path, tmp_path: Path) -> None:
    """A copy, a restored backup: what is remembered of other files says nothing of these."""
    matters(county)
    aged(county)
    copy = Path(shutil.copytree(county, tmp_path / "copy"))
    forged(copy)
    assert look(copy).digest() == look(county).digest()
    changed_in_place(copy / "catalog" / "items" / "aa.yaml", "甲事项", "丙事项")
    assert (matters(copy), matters(county)) == (["丙事项"], ["甲事项"])


def test_a_file_from_a_clock_ahead_is_never_trusted(county: Path) -> None:
    """A time in the future cannot have settled."""
    path = county / "catalog" / "items" / "aa.yaml"
    ahead = path.stat().st_mtime_ns + 24 * HOUR
    os.utime(path, ns=(ahead, ahead))
    whole = look(county).digest()
    aged(county)
    assert forged(county) == whole


def test_an_edit_while_the_catalog_is_compiled_does_not_stay(county: Path) -> None:
    """Saved in the editor just then, and undone: the index is not what the file says."""
    path = county / "catalog" / "items" / "aa.yaml"
    open_catalog(
        Home(county), NOW, compiling=lambda _: changed_in_place(path, "甲事项", "丙事项")
    ).items.everything()
    changed_in_place(path, "丙事项", "甲事项")
    assert matters(county) == ["甲事项"]


def test_a_hidden_file_is_either_read_or_not(county: Path) -> None:
    """What an editor or macOS leaves (._aa.yaml, .aa.yaml): no part of the 清单, or seen when it changes."""
    hidden = county / "catalog" / "items" / ".draft.yaml"
    write(hidden, item("丙事项", "2"))
    first = matters(county)
    changed_in_place(hidden, "丙事项", "丁事项")
    assert matters(county) == [matter.replace("丙", "丁") for matter in first]
    assert "丙事项" not in first


@POSIX
def test_the_lock_of_an_editor_does_not_stop_the_windows(county: Path) -> None:
    """Emacs marks an unsaved file with a dangling link .#aa.yaml beside it."""
    (county / "catalog" / "items" / ".#aa.yaml").symlink_to("clerk@desk.1234")
    assert matters(county) == ["甲事项"]


def test_a_file_of_items_may_have_any_name(county: Path) -> None:
    """docs/catalog.md: items/ 里的文件名不起作用."""
    path = county / "catalog" / "items" / "clauses.yaml"
    write(path, item("丙事项", "2"))
    assert matters(county) == ["甲事项", "丙事项"]
    write(path, item("丁事项", "2"))
    assert matters(county) == ["甲事项", "丁事项"]


def test_an_item_that_no_version_has_any_more_is_told(county: Path) -> None:
    """docs/catalog.md 四5: refused with and without the cache alike."""
    write(county / "catalog" / "items" / "bb.yaml", "office: AA\nitems:\n  - id: aa-09\n    duty: 第9项\n")
    later = county / "catalog" / "versions" / "二" / "items" / "bb.yaml"
    write(later, item("丙事项", "9"))
    assert matters(county) == ["甲事项"]
    later.unlink()
    with_cache = told(county)
    shutil.rmtree(county / "cache")
    assert with_cache == told(county)


def told(home: Path) -> str:
    """What the catalog lists, or why it cannot."""
    from gaozhi_cli.domain.problem import BadInput

    try:
        return "、".join(matters(home))
    except BadInput as error:
        return error.message


# trusted when old


def test_an_old_file_is_not_read_again(county: Path) -> None:
    """A start does not read a province's YAML: the remembered digest stands."""
    whole = look(county).digest()
    aged(county)
    assert forged(county) != whole
    os.utime(county / "catalog" / "items" / "aa.yaml")
    assert look(county).digest() == whole, "touched, it is read"


def test_a_young_digest_is_not_trusted(county: Path) -> None:
    """Within some seconds a file can change without its times showing it: to the very nanosecond."""
    whole = look(county).digest()
    assert forged(county) == whole
    memory = county / "cache" / "catalog.json"
    noted = json.loads(memory.read_bytes())
    touched = max(noted["files"]["own/items/aa.yaml"][1:3])
    for at, trusted in ((touched + RACY, False), (touched + RACY + 1, True)):
        memory.write_text(json.dumps(noted | {"at": at}), encoding="utf-8")
        assert (forged(county) != whole) is trusted


def test_a_young_memory_grows_old(county: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read again once the files have settled, the digests are noted anew and trusted from then on."""
    monkeypatch.setattr(fingerprint, "RACY", 500_000_000)  # waiting five seconds would be dull
    os.utime(county / "catalog" / "items" / "aa.yaml")
    whole = look(county).digest()
    assert forged(county) == whole
    time.sleep(0.6)
    assert look(county).digest() == whole
    assert forged(county) != whole


def test_nothing_is_written_where_nothing_changed(county: Path) -> None:
    """An old memory of old files is left alone: a start writes nothing."""
    matters(county)
    aged(county)
    memory = county / "cache" / "catalog.json"
    before = memory.read_bytes(), memory.stat().st_ino
    matters(county)
    assert (memory.read_bytes(), memory.stat().st_ino) == before


def test_what_is_remembered_is_of_exactly_this_content(county: Path) -> None:
    """Notes go with the content, and come back with nothing else."""
    found = look(county)
    found.remember("heads", [1, "二"])
    assert look(county).remembered("heads") == [1, "二"] and look(county).remembered("other") is None
    write(county / "catalog" / "items" / "aa.yaml", item("丙事项"))
    assert look(county).remembered("heads") is None


@settings(deadline=None, max_examples=60, database=None)
@given(
    st.dictionaries(
        st.sampled_from(
            ["a.yaml", "b.yaml", "items/a.yaml", "versions/v/catalog.yaml", "versions/v/items/a.yaml"]
        ),
        st.sampled_from([b"", b"a", b"b", "甲".encode()]),
    ),
    st.dictionaries(
        st.sampled_from(
            ["a.yaml", "b.yaml", "items/a.yaml", "versions/v/catalog.yaml", "versions/v/items/a.yaml"]
        ),
        st.sampled_from([b"", b"a", b"b", "甲".encode()]),
    ),
)
def test_the_same_digest_means_the_same_files(one: dict[str, bytes], two: dict[str, bytes]) -> None:
    """Whatever the files: equal digests of all versions exactly where names and contents are equal."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        digests = []
        for place, files in (("1", one), ("2", two)):
            for path, data in files.items():
                (folder / place / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / place / path).write_bytes(data)
            found = read_fingerprint(folder / "nothing", folder / place, folder / f"{place}.json")
            digests.append((found.digest(), found.digest("v"), found.size))
        assert (digests[0][:2] == digests[1][:2]) is (one == two)
        assert digests[0][2] == sum(map(len, one.values()))


# what cannot be read


@POSIX
@pytest.mark.parametrize("name", ["county.yaml", "items/aa.yaml", "versions/二/items/aa.yaml", "lint.yaml"])
@pytest.mark.parametrize("target", ["loop", "gone"])
def test_a_file_that_cannot_be_read_is_told(county: Path, name: str, target: str) -> None:
    """A link that leads nowhere, as where a share is not mounted."""
    path = county / "catalog" / name
    path.unlink(missing_ok=True)
    path.symlink_to(path if target == "loop" else county / "gone.yaml")
    with pytest.raises(NotReady, match="读不了清单") as caught:
        matters(county)
    assert str(path) in caught.value.message


@POSIX
def test_a_file_that_cannot_be_read_is_exit_7(county: Path, run: Run) -> None:
    """One sentence with the file, no traceback; the county's path is told as it is."""
    assert run("catalog", "list", home=county).returncode == 0
    path = county / "catalog" / "items" / "aa.yaml"
    path.unlink()
    path.symlink_to(path)
    result = run("catalog", "list", home=county)
    assert (result.returncode, result.stdout) == (7, "")
    assert result.stderr.startswith("错误：读不了清单") and result.stderr.count("\n") == 1
    assert str(path) in result.stderr


@contextmanager
def as_nobody() -> Iterator[None]:
    """Without root's powers, whom permissions do not stop."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def open_county() -> Iterator[Path]:
    """The county where everybody may go (pytest's own folders are their owner's alone)."""
    home = Path(tempfile.mkdtemp(prefix="gaozhi 测试 "))
    fill(home)
    matters(home, date(2027, 6, 1))
    for path in (home, *home.rglob("*")):
        path.chmod(0o777)
    yield home
    for path in (home / "catalog").rglob("*"):
        path.chmod(0o700)
    shutil.rmtree(home)


@POSIX
@pytest.mark.parametrize(
    "name",
    ["county.yaml", "items", "items/aa.yaml", "versions/二", "versions/二/catalog.yaml", "versions/二/items"],
)
def test_a_file_or_folder_one_may_not_read_is_told(open_county: Path, name: str) -> None:
    """A permission lost: the file is named, the 清单 of before is not passed off as today's."""
    path = open_county / "catalog" / name
    path.chmod(0)
    with as_nobody(), pytest.raises(NotReady, match="读不了清单（没有权限") as caught:
        matters(open_county, date(2027, 6, 1))
    assert str(path) in caught.value.message
    path.chmod(0o700)


@POSIX
def test_versions_one_may_not_read_are_told(open_county: Path) -> None:
    """Worst of all: the superseded 清单 would be used, and nobody told."""
    (open_county / "catalog" / "versions").chmod(0)
    with as_nobody(), pytest.raises(NotReady, match="读不了清单"):
        matters(open_county, date(2027, 6, 1))
