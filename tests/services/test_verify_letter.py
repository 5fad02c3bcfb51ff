"""核对文书: the letter itself, saved anew, printed, altered by one character, another's, or none at all."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import docx
import pytest

from gaozhi_cli.domain.problem import BadInput, NotFound, NotReady
from gaozhi_cli.domain.vocabulary import Sameness
from gaozhi_cli.rendering import qr
from gaozhi_cli.rendering.docx_package import open_package
from gaozhi_cli.services.make_pdfs import make_pdfs
from gaozhi_cli.services.verify_letter import Verdict, verify_code, verify_file
from gaozhi_cli.storage.home import Home
from tests.builders import CITIZEN, an_occasion
from tests.conftest import ROOT
from tests.rendering.letters import changed
from tests.rendering.test_docx_template import BODY, FOOTER, rebuilt, swapped
from tests.storage.test_ledger_contract import SECRETS, WITH_AGENT, Window, raw

FONTS = ROOT / "templates" / "fonts.conf"
OFFICE = pytest.mark.skipif(not shutil.which("soffice"), reason="没有装 LibreOffice")
SAME = Sameness.SAME_TEXT


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    """A window with an empty ledger."""
    window = Window(tmp_path / "county")
    yield window
    window.ledger.close()


def checked(window: Window, path: Path) -> Verdict:
    """What is found of a file; nothing of it is written, nothing personal said."""
    before = window.path.read_bytes()
    try:
        found = verify_file(
            path, ledger=window.ledger, county=window.catalog.county, offices=window.catalog.offices,
            home=window.home, template=window.template,
        )  # fmt: skip
    except (BadInput, NotFound, NotReady) as error:
        assert not [secret for secret in SECRETS if secret in error.message]
        raise
    finally:
        assert window.path.read_bytes() == before
    assert not [secret for secret in SECRETS if secret in "".join(found.differences)]
    return found


def put(tmp_path: Path, data: bytes, name: str = "手上的.docx") -> Path:
    """A file on hand."""
    path = tmp_path / name
    path.write_bytes(data)
    return path


def with_pdf(window: Window, number: str) -> tuple[Path, Path]:
    """A letter and its PDF of record."""
    docx = window.make(number).docx
    (made,) = make_pdfs([number], ledger=window.ledger, occasion=an_occasion(), home=window.home, fonts=FONTS)
    assert made.path is not None, made.fault
    return docx, made.path


def converted(source: Path, kind: str, folder: Path) -> Path:
    """A file as LibreOffice saves it."""
    folder.mkdir(exist_ok=True)
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", kind,
         "--outdir", str(folder), str(source)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return folder / f"{source.stem}.{kind}"


def test_the_letter_itself_under_any_name(window: Window, tmp_path: Path) -> None:
    """Its bytes decide, whatever the file is called; also where another letter's number is its name."""
    first, second = window.letter("16", WITH_AGENT), window.letter("64", CITIZEN)
    for number, other in ((first, second), (second, first)):
        data = (window.letters / f"{number}.docx").read_bytes()
        for name in (f"{number}.docx", f"{other}.docx", "扫描件 (1).DOCX", "x"):
            assert checked(window, put(tmp_path, data, name)) == Verdict(number, Sameness.IDENTICAL)


def test_saved_anew_by_python_docx(window: Window, tmp_path: Path) -> None:
    """Other bytes, the same text; also under another letter's name."""
    number, other = window.letter("16", WITH_AGENT), window.letter("64", CITIZEN)
    document = docx.Document(str(window.letters / f"{number}.docx"))
    document.save(str(tmp_path / f"{other}.docx"))
    assert checked(window, tmp_path / f"{other}.docx") == Verdict(number, SAME)
    document.add_paragraph("    ")
    document.save(str(tmp_path / "空段.docx"))
    assert checked(window, tmp_path / "空段.docx").sameness is SAME


@OFFICE
def test_saved_anew_by_an_office_program_and_as_pdf(window: Window, tmp_path: Path) -> None:
    """docx → odt → docx by LibreOffice, and the PDF of that; the PDF of record; a PDF made another day."""
    number = window.letter("16", WITH_AGENT)
    document, pdf = with_pdf(window, number)
    assert checked(window, pdf) == Verdict(number, Sameness.IDENTICAL)
    again = converted(converted(document, "odt", tmp_path / "a"), "docx", tmp_path / "b")
    assert again.read_bytes() != document.read_bytes()
    assert checked(window, again) == Verdict(number, SAME)
    printed = converted(again, "pdf", tmp_path / "c")
    assert checked(window, printed) == Verdict(number, SAME)


@OFFICE
@pytest.mark.parametrize(
    ("old", "new", "label"),
    [
        (WITH_AGENT["name"], WITH_AGENT["name"] + "一", "姓名：…"),
        (WITH_AGENT["phone"], WITH_AGENT["phone"] + "0", "联系方式：…"),
        ("日期属实", "日期不属实", "（二）已符合"),
        ("本文书一式两份，", "本文书一式两份，作废，", "一式两份"),
    ],
)
def test_a_pdf_of_an_altered_letter(window: Window, tmp_path: Path, old: str, new: str, label: str) -> None:
    """A character more is one too many: what a PDF says besides counts as what it lacks."""
    number = window.letter("16", WITH_AGENT)
    data = changed((window.letters / f"{number}.docx").read_bytes(), old, new)
    printed = converted(put(tmp_path, data, "改.docx"), "pdf", tmp_path / "out")
    found = checked(window, printed)
    assert (found.number, found.sameness) == (number, Sameness.ALTERED)
    assert label in "；".join(found.differences)


ALTERED = [
    (BODY, WITH_AGENT["name"], "测试丁丁", "姓名：…"),
    (BODY, WITH_AGENT["id_number"], "410182198506060011", "证件编号：…"),
    (BODY, WITH_AGENT["agent_phone"], "13600000003", "联系方式：…"),
    (BODY, "☑", "☐", "1. 申请人为公民"),
    (BODY, "日期属实", "日期不属实", "（二）已符合"),
    (BODY, "应当提交死亡证明", "可以提交死亡证明", "…。"),
    (BODY, "并纳入信用记录", "不纳入信用记录", "对在日常监管或者核查中"),
    (BODY, "（盖章）", "（盖章、签字）", "（盖章）"),
    (BODY, "与首页二维码相同", "与首页二维码不同", "校验码：…"),
    (BODY, "〔2026〕", "〔2025〕", "编号：…"),
    (FOOTER, "00001", "00002", "第"),
    (FOOTER, "</w:ftr>", "<w:p><w:r><w:t>草稿</w:t></w:r></w:p></w:ftr>", "页眉、页脚里多出的文字"),
    (BODY, "<w:sectPr", "<w:p><w:r><w:t>附加一句</w:t></w:r></w:p><w:sectPr", "之后多出的文字"),
]  # fmt: skip


@pytest.mark.parametrize(("part", "old", "new", "label"), ALTERED, ids=[a[3] + a[2][:4] for a in ALTERED])
def test_one_place_altered(window: Window, tmp_path: Path, part: str, old: str, new: str, label: str) -> None:
    """Name, number, tick, law, basis, footer, check code: altered, and the form's words say where."""
    number = window.letter("16", WITH_AGENT)
    data = (window.letters / f"{number}.docx").read_bytes()
    data = changed(data, old, new, part)
    found = checked(window, put(tmp_path, data))
    assert (found.number, found.sameness) == (number, Sameness.ALTERED)
    assert any(label in difference for difference in found.differences), found.differences


def test_a_note_at_the_foot_and_tracked_changes(window: Window, tmp_path: Path) -> None:
    """Words put into a footnote, or inserted and struck out under 修订, do not pass."""
    number = window.letter("16", WITH_AGENT)
    data = (window.letters / f"{number}.docx").read_bytes()
    w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    said = "<w:footnote><w:p><w:r><w:t>上述承诺无效</w:t></w:r></w:p></w:footnote>"
    note = f"<w:footnotes {w}>{said}</w:footnotes>"
    noted = rebuilt(added={"word/footnotes.xml": note.encode()}, base=data)
    assert checked(window, put(tmp_path, noted)).sameness is Sameness.ALTERED
    name = WITH_AGENT["name"]
    struck = changed(data, f">{name}<", f"></w:t><w:delText>{name}</w:delText><w:t><")
    assert checked(window, put(tmp_path, struck)).sameness is Sameness.ALTERED


PRINTED_UNREAD = {
    "删除线": ("<w:r><w:rPr>", "<w:r><w:rPr><w:strike/>"),
    "符号": ("<w:sectPr", '<w:p><w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r></w:p><w:sectPr'),
    "域": ("<w:sectPr", '<w:p><w:fldSimple w:instr=" QUOTE 上述承诺无效 "/></w:p><w:sectPr'),
}


@pytest.mark.parametrize("kind", PRINTED_UNREAD)
def test_what_prints_and_is_no_word(window: Window, tmp_path: Path, kind: str) -> None:
    """The words are all there, and the paper says something else: that is told, and is no same text."""
    number = window.letter("16", WITH_AGENT)
    data = (window.letters / f"{number}.docx").read_bytes()
    found = checked(window, put(tmp_path, changed(data, *PRINTED_UNREAD[kind])))
    assert (found.number, found.sameness) == (number, Sameness.ALTERED)
    assert len(found.differences) == 1 and kind in found.differences[0]


def test_the_letter_of_another(window: Window, tmp_path: Path) -> None:
    """Two letters of one item differ by number, code and people; each is its own."""
    first = window.letter("64", CITIZEN)
    second = window.letter("64", CITIZEN | {"name": "测试己"})
    one, two = (open_package((window.letters / f"{n}.docx").read_bytes(), "文书") for n in (first, second))
    found = checked(window, put(tmp_path, one.with_parts({BODY: two.part(BODY)}).to_bytes()))
    assert (found.number, found.sameness) == (second, Sameness.ALTERED)  # the footer is the first one's
    mixed = one.with_parts({BODY: two.part(BODY), FOOTER: two.part(FOOTER)}).to_bytes()
    assert checked(window, put(tmp_path, mixed)) == Verdict(second, SAME)  # its picture is another's: --code


def test_other_documents_with_numbers_of_this_kind(window: Window, tmp_path: Path) -> None:
    """荥法治政府组办〔2021〕18号 cited in what was promised, or brackets run together, name no letter."""
    said = "依据荥法治政府组办〔2021〕18号、〔2020〕〔2021〕18号、示市监告承〔2026〕00009号、SC-2026-00007"
    number = window.letter("64", CITIZEN | {"statement": said})
    document = docx.Document(str(window.letters / f"{number}.docx"))
    document.save(str(tmp_path / "x.docx"))
    assert checked(window, tmp_path / "x.docx") == Verdict(number, SAME)
    cited = window.letter("64", CITIZEN | {"statement": f"与 {number} 一并承诺"})
    data = (window.letters / f"{cited}.docx").read_bytes()
    assert checked(window, put(tmp_path, data)) == Verdict(cited, Sameness.IDENTICAL)
    assert checked(window, put(tmp_path, changed(data, "一并", "另行"))).number == cited


def foreign(text: str) -> bytes:
    """Somebody else's document."""
    document, out = docx.Document(), io.BytesIO()
    document.add_paragraph(text)
    document.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (foreign("关于放假的通知 荥政办〔2021〕18号"), NotFound, "没有本台账登记过的编号"),
        (foreign("编号：示市监告承〔2026〕99999号"), NotFound, "没有本台账登记过的编号"),
        (foreign("〔2020〕〔2021〕18号"), NotFound, "没有本台账登记过的编号"),
        (b"", BadInput, "docx"),
        (b"PK\x03\x04 no zip", BadInput, "docx"),
        ("纯文本".encode(), BadInput, "docx"),
        (b"%PDF-1.7\nrubbish", BadInput, "PDF"),
        (b"%PDF-1.7\n%%EOF", BadInput, "PDF"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), BadInput, "docx"),
    ],
    ids=["foreign", "unknown-number", "brackets", "empty", "torn-zip", "text", "torn-pdf", "no-pdf", "doc"],
)  # fmt: skip
def test_files_that_are_no_letter_of_ours(
    window: Window, tmp_path: Path, data: bytes, kind: type, words: str
) -> None:
    window.letter("64", CITIZEN)
    with pytest.raises(kind, match=words):
        checked(window, put(tmp_path, data))
    with pytest.raises(BadInput, match="读不了"):
        checked(window, tmp_path / "没有.docx")
    with pytest.raises(BadInput, match="读不了"):
        checked(window, tmp_path)


@OFFICE
def test_a_scan_has_no_text(window: Window, tmp_path: Path) -> None:
    """A PDF of pictures: the sentence points to the QR."""
    number = window.letter("64", CITIZEN)
    picture = tmp_path / "scan.png"
    picture.write_bytes(qr.picture("GZ1"))
    document = docx.Document()
    document.add_picture(str(picture))
    document.save(str(tmp_path / f"{number}.docx"))
    scan = converted(tmp_path / f"{number}.docx", "pdf", tmp_path / "out")
    with pytest.raises(BadInput, match=r"扫描件.*--code"):
        checked(window, scan)
    scan.rename(tmp_path / "扫描.pdf")
    with pytest.raises(BadInput, match=r"扫描件.*--code"):
        checked(window, tmp_path / "扫描.pdf")


def code_of(window: Window, number: str) -> str:
    """What the QR of a letter says."""
    row = window.ledger.letter(number)
    assert row is not None and row.anchor is not None
    return qr.payload(number, row.fields, row.anchor)


def test_what_the_qr_says(window: Window) -> None:
    """As scanned; with blanks and line ends around; one sign wrong; another letter's number; foreign."""
    first, second = window.letter("64", CITIZEN), window.letter("64", CITIZEN)
    text = code_of(window, first)
    assert verify_code(f" {text}\n ", ledger=window.ledger) == Verdict(first, Sameness.CODE)
    for place in (20, 40, len(text) - 1):
        other = text[:place] + ("0" if text[place] != "0" else "1") + text[place + 1 :]
        assert verify_code(other, ledger=window.ledger) == Verdict(first, Sameness.ALTERED, ("二维码",))
    swapped_number = text.replace(first, second)
    assert verify_code(swapped_number, ledger=window.ledger).sameness is Sameness.ALTERED
    with pytest.raises(NotFound, match="RS-2026-00777"):
        verify_code(text.replace(first, "RS-2026-00777"), ledger=window.ledger)
    for bad in ("", "GZ1", "https://example.com/?a=1", text.upper(), f"{text} x", text.replace("GZ1", "GZ2")):
        with pytest.raises(BadInput, match="不是本工具承诺书上的二维码"):
            verify_code(bad, ledger=window.ledger)


def without_key(window: Window) -> Callable[[], None]:
    """Put the key away; what is returned puts it back."""
    keys = window.home / "keys"
    window.ledger.close()
    keys.rename(window.home / "keys-away")
    window.reopen()

    def back() -> None:
        window.ledger.close()
        (window.home / "keys-away").rename(keys)
        window.reopen()

    return back


def test_bytes_and_codes_need_no_key(window: Window, tmp_path: Path) -> None:
    """A sealed ledger still says whether a file is the one; only comparing the text needs the key."""
    number = window.letter("64", CITIZEN)
    data = (window.letters / f"{number}.docx").read_bytes()
    text = code_of(window, number)
    back = without_key(window)
    assert checked(window, put(tmp_path, data)).sameness is Sameness.IDENTICAL
    assert verify_code(text, ledger=window.ledger).sameness is Sameness.CODE
    with pytest.raises(NotReady, match="密钥"):
        checked(window, put(tmp_path, changed(data, "测试甲", "测试乙")))
    back()
    assert checked(window, put(tmp_path, changed(data, "测试甲", "测试乙"))).sameness is Sameness.ALTERED


def test_the_template_of_the_day_decides(window: Window, tmp_path: Path) -> None:
    """A county's template changed since: the one put aside is used; with that lost, one clear sentence."""
    number = window.letter("64", CITIZEN)
    document = docx.Document(str(window.letters / f"{number}.docx"))
    document.save(str(tmp_path / "x.docx"))
    window.template = swapped("以下为办理机关的补充说明", "本县的补充说明")
    assert checked(window, tmp_path / "x.docx") == Verdict(number, SAME)
    shutil.rmtree(window.home / "templates" / "used")
    with pytest.raises(NotReady, match=r"没有制作它时的模板.*备份"):
        checked(window, tmp_path / "x.docx")
    assert checked(window, window.letters / f"{number}.docx").sameness is Sameness.IDENTICAL
    window.template = Home(window.home).template("commitment_letter.docx").read_bytes()
    assert checked(window, tmp_path / "x.docx") == Verdict(number, SAME)  # the shipped one is the same again


def test_a_template_with_a_footer_and_no_number_in_its_first_line(window: Window, tmp_path: Path) -> None:
    """The county's own: number only in the footer and further below, its pages counted by - 1 -."""

    def footer(data: bytes) -> bytes:
        return re.sub(rb"<w:p\b", rb"<w:p><w:r><w:t>- 1 -</w:t></w:r></w:p><w:p", data, count=1)

    window.template = rebuilt({FOOTER: footer})
    number = window.letter("64", CITIZEN)
    data = (window.letters / f"{number}.docx").read_bytes()
    document = docx.Document(io.BytesIO(data))
    document.save(str(tmp_path / "x.docx"))
    assert checked(window, tmp_path / "x.docx") == Verdict(number, SAME)
    turned = changed(data, "- 1 -", "- 2 -", FOOTER)
    assert checked(window, put(tmp_path, turned)).sameness is SAME
    other = changed(data, "- 1 -", "- 1 - 作废", FOOTER)
    assert checked(window, put(tmp_path, other)).sameness is Sameness.ALTERED


def test_the_countys_prefix_has_changed_since(window: Window, tmp_path: Path) -> None:
    """文号 are known as they were printed."""
    number = window.letter("64", CITIZEN)
    document = docx.Document(str(window.letters / f"{number}.docx"))
    document.save(str(tmp_path / "x.docx"))
    county = window.catalog.county._replace(prefixes=(("SC", "新市监告承"),))
    found = verify_file(
        tmp_path / "x.docx", ledger=window.ledger, county=county, offices=window.catalog.offices,
        home=window.home, template=window.template,
    )  # fmt: skip
    assert found == Verdict(number, SAME)


def test_values_that_the_ledger_does_not_vouch_for(window: Window, tmp_path: Path) -> None:
    number = window.letter("64", CITIZEN)
    data = changed((window.letters / f"{number}.docx").read_bytes(), "测试甲", "测试乙")
    with raw(window.path) as base:
        base.execute("UPDATE letters SET fields = '00'")
    with pytest.raises(NotReady, match="gaozhi ledger verify"):
        checked(window, put(tmp_path, data))


def test_a_letter_of_the_format_before_has_no_anchor(window: Window, tmp_path: Path) -> None:
    """Identical bytes are found; for another file it says why it cannot be compared."""
    number = window.letter("64", CITIZEN)
    with raw(window.path) as base:
        base.execute("UPDATE letters SET anchor = NULL")
    data = (window.letters / f"{number}.docx").read_bytes()
    assert checked(window, put(tmp_path, data)).sameness is Sameness.IDENTICAL
    with pytest.raises(NotReady, match="旧格式"):
        checked(window, put(tmp_path, changed(data, "测试甲", "测试乙")))


def a_pdf(pages: int, content: bytes) -> bytes:
    """A PDF whose pages all show the same content."""
    from pypdf import PdfWriter
    from pypdf.generic import NameObject, StreamObject

    writer, stream = PdfWriter(), StreamObject()
    stream.set_data(content)
    shared = writer._add_object(stream.flate_encode())
    for _ in range(pages):
        writer.add_blank_page(595, 842)[NameObject("/Contents")] = shared
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("pages", "size", "words"),
    [(300, 9_000_000, "300 页.*--code"), (2, 9_000_000, "读不出来.*--code"), (50, 60_000, "读不出来")],
)
def test_a_small_pdf_that_would_take_hours(
    window: Window, tmp_path: Path, pages: int, size: int, words: str
) -> None:
    """Many pages of one huge content, kept in a few kilobytes."""
    line = b"BT (GZ) Tj ET\n"
    data = a_pdf(pages, line * (size // len(line)))
    assert len(data) < 100_000
    started = time.monotonic()
    with pytest.raises(BadInput, match=words):
        checked(window, put(tmp_path, data))
    assert time.monotonic() - started < 10
