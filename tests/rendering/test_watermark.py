"""草稿: the word lies behind every page, the text stays as it was, the document stays a document."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from pathlib import Path

import docx
import pytest

from gaozhi_cli.rendering.docx_package import open_package
from gaozhi_cli.rendering.docx_template import paragraphs, render
from gaozhi_cli.rendering.letter_docx import open_letter_template
from gaozhi_cli.rendering.watermark import watermarked
from tests.rendering.letters import a_document, pages_of, with_pictures
from tests.rendering.test_docx_template import BODY, VALUES, with_header

OFFICE = pytest.mark.skipif(not shutil.which("soffice"), reason="没有装 LibreOffice")


EVERY = ("0 header", "0 first_page_header", "0 even_page_header")
MARKED = dict.fromkeys(EVERY, ("草稿",))


def words_behind(document: bytes) -> dict[str, tuple[str, ...]]:
    """The words that each header of each section shows behind the text, as python-docx finds them."""
    found = {}
    for n, section in enumerate(docx.Document(io.BytesIO(document)).sections):
        for name in ("header", "first_page_header", "even_page_header"):
            header = getattr(section, name)
            if not header.is_linked_to_previous:
                tags = header._element.iter("{urn:schemas-microsoft-com:vml}textpath")
                words = (tag.get("string") for tag in tags)
                found[f"{n} {name}"] = tuple(word for word in words if word)
    return found


def texts(document: bytes, part: str = BODY) -> list[str]:
    """The paragraphs of a part."""
    return list(paragraphs(open_package(document, "文书").part(part), "文书"))


def test_a_letter_without_a_header_gets_one() -> None:
    before = a_document(1, "测试甲")
    after = watermarked(before, "草稿")
    assert words_behind(after) == MARKED
    assert texts(after) == texts(before) and texts(after, "word/footer1.xml") == texts(
        before, "word/footer1.xml"
    )
    assert watermarked(before, "草稿") == after  # deterministic


def test_a_header_of_the_countys_own_keeps_its_words() -> None:
    """Its words stay, the mark is added; no second default header is made."""
    form = open_letter_template(with_header("示例县人民政府"))
    after = watermarked(render(form, VALUES), "草稿")
    assert words_behind(after) == MARKED
    assert docx.Document(io.BytesIO(after)).sections[0].header.paragraphs[0].text == "示例县人民政府"
    references = re.findall(rb"<w:headerReference[^>]*>", open_package(after, "文书").part(BODY))
    assert sum(b'w:type="default"' in reference for reference in references) == 1


def test_headers_made_by_an_office_program() -> None:
    """python-docx's own header part with a picture in it, a first page and even pages of their own."""
    opened = docx.Document(io.BytesIO(with_pictures(a_document(1, "测试甲"), 90, "县徽")))
    section = opened.sections[0]
    section.different_first_page_header_footer = True
    opened.settings.odd_and_even_pages_header_footer = True
    section.first_page_header.paragraphs[0].text = "首页"
    section.even_page_header.paragraphs[0].text = "偶数页"
    out = io.BytesIO()
    opened.save(out)
    found = words_behind(watermarked(out.getvalue(), "草稿"))
    assert found == MARKED


def test_first_and_even_pages_without_a_header_get_one() -> None:
    """Where the county's template sets 首页不同 or 奇偶页不同, those pages would otherwise show nothing."""
    opened = docx.Document(io.BytesIO(a_document(1, "测试甲")))
    opened.sections[0].different_first_page_header_footer = True
    opened.settings.odd_and_even_pages_header_footer = True
    out = io.BytesIO()
    opened.save(out)
    found = words_behind(watermarked(out.getvalue(), "草稿"))
    assert found == MARKED


def test_every_section_is_marked() -> None:
    """A template of two sections: the second goes on with the header of the first, or has its own."""
    opened = docx.Document(io.BytesIO(a_document(1, "测试甲")))
    opened.add_section()
    opened.add_paragraph("第二节")
    out = io.BytesIO()
    opened.save(out)
    after = watermarked(out.getvalue(), "草稿")
    assert words_behind(after) == MARKED  # the second section goes on with these
    assert len(docx.Document(io.BytesIO(after)).sections) == 2
    opened.sections[1].header.is_linked_to_previous = False
    opened.sections[1].header.paragraphs[0].text = "另一节"
    out = io.BytesIO()
    opened.save(out)
    assert words_behind(watermarked(out.getvalue(), "草稿")) == MARKED | {"1 header": ("草稿",)}


def test_the_word_is_text_not_markup() -> None:
    after = watermarked(a_document(1, "测试甲"), '草<稿>&"甲"')
    assert words_behind(after)["0 header"] == ('草<稿>&"甲"',)


def test_the_order_of_the_sections_properties_is_kept() -> None:
    """The schema wants header references before all else in a section."""
    body = open_package(watermarked(a_document(1, "测试甲"), "草稿"), "文书").part(BODY)
    (section,) = re.findall(rb"<w:sectPr.*?</w:sectPr>", body, re.DOTALL)
    names = re.findall(rb"<(w:\w+)", section)[1:]
    references = [n for n in names if n.endswith(b"Reference")]
    assert names[: len(references)] == references and b"w:headerReference" in references


@OFFICE
def test_it_is_seen_on_every_page(tmp_path: Path) -> None:
    """As LibreOffice prints it: grey behind the text on both pages, none without it; all words still read."""
    plain = a_document(1, "测试甲")
    grey = []
    for name, data in (("plain", plain), ("draft", watermarked(plain, "草稿"))):
        (tmp_path / f"{name}.docx").write_bytes(data)
        subprocess.run(
            ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to",
             "pdf", "--outdir", str(tmp_path), str(tmp_path / f"{name}.docx")],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        pdf = tmp_path / f"{name}.pdf"
        assert any("测试甲" in page for page in pages_of(pdf))
        command = ["pdftoppm", "-r", "40", "-gray", str(pdf), str(tmp_path / name)]
        subprocess.run(command, check=True, capture_output=True)
        pages = [path.read_bytes() for path in sorted(tmp_path.glob(f"{name}-*.pgm"))]
        grey.append([sum(150 < pixel < 245 for pixel in page) / len(page) for page in pages])
    assert len(grey[0]) == len(grey[1]) >= 2
    assert all(draft > page + 0.02 for page, draft in zip(*grey, strict=True)), grey
