"""``gaozhi catalog export`` and ``guide``: the 清单 and the 办事指南 as files (通知五（一）)."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import docx
import pytest

from gaozhi_cli.domain.catalog import Catalog
from gaozhi_cli.domain.cells import cells_of, printed_cells
from gaozhi_cli.domain.versions import COLUMNS
from gaozhi_cli.rendering.catalog_sheet import HEADINGS
from tests.builders import a_catalog
from tests.conftest import ROOT, Run
from tests.rendering.test_formats import sheet_cells

ROW_67 = ["67", "荥阳市气象局", "雷电防护装置竣工验收", "防雷产品安装记录和防雷产品出厂合格证书", "免于核查"]
GUIDE_KEYS = ["item", "no", "matter", "docx", "md", "missing"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for the tests of this file, none of which writes into it: its catalog is compiled once."""
    folder = tmp_path_factory.mktemp("home")
    a_catalog(folder)
    return folder


@pytest.fixture(scope="module")
def catalog(home: Path) -> Catalog:
    """The shipped catalog."""
    return a_catalog(home)  # type: ignore[no-any-return]


@pytest.fixture
def later(tmp_path: Path) -> Path:
    """A home with a second version of the 清单, in which one office has one item."""
    folder = tmp_path / "later" / "catalog" / "versions" / "2027"
    (folder / "items").mkdir(parents=True)
    head = 'version: "2027"\ntitle: 新清单\nsource: 虚构\neffective: "2027-01-01"\n'
    (folder / "catalog.yaml").write_text(head, encoding="utf-8")
    item = "{id: qx-01, no: 1, matter: 新事项, proofs: {id: qx-01.1, name: 新证明, method: 在线核查}}"
    items = f"office: QX\nitems:\n  - {item}\n"
    (folder / "items" / "qx.yaml").write_text(items, encoding="utf-8")
    return tmp_path / "later"


def printed(catalog: Catalog) -> list[list[str]]:
    """附件1 as it should come out."""
    return [list(printed_cells(item, catalog)) for item in catalog.items]


def from_csv(text: str) -> list[list[str]]:
    """A csv read back."""
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def from_docx(path: Path) -> list[list[str]]:
    """The rows of the tables of a document."""
    tables = docx.Document(str(path)).tables
    return [[cell.text for cell in row.cells] for table in tables for row in table.rows]


# catalog export


def test_the_printed_table_comes_out_as_it_was_printed() -> None:
    """What is compared below is 附件1 itself, cell by cell (row 4 and 24 with all they hold)."""
    with (ROOT / "tests" / "data" / "catalog-as-printed.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == list(HEADINGS) and rows[67] == ROW_67 and len(rows) == 68


def test_each_ending_holds_the_67_rows(run: Run, catalog: Catalog, tmp_path: Path) -> None:
    """-o .docx, .xlsx, .csv, in capitals too; stdout is the csv; nothing but the file is said."""
    for name in ("清单.docx", "清单.XLSX", "清单.csv"):
        result = run("catalog", "export", "-o", name)
        assert (result.returncode, result.stdout) == (0, "") and name in result.stderr
    rows = printed(catalog)
    assert from_docx(tmp_path / "清单.docx") == [list(HEADINGS), *rows]
    sheet = sheet_cells((tmp_path / "清单.XLSX").read_bytes())
    assert sheet[1][0] == catalog.title and sheet[2] == list(HEADINGS)
    assert [[str(cell) for cell in row] for row in sheet[3:]] == rows
    made = (tmp_path / "清单.csv").read_bytes()
    assert from_csv(made.decode("utf-8")) == [list(HEADINGS), *rows]
    piped = run("catalog", "export")
    assert (piped.returncode, piped.stderr) == (0, "")
    assert from_csv(piped.stdout) == [list(HEADINGS), *rows]


def test_the_wide_sheet_has_every_cell(run: Run, complete_home: Path, tmp_path: Path) -> None:
    """--wide: all columns of the sheet, the cells as cells_of gives them, for offices to fill in."""
    catalog = a_catalog(complete_home)
    rows = [list(cells_of(item, catalog).values()) for item in catalog.items]
    for name in ("全.xlsx", "全.csv"):
        assert run("catalog", "export", "--wide", "-o", name, home=complete_home).returncode == 0
    sheet = sheet_cells((tmp_path / "全.xlsx").read_bytes())
    assert [[str(cell) for cell in row] for row in sheet] == [list(COLUMNS.values()), *rows]
    assert from_csv((tmp_path / "全.csv").read_text("utf-8")) == [list(COLUMNS.values()), *rows]


def test_a_wide_sheet_that_nobody_touched_can_be_imported(run: Run, complete_home: Path) -> None:
    """What an office gets to fill in and sends back unchanged is no contradiction of the county's files."""
    run("catalog", "export", "--wide", "-o", "全.xlsx", home=complete_home)
    args = ("全.xlsx", "--version", "2027-01", "--effective", "2027-01-01", "--dry-run")
    result = run("catalog", "import", *args, home=complete_home)
    assert result.returncode == 0, result.stderr


def test_one_office(run: Run) -> None:
    """--dept by any of its names."""
    assert from_csv(run("catalog", "export", "--dept", "qxj").stdout) == [list(HEADINGS), ROW_67]
    wide = from_csv(run("catalog", "export", "--dept", "水利局", "--wide").stdout)
    assert [row[0] for row in wide] == ["事项代号", "sl-29", "sl-30", "sl-31", "sl-32"]


def test_a_version_by_name_else_that_of_the_day(run: Run, later: Path) -> None:
    """--of: all of that version's rows; without it, what is in force on the day."""
    new = [list(HEADINGS), ["1", "荥阳市气象局", "新事项", "新证明", "在线核查"]]
    assert from_csv(run("catalog", "export", "--of", "2027", home=later).stdout) == new
    assert len(from_csv(run("catalog", "export", home=later).stdout)) == 68
    assert from_csv(run("catalog", "export", "--as-of", "2027-01-01", home=later).stdout) == new
    old = run(
        "catalog", "export", "--of", "2021-10-11", "--dept", "气象局", "--as-of", "2027-01-01", home=later
    )
    assert from_csv(old.stdout) == [list(HEADINGS), ROW_67]


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (["--of", "2027"], 4, "gaozhi catalog versions"),
        (["--wide", "-o", "清单.docx"], 2, "--wide"),
        (["-o", "清单.pdf"], 2, ".pdf"),
        (["-o", "清单.json"], 2, ".docx、.xlsx、.csv"),
        (["-o", "清单"], 2, ".docx、.xlsx、.csv"),
        (["--dept", "财政局"], 4, "没有单位"),
        (["-o", "没有/清单.csv"], 7, "没有/清单.csv"),
    ],
)
def test_what_cannot_be_written_is_told(
    run: Run, tmp_path: Path, args: list[str], code: int, told: str
) -> None:
    """One sentence with the way out; no file, nothing on stdout."""
    result = run("catalog", "export", *args)
    assert (result.returncode, result.stdout) == (code, "") and told in result.stderr
    assert result.stderr.startswith("错误：") and [p.name for p in tmp_path.glob("清单*")] == []


def test_a_file_that_is_there_is_kept(run: Run, tmp_path: Path) -> None:
    """Another file of that name stays unless --yes; the very same bytes are no change."""
    path = tmp_path / "清单.xlsx"
    path.write_text("我的", encoding="utf-8")
    result = run("catalog", "export", "--dept", "气象局", "-o", "清单.xlsx")
    assert result.returncode == 2 and "--yes" in result.stderr and path.read_text("utf-8") == "我的"
    assert run("catalog", "export", "--dept", "气象局", "-o", "清单.xlsx", "--yes").returncode == 0
    made = path.read_bytes()
    assert run("catalog", "export", "--dept", "气象局", "-o", "清单.xlsx").returncode == 0
    assert path.read_bytes() == made


@pytest.mark.parametrize("args", [["--format", "json"], ["--format", "json", "-o", "清单.csv"]])
def test_a_format_that_has_no_effect_is_refused(run: Run, args: list[str]) -> None:
    """A script that asks for JSON and gets csv with exit 0 is misled."""
    result = run("catalog", "export", "--dept", "气象局", *args)
    assert result.returncode == 2 or (result.stdout and json.loads(result.stdout))


# catalog guide


def guided(run: Run, *args: str, **kept: Any) -> list[dict[str, Any]]:
    """What ``catalog guide`` answers, as JSON."""
    result = run("catalog", "guide", *args, "--format", "json", **kept)
    assert result.returncode == 0, result.stderr
    rows: list[dict[str, Any]] = json.loads(result.stdout)
    assert all(list(row) == GUIDE_KEYS for row in rows)
    return rows


def text_of(path: Path) -> str:
    """All text of a document, tables included."""
    body = docx.Document(str(path)).element.body
    return "\n".join(node.text or "" for node in body.iter() if node.tag.endswith("}t"))


def test_one_item_gets_a_document_and_a_text(run: Run, tmp_path: Path) -> None:
    """Item 64: two files by its id, what is missing told in the listing and marked in both."""
    (row,) = guided(run, "64", "--out", "指南")
    assert (row["item"], row["no"], row["matter"]) == ("sc-64", "64", "个体工商户设立登记")
    assert sorted(path.name for path in (tmp_path / "指南").iterdir()) == ["sc-64.docx", "sc-64.md"]
    assert row["docx"] == "指南/sc-64.docx" and row["md"] == "指南/sc-64.md"
    assert "未填设定证明的依据" in row["missing"] and "未填事项编码" in row["missing"]
    whole, plain = text_of(tmp_path / row["docx"]), (tmp_path / row["md"]).read_text("utf-8")
    for text in (whole, plain):
        assert "个体工商户设立登记" in text and "经营场所证明" in text and "本机关尚未填写" in text


def test_a_complete_item_misses_nothing(run: Run, complete_home: Path, tmp_path: Path) -> None:
    """The fixture county: no mark of anything unfilled, and the table says so too."""
    result = run("catalog", "guide", "24", "--out", "指南", home=complete_home)
    assert result.returncode == 0 and result.stderr == "已写 1 个事项的办事指南到 指南\n"
    for text in (
        text_of(tmp_path / "指南" / "sb-24.docx"),
        (tmp_path / "指南" / "sb-24.md").read_text("utf-8"),
    ):
        assert "尚未填写" not in text and "未填" not in text


def test_all_items_and_those_of_an_office(run: Run, tmp_path: Path) -> None:
    """--all: 67 of each; --dept narrows it; the same bytes whenever they are made."""
    assert len(guided(run, "--all", "--out", "全")) == 67
    files = sorted((tmp_path / "全").iterdir())
    assert len(files) == 134 and all(re.fullmatch(r"[a-z]{2}-\d\d\.(docx|md)", path.name) for path in files)
    rows = guided(run, "--dept", "社保中心", "--out", "社保")
    assert [row["no"] for row in rows] == [str(n) for n in range(16, 26)]
    for path in (tmp_path / "社保").iterdir():
        assert path.read_bytes() == (tmp_path / "全" / path.name).read_bytes(), path.name
    assert [row["no"] for row in guided(run, "--all", "--dept", "气象局", "--out", "气象")] == ["67"]


def test_a_guide_that_somebody_has_changed_is_kept(run: Run, tmp_path: Path) -> None:
    """Made again unchanged: no complaint. Changed by hand: refused by name, until --yes."""
    guided(run, "67", "--out", "指南")
    before = {path.name: path.read_bytes() for path in (tmp_path / "指南").iterdir()}
    guided(run, "67", "--out", "指南")
    path = tmp_path / "指南" / "qx-67.md"
    path.write_bytes(before["qx-67.md"] + "窗口补充。".encode())
    result = run("catalog", "guide", "67", "--out", "指南")
    assert (result.returncode, result.stdout) == (2, "")
    assert (
        "qx-67.md" in result.stderr and "--yes" in result.stderr and "窗口补充。" in path.read_text("utf-8")
    )
    guided(run, "67", "--out", "指南", "--yes")
    assert {path.name: path.read_bytes() for path in (tmp_path / "指南").iterdir()} == before


@pytest.mark.parametrize(
    ("args", "code", "told"),
    [
        (["64"], 2, "--out"),
        (["--out", "指南"], 2, "--all"),
        (["64", "--all", "--out", "指南"], 2, "--all"),
        (["64", "--dept", "气象局", "--out", "指南"], 2, "--dept"),
        (["99", "--out", "指南"], 4, "没有事项"),
        (["没有的事项", "--out", "指南"], 4, "没有事项"),
        (["劳务派遣", "--out", "指南"], 2, "请用序号指明"),
        (["--dept", "财政局", "--out", "指南"], 4, "没有单位"),
    ],
)
def test_what_is_asked_for_must_be_clear(
    run: Run, tmp_path: Path, args: list[str], code: int, told: str
) -> None:
    """Refused before anything is written, not even the folder for an item that there is not."""
    result = run("catalog", "guide", *args)
    assert (result.returncode, result.stdout) == (code, "") and told in result.stderr
    assert not (tmp_path / "指南").exists()


def test_a_file_where_the_folder_should_be_is_told(run: Run, tmp_path: Path) -> None:
    """Exit 7: the disk is not as it should be."""
    (tmp_path / "指南").write_text("", encoding="utf-8")
    result = run("catalog", "guide", "64", "--out", "指南")
    assert (result.returncode, result.stdout) == (7, "") and "指南" in result.stderr


def test_the_listing_goes_where_it_is_asked_for(run: Run, tmp_path: Path) -> None:
    """-o 列表.csv: what the other listings do."""
    assert run("catalog", "guide", "67", "--out", "指南", "-o", "列表.csv").returncode == 0
    assert (tmp_path / "列表.csv").is_file()


def test_no_guide_leaves_its_folder(run: Run, tmp_path: Path) -> None:
    """An id that would climb out of the folder is refused where it stands."""
    own = tmp_path / "county" / "catalog" / "items" / "qx.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(
        "office: QX\nitems:\n  - id: ../qx-99\n    no: \"99\"\n    matter: 越界事项\n"
        "    proofs: {id: ../qx-99.1, name: 证明, method: 在线核查}\n", encoding="utf-8",
    )  # fmt: skip
    result = run("catalog", "guide", "越界事项", "--out", "里面/指南", home=tmp_path / "county")
    assert (result.returncode, result.stdout) == (3, "") and "catalog/items/qx.yaml:3:" in result.stderr
    assert list(tmp_path.rglob("qx-99*")) == []
