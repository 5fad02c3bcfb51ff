"""The lot, the draw and its files: docs/draw.md's vectors, replay, no favour to anybody."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaozhi_cli.domain.draw_files import (
    inspectors_text,
    plan_text,
    pool_line,
    read_inspectors,
    read_plan,
    read_pool,
)
from gaozhi_cli.domain.draw_rules import (
    inspector_problems,
    plan_problems,
    publish_problems,
    run_problems,
    seed_problems,
    too_few,
)
from gaozhi_cli.domain.problem import BadInput
from gaozhi_cli.domain.supervision import (
    Draw,
    Inspector,
    Plan,
    Rate,
    Stratum,
    drawn,
    lots,
    percent,
    picks_of,
    rank,
    read_percent,
    share,
    team_for,
)
from tests.conftest import ROOT

TEXT = (ROOT / "docs" / "draw.md").read_text(encoding="utf-8")
DIGEST = "ab" * 32
TODAY = date(2026, 11, 24)
RATE = Rate(Fraction(1, 4), 1, "虚构的文件")
PEOPLE = (
    Inspector("李核查", "RS"),
    Inspector("王核查"),
    Inspector("赵核查", "", frozenset({"RS-2026-00002"})),
)


def numbers(count: int) -> list[str]:
    """Numbers of made-up cases, in order."""
    return [f"RS-2026-{n:05d}" for n in range(1, count + 1)]


def a_plan(size: int = 20, drawn_: int = 5) -> Plan:
    """A plan with one stratum."""
    strata = (Stratum("rs-8", "某事项", size, RATE, drawn_),)
    return Plan(
        "CC2026-00001", "示例县", None, "2026-11-24", None, "2026-11-23", DIGEST, size, DIGEST, 2, strata,
        "虚构的公开数据", "2026-12-01",
    )  # fmt: skip


def a_draw(**changes: object) -> Draw:
    """A draw whose pool is frozen."""
    values: dict[str, object] = {
        "id": "CC2026-00001", "year": 2026, "n": 1, "office": None, "state": "planned",
        "planned_on": "2026-11-24", "pool_since": None, "pool_until": "2026-11-23", "pool_rows": 20,
        "pool_sha256": DIGEST, "plan_sha256": DIGEST, "inspectors_sha256": DIGEST, "strata": "[]", "team": 2,
        "seed_source": "虚构的公开数据", "seed_from": "2026-12-01",
    }  # fmt: skip
    return Draw(**(values | changes))  # type: ignore[arg-type]


def test_the_vector_of_the_specification() -> None:
    """Lots and team as docs/draw.md prints them."""
    match = re.search(r"<!-- vector: draw -->\n```json\n(.+?)\n```", TEXT, re.DOTALL)
    assert match is not None
    told = json.loads(match[1])
    seed, plan = told["seed"], told["plan_sha256"]
    lot = lots(seed, plan)
    for number, expected in told["lots"].items():
        assert rank(seed, plan, number).hex() == lot(number).hex() == expected
    people = [
        Inspector(name, office, frozenset(out.split())) for name, (office, out) in told["inspectors"].items()
    ]
    assert list(team_for("RS-2026-00002", people, 2, seed, plan)) == told["team"]


@given(st.integers(0, 60), st.integers(0, 70), st.text("0123456789 ", min_size=1, max_size=9), st.randoms())
def test_a_draw_is_the_lowest_lots_whatever_the_order(
    size: int, most: int, seed: str, chance: random.Random
) -> None:
    """One pass with a heap gives what sorting all lots gives; each once; never more than there are."""
    pool = [(number, "s") for number in numbers(size)]
    expected = sorted(numbers(size), key=lambda one: rank(seed, DIGEST, one))[:most]
    shuffled = chance.sample(pool, len(pool))
    assert drawn(pool, {"s": most}, lots(seed, DIGEST)) == {"s": expected}
    assert drawn(shuffled, {"s": most}, lots(seed, DIGEST)) == {"s": expected}


@given(st.integers(0, 10**7), st.fractions(Fraction(1, 10**6), 1), st.integers(0, 50))
def test_a_share_is_rounded_up_and_within_bounds(size: int, rate: Fraction, least: int) -> None:
    """⌈size × rate⌉, at least ``least``, at most all; exact, no floating point."""
    count = share(size, rate, least)
    assert min(size, least) <= count <= size
    assert count >= size * rate and (count == min(size, least) or count - 1 < size * rate)


def test_rates_are_read_and_written_exactly() -> None:
    """5% is a twentieth; nothing above 100 % and nothing that is none."""
    for text, rate in (("5%", Fraction(1, 20)), ("0.25％", Fraction(1, 400)), ("100%", Fraction(1))):
        assert read_percent(text) == rate and read_percent(percent(rate)) == rate
    assert [read_percent(text) for text in ("", "5", "0%", "101%", "-5%", "5.00001%", "五%")] == [None] * 7


def test_the_draw_favours_nobody() -> None:
    """Over 2,000 seeds each of 20 cases is drawn a quarter of the time (chi-square, p = 0.001: 43.8)."""
    plan, pool, seen = a_plan(), [(number, "rs-8") for number in numbers(20)], Counter[str]()
    firsts, looked = Counter[str](), Counter[str]()
    people = tuple(Inspector(f"核查{n}") for n in range(5))
    for seed in range(2000):
        picks = list(picks_of(plan, DIGEST, pool, people, f"第{seed}期"))
        seen.update(pick.number for pick in picks)
        firsts[picks[0].number] += 1
        looked.update(picks[0].inspectors.split("、"))
    for counts, share_, cells in ((seen, 500, 20), (firsts, 100, 20), (looked, 800, 5)):
        assert sum(counts.values()) == share_ * cells
        square = sum((counts[name] - share_) ** 2 / share_ for name in counts)
        assert len(counts) == cells and square < {20: 43.8, 5: 18.5}[cells]


def test_any_byte_of_plan_or_seed_changes_the_lots() -> None:
    """Neighbouring seeds and plans have nothing in common."""
    whole = rank("1", DIGEST, "RS-2026-00001")
    assert whole not in (rank("2", DIGEST, "RS-2026-00001"), rank("1", "b" + DIGEST[1:], "RS-2026-00001"))
    assert whole != rank("1", DIGEST, "RS-2026-00002")


def test_recusal_and_office_hold() -> None:
    """回避的不派，别的单位的不派; the other team members take their place."""
    for seed in map(str, range(50)):
        assert "赵核查" not in team_for("RS-2026-00002", PEOPLE, 2, seed, DIGEST)
        assert set(team_for("SC-2026-00002", PEOPLE, 2, seed, DIGEST)) == {"王核查", "赵核查"}


def test_too_few_inspectors_are_told_before_anything_is_drawn() -> None:
    """Of an office, and of a single case after 回避."""
    assert too_few(["RS"], PEOPLE, 2) == []
    assert ["MZ" in p.message for p in too_few(["RS", "MZ"], PEOPLE[:2], 2)] == [True]
    (problem,) = too_few(["RS"], (PEOPLE[0], PEOPLE[2]), 2)
    assert "RS-2026-00002" in problem.message and "回避" in problem.message
    assert too_few(["SC"], PEOPLE[1:], 2) == []


def test_names_that_no_file_can_hold_and_doubles_are_refused() -> None:
    """A name with a comma, a formula, two of the same; a team of one."""
    bad = [Inspector(name) for name in ("李,核查", "=1+1", "王 核查", "")]
    assert len(inspector_problems(bad, 2)) == 4
    (personal,) = inspector_problems([Inspector("李13800000000")], 2)
    assert personal.code == "personal-in-journal" and "138" not in personal.message
    assert "2 次" in inspector_problems([Inspector("李"), Inspector("李")], 2)[0].message
    assert [bool(inspector_problems(PEOPLE, team)) for team in (1, 2, 9, 10)] == [True, False, False, True]


def test_files_come_back_as_written() -> None:
    """Plan, pool, inspectors."""
    plan = a_plan()
    assert read_plan(plan_text(plan)) == plan
    assert read_inspectors(inspectors_text(PEOPLE)) == tuple(sorted(PEOPLE))
    lines = ["number,stratum\n", *(pool_line(number, "rs-8") for number in numbers(3))]
    assert list(read_pool(lines, {"rs-8"})) == [(number, "rs-8") for number in numbers(3)]


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ('"drawn": 5', '"drawn": 6'), ('"size": 20', '"size": 21'), ('"team": 2', '"team": 1'),
        ('"rows": 20', '"rows": 19'), ("gaozhi.draw.1", "gaozhi.draw.2"), ('"rate": "25%"', '"rate": "25"'),
        (DIGEST, DIGEST[1:]), ("{", "["),
    ],
)  # fmt: skip
def test_a_plan_that_does_not_hold_is_refused(was: str, now: str) -> None:
    """Counts that are not the rates', one inspector, another algorithm, no JSON."""
    with pytest.raises(BadInput):
        read_plan(plan_text(a_plan()).replace(was, now, 1))


@pytest.mark.parametrize(
    "lines",
    [
        [], ["编号,事项\n"], ["number,stratum\n", "RS-2026-00001\n"],
        ["number,stratum\n", "RS-2026-00001,x\n"],
        ["number,stratum\n", "RS-2026-00002,rs-8\n", "RS-2026-00001,rs-8\n"],
        ["number,stratum\n", "RS-2026-00001,rs-8\n", "RS-2026-00001,rs-8\n"],
    ],
)  # fmt: skip
def test_a_pool_out_of_order_or_doubled_is_refused(lines: list[str]) -> None:
    """Each number once, in order: nobody gets two lots."""
    with pytest.raises(BadInput):
        list(read_pool(lines, {"rs-8"}))


def test_the_order_of_plan_publication_seed_and_draw() -> None:
    """名单公布在先，种子产生在后: each step is refused out of its order."""
    assert plan_problems("某处", date(2026, 12, 1), None, date(2026, 11, 23), TODAY) == []
    wrong = plan_problems(" ", TODAY, date(2026, 11, 25), TODAY, TODAY)
    assert [p.code for p in wrong] == ["seed-source", "seed-from", "pool-until", "pool-since"]
    planned, published = a_draw(), a_draw(state="published", published_on="2026-11-25")
    assert [p.code for p in publish_problems(planned, date(2026, 12, 1), date(2026, 12, 2))] == [
        "published-late"
    ]
    assert publish_problems(planned, date(2026, 11, 25), date(2026, 11, 25)) == []
    assert [p.code for p in publish_problems(planned, date(2026, 11, 23), TODAY)] == ["published-on"]
    assert [p.code for p in publish_problems(published, TODAY, TODAY)] == ["published-already"]
    day = date(2026, 12, 1)
    assert [p.code for p in run_problems(planned, "1", day)] == ["not-published"]
    assert [p.code for p in run_problems(published, "1", TODAY)] == ["seed-early"]
    assert run_problems(published, "1 2 3", day) == []
    assert [p.code for p in run_problems(a_draw(state="drawn"), "1", day)] == ["drawn-already"]


@pytest.mark.parametrize("seed", ["", " 1", "1 ", "1\n2", "1\u2028", "x" * 201])
def test_a_seed_is_one_line_as_it_stands(seed: str) -> None:
    """Nothing is trimmed or joined, so nothing can be meant two ways."""
    assert seed_problems(seed)
