"""清单: items (行政事项) and their proof trees (证明) as values (通知五（一）, 附件1).

An item keeps its printed text beside the structured form. What the printed catalog does not give
(依据, 证明内容, 代为承诺, 公开, 核查时间 …) is None or empty here and named by ``readiness``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple, overload

from gaozhi_cli.domain.check_plan import CheckPlan, Weight
from gaozhi_cli.domain.county import Contact, County, Office
from gaozhi_cli.domain.materials import Material
from gaozhi_cli.domain.parameters import Parameter
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.sanction import Sanction
from gaozhi_cli.domain.vocabulary import GroupKind, HandlingChannel, Level, Method, Trigger

NOBODY = Contact()
# 通知四: what 告知承诺制 is not for
EXCLUDED_AREAS = (
    "国家安全", "国家秘密", "公共安全", "金融业审慎监管", "生态环境保护",
    "人身健康", "生命财产安全", "重要涉外",
)  # fmt: skip


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
    """A yes or no that the county took for an item, with its source (代为承诺, 公开).

    ``period``: 公开时限; ``guardian``: whether a 法定监护人 may promise (None = not decided).
    """

    yes: bool
    source: str = ""
    period: str = ""
    guardian: bool | None = None


class Judgement(NamedTuple):
    """A level (风险等级, 频次 or 难度 in words) with its source or rationale."""

    level: Level
    source: str = ""


class Frequency(NamedTuple):
    """频次: how many cases a year, which year was counted, from where (规程一)."""

    cases: int
    year: str = ""
    source: str = ""


class Assessment(NamedTuple):
    """Whether a proof falls under the exclusions of 通知四: the area looked at, ground, assessor, date."""

    excluded: bool
    area: str
    ground: str
    assessor: str
    day: date


class Proof(NamedTuple):
    """证明: one leaf of the proof tree with its own 核查方式. ``plans``: how it is checked, dated.

    ``issuer_source``: from where the 开具单位 is known.
    """

    id: str
    name: str
    method: Method
    issuer: str = ""
    standard: str = ""
    basis: tuple[Basis, ...] = ()
    content: tuple[str, ...] = ()
    plans: tuple[CheckPlan, ...] = ()
    issuer_source: str = ""
    assessment: Assessment | None = None


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


class Sounds(NamedTuple):
    """Pinyin of a matter and its proofs, every reading that names may need: full and initials."""

    matter: tuple[str, ...] = ()
    matter_initials: tuple[str, ...] = ()
    proofs: tuple[str, ...] = ()
    proofs_initials: tuple[str, ...] = ()


class Item(NamedTuple):
    """行政事项: one row of the 清单. ``agent``/``disclosure`` None = the office has not decided.

    ``code`` 事项编码, ``duty`` 权责清单 entry, ``field`` 领域 (规程一), ``frequency`` cases a year,
    ``difficulty`` of getting the proofs, ``risk`` class (通知二（四）), ``triggers`` for 公开 (通知五（六）),
    ``replaces`` the ids of earlier items that this one takes the place of, ``sanctions`` what laws foresee.
    """

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
    plans: tuple[CheckPlan, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None
    code: str = ""
    duty: str = ""
    field: str = ""
    frequency: Frequency | None = None
    difficulty: Judgement | None = None
    risk: Judgement | None = None
    triggers: tuple[Trigger, ...] = ()
    channels: tuple[HandlingChannel, ...] = ()
    replaces: tuple[str, ...] = ()
    materials: tuple[Material, ...] = ()
    sounds: Sounds = Sounds()
    sanctions: tuple[Sanction, ...] = ()

    @property
    def proofs(self) -> tuple[Proof, ...]:
        """All leaves in printed order."""
        return tuple(leaf.proof for leaf in leaves(self.tree))

    @property
    def methods(self) -> tuple[Method, ...]:
        """核查方式 of the leaves, each once, in printed order."""
        return tuple(dict.fromkeys(proof.method for proof in self.proofs))


class Items(Sequence[Item]):
    """Items in the order of the 清单, with the lookups of a window; storage has one that reads lazily."""

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._items = tuple(items)

    def everything(self) -> tuple[Item, ...]:
        """All items."""
        return self._items

    def by_id(self, id_: str) -> Item | None:
        """The item with an id, in force or not."""
        return next((item for item in self.everything() if item.id == id_), None)

    def by_no(self, no: str) -> list[Item]:
        """Items printed under a row number (an ended one and its successor may share it)."""
        return [item for item in self.everything() if item.no == no]

    def of_office(self, code: str) -> list[Item]:
        """An office's items."""
        return [item for item in self.everything() if item.office == code]

    def holding(self, words: Sequence[str], offices: Sequence[Office] = ()) -> list[Item]:
        """Items whose text for searching holds every word (``search_text``)."""
        names = {office.code: office for office in offices}
        wanted = [folded(word) for word in words]
        return [i for i in self.everything() if all(w in search_text(i, names.get(i.office)) for w in wanted)]

    def __len__(self) -> int:
        return len(self.everything())

    @overload
    def __getitem__(self, place: int) -> Item: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Item]: ...
    def __getitem__(self, place: int | slice) -> Item | Sequence[Item]:
        return self.everything()[place]

    def __iter__(self) -> Iterator[Item]:
        return iter(self.everything())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Items) and self.everything() == other.everything()

    def __hash__(self) -> int:
        return hash(self.everything())


def folded(text: str) -> str:
    """A text for searching: normal width, lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def search_text(item: Item, office: Office | None = None) -> str:
    """All that an item may be found by, in lower case; words never reach over a line break."""
    names = (office.name, *office.short, *office.initials, office.code) if office else ()
    proofs = [proof.name for proof in item.proofs]
    sounds = (*item.sounds.matter, *item.sounds.matter_initials, *item.sounds.proofs)
    words = (item.no, item.id, item.code, item.matter, *proofs, *names, *sounds, *item.sounds.proofs_initials)
    return folded("\n".join(words))


class Catalog(NamedTuple):
    """A dated version of all items, with the county's offices, settings and parameters.

    ``until``: the last day before the next version takes effect; None for the newest.
    """

    version: str
    effective: date
    title: str
    source: str
    county: County
    offices: tuple[Office, ...]
    items: Items
    parameters: tuple[Parameter, ...] = ()
    digest: str = ""
    calendar_years: tuple[CalendarYear, ...] = ()
    until: date | None = None
    fields: tuple[str, ...] = ()
    weights: tuple[Weight, ...] = ()

    def office(self, code: str) -> Office:
        """The office with a code. Raises KeyError."""
        for office in self.offices:
            if office.code == code:
                return office
        raise KeyError(code)

    def item(self, id_: str) -> Item | None:
        """The item with an id, in force or not."""
        return self.items.by_id(id_)

    def parameter(self, id_: str) -> Parameter | None:
        """The parameter with an id."""
        return next((p for p in self.parameters if p.id == id_), None)


class Candidate(NamedTuple):
    """A proof considered for the next version (规程一：使用频次较高或者获取难度较大)."""

    office: str
    matter: str
    proof: str
    frequency: Frequency
    difficulty: Judgement
    field: str = ""
    duty: str = ""
    rationale: str = ""
    source: str = ""


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


def asked(node: Node, within: bool = False) -> str:
    """A proof tree in one line: ； between what is asked together, 或 between alternatives, 【情形】."""
    if isinstance(node, Proof):
        return node.name
    if isinstance(node, Branch):
        return f"【{node.when}】{asked(node.node, within=True)}"
    parts = [asked(child, within=True) for child in node.nodes]
    if node.kind is GroupKind.ANY:
        either = " 或 ".join(parts)
        return f"（{either}）" if within else either
    return "；".join(parts)


def promisable(node: Node) -> Node | None:
    """The tree without the proofs assessed as excluded (通知四); None where nothing is left."""
    if isinstance(node, Proof):
        return None if node.assessment is not None and node.assessment.excluded else node
    if isinstance(node, Branch):
        inner = promisable(node.node)
        return None if inner is None else node._replace(node=inner)
    kept = tuple(inner for child in node.nodes if (inner := promisable(child)) is not None)
    return node._replace(nodes=kept) if kept else None


def in_force(item: Item, catalog: Catalog, day: date) -> bool:
    """Whether letters may start for the item on ``day``: version in effect, within its own dates."""
    begun = day >= max(filter(None, (catalog.effective, item.valid_from)))
    ends = [end for end in (item.valid_until, catalog.until) if end is not None]
    return begun and (not ends or day <= min(ends))


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
