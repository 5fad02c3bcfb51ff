"""Printing for real: a CUPS of our own, queues that fail in every way, the printed text read back."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gaozhi_cli.domain.problem import DocumentFailed
from gaozhi_cli.domain.vocabulary import PrintState
from gaozhi_cli.rendering import printer
from gaozhi_cli.rendering.pdf import to_pdf
from gaozhi_cli.rendering.printer import Unanswered, hand_in, outcomes, require_printer, stopped_because
from tests.printing import Service, lacking, service
from tests.rendering.letters import FONTS, a_document, official, pages_of
from tests.rendering.test_pdf import needs, with_office
from tests.rendering.test_pdf_run import a_program

with_cups = pytest.mark.skipif(bool(lacking()), reason=lacking() or "CUPS")


@pytest.fixture(scope="module")
def cups() -> Iterator[Service]:
    """A print service, started once."""
    with service() as running:
        yield running


@pytest.fixture
def hall(cups: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Our own programs ask that service; what a test spoiled is mended after it."""
    for name in ("CUPS_SERVER", "PRINTER", "LPDEST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CUPS_SERVER", cups.environment["CUPS_SERVER"])
    yield cups
    for name in ("jammed", "slow"):
        (cups.folder / name).unlink(missing_ok=True)


@pytest.fixture(scope="module")
def pdf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A letter of three pages."""
    path = tmp_path_factory.mktemp("print") / "RS-2026-00001.pdf"
    path.write_bytes(to_pdf(a_document(1, "测试甲", lines=200), FONTS))
    return path


def submit(pdf: Path, copies: int = 1, duplex: bool = False, queue: str = "Hall") -> str:
    """Hand a letter in; the job it became."""
    handed = hand_in(pdf, title="RS-2026-00001", copies=copies, printer=queue, duplex=duplex)
    assert handed.printer == queue and handed.job is not None
    return handed.job


@with_cups
@with_office
def test_what_is_printed_is_the_letter(hall: Service, pdf: Path) -> None:
    """Two copies on both sides: every page twice, a blank back between, A4, the number as title."""
    needs("pdftotext")
    job = submit(pdf, copies=2, duplex=True)
    assert outcomes([job], 30) == {job: PrintState.PRINTED}
    paper = hall.paper()[-1]
    assert "RS-2026-00001-2" in paper.name
    letter, printed = pages_of(pdf), pages_of(paper)
    assert len(letter) == 3 and printed == [*letter, "", *letter, ""]
    assert official(1) in printed[0] and "测试甲" in printed[0]


@with_cups
@with_office
def test_handed_in_is_not_printed(hall: Service, pdf: Path) -> None:
    """While the printer is at work the job is open; a cancelled or failed one is not printed."""
    (hall.folder / "slow").touch()
    job, cancelled = submit(pdf), submit(pdf)
    assert outcomes([job, cancelled], 0.6) == {}
    hall.call("cancel", cancelled)
    (hall.folder / "slow").unlink()
    found = outcomes([job, cancelled], 30)
    assert found == {job: PrintState.PRINTED, cancelled: PrintState.FAILED}
    hall.call("lpadmin", "-p", "Strict", "-E", "-v", "keep:/", "-P", str(hall.folder / "keep.ppd"),
              "-o", "printer-error-policy=abort-job")  # fmt: skip
    (hall.folder / "jammed").touch()
    failed = submit(pdf, queue="Strict")
    assert outcomes([failed], 10) in ({failed: PrintState.FAILED}, {})
    assert not [paper for paper in hall.paper() if paper.name.startswith(failed.rpartition("-")[2] + "-")]


@with_cups
@with_office
def test_a_stopped_queue_is_known_before_and_after(hall: Service, pdf: Path) -> None:
    """Before: nothing is handed in. After: waiting ends at once, the job stays open."""
    hall.queue("Off")
    hall.call("cupsdisable", "-r", "paper out", "Off")
    with pytest.raises(DocumentFailed) as caught:
        require_printer("Off")
    assert "Off 已停用（paper out）" in caught.value.message and "cupsenable Off" in caught.value.message
    start = time.monotonic()
    assert outcomes([submit(pdf, queue="Off")], 30) == {} and time.monotonic() - start < 10
    assert stopped_because("Off") == "（paper out）" and stopped_because("Hall") is None


@with_cups
def test_printers_that_are_not_there(hall: Service) -> None:
    """Unknown, none at all by default, not accepting: one sentence with the way out."""
    with pytest.raises(DocumentFailed, match=r"没有打印机 Nowhere，没有打印；现有：.*Hall"):
        require_printer("Nowhere")
    with pytest.raises(DocumentFailed, match=r"没有默认打印机.*--printer"):
        require_printer(None)
    hall.queue("Closed")
    hall.call("cupsreject", "Closed")
    with pytest.raises(DocumentFailed, match=r"Closed 不接收任务.*cupsaccept"):
        require_printer("Closed")
    assert require_printer("Hall") == "Hall"


@with_cups
def test_the_default_printer_and_chinese_names(hall: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's default, the user's by PRINTER; a queue may have a Chinese name."""
    hall.queue("一楼大厅")
    assert require_printer("一楼大厅") == "一楼大厅"
    monkeypatch.setenv("PRINTER", "Hall")
    assert require_printer(None) == "Hall"


@with_cups
@with_office
def test_jobs_of_a_queue_with_a_chinese_name(hall: Service, pdf: Path) -> None:
    """Its jobs are found again, though the service writes the name otherwise."""
    hall.queue("一楼大厅")
    job = submit(pdf, queue="一楼大厅")
    assert outcomes([job], 30) == {job: PrintState.PRINTED}


@with_cups
@with_office
def test_the_service_goes_away(hall: Service, pdf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """cupsd down: said before anything is handed in, and by lp itself."""
    monkeypatch.setenv("CUPS_SERVER", str(hall.folder / "gone.sock"))
    with pytest.raises(DocumentFailed, match=r"CUPS 没有运行.*systemctl"):
        require_printer("Hall")
    with pytest.raises(DocumentFailed, match="连不上打印服务"):
        hand_in(pdf, title="RS-2026-00001", copies=1, printer="Hall", duplex=False)


@pytest.mark.parametrize("name", ["", "-x", "a b", "a/b", "a\nb", "a#b", "..\\x"])
def test_a_name_that_cannot_be_a_printer(name: str) -> None:
    """Nothing that looks like an option or a path reaches lp."""
    with pytest.raises(DocumentFailed, match="名称写得不对"):
        require_printer(name)


def test_without_lp(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty PATH: the package is named."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DocumentFailed, match="cups-client"):
        require_printer("Hall")


def test_a_hanging_lp(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No answer is not a refusal: whether the job was taken is not known, and that is said."""
    monkeypatch.setattr(printer, "LIMIT", 0.5)
    a_program(tmp_path, monkeypatch, "exit 0")
    for name in ("lp", "lpstat"):
        shutil.copy(tmp_path / "soffice", tmp_path / name)
        (tmp_path / name).write_text("#!/bin/sh\nsleep 60\n")
    with pytest.raises(Unanswered, match="不知道任务有没有提交"):
        hand_in(tmp_path / "a.pdf", title="RS-2026-00001", copies=1, printer="Hall", duplex=False)
    with pytest.raises(Unanswered):
        require_printer("Hall")


def test_lp_is_called_with_a_list(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every word its own argument, the options from a fixed list, the path behind ``--``; one language."""
    a_program(tmp_path, monkeypatch, "exit 0")
    lp = tmp_path / "lp"
    lp.write_text(f'#!/bin/sh\nprintf "%s\\n" "$LC_ALL" "$@" > {tmp_path}/said\n'
                  "echo 'request id is 大厅-12 (1 file(s))'\n")  # fmt: skip
    lp.chmod(0o755)
    path = tmp_path / "-rf $(touch x).pdf"
    handed = hand_in(path, title="RS-2026-00001", copies=3, printer="大厅", duplex=True)
    assert handed == ("大厅", "大厅-12")
    assert (tmp_path / "said").read_text().splitlines() == [
        "C", "-t", "RS-2026-00001", "-n", "3", "-o", "sides=two-sided-long-edge", "-o", "media=A4",
        "-o", "multiple-document-handling=separate-documents-collated-copies", "-d", "大厅", "--", str(path),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("lp: Error - No default destination.", "没有默认打印机"),
        ("lp: Unable to connect to server", "连不上打印服务"),
        ("lp: Bad file descriptor", "连不上打印服务"),
        ("lp: Request Entity Too Large", "磁盘已满"),
        ('lp: Destination "Hall" is not accepting jobs.', "不接收任务"),
        ("lp: something new", "没有收下任务"),
    ],
)
def test_refusals_of_lp(told: str, words: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each becomes a Chinese sentence with a way out."""
    a_program(tmp_path, monkeypatch, "exit 0")
    lp = tmp_path / "lp"
    lp.write_text(f"#!/bin/sh\necho '{told}' >&2\nexit 1\n")
    lp.chmod(0o755)
    with pytest.raises(DocumentFailed, match=words) as caught:
        hand_in(tmp_path / "a.pdf", title="RS-2026-00001", copies=1, printer="Hall", duplex=False)
    assert "；" in caught.value.message and not isinstance(caught.value, Unanswered)


def test_windows_prints_once_a_copy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By the program that opens PDFs: no job, so it stays 已提交; without one the way out is said."""
    calls: list[tuple[str, ...]] = []
    monkeypatch.setattr(printer, "on_windows", lambda: True)
    monkeypatch.setattr(printer, "_start_file", lambda: lambda *args: calls.append(args))
    path = tmp_path / "a.pdf"
    assert require_printer(None) is None
    assert hand_in(path, title="RS-2026-00001", copies=2, printer=None, duplex=False) == (None, None)
    assert hand_in(path, title="RS-2026-00001", copies=1, printer="大厅", duplex=False) == ("大厅", None)
    assert calls == [(str(path), "print")] * 2 + [(str(path), "printto", '"大厅"')]

    def nothing_opens(*args: str) -> None:
        raise OSError(1155, "no application")

    monkeypatch.setattr(printer, "_start_file", lambda: nothing_opens)
    with pytest.raises(DocumentFailed, match="PDF 阅读器"):
        hand_in(path, title="RS-2026-00001", copies=1, printer=None, duplex=False)
    monkeypatch.setattr(printer, "_start_file", lambda: None)
    with pytest.raises(DocumentFailed, match="打开 PDF 打印"):
        hand_in(path, title="RS-2026-00001", copies=1, printer=None, duplex=False)


@pytest.mark.parametrize(
    "name", ["HP LaserJet 1020", "\\\\srv\\p1", "Microsoft Print to PDF", "大厅（二楼）#2", "-x"]
)
def test_names_that_windows_gives_its_printers(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Blanks, shares, brackets: all fine between quotes; CUPS has other rules."""
    monkeypatch.setattr(printer, "on_windows", lambda: True)
    assert require_printer(name) == name


@pytest.mark.parametrize("name", ["", " ", 'a" & calc', "a\nb", "a\x1b[2J"])
def test_names_that_windows_cannot_have(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """What would end the quotes; the way out is one that Windows has."""
    monkeypatch.setattr(printer, "on_windows", lambda: True)
    with pytest.raises(DocumentFailed, match="打印机和扫描仪") as caught:
        require_printer(name)
    assert "lpstat" not in caught.value.message


def test_the_answer_of_lpstat_when_it_knows_itself() -> None:
    """Newer services say how a job ended; what they do not say is left open."""
    told = (
        "Hall-1  root 1 Wed\n\tStatus: \n\tAlerts: job-completed-successfully\n\tqueued for Hall\n"
        "Hall-2  root 1 Wed\n\tAlerts: job-canceled-by-user\n"
        "Hall-3  root 1 Wed\n\tAlerts: job-completed-with-errors\n"
        "Hall-4  root 1 Wed\n\tAlerts: aborted-by-system\n"
    )
    assert printer._ended(told, {"Hall-1", "Hall-2", "Hall-3", "Hall-5"}) == {
        "Hall-1": PrintState.PRINTED, "Hall-2": PrintState.FAILED, "Hall-3": PrintState.FAILED,
    }  # fmt: skip


def test_the_program_is_not_named_by_accident() -> None:
    """The tests' own check that CUPS is there looks at what is really installed."""
    assert lacking() or subprocess.run(["lpstat", "-H"], capture_output=True).returncode == 0
