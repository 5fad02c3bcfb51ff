"""A day's letters as one docx, a section each, so that LibreOffice starts once for all of them.

All letters are of one template, so everything but body, headers, footers and pictures is the same and
stands once. Each letter keeps its pages: numbers begin again at 1, its headers and footers come along
under names of their own, and 共 N 页 points to a bookmark at the letter's end, since the pages of all
would be counted otherwise. The XML is spliced as bytes between tags; no text is read or written anew.

A letter that could come out otherwise among others than alone (running numbers, notes, other fields,
several sections) is not taken apart: it goes alone.
"""

from __future__ import annotations

import hashlib
import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple
from xml.etree import ElementTree as ET

from gaozhi_cli.rendering.docx_package import FIXED_DATE

DOCUMENT, TYPES = "word/document.xml", "[Content_Types].xml"
RELS = "word/_rels/document.xml.rels"
BEGIN, END = "gaozhiBegin", "gaozhiEnd"  # letters only: others are escaped in the PDF
OWN_KINDS = ("/header", "/footer", "/image")
OWN_PART = re.compile(r"word/(_rels/)?(header|footer)\d*\.xml(\.rels)?|word/media/.+|docProps/.+")
ALONE = re.compile(
    rb"<!\[CDATA\[|<!--|<w:(?:footnoteReference|endnoteReference|commentReference|altChunk|sectPrChange|"
    rb"pPrChange|object|control|subDoc)\b|\sw:anchor="
)
FIELD = re.compile(
    rb"(<w:instrText\b[^<>]*>)([^<]*)(?=</w:instrText>)|(<w:fldSimple\b[^<>]*?\sw:instr=\")([^\"<]*)"
)
KNOWN_FIELD = re.compile(rb"\s*(?:PAGE|NUMPAGES)(?:\s+\\\*\s*(?:Arabic|MERGEFORMAT))*\s*", re.I)
NUMBERED = re.compile(rb"<w:pStyle\s+w:val=\"([^\"]*)\"")
STYLE = re.compile(rb"<w:style\b[^<>]*?\sw:styleId=\"([^\"]*)\".*?</w:style>", re.S)
TAG = re.compile(rb"<(?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*>")
RELATED = re.compile(rb"(\sr:(?:id|embed|link|pict)=\")([^\"]*)(\")")
IDENTIFIED = re.compile(rb"<(?:wp:docPr|w:bookmarkStart|w:bookmarkEnd)\b[^<]*")
AFTER_PAGES = re.compile(
    rb"<w:(?:cols|formProt|vAlign|noEndnote|titlePg|textDirection|bidi|rtlGutter|docGrid|printerSettings)\b"
    rb"|</w:sectPr>"
)


class Rel(NamedTuple):
    """A relationship of a part."""

    id: str
    kind: str
    target: str
    mode: str


class Sheet(NamedTuple):
    """A letter taken apart. ``frame`` is the same for letters that can be merged with each other."""

    frame: str
    head: bytes
    body: bytes
    section: bytes
    own: Mapping[str, bytes]
    rels: tuple[Rel, ...]
    types: bytes
    package: bytes


def take_apart(document: bytes) -> Sheet | None:
    """A finished letter taken apart; None where it can only be printed alone."""
    try:
        with zipfile.ZipFile(io.BytesIO(document)) as archive:
            parts = {info.filename: archive.read(info) for info in archive.infolist()}
        rels, _ = _rels(parts[RELS]), _types(parts[TYPES])
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError, NotImplementedError, ET.ParseError):
        return None
    own = {name: data for name, data in parts.items() if OWN_PART.fullmatch(name)}
    whole = parts[DOCUMENT]
    start, end = whole.find(b"<w:body>"), whole.rfind(b"</w:body>")
    place = whole.rfind(b"<w:sectPr", 0, end)
    if start < 0 or end < 0 or place < 0 or whole.count(b"<w:sectPr") != 1:
        return None
    head, body, section = whole[: start + 8], whole[start + 8 : place], whole[place:end]
    texts = [whole, *(data for name, data in own.items() if name.endswith(".xml"))]
    if not _closed(body, section) or any(_stands_alone(text, parts) for text in texts):
        return None
    shared = [rel for rel in rels if not rel.kind.endswith(OWN_KINDS)]
    digest = hashlib.sha256(repr((head, section, sorted(shared))).encode())
    for name in sorted(parts.keys() - own.keys() - {DOCUMENT, RELS, TYPES}):
        digest.update(repr((name, len(parts[name]))).encode() + parts[name])
    return Sheet(digest.hexdigest(), head, body, section, own, rels, parts[TYPES], document)


def _closed(body: bytes, section: bytes) -> bool:
    """Whether the body ends in a paragraph that can hold the section, and the section is as expected."""
    if not section.endswith(b"</w:sectPr>") or b"<w:pgSz" not in section:
        return False
    first = re.search(rb"<w:pgNumType\b[^<>]*\sw:start=\"(\d+)\"", section)
    return (first is None or first[1] == b"1") and _last_paragraph(body) is not None


def _last_paragraph(body: bytes) -> int | None:
    """Where the last paragraph starts; None where the body ends otherwise, or a box lies in it."""
    trimmed = body.rstrip()
    if trimmed.endswith(b"/>"):
        place = trimmed.rfind(b"<")
        return place if re.fullmatch(rb"<w:p(?:\s[^<>]*)?/>", trimmed[place:]) else None
    place = max(trimmed.rfind(b"<w:p>"), trimmed.rfind(b"<w:p "))
    if place < 0 or not trimmed.endswith(b"</w:p>") or trimmed.count(b"</w:p>", place) != 1:
        return None
    return place


def _stands_alone(text: bytes, parts: Mapping[str, bytes]) -> bool:
    """Whether something in a part counts on through the document, or points across it."""
    if ALONE.search(text) or b"<w:numPr" in text:
        return True
    if any(not KNOWN_FIELD.fullmatch(m[2] if m[2] is not None else m[4]) for m in FIELD.finditer(text)):
        return True
    numbered = _numbered_styles(parts.get("word/styles.xml", b""))
    return bool(numbered) and any(style in numbered for style in NUMBERED.findall(text))


@lru_cache(maxsize=8)
def _numbered_styles(styles: bytes) -> frozenset[bytes]:
    """Ids of the styles that number their paragraphs, through what they are based on too."""
    found = {match[1]: match[0] for match in STYLE.finditer(styles)}
    numbered = {id_ for id_, text in found.items() if b"<w:numPr" in text}
    while True:
        more = {
            id_
            for id_, text in found.items()
            if any(b'<w:basedOn w:val="' + base + b'"' in text for base in numbered)
        }
        if more <= numbered:
            return frozenset(numbered)
        numbered |= more


@lru_cache(maxsize=32)
def _rels(data: bytes) -> tuple[Rel, ...]:
    return tuple(
        Rel(node.get("Id", ""), node.get("Type", ""), node.get("Target", ""), node.get("TargetMode", ""))
        for node in ET.fromstring(data)
    )


def merged(sheets: Sequence[Sheet]) -> bytes:
    """One docx of letters of one frame, each between the bookmarks ``BEGIN`` and ``END`` + its place."""
    first = sheets[0]
    with zipfile.ZipFile(io.BytesIO(first.package)) as archive:
        parts = {
            info.filename: archive.read(info)
            for info in archive.infolist()
            if info.filename not in first.own or info.filename.startswith("docProps/")
        }
    shared = tuple(rel for rel in first.rels if not rel.kind.endswith(OWN_KINDS))
    bodies, rels, types = [first.head], list(shared), _Types(parts[TYPES])
    for place, sheet in enumerate(sheets):
        types.add(sheet.types, sheet.own, place)
        bodies.append(_section(sheet, place, place == len(sheets) - 1))
        for rel in sheet.rels:
            if rel.kind.endswith(OWN_KINDS):
                rels.append(
                    rel._replace(id=_renamed(rel.id, place), target=_moved(rel.target, "word", place))
                )
        for name, data in sheet.own.items():
            if not name.startswith("docProps/"):
                parts[_own_name(name, place)] = _own_part(name, data, place)
    parts[DOCUMENT] = b"".join([*bodies, b"</w:body></w:document>"])
    parts[RELS], parts[TYPES] = _rels_bytes(rels), types.to_bytes()
    return _packed(parts)


def _section(sheet: Sheet, place: int, last: bool) -> bytes:
    """A letter's body with its bookmarks, its section in its last paragraph or, for the last one, behind."""
    body = _unique(_counted(sheet.body, place), sheet.rels, place).strip()
    body = _with_beginning(body, _mark(BEGIN, place, 2 * place + 1))
    at = _last_paragraph(body) or 0
    head, paragraph = body[:at], body[at:]
    if paragraph.endswith(b"/>"):
        paragraph = b"".join(_open_paragraph(paragraph))
    section = _counting(_unique(sheet.section, sheet.rels, place))
    end = _mark(END, place, 2 * place + 2) + b"</w:p>"
    paragraph = paragraph[: -len(b"</w:p>")] + end
    if not last:
        paragraph = _with_section(paragraph, section)
    return head + paragraph + (section if last else b"")


def _counting(section: bytes) -> bytes:
    """A section that begins on a new page and counts its pages from 1."""
    kept = re.search(rb"<w:pgNumType\b([^<>]*?)/>", section)
    form = re.sub(rb"\sw:start=\"[^\"]*\"", b"", kept[1]).rstrip() if kept else b""
    section = re.sub(rb"<w:(?:type|pgNumType)\b[^<>]*/>", b"", section)
    section = section.replace(b"<w:pgSz", b'<w:type w:val="nextPage"/><w:pgSz', 1)
    where = AFTER_PAGES.search(section)
    at = where.start() if where else 0
    return section[:at] + b"<w:pgNumType" + form + b' w:start="1"/>' + section[at:]


def _with_beginning(body: bytes, mark: bytes) -> bytes:
    """A body with a bookmark in its first paragraph (before it, it would fall to the page before)."""
    opening = re.search(rb"<w:p(?:\s[^<>]*)?>", body)
    at = opening.start() if opening else 0
    head, properties, rest = _open_paragraph(body[at:])
    return body[:at] + head + properties + mark + rest


def _with_section(paragraph: bytes, section: bytes) -> bytes:
    """A paragraph that ends a section."""
    head, properties, rest = _open_paragraph(paragraph)
    properties = properties or b"<w:pPr></w:pPr>"
    return head + properties[: -len(b"</w:pPr>")] + section + b"</w:pPr>" + rest


def _open_paragraph(text: bytes) -> tuple[bytes, bytes, bytes]:
    """What begins with a paragraph: its opening tag, its properties (none = empty), all the rest."""
    end = text.index(b">") + 1
    head, rest = text[:end], text[end:]
    if head.endswith(b"/>"):
        head, rest = head[:-2] + b">", b"</w:p>" + rest
    empty = re.match(rb"<w:pPr\s*/>", rest)
    if empty:
        return head, b"<w:pPr></w:pPr>", rest[empty.end() :]
    if not rest.startswith(b"<w:pPr>"):
        return head, b"", rest
    end = rest.index(b"</w:pPr>") + len(b"</w:pPr>")
    return head, rest[:end], rest[end:]


def _mark(name: str, place: int, id_: int) -> bytes:
    text = f'<w:bookmarkStart w:id="{id_}" w:name="{name}{place}"/><w:bookmarkEnd w:id="{id_}"/>'
    return text.encode()


def _counted(text: bytes, place: int) -> bytes:
    """共 N 页: the page of the letter's end instead of the pages of all."""

    def field(match: re.Match[bytes]) -> bytes:
        opening, words = (match[1], match[2]) if match[2] is not None else (match[3], match[4])
        return opening + re.sub(rb"(?i)NUMPAGES", f"PAGEREF {END}{place}".encode(), words)

    return FIELD.sub(field, text) if re.search(rb"(?i)NUMPAGES", text) else text


def _unique(text: bytes, rels: Sequence[Rel], place: int) -> bytes:
    """Relationships, drawings and bookmarks of a letter under ids of their own."""
    own = {rel.id.encode() for rel in rels if rel.kind.endswith(OWN_KINDS)}

    def related(match: re.Match[bytes]) -> bytes:
        return match[1] + (b"L%d" % place if match[2] in own else b"") + match[2] + match[3]

    def tags(pattern: re.Pattern[bytes], change: Callable[[bytes], bytes]) -> None:
        nonlocal text

        def one(match: re.Match[bytes]) -> bytes:
            tag = TAG.match(match[0])
            return change(tag[0]) + match[0][tag.end() :] if tag else match[0]

        text = pattern.sub(one, text)

    def identified(tag: bytes) -> bytes:
        tag = re.sub(
            rb"(\s(?:w:)?id=\")(\d+)", lambda m: b"%s%d" % (m[1], (place + 1) * 100000 + int(m[2])), tag
        )
        return re.sub(rb"(\sw:name=\"[^\"]*)", rb"\1_%d" % place, tag) if tag.startswith(b"<w:") else tag

    if b" r:" in text:
        tags(
            re.compile(rb"<[\w:.]+\s[^<]*\sr:[^<]*|<[\w:.]+\sr:[^<]*"), lambda tag: RELATED.sub(related, tag)
        )
    if b"<wp:docPr" in text or b"<w:bookmark" in text:
        tags(IDENTIFIED, identified)
    return text


def _renamed(id_: str, place: int) -> str:
    return f"L{place}{id_}"


def _own_name(name: str, place: int) -> str:
    """The name that a letter's own part gets: ``word/footer1.xml`` → ``word/L3footer1.xml``."""
    folder, base = posixpath.split(name)
    return f"{folder}/L{place}{base}"


def _moved(target: str, folder: str, place: int) -> str:
    """The target of a relationship to a letter's own part, as an absolute name."""
    name = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
    return "/" + _own_name(name, place)


def _own_part(name: str, data: bytes, place: int) -> bytes:
    """A letter's own part as it stands among others: relationships moved, pages counted by the letter."""
    if not name.endswith(".rels"):
        return _counted(data, place) if name.endswith(".xml") else data
    moved = [
        rel._replace(target=_moved(rel.target, "word", place)) if rel.kind.endswith(OWN_KINDS) else rel
        for rel in _rels(data)
    ]
    return _rels_bytes(moved)


class _Types:
    """[Content_Types].xml of all letters together."""

    def __init__(self, data: bytes) -> None:
        self._defaults, overrides = _types(data)
        self._defaults = dict(self._defaults)
        self._overrides = {name: kind for name, kind in overrides.items() if not OWN_PART.fullmatch(name[1:])}
        self._overrides |= {name: kind for name, kind in overrides.items() if name.startswith("/docProps/")}

    def add(self, data: bytes, own: Mapping[str, bytes], place: int) -> None:
        """The kinds of a letter's own parts under their new names."""
        defaults, overrides = _types(data)
        for name in own:
            extension = name.rpartition(".")[2].lower()
            kind = overrides.get("/" + name) or defaults.get(extension)
            if kind and not name.startswith("docProps/") and self._defaults.get(extension) != kind:
                self._overrides["/" + _own_name(name, place)] = kind

    def to_bytes(self) -> bytes:
        root = ET.Element("Types", xmlns="http://schemas.openxmlformats.org/package/2006/content-types")
        for extension, kind in self._defaults.items():
            ET.SubElement(root, "Default", Extension=extension, ContentType=kind)
        for name, kind in self._overrides.items():
            ET.SubElement(root, "Override", PartName=name, ContentType=kind)
        return bytes(ET.tostring(root, "utf-8", xml_declaration=True))


@lru_cache(maxsize=32)
def _types(data: bytes) -> tuple[dict[str, str], dict[str, str]]:
    nodes = list(ET.fromstring(data))
    defaults = {node.get("Extension", "").lower(): node.get("ContentType", "") for node in nodes}
    defaults.pop("", None)
    overrides = {node.get("PartName", ""): node.get("ContentType", "") for node in nodes}
    overrides.pop("", None)
    return defaults, overrides


def _rels_bytes(rels: Sequence[Rel]) -> bytes:
    root = ET.Element("Relationships", xmlns="http://schemas.openxmlformats.org/package/2006/relationships")
    for rel in rels:
        node = ET.SubElement(root, "Relationship", Id=rel.id, Type=rel.kind, Target=rel.target)
        if rel.mode:
            node.set("TargetMode", rel.mode)
    return bytes(ET.tostring(root, "utf-8", xml_declaration=True))


def _packed(parts: Mapping[str, bytes]) -> bytes:
    """The docx, hardly compressed: it is read once, at once."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in (TYPES, *(name for name in parts if name != TYPES)):
            archive.writestr(zipfile.ZipInfo(name, FIXED_DATE), parts[name], zipfile.ZIP_DEFLATED, 1)
    return buffer.getvalue()
