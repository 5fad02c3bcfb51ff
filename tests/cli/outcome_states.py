"""Brings the case RS-2026-00001 of the home at work to where a step of 处理 can be taken."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import Run

NUMBER = "RS-2026-00001"
FALSE = ["verify", "close", f"{NUMBER}-1", "--finding", "不实", "--evidence", "登记信息比对不一致"]
NOTICE = ["outcome", "notice", f"{NUMBER}-1", "--text", "与承诺不符", "--way", "直接送达", "--measure"]
TERMINATE = [*NOTICE, "终止办理"]
RECTIFY = [*NOTICE, "责令限期整改", "--content", "变更登记"]
PENALIZE = [*NOTICE, "行政处罚", "--content", "罚款", "--basis", "某条例第十条", "--hearing-right", "是"]
WAIVED = ["outcome", "hear", f"{NUMBER}-M1", "--waived"]
DECIDE = ["outcome", "decide", f"{NUMBER}-M1", "--document", "荥人社处〔2026〕1号"]
TRANSFER = [
    "outcome", "decide", f"{NUMBER}-1", "--measure", "移送", "--document", "荥人社移〔2026〕1号",
    "--text", "涉嫌犯罪", "--set", "受移送单位=某公安局", "--set", "案件材料=report",
]  # fmt: skip
BEFORE = {
    "serve": [FALSE, TERMINATE[:5] + TERMINATE[7:]],
    "hear": [FALSE, PENALIZE],
    "decide": [FALSE, TERMINATE, WAIVED],
    "drop": [FALSE, TERMINATE],
    "recheck": [FALSE, RECTIFY, WAIVED, [*DECIDE, "--due", "2026-12-31"]],
    "close": [FALSE, TRANSFER],
    "show": [FALSE, TERMINATE],
    "list": [FALSE, TERMINATE],
    "due": [FALSE, TERMINATE],
}


def done(run: Run, home: Path, *steps: list[str]) -> None:
    """The steps, each as a clerk types it."""
    for args in steps:
        result = run(*args, home=home)
        assert result.returncode == 0, (args, result.stderr)


def bring(run: Run, home: Path, args: list[str]) -> None:
    """What comes before a step of 处理."""
    before = BEFORE.get(args[0], [FALSE])
    if "移送司法机关" in args:
        before = [FALSE]
    done(run, home, *before)
