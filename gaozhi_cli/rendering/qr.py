"""The QR of a letter: its number, the keyed digest of its values, the journal's head before its entry.

ASCII only (Chinese came back garbled from common readers). segno draws it; a batch uses that for one
length of text the picture is an affine function of the bits of the text over GF(2): with the pictures of
the single bits known, any other is their exclusive or, the same to the last module.
"""

from __future__ import annotations

import hashlib
import struct
import zlib

from gaozhi_cli.rendering.store import Store

QUIET = 4  # modules of white around, as the standard asks
SCALE = 4  # pixels a module
MASK = 3  # one mask for all, so that one text gives one picture however it was drawn
# What QRs of 37, 41, 45 … modules hold; texts are padded to these, so that few tables serve all.
LENGTHS = (84, 106, 122, 152, 180, 213)
BITS = 7  # of an ASCII character
TABLE_FROM = 400  # letters from which the table of single bits pays
# The pixels of eight modules, white = 1 as PNG has it.
SPREAD = tuple(
    (~int("".join(bit * SCALE for bit in f"{byte:08b}"), 2) & 0xFFFFFFFF).to_bytes(SCALE, "big")
    for byte in range(256)
)


def payload(number: str, fields: str, anchor: str) -> str:
    """What the QR says: ``GZ1 number digest anchor``."""
    return f"GZ1 {number} {check_code(fields, anchor)}"


def check_code(fields: str, anchor: str) -> str:
    """校验码 as printed in words: the first half of the keyed digest, and the journal's head before."""
    return f"{fields[:32]} {anchor}"


def picture(text: str) -> bytes:
    """The PNG of a text."""
    width, modules = _drawn(_padded(text))
    return _png(width, modules)


class Pictures:
    """The PNGs of many texts: from the table of single bits where it pays, drawn one by one otherwise.

    ``store``: where the table is kept for the next batch.
    """

    def __init__(self, expected: int, store: Store | None = None) -> None:
        self._many = expected >= TABLE_FROM
        self._store = store
        self._tables: dict[int, tuple[int, int, list[list[int]]]] = {}

    def __call__(self, text: str) -> bytes:
        """The PNG of a text: the same bytes as ``picture``."""
        if not self._many:
            return picture(text)
        data = _padded(text)
        if len(data) not in self._tables:
            self._tables[len(data)] = _table(len(data), self._store)
        width, modules, table = self._tables[len(data)]
        for byte, masks in zip(data, table, strict=True):
            modules ^= masks[byte]
        return _png(width, modules)


def _padded(text: str) -> bytes:
    """The text with blanks up to a length that letters share; the smallest, since it is the best read."""
    data = text.encode("ascii")
    return data.ljust(next((n for n in LENGTHS if n >= len(data)), len(data)))


def _table(length: int, store: Store | None) -> tuple[int, int, list[list[int]]]:
    """Width, the picture of ``length`` zero bytes, and what each byte at each place changes in it."""
    width, size, pictures = _bits(length, store)
    nothing, *single = [
        int.from_bytes(pictures[at : at + size], "big") for at in range(0, len(pictures), size)
    ]
    table = []
    for place in range(0, len(single), BITS):
        masks = [0] * (1 << BITS)
        for byte in range(1, 1 << BITS):
            low = byte & -byte
            masks[byte] = masks[byte ^ low] ^ single[place + low.bit_length() - 1] ^ nothing
        table.append(masks)
    return width, nothing, table


def _bits(length: int, store: Store | None) -> tuple[int, int, bytes]:
    """Width, bytes of a picture, and the pictures of zero bytes and of each single bit after each other."""
    name = f"qr-{length}-{MASK}.bin"
    width, nothing = _drawn(bytes(length))
    size = _row_bytes(width) * width
    whole = size * (1 + length * BITS) + 32
    kept = store.get(name) if store is not None else None
    if kept is not None and len(kept) == whole and hashlib.sha256(kept[:-32]).digest() == kept[-32:]:
        return width, size, kept[:-32]
    drawn = [nothing]
    for place in range(length):
        drawn += [_drawn(_one(length, place, 1 << bit))[1] for bit in range(BITS)]
    pictures = b"".join(one.to_bytes(size, "big") for one in drawn)
    if store is not None:
        store.put(name, pictures + hashlib.sha256(pictures).digest())
    return width, size, pictures


def _one(length: int, place: int, byte: int) -> bytes:
    data = bytearray(length)
    data[place] = byte
    return bytes(data)


def _drawn(data: bytes) -> tuple[int, int]:
    """Width in modules; the picture as one number: a row after the other, white around, padded to bytes."""
    import segno

    code = segno.make_qr(data, error="m", mode="byte", mask=MASK, boost_error=False)
    width = len(code.matrix)
    padding = _row_bytes(width) * 8 - QUIET - width
    rows = ("0" * QUIET + "".join("1" if module else "0" for module in row) for row in code.matrix)
    return width, int("".join(row + "0" * padding for row in rows), 2)


def _row_bytes(width: int) -> int:
    return (width + 2 * QUIET + 7) // 8


def blank() -> bytes:
    """A white picture for what has no number: drafts and 格式文本."""
    return _png(37, 0)


def _png(width: int, modules: int) -> bytes:
    """Black on white, one bit a pixel. Not deflated here: the document around it is."""
    size = (width + 2 * QUIET) * SCALE
    wide = (size + 7) // 8
    step = _row_bytes(width)
    spread = b"".join(map(SPREAD.__getitem__, modules.to_bytes(step * width, "big")))
    border = (b"\x00" + b"\xff" * wide) * (QUIET * SCALE)
    rows = [border]
    for start in range(0, len(spread), step * SCALE):
        rows.append((b"\x00" + spread[start : start + wide]) * SCALE)
    rows.append(border)
    data = b"".join(rows)
    head = struct.pack(">2L5B", size, size, 1, 0, 0, 0, 0)
    body = b"\x78\x01\x01" + struct.pack("<HH", len(data), len(data) ^ 0xFFFF) + data
    body += struct.pack(">L", zlib.adler32(data))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))
