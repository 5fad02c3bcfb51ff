"""协助核查 as the ledger keeps it: requests by id, by check, open ones soonest first, counts by agency.

Portable SQL of its own: nobody else asks these questions. An answer is written here alike for what is
typed and for what comes back in an exchange file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from gaozhi_cli.domain.assistance import SERIES, Assistance
from gaozhi_cli.domain.commitment import Number
from gaozhi_cli.domain.problem import NotFound, UsageFault
from gaozhi_cli.domain.verification import Verification, nothing_open
from gaozhi_cli.domain.vocabulary import AssistanceResult, AssistanceState, CheckState, Method
from gaozhi_cli.storage import schema, sql
from gaozhi_cli.storage.ledger import Ledger

if TYPE_CHECKING:
    from gaozhi_cli.domain.document_kinds import Source
    from gaozhi_cli.storage.transaction import Transaction

CONTENT, ANSWER = "request", "answer"  # roles of the sealed texts: what is asked, what came back
COLUMNS = ", ".join(f"a.{name}" for name in schema.ASSISTANCES.names)
WITH_CHECK = (
    f"SELECT {COLUMNS}, v.item, v.matter, v.proof_name FROM assistances a"
    " JOIN verifications v ON v.id = a.verification"
)
OF_CHECK = f"{sql.select_all(schema.ASSISTANCES)} WHERE verification = ? ORDER BY office, year, n"
OF_CASE = f"{sql.select_all(schema.ASSISTANCES)} WHERE number = ? ORDER BY office, year, n"
ROWS = len(schema.ASSISTANCES.names)
NAMES = "SELECT DISTINCT agency FROM assistances{waiting} ORDER BY agency"
BY_AGENCY = (
    "SELECT agency, count(*), sum(CASE WHEN due_on < ? THEN 1 ELSE 0 END),"
    " sum(CASE WHEN due_on IS NULL THEN 1 ELSE 0 END), min(due_on), sum(reminders) FROM assistances"
    " WHERE answered_on IS NULL{more} GROUP BY agency ORDER BY 3 DESC, 2 DESC, 1"
)


class Asked(NamedTuple):
    """A request with what its check is about."""

    request: Assistance
    item: str
    matter: str
    proof_name: str


class Owing(NamedTuple):
    """What an agency owes: open requests, those overdue, without a date, the earliest date, reminders."""

    agency: str
    open: int
    overdue: int
    undated: int
    earliest: str | None
    reminders: int


def find_request(ledger: Ledger, id_: str) -> Assistance | None:
    """The request with an id."""
    rows = ledger.engine.execute(sql.select(schema.ASSISTANCES), (id_,))
    return Assistance(*rows[0]) if rows else None


def the_request(ledger: Ledger, id_: str) -> Assistance:
    """The request with an id. Raises NotFound."""
    found = find_request(ledger, id_)
    if found is None:
        raise NotFound(f"台账里没有协助核查 {id_}，请核对编号（gaozhi assist list 可查）")
    return found


def the_check(ledger: Ledger, request: Assistance) -> Verification:
    """The check that a request is about. Raises NotFound."""
    found = ledger.check(request.verification)
    if found is None:
        raise NotFound(f"台账里没有核查 {request.verification}；请运行 gaozhi ledger verify")
    return found


def requests_of_check(ledger: Ledger, check: str) -> list[Assistance]:
    """The requests about a check."""
    return [Assistance(*row) for row in ledger.engine.execute(OF_CHECK, (check,))]


def requests_of_case(ledger: Ledger, number: str) -> list[Assistance]:
    """The requests about a case."""
    return [Assistance(*row) for row in ledger.engine.execute(OF_CASE, (number,))]


def asked_check(ledger: Ledger, target: str) -> Verification:
    """The check meant by its id, or by a case's number where just one is open.

    Raises NotFound, UsageFault (several open checks).
    """
    check = ledger.check(target)
    if check is not None:
        return check
    case = ledger.case(target)
    checks = ledger.checks_of(case.number)
    wanted = [c for c in checks if c.state == CheckState.PLANNED.value]
    if len(wanted) > 1:
        ids = "、".join(c.id for c in wanted)
        raise UsageFault(f"{target} 有 {len(wanted)} 项待核查，请指明一项：{ids}")
    if not wanted and len(checks) != 1:
        raise NotFound(nothing_open(case))
    return (wanted or checks)[0]


def following(ledger: Ledger, office: str, year: int) -> Number:
    """The number that the office's next request would get; given only within the act."""
    rows = ledger.engine.execute(sql.select(schema.COUNTERS), (f"{office}/{SERIES}", year))
    return Number(office, year, int(rows[0][-1]) + 1 if rows else 1, SERIES)


def open_requests(
    ledger: Ledger,
    *,
    dated: bool,
    until: str | None = None,
    office: str | None = None,
    agency: str | None = None,
) -> Iterator[Asked]:
    """Open requests with (``dated``) or without a day, soonest first, streamed."""
    where = ["a.answered_on IS NULL", f"a.due_on IS {'NOT ' if dated else ''}NULL"]
    values: list[str] = []
    for condition, value in (("a.due_on <= ?", until), ("a.office = ?", office), ("a.agency = ?", agency)):
        if value is not None:
            where.append(condition if "due_on" in condition else sql.only(condition))
            values.append(value)
    statement = f"{WITH_CHECK} WHERE {' AND '.join(where)} ORDER BY a.due_on, a.id"
    for row in ledger.engine.stream(statement, values):
        yield Asked(Assistance(*row[:ROWS]), *row[ROWS:])


def all_requests(
    ledger: Ledger,
    *,
    office: str | None = None,
    agency: str | None = None,
    state: str | None = None,
    number: str | None = None,
) -> Iterator[Asked]:
    """Requests in the order of their numbers, streamed."""
    where, values = [], []
    for column, value in (("office", office), ("agency", agency), ("state", state), ("number", number)):
        if value is not None:
            where.append(f"a.{column} = ?")
            values.append(value)
    condition = f" WHERE {' AND '.join(where)}" if where else ""
    for row in ledger.engine.stream(f"{WITH_CHECK}{condition} ORDER BY a.office, a.year, a.n", values):
        yield Asked(Assistance(*row[:ROWS]), *row[ROWS:])


def asked_agencies(ledger: Ledger, *, waiting: bool) -> list[str]:
    """The agencies that were ever asked, or (``waiting``) that owe an answer: codes and names."""
    statement = NAMES.format(waiting=" WHERE answered_on IS NULL" if waiting else "")
    return [row[0] for row in ledger.engine.execute(statement)]


def owing(ledger: Ledger, today: str, *, office: str | None = None, agency: str | None = None) -> list[Owing]:
    """Open requests counted by agency, those with most overdue first."""
    more = (" AND office = ?" if office else "") + (" AND agency = ?" if agency else "")
    values = [today, *(value for value in (office, agency) if value)]
    return [Owing(*row) for row in ledger.engine.execute(BY_AGENCY.format(more=more), values)]


def request_facts(
    request: Assistance, check: Verification, agency: str, standard: str
) -> Mapping[Source, tuple[str, ...]]:
    """What a document of a request may say; ``agency``: its full name."""
    from gaozhi_cli.domain.document_kinds import Source
    from gaozhi_cli.domain.document_values import chinese_date

    def day(text: str | None) -> tuple[str, ...]:
        return (chinese_date(date.fromisoformat(text)),) if text else ()

    return {
        Source.CHECK_ID: (check.id,),
        Source.CHECK_PROOF: (check.proof_name,),
        Source.CHECK_METHOD: (Method(check.method).label,),
        Source.CHECK_STANDARD: (standard,) if standard else (),
        Source.ASSIST_ID: (request.id,),
        Source.ASSISTING: (agency,),
        Source.ASSIST_ASKED_ON: day(request.asked_on),
        Source.ASSIST_DUE: day(request.due_on),
    }


def keep_answer(
    act: Transaction, request: Assistance, today: str, text: str, *, result: AssistanceResult | None,
    sha256: str | None,
) -> None:  # fmt: skip
    """Close a request with a result, or (``result`` None) with the agency's refusal; the text sealed."""
    kept = act.personal(request.id, ANSWER, {"text": text}) if text else None
    state = AssistanceState.ANSWERED if result is not None else AssistanceState.REFUSED
    act.change_assistance(
        request.id, state=state.value, answered_on=today, answer=kept, answer_sha256=sha256,
        result=result.value if result is not None else None,
    )  # fmt: skip
