"""Bad input: the exit code, one clear Chinese sentence, nothing written, nothing personal."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders import CITIZEN, ORGANIZATION, a_uscc, an_id_number, flags
from tests.conftest import ROOT, Run
from tests.rendering.test_docx_template import POPEN, SHIPPED, in_text, swapped

USAGE, BAD, ABSENT, REFUSED, NOT_READY, DOCUMENT = 2, 3, 4, 5, 7, 8
PERSONAL = [*CITIZEN.values(), ORGANIZATION["phone"], ORGANIZATION["uscc"], ORGANIZATION["address"]]
BUILT: dict[str, Path] = {}

Result = subprocess.CompletedProcess[str]


def told(result: Result, code: int) -> str:
    """What a command said when it refused: the code, one Chinese sentence, no traceback, nothing personal."""
    assert result.returncode == code, (result.returncode, result.stderr)
    assert "Traceback" not in result.stderr and "\x1b" not in result.stderr + result.stdout
    sentences = [line for line in result.stderr.splitlines() if line.startswith("错误：")]
    assert len(sentences) == 1 and re.search("[一-鿿]{2}", sentences[0]), result.stderr
    assert not [value for value in PERSONAL if value in result.stderr]
    assert not re.search(r"No such file|Permission|directory|denied|Invalid", result.stderr)
    return result.stderr


def kept(home: Path) -> dict[str, bytes]:
    """All files of a home but the compiled catalog: what a refused act must leave as it was."""
    files = (path for path in home.rglob("*") if path.is_file())
    return {str(p.relative_to(home)): p.read_bytes() for p in files if "cache" not in p.parts}


@pytest.fixture
def office(run: Run, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home at work: SC-2026-00001 drawn up, RS-2026-00001 accepted. Built once, copied."""
    if "office" not in BUILT:
        built = tmp_path_factory.mktemp("office")
        proofs = [part for n in (1, 2, 3) for part in ("--proof", f"rs-14.{n}")]
        for args in (
            ["letter", "new", "--item", "64", *flags(CITIZEN), "--request-id", "first"],
            ["letter", "new", "--item", "14", *proofs, *flags(ORGANIZATION)],
            ["commitment", "sign", "RS-2026-00001"],
            ["commitment", "accept", "RS-2026-00001"],
        ):
            assert run(*args, home=built).returncode == 0
        BUILT["office"] = built
    return Path(shutil.copytree(BUILT["office"], tmp_path / "office"))


@pytest.fixture
def fresh(home: Path) -> Path:
    """A home in which nothing was ever registered; its catalog is compiled."""
    return home


def letter(*more: str, item: str = "64", form: dict[str, str] = CITIZEN, **changed: str) -> list[str]:
    """The arguments of ``letter new`` with some values changed; an empty value leaves the flag out."""
    values = {key: value for key, value in (form | changed).items() if value}
    return ["letter", "new", "--item", item, *flags(values), *more]


CLOSE = ["verify", "close", "RS-2026-00001-1"]
FINDING = ["--finding", "属实", "--evidence", "现场核对原件"]

# Where the words of a command stand for something wrong: exit code and words that the sentence must hold.
WRONG: list[tuple[list[str], int, list[str]]] = [
    (["catalog", "list", "--dept", "人社居"], ABSENT, ["没有单位", "人社局"]),
    (["catalog", "show", "68"], ABSENT, ["68", "catalog list"]),
    (["catalog", "show", "失业登计"], ABSENT, ["失业登记"]),
    (["catalog", "show", "取水许可"], USAGE, ["29", "30", "31", "32", "序号"]),
    (["catalog", "show"], USAGE, ["事项", "--help"]),
    (["catalog", "list", "--method", "抽查"], USAGE, ["在线核查", "现场核查", "免于核查"]),
    (["catalog", "list", "--format", "xml"], USAGE, ["xml", "table", "json", "csv", "tsv", "ndjson"]),
    (["catalog", "list", "--as-of", "2026-02-30"], USAGE, ["--as-of", "2026-02-30"]),
    (["catalog", "list", "--nonsense"], USAGE, ["--nonsense", "--help"]),
    (["catalog", "lists"], USAGE, ["lists", "list"]),
    (["nonsense"], USAGE, ["nonsense", "--help"]),
    (["catalog", "list", "-o", "没有/这个/文件.csv"], NOT_READY, ["没有/这个/文件.csv"]),
    (letter(item="取水许可"), USAGE, ["29", "30", "31", "32"]),
    (["letter", "new"], USAGE, ["--item"]),
    (["letter", "new", "--item", "64"], USAGE, ["--name", "--id-number", "--uscc", "--phone", "--statement"]),
    (letter(phone="", statement=""), USAGE, ["--phone", "--statement", "未填联系方式"]),
    (letter(item="14", form=ORGANIZATION, address=""), USAGE, ["--address", "--proof", "rs-14.4"]),
    (letter(id_number="41018219900101003"), BAD, ["18 位", "17 位"]),
    (letter(id_number="4101821990O1010030"), BAD, ["第 11 位"]),
    (letter(id_number="410182199001010031"), BAD, ["第 18 位", "校验码"]),
    (letter(id_number=an_id_number("41018220270101003")), BAD, ["晚于办理日期"]),
    (letter(id_type="护照", id_number="@@"), BAD, ["4 至 30 位"]),
    (letter(phone="123"), BAD, ["7 至 20 位"]),
    (letter(item="64", form=ORGANIZATION, uscc="91410182MA000000I" + "N"), BAD, ["第 17 位"]),
    (letter(item="64", form=ORGANIZATION, uscc=a_uscc()[:-1] + "0"), BAD, ["第 18 位", "校验码"]),
    (letter(uscc=a_uscc()), BAD, ["只能填一项"]),
    (letter(name="甲\t乙"), BAD, ["第 2 个字符", "U+0009"]),
    (letter(name="甲\n乙"), BAD, ["第 2 个字符", "U+000A"]),
    (letter(statement="\x1b[2J"), BAD, ["第 1 个字符", "U+001B"]),
    (letter(name="甲\u202e乙"), BAD, ["第 2 个字符", "U+202E"]),
    (letter(statement="长" * 2001), BAD, ["2000"]),
    (letter("--proof", "rs-14.9"), BAD, ["没有", "sc-64.1"]),
    (letter("--proof", "rs-14.3、rs-14.4", item="14", form=ORGANIZATION), BAD, ["rs-14.4", "只选一种"]),
    (letter("--proof", "rs-14.1", item="14", form=ORGANIZATION, site_address=""), BAD, ["现场地址"]),
    (letter("--public-until", "2027-01-01"), BAD, ["公开"]),
    (letter("--out", "没有这个目录"), NOT_READY, ["没有这个目录", "没有登记"]),
    (letter("--from", "没有这个文件.json"), BAD, ["没有这个文件.json"]),
    (letter("--ledger", "postgresql://db/gaozhi"), USAGE, ["postgresql://"]),
    (letter("--request-id", "长" * 101), USAGE, ["100"]),
    (letter("--request-id", "first", statement="另一个承诺"), REFUSED, ["first", "请求号"]),
    (letter("--as-of", "2021-10-10"), ABSENT, ["2021-10-10"]),
    (["commitment", "show", "RS-2026-00009"], ABSENT, ["RS-2026-00009"]),
    (["commitment", "show", "某号"], ABSENT, ["不是编号", "--subject"]),
    (["commitment", "show", "RS-2026-00001", "--reveal"], USAGE, ["--reason"]),
    (["commitment", "show", "RS-2026-00001", "--reveal", "--reason", "  "], USAGE, ["--reason"]),
    (["commitment", "show", "RS-2026-00001", "--reveal", "--reason", an_id_number()], BAD, ["流水"]),
    (["commitment", "sign", "RS-2026-00009"], ABSENT, ["RS-2026-00009"]),
    (["commitment", "sign", "RS-2026-00001"], REFUSED, ["已受理", "不能重复"]),
    (["commitment", "sign", "SC-2026-00001", "--request-id", "first"], REFUSED, ["first"]),
    (["commitment", "accept", "SC-2026-00001"], REFUSED, ["已制作", "已签署"]),
    (["commitment", "conclude", "SC-2026-00001"], REFUSED, ["已制作", "已受理"]),
    (["commitment", "sign", "SC-2026-00001", "--as-of", "2026-11-23"], REFUSED, ["2026-11-23", "早于"]),
    (["commitment", "accept", "RS-2026-00001", "--due", "2026-13-01"], USAGE, ["--due", "2026-13-01"]),
    (["commitment", "list", "--status", "丢了"], USAGE, ["丢了", "已受理"]),
    (["commitment", "list", "--since", "昨天"], USAGE, ["--since", "昨天"]),
    (["verify", "due", "--within", "几天"], USAGE, ["--within"]),
    (["verify", "schedule", "RS-2026-00001"], USAGE, ["--due", "--assignee"]),
    (["verify", "schedule", "RS-2026-00001", "--due", "2026-11-23"], REFUSED, ["2026-11-23", "早于"]),
    (["verify", "schedule", "SC-2026-00001", "--due", "2026-12-31"], ABSENT, ["尚未受理"]),
    (["verify", "schedule", "RS-2026-00001-9", "--due", "2026-12-31"], ABSENT, ["RS-2026-00001-9"]),
    (CLOSE, USAGE, ["--finding", "--evidence"]),
    ([*CLOSE, "--finding", "属实"], USAGE, ["--evidence"]),
    ([*CLOSE, "--finding", "好", "--evidence", "原件"], USAGE, ["属实", "无法核实"]),
    ([*CLOSE, "--finding", "属实", "--evidence", " "], REFUSED, ["凭据"]),
    (["verify", "close", "RS-2026-00001", *FINDING], USAGE, ["RS-2026-00001-1", "RS-2026-00001-3"]),
    ([*CLOSE, *FINDING, "--file", "没有.jpg"], BAD, ["没有.jpg"]),
    ([*CLOSE, *FINDING, "--as-of", "2026-11-23"], REFUSED, ["2026-11-23", "早于"]),
    (["catalog", "list", "extra"], USAGE, ["多出了参数 extra"]),
    (["catalog", "list", "--dept", "\udcff"], USAGE, ["UTF-8"]),
    (["verify", "due", "--assignee", "\udcff"], USAGE, ["UTF-8"]),
    ([*CLOSE, *FINDING, "--operator", "\udcff"], USAGE, ["UTF-8"]),
    ([*CLOSE, *FINDING, "--operator", an_id_number()], BAD, ["流水"]),
    ([*CLOSE, *FINDING, "--request-id", an_id_number()], BAD, ["流水"]),
    (["verify", "schedule", "RS-2026-00001", "--assignee", "13800000000"], BAD, ["流水"]),
    (["verify", "due", "--overdue", "--as-of", "0001-01-01"], USAGE, ["2000", "2100"]),
    ([*CLOSE, *FINDING, "--as-of", "2099-01-01"], USAGE, ["--as-of", "2099-01-01"]),
    (["ledger", "verify", "--anchor", "某锚"], USAGE, ["--anchor"]),
    (["ledger", "verify", "--anchor", "3-0000000000000000"], NOT_READY, ["锚", "3-0000000000000000"]),
    (["ledger", "info", "--ledger", "没有.db"], NOT_READY, ["没有.db", "ledger init"]),
]  # fmt: skip


@pytest.mark.parametrize(("args", "code", "words"), WRONG, ids=[f"{' '.join(a)[:60]}" for a, _, _ in WRONG])
def test_a_wrong_command_says_what_is_wrong_and_writes_nothing(
    run: Run, office: Path, args: list[str], code: int, words: list[str]
) -> None:
    """One row of the table: code, words, the home byte for byte as it was, nothing on stdout."""
    before = kept(office)
    result = run(*args, home=office)
    message = told(result, code)
    assert all(word in message for word in words), message
    assert result.stdout == "" and kept(office) == before


FRESH: list[tuple[list[str], int]] = [
    (letter(item="失业登计"), ABSENT),
    (letter(phone=""), USAGE),
    (letter(id_number="410182199001010031"), BAD),
    (letter("--out", "没有这个目录"), NOT_READY),
    (["commitment", "show", "RS-2026-00001"], ABSENT),
    (["ledger", "info", "--ledger", "没有.db"], NOT_READY),
]


@pytest.mark.parametrize(("args", "code"), FRESH, ids=[f"{' '.join(a)[:40]}" for a, _ in FRESH])
def test_a_wrong_command_makes_no_ledger(run: Run, fresh: Path, args: list[str], code: int) -> None:
    """Before the first letter: no ledger, no key, no letter comes of a mistake."""
    told(run(*args), code)
    assert kept(fresh) == {}


@pytest.mark.parametrize(
    ("form", "code", "words"),
    [
        ('{"item": "64"}', BAD, ["未填", "姓名", "证件编号", "联系方式", "具体是"]),
        ('{"name": "某"}', BAD, ["item"]),
        ('{"item": "64", "id_number": 410182199001010030}', BAD, ["证件编号", "数字", "引号"]),
        ('{"item": 64}', BAD, ["数字"]),
        ('{"item": "64", "item": "65"}', BAD, ["重复"]),
        ('{"item": "64", "nama": "某"}', BAD, ["nama", "不认识"]),
        ('{"item": "64", "name": ["某"]}', BAD, ["文字"]),
        ('{"item": "64", "name": "\\ud800"}', BAD, ["U+D800"]),
        ('{"item": "64", "name": "甲\\n乙"}', BAD, ["U+000A"]),
        ('{"item": "64", "no_public": "也许"}', BAD, ["是", "否"]),
        ('{"item": "64",', BAD, ["JSON", "第 1 行"]),
        ("[" * 100_000, BAD, []),
        ('{"item": ' + "[" * 100_000, BAD, ["JSON"]),
        ("", BAD, []),
        ("item: '64'\nitem: '65'\n", BAD, ["重复", ":2:1"]),
        ("item: &a x\nname: *a\n", BAD, ["锚点"]),
        ("item: 清真\x00\n", BAD, []),
        ("item: !!python/object:os.system x\n", BAD, ["类型标记"]),
        ("item: '64'\n\tname: x\n", BAD, [":2:"]),
        ("x" * (1024 * 1024 + 1), BAD, ["1 MB"]),
        ('{"item": "失业登计"}', ABSENT, ["失业登记"]),
    ],
)  # fmt: skip
def test_a_wrong_file_is_bad_data(
    run: Run, fresh: Path, tmp_path: Path, form: str, code: int, words: list[str]
) -> None:
    """--from: missing and wrong values are 3, all at once; JSON and YAML are read strictly."""
    path = tmp_path / "申请.txt"
    path.write_text(form, "utf-8")
    message = told(run("letter", "new", "--from", str(path)), code)
    assert all(word in message for word in words), message
    assert kept(fresh) == {}


def test_all_problems_of_a_form_are_told_at_once(run: Run, fresh: Path) -> None:
    """Four mistakes, four problems, each with its field and clause, on stdout as JSON."""
    result = run(*letter("--format", "json", name="甲\t", id_number="1", phone="1", statement=""))
    told(result, BAD)
    problems = json.loads(result.stdout)["error"]["problems"]
    assert {p["field"] for p in problems} == {"name", "id_number", "phone", "statement"}
    assert all(set(p) == {"code", "message", "clause", "field"} for p in problems)
    assert kept(fresh) == {}


JSON_ERRORS: list[tuple[list[str], int, str]] = [
    (["catalog", "list", "--nonsense"], USAGE, "usage"),
    (letter(id_number="1"), BAD, "bad-input"),
    (["catalog", "show", "68"], ABSENT, "not-found"),
    (["commitment", "sign", "RS-2026-00001"], REFUSED, "refused"),
    (letter("--out", "没有"), NOT_READY, "not-ready"),
]


@pytest.mark.parametrize(("args", "code", "name"), JSON_ERRORS, ids=[name for _, _, name in JSON_ERRORS])
def test_errors_are_json_where_json_was_asked(
    run: Run, office: Path, args: list[str], code: int, name: str
) -> None:
    """{"error": {code, message, problems}} on stdout, the sentence for people on stderr."""
    flag = ["--format=json"] if code == BAD else ["--format", "json"]
    result = run(*args, *flag, home=office)
    message = told(result, code)
    error = json.loads(result.stdout)["error"]
    assert set(error) == {"code", "message", "problems"} and error["code"] == name
    assert error["message"] in message and not [v for v in PERSONAL if v in result.stdout]


# Templates and ledgers that a county may have in its home.


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (SHIPPED[:4000], ["损坏"]),
        (b"", ["损坏"]),
        (swapped("{{ 公民姓名 }}", "{{ 姓名 }}"), ["姓名", "缺少填空“公民姓名”"]),
        (in_text(POPEN), ["cycler"]),
    ],
    ids=["damaged", "empty", "unknown-field", "popen"],
)
def test_a_bad_template_of_the_county_is_refused(
    run: Run, office: Path, tmp_path: Path, template: bytes, words: list[str]
) -> None:
    """home/templates: exit 8 before any number is given; nothing in the template is run."""
    folder = office / "templates"
    folder.mkdir(exist_ok=True)
    (folder / "commitment_letter.docx").write_bytes(template)
    before = kept(office)
    message = told(run(*letter(), home=office), DOCUMENT)
    assert all(word in message for word in words), message
    assert kept(office) == before and not list(tmp_path.rglob("PWNED"))


def newer(path: Path) -> None:
    """A ledger of a later version of the program."""
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def corrupt(path: Path) -> None:
    """A ledger whose second half was overwritten."""
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xff" * (len(data) - 4096))


def foreign(path: Path) -> None:
    """A database of another program."""
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()


LEDGERS = {
    "empty": (lambda path: path.write_bytes(b""), "空文件"),
    "text": (lambda path: path.write_text("台账" * 2000, "utf-8"), "不是台账文件"),
    "newer": (newer, "较新版本"),
    "corrupt": (corrupt, "损坏"),
    "truncated": (lambda path: path.write_bytes(path.read_bytes()[:6000]), "损坏"),
    "foreign": (foreign, "不是 gaozhi 台账"),
    "folder": (lambda path: (path.unlink(), path.mkdir()), "台账"),
}


@pytest.mark.parametrize("kind", LEDGERS)
def test_a_ledger_that_is_none_is_left_alone(run: Run, office: Path, kind: str) -> None:
    """Empty, text, newer, corrupt, another program's: exit 7, and not one byte changed."""
    spoil, words = LEDGERS[kind]
    spoil(office / "ledger.db")
    before = kept(office)
    for args in (["verify", "due"], ["commitment", "sign", "SC-2026-00001"]):
        assert words in told(run(*args, home=office), NOT_READY)
        assert kept(office) == before


def test_a_locked_ledger_is_waited_for_and_then_named(run: Run, office: Path) -> None:
    """Another program holds the write lock for longer than the command waits."""
    other = sqlite3.connect(office / "ledger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        message = told(run("commitment", "sign", "SC-2026-00001", home=office), NOT_READY)
        assert "占用" in message and "没有写入" in message
        assert run("commitment", "show", "SC-2026-00001", home=office).returncode == 0, "reading goes on"
    finally:
        other.execute("ROLLBACK")
        other.close()
    assert run("commitment", "sign", "SC-2026-00001", home=office).returncode == 0


def test_a_folder_that_cannot_be_written_is_named(run: Run, office: Path, tmp_path: Path) -> None:
    """--out points where nobody may write: exit 7 before any number is given."""
    folder = tmp_path / "只读"
    folder.mkdir(mode=0o555)
    if os.access(folder, os.W_OK):  # root writes anywhere but here
        folder = Path("/proc")
    if os.access(folder, os.W_OK) and folder != Path("/proc"):
        pytest.skip("every folder can be written here")
    before = kept(office)
    message = told(run(*letter("--out", str(folder)), home=office), NOT_READY)
    assert str(folder) in message and "没有登记" in message and kept(office) == before


def test_a_lost_key_is_named(run: Run, office: Path) -> None:
    """Without its key a ledger can be read but not written, and nobody's data is shown."""
    for key in (office / "keys").iterdir():
        key.unlink()
    before = kept(office)
    for args in (letter(), ["commitment", "show", "RS-2026-00001", "--reveal", "--reason", "核对"]):
        assert "密钥" in told(run(*args, home=office), NOT_READY)
    assert run("commitment", "show", "RS-2026-00001", home=office).returncode == 0
    assert kept(office) == before


def test_a_faulty_catalog_of_the_county_is_named(run: Run, home: Path) -> None:
    """home/catalog: exit 3 with file, line and column."""
    (home / "catalog").mkdir(exist_ok=True)
    (home / "catalog" / "county.yaml").write_text("name: 甲县\nname: 乙县\n", "utf-8")
    assert "county.yaml:2:1" in told(run("catalog", "list"), BAD)


# What holds for every command.


def test_dry_run_writes_nothing(run: Run, office: Path) -> None:
    """Every act on trial: the same answer, not one byte changed."""
    assert run("commitment", "sign", "SC-2026-00001", home=office).returncode == 0
    before = kept(office)
    for args in (
        letter(),
        ["commitment", "accept", "SC-2026-00001"],
        ["commitment", "conclude", "RS-2026-00001"],
        ["verify", "schedule", "RS-2026-00001", "--due", "2026-12-31", "--assignee", "李核查"],
        [*CLOSE, *FINDING],
    ):
        result = run(*args, "--dry-run", home=office)
        assert result.returncode == 0 and "试运行" in result.stderr
        assert kept(office) == before
    told(run("commitment", "sign", "SC-2026-00001", "--dry-run", home=office), REFUSED)


def test_a_request_id_makes_a_repeat_harmless(run: Run, office: Path) -> None:
    """The same request again: the same number, nothing written; and each act may be repeated so."""
    before = kept(office)
    again = run(*letter("--request-id", "first", "--format", "json"), home=office)
    assert json.loads(again.stdout)["number"] == "SC-2026-00001" and kept(office) == before
    close = [*CLOSE, *FINDING]
    schedule = ["verify", "schedule", "RS-2026-00001", "--due", "2026-12-31"]
    for n, args in enumerate(
        (
            schedule,
            close,
            ["commitment", "conclude", "RS-2026-00001"],
            ["commitment", "sign", "SC-2026-00001"],
        )
    ):
        act = [*args, "--request-id", f"r{n}", "--format", "json"]
        first = run(*act, home=office)
        assert first.returncode == 0, first.stderr
        before = kept(office)
        second = run(*act, home=office)
        assert (second.returncode, kept(office)) == (0, before)
    assert "结论" in told(run(*close, home=office), REFUSED), "closing twice without a request id"


@pytest.mark.parametrize(
    "args",
    [
        ["catalog", "list"],
        ["commitment", "show", "RS-2026-00001"],
        ["verify", "due"],
        ["ledger", "info"],
        ["--help"],
    ],
    ids=" ".join,
)
def test_no_escape_reaches_a_pipe(run: Run, office: Path, args: list[str]) -> None:
    """A pipe gets plain lines, whatever the environment says of colours."""
    result = run(
        *args, home=office, env={"TERM": "xterm-256color", "FORCE_COLOR": "1", "CLICOLOR_FORCE": "1"}
    )
    assert result.returncode == 0 and result.stdout
    assert "\x1b" not in result.stdout + result.stderr


@pytest.mark.skipif(shutil.which("sh") is None, reason="没有 sh")
@pytest.mark.parametrize("format_", ["table", "json"])
def test_a_reader_that_leaves_early_is_no_fault(fresh: Path, format_: str) -> None:
    """``| head -1``: no traceback, nothing on stderr."""
    command = f'"{sys.executable}" -m gaozhi_cli catalog list --format {format_} | head -1'
    environment = os.environ | {"GAOZHI_HOME": str(fresh), "PYTHONPATH": str(ROOT)}
    result = subprocess.run(
        ["sh", "-c", command], env=environment, capture_output=True, encoding="utf-8", timeout=60
    )
    assert len(result.stdout.splitlines()) == 1 and result.stderr == ""


def test_a_reader_that_never_was_is_no_traceback(fresh: Path) -> None:
    """stdout is a pipe whose other end is shut before the first byte."""
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run(
        [sys.executable, "-m", "gaozhi_cli", "catalog", "list"],
        stdout=writing,
        stderr=subprocess.PIPE,
        env=os.environ | {"GAOZHI_HOME": str(fresh), "PYTHONPATH": str(ROOT)},
        encoding="utf-8",
        timeout=60,
    )
    os.close(writing)
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LC_ALL": "", "LANG": "C"}], ids=str)
def test_a_machine_without_a_chinese_locale_works(run: Run, office: Path, locale: dict[str, str]) -> None:
    """LANG=C: Chinese in, Chinese out, the same bytes."""
    args = ["catalog", "list", "--dept", "人社局", "--format", "json"]
    result = run(*args, env=locale)
    assert result.returncode == 0 and json.loads(result.stdout)[0]["matter"] == "人力资源服务许可审批"
    message = told(run("commitment", "show", "荥人社告承〔2026〕00009号", home=office, env=locale), ABSENT)
    assert "RS-2026-00009" in message


def test_a_gbk_machine_gets_the_same_bytes(fresh: Path) -> None:
    """A GBK machine: what goes into a pipe is UTF-8 all the same, and characters GBK lacks stop nothing."""
    environment = os.environ | {"GAOZHI_HOME": str(fresh), "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "gbk"}

    def raw(*args: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "gaozhi_cli", *args]
        return subprocess.run(command, env=environment, capture_output=True, timeout=60)

    assert "用法" in raw("--help").stdout.decode("utf-8")
    assert "失业登记" in raw("catalog", "show", "8").stdout.decode("utf-8")
    result = raw("catalog", "list", "--dept", "𠮷㛃局", "--format", "json")
    assert result.returncode == ABSENT and "没有单位“𠮷㛃局”" in result.stderr.decode("utf-8")
    assert "没有单位“𠮷㛃局”" in json.loads(result.stdout.decode("utf-8"))["error"]["message"]


def test_an_internal_fault_leaves_a_log_without_values(run: Run, fresh: Path) -> None:
    """Whatever went to the log so far holds no number and no name; none of these commands makes one."""
    run(*letter(id_number="1", name="测试甲"))
    run("letter", "new", "--from", "-", input="{")
    assert not (fresh / "gaozhi.log").exists()
