"""双随机 run: the published pool and the public seed give the picks; each becomes a check (通知五（三）)."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from gaozhi_cli.domain.draw_files import RESULT, RESULT_HEAD, RESULT_PLAN, result_line, result_text
from gaozhi_cli.domain.draw_rules import run_problems
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import BadInput, NotReady, Problem, Refused, os_reason
from gaozhi_cli.domain.supervision import Draw, Pick, picks_of
from gaozhi_cli.domain.verification import Verification, check_id
from gaozhi_cli.domain.vocabulary import (
    CheckOrigin,
    CheckState,
    CommitmentStatus,
    DrawState,
    Method,
    Track,
)
from gaozhi_cli.storage.draw_folder import Published, read_published
from gaozhi_cli.storage.draws import Picked, find_draw, picked
from gaozhi_cli.storage.draws import picks as picks_kept
from gaozhi_cli.storage.home import write_whole
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.transaction import Acts

ACT = "draw.run"
GROUP = 400  # cases in an entry of the journal
DAILY = ("daily", "日常监管")  # what is looked at in a case of the 一般程序


class Drawn(NamedTuple):
    """The draw as it stands now, what was drawn, how many checks were made; ``again``: drawn before."""

    draw: Draw
    picks: tuple[Pick, ...]
    checks: int
    folder: Path
    again: bool = False


def run_draw(
    id_: str,
    seed: str,
    *,
    ledger: Ledger,
    occasion: Occasion,
    draws: Path,
    method: Method = Method.ONSITE,
    due: date | None = None,
) -> Drawn:
    """Draw by the published pool and ``seed``; the checks are made by ``method``, due on ``due``.

    Raises NotFound, Refused (not published, too early, drawn before, a due date gone by), BadInput (a
    published file altered), NotReady.
    """
    asked = ledger.asked(occasion.request_id, ACT, id=id_, seed=seed, method=method, due=due)
    draw = find_draw(ledger, id_)
    folder = draws / id_
    if ledger.repeated(occasion.request_id, ACT, asked) is not None:
        return Drawn(draw, tuple(picks_kept(ledger, id_)), 0, folder, again=True)
    problems = run_problems(draw, seed, occasion.today)
    if due is not None and due < occasion.today:
        message = f"核查期限 {due} 早于办理日期 {occasion.today}"
        problems.append(Problem("due-past", message, field="due"))
    if problems:
        raise Refused(problems[0].message, tuple(problems))
    published = _as_recorded(draw, folder)
    picks = tuple(picks_of(published.plan, draw.plan_sha256, published.pool(), published.inspectors, seed))
    result = (RESULT_HEAD + "".join(result_line(pick) for pick in picks)).encode()
    digest, today, checks = hashlib.sha256(result).hexdigest(), occasion.today.isoformat(), 0
    changes: dict[str, Any] = {
        "state": DrawState.DRAWN.value, "seed": seed, "drawn_on": today, "picks": len(picks),
        "result_sha256": digest,
    }  # fmt: skip
    with ledger.acts(dry_run=occasion.dry_run, many=True) as acts:
        with acts.act() as act:
            if find_draw(ledger, id_) != draw:
                raise NotReady(f"{id_} 刚刚有变动，没有抽取；请再运行一次")
            act.change_draw(id_, **changes)
            act.record(
                occasion.entry(ACT, id_, request_digest=asked, seed=seed, picks=len(picks), result=digest)
            )
        once = occasion._replace(request_id=None)
        for start in range(0, len(picks), GROUP):
            checks += _keep(acts, picks[start : start + GROUP], ledger, once, method, due)
        if not occasion.dry_run:
            told = result_text(draw.plan_sha256, seed, today, digest, len(picks))
            _write(folder, {RESULT: result, RESULT_PLAN: told.encode()})
    return Drawn(draw._replace(**changes), picks, checks, folder)


def _as_recorded(draw: Draw, folder: Path) -> Published:
    """The published files, the very ones that the ledger names. Raises BadInput."""
    published = read_published(folder)
    if published.plan_sha256 != draw.plan_sha256:
        message = f"{folder} 里的 plan.json 不是台账登记的那一份，没有抽取；请从公布的地方或者备份取回"
        raise BadInput(message, (Problem("plan-altered", message),))
    return published


def _keep(
    acts: Acts, picks: tuple[Pick, ...], ledger: Ledger, occasion: Occasion, method: Method, due: date | None
) -> int:
    """Some of the picks with their checks, as one act; how many checks there are of them."""
    who = {pick.number: pick.inspectors for pick in picks}
    checks = [
        check
        for one in picked(ledger, list(who))
        for check in drawn_checks(one, who[one.case.number], occasion.today, method, due)
    ]
    with acts.act() as act:
        for pick in picks:
            act.add_pick(pick)
        for check in checks:
            act.add_check(check)
        listed = [check.id for check in checks]
        act.record(occasion.entry(f"{ACT}.picks", picks[0].draw, first=picks[0].place, checks=listed))
    return len(checks)


def drawn_checks(
    one: Picked, inspectors: str, today: date, method: Method, due: date | None
) -> list[Verification]:
    """The checks of a case that was drawn: its exempt proofs, else all; none where it no longer stands.

    A case withdrawn or ended otherwise since the pool was frozen stays drawn, so that the draw can be
    replayed, but there is nothing left to look at.
    """
    case = one.case
    if case.status not in (CommitmentStatus.ACCEPTED.value, CommitmentStatus.CONCLUDED.value):
        return []
    exempt = [(p.proof, p.name) for p in one.proofs if p.method == Method.EXEMPT.value]
    looked_at = exempt or [(p.proof, p.name) for p in one.proofs]
    if case.track == Track.ORDINARY.value:
        looked_at = [DAILY]
    return [
        Verification(
            id=check_id(case.number, one.checks + place),
            number=case.number,
            office=case.office,
            item=case.item,
            matter=case.matter,
            proof=proof,
            proof_name=name,
            method=method.value,
            state=CheckState.PLANNED.value,
            planned_on=today.isoformat(),
            due_on=due.isoformat() if due else None,
            due_source="抽查时指定" if due else None,
            assignee=inspectors.partition("、")[0],
            origin=CheckOrigin.DRAWN.value,
            inspectors=inspectors,
        )
        for place, (proof, name) in enumerate(looked_at, start=1)
    ]


def _write(folder: Path, files: dict[str, bytes]) -> None:
    try:
        for name, data in files.items():
            write_whole(folder / name, data)
    except OSError as error:
        raise NotReady(f"写不了 {folder}（{os_reason(error)}），没有抽取") from None
