"""Documents as data: whose value a blank gets, what is missing, what is refused, all at once."""

from __future__ import annotations

from datetime import date

import pytest

from gaozhi_cli.domain.catalog import Assessment, Branch, Catalog, Decision, Group, Item, leaves
from gaozhi_cli.domain.commitment import Commitment, Number, new_commitment
from gaozhi_cli.domain.document_kinds import (
    About,
    By,
    Choice,
    Fact,
    Field,
    Kind,
    Signer,
    Source,
    find_kind,
    near_kinds,
)
from gaozhi_cli.domain.document_values import Matter, innermost, known_lines
from gaozhi_cli.domain.documents import (
    DATE_BLANK,
    compose_document,
    document_problems,
    office_gaps,
    read_values,
    with_id_types,
)
from gaozhi_cli.domain.guide import BY_AGENT, BY_APPLICANT
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.vocabulary import CommitmentStatus, GroupKind
from tests.builders import CITIZEN, TODAY, a_catalog, an_id_number

PERSON = {
    "name": CITIZEN["name"],
    "id_type": "id-card",
    "number": CITIZEN["id_number"],
    "phone": CITIZEN["phone"],
}
CHOICES = (
    Choice("unsigned", "没有签名或者盖章", "规程三（二）"),
    Choice("no-original", "没有提交原件。", ""),
)


def a_kind(*fields: Field, **changed: object) -> Kind:
    """A kind with these blanks."""
    kind = Kind(
        "notice", "测试告知书", "x.docx", True, About.EITHER, (Signer.OFFICE,), "规程四（一）", fields
    )
    return kind._replace(**changed)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The shipped catalog."""
    return a_catalog(tmp_path_factory.mktemp("home"))  # type: ignore[no-any-return]


def row(catalog: Catalog, no: str = "64") -> Item:
    """The item of a printed row."""
    return catalog.items.by_no(no)[0]


def a_case(catalog: Catalog, status: CommitmentStatus = CommitmentStatus.DRAWN_UP) -> Commitment:
    """A case of row 64 in a status."""
    item = row(catalog)
    case = new_commitment(
        Number("SC", 2026, 1), county=catalog.county, item=item.id, matter=item.matter,
        version=(catalog.version, catalog.digest), subject="S", today=TODAY, consent=None, warnings=None,
    )  # fmt: skip
    return case._replace(status=status.value, signed_on="2026-11-25")


def about_case(catalog: Catalog, **changed: object) -> Matter:
    """A matter of a registered case of a citizen."""
    proofs = (("经营场所证明", "免于核查"),)
    matter = Matter(row(catalog), catalog, TODAY, a_case(catalog), proofs, PERSON)
    return matter._replace(**changed)  # type: ignore[arg-type]


def codes(problems: list[Problem]) -> list[tuple[str, str]]:
    """Code and blank of each problem."""
    return [(problem.code, problem.field) for problem in problems]


def test_every_source_is_answered(catalog: Catalog) -> None:
    """No source of the closed list is forgotten, with and without a case."""
    for matter in (about_case(catalog), Matter(row(catalog), catalog, TODAY)):
        for source in Source:
            assert isinstance(known_lines(source, matter), tuple)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        (Source.OFFICE_NAME, "荥阳市市场监督管理局"),
        (Source.MATTER, "个体工商户设立登记"),
        (Source.PROOF_NAMES, "经营场所证明"),
        (Source.PROOFS_METHODS, "经营场所证明（免于核查）"),
        (Source.METHODS, "免于核查"),
        (Source.HOW_TO_BRING, "应当提交下列证明："),
        (Source.NUMBER, "荥市监告承〔2026〕00001号"),
        (Source.APPLICANT_NAME, CITIZEN["name"]),
        (Source.APPLICANT_ID_TYPE, "居民身份证"),
        (Source.APPLICANT_ID_NUMBER, CITIZEN["id_number"]),
        (Source.APPLICANT_ID_MASKED, "4101**********0030"),
        (Source.TODAY, "2026年11月24日"),
        (Source.SIGNED_ON, "2026年11月25日"),
    ],
)
def test_what_the_program_knows(catalog: Catalog, source: Source, value: str) -> None:
    """Names, numbers and days as they are printed."""
    assert known_lines(source, about_case(catalog)) == (value,)


def test_an_item_alone_keeps_its_circumstances(catalog: Catalog) -> None:
    """Nobody has chosen yet: each proof stands under its 情形, and how they combine is said."""
    matter = Matter(row(catalog, "8"), catalog, TODAY)
    assert any("【" in line for line in known_lines(Source.PROOFS, matter))
    assert known_lines(Source.HOW_TO_BRING, matter) == ("按所属情形提交：",)
    assert known_lines(Source.APPLICANT_NAME, matter) == ()


LISTED = {
    "8": (
        "按所属情形提交：",
        "【无承包土地或承包土地被征用】村委会出具的相关证明",
        "【复员退役军人】安置部门出具的手续或证件",
        "【随军家属】随军手续",
        "【刑满释放、假释、监外执行】司法（公安）部门出具的手续",
    ),
    "9": (
        "按所属情形提交：",
        "【其他创业者（非在校生）】创业者《就业创业证》复印件，或者创业者《就业失业登记证》复印件（任选其一）",
    ),
    "14": (
        "下列证明均须提交：",
        "职业资格证书",
        "职业技能鉴定机构开具的行政事业性收费票据，或者职业技能鉴定机构开具的税务发票（任选其一）",
    ),
    "24": ("下列证明均须提交：", "社会保险养老待遇领取证明材料"),
    "5": ("下列证明任选其一提交：", "变更后的营业执照"),
}


@pytest.mark.parametrize("no", LISTED)
def test_a_list_of_proofs_keeps_the_logic_of_the_tree(catalog: Catalog, no: str) -> None:
    """任选其一 and 情形 stand in the line where they belong, for what is promised and what is brought."""
    matter = Matter(row(catalog, no), catalog, TODAY)
    for rule, lines in ((Source.PROOFS_RULE, Source.PROOFS), (Source.HOW_TO_BRING, Source.PROOFS_TO_BRING)):
        told = (*known_lines(rule, matter), *known_lines(lines, matter))
        assert told[0] == LISTED[no][0] and set(LISTED[no]) <= set(told)


def test_no_head_stands_over_a_flat_list_of_mixed_logic(catalog: Catalog) -> None:
    """Every item: 均须 over what is all needed, 任选 over alternatives; nothing lost or doubled."""
    heads = {
        GroupKind.ALL: "下列证明均须提交：",
        GroupKind.ANY: "下列证明任选其一提交：",
        GroupKind.BY_CIRCUMSTANCE: "按所属情形提交：",
    }
    for item in catalog.items:
        matter, tree = Matter(item, catalog, TODAY), innermost(item.tree)
        (head,) = known_lines(Source.PROOFS_RULE, matter)
        lines = known_lines(Source.PROOFS, matter)
        nodes = tree.nodes if isinstance(tree, Group) else (tree,)
        assert head == (heads[tree.kind] if isinstance(tree, Group) else "应当提交下列证明："), item.no
        assert len(lines) == len(nodes)
        for line, node in zip(lines, nodes, strict=True):
            assert all(leaf.proof.name in line for leaf in leaves(node)), item.no
            inner = node.node if isinstance(node, Branch) else node
            if isinstance(inner, Group):
                assert {GroupKind.ALL: "均须提交", GroupKind.ANY: "任选其一"}.get(
                    inner.kind, "按情形"
                ) in line
        assert not any("】【" in line or "】按情形" in line for line in lines), item.no
        assert known_lines(Source.PROOFS_TO_BRING, matter) == lines  # nothing is assessed as excluded


def test_a_circumstance_of_its_own_is_kept(catalog: Catalog) -> None:
    """Only one that repeats others is left out; what may not be promised is not offered."""
    one, two, three = row(catalog, "14").proofs[:3]
    inner = Group(GroupKind.BY_CIRCUMSTANCE, (Branch("本科", one), Branch("专科", two)))
    tree = Group(GroupKind.BY_CIRCUMSTANCE, (Branch("在校生", inner), Branch("其他", three)))
    matter = Matter(row(catalog)._replace(tree=tree), catalog, TODAY)
    assert known_lines(Source.PROOFS, matter) == (
        f"【在校生，本科】{one.name}", f"【在校生，专科】{two.name}", f"【其他】{three.name}"
    )  # fmt: skip
    excluded = one._replace(assessment=Assessment(True, "国家安全", "试", "试", TODAY))
    some = matter._replace(item=matter.item._replace(tree=Group(GroupKind.ALL, (excluded, two))))
    assert known_lines(Source.PROOFS, some) == (two.name,)
    assert known_lines(Source.PROOFS_TO_BRING, some) == (one.name, two.name)


def test_all_gaps_are_told_at_once_and_the_offices_only_warn(catalog: Catalog) -> None:
    """The applicant's and the clerk's refuse; the office's is an underline and a warning."""
    kind = a_kind(
        Field("代理人", Source.AGENT_NAME, required=True),
        Field("理由", Source.TYPED, required=True, help="写明事实"),
        Field("期限", Source.TYPED, By.OFFICE, required=True, blank=8),
        Field("联系人", Source.OFFICE_CONTACT, required=True),
        Field("备注", Source.TYPED),
    )
    matter = about_case(catalog)
    problems = document_problems(kind, matter, {}, complete=True)
    assert codes(problems) == [("missing", "代理人"), ("missing", "理由")]
    assert problems[1].message == "未填理由（写明事实）" and problems[1].clause == "规程四（一）"
    assert document_problems(kind, matter, {}, complete=False) == []
    filled = compose_document(kind, matter, {"理由": ("事实清楚。",)})
    assert filled.values["理由"] == "事实清楚" and filled.values["期限"] == "_" * 8
    assert [gap.field for gap in office_gaps(filled)] == ["期限", "联系人"]


def test_a_county_lays_down_a_value_once(catalog: Catalog) -> None:
    """The value of the data fills the blank; what is typed goes before it."""
    kind = a_kind(Field("期限", Source.TYPED, By.OFFICE, required=True, value=("十日",), origin="决定"))
    matter = about_case(catalog)
    assert compose_document(kind, matter, {}).values["期限"] == "十日"
    assert compose_document(kind, matter, {"期限": ("五日",)}).values["期限"] == "五日"
    assert not office_gaps(compose_document(kind, matter, {}))


def test_choices_by_code_by_text_and_free_lines(catalog: Catalog) -> None:
    """A code prints its text with its clause; other lines stand as typed; the codes are kept."""
    field = Field("内容", Source.TYPED, several=True, choices=CHOICES)
    filled = compose_document(
        a_kind(field), about_case(catalog), {"内容": ("unsigned", "没有提交原件", "另一项。")}
    )
    rows = filled.values["内容"]
    assert isinstance(rows, list) and filled.codes == {"内容": ["unsigned", "no-original"]}
    assert [r["内容"] for r in rows] == ["没有签名或者盖章（规程三（二））", "没有提交原件", "另一项"]
    assert [r["中文序号"] for r in rows] == ["一", "二", "三"]


def test_a_closed_list_takes_its_own_choices_only(catalog: Catalog) -> None:
    """The wrong one is named by its place, with what there is to choose from."""
    kind = a_kind(Field("情形", Source.TYPED, several=True, closed=True, choices=CHOICES))
    problems = document_problems(kind, about_case(catalog), {"情形": ("签名", "别的")}, complete=True)
    assert codes(problems) == [("field-choice", "情形")]
    assert "第 2 项" in problems[0].message and "unsigned 没有签名或者盖章" in problems[0].message


def test_a_line_that_says_nothing_is_refused(catalog: Catalog) -> None:
    """Numbers, marks, one letter, a code mistyped are slips; a place in the choices is a choice."""
    kind = a_kind(Field("内容", Source.TYPED, several=True, choices=CHOICES), Field("理由", Source.TYPED))
    for slip in ("0", "3", "７", "1.", "a", "…", "-1", "no-orignal", "unsigned,no-original"):
        problems = document_problems(kind, about_case(catalog), {"内容": ("另一项", slip)}, complete=True)
        assert codes(problems) == [("field-choice", "内容")], slip
        assert "第 2 项" in problems[0].message and "2. no-original" in problems[0].message
    typed = {"内容": ("2", "门", "PDF"), "理由": ("7",)}
    assert document_problems(kind, about_case(catalog), typed, complete=True) == []
    assert compose_document(kind, about_case(catalog), typed).codes == {"内容": ["no-original"]}


def test_an_answer_that_a_fact_contradicts_is_refused(catalog: Catalog) -> None:
    """Each fact of the closed list, true and not true; of an item alone nothing of people is known."""
    agent, signed = {"name": "测试丙", "text": "特别授权书"}, a_case(catalog)
    drawn_up = signed._replace(signed_on=None)
    ended = row(catalog)._replace(valid_until=date(2026, 1, 1))
    cases: dict[Fact, tuple[dict[str, object], dict[str, object]]] = {
        Fact.LISTED: ({}, {"item": ended}),
        Fact.AGENT_MAY: ({"letter": {"代为承诺勾选": "☑"}}, {"letter": {"本人承诺勾选": "☑"}}),
        Fact.NO_AGENT: ({}, {"agent": agent}),
        Fact.AUTHORIZED: ({"agent": agent}, {"agent": agent | {"text": ""}}),
        Fact.SITE_ADDRESS: ({"applicant": PERSON | {"site_address": "测试路2号"}}, {}),
        Fact.SIGNED: ({"case": signed}, {"case": drawn_up}),
    }
    assert set(cases) == set(Fact)
    for fact, (true, false) in cases.items():
        choice = Choice("aa", "甲情形", "规程四（一）", (fact,))
        kind = a_kind(Field("情形", Source.TYPED, several=True, closed=True, choices=(choice,)))
        problems = document_problems(kind, about_case(catalog, **true), {"情形": ("aa",)}, complete=True)
        assert codes(problems) == [("field-fact", "情形")] and fact.label in problems[0].message
        assert document_problems(kind, about_case(catalog, **false), {"情形": ("aa",)}, complete=True) == []


def test_short_names_are_explained_where_they_are_cited(catalog: Catalog) -> None:
    """One row of the explanations that are needed; what explains no short name stands always."""
    lines = ("“通知”指某通知", "“附件2”指某附件", "“规程”指某规程")
    terms = Field("说明", Source.TYPED, By.OFFICE, value=lines, origin="某处", terms=True)
    field = Field("内容", Source.TYPED, several=True, choices=CHOICES)
    kind = a_kind(terms, field, Field("理由", Source.TYPED))

    def said(**typed: tuple[str, ...]) -> list[str]:
        rows = compose_document(kind, about_case(catalog), typed).values["说明"]
        assert isinstance(rows, list)
        return [r["内容"] for r in rows]

    assert said(内容=("unsigned",)) == ["“规程”指某规程"]
    assert said(内容=("unsigned",), 理由=("见通知五（二）",)) == ["“通知”指某通知，“规程”指某规程"]
    assert said(内容=("no-original",), 理由=("收到通知后没有补正",)) == []
    assert said(说明=("文中所引依据见某处",)) == ["所引依据见某处"]
    bare = a_kind(terms._replace(value=()), field)
    assert compose_document(bare, about_case(catalog), {}).values["说明"] == []


@pytest.mark.parametrize(
    ("no", "words"),
    [
        ("64", "本事项免于逐件核查，但会日常监管"),
        ("1", "我们会核查承诺是否属实（本事项：在线核查）"),
        ("4", "我们会核查承诺是否属实（本事项：在线核查；免于核查的证明不逐件核查，但会日常监管）"),
    ],
)
def test_what_happens_afterwards_is_said_once(catalog: Catalog, no: str, words: str) -> None:
    """免于核查 is not 核查 (通知五（三）): no sheet promises both of one proof."""
    assert known_lines(Source.CHECKING, Matter(row(catalog, no), catalog, TODAY)) == (words,)


def test_the_line_of_the_number_is_there_or_not(catalog: Catalog) -> None:
    """A 公文 about an item alone has no 编号 and no blank for one."""
    kind = a_kind(Field("编号", Source.NUMBER_LINE))
    assert compose_document(kind, Matter(row(catalog), catalog, TODAY), {}).values["编号"] == []
    (line,) = compose_document(kind, about_case(catalog), {}).values["编号"]
    assert isinstance(line, dict) and line["内容"] == "荥市监告承〔2026〕00001号"


def test_ticked_lists_show_every_choice(catalog: Catalog) -> None:
    """What is not meant stands there with an open box, for a person to tick."""
    kind = a_kind(Field("范围", Source.TYPED, ticked=True, choices=CHOICES))
    rows = compose_document(kind, about_case(catalog), {"范围": ("no-original", "其他")}).values["范围"]
    assert isinstance(rows, list)
    assert [r["勾选"] for r in rows] == ["☐", "☑", "☑"] and rows[2]["内容"] == "其他"


def test_an_empty_list_and_an_empty_date_are_underlines(catalog: Catalog) -> None:
    """A form for hand-writing has a place for each."""
    kind = a_kind(Field("内容", Source.TYPED, several=True, blank=20), Field("受理日期", Source.ACCEPTED_ON))
    values = compose_document(kind, Matter(row(catalog), catalog, TODAY), {}).values
    assert values["受理日期"] == DATE_BLANK
    assert values["内容"] == [{"序号": "1", "中文序号": "一", "勾选": "☐", "内容": "_" * 20}]


def test_what_the_ledger_says_cannot_be_typed_over(catalog: Catalog) -> None:
    """The same value is fine, another is refused without being repeated."""
    kind = a_kind(Field("申请人", Source.APPLICANT_NAME))
    matter = about_case(catalog)
    assert document_problems(kind, matter, {"申请人": (CITIZEN["name"],)}, complete=True) == []
    problems = document_problems(kind, matter, {"申请人": ("测试丁",)}, complete=True)
    assert codes(problems) == [("field-known", "申请人")] and "测试丁" not in problems[0].message


def test_typed_numbers_are_checked_and_made_normal(catalog: Catalog) -> None:
    """居民身份证 unless another kind is said; the checksum counts; the value is not repeated."""
    kind = a_kind(
        Field("证件类型", Source.AGENT_ID_TYPE),
        Field("证件号码", Source.AGENT_ID_NUMBER),
        Field("电话", Source.AGENT_PHONE),
    )
    matter, right = about_case(catalog), an_id_number("41018219851212004")
    typed = with_id_types(kind, matter, {"证件号码": (f" {right} ",), "电话": ("139 0000 0000",)})
    assert typed["证件类型"] == ("居民身份证",) and typed["证件号码"] == (right,)
    assert document_problems(kind, matter, typed, complete=True) == []
    wrong = {"证件号码": (right[:-1] + ("0" if right[-1] != "0" else "1"),), "电话": ("12",)}
    problems = document_problems(kind, matter, with_id_types(kind, matter, wrong), complete=True)
    assert codes(problems) == [("id-number", "证件号码"), ("phone", "电话")]
    assert right[:-1] not in problems[0].message
    passport = {"证件类型": ("护照",), "证件号码": ("E12345678",)}
    assert document_problems(kind, matter, passport, complete=True) == []
    assert codes(
        document_problems(kind, matter, {"证件类型": ("学生证",), "证件号码": ("E1234",)}, complete=True)
    ) == [("id-type", "证件类型")]


def test_too_late_is_refused_by_status(catalog: Catalog) -> None:
    """撤回只在办结前 (通知五（六）): data says in which statuses a document comes too late."""
    barred = (CommitmentStatus.CONCLUDED,)
    kind = a_kind(Field("事项", Source.MATTER), barred=barred, late="只在办结以前")
    for status in CommitmentStatus:
        matter = about_case(catalog, case=a_case(catalog, status))
        problems = document_problems(kind, matter, {}, complete=False)
        assert codes(problems) == ([("document-late", "")] if status is CommitmentStatus.CONCLUDED else [])
        assert all("已办结，不能再出具测试告知书：只在办结以前" in p.message for p in problems)


def test_no_authorisation_where_no_agent_may_promise(catalog: Catalog) -> None:
    """依法可以代为承诺的: decided no refuses, undecided warns, yes is silent (通知五（二）)."""
    kind = a_kind(Field("事项", Source.MATTER), agent=True)

    def asked(decision: Decision | None) -> tuple[list[str], list[str]]:
        matter = Matter(row(catalog)._replace(agent=decision), catalog, TODAY)
        problems = document_problems(kind, matter, {}, complete=True)
        return [p.code for p in problems], [w.code for w in compose_document(kind, matter, {}).warnings]

    assert asked(Decision(False)) == (["agent-not-allowed"], [])
    assert asked(None) == ([], ["agent"])
    assert asked(Decision(True)) == ([], [])


def test_of_a_case_the_registered_letter_speaks(catalog: Catalog) -> None:
    """What the 清单 says today does not change what the applicant was told (附件2 二（五）（八）)."""
    item = row(catalog)._replace(agent=Decision(False), disclosure=Decision(False))
    told = {
        "代为承诺勾选": "☑",
        "本人承诺勾选": "☐",
        "公开勾选": "☑",
        "不公开勾选": "☐",
        "公开时限": "至2027年1月1日",
    }
    kind = a_kind(Field("代为", Source.AGENT_RULE), Field("公开", Source.DISCLOSURE_RULE), agent=True)

    def said(**changed: str) -> tuple[object, ...]:
        matter = about_case(catalog, item=item, letter=told | changed)
        problems = codes(document_problems(kind, matter, {}, complete=True))
        return *problems, *(compose_document(kind, matter, {}).values[name] for name in ("代为", "公开"))

    assert said() == (BY_AGENT[0].rstrip("。"), "本承诺书将予公开，公开时限：至2027年1月1日")
    assert said(代为承诺勾选="☐", 本人承诺勾选="☑", 公开勾选="☐", 不公开勾选="☑") == (
        ("agent-not-allowed", ""), BY_APPLICANT[0].rstrip("。"), "本承诺书不予公开"
    )  # fmt: skip
    assert said(代为承诺勾选="☐", 公开勾选="☐") == ("_" * 16, "_" * 16)


@pytest.mark.parametrize(
    ("no", "promised", "head", "lines"),
    [
        ("14", {"rs-14.1"}, "应当提交下列证明：", ["就业创业证"]),
        ("14", {"rs-14.1", "rs-14.2"}, "下列证明均须提交：", ["就业创业证", "职业资格证书"]),
        ("14", {"rs-14.2", "rs-14.4"}, "下列证明均须提交：", ["职业资格证书", LISTED["14"][2]]),
        ("14", {"rs-14.4"}, "下列证明任选其一提交：", [
            "职业技能鉴定机构开具的行政事业性收费票据", "职业技能鉴定机构开具的税务发票"]),
        ("5", {"rs-05.2"}, "下列证明任选其一提交：", ["变更后的营业执照", "《企业名称预先核准通知书》"]),
        ("9", {"rs-09.3"}, "按所属情形提交：", [LISTED["9"][1], "【在校生】学籍证明材料"]),
    ],
)  # fmt: skip
def test_the_lawful_alternatives_come_back(
    catalog: Catalog, no: str, promised: set[str], head: str, lines: list[str]
) -> None:
    """Where one of several was promised any of them may be brought; what was not promised is not asked."""
    item = row(catalog, no)
    leaves_ = [proof for proof in item.proofs if proof.id in promised]
    assert len(leaves_) == len(promised)
    matter = about_case(
        catalog, item=item, promised=frozenset(promised),
        proofs=tuple((proof.name, proof.method.label) for proof in leaves_),
    )  # fmt: skip
    assert known_lines(Source.HOW_TO_BRING, matter) == (head,)
    assert list(known_lines(Source.PROOFS_TO_BRING, matter)) == lines
    assert list(known_lines(Source.PROOFS, matter)) == [proof.name for proof in leaves_]


def test_proofs_without_a_basis_are_pointed_out(catalog: Catalog) -> None:
    """Only what law asks for may be asked for (通知五（二）): a document that asks says so."""
    bring = a_kind(Field("证明", Source.PROOFS_TO_BRING))
    assert [w.code for w in compose_document(bring, about_case(catalog), {}).warnings] == ["basis"]
    silent = a_kind(Field("证明", Source.PROOFS))
    assert compose_document(silent, about_case(catalog), {}).warnings == ()


@pytest.mark.parametrize(
    ("raw", "code", "words"),
    [
        ({"理山": "x"}, "field-unknown", "是不是“理由”"),
        ({"理由": 7}, "field-text", "加引号"),
        ({"理由": ["一", "二"]}, "field-lines", "只能写一处"),
        ({"理由": "甲\n乙"}, "text-unprintable", "换行"),
        ({"理由": "甲\u202e乙"}, "text-unprintable", "文字方向"),
        ({"理由": "长" * 2001}, "text-too-long", "2000"),
        ({"内容": ["行"] * 100}, "field-lines", "99"),
    ],
)
def test_what_cannot_be_printed_is_refused(raw: dict[str, object], code: str, words: str) -> None:
    """Unknown blanks with a near one, numbers that lose digits, controls, too long, too many."""
    kind = a_kind(Field("理由", Source.TYPED), Field("内容", Source.TYPED, several=True))
    _, problems = read_values(kind, raw)
    assert [p.code for p in problems] == [code] and words in problems[0].message


def test_blank_lines_are_not_lines() -> None:
    """An empty or blank value counts as not given."""
    kind = a_kind(Field("理由", Source.TYPED), Field("内容", Source.TYPED, several=True))
    typed, problems = read_values(kind, {"理由": "  ", "内容": ["", " 一 ", "二"]})
    assert problems == [] and typed == {"理由": (), "内容": ("一", "二")}


def test_kinds_are_found_as_people_call_them() -> None:
    """Id, title, words of one title or purpose; near ones for the rest; ambiguous words find none."""
    kinds = tuple(
        a_kind(id=id_, title=title, purpose=f"给群众看的{id_}明白纸" if id_ == "withdrawal" else "")
        for id_, title in (("withdrawal", "撤回告知承诺申请书"), ("refusal-notice", "不予适用告知书"))
    )
    for text in ("withdrawal", "WITHDRAWAL", "撤回告知承诺申请书", "撤回", " 申请书 ", "明白纸"):
        found = find_kind(kinds, text)
        assert found is not None and found.id == "withdrawal"
    assert find_kind(kinds, "告知") is None and find_kind(kinds, "撤") is None
    assert near_kinds(kinds, "撤消申请")[0].id == "withdrawal"


def test_dates_are_arabic_without_zeros(catalog: Catalog) -> None:
    """GB/T 9704: 2026年1月2日."""
    matter = about_case(catalog, today=date(2026, 1, 2))
    assert known_lines(Source.TODAY, matter) == ("2026年1月2日",)
