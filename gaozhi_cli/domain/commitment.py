"""承诺: one case, its number, and the steps it may take (规程四, 通知五（六）)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.county import County, Office
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.vocabulary import CommitmentStatus, OrdinaryReason, Track

HANDLING_CLAUSE = "规程四（一）"
CHOICE_CLAUSE = "通知五（二）、规程四（二）"
WITHDRAWAL_CLAUSE = "通知五（六）、规程五（五）"
FALSE_CLAUSE = "通知五（三）、附件2 二（七）"
ORDINARY_SERIES = "Y"  # 一般: cases without a letter are numbered apart, so that letters stay gapless


class Step(NamedTuple):
    """A step of the procedure: on which track, from which statuses to which, the column that keeps its day.

    ``command``: what the clerk types; ``after`` None: the case stays where it stands.
    """

    label: str
    track: Track
    before: tuple[CommitmentStatus, ...]
    after: CommitmentStatus | None
    day: str
    clause: str
    command: str


_S = CommitmentStatus
_OPEN = (_S.DRAWN_UP, _S.SUPPLEMENTING, _S.SIGNED)
TRANSITIONS: dict[str, Step] = {
    "tell": Step(
        "告知", Track.COMMITMENT, (_S.DRAWN_UP,), None, "", "通知四、规程二（一）", "letter tell"
    ),
    "check": Step(
        "审查材料", Track.COMMITMENT, (_S.DRAWN_UP, _S.SIGNED), None, "checked_on", HANDLING_CLAUSE,
        "commitment check",
    ),
    "supplement": Step(
        "一次性补正", Track.COMMITMENT, (_S.DRAWN_UP, _S.SIGNED), _S.SUPPLEMENTING, "supplement_on",
        HANDLING_CLAUSE, "commitment supplement",
    ),
    "supply": Step(
        "补正收齐", Track.COMMITMENT, (_S.SUPPLEMENTING,), _S.DRAWN_UP, "supplied_on", HANDLING_CLAUSE,
        "commitment supplement --received",
    ),
    "sign": Step(
        "签署", Track.COMMITMENT, (_S.DRAWN_UP,), _S.SIGNED, "signed_on", "规程三（二）、附件2 二（五）",
        "commitment sign",
    ),
    "accept": Step(
        "受理", Track.COMMITMENT, (_S.SIGNED,), _S.ACCEPTED, "accepted_on", HANDLING_CLAUSE,
        "commitment accept",
    ),
    "refuse": Step(
        "不予适用", Track.COMMITMENT, _OPEN, _S.REFUSED, "refused_on", HANDLING_CLAUSE, "commitment refuse"
    ),
    "withdraw": Step(
        "撤回", Track.COMMITMENT, (*_OPEN, _S.ACCEPTED), _S.WITHDRAWN, "withdrawn_on", WITHDRAWAL_CLAUSE,
        "commitment withdraw",
    ),
    "conclude": Step(
        "办结", Track.COMMITMENT, (_S.ACCEPTED,), _S.CONCLUDED, "concluded_on", HANDLING_CLAUSE,
        "commitment conclude",
    ),
    "conclude-ordinary": Step(
        "按一般程序办结", Track.ORDINARY, (_S.ACCEPTED, _S.REFUSED, _S.WITHDRAWN), _S.CONCLUDED,
        "concluded_on", "规程四（二）", "ordinary conclude",
    ),
    "serve": Step(
        "送达", Track.COMMITMENT, (_S.CONCLUDED,), None, "served_on", HANDLING_CLAUSE, "commitment serve"
    ),
    "terminate": Step(
        "终止办理", Track.COMMITMENT, (_S.ACCEPTED,), _S.TERMINATED, "", FALSE_CLAUSE, "outcome decide"
    ),
    "revoke": Step(
        "撤销行政决定", Track.COMMITMENT, (_S.CONCLUDED,), _S.REVOKED, "", FALSE_CLAUSE, "outcome decide"
    ),
}  # fmt: skip
# Nothing of the 告知承诺 procedure is to come for these.
ENDED = (_S.CONCLUDED, _S.REFUSED, _S.WITHDRAWN, _S.TERMINATED, _S.REVOKED)
STEP_LABELS = {name: step.label for name, step in TRANSITIONS.items()}
NEXT = {  # what usually comes next, for the clerk
    _S.DRAWN_UP: "sign",
    _S.SUPPLEMENTING: "supply",
    _S.SIGNED: "accept",
    _S.ACCEPTED: "conclude",
    _S.REFUSED: "conclude-ordinary",
    _S.WITHDRAWN: "conclude-ordinary",
}


class Number(NamedTuple):
    """编号 of a case: gapless per office, year and series. Shown as ``RS-2026-00001``.

    ``series``: empty for letters, ``Y`` for cases of the 一般程序 that never had one (``RS-2026-Y00001``).
    """

    office: str
    year: int
    n: int
    series: str = ""

    def __str__(self) -> str:
        return f"{self.office}-{self.year}-{self.series}{self.n:05d}"

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
    series: str | None = None
    choice: str | None = None
    guided_on: str | None = None
    checked_on: str | None = None
    scan_sha256: str | None = None
    supplement_on: str | None = None
    supplement_until: str | None = None
    supplied_on: str | None = None
    refused_on: str | None = None
    refusal: str | None = None
    withdrawn_on: str | None = None
    served_on: str | None = None
    served_way: str | None = None


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
        choice=Track.COMMITMENT.value,
    )


def new_ordinary(
    number: Number,
    *,
    item: str,
    matter: str,
    version: tuple[str, str],
    subject: str,
    today: date,
    because: OrdinaryReason,
) -> Commitment:
    """A case of the 一般程序, accepted today (规程四（二）). It has no 文号: nothing is printed for it."""
    day = today.isoformat()
    return Commitment(
        number=str(number),
        office=number.office,
        year=number.year,
        n=number.n,
        official_number=str(number),
        item=item,
        matter=matter,
        catalog_version=version[0],
        catalog_digest=version[1],
        track=Track.ORDINARY.value,
        status=CommitmentStatus.ACCEPTED.value,
        subject=subject,
        drawn_up_on=day,
        accepted_on=day,
        series=number.series,
        choice=because.value,
    )


def parse_number(text: str, county: County, offices: tuple[Office, ...]) -> Number | None:
    """The number meant by ``RS-2026-00001`` or 荥人社告承〔2026〕00001号, leniently: case, width, zeros."""
    wanted = unicodedata.normalize("NFKC", text).strip().upper()
    plain = re.fullmatch(rf"([A-Z][A-Z0-9]*)-(\d{{4}})-({ORDINARY_SERIES}?)(\d{{1,9}})", wanted)
    if plain:
        return Number(plain[1], int(plain[2]), int(plain[4]), plain[3])
    printed = re.fullmatch(r"(.+?)[〔\[(【](\d{4})[〕\])】](\d{1,9})号?", wanted)
    if printed:
        for office in offices:
            if unicodedata.normalize("NFKC", county.prefix(office.code)).upper() == printed[1].strip():
                return Number(office.code, int(printed[2]), int(printed[3]))
    return None


def step_problems(step: str, case: Commitment, today: date) -> list[Problem]:
    """Why the case cannot take the step today; empty when it can. The order of 规程四 has no short cuts."""
    rule = TRANSITIONS[step]
    problems = []
    now = CommitmentStatus(case.status)
    done = getattr(case, rule.day) if rule.day else None
    again = step in ("check", "supplement", "supply")  # may be done more than once
    if step != "serve" and case.track != rule.track.value:
        problems.append(Problem("step-track", _other_track(step, case), rule.clause))
    elif now not in rule.before or (done and not again):
        problems.append(Problem("step-order", _out_of_order(step, case, done), rule.clause))
    latest = max(filter(None, (getattr(case, other.day) for other in TRANSITIONS.values() if other.day)),
                 default=case.drawn_up_on)  # fmt: skip
    latest = max(latest, case.drawn_up_on)
    if today.isoformat() < latest:
        message = f"{rule.label}日期 {today} 早于上一步的日期 {latest}"
        problems.append(Problem("step-date", message))
    return problems


def _other_track(step: str, case: Commitment) -> str:
    label, now = TRANSITIONS[step].label, CommitmentStatus(case.status)
    if case.track == Track.ORDINARY.value:
        end = "" if case.concluded_on else f"；办结用 gaozhi ordinary conclude {case.number}"
        return f"{case.number} 现为“{now.label}”，按一般程序办理，不能再{label}{end}"
    return (
        f"{case.number} 按告知承诺办理，不能{label}"
        f"；办结用 gaozhi commitment conclude {case.number}，申请人撤回的先用 commitment withdraw"
    )


def _out_of_order(step: str, case: Commitment, done: str | None) -> str:
    rule, now = TRANSITIONS[step], CommitmentStatus(case.status)
    if done or now is rule.after:
        day = f"{done}，" if done else ""
        return f"{case.number} 已经{rule.label}过（{day}现为“{now.label}”），不能重复{rule.label}"
    if step == "withdraw" and now is CommitmentStatus.CONCLUDED:
        return f"{case.number} 已经办结（{case.concluded_on}），只有在行政事项办结以前可以撤回承诺申请"
    if now is CommitmentStatus.SUPPLEMENTING:
        return (
            f"{case.number} 现为“{now.label}”，收齐后先登记 gaozhi commitment supplement {case.number} "
            f"--received，再{rule.label}"
        )
    if step == "tell":
        return f"{case.number} 现为“{now.label}”，告知须在签署之前登记"
    before = "”或“".join(status.label for status in rule.before)
    return f"{case.number} 现为“{now.label}”，{rule.label}须先“{before}”{_way_on(step, case, now)}"


def _way_on(step: str, case: Commitment, now: CommitmentStatus) -> str:
    """What to type first where the step comes too early, or instead where it comes too late."""
    following = next_step(case.status, case.track)
    if following is not None and step in ("accept", "conclude", "serve"):
        rule = TRANSITIONS[following]
        return f"；下一步 gaozhi {rule.command} {case.number}（{rule.label}）"
    if step in ("refuse", "supplement") and now is CommitmentStatus.ACCEPTED:
        return (
            f"；已经受理的，申请人撤回用 gaozhi commitment withdraw {case.number}，"
            "核查发现不实用 gaozhi verify close 下结论"
        )
    return ""


def after_step(step: str, case: Commitment) -> CommitmentStatus:
    """The status in which the step leaves the case; what was signed before a 补正 is signed after it."""
    if step == "supply" and case.signed_on is not None:
        return CommitmentStatus.SIGNED
    return TRANSITIONS[step].after or CommitmentStatus(case.status)


def next_step(status: str, track: str = Track.COMMITMENT.value, *, served: bool = True) -> str | None:
    """The step that a case in ``status`` usually takes next; None when it has ended.

    What is concluded is to be ``served`` on the applicant (规程四（一）：送达申请人).
    """
    step = NEXT.get(CommitmentStatus(status))
    if CommitmentStatus(status) is CommitmentStatus.CONCLUDED and not served:
        return "serve"
    if track == Track.ORDINARY.value and step == "conclude":
        return "conclude-ordinary"
    return step
