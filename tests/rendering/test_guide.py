"""The guide as Markdown and as a document: every value in it as text, whatever it holds."""

from __future__ import annotations

import io
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.catalog import Basis, Catalog, Decision, Proof
from gaozhi_cli.domain.county import Contact
from gaozhi_cli.domain.guide import FIELDS, LIABILITY, UNFILLED, WITHDRAWAL, Guide, Value, guide
from gaozhi_cli.domain.problem import DocumentFailed
from gaozhi_cli.domain.vocabulary import Method
from gaozhi_cli.rendering.docx_package import open_package
from gaozhi_cli.rendering.guide import HEAD, ROWS, TEMPLATE, guide_docx, guide_md
from tests.builders import TODAY, a_catalog
from tests.conftest import ROOT
from tests.rendering.test_pdf import needs, with_office
from tests.rendering.test_table_docx import printed

BLANK_GUIDE = (ROOT / "templates" / TEMPLATE).read_bytes()
NOS = ("8", "14", "24", "64", "66")
AWKWARD = (
    "=1+1",
    "<b>甲</b>&amp;",
    "𠮷㛃",
    "007. 甲",
    "a|b*c*_d_`e`",
    "[x](http://y)",
    "# 甲",
    "- 甲",
    "1. 甲",
    "{{ 7*7 }}",
    "\\",
    "![x](y)",
    "~~甲~~",
    "---",
    "===",
    "> 甲",
)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The catalog as shipped."""
    return a_catalog(tmp_path_factory.mktemp("home"))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The complete fixture county."""
    home = tmp_path_factory.mktemp("complete") / "home"
    return a_catalog(Path(shutil.copytree(ROOT / "tests" / "homes" / "complete", home)))  # type: ignore[no-any-return]


def of(catalog: Catalog, no: str) -> Guide:
    """The guide of a row."""
    return guide(catalog.items.by_no(no)[0], catalog, TODAY)


def texts(value: Any) -> list[str]:
    """All text of a value."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value
    return [text for part in parts for text in texts(part)]


def shown(markdown: str) -> list[str]:
    """What a reader of Markdown sees, block by block; HTML that got through stands out as a tag."""
    from markdown_it import MarkdownIt

    found = []
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown):
        assert token.type not in ("html_block", "fence", "code_block", "hr", "bullet_list_open"), token
        if token.type == "inline":
            kinds = {child.type for child in token.children or []}
            assert kinds <= {"text", "softbreak", "text_special"}, kinds
            found.append("".join(child.content for child in token.children or []))
    return found


def lines_of(document: bytes) -> list[str]:
    """Every paragraph of a document, cells included, by python-docx."""
    import docx

    read = docx.Document(io.BytesIO(document))
    cells = [cell.text for table in read.tables for row in table.rows for cell in row.cells]
    return [*cells, *(p.text for p in read.paragraphs)]


def awkward(catalog: Catalog, text: str) -> Guide:
    """A guide that holds a text wherever an office may write."""
    item = catalog.items.by_no("64")[0]
    basis = Basis(text, "1", text, source=text)
    proof = Proof("x", text, Method.ONLINE, issuer=text, standard=text, basis=(basis,), content=(text,))
    changed = item._replace(
        matter=text, code=text, reading=text, tree=proof, contact=Contact(text, text),
        agent=Decision(True, text), disclosure=Decision(True, text, text),
    )  # fmt: skip
    return guide(changed, catalog, TODAY)


@pytest.mark.parametrize("no", NOS)
@pytest.mark.parametrize("which", ["shipped", "complete"])
def test_every_value_stands_in_both(which: str, no: str, request: pytest.FixtureRequest) -> None:
    """Markdown and document say the same, and all of it."""
    made = of(request.getfixturevalue(which), no)
    blocks, paragraphs = shown(guide_md(made)), lines_of(guide_docx(made, BLANK_GUIDE))
    whole = "\n".join(paragraphs)
    for text in texts(made.values):
        assert any(text in block for block in blocks), text
        assert text in whole, text
    assert not re.search(r"\{\{|\{%", whole)


@pytest.mark.parametrize("text", AWKWARD)
def test_markdown_shows_a_text_as_it_is(shipped: Catalog, text: str) -> None:
    """No mark is taken for markup: name, code, basis, content, contact come out letter by letter."""
    made = awkward(shipped, text)
    blocks = shown(guide_md(made))
    assert blocks[0] == f"{text}办事指南（告知承诺制部分）"
    for field in ("行政事项名称", "事项编码", "联系人"):
        assert blocks[blocks.index(field) + 1] == text
    assert text in blocks[blocks.index("三、证明的内容") + 1 :]
    assert len([block for block in blocks if block in HEAD]) == len(HEAD), "the table has all its rows"


@given(
    st.text(
        st.characters(exclude_categories=("Cs", "Cc", "Cf", "Cn", "Co", "Zl", "Zp", "Zs")),
        min_size=1,
        max_size=30,
    )
)
@settings(max_examples=200)
def test_markdown_shows_any_text_as_it_is(text: str) -> None:
    """For all text that can be printed."""
    text = f"甲{text}乙"  # never one of the guide's own headings
    values: dict[str, Value] = {field: [] if field in ROWS else text for field in FIELDS}
    values["证明内容"] = [text]
    values["证明"] = [dict.fromkeys(ROWS["证明"], text)]
    blocks = shown(guide_md(Guide(values, ())))
    assert blocks[0] == f"{text}办事指南（告知承诺制部分）"
    assert blocks.count(text) == len(HEAD) + len(ROWS["证明"]) + 4


@pytest.mark.parametrize("text", AWKWARD)
def test_the_document_holds_a_text_as_it_is(shipped: Catalog, text: str) -> None:
    """Braces, angle brackets and rare characters are data to the template."""
    paragraphs = lines_of(guide_docx(awkward(shipped, text), BLANK_GUIDE))
    assert paragraphs[1] == text and text in paragraphs[16:]
    assert f"《{text}》第1条规定：{text.rstrip('。')}。（出处：{text}）" in paragraphs


def test_breaks_and_control_characters_stay_harmless(shipped: Catalog) -> None:
    """A value of several lines is one line here; control and bidi characters are shown."""
    made = awkward(shipped, "甲\n乙\x1b\u202e丙")
    assert "甲 乙��丙" in shown(guide_md(made))
    assert "甲 乙��丙" in lines_of(guide_docx(made, BLANK_GUIDE))


def test_the_same_guide_gives_the_same_bytes(complete: Catalog) -> None:
    """Reproducible, and accepted by the house's own checks."""
    first, again = (guide_docx(of(complete, "24"), BLANK_GUIDE) for _ in range(2))
    assert first == again and open_package(first, "指南")


def changed(old: str, new: str) -> bytes:
    """The template after an office's edit."""
    package = open_package(BLANK_GUIDE, "模板")
    body = package.part("word/document.xml").decode()
    assert old in body
    return package.with_parts({"word/document.xml": body.replace(old, new).encode()}).to_bytes()


def test_an_office_may_edit_the_template_but_leave_nothing_out(shipped: Catalog) -> None:
    """Its own heading is kept; a part that is missing, or a blank that does not exist, is refused."""
    made = of(shipped, "64")
    assert "本局办事指南" in lines_of(guide_docx(made, changed("办 事 指 南", "本局办事指南")))
    for old, new, said in (
        ("{{ 不实责任 }}", "", "缺少填空“不实责任”"),
        ("{{ 撤回 }}", "{{ 撤消 }}", "不认识的填空“撤消”"),
        ("{{ 撤回 }}", "{{ 撤回.x.y }}", "不允许的写法"),
    ):
        with pytest.raises(DocumentFailed, match=said):
            guide_docx(made, changed(old, new))


@with_office
def test_libreoffice_prints_guides(shipped: Catalog, complete: Catalog) -> None:
    """Two pages for a simple item, three for the longest; heading, liability, gaps, page numbers."""
    needs("pdfinfo", "pdftotext")
    for catalog, no, count in ((shipped, "64", 2), (complete, "8", 3)):
        made = of(catalog, no)
        pages = printed(guide_docx(made, BLANK_GUIDE))
        whole = "".join(pages)
        assert len(pages) == count
        assert pages[0].startswith("办事指南（证明事项告知承诺制部分）行政事项名称")
        for number, page in enumerate(pages, start=1):
            assert f"第{number}页共{count}页" in page
        assert (UNFILLED in whole) is (catalog is shipped)
        for text, _ in (LIABILITY, WITHDRAWAL):
            assert text[-12:] in whole


@with_office
def test_rare_characters_are_printed(shipped: Catalog) -> None:
    """𠮷㛃 in a matter's name comes out of the printer."""
    needs("pdfinfo", "pdftotext")
    assert "测试𠮷㛃" in printed(guide_docx(awkward(shipped, "测试𠮷㛃"), BLANK_GUIDE))[0]
