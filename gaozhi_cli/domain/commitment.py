"""承诺: one case, its number, and the steps it may take (规程四, 通知五（六）)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.county import County, Office
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.vocabulary import CommitmentStatus, Track

HANDLING_CLAUSE = "规程四（一）"

# Which step leads from which status to which, and the column that keeps its day.
TRANSITIONS: dict[str, tuple[CommitmentStatus, CommitmentStatus, str]] = {
    "sign": (CommitmentStatus.DRAWN_UP, CommitmentStatus.SIGNED, "signed_on"),
    "accept": (CommitmentStatus.SIGNED, CommitmentStatus.ACCEPTED, "accepted_on"),
    "conclude": (CommitmentStatus.ACCEPTED, CommitmentStatus.CONCLUDED, "concluded_on"),
}
STEP_LABELS = {"sign": "签署", "accept": "受理", "conclude": "办结"}


class Number(NamedTuple):
    """编号 of a case: gapless per office and year. Shown as ``RS-2026-00001``."""

    office: str
    year: int
    n: int

    def __str__(self) -> str:
        return f"{self.office}-{self.year}-{self.n:05d}"

    def official(self, county: County) -> str:
        """文号 as printed on the letter, e.g. 荥人社告承〔2026〕00001号."""
        return f"{county.prefix(self.office)}〔{self.year}〕{self.n:05d}号"


class Commitment(NamedTuple):
    """A case as it stands. Dates are ISO days or None; personal data is kept apart."""

    number: str
    office: str
    year: int
    n: int
    official_number: str
    item: str
    matter: str
    catalog_version: str
    catalog_digest: str
    track: str
    status: str
    subject: str
    drawn_up_on: str
    signed_on: str | None = None
    accepted_on: str | None = None
    concluded_on: str | None = None
    consent: int | None = None
    warnings: str | None = None


def new_commitment(
    number: Number,
    *,
    county: County,
    item: str,
    matter: str,
    version: tuple[str, str],
    subject: str,
    today: date,
    consent: bool | None,
    warnings: str | None,
) -> Commitment:
    """A case as drawn up today on the 告知承诺 track. ``version``: the catalog's version and digest."""
    return Commitment(
        number=str(number),
        office=number.office,
        year=number.year,
        n=number.n,
        official_number=number.official(county),
        item=item,
        matter=matter,
        catalog_version=version[0],
        catalog_digest=version[1],
        track=Track.COMMITMENT.value,
        status=CommitmentStatus.DRAWN_UP.value,
        subject=subject,
        drawn_up_on=today.isoformat(),
        consent=None if consent is None else int(consent),
        warnings=warnings,
    )


def parse_number(text: str, county: County, offices: tuple[Office, ...]) -> Number | None:
    """The number meant by ``RS-2026-00001`` or 荥人社告承〔2026〕00001号, leniently: case, width, zeros."""
    wanted = unicodedata.normalize("NFKC", text).strip().upper()
    plain = re.fullmatch(r"([A-Z][A-Z0-9]*)-(\d{4})-(\d{1,9})", wanted)
    if plain:
        return Number(plain[1], int(plain[2]), int(plain[3]))
    printed = re.fullmatch(r"(.+?)[〔\[(【](\d{4})[〕\])】](\d{1,9})号?", wanted)
    if printed:
        for office in offices:
            if unicodedata.normalize("NFKC", county.prefix(office.code)).upper() == printed[1].strip():
                return Number(office.code, int(printed[2]), int(printed[3]))
    return None


def step_problems(step: str, case: Commitment, today: date) -> list[Problem]:
    """Why the case cannot take the step today; empty when it can. The order of 规程四 has no short cuts."""
    needed, _, _ = TRANSITIONS[step]
    problems = []
    if case.status != needed.value:
        now = CommitmentStatus(case.status)
        message = f"{case.number} 现为“{now.label}”，{STEP_LABELS[step]}须先“{needed.label}”"
        if now in _after(step):
            message = (
                f"{case.number} 已经{STEP_LABELS[step]}过（现为“{now.label}”），不能重复{STEP_LABELS[step]}"
            )
        problems.append(Problem("step-order", message, HANDLING_CLAUSE))
    latest = max(filter(None, (case.drawn_up_on, case.signed_on, case.accepted_on)))
    if today.isoformat() < latest:
        message = f"{STEP_LABELS[step]}日期 {today} 早于上一步的日期 {latest}"
        problems.append(Problem("step-date", message))
    return problems


def _after(step: str) -> set[CommitmentStatus]:
    """Statuses that lie at or beyond the end of a step."""
    order = list(CommitmentStatus)
    return set(order[order.index(TRANSITIONS[step][1]) :])


def next_step(status: str) -> str | None:
    """The step that a case in ``status`` takes next; None when it has ended."""
    return next((step for step, (now, _, _) in TRANSITIONS.items() if now.value == status), None)
