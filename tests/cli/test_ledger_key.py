"""``gaozhi ledger key``: where the key stands, backup, restore, rotation, as an administrator types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.builders import CITIZEN, ORGANIZATION
from tests.cli import test_errors
from tests.cli.test_errors import BAD, NOT_READY, REFUSED, USAGE, kept, letter, told
from tests.conftest import Run

office = test_errors.office  # the fixture: SC-2026-00001 drawn up, RS-2026-00001 accepted
KEYS = {"id", "file", "state", "rows", "retired", "backed_up_on", "backup_current", "rotated_on"}


def overview(run: Run, home: Path) -> dict[str, object]:
    """What ``ledger key`` says."""
    result = run("ledger", "key", "--format", "json", home=home)
    assert result.returncode == 0, result.stderr
    shown: dict[str, object] = json.loads(result.stdout)
    assert set(shown) == KEYS
    return shown


def test_a_keys_life(run: Run, office: Path, tmp_path: Path) -> None:
    """Backed up, rotated, backed up again, lost, put back; the overview follows, no secret is ever shown."""
    first = overview(run, office)
    assert (first["rows"], first["backup_current"], first["backed_up_on"]) == ("2", False, None)
    done = run("ledger", "key", "backup", "--out", "一.key", home=office)
    assert done.returncode == 0 and "读回来打得开台账" in done.stderr
    second = overview(run, office)
    assert (second["backup_current"], second["backed_up_on"]) == (True, "2026-11-24")
    rotated = run("ledger", "key", "rotate", home=office)
    assert rotated.returncode == 0 and "重新包装了 2 行" in rotated.stderr and "backup" in rotated.stderr
    third = overview(run, office)
    assert third["id"] != first["id"] and third["retired"] == [first["id"]]
    assert (third["rows"], third["backup_current"], third["rotated_on"]) == ("2", False, "2026-11-24")
    run("ledger", "key", "backup", "--out", "二.key", home=office)
    (key,) = (office / "keys").iterdir()
    secrets = [json.loads(key.read_bytes())[name] for name in ("wrap", "match")]
    key.unlink()
    lost = run("ledger", "key", home=office)
    assert lost.returncode == 0 and "找不到台账的密钥文件" in lost.stdout
    assert "ledger key backup" not in lost.stdout, "a key that is lost cannot be backed up"
    told(run("ledger", "key", "restore", "一.key", home=office), BAD)
    done = run("ledger", "key", "restore", "二.key", home=office)
    assert done.returncode == 0 and str(key) in done.stderr
    assert key.read_bytes() == (tmp_path / "二.key").read_bytes()
    assert "不用放回" in run("ledger", "key", "restore", "一.key", home=office).stderr
    shown = run("commitment", "show", "SC-2026-00001", "--reveal", "--reason", "核对", home=office)
    assert CITIZEN["name"] in shown.stdout
    assert run("ledger", "verify", home=office).returncode == 0
    for result in (rotated, lost, done):
        assert not [secret for secret in secrets if secret in result.stdout + result.stderr]


def test_refusals_in_one_sentence(run: Run, office: Path, tmp_path: Path) -> None:
    """Each with its exit code; nothing is changed."""
    (tmp_path / "有.key").write_text("x")
    before = kept(office)
    backup = ("ledger", "key", "backup")
    assert "--out" in told(run(*backup, home=office), USAGE)
    assert "没有覆盖" in told(run(*backup, "--out", "有.key", home=office), USAGE)
    assert "是文件夹" in told(run(*backup, "--out", str(tmp_path), home=office), USAGE)
    assert "--yes" in told(run(*backup, "--out", str(office / "k"), home=office), REFUSED)
    assert "没有这个文件" in told(run(*backup, "--out", "没有/k", home=office), NOT_READY)
    assert "--yes" in told(run("ledger", "key", "rotate", "--forget", home=office), USAGE)
    assert "没有命令" in told(run("ledger", "key", "nonsense", home=office), USAGE)
    for args in (("backup", "--out", "k"), ("rotate",)):
        result = run("ledger", "key", *args, "--dry-run", home=office)
        assert result.returncode == 0 and "试运行" in result.stderr
    assert kept(office) == before and not (tmp_path / "k").exists()


@pytest.mark.parametrize("args", [("backup", "--out", "k"), ("restore", "k"), ("rotate",)])
def test_without_a_ledger_there_is_no_key(run: Run, home: Path, args: tuple[str, ...]) -> None:
    """And none is made for it."""
    assert "没有台账" in told(run("ledger", "key", *args), NOT_READY)
    assert run("ledger", "key").returncode == 0 and kept(home) == {}


def test_forget_drops_the_retired_keys(run: Run, office: Path) -> None:
    """With --yes; the ledger opens as before."""
    done = run("ledger", "key", "rotate", "--forget", "--yes", home=office)
    assert done.returncode == 0 and overview(run, office)["retired"] == []
    shown = run("commitment", "show", "RS-2026-00001", "--reveal", "--reason", "核对", home=office)
    assert ORGANIZATION["name"] in shown.stdout


def test_the_work_goes_on_without_the_key(run: Run, office: Path) -> None:
    """By number everything is seen and most is done; what seals or opens personal data is refused (7)."""
    for key in (office / "keys").iterdir():
        key.unlink()
    sc, rs = "SC-2026-00001", "RS-2026-00001"
    for args in (
        ["commitment", "list"], ["commitment", "show", sc], ["commitment", "history", rs], ["verify", "due"],
        ["letter", "show", sc], ["letter", "tell", sc, "--way", "纸质"], ["commitment", "sign", sc],
        ["commitment", "accept", sc], ["commitment", "conclude", sc],
        ["verify", "schedule", rs, "--due", "2026-12-31", "--assignee", "李核查"], ["ledger", "verify"],
    ):  # fmt: skip
        result = run(*args, home=office)
        assert result.returncode == 0, (args, result.stderr)
    before = kept(office)
    for args in (
        letter(), ["verify", "close", f"{rs}-1", "--finding", "属实", "--evidence", "核对"],
        ["commitment", "list", "--subject", CITIZEN["name"]],
        ["commitment", "conclude", rs, "--request-id", "r"],
    ):  # fmt: skip
        assert "ledger key restore" in told(run(*args, home=office), NOT_READY), args
    assert kept(office) == before


def test_at_a_terminal_it_asks(office: Path) -> None:
    """Before the copy lies beside the ledger, before keys are forgotten: Enter means no."""
    pytest.importorskip("pty", reason="没有伪终端（pty）")
    from tests.cli.test_terminal import terminal

    before = kept(office)
    with terminal(office, "ledger", "key", "backup", "--out", str(office / "k.key")) as at:
        at.answer(("仍要放在这里吗", ""))
        assert at.end() == REFUSED
    with terminal(office, "ledger", "key", "rotate", "--forget") as at:
        at.answer(("确要丢弃吗", "否"))
        assert at.end() == USAGE and "没有轮换" in at.screen
    assert kept(office) == before
    with terminal(office, "ledger", "key", "backup", "--out", str(office / "k.key")) as at:
        at.answer(("仍要放在这里吗", "是"))
        assert at.end() == 0 and (office / "k.key").is_file()
