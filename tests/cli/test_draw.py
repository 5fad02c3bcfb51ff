"""``gaozhi draw`` as typed: what is told, what is refused and how, nothing left behind."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.test_errors import ABSENT, BAD, REFUSED, USAGE, letter, told
from tests.conftest import Run

SOURCE = ["--seed-source", "虚构的开奖号码", "--seed-from", "2026-12-01", "--rate", "50%"]
PLAN = ["draw", "plan", "--inspectors", "核查人员.csv", *SOURCE, "--rate-source", "虚构"]
BUILT: dict[str, Path] = {}


@pytest.fixture
def county(run: Run, home: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one exempt case accepted before today, a list of inspectors at hand."""
    if "county" not in BUILT:
        built = tmp_path_factory.mktemp("draw")
        env = {"GAOZHI_AS_OF": "2026-11-20"}
        for args in (
            letter(),
            ["commitment", "sign", "SC-2026-00001"],
            ["commitment", "accept", "SC-2026-00001"],
        ):
            assert run(*args, home=built, env=env).returncode == 0
        BUILT["county"] = built
    (tmp_path / "核查人员.csv").write_text("姓名,单位\n李核查,市监局\n王核查,\n", "utf-8")
    return Path(shutil.copytree(BUILT["county"], tmp_path / "county"))


def test_from_plan_to_result(run: Run, county: Path) -> None:
    """Each step tells the next; the result is replayed; everything in JSON for other programs."""
    done = run(*PLAN, home=county)
    assert done.returncode == 0 and "gaozhi draw publish CC2026-00001" in done.stdout
    assert run(*PLAN, home=county).returncode == 0
    for n in (1, 2):
        assert run("draw", "publish", f"cc2026-{n}", "--at", "示例网站", home=county).returncode == 0
    seed = ["--seed", "02 09 15", "--as-of", "2026-12-01"]
    drawn = run("draw", "run", "CC2026-00001", *seed, "--format", "json", home=county)
    assert "CC2026-00002 的名单已经公布" in drawn.stderr  # nobody chooses among several pools
    row = json.loads(drawn.stdout)
    assert (row["draw"], row["seed"], row["picks"]) == ("CC2026-00001", "02 09 15", ["SC-2026-00001"])
    assert len(row["pool_hash"]) == 64 and sorted(row["inspectors"][0].split("、")) == ["李核查", "王核查"]
    again = run("draw", "verify", "CC2026-00001", "--seed", "02 09 15", home=county)
    assert again.returncode == 0 and "一字不差" in again.stderr
    assert json.loads(run("draw", "show", "--format", "json", home=county).stdout)[0]["picked"] == 1
    assert (
        "SC-2026-00001-1" in run("verify", "due", "--assignee", row["inspectors"][0][:3], home=county).stdout
    )
    fair = run("report", "fairness", "--format", "json", home=county)
    assert json.loads(fair.stdout)[0]["outside_pool"] == 0


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["draw", "plan"], USAGE, ["--inspectors", "--seed-source", "--seed-from"]),
        (["draw", "publish", "CC2026-00001"], USAGE, ["--at"]),
        (["draw", "run", "CC2026-00001"], USAGE, ["--seed"]),
        (["draw", "run", "CC2026-00009", "--seed", "1"], ABSENT, ["CC2026-00009", "draw show"]),
        (["draw", "publish", "RS-2026-00001", "--at", "网站"], ABSENT, ["CC2026-00001"]),
        (["draw", "verify", "没有的目录"], ABSENT, ["没有的目录"]),
        (["draw", "verify", "."], BAD, ["plan.json"]),
        ([*PLAN, "--rate", "200%"], USAGE, ["--rate", "5%"]),
        ([*PLAN[:-2]], USAGE, ["--rate-source"]),
        ([*PLAN, "--team", "1"], BAD, ["2 至 9"]),
        ([*PLAN, "--method", "抽查"], USAGE, ["--method", "在线核查"]),
        ([*PLAN, "--seed-from", "2026-11-24"], BAD, ["之后"]),
        ([*PLAN, "--seed-source", "电话 13812345678"], BAD, ["手机"]),
        ([*PLAN, "--team", "二"], USAGE, ["--team"]),
        ([*PLAN, "--team", "3"], REFUSED, ["不足 3 名"]),
        ([*PLAN, "--inspectors", "没有.csv"], BAD, ["没有.csv"]),
        (["report", "fairness", "--by", "颜色"], USAGE, ["事项|单位"]),
        (["report", "fairness", "--since", "2026-12-02", "--until", "2026-12-01"], USAGE, ["晚于"]),
    ],
)  # fmt: skip
def test_what_is_refused(run: Run, county: Path, args: list[str], code: int, words: list[str]) -> None:
    """One sentence, the documented code, nothing recorded, no folder left."""
    message = told(run(*args, home=county), code)
    assert all(word in message for word in words), message
    assert not (county / "draws").exists() or not list((county / "draws").iterdir())


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("李核查,市监局\n", "姓名"),
        ("姓名\n", "没有核查人员"),
        ("姓名,单位\n李核查,没有的局\n王核查,\n", "没有单位"),
        ("姓名,回避\n李核查,测试甲\n王核查,\n", "承诺编号"),
        ("姓名\n李核查\n李核查\n", "2 次"),
        ("姓名\n=1+1\n王核查\n", "写法不行"),
    ],
)
def test_a_bad_list_of_inspectors(run: Run, county: Path, tmp_path: Path, table: str, words: str) -> None:
    """Told with its row; no pool is frozen."""
    (tmp_path / "核查人员.csv").write_text(table, "utf-8")
    assert words in told(run(*PLAN, home=county), BAD)


def test_without_a_rate_nothing_is_frozen(run: Run, county: Path) -> None:
    """The rate is the county's, not the program's: the shipped file is empty."""
    message = told(run(*PLAN[:-4], home=county), REFUSED)
    assert "没有定抽查比例" in message and "supervision.yaml" in message
    rate = "rates:\n  - {item: sc-64, rate: 5％, since: '2026-01-01', source: 虚构}\n"
    (county / "catalog").mkdir(exist_ok=True)
    (county / "catalog" / "supervision.yaml").write_text(rate, "utf-8")
    assert run(*PLAN[:-4], home=county).returncode == 0
    wrong = rate.replace("sc-64", "sc-99")
    (county / "catalog" / "supervision.yaml").write_text(wrong, "utf-8")
    assert "sc-99" in told(run(*PLAN[:-4], home=county), BAD)
