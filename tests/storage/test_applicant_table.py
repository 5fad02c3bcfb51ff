"""The applicants' table: every way in which offices write it is read or refused by row and cell."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.applicant import text_problems
from gaozhi_cli.domain.intake import FIELD_LABELS
from gaozhi_cli.domain.problem import BadInput
from gaozhi_cli.storage.applicant_columns import FORCED
from gaozhi_cli.storage.applicant_headings import WORDS, heading
from gaozhi_cli.storage.applicant_table import ApplicantRow, open_applicants
from tests.builders import TABLE_FIELDS, a_uscc, an_id_number, applicants
from tests.conftest import ROOT
from tests.storage.test_table_file import an_ods

ID = an_id_number()
HEADS = ("姓名", "证件号码", "联系方式", "承诺内容")
PERSON = ("测试甲", ID, "013800000000", "房屋自有，权属清楚")


def a_csv(path: Path, rows: Iterable[Sequence[str]], encoding: str = "utf-8", delimiter: str = ",") -> Path:
    """A csv as spreadsheets write it."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def an_xlsx(path: Path, rows: Sequence[Sequence[Any]], merges: Sequence[str] = ()) -> Path:
    """A workbook of one sheet; numbers and dates stay what they are."""
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("名单")
    day = book.add_format({"num_format": "yyyy/m/d"})
    for number, row in enumerate(rows):
        for place, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(number, place, value, day)
            elif isinstance(value, str):
                sheet.write_string(number, place, value)
            elif value is not None:
                sheet.write(number, place, value)
    for merge in merges:
        sheet.merge_range(merge, "合并的文字")
    book.close()
    return path


def lines(path: Path, *objects: object) -> Path:
    """An ndjson file; texts go in as they are."""
    texts = [o if isinstance(o, str) else json.dumps(o, ensure_ascii=False) for o in objects]
    path.write_text("\n".join(texts) + "\n", "utf-8")
    return path


def rows(path: Path, sheet: str | None = None) -> list[ApplicantRow]:
    """All rows of a table."""
    return list(open_applicants(path, sheet).rows())


def messages(path: Path) -> list[str]:
    """What is wrong with the rows."""
    return [problem.message for row in rows(path) for problem in row.problems]


def refused(path: Path, sheet: str | None = None) -> str:
    """The one sentence that a table is refused with."""
    with pytest.raises(BadInput) as caught:
        rows(path, sheet)
    assert "\n" not in caught.value.message and len(caught.value.message) < 200
    return caught.value.message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_csv_keeps_zeros_commas_and_line_breaks(tmp_path: Path, encoding: str, delimiter: str) -> None:
    """E4 row 14: BOM or GB18030, leading zeros, line breaks within quotes; numbers of lines stay right."""
    person = (*PERSON[:3], "房屋自有，\r\n权属,清楚;\t完")
    path = a_csv(tmp_path / "a.csv", [HEADS, person, [], person], encoding, delimiter)
    first, second = rows(path)
    assert (first.number, second.number) == (2, 5)
    assert first.values == second.values
    assert dict(first.values) == {
        "name": "测试甲",
        "id_number": ID,
        "phone": "013800000000",
        "statement": "房屋自有，\n权属,清楚;\t完",
    }


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ((*PERSON, "多"), "E2：第 2 行比表头多出 1 格"),
        (PERSON[:3], "第 2 行只有 3 格，表头有 4 格"),
        (("测试甲", "4.10182E+17", *PERSON[2:]), "B2：证件号码被存成数字，末位已丢失"),
    ],
)
def test_ragged_and_spoilt_csv_rows_name_their_row(tmp_path: Path, cells: Sequence[str], said: str) -> None:
    """E4 row 14: a cell too many or too few is never shifted or dropped in silence."""
    assert said in messages(a_csv(tmp_path / "a.csv", [HEADS, cells, PERSON]))[0]
    assert not rows(tmp_path / "a.csv")[1].problems


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "空文件"),
        ("姓名,证件号码\n测试甲,\x001".encode(), "已损坏"),
        ('姓名,证件号码\n"测试甲,1\n'.encode(), "引号没有成对"),
        (b"\xff\xfea\x00", "UTF-16"),
        ("姓名,证件号码\n".encode() + b"\xff\xff", "不是"),
        ("姓名,证件号码\n".encode(), "没有申请人"),
        ("甲,乙\n1,2\n".encode(), "没有找到表头"),
        (b"%PDF-1.7", "PDF"),
        ("姓名,身份正号\n测试甲,1\n".encode(), "“身份正号”"),
        ("姓名,证件号码,身份证号\n测试甲,1,1\n".encode(), "同一栏"),
        ("姓名,联系方式,姓名,联系方式\n甲,1,乙,1\n".encode(), "代理人姓名"),
    ],
)
def test_a_csv_that_cannot_be_used_is_one_sentence(tmp_path: Path, data: bytes, said: str) -> None:
    """Damaged, empty, not a table, a heading unknown or twice."""
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    assert said in refused(path)


def test_every_word_of_the_form_and_every_flag_is_a_heading() -> None:
    """The words that the command line's contract names, and the flags in both spellings."""
    named = (
        "姓名 名称 证件类型 证件号码 统一社会信用代码 联系人 联系方式 地址 代理人姓名 代理人证件类型 "
        "代理人证件号码 代理人联系方式 授权书 证明事项 承诺内容 现场地址 公开时限"
    )
    assert all(heading(word).field for word in named.split())
    assert {heading(word).field for words in WORDS.values() for word in words.split()} == set(FIELD_LABELS)
    for field in FIELD_LABELS:
        assert heading(field).field == field == heading(field.replace("_", "-").upper()).field


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("证件号码（必填）", "id_number"), ("*身份证 号", "id_number"), ("证件\n号码", "id_number"),
        ("联系方式(代理人)", "agent_phone"), ("姓名（委托代理人）", "agent_name"), ("3.联系电话：", "phone"),
        ("ｎａｍｅ", "name"), ("名称（法人或其他组织）", "name"), ("委托代理人身份证号", "agent_id_number"),
        ("授权书（委托代理人）", "authorization"), ("代理人类型", "agent_kind"),
        ("地址（代理人）", ""), ("身份正号", ""), ("", ""),
    ],
)  # fmt: skip
def test_headings_are_read_leniently_but_never_guessed(text: str, field: str) -> None:
    """Width, blanks, marks and remarks do not count; whose column it is does."""
    assert heading(text).field == field


def test_titles_examples_remarks_and_columns_beside(tmp_path: Path) -> None:
    """A sheet as an office keeps it."""
    table = [
        ["荥阳市某局申请人名单"],
        ["填报单位：某局", "日期：2026"],
        ["序号", *HEADS, "备注", "空列"],
        ["", "必填", "必填", "必填", "必填", ""],
        ["示例", *PERSON],
        [1, *PERSON, "急件"],
        [],
        [2, "测试乙", an_id_number("41018219850505005"), 13900000000, "自有"],
        ["填表人：某某"],
    ]
    opened = open_applicants(an_xlsx(tmp_path / "a.xlsx", table, ["A1:G1"]))
    found = list(opened.rows())
    assert [row.number for row in found] == [6, 8]
    assert found == list(opened.rows())
    assert found[1].values["phone"] == "13900000000"
    assert opened.ignored == ("序号", "备注") and "第 4、5 行" in opened.notes[0]
    assert opened.cell(6, "id_number") == "C6" and opened.cell(6, "uscc") == ""
    assert not any(row.problems for row in found)


def test_headings_of_two_rows(tmp_path: Path) -> None:
    """申请人 and 委托代理人 over several columns say whose columns those are."""
    table = [
        ["序号", "申请人", None, None, "委托代理人", None, None, "承诺内容"],
        [None, "姓名", "证件号码", "联系方式", "姓名", "证件号码", "联系方式", None],
        [1, "测试甲", ID, "138", "测试丙", ID, "139", "自有"],
    ]
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    for number, row in enumerate(table):
        sheet.write_row(number, 0, row)
    for place, text in {
        "A1:A2": "序号",
        "B1:D1": "申请人",
        "E1:G1": "委托代理人",
        "H1:H2": "承诺内容",
    }.items():
        sheet.merge_range(place, text)
    book.close()
    (only,) = rows(path)
    assert not only.problems and dict(only.values) == {
        "name": "测试甲", "id_number": ID, "phone": "138", "agent_name": "测试丙",
        "agent_id_number": ID, "agent_phone": "139", "statement": "自有",
    }  # fmt: skip


def test_an_applicant_is_never_taken_for_an_example(tmp_path: Path) -> None:
    """A name that begins with 示例 or 说明 is a name; headings repeated on a new page are not."""
    heads = ["名称", "统一社会信用代码", "联系方式"]
    table = [heads, ["示例科技公司", "1", "2"], ["说明：公司", "1", "2"], heads, ["例：公司", "1", "2"]]
    assert [row.number for row in rows(a_csv(tmp_path / "a.csv", table))] == [2, 3, 5]


def test_a_csv_that_keeps_excel_from_reckoning(tmp_path: Path) -> None:
    """What other systems put before numbers does not belong to them."""
    path = a_csv(
        tmp_path / "a.csv", [HEADS[:3], ("测试甲", f'="{ID}"', "'+86 138"), ("测试乙", f"\t{ID}", "'名")]
    )
    first, second = rows(path)
    assert first.values["id_number"] == second.values["id_number"] == ID
    assert first.values["phone"] == "+86 138" and second.values["phone"] == "'名"


def test_what_excel_spoils_is_named_by_cell(tmp_path: Path) -> None:
    """E4 row 10: a number of 18 digits, an error, merged cells, a value without heading; dates become ISO."""
    table = [
        ["姓名", "*证件号码（必填）", *HEADS[2:], "公开时限", "不公开"],
        ["测试甲", 410182199001010030, "138", "自有", date(2027, 12, 31), "否"],
        ["测试乙", ID, "138", "自有", "2027年1月5日", True],
        ["测试丙", ID, "138", "自有", None, None, None, "已交"],
        ["测试丁", ID, "138", "自有"],
        ["测试戊", ID, "138"],
    ]
    found = rows(an_xlsx(tmp_path / "a.xlsx", table, ["D5:D6"]))
    assert found[0].problems[0].message == "B2：证件号码被存成数字，末位已丢失，请把该列设为文本后重新填写"
    assert found[0].problems[0].field == "id_number" and "id_number" not in found[0].values
    assert found[0].values["public_until"] == "2027-12-31" and found[0].values["no_public"] is False
    assert found[1].values["public_until"] == "2027-01-05" and found[1].values["no_public"] is True
    assert found[2].problems[0].message.startswith("H4：有内容，但这一列没有表头")
    for row in found[3:]:
        assert [p.message for p in row.problems] == ["D5：是合并单元格，请取消合并后逐行填写"]
        assert "statement" not in row.values


def test_both_branches_of_the_form_beside_each_other(tmp_path: Path) -> None:
    """姓名 and 名称 may both be columns; a row that uses both for two names is a problem."""
    heads = ["姓名", "名称", "证件类型", "证件号码", "统一社会信用代码"]
    code = a_uscc()
    table = [
        heads,
        ["测试甲", "", "", ID, ""],
        ["", "测试公司", "", "", code],
        ["", "测试公司", "统一社会信用代码", code, ""],
        ["测试甲", "测试公司", "", ID, ""],
    ]
    first, second, third, last = rows(a_csv(tmp_path / "a.csv", table))
    assert dict(first.values) == {"name": "测试甲", "id_number": ID}
    assert dict(second.values) == dict(third.values) == {"name": "测试公司", "uscc": code}
    assert last.problems[0].message == "第 5 行的“姓名”与“名称”都填了而且不同，请只填一项"


def test_the_sheet_with_the_headings_is_found(tmp_path: Path) -> None:
    """Behind a sheet of instructions; a second table is told; a sheet that is not there is named."""
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"))
    for name, table in {"说明": [["请逐行填写"]], "名单": [HEADS, PERSON], "另一": [HEADS, PERSON]}.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(table):
            sheet.write_row(number, 0, row)
    book.close()
    opened = open_applicants(tmp_path / "a.xlsx")
    assert opened.sheet == "名单" and "“另一”也有表头" in opened.notes[0]
    assert len(rows(tmp_path / "a.xlsx", "另一")) == 1
    assert "没有工作表“三”，有：说明、名单、另一" in refused(tmp_path / "a.xlsx", "三")
    assert "没有找到表头" in refused(tmp_path / "a.xlsx", "说明")


def test_a_million_empty_rows_and_files_that_are_not_what_they_say(tmp_path: Path) -> None:
    """E4 row 10: formatted to the end, renamed, cut off: read or refused within seconds."""
    book = xlsxwriter.Workbook(str(tmp_path / "a.xlsx"), {"constant_memory": True})
    sheet = book.add_worksheet("名单")
    for number in range(300_000):
        if number < 2:
            sheet.write_row(number, 0, (HEADS, PERSON)[number])
        else:
            sheet.write_blank(number, 0, None, book.add_format({"bold": True}) if number == 2 else None)
            sheet.set_row(number, 20)
    book.close()
    begin = time.monotonic()
    assert len(rows(tmp_path / "a.xlsx")) == 1
    assert time.monotonic() - begin < 30
    whole = an_xlsx(tmp_path / "b.xlsx", [HEADS, PERSON]).read_bytes()
    for name, data in {"c.xlsx": whole[:2000], "d.xls": b"a,b", "e.xlsx": b"PK\x03\x04" + b"x" * 99}.items():
        (tmp_path / name).write_bytes(data)
        assert refused(tmp_path / name)
    (tmp_path / "f.csv").write_bytes(whole)  # told by content
    assert len(rows(tmp_path / "f.csv")) == 1
    assert "不存在" in refused(tmp_path / "g.csv")


def test_ndjson_line_by_line(tmp_path: Path) -> None:
    """Flags' names or the form's words, null for absent, blank lines passed over, flags as they are."""
    path = lines(
        tmp_path / "名单.txt",
        {"name": " 测试甲 ", "id_number": ID, "phone": "138", "no_public": True, "uscc": None},
        "",
        {"姓名": "测试乙", "证件号码": ID, "备注": "急", "proof": ["甲证明", "乙证明"], "consent": "是"},
    )
    first, second = rows(path)
    assert first == ApplicantRow(1, {"name": "测试甲", "id_number": ID, "phone": "138", "no_public": True})
    assert second.number == 3 and second.values["proof"] == ("甲证明", "乙证明")
    assert second.values["consent"] is True
    assert open_applicants(path).kind == "ndjson"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"name":"测试甲","id_number":410182199001010030}', "第 2 行的证件编号应是文字，请加英文双引号"),
        ('{"name":"测试甲","name":"测试乙"}', "有重复的栏目“name”"),
        ('{"name":"测试甲","姓名":"测试乙"}', "姓名或名称写了两次"),
        ('{"name":"测试甲",}', "第 15 列起不是有效的 JSON"),
        ('{"name":"测试甲","nane":"1"}', "不认识的栏目“nane”"),
        ('{"name":"测试甲","phone":["1"]}', "联系方式应是文字"),
        ('{"name":true}', "应是文字"),
        ('{"name":NaN}', "NaN"),
        ("[1]", "不是一个 {…}"),
        ('{"name":' + "[" * 100_000, "嵌套太深"),
        ('{"name":' + "9" * 10_000 + "}", "应是文字"),
    ],
)
def test_a_bad_line_is_told_by_its_number(tmp_path: Path, line: str, said: str) -> None:
    """What is wrong with one line leaves the others readable."""
    path = lines(tmp_path / "a.ndjson", {"name": "测试"}, line, {"name": "测试"})
    found = rows(path)
    assert [row.number for row in found if not row.problems] == [1, 3]
    assert said in found[1].problems[0].message and "410182" not in found[1].problems[0].message


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"name":"' + b"a" * 1_100_000 + b'"}', "第 1 行超过 1 MB"),
        ('{"name":"甲"}\n{"name":"'.encode() + "乙".encode("gb18030") + b'"}', "第 2 行不是 UTF-8"),
        (b'[{"name":"a"}]', "JSON 数组"),
        (b"name,phone\n1,2\n", "不是 ndjson"),
    ],
)
def test_an_ndjson_that_cannot_be_used_is_one_sentence(tmp_path: Path, data: bytes, said: str) -> None:
    """Too long a line, another encoding, an array, a csv under that ending."""
    path = tmp_path / "a.ndjson"
    path.write_bytes(data)
    assert said in refused(path)


def test_a_file_changed_between_the_passes_is_refused(tmp_path: Path) -> None:
    """What was validated is what is done, byte by byte."""
    path = a_csv(tmp_path / "a.csv", [HEADS, PERSON])
    opened = open_applicants(path)
    assert len(list(opened.rows())) == 1
    text = path.read_bytes()
    path.write_bytes(text.replace("自有".encode(), "租用".encode()))
    with pytest.raises(BadInput, match="被改动"):
        next(opened.rows())
    path.write_bytes(text)
    second = opened.rows()
    next(second)
    path.write_bytes(text + b"\r\n")
    with pytest.raises(BadInput, match="被改动"):
        list(second)


# but for '0 and ="0", by which a csv keeps Excel from reckoning: the marks are not of the value
CELL = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8).filter(
    lambda cell: FORCED.fullmatch(cell) is None
)
TABLES = st.lists(
    st.fixed_dictionaries({"name": CELL}, optional=dict.fromkeys(TABLE_FIELDS[4:], CELL)), min_size=1
)


@settings(deadline=None, max_examples=40)
@given(table=TABLES, order=st.permutations(TABLE_FIELDS), kind=st.sampled_from(["csv", "xlsx", "ndjson"]))
def test_any_table_reads_back(
    tmp_path_factory: pytest.TempPathFactory, table: list[dict[str, str]], order: list[str], kind: str
) -> None:
    """Whatever is written under headings in any order comes back under the same fields."""
    table = [{"name": "申请人" + row.pop("name")} | row for row in table]
    path = tmp_path_factory.mktemp("t") / f"a.{kind}"
    cells = [[row.get(field, "") for field in order] for row in table]
    if kind == "csv":
        a_csv(path, [order, *cells])
    elif kind == "xlsx":
        an_xlsx(path, [order, *([cell or None for cell in row] for row in cells)])
    else:
        lines(path, *table)
    found = rows(path)
    assert [dict(row.values) for row in found] == table
    assert not any(row.problems for row in found)


PEAK = """
import sys
from pathlib import Path
from gaozhi_cli.storage.applicant_table import open_applicants
count = sum(1 for row in open_applicants(Path(sys.argv[1])).rows() if not row.problems)
status = Path("/proc/self/status").read_text().split()
print(count, status[status.index("VmHWM:") + 1])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="只有 Linux 有 /proc/self/status")
@pytest.mark.parametrize("kind", ["csv", "xlsx", "ndjson"])
def test_memory_does_not_grow_with_the_rows(tmp_path: Path, kind: str) -> None:
    """A child that reads 20,000 rows needs little more than one that reads 100."""
    peaks = []
    for count in (100, 20_000):
        path = tmp_path / f"{count}.{kind}"
        if kind == "ndjson":
            lines(path, *applicants(count))
        elif kind == "csv":
            a_csv(path, [TABLE_FIELDS, *(list(row.values()) for row in applicants(count))])
        else:
            an_xlsx(path, [TABLE_FIELDS, *([cell or None for cell in r.values()] for r in applicants(count))])
        done = subprocess.run(
            [sys.executable, "-c", PEAK, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
        )
        read, peak = map(int, done.stdout.split())
        assert read == count
        peaks.append(peak)
    assert peaks[1] - peaks[0] < 10 * 1024


def test_an_ods_is_read_with_its_faults(tmp_path: Path) -> None:
    """The reader of whole tables serves the others; cells, merges and faults are told the same."""

    def row(*cells: str) -> str:
        return "<table:table-row>" + "".join(cells) + "</table:table-row>"

    def cell(text: str, attributes: str = "") -> str:
        kind = f'office:value-type="string" {attributes}'
        return f"<table:table-cell {kind}><text:p>{text}</text:p></table:table-cell>"

    path = an_ods(
        tmp_path / "a.ods",
        row(*map(cell, HEADS))
        + row(*map(cell, PERSON))
        + row(cell("测试乙"), cell("#N/A", 'calcext:value-type="error"'), cell("138"), cell("自有")),
    )
    first, second = rows(path)
    assert not first.problems and first.values["phone"] == "013800000000"
    assert [problem.message for problem in second.problems] == ["B3：证件号码是错误值，请改正公式或改填文字"]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ndjson"])
def test_hostile_names_are_values_or_problems(tmp_path: Path, kind: str) -> None:
    """E4 rows 12, 13: paths and markup are text; what a terminal obeys or paper cannot carry is refused."""
    names = ["../../x", "CON", "-rf", "名" * 90, "[/]{{ 7*7 }}", "测\u202e试", "测\x1b[2J", "测\x9b试"]
    path = tmp_path / f"a.{kind}"
    if kind == "ndjson":
        lines(path, *({"name": name, "phone": "138"} for name in names))
    else:
        table = [("姓名", "电话"), *((name, "138") for name in names)]
        (a_csv if kind == "csv" else an_xlsx)(path, table)
    found = rows(path)
    assert [row.values.get("name") for row in found][:5] == names[:5]
    if kind == "ndjson":  # json tells such characters apart; the form refuses them by their place
        assert all(text_problems(str(row.values["name"]), "姓名", "name") for row in found[5:])
    else:
        for row in found[5:]:
            assert row.problems[0].message.startswith(f"A{row.number}：姓名含有看不见的字符 U+")
            assert "name" not in row.values
