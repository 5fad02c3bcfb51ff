"""双随机的规矩: rates, teams, and the order of plan, publication, seed and draw (通知五（三）)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.applicant import PERSONAL_NUMBER
from gaozhi_cli.domain.catalog import Item
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.supervision import (
    CLAUSE,
    MOST_TEAM,
    TEAM,
    Draw,
    Inspector,
    Rate,
    Stratum,
    office_of,
    share,
)
from gaozhi_cli.domain.vocabulary import DrawState, Level

NAME = re.compile(r"[^\s,;、\"'=+@-][^\s,;、\"]{0,39}")  # of an inspector, in files without quotes
SEED = re.compile(r"\S(?:.{0,198}\S)?")


class RateRule(NamedTuple):
    """A rate that the county laid down for an item, a risk class, an office, or (none of them) all cases."""

    since: date
    rate: Rate
    item: str = ""
    risk: Level | None = None
    office: str = ""

    def narrowness(self, item: Item) -> int:
        """How closely the rule is about an item: 0 where it is not; the narrowest one holds."""
        if self.item:
            return 4 if self.item == item.id else 0
        if self.risk is not None:
            return 3 if item.risk is not None and item.risk.level is self.risk else 0
        if self.office:
            return 2 if self.office == item.office else 0
        return 1


def rate_for(item: Item, rules: Iterable[RateRule], day: date) -> Rate | None:
    """The rate for an item on a day: the narrowest rule in force, of these the latest; None without one."""
    holding = [rule for rule in rules if rule.since <= day and rule.narrowness(item)]
    if not holding:
        return None
    return max(holding, key=lambda rule: (rule.narrowness(item), rule.since)).rate


def strata_of(
    sizes: Mapping[str, int], rates: Mapping[str, Rate | None], labels: Mapping[str, str]
) -> tuple[tuple[Stratum, ...], list[Problem]]:
    """The strata of a pool by id, and those for which nobody laid down a rate."""
    strata, problems = [], []
    for id_, size in sorted(sizes.items()):
        rate = rates[id_]
        if rate is None:
            message = (
                f"“{labels[id_]}”（{size} 件）没有定抽查比例，请写在 catalog/supervision.yaml，或用 --rate"
            )
            problems.append(Problem("rate-missing", message, CLAUSE, id_))
        else:
            strata.append(Stratum(id_, labels[id_], size, rate, share(size, rate.share, rate.least)))
    return tuple(strata), problems


def inspector_problems(inspectors: Sequence[Inspector], team: int) -> list[Problem]:
    """What is wrong with a list of inspectors, whatever is drawn: names, doubles, fewer than a team."""
    problems = []
    for name, times in Counter(one.name for one in inspectors).items():
        if times > 1:
            message = f"核查人员“{name}”列了 {times} 次；同名的请在姓名后加工号以示区别"
            problems.append(Problem("inspector-twice", message, CLAUSE, "inspectors"))
        if not NAME.fullmatch(name):
            message = f"核查人员“{name[:20]}”的写法不行：不能有空格、逗号、顿号、分号、引号，最多 40 字"
            problems.append(Problem("inspector-name", message, CLAUSE, "inspectors"))
        if PERSONAL_NUMBER.search(name):
            message = "核查人员的姓名会公布，不能含证件号码或手机号码；以示区别的请加工号"
            problems.append(Problem("personal-in-journal", message, CLAUSE, "inspectors"))
    if not TEAM <= team <= MOST_TEAM:
        message = f"每件应由 {TEAM} 至 {MOST_TEAM} 名核查人员负责，写的是 {team}"
        problems.append(Problem("team", message, CLAUSE, "team"))
    return problems


def too_few(offices: Iterable[str], inspectors: Sequence[Inspector], team: int) -> list[Problem]:
    """Offices, and single commitments after 回避, for which fewer than a team are left.

    Known before anything is drawn: whatever the seed, no pick stands without a team.
    """
    problems = []
    wanted = sorted(set(offices))
    for office in wanted:
        able = sum(one.office in ("", office) for one in inspectors)
        if able < team:
            message = f"单位 {office} 可派的核查人员只有 {able} 名，不足 {team} 名；请补充名单"
            problems.append(Problem("inspectors-few", message, CLAUSE, "inspectors"))
    for number in sorted({number for one in inspectors for number in one.recused}):
        left = sum(one.may_look_at(number) for one in inspectors)
        if office_of(number) in wanted and left < team:
            message = f"{number} 回避之后只剩 {left} 名核查人员，不足 {team} 名；请补充名单"
            problems.append(Problem("inspectors-few", message, CLAUSE, "inspectors"))
    return problems


def plan_problems(
    seed_source: str, seed_from: date, since: date | None, until: date, today: date
) -> list[Problem]:
    """What is wrong with the days of a plan: pool of days gone by, seed of a day to come."""
    problems = []
    if not seed_source.strip() or len(seed_source) > 200 or not seed_source.isprintable():
        message = "须写明种子将取自何处（--seed-source），如哪一期、哪一天公布的哪组数字，最多 200 字"
        problems.append(Problem("seed-source", message, CLAUSE, "seed_source"))
    if seed_from <= today:
        message = f"种子公布的日期 {seed_from} 应在今天（{today}）之后：名单要先公布，种子后产生"
        problems.append(Problem("seed-from", message, CLAUSE, "seed_from"))
    if until >= today:
        message = f"名单截止的受理日期 {until} 应早于今天（{today}），免得漏掉当天后来受理的"
        problems.append(Problem("pool-until", message, CLAUSE, "until"))
    if since is not None and since > until:
        problems.append(Problem("pool-since", f"起始日期 {since} 晚于截止日期 {until}", CLAUSE, "since"))
    return problems


def publish_problems(draw: Draw, on: date, today: date) -> list[Problem]:
    """Why the pool, or the result, cannot count as published on a day."""
    day = on.isoformat()
    if on > today:
        return [Problem("published-on", f"公布日期 {on} 晚于今天（{today}）；公布之后再登记", CLAUSE, "on")]
    if draw.state == DrawState.PLANNED.value:
        if day < draw.planned_on:
            message = f"公布日期 {on} 早于名单冻结的日期 {draw.planned_on}"
            return [Problem("published-on", message, CLAUSE, "on")]
        if day >= draw.seed_from:
            message = f"种子 {draw.seed_from} 就会公布，名单应在此之前公布；请重新制订（draw plan）"
            return [Problem("published-late", message, CLAUSE, "on")]
    elif draw.state == DrawState.DRAWN.value:
        if draw.drawn_on is not None and day < draw.drawn_on:
            message = f"公开日期 {on} 早于抽取的日期 {draw.drawn_on}"
            return [Problem("published-on", message, CLAUSE, "on")]
    else:
        what = "名单已于 " + str(draw.published_on) if draw.state == DrawState.PUBLISHED.value else "结果已经"
        return [Problem("published-already", f"{draw.id} 的{what}公布，不用再登记", CLAUSE)]
    return []


def seed_problems(seed: str) -> list[Problem]:
    """What is wrong with a seed: it is one line of text, taken as it stands."""
    if not SEED.fullmatch(seed) or not seed.isprintable():
        message = "种子应是一行文字（最多 200 字），照公布的原样写，前后没有空格"
        return [Problem("seed", message, CLAUSE, "seed")]
    return []


def left_undrawn(draws: Iterable[Draw], drawn: Draw, today: date) -> list[Draw]:
    """Pools that were published, their seed known, and never drawn: nobody may choose among several."""
    return [
        one
        for one in draws
        if one.id != drawn.id
        and one.state == DrawState.PUBLISHED.value
        and one.seed_from <= today.isoformat()
    ]


def run_problems(draw: Draw, seed: str, today: date) -> list[Problem]:
    """Why a draw cannot be run now: pool not published, seed not yet known, run before."""
    if draw.state == DrawState.PLANNED.value:
        message = f"{draw.id} 的名单还没有公布；公布后登记 gaozhi draw publish {draw.id} --at 公布的地方"
        return [Problem("not-published", message, CLAUSE)]
    if draw.state != DrawState.PUBLISHED.value:
        message = f"{draw.id} 已于 {draw.drawn_on} 抽取，不能再抽；核对用 gaozhi draw verify {draw.id}"
        return [Problem("drawn-already", message, CLAUSE)]
    problems = seed_problems(seed)
    if today.isoformat() < draw.seed_from:
        message = f"种子（{draw.seed_source}）要到 {draw.seed_from} 才公布，今天 {today} 还不能抽"
        problems.append(Problem("seed-early", message, CLAUSE, "seed"))
    return problems
