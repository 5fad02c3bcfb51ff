"""A day's letters in one docx: no text altered, and on paper each looks as it does alone."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from gaozhi_cli.rendering.docx_package import open_package
from gaozhi_cli.rendering.docx_template import paragraphs
from gaozhi_cli.rendering.merge import Sheet, merged, take_apart
from gaozhi_cli.rendering.office import Office
from gaozhi_cli.rendering.pdf import find_soffice, to_pdf
from gaozhi_cli.rendering.pdf_run import day_batches
from gaozhi_cli.rendering.pdf_text import Pdf
from tests.rendering.letters import (
    FONTS,
    a_document,
    a_letter,
    changed,
    pages_of,
    pictures_of,
    with_pictures,
)
from tests.rendering.test_pdf import needs, with_office

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
NASTY = [
    'r:id="rId4" r:embed="rId5"',
    "</w:t></w:r></w:p></w:body>",
    " NUMPAGES  PAGEREF gaozhiEnd0",
    "<w:sectPr/><w:bookmarkStart w:id=\"1\"/>",
    "{{ 7*7 }} {% if %}",
    "&amp; &#x4E09; A&B <w:p>",
]  # fmt: skip


def apart(*documents: bytes) -> list[Sheet]:
    """Letters taken apart, all of them."""
    sheets = [take_apart(document) for document in documents]
    assert all(sheet is not None for sheet in sheets)
    return [sheet for sheet in sheets if sheet is not None]


def texts(document: bytes) -> list[str]:
    """The paragraphs of the body."""
    return list(paragraphs(open_package(document, "文书").part("word/document.xml"), "文书"))


def test_no_text_is_altered() -> None:
    """Values that look like the XML and fields we splice come out as they went in."""
    documents = [a_document(n, f"测试{n}", promise=words) for n, words in enumerate(NASTY)]
    whole = texts(merged(apart(*documents)))
    assert whole == [line for document in documents for line in texts(document)]
    assert all(any(words in line for line in whole) for words in NASTY)


def test_every_letter_has_its_section_its_footer_and_its_ids() -> None:
    """Pages from 1, next page, a footer of its own; no id twice; every part known and related."""
    documents = [with_pictures(a_document(n, f"测试{n}"), 40 * n, f"头{n}") for n in range(4)]
    package = open_package(merged(apart(*documents)), "合并")
    body = ET.fromstring(package.part("word/document.xml"))
    sections = list(body.iter(f"{W}sectPr"))
    assert len(sections) == 4
    assert all(s.find(f"{W}pgNumType").get(f"{W}start") == "1" for s in sections)  # type: ignore[union-attr]
    assert all(s.find(f"{W}type").get(f"{W}val") == "nextPage" for s in sections)  # type: ignore[union-attr]
    relations = ET.fromstring(package.part("word/_rels/document.xml.rels"))
    ids = [node.get("Id") for node in relations]
    used = [
        v
        for node in body.iter()
        for k, v in node.attrib.items()
        if k.endswith(("}id", "}embed")) and "rId" in v
    ]
    assert len(set(ids)) == len(ids) and set(used) <= set(ids) and len(set(used)) == 16
    marks = [node.get(f"{W}name") for node in body.iter(f"{W}bookmarkStart")]
    drawn = [node.get("id") for node in body.iter() if node.tag.endswith("}docPr")]
    assert len(set(marks)) == len(marks) == 8 and len(set(drawn)) == len(drawn) == 8
    names = {name for name, _ in package.parts}
    footers = [name for name in names if name.startswith("word/L") and "footer" in name]
    assert len(footers) == 4 and sum(name.startswith("word/media/") for name in names) >= 4
    for n in range(4):
        assert f"gaozhiEnd{n}".encode() in package.part(f"word/L{n}footer1.xml")
    types = ET.fromstring(package.part("[Content_Types].xml"))
    known = {(node.get("PartName") or "")[1:] for node in types}
    assert {name for name in names if name.endswith(".xml") and "/L" in name} <= known
    for target in (node.get("Target", "") for node in relations):
        assert (target[1:] if target.startswith("/") else f"word/{target}") in names


def test_python_docx_opens_what_was_merged() -> None:
    """Another reader finds the sections and their footers."""
    from docx import Document

    opened = Document(io.BytesIO(merged(apart(a_document(1, "测试甲"), a_document(2, "测试乙")))))
    assert [section.footer.paragraphs[0].text[:15] for section in opened.sections] == [
        "示人社告承〔2026〕0000", "示人社告承〔2026〕0000",
    ]  # fmt: skip
    assert len(opened.sections) == 2


FIRST = "<w:p><w:pPr>"
NOTE = '<w:p><w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
ALONE = {
    "running numbers": (FIRST, '<w:p><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr>'),
    "a footnote": ("<w:body>", f"<w:body>{NOTE}"),
    "another field": ("<w:body>", "<w:body><w:p><w:r><w:instrText>SEQ 图</w:instrText></w:r></w:p>"),
    "a simple field": ("<w:body>", '<w:body><w:p><w:fldSimple w:instr="REF x"/></w:p>'),
    "two sections": (FIRST, "<w:p><w:pPr><w:sectPr/></w:pPr></w:p><w:p><w:pPr>"),
    "a comment in the XML": ("<w:body>", "<w:body><!-- x -->"),
    "a link within": ("<w:body>", '<w:body><w:p><w:hyperlink w:anchor="x"/></w:p>'),
    "pages from 5": ("<w:cols", '<w:pgNumType w:start="5"/><w:cols'),
    "a table at the end": ("<w:sectPr>", "<w:tbl/><w:sectPr>"),
}


@pytest.mark.parametrize("name", ALONE)
def test_what_counts_or_points_across_goes_alone(name: str) -> None:
    """Such a letter would come out otherwise among others."""
    plain = a_document(1, "测试甲")
    assert take_apart(plain) is not None
    assert take_apart(changed(plain, *ALONE[name])) is None


def test_numbering_by_a_style_is_seen() -> None:
    """A style that numbers, and one based on it, count on as well; not used, they do no harm."""
    plain = a_document(1, "测试甲")
    styles = (
        '<w:style w:type="paragraph" w:styleId="Num"><w:pPr><w:numPr/></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Sub"><w:basedOn w:val="Num"/></w:style></w:styles>'
    )
    styled = changed(plain, "</w:styles>", styles, "word/styles.xml")
    assert take_apart(styled) is not None
    assert take_apart(changed(styled, 'w:val="GZTitle"', 'w:val="Sub"')) is None


def test_letters_of_another_template_have_another_frame() -> None:
    """Only what shares styles, settings and page goes together; damaged files go alone."""
    plain = a_document(1, "测试甲")
    (first, other) = apart(plain, a_document(2, "测试乙", lines=30))
    assert first.frame == other.frame
    for old, new, part in (
        ('w:top="1247"', 'w:top="1248"', "word/document.xml"),
        ('w:val="420"', 'w:val="421"', "word/settings.xml"),
    ):
        assert apart(changed(plain, old, new, part))[0].frame != first.frame
    assert take_apart(plain[:3000]) is None and take_apart(b"") is None


@with_office
def test_on_paper_each_letter_is_as_it_is_alone(tmp_path: Path) -> None:
    """Text and picture of every page, the page numbers, the drawings: as in the letter's own PDF."""
    needs("pdftotext", "pdftoppm")
    lines = (1, 200, 60, 1)
    documents = [a_document(n, f"测试{n}𠮷㛃", lines=long) for n, long in enumerate(lines)]
    documents += [with_pictures(document, 60 * n, f"头{n}") for n, document in enumerate(documents)]
    letters = [a_letter(n % 4, document=document) for n, document in enumerate(documents)]
    batches = list(day_batches(letters, FONTS, workers=1))
    assert sorted(len(batch.spans) for batch in batches) == [4, 4]
    for place, document in enumerate(documents):
        batch, span = batches[place // 4], batches[place // 4].spans[place % 4]
        cut, alone = tmp_path / f"{place}-cut.pdf", tmp_path / f"{place}-alone.pdf"
        cut.write_bytes(Pdf(batch.pdf).cut(span.first, span.pages))
        alone.write_bytes(to_pdf(document, FONTS))
        assert pages_of(cut) == pages_of(alone)
        assert f"第{span.pages}页共{span.pages}页" in pages_of(cut)[-1]
        shown = [pictures_of(path, tmp_path / path.stem) for path in (cut, alone)]
        assert shown[0] == shown[1]


@with_office
def test_a_first_table_and_an_empty_last_paragraph(tmp_path: Path) -> None:
    """Bookmarks find their place where the letter begins with a table and ends with an empty line."""
    table = "<w:body><w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>"
    documents = [
        changed(changed(a_document(n, f"测试{n}𠮷㛃"), "<w:body>", table), "<w:sectPr>", "<w:p/><w:sectPr>")
        for n in range(3)
    ]
    [batch] = day_batches([a_letter(n, document=d) for n, d in enumerate(documents)], FONTS, workers=1)
    assert [span[1:] for span in batch.spans] == [(0, 2), (2, 2), (4, 2)] and not batch.faults


def test_merging_takes_no_time() -> None:
    """100 letters: within a second even on a busy machine (LibreOffice needs several)."""
    import time

    documents = [a_document(n, f"测试{n}") for n in range(4)] * 25
    start = time.process_time()
    data = merged(apart(*documents))
    assert time.process_time() - start < 1
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.read("word/document.xml").count(b"<w:sectPr") == 100


def test_a_worker_without_libreoffice_is_named(tmp_path: Path) -> None:
    """A program that cannot be started is one sentence."""
    from gaozhi_cli.domain.problem import DocumentFailed

    assert find_soffice() != str(tmp_path / "none")
    with pytest.raises(DocumentFailed, match="LibreOffice"):
        Office(str(tmp_path / "none"), tmp_path, None).convert([tmp_path / "a.docx"], 5)


def test_stopping_a_worker_that_ends_just_then(tmp_path: Path) -> None:
    """The worker forgets its process between the look and the ending: nothing fails."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1, start_new_session=True) as process:

        class Ending(Office):
            seen = 0

            @property
            def _process(self) -> Any:
                self.seen += 1
                return process if self.seen == 1 else None

            @_process.setter
            def _process(self, _: Any) -> None:
                pass

        Ending("soffice", tmp_path, None).stop()
        assert process.wait(10) != 0
