"""``gaozhi ledger purge``: only by the county's own period, only when meant; what a purged case says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.builders import CITIZEN
from tests.cli.test_errors import NOT_READY, REFUSED, USAGE, kept, letter, told
from tests.conftest import ROOT, Run

NUMBER = "SC-2022-00001"
THEN = {"GAOZHI_AS_OF": "2022-03-01"}
NOW = {"GAOZHI_AS_OF": "2025-03-02"}  # the made-up county keeps three years
BUILT: dict[str, Path] = {}


@pytest.fixture
def county(run: Run, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made-up county with one case that ended in 2022. Built once, copied."""
    if "county" not in BUILT:
        built = tmp_path_factory.mktemp("purge") / "home"
        shutil.copytree(ROOT / "tests" / "homes" / "complete" / "catalog", built / "catalog")
        steps = [["commitment", step, NUMBER] for step in ("sign", "accept", "conclude")]
        for args in (letter("--no-public"), *steps):
            result = run(*args, home=built, env=THEN)
            assert result.returncode == 0, result.stderr
        BUILT["county"] = built
    return Path(shutil.copytree(BUILT["county"], tmp_path / "county"))


def test_nothing_is_purged_by_a_period_that_nobody_set(run: Run, home: Path) -> None:
    """The shipped catalog has none: exit 5 names the parameter and how to write it."""
    assert "没有台账" in told(run("ledger", "purge"), NOT_READY)
    run("ledger", "init")
    before = kept(home)
    message = told(run("ledger", "purge", "--yes", env=NOW), REFUSED)
    assert all(
        word in message for word in ("retention.commitment", "parameters.yaml", "since", "value", "source")
    )
    assert kept(home) == before


def test_it_is_done_only_when_meant(run: Run, county: Path) -> None:
    """A trial tells which, a pipe needs --yes, a day that has not come is refused, --before narrows."""
    before = kept(county)
    trial = run("ledger", "purge", "--dry-run", "--format", "json", home=county, env=NOW)
    assert json.loads(trial.stdout)["numbers"] == [NUMBER] and "虚构" in trial.stderr
    assert "--yes" in told(run("ledger", "purge", home=county, env=NOW), USAGE)
    assert "还没有到" in told(run("ledger", "purge", "--as-of", "2099-01-01", "--yes", home=county), USAGE)
    early = run(
        "ledger", "purge", "--yes", "--before", "2022-03-01", "--format", "json", home=county, env=NOW
    )
    assert json.loads(early.stdout)["cases"] == "0"
    early = run(
        "ledger", "purge", "--yes", "--format", "json", home=county, env={"GAOZHI_AS_OF": "2025-03-01"}
    )
    assert json.loads(early.stdout)["cases"] == "0"
    assert kept(county) == before


def test_a_purged_case(run: Run, county: Path) -> None:
    """Certificate told, chain whole, 已清除 wherever a name stood, and one clear sentence for the rest."""
    done = run("ledger", "purge", "--yes", "--format", "json", home=county, env=NOW)
    assert done.returncode == 0 and "备份" in done.stderr
    row = json.loads(done.stdout)
    assert (row["cases"], row["rows"], row["subjects"], row["files"]) == ("1", "1", "1", "1")
    assert all(Path(path).is_file() for path in row["certificates"]) and len(row["certificates"]) == 1
    assert not list((county / "letters").rglob("*.docx"))
    assert run("ledger", "verify", home=county).returncode == 0
    shown = json.loads(run("commitment", "show", NUMBER, "--format", "json", home=county).stdout)
    assert (shown["subject_name"], shown["subject_number"], shown["docx"]) == ("已清除",) * 3
    assert "已清除" in run("commitment", "list", home=county).stdout
    assert "已清除" in run("letter", "show", NUMBER, home=county).stdout
    before = kept(county)
    for args in (
        ["commitment", "show", NUMBER, "--reveal", "--reason", "核对"], ["letter", "print", NUMBER],
        ["letter", "pdf", NUMBER], ["letter", "document", "撤回", NUMBER],
    ):  # fmt: skip
        assert "清除" in told(run(*args, home=county), REFUSED), args
    again = run("ledger", "purge", "--yes", "--format", "json", home=county, env=NOW)
    assert json.loads(again.stdout)["cases"] == "0" and kept(county) == before
    new = run(*letter("--no-public", "--format", "json"), home=county, env=NOW)
    assert new.returncode == 0 and CITIZEN["name"] not in new.stderr


def test_at_a_terminal_it_asks(run: Run, county: Path) -> None:
    """Enter means no; 是 does it."""
    pytest.importorskip("pty", reason="没有伪终端（pty）")
    from tests.cli.test_terminal import terminal

    before = kept(county)
    for answer in ("", "否"):
        with terminal(county, "ledger", "purge", env=NOW) as at:
            at.answer(("不能恢复，确要清除吗", answer))
            assert at.end() == 2 and "没有清除" in at.screen
        assert kept(county) == before
    with terminal(county, "ledger", "purge", env=NOW) as at:
        at.answer(("将清除 1 件", "是"))
        assert at.end() == 0 and "清除证明" in at.screen
    assert len(list((county / "purges").iterdir())) == 2
