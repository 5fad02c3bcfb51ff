"""制作: number, case, letter and people are recorded in one act, or nothing is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from gaozhi_cli.domain.catalog import Items
from gaozhi_cli.domain.county import Contact
from gaozhi_cli.domain.problem import DocumentFailed, NotReady, Refused
from gaozhi_cli.services.draw_up_letter import DrawnUp
from gaozhi_cli.storage.records import ProofRow, Query
from tests.builders import CITIZEN, ORGANIZATION, a_catalog, an_occasion
from tests.storage.test_ledger_contract import (
    THREE_CHECKS,
    WITH_AGENT,
    Window,
    journal_is_impersonal,
    one_entry,
    refused,
    unchanged,
)


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    """A window with an empty ledger."""
    window = Window(tmp_path / "county")
    yield window
    window.ledger.close()


def test_case_as_drawn_up(window: Window) -> None:
    """The case keeps the catalog it began with, its subject, and what the office has left open."""
    with one_entry(window, "letter.draw-up", "RS-2026-00001") as entry:
        done = window.drawn_up("14", THREE_CHECKS)
    assert (done.number, done.repeated) == ("RS-2026-00001", False)
    case = window.ledger.case(done.number)
    assert {name: value for name, value in case._asdict().items() if value is not None} == {
        "number": "RS-2026-00001", "office": "RS", "year": 2026, "n": 1,
        "official_number": "示人社告承〔2026〕00001号", "item": "rs-14",
        "matter": "职业技能鉴定补贴申领（鉴定机构申领）",
        "catalog_version": window.catalog.version, "catalog_digest": window.catalog.digest,
        "track": "commitment", "status": "drawn-up", "subject": case.subject, "drawn_up_on": "2026-11-24",
        "choice": "commitment",
    }  # fmt: skip
    assert done.warnings == ()  # the complete county leaves nothing open
    assert entry["detail"]["item"] == "rs-14"
    assert entry["detail"]["subject"] == case.subject
    assert entry["detail"]["warnings"] == [warning.code for warning in done.warnings]
    assert entry["tables"] == [
        "counters", "subjects", "commitments", *["commitment_proofs"] * 3, "letters", "personal",
    ]  # fmt: skip
    assert list(window.letters.iterdir()) == []  # nothing of the trial letter is left


def test_proofs_are_kept_as_they_read(window: Window) -> None:
    """In printed order, with their method; where the item asks by circumstance, with the circumstance."""
    number = window.draw_up("14", THREE_CHECKS)
    proofs = window.ledger.proofs_of(number)
    assert [(proof.proof, proof.place, proof.method) for proof in proofs] == [
        (f"rs-14.{n}", n, "onsite") for n in (1, 2, 3)
    ]
    item = window.catalog.item("rs-08")
    assert item is not None
    (proof,) = window.ledger.proofs_of(window.draw_up("8", {**CITIZEN, "proof": "rs-08.5"}))
    named = next(p.name for p in item.proofs if p.id == "rs-08.5")
    assert proof == ProofRow(
        "RS-2026-00002", "rs-08.5", 1, named, "exempt", "复员退役军人；随军家属；复员退役军人"
    )


def test_letter_to_be_made_stands_in_the_ledger(window: Window, tmp_path: Path) -> None:
    """Pending, without digests; its path within the home is relative, elsewhere whole."""
    number = window.draw_up("64", CITIZEN)
    letter = window.ledger.letter(number)
    assert letter is not None
    assert letter[:4] == (number, "pending", f"letters/{number}.docx", None)
    assert window.ledger.pending_letters() == [number]
    elsewhere = tmp_path / "out"
    elsewhere.mkdir()
    window.letters = elsewhere
    second = window.draw_up("64", CITIZEN)
    kept = window.ledger.letter(second)
    assert kept is not None
    assert kept.docx == str(elsewhere / f"{second}.docx")


def test_people_are_kept_sealed_and_whole(window: Window) -> None:
    """Applicant and agent with all their fields; the letter's values among the applicant's."""
    number = window.draw_up("16", WITH_AGENT)
    applicant = window.ledger.personal(number, "applicant")
    values = json.loads(applicant.pop("text"))
    assert applicant == {
        "name": WITH_AGENT["name"], "number": WITH_AGENT["id_number"], "phone": WITH_AGENT["phone"],
        "id_type": "id-card",
    }  # fmt: skip
    assert values["文书编号"] == "示社保告承〔2026〕00001号"
    assert values["公民姓名"] == WITH_AGENT["name"]
    assert window.ledger.personal(number, "agent") == {
        "name": WITH_AGENT["agent_name"], "number": WITH_AGENT["agent_id_number"],
        "phone": WITH_AGENT["agent_phone"], "text": WITH_AGENT["authorization"], "id_type": "id-card",
    }  # fmt: skip
    organization = window.draw_up("14", THREE_CHECKS)
    kept = window.ledger.personal(organization, "applicant")
    for column in ("contact", "address", "site_address"):
        assert kept[column] == ORGANIZATION[column]
    assert window.ledger.personal(organization, "agent") == {}


def test_masked_name_is_all_that_is_shown(window: Window) -> None:
    """Of a citizen; an organization's name is a public register's."""
    shown = [
        found.subject_name
        for number in (window.draw_up("64", CITIZEN), window.draw_up("14", THREE_CHECKS))
        for found in window.ledger.commitments(Query())
        if found.case.number == number
    ]
    assert shown == ["测**", ORGANIZATION["name"]]


def test_same_applicant_is_one_subject(window: Window) -> None:
    """Over offices and items; a new name of an organization is taken over in the same act."""
    first = window.ledger.case(window.draw_up("14", THREE_CHECKS)).subject
    renamed = {**THREE_CHECKS, "name": "荥阳市测试职业技能鉴定所（新）"}
    with one_entry(window, "letter.draw-up") as entry:
        number = window.draw_up("14", renamed)
    assert window.ledger.case(number).subject == first
    assert "subjects" in entry["tables"]
    assert window.ledger.subject(first)["name_shown"] == renamed["name"]
    with one_entry(window, "letter.draw-up") as entry:
        window.draw_up("14", renamed)
    assert "subjects" not in entry["tables"]


@pytest.mark.parametrize(("said", "kept"), [(None, None), ("是", 1), ("否", 0)])
def test_consent_is_kept_as_it_was_given(window: Window, said: str | None, kept: int | None) -> None:
    """Not asked, yes and no are three things."""
    number = window.draw_up("64", CITIZEN | ({"consent": said} if said else {}))
    assert window.ledger.case(number).consent == kept


def test_numbers_follow_the_day_of_the_act(window: Window) -> None:
    """The year of the number is the year the letter is dated."""
    days = (date(2026, 12, 31), date(2027, 1, 1), date(2026, 12, 31))
    drawn = [window.draw_up("64", CITIZEN, an_occasion(day)) for day in days]
    assert drawn == ["SC-2026-00001", "SC-2027-00001", "SC-2026-00002"]


def test_request_repeated(window: Window) -> None:
    """The same request id gives the same number and writes nothing; other contents are refused."""
    when = an_occasion(request_id="申请-1")
    with one_entry(window, "letter.draw-up") as entry:
        first = window.drawn_up("64", CITIZEN, when)
    assert entry["request_id"] == "申请-1"
    again = unchanged(window, lambda: window.drawn_up("64", CITIZEN, when))
    assert again == DrawnUp(first.number, first.warnings, repeated=True)
    other = {**CITIZEN, "phone": "13800000001"}
    refused(window, lambda: window.draw_up("64", other, when), Refused, "申请-1 已用于")
    refused(window, lambda: window.draw_up("65", CITIZEN, when), Refused, "申请-1 已用于")


def test_request_repeated_after_the_catalog_was_filled_in(window: Window) -> None:
    """What the office says of the item is not what was asked for: the repeat stays a repeat."""
    when = an_occasion(request_id="申请-2")
    first = window.draw_up("64", CITIZEN, when)
    items = Items(
        item._replace(contact=Contact("新联系人", "0371-00000001")) for item in window.catalog.items
    )
    window.catalog = window.catalog._replace(items=items)
    assert unchanged(window, lambda: window.drawn_up("64", CITIZEN, when))[:1] == (first,)


def test_open_cases_and_another_name_are_told(window: Window) -> None:
    """Open cases of the same applicant and item, and a number known under another name: told, not refused."""
    first = window.letter("64", CITIZEN)
    assert window.drawn_up("65", CITIZEN)[3:] == ((), False)
    second = window.drawn_up("64", {**CITIZEN, "name": "测试甲乙"})
    assert second[3:] == ((first,), True)
    for step in (window.sign, window.accept, window.conclude):
        step(first)
    assert window.drawn_up("64", CITIZEN).similar == (second.number,)


def test_dry_run_gives_the_warnings_and_writes_nothing(window: Window) -> None:
    """All checks, the trial letter too; the next real one takes the same number."""
    done = unchanged(window, lambda: window.drawn_up("64", CITIZEN, an_occasion(dry_run=True)))
    assert window.drawn_up("64", CITIZEN) == done


def test_agent_where_none_may_act(window: Window, tmp_path: Path) -> None:
    """Where the item forbids one, and where nobody has decided (the county's default, not law)."""
    agent = {key: value for key, value in WITH_AGENT.items() if key.startswith(("agent", "auth"))}
    form = {**CITIZEN, **agent, "proof": "rs-02.1"}
    refused(window, lambda: window.draw_up("2", form), Refused, "不能采用告知承诺")
    shipped = Window(tmp_path / "shipped", complete=False)
    problem = refused(shipped, lambda: shipped.draw_up("64", {**CITIZEN, **agent}), Refused, "不能采用")
    assert [found.code for found in problem.problems] == ["agent-unset"]
    assert "并非法律规定" in problem.problems[0].message


def test_agent_without_authorization(window: Window) -> None:
    """特别授权书 is needed."""
    form = {**WITH_AGENT, "authorization": ""}
    problem = refused(window, lambda: window.draw_up("16", form), Refused, "不能采用告知承诺")
    assert [found.code for found in problem.problems] == ["agent-unauthorised"]


def test_item_not_in_force_on_the_day(window: Window) -> None:
    """Before the catalog took effect."""
    when = an_occasion(date(2020, 1, 1))
    refused(window, lambda: window.draw_up("64", CITIZEN, when), Refused, "不能采用告知承诺")


def test_gaps_of_the_office_refuse_where_the_county_is_formal(tmp_path: Path) -> None:
    """formal: 是 turns the office's gaps into a refusal that names them; otherwise they are warnings."""
    window = Window(tmp_path / "shipped", complete=False)
    warnings = window.drawn_up("64", CITIZEN).warnings
    assert "basis" in {warning.code for warning in warnings}
    (window.home / "catalog").mkdir()
    (window.home / "catalog" / "county.yaml").write_text(
        "name: 示例县\nextends: shipped\nformal: 是\n", encoding="utf-8"
    )
    window.catalog = a_catalog(window.home)
    problem = refused(window, lambda: window.draw_up("64", CITIZEN), Refused, "formal")
    codes = {found.code for found in warnings}
    assert {found.code for found in problem.problems} == codes - {"complaints", "consent"}


def test_folder_that_is_not_there(window: Window) -> None:
    """No number is given for a letter that could not be written."""
    window.letters = window.home / "no" / "such"
    refused(window, lambda: window.draw_up("64", CITIZEN), NotReady, "没有登记")


@pytest.mark.parametrize("template", [b"", b"no docx", b"PK\x03\x04"])
def test_template_that_is_none(window: Window, template: bytes) -> None:
    """No number is given for a letter that could not be filled."""
    window.template = template
    refused(window, lambda: window.draw_up("64", CITIZEN), DocumentFailed, "模板")


def test_lost_key(window: Window) -> None:
    """Nothing is registered whose people could not be kept."""
    next((window.home / "keys").iterdir()).rename(window.home / "elsewhere")
    window.reopen()
    refused(window, lambda: window.draw_up("64", CITIZEN), NotReady, "密钥")


def test_journal_holds_nothing_personal(window: Window) -> None:
    """Neither of the applicant nor of the agent, in any column of any entry."""
    for no, form in (("14", THREE_CHECKS), ("64", CITIZEN), ("16", WITH_AGENT)):
        window.draw_up(no, form, an_occasion(request_id=f"r-{no}"))
    journal_is_impersonal(window)
