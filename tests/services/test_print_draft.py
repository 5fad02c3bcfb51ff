"""草稿: what there is of a letter, marked and unnumbered; nothing is recorded, nothing is overwritten."""

from __future__ import annotations

import io
import os
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

from gaozhi_cli.domain.catalog import Catalog
from gaozhi_cli.domain.intake import fill_form
from gaozhi_cli.domain.lookup import find_items
from gaozhi_cli.domain.problem import DocumentFailed, NotReady
from gaozhi_cli.rendering import qr
from gaozhi_cli.rendering.docx_package import open_package
from gaozhi_cli.services.print_draft import Draft, print_draft
from tests.builders import CITIZEN, ORGANIZATION, TODAY, a_catalog
from tests.conftest import ROOT
from tests.rendering.test_docx_template import with_header

TEMPLATE = (ROOT / "templates" / "commitment_letter.docx").read_bytes()


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The shipped catalog."""
    return a_catalog(tmp_path_factory.mktemp("home"))


def draft(
    catalog: Catalog,
    folder: Path,
    form: dict[str, str],
    no: str = "64",
    template: bytes = TEMPLATE,
    dry: bool = False,
) -> Draft:
    """A draft of what a form holds."""
    application, _ = fill_form(form, find_items(catalog, no, TODAY)[0], TODAY)
    return print_draft(
        application, catalog=catalog, template=template, folder=folder / "草稿", name="草稿-64", home=folder,
        dry_run=dry,
    )  # fmt: skip


def lines(path: Path | None) -> list[str]:
    """All paragraphs of a draft, the footer's too."""
    assert path is not None
    document = docx.Document(io.BytesIO(path.read_bytes()))
    roots = (document.element.body, document.sections[0].footer._element)
    return [Paragraph(node, None).text for root in roots for node in root.iter(qn("w:p"))]  # type: ignore[arg-type]


def test_everything_open(catalog: Catalog, tmp_path: Path) -> None:
    """Nothing filled in: the form's underlines, no number, no code, a white picture."""
    done = draft(catalog, tmp_path, {})
    assert done.docx == tmp_path / "草稿" / "草稿-64.docx" and done.pdf is None
    text = lines(done.docx)
    assert text[0] == "编号：草稿，不编号" and any("草稿，不编号" in line for line in text[-1:])
    for label in ("姓名：", "联系方式：", "证件编号：", "名称：", "统一社会信用代码："):
        assert f"{label}{'_' * 16}" in text
    assert any(line.startswith("校验码：____") for line in text)
    assert (
        "（二）已符合行政机关告知的条件、标准、要求，具体是：________________；（如需现场核查的，请写明现场地址）"
        in text
    )
    package = open_package(done.docx.read_bytes(), "草稿")
    assert package.part("word/media/qr.png") == qr.blank()
    assert {"☐ 1. 申请人为公民", "☐ 2. 申请人为法人或其他组织"} <= set(text)  # nobody knows yet
    assert "证件类型：居民身份证" not in text
    assert not any("：；" in line or "：。" in line for line in text)


@pytest.mark.parametrize("left_out", [*CITIZEN, None])
def test_a_citizen_with_one_thing_missing(catalog: Catalog, tmp_path: Path, left_out: str | None) -> None:
    """What is there is printed, what is not is an underline; never an empty place."""
    form = {key: value for key, value in CITIZEN.items() if key != left_out}
    text = lines(draft(catalog, tmp_path, form).docx)
    for key, label in (("name", "姓名："), ("phone", "联系方式："), ("id_number", "证件编号：")):
        assert label + (form.get(key) or "_" * 16) in text
    assert any((form.get("statement") or "具体是：____") in line for line in text)


def test_an_organization_and_its_visit(catalog: Catalog, tmp_path: Path) -> None:
    text = lines(draft(catalog, tmp_path, ORGANIZATION | {"proof": "rs-14.1"}, "14").docx)
    assert "☑ 2. 申请人为法人或其他组织" in text and f"地址：{ORGANIZATION['address']}" in text
    assert any(f"现场地址：{ORGANIZATION['site_address']}" in line for line in text)
    only_site = {
        "site_address": ORGANIZATION["site_address"],
        "uscc": ORGANIZATION["uscc"],
        "proof": "rs-14.1",
    }
    text = lines(draft(catalog, tmp_path / "b", only_site, "14").docx)
    promise = next(line for line in text if "具体是" in line)
    assert "具体是：____" in promise and ORGANIZATION["site_address"] in promise


def test_the_letter_of_a_county_with_a_header(catalog: Catalog, tmp_path: Path) -> None:
    """Its header stays; the mark is behind it."""
    done = draft(catalog, tmp_path, CITIZEN, template=with_header("示例县"))
    assert done.docx is not None
    header = docx.Document(str(done.docx)).sections[0].header
    assert header.paragraphs[0].text == "示例县"
    assert [
        t.get("string")
        for t in header._element.iter("{urn:schemas-microsoft-com:vml}textpath")
        if t.get("string")
    ] == ["草稿"]


def test_no_draft_is_written_over(catalog: Catalog, tmp_path: Path) -> None:
    """Two in one second, and somebody's file of that name: each stays."""
    first = draft(catalog, tmp_path, CITIZEN).docx
    second = draft(catalog, tmp_path, CITIZEN | {"name": "测试己"}).docx
    assert first is not None and second is not None and first != second
    assert f"姓名：{CITIZEN['name']}" in lines(first) and "姓名：测试己" in lines(second)
    if os.name == "posix":
        assert first.stat().st_mode & 0o777 == 0o600 and first.parent.stat().st_mode & 0o777 == 0o700


def test_on_trial_nothing_is_written(catalog: Catalog, tmp_path: Path) -> None:
    done = draft(catalog, tmp_path, CITIZEN, dry=True)
    assert (done.docx, done.pdf) == (None, None) and not (tmp_path / "草稿").exists()
    assert done.warnings


def test_a_template_or_folder_that_cannot_be_used(catalog: Catalog, tmp_path: Path) -> None:
    with pytest.raises(DocumentFailed, match="模板"):
        draft(catalog, tmp_path, CITIZEN, template=b"PK\x03\x04 no template")
    (tmp_path / "草稿").write_text("a file")
    with pytest.raises(NotReady, match="草稿没有写成"):
        draft(catalog, tmp_path, CITIZEN)
