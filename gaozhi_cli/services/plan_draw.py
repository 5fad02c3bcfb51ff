"""双随机 plan: the pool is frozen and hashed before anybody can know the seed (通知五（三）).

The pool is read and written in one pass, then the plan that names it by digest; the folder with both gets
its name in the act that records them, so a draw stands in the ledger with its files or not at all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.catalog import Catalog
from gaozhi_cli.domain.draw_files import INSPECTORS, PLAN, inspectors_text, plan_text
from gaozhi_cli.domain.draw_rules import (
    RateRule,
    inspector_problems,
    plan_problems,
    rate_for,
    strata_of,
    too_few,
)
from gaozhi_cli.domain.journal import DETAIL, Occasion
from gaozhi_cli.domain.problem import BadInput, Problem, Refused
from gaozhi_cli.domain.supervision import SERIES, Draw, Inspector, Plan, Rate, Stratum, draw_id, office_of
from gaozhi_cli.domain.vocabulary import DrawState, Track
from gaozhi_cli.storage.draw_folder import WrittenPool, name_folder, new_folder, write_pool
from gaozhi_cli.storage.draws import Wanted, find_draw, pool
from gaozhi_cli.storage.home import write_whole
from gaozhi_cli.storage.ledger import Ledger

ACT = "draw.plan"
ORDINARY = ":ordinary"  # a stratum of cases of the 一般程序 of an item; no item's id has a colon


class Seed(NamedTuple):
    """Where the public seed will come from, and the first day on which it can be known."""

    source: str
    starts: date


def plan_draw(
    wanted: Wanted,
    inspectors: Sequence[Inspector],
    team: int,
    seed: Seed,
    *,
    rules: Sequence[RateRule],
    rate: Rate | None,
    catalog: Catalog,
    ledger: Ledger,
    occasion: Occasion,
    draws: Path,
) -> Draw:
    """Freeze a pool in a folder of ``draws``. ``rate``: where no rule of the county is about an item.

    Raises BadInput (days, inspectors), Refused (nothing to draw from, a rate missing, too few inspectors),
    NotReady.
    """
    asked = ledger.asked(
        occasion.request_id, ACT, wanted=wanted, inspectors=[one.name for one in inspectors], team=team,
        seed=seed, rate=rate,
    )  # fmt: skip
    done = ledger.repeated(occasion.request_id, ACT, asked)
    if done is not None:
        return find_draw(ledger, done)
    problems = plan_problems(seed.source, seed.starts, wanted.since, wanted.until, occasion.today)
    problems += inspector_problems(inspectors, team)
    if problems:
        raise BadInput(problems[0].message, tuple(problems))
    with new_folder(draws) as folder:
        offices: set[str] = set()
        written = write_pool(folder, _strata(ledger, wanted, offices))
        strata = _counted(written, rules, rate, catalog, occasion.today)
        few = too_few(offices, inspectors, team)
        if few:
            raise Refused(few[0].message, tuple(few))
        listed = inspectors_text(inspectors).encode()
        with ledger.transaction(dry_run=occasion.dry_run) as act:
            year = occasion.today.year
            n = act.next_number(SERIES, year).n
            plan = Plan(
                draw_id(year, n), catalog.county.name, wanted.office, occasion.today.isoformat(),
                wanted.since.isoformat() if wanted.since else None, wanted.until.isoformat(),
                written.sha256, written.rows, hashlib.sha256(listed).hexdigest(), team, strata,
                seed.source, seed.starts.isoformat(),
            )  # fmt: skip
            draw = _draw(plan, year, n, plan_text(plan).encode())
            act.add_draw(draw)
            act.record(
                occasion.entry(
                    ACT, draw.id, request_digest=asked, pool=draw.pool_sha256, rows=draw.pool_rows,
                    plan=draw.plan_sha256, inspectors=draw.inspectors_sha256, seed_from=draw.seed_from,
                )
            )  # fmt: skip
            if not occasion.dry_run:
                write_whole(folder / INSPECTORS, listed)
                write_whole(folder / PLAN, plan_text(plan).encode())
                name_folder(folder, draws / draw.id)
    return draw


def _strata(ledger: Ledger, wanted: Wanted, offices: set[str]) -> Iterator[tuple[str, str]]:
    """Number and stratum of each case: its item, apart for the 一般程序; the offices met are gathered."""
    for number, item, track in pool(ledger, wanted):
        offices.add(office_of(number))
        yield number, item if track != Track.ORDINARY.value else f"{item}{ORDINARY}"


def _counted(
    written: WrittenPool, rules: Sequence[RateRule], rate: Rate | None, catalog: Catalog, today: date
) -> tuple[Stratum, ...]:
    """The strata with what is drawn of each. Raises Refused."""
    if not written.rows:
        message = (
            "没有可以抽查的承诺：这段时间内没有受理过带有免于核查证明的承诺（--method 可加其他核查方式）"
        )
        raise Refused(message, (Problem("pool-empty", message),))
    rates, labels = {}, {}
    for id_ in written.sizes:
        item = catalog.item(id_.removesuffix(ORDINARY))
        rates[id_] = (rate_for(item, rules, today) if item is not None else None) or rate
        labels[id_] = (item.matter if item is not None else id_) + ("（一般程序）" if ORDINARY in id_ else "")
    strata, problems = strata_of(written.sizes, rates, labels)
    if problems:
        message = f"有 {len(problems)} 个事项没有定抽查比例，没有冻结名单；比例由县里定，写明依据"
        raise Refused(message, tuple(problems))
    return strata


def _draw(plan: Plan, year: int, n: int, text: bytes) -> Draw:
    strata = [[one.id, one.size, one.drawn] for one in plan.strata]
    return Draw(
        plan.draw, year, n, plan.office, DrawState.PLANNED.value, plan.planned_on, plan.pool_since,
        plan.pool_until, plan.pool_rows, plan.pool_sha256, hashlib.sha256(text).hexdigest(),
        plan.inspectors_sha256, DETAIL.encode(strata), plan.team, plan.seed_source, plan.seed_from,
    )  # fmt: skip
