"""``gaozhi catalog import``: real files in and out, what is refused, what a case keeps, what is left."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pytest

from gaozhi_cli.cli.app import run_args
from tests.builders import CITIZEN, ORGANIZATION, flags
from tests.conftest import ROOT, Run
from tests.services.test_import_catalog import HEADINGS, QX, SC, a_csv, printed

FIRST, V2, BEGINS = "2021-10-11", "2026-12", "2026-12-01"
NEW = ("68", QX, "某事项", "某证明", "在线核查")
IMPORT = ("--version", V2, "--effective", BEGINS)
Rows = Sequence[Sequence[str]]


class Answer(NamedTuple):
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


def command(home: Path, *args: str | Path, as_of: str = "2026-11-24") -> Answer:
    """Run ``gaozhi`` in this process, as in a pipe."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GAOZHI_")}
    environment |= {"GAOZHI_HOME": str(home), "GAOZHI_AS_OF": as_of}
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2)]
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        contextlib.redirect_stdout(streams[0]),
        contextlib.redirect_stderr(streams[1]),
    ):
        code = run_args([str(arg) for arg in args])
    said = []
    for stream in streams:
        stream.flush()
        said.append(stream.buffer.getvalue().decode())  # type: ignore[attr-defined]
    return Answer(code, *said)


def done(answer: Answer) -> Answer:
    """The answer of a command that must succeed."""
    assert answer.code == 0, answer.err
    return answer


@pytest.fixture(scope="module")
def warm_homes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both homes with their 清单 compiled."""
    homes = {"shipped": tmp_path_factory.mktemp("shipped"), "complete": tmp_path_factory.mktemp("c") / "home"}
    complete = ROOT / "tests" / "homes" / "complete"
    shutil.copytree(complete, homes["complete"], ignore=shutil.ignore_patterns("cache"))
    for home in homes.values():
        done(command(home, "catalog", "show", "1"))
    return homes


@pytest.fixture
def home(warm_homes: dict[str, Path], tmp_path: Path) -> Path:
    """A shipped home of its own for a test."""
    return Path(shutil.copytree(warm_homes["shipped"], tmp_path / "home"))


def versions(home: Path) -> list[str]:
    """The versions that a home has."""
    rows = done(command(home, "catalog", "versions", "--format", "json")).data
    return [row["version"] for row in rows if row["folder"] is not None]


def diff(home: Path, before: str | Path, after: str | Path) -> list[dict[str, Any]]:
    """What changed from one to the other."""
    rows: list[dict[str, Any]] = done(
        command(home, "catalog", "diff", before, after, "--format", "json")
    ).data
    return rows


def take(home: Path, rows: Rows, *more: str, version: str = V2, begins: str = BEGINS) -> Answer:
    """Import some rows as a csv file."""
    path = a_csv(home.parent / f"{version}.csv", rows)
    args = ("--version", version, "--effective", begins, "--yes", "--format", "json")
    return done(command(home, "catalog", "import", path, *args, *more))


def refused(home: Path, path: Path, *more: str, code: int = 3) -> str:
    """What is said when a file is refused; nothing is activated, nothing is left."""
    answer = command(home, "catalog", "import", path, *(more or IMPORT), "--yes")
    assert answer.code == code, answer
    assert answer.err.startswith("错误：") and "Traceback" not in answer.err
    nothing_done(home)
    return answer.err


def nothing_done(home: Path) -> None:
    """No version, no leftover, no ledger."""
    assert versions(home) == [FIRST]
    left = home / "catalog" / "versions"
    assert not left.is_dir() or list(left.iterdir()) == []
    assert not (home / "ledger.db").exists() and not (home / "keys").exists()


def a_book(
    path: Path, rows: Sequence[Sequence[Any]], merged: Sequence[tuple[int, int, int, int]] = ()
) -> Path:
    """A workbook as a clerk keeps it: texts, numbers, merged cells."""
    from xlsxwriter import Workbook

    book = Workbook(path)
    sheet = book.add_worksheet("清单")
    for number, row in enumerate(rows):
        for place, value in enumerate(row):
            (sheet.write_string if isinstance(value, str) else sheet.write_number)(number, place, value)
    for top, left, bottom, right in merged:
        sheet.merge_range(top, left, bottom, right, rows[top][left])
    book.close()
    return path


def a_docx(path: Path, rows: Rows) -> Path:
    """A Word table below a title."""
    from docx import Document

    document = Document()
    document.add_paragraph("荥阳市证明事项告知承诺制清单")
    table = document.add_table(rows=0, cols=len(HEADINGS))
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.save(str(path))
    return path


# out and in again

WHOLE = [("", ".docx"), ("", ".xlsx"), ("", ".csv"), ("--wide", ".xlsx"), ("--wide", ".csv")]


@pytest.mark.parametrize(
    ("county", "layout", "ending"),
    [
        *(("shipped", *each) for each in WHOLE),
        *(("complete", *each) for each in WHOLE),
    ],
)
def test_what_is_exported_can_be_imported(
    warm_homes: dict[str, Path], tmp_path: Path, county: str, layout: str, ending: str
) -> None:
    """On both homes, five columns and all: nothing differs, from the version before or from the file."""
    home = Path(shutil.copytree(warm_homes[county], tmp_path / "home"))
    path = tmp_path / f"清单{ending}"
    done(command(home, "catalog", "export", *filter(None, [layout]), "-o", path))
    answer = done(command(home, "catalog", "import", path, *IMPORT, "--yes", "--format", "json"))
    assert [row["id"] for row in answer.data if row["change"] != "same"] == []
    assert "新增 0 项、取消 0 项、改动 0 项；共 67 项" in answer.err
    assert diff(home, FIRST, V2) == diff(home, V2, path) == []


def test_the_printed_table_in_gb18030(home: Path, tmp_path: Path) -> None:
    """A csv as Excel saves it in Chinese."""
    path = a_csv(tmp_path / "清单.csv", printed(), encoding="gb18030")
    done(command(home, "catalog", "import", path, *IMPORT, "--yes"))
    assert diff(home, FIRST, V2) == []


# tables as they are


def as_on_paper(rows: Rows, merged_offices: bool) -> list[list[str]]:
    """Title lines, headings repeated, rows 23 and 48 broken over a page, offices written once, a note."""
    made: list[list[str]] = [
        ["附件1", "", "", "", ""],
        ["荥阳市证明事项告知承诺制清单", "", "", "", ""],
        list(HEADINGS),
    ]
    before = ""
    for row in rows:
        no, office, matter, proofs, method = row
        if no in ("16", "40"):
            made.append(list(HEADINGS))
        cut = {"23": "待遇)", "48": "机构执业许可"}.get(no, "")
        once = "" if merged_offices and office == before and no not in ("16", "40") else office
        made.append([no, once, matter.removesuffix(cut), proofs, method])
        if cut:
            made.append(["", "", cut, "", ""])
        before = office
    return [*made, ["注：本清单自印发之日起施行。", "", "", "", ""]]


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".docx"])
def test_a_table_as_it_is_printed(home: Path, tmp_path: Path, ending: str) -> None:
    """Page breaks, empty 承办单位, repeated headings and notes change nothing of the 67 rows."""
    rows = as_on_paper(printed(), merged_offices=True)
    write: dict[str, Callable[[Path, Rows], Path]] = {
        ".csv": lambda path, rows: a_csv(path, rows[1:], rows[0]),
        ".xlsx": a_book,
        ".docx": a_docx,
    }
    path = write[ending](tmp_path / f"清单{ending}", rows)
    answer = done(command(home, "catalog", "import", path, *IMPORT, "--yes"))
    assert answer.err.count("没有序号和核查方式，文字接在") == 2 and "说明文字" in answer.err
    assert diff(home, FIRST, V2) == []


def test_merged_offices_in_a_workbook(home: Path, tmp_path: Path) -> None:
    """承办单位 merged over its rows, 序号 as numbers."""
    rows: list[list[Any]] = [list(HEADINGS), *([int(no), *rest] for no, *rest in printed())]
    merged = []
    for top, row in enumerate(rows[1:], start=1):
        bottom = max(n for n, other in enumerate(rows) if other[1] == row[1])
        if rows[top - 1][1] != row[1] and bottom > top:
            merged.append((top, 1, bottom, 1))
    for top, _, bottom, _ in merged:
        for below in range(top + 1, bottom + 1):
            rows[below][1] = ""
    assert len(merged) >= 6
    done(command(home, "catalog", "import", a_book(tmp_path / "清单.xlsx", rows, merged), *IMPORT, "--yes"))
    assert diff(home, FIRST, V2) == []


def test_the_proposed_reading_is_shown(home: Path, tmp_path: Path) -> None:
    """Numbered proofs in one cell, alternatives, two 核查方式: outline, notes, and how sure."""
    rows = [
        *printed(),
        ("68", "气象局", "甲", "1. 甲证明\n2. 乙证明；3. 丙证明", "在线核查"),
        ("69", "QX", "乙", "甲证明或者乙证明", "现场核查"),
        ("70", QX, "丙", "1.营业执照；2.身份证", "在线核查、现场核查"),
        ("71", QX, "丁", "《某证》", "线上核查"),
    ]
    path = a_csv(tmp_path / "清单.csv", rows)
    answer = done(command(home, "catalog", "import", path, *IMPORT, "--dry-run", "--format", "json"))
    new = {row["no"]: row for row in answer.data if row["change"] == "added"}
    assert new["68"]["reading"].splitlines() == [
        "全部：",
        *(f"  qx-68.{n} {name}证明【在线核查】" for n, name in enumerate("甲乙丙", start=1)),
    ]
    assert new["69"]["reading"].splitlines()[0] == "任选其一：" and new["69"]["sure"] is True
    assert [line.strip() for line in new["70"]["reading"].splitlines()[1:]] == [
        "qx-70.1 营业执照【在线核查】",
        "qx-70.2 身份证【现场核查】",
    ]
    assert new["71"]["reading"] == "qx-71.1 《某证》【在线核查】" and new["71"]["notes"] == []
    assert [no for no, row in new.items() if not row["sure"]] == ["68", "70"]
    assert all(new[no]["notes"] and "原文未明示" in " ".join(new[no]["notes"]) for no in ("68", "70"))
    assert "请逐项核对：68、70" in answer.err
    assert [row["row"] for row in new.values()] == [69, 71, 72, 73], (
        "the line of the file, a cell of two lines"
    )


# bad files


def test_a_missing_column(home: Path, tmp_path: Path) -> None:
    """File, row and the heading that is missing."""
    rows = [(*row[:3], row[4]) for row in printed()]
    told = refused(home, a_csv(tmp_path / "清单.csv", rows, (*HEADINGS[:3], HEADINGS[4])))
    assert "清单.csv 第 1 行的表头缺少“实行告知承诺制的证明事项”" in told


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (("67", *NEW[1:]), "第 69 行“序号”（A69）：序号“67”重复，第 68 行已有"),
        (("", *NEW[1:]), "第 69 行“序号”（A69）：缺少序号"),
        (("甲", *NEW[1:]), "第 69 行“序号”（A69）：序号“甲”不是数字"),
        (("68", "没有局", *NEW[2:]), "第 69 行“承办单位”：没有登记单位“没有局”"),
        (("68", QX, "", "某证明", "在线核查"), "第 69 行“行政事项名称”（C69）：没有填写"),
        (("68", QX, "某事项", "", "在线核查"), "第 69 行“实行告知承诺制的证明事项”（D69）：没有填写"),
        (("68", QX, "某事项", "某证明", "电话核查"), "第 69 行“核查方式”（E69）：不认识的核查方式“电话核查”"),
        (("68", QX, "某\u202e事项", "某证明", "在线核查"), "第 69 行 C69：含有看不见的字符 U+202E"),
    ],
)
def test_a_faulty_row(home: Path, tmp_path: Path, row: Sequence[str], told: str) -> None:
    """File, row and column, in Chinese."""
    said = refused(home, a_csv(tmp_path / "清单.csv", [*printed(), row]))
    assert told in said and "清单.csv" in said


def test_a_number_that_a_spreadsheet_has_spoilt(home: Path, tmp_path: Path) -> None:
    """An ID number kept as a number has lost its last digits; it is not repeated in the message."""
    rows = [list(HEADINGS), *printed(), ["68", QX, "某事项", 410182199001010030, "在线核查"]]
    told = refused(home, a_book(tmp_path / "清单.xlsx", rows))
    assert "第 69 行 D69：被存成数字，末位已丢失" in told and "4101" not in told


def test_files_that_are_not_what_they_are_called(home: Path, tmp_path: Path) -> None:
    """An old .xls renamed, a workbook cut off, text in no known encoding, ragged rows, nothing at all."""
    done(command(home, "catalog", "export", "-o", tmp_path / "whole.xlsx"))
    whole = (tmp_path / "whole.xlsx").read_bytes()
    head = ",".join(HEADINGS)
    files = {
        "a.xlsx": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "不是 Excel 文件，或已损坏"),
        "b.xlsx": (whole[: len(whole) // 2], "已损坏或不完整"),
        "c.xlsx": (whole[:-20], "已损坏或不完整"),
        "d.csv": (b"\xff\x80\x81,a\n" * 3, "既不是 UTF-8 也不是 GB18030"),
        "e.csv": (f"{head}\n1,{QX},甲,乙,在线核查,多,余\n".encode(), "第 2 行 F2：比表头多出 2 格"),
        "f.csv": (f"{head}\n1,{QX}\n".encode(), "第 2 行“行政事项名称”（C2）：没有填写"),
        "g.csv": (b"", "是空文件"),
        "h.csv": (f"{head}\n".encode(), "表头之下没有事项"),
        "i.csv": (f'{head}\n1,{QX},"甲,乙,在线核查\n'.encode(), "引号没有成对"),
        "j.xlsx": (f"{head}\n".encode(), "不是真正的 xlsx 文件"),
    }
    for name, (data, told) in files.items():
        (tmp_path / name).write_bytes(data)
        said = refused(home, tmp_path / name)
        assert name in said and told in said, said


@pytest.mark.parametrize("name", ["没有.xlsx", ""])
def test_a_file_that_is_not_there(home: Path, tmp_path: Path, name: str) -> None:
    """One sentence, no traceback."""
    answer = command(home, "catalog", "import", tmp_path / name, *IMPORT, "--yes")
    assert answer.code in (3, 4, 7) and answer.err.startswith("错误：读不了")
    nothing_done(home)


@pytest.mark.parametrize("version", ["../x", ".hidden", "长" * 50, "a/b", "a b", FIRST])
def test_a_version_name_that_cannot_be(home: Path, tmp_path: Path, version: str) -> None:
    """Nothing outside the folder of versions, nothing hidden, no name twice."""
    path = a_csv(tmp_path / "清单.csv", printed())
    refused(home, path, "--version", version, "--effective", BEGINS)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["home", "清单.csv"]


@pytest.mark.parametrize("version", ["con", "NUL", "2027."])
def test_a_version_name_that_windows_cannot_keep(home: Path, tmp_path: Path, version: str) -> None:
    """The home of a county may stand on any machine."""
    refused(home, a_csv(tmp_path / "清单.csv", printed()), "--version", version, "--effective", BEGINS)


def test_a_version_name_that_is_somebodys_number(home: Path, tmp_path: Path) -> None:
    """Nothing personal in the journal: as for --operator and --reason."""
    path = a_csv(tmp_path / "清单.csv", printed())
    refused(home, path, "--version", CITIZEN["id_number"], "--effective", BEGINS)


@pytest.mark.parametrize(
    "args",
    [
        ("--version", V2),
        ("--effective", BEGINS),
        ("--version", V2, "--effective", "2026-02-30"),
        ("--version", V2, "--effective", "下月"),
        ("--version", V2, "--effective", ""),
        (*IMPORT, "--same", "64"),
        (*IMPORT, "--same", "=sc-64"),
        (*IMPORT, "--format", "xlsx"),
    ],
)
def test_a_command_written_wrongly(home: Path, tmp_path: Path, args: tuple[str, ...]) -> None:
    """Exit 2, told what is wrong, nothing done."""
    refused(home, a_csv(tmp_path / "清单.csv", printed()), *args, code=2)


def test_an_unknown_office_for_a_part(home: Path, tmp_path: Path) -> None:
    """--dept names no office: exit 4."""
    told = refused(home, a_csv(tmp_path / "清单.csv", printed()), *IMPORT, "--dept", "没有局", code=4)
    assert "没有单位“没有局”" in told


def test_a_day_that_is_taken(home: Path, tmp_path: Path) -> None:
    """Two versions of one day; the one that stands stays."""
    take(home, printed())
    path = a_csv(tmp_path / "清单.csv", [*printed(), NEW])
    answer = command(home, "catalog", "import", path, "--version", "X", "--effective", BEGINS, "--yes")
    assert answer.code == 3 and "两个版本不能同日起用" in answer.err
    answer = command(home, "catalog", "import", path, "--version", V2, "--effective", "2027-01-01", "--yes")
    assert answer.code == 3 and "已经有了" in answer.err
    assert versions(home) == [FIRST, V2]


def test_a_problem_is_data_too(home: Path, tmp_path: Path) -> None:
    """--format json: each fault with its code, clause and column."""
    path = a_csv(tmp_path / "清单.csv", [("68", "没有局", "某事项", "某证明", "在线核查")])
    answer = command(home, "catalog", "import", path, *IMPORT, "--yes", "--format", "json")
    (problem,) = answer.data["error"]["problems"]
    assert (problem["code"], problem["field"], problem["clause"]) == (
        "catalog-table",
        "office",
        "通知五（一）",
    )


# nothing without confirmation


def test_without_yes_in_a_pipe_nothing_is_imported(run: Run, home: Path, tmp_path: Path) -> None:
    """The changes are listed, exit 2 says what to do, nothing is written."""
    path = a_csv(tmp_path / "清单.csv", [*printed(), NEW])
    result = run("catalog", "import", str(path), *IMPORT, home=home)
    assert result.returncode == 2 and "加 --yes 再运行一次" in result.stderr
    assert "qx-68" in result.stdout and "新增 1 项" in result.stderr
    nothing_done(home)


def test_without_yes_the_answer_is_one_document(home: Path, tmp_path: Path) -> None:
    """A script reads what would change."""
    path = a_csv(tmp_path / "清单.csv", [*printed(), NEW])
    answer = command(home, "catalog", "import", path, *IMPORT, "--format", "json")
    assert answer.code == 2 and answer.data


@pytest.mark.parametrize("more", [(), ("--yes",)])
def test_a_trial_run_writes_nothing(home: Path, tmp_path: Path, more: tuple[str, ...]) -> None:
    """--dry-run, with or without --yes; it says that it was one."""
    path = a_csv(tmp_path / "清单.csv", [*printed(), NEW])
    answer = done(command(home, "catalog", "import", path, *IMPORT, "--dry-run", *more))
    assert "试运行：检查通过，没有导入" in answer.err
    nothing_done(home)


def test_a_trial_run_leaves_no_folder(home: Path, tmp_path: Path) -> None:
    """Not even an empty one."""
    path = a_csv(tmp_path / "清单.csv", printed())
    done(command(home, "catalog", "import", path, *IMPORT, "--dry-run"))
    assert not (home / "catalog").exists()


def test_an_import_is_journalled_once_and_the_ledger_is_whole(home: Path, tmp_path: Path) -> None:
    """One entry; ledger verify passes; versions says 一致."""
    take(home, [*printed(), NEW])
    done(command(home, "ledger", "verify"))
    rows = done(command(home, "catalog", "versions", "--format", "json")).data
    assert [(row["version"], row["journalled"]) for row in rows] == [(FIRST, None), (V2, "一致")]
    info = done(command(home, "ledger", "info", "--format", "json")).data
    assert int(info["entries"]) == 2, "ledger.init and catalog.import"


def test_the_same_file_again_is_harmless(home: Path, tmp_path: Path) -> None:
    """It says so, and journals nothing."""
    path = a_csv(tmp_path / "清单.csv", [*printed(), NEW])
    done(command(home, "catalog", "import", path, *IMPORT, "--yes"))
    before = done(command(home, "ledger", "info", "--format", "json")).data["anchor"]
    again = done(command(home, "catalog", "import", path, *IMPORT, "--yes"))
    assert "已从同一份文件导入过，没有改动" in again.err
    after = done(command(home, "ledger", "info", "--format", "json")).data["anchor"]
    assert after == before and versions(home) == [FIRST, V2]


def test_the_same_file_again_after_the_version_was_changed(home: Path, tmp_path: Path) -> None:
    """没有改动 must not be said of a version whose files were edited."""
    path = a_csv(tmp_path / "清单.csv", [*printed(), NEW])
    done(command(home, "catalog", "import", path, *IMPORT, "--yes"))
    edited = home / "catalog" / "versions" / V2 / "items" / "qx.yaml"
    edited.write_text(edited.read_text("utf-8").replace("某证明", "别的证明"), "utf-8")
    answer = command(home, "catalog", "import", path, *IMPORT, "--yes")
    assert "没有改动" not in answer.err


def test_a_crash_before_the_version_stands_can_be_repeated(home: Path, tmp_path: Path) -> None:
    """The journal has it, the folder has not: nothing is active, and the same command finishes it."""
    path = a_csv(tmp_path / "清单.csv", [*printed(), NEW])
    done(command(home, "catalog", "import", path, *IMPORT, "--yes"))
    place = home / "catalog" / "versions" / V2
    place.rename(place.with_name(f".{V2}.0a1b2c3d"))  # as if the power had gone before the rename
    assert versions(home) == [FIRST]
    assert done(command(home, "catalog", "list", "--format", "json", as_of=BEGINS)).data[-1]["no"] == "67"
    done(command(home, "catalog", "import", path, *IMPORT, "--yes"))
    assert [each.name for each in place.parent.iterdir()] == [V2], "the leftover has gone"
    assert "一致" in done(command(home, "catalog", "versions")).out
    done(command(home, "ledger", "verify"))


def test_a_crash_can_be_repeated_with_the_same_request(home: Path, tmp_path: Path) -> None:
    """A script repeats the very same command."""
    path = a_csv(tmp_path / "清单.csv", [*printed(), NEW])
    for _ in range(2):
        done(command(home, "catalog", "import", path, *IMPORT, "--yes", "--request-id", "R1"))
        assert versions(home) == [FIRST, V2]
        shutil.rmtree(home / "catalog" / "versions" / V2)


@pytest.mark.parametrize("blocked", ["catalog", "catalog/versions"])
def test_a_place_that_cannot_be_written(home: Path, tmp_path: Path, blocked: str) -> None:
    """Exit 7, one sentence, no ledger."""
    place = home / blocked
    place.parent.mkdir(exist_ok=True)
    place.write_text("", "utf-8")
    answer = command(home, "catalog", "import", a_csv(tmp_path / "清单.csv", printed()), *IMPORT, "--yes")
    assert answer.code == 7 and "请检查文件夹和磁盘空间" in answer.err
    assert not (home / "ledger.db").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="folder permissions are not those of POSIX here")
def test_a_folder_that_is_read_only(home: Path, tmp_path: Path) -> None:
    """Exit 7, and what stands stays; root, whom permissions do not stop, imports."""
    (home / "catalog").mkdir()
    (home / "catalog").chmod(0o500)
    try:
        answer = command(home, "catalog", "import", a_csv(tmp_path / "清单.csv", printed()), *IMPORT, "--yes")
        if os.geteuid() == 0:
            assert answer.code == 0
        else:
            assert answer.code == 7 and "权限" in answer.err
            nothing_done(home)
    finally:
        (home / "catalog").chmod(0o700)


def test_two_imports_at_once(home: Path, tmp_path: Path) -> None:
    """One after the other: the second finds the day taken; never two versions of one day."""
    path = a_csv(tmp_path / "清单.csv", [*printed(), NEW])
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GAOZHI_")}
    environment |= {"GAOZHI_HOME": str(home), "GAOZHI_AS_OF": "2026-11-24", "PYTHONPATH": str(ROOT)}
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "gaozhi_cli", "catalog", "import", str(path), "--version", name,
             "--effective", BEGINS, "--yes"],
            env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=tmp_path,
        )
        for name in ("A", "B")
    ]  # fmt: skip
    told = [process.communicate(timeout=60)[1].decode() for process in started]
    codes = sorted(process.returncode for process in started)
    assert codes in ([0, 3], [0, 7]), told
    assert len(versions(home)) == 2
    done(command(home, "ledger", "verify"))


# a case keeps its version


def letter(
    home: Path, item: str, *more: str, form: dict[str, str] = CITIZEN, as_of: str = "2026-11-24"
) -> Answer:
    """Draw up a letter."""
    args = ("letter", "new", "--no-input", "--item", item, *flags(form), *more, "--format", "json")
    return command(home, *args, as_of=as_of)


def test_a_running_case_keeps_the_version_it_began_with(home: Path, tmp_path: Path) -> None:
    """Drawn up under the old, signed, accepted, concluded under the new: proofs and periods as then."""
    proofs = [part for n in (1, 2, 3) for part in ("--proof", f"rs-14.{n}")]
    old = done(letter(home, "14", *proofs, form=ORGANIZATION)).data["number"]
    headings = (*HEADINGS, "核查期限")
    rows = [(*row, "") for row in printed()]
    rows[13] = (*printed()[13][:3], "学历证书", "现场核查", "10｜2026-01-01｜县决定")
    path = a_csv(tmp_path / "清单.csv", rows, headings)
    done(command(home, "catalog", "import", path, *IMPORT, "--yes"))
    new = done(letter(home, "14", form=ORGANIZATION, as_of="2026-12-02")).data["number"]
    for number in (old, new):
        done(command(home, "commitment", "sign", number, as_of="2026-12-02"))
        done(command(home, "commitment", "accept", number, as_of="2026-12-02"))
    due = done(command(home, "verify", "due", "--format", "json", as_of="2026-12-02")).data
    assert {row["id"]: row["due_on"] for row in due} == {
        f"{old}-1": None, f"{old}-2": None, f"{old}-3": None, f"{new}-1": "2026-12-16",
    }  # fmt: skip
    for n in (1, 2, 3):
        args = ("verify", "close", f"{old}-{n}", "--finding", "属实", "--evidence", "现场核对原件")
        done(command(home, *args, as_of="2026-12-03"))
    done(command(home, "commitment", "conclude", old, as_of="2026-12-04"))
    shown = done(command(home, "commitment", "show", old, "--format", "json", as_of="2026-12-04")).data
    assert shown["status"] == "concluded"
    assert [proof.split()[0] for proof in shown["proofs"]] == ["rs-14.1", "rs-14.2", "rs-14.3"]
    shown = done(command(home, "commitment", "show", new, "--format", "json", as_of="2026-12-04")).data
    assert [proof.split()[0] for proof in shown["proofs"]] == ["rs-14.5"]
    done(command(home, "ledger", "verify"))


def test_a_case_of_an_item_that_has_ended_goes_on(home: Path) -> None:
    """Dropped from the 清单 after it was drawn up: signed, accepted and concluded all the same."""
    number = done(letter(home, "64")).data["number"]
    take(home, [row for row in printed() if row[0] != "64"])
    for step, day in (("sign", "2026-12-01"), ("accept", "2026-12-02"), ("conclude", "2026-12-03")):
        done(command(home, "commitment", step, number, as_of=day))
    shown = done(command(home, "commitment", "show", number, "--format", "json", as_of="2026-12-04")).data
    assert (shown["status"], shown["matter"]) == ("concluded", "个体工商户设立登记")


def test_the_day_before_shows_the_old(home: Path) -> None:
    """catalog show and list with --as-of."""
    take(home, [*(row for row in printed() if row[0] != "64"), NEW])
    for day, expected in (("2026-11-30", ("64", None)), (BEGINS, (None, "68"))):
        listed = {
            row["no"] for row in done(command(home, "catalog", "list", "--format", "json", as_of=day)).data
        }
        assert ("64" in listed, "68" in listed) == (expected[0] is not None, expected[1] is not None)
    shown = done(command(home, "catalog", "show", "64", "--format", "json", as_of="2026-11-30")).data
    assert shown["id"] == "sc-64" and shown["version"].startswith(FIRST)
    assert command(home, "catalog", "show", "68", as_of="2026-11-30").code == 4


def replaced(home: Path, old: str, new: str, matter: str, version: str, begins: str, gone: str) -> None:
    """A version in which one row takes the place of another."""
    rows = [(*row, "") for row in printed() if row[0] not in gone.split()]
    rows.append((new, SC, matter, "经营场所证明", "免于核查", old))
    path = a_csv(home.parent / f"{version}.csv", rows, (*HEADINGS, "取代"))
    done(command(home, "catalog", "import", path, "--version", version, "--effective", begins, "--yes"))


def test_an_item_that_ended_yesterday_names_its_successor(home: Path) -> None:
    """Exit 5: until when, and what took its place; over two versions the last of the chain."""
    replaced(home, "64", "68", "个体户开业", V2, BEGINS, "64")
    replaced(home, "68", "69", "经营主体设立", "2027-01", "2027-01-01", "64")
    assert letter(home, "64", "--dry-run", as_of="2026-11-30").code == 0
    for text in ("64", "sc-64", "个体工商户设立登记"):
        answer = letter(home, text, as_of=BEGINS)
        assert answer.code == 5, text
        (problem,) = answer.data["error"]["problems"]
        assert (problem["code"], problem["clause"]) == ("item-ended", "通知五（一）")
        assert "自 2026-11-30 后不再实行告知承诺" in answer.err and "由事项 68“个体户开业”取代" in answer.err
    for text in ("64", "68"):
        answer = letter(home, text, as_of="2027-01-01")
        assert answer.code == 5 and "由事项 69“经营主体设立”取代" in answer.err
    assert not (home / "letters").exists() or list((home / "letters").iterdir()) == []


def test_an_item_nobody_replaced_says_so(home: Path) -> None:
    """按一般程序办理; and one that never was is not found."""
    take(home, [row for row in printed() if row[0] != "64"])
    answer = letter(home, "64", as_of=BEGINS)
    assert answer.code == 5 and "清单没有写明由哪一项取代" in answer.err and "一般程序" in answer.err
    assert letter(home, "999", as_of=BEGINS).code == 4


@pytest.mark.parametrize("text", ["sc-64", "SC-64"])
def test_an_ended_id_never_means_another_item(home: Path, text: str) -> None:
    """序号 64 is another matter now (sc-64-2); whoever writes sc-64 means the old one."""
    rows = [(*row[:2], "完全不同的事项", *row[3:]) if row[0] == "64" else row for row in printed()]
    take(home, rows)
    answer = letter(home, text, "--dry-run", as_of=BEGINS)
    assert answer.code == 5 and "个体工商户设立登记" in answer.err


# one office's part


def test_the_part_of_one_office(home: Path, tmp_path: Path) -> None:
    """Exported with --dept, corrected, imported with --dept: only its rows change."""
    path = tmp_path / "人社局.csv"
    done(command(home, "catalog", "export", "--dept", "人社局", "-o", path))
    text = path.read_text("utf-8-sig").replace("专职工作人员社会保险证明", "专职人员参保证明")
    path.write_text(text, "utf-8-sig")
    answer = done(command(home, "catalog", "import", path, *IMPORT, "--dept", "rsj", "--yes"))
    assert "改动 1 项；人社局 14 项，其他单位照旧" in answer.err
    assert {(row["item"], row["field"]) for row in diff(home, FIRST, V2)} == {
        ("rs-03", "proofs"),
        ("rs-03", "tree"),
    }


def test_a_part_taken_for_the_whole_is_asked_about(home: Path, tmp_path: Path) -> None:
    """Without --dept all other offices' rows end: the talk says so before it is confirmed."""
    path = tmp_path / "人社局.csv"
    done(command(home, "catalog", "export", "--dept", "人社局", "-o", path))
    answer = command(home, "catalog", "import", path, *IMPORT)
    assert answer.code == 2 and "取消 53 项" in answer.err and "请加 --dept 单位" in answer.err
    nothing_done(home)
