"""What ``report fairness`` counts: cases and inspections by item and track, exempt cases outside every pool.

Portable SQL of its own. Inspected: drawn, or looked at on the spot, with a finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gaozhi_cli.domain.fairness import Looked
from gaozhi_cli.domain.supervision import Draw
from gaozhi_cli.domain.vocabulary import DrawState, Track
from gaozhi_cli.storage.draws import NOT_PURGED, PROMISED, STANDING
from gaozhi_cli.storage.ledger import Ledger

INSPECTED = (
    "EXISTS (SELECT 1 FROM verifications v WHERE v.number = c.number"
    " AND (v.origin = 'drawn' OR v.method = 'onsite') AND v.finding IS NOT NULL AND v.finding <> 'lapsed')"
)
COUNTS = (
    f"SELECT c.item, c.track, count(*), sum(CASE WHEN {INSPECTED} THEN 1 ELSE 0 END) FROM commitments c"
    " WHERE c.accepted_on IS NOT NULL{more} GROUP BY c.item, c.track ORDER BY c.item, c.track"
)
EXEMPT = (
    "SELECT c.item, count(*) FROM commitments c WHERE c.track = 'commitment'"
    f" AND {STANDING} AND {PROMISED.format('?')} AND {NOT_PURGED}{{more}} GROUP BY c.item"
)


class Counts(NamedTuple):
    """Of one item: both tracks, its exempt cases, those in no pool though one was drawn since, those waiting.

    ``waiting``: accepted after the last pool was frozen; they come into the next one.
    """

    promised: Looked
    ordinary: Looked
    exempt: int = 0
    outside: int = 0
    waiting: int = 0


def counts_by_item(
    ledger: Ledger, draws: Sequence[Draw], since: str | None, until: str | None, office: str | None
) -> dict[str, Counts]:
    """The counts of each item that has been accepted between two days. One statement for each figure."""
    more = ""
    values: list[str] = []
    for condition, value in (
        (" AND c.accepted_on >= ?", since), (" AND c.accepted_on <= ?", until), (" AND c.office = ?", office),
    ):  # fmt: skip
        if value is not None:
            more, values = more + condition, [*values, value]
    execute = ledger.engine.execute
    tracks: dict[str, dict[str, Looked]] = {}
    for item, track, cases, inspected in execute(COUNTS.format(more=more), values):
        tracks.setdefault(item, {})[track] = Looked(cases, inspected)
    exempt = dict(execute(EXEMPT.format(more=more), ["exempt", *values]))
    pools = [draw for draw in draws if draw.state != DrawState.PLANNED.value]
    missed, missed_values = _not_in(pools)
    unseen = dict(execute(EXEMPT.format(more=more + missed), ["exempt", *values, *missed_values]))
    last = max((draw.pool_until for draw in pools), default="")
    late = [*values, *missed_values, last]
    waiting = dict(execute(EXEMPT.format(more=f"{more}{missed} AND c.accepted_on > ?"), ["exempt", *late]))
    none = Looked(0, 0)
    return {
        item: Counts(
            of.get(Track.COMMITMENT.value, none), of.get(Track.ORDINARY.value, none), exempt.get(item, 0),
            unseen.get(item, 0) - waiting.get(item, 0), waiting.get(item, 0),
        )
        for item, of in tracks.items()
    }  # fmt: skip


def _not_in(pools: Sequence[Draw]) -> tuple[str, list[str]]:
    """The condition that none of these pools held a case."""
    text = ""
    values: list[str] = []
    for draw in pools:
        inside, given = "c.accepted_on <= ?", [draw.pool_until]
        if draw.pool_since is not None:
            inside, given = f"{inside} AND c.accepted_on >= ?", [*given, draw.pool_since]
        if draw.office is not None:
            inside, given = f"{inside} AND c.office = ?", [*given, draw.office]
        text, values = f"{text} AND NOT ({inside})", [*values, *given]
    return text, values
