"""双随机的公布文件: the lines of the pool, the inspectors, the plan and the result (docs/draw.md).

Plain UTF-8 with line feeds, no quotes: whoever replays a draw reads them with any tool.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from gaozhi_cli.domain.problem import BadInput, Problem
from gaozhi_cli.domain.supervision import (
    ALGORITHM,
    MOST_TEAM,
    TEAM,
    Inspector,
    Pick,
    Plan,
    Rate,
    Stratum,
    percent,
    read_percent,
    share,
)

POOL, INSPECTORS, PLAN = "pool.csv", "inspectors.csv", "plan.json"
RESULT, RESULT_PLAN = "result.csv", "result.json"
POOL_HEAD = "number,stratum\n"
INSPECTORS_HEAD = "inspector,office,recused\n"
RESULT_HEAD = "place,number,stratum,inspectors\n"
SHA256 = re.compile("[0-9a-f]{64}")


def pool_line(number: str, stratum: str) -> str:
    """A commitment of the pool."""
    return f"{number},{stratum}\n"


def read_pool(lines: Iterable[str], strata: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The numbers and strata of a pool, checked: in order, each once, of known strata. Raises BadInput."""
    known, last = frozenset(strata), ""
    rows = iter(lines)
    if next(rows, "") != POOL_HEAD:
        raise altered(POOL, 1)
    for n, line in enumerate(rows, start=2):
        number, _, stratum = line.removesuffix("\n").partition(",")
        if stratum not in known or number <= last:
            raise altered(POOL, n)
        last = number
        yield number, stratum


def inspectors_text(inspectors: Sequence[Inspector]) -> str:
    """The file of the inspectors, by name."""
    ordered = sorted(inspectors, key=lambda one: one.name)
    lines = [f"{one.name},{one.office},{' '.join(sorted(one.recused))}\n" for one in ordered]
    return INSPECTORS_HEAD + "".join(lines)


def read_inspectors(text: str) -> tuple[Inspector, ...]:
    """The inspectors of such a file. Raises BadInput."""
    head, *lines = text.splitlines(keepends=True) or [""]
    if head != INSPECTORS_HEAD:
        raise altered(INSPECTORS, 1)
    found = []
    for n, line in enumerate(lines, start=2):
        parts = line.rstrip("\n").split(",")
        if len(parts) != 3 or not parts[0]:
            raise altered(INSPECTORS, n)
        found.append(Inspector(parts[0], parts[1], frozenset(parts[2].split())))
    return tuple(found)


def result_line(pick: Pick) -> str:
    """A line of the result."""
    return f"{pick.place},{pick.number},{pick.stratum},{pick.inspectors}\n"


def plan_text(plan: Plan) -> str:
    """The file of the plan; its SHA-256 goes into every lot."""
    strata = [
        {
            "stratum": one.id, "label": one.label, "size": one.size, "rate": percent(one.rate.share),
            "least": one.rate.least, "drawn": one.drawn, "source": one.rate.source,
        }
        for one in plan.strata
    ]  # fmt: skip
    told = {
        "algorithm": ALGORITHM,
        "draw": plan.draw,
        "county": plan.county,
        "office": plan.office,
        "planned_on": plan.planned_on,
        "pool": {
            "since": plan.pool_since, "until": plan.pool_until, "rows": plan.pool_rows,
            "sha256": plan.pool_sha256,
        },
        "inspectors": {"sha256": plan.inspectors_sha256},
        "team": plan.team,
        "strata": strata,
        "seed": {"source": plan.seed_source, "from": plan.seed_from},
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def read_plan(text: str) -> Plan:
    """The plan of such a file. Raises BadInput where it is not one, or its counts are not its rates'."""
    try:
        told = json.loads(text)
        if told["algorithm"] != ALGORITHM:
            raise BadInput(f"{PLAN} 用的算法是“{str(told['algorithm'])[:40]}”，本程序只会 {ALGORITHM}")
        pool, seed = told["pool"], told["seed"]
        plan = Plan(
            _text(told["draw"]), _text(told["county"]), told["office"], _text(told["planned_on"]),
            pool["since"], _text(pool["until"]), _digest(pool["sha256"]), _whole(pool["rows"]),
            _digest(told["inspectors"]["sha256"]), _whole(told["team"]),
            tuple(_stratum(one) for one in told["strata"]), _text(seed["source"]), _text(seed["from"]),
        )  # fmt: skip
    except (ValueError, TypeError, KeyError, RecursionError):
        raise altered(PLAN) from None
    if len({one.id for one in plan.strata}) != len(plan.strata) or not TEAM <= plan.team <= MOST_TEAM:
        raise altered(PLAN)
    wrong = [one.label for one in plan.strata if one.drawn != share(one.size, one.rate.share, one.rate.least)]
    if wrong or sum(one.size for one in plan.strata) != plan.pool_rows:
        message = f"{PLAN} 里“{wrong[0]}”要抽的件数不是按比例算出的" if wrong else f"{PLAN} 各项件数之和不对"
        raise BadInput(message, (Problem("plan-counts", message),))
    return plan


def _stratum(told: dict[str, Any]) -> Stratum:
    rate = read_percent(_text(told["rate"]))
    if rate is None:
        raise ValueError(told["rate"])
    given = Rate(rate, _whole(told["least"]), _text(told["source"]))
    return Stratum(
        _text(told["stratum"]), _text(told["label"]), _whole(told["size"]), given, _whole(told["drawn"])
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _digest(value: object) -> str:
    if not SHA256.fullmatch(_text(value)):
        raise ValueError(value)
    return _text(value)


def _whole(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(value)
    return value


def result_text(plan: str, seed: str, drawn_on: str, result: str, picks: int) -> str:
    """The small file beside the result: what it was drawn from, by digest, and the seed."""
    told = {
        "algorithm": ALGORITHM, "plan_sha256": plan, "seed": seed, "drawn_on": drawn_on,
        "picks": picks, "result_sha256": result,
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def read_result(text: str) -> dict[str, str]:
    """Plan's digest, seed, day and result's digest of such a file. Raises BadInput."""
    try:
        told = json.loads(text)
        found = {
            "plan_sha256": _digest(told["plan_sha256"]),
            "seed": _text(told["seed"]),
            "drawn_on": date.fromisoformat(_text(told["drawn_on"])).isoformat(),
            "result_sha256": _digest(told["result_sha256"]),
        }
        found["picks"] = str(_whole(told["picks"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise altered(RESULT_PLAN) from None
    values = (found["plan_sha256"], found["seed"], found["drawn_on"], found["result_sha256"])
    if text != result_text(*values, int(found["picks"])):
        raise altered(RESULT_PLAN)
    return found


def altered(file: str, line: int | None = None) -> BadInput:
    """A published file that is not as it was written."""
    where = f"{file} 第 {line} 行" if line else file
    message = f"{where}与公布的格式不符，可能被改动过；请重新下载公布的文件"
    return BadInput(message, (Problem("draw-altered", message, field=file),))
