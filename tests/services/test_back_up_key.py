"""备份密钥、放回密钥: the copy is proven before anybody relies on it; only this ledger's key is put back."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gaozhi_cli.domain.problem import BadInput, NotReady, Refused, UsageFault
from gaozhi_cli.services import back_up_key as service
from gaozhi_cli.services.back_up_key import KeyBackup, back_up_key
from gaozhi_cli.services.restore_key import KeyRestored, restore_key
from gaozhi_cli.services.rotate_key import rotate_key
from gaozhi_cli.storage.vault import key_path
from gaozhi_cli.storage.verify import verify
from tests.builders import CITIZEN, a_ledger, an_occasion
from tests.storage.test_ledger_contract import (
    Window,
    entries,
    journal_is_impersonal,
    kept_files,
    one_entry,
    raw,
    refused,
    unchanged,
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Window:
    """A day's work."""
    window = Window(tmp_path_factory.mktemp("keys") / "county")
    window.a_day()
    return window


@pytest.fixture
def county(template: Window, tmp_path: Path) -> Iterator[Window]:
    """The same county, with a folder elsewhere beside it."""
    window = template.copied(tmp_path / "county")
    (tmp_path / "usb").mkdir()
    yield window
    window.ledger.close()


def back_up(window: Window, target: Path, **options: Any) -> KeyBackup:
    """Copy the key of the window's ledger."""
    given = {"occasion": an_occasion(), "apart_from": (window.home,), **options}
    return back_up_key(target, ledger=window.ledger, keys=window.home / "keys", **given)


def restore(window: Window, source: Path, **options: Any) -> KeyRestored:
    """Put a key back."""
    given = {"occasion": an_occasion(), **options}
    return restore_key(source, ledger=window.ledger, keys=window.home / "keys", **given)


def key_file(window: Window) -> Path:
    """Where the key lies."""
    return key_path(window.home / "keys", window.ledger.id())


def test_the_copy_is_the_key_for_its_owner_alone(county: Window, tmp_path: Path) -> None:
    """Byte by byte, 0600, one entry that names the key and holds no secret."""
    target = tmp_path / "usb" / "密钥.key"
    with one_entry(county, "ledger.key-backup", county.ledger.id()) as entry:
        done = back_up(county, target)
    assert target.read_bytes() == key_file(county).read_bytes()
    assert entry["detail"] == {"key": done.key, "file": "密钥.key"} and entry["tables"] == []
    if os.name == "posix":
        assert target.stat().st_mode & 0o777 == 0o600 and not done.shared
    assert list((tmp_path / "usb").iterdir()) == [target]
    body = json.loads(target.read_bytes())
    assert not [row for row in entries(county.path) for name in ("wrap", "match") if body[name] in str(row)]
    journal_is_impersonal(county)


def test_never_over_another_file(county: Window, tmp_path: Path) -> None:
    """Nor over a link that leads nowhere."""
    target = tmp_path / "usb" / "k"
    target.write_bytes(b"something else")
    refused(county, lambda: back_up(county, target), UsageFault, "没有覆盖")
    assert target.read_bytes() == b"something else"
    if os.name == "posix":
        link = tmp_path / "usb" / "link"
        link.symlink_to(tmp_path / "nowhere")
        refused(county, lambda: back_up(county, link), UsageFault, "没有覆盖")


def test_not_beside_the_ledger(county: Window, tmp_path: Path) -> None:
    """Whoever takes the folder would have both; also by way of a link, unless that is meant."""
    for target in (county.home / "k.key", county.home / "keys" / "2.key", county.home / "letters" / "k"):
        refused(county, lambda target=target: back_up(county, target), Refused, "不要和台账放在一起")
    if os.name == "posix":
        (tmp_path / "there").symlink_to(county.home)
        refused(county, lambda: back_up(county, tmp_path / "there" / "k.key"), Refused, "不要和台账放在一起")
    assert back_up(county, county.home / "k.key", beside=True).file.is_file()


def test_a_folder_that_is_not_there_is_not_made(county: Window, tmp_path: Path) -> None:
    """A stick that is not plugged in: nothing is written under its name."""
    refused(county, lambda: back_up(county, tmp_path / "stick" / "k.key"), NotReady, "没有这个文件或文件夹")
    assert not (tmp_path / "stick").exists()


def test_a_copy_that_does_not_open_the_ledger_is_no_backup(
    county: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that writes rubbish, a key of which one byte was turned: refused, and no file is left."""
    write = service.write_new

    def spoilt(path: Path, data: bytes) -> None:
        write(path, data.replace(b'"match": "', b'"match": "0')[:-3])

    target = tmp_path / "usb" / "k.key"
    with monkeypatch.context() as patched:
        patched.setattr(service, "write_new", spoilt)
        refused(county, lambda: back_up(county, target), NotReady, "备份没有做成")
    assert not target.exists()
    key = key_file(county)
    whole = json.loads(key.read_bytes())
    for name in ("wrap", "match"):
        turned = whole | {name: whole[name][:-1] + ("0" if whole[name][-1] != "0" else "1")}
        key.write_text(json.dumps(turned))
        county.reopen()
        refused(county, lambda: back_up(county, target), NotReady, "打不开台账")
    assert not target.exists()


def test_trial_and_repeat_of_a_backup(county: Window, tmp_path: Path) -> None:
    """A trial writes no file; the same request again is done already."""
    target = tmp_path / "usb" / "k.key"
    unchanged(county, lambda: back_up(county, target, occasion=an_occasion(dry_run=True)))
    assert not target.exists()
    once = back_up(county, target, occasion=an_occasion(request_id="r"))
    assert unchanged(county, lambda: back_up(county, target, occasion=an_occasion(request_id="r"))) == once


def test_a_lost_key_cannot_be_backed_up(county: Window, tmp_path: Path) -> None:
    """Refused with the way out."""
    shutil.rmtree(county.home / "keys")
    county.reopen()
    refused(county, lambda: back_up(county, tmp_path / "usb" / "k"), NotReady, "ledger key restore")


# Putting it back


@pytest.fixture
def saved(county: Window, tmp_path: Path) -> Path:
    """A backup of the key."""
    return back_up(county, tmp_path / "usb" / "k.key").file


def test_a_lost_key_is_put_back(county: Window, saved: Path) -> None:
    """One entry; people can be read and kept again; the file is its owner's alone."""
    key = key_file(county)
    shutil.rmtree(county.home / "keys")
    county.reopen()
    with one_entry(county, "ledger.key-restore") as entry:
        done = restore(county, saved)
    assert (done.file, done.aside, done.needed) == (key, None, True)
    assert entry["detail"] == {"key": done.key, "file": "k.key"} and entry["tables"] == []
    assert key.read_bytes() == saved.read_bytes()
    if os.name == "posix":
        assert key.stat().st_mode & 0o777 == 0o600
    assert county.ledger.personal("SC-2026-00001", "applicant")["name"] == CITIZEN["name"]
    county.draw_up("64", CITIZEN)


@pytest.mark.parametrize("spoilt", [b"", b"{", b"half", None])
def test_a_damaged_key_is_moved_aside(county: Window, saved: Path, spoilt: bytes | None) -> None:
    """What lay there is kept: it might be all there is."""
    key = key_file(county)
    before = spoilt if spoilt is not None else key.read_bytes().replace(b'"wrap": "', b'"wrap": "00')[:-3]
    key.write_bytes(before)
    county.reopen()
    done = restore(county, saved)
    assert done.aside is not None and done.aside.read_bytes() == before
    assert key.read_bytes() == saved.read_bytes() and verify(county.ledger).faults == ()


def test_a_key_that_opens_is_left_alone(county: Window, saved: Path) -> None:
    """Nothing to do, nothing written, whatever the file to be put back."""
    done = unchanged(county, lambda: restore(county, saved))
    assert not done.needed
    rotate_key(ledger=county.ledger, keys=county.home / "keys", occasion=an_occasion())
    assert not unchanged(county, lambda: restore(county, saved)).needed


def test_only_this_ledgers_key_is_put_back(county: Window, saved: Path, tmp_path: Path) -> None:
    """Another ledger's, a damaged one, one of before a rotation, no file at all: nothing is changed."""
    (tmp_path / "other").mkdir()
    a_ledger(tmp_path / "other").close()
    (other,) = (tmp_path / "other" / "keys").iterdir()
    shutil.rmtree(county.home / "keys")
    county.reopen()
    half = tmp_path / "half"
    half.write_bytes(saved.read_bytes()[:-9])
    for source in (other, half, tmp_path, tmp_path / "none"):
        refused(county, lambda source=source: restore(county, source), BadInput, "打不开|读不了|不是密钥")
    impostor = json.loads(other.read_bytes()) | {"ledger": county.ledger.id()}
    half.write_text(json.dumps(impostor))
    refused(county, lambda: restore(county, half), BadInput, "打不开这本台账")
    assert unchanged(county, lambda: restore(county, saved, occasion=an_occasion(dry_run=True))).needed
    restore(county, saved)
    rotate_key(ledger=county.ledger, keys=county.home / "keys", occasion=an_occasion())
    shutil.rmtree(county.home / "keys")
    county.reopen()
    refused(county, lambda: restore(county, saved), BadInput, "早于最近一次轮换")


def test_a_key_is_put_back_in_an_empty_ledger(tmp_path: Path) -> None:
    """No row to try it on: its ledger's id is what there is."""
    window = Window(tmp_path / "county")
    saved = back_up(window, tmp_path / "k").file
    key_file(window).unlink()
    window.reopen()
    assert restore(window, saved).needed and window.letter("64", CITIZEN)
    window.ledger.close()


def test_a_failed_backup_leaves_no_entry(county: Window, tmp_path: Path) -> None:
    """The ledger is read only by a row that was altered: told, and neither file nor entry."""
    with raw(county.path) as base:
        base.execute("UPDATE row_keys SET wrapped = zeroblob(61)")
    files = kept_files(county.home)
    refused(county, lambda: back_up(county, tmp_path / "usb" / "k"), NotReady, "打不开台账")
    assert kept_files(county.home) == files and list((tmp_path / "usb").iterdir()) == []
