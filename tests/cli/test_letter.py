"""``gaozhi letter new``: what the clerk types is what stands on paper, numbered and recorded."""

from __future__ import annotations

import io
import json
import os
import re
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

from tests.builders import CITIZEN, ORGANIZATION, an_id_number, flags
from tests.cli.test_errors import BAD, NOT_READY, REFUSED, USAGE, kept, letter, told
from tests.conftest import ROOT, Run
from tests.rendering.test_docx_template import swapped

AGENT = {
    "agent_name": "测试丙",
    "agent_id_number": an_id_number("41018219851212004"),
    "agent_phone": "13900000000",
    "authorization": "2026年11月24日特别授权书：代为作出本事项的承诺",
}
EXCLUDED = """
office: SC
items:
  - id: sc-64
    assessment: {excluded: 是, area: 国家安全, ground: 虚构, assessor: 示例县（虚构）, date: "2026-01-05"}
"""
HARD_NAME = "测试&<>\"'{} {{ 7*7 }} [/] [a] 𠮷㛃 =1+1"


def made(run: Run, *args: str, **kept: Any) -> dict[str, Any]:
    """What ``letter new`` answers, as JSON."""
    result = run(*args, "--format", "json", **kept)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def read(path: str | Path) -> list[str]:
    """All paragraphs of a letter, tables in their place."""
    document = docx.Document(io.BytesIO(Path(path).read_bytes()))
    return [Paragraph(node, None).text for node in document.element.body.iter(qn("w:p"))]  # type: ignore[arg-type]


def test_item_64_becomes_a_letter_with_a_number(run: Run, home: Path) -> None:
    """The first letter: keys, types, file, ticks, and the office's gaps as problems."""
    answer = made(run, *letter("--no-public"))
    assert (answer["number"], answer["official_number"]) == ("SC-2026-00001", "荥市监告承〔2026〕00001号")
    assert (answer["status"], answer["pdf"]) == ("drawn-up", None)
    assert answer["warnings"] and all(
        set(w) == {"code", "message", "clause", "field"} and w["message"] for w in answer["warnings"]
    )
    assert Path(answer["docx"]) == home / "letters" / "SC" / "2026" / "SC-2026-00001.docx"
    lines = read(answer["docx"])
    assert f"姓名：{CITIZEN['name']}" in lines and f"联系方式：{CITIZEN['phone']}" in lines
    assert f"证件编号：{CITIZEN['id_number']}" in lines and "证件类型：居民身份证" in lines
    assert "编号：荥市监告承〔2026〕00001号" in lines and "名称：荥阳市市场监督管理局" in lines
    assert "（一）行政事项名称：个体工商户设立登记" in lines and "（二）证明事项名称：经营场所证明" in lines
    assert any(line.startswith("（二）已符合") and CITIZEN["statement"] in line for line in lines)
    assert "☑ 1. 申请人为公民" in lines and "☐ 2. 申请人为法人或其他组织" in lines
    assert "☑ 2. 本承诺书不予公开。" in lines
    undecided = [line for line in lines if "代为承诺" in line and line[:1] in "☑☐"]
    assert [line[0] for line in undecided] == ["☐", "☐"], "the office has not decided"


def test_the_table_answer_says_what_comes_next(run: Run, home: Path) -> None:
    """In a pipe: one line a fact, the gaps in words, the next command; talk on stderr."""
    result = run(*letter())
    assert "SC-2026-00001" in result.stdout and "gaozhi commitment sign SC-2026-00001" in result.stdout
    assert "未填设定证明的依据" in result.stdout and "\x1b" not in result.stdout
    assert "已建立台账" in result.stderr and "密钥" in result.stderr


def test_ledger_and_key_are_the_owners_alone(run: Run, home: Path) -> None:
    """0600 for ledger and key, 0700 for the folder of the letters."""
    made(run, *letter())
    if os.name != "posix":
        pytest.skip("POSIX permissions")
    private = [home / "ledger.db", *(home / "keys").iterdir()]
    assert [oct(path.stat().st_mode & 0o777) for path in private] == ["0o600", "0o600"]
    assert all(oct(p.stat().st_mode & 0o077) == "0o0" for p in (home / "letters", home / "keys"))
    assert sorted(p.name for p in (home / "letters" / "SC" / "2026").iterdir()) == ["SC-2026-00001.docx"]


def test_item_8_needs_the_applicants_circumstance(run: Run, home: Path) -> None:
    """六种情形: without one 2 and all of them named; with one the letter names that proof alone."""
    message = told(run(*letter(item="8")), USAGE)
    assert "--proof" in message and all(f"rs-08.{n}" in message for n in range(1, 8))
    assert "村委会出具的相关证明" in message and "无承包土地" in message
    assert kept(home) == {}
    lines = read(made(run, *letter("--proof", "rs-08.4", item="8"))["docx"])
    names = [line for line in lines if line.startswith("（二）证明事项名称：")]
    assert len(names) == 1 and "村委会出具的相关证明" in names[0] and "毕业" not in names[0]
    assert "只选一种" in told(run(*letter("--proof", "rs-08.1", "--proof", "rs-08.5", item="8")), BAD)


def test_item_14_is_an_organization_with_a_site(run: Run, home: Path) -> None:
    """现场核查: the address of the site stands in the promise; the organization in its own branch."""
    proofs = ["--proof", "rs-14.1", "--proof", "RS-14.2", "--proof", "rs-14.4"]
    answer = made(run, *letter(*proofs, item="14", form=ORGANIZATION))
    lines = read(answer["docx"])
    assert answer["official_number"] == "荥人社告承〔2026〕00001号"
    assert "☐ 1. 申请人为公民" in lines and "☑ 2. 申请人为法人或其他组织" in lines
    assert f"名称：{ORGANIZATION['name']}" in lines and f"地址：{ORGANIZATION['address']}" in lines
    assert f"统一社会信用代码：{ORGANIZATION['uscc']}" in lines
    promise = next(line for line in lines if line.startswith("（二）已符合"))
    assert f"现场地址：{ORGANIZATION['site_address']}" in promise
    named = next(line for line in lines if line.startswith("（二）证明事项名称："))
    assert "就业创业证" in named and "税务发票" in named and "收费票据" not in named


def test_an_agent_is_refused_where_the_county_has_not_decided(run: Run, home: Path) -> None:
    """The shipped home: exit 5, named as a default of the county and not as law; no number is used."""
    made(run, *letter())
    before = kept(home)
    message = told(run(*letter("--proof", "sb-24.1", *flags(AGENT), item="24")), REFUSED)
    assert "本县默认不接受代为承诺" in message and "并非法律规定" in message and "通知五（二）" in message
    assert kept(home) == before


def test_an_agent_may_promise_where_the_item_lets_one(run: Run, complete_home: Path) -> None:
    """The complete home, item 24: the agent stands on the letter, 代为承诺 is ticked, nothing is missing."""
    form = letter("--proof", "sb-24.1", "--proof", "sb-24.6", *flags(AGENT), item="24")
    answer = made(run, *form, home=complete_home)
    assert (answer["warnings"], answer["official_number"]) == ([], "示社保告承〔2026〕00001号")
    lines = read(answer["docx"])
    for value in (AGENT["agent_name"], AGENT["agent_id_number"], AGENT["agent_phone"]):
        assert sum(value in line for line in lines) == 1
    assert any(line.startswith("☑ 2. 本证明事项可以代为承诺") for line in lines)
    assert any(line.startswith("☐ 1. 本证明事项必须由申请人作出承诺") for line in lines)
    assert "☑ 2. 本承诺书不予公开。" in lines
    assert "1. 《示例县证明事项管理办法（虚构）》第24条第1款第2项规定：" in lines
    assert "投诉举报方式：电话 0371-00000000" in lines or "0371-00000000" in lines[-1]
    refused = letter("--proof", "sb-24.1", *flags(AGENT | {"authorization": ""})[:-2], item="24")
    assert "特别授权" in told(run(*refused, home=complete_home), REFUSED)
    must = letter(*flags(AGENT), item="1", form=ORGANIZATION, site_address="")
    assert "必须由申请人" in told(run(*must, home=complete_home), REFUSED)


def test_disclosure_may_be_narrowed_and_consent_is_asked_for(run: Run, complete_home: Path) -> None:
    """A published item: until a nearer day, never a later one, not at all, or with a warning."""
    path = complete_home / "catalog" / "items" / "sc.yaml"
    head, found, tail = path.read_text("utf-8").partition("id: sc-64")
    text = tail.replace("自作出承诺之日起至核查结束", "2027-06-30", 1)
    path.write_text(head + found + text, "utf-8")
    later = run(*letter("--public-until", "2027-07-01"), home=complete_home)
    assert "不能延长" in told(later, BAD)
    dated = made(run, *letter("--public-until", "2027-01-31", "--consent"), home=complete_home)
    assert "☑ 1. 本承诺书将予公开，公开时限：至2027年1月31日。" in read(dated["docx"])
    assert dated["warnings"] == []
    closed = made(run, *letter("--no-public"), home=complete_home)
    assert "☑ 2. 本承诺书不予公开。" in read(closed["docx"])
    silent = made(run, *letter(), home=complete_home)
    assert [warning["code"] for warning in silent["warnings"]] == ["consent"]


def test_a_formal_county_refuses_its_own_gaps(run: Run, home: Path) -> None:
    """formal: 是 turns the office's gaps into a refusal that names them all."""
    (home / "catalog").mkdir()
    (home / "catalog" / "county.yaml").write_text("formal: 是\n", "utf-8")
    message = told(run(*letter()), REFUSED)
    assert "formal" in message and "设定证明的依据" in message and "是否公开" in message
    assert not list(home.rglob("*.docx"))


def test_all_that_lacks_is_named_in_one_run(run: Run, home: Path) -> None:
    """规程四（一）: the form's gaps, wrong values and the agent in one run; nothing is made."""
    before = kept(home)
    form = {"name": "", "phone": "1", "id_number": "410182199001010031", "statement": ""}
    wrong = letter(
        *flags({"agent_name": "测试丙", "agent_phone": "2"}), "--public-until", "2020-01-01", **form
    )
    message = told(run(*wrong), BAD)
    for words in (
        "未填申请人姓名或名称", "未填承诺的具体内容", "联系方式：号码应有 7 至 20 位", "校验码",
        "代理人联系方式：号码应有", "未填代理人证件编号", "本县默认不接受代为承诺", "特别授权",
        "公开时限早于办理日期",
    ):  # fmt: skip
        assert words in message, words
    assert message.count("  · ") == len(set(message.splitlines()[1:]))  # each once
    assert kept(home) == before
    as_json = run(*wrong, "--format", "json")
    error = json.loads(as_json.stdout)["error"]
    assert as_json.returncode == BAD and error["code"] == "bad-input"
    assert {"name", "phone", "id_number", "statement", "agent_phone", "agent_name"} <= {
        problem["field"] for problem in error["problems"]
    }


@pytest.mark.parametrize(
    ("more", "changed", "code"),
    [
        ([], {"phone": "", "statement": ""}, USAGE),
        ([], {"phone": "", "id_number": "1"}, BAD),
        (flags({**AGENT}), {}, REFUSED),
        (flags({**AGENT}), {"phone": ""}, BAD),
        (flags({**AGENT, "agent_phone": "1"}), {}, BAD),
    ],
    ids=["absent", "absent-and-wrong", "rule", "rule-and-absent", "rule-and-wrong"],
)
def test_the_exit_code_of_gaps(
    run: Run, home: Path, more: list[str], changed: dict[str, str], code: int
) -> None:
    """Only flags absent: 2. Only rules of the procedure: 5. Anything else: 3; a file is never 2."""
    told(run(*letter(*more, **changed)), code)
    if code == USAGE:
        form = {key: value for key, value in (CITIZEN | changed | {"item": "64"}).items() if value}
        told(run("letter", "new", "--from", "-", input=json.dumps(form, ensure_ascii=False)), BAD)
    assert kept(home) == {}


def test_the_office_gaps_of_a_formal_county_are_named_with_the_applicants(run: Run, home: Path) -> None:
    """formal: one run tells the clerk everything that stands in the way, whoever has to fill it in."""
    (home / "catalog").mkdir()
    (home / "catalog" / "county.yaml").write_text("formal: 是\n", "utf-8")
    message = told(run(*letter(phone="", id_number="1")), BAD)
    for words in ("未填联系方式", "应为 18 位", "设定证明的依据", "证明的内容", "是否公开", "代为承诺"):
        assert words in message, words
    assert "行政机关联系人" in message and not list(home.rglob("*.docx"))
    assert "未填联系方式" in told(run(*letter(phone="")), BAD)  # the office's gaps are no absent flag


def test_an_excluded_proof_among_the_others(run: Run, home: Path) -> None:
    """通知四: assessed as excluded, it is named together with what is missing, or alone with 5."""
    catalog = home / "catalog"
    (catalog / "items").mkdir(parents=True)
    (catalog / "items" / "sc.yaml").write_text(EXCLUDED, "utf-8")
    message = told(run(*letter()), REFUSED)
    assert "国家安全" in message and "通知四" in message and "一般程序" in message
    message = told(run(*letter(phone="1", statement="")), BAD)
    assert "国家安全" in message and "未填承诺的具体内容" in message and "7 至 20 位" in message
    assert not (home / "ledger.db").exists()


def test_any_printable_text_is_carried_exactly(run: Run, home: Path) -> None:
    """Markup, tags, formulas, rare characters and an address of 500 characters, on paper and revealed."""
    address = "荥阳市测试路" + "长" * 490 + "1号"
    assert len(address) == 498
    form = ORGANIZATION | {"name": HARD_NAME, "address": address, "statement": f"符合；{HARD_NAME}"}
    answer = made(run, *letter("--proof", "rs-14.1", item="14", form=form))
    lines = read(answer["docx"])
    assert f"名称：{HARD_NAME}" in lines and f"地址：{address}" in lines
    assert any(f"符合；{HARD_NAME}" in line for line in lines)
    shown = run("commitment", "show", "RS-2026-00001", "--reveal", "--reason", "核对", "--format", "json")
    person = json.loads(shown.stdout)["people"]["applicant"]
    assert (person["name"], person["address"]) == (HARD_NAME, address)
    assert len(run("commitment", "list").stdout.splitlines()) == 2


def test_numbers_and_blanks_are_brought_to_normal_form(run: Run, home: Path) -> None:
    """Full-width digits, a small x, outer blanks: the same number; the name keeps its inner blanks."""
    number = an_id_number("11010119900307000")
    wide = " " + number.replace("1", "１").lower() + " "
    lines = read(made(run, *letter(name="　测试  甲 ", id_number=wide))["docx"])
    assert "姓名：测试  甲" in lines and f"证件编号：{number}" in lines


@pytest.mark.parametrize("kind", ["yaml", "gb18030", "stdin"])
def test_a_form_can_come_from_a_file(run: Run, home: Path, tmp_path: Path, kind: str) -> None:
    """--from: YAML, JSON in GB18030, standard input; a flag beats the file."""
    form = CITIZEN | {"item": "64", "no_public": "是"}
    text = json.dumps(form, ensure_ascii=False)
    if kind == "yaml":
        text = "".join(f'{key}: "{value}"\n' for key, value in form.items())
    path = tmp_path / "申请"
    path.write_bytes(text.encode("gb18030" if kind == "gb18030" else "utf-8-sig"))
    source = ["-"] if kind == "stdin" else [str(path)]
    args = ["letter", "new", "--from", *source, "--phone", "0371-11111111"]
    answer = made(run, *args, input=text if kind == "stdin" else None)
    lines = read(answer["docx"])
    assert f"姓名：{CITIZEN['name']}" in lines and "☑ 2. 本承诺书不予公开。" in lines
    assert "联系方式：0371-11111111" in lines and f"联系方式：{CITIZEN['phone']}" not in lines


def test_the_number_of_a_person_may_come_from_standard_input(run: Run, home: Path) -> None:
    """--id-number -: arguments show in process lists."""
    answer = made(run, *letter(id_number="-"), input=CITIZEN["id_number"] + "\n")
    assert f"证件编号：{CITIZEN['id_number']}" in read(answer["docx"])


def test_numbers_are_gapless_for_each_office_and_year(run: Run, home: Path) -> None:
    """One row of numbers per office and year; a refused letter uses none up."""
    told(run(*letter(id_number="1")), BAD)
    answers = [made(run, *letter())["number"], made(run, *letter(item="65"))["number"]]
    told(run(*letter(*flags(AGENT))), REFUSED)
    answers.append(made(run, *letter("--proof", "rs-08.1", item="8"))["number"])
    answers.append(made(run, *letter(), "--as-of", "2027-01-04")["number"])
    assert answers == ["SC-2026-00001", "SC-2026-00002", "RS-2026-00001", "SC-2027-00001"]


def test_a_letter_never_replaces_another_file(run: Run, home: Path, tmp_path: Path) -> None:
    """--out holds a file of that name already: it stays, and the letter is made once it is out of the way."""
    made(run, *letter())
    folder = tmp_path / "out"
    folder.mkdir()
    other = folder / "SC-2026-00002.docx"
    other.write_bytes(b"another's")
    result = run(*letter("--out", "out"))
    assert "SC-2026-00002" in told(result, NOT_READY) and "没有覆盖" in result.stderr
    assert other.read_bytes() == b"another's"
    other.unlink()
    assert "已补上 SC-2026-00002" in run(*letter()).stderr and read(other)


def test_what_the_clerk_should_look_at_is_said(run: Run, home: Path) -> None:
    """The same applicant and item again, and a number known under another name: told, not refused."""
    first = run(*letter())
    assert "信用" in first.stderr and "重复" not in first.stderr
    second = run(*letter(name="别名乙"))
    assert "SC-2026-00001" in second.stderr and "另一个名字" in second.stderr
    assert "别名乙" not in second.stderr and second.returncode == 0


def test_the_folder_and_the_template_can_be_the_countys_own(run: Run, home: Path, tmp_path: Path) -> None:
    """--out, and home/templates: the file is named by its number alone."""
    (home / "templates").mkdir(exist_ok=True)
    own = swapped("以下为办理机关的补充说明", "本县的补充说明")
    (home / "templates" / "commitment_letter.docx").write_bytes(own)
    folder = tmp_path / "承诺书 & 其他"
    folder.mkdir()
    answer = made(run, *letter("--out", folder.name, name="../../x"))
    assert Path(answer["docx"]).name == "SC-2026-00001.docx"
    assert [path.name for path in folder.iterdir()] == ["SC-2026-00001.docx"]
    assert any("本县的补充说明" in line for line in read(folder / "SC-2026-00001.docx"))
    assert "姓名：../../x" in read(folder / "SC-2026-00001.docx")


def test_the_journal_names_the_operator_and_holds_nothing_personal(run: Run, home: Path) -> None:
    """--operator is a claim beside the login name; the journal in the file has no name and no number."""
    number = made(run, *letter("--operator", "窗口一号"))["number"]
    rows = json.loads(run("commitment", "history", number, "--format", "json").stdout)
    assert {row["operator"] for row in rows} == {"窗口一号"} and all(row["login"] for row in rows)
    assert [row["dated_on"] for row in rows] == ["2026-11-24"] * len(rows)
    data = (home / "ledger.db").read_bytes()
    personal = [CITIZEN[key].encode() for key in ("name", "id_number", "phone", "statement")]
    assert not [value for value in personal if value in data]
    text = json.dumps(rows, ensure_ascii=False)
    assert not [value for value in CITIZEN.values() if value in text]


def test_the_letters_words_come_from_the_form_the_notice_prescribes(run: Run, home: Path) -> None:
    """What the command writes is the shipped template, filled: no blank tag, no stray brace."""
    lines = read(made(run, *letter())["docx"])
    assert not re.search(r"\{\{|\}\}|\{%|｛", "".join(lines))
    template = read(ROOT / "templates" / "commitment_letter.docx")
    fixed = [line for line in template if "{" not in line and line.strip()]
    assert [line for line in fixed if line not in lines] == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_form_in_either_encoding_loses_no_character(run: Run, home: Path, encoding: str) -> None:
    """A file saved by WPS in GB18030 carries 𠮷㛃 as one in UTF-8 does."""
    form = home / "申请.json"
    form.write_bytes(
        json.dumps({**CITIZEN, "item": "64", "name": "𠮷㛃"}, ensure_ascii=False).encode(encoding)
    )
    made = json.loads(run("letter", "new", "--from", str(form), "--format", "json").stdout)
    shown = run("commitment", "show", made["number"], "--reveal", "--reason", "核对", "--format", "json")
    assert json.loads(shown.stdout)["people"]["applicant"]["name"] == "𠮷㛃"


def test_a_form_that_is_no_text_is_refused_not_mended(run: Run, home: Path) -> None:
    """Bytes of neither encoding: one sentence, nothing registered, no � in a name."""
    form = home / "申请.json"
    form.write_bytes(b'{"item": "64", "name": "\xff\xff"}')
    result = run("letter", "new", "--from", str(form))
    assert result.returncode == 3 and "UTF-8" in result.stderr
    assert not (home / "ledger.db").exists()
