"""Documents that fail when they are stale, and clauses that name what exists."""

from __future__ import annotations

import importlib
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from gaozhi_cli.cli.completion_table import COMMANDS as TYPED
from gaozhi_cli.cli.completion_table import COMMON
from gaozhi_cli.domain.versions import COLUMNS, HOW_TO_FILL
from tests.cli.test_startup import commands

ROOT = Path(__file__).parent.parent
COMMANDS = {name for name, _ in commands()}


@pytest.fixture(scope="module")
def build() -> ModuleType:
    """docs/build.py as a module."""
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_clause_table_is_current(build: ModuleType) -> None:
    """docs/对照表.md is what catalog/clauses.yaml says."""
    assert (ROOT / "docs" / "对照表.md").read_text(encoding="utf-8") == build.clause_table()


def test_readme_diagram_is_current(build: ModuleType) -> None:
    """The README's diagram is the transition table."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert build.readme(text) == text and "stateDiagram" in text


def test_the_columns_of_the_wide_sheet_are_the_programs(build: ModuleType) -> None:
    """docs/catalog.md tells how each column is filled in, as the sheet itself does."""
    text = (ROOT / "docs" / "catalog.md").read_text(encoding="utf-8")
    assert build.columns(text) == text and set(HOW_TO_FILL) == set(COLUMNS)


def test_the_table_of_measures_is_the_datas(build: ModuleType) -> None:
    """docs/outcomes.md shows what catalog/measures.yaml says."""
    text = (ROOT / "docs" / "outcomes.md").read_text(encoding="utf-8")
    assert build.measures(text) == text and "逐件确定，5 个工作日内要求" in text


def test_hot_table_is_current(build: ModuleType) -> None:
    """The fast path's table is what the typer commands say."""
    path = ROOT / "gaozhi_cli" / "cli" / "hot_table.py"
    assert path.read_text(encoding="utf-8") == build.hot_table()


def test_every_clause_names_functions_and_commands_that_exist(build: ModuleType) -> None:
    """A jurist can follow each clause to the function and the command that carry it out."""
    entries = build.clauses()
    assert len(entries) > 60
    for entry in entries:
        for reference in entry["by"]:
            module, _, function = reference.partition(":")
            found = getattr(importlib.import_module(f"gaozhi_cli.{module}"), function, None)
            assert callable(found), reference
            assert found.__doc__, reference
        for command in entry["commands"]:
            assert command in COMMANDS, command
        started = not entry["status"].startswith("未做")
        assert started == bool(entry["by"]), entry["words"]


def test_every_command_stands_in_the_readme() -> None:
    """No command is left out of the README."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in COMMANDS:
        assert re.search(rf"gaozhi {name}\b", text), f"gaozhi {name}"


@pytest.mark.parametrize(
    "file", ["README.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
)
def test_the_options_shown_exist(file: str) -> None:
    """Nobody is told to type an option that its command does not have."""
    text = (ROOT / file).read_text(encoding="utf-8")
    for line in re.findall(r"gaozhi ([a-z][^`#|&；，。\n]*)", text):
        words = line.split()
        name = next((known for n in (3, 2, 1) if (known := " ".join(words[:n])) in TYPED), None)
        for option in re.findall(r"(?<!\S)--[a-z-]+", line) if name else ():
            assert re.search(rf"(?<!\S){option}(?![a-z-])", f"{TYPED[name][1]} {COMMON}"), f"{name} {option}"
