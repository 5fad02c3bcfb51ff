"""Filling letters: docxtpl, the peer that is installed, ours and the floor, side by side, as ratios.

    python benchmarks/letters.py [--letters 400] [--rounds 3] [--node DIR]
    python benchmarks/letters.py --memory 100000

The ways take turns on the same template (the shipped one) and the same made-up applicants; figures are
CPU seconds of this process (of the child for node), so that other work on the machine disturbs little.
``floor``: the ready-made parts of each letter, only deflated and written. The whole batch is timed with
everything it does: every row validated twice, numbered, sealed, journalled, made, written, marked, a
sample read back. ``--node``: a folder with node_modules/docxtemplater and pizzip (the fastest peer found).
Not a test.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from gaozhi_cli.domain.batch import check_row  # noqa: E402
from gaozhi_cli.domain.letter import compose  # noqa: E402
from gaozhi_cli.domain.lookup import find_items  # noqa: E402
from gaozhi_cli.rendering import compiled  # noqa: E402
from gaozhi_cli.rendering.docx_template import Template  # noqa: E402
from gaozhi_cli.rendering.letter_docx import Proof, letter_document, open_letter_template, with_code  # noqa: E402
from gaozhi_cli.rendering.qr import Pictures, blank  # noqa: E402
from gaozhi_cli.storage.cache_files import CacheFiles  # noqa: E402
from tests.builders import TODAY, a_catalog, applicants  # noqa: E402

TEMPLATE = (ROOT / "templates" / "commitment_letter.docx").read_bytes()
ITEM = "64"
COLUMNS = sorted({key for row in applicants(20) for key in row})
NODE = """
const fs = require("fs"), PizZip = require("pizzip"), Docxtemplater = require("docxtemplater");
const [template, rows, out] = process.argv.slice(2);
const content = fs.readFileSync(template), values = JSON.parse(fs.readFileSync(rows, "utf-8"));
const options = {delimiters: {start: "{{", end: "}}"}, paragraphLoop: true};
const one = (value, n) => {
  const doc = new Docxtemplater(new PizZip(content), options);
  doc.render(value);
  fs.writeFileSync(`${out}/${n}.docx`, doc.getZip().generate({type: "nodebuffer", compression: "DEFLATE"}));
};
values.slice(0, 20).forEach(one);
const start = process.cpuUsage();
values.forEach(one);
const spent = process.cpuUsage(start);
console.log((spent.user + spent.system) / 1e6);
"""


def letters(count: int, home: Path) -> list[dict[str, Any]]:
    """The values of letters as they are printed, without a QR of their own."""
    catalog = a_catalog(home)
    item = find_items(catalog, ITEM, TODAY)[0]
    found = []
    for n, row in enumerate(applicants(count), start=1):
        application = check_row(row | {"no_public": True}, item, catalog, TODAY).application
        assert application is not None
        found.append(dict(compose(application, catalog, f"荥市监告承〔2026〕{n:05d}号").values))
    return found


def proof(n: int) -> Proof:
    """What a letter proves itself by."""
    return Proof(f"SC-2026-{n:05d}", f"{n:064x}", f"{n}-{n:016x}")


def docxtpl(values: list[dict[str, Any]], out: Path) -> None:
    """As its documentation has it, autoescape on."""
    from docxtpl import DocxTemplate

    for n, value in enumerate(values):
        template = DocxTemplate(io.BytesIO(TEMPLATE))
        template.render(with_code(value, proof(n)), autoescape=True)
        template.save(out / f"{n}.docx")


def ours(codec: compiled.Codec, form: Template, pictures: Pictures) -> Callable[..., None]:
    """Values in, file out, with the QR drawn."""

    def way(values: list[dict[str, Any]], out: Path) -> None:
        for n, value in enumerate(values):
            drawn = pictures(proof(n).payload)
            done = letter_document(form, value, proof(n), codec=codec, drawn=drawn, checked=False)
            (out / f"{n}.docx").write_bytes(done)

    return way


def plain(codec: compiled.Codec, form: Template) -> Callable[..., None]:
    """The same as the peers do: no QR of its own."""
    white = blank()

    def way(values: list[dict[str, Any]], out: Path) -> None:
        for n, value in enumerate(values):
            done = letter_document(form, value, proof(n), codec=codec, drawn=white, checked=False)
            (out / f"{n}.docx").write_bytes(done)

    return way


def floor(codec: compiled.Codec, form: Template, values: list[dict[str, Any]]) -> Callable[..., None]:
    """Ready-made parts, deflated and written."""
    white = blank()
    ready = []
    for n, value in enumerate(values):
        filled = compiled.prepared(with_code(value, proof(n)))
        parts = [(name, compiled.filled(program, filled)) for name, program in form.programs.items()]
        ready.append([(form.picture, white), *parts])

    def way(_: list[dict[str, Any]], out: Path) -> None:
        for n, changed in enumerate(ready):
            (out / f"{n}.docx").write_bytes(compiled.packed(form.shell, changed, codec))

    return way


def docxtemplater(node: Path, values: list[dict[str, Any]], out: Path, scratch: Path) -> float:
    """CPU seconds of node filling the same letters; its own dialect of tags."""
    from gaozhi_cli.rendering.docx_package import open_package

    package = open_package(TEMPLATE, "模板")
    changed = {}
    for name in package.rendered_parts():
        text = package.part(name).decode()
        for row, keys in (("依据", "设定依据"), ("行", "证明内容")):
            text = text.replace(f"{{%p for {row} in {keys} %}}", f"{{{{#{keys}}}}}")
            text = text.replace("{%p endfor %}", f"{{{{/{keys}}}}}", 1)
            text = re.sub(rf"\{{\{{ {row}\.(\w+) \}}\}}", r"{{\1}}", text)
            text = text.replace(f"{{{{ {row} }}}}", "{{.}}")
        changed[name] = re.sub(r"\{\{ (\w+) \}\}", r"{{\1}}", text).encode()
    template, rows, script = scratch / "peer.docx", scratch / "rows.json", scratch / "peer.js"
    template.write_bytes(package.with_parts(changed).to_bytes())
    rows.write_text(json.dumps([with_code(v, proof(n)) for n, v in enumerate(values)]), "utf-8")
    script.write_text(NODE, "utf-8")
    environment = {**os.environ, "NODE_PATH": str(node / "node_modules")}
    command = ["node", str(script), str(template), str(rows), str(out)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)


def whole(count: int, scratch: Path, jobs: int) -> tuple[float, float]:
    """CPU and wall seconds of ``letter batch`` as a process, children included, less its start-up."""
    table = table_of(count, scratch / "申请人.csv")
    home = scratch / "home"
    spent = []
    for some in (table, scratch / "one.csv"):
        shutil.rmtree(home / "letters", ignore_errors=True)
        (home / "ledger.db").unlink(missing_ok=True)
        shutil.rmtree(home / "keys", ignore_errors=True)
        if some.name == "one.csv":
            some.write_text("".join(table.read_text("utf-8-sig").splitlines(keepends=True)[:2]), "utf-8-sig")
        command = [sys.executable, "-m", "gaozhi_cli", "letter", "batch", str(some), "--item", ITEM]
        command += ["--no-public", "--jobs", str(jobs), "-o", str(scratch / "result.tsv"), "--yes"]
        environment = {**os.environ, "GAOZHI_HOME": str(home), "PYTHONPATH": str(ROOT)}
        before, start = os.times(), time.perf_counter()
        subprocess.run(command, env=environment, check=True, capture_output=True)
        after, wall = os.times(), time.perf_counter() - start
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        spent.append((cpu, wall))
    return spent[0][0] - spent[1][0], spent[0][1] - spent[1][1]


def table_of(count: int, path: Path) -> Path:
    """A csv of made-up applicants, written row by row."""
    import csv

    with path.open("w", encoding="utf-8-sig", newline="") as opened:
        writer = csv.DictWriter(opened, COLUMNS)
        writer.writeheader()
        writer.writerows(applicants(count))
    return path


def peak(count: int, scratch: Path) -> float:
    """Peak memory in MB of ``letter batch`` over so many rows, with what it calls."""
    home = scratch / f"memory{count}"
    command = [sys.executable, "-m", "gaozhi_cli", "letter", "batch"]
    command += [str(table_of(count, scratch / "memory.csv")), "--item", ITEM, "--no-public", "--jobs", "1"]
    environment = {**os.environ, "GAOZHI_HOME": str(home), "PYTHONPATH": str(ROOT)}
    quiet = subprocess.DEVNULL
    child = subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet)
    _, status, usage = os.wait4(child.pid, 0)
    shutil.rmtree(home)
    assert status == 0
    return usage.ru_maxrss / 1024


def measured(way: Callable[..., None], values: list[dict[str, Any]], out: Path) -> float:
    """CPU seconds a letter."""
    start = time.process_time()
    way(values, out)
    return (time.process_time() - start) / len(values)


def lines(count: int, rounds: int, node: Path | None) -> Iterator[str]:
    """The table."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        scratch = Path(folder)
        home, out = scratch / "home", scratch / "out"
        home.mkdir()
        out.mkdir()
        form = open_letter_template(TEMPLATE, CacheFiles(home / "cache"))
        pictures = Pictures(10**6, CacheFiles(home / "cache"))
        pictures(proof(1).payload)
        values, fast = letters(count, home), compiled.batch_codec()
        six = compiled.SINGLE
        ways: dict[str, tuple[Callable[..., None], int]] = {
            "docxtpl as documented": (docxtpl, min(count, 60)),
            "ours, zlib 6": (plain(six, form), count),
            "floor, zlib 6": (floor(six, form, values), count),
            f"ours, {fast.name}": (plain(fast, form), count),
            f"floor, {fast.name}": (floor(fast, form, values), count),
            f"ours with a QR each, {fast.name}": (ours(fast, form, pictures), count),
        }
        spent: dict[str, list[float]] = {name: [] for name in ways}
        batch: list[float] = []
        walls: list[float] = []
        peer: list[float] = []
        for _ in range(rounds):
            for name, (way, some) in ways.items():
                spent[name].append(measured(way, values[:some], out))
            if node is not None:
                peer.append(docxtemplater(node, values[:200], out, scratch) / 200)
            batch.append(whole(count * 5, scratch, 1)[0] / (count * 5))
            walls.append(whole(count * 5, scratch, 2)[1] / (count * 5))
        middle = {name: statistics.median(times) for name, times in spent.items()}
        if peer:
            middle["docxtemplater (node)"] = statistics.median(peer)
        middle["letter batch, whole, one process"] = statistics.median(batch)
        middle["letter batch, whole, --jobs 2, wall time"] = statistics.median(walls)
        base, best = middle["docxtpl as documented"], middle.get("docxtemplater (node)")
        yield "| way | ms a letter | x docxtpl | x best peer | of its floor | goal | met |"
        yield "|---|---:|---:|---:|---:|---|---|"
        for name, seconds in middle.items():
            under = middle.get(name.replace("ours", "floor"))
            ratio = seconds / under if under and name.startswith("ours") else None
            goal, met = goal_of(name, base / seconds, best / seconds if best else None, ratio, fast.name)
            over = f"{best / seconds:.1f}" if best else ""
            yield (
                f"| {name} | {seconds * 1000:.3f} | {base / seconds:.1f} | {over} | "
                f"{f'{ratio:.2f}' if ratio else ''} | {goal} | {met} |"
            )


def memory(most: int) -> Iterator[str]:
    """The table of memory."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        peaks = {count: peak(count, Path(folder)) for count in (100, most)}
    yield "| letter batch, rows | peak MB | x 100 rows |"
    yield "|---|---:|---:|"
    for count, megabytes in peaks.items():
        yield f"| {count} | {megabytes:.0f} | {megabytes / peaks[100]:.2f} |"


def goal_of(name: str, over: float, peer: float | None, ratio: float | None, fast: str) -> tuple[str, str]:
    """The goal of a way and whether it was met."""
    if name == "ours, zlib 6" and ratio:
        return ">= 60 x docxtpl, <= 1.4 of the floor", "yes" if over >= 60 and ratio <= 1.4 else "no"
    if name == f"ours, {fast}":
        good = over >= 150 and (peer is None or peer >= 50)
        return ">= 150 x docxtpl, >= 50 x the best peer", "yes" if good else "no"
    if name.startswith("letter batch"):
        return ">= 20 x docxtpl", "yes" if over >= 20 else "no"
    return "", ""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--node", type=Path)
    parser.add_argument("--memory", type=int, metavar="ROWS", help="peak memory for 100 and so many rows")
    given = parser.parse_args()
    table = memory(given.memory) if given.memory else lines(given.letters, given.rounds, given.node)
    for line in table:
        print(line, flush=True)


if __name__ == "__main__":
    main()
