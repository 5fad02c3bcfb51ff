"""The documents that belong to a step: filled from the ledger and what was typed, asked for at a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gaozhi_cli.cli.context import Desk
from gaozhi_cli.cli.errors import problem_row
from gaozhi_cli.domain.problem import BadInput, NotFound, NotReady, UsageFault

if TYPE_CHECKING:
    from gaozhi_cli.domain.catalog import Item
    from gaozhi_cli.domain.commitment import Commitment
    from gaozhi_cli.domain.document_kinds import Kind, Source
    from gaozhi_cli.domain.problem import Problem
    from gaozhi_cli.storage.case_papers import Paper
    from gaozhi_cli.storage.ledger import Ledger

Lines = tuple[str, ...]
Facts = Mapping["Source", Lines]


class Papers:
    """One document of a case: its kind, the typed values, where its file goes."""

    def __init__(
        self, desk: Desk, ledger: Ledger, kind: str, typed: Mapping[str, Lines], set_: list[str] | None,
        out: str | None,
    ) -> None:  # fmt: skip
        """``typed``: by blank; ``set_``: ``栏目=内容`` of --set. Raises BadInput, NotReady, UsageFault."""
        from gaozhi_cli.cli.letter_document import given_values
        from gaozhi_cli.domain.documents import read_values
        from gaozhi_cli.storage.document_entries import county_documents

        self._desk, self._ledger, self._out = desk, ledger, out
        found = next((k for k in county_documents(desk.home.catalog) if k.id == kind), None)
        if found is None:
            raise NotReady(f"县里的 catalog/documents.yaml 去掉了文书 {kind}，这一步要用它；请恢复")
        self.kind: Kind = found
        raw: dict[str, object] = {name: list(lines) for name, lines in typed.items() if lines}
        self.typed, problems = read_values(found, raw | given_values(set_, None))
        if problems:
            raise BadInput(f"填写的内容有 {len(problems)} 处问题，没有登记", tuple(problems))

    def item(self, case: Commitment) -> Item:
        """The item of the case, as it was when the case began. Raises NotFound."""
        return item_of(self._desk, case)

    def draw(self, case: Commitment, facts: Facts | None = None, label: str = "") -> Paper:
        """The document, proven whole. ``facts``: what the act knows; ``label``: names the file.

        Raises Refused, BadInput, UsageFault (missing), DocumentFailed.
        """
        from gaozhi_cli.domain.documents import file_name, prove_document
        from gaozhi_cli.rendering.document_docx import document_bytes
        from gaozhi_cli.storage.case_papers import Paper, matter_of_case

        desk = self._desk
        catalog = desk.catalog_of(case.catalog_version)
        matter = matter_of_case(
            case,
            self.item(case),
            catalog=catalog,
            ledger=self._ledger,
            occasion=desk.occasion,
            kind=self.kind,
        )._replace(facts=facts or {}, label=label)
        if desk.settings.interactive:
            from gaozhi_cli.cli.document_questions import ask_missing

            self.typed = ask_missing(self.kind, matter, self.typed)
        try:
            filled = prove_document(self.kind, matter, self.typed, complete=True)
        except BadInput as error:
            absent = [problem.field for problem in error.problems if problem.code == "missing"]
            if len(absent) < len(error.problems):
                raise
            flags = "、".join(FLAGS.get(name, f"--set {name}=…") for name in absent)
            problems = (*error.problems, *choices_offered(self.kind, absent))
            raise UsageFault(f"缺少 {flags}，没有登记", problems) from None
        document, template = document_bytes(self.kind, filled.values, desk.template(self.kind.template))
        return Paper(self.kind, filled, self._folder(case) / file_name(self.kind, matter), document, template)

    def draw_once(self, case: Commitment) -> Paper | None:
        """The document, unless one of its kind was made for the case before and is still there."""
        from gaozhi_cli.storage.case_papers import earlier

        folder = self._folder(case)
        there = folder / f"{case.number}-{self.kind.title}.docx"
        if there.exists() and next(iter(earlier(self.kind, case.number, self._ledger)), None) is not None:
            return None
        return self.draw(case)

    def _folder(self, case: Commitment) -> Path:
        return Path(self._out) if self._out else self._desk.home.letters / case.office / str(case.year)

    def to_bring(self, case: Commitment) -> list[str]:
        """What the applicant brings where nothing is promised (通知五（二）)."""
        return to_bring(self._desk, self._ledger, case)


FLAGS = {
    "不适用情形": "--reason 理由代号",
    "事实和理由": "--text 事实和理由",
    "补正内容": "--lack 缺什么",
    "撤回理由": "--reason 理由",
    "处理内容": "--content 内容",
}


def choices_offered(kind: Kind, names: list[str]) -> list[Problem]:
    """The codes that may be written in the named blanks, where there are any."""
    from gaozhi_cli.domain.problem import Problem

    return [
        Problem("choice", f"{field.name}的代号 {choice.code}：{choice.text}", choice.clause, field.name)
        for field in kind.fields
        if field.name in names
        for choice in field.choices
    ]


def item_of(desk: Desk, case: Commitment) -> Item:
    """The item of a case in the 清单 that the case began with. Raises NotFound."""
    found = desk.catalog_of(case.catalog_version).item(case.item)
    if found is None:
        where = f"{case.number} 的事项 {case.item} 不在清单 {case.catalog_version} 里"
        raise NotFound(f"{where}，请从备份核对清单")
    return found


def to_bring(desk: Desk, ledger: Ledger, case: Commitment) -> list[str]:
    """The proofs that a case's letter had replaced, as they are to be brought now."""
    from gaozhi_cli.domain.document_kinds import Source
    from gaozhi_cli.domain.document_values import Matter, known_lines
    from gaozhi_cli.domain.vocabulary import Method

    rows = ledger.proofs_of(case.number)
    matter = Matter(
        item_of(desk, case), desk.catalog_of(case.catalog_version), desk.today, case,
        tuple((row.name, Method(row.method).label) for row in rows),
        promised=frozenset(row.proof for row in rows),
    )  # fmt: skip
    return list(known_lines(Source.PROOFS_TO_BRING, matter))


def tell_gaps(desk: Desk, kind: Kind, warnings: tuple[Problem, ...]) -> None:
    """Which blanks of the document the office has still to fill in by hand."""
    gaps = [warning.field for warning in warnings if warning.code == "office-gap"]
    if gaps:
        desk.say(f"提示：{kind.title}上下列各栏留空，请单位确定后填写：{'、'.join(gaps)}")
    for warning in warnings:
        if warning.code != "office-gap":
            desk.say(f"提示：{problem_row(warning)['message']}（{warning.clause}）")
