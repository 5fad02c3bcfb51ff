"""The eight parts told, the five promised, and the gaps of either side (规程二, 附件2)."""

from __future__ import annotations

import shutil
from datetime import date
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.applicant import Agent, Applicant, Identity
from gaozhi_cli.domain.catalog import Basis, Catalog, Decision, Item, choose_proofs, leaves
from gaozhi_cli.domain.form import (
    BASIS_FIELDS,
    BLANK,
    BLANK_PLACE,
    FIELDS,
    LONG_BLANK,
    TICKED,
    UNTICKED,
    Values,
    holes,
)
from gaozhi_cli.domain.letter import Application, applicant_gaps, called, compose, disclosure_problems
from gaozhi_cli.domain.vocabulary import AgentKind, IdType, SubjectKind
from tests.builders import CITIZEN, ORGANIZATION, a_catalog, a_uscc, an_id_number
from tests.conftest import ROOT

MISS = "missing"
WHO = Applicant(
    SubjectKind.CITIZEN, CITIZEN["name"], Identity(IdType.ID_CARD, an_id_number()), CITIZEN["phone"]
)
FIRM = Applicant(
    SubjectKind.ORGANIZATION,
    ORGANIZATION["name"],
    Identity(IdType.USCC, a_uscc()),
    ORGANIZATION["phone"],
    ORGANIZATION["contact"],
    ORGANIZATION["address"],
)
AGENT = Agent("测试丙", Identity(IdType.PASSPORT, "E12345678"), "13900000000", "2026-11-01 授权代为承诺")
UNTIL = date(2027, 3, 31)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The shipped catalog as it is."""
    return a_catalog(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The complete fixture county."""
    folder = tmp_path_factory.mktemp("homes") / "complete"
    return a_catalog(Path(shutil.copytree(ROOT / "tests" / "homes" / "complete", folder)))


def item(catalog: Catalog, no: str) -> Item:
    """The item with a printed number."""
    return next(item for item in catalog.items if item.no == no)


def application(thing: Item, *proofs: str, applicant: Applicant = WHO) -> Application:
    """An application for an item: some of its proofs, or all leaves."""
    chosen = choose_proofs(thing, proofs)[0] if proofs else tuple(leaves(thing.tree))
    return Application(thing, chosen, applicant, None, CITIZEN["statement"])


def values(made: Application, catalog: Catalog) -> Values:
    """The values of the form's blanks."""
    return compose(made, catalog, "示人社告承〔2026〕00001号").values


def warned(made: Application, catalog: Catalog) -> set[str]:
    """The codes of the office's gaps."""
    return {warning.code for warning in compose(made, catalog, "号").warnings}


def ticks(made: Values, *names: str) -> tuple[bool, ...]:
    """Which of the boxes are ticked; there is no third state."""
    assert all(made[name] in (TICKED, UNTICKED) for name in names)
    return tuple(made[name] == TICKED for name in names)


def test_every_blank_of_the_form_has_a_value_or_its_underline(shipped: Catalog) -> None:
    """规程二（一）（二）: the eight parts told and five promised; nothing is left out, nothing is empty."""
    for thing in shipped.items:
        made = values(application(thing), shipped)
        assert tuple(made) == FIELDS
        assert all(made.values())
        assert made["行政事项名称"] == thing.matter
        assert made["证明事项名称"] == "；".join(called(leaf) for leaf in leaves(thing.tree))
        assert made["机关名称"] == shipped.office(thing.office).name


def test_the_printed_number_is_the_one_handed_in(shipped: Catalog) -> None:
    """The 文号 stands on the letter as it was given."""
    made = compose(application(item(shipped, "64")), shipped, "荥市监告承〔2026〕00012号").values
    assert made["文书编号"] == "荥市监告承〔2026〕00012号"


def test_gaps_of_the_office_are_underlines_and_warnings(shipped: Catalog) -> None:
    """附件2: what the office has not filled in prints the form's own blank and is named, each once."""
    made = application(item(shipped, "64"))
    letter = compose(made, shipped, "号")
    assert [warning.code for warning in letter.warnings] == sorted(
        {warning.code for warning in letter.warnings}, key=[w.code for w in letter.warnings].index
    )
    assert warned(made, shipped) == {
        "basis", "content", "agent", "disclosure", "contact_person", "contact_phone", "complaints",
    }  # fmt: skip
    assert all(warning.clause for warning in letter.warnings)
    assert letter.values["设定依据"] == [
        {"序号": "1", "法规": BLANK, "条款": BLANK_PLACE, "原文": LONG_BLANK}
    ]
    assert letter.values["机关联系人"] == letter.values["机关联系方式"] == BLANK
    assert letter.values["公开时限"] == letter.values["投诉举报方式"] == BLANK


def test_a_complete_county_leaves_no_warning(complete: Catalog) -> None:
    """附件2: with everything filled in, the letter has no gap of the office."""
    for thing in complete.items:
        made = application(thing)._replace(consent=True)
        assert warned(made, complete) == set(), thing.id
        filled = values(made, complete)
        assert filled["机关联系人"] == complete.office(thing.office).contact.person
        assert filled["投诉举报方式"] == "电话 0371-00000000"
        assert isinstance(filled["设定依据"], list) and BLANK not in str(filled["设定依据"])


def test_citations_are_numbered_with_their_place_and_words(complete: Catalog) -> None:
    """附件2 二（三）: 《…》第…条第…款第…项规定：…, one row each, numbered from 1."""
    rows = values(application(item(complete, "8")), complete)["设定依据"]
    assert isinstance(rows, list) and [tuple(row) for row in rows] == [BASIS_FIELDS, BASIS_FIELDS]
    first, second = rows
    assert isinstance(first, dict) and isinstance(second, dict)
    assert (first["序号"], first["法规"], first["条款"]) == (
        "1",
        "示例县证明事项管理办法（虚构）",
        "第8条第1款",
    )
    assert (second["序号"], second["条款"]) == ("2", "第9条第2款第1项")
    assert second["原文"] == "失业登记的证明由出具单位加盖公章"


def test_a_basis_of_the_proof_goes_before_the_items_and_none_is_told_twice(complete: Catalog) -> None:
    """附件2 二（三）: proofs with a basis of their own tell that one; a shared basis stands once."""
    thing = item(complete, "4")
    own = Basis("示例法（虚构）", "3", "应当提交营业执照。")
    first, second = leaves(thing.tree)
    changed = first._replace(proof=first.proof._replace(basis=(own,), content=("证明一件事。",)))
    made = values(application(thing)._replace(leaves=(changed, second)), complete)
    rows = made["设定依据"]
    assert isinstance(rows, list)
    assert [row["法规"] for row in rows if isinstance(row, dict)] == [own.law, thing.basis[0].law]
    assert isinstance(rows[0], dict) and rows[0]["原文"] == "应当提交营业执照"
    assert made["证明内容"] == ["证明一件事。", *thing.content]
    assert len(values(application(thing), complete)["设定依据"]) == 1


def test_one_proof_without_basis_or_content_is_warned_of_though_another_has_them(complete: Catalog) -> None:
    """附件2 二（三）（四）: what is told must cover every proof of the letter."""
    thing = item(complete, "4")._replace(basis=(), content=())
    first, second = leaves(thing.tree)
    changed = first._replace(proof=first.proof._replace(basis=(Basis("法", "1", "文"),), content=("句",)))
    made = application(thing)._replace(leaves=(changed, second))
    assert warned(made, complete) == {"basis", "content"}
    printed = values(made, complete)
    rows = printed["设定依据"]
    assert [row["法规"] for row in rows if isinstance(row, dict)] == ["法", BLANK]
    assert printed["证明内容"] == ["句", LONG_BLANK]


DECISIONS = (
    None,
    Decision(True),
    Decision(False),
    Decision(True, period="自承诺之日起三个月"),
    Decision(True, period="至2027年12月31日"),
    Decision(True, period="2027-03-30"),
)


def every_letter(thing: Item) -> list[Application]:
    """Applications over all decisions of the office and all flags of the applicant."""
    made = []
    for agent, disclosure, no_public, until, consent, who in product(
        DECISIONS, DECISIONS, (False, True), (None, UNTIL), (None, False, True), (WHO, FIRM)
    ):
        decided = thing._replace(agent=agent, disclosure=disclosure)
        made.append(
            application(decided, applicant=who)._replace(
                no_public=no_public, public_until=until, consent=consent
            )
        )
    return made


def test_each_of_the_three_choices_has_one_branch_ticked_when_decided_and_none_when_not(
    complete: Catalog,
) -> None:
    """附件2（以下内容为二选一）: over all decisions and flags, one box if decided, none if not, never two."""
    for made in every_letter(item(complete, "64")):
        printed = values(made, complete)
        citizen = made.applicant.kind is SubjectKind.CITIZEN
        assert ticks(printed, "公民勾选", "单位勾选") == (citizen, not citizen)
        agent = made.item.agent
        own_only, by_agent = ticks(printed, "本人承诺勾选", "代为承诺勾选")
        assert (own_only, by_agent) == ((False, False) if agent is None else (not agent.yes, agent.yes))
        disclosure, (public, secret) = made.item.disclosure, ticks(printed, "公开勾选", "不公开勾选")
        if disclosure is None and not made.no_public:
            assert (public, secret) == (False, False)
        else:
            assert public is not secret
        assert ("agent" in warned(made, complete)) is (agent is None)
        assert ("disclosure" in warned(made, complete)) is (disclosure is None)


def test_a_flag_narrows_what_the_item_decides_and_never_widens_it(complete: Catalog) -> None:
    """附件2 二（八）, 通知五（六）: no flag makes a letter public that the item does not make public."""
    for made in every_letter(item(complete, "64")):
        printed, decision = values(made, complete), made.item.disclosure
        decided = decision is not None and decision.yes
        private = made.applicant.kind is SubjectKind.CITIZEN and not made.consent
        public, _ = ticks(printed, "公开勾选", "不公开勾选")
        assert public is (decided and not made.no_public and not private)
        if not public:
            assert printed["公开时限"] == BLANK
        refused = [problem.field for problem in disclosure_problems(made)]
        ends_later = decision is not None and decision.period == "至2027年12月31日"
        narrows = made.public_until is None or (decided and not made.no_public and ends_later)
        assert refused == ([] if narrows else ["public_until"])


@pytest.mark.parametrize(
    ("period", "until", "said"),
    [
        ("至2027年3月31日", date(2027, 3, 31), ""),
        ("2027-03-31", date(2027, 3, 30), ""),
        ("至2027年3月31日", date(2027, 4, 1), "只能缩短，不能延长"),
        ("自作出承诺之日起至核查结束", UNTIL, "不是日期"),
    ],
)
def test_the_day_given_for_one_letter_lies_within_the_items_period(
    complete: Catalog, period: str, until: date, said: str
) -> None:
    """附件2 二（八）1: shorter than decided, or the same; what cannot be compared cannot be changed."""
    thing = item(complete, "64")._replace(disclosure=Decision(True, period=period))
    problems = disclosure_problems(application(thing)._replace(public_until=until))
    assert [said in problem.message for problem in problems] == ([True] if said else [])


def test_a_period_of_disclosure_is_the_items_or_the_day_given(complete: Catalog) -> None:
    """附件2 二（八）1: 公开时限 as decided, or the day given for this letter; its lack is a warning."""
    thing = item(complete, "64")
    made = application(thing)._replace(consent=True)
    assert values(made, complete)["公开时限"] == "自作出承诺之日起至核查结束"
    assert values(made._replace(public_until=UNTIL), complete)["公开时限"] == "至2027年3月31日"
    open_ended = made._replace(item=thing._replace(disclosure=Decision(True)))
    assert values(open_ended, complete)["公开时限"] == BLANK
    assert warned(open_ended, complete) == {"disclosure_period"}


def test_a_citizens_letter_stays_private_without_consent(complete: Catalog) -> None:
    """通知五（六）（不涉及个人隐私）: without recorded consent a citizen's letter says 不予公开."""
    made = application(item(complete, "64"))
    for consent, expected in ((None, {"consent"}), (False, {"consent"}), (True, set())):
        asked = made._replace(consent=consent)
        assert warned(asked, complete) == expected
        assert ticks(values(asked, complete), "公开勾选", "不公开勾选") == (bool(consent), not consent)
    assert warned(made._replace(applicant=FIRM), complete) == set()
    assert ticks(values(made._replace(applicant=FIRM), complete), "公开勾选") == (True,)
    assert warned(made._replace(no_public=True), complete) == {"no-public"}


def test_an_undecided_disclosure_is_warned_of_though_the_letter_stays_private(shipped: Catalog) -> None:
    """附件2 二（八）: --no-public fills in this letter; the office's own decision is still missing."""
    made = application(item(shipped, "64"))._replace(no_public=True)
    (warning,) = [w for w in compose(made, shipped, "号").warnings if w.code == "disclosure"]
    assert "--no-public" in warning.message


def test_which_gaps_refuse_a_letter_where_the_county_is_formal(complete: Catalog) -> None:
    """附件2: parts the form asks for; complaints only where letters are public, consent never."""
    mute = complete._replace(county=complete.county._replace(complaints=()))
    for no, expected in (("64", {"complaints"}), ("4", set())):
        made = application(item(mute, no))
        letter = compose(made, mute, "号")
        assert {gap.code for gap in letter.office_gaps(made.item)} == expected
        assert "complaints" in {warning.code for warning in letter.warnings}
    bare = application(item(complete, "4")._replace(basis=(), agent=None))
    gaps = compose(bare, complete, "号").office_gaps(bare.item)
    assert {gap.code for gap in gaps} == {"basis", "agent"}


def test_a_citizen_fills_the_first_branch_and_leaves_the_other_underlined(complete: Catalog) -> None:
    """附件2 一（一）1: the branch of organizations keeps its underlines."""
    made = values(application(item(complete, "64")), complete)
    assert made["公民姓名"] == WHO.name and made["公民证件类型"] == "居民身份证"
    assert (made["公民证件编号"], made["公民联系方式"]) == (WHO.identity.number, WHO.phone)
    assert {made[f] for f in ("单位名称", "统一社会信用代码", "单位联系人", "单位联系方式")} == {BLANK}
    assert made["单位地址"] == LONG_BLANK


def test_an_organization_fills_the_second_branch_and_leaves_the_other_underlined(complete: Catalog) -> None:
    """附件2 一（一）2: the branch of citizens keeps its underlines."""
    made = values(application(item(complete, "64"), applicant=FIRM), complete)
    assert (made["单位名称"], made["统一社会信用代码"]) == (FIRM.name, FIRM.identity.number)
    assert (made["单位联系人"], made["单位联系方式"]) == (FIRM.contact, FIRM.phone)
    assert made["单位地址"] == FIRM.address
    assert {made[f] for f in ("公民姓名", "公民联系方式", "公民证件类型", "公民证件编号")} == {BLANK}


def test_the_agents_lines_are_filled_only_when_there_is_one(complete: Catalog) -> None:
    """附件2 一（二）: 委托代理人, else the form's underlines."""
    fields = ("代理人姓名", "代理人联系方式", "代理人证件类型", "代理人证件编号")
    made = application(item(complete, "16"))
    assert {values(made, complete)[f] for f in fields} == {BLANK}
    printed = values(made._replace(agent=AGENT), complete)
    assert [printed[f] for f in fields] == [AGENT.name, AGENT.phone, "护照", "E12345678"]


def test_the_promise_holds_the_applicants_words_and_the_address_to_visit(complete: Catalog) -> None:
    """附件2 三（二）: 具体是 … and 如需现场核查的，请写明现场地址."""
    made = application(item(complete, "15"))
    assert values(made, complete)["承诺内容"] == CITIZEN["statement"]
    assert values(made._replace(statement="齐备。； ;"), complete)["承诺内容"] == "齐备"
    visited = made._replace(statement="三项齐备；", site_address="荥阳市测试路2号")
    assert values(visited, complete)["承诺内容"] == "三项齐备。现场地址：荥阳市测试路2号"


@settings(deadline=None, max_examples=60, database=None)
@given(st.text(st.characters(categories=("L", "N", "S", "P")), min_size=1, max_size=40))
def test_what_the_applicant_wrote_is_carried_word_for_word(complete: Catalog, text: str) -> None:
    """附件2 三（四）（信息真实、准确）: names, addresses and the promise are not altered on the way."""
    firm = FIRM._replace(name=text, contact=text, address=text)
    made = application(item(complete, "15"), applicant=firm)._replace(statement=f"{text}属实")
    printed = values(made, complete)
    assert [printed[f] for f in ("单位名称", "单位联系人", "单位地址")] == [text] * 3
    assert printed["承诺内容"] == f"{text}属实"


def blanked(made: Application, field: str, empty: str) -> Application:
    """The application with one of its fields left empty."""
    who, agent = made.applicant, made.agent
    assert agent is not None
    if field == "uscc":
        return made._replace(applicant=who._replace(identity=who.identity._replace(number=empty)))
    if field == "agent_id_number":
        return made._replace(agent=agent._replace(identity=agent.identity._replace(number=empty)))
    if field.startswith("agent_"):
        return made._replace(agent=agent._replace(**{field.removeprefix("agent_"): empty}))
    if field in ("statement", "site_address"):
        return made._replace(**{field: empty})
    return made._replace(applicant=who._replace(**{field: empty}))


ASKED = (
    "name", "uscc", "phone", "statement", "contact", "address",
    "agent_name", "agent_id_number", "agent_phone", "site_address",
)  # fmt: skip


def test_each_field_that_the_applicant_leaves_empty_is_a_gap(complete: Catalog) -> None:
    """规程四（一）（审查提交材料的完整性）: each blank is found by itself; blanks and dashes are empty."""
    whole = application(item(complete, "15"), applicant=FIRM)._replace(
        agent=AGENT, site_address="荥阳市测试路2号"
    )
    assert applicant_gaps(whole) == []
    for field, empty in product(ASKED, ("", "  ", "\u3000", "。", "——")):
        (gap,) = applicant_gaps(blanked(whole, field, empty))
        assert (gap.code, gap.field) == (MISS, field) and gap.clause.startswith("附件2")


def test_all_gaps_of_the_applicant_are_reported_at_once(complete: Catalog) -> None:
    """规程四（一）: an empty form names every blank, once, in one answer."""
    made = application(item(complete, "15"), applicant=FIRM)._replace(agent=AGENT)
    for field in ASKED:
        made = blanked(made, field, "")
    assert [gap.field for gap in applicant_gaps(made)] == list(ASKED)


def test_a_citizen_is_not_asked_for_an_organizations_lines(complete: Catalog) -> None:
    """附件2 一（一）: contact and address belong to the second branch only; no agent, no agent's gaps."""
    made = application(item(complete, "64"))._replace(statement="", applicant=WHO._replace(name="", phone=""))
    assert [gap.field for gap in applicant_gaps(made)] == ["name", "phone", "statement"]


@pytest.mark.parametrize(
    ("no", "proofs", "asked"),
    [
        ("14", ("rs-14.1",), True),
        ("15", (), True),
        ("41", (), True),
        ("4", (), False),
        ("24", ("sb-24.6",), False),
        ("64", (), False),
    ],
)
def test_an_address_is_asked_for_exactly_when_a_chosen_proof_is_checked_on_site(
    shipped: Catalog, no: str, proofs: tuple[str, ...], asked: bool
) -> None:
    """附件2 三（二）: 现场地址 for 现场核查 (rows 14, 15, 41), not for online or exempt proofs."""
    gaps = [gap.field for gap in applicant_gaps(application(item(shipped, no), *proofs))]
    assert gaps == (["site_address"] if asked else [])


@pytest.mark.parametrize("may_agents", [True, False])
def test_the_letter_never_calls_a_guardian_an_agent(complete: Catalog, may_agents: bool) -> None:
    """附件2 一（二） has one block: the name says 法定监护人 and by what; 二（五） contradicts nobody."""
    thing = item(complete, "16")
    assert thing.agent is not None
    thing = thing._replace(agent=thing.agent._replace(yes=may_agents, guardian=True))
    guardian = AGENT._replace(kind=AgentKind.GUARDIAN, authorization="出生医学证明编号 P410000000。")
    by_guardian = values(application(thing)._replace(agent=guardian), complete)
    assert by_guardian["代理人姓名"] == (
        "测试丙（系申请人的法定监护人，不是委托代理人；监护关系的依据：出生医学证明编号 P410000000）"
    )
    assert ticks(by_guardian, "本人承诺勾选", "代为承诺勾选") == (False, True)
    assert holes(by_guardian) == []
    in_person = values(application(thing), complete)
    assert ticks(in_person, "本人承诺勾选", "代为承诺勾选") == (not may_agents, may_agents)
    changed = {name for name, value in in_person.items() if by_guardian[name] != value}
    agent = {"代理人姓名", "代理人联系方式", "代理人证件类型", "代理人证件编号"}
    assert changed - agent == (set() if may_agents else {"本人承诺勾选", "代为承诺勾选"})


def test_an_agents_letter_is_as_it_always_was(complete: Catalog) -> None:
    """The kind of a 委托代理人 changes no value, so letters drawn up before have the same digest."""
    printed = values(application(item(complete, "16"))._replace(agent=AGENT), complete)
    assert printed["代理人姓名"] == "测试丙"


def test_a_guardians_gaps_are_named_as_such(complete: Catalog) -> None:
    """In the words of who is asked for."""
    nobody = AGENT._replace(name="", kind=AgentKind.GUARDIAN)
    gaps = applicant_gaps(application(item(complete, "16"))._replace(agent=nobody))
    assert [gap.message for gap in gaps] == ["未填法定监护人姓名"]


def test_a_visit_that_only_the_plan_asks_for_needs_the_address_as_well(shipped: Catalog) -> None:
    """消防法第十五条: row 66 is visited although the 清单 says online; the place stands on the letter."""
    fire = application(item(shipped, "66"))._replace(site_address="")
    assert [gap.field for gap in applicant_gaps(fire, date(2026, 11, 24))] == ["site_address"]
    assert applicant_gaps(fire, date(2021, 4, 28)) == []
