"""What a part of a docx must not hold: what fetches, runs, hides or is not what it seems.

Each check is named after what Word would do on opening or printing the document. XML is parsed only
after DOCTYPE and size were ruled out; the tree is walked without recursion.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence

from gaozhi_cli.domain.problem import Problem

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
    hiding = _hiding_styles(roots.get("word/styles.xml"))
    for name in rendered:
        if name in roots:
            yield from _printed(name, roots[name], what, hiding)
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
    runs = [run for run in root.iter(f"{W}r") if _vanishes(run) or _styled(run, "r", hiding)]
    runs += [paragraph for paragraph in root.iter(f"{W}p") if _styled(paragraph, "p", hiding)]
    hidden = next((run for run in runs if _text(run)), None)
    if hidden is not None:
        message = f"{what}里有隐藏的文字“{_text(hidden)[:20]}”（{name}），印不出来，请取消隐藏"
        yield Problem("docx-hidden", message)


def _hiding_styles(styles: ET.Element | None) -> set[str]:
    found = styles.iter(f"{W}style") if styles is not None else ()
    return {style.get(f"{W}styleId", "") for style in found if _vanishes(style)}


def _styled(node: ET.Element, kind: str, styles: set[str]) -> bool:
    mark = node.find(f"{W}{kind}Pr/{W}{kind}Style") if styles else None
    return mark is not None and mark.get(f"{W}val", "") in styles


def _vanishes(node: ET.Element) -> bool:
    mark = node.find(f"{W}rPr/{W}vanish")
    return mark is not None and mark.get(f"{W}val", "1") not in ("0", "false", "off")


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
