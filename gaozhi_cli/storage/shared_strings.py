"""The texts that the cells of an xlsx share, kept in an unnamed temporary file rather than in memory."""

from __future__ import annotations

import re
import zipfile
from array import array
from bisect import bisect_right
from collections import OrderedDict
from tempfile import SpooledTemporaryFile

from gaozhi_cli.storage.table_file import refuse
from gaozhi_cli.storage.table_scan import DAMAGED, LONGEST_CELL

PART = "xl/sharedStrings.xml"
IN_MEMORY = 1024 * 1024
BLOCK_TEXTS, BLOCK_CHARACTERS = 128, 65_536
BLOCKS_AT_HAND = 64
BETWEEN = "\ud800"  # parts the texts of a block: a half surrogate stands in no text
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def unescaped(text: str) -> str:
    """Text of one element with ``_x000A_`` as the character it stands for (ECMA-376 22.9.2.19)."""
    return ESCAPED.sub(_character, text) if "_x" in text else text


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return match[0] if 0xD800 <= code <= 0xDFFF else chr(code)


class SharedStrings:
    """Texts by number; blocks of them lie in a file without a name, a few at hand.

    A row's texts stand beside each other even in a sheet that was sorted since, so one block serves a row.
    """

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY, prefix="gaozhi-")  # noqa: SIM115  closed with us
        self._starts = array("Q")
        self._offsets = array("Q", [0])
        self._count = self._size = 0
        self._waiting: list[str] = []
        self._at_hand: OrderedDict[int, list[str]] = OrderedDict()

    def append(self, text: str) -> None:
        """The next text."""
        self._waiting.append(text)
        self._size += len(text)
        if len(self._waiting) >= BLOCK_TEXTS or self._size >= BLOCK_CHARACTERS:
            self.settle()

    def settle(self) -> None:
        """Write what waits; before this the last texts cannot be read."""
        if self._waiting:
            self._starts.append(self._count)
            self._count += len(self._waiting)
            written = self._file.write(BETWEEN.join(self._waiting).encode("utf-8", "surrogatepass"))
            self._offsets.append(self._offsets[-1] + written)
            self._waiting, self._size = [], 0

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < self._count:
            raise IndexError(number)
        block = bisect_right(self._starts, number) - 1
        texts = self._at_hand.get(block)
        if texts is None:
            begin, end = self._offsets[block], self._offsets[block + 1]
            self._file.seek(begin)
            texts = self._file.read(end - begin).decode("utf-8", "surrogatepass").split(BETWEEN)
            self._at_hand[block] = texts
            if len(self._at_hand) > BLOCKS_AT_HAND:
                self._at_hand.popitem(last=False)
        else:
            self._at_hand.move_to_end(block)
        return texts[number - self._starts[block]]

    def close(self) -> None:
        """Give the file back."""
        self._file.close()


def read_shared_strings(archive: zipfile.ZipFile, file: str) -> SharedStrings:
    """All shared texts of a workbook, phonetic guides (拼音) left out. Raises BadInput on damaged XML."""
    from xml.parsers import expat

    strings = SharedStrings()
    if PART not in archive.namelist():
        return strings
    pieces: list[str] = []
    texts: list[str] = []
    guide = inside = False

    def begin(tag: str, _: dict[str, str]) -> None:
        nonlocal guide, inside
        tag = tag.rpartition(":")[2]
        if tag == "t":
            inside = not guide
        elif tag == "rPh":
            guide = True

    def words(text: str) -> None:
        if inside:
            pieces.append(text)

    def end(tag: str) -> None:
        nonlocal guide, inside
        tag = tag.rpartition(":")[2]
        if tag == "t":
            inside = False
            texts.append(unescaped("".join(pieces)))
            pieces.clear()
        elif tag == "rPh":
            guide = False
        elif tag == "si":
            text = "".join(texts)
            texts.clear()
            if len(text) > LONGEST_CELL:
                raise refuse(file, f"有一格超过 {LONGEST_CELL} 字，请删减")
            strings.append(text)

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.CharacterDataHandler, parser.EndElementHandler = begin, words, end
    try:
        with archive.open(PART) as opened:
            parser.ParseFile(opened)
    except expat.ExpatError:
        raise refuse(file, DAMAGED) from None
    strings.settle()
    return strings
