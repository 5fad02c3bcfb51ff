"""制作文书: filled, read back, whole, one entry for a case; nothing twice, nothing over another file."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gaozhi_cli.domain.applicant import Agent, Applicant, Identity
from gaozhi_cli.domain.catalog import Catalog, Decision, Item, choose_proofs
from gaozhi_cli.domain.document_kinds import Kind
from gaozhi_cli.domain.document_values import Matter
from gaozhi_cli.domain.documents import Typed
from gaozhi_cli.domain.letter import Application
from gaozhi_cli.domain.problem import BadInput, NotReady, Refused, UsageFault
from gaozhi_cli.domain.vocabulary import IdType, SubjectKind
from gaozhi_cli.rendering.docx_package import open_package
from gaozhi_cli.rendering.docx_template import paragraphs
from gaozhi_cli.services.draw_up_letter import draw_up_letter
from gaozhi_cli.services.make_document import ACT, MadeDocument, make_document
from gaozhi_cli.services.make_letter import make_letter
from gaozhi_cli.services.sign_commitment import sign_commitment
from gaozhi_cli.storage.case_papers import matter_of_case
from gaozhi_cli.storage.document_entries import county_documents
from gaozhi_cli.storage.home import shipped
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.verify import verify
from tests.builders import CITIZEN, TODAY, a_catalog, a_ledger, an_id_number, an_occasion

REASON: Typed = {"撤回理由": ("改为提交证明",)}
MISSING: Typed = {"补正内容": ("unsigned", "请写明门牌号")}
AGENT = Agent(
    "测试丙", Identity(IdType.ID_CARD, an_id_number("41018219851212004")), "13900000000", "特别授权书"
)


class Office:
    """A home with the shipped catalog and one case of a citizen and an agent."""

    def __init__(self, home: Path) -> None:
        self.home, self.folder = home, home / "文书"
        self.catalog: Catalog = a_catalog(home)
        self.ledger: Ledger = a_ledger(home)
        self.letter = (shipped("templates") / "commitment_letter.docx").read_bytes()
        item = self.item()
        application = Application(
            item._replace(agent=Decision(True)), choose_proofs(item, ())[0],
            Applicant(SubjectKind.CITIZEN, CITIZEN["name"], Identity(IdType.ID_CARD, CITIZEN["id_number"]),
                      CITIZEN["phone"]),
            AGENT, CITIZEN["statement"], no_public=True,
        )  # fmt: skip
        self.number = draw_up_letter(
            application, catalog=self.catalog, ledger=self.ledger, occasion=an_occasion(),
            template=self.letter, folder=home, home=home,
        ).number  # fmt: skip

    def item(self) -> Item:
        """The item of row 64."""
        return self.catalog.items.by_no("64")[0]

    def kind(self, id_: str) -> Kind:
        """A shipped kind."""
        return next(kind for kind in county_documents(self.home) if kind.id == id_)

    def make(self, id_: str, typed: Typed, *, case: bool = True, **more: Any) -> MadeDocument:
        """Make a document about the case, or about the item alone."""
        kind = more.pop("kind", None) or self.kind(id_)
        catalog = more.pop("catalog", self.catalog)
        occasion = more.pop("occasion", an_occasion())
        matter = Matter(self.item(), catalog, occasion.today)
        if case:
            matter = matter_of_case(
                self.ledger.case(self.number), self.item(), catalog=catalog, ledger=self.ledger,
                occasion=occasion, kind=kind,
            )  # fmt: skip
        template = (shipped("templates") / kind.template).read_bytes()
        given = {"template": template, "folder": self.folder, "occasion": occasion} | more
        return make_document(kind, matter, typed, ledger=self.ledger if case else None, **given)

    def entries(self) -> list[dict[str, Any]]:
        """The journal's entries of documents of the case."""
        return [row for row in self.ledger.history(self.number) if row["act"] == ACT]


@pytest.fixture
def office(home: Path) -> Office:
    """An office at work."""
    return Office(home)


def lines(path: Path) -> list[str]:
    """The text of a docx, paragraph by paragraph."""
    return list(paragraphs(open_package(path.read_bytes(), "文书").part("word/document.xml"), "文书"))


def test_a_document_about_a_case_is_one_entry(office: Office) -> None:
    """Kind and digests in the journal, nothing personal; the file holds the people, its name does not."""
    made = office.make("withdrawal", REASON)
    assert made.changed and made.recorded
    assert made.path == office.folder / f"{office.number}-撤回告知承诺申请书.docx"
    data = made.path.read_bytes()
    assert made.sha256 == hashlib.sha256(data).hexdigest()
    text = "".join(lines(made.path))
    for value in (CITIZEN["name"], CITIZEN["id_number"], AGENT.name, AGENT.identity.number, "改为提交证明"):
        assert value in text
    (entry,) = office.entries()
    template = (shipped("templates") / "withdrawal.docx").read_bytes()
    assert json.loads(entry["detail"]) == {
        "document": "withdrawal",
        "title": "撤回告知承诺申请书",
        "sha256": made.sha256,
        "template_sha256": hashlib.sha256(template).hexdigest(),
    }
    assert not [v for v in (CITIZEN["name"], "改为", AGENT.name) if v in str(entry)]
    assert verify(office.ledger).faults == ()
    if os.name == "posix":
        assert stat.S_IMODE(made.path.stat().st_mode) == 0o600


def test_codes_are_journalled_and_words_are_not(office: Office) -> None:
    """Which reasons were coded can be counted; what was typed stays in the document."""
    office.make("supplement-notice", MISSING)
    (entry,) = office.entries()
    facts = json.loads(entry["detail"])
    assert facts["choices"] == {"补正内容": ["unsigned"]}
    assert facts["open"] == ["文号", "补正期限", "提交地点", "机关联系人", "机关联系方式"]
    assert "门牌" not in entry["detail"]


def test_the_same_again_is_not_a_second_document(office: Office) -> None:
    """The same bytes on the same day: the file stays untouched, no second entry."""
    first = office.make("withdrawal", REASON)
    before = first.path.stat().st_mtime_ns
    again = office.make("withdrawal", REASON)
    assert (again.changed, again.recorded, again.sha256) == (False, False, first.sha256)
    assert first.path.stat().st_mtime_ns == before and len(office.entries()) == 1


def test_a_repeated_request_gives_the_first_answer(office: Office) -> None:
    """Also on a later day, and the lost file is made again where its bytes can be the same."""
    first = office.make("withdrawal", REASON, occasion=an_occasion(request_id="r"))
    later = office.make("withdrawal", REASON, occasion=an_occasion(date(2026, 12, 1), request_id="r"))
    assert (later.sha256, later.recorded) == (first.sha256, False) and len(office.entries()) == 1
    first.path.unlink()
    again = office.make("withdrawal", REASON, occasion=an_occasion(request_id="r"))
    assert again.path.is_file() and again.sha256 == first.sha256
    with pytest.raises(Refused, match="请求号"):
        office.make("withdrawal", {"撤回理由": ("别的",)}, occasion=an_occasion(request_id="r"))


def test_another_file_is_not_written_over(office: Office) -> None:
    """Refused with the way out, no entry; overwrite replaces it and is journalled."""
    office.make("withdrawal", REASON)
    other: Typed = {"撤回理由": ("自愿提交证明",)}
    with pytest.raises(UsageFault, match=r"--yes.*--out"):
        office.make("withdrawal", other)
    assert len(office.entries()) == 1
    assert office.make("withdrawal", other, overwrite=True).recorded and len(office.entries()) == 2


def test_what_is_to_be_told_once_is_told_once(office: Office, tmp_path: Path) -> None:
    """A second 一次性补正告知书 with other words is refused, in whatever folder; --yes corrects."""
    office.make("supplement-notice", MISSING)
    more: Typed = {"补正内容": ("unsigned", "no-original")}
    with pytest.raises(Refused, match="2026-11-24 出具过一次性补正告知书") as caught:
        office.make("supplement-notice", more, folder=tmp_path / "other")
    assert caught.value.problems[0].clause == "规程四（一）" and not (tmp_path / "other").exists()
    assert office.make("supplement-notice", more, overwrite=True).recorded


def test_a_dry_run_leaves_nothing(office: Office) -> None:
    """Checked and told; neither file nor folder nor entry."""
    made = office.make("withdrawal", REASON, occasion=an_occasion(dry_run=True))
    assert made.changed and not made.recorded
    assert not office.folder.exists() and not office.entries()
    office.make("guide-sheet", {}, case=False, occasion=an_occasion(dry_run=True))
    assert not office.folder.exists()


def test_a_folder_that_cannot_be_written_leaves_no_entry(office: Office) -> None:
    """The entry and the file come together or not at all."""
    office.folder.write_text("not a folder")
    with pytest.raises(NotReady, match="没有出具"):
        office.make("withdrawal", REASON)
    assert not office.entries()


def test_missing_values_are_told_together(office: Office) -> None:
    """All that is missing, nothing written; a draft has underlines and is not recorded."""
    with pytest.raises(BadInput) as caught:
        office.make("refusal-notice", {})
    assert [p.field for p in caught.value.problems] == ["不适用情形", "事实和理由"]
    assert not office.folder.exists() and not office.entries()
    made = office.make("refusal-notice", {}, draft=True)
    assert made.path.name.endswith("-草稿.docx") and not made.recorded and not office.entries()
    assert any("____" in line for line in lines(made.path))


def test_a_form_about_an_item_alone_is_for_the_hand(office: Office) -> None:
    """Underlines for people and reasons, the item printed, no entry; a 公文 has to be complete."""
    for id_ in ("withdrawal", "authorization", "guide-sheet"):
        made = office.make(id_, {}, case=False)
        assert made.path.name.startswith("sc-64-") and not made.recorded
        assert any("个体工商户设立登记" in line for line in lines(made.path))
    assert not office.entries()
    with pytest.raises(BadInput):
        office.make("refusal-notice", {}, case=False)


def test_the_sheet_about_a_case_says_what_its_letter_says(office: Office) -> None:
    """可否代为、是否公开 and the proofs as the applicant was told, whatever the 清单 says."""
    text = "".join(lines(office.make("guide-sheet", {}).path))
    assert office.item().agent is None and office.item().disclosure is None
    assert "本证明事项可以代为承诺。由委托代理人代替申请人作出承诺的" in text and "本承诺书不予公开。" in text
    assert "应当提交下列证明：1．" in text
    alone = "".join(lines(office.make("guide-sheet", {}, case=False).path))
    assert "本承诺书不予公开" not in alone and "可以代为承诺" not in alone


def test_a_formal_county_hands_out_nothing_with_open_blanks(office: Office) -> None:
    """formal: 是 refuses with each open blank of the office; drafts and empty forms are still made."""
    county = office.catalog.county._replace(formal=True)
    formal = office.catalog._replace(county=county)
    with pytest.raises(Refused, match="formal") as caught:
        office.make("supplement-notice", MISSING, catalog=formal)
    fields = [problem.field for problem in caught.value.problems]
    assert {"文号", "补正期限", "提交地点", "机关联系人"} <= set(fields)
    office.make("supplement-notice", MISSING, catalog=formal, draft=True)
    office.make("withdrawal", {}, case=False, catalog=formal)


def test_too_late_is_refused(office: Office) -> None:
    """Once accepted nothing is left to be supplemented; the withdrawal is still open."""
    make_letter(office.number, ledger=office.ledger, occasion=an_occasion(), template=office.letter,
                home=office.home)  # fmt: skip
    sign_commitment(office.number, ledger=office.ledger, occasion=an_occasion())
    with pytest.raises(BadInput) as caught:
        office.make("supplement-notice", MISSING)
    assert "已登记签署" in caught.value.problems[0].message
    office.make("supplement-notice", {"补正内容": ("no-original",)})
    with office.ledger.transaction() as act:
        act.change_commitment(office.number, status="accepted", accepted_on=TODAY.isoformat())
        act.record(an_occasion().entry("commitment.accept", office.number))
    with pytest.raises(Refused, match="已受理，不能再出具特别授权委托书"):
        office.make("authorization", {"授权期限": ("一年",)})
    assert office.make("withdrawal", REASON).recorded


def test_a_case_that_changed_meanwhile_is_looked_at_again(office: Office) -> None:
    """What was read before the lock must still hold within it."""
    kind = office.kind("withdrawal")
    matter = matter_of_case(
        office.ledger.case(office.number), office.item(), catalog=office.catalog, ledger=office.ledger,
        occasion=an_occasion(), kind=kind,
    )  # fmt: skip
    with office.ledger.transaction() as act:
        act.change_commitment(office.number, status="concluded")
        act.record(an_occasion().entry("commitment.conclude", office.number))
    template = (shipped("templates") / kind.template).read_bytes()
    with pytest.raises(NotReady, match="再运行一次"):
        make_document(kind, matter, REASON, template=template, folder=office.folder, ledger=office.ledger,
                      occasion=an_occasion())  # fmt: skip
    assert not office.folder.exists()


@pytest.mark.parametrize("text", ["{{ 7*7 }}", "甲&<>\"'乙", "𠮷㛃", "=1+1", "{%p for 行 in 列 %}"])
def test_words_are_carried_as_they_are(office: Office, text: str) -> None:
    """Nothing that is typed is taken for a tag or for XML."""
    made = office.make("withdrawal", {"撤回理由": (text,)})
    assert text in lines(made.path)


def test_a_lost_document_of_a_request_is_not_made_otherwise(office: Office) -> None:
    """A 公文 of an earlier day would carry another date today: said, not written."""
    first = office.make("supplement-notice", MISSING, occasion=an_occasion(request_id="r"))
    first.path.unlink()
    later = date(2026, 12, 1)
    with pytest.raises(NotReady, match="从备份放回"):
        office.make("supplement-notice", MISSING, occasion=an_occasion(later, request_id="r"))
    assert not first.path.exists() and len(office.entries()) == 1
    again = office.make(
        "supplement-notice", MISSING, occasion=an_occasion(later, request_id="s"), overwrite=True
    )
    assert again.recorded and again.sha256 != first.sha256 and len(office.entries()) == 2
