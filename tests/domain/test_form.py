"""The form of 附件2: eight parts told, five promised, three choices of two; no letter lacks one unsaid."""

from __future__ import annotations

import copy
import io
import itertools
import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import docx
import pytest
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

from gaozhi_cli.domain.applicant import Agent, Applicant, Identity
from gaozhi_cli.domain.catalog import Basis, Catalog, Decision, Item, Leaf, choose_proofs, leaves
from gaozhi_cli.domain.form import (
    AGENT_BLOCK,
    BASIS_FIELDS,
    BLANK,
    BLANK_PLACE,
    CHOICES,
    CITIZEN_FIELDS,
    FIELDS,
    LONG_BLANK,
    NOBODY,
    OFFICE,
    ORGANIZATION_FIELDS,
    PRESCRIBED,
    PROMISED,
    TICKED,
    TOLD,
    UNTICKED,
    Values,
    canonical_values,
    holes,
    open_blank,
    told_text,
)
from gaozhi_cli.domain.letter import Application, Letter, compose
from gaozhi_cli.domain.vocabulary import IdType, SubjectKind
from gaozhi_cli.rendering.docx_package import open_package
from gaozhi_cli.rendering.docx_template import paragraphs
from gaozhi_cli.rendering.letter_docx import letter_document, open_letter_template
from tests.builders import CITIZEN, ORGANIZATION, a_catalog, a_uscc, an_id_number
from tests.conftest import ROOT

TEMPLATE = (ROOT / "templates" / "commitment_letter.docx").read_bytes()
WHO = Applicant(
    SubjectKind.CITIZEN, CITIZEN["name"], Identity(IdType.ID_CARD, an_id_number()), CITIZEN["phone"]
)
FIRM = Applicant(
    SubjectKind.ORGANIZATION, ORGANIZATION["name"], Identity(IdType.USCC, a_uscc()), ORGANIZATION["phone"],
    ORGANIZATION["contact"], ORGANIZATION["address"],
)  # fmt: skip
AGENT = Agent("测试丙", Identity(IdType.PASSPORT, "E12345678"), "13900000000", "2026-11-01 授权代为承诺")
NUMBER = "示人社告承〔2026〕00001号"
# 规程二（一）（二）, as the notice counts them.
EIGHT = [
    "行政事项名称", "证明事项名称", "设定证明的依据", "证明的内容", "承诺的方式", "行政机关核查权力",
    "不实承诺的责任", "承诺书是否公开",
]  # fmt: skip
FIVE = ["已经知晓", "已符合", "法律责任", "真实、准确", "真实的意思表示"]


def squeezed(text: str) -> str:
    """A text without white space."""
    return re.sub(r"\s", "", text)


def shown(words: str) -> str:
    """Prescribed words without their blanks."""
    return re.sub(r"\{\{\w+\}\}", "", words)


@pytest.fixture(scope="module")
def catalogs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Catalog]:
    """The shipped catalog and the complete county."""
    folder = tmp_path_factory.mktemp("homes") / "complete"
    complete = Path(shutil.copytree(ROOT / "tests" / "homes" / "complete", folder))
    return {"shipped": a_catalog(tmp_path_factory.mktemp("home")), "complete": a_catalog(complete)}


def applications(thing: Item) -> Iterator[Application]:
    """Citizens and organizations, with an agent and without, for all proofs and for each by itself."""
    every: list[tuple[Leaf, ...]] = [tuple(leaves(thing.tree))]
    every += [chosen for p in thing.proofs if (chosen := choose_proofs(thing, (p.id,))[0])]
    for chosen, who, agent in itertools.product(every, (WHO, FIRM), (None, AGENT)):
        if agent is None or (thing.agent is not None and thing.agent.yes):
            yield Application(thing, chosen, who, agent, "三项证明齐备。", ORGANIZATION["site_address"])


def whole(catalog: Catalog, who: Applicant = WHO, agent: Agent | None = None) -> Values:
    """The values of a letter that lacks nothing."""
    thing = next(item for item in catalog.items if item.no == "16")
    made = Application(thing, tuple(leaves(thing.tree)), who, agent, "日期属实")
    letter = compose(made, catalog, NUMBER)
    assert letter.warnings == () and holes(letter.values) == []
    return letter.values


def named(values: Values) -> str:
    """What is said of the holes of some values."""
    return "；".join(hole.message for hole in holes(values))


def test_the_notice_counts_eight_told_and_five_promised() -> None:
    assert [part.name for part in TOLD] == EIGHT
    assert [part.clause for part in TOLD] == [f"附件2 二（{n}）" for n in "一二三四五六七八"]
    assert len(PROMISED) == 5 and all(words in part.name for part, words in zip(PROMISED, FIVE, strict=True))
    assert [part.clause for part in PROMISED] == [f"附件2 三（{n}）" for n in "一二三四五"]


@pytest.mark.parametrize("part", [*TOLD, *PROMISED], ids=lambda part: part.name)
def test_every_part_is_prescribed_and_stands_in_the_shipped_template(part) -> None:  # type: ignore[no-untyped-def]
    """Its words are among those a template may not change, and its blanks among those it must have."""
    assert part.words or part.fields
    assert set(part.words) <= set(PRESCRIBED)
    package = open_package(TEMPLATE, "模板")
    body = squeezed("".join(paragraphs(package.part("word/document.xml"), "模板")))
    assert all(words in body for words in part.words)
    head = next(words for words in PRESCRIBED if part.name in words)
    assert head in body
    for field, _ in part.fields:
        assert field in FIELDS
        assert f"{{{{{field}}}}}" in body or f"in{field}" in body


def test_parts_and_choices_name_every_blank_of_the_form() -> None:
    """No blank of the letter is outside what ``holes`` looks at, but the number and 投诉举报方式."""
    seen = {field for part in (OFFICE, *TOLD, *PROMISED) for field, _ in part.fields}
    seen |= {mark for choice in CHOICES for mark in choice.filled}
    seen |= {field for choice in CHOICES for fields in choice.filled.values() for field, _ in fields}
    assert set(FIELDS) - seen - set(AGENT_BLOCK) == {"文书编号", "投诉举报方式"}
    assert set(NOBODY) == set(FIELDS[1:16])


@pytest.mark.parametrize("county", ["shipped", "complete"])
def test_a_hole_is_always_one_that_the_office_was_warned_of(catalogs, county: str) -> None:  # type: ignore[no-untyped-def]
    """Every item × its proofs × citizen or organization × agent: nothing lacking that no warning says."""
    catalog, count = catalogs[county], 0
    for thing in catalog.items:
        for made in applications(thing):
            letter, count = compose(made, catalog, NUMBER), count + 1
            assert letter.unexplained() == (), (thing.id, letter.unexplained())
            if county == "complete":
                assert holes(letter.values) == []
            else:
                assert {h.code for h in holes(letter.values)} <= {w.code for w in letter.warnings}
    assert count > 2 * len(catalog.items)


@pytest.mark.parametrize("agent", [None, AGENT], ids=["self", "agent"])
@pytest.mark.parametrize("who", [WHO, FIRM], ids=["citizen", "organization"])
@pytest.mark.parametrize(
    "spoiled", ["gone", "", "  ", BLANK, "_" * 7], ids=["gone", "empty", "blank", "line", "short"]
)
def test_each_blank_emptied_by_itself_is_missed(catalogs, who, agent, spoiled: str) -> None:  # type: ignore[no-untyped-def]
    """Take any one value away, in five ways: the letter is no longer whole, and the blank is named."""
    good = whole(catalogs["complete"], who, agent)
    open_now = {field for field, value in good.items() if isinstance(value, str) and open_blank(value)}
    for field in FIELDS:
        if field in open_now | {"文书编号", "投诉举报方式"}:
            continue
        values = copy.deepcopy(good)
        if spoiled == "gone":
            del values[field]
        else:
            values[field] = [] if field in ("设定依据", "证明内容") else spoiled
        found = holes(values)
        if field.endswith("勾选") and good[field] == UNTICKED:
            assert found == []  # an unticked box emptied is still one of two
            continue
        assert found, field
        assert field in {hole.field for hole in found} or field.endswith("勾选"), (field, found)
        assert all(hole.clause.startswith("附件2 ") for hole in found)
        assert Letter(values, ()).unexplained() == tuple(found)


@pytest.mark.parametrize("key", BASIS_FIELDS[1:])
@pytest.mark.parametrize("text", ["", BLANK, BLANK_PLACE, f"第{BLANK}条"])
def test_a_legal_basis_with_one_open_column_is_missed(catalogs, key: str, text: str) -> None:  # type: ignore[no-untyped-def]
    """One row of several is enough: 法规, 条款 and 原文 each."""
    values = copy.deepcopy(whole(catalogs["complete"]))
    row = {"序号": "2", "法规": "示例办法", "条款": "第2条", "原文": "应当提交"}
    values["设定依据"] = [row, row | {key: text}]
    assert "设定证明的依据" in named(values)
    values["设定依据"] = [row]
    assert holes(values) == []


def test_a_line_of_the_content_left_open_is_missed(catalogs) -> None:  # type: ignore[no-untyped-def]
    values = whole(catalogs["complete"]) | {"证明内容": ["证明的内容", LONG_BLANK]}
    assert "证明的内容" in named(values)


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.name)
@pytest.mark.parametrize("marks", [(TICKED, TICKED), (UNTICKED, UNTICKED), ("", ""), ("√", UNTICKED)])
def test_both_or_neither_of_a_choice(catalogs, choice, marks) -> None:  # type: ignore[no-untyped-def]
    """二选一: exactly one, and only the form's own tick counts."""
    values = whole(catalogs["complete"]) | dict(zip(choice.filled, marks, strict=True))
    assert f"“{choice.name}”须二选一，现勾了 {marks.count(TICKED)} 项" in named(values)


@pytest.mark.parametrize("who", [WHO, FIRM], ids=["citizen", "organization"])
def test_the_branch_not_chosen_stays_open(catalogs, who: Applicant) -> None:  # type: ignore[no-untyped-def]
    """A citizen's letter with an organization's name on it promises for whom? Each such blank is named."""
    good = whole(catalogs["complete"], who)
    other = ORGANIZATION_FIELDS if who is WHO else CITIZEN_FIELDS
    for field in other:
        assert f"没有选的一项却填了“{field}”" in named(good | {field: "某值"})
    assert "没有选的一项却填了“公开时限”" in named(good | {"公开时限": "至2027年1月1日"})


def test_half_an_agent(catalogs) -> None:  # type: ignore[no-untyped-def]
    """一（二）: the block is whole or empty; every other filling names what is lacking."""
    good = whole(catalogs["complete"], agent=AGENT)
    for n in range(1, 2 ** len(AGENT_BLOCK) - 1):
        emptied = [field for place, field in enumerate(AGENT_BLOCK) if n >> place & 1]
        said = named(good | dict.fromkeys(emptied, BLANK))
        assert all(f"委托代理人缺“{field}”" in said for field in emptied)
        assert all(f"“{field}”" not in said for field in set(AGENT_BLOCK) - set(emptied))
    assert holes(good | dict.fromkeys(AGENT_BLOCK, BLANK)) == []
    undecided = good | {"代为承诺勾选": UNTICKED, "本人承诺勾选": TICKED}
    assert "填了委托代理人，却没有勾选可以代为承诺" in named(undecided)


def test_an_agent_is_not_explained_by_the_offices_warning(catalogs) -> None:  # type: ignore[no-untyped-def]
    """An item whose office has not decided: that warning does not cover a half-filled agent."""
    catalog = catalogs["shipped"]
    thing = next(item for item in catalog.items if item.no == "64")
    assert thing.agent is None
    letter = compose(Application(thing, tuple(leaves(thing.tree)), WHO, AGENT, "属实"), catalog, NUMBER)
    assert "agent" in {warning.code for warning in letter.warnings}
    assert "没有勾选可以代为承诺" in "；".join(hole.message for hole in letter.unexplained())


def test_open_blanks() -> None:
    """What says nothing: emptiness, the form's underline anywhere in it; a name with a low line does."""
    assert all(map(open_blank, ("", " ", "　", "_", BLANK, LONG_BLANK, BLANK_PLACE, f"至{BLANK}", [], [""])))
    assert not any(map(open_blank, ("测试_甲", "a@b_c.cn", "第1条", ["内容"], "至2027年1月1日")))


def of_part_two(document: bytes) -> str:
    """The template's own paragraphs between 二、 and 三、 as python-docx reads them, blanks apart."""
    opened = docx.Document(io.BytesIO(document))
    lines = [Paragraph(node, None).text for node in opened.element.body.iter(qn("w:p"))]  # type: ignore[arg-type]
    start, end = lines.index("二、行政机关告知"), lines.index("三、申请人承诺")
    return squeezed("".join(lines[start:end]))


@pytest.mark.parametrize("county", ["shipped", "complete"])
def test_what_was_told_is_what_the_letter_prints(catalogs, county: str) -> None:  # type: ignore[no-untyped-def]
    """通知四: the text whose digest the ledger keeps is part 二 of the docx, to the character."""
    catalog, form = catalogs[county], open_letter_template(TEMPLATE)
    made = [one for thing in catalog.items for one in applications(thing)]
    for one in random.Random(7).sample(made, 40):
        values = compose(one, catalog, NUMBER).values
        assert squeezed(told_text(values)) == of_part_two(letter_document(form, values, None))


def test_what_was_told_depends_on_the_item_and_on_nobody(catalogs) -> None:  # type: ignore[no-untyped-def]
    """Nothing personal; the same for each applicant of the item; another word of the law, another text."""
    catalog = catalogs["complete"]
    texts = {told_text(whole(catalog, who, agent)) for who in (WHO, FIRM) for agent in (None, AGENT)}
    (text,) = texts
    personal = [*CITIZEN.values(), *ORGANIZATION.values(), AGENT.name, AGENT.identity.number, AGENT.phone]
    assert not [value for value in personal if value in text] and NUMBER not in text
    values = whole(catalog)
    row = {"序号": "1", "法规": "{{公民姓名}}", "条款": "第1条", "原文": "{{ 无 }}"}
    assert "{{公民姓名}}" in told_text(values | {"设定依据": [row]})  # data is never a blank again
    for field in ("行政事项名称", "证明事项名称", "公开时限"):
        assert told_text(values | {field: "改"}) != text
    for field in ("本人承诺勾选", "代为承诺勾选", "公开勾选", "不公开勾选"):
        assert told_text(values | {field: "改"}) != text
    assert told_text(values | {"证明内容": ["改"]}) != text


def test_the_values_are_digested_in_one_form(catalogs) -> None:  # type: ignore[no-untyped-def]
    """Keys sorted, no blanks, Chinese as it is; every value counts."""
    values = whole(catalogs["complete"])
    text = canonical_values(values)
    assert canonical_values(dict(reversed(values.items()))) == text
    assert values["公民姓名"] in text and '": ' not in text
    changed = {canonical_values(values | {field: "改"}) for field in FIELDS}
    assert len(changed | {text}) == len(FIELDS) + 1


def test_an_item_without_a_decision_leaves_both_boxes_and_says_so(catalogs) -> None:  # type: ignore[no-untyped-def]
    """未定: two holes, each under a warning of the same code; once decided, none."""
    catalog = catalogs["complete"]
    thing = next(item for item in catalog.items if item.no == "16")
    open_item = thing._replace(agent=None, disclosure=None)
    application = Application(open_item, tuple(leaves(thing.tree)), WHO, None, "属实")
    letter = compose(application, catalog, NUMBER)
    assert {hole.code for hole in holes(letter.values)} == {"agent", "disclosure"}
    assert letter.unexplained() == ()
    decided = open_item._replace(agent=Decision(False, "虚构"), disclosure=Decision(False, "虚构"))
    assert compose(application._replace(item=decided), catalog, NUMBER).warnings == ()


def test_a_basis_without_its_text_is_never_printed(catalogs) -> None:  # type: ignore[no-untyped-def]
    """The catalog refuses such a citation; should one come in another way, the letter is not whole."""
    catalog = catalogs["complete"]
    thing = next(item for item in catalog.items if item.no == "16")
    thing = thing._replace(basis=(Basis("示例办法", "", ""),))
    made = Application(thing, tuple(leaves(thing.tree)), WHO, None, "属实")
    (hole,) = compose(made, catalog, NUMBER).unexplained()
    assert (hole.code, hole.field) == ("basis", "设定依据")
