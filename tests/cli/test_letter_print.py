"""``gaozhi letter print`` as a clerk types it, against a real print service."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.builders import CITIZEN
from tests.cli import test_errors
from tests.cli.test_errors import ABSENT, DOCUMENT, USAGE, kept, told
from tests.conftest import Run
from tests.printing import Service, service
from tests.rendering.letters import pages_of
from tests.rendering.test_pdf import needs, with_office
from tests.rendering.test_printer import with_cups
from tests.storage.test_ledger_faults import Disk, disk  # noqa: F401

office = test_errors.office  # the fixture: SC-2026-00001 drawn up, RS-2026-00001 accepted
SC, RS = "SC-2026-00001", "RS-2026-00001"
KEYS = ["number", "printer", "job", "state", "state_label", "copies", "times", "fault"]


@pytest.fixture(scope="module")
def hall() -> Iterator[Service]:
    """A print service with the queue Hall."""
    with service() as running:
        yield running


@pytest.fixture
def cups(hall: Service) -> Iterator[Service]:
    """The service; what a test spoiled is mended after it."""
    yield hall
    for name in ("jammed", "slow"):
        (hall.folder / name).unlink(missing_ok=True)
    for job in hall.call("lpstat", "-o").splitlines():
        hall.call("cancel", job.split()[0])


def rows(result: Any, code: int = 0) -> list[dict[str, Any]]:
    """The jobs that the command answers with."""
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr and CITIZEN["name"] not in result.stderr + result.stdout
    return json.loads(result.stdout)  # type: ignore[no-any-return]


@with_cups
@with_office
def test_letters_are_printed_and_can_be_read(run: Run, office: Path, cups: Service) -> None:
    """Two letters, two copies each; 已打印 by the queue's word; the paper holds number and name."""
    needs("pdftotext")
    command = ["letter", "print", SC, RS, "--printer", "Hall", "--wait", "60", "--format", "json"]
    done = rows(run(*command, home=office, env=cups.environment))
    assert [list(row) for row in done] == [KEYS, KEYS]
    assert [(row["number"], row["state"], row["copies"], row["times"]) for row in done] == [
        (SC, "printed", 2, 1), (RS, "printed", 2, 1),
    ]  # fmt: skip
    paper = cups.paper()[-2:]
    assert [path.name.partition("-")[2] for path in paper] == [f"{SC}-2.pdf", f"{RS}-2.pdf"]
    pages = pages_of(paper[0])
    assert len(pages) == 4 and pages[:2] == pages[2:]
    assert CITIZEN["name"] in pages[0] and "00001号" in pages[0] and "第2页共2页" in pages[1]
    history = json.loads(run("commitment", "history", SC, "--format", "json", home=office).stdout)
    assert [row["act"] for row in history][-4:] == [
        "letter.pdf", "letter.print", "letter.print-queued", "letter.printed",
    ]  # fmt: skip
    assert run("ledger", "verify", home=office).returncode == 0


@with_cups
@with_office
def test_printed_twice(run: Run, office: Path, cups: Service) -> None:
    """E4 20: the second time it is printed, and said to be the second; the PDF stays the same."""
    command = ["letter", "print", SC, "--printer", "Hall", "--copies", "1", "--format", "json"]
    first = rows(run(*command, home=office, env=cups.environment))
    pdf = next(office.rglob(f"{SC}.pdf"))
    before = pdf.read_bytes()
    second = rows(run(*command, "--duplex", home=office, env=cups.environment))
    assert (first[0]["times"], second[0]["times"]) == (1, 2) and first[0]["job"] != second[0]["job"]
    assert pdf.read_bytes() == before
    shown = run("commitment", "history", SC, home=office).stdout
    assert "再次打印" in shown and "第 2 次，1 份 Hall" in shown


@with_cups
@with_office
def test_waiting_in_vain(run: Run, office: Path, cups: Service) -> None:
    """A slow printer: asked to wait, 8 and 已提交; not asked, 0 and the hint; the clerk confirms."""
    (cups.folder / "slow").touch()
    command = ["letter", "print", SC, "--printer", "Hall", "--format", "json"]
    result = run(*command, "--wait", "1", home=office, env=cups.environment)
    assert rows(result, DOCUMENT)[0]["state"] == "submitted" and "--confirm" in result.stderr
    result = run(*command, home=office, env=cups.environment)
    assert rows(result)[0]["state_label"] == "已提交" and "已提交不等于已打印" in result.stderr
    done = rows(run("letter", "print", SC, "--confirm", "--format", "json", home=office))
    assert (done[0]["state"], done[0]["times"]) == ("printed", 2)
    assert "经办人确认" in run("commitment", "history", SC, home=office).stdout


@with_cups
@with_office
def test_the_printer_dies_with_the_job(run: Run, office: Path, cups: Service) -> None:
    """E4 20, dead after handing in: 已提交, 8, the reason, the docx as it was."""
    (cups.folder / "jammed").touch()
    docx = next(office.rglob(f"{SC}.docx"))
    before = docx.read_bytes()
    cups.queue("Jam")
    result = run("letter", "print", SC, "--printer", "Jam", "--wait", "20", "--format", "json",
                 home=office, env=cups.environment)  # fmt: skip
    row = rows(result, DOCUMENT)[0]
    assert row["state"] == "submitted" and "Jam 停了" in row["fault"] and "cupsenable Jam" in result.stderr
    assert docx.read_bytes() == before


@with_cups
@with_office
@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--printer", "Stopped"], "Stopped 已停用.*cupsenable"),
        (["--printer", "Nowhere"], "没有打印机 Nowhere.*Hall"),
        ([], "没有默认打印机.*--printer"),
        (["--printer", "-oraw"], "名称写得不对"),
    ],
)
def test_no_printer_no_trace(run: Run, office: Path, cups: Service, args: list[str], words: str) -> None:
    """E4 20: stopped, unknown, none: 8, one sentence, nothing printed, nothing recorded, no file changed."""
    cups.queue("Stopped")
    cups.call("cupsdisable", "Stopped")
    before = kept(office)
    said = told(run("letter", "print", SC, *args, home=office, env=cups.environment), DOCUMENT)
    assert re.search(words, said) and kept(office) == before
    assert not cups.call("lpstat", "-o", "Stopped")


@with_cups
def test_the_print_service_is_down(run: Run, office: Path, tmp_path: Path) -> None:
    """E4 20: cupsd not running."""
    before = kept(office)
    environment = {"CUPS_SERVER": str(tmp_path / "none.sock")}
    said = told(run("letter", "print", SC, "--printer", "Hall", home=office, env=environment), DOCUMENT)
    assert "CUPS 没有运行" in said and kept(office) == before


@with_cups
@with_office
def test_disk_full_while_printing(run: Run, office: Path, cups: Service, disk: Any) -> None:  # noqa: F811
    """E4 20: no room for the PDF: 8, nothing handed in, docx and ledger intact; with room it prints."""
    small: Disk = disk("60m")
    home = Path(shutil.copytree(office, small.path / "home"))
    docx = next(home.rglob(f"{SC}.docx"))
    before, jobs = docx.read_bytes(), len(cups.paper())
    filler = small.path / "filler"
    free = shutil.disk_usage(small.path).free
    filler.write_bytes(b"\0" * (free - 40_000))
    command = ["letter", "print", SC, "--printer", "Hall", "--wait", "60", "--format", "json"]
    result = run(*command, home=home, env=cups.environment)
    row = rows(result, DOCUMENT)[0]
    assert "磁盘已满" in row["fault"] and row["state"] is None and docx.read_bytes() == before
    assert not list(home.rglob("*.pdf")) and not list(home.rglob("*.tmp")) and len(cups.paper()) == jobs
    assert run("ledger", "verify", home=home).returncode == 0
    filler.unlink()
    assert rows(run(*command, home=home, env=cups.environment))[0]["state"] == "printed"


@with_cups
def test_a_changed_letter_is_not_printed(run: Run, office: Path, cups: Service) -> None:
    """The docx of record or nothing."""
    docx = next(office.rglob(f"{SC}.docx"))
    docx.write_bytes(docx.read_bytes() + b" ")
    said = told(
        run("letter", "print", RS, SC, "--printer", "Hall", home=office, env=cups.environment), DOCUMENT
    )
    assert "被改动过" in said and not cups.call("lpstat", "-o", "Hall")


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        ([SC, "--copies", "0"], USAGE, "1 到 20"),
        ([SC, "--copies", "两"], USAGE, "--copies"),
        ([SC, "--wait", "-1"], USAGE, "--wait"),
        (["SC-2026-00099"], ABSENT, "台账里没有"),
        (["SC-2026-99"], ABSENT, "编号|台账"),
        (["SC-2026-00099", "--confirm"], ABSENT, "台账里没有"),
        ([], USAGE, "编号"),
    ],
)
def test_slips(run: Run, office: Path, args: list[str], code: int, words: str) -> None:
    """Wrong words on the command line change nothing."""
    before = kept(office)
    assert re.search(words, told(run("letter", "print", *args, home=office), code))
    assert kept(office) == before
