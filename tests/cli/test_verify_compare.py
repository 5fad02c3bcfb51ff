"""``gaozhi verify compare`` and ``verify sources``: real small registers, and what each fault exits with."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.builders import CITIZEN, ORGANIZATION
from tests.cli.test_errors import kept, letter
from tests.conftest import Run
from tests.sources.test_gateway import Gateway, Handler

KEYS = {"id", "outcome", "fields", "receipt", "source", "as_of"}
HEAD = "统一社会信用代码,名称,状态,期限至"
GOOD = f"{ORGANIZATION['uscc']},{ORGANIZATION['name']},存续,长期"
CASE = "MZ-2026-00001"
BUILT: dict[str, Path] = {}


@pytest.fixture
def county(
    run: Run, compiled_complete: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The complete home: a case with two online checks, one proof of which a match may close."""
    if "county" not in BUILT:
        built = tmp_path_factory.mktemp("c") / "h"
        shutil.copytree(compiled_complete, built)
        (built / "数据").mkdir()
        for args in (
            letter(item="1", form=ORGANIZATION, site_address=""),
            ["commitment", "sign", CASE],
            ["commitment", "accept", CASE],
        ):
            assert run(*args, home=built).returncode == 0
        BUILT["county"] = built
    return Path(shutil.copytree(BUILT["county"], tmp_path / "county"))


def extract(home: Path, *rows: str, day: str = "20261120") -> Path:
    """A new extract of the licences, in GB18030."""
    path = home / "数据" / f"营业执照{day}.csv"
    path.write_bytes("\r\n".join([HEAD, *rows]).encode("gb18030"))
    return path


def compare(
    run: Run, home: Path, *args: str, code: int = 0, source: str = "营业执照"
) -> list[dict[str, Any]]:
    """The rows of a run, as JSON."""
    result = run("verify", "compare", *args, "--source", source, "--format", "json", home=home)
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr and ORGANIZATION["uscc"] not in result.stdout + result.stderr
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def test_a_match_closes_what_the_county_has_named(run: Run, county: Path) -> None:
    """The promised keys; one of two checks is closed; the newest extract is read; a trial writes nothing."""
    extract(county, f"{ORGANIZATION['uscc']},{ORGANIZATION['name']},注销,长期", day="20261118")
    extract(county, GOOD)
    before = kept(county)
    trial = compare(run, county, "--all", "--dry-run")
    assert kept(county) == before
    rows = compare(run, county, "--all")
    assert rows == trial and all(set(row) >= KEYS for row in rows)
    assert [(row["outcome"], row["closed"], row["as_of"]) for row in rows] == [
        ("match", True, "2026-11-20"), ("match", False, "2026-11-20"),
    ]  # fmt: skip
    assert rows[0]["fields"][0] == {"name": "企业名称", "state": "same", "label": "一致"}
    assert "verify close" in rows[1]["next"]
    due = json.loads(run("verify", "due", "--format", "json", home=county).stdout)
    assert [row["id"] for row in due] == [f"{CASE}-2"]
    listed = json.loads(run("verify", "compare", "--list", CASE, "--format", "json", home=county).stdout)
    assert [(row["id"], row["closed"], row["extract"]) for row in listed] == [
        (f"{CASE}-1", True, "sj-licences-1"), (f"{CASE}-2", False, "sj-licences-1"),
    ]  # fmt: skip
    history = run("commitment", "history", CASE, home=county).stdout
    assert "在线比对" in history and "相符 2 项" in history and f"{CASE}-1 属实" in history
    assert run("ledger", "verify", home=county).returncode == 0


def test_a_difference_is_left_to_the_clerk(run: Run, county: Path) -> None:
    """Which fields differ, not how; nothing is 不实; run again, nothing is added."""
    extract(county, f"{ORGANIZATION['uscc']},某公司,存续,2020-01-01")
    rows = compare(run, county, CASE)
    assert {row["outcome"] for row in rows} == {"mismatch"} and "不等于不实" in rows[0]["next"]
    assert [field["state"] for field in rows[0]["fields"]] == ["differs", "same", "differs"]
    again = compare(run, county, "mz-2026-1-1")
    assert again[0]["before"] and again[0]["outcome"] == "mismatch"
    shown = run("verify", "compare", "--all", "--source", "sj-licences", home=county).stdout
    assert "企业名称不一致、登记状态一致、营业期限不一致" in shown and "某公司" not in shown


FAULTS = [
    ([], [], 6, ["没有文件", "--file"]),
    ([GOOD], ["--as-of", "2026-12-15"], 6, ["10 天"]),
    ([GOOD], ["--as-of", "2026-11-19"], 3, ["晚于"]),
    (["4.10182E+17,某公司,存续,长期"], [], 3, ["A2", "末位"]),
    (["0,某,公司,存续,长期"], [], 3, ["第 2 行", "引号"]),
    ([""], [], 3, ["一行也没有", "--accept-smaller"]),
]


@pytest.mark.parametrize(("rows", "args", "code", "words"), FAULTS, ids=[words[0] for *_, words in FAULTS])
def test_an_extract_that_is_not_fit(
    run: Run, county: Path, rows: list[str], args: list[str], code: int, words: list[str]
) -> None:
    """Missing, too old: 6. Of tomorrow, spoilt, empty: 3. Nothing is recorded either way."""
    if rows:
        extract(county, *rows)
    before = kept(county)
    result = run("verify", "compare", "--all", "--source", "营业执照", *args, home=county)
    assert result.returncode == code, result.stderr
    assert all(word in result.stderr for word in words) and kept(county) == before


def test_one_that_has_shrunk_needs_a_reason(run: Run, county: Path) -> None:
    """Accepted with a reason that the journal keeps; without one a usage fault."""
    many = [f"91410182MA{n:08},公司{n},存续,长期" for n in range(9)]
    extract(county, GOOD, *many)
    compare(run, county, f"{CASE}-1")
    smaller = extract(county, GOOD, day="20261121")
    assert run("verify", "compare", "--all", "--source", "营业执照", home=county).returncode == 3
    assert (
        run("verify", "compare", "--all", "--source", "营业执照", "--accept-smaller", home=county).returncode
        == 2
    )
    rows = compare(
        run, county, "--all", "--file", str(smaller), "--accept-smaller", "--reason", "来源只给了本月的"
    )
    assert [row["as_of"] for row in rows] == ["2026-11-21"]


WRONG = [
    (["--all"], 2, "--source"),
    (["--source", "营业执照"], 2, "--all"),
    ([CASE, "--all", "--source", "营业执照"], 2, "--all"),
    (["--all", "--source", "没有的"], 4, "sj-licences"),
    (["--all", "--source", "登记"], 2, "mz-deaths"),
    (["--all", "--source", "死亡登记", "--file", "x.csv"], 2, "--file"),
    (["--all", "--source", "营业执照", "--minutes", "0"], 2, "--minutes"),
    (["MZ-2026-00009", "--source", "营业执照"], 4, "MZ-2026-00009"),
    ([CASE, "--source", "死亡登记"], 5, "答复不了"),
    (["--all", "--source", "营业执照", "--accept-smaller", "--reason", CITIZEN["id_number"]], 3, "证件号码"),
]


@pytest.mark.parametrize(("args", "code", "word"), WRONG, ids=[" ".join(args)[:60] for args, *_ in WRONG])
def test_what_is_asked_wrongly(run: Run, county: Path, args: list[str], code: int, word: str) -> None:
    """Each with its own exit code and the way out."""
    extract(county, GOOD)
    (county / "数据" / "前置库.db").write_bytes(b"")
    before = kept(county)
    result = run("verify", "compare", *args, home=county)
    assert result.returncode == code and word in result.stderr, result.stderr
    assert kept(county) == before


def test_a_table_and_a_gateway(run: Run, county: Path) -> None:
    """The same command over SQLite and over HTTP; a gateway that fails marks nothing and exits 6."""
    sources = county / "catalog" / "sources.yaml"
    text = sources.read_text("utf-8").replace("serves: [sb-16, sb-24.2]", "serves: [mz-01]")
    text = text.replace("serves: [rs-09, rs-10, rs-11]", "serves: [mz-01]")
    text = text.replace(", id_types: [居民身份证]", "").replace("as: 日期, part: 出生日期", "as: 有效期")
    sources.write_text(text, "utf-8")
    with closing(sqlite3.connect(county / "数据" / "前置库.db")) as base, base:
        base.execute('CREATE TABLE "死亡登记" ("身份证号", "姓名", "出生", "更新日期")')
        row = (ORGANIZATION["uscc"], "某人", "2030-01-01", "2026-11-23")
        base.execute('INSERT INTO "死亡登记" VALUES (?, ?, ?, ?)', row)
    rows = compare(run, county, "--all", source="mz-deaths")
    assert [row["outcome"] for row in rows] == ["mismatch", "mismatch"] and len(rows[0]["receipt"]) == 32
    token = county / "keys" / "sb.token"
    token.write_text("Bearer geheim", "utf-8")
    ask = ("verify", "compare", "--all", "--source", "sb-insured")
    token.chmod(0o644)
    assert run(*ask, home=county, env={"GAOZHI_SB_ADDRESS": "https://x.example"}).returncode == 3
    token.chmod(0o600)
    for address, word in ((None, "GAOZHI_SB_ADDRESS"), ("http://gateway.example/", "https")):
        result = run(*ask, home=county, env={"GAOZHI_SB_ADDRESS": address} if address else {})
        assert result.returncode == 3 and word in result.stderr and "geheim" not in result.stderr
    gateway = Gateway()
    env = {"GAOZHI_SB_ADDRESS": gateway.address}

    def found(self: Handler) -> None:
        said = self.asked[-1]["said"]
        record = {"sfzh": said["sfzh"], "xm": said["xm"], "cbzt": "正常参保"}
        self.say({"code": "0", "data": {"list": [record]}} if len(self.asked) == 1 else {"code": "9"})

    gateway.say(found)
    result = run(*ask, "--format", "json", "--request-id", "g", home=county, env=env)
    assert result.returncode == 9, result.stderr
    assert [row["outcome"] for row in json.loads(result.stdout)] == ["match", "bad-answer"]
    assert gateway.asked[0]["headers"]["Authorization"] == "Bearer geheim"
    before = kept(county)
    one = ("verify", "compare", f"{CASE}-1", *ask[3:])
    for status in (500, 302, 403):
        gateway.say(lambda self, status=status: self.reply(status))  # type: ignore[misc]
        result = run(*one, "--format", "json", home=county, env=env)
        assert result.returncode == 6 and "什么也没有登记" in result.stderr
        assert not any(row["recorded"] for row in json.loads(result.stdout))
    assert kept(county) == before
    gateway.server.shutdown()
    gateway.server.server_close()


def test_sources_are_listed_and_tried(run: Run, county: Path, home: Path) -> None:
    """What each serves; whether it can be asked: 6 where one cannot; an empty list where there is none."""
    extract(county, GOOD)
    listed = json.loads(run("verify", "sources", "--format", "json", home=county).stdout)
    assert [(row["id"], row["kind"], row["closes"]) for row in listed] == [
        ("sj-licences", "extract", True), ("mz-deaths", "table", False), ("sb-insured", "gateway", False),
    ]  # fmt: skip
    assert all(row["unknown"] == [] and row["state"] == "" for row in listed)
    tried = run("verify", "sources", "sj-licences", "--check", home=county)
    assert tried.returncode == 0 and "1 行" in tried.stdout
    tried = run("verify", "sources", "死亡登记", "--check", "--format", "json", home=county)
    assert tried.returncode == 6 and json.loads(tried.stdout)[0]["state"] == "source-unavailable"
    assert "没有文件" in tried.stderr or "没有文件" in tried.stdout
    declared = county / "catalog" / "sources.yaml"
    declared.write_text(declared.read_text("utf-8").replace("sb-24.2", "sb-99"), "utf-8")
    assert "sb-99 不在" in run("verify", "sources", home=county).stderr
    none = run("verify", "sources")
    assert none.returncode == 0 and "sources.md" in none.stderr and not (home / "ledger.db").exists()
