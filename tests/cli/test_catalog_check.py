"""``gaozhi catalog check``: what a clerk and a cron line see of the lint and of readiness (通知五（一）)."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from gaozhi_cli.cli.listings.catalog_check import row_ranges
from gaozhi_cli.domain.readiness import GAPS
from tests.builders import CITIZEN, a_catalog, flags
from tests.conftest import Run
from tests.rendering.test_formats import sheet_cells

KEYS = ["severity", "severity_label", "rule", "title", "item", "no", "office", "proof", "words", "message"]
KEYS += ["way_out", "clause", "waiver", "waived"]
SOURCE = {"source": "本县决定（虚构）"}
ACCEPTED = 'accepted: 是, by: 测试管理员, date: "2026-01-05"'


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for the reading tests of this file: its catalog is compiled once."""
    folder = tmp_path_factory.mktemp("home")
    a_catalog(folder)
    return folder


def found(run: Run, *args: str, code: int, **kept: Any) -> list[dict[str, Any]]:
    """The findings as JSON, with the exit code expected."""
    result = run("catalog", "check", *args, "--format", "json", **kept)
    assert result.returncode == code, result.stderr
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def rows(text: str) -> list[dict[str, str]]:
    """The table in a pipe, by its headings."""
    return list(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))


# a county of its own, in which everything is as it should be


def write(home: Path, name: str, document: dict[str, Any]) -> None:
    """A file of the county's, as JSON, which is YAML."""
    path = home / "catalog" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def entry(**changes: Any) -> dict[str, Any]:
    """An item that no rule has anything to say of; ``None`` takes a key away."""
    whole = {
        "id": "aa-01",
        "no": "1",
        "matter": "档案转递",
        "proofs": {"id": "aa-01.1", "name": "学历证书", "method": "在线核查"},
        "basis": [{"law": "测试条例（虚构）", "article": "一", "text": "应当提交学历证书", **SOURCE}],
        "content": ["证明申请人的学历。"],
        "standard": "与学历信息中的姓名、学校、日期一致",
        "issuer": "某学校（虚构）",
        "verification": {"period": "10", "since": "2026-01-01", **SOURCE},
    }
    return {key: value for key, value in (whole | changes).items() if value is not None}


@pytest.fixture
def county(tmp_path: Path) -> Path:
    """That county."""
    folder = tmp_path / "county"
    write(folder, "county", {"name": "测试县", "extends": "none"})
    write(
        folder,
        "catalog",
        {"version": "1", "title": "测试清单", "effective": "2026-01-01", "source": "虚构"},
    )
    write(folder, "offices", {"offices": [{"code": "AA", "name": "测试县档案局", "short": ["档案局"]}]})
    write(folder, "items/aa", {"office": "AA", "items": [entry()]})
    return folder


def test_nothing_to_say_is_exit_0(run: Run, county: Path) -> None:
    """A county that has done its work: no row, exit 0, and the sum on stderr."""
    assert found(run, code=0, home=county) == []
    result = run("catalog", "check", home=county)
    assert result.returncode == 0 and rows(result.stdout) == []
    assert result.stderr == "共 0 条：错误 0、警告 0、提示 0；已豁免 0\n"


@pytest.mark.parametrize(
    ("changes", "rule", "code"),
    [
        ({"basis": None}, "missing-basis", 5),
        ({"verification": None}, "missing-period", 5),
        ({"standard": None}, "missing-standard", 5),
        ({"standard": "与有关信息一致"}, "vague", 5),
        ({"issuer": "档案局"}, "self-issued", 5),
        ({"issuer": "档案局", "issuer_source": "一般常识，未核实"}, "self-issued", 0),
        ({"matter": "消防档案转递"}, "exclusion", 0),
    ],
)
def test_one_fault_is_one_row_and_only_an_error_is_exit_5(
    run: Run, county: Path, changes: dict[str, Any], rule: str, code: int
) -> None:
    """docs/catalog.md: 有没有豁免的错误，命令以 5 退出；警告、提示不影响退出码."""
    write(county, "items/aa", {"office": "AA", "items": [entry(**changes)]})
    (row,) = found(run, code=code, home=county)
    assert list(row) == KEYS
    assert (row["rule"], row["item"], row["no"], row["office"]) == (rule, "aa-01", "1", "AA")
    assert (row["severity"] == "error") is (code == 5)
    assert row["message"] and row["way_out"] and row["clause"] and row["title"]
    assert row["waiver"] is None and row["waived"] is False


def test_an_excluded_proof_is_an_error_and_its_letter_is_refused(run: Run, county: Path) -> None:
    """通知四: still listed, it is named by the check; the letter is refused with all that was decided."""
    assessment = {
        "excluded": "是",
        "area": "国家秘密",
        "ground": "学历涉密",
        "assessor": "县档案局评估组",
        "date": "2026-01-05",
    }
    write(county, "items/aa", {"office": "AA", "items": [entry(assessment=assessment)]})
    (row,) = found(run, code=5, home=county)
    assert row["rule"] == "exclusion" and row["severity"] == "error" and "国家秘密" in row["message"]
    letter = ["letter", "new", "--item", "1", *flags(CITIZEN)]
    result = run(*letter, "--format", "json", home=county)
    assert result.returncode == 5
    (problem,) = json.loads(result.stdout)["error"]["problems"]
    assert problem["code"] == "excluded" and problem["clause"].startswith("通知四")
    for word in ("学历证书", "国家秘密", "学历涉密", "县档案局评估组", "2026-01-05", "不适用告知承诺制"):
        assert word in problem["message"] and word in result.stderr
    assert list((county / "letters").rglob("*.docx")) == []
    write(county, "items/aa", {"office": "AA", "items": [entry(assessment=assessment | {"excluded": "否"})]})
    assert found(run, code=0, home=county) == []
    assert run(*letter, home=county).returncode == 0


# waivers


def waived(home: Path, *entries: str) -> None:
    """The county's waivers.yaml."""
    (home / "catalog").mkdir(exist_ok=True)
    text = "waivers:\n" + "".join(f"  - {{{entry}}}\n" for entry in entries)
    (home / "catalog" / "waivers.yaml").write_text(text, encoding="utf-8")


def test_a_waiver_counts_once_the_county_has_accepted_it(run: Run, county: Path) -> None:
    """Proposed: 待确认, still an error, exit 5. Accepted: shown as waived, not counted, exit 0."""
    write(county, "items/aa", {"office": "AA", "items": [entry(standard=None)]})
    own = "id: W-1, rules: [missing-standard], items: [aa-01], reason: 由学校另行核对"
    waived(county, own)
    (row,) = found(run, code=5, home=county)
    assert (row["waiver"], row["waived"]) == ("W-1", False)
    table = run("catalog", "check", home=county)
    assert rows(table.stdout)[0]["豁免"] == "W-1（待确认）"
    assert "错误 1" in table.stderr and "1 条有建议的豁免（待本县确认）" in table.stderr
    waived(county, f"{own}, {ACCEPTED}")
    (row,) = found(run, code=0, home=county)
    assert (row["waiver"], row["waived"], row["severity"]) == ("W-1", True, "error")
    table = run("catalog", "check", home=county)
    assert rows(table.stdout)[0]["豁免"] == "W-1（已确认）"
    assert table.stderr.startswith("共 1 条：错误 0、警告 0、提示 0；已豁免 1\n豁免 W-1（已确认）")
    assert len(found(run, "--as-of", "2026-01-04", code=5, home=county)) == 1, "认可之日以前不起作用"


def test_a_shipped_proposal_is_accepted_by_its_id(run: Run, home: Path, tmp_path: Path) -> None:
    """附件1 第29行, the regulation's own words: W-29 待确认, until the county says so."""
    only = ("--rule", "vague", "--dept", "水利局")
    (row,) = found(run, *only, code=5)
    assert (row["no"], row["waiver"], row["waived"]) == ("29", "W-29", False)
    waived(tmp_path, f"id: W-29, {ACCEPTED}")
    (row,) = found(run, *only, code=0, home=tmp_path)
    assert (row["waiver"], row["waived"]) == ("W-29", True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id: W-1, rules: [vagueness], items: [sl-29], reason: 理由", "没有规则“vagueness”"),
        ("id: W-1, rules: [vague], items: [sl-29], reason: 理由, accepted: 是", "要在 citation 写明"),
    ],
)
def test_a_faulty_waiver_is_refused_at_its_place(run: Run, tmp_path: Path, text: str, told: str) -> None:
    """Exit 3 with file and line; the listing of the catalog does not suffer from it."""
    waived(tmp_path, text)
    result = run("catalog", "check", home=tmp_path)
    assert (result.returncode, result.stdout) == (3, "")
    assert result.stderr.startswith("错误：catalog/waivers.yaml:2:") and told in result.stderr
    a_catalog(tmp_path)


# the shipped 清单


def test_the_shipped_catalog_has_errors(run: Run) -> None:
    """附件1 as printed: exit 5; graver findings first, each rule together; the sum on stderr."""
    result = run("catalog", "check", "--format", "json")
    findings = json.loads(result.stdout)
    assert result.returncode == 5 and all(list(row) == KEYS for row in findings)
    grades = [row["severity"] for row in findings]
    assert grades == sorted(grades, key=["error", "warning", "advice"].index)
    rules = [(row["severity"], row["rule"]) for row in findings]
    assert len(set(rules)) == sum(a != b for a, b in zip(rules, [None, *rules], strict=False))
    counted = [f"{label} {grades.count(word)}" for word, label in
               (("error", "错误"), ("warning", "警告"), ("advice", "提示"))]  # fmt: skip
    assert f"共 {len(findings)} 条：{'、'.join(counted)}；已豁免 0" in result.stderr
    assert {row["severity_label"] for row in findings} == {"错误", "警告", "提示"}
    assert not any(row["waived"] for row in findings)


def test_filters_narrow_each_other_and_the_exit_code(run: Run) -> None:
    """--rule, --severity, --dept: what is shown decides, for an office that looks at its own."""
    whole = found(run, code=5)
    assert found(run, "--rule", "half-width", code=0) == [r for r in whole if r["rule"] == "half-width"]
    assert found(run, "--dept", "rsj", code=5) == [r for r in whole if r["office"] == "RS"]
    assert found(run, "--severity", "warning", code=0) == [r for r in whole if r["severity"] == "warning"]
    both = found(run, "--dept", "水利局", "--severity", "错误", "--rule", "vague", code=5)
    assert [row["item"] for row in both] == ["sl-29"]
    assert found(run, "--rule", "vague", "--severity", "提示", code=0) == []


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (["--rule", "vagueness"], 2, "可用：vague|"),
        (["--severity", "严重"], 2, "错误|警告|提示"),
        (["--dept", "财政局"], 4, "没有单位"),
        (["-o", "审查.docx"], 2, "不能写成 docx"),
        (["--format", "xlsx"], 2, "-o"),
    ],
)
def test_what_is_not_known_is_told_with_the_way_out(run: Run, args: list[str], code: int, told: str) -> None:
    """No guess: what may be written is listed."""
    result = run("catalog", "check", *args)
    assert (result.returncode, result.stdout) == (code, "") and told in result.stderr


def test_rows_that_share_a_finding_share_a_line(run: Run) -> None:
    """The table: one line for the same words, rows as 58–59; 67 rows without a basis in one."""
    whole = found(run, code=5)
    table = rows(run("catalog", "check").stdout)
    assert len(table) < len(whole) / 2
    by_rule = {row["规则"]: row for row in table}
    assert by_rule["missing-basis"]["序号"] == "1–67"
    assert by_rule["missing-basis"]["说明"] == "67 个事项，见 catalog show"
    assert by_rule["missing-period"]["序号"] == "1、3–7、9–25、34–48"
    statement = [row for row in table if row["规则"] == "not-a-proof" and "书面声明" in row["词句"]]
    assert [row["序号"] for row in statement] == ["58–59"]
    told = {(row["规则"], row["说明"]) for row in table}
    for row in whole:
        assert row["rule"].startswith("missing-") or (row["rule"], row["message"]) in told
    assert [row["豁免"] for row in table if row["序号"] == "29" and row["规则"] == "vague"] == [
        "W-29（待确认）"
    ]


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ("1 2 3 5", "1–3、5"),
        ("58 59", "58–59"),
        ("9 10", "9–10"),
        ("7", "7"),
        ("4 4 5 4", "4–5"),
        ("3 1 2", "3、1–2"),
        ("1 甲 2", "1、甲、2"),
        ("01 02", "01–02"),
        ("", ""),
    ],
)
def test_rows_in_one_cell(numbers: str, told: str) -> None:
    """Runs with a dash, the rest with 、, in the order given, each once."""
    assert row_ranges(numbers.split()) == told


def test_a_sheet_can_be_passed_on(run: Run, tmp_path: Path) -> None:
    """-o check.xlsx: every finding by itself under Chinese headings, nothing on stdout; still exit 5."""
    whole = found(run, code=5)
    result = run("catalog", "check", "-o", "审查.xlsx")
    assert (result.returncode, result.stdout) == (5, "") and "审查.xlsx" in result.stderr
    sheet = sheet_cells((tmp_path / "审查.xlsx").read_bytes())
    assert len(sheet) == len(whole) + 1
    assert sheet[0][:4] == ["程度代码", "程度", "规则", "规则名称"] and "已豁免" in sheet[0]
    place = {name: sheet[0].index(name) for name in ("规则", "事项", "说明", "豁免", "已豁免")}
    read = [[row[place[name]] for name in place] for row in sheet[1:]]
    assert read == [[row["rule"], row["item"], row["message"], row["waiver"] or "", "否"] for row in whole]


def test_every_format_has_the_same_findings(run: Run) -> None:
    """csv, tsv and ndjson of one office."""
    only = ("--dept", "气象局")
    whole = found(run, *only, code=5)
    made = {
        name: run("catalog", "check", *only, "--format", name).stdout for name in ("csv", "tsv", "ndjson")
    }
    assert [json.loads(line) for line in made["ndjson"].splitlines()] == whole
    tsv = [line.split("\t") for line in made["tsv"].splitlines()]
    assert tsv[0] == KEYS and [row[2] for row in tsv[1:]] == [row["rule"] for row in whole]
    assert made["csv"].startswith("\ufeff程度代码") and len(made["csv"].splitlines()) == len(whole) + 1


def test_a_terminal_gets_blocks(home: Path) -> None:
    """A heading for each rule with its clause and the way out once, the rows under it; exit 5."""
    from tests.cli.test_terminal import terminal

    with terminal(home, "catalog", "check", "--rule", "method-differs") as at:
        assert at.end() == 0
        screen = at.screen.replace("\r\n", "\n")
    assert screen.count("警告  同一证明核查方式不同（method-differs）  通知五（三）\n") == 1
    assert screen.count("    出路：统一核查方式") == 1
    lines = [line for line in screen.splitlines() if line.startswith("  第 ")]
    assert [line.split(" 行  ")[0] for line in lines] == ["  第 14", "  第 29、31–32", "  第 41、46–48"]
    assert screen.rstrip().endswith("共 8 条：错误 0、警告 8、提示 0；已豁免 0")
    with terminal(home, "catalog", "check", "--dept", "水利局", "--rule", "vague") as at:
        assert at.end() == 5
        assert "第 29 行" in at.screen and "豁免 W-29（待确认）" in at.screen


# readiness


def test_readiness_is_a_row_for_each_office(run: Run, complete_home: Path) -> None:
    """--ready: exit 0 though nothing is ready; items, ready ones, each gap counted; JSON with stable keys."""
    result = run("catalog", "check", "--ready", "--format", "json")
    shipped = json.loads(result.stdout)
    assert result.returncode == 0
    assert all(list(row) == ["office", "office_name", "items", "ready", *GAPS] for row in shipped)
    told = {row["office"]: (row["items"], row["ready"], row["basis"], row["period"]) for row in shipped}
    assert told["RS"] == (14, 0, 14, 12) and told["SC"] == (17, 0, 17, 0) and told["WJ"] == (11, 0, 11, 11)
    assert sum(row["items"] for row in shipped) == 67 and len(shipped) == 10
    assert "67 个事项，内容齐备的 0 个" in result.stderr
    result = run("catalog", "check", "--ready", "--format", "json", home=complete_home)
    whole = json.loads(result.stdout)
    assert [(row["items"], row["ready"]) for row in whole] == [(r["items"], r["items"]) for r in shipped]
    assert all(row[gap] == 0 for row in whole for gap in GAPS)
    assert "67 个事项，内容齐备的 67 个" in result.stderr


def test_readiness_as_a_table(run: Run) -> None:
    """Offices as people call them, headings that say what is lacking; one office by itself."""
    table = rows(run("catalog", "check", "--ready").stdout)
    assert list(table[0]) == ["承办单位", "事项数", "齐备", *GAPS.values()]
    assert [row["承办单位"] for row in table][:3] == ["民宗局", "人社局", "社保中心"]
    (one,) = rows(run("catalog", "check", "--ready", "--dept", "商务局").stdout)
    assert (one["事项数"], one["核查期限"], one["开具单位"]) == ("5", "4", "5")


@pytest.mark.parametrize("args", [["--rule", "没有"], ["--severity", "没有"], ["--rule", "vague"]])
def test_readiness_has_no_rules(run: Run, args: list[str]) -> None:
    """What has no effect is refused as wrong usage."""
    assert run("catalog", "check", "--ready", *args).returncode == 2
