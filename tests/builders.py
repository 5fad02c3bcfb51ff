"""Made-up people and organizations with checksum-valid made-up numbers, and small ledgers to act on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from gaozhi_cli.domain.journal import Actor, Occasion
from gaozhi_cli.storage.catalog_index import open_catalog
from gaozhi_cli.storage.connect import create_ledger
from gaozhi_cli.storage.home import Home
from gaozhi_cli.storage.ledger import Ledger

TODAY = date(2026, 11, 24)
ACTOR = Actor("测试经办", "tester", "testbox")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def an_id_number(first17: str = "41018219900101003") -> str:
    """An 18-digit number with its MOD 11-2 check digit, reckoned here independently of the program."""
    total = sum(int(digit) * weight for digit, weight in zip(first17, WEIGHTS, strict=True))
    return first17 + "10X98765432"[total % 11]


def a_uscc(first17: str = "91410182MA0000001") -> str:
    """A 统一社会信用代码 with its mod-31 check digit, reckoned here independently of the program."""
    total = sum(USCC_ALPHABET.index(c) * pow(3, n, 31) for n, c in enumerate(first17))
    return first17 + USCC_ALPHABET[(31 - total) % 31]


def an_occasion(today: date = TODAY, request_id: str | None = None, dry_run: bool = False) -> Occasion:
    """The circumstances of an act in a test."""
    return Occasion(today, ACTOR, request_id, dry_run)


def a_clock() -> datetime:
    """A clock that stands still."""
    return datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def a_ledger(home: Path) -> Ledger:
    """A new ledger with its key in ``home``."""
    return create_ledger(str(home / "ledger.db"), home / "keys", a_clock, ACTOR)[0]


def a_catalog(home: Path):  # type: ignore[no-untyped-def]
    """The catalog of a home: the shipped one, with what the home lays over it."""
    return open_catalog(Home(home))


CITIZEN = {
    "name": "测试甲",
    "id_number": an_id_number(),
    "phone": "13800000000",
    "statement": "经营场所为自有房屋，权属清楚",
}
ORGANIZATION = {
    "name": "荥阳市测试职业技能鉴定所",
    "uscc": a_uscc(),
    "contact": "测试乙",
    "phone": "0371-00000000",
    "address": "荥阳市测试路1号",
    "statement": "三项证明齐备",
    "site_address": "荥阳市测试路2号",
}


def flags(values: dict[str, str]) -> list[str]:
    """Form values as command-line flags."""
    return [part for key, value in values.items() for part in (f"--{key.replace('_', '-')}", value)]


def applicants(count: int, start: int = 0) -> Iterator[dict[str, str]]:
    """Made-up rows for a table of applicants, no two alike; every tenth is an organization."""
    for n in range(start, start + count):
        row = dict.fromkeys(TABLE_FIELDS, "")
        row |= {
            "name": f"测试{n}",
            "phone": f"138{n % 10**8:08}",
            "statement": f"经营场所第 {n} 号为自有房屋",
        }
        if n % 10 == 9:
            row |= {"uscc": a_uscc(f"91410182M{n:08}"), "contact": "测试乙", "address": f"测试路{n}号"}
        else:
            born = date(1950, 1, 1) + timedelta(n % 18_000)
            row |= {
                "id_type": "居民身份证",
                "id_number": an_id_number(f"410182{born:%Y%m%d}{n // 18_000:03}"),
            }
        yield row


TABLE_FIELDS = (
    "name", "id_type", "id_number", "uscc", "contact", "phone", "address", "agent_name",
    "agent_id_number", "authorization", "statement", "site_address",
)  # fmt: skip
