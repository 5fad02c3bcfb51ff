"""处理, typed as a clerk types it: what is told, listed, asked, refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import ORGANIZATION
from tests.cli.outcome_states import (
    DECIDE,
    FALSE,
    NOTICE,
    NUMBER,
    PENALIZE,
    RECTIFY,
    TERMINATE,
    WAIVED,
    done,
)
from tests.cli.test_errors import ABSENT, BAD, REFUSED, USAGE, office, told  # noqa: F401
from tests.conftest import Run


def row(run: Run, home: Path, *args: str) -> Any:
    """What a command says, as JSON."""
    result = run(*args, "--format", "json", home=home)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_the_way_of_a_case_that_is_terminated(run: Run, office: Path) -> None:  # noqa: F811
    """From the finding to the decision by what each step says next; the case, its file, its journal."""
    closed = row(run, office, *FALSE)
    assert f"gaozhi outcome notice {NUMBER}" in "".join(closed["next"])
    (left,) = row(run, office, "outcome", "due")
    assert (left["check"], left["state_label"], left["id"]) == (f"{NUMBER}-1", "未开始处理", None)
    assert row(run, office, "outcome", "due", "--overdue") == []
    noticed = row(run, office, *TERMINATE)
    assert noticed["id"] == f"{NUMBER}-M1" and Path(noticed["documents"][0]).is_file()
    (waits,) = row(run, office, "outcome", "due")
    assert "--until 日期" in waits["next"] and waits["due_on"] is None and waits["overdue"] is False
    assert "没有填 statement" in told(run(*DECIDE, home=office), REFUSED)
    served = row(run, office, "outcome", "serve", "rs-2026-1-m1", "--until", "2026-11-30")
    assert served["statement_until"] == "2026-11-30"
    later = ("--as-of", "2026-12-01")
    assert run("outcome", "due", "--exit-code", home=office).returncode == 0
    assert run("outcome", "due", "--exit-code", "--overdue", *later, home=office).returncode == 5
    decided = row(run, office, *DECIDE, *later, "--request-id", "d1")
    assert row(run, office, *DECIDE, *later, "--request-id", "d1")["credit"] == decided["credit"]
    number = [*DECIDE[:2], NUMBER, *DECIDE[3:], "--request-id", "d1"]
    assert row(run, office, *number, *later)["id"] == decided["id"]
    assert (decided["case_status"], decided["state"], decided["credit"]) == (
        "terminated", "closed", "C2026-00001"
    )  # fmt: skip
    assert row(run, office, "outcome", "due") == []
    shown = row(run, office, "commitment", "show", NUMBER)
    assert shown["status_label"] == "已终止办理" and "荥人社处〔2026〕1号" in shown["outcomes"][0]
    assert run("credit", "check", ORGANIZATION["uscc"], *later, home=office).returncode == 5
    history = run("commitment", "history", NUMBER, home=office).stdout
    assert all(word in history for word in ("事先告知", "终止办理告知书", "C2026-00001"))
    assert "与承诺不符" not in history
    revealed = run("commitment", "show", NUMBER, "--reveal", "--reason", "复议", home=office).stdout
    assert "告知的事实和理由 与承诺不符" in revealed
    assert [one["id"] for one in row(run, office, "outcome", "list", "--measure", "终止")] == [decided["id"]]
    assert row(run, office, "outcome", "show", NUMBER)["result_label"] == "已执行"
    assert run("ledger", "verify", home=office).returncode == 0


def test_what_is_missing_or_wrong(run: Run, office: Path) -> None:  # noqa: F811
    """Exit 2 for what the command lacks, 5 for what the law does not allow, 4 for what is not there."""
    done(run, office, FALSE)
    told(run("outcome", "notice", NUMBER, home=office), USAGE)
    assert "终止办理" in told(run(*NOTICE, "罚", home=office), USAGE)
    assert "--content" in told(run(*NOTICE, "责令限期整改", home=office), USAGE)
    assert "--basis" in told(run(*NOTICE, "行政处罚", "--content", "罚款", home=office), REFUSED)
    right = [*NOTICE, "行政处罚", "--content", "罚款", "--basis", "某条例第十条"]
    assert "--hearing-right" in told(run(*right, home=office), REFUSED)
    told(run(*right, "--hearing-right", "也许", home=office), USAGE)
    told(run("outcome", "decide", NUMBER, home=office), ABSENT)
    assert "先告知当事人" in told(
        run(*DECIDE[:2], NUMBER, "--measure", "终止", *DECIDE[3:], home=office), REFUSED
    )
    told(run("outcome", "show", f"{NUMBER}-M9", home=office), ABSENT)
    assert "无可处理" not in told(
        run("outcome", "notice", f"{NUMBER}-2", *TERMINATE[3:], home=office), REFUSED
    )
    done(run, office, TERMINATE)
    told(run("outcome", "hear", NUMBER, home=office), USAGE)
    told(run("outcome", "hear", NUMBER, "--waived", "--ask-hearing", home=office), USAGE)
    done(run, office, WAIVED)
    told(run(*DECIDE[:3], home=office), USAGE)
    secret = f"给 {ORGANIZATION['uscc']} 13800000000 的决定"
    message = told(run(*DECIDE[:4], secret, home=office), BAD)
    assert "13800000000" not in message
    told(run("outcome", "close", NUMBER, "--result", "好了", home=office), USAGE)
    assert row(run, office, "credit", "list") == []


def test_a_recheck_waits_for_its_day(run: Run, office: Path) -> None:  # noqa: F811
    """限期整改: its check is made and listed, opens early only at the party's word."""
    done(run, office, FALSE, RECTIFY, WAIVED)
    assert "--due" in told(run(*DECIDE, home=office), REFUSED)
    decided = row(run, office, *DECIDE, "--due", "2026-12-20")
    assert decided["recheck"] == f"{NUMBER}-4" and decided["case_status"] == "accepted"
    assert f"{NUMBER}-4" in [one["id"] for one in row(run, office, "verify", "due")]
    told(run("outcome", "recheck", NUMBER, home=office), REFUSED)
    (waits,) = row(run, office, "outcome", "due", "--as-of", "2026-12-21")
    assert waits["overdue"] is True and f"verify close {NUMBER}-4" in waits["next"]
    done(run, office, ["outcome", "recheck", NUMBER, "--reported"])
    done(run, office, ["verify", "close", f"{NUMBER}-4", "--finding", "属实", "--evidence", "已变更登记"])
    settled = run("outcome", "recheck", NUMBER, "--format", "json", home=office)
    assert json.loads(settled.stdout)["state"] == "closed" and "credit repair" in settled.stderr


def test_a_penalty_wants_what_the_law_wants_in_it(run: Run, office: Path) -> None:  # noqa: F811
    """行政处罚法第五十九条: how it is met, where to complain: refused until they are there."""
    done(run, office, FALSE, PENALIZE, WAIVED)
    message = told(run(*DECIDE, home=office), USAGE)
    assert all(word in message for word in ("履行方式和期限", "复议机关", "起诉期限"))
    off = ["outcome", "hear", NUMBER, "--hearing-off", "--text", "当事人撤回要求"]
    done(run, office, ["outcome", "hear", NUMBER, "--ask-hearing"], off)
    shown = run("commitment", "show", NUMBER, "--reveal", "--reason", "复议", home=office).stdout
    assert "听证终止的原因 当事人撤回要求" in shown
    blanks = ("履行方式和期限", "复议机关", "复议期限", "起诉法院", "起诉期限")
    sets = [part for name in blanks for part in ("--set", f"{name}=依法确定")]
    decided = row(run, office, *DECIDE, *sets)
    assert decided["state"] == "decided" and "outcome close" in decided["next"]


def test_a_clerk_is_asked_only_what_is_missing(run: Run, office: Path) -> None:  # noqa: F811
    """At a terminal: the measure, the facts; then the number of the decision."""
    pytest.importorskip("pty", reason="没有伪终端（pty）")
    from tests.cli.test_terminal import terminal

    done(run, office, FALSE)
    with terminal(office, "outcome", "notice", NUMBER, "--way", "直接", "--until", "2026-11-30") as at:
        at.answer(("拟作出哪一种处理", "1"), ("事实和理由", "与承诺不符"))
        assert at.end() == 0 and "事先告知书" in at.screen
    done(run, office, WAIVED)
    with terminal(office, "outcome", "decide", NUMBER) as at:
        at.answer(("决定文书的文号", "荥人社终〔2026〕1号"))
        assert at.end() == 0 and "已终止办理" in at.screen
