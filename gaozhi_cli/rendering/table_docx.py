"""A listing as a Word table that prints on A4: headings on every page, no row broken over two pages.

Written part by part, so that the same rows give the same bytes and a thousand rows take no time. Fonts
and sizes are those of the house's letter (templates/commitment_letter.docx).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from xml.sax.saxutils import escape

from gaozhi_cli.rendering.docx_package import Package
from gaozhi_cli.rendering.formats import one_line

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
TWIPS_PER_MM = 1440 / 25.4
A4_MM = (210, 297)
MARGIN_MM = 20


def table_docx(
    title: str,
    intro: Sequence[str],
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    widths_mm: Sequence[float],
    *,
    above: str = "",
    centred: Collection[int] = (),
) -> bytes:
    """The document: ``above`` (附件1) and ``title``, lines of ``intro``, the table.

    Landscape where the columns need it; columns wider than the page are narrowed in proportion. A line
    break stays one, control and bidi characters show as �. ``centred``: columns whose cells are.
    Word wants a paragraph after a table: it is hidden, or a table that fills its page would be followed
    by an empty one.
    """
    narrow, wide = (side - 2 * MARGIN_MM for side in A4_MM)
    landscape = sum(widths_mm) > narrow
    room = wide if landscape else narrow
    scale = min(1, room / sum(widths_mm))
    widths = [round(width * scale * TWIPS_PER_MM) for width in widths_mm]
    body = [_paragraph("Above", above)] if above else []
    body += [_paragraph("Heading", title), *(_paragraph("Intro", line) for line in intro)]
    body += [_table(headings, rows, widths, centred), _paragraph("End", ""), _section(landscape)]
    document = f'<w:document xmlns:w="{W}" xmlns:r="{R}"><w:body>{"".join(body)}</w:body></w:document>'
    core = CORE.format(title=escape(one_line(title)))
    return Package(
        tuple(
            (name, (XML + text).encode())
            for name, text in (
                ("[Content_Types].xml", CONTENT_TYPES),
                ("_rels/.rels", RELATIONSHIPS),
                ("docProps/core.xml", core),
                ("word/document.xml", document),
                ("word/_rels/document.xml.rels", DOCUMENT_RELATIONSHIPS),
                ("word/styles.xml", STYLES),
                ("word/footer1.xml", FOOTER),
            )
        )
    ).to_bytes()


def _table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int], centred: Collection[int]
) -> str:
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    borders = "".join(f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="auto"/>' for side in sides)
    everywhere = range(len(headings))
    return "".join(
        (
            f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/>',
            f'<w:tblBorders>{borders}</w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr>',
            f"<w:tblGrid>{grid}</w:tblGrid>",
            _row(headings, widths, everywhere, "CellHead", "<w:tblHeader/>"),
            *(_row(row, widths, centred, "Cell") for row in rows),
            "</w:tbl>",
        )
    )


def _row(
    cells: Sequence[str], widths: Sequence[int], centred: Collection[int], style: str, head: str = ""
) -> str:
    written = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
        f"{_paragraph(style, text, centred=place in centred)}</w:tc>"
        for place, (text, width) in enumerate(zip(cells, widths, strict=True))
    )
    return f"<w:tr><w:trPr><w:cantSplit/>{head}</w:trPr>{written}</w:tr>"


def _paragraph(style: str, text: str, *, centred: bool = False) -> str:
    """A paragraph of the document; the lines of ``text`` are lines in it."""
    lines = text.replace("\r\n", "\n").replace("\t", " ").split("\n")
    runs = '<w:br/></w:r><w:r><w:rPr><w:rFonts w:hint="eastAsia"/></w:rPr>'.join(
        f'<w:t xml:space="preserve">{escape(one_line(line))}</w:t>' for line in lines
    )
    middle = '<w:jc w:val="center"/>' if centred else ""
    return (
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{middle}</w:pPr>'
        f'<w:r><w:rPr><w:rFonts w:hint="eastAsia"/></w:rPr>{runs}</w:r></w:p>'
    )


def _section(landscape: bool) -> str:
    short, long = (round(side * TWIPS_PER_MM) for side in A4_MM)
    margin = round(MARGIN_MM * TWIPS_PER_MM)
    size = f'w:w="{long}" w:h="{short}" w:orient="landscape"' if landscape else f'w:w="{short}" w:h="{long}"'
    return (
        f'<w:sectPr><w:footerReference w:type="default" r:id="rId2"/><w:pgSz {size}/>'
        f'<w:pgMar w:top="{margin}" w:right="{margin}" w:bottom="{margin}" w:left="{margin}"'
        ' w:header="567" w:footer="567" w:gutter="0"/></w:sectPr>'
    )


def _style(id_: str, name: str, font: str, size: int, paragraph: str = "", character: str = "") -> str:
    """A paragraph style; ``size`` in half points."""
    default = ' w:default="1"' if id_ == "Normal" else ""
    based = "" if default else '<w:basedOn w:val="Normal"/>'
    return (
        f'<w:style w:type="paragraph"{default} w:styleId="{id_}"><w:name w:val="{name}"/>{based}<w:qFormat/>'
        f'<w:pPr>{paragraph}</w:pPr><w:rPr><w:rFonts w:ascii="Times New Roman" w:eastAsia="{font}"'
        f' w:hAnsi="Times New Roman" w:cs="Times New Roman"/>{character}'
        f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr></w:style>'
    )


def _field(code: str) -> str:
    """A field that Word fills in: PAGE, NUMPAGES."""
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {code} </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


STYLES = "".join(
    (
        f'<w:styles xmlns:w="{W}"><w:docDefaults><w:rPrDefault><w:rPr><w:lang w:val="zh-CN"'
        ' w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault></w:docDefaults>',
        _style("Normal", "Normal", "仿宋_GB2312", 24),
        _style("Above", "附件号", "黑体", 28, '<w:keepNext/><w:spacing w:after="60"/>'),
        _style(
            "Heading", "列表标题", "方正小标宋简体", 40,
            '<w:keepNext/><w:spacing w:before="60" w:after="160"/><w:jc w:val="center"/>'
            '<w:outlineLvl w:val="0"/>',
        ),
        _style("Intro", "列表说明", "仿宋_GB2312", 24, '<w:spacing w:after="80"/>'),
        _style("CellHead", "表头", "黑体", 22, '<w:spacing w:before="40" w:after="40"/>'),
        _style("Cell", "表格文字", "仿宋_GB2312", 21, '<w:spacing w:before="20" w:after="20"/>'),
        _style("End", "表后", "仿宋_GB2312", 2, '<w:spacing w:line="20" w:lineRule="exact"/>', "<w:vanish/>"),
        _style("Footer", "footer", "宋体", 18, '<w:jc w:val="center"/>'),
        "</w:styles>",
    )
)  # fmt: skip
FOOTER = "".join(
    (
        f'<w:ftr xmlns:w="{W}"><w:p><w:pPr><w:pStyle w:val="Footer"/></w:pPr>',
        '<w:r><w:t xml:space="preserve">第 </w:t></w:r>',
        _field("PAGE"),
        '<w:r><w:t xml:space="preserve"> 页 共 </w:t></w:r>',
        _field("NUMPAGES"),
        '<w:r><w:t xml:space="preserve"> 页</w:t></w:r></w:p></w:ftr>',
    )
)
TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
CONTENT_TYPES = (
    f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{TYPE}.document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{TYPE}.styles+xml"/>'
    f'<Override PartName="/word/footer1.xml" ContentType="{TYPE}.footer+xml"/>'
    '<Override PartName="/docProps/core.xml"'
    ' ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>'
)
RELATIONSHIPS = (
    f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{R}/officeDocument" Target="word/document.xml"/>'
    f'<Relationship Id="rId2" Type="{PACKAGE}/relationships/metadata/core-properties"'
    ' Target="docProps/core.xml"/></Relationships>'
)
DOCUMENT_RELATIONSHIPS = (
    f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{R}/styles" Target="styles.xml"/>'
    f'<Relationship Id="rId2" Type="{R}/footer" Target="footer1.xml"/></Relationships>'
)
CORE = (
    f'<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>{title}</dc:title>'
    "<dc:language>zh-CN</dc:language>"
    '<dcterms:created xsi:type="dcterms:W3CDTF">2000-01-01T00:00:00Z</dcterms:created>'
    "</cp:coreProperties>"
)
