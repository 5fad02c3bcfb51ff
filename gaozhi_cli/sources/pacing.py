"""How a gateway is spared: so many questions a second, a pause before asking again, an end after faults."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from gaozhi_cli.domain.registers import BROKEN_AFTER
from gaozhi_cli.domain.vocabulary import Compared

LONGEST_WAIT = 60.0  # seconds that a Retry-After may ask for; beyond it the run goes no further
FIRST_PAUSE = 0.5
AT_ONCE = (Compared.DENIED,)  # asking somebody else would be refused alike


class Pace:
    """Lets pass so many questions a second, evenly."""

    def __init__(self, rate: int, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._between, self._clock, self._sleep = 1 / rate, clock, sleep
        self._next = 0.0

    def wait(self) -> None:
        """Until the next question may go."""
        now = self._clock()
        if now < self._next:
            self._sleep(self._next - now)
        self._next = max(now, self._next) + self._between


class Circuit:
    """Open after faults in a row, at once where access is denied: then nobody is asked about any more."""

    def __init__(self) -> None:
        self._row = 0
        self.open_: Compared | None = None

    def note(self, outcome: Compared, *, sound: bool) -> None:
        """What came of a question; ``sound``: the source was there and understood."""
        self._row = 0 if sound else self._row + 1
        if outcome in AT_ONCE or self._row >= BROKEN_AFTER:
            self.open_ = outcome


def pause(tries: int, jitter: Callable[[], float] = random.random) -> float:
    """Seconds before asking again: twice as long each time, and not all clients at one moment."""
    return FIRST_PAUSE * float(1 << (tries - 1)) * (0.5 + jitter())


def retry_after(text: str | None, now: datetime) -> float | None:
    """The seconds that a Retry-After asks for (a number or a date); None where it says nothing sound."""
    if text is None:
        return None
    if text.strip().isascii() and text.strip().isdecimal() and len(text.strip()) < 8:
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds())
