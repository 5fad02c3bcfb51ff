"""清单: items (行政事项), their proof trees (证明), and finding one's way in them (通知五（一）, 附件1).

An item keeps its printed text beside the structured form. What the printed catalog does not give
(依据, 证明内容, 代为承诺, 公开, 核查时间) is None or empty here and named by ``missing``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.county import Contact, County, Office
from gaozhi_cli.domain.parameters import Dated, Parameter, value_on
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.vocabulary import GroupKind, Method

NOBODY = Contact()


class Basis(NamedTuple):
    """设定证明的依据 as 条/款/项 (附件2 二（三）); numbers are text, empty where the citation has none."""

    law: str
    article: str
    text: str
    version: str = ""
    paragraph: str = ""
    subparagraph: str = ""
    source: str = ""

    @property
    def place(self) -> str:
        """第…条第…款第…项, without the parts the citation does not have."""
        parts = ((self.article, "条"), (self.paragraph, "款"), (self.subparagraph, "项"))
        return "".join(f"第{number}{unit}" for number, unit in parts if number)


class Decision(NamedTuple):
    """A yes or no that the county took for an item, with its source (代为承诺, 公开)."""

    yes: bool
    source: str = ""
    period: str = ""


class Proof(NamedTuple):
    """证明: one leaf of the proof tree with its own 核查方式. ``periods`` are working days, dated."""

    id: str
    name: str
    method: Method
    issuer: str = ""
    standard: str = ""
    basis: tuple[Basis, ...] = ()
    content: tuple[str, ...] = ()
    periods: tuple[Dated, ...] = ()


class Group(NamedTuple):
    """Several nodes of which all, any one, or the one of the applicant's circumstance is asked."""

    kind: GroupKind
    nodes: tuple[Node, ...]
    name: str = ""


class Branch(NamedTuple):
    """One circumstance (情形) and what is asked in it."""

    when: str
    node: Node


Node = Proof | Group | Branch


class Printed(NamedTuple):
    """The row as printed in 附件1, word for word."""

    office: str
    matter: str
    proofs: str
    method: str


class Item(NamedTuple):
    """行政事项: one row of the 清单. ``agent``/``disclosure`` None = the office has not decided."""

    id: str
    no: str
    office: str
    matter: str
    tree: Node
    printed: Printed | None
    reading: str = ""
    basis: tuple[Basis, ...] = ()
    content: tuple[str, ...] = ()
    agent: Decision | None = None
    disclosure: Decision | None = None
    contact: Contact = NOBODY
    periods: tuple[Dated, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None

    @property
    def proofs(self) -> tuple[Proof, ...]:
        """All leaves in printed order."""
        return tuple(leaf.proof for leaf in leaves(self.tree))

    @property
    def methods(self) -> tuple[Method, ...]:
        """核查方式 of the leaves, each once, in printed order."""
        return tuple(dict.fromkeys(proof.method for proof in self.proofs))


class Catalog(NamedTuple):
    """A dated version of all items, with the county's offices, settings and parameters."""

    version: str
    effective: date
    title: str
    source: str
    county: County
    offices: tuple[Office, ...]
    items: tuple[Item, ...]
    parameters: tuple[Parameter, ...] = ()
    digest: str = ""
    calendar_years: tuple[CalendarYear, ...] = ()

    def office(self, code: str) -> Office:
        """The office with a code. Raises KeyError."""
        for office in self.offices:
            if office.code == code:
                return office
        raise KeyError(code)

    def item(self, id_: str) -> Item | None:
        """The item with an id, in force or not."""
        return next((item for item in self.items if item.id == id_), None)

    def parameter(self, id_: str) -> Parameter | None:
        """The parameter with an id."""
        return next((p for p in self.parameters if p.id == id_), None)


class CalendarYear(NamedTuple):
    """A year's 节假日 and 调休 as the county typed it; ``published`` False = 暂定."""

    year: int
    published: bool
    source: str
    holidays: tuple[date, ...] = ()
    workdays: tuple[date, ...] = ()


class Leaf(NamedTuple):
    """A proof with its place: kind of the nearest group, the circumstances that lead to it."""

    proof: Proof
    group: GroupKind
    when: tuple[str, ...] = ()
    choices: tuple[tuple[str, int], ...] = ()


def leaves(
    node: Node,
    group: GroupKind = GroupKind.ALL,
    when: tuple[str, ...] = (),
    choices: tuple[tuple[str, int], ...] = (),
    path: str = "",
) -> Iterator[Leaf]:
    """The proofs of a tree in order. ``choices`` names, per exclusive group above, the branch taken."""
    if isinstance(node, Proof):
        yield Leaf(node, group, when, choices)
    elif isinstance(node, Branch):
        yield from leaves(node.node, group, (*when, node.when), choices, path)
    else:
        exclusive = node.kind is not GroupKind.ALL
        for place, child in enumerate(node.nodes):
            taken = (*choices, (path, place)) if exclusive else choices
            yield from leaves(child, node.kind, when, taken, f"{path}/{place}")


def in_force(item: Item, catalog: Catalog, day: date) -> bool:
    """Whether letters may start for the item on ``day``: version in effect, within its own dates."""
    begun = day >= max(filter(None, (catalog.effective, item.valid_from)))
    return begun and (item.valid_until is None or day <= item.valid_until)


def find_items(catalog: Catalog, text: str, day: date) -> list[Item]:
    """Items in force meant by ``text``: printed 序号 or id (at most one), the matter's name or words of it.

    Words that no matter holds are looked for in the proofs' names.
    """
    wanted = _row_or_words(text)
    items = [item for item in catalog.items if in_force(item, catalog, day)]
    exact = [item for item in items if wanted == item.no or wanted.lower() == item.id]
    if exact or not wanted or wanted.isdecimal():
        return exact
    same = [item for item in items if wanted == item.matter]
    named = [item for item in items if all(word in item.matter for word in wanted.split())]
    return same or named or search_items(items, wanted)


def _row_or_words(text: str) -> str:
    """``text`` in normal width; a row number also as ６４, 064, 64号 or 第64项."""
    wanted = unicodedata.normalize("NFKC", text).strip()
    row = re.fullmatch(r"第?0*(\d+)[号项]?", wanted)
    return row[1] if row else text.strip()


def search_items(items: list[Item], words: str) -> list[Item]:
    """Items that hold every word in their matter, proofs or id."""
    asked = words.lower().split()

    def text(item: Item) -> str:
        names = " ".join(proof.name for proof in item.proofs)
        return f"{item.matter} {names} {item.id}".lower()

    return [item for item in items if all(word in text(item) for word in asked)]


def near_items(catalog: Catalog, text: str, day: date, limit: int = 3) -> list[Item]:
    """Items in force whose matter is like ``text``, nearest first; those sharing most characters."""
    wanted = set(text)

    def likeness(item: Item) -> float:
        return len(wanted & set(item.matter)) / (len(wanted | set(item.matter)) or 1)

    items = [item for item in catalog.items if in_force(item, catalog, day)]
    return [i for i in sorted(items, key=likeness, reverse=True)[:limit] if likeness(i) > 0]


def choose_proofs(item: Item, asked: tuple[str, ...]) -> tuple[tuple[Leaf, ...], list[Problem]]:
    """The proofs a letter replaces, asked for by id or name; without ``asked`` all, if there is no choice.

    One branch of each 情形 and one of each 任选其一 at most; the applicant may promise only some of
    an ``all`` group and bring the other proofs (通知五（二）：自主选择).
    """
    every = tuple(leaves(item.tree))
    names = {leaf.proof.name: leaf.proof.id for leaf in every}
    asked = tuple(names.get(name, name.lower()) for name in asked)
    known = {leaf.proof.id: leaf for leaf in every}
    problems = [
        Problem("proof-unknown", f"事项 {item.no} 没有所写的第 {n} 项证明", field="proof")
        for n, name in enumerate(asked, start=1)
        if name not in known
    ]
    if problems:
        return (), problems
    chosen = tuple(leaf for leaf in every if leaf.proof.id in asked) if asked else every
    taken: dict[str, int] = {}
    for leaf in chosen:
        for group, place in leaf.choices:
            if taken.setdefault(group, place) != place:
                code = "proof-choice" if asked else "proof-needed"
                message = (
                    "所选证明分属不同情形或可任选其一，请只选一种"
                    if asked
                    else "本事项的证明按情形或任选其一，请选明"
                )
                return (), [Problem(code, message, "附件1（整理时的解读）", "proof")]
    return chosen, []


def periods_for(proof: Proof, item: Item, catalog: Catalog, day: date | None = None) -> tuple[Dated, ...]:
    """核查期限 of a proof: its own, else its item's, else the county's for its method (通知五（三）).

    With ``day``, the first of these that is in force then: one that begins later hides nothing.
    """
    general = catalog.parameter(f"verification.period.{proof.method.value}")
    levels = (proof.periods, item.periods, general.values if general else ())
    return next((level for level in levels if level and (day is None or value_on(level, day))), ())


def missing(item: Item, catalog: Catalog, day: date) -> list[Problem]:
    """What the office has still to fill in for a complete letter and plan of verification."""
    office = catalog.office(item.office)
    gaps: list[Problem] = []

    def gap(code: str, message: str, clause: str) -> None:
        gaps.append(Problem(code, message, clause, code))

    if not all(proof.basis or item.basis for proof in item.proofs):
        gap("basis", "未填设定证明的依据", "附件2 二（三）")
    if not all(proof.content or item.content for proof in item.proofs):
        gap("content", "未填证明的内容", "附件2 二（四）")
    if item.agent is None:
        gap("agent", "未定可否代为承诺（本县默认不接受，并非法律规定）", "附件2 二（五）")
    if item.disclosure is None:
        gap("disclosure", "未定承诺书是否公开", "附件2 二（八）")
    contact = contact_of(item, office)
    if not contact.person:
        gap("contact_person", "未填行政机关联系人", "附件2 一（三）")
    if not contact.phone:
        gap("contact_phone", "未填行政机关联系方式", "附件2 一（三）")
    if not catalog.county.complaints:
        gap("complaints", "未填投诉举报方式", "通知五（六）")
    checked = [proof for proof in item.proofs if proof.method is not Method.EXEMPT]
    if not all(value_on(periods_for(proof, item, catalog, day), day) for proof in checked):
        gap("period", "未定核查期限", "通知五（三）")
    if not all(proof.standard for proof in checked):
        gap("standard", "未定核查标准", "通知五（三）")
    if not all(proof.issuer for proof in item.proofs):
        gap("issuer", "未填证明的开具单位", "通知四")
    return gaps


def contact_of(item: Item, office: Office) -> Contact:
    """The item's own contact where given, each half else the office's."""
    return Contact(item.contact.person or office.contact.person, item.contact.phone or office.contact.phone)
