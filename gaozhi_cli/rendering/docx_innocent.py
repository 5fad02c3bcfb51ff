"""What a part of a docx must not hold: what fetches, runs, hides or is not what it seems; what
a template must not hold besides: what is printed and not read, or read and not printed.

Each check is named after what Word would do on opening or printing the document. XML is parsed only
after DOCTYPE and size were ruled out; the tree is walked without recursion.
"""

from __future__ import annotations

import re
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.rendering.template_check import shortened

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
OFFICE_DOCUMENT = "/officeDocument"
LARGEST_PART = 2 * 1024 * 1024
LARGEST_XML = 4 * 1024 * 1024
LARGEST_FILLED = 1024 * 1024  # of parts with tags: docxtpl's patching takes up to 3 s a megabyte (measured)
MOST_BRACES = 5000
MOST_NODES = 200_000
DEEPEST = 100
FETCHING = re.compile(
    r"\b(DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|INCLUDE|LINK|IMPORT|DATABASE|RD|EMBED|MACROBUTTON"
    r"|PRINT|ASK|FILLIN)\b",
    re.IGNORECASE,
)
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]+:|\\\\|//", re.IGNORECASE)
FORBIDDEN = {
    f"{W}altChunk": ("docx-embedded", "插入了另一份文件（altChunk），请在 Word 或 WPS 中改为正文"),
    f"{W}subDoc": ("docx-link", "有子文档，请在 Word 或 WPS 中改为正文"),
    f"{W}object": ("docx-embedded", "嵌有对象，请在 Word 或 WPS 中删去"),
    f"{W}control": ("docx-embedded", "嵌有控件，请在 Word 或 WPS 中删去"),
    f"{W}mailMerge": ("docx-link", "带有邮件合并的数据源，请在 Word 或 WPS 中改为普通文档"),
    f"{W}dataBinding": ("docx-hidden", "有与数据绑定的内容控件，打开时文字会变，请改为普通文字"),
}
PAGE_FIELD = re.compile(
    r"\s*(?:PAGE|NUMPAGES|SECTIONPAGES|SECTION)(?:\s+(?:\\\*\s*[A-Z0-9]{1,20}|\\#\s*\"?[0#,]{1,10}\"?))*\s*",
    re.IGNORECASE,
)
LONGEST_PAGE = 8  # of a page's number in any writing
UNREAD = {
    f"{W}sym": "有符号字体的字符，各台电脑上印出来可能不同，请改用普通字符（如 □ ☑）",
    f"{W}footnoteReference": "有脚注，不能核对，请移到正文",
    f"{W}endnoteReference": "有尾注，不能核对，请移到正文",
    f"{W}commentReference": "有批注，可能会印出来，请删去全部批注",
}
OFF = ("0", "false", "off")
STRUCK = ("strike", "dstrike")
BULLETS = "●■◆▪"
REVISIONS = {f"{W}{name}" for name in ("ins", "del", "moveFrom", "moveTo")}


def part_faults(
    parts: Sequence[tuple[str, bytes]], rendered: Sequence[str], what: str, *, to_fill: bool
) -> Iterator[Problem]:
    """Everything wrong with the parts. ``rendered``: names of those that are printed."""
    from gaozhi_cli.rendering.docx_tags import untamed

    roots: dict[str, ET.Element] = {}
    total = sum(len(data) for name, data in parts if is_xml(name))
    filled = sum(len(data) for name, data in parts if name in rendered)
    if total > LARGEST_XML or (to_fill and filled > LARGEST_FILLED):
        yield Problem(
            "docx-size", f"{what}的正文、样式等共 {total / 1024 / 1024:.1f} MB，不像一份表格，没有使用"
        )
        return
    for name, data in parts:
        if not is_xml(name):
            continue
        problem, root = _plain_xml(name, data, what)
        if root is None:
            yield problem or Problem("docx-xml", f"{what}的部件 {name} 读不了")
            continue
        roots[name] = root
        if name.lower().endswith(".rels"):
            yield from _relations(name, root, what)
        else:
            yield from _contents(name, root, what)
        if name in rendered and to_fill:
            yield from untamed(data.decode("utf-8-sig"), root, what, name)
    hiding, striking = _styles_with(roots, ("vanish",)), _styles_with(roots, STRUCK)
    for name in rendered:
        if name in roots:
            yield from _printed(name, roots[name], what, hiding)
            if to_fill:
                yield from _unread(name, roots[name], what, striking)
    if to_fill:
        yield from _numbering(roots, rendered, what)
    yield from _seems(roots, parts, what)


def is_xml(name: str) -> bool:
    """Whether a part is read as XML."""
    return name.lower().endswith((".xml", ".rels"))


def _plain_xml(name: str, data: bytes, what: str) -> tuple[Problem | None, ET.Element | None]:
    """A part's tree: UTF-8 without DOCTYPE, of a form's size; else what is wrong."""

    def refused(code: str, message: str) -> tuple[Problem, None]:
        return Problem(code, f"{what}的部件 {name} {message}"), None

    if len(data) > LARGEST_PART or data.count(b"{") > MOST_BRACES or data.count(b"<") > MOST_NODES:
        return refused("docx-size", "过大，不像一份表格")
    if b"\x00" in data or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        return refused("docx-doctype", "含有 DOCTYPE 或不是 UTF-8，没有使用")
    try:
        data.decode("utf-8-sig")
        root = ET.fromstring(data)
    except (ET.ParseError, UnicodeDecodeError, ValueError, LookupError):
        return refused("docx-xml", "不是完好的 XML，没有使用")
    if _too_deep(root):
        return refused("docx-size", f"层次超过 {DEEPEST} 层，不像一份表格")
    return None, root


def _too_deep(root: ET.Element) -> bool:
    level, depth = [root], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            return True
        level = [child for node in level for child in node]
    return False


def _relations(name: str, root: ET.Element, what: str) -> Iterator[Problem]:
    for node in root.iter():
        outside = node.get("TargetMode", "").lower() == "external"
        if outside or ELSEWHERE.match(node.get("Target", "")):
            yield Problem("docx-link", f"{what}含有外部链接（{name}），请在 Word 或 WPS 中取消链接")
            return


def _contents(name: str, root: ET.Element, what: str) -> Iterator[Problem]:
    """Fields that fetch, embedded things, addresses in drawings; each kind told once a part."""
    found: dict[str, str] = {}
    code = []
    for node in root.iter():
        if node.tag in FORBIDDEN:
            kind, message = FORBIDDEN[node.tag]
            found.setdefault(message, kind)
        elif node.tag == f"{W}instrText":
            code.append("".join(node.itertext()))
        elif node.tag == f"{W}fldChar":
            code.append(" ")
        elif node.tag == f"{W}fldSimple":
            code.append(f" {node.get(f'{W}instr', '')} ")
        for key, value in node.items():
            if key.rpartition("}")[2] in ("src", "href") and ELSEWHERE.match(value.strip()):
                found.setdefault("含有外部链接，请在 Word 或 WPS 中取消链接", "docx-link")
    if FETCHING.search("".join(code)):
        found.setdefault("含有取用其他文件或弹出提问的域，请在 Word 或 WPS 中删去", "docx-field")
    for message, kind in found.items():
        yield Problem(kind, f"{what}{message}（{name}）")


def _printed(name: str, root: ET.Element, what: str, hiding: set[str]) -> Iterator[Problem]:
    """What would be read here and not be seen on paper, or be seen and not be read."""
    if any(node.tag in REVISIONS for node in root.iter()):
        message = f"{what}里有修订痕迹（{name}），印出来会带着，请在 Word 或 WPS 中接受或拒绝全部修订"
        yield Problem("docx-revision", message)
    if any(_text(node) for node in root.iter(f"{MC}AlternateContent")):
        message = f"{what}里有文本框或艺术字（{name}），其中的文字有两份，请改成正文或表格"
        yield Problem("docx-hidden", message)
    hidden = _first_marked(root, ("vanish",), hiding)
    if hidden is not None:
        message = f"{what}里有隐藏的文字“{_text(hidden)[:20]}”（{name}），印不出来，请取消隐藏"
        yield Problem("docx-hidden", message)


def _first_marked(root: ET.Element, marks: Sequence[str], styles: set[str]) -> ET.Element | None:
    """The first text that bears a mark, by itself or by its style."""
    runs = [run for run in root.iter(f"{W}r") if _marked(run, marks) or _styled(run, "r", styles)]
    runs += [paragraph for paragraph in root.iter(f"{W}p") if _styled(paragraph, "p", styles)]
    return next((run for run in runs if _text(run)), None)


def _styles_with(roots: dict[str, ET.Element], marks: Sequence[str]) -> set[str]:
    """Ids of the styles that bear a mark, by what they are based on too; empty for that of all paragraphs."""
    styles = [
        style for root in roots.values() if root.tag == f"{W}styles" for style in root.iter(f"{W}style")
    ]
    found = {style.get(f"{W}styleId", "") for style in styles if _marked(style, marks)}
    based = [(style.get(f"{W}styleId", ""), style.find(f"{W}basedOn")) for style in styles]
    for _ in range(DEEPEST):
        more = {id_ for id_, base in based if base is not None and base.get(f"{W}val", "") in found} - found
        if not more:
            break
        found |= more
    usual = (style for style in styles if style.get(f"{W}type") == "paragraph" and _is_on(style, "default"))
    return found | {"" for style in usual if style.get(f"{W}styleId", "") in found}


def _styled(node: ET.Element, kind: str, styles: set[str]) -> bool:
    mark = node.find(f"{W}{kind}Pr/{W}{kind}Style") if styles else None
    if mark is None:
        return kind == "p" and "" in styles
    return mark.get(f"{W}val", "") in styles


def _marked(node: ET.Element, marks: Sequence[str]) -> bool:
    found = (node.find(f"{W}rPr/{W}{name}") for name in marks)
    return any(mark is not None and mark.get(f"{W}val", "1") not in OFF for mark in found)


def holds_unread(parts: Sequence[tuple[str, bytes]], rendered: Sequence[str]) -> bool:
    """Whether a document prints what a comparison of words would not see: symbols, struck text, notes,
    fields but page numbers, numbering with words.
    """
    roots = {name: ET.fromstring(data) for name, data in parts if is_xml(name)}
    striking = _styles_with(roots, STRUCK)
    found = (problem for name in rendered for problem in _unread(name, roots[name], "", striking))
    return next(found, None) is not None or next(_numbering(roots, rendered, ""), None) is not None


def _unread(name: str, root: ET.Element, what: str, striking: set[str]) -> Iterator[Problem]:
    """What the comparison of the words would not see: each kind told once a part, with its paragraph."""
    for tag, told in UNREAD.items():
        node = next(root.iter(tag), None)
        if node is not None:
            yield Problem("docx-unread", f"{what}里{told}{_seen_in(root, node)}（{name}）")
    struck = _first_marked(root, STRUCK, striking)
    if struck is not None:
        message = f"{what}里有划掉的文字“{_text(struck)[:20]}”（{name}），请删去，或取消删除线"
        yield Problem("docx-unread", message)
    for field in _fields(root):
        code, hidden, result = ("".join(texts).strip() for texts in field[1:])
        if FETCHING.search(code):
            continue  # told already
        if not PAGE_FIELD.fullmatch(code):
            message = f"{what}里有域“{shortened(code) or '空'}”{_seen_in(root, field.node)}（{name}）"
            way_out = "只可用页码（PAGE、NUMPAGES、SECTIONPAGES），其余请选中后按 Ctrl+Shift+F9 改为文字"
            yield Problem("docx-field", f"{message}，印出来的与读到的可能不同；{way_out}")
            return
        if hidden or len(result) > LONGEST_PAGE:
            message = f"{what}的页码域里有文字“{shortened(hidden or result)}”（{name}）"
            yield Problem("docx-field", f"{message}，印不出来，请移到域外")
            return


class _Field(NamedTuple):
    """A field: where it begins, its code, the text within its code (never printed), its last result."""

    node: ET.Element
    code: list[str]
    hidden: list[str]
    result: list[str]


def _fields(root: ET.Element) -> list[_Field]:
    """The fields of a part, codes without a beginning among them."""
    found: list[_Field] = []
    open_: list[tuple[_Field, bool]] = []  # and whether its code is over
    for node in root.iter():
        if node.tag == f"{W}fldSimple":
            found.append(_Field(node, [node.get(f"{W}instr", "")], [], [_text(node)]))
        elif node.tag == f"{W}fldChar":
            kind = node.get(f"{W}fldCharType", "")
            if kind == "begin":
                found.append(_Field(node, [], [], []))
                open_.append((found[-1], False))
            elif open_:
                field, _ = open_.pop()
                if kind == "separate":
                    open_.append((field, True))
        elif node.tag == f"{W}instrText":
            if open_:
                open_[-1][0].code.append(node.text or "")
            else:
                found.append(_Field(node, [node.text or ""], [], []))
        elif node.tag == f"{W}t" and open_:
            field, over = open_[-1]
            (field.result if over else field.hidden).append(node.text or "")
    return found


def _seen_in(root: ET.Element, node: ET.Element) -> str:
    """The paragraph that holds a node, as a message quotes it; empty where it has no text."""
    holding = (p for p in root.iter(f"{W}p") if any(part is node for part in p.iter()))
    text = _text(next(holding, node))
    return f"，见“{shortened(text)}”" if text else ""


def _numbering(roots: dict[str, ET.Element], rendered: Sequence[str], what: str) -> Iterator[Problem]:
    """Numbers that print words: of the lists in use, since Word keeps many that are not."""
    styles = [root for root in roots.values() if root.tag == f"{W}styles"]
    using = [*styles, *(roots[name] for name in rendered if name in roots)]
    used = {node.get(f"{W}val") for root in using for node in root.iter(f"{W}numId")}
    for name, root in roots.items():
        if root.tag != f"{W}numbering":
            continue
        lists = [node for node in root.iter(f"{W}num") if node.get(f"{W}numId") in used]
        bases = {base.get(f"{W}val") for node in lists for base in node.iter(f"{W}abstractNumId")}
        lists += [n for n in root.iter(f"{W}abstractNum") if n.get(f"{W}abstractNumId") in bases]
        words = [text.get(f"{W}val", "") for node in lists for text in node.iter(f"{W}lvlText")]
        wordy = next((text for text in words if not _only_counts(text)), None)
        pictured = any(next(node.iter(f"{W}lvlPicBulletId"), None) is not None for node in lists)
        if wordy is not None or pictured:
            shown = f"“{shortened(wordy)}”" if wordy is not None else "图片"
            message = f"{what}的自动编号里有{shown}（{name}），印得出来却读不到"
            yield Problem("docx-unread", f"{message}；请改用只有数字和标点的编号，文字打在正文里")


def _only_counts(text: str) -> bool:
    rest = re.sub(r"%[1-9]", "", text)
    return all(char.isspace() or char in BULLETS or unicodedata.category(char)[0] == "P" for char in rest)


def _is_on(node: ET.Element, name: str) -> bool:
    return node.get(f"{W}{name}", "0") not in OFF


def _text(node: ET.Element) -> str:
    return "".join(text.text or "" for text in node.iter(f"{W}t")).strip()


def _seems(roots: dict[str, ET.Element], parts: Sequence[tuple[str, bytes]], what: str) -> Iterator[Problem]:
    """The parts are what their names say: Word goes by the relations and the content types."""
    relations = roots.get("_rels/.rels")
    mains = [
        node.get("Target", "").lstrip("/")
        for node in (relations.iter() if relations is not None else ())
        if node.get("Type", "").endswith(OFFICE_DOCUMENT)
    ]
    types = roots.get("[Content_Types].xml")
    if types is None or relations is None or mains != ["word/document.xml"]:
        yield Problem("docx-main", f"{what}的正文不在通常的位置，请用 Word 或 WPS 另存为 docx")
        return
    overrides = {n.get("PartName", "").lstrip("/"): n for n in types.iter(f"{TYPES}Override")}
    main = overrides.get("word/document.xml")
    kind = main.get("ContentType", "") if main is not None else ""
    if "macroEnabled" in kind:
        yield Problem("docx-macro", f"{what}是含宏的格式，请另存为不含宏的 docx")
    elif kind != MAIN:
        yield Problem("docx-main", f"{what}不是普通的 docx（或是 dotx 模板），请用 Word 或 WPS 另存为 docx")
    defaults = {
        n.get("Extension", "").lower(): n.get("ContentType", "") for n in types.iter(f"{TYPES}Default")
    }
    for name, _ in parts:
        over = overrides.get(name)
        kind = over.get("ContentType", "") if over is not None else defaults.get(_extension(name), "")
        if not is_xml(name) and kind.lower().rstrip().endswith(("+xml", "/xml")) and "svg" not in kind:
            yield Problem("docx-names", f"{what}的部件 {name} 名不副实，没有使用")


def _extension(name: str) -> str:
    return name.rpartition(".")[2].lower()
