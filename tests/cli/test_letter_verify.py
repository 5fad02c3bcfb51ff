"""``gaozhi letter verify | show | tell``: what the clerk types, the words that come back, the exit code."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import docx
import pytest

from gaozhi_cli.rendering import qr
from gaozhi_cli.storage.connect import open_ledger
from tests.builders import CITIZEN, a_catalog, a_clock, flags
from tests.cli.test_errors import ABSENT, BAD, NOT_READY, PERSONAL, REFUSED, USAGE, letter, told
from tests.conftest import ROOT, Run
from tests.rendering.letters import changed
from tests.rendering.test_docx_template import swapped

NUMBER = "SC-2026-00001"
OLD = ROOT / "tests" / "data" / "ledger-format-1"


@pytest.fixture(scope="module")
def drawn_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a letter that is still to be told, made once to copy from."""
    import subprocess
    import sys

    folder = tmp_path_factory.mktemp("drawn-up")
    a_catalog(folder)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GAOZHI_")}
    environment |= {"GAOZHI_HOME": str(folder), "GAOZHI_AS_OF": "2026-11-24", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "gaozhi_cli", *letter("--told", "以后")]
    subprocess.run(command, check=True, env=environment, capture_output=True)
    return folder


@pytest.fixture
def home(drawn_up: Path, tmp_path: Path) -> Path:
    """A home with a letter that is still to be told."""
    return Path(shutil.copytree(drawn_up, tmp_path / "home"))


def answer(run: Run, *args: str, code: int = 0, **options: Any) -> dict[str, Any]:
    """What a command answers, as JSON."""
    result = run(*args, "--format", "json", **options)
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def the_file(home: Path) -> Path:
    """The letter's file."""
    return home / "letters" / "SC" / "2026" / f"{NUMBER}.docx"


def code_of(home: Path) -> str:
    """What the letter's QR says."""
    ledger = open_ledger(str(home / "ledger.db"), home / "keys", a_clock)
    assert ledger is not None
    row = ledger.letter(NUMBER)
    ledger.close()
    assert row is not None and row.anchor is not None
    return qr.payload(NUMBER, row.fields, row.anchor)


def test_the_file_a_copy_and_an_altered_one(run: Run, home: Path, tmp_path: Path) -> None:
    """0, 0 and 5; the words say which, and where; nothing personal on either stream."""
    found = answer(run, "letter", "verify", str(the_file(home)))
    assert found == {
        "number": NUMBER, "same": True, "verdict": "identical",
        "verdict_label": "就是登记的那一份，一字节不差", "differences": [],
        "official_number": "荥市监告承〔2026〕00001号", "matter": "个体工商户设立登记",
        "subject_name": "测**", "signed_on": None,
    }  # fmt: skip
    docx.Document(str(the_file(home))).save(str(tmp_path / "另存.docx"))
    found = answer(run, "letter", "verify", "另存.docx")
    assert (found["same"], found["verdict"]) == (True, "same-text")
    data = changed(the_file(home).read_bytes(), CITIZEN["name"], "测试丙")
    (tmp_path / "改.docx").write_bytes(data)
    found = answer(run, "letter", "verify", "改.docx", code=5)
    assert (found["same"], found["verdict"], found["differences"]) == (False, "altered", ["姓名：…"])
    shown = run("letter", "verify", "改.docx")
    assert shown.returncode == 5 and "与登记的不一致" in shown.stdout and "姓名：…" in shown.stdout
    assert not [value for value in PERSONAL if value in shown.stdout + shown.stderr]


def test_what_the_qr_says(run: Run, home: Path) -> None:
    text = code_of(home)
    assert answer(run, "letter", "verify", "--code", text)["number"] == NUMBER
    wrong = text[:-1] + ("0" if text[-1] != "0" else "1")
    assert answer(run, "letter", "verify", "--code", wrong, code=5)["differences"] == ["二维码"]
    unknown = text.replace(NUMBER, "SC-2026-00999")
    assert "SC-2026-00999" in told(run("letter", "verify", "--code", unknown), ABSENT)
    assert "二维码" in told(run("letter", "verify", "--code", "https://example.com"), BAD)


def test_files_that_cannot_be_compared(run: Run, home: Path, tmp_path: Path) -> None:
    """3 for what is no document, 4 for what is not ours, 2 for half a command."""
    (tmp_path / "x.txt").write_text("文字", "utf-8")
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF")
    document = docx.Document()
    document.add_paragraph("关于放假的通知")
    document.save(str(tmp_path / "通知.docx"))
    for args, code, words in (
        (["x.txt"], BAD, "只能核对 docx 和 PDF"),
        (["x.pdf"], BAD, "PDF"),
        (["没有.docx"], BAD, "没有.docx"),
        (["通知.docx"], ABSENT, "没有本台账登记过的编号"),
        ([], USAGE, "--code"),
        (["x.txt", "--code", "GZ1"], USAGE, "只写一个"),
    ):
        assert words in told(run("letter", "verify", *args), code), args


def test_without_ledger_or_key(run: Run, home: Path, tmp_path: Path) -> None:
    """7 or 4 with the way out; the bytes are compared without the key all the same."""
    data = the_file(home).read_bytes()
    text = code_of(home)
    (tmp_path / "改.docx").write_bytes(changed(data, CITIZEN["name"], "测试丙"))
    (home / "keys").rename(home / "away")
    assert answer(run, "letter", "verify", str(the_file(home)))["verdict"] == "identical"
    assert answer(run, "letter", "verify", "--code", text)["verdict"] == "code"
    assert "密钥" in told(run("letter", "verify", "改.docx"), NOT_READY)
    (home / "ledger.db").unlink()
    assert "台账" in told(run("letter", "verify", str(the_file(home))), ABSENT)
    assert "台账" in told(run("letter", "verify", "--code", text), ABSENT)


def test_verifying_writes_nothing(run: Run, home: Path, tmp_path: Path) -> None:
    before = (home / "ledger.db").read_bytes()
    docx.Document(str(the_file(home))).save(str(tmp_path / "另存.docx"))
    for name in (str(the_file(home)), "另存.docx"):
        assert run("letter", "verify", name).returncode == 0
    assert (home / "ledger.db").read_bytes() == before


def test_told_later_and_shown(run: Run, home: Path) -> None:
    """以后, then ``tell``: shown before and after; by number or 文号; the journal has it; too late after."""
    shown = answer(run, "letter", "show", NUMBER)
    assert (shown["told_at"], shown["told_way"], shown["docx_state"]) == (None, None, "完好")
    assert re.fullmatch("[0-9a-f]{64}", shown["told_sm3"])
    trial = run("letter", "tell", NUMBER, "--way", "纸质", "--dry-run")
    assert trial.returncode == 0 and "试运行" in trial.stderr
    assert answer(run, "letter", "show", NUMBER)["told_at"] is None
    done = answer(
        run, "letter", "tell", "荥市监告承〔2026〕00001号", "--way", "电子", "--operator", "窗口一号"
    )
    assert (done["told_way"], done["told_way_label"], done["told_by"]) == (
        "electronic",
        "电子文本",
        "窗口一号",
    )
    assert done["told_sm3"] == shown["told_sm3"]
    again = answer(run, "letter", "show", NUMBER)
    assert {key: again[key] for key in done} == done
    history = answer(run, "commitment", "history", NUMBER)
    assert [entry["act"] for entry in history] == ["letter.draw-up", "letter.make", "letter.tell"]  # type: ignore[index]
    assert run("commitment", "sign", NUMBER).returncode == 0
    assert "已签署" in told(run("letter", "tell", NUMBER, "--way", "纸质"), REFUSED)
    assert "--way" in told(run("letter", "tell", NUMBER), USAGE)
    assert "纸质" in told(run("letter", "tell", NUMBER, "--way", "口头"), USAGE)
    assert "SC-2026-00009" in told(run("letter", "tell", "SC-2026-00009", "--way", "纸质"), ABSENT)


def test_the_signature_tells_where_nobody_did(run: Run, home: Path) -> None:
    assert run("commitment", "sign", NUMBER).returncode == 0
    shown = answer(run, "letter", "show", NUMBER)
    assert shown["told_way_label"] == "纸质" and shown["told_at"] and shown["told_by"]


@pytest.mark.parametrize(("said", "way"), [("电子文本", "electronic"), ("paper", "paper"), (None, None)])
def test_told_with_the_letter(run: Run, home: Path, said: str | None, way: str | None) -> None:
    """``letter new`` records a telling only where the clerk says so; it is then still to come."""
    more = ["--told", said] if said else []
    number = answer(run, *letter(*more))["number"]
    shown = answer(run, "letter", "show", number)
    assert shown["told_way"] == way and bool(shown["told_at"]) == bool(way)
    assert ("尚未登记" in shown["told_way_label"]) == (way is None)
    assert "以后" in told(run(*letter("--told", "口头")), USAGE)


def test_show_says_what_became_of_the_file(run: Run, home: Path) -> None:
    """Whole, altered, lost and to be made again, lost for good."""
    path = the_file(home)
    good = path.read_bytes()
    path.write_bytes(good + b"\0")
    assert answer(run, "letter", "show", NUMBER)["docx_state"].startswith("被改动过")
    path.unlink()
    assert "重做" in answer(run, "letter", "show", NUMBER)["docx_state"]
    shutil.rmtree(home / "templates" / "used")
    assert "重做" in answer(run, "letter", "show", NUMBER)["docx_state"]  # the template of now is the same
    own = swapped("以下为办理机关的补充说明", "本县的补充说明")
    (home / "templates" / "commitment_letter.docx").write_bytes(own)
    assert "备份" in answer(run, "letter", "show", NUMBER)["docx_state"]
    text = run("letter", "show", NUMBER).stdout
    assert not [value for value in CITIZEN.values() if value in text]


def test_show_a_letter_still_to_be_made(run: Run, home: Path, tmp_path: Path) -> None:
    """Registered, but its place is taken: shown as 待生成, and what makes it."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "SC-2026-00002.docx").write_bytes(b"another's")
    assert run(*letter("--out", "out")).returncode == NOT_READY
    assert "待生成" in answer(run, "letter", "show", "SC-2026-00002")["docx_state"]
    (out / "SC-2026-00002.docx").unlink()
    assert "已补上 SC-2026-00002" in run("letter", "tell", NUMBER, "--way", "纸质").stderr
    assert answer(run, "letter", "show", "SC-2026-00002")["docx_state"] == "完好"


def test_a_letter_of_a_ledger_of_the_format_before(run: Run, tmp_path: Path) -> None:
    """Migrated: shown without anchor and telling; what cannot be compared or remade is said, not guessed."""
    old = Path(shutil.copytree(OLD, tmp_path / "old"))
    for path in (old / "ledger.db", *(old / "keys").iterdir()):
        path.chmod(0o600)
    assert run("ledger", "migrate", home=old).returncode == 0
    shown = answer(run, "letter", "show", NUMBER, home=old)
    assert (shown["anchor"], shown["told_at"], shown["told_sm3"]) == (None, None, None)
    assert shown["docx_state"] == "不在了，所用的模板也不在了（请从备份放回）"
    assert "备份" in told(run("letter", "print", NUMBER, home=old), NOT_READY)
    document = docx.Document()
    document.add_paragraph("编号：荥市监告承〔2026〕00001号")
    document.save(str(tmp_path / "旧.docx"))
    assert "旧格式" in told(run("letter", "verify", "旧.docx", home=old), NOT_READY)
    code = "GZ1 SC-2026-00001 8d197061bdd456b1d9c087cf594db905 1-75eacaab00a5cc56"
    assert "旧格式" in told(run("letter", "verify", "--code", code, home=old), NOT_READY)
    assert "已受理" in told(run("letter", "tell", NUMBER, "--way", "纸质", home=old), REFUSED)
    assert run("commitment", "conclude", NUMBER, home=old).returncode == 0
    new = answer(run, "letter", "new", "--item", "64", *flags(CITIZEN), home=old)["number"]
    assert answer(run, "letter", "show", new, home=old)["anchor"]
    assert run("ledger", "verify", home=old).returncode == 0
