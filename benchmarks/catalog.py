"""The 清单 of a province: how long one office's list, a search and one item take, as ratios within one run.

A made-up home with ``--items`` items of 120 offices, each filled in as a county would (依据, 内容, 标准,
期限 …), some 1.3 kB of YAML an item. Every figure is the wall time of a whole process; our commands are
interleaved with ``python -c pass`` and the medians divided. The naive ways are what a small script would
do: parse the YAML at each start (PyYAML's C loader where there is one), or load everything compiled as
JSON and filter it. Compiling after a change is told once, against the YAML parser alone. Not a test.

    python benchmarks/catalog.py [--rounds 20] [--items 10000]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

from timing import Case, measure, table, timed  # beside this file

OFFICES = 120
NAMES = (
    "户籍",
    "社会保险",
    "营业执照",
    "取水许可",
    "食品生产",
    "道路运输",
    "医疗机构",
    "档案",
    "就业创业",
    "宗教场所",
)
ACTS = ("设立登记", "变更登记", "注销登记", "延续", "补证", "首次申请", "年度报告", "转移接续")
CLAUSE = "申请人应当提交所列证明，" * 6
PARSE = """import sys, yaml, pathlib
loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
items = []
for path in pathlib.Path(sys.argv[1]).glob("items/*.yaml"):
    items += yaml.load(path.read_text("utf-8"), Loader=loader)["items"]
print(len([i for i in items if i["id"].startswith("d057-")]))
"""
LOAD = """import sys, json
items = json.load(open(sys.argv[1], encoding="utf-8"))
print(len([i for i in items if i["office"] == "D057"]))
"""


def item(office: str, n: int, place: int) -> str:
    """One item as YAML."""
    id_, matter = f"{office.lower()}-{n}", f"{NAMES[n % 10]}{ACTS[place % 8]}（第{n}类）"
    lines = [
        f"  - id: {id_}",
        f'    no: "{n}"',
        f"    matter: {matter}",
        f"    printed: {{office: {office}, matter: {matter}, proofs: 场所、执照, method: 在线核查}}",
        "    proofs:",
        "      all:",
        f"        - {{id: {id_}.1, name: 场所使用证明第{n}号, method: 在线核查}}",
        f"        - {{id: {id_}.2, name: 营业执照, method: 免于核查}}",
        "    basis:",
        f'      - {{law: 示例条例（虚构）, article: "{n % 90 + 1}", text: {CLAUSE}, source: 虚构}}',
        "    content:",
        f"      - {'证明申请人对所用场所享有使用权，期限自申请之日起不少于一年。' * 2}",
        "    agent: {allowed: 否, source: 虚构}",
        "    disclosure: {public: 否, source: 虚构}",
        f"    code: XN{n:010d}",
        f"    duty: 权责清单（虚构）第{n}项",
        '    verification: {period: "10", since: "2024-01-01", source: 虚构}',
        "    issuer: 虚构单位",
        "    issuer_source: 虚构",
        f"    standard: {'与登记信息中的名称、地址一致（虚构）。' * 2}",
    ]
    return "\n".join(lines)


def province(home: Path, items: int) -> None:
    """A home with its own 清单 of many items."""
    folder = home / "catalog" / "items"
    folder.mkdir(parents=True)
    head = 'version: 省级\ntitle: 示例省清单（虚构）\nsource: 虚构\neffective: "2024-01-01"\n'
    (home / "catalog" / "catalog.yaml").write_text(head, encoding="utf-8")
    (home / "catalog" / "county.yaml").write_text("name: 示例省\nextends: none\n", encoding="utf-8")
    codes = [f"D{n:03d}" for n in range(OFFICES)]
    offices = "".join(f"  - {{code: {code}, name: 示例{code}局}}\n" for code in codes)
    (home / "catalog" / "offices.yaml").write_text(f"offices:\n{offices}", encoding="utf-8")
    for place, code in enumerate(codes):
        rows = [item(code, n, place) for n in range(place + 1, items + 1, OFFICES)]
        (folder / f"{code.lower()}.yaml").write_text(
            f"office: {code}\nitems:\n" + "\n".join(rows) + "\n", encoding="utf-8"
        )


def compiled(home: Path, to: Path) -> None:
    """All items as one JSON file, for the second naive way."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    items = []
    for path in sorted((home / "catalog" / "items").glob("*.yaml")):
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
        items += [{**each, "office": document["office"]} for each in document["items"]]
    to.write_text(json.dumps(items, ensure_ascii=False), encoding="utf-8")


def main() -> None:
    """Prepare the home, measure, print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=20, help="rounds that are counted")
    parser.add_argument("--items", type=int, default=10_000, help="items in the 清单")
    given = parser.parse_args()
    scripts = Path(sysconfig.get_path("scripts"))
    program = next((p for p in (scripts / "gaozhi", scripts / "gaozhi.exe") if p.exists()), None)
    if program is None:
        raise SystemExit(f"no gaozhi console script in {scripts}: install the package first")
    with tempfile.TemporaryDirectory(prefix="gaozhi-benchmark-") as name:
        home, flat = Path(name, "home"), Path(name, "items.json")
        province(home, given.items)
        compiled(home, flat)
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("GAOZHI_", "PYTHON"))}
        environment |= {"GAOZHI_HOME": str(home), "GAOZHI_AS_OF": "2026-11-24"}
        size = sum(path.stat().st_size for path in home.rglob("*.yaml"))
        parse = [sys.executable, "-c", PARSE, str(home / "catalog")]
        parsing = timed(parse, environment)
        compiling = timed([str(program), "catalog", "list", "--dept", "D057"], environment)
        os.utime(home / "catalog" / "offices.yaml", (0, 0))  # settled, as files are in daily use
        for path in home.rglob("*.yaml"):
            os.utime(path, (0, 0))
        time.sleep(6)  # the times of change are old then, as in daily use
        timed([str(program), "catalog", "list", "--dept", "D057"], environment)

        def ours(*args: str) -> Case:
            return Case(f"`gaozhi {' '.join(args)}`", [str(program), *args], "≤ 7x pass, summit ≤ 2x", 7.0)

        todo = [
            Case("`python -c pass`", [sys.executable, "-c", "pass"]),
            Case("load all as JSON, filter", [sys.executable, "-c", LOAD, str(flat)]),
            ours("catalog", "list", "--dept", "D057", "--format", "tsv"),
            ours("catalog", "list", "--dept", "D057", "--format", "json"),
            ours("catalog", "list", "--search", "第777类", "--format", "tsv"),
            ours("catalog", "list", "--search", "档案 D057", "--format", "tsv"),
            ours("catalog", "list", "--search", "sczzd57h", "--format", "tsv"),
            ours("catalog", "show", "4321", "--format", "json"),
        ]
        medians = measure(todo, given.rounds, environment)
    python = ".".join(map(str, sys.version_info[:3]))
    print(f"Python {python}, {given.rounds} rounds, {given.items} items, {size / 1e6:.1f} MB of YAML\n")
    print("\n".join(table(todo, medians)))
    print(f"\nparsing the YAML at each start: {parsing / medians[0]:.0f}x pass")
    print(f"compiling once after a change: {compiling / parsing:.2f}x parsing the YAML")


if __name__ == "__main__":
    main()
