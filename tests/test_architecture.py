"""The shape of the house: who may import whom, what is loaded when, what every file owes its reader."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "gaozhi_cli"
FILES = sorted(PACKAGE.rglob("*.py"))
FLOORS = {"domain": 0, "storage": 1, "rendering": 1, "sources": 1, "services": 2, "cli": 3}
HEAVY = {
    "docxtpl", "docx", "lxml", "jinja2", "yaml", "pydantic", "sqlite_utils", "xlsxwriter", "psycopg",
    "httpx", "cryptography", "rich", "pypinyin", "stdnum", "chinese_calendar", "python_calamine",
}  # fmt: skip
ON_FLOORS = [path for path in FILES if path.relative_to(PACKAGE).parts[0] in FLOORS]
BELOW = [path for path in ON_FLOORS if path.relative_to(PACKAGE).parts[0] != "cli"]


def each(paths: list[Path]) -> pytest.MarkDecorator:
    """One test for each of some files, empty ones left out."""
    full = [path for path in paths if path.read_text("utf-8")]
    return pytest.mark.parametrize("path", full, ids=[str(p.relative_to(PACKAGE)) for p in full])


def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text("utf-8"))


def at_import(nodes: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements that run when a module is imported; not what only a type checker sees."""
    for node in nodes:
        yield node
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from at_import(node.orelse)
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for field in ("body", "orelse", "finalbody", "handlers"):
                yield from at_import(getattr(node, field, []))


def imported(nodes: Iterator[ast.stmt] | list[ast.stmt]) -> Iterator[str]:
    """Full names of the modules that import statements name."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""


def test_the_contracts_of_import_linter_hold() -> None:
    """The layers, the order within the domain, services apart, a domain without files or clock."""
    pytest.importorskip("importlinter", reason="import-linter 未安装")
    code = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    command = [sys.executable, "-c", code, "--config", "pyproject.toml", "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=120)
    assert result.returncode == 0, result.stdout
    assert re.search(r"Contracts: (\d+) kept, 0 broken", result.stdout)


def test_the_contracts_would_notice_an_upward_import(tmp_path: Path) -> None:
    """The control: a copy of the package with one import that goes up breaks a contract."""
    pytest.importorskip("importlinter", reason="import-linter 未安装")
    import shutil

    shutil.copytree(PACKAGE, tmp_path / "gaozhi_cli", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    path = tmp_path / "gaozhi_cli" / "domain" / "county.py"
    path.write_text(path.read_text("utf-8") + "\n\nimport gaozhi_cli.storage.home\n", "utf-8")
    code = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports_command as l; l()"
    command = [sys.executable, "-c", code, "--config", "pyproject.toml", "--no-cache"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", timeout=120)
    assert result.returncode != 0 and "BROKEN" in result.stdout, result.stdout + result.stderr


@each(ON_FLOORS)
def test_no_import_goes_up(path: Path) -> None:
    """Read from the source itself, inside functions too: no floor imports a floor above."""
    own = path.relative_to(PACKAGE).parts[0]
    for name in imported([node for node in ast.walk(tree(path)) if isinstance(node, ast.stmt)]):
        root, _, rest = name.partition(".")
        floor = FLOORS.get(rest.partition(".")[0]) if root == "gaozhi_cli" else None
        assert floor is None or floor <= FLOORS[own], f"{name} is above {own}"


@each(FILES)
def test_heavy_libraries_are_imported_where_they_are_used(path: Path) -> None:
    """No heavy library at module level: it would be paid for at every start."""
    names = {name.partition(".")[0] for name in imported(at_import(tree(path).body))}
    assert not names & HEAVY


def test_package_files_are_empty() -> None:
    """``__init__.py`` holds nothing but, at the top, what the package is and its version."""
    packages = [path for path in FILES if path.name == "__init__.py" and path.parent != PACKAGE]
    assert [path for path in packages if path.read_text("utf-8")] == []
    assert {path.parent.name for path in packages} >= {"cli", "domain", "rendering", "services", "storage"}
    docstring, version = tree(PACKAGE / "__init__.py").body
    assert isinstance(docstring, ast.Expr) and ast.unparse(version).startswith("__version__ = ")


@each(FILES)
def test_what_is_public_is_explained(path: Path) -> None:
    """Every module, public class and public function says what it is."""
    module = tree(path)
    assert ast.get_docstring(module)
    for node in module.body:
        public = isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
        if public:
            assert ast.get_docstring(node), f"{path.name}: {node.name}"


@each([path for path in FILES if "domain" in path.parts])
def test_the_domain_is_pure(path: Path) -> None:
    """No printing, no files, no clock, no randomness, no environment."""
    forbidden = {"print", "open", "input", "exec", "eval", "__import__"}
    clock = {"today", "now", "utcnow", "time", "getenv", "environ"}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            name = node.func
            assert not (isinstance(name, ast.Name) and name.id in forbidden), ast.unparse(node)
            assert not (isinstance(name, ast.Attribute) and name.attr in clock), ast.unparse(node)


@each(BELOW)
def test_nothing_below_the_commands_talks(path: Path) -> None:
    """print, stdout and stderr belong to cli/ alone."""
    for node in ast.walk(tree(path)):
        assert not (isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "input"))
        assert not (isinstance(node, ast.Attribute) and ast.unparse(node) in ("sys.stdout", "sys.stderr"))


@each(FILES)
def test_no_shell_and_no_evaluation(path: Path) -> None:
    """No shell, no eval, no pickle: data stays data.

    Only the verification marshals, into nameless temporary files that nobody else can open or fill.
    """
    text = path.read_text("utf-8")
    assert not re.search(r"shell\s*=\s*True|os\.system|\bpickle\b|\beval\(|\bexec\(", text)
    assert "marshal" not in text or path.name == "row_histories.py"
    assert not re.search(r"\byaml\.(load|unsafe_load|full_load)\b", text)
