"""A window whose acts are those beside the straight way, with the documents that belong to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gaozhi_cli.domain.applicant import Applicant, Identity
from gaozhi_cli.domain.commitment import Commitment
from gaozhi_cli.domain.documents import Typed, file_name, prove_document
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.vocabulary import IdType, OrdinaryReason, ServedWay, SubjectKind
from gaozhi_cli.rendering.document_docx import document_bytes
from gaozhi_cli.rendering.docx_package import open_package
from gaozhi_cli.rendering.docx_template import paragraphs
from gaozhi_cli.services.check_materials import Checked, check_materials
from gaozhi_cli.services.conclude_ordinary import conclude_ordinary
from gaozhi_cli.services.open_ordinary import open_ordinary
from gaozhi_cli.services.refuse_commitment import Refusal, refuse_commitment
from gaozhi_cli.services.serve_decision import serve_decision
from gaozhi_cli.services.supplement_commitment import Supplement, ask_supplement, receive_supplement
from gaozhi_cli.services.withdraw_commitment import Withdrawn, withdraw_commitment
from gaozhi_cli.storage.case_papers import Paper, matter_of_case
from gaozhi_cli.storage.document_entries import county_documents
from gaozhi_cli.storage.home import Home
from tests.builders import CITIZEN, an_occasion
from tests.storage.test_ledger_contract import Window

REASONS: Typed = {"不适用情形": ("not-met",), "事实和理由": ("测试甲所述与告知的条件不符",)}


class Course(Window):
    """A clerk's window with the side steps; documents lie in ``papers``."""

    def draw(self, kind_id: str, typed: Typed, when: Occasion | None = None) -> Callable[[Commitment], Paper]:
        """What makes the document of a kind for a case."""

        def paper(case: Commitment) -> Paper:
            kind = next(kind for kind in county_documents(self.home / "catalog") if kind.id == kind_id)
            item = self.catalog.item(case.item)
            assert item is not None
            matter = matter_of_case(
                case,
                item,
                catalog=self.catalog,
                ledger=self.ledger,
                occasion=when or an_occasion(),
                kind=kind,
            )
            filled = prove_document(kind, matter, typed, complete=True)
            template = Home(self.home).template(kind.template).read_bytes()
            document, sha256 = document_bytes(kind, filled.values, template)
            return Paper(kind, filled, self.home / "papers" / file_name(kind, matter), document, sha256)

        return paper

    def check(self, number: str, when: Occasion | None = None, *, complete: bool = True) -> Checked:
        """审查材料."""
        item = self.catalog.item(self.ledger.case(number).item)
        assert item is not None
        return check_materials(
            number, item=item, ledger=self.ledger, occasion=when or an_occasion(), complete=complete
        )

    def supplement(
        self, number: str, *lacking: str, when: Occasion | None = None, until: date | None = None,
        correction: str | None = None,
    ) -> Supplement:  # fmt: skip
        """一次性补正."""
        draw = self.draw("supplement-notice", {"补正内容": lacking}, when)
        return ask_supplement(
            number, lacking, until, draw=draw, ledger=self.ledger, occasion=when or an_occasion(),
            correction=correction,
        )  # fmt: skip

    def receive(self, number: str, when: Occasion | None = None) -> Supplement:
        """补正收齐."""
        return receive_supplement(number, ledger=self.ledger, occasion=when or an_occasion())

    def refuse(self, number: str, typed: Typed = REASONS, when: Occasion | None = None) -> Refusal:
        """不予适用."""
        draw = self.draw("refusal-notice", typed, when)
        return refuse_commitment(
            number, asked=typed, draw=draw, ledger=self.ledger, occasion=when or an_occasion()
        )

    def withdraw(self, number: str, reason: str = "已取得证明", when: Occasion | None = None) -> Withdrawn:
        """撤回."""
        draw = self.draw("withdrawal", {"撤回理由": (reason,)}, when)
        return withdraw_commitment(
            number, reason, draw=draw, ledger=self.ledger, occasion=when or an_occasion()
        )

    def ordinary(self, when: Occasion | None = None, **more: Any) -> str:
        """A case of the 一般程序."""
        who = Applicant(
            SubjectKind.CITIZEN, CITIZEN["name"], Identity(IdType.ID_CARD, CITIZEN["id_number"]),
            CITIZEN["phone"],
        )  # fmt: skip
        item = self.catalog.items.by_no(more.pop("no", "64"))[0]
        because = more.pop("because", OrdinaryReason.NOT_CHOSEN)
        return open_ordinary(
            who, item, because, catalog=self.catalog, ledger=self.ledger, occasion=when or an_occasion()
        ).number

    def conclude_ordinary(self, number: str, when: Occasion | None = None) -> str:
        """按一般程序办结."""
        return conclude_ordinary(number, ledger=self.ledger, occasion=when or an_occasion()).status

    def serve(self, number: str, when: Occasion | None = None, **more: Any) -> ServedWay:
        """送达."""
        way = more.pop("way", ServedWay.DIRECT)
        return serve_decision(number, way, ledger=self.ledger, occasion=when or an_occasion(), **more).way


@pytest.fixture
def course(tmp_path: Path) -> Iterator[Course]:
    """A window with an empty ledger."""
    window = Course(tmp_path / "county")
    yield window
    window.ledger.close()


def text_of(path: Path) -> str:
    """The text of a docx."""
    return "\n".join(paragraphs(open_package(path.read_bytes(), "文书").part("word/document.xml"), "文书"))
