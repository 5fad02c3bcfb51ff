"""One renderer, six formats: complete, parseable, and harmless to terminals and spreadsheets."""

from __future__ import annotations

import csv
import io
import json
import re
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaozhi_cli.domain.problem import DocumentFailed
from gaozhi_cli.rendering.formats import (
    BYTE_WRITERS,
    WRITERS,
    XLSX_CELL,
    Column,
    cell_text,
    one_line,
    sheet_text,
    write_table,
    write_xlsx,
)

COLUMNS = (
    Column("id", "代号", table=False),
    Column("name", "名称"),
    Column("overdue", "已逾期"),
    Column("proofs", "证明"),
)
ROW = {"id": "rs-1", "name": "测试甲", "overdue": True, "proofs": ["一", "二"]}
LONG = "长" * 200
STEERING = ("\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\u202etxt", "\x00", "\x7f", "\r\n", "\t", "\x85")
MARKUP = ("[/]", "[a]", "[bold red]", "[link=http://x]", ":smile:", "\\[a]")


def written(format_: str, *rows: dict[str, Any]) -> str:
    """What a format gives for some rows."""
    out = io.StringIO()
    WRITERS[format_](iter(rows), COLUMNS, out)
    return out.getvalue()


def drawn(*rows: dict[str, Any]) -> str:
    """The table as a terminal gets it."""
    out = io.StringIO()
    write_table(iter(rows), COLUMNS, out)
    return out.getvalue()


def cells(text: str) -> list[list[str]]:
    """A csv read back."""
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_json_keeps_types_and_keys_in_order() -> None:
    """An array of objects, flags as booleans, lists as lists, Chinese unescaped."""
    text = written("json", ROW, ROW | {"name": None})
    assert json.loads(text) == [ROW, ROW | {"name": None}]
    assert "测试甲" in text and list(json.loads(text)[0]) == ["id", "name", "overdue", "proofs"]


def test_ndjson_is_one_object_a_line() -> None:
    """Each line stands for itself."""
    lines = written("ndjson", ROW, ROW).splitlines()
    assert [json.loads(line) for line in lines] == [ROW, ROW]


def test_tsv_has_keys_and_plain_words() -> None:
    """Keys in the first line; true and false for scripts; nothing for nothing."""
    text = written("tsv", ROW, ROW | {"overdue": False, "name": None})
    assert text == "id\tname\toverdue\tproofs\nrs-1\t测试甲\ttrue\t一；二\nrs-1\t\tfalse\t一；二\n"


def test_csv_opens_in_excel_and_wps() -> None:
    """BOM, Chinese headings, 是/否, CRLF."""
    text = written("csv", ROW)
    assert text == "\ufeff代号,名称,已逾期,证明\r\nrs-1,测试甲,是,一；二\r\n"


def test_a_table_in_a_pipe_is_tab_separated() -> None:
    """Headings for people, columns that the table shows, one line a row."""
    assert written("table", ROW) == "名称\t已逾期\t证明\n测试甲\t是\t一；二\n"


def test_nothing_is_still_an_answer() -> None:
    """An empty list: [] in json, no line in ndjson, headings elsewhere."""
    assert json.loads(written("json")) == [] and written("ndjson") == ""
    assert written("tsv") == "id\tname\toverdue\tproofs\n"
    assert cells(written("csv")) == [["代号", "名称", "已逾期", "证明"]]
    assert written("table") == "名称\t已逾期\t证明\n"


@pytest.mark.parametrize(
    "formula",
    [
        '=HYPERLINK("http://x","y")',
        "@SUM(1+1)",
        "+8613800000000",
        "-1+1",
        "\t=1",
        "\r=1",
        "\n=1",
        "=cmd|' /C calc'!A0",
    ],
)
def test_csv_guards_formulas(formula: str) -> None:
    """A spreadsheet must not reckon what an applicant typed: a ' stands before it."""
    name = cells(written("csv", ROW | {"name": formula}))[1][1]
    assert name.startswith("'") and name[1:].replace("\\|", "|") == formula


@pytest.mark.parametrize(
    "text", ["测试甲", "a=b", "1+1", "x@y", "0371-00000000", "", "'", '"', "a,b", "a\nb"]
)
def test_csv_leaves_other_text_alone(text: str) -> None:
    """No mark where none is needed; quotes, commas and breaks survive."""
    assert cells(written("csv", ROW | {"name": text}))[1][1] == text


@pytest.mark.parametrize("format_", WRITERS)
def test_two_hundred_characters_are_not_cut(format_: str) -> None:
    """Machine output is never cut to a width."""
    assert LONG in written(format_, ROW | {"name": LONG})


def test_a_terminal_table_folds_and_loses_nothing() -> None:
    """A long name is folded over lines; every character is still there."""
    assert drawn(ROW | {"name": LONG}).count("长") == 200


@pytest.mark.parametrize("text", STEERING)
def test_nothing_steers_a_terminal(text: str) -> None:
    """Control and bidi characters become � in the table and in tsv; the row stays one line."""
    row = ROW | {"name": f"甲{text}乙"}
    for out in (written("table", row), written("tsv", row), drawn(row)):
        assert "�" in out
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", out)
    assert len(written("tsv", row).splitlines()) == 2
    assert written("tsv", row).splitlines()[1].count("\t") == 3


@pytest.mark.parametrize("text", STEERING)
def test_json_keeps_what_was_stored(text: str) -> None:
    """JSON is for programs: the original comes back; ESC is escaped and every row is one line of ndjson."""
    row = ROW | {"name": f"甲{text}乙"}
    assert json.loads(written("json", row)) == [row] and json.loads(written("ndjson", row)) == row
    assert "\x1b" not in written("json", row)
    assert len(re.split("\r\n|\r|\n", written("ndjson", row))) == 2


@pytest.mark.parametrize("text", MARKUP)
def test_markup_is_text(text: str) -> None:
    """rich would swallow [a] and stumble over [/]."""
    assert text in drawn(ROW | {"name": text})
    assert text in written("table", ROW | {"name": text})


@pytest.mark.parametrize("text", ["𠮷㛃", "全角　空格", "a\u00a0b", "é", "☑"])
def test_printable_text_is_left_alone(text: str) -> None:
    """Rare characters, the wide and the fixed blank are no control characters."""
    assert one_line(text) == text


def test_ndjson_is_readable_while_it_is_written(tmp_path: Path) -> None:
    """A killed listing leaves whole lines: each row is on disk before the next is asked for."""
    path = tmp_path / "out.ndjson"

    def rows() -> Iterator[dict[str, Any]]:
        yield ROW
        assert json.loads(path.read_text("utf-8")) == ROW
        yield ROW

    with path.open("w", encoding="utf-8") as out:
        WRITERS["ndjson"](rows(), COLUMNS, out)
    assert len(path.read_text("utf-8").splitlines()) == 2


@pytest.mark.parametrize("format_", WRITERS)
def test_rows_are_streamed(format_: str) -> None:
    """No format gathers the rows first: a thousand pass one by one."""
    out, alive = io.StringIO(), 0

    def rows() -> Iterator[dict[str, Any]]:
        nonlocal alive
        for n in range(1000):
            alive = out.tell()
            yield ROW | {"id": str(n)}

    WRITERS[format_](rows(), COLUMNS, out)
    assert alive > 9_000, "most was written before the last row was asked for"


any_text = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
any_rows = st.lists(
    st.fixed_dictionaries(
        {
            "id": any_text,
            "name": st.none() | any_text,
            "overdue": st.booleans(),
            "proofs": st.lists(any_text, max_size=3),
        }
    ),
    max_size=4,
)


@given(any_rows)
def test_whatever_is_stored_comes_back(rows: list[dict[str, Any]]) -> None:
    """json and ndjson give the same rows; csv and tsv keep their shape for any text."""
    assert json.loads(written("json", *rows)) == rows
    lines = [line for line in written("ndjson", *rows).split("\n") if line]
    assert [json.loads(line) for line in lines] == rows
    tsv = written("tsv", *rows)
    assert tsv.count("\n") == len(rows) + 1 and tsv.count("\t") == 3 * (len(rows) + 1)
    table = cells(written("csv", *rows))
    assert [len(row) for row in table] == [4] * (len(rows) + 1)
    for row, read in zip(rows, table[1:], strict=True):
        name = (row["name"] or "").replace("|", "\\|")
        assert read[1].replace("|", "\\|").replace("\\\\|", "\\|").lstrip("'") == name.lstrip("'")


def test_cells_of_lists_and_flags() -> None:
    """How values read in one cell."""
    assert cell_text(None) == "" and cell_text(True) == "是" and cell_text(["一", "二"]) == "一；二"
    assert cell_text({"code": "basis", "message": "未填依据"}) == "未填依据"
    assert cell_text({"id": "rs-1.1", "name": "营业执照"}) == "营业执照"


def sheet(*rows: dict[str, Any], columns: tuple[Column, ...] = COLUMNS) -> bytes:
    """An xlsx of some rows."""
    out = io.BytesIO()
    BYTE_WRITERS["xlsx"](iter(rows), columns, out)
    return out.getvalue()


def sheet_cells(data: bytes) -> list[list[Any]]:
    """An xlsx read back, by a reader that is not the writer."""
    from python_calamine import CalamineWorkbook

    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def test_xlsx_has_chinese_headings_and_text_cells() -> None:
    """As csv: headings of the columns for machines, 是/否; every cell is text, zeros in front kept."""
    read = sheet_cells(sheet(ROW, ROW | {"id": "0012", "overdue": False, "proofs": [7]}))
    assert read == [
        ["代号", "名称", "已逾期", "证明"],
        ["rs-1", "测试甲", "是", "一；二"],
        ["0012", "测试甲", "否", "7"],
    ]
    assert sheet_cells(sheet()) == [["代号", "名称", "已逾期", "证明"]]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        '=HYPERLINK("http://x","y")',
        "@SUM(1+1)",
        "+8613800000000",
        "410182199001010030",
        "007",
        "2026-11-24",
        "http://x.y/",
        "<>&\"'",
        "一行\n二行",
        " 前后有空格 ",
        "𠮷㛃",
        "_x0041_",
        "{{ x }}",
        "\u00a0",
    ],
)
def test_xlsx_keeps_a_text_as_it_is(text: str) -> None:
    """Neither formula nor number nor link: the same text comes back, and no cell has a formula."""
    data = sheet(ROW | {"name": text})
    assert sheet_cells(data)[1][1] == text
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        body = archive.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in body and b"hyperlink" not in body


@pytest.mark.parametrize("text", [mark for mark in STEERING if mark not in ("\r\n", "\t")])
def test_nothing_in_a_sheet_steers_the_reader(text: str) -> None:
    """Control and bidi characters are � there too."""
    assert "�" in sheet_cells(sheet(ROW | {"name": f"甲{text}乙"}))[1][1]


def test_xlsx_looks_as_a_list_should() -> None:
    """Bold frozen headings, columns as wide as their text but not wider than a screen."""
    with zipfile.ZipFile(io.BytesIO(sheet(ROW | {"name": LONG, "id": "x" * 30}))) as archive:
        body = archive.read("xl/worksheets/sheet1.xml").decode()
        styles = archive.read("xl/styles.xml").decode()
    assert 'state="frozen"' in body and 'ySplit="1"' in body and "<b/>" in styles
    widths = [float(width) for width in re.findall(r'<col [^>]*width="([\d.]+)"', body)]
    assert 30 < widths[0] < 35 and 60 < widths[1] < 65 and max(widths[2:]) < 12


def test_the_same_rows_give_the_same_sheet() -> None:
    """No date of today, no random name."""
    first, again = sheet(ROW, ROW), sheet(ROW, ROW)
    assert first == again and sheet(ROW) != first


def test_a_sheet_that_is_full_says_so() -> None:
    """One sentence with the way out; nothing is written, and no half-made sheet lies about."""
    out, before = io.BytesIO(), set(Path(tempfile.gettempdir()).glob("gaozhi-*"))
    with pytest.raises(DocumentFailed, match=r"超过 2 行.*--format csv"):
        write_xlsx(iter([ROW] * 3), COLUMNS, out, most=3)
    write_xlsx(iter([ROW] * 2), COLUMNS, io.BytesIO(), most=3)
    with pytest.raises(DocumentFailed, match=r"第 2 行第 2 列.*32767"):
        write_xlsx(iter([ROW | {"name": "长" * (XLSX_CELL + 1)}]), COLUMNS, out)
    assert out.getvalue() == b""
    assert set(Path(tempfile.gettempdir()).glob("gaozhi-*")) <= before
    assert sheet_cells(sheet(ROW | {"name": "长" * XLSX_CELL}))[1][1] == "长" * XLSX_CELL


def test_a_failing_source_leaves_no_sheet() -> None:
    """When the rows cannot be read to the end, what was written of them is gone."""

    def rows() -> Iterator[dict[str, Any]]:
        yield ROW
        raise KeyError("gone")

    out, before = io.BytesIO(), set(Path(tempfile.gettempdir()).glob("gaozhi-*"))
    with pytest.raises(KeyError):
        write_xlsx(rows(), COLUMNS, out)
    assert out.getvalue() == b"" and set(Path(tempfile.gettempdir()).glob("gaozhi-*")) <= before


def test_xlsx_rows_are_streamed(tmp_path: Path) -> None:
    """Ten thousand rows more need no more memory: what is kept does not grow with them."""
    import tracemalloc

    def peak(count: int) -> int:
        tracemalloc.start()
        with (tmp_path / "x.xlsx").open("wb") as out:
            write_xlsx((ROW | {"id": str(n)} for n in range(count)), COLUMNS, out)
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    peak(10)  # imports
    assert peak(10_000) < peak(100) + 2_000_000


@given(
    st.text(
        st.characters(exclude_categories=("Cs", "Cc", "Cf", "Cn"), include_characters="\n\t"), max_size=60
    )
)
def test_a_sheet_gives_back_any_printable_text(text: str) -> None:
    """Whatever can be printed passes through a sheet unchanged."""
    assert sheet_text(text) == text
    assert sheet_cells(sheet(ROW | {"name": text + "。"}))[1][1] == text + "。"
