"""A filled form read as a whole: an application, or all its problems at once (规程四（一）)."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.catalog import Catalog, Decision, Item
from gaozhi_cli.domain.intake import FIELD_LABELS, read_form, unknown_fields
from gaozhi_cli.domain.letter import Application
from gaozhi_cli.domain.vocabulary import AgentKind, IdType, SubjectKind
from tests.builders import CITIZEN, ORGANIZATION, TODAY, a_catalog, a_uscc, an_id_number
from tests.conftest import ROOT

AGENT = {
    "agent_name": "测试丙",
    "agent_id_number": an_id_number("41018219850505005"),
    "agent_phone": "13900000000",
    "authorization": "2026-11-01 授权代为承诺",
}


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The complete fixture county."""
    folder = tmp_path_factory.mktemp("homes") / "complete"
    return a_catalog(Path(shutil.copytree(ROOT / "tests" / "homes" / "complete", folder)))


def item(catalog: Catalog, no: str) -> Item:
    """The item with a printed number."""
    return next(item for item in catalog.items if item.no == no)


def read(catalog: Catalog, no: str, form: dict[str, object]) -> Application:
    """The application of a form without problems."""
    application, problems = read_form(form, item(catalog, no), TODAY)
    assert problems == [] and application is not None
    return application


def faults(catalog: Catalog, no: str, form: dict[str, object]) -> list[tuple[str, str]]:
    """Code and field of every problem of a form that has some."""
    application, problems = read_form(form, item(catalog, no), TODAY)
    assert application is None and problems
    return [(problem.code, problem.field) for problem in problems]


def test_a_citizens_form(complete: Catalog) -> None:
    """附件2 一（一）1: an identity number makes a citizen; 居民身份证 unless another kind is named."""
    made = read(complete, "64", {**CITIZEN, "name": " 测试甲 ", "id_number": " 410182 19900101 0030 "})
    who = made.applicant
    assert (who.kind, who.name, who.identity.type) == (SubjectKind.CITIZEN, "测试甲", IdType.ID_CARD)
    assert who.identity.number == an_id_number()
    assert made.agent is None and made.consent is None and made.no_public is False
    assert [leaf.proof.id for leaf in made.leaves] == ["sc-64.1"]


def test_an_organizations_form(complete: Catalog) -> None:
    """附件2 一（一）2: a 统一社会信用代码 makes an organization, with its contact and address."""
    made = read(complete, "14", {**ORGANIZATION, "proof": ["rs-14.1", "rs-14.3"], "uscc": a_uscc().lower()})
    who = made.applicant
    assert who.kind is SubjectKind.ORGANIZATION
    assert (who.identity.type, who.identity.number) == (IdType.USCC, a_uscc())
    assert (who.contact, who.address) == (ORGANIZATION["contact"], ORGANIZATION["address"])
    assert made.site_address == ORGANIZATION["site_address"]


def test_an_agents_lines_are_read_when_any_is_given(complete: Catalog) -> None:
    """附件2 一（二）: one line of the agent's asks for the others."""
    made = read(complete, "16", {**CITIZEN, **AGENT, "agent_id_type": "居民身份证"})
    assert made.agent is not None and made.agent.name == "测试丙"
    assert made.agent.authorization == AGENT["authorization"]
    missing = faults(complete, "16", {**CITIZEN, "authorization": "2026-11-01 授权"})
    assert missing == [("missing", f) for f in ("agent_name", "agent_id_number", "agent_phone")]


def test_an_empty_form_names_every_blank_at_once(complete: Catalog) -> None:
    """规程四（一）: all gaps in one answer, each by the flag's name."""
    blanks = [("missing", f) for f in ("name", "id_number", "phone", "statement")]
    assert faults(complete, "64", {}) == blanks
    assert faults(complete, "15", {}) == [*blanks, ("missing", "site_address")]


def test_gaps_and_faults_of_every_kind_come_together(complete: Catalog) -> None:
    """规程四（一）: a bad number, a control character, a bad date, an unknown proof and a blank at once."""
    form = {
        "name": "测试\t甲",
        "id_number": an_id_number()[:-1] + "1",
        "phone": "12",
        "proof": "sc-64.7",
        "public_until": "2026-02-30",
        "no_public": "也许",
        **{k: v for k, v in AGENT.items() if k != "agent_phone"},
    }
    found = faults(complete, "64", form)
    assert set(found) == {
        ("missing", "statement"),
        ("missing", "agent_phone"),
        ("text-unprintable", "name"),
        ("id-number", "id_number"),
        ("phone", "phone"),
        ("proof-unknown", "proof"),
        ("field", "public_until"),
        ("field", "no_public"),
    }
    assert len(found) == len(set(found))


def test_a_faulty_value_is_not_also_called_missing(complete: Catalog) -> None:
    """A name that cannot be printed was given: one problem, not two."""
    assert faults(complete, "64", {**CITIZEN, "name": "\u202e"}) == [("text-unprintable", "name")]
    assert faults(complete, "64", {**CITIZEN, "statement": "一\n二"}) == [("text-unprintable", "statement")]
    assert faults(complete, "64", {**CITIZEN, "phone": 13800000000}) == [("field", "phone")]


def test_both_branches_of_the_applicant_at_once_are_refused(complete: Catalog) -> None:
    """附件2 一（一）二选一: an identity number and a credit code exclude each other."""
    assert ("field", "uscc") in faults(complete, "64", {**CITIZEN, "uscc": a_uscc()})


@pytest.mark.parametrize("field", ["contact", "address"])
def test_a_citizen_has_no_line_for_contact_or_address(complete: Catalog, field: str) -> None:
    """附件2 一（一）1: what the form has no line for is not lost in silence."""
    assert faults(complete, "64", {**CITIZEN, field: "荥阳市测试路1号"}) == [("field", field)]


def test_an_organization_without_its_code_is_asked_for_it(complete: Catalog) -> None:
    """附件2 一（一）2: contact or address make an organization, whose code is then missing."""
    form = {k: v for k, v in ORGANIZATION.items() if k not in ("uscc", "site_address")}
    assert faults(complete, "64", form) == [("missing", "uscc")]
    assert faults(complete, "64", {**form, "uscc": "0" * 18}) == [("id-number", "uscc")]


@pytest.mark.parametrize(
    ("typed", "number", "kind"),
    [
        ("护照", "E12345678", IdType.PASSPORT),
        ("passport", "E12345678", IdType.PASSPORT),
        (" 港澳台居民居住证 ", an_id_number("81000019900101001"), IdType.RESIDENCE_PERMIT),
        ("外国人永久居留身份证", an_id_number("91014019900101001"), IdType.FOREIGN_RESIDENT),
        ("军官证", "军字第1234567号", IdType.OFFICER),
    ],
)
def test_kinds_of_documents_by_label_or_word(
    complete: Catalog, typed: str, number: str, kind: IdType
) -> None:
    """附件2 证件类型: by the form's word or the flag's; the number is checked for its kind."""
    made = read(complete, "64", {**CITIZEN, "id_type": typed, "id_number": number})
    assert made.applicant.identity.type is kind


@pytest.mark.parametrize("typed", ["身份证", "uscc", "统一社会信用代码", "护照号"])
def test_a_kind_of_document_that_is_none_is_refused(complete: Catalog, typed: str) -> None:
    """附件2 证件类型: an unknown kind, or the organization's code as a citizen's, is refused."""
    assert faults(complete, "64", {**CITIZEN, "id_type": typed}) == [("field", "id_type")]


@pytest.mark.parametrize(
    "typed",
    [
        ["rs-14.1", "rs-14.2", "rs-14.3"],
        ("rs-14.3", "rs-14.2", "rs-14.1"),
        "rs-14.1、rs-14.2、rs-14.3",
        "rs-14.1；rs-14.2;rs-14.3",
        "rs-14.1，rs-14.2, rs-14.3",
        "RS-14.1 rs-14.2　rs-14.3",
        ["rs-14.1 rs-14.2", "rs-14.3"],
        ["就业创业证", " 职业资格证书 ", "RS-14.3"],
    ],
)
def test_proofs_are_named_in_a_list_or_a_text(complete: Catalog, typed: object) -> None:
    """附件1: a repeated flag, a JSON list and a cell of a table all name proofs."""
    made = read(complete, "14", {**ORGANIZATION, "proof": typed})
    assert [leaf.proof.id for leaf in made.leaves] == ["rs-14.1", "rs-14.2", "rs-14.3"]


def test_the_name_of_a_proof_may_hold_a_separator(complete: Catalog) -> None:
    """附件1 第24行: 能够确定指定受益人、法定继承人继承权的公证书 is one proof, not two words."""
    name = "能够确定指定受益人、法定继承人继承权的公证书"
    made = read(complete, "24", {**CITIZEN, "proof": name})
    assert [leaf.proof.id for leaf in made.leaves] == ["sb-24.5"]


@pytest.mark.parametrize("typed", [5, True, {"rs-14.1": "是"}, [1], ["rs-14.1", None]])
def test_proofs_that_are_no_texts_are_refused(complete: Catalog, typed: object) -> None:
    """附件1: a number or a mapping of a JSON file is never passed over."""
    assert ("field", "proof") in faults(complete, "14", {**ORGANIZATION, "proof": typed})


def test_while_the_proofs_are_unclear_no_address_is_asked_for(complete: Catalog) -> None:
    """附件1 第14行: which proofs are meant comes first; whether a visit follows is not known yet."""
    form = {k: v for k, v in ORGANIZATION.items() if k != "site_address"}
    assert faults(complete, "14", form) == [("proof-needed", "proof")]
    assert faults(complete, "14", {**form, "proof": "rs-14.1"}) == [("missing", "site_address")]
    assert faults(complete, "8", {**CITIZEN, "proof": "rs-08.1 rs-08.2"}) == [("proof-choice", "proof")]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [(True, True), ("是", True), (" YES ", True), ("1", True), (False, False), ("否", False), ("no", False)],
)
def test_yes_and_no(complete: Catalog, typed: object, expected: bool) -> None:
    """通知五（六）: consent is recorded as yes or no in the words people use."""
    assert read(complete, "64", {**CITIZEN, "consent": typed}).consent is expected
    assert read(complete, "64", {**CITIZEN, "no_public": typed}).no_public is expected


def test_a_word_that_is_neither_yes_nor_no_is_refused(complete: Catalog) -> None:
    """通知五（六）: consent is never guessed."""
    assert faults(complete, "64", {**CITIZEN, "consent": "好像是"}) == [("field", "consent")]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("2026-12-31", date(2026, 12, 31)),
        ("2026年12月31日", date(2026, 12, 31)),
        ("2026/12/1", date(2026, 12, 1)),
        ("2026-11-24", TODAY),
        ("2026-11-23", "field"),
        ("2026-02-30", "field"),
        ("明年", "field"),
        ("12/31", "field"),
        ("2028-01-01", "disclosure"),
    ],
)
def test_the_end_of_disclosure_is_a_day_not_past_and_within_the_items(
    complete: Catalog, typed: str, expected: date | str
) -> None:
    """附件2 二（八）1: 公开时限 given for one letter."""
    thing = item(complete, "64")._replace(disclosure=Decision(True, "虚构", "至2027年12月31日"))
    application, problems = read_form({**CITIZEN, "public_until": typed}, thing, TODAY)
    if isinstance(expected, str):
        assert application is None
        assert [(problem.code, problem.field) for problem in problems] == [(expected, "public_until")]
    else:
        assert application is not None and application.public_until == expected


def test_a_day_for_a_letter_that_is_not_public_is_refused(complete: Catalog) -> None:
    """附件2 二（八）: --public-until neither with --no-public nor for an item decided 不公开."""
    form = {**CITIZEN, "public_until": "2026-12-31"}
    assert faults(complete, "64", {**form, "no_public": True}) == [("disclosure", "public_until")]
    assert faults(complete, "4", form) == [("disclosure", "public_until")]


def test_keys_that_no_field_goes_by_are_named() -> None:
    """附件2: a misspelt key of a file is never passed over."""
    found = unknown_fields({"name": "测试甲", "姓名": "x", "nmae": "y"})
    assert [problem.field for problem in found] == ["姓名", "nmae"]
    assert unknown_fields(dict.fromkeys(FIELD_LABELS, "x")) == []


TYPED = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(st.characters(), max_size=20),
    st.lists(st.text(max_size=5), max_size=3),
    st.sampled_from([*CITIZEN.values(), *ORGANIZATION.values(), *AGENT.values(), "是", "2026-12-31", "护照"]),
)
NUMBER_FIELDS = ("id_number", "agent_id_number", "uscc")


@settings(deadline=None, max_examples=150, database=None)
@given(st.dictionaries(st.sampled_from(sorted(FIELD_LABELS)), TYPED), st.sampled_from(["64", "8", "14", "4"]))
def test_whatever_is_typed_gives_an_application_or_its_problems(
    complete: Catalog, form: dict[str, object], no: str
) -> None:
    """规程四（一）: never an exception; refused with words for people that repeat no number, or complete."""
    application, problems = read_form(form, item(complete, no), TODAY)
    assert (application is None) is bool(problems)
    for problem in problems:
        assert problem.message and problem.field in FIELD_LABELS
        for key in NUMBER_FIELDS:
            typed = form.get(key)
            if isinstance(typed, str) and len(typed) >= 10 and typed not in str(form.get(problem.field)):
                assert typed not in problem.message
            if isinstance(typed, str) and len(typed) >= 10 and problem.field in NUMBER_FIELDS:
                assert typed not in problem.message
    if application is not None:
        assert application.applicant.name and application.applicant.identity.number
        assert application.statement and application.leaves


@pytest.mark.parametrize("word", ["法定监护人", "guardian", "监护人"])
def test_a_guardians_form(complete: Catalog, word: str) -> None:
    """代理人类型: a 法定监护人 by label or word; 委托代理人 when not said."""
    made = read(complete, "16", {**CITIZEN, **AGENT, "agent_kind": word})
    assert made.agent is not None and made.agent.kind is AgentKind.GUARDIAN
    said = read(complete, "16", {**CITIZEN, **AGENT, "agent_kind": "委托代理人"})
    assert said == read(complete, "16", {**CITIZEN, **AGENT})
    assert said.agent is not None and said.agent.kind is AgentKind.DELEGATE


def test_the_kind_of_agent_alone(complete: Catalog) -> None:
    """委托代理人 with nobody named is no agent; a 法定监护人 is somebody, who has then to be named."""
    assert read(complete, "16", {**CITIZEN, "agent_kind": "委托代理人"}).agent is None
    asked = faults(complete, "16", {**CITIZEN, "agent_kind": "法定监护人"})
    assert asked == [("missing", field) for field in ("agent_name", "agent_id_number", "agent_phone")]
    assert faults(complete, "16", {**CITIZEN, **AGENT, "agent_kind": "叔叔"}) == [("field", "agent_kind")]


def test_an_organization_has_no_guardian(complete: Catalog) -> None:
    """Only of a person can there be a 法定监护人."""
    form = {**ORGANIZATION, **AGENT, "agent_kind": "法定监护人", "proof": "rs-14.1 rs-14.2 rs-14.3"}
    assert ("field", "agent_kind") in faults(complete, "14", form)
