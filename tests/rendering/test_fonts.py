"""What this machine can print: real fontconfig over folders made here, and the table of stand-ins."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gaozhi_cli.rendering import fonts
from gaozhi_cli.rendering.docx_package import open_package
from gaozhi_cli.rendering.fonts import Fonts, StandIn
from gaozhi_cli.storage.strict_yaml import load
from tests.conftest import ROOT

TABLE = load(ROOT / "templates" / "fonts.yaml")["typefaces"]
CONF = ROOT / "templates" / "fonts.conf"
SHIPPED = (ROOT / "templates" / "commitment_letter.docx").read_bytes()
needs_fontconfig = pytest.mark.skipif(shutil.which("fc-list") is None, reason="没有 fontconfig")


def only(folder: Path, monkeypatch: pytest.MonkeyPatch, *files: str) -> None:
    """A machine whose only fonts are these files."""
    place = folder / "fonts"
    place.mkdir(exist_ok=True)
    for file in files:
        shutil.copy(file, place)
    conf = folder / "only.conf"
    conf.write_text(
        f"<fontconfig><dir>{place}</dir><cachedir>{folder / 'fc-cache'}</cachedir></fontconfig>", "utf-8"
    )
    monkeypatch.setenv("FONTCONFIG_FILE", str(conf))


def a_font_with(code: str) -> str:
    """The file of an outline font of this machine with some characters."""
    found = subprocess.run(
        ["fc-list", "--format", "%{fontformat} %{file}\n", f":charset={code}"], capture_output=True, text=True
    )
    for line in found.stdout.splitlines():
        kind, _, file = line.partition(" ")
        if kind == "TrueType" and file.endswith(".ttf"):
            return file
    pytest.skip(f"没有含 {code} 的 TrueType 字体")


@needs_fontconfig
def test_a_machine_without_fonts_can_print_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No box, no character; blanks need no font."""
    only(tmp_path, monkeypatch)
    found = fonts.installed_fonts()
    assert found == Fonts((), (), frozenset())
    assert fonts.box_font() == ""
    assert fonts.missing_characters(["甲 乙\n", "甲\u200b\ufe0f"], found) == ("甲", "乙")


@needs_fontconfig
def test_a_font_brings_its_characters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one font that has both boxes: these, its family, and not what it lacks."""
    only(tmp_path, monkeypatch, a_font_with("2610 2611"))
    found = fonts.installed_fonts()
    assert found is not None and fonts.box_font() in found.families
    assert fonts.missing_characters(["☑☐Aa𰀀"], found) == ("𰀀",)
    assert fonts.named(("𰀀", "㛃")) == "“𰀀”（U+30000）、“㛃”（U+36C3）"


def test_a_private_sign_is_never_trusted() -> None:
    """自造字: another sign in every font, even where some font has something there."""
    every = Fonts((0,), (0x10FFFF,), frozenset())
    assert fonts.missing_characters(["测试\ue000𰀀㛃☑"], every) == ("\ue000",)


def test_ranges_are_merged_and_bounded() -> None:
    """The edges of each range belong to it, their neighbours do not."""
    merged = fonts._merged(fonts._ranges("41-43 44 61 50-52 51 7f"))
    assert merged == [(0x41, 0x44), (0x50, 0x52), (0x61, 0x61), (0x7F, 0x7F)]
    found = Fonts(tuple(a for a, _ in merged), tuple(b for _, b in merged), frozenset())
    assert [c for c in "@ADEOPRSa`b" if found.has(c)] == list("ADPRa")


@needs_fontconfig
def test_what_was_read_is_remembered_until_a_font_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cache serves the same fonts; another font is seen at once; a damaged cache only costs time."""
    cache, file = tmp_path / "cache", a_font_with("2610 2611")
    cache.mkdir()
    only(tmp_path, monkeypatch)
    first = fonts.installed_fonts(cache)
    memory = cache / "fonts.json"
    assert memory.is_file() and fonts.installed_fonts(cache) == first
    memory.write_text(memory.read_text().replace('"families": []', '"families": ["记住的"]'))
    assert fonts.installed_fonts(cache) == Fonts((), (), frozenset({"记住的"})), "the cache is used"
    only(tmp_path, monkeypatch, file)
    second = fonts.installed_fonts(cache)
    assert second is not None and second.has("☑") and fonts.installed_fonts(cache) == second
    memory.write_text("{")
    assert fonts.installed_fonts(cache) == second
    assert fonts.installed_fonts(tmp_path / "nowhere") == second
    assert sorted(path.name for path in cache.iterdir()) == ["fonts.json"]


@needs_fontconfig
def test_a_letter_pays_little_for_it(tmp_path: Path) -> None:
    """Remembered, the fonts are told in a fraction of a second, and a letter's texts in milliseconds."""
    fonts.installed_fonts(tmp_path)
    started = time.perf_counter()
    found = fonts.installed_fonts(tmp_path)
    asked = time.perf_counter() - started
    assert found is not None and asked < 2
    texts = ["测试甲在荥阳市的经营场所为自有房屋，权属清楚" * 20] * 100
    started = time.perf_counter()
    fonts.missing_characters(texts, found)
    assert time.perf_counter() - started < 0.5


def test_without_fontconfig_it_cannot_be_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows: None, not "everything is missing" and not "all is well"."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert fonts.installed_fonts() is None and fonts.box_font() is None and fonts.matched("黑体", CONF) == ""


def test_the_typefaces_are_read_from_the_template() -> None:
    """Those of the styles and the text of the letter; each has its line in the table."""
    found = fonts.typefaces(open_package(SHIPPED, "模板"))
    assert set(found) == {
        "方正小标宋简体", "黑体", "楷体_GB2312", "仿宋_GB2312", "宋体", "Times New Roman", "Segoe UI Symbol",
    }  # fmt: skip
    assert set(found) == {entry["name"] for entry in TABLE}


@needs_fontconfig
def test_a_typeface_that_is_there_needs_no_stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The typeface itself, or its newer edition, counts; an unknown one gets what fontconfig gives."""
    only(tmp_path, monkeypatch, a_font_with("2610 2611"))
    has = Fonts((), (), frozenset({"仿宋", "黑体"}))
    real, newer = fonts.stand_ins(["黑体", "仿宋_GB2312"], has, TABLE, None)
    assert (real.installed, real.family, newer.installed, newer.family) == (True, "黑体", True, "仿宋")
    (other,) = fonts.stand_ins(["某-某:体"], has, TABLE, None)
    assert not other.installed and other.family == fonts.box_font() and "没有合适的替代" in other.changes


@needs_fontconfig
def test_a_stand_in_says_how_the_page_changes(tmp_path: Path) -> None:
    """Here, with the shipped fonts.conf: each typeface is there, or its stand-in is one of the table."""
    found = fonts.installed_fonts()
    assert found is not None
    for one in fonts.stand_ins([entry["name"] for entry in TABLE], found, TABLE, CONF):
        assert isinstance(one, StandIn) and one.used_for
        assert one.installed or (one.family and one.changes)


def test_the_table_and_fonts_conf_agree() -> None:
    """The same stand-ins in the same order, behind the same names of the real typeface."""
    rules = {}
    for match in ElementTree.fromstring(CONF.read_bytes()).iter("match"):
        asked = match.findtext("test/string")
        rules[asked] = [node.text for node in match.iter("string")][1:]
    for entry in TABLE:
        choices = [choice["family"] for choice in entry["stand_ins"]]
        for name in (entry["name"], *entry["same"]):
            if name in rules:
                given = rules[name]
                assert [family for family in given if family in choices] == choices, name
                assert set(given) == {entry["name"], *entry["same"], *choices}, name
        assert entry["name"] in rules
        packages = [choice["package"] for choice in entry["stand_ins"]]
        assert all(re.fullmatch(r"(fonts|texlive)-[a-z0-9-]+", package) for package in packages)
