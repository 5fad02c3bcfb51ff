"""docx → PDF by the real LibreOffice: two A4 pages, the words, the boxes, rare characters; and failures."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from gaozhi_cli.domain.form import BLANK_PLACE, FIELDS, PROOF_FIELDS, TICKED, UNTICKED
from gaozhi_cli.domain.problem import DocumentFailed
from gaozhi_cli.rendering.docx_template import render
from gaozhi_cli.rendering.letter_docx import open_letter_template
from gaozhi_cli.rendering.pdf import check_pdf, find_soffice, require_pdf_tools, to_pdf
from tests.builders import CITIZEN, flags
from tests.cli.test_errors import letter
from tests.conftest import ROOT, Run

NUMBER, NAME = "示人社告承〔2026〕00001号", "测试𠮷㛃"
TEMPLATE = (ROOT / "templates" / "commitment_letter.docx").read_bytes()
FONTS = ROOT / "templates" / "fonts.conf"
with_office = pytest.mark.skipif(find_soffice() is None, reason="LibreOffice 未安装")


def needs(*programs: str) -> None:
    """Skip where the tools that look into a PDF are missing."""
    absent = [program for program in programs if shutil.which(program) is None]
    if absent:
        pytest.skip(f"{'、'.join(absent)} 未安装（poppler-utils）")


@pytest.fixture(scope="module")
def document() -> bytes:
    """A letter of a citizen, filled as the form is usually filled."""
    blank = "_" * 16
    values = dict.fromkeys((*FIELDS, *PROOF_FIELDS), blank) | {
        "文书编号": NUMBER,
        "公民姓名": NAME,
        "公民联系方式": "13800000000",
        "公民勾选": TICKED,
        "单位勾选": UNTICKED,
        "本人承诺勾选": TICKED,
        "代为承诺勾选": UNTICKED,
        "公开勾选": UNTICKED,
        "不公开勾选": TICKED,
        "设定依据": [{"序号": "1", "法规": "示例办法", "条款": BLANK_PLACE, "原文": "应当提交经营场所证明"}],
        "证明内容": ["经营场所的权属和用途。"],
        "承诺内容": "经营场所为自有房屋，权属清楚",
    }
    return render(open_letter_template(TEMPLATE), values)


@pytest.fixture(scope="module")
def pdf(document: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its PDF, made once."""
    if find_soffice() is None:
        pytest.skip("LibreOffice 未安装")
    path = tmp_path_factory.mktemp("pdf") / "letter.pdf"
    path.write_bytes(to_pdf(document, FONTS))
    return path


def output(*command: str) -> str:
    """What a program prints."""
    return subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout


@with_office
def test_a_letter_is_two_a4_pages(pdf: Path) -> None:
    """The form fits one sheet, printed on both sides."""
    needs("pdfinfo")
    told = output("pdfinfo", str(pdf))
    assert re.search(r"^Pages:\s+2$", told, re.M)
    assert re.search(r"^Page size:.*\(A4\)$", told, re.M)


@with_office
def test_number_name_and_rare_characters_are_in_the_pdf(pdf: Path) -> None:
    """The text can be found again, 𠮷㛃 included; the number stands on both pages."""
    needs("pdftotext")
    text = re.sub(r"[^\S\f]", "", output("pdftotext", "-layout", str(pdf), "-"))
    pages = text.split("\f")
    assert NAME in text and "经营场所为自有房屋，权属清楚" in text
    assert all(NUMBER in page for page in pages[:2])
    assert "证明事项告知承诺书" in pages[0] and "一式两份" in pages[1]


def glyphs(pdf: Path, mark: str) -> list[tuple[int, tuple[int, int, int, int]]]:
    """Page and box (points: left, top, right, bottom) of every word that begins with a mark."""
    found, page = [], 0
    for line in output("pdftotext", "-bbox", str(pdf), "-").splitlines():
        page += "<page " in line
        word = re.search(
            r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>', line
        )
        if word and word[5].startswith(mark):
            left, top, right, bottom = (round(float(word[n])) for n in range(1, 5))
            found.append((page, (left, top, min(right, left + bottom - top), bottom)))
    return found


def pixels(pdf: Path, page: int, box: tuple[int, int, int, int]) -> bytes:
    """The grey pixels of a box of a page, at 216 dots an inch."""
    left, top, right, bottom = (3 * n for n in box)
    command = ["pdftoppm", "-r", "216", "-gray", "-f", str(page), "-l", str(page), "-singlefile"]
    command += ["-x", str(left), "-y", str(top), "-W", str(right - left), "-H", str(bottom - top), str(pdf)]
    image = subprocess.run(command, capture_output=True, check=True).stdout
    return image.split(b"\n", 3)[3]


@with_office
def test_ticked_and_unticked_boxes_look_different(pdf: Path) -> None:
    """With some fonts ☑ and ☐ come out as the same crossed box: a letter that promises nothing."""
    needs("pdftotext", "pdftoppm")
    ticked, unticked = glyphs(pdf, TICKED), glyphs(pdf, UNTICKED)
    assert (len(ticked), len(unticked)) == (3, 3)
    shown = [pixels(pdf, *ticked[0]), pixels(pdf, *unticked[0])]
    dark = [sum(1 for pixel in image if pixel < 128) for image in shown]
    assert dark[1] > 20, "the empty box is drawn"
    assert dark[0] > dark[1] * 1.15, "the tick adds ink to the box"


@with_office
def test_the_typefaces_are_embedded(pdf: Path) -> None:
    """A PDF that is printed elsewhere carries its fonts."""
    needs("pdffonts")
    rows = output("pdffonts", str(pdf)).splitlines()[2:]
    assert rows and all(re.search(r"\s(yes)\s+(yes|no)\s+(yes|no)\s+\d+\s+\d+$", row) for row in rows)


@with_office
def test_a_truncated_docx_gives_no_pdf(document: bytes) -> None:
    """soffice exits 0 for it; the missing file is what counts."""
    with pytest.raises(DocumentFailed) as caught:
        to_pdf(document[:3000], FONTS)
    assert "LibreOffice" in caught.value.message


def test_without_libreoffice_the_way_out_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty PATH: one sentence that names the program and both ways out."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DocumentFailed) as caught:
        require_pdf_tools()
    assert "LibreOffice" in caught.value.message and "--pdf" in caught.value.message
    with pytest.raises(DocumentFailed):
        to_pdf(b"", None)


def test_a_program_that_does_nothing_gives_no_pdf(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, document: bytes
) -> None:
    """A soffice that exits 0 and writes nothing, or half a PDF, is found out."""
    for script in ("exit 0", 'for last; do :; done; printf "%%PDF-1.7" > "${last%.docx}.pdf"'):
        program = tmp_path / "soffice"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
        if shutil.which("soffice") != str(program):
            pytest.skip("no shell scripts here")
        with pytest.raises(DocumentFailed):
            to_pdf(document, None)


@with_office
def test_the_words_that_must_be_there_are_looked_for(pdf: Path, document: bytes) -> None:
    """Number and name are found though the PDF breaks them up; what is absent is named, not quoted."""
    data = pdf.read_bytes()
    assert check_pdf(data, {"文号": NUMBER, "姓名": NAME}) == 2
    with pytest.raises(DocumentFailed) as caught:
        check_pdf(data, {"文号": NUMBER, "姓名": "测试丙丁"})
    assert "姓名" in caught.value.message and "文号" not in caught.value.message
    assert "测试丙丁" not in caught.value.message
    with pytest.raises(DocumentFailed, match="文号"):
        to_pdf(document, FONTS, expect={"文号": "示人社告承〔2026〕00002号"})


@with_office
def test_our_reading_is_pypdfs_reading(pdf: Path) -> None:
    """The fast reading of the codes gives the characters that pypdf finds."""
    from pypdf import PdfReader

    from gaozhi_cli.rendering.pdf_text import Pdf, bare

    ours, reader = Pdf(pdf.read_bytes()), PdfReader(pdf)
    for place, page in enumerate(reader.pages):
        assert bare(ours.text(place)) == bare(page.extract_text())


def a_small_pdf(font: str) -> bytes:
    """A page by hand that uses a font as described."""
    stream = b"BT /F1 12 Tf <41> Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream), font.encode(),
    ]  # fmt: skip
    data, places = b"%PDF-1.7\n", []
    for n, body in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (n, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(data)
    return data + b"xref\n0 6\n0000000000 65535 f \n" + table + end


def test_a_pdf_without_its_fonts_is_refused() -> None:
    """Printed elsewhere it would come out in another face; a font drawn inside is its own."""
    with pytest.raises(DocumentFailed, match="SimSun"):
        check_pdf(a_small_pdf("<</Type/Font/Subtype/TrueType/BaseFont/SimSun>>"))
    assert check_pdf(a_small_pdf("<</Type/Font/Subtype/Type3/Name/F1>>")) == 1


def test_a_pdf_that_is_not_whole_is_refused() -> None:
    """Nothing, half of one, one with its table gone, one without pages."""
    whole = a_small_pdf("<</Type/Font/Subtype/Type3/Name/F1>>")
    for data in (
        b"", b"%PDF-1.7", whole[: len(whole) // 2], whole[:300] + b"%%EOF",
        whole.replace(b"/Kids[3 0 R]/Count 1", b"/Kids[]/Count 0    "),
    ):  # fmt: skip
        with pytest.raises(DocumentFailed):
            check_pdf(data)


def test_a_hanging_libreoffice_is_ended_with_its_children(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, document: bytes
) -> None:
    """One sentence after the time limit; the child it had started is gone too."""
    mark = tmp_path / "alive"
    program = tmp_path / "soffice"
    program.write_text(f"#!/bin/sh\nwhile :; do touch {mark}; sleep 0.1; done & wait\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    if shutil.which("soffice") != str(program):
        pytest.skip("no shell scripts here")
    with pytest.raises(DocumentFailed, match="超过 1 秒"):
        to_pdf(document, None, timeout=1)
    mark.unlink(missing_ok=True)
    time.sleep(0.5)
    assert not mark.exists()


def test_letter_new_asks_for_libreoffice_before_it_registers(run: Run, home: Path, tmp_path: Path) -> None:
    """--pdf without LibreOffice: exit 8, no number given, no ledger made."""
    result = run("letter", "new", "--item", "64", *flags(CITIZEN), "--pdf", env={"PATH": str(tmp_path)})
    assert result.returncode == 8 and "LibreOffice" in result.stderr and not result.stdout
    assert not (home / "ledger.db").exists() and not list(home.rglob("*.docx"))


@with_office
def test_a_letter_changed_by_hand_gives_no_pdf(run: Run, home: Path) -> None:
    """The PDF of record is made of the docx of record, or not at all."""
    made = json.loads(run(*letter("--request-id", "a", "--format", "json")).stdout)
    path = Path(made["docx"])
    for data in (b"", TEMPLATE):
        path.write_bytes(data)
        result = run(*letter("--request-id", "a", "--pdf"))
        assert result.returncode == 8 and str(path) in result.stderr and not result.stdout
    assert not path.with_suffix(".pdf").exists()


@with_office
def test_letter_new_makes_the_pdf_beside_the_docx(run: Run, home: Path) -> None:
    """--pdf: both files, both recorded, no half-made file left."""
    made = json.loads(
        run("letter", "new", "--item", "64", *flags(CITIZEN), "--pdf", "--format", "json").stdout
    )
    docx, pdf = Path(made["docx"]), Path(made["pdf"])
    assert pdf == docx.with_suffix(".pdf") and pdf.read_bytes().startswith(b"%PDF-")
    assert sorted(path.name for path in docx.parent.iterdir()) == [docx.name, pdf.name]
    acts = [row["act"] for row in json.loads(
        run("commitment", "history", made["number"], "--format", "json").stdout
    )]  # fmt: skip
    assert acts == ["letter.draw-up", "letter.make", "letter.pdf"]
