"""What every register is asked through, whatever lies behind it: ``check(claims, deadline, as_of)``.

An adapter answers about every claim exactly once. What goes wrong on the way is an answer of its own kind
(``Compared``), or, where nothing can be asked at all, SourceUnavailable; it never becomes a finding.
No adapter writes, logs or keeps what it reads; errors name neither a person nor a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple, Protocol

from gaozhi_cli.domain.comparing import Answer, Claim
from gaozhi_cli.domain.problem import Problem, SourceUnavailable
from gaozhi_cli.domain.vocabulary import Compared


class Seen(NamedTuple):
    """An extract as it was read through: digest of its bytes, rows with a record, the day it speaks of.

    ``notes``: what the clerk should know of it.
    """

    sha256: str
    rows: int
    as_of: str | None
    notes: tuple[str, ...] = ()


class Answers(NamedTuple):
    """The answers, one for each claim, as they come; ``seen``: of an extract, read before the first."""

    seen: Seen | None
    each: Iterator[Answer]


class Register(Protocol):
    """A register that can be asked. ``adapter``: which program asked, for the evidence."""

    adapter: str

    def check(self, claims: Sequence[Claim], deadline: float, as_of: date) -> Answers:
        """Ask about every claim until ``deadline`` (of the monotonic clock), the act being dated ``as_of``.

        Raises SourceUnavailable where nothing can be asked, BadInput where an extract is not fit to be read.
        """
        ...

    def probe(self) -> tuple[str, ...]:
        """What can be told without asking about anybody. Raises as ``check``."""
        ...


def unavailable(outcome: Compared, message: str) -> SourceUnavailable:
    """SourceUnavailable with what kind of fault it is."""
    return SourceUnavailable(message, (Problem(outcome.value, message, field="source"),))


def failed(claims: Sequence[Claim], outcome: Compared, tries: int = 1) -> Iterator[Answer]:
    """The same technical answer about all of some claims."""
    return (Answer(claim.check, outcome, tries=tries) for claim in claims)
