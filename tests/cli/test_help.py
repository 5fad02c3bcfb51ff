"""Help: Chinese at every level, with examples that are run here, each in a home where it can succeed."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
import xlsxwriter

from gaozhi_cli.cli import app
from gaozhi_cli.domain.sheet_columns import COLUMNS
from gaozhi_cli.rendering import qr
from gaozhi_cli.rendering.pdf import find_soffice
from gaozhi_cli.storage.connect import open_ledger
from tests import printing
from tests.builders import CITIZEN, ORGANIZATION, a_clock, flags
from tests.cli import outcome_states, test_errors
from tests.cli.test_startup import commands
from tests.conftest import ROOT, Run

office = test_errors.office  # the fixture: SC-2026-00001 drawn up, RS-2026-00001 accepted
COMMANDS = [name for name, _ in commands()]
GROUPS = sorted({name.partition(" ")[0] for name in COMMANDS})
ENGLISH = re.compile(
    r"\b(Usage|Options?|Commands?|Arguments?|Error|Show this message|Try|Default|required|default)\b"
)
WORD = re.compile(r"[A-Za-z]{4,}")
TECHNICAL = {
    "gaozhi", "GAOZHI", "HOME", "DEPT", "LEDGER", "OPERATOR", "json", "yaml", "table", "ndjson", "letters",
    "xlsx", "docx", "bash", "delete", "backups", "docs",
    "LibreOffice", "input", "color", "debug", "format", "output", "operator", "ledger", "home",
}  # fmt: skip

HELP: dict[str, str] = {}


@pytest.fixture
def help_of(run: Run, office: Path):  # type: ignore[no-untyped-def]
    """The help of a command, asked once; it writes nothing."""

    def ask(*args: str) -> str:
        name = " ".join(args)
        if name not in HELP:
            before = test_errors.kept(office)
            result = run(*args, "--help", home=office)
            assert (result.returncode, result.stderr) == (0, "")
            assert test_errors.kept(office) == before
            HELP[name] = result.stdout
        return HELP[name]

    return ask


def examples(text: str) -> list[list[str]]:
    """The arguments of each example at the end of a help page."""
    _, found, lines = text.partition("示例：\n")
    return [shlex.split(line)[1:] for line in lines.splitlines() if line.strip()] if found else []


@pytest.mark.parametrize("name", ["", *GROUPS, *COMMANDS])
def test_help_is_chinese(help_of, name: str) -> None:  # type: ignore[no-untyped-def]
    """用法, no English of the parser; words in Latin letters only where a thing is called so."""
    text = help_of(*name.split())
    assert text.startswith(f"用法：gaozhi {name}".rstrip()) and "显示这段帮助" in text
    assert not ENGLISH.search(text)
    prose = re.sub(r"--[a-z-]+|gaozhi [^\n]*|\w+\|[\w|]+|[\w-]+\.\w+", " ", text)
    unknown = set(WORD.findall(prose)) - TECHNICAL - set(GROUPS)
    assert not unknown - {part for command in COMMANDS for part in re.split("[ -]", command)}
    assert "\x1b" not in text and all(len(line) < 200 for line in text.splitlines())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example_of_itself(help_of, name: str) -> None:  # type: ignore[no-untyped-def]
    """示例 at the end, each line beginning with the command that it is an example of."""
    found = examples(help_of(*name.split()))
    words = name.split()
    assert found and all(args[: len(words)] == words for args in found)


def test_every_option_is_explained(help_of) -> None:  # type: ignore[no-untyped-def]
    """Each option and argument of each command stands in its help with a word about it."""
    for name, command in commands():
        text = help_of(*name.split())
        for param in command.params:
            shown = param.opts[0] if param.param_type_name == "option" else param.metavar
            line = next((line for line in text.splitlines() if line.strip().startswith(shown)), "")
            assert param.help and param.help in text and line, f"{name} {param.name}"


def test_the_root_names_every_group_and_each_group_its_commands(help_of) -> None:  # type: ignore[no-untyped-def]
    """What can be called can be found."""
    assert all(f"  {group}" in help_of() for group in GROUPS)
    for name in COMMANDS:
        group, _, command = name.rpartition(" ")
        assert re.search(rf"^  {command}\s+\S", help_of(*group.split()), re.M)


def test_every_lazy_group_can_be_imported() -> None:
    """The table of groups names modules that exist, each with its commands."""
    assert sorted(GROUPS) == sorted(app.GROUPS) and len(COMMANDS) >= 13
    assert {name.partition(" ")[0] for name in COMMANDS} == set(GROUPS)


EXAMPLES = [(name, args) for name, command in commands() for args in examples(command.epilog or "")]


def prepare(run: Run, home: Path, folder: Path, args: list[str]) -> None:
    """Bring the home into the state in which an example can succeed."""
    if args[1:3] in (["batch", "申请人.xlsx"], ["batch", "申请人.csv"]):
        rows = [["姓名", "证件号码", "联系方式", "承诺内容"]]
        rows.append([CITIZEN[key] for key in ("name", "id_number", "phone", "statement")])
        if args[2].endswith("csv"):
            (folder / args[2]).write_text("\n".join(map(",".join, rows)) + "\n", "utf-8")
        else:
            book = xlsxwriter.Workbook(str(folder / args[2]))
            sheet = book.add_worksheet()
            for n, row in enumerate(rows):
                sheet.write_row(n, 0, row)
            book.close()
    if "申请.json" in args:
        (folder / "申请.json").write_text(json.dumps(CITIZEN | {"item": "64"}), "utf-8")
    if "清单.xlsx" in args and "export" not in args:
        assert run("catalog", "export", "-o", str(folder / "清单.xlsx"), home=home).returncode == 0
    if "2027-01" in args and ("diff" in args or "withdraw" in args):
        table = str(folder / "清单.xlsx")
        assert run("catalog", "export", "-o", table, home=home).returncode == 0
        dated = ("--version", "2027-01", "--effective", "2099-01-01")
        done = run("catalog", "import", table, *dated, "--yes", home=home)
        assert done.returncode == 0, done.stderr
    if args[:3] == ["ledger", "key", "restore"]:
        assert run("ledger", "key", "backup", "--out", str(folder / args[3]), home=home).returncode == 0
        for key in (home / "keys").iterdir():
            key.unlink()
    if args[:2] == ["ledger", "purge"]:
        (home / "catalog").mkdir(exist_ok=True)
        kept = "{since: '2021-01-01', value: '3', source: 虚构的期限表}"
        text = f"parameters:\n  - {{id: retention.commitment, values: [{kept}]}}\n"
        (home / "catalog" / "parameters.yaml").write_text(text, "utf-8")
    if args[:2] == ["ledger", "restore"]:
        assert run("ledger", "backup", "--out", str(folder / args[2]), home=home).returncode == 0
    if args[:2] == ["letter", "check-template"]:
        shipped = "guide.docx" if "--kind" in args else "commitment_letter.docx"
        (folder / args[2]).write_bytes((ROOT / "templates" / shipped).read_bytes())
    if args[:2] == ["letter", "verify"]:
        if args[2] != "--code":
            (made,) = home.glob(f"letters/**/{args[2]}")
            (folder / args[2]).write_bytes(made.read_bytes())
            return
        ledger = open_ledger(str(home / "ledger.db"), home / "keys", a_clock)
        row = ledger.letter(args[3].split()[1]) if ledger else None
        assert ledger is not None and row is not None and row.anchor is not None
        ledger.close()
        real = qr.payload(row.number, row.fields, row.anchor)
        assert re.sub("[0-9a-f]", "0", real) == re.sub("[0-9a-f]", "0", args[3])  # the example's shape
        args[3] = real
    if args[:2] == ["credit", "repair"]:
        of = ["--kind", "bad-credit", "--decided-on", "2026-11-20", "--source", "某号"]
        assert run("credit", "record", "SC-2026-00001", *of, home=home).returncode == 0
    if args[:2] in (["commitment", step] for step in ("check", "supplement", "refuse", "withdraw")) or (
        args[:2] in (["commitment", "sign"], ["commitment", "accept"], ["letter", "tell"])
    ):
        made = ["letter", "new", "--item", "8", "--proof", "rs-08.1", *test_errors.letter()[4:]]
        number = json.loads(run(*made, "--format", "json", home=home).stdout)["number"]
        assert number == "RS-2026-00002"
        args[2] = number
        if args[1] == "accept":
            assert run("commitment", "sign", number, home=home).returncode == 0
        if "--received" in args:
            assert run("commitment", "supplement", number, "--lack", "unsigned", home=home).returncode == 0
    if "核查安排.csv" in args:
        table = "核查号,期限,核查人\nRS-2026-00001-1,2026-12-31,李核查\n"
        (folder / "核查安排.csv").write_text(table, "utf-8")
    if args[:2] in (["verify", event] for event in ("pause", "resume", "extend")):
        dated = ["verify", "schedule", "RS-2026-00001", "--due", "2026-12-31"]
        assert run(*dated, home=home).returncode == 0
        if args[1] == "resume":
            assert run("verify", "pause", args[2], "--reason", "等待", home=home).returncode == 0
    if args[0] == "assist" and args[1] not in ("ask", "due", "list", "recompute"):
        ask = ["assist", "ask", "RS-2026-00001-1", "--agency", "市监局", "--due", "2026-12-15"]
        assert run(*ask, home=home).returncode == 0
    if args[:2] == ["assist", "import"]:
        out = ["--out", str(folder / args[2])]
        assert run("assist", "export", "RS-2026-X00001", *out, home=home).returncode == 0
    if args[0] == "draw" and args[1] != "show":
        prepare_draw(run, home, folder, args)
    if args[0] == "outcome":
        outcome_states.bring(run, home, args[1:])
    if args[:2] in (["verify", "compare"], ["verify", "sources"]):
        registers(run, home)
    if args[:2] == ["commitment", "serve"]:
        assert run("commitment", "conclude", args[2], home=home).returncode == 0
    if args[0] == "verify":
        prepare_visit(run, home, folder, args)
    if args[:2] == ["ordinary", "conclude"]:
        new = ["ordinary", "new", "--item", "8", "--because", "不选择", *flags(CITIZEN)[:6]]
        assert run(*new, home=home).returncode == 0


def prepare_visit(run: Run, home: Path, folder: Path, args: list[str]) -> None:
    """Bring a sheet out, fill it in, take photos: what an example of 现场核查 works on."""
    for name in (arg for arg in args if arg.endswith(".jpg")):
        (folder / name).write_bytes(name.encode())
    if args[1] == "evidence" and "--check" in args:
        assert run("verify", "evidence", args[2], str(folder / args[-1]), home=home).returncode == 0
    out = ["verify", "dispatch", "RS-2026-00001-1", "--assignee", "李核查", "--out", str(folder / "单")]
    if args[1] == "dispatch" and "--within" in args:
        due = ["verify", "schedule", "RS-2026-00001-1", "--due", "2026-11-30", "--assignee", "李核查"]
        assert run(*due, home=home).returncode == 0
    elif args[1] == "sheets" or any("RS-2026-D00001" in arg for arg in args):
        assert run(*out, home=home).returncode == 0
    if args[1] == "close" and "--from" in args:
        whole = json.loads((folder / "单" / "RS-2026-D00001.json").read_text("utf-8"))
        whole["checks"][0] |= {"finding": "属实", "evidence": "现场核对原件"}
        sheet = xlsxwriter.Workbook(str(folder / args[-1]))
        page = sheet.add_worksheet()
        for place, column in enumerate(COLUMNS):
            page.write_string(0, place, column.heading)
            page.write_string(1, place, whole["checks"][0][column.key])
        sheet.close()


def prepare_draw(run: Run, home: Path, folder: Path, args: list[str]) -> None:
    """A pool to draw from, brought as far as the step before the example's."""
    (folder / "核查人员.csv").write_text("姓名\n李核查\n王核查\n", "utf-8")
    env = {"GAOZHI_AS_OF": "2026-11-20"}
    made = run(*test_errors.letter("--format", "json"), home=home, env=env)
    number = json.loads(made.stdout)["number"]
    for step in ("sign", "accept"):
        assert run("commitment", step, number, home=home, env=env).returncode == 0
    steps = [args_ for name, args_ in EXAMPLES if name.startswith("draw ") and name != "draw show"]
    for step in steps[: [step[1] for step in steps].index(args[1])]:
        done = run(*step, home=home)
        assert done.returncode == 0, done.stderr


def registers(run: Run, home: Path) -> None:
    """A register with its extract, and a case with online checks to compare."""
    declared = ROOT / "tests" / "homes" / "complete" / "catalog" / "sources.yaml"
    (home / "catalog").mkdir(exist_ok=True)
    (home / "catalog" / "sources.yaml").write_bytes(declared.read_bytes())
    (home / "数据").mkdir()
    found = f"{ORGANIZATION['uscc']},{ORGANIZATION['name']},存续,长期"
    text = f"统一社会信用代码,名称,状态,期限至\n{found}\n"
    (home / "数据" / "营业执照20261120.csv").write_text(text, "utf-8")
    for args in (
        test_errors.letter(item="1", form=ORGANIZATION, site_address=""),
        ["commitment", "sign", "MZ-2026-00001"],
        ["commitment", "accept", "MZ-2026-00001"],
    ):
        assert run(*args, home=home).returncode == 0


@pytest.mark.parametrize(("name", "args"), EXAMPLES, ids=[" ".join(args)[:70] for _, args in EXAMPLES])
def test_every_example_runs(run: Run, office: Path, tmp_path: Path, name: str, args: list[str]) -> None:
    """Exit 0 for each example of each command; an example that acts is told what it did.

    Only the lint of a 清单 with errors left answers 5, as it should.
    """
    if "--pdf" in args and find_soffice() is None:
        pytest.skip("LibreOffice 未安装")
    args = list(args)
    prepare(run, office, tmp_path, args)
    if name == "letter print":
        print_example(run, office, args)
        return
    result = run(*args, home=office)
    lint = name == "catalog check" and "--ready" not in args
    assert result.returncode == (5 if lint else 0), result.stderr
    assert (result.stdout or result.stderr) and "Traceback" not in result.stderr


def print_example(run: Run, office: Path, args: list[str]) -> None:
    """An example that prints, with a print service, the queue it names, and what it confirms printed."""
    if printing.lacking() or find_soffice() is None:
        pytest.skip(printing.lacking() or "LibreOffice 未安装")
    with printing.service() as service:
        service.queue("大厅打印机")
        environment = service.environment | {"PRINTER": "大厅打印机"}
        if "--confirm" in args:
            assert run(*args[:3], home=office, env=environment).returncode == 0
        if "RS-2026-00002" in args:
            made = ["letter", "new", "--item", "8", "--proof", "rs-08.1", *test_errors.letter()[4:]]
            assert run(*made, home=office).returncode == 0
        result = run(*args, home=office, env=environment)
    assert result.returncode == 0, result.stderr
    assert "Traceback" not in result.stderr and args[2] in result.stdout


def test_the_examples_of_the_root_run(run: Run, office: Path, help_of) -> None:  # type: ignore[no-untyped-def]
    """The three on the first page; the letter at a terminal, where it asks for the rest."""
    pytest.importorskip("pty", reason="没有伪终端（pty）")
    from tests.cli.test_terminal import terminal

    for args in examples(help_of()):
        if args[:2] != ["letter", "new"]:
            assert run(*args, home=office).returncode == 0
            continue
        with terminal(office, *args) as at:
            at.answer(
                ("申请人是（1-2）", "1"),
                ("姓名：", CITIZEN["name"]),
                ("证件编号", CITIZEN["id_number"]),
                ("联系方式：", CITIZEN["phone"]),
                ("承诺的具体内容", CITIZEN["statement"]),
                ("回车登记", ""),
            )
            assert at.end() == 0 and "SC-2026-00002" in at.screen


@pytest.mark.parametrize("args", [[], ["letter"], ["catalog"]], ids=" ".join)
def test_an_incomplete_command_shows_its_help(run: Run, home: Path, args: list[str]) -> None:
    """A group without a command: its help, exit 2, no traceback."""
    result = run(*args)
    assert result.returncode == 2 and "用法：" in result.stdout + result.stderr
    assert not ENGLISH.search(result.stdout + result.stderr)
    assert not (home / "ledger.db").exists()
