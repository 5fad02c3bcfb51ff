"""Tables for ``letter batch``, and what must hold of a ledger and its folder however a batch ended."""

from __future__ import annotations

import csv
import hashlib
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from gaozhi_cli.storage.records import Query
from gaozhi_cli.storage.verify import verify
from tests.builders import TABLE_FIELDS, applicants
from tests.conftest import ROOT
from tests.storage.test_ledger_contract import entries, reopened

HEADINGS = {
    "name": "姓名或名称", "id_type": "证件类型", "id_number": "证件号码", "uscc": "统一社会信用代码",
    "contact": "联系人", "phone": "联系方式", "address": "地址", "agent_name": "代理人姓名",
    "agent_id_number": "代理人证件编号", "authorization": "特别授权", "statement": "承诺内容",
    "site_address": "现场地址",
}  # fmt: skip


def a_table(
    path: Path,
    rows: int | Iterable[Mapping[str, str]],
    encoding: str = "utf-8",
    fields: Iterable[str] = TABLE_FIELDS,
) -> Path:
    """A csv of applicants (made-up ones where only their count is given) under the flags' names."""
    listed = applicants(rows) if isinstance(rows, int) else rows
    fields = tuple(fields)
    with path.open("w", encoding=encoding, newline="") as file:
        table = csv.DictWriter(file, fields, extrasaction="ignore")
        table.writeheader()
        table.writerows(listed)
    return path


def command(table: Path | str, *more: str, out: Path | str = "out", item: str = "64") -> list[str]:
    """The arguments of a batch."""
    return ["letter", "batch", str(table), "--item", item, "--out", str(out), "--no-public", *more]


def begin(
    args: Iterable[str],
    home: Path,
    *,
    program: Path | None = None,
    arguments: Iterable[str] = (),
) -> subprocess.Popen[str]:
    """A command begun in a group of processes of its own, to be killed or waited for.

    ``program``: a file to be run with ``arguments`` in its place.
    """
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GAOZHI_")}
    environment |= {"GAOZHI_HOME": str(home), "GAOZHI_AS_OF": "2026-11-24", "PYTHONPATH": str(ROOT)}
    what = [str(program), *arguments] if program else ["-m", "gaozhi_cli", *args]
    return subprocess.Popen(
        [sys.executable, *what],
        env=environment,
        cwd=home,
        encoding="utf-8",
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def whole(home: Path, count: int, folder: Path | None = None, office: str = "SC") -> list[Path]:
    """The letters, when all holds: so many numbers without a gap, each with its one file and two entries.

    ``folder``: where exactly these files and nothing else must lie.
    """
    with closing(reopened(home)) as ledger:
        numbers = [found.case.number for found in ledger.commitments(Query())]
        assert numbers == [f"{office}-2026-{n:05d}" for n in range(1, count + 1)]
        assert ledger.pending_letters() == []
        assert verify(ledger).faults == ()
        paths = []
        for number in numbers:
            letter = ledger.letter(number)
            assert letter is not None
            path = home / letter.docx
            assert hashlib.sha256(path.read_bytes()).hexdigest() == letter.docx_sha256, number
            paths.append(path)
    acts = Counter((entry["object"], entry["act"]) for entry in entries(home / "ledger.db"))
    for number in numbers:
        assert (acts[number, "letter.draw-up"], acts[number, "letter.make"]) == (1, 1), number
    if folder is not None:
        there = [path for path in folder.iterdir() if not path.name.lstrip(".").startswith("gaozhi-")]
        assert sorted(there) == sorted(paths)  # a kill may leave the trial of the folder itself
    return paths


def nothing_personal(text: str, rows: Iterable[Mapping[str, str]]) -> None:
    """No name, number, telephone or promise of an applicant stands in a text."""
    kept = ("name", "id_number", "uscc", "phone", "statement", "address")
    values = {row[key] for row in rows for key in kept if len(row.get(key, "")) > 2}
    found = [value for value in values if re.search(rf"(?<!\d){re.escape(value)}(?!\d)", text)]
    assert not found, found


def until_there(path: Path, running: subprocess.Popen[str], patience: float = 60) -> None:
    """Wait until a file is there."""
    end = time.monotonic() + patience
    while not path.exists():
        assert time.monotonic() < end and running.poll() is None
        time.sleep(0.005)
