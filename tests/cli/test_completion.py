"""Completion in real shells: the script is sourced, Tab is pressed, candidates are read."""

from __future__ import annotations

import codecs
import importlib.util
import os
import shutil
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated

import pytest
import typer

from gaozhi_cli.cli.app import GROUPS, run_args
from gaozhi_cli.cli.commands import Command, command_app
from gaozhi_cli.cli.completion import common, describe
from gaozhi_cli.cli.completion_table import COMMANDS, COMMON
from gaozhi_cli.cli.listings import completion as listings
from gaozhi_cli.domain.catalog import Catalog, Items
from gaozhi_cli.domain.county import Office
from tests.builders import TODAY, a_catalog
from tests.cli.test_startup import HEAVY, watched
from tests.conftest import ROOT, Run

BASH = shutil.which("bash")
SHELLS = [
    pytest.param(name, marks=pytest.mark.skipif(shutil.which(name) is None, reason=f"没有 {name}"))
    for name in ("bash", "zsh")
]
needs_bash = pytest.mark.skipif(BASH is None or sys.platform == "win32", reason="没有 bash")
OFFICES = [
    "民宗局",
    "人社局",
    "社保中心",
    "农委",
    "水利局",
    "商务局",
    "卫健委",
    "市监局",
    "消防大队",
    "气象局",
]
Complete = Callable[..., list[str]]


@pytest.fixture
def program(home: Path, tmp_path: Path) -> Path:
    """A folder with ``gaozhi`` in it, as an installation has."""
    folder = tmp_path / "bin"
    folder.mkdir()
    path = folder / "gaozhi"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gaozhi_cli "$@"\n')
    path.chmod(0o755)
    return folder


@pytest.fixture
def surroundings(program: Path, home: Path) -> dict[str, str]:
    """The environment of a shell with ``gaozhi`` in its PATH, in a locale with UTF-8."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GAOZHI_", "LC_", "LANG"))}
    return kept | {
        "PATH": f"{program}{os.pathsep}{kept['PATH']}", "GAOZHI_HOME": str(home), "PYTHONPATH": str(ROOT),
        "GAOZHI_AS_OF": "2026-11-24", "LC_ALL": "C.UTF-8", "HOME": str(home), "ZDOTDIR": str(home),
    }  # fmt: skip


@pytest.fixture
def complete(surroundings: dict[str, str], tmp_path: Path) -> Complete:
    """What bash offers for words, the last being completed: the script sourced, its function called."""
    script = tmp_path / "gaozhi.bash"
    script.write_text(listings.script(listings.BASH), "utf-8")

    def call(*words: str, script: Path = script, **environment: str) -> list[str]:
        code = (
            'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _gaozhi 2>&1; '
            "printf '%s\\n' \"${COMPREPLY[@]}\""
        )
        command = [str(BASH), "--noprofile", "--norc", "-c", code, "-", str(script), "gaozhi", *words]
        result = subprocess.run(
            command, env=surroundings | environment, cwd=tmp_path, capture_output=True, timeout=60
        )
        assert (result.returncode, result.stderr) == (0, b"")
        return [line for line in result.stdout.decode("utf-8", "surrogateescape").split("\n") if line]

    return call


# The table and the script


def test_the_table_is_what_typer_says() -> None:
    """Not stale: ``python docs/build.py`` after a change of commands."""
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    assert spec is not None and spec.loader is not None
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    path = ROOT / "gaozhi_cli" / "cli" / "completion_table.py"
    assert path.read_text(encoding="utf-8") == build.completion_table()
    assert (describe(GROUPS), common()) == (COMMANDS, COMMON)


def test_nothing_in_the_table_could_break_the_script() -> None:
    """Words without quotes, globs, blanks or dollars: the table stands between single quotes and is split."""
    for at, texts in COMMANDS.items():
        for text in (at, *texts, COMMON):
            assert not set(text) & set("'\"\\*?[]$`;&<>()\t\n"), at


def test_every_command_is_in_the_table() -> None:
    """Groups, commands and options, as the help tests know them."""
    from tests.cli.test_startup import commands

    for name, command in commands():
        group, _, last = name.rpartition(" ")
        assert last in COMMANDS[group][0].split()
        options = {option.partition("=")[0] for option in f"{COMMANDS[name][1]} {COMMON}".split()}
        for param in command.params:
            if param.param_type_name == "option":
                assert set(param.opts) <= options, name


@pytest.fixture
def probe() -> Iterator[dict[str, str]]:
    """A group that is not there yet: its module, and the table of groups with it."""
    module = types.ModuleType("gaozhi_cli.cli.probe")
    app = command_app("试")

    @app.command("look", cls=Command)
    def look(
        thing: Annotated[str, typer.Argument(metavar="事项", help="看什么")],
        kind: Annotated[str | None, typer.Option("--kind", metavar="种类", help="甲|乙|丙")] = None,
        finding: Annotated[str | None, typer.Option("--finding", metavar="结论", help="属实|不实")] = None,
        where: Annotated[str | None, typer.Option("--where", metavar="单位", help="在哪里")] = None,
        loud: Annotated[bool, typer.Option("--loud", help="大声")] = False,
    ) -> None:
        """看。"""

    module.app = app  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module
    yield {**GROUPS, "probe": "试"}
    del sys.modules[module.__name__]


def test_a_new_group_appears_by_itself(probe: dict[str, str], complete: Complete, tmp_path: Path) -> None:
    """Name, command, options, choices, offices and items, from nothing but its typer command."""
    table = describe(probe)
    assert table["probe"] == ("look", "", "")
    names, options, arguments = table["probe look"]
    assert (names, arguments) == ("", "@item")
    expected = "--kind=甲|乙|丙 --finding=属实|不实|true|false --where=@office --loud"
    assert options == expected
    script = tmp_path / "probe.bash"
    script.write_text(listings.written(table, common(), listings.BASH), "utf-8")
    assert complete("pro", script=script) == ["probe"]
    assert complete("probe", "", script=script) == ["look"]
    assert complete("probe", "look", "--k", script=script) == ["--kind"]
    assert complete("probe", "look", "--kind", "", script=script) == ["甲", "乙", "丙"]
    assert complete("probe", "look", "--where", "rsj", script=script) == ["人社局"]
    assert complete("probe", "look", "--loud", "失业", script=script) == ["8"]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_printed_and_sourced_without_a_word(
    run: Run, surroundings: dict[str, str], shell: str
) -> None:
    """``eval "$(gaozhi completion SHELL)"`` under strict options prints nothing and leaves a completion."""
    printed = run("completion", shell)
    frame = listings.BASH if shell == "bash" else listings.ZSH
    assert printed.stdout == listings.script(frame) and printed.stderr == ""
    setup = "autoload -Uz compinit; compinit -u; " if shell == "zsh" else ""
    asked = "complete -p gaozhi" if shell == "bash" else "print -r -- $_comps[gaozhi]"
    code = f'{setup}eval "$(gaozhi completion {shell})" && {asked}'
    result = subprocess.run([shell, "-f", "-c", code], env=surroundings, capture_output=True, timeout=60)
    assert result.stderr == b"" and b"_gaozhi" in result.stdout and result.returncode == 0


def test_the_script_may_go_to_a_file(run: Run, tmp_path: Path) -> None:
    """-o, for those who source a file."""
    assert run("completion", "bash", "-o", "补全.bash").returncode == 0
    assert (tmp_path / "补全.bash").read_text("utf-8") == listings.script(listings.BASH)


def test_the_help_says_what_is_left_out(run: Run) -> None:
    """PowerShell is not served, and says so."""
    assert "没有 PowerShell" in run("completion", "bash", "--help").stdout


# bash, by its own function


@needs_bash
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["cata"], ["catalog"]),
        (["catalog", "sh"], ["show"]),
        (["--format", "json", "catalog", "sh"], ["show"]),
        (["--yes", "catalog", "sh"], ["show"]),
        (["catalog", "list", "--de"], ["--dept", "--debug"]),
        (["catalog", "list", "--method", "ons"], ["onsite"]),
        (["catalog", "list", "--method", "现"], ["现场核查"]),
        (["catalog", "list", "--method=", "ons"], []),
        (["catalog", "list", "--method", "=", "ons"], ["onsite"]),
        (["catalog", "list", "--format", "t"], ["table", "tsv"]),
        (["commitment", "list", "--status", "acc"], ["accepted"]),
        (["verify", "close", "X", "--finding", "不"], ["不实"]),
        (["verify", "close", "X", "--finding", "un"], ["unfulfilled", "unverifiable"]),
        (["letter", "new", "--id-type", "pass"], ["passport"]),
        (["letter", "new", "--site-address", ""], []),
        (["commitment", "show", "RS"], []),
        (["nonsense", ""], []),
        (["catalog", "nonsense", "--d"], []),
        (["--ver"], ["--version"]),
        (["catalog", "list", "--nothing-like-it"], []),
        (["catalog", "list", "--dept", "人社局", "--sea"], ["--search"]),
        (["catalog", "show", "64", "'"], []),
    ],
)
def test_what_stands_in_the_script_is_offered(
    complete: Complete, program: Path, tmp_path: Path, words: list[str], offered: list[str]
) -> None:
    """Commands, options and closed choices, without starting the program at all."""
    (program / "gaozhi").write_text(f'#!/bin/sh\n: > "{tmp_path}/started"\n')
    assert complete(*words) == offered
    assert not (tmp_path / "started").exists()


@needs_bash
def test_all_commands_are_offered(complete: Complete) -> None:
    """An empty word: the groups; the commands of a group; the options of a command without arguments."""
    assert complete("") == list(GROUPS)
    assert complete("commitment", "") == COMMANDS["commitment"][0].split()
    assert {"--anchor", "--format", "--help"} <= set(complete("ledger", "verify", ""))


@needs_bash
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["catalog", "list", "--dept", "rsj"], ["人社局"]),
        (["catalog", "list", "--dept", "人"], ["人社局"]),
        (["catalog", "list", "--dept", "RS"], ["人社局"]),
        (["catalog", "list", "--dept", "=", "人"], ["人社局"]),
        (["catalog", "list", "--dept", ""], OFFICES),
        (["catalog", "list", "--dept", "没有"], []),
        (["catalog", "show", "64"], ["64"]),
        (["catalog", "show", "6"], ["6", "60", "61", "62", "63", "64", "65", "66", "67"]),
        (["catalog", "show", "失业"], ["8"]),
        (["letter", "new", "--item", "gtgshsldj"], ["64"]),
        (["letter", "new", "--item", "gtgsh"], ["个体工商户设立登记", "个体工商户变更登记"]),
        (["letter", "blank", "--item", "人力资源"], ["2", "3"]),
        (["catalog", "show", "'取水许可变更"], ["取水许可变更(经营信息变更)", "取水许可变更(水权变更)"]),
        (["catalog", "show", "取水许可变更"], [r"取水许可变更\(经营信息变更\)", r"取水许可变更\(水权变更\)"]),
        (["catalog", "show", r"取水许可变更\(经"], ["31"]),
        (["catalog", "show", "zzzz"], []),
        (["--as-of", "2021-01-01", "catalog", "show", "失业"], []),
        (["--home", "没有这个目录", "catalog", "show", "失业"], []),
        (["--as-of", "不是日期", "catalog", "show", "失业"], []),
    ],
)
def test_offices_and_items_are_asked_for(complete: Complete, words: list[str], offered: list[str]) -> None:
    """By code, name, pinyin, 序号 and words of the matter, quoted for the shell where it needs that."""
    assert complete(*words) == offered


@needs_bash
def test_the_home_named_on_the_line_is_the_one_asked(
    complete: Complete, complete_home: Path, tmp_path: Path
) -> None:
    """--home before Tab, also with a tilde; a home that is not there is not made."""
    own = complete_home / "catalog" / "offices.yaml"
    own.write_text("offices:\n  - code: ZZ\n    name: 某某测试局\n    short: [试局]\n", "utf-8")
    assert complete("--home", str(complete_home), "catalog", "list", "--dept", "某某") == ["试局"]
    told = complete("--home", "~/complete", "catalog", "list", "--dept", "某某", HOME=str(tmp_path))
    assert told == ["试局"]
    assert complete("--home", "nowhere", "catalog", "list", "--dept", "人") == []
    assert not (tmp_path / "nowhere").exists()


@needs_bash
def test_files_and_folders(complete: Complete, tmp_path: Path) -> None:
    """Where a file or a folder is meant."""
    (tmp_path / "申请 甲.json").write_text("{}")
    (tmp_path / "申请夹").mkdir()
    assert sorted(complete("letter", "new", "--from", "申")) == ["申请 甲.json", "申请夹"]
    assert complete("letter", "blank", "--out", "申") == ["申请夹"]


@needs_bash
def test_a_shell_without_utf8_gets_what_it_can_show(complete: Complete) -> None:
    """In the C locale a half of a character must not be inserted: 序号 and English words only."""
    assert complete("catalog", "list", "--dept", "rsj", LC_ALL="C") == []
    assert complete("catalog", "show", "sydj", LC_ALL="C") == ["8"]
    assert complete("catalog", "list", "--method", "", LC_ALL="C") == ["online", "onsite", "exempt"]


@needs_bash
def test_a_program_that_is_gone_is_no_noise(complete: Complete, program: Path) -> None:
    """No candidates, no message."""
    (program / "gaozhi").unlink()
    assert complete("catalog", "list", "--dept", "人", PATH=str(program)) == []


# Real terminals


class Shell:
    """An interactive shell in a pseudo-terminal with the completion loaded."""

    def __init__(self, name: str, environment: dict[str, str], folder: Path) -> None:
        import fcntl
        import pty
        import termios

        self.screen = ""
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._master, slave = pty.openpty()
        options = ["--noprofile", "--norc"] if name == "bash" else ["-f"]
        self._process = subprocess.Popen(
            [name, *options, "-i"],
            stdin=slave, stdout=slave, stderr=slave, cwd=folder, start_new_session=True,
            env=environment | {"TERM": "xterm", "COLUMNS": "200", "PS1": "$ ", "INPUTRC": os.devnull},
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(slave)
        setup = "autoload -Uz compinit; compinit -u -D; " if name == "zsh" else ""
        self.type(f'{setup}eval "$(gaozhi completion {name})"; echo rea""dy\r')
        self.see("ready")

    def type(self, text: str) -> None:
        """Type something."""
        os.write(self._master, text.encode())

    def see(self, words: str, patience: float = 20.0) -> str:
        """Wait until words stand on the screen; what came before them."""
        import select
        import time

        until = time.monotonic() + patience
        while words not in self.screen:
            assert time.monotonic() < until, f"{words!r} is not in {self.screen!r}"
            if select.select([self._master], [], [], 0.5)[0]:
                self.screen += self._decode(os.read(self._master, 65536))
        before, _, self.screen = self.screen.partition(words)
        return before

    def tab(self, typed: str, shown: str) -> list[str]:
        """Press Tab after a line, see what it brings; the words that the shell then has on its line."""
        self.type(f"{typed}\t")
        self.see(shown)
        self.type("\x01printf '<%s>' \x05; echo '<en''d>'\r")
        words = self.see("<end>").rpartition("<gaozhi>")[2]
        return [word for word in words.replace(">", "<").split("<") if word.strip()]

    def close(self) -> None:
        """Leave nothing running."""
        self._process.kill()
        self._process.wait(20)
        os.close(self._master)


@pytest.fixture
def terminal(surroundings: dict[str, str], tmp_path: Path) -> Iterator[Callable[[str], Shell]]:
    """Start an interactive shell; it is ended whatever happens."""
    pytest.importorskip("pty", reason="没有伪终端（pty）")
    started: list[Shell] = []

    def start(name: str) -> Shell:
        started.append(Shell(name, surroundings, tmp_path))
        return started[-1]

    yield start
    for shell in started:
        shell.close()


@pytest.mark.parametrize("shell", SHELLS)
def test_tab_in_a_terminal(terminal: Callable[[str], Shell], shell: str) -> None:
    """Tab replaces what was typed by what was meant, and the shell reads the line as one would wish."""
    at = terminal(shell)
    assert at.tab("gaozhi cata", "catalog") == ["catalog"]
    assert at.tab("gaozhi catalog list --dept rsj", "人社局") == ["catalog", "list", "--dept", "人社局"]
    assert at.tab("gaozhi catalog list --dept=人", "社局") == ["catalog", "list", "--dept=人社局"]
    assert at.tab("gaozhi catalog list --method=ons", "ite") == ["catalog", "list", "--method=onsite"]
    assert at.tab("gaozhi letter new --item gtgsh", "个体工商户") == ["letter", "new", "--item", "个体工商户"]
    assert at.tab("gaozhi catalog show '取水许可变更(经", "31") == ["catalog", "show", "31"]
    assert at.tab("gaozhi catalog show qsxkbgjy", "31") == ["catalog", "show", "31"]


@pytest.mark.parametrize("shell", SHELLS)
def test_parentheses_are_quoted(terminal: Callable[[str], Shell], shell: str) -> None:
    """What two names share is inserted with its parenthesis quoted, so the line goes on as one word."""
    at = terminal(shell)
    at.type("gaozhi catalog show 取水许可变更\t")
    at.see("变更\\(" if shell == "zsh" else "\\(")
    assert at.tab("水", "32") == ["catalog", "show", "32"]


@needs_bash
@pytest.mark.parametrize("quote", ['"', "'"])
def test_nothing_offered_within_quotes_could_run(complete: Complete, home: Path, quote: str) -> None:
    """Names come from an office's table: within quotes the shell would run what stands in $( ) or after '."""
    items = "".join(
        f"  - id: rs-9{n}\n    no: '9{n}'\n    matter: '{matter}'\n"
        f"    proofs: {{id: rs-9{n}.1, name: 证明, method: 在线核查}}\n"
        for n, matter in enumerate(
            ("甲$(touch x)一", "甲`touch x`二", '甲"; touch x; "三', "甲''; touch x; ''四"), 1
        )
    )
    own = home / "catalog" / "items" / "rs.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(f"office: RS\nitems:\n{items}", encoding="utf-8")
    assert len(complete("catalog", "show", "甲")) == 4
    assert complete("catalog", "show", f"{quote}甲") == []


# The hidden call


def asked(run: Run, *args: str, **kept: object) -> list[str]:
    """The candidates, one a line; never a word on stderr, never a failure."""
    result = run("_complete", *args, **kept)
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout.splitlines()


def test_the_hidden_call_is_hidden(run: Run) -> None:
    """It is in no help and in no table."""
    assert "_complete" not in run("--help").stdout + run("completion", "--help").stdout
    assert not any("_complete" in at for at in COMMANDS)


def test_the_hidden_call_loads_nothing_heavy(run: Run, home: Path) -> None:
    """No typer, no YAML, no pinyin library: it runs at every Tab."""
    for args in (["office", "rsj"], ["item", "失业"], ["item", "gtgsh"]):
        assert not watched(run, "_complete", *args, home=home) & (HEAVY | {"typer", "click"})
    assert not watched(run, "completion", "bash", home=home) & (HEAVY | {"typer", "click"})


@pytest.mark.parametrize(
    "args",
    [[], ["office"], ["item"], ["subject", "人"], ["item", "失业", "/没有"], ["office", "", "", "不是日期"],
     ["item", "\x1b[31m"], ["item", "'; rm -rf /"], ["item", "9" * 5000], ["item", "%_%"]],
)  # fmt: skip
def test_trouble_is_silent(run: Run, args: list[str]) -> None:
    """Whatever is asked: no candidates, exit 0."""
    assert asked(run, *args) == []


def test_a_faulty_catalog_is_silent(run: Run, home: Path) -> None:
    """The clerk is told by the command itself, not while pressing Tab."""
    (home / "catalog").mkdir()
    (home / "catalog" / "county.yaml").write_text("formal: 也许\n", "utf-8")
    assert asked(run, "office", "人") == []
    assert not (home / "gaozhi.log").exists()


def test_bytes_that_are_no_text_are_silent(capfd: pytest.CaptureFixture[str]) -> None:
    """An argument with half a character."""
    stderr = sys.stderr
    try:
        assert run_args(["_complete", "item", "\udce4\udcba"]) == 0
    finally:
        sys.stderr = stderr
    assert capfd.readouterr() == ("", "")


# What is offered


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The shipped catalog."""
    return a_catalog(tmp_path_factory.mktemp("shipped"))


def test_an_office_is_called_by_what_finds_it(shipped: Catalog) -> None:
    """The usual name, the code where two share one; those that begin so before those that hold it."""
    twins = (Office("AA", "甲县人社局", ("人社局",)), Office("AB", "乙县人社局", ("人社局",)))
    assert listings.offices(shipped._replace(offices=twins), "人") == ["人社局", "AB"]
    assert listings.offices(shipped, "社") == ["社保中心"]
    assert listings.offices(shipped, "保") == ["人社局", "社保中心"]
    for office in shipped.offices:
        for word in (office.code, office.name, *office.short, *office.initials):
            assert office.called in listings.offices(shipped, word), word


def test_an_offered_row_means_its_item(shipped: Catalog) -> None:
    """序号, id, whole name and pinyin of every item lead to it: to its 序号, or to all rows of that name."""
    from gaozhi_cli.domain.lookup import find_items

    for item in shipped.items:
        for word in (item.id, item.matter, *item.sounds.matter):
            offered = listings.items(shipped, word, TODAY)
            assert item.no in offered or item.matter in offered, (item.no, word, offered)
        assert item.no in listings.items(shipped, item.no, TODAY)
        assert find_items(shipped, item.no, TODAY) == [item]


def test_items_not_in_force_are_not_offered(shipped: Catalog) -> None:
    """Neither by 序号 nor by name."""
    ended = Items(i._replace(valid_until=date(2026, 1, 1)) if i.no == "64" else i for i in shipped.items)
    catalog = shipped._replace(items=ended)
    assert listings.items(catalog, "64", TODAY) == []
    assert listings.items(catalog, "个体工商户", TODAY) == ["65"]


def test_too_many_are_none_and_control_characters_never(shipped: Catalog) -> None:
    """A list too long to read is not shown; a name that could steer the terminal is left out."""
    assert listings.printable(str(n) for n in range(listings.MOST + 1)) == []
    assert len(listings.printable(str(n) for n in range(listings.MOST))) == listings.MOST
    assert listings.printable(["甲", "乙\n丙", "\x1b[31m", "\u202e丁", "", "甲"]) == ["甲"]


def test_a_long_catalog_offers_rows_too(shipped: Catalog) -> None:
    """10,000 items: digits complete by what may follow them; an empty word offers nothing."""
    model = shipped.items.by_no("64")[0]
    many = Items(model._replace(no=str(n), id=f"x-{n}", matter=f"事项{n}") for n in range(1, 1501))
    catalog = shipped._replace(items=many)
    assert listings.items(catalog, "149", TODAY)[:3] == ["149", "1490", "1491"]
    assert (
        listings.items(catalog, "", TODAY)
        == listings.items(catalog, "事", TODAY)
        == listings.items(catalog, "sh", TODAY)
        == []
    )
    assert listings.items(catalog, "事项1499", TODAY) == ["1499"]
