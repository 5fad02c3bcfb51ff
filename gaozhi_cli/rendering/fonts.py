"""What this machine can print, asked of fontconfig: characters, boxes, and the form's typefaces.

LibreOffice leaves a character that no font has out of the PDF without a word, and with some fonts ☑ and
☐ come out as the same crossed box; so both are asked before printing. What the fonts cover is kept in
the cache folder under a digest of the font files' names, sizes and times: reading it all takes
long, listing the files does not. Windows has no fontconfig: there it cannot be told (None).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import unicodedata
import xml.etree.ElementTree as ET
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from gaozhi_cli.domain.problem import DocumentFailed
from gaozhi_cli.rendering.docx_package import Package

FORMAT = "1"
TIMEOUT = 60
BOXES = "☐☑"
# LibreOffice prints with outline fonts of these kinds only; Type 1 and bitmap fonts do not count
PRINTABLE_KINDS = {"TrueType", "CFF", "CFF2"}
FACES = ("ascii", "hAnsi", "eastAsia", "cs")
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
UNPRINTED = {"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"}
VARIATION = [(0xFE00, 0xFE0F), (0xE0100, 0xE01EF)]


class Fonts(NamedTuple):
    """The characters that outline fonts here have, as merged ranges, and the names of the fonts."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    families: frozenset[str]

    def has(self, char: str) -> bool:
        """Whether some font here has a character."""
        place = bisect_right(self.starts, ord(char)) - 1
        return place >= 0 and ord(char) <= self.ends[place]


class StandIn(NamedTuple):
    """How a typeface of the form is printed here.

    ``installed``: the typeface itself (or its own new edition) is there; else ``family`` stands in for it
    and ``changes`` says what that does to the page; ``package``: what to install for a better one;
    ``alike``: nobody sees the difference.
    """

    typeface: str
    installed: bool
    family: str
    used_for: str = ""
    changes: str = ""
    package: str = ""
    alike: bool = False


def installed_fonts(cache: Path | None = None) -> Fonts | None:
    """The fonts of this machine; None where there is no fontconfig to ask. ``cache``: a folder."""
    lister = shutil.which("fc-list")
    if lister is None:
        return None
    files = _asked(lister, "--format", "%{file}\n")
    key = _state(files)
    memory = cache / "fonts.json" if cache is not None else None
    return _remembered(memory, key) or _kept(_read(lister), memory, key)


def missing_characters(texts: Iterable[str], fonts: Fonts) -> tuple[str, ...]:
    """The characters in some texts that no font here has, in their order; they would print as nothing."""
    read = list(texts)
    missing = {char for char in set().union(*read) if not _can_print(char, fonts)}
    return tuple(dict.fromkeys(c for text in read for c in text if c in missing)) if missing else ()


def unusual(text: str) -> bool:
    """Whether a text goes beyond GB2312, which every Chinese font has: only then need fonts be asked."""
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return True
    return False


def refuse_unprintable(document: bytes, cache: Path | None) -> None:
    """Before a PDF is made: every character of a document has a font here (LibreOffice leaves out others).

    Raises DocumentFailed naming the characters; where fonts cannot be asked, nothing is refused.
    """
    from gaozhi_cli.rendering.docx_package import open_package
    from gaozhi_cli.rendering.docx_template import paragraphs

    package = open_package(document, "文书")
    texts = [text for name in package.rendered_parts() for text in paragraphs(package.part(name), "文书")]
    fonts = installed_fonts(cache) if any(map(unusual, texts)) else None
    missing = missing_characters(texts, fonts) if fonts is not None else ()
    if missing:
        way_out = "请安装有这些字的字体（如 fonts-noto-cjk-extra、BabelStone Han）再试，或用 WPS 打印后核对"
        raise DocumentFailed(f"本机没有字体能印 {named(missing)}，印出来会缺字，没有出 PDF；{way_out}")


def named(chars: Iterable[str]) -> str:
    """Characters with their code points, as a message names them: “𰀀”（U+30000）."""
    return "、".join(f"“{char}”（U+{ord(char):04X}）" for char in chars)


def box_font() -> str | None:
    """A font with both ☑ and ☐; empty where there is none, None where it cannot be told."""
    lister = shutil.which("fc-list")
    if lister is None:
        return None
    wanted = ":charset=" + " ".join(f"{ord(char):x}" for char in BOXES)
    for line in _asked(lister, "--format", "%{fontformat}\t%{family[0]}\n", wanted).splitlines():
        kind, _, family = line.partition("\t")
        if kind in PRINTABLE_KINDS:
            return family
    return ""


def typefaces(package: Package) -> tuple[str, ...]:
    """The typefaces that a document asks for in its styles and texts, in their order."""
    found: dict[str, None] = {}
    rendered = package.rendered_parts()
    for name, data in package.parts:
        if name not in rendered and name != "word/styles.xml":
            continue
        for node in ET.fromstring(data).iter(f"{W}rFonts"):
            values = (node.get(f"{W}{face}") for face in FACES)
            found |= dict.fromkeys(value for value in values if value)
    return tuple(found)


def stand_ins(
    names: Sequence[str], fonts: Fonts, table: Sequence[dict[str, Any]], conf: Path | None
) -> list[StandIn]:
    """How each typeface is printed here. ``table``: templates/fonts.yaml; ``conf``: fonts.conf."""
    known = {entry["name"]: entry for entry in table}
    return [_stand_in(name, fonts, known.get(name, {}), conf) for name in names]


def _stand_in(name: str, fonts: Fonts, entry: dict[str, Any], conf: Path | None) -> StandIn:
    own = next((face for face in (name, *entry.get("same", ())) if face in fonts.families), None)
    used_for = entry.get("used_for", "")
    if own is not None:  # the form's own typeface, or its newer edition
        return StandIn(name, True, own, used_for)
    families = matched(name, conf).split(",")
    choices = entry.get("stand_ins", ())
    best = choices[0]["package"] if choices else ""
    for choice in choices:
        if choice["family"] in families:
            better = best if choice is not choices[0] else ""
            alike = choice.get("alike") == "是"
            return StandIn(name, False, choice["family"], used_for, choice["changes"], better, alike)
    return StandIn(name, False, families[0], used_for, "没有合适的替代，字形与规定的不同", best)


def matched(name: str, conf: Path | None) -> str:
    """The families that fontconfig gives for a typeface, joined by commas; empty where it cannot be told."""
    matcher = shutil.which("fc-match")
    if matcher is None:
        return ""
    environment = dict(os.environ)
    if conf is not None and conf.is_file():
        environment["FONTCONFIG_FILE"] = str(conf.absolute())
    pattern = "".join(f"\\{char}" if char in "\\-:," else char for char in name)
    return _asked(matcher, "--format", "%{family}", pattern, environment=environment).strip()


def _asked(*command: str, environment: dict[str, str] | None = None) -> str:
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace")


def _state(files: str) -> str:
    """A digest that changes when a font is installed, removed or replaced."""
    lines = [FORMAT]
    for name in sorted(set(files.splitlines())):
        with suppress(OSError, ValueError):
            status = Path(name).stat()
            lines.append(f"{name} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(lines).encode("utf-8", "replace")).hexdigest()


def _read(lister: str) -> Fonts:
    """What fontconfig says of every outline font."""
    charsets: set[str] = set()
    families: set[str] = set()
    for line in _asked(lister, "--format", "%{fontformat}\t%{family}\t%{charset}\n").splitlines():
        kind, _, rest = line.partition("\t")
        family, _, charset = rest.partition("\t")
        if kind not in PRINTABLE_KINDS:
            continue
        families |= set(family.split(","))
        charsets.add(charset)
    merged = _merged([pair for charset in charsets for pair in _ranges(charset)])
    starts, ends = tuple(a for a, _ in merged), tuple(b for _, b in merged)
    return Fonts(starts, ends, frozenset(families))


def _ranges(charset: str) -> list[tuple[int, int]]:
    pairs = []
    for piece in charset.split():
        first, _, last = piece.partition("-")
        with suppress(ValueError):
            pairs.append((int(first, 16), int(last or first, 16)))
    return pairs


def _within(code: int, pairs: list[tuple[int, int]]) -> bool:
    return any(first <= code <= last for first, last in pairs)


def _merged(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, last in sorted(pairs):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _can_print(char: str, fonts: Fonts) -> bool:
    """Whether a character comes out as itself: some font has it, or it is a blank and nothing is seen.

    A private-use character (自造字) is another sign in every font, so no font can be trusted with it.
    """
    if fonts.has(char):
        return unicodedata.category(char) != "Co"
    return unicodedata.category(char) in UNPRINTED or _within(ord(char), VARIATION)


def _remembered(memory: Path | None, key: str) -> Fonts | None:
    if memory is None:
        return None
    try:
        noted = json.loads(memory.read_bytes())
        if noted["key"] != key:
            return None
        starts, ends = tuple(noted["starts"]), tuple(noted["ends"])
        return Fonts(starts, ends, frozenset(noted["families"]))
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _kept(fonts: Fonts, memory: Path | None, key: str) -> Fonts:
    """Remember what was read; a folder that cannot be written only costs time."""
    if memory is None or not memory.parent.is_dir():
        return fonts
    aside = memory.with_name(f".{memory.name}.{os.urandom(6).hex()}.tmp")
    body = fonts._asdict() | {"families": sorted(fonts.families), "key": key}
    try:
        aside.write_text(json.dumps(body, ensure_ascii=False), encoding="utf-8")
        aside.replace(memory)
    except OSError:
        with suppress(OSError):
            aside.unlink()
    return fonts
