"""One question to a print service over IPP (RFC 8010, 8011): in which state is this job.

``lpstat`` lists completed and cancelled jobs alike, and their alerts read the same; the job's state tells
them apart. Only the answer to this question is understood, nothing is ever changed.
"""

from __future__ import annotations

import http.client
import socket

GET_JOB_ATTRIBUTES = 0x0009
CANCELED, ABORTED, COMPLETED = 7, 8, 9
PORT = 631
CHARSET, LANGUAGE, KEYWORD, URI, ENUM = 0x47, 0x48, 0x44, 0x45, 0x23


def job_state(server: str, job: int, limit: float) -> int | None:
    """The state of a job (RFC 8011, 5.3.7) at a server as ``lpstat -H`` names it: host:port or a socket.

    None where there is no answer that can be understood.
    """
    connection = _connection(server, limit)
    try:
        headers = {"Content-Type": "application/ipp", "Host": "localhost"}
        connection.request("POST", f"/jobs/{job}", _question(job), headers)
        return _state(connection.getresponse().read(65536))
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


class _Local(http.client.HTTPConnection):
    """HTTP over a socket file."""

    def __init__(self, path: str, limit: float) -> None:
        super().__init__("localhost", timeout=limit)
        self._path = path

    def connect(self) -> None:
        """Open the socket file."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _connection(server: str, limit: float) -> http.client.HTTPConnection:
    if server.startswith("/"):
        return _Local(server, limit)
    host, colon, port = server.rpartition(":")
    known = colon and port.isdecimal()
    return http.client.HTTPConnection(host if known else server, int(port) if known else PORT, timeout=limit)


def _attribute(tag: int, name: str, value: str) -> bytes:
    parts = [text.encode() for text in (name, value)]
    return bytes([tag]) + b"".join(len(part).to_bytes(2, "big") + part for part in parts)


def _question(job: int) -> bytes:
    return b"".join((
        b"\x01\x01", GET_JOB_ATTRIBUTES.to_bytes(2, "big"), (1).to_bytes(4, "big"), b"\x01",
        _attribute(CHARSET, "attributes-charset", "utf-8"),
        _attribute(LANGUAGE, "attributes-natural-language", "en"),
        _attribute(URI, "job-uri", f"ipp://localhost/jobs/{job}"),
        _attribute(KEYWORD, "requested-attributes", "job-state"), b"\x03",
    ))  # fmt: skip


def _state(answer: bytes) -> int | None:
    """The enum ``job-state`` in a successful answer."""
    head, found, rest = answer.partition(bytes([ENUM]) + b"\x00\x09job-state\x00\x04")
    good = len(head) >= 8 and int.from_bytes(head[2:4], "big") < 0x0100
    return int.from_bytes(rest[:4], "big") if good and found and len(rest) >= 4 else None
