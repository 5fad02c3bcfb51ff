"""The plan that holds for a proof on a day: its own, its item's, else the county's (通知五（三）)."""

from __future__ import annotations

from datetime import date

from gaozhi_cli.domain.catalog import Catalog, Item, Proof
from gaozhi_cli.domain.check_plan import CheckPlan
from gaozhi_cli.domain.parameters import value_on
from gaozhi_cli.domain.readiness import periods_for


def plan_for(proof: Proof, item: Item, catalog: Catalog, day: date) -> CheckPlan | None:
    """What the county has laid down for checking a proof on ``day``; None where it has laid down nothing."""
    period = value_on(periods_for(proof, item, catalog, day), day)
    if period is None:
        return None
    return CheckPlan(period.since, period.source, int(period.value), standard=proof.standard)
