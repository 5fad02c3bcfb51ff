"""Replays a draw from its published files, written only from docs/draw.md: standard library, nothing of ours.

    python independent_draw.py FOLDER
"""  # fmt: skip

import csv
import hashlib
import json
import sys
from fractions import Fraction
from pathlib import Path

ALGORITHM = "gaozhi.draw.1"


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def lot(seed, plan_digest, *names):
    return hashlib.sha256("\n".join([ALGORITHM, seed, plan_digest, *names]).encode("utf-8")).digest()


def drawn(size, rate, least):
    return min(size, max(least, -(-size * Fraction(rate.rstrip("%")) // 100)))


def replay(folder):
    data = {name: (folder / name).read_bytes() for name in ("pool.csv", "inspectors.csv", "plan.json")}
    plan, told = json.loads(data["plan.json"]), json.loads((folder / "result.json").read_bytes())
    digest, seed = sha256(data["plan.json"]), told["seed"]
    assert plan["algorithm"] == told["algorithm"] == ALGORITHM, "another algorithm"
    assert digest == told["plan_sha256"], "plan.json is another"
    assert sha256(data["pool.csv"]) == plan["pool"]["sha256"], "pool.csv is another"
    assert sha256(data["inspectors.csv"]) == plan["inspectors"]["sha256"], "inspectors.csv is another"
    pool = list(csv.DictReader(data["pool.csv"].decode("utf-8").splitlines()))
    people = list(csv.DictReader(data["inspectors.csv"].decode("utf-8").splitlines()))
    lines, place = ["place,number,stratum,inspectors\n"], 0
    for stratum in plan["strata"]:
        numbers = [row["number"] for row in pool if row["stratum"] == stratum["stratum"]]
        assert len(numbers) == stratum["size"], "another size"
        count = drawn(stratum["size"], stratum["rate"], stratum["least"])
        assert count == stratum["drawn"], "another count"
        for number in sorted(numbers, key=lambda one: lot(seed, digest, one))[:count]:
            able = [p["inspector"] for p in people if p["office"] in ("", number.split("-")[0])
                    and number not in p["recused"].split()]  # fmt: skip
            team = sorted(able, key=lambda name: lot(seed, digest, number, name))[: plan["team"]]
            place += 1
            lines.append(f"{place},{number},{stratum['stratum']},{'、'.join(team)}\n")
    result = (folder / "result.csv").read_bytes()
    assert result == "".join(lines).encode("utf-8"), "result.csv is another"
    assert sha256(result) == told["result_sha256"], "result.json is another"
    return place


if __name__ == "__main__":
    print(replay(Path(sys.argv[1])))
