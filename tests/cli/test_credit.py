"""``gaozhi credit``: who may use the route, the file of a subject, records and their repair."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.batches import a_table, command
from tests.builders import CITIZEN, ORGANIZATION, a_uscc, an_id_number, applicants, flags
from tests.cli import test_errors
from tests.cli.test_errors import ABSENT, BAD, NOT_READY, PERSONAL, REFUSED, USAGE, kept, letter, told
from tests.conftest import Run
from tests.storage.test_ledger_contract import WITH_AGENT, entries

office = test_errors.office  # the fixture: SC-2026-00001 (citizen) drawn up, RS-2026-00001 accepted
NUMBER = CITIZEN["id_number"]
SOURCE = "荥市监处罚〔2026〕12号"
DECIDED = ["--kind", "曾作出虚假承诺", "--decided-on", "2026-11-20", "--source", SOURCE]
OTHER = an_id_number("41018219850505005")
BARRED: dict[str, Path] = {}


def answer(run: Run, *args: str, code: int = 0, **kept: Any) -> Any:
    """What a command answers, as JSON."""
    done = run(*args, "--format", "json", **kept)
    assert done.returncode == code, done.stderr
    assert not [value for value in PERSONAL if value in done.stderr]
    return json.loads(done.stdout)


@pytest.fixture
def barred(run: Run, office: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The office with C2026-00001 against its citizen. Built once, copied."""
    if "home" not in BARRED:
        built = Path(shutil.copytree(office, tmp_path_factory.mktemp("barred") / "home"))
        assert run("credit", "record", "SC-2026-00001", *DECIDED, home=built).returncode == 0
        BARRED["home"] = built
    return Path(shutil.copytree(BARRED["home"], tmp_path / "barred"))


def test_who_is_free(run: Run, office: Path) -> None:
    """Exit 0, nothing against them; a stranger with a whole number too; nobody's number is told."""
    known = answer(run, "credit", "check", NUMBER, home=office)
    assert known | {"subject": ""} == {
        "subject": "", "subject_name": "测**", "eligible": True, "reasons": [], "since": None, "until": None,
    }  # fmt: skip
    for stranger in (OTHER, a_uscc("91410182MA0000002"), "E12345678"):
        assert answer(run, "credit", "check", stranger, home=office)["subject"] is None
    assert answer(run, "credit", "check", "-", home=office, input=f"{NUMBER}\n") == known
    assert answer(run, "credit", "check", ORGANIZATION["uscc"], home=office)["eligible"] is True


def test_before_there_is_a_ledger(run: Run, home: Path) -> None:
    """Nothing is known of anybody; and asking makes no ledger."""
    assert answer(run, "credit", "check", NUMBER)["eligible"] is True
    assert run("credit", "list").returncode == 0
    told(run("credit", "show", NUMBER), ABSENT)
    assert kept(home) == {}


def test_who_is_barred(run: Run, barred: Path) -> None:
    """Exit 5 with the same answer on stdout: each reason with its document, clause and what lifts it."""
    found = answer(run, "credit", "check", NUMBER, home=barred, code=REFUSED)
    (reason,) = found["reasons"]
    assert (found["eligible"], found["since"], found["until"]) == (False, "2026-11-20", None)
    assert reason["code"] == "credit" and reason["clause"] == "通知五（二）"
    assert SOURCE in reason["message"] and "gaozhi credit repair C2026-00001" in reason["message"]
    early = answer(run, "credit", "check", NUMBER, "--as-of", "2026-11-19", home=barred)
    assert early["eligible"] is True
    plain = run("credit", "check", "测试甲", home=barred)
    assert plain.returncode == REFUSED and "可以适用告知承诺制\t否" in plain.stdout
    ending = [
        "--kind",
        "bad-credit",
        "--decided-on",
        "2026-10-01",
        "--until",
        "2026-12-31",
        "--source",
        "信1号",
    ]
    done = answer(run, "credit", "record", OTHER, "--name", "测试丙", *ending, home=barred)
    assert (done["id"], done["until_on"], done["bars"]) == ("C2026-00002", "2026-12-31", True)
    assert answer(run, "credit", "check", OTHER, home=barred, code=REFUSED)["until"] == "2026-12-31"
    assert answer(run, "credit", "check", OTHER, "--as-of", "2027-01-01", home=barred)["eligible"] is True


def test_the_letter_and_its_acceptance(run: Run, barred: Path) -> None:
    """letter new, its trial and its draft are refused with 5; so is the acceptance; repaired all goes on."""
    before = kept(barred)
    for more in ((), ("--dry-run",), ("--draft",)):
        message = told(run(*letter(*more), home=barred), REFUSED)
        assert "在信用修复前不适用告知承诺制" in message and "一般程序" in message
    assert kept(barred) == before
    assert "credit" in run(*letter("--format", "json", phone="1"), home=barred).stdout, (
        "with the form's faults"
    )
    assert run("commitment", "sign", "SC-2026-00001", home=barred).returncode == 0
    assert SOURCE in told(run("commitment", "accept", "SC-2026-00001", home=barred), REFUSED)
    repaired = answer(run, "credit", "repair", "c2026-1", "--source", "荥修〔2026〕1号", home=barred)
    assert (repaired["id"], repaired["repaired_on"], repaired["bars"]) == ("C2026-00001", "2026-11-24", False)
    assert run("commitment", "accept", "SC-2026-00001", home=barred).returncode == 0
    assert run(*letter(), home=barred).returncode == 0


def test_a_repeated_request_is_not_refused(run: Run, barred: Path) -> None:
    """The letter stood before the record; its request repeated tells its number."""
    again = answer(run, *letter("--request-id", "first"), home=barred)
    assert again["number"] == "SC-2026-00001"


def test_the_file_of_a_subject(run: Run, barred: Path) -> None:
    """By number, id, case and name; names over time, cases, records; masked unless revealed."""
    renamed = letter("--as-of", "2026-11-19", item="8", name="测试甲改", proof="rs-08.1")
    assert run(*renamed, home=barred).returncode == 0
    found = answer(run, "credit", "show", NUMBER, home=barred)
    for same in (found["subject"], "SC-2026-00001", "RS-2026-00002", "测试甲改", "测试甲"):
        assert answer(run, "credit", "show", same, home=barred) == found
    assert (found["name_shown"], found["number_shown"]) == ("测***", "4101**********0030")
    assert found["names"] == [
        {"name": "测***", "since": "2026-11-19"}, {"name": "测**", "since": "2026-11-24"},
    ]  # fmt: skip
    assert [(case["number"], case["track"], case["status"]) for case in found["cases"]] == [
        ("RS-2026-00002", "commitment", "drawn-up"), ("SC-2026-00001", "commitment", "drawn-up"),
    ]  # fmt: skip
    assert [(r["id"], r["source"], r["bars"]) for r in found["records"]] == [("C2026-00001", SOURCE, True)]
    assert found["eligible"] is False and found["people"] is None
    assert not [value for value in CITIZEN.values() if value in json.dumps(found, ensure_ascii=False)]
    people = answer(
        run, "credit", "show", NUMBER, "--reveal", "--reason", "复议调卷", home=barred
    )["people"]  # fmt: skip
    assert (people["number"], people["phone"]) == (NUMBER, CITIZEN["phone"])
    assert {name["name"] for name in people["names"]} == {"测试甲", "测试甲改"}
    last = entries(barred / "ledger.db")[-1]
    assert (last["act"], last["object"], last["reason"]) == ("person.reveal", found["subject"], "复议调卷")
    plain = run("credit", "show", NUMBER, "--reveal", "--reason", "复议调卷", home=barred).stdout
    assert "测试甲改" in plain and "C2026-00001 曾作出虚假承诺（2026-11-20" in plain


def test_a_name_that_several_bear(run: Run, barred: Path) -> None:
    """In a pipe exit 2 with the candidates masked; each can then be named by its id."""
    assert run(*letter(id_number=OTHER), home=barred).returncode == 0
    message = told(run("credit", "show", CITIZEN["name"], home=barred), USAGE)
    ids = [word for word in message.replace("；", " ").replace("：", " ").split() if word[:1] == "S"]
    assert len(ids) == 2 and "4101**********0030" in message and OTHER not in message
    shown = {answer(run, "credit", "show", id_, home=barred)["number_shown"] for id_ in ids}
    assert len(shown) == 2


def test_one_number_under_two_kinds_of_card(run: Run, barred: Path) -> None:
    """居民身份证 or 港澳台居民居住证 ticked, it is one person with one file."""
    as_permit = letter("--as-of", "2026-11-19", id_type="港澳台居民居住证")
    assert run(*as_permit, home=barred).returncode == 0
    assert len(answer(run, "credit", "show", NUMBER, home=barred)["cases"]) == 2
    told(run(*letter(id_type="港澳台居民居住证"), home=barred), REFUSED)


def test_the_list(run: Run, barred: Path) -> None:
    """All records, or only those that bar today, or of one kind; in every format."""
    assert answer(run, "credit", "list", home=barred)[0]["id"] == "C2026-00001"
    assert answer(run, "credit", "list", "--kind", "不良信用", home=barred) == []
    assert run("credit", "repair", "C2026-00001", "--source", "修1号", home=barred).returncode == 0
    assert answer(run, "credit", "list", "--current", home=barred) == []
    yesterday = answer(run, "credit", "list", "--current", "--as-of", "2026-11-23", home=barred)
    assert [record["id"] for record in yesterday] == ["C2026-00001"]
    assert SOURCE in run("credit", "list", "--format", "csv", home=barred).stdout


WRONG: list[tuple[list[str], int, list[str]]] = [
    (["credit", "check", "410182199001010031"], BAD, ["校验码"]),
    (["credit", "check", "91410182MA000000" + "00"], BAD, ["校验码"]),
    (["credit", "check", "没有这个人"], ABSENT, ["完整的姓名"]),
    (["credit", "check", "RS-2026-00099"], ABSENT, ["RS-2026-00099"]),
    (["credit", "check", "S0123456789abcdef"], ABSENT, ["S0123456789abcdef"]),
    (["credit", "check", ""], USAGE, ["缺少主体"]),
    (["credit", "check"], USAGE, ["主体", "--help"]),
    (["credit", "show", OTHER], ABSENT, ["主体"]),
    (["credit", "show", NUMBER, "--reveal"], USAGE, ["--reason"]),
    (["credit", "show", NUMBER, "--reveal", "--reason", OTHER], BAD, ["流水"]),
    (["credit", "record", NUMBER], USAGE, ["--kind", "--decided-on", "--source", "文书"]),
    (["credit", "record", NUMBER, *DECIDED[:4]], USAGE, ["--source"]),
    (["credit", "record", NUMBER, *DECIDED, "--kind", "迟到"], USAGE, ["迟到", "虚假承诺"]),
    (["credit", "record", NUMBER, *DECIDED, "--decided-on", "2026-02-30"], USAGE, ["--decided-on"]),
    (["credit", "record", NUMBER, *DECIDED, "--decided-on", "2026-11-25"], BAD, ["晚于"]),
    (["credit", "record", NUMBER, *DECIDED, "--source", "对测试甲的处罚"], BAD, ["文号"]),
    (["credit", "record", NUMBER, *DECIDED, "--until", "2026-11-19"], BAD, ["早于"]),
    (["credit", "record", NUMBER, *DECIDED, "--number", "RS-2026-00001"], REFUSED, ["RS-2026-00001"]),
    (["credit", "record", NUMBER, *DECIDED, "--name", "测试丁"], REFUSED, ["另一个名字"]),
    (["credit", "record", "测试甲", *DECIDED], USAGE, ["不能只凭姓名"]),
    (["credit", "record", OTHER, *DECIDED], ABSENT, ["--name"]),
    (["credit", "record", "SC-2026-00001", *DECIDED, "--name", "测试丁"], USAGE, ["号码"]),
    (["credit", "record", "E12345678", *DECIDED, "--name", "测试丁"], USAGE, ["--id-type", "护照"]),
    (["credit", "record", "E12345678", *DECIDED, "--name", "测试丁", "--id-type", "工牌"], USAGE, ["工牌"]),
    (["credit", "record", OTHER, *DECIDED, "--name", " "], BAD, ["--name"]),
    (["credit", "record", OTHER, *DECIDED, "--name", "甲\t乙"], BAD, ["U+0009"]),
    (["credit", "repair", "C2026-00009", "--source", "修1号"], ABSENT, ["C2026-00009"]),
    (["credit", "repair", "2026-9", "--source", "修1号"], ABSENT, ["C2026-00001"]),
    (["credit", "repair", "C2026-00001"], USAGE, ["--source"]),
]


@pytest.mark.parametrize(("args", "code", "words"), WRONG, ids=[" ".join(w[0][1:])[:60] for w in WRONG])
def test_what_is_wrong_is_one_sentence(
    run: Run, office: Path, args: list[str], code: int, words: list[str]
) -> None:
    """The exit code, what is wrong and the way out; nothing written, nothing personal."""
    before = kept(office)
    message = told(run(*args, home=office), code)
    assert all(word in message for word in words), message
    assert kept(office) == before


def test_recording_is_harmless_when_tried_or_repeated(run: Run, office: Path) -> None:
    """--dry-run writes nothing and gives no id; the same decision again is the same record."""
    before = kept(office)
    tried = answer(run, "credit", "record", OTHER, "--name", "测试丙", *DECIDED, "--dry-run", home=office)
    assert (tried["id"], tried["subject"], tried["bars"]) == (None, None, True)
    assert kept(office) == before
    first = answer(run, "credit", "record", NUMBER, *DECIDED, home=office)
    before = kept(office)
    again = run("credit", "record", NUMBER, *DECIDED, home=office)
    assert again.returncode == 0 and "没有重复登记：C2026-00001" in again.stderr
    assert kept(office) == before
    trial = answer(run, "credit", "repair", "C2026-00001", "--source", "修1号", "--dry-run", home=office)
    assert trial["repaired_on"] == "2026-11-24" and kept(office) == before
    assert first["bars"] is True
    assert answer(run, "ledger", "verify", home=office)["ok"] is True


def test_a_list_before_any_ledger(run: Run, home: Path) -> None:
    """The first record makes the ledger; what is open then is named."""
    firm = a_uscc("91410182MA0000002")
    done = run("credit", "record", firm, "--name", "荥阳市测试厂", *DECIDED)
    assert done.returncode == 0 and "已建立台账" in done.stderr and "荥阳市测试厂" in done.stdout
    assert run(*letter("--as-of", "2026-11-19")).returncode == 0
    told_of = run("credit", "record", NUMBER, *DECIDED)
    assert "SC-2026-00001" in told_of.stderr and "不能受理" in told_of.stderr


def test_without_the_key(run: Run, barred: Path) -> None:
    """By case and id all is readable; by number 7; a draft says that nobody could be looked up."""
    subject = answer(run, "credit", "show", "SC-2026-00001", home=barred)["subject"]
    shutil.rmtree(barred / "keys")
    assert answer(run, "credit", "check", "SC-2026-00001", home=barred, code=REFUSED)["eligible"] is False
    assert len(answer(run, "credit", "show", subject, home=barred)["records"]) == 1
    assert len(answer(run, "credit", "list", home=barred)) == 1
    assert "密钥" in told(run("credit", "check", NUMBER, home=barred), NOT_READY)
    draft = run(*letter("--draft"), home=barred)
    assert draft.returncode == 0 and "没有核对信用记录" in draft.stderr


# In a batch


def test_a_barred_row_is_a_problem_of_its_row(run: Run, home: Path, tmp_path: Path) -> None:
    """Without --keep-going nothing is made (3); with it the others are (9). What was made before stands."""
    rows = list(applicants(4))
    table = a_table(tmp_path / "a.csv", rows[:2])
    assert run(*command(table)).returncode == 0
    for row in (rows[1], rows[2]):
        recorded = run("credit", "record", row["id_number"], "--name", row["name"], *DECIDED)
        assert recorded.returncode == 0, recorded.stderr
    table = a_table(tmp_path / "a.csv", rows)
    before = kept(home)
    message = told(run(*command(table)), BAD)
    assert "4 行中有 1 行有误" in message and "gaozhi credit check" in message and "第 4 行" in message
    tried = run(*command(table, "--keep-going", "--dry-run", "--format", "json"))
    assert [row["row"] for row in json.loads(tried.stdout)] == [4]
    assert kept(home) == before
    results = answer(run, *command(table, "--keep-going"), code=9)
    assert [(r["row"], r["status"]) for r in results] == [
        (2, "already"), (3, "already"), (4, "faulty"), (5, "drawn-up"),
    ]  # fmt: skip
    (problem,) = results[2]["problems"]
    assert (
        problem["code"] == "credit" and "C2026-00002" in problem["message"] and "C4：" in problem["message"]
    )


def test_a_guardian_in_a_table_and_at_the_window(run: Run, complete_home: Path, tmp_path: Path) -> None:
    """代理人类型 as a column and as a flag: kept as a 法定监护人, and called so."""
    form = WITH_AGENT | {"authorization": "出生医学证明编号 P410000000"}
    made = answer(
        run, "letter", "new", "--item", "16", *flags(form), "--agent-kind", "法定监护人", home=complete_home
    )  # fmt: skip
    shown = answer(
        run, "commitment", "show", made["number"], "--reveal", "--reason", "查看", home=complete_home
    )  # fmt: skip
    assert "agent" not in shown["people"]
    assert shown["people"]["guardian"]["guardianship"] == "出生医学证明编号 P410000000"
    fields = ("代理人类型", *form)
    row = form | {"代理人类型": "法定监护人", "statement": "参保人已经死亡"}
    table = a_table(tmp_path / "g.csv", [row], fields=fields)
    (result,) = answer(run, *command(table, item="16"), home=complete_home)
    assert result["status"] == "drawn-up"
    refused = told(run(*command(table, item="64"), home=complete_home), BAD)
    assert "法定监护人" in refused and "第 2 行" in refused
