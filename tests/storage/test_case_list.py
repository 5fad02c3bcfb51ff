"""Listing commitments: every filter finds what a look at every case would, and no plan scans the table."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta

import pytest

from gaozhi_cli.domain.commitment import Commitment, Number
from gaozhi_cli.storage import sql
from gaozhi_cli.storage.case_list import listed
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.records import Listed, Query
from gaozhi_cli.storage.schema import COMMITMENTS
from tests.builders import a_ledger
from tests.storage.test_ledger_contract import raw

STATES = ("drawn-up", "signed", "accepted", "concluded", "refused")
ROWS = [  # office, year, series, how many
    ("RS", 2025, "", 30),
    ("RS", 2026, "", 130),
    ("RS", 2026, "Y", 25),
    ("SB", 2026, "", 12),
    ("SC", 2026, "Y", 3),
]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """Two hundred cases of three offices, two years and both series, in all states."""
    home = tmp_path_factory.mktemp("listed")
    with closing(a_ledger(home)) as ledger:
        cases = list(made())
        marks = ", ".join("?" * len(COMMITMENTS.names))
        with raw(home / "ledger.db") as base:
            base.execute("BEGIN")
            for n in range(7):
                base.execute(
                    "INSERT INTO subjects VALUES (?, 'citizen', 'id-card', ?, '测**', '4**', '')",
                    (f"S{n}", bytes([n])),
                )
            for case in cases:
                base.execute(f"INSERT INTO commitments VALUES ({marks})", case)
                personal = "INSERT INTO personal (id, owner, role, name_shown) VALUES (?, ?, 'applicant', ?)"
                base.execute(personal, (case.number, case.number, f"测{case.n}"))
            base.execute("COMMIT")
        yield ledger


def made() -> Iterator[Commitment]:
    """Cases as a few years would leave them; days do not follow the numbers everywhere."""
    count = itertools.count()
    for office, year, series, top in ROWS:
        for n in range(1, top + 1):
            k = next(count)
            day = date(year, 1, 1) + timedelta((n * 3 + (k % 3) * 20) % 360)
            yield Commitment(
                str(Number(office, year, n, series)),
                office,
                year,
                n,
                "",
                f"{office.lower()}-{k % 4}",
                "事项",
                "2021",
                "00",
                "commitment",
                STATES[k % 5],
                f"S{k % 7}",
                day.isoformat(),
                series=series or None,
            )


def looked_at(query: Query) -> list[str]:
    """What a look at every case finds."""

    def wanted(case: Commitment) -> bool:
        words = case.item in query.items or (query.text is not None and query.text in case.number)
        return (
            query.office in (None, case.office)
            and query.status in (None, case.status)
            and (query.since or "") <= case.drawn_up_on <= (query.until or "9999")
            and (query.subjects is None or case.subject in query.subjects)
            and (words or not (query.items or query.text is not None))
            and (query.after is None or place(case) > place(query.after))
        )

    def place(one: Commitment | Number) -> tuple[str, int, str, int]:
        return one.office, one.year, one.series or "", one.n

    found = [case.number for case in sorted(made(), key=place) if wanted(case)]
    return found if query.limit is None else found[: query.limit]


FILTERS = {
    "office": [None, "RS", "XX"],
    "status": [None, "signed"],
    "since": [None, "2026-02-01"],
    "until": [None, "2026-06-30"],
    "items": [(), ("rs-1",), ("rs-2", "sb-1")],
    "subjects": [None, ("S1", "S3")],
    "text": [None, "2", "2026", "6-Y0", "S-2026-0001", "12", "RS", "zz", ""],
    "after": [None, Number("RS", 2026, 20), Number("RS", 2026, 3, "Y"), Number("SA", 2030, 1)],
    "limit": [None, 2],
}


def queries() -> Iterator[Query]:
    """Each value of each filter with every other value of every other, three at a time at most."""
    for names in itertools.combinations(FILTERS, 3):
        for values in itertools.product(*(FILTERS[name] for name in names)):
            yield Query(**dict(zip(names, values, strict=True)))  # type: ignore[arg-type]


def test_every_filter_finds_what_a_look_at_every_case_finds(ledger: Ledger) -> None:
    """Some hundred combinations, in order of number, none twice."""
    asked = set(queries()) | {
        Query(
            "RS", "signed", "2025-03-01", "2026-09-01", ("rs-1", "rs-3"), None, "1", 5, Number("RS", 2025, 9)
        ),
        Query(
            "RS",
            "signed",
            "2025-03-01",
            None,
            ("rs-1",),
            ("S1", "S2", "S4"),
            "26",
            None,
            Number("RS", 2025, 9),
        ),
    }
    assert len(asked) > 800
    for query in asked:
        assert [one.case.number for one in ledger.commitments(query)] == looked_at(query), query


def test_a_page_after_another_gives_the_whole_list(ledger: Ledger) -> None:
    """--limit and --after walk through all cases, each once, whatever else is asked."""
    for query in (
        Query(),
        Query(status="signed"),
        Query(office="RS"),
        Query(text="1"),
        Query(since="2026-01-01"),
    ):
        pages: list[Listed] = []
        while page := list(ledger.commitments(query._replace(limit=13, after=behind(pages)))):
            pages += page
        assert [one.case.number for one in pages] == looked_at(query)


def behind(pages: list[Listed]) -> Number | None:
    """The number of the last case seen."""
    case = pages[-1].case if pages else None
    return Number(case.office, case.year, case.n, case.series or "") if case else None


class Explained:
    """An engine that keeps the plan of every statement it runs."""

    def __init__(self, ledger: Ledger) -> None:
        self._engine = ledger.engine
        self.plans: dict[str, list[str]] = {}

    def _plan(self, statement: str, values: object) -> None:
        if statement in self.plans:
            return
        rows = self._engine.execute(f"EXPLAIN QUERY PLAN {statement}", values)
        self.plans[statement] = [row[3] for row in rows]

    def execute(self, statement: str, values: object = ()) -> list[tuple[object, ...]]:
        """Run it, and keep its plan."""
        self._plan(statement, values)
        return self._engine.execute(statement, values)

    def stream(self, statement: str, values: object = ()) -> Iterator[tuple[object, ...]]:
        """The same."""
        self._plan(statement, values)
        return self._engine.stream(statement, values)


def test_no_filter_scans_the_table(ledger: Ledger) -> None:
    """Every statement of every combination searches an index; only the whole list walks along one.

    A sort is bounded by the hits; what is in the order of an index is not sorted.
    """
    engine = Explained(ledger)
    for query in queries():
        list(listed(engine, query))  # type: ignore[arg-type]
    assert len(engine.plans) > 30
    walks = {sql.commitments([]), sql.commitments([], limit=True), sql.LAST_ROW}
    for statement, plan in engine.plans.items():
        steps = [step for step in plan if "commitments_" in step or "SCAN" in step]
        assert len(steps) == 1 and " USING " in steps[0] and "INDEX commitments_" in steps[0], (
            statement,
            plan,
        )
        assert steps[0].startswith("SEARCH ") or statement in walks, (statement, plan)
        sorts = any("TEMP B-TREE" in step for step in plan)
        assert not sorts or sql.SORTED in statement, (statement, plan)
        shown = [step for step in plan if step.startswith("SEARCH p ")]
        assert (
            shown == ["SEARCH p USING INDEX personal_owner (owner=? AND role=?)"]
            or "personal" not in statement
        )


NARROWEST = [
    (Query(), "commitments_n"),
    (Query(office="RS"), "commitments_n"),
    (Query(status="signed"), "commitments_status"),
    (Query(office="RS", status="signed", after=Number("RS", 2026, 1)), "commitments_status"),
    (Query(since="2026-01-01"), "commitments_day"),
    (Query(office="RS", until="2026-01-01"), "commitments_office_day"),
    (Query(status="signed", since="2026-01-01"), "commitments_office_day"),
    (Query(subjects=("S1",), office="RS", status="signed", since="2026-01-01"), "commitments_subject"),
    (Query(items=("rs-1",), office="RS", status="signed", since="2026-01-01"), "commitments_item"),
    (Query(items=("rs-1", "rs-2"), office="RS", status="signed", until="2026-01-01"), "commitments_item"),
    (Query(text="-00012", status="signed", since="2026-01-01"), "commitments_n"),
    (Query(text="RS-2026", status="signed", since="2026-01-01"), "commitments_status"),
]


@pytest.mark.parametrize(("query", "index"), NARROWEST)
def test_the_filter_that_narrows_most_leads(ledger: Ledger, query: Query, index: str) -> None:
    """Without statistics the planner is left one index to take."""
    engine = Explained(ledger)
    list(listed(engine, query))  # type: ignore[arg-type]
    plans = [
        step for statement, plan in engine.plans.items() if "FROM commitments c" in statement for step in plan
    ]
    assert plans and all(f" {index} " in f"{step} " for step in plans if "commitments" in step), plans


def test_what_is_due_is_read_from_its_index_alone(ledger: Ledger) -> None:
    """``verify due``: covering, partial, in order, with every filter."""
    names = ("office", "until", "dated", "method", "assignee")
    for given in itertools.product((False, True), repeat=5):
        flags = dict(zip(names, given, strict=True))
        if flags["until"] and not flags["dated"]:
            continue  # what has no date is not asked for by date
        statement = sql.due(**flags)
        values = [""] * statement.count("?")
        plan = [row[3] for row in ledger.engine.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
        assert len(plan) == 1, (flags, plan)
        assert "USING COVERING INDEX verifications_due" in plan[0], (flags, plan)
        assert plan[0].startswith("SEARCH"), (flags, plan)
        whose = "verifications_due_assignee" if flags["assignee"] else "verifications_due_office"
        assert (whose in plan[0]) == (flags["assignee"] or flags["office"]), (flags, plan)


LOOKUPS = {
    sql.SUBJECT_BY_MATCH: "subjects_match",
    sql.PERSONAL_OF: "personal_owner",
    sql.PENDING_LETTERS: "letters_pending",
    sql.HISTORY: "journal_object",
    sql.ENTRY_BY_REQUEST: "journal_request",
    sql.DETAIL_BY_REQUEST: "journal_request",
    sql.requests(3): "journal_request",
    sql.LAST_CASES: "commitments_subject",
    sql.CHECKS_OF: "verifications_number",
    sql.PRINTS_OF: "prints_number",
}


def test_what_an_act_looks_up_is_looked_up_in_an_index(ledger: Ledger) -> None:
    """Number, subject, requests, history: a search, never a scan of a table."""
    for statement, index in LOOKUPS.items():
        values = [b""] * statement.count("?")
        plan = [row[3] for row in ledger.engine.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
        assert f" {index}" in plan[0], (statement, plan)
        assert plan[0].startswith("SEARCH") or index == "letters_pending", (statement, plan)


def test_a_name_is_looked_up_in_an_index(ledger: Ledger) -> None:
    """Both halves of the search, of applicants and of subjects without a case."""
    plan = [row[3] for row in ledger.engine.execute(f"EXPLAIN QUERY PLAN {sql.SUBJECTS_BY_NAME}", [b"", b""])]
    assert sum("personal_name" in step for step in plan) == 2
    assert not [step for step in plan if step.startswith("SCAN")], plan
