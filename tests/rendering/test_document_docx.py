"""The shipped templates as documents: what they hold, A4, 公文 as GB/T 9704 has it, read by LibreOffice."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from gaozhi_cli.domain.document_kinds import Kind, Source
from gaozhi_cli.domain.document_values import Matter
from gaozhi_cli.domain.documents import Typed, compose_document
from gaozhi_cli.domain.problem import DocumentFailed
from gaozhi_cli.rendering.document_docx import open_document_template
from gaozhi_cli.rendering.docx_template import render
from gaozhi_cli.rendering.pdf import find_soffice, to_pdf
from gaozhi_cli.storage.document_entries import county_documents
from gaozhi_cli.storage.home import shipped
from tests.builders import CITIZEN, TODAY, a_catalog
from tests.conftest import ROOT

KINDS = county_documents(ROOT / "none")
OFFICIAL = [kind for kind in KINDS if kind.official]
FONTS = ROOT / "templates" / "fonts.conf"
LONG = "申请人在办理本事项时作出的承诺经核查与事实不符，" * 6
with_office = pytest.mark.skipif(find_soffice() is None, reason="LibreOffice 未安装")
each = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
each_free = pytest.mark.parametrize(
    "kind", [kind for kind in OFFICIAL if not kind.command], ids=lambda kind: kind.id
)  # not tied to a step
LAID_OUT = [kind for kind in KINDS if not kind.command]
each_laid_out = pytest.mark.parametrize("kind", LAID_OUT, ids=lambda kind: kind.id)
each_official = pytest.mark.parametrize("kind", OFFICIAL, ids=lambda kind: kind.id)
each_notice = pytest.mark.parametrize(  # to the applicant, of an item or a case; not of an act
    "kind", [kind for kind in OFFICIAL if not kind.command], ids=lambda kind: kind.id
)


def template(kind: Kind) -> bytes:
    """The shipped template of a kind."""
    return (shipped("templates") / kind.template).read_bytes()


def a_document(kind: Kind, home: Path, no: str = "8", long: bool = False) -> bytes:
    """A document about an item alone, its typed blanks filled in."""
    catalog = a_catalog(home)
    typed: Typed = {}
    for field in kind.fields:
        codes = tuple(choice.code for choice in field.choices)
        if field.source is Source.TYPED and (long or not field.terms):
            typed = {**typed, field.name: (codes[:3] or (LONG if long else "填写的内容",))}
        if field.source is Source.APPLICANT_NAME:
            typed = {**typed, field.name: (CITIZEN["name"],)}
    matter = Matter(catalog.items.by_no(no)[0], catalog, TODAY)
    values = compose_document(kind, matter, typed).values
    return render(open_document_template(kind, template(kind)), values)


@each
def test_every_shipped_template_passes_its_own_checks(kind: Kind, tmp_path: Path) -> None:
    """All declared blanks, no others; small; no style or part that is not needed."""
    data = template(kind)
    opened = open_document_template(kind, data)
    assert len(data) < 12_000 and len(opened.package.parts) <= 10
    text = [p.text for p in docx.Document(io.BytesIO(a_document(kind, tmp_path))).paragraphs]
    assert kind.title in text and not any("{" in line for line in text)


@each
def test_a_template_that_lost_a_blank_or_its_words_is_refused(kind: Kind) -> None:
    """The blank and the words are named."""
    more = kind.fields[0]._replace(name="没有的栏目")
    with pytest.raises(DocumentFailed, match="模板缺少填空“没有的栏目”"):
        open_document_template(kind._replace(fields=(*kind.fields, more)), template(kind))
    with pytest.raises(DocumentFailed, match="不认识的填空"):
        open_document_template(kind._replace(fields=kind.fields[1:]), template(kind))
    with pytest.raises(DocumentFailed, match="应当有的话"):
        open_document_template(kind._replace(wording=("应当有的话",)), template(kind))


@each
def test_every_template_is_a4_upright_with_chinese_typefaces(kind: Kind) -> None:
    """210 by 297 mm; every style names its Chinese typeface."""
    document = docx.Document(io.BytesIO(template(kind)))
    (section,) = document.sections
    assert section.page_width is not None and abs(section.page_width - Mm(210)) < Mm(0.1)
    assert section.page_height is not None and abs(section.page_height - Mm(297)) < Mm(0.1)
    fonts = list(document.styles.element.iter(qn("w:rFonts")))
    assert len(fonts) > 5 and all(font.get(qn("w:eastAsia")) for font in fonts)


@each_official
def test_the_page_of_an_official_document(kind: Kind) -> None:
    """GB/T 9704-2012: margins 37, 28, 26, 35 mm, type area 156 x 225 mm, 22 lines of 28 characters."""
    document = docx.Document(io.BytesIO(template(kind)))
    (section,) = document.sections
    margins = (section.top_margin, section.left_margin, section.right_margin, section.bottom_margin)
    for margin, millimetres in zip(margins, (37, 28, 26, 35), strict=True):
        assert margin is not None and abs(margin - Mm(millimetres)) < Mm(0.1)
    body, title = document.styles["公文正文"], document.styles["公文标题"]
    assert (body.font.size, title.font.size) == (Pt(16), Pt(22))
    fonts = [
        style.element.find(f"{qn('w:rPr')}/{qn('w:rFonts')}").get(qn("w:eastAsia")) for style in (body, title)
    ]
    assert fonts == ["仿宋_GB2312", "方正小标宋简体"]
    pitch = body.paragraph_format.line_spacing
    assert pitch is not None and Pt(28) <= pitch <= Pt(29) and 22 * pitch <= Mm(225) < 23 * pitch
    spacing = body.element.find(f"{qn('w:rPr')}/{qn('w:spacing')}").get(qn("w:val"))
    wide = 16 + int(spacing) / 20
    assert 28 * wide <= 156 / 25.4 * 72 < 29 * wide


@each_official
def test_page_numbers_stand_outside(kind: Kind) -> None:
    """— 1 — in 4号: odd pages right, even pages left, one character in."""
    document = docx.Document(io.BytesIO(template(kind)))
    (section,) = document.sections
    assert document.settings.odd_and_even_pages_header_footer
    sides = []
    for footer in (section.footer, section.even_page_footer):
        (line,) = footer.paragraphs
        assert line.text == "— 1 —" and " PAGE " in footer._element.xml
        assert line.style is not None and line.style.font.size == Pt(14)
        sides.append(line._p.pPr.find(qn("w:jc")).get(qn("w:val")))
    assert sides == ["right", "left"]


@each_official
def test_the_documents_of_a_step_are_laid_out_as_the_refusal_notice(kind: Kind) -> None:
    """The same page, styles and closing lines: what is tried on paper for one holds for all."""
    ours, model = (docx.Document(io.BytesIO(template(one))) for one in (kind, OFFICIAL[0]))
    assert ours.sections[0]._sectPr.xml == model.sections[0]._sectPr.xml
    assert ours.styles.element.xml == model.styles.element.xml
    assert ours.paragraphs[-1].style.name == model.paragraphs[-1].style.name == "公文落款"
    assert all(p.style.name in {q.style.name for q in model.paragraphs} for p in ours.paragraphs)


@pytest.mark.parametrize("name", ["withdrawal", "authorization"])
def test_the_forms_count_their_pages(name: str) -> None:
    """第 x 页 共 y 页 below each."""
    (section,) = docx.Document(ROOT / "templates" / f"{name}.docx").sections
    (line,) = section.footer.paragraphs
    assert line.text.endswith("\t第 1 页 共 1 页") and " NUMPAGES " in section.footer._element.xml


@each_free
def test_a_notice_about_an_item_alone_has_no_number(kind: Kind, tmp_path: Path) -> None:
    """No sentence about a number that is not there; only the short names that are cited are explained."""
    text = [p.text for p in docx.Document(io.BytesIO(a_document(kind, tmp_path))).paragraphs]
    assert not any("编号" in line for line in text)
    (explained,) = (line for line in text if line.startswith("（文中“"))
    clauses = "".join(line for line in text if line != explained)
    for term in ("通知", "附件2", "规程"):
        assert (f"“{term}”指" in explained) == bool(re.search(rf"（{term} ?[一二三四五]", clauses)), term


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A kind as a PDF, made once for each item and length."""
    if find_soffice() is None:
        pytest.skip("LibreOffice 未安装")
    absent = [name for name in ("pdfinfo", "pdftotext") if shutil.which(name) is None]
    if absent:
        pytest.skip(f"{'、'.join(absent)} 未安装（poppler-utils）")
    folder = tmp_path_factory.mktemp("pdf")

    def make(kind: Kind, no: str, long: bool = False) -> Path:
        path = folder / f"{kind.id}-{no}-{long}.pdf"
        if not path.exists():
            path.write_bytes(to_pdf(a_document(kind, folder, no, long), FONTS))
        return path

    return make


def output(*command: str) -> str:
    """What a program prints."""
    return subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout


@with_office
@each_laid_out
def test_every_document_is_one_or_two_a4_pages(kind: Kind, paper: Callable[..., Path]) -> None:
    """The forms one page, a 公文 two; the title and the matter can be found in it."""
    pdf = paper(kind, "64")
    pages, text = told(pdf)
    assert pages <= (2 if kind.official else 1)
    assert kind.title in text and "个体工商户设立登记" in text


@with_office
def test_the_plain_sheet_is_one_page_whatever_the_item(paper: Callable[..., Path]) -> None:
    """失业登记 has seven circumstances, the most of the 清单: still one page, all of them on it."""
    (sheet,) = (kind for kind in KINDS if kind.id == "guide-sheet")
    pages, text = told(paper(sheet, "8"))
    assert pages == 1 and "7．【刑满释放、假释、监外执行】" in text and "本说明已经收到" in text


def told(pdf: Path) -> tuple[int, str]:
    """How many A4 pages a PDF has, and its text without blanks."""
    about = output("pdfinfo", str(pdf))
    assert re.search(r"^Page size:.*\(A4\)$", about, re.M)
    text = re.sub(r"\s", "", output("pdftotext", "-layout", str(pdf), "-"))
    return int(re.search(r"^Pages:\s+(\d+)$", about, re.M)[1]), text  # type: ignore[index]


def boxes(pdf: Path) -> list[tuple[int, float, float, float, float, str]]:
    """Page, box in mm and text of every line of a PDF."""
    found, page = [], 0
    for line in output("pdftotext", "-bbox-layout", str(pdf), "-").splitlines():
        page += "<page " in line
        at = re.search(r'<line xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)"', line)
        word = re.search(r">([^<]*)</word>", line)
        if at:
            left, top, right, bottom = (float(at[n]) / 72 * 25.4 for n in range(1, 5))
            found.append((page, left, top, right, bottom, ""))
        elif word:
            found[-1] = (*found[-1][:5], found[-1][5] + word[1])
    return found


@with_office
@each_free
def test_an_official_document_on_paper(kind: Kind, paper: Callable[..., Path]) -> None:
    """Within the type area; full lines of 28 characters; 28.95 pt from line to line; — 1 — below."""
    lines = boxes(paper(kind, "8", long=True))
    text = [line for line in lines if not re.fullmatch(r"—\d—", line[5])]
    assert (
        min(line[1] for line in text) > 27 and max(line[3] for line in text) < 210 - 26 + 6
    )  # a mark may hang
    assert min(line[2] for line in text) > 36 and max(line[4] for line in text) < 297 - 35 + 1.5
    full = [line[5] for line in text if re.fullmatch(r"[一-鿿，。、]{20,}", line[5]) and line[3] > 183]
    assert full and max(len(line) for line in full) in (27, 28, 29)
    steps = [b[2] - a[2] for a, b in pairwise(text) if a[0] == b[0] and 8 < b[2] - a[2] < 12]
    assert steps and abs(sorted(steps)[len(steps) // 2] - 28.95 / 72 * 25.4) < 0.5
    numbers = [line for line in lines if re.fullmatch(r"—\d—", line[5])]
    assert [line[5] for line in numbers] == [f"—{n}—" for n in range(1, len(numbers) + 1)]
    assert numbers[0][1] > 150 and all(262 + 4 < line[2] < 262 + 12 for line in numbers)


@with_office
@each_free
def test_a_short_notice_signs_with_its_words(kind: Kind, tmp_path: Path, paper: Callable[..., Path]) -> None:
    """However many lines stand above, two lines of text at least stand with the signature."""
    assert paper
    for more in range(0, 12, 3):
        typed: Typed = {"文号": ("某告〔2026〕1号",), "事实和理由": ("事实清楚，" * (5 * more + 1),)}
        reasons = next(field for field in kind.fields if field.choices)
        typed = {
            **typed,
            reasons.name: (reasons.choices[0].code, *["请写明门牌号"] * (0 if reasons.closed else more)),
        }
        matter = Matter(a_catalog(tmp_path).items.by_no("64")[0], a_catalog(tmp_path), TODAY)
        values = compose_document(kind, matter, typed).values
        pdf = tmp_path / f"{more}.pdf"
        pdf.write_bytes(to_pdf(render(open_document_template(kind, template(kind)), values), FONTS))
        lines = [line for line in boxes(pdf) if not re.fullmatch(r"—\d—", line[5])]
        last = [line[5] for line in lines if line[0] == lines[-1][0]]
        assert len(last) >= 4, (more, last)


@with_office
@each_free
def test_the_signature_never_stands_alone_on_a_page(kind: Kind, paper: Callable[..., Path]) -> None:
    """署名 and 成文日期 keep words of the text with them, however the page breaks."""
    lines = [line for line in boxes(paper(kind, "8", long=True)) if not re.fullmatch(r"—\d—", line[5])]
    last = [line[5] for line in lines if line[0] == lines[-1][0]]
    ours = any(field.source is Source.TODAY for field in kind.fields)  # else dated by another agency
    assert ("2026年11月24日" if ours else "年__月__日") in last[-1] and len(last) > 2
