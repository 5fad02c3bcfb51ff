"""双随机 in the ledger: the pool read in one pass, draws and what was drawn. Portable SQL of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, NamedTuple

from gaozhi_cli.domain.commitment import Commitment
from gaozhi_cli.domain.problem import NotFound
from gaozhi_cli.domain.supervision import Draw, Pick
from gaozhi_cli.domain.vocabulary import Method
from gaozhi_cli.storage import schema, sql
from gaozhi_cli.storage.ledger import MOST_MARKS, Ledger
from gaozhi_cli.storage.records import ProofRow

STANDING = "c.status IN ('accepted', 'concluded')"
NOT_PURGED = "NOT EXISTS (SELECT 1 FROM letters l WHERE l.number = c.number AND l.state = 'purged')"
PROMISED = "EXISTS (SELECT 1 FROM commitment_proofs p WHERE p.number = c.number AND p.method IN ({}))"
DRAWS = f"{sql.select_all(schema.DRAWS)} ORDER BY year, n"
PICKS = f"{sql.select_all(schema.PICKS)} WHERE draw = ? ORDER BY place"


class Wanted(NamedTuple):
    """Which cases a pool holds: accepted between two days, with a proof of these methods, of an office.

    ``ordinary``: those of the 一般程序 too, at the same rates.
    """

    until: date
    methods: tuple[Method, ...] = (Method.EXEMPT,)
    since: date | None = None
    office: str | None = None
    ordinary: bool = False


def pool(ledger: Ledger, wanted: Wanted) -> Iterator[tuple[Any, ...]]:
    """Number, item and track of each case of the pool in order of number, streamed."""
    methods = [method.value for method in wanted.methods]
    promised = f"c.track = 'commitment' AND {PROMISED.format(', '.join('?' * len(methods)))}"
    where = [STANDING, "c.accepted_on <= ?"]
    where += ["c.accepted_on >= ?"] if wanted.since else []
    where += ["c.office = ?"] if wanted.office else []
    where += [f"({promised} OR c.track = 'ordinary')" if wanted.ordinary else promised, NOT_PURGED]
    values = [wanted.until.isoformat()]
    values += [wanted.since.isoformat()] if wanted.since else []
    values += [wanted.office] if wanted.office else []
    statement = f"SELECT c.number, c.item, c.track FROM commitments c WHERE {' AND '.join(where)}"
    return ledger.engine.stream(f"{statement} ORDER BY c.number", (*values, *methods))


def draws(ledger: Ledger) -> list[Draw]:
    """All draws, the first one first."""
    return [Draw(*row) for row in ledger.engine.execute(DRAWS)]


def find_draw(ledger: Ledger, id_: str) -> Draw:
    """The draw with an id. Raises NotFound."""
    rows = ledger.engine.execute(sql.select(schema.DRAWS), (id_,))
    if not rows:
        raise NotFound(f"台账里没有抽查 {id_}（gaozhi draw show 列出全部）")
    return Draw(*rows[0])


def picks(ledger: Ledger, id_: str) -> Iterator[Pick]:
    """What was drawn, in order of its place."""
    for row in ledger.engine.stream(PICKS, (id_,)):
        yield Pick(*row)


class Picked(NamedTuple):
    """A case that was drawn, with its proofs and how many checks it has already."""

    case: Commitment
    proofs: tuple[ProofRow, ...]
    checks: int


def picked(ledger: Ledger, numbers: Sequence[str]) -> Iterator[Picked]:
    """The cases with these numbers, some hundreds in a statement."""
    for start in range(0, len(numbers), MOST_MARKS):
        some = numbers[start : start + MOST_MARKS]
        marks = f"({', '.join('?' * len(some))})"
        execute = ledger.engine.execute
        rows = execute(f"{sql.select_all(schema.COMMITMENTS)} WHERE number IN {marks}", some)
        proofs: dict[str, list[ProofRow]] = {}
        for row in execute(f"{sql.select_all(schema.PROOFS)} WHERE number IN {marks} ORDER BY place", some):
            proofs.setdefault(row[0], []).append(ProofRow(*row))
        counted = f"SELECT number, count(*) FROM verifications WHERE number IN {marks} GROUP BY number"
        checks = dict(execute(counted, some))
        for row in rows:
            case = Commitment(*row)
            yield Picked(case, tuple(proofs.get(case.number, ())), checks.get(case.number, 0))
