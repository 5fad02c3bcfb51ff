"""letter check-template as the person who edits the template sees it; the ledger never hears of it."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from pathlib import Path

import pytest

from tests.cli import test_errors
from tests.cli.test_errors import letter
from tests.conftest import ROOT, Run
from tests.rendering.test_docx_template import (
    BODY,
    CORE,
    FOOTER,
    POPEN,
    SHIPPED,
    in_text,
    rebuilt,
    swapped,
    with_header,
)
from tests.rendering.test_template_hostile import HANGS, behind, lying

office = test_errors.office  # the fixture: SC-2026-00001 drawn up, RS-2026-00001 accepted


def ledger_digest(home: Path) -> str:
    """The ledger's bytes, digested."""
    return hashlib.sha256((home / "ledger.db").read_bytes()).hexdigest()


def put(folder: Path, data: bytes) -> str:
    """A template in the folder in which the command runs."""
    (folder / "模板.docx").write_bytes(data)
    return "模板.docx"


def test_a_good_template_is_told_where_to_go(run: Run, home: Path, tmp_path: Path) -> None:
    """Exit 0, an empty list, and the place in the county's folder."""
    name = put(tmp_path, SHIPPED)
    result = run("letter", "check-template", name, "--format", "json")
    assert (result.returncode, json.loads(result.stdout)) == (0, [])
    assert "可以用作告知承诺书模板" in result.stderr
    assert str(home / "templates" / "commitment_letter.docx") in result.stderr
    assert not (home / "ledger.db").exists()


def test_the_guide_has_a_kind_of_its_own(run: Run, tmp_path: Path) -> None:
    """--kind by code, Chinese name or file name; the letter's rules do not fit the guide."""
    name = put(tmp_path, (ROOT / "templates" / "guide.docx").read_bytes())
    for kind in ("guide", "办事指南", "guide.docx"):
        assert run("letter", "check-template", name, "--kind", kind).returncode == 0
    assert run("letter", "check-template", name).returncode == 8
    wrong = run("letter", "check-template", name, "--kind", "某种文书")
    assert wrong.returncode == 2 and "告知承诺书（letter）" in wrong.stderr


def test_all_faults_are_told_at_once(run: Run, tmp_path: Path) -> None:
    """Macro, unknown and full-width blanks, an expression, lost words and blanks, each with its place."""

    def change(data: bytes) -> bytes:
        text = data.decode()
        for old, new in (
            ("{{ 公民姓名 }}", "{{ 公民名 }}"),
            ("{{ 单位地址 }}", "{{ 单位地址|upper }}"),
            ("{{ 机关名称 }}", "｛｛机关名称｝｝"),
            ("{{ 承诺内容 }}", "______"),
            ("不可代为承诺", "可以代为承诺"),
        ):
            assert old in text
            text = text.replace(old, new)
        return text.encode()

    name = put(tmp_path, rebuilt({BODY: change}, {"word/vbaProject.bin": b"x"}))
    result = run("letter", "check-template", name, "--format", "json")
    rows = json.loads(result.stdout)
    assert result.returncode == 8
    assert all(list(row) == ["code", "message", "clause", "field", "part", "paragraph"] for row in rows), rows
    by_code = {row["code"]: row for row in reversed(rows)}
    assert set(by_code) == {
        "docx-macro", "template-unknown", "template-expression", "template-tag", "template-wording",
        "template-missing",
    }  # fmt: skip
    unknown = by_code["template-unknown"]
    assert (unknown["part"], unknown["paragraph"], unknown["field"]) == ("正文", "6", "公民名")
    assert "是不是“公民姓名”" in unknown["message"]
    missing = {row["field"] for row in rows if row["code"] == "template-missing"}
    assert missing == {"公民姓名", "单位地址", "机关名称", "承诺内容"}
    table = run("letter", "check-template", name)
    assert table.returncode == 8 and "正文第 6 段\t" in table.stdout
    assert f"{len(rows)} 处问题" in table.stderr


def test_header_and_footer_are_named(run: Run, tmp_path: Path) -> None:
    """页眉, 页脚 and the paragraph in them."""
    for data, part in (
        (with_header("{{ 错 }}"), "页眉"),
        (swapped("{{ 文书编号 }}", "{{ 错 }}", FOOTER), "页脚"),
    ):
        rows = json.loads(run("letter", "check-template", put(tmp_path, data), "--format", "json").stdout)
        assert (part, "1") in [(row["part"], row["paragraph"]) for row in rows]


@pytest.mark.parametrize("name", ["没有.docx", "."], ids=["absent", "folder"])
def test_a_file_that_cannot_be_read(run: Run, name: str) -> None:
    """No such file, a folder: one sentence, exit 3."""
    result = run("letter", "check-template", name)
    assert result.returncode == 3 and result.stderr.startswith("错误：")


def test_a_huge_file_is_not_read_through(run: Run, tmp_path: Path) -> None:
    """A sparse file of 4 GB is refused by its first bytes."""
    with (tmp_path / "大.docx").open("wb") as file:
        file.truncate(4 * 1024**3)
    result = run("letter", "check-template", "大.docx")
    assert result.returncode == 8 and "10 MB" in result.stdout


HOSTILE = {
    "body": in_text(POPEN),
    "footer": swapped("{{ 文书编号 }}", POPEN, FOOTER),
    "header": with_header(POPEN),
    "core-title": swapped("证明事项告知承诺书", POPEN, CORE),
    "path": in_text("{{ 公民姓名.read_text() }}"),
    "memory": in_text("{{ 'x'*200000000 }}"),
    "escape": in_text("{{ \x9b2J\x9b31m\u202e[/][a] }}"),
    "doctype": rebuilt({BODY: lambda d: d.replace(b"<w:document", b"<!DOCTYPE x><w:document", 1)}),
    "laughs": rebuilt({
        BODY: lambda d: d.replace(b"<w:document", b'<!DOCTYPE x [<!ENTITY a "ha">]><w:document', 1)
    }),
    "truncated": SHIPPED[:4000],
    "empty": b"",
    "hidden-tag": behind("<!-- {{ 公民姓名 }} -->"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_template_runs_nothing_and_leaves_the_ledger(
    run: Run, office: Path, tmp_path: Path, name: str
) -> None:
    """E4 1-8: checked by hand, or lying in the county's folder when a letter is drawn up."""
    before = ledger_digest(office)
    put(tmp_path, HOSTILE[name])
    (office / "templates").mkdir(exist_ok=True)
    (office / "templates" / "commitment_letter.docx").write_bytes(HOSTILE[name])
    for args in (["letter", "check-template", "模板.docx"], letter()):
        result = run(*args, home=office)
        assert result.returncode == 8 and "Traceback" not in result.stderr
        said = result.stdout + result.stderr
        assert "模板" in said
        assert all(char.isprintable() or char in "\n\t" for char in said)
    assert ledger_digest(office) == before
    assert not list(tmp_path.rglob("PWNED"))


def test_a_bomb_and_a_trap_cost_little(run: Run, office: Path, tmp_path: Path) -> None:
    """E4 3 and 7: 300 MB behind a lying directory, and XML that would keep docxtpl busy for hours."""
    before = ledger_digest(office)
    for data in (lying(), HANGS["tags-without-end"], HANGS["cell-words"], HANGS["close-only"]):
        started = time.monotonic()
        result = run("letter", "check-template", put(tmp_path, data), home=office, timeout=60)
        assert result.returncode == 8 and time.monotonic() - started < 30
    assert ledger_digest(office) == before


def test_typefaces_that_are_not_here_are_a_remark(run: Run, tmp_path: Path) -> None:
    """A typeface that no machine has: the template is good all the same, and the remark names it."""
    if shutil.which("fc-list") is None:
        pytest.skip("没有 fontconfig")
    data = rebuilt({"word/styles.xml": lambda d: d.replace("宋体".encode(), "某县专用体".encode())})
    result = run("letter", "check-template", put(tmp_path, data))
    assert result.returncode == 0 and "提示：本机字体 某县专用体" in result.stderr
