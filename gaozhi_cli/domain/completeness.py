"""审查材料的完整性: what an application has to hold, by its proofs and the county's list (规程四（一）).

What the letter replaces is never on the list: 「行政机关不再索要有关证明」 (通知四).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.catalog import Branch, Group, Item, Node, Proof, leaves
from gaozhi_cli.domain.guide import required_proofs
from gaozhi_cli.domain.materials import materials_on, plain
from gaozhi_cli.domain.parameters import Dated, value_on
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.vocabulary import GroupKind
from gaozhi_cli.domain.workdays import Deadline, WorkCalendar, add_workdays

LETTER = "签名或者盖章的《证明事项告知承诺书》原件，一式两份"
AUTHORIZATION = "申请人对委托代理人的特别授权书"
TITLE = re.compile("《([^《》]+(?<![法例定则知]))》")  # of a paper, not of a law
GUARDIANSHIP = "法定监护人与申请人监护关系的依据"


class Required(NamedTuple):
    """One thing that the application has to hold, with its clause or the county's own source."""

    text: str
    clause: str


def checklist(
    item: Item, promised: frozenset[str], day: date, *, agent: bool = False, guardian: bool = False
) -> list[Required]:
    """The letter, what lets another promise (特别授权, 监护关系), every proof that no promise replaces,
    and what else the county asks for on ``day``, with its source.

    ``promised``: ids of the proofs that the letter replaces. Of alternatives (任选其一, 按情形) one is
    asked for; where one is promised, none of them is.
    """
    needed = [Required(LETTER, "附件2 二（五）")]
    if agent:
        needed.append(Required(AUTHORIZATION, "通知五（二）"))
    if guardian:
        needed.append(Required(GUARDIANSHIP, "通知五（二）"))
    rest = unpromised(item.tree, promised)
    lines = required_proofs(rest)[1] if rest is not None else []
    if isinstance(rest, Group) and rest.kind is not GroupKind.ALL:
        lines = ["，或者".join(lines)]
    needed += [Required(line, "通知五（二）") for line in lines]
    return needed + [Required(one.name, one.source) for one in materials_on(item.materials, day)]


def unpromised(node: Node, promised: frozenset[str]) -> Node | None:
    """The parts of a tree that no promise replaces; None where the letter replaces all that is asked."""
    if isinstance(node, Proof):
        return None if node.id in promised else node
    if isinstance(node, Group) and node.kind is GroupKind.ALL:
        kept = tuple(rest for child in node.nodes if (rest := unpromised(child, promised)) is not None)
        return node._replace(nodes=kept) if kept else None
    if isinstance(node, Branch):
        rest = unpromised(node.node, promised)
        return None if rest is None else node._replace(node=rest)
    taken = [child for child in node.nodes if any(leaf.proof.id in promised for leaf in leaves(child))]
    return unpromised(taken[0], promised) if taken else node


def tell_by(
    received: date, periods: tuple[Dated, ...], calendar: WorkCalendar
) -> tuple[Deadline, Dated] | None:
    """Until when the office has to tell once what is lacking, and by which rule; None where none is set.

    ``received``: the day on which the materials came; ``periods`` in working days (规程四（一）).
    """
    period = value_on(periods, received)
    if period is None:
        return None
    return add_workdays(received, int(period.value), calendar), period


def demanded_again(lines: Iterable[str], names: Sequence[str]) -> list[Problem]:
    """A 补正 that asks for a proof which the letter replaces (通知四：不再索要有关证明).

    Under its whole name, or by a title in it: 《就业创业证》 of 创业者《就业创业证》复印件.
    """
    titles = {plain(title): name for name in names for title in TITLE.findall(name)}
    wanted = titles | {plain(name): name for name in names}
    found = {name: None for line in lines for bare, name in wanted.items() if bare and bare in plain(line)}
    return [
        Problem(
            "proof-demanded",
            f"申请人已就“{name}”作出承诺，不得再索要；确不符合承诺条件的用 gaozhi commitment refuse",
            "通知四",
        )
        for name in found
    ]
