"""A version's files: aside first, whole or not at all, faithful to the character, changes show."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.problem import NotReady
from gaozhi_cli.storage import strict_yaml
from gaozhi_cli.storage.version_files import (
    clear_staged,
    drop,
    folder_digest,
    may_name,
    one_import,
    plain,
    put_in_place,
    stage,
)

HEAD = {"version": "2026-12", "title": "清单", "source": "测试", "effective": "2026-12-01"}
LOOKS_LIKE_YAML = [
    "- a: b", "#井", "a #b", "&x", "*x", "!tag", "'", '"', "''", ": ", "a: b", "a:", "否", "是", "no", "null",
    "~", "2026-01-01", "12:30", "0101", "1e5", "0x1F", ".5", "|", ">", "%x", "@x", "`x", "? a", "---", "...",
    "[a]", "{a: b}", "=1+1", "<b>&amp;</b>", "{{x}}", "\\n", "𠮷㛃", "a\nb", "a\n\n  b\n", "  前导", "尾随  ",
    "", "a\u2028b", "a\u3000b", "e\u0301", "👨\u200d👩", "\ufb01",
]  # fmt: skip


def staged(versions: Path, *texts: str) -> Path:
    """A version of one item, whose matters are the texts, written aside."""
    items = [{"id": f"qx-{n}", "matter": text} for n, text in enumerate(texts)]
    return stage(versions, "2026-12", HEAD, {"QX": items})


def matters(folder: Path) -> list[str]:
    """The matters as they are read back."""
    document = strict_yaml.load(folder / "items" / "qx.yaml")
    return [entry["matter"] for entry in document["items"]]


def names(folder: Path) -> list[str]:
    """What stands in a folder."""
    return sorted(path.name for path in folder.iterdir())


def test_a_staged_version_has_a_name_that_nothing_reads(tmp_path: Path) -> None:
    """Until it is put in place its folder begins with a dot."""
    folder = staged(tmp_path / "versions", "甲")
    assert folder.parent == tmp_path / "versions" and folder.name.startswith(".2026-12.")
    assert names(folder) == ["catalog.yaml", "items"] and names(folder / "items") == ["qx.yaml"]
    assert plain(strict_yaml.load(folder / "catalog.yaml")) == HEAD
    assert strict_yaml.load(folder / "items" / "qx.yaml")["office"] == "QX"


def test_putting_in_place_changes_the_name_only(tmp_path: Path) -> None:
    """One rename: the version is there whole or not at all."""
    folder = staged(tmp_path, "甲")
    digest = folder_digest(folder)
    place = put_in_place(folder, "2026-12")
    assert (names(tmp_path), place.name, folder_digest(place)) == (["2026-12"], "2026-12", digest)


@pytest.mark.skipif(os.name != "posix", reason="permissions are not those of POSIX here")
def test_the_files_are_their_owners_alone(tmp_path: Path) -> None:
    """Contacts of the offices stay with whoever runs the program."""
    folder = staged(tmp_path / "versions", "甲")
    for path in (folder, *folder.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_texts_that_look_like_yaml_come_back_as_they_were(tmp_path: Path) -> None:
    """Nothing an office writes is taken for an anchor, a tag, a comment, a number or a date."""
    assert matters(staged(tmp_path, *LOOKS_LIKE_YAML)) == LOOKS_LIKE_YAML


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn"]), max_size=40), max_size=4))
def test_any_text_comes_back_as_it_was(tmp_path: Path, texts: list[str]) -> None:
    """Every text without control characters survives writing and reading."""
    versions = tmp_path / "versions"
    assert matters(staged(versions, *texts)) == texts


def test_repeated_values_are_written_out(tmp_path: Path) -> None:
    """The same list twice is no alias: the reader takes none."""
    shared: list[Any] = ["线上", "线下"]
    items = [{"id": "qx-1", "channels": shared}, {"id": "qx-2", "channels": shared}]
    folder = stage(tmp_path, "v", HEAD, {"QX": items})
    read = strict_yaml.load(folder / "items" / "qx.yaml")
    assert [entry["channels"] for entry in read["items"]] == [shared, shared]


def test_plain_values_have_no_places(tmp_path: Path) -> None:
    """What was read can be written again."""
    located = strict_yaml.parse("a: [{b: c}]\nd: {e: [f]}\n", "x.yaml")
    made = plain(located)
    assert made == {"a": [{"b": "c"}], "d": {"e": ["f"]}}
    assert type(made) is dict and type(made["a"][0]) is dict and type(made["d"]) is dict


def test_what_interrupted_imports_left_is_removed(tmp_path: Path) -> None:
    """A leftover goes with the next import; versions and files beside them stay."""
    (tmp_path / ".2026-11.0a1b2c3d" / "items").mkdir(parents=True)
    (tmp_path / ".2026-11.0a1b2c3d" / "catalog.yaml").write_text("x", "utf-8")
    (tmp_path / "2026-10").mkdir()
    folder = staged(tmp_path, "甲")
    assert names(tmp_path) == sorted([folder.name, "2026-10"])
    clear_staged(tmp_path)
    assert names(tmp_path) == ["2026-10"]


def test_clearing_where_there_is_nothing_is_no_fault(tmp_path: Path) -> None:
    """Neither is dropping what has gone."""
    clear_staged(tmp_path / "nowhere")
    drop(tmp_path / "nowhere")
    assert names(tmp_path) == []


@pytest.mark.parametrize("taken", ["versions", "parent"])
def test_a_folder_that_cannot_be_made_leaves_nothing(tmp_path: Path, taken: str) -> None:
    """A file stands where the folder would be."""
    versions = tmp_path / "catalog" / "versions"
    blocked = versions if taken == "versions" else versions.parent
    blocked.parent.mkdir(exist_ok=True)
    blocked.write_text("", "utf-8")
    with pytest.raises(OSError):
        staged(versions, "甲")
    assert [path.name for path in tmp_path.rglob(".*")] == []


def test_a_version_that_cannot_be_written_whole_leaves_nothing(tmp_path: Path) -> None:
    """The second office cannot be written: the first one's file goes too."""
    with pytest.raises(TypeError):
        stage(tmp_path, "v", HEAD, {"QX": [{"id": "qx-1"}], "XF": None})  # type: ignore[dict-item]
    assert names(tmp_path) == []


def test_the_digest_tells_every_change(tmp_path: Path) -> None:
    """One byte, a file more, less, or renamed, or text moved from one file to the next."""
    folder = put_in_place(staged(tmp_path, "甲"), "v")
    seen = {folder_digest(folder)}
    items = folder / "items" / "qx.yaml"
    whole = items.read_bytes()

    def changed() -> None:
        digest = folder_digest(folder)
        assert digest not in seen
        seen.add(digest)

    items.write_bytes(whole.replace("甲".encode(), "乙".encode()))
    changed()
    items.write_bytes(whole[:-1])
    changed()
    items.write_bytes(whole)
    (folder / "offices.yaml").write_bytes(b"offices: []\n")
    changed()
    (folder / "offices.yaml").rename(folder / "fields.yaml")
    changed()
    (folder / "fields.yaml").unlink()
    items.rename(folder / "items" / "xf.yaml")
    changed()
    head = folder / "catalog.yaml"
    head.write_bytes(head.read_bytes() + whole)
    (folder / "items" / "xf.yaml").write_bytes(b"")
    changed()


def test_the_digest_is_of_the_content_alone(tmp_path: Path) -> None:
    """Neither the place nor the times matter: a restored backup is as it was journalled."""
    ours = put_in_place(staged(tmp_path / "a", "甲"), "v")
    theirs = put_in_place(staged(tmp_path / "b", "甲"), "w")
    os.utime(theirs / "catalog.yaml", (0, 0))
    assert folder_digest(ours) == folder_digest(theirs)


@pytest.mark.parametrize("name", ["2027-01", "V2", "二零二七年版", "2027.1_b", "a" * 40])
def test_names_that_can_be_folders(name: str) -> None:
    """Chinese and Latin letters, digits, dot, line, up to 40."""
    assert may_name(name)


def test_a_year_in_chinese_is_a_name() -> None:
    """Years are written 二〇二七 on paper."""
    assert may_name("二〇二七年版")


@pytest.mark.parametrize(
    "name",
    ["", " ", "../x", "..", ".hidden", "-x", "_x", "a/b", "a\\b", "a b", "V2\n", "V2 ", "长" * 41, "Ｖ２",
     "a:b", "a*", "\u200bx", "x\u202e"],
)  # fmt: skip
def test_names_that_cannot(name: str) -> None:
    """Nothing that leaves the folder, hides, or reads differently from how it looks."""
    assert not may_name(name)


@pytest.mark.parametrize("name", ["con", "NUL", "com1", "aux.2027", "2027."])
def test_names_that_windows_cannot_keep(name: str) -> None:
    """Clerks work on Windows: a home must be able to move there."""
    assert not may_name(name)


def test_one_import_at_a_time(tmp_path: Path) -> None:
    """The second is told to wait; when the first has ended, it may."""
    cache = tmp_path / "cache"
    with one_import(cache), pytest.raises(NotReady, match="另一个清单导入正在进行"), one_import(cache, 0):
        pytest.fail("two at once")
    with one_import(tmp_path / "cache", wait=0):
        assert (tmp_path / "cache" / "import.lock").is_file()


def test_an_import_that_failed_lets_the_next_one_run(tmp_path: Path) -> None:
    """The lock goes with whoever held it, also by a fault."""
    with pytest.raises(ValueError, match="x"), one_import(tmp_path):
        raise ValueError("x")
    with one_import(tmp_path, wait=0):
        assert (tmp_path / "import.lock").is_file()


def test_a_lock_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A folder stands where the lock would be (or the disk is read-only): NotReady, no internal fault."""
    (tmp_path / "import.lock").mkdir()
    with pytest.raises(NotReady), one_import(tmp_path, wait=0):
        pytest.fail("no lock was there")
