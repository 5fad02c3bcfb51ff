"""二维码: ASCII, one text one picture however it was drawn, read back by another program from the page."""

from __future__ import annotations

import shutil
import string
import struct
import subprocess
import zlib
from pathlib import Path

import pytest
import segno
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gaozhi_cli.rendering import qr
from gaozhi_cli.rendering.letter_docx import Proof, letter_document
from gaozhi_cli.storage.cache_files import CacheFiles
from tests.rendering.test_letter_docx import TEMPLATE, values_of

NUMBERS = ("RS-2026-00001", "SC-2026-99999", "ABCDEFGHIJ-2026-000000001", "A1-2026-123456789")
SCANNER = pytest.mark.skipif(not shutil.which("zbarimg"), reason="没有装 zbar-tools，不能扫码")
payloads = st.builds(
    qr.payload,
    st.from_regex(r"[A-Z]{2}[A-Z0-9]{0,8}-20[0-9]{2}-[0-9]{5,9}", fullmatch=True),
    st.text("0123456789abcdef", min_size=64, max_size=64),
    st.builds("{}-{}".format, st.integers(1, 10**9), st.text("0123456789abcdef", min_size=16, max_size=16)),
)
ascii_texts = st.text(string.ascii_letters + string.digits + string.punctuation + " ", max_size=170)


@pytest.fixture(scope="module")
def many() -> qr.Pictures:
    """The pictures of a batch, from the table of single bits."""
    return qr.Pictures(qr.TABLE_FROM)


def modules(png: bytes) -> list[list[bool]]:
    """The pixels of a PNG, black = True, one row after the other, read here without the program."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at, data, size = 8, b"", (0, 0)
    while at < len(png):
        length, kind = struct.unpack_from(">L4s", png, at)
        body = png[at + 8 : at + 8 + length]
        assert struct.unpack_from(">L", png, at + 8 + length) == (zlib.crc32(kind + body),)
        if kind == b"IHDR":
            size = struct.unpack_from(">2L", body)
            assert body[8:] == bytes((1, 0, 0, 0, 0))
        data += body if kind == b"IDAT" else b""
        at += 12 + length
    rows, step = zlib.decompress(data), (size[0] + 7) // 8 + 1
    assert len(rows) == step * size[1] and not any(rows[::step])
    bits = (
        f"{int.from_bytes(rows[y * step + 1 : (y + 1) * step], 'big'):0{8 * (step - 1)}b}"
        for y in range(size[1])
    )
    return [[bit == "0" for bit in row[: size[0]]] for row in bits]


def drawn_by_segno(text: str) -> list[list[bool]]:
    """The oracle: segno's own matrix, white around, so many pixels a module."""
    padded = text.encode("ascii").ljust(min(n for n in qr.LENGTHS if n >= len(text)))
    code = segno.make_qr(padded, error="m", mode="byte", mask=qr.MASK, boost_error=False)
    matrix = code.matrix_iter(scale=qr.SCALE, border=qr.QUIET)
    return [[bool(module) for module in row] for row in matrix]


@given(payloads)
@settings(max_examples=60, deadline=None)
@example(qr.payload(NUMBERS[2], "f" * 64, "1000000000-" + "f" * 16))
def test_a_batchs_picture_is_the_one_drawn_by_itself(many: qr.Pictures, text: str) -> None:
    """To the byte, for numbers and anchors of every length; and segno's own, to the module."""
    assert text.isascii() and len(text) <= qr.LENGTHS[2]
    assert many(text) == qr.picture(text) == qr.Pictures(1)(text)
    assert modules(qr.picture(text)) == drawn_by_segno(text)


@given(ascii_texts.filter(bool))
@settings(max_examples=60, deadline=None)
def test_any_ascii_of_any_length(many: qr.Pictures, text: str) -> None:
    """Also what is not ours: one length after the other has a table of its own."""
    assert many(text) == qr.picture(text)


def test_each_length_fills_its_square() -> None:
    """A blank more would need a larger square: what is printed is as coarse as it can be."""
    for length in qr.LENGTHS:
        full, more = (segno.make_qr(bytes(n), error="m", mode="byte", mask=qr.MASK, boost_error=False)
                      for n in (length, length + 1))  # fmt: skip
        assert more.symbol_size()[0] == full.symbol_size()[0] + 4
    assert len(modules(qr.picture("x" * 84))) == (37 + 8) * qr.SCALE


def test_only_ascii() -> None:
    """Chinese came back garbled from common readers: refused here, never half right."""
    for draw in (qr.picture, qr.Pictures(qr.TABLE_FROM)):
        with pytest.raises(UnicodeEncodeError):
            draw("荥人社告承〔2026〕00001号")
    text = qr.payload(NUMBERS[0], "0123456789abcdef" * 4, "12-9f86d081884c7d65")
    assert text == "GZ1 RS-2026-00001 0123456789abcdef0123456789abcdef 12-9f86d081884c7d65"
    assert qr.check_code("0123456789abcdef" * 4, "12-9f86d081884c7d65") in text


def test_the_table_is_kept_for_the_next_batch(tmp_path: Path) -> None:
    """Written once, used again; a damaged or foreign file is drawn anew, to the same pictures."""
    store = CacheFiles(tmp_path)
    text = qr.payload(NUMBERS[0], "a" * 64, "7-" + "b" * 16)
    first = qr.Pictures(qr.TABLE_FROM, store)(text)
    (path,) = tmp_path.iterdir()
    good = path.read_bytes()
    before = path.stat().st_mtime_ns
    assert qr.Pictures(qr.TABLE_FROM, store)(text) == first == qr.picture(text)
    assert path.stat().st_mtime_ns == before
    flipped = good[:100] + bytes([good[100] ^ 1]) + good[101:]
    for bad in (good[:-1], bytes(len(good)), flipped):
        path.write_bytes(bad)
        assert qr.Pictures(qr.TABLE_FROM, store)(text) == first
        assert path.read_bytes() == good


def test_a_small_batch_makes_no_table(tmp_path: Path) -> None:
    assert qr.Pictures(qr.TABLE_FROM - 1, CacheFiles(tmp_path))("GZ1") == qr.picture("GZ1")
    assert list(tmp_path.iterdir()) == []


def test_the_white_picture_is_of_the_same_size() -> None:
    """Drafts and 格式文本: nothing to scan, the page laid out alike."""
    white, drawn = modules(qr.blank()), modules(qr.picture(qr.payload(NUMBERS[0], "a" * 64, "7-" + "b" * 16)))
    assert not any(map(any, white)) and (len(white), len(white[0])) == (len(drawn), len(drawn[0]))


def scanned(picture: Path) -> str:
    """What the scanner reads."""
    command = ["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", str(picture)]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()


@SCANNER
@pytest.mark.parametrize("number", NUMBERS)
def test_scanned_as_drawn(tmp_path: Path, number: str) -> None:
    """The text and nothing else but blanks at its end."""
    text = qr.payload(number, "0123456789abcdef" * 4, "123456789-9f86d081884c7d65")
    path = tmp_path / "qr.png"
    path.write_bytes(qr.picture(text))
    assert scanned(path) == text


@SCANNER
@pytest.mark.skipif(
    not (shutil.which("soffice") and shutil.which("pdftoppm")), reason="没有装 LibreOffice 或 poppler"
)
@pytest.mark.parametrize("number", NUMBERS[1:3])
def test_scanned_from_the_printed_page(tmp_path: Path, number: str) -> None:
    """The letter through LibreOffice at 150 dots an inch, as a cheap scanner sees it."""
    proof = Proof(number, "0123456789abcdef" * 4, "123456-9f86d081884c7d65")
    values = {name: value for name, value in values_of("甲").items() if name != "校验码"}
    (tmp_path / "x.docx").write_bytes(letter_document(TEMPLATE, values, proof))
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "pdf",
         "--outdir", str(tmp_path), str(tmp_path / "x.docx")],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    command = [
        "pdftoppm",
        "-r",
        "150",
        "-f",
        "1",
        "-l",
        "1",
        "-png",
        str(tmp_path / "x.pdf"),
        str(tmp_path / "p"),
    ]
    subprocess.run(command, check=True)
    (page,) = tmp_path.glob("p-*.png")
    assert scanned(page) == proof.payload
