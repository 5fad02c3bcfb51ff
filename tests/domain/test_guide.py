"""The 告知承诺 section of a guide: the notice word for word, the office's decisions, and its gaps."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from gaozhi_cli.domain import guide as words
from gaozhi_cli.domain.catalog import Assessment, Basis, Branch, Catalog, Decision, Group, Item, Proof
from gaozhi_cli.domain.form import PRESCRIBED
from gaozhi_cli.domain.guide import (
    CHECK_FIELDS,
    FIELDS,
    NO_BASIS,
    PROOF_FIELDS,
    UNFILLED,
    Guide,
    guide,
    required_proofs,
)
from gaozhi_cli.domain.readiness import missing
from gaozhi_cli.domain.vocabulary import GroupKind, HandlingChannel, Method, Trigger
from tests.builders import TODAY, a_catalog
from tests.conftest import ROOT

# 通知四、五（二）（三）（六） and 规程四（一）（二）, copied from the notice as printed.
NOTICE = """
申请人书面承诺已经符合告知的相关要求并愿意承担不实承诺的法律责任，行政机关不再索要有关证明并依据书面承诺办理相关行政事项的工作机制。
（二）确定告知承诺制的适用对象。对实行告知承诺制的证明事项，申请人可自主选择是否采用告知承诺制方式办理。申请人不愿承诺或者无法承诺的，应当提交法律法规或者国务院决定要求的证明。申请人有较严重的不良信用记录或者存在曾作出虚假承诺等情形的，在信用修复前不适用告知承诺制。证明事项依法可以代为承诺的，代为承诺人应当获得申请人的特别授权。
（三）加强事中事后核查。各部门要针对事项特点等分类确定核查办法，将承诺人的信用状况作为确定核查办法的重要因素，明确核查时间、标准、方式以及是否免于核查。对免于核查的事项，行政机关要综合运用“双随机、一公开”监管、重点监管、“互联网+监管”、智慧监管等方式实施日常监管，不得对通过告知承诺制方式办理的企业和群众采取歧视性监管措施。
建立承诺退出机制，在行政事项办结前，申请人有合理理由的，可以撤回承诺申请，撤回后应当按原程序办理。对涉及社会公共利益、第三人利益或者核查难度较大的证明事项，行政机关要根据政府信息公开等规定，在不涉及国家秘密、商业秘密和个人隐私的前提下，通过相关服务场所、网站和政务服务平台等向社会公开告知承诺书，公布投诉举报方式，接受社会监督。
对不符合证明事项告知承诺的，书面告知当事人并说明理由。
（二）申请人不选择告知承诺方式或不符合证明事项告知承诺的，行政机关应当按照法律、法规和规章的有关规定，按程序办理行政事项。
"""

ROWS = ("8", "14", "24", "64", "66")


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The catalog as shipped."""
    return a_catalog(tmp_path_factory.mktemp("home"))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The complete fixture county."""
    home = tmp_path_factory.mktemp("complete") / "home"
    return a_catalog(Path(shutil.copytree(ROOT / "tests" / "homes" / "complete", home)))  # type: ignore[no-any-return]


def row(catalog: Catalog, no: str) -> Item:
    """The item printed under a row number."""
    return catalog.items.by_no(no)[0]


def every_text(made: Guide) -> list[str]:
    """All text of a guide, cell by cell."""
    found: list[str] = []
    for value in made.values.values():
        for part in [value] if isinstance(value, str) else value:
            found += [part] if isinstance(part, str) else list(part.values())
    return found


def test_the_notice_is_quoted_word_for_word() -> None:
    """Every quotation stands in the notice or in its form, as it is printed there."""
    form = "".join(PRESCRIBED)
    for text, clause in words.QUOTED:
        source = form if clause.startswith("附件2") else NOTICE
        assert text in source or text.rstrip("。") in source, text
    assert words.LIABILITY[0] in form


@pytest.mark.parametrize("no", ROWS)
def test_every_guide_quotes_all_that_an_applicant_must_know(shipped: Catalog, no: str) -> None:
    """承诺方式, 自主选择, 责任, 不适用, 撤回 are in each guide with their clauses."""
    texts = every_text(guide(row(shipped, no), shipped, TODAY))
    always = (
        words.MECHANISM, words.WRITTEN, words.CHOICE, words.ORDINARY, words.CHECKING, words.LIABILITY,
        words.BARRED, words.REASONS, words.WITHDRAWAL,
    )  # fmt: skip
    for text, clause in always:
        assert f"{text}（{clause}）" in texts


@pytest.mark.parametrize("no", ROWS)
def test_what_the_office_left_open_is_shown_and_listed(shipped: Catalog, no: str) -> None:
    """Nothing is invented for the shipped catalog: the gap stands in its place and in the list."""
    item = row(shipped, no)
    made = guide(item, shipped, TODAY)
    for field in ("事项编码", "办理渠道", "联系人", "联系方式", "投诉举报方式"):
        assert made.values[field] == UNFILLED
    assert made.values["设定依据"] == made.values["证明内容"] == made.values["是否公开"] == [UNFILLED]
    assert f"可否代为承诺：{UNFILLED}" in made.values["承诺方式"]
    listed = {problem.code for problem in made.missing}
    assert {problem.code for problem in missing(item, shipped, TODAY)} <= listed
    assert {"basis", "content", "agent", "disclosure", "complaints", "issuer", "code", "channels"} <= listed
    assert len(listed) == len(made.missing), "each gap once"


@pytest.mark.parametrize("no", ROWS)
def test_a_complete_county_leaves_nothing_open(complete: Catalog, no: str) -> None:
    """With everything filled in no gap is shown or listed, and every field has a value."""
    made = guide(row(complete, no), complete, TODAY)
    assert made.missing == ()
    assert not any(UNFILLED in text for text in every_text(made))
    assert tuple(made.values) == FIELDS
    assert all(made.values[field] for field in FIELDS if field != "整理说明")


def test_basis_names_place_words_and_source(complete: Catalog) -> None:
    """条/款/项, 原文 and 来源, one line for each basis."""
    assert guide(row(complete, "8"), complete, TODAY).values["设定依据"] == [
        "（1）《示例县证明事项管理办法（虚构）》（2021）第8条第1款规定："
        "办理失业登记的，应当按照本人情形提交学业、就业、停业、土地、安置或者释放的证明。（出处：虚构）",
        "（2）《示例县证明事项管理办法（虚构）》（2021）第9条第2款第1项规定："
        "失业登记的证明由出具单位加盖公章。（出处：虚构）",
    ]


def test_proofs_with_circumstance_method_and_issuer(complete: Catalog) -> None:
    """Row 24 mixes all of them: circumstances, alternatives, and a proof asked of everybody."""
    made = guide(row(complete, "24"), complete, TODAY)
    rows = made.values["证明"]
    assert isinstance(rows, list) and all(
        isinstance(one, dict) and tuple(one) == PROOF_FIELDS for one in rows
    )
    asked = [(one["名称"], one["要求"]) for one in rows if isinstance(one, dict)]
    assert asked[0] == ("出国(境)定居证明", "属于“出国(境)定居”的，必备")
    assert asked[1] == ("医院出具的参保人死亡证明", "属于“参保人死亡”的，任选其一")
    assert asked[-1] == ("社会保险养老待遇领取证明材料", "必备")
    assert made.values["证明要求"] == "本事项要求下列证明，各项的要求分别写明："


def test_nested_circumstances_are_both_named(shipped: Catalog) -> None:
    """Row 8, number 5: two circumstances within one."""
    rows = guide(row(shipped, "8"), shipped, TODAY).values["证明"]
    assert isinstance(rows[5], dict)
    assert rows[5]["要求"] == "属于“复员退役军人；随军家属”中“随军家属”的，必备"


def test_what_to_bring_without_promising(shipped: Catalog) -> None:
    """通知五（二）: the same proofs, every one of them, combined as the tree says."""
    for item in shipped.items:
        brought = "".join(guide(item, shipped, TODAY).values["须提交的证明"])  # type: ignore[arg-type]
        assert all(proof.name in brought for proof in item.proofs), item.no
    assert guide(row(shipped, "64"), shipped, TODAY).values["须提交的证明"] == [
        "应当提交：经营场所证明",
        NO_BASIS,
    ]
    assert guide(row(shipped, "14"), shipped, TODAY).values["须提交的证明"] == [
        "下列证明均须提交：",
        "（1）就业创业证",
        "（2）职业资格证书",
        "（3）职业技能鉴定机构开具的行政事业性收费票据，或者职业技能鉴定机构开具的税务发票（任选其一）",
        NO_BASIS,
    ]


def test_nothing_is_asked_for_without_saying_that_the_basis_is_missing(complete: Catalog) -> None:
    """通知五（二）: only what 法律法规或者国务院决定 ask for; where 依据 is filled in, nothing is added."""
    for item in complete.items:
        assert NO_BASIS not in guide(item, complete, TODAY).values["须提交的证明"]
    first, *others = row(complete, "4").proofs
    bare = row(complete, "4")._replace(
        basis=(),
        tree=Group(
            GroupKind.ALL,
            (
                first._replace(basis=()),
                *(other._replace(basis=(Basis("测试条例", "1", "原文"),)) for other in others),
            ),
        ),
    )
    last = guide(bare, complete, TODAY).values["须提交的证明"][-1]
    assert isinstance(last, str) and last == f"{NO_BASIS}（{first.name}）"


def test_a_proof_assessed_as_excluded_says_so(complete: Catalog) -> None:
    """通知四: it is not offered for promising, and the guide says why."""
    found = Assessment(True, "公共安全", "理由", "某局", TODAY)
    item = row(complete, "4")
    first, *others = item.proofs
    tree = Group(GroupKind.ALL, (first._replace(assessment=found), *others))
    rows = guide(item._replace(tree=tree), complete, TODAY).values["证明"]
    told = [one["要求"] for one in rows if isinstance(one, dict)]
    assert "经评估属于公共安全，不适用告知承诺制" in told[0] and "评估" not in told[1]


def a_proof(name: str) -> Proof:
    """A proof with only a name."""
    return Proof(name, name, Method.ONLINE)


def test_every_kind_of_tree_can_be_told() -> None:
    """Groups within alternatives and circumstances within groups, named groups included."""
    one, two, three = (a_proof(name) for name in "甲乙丙")
    both = Group(GroupKind.ALL, (one, two), name="身份")
    assert required_proofs(Group(GroupKind.ANY, (both, three))) == (
        "下列证明任选其一提交：",
        ["身份：甲，以及乙（均须提交）", "丙"],
    )
    cases = Group(GroupKind.BY_CIRCUMSTANCE, (Branch("新办", both), Branch("变更", three)))
    assert required_proofs(cases)[1] == ["【新办】身份：甲，以及乙（均须提交）", "【变更】丙"]
    assert required_proofs(Group(GroupKind.ALL, (cases, three)))[1][0].startswith("按情形：【新办】")
    assert required_proofs(Branch("新办", one)) == ("按所属情形提交：", ["【新办】甲"])


def test_a_proof_with_its_own_basis_is_named(complete: Catalog) -> None:
    """What is told of only some proofs says of which; what others lack is a gap of theirs."""
    item = row(complete, "14")
    own = Basis("某办法", "3", "应当提交就业创业证。", source="某处")
    one, two = a_proof("甲")._replace(basis=(own,), content=("内容甲",)), a_proof("乙")
    bare = item._replace(basis=(), content=(), tree=Group(GroupKind.ALL, (one, two)))
    made = guide(bare, complete, TODAY)
    assert made.values["设定依据"] == [
        "（1）《某办法》第3条规定：应当提交就业创业证。（出处：某处）（适用于：甲）",
        f"（2）{UNFILLED}（适用于：乙）",
    ]
    assert made.values["证明内容"] == ["（1）内容甲（适用于：甲）", f"（2）{UNFILLED}（适用于：乙）"]
    assert {"basis", "content", "issuer", "standard"} <= {gap.code for gap in made.missing}


def test_checks_name_method_period_and_standard(complete: Catalog, shipped: Catalog) -> None:
    """通知五（三）: time with its source, standard, method; exempt ones are under daily supervision."""
    made = guide(row(complete, "14"), complete, TODAY)
    first = made.values["核查"][0]
    assert isinstance(first, dict) and tuple(first) == CHECK_FIELDS
    assert first["方式"] == "现场核查" and first["期限"] == "15 个工作日（出处：示例县核查办法（虚构））"
    assert f"{words.SITE[0]}（{words.SITE[1]}）" in made.values["核查说明"]
    exempt = guide(row(shipped, "64"), shipped, TODAY)
    assert exempt.values["核查"] == [
        {"序号": "1", "名称": "经营场所证明", "方式": "免于核查", "期限": "不设", "标准": "不设"}
    ]
    assert f"{words.SUPERVISED[0]}（{words.SUPERVISED[1]}）" in exempt.values["核查说明"]
    online = guide(row(shipped, "3"), shipped, TODAY).values["核查"][0]
    assert isinstance(online, dict) and (online["期限"], online["标准"]) == (UNFILLED, UNFILLED)
    fire = guide(row(complete, "66"), complete, TODAY).values["核查"][0]
    assert isinstance(fire, dict) and fire["方式"] == "现场核查"
    assert fire["期限"] == "自办结起 20 个工作日（出处：示例县消防核查办法（虚构））"


def test_the_period_of_the_day_counts(complete: Catalog) -> None:
    """Before the county had set a period there is none to tell."""
    item = row(complete, "66")
    early = guide(item, complete, date(2020, 12, 31))
    assert isinstance(early.values["核查"][0], dict) and early.values["核查"][0]["期限"] == UNFILLED
    assert "period" in {gap.code for gap in early.missing}


@pytest.mark.parametrize("guardian", [True, False, None])
@pytest.mark.parametrize("yes", [True, False])
def test_promising_by_an_agent(complete: Catalog, yes: bool, guardian: bool | None) -> None:
    """附件2 二（五）: one of the two sentences, with the decision's source; 特别授权 where it may be."""
    item = row(complete, "64")._replace(agent=Decision(yes, "某决定", guardian=guardian))
    told = guide(item, complete, TODAY).values["承诺方式"]
    assert isinstance(told, list)
    text = "\n".join(str(line) for line in told)
    assert (words.BY_AGENT[0] in text, words.BY_APPLICANT[0] in text) == (yes, not yes)
    assert (words.AUTHORISED[0] in text) is yes and "（出处：某决定）" in text
    said = {True: "法定监护人可以代为承诺", False: "法定监护人不可以代为承诺", None: ""}[guardian]
    assert said in text and ("法定监护人" in text) is (guardian is not None)


def test_publication_of_the_letter(complete: Catalog) -> None:
    """附件2 二（八）: public with its period and why, or not public; a missing period is a gap."""
    item = row(complete, "64")
    public = item._replace(disclosure=Decision(True, "某决定", "一年"), triggers=(Trigger.THIRD_PARTY,))
    told = guide(public, complete, TODAY).values["是否公开"]
    assert told == [
        "本承诺书将予公开，公开时限：一年。（附件2 二（八））（出处：某决定）",
        "公开的缘由：第三人利益。",
        f"{words.PUBLIC[0]}（{words.PUBLIC[1]}）",
    ]
    open_ended = item._replace(disclosure=Decision(True, "某决定"))
    made = guide(open_ended, complete, TODAY)
    assert UNFILLED in made.values["是否公开"][0] and made.missing[-1].code == "disclosure_period"
    closed = item._replace(disclosure=Decision(False, "某决定"))
    assert guide(closed, complete, TODAY).values["是否公开"] == [
        "本承诺书不予公开。（附件2 二（八））（出处：某决定）"
    ]


def test_code_and_channels_stand_in_the_guide(shipped: Catalog) -> None:
    """事项编码 and 线上/线下 where the county gave them; then they are no gap."""
    channels = (HandlingChannel.ONLINE, HandlingChannel.OFFLINE)
    item = row(shipped, "64")._replace(code="410182-0064", channels=channels)
    made = guide(item, shipped, TODAY)
    assert made.values["事项编码"] == "410182-0064" and made.values["办理渠道"] == "线上、线下"
    assert not {"code", "channels"} & {gap.code for gap in made.missing}
