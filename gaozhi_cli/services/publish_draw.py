"""一公开: record where and when a pool, or a result, was published (通知五（三）：双随机、一公开)."""

from __future__ import annotations

from datetime import date
from typing import Any

from gaozhi_cli.domain.draw_rules import publish_problems
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import Refused
from gaozhi_cli.domain.supervision import Draw
from gaozhi_cli.domain.vocabulary import DrawState
from gaozhi_cli.storage.draws import find_draw
from gaozhi_cli.storage.ledger import Ledger

ACT = "draw.publish"


def publish_draw(id_: str, at: str, on: date, *, ledger: Ledger, occasion: Occasion) -> Draw:
    """The frozen pool, or the result of the draw, was published ``at`` a place ``on`` a day.

    Raises NotFound, Refused (too late for the pool, published already).
    """
    digest = ledger.asked(occasion.request_id, ACT, id=id_, at=at, on=on)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        draw = find_draw(ledger, id_)
        if ledger.repeated(occasion.request_id, ACT, digest) is not None:
            act.nothing()
            return draw
        problems = publish_problems(draw, on, occasion.today)
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        day = on.isoformat()
        if draw.state == DrawState.PLANNED.value:
            changes: dict[str, Any] = {
                "state": DrawState.PUBLISHED.value,
                "published_on": day,
                "published_at": at,
            }
            facts = {"what": "pool", "plan": draw.plan_sha256}
        else:
            changes = {"state": DrawState.ANNOUNCED.value, "result_published_on": day}
            facts = {"what": "result", "result": draw.result_sha256 or ""}
        act.change_draw(id_, **changes)
        act.record(occasion.entry(ACT, id_, request_digest=digest, at=at, on=day, **facts))
        return draw._replace(**changes)
