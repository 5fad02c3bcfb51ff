"""生成文书: the file follows the number, at once or later, always the same bytes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gaozhi_cli.domain.problem import NotFound, NotReady
from gaozhi_cli.domain.vocabulary import Sameness
from gaozhi_cli.rendering import compiled, qr
from gaozhi_cli.rendering.docx_package import open_package, same_content
from gaozhi_cli.rendering.docx_template import paragraphs
from gaozhi_cli.rendering.letter_docx import open_letter_template
from gaozhi_cli.services.make_letter import finish_letters
from gaozhi_cli.services.make_pdfs import PdfMade, make_pdfs
from gaozhi_cli.services.verify_letter import verify_code
from gaozhi_cli.storage.home import Home
from gaozhi_cli.storage.verify import verify
from tests.builders import CITIZEN, an_occasion
from tests.conftest import Run
from tests.rendering.test_docx_template import swapped
from tests.storage.test_ledger_contract import (
    THREE_CHECKS,
    WITH_AGENT,
    Window,
    journal_is_impersonal,
    one_entry,
    raw,
    refused,
    unchanged,
)


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    """A window with an empty ledger."""
    window = Window(tmp_path / "county")
    yield window
    window.ledger.close()


def test_letter_is_made_and_marked(window: Window) -> None:
    """The file where the ledger says, the digests of file and template beside it, one entry."""
    number = window.draw_up("14", THREE_CHECKS)
    with one_entry(window, "letter.make", number) as entry:
        made = window.make(number)
    assert (made.docx, made.pdf) == (window.letters / f"{number}.docx", None)
    letter = window.ledger.letter(number)
    assert letter is not None
    digest = hashlib.sha256(made.docx.read_bytes()).hexdigest()
    assert (letter.state, letter.docx_sha256) == ("made", digest)
    assert letter.template_sha256 == hashlib.sha256(window.template).hexdigest()
    assert entry["detail"] == {"sha256": digest}
    assert entry["tables"] == ["letters"]
    assert window.ledger.pending_letters() == []
    assert [path.name for path in window.letters.iterdir()] == [f"{number}.docx"]
    if os.name == "posix":
        assert made.docx.stat().st_mode & 0o777 == 0o600


def test_letter_holds_what_was_registered(window: Window) -> None:
    """Number, people and promise stand on the paper."""
    number = window.draw_up("16", WITH_AGENT)
    package = open_package(window.make(number).docx.read_bytes(), "文书")
    text = "\n".join(paragraphs(package.part("word/document.xml"), "文书"))
    for value in ("示社保告承〔2026〕00001号", *WITH_AGENT.values()):
        assert value in text or value == WITH_AGENT["authorization"]


def test_made_already(window: Window) -> None:
    """A second time nothing is done."""
    number = window.draw_up("64", CITIZEN)
    first = window.make(number)
    assert unchanged(window, lambda: window.make(number)) == first


def test_made_twice_gives_the_same_bytes(window: Window, tmp_path: Path) -> None:
    """On another day, from another process, after a crash: the letter is the same to the byte."""
    number = window.draw_up("16", WITH_AGENT)
    other = window.copied(tmp_path / "copied")
    first = window.make(number).docx.read_bytes()
    other.letters.joinpath(f"{number}.docx").write_bytes(first)  # written, and killed before it was marked
    assert other.make(number).docx.read_bytes() == first
    letters = [one.ledger.letter(number) for one in (window, other)]
    assert letters[0] == letters[1]


def test_another_file_in_its_place_is_not_overwritten(window: Window) -> None:
    """Somebody's own file under that name stays; the letter is made once it has been moved away."""
    number = window.draw_up("64", CITIZEN)
    place = window.letters / f"{number}.docx"
    place.write_bytes(b"another file")
    refused(window, lambda: window.make(number), NotReady, "没有覆盖")
    assert place.read_bytes() == b"another file"
    place.unlink()
    assert window.make(number).docx == place


def test_unknown_number(window: Window) -> None:
    """No such case, no letter."""
    refused(window, lambda: window.make("SC-2026-00009"), NotFound, "SC-2026-00009")


def test_failed_write_leaves_the_letter_pending(window: Window) -> None:
    """The number stands; the sentence says that it does and what to do; nothing is half written."""
    number = window.draw_up("64", CITIZEN)
    window.letters.rmdir()
    refused(window, lambda: window.make(number), NotReady, f"{number} 已登记，但文件没有写成")
    assert window.ledger.pending_letters() == [number]
    window.letters.mkdir()
    with one_entry(window, "letter.make", number):
        assert window.make(number).docx.is_file()


def test_next_writing_command_finishes_a_pending_letter(window: Window, run: Run, tmp_path: Path) -> None:
    """Whatever the command is; while the folder is away it only says so and does its own work."""
    done_before = window.draw_up("64", CITIZEN)
    window.make(done_before)
    out = tmp_path / "out"
    out.mkdir()
    home_letters, window.letters = window.letters, out
    pending = window.draw_up("64", CITIZEN)
    out.rmdir()
    with pytest.raises(NotReady):
        window.make(pending)
    window.letters = home_letters
    window.ledger.close()

    first = run("commitment", "sign", done_before, home=window.home)
    assert first.returncode == 0, first.stderr
    assert f"{pending} 的告知承诺书文件还没有补上" in first.stderr
    assert not (out / f"{pending}.docx").exists()

    out.mkdir()
    reading = run("commitment", "show", done_before, home=window.home)
    assert reading.returncode == 0
    assert list(out.iterdir()) == []  # a reading command writes nothing

    second = run("commitment", "accept", done_before, home=window.home)
    assert second.returncode == 0, second.stderr
    assert f"已补上 {pending}" in second.stderr
    window.reopen()
    assert window.ledger.pending_letters() == []
    letter = window.ledger.letter(pending)
    assert letter is not None
    assert hashlib.sha256((out / f"{pending}.docx").read_bytes()).hexdigest() == letter.docx_sha256


def test_values_that_are_not_those_registered(window: Window) -> None:
    """A letter is never made from values that the ledger does not vouch for."""
    number = window.draw_up("64", CITIZEN)
    with raw(window.path) as base:
        base.execute("UPDATE letters SET fields = 'x'")
    refused(window, lambda: window.make(number), NotReady, "gaozhi ledger verify")


def test_row_key_gone(window: Window) -> None:
    """People that can no longer be opened: no letter with blanks in their place."""
    number = window.draw_up("64", CITIZEN)
    with raw(window.path) as base:
        base.execute("DELETE FROM row_keys")
    refused(window, lambda: window.make(number), NotReady, number)


def test_template_damaged_after_the_number(window: Window) -> None:
    """The template it was drawn up with was put aside; with that lost too, the case waits for it."""
    number = window.draw_up("64", CITIZEN)
    good, window.template = window.template, b"no docx"
    (aside,) = (window.home / "templates" / "used").iterdir()
    aside.rename(window.home / "elsewhere")
    refused(window, lambda: window.make(number), NotReady, "模板不在了")
    (window.home / "elsewhere").rename(aside)
    assert window.make(number).docx.is_file()
    window.template = good
    assert len(window.template) == len(aside.read_bytes())


def pdf_of(window: Window, number: str) -> PdfMade:
    """The PDF of a letter."""
    fonts = Home(window.home).template("fonts.conf")
    (made,) = make_pdfs([number], ledger=window.ledger, occasion=an_occasion(), home=window.home, fonts=fonts)
    return made


@pytest.mark.skipif(not shutil.which("soffice"), reason="没有装 LibreOffice，不能出 PDF")
def test_pdf_is_one_entry_more(window: Window) -> None:
    """Beside the .docx, its digest and place in the ledger; a second time nothing is done."""
    number = window.draw_up("64", CITIZEN)
    window.make(number)

    def with_pdf() -> Path | None:
        return pdf_of(window, number).path

    with one_entry(window, "letter.pdf", number) as entry:
        pdf = with_pdf()
    assert pdf == window.letters / f"{number}.pdf"
    assert pdf.read_bytes().startswith(b"%PDF-")
    letter = window.ledger.letter(number)
    assert letter is not None
    digest = hashlib.sha256(pdf.read_bytes()).hexdigest()
    assert (letter.pdf, letter.pdf_sha256) == (f"letters/{number}.pdf", digest)
    assert entry["detail"] == {"sha256": digest}
    assert unchanged(window, with_pdf) == pdf


@pytest.mark.skipif(not shutil.which("soffice"), reason="没有装 LibreOffice，不能出 PDF")
def test_pdf_of_an_altered_letter(window: Window) -> None:
    """A PDF is made of the letter that was registered, or not at all."""
    number = window.draw_up("64", CITIZEN)
    path = window.make(number).docx
    path.write_bytes(path.read_bytes() + b"\0")

    made = unchanged(window, lambda: pdf_of(window, number))
    assert made.path is None and "被改动过" in made.fault


@pytest.mark.skipif(not shutil.which("soffice"), reason="没有装 LibreOffice，不能出 PDF")
def test_another_file_under_the_name_of_a_pdf_stays(window: Window) -> None:
    """The scan of the signed original, perhaps: never written over."""
    number = window.draw_up("64", CITIZEN)
    window.make(number)
    scan = window.letters / f"{number}.pdf"
    scan.write_bytes(b"%PDF- a scan")
    made = pdf_of(window, number)
    assert made.path is None and "已有另一份文件" in made.fault and scan.read_bytes() == b"%PDF- a scan"


@pytest.mark.parametrize("torn", [b"", bytes(4096)], ids=["empty", "zeros"])
def test_a_torn_file_is_written_over(window: Window, torn: bytes) -> None:
    """What a power cut leaves in the letter's place is nobody's work."""
    number = window.draw_up("64", CITIZEN)
    place = window.letters / f"{number}.docx"
    place.write_bytes(torn)
    with one_entry(window, "letter.make", number):
        assert window.make(number).docx.read_bytes().startswith(b"PK")


def test_a_lost_letter_is_made_again(window: Window) -> None:
    """From the sealed values, by the template of then, whatever the county uses now: the same bytes."""
    number = window.draw_up("16", WITH_AGENT)
    path = window.make(number).docx
    first = path.read_bytes()
    path.unlink()
    window.template = swapped("以下为办理机关的补充说明", "本县的补充说明")
    with one_entry(window, "letter.remake", number) as entry:
        made = window.make(number)
    assert made.again and path.read_bytes() == first
    digest = hashlib.sha256(first).hexdigest()
    assert entry["detail"] == {"before": digest, "sha256": digest}
    assert not unchanged(window, lambda: window.make(number)).again


def test_a_letter_that_a_batch_packed_more_quickly_is_made_again_with_the_same_parts(window: Window) -> None:
    """Other bytes, the same content; the ledger knows the new file, and why."""
    number = window.draw_up("64", CITIZEN)
    path = window.letters / f"{number}.docx"
    slow = window.make(number).docx.read_bytes()
    quick = repacked(slow)
    with raw(window.path) as base:
        base.execute("UPDATE letters SET docx_sha256 = ?", [hashlib.sha256(quick).hexdigest()])
    path.unlink()
    assert window.make(number).again
    assert same_content(path.read_bytes(), quick) and path.read_bytes() != quick
    row = window.ledger.letter(number)
    assert row is not None and row.docx_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_quick_file_in_its_place_is_the_letter(window: Window) -> None:
    """A batch was killed between writing and marking: its file stays as it is and is marked."""
    number = window.draw_up("64", CITIZEN)
    other = window.copied(window.home.parent / "other")
    quick = repacked(other.make(number).docx.read_bytes())
    other.ledger.close()
    (window.letters / f"{number}.docx").write_bytes(quick)
    assert window.make(number).docx.read_bytes() == quick
    row = window.ledger.letter(number)
    assert row is not None and row.docx_sha256 == hashlib.sha256(quick).hexdigest()


def repacked(document: bytes) -> bytes:
    """The same parts packed by the batch's codec."""
    form = open_letter_template(Home(Path("/nowhere")).template("commitment_letter.docx").read_bytes())
    parts = open_package(document, "文书").parts
    changing = {*form.programs, form.picture}
    packed = compiled.packed(form.shell, [p for p in parts if p[0] in changing], compiled.zlib_codec(1))
    assert packed != document and same_content(packed, document)
    return packed


def test_template_changed_and_the_kept_one_lost(window: Window) -> None:
    """No letter in other words than those signed: it waits for the backup, and says where it belongs."""
    number = window.draw_up("64", CITIZEN)
    window.make(number).docx.unlink()
    good, window.template = window.template, swapped("以下为办理机关的补充说明", "本县的补充说明")
    used = window.home / "templates" / "used"
    shutil.rmtree(used)
    problem = refused(window, lambda: window.make(number), NotReady, "模板不在了")
    assert str(used) in problem.message
    window.template = good
    assert window.make(number).again and len(list(used.iterdir())) == 1  # put aside again


def test_a_kept_template_that_was_altered_is_not_used(window: Window) -> None:
    """Its name is its digest."""
    number = window.draw_up("64", CITIZEN)
    (kept,) = (window.home / "templates" / "used").iterdir()
    kept.chmod(0o600)
    kept.write_bytes(swapped("以下为办理机关的补充说明", "伪造的说明"))
    assert "伪造的说明" not in "".join(
        paragraphs(open_package(window.make(number).docx.read_bytes(), "文书").part("word/document.xml"), "x")
    )


def test_a_letter_of_the_format_before_gets_its_anchor_when_its_file_is_made(window: Window) -> None:
    """Pending or lost since: what its new QR says is kept, so that it can be verified."""
    pending, lost = window.draw_up("64", CITIZEN), window.draw_up("64", CITIZEN)
    window.make(lost).docx.unlink()
    with raw(window.path) as base:
        base.execute("UPDATE letters SET anchor = NULL, told_sm3 = NULL")
        base.execute("UPDATE letters SET template_sha256 = NULL WHERE number = ?", [pending])
    for number in (pending, lost):
        path = window.make(number).docx
        row = window.ledger.letter(number)
        assert row is not None and row.anchor is not None and row.template_sha256 is not None
        text = "".join(paragraphs(open_package(path.read_bytes(), "x").part("word/document.xml"), "x"))
        assert row.anchor in text
        code = qr.payload(number, row.fields, row.anchor)
        assert verify_code(code, ledger=window.ledger).sameness is Sameness.CODE


def test_many_pending_letters_are_finished_together(window: Window) -> None:
    """Each in its own entry; one that cannot be made is named and does not stop the others."""
    numbers = [window.draw_up("64", CITIZEN | {"statement": f"第 {n} 处属实"}) for n in range(5)]
    (window.letters / f"{numbers[2]}.docx").write_bytes(b"foreign")
    seen: list[tuple[int, int]] = []
    done = finish_letters(
        ledger=window.ledger, occasion=an_occasion(), template=window.template, home=window.home,
        progress=lambda now, of: seen.append((now, of)),
    )  # fmt: skip
    assert done.made == (*numbers[:2], *numbers[3:])
    assert [number for number, _ in done.failed] == [numbers[2]] and "没有覆盖" in done.failed[0][1]
    assert seen[-1] == (5, 5)
    assert (window.letters / f"{numbers[2]}.docx").read_bytes() == b"foreign"
    acts = [json.loads(e["detail"])["sha256"] for n in done.made for e in list(window.ledger.history(n))[1:]]
    files = [hashlib.sha256((window.letters / f"{n}.docx").read_bytes()).hexdigest() for n in done.made]
    assert acts == files
    assert window.ledger.pending_letters() == [numbers[2]]
    assert verify(window.ledger).faults == ()


def test_journal_holds_nothing_personal(window: Window) -> None:
    """Digests and numbers only."""
    number = window.draw_up("16", WITH_AGENT)
    window.make(number)
    journal_is_impersonal(window)
    assert [json.loads(e["detail"]).keys() for e in window.ledger.history(number)][1] == {"sha256"}
