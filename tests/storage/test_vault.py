"""Sealing binds a value to its key and its place; the key file says in one sentence what is wrong with it."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaozhi_cli.domain.problem import NotReady
from gaozhi_cli.storage.vault import (
    Keys,
    field_place,
    key_path,
    make_keys,
    match_digest,
    new_row_key,
    packed,
    read_keys,
    seal,
    unpacked,
    unseal,
    wrap_place,
)

KEY = bytes(range(32))
PLACE = field_place("00112233445566aa", "RS-2026-00001", "applicant", "name")


# Sealing


@given(plain=st.binary(max_size=300), key=st.binary(min_size=32, max_size=32))
def test_what_is_sealed_opens_again(plain: bytes, key: bytes) -> None:
    """Any bytes under any key; 1 byte of algorithm, 12 of nonce, 16 of tag are added."""
    sealed = seal(key, plain, PLACE)
    assert unseal(key, sealed, PLACE) == plain
    assert len(sealed) == 1 + 12 + len(plain) + 16


def test_nonce_is_new_each_time() -> None:
    """The same value under the same key in the same place never looks the same."""
    sealed = {seal(KEY, b"x", PLACE) for _ in range(200)}
    assert len({one[1:13] for one in sealed}) == len({one[13:] for one in sealed}) == 200


@pytest.mark.parametrize(
    "place",
    [
        field_place("00112233445566ab", "RS-2026-00001", "applicant", "name"),
        field_place("00112233445566aa", "RS-2026-00002", "applicant", "name"),
        field_place("00112233445566aa", "RS-2026-00001", "agent", "name"),
        field_place("00112233445566aa", "RS-2026-00001", "applicant", "phone"),
        "",
        PLACE + "/",
    ],
)
def test_sealed_value_opens_in_its_own_place_only(place: str) -> None:
    """Another row, another case, another role, another column, no place at all."""
    with pytest.raises(NotReady, match="打不开"):
        unseal(KEY, seal(KEY, b"x", PLACE), place)


def test_wrapped_key_is_bound_to_row_and_key_id() -> None:
    """A row key wrapped under one key id does not open under another's name."""
    wrapped = seal(KEY, new_row_key(), wrap_place("row", "one"))
    assert len(unseal(KEY, wrapped, wrap_place("row", "one"))) == 32
    for place in (wrap_place("row", "two"), wrap_place("other", "one"), field_place("row", "one", "", "")):
        with pytest.raises(NotReady):
            unseal(KEY, wrapped, place)


def test_any_flipped_bit_is_noticed() -> None:
    """Algorithm, nonce, ciphertext, tag: each bit of it."""
    sealed = seal(KEY, "测试甲".encode(), PLACE)
    for place in range(len(sealed) * 8):
        altered = bytearray(sealed)
        altered[place // 8] ^= 1 << place % 8
        with pytest.raises(NotReady):
            unseal(KEY, bytes(altered), PLACE)


def test_cut_or_lengthened_is_noticed() -> None:
    """Every length but the right one, the empty one too."""
    sealed = seal(KEY, b"plain", PLACE)
    for altered in (*(sealed[:n] for n in range(len(sealed))), sealed + b"\0", b"\0" + sealed):
        with pytest.raises(NotReady):
            unseal(KEY, altered, PLACE)


def test_wrong_key_is_one_sentence_that_says_where() -> None:
    """The message names the place and holds nothing of the value."""
    sealed = seal(KEY, b"plain", PLACE)
    for key in (bytes(32), KEY[::-1]):
        with pytest.raises(NotReady) as refusal:
            unseal(key, sealed, PLACE)
        assert PLACE in refusal.value.message
        assert "gaozhi ledger verify" in refusal.value.message
        assert "plain" not in refusal.value.message
        assert "\n" not in refusal.value.message


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=400))
def test_packed_text_comes_back(text: str) -> None:
    """Any text survives compression."""
    assert unpacked(packed(text)) == text


def test_packed_text_is_shorter() -> None:
    """A letter's values repeat themselves."""
    text = "示例县证明事项管理办法（虚构）" * 50
    assert len(packed(text)) < len(text.encode()) / 10


def test_row_keys_are_random() -> None:
    """32 bytes, never the same."""
    keys = {new_row_key() for _ in range(100)}
    assert len(keys) == 100
    assert {len(key) for key in keys} == {32}


# Keyed digests


def test_match_digest_is_hmac_sm3() -> None:
    """Kind and value are told apart by 0x1F; reckoned here by hashlib alone."""
    keys = Keys("k", bytes(32), KEY)
    expected = hmac.new(KEY, "name\x1f测试甲".encode(), lambda: hashlib.new("sm3")).digest()
    assert match_digest(keys, "name", "测试甲") == expected


def test_match_digest_depends_on_key_kind_and_value_only() -> None:
    """Rotating the wrapping key changes no digest; another match key changes all."""
    first = match_digest(Keys("k", bytes(32), KEY), "id-card", "1")
    assert match_digest(Keys("other", KEY, KEY), "id-card", "1") == first
    others = {
        match_digest(Keys("k", bytes(32), bytes(32)), "id-card", "1"),
        match_digest(Keys("k", bytes(32), KEY), "passport", "1"),
        match_digest(Keys("k", bytes(32), KEY), "id-card", "2"),
    }
    assert len(others | {first}) == 4


# The key file


def test_key_file_is_private_and_read_back(tmp_path: Path) -> None:
    """Made whole, for its owner only, in a folder of its owner only."""
    folder = tmp_path / "new" / "keys"
    keys = make_keys(folder, "0123456789abcdef")
    path = key_path(folder, "0123456789abcdef")
    assert read_keys(folder, "0123456789abcdef") == keys
    assert [len(keys.wrap), len(keys.match), len(keys.id)] == [32, 32, 16]
    assert keys.wrap != keys.match
    assert [p.name for p in folder.iterdir()] == [path.name]
    if os.name == "posix":
        assert path.stat().st_mode & 0o777 == 0o600
        assert folder.stat().st_mode & 0o777 == 0o700


def refused(folder: Path, words: str) -> None:
    """Reading the key is refused in one sentence that names the file and says what to do."""
    with pytest.raises(NotReady, match=words) as refusal:
        read_keys(folder, "ledger")
    assert str(key_path(folder, "ledger")) in refusal.value.message
    assert "请" in refusal.value.message
    assert "\n" not in refusal.value.message


def test_missing_key(tmp_path: Path) -> None:
    """Says that it is missing and to put the backup there."""
    refused(tmp_path, "找不到台账的密钥文件")
    refused(tmp_path / "no" / "such" / "folder", "找不到台账的密钥文件")


def without(name: str) -> Callable[[dict[str, Any]], Any]:
    """The key file's content without one part."""
    return lambda body: {key: value for key, value in body.items() if key != name}


@pytest.mark.parametrize(
    "change",
    [
        without("id"),
        without("wrap"),
        without("match"),
        lambda body: body | {"wrap": "00" * 31},
        lambda body: body | {"match": body["match"] + "00"},
        lambda body: body | {"wrap": "xy" * 32},
        lambda body: body | {"wrap": 7},
        lambda body: body | {"match": None},
        lambda body: [body],
        lambda body: "text",
        lambda body: None,
    ],
)
def test_damaged_key(tmp_path: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    """A part missing, too short, too long, not hexadecimal, not an object."""
    make_keys(tmp_path, "ledger")
    path = key_path(tmp_path, "ledger")
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    refused(tmp_path, "已损坏")


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 200, b"\xff\xfe{", b"{", '{"id": "测试'.encode()[:-1], b"[" * 200]
)
def test_garbage_for_a_key(tmp_path: Path, data: bytes) -> None:
    """What a crash or a wrong file may leave there."""
    key_path(tmp_path, "ledger").write_bytes(data)
    refused(tmp_path, "已损坏")


def test_cut_key_file(tmp_path: Path) -> None:
    """Cut off anywhere before its last brace, it is damaged and never half believed."""
    make_keys(tmp_path, "ledger")
    path = key_path(tmp_path, "ledger")
    data = path.read_bytes()
    for size in range(len(data.rstrip()) - 1):
        path.write_bytes(data[:size])
        refused(tmp_path, "已损坏")


@contextmanager
def as_nobody() -> Iterator[None]:
    """As a user to whom file permissions apply: root becomes nobody, anybody else stays."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(os.name != "posix", reason="文件权限只在 POSIX 系统上有意义")
def test_key_without_permission(tmp_path: Path) -> None:
    """A key that may not be read is told apart from one that is missing or damaged."""
    make_keys(tmp_path, "ledger")
    key_path(tmp_path, "ledger").chmod(0o000)
    with as_nobody():
        refused(tmp_path, "读不了密钥文件.*权限")


def test_folder_in_place_of_the_key(tmp_path: Path) -> None:
    """Something unreadable under its name."""
    key_path(tmp_path, "ledger").mkdir()
    refused(tmp_path, "读不了密钥文件")
