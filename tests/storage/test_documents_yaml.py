"""catalog/documents.yaml: the shipped kinds, the county's over them, every fault at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaozhi_cli.domain.document_kinds import About, By, Kind, Source
from gaozhi_cli.domain.problem import BadInput
from gaozhi_cli.domain.vocabulary import CommitmentStatus
from gaozhi_cli.storage.document_entries import county_documents
from gaozhi_cli.storage.fingerprint import unread_files
from gaozhi_cli.storage.home import shipped
from tests.conftest import ROOT

SHIPPED = (
    "refusal-notice", "supplement-notice", "withdrawal", "authorization", "guide-sheet",
    "assist-letter", "assist-reminder", "assist-refusal",
    "outcome-notice", "penalty-notice", "rectification", "termination", "revocation", "penalty-decision",
    "transfer-letter",
)  # fmt: skip
HEAD = (
    "id: letter-x, title: 责令整改通知书, template: x.docx, about: 编号, signers: [行政机关], "
    "clause: 规程四（三）"
)
ONE = "{code: aa, text: 甲}"
FIELD = "{name: 机关名称, from: 机关名称}"


def read(folder: Path, text: str) -> dict[str, Kind]:
    """The kinds of a county with this file, by id."""
    (folder / "documents.yaml").write_text(text, "utf-8")
    return {kind.id: kind for kind in county_documents(folder)}


def one(head: str = HEAD, *fields: str) -> str:
    """A file with one more kind."""
    return f"documents:\n  - {{{head}, fields: [{', '.join(fields or (FIELD,))}]}}\n"


def fault(folder: Path, text: str) -> str:
    """The one sentence with which a file is refused."""
    with pytest.raises(BadInput) as caught:
        read(folder, text)
    return caught.value.message


def test_the_shipped_kinds(tmp_path: Path) -> None:
    """Each with a template that is there, a source, a purpose, wording that it must keep."""
    kinds = {kind.id: kind for kind in county_documents(tmp_path)}
    assert tuple(kinds) == SHIPPED
    for kind in kinds.values():
        assert (shipped("templates") / kind.template).is_file()
        assert kind.clause and kind.source and kind.purpose and kind.signers and kind.wording
        assert all(field.origin for field in kind.fields if field.value)
    forms = {"withdrawal", "authorization", "guide-sheet"}
    assert {kind.id for kind in kinds.values() if not kind.official} == forms
    assert kinds["withdrawal"].barred == (CommitmentStatus.CONCLUDED, CommitmentStatus.REFUSED)
    assert kinds["authorization"].agent and kinds["supplement-notice"].once


def test_no_period_and_no_authority_is_shipped(tmp_path: Path) -> None:
    """期限 and 机关 that the notice does not name are the office's to fill in, and ship empty."""
    for kind in county_documents(tmp_path):
        for field in kind.fields:
            if field.source is Source.TYPED and ("期限" in field.name or "机关" in field.name):
                # 行政处罚法第五十九条 wants them in a penalty: there an empty one refuses
                assert not field.value and (field.by is not By.CLERK or kind.id == "penalty-decision")


def test_the_notices_say_what_the_notice_says(tmp_path: Path) -> None:
    """Words quoted in 「」 as the source stand in the notice word for word."""
    notice = Path(ROOT / "gaozhi_cli" / "domain" / "guide.py").read_text("utf-8").replace('"\n    "', "")
    free = [kind for kind in county_documents(tmp_path) if not kind.command]
    quoted = [kind.source.split("「")[1].split("」")[0] for kind in free]
    assert len(quoted) == 5
    for words in quoted[0], quoted[2], quoted[3]:
        assert words in notice


def test_a_county_lays_its_values_over_by_name(tmp_path: Path) -> None:
    """One blank gets a value; all others, and all other kinds, stay as shipped."""
    base = {kind.id: kind for kind in county_documents(tmp_path / "none")}
    own = read(
        tmp_path,
        "documents:\n  - id: refusal-notice\n    fields:\n"
        "      - {name: 异议机关, value: 示例县人民政府, source: 虚构}\n",
    )
    changed, before = own.pop("refusal-notice"), base.pop("refusal-notice")
    assert own == base
    field = changed.field("异议机关")
    assert field is not None and field.value == ("示例县人民政府",) and field.by is By.OFFICE
    assert changed.blanks == before.blanks
    assert [f for f in changed.fields if f.name != "异议机关"] == [
        f for f in before.fields if f.name != "异议机关"
    ]


def test_a_county_adds_and_drops(tmp_path: Path) -> None:
    """A kind of its own behind the shipped ones; use: 否 drops a kind or a blank."""
    text = (
        one()
        + "  - {id: withdrawal, use: 否}\n  - id: guide-sheet\n    fields: [{name: 投诉举报方式, use: 否}]\n"
    )
    kinds = read(tmp_path, text)
    assert tuple(kinds) == (*(id_ for id_ in SHIPPED if id_ != "withdrawal"), "letter-x")
    assert kinds["letter-x"].about is About.CASE and kinds["letter-x"].blanks == ("机关名称",)
    assert "投诉举报方式" not in kinds["guide-sheet"].blanks


def test_the_complete_county_has_no_open_blank_of_the_office() -> None:
    """The fixture county has laid down what the notice leaves open, but the 文号 of each document."""
    for kind in county_documents(ROOT / "tests" / "homes" / "complete" / "catalog"):
        open_ = [
            f.name for f in kind.fields if f.source is Source.TYPED and f.by is By.OFFICE and not f.value
        ]
        assert open_ in ([], ["文号"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("document: []\n", ["1:1", "不认识的键“document”"]),
        ("documents: 7\n", ["documents.yaml:1", "应是一列"]),
        (one(HEAD.replace("letter-x", "Letter")), ["2:6", "小写字母"]),
        (one(HEAD.replace("title: 责令整改通知书", "title: 通知/书")), ["文件名"]),
        (one(HEAD.replace("title: 责令整改通知书", "title: 特别授权委托书")), ["已用于“authorization”"]),
        (one(HEAD.replace("x.docx", "../x.docx")), ["templates"]),
        (one(HEAD.replace("x.docx", "x.doc")), ["docx"]),
        (one(HEAD.replace("about: 编号", "about: 人")), ["不认识“人”", "编号|事项|编号或事项"]),
        (one(HEAD.replace("[行政机关]", "[机关]")), ["不认识“机关”", "行政机关"]),
        (one(HEAD.replace("signers: [行政机关], ", "")), ["缺少“signers”"]),
        (one(HEAD.replace(", clause: 规程四（三）", "")), ["缺少“clause”"]),
        (one(HEAD + ", barred: [办完]"), ["不认识“办完”"]),
        (one(HEAD + ", official: yes"), ["应写 是 或 否"]),
        (one(HEAD + ", colour: red"), ["不认识的键“colour”"]),
        (one(HEAD, FIELD, FIELD), ["name “机关名称”重复"]),
        (one(HEAD, "{name: 单位 名称, from: 机关名称}"), ["不能用作栏目名"]),
        (one(HEAD, "{name: for, from: 机关名称}"), ["保留词"]),
        (one(HEAD, "{name: 期限, from: 法律}"), ["不认识“法律”", "填写"]),
        (one(HEAD, "{name: 机关名称, from: 机关名称, value: 某局}"), ["由程序填写"]),
        (one(HEAD, "{name: 期限, from: 填写, value: 十日}"), ["缺少“source”"]),
        (one(HEAD, "{name: 期限, from: 填写, value: [十日, 五日], source: 某处}"), ["只能有一个 value"]),
        (one(HEAD, "{name: 情形, from: 填写, closed: 是}"), ["就要写 choices"]),
        (one(HEAD, "{name: 情形, from: 填写, choices: [{code: A, text: 甲}]}"), ["小写字母"]),
        (one(HEAD, f"{{name: 情形, from: 填写, choices: [{ONE}, {ONE}]}}"), ["重复"]),
        (one(HEAD, f"{{name: 情形, from: 填写, closed: 是, choices: [{ONE}], value: 丙, source: 某处}}"),
         ["不在 choices"]),
        (one(HEAD, "{name: 情形, from: 填写, choices: [{code: aa, text: 甲, unless: 有事}]}"),
         ["不认识“有事”", "没有委托代理人"]),
        (one(HEAD, "{name: 期限, from: 填写, blank: 九}"), ["下划线的个数"]),
        (f"documents:\n  - {{{HEAD}}}\n", ["没有栏目"]),
        (one() + f"  - {{{HEAD}, fields: [{FIELD}]}}\n", ["3:6", "id “letter-x”重复"]),
        ("documents:\n  - id: withdrawal\n    fields: [{name: 撤回理由}, {name: 撤回理由}]\n",
         ["3:", "name “撤回理由”重复"]),
        ("documents:\n  - id: withdrawal\n    fields: [{name: 新栏}]\n", ["缺少“from”"]),
        ("documents：\n  - id: x\n", ["1:10", "全角"]),
    ],
)  # fmt: skip
def test_every_fault_has_its_place(tmp_path: Path, text: str, words: list[str]) -> None:
    """File, line and what to write instead."""
    message = fault(tmp_path, text)
    assert "documents.yaml:" in message and all(word in message for word in words), message


def test_the_file_is_known_and_a_wrong_name_is_told(tmp_path: Path) -> None:
    """documents.yaml is read; document.yaml would be a file without effect."""
    (tmp_path / "documents.yaml").write_text("documents: []\n", "utf-8")
    (tmp_path / "document.yaml").write_text("documents: []\n", "utf-8")
    assert unread_files(tmp_path) == ["document.yaml"]
