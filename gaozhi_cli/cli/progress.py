"""How far a long act is: one line on a terminal's stderr, nothing in a pipe."""

from __future__ import annotations

import sys
import time
from types import TracebackType

EVERY = 0.1  # seconds between two drawings
SLOW = 0.3  # seconds before anything is shown


class Progress:
    """``with Progress("正在制作") as progress: progress(done, total)``; the line is wiped at the end."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._shown = sys.stderr is not None and sys.stderr.isatty()
        self._begun = self._last = time.monotonic()
        self._drawn = False

    def __enter__(self) -> Progress:
        return self

    def __call__(self, done: int, total: int) -> None:
        """``total`` 0: not known yet."""
        now = time.monotonic()
        if not self._shown or now - self._begun < SLOW or now - self._last < EVERY:
            return
        self._last, self._drawn = now, True
        bar, left = "", ""
        if total:
            full = 20 * done // total
            bar = f" [{'█' * full}{'·' * (20 - full)}]"
            if done:
                left = f"，还需约 {round((now - self._begun) / done * (total - done))} 秒"
        amount = f"{done}/{total}" if total else str(done)
        print(f"\r\x1b[K{self._what}{bar} {amount}{left}", end="", file=sys.stderr, flush=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._drawn:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
