"""Made-up registers to ask: their declarations, and claims about made-up people."""

from __future__ import annotations

import hashlib
import time
from datetime import date
from typing import Any

from gaozhi_cli.domain.comparing import Answer, Claim, ComparedField
from gaozhi_cli.domain.registers import Asking, Key, Limits, Place, Source
from gaozhi_cli.domain.vocabulary import ClaimPart, CompareAs, SourceKind
from gaozhi_cli.sources.interface import Register
from tests.builders import an_id_number

TODAY = date(2026, 11, 24)
PEOPLE = {
    f"c{n}": (an_id_number(f"4101821990010{n}001"), f"测试{name}")
    for n, name in enumerate("甲乙丙丁戊己庚", 1)
}
FIELDS = (
    ComparedField("姓名", "姓名", CompareAs.NAME, ClaimPart.NAME),
    ComparedField("状态", "状态", CompareAs.STATUS, None, ("正常",)),
)


def a_source(kind: SourceKind = SourceKind.EXTRACT, **changed: Any) -> Source:
    """A register of who is insured."""
    by_get = Asking("GET", (("sfzh", ClaimPart.NUMBER),), records="data", repeatable=True)
    asking = by_get if kind is SourceKind.GATEWAY else None
    source = Source(
        "test", "参保登记", kind, "虚构", ("rs-14",), Key(ClaimPart.NUMBER, "身份证号"), FIELDS, Place(),
        Limits(rate=1000), "0a1b2c3d", asking,
    )  # fmt: skip
    return source._replace(**changed)


def claims(*checks: str) -> list[Claim]:
    """What is asked about some of the people; all of them where none is named."""
    return [Claim(check, PEOPLE[check][0], PEOPLE[check]) for check in checks or PEOPLE]


def receipt(data: bytes) -> str:
    """Stands for the ledger's keyed digest."""
    return hashlib.sha256(data).hexdigest()[:8]


def asked(register: Register, *checks: str, today: date = TODAY, seconds: float = 60) -> dict[str, Answer]:
    """The answers, by check."""
    answers = register.check(claims(*checks), time.monotonic() + seconds, today)
    return {answer.check: answer for answer in answers.each}


def outcomes(answers: dict[str, Answer]) -> dict[str, str]:
    """What came of each."""
    return {check: answer.outcome.value for check, answer in answers.items()}
