"""doctor as an administrator sees it: real homes, ledgers, fontconfig; programs taken away by PATH."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gaozhi_cli.rendering.pdf import find_soffice
from tests.cli import test_errors
from tests.conftest import ROOT, Run
from tests.rendering.test_docx_template import POPEN, SHIPPED, in_text, rebuilt

office = test_errors.office  # the fixture: SC-2026-00001 drawn up, RS-2026-00001 accepted
needs_fontconfig = pytest.mark.skipif(shutil.which("fc-list") is None, reason="没有 fontconfig")
KEYS = ["code", "what", "state", "state_label", "means", "how"]


class Told:
    """What doctor said: its exit code, its rows by code."""

    def __init__(self, run: Run, home: Path, **env: str) -> None:
        result = run("doctor", "--format", "json", home=home, env=env)
        self.code, self.said = result.returncode, result.stderr
        self.rows = json.loads(result.stdout)

    def __getitem__(self, code: str) -> dict[str, str]:
        return next(row for row in self.rows if row["code"] == code)

    def has(self, code: str) -> bool:
        """Whether there is a row with a code."""
        return any(row["code"] == code for row in self.rows)


def without_programs(folder: Path, *kept: str) -> str:
    """A PATH with nothing but some programs."""
    place = folder / "bin"
    place.mkdir(exist_ok=True)
    for name in kept:
        found = shutil.which(name)
        if found:
            (place / name).symlink_to(found)
    return str(place)


def test_a_new_county_lacks_nothing_that_is_needed(run: Run, home: Path, tmp_path: Path) -> None:
    """No ledger yet, no LibreOffice, no printer, no fontconfig: remarks, exit 0; nothing is made."""
    told = Told(run, home, PATH=without_programs(tmp_path))
    assert told.code == 0 and "没有缺的" in told.said
    assert all(list(row) == KEYS for row in told.rows)
    assert told["ledger"]["state"] == "good" and "自动建立" in told["ledger"]["means"]
    assert told["catalog"]["state"] == "good" and "67 个事项" in told["catalog"]["means"]
    for code, word in (("libreoffice", "WPS"), ("printing", "WPS"), ("fonts", "☑")):
        assert told[code]["state"] == "notice" and word in told[code]["means"]
    assert "fontconfig" in told["fonts"]["means"]
    assert not told.has("characters") and not told.has("box")
    assert not (home / "ledger.db").exists() and not (home / "keys").exists()


def test_an_office_at_work(run: Run, office: Path) -> None:
    """Ledger, key, templates: there and good; the table for people says the same in Chinese."""
    told = Told(run, office)
    for code in ("program", "encoding", "ledger", "key", "template"):
        assert told[code]["state"] == "good", told[code]
    assert "格式" in told["ledger"]["means"] and "ledger key backup" in told["key"]["means"]
    assert run("ledger", "key", "backup", "--out", "密钥.key", home=office).returncode == 0
    assert "2026-11-24 备份过" in Told(run, office)["key"]["means"]
    table = run("doctor", home=office)
    assert table.stdout.startswith("查什么\t状态\t意味着\t怎么办\n")
    assert {line.split("\t")[1] for line in table.stdout.splitlines()[1:]} <= {"好", "提醒", "缺"}


def test_nothing_personal_is_printed(run: Run, office: Path) -> None:
    """No name, number or phone of the cases in the ledger."""
    result = run("doctor", home=office)
    assert not any(word in result.stdout + result.stderr for word in ("测试甲", "41018219", "1380000"))


def test_a_lost_key_is_missing(run: Run, office: Path) -> None:
    """Exit 7: nothing can be recorded without it."""
    for key in (office / "keys").glob("*.key"):
        key.unlink()
    told = Told(run, office)
    assert told.code == 7 and told["key"]["state"] == "missing" and "备份" in told["key"]["how"]


def test_a_lost_ledger_is_missing(run: Run, office: Path) -> None:
    """A key without its ledger: exit 7, never "none yet"."""
    (office / "ledger.db").unlink()
    told = Told(run, office)
    assert told.code == 7 and told["ledger"]["state"] == "missing"


def test_a_file_that_is_no_ledger_stops_no_other_check(run: Run, office: Path) -> None:
    """The ledger's own words, exit 7; the checks behind it are all there."""
    (office / "ledger.db").write_bytes(b"x" * 5000)
    told = Told(run, office)
    assert told.code == 7 and told["ledger"]["state"] == "missing"
    assert told.has("template") and told.has("isal") and told.has("calendar")


def test_a_faulty_catalog_stops_no_other_check(run: Run, home: Path) -> None:
    """The reader's sentence with file and line; templates and fonts are still looked at."""
    (home / "catalog").mkdir()
    (home / "catalog" / "offices.yaml").write_text("offices: [", encoding="utf-8")
    told = Told(run, home)
    assert told.code == 7 and "offices.yaml" in told["catalog"]["means"]
    assert told["template"]["state"] == "good"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows 没有这种权限")
def test_rights_that_are_too_wide_are_a_remark(run: Run, office: Path) -> None:
    """Others may read folder, ledger, key: told with the command that mends it."""
    key = next((office / "keys").glob("*.key"))
    for path, mode in ((office, 0o755), (office / "ledger.db", 0o644), (key, 0o640)):
        path.chmod(mode)
    told = Told(run, office)
    assert told.code == 0
    for code, how in (("home", "chmod 700"), ("ledger", "chmod 600"), ("key", "chmod 600")):
        assert told[code]["state"] == "notice" and told[code]["how"].startswith(how), told[code]


def test_a_home_that_is_a_file_is_missing(run: Run, tmp_path: Path) -> None:
    """Exit 7, and the other checks go on."""
    place = tmp_path / "文件"
    place.write_text("x")
    told = Told(run, place)
    assert told.code == 7 and told["home"]["state"] == "missing" and told.has("isal")


def test_a_bad_template_of_the_county_is_missing(run: Run, office: Path) -> None:
    """Exit 8 with the command that tells more; a file that nothing uses is named."""
    folder = office / "templates"
    folder.mkdir(exist_ok=True)
    (folder / "commitment_letter.docx").write_bytes(in_text(POPEN))
    (folder / "承诺书.docx").write_bytes(SHIPPED)
    told = Told(run, office)
    assert told.code == 8
    assert "letter check-template" in told["template"]["how"] and "不能用" in told["template"]["means"]
    assert "承诺书.docx" in told["template-unused"]["means"]
    (folder / "commitment_letter.docx").write_bytes(SHIPPED)
    mended = Told(run, office)
    assert mended.code == 0 and "县里自己的" in mended["template"]["means"]


def test_the_next_year_is_asked_for_from_november(run: Run, home: Path) -> None:
    """In October it is early; in November a remark; a year that the county typed is there."""
    for day, state in (("2026-10-31", "good"), ("2026-11-01", "notice")):
        rows = [row for row in Told(run, home, GAOZHI_AS_OF=day).rows if row["code"] == "calendar"]
        assert [row["what"] for row in rows] == ["2026 年工作日历", "2027 年工作日历"]
        assert [row["state"] for row in rows] == ["good", state]
    far = Told(run, home, GAOZHI_AS_OF="2035-03-01")
    assert far.code == 0 and far["calendar"]["state"] == "notice" and "暂定" in far["calendar"]["means"]


@needs_fontconfig
def test_a_machine_without_fonts_is_told_so(run: Run, home: Path, tmp_path: Path) -> None:
    """No box, no usual characters: exit 8, because a letter would print wrong without a word."""
    conf = tmp_path / "none.conf"
    (tmp_path / "nothing").mkdir()
    cache = f"<cachedir>{tmp_path / 'fc'}</cachedir>"
    conf.write_text(f"<fontconfig><dir>{tmp_path / 'nothing'}</dir>{cache}</fontconfig>", "utf-8")
    told = Told(run, home, FONTCONFIG_FILE=str(conf))
    assert told.code == 8
    assert told["box"]["state"] == "missing" and "fonts-dejavu-core" in told["box"]["how"]
    assert told["characters"]["state"] == "missing" and "6763" in told["characters"]["means"]


@needs_fontconfig
def test_typefaces_of_a_template_that_is_not_opened_are_not_told(run: Run, office: Path) -> None:
    """A template with a macro is not looked into: the line says what to do first."""
    (office / "templates").mkdir(exist_ok=True)
    hostile = rebuilt(added={"word/vbaProject.bin": b"x"})
    (office / "templates" / "commitment_letter.docx").write_bytes(hostile)
    rows = [row for row in Told(run, office).rows if row["code"] == "typeface"]
    assert [row["state"] for row in rows] == ["notice"] and "先改好" in rows[0]["means"]


@needs_fontconfig
def test_each_typeface_of_the_form_has_its_line(run: Run, home: Path) -> None:
    """Installed, or what stands in and how the page changes by it."""
    rows = [row for row in Told(run, home).rows if row["code"] == "typeface"]
    assert len(rows) == 7 and any("方正小标宋简体（标题）" in row["what"] for row in rows)
    assert all("装有" in row["means"] or "代替" in row["means"] for row in rows)


@pytest.mark.skipif(find_soffice() is None, reason="LibreOffice 未安装")
def test_libreoffice_tells_its_version(run: Run, home: Path) -> None:
    """The real program answers."""
    assert Told(run, home)["libreoffice"]["means"].startswith("LibreOffice ")


def test_a_libreoffice_that_does_not_run_is_missing(run: Run, home: Path, tmp_path: Path) -> None:
    """A broken installation is worse than none: exit 8."""
    path = without_programs(tmp_path)
    broken = Path(path, "soffice")
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    told = Told(run, home, PATH=path)
    assert told.code == 8 and told["libreoffice"]["state"] == "missing"


@pytest.mark.parametrize(
    ("running", "default", "printer", "state", "words"),
    [
        ("scheduler is not running", "no system default destination", "", "notice", "没有运行"),
        ("scheduler is running", "no system default destination", "", "notice", "没有默认打印机"),
        ("scheduler is running", "system default destination: 大厅", "is idle.", "good", "默认打印机 大厅"),
        ("scheduler is running", "system default destination: 大厅", "disabled since", "notice", "已暂停"),
    ],
)
def test_the_print_queue_is_asked(
    run: Run, home: Path, tmp_path: Path, running: str, default: str, printer: str, state: str, words: str
) -> None:
    """What lpstat of CUPS answers in each case (its words as CUPS 2.4 says them)."""
    path = without_programs(tmp_path, "sh")
    for name, text in (
        ("lp", "exit 0"),
        ("lpstat", f'case $1 in -r) echo "{running}";; -d) echo "{default}";; -p) echo "{printer}";; esac'),
    ):
        program = Path(path, name)
        program.write_text(f"#!{shutil.which('sh')}\n{text}\n", encoding="utf-8")
        program.chmod(0o755)
    told = Told(run, home, PATH=path)
    assert told["printing"]["state"] == state and words in told["printing"]["means"], told["printing"]


def test_a_terminal_that_cannot_show_chinese_is_told(home: Path) -> None:
    """Input that is read as ASCII: a remark with the way out."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("GAOZHI_", "LC_", "LANG"))}
    environment |= {"PYTHONIOENCODING": "ascii", "GAOZHI_HOME": str(home), "PYTHONPATH": str(ROOT)}
    result = subprocess.run(
        [sys.executable, "-m", "gaozhi_cli", "doctor", "--format", "json"],
        env=environment, capture_output=True, timeout=120, stdin=subprocess.PIPE,
    )  # fmt: skip
    row = next(row for row in json.loads(result.stdout) if row["code"] == "encoding")
    assert row["state"] == "notice" and "UTF-8" in row["how"] and "ascii" in row["means"]
