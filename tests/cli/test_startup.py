"""What a command loads: hot reads import no heavy library, and the fast path means what typer means."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer.core
from hypothesis import given, settings
from hypothesis import strategies as st
from typer._click import Context
from typer._coercion import resolve_type_descriptor
from typer.models import OptionInfo

from gaozhi_cli.cli.commands import Command, PlainParam, RootGroup
from gaozhi_cli.cli.fast import _parse, prepared
from gaozhi_cli.cli.hot_table import COMMON, HOT
from tests.builders import CITIZEN
from tests.cli import test_errors
from tests.cli.test_errors import letter
from tests.conftest import Run

office = test_errors.office  # the fixture

HEAVY = {
    "docxtpl", "docx", "lxml", "jinja2", "yaml", "pydantic", "sqlite_utils", "cryptography", "pypinyin",
    "httpx", "psycopg", "rich",
}  # fmt: skip


def loaded(result: subprocess.CompletedProcess[str]) -> set[str]:
    """The top-level modules that a process imported, from its ``-X importtime`` report."""
    names = re.findall(r"^import time:.*\|\s+(\S+)$", result.stderr, re.M)
    assert "gaozhi_cli" in names, result.stderr[-300:]
    return {name.partition(".")[0] for name in names}


def watched(run: Run, *args: str, home: Path) -> set[str]:
    """Run a command and tell what it imported."""
    result = run(*args, home=home, env={"PYTHONPROFILEIMPORTTIME": "1"})
    assert result.returncode == 0, result.stderr[-300:]
    return loaded(result)


HOT_READS = [
    ["--version"],
    ["catalog", "list", "--dept", "人社局"],
    ["catalog", "list", "--format", "json"],
    ["catalog", "show", "64", "--format", "json"],
    ["verify", "due", "--format", "tsv"],
    ["assist", "due", "--format", "tsv"],
    ["commitment", "show", "RS-2026-00001", "--format", "json"],
    ["commitment", "list", "--format", "ndjson"],
    ["commitment", "history", "RS-2026-00001", "--format", "json"],
    ["credit", "check", CITIZEN["id_number"], "--format", "json"],
    ["credit", "show", "RS-2026-00001", "--format", "json"],
]


@pytest.mark.parametrize("args", HOT_READS, ids=" ".join)
def test_a_hot_read_loads_nothing_heavy(run: Run, office: Path, args: list[str]) -> None:
    """No document, YAML, validation, encryption or terminal library, and not even typer."""
    assert not watched(run, *args, home=office) & (HEAVY | {"typer", "click"})


@pytest.mark.parametrize(
    "args",
    [["--help"], ["letter", "new", "--help"], ["ledger", "info"], ["verify", "due", "--within", "5"]],
    ids=" ".join,
)
def test_other_reads_load_no_validation_library_either(run: Run, office: Path, args: list[str]) -> None:
    """Help and the reads through typer: no pydantic, rich or anything else heavy."""
    assert not watched(run, *args, home=office) & HEAVY


def test_an_act_loads_only_what_it_needs(run: Run, office: Path) -> None:
    """Signing needs the ledger and its key; no document, YAML, validation or terminal library."""
    found = watched(run, "commitment", "sign", "SC-2026-00001", home=office)
    assert not found & (HEAVY - {"cryptography"})


def test_a_letter_needs_no_yaml_once_the_catalog_is_compiled(run: Run, office: Path) -> None:
    """A template that was compiled is filled without docxtpl and jinja2; and never yaml, pydantic, rich."""
    found = watched(run, *letter(), home=office)
    assert "segno" in found, "the report sees what is loaded"
    assert not found & (HEAVY - {"cryptography"})


def test_the_version_is_told_before_anything_is_imported(run: Run, home: Path) -> None:
    """--version: three modules of ours at most, and no ledger, catalog or settings."""
    result = run("--version", env={"PYTHONPROFILEIMPORTTIME": "1"})
    ours = re.findall(r"\|\s+(gaozhi_cli\S*)$", result.stderr, re.M)
    assert re.fullmatch(r"gaozhi \d+\.\d+\.\d+\S*\n", result.stdout)
    assert set(ours) <= {"gaozhi_cli", "gaozhi_cli.cli", "gaozhi_cli.cli.app", "gaozhi_cli.__main__"}


def test_typer_still_keeps_its_converter_where_we_put_ours() -> None:
    """``_runtime_param`` exists, is empty at first, and is what typer converts with."""
    option = typer.core.TyperOption(
        param_decls=["word", "--word"],
        type_descriptor=resolve_type_descriptor(str, OptionInfo()),
        default=None,
    )
    assert option._runtime_param is None, "renamed: gaozhi_cli.cli.commands would only be slower"
    seen: list[Any] = []

    class Watching(PlainParam):
        def _coerce_value(self, value: Any, param: Any, ctx: Context) -> Any:
            seen.append(value)
            return value

    descriptor = option.type_descriptor
    option._runtime_param = Watching(
        parameter_info=descriptor.parameter_info, annotation=descriptor.annotation
    )
    command = Command(name="x", params=[option], callback=lambda word: word)
    assert command.main(["--word", "某"], standalone_mode=False) == "某"
    assert seen == ["某"]


def test_every_parameter_of_every_command_is_plain() -> None:
    """No command has a parameter that typer would still send through pydantic."""
    for name, command in commands():
        context = Context(command, info_name=name)
        params = command.get_params(context)
        assert all(isinstance(p._runtime_param, PlainParam) for p in params if hasattr(p, "_runtime_param"))
        assert sum(hasattr(p, "_runtime_param") for p in params) >= len(params) - 1


def commands() -> list[tuple[str, Any]]:
    """Every command of the program with its full name."""
    from gaozhi_cli.cli.app import GROUPS

    root = RootGroup(name="gaozhi")
    root.groups = GROUPS
    found = []
    for group_name in root.list_commands(Context(root)):
        group = root.get_command(Context(root), group_name)
        if not hasattr(group, "list_commands"):  # a command of its own, such as doctor
            found.append((group_name, group))
            continue
        for name in group.list_commands(Context(group)):
            command = group.get_command(Context(group), name)
            found.append((f"{group_name} {name}", command))
            if hasattr(command, "list_commands"):  # a group within the group, such as ledger key
                within = Context(command)
                found += [
                    (f"{group_name} {name} {part}", command.get_command(within, part))
                    for part in command.list_commands(within)
                ]
    return found


# The fast path: a second parser, so it must agree with the first wherever it does not step back.

WORDS = [
    "人社局",
    "RS-2026-00001",
    "64",
    "json",
    "tsv",
    "",
    "-",
    "-1",
    "--",
    "=",
    "--help",
    "x=y",
    "2026-11-24",
]
OPTIONS = sorted({*COMMON, *(option for spec in HOT.values() for option in spec["options"])})
arguments = st.lists(
    st.one_of(
        st.sampled_from(WORDS),
        st.sampled_from(OPTIONS),
        st.builds("{}={}".format, st.sampled_from(OPTIONS), st.sampled_from(WORDS)),
        st.builds("{}{}".format, st.sampled_from(["-o", "-y", "-oy", "--form"]), st.sampled_from(WORDS)),
    ),
    max_size=6,
)
BY_NAME = dict(commands())


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(HOT)), arguments)
def test_the_fast_path_reads_arguments_as_typer_does(name: str, args: list[str]) -> None:
    """Either it leaves the arguments to typer, or both get the same values and the same common options."""
    parsed = _parse(HOT[name], args)
    if parsed is None:
        return
    command = BY_NAME[name]
    context = command.make_context(name, list(args))
    values, meta = parsed
    assert context.params == values
    assert {key: value for key, value in context.meta.items() if key.startswith("gaozhi.")} == meta


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["--help"],
        ["catalog"],
        ["catalog", "--help"],
        ["catalog", "list", "--help"],
        ["catalog", "list", "--nonsense"],
        ["catalog", "list", "extra"],
        ["catalog", "show"],
        ["--format", "json", "catalog", "list"],
        ["commitment", "sign", "RS-2026-00001"],
        ["letter", "new"],
        ["verify", "due", "--dept"],
    ],
    ids=" ".join,
)
def test_what_needs_explaining_is_left_to_typer(args: list[str]) -> None:
    """Help, mistakes, acts and unusual orders are no business of the fast path."""
    assert prepared(args) is None


def test_both_ways_give_the_same_answer(run: Run, office: Path) -> None:
    """The same read through the fast path and, by a flag before the group, through typer."""
    for args in (
        ["catalog", "list", "--dept", "rsj"],
        ["commitment", "show", "RS-2026-00001"],
        ["verify", "due", "--overdue"],
        ["commitment", "show", "RS-2026-00009"],
        ["credit", "check", CITIZEN["id_number"]],
    ):
        fast = run(*args, "--format", "json", home=office)
        slow = run("--format", "json", *args, home=office)
        assert (fast.returncode, fast.stdout, fast.stderr) == (slow.returncode, slow.stdout, slow.stderr)


def test_the_module_and_the_script_are_the_same_program(run: Run, home: Path) -> None:
    """``python -m gaozhi_cli`` and the console script's entry point answer alike."""
    code = "import sys; from gaozhi_cli.cli.app import main; sys.argv[0] = 'gaozhi'; main()"
    result = subprocess.run([sys.executable, "-c", code, "--version"], capture_output=True, text=True)
    assert result.stdout == run("--version").stdout
