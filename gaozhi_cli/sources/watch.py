"""Ends a try in time, whatever trickles in: a byte now and then satisfies every timeout of a read.

The connection is cut from a thread of its own; whoever reads from it then finds its end.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Timer
from types import TracebackType
from typing import Any

LATE = 0.5  # seconds beyond the try's own limits, which come first
OPENED = ("connection.connect_tcp.complete", "connection.start_tls.complete")


class Wire:
    """The connection in use, as httpx tells of it (its ``trace`` extension); kept alive between tries."""

    def __init__(self) -> None:
        self._stream: Any = None

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """What httpx does next."""
        if event in OPENED:
            self._stream = info["return_value"]

    def cut(self) -> None:
        """End it, also for who is reading just now."""
        if self._stream is not None:
            with suppress(OSError, ValueError):
                self._stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


class Watch:
    """``with Watch(wire, seconds) as watch``: after so long the wire is cut, and ``watch.cut`` says so."""

    def __init__(self, wire: Wire, seconds: float) -> None:
        self.cut = False
        self._wire = wire
        self._timer = Timer(max(0.0, seconds) + LATE, self._end)
        self._timer.daemon = True

    def _end(self) -> None:
        self.cut = True
        self._wire.cut()

    def __enter__(self) -> Watch:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
