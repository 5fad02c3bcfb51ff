"""A window at which other agencies are asked, and answer; its case has three open checks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from gaozhi_cli.domain.assistance import Assistance, answer_due
from gaozhi_cli.domain.documents import Typed, file_name, prove_document
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.parameters import value_on
from gaozhi_cli.domain.vocabulary import AssistanceResult
from gaozhi_cli.rendering.document_docx import document_bytes
from gaozhi_cli.services.answer_assistance import Answered, answer_assistance
from gaozhi_cli.services.ask_assistance import Asked, ask_assistance
from gaozhi_cli.services.refuse_assistance import RefusedHelp, refuse_assistance
from gaozhi_cli.services.remind_assistance import Reminded, remind_assistance
from gaozhi_cli.storage.assistances import asked_check, request_facts, the_check
from gaozhi_cli.storage.case_papers import Paper, matter_of_case
from gaozhi_cli.storage.document_entries import county_documents
from gaozhi_cli.storage.home import Home
from tests.builders import CITIZEN, TODAY, an_occasion
from tests.services.course import Course
from tests.storage.test_ledger_contract import THREE_CHECKS

CASE = "RS-2026-00001"


class Assisting(Course):
    """A clerk's window; ``CASE`` of an organization has three open checks."""

    def __init__(self, home: Path, *, complete: bool = True) -> None:
        super().__init__(home, complete=complete)
        number = self.letter("14", THREE_CHECKS)
        self.sign(number)
        self.accept(number)
        assert number == CASE

    def person(self) -> str:
        """A check of a citizen's case."""
        number = self.letter("16", {**CITIZEN, "statement": "参保人已经死亡"})
        self.sign(number)
        self.accept(number)
        return next(check.id for check in self.ledger.checks_of(number))

    def drawn(
        self, kind_id: str, typed: Typed, label: str = "", when: Occasion | None = None
    ) -> Callable[[Assistance], Paper]:
        """What makes a document of a request."""

        def paper(request: Assistance) -> Paper:
            kind = next(kind for kind in county_documents(self.home / "catalog") if kind.id == kind_id)
            case, check = self.ledger.case(request.number), the_check(self.ledger, request)
            item = self.catalog.item(case.item)
            assert item is not None
            names = {office.code: office.name for office in self.catalog.offices}
            facts = request_facts(request, check, names.get(request.agency, request.agency), "")
            matter = matter_of_case(
                case, item, catalog=self.catalog, ledger=self.ledger, occasion=when or an_occasion(),
                kind=kind,
            )._replace(facts=facts, label=label or request.id)  # fmt: skip
            filled = prove_document(kind, matter, typed, complete=True)
            template = Home(self.home).template(kind.template).read_bytes()
            document, sha256 = document_bytes(kind, filled.values, template)
            return Paper(kind, filled, self.letters / file_name(kind, matter), document, sha256)

        return paper

    def ask(
        self, target: str = f"{CASE}-1", agency: str = "SC", when: Occasion | None = None,
        due: date | None = None, draw: Callable[[Assistance], Paper] | None = None, content: str = "",
    ) -> Asked:  # fmt: skip
        """请求协助核查."""
        period = self.catalog.parameter("assistance.period")
        assert period is not None
        day = (when or an_occasion()).today
        typed: Typed = {"请求协助的内容": (content,)} if content else {}
        return ask_assistance(
            asked_check(self.ledger, target), agency,
            answer_due(day, value_on(period.values, day), due, self.calendar),
            set_to=due, asked=typed, draw=draw or self.drawn("assist-letter", typed, when=when),
            ledger=self.ledger, occasion=when or an_occasion(),
        )  # fmt: skip

    def remind(self, id_: str, reason: str = "", when: Occasion | None = None) -> Reminded:
        """催办."""

        def draw(request: Assistance) -> Paper:
            typed: Typed = {"催办次数": (f"第 {request.reminders} 次",)}
            return self.drawn("assist-reminder", typed, f"{id_}-{request.reminders}", when)(request)

        return remind_assistance(
            id_, reason, draw=draw, ledger=self.ledger, occasion=when or an_occasion()
        )  # fmt: skip

    def answer(
        self, id_: str, result: AssistanceResult = AssistanceResult.CONFIRMED, text: str = "登记信息一致",
        when: Occasion | None = None, check: str | None = None, sha256: str | None = None,
    ) -> Answered:  # fmt: skip
        """答复."""
        return answer_assistance(
            id_, result, text, ledger=self.ledger, occasion=when or an_occasion(), check=check,
            sha256=sha256,
        )  # fmt: skip

    def cannot(
        self, id_: str, reason: str = "该项业务不由本机关办理", when: Occasion | None = None,
        sha256: str | None = None,
    ) -> RefusedHelp:  # fmt: skip
        """不能协助."""
        typed: Typed = {"不能协助的理由": (reason,)}
        return refuse_assistance(
            id_, reason, draw=self.drawn("assist-refusal", typed, when=when), ledger=self.ledger,
            occasion=when or an_occasion(), sha256=sha256,
        )  # fmt: skip


def on(month: int, day: int, request_id: str | None = None) -> Occasion:
    """An occasion on a day of the year."""
    return an_occasion(TODAY.replace(month=month, day=day), request_id)
