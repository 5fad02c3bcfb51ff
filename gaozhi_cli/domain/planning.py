"""The plan that holds for a proof on a day: its own, its item's, else the county's (通知五（三）).

Each level says what it says; the rest is the next level's. The days and the day they are counted from
go together. What nobody has laid down stays empty, and is listed as missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from gaozhi_cli.domain.catalog import Catalog, Item, Proof
from gaozhi_cli.domain.check_plan import CheckPlan
from gaozhi_cli.domain.parameters import Dated, value_on
from gaozhi_cli.domain.vocabulary import CheckStage, CountedFrom, Method


def plan_for(proof: Proof, item: Item, catalog: Catalog, day: date) -> CheckPlan:
    """What is laid down for checking a proof on ``day``; ``method`` is always said.

    ``period`` None: nobody has set the days (or it is not checked); an entry that begins later hides nothing.
    """
    levels = (value_on(proof.plans, day), value_on(item.plans, day))
    said = [plan for plan in levels if plan is not None]
    return _laid_out(said, proof.method, proof.standard, catalog, day)


def method_on(proof: Proof, item: Item, day: date) -> Method:
    """How a proof is checked on a day: by its plan, its item's, else as the 清单 has it."""
    levels = (value_on(proof.plans, day), value_on(item.plans, day))
    said = (plan.method for plan in levels if plan is not None and plan.method is not None)
    return next(said, proof.method)


def plan_by_method(method: Method, catalog: Catalog, day: date) -> CheckPlan:
    """The plan for a proof that the catalog has dropped since: what the county says of its method."""
    return _laid_out([], method, "", catalog, day)


def unplanned(plan: CheckPlan) -> bool:
    """Whether a proof is to be checked and nobody has said within how many days (明确核查时间)."""
    return plan.method is not Method.EXEMPT and plan.period is None


def _laid_out(
    said: Sequence[CheckPlan], method: Method, standard: str, catalog: Catalog, day: date
) -> CheckPlan:
    how = next((plan for plan in said if plan.method is not None), None)
    if how is not None and how.method is not None:
        method = how.method
    if method is Method.EXEMPT:
        since, source = (how.since, how.source) if how is not None else (day, "")
        return CheckPlan(since, source, method=method, standard=standard)
    levels = [*said, _of_county(method, catalog, day)]
    timed = next((plan for plan in levels if plan.period is not None), None)
    told = timed or how
    return CheckPlan(
        since=told.since if told else day,
        source=told.source if told else "",
        period=timed.period if timed else None,
        method=method,
        standard=next((plan.standard for plan in said if plan.standard), standard),
        stage=next((plan.stage for plan in levels if plan.stage is not None), None),
        counted_from=timed.counted_from if timed else CountedFrom.ACCEPTED,
        persons=next((plan.persons for plan in said if plan.persons is not None), None),
    )


def _of_county(method: Method, catalog: Catalog, day: date) -> CheckPlan:
    """What parameters.yaml says of all proofs checked by a method."""

    def value(name: str) -> Dated | None:
        parameter = catalog.parameter(f"verification.{name}.{method.value}")
        return value_on(parameter.values, day) if parameter else None

    period, stage, begins = (value(name) for name in ("period", "stage", "from"))
    return CheckPlan(
        since=period.since if period else day,
        source=period.source if period else "",
        period=int(period.value) if period else None,
        stage=CheckStage(stage.value) if stage else None,
        counted_from=CountedFrom(begins.value) if begins else CountedFrom.ACCEPTED,
    )
