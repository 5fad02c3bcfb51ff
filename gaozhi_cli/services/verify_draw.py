"""Replay a draw from its published files alone: anybody, on any machine, without a ledger (docs/draw.md)."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.draw_files import RESULT, RESULT_HEAD, RESULT_PLAN, read_result, result_line
from gaozhi_cli.domain.draw_rules import inspector_problems, seed_problems, too_few
from gaozhi_cli.domain.problem import BadInput, Problem
from gaozhi_cli.domain.supervision import Draw, Pick, Plan, office_of, picks_of
from gaozhi_cli.storage.draw_folder import read_published, read_text


class Replayed(NamedTuple):
    """The plan, the seed, and what they give, which is what was published."""

    plan: Plan
    plan_sha256: str
    seed: str
    picks: tuple[Pick, ...]


def verify_draw(folder: Path, seed: str | None = None, recorded: Draw | None = None) -> Replayed:
    """Draw again and compare with the published result, line by line.

    ``seed``: as its own source gives it, where the published one is not to be trusted; ``recorded``: the
    draw as the ledger has it. Raises BadInput with what differs, NotReady.
    """
    published = read_published(folder)
    told = read_result(read_text(folder / RESULT_PLAN))
    if told["plan_sha256"] != published.plan_sha256:
        raise _differs("plan.json 不是抽取时的那一份，内容被改动过")
    if recorded is not None and recorded.plan_sha256 != published.plan_sha256:
        raise _differs("plan.json 不是台账登记的那一份，内容被改动过")
    if recorded is not None and recorded.seed not in (None, told["seed"]):
        raise _differs("公布的种子不是台账登记的那一个")
    if recorded is not None and recorded.drawn_on not in (None, told["drawn_on"]):
        raise _differs("公布的抽取日期不是台账登记的那一天")
    if told["drawn_on"] < published.plan.seed_from:
        raise _differs(f"公布的抽取日期 {told['drawn_on']} 早于种子公布的日期 {published.plan.seed_from}")
    if seed is not None and seed != told["seed"]:
        raise _differs("公布的种子与所给的不同")
    plan, inspectors = published.plan, published.inspectors
    problems = [*seed_problems(told["seed"]), *inspector_problems(inspectors, plan.team)]
    if problems:
        raise BadInput(problems[0].message, tuple(problems))
    picks = tuple(picks_of(plan, published.plan_sha256, published.pool(), inspectors, told["seed"]))
    few = too_few({office_of(pick.number) for pick in picks}, inspectors, plan.team)
    if few:
        raise BadInput(few[0].message, tuple(few))
    _same(picks, read_text(folder / RESULT), told["result_sha256"])
    if told["picks"] != str(len(picks)):
        raise _differs(f"{RESULT_PLAN} 写的件数与 {RESULT} 不符")
    return Replayed(plan, published.plan_sha256, told["seed"], picks)


def _same(picks: tuple[Pick, ...], text: str, digest: str) -> None:
    """The published result is the one that was drawn again. Raises BadInput with the first difference."""
    lines = text.splitlines(keepends=True)
    again = [RESULT_HEAD, *(result_line(pick) for pick in picks)]
    for n, (theirs, ours) in enumerate(zip(lines, again, strict=False), start=1):
        if theirs != ours:
            was, should = theirs.strip()[:80], ours.strip()[:80]
            raise _differs(f"{RESULT} 第 {n} 行应是“{should}”，公布的是“{was}”")
    if len(lines) != len(again):
        raise _differs(f"{RESULT} 应有 {len(picks)} 件，公布的有 {len(lines) - 1} 件")
    if hashlib.sha256(text.encode()).hexdigest() != digest:
        raise _differs(f"{RESULT} 与 {RESULT_PLAN} 记的摘要不符")


def _differs(what: str) -> BadInput:
    message = f"{what}；抽取结果不能认定，请与公布的地方核对"
    return BadInput(message, (Problem("draw-differs", message),))
