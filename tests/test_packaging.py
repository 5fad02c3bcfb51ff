"""What is shipped: wheel and sdist with the catalog and the templates inside, working from any folder."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in ("build", "hatchling")),
    reason="build 或 hatchling 未安装",
)
SHIPPED = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("catalog", "templates")
    for path in (ROOT / folder).rglob("*")
    if path.is_file()
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel made from it."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    result = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=300)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    """The one wheel."""
    (found,) = built.glob("gaozhi-*-py3-none-any.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel installed apart from this tree."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    result = subprocess.run(
        [*command, "--target", str(folder), str(wheel)], capture_output=True, encoding="utf-8", timeout=120
    )
    assert result.returncode == 0, result.stderr
    return folder


def gaozhi(installed: Path, cwd: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run the installed program from some other folder."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GAOZHI_")}
    environment |= {"PYTHONPATH": str(installed), "GAOZHI_HOME": str(cwd / "home"), "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, "-m", "gaozhi_cli", *args],
        cwd=cwd,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


def test_the_wheel_holds_code_catalog_and_templates(wheel: Path) -> None:
    """Every data file lies beside the code; tests, docs and caches stay outside."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {f"gaozhi_cli/_data/{name}" for name in SHIPPED} <= names
    code = {p.relative_to(ROOT).as_posix() for p in (ROOT / "gaozhi_cli").rglob("*.py")}
    assert code <= names
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"gaozhi_cli", "gaozhi"}
    assert not [name for name in names if name.endswith((".pyc", ".db", ".key"))]


def test_the_sdist_can_be_tested(built: Path) -> None:
    """Code, data, tests and documents: enough to build and check it elsewhere."""
    (found,) = built.glob("gaozhi-*.tar.gz")
    with tarfile.open(found) as archive:
        names = {member.name.partition("/")[2] for member in archive.getmembers()}
    assert set(SHIPPED) | {"pyproject.toml", "README.md", "LICENSE", "tests/conftest.py"} <= names


def test_the_metadata_says_what_it_needs(wheel: Path) -> None:
    """Name, version, Python, dependencies and the console script."""
    from gaozhi_cli import __version__

    with zipfile.ZipFile(wheel) as archive:
        folder = f"gaozhi-{__version__}.dist-info"
        metadata = archive.read(f"{folder}/METADATA").decode()
        scripts = archive.read(f"{folder}/entry_points.txt").decode()
    assert f"\nVersion: {__version__}\n" in metadata and "\nRequires-Python: >=3.11\n" in metadata
    assert "Requires-Dist: typer==0.29.2" in metadata and "License-Expression: MIT" in metadata
    assert "gaozhi = gaozhi_cli.cli.app:main" in scripts


def test_the_installed_program_works_from_anywhere(installed: Path, tmp_path: Path) -> None:
    """67 items from another folder, by the installed code and not by this tree."""
    result = gaozhi(installed, tmp_path, "catalog", "list", "--format", "ndjson")
    assert result.returncode == 0, result.stderr
    assert len(result.stdout.splitlines()) == 67
    code = "import gaozhi_cli, sys; print(gaozhi_cli.__file__)"
    where = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(installed)},
        capture_output=True, encoding="utf-8", cwd=tmp_path,
    )  # fmt: skip
    assert Path(where.stdout.strip()).is_relative_to(installed)


def test_the_installed_program_writes_a_letter(installed: Path, tmp_path: Path) -> None:
    """The template travels with it."""
    from tests.builders import CITIZEN, flags

    result = gaozhi(installed, tmp_path, "letter", "new", "--item", "64", *flags(CITIZEN))
    assert result.returncode == 0, result.stderr
    assert [path.name[:8] for path in (tmp_path / "home" / "letters").rglob("*.docx")] == [
        "SC-" + result.stdout[6:11]
    ]
