"""``gaozhi assist``: what a clerk sees: letters, dates, refusals, the exchange file there and back."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook

from tests.builders import CITIZEN
from tests.cli import test_errors
from tests.cli.test_errors import letter, told
from tests.conftest import Run

office = test_errors.office  # the fixture: RS-2026-00001 accepted, three open checks
BUILT: dict[str, Path] = {}
FIRST, CHECK = "RS-2026-X00001", "RS-2026-00001-1"


@pytest.fixture
def asked(run: Run, office: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which two agencies were asked, until 2026-12-08 and without a date. Built once, copied."""
    if "asked" not in BUILT:
        for args in ((CHECK, "--agency", "市监局", "--due", "2026-12-08"),
                     ("RS-2026-00001-2", "--agency", "河南省公安厅", "--outside")):  # fmt: skip
            assert run("assist", "ask", *args, home=office).returncode == 0
        BUILT["asked"] = Path(shutil.copytree(office, tmp_path_factory.mktemp("asked") / "home"))
    return Path(shutil.copytree(BUILT["asked"], tmp_path / "asked"))


def shown(result: subprocess.CompletedProcess[str], code: int = 0) -> Any:
    """The JSON of a command that ended with this code."""
    assert result.returncode == code, result.stderr
    return json.loads(result.stdout)


def test_ask_shows_number_letter_and_date(run: Run, office: Path) -> None:
    """The shipped county has no period: no date is made up, and it is said."""
    result = run("assist", "ask", "rs-2026-1-1", "--agency", "市监局", "--format", "json", home=office)
    row = shown(result)
    assert (row["id"], row["agency"], row["agency_name"], row["due_on"]) == (FIRST, "SC", "市监局", None)
    assert Path(row["documents"][0]).name == f"{FIRST}-协助核查函.docx"
    assert "assistance.period" in result.stderr and "未定期限" in result.stderr
    case = shown(run("commitment", "show", "RS-2026-00001", "--format", "json", home=office))
    assert case["assistances"] == [f"{FIRST} 市监局 待答复 未定期限"]
    again = run("assist", "ask", CHECK, "--agency", "市监局", home=office)
    assert f"assist remind {FIRST}" in told(again, 5)


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["ask", CHECK], 2, ["--agency"]),
        (["ask", CHECK, "--agency", "省公安厅"], 4, ["没有单位", "--outside"]),
        (["ask", CHECK, "--agency", "x", "--outside"], 3, ["全称"]),
        (["ask", CHECK, "--agency", "联系13800000000号机关", "--outside"], 3, ["流水"]),
        (["ask", CHECK, "--agency", "rsj"], 5, ["其他行政机关"]),
        (["ask", "RS-2026-00001", "--agency", "卫健委"], 2, ["3 项待核查"]),
        (["ask", "SC-2026-00001", "--agency", "卫健委"], 4, ["尚未受理"]),
        (["ask", CHECK, "--agency", "卫健委", "--set", "没有=x"], 3, ["1 处问题"]),
        (["answer", FIRST], 2, ["--result"]),
        (["answer", FIRST, "--result", "属实"], 2, ["相符|不相符|查无记载"]),
        (["answer", FIRST, "--result", "不相符", "--file", "没有.pdf"], 2, ["--text"]),
        (["answer", FIRST, "--result", "相符", "--file", "没有.pdf"], 3, ["没有.pdf"]),
        (["answer", FIRST, "--result", "相符", "--text", "一致", "--check", "RS-2026-00001-2"], 5, [CHECK]),
        (["answer", "RS-2026-00001", "--result", "相符", "--text", "一致"], 4, ["RS-2026-X00001"]),
        (["answer", "RS-2026-X9", "--result", "相符", "--text", "一致"], 4, ["RS-2026-X00009"]),
        (["refuse", FIRST], 2, ["--reason", "--form"]),
        (["refuse", FIRST, "--reason", "理由", "--form"], 2, ["--form"]),
        (["remind", FIRST], 5, ["2026-12-08", "--reason"]),
        (["extend", FIRST, "--days", "5"], 2, ["--reason"]),
        (["extend", FIRST, "--days", "五", "--reason", "调档"], 2, ["--days"]),
        (["extend", "RS-2026-X00002", "--days", "5", "--reason", "调档"], 5, ["没有答复期限"]),
        (["list", "--state", "不详"], 2, ["待答复|已答复|不能协助"]),
        (["list", "--agency", "税务总局"], 4, ["没有向"]),
        (["show", FIRST, "--reveal"], 2, ["--reason"]),
        (["export", "--out", "表.xlsx"], 2, ["--agency"]),
        (["export", FIRST, "--out", "表.csv"], 2, [".xlsx", ".json"]),
        (["export", FIRST, "RS-2026-X00002", "--out", "表.xlsx"], 2, ["分开导出"]),
        (["export", "--agency", "卫健委", "--out", "表.xlsx"], 4, ["没有等着"]),
        (["import", "没有.xlsx"], 3, ["没有.xlsx"]),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else None,
)
def test_what_is_wrong_is_said(
    run: Run, asked: Path, args: list[str], code: int, words: list[str]
) -> None:  # fmt: skip
    """The code, one sentence with the way out, nothing written."""
    before = test_errors.kept(asked)
    said = told(run("assist", *args, home=asked), code)
    assert all(word in said for word in words), said
    assert test_errors.kept(asked) == before


def test_due_and_who_owes(run: Run, asked: Path) -> None:
    """Soonest first, those without a date last; overdue counted by agency; 5 only when asked to."""
    late = ("--format", "json", "--as-of", "2026-12-09")
    rows = shown(run("assist", "due", *late, home=asked))
    assert [(row["id"], row["overdue"]) for row in rows] == [(FIRST, True), ("RS-2026-X00002", False)]
    assert [row["id"] for row in shown(run("assist", "due", "--overdue", *late, home=asked))] == [FIRST]
    assert run("assist", "due", "--exit-code", home=asked).returncode == 0
    assert run("assist", "due", "--exit-code", "--as-of", "2026-12-09", home=asked).returncode == 5
    (row,) = shown(run("assist", "due", "--agency", "公安厅", *late, home=asked))
    assert row["agency"] == "河南省公安厅" and row["due_label"] == "未定期限"
    counts = shown(run("assist", "due", "--by-agency", *late, home=asked))
    assert [(one["agency_name"], one["open"], one["overdue"], one["undated"]) for one in counts] == [
        ("市监局", 1, 1, 0), ("河南省公安厅", 1, 0, 1),
    ]  # fmt: skip
    none = run("assist", "due", "--agency", "税务总局", "--exit-code", home=asked)
    assert none.returncode == 0 and "没有等着“税务总局”答复" in none.stderr
    assert shown(run("assist", "due", "--dept", "市监局", "--format", "json", home=asked)) == []


def test_the_course_of_a_request(run: Run, asked: Path) -> None:
    """Reminded, extended, answered; the history tells; the texts only with a reason; the check stays open."""
    for args in (("remind", FIRST, "--reason", "申请人催问"),
                 ("extend", FIRST, "--days", "3", "--reason", "对方调档")):  # fmt: skip
        assert run("assist", *args, home=asked).returncode == 0
    done = shown(run("assist", "answer", FIRST, "--result", "不相符", "--text", "-", "--format", "json",
                     home=asked, input="登记的是\n另一家单位\n"))  # fmt: skip
    assert (done["state"], done["result_label"], done["due_on"]) == ("answered", "不相符", "2026-12-11")
    assert f"gaozhi verify close {CHECK}" in done["next"][0]
    plain = shown(run("assist", "show", FIRST, "--format", "json", home=asked))
    assert [line.split(" ")[1] for line in plain["history"]] == ["发函", "催办", "延长期限", "答复"]
    assert plain["answer"] is None
    why = ("--reveal", "--reason", "下结论", "--format", "json")
    assert shown(run("assist", "show", FIRST, *why, home=asked))["answer"] == "登记的是 另一家单位"
    due = shown(run("verify", "due", "--format", "json", home=asked))
    assert CHECK in [row["id"] for row in due], "an answer is no finding"
    history = run("commitment", "history", "RS-2026-00001", home=asked).stdout
    assert f"{FIRST} 不相符" in history and "另一家单位" not in history


def test_a_refusal_and_its_form(run: Run, asked: Path, tmp_path: Path) -> None:
    """The form for the agency is no record; its own paper closes the request."""
    out = str(tmp_path / "文书")
    form = shown(run("assist", "refuse", FIRST, "--form", "--out", out, "--format", "json", home=asked))
    assert form["state"] == "asked" and Path(form["documents"][0]).is_file()
    (tmp_path / "回函.pdf").write_bytes(b"%PDF-1.4")
    done = shown(run("assist", "refuse", FIRST, "--reason", "不归本机关办理", "--file", "回函.pdf",
                     "--format", "json", home=asked))  # fmt: skip
    assert (done["state"], done["documents"]) == ("refused", []) and len(done["answer_sha256"]) == 64
    (row,) = shown(run("assist", "list", "--state", "不能协助", "--format", "json", home=asked))
    assert row["id"] == FIRST


def answer_in(sheet: Path, out: Path, result: str, text: str = "", **changed: str) -> None:
    """Fill the sheet in as another agency does, with another program."""
    rows = CalamineWorkbook.from_path(str(sheet)).get_sheet_by_index(0).to_python()
    book = Workbook(str(out))
    page = book.add_worksheet()
    for number, row in enumerate(rows):
        for place, value in enumerate(row):
            page.write_string(number, place, str(changed.get(rows[2][place], value)) if number > 2 else value)
        if number > 2:
            page.write_row(number, len(row) - 2, [result, text])
    book.close()


def test_the_exchange_file_there_and_back(run: Run, asked: Path, tmp_path: Path) -> None:
    """Filled in without this program, read back once; an altered cell is refused with its row."""
    sent, back = tmp_path / "表.xlsx", tmp_path / "回.xlsx"
    row = shown(run("assist", "export", FIRST, "--out", "表.xlsx", "--format", "json", home=asked))
    assert row["requests"] == [FIRST] and sent.is_file()
    answer_in(sent, back, "相符", 核查的证明="别的证明")
    said = told(run("assist", "import", "回.xlsx", home=asked), 3)
    assert f"第 4 行（{FIRST}）锁定的栏目被改动过" in said
    result = run("assist", "import", "回.xlsx", "--keep-going", "--format", "json", home=asked)
    assert shown(result, 9)[0]["status"] == "faulty"
    answer_in(sent, back, "相符", "登记信息一致")
    (taken,) = shown(run("assist", "import", "回.xlsx", "--format", "json", home=asked))
    assert (taken["row"], taken["status"], taken["id"], taken["state_label"]) == (
        4, "recorded", FIRST, "相符"
    )  # fmt: skip
    before = test_errors.kept(asked)
    (again,) = shown(run("assist", "import", "回.xlsx", "--format", "json", home=asked))
    assert again["status"] == "already" and test_errors.kept(asked) == before
    assert "已于 2026-11-24 答复" in told(run("assist", "export", FIRST, "--out", "又.xlsx", home=asked), 5)
    assert run("ledger", "verify", home=asked).returncode == 0


def test_an_export_of_a_citizens_request_is_masked(run: Run, office: Path, tmp_path: Path) -> None:
    """Name and number whole only with a reason that the journal keeps."""
    number = shown(run(*letter(item="16"), "--format", "json", home=office))["number"]
    for args in (("commitment", "sign"), ("commitment", "accept")):
        assert run(*args, number, home=office).returncode == 0
    assert run("assist", "ask", number, "--agency", "人社局", home=office).returncode == 0
    assert run("assist", "export", "--agency", "rsj", "--out", "表.json", home=office).returncode == 0
    text = (tmp_path / "表.json").read_text("utf-8")
    assert CITIZEN["name"] not in text and CITIZEN["id_number"] not in text and "测**" in text
    more = ("--out", "全.json", "--reveal", "--reason", "按号码查询")
    assert run("assist", "export", "--agency", "rsj", *more, home=office).returncode == 0
    assert CITIZEN["id_number"] in (tmp_path / "全.json").read_text("utf-8")
    assert "按号码查询" in run("commitment", "history", number, home=office).stdout
