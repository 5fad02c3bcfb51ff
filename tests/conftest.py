"""Homes to work in, and the command run as a user runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A county's home with nothing in it: the shipped catalog as it is."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def complete_home(tmp_path: Path) -> Path:
    """The complete fixture county (all made up)."""
    return Path(shutil.copytree(ROOT / "tests" / "homes" / "complete", tmp_path / "complete"))


@pytest.fixture
def run(home: Path, tmp_path: Path) -> Run:
    """Run ``gaozhi`` in a process of its own, in a pipe: ``run("catalog", "list", home=…, input=…)``."""

    def call(
        *args: str,
        home: Path = home,
        input: str | None = None,
        env: dict[str, str] | None = None,
        timeout: float = 120,
    ) -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("GAOZHI_")}
        environment |= {"GAOZHI_HOME": str(home), "GAOZHI_AS_OF": "2026-11-24", "PYTHONPATH": str(ROOT)}
        environment |= env or {}
        return subprocess.run(
            [sys.executable, "-m", "gaozhi_cli", *args],
            cwd=tmp_path,
            env=environment,
            input=input,
            capture_output=True,
            encoding="utf-8",
            timeout=timeout,
        )

    return call
