"""``gaozhi report coverage``: orphans, 领域 and candidates on the command line (规程一)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import a_catalog
from tests.conftest import Run
from tests.rendering.test_formats import sheet_cells

KEYS = ["part", "part_label", "item", "no", "office_name", "matter", "proof", "field", "items", "frequency"]
KEYS += ["difficulty", "score", "rationale"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for the reading tests of this file: its catalog is compiled once."""
    folder = tmp_path_factory.mktemp("home")
    a_catalog(folder)
    return folder


def coverage(run: Run, *args: str, **kept: Any) -> list[dict[str, Any]]:
    """The report as JSON."""
    result = run("report", "coverage", *args, "--format", "json", **kept)
    assert result.returncode == 0, result.stderr
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    assert all(list(row) == KEYS for row in rows)
    return rows


def test_the_shipped_catalog_has_67_orphans_no_field_and_no_candidate(run: Run) -> None:
    """附件1 gives no 权责清单 and no 领域; candidates are the county's, and how to write them is told."""
    result = run("report", "coverage", "--format", "json")
    rows = json.loads(result.stdout)
    by_part = {
        part: [row for row in rows if row["part"] == part] for part in ("orphans", "fields", "candidates")
    }
    assert [row["no"] for row in by_part["orphans"]] == [str(n) for n in range(1, 68)]
    assert [row["items"] for row in by_part["fields"]] == [0] * 7 + [67]
    assert by_part["fields"][-1]["field"] == "（未填领域）"
    assert by_part["candidates"] == [] and "catalog/candidates.yaml" in result.stderr
    assert len(rows) == 67 + 8


def test_the_complete_county_is_covered(run: Run, complete_home: Path) -> None:
    """No orphan, every item in a field; the candidates by 频次 × 难度, reckoned on paper."""
    rows = coverage(run, home=complete_home)
    assert {row["part"] for row in rows} == {"fields", "candidates"}
    fields = {row["field"]: row["items"] for row in rows if row["part"] == "fields"}
    assert sum(fields.values()) == 67 and fields["（未填领域）"] == 0 and fields["社会保险"] == 10
    ranked = [
        (r["proof"], r["frequency"], r["difficulty"], r["score"]) for r in rows if r["part"] == "candidates"
    ]
    assert ranked == [
        ("工作年限证明", 5200, "中（×2）", 10400),
        ("户籍证明", 5200, "低（×1）", 5200),
        ("家庭收入证明", 640, "高（×3）", 1920),
        ("案件受理证明", 210, "高（×3）", 630),
        ("居住证明", 38, "低（×1）", 38),
    ]
    assert all(row["rationale"] and row["office_name"] for row in rows if row["part"] == "candidates")


@pytest.mark.parametrize(
    ("part", "rows"), [("无权责清单", 67), ("orphans", 67), ("领域", 8), ("fields", 8), ("候选", 0)]
)
def test_a_part_by_itself(run: Run, part: str, rows: int) -> None:
    """--part by label or word."""
    assert len(coverage(run, "--part", part)) == rows


def test_an_office_by_itself(run: Run, complete_home: Path) -> None:
    """--dept: its orphans, candidates and items by field."""
    orphans = coverage(run, "--part", "无权责清单", "--dept", "人社局")
    assert [row["no"] for row in orphans] == [str(n) for n in range(2, 16)]
    rows = coverage(run, "--dept", "rsj", home=complete_home)
    assert [row["score"] for row in rows if row["part"] == "candidates"] == [10400, 1920]
    assert sum(row["items"] for row in rows if row["part"] == "fields") == 14


def test_a_candidate_the_county_has_written_is_ranked(run: Run, tmp_path: Path) -> None:
    """The county's own file; a field that is not named is refused at its place."""
    own = tmp_path / "catalog" / "candidates.yaml"
    own.parent.mkdir()
    text = (
        "candidates:\n  - id: qx-hx-01\n    office: QX\n    matter: 防雷检测\n    proof: 资质证明\n"
        "    frequency: {count: \"7\", year: \"2025\", source: 虚构}\n"
        "    difficulty: {level: 高, source: 虚构}\n    field: FIELD\n"
    )  # fmt: skip
    own.write_text(text.replace("FIELD", "法律服务"), encoding="utf-8")
    (row,) = coverage(run, "--part", "候选", home=tmp_path)
    assert (row["office_name"], row["field"], row["score"]) == ("荥阳市气象局", "法律服务", 21)
    own.write_text(text.replace("FIELD", "气象服务"), encoding="utf-8")
    result = run("report", "coverage", home=tmp_path)
    assert result.returncode == 3 and "catalog/candidates.yaml:8:" in result.stderr


def test_the_table_and_the_sheet(run: Run, complete_home: Path, tmp_path: Path) -> None:
    """A pipe gets tab-separated lines under Chinese headings, -o a sheet."""
    lines = run("report", "coverage", "--part", "候选", home=complete_home).stdout.splitlines()
    assert lines[0].split("\t")[0] == "部分" and len(lines) == 6
    assert "10400" in lines[1].split("\t")
    assert run("report", "coverage", "-o", "覆盖.xlsx", home=complete_home).returncode == 0
    sheet = sheet_cells((tmp_path / "覆盖.xlsx").read_bytes())
    assert len(sheet) == 1 + 14 + 5 and "频次×难度" in sheet[0]


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [(["--part", "全部"], 2, "无权责清单|领域|候选"), (["--dept", "财政局"], 4, "没有单位")],
)
def test_what_is_not_known_is_told(run: Run, args: list[str], code: int, told: str) -> None:
    """With what may be written."""
    result = run("report", "coverage", *args)
    assert (result.returncode, result.stdout) == (code, "") and told in result.stderr


def test_fields_of_an_office_are_counted_or_refused(run: Run, complete_home: Path) -> None:
    """An empty table for an office with 14 items is no answer."""
    result = run("report", "coverage", "--part", "领域", "--dept", "人社局", home=complete_home)
    assert result.returncode == 2 or len(result.stdout.splitlines()) > 1 or result.stderr
