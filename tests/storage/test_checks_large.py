"""What is due in a ledger of 100,000 checks: as much work as in one of a thousand with the same hits."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from gaozhi_cli.storage import sql
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.outcomes import FIRST_FOUND, LEFT_ALONE
from tests.builders import a_ledger

HITS = 20
SOON = f"k / 100 < {HITS} AND k % 100 = 0"
FILLED = f"""
WITH RECURSIVE series (k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM series WHERE k < ? - 1)
INSERT INTO verifications
 (id, number, office, item, matter, proof, proof_name, method, state, planned_on, provisional, due_on,
  assignee, finding)
SELECT 'RS-2026-' || k || '-1', 'RS-2026-' || k, CASE WHEN {SOON} THEN 'RS' ELSE 'SC' END, 'i', 'm', 'p', 'n',
 'online', 'planned', '2026-11-24', CASE WHEN {SOON} THEN 1 ELSE 0 END,
 CASE WHEN {SOON} THEN '2026-12-01' ELSE '2029-01-01' END, CASE WHEN {SOON} THEN '甲' ELSE '乙' END,
 CASE WHEN k % 100 < 3 THEN NULL ELSE 'true' END FROM series
"""


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ledger, Ledger]]:
    """A small and a large ledger, three in a hundred checks open, twenty of them due soon."""
    made = []
    for size in (HITS * 100, 100_000):
        home = tmp_path_factory.mktemp(f"l{size}")
        ledger = a_ledger(home)
        with closing(sqlite3.connect(Path(home) / "ledger.db")) as raw, raw:
            raw.execute(FILLED, (size,))
        made.append(ledger)
    yield made[0], made[1]
    for ledger in made:
        ledger.close()


def work(ledger: Ledger, ask: Callable[[Ledger], list[object]]) -> tuple[int, int]:
    """How many rows came, and how many steps of the database's machine they took (in tens)."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    connection = ledger.engine._connection  # type: ignore[attr-defined]
    connection.set_progress_handler(step, 10)
    try:
        return len(ask(ledger)), steps
    finally:
        connection.set_progress_handler(None, 10)


QUESTIONS: dict[str, Callable[[Ledger], list[object]]] = {
    "within": lambda ledger: list(ledger.due(dated=True, until="2026-12-31")),
    "office": lambda ledger: list(ledger.due(dated=True, office="RS")),
    "office and method": lambda ledger: list(ledger.due(dated=True, office="RS", method="online")),
    "assignee": lambda ledger: list(ledger.due(dated=True, assignee="甲")),
    "provisional": lambda ledger: ledger.engine.execute(sql.PROVISIONAL_CHECKS),  # type: ignore[return-value]
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_same_hits_cost_the_same_in_a_larger_ledger(
    ledgers: tuple[Ledger, Ledger], question: str
) -> None:
    """Fifty times as many checks, the same steps."""
    small, large = (work(ledger, QUESTIONS[question]) for ledger in ledgers)
    assert small[0] == large[0] == (0 if question == "provisional" else HITS)
    assert large[1] <= small[1] * 1.5 + 10, (small, large)


def test_everything_that_looks_for_dates_reads_partial_indexes(ledgers: tuple[Ledger, Ledger]) -> None:
    """Covering for the lists and the counts; nothing is scanned."""
    statements = {
        sql.PROVISIONAL_CHECKS: "verifications_provisional",
        sql.PROVISIONAL_ASSISTANCES: "assistances_due",
        sql.PROVISIONAL_OUTCOMES: "outcomes_due",
        sql.undated(office=False, method=False, assignee=False): "COVERING INDEX verifications_due",
        sql.undated(office=True, method=True, assignee=False): "COVERING INDEX verifications_due_office",
        sql.undated(office=True, method=False, assignee=True): "COVERING INDEX verifications_due_assignee",
        sql.GROUP_HISTORY: "journal_object",
        LEFT_ALONE + FIRST_FOUND: "verifications_adverse",
    }
    for statement, index in statements.items():
        values = [""] * statement.count("?")
        plan = [row[3] for row in ledgers[1].engine.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
        assert index in plan[0], (statement, plan)
