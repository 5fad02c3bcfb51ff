"""The county: its offices (承办单位) and its settings. Data, not law (DESIGN: data, not code)."""

from __future__ import annotations

from typing import NamedTuple


class Contact(NamedTuple):
    """联系人 and 联系方式 of an office or item, as printed on the letter (附件2 一（三）)."""

    person: str = ""
    phone: str = ""


class Office(NamedTuple):
    """承办单位: code, full name, what people call it, its parent's code, its contact."""

    code: str
    name: str
    short: tuple[str, ...] = ()
    initials: tuple[str, ...] = ()
    parent: str = ""
    contact: Contact = Contact()
    responsible: str = ""

    @property
    def called(self) -> str:
        """The name people use: the first short name, else the full one."""
        return self.short[0] if self.short else self.name


class Channel(NamedTuple):
    """投诉举报方式 (通知五（六）): kind, value, source."""

    channel: str
    value: str
    source: str = ""


class County(NamedTuple):
    """Settings of the county. ``formal``: gaps of the office refuse a letter instead of warning."""

    name: str
    formal: bool = False
    prefixes: tuple[tuple[str, str], ...] = ()
    complaints: tuple[Channel, ...] = ()

    def prefix(self, office: str) -> str:
        """编号字样 of an office, e.g. 荥人社告承; the office's code where none is set."""
        return dict(self.prefixes).get(office, office)


def find_office(offices: tuple[Office, ...], text: str) -> Office | None:
    """The office called ``text``: code, full or short name, pinyin initials, or a part only it has."""
    wanted = text.strip()
    lower = wanted.lower()
    for office in offices:
        if lower == office.code.lower() or wanted == office.name or wanted in office.short:
            return office
    hits = [office for office in offices if lower in office.initials]
    if not hits and len(wanted) >= 2:
        hits = [o for o in offices if any(wanted in name for name in (o.name, *o.short))]
    return hits[0] if len(hits) == 1 else None


def near_offices(offices: tuple[Office, ...], text: str, limit: int = 3) -> list[Office]:
    """Offices whose names are like ``text``, the nearest first; never empty while there are offices."""
    from difflib import SequenceMatcher

    wanted = text.strip().lower()

    def likeness(office: Office) -> float:
        names = (office.code.lower(), office.name, *office.short, *office.initials)
        contains = max((len(wanted) / len(n) for n in names if wanted and wanted in n), default=0.0)
        return max(contains, *(SequenceMatcher(None, wanted, n).ratio() for n in names))

    return sorted(offices, key=likeness, reverse=True)[:limit]
