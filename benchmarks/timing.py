"""Whole processes timed against each other in one run: what the benchmarks of start-up and catalog share."""

from __future__ import annotations

import random
import statistics
import subprocess
import time
from collections.abc import Iterator
from typing import NamedTuple


class Case(NamedTuple):
    """A command to time: its name in the table, its arguments, the goal for its ratio, and to what."""

    name: str
    command: list[str]
    goal: str = ""
    most: float | None = None
    against: str = "pass"


def timed(command: list[str], environment: dict[str, str]) -> float:
    """Wall time of one process."""
    start = time.perf_counter()
    done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    spent = time.perf_counter() - start
    if done.returncode != 0:
        raise SystemExit(f"{command} failed: {done.stderr.decode('utf-8', 'replace')}")
    return spent


def measure(todo: list[Case], rounds: int, environment: dict[str, str]) -> list[float]:
    """Median seconds of each case, all interleaved; one round beforehand is not counted."""
    spent: list[list[float]] = [[] for _ in todo]
    order = list(range(len(todo)))
    for turn in range(rounds + 1):
        random.Random(turn).shuffle(order)
        for place in order:
            seconds = timed(todo[place].command, environment)
            if turn:
                spent[place].append(seconds)
    return [statistics.median(times) for times in spent]


def table(todo: list[Case], medians: list[float]) -> Iterator[str]:
    """The result as a markdown table."""
    bases = {"pass": medians[0], "script": medians[1]}
    yield "| whole process | median ms | x pass | x script | goal | met |"
    yield "|---|---:|---:|---:|---|---|"
    for case, seconds in zip(todo, medians, strict=True):
        met = "" if case.most is None else ("yes" if seconds / bases[case.against] <= case.most else "no")
        ratios = " | ".join(f"{seconds / base:.2f}" for base in bases.values())
        yield f"| {case.name} | {seconds * 1000:.1f} | {ratios} | {case.goal} | {met} |"
