"""A word across every page of a finished document, as Word and WPS do it: a shape in each page header."""

from __future__ import annotations

import re
from xml.sax.saxutils import quoteattr

from gaozhi_cli.rendering.docx_package import Package, open_package

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEADER = "word/header_watermark.xml"
KIND = "application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"
RELATION = "rIdWatermark"
SECTION = re.compile(rb"<w:sectPr(?:\s[^>]*)?(?:/>|>.*?</w:sectPr>)", re.DOTALL)

SHAPE = (
    '<w:r xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office">'
    '<w:pict><v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800" '
    'path="m@7,l@8,m@5,21600l@6,21600e"><v:path textpathok="t" o:connecttype="rect"/>'
    '<v:textpath on="t" fitshape="t"/></v:shapetype>'
    '<v:shape id="PowerPlusWaterMarkObject1" o:spid="_x0000_s2049" type="#_x0000_t136" '
    'style="position:absolute;margin-left:0;margin-top:0;width:340pt;height:170pt;rotation:315;'
    "z-index:-251658752;mso-position-horizontal:center;mso-position-horizontal-relative:margin;"
    'mso-position-vertical:center;mso-position-vertical-relative:margin" o:allowincell="f" '
    'fillcolor="silver" stroked="f"><v:fill opacity=".5"/>'
    '<v:textpath style="font-family:&quot;黑体&quot;;font-size:1pt" string={0}/></v:shape></w:pict></w:r>'
)


def watermarked(document: bytes, word: str) -> bytes:
    """The document with ``word`` behind the text of each page; its text is unchanged."""
    package = open_package(document, "写成的文书")
    shape = SHAPE.format(quoteattr(word))
    changed: dict[str, bytes] = {}
    for name, part in package.parts:
        if re.fullmatch(r"word/header\d*\.xml", name):
            changed[name] = part.replace(b"</w:hdr>", f"<w:p>{shape}</w:p></w:hdr>".encode())
    body = SECTION.sub(_with_header, package.part("word/document.xml"), count=1)
    changed["word/document.xml"] = body
    if f'r:id="{RELATION}"'.encode() not in body:
        return package.with_parts(changed).to_bytes()
    header = f'<w:hdr xmlns:w="{W}" xmlns:r="{R}"><w:p>{shape}</w:p></w:hdr>'.encode()
    relation = f'<Relationship Id="{RELATION}" Type="{R}/header" Target="{HEADER.removeprefix("word/")}"/>'
    override = f'<Override PartName="/{HEADER}" ContentType="{KIND}"/>'
    rels = "word/_rels/document.xml.rels"
    changed[rels] = package.part(rels).replace(b"</Relationships>", f"{relation}</Relationships>".encode())
    types = "[Content_Types].xml"
    changed[types] = package.part(types).replace(b"</Types>", f"{override}</Types>".encode())
    return Package((*package.with_parts(changed).parts, (HEADER, header))).to_bytes()


def _with_header(section: re.Match[bytes]) -> bytes:
    """The first section gets a header with the word in it for each kind of page that has none.

    Later sections go on with what the one before has, or have their own.
    """
    text = section[0]
    absent = [
        kind
        for kind in ("default", "first", "even")
        if not re.search(rb'<w:headerReference\b[^>]*w:type="%s"' % kind.encode(), text)
    ]
    marks = (f'<w:headerReference w:type="{kind}" r:id="{RELATION}"/>' for kind in absent)
    reference = "".join(marks).encode()
    if text.endswith(b"/>") and b"</w:sectPr>" not in text:
        return text[:-2] + b">" + reference + b"</w:sectPr>"
    end = text.index(b">") + 1
    return text[:end] + reference + text[end:]
