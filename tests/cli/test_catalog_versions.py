"""``gaozhi catalog versions``, ``diff`` and ``export``: what there is, what changed, on paper and as data."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli import test_catalog_import
from tests.cli.test_catalog_import import BEGINS, FIRST, NEW, V2, command, diff, done, take
from tests.conftest import Run
from tests.services.test_import_catalog import HEADINGS, QX, WIDE, a_csv, printed

warm_homes, home = test_catalog_import.warm_homes, test_catalog_import.home  # fixtures
KEYS = ["change", "change_label", "item", "no", "office_name", "matter", "field", "field_label", "old", "new"]
LAST = "2027-01"


@pytest.fixture(scope="module")
def kept(warm_homes: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three versions: 64 gone, 65 changed and 68 new in the second; the third is the first again."""
    root = Path(shutil.copytree(warm_homes["shipped"], tmp_path_factory.mktemp("kept") / "home"))
    rows = [(*row[:3], "甲证明；乙证明", row[4]) if row[0] == "65" else row for row in printed()]
    take(
        root,
        [*(row for row in rows if row[0] != "64"), NEW],
        "--title",
        "新清单",
        "--source",
        "文号〔2026〕1号",
    )
    take(root, printed(), version=LAST, begins="2027-01-01")
    for version in (FIRST, V2, LAST):
        done(command(root, "catalog", "export", "--of", version))
    return root


def listed(home: Path, as_of: str = "2026-11-24") -> list[dict[str, Any]]:
    """The versions as data."""
    rows: list[dict[str, Any]] = done(
        command(home, "catalog", "versions", "--format", "json", as_of=as_of)
    ).data
    return rows


# versions


def test_versions_lists_all_with_their_days(kept: Path) -> None:
    """Name, days, title, source, folder; imported ones as they were journalled."""
    first, second, third = listed(kept)
    assert (first["version"], first["effective"], first["until"]) == (FIRST, FIRST, "2026-11-30")
    assert (first["folder"], first["journalled"]) == ("catalog", None)
    assert second == {
        "version": V2, "effective": BEGINS, "until": "2026-12-31", "current": False, "title": "新清单",
        "source": "文号〔2026〕1号", "folder": f"catalog/versions/{V2}", "journalled": "一致",
    }  # fmt: skip
    assert (third["until"], third["title"], third["source"]) == (None, "新清单", f"{LAST}.csv")


@pytest.mark.parametrize(
    ("day", "version"), [("2021-01-01", FIRST), ("2026-11-30", FIRST), (BEGINS, V2), ("2027-01-01", LAST)]
)
def test_the_version_of_the_day_is_marked(kept: Path, day: str, version: str) -> None:
    """当日适用, by --as-of; the first before all of them."""
    assert [row["version"] for row in listed(kept, day) if row["current"]] == [version]


def test_without_an_import_there_is_one_version(run: Run, home: Path) -> None:
    """And no ledger is made by asking."""
    result = run("catalog", "versions", "--format", "json", home=home)
    assert result.returncode == 0
    assert [row["version"] for row in json.loads(result.stdout)] == [FIRST]
    assert not (home / "ledger.db").exists()


def test_a_version_that_was_edited_is_told(kept: Path, tmp_path: Path) -> None:
    """不一致: changed, a file added or taken away; put back, it is 一致 again."""
    home = Path(shutil.copytree(kept, tmp_path / "home"))
    items = home / "catalog" / "versions" / V2 / "items"

    def told() -> str:
        return str(listed(home)[1]["journalled"])

    whole = (items / "qx.yaml").read_bytes()
    (items / "qx.yaml").write_bytes(whole.replace("某证明".encode(), "别证明".encode()))
    assert told().startswith("不一致")
    (items / "qx.yaml").write_bytes(whole)
    assert told() == "一致"
    (items.parent / "offices.yaml").write_text("offices: []\n", "utf-8")
    assert told().startswith("不一致")
    (items.parent / "offices.yaml").unlink()
    (items / "xf.yaml").rename(tmp_path / "xf.yaml")
    assert told().startswith("不一致")


def test_a_version_that_was_never_journalled_is_told(kept: Path, tmp_path: Path) -> None:
    """Written by hand, or the ledger has gone: 未登记."""
    home = Path(shutil.copytree(kept, tmp_path / "home"))
    place = home / "catalog" / "versions"
    shutil.copytree(place / V2, place / "手写")
    text = (place / "手写" / "catalog.yaml").read_text("utf-8")
    text = text.replace(V2, "手写", 1).replace(BEGINS, "2027-02-01")
    (place / "手写" / "catalog.yaml").write_text(text, "utf-8")
    assert [row["journalled"] for row in listed(home)] == [None, "一致", "一致", "未登记"]
    (home / "ledger.db").unlink()
    assert [row["journalled"] for row in listed(home)] == [None, "未登记", "未登记", "未登记"]


def test_versions_for_people(kept: Path) -> None:
    """A table with headings, no folder."""
    lines = done(command(kept, "catalog", "versions")).out.splitlines()
    assert lines[0].split("\t") == ["版本", "起用日期", "至", "当日适用", "名称", "来源", "与登记"]
    assert len(lines) == 4 and lines[1].split("\t")[3] == "是"


# diff


def test_what_changed_from_version_to_version(kept: Path) -> None:
    """Cell by cell in the order of the newer one; what has gone last."""
    rows = diff(kept, FIRST, V2)
    assert all(list(row) == KEYS for row in rows)
    assert [(row["change"], row["item"], row["field"]) for row in rows] == [
        ("changed", "sc-65", "proofs"),
        ("changed", "sc-65", "tree"),
        ("added", "qx-68", None),
        ("removed", "sc-64", None),
    ]
    words, tree, added, removed = rows
    assert (words["field_label"], words["old"], words["new"]) == (
        "实行告知承诺制的证明事项",
        "变更经营场所后的证明",
        "甲证明；乙证明",
    )
    assert tree["new"].splitlines() == [
        "全部：",
        "  sc-65.2 甲证明【免于核查】",
        "  sc-65.3 乙证明【免于核查】",
    ]
    assert (added["old"], added["new"], added["office_name"]) == (None, "某事项：某证明（在线核查）", QX)
    assert (removed["old"], removed["new"]) == ("个体工商户设立登记：经营场所证明（免于核查）", None)


def test_the_other_way_round(kept: Path) -> None:
    """What was added has gone, old and new change places."""
    there, back = diff(kept, FIRST, V2), diff(kept, V2, FIRST)
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    assert {(turned[row["change"]], row["item"], row["field"], row["new"], row["old"]) for row in there} == {
        (row["change"], row["item"], row["field"], row["old"], row["new"]) for row in back
    }


def test_nothing_changed(kept: Path) -> None:
    """Two versions with the same rows, and one with itself: [] and a word of it."""
    for pair in ((FIRST, LAST), (V2, V2)):
        answer = done(command(kept, "catalog", "diff", *pair, "--format", "json"))
        assert answer.data == [] and "没有差别" in answer.err


def test_the_counts_are_told(kept: Path) -> None:
    """Items, not cells."""
    assert "新增 1 项、取消 1 项、改动 1 项" in done(command(kept, "catalog", "diff", FIRST, V2)).err


@pytest.mark.parametrize("ending", [".xlsx", ".csv", ".docx"])
def test_a_version_and_a_file(kept: Path, tmp_path: Path, ending: str) -> None:
    """A file is compared as importing it would make it; nothing is kept of it."""
    path = tmp_path / f"清单{ending}"
    done(command(kept, "catalog", "export", "--of", FIRST, "-o", path))
    before = sorted(each.name for each in (kept / "catalog" / "versions").iterdir())
    assert diff(kept, FIRST, path) == diff(kept, path, FIRST) == []
    assert {row["item"] for row in diff(kept, path, V2)} == {"sc-65", "qx-68", "sc-64"}
    assert sorted(each.name for each in (kept / "catalog" / "versions").iterdir()) == before


def test_two_files(kept: Path, tmp_path: Path) -> None:
    """Last year's and this year's, neither imported."""
    old = a_csv(tmp_path / "旧.csv", printed())
    new = a_csv(tmp_path / "新.csv", [*printed(), NEW])
    assert [(row["change"], row["item"]) for row in diff(kept, old, new)] == [("added", "qx-68")]


def test_a_file_that_is_called_like_a_version(kept: Path, tmp_path: Path) -> None:
    """2026-12.csv is the file; it does not collide with the version 2026-12."""
    path = a_csv(tmp_path / f"{V2}.csv", printed())
    assert diff(kept, FIRST, path) == []


def test_a_wide_file(kept: Path, tmp_path: Path) -> None:
    """All columns are compared."""
    path = tmp_path / "全部.csv"
    done(command(kept, "catalog", "export", "--wide", "--of", FIRST, "-o", path))
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
    rows[14][WIDE.index("事项编码")] = "XN0014"
    a_csv(path, rows[1:], rows[0])
    (row,) = diff(kept, FIRST, path)
    assert (row["item"], row["field"], row["old"], row["new"]) == ("rs-14", "code", None, "XN0014")


def test_a_file_is_matched_with_the_version_it_is_compared_with(home: Path, tmp_path: Path) -> None:
    """A row renamed with --same: the version's own export does not differ from it."""
    rows = [(*row[:2], "个体户开业", *row[3:]) if row[0] == "64" else row for row in printed()]
    take(home, rows, "--same", "64=sc-64")
    path = tmp_path / "清单.csv"
    done(command(home, "catalog", "export", "--of", V2, "-o", path))
    assert diff(home, V2, path) == []


@pytest.mark.parametrize(("after", "code"), [("没有", 4), ("没有.xlsx", 4), ("2026", 4), ("坏.csv", 3)])
def test_what_cannot_be_compared(kept: Path, tmp_path: Path, after: str, code: int) -> None:
    """An unknown version names those there are; a bad file its fault."""
    a_csv(tmp_path / "坏.csv", [row[:4] for row in printed()], HEADINGS[:4])
    path = tmp_path / after if after == "坏.csv" else after
    answer = command(kept, "catalog", "diff", FIRST, path)
    assert answer.code == code
    assert (f"现有版本：{FIRST}、{V2}、{LAST}" if code == 4 else "缺少“核查方式”") in answer.err


def test_the_changes_as_a_word_table(kept: Path, tmp_path: Path) -> None:
    """-o 改动.docx: title, what is compared, headings, one row for each change."""
    from docx import Document

    path = tmp_path / "改动.docx"
    done(command(kept, "catalog", "diff", FIRST, V2, "-o", path))
    document = Document(str(path))
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert (
        "改动对照" in text
        and f"{FIRST}（{FIRST} 起用）" in text
        and "新增 1 项、取消 1 项、改动 1 项" in text
    )
    (table,) = document.tables
    cells = [[cell.text for cell in row.cells] for row in table.rows]
    assert cells[0] == ["变化", "事项", "序号", "承办单位", "行政事项名称", "栏目", "原", "新"]
    assert [row[:3] for row in cells[1:]] == [
        ["改动", "sc-65", "65"], ["改动", "sc-65", "65"], ["新增", "qx-68", "68"], ["取消", "sc-64", "64"],
    ]  # fmt: skip
    assert cells[2][7].splitlines()[0] == "全部：" and len(cells[2][7].splitlines()) == 3


def test_the_changes_as_a_workbook(kept: Path, tmp_path: Path) -> None:
    """-o 改动.xlsx: the same rows."""
    from python_calamine import CalamineWorkbook

    path = tmp_path / "改动.xlsx"
    done(command(kept, "catalog", "diff", FIRST, V2, "-o", path))
    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert len(rows) == 5 and "甲证明；乙证明" in rows[1] and "qx-68" in rows[3]


def test_the_changes_as_csv(kept: Path) -> None:
    """With the codes of change and column."""
    out = done(command(kept, "catalog", "diff", FIRST, V2, "--format", "csv")).out
    rows = list(csv.reader(io.StringIO(out.removeprefix("\ufeff"), newline="")))
    assert rows[0][:2] == ["变化代码", "变化"] and len(rows) == 5 and {len(row) for row in rows} == {10}
    assert rows[2][9].count("\n") == 2, "the outline keeps its lines"


def test_the_changes_in_a_pipe_are_one_line_each(kept: Path) -> None:
    """An outline's lines stand apart by ／."""
    lines = done(command(kept, "catalog", "diff", FIRST, V2)).out.splitlines()
    assert len(lines) == 5 and "全部： ／ sc-65.2 甲证明【免于核查】 ／ sc-65.3" in lines[2]


def test_a_formula_in_a_change_stays_a_text(home: Path, tmp_path: Path) -> None:
    """csv for a spreadsheet is defused; json and the version have it as it is."""
    take(home, [*printed(), ("68", QX, "=1+1", "@SUM(1)", "在线核查")])
    (row,) = diff(home, FIRST, V2)
    assert (row["matter"], row["new"]) == ("=1+1", "=1+1：@SUM(1)（在线核查）")
    out = done(command(home, "catalog", "diff", FIRST, V2, "--format", "csv")).out
    (line,) = list(csv.DictReader(io.StringIO(out.removeprefix("\ufeff"), newline="")))
    assert line["行政事项名称"] == "'=1+1" and line["新"].startswith("'=")


# export


def test_export_of_a_version(kept: Path) -> None:
    """--of: all rows of that version, whatever the day; without it those of the day."""
    for args, day, numbers in (
        (("--of", V2), "2026-11-24", {"68", "65"}),
        ((), BEGINS, {"68", "65"}),
        ((), "2026-11-24", {"64", "65"}),
    ):
        out = done(command(kept, "catalog", "export", *args, as_of=day)).out
        rows = list(csv.reader(io.StringIO(out.removeprefix("\ufeff"), newline="")))
        assert tuple(rows[0]) == HEADINGS and numbers == {row[0] for row in rows} & {"64", "65", "68"}


def test_export_of_a_version_that_is_not_there(kept: Path) -> None:
    """Exit 4."""
    answer = command(kept, "catalog", "export", "--of", "没有")
    assert answer.code == 4 and "没有清单版本“没有”" in answer.err


@pytest.mark.parametrize(
    ("args", "told"), [(("-o", "清单.json"), ".json"), (("--wide", "-o", "清单.docx"), "五栏")]
)
def test_export_to_what_it_cannot_be(kept: Path, tmp_path: Path, args: tuple[str, ...], told: str) -> None:
    """Exit 2, and what it can be."""
    answer = command(kept, "catalog", "export", *args[:-1], str(tmp_path / args[-1]))
    assert answer.code == 2 and told in answer.err and list(tmp_path.iterdir()) == []


def test_a_title_of_any_kind_is_printed(home: Path, tmp_path: Path) -> None:
    """--title and --source come back as they were given."""
    take(home, printed(), "--title", "=1+1 <b>{{x}}</b> & 𠮷", "--source", "- a: b # c")
    row = listed(home)[1]
    assert (row["title"], row["source"]) == ("=1+1 <b>{{x}}</b> & 𠮷", "- a: b # c")
    path = tmp_path / "清单.docx"
    done(command(home, "catalog", "export", "--of", V2, "-o", path))
    from docx import Document

    assert "=1+1 <b>{{x}}</b> & 𠮷" in [paragraph.text for paragraph in Document(str(path)).paragraphs]
