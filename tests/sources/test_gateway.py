"""A gateway that answers well, badly, slowly, endlessly, elsewhere: never a finding by mistake."""

from __future__ import annotations

import json
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from gaozhi_cli.domain.problem import BadInput, SourceUnavailable
from gaozhi_cli.domain.registers import Asking, Key, Limits, Source
from gaozhi_cli.domain.vocabulary import ClaimPart, SourceKind
from gaozhi_cli.sources.gateway import LARGEST_ANSWER, Access, GatewayRegister
from gaozhi_cli.sources.json_answer import is_json, records_of
from gaozhi_cli.sources.pacing import Circuit, Pace, pause, retry_after
from tests.sources.registers import PEOPLE, a_source, asked, outcomes, receipt

pytest.importorskip("httpx", reason="httpx 未安装")
Answering = Callable[["Handler"], None]
GOOD = {number: {"身份证号": number, "姓名": name, "状态": "正常"} for number, name in PEOPLE.values()}


class Handler(BaseHTTPRequestHandler):
    """Answers as the test says, and remembers what was asked."""

    answering: Answering
    asked: list[dict[str, Any]]
    timeout = 10

    def do_GET(self) -> None:
        """A question with its parameters in the address."""
        said = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
        self._answer(said)

    def do_POST(self) -> None:
        """A question with a JSON body."""
        self._answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))

    def do_HEAD(self) -> None:
        """Is somebody there."""
        self._answer({})

    def _answer(self, said: dict[str, Any]) -> None:
        self.asked.append({"said": said, "headers": dict(self.headers), "method": self.command})
        self.answering()

    def reply(self, status: int, body: bytes = b"", kind: str = "application/json", **headers: str) -> None:
        """One answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def say(self, value: Any) -> None:
        """One answer in JSON."""
        self.reply(200, json.dumps(value).encode())

    def good(self) -> None:
        """What the register knows of the number asked about."""
        found = GOOD.get(self.asked[-1]["said"].get("sfzh", ""))
        self.say({"data": [found] if found else []})

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


class _Server(ThreadingHTTPServer):
    """Says nothing of callers that have hung up."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that would not hear a hundred MB."""


class Gateway:
    """A server in a thread; ``say`` sets how it answers, ``asked`` is what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.handler = type("H", (Handler,), {"asked": self.asked, "answering": Handler.good})
        self.server = _Server(("127.0.0.1", 0), self.handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}/insured"
        self.slept: list[float] = []

    def say(self, answering: Answering) -> None:
        """From now on it answers so."""
        self.asked.clear()
        self.slept.clear()
        self.handler.answering = answering

    def register(
        self,
        asking: dict[str, Any] | None = None,
        token: str = "",
        ca_file: Path | None = None,
        **changed: Any,
    ) -> GatewayRegister:  # fmt: skip
        """The register behind it; it waits without waiting."""
        source: Source = a_source(SourceKind.GATEWAY, **({"limits": Limits(rate=1000, timeout=2)} | changed))
        assert source.asking is not None
        source = source._replace(asking=source.asking._replace(**asking or {}))
        source = source._replace(place=source.place._replace(header="X-Token"))
        access = Access(self.address, token, ca_file)
        return GatewayRegister(
            source, access, receipt, today=lambda: date(2026, 11, 23), sleep=self.slept.append
        )


@pytest.fixture(scope="module")
def served() -> Iterator[Gateway]:
    """The server, for all tests here."""
    gateway = Gateway()
    yield gateway
    gateway.server.shutdown()
    gateway.server.server_close()


@pytest.fixture
def gateway(served: Gateway) -> Gateway:
    """The server as it answers well."""
    served.say(Handler.good)
    return served


def test_answers_by_get(gateway: Gateway, caplog: pytest.LogCaptureFixture) -> None:
    """Equal, another name, not there; the number goes out, and nothing else about the person; no log."""
    number = PEOPLE["c2"][0]
    gateway.say(lambda self: self.say({"data": {"身份证号": number, "姓名": "另一人", "状态": "正常"}})
                if self.asked[-1]["said"]["sfzh"] == number else Handler.good(self))  # fmt: skip
    with caplog.at_level(logging.DEBUG):
        answers = asked(gateway.register(token="Bearer geheim"), "c1", "c2")
    assert outcomes(answers) == {"c1": "match", "c2": "mismatch"}
    assert [set(one["said"]) for one in gateway.asked] == [{"sfzh"}, {"sfzh"}]
    request = gateway.asked[0]["headers"]
    assert request["X-Token"] == "Bearer geheim" and request["Accept-Encoding"] == "identity"
    assert (answers["c1"].receipt or "").split()[0] == request["X-Request-Id"]
    assert answers["c1"].as_of == "2026-11-23" and answers["c1"].tries == 1
    assert not any(text in caplog.text for text in (number, PEOPLE["c1"][0], "geheim"))


def test_answers_by_post(gateway: Gateway) -> None:
    """In the body, with fixed parameters; wrapped with a code of the gateway's own; in GBK."""
    asking = {
        "method": "POST", "ask": (("sfzh", ClaimPart.NUMBER), ("xm", ClaimPart.NAME)),
        "fixed": (("lx", "01"),),
        "records": "data.list", "code": "code", "ok": ("0",), "none": ("404",),
    }  # fmt: skip

    def answer(self: Handler) -> None:
        said = self.asked[-1]["said"]
        number = said["sfzh"]
        if number == PEOPLE["c2"][0]:
            self.say({"code": 404, "data": None})
        elif number == PEOPLE["c3"][0]:
            self.say({"code": 500, "msg": "内部错误", "data": {"list": []}})
        else:
            found = {"身份证号": number, "姓名": said["xm"], "状态": "正常"}
            body = json.dumps({"code": 0, "data": {"list": [found]}}, ensure_ascii=False)
            self.reply(200, body.encode("gb18030"), "application/json; charset=GBK")

    gateway.say(answer)
    answers = asked(gateway.register(asking), "c1", "c2", "c3")
    assert outcomes(answers) == {"c1": "match", "c2": "not-found", "c3": "bad-answer"}
    assert gateway.asked[0]["said"] == {"sfzh": PEOPLE["c1"][0], "xm": "测试甲", "lx": "01"}


def endless(self: Handler) -> None:
    """A hundred MB, a little at a time."""
    self.reply(200, b"", Content_Length=str(100 * 1024 * 1024))
    for _ in range(100 * 16):
        self.wfile.write(b" " * 65536)


def trickling(self: Handler) -> None:
    """A byte now and then: no single read is late, the whole is."""
    self.reply(200, b"", Content_Length="1000")
    for _ in range(100):
        self.wfile.write(b" ")
        self.wfile.flush()
        time.sleep(0.05)


NAMELESS = {"身份证号": PEOPLE["c1"][0], "状态": "正常"}
BAD: dict[str, tuple[Answering, str, int]] = {
    "500": (lambda self: self.reply(500), "unavailable", 3),
    "504": (lambda self: self.reply(504), "timeout", 3),
    "401": (lambda self: self.reply(401), "denied", 1),
    "403": (lambda self: self.reply(403, b"{}"), "denied", 1),
    "400": (lambda self: self.reply(400, b'{"error":"x"}'), "bad-request", 1),
    "404 in JSON": (lambda self: self.reply(404, b"{}"), "bad-request", 1),
    "202": (lambda self: self.reply(202, b"{}"), "deferred", 1),
    "204": (lambda self: self.reply(204), "bad-answer", 1),
    "redirect": (lambda self: self.reply(302, Location="file:///etc/passwd"), "bad-answer", 1),
    "HTML": (lambda self: self.reply(200, b"<html>login</html>", "text/html"), "bad-answer", 1),
    "HTML said to be JSON": (lambda self: self.reply(200, b"<html>login</html>"), "bad-answer", 1),
    "no records": (lambda self: self.say({"ergebnis": []}), "bad-answer", 1),
    "an empty record": (lambda self: self.say({"data": {}}), "bad-answer", 1),
    "a column missing": (lambda self: self.say({"data": [NAMELESS]}), "bad-answer", 1),
    "somebody else": (lambda self: self.say({"data": [GOOD[PEOPLE["c2"][0]]]}), "bad-answer", 1),
    "too deep": (lambda self: self.reply(200, b"[" * 500_000), "bad-answer", 1),
    "gzip": (lambda self: self.reply(200, b"x", Content_Encoding="gzip"), "bad-answer", 1),
    "cut off": (lambda self: self.reply(200, b'{"da', Content_Length="90"), "unavailable", 3),
    "100 MB": (endless, "bad-answer", 1),
    "429": (lambda self: self.reply(429, Retry_After="7"), "rate-limited", 3),
    "429 for long": (lambda self: self.reply(429, Retry_After="3600"), "rate-limited", 1),
    "hung up": (lambda self: self.connection.shutdown(socket.SHUT_RDWR), "unavailable", 3),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_answer_is_never_one(gateway: Gateway, case: str) -> None:
    """Of its own kind, without fields or receipt; asked again only where that may help."""
    answering, outcome, tries = BAD[case]
    gateway.say(answering)
    answer = asked(gateway.register(), "c1")["c1"]
    assert (answer.outcome.value, answer.tries, len(gateway.asked)) == (outcome, tries, tries)
    assert answer.fields == () and answer.receipt is None and not answer.answered
    if case == "429":
        assert gateway.slept == [7.0, 7.0]


def stuttering(self: Handler) -> None:
    """Headers that never come to an end."""
    self.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for n in range(100):
        self.wfile.write(f"X-{n}: 1\r\n".encode())
        self.wfile.flush()
        time.sleep(0.05)


@pytest.mark.parametrize("slow", [trickling, stuttering])
def test_a_slow_gateway(gateway: Gateway, slow: Answering) -> None:
    """Bytes that trickle in, of the body or of the head, do not hold a run up beyond the time of one try."""
    gateway.say(slow)
    begun = time.monotonic()
    answer = asked(gateway.register(limits=Limits(rate=1000, timeout=1)), "c1", seconds=1.5)["c1"]
    assert answer.outcome.value == "timeout" and time.monotonic() - begun < 4


def test_only_what_may_be_asked_twice_is(gateway: Gateway) -> None:
    """A POST that the county has not called a mere question is sent once, unless it never arrived."""
    gateway.say(lambda self: self.reply(500))
    assert asked(gateway.register({"method": "POST", "repeatable": False}), "c1")["c1"].tries == 1
    assert asked(gateway.register({"method": "POST", "repeatable": True}), "c1")["c1"].tries == 3
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        there, gateway.address = gateway.address, f"http://127.0.0.1:{free.getsockname()[1]}/"
        nobody = gateway.register({"method": "POST", "repeatable": False})
        gateway.address = there
    assert (asked(nobody, "c1")["c1"].outcome.value, asked(nobody, "c1")["c1"].tries) == ("unavailable", 3)
    with pytest.raises(SourceUnavailable, match="连不上"):
        nobody.probe()


def test_a_gateway_that_comes_back_is_used(gateway: Gateway) -> None:
    """One fault, then the answer, at the second try; the pause is short and then longer."""
    gateway.say(lambda self: self.reply(503) if len(self.asked) == 1 else Handler.good(self))
    answer = asked(gateway.register(), "c1")["c1"]
    assert (answer.outcome.value, answer.tries) == ("match", 2) and 0 < gateway.slept[0] <= 0.75


def test_after_faults_in_a_row_nobody_is_asked_about_any_more(gateway: Gateway) -> None:
    """Five people at three tries; the sixth and seventh are not asked; 401 ends it at once."""
    gateway.say(lambda self: self.reply(500))
    answers = asked(gateway.register())
    assert [answer.tries for answer in answers.values()] == [3, 3, 3, 3, 3, 0, 0]
    gateway.say(lambda self: self.reply(401))
    assert [answer.tries for answer in asked(gateway.register()).values()] == [1, 0, 0, 0, 0, 0, 0]
    assert set(outcomes(answers).values()) == {"unavailable"}


def test_404_is_no_such_record_only_where_the_county_says_so(gateway: Gateway) -> None:
    """In JSON, and declared; a web server's page is a wrong address all the same."""
    gateway.say(lambda self: self.reply(404, b'{"msg":"no data"}'))
    assert asked(gateway.register({"not_found": True}), "c1")["c1"].outcome.value == "not-found"
    gateway.say(lambda self: self.reply(404, b"<html>", "text/html"))
    assert asked(gateway.register({"not_found": True}), "c1")["c1"].outcome.value == "bad-request"


def test_numbers_keep_their_digits_in_json(gateway: Gateway) -> None:
    """An identity number as a JSON number is read whole; as a float that lost digits it is a bad answer."""
    number = PEOPLE["c1"][0]
    written = '{"data":[{"身份证号":%s,"姓名":"测试甲","状态":"正常"}]}'
    for text, outcome in ((number, "match"), ("4.1e17", "bad-answer")):
        body = (written % text).encode()
        gateway.say(lambda self, body=body: self.reply(200, body))  # type: ignore[misc]
        assert asked(gateway.register(), "c1")["c1"].outcome.value == outcome


def test_it_can_be_tried_without_asking_about_anybody(gateway: Gateway) -> None:
    """HEAD without parameters; a refusal and a fault are told."""
    assert "有应答" in gateway.register().probe()[0] and gateway.asked[0]["said"] == {}
    for status, words in ((403, "拒绝"), (502, "出错")):
        gateway.say(lambda self, status=status: self.reply(status))  # type: ignore[misc]
        with pytest.raises(SourceUnavailable, match=words):
            gateway.register().probe()


def a_certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of this machine that only itself vouches for, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(1))
        .not_valid_after(datetime.now(UTC) + timedelta(1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (folder / "ca.pem").write_bytes(made.public_bytes(pem))
    (folder / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    return folder / "ca.pem", folder / "key.pem"


def test_tls_is_verified(tmp_path: Path) -> None:
    """A certificate that nobody vouches for: nothing is sent; with the county's own root it is trusted."""
    ca, key = a_certificate(tmp_path)
    gateway = Gateway()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ca, key)
    gateway.server.socket = context.wrap_socket(gateway.server.socket, server_side=True)
    gateway.address = gateway.address.replace("http:", "https:")
    register = gateway.register()
    assert outcomes(asked(register, "c1")) == {"c1": "unavailable"} and gateway.asked == []
    with pytest.raises(SourceUnavailable, match="ca_file"):
        register.probe()
    assert outcomes(asked(gateway.register(ca_file=ca), "c1")) == {"c1": "match"}
    with pytest.raises(BadInput, match="PEM"):
        gateway.register(ca_file=key).probe()
    gateway.server.shutdown()
    gateway.server.server_close()


def test_no_more_questions_a_second_than_agreed() -> None:
    """Evenly, by a clock that only the waiting moves."""
    now = [0.0]
    pace = Pace(4, lambda: now[0], lambda seconds: now.__setitem__(0, now[0] + seconds))
    for _ in range(9):
        pace.wait()
    assert now[0] == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("12", 12.0), ("Tue, 24 Nov 2026 00:01:00 GMT", 60.0), ("Mon, 23 Nov 2026 00:00:00 GMT", 0.0),
     ("bald", None), (None, None), ("-3", None)],
)  # fmt: skip
def test_retry_after(text: str | None, seconds: float | None) -> None:
    """Seconds or a date; nonsense counts for nothing."""
    assert retry_after(text, datetime(2026, 11, 24, tzinfo=UTC)) == seconds


def test_pauses_grow_and_a_circuit_forgets() -> None:
    """Twice as long each time; one sound answer closes the row of faults."""
    assert [pause(n, lambda: 0.5) for n in (1, 2, 3)] == [0.5, 1.0, 2.0]
    from gaozhi_cli.domain.vocabulary import Compared

    circuit = Circuit()
    for n in range(20):
        circuit.note(Compared.TIMEOUT if n % 5 != 4 else Compared.MATCH, sound=n % 5 == 4)
    assert circuit.open_ is None


def test_content_types_and_answers_alone() -> None:
    """JSON and its kin; a key twice, NaN, an answer in the wrong encoding are refused; dots in a key."""
    assert is_json("application/json; charset=utf-8") and is_json("application/problem+json")
    assert not is_json("text/json") and not is_json("") and not is_json("application/jsonx")
    asking = Asking("GET", ())
    for body in (b'{"a":1,"a":2}', b'{"a":NaN}', b"\xff\xfe", b"1", b"[1]", b'"x"', b"[[]]"):
        assert records_of(body, "application/json", asking, ["a"]) is None
    assert records_of(b"null", "application/json", asking, ["a"]) == []
    assert records_of(b'{"a.b":{"c":[]},"d":true}', "application/json", asking, ["a.b", "d"]) == [
        {"a.b": None, "d": "是"}
    ]
    assert LARGEST_ANSWER == 1024 * 1024 and Key(ClaimPart.NUMBER, "").column == ""
