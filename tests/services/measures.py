"""A window whose acts are those that follow a finding 不实 or 未履行 (处理)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from gaozhi_cli.domain.catalog import Item
from gaozhi_cli.domain.commitment import Commitment
from gaozhi_cli.domain.documents import Typed, file_name, prove_document
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.outcome import Outcome
from gaozhi_cli.domain.outcome_papers import Facts
from gaozhi_cli.domain.vocabulary import Finding, Measure, ServedWay
from gaozhi_cli.rendering.document_docx import document_bytes
from gaozhi_cli.services.decide_outcome import Decided, Decision, decide_outcome
from gaozhi_cli.services.drop_outcome import Dropped, drop_outcome
from gaozhi_cli.services.hear_outcome import hear_outcome
from gaozhi_cli.services.hold_hearing import hold_hearing
from gaozhi_cli.services.notice_outcome import Noticed, notice_outcome
from gaozhi_cli.services.recheck_outcome import Rechecked, recheck_outcome
from gaozhi_cli.services.serve_outcome import serve_outcome
from gaozhi_cli.storage.case_papers import Paper, matter_of_case
from gaozhi_cli.storage.document_entries import county_documents
from gaozhi_cli.storage.home import Home
from gaozhi_cli.storage.measure_entries import county_measures
from gaozhi_cli.storage.outcomes import outcome_called
from tests.builders import ORGANIZATION, an_occasion
from tests.storage.test_ledger_contract import Window

PROMISE = ORGANIZATION | {"proof": "rs-04.1", "site_address": ""}
SECRET = "测试乙称登记信息尚未更新"
TYPED: Typed = {
    "事实和理由": ("营业执照记载与承诺不符",),
    "处理内容": ("罚款一万元",),
    "证据": ("登记信息比对结果",),
    "履行方式和期限": ("到指定银行缴纳",),
    "原决定": ("劳务派遣经营许可",),
    "受移送单位": ("某某公安局",),
    "案件材料": ("report", "letter"),
}


def on(day: str, **more: Any) -> Occasion:
    """An occasion on a day."""
    return an_occasion(date.fromisoformat(day), **more)


class Measures(Window):
    """A clerk's window; documents lie in ``papers``."""

    def found(self, finding: Finding = Finding.FALSE, *, concluded: bool = False, **form: str) -> str:
        """The number of a case whose only check was closed with a finding."""
        number = self.letter("4", PROMISE | form)
        self.sign(number)
        self.accept(number)
        if concluded:
            self.conclude(number)
        self.close(f"{number}-1", finding=finding)
        return number

    def item(self, case: Commitment) -> Item:
        """The item of a case."""
        found = self.catalog.item(case.item)
        assert found is not None
        return found

    def paper(self, kind_id: str, when: Occasion) -> Callable[[Commitment, Facts, str], Paper]:
        """What makes a document of a kind."""
        kind = next(kind for kind in county_documents(self.home / "catalog") if kind.id == kind_id)
        typed = {name: lines for name, lines in TYPED.items() if name in kind.blanks}

        def draw(case: Commitment, facts: Facts, label: str) -> Paper:
            matter = matter_of_case(
                case, self.item(case), catalog=self.catalog, ledger=self.ledger, occasion=when, kind=kind
            )._replace(facts=facts, label=label)
            filled = prove_document(kind, matter, typed, complete=True)
            template = Home(self.home).template(kind.template).read_bytes()
            document, sha256 = document_bytes(kind, filled.values, template)
            return Paper(kind, filled, self.home / "papers" / file_name(kind, matter), document, sha256)

        return draw

    def notice(self, target: str, measure: Measure, when: Occasion, **options: Any) -> Noticed:
        """事先告知, served the same day unless ``way`` is None."""
        rule = county_measures(self.home / "catalog")[measure]
        options = {"way": ServedWay.DIRECT, **options}
        draw = self.paper(rule.notice_kind or "outcome-notice", when)
        return notice_outcome(
            target, rule, item=self.item, asked=TYPED, draw=draw,
            ledger=self.ledger, occasion=when, calendar=self.calendar, **options,
        )  # fmt: skip

    def serve(self, id_: str, when: Occasion, **options: Any) -> Outcome:
        """送达."""
        rule = county_measures(self.home / "catalog")[Measure(outcome_called(self.ledger, id_).measure)]
        return serve_outcome(id_, rule, ledger=self.ledger, occasion=when, calendar=self.calendar, **options)

    def hear(self, id_: str, when: Occasion, **options: Any) -> Outcome:
        """陈述申辩."""
        options = options if "waived" in options else {"text": SECRET, **options}
        return hear_outcome(id_, ledger=self.ledger, occasion=when, **options)

    def hearing(
        self, id_: str, when: Occasion, *, held: bool, text: str = SECRET, off: bool = False
    ) -> Outcome:
        """听证."""
        return hold_hearing(id_, held=held, off=off, ledger=self.ledger, occasion=when, text=text)

    def decide(self, target: str, measure: Measure, when: Occasion, **options: Any) -> Decided:
        """决定: a measure by its id, or one that needs no notice by its case."""
        rule = county_measures(self.home / "catalog")[measure]
        options = {"document": f"示人社处〔2026〕{target[-1]}号", "content": "变更登记", **options}
        about = outcome_called(self.ledger, target) if "-M" in target else target
        return decide_outcome(
            about, rule, Decision(**options), item=self.item, asked=TYPED,
            draw=self.paper(rule.decision_kind, when), ledger=self.ledger, occasion=when,
            calendar=self.calendar,
        )  # fmt: skip

    def drop(self, id_: str, when: Occasion, text: str = "申辩成立", **options: Any) -> Dropped:
        """不予处理."""
        return drop_outcome(id_, text, ledger=self.ledger, occasion=when, **options)

    def recheck(self, id_: str, when: Occasion, **options: Any) -> Rechecked:
        """整改复查."""
        return recheck_outcome(id_, ledger=self.ledger, occasion=when, **options)
