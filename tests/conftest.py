"""Homes to work in, and the command run as a user runs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gaozhi_cli.rendering.letter_docx import open_letter_template
from gaozhi_cli.storage.cache_files import CacheFiles
from gaozhi_cli.storage.catalog_index import open_catalog
from gaozhi_cli.storage.home import Home
from tests import warm as warm_process

ROOT = Path(__file__).parent.parent
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose catalog and letter are compiled, to copy from: that costs more than most commands."""
    return warm(tmp_path_factory.mktemp("compiled"))


@pytest.fixture(scope="session")
def compiled_complete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same of the complete fixture county."""
    folder = tmp_path_factory.mktemp("complete") / "home"
    shutil.copytree(ROOT / "tests" / "homes" / "complete" / "catalog", folder / "catalog")
    return warm(folder)


def warm(folder: Path) -> Path:
    """A home as it is after its first letter: nothing in it but the cache."""
    home = Home(folder)
    open_catalog(home)
    open_letter_template(home.template("commitment_letter.docx").read_bytes(), CacheFiles(home.cache))
    return folder


@pytest.fixture
def home(compiled: Path, tmp_path: Path) -> Path:
    """A county's home with nothing in it but the cache: the shipped catalog as it is."""
    return Path(shutil.copytree(compiled, tmp_path / "home"))


@pytest.fixture
def complete_home(compiled_complete: Path, tmp_path: Path) -> Path:
    """The complete fixture county (all made up)."""
    return Path(shutil.copytree(compiled_complete, tmp_path / "complete"))


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
        if warm_process.fits(args, env or {}):
            forking = warm_process.context()
            return warm_process.run(
                forking, args, env=environment, cwd=tmp_path, input=input, timeout=timeout
            )
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
