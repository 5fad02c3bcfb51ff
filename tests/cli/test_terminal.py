"""``letter new`` at a real terminal (a pty): asks for what is missing, takes no for an answer."""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders import CITIZEN, ORGANIZATION, an_id_number, flags
from tests.cli import test_letter
from tests.cli.test_errors import kept, letter
from tests.conftest import ROOT, Run

pty = pytest.importorskip("pty", reason="没有伪终端（pty）")
termios = pytest.importorskip("termios", reason="没有伪终端（termios）")

PATIENCE = 20.0
ESC = "\x1b"


class Terminal:
    """A command in a pseudo-terminal of its own: what it shows, what is typed, how it ends."""

    def __init__(self, home: Path, *args: str, env: dict[str, str] | None = None) -> None:
        import fcntl

        self.screen = ""
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._master, slave = pty.openpty()
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("GAOZHI_", "NO_COLOR"))}
        environment |= {"GAOZHI_HOME": str(home), "GAOZHI_AS_OF": "2026-11-24", "PYTHONPATH": str(ROOT)}
        environment |= {"TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40"} | (env or {})
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gaozhi_cli", *args],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            cwd=home,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)

    def see(self, words: str) -> None:
        """Wait until the words stand on the screen, then look only at what comes after them."""
        until = time.monotonic() + PATIENCE
        while words not in self.screen:
            assert time.monotonic() < until and self._read(), f"{words!r} is not in {self.screen!r}"
        self.screen = self.screen.partition(words)[2]

    def type(self, text: str) -> None:
        """Type something; control characters act as they do on a keyboard."""
        os.write(self._master, text.encode())

    def answer(self, *dialogue: tuple[str, str]) -> None:
        """See each question and answer it with a line."""
        for question, line in dialogue:
            self.see(question)
            self.type(line + "\r")

    def leave(self, key: str) -> int:
        """Press a key until the command ends (one press may fall between two reads); the exit code."""
        until = time.monotonic() + PATIENCE
        while self._process.poll() is None and time.monotonic() < until:
            with contextlib.suppress(OSError):
                self.type(key)
            while self._read(patience=1.0):
                pass
        return self.end()

    def end(self) -> int:
        """The exit code; the rest of the screen is read."""
        while self._read():
            pass
        return self._process.wait(PATIENCE)

    def close(self) -> None:
        """Leave nothing running."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(PATIENCE)
        os.close(self._master)

    def _read(self, patience: float = PATIENCE) -> bool:
        ready, _, _ = select.select([self._master], [], [], patience)
        try:
            data = os.read(self._master, 65536) if ready else b""
        except OSError:  # Linux: the other side is closed
            data = b""
        self.screen += self._decode(data)
        return bool(data)


@contextlib.contextmanager
def terminal(home: Path, *args: str, env: dict[str, str] | None = None) -> Iterator[Terminal]:
    """A command in a terminal, ended whatever happens."""
    running = Terminal(home, *args, env=env)
    try:
        yield running
    finally:
        running.close()


def test_everything_is_asked_when_nothing_is_given(home: Path) -> None:
    """Words of the item with a choice, the kind of applicant, each field; then the number."""
    with terminal(home, "letter", "new") as at:
        at.answer(("行政事项", "没有这样的"), ("没有事项", "个体工商户"))
        at.see("64 个体工商户设立登记")
        at.answer(
            ("哪一个事项（1-2）", "3"),
            ("请输入 1 至 2", "1"),
            ("申请人是（1-2）", "1"),
            ("姓名：", ""),
            ("此项必填", CITIZEN["name"]),
            ("证件编号", "410182199001010031"),
            ("第 18 位校验码", CITIZEN["id_number"]),
            ("联系方式：", "123"),
            ("7 至 20 位", CITIZEN["phone"]),
            ("承诺的具体内容", CITIZEN["statement"]),
            ("回车登记", "也许"),
            ("请按回车", "3"),
            ("联系方式：", "0371-22222222"),
            ("3. 联系方式：0371-22222222", ""),
        )
        assert at.end() == 0
        assert "SC-2026-00001" in at.screen
    lines = test_letter.read(home / "letters" / "SC" / "2026" / "SC-2026-00001.docx")
    assert f"姓名：{CITIZEN['name']}" in lines and f"证件编号：{CITIZEN['id_number']}" in lines
    assert "联系方式：0371-22222222" in lines, "what was looked over and typed again"


def test_only_what_is_missing_is_asked(home: Path) -> None:
    """All but the telephone is given: one question, one confirmation."""
    given = letter(phone="")
    with terminal(home, *given) as at:
        at.answer(("联系方式：", CITIZEN["phone"]), ("回车登记", ""))
        assert at.end() == 0 and "SC-2026-00001" in at.screen


def test_nothing_is_asked_when_all_is_given(home: Path) -> None:
    """A complete command is a command, at a terminal too."""
    with terminal(home, *letter()) as at:
        assert at.end() == 0
        assert "回车登记" not in at.screen and "SC-2026-00001" in at.screen


def test_the_circumstance_of_item_8_is_chosen(home: Path) -> None:
    """按情形, and within it another choice: the letter names the proof of that circumstance alone."""
    with terminal(home, *letter(item="8")) as at:
        at.see("6. 刑满释放")
        at.answer(("哪种情形（1-6）", "5"))
        at.see("2. 随军家属")
        at.answer(("哪种情形（1-2）", "2"), ("回车登记", ""))
        assert at.end() == 0
    lines = test_letter.read(home / "letters" / "RS" / "2026" / "RS-2026-00001.docx")
    assert "（二）证明事项名称：随军手续（随军家属）" in lines


def test_one_of_several_proofs_and_the_site_are_asked(home: Path) -> None:
    """Item 14: 任选其一, an organization because a code is given, the site because it is visited."""
    form = {key: value for key, value in ORGANIZATION.items() if key not in ("contact", "site_address")}
    with terminal(home, "letter", "new", "--item", "鉴定补贴", *flags(form)) as at:
        at.answer(
            ("任选其一）（1-2）", "2"),
            ("联系人：", ORGANIZATION["contact"]),
            ("现场地址：", ORGANIZATION["site_address"]),
            ("回车登记", ""),
        )
        assert at.end() == 0 and "RS-2026-00001" in at.screen
    lines = test_letter.read(home / "letters" / "RS" / "2026" / "RS-2026-00001.docx")
    assert any("税务发票" in line and "收费票据" not in line for line in lines)


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["ctrl-c", "ctrl-d"])
@pytest.mark.parametrize("at_question", ["证件编号", "回车登记"])
def test_leaving_writes_nothing(home: Path, key: str, at_question: str) -> None:
    """Ctrl-C and Ctrl-D, in the middle or at the last question: 130 and nothing registered."""
    given = letter(id_number="") if at_question == "证件编号" else letter(phone="")
    with terminal(home, *given) as at:
        if at_question == "回车登记":
            at.answer(("联系方式：", CITIZEN["phone"]))
        else:
            at.answer(("申请人是（1-2）", "1"))
        at.see(at_question)
        assert at.leave(key) == 130
        assert "没有登记" in at.screen and "Traceback" not in at.screen
    assert kept(home) == {}


def test_no_at_the_end_writes_nothing(home: Path) -> None:
    """n at the last question is leaving."""
    with terminal(home, *letter(phone="")) as at:
        at.answer(("联系方式：", CITIZEN["phone"]), ("回车登记", "n"))
        assert at.end() == 130
    assert kept(home) == {}


def test_yes_skips_the_confirmation_only(home: Path) -> None:
    """--yes: the missing field is still asked for."""
    with terminal(home, *letter("--yes", phone="")) as at:
        at.answer(("联系方式：", CITIZEN["phone"]))
        assert at.end() == 0 and "回车登记" not in at.screen


def test_no_input_asks_nothing_at_a_terminal(home: Path) -> None:
    """--no-input: what is missing is named, exit 2."""
    with terminal(home, "letter", "new", "--item", "64", "--no-input") as at:
        assert at.end() == 2
        assert "缺少" in at.screen and "--name" in at.screen
    assert kept(home) == {}


def test_a_file_asks_nothing_at_a_terminal(home: Path) -> None:
    """--from: what the file lacks is told at once, exit 3."""
    (home / "form.json").write_text('{"item": "64"}')
    with terminal(home, "letter", "new", "--from", "form.json") as at:
        assert at.end() == 3


def test_a_terminal_gets_a_table(home: Path) -> None:
    """Drawn with rules, all words there; the same listing in a pipe is tab-separated."""
    with terminal(home, "catalog", "list", "--dept", "气象局") as at:
        assert at.end() == 0
        assert "─" in at.screen and "雷电防护装置竣工验收" in at.screen.replace("\r\n", "")


@pytest.mark.parametrize(
    ("args", "env"),
    [([], {"NO_COLOR": "1"}), ([], {"TERM": "dumb"})],
    ids=["NO_COLOR", "dumb"],
)
def test_colours_can_be_refused(home: Path, args: list[str], env: dict[str, str]) -> None:
    """NO_COLOR and a dumb terminal: no colour sequence on the screen."""
    with terminal(home, "catalog", "list", "--dept", "气象局", *args, env=env) as at:
        assert at.end() == 0 and "气象局" in at.screen
        assert not re.search(ESC + r"\[[\d;]*3[0-7]", at.screen)


def test_what_was_stored_cannot_steer_the_terminal(run: Run, home: Path) -> None:
    """A reason with an escape sequence is journalled and shown as text."""
    number = test_letter.made(run, *letter())["number"]
    run("commitment", "show", number, "--reveal", "--reason", f"{ESC}[2J{ESC}]0;x\x07清屏[/]")
    with terminal(home, "commitment", "history", number) as at:
        assert at.end() == 0 and "清屏" in at.screen.replace("\r\n", "")
        assert f"{ESC}[2J" not in at.screen and f"{ESC}]0" not in at.screen


def test_who_promises_is_asked_where_a_guardian_may(complete_home: Path) -> None:
    """Item 16 lets agents and 法定监护人 promise: chosen, then asked for in the guardian's words."""
    with terminal(complete_home, "letter", "new", "--item", "16") as at:
        at.answer(
            ("申请人是（1-2）", "1"),
            ("姓名：", CITIZEN["name"]),
            ("证件编号", CITIZEN["id_number"]),
            ("联系方式：", CITIZEN["phone"]),
            ("由谁承诺（1-3）", "3"),
            ("法定监护人姓名：", "测试丙"),
            ("法定监护人证件编号", "护照 E12345678"),
            ("法定监护人联系方式：", "13900000000"),
            ("监护关系的依据：", "出生医学证明编号 P410000000"),
            ("承诺的具体内容", "参保人已经死亡"),
            ("代理人类型：法定监护人", ""),
        )
        assert at.end() == 0 and "SB-2026-00001" in at.screen
    (made,) = (complete_home / "letters").rglob("*.docx")
    assert any("系申请人的法定监护人，不是委托代理人" in line for line in test_letter.read(made))


def test_one_of_several_subjects_is_chosen(home: Path, run: Run) -> None:
    """Two of one name: shown masked with their numbers, chosen by place."""
    numbers = (CITIZEN["id_number"], an_id_number("41018219850505005"))
    for number in numbers:
        assert run(*letter(id_number=number)).returncode == 0
    with terminal(home, "credit", "check", CITIZEN["name"]) as at:
        at.see("1. S")
        at.answer(("哪一个主体（1-2）", "2"))
        at.see("可以适用告知承诺制")
        assert at.end() == 0
        assert not [number for number in numbers if number in at.screen]
