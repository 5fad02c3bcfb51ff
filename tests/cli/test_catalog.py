"""``gaozhi catalog``: all 67 rows, the four ways to name an office, what is known and what is missing."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run

PROOF = {"id", "name", "method", "label", "group", "issuer"}
METHODS = {"online": "在线核查", "onsite": "现场核查", "exempt": "免于核查"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for the reading tests of this file: its catalog is compiled once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def rows() -> dict[str, list[dict[str, Any]]]:
    """Listings kept for the tests of this file."""
    return {}


@pytest.fixture
def items(run: Run, rows: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The whole listing as JSON, read once."""
    if "all" not in rows:
        rows["all"] = json.loads(run("catalog", "list", "--format", "json").stdout)
    return rows["all"]


def listed(run: Run, *args: str, home: Path | None = None) -> list[dict[str, Any]]:
    """A listing with filters."""
    kept = {"home": home} if home else {}
    result = run("catalog", "list", *args, "--format", "json", **kept)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def test_all_sixty_seven_rows_are_listed_in_printed_order(items: list[dict[str, Any]]) -> None:
    """附件1 has 67 rows; 序号 as printed, ids each once."""
    assert [item["no"] for item in items] == [str(n) for n in range(1, 68)]
    assert len({item["id"] for item in items}) == 67


def test_an_item_has_the_promised_keys_and_types(items: list[dict[str, Any]]) -> None:
    """ids and numbers are text; proofs and methods are lists; a proof has its own method."""
    for item in items:
        assert {"id", "no", "office", "office_name", "matter", "proofs", "methods"} <= set(item)
        assert all(isinstance(item[key], str) for key in ("id", "no", "office", "office_name", "matter"))
        assert item["proofs"] and all(set(proof) >= PROOF for proof in item["proofs"])
        assert {proof["method"] for proof in item["proofs"]} == set(item["methods"])
        assert all(proof["label"] == METHODS[proof["method"]] for proof in item["proofs"])
        assert all(proof["group"] in ("all", "any", "by circumstance") for proof in item["proofs"])
        assert all(proof["issuer"] is None or isinstance(proof["issuer"], str) for proof in item["proofs"])


@pytest.mark.parametrize("name", ["人社局", "荥阳市人力资源和社会保障局", "RS", "rs", "rsj", " 市人社局 "])
def test_an_office_goes_by_any_of_its_names(run: Run, items: list[dict[str, Any]], name: str) -> None:
    """Short names, the full name, the code and the pinyin initials mean the same office."""
    assert listed(run, "--dept", name) == [item for item in items if item["office"] == "RS"]


@pytest.mark.parametrize(
    ("word", "method"), [("online", "online"), ("现场核查", "onsite"), ("线上核查", "online")]
)
def test_methods_go_by_word_or_label(run: Run, items: list[dict[str, Any]], word: str, method: str) -> None:
    """English word, Chinese label, and 线上核查 as rows 34 to 37 print it."""
    assert listed(run, "--method", word) == [item for item in items if method in item["methods"]]


def test_filters_narrow_each_other(run: Run, items: list[dict[str, Any]]) -> None:
    """An office and a method and words."""
    found = listed(run, "--dept", "rsj", "--method", "onsite", "--search", "档案")
    assert [item["no"] for item in found] == ["15"]
    assert len(listed(run, "--search", "营业执照 取水")) == 3, "every word must be there"


def test_nothing_found_is_an_empty_list(run: Run) -> None:
    """No hit is no fault: [] and exit 0."""
    assert listed(run, "--search", "没有这样的事项") == []
    assert listed(run, "--as-of", "2021-10-10") == [], "the catalog came into force a day later"


def test_show_tells_what_is_known_and_what_is_missing(run: Run) -> None:
    """Item 64 as shipped: the printed row, and what the office has still to fill in, with clauses."""
    shown = json.loads(run("catalog", "show", "64", "--format", "json").stdout)
    assert shown["matter"] == "个体工商户设立登记" and shown["office_name"] == "荥阳市市场监督管理局"
    assert [proof["name"] for proof in shown["proofs"]] == ["经营场所证明"]
    assert (shown["basis"], shown["agent_allowed"], shown["disclosure"]) == ([], None, None)
    assert (shown["period"], shown["standard"]) == ([], [])
    assert all(set(gap) == {"code", "message", "clause", "field"} for gap in shown["missing"])
    codes = {gap["code"] for gap in shown["missing"]}
    assert {"basis", "content", "agent", "disclosure", "contact_person", "contact_phone"} <= codes
    assert "period" not in codes, "an exempt proof has no period"


def test_show_of_an_item_checked_on_site_misses_its_period(run: Run) -> None:
    """Item 14: the notice gives no number of days, so none is invented."""
    shown = json.loads(run("catalog", "show", "14", "--format", "json").stdout)
    assert {"period", "standard"} <= {gap["code"] for gap in shown["missing"]} and shown["period"] == []
    text = run("catalog", "show", "14").stdout
    assert "未定期限" in text and "任选其一" in text


@pytest.mark.parametrize("name", ["8", "rs-08", "RS-08", "失业登记"])
def test_an_item_goes_by_number_id_or_name(run: Run, name: str) -> None:
    """Printed 序号, id, or the words of the matter."""
    shown = json.loads(run("catalog", "show", name, "--format", "json").stdout)
    assert shown["no"] == "8"
    assert all(proof["group"] == "by circumstance" and proof["when"] for proof in shown["proofs"])


def test_a_complete_county_misses_nothing(run: Run, complete_home: Path) -> None:
    """The fixture county: basis with 条款项, periods with their source, an agent allowed."""
    result = run("catalog", "show", "24", "--format", "json", home=complete_home)
    shown = json.loads(result.stdout)
    assert shown["missing"] == [] and shown["agent_allowed"] is True
    basis = shown["basis"][0]
    assert basis["place"] == "第24条第1款第2项" and basis["law"] and basis["text"] and basis["source"]
    assert all("10 个工作日" in line and "示例县核查办法" in line for line in shown["period"])
    table = run("catalog", "show", "24", home=complete_home).stdout
    assert "可以" in table and "第24条第1款第2项" in table
    assert all(proof["issuer"] for proof in shown["proofs"])


def test_every_format_holds_all_rows(run: Run) -> None:
    """table, csv, tsv and ndjson of one listing agree; csv has its BOM, the pipe no colour."""
    made = {name: run("catalog", "list", "--format", name) for name in ("table", "csv", "tsv", "ndjson")}
    assert all(result.returncode == 0 and "\x1b" not in result.stdout for result in made.values())
    assert made["csv"].stdout.startswith("\ufeff")
    table = list(csv.reader(io.StringIO(made["csv"].stdout.removeprefix("\ufeff"))))
    assert len(table) == 68 and {len(row) for row in table} == {len(table[0])} and "序号" in table[0]
    tsv = [line.split("\t") for line in made["tsv"].stdout.splitlines()]
    assert len(tsv) == 68 and {len(row) for row in tsv} == {len(tsv[0])} and tsv[0][:2] == ["id", "no"]
    assert [json.loads(line)["no"] for line in made["ndjson"].stdout.splitlines()] == [
        row[1] for row in tsv[1:]
    ]
    assert len(made["table"].stdout.splitlines()) == 68


def test_common_flags_stand_anywhere(run: Run) -> None:
    """Before the group, before the command, behind it; the nearer to the command wins."""
    rest = ["list", "--dept", "气象局"]
    outputs = {
        run("--format", "json", "catalog", *rest).stdout,
        run("catalog", "--format", "json", *rest).stdout,
        run("catalog", *rest, "--format", "json").stdout,
        run("--format", "csv", "catalog", "--format", "tsv", *rest, "--format", "json").stdout,
    }
    assert len(outputs) == 1 and len(json.loads(outputs.pop())) == 1


def test_a_listing_can_be_written_to_a_file(run: Run, tmp_path: Path) -> None:
    """-o: the file holds what stdout would have held, stdout nothing, stderr the word of it."""
    path = tmp_path / "清单.csv"
    result = run("catalog", "list", "--format", "csv", "-o", str(path))
    assert (result.returncode, result.stdout) == (0, "") and str(path) in result.stderr
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert path.read_text("utf-8") == run("catalog", "list", "--format", "csv").stdout
    assert [p.name for p in tmp_path.iterdir() if p.suffix == ".tmp"] == []


def test_the_catalog_of_the_home_lies_over_the_shipped_one(run: Run, tmp_path: Path) -> None:
    """A county's own file changes one setting; the compiled catalog follows the file at once."""
    own = tmp_path / "county" / "catalog" / "items" / "rs.yaml"
    own.parent.mkdir(parents=True)
    for allowed, expected in (("是", True), ("否", False)):
        decision = f"{{allowed: {allowed}, source: 测试（虚构）}}"
        own.write_text(f"office: RS\nitems:\n  - id: rs-08\n    agent: {decision}\n", "utf-8")
        result = run("catalog", "show", "8", "--format", "json", home=tmp_path / "county")
        shown = json.loads(result.stdout)
        assert shown["agent_allowed"] is expected and len(shown["proofs"]) == 7
