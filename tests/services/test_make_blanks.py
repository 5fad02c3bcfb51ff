"""制作格式文本: whole files and a manifest written last, only what changed, nothing that is not ours."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gaozhi_cli.domain.catalog import Catalog, Decision, Item, Items
from gaozhi_cli.domain.form import PRESCRIBED
from gaozhi_cli.domain.problem import DocumentFailed, NotReady, Refused, UsageFault
from gaozhi_cli.rendering.docx_package import open_package
from gaozhi_cli.rendering.docx_template import paragraphs
from gaozhi_cli.rendering.template_check import plain_words
from gaozhi_cli.services.make_blanks import Blanks, make_blanks
from gaozhi_cli.storage.home import shipped as shipped_data
from tests.builders import TODAY, a_catalog
from tests.conftest import ROOT

ROWS = ("8", "14", "24", "64")


class Hall:
    """A catalog, the template, and a folder for the hall's blanks."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.catalog: Catalog = a_catalog(home)
        self.folder = folder
        self.template = (shipped_data("templates") / "commitment_letter.docx").read_bytes()

    def item(self, no: str) -> Item:
        """The item of a row."""
        return self.catalog.items.by_no(no)[0]

    def make(self, *rows: str, today: date = TODAY, **more: Any) -> Blanks:
        """Make the blanks of some rows."""
        items = [self.item(no) for no in rows or ROWS]
        more = {"catalog": self.catalog, "template": self.template} | more
        return make_blanks(items, folder=self.folder, today=today, **more)

    def files(self) -> dict[str, bytes]:
        """Everything in the folder."""
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}

    def manifest(self) -> list[dict[str, Any]]:
        """The rows of the manifest."""
        body = json.loads((self.folder / "manifest.json").read_bytes())
        assert (body["kind"], body["format"]) == ("gaozhi-blanks", 1)
        rows: list[dict[str, Any]] = body["blanks"]
        return rows


@pytest.fixture
def hall(tmp_path: Path) -> Hall:
    """The shipped catalog, and a folder that is not there yet."""
    return Hall(tmp_path / "home", tmp_path / "web" / "格式文本")


@pytest.fixture
def complete(tmp_path: Path) -> Hall:
    """The complete fixture county."""
    home = tmp_path / "complete"
    shutil.copytree(ROOT / "tests" / "homes" / "complete", home)
    return Hall(home, tmp_path / "blanks")


def lines(document: bytes) -> list[str]:
    """The text of a docx, paragraph by paragraph."""
    return list(paragraphs(open_package(document, "文书").part("word/document.xml"), "文书"))


def test_each_item_has_its_file_and_its_row_in_the_manifest(hall: Hall) -> None:
    """Item, row, office, matter, file, digests, version and day, in the order of the 清单."""
    done = hall.make("64", "8")
    assert [blank.changed for blank in done.made] == [True, True] and done.ended == ()
    files = hall.files()
    assert set(files) == {"rs-08.docx", "sc-64.docx", "manifest.json"}
    first, second = hall.manifest()
    assert (first["item"], second["item"]) == ("rs-08", "sc-64")
    assert first["office_name"] == "荥阳市人力资源和社会保障局" and first["matter"] == "失业登记"
    for row in (first, second):
        assert row["sha256"] == hashlib.sha256(files[row["file"]]).hexdigest()
        assert row["template_sha256"] == hashlib.sha256(hall.template).hexdigest()
        assert (row["version"], row["catalog_digest"]) == (hall.catalog.version, hall.catalog.digest)
        assert (row["made_on"], row["in_force"]) == ("2026-11-24", True)
    assert "basis" in first["warnings"]
    if os.name == "posix":
        assert {path.stat().st_mode & 0o777 for path in hall.folder.iterdir()} == {0o644}


def test_the_prescribed_words_stand_in_every_blank(hall: Hall) -> None:
    """附件2 word for word, around the blanks; nothing of the template's marks is left."""
    hall.make()
    for name, document in hall.files().items():
        if name.endswith(".docx"):
            text = plain_words("".join(lines(document)))
            for words in PRESCRIBED:
                for part in plain_words(words).replace("}}", "{{").split("{{")[::2]:
                    assert part in text, (name, part)
            assert "{" not in text and "☑" not in text


def test_the_same_bytes_at_any_time(hall: Hall, tmp_path: Path) -> None:
    """Another folder, another day: the same files to the byte, so the digests can be compared."""
    hall.make()
    first = hall.files()
    hall.folder = tmp_path / "again"
    hall.make(today=date(2027, 3, 1))
    again = hall.files()
    del first["manifest.json"], again["manifest.json"]
    assert first == again


def test_running_again_writes_nothing(hall: Hall) -> None:
    """Neither a file nor the manifest is touched, and nothing is rendered, on a later day too."""
    hall.make()
    before = {path: path.stat() for path in hall.folder.iterdir()}
    done = hall.make(today=date(2027, 3, 1))
    assert not any(blank.changed for blank in done.made)
    for path, stat in before.items():
        assert (path.stat().st_mtime_ns, path.stat().st_ino) == (stat.st_mtime_ns, stat.st_ino)
    assert {row["made_on"] for row in hall.manifest()} == {"2026-11-24"}


def test_only_what_changed_is_written(hall: Hall) -> None:
    """One item gets its 公开 decided: its file alone is new, dated that day; the others keep their day."""
    hall.make()
    before = hall.files()
    items = [hall.item(no) for no in ROWS]
    items[3] = items[3]._replace(disclosure=Decision(False, "决定"))
    done = make_blanks(
        items, catalog=hall.catalog, template=hall.template, folder=hall.folder, today=date(2027, 3, 1)
    )
    assert [blank.changed for blank in done.made] == [False, False, False, True]
    after = hall.files()
    assert {name for name in after if after[name] != before[name]} == {"sc-64.docx", "manifest.json"}
    days = {row["item"]: row["made_on"] for row in hall.manifest()}
    assert days.pop("sc-64") == "2027-03-01" and set(days.values()) == {"2026-11-24"}


def test_one_item_more_leaves_the_others_in_the_manifest(hall: Hall) -> None:
    """--item after --all: the rest stays as it was."""
    hall.make("8", "24")
    hall.make("64")
    assert [row["no"] for row in hall.manifest()] == ["8", "24", "64"]


def test_a_file_that_is_not_ours_is_not_touched(hall: Hall) -> None:
    """All such files are named at once and nothing is written; overwrite replaces them."""
    hall.folder.mkdir(parents=True)
    for name in ("rs-08.docx", "sc-64.docx", "其他.docx"):
        (hall.folder / name).write_bytes(b"someone else's")
    before = hall.files()
    with pytest.raises(UsageFault, match=r"2 个同名文件不是本程序写的.*--yes") as caught:
        hall.make()
    assert len(caught.value.problems) == 2 and hall.files() == before
    hall.make(overwrite=True)
    after = hall.files()
    assert after["其他.docx"] == b"someone else's" and len(after) == 6
    assert after["rs-08.docx"].startswith(b"PK")


def test_a_blank_edited_by_hand_is_not_overwritten(hall: Hall) -> None:
    """What the office typed into a file of ours is its own work until it says otherwise."""
    hall.make()
    path = hall.folder / "sc-64.docx"
    ours = path.read_bytes()
    path.write_bytes(ours + b" ")
    with pytest.raises(UsageFault, match="写后被改过"):
        hall.make()
    assert path.read_bytes() == ours + b" "
    done = hall.make(overwrite=True)
    assert [blank.changed for blank in done.made] == [False, False, False, True]
    assert path.read_bytes() == ours


def test_a_file_that_is_gone_is_made_anew(hall: Hall) -> None:
    """The manifest alone does not count."""
    hall.make()
    ours = (hall.folder / "sc-64.docx").read_bytes()
    (hall.folder / "sc-64.docx").unlink()
    hall.make()
    assert (hall.folder / "sc-64.docx").read_bytes() == ours


def test_a_half_made_run_is_taken_up(hall: Hall) -> None:
    """Stopped after two files: they are whole, there is no manifest, and the next run finishes."""

    class Stopped(Exception):
        pass

    def stop(done: int) -> None:
        if done == 2:
            raise Stopped

    with pytest.raises(Stopped):
        hall.make(progress=stop)
    files = hall.files()
    assert set(files) == {"rs-08.docx", "rs-14.docx"}
    assert all("一、基本信息" in lines(document) for document in files.values())
    done = hall.make()
    assert [blank.changed for blank in done.made] == [False, False, True, True]
    assert len(hall.manifest()) == 4


def test_a_dry_run_leaves_nothing(hall: Hall) -> None:
    """It tells the digests the files would have, and makes neither file nor folder."""
    tried = hall.make(dry_run=True)
    assert not hall.folder.exists() and all(blank.changed for blank in tried.made)
    done = hall.make()
    assert [b.entry.sha256 for b in tried.made] == [b.entry.sha256 for b in done.made]


def test_a_formal_county_hands_out_nothing_with_gaps(hall: Hall) -> None:
    """Exit 5 with each gap and the rows it stands in; no folder is made."""
    county = hall.catalog.county._replace(formal=True)
    with pytest.raises(Refused, match="formal") as caught:
        hall.make(catalog=hall.catalog._replace(county=county))
    gaps = {problem.code: problem.message for problem in caught.value.problems}
    assert "basis" in gaps and gaps["basis"].endswith("序号 8、14、24、64")
    assert not hall.folder.exists()


def test_a_complete_county_may_be_formal(complete: Hall) -> None:
    """Every blank of the fixture county whose parts are all filled in is made; none is refused wrongly."""
    county = complete.catalog.county._replace(formal=True)
    done = complete.make("14", catalog=complete.catalog._replace(county=county))
    assert {w.code for w in done.made[0].warnings} <= {"consent"}
    text = "".join(lines((complete.folder / "rs-14.docx").read_bytes()))
    assert "《" in text and "____" in text


def test_what_is_no_longer_in_force_stays_and_is_told(hall: Hall) -> None:
    """Nothing is removed; the manifest says that letters can no longer start for it."""
    hall.make()
    items = Items(
        i._replace(valid_until=date(2026, 12, 31)) if i.no == "8" else i for i in hall.catalog.items
    )
    done = hall.make("64", catalog=hall.catalog._replace(items=items), today=date(2027, 1, 1))
    assert [entry.no for entry in done.ended] == ["8"]
    assert [row["in_force"] for row in hall.manifest()] == [False, True, True, True]
    assert "rs-08.docx" in hall.files()


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"kind": "gaozhi-blanks", "format": 1, "blanks": [{"item": "x"}]}',
             '{"kind": "gaozhi-blanks", "format": 2, "blanks": []}', "\xff", '{"blanks": 7}'],
)  # fmt: skip
def test_a_manifest_that_is_not_ours_is_not_overwritten(hall: Hall, text: str) -> None:
    """Somebody else's manifest.json, or a damaged one: refused with the way out."""
    hall.folder.mkdir(parents=True)
    (hall.folder / "manifest.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageFault, match="--yes"):
        hall.make()
    assert (hall.folder / "manifest.json").read_bytes() == text.encode("latin-1")
    assert len(hall.files()) == 1
    hall.make(overwrite=True)
    assert len(hall.manifest()) == 4


def test_a_place_that_cannot_be_written_is_said(hall: Hall, tmp_path: Path) -> None:
    """A file as the folder, a folder as the file."""
    hall.folder = tmp_path / "file"
    hall.folder.write_text("x")
    with pytest.raises(NotReady, match="不是文件夹"):
        hall.make()
    hall.folder = tmp_path / "folder"
    (hall.folder / "sc-64.docx").mkdir(parents=True)
    with pytest.raises(NotReady, match="不是普通文件"):
        hall.make(overwrite=True)
    assert list(hall.folder.iterdir()) == [hall.folder / "sc-64.docx"]


def test_a_faulty_template_stops_before_anything(hall: Hall) -> None:
    """The template is checked first."""
    with pytest.raises(DocumentFailed):
        hall.make(template=b"not a docx")
    assert not hall.folder.exists()
