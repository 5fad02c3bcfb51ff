"""``gaozhi verify dispatch|sheets|receive|evidence`` and closing a whole sheet: what a clerk sees."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.builders import ORGANIZATION
from tests.cli.test_errors import ABSENT, REFUSED, USAGE, kept, letter, told
from tests.conftest import ROOT, Run

SHEET = "RS-2026-D00001"
CHECK = "RS-2026-00001-1"
OUT = ["verify", "dispatch", "RS-2026-00001", "--assignee", "李核查", "--out", "单"]
BUILT: dict[str, Path] = {}


@pytest.fixture
def site(run: Run, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The complete home with two open on-site checks at one place, out on RS-2026-D00001."""
    if "site" not in BUILT:
        built = Path(
            shutil.copytree(ROOT / "tests" / "homes" / "complete", tmp_path_factory.mktemp("v") / "h")
        )
        proofs = ("--proof", "rs-14.1", "--proof", "rs-14.2")
        for args in (
            letter(*proofs, item="14", form=ORGANIZATION),
            ["commitment", "sign", "RS-2026-00001"],
            ["commitment", "accept", "RS-2026-00001"],
            [*OUT[:-1], str(built / "单")],
        ):
            result = run(*args, home=built)
            assert result.returncode == 0, result.stderr
        BUILT["site"] = built
    return Path(shutil.copytree(BUILT["site"], tmp_path / "site"))


def as_json(run: Run, home: Path, *args: str, code: int = 0) -> Any:
    """What a command gives as JSON."""
    result = run(*args, "--format", "json", home=home)
    assert result.returncode == code, result.stderr
    return json.loads(result.stdout)


def filled(home: Path, *findings: str) -> str:
    """The sheet's json, filled in row by row; its path."""
    path = home / "单" / f"{SHEET}.json"
    whole = json.loads(path.read_text("utf-8"))
    for row, finding in zip(whole["checks"], findings, strict=True):
        row |= {"finding": finding, "evidence": "现场看过" if finding else "", "inspectors": ""}
    back = home.parent / "back.json"
    back.write_text(json.dumps(whole), "utf-8")
    return str(back)


def test_a_sheet_goes_out_is_listed_and_comes_back(run: Run, site: Path) -> None:
    """Listed while it is out, overdue after its day, no longer once it is back; the history tells of it."""
    (row,) = as_json(run, site, "verify", "sheets", "--dept", "人社局")
    assert (row["id"], row["assignee"], row["visits"], row["open"], row["overdue"]) == (
        SHEET, "李核查", "1", "2", False,
    )  # fmt: skip
    assert as_json(run, site, "verify", "sheets", "--overdue") == []
    (late,) = as_json(run, site, "verify", "sheets", "--overdue", "--as-of", "2026-12-16")
    assert late["overdue"] is True
    done = as_json(run, site, "verify", "receive", "rs-2026-d1", "--by", "王内勤", "--as-of", "2026-11-26")
    assert (done["received_on"], done["received_by"], done["open"]) == (
        "2026-11-26", "王内勤", [CHECK, "RS-2026-00001-2"],
    )  # fmt: skip
    assert as_json(run, site, "verify", "sheets") == []
    assert [one["id"] for one in as_json(run, site, "verify", "sheets", "--all")] == [SHEET]
    assert "王内勤收回" in told(run("verify", "receive", SHEET, home=site), REFUSED)
    assert "派出现场核查" in run("commitment", "history", "RS-2026-00001", home=site).stdout
    assert as_json(run, site, "ledger", "verify")["ok"] is True


def test_a_sheet_is_printed_again_by_its_number(run: Run, site: Path, tmp_path: Path) -> None:
    """The same bytes; no other flag goes with it; another file in the place is not overwritten."""
    again = as_json(run, site, "verify", "dispatch", SHEET, "--out", str(tmp_path / "补印"))
    assert (tmp_path / "补印" / f"{SHEET}.docx").read_bytes() == (site / "单" / f"{SHEET}.docx").read_bytes()
    assert again["visits"] == [f"第 1 处：{CHECK}、RS-2026-00001-2"]
    more = run("verify", "dispatch", SHEET, "--out", "x", "--assignee", "王核查", home=site)
    assert "只写它的编号" in told(more, USAGE)
    (tmp_path / "补印" / f"{SHEET}.json").write_text("{}")
    before = kept(site)
    other = run("verify", "dispatch", SHEET, "--out", str(tmp_path / "补印"), home=site)
    assert "已有另一份文件" in told(other, USAGE) and kept(site) == before


WRONG: list[tuple[list[str], int, str]] = [
    (OUT, REFUSED, f"已在工作单 {SHEET} 上"),
    (OUT[:5], USAGE, "--out"),
    ([*OUT[:3], *OUT[5:]], USAGE, "--assignee"),
    ([*OUT, "--window", "几天"], USAGE, "--window 应是工作日的天数"),
    (["verify", "dispatch", "RS-2026-D00009", "--out", "单"], ABSENT, "没有工作单 RS-2026-D00009"),
    (["verify", "dispatch", "--assignee", "王核查", "--out", "单"], ABSENT, "王核查 没有待派出的现场核查"),
    (["verify", "receive", "D1"], ABSENT, "不是工作单号"),
    (["verify", "evidence", CHECK, "没有.jpg"], 3, "没有.jpg"),
    (["verify", "evidence", CHECK, os.devnull], 3, "不是普通文件"),
    (["verify", "evidence", CHECK, __file__, "--kind", "视频"], USAGE, "照片|核查记录|其他文件"),
    (["verify", "close"], USAGE, "--from"),
    (["verify", "close", CHECK, "--from", "单.json"], USAGE, "--from 是整张工作单"),
    (["verify", "close", "--from", "没有.xlsx"], 3, "没有.xlsx"),
    (["verify", "close", CHECK, "--finding", "不再核查", "--evidence", "看过"], USAGE, "无法核实"),
]


@pytest.mark.parametrize(("args", "code", "words"), WRONG, ids=[" ".join(args)[:60] for args, _, _ in WRONG])
def test_what_is_refused_says_why_and_changes_nothing(
    run: Run, site: Path, args: list[str], code: int, words: str
) -> None:
    """One sentence with the way out, the documented code, the home as it was."""
    before = kept(site)
    assert words in told(run(*args, home=site), code)
    assert kept(site) == before


def test_evidence_is_kept_once_and_told_again(run: Run, site: Path, tmp_path: Path) -> None:
    """By digest and size; the file that was kept is known again, any other is not (exit 4)."""
    photo, other = tmp_path / "现场.JPG", tmp_path / "另一张.jpg"
    photo.write_bytes(b"made up" * 500_000)
    other.write_bytes(b"another")
    (row,) = as_json(run, site, "verify", "evidence", CHECK, str(photo), str(photo))
    assert (row["id"], row["kind"], row["bytes"], row["new"]) == (f"{CHECK}-E01", "photo", "3500000", True)
    again = as_json(run, site, "verify", "evidence", CHECK, str(photo), str(other))
    assert [one["new"] for one in again] == [False, True]
    (known,) = as_json(run, site, "verify", "evidence", CHECK, "--check", str(other))
    assert known["id"] == f"{CHECK}-E02"
    other.write_bytes(b"Another")
    missing = run("verify", "evidence", CHECK, "--check", str(other), home=site)
    assert "不是 RS-2026-00001-1 登记过的凭据" in told(missing, ABSENT)
    close = ["verify", "close", CHECK, "--finding", "属实", "--evidence", "见照片"]
    assert as_json(run, site, *close)["files"] == "2"


def test_a_whole_sheet_is_closed_or_nothing_of_it(run: Run, site: Path) -> None:
    """Exit 0 with what follows; 3 for bad data, 5 for a rule, 9 where the rest was to go on."""
    before = kept(site)
    args = ["verify", "close", "--from"]
    bad = run(*args, filled(site, "属实", "不属实"), home=site)
    assert "第 2 项：结论只能写" in told(bad, 3) and kept(site) == before
    some = as_json(run, site, *args, filled(site, "属实", "不属实"), "--keep-going", code=9)
    assert [row["status"] for row in some] == ["closed", "failed"]
    done = run(*args, filled(site, "属实", "不实"), home=site)
    assert done.returncode == 0 and "以前登记过" in done.stdout and "已登记" in done.stdout
    assert f"工作单 {SHEET} 还没有登记收回" in done.stderr
    assert as_json(run, site, "verify", "due") == []


def test_another_offices_check_and_two_persons(run: Run, site: Path) -> None:
    """GAOZHI_DEPT guards; where the county asks for two persons one is not enough, nor one named twice."""
    close = ["verify", "close", CHECK, "--finding", "未履行", "--evidence", "到期没有补办"]
    before = kept(site)
    other = run(*close, home=site, env={"GAOZHI_DEPT": "市监局"})
    assert "请由人社局下结论" in told(other, REFUSED) and kept(site) == before
    value = "{since: '2021-01-01', value: '2', source: 示例县核查办法（虚构）}"
    path = site / "catalog" / "parameters.yaml"
    path.write_text(
        path.read_text("utf-8") + f"\n  - id: verification.persons\n    values: [{value}]\n", "utf-8"
    )
    twice = [*close, "--inspector", "李核查", "--inspector", "李 核查"]
    assert "须 2 人以上核查（示例县核查办法（虚构）），现写明 1 人" in told(run(*twice, home=site), REFUSED)
    done = run(*close, "--inspector", "李核查、王核查", home=site, env={"GAOZHI_DEPT": "人社局"})
    assert done.returncode == 0, done.stderr


def test_an_adverse_finding_is_confirmed_at_a_terminal(run: Run, site: Path) -> None:
    """The case, whose it is and the proof are shown; no by default; a pipe is never asked."""
    pytest.importorskip("pty", reason="没有伪终端（pty）")
    from tests.cli.test_terminal import terminal

    close = ("verify", "close", CHECK, "--finding", "不实", "--evidence", "现场为空地")
    before = kept(site)
    with terminal(site, *close) as at:
        at.answer(("登记结论“不实”吗[是/否，回车为否]：", ""))
        assert at.end() == USAGE and "没有登记结论" in at.screen
    assert kept(site) == before
    with terminal(site, *close) as at:
        at.see("荥阳市测试职业技能鉴定所")
        at.see("证明：就业创业证")
        at.answer(("登记结论“不实”吗", "是"))
        assert at.end() == 0
    assert run(*close, home=site).returncode == REFUSED
