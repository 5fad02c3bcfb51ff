"""现场核查: who goes where with what, few visits to one place (通知五（四）、规程五（三）：避免烦企扰民).

Checks at one address, else of one subject, that fall due within a window of working days are one visit.
What a sheet tells of a person is the least that the visit needs.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.commitment import Number
from gaozhi_cli.domain.parameters import Dated, value_on
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.verification import Verification
from gaozhi_cli.domain.vocabulary import CheckOrigin, CheckState, Finding, Method
from gaozhi_cli.domain.workdays import WorkCalendar, add_workdays

SERIES = "D"  # RS-2026-D00001: the office's own count of work sheets
CLAUSE = "通知五（四）"
WINDOW = "verification.visits.window"  # the county's parameter: working days
SHEET = re.compile(rf"([A-Z][A-Z0-9]*)-(\d{{4}})-{SERIES}(\d{{1,9}})")
SOONEST = "9999-12-31"  # behind every date: a check without one waits for nothing
# What a spelling of one address may differ in; 号 and 室 stay, they tell places apart.
MARKS = re.compile(r"[\s,.，。、；;：:（）()\-－—–·“”\"'#]+")
PROVINCE = re.compile(r"^(?:[\u4e00-\u9fff]{2,3}省|[\u4e00-\u9fff]{2,8}自治区)(?=.)")


class Dispatch(NamedTuple):
    """A work sheet handed to an inspector (ISO days). ``visits``: how many.

    ``checks``: their ids by visit, JSON, so that the sheet is printed again as it was. ``until_on``: the
    day on which the first of them is due.
    """

    id: str
    office: str
    year: int
    n: int
    assignee: str
    made_on: str
    until_on: str | None
    visits: int
    checks: str
    received_on: str | None = None
    received_by: str | None = None


class Look(NamedTuple):
    """One check as its sheet tells it. ``id_shown``: masked; ``phone``: empty where the visit needs none."""

    check: Verification
    official_number: str
    subject: str
    name: str
    id_shown: str
    site: str
    phone: str
    promised: str
    standard: str
    persons: int | None = None


Visit = tuple[Look, ...]


def site_key(address: str, county: str = "") -> str:
    """An address as it is compared: width, case, blanks and marks aside, without what leads to the county.

    河南省郑州市荥阳市测试路２号 and 测试路2号 are one place in 荥阳市.
    """
    plain = PROVINCE.sub("", MARKS.sub("", unicodedata.normalize("NFKC", address)).casefold())
    head, found, rest = plain.partition(county) if county else (plain, "", "")
    led = found and rest and len(head) <= 12 and (not head or head[-1] in "省市区")
    return rest if led else plain


def visit_key(look: Look, county: str = "") -> str:
    """What makes two checks one visit: the address, else the subject (通知五（四）)."""
    key = site_key(look.site, county)
    return f"site:{key}" if key else f"subject:{look.subject}"


def grouped(
    looks: Iterable[Look], *, county: str = "", window: int | None = None, calendar: WorkCalendar
) -> list[Visit]:
    """The visits to make, the one due first in front.

    A visit takes the checks of its place that are due within ``window`` working days after its first one;
    without a window all of them. A check without a date goes with the first visit to its place.
    """
    visits: list[list[Look]] = []
    last: dict[str, tuple[list[Look], str]] = {}
    first: dict[str, list[Look]] = {}
    for look in sorted(looks, key=lambda one: (one.check.due_on or SOONEST, one.check.id)):
        key, due = visit_key(look, county), look.check.due_on
        if key in first and (due is None or due <= last[key][1]):
            (first[key] if due is None else last[key][0]).append(look)
            continue
        visit = [look]
        visits.append(visit)
        last[key] = (visit, _until(due, window, calendar))
        first.setdefault(key, visit)
    return [tuple(visit) for visit in visits]


def _until(due: str | None, window: int | None, calendar: WorkCalendar) -> str:
    """The last day of what is looked at together with a check due on ``due``."""
    if due is None or window is None:
        return SOONEST
    return add_workdays(date.fromisoformat(due), window, calendar).day.isoformat()


def window_on(values: tuple[Dated, ...], day: date) -> int | None:
    """The county's window in working days; None where it has laid down none."""
    value = value_on(values, day)
    return int(value.value) if value is not None else None


def sheet_ids(visits: Iterable[Visit]) -> str:
    """Which checks stand on a sheet, by visit, as the ledger keeps them."""
    return json.dumps([[look.check.id for look in visit] for visit in visits], separators=(",", ":"))


def read_ids(text: str) -> list[list[str]]:
    """What ``sheet_ids`` wrote."""
    return [[str(id_) for id_ in visit] for visit in json.loads(text)]


def until_of(visits: Iterable[Visit]) -> str | None:
    """The day on which the first check of a sheet is due; None where none has a date."""
    return min((look.check.due_on for visit in visits for look in visit if look.check.due_on), default=None)


def is_out(check: Verification) -> bool:
    """Whether a sheet with this check is on the way and not back."""
    return check.sheet is not None and check.received_on is None


def on_site(check: Verification) -> bool:
    """Whether a check may be made on the spot: as the 清单 says, or because another way has failed."""
    again = (CheckOrigin.FOLLOW_UP.value, CheckOrigin.RECHECK.value, CheckOrigin.REVIEW.value)
    return check.method == Method.ONSITE.value or check.origin in again


def dispatch_problems(check: Verification, today: date) -> list[Problem]:
    """Why a check cannot be handed out: closed, paused, out already, not on the spot, before its planning."""
    if check.state != CheckState.PLANNED.value:
        return [Problem("check-closed", f"{check.id} 已有结论，不用再上门")]
    problems = []
    if not on_site(check):
        message = f"{check.id} 清单写的是{Method(check.method).label}，能在线核查的不上门"
        problems.append(Problem("check-method", message, CLAUSE))
    if is_out(check):
        back = f"已经收回的先登记（gaozhi verify receive {check.sheet}）"
        again = f"只是再印的用 gaozhi verify dispatch {check.sheet} --out 目录"
        problems.append(Problem("check-out", f"{check.id} 已在工作单 {check.sheet} 上；{back}，{again}"))
    if check.paused_on is not None:
        message = f"{check.id} 自 {check.paused_on} 起中止，请先恢复：gaozhi verify resume {check.id}"
        problems.append(Problem("check-paused", message))
    if today.isoformat() < check.planned_on:
        message = f"派出日期 {today} 早于 {check.id} 的立项日期 {check.planned_on}"
        problems.append(Problem("check-date", message))
    return problems


def receive_problems(sheet: Dispatch, today: date) -> list[Problem]:
    """Why the receipt of a sheet cannot be recorded: it is back already, or dated before it went out."""
    problems = []
    if sheet.received_on is not None:
        message = f"{sheet.id} 已于 {sheet.received_on} 由{sheet.received_by}收回"
        problems.append(Problem("sheet-received", message))
    if today.isoformat() < sheet.made_on:
        message = f"收回日期 {today} 早于派出日期 {sheet.made_on}"
        problems.append(Problem("sheet-date", message))
    return problems


def needs_phone(site: str, asked: bool) -> bool:
    """Whether a sheet tells the telephone number: where there is no address to go to, or when asked."""
    return asked or not site.strip()


def parse_sheet(text: str) -> str | None:
    """The number of a sheet meant by ``RS-2026-D00001``, leniently: case, width, zeros."""
    found = SHEET.fullmatch(unicodedata.normalize("NFKC", text).strip().upper())
    return str(Number(found[1], int(found[2]), int(found[3]), SERIES)) if found else None


def seen_lately(
    checks: Iterable[Verification], here: Sequence[str], since: Callable[[str], bool]
) -> list[Verification]:
    """Other on-site checks of the same subject: open ones, and those whose visit was not long ago.

    For the office to weigh before it goes there twice; decides nothing.
    """
    return [
        check
        for check in checks
        if check.id not in here
        and check.method == Method.ONSITE.value
        and check.finding != Finding.LAPSED.value
        and (check.closed_on is None or since(check.closed_on))
    ]
