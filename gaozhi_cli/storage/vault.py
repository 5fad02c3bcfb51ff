"""密钥与加密: personal fields sealed with a data key per row, numbers matched by a keyed digest.

The ledger's key file holds two secrets: ``wrap`` seals the row keys (rotating it re-wraps row keys
only; wrapping keys of before are kept beside it for older backups), ``match`` keys the digests by which
subjects are found (never rotated). Sealed field: one byte
of algorithm (1 = AES-256-GCM), 12 bytes nonce, ciphertext with tag. The associated data names table,
row and column, so a ciphertext moved elsewhere does not open. docs/journal.md is the specification.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gaozhi_cli.domain.applicant import Identity, alike
from gaozhi_cli.domain.problem import NotReady, os_reason
from gaozhi_cli.domain.vocabulary import IdType
from gaozhi_cli.storage.home import write_private

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

AES_256_GCM = b"\x01"
NONCE = 12


class WrapKey(NamedTuple):
    """A wrapping key and the id under which row keys name it."""

    id: str
    wrap: bytes


class Keys(NamedTuple):
    """The secrets of one ledger and the id under which row keys name them.

    ``next``: the key of a rotation that has begun; ``retired``: keys of before, newest first. Either may
    wrap row keys: a kill in a rotation leaves ``next``, a restored backup of the ledger needs ``retired``.
    """

    id: str
    wrap: bytes
    match: bytes
    next: WrapKey | None = None
    retired: tuple[WrapKey, ...] = ()

    def under(self, key_id: str) -> bytes:
        """The wrapping key with an id. Raises NotReady where the file has none."""
        for key in (self, self.next, *self.retired):
            if key is not None and key.id == key_id:
                return key.wrap
        message = f"密钥文件里没有编号 {key_id} 的密钥（轮换过密钥，而密钥文件是轮换之前的）"
        raise NotReady(f"{message}；请用 gaozhi ledger key restore 放回轮换之后的密钥备份")

    def led_by(self, key_id: str | None) -> Keys:
        """The same keys with the one that the ledger names as its present one in front."""
        if key_id is None or key_id == self.id:
            return self
        wrap = self.under(key_id)
        before = (WrapKey(self.id, self.wrap), *(key for key in self.retired if key.id != key_id))
        following = None if self.next is not None and self.next.id == key_id else self.next
        return Keys(key_id, wrap, self.match, following, before)


def key_path(folder: Path, ledger_id: str) -> Path:
    """Where the key of a ledger is kept."""
    return folder / f"{ledger_id}.key"


def make_keys(folder: Path, ledger_id: str) -> Keys:
    """New keys for a ledger, written to a file that only its owner can read. Raises OSError."""
    keys = Keys(os.urandom(8).hex(), os.urandom(32), os.urandom(32))
    write_keys(folder, ledger_id, keys)
    return keys


def new_wrap_key() -> WrapKey:
    """A fresh wrapping key."""
    return WrapKey(os.urandom(8).hex(), os.urandom(32))


def write_keys(folder: Path, ledger_id: str, keys: Keys) -> None:
    """The key file, whole or not at all, readable by its owner only. Raises OSError."""
    write_private(key_path(folder, ledger_id), keys_text(ledger_id, keys))


def keys_text(ledger_id: str, keys: Keys) -> bytes:
    """The key file's bytes; ``next`` and ``retired`` stand in it only where there are such keys."""
    body: dict[str, Any] = {
        "ledger": ledger_id, "id": keys.id, "wrap": keys.wrap.hex(), "match": keys.match.hex()
    }  # fmt: skip
    if keys.next is not None:
        body["next"] = {"id": keys.next.id, "wrap": keys.next.wrap.hex()}
    if keys.retired:
        body["retired"] = [{"id": key.id, "wrap": key.wrap.hex()} for key in keys.retired]
    return json.dumps(body, indent=1).encode() + b"\n"


def parse_keys(data: bytes, ledger_id: str) -> Keys:
    """The keys that a key file's bytes say. Raises ValueError: damaged, or of another ledger."""
    try:
        body = json.loads(data)
        if body["ledger"] != ledger_id:
            raise ValueError("another ledger")
        main, following = _wrap_key(body), body.get("next")
        match = bytes.fromhex(body["match"])
        if len(match) != 32:
            raise ValueError("match")
        retired = tuple(_wrap_key(key) for key in body.get("retired", ()))
        return Keys(main.id, main.wrap, match, _wrap_key(following) if following else None, retired)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(str(error)) from None


def _wrap_key(body: Any) -> WrapKey:
    key = WrapKey(str(body["id"]), bytes.fromhex(body["wrap"]))
    if len(key.wrap) != 32:
        raise ValueError("wrap")
    return key


def read_keys(folder: Path, ledger_id: str) -> Keys:
    """The keys of a ledger. Raises NotReady when the file is missing or damaged."""
    path = key_path(folder, ledger_id)
    try:
        return parse_keys(path.read_bytes(), ledger_id)
    except FileNotFoundError:
        message = f"找不到台账的密钥文件 {path}，个人信息打不开也写不进"
        raise NotReady(f"{message}；请用 gaozhi ledger key restore 放回密钥备份") from None
    except OSError as error:
        raise NotReady(f"读不了密钥文件 {path}（{os_reason(error)}），请检查权限") from None
    except ValueError:
        message = f"密钥文件 {path} 已损坏或属于另一本台账"
        raise NotReady(f"{message}；请用 gaozhi ledger key restore 放回密钥备份") from None


def seal(key: bytes, plain: bytes, place: str) -> bytes:
    """Encrypt under ``key``; ``place`` binds the ciphertext to its table, row and column."""
    nonce = os.urandom(NONCE)
    return AES_256_GCM + nonce + _cipher()(key).encrypt(nonce, plain, place.encode())


def unseal(key: bytes, sealed: bytes, place: str) -> bytes:
    """The plain bytes. Raises NotReady when the ciphertext was altered, moved, or the key is another's."""
    from cryptography.exceptions import InvalidTag

    body = sealed[1:]
    try:
        if sealed[:1] != AES_256_GCM:
            raise InvalidTag
        return _cipher()(key).decrypt(body[:NONCE], body[NONCE:], place.encode())
    except (InvalidTag, ValueError):
        message = f"加密内容 {place} 打不开：内容被改动、被挪动，或密钥不符；请运行 gaozhi ledger verify"
        raise NotReady(message) from None


@lru_cache(maxsize=1)
def _cipher() -> type[AESGCM]:
    """The library is loaded at the first use, and found without a search at the next thousands."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM


@lru_cache(maxsize=4)
def _keyed(key: bytes) -> Any:
    """An HMAC-SM3 with its key in it, to be copied."""
    import hmac

    return hmac.new(key, digestmod="sm3")


def match_digest(keys: Keys, kind: str, value: str) -> bytes:
    """The keyed digest (HMAC-SM3 where OpenSSL has it, else HMAC through cryptography) of a value."""
    message = f"{kind}\x1f{value}".encode()
    if "sm3" in hashlib.algorithms_available:
        keyed = _keyed(keys.match).copy()
        keyed.update(message)
        return bytes(keyed.digest())
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.hmac import HMAC

    engine = HMAC(keys.match, hashes.SM3())
    engine.update(message)
    return engine.finalize()


def match_digests(keys: Keys, id_type: str, number: str) -> list[bytes]:
    """The digests under which the bearer of a number may be known, the one of its own kind first."""
    identity = Identity(IdType(id_type), number)
    others = [other for other in alike(identity) if other != identity]
    return [match_digest(keys, one.type.value, one.number) for one in (identity, *others)]


def new_row_key() -> bytes:
    """A fresh data key for one row of personal data."""
    return os.urandom(32)


def packed(text: str) -> bytes:
    """A long text, compressed before sealing."""
    return zlib.compress(text.encode(), 3)


def unpacked(data: bytes) -> str:
    """The text that ``packed`` compressed."""
    return zlib.decompress(data).decode()


def wrap_place(id_: str, key_id: str) -> str:
    """What binds a wrapped row key to its row and to the ledger key."""
    return f"row_keys/{id_}/{key_id}"


def field_place(id_: str, owner: str, role: str, column: str) -> str:
    """What binds a sealed field to its row, to whom it belongs, and to its column."""
    return f"personal/{id_}/{owner}/{role}/{column}"
