"""``gaozhi commitment``: the steps of 规程四 on both homes, listing, showing, history."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.builders import CITIZEN, ORGANIZATION, flags
from tests.cli import test_errors
from tests.cli.test_errors import REFUSED, kept, letter, told
from tests.cli.test_letter import AGENT, made
from tests.conftest import Run

office = test_errors.office  # fixture
CASE = {
    "number", "office", "item", "status", "track", "subject_name", "drawn_up_on", "signed_on",
    "accepted_on", "concluded_on",
}  # fmt: skip
OFFICIAL = "荥人社告承〔2026〕00001号"


def answer(run: Run, *args: str, home: Path) -> Any:
    """What a command answers, as JSON."""
    result = run(*args, "--format", "json", home=home)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_item_14_goes_all_the_way_on_the_shipped_home(run: Run, home: Path) -> None:
    """Letter, signature, acceptance, 未定期限, a date set, three findings, conclusion, an unbroken ledger."""
    proofs = [part for n in (1, 2, 3) for part in ("--proof", f"rs-14.{n}")]
    number = made(run, *letter(*proofs, item="14", form=ORGANIZATION))["number"]
    signed = run("commitment", "sign", number, "--as-of", "2026-11-25")
    assert signed.returncode == 0 and "设定证明的依据" in signed.stderr, "the office's gaps are repeated"
    accepted = run("commitment", "accept", number, "--as-of", "2026-11-26", "--format", "json")
    assert "未定期限" in accepted.stderr
    step = json.loads(accepted.stdout)
    assert (step["number"], step["status"], step["documents"]) == (number, "accepted", [])
    due = answer(run, "verify", "due", home=home)
    assert [(row["due_on"], row["provisional"], row["overdue"]) for row in due] == [(None, False, False)] * 3
    planned = ["--due", "2026-12-18", "--assignee", "李核查", "--as-of", "2026-11-26"]
    assert len(answer(run, "verify", "schedule", number, *planned, home=home)) == 3
    for n in (1, 2, 3):
        closed = answer(
            run, "verify", "close", f"{number}-{n}", "--finding", "属实", "--evidence", "现场核对原件",
            "--as-of", "2026-12-10", home=home,
        )  # fmt: skip
        assert (closed["id"], closed["finding"]) == (f"{number}-{n}", "true")
    assert answer(run, "verify", "due", home=home) == []
    assert answer(run, "commitment", "conclude", number, "--as-of", "2026-12-11", home=home)["status"] == (
        "concluded"
    )
    shown = answer(run, "commitment", "show", number, home=home)
    assert [shown[f"{step}_on"] for step in ("drawn_up", "signed", "accepted", "concluded")] == [
        "2026-11-24", "2026-11-25", "2026-11-26", "2026-12-11",
    ]  # fmt: skip
    assert (shown["status"], len(shown["checks"])) == ("concluded", 3)
    assert shown["next"] == f"gaozhi commitment serve {number}（送达）"
    acts = [row["act"] for row in answer(run, "commitment", "history", number, home=home)]
    assert acts == [
        "letter.draw-up", "letter.make", "commitment.sign", "commitment.accept", "verify.schedule",
        "verify.close", "verify.close", "verify.close", "commitment.conclude",
    ]  # fmt: skip
    whole = answer(run, "ledger", "verify", home=home)
    assert whole["ok"] is True and whole["entries"] == str(len(acts) + 1)


def test_item_24_goes_all_the_way_with_an_agent(run: Run, complete_home: Path) -> None:
    """The complete home: periods in working days, by the official number at every step."""
    number = "示社保告承〔2026〕00001号"
    form = letter("--proof", "sb-24.3", "--proof", "sb-24.6", *flags(AGENT), item="24")
    assert made(run, *form, home=complete_home)["official_number"] == number
    signed = run("commitment", "sign", number, home=complete_home)
    assert signed.returncode == 0 and "单位缺项" not in signed.stderr
    accepted = answer(run, "commitment", "accept", number, "--assignee", "王核查", home=complete_home)
    assert [line.rpartition("）")[2] for line in accepted["checks"]] == ["2026-12-08"] * 2
    due = answer(run, "verify", "due", "--dept", "社保中心", home=complete_home)
    assert [(row["due_on"], row["assignee"]) for row in due] == [("2026-12-08", "王核查")] * 2
    assert answer(run, "commitment", "conclude", number, home=complete_home)["status"] == "concluded"
    for n in (1, 2):
        closing = [f"{number}-{n}", "--finding", "true", "--evidence", "比对一致"]
        assert answer(run, "verify", "close", *closing, home=complete_home)["next"] == []
    shown = answer(
        run, "commitment", "show", number, "--reveal", "--reason", "核对授权书", home=complete_home
    )
    assert shown["people"]["agent"]["name"] == AGENT["agent_name"]
    assert shown["people"]["applicant"]["number"] == CITIZEN["id_number"]
    history = answer(run, "commitment", "history", number, home=complete_home)
    assert (history[-1]["act"], history[-1]["reason"]) == ("person.reveal", "核对授权书")
    assert answer(run, "ledger", "verify", home=complete_home)["ok"] is True


def test_a_listing_has_the_promised_keys(run: Run, office: Path) -> None:
    """Dates as text or null, numbers as text, names masked."""
    rows = answer(run, "commitment", "list", home=office)
    assert [row["number"] for row in rows] == ["RS-2026-00001", "SC-2026-00001"]
    assert all(set(row) >= CASE for row in rows)
    assert [row["status"] for row in rows] == ["accepted", "drawn-up"]
    assert rows[1]["signed_on"] is None and rows[1]["drawn_up_on"] == "2026-11-24"
    assert {row["track"] for row in rows} == {"commitment"} and rows[0]["item"] == "rs-14"
    assert rows[1]["subject_name"] != CITIZEN["name"] and "*" in rows[1]["subject_name"]


FILTERS: list[tuple[list[str], list[str]]] = [
    (["--dept", "市监局"], ["SC-2026-00001"]),
    (["--dept", "SB"], []),
    (["--status", "已受理"], ["RS-2026-00001"]),
    (["--since", "2026-11-24", "--until", "2026-11-24"], ["RS-2026-00001", "SC-2026-00001"]),
    (["--search", "职业技能"], ["RS-2026-00001"]),
    (["--search", "sc-2026"], ["SC-2026-00001"]),
    (["--search", "%"], []),
    (["--search", "' OR 1=1 --"], []),
    (["--subject", CITIZEN["name"]], ["SC-2026-00001"]),
    (["--subject", CITIZEN["id_number"].lower()], ["SC-2026-00001"]),
    (["--subject", ORGANIZATION["uscc"]], ["RS-2026-00001"]),
    (["--subject", "测试"], []),
    (["--limit", "1"], ["RS-2026-00001"]),
    (["--limit", "１", "--after", "rs-2026-1"], ["SC-2026-00001"]),
    (["--after", "SC-2026-00001"], []),
    (["--limit", "0"], []),
    (["--search", "-00001", "--after", "RS-2026-00001"], ["SC-2026-00001"]),
]


@pytest.mark.parametrize(("args", "numbers"), FILTERS, ids=[" ".join(args) for args, _ in FILTERS])
def test_filters(run: Run, office: Path, args: list[str], numbers: list[str]) -> None:
    """Office, status, days, words, and the subject by full name or number; wildcards are text."""
    assert [row["number"] for row in answer(run, "commitment", "list", *args, home=office)] == numbers


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["--limit", "many"], 2, "--limit"),
        (["--limit", "-1"], 2, "--limit"),
        (["--after", "SC"], 4, "不是编号"),
        (["--since", "2026-12-01", "--until", "2026-11-01"], 2, "晚于 --until"),
    ],
)
def test_a_page_that_makes_no_sense(run: Run, office: Path, args: list[str], code: int, words: str) -> None:
    """One sentence that names the option."""
    result = run("commitment", "list", *args, home=office)
    assert (result.returncode, result.stdout) == (code, "") and words in result.stderr


@pytest.mark.parametrize("text", ["测试甲", "410182199001010030", "11010119900307803X"])
def test_a_person_typed_for_a_number_is_not_repeated(run: Run, office: Path, text: str) -> None:
    """No personal data in errors (they end up in logs); the way to search is told."""
    result = run("commitment", "show", text, home=office)
    assert result.returncode == 4 and text not in result.stderr and "--subject" in result.stderr


def test_half_a_name_is_not_an_applicant_without_cases(run: Run, office: Path) -> None:
    """An empty list says why it is empty."""
    result = run("commitment", "list", "--subject", "测试", home=office)
    assert result.returncode == 0 and "要写完整" in result.stderr


def test_a_subject_may_come_from_standard_input(run: Run, office: Path) -> None:
    """--subject -: a name is not seen in process lists."""
    result = run("commitment", "list", "--subject", "-", "--format", "ndjson", home=office, input="测试甲\n")
    assert json.loads(result.stdout)["number"] == "SC-2026-00001"


def test_a_listing_before_the_first_letter_is_empty(run: Run, home: Path) -> None:
    """[] and exit 0; nothing is made by looking."""
    result = run("commitment", "list", "--format", "json")
    assert (result.returncode, json.loads(result.stdout)) == (0, []) and "还没有台账" in result.stderr
    assert kept(home) == {}


@pytest.mark.parametrize(
    "number", ["RS-2026-00001", "rs-2026-1", "ＲＳ－2026－00001", OFFICIAL, "荥人社告承[2026]1号"]
)
def test_both_forms_of_a_number_mean_the_same(run: Run, office: Path, number: str) -> None:
    """Plain and official, leniently: case, width, leading zeros, brackets."""
    shown = answer(run, "commitment", "show", number, home=office)
    assert (shown["number"], shown["official_number"]) == ("RS-2026-00001", OFFICIAL)


def test_both_forms_serve_every_act(run: Run, office: Path) -> None:
    """schedule, close and conclude by the official number."""
    answer(run, "verify", "schedule", OFFICIAL, "--due", "2026-12-31", home=office)
    answer(run, "verify", "close", f"{OFFICIAL}-2", "--finding", "属实", "--evidence", "原件", home=office)
    assert answer(run, "commitment", "conclude", OFFICIAL, home=office)["number"] == "RS-2026-00001"


def test_showing_masks_people(run: Run, office: Path) -> None:
    """No name, number, phone or address unless revealed; looking writes nothing."""
    before = kept(office)
    for format_ in ("table", "json", "csv", "tsv"):
        result = run("commitment", "show", "SC-2026-00001", "--format", format_, home=office)
        assert result.returncode == 0
        shown = [CITIZEN[key] for key in ("name", "id_number", "phone") if CITIZEN[key] in result.stdout]
        assert shown == []
    assert kept(office) == before


def test_revealing_needs_a_reason_and_is_journalled(run: Run, office: Path) -> None:
    """--reveal --reason: the person in clear, and one entry in the journal with who and why."""
    reveal = ["commitment", "show", "SC-2026-00001", "--reveal", "--reason"]
    shown = answer(run, *reveal, "电话通知", "--operator", "甲窗口", home=office)
    person = shown["people"]["applicant"]
    assert (person["name"], person["number"]) == (CITIZEN["name"], CITIZEN["id_number"])
    last = answer(run, "commitment", "history", "SC-2026-00001", home=office)[-1]
    assert (last["act"], last["reason"], last["operator"]) == ("person.reveal", "电话通知", "甲窗口")
    assert CITIZEN["phone"] in run(*reveal, "再看", home=office).stdout


def test_the_status_says_the_next_step(run: Run, office: Path) -> None:
    """Each step names the command of the next."""
    shown = answer(run, "commitment", "show", "SC-2026-00001", home=office)
    assert "commitment sign SC-2026-00001" in shown["next"]
    signed = answer(run, "commitment", "sign", "SC-2026-00001", home=office)
    assert "commitment accept SC-2026-00001" in signed["next"]
    accepted = run("commitment", "accept", "SC-2026-00001", "--format", "json", home=office)
    assert json.loads(accepted.stdout)["checks"] == [], "an exempt proof gets no check of its own"
    assert "未定期限" not in accepted.stderr
    concluded = run("commitment", "conclude", "SC-2026-00001", home=office)
    assert "待核查" not in concluded.stderr


def test_no_step_is_taken_twice_or_out_of_order(run: Run, office: Path) -> None:
    """规程四 has no short cuts; each refusal names the state and cites the clause."""
    for step, words in (("accept", "须先“已签署”"), ("conclude", "须先“已受理”")):
        message = told(run("commitment", step, "SC-2026-00001", home=office), REFUSED)
        assert words in message and "下一步 gaozhi commitment sign SC-2026-00001" in message
    assert run("commitment", "sign", "SC-2026-00001", home=office).returncode == 0
    assert "不能重复签署" in told(run("commitment", "sign", "SC-2026-00001", home=office), REFUSED)
    error = run("commitment", "conclude", "SC-2026-00001", "--format", "json", home=office)
    assert json.loads(error.stdout)["error"]["problems"][0]["clause"] == "规程四（一）"


def test_a_home_can_be_moved(run: Run, office: Path, tmp_path: Path) -> None:
    """The ledger keeps paths within the home relative: copied to another place it still finds the letter."""
    moved = Path(shutil.move(office, tmp_path / "搬家"))
    shown = answer(run, "commitment", "show", "SC-2026-00001", home=moved)
    assert Path(shown["docx"]).is_file() and Path(shown["docx"]).is_relative_to(moved)
    assert answer(run, "ledger", "verify", home=moved)["ok"] is True
