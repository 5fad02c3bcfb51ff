"""格式文本: what the office tells is printed, what the applicant fills in stays open (通知五（一）)."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from gaozhi_cli.domain.applicant import Applicant, Identity
from gaozhi_cli.domain.blank import blank_values, file_names, gaps_by_kind
from gaozhi_cli.domain.catalog import Catalog, Decision, Item, asked, choose_proofs
from gaozhi_cli.domain.form import BLANK, FIELDS, TICKED, UNTICKED
from gaozhi_cli.domain.letter import Application, compose
from gaozhi_cli.domain.problem import BadInput, Problem
from gaozhi_cli.domain.vocabulary import IdType, Method, SubjectKind
from tests.builders import ORGANIZATION, a_catalog, a_uscc
from tests.conftest import ROOT

APPLICANTS = FIELDS[:16]
FIRM = Applicant(
    SubjectKind.ORGANIZATION,
    ORGANIZATION["name"],
    Identity(IdType.USCC, a_uscc()),
    ORGANIZATION["phone"],
    ORGANIZATION["contact"],
    ORGANIZATION["address"],
)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The shipped catalog as it is."""
    return a_catalog(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The complete fixture county."""
    folder = tmp_path_factory.mktemp("homes") / "complete"
    return a_catalog(Path(shutil.copytree(ROOT / "tests" / "homes" / "complete", folder)))


def item_of(catalog: Catalog, no: str) -> Item:
    """The item printed under a number."""
    return catalog.items.by_no(no)[0]


def codes(problems: tuple[Problem, ...]) -> set[str]:
    """The codes of some problems."""
    return {problem.code for problem in problems}


def test_every_blank_of_every_item_has_a_value_and_the_applicants_are_open(shipped: Catalog) -> None:
    """All fields, in the order of the form; underlines and open boxes where the applicant writes."""
    for item in shipped.items:
        values = blank_values(item, shipped).values
        assert tuple(values) == FIELDS
        for field in APPLICANTS:
            text = str(values[field])
            assert text == UNTICKED if field.endswith("勾选") else re.fullmatch("_{16,}", text), field
        assert re.fullmatch("_{80,}(。现场地址：_+)?", str(values["承诺内容"]))


def test_what_the_office_tells_is_what_a_filled_letter_tells(complete: Catalog) -> None:
    """The same words in both, for every item without a choice of proofs; only the applicant differs."""
    compared = 0
    for item in complete.items:
        leaves, problems = choose_proofs(item, ())
        if problems or asked(item.tree) != "；".join(leaf.proof.name for leaf in leaves):
            continue
        application = Application(item, leaves, FIRM, None, "齐备", "荥阳市测试路2号")
        letter, blank = compose(application, complete, "某〔2026〕00001号"), blank_values(item, complete)
        told = [field for field in FIELDS if field not in (*APPLICANTS, "承诺内容")]
        assert {f: blank.values[f] for f in told} == {f: letter.values[f] for f in told}
        assert codes(blank.warnings) - {"consent"} == codes(letter.warnings)
        compared += 1
    assert compared > 50


def test_alternatives_and_circumstances_are_to_be_seen(shipped: Catalog) -> None:
    """Row 8 asks by circumstance, row 24 also for one of several: nobody has chosen yet."""
    told = str(blank_values(item_of(shipped, "8"), shipped).values["证明事项名称"])
    assert told == asked(item_of(shipped, "8").tree) and told.count("【") >= 6
    told = str(blank_values(item_of(shipped, "24"), shipped).values["证明事项名称"])
    assert " 或 " in told and "【" in told


def visited(item: Item) -> bool:
    """Whether any proof is checked on site: as the 清单 has it, or by the plan (row 66)."""
    return Method.ONSITE in item.methods or any(plan.method is Method.ONSITE for plan in item.plans)


def test_a_place_for_the_address_stands_where_a_visit_is_due(shipped: Catalog) -> None:
    """现场地址 on the blanks of items checked on site, on no other."""
    for item in shipped.items:
        promised = str(blank_values(item, shipped).values["承诺内容"])
        assert ("现场地址：____" in promised) == visited(item), item.no
    assert "现场地址" in str(blank_values(item_of(shipped, "14"), shipped).values["承诺内容"])


def test_the_shipped_gaps_are_underlines_with_a_warning_each(shipped: Catalog) -> None:
    """What the printed 清单 does not say is left to be written by hand."""
    blank = blank_values(item_of(shipped, "64"), shipped)
    assert codes(blank.warnings) == {
        "basis", "content", "agent", "disclosure", "contact_person", "contact_phone", "complaints",
    }  # fmt: skip
    assert blank.values["机关联系人"] == BLANK
    assert {blank.values[f] for f in ("公开勾选", "不公开勾选", "本人承诺勾选", "代为承诺勾选")} == {UNTICKED}


@pytest.mark.parametrize(
    ("decision", "ticks", "warned"),
    [
        (None, (UNTICKED, BLANK, UNTICKED), {"disclosure"}),
        (Decision(False), (UNTICKED, BLANK, TICKED), set()),
        (Decision(True, period="一年"), (TICKED, "一年", UNTICKED), {"consent"}),
        (Decision(True), (TICKED, BLANK, UNTICKED), {"consent", "disclosure_period"}),
    ],
)
def test_disclosure_is_the_decision_for_the_item(
    shipped: Catalog, decision: Decision | None, ticks: tuple[str, str, str], warned: set[str]
) -> None:
    """A public item's blank says so and reminds that a citizen has to agree: no gap of the office."""
    item = item_of(shipped, "64")._replace(disclosure=decision)
    blank = blank_values(item, shipped)
    assert tuple(blank.values[f] for f in ("公开勾选", "公开时限", "不公开勾选")) == ticks
    assert codes(blank.warnings) & {"disclosure", "consent", "disclosure_period"} == warned
    assert "consent" not in codes(blank.office_gaps(item))


@pytest.mark.parametrize("name", ["../rs-01", "rs/01", ".rs", "con", "LPT1", "a b", "x" * 200, "nul.x", ""])
def test_an_id_that_no_folder_could_hold_is_refused(shipped: Catalog, name: str) -> None:
    """A file must land in the folder, on Windows too."""
    with pytest.raises(BadInput, match="不能用作文件名"):
        file_names([item_of(shipped, "64")._replace(id=name)])


def test_ids_that_differ_in_case_only_are_refused(shipped: Catalog) -> None:
    """On Windows and macOS the one would overwrite the other."""
    item = item_of(shipped, "64")
    with pytest.raises(BadInput, match="只差大小写"):
        file_names([item, item._replace(id=item.id.upper())])
    assert file_names(shipped.items)[item.id] == f"{item.id}.docx"
    assert len(set(file_names(shipped.items).values())) == len(shipped.items)


def test_gaps_are_told_once_with_the_rows_they_stand_in(shipped: Catalog) -> None:
    """The most frequent gap first; a long list of rows is counted."""
    often, once = Problem("a", "未填甲", "附件2", "a"), Problem("b", "未填乙", "附件2", "b")
    rows = list(shipped.items)[:20]
    told = gaps_by_kind((item, [once, often] if item.no == "2" else [often]) for item in rows)
    assert [gap.code for gap in told] == ["a", "b"]
    assert told[0].message.startswith("未填甲：序号 1、2、3、") and told[0].message.endswith("等共 20 项")
    assert told[1] == once._replace(message="未填乙：序号 2")
    assert gaps_by_kind([]) == []
