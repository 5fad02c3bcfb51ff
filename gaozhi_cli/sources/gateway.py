"""An HTTP/JSON gateway (政务数据共享平台), asked one number at a time.

Redirects are not followed, TLS is verified, proxies and .netrc of the environment are left alone, an answer
has a time and a size. Only what may be asked twice is asked twice. The bytes of an answer are not kept: they
are somebody's data; the receipt is the request's id and a keyed digest of the answer.
"""

from __future__ import annotations

import logging
import ssl
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gaozhi_cli.domain.comparing import Answer, Claim, outcome_of, plain_number
from gaozhi_cli.domain.problem import BadInput, NotReady, Problem
from gaozhi_cli.domain.registers import TRIES, Source
from gaozhi_cli.domain.vocabulary import Compared
from gaozhi_cli.sources.extract import judged
from gaozhi_cli.sources.interface import Answers, failed, unavailable
from gaozhi_cli.sources.json_answer import Record, is_json, records_of
from gaozhi_cli.sources.pacing import LONGEST_WAIT, Circuit, Pace, pause, retry_after
from gaozhi_cli.sources.watch import Watch, Wire

if TYPE_CHECKING:
    import httpx

ADAPTER = "gateway/1"
LARGEST_ANSWER = 1024 * 1024


class Access(NamedTuple):
    """Where the gateway is and what opens it; ``token`` is the whole value of the header."""

    address: str
    token: str = ""
    ca_file: Path | None = None


class _Reply(NamedTuple):
    """What one try gave: the records, or what went wrong. ``again``: asking again may help.

    ``sent``: the question may have reached the gateway; ``after``: seconds it asks us to wait.
    """

    outcome: Compared | None
    records: Sequence[Record] = ()
    body: bytes = b""
    again: bool = False
    sent: bool = True
    after: float | None = None


class GatewayRegister:
    """A gateway. ``receipt``: the keyed digest of an answer's bytes."""

    def __init__(
        self, source: Source, access: Access, receipt: Callable[[bytes], str], *,
        today: Callable[[], date] = date.today, clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:  # fmt: skip
        if source.asking is None:
            raise RuntimeError("a gateway is declared with how it is asked")
        self.adapter = f"{ADAPTER} {source.declared}"
        self._source, self._asking, self._access, self._receipt = source, source.asking, access, receipt
        self._today, self._clock, self._sleep = today, clock, sleep
        self._wire = Wire()
        self._pace = Pace(source.limits.rate, clock, sleep)

    def check(self, claims: Sequence[Claim], deadline: float, as_of: date) -> Answers:
        """Ask about one claim after the other. Raises NotReady where httpx is not installed."""
        return Answers(None, self._each(self._client(), claims, deadline, as_of))

    def probe(self) -> tuple[str, ...]:
        """Somebody answers there, and not with a refusal: a HEAD that asks about nobody."""
        with self._client() as client:
            try:
                status = client.head(self._access.address).status_code
            except Exception as error:
                outcome = _transport(error)
                raise unavailable(outcome, f"来源“{self._source.name}”{_why(error)}") from None
        if status in (401, 403, 407):
            message = f"来源“{self._source.name}”拒绝访问（HTTP {status}），请检查凭证和授权"
            raise unavailable(Compared.DENIED, message)
        if status >= 500:
            message = f"来源“{self._source.name}”出错（HTTP {status}），请稍后再试"
            raise unavailable(Compared.UNAVAILABLE, message)
        return (f"接口有应答（HTTP {status}）；没有查询任何人，查询的写法要比对一件才知道对不对",)

    def _client(self) -> httpx.Client:
        try:
            import httpx
        except ImportError:
            raise NotReady('查询接口要先装 httpx：pip install "gaozhi[http]"') from None
        for name in ("httpx", "httpcore"):  # they tell every address asked for
            logging.getLogger(name).setLevel(logging.ERROR)
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "gaozhi"}
        if self._access.token:
            headers[self._source.place.header] = self._access.token
        verify: Any = True
        if self._access.ca_file is not None:
            try:
                verify = ssl.create_default_context(cafile=str(self._access.ca_file))
            except (OSError, ssl.SSLError):
                message = f"读不了 ca_file {self._access.ca_file}，应是 PEM 格式的根证书"
                raise BadInput(message, (Problem("source-ca", message, field="ca_file"),)) from None
        return httpx.Client(
            headers=headers, verify=verify, follow_redirects=False, trust_env=False,
            timeout=self._source.limits.timeout,
        )  # fmt: skip

    def _each(
        self, client: httpx.Client, claims: Sequence[Claim], deadline: float, as_of: date
    ) -> Iterator[Answer]:
        circuit = Circuit()
        with client:
            for place, claim in enumerate(claims):
                if circuit.open_ is not None:
                    yield from failed(claims[place:], circuit.open_, 0)
                    return
                if self._clock() > deadline:
                    yield from failed(claims[place:], Compared.TIMEOUT, 0)
                    return
                answer = self._one(client, claim, deadline, as_of)
                sound = answer.answered or answer.outcome in (Compared.STALE, Compared.DEFERRED)
                circuit.note(answer.outcome, sound=sound)
                yield answer

    def _one(self, client: httpx.Client, claim: Claim, deadline: float, as_of: date) -> Answer:
        """Ask about one claim, again where that may help and does no harm."""
        request = uuid.uuid4().hex
        reply, tries = _Reply(Compared.TIMEOUT), 0
        while tries < TRIES and self._clock() <= deadline:
            self._pace.wait()
            tries += 1
            reply = self._try(
                client, claim, request, min(deadline, self._clock() + self._source.limits.timeout)
            )
            harmless = self._asking.repeatable or not reply.sent
            if not reply.again or not harmless or tries == TRIES:
                break
            wait = pause(tries) if reply.after is None else reply.after
            if wait > LONGEST_WAIT or self._clock() + wait > deadline:
                break
            self._sleep(wait)
        if reply.outcome is not None:
            return Answer(claim.check, reply.outcome, tries=tries)
        return self._judge(claim, reply, request, tries, as_of)

    def _judge(self, claim: Claim, reply: _Reply, request: str, tries: int, as_of: date) -> Answer:
        day = self._today().isoformat()
        column = self._source.key.column
        for record in reply.records:  # an answer about somebody else is no answer
            if column and plain_number(record[column] or "") != plain_number(claim.key):
                return Answer(claim.check, Compared.BAD_ANSWER, tries=tries)
        receipt = f"{request} {self._receipt(request.encode() + reply.body)}"
        if len(reply.records) != 1:
            outcome = outcome_of(len(reply.records), ())
            return Answer(claim.check, outcome, receipt=receipt, as_of=day, tries=tries)
        return judged(self._source, claim, reply.records[0], receipt, day, as_of, tries)

    def _try(self, client: httpx.Client, claim: Claim, request: str, until: float) -> _Reply:
        """One question over the wire."""
        claimed = self._source.claimed(claim.values)
        said = dict(self._asking.fixed) | {name: claimed[part] for name, part in self._asking.ask}
        carried: dict[str, Any] = {"params": said} if self._asking.method == "GET" else {"json": said}
        carried |= {"headers": {"X-Request-Id": request}, "extensions": {"trace": self._wire.trace}}
        with Watch(self._wire, until - self._clock()) as watch:
            try:
                with client.stream(self._asking.method, self._access.address, **carried) as response:
                    return self._read(response, until)
            except Exception as error:
                outcome = Compared.TIMEOUT if watch.cut else _transport(error)
                return _Reply(outcome, again=True, sent=type(error).__name__ not in NEVER_SENT)

    def _read(self, response: httpx.Response, until: float) -> _Reply:
        status, kind = response.status_code, response.headers.get("content-type", "")
        if status == 429:
            after = retry_after(response.headers.get("retry-after"), datetime.now(UTC))
            return _Reply(Compared.RATE_LIMITED, again=True, sent=False, after=after)
        missing = status == 404 and self._asking.not_found and is_json(kind)
        if not missing and status not in (200, 203):
            outcome, again = BY_STATUS.get(
                status, BY_HUNDRED.get(status // 100, (Compared.BAD_ANSWER, False))
            )
            return _Reply(outcome, again=again)
        if not is_json(kind) or response.headers.get("content-encoding", "identity") != "identity":
            return _Reply(Compared.BAD_ANSWER)
        body = b""
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > LARGEST_ANSWER:
                return _Reply(Compared.BAD_ANSWER)
            if self._clock() > until:
                return _Reply(Compared.TIMEOUT, again=True)
        if missing:
            return _Reply(None, body=body)
        records = records_of(body, kind, self._asking, self._source.columns)
        return _Reply(Compared.BAD_ANSWER) if records is None else _Reply(None, records, body)


NEVER_SENT = ("ConnectError", "ConnectTimeout", "PoolTimeout")
BY_STATUS = {
    202: (Compared.DEFERRED, False),
    401: (Compared.DENIED, False),
    403: (Compared.DENIED, False),
    407: (Compared.DENIED, False),
    408: (Compared.TIMEOUT, True),
    504: (Compared.TIMEOUT, True),
}
BY_HUNDRED = {4: (Compared.BAD_REQUEST, False), 5: (Compared.UNAVAILABLE, True)}


def _transport(error: Exception) -> Compared:
    """What a failure of the transport is; a fault of our own is not hidden by it."""
    import httpx

    if isinstance(error, httpx.TimeoutException):
        return Compared.TIMEOUT
    if isinstance(error, (httpx.TransportError, OSError)):
        return Compared.UNAVAILABLE
    raise error


def _why(error: Exception) -> str:
    if "CERTIFICATE" in str(error).upper():
        return "的证书验证不了；县里自建的根证书写在 ca_file"
    timeout = _transport(error) is Compared.TIMEOUT
    return "没有在时限内应答，请稍后再试" if timeout else "连不上，请检查网络和地址，稍后再试"
