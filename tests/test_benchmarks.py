"""The benchmark of comparing at a small size: it runs, and SQLite's own join counts the same outcomes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="没有 sqlite3 外壳")
def test_one_pass_counts_what_a_join_counts() -> None:
    """Eighty checks against eight hundred rows: matches, other names, two records, nobody."""
    command = [sys.executable, str(ROOT / "benchmarks" / "compare.py"), "--tasks", "80", "--rows", "800"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", timeout=120)
    assert result.returncode == 0, result.stderr
    table, counted = result.stdout.rsplit("\n\n", 1)
    assert len(table.splitlines()) == 6
    assert counted.strip() == "ambiguous 2，match 66，mismatch 4，not-found 8"
