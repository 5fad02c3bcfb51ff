"""``gaozhi letter document``, as a clerk runs it: kinds, forms for the hall, documents about a case."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.builders import CITIZEN, ORGANIZATION, an_id_number
from tests.cli import test_errors
from tests.cli.test_errors import ABSENT, BAD, DOCUMENT, NOT_READY, REFUSED, USAGE, kept, told
from tests.cli.test_letter import read
from tests.conftest import ROOT, Run

office = test_errors.office  # the fixture: SC-2026-00001 drawn up, RS-2026-00001 accepted
DRAWN_UP, ACCEPTED = "SC-2026-00001", "RS-2026-00001"
REASON = ["--set", "撤回理由=改为提交证明"]
NEWER = "RS-2026-00002"
SIGNED_FORM = test_errors.letter(
    *(part for n in (1, 2, 4) for part in ("--proof", f"rs-14.{n}")), item="14", form=ORGANIZATION
)
EITHER_BILL = "职业技能鉴定机构开具的行政事业性收费票据，或者职业技能鉴定机构开具的税务发票（任选其一）"
KINDS = [
    "refusal-notice", "supplement-notice", "withdrawal", "authorization", "guide-sheet",
    "assist-letter", "assist-reminder", "assist-refusal",
    "outcome-notice", "penalty-notice", "rectification", "termination", "revocation", "penalty-decision",
    "transfer-letter",
]  # fmt: skip


@pytest.fixture
def clerk(run: Run, office: Path) -> Run:
    """The command run in the home at work."""
    return partial(run, home=office)


def made(clerk: Run, *args: str, **more: Any) -> dict[str, Any]:
    """What ``letter document`` answers, as JSON."""
    result = clerk("letter", "document", *args, "--format", "json", **more)
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)  # type: ignore[no-any-return]


def journal(clerk: Run, number: str) -> list[str]:
    """The acts of a case."""
    rows = json.loads(clerk("commitment", "history", number, "--format", "json").stdout)
    return [row["act"] for row in rows]


def test_the_kinds_are_listed(clerk: Run) -> None:
    """Without a kind: all of them with title, about, signers, clause; JSON with their blanks."""
    rows = json.loads(clerk("letter", "document", "--format", "json").stdout)
    assert [row["id"] for row in rows][: len(KINDS)] == KINDS
    assert "assist-letter" in [row["id"] for row in rows], "those of another step as well"
    first = rows[0]
    assert first["title"] == "不予适用告知承诺制告知书" and first["official"] is True
    assert first["signers"] == ["行政机关"] and first["clause"] == "规程四（一）"
    blank = next(field for field in first["fields"] if field["name"] == "不适用情形")
    assert blank["required"] and blank["from"] == "填写" and blank["choices"][0]["code"] == "not-listed"
    table = clerk("letter", "document").stdout
    assert "撤回理由（必填）" in table and "异议机关（单位填）" in table


@pytest.mark.parametrize("name", ["withdrawal", "撤回告知承诺申请书", "撤回"])
def test_a_document_about_a_case(clerk: Run, office: Path, name: str) -> None:
    """Found by id, title or words; beside the letter; people in full; one entry."""
    row = made(clerk, name, DRAWN_UP, *REASON)
    path = office / "letters" / "SC" / "2026" / f"{DRAWN_UP}-撤回告知承诺申请书.docx"
    assert Path(row["file"]) == path and row["recorded"] is True and row["number"] == DRAWN_UP
    text = "\n".join(read(path))
    assert CITIZEN["name"] in text and CITIZEN["id_number"] in text and "改为提交证明" in text
    assert "荥市监告承〔2026〕00001号" in text and "可以撤回承诺申请，撤回后应当按原程序办理" in text
    assert journal(clerk, DRAWN_UP)[-1] == "document.make"
    assert clerk("ledger", "verify").returncode == 0


def test_the_printed_number_serves_as_well(clerk: Run) -> None:
    """荥市监告承〔2026〕00001号 is the same case."""
    assert made(clerk, "办理说明", "荥市监告承〔2026〕00001号")["number"] == DRAWN_UP


def test_a_refusal_says_why_and_what_to_bring(clerk: Run, tmp_path: Path) -> None:
    """规程四（一）: reasons with their clause and in words, the proofs to bring, open blanks told."""
    assert clerk(*SIGNED_FORM).returncode == 0
    result = clerk(
        "letter", "document", "不予适用", NEWER, "--out", "出",
        "--set", "不适用情形=false-promise", "--set", "不适用情形=not-met",
        "--set", "事实和理由=经核查与事实不符。", "--set", "文号=荥人社告〔2026〕1号",
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert "异议机关" in result.stderr and "不应" not in result.stderr and "文号" not in result.stderr
    text = read(tmp_path / "出" / f"{NEWER}-不予适用告知承诺制告知书.docx")
    whole = "\n".join(text)
    assert text[:3] == ["荥阳市人力资源和社会保障局", "不予适用告知承诺制告知书", "荥人社告〔2026〕1号"]
    assert f"{ORGANIZATION['name']}：" in text and text[-2:] == [
        "荥阳市人力资源和社会保障局",
        "2026年11月24日",
    ]
    assert "1．申请人存在曾作出虚假承诺等情形，在信用修复前不适用告知承诺制（通知五（二））。" in text
    assert "2．承诺的内容不符合行政机关告知的条件、标准、要求（规程二（二））。" in text
    assert any("本机关将按照法律、法规和规章的有关规定，按程序办理行政事项。" in line for line in text)
    assert f"3．{EITHER_BILL}。" in text  # one was promised, any may be brought
    assert "经核查与事实不符。" in text and "2．职业资格证书。" in text and "下列证明均须提交：" in whole
    assert "可以向____________提出" in whole


def test_the_complete_county_leaves_nothing_open(clerk: Run, complete_home: Path, tmp_path: Path) -> None:
    """What the county laid down once stands in each document; formal as well."""
    county = complete_home / "catalog" / "county.yaml"
    county.write_text(county.read_text("utf-8").replace("formal: 否", "formal: 是"), "utf-8")
    form = test_errors.letter("--consent")
    assert clerk(*form, home=complete_home).returncode == 0
    values = ["--set", "补正内容=unsigned", "--set", "文号=示市监告〔2026〕1号"]
    row = made(clerk, "补正", DRAWN_UP, *values, "--out", "出", home=complete_home)
    assert row["warnings"] == []
    text = "\n".join(read(tmp_path / row["file"]))
    assert (
        "请于收到本告知书之日起十个工作日内将补正后的材料提交至示例县政务服务大厅" in text
        and "____" not in text
    )
    told(
        clerk(
            "letter",
            "document",
            "补正",
            DRAWN_UP,
            "--set",
            "补正内容=blanks",
            "--out",
            "二",
            home=complete_home,
        ),
        REFUSED,
    )


def test_forms_for_the_hall(clerk: Run, office: Path) -> None:
    """--item: the matter printed, people and reasons open, no entry, in the office's folder of blanks."""
    before = journal(clerk, DRAWN_UP)
    for name in ("撤回", "委托书", "办理说明"):
        row = made(clerk, name, "--item", "个体工商户设立登记")
        assert row["number"] is None and row["recorded"] is False
        assert Path(row["file"]).parent == office / "letters" / "SC" / "空白表"
        text = "\n".join(read(row["file"]))
        assert "个体工商户设立登记" in text and "____" in text and CITIZEN["name"] not in text
    assert journal(clerk, DRAWN_UP) == before


def test_the_authorization_names_scope_date_and_agent(clerk: Run, tmp_path: Path) -> None:
    """特别授权 (通知五（二）): who, for what, how far, how long; a wrong number is refused."""
    number = an_id_number("41018219851212004")
    values = {"代理人": "测试丙", "代理人证件号码": number, "代理人联系方式": "13900000000",
              "授权期限": "2026年11月24日至2026年12月31日"}  # fmt: skip
    sets = [part for name, value in values.items() for part in ("--set", f"{name}={value}")]
    row = made(clerk, "委托书", DRAWN_UP, *sets, "--set", "授权范围=correct", "--out", "出")
    text = read(tmp_path / row["file"])
    for value in (
        *values.values(),
        "居民身份证",
        CITIZEN["id_number"],
        "☑ 代为补正材料",
        "☐ 代为申请撤回承诺",
    ):
        assert any(value in line for line in text), value
    wrong = number[:-1] + ("1" if number[-1] != "1" else "2")
    message = told(
        clerk("letter", "document", "委托书", DRAWN_UP, *sets, "--set", f"代理人证件号码={wrong}"), BAD
    )
    assert wrong not in message


def test_values_from_a_file(clerk: Run, tmp_path: Path) -> None:
    """json and yaml, lists for lists; a flag goes before the file; a number that lost digits is refused."""
    (tmp_path / "值.json").write_text(json.dumps({"补正内容": ["unsigned", "请写明门牌号"]}), "utf-8")
    (tmp_path / "值.yaml").write_text("补正内容: [unsigned, 请写明门牌号]\n补正期限: 尽快\n", "utf-8")
    one = made(clerk, "补正", DRAWN_UP, "--from", "值.json", "--set", "补正期限=尽快", "--out", "一")
    two = made(clerk, "补正", DRAWN_UP, "--from", "值.yaml", "--out", "二")
    assert one["sha256"] == two["sha256"] and "2．请写明门牌号。" in read(tmp_path / one["file"])
    three = made(
        clerk,
        "补正",
        DRAWN_UP,
        "--from",
        "-",
        "--out",
        "三",
        input='{"补正内容": ["unsigned", "请写明门牌号"], "补正期限": "尽快"}',
    )
    assert three["sha256"] == one["sha256"]
    (tmp_path / "数.json").write_text('{"补正期限": 20261201}', "utf-8")
    told(clerk("letter", "document", "补正", DRAWN_UP, "--from", "数.json"), BAD)


def test_a_repeated_request_and_a_dry_run(clerk: Run, office: Path) -> None:
    """--request-id makes a repeat harmless; --dry-run writes nothing."""
    before = kept(office)
    assert made(clerk, "撤回", DRAWN_UP, *REASON, "--dry-run")["changed"] is True
    assert kept(office) == before
    first = made(clerk, "撤回", DRAWN_UP, *REASON, "--request-id", "w1")
    again = made(clerk, "撤回", DRAWN_UP, *REASON, "--request-id", "w1")
    assert again["sha256"] == first["sha256"] and again["recorded"] is False
    assert journal(clerk, DRAWN_UP).count("document.make") == 1


def test_a_choice_may_be_meant_by_its_number(clerk: Run, tmp_path: Path) -> None:
    """As on the terminal so by --set; an address that is registered cannot be asked for."""
    row = made(clerk, "补正", DRAWN_UP, "--set", "补正内容=2", "--set", "补正内容=03", "--out", "出")
    text = read(tmp_path / row["file"])
    assert "1．没有提交签章后的告知承诺书原件（附件2 二（五））。" in text
    assert "2．《证明事项告知承诺书》没有写明承诺的具体内容（附件2 三（二））。" in text
    assert clerk(*SIGNED_FORM).returncode == 0
    answer = told(clerk("letter", "document", "补正", NEWER, "--set", "补正内容=site-address"), BAD)
    assert "已登记现场地址" in answer and ORGANIZATION["site_address"] not in answer


def test_what_is_told_once_is_shown_and_asked_for(clerk: Run, office: Path) -> None:
    """On a terminal the lines stand there before they go out; no leaves nothing, yes writes."""
    pytest.importorskip("pty", reason="没有伪终端（pty）")
    from tests.cli.test_terminal import terminal

    before = kept(office)
    dialogue = (
        ("第 1 条：", "1"),
        ("第 2 条（没有了就按回车）：", "0"),
        ("可选", "请写明门牌号"),
        ("第 3 条", ""),
    )
    for answer, code in (("", USAGE), ("是", 0)):
        with terminal(office, "letter", "document", "补正", DRAWN_UP) as at:
            at.answer(*dialogue)
            at.see("1. 《证明事项告知承诺书》没有签名或者盖章")
            at.see("2. 请写明门牌号")
            at.answer((f"{DRAWN_UP} 只出具一次", answer))
            assert at.end() == code
        if code:
            assert "没有出具一次性补正告知书" in at.screen and kept(office) == before
    assert "记入流水" in at.screen
    with terminal(office, "letter", "document", "补正", DRAWN_UP, "--set", "补正内容=2", "--yes") as at:
        assert at.end() == 0


def test_a_draft_leaves_open_what_is_missing(clerk: Run, office: Path) -> None:
    """--draft: underlines instead of a refusal, and a name of its own."""
    row = made(clerk, "撤回", DRAWN_UP, "--draft")
    shown = clerk("letter", "document", "撤回", DRAWN_UP, "--draft", "--out", "另").stdout
    assert "打印后" not in shown and "草稿不签字" in shown
    assert row["file"].endswith("-草稿.docx") and any("_" * 40 in line for line in read(row["file"]))
    assert "出具文书" not in clerk("commitment", "history", DRAWN_UP).stdout
    with zipfile.ZipFile(row["file"]) as document:
        assert 'string="草稿"' in document.read("word/header_watermark.xml").decode()


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["撤消申请"], ABSENT, ["没有文书“撤消申请”", "撤回告知承诺申请书（withdrawal）"]),
        (["撤回"], USAGE, ["缺少 编号", "--item"]),
        (["撤回", DRAWN_UP, "--item", "64"], USAGE, ["只能写一种"]),
        (["撤回", DRAWN_UP], USAGE, ["--set 撤回理由=…", "--draft", "通知五（六）"]),
        (["不予适用", DRAWN_UP], USAGE, ["不适用情形", "事实和理由"]),
        (["撤回", "SC-2026-00009", *REASON], ABSENT, ["SC-2026-00009"]),
        (["撤回", "ABC", *REASON], ABSENT, ["不是编号"]),
        (["撤回", "--item", "没有的事"], ABSENT, ["没有事项"]),
        (["撤回", "--item", "公司"], USAGE, ["用序号指明"]),
        (["撤回", DRAWN_UP, "--set", "撤回理由"], USAGE, ["栏目=内容"]),
        (["撤回", DRAWN_UP, "--set", "撤消理由=x"], BAD, ["没有栏目", "是不是“撤回理由”"]),
        (["撤回", DRAWN_UP, "--set", "撤回理由=一\n二"], BAD, ["控制字符"]),
        (["撤回", DRAWN_UP, *REASON, "--set", "申请人=测试丁"], BAD, ["以清单和台账为准"]),
        (["不予适用", DRAWN_UP, "--set", "不适用情形=坏", "--set", "事实和理由=x"], BAD, ["第 1 项"]),
        (["补正", DRAWN_UP, "--set", "补正内容=7"], BAD, ["第 1 项", "1. unsigned", "6. authorization"]),
        (["补正", DRAWN_UP, "--set", "补正内容=门牌号", "--set", "补正内容=０"], BAD, ["第 2 项", "可选"]),
        (["补正", DRAWN_UP, "--set", "补正内容=…—"], BAD, ["没有写出内容"]),
        (["补正", DRAWN_UP, "--set", "补正内容=authorization"], BAD, ["没有委托代理人"]),
        (["不予适用", DRAWN_UP, "--set", "不适用情形=not-listed", "--set", "事实和理由=未列入"], BAD,
         ["事项在清单之内", "核对登记"]),
        (["补正", ACCEPTED, "--set", "补正内容=unsigned"], REFUSED, ["已受理", "受理以前一次告知"]),
        (["不予适用", ACCEPTED, "--set", "不适用情形=not-met"], REFUSED, ["已经确认", "附件2 二（七）"]),
        (["撤回", DRAWN_UP, *REASON, "--out", "占用/x"], NOT_READY, ["没有出具"]),
        (["撤回", DRAWN_UP, "--from", "没有.json"], BAD, ["没有.json"]),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said(
    clerk: Run, office: Path, tmp_path: Path, args: list[str], code: int, words: list[str]
) -> None:
    """One sentence with the way out; nothing written, nothing personal."""
    (tmp_path / "占用").write_text("x")
    before = kept(office)
    message = told(clerk("letter", "document", *args), code)
    assert all(word in message for word in words), message
    assert kept(office) == before


def test_all_problems_are_in_the_json(clerk: Run) -> None:
    """A script gets each with code, clause and blank."""
    result = clerk("letter", "document", "不予适用", DRAWN_UP, "--format", "json")
    problems = json.loads(result.stdout)["error"]["problems"]
    assert [p["field"] for p in problems] == ["不适用情形", "事实和理由"]
    assert {p["code"] for p in problems} == {"missing"} and {p["clause"] for p in problems} == {
        "规程四（一）"
    }


def test_another_file_there_needs_yes(clerk: Run, tmp_path: Path) -> None:
    """Refused as it is; with --yes replaced."""
    made(clerk, "撤回", DRAWN_UP, *REASON, "--out", "出")
    other = ["letter", "document", "撤回", DRAWN_UP, "--set", "撤回理由=别的理由", "--out", "出"]
    assert "--yes" in told(clerk(*other), USAGE)
    assert clerk(*other, "--yes").returncode == 0


def changed(path: Path, old: str, new: str) -> bytes:
    """A docx with other words in its body."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    body = parts["word/document.xml"].decode()
    assert old in body
    parts["word/document.xml"] = body.replace(old, new).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_a_county_adds_a_document_by_data_alone(clerk: Run, office: Path) -> None:
    """责令补交材料通知书: some lines of YAML and a docx, no line of the program."""
    (office / "catalog").mkdir(exist_ok=True)
    (office / "templates").mkdir(exist_ok=True)
    (office / "catalog" / "documents.yaml").write_text(
        "documents:\n  - id: rectify-order\n    title: 责令补交材料通知书\n    template: rectify_order.docx\n"
        "    official: 是\n    about: 编号\n    signers: [行政机关]\n    clause: 规程四（三）\n"
        "    fields:\n      - {name: 机关名称, from: 机关名称, required: 是}\n"
        "      - {name: 文号, from: 填写, by: 单位, required: 是}\n"
        "      - {name: 申请人, from: 申请人, required: 是}\n"
        "      - {name: 行政事项名称, from: 行政事项名称, required: 是}\n"
        "      - {name: 承诺书编号, from: 承诺书编号的一段}\n"
        "      - {name: 补正内容, from: 填写, required: 是, several: 是, help: 整改内容}\n"
        "      - {name: 依据说明, from: 填写, terms: 是, value: 整改依据, source: 本县决定}\n"
        "      - {name: 补正期限, from: 填写, required: 是, help: 整改期限}\n"
        "      - {name: 提交地点, from: 填写, by: 单位, required: 是}\n"
        "      - {name: 机关联系人, from: 机关联系人}\n      - {name: 机关联系方式, from: 机关联系方式}\n"
        "      - {name: 成文日期, from: 今天}\n",
        "utf-8",
    )
    listed = json.loads(clerk("letter", "document", "--format", "json").stdout)
    assert [row["id"] for row in listed][: len(KINDS)] == KINDS and listed[-1]["id"] == "rectify-order"
    order = ["责令补交", ACCEPTED, "--set", "补正内容=补齐原件", "--set", "补正期限=2026年12月1日前"]
    assert "rectify_order.docx" in told(clerk("letter", "document", *order), NOT_READY)
    shipped = ROOT / "templates" / "supplement_notice.docx"
    (office / "templates" / "rectify_order.docx").write_bytes(
        changed(shipped, "一次性补正告知书", "责令补交材料通知书")
    )
    row = made(clerk, *order)
    text = read(row["file"])
    assert text[1] == "责令补交材料通知书" and "1．补齐原件。" in text and row["recorded"] is True
    history = json.loads(clerk("commitment", "history", ACCEPTED, "--format", "json").stdout)
    assert "rectify-order" in json.dumps(history[-1])


def test_a_template_that_lost_something_is_refused(clerk: Run, office: Path) -> None:
    """The county's own template is checked before anything is written."""
    (office / "templates").mkdir(exist_ok=True)
    own = office / "templates" / "withdrawal.docx"
    shutil.copy(ROOT / "templates" / "withdrawal.docx", own)
    own.write_bytes(changed(own, "撤回后应当按原程序办理", "撤回后另行处理"))
    message = told(clerk("letter", "document", "撤回", DRAWN_UP, *REASON), DOCUMENT)
    assert "应当按原程序办理" in message and not list(office.rglob("*撤回*"))


def test_a_fault_in_the_data_is_told_with_its_place(clerk: Run, office: Path) -> None:
    """File and line, exit 3; other commands do not mind."""
    (office / "catalog").mkdir(exist_ok=True)
    (office / "catalog" / "documents.yaml").write_text("documents:\n  - id: Guide\n", "utf-8")
    assert "documents.yaml:2" in told(clerk("letter", "document"), BAD)


def test_what_is_missing_is_asked_on_a_terminal(clerk: Run, office: Path) -> None:
    """Only the required blanks that nothing fills, choices by number, lines until an empty one."""
    pytest.importorskip("pty", reason="没有伪终端（pty）")
    from tests.cli.test_terminal import terminal

    with terminal(office, "letter", "document", "不予适用", DRAWN_UP) as at:
        at.answer(
            ("第 1 条：", "99"),
            ("不在可选之列", "1"),
            ("事项在清单之内", "6"),
            ("没有委托代理人", "4"),
            ("第 2 条（没有了就按回车）：", ""),
            ("事实和理由（这一件的具体事实和理由）：", "经核查与事实不符"),
        )
        assert at.end() == 0 and "记入流水" in at.screen
    path = office / "letters" / "SC" / "2026" / f"{DRAWN_UP}-不予适用告知承诺制告知书.docx"
    text = "\n".join(read(path))
    assert "1．申请人存在曾作出虚假承诺等情形" in text and "经核查与事实不符。" in text
    with terminal(office, "letter", "document", "撤回", DRAWN_UP, "--no-input") as at:
        assert at.end() == USAGE
    with terminal(office, "letter", "document", "撤回", "--item", "64") as at:
        assert at.end() == 0
