"""Homes of which nothing is compiled yet: here the index and its cache are what is tested."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import ROOT


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
