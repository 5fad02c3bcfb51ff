"""``gaozhi letter new --draft``: on paper to talk about, never in the ledger."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import docx
import pytest

from tests.builders import CITIZEN, flags
from tests.cli.test_errors import BAD, REFUSED, USAGE, kept, letter, told
from tests.conftest import ROOT, Run
from tests.rendering.test_docx_template import with_header

AGENT = {"agent_name": "测试丙"}


def drafted(run: Run, *args: str, **options: Any) -> dict[str, Any]:
    """What the command answers, as JSON."""
    result = run("letter", "new", *args, "--draft", "--format", "json", **options)
    assert result.returncode == 0, result.stderr
    assert "草稿没有编号，没有登记，不能签署" in result.stderr
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def test_a_draft_makes_no_ledger(run: Run, home: Path) -> None:
    """An empty home: a file, no ledger, no key, no number; all that lacks is named, both sides'."""
    answer = drafted(run, "--item", "64", "--name", CITIZEN["name"])
    assert (answer["number"], answer["status"], answer["status_label"]) == (None, "draft", "草稿")
    assert [gap["field"] for gap in answer["gaps"]] == ["id_number", "phone", "statement"]
    assert {"basis", "content", "agent", "disclosure"} <= {warning["code"] for warning in answer["warnings"]}
    assert all(set(gap) == {"code", "message", "clause", "field"} for gap in answer["gaps"])
    (name,) = kept(home)
    assert home / name == Path(answer["docx"]) and answer["pdf"] is None
    assert not (home / "ledger.db").exists() and not (home / "keys").exists()
    assert (
        docx.Document(io.BytesIO(Path(answer["docx"]).read_bytes()))
        .paragraphs[0]
        .text.endswith("草稿，不编号")
    )


def test_a_ledger_there_is_left_as_it_is(run: Run, home: Path) -> None:
    assert run(*letter()).returncode == 0
    before = (home / "ledger.db").read_bytes()
    drafted(run, "--item", "64", *flags(CITIZEN))
    assert (home / "ledger.db").read_bytes() == before
    answer = json.loads(run(*letter(), "--format", "json").stdout)
    assert answer["number"] == "SC-2026-00002"  # no number was used up


def test_a_pending_letter_is_not_finished_by_a_draft(run: Run, home: Path) -> None:
    """A draft reads no ledger: one that is damaged does not stop it."""
    (home / "ledger.db").write_bytes(b"damaged")
    answer = drafted(run, "--item", "64")
    assert Path(answer["docx"]).is_file() and (home / "ledger.db").read_bytes() == b"damaged"


def test_on_trial(run: Run, home: Path) -> None:
    answer = drafted(run, "--item", "64", "--dry-run")
    assert (answer["docx"], answer["pdf"]) == (None, None) and kept(home) == {}


def test_the_folder_named_is_made(run: Run, home: Path, tmp_path: Path) -> None:
    answer = drafted(run, "--item", "64", "--out", str(tmp_path / "新 目录" / "甲"))
    assert Path(answer["docx"]).parent == tmp_path / "新 目录" / "甲"


def test_wrong_values_are_no_gaps(run: Run, home: Path) -> None:
    """What was said and is wrong is refused as ever: a draft with a misread number helps nobody."""
    for args, code, words in (
        (letter("--draft", id_number="410182199001010031"), BAD, "校验码"),
        (letter("--draft", phone="1"), BAD, "7 至 20 位"),
        (letter("--draft", "--proof", "rs-14.9"), BAD, "没有印草稿"),
        (letter("--draft", "--public-until", "2020-01-01"), BAD, "早于办理日期"),
        (letter("--draft", name="甲\n乙"), BAD, "U+000A"),
        (letter("--draft", *flags(AGENT)), REFUSED, "本县默认不接受代为承诺"),
        (letter("--draft", "--told", "纸质"), USAGE, "--told"),
        (["letter", "new", "--draft", "--name", "甲"], USAGE, "--item"),
    ):
        assert words in told(run(*args), code), args
    form = json.dumps({"item": "64", "nama": "甲"}, ensure_ascii=False)
    assert "nama" in told(run("letter", "new", "--draft", "--from", "-", input=form), BAD)
    assert kept(home) == {}


def test_a_form_from_a_file(run: Run, home: Path) -> None:
    form = json.dumps({"item": "8", "name": "测试甲"}, ensure_ascii=False)
    answer = drafted(run, "--from", "-", input=form)
    assert [gap["code"] for gap in answer["gaps"]][-1] == "proof-needed"


def test_a_formal_county_may_draft(run: Run, home: Path) -> None:
    """formal forbids letters with gaps, not drafts that show them."""
    (home / "catalog").mkdir()
    (home / "catalog" / "county.yaml").write_text("formal: 是\n", "utf-8")
    assert drafted(run, "--item", "64")["warnings"]


@pytest.mark.skipif(not shutil.which("soffice"), reason="没有装 LibreOffice，不能出 PDF")
def test_a_draft_as_pdf_with_a_header_of_the_countys_own(run: Run, home: Path) -> None:
    """The mark is seen in the picture of each page; header and underlines are read in the text."""
    (home / "templates").mkdir()
    (home / "templates" / "commitment_letter.docx").write_bytes(with_header("示例县人民政府"))
    shutil.copy(ROOT / "templates" / "fonts.conf", home / "templates")
    answer = drafted(run, "--item", "64", "--name", "测试甲", "--pdf")
    pdf = Path(answer["pdf"])
    assert pdf == Path(answer["docx"]).with_suffix(".pdf")
    text = subprocess.run(["pdftotext", str(pdf), "-"], capture_output=True, check=True).stdout.decode()
    assert "示例县人民政府" in text and "草稿，不编号" in text.replace("\n", "") and "____" in text
    subprocess.run(["pdftoppm", "-r", "30", "-gray", str(pdf), str(home / "page")], check=True)
    pages = [path.read_bytes() for path in sorted(home.glob("page-*.pgm"))]
    grey = [sum(150 < pixel < 245 for pixel in page) / len(page) for page in pages]
    assert len(grey) >= 2 and min(grey) > 0.05, grey
