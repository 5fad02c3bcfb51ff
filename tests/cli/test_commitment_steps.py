"""The steps beside the straight way, typed as a clerk types them; and the 一般程序."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import CITIZEN, ORGANIZATION, flags
from tests.cli.test_errors import BAD, REFUSED, USAGE, office, told  # noqa: F401
from tests.conftest import Run

SC, RS = "SC-2026-00001", "RS-2026-00001"  # drawn up; accepted


def done(run: Run, home: Path, *args: str) -> dict[str, Any]:
    """What the command says of the case."""
    result = run(*args, "--format", "json", home=home)
    assert result.returncode == 0, result.stderr
    return dict(json.loads(result.stdout))


def test_refused_whole(run: Run, office: Path) -> None:  # noqa: F811
    """规程四（一）: the notice, what to bring, the next command; the words of the reason, not its code."""
    row = done(run, office, "commitment", "refuse", SC, "--reason", "not-met", "--text", "与告知的条件不符")
    assert (row["status"], row["track"], row["bring"]) == ("refused", "ordinary", ["经营场所证明"])
    assert Path(row["documents"][0]).read_bytes()[:2] == b"PK" and "ordinary conclude" in row["next"]
    shown = done(run, office, "commitment", "show", SC)
    assert shown["refusal"] == ["承诺的内容不符合行政机关告知的条件、标准、要求"]
    history = run("commitment", "history", SC, home=office).stdout
    assert "不予适用告知承诺制告知书" in history and "与告知的条件不符" not in history
    assert done(run, office, "ordinary", "conclude", SC)["status"] == "concluded"
    assert run("ledger", "verify", home=office).returncode == 0


def test_a_refusal_needs_its_reasons(run: Run, office: Path) -> None:  # noqa: F811
    """All that is missing at once; a code that is none; a case too far on."""
    message = told(run("commitment", "refuse", SC, home=office), USAGE)
    assert "--reason" in message and "--text" in message
    message = told(run("commitment", "refuse", SC, "--reason", "因为", "--text", "x事实", home=office), BAD)
    assert "not-met" in message
    told(run("commitment", "refuse", RS, "--reason", "not-met", "--text", "不符", home=office), REFUSED)


def test_withdrawn_and_what_follows(run: Run, office: Path) -> None:  # noqa: F811
    """通知五（六）: checks fall away and are due no more; what to bring is named."""
    assert json.loads(run("verify", "due", "--format", "json", home=office).stdout)
    message = told(run("commitment", "withdraw", RS, home=office), USAGE)
    assert "合理理由" in message
    message = told(
        run("commitment", "withdraw", RS, "--reason", f"号码 {CITIZEN['id_number']}", home=office), BAD
    )
    assert CITIZEN["id_number"] not in message
    row = done(run, office, "commitment", "withdraw", RS, "--reason", "已取得证明")
    assert row["status"] == "withdrawn" and len(row["bring"]) == 3 and row["documents"]
    assert json.loads(run("verify", "due", "--format", "json", home=office).stdout) == []
    close = ["verify", "close", f"{RS}-1", "--finding"]
    message = told(run(*close, "属实", "--evidence", "查过", home=office), REFUSED)
    assert "不再核查" in message
    message = told(run(*close, "不再核查", "--evidence", "x", home=office), USAGE)
    assert "无法核实" in message and "不再核查|" not in message


def test_supplemented_once(run: Run, office: Path) -> None:  # noqa: F811
    """一次性: the case waits, is listed with its date, and says when that has passed."""
    row = done(run, office, "commitment", "supplement", SC, "--lack", "unsigned", "--until", "2026-12-15")
    assert row["status"] == "supplementing"
    listed = json.loads(
        run(
            "commitment",
            "list",
            "--status",
            "补正中",
            "--format",
            "json",
            "--as-of",
            "2026-12-16",
            home=office,
        ).stdout
    )
    assert [(one["number"], one["supplement_until"], one["supplement_overdue"]) for one in listed] == [
        (SC, "2026-12-15", True)
    ]
    assert "--received" in told(run("commitment", "sign", SC, home=office), REFUSED)
    told(run("commitment", "supplement", SC, "--received", "--lack", "x", home=office), USAGE)
    assert done(run, office, "commitment", "supplement", SC, "--received")["status"] == "drawn-up"


def test_a_late_notice_says_so_where_the_county_has_a_period(run: Run, complete_home: Path) -> None:
    """规程四（一）: the county's own period, never one of the program's."""
    new = ["letter", "new", "--item", "64", *flags(CITIZEN)]
    number = json.loads(run(*new, "--format", "json", home=complete_home).stdout)["number"]
    args = ["commitment", "supplement", number, "--lack", "unsigned", "--dry-run", "--as-of"]
    assert "现已超过" not in run(*args, "2026-12-01", home=complete_home).stderr
    assert (
        "示例县收件办法（虚构），应在收到材料后 5 个工作日内（2026-12-01 前）"
        in run(*args, "2026-12-02", home=complete_home).stderr
    )


def test_checked_signed_scanned_served(run: Run, office: Path, tmp_path: Path) -> None:  # noqa: F811
    """The list, the digest of the scan, how and when it was served; each day stands in show."""
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"scan")
    rows = json.loads(run("commitment", "check", SC, "--format", "json", home=office).stdout)
    assert [row["needed"] for row in rows] == ["签名或者盖章的《证明事项告知承诺书》原件，一式两份"]
    assert run("commitment", "check", SC, "--complete", home=office).returncode == 0
    assert run("letter", "tell", SC, "--way", "纸质", "--guided", home=office).returncode == 0
    told(run("commitment", "sign", SC, "--scan", "没有.pdf", home=office), BAD)
    done(run, office, "commitment", "sign", SC, "--scan", str(scan))
    for step in ("accept", "conclude"):
        done(run, office, "commitment", step, SC)
    told(run("commitment", "serve", SC, home=office), USAGE)
    told(run("commitment", "serve", SC, "--way", "喊话", home=office), USAGE)
    done(run, office, "commitment", "serve", SC, "--way", "邮寄", "--receipt", str(scan))
    shown = done(run, office, "commitment", "show", SC)
    assert shown["scan_sha256"] == hashlib.sha256(b"scan").hexdigest()
    days = ("guided_on", "checked_on", "signed_on", "accepted_on", "concluded_on", "served_on")
    assert {shown[day] for day in days} == {"2026-11-24"} and shown["served_way_label"] == "邮寄送达"


def test_the_ordinary_way(run: Run, office: Path) -> None:  # noqa: F811
    """规程四（二）: a reason each time, its own numbers, both tracks in one list."""
    new = ["ordinary", "new", "--item", "64"]
    assert "不选择" in told(run(*new, *flags(CITIZEN)[:6], home=office), USAGE)
    missing = told(run(*new, "--because", "不选择", home=office), USAGE)
    assert "--name" in missing and "--id-number" in missing and "--phone" in missing
    wrong = ["--name", "测试甲", "--id-number", "410182199001010031", "--phone", "13800000000"]
    told(run(*new, "--because", "不选择", *wrong, home=office), BAD)
    organization = {k: ORGANIZATION[k] for k in ("name", "uscc", "contact", "phone", "address")}
    row = done(run, office, *new, "--because", "无法承诺", *flags(organization))
    assert (row["number"], row["track"], row["bring"]) == ("SC-2026-Y00001", "ordinary", ["经营场所证明"])
    assert done(run, office, "ordinary", "conclude", "sc-2026-y1")["status"] == "concluded"
    listed = json.loads(run("commitment", "list", "--dept", "SC", "--format", "json", home=office).stdout)
    assert [(one["number"], one["track"]) for one in listed] == [
        (SC, "commitment"), ("SC-2026-Y00001", "ordinary")
    ]  # fmt: skip
    shown = done(run, office, "commitment", "show", "SC-2026-Y00001")
    assert shown["docx"] is None and shown["choice_label"] == "申请人不愿承诺或者无法承诺"


@pytest.mark.parametrize(
    "args",
    [("refuse", "--reason", "not-met", "--text", "不符"), ("withdraw", "--reason", "已取得证明"),
     ("supplement", "--lack", "unsigned")],
)  # fmt: skip
def test_a_trial_leaves_nothing(run: Run, office: Path, args: tuple[str, ...]) -> None:  # noqa: F811
    """--dry-run: checked and drawn, neither recorded nor written."""
    files = sorted(office.rglob("*.docx"))
    ledger = (office / "ledger.db").read_bytes()
    result = run("commitment", args[0], SC, *args[1:], "--dry-run", home=office)
    assert result.returncode == 0 and "试运行" in result.stderr
    assert sorted(office.rglob("*.docx")) == files and (office / "ledger.db").read_bytes() == ledger


def test_at_a_terminal_the_order_comes_first(office: Path) -> None:  # noqa: F811
    """Nothing is asked for a step that the case cannot take; what is missing is asked for otherwise."""
    pytest.importorskip("pty", reason="没有伪终端（pty）")
    from tests.cli.test_terminal import terminal

    with terminal(office, "commitment", "serve", SC) as at:
        assert at.end() == REFUSED and "怎样送达" not in at.screen
    with terminal(office, "commitment", "refuse", SC) as at:
        at.see("承诺的内容不符合行政机关告知的条件")
        at.answer(("第 1 条", "7"), ("第 2 条", ""), ("事实和理由", "与告知的条件不符"))
        assert at.end() == 0 and "不予适用告知承诺制告知书" in at.screen


def test_at_a_terminal_the_list_is_held_against_the_materials(run: Run, office: Path) -> None:  # noqa: F811
    """规程四（一）: a no accepts nothing; Enter accepts."""
    pytest.importorskip("pty", reason="没有伪终端（pty）")
    from tests.cli.test_terminal import terminal

    done(run, office, "commitment", "sign", SC)
    with terminal(office, "commitment", "accept", SC) as at:
        at.see("原件，一式两份")
        at.answer(("都齐全吗", "n"))
        assert at.end() == USAGE and "一次告知" in at.screen
    with terminal(office, "commitment", "accept", SC) as at:
        at.answer(("都齐全吗", ""))
        assert at.end() == 0
    assert done(run, office, "commitment", "show", SC)["status"] == "accepted"
